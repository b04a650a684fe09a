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
/* A memory cgroup for each thread, by number. */
#define CGROUP "/sys/fs/cgroup"
#define GROUP CGROUP "/fuzz%u"

/* Descriptors that every thread uses, and replaces. */
extern atomic_int files[FILES];

/*
 * @number: its place among the threads
 * @at: behind its last program of those that are given
 * @late: pages that are not there; whoever is asked for them takes a while
 * @cover: where KCOV tells what was reached, or NULL
 */
struct thread {
	pthread_t thread;
	unsigned int number;
	unsigned int at;
	__u64 seed;
	unsigned long done;
	unsigned long *cover;
	__u8 *late;
	int uffd;
	__u8 buf[LARGEST];
};

/* One of all numbers below @below. */
__u32 any(struct thread *thread, __u32 below);

/* What can be called. */
enum {
	OPEN, ATTACH, CREATE, DELETE, CONTROL, WORDS, RULES, WRITE, READ, VECTORS, LATE,
	POLL, EPOLL, IOCTL, SETTING, FILTER, QUEUE, WIRE, REPLAY, CLOSE, DUP, FLAGS,
	NAMESPACE, RING, MEMORY, OPS
};

struct call {
	__u8 op;
	__u8 arg[7];
};

#define MOST_CALLS 16

struct program {
	__u32 thread;
	__u32 count;
	struct call calls[MOST_CALLS];
};

/* Those of a crash, by thread: a file of shrink's in place of given.c. */
extern const struct program given[];
extern const unsigned int given_count;

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

/* The last programs, where the host finds them when the guest has died. */
void log_open(void);
void log_program(const struct program *program);

/* Memory that comes late, by userfaultfd(2). */
void late_start(void);
void late_open(struct thread *thread);
void late_again(struct thread *thread);

#endif
