// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay: which files it takes, in pieces of any size, what the program reads
 * of them, which byte is the first bad one, and what happens without room.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "pcapfile.h"

#define RING (256 * 1024)
#define PACKETS 5

static __u8 data[2 * RING], got[2 * RING];
static const size_t lengths[PACKETS] = { 60, 61, 1500, 14, 9001 };

FIXTURE(replay) {
	struct lt_tunnel t;
	int fd;
	bool tap;
	size_t head;
	struct pf_file file;
};

FIXTURE_VARIANT(replay) {
	int flags;
};

FIXTURE_VARIANT_ADD(replay, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(replay, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(replay, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(replay)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->fd = lt_control(self->t.name, "replay", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->tap = lt_tap(variant->flags);
	self->head = lt_pi_len(variant->flags);
}

FIXTURE_TEARDOWN(replay)
{
	close(self->fd);
	lt_tunnel_close(&self->t);
	pf_free(&self->file);
}

static void frame(struct _test_data_replay *self, size_t len, int seed)
{
	if (self->tap)
		lt_frame(data, len, LT_IPV4, seed);
	else
		lt_datagram(data, len, 4, seed);
}

static void begin(struct _test_data_replay *self)
{
	pf_free(&self->file);
	pf_begin(&self->file, self->tap ? PF_ETHERNET : PF_RAW);
}

static void add(struct _test_data_replay *self, size_t len, int seed)
{
	frame(self, len, seed);
	pf_add(&self->file, data, len, len);
}

/* The program reads this frame next. */
static void expect_frame(struct __test_metadata *_metadata,
			 struct _test_data_replay *self, size_t len, int seed)
{
	lt_poison(got, sizeof(got));
	ASSERT_EQ(self->head + len, lt_read(self->t.fd, got, sizeof(got)))
		TH_LOG("frame %d", seed);
	frame(self, len, seed);
	EXPECT_EQ(0, memcmp(data, got + self->head, len))
		TH_LOG("frame %d", seed);
	EXPECT_EQ(self->head ? LT_IPV4 : 0,
		  self->head ? got[2] << 8 | got[3] : 0);
}

static void expect_nothing(struct __test_metadata *_metadata,
			   struct _test_data_replay *self)
{
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

/* Every kind of file: three, in two byte orders. */
static const struct pf_file kinds[] = {
	{ .ng = false },
	{ .swap = true },
	{ .nano = true },
	{ .nano = true, .swap = true },
	{ .ng = true },
	{ .ng = true, .swap = true },
};

static void make_file(struct _test_data_replay *self, int kind)
{
	int i;

	pf_free(&self->file);
	self->file = kinds[kind];
	self->file.data = NULL;
	begin(self);
	for (i = 0; i < PACKETS; i++) {
		add(self, lengths[i], i);
		if (self->file.ng)
			pf_add_unknown(&self->file, 4 * i * i);
	}
}

/* A new stream; the old one is closed. */
static void reopen(struct __test_metadata *_metadata,
		   struct _test_data_replay *self, int oflags)
{
	EXPECT_EQ(0, lt_ret(close(self->fd)));
	self->fd = lt_control(self->t.name, "replay", O_WRONLY | oflags);
	ASSERT_LE(0, self->fd);
}

TEST_F(replay, files)
{
	static const size_t pieces[] = { 1 << 20, 1, 2, 3, 7, 16, 100, 4096 };
	size_t at, piece;
	int i, kind, p;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		make_file(self, kind);
		for (p = 0; p < ARRAY_SIZE(pieces); p++) {
			reopen(_metadata, self, O_NONBLOCK);
			for (at = 0; at < self->file.len; at += piece) {
				piece = self->file.len - at;
				if (piece > pieces[p])
					piece = pieces[p];
				ASSERT_EQ(piece, lt_write(self->fd,
							  self->file.data + at,
							  piece));
			}
			for (i = 0; i < PACKETS; i++)
				expect_frame(_metadata, self, lengths[i], i);
			expect_nothing(_metadata, self);
		}
	}
	EXPECT_EQ(ARRAY_SIZE(kinds) * ARRAY_SIZE(pieces) * PACKETS,
		  lt_stat(self->t.name, "replayed_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_errors"));
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_skipped"));
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_cut"));
}

TEST_F(replay, link_types)
{
	static const __u32 links[] = { 0, 1, 12, 14, 100, 101, 102, 113, 228, 229 };
	bool fits;
	size_t bad;
	int i;

	for (i = 0; i < 2 * ARRAY_SIZE(links); i++) {
		__u32 link = links[i / 2];

		pf_free(&self->file);
		self->file = (struct pf_file) { .ng = i % 2 };
		pf_begin(&self->file, link);
		add(self, 60, i);
		bad = i % 2 ? 28 + 9 : 23;
		fits = self->tap ? link == 1 :
		       link == 12 || link == 14 || link == 101 || link == 228 ||
		       link == 229;
		reopen(_metadata, self, O_NONBLOCK);
		EXPECT_EQ(fits ? self->file.len : bad,
			  lt_write(self->fd, self->file.data, self->file.len))
			TH_LOG("link type %u", link);
		if (fits) {
			expect_frame(_metadata, self, 60, i);
			continue;
		}
		EXPECT_EQ(-EINVAL, lt_write(self->fd, self->file.data + bad,
					    self->file.len - bad));
		expect_nothing(_metadata, self);
	}
}

/* A frame check sequence goes where a file says that there is one. */
TEST_F(replay, frame_check)
{
	static const struct {
		__u32 bits;
		size_t gone;
	} rows[] = {
		{ 0x04000000, 0 }, { 0x24000000, 4 }, { 0x14000000, 2 },
		{ 0x20000000, 0 }, { 0x03ff0000, 0 },
	};
	int i, cut = 0;

	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		pf_free(&self->file);
		self->file = (struct pf_file) { .swap = i % 2 };
		pf_begin(&self->file, (self->tap ? PF_ETHERNET : PF_RAW) |
			 rows[i / 2].bits);
		frame(self, 64, i);
		pf_add(&self->file, data, 64, 64);
		/* Cut short: the sequence is not there, or not all of it. */
		pf_add(&self->file, data, 62, 64);
		pf_add(&self->file, data, 40, 64);
		reopen(_metadata, self, O_NONBLOCK);
		ASSERT_EQ(self->file.len, lt_write(self->fd, self->file.data,
						   self->file.len));
		EXPECT_EQ(self->head + 64 - rows[i / 2].gone,
			  lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(self->head + (rows[i / 2].gone < 2 ? 62 :
					64 - rows[i / 2].gone),
			  lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(self->head + 40,
			  lt_read(self->t.fd, got, sizeof(got)));
		expect_nothing(_metadata, self);
		/* One that lacks nothing but the sequence is whole. */
		cut += 1 + !rows[i / 2].gone;
		EXPECT_EQ(cut, lt_stat(self->t.name, "replay_cut"));
	}
}

/* More bytes than there once were: they are there, and the rest goes on. */
TEST_F(replay, more_than_once)
{
	int kind;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		pf_free(&self->file);
		self->file = kinds[kind];
		self->file.data = NULL;
		begin(self);
		frame(self, 80, 1);
		pf_add(&self->file, data, 80, 60);
		add(self, 61, 2);
		reopen(_metadata, self, O_NONBLOCK);
		ASSERT_EQ(self->file.len, lt_write(self->fd, self->file.data,
						   self->file.len));
		expect_frame(_metadata, self, 80, 1);
		expect_frame(_metadata, self, 61, 2);
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_cut"));
}

/* What an old block has in place of the upper half of an interface's number. */
static void make_old(struct _test_data_replay *self, size_t at)
{
	__u32 type = self->file.swap ? __builtin_bswap32(2) : 2;
	static const __u8 lost[] = { 0xff, 0xff };

	memcpy(self->file.data + at, &type, sizeof(type));
	memcpy(self->file.data + at + 10, lost, sizeof(lost));
}

/* The block that packets had before: its interface is 16 bits, then losses. */
TEST_F(replay, old_blocks)
{
	size_t at;
	int i, swap;

	for (swap = 0; swap < 2; swap++) {
		pf_free(&self->file);
		self->file = (struct pf_file) { .ng = true, .swap = swap };
		begin(self);
		for (i = 0; i < 3; i++) {
			at = self->file.len;
			add(self, 60 + i, i);
			make_old(self, at);
			add(self, 70 + i, 10 + i);
		}
		reopen(_metadata, self, O_NONBLOCK);
		ASSERT_EQ(self->file.len, lt_write(self->fd, self->file.data,
						   self->file.len));
		for (i = 0; i < 3; i++) {
			expect_frame(_metadata, self, 60 + i, i);
			expect_frame(_metadata, self, 70 + i, 10 + i);
		}
		expect_nothing(_metadata, self);
	}
}

static bool stats_have(struct _test_data_replay *self, const char *text)
{
	char stats[4096];

	return lt_control_read(self->t.name, "stats", stats, sizeof(stats)) > 0 &&
	       strstr(stats, text);
}

/* Where the last one failed, and why, can be read later. */
TEST_F(replay, failure)
{
	const char *wrong = self->tap ?
		"replay_failed link type 101, a TAP tunnel takes 1\n" :
		"replay_failed link type 1, a TUN tunnel takes 12, 14, 101, 228 or 229\n";

	EXPECT_FALSE(stats_have(self, "replay_failed"));
	pf_begin(&self->file, self->tap ? PF_RAW : PF_ETHERNET);
	EXPECT_EQ(23, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_TRUE(stats_have(self, "\nreplay_failed_at 20\n"));
	EXPECT_TRUE(stats_have(self, wrong));

	reopen(_metadata, self, O_NONBLOCK);
	begin(self);
	add(self, 60, 1);
	EXPECT_EQ(30, lt_write(self->fd, self->file.data, 30));
	EXPECT_EQ(-EINVAL, lt_ret(close(self->fd)));
	EXPECT_TRUE(stats_have(self, "\nreplay_failed_at 24\n"));
	EXPECT_TRUE(stats_have(self, "replay_failed bytes before the end of the stream 6,"));
	self->fd = -1;
}

/* One that a rule refuses is no failure of the file, whatever errno the rule has. */
TEST_F(replay, refused)
{
	ASSERT_EQ(21, lt_control_write(self->t.name, "faults",
				       "dir=rx errno=EMSGSIZE"));
	begin(self);
	add(self, 60, 1);
	EXPECT_EQ(24, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->fd, self->file.data + 24,
				      self->file.len - 24));
	EXPECT_FALSE(stats_have(self, "replay_failed"));
	EXPECT_EQ(5, lt_control_write(self->t.name, "faults", "clear"));
	EXPECT_EQ(self->file.len - 24, lt_write(self->fd, self->file.data + 24,
						self->file.len - 24));
	expect_frame(_metadata, self, 60, 1);
}

/* The field that is wrong is where it stands, be it found out later. */
TEST_F(replay, failure_of_blocks)
{
	__u32 word = 27;

	self->file.ng = true;
	begin(self);
	memcpy(self->file.data + 4, &word, sizeof(word));
	EXPECT_EQ(11, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_TRUE(stats_have(self, "\nreplay_failed_at 4\n"));
	EXPECT_TRUE(stats_have(self, "replay_failed length of a block 27,"));

	/* A simple packet without an interface. */
	reopen(_metadata, self, O_NONBLOCK);
	begin(self);
	word = 3;
	memcpy(self->file.data + 28, &word, sizeof(word));
	word = 16;
	memcpy(self->file.data + 32, &word, sizeof(word));
	EXPECT_EQ(28 + 7, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_TRUE(stats_have(self, "\nreplay_failed_at 28\n"));
	EXPECT_TRUE(stats_have(self, "replay_failed number of an interface 0,"));
}

#define ZEROES (256 << 20)

/* However long a write is, whoever makes it can be killed. */
TEST_F(replay, killed)
{
	struct iovec pieces[2];
	int status;
	pid_t child;

	begin(self);
	pieces[0] = (struct iovec) { self->file.data, self->file.len };
	/* Each 16 bytes are a packet of none. */
	pieces[1].iov_base = mmap(NULL, ZEROES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);
	pieces[1].iov_len = ZEROES;
	ASSERT_NE(MAP_FAILED, pieces[1].iov_base);
	child = fork();
	if (!child)
		_exit(writev(self->fd, pieces, 2) < 0);
	while (!lt_stat(self->t.name, "replay_skipped"))
		sched_yield();
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(ZEROES / 16, lt_stat(self->t.name, "replay_skipped"));
	munmap(pieces[1].iov_base, ZEROES);
}

/* The first bad byte: what stands before is delivered, the rest never. */
TEST_F(replay, bad)
{
	size_t second, bad;
	__u32 word = 0x00100000;
	size_t at;

	begin(self);
	add(self, 60, 1);
	second = self->file.len;
	add(self, 60, 2);
	add(self, 60, 3);
	memcpy(self->file.data + second + 8, &word, 4);
	bad = second + 11;

	EXPECT_EQ(bad, lt_write(self->fd, self->file.data, self->file.len));
	expect_frame(_metadata, self, 60, 1);
	EXPECT_EQ(POLLOUT | POLLERR, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(-EINVAL, lt_write(self->fd, self->file.data + bad, 1));
	EXPECT_EQ(-EINVAL, lt_write(self->fd, self->file.data, 1));
	EXPECT_EQ(1, lt_stat(self->t.name, "replayed_datagrams"));
	EXPECT_EQ(1, lt_stat(self->t.name, "replay_errors"));

	/* The same byte, if each is written by itself. */
	reopen(_metadata, self, O_NONBLOCK);
	for (at = 0; at < bad; at++)
		ASSERT_EQ(1, lt_write(self->fd, self->file.data + at, 1));
	EXPECT_EQ(-EINVAL, lt_write(self->fd, self->file.data + at, 1));
	expect_frame(_metadata, self, 60, 1);
	EXPECT_EQ(2, lt_stat(self->t.name, "replay_errors"));

	/* Something else altogether. */
	reopen(_metadata, self, O_NONBLOCK);
	EXPECT_EQ(3, lt_write(self->fd, "GIF89a", 6));
	EXPECT_EQ(-EINVAL, lt_write(self->fd, "89a", 3));
	expect_nothing(_metadata, self);
}

/* The last close tells of a file that is cut short. */
TEST_F(replay, close)
{
	int copy, kind;
	size_t len;

	/* Nothing is no file, and no mistake. */
	reopen(_metadata, self, O_NONBLOCK);
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		make_file(self, kind);
		for (len = 1; len < 100; len += 7) {
			reopen(_metadata, self, O_NONBLOCK);
			ASSERT_EQ(len, lt_write(self->fd, self->file.data, len));
			copy = dup(self->fd);
			EXPECT_EQ(0, lt_ret(close(copy)));
			EXPECT_EQ(-EINVAL, lt_ret(close(self->fd)))
				TH_LOG("%zu bytes of kind %d", len, kind);
			self->fd = lt_control(self->t.name, "replay", O_WRONLY);
		}
		self->file.len -= 1;
		EXPECT_EQ(self->file.len, lt_write(self->fd, self->file.data,
						   self->file.len));
		EXPECT_EQ(-EINVAL, lt_ret(close(self->fd)));
		self->fd = lt_control(self->t.name, "replay", O_WRONLY);
		EXPECT_EQ((kind + 1) * 16,
			  lt_stat(self->t.name, "replay_errors"));
		while (lt_read(self->t.fd, got, sizeof(got)) > 0)
			;
	}
}

/* Nor is it one that is closed by nobody: it goes with the socket that it was sent to. */
TEST_F(replay, closed_by_nobody)
{
	char control[CMSG_SPACE(sizeof(int))] = { };
	struct iovec byte = { data, 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int sockets[2];

	make_file(self, 0);
	reopen(_metadata, self, O_NONBLOCK);
	ASSERT_EQ(20, lt_write(self->fd, self->file.data, 20));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &self->fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(sockets[0], &message, 0));
	EXPECT_EQ(0, lt_ret(close(self->fd)));
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_errors"));
	close(sockets[0]);
	close(sockets[1]);
	/* Whoever puts the last reference does it a moment later. */
	while (!lt_stat(self->t.name, "replay_errors"))
		sched_yield();
	self->fd = lt_control(self->t.name, "replay", O_WRONLY);
}

/* Who polls in another thread is told that nothing can be written any more. */
TEST_F(replay, bad_while_polled)
{
	struct pollfd waiter = { .fd = self->fd, .events = POLLOUT };
	pid_t child;
	int status;

	/* The ring is as good as full. */
	lt_datagram(data, 60000, 4, 1);
	while (lt_poll(self->t.inject, POLLOUT, 0) > 0)
		ASSERT_EQ(60000, lt_write(self->t.inject, data, 60000));
	child = fork();
	if (!child)
		_exit(poll(&waiter, 1, LT_SOON) == 1 && waiter.revents & POLLERR ? 0 : 1);
	ASSERT_EQ(0, lt_wait_blocked(child, LT_SYS_POLL));
	/* What stands before the bad byte is taken. */
	lt_write(self->fd, "no packets", 10);
	EXPECT_EQ(-EINVAL, lt_write(self->fd, "more", 4));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* Packets that the program wrote, and what is no frame, are passed over. */
TEST_F(replay, skipped)
{
	self->file.ng = true;
	begin(self);
	frame(self, 60, 1);
	pf_add_flags(&self->file, data, 60, PF_INBOUND);
	pf_add_flags(&self->file, data, 60, PF_OUTBOUND);
	frame(self, 60, 2);
	pf_add_flags(&self->file, data, 60, 0);
	pf_add(&self->file, data, self->tap ? LT_ETHER_LEN - 1 : 0, 100);
	EXPECT_EQ(self->file.len,
		  lt_write(self->fd, self->file.data, self->file.len));
	expect_frame(_metadata, self, 60, 1);
	expect_frame(_metadata, self, 60, 2);
	expect_nothing(_metadata, self);
	EXPECT_EQ(2, lt_stat(self->t.name, "replayed_datagrams"));
	EXPECT_EQ(2, lt_stat(self->t.name, "replay_skipped"));
	EXPECT_EQ(0, lt_stat(self->t.name, "replay_cut"));
}

/* One that was longer once is replayed as it is, and counted. */
TEST_F(replay, cut)
{
	begin(self);
	frame(self, 60, 1);
	pf_add(&self->file, data, 60, 1500);
	EXPECT_EQ(self->file.len,
		  lt_write(self->fd, self->file.data, self->file.len));
	expect_frame(_metadata, self, 60, 1);
	EXPECT_EQ(1, lt_stat(self->t.name, "replay_cut"));
	EXPECT_EQ(1, lt_stat(self->t.name, "replayed_datagrams"));
}

/* A capture is replayed as it is: the program reads what it read. */
TEST_F(replay, capture)
{
	int i, capture = lt_control(self->t.name, "capture", O_RDONLY);
	struct lt_tunnel t;
	size_t len;
	__u8 *all;

	ASSERT_LE(0, capture);
	for (i = 0; i < 10; i++) {
		frame(self, 100 + i, i);
		EXPECT_EQ(100 + i, lt_write(self->t.inject, data, 100 + i));
		memset(data, 0, self->head);
		lt_datagram(data + self->head, 100, 4, i);
		EXPECT_EQ(self->head + 100, lt_write(self->t.fd, data,
						     self->head + 100));
	}
	EXPECT_EQ(1, lt_delete(self->t.name));
	all = pf_slurp(capture, 4096, &len);
	close(capture);

	t = self->t;
	close(self->fd);
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->fd = lt_control(self->t.name, "replay", O_WRONLY);
	EXPECT_EQ(len, lt_write(self->fd, all, len));
	for (i = 0; i < 10; i++)
		expect_frame(_metadata, self, 100 + i, i);
	expect_nothing(_metadata, self);
	EXPECT_EQ(10, lt_stat(self->t.name, "replay_skipped"));
	lt_tunnel_close(&t);
	free(all);
}

/* How many packets of this length the ring takes. */
static int fits(size_t len)
{
	return RING / (16 + (len + 7) / 8 * 8);
}

/* Without room: whole packets are taken, and nothing twice. */
TEST_F(replay, nonblocking)
{
	const size_t len = 10000;
	const int room = fits(len), count = room + 5;
	size_t at, block;
	int i;

	begin(self);
	at = self->file.len;
	for (i = 0; i < count; i++)
		add(self, len, i);
	block = (self->file.len - at) / count;
	at += room * block;
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(at, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_EQ(0, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_write(self->fd, self->file.data + at, block));
	/* All but a byte needs no room, that one does. */
	EXPECT_EQ(block - 1, lt_write(self->fd, self->file.data + at,
				      block - 1));
	at += block - 1;
	EXPECT_EQ(-EAGAIN, lt_write(self->fd, self->file.data + at, 1));
	EXPECT_EQ(-EAGAIN, lt_write(self->fd, self->file.data + at,
				    self->file.len - at));
	expect_frame(_metadata, self, len, 0);
	EXPECT_EQ(1, lt_write(self->fd, self->file.data + at, 2 * block));
	at += 1;
	for (i = 1; i < count - 4; i++)
		expect_frame(_metadata, self, len, i);
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, LT_SOON));
	EXPECT_EQ(4 * block, lt_write(self->fd, self->file.data + at,
				      self->file.len - at));
	for (; i < count; i++)
		expect_frame(_metadata, self, len, i);
	expect_nothing(_metadata, self);
	EXPECT_EQ(count, lt_stat(self->t.name, "replayed_datagrams"));
}

/* Who waits for room goes on as the program reads. */
TEST_F(replay, blocking)
{
	const size_t len = 10000;
	const int count = 4 * fits(len);
	struct lt_call call;
	int i;

	reopen(_metadata, self, 0);
	begin(self);
	for (i = 0; i < count; i++)
		add(self, len, i);
	ASSERT_EQ(0, lt_call_write(&call, self->fd, self->file.data,
				   self->file.len));
	ASSERT_EQ(0, lt_call_blocked(&call));
	for (i = 0; i < count; i++) {
		/* The writer may have to come to it. */
		EXPECT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN, LT_SOON));
		EXPECT_EQ(POLLIN | POLLOUT,
			  lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
		expect_frame(_metadata, self, len, i);
	}
	EXPECT_EQ(self->file.len, lt_call_end(&call));
	expect_nothing(_metadata, self);
}

static void handle(int signal)
{
}

/* A signal ends the wait: what is done counts; another writer keeps its turn. */
TEST_F(replay, interrupted)
{
	struct sigaction action = { .sa_handler = handle };
	const size_t len = 10000;
	const int room = fits(len);
	struct lt_call first, second;
	size_t start;
	int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	reopen(_metadata, self, 0);
	begin(self);
	start = self->file.len;
	for (i = 0; i < room + 1; i++)
		add(self, len, i);
	ASSERT_EQ(0, lt_call_write(&first, self->fd, self->file.data,
				   self->file.len));
	ASSERT_EQ(0, lt_call_blocked(&first));
	ASSERT_EQ(0, lt_call_write(&second, self->fd, self->file.data, 1));
	ASSERT_EQ(0, lt_call_blocked(&second));
	ASSERT_EQ(0, pthread_kill(second.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, lt_call_end(&second));
	ASSERT_EQ(0, lt_call_blocked(&first));
	ASSERT_EQ(0, pthread_kill(first.thread, SIGUSR1));
	start += (self->file.len - start) / (room + 1) * room;
	EXPECT_EQ(start, lt_call_end(&first));

	ASSERT_EQ(0, lt_call_write(&first, self->fd, self->file.data + start,
				   self->file.len - start));
	ASSERT_EQ(0, lt_call_blocked(&first));
	ASSERT_EQ(0, pthread_kill(first.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, lt_call_end(&first));
	for (i = 0; i < room; i++)
		expect_frame(_metadata, self, len, i);
	expect_nothing(_metadata, self);
}

TEST_F(replay, deleted)
{
	const size_t len = 10000;
	const int room = fits(len);
	struct lt_call call;
	int i;

	reopen(_metadata, self, 0);
	begin(self);
	for (i = 0; i < room; i++)
		add(self, len, i);
	EXPECT_EQ(self->file.len, lt_write(self->fd, self->file.data,
					   self->file.len));
	self->file.len = 0;
	frame(self, len, 1);
	pf_add(&self->file, data, len, len);
	ASSERT_EQ(0, lt_call_write(&call, self->fd, self->file.data,
				   self->file.len));
	ASSERT_EQ(0, lt_call_blocked(&call));
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-ENODEV, lt_call_end(&call));
	EXPECT_EQ(-ENODEV, lt_write(self->fd, self->file.data, 1));
	EXPECT_EQ(POLLERR | POLLHUP, lt_poll(self->fd, POLLOUT, 0));
}

/* A packet longer than what is read at once, and one longer than the ring. */
TEST_F(replay, long_packets)
{
	static const size_t longest[] = { 65536, 131072, 200001, RING - 16 };
	size_t at, n;
	long ret;
	int i;

	for (i = 0; i < ARRAY_SIZE(longest); i++) {
		begin(self);
		add(self, longest[i], 2);
		reopen(_metadata, self, O_NONBLOCK);
		for (at = 0; at < self->file.len; at += n) {
			n = self->file.len - at < 9999 ?
			    self->file.len - at : 9999;
			ASSERT_EQ(n, lt_write(self->fd, self->file.data + at,
					      n));
		}
		expect_frame(_metadata, self, longest[i], 2);
		add(self, 60, 3);
		EXPECT_EQ(76, lt_write(self->fd, self->file.data + at, 76));
		expect_frame(_metadata, self, 60, 3);
	}
	begin(self);
	add(self, RING - 15, 1);
	reopen(_metadata, self, O_NONBLOCK);
	ret = lt_write(self->fd, self->file.data, self->file.len);
	ASSERT_LT(0, ret);
	ASSERT_GT(self->file.len, ret);
	EXPECT_EQ(-EMSGSIZE, lt_write(self->fd, self->file.data + ret,
				      self->file.len - ret));
	expect_nothing(_metadata, self);
}

TEST_F(replay, memory)
{
	__u8 *edge = lt_edge(200);
	struct iovec pieces[3];

	ASSERT_NE(NULL, edge);
	begin(self);
	add(self, 60, 1);
	add(self, 60, 2);
	ASSERT_EQ(176, self->file.len);
	edge += 24;
	memcpy(edge, self->file.data, 176);
	EXPECT_EQ(-EFAULT, lt_write(self->fd, edge + 176, 1));
	EXPECT_EQ(176, lt_write(self->fd, edge, 400));
	EXPECT_EQ(-EFAULT, lt_write(self->fd, edge + 176, 1));
	expect_frame(_metadata, self, 60, 1);
	expect_frame(_metadata, self, 60, 2);

	reopen(_metadata, self, O_NONBLOCK);
	pieces[0] = (struct iovec) { self->file.data, 30 };
	pieces[1] = (struct iovec) { NULL, 0 };
	pieces[2] = (struct iovec) { self->file.data + 30, 146 };
	EXPECT_EQ(176, lt_ret(writev(self->fd, pieces, 3)));
	expect_frame(_metadata, self, 60, 1);
	expect_frame(_metadata, self, 60, 2);
	EXPECT_EQ(0, lt_write(self->fd, self->file.data, 0));
	EXPECT_EQ(-EBADF, lt_read(self->fd, got, 1));
}

/* Without a program there is nobody to have it. */
TEST_F(replay, nobody)
{
	begin(self);
	add(self, 60, 1);
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	close(self->t.fd);
	EXPECT_EQ(0, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(24, lt_write(self->fd, self->file.data, self->file.len));
	EXPECT_EQ(-EAGAIN, lt_write(self->fd, self->file.data + 24,
				    self->file.len - 24));
	self->t.fd = lt_attach(self->t.name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->t.fd);
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, LT_SOON));
	EXPECT_EQ(self->file.len - 24, lt_write(self->fd, self->file.data + 24,
						self->file.len - 24));
	expect_frame(_metadata, self, 60, 1);
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, 0));
}

TEST_HARNESS_MAIN
