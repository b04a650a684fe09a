// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: loans between two rings. Who is done first, and what is purged or
 * discarded when, is told in scripts of steps; then a producer and a reader of each
 * ring run into each other as they may.
 */
#include <kunit/test.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "../ring.h"
#include "ring_test.h"

#define LOOPTUN_LOAN_TEST_SIZE	(4 * PAGE_SIZE)

/*
 * Small letters are of the ring that lends, capitals of the one that borrows.
 * A datagram takes a fourth of a ring.
 *   lN  reserve N in both, fill the one and lend it
 *   rN RN  reserve N in one, and fill it; it is no loan
 *   cN CN  commit N                 xN XN  commit N: refused, it was purged
 *   dN DN  discard N
 *   gN GN  claim: gives N, whole    n N    claim: gives nothing
 *   fN FN  consume N, whole still   p P    purge
 *   tN  truncate the one that borrows to N
 *   oN  N in the one that borrows has its own bytes
 *   h H    something takes room     e E    nothing does
 */
static const struct looptun_loan_test_script {
	const char *desc;
	const char *steps;
} looptun_loan_test_scripts[] = {
	{ "the borrower is read first", "l0 c0 C0 G0 F0 E h g0 f0 e" },
	{ "the lender is read first", "l0 c0 C0 g0 f0 e o0 H G0 F0 E" },
	{ "the lender is read before the other is committed",
	  "l0 c0 N g0 f0 e o0 N C0 G0 F0 E" },
	{ "both are read, the lender's reader is first", "l0 c0 C0 G0 g0 f0 n h F0 e E" },
	{ "both are read, the borrower's reader is first", "l0 c0 C0 G0 g0 F0 E h f0 e" },
	{ "both are read, the lender was claimed first", "l0 c0 C0 g0 G0 f0 n h F0 e E" },
	{ "the borrower is claimed after the lender was left",
	  "l0 c0 C0 g0 f0 o0 r1 c1 g1 G0 F0 f1 e E" },

	{ "three, each read in another order",
	  "l0 l1 l2 c0 c1 c2 C0 C1 C2 G0 F0 g0 f0 g1 f1 o1 G1 F1 g2 G2 f2 F2 e E" },
	{ "one that is read holds back room",
	  "l0 r1 c0 c1 C0 G0 g0 f0 g1 f1 h F0 e E" },
	{ "one of its own between", "l0 R1 l2 c0 C0 C1 c2 C2 g0 f0 G0 F0 G1 F1 G2 F2 g2 f2 e E" },
	{ "committed backwards", "l0 l1 c1 C1 n N c0 C0 g0 g1 f1 f0 o0 o1 G0 G1 F1 F0 e E" },

	{ "the lender is discarded", "l0 d0 e o0 C0 G0 F0 E" },
	{ "the borrower is discarded", "l0 D0 E c0 g0 f0 e" },
	{ "both are discarded", "l0 d0 D0 e E" },
	{ "the borrower is discarded after the lender was read", "l0 c0 g0 f0 e D0 E" },

	{ "purge the borrower, unread", "l0 c0 C0 P N E g0 f0 e" },
	{ "purge the borrower that is read", "l0 c0 C0 G0 P H g0 f0 h F0 e E" },
	{ "purge the borrower, busy", "l0 c0 P X0 E g0 f0 e" },
	{ "purge the borrower, busy, the lender read", "l0 c0 P g0 f0 e X0 E" },
	{ "purge the lender, unread", "l0 c0 C0 p n e o0 G0 F0 E" },
	{ "purge the lender, busy", "l0 p x0 e o0 C0 G0 F0 E" },
	{ "purge the lender that is read there", "l0 c0 C0 G0 p n h F0 e E" },
	{ "purge both, unread", "l0 c0 C0 P p n N e E" },
	{ "purge both, read in both", "l0 c0 C0 g0 G0 P p f0 h F0 e E" },
	{ "purge both, busy", "l0 P p x0 X0 e E" },
	{ "purge the lender first, unread", "l0 c0 C0 p P e E" },
	{ "left behind a busy one", "r1 l0 c0 C0 G0 p n x1 n h F0 n e E" },
	{ "left behind a busy one, and one behind it",
	  "r1 l0 c0 C0 G0 p r2 c2 n x1 g2 f2 h F0 e E" },
	{ "left behind a busy one that ends last", "r1 l0 c0 C0 G0 p F0 n x1 n e E" },
	{ "left behind a busy one, unread there", "r1 l0 c0 C0 p o0 n x1 e G0 F0 E" },

	{ "truncate the borrower", "l0 l1 c0 c1 C0 C1 t1 g0 f0 g1 f1 e G0 F0 E" },
	{ "truncate the borrower to none", "l0 c0 C0 t0 N E g0 f0 e" },
};

static void looptun_loan_test_script_desc(const struct looptun_loan_test_script *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_loan_test_script, looptun_loan_test_scripts,
		  looptun_loan_test_script_desc);

/* Of each pair the ring that lends is first. */
struct looptun_loan_test_run {
	struct kunit *test;
	const char *at;
	struct looptun_ring *rings[2];
	struct looptun_record *records[2][10];
};

/* On failure tells the steps from the failing one on. */
#define looptun_loan_test_check(run, condition) do {				\
	struct looptun_loan_test_run *_run = (run);				\
	KUNIT_ASSERT_TRUE_MSG(_run->test, condition, "at \"%s\"", _run->at);	\
} while (0)

static size_t looptun_loan_test_len(u32 n)
{
	return LOOPTUN_LOAN_TEST_SIZE / 4 - sizeof(struct looptun_record) - n;
}

/* Memory that a loan leaves alone is another's. */
static void looptun_loan_test_reserve(struct looptun_loan_test_run *run, int side,
				      u32 n, bool fill)
{
	struct looptun_record *record;

	record = looptun_ring_reserve(run->rings[side], looptun_loan_test_len(n));
	looptun_loan_test_check(run, !IS_ERR_OR_NULL(record));
	looptun_ring_test_fill(record, fill ? n : ~n);
	record->proto = cpu_to_be16((u16)~n);
	run->records[side][n] = record;
}

static bool looptun_loan_test_intact(const struct looptun_record *record, u32 n)
{
	return looptun_ring_test_intact(record, looptun_loan_test_len(n), n);
}

static void looptun_loan_test_claim(struct looptun_loan_test_run *run, int side,
				    u32 n)
{
	struct looptun_record *record = looptun_ring_claim(run->rings[side], SIZE_MAX);

	looptun_loan_test_check(run, record == run->records[side][n]);
	looptun_loan_test_check(run, looptun_loan_test_intact(record, n));
}

static void looptun_loan_test_claim_none(struct looptun_loan_test_run *run, int side)
{
	looptun_loan_test_check(run, !looptun_ring_readable(run->rings[side]));
	looptun_loan_test_check(run, !looptun_ring_claim(run->rings[side], SIZE_MAX));
}

static void looptun_loan_test_consume(struct looptun_loan_test_run *run, int side,
				      u32 n)
{
	struct looptun_record *record = run->records[side][n];

	looptun_loan_test_check(run, looptun_loan_test_intact(record, n));
	looptun_ring_consume(run->rings[side], record);
}

/* What only one of the rings knows. */
static void looptun_loan_test_special(struct looptun_loan_test_run *run, char step,
				      u32 n)
{
	switch (step) {
	case 'l':
		looptun_loan_test_reserve(run, 0, n, true);
		looptun_loan_test_reserve(run, 1, n, false);
		looptun_ring_lend(run->rings[0], run->records[0][n], run->rings[1],
				  run->records[1][n]);
		break;
	case 't':
		looptun_loan_test_check(run, looptun_ring_truncate(run->rings[1], n) == n);
		break;
	case 'o':
		looptun_loan_test_check(run, !run->records[1][n]->borrowed);
		break;
	default:
		looptun_loan_test_check(run, false);
	}
}

static void looptun_loan_test_step(struct looptun_loan_test_run *run, char step, u32 n)
{
	int side = isupper(step);
	struct looptun_ring *ring = run->rings[side];

	switch (tolower(step)) {
	case 'r':
		looptun_loan_test_reserve(run, side, n, true);
		break;
	case 'c':
	case 'x':
		looptun_loan_test_check(run, looptun_ring_commit(ring, run->records[side][n]) ==
					     (tolower(step) == 'c'));
		break;
	case 'd':
		looptun_ring_discard(ring, run->records[side][n]);
		break;
	case 'g':
		looptun_loan_test_claim(run, side, n);
		break;
	case 'n':
		looptun_loan_test_claim_none(run, side);
		break;
	case 'f':
		looptun_loan_test_consume(run, side, n);
		break;
	case 'p':
		looptun_ring_purge(ring);
		break;
	case 'e':
	case 'h':
		looptun_loan_test_check(run, looptun_ring_test_empty(ring) ==
					     (tolower(step) == 'e'));
		break;
	default:
		looptun_loan_test_special(run, step, n);
	}
}

static void looptun_loan_test_scripted(struct kunit *test)
{
	static const unsigned long starts[] = { 0, -LOOPTUN_LOAN_TEST_SIZE / 2 };
	const struct looptun_loan_test_script *row = test->param_value;
	struct looptun_loan_test_run *run = test->priv;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		for (j = 0; j < 2; j++)
			looptun_ring_test_rewind(run->rings[j], starts[i]);
		for (run->at = row->steps; *run->at; run->at++)
			if (isalpha(*run->at))
				looptun_loan_test_step(run, *run->at, run->at[1] - '0');
	}
}

/* So many are lent, or for so long: an emulated machine may be slow. */
#define LOOPTUN_LOAN_TEST_MANY	20000
#define LOOPTUN_LOAN_TEST_TIME	(10 * HZ)

struct looptun_loan_test_reader {
	struct looptun_ring *ring;
	struct task_struct *task;
	u32 seen;
	u32 torn;
};

static size_t looptun_loan_test_many_len(u32 sequence)
{
	return sizeof(sequence) + sequence * 37 % 1493;
}

/* A number, and as many bytes as it says. */
static bool looptun_loan_test_whole(const struct looptun_record *record)
{
	const u8 *bytes = looptun_ring_bytes(record);
	u32 sequence;

	memcpy(&sequence, bytes, sizeof(sequence));
	return record->len == looptun_loan_test_many_len(sequence) &&
	       !memchr_inv(bytes + sizeof(sequence), (u8)sequence,
			   record->len - sizeof(sequence));
}

static int looptun_loan_test_read(void *data)
{
	struct looptun_loan_test_reader *reader = data;
	struct looptun_record *record;

	while (!kthread_should_stop() || looptun_ring_readable(reader->ring)) {
		record = looptun_ring_claim(reader->ring, SIZE_MAX);
		if (!record) {
			cond_resched();
			continue;
		}
		reader->torn += !looptun_loan_test_whole(record);
		/* Let the other come between, now and then. */
		if (reader->seen++ % 16 == 0)
			cond_resched();
		reader->torn += !looptun_loan_test_whole(record);
		looptun_ring_consume(reader->ring, record);
	}
	return 0;
}

/* Room in both rings, or in none. */
static bool looptun_loan_test_get_room(struct looptun_loan_test_run *run, size_t len)
{
	struct looptun_record *record = looptun_ring_reserve(run->rings[0], len);

	if (IS_ERR(record))
		return false;
	run->records[0][0] = record;
	record = looptun_ring_reserve(run->rings[1], len);
	if (IS_ERR(record)) {
		looptun_ring_discard(run->rings[0], run->records[0][0]);
		return false;
	}
	run->records[1][0] = record;
	return true;
}

static void looptun_loan_test_send(struct looptun_loan_test_run *run, u32 sequence)
{
	size_t len = looptun_loan_test_many_len(sequence);
	struct looptun_record *record, *borrower;

	while (!looptun_loan_test_get_room(run, len))
		cond_resched();
	record = run->records[0][0];
	borrower = run->records[1][0];
	memset(record->data, (u8)sequence, len);
	memcpy(record->data, &sequence, sizeof(sequence));
	looptun_ring_lend(run->rings[0], record, run->rings[1], borrower);
	looptun_ring_commit(run->rings[0], record);
	if (sequence % 61 == 0)
		looptun_ring_purge(run->rings[0]);
	looptun_ring_commit(run->rings[1], borrower);
	if (sequence % 67 == 0)
		looptun_ring_purge(run->rings[1]);
}

static void looptun_loan_test_raced(struct kunit *test)
{
	struct looptun_loan_test_run *run = test->priv;
	unsigned long end = jiffies + LOOPTUN_LOAN_TEST_TIME;
	struct looptun_loan_test_reader readers[2] = {
		{ .ring = run->rings[0] }, { .ring = run->rings[1] },
	};
	u32 i, sequence;

	for (i = 0; i < 2; i++) {
		readers[i].task = kthread_run(looptun_loan_test_read, &readers[i],
					      "looptun_loan/%u", i);
		if (IS_ERR(readers[i].task))
			break;
	}
	KUNIT_EXPECT_EQ(test, i, 2);
	for (sequence = 0; i == 2 && sequence < LOOPTUN_LOAN_TEST_MANY &&
	     time_before(jiffies, end); sequence++)
		looptun_loan_test_send(run, sequence);
	while (i)
		kthread_stop(readers[--i].task);

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_GT(test, readers[i].seen, 0);
		KUNIT_EXPECT_LE(test, readers[i].seen, sequence);
		KUNIT_EXPECT_EQ(test, readers[i].torn, 0);
		KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(run->rings[i]));
	}
}

static int looptun_loan_test_init(struct kunit *test)
{
	struct looptun_loan_test_run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	int i;

	if (!run)
		return -ENOMEM;
	run->test = test;
	test->priv = run;
	for (i = 0; i < 2; i++) {
		run->rings[i] = looptun_ring_create(LOOPTUN_LOAN_TEST_SIZE);
		if (IS_ERR(run->rings[i])) {
			run->rings[i] = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static void looptun_loan_test_exit(struct kunit *test)
{
	struct looptun_loan_test_run *run = test->priv;

	if (!run)
		return;
	looptun_ring_destroy(run->rings[1]);
	looptun_ring_destroy(run->rings[0]);
}

static struct kunit_case looptun_loan_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_loan_test_scripted, looptun_loan_test_script_gen_params),
	KUNIT_CASE(looptun_loan_test_raced),
	{ }
};

static struct kunit_suite looptun_loan_test_suite = {
	.name = "looptun_ring_loan",
	.init = looptun_loan_test_init,
	.exit = looptun_loan_test_exit,
	.test_cases = looptun_loan_test_cases,
};

kunit_test_suite(looptun_loan_test_suite);
