// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the flow that a datagram belongs to. Each row says how a second
 * datagram differs from a first, and whether that is the same flow.
 */
#include <kunit/test.h>
#include <linux/in.h>

#include "../frame.h"

#define LOOPTUN_FLOW_TEST_MAX	(ETH_HLEN + 60)

/**
 * struct looptun_flow_test_datagram - what matters of a datagram
 * @version: of IP; 0 for something else
 * @options: bytes of options in an IPv4 header
 * @fragment: IPv4 flags and offset
 * @proto: protocol
 * @from: last byte of the source address
 * @to: last byte of the destination address
 * @sport: source port, or whatever stands there
 * @dport: destination port
 * @len: bytes of it, 0 for 60
 */
struct looptun_flow_test_datagram {
	u8 version;
	u8 options;
	u16 fragment;
	u8 proto;
	u8 from;
	u8 to;
	u16 sport;
	u16 dport;
	u8 len;
};

static const struct looptun_flow_test_row {
	const char *desc;
	struct looptun_flow_test_datagram a;
	struct looptun_flow_test_datagram b;
	bool same;
} looptun_flow_test_rows[] = {
	/* description, first, second, of one flow? */
	{ "TCP, itself", { 4, 0, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 81 }, true },
	{ "TCP, back", { 4, 0, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 2, 1, 81, 80 }, true },
	{ "UDP, back", { 4, 0, 0, 17, 1, 2, 80, 81 }, { 4, 0, 0, 17, 2, 1, 81, 80 }, true },
	{ "another port", { 4, 0, 0, 17, 1, 2, 80, 81 }, { 4, 0, 0, 17, 1, 2, 80, 82 }, false },
	{ "ports exchanged", { 4, 0, 0, 17, 1, 2, 1000, 53 }, { 4, 0, 0, 17, 1, 2, 53, 1000 },
	  false },
	{ "another protocol", { 4, 0, 0, 17, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 81 }, false },
	{ "another source", { 4, 0, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 3, 2, 80, 81 }, false },
	{ "another sink", { 4, 0, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 3, 80, 81 }, false },
	{ "ICMP has no ports", { 4, 0, 0, 1, 1, 2, 80, 81 }, { 4, 0, 0, 1, 2, 1, 8, 9 }, true },
	{ "options before ports", { 4, 8, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 81 },
	  true },
	{ "most options", { 4, 36, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 82 }, false },
	{ "first fragment", { 4, 0, 0x2000, 6, 1, 2, 80, 81 }, { 4, 0, 0x2000, 6, 2, 1, 82, 83 },
	  true },
	{ "first and second", { 4, 0, 0x2000, 6, 1, 2, 80, 81 }, { 4, 0, 0x2001, 6, 1, 2, 7, 9 },
	  true },
	{ "last fragment", { 4, 0, 0x0100, 6, 1, 2, 80, 81 }, { 4, 0, 0x0001, 6, 1, 2, 7, 9 },
	  true },
	{ "fragments of others", { 4, 0, 1, 6, 1, 2, 80, 81 }, { 4, 0, 1, 6, 1, 3, 80, 81 },
	  false },
	{ "not to be fragmented", { 4, 0, 0x4000, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 81 },
	  true },
	{ "no fragment, its ports", { 4, 0, 0x4000, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 8 },
	  false },
	{ "ports cut off", { 4, 0, 0, 6, 1, 2, 80, 81, 23 }, { 4, 0, 0, 6, 1, 2, 7, 9, 20 }, true },
	{ "ports all there", { 4, 0, 0, 6, 1, 2, 80, 81, 24 }, { 4, 0, 0, 6, 1, 2, 80, 81 }, true },
	{ "IPv6 TCP, back", { 6, 0, 0, 6, 1, 2, 80, 81 }, { 6, 0, 0, 6, 2, 1, 81, 80 }, true },
	{ "IPv6, another port", { 6, 0, 0, 17, 1, 2, 80, 81 }, { 6, 0, 0, 17, 1, 2, 81, 81 },
	  false },
	{ "IPv6, ports exchanged", { 6, 0, 0, 17, 1, 2, 1000, 53 },
	  { 6, 0, 0, 17, 1, 2, 53, 1000 }, false },
	{ "IPv6, another source", { 6, 0, 0, 17, 1, 2, 80, 81 }, { 6, 0, 0, 17, 3, 2, 80, 81 },
	  false },
	{ "IPv6, ports cut off", { 6, 0, 0, 6, 1, 2, 80, 81, 43 }, { 6, 0, 0, 6, 1, 2, 7, 9, 40 },
	  true },
	{ "IPv4 and IPv6", { 4, 0, 0, 6, 1, 2, 80, 81 }, { 6, 0, 0, 6, 1, 2, 80, 81 }, false },
	{ "neither, nor", { 0, 0, 0, 6, 1, 2, 80, 81 }, { 5, 0, 0, 6, 3, 4, 7, 9 }, true },
	{ "neither, and IPv4", { 0, 0, 0, 6, 1, 2, 80, 81 }, { 4, 0, 0, 6, 1, 2, 80, 81 }, false },
	{ "IPv4 cut short", { 4, 0, 0, 6, 1, 2, 80, 81, 19 }, { 0 }, true },
	{ "IPv6 cut short", { 6, 0, 0, 6, 1, 2, 80, 81, 39 }, { 0 }, true },
};

static void looptun_flow_test_desc(const struct looptun_flow_test_row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_flow_test, looptun_flow_test_rows, looptun_flow_test_desc);

static void looptun_flow_test_put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Make the datagram in memory that ends with it, so that KASAN sees a byte more. */
static u32 looptun_flow_test_hash(struct kunit *test, bool tap,
				  const struct looptun_flow_test_datagram *d)
{
	size_t skip = tap ? ETH_HLEN : 0, len = skip + (d->len ?: 60);
	u8 whole[LOOPTUN_FLOW_TEST_MAX] = { };
	u8 *ip = whole + skip, *ports, *copy;

	if (d->version == 6) {
		ip[6] = d->proto;
		ip[23] = d->from;
		ip[39] = d->to;
		ports = ip + 40;
	} else {
		looptun_flow_test_put16(ip + 6, d->fragment);
		ip[9] = d->proto;
		ip[15] = d->from;
		ip[19] = d->to;
		ports = ip + 20 + d->options;
	}
	ip[0] = d->version << 4 | (5 + d->options / 4);
	looptun_flow_test_put16(ports, d->sport);
	looptun_flow_test_put16(ports + 2, d->dport);

	copy = kunit_kmalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, whole, len);
	return looptun_frame_flow_hash(tap, copy, len);
}

static void looptun_flow_test_compare(struct kunit *test)
{
	const struct looptun_flow_test_row *row = test->param_value;
	u32 a = looptun_flow_test_hash(test, false, &row->a);

	KUNIT_EXPECT_EQ(test, a == looptun_flow_test_hash(test, false, &row->b), row->same);
	/* An Ethernet header before it is no part of the flow. */
	KUNIT_EXPECT_EQ(test, a, looptun_flow_test_hash(test, true, &row->a));
}

/* On every machine the same, worked out by hand: queues go by these. */
static void looptun_flow_test_pinned(struct kunit *test)
{
	static const struct {
		struct looptun_flow_test_datagram d;
		u32 hash;
	} rows[] = {
		{ { 4, 0, 0, 6, 1, 2, 80, 81 }, 0xca82f22c },
		{ { 4, 0, 0, 17, 1, 2, 1000, 53 }, 0x9ea2b69d },
		{ { 4, 0, 0, 1, 1, 2, 8, 9 }, 0x054cd0f0 },
		{ { 6, 0, 0, 6, 1, 2, 80, 81 }, 0x6cd9f81f },
		{ { 6, 0, 0, 17, 1, 2, 1000, 53 }, 0x2fedd075 },
		{ { 6, 0, 0, 1, 1, 2, 8, 9 }, 0x93825ec8 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, rows[i].hash,
				    looptun_flow_test_hash(test, false, &rows[i].d),
				    "row %d", i);
}

static void looptun_flow_test_nothing(struct kunit *test)
{
	static const u8 frame[ETH_HLEN + 1] = { [ETH_HLEN] = 0x45 };
	static const struct looptun_flow_test_datagram other = { .from = 1, .sport = 2 };
	size_t len;

	for (len = 0; len <= sizeof(frame); len++) {
		KUNIT_EXPECT_EQ(test, looptun_frame_flow_hash(true, frame, len), 0);
		KUNIT_EXPECT_EQ(test, looptun_frame_flow_hash(false, frame, len), 0);
	}
	KUNIT_EXPECT_EQ(test, looptun_flow_test_hash(test, false, &other), 0);
	/* Of no bytes none is looked at. */
	KUNIT_EXPECT_EQ(test, looptun_frame_flow_hash(false, NULL, 0), 0);
}

/* A thousand flows on four queues: none has more than twice its share. */
static void looptun_flow_test_spread(struct kunit *test)
{
	struct looptun_flow_test_datagram d = { 4, 0, 0, 6, 1, 2, 0, 443 };
	unsigned int counts[4] = { }, i;

	for (i = 0; i < 1000; i++) {
		d.sport = 40000 + i;
		counts[((u64)looptun_flow_test_hash(test, false, &d) * 4) >> 32]++;
	}
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_GT(test, counts[i], 125);
		KUNIT_EXPECT_LT(test, counts[i], 500);
	}
}

static struct kunit_case looptun_flow_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_flow_test_compare, looptun_flow_test_gen_params),
	KUNIT_CASE(looptun_flow_test_pinned),
	KUNIT_CASE(looptun_flow_test_nothing),
	KUNIT_CASE(looptun_flow_test_spread),
	{ }
};

static struct kunit_suite looptun_flow_test_suite = {
	.name = "looptun_frame_flow",
	.test_cases = looptun_flow_test_cases,
};

kunit_test_suite(looptun_flow_test_suite);
