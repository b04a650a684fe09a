// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select, epoll and SIGIO on the descriptor: tun_chr_poll() and who
 * wakes its sleepers. A wakeup is over before the call that causes it
 * returns, so "no event" needs no waiting.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define READABLE (POLLIN | POLLRDNORM)
#define WRITABLE (POLLOUT | POLLWRNORM)
/* All that can be asked for; POLLERR, POLLHUP and POLLNVAL come unasked. */
#define ALL (READABLE | WRITABLE | POLLPRI | POLLRDBAND | POLLWRBAND | \
	     POLLMSG | POLLRDHUP)

static __u8 data[128], got[256];
/* Longer than any socket buffer. */
static __u8 huge[5 << 20];

FIXTURE(poll) {
	struct lt_tunnel t;
	int ep;
};

FIXTURE_VARIANT(poll) {
	int flags;
};

FIXTURE_VARIANT_ADD(poll, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(poll, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(poll, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(poll, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(poll)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->ep = epoll_create1(0);
	ASSERT_LE(0, self->ep);
	lt_datagram(data, LEN, 4, 1);
}

FIXTURE_TEARDOWN(poll)
{
	close(self->ep);
	lt_tunnel_close(&self->t);
}

static void inject(struct __test_metadata *_metadata, const struct lt_tunnel *t)
{
	ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
}

static void drain(struct __test_metadata *_metadata, const struct lt_tunnel *t)
{
	ASSERT_LT(0, lt_read(t->fd, got, sizeof(got)));
}

static void set_link(struct __test_metadata *_metadata,
		     const struct lt_tunnel *t, const char *state)
{
	ASSERT_EQ(strlen(state), lt_control_write(t->name, "link", state));
}

TEST(detached)
{
	struct timeval none = { 0 };
	fd_set in, out, except;
	int fd = lt_open(0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(POLLERR, lt_poll(fd, ALL, 0));
	EXPECT_EQ(POLLERR, lt_poll(fd, 0, 0));
	FD_ZERO(&in);
	FD_SET(fd, &in);
	out = in;
	except = in;
	EXPECT_EQ(2, select(fd + 1, &in, &out, &except, &none));
	EXPECT_TRUE(FD_ISSET(fd, &in));
	EXPECT_TRUE(FD_ISSET(fd, &out));
	EXPECT_FALSE(FD_ISSET(fd, &except));
	close(fd);
}

TEST_F(poll, mask)
{
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
	EXPECT_EQ(0, lt_poll(self->t.fd, 0, 0));
	inject(_metadata, &self->t);
	EXPECT_EQ(READABLE | WRITABLE, lt_poll(self->t.fd, ALL, 0));
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(READABLE, lt_poll(self->t.fd, ALL, 0));
	drain(_metadata, &self->t);
	EXPECT_EQ(0, lt_poll(self->t.fd, ALL, 0));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(WRITABLE, lt_poll(self->t.fd, ALL, 0));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(POLLERR, lt_poll(self->t.fd, ALL, 0));
	EXPECT_EQ(POLLERR, lt_poll(self->t.fd, 0, 0));
}

TEST_F(poll, select)
{
	struct timeval none = { 0 };
	fd_set in, out, except;
	int i;

	for (i = 0; i < 2; i++) {
		FD_ZERO(&in);
		FD_SET(self->t.fd, &in);
		out = in;
		except = in;
		EXPECT_EQ(1 + i, select(self->t.fd + 1, &in, &out, &except,
					&none));
		EXPECT_EQ(i, FD_ISSET(self->t.fd, &in));
		EXPECT_TRUE(FD_ISSET(self->t.fd, &out));
		EXPECT_FALSE(FD_ISSET(self->t.fd, &except));
		inject(_metadata, &self->t);
	}
}

/* A thread in poll(2) or select(2). */
struct waiter {
	pthread_t thread;
	int fd;
	int events;
	bool selects;
	atomic_int tid;
	int ret;
};

static void *waiter_main(void *arg)
{
	struct timeval soon = { .tv_sec = LT_SOON / 1000 };
	struct waiter *waiter = arg;
	fd_set in;

	waiter->tid = gettid();
	if (!waiter->selects) {
		waiter->ret = lt_poll(waiter->fd, waiter->events, LT_SOON);
		return NULL;
	}
	FD_ZERO(&in);
	FD_SET(waiter->fd, &in);
	waiter->ret = select(waiter->fd + 1, &in, NULL, NULL, &soon);
	return NULL;
}

static void waiter_start(struct __test_metadata *_metadata,
			 struct waiter *waiter)
{
	ASSERT_EQ(0, pthread_create(&waiter->thread, NULL, waiter_main,
				    waiter));
	while (!waiter->tid)
		sched_yield();
	ASSERT_EQ(0, lt_wait_blocked(waiter->tid, waiter->selects ?
				     SYS_pselect6 : LT_SYS_POLL));
}

static int waiter_end(struct waiter *waiter)
{
	pthread_join(waiter->thread, NULL);
	return waiter->ret;
}

TEST_F(poll, woken_by_inject)
{
	struct waiter waiter = { .fd = self->t.fd, .events = POLLIN };

	waiter_start(_metadata, &waiter);
	inject(_metadata, &self->t);
	EXPECT_EQ(POLLIN, waiter_end(&waiter));
}

TEST_F(poll, select_woken_by_inject)
{
	struct waiter waiter = { .fd = self->t.fd, .selects = true };

	waiter_start(_metadata, &waiter);
	inject(_metadata, &self->t);
	EXPECT_EQ(1, waiter_end(&waiter));
}

TEST_F(poll, woken_by_link)
{
	struct waiter waiter = { .fd = self->t.fd, .events = POLLOUT };

	set_link(_metadata, &self->t, "down");
	waiter_start(_metadata, &waiter);
	EXPECT_EQ(-ENETDOWN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(0, lt_wait_blocked(waiter.tid, LT_SYS_POLL));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(POLLOUT, waiter_end(&waiter));
}

TEST_F(poll, woken_by_delete)
{
	struct waiter waiter = { .fd = self->t.fd, .events = POLLIN };

	waiter_start(_metadata, &waiter);
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(POLLERR, waiter_end(&waiter));
}

/* What the test's side polls. */
TEST_F(poll, sent_woken_by_write)
{
	struct waiter waiter = { .fd = self->t.sent, .events = POLLIN };

	waiter_start(_metadata, &waiter);
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(POLLIN, waiter_end(&waiter));
}

TEST_F(poll, inject_woken_by_read)
{
	struct waiter waiter = { .fd = self->t.inject, .events = POLLOUT };

	while (lt_write(self->t.inject, data, LEN) == LEN)
		;
	waiter_start(_metadata, &waiter);
	while (lt_read(self->t.fd, got, sizeof(got)) > 0)
		;
	EXPECT_EQ(POLLOUT, waiter_end(&waiter));
}

static void ep_ctl(struct __test_metadata *_metadata, int ep, int op, int fd,
		   __u32 events)
{
	struct epoll_event event = { .events = events };

	ASSERT_EQ(0, epoll_ctl(ep, op, fd, &event));
}

/* The events of the one descriptor in @ep, 0 when there are none. */
static __u32 ep_events(int ep)
{
	struct epoll_event event;

	return epoll_wait(ep, &event, 1, 0) == 1 ? event.events : 0;
}

TEST_F(poll, epoll_level)
{
	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, self->t.fd, ALL);
	EXPECT_EQ(WRITABLE, ep_events(self->ep));
	EXPECT_EQ(WRITABLE, ep_events(self->ep));
	inject(_metadata, &self->t);
	EXPECT_EQ(READABLE | WRITABLE, ep_events(self->ep));
	EXPECT_EQ(READABLE | WRITABLE, ep_events(self->ep));
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(READABLE, ep_events(self->ep));
	drain(_metadata, &self->t);
	EXPECT_EQ(0, ep_events(self->ep));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(WRITABLE, ep_events(self->ep));
}

/* Every datagram is an edge, drained or not; a write is none. */
TEST_F(poll, epoll_edge)
{
	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, self->t.fd,
	       EPOLLIN | EPOLLOUT | EPOLLET);
	EXPECT_EQ(EPOLLOUT, ep_events(self->ep));
	EXPECT_EQ(0, ep_events(self->ep));
	inject(_metadata, &self->t);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, ep_events(self->ep));
	EXPECT_EQ(0, ep_events(self->ep));
	inject(_metadata, &self->t);
	EXPECT_EQ(EPOLLIN | EPOLLOUT, ep_events(self->ep));
	drain(_metadata, &self->t);
	drain(_metadata, &self->t);
	EXPECT_EQ(0, ep_events(self->ep));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	ASSERT_EQ(LEN - lt_pi_len(variant->flags),
		  lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, ep_events(self->ep));
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(0, ep_events(self->ep));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_TRUE(ep_events(self->ep) & EPOLLERR);
}

/* Up is an event only for who has looked while it was down, and once. */
TEST_F(poll, epoll_link_edge)
{
	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, self->t.fd,
	       EPOLLOUT | EPOLLET);
	EXPECT_EQ(EPOLLOUT, ep_events(self->ep));
	set_link(_metadata, &self->t, "down");
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(0, ep_events(self->ep));

	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLOUT, 0));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(EPOLLOUT, ep_events(self->ep));
	set_link(_metadata, &self->t, "down");
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(0, ep_events(self->ep));
}

/* Each queue is told. */
TEST(link_of_queues)
{
	char name[IFNAMSIZ] = "poll%d";
	int i, ep[2], fd[2];

	for (i = 0; i < 2; i++) {
		ep[i] = epoll_create1(0);
		fd[i] = lt_attach(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, O_NONBLOCK);
		ep_ctl(_metadata, ep[i], EPOLL_CTL_ADD, fd[i], EPOLLOUT | EPOLLET);
		EXPECT_EQ(EPOLLOUT, ep_events(ep[i]));
	}
	ASSERT_EQ(4, lt_control_write(name, "link", "down"));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, lt_poll(fd[i], POLLOUT, 0));
	ASSERT_EQ(2, lt_control_write(name, "link", "up"));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(EPOLLOUT, ep_events(ep[i]));
		close(fd[i]);
		close(ep[i]);
	}
}

/*
 * What TUNSETIFF refuses late was a queue for a moment, and whoever waits is woken;
 * what it refuses at once was none.
 */
TEST_F(poll, epoll_refused)
{
	static const struct {
		const char *name;
		int index, ret;
		__u32 events;
	} rows[] = {
		{ "a/b", 0, -EINVAL, 0 },
		{ "default", 0, -EINVAL, EPOLLERR },
		{ "all", 0, -EINVAL, EPOLLERR },
		{ "late%d", 1, -EBUSY, EPOLLERR },
	};
	char name[IFNAMSIZ];
	size_t i;

	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, self->t.fd, EPOLLIN | EPOLLET);
	ASSERT_LT(0, lt_delete(self->t.name));
	EXPECT_EQ(EPOLLERR, ep_events(self->ep));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		strcpy(name, rows[i].name);
		if (rows[i].index)
			ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETIFINDEX, &rows[i].index));
		EXPECT_EQ(rows[i].ret, lt_setiff(self->t.fd, name, variant->flags));
		EXPECT_EQ(rows[i].events, ep_events(self->ep)) TH_LOG("%s", rows[i].name);
	}
}

/*
 * A detached file's poll joins no wait queue: epoll is deaf to a file that it
 * was given before TUNSETIFF, until the file is taken out and put in again.
 */
TEST_F(poll, epoll_before_attach)
{
	struct lt_tunnel t = { .name = "late%d" };

	t.fd = lt_open(O_NONBLOCK);
	ASSERT_LE(0, t.fd);
	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, t.fd, EPOLLIN);
	EXPECT_EQ(EPOLLERR, ep_events(self->ep));
	ASSERT_EQ(0, lt_setiff(t.fd, t.name, variant->flags));
	t.inject = lt_control(t.name, "inject_frame", O_WRONLY | O_NONBLOCK);
	EXPECT_EQ(0, ep_events(self->ep));
	inject(_metadata, &t);
	EXPECT_EQ(0, ep_events(self->ep));

	ep_ctl(_metadata, self->ep, EPOLL_CTL_MOD, t.fd, EPOLLIN);
	EXPECT_EQ(EPOLLIN, ep_events(self->ep));
	drain(_metadata, &t);
	EXPECT_EQ(0, ep_events(self->ep));
	inject(_metadata, &t);
	EXPECT_EQ(0, ep_events(self->ep));
	drain(_metadata, &t);

	ep_ctl(_metadata, self->ep, EPOLL_CTL_DEL, t.fd, 0);
	ep_ctl(_metadata, self->ep, EPOLL_CTL_ADD, t.fd, EPOLLIN);
	EXPECT_EQ(0, ep_events(self->ep));
	inject(_metadata, &t);
	EXPECT_EQ(EPOLLIN, ep_events(self->ep));
	close(t.inject);
	close(t.fd);
}

static int sigio_band, sigio_code, sigio_count;

static void on_sigio(int nr, siginfo_t *info, void *context)
{
	sigio_count++;
	sigio_code = info->si_code;
	sigio_band = info->si_band;
}

static void catch_sigio(int nr)
{
	struct sigaction action = {
		.sa_sigaction = on_sigio,
		.sa_flags = SA_SIGINFO,
	};

	sigaction(nr, &action, NULL);
}

/* O_ASYNC makes the process the owner, also of a detached file. */
TEST_F(poll, sigio)
{
	char name[IFNAMSIZ] = "sigio%d";
	struct lt_tunnel t = { .fd = lt_open(O_NONBLOCK) };

	ASSERT_LE(0, t.fd);
	catch_sigio(SIGIO);
	ASSERT_EQ(0, fcntl(t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	EXPECT_EQ(getpid(), fcntl(t.fd, F_GETOWN));
	ASSERT_EQ(0, lt_setiff(t.fd, name, variant->flags));
	t.inject = lt_control(name, "inject_frame", O_WRONLY | O_NONBLOCK);
	inject(_metadata, &t);
	EXPECT_EQ(1, sigio_count);
	EXPECT_EQ(SI_KERNEL, sigio_code);
	inject(_metadata, &t);
	EXPECT_EQ(2, sigio_count);
	EXPECT_EQ(LEN, lt_write(t.fd, data, LEN));
	EXPECT_EQ(2, sigio_count);
	ASSERT_EQ(0, fcntl(t.fd, F_SETFL, O_NONBLOCK));
	inject(_metadata, &t);
	EXPECT_EQ(2, sigio_count);
	close(t.inject);
	close(t.fd);
}

TEST_F(poll, sigio_with_info)
{
	catch_sigio(SIGRTMIN);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	inject(_metadata, &self->t);
	EXPECT_EQ(1, sigio_count);
	EXPECT_EQ(POLL_IN, sigio_code);
	EXPECT_EQ(READABLE, sigio_band);

	/* Link up, as in epoll_link_edge. */
	set_link(_metadata, &self->t, "down");
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(1, sigio_count);
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(2, sigio_count);
	EXPECT_EQ(POLL_OUT, sigio_code);
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(2, sigio_count);
}

/* A new tunnel is up at once, and who polled the last one in vain is told so. */
TEST_F(poll, sigio_of_a_new_tunnel)
{
	catch_sigio(SIGRTMIN);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLOUT, 0));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(0, sigio_count);
	ASSERT_EQ(0, lt_setiff(self->t.fd, self->t.name, variant->flags));
	EXPECT_EQ(1, sigio_count);
	EXPECT_EQ(POLL_OUT, sigio_code);
	ASSERT_EQ(1, lt_delete(self->t.name));
	ASSERT_EQ(0, lt_setiff(self->t.fd, self->t.name, variant->flags));
	EXPECT_EQ(1, sigio_count);
}

/*
 * A write frees its socket buffer, which tells who asked that there is room:
 * even where the write has failed because the link is down.
 */
TEST_F(poll, sigio_of_a_write)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0);

	catch_sigio(SIGRTMIN);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	set_link(_metadata, &self->t, "down");
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(0, sigio_count);
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLOUT, 0));
	/* One refused before there is a buffer tells nothing. */
	EXPECT_EQ(-ENOBUFS, lt_write(self->t.fd, huge, sizeof(huge)));
	EXPECT_EQ(0, sigio_count);
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(1, sigio_count);
	EXPECT_EQ(POLL_OUT, sigio_code);
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(1, sigio_count);

	/* To epoll it is an edge if there is room: in a buffer made larger. */
	set_link(_metadata, &self->t, "up");
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &(int){ 1 }));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &(int){ 10000 }));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, 0));
	EXPECT_EQ(EPOLLOUT, event.events);
	EXPECT_EQ(2, sigio_count);
	close(ep);
}

/*
 * Only a link that comes up tells writers: who asked before is still told when
 * there is room, and not because "up" was written once more.
 */
TEST_F(poll, up_while_up)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), size = 1;

	catch_sigio(SIGRTMIN);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_NONBLOCK | O_ASYNC));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &size));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	/* There is room, and nobody has said so. */
	size = 10000;
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &size));
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(0, sigio_count);
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(1, sigio_count);
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, 0));
	close(ep);
}

TEST_HARNESS_MAIN
