// SPDX-License-Identifier: GPL-2.0-only
/*
 * The txqueuelen file: as many datagrams as the real device's ring takes, the
 * rest dropped, slots given back as ptr_ring does it.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "late.h"
#include "looptun.h"
#include "sums.h"

#define LEN LATE_LEN

static __u8 data[128], got[256];

FIXTURE(txqueuelen) {
	struct lt_tunnel t;
	size_t head;
};

FIXTURE_VARIANT(txqueuelen) {
	int flags;
};

FIXTURE_VARIANT_ADD(txqueuelen, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(txqueuelen, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(txqueuelen, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(txqueuelen, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(txqueuelen)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->head = lt_pi_len(variant->flags);
}

FIXTURE_TEARDOWN(txqueuelen)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
}

static void set_length(struct __test_metadata *_metadata,
		       const struct lt_tunnel *t, int length)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", length);

	ASSERT_EQ(len, lt_control_write(t->name, "txqueuelen", text));
}

static void make(int seed)
{
	lt_datagram(data, LEN, 4, seed);
}

/* Inject datagrams @from to before @to: how many were not dropped. */
static int offer(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		 int from, int to)
{
	long dropped = lt_stat(t->name, "inject_dropped");
	long taken = lt_stat(t->name, "injected_datagrams");
	int seed;

	for (seed = from; seed < to; seed++) {
		make(seed);
		ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
	}
	dropped = lt_stat(t->name, "inject_dropped") - dropped;
	taken = lt_stat(t->name, "injected_datagrams") - taken;
	EXPECT_EQ(to - from, taken + dropped);
	return taken;
}

/* Datagrams @from to before @to come next. */
static void expect_reads(struct __test_metadata *_metadata,
			 const struct lt_tunnel *t, int from, int to)
{
	size_t head = lt_pi_len(t->flags);
	int seed;

	for (seed = from; seed < to; seed++) {
		make(seed);
		lt_poison(got, sizeof(got));
		ASSERT_EQ(head + LEN, lt_read(t->fd, got, sizeof(got)));
		ASSERT_EQ(0, memcmp(data, got + head, LEN))
			TH_LOG("datagram %d", seed);
	}
}

static void expect_empty(struct __test_metadata *_metadata,
			 const struct lt_tunnel *t)
{
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
}

TEST_F(txqueuelen, setting)
{
	static const char *const bad[] = {
		"-1", "x", "1x", "2147483648", "4294967297", "1 2",
	};
	static const char *const good[] = { "1", "2147483647", "500", "0" };
	char text[32], line[32];
	size_t i;

	EXPECT_EQ(2, lt_control_read(self->t.name, "txqueuelen", text,
				     sizeof(text)));
	EXPECT_STREQ("0\n", text);
	ASSERT_EQ(2, lt_control_write(self->t.name, "txqueuelen", "20"));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, lt_control_write(self->t.name, "txqueuelen",
						    bad[i]))
			TH_LOG("row %zu", i);
	EXPECT_EQ(3, lt_control_read(self->t.name, "txqueuelen", text,
				     sizeof(text)));
	EXPECT_STREQ("20\n", text);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(strlen(good[i]),
			  lt_control_write(self->t.name, "txqueuelen", good[i]));
		snprintf(line, sizeof(line), "%s\n", good[i]);
		EXPECT_EQ(strlen(line),
			  lt_control_read(self->t.name, "txqueuelen", text,
					  sizeof(text)));
		EXPECT_STREQ(line, text);
	}
}

#define SCALE (LT_BATCH / 16)

/*
 * A queue of @length is filled, @reads are read, then @taken more fit: batches
 * of 16 where a queue has 32 slots or more, and all when its array ends. With
 * longer batches everything is as many times that.
 */
TEST_F(txqueuelen, batches)
{
	static const struct {
		int length, reads, taken;
	} rows[] = {
		{ 500, 0, 0 },	  { 500, 1, 0 },    { 500, 15, 0 },
		{ 500, 16, 16 },  { 500, 17, 16 },  { 500, 31, 16 },
		{ 500, 32, 32 },  { 500, 47, 32 },  { 500, 495, 480 },
		{ 500, 496, 496 }, { 500, 499, 496 }, { 500, 500, 500 },
		{ 600, 15, 0 },   { 600, 16, 16 },  { 40, 15, 0 },
		{ 40, 16, 16 },	  { 40, 31, 16 },   { 40, 39, 32 },
		{ 40, 40, 40 },	  { 32, 15, 0 },    { 32, 16, 16 },
		{ 31, 1, 1 },	  { 31, 15, 15 },   { 30, 1, 1 },
		{ 20, 3, 3 },	  { 10, 1, 1 },	    { 10, 10, 10 },
		{ 1, 0, 0 },	  { 1, 1, 1 },
	};
	int length, reads, taken;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		length = rows[i].length * SCALE;
		reads = rows[i].reads * SCALE;
		taken = rows[i].taken * SCALE;
		set_length(_metadata, &self->t, length);
		EXPECT_EQ(length, offer(_metadata, &self->t, 0, length + 3));
		expect_reads(_metadata, &self->t, 0, reads);
		EXPECT_EQ(taken, offer(_metadata, &self->t, length,
				       length + reads + 1))
			TH_LOG("%d, %d read", length, reads);
		/* In order, without the ones that were dropped. */
		expect_reads(_metadata, &self->t, reads, length + taken);
		expect_empty(_metadata, &self->t);
	}
}

/* The oldest stay; a queue made longer takes more at once. */
TEST_F(txqueuelen, resize)
{
	set_length(_metadata, &self->t, 100);
	EXPECT_EQ(50, offer(_metadata, &self->t, 0, 50));
	set_length(_metadata, &self->t, 20);
	EXPECT_EQ(0, offer(_metadata, &self->t, 90, 91));
	expect_reads(_metadata, &self->t, 0, 20);
	expect_empty(_metadata, &self->t);

	EXPECT_EQ(20, offer(_metadata, &self->t, 0, 25));
	set_length(_metadata, &self->t, 40);
	EXPECT_EQ(20, offer(_metadata, &self->t, 20, 45));
	/* A new array knows of no batch that has begun. */
	expect_reads(_metadata, &self->t, 0, 10);
	set_length(_metadata, &self->t, 41);
	EXPECT_EQ(11, offer(_metadata, &self->t, 40, 60));
	expect_reads(_metadata, &self->t, 10, 51);
	expect_empty(_metadata, &self->t);
}

/* From waiting to dropping and back, with datagrams in the queue. */
TEST_F(txqueuelen, back_to_waiting)
{
	int count = 0;

	EXPECT_EQ(30, offer(_metadata, &self->t, 0, 30));
	set_length(_metadata, &self->t, 10);
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
	EXPECT_EQ(0, offer(_metadata, &self->t, 80, 85));
	EXPECT_EQ(5, lt_stat(self->t.name, "inject_dropped"));
	set_length(_metadata, &self->t, 0);
	EXPECT_EQ(20, offer(_metadata, &self->t, 10, 30));
	make(0);
	while (lt_write(self->t.inject, data, LEN) == LEN)
		count++;
	EXPECT_LT(1000, count);
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(5, lt_stat(self->t.name, "inject_dropped"));
	EXPECT_EQ(0, lt_poll(self->t.inject, POLLOUT, 0));
	expect_reads(_metadata, &self->t, 0, 30);
}

/* Who waits for room goes on, and is dropped. */
TEST_F(txqueuelen, wakes_injector)
{
	struct lt_call call;

	make(0);
	while (lt_write(self->t.inject, data, LEN) == LEN)
		;
	ASSERT_EQ(0, fcntl(self->t.inject, F_SETFL, 0));
	ASSERT_EQ(0, lt_call_write(&call, self->t.inject, data, LEN));
	ASSERT_EQ(0, lt_call_blocked(&call));
	set_length(_metadata, &self->t, 10);
	EXPECT_EQ(LEN, lt_call_end(&call));
	EXPECT_EQ(1, lt_stat(self->t.name, "inject_dropped"));
}

/* A dropped datagram is no event: no edge, no wakeup. */
TEST_F(txqueuelen, nobody_attached)
{
	char line[IFNAMSIZ + 8];
	struct lt_tunnel t = { .flags = variant->flags };

	snprintf(line, sizeof(line), "empty %s",
		 lt_tap(variant->flags) ? "tap" : "tun");
	ASSERT_LT(0, lt_create(line));
	strcpy(t.name, "empty");
	t.inject = lt_control(t.name, "inject_frame", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, t.inject);
	make(1);
	EXPECT_EQ(-EAGAIN, lt_write(t.inject, data, LEN));
	set_length(_metadata, &t, 10);
	EXPECT_EQ(0, offer(_metadata, &t, 0, 5));
	EXPECT_EQ(5, lt_stat(t.name, "inject_dropped"));
	t.fd = lt_attach(t.name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, t.fd);
	expect_empty(_metadata, &t);
	/* The length is the device's, for who comes later too. */
	EXPECT_EQ(10, offer(_metadata, &t, 0, 12));
	expect_reads(_metadata, &t, 0, 10);
	expect_empty(_metadata, &t);
	EXPECT_EQ(1, lt_delete(t.name));
	close(t.inject);
	close(t.fd);
}

/* What a slow injection keeps from being dropped counts until it is read. */
TEST_F(txqueuelen, shortened_behind_injection)
{
	struct late late = { .fd = self->t.inject, .call = LATE_WRITE };

	set_length(_metadata, &self->t, 30);
	late_start(_metadata, &late);
	EXPECT_EQ(29, offer(_metadata, &self->t, 1, 31));
	set_length(_metadata, &self->t, 20);
	EXPECT_EQ(0, offer(_metadata, &self->t, 30, 33));
	make(0);
	EXPECT_EQ(LEN, late_give(&late, data, LEN));
	expect_reads(_metadata, &self->t, 0, 15);
	EXPECT_EQ(5, offer(_metadata, &self->t, 30, 40));
	expect_reads(_metadata, &self->t, 15, 35);
	expect_empty(_metadata, &self->t);
}

/* Each queue has its own, also one that is out while the length changes. */
TEST(queues)
{
	int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, fd[2], inject[2], i;
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	struct lt_tunnel t = { .name = "len%d", .flags = flags };
	char path[32];

	for (i = 0; i < 2; i++) {
		fd[i] = lt_attach(t.name, flags, O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
		snprintf(path, sizeof(path), "queues/%d/inject_frame", i);
		inject[i] = lt_control(t.name, path, O_WRONLY | O_NONBLOCK);
		ASSERT_LE(0, inject[i]);
	}
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	set_length(_metadata, &t, 10);
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	for (i = 0; i < 2; i++) {
		t.fd = fd[i];
		t.inject = inject[i];
		EXPECT_EQ(10, offer(_metadata, &t, 0, 13));
	}
	/* What taking a queue out drops leaves its slots free. */
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	EXPECT_EQ(10, offer(_metadata, &t, 20, 33));
	expect_reads(_metadata, &t, 20, 30);
	t.fd = fd[0];
	expect_reads(_metadata, &t, 0, 10);
	for (i = 0; i < 2; i++) {
		close(inject[i]);
		close(fd[i]);
	}
}

/*
 * What is dropped because its queue goes out begins a batch, as what is read does.
 * First it is nothing, last it ends where the array does.
 */
TEST(queue_goes_out)
{
	int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, length = 3 * LT_BATCH;
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	const int offered[] = { 5, length, length }, taken[] = { 5, length - 5, length };
	struct lt_tunnel t;
	size_t i;

	ASSERT_EQ(0, lt_tunnel_open(&t, flags, O_NONBLOCK));
	set_length(_metadata, &t, length);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETQUEUE, &out));
		ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETQUEUE, &in));
		EXPECT_EQ(taken[i], offer(_metadata, &t, 0, offered[i]));
	}
	lt_tunnel_close(&t);
}

/* The bytes of the ring are a limit of their own: nothing is dropped for them. */
TEST_F(txqueuelen, ring_is_full_first)
{
	const int flags = POLLOUT | POLLWRNORM;
	static __u8 big[60000], room[60100];
	struct lt_call inject;
	int fd, n = 0;

	set_length(_metadata, &self->t, 1000);
	fd = lt_control(self->t.name, "inject_frame", O_WRONLY);
	ASSERT_LE(0, fd);
	lt_datagram(big, sizeof(big), 4, 1);
	while (lt_write(self->t.inject, big, sizeof(big)) == sizeof(big))
		n++;
	EXPECT_EQ(4, n);
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, big, sizeof(big)));
	EXPECT_EQ(0, lt_poll(fd, flags, 0));
	ASSERT_EQ(0, lt_call_write(&inject, fd, big, sizeof(big)));
	ASSERT_EQ(0, lt_call_blocked(&inject));
	EXPECT_EQ(self->head + sizeof(big),
		  lt_read(self->t.fd, room, sizeof(room)));
	EXPECT_EQ(sizeof(big), lt_call_end(&inject));
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
	close(fd);
}

FIXTURE(backpressure) {
	struct lt_tunnel t;
	bool known;
};

FIXTURE_VARIANT(backpressure) {
	int flags;
};

FIXTURE_VARIANT_ADD(backpressure, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(backpressure, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(backpressure)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags | IFF_BACKPRESSURE,
				    O_NONBLOCK));
	self->known = lt_backpressure();
}

FIXTURE_TEARDOWN(backpressure)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
}

/* Inject from seed @from on until that would wait: up to which seed. */
static int fill(const struct lt_tunnel *t, int from)
{
	for (make(from); lt_write(t->inject, data, LEN) == LEN; make(from))
		from++;
	return from;
}

TEST_F(backpressure, kept)
{
	struct ifreq ifr = { };

	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNGETIFF, &ifr));
	EXPECT_EQ(variant->flags | IFF_NOFILTER | lt_backpressure(),
		  (__u16)ifr.ifr_flags);
}

/* Where a kernel does not know the flag, it changes nothing. */
TEST_F(backpressure, unknown)
{
	if (self->known)
		return;
	set_length(_metadata, &self->t, 20);
	EXPECT_EQ(20, offer(_metadata, &self->t, 0, 25));
}

/*
 * A queue of @length is full, and takes @taken more after @reads: none before
 * half of it or all that is in it was read.
 */
TEST_F(backpressure, stops_and_goes_on)
{
	static const struct {
		int length, reads, taken;
	} rows[] = {
		{ 1, 0, 0 },	{ 1, 1, 1 },	{ 2, 1, 1 },	{ 3, 1, 1 },
		{ 4, 1, 0 },	{ 4, 2, 2 },	{ 20, 0, 0 },	{ 20, 9, 0 },
		{ 20, 10, 10 },	{ 20, 20, 20 },	{ 31, 14, 0 },	{ 31, 15, 15 },
		{ 500 * SCALE, 249 * SCALE, 0 },
		{ 500 * SCALE, 250 * SCALE, 240 * SCALE },
	};
	int length, next;
	size_t i;

	if (!self->known)
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		length = rows[i].length;
		set_length(_metadata, &self->t, length);
		EXPECT_EQ(length, fill(&self->t, 0));
		EXPECT_EQ(0, lt_poll(self->t.inject, POLLOUT, 0));
		expect_reads(_metadata, &self->t, 0, rows[i].reads);
		EXPECT_EQ(rows[i].taken ? POLLOUT : 0,
			  lt_poll(self->t.inject, POLLOUT, 0));
		next = fill(&self->t, length);
		EXPECT_EQ(rows[i].taken, next - length)
			TH_LOG("%d, %d read", length, rows[i].reads);
		expect_reads(_metadata, &self->t, rows[i].reads, next);
		expect_empty(_metadata, &self->t);
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
}

TEST_F(backpressure, wakes_injector)
{
	struct lt_call call;
	__u8 waiting[LEN];

	if (!self->known)
		return;
	set_length(_metadata, &self->t, 10);
	ASSERT_EQ(10, fill(&self->t, 0));
	ASSERT_EQ(0, fcntl(self->t.inject, F_SETFL, 0));
	lt_datagram(waiting, LEN, 4, 10);
	ASSERT_EQ(0, lt_call_write(&call, self->t.inject, waiting, LEN));
	ASSERT_EQ(0, lt_call_blocked(&call));
	expect_reads(_metadata, &self->t, 0, 4);
	ASSERT_EQ(0, lt_call_blocked(&call));
	expect_reads(_metadata, &self->t, 4, 5);
	EXPECT_EQ(LEN, lt_call_end(&call));
	expect_reads(_metadata, &self->t, 5, 11);
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
}

/* What waits is done before long: it was woken. */
static bool ends_soon(struct lt_call *call)
{
	int i;

	for (i = 0; i < LT_SOON / 10 && !call->done; i++)
		poll(NULL, 0, 10);
	return call->done;
}

/* One that is read has made room, however long its reader takes for it. */
TEST_F(backpressure, reader_stalls)
{
	struct late late = { .fd = self->t.fd, .call = LATE_READ };
	struct lt_call call;
	__u8 waiting[LEN];

	if (!self->known)
		return;
	set_length(_metadata, &self->t, 1);
	ASSERT_EQ(1, fill(&self->t, 0));
	ASSERT_EQ(0, fcntl(self->t.inject, F_SETFL, 0));
	lt_datagram(waiting, LEN, 4, 1);
	ASSERT_EQ(0, lt_call_write(&call, self->t.inject, waiting, LEN));
	ASSERT_EQ(0, lt_call_blocked(&call));
	late_start(_metadata, &late);
	EXPECT_TRUE(ends_soon(&call));
	EXPECT_LT(0, late_give(&late, data, 1));
	EXPECT_EQ(LEN, lt_call_end(&call));
	expect_reads(_metadata, &self->t, 1, 2);
}

/* One that does not come after all has taken no room. */
TEST_F(backpressure, injection_fails)
{
	int ip = lt_control(self->t.name, "inject", O_WRONLY | O_NONBLOCK);
	struct late late = { .fd = ip, .call = LATE_WRITE };
	struct lt_call call;
	__u8 waiting[LEN];

	ASSERT_LE(0, ip);
	if (!self->known)
		return;
	set_length(_metadata, &self->t, 1);
	late_start(_metadata, &late);
	ASSERT_EQ(0, fcntl(self->t.inject, F_SETFL, 0));
	lt_datagram(waiting, LEN, 4, 1);
	ASSERT_EQ(0, lt_call_write(&call, self->t.inject, waiting, LEN));
	ASSERT_EQ(0, lt_call_blocked(&call));
	/* No IP version begins with a byte of 0. */
	EXPECT_EQ(-EINVAL, late_give(&late, "", 1));
	EXPECT_TRUE(ends_soon(&call));
	EXPECT_EQ(LEN, lt_call_end(&call));
	expect_reads(_metadata, &self->t, 1, 2);
	close(ip);
}

/* Going up starts what a full queue has stopped. */
TEST_F(backpressure, link)
{
	if (!self->known)
		return;
	set_length(_metadata, &self->t, 8);
	ASSERT_EQ(8, fill(&self->t, 0));
	expect_reads(_metadata, &self->t, 0, 1);
	ASSERT_EQ(8, fill(&self->t, 8));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
	EXPECT_EQ(9, fill(&self->t, 8));
	expect_reads(_metadata, &self->t, 1, 9);
	expect_empty(_metadata, &self->t);
}

/* A length changed, or a queue taken out and in again, begins anew. */
TEST_F(backpressure, resize)
{
	if (!self->known)
		return;
	set_length(_metadata, &self->t, 20);
	ASSERT_EQ(20, fill(&self->t, 0));
	set_length(_metadata, &self->t, 30);
	EXPECT_EQ(30, fill(&self->t, 20));
	set_length(_metadata, &self->t, 25);
	EXPECT_EQ(0, lt_poll(self->t.inject, POLLOUT, 0));
	set_length(_metadata, &self->t, 0);
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
	expect_reads(_metadata, &self->t, 0, 25);
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
}

/* The last datagram that fits finds no bytes: the queue is not full. */
TEST_F(backpressure, ring_is_full_first)
{
	static __u8 big[60000], room[60100];
	int n = 0;

	if (!self->known)
		return;
	set_length(_metadata, &self->t, 5);
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
	lt_datagram(big, sizeof(big), 4, 1);
	while (lt_write(self->t.inject, big, sizeof(big)) == sizeof(big))
		n++;
	EXPECT_EQ(4, n);
	EXPECT_EQ(0, lt_poll(self->t.inject, POLLOUT, 0));
	EXPECT_LE(sizeof(big), lt_read(self->t.fd, room, sizeof(room)));
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
	EXPECT_EQ(sizeof(big), lt_write(self->t.inject, big, sizeof(big)));
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
}

/* A queue that nobody has used has room for one. */
TEST_F(backpressure, not_used)
{
	set_length(_metadata, &self->t, 1);
	EXPECT_EQ(POLLOUT, lt_poll(self->t.inject, POLLOUT, 0));
}

TEST_HARNESS_MAIN
