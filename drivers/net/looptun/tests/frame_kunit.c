// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: framing. Literal rows for what tun was measured to do, a sweep over
 * every framing for what must hold at any length.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "../compat.h"
#include "../frame.h"

#define TUN		{ .tap = false, .pi = false }
#define TUN_PI		{ .tap = false, .pi = true }
#define TAP		{ .tap = true, .pi = false }
#define TAP_PI		{ .tap = true, .pi = true }
#define TUN_VNET(size)	{ .tap = false, .pi = false, .vnet_hdr_sz = (size) }
#define TUN_PI_VNET(size) { .tap = false, .pi = true, .vnet_hdr_sz = (size) }
#define TAP_VNET(size)	{ .tap = true, .pi = false, .vnet_hdr_sz = (size) }
#define TAP_PI_VNET(size) { .tap = true, .pi = true, .vnet_hdr_sz = (size) }

/* No protocol the code knows: it must come through as it is. */
#define LOOPTUN_FRAME_TEST_PROTO	0x1234

struct looptun_frame_test_read {
	const char *desc;
	struct looptun_framing framing;
	size_t count;
	size_t len;
	/* expected */
	size_t pi_len;
	size_t vnet_len;
	size_t data_len;
	ssize_t ret;
	u16 flags;
};

static const struct looptun_frame_test_read looptun_frame_test_reads[] = {
	/* description, framing, count, len -> PI, vnet, data, ret, flags */
	{ "tun: all but one byte", TUN, 1499, 1500, 0, 0, 1499, 1499, 1 },
	{ "tun: all", TUN, 1500, 1500, 0, 0, 1500, 1500, 0 },
	{ "tun: room to spare", TUN, 1501, 1500, 0, 0, 1500, 1500, 0 },
	{ "tun: one byte of many", TUN, 1, 65535, 0, 0, 1, 1, 1 },
	{ "tun: empty datagram", TUN, 1, 0, 0, 0, 0, 0, 0 },
	{ "tap: shortest frame", TAP, 14, 14, 0, 0, 14, 14, 0 },
	{ "tap: shortest frame, cut", TAP, 13, 14, 0, 0, 13, 13, 1 },

	{ "tun pi: no room for it", TUN_PI, 3, 1500, 0, 0, 0, -EINVAL, 0 },
	{ "tun pi: it alone", TUN_PI, 4, 1500, 4, 0, 0, 4, 1 },
	{ "tun pi: and a byte", TUN_PI, 5, 1500, 4, 0, 1, 5, 1 },
	{ "tun pi: all but one byte", TUN_PI, 1503, 1500, 4, 0, 1499, 1503, 1 },
	{ "tun pi: all", TUN_PI, 1504, 1500, 4, 0, 1500, 1504, 0 },
	{ "tun pi: room to spare", TUN_PI, 1505, 1500, 4, 0, 1500, 1504, 0 },
	{ "tun pi: empty datagram, cut", TUN_PI, 3, 0, 0, 0, 0, -EINVAL, 0 },
	{ "tun pi: empty datagram", TUN_PI, 4, 0, 4, 0, 0, 4, 0 },
	{ "tap pi: no room for it", TAP_PI, 3, 14, 0, 0, 0, -EINVAL, 0 },
	{ "tap pi: all but one byte", TAP_PI, 17, 14, 4, 0, 13, 17, 1 },
	{ "tap pi: all", TAP_PI, 18, 14, 4, 0, 14, 18, 0 },

	{ "tun vnet: no room for it", TUN_VNET(10), 9, 1500, 0, 0, 0, -EINVAL, 0 },
	{ "tun vnet: it alone", TUN_VNET(10), 10, 1500, 0, 10, 0, 10, 1 },
	{ "tun vnet: and a byte", TUN_VNET(10), 11, 1500, 0, 10, 1, 11, 1 },
	{ "tun vnet: all", TUN_VNET(10), 1510, 1500, 0, 10, 1500, 1510, 0 },
	{ "tap vnet: no room for it", TAP_VNET(12), 11, 14, 0, 0, 0, -EINVAL, 0 },
	{ "tap vnet: it alone", TAP_VNET(12), 12, 14, 0, 12, 0, 12, 1 },
	{ "tap vnet: all but one byte", TAP_VNET(12), 25, 14, 0, 12, 13, 25, 1 },
	{ "tap vnet: all", TAP_VNET(12), 26, 14, 0, 12, 14, 26, 0 },

	/* The PI header that fits is written, though the call fails. */
	{ "both: no room for PI", TUN_PI_VNET(10), 3, 1500, 0, 0, 0, -EINVAL, 0 },
	{ "both: PI alone", TUN_PI_VNET(10), 4, 1500, 4, 0, 0, -EINVAL, 1 },
	{ "both: vnet cut", TUN_PI_VNET(10), 13, 1500, 4, 0, 0, -EINVAL, 1 },
	{ "both: headers alone", TUN_PI_VNET(10), 14, 1500, 4, 10, 0, 14, 1 },
	{ "both: empty, vnet cut", TAP_PI_VNET(12), 15, 0, 4, 0, 0, -EINVAL, 1 },
	{ "both: empty datagram", TAP_PI_VNET(12), 16, 0, 4, 12, 0, 16, 0 },
	{ "both: all but one byte", TAP_PI_VNET(12), 29, 14, 4, 12, 13, 29, 1 },
	{ "both: all", TAP_PI_VNET(12), 30, 14, 4, 12, 14, 30, 0 },
};

static void looptun_frame_test_read_desc(const struct looptun_frame_test_read *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_read, looptun_frame_test_reads, looptun_frame_test_read_desc);

static void looptun_frame_test_plan_read(struct kunit *test)
{
	const struct looptun_frame_test_read *row = test->param_value;
	struct looptun_frame_plan plan =
		looptun_frame_plan_read(row->framing, row->count, row->len,
					cpu_to_be16(LOOPTUN_FRAME_TEST_PROTO));

	KUNIT_EXPECT_EQ(test, plan.ret, row->ret);
	KUNIT_EXPECT_EQ(test, plan.pi_len, row->pi_len);
	KUNIT_EXPECT_EQ(test, plan.vnet_len, row->vnet_len);
	KUNIT_EXPECT_EQ(test, plan.data_len, row->data_len);
	/* What is not copied out may hold anything. */
	if (row->pi_len) {
		KUNIT_EXPECT_EQ(test, plan.pi.flags, row->flags);
		KUNIT_EXPECT_EQ(test, be16_to_cpu(plan.pi.proto),
				LOOPTUN_FRAME_TEST_PROTO);
	}
}

enum looptun_frame_test_order { NATIVE, LITTLE, BIG };

struct looptun_frame_test_flag {
	const char *desc;
	unsigned int flags;
	/* expected */
	bool tap;
	bool pi;
	u32 vnet_hdr_sz;
	enum looptun_frame_test_order order;
};

#define LE	LOOPTUN_FRAME_VNET_LE
#define BE	LOOPTUN_FRAME_VNET_BE

static const struct looptun_frame_test_flag looptun_frame_test_flags[] = {
	/* description, flags -> tap, PI, vnet, byte order */
	{ "tun", IFF_TUN, false, true, 0, NATIVE },
	{ "tap", IFF_TAP, true, true, 0, NATIVE },
	{ "no PI", IFF_TUN | IFF_NO_PI, false, false, 0, NATIVE },
	{ "vnet", IFF_TUN | IFF_VNET_HDR, false, true, 12, NATIVE },
	{ "tap, no PI, vnet", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, true, false, 12, NATIVE },
	{ "little-endian", IFF_TUN | LE, false, true, 0, LITTLE },
	{ "big-endian", IFF_TUN | BE, false, true, 0, BIG },
	{ "both orders", IFF_TUN | LE | BE, false, true, 0, LITTLE },
	{ "all that is of no concern", ~(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | LE | BE),
	  false, true, 0, NATIVE },
};

static void looptun_frame_test_flag_desc(const struct looptun_frame_test_flag *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_flag, looptun_frame_test_flags, looptun_frame_test_flag_desc);

static void looptun_frame_test_of_flags(struct kunit *test)
{
	const struct looptun_frame_test_flag *row = test->param_value;
	struct looptun_framing framing = looptun_frame_of_flags(row->flags, 12);

	KUNIT_EXPECT_EQ(test, framing.tap, row->tap);
	KUNIT_EXPECT_EQ(test, framing.pi, row->pi);
	KUNIT_EXPECT_EQ(test, framing.vnet_hdr_sz, row->vnet_hdr_sz);
	KUNIT_EXPECT_EQ(test, framing.vnet_le,
			row->order == NATIVE ? virtio_legacy_is_little_endian() :
					       row->order == LITTLE);
}

struct looptun_frame_test_mode {
	const char *desc;
	struct looptun_framing framing;
};

static const struct looptun_frame_test_mode looptun_frame_test_modes[] = {
	{ "tun", TUN },
	{ "tun pi", TUN_PI },
	{ "tun vnet 10", TUN_VNET(10) },
	{ "tun vnet 12", TUN_VNET(12) },
	{ "tun pi vnet 10", TUN_PI_VNET(10) },
	{ "tun pi vnet 12", TUN_PI_VNET(12) },
	{ "tap", TAP },
	{ "tap pi", TAP_PI },
	{ "tap vnet 10", TAP_VNET(10) },
	{ "tap vnet 12", TAP_VNET(12) },
	{ "tap pi vnet 10", TAP_PI_VNET(10) },
	{ "tap pi vnet 12", TAP_PI_VNET(12) },
	{ "tun pi vnet huge", TUN_PI_VNET(INT_MAX) },
};

static void looptun_frame_test_mode_desc(const struct looptun_frame_test_mode *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_mode, looptun_frame_test_modes, looptun_frame_test_mode_desc);

static void looptun_frame_test_read_holds(struct kunit *test,
					  struct looptun_framing framing,
					  size_t count, size_t len)
{
	struct looptun_frame_plan plan =
		looptun_frame_plan_read(framing, count, len, 0);
	size_t pi_len = framing.pi ? 4 : 0;
	size_t headers = pi_len + framing.vnet_hdr_sz;
	bool strip = count < headers + len;

	KUNIT_EXPECT_EQ_MSG(test, plan.pi_len, count < pi_len ? 0 : pi_len,
			    "count %zu, len %zu", count, len);
	if (plan.pi_len)
		KUNIT_EXPECT_EQ_MSG(test, plan.pi.flags, (u16)strip,
				    "count %zu, len %zu", count, len);
	if (count < headers) {
		KUNIT_EXPECT_EQ_MSG(test, plan.ret, (ssize_t)-EINVAL,
				    "count %zu, len %zu", count, len);
		KUNIT_EXPECT_EQ_MSG(test, plan.vnet_len + plan.data_len, (size_t)0,
				    "count %zu, len %zu", count, len);
		return;
	}
	KUNIT_EXPECT_EQ_MSG(test, plan.ret, (ssize_t)(strip ? count : headers + len),
			    "count %zu, len %zu", count, len);
	KUNIT_EXPECT_EQ_MSG(test, plan.vnet_len, (size_t)framing.vnet_hdr_sz,
			    "count %zu, len %zu", count, len);
	KUNIT_EXPECT_EQ_MSG(test, headers + plan.data_len, (size_t)plan.ret,
			    "count %zu, len %zu", count, len);
}

/* Every framing, every length, counts around every edge. */
static void looptun_frame_test_read_sweep(struct kunit *test)
{
	static const size_t lens[] = { 0, 1, 14, 1500, 65535 };
	const struct looptun_frame_test_mode *mode = test->param_value;
	size_t headers = mode->framing.vnet_hdr_sz + (mode->framing.pi ? 4 : 0);
	size_t i, j, count;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t edges[] = { 4, headers, headers + lens[i] };

		for (count = 1; count <= 32; count++)
			looptun_frame_test_read_holds(test, mode->framing,
						      count, lens[i]);
		for (j = 0; j < ARRAY_SIZE(edges); j++)
			for (count = max_t(size_t, edges[j], 2) - 1;
			     count <= edges[j] + 1; count++)
				looptun_frame_test_read_holds(test, mode->framing,
							      count, lens[i]);
	}
}

struct looptun_frame_test_write {
	const char *desc;
	struct looptun_framing framing;
	size_t count;
	/* expected */
	size_t pi_len;
	size_t vnet_len;
	size_t data_len;
	ssize_t ret;
};

static const struct looptun_frame_test_write looptun_frame_test_writes[] = {
	/* description, framing, count -> PI, vnet, data, ret */
	/* TUN needs no length here: the version nibble is looked at later. */
	{ "tun: nothing", TUN, 0, 0, 0, 0, 0 },
	{ "tun: a byte", TUN, 1, 0, 0, 1, 1 },
	{ "tun: 13", TUN, 13, 0, 0, 13, 13 },
	{ "tun: 65535", TUN, 65535, 0, 0, 65535, 65535 },
	{ "tun pi: nothing", TUN_PI, 0, 0, 0, 0, -EINVAL },
	{ "tun pi: a byte", TUN_PI, 1, 0, 0, 0, -EINVAL },
	{ "tun pi: cut", TUN_PI, 3, 0, 0, 0, -EINVAL },
	{ "tun pi: it alone", TUN_PI, 4, 4, 0, 0, 4 },
	{ "tun pi: and a byte", TUN_PI, 5, 4, 0, 1, 5 },
	{ "tun vnet: cut", TUN_VNET(10), 9, 0, 0, 0, -EINVAL },
	{ "tun vnet: it alone", TUN_VNET(10), 10, 0, 10, 0, 10 },
	{ "tun vnet: and a byte", TUN_VNET(10), 11, 0, 10, 1, 11 },
	{ "tun both: PI cut", TUN_PI_VNET(10), 3, 0, 0, 0, -EINVAL },
	{ "tun both: PI alone", TUN_PI_VNET(10), 4, 4, 0, 0, -EINVAL },
	{ "tun both: vnet cut", TUN_PI_VNET(10), 13, 4, 0, 0, -EINVAL },
	{ "tun both: headers alone", TUN_PI_VNET(10), 14, 4, 10, 0, 14 },
	{ "tun both: and a byte", TUN_PI_VNET(10), 15, 4, 10, 1, 15 },

	{ "tap: nothing", TAP, 0, 0, 0, 0, -EINVAL },
	{ "tap: Ethernet cut", TAP, 13, 0, 0, 13, -EINVAL },
	{ "tap: Ethernet alone", TAP, 14, 0, 0, 14, 14 },
	{ "tap: and a byte", TAP, 15, 0, 0, 15, 15 },
	{ "tap pi: PI cut", TAP_PI, 3, 0, 0, 0, -EINVAL },
	{ "tap pi: PI alone", TAP_PI, 4, 4, 0, 0, -EINVAL },
	{ "tap pi: Ethernet cut", TAP_PI, 17, 4, 0, 13, -EINVAL },
	{ "tap pi: Ethernet alone", TAP_PI, 18, 4, 0, 14, 18 },
	{ "tap pi: and a byte", TAP_PI, 19, 4, 0, 15, 19 },
	{ "tap vnet: Ethernet cut", TAP_VNET(10), 23, 0, 10, 13, -EINVAL },
	{ "tap vnet: Ethernet alone", TAP_VNET(10), 24, 0, 10, 14, 24 },
	{ "tap vnet: and a byte", TAP_VNET(10), 25, 0, 10, 15, 25 },
	{ "tap both: Ethernet cut", TAP_PI_VNET(12), 29, 4, 12, 13, -EINVAL },
	{ "tap both: Ethernet alone", TAP_PI_VNET(12), 30, 4, 12, 14, 30 },

	{ "tun vnet huge", TUN_VNET(INT_MAX), 65535, 0, 0, 0, -EINVAL },
	{ "tun vnet huge: cut", TUN_VNET(INT_MAX), INT_MAX - 1, 0, 0, 0, -EINVAL },
	{ "tun vnet huge: it alone", TUN_VNET(INT_MAX), INT_MAX, 0, INT_MAX, 0, INT_MAX },
	{ "tap both, vnet huge", TAP_PI_VNET(INT_MAX), INT_MAX, 4, 0, 0, -EINVAL },
};

static void looptun_frame_test_write_desc(const struct looptun_frame_test_write *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_write, looptun_frame_test_writes,
		  looptun_frame_test_write_desc);

static void looptun_frame_test_plan_write(struct kunit *test)
{
	const struct looptun_frame_test_write *row = test->param_value;
	struct looptun_frame_plan plan =
		looptun_frame_plan_write(row->framing, row->count);

	KUNIT_EXPECT_EQ(test, plan.ret, row->ret);
	KUNIT_EXPECT_EQ(test, plan.pi_len, row->pi_len);
	KUNIT_EXPECT_EQ(test, plan.vnet_len, row->vnet_len);
	KUNIT_EXPECT_EQ(test, plan.data_len, row->data_len);
}

/*
 * Figures found by bisection on tun, where buffers are as they were there. That of
 * 32 bits is by reckoning: its struct skb_shared_info takes 64 bytes less.
 */
static void looptun_frame_test_write_max(struct kunit *test)
{
	size_t measured = LOOPTUN_TUN_FRAGS_MAX ? 4750976 : 4193920;
	size_t slab_max = KMALLOC_MAX_SIZE, frags_max = MAX_SKB_FRAGS;
	bool s390 = IS_ENABLED(CONFIG_S390), uml = IS_ENABLED(CONFIG_UML);
	bool x86_32 = IS_ENABLED(CONFIG_X86_32) && SMP_CACHE_BYTES == 64;

	KUNIT_EXPECT_EQ(test, looptun_frame_write_max(true) + NET_IP_ALIGN,
			looptun_frame_write_max(false));

	if (!(IS_ENABLED(CONFIG_X86_64) || IS_ENABLED(CONFIG_ARM64) || s390 || x86_32) ||
	    PAGE_SIZE != SZ_4K || slab_max != SZ_4M || frags_max != 17)
		kunit_skip(test, "not a machine that was measured");
	measured += s390 ? -160 : x86_32 ? 64 : 0;
	KUNIT_EXPECT_EQ(test, looptun_frame_write_max(false), measured);
	KUNIT_EXPECT_EQ(test, looptun_frame_write_max(true),
			measured - (s390 || uml ? 2 : 0));
}

static void looptun_frame_test_ip_proto(struct kunit *test)
{
	static const u16 protos[16] = { [4] = ETH_P_IP, [6] = ETH_P_IPV6 };
	unsigned int first;

	for (first = 0; first < 256; first++) {
		u16 proto = protos[first >> 4];
		__be16 got = cpu_to_be16(LOOPTUN_FRAME_TEST_PROTO);

		KUNIT_EXPECT_EQ_MSG(test, looptun_frame_ip_proto(first, &got),
				    proto ? 0 : -EINVAL, "first byte %#x", first);
		KUNIT_EXPECT_EQ_MSG(test, be16_to_cpu(got),
				    proto ?: LOOPTUN_FRAME_TEST_PROTO,
				    "first byte %#x", first);
	}
}

struct looptun_frame_test_proto {
	const char *desc;
	bool tap;
	u8 data[16];
	size_t len;
	u16 proto;
};

static const struct looptun_frame_test_proto looptun_frame_test_protos[] = {
	{ "tun: nothing", false, { 0x45 }, 0, 0 },
	{ "tun: IPv4, a byte", false, { 0x45 }, 1, 0x0800 },
	{ "tun: IPv4", false, { 0x4f, 0x60 }, 16, 0x0800 },
	{ "tun: IPv6, a byte", false, { 0x60 }, 1, 0x86dd },
	{ "tun: neither", false, { 0x50 }, 1, 0 },
	{ "tun: zeros", false, { 0 }, 16, 0 },
	{ "tap: nothing", true, { 0x45 }, 0, 0 },
	{ "tap: a byte", true, { 0x45 }, 1, 0 },
	{ "tap: type cut", true, { [12] = 0x08, 0x06 }, 13, 0 },
	{ "tap: ARP", true, { [12] = 0x08, 0x06 }, 14, 0x0806 },
	{ "tap: and a byte", true, { 0x45, [12] = 0x86, 0xdd, 0x45 }, 15, 0x86dd },
	{ "tap: VLAN tag", true, { [12] = 0x81, 0x00, 0x08, 0x00 }, 16, 0x8100 },
	{ "tap: 802.3 length", true, { [12] = 0x00, 0x26, 0xaa, 0xaa }, 16, 0x0026 },
};

static void looptun_frame_test_proto_desc(const struct looptun_frame_test_proto *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_proto, looptun_frame_test_protos,
		  looptun_frame_test_proto_desc);

/*
 * Not a byte more than there is, so that KASAN sees one read too many. Only of
 * nothing there is a byte: it tells by the result.
 */
static u8 *looptun_frame_test_copy(struct kunit *test, const u8 *data, size_t len)
{
	size_t size = max_t(size_t, len, 1);
	u8 *copy = kunit_kmalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return memcpy(copy, data, size);
}

static void looptun_frame_test_frame_proto(struct kunit *test)
{
	const struct looptun_frame_test_proto *row = test->param_value;
	u8 *data = looptun_frame_test_copy(test, row->data, row->len);

	KUNIT_EXPECT_EQ(test, be16_to_cpu(looptun_frame_proto(row->tap, data, row->len)),
			row->proto);
}

struct looptun_frame_test_written {
	const char *desc;
	struct looptun_framing framing;
	u8 data[16];
	size_t len;
	/* expected */
	int ret;
	u16 proto;
};

static const struct looptun_frame_test_written looptun_frame_test_writtens[] = {
	{ "tun: nothing", TUN, { 0x45 }, 0, -EINVAL },
	{ "tun: IPv4", TUN, { 0x45 }, 1, 0, 0x0800 },
	{ "tun: IPv6", TUN, { 0x60 }, 1, 0, 0x86dd },
	{ "tun: neither", TUN, { 0x30 }, 1, -EINVAL },
	{ "tun: neither, behind a vnet header", TUN_VNET(10), { 0x70 }, 1, -EINVAL },
	{ "tun: IPv6, behind a vnet header", TUN_VNET(10), { 0x60 }, 1, 0, 0x86dd },
	{ "tun pi: as it says, of nothing", TUN_PI, { 0x45 }, 0, 0, LOOPTUN_FRAME_TEST_PROTO },
	{ "tun pi: as it says, of IPv4", TUN_PI, { 0x45 }, 1, 0, LOOPTUN_FRAME_TEST_PROTO },
	{ "tun pi: as it says, of neither", TUN_PI, { 0x30 }, 1, 0, LOOPTUN_FRAME_TEST_PROTO },
	{ "tap: ARP", TAP, { [12] = 0x08, 0x06 }, 14, 0, 0x0806 },
	{ "tap: looks like IPv4", TAP, { 0x45, [12] = 0x08, 0x06 }, 14, 0, 0x0806 },
	{ "tap pi: as the frame says", TAP_PI, { [12] = 0x86, 0xdd }, 14, 0, 0x86dd },
};

static void looptun_frame_test_written_desc(const struct looptun_frame_test_written *row,
					    char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_written, looptun_frame_test_writtens,
		  looptun_frame_test_written_desc);

static void looptun_frame_test_written_proto(struct kunit *test)
{
	const struct looptun_frame_test_written *row = test->param_value;
	u8 *data = looptun_frame_test_copy(test, row->data, row->len);
	__be16 proto = 0;
	int ret;

	ret = looptun_frame_written_proto(row->framing,
					  cpu_to_be16(LOOPTUN_FRAME_TEST_PROTO),
					  data, row->len, &proto);
	KUNIT_EXPECT_EQ(test, ret, row->ret);
	KUNIT_EXPECT_EQ(test, be16_to_cpu(proto), row->proto);
}

static void looptun_frame_test_ether_header(struct kunit *test)
{
	static const u8 ipv4[ETH_HLEN + 2] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x08, 0x00, 0xa5, 0xa5
	};
	static const u8 ipv6[ETH_HLEN + 2] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x86, 0xdd, 0xa5, 0xa5
	};
	u8 header[ETH_HLEN + 2];

	memset(header, 0xa5, sizeof(header));
	looptun_frame_ether_header(header, cpu_to_be16(ETH_P_IP));
	KUNIT_EXPECT_EQ(test, memcmp(header, ipv4, sizeof(header)), 0);

	memset(header, 0xa5, sizeof(header));
	looptun_frame_ether_header(header, cpu_to_be16(ETH_P_IPV6));
	KUNIT_EXPECT_EQ(test, memcmp(header, ipv6, sizeof(header)), 0);
}

struct looptun_frame_test_size {
	const char *desc;
	bool tap;
	bool head;	/* hdr_len and len are added to the longest linear part */
	size_t hdr_len;
	size_t len;
	/* expected where pages carry what stands behind hdr_len, and elsewhere */
	int pages;
	int frags;
};

#define PAGES (MAX_SKB_FRAGS * PAGE_SIZE)

static const struct looptun_frame_test_size looptun_frame_test_sizes[] = {
	/* description, tap, head, hdr_len, len -> with pages, without */
	{ "nothing", false, false, 0, 0, 0, 0 },
	{ "nothing, behind a header", false, false, 54, 54, 0, 0 },
	{ "no header", false, false, 0, PAGES + PAGE_SIZE, 0, 0 },
	{ "header of a byte", false, false, 1, 1 + PAGES, 0, 0 },
	{ "header of a byte, a byte over", false, false, 1, 2 + PAGES, -EMSGSIZE, 0 },
	{ "header", false, false, 54, 54 + PAGES, 0, 0 },
	{ "header, a byte over", false, false, 54, 55 + PAGES, -EMSGSIZE, 0 },
	{ "tap: header", true, false, 54, 54 + PAGES, 0, 0 },
	{ "tap: header, a byte over", true, false, 54, 55 + PAGES, -EMSGSIZE, 0 },
	{ "header as long as may be", false, true, 0, PAGES, 0, 0 },
	{ "header as long as may be, a byte over", false, true, 0, PAGES + 1, -EMSGSIZE, 0 },
	{ "header longer than that", false, true, 1, PAGES, 0, 0 },
	{ "header longer than that, a byte over", false, true, 1, PAGES + 1, -EMSGSIZE, 0 },
	{ "tap: header longer than that", true, true, 9999, PAGES, 0, 0 },
	{ "tap: header longer, a byte over", true, true, 9999, PAGES + 1, -EMSGSIZE, 0 },
};

#undef PAGES

static void looptun_frame_test_size_desc(const struct looptun_frame_test_size *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_frame_test_size, looptun_frame_test_sizes,
		  looptun_frame_test_size_desc);

static void looptun_frame_test_check_size(struct kunit *test)
{
	const struct looptun_frame_test_size *row = test->param_value;
	size_t pad = NET_SKB_PAD + (row->tap ? NET_IP_ALIGN : 0);
	size_t base = row->head ? SKB_MAX_HEAD(pad) : 0;

	KUNIT_EXPECT_EQ(test, looptun_frame_check_size(row->tap, base + row->hdr_len,
						       base + row->len),
			LOOPTUN_TUN_PAGES ? row->pages : row->frags);
}

/* Without a header the longest is that of looptun_frame_write_max(). */
static void looptun_frame_test_check_size_max(struct kunit *test)
{
	bool taps[] = { false, true };
	size_t i, max;

	for (i = 0; i < ARRAY_SIZE(taps); i++) {
		max = looptun_frame_write_max(taps[i]);
		KUNIT_EXPECT_EQ(test, looptun_frame_check_size(taps[i], 0, max), 0);
		KUNIT_EXPECT_EQ(test, looptun_frame_check_size(taps[i], 0, max + 1), -ENOBUFS);
		KUNIT_EXPECT_EQ(test, looptun_frame_check_size(taps[i], 54, max + 1),
				LOOPTUN_TUN_PAGES ? -EMSGSIZE : -ENOBUFS);
	}
}

static struct kunit_case looptun_frame_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_frame_test_of_flags, looptun_frame_test_flag_gen_params),
	KUNIT_CASE_PARAM(looptun_frame_test_plan_read, looptun_frame_test_read_gen_params),
	KUNIT_CASE_PARAM(looptun_frame_test_read_sweep, looptun_frame_test_mode_gen_params),
	KUNIT_CASE_PARAM(looptun_frame_test_plan_write, looptun_frame_test_write_gen_params),
	KUNIT_CASE(looptun_frame_test_write_max),
	KUNIT_CASE_PARAM(looptun_frame_test_check_size, looptun_frame_test_size_gen_params),
	KUNIT_CASE(looptun_frame_test_check_size_max),
	KUNIT_CASE(looptun_frame_test_ip_proto),
	KUNIT_CASE_PARAM(looptun_frame_test_frame_proto, looptun_frame_test_proto_gen_params),
	KUNIT_CASE_PARAM(looptun_frame_test_written_proto,
			 looptun_frame_test_written_gen_params),
	KUNIT_CASE(looptun_frame_test_ether_header),
	{ }
};

static struct kunit_suite looptun_frame_test_suite = {
	.name = "looptun_frame",
	.test_cases = looptun_frame_test_cases,
};

kunit_test_suite(looptun_frame_test_suite);

MODULE_DESCRIPTION("Unit tests of looptun");
MODULE_LICENSE("GPL");
