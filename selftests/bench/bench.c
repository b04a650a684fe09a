// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time looptun and what one would take instead, all in one boot. The first
 * argument is the file for the JSON, the second, "threads", asks for what needs
 * two processors instead of what counts instructions. "profile SIZE NAME..." runs
 * one of looptun's paths, that whose name begins so, for whoever counts what runs:
 * selftests/qemu/profile.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../looptun.h"
#include "bench.h"

#define ROUNDS 9
#define STEPS 128
#define WARM_UP_BYTES (320 * 1024)	/* more than a ring */
#define PROFILE_STEPS 10000
#define FILES 16384

const size_t bench_sizes[BENCH_SIZES] = { 64, 1400, 9000, BENCH_LARGEST };
__u8 bench_data[BENCH_LARGEST], bench_got[2 * BENCH_LARGEST];

noreturn void bench_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	exit(1);
}

/* A result below 0 is minus errno, or -1 with errno. */
int bench_check(long ret, const char *what)
{
	if (ret < 0)
		bench_die("%s: %s", what, strerror(ret == -1 ? errno : -ret));
	return ret;
}

__u64 bench_clock(void)
{
	return __rdtsc();
}

/* The warm-up is over. */
static bool profiled;

/* Two no-ops that selftests/qemu/profile.c knows; nothing else does. */
void bench_count(bool on)
{
	if (on && profiled)
		asm volatile(".byte 0x0f, 0x1f, 0x80; .ascii \"ltp1\"" : : : "memory");
	else
		asm volatile(".byte 0x0f, 0x1f, 0x80; .ascii \"ltp0\"" : : : "memory");
}

/* What comes between these is not part of the step. */
void bench_pause(struct bench_ends *ends)
{
	bench_count(false);
	ends->paused = bench_clock();
}

void bench_resume(struct bench_ends *ends)
{
	ends->untimed += bench_clock() - ends->paused;
	bench_count(true);
}

/* What this process has used, without what it waited for. */
__u64 bench_processor_clock(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000ULL + used.tv_nsec;
}

void bench_write(int fd, size_t len)
{
	ssize_t ret = write(fd, bench_data, len);

	if (ret != (ssize_t)len)
		bench_die("write of %zu: %zd (%m)", len, ret);
}

void bench_read(int fd, size_t len)
{
	ssize_t ret = read(fd, bench_got, sizeof(bench_got));

	if (ret != (ssize_t)len)
		bench_die("read of %zu: %zd (%m)", len, ret);
}

void bench_send(int fd, size_t len)
{
	ssize_t ret = send(fd, bench_data, len, 0);

	if (ret != (ssize_t)len)
		bench_die("send of %zu: %zd (%m)", len, ret);
}

void bench_receive(int fd, size_t len)
{
	ssize_t ret = recv(fd, bench_got, sizeof(bench_got), 0);

	if (ret != (ssize_t)len)
		bench_die("recv of %zu: %zd (%m)", len, ret);
}

/* The step of most paths: in at one end, out at the other. */
void bench_move(struct bench_ends *ends)
{
	bench_write(ends->in, ends->len);
	bench_read(ends->out, ends->len);
}

void bench_epoll_open(struct bench_ends *ends)
{
	struct epoll_event event = { .events = EPOLLIN };

	ends->epoll = bench_check(epoll_create1(0), "epoll");
	bench_check(epoll_ctl(ends->epoll, EPOLL_CTL_ADD, ends->out, &event),
		    "epoll_ctl");
}

void bench_epoll_wait(struct bench_ends *ends)
{
	struct epoll_event event;

	if (epoll_wait(ends->epoll, &event, 1, 0) != 1)
		bench_die("nothing to read, says epoll");
}

void bench_epoll_step(struct bench_ends *ends)
{
	bench_write(ends->in, ends->len);
	bench_epoll_wait(ends);
	bench_read(ends->out, ends->len);
}

/* A process that sends back what it reads from @in. */
void bench_answer_open(struct bench_ends *ends, int in, int out)
{
	ends->child = bench_check(fork(), "fork");
	if (ends->child)
		return;
	for (;;) {
		bench_read(in, ends->len);
		bench_write(out, ends->len);
	}
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void bench_close(struct bench_ends *ends)
{
	int i;

	if (ends->child) {
		kill(ends->child, SIGKILL);
		waitpid(ends->child, NULL, 0);
	}
	for (i = 0; i < ends->count; i++) {
		close(ends->tunnels[i].in);
		close(ends->tunnels[i].out);
	}
	free(ends->tunnels);
	close_fd(ends->epoll);
	close_fd(ends->in);
	if (ends->out != ends->in)
		close_fd(ends->out);
	for (i = 0; i < 4; i++)
		close_fd(ends->extra[i]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double time_round(const struct bench_path *path,
			 struct bench_ends *ends, int steps)
{
	__u64 (*clock)(void) = path->clock ?: bench_clock;
	__u64 start;
	int i;

	if (path->between)
		path->between(ends);
	ends->untimed = 0;
	start = clock();
	for (i = 0; i < steps; i++)
		path->step(ends);
	return (double)(clock() - start - ends->untimed) / steps /
	       ends->once;
}

/*
 * The median of the rounds: the timer's interrupt falls into few of them. Not
 * before the ring has gone round: to take back its room is part of the work.
 */
static double time_rounds(const struct bench_path *path,
			  struct bench_ends *ends)
{
	int i, steps = path->steps ?: STEPS;
	double rounds[ROUNDS];

	time_round(path, ends, path->steps ?: WARM_UP_BYTES / ends->len);
	for (i = 0; i < ROUNDS; i++)
		rounds[i] = time_round(path, ends, steps);
	qsort(rounds, ROUNDS, sizeof(*rounds), compare);
	return rounds[ROUNDS / 2];
}

static void time_path(const struct bench_path *path)
{
	int i, sizes = path->sizes ?: BENCH_SIZES;
	double values[BENCH_SIZES] = { };

	for (i = 0; i < sizes; i++) {
		struct bench_ends ends = {
			.in = -1, .out = -1, .epoll = -1, .once = 1,
			.len = bench_sizes[i], .extra = { -1, -1, -1, -1 },
		};

		fprintf(stderr, "%s, %zu\n", path->name, ends.len);
		if (path->open(&ends) == BENCH_ABSENT) {
			(path->close ?: bench_close)(&ends);
			bench_add(path->name, "instructions", NULL, 0);
			return;
		}
		values[i] = time_rounds(path, &ends);
		(path->close ?: bench_close)(&ends);
	}
	bench_add(path->name, "instructions", values, sizes);
}

static void time_paths(const struct bench_path *paths)
{
	for (; paths->name; paths++)
		time_path(paths);
}

/* Once round the ring first; then as many datagrams as it says. */
static void profile_path(const struct bench_path *path, size_t len)
{
	struct bench_ends ends = {
		.in = -1, .out = -1, .epoll = -1, .once = 1, .len = len,
		.extra = { -1, -1, -1, -1 },
	};
	int steps = path->steps ?: PROFILE_STEPS;

	bench_check(-path->open(&ends), path->name);
	time_round(path, &ends, path->steps ?: WARM_UP_BYTES / len);
	profiled = true;
	bench_count(true);
	time_round(path, &ends, steps);
	bench_count(false);
	printf("profile: %d of %s, %zu bytes\n", steps * ends.once, path->name,
	       len);
	(path->close ?: bench_close)(&ends);
}

/* And all functions of the kernel, for their names. */
static void profile(size_t len, const char *name)
{
	const struct bench_path *path = bench_far_paths;
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[256];

	if (!len || len > BENCH_LARGEST)
		bench_die("1 to %d bytes", BENCH_LARGEST);
	while (path->name && strncmp(path->name, name, strlen(name)))
		path++;
	if (!path->name)
		bench_die("no path begins with %s", name);
	profile_path(path, len);
	if (!symbols)
		bench_die("/proc/kallsyms: %m");
	while (fgets(line, sizeof(line), symbols))
		if (strstr(line, " t ") || strstr(line, " T "))
			fputs(line, stdout);
	fclose(symbols);
}

int main(int argc, char **argv)
{
	struct rlimit files = { FILES, FILES };
	bool threads = argc > 2 && !strcmp(argv[2], "threads");

	if (argc < 2)
		bench_die("usage: bench JSON [threads]");
	bench_check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	setlinebuf(stdout);
	lt_datagram(bench_data, sizeof(bench_data), 4, 1);
	/* An EtherType for experiments, where it is taken for a frame. */
	bench_data[12] = 0x88;
	bench_data[13] = 0xb5;
	if (argc > 4 && !strcmp(argv[2], "profile")) {
		profile(atoi(argv[3]), argv[4]);
		return 0;
	}
	if (threads) {
		bench_threads();
	} else {
		time_paths(bench_kernel_paths);
		time_paths(bench_tun_paths);
		time_paths(bench_far_paths);
		time_paths(bench_scale_paths);
		time_paths(bench_setup_paths);
		bench_memory();
		bench_bare_load();
		time_paths(bench_bare_paths);
		bench_bare_compare();
	}
	bench_report(argv[1], threads);
	return 0;
}
