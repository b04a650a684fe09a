// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the datagram ring. What orders, frees and drops is told in scripts of
 * steps; each runs on a fresh ring and on rings whose positions are about to
 * pass ULONG_MAX, as those of a 32-bit machine do in time.
 */
#include <kunit/test.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../ring.h"
#include "ring_test.h"

#define LOOPTUN_RING_TEST_SIZE	(4 * PAGE_SIZE)
#define LOOPTUN_RING_TEST_HEADER sizeof(struct looptun_record)
/* The longest datagram, and the longest of those that fill the ring by four. */
#define LOOPTUN_RING_TEST_MAX	(LOOPTUN_RING_TEST_SIZE - LOOPTUN_RING_TEST_HEADER)
#define LOOPTUN_RING_TEST_FOURTH (LOOPTUN_RING_TEST_SIZE / 4 - LOOPTUN_RING_TEST_HEADER)

static const unsigned long looptun_ring_test_starts[] = {
	0,
	-LOOPTUN_RING_TEST_SIZE,
	-LOOPTUN_RING_TEST_SIZE / 2,
	-8UL,
};

/*
 * Datagrams 0 to 7 take a fourth of the ring each, 8 is an empty one, 9 takes
 * all of it.
 *   rN  reserve N, and fill it      bN  reserve N: refused, EAGAIN
 *   cN  commit N                    kN  N are counted
 *   dN  discard N                   DN  discard N, which held back others
 *   gN  claim: gives N, whole       n   claim: gives nothing
 *   fN  consume N, whole still      o   close
 *   mN  move: gives N, whole        q   move: gives nothing
 *   tN  truncate to N: keeps N      aN  truncate to 9: keeps N
 *   E   nothing takes room
 * rN and bN ask has_room() first, gN and n ask readable() and peek_stamp().
 */
static const struct looptun_ring_test_script {
	const char *desc;
	const char *steps;
} looptun_ring_test_scripts[] = {
	{ "nothing", "n E" },
	{ "one", "n r0 n c0 g0 n f0 n E" },
	{ "an empty one", "r8 n c8 g8 n f8 n E" },
	{ "one of full size", "r9 b8 c9 b8 g9 n b8 f9 n E" },
	{ "four fill it, again",
	  "r0 r1 r2 r3 c0 c1 c2 c3 g0 g1 g2 g3 f0 f1 f2 f3 r4 r5 r6 r7 b8 d4 d5 d6 d7 n E" },
	{ "four fill it", "r0 r1 r2 r3 b8 c0 c1 c2 c3 b8 g0 g1 g2 g3 n f0 f1 f2 b9 f3 E" },
	{ "an empty one between",
	  "r0 r1 r2 c0 c1 c2 r8 b3 c8 g0 f0 r4 b5 c4 g1 g2 g8 g4 n f1 f2 f8 b9 f4 E" },
	{ "one freed, one goes in",
	  "r0 r1 r2 r3 c0 c1 c2 c3 g0 f0 r4 b5 c4 g1 f1 r5 b6 c5 g2 f2 g3 f3 g4 f4 g5 f5 n E" },

	{ "committed backwards", "r0 r1 r2 c2 n c1 n c0 g0 g1 g2 n f0 f1 f2 E" },
	{ "middle committed last", "r0 r1 r2 c0 g0 n c2 n c1 g1 g2 n f0 f1 f2 E" },
	{ "first committed last, twice",
	  "r0 r1 c1 n c0 g0 g1 f0 f1 r2 r3 c3 n c2 g2 g3 n f2 f3 E" },

	{ "discard the only one", "r0 d0 n E" },
	{ "discard the front", "r0 r1 c1 n D0 g1 n f1 E" },
	{ "discard the front, busy behind", "r0 r1 d0 n c1 g1 n f1 E" },
	{ "discard the middle", "r0 r1 r2 c0 d1 c2 g0 g2 n f0 f2 E" },
	{ "discard the middle, last", "r0 r1 r2 c0 c2 g0 n D1 g2 n f0 f2 E" },
	{ "discard two in a row", "r0 r1 r2 r3 c0 d1 d2 c3 g0 g3 n f0 f3 E" },
	{ "discard the end", "r0 r1 r2 r3 c0 c1 c2 b8 d3 r4 c4 g0 g1 g2 g4 n f0 f1 f2 f4 E" },
	{ "discard the end, busy before", "r0 r1 d1 n c0 g0 n f0 E" },
	{ "discard the end, busy before: room at once",
	  "r0 r1 r2 r3 d3 r4 b8 c0 c1 c2 c4 g0 g1 g2 g4 n f0 f1 f2 f4 E" },
	{ "discard the last three", "r0 r1 r2 r3 c0 d1 d2 d3 r4 r5 r6 b8 d6 d5 d4 g0 n f0 E" },
	{ "discard all, forwards", "r0 r1 r2 r3 d0 d1 d2 r4 r5 r6 b8 d3 d4 d5 d6 n E" },
	{ "discard all, backwards", "r0 r1 r2 r3 d3 d2 d1 r4 r5 r6 b8 d6 d5 d4 d0 n E" },
	{ "discard all of a full one", "r9 d9 n E r9 c9 g9 f9 E" },
	{ "discard two of three behind a busy one",
	  "r0 r1 r2 r3 d1 d3 r4 b8 d4 d2 r5 r6 r7 b8 d7 d6 d5 c0 g0 n f0 E" },
	{ "discard behind one claimed", "r0 c0 g0 r1 d1 n f0 E" },
	{ "the middle comes free with those behind",
	  "r0 r1 r2 r3 c0 d1 c2 c3 b8 g0 f0 r4 r5 b8 g2 f2 r6 b8" },

	{ "claims overlap: free up to the oldest",
	  "r0 r1 r2 r3 c0 c1 c2 c3 g0 g1 f0 r4 b8 g2 f2 b8 f1 r5 r6 b8" },
	{ "claims end backwards", "r0 r1 r2 r3 c0 c1 c2 c3 g0 g1 f1 b8 f0 r4 r5 b8" },
	{ "a claim may lie while others pass",
	  "r0 c0 g0 r1 c1 g1 f1 r2 c2 g2 f2 r3 c3 g3 f3 b8 n f0 n E" },

	{ "move nothing", "o q n" },
	{ "move what is ready", "r0 r1 c0 c1 k2 o m0 m1 q k0 f0 f1 n" },
	{ "move past a busy one", "r0 r1 c1 n o m1 q f1 c0 o m0 q f0 n" },
	{ "move past two busy ones", "r0 r1 r2 r3 c1 c3 o m1 m3 q f3 f1 c2 c0 o m0 m2 q f0 f2 n" },
	{ "move past a discarded one", "r0 r1 r2 c0 d1 c2 o m0 m2 q f0 f2 n" },
	{ "move, a claim is out", "r0 r1 c0 c1 g0 o m1 q f0 f1 n" },
	{ "move, others claim meanwhile", "r0 r1 r2 c0 c1 c2 o m0 n f0 g1 m2 q f1 f2 n" },
	{ "move, others claim all", "r0 r1 r2 c0 c1 c2 o m0 f0 g1 g2 q f1 f2 n" },
	{ "move, discarded behind", "r0 r1 c0 o d1 m0 q f0 n" },
	{ "move, reserved and discarded behind", "r0 c0 o m0 r1 d1 r2 d2 q r3 c3 m3 q f0 f3 n" },

	{ "count", "k0 r0 k1 r1 k2 c0 k2 d1 k1 g0 k0 f0 k0 E" },
	{ "count what is dropped", "r0 r1 r2 c0 c1 c2 k3 t1 k1 g0 k0 f0 E" },

	{ "truncate nothing", "t0 a0 n E" },
	{ "truncate to what there is", "r0 r1 c0 c1 a2 t2 g0 g1 n f0 f1 E" },
	{ "truncate to one less", "r0 r1 r2 c0 c1 c2 t2 r3 r4 b8 c3 g0 g1 g3 n d4 f0 f1 f3 E" },
	{ "truncate to none", "r0 r1 r2 r3 c0 c1 c2 c3 t0 n E" },
	{ "truncate counts no claimed one", "r0 r1 r2 c0 c1 c2 g0 t1 g1 n f0 f1 E" },
	{ "truncate counts no discarded one", "r0 r1 r2 r3 c0 d1 c2 c3 t2 g0 g2 n f0 f2 E" },
	{ "truncate, busy behind", "r0 r1 r2 c0 c1 t1 c2 g0 g2 n f0 f2 E" },
	{ "truncate to none, busy behind", "r0 r1 c0 t0 n b9 c1 g1 n f1 E" },
	{ "truncate what a discard has looked over", "r0 r1 r2 c0 c1 d2 t0 n E" },
	{ "truncate with claims out", "r0 r1 c0 c1 g0 t0 n b9 f0 E" },
	{ "truncate with claims out: room at once",
	  "r0 r1 r2 r3 c0 c1 c2 c3 g0 t0 r4 r5 r6 b8 d6 d5 d4 f0 n E" },
};

static void looptun_ring_test_script_desc(const struct looptun_ring_test_script *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_ring_test_script, looptun_ring_test_scripts,
		  looptun_ring_test_script_desc);

struct looptun_ring_test_run {
	struct kunit *test;
	struct looptun_ring *ring;
	const char *at;
	unsigned long position;
	struct looptun_record *records[10];
};

/* On failure tells the steps from the failing one on. */
#define looptun_ring_test_check(run, condition) do {				\
	struct looptun_ring_test_run *_run = (run);				\
	KUNIT_ASSERT_TRUE_MSG(_run->test, condition, "at \"%s\"", _run->at);	\
} while (0)

static size_t looptun_ring_test_len(u32 n)
{
	switch (n) {
	case 8:
		return 0;
	case 9:
		return LOOPTUN_RING_TEST_MAX;
	default:
		return LOOPTUN_RING_TEST_FOURTH - n;
	}
}

static void looptun_ring_test_reserve(struct looptun_ring_test_run *run, u32 n,
				      bool room)
{
	size_t len = looptun_ring_test_len(n);
	struct looptun_record *record;

	looptun_ring_test_check(run, looptun_ring_has_room(run->ring, len) == room);
	record = looptun_ring_reserve(run->ring, len);
	if (!room) {
		looptun_ring_test_check(run, record == ERR_PTR(-EAGAIN));
		return;
	}
	looptun_ring_test_check(run, !IS_ERR_OR_NULL(record));
	looptun_ring_test_check(run, record->len == len);
	looptun_ring_test_check(run, !record->stamp && !record->vnet_len && !record->charged);
	looptun_ring_test_fill(record, n);
	record->stamp = n + 1;
	run->records[n] = record;
}

static void looptun_ring_test_claim(struct looptun_ring_test_run *run, u32 n)
{
	size_t len = looptun_ring_test_len(n);
	struct looptun_record *record;
	u64 stamp;

	looptun_ring_test_check(run, looptun_ring_readable(run->ring));
	looptun_ring_test_check(run, looptun_ring_peek_stamp(run->ring, &stamp));
	looptun_ring_test_check(run, stamp == n + 1);
	record = looptun_ring_claim(run->ring, SIZE_MAX);
	looptun_ring_test_check(run, record == run->records[n]);
	looptun_ring_test_check(run, looptun_ring_test_intact(record, len, n));
}

static void looptun_ring_test_claim_none(struct looptun_ring_test_run *run)
{
	u64 stamp;

	looptun_ring_test_check(run, !looptun_ring_readable(run->ring));
	looptun_ring_test_check(run, !looptun_ring_peek_stamp(run->ring, &stamp));
	looptun_ring_test_check(run, !looptun_ring_claim(run->ring, SIZE_MAX));
}

static void looptun_ring_test_consume(struct looptun_ring_test_run *run, u32 n)
{
	struct looptun_record *record = run->records[n];

	looptun_ring_test_check(run, looptun_ring_test_intact(record,
							      looptun_ring_test_len(n), n));
	looptun_ring_consume(run->ring, record);
}

static void looptun_ring_test_step(struct looptun_ring_test_run *run, char step,
				   u32 n)
{
	struct looptun_ring *ring = run->ring;
	struct looptun_ring_cut cut;

	switch (step) {
	case 'r':
	case 'b':
		looptun_ring_test_reserve(run, n, step == 'r');
		break;
	case 'c':
		looptun_ring_commit(ring, run->records[n]);
		break;
	case 'k':
		looptun_ring_test_check(run, looptun_ring_count(ring) == n);
		break;
	case 'd':
	case 'D':
		looptun_ring_test_check(run, looptun_ring_discard(ring, run->records[n]) ==
					     (step == 'D'));
		break;
	case 't':
	case 'a':
		looptun_ring_cut(ring, step == 't' ? n : 9, &cut);
		looptun_ring_test_check(run, !looptun_ring_truncate(ring, &cut));
		looptun_ring_test_check(run, cut.kept == n);
		break;
	case 'g':
		looptun_ring_test_claim(run, n);
		break;
	case 'n':
		looptun_ring_test_claim_none(run);
		break;
	case 'f':
		looptun_ring_test_consume(run, n);
		break;
	case 'o':
		looptun_ring_cut(ring, 0, &cut);
		run->position = cut.position;
		break;
	case 'm':
	case 'q':
		looptun_ring_test_check(run, looptun_ring_move(ring, &run->position) ==
					     (step == 'm' ? run->records[n] : NULL));
		break;
	case 'E':
		looptun_ring_test_check(run, looptun_ring_test_empty(ring));
		break;
	default:
		looptun_ring_test_check(run, false);
	}
}

static void looptun_ring_test_scripted(struct kunit *test)
{
	const struct looptun_ring_test_script *row = test->param_value;
	struct looptun_ring_test_run run = { .test = test, .ring = test->priv };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(looptun_ring_test_starts); i++) {
		looptun_ring_test_rewind(run.ring, looptun_ring_test_starts[i]);
		for (run.at = row->steps; *run.at; run.at++)
			if (isalpha(*run.at))
				looptun_ring_test_step(&run, *run.at, run.at[1] - '0');
	}
}

struct looptun_ring_test_room {
	const char *desc;
	size_t first;
	size_t second;
	int ret;
};

#define SIZE LOOPTUN_RING_TEST_SIZE
#define HEAD LOOPTUN_RING_TEST_HEADER

static const struct looptun_ring_test_room looptun_ring_test_rooms[] = {
	/* description, bytes of the first, of the second -> what that one gets */
	{ "0, all but a byte", 0, SIZE - 2 * HEAD - 1, 0 },
	{ "0, all", 0, SIZE - 2 * HEAD, 0 },
	{ "0, a byte over", 0, SIZE - 2 * HEAD + 1, -EAGAIN },
	{ "1, all", 1, SIZE - 2 * HEAD - 8, 0 },
	{ "1, a byte over", 1, SIZE - 2 * HEAD - 7, -EAGAIN },
	{ "7, all", 7, SIZE - 2 * HEAD - 8, 0 },
	{ "7, a byte over", 7, SIZE - 2 * HEAD - 7, -EAGAIN },
	{ "8, all", 8, SIZE - 2 * HEAD - 8, 0 },
	{ "8, a byte over", 8, SIZE - 2 * HEAD - 7, -EAGAIN },
	{ "9, all", 9, SIZE - 2 * HEAD - 16, 0 },
	{ "9, a byte over", 9, SIZE - 2 * HEAD - 15, -EAGAIN },
	{ "halves", SIZE / 2 - HEAD, SIZE / 2 - HEAD, 0 },
	{ "halves, a byte over", SIZE / 2 - HEAD, SIZE / 2 - HEAD + 1, -EAGAIN },
	{ "all but a header, nothing", SIZE - 2 * HEAD, 0, 0 },
	{ "all but a header, a byte", SIZE - 2 * HEAD, 1, -EAGAIN },
	{ "a byte more, nothing", SIZE - 2 * HEAD + 1, 0, -EAGAIN },
	{ "all, nothing", SIZE - HEAD, 0, -EAGAIN },
	{ "0, full size", 0, SIZE - HEAD, -EAGAIN },
	{ "0, more than full size", 0, SIZE - HEAD + 1, -EMSGSIZE },
	{ "all, more than full size", SIZE - HEAD, SIZE - HEAD + 1, -EMSGSIZE },
	{ "0, size", 0, SIZE, -EMSGSIZE },
	{ "0, size and a byte", 0, SIZE + 1, -EMSGSIZE },
	{ "0, longer than any write", 0, INT_MAX, -EMSGSIZE },
};

static void looptun_ring_test_room_desc(const struct looptun_ring_test_room *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_ring_test_room, looptun_ring_test_rooms, looptun_ring_test_room_desc);

static void looptun_ring_test_has_room(struct kunit *test)
{
	const struct looptun_ring_test_room *row = test->param_value;
	struct looptun_ring *ring = test->priv;
	struct looptun_record *first, *second;
	size_t i;

	KUNIT_EXPECT_EQ(test, row->second <= looptun_ring_max(ring->size),
			row->ret != -EMSGSIZE);

	for (i = 0; i < ARRAY_SIZE(looptun_ring_test_starts); i++) {
		looptun_ring_test_rewind(ring, looptun_ring_test_starts[i]);
		first = looptun_ring_reserve(ring, row->first);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(first));

		KUNIT_EXPECT_EQ(test, looptun_ring_has_room(ring, row->second), !row->ret);
		second = looptun_ring_reserve(ring, row->second);
		KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(second), row->ret);
		if (!row->ret)
			looptun_ring_discard(ring, second);
		looptun_ring_discard(ring, first);
		KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	}
}

struct looptun_ring_test_limit {
	const char *desc;
	size_t len;
	size_t max;
	bool behind;	/* a discarded record */
	int ret;
	u8 vnet_len;
};

static const struct looptun_ring_test_limit looptun_ring_test_limits[] = {
	{ "0 of 0", 0, 0, false, 0 },
	{ "1 of 0", 1, 0, false, -EMSGSIZE },
	{ "1 of 1", 1, 1, false, 0 },
	{ "100 of 99", 100, 99, false, -EMSGSIZE },
	{ "100 of 100", 100, 100, false, 0 },
	{ "100 of 101", 100, 101, false, 0 },
	{ "100 of any", 100, SIZE_MAX, false, 0 },
	{ "behind a discarded one: 100 of 99", 100, 99, true, -EMSGSIZE },
	{ "behind a discarded one: 100 of 100", 100, 100, true, 0 },
	{ "a header of 10, 100 of 99", 110, 99, false, -EMSGSIZE, 10 },
	{ "a header of 10, 100 of 100", 110, 100, false, 0, 10 },
};

static void looptun_ring_test_limit_desc(const struct looptun_ring_test_limit *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_ring_test_limit, looptun_ring_test_limits, looptun_ring_test_limit_desc);

/* One that is longer than asked for stays, first in the line. */
static void looptun_ring_test_claim_max(struct kunit *test)
{
	const struct looptun_ring_test_limit *row = test->param_value;
	struct looptun_ring *ring = test->priv;
	struct looptun_record *discarded = NULL, *record, *claimed;

	if (row->behind)
		discarded = looptun_ring_reserve(ring, 24);
	record = looptun_ring_reserve(ring, row->len);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(record));
	looptun_ring_test_fill(record, 1);
	record->vnet_len = row->vnet_len;
	looptun_ring_commit(ring, record);
	if (row->behind)
		looptun_ring_discard(ring, discarded);

	claimed = looptun_ring_claim(ring, row->max);
	KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(claimed), row->ret);
	if (row->ret) {
		KUNIT_EXPECT_TRUE(test, looptun_ring_readable(ring));
		claimed = looptun_ring_claim(ring, row->len);
	}
	KUNIT_ASSERT_PTR_EQ(test, claimed, record);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_intact(claimed, row->len, 1));
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	looptun_ring_consume(ring, claimed);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
}

static size_t looptun_ring_test_varied(u32 sequence)
{
	return sequence * 167 % (LOOPTUN_RING_TEST_SIZE / 9);
}

/* Datagrams of many lengths, in as long as there is room, then half of them out. */
static void looptun_ring_test_wrap(struct kunit *test, struct looptun_ring *ring)
{
	struct looptun_record *record;
	u32 in = 0, out = 0, crossed = 0, n;
	size_t bytes = 0, len;

	while (bytes < 10 * ring->size) {
		for (;; in++) {
			record = looptun_ring_reserve(ring, looptun_ring_test_varied(in));
			if (IS_ERR(record))
				break;
			looptun_ring_test_fill(record, in);
			crossed += record->data + record->len > ring->data + ring->size;
			looptun_ring_commit(ring, record);
		}
		KUNIT_ASSERT_EQ(test, PTR_ERR(record), (long)-EAGAIN);
		KUNIT_ASSERT_GT(test, in - out, 4);

		for (n = (in - out) / 2; n; n--, out++) {
			record = looptun_ring_claim(ring, SIZE_MAX);
			KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(record));
			len = looptun_ring_test_varied(out);
			KUNIT_ASSERT_TRUE_MSG(test, looptun_ring_test_intact(record, len, out),
					      "datagram %u", out);
			bytes += record->len;
			looptun_ring_consume(ring, record);
		}
	}
	/* Most times round, one lies across the end. */
	KUNIT_EXPECT_GE(test, crossed, 5);
}

static void looptun_ring_test_wraps(struct kunit *test)
{
	struct looptun_ring *ring = test->priv;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(looptun_ring_test_starts); i++) {
		looptun_ring_test_rewind(ring, looptun_ring_test_starts[i]);
		looptun_ring_test_wrap(test, ring);
	}
}

/* As many datagrams as there can be, so that each position is met. */
static void looptun_ring_test_smallest(struct kunit *test)
{
	struct looptun_ring *ring = test->priv;
	u32 count = ring->size / LOOPTUN_RING_TEST_HEADER, n;
	struct looptun_record *record;

	for (n = 0; n < count; n++) {
		record = looptun_ring_reserve(ring, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(record));
		looptun_ring_test_fill(record, n);
		looptun_ring_commit(ring, record);
	}
	KUNIT_EXPECT_PTR_EQ(test, looptun_ring_reserve(ring, 0), ERR_PTR(-EAGAIN));

	for (n = 0; n < count; n++) {
		record = looptun_ring_claim(ring, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(record));
		KUNIT_ASSERT_TRUE(test, looptun_ring_test_intact(record, 0, n));
		looptun_ring_consume(ring, record);
	}
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
}

static void looptun_ring_test_sizes(struct kunit *test)
{
	static const size_t sizes[] = { PAGE_SIZE, 2 * PAGE_SIZE, 64 * PAGE_SIZE };
	struct looptun_ring *ring;
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ring = looptun_ring_create(sizes[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(ring));
		KUNIT_EXPECT_EQ(test, ring->size, sizes[i]);
		KUNIT_EXPECT_EQ(test, refcount_read(&ring->ref), 1);
		KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
		KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));

		/* Every page is there, and there twice. */
		for (at = 0; at < sizes[i]; at += PAGE_SIZE)
			memset(ring->data + at, at / PAGE_SIZE + 1, PAGE_SIZE);
		for (at = 0; at < sizes[i]; at += PAGE_SIZE) {
			KUNIT_EXPECT_EQ(test, ring->data[at], at / PAGE_SIZE + 1);
			KUNIT_EXPECT_EQ(test, ring->data[sizes[i] + at], at / PAGE_SIZE + 1);
		}
		looptun_ring_destroy(ring);
	}
	/* There is no room for the pointers to its pages. */
	if (IS_ENABLED(CONFIG_64BIT))
		KUNIT_EXPECT_PTR_EQ(test, looptun_ring_create(SIZE_MAX / 2 + 1), ERR_PTR(-ENOMEM));
}

/* Each page is given back once: of two references one is left. */
static void looptun_ring_test_pages(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(LOOPTUN_RING_TEST_SIZE);
	struct page *pages[LOOPTUN_RING_TEST_SIZE / PAGE_SIZE];
	size_t i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = ring->pages[i];
		get_page(pages[i]);
	}
	looptun_ring_destroy(ring);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		KUNIT_ASSERT_EQ(test, page_count(pages[i]), 1);
		__free_page(pages[i]);
	}
}

/* A queue that was never used has no ring. */
static void looptun_ring_test_none(struct kunit *test)
{
	looptun_ring_destroy(NULL);
}

/* Who still asks one that is destroyed waits for nothing, and gets nothing. */
static void looptun_ring_test_destroyed(struct kunit *test)
{
	struct looptun_ring *ring = test->priv;
	struct looptun_record *record;
	u8 *data = ring->data;

	record = looptun_ring_reserve(ring, LOOPTUN_RING_TEST_MAX);
	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	looptun_ring_commit(ring, record);
	ring->data = NULL;
	KUNIT_EXPECT_TRUE(test, looptun_ring_has_room(ring, 0));
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	ring->data = data;
}

static int looptun_ring_test_init(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(LOOPTUN_RING_TEST_SIZE);

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	test->priv = ring;
	return 0;
}

static void looptun_ring_test_exit(struct kunit *test)
{
	looptun_ring_destroy(test->priv);
}

/* What is cut in several pieces: empty datagrams, numbered by their stamps. */
#define LOOPTUN_RING_TEST_MANY	(3 * LOOPTUN_RING_WALK_MAX + 1)

static void looptun_ring_test_put(struct kunit *test, struct looptun_ring *ring,
				  unsigned int stamp)
{
	struct looptun_record *record = looptun_ring_reserve(ring, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	record->stamp = stamp;
	looptun_ring_commit(ring, record);
}

static void looptun_ring_test_get(struct kunit *test, struct looptun_ring *ring,
				  unsigned int first, unsigned int count)
{
	struct looptun_record *record;

	while (count--) {
		record = looptun_ring_claim(ring, SIZE_MAX);
		KUNIT_ASSERT_NOT_NULL(test, record);
		KUNIT_ASSERT_TRUE(test, record->stamp == first++);
		looptun_ring_consume(ring, record);
	}
}

static struct looptun_ring *looptun_ring_test_many(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(SZ_128K);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	for (i = 0; i < LOOPTUN_RING_TEST_MANY; i++)
		looptun_ring_test_put(test, ring, i);
	return ring;
}

/* As many records under the locks as are said, and no more. */
static void looptun_ring_test_cut_to(struct kunit *test, unsigned int count)
{
	struct looptun_ring *ring = looptun_ring_test_many(test);
	unsigned int dropped, pieces = 0;
	struct looptun_ring_cut cut;

	looptun_ring_cut(ring, count, &cut);
	do {
		dropped = cut.dropped;
		pieces++;
		if (!looptun_ring_truncate(ring, &cut))
			break;
		KUNIT_EXPECT_LE(test, cut.dropped - dropped, LOOPTUN_RING_WALK_MAX);
	} while (pieces < 9);
	KUNIT_EXPECT_EQ(test, pieces, 4);
	KUNIT_EXPECT_EQ(test, cut.dropped, LOOPTUN_RING_TEST_MANY - count);
	KUNIT_EXPECT_EQ(test, looptun_ring_count(ring), count);
	looptun_ring_test_get(test, ring, 0, count);
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

static void looptun_ring_test_cut_in_pieces(struct kunit *test)
{
	looptun_ring_test_cut_to(test, 10);
	/* Those that are kept are looked at once, too. */
	looptun_ring_test_cut_to(test, LOOPTUN_RING_WALK_MAX + 10);
}

/* Who reads meanwhile has read some of those that were to be kept. What was read before is none. */
static void looptun_ring_test_cut_while_read(struct kunit *test)
{
	const unsigned int read = LOOPTUN_RING_WALK_MAX + 500;
	struct looptun_ring *ring = looptun_ring_test_many(test);
	struct looptun_ring_cut cut;

	looptun_ring_test_get(test, ring, 0, 2);
	looptun_ring_cut(ring, read + 7, &cut);
	KUNIT_EXPECT_TRUE(test, looptun_ring_truncate(ring, &cut));
	looptun_ring_test_get(test, ring, 2, read);
	while (looptun_ring_truncate(ring, &cut))
		;
	KUNIT_EXPECT_EQ(test, cut.dropped, LOOPTUN_RING_TEST_MANY - read - 9);
	looptun_ring_test_get(test, ring, read + 2, 7);
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

/* Who reads past where the cut has stopped has read what was to be dropped, and that counts. */
static void looptun_ring_test_cut_read_past(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_test_many(test);
	struct looptun_ring_cut cut;

	looptun_ring_cut(ring, 3, &cut);
	KUNIT_EXPECT_TRUE(test, looptun_ring_truncate(ring, &cut));
	looptun_ring_test_get(test, ring, 0, 3);
	looptun_ring_test_get(test, ring, LOOPTUN_RING_WALK_MAX, 1);
	while (looptun_ring_truncate(ring, &cut))
		;
	KUNIT_EXPECT_EQ(test, cut.kept, 4);
	KUNIT_EXPECT_EQ(test, cut.dropped, LOOPTUN_RING_TEST_MANY - 4);
	KUNIT_EXPECT_EQ(test, looptun_ring_count(ring), 0);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

/* What comes meanwhile is not dropped; what is given back does not end the ring. */
static void looptun_ring_test_cut_while_written(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_test_many(test);
	struct looptun_record *record = looptun_ring_reserve(ring, 0);
	struct looptun_ring_cut cut;

	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	looptun_ring_cut(ring, 3, &cut);
	KUNIT_EXPECT_TRUE(test, looptun_ring_truncate(ring, &cut));
	looptun_ring_discard(ring, record);
	KUNIT_EXPECT_TRUE(test, looptun_ring_truncate(ring, &cut));
	looptun_ring_test_put(test, ring, 7000);
	looptun_ring_test_put(test, ring, 7001);
	looptun_ring_test_get(test, ring, 0, 1);
	while (looptun_ring_truncate(ring, &cut))
		;
	KUNIT_EXPECT_EQ(test, cut.dropped, LOOPTUN_RING_TEST_MANY - 3);
	KUNIT_EXPECT_EQ(test, looptun_ring_count(ring), 4);
	looptun_ring_test_get(test, ring, 1, 2);
	looptun_ring_test_get(test, ring, 7000, 2);
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

/* One that is given back where the cut has stopped is dropped once. */
static void looptun_ring_test_cut_while_discarded(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(SZ_128K);
	unsigned long space = looptun_ring_space(0);
	struct looptun_record *record;
	struct looptun_ring_cut cut;
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	for (i = 0; i < LOOPTUN_RING_WALK_MAX; i++)
		looptun_ring_test_put(test, ring, i);
	record = looptun_ring_reserve(ring, 100);
	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	looptun_ring_cut(ring, 3, &cut);
	KUNIT_EXPECT_TRUE(test, looptun_ring_truncate(ring, &cut));
	looptun_ring_discard(ring, record);
	while (looptun_ring_truncate(ring, &cut))
		;
	KUNIT_EXPECT_EQ(test, cut.dropped, LOOPTUN_RING_WALK_MAX - 3);
	KUNIT_EXPECT_EQ(test, ring->reserved, 3 * space);
	looptun_ring_test_put(test, ring, 3);
	looptun_ring_test_get(test, ring, 0, 4);
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(ring));
	KUNIT_EXPECT_EQ(test, ring->claimed, ring->reserved);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

/* What was moved is no free space: who moves on would read what somebody writes there. */
static void looptun_ring_test_move_while_discarded(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(SZ_64K);
	struct looptun_record *records[4], *moved, *last;
	struct looptun_ring_cut cut;
	int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	for (i = 0; i < 3; i++) {
		records[i] = looptun_ring_reserve(ring, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(records[i]));
	}
	looptun_ring_discard(ring, records[1]);
	looptun_ring_discard(ring, records[2]);
	looptun_ring_test_put(test, ring, 1);
	records[3] = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(records[3]));

	looptun_ring_cut(ring, 0, &cut);
	moved = looptun_ring_move(ring, &cut.position);
	KUNIT_ASSERT_PTR_EQ(test, moved, records[1]);
	looptun_ring_consume(ring, moved);
	looptun_ring_discard(ring, records[3]);
	last = looptun_ring_reserve(ring, 1000);
	KUNIT_ASSERT_FALSE(test, IS_ERR(last));
	memset(last->data, LOOPTUN_RECORD_READY, last->len);
	KUNIT_EXPECT_PTR_EQ(test, looptun_ring_move(ring, &cut.position), NULL);
	KUNIT_EXPECT_EQ(test, cut.position, ring->reserved);
	looptun_ring_destroy(ring);
}

/* Who writes and reads meanwhile gets past where the cut was to end. */
static void looptun_ring_test_cut_overtaken(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_test_many(test);
	struct looptun_ring_cut cut;

	looptun_ring_cut(ring, LOOPTUN_RING_TEST_MANY, &cut);
	looptun_ring_test_put(test, ring, LOOPTUN_RING_TEST_MANY);
	looptun_ring_test_get(test, ring, 0, LOOPTUN_RING_TEST_MANY + 1);
	KUNIT_EXPECT_FALSE(test, looptun_ring_truncate(ring, &cut));
	KUNIT_EXPECT_EQ(test, cut.dropped, 0);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
	looptun_ring_destroy(ring);
}

/* What was discarded last may be so long ago that its position seems to be ahead. */
static void looptun_ring_test_ages(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_test_many(test);
	unsigned long from;

	looptun_ring_test_get(test, ring, 0, LOOPTUN_RING_TEST_MANY);
	from = ring->claimed;
	while ((long)(ring->claimed - from) < (long)(2 * ring->size)) {
		looptun_ring_test_put(test, ring, 0);
		looptun_ring_test_get(test, ring, 0, 1);
	}
	KUNIT_EXPECT_LE(test, ring->claimed - ring->gap, ring->size);
	looptun_ring_destroy(ring);
}

/* However many are given back behind one that is busy, they take no room. */
static void looptun_ring_test_newest(struct kunit *test)
{
	struct looptun_record *first, *record;
	struct looptun_ring *ring = test->priv;
	int i;

	first = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(first));
	for (i = 0; i < 100; i++) {
		record = looptun_ring_reserve(ring, ring->size / 2);
		KUNIT_ASSERT_FALSE(test, IS_ERR(record));
		KUNIT_EXPECT_FALSE(test, looptun_ring_discard(ring, record));
		KUNIT_EXPECT_EQ(test, ring->reserved, looptun_ring_space(0));
	}
	looptun_ring_discard(ring, first);
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(ring));
}

/* Discarded ones in a row are one to whoever passes over them, and are forgotten. */
static void looptun_ring_test_join(struct kunit *test)
{
	struct looptun_record *records[100], *first, *last, *gap, *record;
	struct looptun_ring *ring = looptun_ring_create(SZ_64K);
	unsigned long space = looptun_ring_space(0);
	int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	first = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(first));
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		records[i] = looptun_ring_reserve(ring, i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(records[i]));
	}
	last = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(last));
	for (i = 0; i < ARRAY_SIZE(records); i++)
		looptun_ring_discard(ring, records[i]);
	gap = looptun_ring_at(ring, space);
	KUNIT_EXPECT_PTR_EQ(test, (void *)gap + looptun_ring_space(gap->len), (void *)last);
	looptun_ring_commit(ring, last);
	looptun_ring_commit(ring, first);
	KUNIT_EXPECT_PTR_EQ(test, looptun_ring_claim(ring, 0), first);
	KUNIT_EXPECT_PTR_EQ(test, looptun_ring_claim(ring, 0), last);
	/* One that is claimed is nobody's to be joined to. */
	record = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	looptun_ring_discard(ring, record);
	KUNIT_EXPECT_EQ(test, ring->reserved, ring->claimed);
	KUNIT_EXPECT_GE(test, (long)(ring->reserved - ring->gap), 0);
	looptun_ring_destroy(ring);
}

/* What is given back is forgotten: where a gap was, there is now what somebody wrote. */
static void looptun_ring_test_forged(struct kunit *test)
{
	struct looptun_ring *ring = looptun_ring_create(SZ_64K);
	unsigned long space = looptun_ring_space(0);
	struct looptun_record *records[3], *record;
	int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ring));
	for (i = 0; i < ARRAY_SIZE(records); i++) {
		records[i] = looptun_ring_reserve(ring, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(records[i]));
	}
	for (i = 1; i <= ARRAY_SIZE(records); i++)
		looptun_ring_discard(ring, records[i % ARRAY_SIZE(records)]);
	KUNIT_EXPECT_EQ(test, ring->reserved, 0ul);
	/* It holds the likes of a discarded record that ends where it ends. */
	record = looptun_ring_reserve(ring, 2 * space);
	KUNIT_ASSERT_PTR_EQ(test, record, records[0]);
	memset(record->data, 0, record->len);
	record = (void *)record + space;
	record->len = looptun_ring_space(2 * space) - 2 * space;
	record->state = LOOPTUN_RECORD_DISCARDED;
	record = looptun_ring_reserve(ring, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(record));
	looptun_ring_discard(ring, record);
	KUNIT_EXPECT_EQ(test, ring->reserved, looptun_ring_space(2 * space));
	looptun_ring_destroy(ring);
}

static struct kunit_case looptun_ring_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_ring_test_scripted, looptun_ring_test_script_gen_params),
	KUNIT_CASE_PARAM(looptun_ring_test_has_room, looptun_ring_test_room_gen_params),
	KUNIT_CASE_PARAM(looptun_ring_test_claim_max, looptun_ring_test_limit_gen_params),
	KUNIT_CASE(looptun_ring_test_wraps),
	KUNIT_CASE(looptun_ring_test_smallest),
	KUNIT_CASE(looptun_ring_test_sizes),
	KUNIT_CASE(looptun_ring_test_pages),
	KUNIT_CASE(looptun_ring_test_none),
	KUNIT_CASE(looptun_ring_test_destroyed),
	KUNIT_CASE(looptun_ring_test_newest),
	KUNIT_CASE(looptun_ring_test_join),
	KUNIT_CASE(looptun_ring_test_forged),
	KUNIT_CASE(looptun_ring_test_cut_in_pieces),
	KUNIT_CASE(looptun_ring_test_cut_while_read),
	KUNIT_CASE(looptun_ring_test_cut_read_past),
	KUNIT_CASE(looptun_ring_test_cut_while_written),
	KUNIT_CASE(looptun_ring_test_cut_while_discarded),
	KUNIT_CASE(looptun_ring_test_move_while_discarded),
	KUNIT_CASE(looptun_ring_test_cut_overtaken),
	KUNIT_CASE(looptun_ring_test_ages),
	{ }
};

static struct kunit_suite looptun_ring_test_suite = {
	.name = "looptun_ring",
	.init = looptun_ring_test_init,
	.exit = looptun_ring_test_exit,
	.test_cases = looptun_ring_test_cases,
};

kunit_test_suite(looptun_ring_test_suite);
