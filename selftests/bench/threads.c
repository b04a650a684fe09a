// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads, each with a tunnel of its own, against one: datagrams a second,
 * with the floor beside them for what the machine has to give.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../looptun.h"
#include "bench.h"

#define ROUNDS 7
#define ROUND_NS 300000000LL
#define BATCH 64

struct worker {
	pthread_t thread;
	int cpu;
	int in;
	int out;
	long done;
	long long ns;
};

static pthread_barrier_t start;

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	long long begin;
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	CPU_SET(worker->cpu, &set);
	bench_check(sched_setaffinity(0, sizeof(set), &set), "affinity");
	pthread_barrier_wait(&start);
	begin = now_ns();
	worker->done = 0;
	do {
		__u8 got[64];

		for (i = 0; i < BATCH; i++)
			if (write(worker->in, bench_data, 64) != 64 ||
			    read(worker->out, got, 64) != 64)
				bench_die("a thread: %m");
		worker->done += BATCH;
		worker->ns = now_ns() - begin;
	} while (worker->ns < ROUND_NS);
	return NULL;
}

/* Datagrams a second of the first @count workers together. */
static double rate(struct worker *workers, int count)
{
	double sum = 0;
	int i;

	pthread_barrier_init(&start, NULL, count);
	for (i = 0; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			bench_die("pthread_create");
	for (i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		sum += workers[i].done * 1e9 / workers[i].ns;
	}
	pthread_barrier_destroy(&start);
	return sum;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One and two take turns, so that other load of the host meets both. */
static void measure(struct worker *workers, const char *const *names)
{
	double one[ROUNDS], two[ROUNDS], ratio[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		one[i] = rate(workers, 1);
		two[i] = rate(workers, 2);
		ratio[i] = two[i] / one[i];
	}
	qsort(one, ROUNDS, sizeof(*one), compare);
	qsort(two, ROUNDS, sizeof(*two), compare);
	qsort(ratio, ROUNDS, sizeof(*ratio), compare);
	bench_add(names[0], "per second", &one[ROUNDS / 2], 1);
	bench_add(names[1], "per second", &two[ROUNDS / 2], 1);
	bench_add(names[2], "ratio", &ratio[ROUNDS / 2], 1);
}

static void floor_worker(struct worker *worker)
{
	worker->in = bench_check(open("/dev/null", O_WRONLY), "/dev/null");
	worker->out = bench_check(open("/dev/zero", O_RDONLY), "/dev/zero");
}

static void tunnel_worker(struct worker *worker)
{
	char name[IFNAMSIZ] = "thread%d";

	worker->out = bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI, 0),
				  "TUNSETIFF");
	worker->in = bench_check(lt_control(name, "inject", O_WRONLY),
				 "inject");
}

void bench_threads(void)
{
	static const char * const floor_names[] = {
		"floor: one thread", "floor: two threads", "floor: two over one"
	};
	static const char * const names[] = {
		"inject, read: one thread",
		"inject, read: two threads on two tunnels",
		"inject, read: two over one"
	};
	struct worker workers[2] = { { .cpu = 0 }, { .cpu = 1 } };
	int i;

	for (i = 0; i < 2; i++)
		floor_worker(&workers[i]);
	measure(workers, floor_names);
	for (i = 0; i < 2; i++)
		tunnel_worker(&workers[i]);
	measure(workers, names);
}
