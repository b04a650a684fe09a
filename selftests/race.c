// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels that come and go under those who use them. One file is attached to
 * two names in turn while both sides of both names are busy: whoever holds
 * one that is gone is told so, and nothing of the one is seen in the other.
 * What was freed too early is for the kernel's own checkers to see.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define LEN 64
#define AT_ONCE 4

static const char *const names[] = { "race0", "race1" };

static atomic_bool stop;
static long program_reads;
/* The first unexpected result of each kind of thread, and what it was. */
struct busy {
	pthread_t thread;
	const char *name;
	__u8 tag;
	void (*once)(struct busy *busy);
	atomic_long done;
	long wrong;
	const char *what;
};

static void expected(struct busy *busy, const char *what, long ret, long ok)
{
	if (ret >= 0 || ret == ok || ret == -ENODEV)
		return;
	busy->wrong = ret;
	busy->what = what;
}

static void make(__u8 *buf, __u8 tag)
{
	memset(buf, tag, LEN);
	buf[0] = 0x45;
}

static bool is(const __u8 *buf, long len, __u8 tag)
{
	__u8 want[LEN];

	make(want, tag);
	return len == LEN && !memcmp(want, buf, LEN);
}

static void inject_once(struct busy *busy)
{
	int fd = lt_control(busy->name, "inject", O_WRONLY | O_NONBLOCK);
	__u8 buf[LEN];
	long ret;
	int i;

	expected(busy, "open inject", fd, -ENOENT);
	if (fd < 0)
		return;
	make(buf, busy->tag);
	for (i = 0; i < AT_ONCE; i++) {
		ret = lt_write(fd, buf, LEN);
		if (ret != -ENETDOWN)
			expected(busy, "inject", ret, -EAGAIN);
		busy->done += ret == LEN;
	}
	lt_poll(fd, POLLOUT, 0);
	close(fd);
}

static void sent_once(struct busy *busy)
{
	int fd = lt_control(busy->name, "sent", O_RDONLY | O_NONBLOCK);
	__u8 buf[LEN];
	long ret;
	int i;

	expected(busy, "open sent", fd, -ENOENT);
	if (fd < 0)
		return;
	for (i = 0; i < AT_ONCE; i++) {
		lt_poll(fd, POLLIN, 0);
		ret = lt_read(fd, buf, LEN);
		expected(busy, "sent", ret, -EAGAIN);
		if (ret >= 0 && !is(buf, ret, busy->tag)) {
			busy->wrong = buf[1];
			busy->what = "bytes in sent";
		}
		busy->done += ret == LEN;
	}
	close(fd);
}

static void control_once(struct busy *busy)
{
	char text[2048];

	expected(busy, "link down",
		 lt_control_write(busy->name, "link", "down"), -ENOENT);
	expected(busy, "state", lt_control_read(busy->name, "state", text,
						sizeof(text)), -ENOENT);
	expected(busy, "stats", lt_control_read(busy->name, "stats", text,
						sizeof(text)), -ENOENT);
	expected(busy, "link up",
		 lt_control_write(busy->name, "link", "up"), -ENOENT);
	busy->done++;
}

static struct busy all[] = {
	{ .name = "race0", .tag = 1, .once = inject_once },
	{ .name = "race1", .tag = 2, .once = inject_once },
	{ .name = "race0", .tag = 1, .once = sent_once },
	{ .name = "race1", .tag = 2, .once = sent_once },
	{ .name = "race0", .tag = 1, .once = control_once },
};

/* Until everybody has got something done, and for a while. */
static bool going_on(int left)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!all[i].done && !all[i].what)
			return true;
	return left > 0 || !program_reads;
}

static void *busy_main(void *arg)
{
	struct busy *busy = arg;

	while (!stop && !busy->what)
		busy->once(busy);
	return NULL;
}

/* The program, attached to the tunnel of that tag: nothing of the other. */
static void use(struct __test_metadata *_metadata, int fd, __u8 tag)
{
	__u8 buf[LEN];
	long ret;
	int i;

	for (i = 0; i < AT_ONCE; i++) {
		ret = lt_poll(fd, POLLIN, 0) & POLLIN ?
		      lt_read(fd, buf, LEN) : -EAGAIN;
		if (ret != -EAGAIN) {
			EXPECT_TRUE(is(buf, ret, tag))
				TH_LOG("read %ld, %d in %d", ret, buf[1], tag);
			program_reads++;
		}
		make(buf, tag);
		ret = lt_write(fd, buf, LEN);
		/* Its link may be down. */
		EXPECT_TRUE(ret == LEN || ret == -EIO)
			TH_LOG("write %ld", ret);
	}
}

static void start(struct __test_metadata *_metadata)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		ASSERT_EQ(0, pthread_create(&all[i].thread, NULL, busy_main,
					    &all[i]));
	}
}

static void end(struct __test_metadata *_metadata)
{
	size_t i;

	stop = true;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		pthread_join(all[i].thread, NULL);
		EXPECT_EQ(0, all[i].wrong)
			TH_LOG("%s of %s", all[i].what ?: "", all[i].name);
	}
}

/* What the tunnels of the last rounds have counted, when nobody is under way. */
static int stats[16];

static void keep_stats(struct __test_metadata *_metadata, const char *name,
		       int round)
{
	int i = round % ARRAY_SIZE(stats);

	if (stats[i])
		close(stats[i]);
	stats[i] = lt_control(name, "stats", O_RDONLY);
	ASSERT_LT(0, stats[i]);
}

static void expect_sums(struct __test_metadata *_metadata)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(stats) && stats[i]; i++) {
		lt_expect_sums_of(_metadata, stats[i], LT_AS_COUNTED, 0);
		close(stats[i]);
	}
}

FIXTURE(race) { int rounds; };

FIXTURE_SETUP(race)
{
	self->rounds = lt_kernel_debugs() ? 30 : 300;
}

FIXTURE_TEARDOWN(race)
{
}

TEST_F(race, delete_tunnel)
{
	int fd = lt_open(O_NONBLOCK), round;
	char name[IFNAMSIZ];

	ASSERT_LE(0, fd);
	start(_metadata);
	for (round = 0; going_on(self->rounds - round); round++) {
		strcpy(name, names[round % 2]);
		ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
		keep_stats(_metadata, name, round);
		use(_metadata, fd, 1 + round % 2);
		ASSERT_EQ(1, lt_delete(name));
		EXPECT_EQ(POLLERR, lt_poll(fd, POLLIN | POLLOUT, 0));
	}
	end(_metadata);
	close(fd);
	expect_sums(_metadata);
}

TEST_F(race, close_file)
{
	char name[IFNAMSIZ];
	int round, fd;

	start(_metadata);
	for (round = 0; going_on(self->rounds - round); round++) {
		strcpy(name, names[round % 2]);
		fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
		ASSERT_LE(0, fd);
		keep_stats(_metadata, name, round);
		use(_metadata, fd, 1 + round % 2);
		close(fd);
	}
	end(_metadata);
	expect_sums(_metadata);
}

/* The tunnels stay, their programs change; what was sent waits. */
TEST_F(race, attach_again)
{
	char name[IFNAMSIZ];
	int round, fd;

	ASSERT_EQ(9, lt_create("race0 tun"));
	ASSERT_EQ(9, lt_create("race1 tun"));
	start(_metadata);
	for (round = 0; going_on(self->rounds - round); round++) {
		strcpy(name, names[round % 2]);
		fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
		ASSERT_LE(0, fd);
		use(_metadata, fd, 1 + round % 2);
		close(fd);
	}
	end(_metadata);
	lt_expect_sums(_metadata, "race0", LT_AS_COUNTED);
	lt_expect_sums(_metadata, "race1", LT_AS_COUNTED);
	EXPECT_EQ(1, lt_delete("race0"));
	EXPECT_EQ(1, lt_delete("race1"));
}

static void *flap_main(void *arg)
{
	int link = *(int *)arg;

	while (!stop) {
		lt_write(link, "down", 4);
		lt_write(link, "up", 2);
	}
	return NULL;
}

/* Who injects is told that the link is down, or it was up: nothing lacks a carrier. */
TEST(link_flaps)
{
	int rounds = lt_kernel_debugs() ? 2000 : 20000, i;
	long ret, taken = 0, refused = 0, read = 0;
	struct lt_tunnel t;
	pthread_t thread;
	__u8 buf[LEN];
	int link;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	link = lt_control(t.name, "link", O_WRONLY);
	ASSERT_LE(0, link);
	stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, flap_main, &link));
	make(buf, 1);
	for (i = 0; i < rounds || !taken || !refused; i++) {
		ret = lt_write(t.inject, buf, LEN);
		taken += ret == LEN;
		refused += ret == -ENETDOWN;
		if (ret == LEN)
			read += lt_read(t.fd, buf, LEN) == LEN;
	}
	stop = true;
	pthread_join(thread, NULL);
	EXPECT_EQ(i, taken + refused);
	EXPECT_EQ(taken, read);
	EXPECT_EQ(taken, lt_stat(t.name, "injected_datagrams"));
	EXPECT_EQ(0, lt_stat(t.name, "rx_dropped_carrier"));
	lt_expect_sums(_metadata, t.name, taken);
	close(link);
	lt_tunnel_close(&t);
}

/* Two write to @to, which has no ring yet, and both of it arrives at @from. */
static void two_first(struct __test_metadata *_metadata, int to, int from)
{
	struct lt_call call[2];
	__u8 buf[LEN];
	int i;

	make(buf, 1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, lt_call_write(&call[i], to, buf, LEN));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(LEN, lt_call_end(&call[i]));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(LEN, lt_read(from, buf, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(from, buf, LEN));
}

/* Two that need a ring at once have the same one. It takes a while to make those. */
TEST(first_use)
{
	int rounds = lt_kernel_debugs() ? 5 : 20;
	struct lt_tunnel t;

	ASSERT_EQ(5, lt_write_file(RING_KIB, "16384"));
	while (rounds--) {
		ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
		two_first(_metadata, t.fd, t.sent);
		two_first(_metadata, t.inject, t.fd);
		lt_tunnel_close(&t);
	}
	EXPECT_EQ(3, lt_write_file(RING_KIB, "256"));
}

TEST_HARNESS_MAIN
