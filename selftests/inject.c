// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test's side of a tunnel: inject, inject_frame and sent. What they
 * accept, what arrives on the other side, how much the rings hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define RING (256 * 1024)
/* What a datagram of @len bytes takes of the ring. */
#define RECORD(len) (16 + ((len) + 7) / 8 * 8)
/* A length of which a whole number fills the ring. */
#define FULL 1008
/* The largest IP datagram, its Ethernet header, and a virtio-net header. */
#define LARGEST (65535 + LT_ETHER_LEN + 10)

static __u8 data[RING + 64], got[RING + 64];

FIXTURE(inject) {
	struct lt_tunnel t;
	int ip;
	size_t head;
	size_t ether;
};

FIXTURE_VARIANT(inject) {
	int flags;
};

FIXTURE_VARIANT_ADD(inject, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(inject, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(inject, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(inject, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(inject)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->ip = lt_control(self->t.name, "inject", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, self->ip);
	self->head = lt_pi_len(variant->flags);
	self->ether = lt_tap(variant->flags) ? LT_ETHER_LEN : 0;
}

FIXTURE_TEARDOWN(inject)
{
	close(self->ip);
	lt_tunnel_close(&self->t);
}

/* The program reads data[0..len) with these headers before it. */
static void expect_ip(struct __test_metadata *_metadata,
		      const struct lt_tunnel *t, size_t len, int proto)
{
	static const __u8 addresses[12] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	__u8 pi[LT_PI_LEN] = { 0, 0, proto >> 8, proto };
	__u8 type[2] = { proto >> 8, proto };
	size_t total = lt_pi_len(t->flags) + len;
	__u8 *at = got;

	if (lt_tap(t->flags))
		total += LT_ETHER_LEN;
	lt_poison(got, sizeof(got));
	ASSERT_EQ(total, lt_read(t->fd, got, sizeof(got)));
	if (lt_pi_len(t->flags)) {
		EXPECT_EQ(0, memcmp(at, pi, sizeof(pi)));
		at += sizeof(pi);
	}
	if (lt_tap(t->flags)) {
		EXPECT_EQ(0, memcmp(at, addresses, 12));
		EXPECT_EQ(0, memcmp(at + 12, type, 2));
		at += LT_ETHER_LEN;
	}
	EXPECT_EQ(0, memcmp(at, data, len));
	EXPECT_TRUE(lt_poisoned(got, total, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
}

TEST_F(inject, datagram)
{
	static const size_t lengths[] = { 1, 2, 20, 60, 1500, 9000, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		lt_datagram(data, lengths[i], 4, i);
		EXPECT_EQ(lengths[i], lt_write(self->ip, data, lengths[i]));
		expect_ip(_metadata, &self->t, lengths[i], LT_IPV4);
		lt_datagram(data, lengths[i], 6, i);
		EXPECT_EQ(lengths[i], lt_write(self->ip, data, lengths[i]));
		expect_ip(_metadata, &self->t, lengths[i], LT_IPV6);
	}
}

TEST_F(inject, datagram_refused)
{
	int version;

	EXPECT_EQ(-EINVAL, lt_write(self->ip, data, 0));
	for (version = 0; version < 16; version++) {
		if (version == 4 || version == 6)
			continue;
		lt_datagram(data, 60, version, 1);
		EXPECT_EQ(-EINVAL, lt_write(self->ip, data, 60))
			TH_LOG("version %d", version);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_stat(self->t.name, "injected_datagrams"));
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_write(self->ip, data, 60));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
}

TEST_F(inject, frame)
{
	size_t min = self->ether ?: 1;
	size_t len;

	for (len = 0; len < 40; len++) {
		lt_fill(data, len, len);
		if (len < min) {
			EXPECT_EQ(-EINVAL, lt_write(self->t.inject, data, len))
				TH_LOG("frame of %zu", len);
			continue;
		}
		EXPECT_EQ(len, lt_write(self->t.inject, data, len))
			TH_LOG("frame of %zu", len);
		lt_poison(got, sizeof(got));
		EXPECT_EQ(self->head + len,
			  lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(data, got + self->head, len));
		EXPECT_TRUE(lt_poisoned(got, self->head + len, sizeof(got)));
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

/* One datagram may fill the ring; what never fits is another error. */
TEST_F(inject, largest)
{
	size_t max = RING - RECORD(0);

	lt_datagram(data, max + 1, 4, 1);
	EXPECT_EQ(-EMSGSIZE, lt_write(self->t.inject, data, max + 1));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->ip, data, max + 1 - self->ether));
	EXPECT_EQ(max - self->ether,
		  lt_write(self->ip, data, max - self->ether));
	EXPECT_EQ(-EAGAIN, lt_write(self->ip, data, 1));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->t.inject, data, max + 1));
	expect_ip(_metadata, &self->t, max - self->ether, LT_IPV4);
	EXPECT_EQ(max, lt_write(self->t.inject, data, max));
	EXPECT_EQ(self->head + max, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got + self->head, max));
}

/* The ring fills to its last byte, and holds nothing of what it refused. */
TEST_F(inject, full_ring)
{
	const int fits = RING / RECORD(FULL);
	int i;

	for (i = 0; i < fits; i++) {
		lt_datagram(data, FULL, 4, i);
		ASSERT_EQ(FULL, lt_write(self->t.inject, data, FULL))
			TH_LOG("datagram %d", i);
	}
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, FULL));
	EXPECT_EQ(-EAGAIN, lt_write(self->ip, data, FULL));
	EXPECT_EQ(fits, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(self->head + FULL, lt_read(self->t.fd, got, sizeof(got)));
	lt_datagram(data, FULL, 4, fits);
	EXPECT_EQ(FULL, lt_write(self->t.inject, data, FULL));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, FULL));
	for (i = 1; i <= fits; i++) {
		lt_datagram(data, FULL, 4, i);
		ASSERT_EQ(self->head + FULL,
			  lt_read(self->t.fd, got, sizeof(got)));
		ASSERT_EQ(0, memcmp(data, got + self->head, FULL))
			TH_LOG("datagram %d", i);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

/* POLLOUT promises room for the largest IP datagram. */
TEST_F(inject, poll)
{
	size_t len = RING - RECORD(LARGEST) - RECORD(0);

	EXPECT_EQ(POLLOUT, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	lt_datagram(data, RING, 4, 1);
	ASSERT_EQ(len, lt_write(self->t.inject, data, len));
	EXPECT_EQ(POLLOUT, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	ASSERT_EQ(65535, lt_write(self->ip, data, 65535));
	EXPECT_EQ(0, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));

	/* Eight bytes fewer of room are too few. */
	ASSERT_EQ(len + 1, lt_write(self->t.inject, data, len + 1));
	EXPECT_EQ(0, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	EXPECT_EQ(14, lt_write(self->t.inject, data, 14));
	EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(POLLOUT, lt_poll(self->ip, POLLIN | POLLOUT, LT_SOON));
}

/* With all headers that it may have. */
TEST(poll_with_headers)
{
	size_t len = RING - RECORD(LARGEST) - RECORD(0);
	struct lt_tunnel t;
	int vnet;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
				    O_NONBLOCK));
	vnet = lt_control(t.name, "inject_vnet", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, vnet);
	memset(data, 0, sizeof(data));
	ASSERT_EQ(len, lt_write(t.inject, data, len));
	EXPECT_EQ(POLLOUT, lt_poll(vnet, POLLOUT, 0));
	ASSERT_EQ(LARGEST, lt_write(vnet, data, LARGEST));
	ASSERT_LT(0, lt_read(t.fd, got, sizeof(got)));
	ASSERT_LT(0, lt_read(t.fd, got, sizeof(got)));
	ASSERT_EQ(len + 1, lt_write(t.inject, data, len + 1));
	EXPECT_EQ(0, lt_poll(vnet, POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_write(vnet, data, LARGEST));
	close(vnet);
	lt_tunnel_close(&t);
}

/* A ring too small for that promises what it can: all of itself. */
TEST_F(inject, poll_small_ring)
{
	char kib[16];
	struct lt_tunnel t;

	ASSERT_LT(0, lt_read_file(RING_KIB, kib, sizeof(kib)));
	ASSERT_EQ(2, lt_write_file(RING_KIB, "64"));
	EXPECT_EQ(0, lt_tunnel_open(&t, variant->flags, O_NONBLOCK));
	EXPECT_LT(0, lt_write_file(RING_KIB, kib));

	lt_datagram(data, 65536, 4, 1);
	EXPECT_EQ(POLLOUT, lt_poll(t.inject, POLLOUT, 0));
	EXPECT_EQ(-EMSGSIZE, lt_write(t.inject, data, 65536 - 7));
	EXPECT_EQ(65536 - 16, lt_write(t.inject, data, 65536 - 16));
	EXPECT_EQ(self->head + 65536 - 16, lt_read(t.fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got + self->head, 65536 - 16));
	EXPECT_EQ(20, lt_write(t.inject, data, 20));
	EXPECT_EQ(0, lt_poll(t.inject, POLLOUT, 0));
	EXPECT_EQ(20, lt_write(t.inject, data, 20));
	EXPECT_EQ(self->head + 20, lt_read(t.fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_poll(t.inject, POLLOUT, 0));
	EXPECT_EQ(self->head + 20, lt_read(t.fd, got, sizeof(got)));
	EXPECT_EQ(POLLOUT, lt_poll(t.inject, POLLOUT, 0));
	lt_tunnel_close(&t);
}

/* Whether anybody looks on or not: what passes a large ring goes on passing. */
TEST_F(inject, large_frame_watched)
{
	size_t large = (4 << 20) + 100;
	__u8 *frame = malloc(large), *read = malloc(large + LT_PI_LEN);
	char kib[16];
	struct lt_tunnel t;
	int capture, i;

	ASSERT_LT(0, lt_read_file(RING_KIB, kib, sizeof(kib)));
	ASSERT_EQ(4, lt_write_file(RING_KIB, "8192"));
	EXPECT_EQ(0, lt_tunnel_open(&t, variant->flags, O_NONBLOCK));
	EXPECT_LT(0, lt_write_file(RING_KIB, kib));
	for (i = 0; i < 4; i++) {
		capture = i & 1 ? lt_control(t.name, "capture", O_RDONLY) : -1;
		EXPECT_LT(0, lt_control_write(t.name, "faults", i & 2 ?
					      "dir=rx len=1 drop" : "clear"));
		lt_frame(frame, large, LT_IPV4, i);
		EXPECT_EQ(large, lt_write(t.inject, frame, large))
			TH_LOG("capture %s, rule %s", i & 1 ? "open" : "none",
			       i & 2 ? "there" : "none");
		EXPECT_EQ(self->head + large,
			  lt_read(t.fd, read, large + LT_PI_LEN));
		EXPECT_EQ(0, memcmp(frame, read + self->head, large));
		close(capture);
	}
	lt_tunnel_close(&t);
	free(read);
	free(frame);
}

TEST_F(inject, poll_without_program)
{
	char name[IFNAMSIZ];

	memcpy(name, self->t.name, sizeof(name));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	close(self->t.fd);
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(0, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_write(self->ip, data, 60));
	EXPECT_EQ(-EINVAL, lt_write(self->ip, data, 0));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->ip, data, RING));
	self->t.fd = lt_attach(name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->t.fd);
	EXPECT_EQ(POLLOUT, lt_poll(self->ip, POLLIN | POLLOUT, 0));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, 0));
	close(self->t.fd);
	EXPECT_TRUE(lt_poll(self->ip, POLLIN | POLLOUT, 0) & POLLERR);
}

/* One call is one datagram, however many pieces it comes in. */
TEST_F(inject, vectored)
{
	struct iovec in[] = {
		{ data, 1 }, { NULL, 0 }, { data + 1, 30 }, { data + 31, 29 },
	};
	struct iovec out[] = { { got, 3 }, { got + 3, 0 }, { got + 3, 100 } };

	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_ret(writev(self->ip, in, ARRAY_SIZE(in))));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
	EXPECT_EQ(60, lt_write(self->t.fd, data, 60));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(60 - self->head,
		  lt_ret(readv(self->t.sent, out, ARRAY_SIZE(out))));
	EXPECT_EQ(0, memcmp(data + self->head, got, 60 - self->head));
	EXPECT_TRUE(lt_poisoned(got, 60 - self->head, sizeof(got)));
}

/* What could not be copied leaves nothing, and nobody stuck behind it. */
TEST_F(inject, unmapped)
{
	__u8 *edge = lt_edge(32);

	ASSERT_NE(NULL, edge);
	lt_datagram(edge, 32, 4, 1);
	EXPECT_EQ(-EFAULT, lt_write(self->ip, edge, 33));
	EXPECT_EQ(-EFAULT, lt_write(self->t.inject, edge, 33));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	lt_datagram(data, 60, 4, 2);
	EXPECT_EQ(60, lt_write(self->ip, data, 60));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
}

/* As a packet socket says it; what is queued already can be read. */
TEST_F(inject, while_down)
{
	lt_datagram(data, 60, 4, 1);
	ASSERT_EQ(60, lt_write(self->ip, data, 60));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-ENETDOWN, lt_write(self->ip, data, 60));
	EXPECT_EQ(POLLOUT, lt_poll(self->ip, POLLOUT, 0));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "rx_dropped_link"));
	/* Rules are not asked. */
	ASSERT_EQ(11, lt_control_write(self->t.name, "faults", "dir=rx drop"));
	EXPECT_EQ(-ENETDOWN, lt_write(self->ip, data, 60));
	EXPECT_EQ(0, lt_stat(self->t.name, "fault_drop"));
	ASSERT_EQ(5, lt_control_write(self->t.name, "faults", "clear"));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_write(self->ip, data, 60));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
}

/* Who waits for room when the link goes down waits no more. */
TEST_F(inject, goes_down)
{
	struct lt_call call;

	lt_datagram(data, FULL, 4, 1);
	while (lt_write(self->ip, data, FULL) == FULL)
		;
	ASSERT_EQ(0, fcntl(self->ip, F_SETFL, 0));
	ASSERT_EQ(0, lt_call_write(&call, self->ip, data, FULL));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-ENETDOWN, lt_call_end(&call));
}

/* Nobody is there to be told of what comes due then. */
TEST_F(inject, due_while_down)
{
	lt_datagram(data, 60, 4, 1);
	ASSERT_EQ(19, lt_control_write(self->t.name, "faults",
				       "dir=rx delay=3000s\n"));
	ASSERT_EQ(60, lt_write(self->ip, data, 60));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	ASSERT_EQ(5, lt_control_write(self->t.name, "faults", "clear"));
	EXPECT_EQ(1, lt_stat(self->t.name, "rx_dropped_link"));
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
	EXPECT_EQ(0, lt_stat(self->t.name, "held_datagrams"));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

/* Without carrier it is sent, and does not arrive; the program's writes go on. */
TEST_F(inject, without_carrier)
{
	int on = 1, off = 0;

	lt_datagram(data, 60, 4, 1);
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETCARRIER, &off));
	EXPECT_EQ(60, lt_write(self->ip, data, 60));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "rx_dropped_carrier"));
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
	EXPECT_EQ(0, lt_stat(self->t.name, "injected_datagrams"));
	lt_datagram(data + self->head, 60, 4, 1);
	EXPECT_EQ(self->head + 60, lt_write(self->t.fd, data, self->head + 60));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETCARRIER, &on));
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_write(self->ip, data, 60));
	expect_ip(_metadata, &self->t, 60, LT_IPV4);
}

/* The program writes a datagram that only the test's side knows by seed. */
static void program_writes(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t, size_t len, int seed)
{
	size_t head = lt_pi_len(t->flags);

	lt_datagram(data + head, len, 4, seed);
	ASSERT_EQ(head + len, lt_write(t->fd, data, head + len));
}

static void expect_sent(struct __test_metadata *_metadata, int fd, size_t len,
			int seed)
{
	lt_datagram(data, len, 4, seed);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(len, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, len));
	EXPECT_TRUE(lt_poisoned(got, len, sizeof(got)));
}

TEST_F(inject, sent)
{
	int i;

	EXPECT_EQ(0, lt_poll(self->t.sent, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	for (i = 0; i < 20; i++)
		program_writes(_metadata, &self->t, 20 + i, i);
	EXPECT_EQ(POLLIN, lt_poll(self->t.sent, POLLIN | POLLOUT, 0));
	for (i = 0; i < 20; i++)
		expect_sent(_metadata, self->t.sent, 20 + i, i);
	EXPECT_EQ(0, lt_poll(self->t.sent, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(inject, sent_short_buffer)
{
	program_writes(_metadata, &self->t, 60, 1);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(-EMSGSIZE, lt_read(self->t.sent, got, 59));
	EXPECT_EQ(-EMSGSIZE, lt_read(self->t.sent, got, 1));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	EXPECT_EQ(60, lt_read(self->t.sent, got, 60));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, 1));
}

/* Only in TUN mode with PI a program may send an empty datagram; nobody reads it. */
TEST_F(inject, sent_empty)
{
	bool may = !self->ether && self->head;
	int capture;

	EXPECT_EQ(may ? 4 : -EINVAL,
		  lt_write(self->t.fd, data, self->head));
	program_writes(_metadata, &self->t, 60, 1);
	expect_sent(_metadata, self->t.sent, 60, 1);
	EXPECT_EQ(may ? 2 : 1, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(60, lt_stat(self->t.name, "written_bytes"));
	EXPECT_EQ(may, lt_stat(self->t.name, "tx_empty"));
	EXPECT_EQ(0, lt_stat(self->t.name, "sent_dropped"));
	/* The same where somebody looks on. */
	capture = lt_control(self->t.name, "capture", O_RDONLY);
	ASSERT_LE(0, capture);
	EXPECT_EQ(may ? 4 : -EINVAL,
		  lt_write(self->t.fd, data, self->head));
	EXPECT_EQ(2 * may, lt_stat(self->t.name, "tx_empty"));
	close(capture);
}

/* A full ring drops the newest; the program does not learn of it. */
TEST_F(inject, sent_full_ring)
{
	const int fits = RING / RECORD(FULL);
	int i;

	for (i = 0; i < fits + 3; i++)
		program_writes(_metadata, &self->t, FULL, i);
	EXPECT_EQ(3, lt_stat(self->t.name, "sent_dropped"));
	EXPECT_EQ(fits + 3, lt_stat(self->t.name, "written_datagrams"));
	for (i = 0; i < fits; i++)
		expect_sent(_metadata, self->t.sent, FULL, i);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	program_writes(_metadata, &self->t, FULL, 1);
	expect_sent(_metadata, self->t.sent, FULL, 1);
	EXPECT_EQ(3, lt_stat(self->t.name, "sent_dropped"));
}

/* An open file still gives what the program wrote before it closed. */
TEST_F(inject, sent_after_close)
{
	program_writes(_metadata, &self->t, 60, 1);
	program_writes(_metadata, &self->t, 61, 2);
	close(self->t.fd);
	EXPECT_EQ(-ENOENT, lt_control(self->t.name, "sent", O_RDONLY));
	EXPECT_EQ(-ENODEV, lt_write(self->ip, data, 60));
	EXPECT_TRUE(lt_poll(self->t.sent, POLLIN, 0) & POLLIN);
	expect_sent(_metadata, self->t.sent, 60, 1);
	expect_sent(_metadata, self->t.sent, 61, 2);
	EXPECT_EQ(-ENODEV, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_FALSE(lt_poll(self->t.sent, POLLIN, 0) & POLLIN);
}

/* On a persistent tunnel anybody may come later, in order with the next. */
TEST_F(inject, sent_after_close_persistent)
{
	char name[IFNAMSIZ];
	int fd;

	memcpy(name, self->t.name, sizeof(name));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	program_writes(_metadata, &self->t, 60, 1);
	close(self->t.fd);
	self->t.fd = lt_attach(name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->t.fd);
	program_writes(_metadata, &self->t, 61, 2);
	close(self->t.fd);
	fd = lt_control(name, "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, fd);
	expect_sent(_metadata, fd, 60, 1);
	expect_sent(_metadata, fd, 61, 2);
	EXPECT_EQ(-EAGAIN, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(1, lt_delete(name));
	EXPECT_EQ(-ENODEV, lt_read(fd, got, sizeof(got)));
	close(fd);
}

TEST_HARNESS_MAIN
