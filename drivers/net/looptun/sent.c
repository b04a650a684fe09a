// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what the program wrote: of what queues that are gone have left, and of
 * all queues, the oldest first. Which it is, is decided under the tunnel's
 * sent_lock; copying is done outside.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "copy.h"
#include "frame.h"
#include "sent.h"
#include "trace.h"

/**
 * struct looptun_sent - a datagram to be read
 * @queue: the queue that it was written on, referenced, or NULL
 * @left: what it is an entry of, the reader's, or NULL
 * @record: the datagram
 */
struct looptun_sent {
	struct looptun_queue *queue;
	struct looptun_left *left;
	struct looptun_record *record;
};

/* The ring that a queue has written to, or NULL. */
static struct looptun_ring *looptun_sent_ring(const struct looptun_queue *queue)
{
	/* Pairs with the cmpxchg in looptun_queue_make_tx(). */
	return queue ? smp_load_acquire(&queue->tx) : NULL;
}

static struct looptun_queue *
looptun_sent_queue_locked(const struct looptun_slot *slot)
{
	return rcu_dereference_protected(slot->queue,
				lockdep_is_held(&slot->tunnel->sent_lock));
}

/* Of several queues, the one whose oldest datagram is older than all of @stamp. */
static struct looptun_queue *
looptun_sent_oldest_locked(const struct looptun_tunnel *tunnel, u64 *stamp)
{
	struct looptun_queue *queue, *oldest = NULL;
	struct looptun_ring *ring;
	unsigned int i;
	u64 age;

	lockdep_assert_held(&tunnel->sent_lock);

	for (i = 0; i < tunnel->numqueues + tunnel->numdisabled; i++) {
		queue = looptun_sent_queue_locked(&tunnel->slots[i]);
		ring = looptun_sent_ring(queue);
		if (ring && looptun_ring_peek_stamp(ring, &age) &&
		    age < *stamp) {
			*stamp = age;
			oldest = queue;
		}
	}
	return oldest;
}

/*
 * Where the oldest is: what was left is older than all that the only queue has;
 * among several, stamps tell.
 */
static struct looptun_queue *
looptun_sent_choose_locked(const struct looptun_slot *slot,
			   struct looptun_left **left)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	struct looptun_queue *queue;
	u64 stamp = U64_MAX;

	*left = NULL;
	if (slot != &tunnel->all) {
		queue = looptun_sent_queue_locked(slot);
		return queue && !queue->disabled ? queue : NULL;
	}
	*left = looptun_left_first_locked(tunnel);
	if (!looptun_tunnel_has_queues(tunnel))
		return *left ? NULL :
			       looptun_sent_queue_locked(&tunnel->slots[0]);
	if (*left)
		stamp = (*left)->record.stamp;
	queue = looptun_sent_oldest_locked(tunnel, &stamp);
	if (queue)
		*left = NULL;
	return queue;
}

static size_t looptun_sent_len(const struct looptun_record *record)
{
	return record->len - record->vnet_len;
}

/* Take it: 0, -EAGAIN if there is none, -EMSGSIZE if it is longer than @max. */
static int looptun_sent_claim_locked(const struct looptun_slot *slot,
				     size_t max, struct looptun_sent *sent)
{
	struct looptun_queue *queue;
	struct looptun_left *left;
	struct looptun_ring *ring;

	queue = looptun_sent_choose_locked(slot, &left);
	if (left) {
		if (looptun_sent_len(&left->record) > max)
			return -EMSGSIZE;
		looptun_left_remove_locked(slot->tunnel, left);
		sent->left = left;
		sent->record = &left->record;
		return 0;
	}
	ring = looptun_sent_ring(queue);
	sent->record = ring ? looptun_ring_claim(ring, max) : NULL;
	if (IS_ERR_OR_NULL(sent->record))
		return sent->record ? PTR_ERR(sent->record) : -EAGAIN;
	/* It is among the slots, so that it is not gone. */
	kref_get(&queue->ref);
	sent->queue = queue;
	return 0;
}

static int looptun_sent_claim(const struct looptun_slot *slot, size_t max,
			      struct looptun_sent *sent)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	bool dead = looptun_tunnel_is_dead(tunnel);
	int ret;

	mutex_lock(&tunnel->sent_lock);
	ret = looptun_sent_claim_locked(slot, max, sent);
	mutex_unlock(&tunnel->sent_lock);
	return ret == -EAGAIN && dead ? -ENODEV : ret;
}

/* Is there something to be read? Takes no lock. */
static bool looptun_sent_readable(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;
	bool all = slot == &tunnel->all, readable;
	struct looptun_queue *queue;
	struct looptun_ring *ring;
	unsigned int i = 0;

	readable = all && READ_ONCE(tunnel->left_count);
	if (all)
		slot = tunnel->slots;
	rcu_read_lock();
	do {
		queue = rcu_dereference(slot[i].queue);
		ring = looptun_sent_ring(queue);
		if (ring && (all || !READ_ONCE(queue->disabled)))
			readable |= looptun_ring_readable(ring);
	} while (all && !readable && queue &&
		 looptun_tunnel_has_queues(tunnel) &&
		 ++i < LOOPTUN_TUNNEL_QUEUES);
	rcu_read_unlock();
	return readable;
}

/* What is known of the header, zeroes for the rest of it. */
static int looptun_sent_copy_header(const struct looptun_record *record,
				    size_t header_len, struct iov_iter *to)
{
	size_t vnet_len = min_t(size_t, record->vnet_len, header_len);

	if (looptun_copy_to_iter(record->data, vnet_len, to) != vnet_len ||
	    iov_iter_zero(header_len - vnet_len, to) != header_len - vnet_len)
		return -EFAULT;
	return 0;
}

static int looptun_sent_copy(const struct looptun_record *record,
			     size_t header_len, struct iov_iter *to)
{
	size_t len = looptun_sent_len(record);

	if (header_len && looptun_sent_copy_header(record, header_len, to))
		return -EFAULT;
	if (looptun_copy_to_iter(record->data + record->vnet_len, len, to) != len)
		return -EFAULT;
	return 0;
}

static void looptun_sent_done(struct looptun_sent *sent)
{
	if (sent->queue) {
		if (sent->record->charged)
			looptun_queue_uncharge(sent->queue, sent->record);
		looptun_ring_consume(sent->queue->tx, sent->record);
		looptun_queue_put(sent->queue);
	}
	kvfree(sent->left);
}

/* Copy it and count it. */
static int looptun_sent_give(struct looptun_tunnel *tunnel,
			     struct looptun_sent *sent, size_t header_len,
			     struct iov_iter *to)
{
	size_t len = looptun_sent_len(sent->record);
	int ret = looptun_sent_copy(sent->record, header_len, to);

	if (ret) {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_FAULTS, 1);
	} else {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_DATAGRAMS, 1);
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_BYTES, len);
	}
	trace_deliver(tunnel, sent->queue, len, ret);
	looptun_sent_done(sent);
	return ret;
}

/* How many bytes of header a reader gets, beside the datagram. */
static size_t looptun_sent_header_len(const struct looptun_tunnel *tunnel,
				      bool with_vnet)
{
	return with_vnet ? looptun_tunnel_framing(tunnel).vnet_hdr_sz : 0;
}

/**
 * looptun_sent_read - read the oldest datagram that the program wrote
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @to: room for it
 * @with_vnet: with the virtio-net header before it, as long as the tunnel has it
 * @nonblock: do not wait for one
 *
 * What was written before the tunnel went can still be read from its all. A
 * datagram that @to faults on is lost, as with recv(2).
 *
 * Context: process; sleeps for a datagram unless told not to, and on user memory.
 * Return: its length, with that of the header; -EMSGSIZE if @to is shorter, and
 * it stays; -EAGAIN, -ERESTARTSYS, -EFAULT, -ENODEV.
 */
ssize_t looptun_sent_read(const struct looptun_slot *slot, struct iov_iter *to,
			  bool with_vnet, bool nonblock)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	size_t header_len = looptun_sent_header_len(tunnel, with_vnet);
	size_t room = iov_iter_count(to);
	struct looptun_sent sent = { };
	int ret;

	if (room < header_len)
		return -EMSGSIZE;
	for (;;) {
		ret = looptun_sent_claim(slot, room - header_len, &sent);
		if (!ret)
			break;
		if (ret != -EAGAIN || nonblock)
			return ret;
		ret = wait_event_interruptible(tunnel->test_wait,
					       looptun_sent_readable(slot) ||
					       looptun_tunnel_is_dead(tunnel));
		if (ret)
			return ret;
	}
	ret = looptun_sent_give(tunnel, &sent, header_len, to);
	return ret ?: room - iov_iter_count(to);
}

/**
 * looptun_sent_poll - poll for what the program wrote
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @filp: the file polled
 * @wait: poll table
 */
__poll_t looptun_sent_poll(const struct looptun_slot *slot, struct file *filp,
			   poll_table *wait)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	__poll_t mask = 0;

	poll_wait(filp, &tunnel->test_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		mask |= EPOLLERR | EPOLLHUP;
	if (looptun_sent_readable(slot))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
