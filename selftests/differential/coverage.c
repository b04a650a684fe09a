// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often each operation came to which result on the real side: an alphabet
 * that only ever fails would show nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "coverage.h"
#include "differential.h"

enum { RESULT_DONE = 0, RESULT_DATA = 134, RESULT_NONE, RESULTS };

static unsigned int (*counts)[RESULTS];

void diff_coverage_init(void)
{
	counts = mmap(NULL, sizeof(*counts) * diff_kinds_count,
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		exit(1);
}

static int result(const char *line, size_t len)
{
	const char *ret = memmem(line, len, " ret=", 5), *name;
	size_t n;
	int i;

	if (!ret)
		return RESULT_NONE;
	ret += 5;
	if (*ret != 'E')
		return atol(ret) ? RESULT_DATA : RESULT_DONE;
	n = strcspn(ret, "\n ");
	for (i = 1; i < RESULT_DATA; i++) {
		name = strerrorname_np(i);
		if (name && strlen(name) == n && !memcmp(name, ret, n))
			return i;
	}
	return RESULT_NONE;
}

void diff_coverage_count(int kind, const char *line, size_t len)
{
	__atomic_add_fetch(&counts[kind][result(line, len)], 1,
			   __ATOMIC_RELAXED);
}

void diff_coverage_print(void)
{
	const char *name;
	int kind, i;

	for (kind = 0; kind < diff_kinds_count; kind++) {
		printf("# %s:", diff_kinds[kind].name);
		for (i = 0; i < RESULTS; i++) {
			if (!counts[kind][i])
				continue;
			name = i == RESULT_DONE ? "0" :
				i == RESULT_DATA ? "more" :
				i == RESULT_NONE ? "-" : strerrorname_np(i);
			printf(" %s %u", name ?: "?", counts[kind][i]);
		}
		printf("\n");
	}
}
