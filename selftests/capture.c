// SPDX-License-Identifier: GPL-2.0-only
/*
 * capture: what is in it, byte for byte, how it is read, how it ends, and what
 * is told of packets that were dropped or refused.
 */
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "pcapfile.h"

#define RING (256 * 1024)
#define MOST 64

static __u8 data[2 * RING], got[RING];

/* What a capture is expected to have. */
struct expected {
	int seed;
	size_t len;
	int flags;
	const char *comment;
	__u32 queue;
	/* it was refused before it was read */
	bool unread;
	/* of IP, if not 4 */
	int version;
	/* it is the beginning of a frame of so many bytes */
	size_t whole;
};

struct check {
	struct __test_metadata *_metadata;
	const struct expected *expected;
	size_t count;
	int tap;
	__u64 since, until;
};

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void frame(void *buf, size_t len, int tap, int seed)
{
	if (tap)
		lt_frame(buf, len, LT_IPV4, seed);
	else
		lt_datagram(buf, len, 4, seed);
}

static void check_packet(void *arg, size_t i, const struct pf_packet *packet)
{
	struct check *check = arg;
	struct __test_metadata *_metadata = check->_metadata;
	const struct expected *e = check->expected + i;

	ASSERT_LT(i, check->count);
	EXPECT_EQ(e->len, packet->orig);
	ASSERT_EQ(e->unread ? 0 : e->len, packet->len)
		TH_LOG("packet %zu", i);
	frame(data, e->whole ?: e->len, check->tap, e->seed);
	if (e->version)
		lt_datagram(data, e->len, e->version, e->seed);
	EXPECT_EQ(0, memcmp(data, packet->data, packet->len))
		TH_LOG("packet %zu", i);
	EXPECT_EQ(e->flags, packet->flags);
	EXPECT_EQ(e->queue, packet->queue);
	EXPECT_TRUE(pf_comment(packet, e->comment))
		TH_LOG("packet %zu: %.*s", i, packet->comment_len,
		       packet->comment ?: "");
	/* Time does not go back, and is the time of day. */
	EXPECT_LE(check->since, packet->time);
	EXPECT_GE(now(), packet->time);
	check->since = packet->time;
}

FIXTURE(capture) {
	struct lt_tunnel t;
	int fd;
	bool tap;
	size_t head;
	__u64 since;
	struct expected expected[MOST];
	size_t count;
};

FIXTURE_VARIANT(capture) {
	int flags;
};

FIXTURE_VARIANT_ADD(capture, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(capture, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(capture, tap_pi) { .flags = IFF_TAP };
FIXTURE_VARIANT_ADD(capture, tun_vnet)
{
	.flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR,
};

FIXTURE_VARIANT_ADD(capture, tap_pi_vnet) { .flags = IFF_TAP | IFF_VNET_HDR };

FIXTURE_SETUP(capture)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->fd = lt_control(self->t.name, "capture", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->tap = lt_tap(variant->flags);
	self->head = lt_pi_len(variant->flags);
	if (variant->flags & IFF_VNET_HDR)
		self->head += 10;
	self->since = now();
}

FIXTURE_TEARDOWN(capture)
{
	close(self->fd);
	lt_tunnel_close(&self->t);
}

static struct expected *expect(struct expected *e, size_t *count, int flags,
			       size_t len, int seed)
{
	e += (*count)++;
	*e = (struct expected) { .seed = seed, .len = len, .flags = flags };
	return e;
}

/* The program is sent a frame, or writes one, behind headers of zeroes. */
static void send_frame(struct __test_metadata *_metadata,
		       struct _test_data_capture *self, size_t len, int seed)
{
	frame(data, len, self->tap, seed);
	ASSERT_EQ(len, lt_write(self->t.inject, data, len));
	expect(self->expected, &self->count, PF_OUTBOUND, len, seed);
}

static long write_frame(struct _test_data_capture *self, size_t len, int seed)
{
	memset(data, 0, self->head);
	frame(data + self->head, len, self->tap, seed);
	return lt_write(self->t.fd, data, self->head + len);
}

/*
 * For the host, where tcpdump and tshark are to read it. It has to come over a
 * serial line, so only if it is small.
 */
static void keep_file(const char *test, const struct _test_data_capture *self,
		      const void *all, size_t len)
{
	char path[256];
	FILE *file;

	if (len > 20000)
		return;
	snprintf(path, sizeof(path), "/tmp/outbox/%s-%s-%zu.pcapng", test,
		 self->tap ? "tap" : "tun", self->head);
	file = fopen(path, "w");
	if (file) {
		fwrite(all, 1, len, file);
		fclose(file);
	}
}

/* Delete the tunnel and hold all that was captured against what was expected. */
static struct pf_capture finish(struct __test_metadata *_metadata,
				struct _test_data_capture *self, size_t piece)
{
	struct check check = {
		._metadata = _metadata, .expected = self->expected,
		.count = self->count, .tap = self->tap, .since = self->since,
	};
	struct pf_capture capture;
	size_t len;
	__u8 *all;

	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(POLLIN | POLLHUP, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	all = pf_slurp(self->fd, piece, &len);
	pf_parse(all, len, &capture, check_packet, &check);
	EXPECT_EQ(NULL, capture.wrong)
		TH_LOG("%s", capture.wrong);
	keep_file(_metadata->name, self, all, len);
	EXPECT_TRUE(capture.ended);
	EXPECT_EQ(self->count, capture.packets);
	EXPECT_EQ(capture.received, capture.packets + capture.lost);
	EXPECT_EQ(self->tap ? PF_ETHERNET : PF_RAW, capture.link);
	EXPECT_STREQ(self->t.name, capture.name);
	free(all);
	/* The end stays the end. */
	EXPECT_EQ(0, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(POLLIN | POLLHUP, lt_poll(self->fd, POLLIN, 0));
	return capture;
}

/* Both directions, in their order, without headers of the descriptor. */
TEST_F(capture, packets)
{
	static const size_t lengths[] = { 20, 21, 22, 23, 60, 1500, 9000, 65535 };
	struct pf_capture capture;
	int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		send_frame(_metadata, self, lengths[i], i);
		EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
		if (lengths[i] == 65535)
			continue;
		EXPECT_LT(0, write_frame(self, lengths[i], 100 + i));
		expect(self->expected, &self->count, PF_INBOUND, lengths[i],
		       100 + i);
	}
	capture = finish(_metadata, self, 4096);
	EXPECT_EQ(0, capture.lost);
}

/* Where reads cut the stream makes no difference to it. */
TEST_F(capture, cuts)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 28, 29, 4096, 1 << 20 };
	int fds[ARRAY_SIZE(pieces)];
	__u8 *streams[ARRAY_SIZE(pieces)];
	size_t lens[ARRAY_SIZE(pieces)];
	int i;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		fds[i] = lt_control(self->t.name, "capture", O_RDONLY);
		ASSERT_LE(0, fds[i]);
	}
	for (i = 0; i < 8; i++) {
		send_frame(_metadata, self, 100 + i, i);
		EXPECT_LT(0, write_frame(self, 60 + i, i));
		expect(self->expected, &self->count, PF_INBOUND, 60 + i, i);
	}
	finish(_metadata, self, 5);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		streams[i] = pf_slurp(fds[i], pieces[i], &lens[i]);
		ASSERT_EQ(lens[0], lens[i]);
		EXPECT_EQ(0, memcmp(streams[0], streams[i], lens[0]))
			TH_LOG("pieces of %zu", pieces[i]);
	}
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		free(streams[i]);
		close(fds[i]);
	}
}

/* What cannot be copied is not lost. */
TEST_F(capture, unmapped)
{
	__u8 *edge = lt_edge(70);
	struct pf_capture capture;
	__u8 *rest, *all;
	size_t more;
	long len;

	ASSERT_NE(NULL, edge);
	send_frame(_metadata, self, 60, 1);
	EXPECT_EQ(-EFAULT, lt_read(self->fd, edge + 70, 10));
	len = lt_read(self->fd, edge, 1000);
	EXPECT_GE(70, len);
	ASSERT_LE(LT_FILLS_TO_THE_END ? 70 : 1, len);
	EXPECT_EQ(-EFAULT, lt_read(self->fd, edge + 70, 10));
	EXPECT_EQ(1, lt_delete(self->t.name));
	rest = pf_slurp(self->fd, 4096, &more);
	all = malloc(len + more);
	memcpy(all, edge, len);
	memcpy(all + len, rest, more);
	pf_parse(all, len + more, &capture, NULL, NULL);
	EXPECT_EQ(NULL, capture.wrong);
	EXPECT_EQ(1, capture.packets);
	EXPECT_TRUE(capture.ended);
	free(all);
	free(rest);
}

TEST_F(capture, vectored)
{
	struct iovec pieces[] = {
		{ got, 1 }, { NULL, 0 }, { got + 1, 50 }, { got + 51, 1000 },
	};
	struct pf_capture capture;
	long len;

	send_frame(_metadata, self, 60, 1);
	len = lt_ret(readv(self->fd, pieces, ARRAY_SIZE(pieces)));
	ASSERT_LT(60, len);
	pf_parse(got, len, &capture, NULL, NULL);
	EXPECT_EQ(NULL, capture.wrong);
	EXPECT_EQ(1, capture.packets);
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
}

TEST_F(capture, poll)
{
	/* The beginning of the stream is there at once. */
	EXPECT_EQ(POLLIN, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EBADF, lt_write(self->fd, data, 1));
	EXPECT_EQ(0, lt_read(self->fd, got, 0));
	EXPECT_LT(0, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	send_frame(_metadata, self, 60, 1);
	EXPECT_EQ(POLLIN, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, lt_read(self->fd, got, 1));
	EXPECT_EQ(POLLIN, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_LT(0, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_poll(self->fd, POLLIN | POLLOUT, 0));
	EXPECT_LT(0, write_frame(self, 60, 2));
	EXPECT_EQ(POLLIN, lt_poll(self->fd, POLLIN | POLLOUT, LT_SOON));
}

/* Who waits is woken by a packet, by the end, and by a signal. */
TEST_F(capture, blocking)
{
	struct lt_call call;
	int fd = lt_control(self->t.name, "capture", O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_LT(0, lt_read(fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_read(&call, fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	send_frame(_metadata, self, 60, 1);
	EXPECT_LT(60, lt_call_end(&call));

	ASSERT_EQ(0, lt_call_read(&call, fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	EXPECT_LT(0, write_frame(self, 60, 2));
	EXPECT_LT(60, lt_call_end(&call));

	/* The statistics, then nothing. */
	ASSERT_EQ(0, lt_call_read(&call, fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(52, lt_call_end(&call));
	EXPECT_EQ(0, lt_read(fd, got, sizeof(got)));
	close(fd);
}

/* Who polls for nothing else hears of the end too. */
struct ender {
	int fd;
	atomic_int tid;
	int revents;
};

static void *poll_for_end(void *arg)
{
	struct ender *ender = arg;

	ender->tid = gettid();
	ender->revents = lt_poll(ender->fd, 0, LT_SOON);
	return NULL;
}

TEST_F(capture, poll_end)
{
	struct ender ender = { .fd = self->fd };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, poll_for_end, &ender));
	while (!ender.tid)
		sched_yield();
	ASSERT_EQ(0, lt_wait_blocked(ender.tid, LT_SYS_POLL));
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(POLLHUP, ender.revents);
}

static void handle(int signal)
{
}

TEST_F(capture, interrupted)
{
	struct sigaction action = { .sa_handler = handle };
	struct lt_call call;
	int fd = lt_control(self->t.name, "capture", O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	EXPECT_LT(0, lt_read(fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_read(&call, fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(0, pthread_kill(call.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, lt_call_end(&call));
	close(fd);
}

/* Two threads that share a descriptor get each byte once. */
struct sharer {
	pthread_t thread;
	int fd;
	size_t len;
};

static void *share(void *arg)
{
	struct sharer *sharer = arg;
	__u8 piece[5];
	long ret;

	while ((ret = lt_read(sharer->fd, piece, sizeof(piece))) > 0)
		sharer->len += ret;
	return NULL;
}

TEST_F(capture, shared)
{
	struct sharer sharers[2] = { };
	size_t len;
	int fd, i;

	fd = lt_control(self->t.name, "capture", O_RDONLY);
	ASSERT_LE(0, fd);
	for (i = 0; i < 2; i++) {
		sharers[i].fd = fd;
		ASSERT_EQ(0, pthread_create(&sharers[i].thread, NULL, share,
					    &sharers[i]));
	}
	for (i = 0; i < MOST; i++) {
		send_frame(_metadata, self, 60, i);
		EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
	}
	EXPECT_EQ(1, lt_delete(self->t.name));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, pthread_join(sharers[i].thread, NULL));
	free(pf_slurp(self->fd, 4096, &len));
	EXPECT_EQ(len, sharers[0].len + sharers[1].len);
	close(fd);
}

/* A reader that does not read loses packets, which are counted for it alone. */
TEST_F(capture, slow_reader)
{
	int fast = lt_control(self->t.name, "capture", O_RDONLY | O_NONBLOCK);
	struct pf_capture capture;
	size_t len = 0, most;
	__u8 *all;
	int i;

	ASSERT_LE(0, fast);
	all = malloc(8 * RING);
	for (i = 0; i < 60; i++) {
		EXPECT_LT(0, write_frame(self, 20000, i));
		EXPECT_LT(0, lt_read(self->t.sent, got, sizeof(got)));
		len += lt_read(fast, all + len, 8 * RING - len);
	}
	/* Twice the ring, less what the blocks add. */
	most = (2 * RING - 200) / (20000 + 52 + 16);
	while (self->count < most)
		expect(self->expected, &self->count, PF_INBOUND, 20000,
		       self->count);
	capture = finish(_metadata, self, 4096);
	EXPECT_EQ(60 - most, capture.lost);
	EXPECT_EQ(60, capture.received);

	len += lt_read(fast, all + len, 8 * RING - len);
	pf_parse(all, len, &capture, NULL, NULL);
	EXPECT_EQ(NULL, capture.wrong);
	EXPECT_EQ(60, capture.packets);
	EXPECT_EQ(0, capture.lost);
	close(fast);
	free(all);
}

/* A packet from before a capture is not in it, one that waits for room is. */
TEST_F(capture, from_now_on)
{
	struct lt_call call;
	int inject = lt_control(self->t.name, "inject_frame", O_WRONLY);
	int late;

	ASSERT_LE(0, inject);
	close(self->fd);
	frame(data, 60, self->tap, 1);
	EXPECT_EQ(60, lt_write(self->t.inject, data, 60));
	/* No room for this one until the first is read. */
	frame(data, RING - 50, self->tap, 2);
	ASSERT_EQ(0, lt_call_write(&call, inject, data, RING - 50));
	ASSERT_EQ(0, lt_call_blocked(&call));
	late = lt_control(self->t.name, "capture", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, late);
	self->fd = late;
	EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(RING - 50, lt_call_end(&call));
	expect(self->expected, &self->count, PF_OUTBOUND, RING - 50, 2);
	finish(_metadata, self, 4096);
	close(inject);
}

/* A refused write, with its errno, and its bytes if it came so far. */
TEST_F(capture, refused)
{
	__u8 *edge = lt_edge(self->head + 30);
	struct expected *e;

	ASSERT_NE(NULL, edge);
	if (self->tap) {
		EXPECT_EQ(-EINVAL, write_frame(self, 13, 3));
		e = expect(self->expected, &self->count, PF_INBOUND, 13, 3);
		e->comment = "refused: EINVAL";
	} else if (variant->flags & IFF_NO_PI) {
		memset(data, 0, self->head);
		lt_datagram(data + self->head, 60, 5, 3);
		EXPECT_EQ(-EINVAL, lt_write(self->t.fd, data, self->head + 60));
		e = expect(self->expected, &self->count, PF_INBOUND, 60, 3);
		e->comment = "refused: EINVAL";
		e->version = 5;
	}
	memset(edge, 0, self->head);
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, edge, self->head + 60));
	e = expect(self->expected, &self->count, PF_INBOUND, 60, 3);
	e->comment = "refused: EFAULT";
	e->unread = true;
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EIO, write_frame(self, 60, 4));
	e = expect(self->expected, &self->count, PF_INBOUND, 60, 4);
	e->comment = "refused: EIO";
	finish(_metadata, self, 4096);
}

/* A write that is to be tried again is not told of. */
TEST_F(capture, not_now)
{
	int size = 1;
	long ret;

	ASSERT_EQ(1, lt_control_write(self->t.name, "hold", "1"));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETSNDBUF, &size));
	while ((ret = write_frame(self, 60, self->count)) > 0 &&
	       self->count < MOST)
		expect(self->expected, &self->count, PF_INBOUND, 60,
		       self->count);
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_LT(0, self->count);
	/* Nor if a rule says so. */
	ASSERT_EQ(20, lt_control_write(self->t.name, "faults",
				       "op=write errno=EINTR"));
	EXPECT_EQ(-EINTR, write_frame(self, 60, 1));
	finish(_metadata, self, 4096);
}

/* What the test is not told of: no room for sent. */
TEST_F(capture, dropped_sent)
{
	const size_t len = 60000;
	int i;

	for (i = 0; i < 5; i++) {
		EXPECT_LT(0, write_frame(self, len, i));
		expect(self->expected, &self->count, PF_INBOUND, len, i);
	}
	self->expected[4].comment = "dropped: sent_full";
	EXPECT_EQ(1, lt_stat(self->t.name, "sent_dropped"));
	finish(_metadata, self, 4096);
}

static void set_rule(struct __test_metadata *_metadata,
		     struct _test_data_capture *self, const char *rule)
{
	ASSERT_EQ(strlen(rule),
		  lt_control_write(self->t.name, "faults", rule));
}

/* A rule that had a say in it is told of as well. */
TEST_F(capture, dropped_sent_rule)
{
	const size_t len = 60000;
	int i;

	set_rule(_metadata, self, "dir=tx truncate=59999");
	for (i = 0; i < 5; i++) {
		EXPECT_LT(0, write_frame(self, len, i));
		*expect(self->expected, &self->count, PF_INBOUND, len - 1, i) =
			(struct expected) {
				.seed = i, .len = len - 1, .whole = len,
				.flags = PF_INBOUND, .comment = "rule: dir=tx",
			};
	}
	self->expected[4].comment = "dropped: sent_full; rule: dir=tx";
	finish(_metadata, self, 4096);
}

/* What rules hold back is there when it goes, or when there is no room for it. */
TEST_F(capture, dropped_held)
{
	const size_t len = 45000;
	struct expected *e;
	int i;

	set_rule(_metadata, self, "dir=tx duplicate\ndir=tx delay=3000s\n");
	for (i = 0; i < 3; i++)
		EXPECT_LT(0, write_frame(self, len, i));
	EXPECT_EQ(5, lt_stat(self->t.name, "held_datagrams"));
	e = expect(self->expected, &self->count, PF_INBOUND, len, 2);
	e->comment = "dropped: held_full; rule: dir=tx";
	finish(_metadata, self, 4096);
}

/* What the program wrote, and once more that the loopback did not pass it on. */
TEST_F(capture, dropped_loopback)
{
	struct expected *e;

	ASSERT_EQ(7, lt_control_write(self->t.name, "loopback", "reflect"));
	EXPECT_LT(0, write_frame(self, 60, 1));
	expect(self->expected, &self->count, PF_INBOUND, 60, 1);
	e = expect(self->expected, &self->count, PF_INBOUND, 60, 1);
	e->comment = self->tap ? "dropped: loopback_address" :
				 "dropped: loopback_malformed";
	ASSERT_EQ(4, lt_control_write(self->t.name, "loopback", "echo"));
	EXPECT_LT(0, write_frame(self, 60, 2));
	expect(self->expected, &self->count, PF_INBOUND, 60, 2);
	expect(self->expected, &self->count, PF_OUTBOUND, 60, 2);
	send_frame(_metadata, self, 210000, 3);
	EXPECT_LT(0, write_frame(self, 60000, 4));
	expect(self->expected, &self->count, PF_INBOUND, 60000, 4);
	e = expect(self->expected, &self->count, PF_INBOUND, 60000, 4);
	e->comment = "dropped: loopback_no_room";
	EXPECT_EQ(1, lt_stat(self->t.name, "loopback_no_room"));
	finish(_metadata, self, 4096);
}

TEST_F(capture, dropped_txqueuelen)
{
	int i, dropped;

	ASSERT_EQ(1, lt_control_write(self->t.name, "txqueuelen", "4"));
	for (i = 0; i < 8; i++)
		send_frame(_metadata, self, 60, i);
	dropped = lt_stat(self->t.name, "inject_dropped");
	ASSERT_LT(0, dropped);
	for (i = 8 - dropped; i < 8; i++)
		self->expected[i].comment = "dropped: txqueuelen";
	finish(_metadata, self, 4096);
}

TEST_F(capture, dropped_filter)
{
	struct sock_filter none[] = { { BPF_RET | BPF_K, 0, 0, 0 } };
	struct sock_filter some[] = { { BPF_RET | BPF_K, 0, 0, 20 } };
	struct sock_fprog program = { 1, none };

	if (!self->tap)
		return;
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNATTACHFILTER, &program));
	send_frame(_metadata, self, 60, 1);
	self->expected[0].comment = "dropped: filter";
	program.filter = some;
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNATTACHFILTER, &program));
	send_frame(_metadata, self, 60, 2);
	self->expected[1].comment = "cut: filter";
	self->expected[1].len = 20;
	self->expected[1].whole = 60;
	finish(_metadata, self, 4096);
}

/* All of a capture that has ended and is as it should be; to be freed. */
static __u8 *whole(struct __test_metadata *_metadata, int fd, pf_each each,
		   void *arg, struct pf_capture *capture, size_t *len)
{
	__u8 *all = pf_slurp(fd, 4096, len);

	pf_parse(all, *len, capture, each, arg);
	EXPECT_EQ(NULL, capture->wrong)
		TH_LOG("%s", capture->wrong);
	return all;
}

/* A capture on a tunnel that was made before has the program's first packet. */
TEST(first_packet)
{
	char name[IFNAMSIZ] = "first0";
	struct pf_capture capture;
	__u8 *all;
	size_t len;
	int fd, program, inject;

	ASSERT_LT(0, lt_create("first0 tun"));
	fd = lt_control(name, "capture", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, lt_control_write(name, "txqueuelen", "9"));
	lt_datagram(data, 40, 4, 1);
	inject = lt_control(name, "inject", O_WRONLY);
	EXPECT_EQ(40, lt_write(inject, data, 40));
	close(inject);
	program = lt_attach(name, IFF_TUN | IFF_NO_PI, 0);
	ASSERT_LE(0, program);
	lt_datagram(data, 60, 4, 7);
	EXPECT_EQ(60, lt_write(program, data, 60));
	close(program);
	EXPECT_EQ(1, lt_delete(name));
	all = whole(_metadata, fd, NULL, NULL, &capture, &len);
	EXPECT_EQ(2, capture.packets);
	EXPECT_NE(NULL, memmem(all, len, data, 60));
	EXPECT_NE(NULL, memmem(all, len, "dropped: nobody", 15));
	EXPECT_STREQ("first0", capture.name);
	free(all);
	close(fd);
}

static void note_queue(void *arg, size_t i, const struct pf_packet *packet)
{
	((__u32 *)arg)[i] = packet->queue;
}

TEST(queues)
{
	char name[IFNAMSIZ] = "queues%d";
	const int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
	struct pf_capture capture;
	__u32 queues[4];
	size_t len;
	__u8 *all;
	int a, b, fd, inject;

	a = lt_attach(name, flags, 0);
	ASSERT_LE(0, a);
	b = lt_attach(name, flags, 0);
	ASSERT_LE(0, b);
	fd = lt_control(name, "capture", O_RDONLY);
	ASSERT_LE(0, fd);
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_write(b, data, 60));
	EXPECT_EQ(60, lt_write(a, data, 60));
	inject = lt_control(name, "queues/1/inject", O_WRONLY);
	EXPECT_EQ(60, lt_write(inject, data, 60));
	close(inject);
	inject = lt_control(name, "queues/0/inject", O_WRONLY);
	EXPECT_EQ(60, lt_write(inject, data, 60));
	close(inject);
	EXPECT_EQ(1, lt_delete(name));
	all = whole(_metadata, fd, note_queue, queues, &capture, &len);
	ASSERT_EQ(4, capture.packets);
	EXPECT_EQ(1, queues[0]);
	EXPECT_EQ(0, queues[1]);
	EXPECT_EQ(1, queues[2]);
	EXPECT_EQ(0, queues[3]);
	free(all);
	close(fd);
	close(a);
	close(b);
}

/* Of what was dropped it is the queue that it would have gone to. */
TEST(queue_of_dropped)
{
	char name[IFNAMSIZ] = "dropped%d", text[64];
	const int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
	const struct lt_udp back = { 0x0a000002, 0x0a000001, 53, 4000 };
	const struct lt_udp flow = { 0x0a000001, 0x0a000002, 4000, 53 };
	__u32 queues[5] = { 9, 9, 9, 9, 9 };
	struct pf_capture capture;
	int fds[4], fd, inject, i;
	size_t len;
	__u8 *all;

	for (i = 0; i < 4; i++) {
		fds[i] = lt_attach(name, flags, 0);
		ASSERT_LE(0, fds[i]);
	}
	/* What comes back of this flow goes where it was written. */
	len = lt_udp_datagram(data, &flow, got, 20);
	ASSERT_EQ(len, lt_write(fds[2], data, len));
	fd = lt_control(name, "capture", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, lt_control_write(name, "txqueuelen", "1"));
	inject = lt_control(name, "inject", O_WRONLY);
	ASSERT_LE(0, inject);
	len = lt_udp_datagram(data, &back, got, 20);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(len, lt_write(inject, data, len));
	EXPECT_EQ(2, lt_stat(name, "inject_dropped"));
	strcpy(text, "dir=rx drop");
	ASSERT_EQ(11, lt_control_write(name, "faults", text));
	EXPECT_EQ(len, lt_write(inject, data, len));
	close(inject);
	EXPECT_EQ(1, lt_delete(name));
	all = whole(_metadata, fd, note_queue, queues, &capture, &len);
	ASSERT_EQ(4, capture.packets);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(2, queues[i]);
	EXPECT_NE(NULL, memmem(all, len, "dropped: txqueuelen", 19));
	EXPECT_NE(NULL, memmem(all, len, "dropped: rule", 13));
	free(all);
	close(fd);
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

/* In the smallest ring too there is room for whatever a queue has room for. */
TEST(small_ring)
{
	struct pf_capture capture;
	struct lt_tunnel t;
	char kib[16];
	size_t len;
	__u8 *all;
	int fd;

	ASSERT_LT(0, lt_read_file(RING_KIB, kib, sizeof(kib)));
	ASSERT_EQ(2, lt_write_file(RING_KIB, "64"));
	EXPECT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	EXPECT_LT(0, lt_write_file(RING_KIB, kib));
	fd = lt_control(t.name, "capture", O_RDONLY);
	ASSERT_LE(0, fd);
	lt_datagram(data, 65520, 4, 1);
	EXPECT_EQ(65520, lt_write(t.inject, data, 65520));
	EXPECT_EQ(1, lt_delete(t.name));
	all = whole(_metadata, fd, NULL, NULL, &capture, &len);
	EXPECT_EQ(1, capture.packets);
	EXPECT_EQ(0, capture.lost);
	free(all);
	close(fd);
	lt_tunnel_close(&t);
}

TEST_HARNESS_MAIN
