// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last programs, in memory that is a file of the host: QEMU's ivshmem-plain. Without
 * the device nobody reads them.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define PLACES 1024
#define DEVICES "/sys/bus/pci/devices/*/resource2"

/* Who reads it sorts by number: 0 is none. */
struct log {
	atomic_uint last;
	__u32 unused;
	struct {
		__u64 number;
		struct program program;
	} entries[PLACES];
};

static struct log own, *shared = &own;

static bool is_shared_memory(const char *resource)
{
	char path[128], text[32] = "";

	snprintf(path, sizeof(path), "%.*s/device", (int)(strrchr(resource, '/') - resource),
		 resource);
	return lt_read_file(path, text, sizeof(text)) > 0 && !strcmp(text, "0x1110\n");
}

void log_open(void)
{
	glob_t found = {};
	void *memory;
	size_t i;
	int fd;

	if (glob(DEVICES, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		if (!is_shared_memory(found.gl_pathv[i]))
			continue;
		fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (memory != MAP_FAILED)
			shared = memory;
		close(fd);
	}
	globfree(&found);
}

void log_program(const struct program *program)
{
	unsigned int number = ++shared->last;

	shared->entries[number % PLACES].number = number;
	shared->entries[number % PLACES].program = *program;
}
