// SPDX-License-Identifier: GPL-2.0-only
/* What an attached file holds that was never used: /proc/meminfo and slabinfo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../looptun.h"
#include "bench.h"

#define DEVICES 1024

enum { FREE, SLAB, VMALLOC, PERCPU, INODES, KINDS };

static const char * const meminfo[] = { "MemFree:", "Slab:", "VmallocUsed:",
					"Percpu:" };

static char text[256 * 1024];

static double meminfo_value(const char *key)
{
	char *line = strstr(text, key);

	if (!line)
		bench_die("/proc/meminfo has no %s", key);
	return atof(line + strlen(key)) * 1024;
}

/* Bytes in use of a slab cache. */
static double slab_bytes(const char *cache)
{
	unsigned long active, all, size;
	char *line = strstr(text, cache);

	if (!line || sscanf(line + strlen(cache), "%lu %lu %lu", &active, &all,
			    &size) != 3)
		bench_die("/proc/slabinfo has no %s", cache);
	return (double)active * size;
}

static void take(double *values)
{
	int i;

	bench_check(lt_write_file("/proc/sys/vm/drop_caches", "3"),
		    "drop_caches");
	bench_check(lt_read_file("/proc/meminfo", text, sizeof(text)),
		    "meminfo");
	for (i = 0; i < INODES; i++)
		values[i] = meminfo_value(meminfo[i]);
	bench_check(lt_read_file("/proc/slabinfo", text, sizeof(text)),
		    "slabinfo");
	values[INODES] = slab_bytes("\ninode_cache ") +
			 slab_bytes("\ndentry ");
}

static int looptun_device(char *name)
{
	return bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI, 0), "looptun");
}

static void measure(const char *of, int (*open_device)(char *name))
{
	static const char * const kinds[] = { "all", "slab", "vmalloc",
					      "percpu", "dentries, inodes" };
	double before[KINDS], after[KINDS], value;
	static char names[2 * KINDS][64];
	static int used, fds[DEVICES];
	char name[IFNAMSIZ];
	int i;

	take(before);
	for (i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "memory%d", i);
		fds[i] = open_device(name);
	}
	take(after);
	for (i = 0; i < DEVICES; i++)
		close(fds[i]);
	for (i = 0; i < KINDS; i++) {
		value = (after[i] - before[i]) / DEVICES;
		snprintf(names[used], sizeof(names[used]),
			 "%s: memory of an idle file, %s", of, kinds[i]);
		bench_add(names[used++], "bytes",
			  &(double){ i == FREE ? -value : value }, 1);
	}
}

void bench_memory(void)
{
	measure("tun.ko", bench_tun_open_device);
	measure("looptun", looptun_device);
}
