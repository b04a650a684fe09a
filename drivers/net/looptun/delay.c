// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding datagrams back until their time has come and there is room. One struct
 * for each direction of a tunnel, made when it is first needed. A timer, and room
 * where there was none, only start the worker; the worker never sleeps for room,
 * and never takes looptun_tunnel_lock: who ends a tunnel waits for it under that
 * lock.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "delay_queue.h"
#include "queue.h"
#include "tunnel.h"

static enum hrtimer_restart looptun_delay_fire(struct hrtimer *timer)
{
	struct looptun_delay *delay = container_of(timer, struct looptun_delay,
						   timer);

	schedule_work(&delay->work);
	return HRTIMER_NORESTART;
}

static int looptun_delay_wake(wait_queue_entry_t *wait, unsigned int mode,
			      int sync, void *key)
{
	struct looptun_delay *delay = container_of(wait, struct looptun_delay,
						   wait);

	if (!key || key_to_poll(key) & EPOLLOUT)
		schedule_work(&delay->work);
	return 0;
}

/* The first that is due, which stays where it is: only the worker takes it out. */
static struct looptun_held *looptun_delay_look(struct looptun_delay *delay,
					       u64 until)
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

/* Two may end it at once: who ends the tunnel, and who came too late for that. */
static void looptun_delay_stop_waiting(struct looptun_delay *delay)
{
	if (test_and_clear_bit(0, &delay->waiting))
		remove_wait_queue(&delay->tunnel->test_wait, &delay->wait);
}

/* One datagram; false if there is none that can go now. */
static bool looptun_delay_work_one(struct looptun_delay *delay, u64 until)
{
	struct looptun_held *held = looptun_delay_look(delay, until);

	if (!held) {
		looptun_delay_stop_waiting(delay);
		return false;
	}
	if (!looptun_delay_deliver(held)) {
		if (test_bit(0, &delay->waiting))
			return false;
		/* Ask to be told, then look again, so that no room is missed. */
		add_wait_queue(&delay->tunnel->test_wait, &delay->wait);
		set_bit(0, &delay->waiting);
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
	struct looptun_delay *delay = container_of(work, struct looptun_delay,
						   work);
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

	delay = kzalloc(sizeof(*delay),
			GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!delay)
		return NULL;
	delay->tunnel = tunnel;
	delay->kcov_handle = kcov_common_handle();
	looptun_compat_hrtimer_setup(&delay->timer, looptun_delay_fire,
				     CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	INIT_WORK(&delay->work, looptun_delay_work);
	init_waitqueue_func_entry(&delay->wait, looptun_delay_wake);
	spin_lock_init(&delay->lock);
	timerqueue_init_head(&delay->timed);
	timerqueue_init_head(&delay->reordered);
	return delay;
}

static struct looptun_held *looptun_delay_pop(struct looptun_delay *delay,
					      struct timerqueue_head *queue)
{
	struct looptun_held *held;

	spin_lock(&delay->lock);
	held = looptun_delay_first(queue);
	if (held)
		looptun_delay_remove_locked(delay, queue, held);
	spin_unlock(&delay->lock);
	return held;
}

static void looptun_delay_drop_all(struct looptun_delay *delay,
				   struct timerqueue_head *queue)
{
	struct looptun_held *held;

	while ((held = looptun_delay_pop(delay, queue))) {
		looptun_tunnel_count(delay->tunnel, held->slot ?
				     LOOPTUN_TUNNEL_RX_DROPPED_GONE :
				     LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
		looptun_delay_destroy(held);
	}
}

static void looptun_delay_end_one(struct looptun_delay *delay)
{
	spin_lock(&delay->lock);
	WRITE_ONCE(delay->ended, true);
	spin_unlock(&delay->lock);
	/* What starts it from now on finds that it has ended, and does nothing. */
	cancel_work_sync(&delay->work);
	hrtimer_cancel(&delay->timer);
	looptun_delay_stop_waiting(delay);
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
 * looptun_delay_hold - hold a datagram back
 * @direction: the direction
 * @datagram: the datagram, which is copied
 * @how: for how long, and what then; its tunnel held by the caller
 *
 * If it cannot be held it is lost, and counted.
 *
 * Context: process; may sleep.
 */
void looptun_delay_hold(enum looptun_direction direction,
			const struct looptun_datagram *datagram,
			const struct looptun_held *how)
{
	struct looptun_delay *delay = looptun_delay_get(how->tunnel, direction);
	struct looptun_held *held;

	held = delay ? looptun_delay_copy(datagram, how) : NULL;
	if (!held) {
		looptun_delay_lost(how->tunnel, direction,
				   looptun_delay_index(how->tunnel, how->slot,
						       how->queue),
				   datagram);
		return;
	}
	if (held->queue)
		kref_get(&held->queue->ref);
	if (!looptun_delay_add(delay, held)) {
		looptun_delay_lose(held);
		looptun_delay_destroy(held);
	}
}

/**
 * looptun_delay_flush_locked - let go what is held, at once
 * @tunnel: the tunnel
 *
 * On return all of it has gone, but for what has to wait for room. What is to be
 * held from now on by what rules have said before is not.
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
		if (!delay)
			continue;
		do {
			spin_lock(&delay->lock);
			more = looptun_delay_release_some_locked(delay);
			spin_unlock(&delay->lock);
		} while (more);
		flush_work(&delay->work);
	}
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
