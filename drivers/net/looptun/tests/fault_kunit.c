// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: when rules fire, and what they do. The tables of seeds are a promise:
 * another outcome than theirs breaks tests of users that have passed.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../fault.h"
#include "fault_test.h"

/* What a rule is asked for in most tests: 100 bytes to the program. */
static struct looptun_fault_datagram
looptun_fault_test_ask(struct looptun_fault_rules *rules, u8 *data, u64 now)
{
	struct looptun_fault_corruption corruptions[4];
	struct looptun_fault_datagram datagram = {
		.site = LOOPTUN_FAULT_RX,
		.queue = 0,
		.data = data,
		.len = 100,
		.now = now,
		.release = now,
		.room = SZ_1M,
		.corruptions = corruptions,
	};
	unsigned int i;

	looptun_fault_decide_datagram(rules, &datagram);
	for (i = 0; i < datagram.corrupted; i++)
		looptun_fault_corrupt(&corruptions[i], data);
	datagram.corruptions = NULL;
	return datagram;
}

/* Which of the first 64 are dropped, the first in the lowest bit. */
static u64 looptun_fault_test_drops(struct looptun_fault_rules *rules)
{
	u64 dropped = 0;
	u8 data[100] = { };
	int i;

	for (i = 0; i < 64; i++)
		dropped |= (u64)looptun_fault_test_ask(rules, data, 0).drop << i;
	return dropped;
}

struct looptun_fault_test_when {
	const char *line;
	u64 dropped;
};

static const struct looptun_fault_test_when looptun_fault_test_whens[] = {
	{ "dir=rx drop", ~0ULL },
	{ "dir=rx drop skip=0", ~0ULL },
	{ "dir=rx drop skip=2", ~3ULL },
	{ "dir=rx drop skip=64", 0 },
	{ "dir=rx drop times=1", 1 },
	{ "dir=rx drop times=2", 3 },
	{ "dir=rx drop skip=3 times=1", 8 },
	{ "dir=rx drop every=1", ~0ULL },
	{ "dir=rx drop every=2", 0xaaaaaaaaaaaaaaaa },
	{ "dir=rx drop every=3 times=2", 0x24 },
	{ "dir=rx drop skip=1 every=2", 0x5555555555555554 },
	{ "dir=rx drop skip=1 every=3", 0x9249249249249248 },
	{ "dir=rx drop every=64", 1ULL << 63 },
	{ "dir=rx drop every=65", 0 },
	{ "dir=rx drop chance=0", 0 },
	{ "dir=tx drop", 0 },
	{ "op=read errno=EIO", 0 },
	{ "dir=rx drop len=100", ~0ULL },
	{ "dir=rx drop len=99", 0 },
	{ "dir=rx drop len=100-", ~0ULL },
	{ "dir=rx drop len=101-", 0 },
	{ "dir=rx drop len=-100", ~0ULL },
	{ "dir=rx drop len=-99", 0 },
	{ "dir=rx drop queue=0", ~0ULL },
	{ "dir=rx drop queue=1", 0 },

	/* Seeds: the same on every machine, for ever. */
	{ "dir=rx drop chance=25", 0x3090941809283860 },
	{ "dir=rx drop chance=25 seed=0", 0x3090941809283860 },
	{ "dir=rx drop chance=25 seed=1", 0x2180040156008049 },
	{ "dir=rx drop chance=25 seed=2", 0x806a04c2288c0d10 },
	{ "dir=rx drop chance=25 seed=42", 0x400040040c00844e },
	{ "dir=rx drop chance=25 seed=1000000", 0x041384d000042045 },
	{ "dir=rx drop chance=25 seed=0xffffffffffffffff", 0x32385618a4b90d18 },
	/* A draw belongs to its datagram, whoever else was let pass. */
	{ "dir=rx drop chance=25 seed=42 skip=3", 0x400040040c008448 },
	{ "dir=rx drop chance=25 seed=42 times=2", 0x6 },
	{ "dir=rx drop chance=25 seed=42 every=2", 0x000000000800800a },
};

static void looptun_fault_test_when_desc(const struct looptun_fault_test_when *row,
					 char *desc)
{
	strscpy(desc, row->line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_when, looptun_fault_test_whens,
		  looptun_fault_test_when_desc);

static void looptun_fault_test_fires(struct kunit *test)
{
	const struct looptun_fault_test_when *row = test->param_value;
	struct looptun_fault_rules rules = looptun_fault_test_rules(test, row->line);

	KUNIT_EXPECT_EQ(test, looptun_fault_test_drops(&rules), row->dropped);
	KUNIT_EXPECT_EQ(test, rules.rule[0].hits, hweight64(row->dropped));
}

/* How many of 100,000. */
struct looptun_fault_test_count {
	const char *line;
	int count;
};

static const struct looptun_fault_test_count looptun_fault_test_counts[] = {
	{ "dir=rx drop chance=0.001 seed=0", 1 },
	{ "dir=rx drop chance=0.001 seed=1", 0 },
	{ "dir=rx drop chance=0.001 seed=2", 4 },
	{ "dir=rx drop chance=0.001 seed=1000000", 2 },
	{ "dir=rx drop chance=1 seed=0", 1057 },
	{ "dir=rx drop chance=1 seed=1", 975 },
	{ "dir=rx drop chance=1 seed=2", 1034 },
	{ "dir=rx drop chance=1 seed=42", 1037 },
	{ "dir=rx drop chance=10 seed=0", 9859 },
	{ "dir=rx drop chance=10 seed=1", 9724 },
	{ "dir=rx drop chance=10 seed=2", 10010 },
	{ "dir=rx drop chance=10 seed=42", 9816 },
	{ "dir=rx drop chance=50 seed=0", 50093 },
	{ "dir=rx drop chance=50 seed=1", 49924 },
	{ "dir=rx drop chance=50 seed=2", 50126 },
	{ "dir=rx drop chance=50 seed=42", 49871 },
	{ "dir=rx drop chance=99.999 seed=0", 99999 },
	{ "dir=rx drop chance=99.999 seed=42", 100000 },
};

static void looptun_fault_test_count_desc(const struct looptun_fault_test_count *row,
					  char *desc)
{
	strscpy(desc, row->line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_count, looptun_fault_test_counts,
		  looptun_fault_test_count_desc);

static void looptun_fault_test_statistics(struct kunit *test)
{
	const struct looptun_fault_test_count *row = test->param_value;
	struct looptun_fault_rules rules = looptun_fault_test_rules(test, row->line);
	u8 data[100] = { };
	int i, count = 0;

	for (i = 0; i < 100000; i++)
		count += looptun_fault_test_ask(&rules, data, 0).drop;
	KUNIT_EXPECT_EQ(test, count, row->count);
	KUNIT_EXPECT_EQ(test, rules.rule[0].hits, row->count);
}

/* What a seed does to the first four datagrams of 100 bytes. */
struct looptun_fault_test_seed {
	const char *seed;
	u16 bits[4];
	u8 at[4];
	u32 bytes[4];
	u32 release[4];
	/* The order in which a jitter of 650 ms lets them out. */
	u8 order[4];
};

static const struct looptun_fault_test_seed looptun_fault_test_seeds[] = {
	{ "0", { 624, 310, 451, 662 }, { 47, 71, 76, 21 },
	  { 0xf46ac998, 0x45544043, 0x24302e4b, 0xbc298b31 },
	  { 19974750, 21731395, 22303842, 23142449 }, { 2, 0, 1, 3 } },
	{ "1", { 600, 282, 680, 373 }, { 79, 40, 68, 72 },
	  { 0x831805a9, 0x51a3ecb9, 0x8f0160ec, 0xb6908efc },
	  { 19750458, 19724276, 21499400, 19022650 }, { 3, 1, 0, 2 } },
	{ "2", { 298, 192, 300, 618 }, { 45, 66, 15, 63 },
	  { 0xb8bbe988, 0x4139d655, 0x15d1ec28, 0xb2196003 },
	  { 20632737, 15212587, 20137506, 16341667 }, { 1, 0, 3, 2 } },
	{ "42", { 243, 206, 393, 754 }, { 67, 24, 76, 27 },
	  { 0x2fcbab68, 0xe95a516b, 0x43811efd, 0x3c801f2f },
	  { 15486025, 16888477, 15005879, 24998153 }, { 3, 0, 2, 1 } },
	{ "0xffffffffffffffff", { 109, 306, 132, 681 }, { 38, 45, 77, 19 },
	  { 0x2555798f, 0xb5185a42, 0x785aa05c, 0xcd219383 },
	  { 20733578, 18208043, 15173974, 22753527 }, { 0, 2, 1, 3 } },
};

static void looptun_fault_test_seed_desc(const struct looptun_fault_test_seed *row,
					 char *desc)
{
	strscpy(desc, row->seed, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_seed, looptun_fault_test_seeds,
		  looptun_fault_test_seed_desc);

static struct looptun_fault_rules
looptun_fault_test_seeded(struct kunit *test, const char *what)
{
	const struct looptun_fault_test_seed *row = test->param_value;
	char line[80];

	snprintf(line, sizeof(line), "dir=rx %s seed=%s", what, row->seed);
	return looptun_fault_test_rules(test, line);
}

static void looptun_fault_test_seeds_hold(struct kunit *test)
{
	const struct looptun_fault_test_seed *row = test->param_value;
	struct looptun_fault_rules bit, bytes, delay;
	u8 data[100], want[100];
	int i;

	bit = looptun_fault_test_seeded(test, "corrupt");
	bytes = looptun_fault_test_seeded(test, "corrupt bytes=4");
	delay = looptun_fault_test_seeded(test, "delay=20ms jitter=5ms");
	for (i = 0; i < 4; i++) {
		memset(data, 0, sizeof(data));
		memset(want, 0, sizeof(want));
		looptun_fault_test_ask(&bit, data, 0);
		want[row->bits[i] / 8] = 1 << row->bits[i] % 8;
		KUNIT_EXPECT_EQ(test, memcmp(data, want, sizeof(data)), 0);

		memset(data, 0, sizeof(data));
		memset(want, 0, sizeof(want));
		looptun_fault_test_ask(&bytes, data, 0);
		want[row->at[i]] = row->bytes[i] >> 24;
		want[row->at[i] + 1] = row->bytes[i] >> 16;
		want[row->at[i] + 2] = row->bytes[i] >> 8;
		want[row->at[i] + 3] = row->bytes[i];
		KUNIT_EXPECT_EQ(test, memcmp(data, want, sizeof(data)), 0);

		KUNIT_EXPECT_EQ(test, row->release[i],
				looptun_fault_test_ask(&delay, data, 0).release);
	}
}

/* selftests/faults_seeds.c sees as much: the least between two is 114 ms. */
static void looptun_fault_test_seeds_order(struct kunit *test)
{
	const struct looptun_fault_test_seed *row = test->param_value;
	struct looptun_fault_rules rules =
		looptun_fault_test_seeded(test, "delay=700ms jitter=650ms");
	u64 release[4];
	u8 data[100];
	int i;

	for (i = 0; i < 4; i++)
		release[i] = looptun_fault_test_ask(&rules, data, 0).release;
	for (i = 1; i < 4; i++)
		KUNIT_EXPECT_LE(test, release[row->order[i - 1]] + 114 * NSEC_PER_MSEC,
				release[row->order[i]]);
}

/* Jitter reaches both its ends and nothing past them. */
static void looptun_fault_test_jitter(struct kunit *test)
{
	struct looptun_fault_rules rules;
	u64 release, least = U64_MAX, most = 0;
	u8 data[100] = { };
	int i;

	rules = looptun_fault_test_rules(test, "dir=rx delay=10ns jitter=5ns");
	for (i = 0; i < 1000; i++) {
		release = looptun_fault_test_ask(&rules, data, 1000).release;
		least = min(least, release);
		most = max(most, release);
	}
	KUNIT_EXPECT_EQ(test, least, 1005);
	KUNIT_EXPECT_EQ(test, most, 1015);
}

/* As many bytes as asked for, in a row, and never out of the datagram. */
static void looptun_fault_test_corrupt(struct kunit *test)
{
	static const struct { const char *line; int bytes; } rows[] = {
		{ "dir=rx corrupt", 1 },
		{ "dir=rx corrupt bytes=1", 1 },
		{ "dir=rx corrupt bytes=99", 99 },
		{ "dir=rx corrupt bytes=100", 100 },
		{ "dir=rx corrupt bytes=101", 100 },
	};
	struct looptun_fault_rules rules;
	u8 data[102];
	int i, n, row, changed;

	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		rules = looptun_fault_test_rules(test, rows[row].line);
		for (n = 0; n < 200; n++) {
			memset(data, 0x55, sizeof(data));
			looptun_fault_test_ask(&rules, data + 1, 0);
			for (i = 1, changed = 0; i <= 100; i++)
				changed += data[i] != 0x55;
			KUNIT_EXPECT_EQ(test, changed, rows[row].bytes);
			KUNIT_EXPECT_EQ(test, data[0], 0x55);
			KUNIT_EXPECT_EQ(test, data[101], 0x55);
		}
	}
}

/*
 * Under the lock of rules no byte is changed, however many rules want all of
 * them changed: what is to be done is noted, once for a rule, and is what each
 * of them does alone, to as many bytes as are left then.
 */
static void looptun_fault_test_corrupts_later(struct kunit *test)
{
	static const size_t lens[] = { 100, 100, 60, 60 };
	struct looptun_fault_corruption corruptions[4];
	struct looptun_fault_datagram datagram = {
		.site = LOOPTUN_FAULT_RX,
		.len = 100,
		.corruptions = corruptions,
	};
	u8 data[100] = { }, want[100] = { }, one[100];
	struct looptun_fault_rules rules, alone;
	unsigned int i, n, at;

	rules = looptun_fault_test_rules(test, "dir=rx corrupt bytes=65535 seed=1\n"
					       "dir=rx corrupt seed=2\n"
					       "dir=rx truncate=60\n"
					       "dir=rx corrupt bytes=65535 seed=3\n"
					       "dir=rx corrupt bytes=4 seed=4");
	alone = looptun_fault_test_rules(test, "dir=rx corrupt bytes=65535 seed=1\n"
					       "dir=rx corrupt seed=2\n"
					       "dir=rx corrupt bytes=65535 seed=3\n"
					       "dir=rx corrupt bytes=4 seed=4");
	datagram.data = data;
	looptun_fault_decide_datagram(&rules, &datagram);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(data, 0, sizeof(data)), NULL);
	KUNIT_ASSERT_EQ(test, datagram.corrupted, 4);
	for (i = 0; i < 4; i++) {
		struct looptun_fault_rules rule = {
			.rule = &alone.rule[i],
			.count = 1,
		};
		struct looptun_fault_corruption corruption;
		struct looptun_fault_datagram again = {
			.site = LOOPTUN_FAULT_RX,
			.data = one,
			.len = lens[i],
			.corruptions = &corruption,
		};

		memset(one, 0, sizeof(one));
		looptun_fault_decide_datagram(&rule, &again);
		KUNIT_ASSERT_EQ(test, again.corrupted, 1);
		looptun_fault_corrupt(&corruption, one);
		for (at = 0, n = 0; at < sizeof(one); at++) {
			n += !!one[at];
			want[at] ^= one[at];
		}
		KUNIT_EXPECT_EQ(test, n, i == 1 ? 1 : i == 3 ? 4 : lens[i]);
		looptun_fault_corrupt(&corruptions[i], data);
		KUNIT_EXPECT_EQ(test, memcmp(data, want, sizeof(data)), 0);
	}
}

struct looptun_fault_test_match {
	const char *line;
	u8 len;
	bool matches;
};

/* The datagram is 0, 1, 2 and so on. */
static const struct looptun_fault_test_match looptun_fault_test_matches[] = {
	{ "dir=rx drop match=0/ff/00", 1, true },
	{ "dir=rx drop match=0/ff/01", 1, false },
	{ "dir=rx drop match=0/fe/00", 1, true },
	{ "dir=rx drop match=5/ff/05", 5, false },
	{ "dir=rx drop match=5/ff/05", 6, true },
	{ "dir=rx drop match=5/0c/04", 6, true },
	{ "dir=rx drop match=5/0c/08", 6, false },
	{ "dir=rx drop match=5/ffff/0506", 6, false },
	{ "dir=rx drop match=5/ffff/0506", 7, true },
	{ "dir=rx drop match=5/ffff/0507", 7, false },
	{ "dir=rx drop match=5/ff00/0500", 6, false },
	{ "dir=rx drop match=5/00/00", 5, false },
	{ "dir=rx drop match=5/00/00", 6, true },
	{ "dir=rx drop match=65535/ff/00", 100, false },
	{ "dir=rx drop match=0/ff/00", 0, false },
	{ "dir=rx drop match=84/ffffffffffffffffffffffffffffffff/5455565758595a5b5c5d5e5f60616263",
	  100, true },
	{ "dir=rx drop match=84/ffffffffffffffffffffffffffffffff/5455565758595a5b5c5d5e5f60616264",
	  100, false },
};

static void looptun_fault_test_match_desc(const struct looptun_fault_test_match *row,
					  char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s in %u", row->line, row->len);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_match, looptun_fault_test_matches,
		  looptun_fault_test_match_desc);

/* On memory of that length, for KASAN to see a byte too many. */
static void looptun_fault_test_compares(struct kunit *test)
{
	const struct looptun_fault_test_match *row = test->param_value;
	struct looptun_fault_rules rules = looptun_fault_test_rules(test, row->line);
	struct looptun_fault_datagram datagram = {
		.site = LOOPTUN_FAULT_RX,
		.len = row->len,
	};
	int i;

	datagram.data = kunit_kzalloc(test, row->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, datagram.data);
	for (i = 0; i < row->len; i++)
		datagram.data[i] = i;
	KUNIT_EXPECT_EQ(test, looptun_fault_decide_datagram(&rules, &datagram), row->matches);
	KUNIT_EXPECT_EQ(test, datagram.drop, row->matches);
	KUNIT_EXPECT_EQ(test, rules.rule[0].seen, row->matches);
}

/* Of several rules for a call the first that fires wins; the next wait. */
static void looptun_fault_test_calls(struct kunit *test)
{
	static const int errors[] = { EINTR, EINTR, EIO, ENOBUFS, ENOBUFS };
	struct looptun_fault_call call = {
		.site = LOOPTUN_FAULT_WRITE,
		.len = 60,
	};
	struct looptun_fault_rules rules;
	struct looptun_fault_rule *rule;
	int i;

	rules = looptun_fault_test_rules(test,
					 "op=read errno=EPERM\n"
					 "op=write errno=EINTR times=2\n"
					 "op=write errno=EIO times=1 len=60\n"
					 "op=write errno=ENOBUFS");
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		rule = looptun_fault_decide_call(&rules, &call);
		KUNIT_ASSERT_NOT_NULL(test, rule);
		KUNIT_EXPECT_EQ(test, rule->error, errors[i]);
	}
	call.site = LOOPTUN_FAULT_OPEN;
	KUNIT_EXPECT_NULL(test, looptun_fault_decide_call(&rules, &call));
	KUNIT_EXPECT_EQ(test, rules.rule[0].seen, 0);
}

static void looptun_fault_test_ioctls(struct kunit *test)
{
	struct looptun_fault_call call = {
		.site = LOOPTUN_FAULT_IOCTL,
		.queue = LOOPTUN_FAULT_NO_QUEUE,
		.cmd = TUNSETIFF,
	};
	struct looptun_fault_rules one, any, queue;

	one = looptun_fault_test_rules(test, "op=ioctl ioctl=TUNSETQUEUE errno=EIO");
	any = looptun_fault_test_rules(test, "op=ioctl errno=EIO");
	queue = looptun_fault_test_rules(test, "op=ioctl errno=EIO queue=0");
	KUNIT_EXPECT_NULL(test, looptun_fault_decide_call(&one, &call));
	KUNIT_EXPECT_NOT_NULL(test, looptun_fault_decide_call(&any, &call));
	KUNIT_EXPECT_NULL(test, looptun_fault_decide_call(&queue, &call));
	call.cmd = TUNSETQUEUE;
	call.queue = 0;
	KUNIT_EXPECT_NOT_NULL(test, looptun_fault_decide_call(&one, &call));
	KUNIT_EXPECT_NOT_NULL(test, looptun_fault_decide_call(&queue, &call));
}

static void looptun_fault_test_polls(struct kunit *test)
{
	static const struct { const char *text; u32 is, said; } rows[] = {
		{ "op=poll spurious=in", 0, LOOPTUN_FAULT_IN },
		{ "op=poll spurious=out", LOOPTUN_FAULT_IN,
		  LOOPTUN_FAULT_IN | LOOPTUN_FAULT_OUT },
		{ "op=poll missed=in", LOOPTUN_FAULT_IN | LOOPTUN_FAULT_OUT,
		  LOOPTUN_FAULT_OUT },
		{ "op=poll missed=out", LOOPTUN_FAULT_IN, LOOPTUN_FAULT_IN },
		{ "op=poll missed=in\nop=poll spurious=in", 0, LOOPTUN_FAULT_IN },
		{ "op=poll spurious=in\nop=poll missed=in", 0, 0 },
		{ "op=poll spurious=in queue=1", 0, 0 },
		{ "op=read errno=EIO", LOOPTUN_FAULT_IN, LOOPTUN_FAULT_IN },
	};
	struct looptun_fault_rules rules;
	unsigned int hits = 0, j;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		rules = looptun_fault_test_rules(test, rows[i].text);
		KUNIT_EXPECT_EQ_MSG(test, rows[i].said,
				    looptun_fault_decide_poll(&rules, 0,
							      rows[i].is),
				    "%s", rows[i].text);
		for (j = 0; j < rules.count; j++)
			hits += rules.rule[j].hits;
	}
	KUNIT_EXPECT_EQ(test, hits, 8);

	/* One behind the last is none. */
	rules = looptun_fault_test_rules(test, "op=poll missed=in\nop=poll spurious=in");
	rules.count = 1;
	KUNIT_EXPECT_EQ(test, looptun_fault_decide_poll(&rules, 0, LOOPTUN_FAULT_IN), 0);
}

/* Rules are asked for the datagram as it came; then all that fired act. */
static void looptun_fault_test_together(struct kunit *test)
{
	struct looptun_fault_datagram datagram;
	struct looptun_fault_rules rules;
	u8 data[100] = { };

	rules = looptun_fault_test_rules(test,
					 "dir=rx truncate=40\n"
					 "dir=rx corrupt bytes=100 len=100\n"
					 "dir=rx truncate=60\n"
					 "dir=rx duplicate\n"
					 "dir=rx duplicate match=50/ff/00\n"
					 "dir=rx delay=2us\n"
					 "dir=rx delay=3us\n"
					 "dir=rx reorder=2\n"
					 "dir=rx reorder=1");
	datagram = looptun_fault_test_ask(&rules, data, 7);
	KUNIT_EXPECT_EQ(test, datagram.len, 40);
	KUNIT_EXPECT_TRUE(test, data[39]);
	KUNIT_EXPECT_FALSE(test, data[40]);
	KUNIT_EXPECT_EQ(test, datagram.copies, 2);
	KUNIT_EXPECT_EQ(test, datagram.release, 5007);
	KUNIT_EXPECT_EQ(test, datagram.reorder, 2);
	KUNIT_EXPECT_FALSE(test, datagram.drop);
	KUNIT_EXPECT_EQ(test, datagram.error, 0);
}

/* One that is lost holds up no rate, and the first errno counts. */
static void looptun_fault_test_lost(struct kunit *test)
{
	struct looptun_fault_datagram datagram;
	struct looptun_fault_rules rules;
	u8 data[100] = { };

	rules = looptun_fault_test_rules(test,
					 "dir=rx rate=100pps\n"
					 "dir=rx errno=EIO times=1\n"
					 "dir=rx errno=EAGAIN times=2\n"
					 "dir=rx drop times=3");
	datagram = looptun_fault_test_ask(&rules, data, 0);
	KUNIT_EXPECT_EQ(test, datagram.error, EIO);
	datagram = looptun_fault_test_ask(&rules, data, 0);
	KUNIT_EXPECT_EQ(test, datagram.error, EAGAIN);
	datagram = looptun_fault_test_ask(&rules, data, 0);
	KUNIT_EXPECT_EQ(test, datagram.error, 0);
	KUNIT_EXPECT_TRUE(test, datagram.drop);
	KUNIT_EXPECT_EQ(test, datagram.release, 0);
	datagram = looptun_fault_test_ask(&rules, data, 0);
	KUNIT_EXPECT_FALSE(test, datagram.drop);
	KUNIT_EXPECT_EQ(test, datagram.release, 10000000);
}

/* When each of five datagrams of 100 bytes goes; they come at @come. */
struct looptun_fault_test_rate {
	const char *line;
	u64 come[5];
	u64 go[5];
};

static const struct looptun_fault_test_rate looptun_fault_test_rates[] = {
	{ "dir=rx rate=1000pps", { 0, 0, 0, 0, 0 },
	  { 1000000, 2000000, 3000000, 4000000, 5000000 } },
	{ "dir=rx rate=1000pps", { 0, 500000, 5000000, 5000000, 9000000 },
	  { 1000000, 2000000, 6000000, 7000000, 10000000 } },
	{ "dir=rx rate=1000pps burst=2", { 0, 0, 0, 0, 9000000 },
	  { 0, 0, 1000000, 2000000, 9000000 } },
	/* 800 bits each. */
	{ "dir=rx rate=800kbit", { 0, 0, 0, 0, 0 },
	  { 1000000, 2000000, 3000000, 4000000, 5000000 } },
	{ "dir=rx rate=800kbit burst=100", { 0, 0, 0, 5000000, 5000000 },
	  { 0, 1000000, 2000000, 5000000, 6000000 } },
	{ "dir=rx rate=800kbit burst=99", { 0, 0, 0, 0, 0 },
	  { 10000, 1010000, 2010000, 3010000, 4010000 } },
	{ "dir=rx rate=800mbit", { 7, 7, 7, 2007, 2007 },
	  { 1007, 2007, 3007, 4007, 5007 } },
	/* A third of a nanosecond is kept, and never too early. */
	{ "dir=rx rate=300gbit", { 0, 0, 0, 0, 0 }, { 3, 6, 8, 11, 14 } },
	{ "dir=rx rate=300gbit", { 0, 2, 5, 8, 8 }, { 3, 6, 8, 11, 14 } },
	{ "dir=rx rate=1bit", { 0, 0, 0, 0, 0 },
	  { 800000000000, 1600000000000, 2400000000000, 3200000000000,
	    4000000000000 } },
};

static void looptun_fault_test_rate_desc(const struct looptun_fault_test_rate *row,
					 char *desc)
{
	strscpy(desc, row->line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_rate, looptun_fault_test_rates,
		  looptun_fault_test_rate_desc);

static void looptun_fault_test_releases(struct kunit *test)
{
	const struct looptun_fault_test_rate *row = test->param_value;
	struct looptun_fault_rules rules = looptun_fault_test_rules(test, row->line);
	u8 data[100] = { };
	int i;

	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, row->go[i],
				looptun_fault_test_ask(&rules, data,
						       row->come[i]).release);
}

/* A row of slow links for the longest datagram: centuries, and no overflow. */
static void looptun_fault_test_slowest(struct kunit *test)
{
	struct looptun_fault_datagram datagram = {
		.site = LOOPTUN_FAULT_RX,
		.len = SZ_64M,
		.room = SZ_64M,
	};
	static const char line[] = "dir=rx rate=1bit\n";
	struct looptun_fault_rules rules;
	char *text;
	int i;

	text = kunit_kzalloc(test, 40 * sizeof(line), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < 40; i++)
		strcat(text, line);
	rules = looptun_fault_test_rules(test, text);
	KUNIT_ASSERT_EQ(test, rules.count, 40);
	for (i = 0; i < 100; i++) {
		datagram.release = 0;
		looptun_fault_decide_datagram(&rules, &datagram);
		KUNIT_EXPECT_EQ(test, datagram.release, (u64)S64_MAX / 2);
	}
}

/* What cannot be held is lost and uses up nothing of a rate; what goes at once is not held. */
static void looptun_fault_test_no_room(struct kunit *test)
{
	static const struct {
		const char *line;
		bool waits;
		bool held;
	} rows[] = {
		{ "dir=rx rate=1000pps", true, true }, { "dir=rx delay=1ms", true, true },
		{ "dir=rx reorder=1", true, false }, { "dir=rx delay=0ns", false, true },
		{ "dir=rx rate=1000pps burst=9", false, true },
		{ "dir=rx rate=1000pps burst=9\ndir=rx delay=1ms", true, true },
	};
	struct looptun_fault_rules rules;
	u8 data[100] = { };
	int i, room;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		rules = looptun_fault_test_rules(test, rows[i].line);
		for (room = 99; room <= 100; room++) {
			struct looptun_fault_datagram datagram = {
				.site = LOOPTUN_FAULT_RX,
				.data = data,
				.len = 100,
				.room = room,
			};

			looptun_fault_decide_datagram(&rules, &datagram);
			KUNIT_EXPECT_EQ(test, datagram.overflow, room == 99 && rows[i].waits);
			KUNIT_EXPECT_EQ(test, datagram.drop, room == 99 && rows[i].waits);
			KUNIT_EXPECT_EQ(test, datagram.held, rows[i].held);
		}
		KUNIT_EXPECT_LE(test, rules.rule[0].clear, rows[i].waits ? 2000000 : 3000000);
	}
}

static struct kunit_case looptun_fault_cases[] = {
	KUNIT_CASE_PARAM(looptun_fault_test_fires, looptun_fault_test_when_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_statistics, looptun_fault_test_count_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_seeds_hold, looptun_fault_test_seed_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_seeds_order, looptun_fault_test_seed_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_compares, looptun_fault_test_match_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_releases, looptun_fault_test_rate_gen_params),
	KUNIT_CASE(looptun_fault_test_jitter),
	KUNIT_CASE(looptun_fault_test_corrupt),
	KUNIT_CASE(looptun_fault_test_corrupts_later),
	KUNIT_CASE(looptun_fault_test_calls),
	KUNIT_CASE(looptun_fault_test_ioctls),
	KUNIT_CASE(looptun_fault_test_polls),
	KUNIT_CASE(looptun_fault_test_together),
	KUNIT_CASE(looptun_fault_test_lost),
	KUNIT_CASE(looptun_fault_test_slowest),
	KUNIT_CASE(looptun_fault_test_no_room),
	{ }
};

static struct kunit_suite looptun_fault_suite = {
	.name = "looptun_fault",
	.test_cases = looptun_fault_cases,
};

kunit_test_suite(looptun_fault_suite);
