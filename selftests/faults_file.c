// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file faults: what it takes, what it refuses, what it gives back. A write
 * that is refused changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define MOST_RULES 1000
#define MOST_BYTES 65536
#define TOP LT_DEBUGFS "/faults"

static char big[2 * MOST_BYTES], text[2 * MOST_BYTES];

FIXTURE(faults_file) {
	struct lt_tunnel t;
};

FIXTURE_SETUP(faults_file)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
}

FIXTURE_TEARDOWN(faults_file)
{
	lt_tunnel_close(&self->t);
}

static long put(const struct lt_tunnel *t, const char *rules)
{
	return lt_control_write(t->name, "faults", rules);
}

static const char *get(const struct lt_tunnel *t)
{
	long ret = lt_control_read(t->name, "faults", text, sizeof(text));

	return ret < 0 ? strerror(-ret) : text;
}

/* Rules of @count lines, @len bytes with remarks. */
static void make_rules(size_t count, size_t len)
{
	size_t done = 0;

	while (count--)
		done += sprintf(big + done, "dir=tx drop chance=0\n");
	for (; done < len; done++)
		big[done] = done % 60 == 1 ? '#' : done % 60 ? '.' : '\n';
	big[done] = '\0';
}

/* Does one of the lines that have come say this? */
static bool logged(int kmsg, const char *format, const char *name)
{
	char want[128], line[1024];
	bool found = false;
	long len;

	snprintf(want, sizeof(want), format, name);
	while ((len = lt_read(kmsg, line, sizeof(line) - 1)) > 0) {
		line[len] = '\0';
		found |= !!strstr(line, want);
	}
	return found;
}

/* The log says where and why; first, for it takes only so many lines in a while. */
TEST_F(faults_file, complains)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	ASSERT_LE(0, kmsg);
	ASSERT_EQ(0, lt_ret(lseek(kmsg, 0, SEEK_END)));
	EXPECT_EQ(-EINVAL, put(&self->t, "dir=rx drop\n\ndir=rx drop chanse=10"));
	EXPECT_TRUE(logged(kmsg, "looptun: faults of %s: line 3: chanse=10: unknown word",
			   self->t.name));
	make_rules(MOST_RULES + 1, 0);
	EXPECT_EQ(-ENOSPC, put(&self->t, big));
	EXPECT_TRUE(logged(kmsg, "looptun: %s: faults: \"\": expected at most 1000 rules",
			   self->t.name));
	make_rules(MOST_RULES, MOST_BYTES + 1);
	EXPECT_EQ(-E2BIG, put(&self->t, big));
	EXPECT_TRUE(logged(kmsg, "looptun: %s: faults: \"\": expected at most 65536 bytes",
			   self->t.name));
	close(kmsg);
}

/* What is read can be written: the same rules, which have not fired. */
TEST_F(faults_file, reads_back)
{
	static const char rules[] =
		"op=write errno=EINTR times=1 hits=0\n"
		"op=read errno=EIO skip=2 hits=0\n"
		"op=ioctl errno=ENOSYS ioctl=TUNSETQUEUE hits=0\n"
		"op=poll spurious=in every=2 hits=0\n"
		"dir=rx drop chance=12.5 seed=42 hits=0\n"
		"dir=tx corrupt bytes=2 len=60-1500 times=3 hits=0\n"
		"dir=rx delay=20ms jitter=5ms match=9/ff/11 hits=0\n"
		"dir=rx rate=1mbit burst=3000 queue=0 hits=0\n";

	EXPECT_STREQ("", get(&self->t));
	EXPECT_EQ(strlen(rules), put(&self->t, rules));
	EXPECT_STREQ(rules, get(&self->t));
	EXPECT_EQ(5, put(&self->t, "clear"));
	EXPECT_STREQ("", get(&self->t));

	EXPECT_EQ(28, put(&self->t, "op=write errno=EINTR times=1"));
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, big, 20));
	EXPECT_STREQ("op=write errno=EINTR times=1 hits=1\n", get(&self->t));
	snprintf(big, sizeof(big), "clear\n%.60s", text);
	EXPECT_EQ(strlen(big), put(&self->t, big));
	EXPECT_STREQ("op=write errno=EINTR times=1 hits=0\n", get(&self->t));
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, big, 20));
}

/* What is added does not disturb what is there. */
TEST_F(faults_file, adds)
{
	EXPECT_EQ(29, put(&self->t, "op=write errno=EINTR times=2\n"));
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, big, 20));
	EXPECT_EQ(27, put(&self->t, "# as well\nop=read errno=EIO"));
	EXPECT_STREQ("op=write errno=EINTR times=2 hits=1\n"
		     "op=read errno=EIO hits=0\n", get(&self->t));
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, big, 20));
	EXPECT_EQ(-EINVAL, lt_write(self->t.fd, big, 20));
	EXPECT_STREQ("op=write errno=EINTR times=2 hits=2\n"
		     "op=read errno=EIO hits=0\n", get(&self->t));
}

TEST_F(faults_file, refuses)
{
	static const char *const bad[] = {
		"op=write", "errno=EIO", "op=write errno=0",
		"op=write errno=134", "op=write errno=EWHAT", "dir=rx drop=1",
		"dir=rx drop chance=100.001", "dir=rx drop chance=1.0001",
		"dir=rx drop match=9/0f/11", "op=open errno=EPERM",
		"op=attach errno=EPERM", "op=poll errno=EIO",
		"dir=rx delay=5", "dir=rx rate=0bit", "clear it",
		"op=write errno=EIO\nop=read errno=EIO\nnonsense",
		"clear\nnonsense", "op=write errno=EIO len=6-5",
	};
	size_t i;

	ASSERT_EQ(17, put(&self->t, "op=read errno=EIO"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, put(&self->t, bad[i]))
			TH_LOG("%s", bad[i]);
		EXPECT_STREQ("op=read errno=EIO hits=0\n", get(&self->t));
	}
}

TEST_F(faults_file, limits)
{
	size_t i, lines = 0;

	make_rules(MOST_RULES + 1, 0);
	EXPECT_EQ(-ENOSPC, put(&self->t, big));
	EXPECT_STREQ("", get(&self->t));
	make_rules(MOST_RULES, MOST_BYTES + 1);
	EXPECT_EQ(-E2BIG, put(&self->t, big));
	EXPECT_STREQ("", get(&self->t));
	make_rules(MOST_RULES, MOST_BYTES);
	EXPECT_EQ(MOST_BYTES, put(&self->t, big));
	get(&self->t);
	for (i = 0; text[i]; i++)
		lines += text[i] == '\n';
	EXPECT_EQ(MOST_RULES, lines);
	EXPECT_EQ(-ENOSPC, put(&self->t, "dir=tx drop"));
	EXPECT_EQ(17, put(&self->t, "clear\ndir=tx drop"));
	EXPECT_STREQ("dir=tx drop hits=0\n", get(&self->t));
	make_rules(MOST_RULES, 0);
	EXPECT_EQ(-ENOSPC, put(&self->t, big));
	EXPECT_STREQ("dir=tx drop hits=0\n", get(&self->t));
}

/* A file that is open outlives the tunnel, its rules do not. */
TEST_F(faults_file, tunnel_goes)
{
	int fd = lt_control(self->t.name, "faults", O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(11, lt_write(fd, "dir=tx drop", 11));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-ENODEV, lt_write(fd, "dir=tx drop", 11));
	EXPECT_EQ(-ENODEV, lt_write(fd, "nonsense", 8));
	EXPECT_EQ(-ENODEV, lt_write(fd, big, MOST_BYTES + 1));
	EXPECT_EQ(-ENODEV, lt_read(fd, text, sizeof(text)));
	close(fd);
}

/* The tracepoint has the rule as the file shows it. */
TEST_F(faults_file, tracepoint)
{
	static const char enable[] =
		"/sys/kernel/tracing/events/looptun/fault/enable";
	static const char trace[] = "/sys/kernel/tracing/trace";
	char want[128];

	ASSERT_EQ(1, lt_write_file(enable, "1"));
	ASSERT_EQ(20, put(&self->t, "op=write errno=EINTR"));
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, big, 20));
	EXPECT_EQ(1, lt_write_file(enable, "0"));
	ASSERT_LT(0, lt_read_file(trace, text, sizeof(text)));
	snprintf(want, sizeof(want), "fault: name=%s netns=", self->t.name);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, "rule=\"op=write errno=EINTR\""));
}

/* At the top the same, and rules that only it takes. */
TEST_F(faults_file, top)
{
	ASSERT_EQ(5, lt_write_file(TOP, "clear"));
	EXPECT_EQ(19, lt_write_file(TOP, "op=open errno=EPERM"));
	EXPECT_EQ(-EINVAL, lt_write_file(TOP, "op=open errno=EPERM len=5"));
	EXPECT_EQ(-EPERM, lt_open(0));
	EXPECT_EQ(27, lt_read_file(TOP, text, sizeof(text)));
	EXPECT_STREQ("op=open errno=EPERM hits=1\n", text);
	EXPECT_EQ(5, lt_write_file(TOP, "clear"));
	EXPECT_EQ(0, lt_read_file(TOP, text, sizeof(text)));
}

TEST_HARNESS_MAIN
