/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded ring of whole datagrams. Producers reserve, copy outside the lock and commit
 * or discard; consumers claim, copy outside the lock and consume. Knows nothing of
 * files, tunnels or user memory.
 */
#ifndef LOOPTUN_RING_H
#define LOOPTUN_RING_H

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct page;

/* What has become of a record. */
enum looptun_record_state {
	LOOPTUN_RECORD_BUSY,		/* it is being filled, or moved elsewhere */
	LOOPTUN_RECORD_READY,
	LOOPTUN_RECORD_DISCARDED,	/* or consumed: its space is free */
};

/**
 * struct looptun_record - a datagram in the ring
 * @len: bytes of @data
 * @proto: its EtherType, for the producer to set before commit
 * @state: enum looptun_record_state, the ring's own
 * @vnet_len: bytes of virtio-net header that the datagram begins with; 0 when
 *	reserved
 * @stamp: for telling which of several rings has the oldest; 0 when reserved
 * @charged: since when it is charged to a send buffer, see
 *	looptun_queue_charge(); 0 when reserved: it is not
 * @data: the datagram, contiguous
 *
 * 32 bits align a u64 to 4. A ring is to hold as much on every machine.
 */
struct looptun_record {
	u32 len;
	__be16 proto;
	u8 state;
	u8 vnet_len;
	u64 stamp:48;
	u64 charged:16;
	u8 data[];
} __aligned(8);

/**
 * struct looptun_ring - the ring
 * @ref: held by its owner, and by whoever is in it while the owner may take another
 * @data: the bytes, mapped twice in a row so that every record is contiguous
 * @size: bytes in it, a power of two of whole pages
 * @pages: the pages behind @data
 * @rcu: for freeing: who asks for room or a datagram under RCU needs no reference
 * @producer_lock: protects the five below; process context
 * @reserved: end of the newest reservation; release; less only under both locks
 * @released: up to here the space is free again, as far as it was asked for
 * @gap: the record that others were joined to, or that was discarded last;
 *	changed under both locks
 * @cutting: a cut goes on, or it is closed: @reserved does not get less; changed under both
 *	locks
 * @made: reservations that were not discarded; counted without the lock
 * @consumer_lock: protects the two below, and the states of READY records that
 *	are not claimed; taken inside @producer_lock
 * @claimed: the next record to hand out
 * @taken: records that were handed out or dropped; counted without the lock
 *
 * All are positions: offset = position modulo @size. They grow, but that what is
 * dropped at the end is given back. Always
 * released <= claimed <= reserved <= released + size.
 */
struct looptun_ring {
	refcount_t ref;
	u8 *data;
	size_t size;
	struct page **pages;
	struct rcu_head rcu;

	spinlock_t producer_lock ____cacheline_aligned_in_smp;
	unsigned long reserved;
	unsigned long released;
	unsigned long gap;
	unsigned int made;
	bool cutting;

	spinlock_t consumer_lock ____cacheline_aligned_in_smp;
	unsigned long claimed;
	unsigned int taken;
};

/* Records that are looked over at once under the ring's locks. */
#define LOOPTUN_RING_WALK_MAX	1024

/**
 * struct looptun_ring_cut - going over a ring, piece by piece, to keep the oldest datagrams
 * @count: how many are to be kept
 * @kept: those that were, or were claimed meanwhile
 * @dropped: the others
 * @position: as far as it is
 * @end: where the newest ended
 * @taken: of the ring, at first
 */
struct looptun_ring_cut {
	unsigned int count;
	unsigned int kept;
	unsigned int dropped;
	unsigned long position;
	unsigned long end;
	unsigned int taken;
};

struct looptun_ring *looptun_ring_create(size_t size);
void looptun_ring_destroy(struct looptun_ring *ring);

bool looptun_ring_has_room(struct looptun_ring *ring, size_t len);
int looptun_ring_make_room_locked(struct looptun_ring *ring, size_t space);
bool looptun_ring_discard(struct looptun_ring *ring,
			  struct looptun_record *record);

struct looptun_record *looptun_ring_claim(struct looptun_ring *ring,
					  size_t max);
bool looptun_ring_peek_stamp(struct looptun_ring *ring, u64 *stamp);
bool looptun_ring_readable(struct looptun_ring *ring);
struct looptun_record *looptun_ring_move(struct looptun_ring *ring,
					 unsigned long *position);
void looptun_ring_cut(struct looptun_ring *ring, unsigned int count,
		      struct looptun_ring_cut *cut);
bool looptun_ring_truncate(struct looptun_ring *ring,
			   struct looptun_ring_cut *cut);

/**
 * looptun_ring_count - how many datagrams nobody has taken yet
 * @ring: the ring
 *
 * Those that are being filled count. About, where somebody is at work.
 *
 * Context: any.
 */
static inline unsigned int looptun_ring_count(const struct looptun_ring *ring)
{
	return READ_ONCE(ring->made) - READ_ONCE(ring->taken);
}

/* Bytes of the largest datagram that a ring of @size can hold. */
static inline size_t looptun_ring_max(size_t size)
{
	return size - sizeof(struct looptun_record);
}

/* Bytes that a record of @len takes. */
static inline size_t looptun_ring_space(size_t len)
{
	return ALIGN(sizeof(struct looptun_record) + len,
		     __alignof__(struct looptun_record));
}

static inline struct looptun_record *
looptun_ring_at(struct looptun_ring *ring, unsigned long position)
{
	return (void *)(ring->data + (position & (ring->size - 1)));
}

static inline bool looptun_ring_room_locked(const struct looptun_ring *ring,
					    size_t space)
{
	return space <= ring->size - (ring->reserved - ring->released);
}

/**
 * looptun_ring_reserve - get room for a datagram
 * @ring: the ring
 * @len: its bytes, INT_MAX at most
 *
 * The caller fills the rest of the record, outside any lock and as slowly as it likes, and
 * commits or discards it. Datagrams are read in the order of their reservations; those
 * behind one that is not settled wait for it.
 *
 * Context: process; does not sleep.
 * Return: the record, or an ERR_PTR of -EMSGSIZE if the ring can never hold it
 * or of -EAGAIN if there is no room now.
 */
static inline struct looptun_record *
looptun_ring_reserve(struct looptun_ring *ring, size_t len)
{
	size_t space = looptun_ring_space(len);
	struct looptun_record *record;
	int ret;

	spin_lock(&ring->producer_lock);
	if (unlikely(!looptun_ring_room_locked(ring, space))) {
		ret = looptun_ring_make_room_locked(ring, space);
		if (ret) {
			spin_unlock(&ring->producer_lock);
			return ERR_PTR(ret);
		}
	}
	record = looptun_ring_at(ring, ring->reserved);
	*record = (struct looptun_record) {
		.len = len,
		.state = LOOPTUN_RECORD_BUSY,
	};
	WRITE_ONCE(ring->made, ring->made + 1);
	/* Pairs with the acquires in looptun_ring_oldest_locked() and _move(). */
	smp_store_release(&ring->reserved, ring->reserved + space);
	spin_unlock(&ring->producer_lock);
	return record;
}

/**
 * looptun_ring_commit - let consumers have a record
 * @ring: the ring
 * @record: from looptun_ring_reserve(), filled
 *
 * The caller wakes the consumers afterwards, whether or not this record was
 * the one they wait for: it may have held back others.
 *
 * Context: any.
 */
static inline void looptun_ring_commit(struct looptun_ring *ring,
				       struct looptun_record *record)
{
	/* Pairs with the acquires in looptun_ring_oldest_locked() and _move(). */
	smp_store_release(&record->state, LOOPTUN_RECORD_READY);
}

/**
 * looptun_ring_consume - be done with a claimed datagram
 * @ring: the ring
 * @record: from looptun_ring_claim(); not to be touched any more
 *
 * Its space comes free once no older claim is out. The caller wakes the producers
 * afterwards.
 *
 * Context: any.
 */
static inline void looptun_ring_consume(struct looptun_ring *ring,
					struct looptun_record *record)
{
	/* Pairs with the acquire in looptun_ring_make_room_locked(). */
	smp_store_release(&record->state, LOOPTUN_RECORD_DISCARDED);
}

#endif
