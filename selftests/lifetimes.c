// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is inside a queue while it goes, and what becomes of what is in it. Each
 * test puts a call to sleep at a known place (in a page that does not come, for
 * room, for a datagram), takes the queue or the tunnel away under it, and looks
 * at both sides and at what stats adds up to. Where the order matters there is
 * one processor, and who drives is real-time: nobody else runs before it waits.
 */
#include <linux/looptun.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "late.h"
#include "looptun.h"
#include "sums.h"

#define LEN LATE_LEN
#define TUN (IFF_TUN | IFF_NO_PI)
#define QUEUES (TUN | IFF_MULTI_QUEUE)

static __u8 data[1000000], got[sizeof(data) + 1];

/* Threads that are there already keep their processor; so start them later. */
static void one_processor(struct __test_metadata *_metadata)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
}

static void drive(struct __test_metadata *_metadata, int policy)
{
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO };

	ASSERT_EQ(0, sched_setscheduler(0, policy, &param));
}

static void ring_kib(struct __test_metadata *_metadata, const char *kib)
{
	ASSERT_EQ(strlen(kib), lt_write_file(RING_KIB, kib));
}

/* A datagram that is told by @seed. */
static void put(struct __test_metadata *_metadata, int fd, size_t len, int seed)
{
	lt_datagram(data, len, 4, seed);
	ASSERT_EQ(len, lt_write(fd, data, len));
}

static bool is(int fd, size_t len, int seed)
{
	static __u8 want[sizeof(data)];

	lt_datagram(want, len, 4, seed);
	return lt_read(fd, got, sizeof(got)) == len && !memcmp(want, got, len);
}

static void expect(struct __test_metadata *_metadata, int fd, size_t len,
		   int seed)
{
	EXPECT_TRUE(is(fd, len, seed))
		TH_LOG("datagram %d does not come", seed);
}

/* Until there is no room for one more: how many. */
static int fill(int fd, size_t len)
{
	int count = 0;

	lt_datagram(data, len, 4, 0);
	while (lt_write(fd, data, len) == len)
		count++;
	return count;
}

static void rules(struct __test_metadata *_metadata, const char *name,
		  const char *text)
{
	ASSERT_EQ(strlen(text), lt_control_write(name, "faults", text));
}

/* Two queues of one tunnel, and the files of the tests beside them. */
FIXTURE(lifetimes) {
	char name[IFNAMSIZ];
	int queue[2];
	int inject, first, sent;
};

FIXTURE_SETUP(lifetimes)
{
	int i;

	strcpy(self->name, "life%d");
	for (i = 0; i < 2; i++) {
		self->queue[i] = lt_attach(self->name, QUEUES, O_NONBLOCK);
		ASSERT_LE(0, self->queue[i]);
	}
	self->inject = lt_control(self->name, "inject", O_WRONLY | O_NONBLOCK);
	self->first = lt_control(self->name, "queues/0/inject",
				 O_WRONLY | O_NONBLOCK);
	self->sent = lt_control(self->name, "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, self->inject);
	ASSERT_LE(0, self->first);
	ASSERT_LE(0, self->sent);
}

FIXTURE_TEARDOWN(lifetimes)
{
	close(self->sent);
	close(self->first);
	close(self->inject);
	close(self->queue[0]);
	close(self->queue[1]);
}

static int join(pthread_t thread)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += LT_SOON / 1000;
	return pthread_timedjoin_np(thread, NULL, &end);
}

struct poller {
	pthread_t thread;
	atomic_int tid;
	int fd;
	int revents;
};

static void *poll_for_room(void *arg)
{
	struct poller *poller = arg;

	poller->tid = gettid();
	poller->revents = lt_poll(poller->fd, POLLOUT, -1);
	return NULL;
}

/* The full queue goes: there is room in all that are left. */
TEST_F(lifetimes, close_makes_room)
{
	struct poller poller = { .fd = self->inject };
	int taken = fill(self->first, 1000);

	ASSERT_LT(0, taken);
	ASSERT_EQ(0, pthread_create(&poller.thread, NULL, poll_for_room,
				    &poller));
	while (!poller.tid)
		sched_yield();
	ASSERT_EQ(0, lt_wait_blocked(poller.tid, LT_SYS_POLL));
	close(self->queue[0]);
	/* No timeout of poll's: it looks once more when that is over. */
	ASSERT_EQ(0, join(poller.thread));
	EXPECT_EQ(POLLOUT, poller.revents);
	lt_expect_sums(_metadata, self->name, taken);
}

/* Leave room for one datagram of @len bytes, and no more: how many are there. */
static int fill_but_one(struct __test_metadata *_metadata, int inject, int fd,
			size_t len)
{
	int count = fill(inject, len);

	EXPECT_LT(1, count);
	EXPECT_EQ(len, lt_read(fd, got, sizeof(got)));
	return count;
}

/* One that is due waits for room in a queue, and another gets its number. */
TEST_F(lifetimes, close_lets_delayed_go_on)
{
	int taken = fill_but_one(_metadata, self->first, self->queue[0], 1000);

	rules(_metadata, self->name, "dir=rx reorder=1 times=1");
	put(_metadata, self->first, 1000, 1);
	put(_metadata, self->first, 1000, 2);
	/* The worker has been there when stats can be read. */
	ASSERT_EQ(1, lt_stat(self->name, "held_datagrams"));
	close(self->queue[0]);
	EXPECT_EQ(POLLIN, lt_poll(self->queue[1], POLLIN, LT_SOON));
	expect(_metadata, self->queue[1], 1000, 1);
	lt_expect_sums(_metadata, self->name, taken + 2);
}

static int drain(int fd)
{
	int count = 0;

	while (lt_read(fd, got, sizeof(got)) > 0)
		count++;
	return count;
}

/* A reader of sent that stalls takes nobody's room but its own datagram's. */
TEST_F(lifetimes, slow_reader_of_sent)
{
	struct late late = { .fd = self->sent, .call = LATE_READ };
	int third = lt_attach(self->name, QUEUES, O_NONBLOCK), i;

	ASSERT_LE(0, third);
	for (i = 0; i < 240; i++)
		put(_metadata, self->queue[0], 1000, i);
	close(self->queue[0]);
	late_start(_metadata, &late);
	put(_metadata, self->queue[1], 1000, 240);
	close(self->queue[1]);
	EXPECT_EQ(1000, late_give(&late, data, LEN));
	for (i = 1; i <= 240 && is(self->sent, 1000, i); i++)
		;
	EXPECT_EQ(241, i);
	EXPECT_EQ(0, lt_stat(self->name, "sent_dropped"));
	lt_expect_sums(_metadata, self->name, LT_AS_COUNTED);
	close(third);
}

/* What a stalled reader had taken is read; the rest can be, by another. */
TEST_F(lifetimes, order_of_what_is_left)
{
	int i, fd;

	for (i = 0; i < 20; i++) {
		fd = lt_attach(self->name, QUEUES, O_NONBLOCK);
		ASSERT_LE(0, fd);
		put(_metadata, self->queue[i % 2], 100, 2 * i);
		put(_metadata, fd, 100 + i, 2 * i + 1);
		close(fd);
	}
	close(self->queue[0]);
	for (i = 0; i < 20; i++) {
		expect(_metadata, self->sent, 100, 2 * i);
		expect(_metadata, self->sent, 100 + i, 2 * i + 1);
	}
	EXPECT_EQ(0, lt_stat(self->name, "tx_queued"));
	lt_expect_sums(_metadata, self->name, LT_AS_COUNTED);
}

/* A blocking writer whose own datagram is in does not wait for another's room. */
TEST_F(lifetimes, injector_waits_for_its_own)
{
	int inject = lt_control(self->name, "queues/0/inject", O_WRONLY);
	struct lt_call call;
	int taken, read;

	ASSERT_LE(0, inject);
	taken = fill_but_one(_metadata, self->first, self->queue[0], 1000);
	rules(_metadata, self->name, "dir=rx reorder=1 times=1");
	put(_metadata, inject, 1000, 1);
	lt_datagram(data, 1000, 4, 2);
	ASSERT_EQ(0, lt_call_write(&call, inject, data, 1000));
	EXPECT_EQ(-EALREADY, lt_call_blocked(&call))
		TH_LOG("it sleeps though its datagram is in");
	lt_expect_sums(_metadata, self->name, taken + 2);
	read = drain(self->queue[0]);
	/* The other comes now that there is room, if it has not yet. */
	while (read < taken + 1 &&
	       lt_poll(self->queue[0], POLLIN, LT_SOON) == POLLIN)
		read += drain(self->queue[0]);
	EXPECT_EQ(taken + 1, read);
	EXPECT_EQ(1000, lt_call_end(&call));
	lt_expect_sums(_metadata, self->name, taken + 2);
	close(inject);
}

/* What a write wrote that returned is kept, whoever stalls before it. */
TEST_F(lifetimes, delete_behind_stalled_write)
{
	struct late late = { .fd = self->queue[0], .call = LATE_WRITE };
	int stats = lt_control(self->name, "stats", O_RDONLY);

	ASSERT_LE(0, stats);
	late_start(_metadata, &late);
	put(_metadata, self->queue[0], 100, 1);
	put(_metadata, self->queue[1], 100, 2);
	ASSERT_EQ(1, lt_delete(self->name));
	lt_datagram(data, LEN, 4, 3);
	EXPECT_EQ(-EIO, late_give(&late, data, LEN));
	expect(_metadata, self->sent, 100, 1);
	expect(_metadata, self->sent, 100, 2);
	EXPECT_EQ(-ENODEV, lt_read(self->sent, got, sizeof(got)));
	lt_expect_sums_of(_metadata, stats, LT_AS_COUNTED, 0);
	close(stats);
}

/* Each reason has a word of its own. */
TEST_F(lifetimes, told_by_reason)
{
	put(_metadata, self->queue[0], 100, 1);
	EXPECT_EQ(-EFAULT, lt_read(self->sent, NULL, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->name, "sent_faults"));
	rules(_metadata, self->name, "dir=tx drop");
	put(_metadata, self->queue[0], 100, 2);
	EXPECT_EQ(1, lt_stat(self->name, "tx_dropped_rule"));
	rules(_metadata, self->name, "dir=rx drop");
	put(_metadata, self->first, 100, 3);
	EXPECT_EQ(1, lt_stat(self->name, "rx_dropped_rule"));
	EXPECT_EQ(1, lt_stat(self->name, "inject_dropped"));
	lt_expect_sums(_metadata, self->name, 1);
}

/* What is queued for a program that goes, by whichever way, is counted. */
TEST_F(lifetimes, queued_is_counted)
{
	int stats = lt_control(self->name, "stats", O_RDONLY);
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };

	ASSERT_LE(0, stats);
	put(_metadata, self->first, 100, 1);
	EXPECT_EQ(1, lt_stat(self->name, "rx_queued"));
	ASSERT_EQ(0, lt_ioctl(self->queue[0], TUNSETQUEUE, &ifr));
	EXPECT_EQ(1, lt_stat(self->name, "rx_dropped_gone"));
	put(_metadata, self->first, 100, 2);
	put(_metadata, self->first, 100, 3);
	expect(_metadata, self->queue[1], 100, 2);
	ifr.ifr_flags = IFF_ATTACH_QUEUE;
	ASSERT_EQ(0, lt_ioctl(self->queue[0], TUNSETQUEUE, &ifr));
	close(self->queue[1]);
	EXPECT_EQ(2, lt_stat(self->name, "rx_dropped_gone"));
	put(_metadata, self->inject, 100, 4);
	lt_expect_sums(_metadata, self->name, 4);
	ASSERT_EQ(1, lt_delete(self->name));
	lt_expect_sums_of(_metadata, stats, 4, 0);
	close(stats);
}

/* A page of an injector's does not come while its queue goes. */
TEST_F(lifetimes, close_under_injector)
{
	struct late late = { .fd = self->first, .call = LATE_WRITE };
	long ret;

	late_start(_metadata, &late);
	close(self->queue[0]);
	lt_datagram(data, LEN, 4, 1);
	ret = late_give(&late, data, LEN);
	/* The other has its number: it may go there, or be tried again. */
	EXPECT_TRUE(ret == LEN || ret == -EAGAIN)
		TH_LOG("%ld", ret);
	lt_expect_sums(_metadata, self->name, ret == LEN);
}

/* The same, and what the program reads meanwhile is another tunnel's. */
TEST_F(lifetimes, delete_under_reader)
{
	struct late late = { .fd = self->queue[0], .call = LATE_READ };
	int stats = lt_control(self->name, "stats", O_RDONLY);

	ASSERT_LE(0, stats);
	put(_metadata, self->first, 1000, 1);
	late_start(_metadata, &late);
	put(_metadata, self->first, 1000, 2);
	ASSERT_EQ(1, lt_delete(self->name));
	strcpy(self->name, "again");
	ASSERT_EQ(0, lt_setiff(self->queue[0], self->name, TUN));
	EXPECT_EQ(-EAGAIN, lt_read(self->queue[0], got, sizeof(got)));
	EXPECT_EQ(1000, late_give(&late, data, LEN));
	lt_datagram(data, 1000, 4, 1);
	EXPECT_EQ(0, memcmp(data + LEN, late.page + LEN, 1000 - LEN));
	lt_expect_sums_of(_metadata, stats, 2, 0);
	lt_expect_sums(_metadata, self->name, 0);
	close(stats);
}

/* A rule's errno is no word of the loopback's own. */
static long loopback_words(const char *name)
{
	char stats[8192], *line;
	long sum = 0;

	if (lt_control_read(name, "stats", stats, sizeof(stats)) < 0)
		return -1;
	for (line = strtok(stats, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, "loopback_", 9))
			sum += strtol(strchr(line, ' ') + 1, NULL, 10);
	return sum;
}

TEST_F(lifetimes, errno_of_rule_on_echo)
{
	static const char *const names[] = {
		"EINVAL", "EBADMSG", "EADDRNOTAVAIL", "EOPNOTSUPP",
		"EPROTONOSUPPORT", "EAGAIN", "ENOMEM", "ENODEV",
	};
	static const char *const words[] = {
		"loopback_malformed", "loopback_address", "loopback_protocol",
		"loopback_offload", "loopback_no_room", "loopback_datagrams",
	};
	char rule[64];
	size_t i, j;

	ASSERT_EQ(4, lt_control_write(self->name, "loopback", "echo"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(rule, sizeof(rule), "clear\ndir=rx errno=%s", names[i]);
		rules(_metadata, self->name, rule);
		put(_metadata, self->queue[0], 100, i);
		EXPECT_EQ(-EAGAIN, lt_read(self->queue[0], got, sizeof(got)));
		for (j = 0; j < ARRAY_SIZE(words) && !lt_stat(self->name, words[j]); j++)
			;
		EXPECT_EQ(ARRAY_SIZE(words), j)
			TH_LOG("%s counts as %s", names[i], words[j]);
		EXPECT_EQ(i + 1, loopback_words(self->name));
	}
	lt_expect_sums(_metadata, self->name, 0);
}

/* A neighbour solicitation in an Ethernet frame. */
static size_t solicitation(__u8 *frame)
{
	static const __u8 head[] = {
		0x33, 0x33, 0xff, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd,
		0x60, 0, 0, 0, 0, 32, 58, 255,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 2,
		135, 0, 0, 0, 0, 0, 0, 0,
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		1, 1, 2, 0, 0, 0, 0, 1,
	};
	__u16 sum;

	memcpy(frame, head, sizeof(head));
	/* Addresses and payload, length and next header of the pseudo header. */
	sum = lt_checksum(frame + 22, sizeof(head) - 22, 32 + 58);
	frame[56] = sum >> 8;
	frame[57] = sum;
	return sizeof(head);
}

static void peers(struct __test_metadata *_metadata, struct lt_tunnel *tap,
		  struct lt_tunnel *tun)
{
	char text[64];

	ASSERT_EQ(0, lt_tunnel_open(tap, IFF_TAP | IFF_NO_PI, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(tun, TUN, O_NONBLOCK));
	snprintf(text, sizeof(text), "peer %s", tun->name);
	ASSERT_EQ(strlen(text), lt_control_write(tap->name, "loopback", text));
}

/* Nobody answers with what nobody wrote. */
TEST_F(lifetimes, errno_of_rule_on_peer)
{
	struct lt_tunnel tap, tun;
	size_t len = solicitation(data);

	peers(_metadata, &tap, &tun);
	/* That it is one shows where there is no rule. */
	ASSERT_EQ(len, lt_write(tap.fd, data, len));
	ASSERT_LT(0, lt_read(tap.fd, got, sizeof(got)));
	ASSERT_EQ(-EAGAIN, lt_read(tun.fd, got, sizeof(got)));
	rules(_metadata, tap.name, "dir=rx errno=EPROTONOSUPPORT");
	ASSERT_EQ(len, lt_write(tap.fd, data, len));
	EXPECT_EQ(-EAGAIN, lt_read(tap.fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(tun.fd, got, sizeof(got)))
		TH_LOG("ICMPv6 type %d, which nobody wrote", got[40]);
	EXPECT_EQ(0, lt_stat(tap.name, "loopback_protocol"));
	EXPECT_EQ(2, loopback_words(tap.name));
	lt_tunnel_close(&tap);
	lt_tunnel_close(&tun);
}

/*
 * Of one processor: who deletes comes in at any moment of a write, with preempt=full, and
 * what was written is there or counted.
 */
TEST_F(lifetimes, delete_within_write)
{
	int rounds = lt_kernel_debugs() ? 40 : 150, stats;
	struct lt_tunnel t;
	pid_t writer;

	one_processor(_metadata);
	lt_datagram(data, LEN, 4, 1);
	while (rounds--) {
		struct timespec moment = { .tv_nsec = rounds * 177777 % 1000000 };

		ASSERT_EQ(0, lt_tunnel_open(&t, TUN, O_NONBLOCK));
		stats = lt_control(t.name, "stats", O_RDONLY);
		writer = fork();
		if (!writer) {
			while (lt_write(t.fd, data, LEN) == LEN)
				;
			_exit(0);
		}
		drive(_metadata, SCHED_FIFO);
		ppoll(NULL, 0, &moment, NULL);
		EXPECT_EQ(1, lt_delete(t.name));
		drive(_metadata, SCHED_OTHER);
		ASSERT_EQ(writer, waitpid(writer, NULL, 0));
		lt_expect_sums_of(_metadata, stats, LT_AS_COUNTED, 0);
		close(stats);
		lt_tunnel_close(&t);
	}
}

/* Of one processor: who reads the old tunnel does not run before it has all. */
TEST_F(lifetimes, old_read_of_new_tunnel)
{
	char name[IFNAMSIZ] = "lifenew";
	struct lt_call call;
	struct lt_tunnel a;
	int inject, del;

	one_processor(_metadata);
	ASSERT_EQ(11, lt_create("lifenew tun"));
	inject = lt_control(name, "inject", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, inject);
	ASSERT_EQ(0, lt_tunnel_open(&a, IFF_TUN, 0));
	del = lt_control(a.name, "delete", O_WRONLY);
	ASSERT_LE(0, del);
	ASSERT_EQ(0, lt_call_read(&call, a.fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	lt_datagram(data, LEN, 4, 1);

	drive(_metadata, SCHED_FIFO);
	EXPECT_EQ(1, lt_write(del, "1", 1));
	EXPECT_EQ(0, lt_setiff(a.fd, name, TUN));
	EXPECT_EQ(LEN, lt_write(inject, data, LEN));
	EXPECT_FALSE(call.done);
	drive(_metadata, SCHED_OTHER);

	EXPECT_EQ(-EFAULT, lt_call_end(&call));
	ASSERT_EQ(0, fcntl(a.fd, F_SETFL, O_RDWR | O_NONBLOCK));
	expect(_metadata, a.fd, LEN, 1);
	lt_expect_sums(_metadata, name, 1);
	close(del);
	close(inject);
	lt_tunnel_close(&a);
	EXPECT_EQ(1, lt_delete(name));
}

/* Injectors that do not wait, of whom one has the room that is there. */
struct injector {
	pthread_t thread;
	int fd;
	long done;
	long wrong;
};

#define BIG 60000
#define TURNS (lt_kernel_debugs() ? 200 : 2000)

static atomic_int turns;
static int most_turns;

static void *inject_at_once(void *arg)
{
	struct injector *injector = arg;
	__u8 *buf = malloc(BIG);
	long ret;

	lt_datagram(buf, BIG, 4, 1);
	while (turns < most_turns) {
		ret = lt_write(injector->fd, buf, BIG);
		injector->done += ret == BIG;
		if (ret != BIG && ret != -EAGAIN)
			injector->wrong = ret;
	}
	free(buf);
	return NULL;
}

/* A write that gets EAGAIN is none for the rules: it will be tried again. */
TEST_F(lifetimes, turn_of_rule)
{
	struct injector injectors[3] = { };
	static char text[32768];
	struct lt_tunnel t;
	long done = 0;
	int i;

	ring_kib(_metadata, "64");
	/* Who reads sleeps, so that two inject at once. */
	ASSERT_EQ(0, lt_tunnel_open(&t, TUN, 0));
	ring_kib(_metadata, "256");
	/* Many are asked, so that there is time between the looks. */
	for (i = 0; i < 900; i++)
		strcat(text, "dir=rx len=1 drop\n");
	rules(_metadata, t.name, strcat(text, "dir=rx corrupt"));
	turns = 0;
	most_turns = TURNS;
	for (i = 0; i < 3; i++) {
		injectors[i].fd = t.inject;
		ASSERT_EQ(0, pthread_create(&injectors[i].thread, NULL,
					    inject_at_once, &injectors[i]));
	}
	while (turns < most_turns)
		if (lt_read(t.fd, got, sizeof(got)) == BIG)
			turns++;
	for (i = 0; i < 3; i++) {
		pthread_join(injectors[i].thread, NULL);
		EXPECT_EQ(0, injectors[i].wrong);
		done += injectors[i].done;
	}
	EXPECT_EQ(done, lt_stat(t.name, "fault_corrupt"));
	lt_expect_sums(_metadata, t.name, done);
	lt_tunnel_close(&t);
}

/* What was kept of a larger ring goes nowhere that a smaller one's size bounds. */
TEST_F(lifetimes, rings_of_two_sizes)
{
	char name[IFNAMSIZ] = "small";
	int small, large, sent;

	ring_kib(_metadata, "64");
	small = lt_attach(name, TUN, O_NONBLOCK);
	ASSERT_LE(0, small);
	put(_metadata, small, 100, 1);
	ASSERT_EQ(1, lt_delete(name));

	ring_kib(_metadata, "4096");
	strcpy(name, "large");
	ASSERT_EQ(0, lt_setiff(small, name, QUEUES));
	large = lt_attach(name, QUEUES, O_NONBLOCK);
	ring_kib(_metadata, "256");
	ASSERT_LE(0, large);
	sent = lt_control(name, "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, sent);
	put(_metadata, large, sizeof(data), 2);
	close(large);
	put(_metadata, small, 100, 3);
	ASSERT_EQ(0, lt_ioctl(small, TUNSETPERSIST, (void *)1UL));
	close(small);
	expect(_metadata, sent, sizeof(data), 2);
	expect(_metadata, sent, 100, 3);
	EXPECT_EQ(-EAGAIN, lt_read(sent, got, sizeof(got)));
	lt_expect_sums(_metadata, name, LT_AS_COUNTED);
	close(sent);
	EXPECT_EQ(1, lt_delete(name));
}

#define MOVED 200
#define MOVES (lt_kernel_debugs() ? 3 : 10)

struct walker {
	pthread_t thread;
	int wire;
	atomic_bool stop;
	atomic_int walks;
};

static void *walk(void *arg)
{
	struct walker *walker = arg;

	while (!walker->stop) {
		lt_poll(walker->wire, POLLIN, 0);
		walker->walks++;
	}
	return NULL;
}

static void move(struct __test_metadata *_metadata, const int *fds,
		 const char *to)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };
	char name[IFNAMSIZ];
	int i;

	for (i = 0; i < MOVED; i++) {
		strcpy(name, to);
		ASSERT_EQ(0, lt_setiff(fds[i], name, QUEUES));
		ASSERT_EQ(0, lt_ioctl(fds[i], TUNSETQUEUE, &ifr));
	}
}

/* A moment of the walker's, whichever: the only processor is taken from it. */
static void interrupt(struct __test_metadata *_metadata, long ns)
{
	struct itimerspec when = { .it_value.tv_nsec = ns };
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	__u64 count;

	ASSERT_LE(0, timer);
	ASSERT_EQ(0, timerfd_settime(timer, 0, &when, NULL));
	ASSERT_EQ(sizeof(count), read(timer, &count, sizeof(count)));
	close(timer);
}

/*
 * Disabled queues go from one tunnel to another while somebody looks through
 * those of the first. Stays in the kernel for ever if it is led astray; this is
 * last. Of preempt=full.
 */
TEST_F(lifetimes, moved_queues)
{
	static const char *const names[] = { "move0", "move1" };
	struct walker walker = { };
	int fds[MOVED], i;

	one_processor(_metadata);
	for (i = 0; i < MOVED; i++) {
		fds[i] = lt_open(O_NONBLOCK);
		ASSERT_LE(0, fds[i]);
	}
	move(_metadata, fds, names[1]);
	for (i = 0; i < MOVES; i++) {
		walker = (struct walker) { };
		walker.wire = lt_ioctl(fds[0], LOOPTUN_OPEN_WIRE, NULL);
		ASSERT_LE(0, walker.wire);
		ASSERT_EQ(0, pthread_create(&walker.thread, NULL, walk, &walker));
		while (walker.walks < 10)
			sched_yield();
		drive(_metadata, SCHED_FIFO);
		interrupt(_metadata, 3000000 + i * 7777);
		ASSERT_EQ(1, lt_delete(names[(i + 1) % 2]));
		move(_metadata, fds, names[i % 2]);
		walker.stop = true;
		drive(_metadata, SCHED_OTHER);
		ASSERT_EQ(0, join(walker.thread))
			TH_LOG("round %d: poll does not return", i);
		close(walker.wire);
	}
	for (i = 0; i < MOVED; i++)
		close(fds[i]);
}

TEST_HARNESS_MAIN
