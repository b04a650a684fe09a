// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding datagrams back, and letting them go: by their number here, by their
 * time in delay_work.c. All under the spinlock of struct looptun_delay.
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

static size_t looptun_delay_bytes(const struct looptun_held *held)
{
	return sizeof(*held) + held->datagram.len;
}

/* What follows in a queue; for going through all of it. */
static struct looptun_held *looptun_delay_next(struct looptun_held *held)
{
	struct timerqueue_node *node = timerqueue_iterate_next(&held->node);

	return node ? container_of(node, struct looptun_held, node) : NULL;
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

/*
 * A copy, which needs nothing of whoever handed the datagram over. The tunnel
 * pays for it: that may be a worker, for what the loopback brings.
 */
static struct looptun_held *
looptun_delay_copy(const struct looptun_tunnel *tunnel,
		   const struct looptun_datagram *datagram)
{
	size_t comment = datagram->comment ? strlen(datagram->comment) + 1 : 0;
	struct mem_cgroup *memcg;
	struct looptun_held *held;
	u8 *data;

	memcg = set_active_memcg(tunnel->memcg);
	held = kvmalloc(sizeof(*held) + datagram->len + comment,
			GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	set_active_memcg(memcg);
	if (!held)
		return NULL;
	data = (u8 *)(held + 1);
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

/* Put it into a queue, by its number or its time; false if there is no room. */
static bool looptun_delay_add(struct looptun_delay *delay,
			      struct looptun_held *held, u64 reorder)
{
	bool room;

	spin_lock(&delay->lock);
	room = !delay->ended && delay->bytes + looptun_delay_bytes(held) <=
				delay->tunnel->ring_size;
	if (room && reorder)
		/* It is the next to pass itself. */
		looptun_delay_add_locked(delay, &delay->reordered, held,
					 delay->passed + 1 + reorder);
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

/* The number of its queue, for captures; -1 once that is gone. */
static int looptun_delay_index(const struct looptun_tunnel *tunnel,
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

/* It was delayed, and does not go on now. */
static void looptun_delay_lose(struct looptun_held *held)
{
	looptun_delay_lost(held->tunnel, held->slot ? LOOPTUN_RX : LOOPTUN_TX,
			   looptun_delay_index(held->tunnel, held->slot,
					       held->queue),
			   &held->datagram);
}

/**
 * looptun_delay_hold - hold a datagram back
 * @tunnel: the tunnel, held by the caller
 * @direction: the direction
 * @datagram: the datagram, which is copied
 * @order: for how long, and what then
 *
 * If it cannot be held it is lost, and counted.
 *
 * Context: process; may sleep.
 */
void looptun_delay_hold(struct looptun_tunnel *tunnel,
			enum looptun_direction direction,
			const struct looptun_datagram *datagram,
			const struct looptun_delay_order *order)
{
	struct looptun_delay *delay = looptun_delay_get(tunnel, direction);
	struct looptun_held *held;

	held = delay ? looptun_delay_copy(tunnel, datagram) : NULL;
	if (!held) {
		looptun_delay_lost(tunnel, direction,
				   looptun_delay_index(tunnel, order->slot,
						       order->queue),
				   datagram);
		return;
	}
	held->tunnel = tunnel;
	held->slot = order->slot;
	held->queue = order->queue;
	if (held->queue)
		kref_get(&held->queue->ref);
	held->deliver = order->deliver;
	held->release = order->release;
	if (!looptun_delay_add(delay, held, order->reorder)) {
		looptun_delay_lose(held);
		looptun_delay_destroy(held);
	}
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
	if (outcome == LOOPTUN_NO_ROOM && looptun_delay_add(delay, held, 0))
		return;
	if (outcome)
		looptun_delay_lose(held);
	looptun_delay_destroy(held);
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

/* All is due, in the order in which it would have been. */
static void looptun_delay_release_all_locked(struct looptun_delay *delay)
{
	struct looptun_held *held;

	lockdep_assert_held(&delay->lock);

	/* Equal keys are in order wherever they stand. */
	for (held = looptun_delay_first(&delay->timed); held;
	     held = looptun_delay_next(held))
		held->node.expires = 0;
	while ((held = looptun_delay_first(&delay->reordered))) {
		looptun_delay_remove_locked(delay, &delay->reordered, held);
		held->release = 0;
		looptun_delay_add_locked(delay, &delay->timed, held, 0);
	}
	looptun_delay_arm_locked(delay);
}

/**
 * looptun_delay_flush_locked - let go what is held, at once
 * @tunnel: the tunnel
 *
 * On return all of it has gone, but for what has to wait for room.
 */
void looptun_delay_flush_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_delay *delay;
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	for (i = 0; i < ARRAY_SIZE(tunnel->delays); i++) {
		delay = looptun_delay_of(tunnel, i);
		if (!delay)
			continue;
		spin_lock(&delay->lock);
		looptun_delay_release_all_locked(delay);
		spin_unlock(&delay->lock);
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
