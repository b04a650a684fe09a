// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that make calls fail: open, attach, ioctl, read, write, poll; and the
 * behaviours that client tests were known to want. Rules of the top-level file
 * are everybody's: each test begins and ends without any.
 */
#include <linux/looptun.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define LEN 60
#define TOP LT_DEBUGFS "/faults"

static __u8 data[4096], got[4096];

/* Rules of a tunnel, or of the top-level file. */
static void rules(struct __test_metadata *_metadata, const char *tunnel,
		  const char *text)
{
	long ret = tunnel ? lt_control_write(tunnel, "faults", text) :
			    lt_write_file(TOP, text);

	ASSERT_EQ(strlen(text), ret) TH_LOG("%s", text);
}

FIXTURE(faults) {
	struct lt_tunnel t;
};

FIXTURE_SETUP(faults)
{
	rules(_metadata, NULL, "clear");
	ASSERT_EQ(0, lt_tunnel_open(&self->t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	lt_datagram(data, sizeof(data), 4, 1);
}

FIXTURE_TEARDOWN(faults)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
	EXPECT_EQ(5, lt_write_file(LT_DEBUGFS "/faults", "clear"));
}

static void blocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

TEST_F(faults, open_fails)
{
	int fd;

	rules(_metadata, NULL, "op=open errno=EPERM times=2");
	EXPECT_EQ(-EPERM, lt_open(0));
	EXPECT_EQ(-EPERM, lt_open(O_NONBLOCK));
	fd = lt_open(0);
	EXPECT_LE(0, fd);
	close(fd);
	rules(_metadata, NULL, "clear\nop=open errno=ENXIO skip=1");
	fd = lt_open(0);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(-ENXIO, lt_open(0));
	EXPECT_EQ(-ENXIO, lt_open(0));
}

/* A file that was refused can still be attached, and one that is stays so. */
TEST_F(faults, attach_fails)
{
	char name[IFNAMSIZ] = "flt0";
	int fd = lt_open(0);

	rules(_metadata, NULL, "op=attach errno=EPERM times=1");
	EXPECT_EQ(-EPERM, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	EXPECT_EQ(-EBADFD, lt_write(fd, data, LEN));
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	EXPECT_EQ(LEN, lt_write(fd, data, LEN));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	close(fd);
}

TEST_F(faults, ioctl_fails)
{
	struct ifreq ifr = { };
	int sndbuf;

	/* Whatever the argument is. */
	rules(_metadata, self->t.name,
	      "op=ioctl ioctl=TUNGETSNDBUF errno=ENOTTY times=2\n"
	      "op=ioctl ioctl=0x800454d2 errno=EIO");
	EXPECT_EQ(-ENOTTY, lt_ioctl(self->t.fd, TUNGETSNDBUF, &sndbuf));
	EXPECT_EQ(-ENOTTY, lt_ioctl(self->t.fd, TUNGETSNDBUF, NULL));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNGETSNDBUF, &sndbuf));
	EXPECT_EQ(0x800454d2, TUNGETIFF);
	EXPECT_EQ(-EIO, lt_ioctl(self->t.fd, TUNGETIFF, &ifr));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETNOCSUM, NULL));

	rules(_metadata, self->t.name, "clear\nop=ioctl errno=EACCES skip=1 times=1");
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNGETIFF, &ifr));
	EXPECT_EQ(-EACCES, lt_ioctl(self->t.fd, TUNGETIFF, &ifr));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNGETIFF, &ifr));
}

#define NAMED(name)	{ #name, name }

/* Every name that a rule may use is that of its own ioctl. */
static const struct {
	const char *name;
	unsigned long cmd;
} named[] = {
	NAMED(TUNSETNOCSUM), NAMED(TUNSETDEBUG), NAMED(TUNSETIFF),
	NAMED(TUNSETPERSIST), NAMED(TUNSETOWNER), NAMED(TUNSETLINK),
	NAMED(TUNSETGROUP), NAMED(TUNGETFEATURES), NAMED(TUNSETOFFLOAD),
	NAMED(TUNSETTXFILTER), NAMED(TUNGETIFF), NAMED(TUNGETSNDBUF),
	NAMED(TUNSETSNDBUF), NAMED(TUNATTACHFILTER), NAMED(TUNDETACHFILTER),
	NAMED(TUNGETVNETHDRSZ), NAMED(TUNSETVNETHDRSZ), NAMED(TUNSETQUEUE),
	NAMED(TUNSETIFINDEX), NAMED(TUNGETFILTER), NAMED(TUNSETVNETLE),
	NAMED(TUNGETVNETLE), NAMED(TUNSETVNETBE), NAMED(TUNGETVNETBE),
	NAMED(TUNSETSTEERINGEBPF), NAMED(TUNSETFILTEREBPF),
	NAMED(TUNSETCARRIER), NAMED(TUNGETDEVNETNS), NAMED(SIOCGIFHWADDR),
	NAMED(SIOCSIFHWADDR), NAMED(SIOCGSKNS),
};

TEST_F(faults, ioctl_names)
{
	char rule[128];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(named); i++) {
		snprintf(rule, sizeof(rule),
			 "clear\nop=ioctl ioctl=%s errno=EXDEV", named[i].name);
		rules(_metadata, self->t.name, rule);
		/* An argument that none of them can read. */
		for (j = 0; j < ARRAY_SIZE(named); j++) {
			EXPECT_EQ(i == j, lt_ioctl(self->t.fd, named[j].cmd,
						   NULL) == -EXDEV)
				TH_LOG("%s %s", named[i].name, named[j].name);
		}
	}
}

/* The wire is opened by an ioctl like any other. */
TEST_F(faults, ioctl_of_the_wire)
{
	int fd;

	rules(_metadata, self->t.name,
	      "op=ioctl ioctl=LOOPTUN_OPEN_WIRE errno=ENOTTY times=1");
	rules(_metadata, NULL, "op=ioctl ioctl=0xd700 errno=EMFILE times=1");
	EXPECT_EQ(0xd700, LOOPTUN_OPEN_WIRE);
	EXPECT_EQ(-ENOTTY, lt_ioctl(self->t.fd, LOOPTUN_OPEN_WIRE, NULL));
	EXPECT_EQ(-EMFILE, lt_ioctl(self->t.fd, LOOPTUN_OPEN_WIRE, NULL));
	fd = lt_ioctl(self->t.fd, LOOPTUN_OPEN_WIRE, NULL);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(1, lt_stat(self->t.name, "fault_errno") > 0);
}

/* With no tunnel there are only the rules of the top-level file. */
TEST_F(faults, ioctl_of_nobody_fails)
{
	struct ifreq ifr = { .ifr_flags = IFF_ATTACH_QUEUE };
	unsigned int features;
	int fd = lt_open(0);

	rules(_metadata, NULL, "op=ioctl ioctl=TUNGETFEATURES errno=EIO times=1\n"
	      "op=ioctl ioctl=TUNSETQUEUE errno=ENOSYS queue=0");
	EXPECT_EQ(-EIO, lt_ioctl(fd, TUNGETFEATURES, &features));
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETFEATURES, &features));
	/* It is no queue. */
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETQUEUE, &ifr));
	EXPECT_EQ(-ENOSYS, lt_ioctl(self->t.fd, TUNSETQUEUE, &ifr));
	close(fd);
}

/* The datagram that was not read is there for the next read. */
TEST_F(faults, read_fails)
{
	int i;

	rules(_metadata, self->t.name, "op=read errno=EIO skip=2");
	for (i = 0; i < 3; i++)
		ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, LEN));
	lt_poison(got, sizeof(got));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EIO, lt_read(self->t.fd, got, LEN));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	EXPECT_EQ(3, lt_stat(self->t.name, "fault_errno"));
	EXPECT_EQ(0, lt_stat(self->t.name, "read_errors"));
	rules(_metadata, self->t.name, "clear");
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, LEN));
}

TEST_F(faults, write_fails_once)
{
	rules(_metadata, self->t.name, "op=write errno=EINTR times=1");
	EXPECT_EQ(-EINTR, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "written_datagrams"));
}

/* Before any of it is read, and before it is found to be wrong. */
TEST_F(faults, write_fails_first)
{
	void *edge = lt_edge(0);

	rules(_metadata, self->t.name, "op=write errno=ENOSPC times=2");
	EXPECT_EQ(-ENOSPC, lt_write(self->t.fd, edge, LEN));
	EXPECT_EQ(-ENOSPC, lt_write(self->t.fd, data, 0));
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, edge, LEN));
	EXPECT_EQ(0, lt_stat(self->t.name, "written_datagrams"));
}

TEST_F(faults, long_writes_fail)
{
	rules(_metadata, self->t.name, "op=write errno=ENOBUFS len=1025-");
	EXPECT_EQ(1024, lt_write(self->t.fd, data, 1024));
	EXPECT_EQ(-ENOBUFS, lt_write(self->t.fd, data, 1025));
	EXPECT_EQ(-ENOBUFS, lt_write(self->t.fd, data, 4096));
	EXPECT_EQ(1024, lt_write(self->t.fd, data, 1024));
	EXPECT_EQ(2, lt_stat(self->t.name, "written_datagrams"));
}

/* As long as there is nothing to read; what there is comes cut, and the rest is lost. */
TEST_F(faults, empty_and_short_reads)
{
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(20, lt_read(self->t.fd, got, 20));
	EXPECT_EQ(0, memcmp(data, got, 20));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	/* And by rule, for a descriptor that would wait. */
	blocking(self->t.fd);
	rules(_metadata, self->t.name, "op=read errno=EAGAIN times=1");
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

/* A file with no tunnel has tun's errno, rule or not. */
TEST_F(faults, detached_is_first)
{
	int fd = lt_open(O_NONBLOCK);

	rules(_metadata, NULL, "op=write errno=EIO\nop=read errno=EIO\n"
	      "op=poll spurious=in");
	EXPECT_EQ(-EBADFD, lt_write(fd, data, LEN));
	EXPECT_EQ(-EBADFD, lt_read(fd, got, LEN));
	EXPECT_EQ(POLLERR, lt_poll(fd, POLLIN, 0));
	close(fd);
}

/* Rules at the top are for tunnels of now and of later, after their own. */
TEST_F(faults, top_is_for_all)
{
	struct lt_tunnel later;

	rules(_metadata, NULL, "op=write errno=EIO times=3");
	ASSERT_EQ(0, lt_tunnel_open(&later, IFF_TUN | IFF_NO_PI, 0));
	rules(_metadata, self->t.name, "op=write errno=EPERM times=1");
	EXPECT_EQ(-EPERM, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(-EIO, lt_write(later.fd, data, LEN));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	/* The tunnel's going does not take those of the top along. */
	rules(_metadata, self->t.name, "clear");
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(3, lt_stat(self->t.name, "fault_errno"));
	EXPECT_EQ(1, lt_stat(later.name, "fault_errno"));
	lt_tunnel_close(&later);
}

/* Bit by bit what the unit test of the same seed has. */
TEST_F(faults, seed)
{
	unsigned long long failed = 0;
	long ret;
	int i;

	rules(_metadata, self->t.name, "op=write errno=EIO chance=25 seed=42");
	for (i = 0; i < 64; i++) {
		ret = lt_write(self->t.fd, data, LEN);
		ASSERT_TRUE(ret == LEN || ret == -EIO);
		failed |= (unsigned long long)(ret == -EIO) << i;
	}
	EXPECT_EQ(0x400040040c00844eULL, failed);
}

TEST_F(faults, queue)
{
	char name[IFNAMSIZ] = "fltq";
	int first = lt_attach(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, 0);
	int second = lt_attach(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, 0);

	rules(_metadata, name, "op=write errno=EIO queue=1");
	EXPECT_EQ(LEN, lt_write(first, data, LEN));
	EXPECT_EQ(-EIO, lt_write(second, data, LEN));
	close(second);
	close(first);
}

static void on_signal(int number)
{
}

/*
 * What a program sees of a call that a signal interrupts, and of one that a
 * rule does: the result, the buffer, the datagram that is still there.
 */
static void interrupted(struct __test_metadata *_metadata,
			struct lt_tunnel *t, struct lt_call *call, bool rule)
{
	lt_poison(got, sizeof(got));
	if (rule)
		rules(_metadata, t->name, "clear\nop=read errno=EINTR times=1");
	ASSERT_EQ(0, lt_call_read(call, t->fd, got, sizeof(got)));
	if (!rule) {
		ASSERT_EQ(0, lt_call_blocked(call));
		pthread_kill(call->thread, SIGUSR1);
	}
	EXPECT_EQ(-EINTR, lt_call_end(call));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
	EXPECT_EQ(LEN, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LEN));
}

TEST_F(faults, eintr_as_by_signal)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct lt_call call;

	sigaction(SIGUSR1, &action, NULL);
	blocking(self->t.fd);
	interrupted(_metadata, &self->t, &call, false);
	interrupted(_metadata, &self->t, &call, true);
	/* SA_RESTART does not restart what a rule has ended. */
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	interrupted(_metadata, &self->t, &call, true);
}

/* The same for a write, where the send buffer is full. */
TEST_F(faults, write_eintr_as_by_signal)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct lt_call call;
	int sndbuf = 1, rule;

	sigaction(SIGUSR1, &action, NULL);
	blocking(self->t.fd);
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &sndbuf));
	ASSERT_EQ(1, lt_control_write(self->t.name, "hold", "1"));
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	for (rule = 0; rule < 2; rule++) {
		if (rule)
			rules(_metadata, self->t.name,
			      "op=write errno=EINTR times=1");
		ASSERT_EQ(0, lt_call_write(&call, self->t.fd, data, LEN));
		if (!rule) {
			ASSERT_EQ(0, lt_call_blocked(&call));
			pthread_kill(call.thread, SIGUSR1);
		}
		EXPECT_EQ(-EINTR, lt_call_end(&call));
		EXPECT_EQ(1, lt_stat(self->t.name, "written_datagrams"));
	}
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
}

TEST_F(faults, poll_says_more)
{
	rules(_metadata, self->t.name, "op=poll spurious=in times=2");
	EXPECT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN, 0));
	EXPECT_EQ(POLLIN | POLLOUT, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(2, lt_stat(self->t.name, "fault_spurious"));

	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	rules(_metadata, self->t.name, "clear\nop=poll spurious=out times=1");
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLOUT, 0));
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLOUT, 0));
}

TEST_F(faults, poll_says_less)
{
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	rules(_metadata, self->t.name, "op=poll missed=in times=1\n"
	      "op=poll missed=out");
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(1 + 2, lt_stat(self->t.name, "fault_missed"));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
}

/* A rule that does not fire leaves each side as it is. */
TEST_F(faults, poll_of_one_side)
{
	rules(_metadata, self->t.name, "op=poll missed=in skip=100");
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
}

struct poller {
	int fd;
	int ret;
	atomic_int tid;
};

static void *poll_main(void *arg)
{
	struct poller *poller = arg;

	poller->tid = gettid();
	/* Not to find it when a timeout makes it look again. */
	poller->ret = lt_poll(poller->fd, POLLIN, -1);
	return NULL;
}

/* Who is asleep in poll is woken by a rule that has something to say. */
TEST_F(faults, poll_is_woken)
{
	struct poller poller = { .fd = self->t.fd };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, poll_main, &poller));
	while (!poller.tid)
		sched_yield();
	ASSERT_EQ(0, lt_wait_blocked(poller.tid, LT_SYS_POLL));
	rules(_metadata, self->t.name, "op=poll spurious=in times=1");
	pthread_join(thread, NULL);
	EXPECT_EQ(POLLIN, poller.ret);
}

/* The same for an epoll, level and edge, and again when a missed event ends. */
TEST_F(faults, epoll_is_woken)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->t.fd, &event));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	rules(_metadata, self->t.name, "op=poll spurious=in times=1");
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LT_SOON));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));

	rules(_metadata, self->t.name, "clear\nop=poll missed=in");
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	rules(_metadata, self->t.name, "clear");
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LT_SOON));
	close(ep);
}

TEST_HARNESS_MAIN
