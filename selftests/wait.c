// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file wait: what is so already, what comes, what never comes, and what is
 * refused.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define TUN (IFF_TUN | IFF_NO_PI)

static __u8 data[LEN], got[256];
static atomic_int signals;

static int wait_open(void)
{
	return lt_ret(open(LT_DEBUGFS "/wait", O_WRONLY));
}

/* 0, or minus errno. */
static long wait_for(const char *format, const char *name)
{
	char line[128];
	long ret;

	snprintf(line, sizeof(line), format, name);
	ret = lt_write_file(LT_DEBUGFS "/wait", line);
	return ret == (long)strlen(line) ? 0 : ret;
}

FIXTURE(wait) {
	struct lt_tunnel t;
	struct lt_call call;
	char line[64];
	int wait;
};

FIXTURE_VARIANT(wait) {
	int flags;
};

FIXTURE_VARIANT_ADD(wait, tun) { .flags = TUN };
FIXTURE_VARIANT_ADD(wait, tap_queues) {
	.flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
};

FIXTURE_SETUP(wait)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->wait = wait_open();
	ASSERT_LE(0, self->wait);
	lt_datagram(data, LEN, 4, 1);
	if (lt_tap(variant->flags))
		lt_frame(data, LEN, LT_IPV4, 1);
}

FIXTURE_TEARDOWN(wait)
{
	close(self->wait);
	lt_tunnel_close(&self->t);
}

/* Another thread waits, and is seen asleep. */
static void start_wait(struct __test_metadata *_metadata,
		       struct _test_data_wait *self, const char *event,
		       const char *name, const char *rest)
{
	snprintf(self->line, sizeof(self->line), "%s %s%s", event, name, rest);
	ASSERT_EQ(0, lt_call_write(&self->call, self->wait, self->line,
				   strlen(self->line)));
	ASSERT_EQ(0, lt_call_blocked(&self->call));
}

static bool over(struct lt_call *call)
{
	return atomic_load(&call->done);
}

TEST_F(wait, already)
{
	EXPECT_EQ(0, wait_for("attach %s", self->t.name));
	EXPECT_EQ(0, wait_for("attach %s timeout=0\n", self->t.name));
	EXPECT_EQ(0, wait_for("read %s 0", self->t.name));
	EXPECT_EQ(0, wait_for("write %s 0", self->t.name));
	EXPECT_EQ(0, wait_for("close %s", "nobody0"));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(0, wait_for("write %s 1", self->t.name));
	EXPECT_EQ(-ETIMEDOUT, wait_for("write %s 2 timeout=0", self->t.name));
	EXPECT_EQ(-ETIMEDOUT, wait_for("read %s 1 timeout=0", self->t.name));
	EXPECT_EQ(-ETIMEDOUT, wait_for("close %s timeout=0", self->t.name));
	EXPECT_EQ(-ETIMEDOUT, wait_for("attach %s timeout=0", "nobody0"));
}

TEST_F(wait, read)
{
	start_wait(_metadata, self, "read", self->t.name, " 2");
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
}

TEST_F(wait, write)
{
	start_wait(_metadata, self, "write", self->t.name, " 2 timeout=1000");
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
}

/* What finds no room in sent is written all the same. */
TEST_F(wait, write_that_is_dropped)
{
	char rest[16];
	int count = 0;

	while (!lt_stat(self->t.name, "sent_dropped")) {
		ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
		count++;
	}
	snprintf(rest, sizeof(rest), " %d", count + 1);
	start_wait(_metadata, self, "write", self->t.name, rest);
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
}

/* A queue that leaves takes nothing from the count. */
TEST_F(wait, count_of_a_queue_that_left)
{
	int other;

	if (!(variant->flags & IFF_MULTI_QUEUE))
		return;
	other = lt_attach(self->t.name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, other);
	ASSERT_EQ(LEN, lt_write(other, data, LEN));
	start_wait(_metadata, self, "write", self->t.name, " 2");
	close(other);
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
}

TEST_F(wait, attach_and_close)
{
	char name[IFNAMSIZ] = "later0";
	int fd;

	start_wait(_metadata, self, "attach", name, "");
	fd = lt_attach(name, TUN, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
	start_wait(_metadata, self, "close", name, "");
	close(fd);
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
}

/* A persistent tunnel has a name before it has a program. */
TEST_F(wait, attach_to_a_persistent_one)
{
	char name[IFNAMSIZ] = "later0";
	int fd;

	ASSERT_LT(0, lt_create("later0 tun"));
	EXPECT_EQ(0, wait_for("close %s timeout=0", name));
	start_wait(_metadata, self, "attach", name, "");
	fd = lt_attach(name, TUN, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
	start_wait(_metadata, self, "close", name, "");
	EXPECT_EQ(1, lt_delete(name));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
	close(fd);
}

/* The count of a tunnel that is yet to come, and of one that goes. */
/* One that comes is looked at, where there is nothing more to wait for. */
TEST_F(wait, tunnel_that_comes)
{
	start_wait(_metadata, self, "read", "later0", " 0");
	ASSERT_LT(0, lt_create("later0 tun"));
	EXPECT_EQ((long)strlen(self->line), lt_call_end(&self->call));
	EXPECT_EQ(1, lt_delete("later0"));
}

TEST_F(wait, count_of_a_later_tunnel)
{
	char name[IFNAMSIZ] = "later0";
	int fd;

	start_wait(_metadata, self, "write", name, " 2");
	fd = lt_attach(name, TUN, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	lt_datagram(data, LEN, 4, 1);
	ASSERT_EQ(LEN, lt_write(fd, data, LEN));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	EXPECT_FALSE(over(&self->call));
	close(fd);
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
}

static void on_signal(int nr)
{
	signals++;
}

TEST_F(wait, interrupted)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGUSR1, &action, NULL);
	start_wait(_metadata, self, "read", self->t.name, " 1 timeout=1000");
	pthread_kill(self->call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&self->call));

	start_wait(_metadata, self, "read", self->t.name, " 1");
	pthread_kill(self->call.thread, SIGUSR1);
	while (signals < 2)
		sched_yield();
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(self->call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&self->call));
}

/* Never early. */
TEST_F(wait, timeout)
{
	struct timespec from, to;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &from);
	EXPECT_EQ(-ETIMEDOUT, wait_for("read %s 1 timeout=0.05", self->t.name));
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 +
	     (to.tv_nsec - from.tv_nsec) / 1000000;
	EXPECT_LE(50, ms);
	EXPECT_GT(LT_SOON, ms);
}

TEST(refused)
{
	static const char *const lines[] = {
		"", "attach", "attach ", "open x", "attach x 1", "read x",
		"read x -1", "read x one", "read x 1 2", "write x",
		"attach x timeout=", "attach x timeout=-1",
		"attach x timeout=+1", "attach x timeout=1.", "attach x timeout=.5",
		"attach x timeout=1.0000", "attach x timeout=1.+1",
		"attach x timeout=1s", "attach x timeout=1 2",
		"attach x  timeout=1", "close x time=1", " close x",
		"close x\nclose x",
	};
	int i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		EXPECT_EQ(-EINVAL, wait_for("%s", lines[i]));
	/* Another network namespace, which has no such tunnel. */
	EXPECT_EQ(-EINVAL, wait_for("close %s", "no:x"));
}

TEST_HARNESS_MAIN
