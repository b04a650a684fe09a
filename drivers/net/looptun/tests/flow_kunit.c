// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: what is learned of flows, when it is forgotten, what else is chosen. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/time64.h>

#include "../frame.h"

#define LOOPTUN_FLOW_TEST_HASH	0xdeadbeefU
#define LOOPTUN_FLOW_TEST_MS(n)	((n) * (u64)NSEC_PER_MSEC)

struct looptun_flow_test_row {
	const char *desc;
	u32 hash;		/* asked for */
	unsigned int learned;	/* the queue of LOOPTUN_FLOW_TEST_HASH */
	unsigned int queues;
	u64 from, age;		/* in ms */
	int queue;		/* -1: by the hash */
};

/* 140,737 s and some is when its time comes round. */
static const struct looptun_flow_test_row looptun_flow_test_rows[] = {
	{ "at once", LOOPTUN_FLOW_TEST_HASH, 2, 4, 0, 0, 2 },
	{ "the first", LOOPTUN_FLOW_TEST_HASH, 0, 4, 0, 0, 0 },
	{ "the last of all", LOOPTUN_FLOW_TEST_HASH, 255, 256, 0, 0, 255 },
	{ "the last", LOOPTUN_FLOW_TEST_HASH, 3, 4, 0, 0, 3 },
	{ "one that is gone", LOOPTUN_FLOW_TEST_HASH, 4, 4, 0, 0, 0 },
	{ "another flow", 1, 2, 4, 0, 0, -1 },
	{ "another flow of its place", LOOPTUN_FLOW_TEST_HASH + LOOPTUN_FLOW_PLACES,
	  2, 4, 0, 0, -1 },
	{ "three seconds", LOOPTUN_FLOW_TEST_HASH, 2, 4, 7, 3000, 2 },
	{ "just over", LOOPTUN_FLOW_TEST_HASH, 2, 4, 7, 3040, -1 },
	/* 180 ticks of 2^24 ns. */
	{ "just over, from the beginning of a tick", LOOPTUN_FLOW_TEST_HASH, 2, 4, 0, 3020, -1 },
	{ "an hour", LOOPTUN_FLOW_TEST_HASH, 2, 4, 7, 3600000, -1 },
	{ "three seconds, coming round", LOOPTUN_FLOW_TEST_HASH, 2, 4,
	  140736000, 3000, 2 },
	{ "just over, coming round", LOOPTUN_FLOW_TEST_HASH, 2, 4, 140736000,
	  3040, -1 },
};

static void looptun_flow_test_rows_hold(struct kunit *test)
{
	const struct looptun_flow_test_row *row = test->param_value;
	atomic64_t *flows = kunit_kcalloc(test, LOOPTUN_FLOW_PLACES, sizeof(*flows),
					  GFP_KERNEL);
	u64 from = LOOPTUN_FLOW_TEST_MS(row->from);
	unsigned int by_hash = reciprocal_scale(row->hash, row->queues);

	KUNIT_ASSERT_NOT_NULL(test, flows);
	KUNIT_EXPECT_EQ(test, by_hash,
			looptun_flow_queue(flows, row->hash, row->queues, from));
	looptun_flow_learn(flows, LOOPTUN_FLOW_TEST_HASH, row->learned, from);
	KUNIT_EXPECT_EQ(test, row->queue < 0 ? by_hash : row->queue,
			looptun_flow_queue(flows, row->hash, row->queues,
					   from + LOOPTUN_FLOW_TEST_MS(row->age)));
}

/* Writing again begins anew, with another queue too. */
static void looptun_flow_test_again(struct kunit *test)
{
	atomic64_t *flows = kunit_kcalloc(test, LOOPTUN_FLOW_PLACES, sizeof(*flows),
					  GFP_KERNEL);
	u64 half = LOOPTUN_FLOW_TEST_MS(2000);

	KUNIT_ASSERT_NOT_NULL(test, flows);
	looptun_flow_learn(flows, LOOPTUN_FLOW_TEST_HASH, 1, 0);
	looptun_flow_learn(flows, LOOPTUN_FLOW_TEST_HASH, 2, half);
	KUNIT_EXPECT_EQ(test, 2,
			looptun_flow_queue(flows, LOOPTUN_FLOW_TEST_HASH, 4,
					   2 * half));
}

static void looptun_flow_test_desc(const struct looptun_flow_test_row *row,
				   char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_flow_test, looptun_flow_test_rows,
		  looptun_flow_test_desc);

static struct kunit_case looptun_flow_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_flow_test_rows_hold,
			 looptun_flow_test_gen_params),
	KUNIT_CASE(looptun_flow_test_again),
	{}
};

static struct kunit_suite looptun_flow_test_suite = {
	.name = "looptun_flow",
	.test_cases = looptun_flow_test_cases,
};

kunit_test_suite(looptun_flow_test_suite);

