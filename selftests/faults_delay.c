// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that hold datagrams back: in what order and how late they come, what
 * becomes of them when there is no room, when the tunnel goes, when the program
 * closes. Times are only ever held to be too short: a test machine is slow.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define LEN 100
#define LARGE 60000
#define RING 262144
#define SENT 1400

static __u8 data[65536], got[65536];
static char text[32768];

FIXTURE(faults_delay) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(faults_delay) {
	int flags;
};

FIXTURE_VARIANT_ADD(faults_delay, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(faults_delay, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(faults_delay)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(faults_delay)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
}

static void rules(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		  const char *text)
{
	ASSERT_EQ(strlen(text), lt_control_write(t->name, "faults", text))
		TH_LOG("%s", text);
}

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* One way of a tunnel: what goes in there and comes out here, PI header and all. */
struct way {
	int in, out;
	size_t in_pi, out_pi;
};

static struct way to_program(const struct lt_tunnel *t)
{
	return (struct way) { t->inject, t->fd, 0, lt_pi_len(t->flags) };
}

static struct way from_program(const struct lt_tunnel *t)
{
	return (struct way) { t->fd, t->sent, lt_pi_len(t->flags), 0 };
}

/* A frame of @len bytes that is told by @number. */
static void put(struct __test_metadata *_metadata, const struct way *way,
		size_t len, int number)
{
	memset(data, 0, way->in_pi);
	lt_frame(data + way->in_pi, len, LT_IPV4, number);
	data[way->in_pi] = 0x45;
	data[way->in_pi + 40] = number;
	ASSERT_EQ(way->in_pi + len, lt_write(way->in, data, way->in_pi + len));
}

/* The number of the next, or minus errno. */
static int get(const struct way *way)
{
	long len = lt_read(way->out, got, sizeof(got));

	return len < 0 ? len : got[way->out_pi + 40];
}

/* The same, when it comes. */
static int await(const struct way *way)
{
	int ret = lt_poll(way->out, POLLIN, LT_SOON);

	if (ret < 0 || !(ret & POLLIN))
		return ret < 0 ? ret : -ETIMEDOUT;
	return get(way);
}

/* With each way in turn as way. */
#define FOR_BOTH_WAYS \
	for (struct way ways[] = { to_program(&self->t), \
				   from_program(&self->t) }, \
	     *way = ways; way < ways + 2; way++)

/* Three pass it, whatever becomes of them; then it comes before the next. */
TEST_F(faults_delay, reorder)
{
	static const int order[] = { 2, 4, 1, 5 };
	int i;

	rules(_metadata, &self->t, "dir=rx reorder=3 times=1\n"
	      "dir=tx reorder=3 times=1\ndir=rx drop skip=2 times=1\n"
	      "dir=tx drop skip=2 times=1");
	FOR_BOTH_WAYS {
		for (i = 1; i <= 5; i++)
			put(_metadata, way, LEN, i);
		for (i = 0; i < 4; i++)
			EXPECT_EQ(order[i], get(way));
		EXPECT_EQ(-EAGAIN, get(way));
	}
	EXPECT_EQ(2, lt_stat(self->t.name, "fault_reorder"));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
}

/* Where all of them wait for others they keep their order, and lag behind. */
TEST_F(faults_delay, reorder_all)
{
	int i;

	rules(_metadata, &self->t, "dir=rx reorder=2\ndir=tx reorder=2");
	FOR_BOTH_WAYS {
		for (i = 1; i <= 10; i++) {
			put(_metadata, way, LEN, i);
			EXPECT_EQ(i > 2 ? i - 2 : -EAGAIN, get(way));
		}
	}
	EXPECT_EQ(4, lt_stat(self->t.name, "held_datagrams"));
}

/* What waits goes when the rules do, the timed before the reordered. */
TEST_F(faults_delay, clear)
{
	int i;

	rules(_metadata, &self->t, "dir=rx reorder=1000 times=1\n"
	      "dir=tx reorder=1000 times=1\n"
	      "dir=rx delay=3000s skip=1 times=1\ndir=rx delay=2000s skip=2\n"
	      "dir=tx delay=3000s skip=1 times=1\ndir=tx delay=2000s skip=2");
	FOR_BOTH_WAYS {
		for (i = 1; i <= 4; i++)
			put(_metadata, way, LEN, i);
		EXPECT_EQ(-EAGAIN, get(way));
	}
	EXPECT_EQ(8, lt_stat(self->t.name, "held_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(4, lt_stat(self->t.name, "written_datagrams"));
	rules(_metadata, &self->t, "clear");
	FOR_BOTH_WAYS {
		EXPECT_EQ(3, get(way));
		EXPECT_EQ(4, get(way));
		EXPECT_EQ(2, get(way));
		EXPECT_EQ(1, get(way));
		EXPECT_EQ(-EAGAIN, get(way));
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
	EXPECT_EQ(4, lt_stat(self->t.name, "written_datagrams"));
}

/*
 * Whoever asks what is held, or clears, waits for what has come due by then, not for
 * what writers go on to make: at most for a run of the worker that has begun and the
 * next, of a ring each. It runs as soon as it may; where the host puts it aside, more
 * are counted, so it is nine times of ten that tell.
 */
TEST_F(faults_delay, settled_among_writers)
{
	int capture = lt_control(self->t.name, "capture", O_RDONLY);
	struct sched_param first = { .sched_priority = 1 };
	/* With many the debug kernel takes minutes, and one of PREEMPT_RT. */
	size_t many = lt_kernel_debugs() || lt_kernel_is_rt() ? 1 : 16, i;
	int rounds = lt_kernel_debugs() ? 5 : 20, round, beyond = 0;
	pid_t writers[16];
	long before;

	lt_frame(data, SENT, LT_IPV4, 1);
	ASSERT_EQ(7, lt_control_write(self->t.name, "loopback", "reflect"));
	rules(_metadata, &self->t, "dir=tx duplicate\ndir=tx delay=1us");
	for (i = 0; i < many; i++) {
		writers[i] = fork();
		if (writers[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() != 1)
			lt_write(self->t.fd, data, SENT);
		_exit(0);
	}
	/* Each that is delivered counts there once it is full. */
	while (!lt_stat(self->t.name, "sent_dropped"))
		;
	/* Not before: a loop of this priority starves the worker that is to fill it. */
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &first));
	for (round = 0; round < rounds; round++) {
		before = lt_stat(self->t.name, "sent_dropped");
		beyond += lt_stat(self->t.name, "sent_dropped") - before >
			  2 * RING / SENT;
	}
	for (i = 0; i < many; i++) {
		kill(writers[i], SIGKILL);
		waitpid(writers[i], NULL, 0);
	}
	EXPECT_LE(beyond, rounds / 10);
	close(capture);
}

/*
 * One that rules have been asked about, and that they are still changing while they
 * are cleared, is held back no more.
 */
TEST_F(faults_delay, clear_while_judged)
{
	static const char *const stats[] = { "fault_reorder", "fault_delay" };
	size_t len = strlen(strcpy(text, "dir=rx reorder=1000\ndir=tx delay=3000s\n"));
	struct lt_call call;
	int i = lt_kernel_debugs() ? 4 : 20;

	while (i--)
		len += sprintf(text + len, "dir=rx corrupt bytes=%d\n"
			       "dir=tx corrupt bytes=%d\n", LARGE - 60, LARGE - 60);
	i = 0;
	FOR_BOTH_WAYS {
		rules(_metadata, &self->t, text);
		memset(data, 0, way->in_pi);
		lt_frame(data + way->in_pi, LARGE, LT_IPV4, 1);
		data[way->in_pi] = 0x45;
		ASSERT_EQ(0, lt_call_write(&call, way->in, data, way->in_pi + LARGE));
		while (!lt_stat(self->t.name, stats[i]))
			sched_yield();
		rules(_metadata, &self->t, "clear");
		EXPECT_EQ(way->in_pi + LARGE, lt_call_end(&call));
		EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
		EXPECT_EQ(way->out_pi + LARGE, lt_read(way->out, got, sizeof(got)));
		i++;
	}
}

/*
 * What comes meanwhile is judged by no rule or by the new one, and then it is not let go
 * with what the old one held.
 */
TEST_F(faults_delay, clear_and_hold_in_one)
{
	static const char line[] = "clear\ndir=tx delay=3000s\n";
	int rounds = lt_kernel_debugs() ? 20 : 200, early = 0;
	long dropped, held, hits;
	pid_t writer = fork();
	const char *at;

	if (!writer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		lt_frame(data + lt_pi_len(variant->flags), 60, LT_IPV4, 1);
		while (getppid() != 1)
			lt_write(self->t.fd, data, lt_pi_len(variant->flags) + 60);
		_exit(0);
	}
	while (rounds--) {
		kill(writer, SIGCONT);
		dropped = lt_stat(self->t.name, "held_dropped");
		ASSERT_EQ(strlen(line), lt_control_write(self->t.name, "faults", line));
		kill(writer, SIGSTOP);
		ASSERT_EQ(writer, waitpid(writer, NULL, WUNTRACED));
		held = lt_stat(self->t.name, "held_datagrams") +
		       lt_stat(self->t.name, "held_dropped") - dropped;
		ASSERT_LT(0, lt_control_read(self->t.name, "faults", text, sizeof(text)));
		at = strstr(text, "hits=");
		ASSERT_NE(NULL, at);
		hits = atol(at + strlen("hits="));
		/* Not fewer: what the old rule found no room for may count in it. */
		early += hits > held;
	}
	EXPECT_EQ(0, early);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	rules(_metadata, &self->t, "clear");
}

/* So do many, which are more than are seen to under one lock. */
TEST_F(faults_delay, clear_many)
{
	int i;

	rules(_metadata, &self->t, "dir=rx reorder=100000 times=600\n"
	      "dir=tx reorder=100000 times=600\n"
	      "dir=rx delay=3000s skip=600\ndir=tx delay=3000s skip=600");
	FOR_BOTH_WAYS {
		for (i = 0; i < 1200; i++)
			put(_metadata, way, 64, i % 100);
		EXPECT_EQ(-EAGAIN, get(way));
	}
	EXPECT_EQ(2400, lt_stat(self->t.name, "held_datagrams"));
	rules(_metadata, &self->t, "clear");
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
	FOR_BOTH_WAYS {
		for (i = 0; i < 1200; i++)
			ASSERT_EQ((i + 600) % 1200 % 100, get(way));
		EXPECT_EQ(-EAGAIN, get(way));
	}
}

/* Never early, and equal times in order. */
TEST_F(faults_delay, delay)
{
	long long start;
	int i;

	rules(_metadata, &self->t, "dir=rx delay=30ms\ndir=tx delay=30ms");
	FOR_BOTH_WAYS {
		start = now_us();
		for (i = 1; i <= 20; i++)
			put(_metadata, way, LEN, i);
		for (i = 1; i <= 20; i++)
			EXPECT_EQ(i, await(way));
		EXPECT_LE(30000, now_us() - start);
	}
}

/* The smallest of 200 is near the lower end, and never below. */
TEST_F(faults_delay, jitter)
{
	struct way way = to_program(&self->t);
	long long start;
	int i;

	rules(_metadata, &self->t, "dir=rx delay=20ms jitter=10ms seed=1");
	for (i = 0; i < 50; i++) {
		start = now_us();
		put(_metadata, &way, LEN, i);
		EXPECT_EQ(i, await(&way));
		EXPECT_LE(10000, now_us() - start);
	}
	EXPECT_EQ(50, lt_stat(self->t.name, "fault_delay"));
}

/* A thousand bytes take a millisecond; the burst goes at once. */
TEST_F(faults_delay, rate)
{
	long long start;
	int i;

	rules(_metadata, &self->t, "dir=rx rate=8mbit burst=2000\n"
	      "dir=tx rate=8mbit burst=2000");
	FOR_BOTH_WAYS {
		start = now_us();
		for (i = 1; i <= 42; i++) {
			put(_metadata, way, 1000, i);
			if (i == 2) {
				EXPECT_EQ(1, get(way));
				EXPECT_EQ(2, get(way));
			}
		}
		for (i = 3; i <= 42; i++)
			EXPECT_EQ(i, await(way));
		EXPECT_LE(40000, now_us() - start);
	}
}

TEST_F(faults_delay, rate_by_datagrams)
{
	struct way way = to_program(&self->t);
	long long start = now_us();
	int i;

	rules(_metadata, &self->t, "dir=rx rate=500pps");
	for (i = 1; i <= 20; i++)
		put(_metadata, &way, LEN, i);
	for (i = 1; i <= 20; i++)
		EXPECT_EQ(i, await(&way));
	EXPECT_LE(40000, now_us() - start);
}

/* Copies are held with their original; a virtio-net header goes along. */
TEST_F(faults_delay, what_goes_along)
{
	int flags = self->t.flags | IFF_VNET_HDR, fd, inject;
	static const __u8 header[10] = { 0, 0, 34, 0, 56, 0, 78, 0, 90, 0 };
	size_t pi = lt_pi_len(flags), i;
	char name[IFNAMSIZ] = "fltv";

	fd = lt_attach(name, flags, O_NONBLOCK);
	ASSERT_LE(0, fd);
	inject = lt_control(name, "inject_vnet", O_WRONLY);
	ASSERT_LE(0, inject);
	ASSERT_EQ(42, lt_control_write(name, "faults",
				       "dir=rx delay=10ms\ndir=rx duplicate times=1"));
	memcpy(data, header, 10);
	lt_frame(data + 10, LEN, LT_IPV6, 1);
	ASSERT_EQ(10 + LEN, lt_write(inject, data, 10 + LEN));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(POLLIN, lt_poll(fd, POLLIN, LT_SOON));
		EXPECT_EQ(pi + 10 + LEN, lt_read(fd, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(data, got + pi, 10 + LEN));
	}
	close(inject);
	close(fd);
}

/* Five are held, due now, and there is no room: the ring is full of others. */
static int stall(struct __test_metadata *_metadata, const struct lt_tunnel *t)
{
	struct way way = to_program(t);
	int filler = 0, i;

	rules(_metadata, t, "dir=rx delay=3000s len=100");
	for (i = 1; i <= 5; i++)
		put(_metadata, &way, LEN, i);
	lt_frame(data, 4000, LT_IPV4, 0);
	data[40] = 99;
	while (lt_write(way.in, data, 4000) == 4000)
		filler++;
	data[40] = 98;
	while (lt_write(way.in, data, 60) == 60)
		filler++;
	rules(_metadata, t, "clear");
	EXPECT_EQ(5, lt_stat(t->name, "held_datagrams"));
	return filler;
}

/* What is due and finds the ring full comes when there is room, in order. */
TEST_F(faults_delay, no_room)
{
	struct way way = to_program(&self->t);
	int filler = stall(_metadata, &self->t), i;

	while (filler--)
		EXPECT_LE(98, get(&way));
	for (i = 1; i <= 5; i++)
		EXPECT_EQ(i, await(&way));
	EXPECT_EQ(-EAGAIN, get(&way));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_dropped"));
}

/* So does a copy whose original took the last room. */
TEST_F(faults_delay, no_room_for_copy)
{
	struct way way = to_program(&self->t);
	int i, fit = RING / LARGE;

	rules(_metadata, &self->t, "dir=rx duplicate skip=3");
	for (i = 1; i <= fit; i++)
		put(_metadata, &way, LARGE, i);
	EXPECT_EQ(1, lt_stat(self->t.name, "held_datagrams"));
	for (i = 1; i <= fit; i++)
		EXPECT_EQ(i, get(&way));
	EXPECT_EQ(fit, await(&way));
	EXPECT_EQ(-EAGAIN, get(&way));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_dropped"));
}

/* It is dropped with the tunnel while it waits for room. */
TEST_F(faults_delay, no_room_and_tunnel_goes)
{
	stall(_metadata, &self->t);
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EBADFD, lt_read(self->t.fd, got, sizeof(got)));
}

/* With nobody there to read it, it waits for somebody. */
TEST_F(faults_delay, no_program)
{
	char name[IFNAMSIZ] = "fltp";
	int flags = self->t.flags, fd, inject;
	size_t pi = lt_pi_len(flags);

	ASSERT_LT(0, lt_create(flags & IFF_TUN ? "fltp tun" : "fltp tap"));
	inject = lt_control(name, "inject_frame", O_WRONLY | O_NONBLOCK);
	fd = lt_attach(name, flags, O_NONBLOCK);
	ASSERT_EQ(18, lt_control_write(name, "faults", "dir=rx delay=3000s"));
	lt_frame(data, LEN, LT_IPV4, 1);
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	close(fd);
	ASSERT_EQ(5, lt_control_write(name, "faults", "clear"));
	EXPECT_EQ(1, lt_stat(name, "held_datagrams"));
	fd = lt_attach(name, flags, O_NONBLOCK);
	EXPECT_EQ(POLLIN, lt_poll(fd, POLLIN, LT_SOON));
	EXPECT_EQ(pi + LEN, lt_read(fd, got, sizeof(got)));
	close(fd);
	close(inject);
	EXPECT_EQ(1, lt_delete(name));
}

/* What a program wrote before it closed arrives, if the tunnel is there. */
TEST_F(faults_delay, writer_goes)
{
	char name[IFNAMSIZ] = "fltw";
	int flags = self->t.flags, fd, sent, i;
	size_t pi = lt_pi_len(flags);

	ASSERT_LT(0, lt_create(flags & IFF_TUN ? "fltw tun" : "fltw tap"));
	sent = lt_control(name, "sent", O_RDONLY);
	ASSERT_EQ(37, lt_control_write(name, "faults", "dir=tx delay=100ms\ndir=tx duplicate\n "));
	fd = lt_attach(name, flags, O_NONBLOCK);
	memset(data, 0, pi);
	lt_frame(data + pi, LEN, LT_IPV4, 1);
	data[pi] = 0x45;
	ASSERT_EQ(pi + LEN, lt_write(fd, data, pi + LEN));
	close(fd);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(LEN, lt_read(sent, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(data + pi, got, LEN));
	}
	EXPECT_EQ(0, lt_stat(name, "held_datagrams"));
	close(sent);
	EXPECT_EQ(1, lt_delete(name));
}

/*
 * Close after close while datagrams are due, and hand over to what is kept: none
 * is lost, and they come in order. The first for which there is nothing kept
 * yet is of a tunnel of its own.
 */
TEST_F(faults_delay, writers_go)
{
	int flags = self->t.flags, fd, i, n, round;
	size_t pi = lt_pi_len(flags);
	char name[IFNAMSIZ] = "fltg";
	struct way way = { .in_pi = pi };

	for (round = 0; round < (lt_kernel_debugs() ? 5 : 20); round++) {
		ASSERT_LT(0, lt_create(flags & IFF_TUN ? "fltg tun" : "fltg tap"));
		way.out = lt_control(name, "sent", O_RDONLY | O_NONBLOCK);
		ASSERT_EQ(16, lt_control_write(name, "faults",
					       "dir=tx delay=1us"));
		for (n = 0; n < 10; n++) {
			fd = lt_attach(name, flags, O_NONBLOCK);
			way.in = fd;
			for (i = 0; i < 8; i++)
				put(_metadata, &way, LEN, i);
			close(fd);
			for (i = 0; i < 8; i++)
				ASSERT_EQ(i, await(&way));
		}
		EXPECT_EQ(80, lt_stat(name, "written_datagrams"));
		EXPECT_EQ(0, lt_stat(name, "held_datagrams"));
		close(way.out);
		EXPECT_EQ(1, lt_delete(name));
	}
}

/*
 * Who has read a datagram finds that it is not held any more, even while the
 * loopback is busy with it: a thousand rules look at what comes back.
 */
TEST_F(faults_delay, held_is_exact)
{
	struct way way = from_program(&self->t);
	int i, len = strlen(strcpy(text, "dir=tx delay=1us\n"));

	for (i = 0; i < 999; i++)
		len += sprintf(text + len, "dir=rx drop len=9999\n");
	rules(_metadata, &self->t, text);
	ASSERT_EQ(4, lt_control_write(self->t.name, "loopback", "echo"));
	for (i = 0; i < 100; i++) {
		put(_metadata, &way, LEN, i);
		while (get(&way) == -EAGAIN)
			;
		ASSERT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
		ASSERT_EQ(way.in_pi + LEN, lt_read(way.in, got, sizeof(got)));
	}
}

/* Each keeps its ring until what it wrote is due: 32 bits have no room for more. */
#define WRITERS (sizeof(void *) == 8 ? 128 : 64)

/* What is freed on a CPU goes to whoever asks for memory there. */
static void stay_on_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* Have the kernel free what it frees later: it does at once if there is much. */
static void free_files(void)
{
	int i;

	for (i = 0; i < 600; i++)
		close(lt_open(0));
	for (i = 0; i < 20; i++)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/*
 * What was written by programs that have closed is nobody's, whoever is in the
 * same tunnel now, with the same memory perhaps.
 */
TEST_F(faults_delay, writers_are_forgotten)
{
	int flags = self->t.flags | IFF_MULTI_QUEUE, fds[WRITERS], i, sent;
	char name[IFNAMSIZ] = "fltf", path[64];
	size_t pi = lt_pi_len(flags);

	stay_on_cpu();
	ASSERT_LT(0, lt_create(flags & IFF_TUN ? "fltf tun multi_queue" :
						 "fltf tap multi_queue"));
	ASSERT_EQ(18, lt_control_write(name, "faults", "dir=tx delay=3000s"));
	memset(data, 0, pi);
	lt_frame(data + pi, LEN, LT_IPV4, 1);
	data[pi] = 0x45;
	for (i = 0; i < WRITERS; i++) {
		fds[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_EQ(pi + LEN, lt_write(fds[i], data, pi + LEN));
	}
	for (i = 0; i < WRITERS; i++)
		close(fds[i]);
	free_files();
	for (i = 0; i < WRITERS; i++) {
		fds[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_LE(0, fds[i]);
		/* For it to have a ring of its own. */
		ASSERT_EQ(pi + LEN, lt_write(fds[i], data, pi + LEN));
	}
	EXPECT_EQ(2 * WRITERS, lt_stat(name, "held_datagrams"));
	ASSERT_EQ(5, lt_control_write(name, "faults", "clear"));
	/* Each has its own, and no more. */
	for (i = 0; i < WRITERS; i++) {
		snprintf(path, sizeof(path), "queues/%d/sent", i);
		sent = lt_control(name, path, O_RDONLY | O_NONBLOCK);
		EXPECT_EQ(LEN, lt_read(sent, got, sizeof(got)));
		EXPECT_EQ(-EAGAIN, lt_read(sent, got, sizeof(got)));
		close(sent);
	}
	for (i = 0; i < WRITERS; i++)
		close(fds[i]);
	EXPECT_EQ(1, lt_delete(name));
}

/* No more than a ring's worth in each direction; the rest is lost and counted. */
TEST_F(faults_delay, bound)
{
	char stat[] = "held_dropped";
	long held, sent;

	rules(_metadata, &self->t, "dir=rx delay=3600s\ndir=tx reorder=100000");
	FOR_BOTH_WAYS {
		long before = lt_stat(self->t.name, stat);

		held = lt_stat(self->t.name, "held_datagrams");
		for (sent = 0; lt_stat(self->t.name, stat) == before; sent++)
			put(_metadata, way, 4000, sent);
		held = lt_stat(self->t.name, "held_datagrams") - held;
		EXPECT_EQ(sent - 1, held);
		EXPECT_LT(RING / 4600, held);
		EXPECT_GE(RING / 4000, held);
		/* A smaller one has room still. */
		put(_metadata, way, 60, 0);
		EXPECT_EQ(before + 1, lt_stat(self->t.name, stat));
	}
}

/* What is noted for a capture takes room as well. */
TEST_F(faults_delay, bound_of_comments)
{
	int i, capture = lt_control(self->t.name, "capture", O_RDONLY);
	struct way way = to_program(&self->t);

	ASSERT_LE(0, capture);
	for (i = 0; i < 20; i++)
		rules(_metadata, &self->t, "dir=rx delay=3600s\n");
	while (!lt_stat(self->t.name, "held_dropped"))
		put(_metadata, &way, 60, 0);
	EXPECT_GE(RING, lt_stat(self->t.name, "held_datagrams") * (60 + 255));
	close(capture);
}

/* It is dropped with the tunnel, and nobody waits for it. */
TEST_F(faults_delay, tunnel_goes)
{
	long long start = now_us();
	int i;

	rules(_metadata, &self->t, "dir=rx delay=1000s times=5\n"
	      "dir=tx delay=1000s times=5\ndir=rx reorder=9\ndir=tx reorder=9");
	FOR_BOTH_WAYS {
		for (i = 0; i < 8; i++)
			put(_metadata, way, LEN, i);
	}
	EXPECT_EQ(16, lt_stat(self->t.name, "held_datagrams"));
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_GT(500000000, now_us() - start);
	/* As nothing was passed on. */
	EXPECT_EQ(-ENODEV, lt_read(self->t.sent, got, sizeof(got)));
	ASSERT_EQ(0, lt_setiff(self->t.fd, self->t.name, variant->flags));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
}

/* One whose program reads nothing holds up nobody else. */
TEST_F(faults_delay, tunnels_apart)
{
	struct lt_tunnel other;
	struct way way;
	int i;

	stall(_metadata, &self->t);
	ASSERT_EQ(0, lt_tunnel_open(&other, variant->flags, O_NONBLOCK));
	way = to_program(&other);
	rules(_metadata, &other, "dir=rx delay=1ms");
	for (i = 0; i < 100; i++)
		put(_metadata, &way, LEN, i);
	for (i = 0; i < 100; i++)
		EXPECT_EQ(i, await(&way));
	EXPECT_EQ(5, lt_stat(self->t.name, "held_datagrams"));
	lt_tunnel_close(&other);
}

/* The queue that one is for goes before it is due: it is lost, and counted. */
TEST_F(faults_delay, queue_goes)
{
	int flags = self->t.flags | IFF_MULTI_QUEUE, first, second, inject;
	char name[IFNAMSIZ] = "fltq";

	first = lt_attach(name, flags, O_NONBLOCK);
	second = lt_attach(name, flags, O_NONBLOCK);
	ASSERT_LT(0, lt_control_write(name, "faults", "dir=rx delay=30ms"));
	inject = lt_control(name, "queues/1/inject_frame", O_WRONLY);
	lt_frame(data, LEN, LT_IPV4, 1);
	data[0] = 0x45;
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	close(second);
	while (lt_stat(name, "held_datagrams"))
		sched_yield();
	EXPECT_EQ(1, lt_stat(name, "held_dropped"));
	EXPECT_EQ(-EAGAIN, lt_read(first, got, sizeof(got)));
	lt_expect_sums(_metadata, name, 1);
	close(inject);
	close(first);
}

/* Tunnels that go while datagrams of theirs are due, are passed on, come in. */
TEST_F(faults_delay, race)
{
	char name[IFNAMSIZ];
	int i, n, fd, inject;
	size_t pi = lt_pi_len(self->t.flags);

	memset(data, 0, pi);
	lt_frame(data + pi, LEN, LT_IPV4, 1);
	data[pi] = 0x45;
	for (i = 0; i < (lt_kernel_debugs() ? 20 : 200); i++) {
		strcpy(name, "fltr");
		fd = lt_attach(name, self->t.flags, O_NONBLOCK);
		ASSERT_LE(0, fd);
		inject = lt_control(name, "inject_frame", O_WRONLY | O_NONBLOCK);
		ASSERT_LE(0, lt_control_write(name, "faults",
					      "dir=rx delay=100us jitter=100us\n"
					      "dir=tx delay=100us jitter=100us\n"
					      "dir=rx reorder=1 every=2\n"
					      "dir=tx reorder=1 every=3"));
		for (n = 0; n < 20; n++) {
			lt_write(inject, data + pi, LEN);
			lt_write(fd, data, pi + LEN);
		}
		if (i % 3 == 0)
			lt_control_write(name, "faults", "clear");
		if (i % 2)
			lt_delete(name);
		close(fd);
		close(inject);
	}
}

/* A fuzzer is told of what the worker does for it. */
TEST_F(faults_delay, coverage)
{
	struct kcov_remote_arg whose = {
		.trace_mode = KCOV_TRACE_PC,
		.area_size = 1 << 14,
		.common_handle = KCOV_SUBSYSTEM_COMMON | 1,
	};
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	unsigned long *places;

	if (fd < 0)
		SKIP(return, "this kernel has no KCOV");
	ASSERT_EQ(0, ioctl(fd, KCOV_INIT_TRACE, (unsigned long)whose.area_size));
	places = mmap(NULL, whose.area_size * sizeof(*places), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, places);
	ASSERT_EQ(0, ioctl(fd, KCOV_REMOTE_ENABLE, &whose));
	rules(_metadata, &self->t, "dir=rx delay=1ms\ndir=tx delay=1ms");
	FOR_BOTH_WAYS {
		places[0] = 0;
		put(_metadata, way, LEN, 1);
		EXPECT_EQ(1, await(way));
		/* It also waits for the worker's end. */
		rules(_metadata, &self->t, "clear\ndir=rx delay=1ms\ndir=tx delay=1ms");
		EXPECT_LT(0, places[0]);
	}
	EXPECT_EQ(0, ioctl(fd, KCOV_DISABLE, 0));
	close(fd);
}

TEST_HARNESS_MAIN
