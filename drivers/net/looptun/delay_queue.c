// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is held back in one direction of a tunnel: put in, let go by its number,
 * looked at. All under the spinlock of struct looptun_delay. What waits for its time
 * or for room is delay.c's.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "capture.h"
#include "delay_queue.h"
#include "queue.h"
#include "trace.h"
#include "tunnel.h"

/**
 * looptun_delay_of - what is held back in a direction
 * @tunnel: the tunnel
 * @direction: the direction
 *
 * Return: NULL if nothing ever was.
 */
struct looptun_delay *looptun_delay_of(const struct looptun_tunnel *tunnel,
				       enum looptun_direction direction)
{
	/* Pairs with the cmpxchg in looptun_delay_get(). */
	return smp_load_acquire(&tunnel->delays[direction]);
}

/* Bytes of what a capture is to be told. */
static size_t looptun_delay_comment(const struct looptun_datagram *datagram)
{
	return datagram->comment ? strlen(datagram->comment) + 1 : 0;
}

static size_t looptun_delay_bytes(const struct looptun_held *held)
{
	return sizeof(*held) + held->datagram.len +
	       looptun_delay_comment(&held->datagram);
}

/* What follows in a queue; for going through all of it. */
static struct looptun_held *looptun_delay_next(struct looptun_held *held)
{
	struct timerqueue_node *node = timerqueue_iterate_next(&held->node);

	return node ? container_of(node, struct looptun_held, node) : NULL;
}

/**
 * looptun_delay_arm_locked - have the worker come when the first is due
 * @delay: the direction
 */
void looptun_delay_arm_locked(struct looptun_delay *delay)
{
	struct looptun_held *held = looptun_delay_first(&delay->timed);

	lockdep_assert_held(&delay->lock);

	if (!held || delay->ended)
		return;
	if (held->node.expires <= ktime_get_ns())
		schedule_work(&delay->work);
	else
		hrtimer_start(&delay->timer, held->node.expires,
			      HRTIMER_MODE_ABS);
}

/**
 * looptun_delay_remove_locked - take a datagram out of a queue
 * @delay: the direction
 * @queue: one of its queues
 * @held: the datagram, which is the caller's then
 */
void looptun_delay_remove_locked(struct looptun_delay *delay,
				 struct timerqueue_head *queue,
				 struct looptun_held *held)
{
	lockdep_assert_held(&delay->lock);

	timerqueue_del(queue, &held->node);
	delay->bytes -= looptun_delay_bytes(held);
	atomic64_dec(&delay->tunnel->counters[LOOPTUN_TUNNEL_HELD]);
}

static void looptun_delay_add_locked(struct looptun_delay *delay,
				     struct timerqueue_head *queue,
				     struct looptun_held *held, u64 key)
{
	lockdep_assert_held(&delay->lock);

	held->node.expires = key;
	timerqueue_add(queue, &held->node);
	delay->bytes += looptun_delay_bytes(held);
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
 * looptun_delay_copy - copy a datagram to be held
 * @datagram: the datagram
 * @how: the rest; its tunnel pays: this may be a worker
 *
 * Context: process; may sleep.
 * Return: the copy, which needs nothing of whoever handed it over, or NULL.
 */
struct looptun_held *
looptun_delay_copy(const struct looptun_datagram *datagram,
		   const struct looptun_held *how)
{
	size_t comment = looptun_delay_comment(datagram);
	struct mem_cgroup *memcg;
	struct looptun_held *held;
	u8 *data;

	memcg = set_active_memcg(how->tunnel->memcg);
	held = kvmalloc(sizeof(*held) + datagram->len + comment,
			GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
			__GFP_RETRY_MAYFAIL);
	set_active_memcg(memcg);
	if (!held)
		return NULL;
	data = (u8 *)(held + 1);
	*held = *how;
	timerqueue_init(&held->node);
	held->datagram = *datagram;
	held->datagram.data = data;
	memcpy(data, datagram->data, datagram->len);
	if (comment) {
		held->datagram.comment = (char *)data + datagram->len;
		memcpy(data + datagram->len, datagram->comment, comment);
	}
	return held;
}

/**
 * looptun_delay_add - put a datagram into a queue
 * @delay: the direction
 * @held: the datagram; with no others to go before it, it goes by its time
 *
 * If rules were cleared since they were asked it goes at once.
 *
 * Return: false if there is no room, or the tunnel goes: it is the caller's still.
 */
bool looptun_delay_add(struct looptun_delay *delay, struct looptun_held *held)
{
	bool room;

	spin_lock(&delay->lock);
	/* Pairs with the barrier in looptun_delay_flush_locked(). */
	smp_mb__after_spinlock();
	if (held->clears != atomic_read(&delay->tunnel->clears)) {
		held->release = 0;
		held->reorder = 0;
	}
	room = !delay->ended && delay->bytes + looptun_delay_bytes(held) <=
				delay->tunnel->ring_size;
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
 * looptun_delay_lost - a datagram was to be held, and there is no room
 * @tunnel: the tunnel
 * @direction: the direction
 * @queue: number of its queue, -1 if it has none any more
 * @datagram: the datagram
 *
 * Context: process; may sleep.
 */
void looptun_delay_lost(struct looptun_tunnel *tunnel,
			enum looptun_direction direction, int queue,
			const struct looptun_datagram *datagram)
{
	atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_HELD_DROPPED]);
	trace_drop(tunnel, datagram->len, LOOPTUN_DROP_HELD_FULL);
	looptun_capture_dropped(tunnel, direction, queue, datagram->data,
				datagram->len, LOOPTUN_DROP_HELD_FULL,
				datagram->comment);
}

/**
 * looptun_delay_index - the number of a datagram's queue, for captures
 * @tunnel: the tunnel
 * @slot: to the program: the queue asked for, or the tunnel's all
 * @queue: from it: the queue
 *
 * Return: the number, -1 once the queue is gone.
 */
int looptun_delay_index(const struct looptun_tunnel *tunnel,
			const struct looptun_slot *slot,
			const struct looptun_queue *queue)
{
	if (queue)
		return looptun_queue_is_dead(queue) ? -1 :
						      looptun_queue_index(queue);
	return slot == &tunnel->all ? 0 : slot - tunnel->slots;
}

/**
 * looptun_delay_destroy - be done with a datagram that is in no queue of a delay
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

/**
 * looptun_delay_lose - one that was delayed does not go on
 * @held: the datagram; it is counted, and stays the caller's
 */
void looptun_delay_lose(struct looptun_held *held)
{
	looptun_delay_lost(held->tunnel, held->slot ? LOOPTUN_RX : LOOPTUN_TX,
			   looptun_delay_index(held->tunnel, held->slot,
					       held->queue),
			   &held->datagram);
}

/**
 * looptun_delay_deliver - send one that is due on its way, in the worker
 * @held: the datagram
 *
 * Context: process; may sleep, does not wait for room.
 * Return: false if it has to wait for room; else it is done with, and counted
 * where it does not arrive.
 */
bool looptun_delay_deliver(struct looptun_held *held)
{
	enum looptun_outcome outcome = held->deliver(held);

	if (outcome == LOOPTUN_NO_ROOM)
		return false;
	if (outcome)
		looptun_delay_lose(held);
	return true;
}

/* Take one whose turn it is among the reordered. */
static struct looptun_held *looptun_delay_take(struct looptun_delay *delay)
{
	struct looptun_held *held;

	spin_lock(&delay->lock);
	held = looptun_delay_first(&delay->reordered);
	if (held && held->node.expires > delay->passed)
		held = NULL;
	if (held)
		looptun_delay_remove_locked(delay, &delay->reordered, held);
	spin_unlock(&delay->lock);
	return held;
}

/* It may still have to wait, for its time or for room: then for the worker. */
static void looptun_delay_pass_one(struct looptun_delay *delay,
				   struct looptun_held *held)
{
	enum looptun_outcome outcome = LOOPTUN_NO_ROOM;

	if (held->release <= ktime_get_ns())
		outcome = held->deliver(held);
	held->reorder = 0;
	if (outcome == LOOPTUN_NO_ROOM && looptun_delay_add(delay, held))
		return;
	if (outcome)
		looptun_delay_lose(held);
	looptun_delay_destroy(held);
}

/**
 * looptun_delay_passed - a datagram has gone or been dealt with
 * @tunnel: the tunnel
 * @direction: the direction
 *
 * What waited for it goes now, before whatever comes next; or when there is room.
 *
 * Context: process; may sleep, does not wait for room.
 */
void looptun_delay_passed(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction)
{
	struct looptun_delay *delay = looptun_delay_of(tunnel, direction);
	struct looptun_held *held;

	if (!delay)
		return;
	spin_lock(&delay->lock);
	delay->passed++;
	spin_unlock(&delay->lock);
	while ((held = looptun_delay_take(delay)))
		looptun_delay_pass_one(delay, held);
}

/* The first of the timed whose time is not 0. */
static struct looptun_held *looptun_delay_first_later_locked(struct looptun_delay *delay)
{
	struct rb_node *node = delay->timed.rb_root.rb_root.rb_node;
	struct looptun_held *held, *first = NULL;

	while (node) {
		held = rb_entry(node, struct looptun_held, node.node);
		if (held->node.expires)
			first = held;
		node = held->node.expires ? node->rb_left : node->rb_right;
	}
	return first;
}

/**
 * looptun_delay_release_some_locked - some are due, in the order in which they would be
 * @delay: the direction
 *
 * Return: whether there may be more.
 */
bool looptun_delay_release_some_locked(struct looptun_delay *delay)
{
	struct looptun_held *held;
	unsigned int i = 0;

	lockdep_assert_held(&delay->lock);

	/* Equal keys are in order wherever they stand. */
	for (held = looptun_delay_first_later_locked(delay);
	     held && i < LOOPTUN_DELAY_WALK_MAX; held = looptun_delay_next(held), i++)
		held->node.expires = 0;
	while (i < LOOPTUN_DELAY_WALK_MAX && (held = looptun_delay_first(&delay->reordered))) {
		looptun_delay_remove_locked(delay, &delay->reordered, held);
		held->release = 0;
		looptun_delay_add_locked(delay, &delay->timed, held, 0);
		i++;
	}
	looptun_delay_arm_locked(delay);
	return i == LOOPTUN_DELAY_WALK_MAX;
}
