// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's memory, at the same addresses on both sides, below 4 GiB, so
 * that 32-bit calls reach it, and above the first, where the heap may begin
 * anywhere: an arena that ends in a hole, and a page that cannot be written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../looptun.h"
#include "run.h"

#define ARENA ((__u8 *)0x60000000)
#define ARENA_END (ARENA + DIFF_MEM_MAX)
#define HOLE 0x10000
#define READONLY (ARENA_END + HOLE)
#define READONLY_SIZE 0x10000
#define SCRATCH ((__u8 *)0x70000000)
#define MARGIN 64

static void map(void *at, size_t size, int prot)
{
	if (mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0) == at)
		return;
	perror("mmap");
	exit(1);
}

void diff_memory_init(void)
{
	map(ARENA, DIFF_MEM_MAX, PROT_READ | PROT_WRITE);
	map(ARENA_END, HOLE, PROT_NONE);
	map(READONLY, READONLY_SIZE, PROT_READ);
	map(SCRATCH, DIFF_MEM_MAX, PROT_READ | PROT_WRITE);
}

__u8 *diff_scratch(void)
{
	return SCRATCH;
}

/* How much of @len bytes at @where can be accessed. */
static size_t reachable(long where, size_t len)
{
	switch (where) {
	case DIFF_MEM_OK:
	case DIFF_MEM_EDGE:
		return len;
	case DIFF_MEM_NULL:
	case DIFF_MEM_BAD:
	case DIFF_MEM_KERNEL:
	case DIFF_MEM_READONLY:
		return 0;
	default:
		where -= DIFF_MEM_SHORT;
		return (size_t)where < len ? (size_t)where : len;
	}
}

void *diff_memory(long where, size_t len)
{
	__u8 *at;

	switch (where) {
	case DIFF_MEM_OK:
		memset(ARENA, DIFF_CANARY, len + 2 * MARGIN);
		return ARENA + MARGIN;
	case DIFF_MEM_NULL:
		return NULL;
	case DIFF_MEM_BAD:
		return ARENA_END + 8;
	case DIFF_MEM_KERNEL:
		return (void *)0xffff888000000000;
	case DIFF_MEM_READONLY:
		return READONLY;
	default:
		at = ARENA_END - reachable(where, len);
		memset(at - MARGIN, DIFF_CANARY, ARENA_END - at + MARGIN);
		return at;
	}
}

void *diff_memory_put(long where, const void *data, size_t len)
{
	__u8 *at = diff_memory(where, len);

	if (where == DIFF_MEM_READONLY && len <= READONLY_SIZE) {
		mprotect(READONLY, READONLY_SIZE, PROT_READ | PROT_WRITE);
		memcpy(at, data, len);
		mprotect(READONLY, READONLY_SIZE, PROT_READ);
	} else {
		memcpy(at, data, reachable(where, len));
	}
	return at;
}

/* Up to the last byte that is no canary, a margin before and behind. */
void diff_log_memory(struct diff_run *run, const char *key, long where,
		     const void *at, size_t len)
{
	size_t have = reachable(where, len);
	const __u8 *bytes = at;
	size_t i;

	if (!have && where != DIFF_MEM_OK)
		return;
	/* Sides keep their data at different places. */
	if (have < len && !LT_FILLS_TO_THE_END)
		return;
	for (i = 1; i <= MARGIN; i++)
		if (bytes[-(long)i] != DIFF_CANARY)
			diff_log(run, " %s-before=%zu", key, i);
	if (where == DIFF_MEM_OK)
		have += MARGIN;
	while (have && bytes[have - 1] == DIFF_CANARY)
		have--;
	diff_log_bytes(run, key, at, have);
}

/* Bytes that tell their place and @seed; repeated where they are very many. */
void diff_fill(void *data, size_t len, __u32 seed)
{
	const size_t period = 4093;
	__u32 state = seed * 2654435761u + 1;
	__u8 *bytes = data;
	size_t i;

	for (i = 0; i < len && i < period; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = state >> 24;
		if (bytes[i] == DIFF_CANARY)
			bytes[i] = 0;
	}
	for (; i < len; i++)
		bytes[i] = bytes[i - period] + 1;
}
