// SPDX-License-Identifier: GPL-2.0-only
/*
 * IFF_MULTI_QUEUE and TUNSETQUEUE: tun_set_queue(), tun_attach() and
 * __tun_detach(). What goes to which queue is in spread.c.
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define QUEUES 256
#define BAD ((void *)-4096L)
#define ATTACH IFF_ATTACH_QUEUE
#define DETACH IFF_DETACH_QUEUE
#define BOTH (ATTACH | DETACH)
/* What TUNGETIFF adds for a queue that is out. */
#define DISABLED 0x0400
#define WRITABLE (POLLOUT | POLLWRNORM)
#define ALL (POLLIN | POLLRDNORM | WRITABLE | POLLPRI | POLLRDHUP)

static __u8 data[128], got[256];

FIXTURE(queues) {
	char name[IFNAMSIZ];
	int fd[2];
	int inject[2];
	int sent;
	size_t head;
};

FIXTURE_VARIANT(queues) {
	int flags;
};

FIXTURE_VARIANT_ADD(queues, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(queues, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(queues, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(queues, tap_pi) { .flags = IFF_TAP };

static int set_queue(int fd, int flags)
{
	struct ifreq ifr = { .ifr_flags = flags };

	return lt_ioctl(fd, TUNSETQUEUE, &ifr);
}

static int get_flags(int fd)
{
	struct ifreq ifr;
	int ret = lt_ioctl(fd, TUNGETIFF, &ifr);

	return ret ?: (unsigned short)ifr.ifr_flags;
}

static bool exists(const char *tunnel)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, ".");
	return !access(path, F_OK);
}

static int queue_control(const char *tunnel, int queue, const char *file,
			 int oflags)
{
	char name[64];

	snprintf(name, sizeof(name), "queues/%d/%s", queue, file);
	return lt_control(tunnel, name, oflags | O_NONBLOCK);
}

FIXTURE_SETUP(queues)
{
	int i;

	strcpy(self->name, "mq%d");
	for (i = 0; i < 2; i++) {
		self->fd[i] = lt_attach(self->name, variant->flags |
					IFF_MULTI_QUEUE, O_NONBLOCK);
		ASSERT_LE(0, self->fd[i]);
		self->inject[i] = queue_control(self->name, i, "inject_frame",
						O_WRONLY);
		ASSERT_LE(0, self->inject[i]);
	}
	self->sent = lt_control(self->name, "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, self->sent);
	self->head = lt_pi_len(variant->flags);
	lt_datagram(data, LEN, 4, 1);
}

FIXTURE_TEARDOWN(queues)
{
	close(self->sent);
	close(self->inject[0]);
	close(self->inject[1]);
	close(self->fd[0]);
	close(self->fd[1]);
}

/* The queue gets what is injected into it, and nothing else is there. */
static void expect_carries(struct __test_metadata *_metadata, int inject,
			   int fd, size_t head)
{
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(head + LEN, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got + head, LEN));
	EXPECT_TRUE(lt_poisoned(got, head + LEN, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(fd, got, sizeof(got)));
}

TEST(limit)
{
	int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, inject, i;
	char name[IFNAMSIZ] = "many%d";
	static int fd[QUEUES];

	lt_datagram(data, LEN, 4, 1);
	for (i = 0; i < QUEUES; i++) {
		fd[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
	EXPECT_EQ(-E2BIG, lt_attach(name, flags, 0));
	/* One that is out counts too. */
	EXPECT_EQ(0, set_queue(fd[7], DETACH));
	EXPECT_EQ(-E2BIG, lt_attach(name, flags, 0));
	EXPECT_EQ(0, set_queue(fd[7], ATTACH));
	inject = queue_control(name, QUEUES - 1, "inject_frame", O_WRONLY);
	ASSERT_LE(0, inject);
	expect_carries(_metadata, inject, fd[7], 0);
	close(inject);
	EXPECT_EQ(-ENOENT, queue_control(name, QUEUES, "sent", O_RDONLY));

	close(fd[9]);
	fd[9] = lt_attach(name, flags, O_NONBLOCK);
	EXPECT_LE(0, fd[9]);
	EXPECT_EQ(-E2BIG, lt_attach(name, flags, 0));
	for (i = 0; i < QUEUES; i++)
		close(fd[i]);
	EXPECT_FALSE(exists(name));
}

/* Not attached at all, and the one queue of a device that has no more. */
TEST(set_queue_without_queues)
{
	static const int rows[] = { 0, ATTACH, DETACH, BOTH, IFF_TUN };
	char name[IFNAMSIZ] = "one%d";
	int fd = lt_open(O_NONBLOCK), round;
	size_t i;

	ASSERT_LE(0, fd);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++)
			EXPECT_EQ(-EINVAL, set_queue(fd, rows[i]))
				TH_LOG("flags %#x", rows[i]);
		EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETQUEUE, BAD));
		EXPECT_EQ(round ? -EEXIST : 0, lt_setiff(fd, name, IFF_TUN));
	}
	EXPECT_EQ(IFF_TUN | IFF_NOFILTER, get_flags(fd));
	close(fd);
}

TEST_F(queues, set_queue)
{
	static const struct {
		int flags, ret;
		bool disabled;
	} rows[] = {
		{ 0, -EINVAL, false },	   { ATTACH, -EINVAL, false },
		{ BOTH, -EINVAL, false },  { IFF_TUN, -EINVAL, false },
		{ DETACH, 0, true },	   { DETACH, -EINVAL, true },
		{ 0, -EINVAL, true },	   { ATTACH, 0, false },
		{ ATTACH, -EINVAL, false }, { DETACH | IFF_TUN, 0, true },
		{ BOTH, 0, false },
	};
	int flags = variant->flags | IFF_MULTI_QUEUE | IFF_NOFILTER;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].ret, set_queue(self->fd[0], rows[i].flags))
			TH_LOG("row %zu", i);
		EXPECT_EQ(flags | (rows[i].disabled ? DISABLED : 0),
			  get_flags(self->fd[0]))
			TH_LOG("row %zu", i);
		EXPECT_EQ(flags, get_flags(self->fd[1]));
	}
	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd[0], TUNSETQUEUE, BAD));
}

TEST_F(queues, disabled)
{
	char name[IFNAMSIZ] = "other";
	int value = 0;

	ASSERT_EQ(LEN, lt_write(self->inject[1], data, LEN));
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	/* What was queued is gone, and there is no such queue any more. */
	EXPECT_EQ(-EAGAIN, lt_read(self->fd[1], got, sizeof(got)));
	EXPECT_EQ(WRITABLE, lt_poll(self->fd[1], ALL, 0));
	EXPECT_EQ(-EAGAIN, lt_write(self->inject[1], data, LEN));
	EXPECT_EQ(-ENOENT, queue_control(self->name, 1, "sent", O_RDONLY));
	EXPECT_TRUE(lt_state_has(self->name, "queue 1 disabled nonblocking -"));

	EXPECT_EQ(LEN, lt_write(self->fd[1], data, LEN));
	EXPECT_EQ(LEN - self->head, lt_read(self->sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data + self->head, got, LEN - self->head));
	EXPECT_EQ(-EEXIST, lt_setiff(self->fd[1], name, variant->flags));
	EXPECT_EQ(0, lt_ioctl(self->fd[1], TUNGETSNDBUF, &value));
	EXPECT_EQ(0x7fffffff, value);
	EXPECT_EQ(0, lt_ioctl(self->fd[1], TUNSETVNETHDRSZ, &(int){ 12 }));
	EXPECT_TRUE(lt_state_has(self->name, "vnet_hdr_sz 12"));
	EXPECT_EQ(-EINVAL, lt_ioctl(self->fd[1], 0x54ff, NULL));

	ASSERT_EQ(0, set_queue(self->fd[1], ATTACH));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd[1], got, sizeof(got)));
	expect_carries(_metadata, self->inject[1], self->fd[1], self->head);
	expect_carries(_metadata, self->inject[0], self->fd[0], self->head);
}

/*
 * Who waits for what a number has written is told where another queue has it, and
 * where one has it again. poll(2) would look once more at its end.
 */
TEST_F(queues, sent_of_another_number)
{
	int ep[2] = { epoll_create1(EPOLL_CLOEXEC), epoll_create1(EPOLL_CLOEXEC) };
	struct epoll_event event = { .events = EPOLLIN };
	int sent[2], i;

	for (i = 0; i < 2; i++) {
		sent[i] = queue_control(self->name, i, "sent", O_RDONLY);
		ASSERT_LE(0, sent[i]);
		ASSERT_EQ(0, epoll_ctl(ep[i], EPOLL_CTL_ADD, sent[i], &event));
	}
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	ASSERT_EQ(LEN, lt_write(self->fd[1], data, LEN));
	ASSERT_EQ(0, epoll_wait(ep[1], &event, 1, 0));
	ASSERT_EQ(0, set_queue(self->fd[1], ATTACH));
	EXPECT_EQ(1, epoll_wait(ep[1], &event, 1, LT_SOON));
	ASSERT_EQ(0, epoll_wait(ep[0], &event, 1, 0));
	ASSERT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(1, epoll_wait(ep[0], &event, 1, LT_SOON));
	for (i = 0; i < 2; i++) {
		close(sent[i]);
		close(ep[i]);
	}
}

/* Down comes before anything that is said of a queue that is out. */
TEST_F(queues, disabled_and_down)
{
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	ASSERT_EQ(4, lt_control_write(self->name, "link", "down"));
	EXPECT_EQ(-EIO, lt_write(self->fd[1], data, LEN));
	EXPECT_EQ(0, lt_poll(self->fd[1], ALL, 0));
	ASSERT_EQ(2, lt_control_write(self->name, "link", "up"));
	EXPECT_EQ(WRITABLE, lt_poll(self->fd[1], ALL, 0));
	EXPECT_EQ(LEN, lt_write(self->fd[1], data, LEN));
}

/* Only a queue that is in is told of a link that comes up. */
TEST_F(queues, told_of_link)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int i, ep[2];

	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	ASSERT_EQ(4, lt_control_write(self->name, "link", "down"));
	for (i = 0; i < 2; i++) {
		ep[i] = epoll_create1(0);
		ASSERT_LE(0, ep[i]);
		ASSERT_EQ(0, epoll_ctl(ep[i], EPOLL_CTL_ADD, self->fd[i],
				       &event));
	}
	ASSERT_EQ(2, lt_control_write(self->name, "link", "up"));
	EXPECT_EQ(1, epoll_wait(ep[0], &event, 1, 0));
	EXPECT_EQ(0, epoll_wait(ep[1], &event, 1, 0));
	EXPECT_EQ(WRITABLE, lt_poll(self->fd[1], ALL, 0));
	for (i = 0; i < 2; i++)
		close(ep[i]);
}

/* The way a queue receives is its own, whoever came first. */
TEST_F(queues, disabled_with_napi)
{
	int fd = lt_attach(self->name, variant->flags | IFF_MULTI_QUEUE |
			   IFF_NAPI, O_NONBLOCK);

	ASSERT_LE(0, fd);
	EXPECT_EQ(variant->flags | IFF_MULTI_QUEUE | IFF_NOFILTER,
		  get_flags(fd));
	EXPECT_EQ(LEN, lt_write(fd, data, LEN));
	ASSERT_EQ(0, set_queue(fd, DETACH));
	EXPECT_EQ(-EBUSY, lt_write(fd, data, LEN));
	EXPECT_EQ(-EINVAL, lt_write(fd, data, 0));
	EXPECT_EQ(WRITABLE, lt_poll(fd, ALL, 0));
	ASSERT_EQ(4, lt_control_write(self->name, "link", "down"));
	EXPECT_EQ(-EIO, lt_write(fd, data, LEN));
	ASSERT_EQ(2, lt_control_write(self->name, "link", "up"));
	ASSERT_EQ(0, set_queue(fd, ATTACH));
	EXPECT_EQ(LEN, lt_write(fd, data, LEN));
	close(fd);
	ASSERT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(LEN, lt_write(self->fd[0], data, LEN));
}

/* A reader sleeps through it all until something comes. */
TEST_F(queues, reader_of_disabled)
{
	struct lt_call call;

	ASSERT_EQ(0, fcntl(self->fd[1], F_SETFL, 0));
	lt_poison(got, sizeof(got));
	ASSERT_EQ(0, lt_call_read(&call, self->fd[1], got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	EXPECT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(0, set_queue(self->fd[1], ATTACH));
	EXPECT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(LEN, lt_write(self->inject[1], data, LEN));
	EXPECT_EQ(self->head + LEN, lt_call_end(&call));
	EXPECT_EQ(0, memcmp(data, got + self->head, LEN));
}

TEST_F(queues, last_disabled)
{
	int inject = lt_control(self->name, "inject", O_WRONLY | O_NONBLOCK);
	int on = 1, off = 0;

	ASSERT_LE(0, inject);
	ASSERT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(0, lt_ioctl(self->fd[0], TUNSETCARRIER, &on));
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	EXPECT_EQ(-EPERM, lt_ioctl(self->fd[0], TUNSETCARRIER, &on));
	EXPECT_EQ(0, lt_ioctl(self->fd[0], TUNSETCARRIER, &off));
	EXPECT_TRUE(lt_state_has(self->name, "carrier off"));

	/* Without carrier it does not arrive, be there somebody or not. */
	EXPECT_EQ(LEN, lt_write(inject, data, LEN));
	EXPECT_EQ(POLLOUT, lt_poll(inject, POLLOUT, 0));
	EXPECT_EQ(1, lt_stat(self->name, "rx_dropped_carrier"));

	close(self->fd[0]);
	EXPECT_TRUE(exists(self->name));
	ASSERT_EQ(0, set_queue(self->fd[1], ATTACH));
	EXPECT_EQ(0, lt_ioctl(self->fd[1], TUNSETCARRIER, &on));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd[1], got, sizeof(got)));
	EXPECT_EQ(LEN, lt_write(inject, data, LEN));
	EXPECT_LT(LEN - 1, lt_read(self->fd[1], got, sizeof(got)));
	ASSERT_EQ(0, set_queue(self->fd[1], DETACH));
	close(self->fd[1]);
	EXPECT_FALSE(exists(self->name));
	close(inject);
}

/* Flags of an attachment: { asked first, asked then, what there is after }. */
TEST(flags_of_a_further_attachment)
{
	static const struct {
		int first, then, after;
		bool stays, disabled;
		const char *carrier;
	} rows[] = {
		{ 0x1001, 0x4001, 0x5001, false, false, "carrier on" },
		{ 0x4001, 0x3001, 0x3001, false, false, "carrier on" },
		{ 0x0002, 0x2012, 0x3012, false, false, "carrier on" },
		{ 0x1001, 0x1041, 0x1001, false, false, "carrier off" },
		{ 0x1041, 0x1001, 0x1001, false, false, "carrier on" },
		{ 0x1101, 0x6111, 0x7111, false, false, "carrier on" },
		{ 0x1101, 0x6151, 0x1101, true, false, "carrier on" },
		{ 0x6101, 0x1141, 0x7101, true, true, "carrier on" },
		{ 0x1141, 0x1101, 0x1101, true, false, "carrier off" },
	};
	char name[IFNAMSIZ];
	int first, then;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		first = lt_attach(strcpy(name, "re%d"), rows[i].first, 0);
		ASSERT_LE(0, first);
		ASSERT_EQ(0, lt_ioctl(first, TUNSETPERSIST, (void *)1));
		if (rows[i].disabled)
			ASSERT_EQ(0, set_queue(first, DETACH));
		if (!rows[i].stays)
			close(first);
		EXPECT_EQ(-EINVAL, lt_attach(name, rows[i].then ^
					     IFF_MULTI_QUEUE, 0));
		then = lt_attach(name, rows[i].then, 0);
		EXPECT_LE(0, then)
			TH_LOG("row %zu", i);
		EXPECT_EQ(rows[i].after | IFF_PERSIST | IFF_NOFILTER,
			  get_flags(then))
			TH_LOG("row %zu", i);
		EXPECT_TRUE(lt_state_has(name, rows[i].carrier))
			TH_LOG("row %zu", i);
		EXPECT_EQ(0, lt_ioctl(then, TUNSETPERSIST, 0));
		close(then);
		if (rows[i].stays)
			close(first);
		EXPECT_FALSE(exists(name));
	}
}

/* The sequences of the kernel's own test, tools/testing/selftests/net/tun.c. */
FIXTURE(upstream) {
	char name[IFNAMSIZ];
	int fd[2];
};

FIXTURE_SETUP(upstream)
{
	int flags = IFF_TAP | IFF_NAPI | IFF_MULTI_QUEUE, i;

	strcpy(self->name, "");
	for (i = 0; i < 2; i++) {
		self->fd[i] = lt_attach(self->name, flags, O_NONBLOCK);
		ASSERT_LE(0, self->fd[i]);
	}
}

FIXTURE_TEARDOWN(upstream)
{
	EXPECT_FALSE(exists(self->name));
	EXPECT_EQ(-EINVAL, set_queue(self->fd[1], ATTACH));
	EXPECT_EQ(-EINVAL, set_queue(self->fd[1], DETACH));
	EXPECT_EQ(-EBADFD, lt_read(self->fd[1], got, sizeof(got)));
	close(self->fd[1]);
	close(self->fd[0]);
}

TEST_F(upstream, delete_detach_close)
{
	EXPECT_EQ(1, lt_delete(self->name));
	EXPECT_EQ(-EINVAL, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(-EINVAL, set_queue(self->fd[0], ATTACH));
}

TEST_F(upstream, detach_delete_close)
{
	EXPECT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(1, lt_delete(self->name));
	EXPECT_EQ(-EINVAL, set_queue(self->fd[0], ATTACH));
	EXPECT_EQ(POLLERR, lt_poll(self->fd[0], ALL, 0));
	EXPECT_EQ(0, lt_setiff(self->fd[0], self->name, IFF_TUN));
	close(self->fd[0]);
}

TEST_F(upstream, detach_close_delete)
{
	EXPECT_EQ(0, set_queue(self->fd[0], DETACH));
	close(self->fd[0]);
	EXPECT_EQ(1, lt_delete(self->name));
}

TEST_F(upstream, reattach_delete_close)
{
	EXPECT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(0, set_queue(self->fd[0], ATTACH));
	EXPECT_EQ(1, lt_delete(self->name));
}

TEST_F(upstream, reattach_close_delete)
{
	EXPECT_EQ(0, set_queue(self->fd[0], DETACH));
	EXPECT_EQ(0, set_queue(self->fd[0], ATTACH));
	close(self->fd[0]);
	EXPECT_EQ(1, lt_delete(self->name));
}

TEST_HARNESS_MAIN
