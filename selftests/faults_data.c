// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules for datagrams that act at once: which ones they hit, and what is left of
 * these. Both directions, TUN and TAP.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define LEN 100
#define TOP LT_DEBUGFS "/faults"

/* What the unit test says of chance=25 seed=42. */
#define SEED_42 0x400040040c00844eULL

static __u8 data[4096], got[4096];

FIXTURE(faults_data) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(faults_data) {
	int flags;
};

FIXTURE_VARIANT_ADD(faults_data, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(faults_data, tap) { .flags = IFF_TAP | IFF_NO_PI };

FIXTURE_SETUP(faults_data)
{
	ASSERT_EQ(5, lt_write_file(TOP, "clear"));
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(faults_data)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
	EXPECT_EQ(5, lt_write_file(TOP, "clear"));
}

static void rules(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		  const char *text)
{
	ASSERT_EQ(strlen(text), lt_control_write(t->name, "faults", text))
		TH_LOG("%s", text);
}

/* A frame that both modes take, told by @seed. */
static void make(size_t len, int seed)
{
	lt_frame(data, len, LT_IPV4, seed);
	data[0] = 0x45;
}

/* Send @count frames one way, and tell which of them come out, in order. */
static unsigned long long through(struct __test_metadata *_metadata,
				  int in, int out, int count)
{
	unsigned long long came = 0;
	long len;
	int i;

	for (i = 0; i < count; i++) {
		make(LEN, i);
		ASSERT_EQ(LEN, lt_write(in, data, LEN));
		len = lt_read(out, got, sizeof(got));
		if (len == -EAGAIN)
			continue;
		ASSERT_EQ(LEN, len);
		EXPECT_EQ(0, memcmp(data, got, LEN));
		came |= 1ULL << i;
	}
	EXPECT_EQ(-EAGAIN, lt_read(out, got, sizeof(got)));
	return came;
}

TEST_F(faults_data, drop)
{
	rules(_metadata, &self->t, "dir=rx drop chance=25 seed=42");
	EXPECT_EQ(~SEED_42, through(_metadata, self->t.inject, self->t.fd, 64));
	EXPECT_EQ(__builtin_popcountll(SEED_42),
		  lt_stat(self->t.name, "fault_drop"));
	EXPECT_EQ(__builtin_popcountll(SEED_42),
		  lt_stat(self->t.name, "inject_dropped"));
	EXPECT_EQ(0xff, through(_metadata, self->t.fd, self->t.sent, 8));

	rules(_metadata, &self->t, "clear\ndir=tx drop chance=25 seed=42");
	EXPECT_EQ(~SEED_42, through(_metadata, self->t.fd, self->t.sent, 64));
	EXPECT_EQ(0xff, through(_metadata, self->t.inject, self->t.fd, 8));
	/* The program has written them all. */
	EXPECT_EQ(64 + 8, lt_stat(self->t.name, "written_datagrams"));
}

/* How many of a thousand: the same as ever. */
TEST_F(faults_data, statistics)
{
	int i, came = 0;

	make(LEN, 0);
	rules(_metadata, &self->t, "dir=rx drop chance=10 seed=42");
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
		came += lt_read(self->t.fd, got, sizeof(got)) == LEN;
	}
	EXPECT_EQ(1000 - 99, came);
	EXPECT_EQ(99, lt_stat(self->t.name, "fault_drop"));
}

/* What a write that finds no room does is none of a rule's business. */
TEST_F(faults_data, no_room_is_no_turn)
{
	char text[256];
	int i, sent = 0;

	make(4096, 0);
	rules(_metadata, &self->t, "dir=rx drop skip=10000");
	while (lt_write(self->t.inject, data, 4096) == 4096)
		sent++;
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, 4096));
	snprintf(text, sizeof(text), "clear\ndir=rx truncate=2000 skip=1 times=1");
	rules(_metadata, &self->t, text);
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, 4096));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, 4096));
	while (sent--)
		EXPECT_EQ(4096, lt_read(self->t.fd, got, sizeof(got)));
	ASSERT_EQ(4096, lt_write(self->t.inject, data, 4096));
	ASSERT_EQ(4096, lt_write(self->t.inject, data, 4096));
	EXPECT_EQ(4096, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(2000, lt_read(self->t.fd, got, sizeof(got)));
}

static void expect_twice(struct __test_metadata *_metadata, int in, int out)
{
	int i;

	for (i = 0; i < 3; i++) {
		make(LEN, i);
		ASSERT_EQ(LEN, lt_write(in, data, LEN));
	}
	for (i = 0; i < 5; i++) {
		make(LEN, i / 2);
		EXPECT_EQ(LEN, lt_read(out, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(data, got, LEN));
	}
	EXPECT_EQ(-EAGAIN, lt_read(out, got, sizeof(got)));
}

/* Each copy right behind its original; of one write there is one. */
TEST_F(faults_data, duplicate)
{
	rules(_metadata, &self->t, "dir=rx duplicate times=2\n"
	      "dir=tx duplicate times=2");
	expect_twice(_metadata, self->t.inject, self->t.fd);
	expect_twice(_metadata, self->t.fd, self->t.sent);
	EXPECT_EQ(4, lt_stat(self->t.name, "fault_duplicate"));
	EXPECT_EQ(3, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(5, lt_stat(self->t.name, "sent_datagrams"));
}

/* Where the unit test says, of 800 bits. */
TEST_F(faults_data, corrupt)
{
	rules(_metadata, &self->t, "dir=rx corrupt seed=42 times=1");
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	data[243 / 8] ^= 1 << 243 % 8;
	EXPECT_EQ(0, memcmp(data, got, LEN));
	rules(_metadata, &self->t, "clear\ndir=tx corrupt seed=42");
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	/* Nor does the program's memory change. */
	memcpy(got, data, LEN);
	make(LEN, 1);
	EXPECT_EQ(0, memcmp(data, got, LEN));
	ASSERT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	data[243 / 8] ^= 1 << 243 % 8;
	EXPECT_EQ(0, memcmp(data, got, LEN));
	EXPECT_EQ(2, lt_stat(self->t.name, "fault_corrupt"));
}

static int differ(size_t len)
{
	int differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ += data[i] != got[i];
	return differ;
}

TEST_F(faults_data, corrupt_bytes)
{
	static const int sizes[] = { 1, 7, LEN, LEN + 1 };
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(text, sizeof(text), "clear\ndir=rx corrupt bytes=%d",
			 sizes[i]);
		rules(_metadata, &self->t, text);
		make(LEN, 1);
		ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
		ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(sizes[i] < LEN ? sizes[i] : LEN, differ(LEN));
	}
}

/* Two rules corrupt the same datagram, each in its place. */
TEST_F(faults_data, corrupt_twice)
{
	rules(_metadata, &self->t, "dir=rx corrupt seed=42\ndir=rx corrupt seed=43");
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(2, differ(LEN));
	data[243 / 8] ^= 1 << 243 % 8;
	EXPECT_EQ(1, differ(LEN));
}

/* To less than an Ethernet header, too; with a copy, which goes its own way. */
TEST_F(faults_data, truncate)
{
	static const int sizes[] = { 1, 5, 13, 14, 99, 100, 101 };
	int fds[2][2] = { { self->t.inject, self->t.fd },
			  { self->t.fd, self->t.sent } };
	char text[128];
	int want;
	size_t i, way, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(text, sizeof(text), "clear\ndir=rx truncate=%d\n"
			 "dir=tx truncate=%d\ndir=rx duplicate\ndir=tx duplicate",
			 sizes[i], sizes[i]);
		rules(_metadata, &self->t, text);
		want = sizes[i] < LEN ? sizes[i] : LEN;
		make(LEN, 1);
		for (way = 0; way < 2; way++) {
			ASSERT_EQ(LEN, lt_write(fds[way][0], data, LEN));
			for (n = 0; n < 2; n++) {
				lt_poison(got, sizeof(got));
				EXPECT_EQ(want, lt_read(fds[way][1], got, LEN));
				EXPECT_EQ(0, memcmp(data, got, want));
				EXPECT_TRUE(lt_poisoned(got, want, LEN));
			}
		}
	}
	EXPECT_EQ(7 * LEN, lt_stat(self->t.name, "written_bytes"));
}

/* Nothing is sent, and who sends it is told. */
TEST_F(faults_data, send_fails)
{
	rules(_metadata, &self->t, "dir=tx errno=ENOBUFS len=101-\n"
	      "dir=rx errno=EHOSTUNREACH times=1");
	make(LEN + 1, 1);
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(-ENOBUFS, lt_write(self->t.fd, data, LEN + 1));
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(1, lt_stat(self->t.name, "write_errors"));

	EXPECT_EQ(-EHOSTUNREACH, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(2, lt_stat(self->t.name, "fault_errno"));
}

/* What is wrong with a write is found first; no rule is asked for it. */
TEST_F(faults_data, errors_come_first)
{
	rules(_metadata, &self->t, "dir=tx errno=ENOSPC");
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, lt_edge(0), LEN));
	make(LEN, 1);
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(-ENOSPC, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(1, lt_stat(self->t.name, "fault_errno"));
}

TEST_F(faults_data, match)
{
	rules(_metadata, &self->t, "dir=rx drop match=20/ff0f/0703\n"
	      "dir=tx drop match=99/ff/2a len=100");
	make(LEN, 1);
	data[20] = 7;
	data[21] = 0xf3;
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	data[21] = 0xf4;
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	data[99] = 0x2a;
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	ASSERT_EQ(LEN - 1, lt_write(self->t.fd, data, LEN - 1));
	EXPECT_EQ(LEN - 1, lt_read(self->t.sent, got, sizeof(got)));
}

/* The tunnel's rules first; the top's see what these have left. */
TEST_F(faults_data, top)
{
	static const char top[] = "dir=rx drop len=100\ndir=tx truncate=20 len=40";

	ASSERT_EQ(strlen(top), lt_write_file(TOP, top));
	rules(_metadata, &self->t, "dir=rx truncate=50 times=1\ndir=tx truncate=40");
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(50, lt_read(self->t.fd, got, sizeof(got)));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(20, lt_read(self->t.sent, got, sizeof(got)));
	ASSERT_EQ(5, lt_write_file(TOP, "clear"));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(40, lt_read(self->t.sent, got, sizeof(got)));
}

/* What the tunnel's rules keep from going on the top's are not asked about. */
TEST_F(faults_data, top_is_not_asked)
{
	static const char top[] = "dir=rx truncate=50\ndir=tx truncate=50";

	ASSERT_EQ(strlen(top), lt_write_file(TOP, top));
	rules(_metadata, &self->t, "dir=rx drop times=1\ndir=tx drop times=1\n"
	      "dir=rx errno=EIO skip=1 times=1\ndir=tx errno=EIO skip=1 times=1");
	make(LEN, 1);
	EXPECT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(-EIO, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(0, lt_stat(self->t.name, "fault_truncate"));
	EXPECT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(50, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "fault_truncate"));
}

/* By the queue that a frame goes to or comes from. */
TEST_F(faults_data, queue)
{
	char name[IFNAMSIZ] = "fltd", path[64];
	int flags = variant->flags | IFF_MULTI_QUEUE, fds[2], i, inject;

	for (i = 0; i < 2; i++) {
		fds[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_EQ(28, lt_control_write(name, "faults",
				       "dir=rx truncate=30 queue=1\n\n"));
	make(LEN, 1);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "queues/%d/inject_frame", i);
		inject = lt_control(name, path, O_WRONLY);
		ASSERT_EQ(LEN, lt_write(inject, data, LEN));
		EXPECT_EQ(i ? 30 : LEN, lt_read(fds[i], got, sizeof(got)));
		close(inject);
	}
	close(fds[1]);
	close(fds[0]);
}

/* What the program reads back of what it wrote; -EAGAIN for nothing. */
static long echo(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		 const char *text)
{
	ASSERT_EQ(5, lt_control_write(t->name, "faults", "clear"));
	while (lt_read(t->fd, got, sizeof(got)) > 0)
		;
	while (lt_read(t->sent, got, sizeof(got)) > 0)
		;
	rules(_metadata, t, text);
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(t->fd, data, LEN));
	lt_poison(got, sizeof(got));
	return lt_read(t->fd, got, sizeof(got));
}

/* The loopback gets what rules have made of it, and so does sent. */
TEST_F(faults_data, echo)
{
	const struct lt_tunnel *t = &self->t;

	ASSERT_EQ(4, lt_control_write(t->name, "loopback", "echo"));
	EXPECT_EQ(LEN, echo(_metadata, t, "dir=tx drop skip=1"));
	EXPECT_EQ(-EAGAIN, echo(_metadata, t, "dir=tx drop"));
	EXPECT_EQ(-EAGAIN, lt_read(t->sent, got, sizeof(got)));

	EXPECT_EQ(30, echo(_metadata, t, "dir=tx truncate=30"));
	EXPECT_EQ(0, memcmp(data, got, 30));
	EXPECT_EQ(30, lt_read(t->sent, got, sizeof(got)));

	EXPECT_EQ(LEN, echo(_metadata, t, "dir=tx corrupt seed=42"));
	data[243 / 8] ^= 1 << 243 % 8;
	EXPECT_EQ(0, memcmp(data, got, LEN));
	EXPECT_EQ(LEN, lt_read(t->sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LEN));

	EXPECT_EQ(LEN, echo(_metadata, t, "dir=tx duplicate"));
	EXPECT_EQ(LEN, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));

	EXPECT_EQ(-EAGAIN, echo(_metadata, t, "dir=tx delay=3000s"));
	EXPECT_EQ(-EAGAIN, lt_read(t->sent, got, sizeof(got)));
	rules(_metadata, t, "clear");
	EXPECT_EQ(LEN, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_read(t->sent, got, sizeof(got)));

	/* On its way back the rules for the other direction are asked. */
	EXPECT_EQ(-EAGAIN, echo(_metadata, t, "dir=rx drop"));
	EXPECT_EQ(LEN, lt_read(t->sent, got, sizeof(got)));
	EXPECT_EQ(20, echo(_metadata, t, "dir=tx truncate=30\n"
			   "dir=rx truncate=20 len=30"));
	EXPECT_EQ(30, lt_read(t->sent, got, sizeof(got)));
	/* The write succeeds in any case. */
	EXPECT_EQ(-EAGAIN, echo(_metadata, t, "dir=rx errno=EIO"));
	EXPECT_EQ(1, lt_stat(t->name, "loopback_rule"));
	EXPECT_EQ(0, lt_stat(t->name, "loopback_no_room"));
}

/* As many rules as there can be: all are asked, the last one too. */
TEST_F(faults_data, thousand)
{
	static char text[65536];
	size_t done = 0;
	int i;

	for (i = 0; i < 999; i++)
		done += sprintf(text + done, "dir=rx drop chance=0 seed=%d\n", i);
	sprintf(text + done, "dir=rx truncate=30");
	rules(_metadata, &self->t, text);
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(30, lt_read(self->t.fd, got, sizeof(got)));
}

static char big[1 << 18];

/* Does a file have this text, or will it? */
static bool comes(int fd, const char *text)
{
	size_t done = 0;
	long len;

	do {
		len = lt_read(fd, big + done, sizeof(big) - done);
		if (len > 0)
			done += len;
		if (memmem(big, done, text, strlen(text)))
			return true;
	} while (len > 0 || lt_poll(fd, POLLIN, LT_SOON) == POLLIN);
	return false;
}

#define TRACE "/sys/kernel/tracing/"

/* Whatever a rule does is to be seen in the capture, stats and a tracepoint. */
TEST_F(faults_data, shown)
{
	static const struct { const char *what, *stat; long ret; } rows[] = {
		{ "errno=EIO", "fault_errno", -EIO },
		{ "drop", "fault_drop", LEN },
		{ "duplicate", "fault_duplicate", LEN },
		{ "corrupt", "fault_corrupt", LEN },
		{ "truncate=30", "fault_truncate", LEN },
		{ "reorder=1", "fault_reorder", LEN },
		{ "delay=1us", "fault_delay", LEN },
		{ "rate=1mbit", "fault_rate", LEN },
	};
	const struct lt_tunnel *t = &self->t;
	char rule[80], want[128];
	size_t i;
	int in, way, capture;

	ASSERT_EQ(1, lt_write_file(TRACE "events/looptun/fault/enable", "1"));
	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		way = i % 2;
		in = way ? t->fd : t->inject;
		capture = lt_control(t->name, "capture", O_RDONLY | O_NONBLOCK);
		snprintf(rule, sizeof(rule), "dir=%s %s times=1",
			 way ? "tx" : "rx", rows[i / 2].what);
		rules(_metadata, t, rule);
		make(LEN, 1);
		EXPECT_EQ(rows[i / 2].ret, lt_write(in, data, LEN));
		/* What is reordered waits for it. */
		EXPECT_EQ(LEN, lt_write(in, data, LEN));
		snprintf(want, sizeof(want), "rule: %s", rule);
		EXPECT_TRUE(comes(capture, want)) TH_LOG("capture: %s", rule);
		EXPECT_EQ(1 + way, lt_stat(t->name, rows[i / 2].stat));
		ASSERT_LT(0, lt_read_file(TRACE "trace", big, sizeof(big)));
		snprintf(want, sizeof(want), "rule=\"%s\"", rule);
		EXPECT_NE(NULL, strstr(big, want)) TH_LOG("trace: %s", rule);
		close(capture);
		rules(_metadata, t, "clear");
	}
	/* Where nobody captures as well. */
	rules(_metadata, t, "dir=tx drop seed=9");
	EXPECT_EQ(LEN, lt_write(t->fd, data, LEN));
	ASSERT_LT(0, lt_read_file(TRACE "trace", big, sizeof(big)));
	EXPECT_NE(NULL, strstr(big, "rule=\"dir=tx drop seed=9\""));
	EXPECT_EQ(1, lt_write_file(TRACE "events/looptun/fault/enable", "0"));
}

/* A capture has what came, and the rule's words for it. */
TEST_F(faults_data, capture)
{
	static const char *const comments[] = {
		"rule: dir=rx corrupt times=1 seed=7",
		"dropped: rule; rule: dir=rx drop skip=1 times=1",
		"rule: dir=tx truncate=30",
	};
	static char capture[16384];
	int fd = lt_control(self->t.name, "capture", O_RDONLY | O_NONBLOCK);
	size_t done = 0, i;
	long len;

	ASSERT_LE(0, fd);
	rules(_metadata, &self->t, "dir=rx corrupt times=1 seed=7\n"
	      "dir=rx drop skip=1 times=1\ndir=tx truncate=30");
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	while ((len = lt_read(fd, capture + done, sizeof(capture) - done)) > 0)
		done += len;
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_NE(NULL, memmem(capture, done, got, LEN));
	for (i = 0; i < ARRAY_SIZE(comments); i++)
		EXPECT_NE(NULL, memmem(capture, done, comments[i],
				       strlen(comments[i])))
			TH_LOG("comment %zu", i);
	close(fd);
}

/* More rules than a comment has room for: what fits of their words. */
TEST_F(faults_data, long_comment)
{
	int fd = lt_control(self->t.name, "capture", O_RDONLY | O_NONBLOCK);
	static char capture[16384], text[1024], comment[1024];
	size_t done = 0, i;
	char *found;
	long len;

	ASSERT_LE(0, fd);
	for (i = 0; i < 20; i++)
		sprintf(text + strlen(text), "dir=tx truncate=%zu\n", 50 - i);
	rules(_metadata, &self->t, text);
	for (i = 0; i < 20; i++)
		sprintf(comment + strlen(comment), "%sdir=tx truncate=%zu", i ? "; " : "rule: ",
			50 - i);
	make(LEN, 1);
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	while ((len = lt_read(fd, capture + done, sizeof(capture) - done)) > 0)
		done += len;
	found = memmem(capture, done, comment, 252);
	ASSERT_NE(NULL, found);
	EXPECT_NE(found[252], comment[252]);
	close(fd);
}

TEST_HARNESS_MAIN
