// SPDX-License-Identifier: GPL-2.0-only
/*
 * What read(2) and write(2) put around a datagram, for every length near a
 * border: the rows of drivers/net/tun.c, tun_do_read() and tun_get_user().
 * Only lengths and bytes; who waits for whom is in blocking.c.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* Not an EtherType that anybody derives from the payload. */
#define TAP_PROTO 0x1234

static __u8 data[70000], got[70100], want[70100];
/* One more than the kernel takes. */
static const struct iovec many[1025];

FIXTURE(framing) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(framing) {
	int flags;
};

FIXTURE_VARIANT_ADD(framing, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(framing, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(framing, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(framing, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(framing)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(framing)
{
	lt_tunnel_close(&self->t);
}

/* Bytes that a datagram must have to be written. */
static size_t min_data(int flags)
{
	if (lt_tap(flags))
		return LT_ETHER_LEN;
	return lt_pi_len(flags) ? 0 : 1;
}

static void put_pi(void *buf, int flags, int proto)
{
	struct tun_pi pi = { .flags = flags, .proto = htobe16(proto) };

	memcpy(buf, &pi, sizeof(pi));
}

/* Put a datagram of @len bytes into data[] and inject it. */
static void inject(struct __test_metadata *_metadata,
		   const struct lt_tunnel *t, size_t len)
{
	static __u32 seed;

	if (lt_tap(t->flags))
		lt_frame(data, len, TAP_PROTO, ++seed);
	else
		lt_datagram(data, len, 4, ++seed);
	ASSERT_EQ(len, lt_write(t->inject, data, len));
}

/* What a read of @count bytes leaves of data[0..len) in want[]. */
static long expect_read(int flags, size_t len, size_t count)
{
	size_t head = lt_pi_len(flags);
	size_t total = head + len;
	size_t ret = count < total ? count : total;

	lt_poison(want, sizeof(want));
	if (!count)
		return 0;
	if (count < head)
		return -EINVAL;
	if (head)
		put_pi(want, count < total ? TUN_PKT_STRIP : 0,
		       lt_tap(flags) ? TAP_PROTO : LT_IPV4);
	memcpy(want + head, data, ret - head);
	return ret;
}

static void read_one(struct __test_metadata *_metadata,
		     const struct lt_tunnel *t, size_t len, size_t count)
{
	long ret;

	inject(_metadata, t, len);
	ret = expect_read(t->flags, len, count);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_read(t->fd, got, count))
		TH_LOG("datagram of %zu read with %zu", len, count);
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)))
		TH_LOG("bytes of %zu read with %zu", len, count);
	/* Only a read of nothing leaves it there. */
	if (!count)
		EXPECT_LT(0, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
}

TEST_F(framing, read_lengths)
{
	static const size_t lengths[] = { 14, 15, 16, 21, 60, 1500, 65535 };
	size_t head = lt_pi_len(variant->flags);
	size_t i, count;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (count = 0; count < 20; count++)
			read_one(_metadata, &self->t, lengths[i], count);
		for (count = lengths[i] - 2; count < lengths[i] + head + 3;
		     count++)
			read_one(_metadata, &self->t, lengths[i], count);
		read_one(_metadata, &self->t, lengths[i], sizeof(got));
	}
}

TEST_F(framing, read_short_datagrams)
{
	size_t head = lt_pi_len(variant->flags);
	size_t len, count;

	for (len = lt_tap(variant->flags) ? 14 : 1; len < 18; len++)
		for (count = 0; count < len + head + 2; count++)
			read_one(_metadata, &self->t, len, count);
}

TEST_F(framing, read_of_empty_queue)
{
	size_t count;

	lt_poison(got, sizeof(got));
	EXPECT_EQ(0, lt_read(self->t.fd, got, 0));
	for (count = 1; count < 20; count++)
		EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, count));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
}

TEST_F(framing, read_proto)
{
	static const struct {
		int first, tun, tap;
	} rows[] = {
		{ 0x45, LT_IPV4, LT_IPV4 }, { 0x60, LT_IPV6, LT_IPV6 },
		{ 0x4f, LT_IPV4, 0x88b5 },  { 0x00, 0, 0 },
		{ 0x50, 0, 0x05ff },	    { 0xff, 0, 0xffff },
	};
	size_t head = lt_pi_len(variant->flags);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		lt_frame(data, 20, rows[i].tap, i);
		data[0] = rows[i].first;
		ASSERT_EQ(20, lt_write(self->t.inject, data, 20));
		lt_poison(want, sizeof(want));
		if (head)
			put_pi(want, 0, lt_tap(variant->flags) ? rows[i].tap :
								 rows[i].tun);
		memcpy(want + head, data, 20);
		lt_poison(got, sizeof(got));
		EXPECT_EQ(head + 20, lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(want, got, sizeof(got)));
	}
}

/* Borders of iovecs are invisible, also inside PI; empty ones are skipped. */
TEST_F(framing, readv)
{
	struct iovec iov[] = {
		{ got, 1 },	 { got + 1, 0 },  { got + 1, 2 },
		{ got + 3, 10 }, { got + 13, 0 }, { got + 13, 4096 },
	};
	long ret;

	inject(_metadata, &self->t, 60);
	ret = expect_read(variant->flags, 60, 4109);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_ret(readv(self->t.fd, iov, ARRAY_SIZE(iov))));
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)));

	inject(_metadata, &self->t, 60);
	ret = expect_read(variant->flags, 60, 13);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_ret(readv(self->t.fd, iov, 5)));
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)));
}

/* Nothing to move: answered before the device is asked, nothing consumed. */
TEST_F(framing, readv_nothing)
{
	struct iovec iov[] = { { got, 0 }, { NULL, 0 } };

	inject(_metadata, &self->t, 60);
	EXPECT_EQ(0, lt_ret(readv(self->t.fd, iov, 2)));
	EXPECT_EQ(0, lt_ret(readv(self->t.fd, NULL, 0)));
	EXPECT_EQ(-EINVAL, lt_ret(readv(self->t.fd, many, 1025)));
	EXPECT_EQ(60 + lt_pi_len(variant->flags),
		  lt_read(self->t.fd, got, sizeof(got)));
}

/* The offset is ignored, but must be one. */
TEST_F(framing, pread)
{
	struct iovec iov = { got, sizeof(got) };
	long ret;

	inject(_metadata, &self->t, 60);
	EXPECT_EQ(-EINVAL, lt_ret(pread(self->t.fd, got, sizeof(got), -1)));
	EXPECT_EQ(-EINVAL, lt_ret(pread(self->t.fd, got, 2, INT64_MAX)));
	ret = expect_read(variant->flags, 60, sizeof(got));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_ret(pread(self->t.fd, got, sizeof(got), 12345)));
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)));

	inject(_metadata, &self->t, 60);
	EXPECT_EQ(ret, lt_ret(preadv(self->t.fd, &iov, 1, 1LL << 40)));
	EXPECT_EQ(-EAGAIN, lt_ret(pread(self->t.fd, got, sizeof(got), 0)));
}

/* The payload's copy may fault, PI's may not; the datagram is gone anyhow. */
TEST_F(framing, read_unmapped)
{
	size_t head = lt_pi_len(variant->flags);
	__u8 *edge = lt_edge(64);
	size_t room;

	ASSERT_NE(NULL, edge);
	for (room = 0; room <= 64; room++) {
		__u8 *buf = edge + 64 - room;
		long ret = room < head ? -EFAULT : 60 + (long)head;
		size_t moved = room < 60 + head ? room : 60 + head;

		inject(_metadata, &self->t, 60);
		expect_read(variant->flags, 60, 100);
		lt_poison(edge, 64);
		EXPECT_EQ(ret, lt_read(self->t.fd, buf, 100))
			TH_LOG("%zu bytes mapped", room);
		if (room >= head && (LT_FILLS_TO_THE_END || room >= 60 + head))
			EXPECT_EQ(0, memcmp(want, buf, moved));
		EXPECT_TRUE(lt_poisoned(buf, 60 + head, room));
		EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	}
	/* What is cut short and unmapped gives the length asked for. */
	inject(_metadata, &self->t, 60);
	EXPECT_EQ(head ? -EFAULT : 20, lt_read(self->t.fd, edge + 64, 20));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

TEST_F(framing, read_kernel_pointer)
{
	long head = lt_pi_len(variant->flags);

	inject(_metadata, &self->t, 60);
	EXPECT_EQ(LT_KERNEL_POINTER(head ? -EFAULT : 60),
		  lt_read(self->t.fd, (void *)-4096L, 100));
	/* The device takes the datagram before it looks at the buffer. */
	EXPECT_EQ(LT_KERNEL_POINTER(-EAGAIN) == -EFAULT ? head + 60 : -EAGAIN,
		  lt_read(self->t.fd, got, sizeof(got)));
}

/* Exactly data[head..len) is there to be read, and once. */
static void expect_sent(struct __test_metadata *_metadata,
			const struct lt_tunnel *t, size_t head, size_t len)
{
	lt_poison(got, sizeof(got));
	EXPECT_EQ(len - head, lt_read(t->sent, got, sizeof(got)))
		TH_LOG("write of %zu", len);
	EXPECT_EQ(0, memcmp(data + head, got, len - head));
	EXPECT_TRUE(lt_poisoned(got, len - head, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(t->sent, got, sizeof(got)));
}

/* data[]: a write of @len bytes that only its length can make wrong. */
static void fill_write(int flags, size_t len)
{
	size_t head = lt_pi_len(flags);

	if (head)
		put_pi(data, 0x5555, 0x1234);
	if (len <= head)
		return;
	if (lt_tap(flags))
		lt_frame(data + head, len - head, LT_IPV4, len);
	else
		lt_datagram(data + head, len - head, 4, len);
}

TEST_F(framing, write_lengths)
{
	static const size_t more[] = { 1500, 1514, 1518, 9000, 65535, 65536 };
	size_t head = lt_pi_len(variant->flags);
	size_t i, len;

	for (i = 0; i < 45 + ARRAY_SIZE(more); i++) {
		len = i < 45 ? i : more[i - 45];
		fill_write(variant->flags, len);
		if (len < head + min_data(variant->flags)) {
			EXPECT_EQ(-EINVAL, lt_write(self->t.fd, data, len))
				TH_LOG("write of %zu", len);
			EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, 100));
			continue;
		}
		EXPECT_EQ(len, lt_write(self->t.fd, data, len))
			TH_LOG("write of %zu", len);
		/* One of no bytes succeeds, and nobody reads it. */
		if (len > head)
			expect_sent(_metadata, &self->t, head, len);
	}
}

/* A bad datagram is EINVAL before the link is looked at. */
TEST_F(framing, write_lengths_while_down)
{
	size_t min = lt_pi_len(variant->flags) + min_data(variant->flags);
	size_t len;

	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	for (len = 0; len < 45; len++) {
		fill_write(variant->flags, len);
		EXPECT_EQ(len < min ? -EINVAL : -EIO,
			  lt_write(self->t.fd, data, len))
			TH_LOG("write of %zu", len);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(44, lt_write(self->t.fd, data, 44));
	expect_sent(_metadata, &self->t, lt_pi_len(variant->flags), 44);
}

/* Only TUN without PI looks at the datagram: at its first four bits. */
TEST_F(framing, write_version)
{
	size_t head = lt_pi_len(variant->flags);
	bool looks = !lt_tap(variant->flags) && !head;
	int first, ret;

	for (first = 0; first < 256; first++) {
		fill_write(variant->flags, 40);
		data[head] = first;
		ret = !looks || first >> 4 == 4 || first >> 4 == 6 ? 40 :
								     -EINVAL;
		EXPECT_EQ(ret, lt_write(self->t.fd, data, 40))
			TH_LOG("first byte %#x", first);
		if (ret > 0)
			expect_sent(_metadata, &self->t, head, 40);
	}
	EXPECT_EQ(looks ? 224 : 0, lt_stat(self->t.name, "write_errors"));
	data[head] = 0x50;
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(looks ? -EINVAL : -EIO, lt_write(self->t.fd, data, 40));
}

TEST_F(framing, writev)
{
	struct iovec iov[] = {
		{ data, 1 },	  { NULL, 0 },	    { data + 1, 2 },
		{ data + 3, 10 }, { data + 13, 0 }, { data + 13, 87 },
	};

	fill_write(variant->flags, 100);
	EXPECT_EQ(100, lt_ret(writev(self->t.fd, iov, ARRAY_SIZE(iov))));
	expect_sent(_metadata, &self->t, lt_pi_len(variant->flags), 100);

	/* Nothing to move is answered before the device is asked. */
	EXPECT_EQ(0, lt_ret(writev(self->t.fd, iov + 1, 1)));
	EXPECT_EQ(0, lt_ret(writev(self->t.fd, NULL, 0)));
	EXPECT_EQ(-EINVAL, lt_ret(writev(self->t.fd, many, 1025)));
	iov[0].iov_len = -1;
	EXPECT_EQ(-EINVAL, lt_ret(writev(self->t.fd, iov, 1)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(framing, pwrite)
{
	fill_write(variant->flags, 60);
	EXPECT_EQ(60, lt_ret(pwrite(self->t.fd, data, 60, 12345)));
	expect_sent(_metadata, &self->t, lt_pi_len(variant->flags), 60);
	EXPECT_EQ(-EINVAL, lt_ret(pwrite(self->t.fd, data, 60, -1)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

/* Copying comes before every look at the datagram, and at the link. */
TEST_F(framing, write_unmapped)
{
	size_t head = lt_pi_len(variant->flags);
	long errors = lt_stat(self->t.name, "write_errors");
	__u8 *edge = lt_edge(64);
	size_t room;

	ASSERT_NE(NULL, edge);
	for (room = 0; room < 60; room++) {
		__u8 *buf = edge + 64 - room;

		memset(edge, 0, 64);
		EXPECT_EQ(-EFAULT, lt_write(self->t.fd, buf, 60))
			TH_LOG("%zu bytes mapped", room);
		/* Unreadable PI is not counted, an unreadable datagram is. */
		errors += room >= head;
		EXPECT_EQ(errors, lt_stat(self->t.name, "write_errors"));
	}
	/* Too short comes first of all. */
	EXPECT_EQ(min_data(variant->flags) > 1 || head ? -EINVAL : -EFAULT,
		  lt_write(self->t.fd, edge + 64, 1));
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, (void *)-4096L, 60));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, edge + 64, 60));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

/* No MTU: the limit is what the kernel's allocator gives one skb. */
TEST_F(framing, write_max)
{
	size_t max = lt_write_max(variant->flags);
	size_t len = lt_pi_len(variant->flags) + max;
	__u8 *buf = mmap(NULL, len + 1, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, buf);
	fill_write(variant->flags, 60);
	memcpy(buf, data, 60);
	EXPECT_EQ(len, lt_write(self->t.fd, buf, len));
	EXPECT_EQ(-ENOBUFS, lt_write(self->t.fd, buf, len + 1));
	/* More than the ring holds: dropped behind the program's back. */
	EXPECT_EQ(1, lt_stat(self->t.name, "sent_dropped"));
	EXPECT_EQ(1, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(max, lt_stat(self->t.name, "written_bytes"));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_HARNESS_MAIN
