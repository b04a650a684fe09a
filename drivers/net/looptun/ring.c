// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagram ring. The two sides share published, claimed and the state of a
 * record that was read, each a release store of one side and an acquire load of
 * the other. No lock is held while a datagram is copied, so a copy that faults
 * or stalls holds up the datagrams behind it and nobody else.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ring.h"

/* What a producer has made of its record; the first two are not settled. */
enum looptun_record_state {
	LOOPTUN_RECORD_BUSY,
	LOOPTUN_RECORD_REVOKED,		/* busy when the ring was purged */
	LOOPTUN_RECORD_READY,
	LOOPTUN_RECORD_DISCARDED,	/* or consumed: its space is free */
};

static size_t looptun_ring_space(size_t len)
{
	return ALIGN(sizeof(struct looptun_record) + len,
		     __alignof__(struct looptun_record));
}

static struct looptun_record *looptun_ring_at(struct looptun_ring *ring,
					      unsigned long position)
{
	return (void *)(ring->data + (position & (ring->size - 1)));
}

static unsigned long looptun_ring_end(struct looptun_ring *ring,
				      unsigned long position)
{
	return position + looptun_ring_space(looptun_ring_at(ring, position)->len);
}

static void looptun_ring_free_pages(struct looptun_ring *ring)
{
	size_t i;

	for (i = 0; i < ring->size / PAGE_SIZE && ring->pages[i]; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
}

/* Map every page twice, so that a record that wraps is contiguous all the same. */
static int looptun_ring_map(struct looptun_ring *ring)
{
	size_t i, count = ring->size / PAGE_SIZE;

	ring->pages = kvcalloc(2 * count, sizeof(*ring->pages),
			       GFP_KERNEL_ACCOUNT);
	if (!ring->pages)
		return -ENOMEM;

	for (i = 0; i < count; i++) {
		ring->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!ring->pages[i])
			goto err_free_pages;
	}
	memcpy(ring->pages + count, ring->pages, count * sizeof(*ring->pages));

	ring->data = vmap(ring->pages, 2 * count, VM_MAP, PAGE_KERNEL);
	if (!ring->data)
		goto err_free_pages;
	return 0;

err_free_pages:
	looptun_ring_free_pages(ring);
	return -ENOMEM;
}

/**
 * looptun_ring_create - make an empty ring
 * @size: bytes of room, a power of two of whole pages
 *
 * Context: may sleep. The memory is charged to the memory cgroup in force.
 * Return: the ring, or an ERR_PTR of -ENOMEM.
 */
struct looptun_ring *looptun_ring_create(size_t size)
{
	struct looptun_ring *ring;
	int ret;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return ERR_PTR(-ENOMEM);
	ring->size = size;
	spin_lock_init(&ring->producer_lock);
	spin_lock_init(&ring->consumer_lock);

	ret = looptun_ring_map(ring);
	if (ret) {
		kfree(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

/**
 * looptun_ring_destroy - free a ring that nobody uses any more
 * @ring: the ring; NULL is let pass
 *
 * It can be asked for room, and whether there is something to read, for an RCU
 * grace period more.
 *
 * Context: may sleep.
 */
void looptun_ring_destroy(struct looptun_ring *ring)
{
	u8 *data;

	if (!ring)
		return;
	/* Who asks for room under RCU has no reference, and looks at records. */
	spin_lock(&ring->producer_lock);
	data = ring->data;
	ring->data = NULL;
	spin_unlock(&ring->producer_lock);
	vunmap(data);
	looptun_ring_free_pages(ring);
	kfree_rcu(ring, rcu);
}

static bool looptun_ring_room_locked(const struct looptun_ring *ring,
				     size_t space)
{
	return ring->reserved - ring->released <= ring->size - space;
}

/*
 * Take back what readers are done with, a quarter of the ring at a time or as much
 * as is needed. What lies before the oldest claim that is out is free space.
 */
static bool looptun_ring_make_room_locked(struct looptun_ring *ring,
					  size_t space)
{
	size_t want = max(space, ring->size / 4);
	unsigned long position = ring->released, claimed;
	struct looptun_record *record;

	lockdep_assert_held(&ring->producer_lock);

	/* Pairs with the releases in looptun_ring_claim() and _purge(). */
	claimed = smp_load_acquire(&ring->claimed);
	while (position != claimed &&
	       ring->reserved - position > ring->size - want) {
		record = looptun_ring_at(ring, position);
		/* Pairs with the release in looptun_ring_consume(). */
		if (smp_load_acquire(&record->state) != LOOPTUN_RECORD_DISCARDED)
			break;
		position += looptun_ring_space(record->len);
	}
	ring->released = position;
	return looptun_ring_room_locked(ring, space);
}

/**
 * looptun_ring_has_room - would a reservation succeed now?
 * @ring: the ring
 * @len: bytes of the datagram
 *
 * For poll and for sleepers, who are woken after looptun_ring_consume(). With a
 * reference or under RCU: one that is destroyed meanwhile is said to have room,
 * since there is nothing to wait for.
 *
 * Context: process; does not sleep.
 */
bool looptun_ring_has_room(struct looptun_ring *ring, size_t len)
{
	bool room;

	if (!looptun_ring_fits(ring->size, len))
		return false;
	spin_lock(&ring->producer_lock);
	room = !ring->data ||
	       looptun_ring_room_locked(ring, looptun_ring_space(len)) ||
	       looptun_ring_make_room_locked(ring, looptun_ring_space(len));
	spin_unlock(&ring->producer_lock);
	return room;
}

/**
 * looptun_ring_reserve - get room for a datagram
 * @ring: the ring
 * @len: its bytes
 *
 * The caller fills the rest of the record, outside any lock and as slowly
 * as it likes, and then commits or discards it. Datagrams are read in the order
 * of their reservations; those behind one that is not settled wait for it.
 *
 * Context: process; does not sleep.
 * Return: the record, or an ERR_PTR of -EMSGSIZE if the ring can never hold it
 * or of -EAGAIN if there is no room now.
 */
struct looptun_record *looptun_ring_reserve(struct looptun_ring *ring,
					    size_t len)
{
	size_t space = looptun_ring_space(len);
	struct looptun_record *record;

	if (!looptun_ring_fits(ring->size, len))
		return ERR_PTR(-EMSGSIZE);

	spin_lock(&ring->producer_lock);
	if (!looptun_ring_room_locked(ring, space) &&
	    !looptun_ring_make_room_locked(ring, space)) {
		spin_unlock(&ring->producer_lock);
		return ERR_PTR(-EAGAIN);
	}
	record = looptun_ring_at(ring, ring->reserved);
	*record = (struct looptun_record) {
		.len = len,
		.state = LOOPTUN_RECORD_BUSY,
	};
	ring->reserved += space;
	spin_unlock(&ring->producer_lock);
	return record;
}

/*
 * Move settled over the records that are settled now, and published with it.
 * Discarded records with nothing behind them are given back at once: they would
 * never be claimed, so their space would never be released.
 */
static void looptun_ring_advance_locked(struct looptun_ring *ring)
{
	unsigned long published = ring->published, settled = ring->settled;
	struct looptun_record *record;

	lockdep_assert_held(&ring->producer_lock);

	while (settled != ring->reserved) {
		record = looptun_ring_at(ring, settled);
		if (record->state < LOOPTUN_RECORD_READY)
			break;
		settled += looptun_ring_space(record->len);
		if (record->state == LOOPTUN_RECORD_READY)
			published = settled;
	}
	if (settled == ring->reserved) {
		settled = published;
		ring->reserved = published;
	}
	ring->settled = settled;
	/* Pairs with the acquire in looptun_ring_claim(). */
	smp_store_release(&ring->published, published);
}

/**
 * looptun_ring_commit - let consumers have a record
 * @ring: the ring
 * @record: from looptun_ring_reserve(), filled
 *
 * The caller wakes the consumers afterwards, whether or not this record was
 * the one they wait for: it may have held back others. If it is gone, its room
 * is free, and the caller wakes the producers as well.
 *
 * Context: process; does not sleep.
 * Return: true, or false if a purge came between and the datagram is gone.
 */
bool looptun_ring_commit(struct looptun_ring *ring,
			 struct looptun_record *record)
{
	bool revoked;

	spin_lock(&ring->producer_lock);
	revoked = record->state == LOOPTUN_RECORD_REVOKED;
	record->state = revoked ? LOOPTUN_RECORD_DISCARDED :
				  LOOPTUN_RECORD_READY;
	looptun_ring_advance_locked(ring);
	spin_unlock(&ring->producer_lock);
	return !revoked;
}

/**
 * looptun_ring_discard - give a reservation back unused
 * @ring: the ring
 * @record: from looptun_ring_reserve()
 *
 * The caller wakes the producers afterwards: there may be room again.
 *
 * Context: process; does not sleep.
 * Return: whether it had held back others, so that consumers are to be woken.
 */
bool looptun_ring_discard(struct looptun_ring *ring,
			  struct looptun_record *record)
{
	unsigned long published;

	spin_lock(&ring->producer_lock);
	published = ring->published;
	record->state = LOOPTUN_RECORD_DISCARDED;
	looptun_ring_advance_locked(ring);
	published -= ring->published;
	spin_unlock(&ring->producer_lock);
	return published;
}

/* The next datagram at or after @position, which is before published. */
static unsigned long looptun_ring_skip_locked(struct looptun_ring *ring,
					      unsigned long position)
{
	lockdep_assert_held(&ring->consumer_lock);

	/* What is published ends on a datagram: this finds one. */
	while (looptun_ring_at(ring, position)->state != LOOPTUN_RECORD_READY)
		position = looptun_ring_end(ring, position);
	return position;
}

/**
 * looptun_ring_peek_stamp - how old is the oldest datagram?
 * @ring: the ring
 * @stamp: for its stamp
 *
 * Context: process; does not sleep.
 * Return: whether there is one.
 */
bool looptun_ring_peek_stamp(struct looptun_ring *ring, u64 *stamp)
{
	unsigned long position;
	bool found;

	spin_lock(&ring->consumer_lock);
	position = ring->claimed;
	/* Pairs with the release in looptun_ring_advance_locked(). */
	found = position != smp_load_acquire(&ring->published);
	if (found) {
		position = looptun_ring_skip_locked(ring, position);
		*stamp = looptun_ring_at(ring, position)->stamp;
	}
	spin_unlock(&ring->consumer_lock);
	return found;
}

/**
 * looptun_ring_claim - take the oldest datagram
 * @ring: the ring
 * @max: longest datagram to take, in bytes without its virtio-net header
 *
 * It is the caller's alone, and the next claim gets the next one. The record
 * stays in place until looptun_ring_consume().
 *
 * Context: process; does not sleep.
 * Return: the record, NULL if there is none, or an ERR_PTR of -EMSGSIZE if the
 * oldest one is longer than @max; it then stays where it is.
 */
struct looptun_record *looptun_ring_claim(struct looptun_ring *ring,
					  size_t max)
{
	struct looptun_record *record = NULL;
	unsigned long position, published;

	spin_lock(&ring->consumer_lock);
	/* Pairs with the release in looptun_ring_advance_locked(). */
	published = smp_load_acquire(&ring->published);
	position = ring->claimed;
	if (position == published)
		goto out;

	position = looptun_ring_skip_locked(ring, position);
	record = looptun_ring_at(ring, position);
	if (record->len - record->vnet_len > max) {
		record = ERR_PTR(-EMSGSIZE);
		goto out;
	}
	/* Pairs with the acquires in looptun_ring_readable() and _make_room_locked(). */
	smp_store_release(&ring->claimed, looptun_ring_end(ring, position));
out:
	spin_unlock(&ring->consumer_lock);
	return record;
}

/**
 * looptun_ring_consume - be done with a claimed datagram
 * @ring: the ring
 * @record: from looptun_ring_claim(); not to be touched any more
 *
 * Its space comes free once no older claim is out. The caller wakes the
 * producers afterwards.
 *
 * Context: process; does not sleep.
 */
void looptun_ring_consume(struct looptun_ring *ring,
			  struct looptun_record *record)
{
	/* Pairs with the acquire in looptun_ring_make_room_locked(). */
	smp_store_release(&record->state, LOOPTUN_RECORD_DISCARDED);
}

/**
 * looptun_ring_purge - drop every datagram that was not claimed yet
 * @ring: the ring; NULL is let pass
 *
 * A record that is reserved but not committed is dropped when it is committed,
 * so that nothing from before the purge comes out after it. The caller wakes
 * the producers afterwards.
 *
 * Context: process; does not sleep.
 */
void looptun_ring_purge(struct looptun_ring *ring)
{
	struct looptun_record *record;
	unsigned long position;

	if (!ring)
		return;

	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	for (position = ring->claimed; position != ring->reserved;
	     position = looptun_ring_end(ring, position)) {
		record = looptun_ring_at(ring, position);
		if (record->state == LOOPTUN_RECORD_BUSY)
			record->state = LOOPTUN_RECORD_REVOKED;
		else if (record->state == LOOPTUN_RECORD_READY)
			record->state = LOOPTUN_RECORD_DISCARDED;
	}
	/* Pairs with the acquires in looptun_ring_readable() and _make_room_locked(). */
	smp_store_release(&ring->claimed, ring->published);
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
}

/**
 * looptun_ring_truncate - keep the oldest datagrams, drop the others
 * @ring: the ring; NULL is let pass
 * @count: how many to keep of those that were not claimed yet
 *
 * Records reserved and not committed yet, and those they hold back, are left
 * as they are.
 *
 * Context: process; does not sleep.
 * Return: how many were kept.
 */
unsigned int looptun_ring_truncate(struct looptun_ring *ring,
				   unsigned int count)
{
	struct looptun_record *record;
	unsigned long position, keep;
	unsigned int kept = 0;

	if (!ring)
		return 0;

	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	keep = ring->claimed;
	for (position = ring->claimed; position != ring->settled;
	     position = looptun_ring_end(ring, position)) {
		record = looptun_ring_at(ring, position);
		if (record->state != LOOPTUN_RECORD_READY)
			continue;
		if (kept < count) {
			kept++;
			keep = looptun_ring_end(ring, position);
		} else {
			record->state = LOOPTUN_RECORD_DISCARDED;
		}
	}
	WRITE_ONCE(ring->published, keep);
	looptun_ring_advance_locked(ring);
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
	return kept;
}

/**
 * looptun_ring_unhold - forget that datagrams are charged to a send buffer
 * @ring: the ring; NULL is let pass
 *
 * Context: process; does not sleep.
 */
void looptun_ring_unhold(struct looptun_ring *ring)
{
	unsigned long position, published;

	if (!ring)
		return;

	spin_lock(&ring->consumer_lock);
	/* Pairs with the release in looptun_ring_advance_locked(). */
	published = smp_load_acquire(&ring->published);
	for (position = ring->claimed; position != published;
	     position = looptun_ring_end(ring, position))
		looptun_ring_at(ring, position)->held = 0;
	spin_unlock(&ring->consumer_lock);
}
