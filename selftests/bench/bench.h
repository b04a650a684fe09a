/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark: what is timed, what came out, what is asked for. Under
 * -icount shift=0 the time stamp counter counts instructions.
 */
#ifndef SELFTESTS_BENCH_H
#define SELFTESTS_BENCH_H

#include <linux/if.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/types.h>

/* Bytes of a datagram. */
#define BENCH_SIZES 4
extern const size_t bench_sizes[BENCH_SIZES];
#define BENCH_LARGEST 65000

/* What open returns where the running module has no such thing. */
#define BENCH_ABSENT 1

/**
 * struct bench_ends - what a path goes from and to, while it is open
 * @in: what is written to
 * @out: what is read from
 * @len: bytes of a datagram
 * @once: datagrams that one step moves; 1 unless open says otherwise
 * @untimed: instructions of this round that do not count
 * @paused: since when they do not
 * @extra: more descriptors, -1 when there are none
 * @epoll: descriptor that is waited on before the read
 * @child: who answers at the other end
 * @tunnels: several of them, for paths that go round
 * @count: how many
 * @next: the next one's turn
 * @name: of the tunnel
 */
struct bench_ends {
	int in;
	int out;
	size_t len;
	int once;
	__u64 untimed;
	__u64 paused;
	int extra[4];
	int epoll;
	pid_t child;
	struct bench_pair *tunnels;
	int count;
	int next;
	char name[IFNAMSIZ];
};

struct bench_pair {
	int in;
	int out;
};

/**
 * struct bench_path - something that is repeated and timed
 * @name: what the table calls it
 * @open: get ready for datagrams of ends->len bytes: 0 or BENCH_ABSENT
 * @step: do it once
 * @between: before each round, not timed; may be missing
 * @close: undo @open; missing: close what is in the ends
 * @steps: how often in a round; 0 is many
 * @sizes: how many of the sizes; 0 is all
 * @clock: what it is timed with; missing: bench_clock()
 */
struct bench_path {
	const char *name;
	int (*open)(struct bench_ends *ends);
	void (*step)(struct bench_ends *ends);
	void (*between)(struct bench_ends *ends);
	void (*close)(struct bench_ends *ends);
	int steps;
	int sizes;
	__u64 (*clock)(void);
};

/* A row of the table: values by size, or one; @count is 0 for what is absent. */
struct bench_result {
	const char *name;
	const char *unit;
	int count;
	double value[BENCH_SIZES];
};

/* Paths, each list ending with one that has no name. */
extern const struct bench_path bench_kernel_paths[];
extern const struct bench_path bench_tun_paths[];
extern const struct bench_path bench_far_paths[];
extern const struct bench_path bench_scale_paths[];
extern const struct bench_path bench_setup_paths[];
extern const struct bench_path bench_bare_paths[];

/* bench.c */
extern __u8 bench_data[BENCH_LARGEST], bench_got[2 * BENCH_LARGEST];
noreturn void bench_die(const char *format, ...);
int bench_check(long ret, const char *what);
__u64 bench_clock(void);
__u64 bench_processor_clock(void);
void bench_count(bool on);
void bench_pause(struct bench_ends *ends);
void bench_resume(struct bench_ends *ends);
void bench_write(int fd, size_t len);
void bench_read(int fd, size_t len);
void bench_send(int fd, size_t len);
void bench_receive(int fd, size_t len);
void bench_move(struct bench_ends *ends);
void bench_epoll_open(struct bench_ends *ends);
void bench_epoll_wait(struct bench_ends *ends);
void bench_epoll_step(struct bench_ends *ends);
void bench_answer_open(struct bench_ends *ends, int in, int out);
void bench_close(struct bench_ends *ends);

/* tun.c: a tap of tun.ko that is up, and a packet socket on it. */
int bench_tun_open_device(char *name);

/* bare.c: another module in looptun's place, and how much less it takes. */
void bench_bare_load(void);
void bench_bare_compare(void);

/* far.c */
int bench_inject_open(struct bench_ends *ends);
int bench_sent_open(struct bench_ends *ends);

/* What is not repeated: memory.c and threads.c. */
void bench_memory(void);
void bench_threads(void);

/* report.c */
void bench_add(const char *name, const char *unit, const double *values,
	       int count);
double bench_value(const char *name, int size);
void bench_report(const char *json, bool smp);

#endif
