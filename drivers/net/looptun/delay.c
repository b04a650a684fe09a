// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams that are held back until their time has come and there is room, or until
 * others have gone before. One struct for each direction of a tunnel, made when it is
 * first needed. A timer, and room where there was none, only start the worker; the
 * worker never sleeps for room, and never takes looptun_tunnel_lock: who ends a tunnel
 * waits for it under that lock.
 */
#include <linux/hrtimer.h>
#include <linux/kcov.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "delay.h"
#include "queue.h"
#include "tunnel.h"

/* How many are looked at under one lock. */
#define LOOPTUN_DELAY_WALK_MAX	1024

/**
 * struct looptun_delay - what is held back in one direction
 * @tunnel: the tunnel, which outlives it
 * @timer: for the first of @timed
 * @work: delivers what is due
 * @wait: for room; put on the tunnel's test_wait by the worker, taken off by it or by
 *	who ends it: two may at once, who ends the tunnel and who came too late for that
 * @kcov_handle: whose the worker's coverage is: of who held the first one back
 * @lock: protects all below; process context
 * @timed: by release; of equal ones the first to come is the first to go. Only
 *	the worker takes out
 * @reordered: by the number of the datagram that goes before
 * @passed: datagrams that have gone or been dealt with otherwise
 * @bytes: taken by all that is held; looptun_delay_room() reads it without the lock
 * @ended: the tunnel goes: nothing is held any more
 */
struct looptun_delay {
	struct looptun_tunnel *tunnel;
	struct hrtimer timer;
	struct work_struct work;
	wait_queue_entry_t wait;

	/* In older kernels a u64. */
	typeof(kcov_common_handle()) kcov_handle;

	spinlock_t lock;	/* see above */
	struct timerqueue_head timed;
	struct timerqueue_head reordered;
	u64 passed;
	size_t bytes;
	bool ended;
};

/* What is held back in a direction; NULL if nothing ever was. */
static struct looptun_delay *looptun_delay_of(const struct looptun_tunnel *tunnel,
					      enum looptun_direction direction)
{
	/* Pairs with the cmpxchg in looptun_delay_get(). */
	return smp_load_acquire(&tunnel->delays[direction]);
}

/* The first of a queue, or NULL. */
static struct looptun_held *
looptun_delay_first(struct timerqueue_head *queue)
{
	struct timerqueue_node *node = timerqueue_getnext(queue);

	return node ? container_of(node, struct looptun_held, node) : NULL;
}

/* Have the worker come when the first is due. */
static void looptun_delay_arm_locked(struct looptun_delay *delay)
{
	struct looptun_held *held = looptun_delay_first(&delay->timed);

	lockdep_assert_held(&delay->lock);

	if (!held || delay->ended)
		return;
	if (held->node.expires <= ktime_get_ns())
		schedule_work(&delay->work);
	else
		hrtimer_start(&delay->timer, held->node.expires, HRTIMER_MODE_ABS);
}

static void looptun_delay_remove_locked(struct looptun_delay *delay,
					struct timerqueue_head *queue,
					struct looptun_held *held)
{
	lockdep_assert_held(&delay->lock);

	timerqueue_del(queue, &held->node);
	WRITE_ONCE(delay->bytes, delay->bytes - held->size);
	atomic64_dec(&delay->tunnel->counters[LOOPTUN_TUNNEL_HELD]);
}

static void looptun_delay_add_locked(struct looptun_delay *delay,
				     struct timerqueue_head *queue,
				     struct looptun_held *held, u64 key)
{
	lockdep_assert_held(&delay->lock);

	held->node.expires = key;
	timerqueue_add(queue, &held->node);
	WRITE_ONCE(delay->bytes, delay->bytes + held->size);
	atomic64_inc(&delay->tunnel->counters[LOOPTUN_TUNNEL_HELD]);
}

/**
 * looptun_delay_room - how large a datagram can be held now?
 * @tunnel: the tunnel
 * @direction: the direction
 */
size_t looptun_delay_room(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction)
{
	const struct looptun_delay *delay = looptun_delay_of(tunnel, direction);
	size_t taken = sizeof(struct looptun_held) +
		       (delay ? READ_ONCE(delay->bytes) : 0);

	return tunnel->ring_size > taken ? tunnel->ring_size - taken : 0;
}

/**
 * looptun_delay_is_due - has something to go before what goes at this time?
 * @tunnel: the tunnel
 * @direction: the direction
 * @release: the time
 *
 * Then that has to be held as well, be it for no time at all.
 */
bool looptun_delay_is_due(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction, u64 release)
{
	struct looptun_delay *delay = looptun_delay_of(tunnel, direction);
	struct looptun_held *held;
	bool due;

	if (!delay)
		return false;
	spin_lock(&delay->lock);
	held = looptun_delay_first(&delay->timed);
	due = held && held->node.expires <= release;
	spin_unlock(&delay->lock);
	return due;
}

/**
 * looptun_delay_destroy - be done with a datagram that is in no queue here
 * @held: the datagram
 *
 * Context: process; may sleep.
 */
void looptun_delay_destroy(struct looptun_held *held)
{
	if (held->queue)
		looptun_queue_put(held->queue);
	kvfree(held);
}

static enum hrtimer_restart looptun_delay_fire(struct hrtimer *timer)
{
	struct looptun_delay *delay = container_of(timer, struct looptun_delay, timer);

	schedule_work(&delay->work);
	return HRTIMER_NORESTART;
}

static int looptun_delay_wake(wait_queue_entry_t *wait, unsigned int mode,
			      int sync, void *key)
{
	struct looptun_delay *delay = container_of(wait, struct looptun_delay, wait);

	if (!key || key_to_poll(key) & EPOLLOUT)
		schedule_work(&delay->work);
	return 0;
}

/* The first that is due, which stays where it is: only the worker takes it out. */
static struct looptun_held *looptun_delay_look(struct looptun_delay *delay, u64 until)
{
	struct looptun_held *held;

	spin_lock(&delay->lock);
	held = delay->ended ? NULL : looptun_delay_first(&delay->timed);
	if (held && held->node.expires > until) {
		looptun_delay_arm_locked(delay);
		held = NULL;
	}
	spin_unlock(&delay->lock);
	return held;
}

/* One datagram; false if there is none that can go now. */
static bool looptun_delay_work_one(struct looptun_delay *delay, u64 until)
{
	struct looptun_held *held = looptun_delay_look(delay, until);

	if (!held) {
		finish_wait(&delay->tunnel->test_wait, &delay->wait);
		return false;
	}
	if (!held->deliver(held)) {
		if (!list_empty(&delay->wait.entry))
			return false;
		/* Ask to be told, then look again, so that no room is missed. */
		add_wait_queue(&delay->tunnel->test_wait, &delay->wait);
		/* Pairs with wq_has_sleeper() in looptun_tunnel_wake_test(). */
		smp_mb();
		return true;
	}
	spin_lock(&delay->lock);
	looptun_delay_remove_locked(delay, &delay->timed, held);
	spin_unlock(&delay->lock);
	looptun_delay_destroy(held);
	return true;
}

static void looptun_delay_work(struct work_struct *work)
{
	struct looptun_delay *delay = container_of(work, struct looptun_delay, work);
	/* What comes due meanwhile is the next run's: who flushes waits for one. */
	u64 until = ktime_get_ns();

	kcov_remote_start_common(delay->kcov_handle);
	/* Who has ended it takes the rest apart. */
	while (!READ_ONCE(delay->ended) && looptun_delay_work_one(delay, until))
		cond_resched();
	kcov_remote_stop();
}

static struct looptun_delay *looptun_delay_create(struct looptun_tunnel *tunnel)
{
	struct looptun_delay *delay;

	delay = kzalloc(sizeof(*delay), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!delay)
		return NULL;
	delay->tunnel = tunnel;
	delay->kcov_handle = kcov_common_handle();
	looptun_compat_hrtimer_setup(&delay->timer, looptun_delay_fire,
				     CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	INIT_WORK(&delay->work, looptun_delay_work);
	init_waitqueue_func_entry(&delay->wait, looptun_delay_wake);
	INIT_LIST_HEAD(&delay->wait.entry);
	spin_lock_init(&delay->lock);
	timerqueue_init_head(&delay->timed);
	timerqueue_init_head(&delay->reordered);
	return delay;
}

static void looptun_delay_drop_all(struct looptun_delay *delay,
				   struct timerqueue_head *queue)
{
	struct looptun_held *held;

	spin_lock(&delay->lock);
	while ((held = looptun_delay_first(queue))) {
		looptun_delay_remove_locked(delay, queue, held);
		spin_unlock(&delay->lock);
		looptun_tunnel_count(delay->tunnel, held->slot ?
				     LOOPTUN_TUNNEL_RX_DROPPED_GONE :
				     LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
		looptun_delay_destroy(held);
		spin_lock(&delay->lock);
	}
	spin_unlock(&delay->lock);
}

static void looptun_delay_end_one(struct looptun_delay *delay)
{
	spin_lock(&delay->lock);
	WRITE_ONCE(delay->ended, true);
	spin_unlock(&delay->lock);
	/* What starts it from now on finds that it has ended, and does nothing. */
	cancel_work_sync(&delay->work);
	hrtimer_cancel(&delay->timer);
	finish_wait(&delay->tunnel->test_wait, &delay->wait);
	cancel_work_sync(&delay->work);
	looptun_delay_drop_all(delay, &delay->timed);
	looptun_delay_drop_all(delay, &delay->reordered);
}

/* What is held back in a direction, made if need be; NULL without memory. */
static struct looptun_delay *looptun_delay_get(struct looptun_tunnel *tunnel,
					       enum looptun_direction direction)
{
	struct looptun_delay *delay = looptun_delay_of(tunnel, direction), *other;

	if (delay)
		return delay;
	delay = looptun_delay_create(tunnel);
	if (!delay)
		return NULL;
	other = cmpxchg(&tunnel->delays[direction], NULL, delay);
	if (other) {
		kfree(delay);
		return other;
	}
	/* If it came too late for looptun_delay_end_locked(), it shows. */
	if (looptun_tunnel_is_dead(tunnel))
		looptun_delay_end_one(delay);
	return delay;
}

/**
 * looptun_delay_add - hold a datagram back
 * @held: the datagram; with no others to go before it, it goes by its time
 *
 * If rules were cleared since they were asked it goes at once.
 *
 * Context: process; may sleep.
 * Return: false if there is no room or no memory, or the tunnel goes: it is the caller's
 * still.
 */
bool looptun_delay_add(struct looptun_held *held)
{
	struct looptun_delay *delay = looptun_delay_get(held->tunnel,
							looptun_held_direction(held));
	bool room;

	if (!delay)
		return false;
	spin_lock(&delay->lock);
	/* Pairs with the barrier in looptun_delay_flush_locked(). */
	smp_mb__after_spinlock();
	if (held->clears != atomic_read(&delay->tunnel->clears)) {
		held->release = 0;
		held->reorder = 0;
	}
	room = !delay->ended && delay->bytes + held->size <= held->tunnel->ring_size;
	if (room && held->reorder)
		/* It is the next to pass itself. */
		looptun_delay_add_locked(delay, &delay->reordered, held,
					 delay->passed + 1 + held->reorder);
	else if (room)
		looptun_delay_add_locked(delay, &delay->timed, held,
					 held->release);
	looptun_delay_arm_locked(delay);
	spin_unlock(&delay->lock);
	return room;
}

/**
 * looptun_delay_take - take one out whose turn it is by its number
 * @tunnel: the tunnel
 * @direction: the direction
 * @passed: how many have gone or been dealt with since the last call
 *
 * Context: process; does not sleep.
 * Return: the datagram, which is the caller's, or NULL.
 */
struct looptun_held *looptun_delay_take(struct looptun_tunnel *tunnel,
					enum looptun_direction direction,
					unsigned int passed)
{
	struct looptun_delay *delay = looptun_delay_of(tunnel, direction);
	struct looptun_held *held;

	if (!delay)
		return NULL;
	spin_lock(&delay->lock);
	delay->passed += passed;
	held = looptun_delay_first(&delay->reordered);
	if (held && held->node.expires > delay->passed)
		held = NULL;
	if (held)
		looptun_delay_remove_locked(delay, &delay->reordered, held);
	spin_unlock(&delay->lock);
	return held;
}

/* For rb_find_first(): the first of the timed whose time is not 0. */
static int looptun_delay_is_now(const void *key, const struct rb_node *rb)
{
	return !rb_entry(rb, struct timerqueue_node, node)->expires;
}

/* Some are due, in the order in which they would be. Return whether there may be more. */
static bool looptun_delay_release_some_locked(struct looptun_delay *delay)
{
	struct looptun_held *held;
	unsigned int i = 0;
	struct rb_node *rb;

	lockdep_assert_held(&delay->lock);

	rb = rb_find_first(NULL, &delay->timed.rb_root.rb_root, looptun_delay_is_now);
	/* Equal keys are in order wherever they stand. */
	for (; rb && i < LOOPTUN_DELAY_WALK_MAX; rb = rb_next(rb), i++)
		rb_entry(rb, struct timerqueue_node, node)->expires = 0;
	while (i < LOOPTUN_DELAY_WALK_MAX && (held = looptun_delay_first(&delay->reordered))) {
		looptun_delay_remove_locked(delay, &delay->reordered, held);
		held->release = 0;
		looptun_delay_add_locked(delay, &delay->timed, held, 0);
		i++;
	}
	looptun_delay_arm_locked(delay);
	return i == LOOPTUN_DELAY_WALK_MAX;
}

/**
 * looptun_delay_settle - wait until what was delivered is not counted as held
 * @tunnel: the tunnel, held by the caller
 *
 * The worker takes a datagram out of the queue once it is delivered. By then
 * somebody may have read it, and shall not find it here any more.
 *
 * Context: process; may sleep.
 */
void looptun_delay_settle(struct looptun_tunnel *tunnel)
{
	struct looptun_delay *delay;
	int i;

	for (i = 0; i < ARRAY_SIZE(tunnel->delays); i++) {
		delay = looptun_delay_of(tunnel, i);
		if (delay)
			flush_work(&delay->work);
	}
}

/**
 * looptun_delay_flush_locked - let go what is held, at once
 * @tunnel: the tunnel
 *
 * On return all of it has gone, but for what has to wait for room. What is to be
 * held from now on by what rules have said before is not.
 *
 * Context: process, under looptun_tunnel_lock; may sleep.
 */
void looptun_delay_flush_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_delay *delay;
	bool more;
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	atomic_inc(&tunnel->clears);
	/* Pairs with the barrier in looptun_delay_add(). */
	smp_mb__after_atomic();
	for (i = 0; i < ARRAY_SIZE(tunnel->delays); i++) {
		delay = looptun_delay_of(tunnel, i);
		more = delay;
		while (more) {
			spin_lock(&delay->lock);
			more = looptun_delay_release_some_locked(delay);
			spin_unlock(&delay->lock);
		}
	}
	looptun_delay_settle(tunnel);
}

/**
 * looptun_delay_end_locked - drop what a tunnel that goes has held back
 * @tunnel: the tunnel, dead
 *
 * Nothing is held after it.
 */
void looptun_delay_end_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_delay *delay;
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	/* Pairs with the cmpxchg in looptun_delay_get(), which looks then. */
	smp_mb();
	for (i = 0; i < ARRAY_SIZE(tunnel->delays); i++) {
		delay = looptun_delay_of(tunnel, i);
		if (delay)
			looptun_delay_end_one(delay);
	}
}
