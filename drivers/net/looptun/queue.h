/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct looptun_queue: one attachment of a file to a tunnel. Whoever is in a queue that
 * is dead finishes there: nothing of it is used again.
 */
#ifndef LOOPTUN_QUEUE_H
#define LOOPTUN_QUEUE_H

#include <linux/cache.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "file.h"
#include "ring.h"
#include "tunnel.h"
#include "txq.h"

/**
 * struct looptun_queue - an attachment
 * @ref: held while the file is attached, by calls of the program for as long as
 *	they last, by whoever injects into it or reads of it, and by what is
 *	delayed
 * @tunnel: the tunnel, referenced
 * @file: the file, referenced
 * @place: where it stands among its tunnel's slots; looptun_tunnel_lock
 * @index: its number, the last one while it is disabled; looptun_tunnel_lock to
 *	write
 * @napi: it was attached with IFF_NAPI
 * @napi_frags: it was attached with IFF_NAPI_FRAGS
 * @disabled: TUNSETQUEUE took it out; looptun_tunnel_lock to write
 * @dead: it is no queue any more; looptun_tunnel_lock to write
 * @rx: ring towards the program, or NULL: made when it is needed, and given up
 *	with what it has where tun drops what is queued; RCU, or a reference
 * @tx: ring from the program; made when it is needed, then fixed
 * @serial: no other queue has the same
 * @room: writers that wait for the send buffer
 * @lock: protects the three below, READ_ONCE without it; the locks of @rx are taken
 *	inside it
 * @wmem: bytes of the send buffer that are taken
 * @charging: since when what is charged counts, see looptun_queue_charge()
 * @txq: whether @rx takes one more, where that is limited
 * @rcu: for freeing
 *
 * Every datagram writes here: as long as whole cache lines, so that kmalloc() puts
 * nothing else into them.
 */
struct looptun_queue {
	struct kref ref;
	struct looptun_tunnel *tunnel;
	struct looptun_file *file;
	unsigned int place;
	u16 index;
	bool napi;
	bool napi_frags;
	bool disabled;
	bool dead;
	u64 serial;

	struct looptun_ring __rcu *rx;
	struct looptun_ring *tx;
	wait_queue_head_t room;

	spinlock_t lock;	/* see above */
	int wmem;
	u16 charging;
	struct looptun_txq txq;
	struct rcu_head rcu;
} ____cacheline_aligned_in_smp;

struct looptun_queue *looptun_queue_create(struct looptun_tunnel *tunnel,
					   struct looptun_file *file,
					   unsigned int flags);
void looptun_queue_free(struct kref *ref);

struct looptun_ring *looptun_queue_make_rx(struct looptun_queue *queue);
struct looptun_ring *looptun_queue_make_tx(struct looptun_queue *queue);
void looptun_queue_drop_rx(struct looptun_queue *queue);

bool looptun_queue_readable(struct looptun_queue *queue);
bool looptun_queue_slot_has_room(const struct looptun_slot *slot, size_t len);
struct looptun_record *
looptun_queue_reserve_limited(struct looptun_queue *queue,
			      struct looptun_ring *rx, size_t len);
void looptun_queue_consume_limited(struct looptun_queue *queue, struct looptun_ring *rx);

void looptun_queue_charge(struct looptun_queue *queue,
			  struct looptun_record *record);
void looptun_queue_uncharge(struct looptun_queue *queue,
			    const struct looptun_record *record);
void looptun_queue_stop_charging(struct looptun_queue *queue);
void looptun_queue_wake_writers(struct looptun_queue *queue, int freed);

void looptun_queue_txq_start(struct looptun_queue *queue);
void looptun_queue_txq_resize(struct looptun_queue *queue, unsigned int size);

/**
 * looptun_queue_put - put a reference
 * @queue: the queue
 *
 * Context: process; may sleep.
 */
static inline void looptun_queue_put(struct looptun_queue *queue)
{
	kref_put(&queue->ref, looptun_queue_free);
}

/**
 * looptun_queue_get_of - get the queue that a file is
 * @file: the file
 *
 * Mirrors tun_get().
 *
 * Return: the queue, referenced, or NULL.
 */
static inline struct looptun_queue *
looptun_queue_get_of(const struct looptun_file *file)
{
	struct looptun_queue *queue;

	rcu_read_lock();
	queue = rcu_dereference(file->queue);
	if (queue && !kref_get_unless_zero(&queue->ref))
		queue = NULL;
	rcu_read_unlock();
	return queue;
}

static inline bool looptun_queue_is_dead(const struct looptun_queue *queue)
{
	return READ_ONCE(queue->dead);
}

/* Does it take what is injected? */
static inline bool looptun_queue_is_enabled(const struct looptun_queue *queue)
{
	return !READ_ONCE(queue->disabled) && !READ_ONCE(queue->dead);
}

/* Its number for who looks on, also while it is disabled; -1 for none. */
static inline int looptun_queue_index(const struct looptun_queue *queue)
{
	return queue ? READ_ONCE(queue->index) : -1;
}

/* Under RCU. */
static inline struct looptun_ring *
looptun_queue_get_live_rx(struct looptun_queue *queue)
{
	struct looptun_ring *ring = rcu_dereference(queue->rx);

	return ring && refcount_inc_not_zero(&ring->ref) ? ring : NULL;
}

/**
 * looptun_queue_get_rx - get the ring towards the program
 * @queue: the queue
 *
 * Return: the ring, for looptun_queue_put_rx(), or NULL if there is none now.
 */
static inline struct looptun_ring *
looptun_queue_get_rx(struct looptun_queue *queue)
{
	struct looptun_ring *ring;

	rcu_read_lock();
	ring = looptun_queue_get_live_rx(queue);
	rcu_read_unlock();
	return ring;
}

/* Its last user counts what nobody has read and frees it: process context, may sleep. */
static inline void looptun_queue_put_rx(struct looptun_queue *queue,
					struct looptun_ring *ring)
{
	if (!refcount_dec_and_test(&ring->ref))
		return;
	looptun_tunnel_count(queue->tunnel, LOOPTUN_TUNNEL_RX_DROPPED_GONE,
			     looptun_ring_count(ring));
	looptun_ring_destroy(ring);
}

/* The ring from the program, or NULL: nothing has been written. */
static inline struct looptun_ring *looptun_queue_peek_tx(const struct looptun_queue *queue)
{
	/* Pairs with the cmpxchg in looptun_queue_make_tx(): it is complete. */
	return smp_load_acquire(&queue->tx);
}

/* Is the number of datagrams limited that are on their way to the program? */
static inline bool looptun_queue_is_limited(const struct looptun_queue *queue)
{
	return READ_ONCE(queue->txq.size);
}

/*
 * Which queue of a tunnel has which number: enabled ones first, without gaps, disabled
 * ones behind them. Changed under looptun_tunnel_lock, read under RCU. In slots.c.
 */
int looptun_slots_add_locked(struct looptun_queue *queue);
void looptun_slots_disable_locked(struct looptun_queue *queue);
void looptun_slots_leave_locked(struct looptun_queue *queue);
void looptun_slots_leave_all_locked(struct looptun_tunnel *tunnel);

/* The queue that has a place, or NULL: who changes that holds sent_lock as well. */
static inline struct looptun_queue *
looptun_slots_queue_locked(const struct looptun_slot *slot)
{
	return rcu_dereference_protected(slot->queue,
					 lockdep_is_held(&slot->tunnel->sent_lock));
}

#endif
