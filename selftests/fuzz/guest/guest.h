/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer of the guest: its threads, the calls that they make, what these reach.
 */
#ifndef SELFTESTS_FUZZ_GUEST_H
#define SELFTESTS_FUZZ_GUEST_H

#include "../../looptun.h"

#define FILES 32
#define PAGE 4096
#define LARGEST 70000
#define RING_KIB "/sys/module/looptun/parameters/ring_kib"

/* Descriptors that every thread uses, and replaces. */
extern atomic_int files[FILES];

/*
 * @late: pages that are not there; whoever is asked for them takes a while
 * @cover: where KCOV tells what was reached, or NULL
 */
struct thread {
	pthread_t thread;
	__u64 seed;
	unsigned long done;
	unsigned long *cover;
	__u8 *late;
	int uffd;
	__u8 buf[LARGEST];
};

/* One of all numbers below @below. */
__u32 any(struct thread *thread, __u32 below);

struct call {
	__u8 op;
	__u8 arg[7];
};

/* All that can be called. @run takes its arguments from seven bytes. */
struct op {
	const char *name;
	void (*run)(struct thread *thread, const __u8 *arg);
	/* About: threads count at once. */
	unsigned long tried, worked;
};

extern struct op ops[];
extern const unsigned int ops_count;

/* KCOV. Without it, nothing is ever new. */
void coverage_open(struct thread *thread);
void coverage_begin(struct thread *thread);
bool coverage_is_new(struct thread *thread);
unsigned int coverage_edges(void);

/* Memory that comes late, by userfaultfd(2). */
void late_start(void);
void late_open(struct thread *thread);
void late_again(struct thread *thread);

#endif
