// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who sleeps, what wakes it, and what the call then returns. A thread is
 * known to sleep by its state in /proc: a wakeup changes that state before
 * the waker's own call returns, so a thread seen asleep after it either was
 * not woken or went back.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60

static __u8 data[2048], got[4096], got2[4096];
static atomic_int signals;

FIXTURE(blocking) {
	struct lt_tunnel t;
	struct lt_call call;
	size_t head;
};

FIXTURE_VARIANT(blocking) {
	int flags;
};

FIXTURE_VARIANT_ADD(blocking, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(blocking, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(blocking, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(blocking, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(blocking)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, 0));
	self->head = lt_pi_len(variant->flags);
}

FIXTURE_TEARDOWN(blocking)
{
	lt_tunnel_close(&self->t);
}

static void on_signal(int nr)
{
	signals++;
}

static void catch_signal(int flags)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = flags,
	};

	sigaction(SIGUSR1, &action, NULL);
}

static void make(int seed)
{
	lt_datagram(data, LEN, 4, seed);
}

static void inject(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		   int seed)
{
	make(seed);
	ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
}

/* Start a read on @fd into @buf and see it asleep. */
static void start_read(struct __test_metadata *_metadata, struct lt_call *call,
		       int fd, void *buf)
{
	lt_poison(buf, sizeof(got));
	ASSERT_EQ(0, lt_call_read(call, fd, buf, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(call));
}

/* The read in @call ends with the datagram made from @seed. */
static void expect_read(struct __test_metadata *_metadata,
			struct lt_call *call, size_t head, int seed)
{
	ASSERT_EQ(head + LEN, lt_call_end(call));
	make(seed);
	EXPECT_EQ(0, memcmp(data, call->buf + head, LEN));
	EXPECT_TRUE(lt_poisoned(call->buf, head + LEN, sizeof(got)));
}

TEST_F(blocking, read_woken_by_inject)
{
	start_read(_metadata, &self->call, self->t.fd, got);
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);
}

TEST_F(blocking, read_interrupted)
{
	catch_signal(0);
	start_read(_metadata, &self->call, self->t.fd, got);
	pthread_kill(self->call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&self->call));
	EXPECT_EQ(1, signals);
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	inject(_metadata, &self->t, 1);
	EXPECT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
}

TEST_F(blocking, read_restarted)
{
	catch_signal(SA_RESTART);
	start_read(_metadata, &self->call, self->t.fd, got);
	pthread_kill(self->call.thread, SIGUSR1);
	while (!signals)
		sched_yield();
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);
}

/* Looked at when a call begins, not while it sleeps. */
TEST_F(blocking, nonblock_switched)
{
	int on = 1, off = 0;

	start_read(_metadata, &self->call, self->t.fd, got);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_RDWR | O_NONBLOCK));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got2, sizeof(got2)));
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);

	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, O_RDWR));
	start_read(_metadata, &self->call, self->t.fd, got);
	ASSERT_EQ(0, ioctl(self->t.fd, FIONBIO, &on));
	EXPECT_EQ(O_RDWR | O_NONBLOCK,
		  fcntl(self->t.fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got2, sizeof(got2)));
	inject(_metadata, &self->t, 2);
	expect_read(_metadata, &self->call, self->head, 2);

	ASSERT_EQ(0, ioctl(self->t.fd, FIONBIO, &off));
	start_read(_metadata, &self->call, self->t.fd, got);
	inject(_metadata, &self->t, 3);
	expect_read(_metadata, &self->call, self->head, 3);
}

TEST_F(blocking, link_does_not_wake)
{
	start_read(_metadata, &self->call, self->t.fd, got);
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);
}

/* Two descriptors of one open file: one queue, each datagram read once. */
TEST_F(blocking, dup_shares_queue)
{
	struct lt_call second, *first_done, *other;
	int fd = dup(self->t.fd);

	ASSERT_LE(0, fd);
	start_read(_metadata, &self->call, self->t.fd, got);
	start_read(_metadata, &second, fd, got2);
	inject(_metadata, &self->t, 1);
	while (!self->call.done && !second.done)
		sched_yield();
	first_done = self->call.done ? &self->call : &second;
	other = self->call.done ? &second : &self->call;
	expect_read(_metadata, first_done, self->head, 1);
	EXPECT_EQ(0, lt_call_blocked(other));
	inject(_metadata, &self->t, 2);
	expect_read(_metadata, other, self->head, 2);

	/* The tunnel lives until the last of them is closed. */
	close(self->t.fd);
	inject(_metadata, &self->t, 3);
	EXPECT_EQ(self->head + LEN, lt_read(fd, got, sizeof(got)));
	close(fd);
	EXPECT_EQ(-ENODEV, lt_write(self->t.inject, data, LEN));
}

TEST_F(blocking, fork_shares_queue)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		make(1);
		if (lt_read(self->t.fd, got, sizeof(got)) != self->head + LEN)
			_exit(1);
		_exit(memcmp(got + self->head, data, LEN) ? 2 : 0);
	}
	ASSERT_EQ(0, lt_wait_blocked(pid, SYS_read));
	inject(_metadata, &self->t, 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* The child's exit closed its descriptor, not the file. */
	inject(_metadata, &self->t, 2);
	EXPECT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
}

/* close() wakes nobody: the read keeps the file, and so the tunnel. */
TEST_F(blocking, close_leaves_reader_asleep)
{
	start_read(_metadata, &self->call, self->t.fd, got);
	ASSERT_EQ(0, close(self->t.fd));
	EXPECT_EQ(-EBADF, lt_read(self->t.fd, got2, sizeof(got2)));
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);
	EXPECT_EQ(-ENODEV, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(-ENOENT, lt_control(self->t.name, "stats", O_RDONLY));
}

/* Ends with the exit status of busybox's sh. */
static int run_shell(const char *command)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/busybox", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

TEST_F(blocking, exec)
{
	char name[IFNAMSIZ] = "exec%d", command[64];
	int fd = lt_attach(name, variant->flags, O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	snprintf(command, sizeof(command), "test -e /proc/self/fd/%d", fd);
	EXPECT_EQ(1, run_shell(command));
	snprintf(command, sizeof(command), "test -e /proc/self/fd/%d",
		 self->t.fd);
	EXPECT_EQ(0, run_shell(command));
	/* 'E' is 0x45: an IPv4 datagram to TUN, a frame to TAP. */
	snprintf(command, sizeof(command), "printf EEEEEEEEEEEEEEEEEEEE >&%d",
		 self->t.fd);
	EXPECT_EQ(0, run_shell(command));
	EXPECT_EQ(20 - self->head, lt_read(self->t.sent, got, sizeof(got)));
	close(fd);
}

TEST_F(blocking, delete_under_reader)
{
	char name[IFNAMSIZ] = "again%d";

	start_read(_metadata, &self->call, self->t.fd, got);
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EFAULT, lt_call_end(&self->call));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	EXPECT_EQ(-EBADFD, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(-EBADFD, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(POLLERR, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-ENODEV, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(-ENODEV, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-ENOENT, lt_control(self->t.name, "stats", O_RDONLY));

	ASSERT_EQ(0, lt_setiff(self->t.fd, name, variant->flags));
	close(self->t.inject);
	self->t.inject = lt_control(name, "inject_frame", O_WRONLY);
	start_read(_metadata, &self->call, self->t.fd, got);
	inject(_metadata, &self->t, 1);
	expect_read(_metadata, &self->call, self->head, 1);
}

/* Inject until there is no room for one more. */
static void fill_ring(struct __test_metadata *_metadata,
		      const struct lt_tunnel *t)
{
	long ret;

	make(1);
	do {
		ret = lt_write(t->inject, data, LEN);
	} while (ret == LEN);
	ASSERT_EQ(-EAGAIN, ret);
}

/* A blocking write to inject_frame, seen asleep. */
static int start_inject(struct __test_metadata *_metadata,
			const char *tunnel, struct lt_call *call)
{
	int fd = lt_control(tunnel, "inject_frame", O_WRONLY);

	ASSERT_LE(0, fd);
	make(1);
	ASSERT_EQ(0, lt_call_write(call, fd, data, LEN));
	ASSERT_EQ(0, lt_call_blocked(call));
	return fd;
}

TEST_F(blocking, inject_woken_by_read)
{
	int fd;

	fill_ring(_metadata, &self->t);
	fd = start_inject(_metadata, self->t.name, &self->call);
	EXPECT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_call_end(&self->call));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, LEN));
	close(fd);
}

TEST_F(blocking, inject_interrupted)
{
	int fd;

	fill_ring(_metadata, &self->t);
	catch_signal(0);
	fd = start_inject(_metadata, self->t.name, &self->call);
	pthread_kill(self->call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&self->call));
	close(fd);

	catch_signal(SA_RESTART);
	signals = 0;
	fd = start_inject(_metadata, self->t.name, &self->call);
	pthread_kill(self->call.thread, SIGUSR1);
	while (!signals)
		sched_yield();
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	EXPECT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_call_end(&self->call));
	close(fd);
}

TEST_F(blocking, inject_ended_by_delete)
{
	int fd;

	fill_ring(_metadata, &self->t);
	fd = start_inject(_metadata, self->t.name, &self->call);
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
	EXPECT_EQ(-ENODEV, lt_write(fd, data, LEN));
	close(fd);
}

TEST_F(blocking, inject_ended_by_close)
{
	int fd;

	fill_ring(_metadata, &self->t);
	fd = start_inject(_metadata, self->t.name, &self->call);
	close(self->t.fd);
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
	close(fd);
}

/* Without carrier it is sent, and does not arrive. */
TEST_F(blocking, inject_ended_by_carrier)
{
	int fd, off = 0;

	fill_ring(_metadata, &self->t);
	fd = start_inject(_metadata, self->t.name, &self->call);
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETCARRIER, &off));
	EXPECT_EQ(LEN, lt_call_end(&self->call));
	EXPECT_EQ(1, lt_stat(self->t.name, "rx_dropped_carrier"));
	close(fd);
}

/* Queued datagrams go with the program, waiting ones wait for the next. */
TEST_F(blocking, inject_waits_for_a_program)
{
	char name[IFNAMSIZ];
	int fd;

	memcpy(name, self->t.name, sizeof(name));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	fill_ring(_metadata, &self->t);
	fd = start_inject(_metadata, name, &self->call);
	close(self->t.fd);
	EXPECT_EQ(0, lt_call_blocked(&self->call));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, LEN));

	self->t.fd = lt_attach(name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->t.fd);
	EXPECT_EQ(LEN, lt_call_end(&self->call));
	EXPECT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, 0));
	close(fd);
}

/* A blocking read of sent, seen asleep. */
static int start_sent(struct __test_metadata *_metadata, const char *tunnel,
		      struct lt_call *call)
{
	int fd = lt_control(tunnel, "sent", O_RDONLY);

	ASSERT_LE(0, fd);
	start_read(_metadata, call, fd, got);
	return fd;
}

TEST_F(blocking, sent_woken_by_write)
{
	int fd = start_sent(_metadata, self->t.name, &self->call);

	make(1);
	/* With PI, the datagram's first bytes serve as one. */
	ASSERT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(LEN - self->head, lt_call_end(&self->call));
	EXPECT_EQ(0, memcmp(data + self->head, got, LEN - self->head));
	close(fd);
}

TEST_F(blocking, sent_interrupted)
{
	int fd;

	catch_signal(0);
	fd = start_sent(_metadata, self->t.name, &self->call);
	pthread_kill(self->call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&self->call));
	close(fd);
}

TEST_F(blocking, sent_ended_by_close)
{
	int fd = start_sent(_metadata, self->t.name, &self->call);

	close(self->t.fd);
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
	close(fd);
}

TEST_F(blocking, sent_ended_by_delete)
{
	int fd = start_sent(_metadata, self->t.name, &self->call);

	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
	close(fd);
}

/* The end of a process closes what it had open. */
TEST_F(blocking, sent_ended_by_exit)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	close(self->t.fd);
	start_sent(_metadata, self->t.name, &self->call);
	kill(pid, SIGKILL);
	EXPECT_EQ(-ENODEV, lt_call_end(&self->call));
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
}

TEST_HARNESS_MAIN
