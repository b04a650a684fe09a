// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hooks and tracepoints cost that are off: the same source built without
 * them, loaded in place of looptun when all else is measured.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define BARE "/lib/bare/looptun.ko"

void bench_bare_load(void)
{
	int fd = bench_check(open(BARE, O_RDONLY), BARE);

	bench_check(syscall(SYS_delete_module, "looptun", O_NONBLOCK), "unload");
	bench_check(syscall(SYS_finit_module, fd, "", 0), BARE);
	close(fd);
}

const struct bench_path bench_bare_paths[] = {
	{ "inject, read: hooks and tracepoints left out", bench_inject_open,
	  bench_move },
	{ "write, sent: hooks and tracepoints left out", bench_sent_open,
	  bench_move },
	{ }
};

static void compare(const char *name, const char *with, const char *without)
{
	double values[BENCH_SIZES];
	int i;

	for (i = 0; i < BENCH_SIZES; i++)
		values[i] = bench_value(with, i) - bench_value(without, i);
	bench_add(name, "instructions", values, BENCH_SIZES);
}

void bench_bare_compare(void)
{
	compare("inject, read: hooks and tracepoints off", "inject, read",
		bench_bare_paths[0].name);
	compare("write, sent: hooks and tracepoints off", "write, sent",
		bench_bare_paths[1].name);
}
