// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the length of the transmit queue. Rows that were measured on tun, and
 * a ptr_ring beside it for every sequence in between.
 */
#include <kunit/test.h>
#include <linux/cache.h>
#include <linux/prandom.h>
#include <linux/ptr_ring.h>

#include "../txq.h"

/*
 * What a ptr_ring's reader gives back at once. The rows are for 16; where cache
 * lines are longer, everything is as many times that.
 */
#define LOOPTUN_TXQ_TEST_BATCH	(SMP_CACHE_BYTES * 2 / sizeof(void *))
#define LOOPTUN_TXQ_TEST_SCALE	(LOOPTUN_TXQ_TEST_BATCH / 16)

struct looptun_txq_test_queue {
	struct looptun_txq txq;
	unsigned int queued;
};

static bool looptun_txq_test_put(struct looptun_txq_test_queue *queue,
				 bool backpressure)
{
	bool taken = looptun_txq_produce(&queue->txq, queue->queued, backpressure);

	queue->queued += taken;
	return taken;
}

static void looptun_txq_test_fill(struct kunit *test,
				  struct looptun_txq_test_queue *queue,
				  unsigned int size)
{
	unsigned int i;

	queue->queued = 0;
	looptun_txq_resize(&queue->txq, size);
	for (i = 0; i < size; i++)
		KUNIT_ASSERT_TRUE(test, looptun_txq_test_put(queue, false));
	KUNIT_ASSERT_FALSE(test, looptun_txq_test_put(queue, false));
}

static void looptun_txq_test_consume(struct looptun_txq_test_queue *queue,
				     unsigned int reads)
{
	for (reads = min(reads, queue->queued); reads; reads--)
		looptun_txq_consume(&queue->txq, --queue->queued);
}

/* How many more it takes. */
static unsigned int looptun_txq_test_offer(struct looptun_txq_test_queue *queue)
{
	unsigned int taken = 0;

	while (looptun_txq_test_put(queue, false))
		taken++;
	return taken;
}

struct looptun_txq_test_row {
	const char *desc;
	unsigned int size;
	unsigned int reads;
	unsigned int taken;
};

static const struct looptun_txq_test_row looptun_txq_test_rows[] = {
	{ "500, none read", 500, 0, 0 },
	{ "500, one read", 500, 1, 0 },
	{ "500, just under a batch", 500, 15, 0 },
	{ "500, a batch", 500, 16, 16 },
	{ "500, just over a batch", 500, 17, 16 },
	{ "500, just under two", 500, 31, 16 },
	{ "500, two", 500, 32, 32 },
	{ "500, all batches", 500, 496, 496 },
	{ "500, all but one", 500, 499, 496 },
	{ "500, all", 500, 500, 500 },
	{ "1000, a batch", 1000, 16, 16 },
	{ "40, just under a batch", 40, 15, 0 },
	{ "40, a batch", 40, 16, 16 },
	{ "40, all but one", 40, 39, 32 },
	{ "40, all", 40, 40, 40 },
	{ "33, one read", 33, 1, 0 },
	{ "32, one read", 32, 1, 0 },
	{ "32, a batch", 32, 16, 16 },
	{ "32, all", 32, 32, 32 },
	{ "31, one read", 31, 1, 1 },
	{ "30, one read", 30, 1, 1 },
	{ "20, seven read", 20, 7, 7 },
	{ "10, three read", 10, 3, 3 },
	{ "2, one read", 2, 1, 1 },
	{ "1, all", 1, 1, 1 },
};

static void looptun_txq_test_desc(const struct looptun_txq_test_row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_txq_test, looptun_txq_test_rows, looptun_txq_test_desc);

static void looptun_txq_test_batches(struct kunit *test)
{
	const struct looptun_txq_test_row *row = test->param_value;
	unsigned int size = row->size * LOOPTUN_TXQ_TEST_SCALE;
	struct looptun_txq_test_queue queue;

	if (!LOOPTUN_TXQ_TEST_SCALE)
		kunit_skip(test, "shorter cache lines than the rows are for");
	looptun_txq_test_fill(test, &queue, size);
	looptun_txq_test_consume(&queue, row->reads * LOOPTUN_TXQ_TEST_SCALE);
	KUNIT_EXPECT_EQ(test, row->taken > 0, looptun_txq_has_room(&queue.txq, queue.queued));
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue),
			row->taken * LOOPTUN_TXQ_TEST_SCALE);
	/* And again, now that the batches begin elsewhere. */
	looptun_txq_test_consume(&queue, size);
	KUNIT_EXPECT_GE(test, looptun_txq_test_offer(&queue),
			size - (LOOPTUN_TXQ_TEST_BATCH - 1) * (row->size > 31));
}

/* A queue without limit takes nothing here, and lets reads pass. */
static void looptun_txq_test_unlimited(struct kunit *test)
{
	struct looptun_txq_test_queue queue;

	looptun_txq_test_fill(test, &queue, 10);
	looptun_txq_resize(&queue.txq, 0);
	KUNIT_EXPECT_TRUE(test, looptun_txq_has_room(&queue.txq, 10));
	looptun_txq_test_consume(&queue, 20);
	looptun_txq_purge(&queue.txq, 7);
	KUNIT_EXPECT_FALSE(test, looptun_txq_test_put(&queue, false));
	looptun_txq_resize(&queue.txq, 20);
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue), 20);
}

static void looptun_txq_test_resize(struct kunit *test)
{
	struct looptun_txq_test_queue queue;

	looptun_txq_test_fill(test, &queue, 100);
	looptun_txq_resize(&queue.txq, 20);
	/* More than it takes may be there, and counts. */
	looptun_txq_test_consume(&queue, 80);
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue), 0);
	looptun_txq_test_consume(&queue, 1);
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue), 1);
	looptun_txq_resize(&queue.txq, 500);
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue), 480);
	/* What was read and not given back is forgotten with the array. */
	looptun_txq_test_consume(&queue, 15);
	looptun_txq_resize(&queue.txq, 500);
	KUNIT_EXPECT_EQ(test, looptun_txq_test_offer(&queue), 15);
}

struct looptun_txq_test_pair {
	struct looptun_txq_test_queue queue;
	struct ptr_ring ring;
};

static void looptun_txq_test_produce_both(struct kunit *test,
					  struct looptun_txq_test_pair *pair)
{
	bool taken = !ptr_ring_produce(&pair->ring, pair);

	KUNIT_ASSERT_EQ(test, looptun_txq_test_put(&pair->queue, false), taken);
}

static void looptun_txq_test_consume_both(struct looptun_txq_test_pair *pair)
{
	ptr_ring_consume(&pair->ring);
	looptun_txq_test_consume(&pair->queue, 1);
}

static void looptun_txq_test_resize_both(struct kunit *test,
					 struct looptun_txq_test_pair *pair,
					 unsigned int size)
{
	KUNIT_ASSERT_EQ(test, ptr_ring_resize(&pair->ring, size, GFP_KERNEL, NULL), 0);
	pair->queue.queued = min(pair->queue.queued, size);
	looptun_txq_resize(&pair->queue.txq, size);
}

static void looptun_txq_test_purge_both(struct looptun_txq_test_pair *pair)
{
	while (ptr_ring_consume(&pair->ring))
		;
	looptun_txq_purge(&pair->queue.txq, pair->queue.queued);
	pair->queue.queued = 0;
}

/* Runs of each, so that it is full and empty at times. */
static void looptun_txq_test_step(struct kunit *test,
				  struct looptun_txq_test_pair *pair,
				  struct rnd_state *random)
{
	static const unsigned int sizes[] = { 1, 2, 10, 30, 31, 32, 33, 40, 500, 1000 };
	u32 what = prandom_u32_state(random) % 64;
	u32 times = prandom_u32_state(random) % (pair->queue.txq.size + 2);

	if (!what)
		looptun_txq_test_resize_both(test, pair, sizes[times % ARRAY_SIZE(sizes)]);
	else if (what == 1)
		looptun_txq_test_purge_both(pair);
	else if (what < 34)
		while (times--)
			looptun_txq_test_produce_both(test, pair);
	else
		while (times--)
			looptun_txq_test_consume_both(pair);
}

static void looptun_txq_test_as_ptr_ring(struct kunit *test)
{
	struct looptun_txq_test_pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	struct rnd_state random;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, pair);
	prandom_seed_state(&random, 3);
	KUNIT_ASSERT_EQ(test, ptr_ring_init(&pair->ring, 500, GFP_KERNEL), 0);
	looptun_txq_resize(&pair->queue.txq, 500);
	for (i = 0; i < 5000; i++)
		looptun_txq_test_step(test, pair, &random);
	ptr_ring_cleanup(&pair->ring, NULL);
}

/* A sender that a full queue stops goes on after half of it, or all, was read. */
static void looptun_txq_test_backpressure(struct kunit *test)
{
	static const struct {
		unsigned int size, reads;
		bool room;
	} rows[] = {
		{ 1, 0, false }, { 1, 1, true }, { 2, 1, true }, { 3, 1, true },
		{ 4, 1, false }, { 4, 2, true }, { 31, 14, false }, { 31, 15, true },
		{ 500, 249, false }, { 500, 250, true },
	};
	struct looptun_txq_test_queue queue;
	struct looptun_txq *txq = &queue.txq;
	unsigned int j;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		queue.queued = 0;
		looptun_txq_resize(txq, rows[i].size);
		for (j = 0; j < rows[i].size; j++) {
			KUNIT_EXPECT_TRUE(test, looptun_txq_has_room(txq, queue.queued));
			KUNIT_EXPECT_TRUE(test, looptun_txq_test_put(&queue, true));
		}
		looptun_txq_test_consume(&queue, rows[i].reads);
		KUNIT_EXPECT_EQ_MSG(test, rows[i].room, looptun_txq_has_room(txq, queue.queued),
				    "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, rows[i].room, looptun_txq_test_put(&queue, true),
				    "row %d", i);
	}
}

/* The reader that lets it go on is told; so is who starts it for another reason. */
static void looptun_txq_test_start(struct kunit *test)
{
	struct looptun_txq txq;

	looptun_txq_resize(&txq, 4);
	KUNIT_EXPECT_FALSE(test, looptun_txq_consume(&txq, 0));
	KUNIT_EXPECT_TRUE(test, looptun_txq_produce(&txq, 3, true));
	KUNIT_EXPECT_FALSE(test, looptun_txq_consume(&txq, 3));
	KUNIT_EXPECT_FALSE(test, looptun_txq_has_room(&txq, 3));
	KUNIT_EXPECT_TRUE(test, looptun_txq_consume(&txq, 2));
	KUNIT_EXPECT_FALSE(test, looptun_txq_consume(&txq, 1));
	KUNIT_EXPECT_TRUE(test, looptun_txq_produce(&txq, 3, true));
	KUNIT_EXPECT_FALSE(test, looptun_txq_consume(&txq, 3));
	KUNIT_EXPECT_FALSE(test, looptun_txq_has_room(&txq, 2));
	looptun_txq_start(&txq);
	KUNIT_EXPECT_TRUE(test, looptun_txq_has_room(&txq, 3));
	/* A purge starts it too, even where nothing is queued any more. */
	KUNIT_EXPECT_TRUE(test, looptun_txq_produce(&txq, 3, true));
	looptun_txq_purge(&txq, 0);
	KUNIT_EXPECT_TRUE(test, looptun_txq_has_room(&txq, 0));
}

/* A slot that was read and not given back yet is full. */
static void looptun_txq_test_spent(struct kunit *test)
{
	const unsigned int size = 4 * LOOPTUN_TXQ_TEST_BATCH;
	struct looptun_txq txq;

	looptun_txq_resize(&txq, size);
	KUNIT_EXPECT_FALSE(test, looptun_txq_consume(&txq, size - 3));
	KUNIT_EXPECT_TRUE(test, looptun_txq_produce(&txq, size - 3, true));
	KUNIT_EXPECT_FALSE(test, txq.stopped);
	KUNIT_EXPECT_TRUE(test, looptun_txq_produce(&txq, size - 2, true));
	KUNIT_EXPECT_TRUE(test, txq.stopped);
	looptun_txq_start(&txq);
	KUNIT_EXPECT_FALSE(test, looptun_txq_produce(&txq, size - 1, true));
}

static struct kunit_case looptun_txq_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_txq_test_batches, looptun_txq_test_gen_params),
	KUNIT_CASE(looptun_txq_test_unlimited),
	KUNIT_CASE(looptun_txq_test_resize),
	KUNIT_CASE(looptun_txq_test_backpressure),
	KUNIT_CASE(looptun_txq_test_start),
	KUNIT_CASE(looptun_txq_test_spent),
	KUNIT_CASE(looptun_txq_test_as_ptr_ring),
	{ }
};

static struct kunit_suite looptun_txq_test_suite = {
	.name = "looptun_txq",
	.test_cases = looptun_txq_test_cases,
};

kunit_test_suite(looptun_txq_test_suite);
