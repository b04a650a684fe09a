// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: virtio-net headers: which are taken, which are offered to whom, and
 * what is done to those that go on to another tunnel. What a header may say of a
 * datagram is the kernel's own affair; asked here is whether it is asked right.
 */
#include <kunit/test.h>
#include <linux/if_tun.h>
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>
#include <net/checksum.h>
#include <net/net_namespace.h>

#include "../datagram.h"
#include "../tunnel.h"
#include "../vnet.h"

#define NONE	VIRTIO_NET_HDR_GSO_NONE
#define TCPV4	VIRTIO_NET_HDR_GSO_TCPV4
#define TCPV6	VIRTIO_NET_HDR_GSO_TCPV6
#define UDP	VIRTIO_NET_HDR_GSO_UDP
#define WITH_ECN VIRTIO_NET_HDR_GSO_ECN
#define CSUM	VIRTIO_NET_HDR_F_NEEDS_CSUM

static struct looptun_framing looptun_vnet_test_framing(bool tap, bool le)
{
	return (struct looptun_framing) {
		.tap = tap,
		.vnet_le = le,
		.vnet_hdr_sz = sizeof(struct virtio_net_hdr),
	};
}

static __virtio16 looptun_vnet_test_16(bool le, u16 value)
{
	return __cpu_to_virtio16(le, value);
}

/**
 * struct looptun_vnet_test_header - a header, and whether its lengths are right
 * @desc: of the row
 * @tap: Ethernet frames
 * @flags: of the header
 * @hdr_len: of the header
 * @start: csum_start
 * @offset: csum_offset
 * @len: bytes of the datagram
 * @ret: expected
 * @raised: hdr_len expected afterwards
 */
struct looptun_vnet_test_header {
	const char *desc;
	bool tap;
	u8 flags;
	u16 hdr_len;
	u16 start;
	u16 offset;
	size_t len;
	int ret;
	u16 raised;
};

static const struct looptun_vnet_test_header looptun_vnet_test_headers[] = {
	{ "nothing", false, 0, 0, 0, 0, 0, 0, 0 },
	{ "just inside", false, 0, 60, 0, 0, 60, 0, 60 },
	{ "just outside", false, 0, 61, 0, 0, 60, -EINVAL, 61 },
	{ "checksum inside", false, CSUM, 0, 20, 16, 38, 0, 38 },
	{ "checksum outside", false, CSUM, 0, 20, 16, 37, -EINVAL, 38 },
	{ "not raised", false, CSUM, 50, 20, 16, 60, 0, 50 },
	{ "not asked for", false, 0, 10, 20, 16, 60, 0, 10 },
	{ "over 16 bits", false, CSUM, 0, 0xffff, 0, 60, 0, 1 },
	{ "Ethernet header cut", true, 0, 13, 0, 0, 60, -EINVAL, 13 },
	{ "Ethernet header", true, 0, 14, 0, 0, 60, 0, 14 },
	{ "no Ethernet header", true, 0, 0, 0, 0, 60, 0, 0 },
	{ "13 bytes on TUN", false, 0, 13, 0, 0, 60, 0, 13 },
};

static void looptun_vnet_test_header_desc(const struct looptun_vnet_test_header *row,
					  char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_vnet_test_header, looptun_vnet_test_headers,
		  looptun_vnet_test_header_desc);

static void looptun_vnet_test_check_header(struct kunit *test)
{
	const struct looptun_vnet_test_header *row = test->param_value;
	struct looptun_framing framing;
	struct virtio_net_hdr header;
	int le;

	for (le = 0; le < 2; le++) {
		framing = looptun_vnet_test_framing(row->tap, le);
		header = (struct virtio_net_hdr) {
			.flags = row->flags,
			.hdr_len = looptun_vnet_test_16(le, row->hdr_len),
			.csum_start = looptun_vnet_test_16(le, row->start),
			.csum_offset = looptun_vnet_test_16(le, row->offset),
		};
		KUNIT_EXPECT_EQ(test, row->ret,
				looptun_vnet_check_header(framing, &header, row->len));
		KUNIT_EXPECT_EQ(test, row->raised,
				__virtio16_to_cpu(framing.vnet_le, header.hdr_len));
	}
}

static void looptun_vnet_test_meaning(struct kunit *test)
{
	struct virtio_net_hdr header = { };

	KUNIT_EXPECT_FALSE(test, looptun_vnet_has_meaning(&header));
	header.flags = 0xff & ~CSUM;
	KUNIT_EXPECT_FALSE(test, looptun_vnet_has_meaning(&header));
	header.flags = CSUM;
	KUNIT_EXPECT_TRUE(test, looptun_vnet_has_meaning(&header));
	header.flags = 0;
	header.gso_type = WITH_ECN;
	KUNIT_EXPECT_TRUE(test, looptun_vnet_has_meaning(&header));
}

/* An IPv4 or IPv6 datagram with a TCP header, in a frame or not. */
static size_t looptun_vnet_test_tcp(u8 *at, bool tap, bool v6)
{
	u8 *ip = at + (tap ? ETH_HLEN : 0);
	size_t header = v6 ? 40 : 20, len = header + 40;

	memset(at, 0, ETH_HLEN + len);
	if (tap) {
		at[12] = v6 ? 0x86 : 0x08;
		at[13] = v6 ? 0xdd : 0x00;
	}
	ip[0] = v6 ? 0x60 : 0x45;
	if (v6) {
		ip[5] = len - header;
		ip[6] = IPPROTO_TCP;
	} else {
		ip[3] = len;
		ip[9] = IPPROTO_TCP;
	}
	ip[header + 12] = 0x50;
	return (tap ? ETH_HLEN : 0) + len;
}

/*
 * Without NEEDS_CSUM the helper looks for the headers itself, with all that it is
 * given: device, protocol and network header.
 */
static void looptun_vnet_test_datagram_of(struct kunit *test, bool tap, bool v6)
{
	struct looptun_framing framing = looptun_vnet_test_framing(tap, true);
	union looptun_vnet_header header = { };
	static u8 data[PAGE_SIZE];
	struct looptun_datagram datagram = {
		.data = data,
		.proto = htons(v6 ? ETH_P_IPV6 : ETH_P_IP),
	};
	struct net_device *dev = looptun_device_create(&init_net, tap);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	datagram.len = looptun_vnet_test_tcp(data, tap, v6);
	header.basic.gso_type = v6 ? TCPV6 : TCPV4;
	header.basic.gso_size = looptun_vnet_test_16(true, 10);
	KUNIT_EXPECT_EQ(test, 0, looptun_vnet_check_datagram(framing, &header, dev,
							     &datagram));
	/* More than any slab has to spare. */
	datagram.len = sizeof(data);
	KUNIT_EXPECT_EQ(test, 0, looptun_vnet_check_datagram(framing, &header, dev,
							     &datagram));
	/* A byte less than any TCP header. */
	datagram.len = sizeof(struct tcphdr) - 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, looptun_vnet_check_datagram(framing, &header, dev,
								   &datagram));
	datagram.len = sizeof(data);
	header.basic.gso_size = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, looptun_vnet_check_datagram(framing, &header, dev,
								   &datagram));
	free_netdev(dev);
}

static void looptun_vnet_test_datagram(struct kunit *test)
{
	int i;

	for (i = 0; i < 4; i++)
		looptun_vnet_test_datagram_of(test, i & 1, i & 2);
}

struct looptun_vnet_test_offload {
	unsigned long bits;
	bool valid;
};

static const struct looptun_vnet_test_offload looptun_vnet_test_offload_rows[] = {
	{ 0, true },
	{ TUN_F_CSUM, true },
	{ TUN_F_TSO4, false },
	{ TUN_F_CSUM | TUN_F_TSO4, true },
	{ TUN_F_CSUM | TUN_F_TSO6 | TUN_F_TSO_ECN, true },
	{ TUN_F_CSUM | TUN_F_TSO_ECN, false },
	{ TUN_F_CSUM | TUN_F_UFO, true },
	{ TUN_F_CSUM | 1UL << 9, false },
	{ TUN_F_CSUM | TUN_F_UFO | 1UL << 9, false },
#ifdef TUN_F_USO4
	/* One is not without the other. */
	{ TUN_F_CSUM | TUN_F_USO4, false },
	{ TUN_F_CSUM | TUN_F_USO6, false },
	{ TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6, true },
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_USO6, false },
#endif
#ifdef TUN_F_UDP_TUNNEL_GSO
	{ TUN_F_CSUM | TUN_F_UDP_TUNNEL_GSO, false },
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_UDP_TUNNEL_GSO, true },
	{ TUN_F_CSUM | TUN_F_USO4 | TUN_F_UDP_TUNNEL_GSO, false },
	{ TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6 | TUN_F_UDP_TUNNEL_GSO, true },
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_UDP_TUNNEL_GSO_CSUM, false },
	{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_UDP_TUNNEL_GSO | TUN_F_UDP_TUNNEL_GSO_CSUM,
	  true },
#endif
};

static void looptun_vnet_test_offloads(struct kunit *test)
{
	const struct looptun_vnet_test_offload *row;
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_vnet_test_offload_rows); i++) {
		row = &looptun_vnet_test_offload_rows[i];
		KUNIT_EXPECT_EQ_MSG(test, row->valid, looptun_vnet_offload_is_valid(row->bits),
				    "row %d", i);
	}
}

static void looptun_vnet_test_offered(struct kunit *test)
{
	static const struct {
		unsigned long offloads;
		u8 type;
		bool offered;
	} rows[] = {
		{ 0, NONE, false },
		{ TUN_F_CSUM, NONE, true },
		{ TUN_F_CSUM, TCPV4, false },
		{ TUN_F_TSO4, TCPV4, false },
		{ TUN_F_CSUM | TUN_F_TSO4, TCPV4, true },
		{ TUN_F_CSUM | TUN_F_TSO4, TCPV6, false },
		{ TUN_F_CSUM | TUN_F_TSO6, TCPV6, true },
		{ TUN_F_CSUM | TUN_F_TSO6, TCPV4, false },
		{ TUN_F_CSUM | TUN_F_TSO4, TCPV4 | WITH_ECN, false },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN, TCPV4 | WITH_ECN, true },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN, TCPV4, true },
		{ TUN_F_CSUM | TUN_F_TSO6, TCPV6 | WITH_ECN, false },
		{ TUN_F_CSUM | TUN_F_TSO6 | TUN_F_TSO_ECN, TCPV6 | WITH_ECN, true },
		{ TUN_F_CSUM | TUN_F_UFO, UDP, true },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, UDP, false },
		{ ~0UL, 2, false },
		{ ~0UL, 6, false },
		{ ~0UL, 0x21, false },
	};
	struct virtio_net_hdr header = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		header.gso_type = rows[i].type;
		KUNIT_EXPECT_EQ_MSG(test, rows[i].offered,
				    looptun_vnet_is_offered(rows[i].offloads, &header),
				    "row %d", i);
	}
}

/* Words of which the last is the checksum: what is to stand there? */
static void looptun_vnet_test_complete(struct kunit *test)
{
	static const struct {
		u16 words[3];
		u16 sum;
	} rows[] = {
		{ { 0x0102, 0x0304, 0 }, 0xfbf9 },
		/* The sum of the pseudo-header that stands there counts. */
		{ { 0x0102, 0x0304, 0x1000 }, 0xebf9 },
		{ { 0xffff, 0x0001, 0 }, 0xfffe },
		/* A sum of 0 would say that there is none. */
		{ { 0xffff, 0, 0 }, 0xffff },
		{ { 0x8000, 0x7fff, 0 }, 0xffff },
		{ { 0xfffe, 0, 0 }, 0x0001 },
	};
	struct looptun_framing framing = looptun_vnet_test_framing(false, true);
	struct virtio_net_hdr header = {
		.flags = CSUM,
		.csum_start = looptun_vnet_test_16(true, 2),
		.csum_offset = looptun_vnet_test_16(true, 4),
	};
	__be16 data[4];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		data[0] = htons(0x4711);
		for (j = 0; j < 3; j++)
			data[j + 1] = htons(rows[i].words[j]);
		KUNIT_EXPECT_TRUE(test, looptun_vnet_complete(framing, &header, (u8 *)data,
							      sizeof(data)));
		KUNIT_EXPECT_EQ_MSG(test, rows[i].sum, ntohs(data[3]), "row %d", i);
		KUNIT_EXPECT_EQ(test, 0x4711, ntohs(data[0]));
	}
	data[3] = 0;
	KUNIT_EXPECT_FALSE(test, looptun_vnet_complete(framing, &header, (u8 *)data,
						       sizeof(data) - 1));
	KUNIT_EXPECT_EQ(test, 0, ntohs(data[3]));
	header.flags = 0;
	KUNIT_EXPECT_TRUE(test, looptun_vnet_complete(framing, &header, (u8 *)data, 0));
	KUNIT_EXPECT_EQ(test, 0, ntohs(data[3]));
}

static void looptun_vnet_test_move(struct kunit *test)
{
	static const struct {
		u8 flags;
		u16 start, hdr_len;
		int cut;
		bool moved;
		u16 to_start, to_hdr_len;
		/* Bytes of datagram, if it is not long. */
		u16 len;
	} rows[] = {
		{ CSUM, 34, 54, 14, true, 20, 40 },
		{ CSUM, 20, 40, -14, true, 34, 54 },
		{ CSUM, 14, 14, 14, true, 0, 0 },
		{ CSUM, 13, 54, 14, false },
		{ CSUM, 34, 13, 14, false },
		{ 0, 13, 0, 14, true, 13, 0 },
		{ CSUM, 0xfff2, 0, -14, false },
		{ CSUM, 0, 0xfff2, -14, false },
		{ CSUM, 0xffff, 0, -14, false },
		{ CSUM, 0, 0xffff, -14, false },
		{ CSUM, 0xfff1, 0xfff1, -14, true, 0xffff, 0xffff },
		{ CSUM, 34, 54, 14, true, 20, 40, 20 + 0x1234 + 2 },
		{ CSUM, 34, 54, 14, false, .len = 20 + 0x1234 + 1 },
		{ 0, 34, 54, 14, true, 34, 40, 20 },
	};
	struct looptun_framing from = looptun_vnet_test_framing(true, false);
	struct looptun_framing to = looptun_vnet_test_framing(false, true);
	struct virtio_net_hdr header;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		header = (struct virtio_net_hdr) {
			.flags = rows[i].flags,
			.csum_start = looptun_vnet_test_16(false, rows[i].start),
			.csum_offset = looptun_vnet_test_16(false, 0x1234),
			.hdr_len = looptun_vnet_test_16(false, rows[i].hdr_len),
			.gso_size = looptun_vnet_test_16(false, 0x5678),
		};
		KUNIT_EXPECT_EQ_MSG(test, rows[i].moved,
				    looptun_vnet_move(from, to, &header, rows[i].cut,
						      rows[i].len ?: SIZE_MAX),
				    "row %d", i);
		if (!rows[i].moved)
			continue;
		KUNIT_EXPECT_EQ(test, rows[i].to_start,
				__virtio16_to_cpu(true, header.csum_start));
		KUNIT_EXPECT_EQ(test, rows[i].to_hdr_len,
				__virtio16_to_cpu(to.vnet_le, header.hdr_len));
		KUNIT_EXPECT_EQ(test, 0x1234, __virtio16_to_cpu(true, header.csum_offset));
		KUNIT_EXPECT_EQ(test, 0x5678, __virtio16_to_cpu(true, header.gso_size));
	}
}

static void looptun_vnet_test_cut(struct kunit *test)
{
	struct looptun_framing framing = looptun_vnet_test_framing(false, false);
	struct virtio_net_hdr header = { .hdr_len = looptun_vnet_test_16(false, 40) };

	looptun_vnet_cut(framing, &header, 41);
	KUNIT_EXPECT_EQ(test, 40, __virtio16_to_cpu(framing.vnet_le, header.hdr_len));
	looptun_vnet_cut(framing, &header, 40);
	KUNIT_EXPECT_EQ(test, 40, __virtio16_to_cpu(framing.vnet_le, header.hdr_len));
	looptun_vnet_cut(framing, &header, 39);
	KUNIT_EXPECT_EQ(test, 39, __virtio16_to_cpu(framing.vnet_le, header.hdr_len));
}

static struct kunit_case looptun_vnet_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_vnet_test_check_header, looptun_vnet_test_header_gen_params),
	KUNIT_CASE(looptun_vnet_test_meaning),
	KUNIT_CASE(looptun_vnet_test_datagram),
	KUNIT_CASE(looptun_vnet_test_offloads),
	KUNIT_CASE(looptun_vnet_test_offered),
	KUNIT_CASE(looptun_vnet_test_complete),
	KUNIT_CASE(looptun_vnet_test_move),
	KUNIT_CASE(looptun_vnet_test_cut),
	{ }
};

static struct kunit_suite looptun_vnet_test_suite = {
	.name = "looptun_vnet",
	.test_cases = looptun_vnet_test_cases,
};

kunit_test_suite(looptun_vnet_test_suite);
