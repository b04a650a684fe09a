// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program has reached, by KCOV: pairs of places in the module, one behind
 * the other, each a bit in a table that all threads share.
 */
#include <linux/kcov.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define KCOV "/sys/kernel/debug/kcov"
#define ENTRIES (64 << 10)
#define EDGES 0x100000

static atomic_ulong reached[EDGES / 64];
static atomic_uint edges;

void coverage_open(struct thread *thread)
{
	int fd = open(KCOV, O_RDWR | O_CLOEXEC);
	void *cover;

	if (fd < 0)
		return;
	if (!ioctl(fd, KCOV_INIT_TRACE, (unsigned long)ENTRIES)) {
		cover = mmap(NULL, ENTRIES * sizeof(long), PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);
		/* The descriptor stays: it ends with the thread's process. */
		if (cover != MAP_FAILED && !ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
			thread->cover = cover;
	}
}

void coverage_begin(struct thread *thread)
{
	if (thread->cover)
		*thread->cover = 0;
}

bool coverage_is_new(struct thread *thread)
{
	unsigned long i, n = thread->cover ? *thread->cover : 0, last = 0, bit;
	bool new = false;

	for (i = 1; i <= n; i++) {
		bit = (thread->cover[i] * 0x9e3779b97f4a7c15UL ^ last) >> 44;
		last = thread->cover[i] * 0xc2b2ae3d27d4eb4fUL >> 1;
		if (reached[bit / 64] & 1UL << bit % 64)
			continue;
		if (atomic_fetch_or(&reached[bit / 64], 1UL << bit % 64) &
		    1UL << bit % 64)
			continue;
		edges++;
		new = true;
	}
	return new;
}

unsigned int coverage_edges(void)
{
	return edges;
}
