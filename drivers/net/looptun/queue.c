// SPDX-License-Identifier: GPL-2.0-only
/*
 * One attachment of a file to a tunnel: its life, its rings, and how the program is woken.
 * One lock of its own, for the send buffer and the limited queue; the rings have theirs.
 */
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "queue.h"

/**
 * looptun_queue_create - make an attachment
 * @tunnel: the tunnel
 * @file: the file
 * @flags: IFF_* of the request
 *
 * Nobody finds it yet.
 *
 * Context: process, under looptun_tunnel_lock; may sleep.
 * Return: the queue, with one reference, or NULL without memory.
 */
struct looptun_queue *looptun_queue_create(struct looptun_tunnel *tunnel,
					   struct looptun_file *file,
					   unsigned int flags)
{
	static u64 serial;
	struct looptun_queue *queue;

	lockdep_assert_held(&looptun_tunnel_lock);

	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!queue)
		return NULL;
	kref_init(&queue->ref);
	queue->serial = ++serial;
	looptun_tunnel_get(tunnel);
	queue->tunnel = tunnel;
	kref_get(&file->ref);
	queue->file = file;
	queue->napi = flags & IFF_NAPI;
	queue->napi_frags = flags & IFF_NAPI_FRAGS;
	init_waitqueue_head(&queue->room);
	queue->charging = 1;
	spin_lock_init(&queue->lock);
	looptun_txq_resize(&queue->txq, tunnel->txqueuelen);
	return queue;
}

/**
 * looptun_queue_free - the last reference is gone
 * @ref: the queue's
 *
 * Context: process; may sleep.
 */
void looptun_queue_free(struct kref *ref)
{
	struct looptun_queue *queue = container_of(ref, struct looptun_queue, ref);

	looptun_queue_drop_rx(queue);
	looptun_ring_destroy(queue->tx);
	looptun_file_put(queue->file);
	looptun_tunnel_put(queue->tunnel);
	kfree_rcu(queue, rcu);
}

static struct looptun_ring *looptun_queue_make_ring(struct looptun_queue *queue)
{
	struct looptun_ring *ring;
	struct mem_cgroup *memcg;

	memcg = set_active_memcg(queue->file->memcg);
	ring = looptun_ring_create(queue->tunnel->ring_size);
	set_active_memcg(memcg);
	return ring;
}

/**
 * looptun_queue_make_rx - make the ring towards the program
 * @queue: the queue
 *
 * Context: process; may sleep.
 * Return: the ring, or the one that somebody else has made meanwhile, for
 * looptun_queue_put_rx(); or NULL without memory.
 */
struct looptun_ring *looptun_queue_make_rx(struct looptun_queue *queue)
{
	struct looptun_ring *ring, *other;

	ring = looptun_queue_make_ring(queue);
	if (IS_ERR(ring))
		return NULL;
	/* The queue's reference, and the caller's. */
	refcount_set(&ring->ref, 2);
	/*
	 * Complete, for those who find it. Pairs with the xchg in looptun_queue_drop_rx():
	 * who finds that a ring was given up finds the queue disabled or dead.
	 */
	do {
		if (!unrcu_pointer(cmpxchg(&queue->rx, NULL,
					   RCU_INITIALIZER(ring))))
			return ring;
		other = looptun_queue_get_rx(queue);
		/* It may have gone again. */
	} while (!other);
	looptun_ring_destroy(ring);
	return other;
}

/**
 * looptun_queue_make_tx - make the ring from the program
 * @queue: the queue
 *
 * Context: process; may sleep.
 * Return: the ring, or the one that somebody else has made meanwhile, or an
 * ERR_PTR of -ENOMEM.
 */
struct looptun_ring *looptun_queue_make_tx(struct looptun_queue *queue)
{
	struct looptun_ring *ring, *other;

	ring = looptun_queue_make_ring(queue);
	if (IS_ERR(ring))
		return ring;
	/* Complete: pairs with the acquire in looptun_queue_peek_tx(). */
	other = cmpxchg(&queue->tx, NULL, ring);
	if (!other)
		return ring;
	looptun_ring_destroy(ring);
	return other;
}

/**
 * looptun_queue_drop_rx - drop what is queued towards the program
 * @queue: the queue, which takes nothing at the moment
 *
 * What was injected before does not come out after: the next datagram finds
 * another ring.
 *
 * Context: process; may sleep.
 */
void looptun_queue_drop_rx(struct looptun_queue *queue)
{
	/* After disabled or dead: pairs with the cmpxchg in looptun_queue_make_rx(). */
	struct looptun_ring *ring = unrcu_pointer(xchg(&queue->rx, NULL));

	spin_lock(&queue->lock);
	looptun_txq_purge(&queue->txq, ring ? looptun_ring_count(ring) : 0);
	spin_unlock(&queue->lock);
	if (ring)
		looptun_queue_put_rx(queue, ring);
}

/**
 * looptun_queue_readable - is there a datagram for the program?
 * @queue: the queue
 *
 * Context: process; does not sleep.
 */
bool looptun_queue_readable(struct looptun_queue *queue)
{
	struct looptun_ring *ring;
	bool readable;

	rcu_read_lock();
	ring = rcu_dereference(queue->rx);
	readable = ring && looptun_ring_readable(ring);
	rcu_read_unlock();
	return readable;
}

/* Under RCU. With IFF_BACKPRESSURE its limit counts as well. */
static bool looptun_queue_has_room(struct looptun_queue *queue, size_t len)
{
	struct looptun_ring *ring = rcu_dereference(queue->rx);
	bool room = true;

	if (looptun_tunnel_has_backpressure(queue->tunnel)) {
		spin_lock(&queue->lock);
		room = looptun_txq_has_room(&queue->txq,
					    ring ? looptun_ring_count(ring) : 0);
		spin_unlock(&queue->lock);
	}
	if (room && ring)
		room = looptun_ring_has_room(ring, min(len, looptun_ring_max(ring->size)));
	return room;
}

/**
 * looptun_queue_slot_has_room - is there room towards the program?
 * @slot: the place of a queue
 * @len: bytes, or more than its ring has: room for that is asked for then
 *
 * Where queues are limited, what comes while there is no queue is dropped, and
 * waits for nothing.
 *
 * Context: process; does not sleep.
 */
bool looptun_queue_slot_has_room(const struct looptun_slot *slot, size_t len)
{
	bool room = READ_ONCE(slot->tunnel->txqueuelen);
	struct looptun_queue *queue;

	rcu_read_lock();
	queue = rcu_dereference(slot->queue);
	if (queue && looptun_queue_is_enabled(queue))
		room = looptun_queue_has_room(queue, len);
	rcu_read_unlock();
	return room;
}

/**
 * looptun_queue_reserve_limited - get room for a datagram where the length is limited
 * @queue: the queue
 * @rx: its ring
 * @len: as for looptun_ring_reserve()
 *
 * Context: process; does not sleep.
 * Return: as looptun_ring_reserve(), or an ERR_PTR of -ENOBUFS if the queue is full: the
 * datagram is to be dropped, or with IFF_BACKPRESSURE to wait.
 */
struct looptun_record *
looptun_queue_reserve_limited(struct looptun_queue *queue,
			      struct looptun_ring *rx, size_t len)
{
	bool backpressure = looptun_tunnel_has_backpressure(queue->tunnel);
	struct looptun_record *record = ERR_PTR(-ENOBUFS);

	spin_lock(&queue->lock);
	if (!queue->txq.size ||
	    looptun_txq_produce(&queue->txq, looptun_ring_count(rx), backpressure)) {
		record = looptun_ring_reserve(rx, len);
		if (IS_ERR(record))
			looptun_txq_start(&queue->txq);
	}
	spin_unlock(&queue->lock);
	return record;
}

/**
 * looptun_queue_consume_limited - a datagram was claimed where the length is limited
 * @queue: the queue
 * @rx: its ring
 *
 * Who was stopped goes on now: the reader may take long for the datagram.
 *
 * Context: process; does not sleep.
 */
void looptun_queue_consume_limited(struct looptun_queue *queue, struct looptun_ring *rx)
{
	bool started;

	spin_lock(&queue->lock);
	started = looptun_txq_consume(&queue->txq, looptun_ring_count(rx));
	spin_unlock(&queue->lock);
	if (started)
		looptun_tunnel_wake_test(queue->tunnel, EPOLLOUT | EPOLLWRNORM);
}

/**
 * looptun_queue_wake_writers - tell the program that it can write again
 * @queue: the queue
 * @freed: 1 if a buffer was freed: it counts a byte while sock_wfree() looks; else 0
 *
 * Those who poll only if a poll found no room, as tun_sock_write_space() does it. A
 * writer that waits in any case, which is difference 6 from tun.c; the smallest buffers
 * never have room, so it is woken when they are empty as well.
 */
void looptun_queue_wake_writers(struct looptun_queue *queue, int freed)
{
	struct looptun_file *file = queue->file;
	bool room = READ_ONCE(queue->wmem) + 1 + freed < READ_ONCE(file->sndbuf) >> 1;

	/* Its barrier pairs with that of the wait in looptun_write_wait(). */
	if (wq_has_sleeper(&queue->room) &&
	    (room || !READ_ONCE(queue->wmem)))
		wake_up_interruptible(&queue->room);
	if (!room || !test_and_clear_bit(0, &file->nospace))
		return;
	wake_up_interruptible_sync_poll(&file->wait, EPOLLOUT | EPOLLWRNORM |
					EPOLLWRBAND);
	kill_fasync(&file->fasync, SIGIO, POLL_OUT);
}

/* What tun's socket buffer for it would count. */
static int looptun_queue_truesize(const struct looptun_record *record)
{
	return SKB_TRUESIZE(NET_SKB_PAD + record->len - record->vnet_len);
}

/**
 * looptun_queue_charge - charge a datagram to the send buffer, with hold
 * @queue: the queue
 * @record: the datagram, complete in queue->tx and not committed
 */
void looptun_queue_charge(struct looptun_queue *queue,
			  struct looptun_record *record)
{
	spin_lock(&queue->lock);
	/* If not, looptun_queue_stop_charging() may have been here already. */
	if (READ_ONCE(queue->tunnel->hold) && !queue->napi_frags) {
		record->charged = queue->charging;
		WRITE_ONCE(queue->wmem, queue->wmem + looptun_queue_truesize(record));
	}
	spin_unlock(&queue->lock);
}

/**
 * looptun_queue_uncharge - a datagram is gone from the send buffer
 * @queue: the queue
 * @record: the datagram
 *
 * What was charged before the end of hold freed the send buffer counts no more.
 */
void looptun_queue_uncharge(struct looptun_queue *queue,
			    const struct looptun_record *record)
{
	spin_lock(&queue->lock);
	if (record->charged == queue->charging)
		WRITE_ONCE(queue->wmem, queue->wmem - looptun_queue_truesize(record));
	spin_unlock(&queue->lock);
	looptun_queue_wake_writers(queue, 1);
}

/**
 * looptun_queue_stop_charging - free the send buffer of what is not read yet
 * @queue: the queue
 *
 * Context: process; under looptun_tunnel_lock.
 */
void looptun_queue_stop_charging(struct looptun_queue *queue)
{
	spin_lock(&queue->lock);
	/* Never 0, which says that a datagram is not charged. */
	queue->charging = queue->charging % U16_MAX + 1;
	WRITE_ONCE(queue->wmem, 0);
	spin_unlock(&queue->lock);
	looptun_queue_wake_writers(queue, 1);
}

/**
 * looptun_queue_txq_start - let a sender go on that a full queue has stopped
 * @queue: the queue
 *
 * The caller wakes the senders.
 */
void looptun_queue_txq_start(struct looptun_queue *queue)
{
	spin_lock(&queue->lock);
	looptun_txq_start(&queue->txq);
	spin_unlock(&queue->lock);
}

/**
 * looptun_queue_txq_resize - limit the queue, or not
 * @queue: the queue
 * @size: datagrams, 0 for no limit
 *
 * The oldest are kept, as ptr_ring_resize() does it. As many as are queued may
 * have to be dropped: new ones find the new limit meanwhile, and wait for no lock.
 *
 * Context: process, under looptun_tunnel_lock.
 */
void looptun_queue_txq_resize(struct looptun_queue *queue, unsigned int size)
{
	struct looptun_ring *rx = looptun_queue_get_rx(queue);
	struct looptun_ring_cut cut;

	spin_lock(&queue->lock);
	looptun_txq_resize(&queue->txq, size);
	spin_unlock(&queue->lock);
	if (!rx)
		return;
	if (size) {
		looptun_ring_cut(rx, size, &cut);
		while (looptun_ring_truncate(rx, &cut))
			cond_resched();
		looptun_tunnel_count(queue->tunnel,
				     LOOPTUN_TUNNEL_RX_DROPPED_GONE,
				     cut.dropped);
	}
	looptun_queue_put_rx(queue, rx);
}
