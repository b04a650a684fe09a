// SPDX-License-Identifier: GPL-2.0-only
/*
 * IFF_VNET_HDR: where the virtio-net header stands on the descriptor, which
 * ones write(2) takes before which datagrams, and in which order it finds out.
 * The rules for GSO are those of the kernel that runs, see gso_rows[].
 */
#include <linux/in.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* Since 6.17. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 0x20
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6 0x40
#define VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM 8
#endif

#define HDR_LEN sizeof(struct virtio_net_hdr)
#define LEN 60
/* Not an EtherType that anybody derives from the payload. */
#define TAP_PROTO 0x1234

static __u8 data[4096], got[8192], want[8192];

FIXTURE(vnet) {
	struct lt_tunnel t;
	int inject_vnet;
	size_t pi;
	size_t head;
	size_t ether;
};

FIXTURE_VARIANT(vnet) {
	int flags;
	int size;
};

#define TUN (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)
#define TUN_PI (IFF_TUN | IFF_VNET_HDR)
#define TAP (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define TAP_PI (IFF_TAP | IFF_VNET_HDR)

FIXTURE_VARIANT_ADD(vnet, tun_10) { .flags = TUN, .size = 10 };
FIXTURE_VARIANT_ADD(vnet, tun_12) { .flags = TUN, .size = 12 };
FIXTURE_VARIANT_ADD(vnet, tun_20) { .flags = TUN, .size = 20 };
FIXTURE_VARIANT_ADD(vnet, tun_pi_10) { .flags = TUN_PI, .size = 10 };
FIXTURE_VARIANT_ADD(vnet, tun_pi_12) { .flags = TUN_PI, .size = 12 };
FIXTURE_VARIANT_ADD(vnet, tun_pi_20) { .flags = TUN_PI, .size = 20 };
FIXTURE_VARIANT_ADD(vnet, tap_10) { .flags = TAP, .size = 10 };
FIXTURE_VARIANT_ADD(vnet, tap_12) { .flags = TAP, .size = 12 };
FIXTURE_VARIANT_ADD(vnet, tap_20) { .flags = TAP, .size = 20 };
FIXTURE_VARIANT_ADD(vnet, tap_pi_10) { .flags = TAP_PI, .size = 10 };
FIXTURE_VARIANT_ADD(vnet, tap_pi_12) { .flags = TAP_PI, .size = 12 };
FIXTURE_VARIANT_ADD(vnet, tap_pi_20) { .flags = TAP_PI, .size = 20 };

FIXTURE_SETUP(vnet)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETVNETHDRSZ, &variant->size));
	self->inject_vnet = lt_control(self->t.name, "inject_vnet",
				       O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, self->inject_vnet);
	self->pi = lt_pi_len(variant->flags);
	self->head = self->pi + variant->size;
	self->ether = lt_tap(variant->flags) ? LT_ETHER_LEN : 0;
}

FIXTURE_TEARDOWN(vnet)
{
	close(self->inject_vnet);
	lt_tunnel_close(&self->t);
}

static size_t put_frame(void *buf, int flags, size_t len)
{
	static __u32 seed;

	if (lt_tap(flags))
		return lt_frame(buf, len, TAP_PROTO, ++seed);
	return lt_datagram(buf, len, 4, ++seed);
}

/* What a read of @count leaves of @header and of data[0..len) in want[]. */
static long expect_read(int flags, size_t size, const void *header, size_t len,
			size_t count)
{
	size_t pi_len = lt_pi_len(flags), total = pi_len + size + len;
	size_t ret = count < total ? count : total;
	struct tun_pi pi = {
		.flags = count < total ? TUN_PKT_STRIP : 0,
		.proto = htobe16(lt_tap(flags) ? TAP_PROTO : LT_IPV4),
	};

	lt_poison(want, sizeof(want));
	if (count < pi_len)
		return -EINVAL;
	memcpy(want, &pi, pi_len);
	if (count < pi_len + size)
		return -EINVAL;
	memcpy(want + pi_len, header, HDR_LEN);
	/* Since 6.16 the rest of the header is cleared. */
	if (lt_kernel_at_least(6, 16))
		memset(want + pi_len + HDR_LEN, 0, size - HDR_LEN);
	memcpy(want + pi_len + size, data, ret - pi_len - size);
	return ret;
}

/* data[] in, read with @count bytes of room, and nothing is left. */
static void read_one(struct __test_metadata *_metadata,
		     const struct lt_tunnel *t, size_t size, size_t len,
		     size_t count)
{
	static const __u8 zeroes[HDR_LEN];
	long ret;

	put_frame(data, t->flags, len);
	ASSERT_EQ(len, lt_write(t->inject, data, len));
	ret = expect_read(t->flags, size, zeroes, len, count);
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_read(t->fd, got, count))
		TH_LOG("%zu bytes read with %zu", len, count);
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)))
		TH_LOG("%zu bytes read with %zu", len, count);
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
}

TEST_F(vnet, read_lengths)
{
	static const size_t lengths[] = { 14, 15, 60, 1500 };
	size_t i, count;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (count = 1; count < self->head + 3; count++)
			read_one(_metadata, &self->t, variant->size,
				 lengths[i], count);
		for (count = self->head + lengths[i] - 2;
		     count < self->head + lengths[i] + 3; count++)
			read_one(_metadata, &self->t, variant->size,
				 lengths[i], count);
	}
}

/* What does not fit is EAGAIN as long as nothing is there to be lost. */
TEST_F(vnet, read_of_empty_queue)
{
	size_t count;

	lt_poison(got, sizeof(got));
	for (count = 1; count < self->head + 2; count++)
		EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, count));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
}

/* PI or header at the end of memory fail, the datagram alone does not. */
TEST_F(vnet, read_unmapped)
{
	/* Since 6.16 the rest of the header is cleared. */
	size_t touched = lt_kernel_at_least(6, 16) ?
			 self->head : self->pi + HDR_LEN;
	size_t total = self->head + LEN, mapped;
	long ret;
	__u8 *edge;

	for (mapped = 0; mapped < self->head + 4; mapped++) {
		put_frame(data, variant->flags, LEN);
		ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
		edge = lt_edge(mapped);
		ret = mapped < touched ? -EFAULT : (long)total;
		EXPECT_EQ(ret, lt_read(self->t.fd, edge, total))
			TH_LOG("%zu bytes mapped", mapped);
		EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
		if (mapped > self->head && LT_FILLS_TO_THE_END)
			EXPECT_EQ(0, memcmp(data, edge + self->head,
					    mapped - self->head));
	}
}

/* The header that a test gives arrives as it is, be it nonsense. */
TEST_F(vnet, inject_vnet)
{
	__u8 in[64 + LEN];
	long len = variant->size + LEN, ret;

	lt_fill(in, variant->size, 77);
	put_frame(data, variant->flags, LEN);
	memcpy(in + variant->size, data, LEN);
	ASSERT_EQ(len, lt_write(self->inject_vnet, in, len));
	ret = expect_read(variant->flags, variant->size, in, LEN, sizeof(got));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(ret, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(want, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_stat(self->t.name, "injected_bytes"));
	EXPECT_EQ(LEN, lt_stat(self->t.name, "read_bytes"));
}

TEST_F(vnet, inject_vnet_refused)
{
	size_t min = variant->size + (self->ether ?: 1), len;

	lt_fill(got, sizeof(got), 1);
	for (len = 0; len < min; len++)
		EXPECT_EQ(-EINVAL, lt_write(self->inject_vnet, got, len))
			TH_LOG("%zu bytes", len);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(min, lt_write(self->inject_vnet, got, min));
	EXPECT_EQ(self->head + min - variant->size,
		  lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(-EFAULT, lt_write(self->inject_vnet, lt_edge(9), 100));
	EXPECT_EQ(-EFAULT, lt_write(self->inject_vnet,
				    lt_edge(variant->size + 20), 100));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
}

TEST(inject_vnet_without)
{
	struct lt_tunnel t;
	int fd;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	fd = lt_control(t.name, "inject_vnet", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, fd);
	lt_datagram(data, sizeof(data), 4, 1);
	EXPECT_EQ(-EINVAL, lt_write(fd, data, 70));
	EXPECT_EQ(-EAGAIN, lt_read(t.fd, got, sizeof(got)));
	close(fd);
	lt_tunnel_close(&t);
}

/* PI, header and @len bytes of a datagram, as the program writes them. */
static size_t put_written(void *buf, int flags, size_t size,
			  const struct virtio_net_hdr *header, size_t len)
{
	struct tun_pi pi = { .proto = htobe16(LT_IPV4) };
	size_t pi_len = lt_pi_len(flags);
	__u8 *at = buf;

	memcpy(at, &pi, pi_len);
	lt_fill(at + pi_len, size, 99);
	memcpy(at + pi_len, header, HDR_LEN);
	put_frame(at + pi_len + size, flags, len);
	return pi_len + size + len;
}

/* Bytes that a datagram must have to be written. */
static size_t min_data(int flags)
{
	if (lt_tap(flags))
		return LT_ETHER_LEN;
	return lt_pi_len(flags) ? 0 : 1;
}

TEST_F(vnet, write_lengths)
{
	size_t min = self->head + min_data(variant->flags), len;
	const struct virtio_net_hdr none = { 0 };

	for (len = 0; len < min + 8; len++) {
		put_written(data, variant->flags, variant->size, &none, 64);
		EXPECT_EQ(len < min ? -EINVAL : (long)len,
			  lt_write(self->t.fd, data, len))
			TH_LOG("%zu bytes", len);
		/* Of no bytes at all there is nothing to read. */
		if (len < min || len == self->head)
			continue;
		lt_poison(got, sizeof(got));
		EXPECT_EQ(len - self->head,
			  lt_read(self->t.sent, got, sizeof(got)));
		EXPECT_EQ(0, memcmp(data + self->head, got, len - self->head));
		EXPECT_TRUE(lt_poisoned(got, len - self->head, sizeof(got)));
	}
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	for (len = 0; len < min + 8; len++)
		EXPECT_EQ(len < min ? -EINVAL : -EIO,
			  lt_write(self->t.fd, data, len))
			TH_LOG("%zu bytes, down", len);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(vnet, write_vectored)
{
	size_t len = put_written(data, variant->flags, variant->size,
				 &(struct virtio_net_hdr){ 0 }, LEN);
	struct iovec parts[] = {
		{ data, 3 }, { NULL, 0 }, { data + 3, 4 }, { data + 7, 5 },
		{ data + 12, len - 12 },
	};

	EXPECT_EQ(len, lt_ret(writev(self->t.fd, parts, ARRAY_SIZE(parts))));
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data + self->head, got, LEN));
}

static long write_header(const struct lt_tunnel *t, size_t size,
			 const struct virtio_net_hdr *header, size_t len)
{
	long total = put_written(data, t->flags, size, header, len);
	long ret = lt_write(t->fd, data, total);

	return ret == total ? 0 : ret;
}

/* Since 6.15 bytes past the known header count as datagram in this check. */
static size_t slack(size_t size)
{
	if (!lt_kernel_at_least(6, 15))
		return 0;
	return size - HDR_LEN;
}

/* hdr_len is of the datagram, and holds an Ethernet header if it is set. */
TEST_F(vnet, hdr_len)
{
	size_t most = LEN + slack(variant->size), hdr_len;
	struct virtio_net_hdr header = { 0 };
	long ret;

	for (hdr_len = 0; hdr_len < most + 3; hdr_len++) {
		header.hdr_len = hdr_len;
		ret = hdr_len > most || (hdr_len && hdr_len < self->ether) ?
		      -EINVAL : 0;
		EXPECT_EQ(ret, write_header(&self->t, variant->size, &header,
					    LEN))
			TH_LOG("hdr_len %zu", hdr_len);
	}
	header.hdr_len = 0xffff;
	EXPECT_EQ(-EINVAL, write_header(&self->t, variant->size, &header, LEN));
}

/*
 * Where kernels between 6.1 and 6.12 changed their mind, in stable releases
 * too, there is no telling by version: those two only, and 7.3.
 */
enum { ALWAYS, NEVER, BEFORE_6_2, SINCE_6_2, BEFORE_7_2 };

static bool is_taken(int taken)
{
	if (taken == BEFORE_6_2)
		return !lt_kernel_at_least(6, 2);
	if (taken == SINCE_6_2)
		return lt_kernel_at_least(6, 2);
	if (taken == BEFORE_7_2)
		return !lt_kernel_at_least(7, 2);
	return taken == ALWAYS;
}

/* A checksum's place raises hdr_len, and must be inside the datagram. */
TEST_F(vnet, needs_csum)
{
	struct virtio_net_hdr header = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM };
	/* Newer kernels want room for an IPv4 header before it, on TAP too. */
	size_t least = is_taken(SINCE_6_2) ? 20 : 0, end;
	long ret;

	header.csum_offset = 2;
	for (end = 4; end < LEN + 3; end++) {
		header.csum_start = end - 4;
		ret = end > LEN || end < self->ether ||
		      end - 4 < least ? -EINVAL : 0;
		EXPECT_EQ(ret, write_header(&self->t, variant->size, &header,
					    LEN))
			TH_LOG("checksum ends at %zu", end);
	}
	/* A sum past 16 bits is cut by tun, and refused later. */
	header.csum_start = 0xffff;
	header.csum_offset = 0xffff;
	EXPECT_EQ(-EINVAL, write_header(&self->t, variant->size, &header, LEN));
}

/* The machine's own byte order, until the other is asked for. */
TEST_F(vnet, byte_order)
{
	struct virtio_net_hdr header = { 0 };
	int le;

	for (le = 0; le < 2; le++) {
		header.hdr_len = le ? htole16(0x0100) : 0x0100;
		ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETVNETLE, &le));
		EXPECT_EQ(-EINVAL, write_header(&self->t, variant->size,
						&header, LEN));
		EXPECT_EQ(0, write_header(&self->t, variant->size, &header,
					  0x100));
	}
}

#define CSUM VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TCPV4 VIRTIO_NET_HDR_GSO_TCPV4
#define UDP VIRTIO_NET_HDR_GSO_UDP
#define TCPV6 VIRTIO_NET_HDR_GSO_TCPV6
#define UDP_L4 5
#define ECN VIRTIO_NET_HDR_GSO_ECN

/*
 * Before an IPv4 datagram of 60 bytes with a TCP header, what tun was measured
 * to do; csum_start without the Ethernet header.
 */
static const struct {
	__u8 flags, type;
	__u16 size, start, offset;
	int taken;
} gso_rows[] = {
	{ 0, 0, 0, 0, 0, ALWAYS },
	{ VIRTIO_NET_HDR_F_DATA_VALID, 0, 0, 0, 0, ALWAYS },
	{ 0xfe, 0, 0, 0, 0, ALWAYS },
	{ CSUM, 0, 0, 20, 16, ALWAYS },
	{ 0, TCPV4, 0, 0, 0, NEVER },
	{ 0, UDP, 0, 0, 0, NEVER },
	{ 0, TCPV6, 0, 0, 0, NEVER },
	{ 0, TCPV4, 100, 0, 0, ALWAYS },
	{ 0, UDP, 100, 0, 0, ALWAYS },
	{ 0, TCPV6, 100, 0, 0, BEFORE_7_2 },
	{ 0, TCPV4, 10, 0, 0, ALWAYS },
	{ CSUM, TCPV4, 10, 20, 16, ALWAYS },
	{ CSUM, TCPV4, 100, 20, 16, ALWAYS },
	{ CSUM, TCPV4, 10, 20, 6, NEVER },
	{ 0, TCPV4 | ECN, 100, 0, 0, ALWAYS },
	{ CSUM, TCPV4 | ECN, 10, 20, 16, ALWAYS },
	{ CSUM, TCPV6, 10, 20, 16, BEFORE_6_2 },
	{ CSUM, UDP_L4, 10, 20, 6, SINCE_6_2 },
	{ 0, UDP_L4, 10, 0, 0, NEVER },
	{ 0, 2, 10, 0, 0, NEVER },
	{ 0, 6, 10, 0, 0, NEVER },
	{ 0, 7, 10, 0, 0, NEVER },
	{ 0, ECN, 10, 0, 0, NEVER },
	{ 0, 0x20, 10, 0, 0, NEVER },
	{ 0, 0x21, 10, 0, 0, NEVER },
	{ CSUM, TCPV4, 0xffff, 20, 16, NEVER },
	{ 0, TCPV4, 0xffff, 0, 0, NEVER },
};

/* An IPv4 datagram that could be what such a header says. */
static void put_tcp(__u8 *frame, size_t ether, int type)
{
	__u8 *ip = frame + ether;
	bool udp = type == UDP || type == UDP_L4;

	memset(frame, 0, ether + LEN);
	if (ether) {
		frame[12] = LT_IPV4 >> 8;
		frame[13] = LT_IPV4 & 0xff;
	}
	ip[0] = 0x45;
	ip[3] = LEN;
	ip[8] = 64;
	ip[9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	ip[12] = 10;
	ip[16] = 10;
	ip[19] = 1;
	if (udp)
		ip[25] = LEN - 20;
	else
		ip[32] = 0x50;
}

TEST_F(vnet, gso)
{
	size_t total = self->head + self->ether + LEN, i;
	struct virtio_net_hdr header;
	long ret;

	for (i = 0; i < ARRAY_SIZE(gso_rows); i++) {
		header = (struct virtio_net_hdr){
			.flags = gso_rows[i].flags,
			.gso_type = gso_rows[i].type,
			.gso_size = gso_rows[i].size,
			.csum_start = gso_rows[i].start,
			.csum_offset = gso_rows[i].offset,
		};
		if (header.csum_start)
			header.csum_start = gso_rows[i].start + self->ether;
		put_written(data, variant->flags, variant->size, &header, 14);
		put_tcp(data + self->head, self->ether, gso_rows[i].type);
		ret = is_taken(gso_rows[i].taken) ? (long)total : -EINVAL;
		EXPECT_EQ(ret, lt_write(self->t.fd, data, total))
			TH_LOG("row %zu: flags %#x, type %#x, size %u", i,
			       header.flags, header.gso_type,
			       gso_rows[i].size);
		EXPECT_EQ(ret < 0 ? -EAGAIN : (long)self->ether + LEN,
			  lt_read(self->t.sent, got, sizeof(got)));
		if (ret > 0)
			EXPECT_EQ(0, memcmp(data + self->head, got,
					    self->ether + LEN));
	}
}

/* A TCP datagram in a UDP tunnel, on TAP: where the headers are. */
#define OUTER_TCP (LT_ETHER_LEN + 20)
#define INNER_IP (OUTER_TCP + 8 + 8)
#define INNER_TCP (INNER_IP + 20)
#define TUNNEL_LEN (INNER_TCP + 20 + 40)
#define TUNNEL4 VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4
#define TUNNEL6 VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6
#define TUNNEL_CSUM VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM

/* A header of 24 bytes that speaks of it, which kernels with that flag take. */
static const struct {
	__u8 flags, type, size;
	__u16 outer_tcp, inner_ip;
	bool taken;
} tunnel_rows[] = {
	{ CSUM, TCPV4 | TUNNEL4, 24, OUTER_TCP, INNER_IP, true },
	{ CSUM, TCPV4 | TUNNEL4, 30, OUTER_TCP, INNER_IP, true },
	{ CSUM, TCPV4 | TUNNEL4, 23, OUTER_TCP, INNER_IP, false },
	{ CSUM, TCPV4 | TUNNEL4, 12, OUTER_TCP, INNER_IP, false },
	{ CSUM | TUNNEL_CSUM, TCPV4 | TUNNEL4, 24, OUTER_TCP, INNER_IP, true },
	{ CSUM, TCPV4 | TUNNEL4 | ECN, 24, OUTER_TCP, INNER_IP, true },
	{ 0, TCPV4 | TUNNEL4, 24, OUTER_TCP, INNER_IP, false },
	{ CSUM, TUNNEL4, 24, OUTER_TCP, INNER_IP, false },
	{ CSUM, UDP | TUNNEL4, 24, OUTER_TCP, INNER_IP, false },
	{ CSUM, TCPV4 | TUNNEL4 | TUNNEL6, 24, OUTER_TCP, INNER_IP, false },
	{ CSUM, TCPV4 | TUNNEL4, 24, OUTER_TCP - 1, INNER_IP, false },
	{ CSUM, TCPV4 | TUNNEL4, 24, OUTER_TCP, OUTER_TCP + 7, false },
	{ CSUM, TCPV4 | TUNNEL4, 24, OUTER_TCP, INNER_IP + 1, false },
};

static void put_ipv4(__u8 *ip, size_t len, int proto)
{
	ip[0] = 0x45;
	ip[3] = len;
	ip[8] = 64;
	ip[9] = proto;
	ip[12] = 10;
	ip[16] = 10;
	ip[19] = 1;
}

static void put_tunnel(__u8 *frame)
{
	memset(frame, 0, TUNNEL_LEN);
	frame[12] = LT_IPV4 >> 8;
	put_ipv4(frame + LT_ETHER_LEN, TUNNEL_LEN - LT_ETHER_LEN, IPPROTO_UDP);
	frame[OUTER_TCP + 5] = TUNNEL_LEN - OUTER_TCP;
	put_ipv4(frame + INNER_IP, TUNNEL_LEN - INNER_IP, IPPROTO_TCP);
	frame[INNER_TCP + 12] = 0x50;
}

static void put_le16(__u8 *at, __u16 value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

TEST(udp_tunnel)
{
	struct virtio_net_hdr header = {
		.gso_size = htole16(10),
		.csum_start = htole16(INNER_TCP),
		.csum_offset = htole16(16),
	};
	bool known = lt_kernel_at_least(6, 17);
	int one = 1, size;
	struct lt_tunnel t;
	size_t i, total;
	long ret;

	ASSERT_EQ(0, lt_tunnel_open(&t, TAP, O_NONBLOCK));
	ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETVNETLE, &one));
	for (i = 0; i < ARRAY_SIZE(tunnel_rows); i++) {
		size = tunnel_rows[i].size;
		ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETVNETHDRSZ, &size));
		header.flags = tunnel_rows[i].flags;
		header.gso_type = tunnel_rows[i].type;
		total = size + TUNNEL_LEN;
		memset(data, 0, total);
		memcpy(data, &header, HDR_LEN);
		put_le16(data + 20, tunnel_rows[i].outer_tcp);
		put_le16(data + 22, tunnel_rows[i].inner_ip);
		put_tunnel(data + size);
		ret = known && tunnel_rows[i].taken ? (long)total : -EINVAL;
		EXPECT_EQ(ret, lt_write(t.fd, data, total))
			TH_LOG("row %zu", i);
		EXPECT_EQ(ret < 0 ? -EAGAIN : TUNNEL_LEN,
			  lt_read(t.sent, got, sizeof(got)));
	}
	lt_tunnel_close(&t);
}

/* A program that asks for UDP tunnels is to have set a header with room for them. */
TEST(udp_tunnel_offload)
{
	static const int sizes[] = { HDR_LEN, 12, 23, 24, 30 };
	const unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | 0x80;
	bool known = lt_kernel_at_least(6, 17);
	struct lt_tunnel t;
	size_t i, total;
	long ret;

	ASSERT_EQ(0, lt_tunnel_open(&t, TAP, O_NONBLOCK));
	ASSERT_EQ(known ? 0 : -EINVAL,
		  lt_ioctl(t.fd, TUNSETOFFLOAD, (void *)(long)offloads));
	memset(data, 0x55, LT_ETHER_LEN + LEN);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETVNETHDRSZ, &sizes[i]));
		total = sizes[i] + LT_ETHER_LEN + LEN;
		ASSERT_EQ(LT_ETHER_LEN + LEN,
			  lt_write(t.inject, data, LT_ETHER_LEN + LEN));
		memset(got, 0xaa, sizeof(got));
		ret = known && sizes[i] < 24 ? -EFAULT : (long)total;
		EXPECT_EQ(ret, lt_read(t.fd, got, total + 8))
			TH_LOG("size %d", sizes[i]);
		/* What did not get the datagram is cleared, to its end. */
		EXPECT_EQ(ret < 0 ? 0 : 0x55, got[total - 1]);
		EXPECT_EQ(ret < 0 ? 0 : 0xaa, got[total + 7]);
		EXPECT_EQ(0xaa, got[total + 8]);
		EXPECT_EQ(-EAGAIN, lt_read(t.fd, got, sizeof(got)));
	}
	lt_tunnel_close(&t);
}

/* Where less than an int can be written; put_user() came with 6.15. */
TEST(size_to_short_memory)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct lt_tunnel t;
	__u8 *end;

	ASSERT_EQ(0, lt_tunnel_open(&t, TAP, O_NONBLOCK));
	end = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)end);
	end += page;
	ASSERT_EQ(0, munmap(end, page));
	memset(end - 3, 0xaa, 3);
	EXPECT_EQ(-EFAULT, lt_ioctl(t.fd, TUNGETVNETHDRSZ, end - 3));
	if (lt_kernel_at_least(6, 15))
		EXPECT_EQ(0xaa, end[-3]);
	EXPECT_EQ(0, munmap(end - page, page));
	lt_tunnel_close(&t);
}

TEST_HARNESS_MAIN
