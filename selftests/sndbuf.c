// SPDX-License-Identifier: GPL-2.0-only
/*
 * TUNSETSNDBUF with the hold file: the send buffer that fills, and what frees
 * it. sock_alloc_send_pskb(), sock_writeable(), tun_sock_write_space().
 */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
/* Inside user memory, and not there. */
#define BAD ((void *)4096)
#define WRITABLE (POLLOUT | POLLWRNORM)
#define ALL (POLLIN | POLLRDNORM | WRITABLE | POLLPRI | POLLRDHUP)

static __u8 data[4096], got[4096];
static atomic_int signals;
static int code, band;

FIXTURE(sndbuf) {
	struct lt_tunnel t;
	size_t head;
};

FIXTURE_VARIANT(sndbuf) {
	int flags;
};

FIXTURE_VARIANT_ADD(sndbuf, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(sndbuf, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(sndbuf, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(sndbuf, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(sndbuf)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->head = lt_pi_len(variant->flags);
	lt_datagram(data, sizeof(data), 4, 1);
}

FIXTURE_TEARDOWN(sndbuf)
{
	lt_tunnel_close(&self->t);
}

static int get_sndbuf(int fd)
{
	int value = -1;
	int ret = lt_ioctl(fd, TUNGETSNDBUF, &value);

	return ret ?: value;
}

static int set_sndbuf(int fd, int value)
{
	return lt_ioctl(fd, TUNSETSNDBUF, &value);
}

static void set_hold(struct __test_metadata *_metadata,
		     const struct lt_tunnel *t, const char *value)
{
	ASSERT_EQ(1, lt_control_write(t->name, "hold", value));
}

/* Write until it fails with -EAGAIN: how many went in. */
static int fill(struct __test_metadata *_metadata, int fd)
{
	int count = 0;
	long ret;

	while ((ret = lt_write(fd, data, LEN)) == LEN)
		count++;
	EXPECT_EQ(-EAGAIN, ret);
	return count;
}

/* Take so many out of sent. */
static void take(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		 int count)
{
	while (count--)
		ASSERT_LT(0, lt_read(t->sent, got, sizeof(got)));
}

static void on_signal(int nr, siginfo_t *info, void *context)
{
	signals++;
	code = info->si_code;
	band = info->si_band;
}

static void catch_signal(int nr, int flags)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | flags,
	};

	sigaction(nr, &action, NULL);
}

TEST_F(sndbuf, values)
{
	static const int good[] = { 1, 2, 3, 4, 65536, 0x7fffffff };
	static const int bad[] = { 0, -1, -0x7fffffff - 1 };
	size_t i;

	EXPECT_EQ(0x7fffffff, get_sndbuf(self->t.fd));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, set_sndbuf(self->t.fd, good[i]));
		EXPECT_EQ(good[i], get_sndbuf(self->t.fd));
	}
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 77));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, set_sndbuf(self->t.fd, bad[i]));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNSETSNDBUF, BAD));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNGETSNDBUF, BAD));
	EXPECT_EQ(77, get_sndbuf(self->t.fd));
}

/* Nobody uses it, and yet it is full by half; a write is taken all the same. */
TEST_F(sndbuf, smallest)
{
	int i;

	for (i = 1; i <= 5; i++) {
		ASSERT_EQ(0, set_sndbuf(self->t.fd, i));
		EXPECT_EQ(i < 4 ? 0 : WRITABLE, lt_poll(self->t.fd, ALL, 0))
			TH_LOG("%d bytes", i);
		EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	}
}

/* What goes to NAPI in pieces is not charged, as in tun_napi_alloc_frags(). */
TEST(pieces)
{
	struct lt_tunnel t;
	int i;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TAP | IFF_NO_PI | IFF_NAPI | IFF_NAPI_FRAGS,
				    O_NONBLOCK));
	set_hold(_metadata, &t, "1");
	ASSERT_EQ(0, set_sndbuf(t.fd, 4));
	lt_frame(data, LEN, LT_IPV4, 1);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(LEN, lt_write(t.fd, data, LEN));
		EXPECT_EQ(WRITABLE, lt_poll(t.fd, WRITABLE, 0));
	}
	lt_tunnel_close(&t);
}

/* What was charged before hold ended, however often since, is not given back again. */
TEST_F(sndbuf, ends_often)
{
	int i, count;

	ASSERT_EQ(0, set_sndbuf(self->t.fd, 5000));
	set_hold(_metadata, &self->t, "1");
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	for (i = 0; i < 255; i++) {
		set_hold(_metadata, &self->t, "0");
		set_hold(_metadata, &self->t, "1");
	}
	take(_metadata, &self->t, 1);
	count = fill(_metadata, self->t.fd);
	set_hold(_metadata, &self->t, "0");
	take(_metadata, &self->t, count);
	set_hold(_metadata, &self->t, "1");
	EXPECT_EQ(count, fill(_metadata, self->t.fd));
}

/* Without hold no buffer is ever full. */
TEST_F(sndbuf, freed_at_once)
{
	int i;

	ASSERT_EQ(0, set_sndbuf(self->t.fd, 4));
	for (i = 0; i < 100; i++)
		EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
}

TEST_F(sndbuf, one_always_fits)
{
	bool checked = self->head || lt_tap(variant->flags);

	ASSERT_EQ(0, set_sndbuf(self->t.fd, 4));
	set_hold(_metadata, &self->t, "1");
	ASSERT_EQ(sizeof(data), lt_write(self->t.fd, data, sizeof(data)));
	EXPECT_EQ(0, lt_poll(self->t.fd, ALL, 0));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.fd, data, LEN));
	/* Headers are looked at before the buffer, all else after it. */
	EXPECT_EQ(checked ? -EINVAL : -EAGAIN,
		  lt_write(self->t.fd, data, self->head ? 3 : checked ? 13 : 0));
	EXPECT_EQ(self->head ? -EFAULT : -EAGAIN,
		  lt_write(self->t.fd, BAD, LEN));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
}

TEST_F(sndbuf, fills)
{
	int count, half, i;

	ASSERT_EQ(0, set_sndbuf(self->t.fd, 20000));
	set_hold(_metadata, &self->t, "1");
	for (half = 0; lt_poll(self->t.fd, POLLOUT, 0); half++)
		ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	count = half + fill(_metadata, self->t.fd);
	/* As many in each half, but for one; each takes more than its bytes. */
	EXPECT_LT(1, half);
	EXPECT_LE(2 * half - 2, count);
	EXPECT_LE(count, 2 * half + 1);
	EXPECT_GT(20000 / LEN, count);
	EXPECT_EQ(0, lt_stat(self->t.name, "sent_dropped"));
	EXPECT_EQ(0, lt_stat(self->t.name, "write_errors"));

	/* Each one that is read makes room for one. */
	for (i = 0; i < 3; i++) {
		take(_metadata, &self->t, 1);
		EXPECT_EQ(1, fill(_metadata, self->t.fd));
	}
	take(_metadata, &self->t, count - half);
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLOUT, 0));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLOUT, 0));
	take(_metadata, &self->t, half - 1);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(count, fill(_metadata, self->t.fd));
	/* A larger buffer is not full. */
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 80000));
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLOUT, 0));
	EXPECT_LT(2 * count, fill(_metadata, self->t.fd));
}

/* What was written before hold is not charged, and 0 frees what was. */
TEST_F(sndbuf, hold)
{
	char text[8];
	int count;

	ASSERT_EQ(0, set_sndbuf(self->t.fd, 20000));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(2, lt_control_read(self->t.name, "hold", text, sizeof(text)));
	EXPECT_STREQ("0\n", text);
	set_hold(_metadata, &self->t, "1");
	EXPECT_EQ(2, lt_control_read(self->t.name, "hold", text, sizeof(text)));
	EXPECT_STREQ("1\n", text);
	count = fill(_metadata, self->t.fd);
	take(_metadata, &self->t, 1);
	EXPECT_EQ(0, fill(_metadata, self->t.fd));
	EXPECT_EQ(-EINVAL, lt_control_write(self->t.name, "hold", "2"));
	EXPECT_EQ(0, fill(_metadata, self->t.fd));

	set_hold(_metadata, &self->t, "0");
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLOUT, 0));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	/* What is freed already is not freed again when it is read. */
	set_hold(_metadata, &self->t, "1");
	EXPECT_EQ(count, fill(_metadata, self->t.fd));
	take(_metadata, &self->t, count + 1);
	EXPECT_EQ(0, fill(_metadata, self->t.fd));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(1, fill(_metadata, self->t.fd));
}

/*
 * Fill the buffer and see that it is. It is poll(2) that asks tun to be told of
 * room: sock_alloc_send_pskb() leaves its mark where tun does not look.
 */
static int fill_and_poll(struct __test_metadata *_metadata, int fd)
{
	int count = fill(_metadata, fd);

	EXPECT_EQ(0, lt_poll(fd, POLLOUT, 0));
	return count;
}

/* Fill the buffer and have a writer wait. */
static void start_write(struct __test_metadata *_metadata,
			const struct lt_tunnel *t, struct lt_call *call,
			int *count)
{
	ASSERT_EQ(0, set_sndbuf(t->fd, 20000));
	set_hold(_metadata, t, "1");
	*count = fill_and_poll(_metadata, t->fd);
	ASSERT_EQ(0, fcntl(t->fd, F_SETFL, 0));
	ASSERT_EQ(0, lt_call_write(call, t->fd, data, LEN));
	ASSERT_EQ(0, lt_call_blocked(call));
}

/* Difference 6: nobody has polled, and tun would let it sleep on. */
TEST_F(sndbuf, writer_woken_without_poll)
{
	struct lt_call call;
	int size;

	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, 0));
	set_hold(_metadata, &self->t, "1");
	/* 1: so small that it never has room, not even when it is empty. */
	for (size = 1; size <= 1000; size += 999) {
		ASSERT_EQ(0, set_sndbuf(self->t.fd, size));
		ASSERT_EQ(sizeof(data),
			  lt_write(self->t.fd, data, sizeof(data)));
		ASSERT_EQ(0, lt_call_write(&call, self->t.fd, data, LEN));
		ASSERT_EQ(0, lt_call_blocked(&call));
		take(_metadata, &self->t, 1);
		EXPECT_EQ(LEN, lt_call_end(&call));
		take(_metadata, &self->t, 1);
	}
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	ASSERT_EQ(0, lt_call_write(&call, self->t.fd, data, LEN));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EIO, lt_call_end(&call));
}

/* One read makes room, but only half a buffer wakes. */
TEST_F(sndbuf, writer_woken_by_sent)
{
	struct lt_call call;
	int count;

	start_write(_metadata, &self->t, &call, &count);
	take(_metadata, &self->t, 1);
	EXPECT_EQ(0, lt_call_blocked(&call));
	take(_metadata, &self->t, count - 1);
	EXPECT_EQ(LEN, lt_call_end(&call));
	EXPECT_EQ(LEN - self->head, lt_read(self->t.sent, got, sizeof(got)));
}

/* A rule that comes while a write waits has a say in it. */
TEST_F(sndbuf, writer_meets_rule)
{
	struct lt_call call;
	int count;

	start_write(_metadata, &self->t, &call, &count);
	ASSERT_LT(0, lt_control_write(self->t.name, "faults", "dir=tx drop"));
	take(_metadata, &self->t, count);
	EXPECT_EQ(LEN, lt_call_end(&call));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(sndbuf, writer_woken_by_hold)
{
	struct lt_call call;
	int count;

	start_write(_metadata, &self->t, &call, &count);
	set_hold(_metadata, &self->t, "0");
	EXPECT_EQ(LEN, lt_call_end(&call));
	take(_metadata, &self->t, count + 1);
}

/* As for one that is on its way when the device goes: it is down then. */
TEST_F(sndbuf, writer_woken_by_delete)
{
	struct lt_call call;
	int count;

	start_write(_metadata, &self->t, &call, &count);
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EIO, lt_call_end(&call));
	EXPECT_EQ(-EBADFD, lt_write(self->t.fd, data, LEN));
	take(_metadata, &self->t, count);
	EXPECT_EQ(-ENODEV, lt_read(self->t.sent, got, sizeof(got)));
	/* The file is as new, but for the size that it was given. */
	ASSERT_EQ(0, lt_setiff(self->t.fd, self->t.name, variant->flags));
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
	EXPECT_EQ(20000, get_sndbuf(self->t.fd));
}

TEST_F(sndbuf, writer_interrupted)
{
	struct lt_call call;
	int count;

	catch_signal(SIGUSR1, 0);
	start_write(_metadata, &self->t, &call, &count);
	pthread_kill(call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&call));
	EXPECT_EQ(1, signals);
	take(_metadata, &self->t, count);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(sndbuf, writer_restarted)
{
	struct lt_call call;
	int count;

	catch_signal(SIGUSR1, SA_RESTART);
	start_write(_metadata, &self->t, &call, &count);
	pthread_kill(call.thread, SIGUSR1);
	while (!signals)
		sched_yield();
	EXPECT_EQ(0, lt_call_blocked(&call));
	take(_metadata, &self->t, count);
	EXPECT_EQ(LEN, lt_call_end(&call));
}

/* The events of the one descriptor in @ep, 0 when there are none. */
static __u32 ep_events(int ep)
{
	struct epoll_event event;

	return epoll_wait(ep, &event, 1, 0) == 1 ? event.events : 0;
}

/* POLLOUT is lost without a word, and comes back as an edge, once. */
TEST_F(sndbuf, edge)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), count;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
	EXPECT_EQ(EPOLLOUT, ep_events(ep));
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 20000));
	set_hold(_metadata, &self->t, "1");
	count = fill_and_poll(_metadata, self->t.fd);
	EXPECT_EQ(0, ep_events(ep));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(0, ep_events(ep));
	take(_metadata, &self->t, count - 1);
	EXPECT_EQ(EPOLLOUT, ep_events(ep));
	EXPECT_EQ(0, ep_events(ep));
	/* Nobody has found it full: no event. */
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(0, ep_events(ep));
	EXPECT_EQ(count, fill_and_poll(_metadata, self->t.fd));
	set_hold(_metadata, &self->t, "0");
	EXPECT_EQ(EPOLLOUT, ep_events(ep));
	close(ep);
}

/* To the byte: while a buffer is freed it counts one, so who is told has one more. */
TEST_F(sndbuf, edge_of_half)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int half = 0, more, ep;

	set_hold(_metadata, &self->t, "1");
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	do {
		ASSERT_EQ(0, set_sndbuf(self->t.fd, 2 * ++half));
	} while (!lt_poll(self->t.fd, POLLOUT, 0));
	for (more = 1; more >= 0; more--) {
		ep = epoll_create1(0);
		ASSERT_EQ(0, set_sndbuf(self->t.fd, 2 * (half + more)));
		ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
		EXPECT_EQ(0, ep_events(ep));
		take(_metadata, &self->t, 1);
		EXPECT_EQ(more ? EPOLLOUT : 0, ep_events(ep));
		EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLOUT, 0));
		close(ep);
	}
}

/* EAGAIN alone does not ask to be told: no edge, and no SIGIO. */
TEST_F(sndbuf, no_edge_without_poll)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), count;

	catch_signal(SIGIO, 0);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
	EXPECT_EQ(EPOLLOUT, ep_events(ep));
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 20000));
	set_hold(_metadata, &self->t, "1");
	count = fill(_metadata, self->t.fd);
	take(_metadata, &self->t, count);
	EXPECT_EQ(0, ep_events(ep));
	EXPECT_EQ(0, signals);
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
	close(ep);
}

TEST_F(sndbuf, sigio)
{
	int count;

	catch_signal(SIGRTMIN, 0);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 20000));
	set_hold(_metadata, &self->t, "1");
	count = fill_and_poll(_metadata, self->t.fd);
	EXPECT_EQ(0, signals);
	take(_metadata, &self->t, count);
	EXPECT_EQ(1, signals);
	EXPECT_EQ(POLL_OUT, code);
	EXPECT_EQ(POLLOUT | POLLWRNORM | POLLWRBAND, band);
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	take(_metadata, &self->t, 1);
	EXPECT_EQ(1, signals);
}

/* While a buffer is freed it counts a byte: of four that is too much to tell anybody. */
TEST_F(sndbuf, freed_of_four)
{
	catch_signal(SIGIO, 0);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	ASSERT_EQ(0, set_sndbuf(self->t.fd, 4));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(0, lt_poll(self->t.fd, WRITABLE, 0));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(0, signals);
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(1, signals);
}

/* It is set for the queues that are enabled, and for no other. */
TEST(queues)
{
	int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, fd[4], i;
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	char name[IFNAMSIZ] = "buf%d";

	lt_datagram(data, LEN, 4, 1);
	for (i = 0; i < 3; i++) {
		fd[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	/* It may be set through one that is not. */
	ASSERT_EQ(0, set_sndbuf(fd[1], 3));
	fd[3] = lt_attach(name, flags, O_NONBLOCK);
	ASSERT_LE(0, fd[3]);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i % 2 ? 0x7fffffff : 3, get_sndbuf(fd[i]))
			TH_LOG("queue %d", i);
		EXPECT_EQ(i % 2 ? WRITABLE : 0, lt_poll(fd[i], ALL, 0))
			TH_LOG("queue %d", i);
	}
	ASSERT_EQ(1, lt_control_write(name, "hold", "1"));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(LEN, lt_write(fd[i], data, LEN));
		EXPECT_EQ(i % 2 ? LEN : -EAGAIN, lt_write(fd[i], data, LEN));
	}
	for (i = 0; i < 4; i++)
		close(fd[i]);
}

TEST_HARNESS_MAIN
