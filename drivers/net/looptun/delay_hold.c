// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing datagrams over to be held back, and what becomes of those that do not go on:
 * they are counted, and captures are told.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "capture.h"
#include "delay.h"
#include "queue.h"
#include "trace.h"
#include "tunnel.h"

/*
 * A copy, which needs nothing of whoever handed the datagram over; its tunnel pays: this
 * may be a worker. NULL without memory.
 */
static struct looptun_held *
looptun_delay_copy(const struct looptun_datagram *datagram,
		   const struct looptun_held *how)
{
	size_t comment = datagram->comment ? strlen(datagram->comment) + 1 : 0;
	size_t size = sizeof(struct looptun_held) + datagram->len + comment;
	struct mem_cgroup *memcg;
	struct looptun_held *held;
	u8 *data;

	memcg = set_active_memcg(how->tunnel->memcg);
	held = kvmalloc(size, LOOPTUN_DATAGRAM_GFP);
	set_active_memcg(memcg);
	if (!held)
		return NULL;
	data = (u8 *)(held + 1);
	*held = *how;
	timerqueue_init(&held->node);
	held->size = size;
	held->datagram = *datagram;
	held->datagram.data = data;
	memcpy(data, datagram->data, datagram->len);
	if (comment) {
		held->datagram.comment = (char *)data + datagram->len;
		memcpy(data + datagram->len, datagram->comment, comment);
	}
	if (held->queue)
		kref_get(&held->queue->ref);
	return held;
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
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_HELD_DROPPED, 1);
	trace_drop(tunnel, datagram->len, LOOPTUN_DROP_HELD_FULL);
	looptun_capture_dropped(tunnel, direction, queue, datagram->data,
				datagram->len, LOOPTUN_DROP_HELD_FULL,
				datagram->comment);
}

/* The number of its queue for captures, -1 once that is gone. */
static int looptun_delay_index(const struct looptun_held *held)
{
	if (held->queue)
		return looptun_queue_is_dead(held->queue) ?
		       -1 : looptun_queue_index(held->queue);
	return held->slot == &held->tunnel->all ? 0 : held->slot - held->tunnel->slots;
}

static void looptun_delay_lose(const struct looptun_held *held,
			       const struct looptun_datagram *datagram)
{
	looptun_delay_lost(held->tunnel, looptun_held_direction(held),
			   looptun_delay_index(held), datagram);
}

/**
 * looptun_delay_hold - hold a datagram back
 * @datagram: the datagram, which is copied
 * @how: for how long, and what then; its tunnel held by the caller
 *
 * If it cannot be held it is lost, and counted.
 *
 * Context: process; may sleep.
 */
void looptun_delay_hold(const struct looptun_datagram *datagram,
			const struct looptun_held *how)
{
	struct looptun_held *held = looptun_delay_copy(datagram, how);

	if (held && looptun_delay_add(held))
		return;
	looptun_delay_lose(how, datagram);
	if (held)
		looptun_delay_destroy(held);
}

/**
 * looptun_delay_is_done - what to do with a datagram that was sent on its way
 * @held: the datagram
 * @outcome: what became of it
 *
 * For the deliver function; it is counted where it does not arrive.
 *
 * Context: process, also the worker; may sleep.
 * Return: false if it has to wait for room.
 */
bool looptun_delay_is_done(const struct looptun_held *held, enum looptun_outcome outcome)
{
	if (outcome == LOOPTUN_NO_ROOM)
		return false;
	if (outcome)
		looptun_delay_lose(held, &held->datagram);
	return true;
}

/* It may still have to wait, for its time or for room: then for the worker. */
static void looptun_delay_pass_one(struct looptun_held *held)
{
	bool done = held->release <= ktime_get_ns() && held->deliver(held);

	held->reorder = 0;
	if (!done && looptun_delay_add(held))
		return;
	if (!done)
		looptun_delay_lose(held, &held->datagram);
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
	struct looptun_held *held = looptun_delay_take(tunnel, direction, 1);

	while (held) {
		looptun_delay_pass_one(held);
		held = looptun_delay_take(tunnel, direction, 0);
	}
}
