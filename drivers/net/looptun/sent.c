// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeping what queues that are gone had written, and reading what the program wrote:
 * of that and of all queues, the oldest first. Which it is, is decided under the
 * tunnel's sent_lock, and copied outside. What a queue that goes leaves behind is copied
 * and given memory under that lock, a mutex.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "frame.h"
#include "sent.h"
#include "trace.h"

static void looptun_left_remove_locked(struct looptun_tunnel *tunnel,
				       struct looptun_left *left)
{
	lockdep_assert_held(&tunnel->sent_lock);

	list_del(&left->node);
	tunnel->left_bytes -= left->size;
	WRITE_ONCE(tunnel->left_count, tunnel->left_count - 1);
}

/* Who leaves does not stay to pay for it: the tunnel does. */
static struct looptun_left *looptun_left_alloc(struct looptun_tunnel *tunnel,
					       size_t len)
{
	size_t size = sizeof(struct looptun_left) + len;
	struct looptun_left *left;
	struct mem_cgroup *memcg;

	memcg = set_active_memcg(tunnel->memcg);
	left = kvmalloc(size, LOOPTUN_DATAGRAM_GFP);
	set_active_memcg(memcg);
	if (left)
		left->size = size;
	return left;
}

/*
 * Behind what is not newer, and not before @at, which stands for the head or for
 * where the one before went: those of one queue come in order. What does not fit
 * then goes, the newest first. Return where to go on.
 */
static struct list_head *
looptun_left_insert_locked(struct looptun_tunnel *tunnel, struct list_head *at,
			   struct looptun_left *left)
{
	struct looptun_left *last;

	lockdep_assert_held(&tunnel->sent_lock);

	while (!list_is_last(at, &tunnel->left) &&
	       list_entry(at->next, struct looptun_left, node)->record.stamp <=
	       left->record.stamp) {
		at = at->next;
		cond_resched();
	}
	list_add(&left->node, at);
	tunnel->left_bytes += left->size;
	WRITE_ONCE(tunnel->left_count, tunnel->left_count + 1);
	at = &left->node;
	while (tunnel->left_bytes > tunnel->ring_size &&
	       !list_is_singular(&tunnel->left)) {
		last = list_last_entry(&tunnel->left, struct looptun_left,
				       node);
		if (at == &last->node)
			at = at->prev;
		looptun_left_remove_locked(tunnel, last);
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
		kvfree(last);
	}
	return at;
}

/**
 * looptun_left_collect_locked - keep what a queue that is gone has written
 * @queue: the queue, dead
 *
 * Whatever of it is committed, also behind what is still being written. Where there
 * is no memory for one, those that are newer are not kept either, and nobody looks for
 * memory any more, with looptun_tunnel_lock held perhaps.
 *
 * Context: process, under the tunnel's sent_lock; may sleep.
 */
void looptun_left_collect_locked(struct looptun_queue *queue)
{
	struct looptun_ring *tx = looptun_queue_peek_tx(queue);
	struct looptun_tunnel *tunnel = queue->tunnel;
	struct list_head *at = &tunnel->left;
	struct looptun_record *record;
	struct looptun_ring_cut cut;
	struct looptun_left *left;
	bool full = false;

	lockdep_assert_held(&tunnel->sent_lock);

	if (!tx)
		return;
	looptun_ring_cut(tx, 0, &cut);
	while ((record = looptun_ring_move(tx, &cut.position))) {
		left = full ? NULL : looptun_left_alloc(tunnel, record->len);
		full = !left;
		if (left) {
			left->record = *record;
			memcpy(left->record.data, record->data, record->len);
			at = looptun_left_insert_locked(tunnel, at, left);
		} else {
			looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
		}
		looptun_ring_consume(tx, record);
		cond_resched();
	}
}

/**
 * looptun_left_collect - the same, of who has committed to a queue that is dead
 * @queue: the queue
 *
 * Context: process; takes the tunnel's sent_lock, may sleep.
 */
void looptun_left_collect(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	mutex_lock(&tunnel->sent_lock);
	looptun_left_collect_locked(queue);
	mutex_unlock(&tunnel->sent_lock);
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
}

/**
 * looptun_left_add - keep a datagram whose queue is gone
 * @tunnel: the tunnel
 * @datagram: the datagram, as the newest
 *
 * Context: process; takes the tunnel's sent_lock, may sleep.
 */
void looptun_left_add(struct looptun_tunnel *tunnel,
		      const struct looptun_datagram *datagram)
{
	size_t len = datagram->vnet_len + datagram->len;
	struct looptun_left *left = looptun_left_alloc(tunnel, len);

	if (!left) {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
		return;
	}
	left->record = (struct looptun_record) {
		.len = len,
		.proto = datagram->proto,
		.vnet_len = datagram->vnet_len,
	};
	memcpy(left->record.data, &datagram->vnet, datagram->vnet_len);
	memcpy(left->record.data + datagram->vnet_len, datagram->data,
	       datagram->len);
	mutex_lock(&tunnel->sent_lock);
	if (looptun_tunnel_has_queues(tunnel))
		left->record.stamp = atomic64_inc_return(&tunnel->stamp);
	looptun_left_insert_locked(tunnel, tunnel->left.prev, left);
	mutex_unlock(&tunnel->sent_lock);
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
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
		queue = looptun_slots_queue_locked(&tunnel->slots[i]);
		ring = looptun_queue_peek_tx(queue);
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
		queue = looptun_slots_queue_locked(slot);
		return queue && !queue->disabled ? queue : NULL;
	}
	*left = list_first_entry_or_null(&tunnel->left, struct looptun_left, node);
	if (!looptun_tunnel_has_queues(tunnel))
		return *left ? NULL : looptun_slots_queue_locked(&tunnel->slots[0]);
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

/*
 * Take it. NULL if there is none, an ERR_PTR of -EMSGSIZE if it is longer than @max.
 * @from: the queue that it was written on, referenced, or NULL: it is of an entry of what
 * was left, the reader's.
 */
static struct looptun_record *
looptun_sent_claim_locked(const struct looptun_slot *slot, size_t max,
			  struct looptun_queue **from)
{
	struct looptun_record *record;
	struct looptun_left *left;
	struct looptun_ring *ring;

	*from = looptun_sent_choose_locked(slot, &left);
	if (left) {
		if (looptun_sent_len(&left->record) > max)
			return ERR_PTR(-EMSGSIZE);
		looptun_left_remove_locked(slot->tunnel, left);
		return &left->record;
	}
	ring = *from ? looptun_queue_peek_tx(*from) : NULL;
	record = ring ? looptun_ring_claim(ring, max) : NULL;
	/* It is among the slots, so that it is not gone. */
	if (!IS_ERR_OR_NULL(record))
		kref_get(&(*from)->ref);
	return record;
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
		ring = queue ? looptun_queue_peek_tx(queue) : NULL;
		if (ring && (all || !READ_ONCE(queue->disabled)))
			readable |= looptun_ring_readable(ring);
	} while (all && !readable && queue &&
		 looptun_tunnel_has_queues(tunnel) &&
		 ++i < LOOPTUN_TUNNEL_QUEUES);
	rcu_read_unlock();
	return readable;
}

/*
 * Of the header what is known, and zeroes for the rest of it; then the datagram. The record
 * has as much, which copy_to_iter() would look up.
 */
static int looptun_sent_copy(const struct looptun_record *record,
			     size_t header_len, struct iov_iter *to)
{
	size_t vnet_len, len = looptun_sent_len(record);

	if (header_len) {
		vnet_len = min_t(size_t, record->vnet_len, header_len);
		header_len -= vnet_len;
		if (_copy_to_iter(record->data, vnet_len, to) != vnet_len ||
		    iov_iter_zero(header_len, to) != header_len)
			return -EFAULT;
	}
	if (_copy_to_iter(record->data + record->vnet_len, len, to) != len)
		return -EFAULT;
	return 0;
}

/* Copy it and count it, and be done with it. */
static int looptun_sent_give(struct looptun_tunnel *tunnel,
			     struct looptun_queue *queue,
			     struct looptun_record *record, size_t header_len,
			     struct iov_iter *to)
{
	size_t len = looptun_sent_len(record);
	int ret = looptun_sent_copy(record, header_len, to);

	if (ret) {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_FAULTS, 1);
	} else {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_DATAGRAMS, 1);
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_BYTES, len);
	}
	trace_deliver(tunnel, queue, len, ret);
	if (queue) {
		if (record->charged)
			looptun_queue_uncharge(queue, record);
		looptun_ring_consume(queue->tx, record);
		looptun_queue_put(queue);
	} else {
		kvfree(container_of(record, struct looptun_left, record));
	}
	return ret;
}

/**
 * looptun_sent_read - read the oldest datagram that the program wrote
 * @iocb: the read, on a file that is of a slot: a queue of a tunnel that it holds,
 *	or its all
 * @to: room for it
 * @with_vnet: with the virtio-net header before it, as long as the tunnel has it
 *
 * What was written before the tunnel went can still be read from its all. A
 * datagram that @to faults on is lost, as with recv(2).
 *
 * Context: process; sleeps for a datagram unless told not to, and on user memory.
 * Return: its length, with that of the header; -EMSGSIZE if @to is shorter, and
 * it stays; -EAGAIN, -ERESTARTSYS, -EFAULT, -ENODEV.
 */
ssize_t looptun_sent_read(struct kiocb *iocb, struct iov_iter *to, bool with_vnet)
{
	const struct looptun_slot *slot = iocb->ki_filp->private_data;
	struct looptun_tunnel *tunnel = slot->tunnel;
	size_t header_len = with_vnet ? looptun_tunnel_framing(tunnel).vnet_hdr_sz : 0;
	size_t room = iov_iter_count(to);
	struct looptun_record *record;
	struct looptun_queue *queue;
	bool dead;
	int ret;

	if (room < header_len)
		return -EMSGSIZE;
	for (;;) {
		dead = looptun_tunnel_is_dead(tunnel);
		mutex_lock(&tunnel->sent_lock);
		record = looptun_sent_claim_locked(slot, room - header_len, &queue);
		mutex_unlock(&tunnel->sent_lock);
		if (record)
			break;
		if (dead)
			return -ENODEV;
		if (looptun_file_nonblock(iocb))
			return -EAGAIN;
		ret = wait_event_interruptible(tunnel->test_wait,
					       looptun_sent_readable(slot) ||
					       looptun_tunnel_is_dead(tunnel));
		if (ret)
			return ret;
	}
	if (IS_ERR(record))
		return PTR_ERR(record);
	ret = looptun_sent_give(tunnel, queue, record, header_len, to);
	return ret ?: room - iov_iter_count(to);
}

/**
 * looptun_sent_poll - poll for what the program wrote
 * @filp: the file polled, of a slot as above
 * @wait: poll table
 */
__poll_t looptun_sent_poll(struct file *filp, poll_table *wait)
{
	const struct looptun_slot *slot = filp->private_data;
	struct looptun_tunnel *tunnel = slot->tunnel;
	__poll_t mask = 0;

	poll_wait(filp, &tunnel->test_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		mask |= EPOLLERR | EPOLLHUP;
	if (looptun_sent_readable(slot))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
