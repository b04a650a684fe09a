// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether there is room for what is injected, for poll and for those who wait
 * for it.
 */
#include <linux/minmax.h>
#include <linux/rcupdate.h>

#include "far_frame.h"
#include "file.h"
#include "ring.h"
#include "tunnel.h"

/* The largest IP datagram and its Ethernet header. */
#define LOOPTUN_FAR_LARGEST	(65535 + ETH_HLEN)

/* Is there a place in a queue of limited length? What is dropped does not wait. */
static bool looptun_far_has_place(const struct looptun_slot *slot,
				  struct looptun_file *file)
{
	return !looptun_tunnel_has_backpressure(slot->tunnel) ||
	       looptun_file_txq_has_room(file);
}

/**
 * looptun_far_slot_has_room - is there room in a queue?
 * @slot: the queue
 * @len: bytes, or more than its ring has: room for that is asked for then
 *
 * Where queues are limited, what comes while there is none is dropped: no wait.
 * IFF_BACKPRESSURE has it wait.
 */
bool looptun_far_slot_has_room(const struct looptun_slot *slot, size_t len)
{
	bool room = READ_ONCE(slot->tunnel->txqueuelen);
	struct looptun_file *file;
	struct looptun_ring *ring;

	rcu_read_lock();
	file = rcu_dereference(slot->file);
	if (file) {
		/* Pairs with the cmpxchg in looptun_file_make_ring(). */
		ring = smp_load_acquire(&file->rx);
		room = looptun_far_has_place(slot, file) &&
		       (!ring ||
			looptun_ring_has_room(ring, min(len, looptun_ring_max(ring))));
	}
	rcu_read_unlock();
	return room;
}

/* Is there room for @len bytes in the queue asked for, or in all there are? */
static bool looptun_far_has_room(const struct looptun_slot *slot, size_t len)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;
	unsigned int i = 0;

	if (slot != &tunnel->all)
		return looptun_far_slot_has_room(slot, len);
	do {
		if (!looptun_far_slot_has_room(&tunnel->slots[i], len))
			return false;
	} while (++i < READ_ONCE(tunnel->numqueues));
	return true;
}

/**
 * looptun_far_poll_inject - poll for room
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @filp: the file polled
 * @wait: poll table
 *
 * Room is room for the largest IP datagram in every queue that it may go to, or
 * all of a ring too small for it, so that a write after the poll does not get
 * -EAGAIN.
 */
__poll_t looptun_far_poll_inject(const struct looptun_slot *slot,
				 struct file *filp, poll_table *wait)
{
	struct looptun_tunnel *tunnel = slot->tunnel;

	poll_wait(filp, &tunnel->far_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		return EPOLLERR | EPOLLHUP;
	if (!looptun_tunnel_takes_frames(tunnel) ||
	    looptun_far_has_room(slot, LOOPTUN_FAR_LARGEST))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}
