// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queue a datagram goes to or comes from: the files of queues/<n>/, their
 * numbers, flows, and sent of them all.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define QUEUES 3
#define FLOWS 64

/* PI header, then the frame; the program writes from the PI header on or not. */
static __u8 packet[128] = { 0, 0, 8, 0 }, *frame = packet + LT_PI_LEN;
static __u8 got[256];

FIXTURE(spread) {
	struct lt_tunnel t;
	int fd[QUEUES];
	int inject[QUEUES];
};

FIXTURE_VARIANT(spread) {
	int flags;
};

FIXTURE_VARIANT_ADD(spread, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(spread, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(spread, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(spread, tap_pi) { .flags = IFF_TAP };

static __u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static int queue_control(const char *tunnel, int queue, const char *file,
			 int oflags)
{
	char name[64];

	snprintf(name, sizeof(name), "queues/%d/%s", queue, file);
	return lt_control(tunnel, name, oflags | O_NONBLOCK);
}

static void set_up(struct __test_metadata *_metadata,
		   struct _test_data_spread *self, int flags)
{
	struct lt_tunnel *t = &self->t;
	int i;

	strcpy(t->name, "sp%d");
	t->flags = flags | IFF_MULTI_QUEUE;
	for (i = 0; i < QUEUES; i++) {
		self->fd[i] = lt_attach(t->name, t->flags, O_NONBLOCK);
		ASSERT_LE(0, self->fd[i]);
		self->inject[i] = queue_control(t->name, i, "inject_frame",
						O_WRONLY);
		ASSERT_LE(0, self->inject[i]);
	}
	t->inject = lt_control(t->name, "inject_frame", O_WRONLY | O_NONBLOCK);
	t->sent = lt_control(t->name, "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, t->inject);
	ASSERT_LE(0, t->sent);
}

static void tear_down(struct _test_data_spread *self)
{
	int i;

	for (i = 0; i < QUEUES; i++) {
		close(self->inject[i]);
		close(self->fd[i]);
	}
	close(self->t.inject);
	close(self->t.sent);
}

FIXTURE_SETUP(spread)
{
	set_up(_metadata, self, variant->flags);
}

FIXTURE_TEARDOWN(spread)
{
	tear_down(self);
}

/* A frame of that flow, or of its answers; its length. */
static size_t make(int flags, int flow, bool answer, int seed)
{
	struct lt_udp udp = { 0x0a000001, 0x0a000002, 1000 + flow, 53 };
	struct lt_udp back = { 0x0a000002, 0x0a000001, 53, 1000 + flow };
	size_t ether = lt_tap(flags) ? LT_ETHER_LEN : 0;
	__u8 payload[16];

	memset(frame, 0, ether);
	if (ether)
		frame[12] = LT_IPV4 >> 8;
	lt_fill(payload, sizeof(payload), seed);
	return ether + lt_udp_datagram(frame + ether, answer ? &back : &udp,
				       payload, sizeof(payload));
}

static void program_writes(struct __test_metadata *_metadata, int fd,
			   int flags, int flow, int seed)
{
	size_t head = lt_pi_len(flags), len = head + make(flags, flow, false,
							   seed);

	ASSERT_EQ(len, lt_write(fd, frame - head, len));
}

/* The frame just made has come on exactly one queue: its number. */
static int arrived(struct __test_metadata *_metadata, const int *fd, int flags,
		   size_t len)
{
	size_t head = lt_pi_len(flags);
	int i, queue = -1;
	long ret;

	for (i = 0; i < QUEUES; i++) {
		lt_poison(got, sizeof(got));
		ret = lt_read(fd[i], got, sizeof(got));
		if (ret == -EAGAIN || ret == -EBADF)
			continue;
		EXPECT_EQ(-1, queue);
		queue = i;
		EXPECT_EQ(head + len, ret);
		EXPECT_EQ(0, memcmp(frame, got + head, len));
		EXPECT_TRUE(lt_poisoned(got, head + len, sizeof(got)));
	}
	return queue;
}

static int inject(struct __test_metadata *_metadata, const int *fd,
		  const struct lt_tunnel *t, int flow, bool answer)
{
	size_t len = make(t->flags, flow, answer, flow);

	ASSERT_EQ(len, lt_write(t->inject, frame, len));
	return arrived(_metadata, fd, t->flags, len);
}

/* A flow keeps its queue, in both directions, and flows use all queues. */
TEST_F(spread, flows)
{
	int flow, queue, count[QUEUES] = { 0 };

	for (flow = 0; flow < FLOWS; flow++) {
		queue = inject(_metadata, self->fd, &self->t, flow, false);
		ASSERT_LE(0, queue);
		count[queue]++;
		EXPECT_EQ(queue, inject(_metadata, self->fd, &self->t, flow,
					false));
		EXPECT_EQ(queue, inject(_metadata, self->fd, &self->t, flow,
					true));
	}
	for (queue = 0; queue < QUEUES; queue++)
		EXPECT_LT(FLOWS / 10, count[queue]);
}

/* Where the program last wrote a flow, there its answers come. */
TEST_F(spread, learned)
{
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	int flow, queue;

	for (flow = 0; flow < 12; flow++) {
		for (queue = 0; queue < QUEUES; queue++) {
			program_writes(_metadata, self->fd[queue],
				       self->t.flags, flow, 0);
			EXPECT_EQ(queue, inject(_metadata, self->fd, &self->t,
						flow, true));
			EXPECT_EQ(queue, inject(_metadata, self->fd, &self->t,
						flow, false));
		}
	}
	/* One that is out teaches nothing, and gets nothing. */
	ASSERT_EQ(0, lt_ioctl(self->fd[2], TUNSETQUEUE, &out));
	for (flow = 0; flow < 12; flow++) {
		program_writes(_metadata, self->fd[1], self->t.flags, flow, 0);
		program_writes(_metadata, self->fd[2], self->t.flags, flow, 0);
		EXPECT_EQ(1, inject(_metadata, self->fd, &self->t, flow, true));
	}
}

/* Is it on another queue by and by that the flow arrives? */
static bool moves(struct __test_metadata *_metadata, const int *fd,
		  const struct lt_tunnel *t, int flow, int queue)
{
	const __u64 end = now_ms() + LT_SOON;

	while (now_ms() < end) {
		if (inject(_metadata, fd, t, flow, true) != queue)
			return true;
		/* Nothing comes: it is only to let time pass. */
		lt_poll(fd[queue], POLLIN, 50);
	}
	return false;
}

/* What was not written for three seconds is known no more. All wait together. */
TEST(forgotten)
{
	static const int flags[] = { IFF_TUN | IFF_NO_PI, IFF_TUN,
				     IFF_TAP | IFF_NO_PI, IFF_TAP };
	struct _test_data_spread s[ARRAY_SIZE(flags)];
	int by_hash[ARRAY_SIZE(flags)], queue;
	__u64 start = now_ms();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		set_up(_metadata, &s[i], flags[i]);
		by_hash[i] = inject(_metadata, s[i].fd, &s[i].t, 1, true);
		queue = (by_hash[i] + 1) % QUEUES;
		start = now_ms();
		program_writes(_metadata, s[i].fd[queue], s[i].t.flags, 1, 0);
	}
	for (i = ARRAY_SIZE(flags); i-- > 0;) {
		queue = (by_hash[i] + 1) % QUEUES;
		EXPECT_TRUE(moves(_metadata, s[i].fd, &s[i].t, 1, queue));
		/* The last one that was written has had no more than that. */
		if (i == ARRAY_SIZE(flags) - 1)
			EXPECT_LE(2990, now_ms() - start);
		EXPECT_EQ(by_hash[i], inject(_metadata, s[i].fd, &s[i].t, 1, true));
		tear_down(&s[i]);
	}
}

/* A flow whose queue is gone comes on the first. */
TEST_F(spread, queue_of_flow_gone)
{
	int flow;

	for (flow = 0; flow < 12; flow++)
		program_writes(_metadata, self->fd[2], self->t.flags, flow, 0);
	close(self->fd[2]);
	self->fd[2] = -1;
	for (flow = 0; flow < 12; flow++)
		EXPECT_EQ(0, inject(_metadata, self->fd, &self->t, flow, true));
}

static bool queue_state_is(const char *tunnel, int queue, const char *want)
{
	char file[32], text[64];

	snprintf(file, sizeof(file), "queues/%d/state", queue);
	return lt_control_read(tunnel, file, text, sizeof(text)) > 0 &&
	       !strcmp(text, want);
}

/* When a queue goes, the last takes its number: files are of the number. */
TEST_F(spread, numbers)
{
	size_t len = make(self->t.flags, 1, false, 1);
	int state = queue_control(self->t.name, 2, "state", O_RDONLY);
	int sent = queue_control(self->t.name, 2, "sent", O_RDONLY), i;

	ASSERT_EQ(0, fcntl(self->fd[2], F_SETFL, 0));
	EXPECT_TRUE(queue_state_is(self->t.name, 0,
				   "queue 0 enabled nonblocking -\n"));
	EXPECT_TRUE(queue_state_is(self->t.name, 2,
				   "queue 2 enabled blocking -\n"));
	ASSERT_EQ(0, fcntl(self->fd[2], F_SETFL, O_NONBLOCK));
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(len, lt_write(self->inject[i], frame, len));
		EXPECT_EQ(i, arrived(_metadata, self->fd, self->t.flags, len));
	}

	close(self->fd[0]);
	ASSERT_EQ(0, fcntl(self->fd[2], F_SETFL, 0));
	EXPECT_TRUE(queue_state_is(self->t.name, 0,
				   "queue 0 enabled blocking -\n"));
	ASSERT_EQ(0, fcntl(self->fd[2], F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-ENOENT, queue_control(self->t.name, 2, "state", O_RDONLY));
	EXPECT_GT(0, lt_read(state, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_write(self->inject[2], frame, len));
	EXPECT_EQ(0, lt_poll(self->inject[2], POLLOUT, 0));
	ASSERT_EQ(len, lt_write(self->inject[0], frame, len));
	EXPECT_EQ(2, arrived(_metadata, self->fd, self->t.flags, len));
	ASSERT_EQ(len, lt_write(self->inject[1], frame, len));
	EXPECT_EQ(1, arrived(_metadata, self->fd, self->t.flags, len));

	/* The file that was open is of the next that has the number. */
	self->fd[0] = lt_attach(self->t.name, self->t.flags, O_NONBLOCK);
	ASSERT_LE(0, self->fd[0]);
	ASSERT_EQ(len, lt_write(self->inject[2], frame, len));
	EXPECT_EQ(0, arrived(_metadata, self->fd, self->t.flags, len));
	close(state);
	close(sent);
	/* And of none when the tunnel is gone. */
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-ENODEV, lt_write(self->inject[0], frame, len));
	EXPECT_EQ(POLLERR | POLLHUP, lt_poll(self->inject[0], POLLOUT, 0));
}

/* inject of a queue makes the header that inject of the tunnel makes. */
TEST_F(spread, inject)
{
	size_t ether = lt_tap(variant->flags) ? LT_ETHER_LEN : 0;
	size_t len = make(self->t.flags, 1, false, 1);
	int file = queue_control(self->t.name, 1, "inject", O_WRONLY);

	ASSERT_LE(0, file);
	memset(frame, 0xff, ether ? 6 : 0);
	ASSERT_EQ(len - ether, lt_write(file, frame + ether, len - ether));
	EXPECT_EQ(1, arrived(_metadata, self->fd, self->t.flags, len));
	EXPECT_EQ(-EINVAL, lt_write(file, "x", 1));
	close(file);
}

static void expect_sent(struct __test_metadata *_metadata, int sent, int flags,
			int flow)
{
	size_t len = make(flags, flow, false, flow);

	lt_poison(got, sizeof(got));
	EXPECT_EQ(len, lt_read(sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(frame, got, len))
		TH_LOG("flow %d", flow);
	EXPECT_TRUE(lt_poisoned(got, len, sizeof(got)));
}

/* sent of a queue is what was written there; that of the tunnel is the rest. */
TEST_F(spread, sent_of_queue)
{
	int sent[QUEUES], i;

	for (i = 0; i < QUEUES; i++)
		sent[i] = queue_control(self->t.name, i, "sent", O_RDONLY);
	for (i = 0; i < 9; i++)
		program_writes(_metadata, self->fd[i % 3], self->t.flags, i, i);
	EXPECT_EQ(POLLIN, lt_poll(sent[1], POLLIN, 0));
	for (i = 1; i < 9; i += 3)
		expect_sent(_metadata, sent[1], self->t.flags, i);
	EXPECT_EQ(-EAGAIN, lt_read(sent[1], got, sizeof(got)));
	EXPECT_EQ(0, lt_poll(sent[1], POLLIN, 0));
	for (i = 0; i < 9; i++)
		if (i % 3 != 1)
			expect_sent(_metadata, self->t.sent, self->t.flags, i);
	EXPECT_EQ(-EAGAIN, lt_read(sent[0], got, sizeof(got)));
	for (i = 0; i < QUEUES; i++)
		close(sent[i]);
}

/* The oldest first, whoever wrote it and whether or not it is still there. */
TEST_F(spread, sent_in_order)
{
	static const int writers[] = { 0, 1, 2, 2, 1, 0, 1, 1, 0, 2, 0, 0, 1 };
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	int count = ARRAY_SIZE(writers), order, i, next;

	for (order = 0; order < 2; order++) {
		next = 0;
		for (i = 0; i < count; i++)
			program_writes(_metadata, self->fd[writers[i]],
				       self->t.flags, i, i);
		expect_sent(_metadata, self->t.sent, self->t.flags, next++);
		if (!order) {
			while (next < count)
				expect_sent(_metadata, self->t.sent,
					    self->t.flags, next++);
			continue;
		}
		ASSERT_EQ(0, lt_ioctl(self->fd[0], TUNSETQUEUE, &out));
		close(self->fd[1]);
		expect_sent(_metadata, self->t.sent, self->t.flags, next++);
		program_writes(_metadata, self->fd[2], self->t.flags, count,
			       count);
		program_writes(_metadata, self->fd[0], self->t.flags,
			       count + 1, count + 1);
		close(self->fd[0]);
		expect_sent(_metadata, self->t.sent, self->t.flags, next++);
		close(self->fd[2]);
		while (next < count + 2)
			expect_sent(_metadata, self->t.sent, self->t.flags,
				    next++);
		EXPECT_EQ(-ENODEV, lt_read(self->t.sent, got, sizeof(got)));
	}
}

TEST_HARNESS_MAIN
