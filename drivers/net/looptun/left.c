// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeping what queues that are gone had written. All under the tunnel's
 * sent_lock, which is a mutex: copies and allocations are made under it.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "datagram.h"
#include "left.h"
#include "queue.h"

/* Who leaves does not stay to pay for it: the tunnel does. */
static struct looptun_left *looptun_left_alloc(struct looptun_tunnel *tunnel,
					       size_t len)
{
	size_t size = sizeof(struct looptun_left) + len;
	struct looptun_left *left;
	struct mem_cgroup *memcg;

	memcg = set_active_memcg(tunnel->memcg);
	left = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
			      __GFP_RETRY_MAYFAIL);
	set_active_memcg(memcg);
	if (left)
		left->size = size;
	return left;
}

static void looptun_left_lost(struct looptun_tunnel *tunnel)
{
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
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
	       left->record.stamp)
		at = at->next;
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
		looptun_left_lost(tunnel);
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
	/* Pairs with the cmpxchg in looptun_queue_make_tx(). */
	struct looptun_ring *tx = smp_load_acquire(&queue->tx);
	struct looptun_tunnel *tunnel = queue->tunnel;
	struct list_head *at = &tunnel->left;
	struct looptun_record *record;
	struct looptun_left *left;
	unsigned long position;
	bool full = false;

	lockdep_assert_held(&tunnel->sent_lock);

	if (!tx)
		return;
	position = looptun_ring_close(tx);
	while ((record = looptun_ring_move(tx, &position))) {
		left = full ? NULL : looptun_left_alloc(tunnel, record->len);
		full = !left;
		if (left) {
			left->record = *record;
			memcpy(left->record.data, record->data, record->len);
			at = looptun_left_insert_locked(tunnel, at, left);
		} else {
			looptun_left_lost(tunnel);
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
		looptun_left_lost(tunnel);
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
