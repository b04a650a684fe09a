// SPDX-License-Identifier: GPL-2.0-only
/*
 * What seeds lead to: the same on every machine, on every kernel, for ever. The
 * numbers are those of drivers/net/looptun/tests/fault_kunit.c.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 100
#define COUNT 4

static __u8 data[LEN], got[LEN];

FIXTURE(faults_seeds) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(faults_seeds) {
	const char *seed;
	/* Of the first 64 those dropped with chance=25, the first in bit 0. */
	__u64 dropped;
	/* Of the first four: the bit that corrupt turns over, ... */
	int bit[COUNT];
	/* ... where bytes=4 changes four bytes, and into what, ... */
	int at[COUNT];
	__u32 bytes[COUNT];
	/* ... and the order in which a jitter lets them out. */
	int order[COUNT];
};

FIXTURE_VARIANT_ADD(faults_seeds, zero) {
	.seed = "0",
	.dropped = 0x3090941809283860,
	.bit = { 624, 310, 451, 662 },
	.at = { 47, 71, 76, 21 },
	.bytes = { 0xf46ac998, 0x45544043, 0x24302e4b, 0xbc298b31 },
	.order = { 2, 0, 1, 3 },
};

FIXTURE_VARIANT_ADD(faults_seeds, one) {
	.seed = "1",
	.dropped = 0x2180040156008049,
	.bit = { 600, 282, 680, 373 },
	.at = { 79, 40, 68, 72 },
	.bytes = { 0x831805a9, 0x51a3ecb9, 0x8f0160ec, 0xb6908efc },
	.order = { 3, 1, 0, 2 },
};

FIXTURE_VARIANT_ADD(faults_seeds, two) {
	.seed = "2",
	.dropped = 0x806a04c2288c0d10,
	.bit = { 298, 192, 300, 618 },
	.at = { 45, 66, 15, 63 },
	.bytes = { 0xb8bbe988, 0x4139d655, 0x15d1ec28, 0xb2196003 },
	.order = { 1, 0, 3, 2 },
};

FIXTURE_VARIANT_ADD(faults_seeds, forty_two) {
	.seed = "42",
	.dropped = 0x400040040c00844e,
	.bit = { 243, 206, 393, 754 },
	.at = { 67, 24, 76, 27 },
	.bytes = { 0x2fcbab68, 0xe95a516b, 0x43811efd, 0x3c801f2f },
	.order = { 3, 0, 2, 1 },
};

FIXTURE_VARIANT_ADD(faults_seeds, all_bits) {
	.seed = "0xffffffffffffffff",
	.dropped = 0x32385618a4b90d18,
	.bit = { 109, 306, 132, 681 },
	.at = { 38, 45, 77, 19 },
	.bytes = { 0x2555798f, 0xb5185a42, 0x785aa05c, 0xcd219383 },
	.order = { 0, 2, 1, 3 },
};

FIXTURE_SETUP(faults_seeds)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
}

FIXTURE_TEARDOWN(faults_seeds)
{
	lt_tunnel_close(&self->t);
}

static void rule(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		 const char *what, const char *seed)
{
	char line[80];
	int len = snprintf(line, sizeof(line), "dir=rx %s seed=%s", what, seed);

	ASSERT_EQ(len, lt_control_write(t->name, "faults", line));
}

static void make(int i)
{
	memset(data, 0, sizeof(data));
	data[0] = i;
}

/* Inject datagram @i; what the program then reads is in got[]. */
static long pass(struct __test_metadata *_metadata, const struct lt_tunnel *t,
		 int i)
{
	make(i);
	ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
	return lt_read(t->fd, got, LEN);
}

TEST_F(faults_seeds, drop)
{
	__u64 dropped = 0;
	int i;

	rule(_metadata, &self->t, "drop chance=25", variant->seed);
	for (i = 0; i < 64; i++)
		dropped |= (__u64)(pass(_metadata, &self->t, i) == -EAGAIN) << i;
	EXPECT_EQ(variant->dropped, dropped);
}

TEST_F(faults_seeds, corrupt)
{
	int i;

	rule(_metadata, &self->t, "corrupt", variant->seed);
	for (i = 0; i < COUNT; i++) {
		ASSERT_EQ(LEN, pass(_metadata, &self->t, i));
		data[variant->bit[i] / 8] ^= 1 << variant->bit[i] % 8;
		EXPECT_EQ(0, memcmp(data, got, LEN));
	}
}

/* The first byte of the table's is the highest. */
TEST_F(faults_seeds, corrupt_bytes)
{
	int i, n;

	rule(_metadata, &self->t, "corrupt bytes=4", variant->seed);
	for (i = 0; i < COUNT; i++) {
		ASSERT_EQ(LEN, pass(_metadata, &self->t, i));
		for (n = 0; n < 4; n++)
			data[variant->at[i] + n] ^= variant->bytes[i] >> (24 - 8 * n);
		EXPECT_EQ(0, memcmp(data, got, LEN));
	}
}

/* The least that lies between two of them is 114 ms. */
TEST_F(faults_seeds, jitter)
{
	int i;

	rule(_metadata, &self->t, "delay=700ms jitter=650ms", variant->seed);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(-EAGAIN, pass(_metadata, &self->t, i));
	for (i = 0; i < COUNT; i++) {
		ASSERT_EQ(POLLIN, lt_poll(self->t.fd, POLLIN, LT_SOON));
		ASSERT_EQ(LEN, lt_read(self->t.fd, got, LEN));
		EXPECT_EQ(variant->order[i], got[0]);
	}
}

TEST_HARNESS_MAIN
