// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the datagram ring under two producers and two consumers, who sleep
 * for room and for datagrams as a descriptor's users do. Every datagram comes out
 * once, whole, and after those of the same producer before it.
 * And the ring that is destroyed while somebody asks it for room.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../ring.h"
#include "ring_test.h"

#define LOOPTUN_RING_RACE_SIZE	(4 * PAGE_SIZE)
#define LOOPTUN_RING_RACE_PAIRS	2
/* Each producer sends so many, or for so long: an emulated machine may be slow. */
#define LOOPTUN_RING_RACE_EACH	10000
#define LOOPTUN_RING_RACE_TIME	(3 * HZ)
/* Nothing consumed for so long: stuck. */
#define LOOPTUN_RING_RACE_LIMIT	(20 * HZ)

/* What a datagram begins with; the rest is filled with one byte. */
struct looptun_ring_race_header {
	u32 producer;
	u32 sequence;
};

struct looptun_ring_race_row {
	const char *desc;
	bool ordered;
	unsigned long start;
};

static const struct looptun_ring_race_row looptun_ring_race_rows[] = {
	{ "the order of claims is watched", .ordered = true },
	{ "claims race" },
	{ "claims race, positions pass ULONG_MAX", .start = -LOOPTUN_RING_RACE_SIZE },
};

static void looptun_ring_race_desc(const struct looptun_ring_race_row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_ring_race, looptun_ring_race_rows, looptun_ring_race_desc);

struct looptun_ring_race {
	struct looptun_ring *ring;
	wait_queue_head_t room;
	wait_queue_head_t data;
	atomic_t producing;	/* producers at work */
	atomic_t running;	/* workers at work */
	struct completion done;
	bool stop;

	/* What went wrong */
	atomic_t torn;
	atomic_t disordered;
	atomic_t repeated;
	unsigned long *seen[LOOPTUN_RING_RACE_PAIRS];

	bool ordered;
	spinlock_t claim_lock;	/* protects next, the sequence numbers awaited */
	u32 next[LOOPTUN_RING_RACE_PAIRS];
};

struct looptun_ring_race_worker {
	struct looptun_ring_race *race;
	struct task_struct *task;
	u32 id;
	u32 sent;
	u32 next[LOOPTUN_RING_RACE_PAIRS];
};

static size_t looptun_ring_race_len(u32 producer, u32 sequence)
{
	return sizeof(struct looptun_ring_race_header) +
	       (sequence * 37 + producer * 11) % 1493;
}

static u8 looptun_ring_race_byte(u32 producer, u32 sequence)
{
	return producer * 128 + sequence % 127;
}

/* NULL if the race was called off. */
static struct looptun_record *
looptun_ring_race_reserve(struct looptun_ring_race *race, size_t len)
{
	struct looptun_record *record;

	do {
		wait_event(race->room,
			   READ_ONCE(race->stop) || looptun_ring_has_room(race->ring, len));
		if (READ_ONCE(race->stop))
			return NULL;
		record = looptun_ring_reserve(race->ring, len);
	} while (record == ERR_PTR(-EAGAIN));
	return record;
}

static bool looptun_ring_race_send(struct looptun_ring_race_worker *worker,
				   u32 sequence, bool discard)
{
	struct looptun_ring_race *race = worker->race;
	size_t len = looptun_ring_race_len(worker->id, sequence);
	struct looptun_record *record = looptun_ring_race_reserve(race, len);
	struct looptun_ring_race_header *header;

	if (!record)
		return false;
	memset(record->data, looptun_ring_race_byte(worker->id, sequence), len);
	if (discard) {
		looptun_ring_discard(race->ring, record);
	} else {
		header = (void *)record->data;
		header->producer = worker->id;
		header->sequence = sequence;
		/* Let the other producer settle first now and then. */
		if (sequence % 16 == worker->id)
			cond_resched();
		looptun_ring_commit(race->ring, record);
	}
	/* Either may have ended what held back others, or given room back. */
	wake_up(&race->room);
	wake_up(&race->data);
	return true;
}

static void looptun_ring_race_leave(struct looptun_ring_race *race)
{
	if (atomic_dec_and_test(&race->running))
		complete(&race->done);
}

static int looptun_ring_race_produce(void *data)
{
	struct looptun_ring_race_worker *worker = data;
	struct looptun_ring_race *race = worker->race;
	unsigned long end = jiffies + LOOPTUN_RING_RACE_TIME;
	u32 sequence;

	for (sequence = 0; sequence < LOOPTUN_RING_RACE_EACH &&
	     time_before(jiffies, end); sequence++) {
		if (sequence % 7 == 3 &&
		    !looptun_ring_race_send(worker, sequence, true))
			break;
		if (!looptun_ring_race_send(worker, sequence, false))
			break;
	}
	worker->sent = sequence;
	if (atomic_dec_and_test(&race->producing))
		wake_up(&race->data);
	looptun_ring_race_leave(race);
	return 0;
}

/* No other claim comes between the claim and the look at its number. */
static struct looptun_record *
looptun_ring_race_claim_ordered(struct looptun_ring_race *race)
{
	struct looptun_ring_race_header *header;
	struct looptun_record *record;

	spin_lock(&race->claim_lock);
	record = looptun_ring_claim(race->ring, SIZE_MAX);
	if (record) {
		header = (void *)record->data;
		if (header->producer < LOOPTUN_RING_RACE_PAIRS &&
		    header->sequence != race->next[header->producer]++)
			atomic_inc(&race->disordered);
	}
	spin_unlock(&race->claim_lock);
	return record;
}

static bool looptun_ring_race_over(struct looptun_ring_race *race)
{
	return READ_ONCE(race->stop) || (!atomic_read_acquire(&race->producing) &&
					 !looptun_ring_readable(race->ring));
}

/* NULL if there is no more to come. */
static struct looptun_record *
looptun_ring_race_claim(struct looptun_ring_race *race)
{
	struct looptun_record *record;

	do {
		wait_event(race->data, looptun_ring_readable(race->ring) ||
			   looptun_ring_race_over(race));
		if (looptun_ring_race_over(race))
			return NULL;
		record = race->ordered ? looptun_ring_race_claim_ordered(race) :
					 looptun_ring_claim(race->ring, SIZE_MAX);
	} while (!record);
	return record;
}

static void looptun_ring_race_check(struct looptun_ring_race_worker *worker,
				    struct looptun_record *record)
{
	struct looptun_ring_race_header *header = (void *)record->data;
	u32 producer = header->producer, sequence = header->sequence;
	struct looptun_ring_race *race = worker->race;

	if (producer >= LOOPTUN_RING_RACE_PAIRS ||
	    sequence >= LOOPTUN_RING_RACE_EACH ||
	    record->len != looptun_ring_race_len(producer, sequence) ||
	    memchr_inv(header + 1, looptun_ring_race_byte(producer, sequence),
		       record->len - sizeof(*header))) {
		atomic_inc(&race->torn);
		return;
	}
	if (sequence < worker->next[producer])
		atomic_inc(&race->disordered);
	worker->next[producer] = sequence + 1;
	if (test_and_set_bit(sequence, race->seen[producer]))
		atomic_inc(&race->repeated);
}

static int looptun_ring_race_consume(void *data)
{
	struct looptun_ring_race_worker *worker = data;
	struct looptun_ring_race *race = worker->race;
	struct looptun_record *record;

	while ((record = looptun_ring_race_claim(race))) {
		looptun_ring_race_check(worker, record);
		looptun_ring_consume(race->ring, record);
		wake_up(&race->room);
	}
	looptun_ring_race_leave(race);
	return 0;
}

/* Even workers consume, odd ones produce. Returns how many could be started. */
static u32 looptun_ring_race_start(struct looptun_ring_race *race,
				   struct looptun_ring_race_worker *workers,
				   u32 count)
{
	struct looptun_ring_race_worker *worker;
	u32 i;

	for (i = 0; i < count; i++) {
		worker = &workers[i];
		worker->race = race;
		worker->id = i / 2;
		worker->task = kthread_create(i % 2 ? looptun_ring_race_produce :
						      looptun_ring_race_consume,
					      worker, "looptun_race/%u", i);
		if (IS_ERR(worker->task))
			return i;
		/* Held until its end is known: it may be gone before it is stopped. */
		get_task_struct(worker->task);
		atomic_inc(&race->running);
	}
	for (i = 0; i < count; i++)
		wake_up_process(workers[i].task);
	return count;
}

/* True once all have come to their end by themselves, false if nothing moves. */
static bool looptun_ring_race_wait(struct looptun_ring_race *race)
{
	unsigned long before;

	do {
		before = READ_ONCE(race->ring->claimed);
		if (wait_for_completion_timeout(&race->done, LOOPTUN_RING_RACE_LIMIT))
			return true;
	} while (READ_ONCE(race->ring->claimed) != before);
	return false;
}

/* Leaves no worker behind; true if they came to their end by themselves. */
static bool looptun_ring_race_finish(struct looptun_ring_race *race,
				     struct looptun_ring_race_worker *workers,
				     u32 started, u32 count)
{
	bool finished = started == count && looptun_ring_race_wait(race);
	u32 i;

	WRITE_ONCE(race->stop, true);
	wake_up(&race->room);
	wake_up(&race->data);
	for (i = 0; i < started; i++) {
		kthread_stop(workers[i].task);
		put_task_struct(workers[i].task);
	}
	return finished;
}

static void looptun_ring_race_run(struct kunit *test)
{
	struct looptun_ring_race_worker workers[2 * LOOPTUN_RING_RACE_PAIRS] = { };
	struct looptun_ring_race *race = test->priv;
	u32 i, started, seen = 0, sent = 0;

	started = looptun_ring_race_start(race, workers, ARRAY_SIZE(workers));
	KUNIT_EXPECT_EQ(test, started, ARRAY_SIZE(workers));
	KUNIT_EXPECT_TRUE_MSG(test, looptun_ring_race_finish(race, workers, started,
							     ARRAY_SIZE(workers)),
			      "stuck");

	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->disordered), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->repeated), 0);
	for (i = 0; i < LOOPTUN_RING_RACE_PAIRS; i++)
		seen += bitmap_weight(race->seen[i], LOOPTUN_RING_RACE_EACH);
	for (i = 0; i < started; i++)
		sent += workers[i].sent;
	KUNIT_EXPECT_GT(test, seen, 0);
	KUNIT_EXPECT_EQ(test, seen, sent);
	KUNIT_EXPECT_FALSE(test, looptun_ring_readable(race->ring));
	KUNIT_EXPECT_TRUE(test, looptun_ring_test_empty(race->ring));
}

struct looptun_ring_race_end {
	struct work_struct work;
	struct looptun_ring *ring;
	bool destroyed;
};

static void looptun_ring_race_destroy(struct work_struct *work)
{
	struct looptun_ring_race_end *end =
		container_of(work, struct looptun_ring_race_end, work);

	looptun_ring_destroy(end->ring);
	/* Pairs with the acquire in looptun_ring_race_outlived(). */
	smp_store_release(&end->destroyed, true);
}

/* Has another processor destroyed the ring, while this one is under RCU? */
static bool looptun_ring_race_outlived(const struct looptun_ring_race_end *end)
{
	unsigned long limit = jiffies + LOOPTUN_RING_RACE_LIMIT / 2;

	/* Pairs with the release in looptun_ring_race_destroy(). */
	while (!smp_load_acquire(&end->destroyed)) {
		if (time_after(jiffies, limit))
			return false;
		cpu_relax();
	}
	return true;
}

/*
 * Who asks has no reference, and looks at records: for room where the positions do
 * not show any, what was read not being taken back yet, and for what is readable.
 */
static void looptun_ring_race_end_run(struct kunit *test)
{
	struct looptun_ring_race *race = test->priv;
	struct looptun_ring_race_end end = { .ring = race->ring };
	size_t max = looptun_ring_max(race->ring->size);
	bool outlived, room = false, readable = true;
	struct looptun_record *record;
	unsigned int other, i;

	for (i = 0; i < 2; i++) {
		record = looptun_ring_reserve(race->ring, max / 4);
		KUNIT_ASSERT_FALSE(test, IS_ERR(record));
		looptun_ring_commit(race->ring, record);
	}
	record = looptun_ring_claim(race->ring, SIZE_MAX);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(record));
	looptun_ring_consume(race->ring, record);
	KUNIT_EXPECT_TRUE(test, looptun_ring_readable(race->ring));
	other = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (other >= nr_cpu_ids)
		kunit_skip(test, "needs two processors");

	race->ring = NULL;
	INIT_WORK_ONSTACK(&end.work, looptun_ring_race_destroy);
	rcu_read_lock();
	schedule_work_on(other, &end.work);
	outlived = looptun_ring_race_outlived(&end);
	if (outlived) {
		room = looptun_ring_has_room(end.ring, max);
		readable = looptun_ring_readable(end.ring);
	}
	rcu_read_unlock();
	flush_work(&end.work);
	destroy_work_on_stack(&end.work);

	KUNIT_EXPECT_TRUE(test, outlived);
	KUNIT_EXPECT_TRUE(test, room);
	KUNIT_EXPECT_FALSE(test, readable);
}

/* For the case without parameters. */
static const struct looptun_ring_race_row looptun_ring_race_plain;

static int looptun_ring_race_init(struct kunit *test)
{
	const struct looptun_ring_race_row *row =
		test->param_value ?: &looptun_ring_race_plain;
	struct looptun_ring_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	u32 i;

	if (!race)
		return -ENOMEM;
	for (i = 0; i < LOOPTUN_RING_RACE_PAIRS; i++) {
		race->seen[i] = kunit_kcalloc(test, BITS_TO_LONGS(LOOPTUN_RING_RACE_EACH),
					      sizeof(long), GFP_KERNEL);
		if (!race->seen[i])
			return -ENOMEM;
	}
	init_waitqueue_head(&race->room);
	init_waitqueue_head(&race->data);
	init_completion(&race->done);
	spin_lock_init(&race->claim_lock);
	race->ordered = row->ordered;
	atomic_set(&race->producing, LOOPTUN_RING_RACE_PAIRS);

	race->ring = looptun_ring_create(LOOPTUN_RING_RACE_SIZE);
	if (IS_ERR(race->ring))
		return PTR_ERR(race->ring);
	looptun_ring_test_rewind(race->ring, row->start);
	test->priv = race;
	return 0;
}

static void looptun_ring_race_exit(struct kunit *test)
{
	struct looptun_ring_race *race = test->priv;

	if (race)
		looptun_ring_destroy(race->ring);
}

static struct kunit_case looptun_ring_race_cases[] = {
	KUNIT_CASE_PARAM(looptun_ring_race_run, looptun_ring_race_gen_params),
	KUNIT_CASE(looptun_ring_race_end_run),
	{ }
};

static struct kunit_suite looptun_ring_race_suite = {
	.name = "looptun_ring_race",
	.init = looptun_ring_race_init,
	.exit = looptun_ring_race_exit,
	.test_cases = looptun_ring_race_cases,
};

kunit_test_suite(looptun_ring_race_suite);
