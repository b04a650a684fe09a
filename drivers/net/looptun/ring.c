// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagram ring. The two sides share reserved, claimed and the states of the
 * records, each a release store of one side and an acquire load of the other.
 * No lock is held while user memory is copied, so a copy that faults or stalls
 * holds up the datagrams behind it and nobody else.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ring.h"

/* Who has no room for it in the memory cgroup gets -ENOMEM; nobody is killed for it. */
#define LOOPTUN_RING_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static void looptun_ring_free_pages(struct looptun_ring *ring)
{
	size_t i;

	for (i = 0; i < ring->size / PAGE_SIZE && ring->pages[i]; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
}

/* Map every page twice, so that a record that wraps is contiguous. -ENOMEM. */
static int looptun_ring_map(struct looptun_ring *ring)
{
	size_t i, count = ring->size / PAGE_SIZE;

	ring->pages = kvcalloc(2 * count, sizeof(*ring->pages), LOOPTUN_RING_GFP);
	if (!ring->pages)
		return -ENOMEM;

	for (i = 0; i < count; i++) {
		ring->pages[i] = alloc_page(LOOPTUN_RING_GFP);
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
	struct looptun_ring *ring = kzalloc(sizeof(*ring), LOOPTUN_RING_GFP);

	if (!ring)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ring->ref, 1);
	ring->size = size;
	spin_lock_init(&ring->producer_lock);
	spin_lock_init(&ring->consumer_lock);
	if (looptun_ring_map(ring)) {
		kfree(ring);
		return ERR_PTR(-ENOMEM);
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
	/* Who asks under RCU has no reference, and looks at records. */
	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	data = ring->data;
	ring->data = NULL;
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
	vunmap(data);
	looptun_ring_free_pages(ring);
	kfree_rcu(ring, rcu);
}

static unsigned long looptun_ring_end(struct looptun_ring *ring,
				      unsigned long position)
{
	return position + looptun_ring_space(looptun_ring_at(ring, position)->len);
}

/* Where a record is that nobody has claimed: not more than a ring before the end. */
static unsigned long looptun_ring_position(const struct looptun_ring *ring,
					   const struct looptun_record *record)
{
	unsigned long offset = (const u8 *)record - ring->data;

	return ring->reserved - ((ring->reserved - offset - 1) & (ring->size - 1)) - 1;
}

/*
 * The oldest datagram that nobody has claimed, which is where the next claim begins
 * then; NULL if there is none or it is held back. Discarded ones before it are passed
 * over for good.
 */
static inline struct looptun_record *
looptun_ring_oldest_locked(struct looptun_ring *ring)
{
	struct looptun_record *record;
	unsigned long reserved;
	u8 state;

	lockdep_assert_held(&ring->consumer_lock);

	/* Pairs with the release in looptun_ring_reserve(). */
	reserved = smp_load_acquire(&ring->reserved);
	for (; ring->claimed != reserved;
	     ring->claimed = looptun_ring_end(ring, ring->claimed)) {
		record = looptun_ring_at(ring, ring->claimed);
		/* Pairs with the release in looptun_ring_commit(). */
		state = smp_load_acquire(&record->state);
		if (state == LOOPTUN_RECORD_READY)
			return record;
		if (state == LOOPTUN_RECORD_BUSY)
			break;
	}
	return NULL;
}

/* Does the gap end there? What was claimed is no gap; one that begins there is empty. */
static bool looptun_ring_gap_ends_locked(struct looptun_ring *ring, unsigned long position)
{
	return (long)(ring->gap - ring->claimed) >= 0 && ring->gap != position &&
	       looptun_ring_at(ring, ring->gap)->state == LOOPTUN_RECORD_DISCARDED &&
	       looptun_ring_end(ring, ring->gap) == position;
}

/* A gap at the end is free space, whoever is filling what stands before it. */
static void looptun_ring_give_back_locked(struct looptun_ring *ring)
{
	lockdep_assert_held(&ring->producer_lock);
	lockdep_assert_held(&ring->consumer_lock);

	if (!ring->cutting && looptun_ring_gap_ends_locked(ring, ring->reserved))
		WRITE_ONCE(ring->reserved, ring->gap);
}

/* Discard a record: with those just before it that were, it becomes one. */
static void looptun_ring_drop_locked(struct looptun_ring *ring, unsigned long position)
{
	unsigned long end = looptun_ring_end(ring, position);

	WRITE_ONCE(looptun_ring_at(ring, position)->state, LOOPTUN_RECORD_DISCARDED);
	if (looptun_ring_gap_ends_locked(ring, position))
		looptun_ring_at(ring, ring->gap)->len += end - position;
	else if (end == ring->reserved && !ring->cutting)
		WRITE_ONCE(ring->reserved, position);
	else
		ring->gap = position;
	looptun_ring_give_back_locked(ring);
	/* What is given back holds no records any more. */
	if ((long)(ring->gap - ring->reserved) > 0)
		ring->gap = ring->reserved;
}

/**
 * looptun_ring_make_room_locked - take back what readers are done with
 * @ring: the ring
 * @space: bytes wanted
 *
 * A quarter of the ring at a time, 64 KiB at most, or as much as is needed. What lies before the
 * oldest claim that is out is free space. No position ages so far that it seems to be ahead.
 *
 * Return: 0, or an errno of looptun_ring_reserve().
 */
int looptun_ring_make_room_locked(struct looptun_ring *ring, size_t space)
{
	size_t want = max_t(size_t, space, min_t(size_t, ring->size / 4, SZ_64K));
	unsigned long position = ring->released, end;
	struct looptun_record *record;

	lockdep_assert_held(&ring->producer_lock);

	if (space > ring->size)
		return -EMSGSIZE;
	spin_lock(&ring->consumer_lock);
	looptun_ring_oldest_locked(ring);
	end = ring->claimed;
	if ((long)(end - ring->gap) > 0)
		ring->gap = end;
	spin_unlock(&ring->consumer_lock);
	/* No further than is wanted, which may be beyond what was claimed. */
	if ((long)(end - (ring->reserved + want - ring->size)) > 0)
		end = ring->reserved + want - ring->size;
	while ((long)(end - position) > 0) {
		record = looptun_ring_at(ring, position);
		/* Pairs with the release in looptun_ring_consume(). */
		if (smp_load_acquire(&record->state) != LOOPTUN_RECORD_DISCARDED)
			break;
		position += looptun_ring_space(record->len);
	}
	ring->released = position;
	return looptun_ring_room_locked(ring, space) ? 0 : -EAGAIN;
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

	spin_lock(&ring->producer_lock);
	room = !ring->data ||
	       looptun_ring_room_locked(ring, looptun_ring_space(len)) ||
	       !looptun_ring_make_room_locked(ring, looptun_ring_space(len));
	spin_unlock(&ring->producer_lock);
	return room;
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
	bool shown;

	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	shown = !looptun_ring_oldest_locked(ring);
	WRITE_ONCE(ring->made, ring->made - 1);
	/* While others count on where records begin, it stays one: a cut passes over it. */
	if (ring->cutting)
		WRITE_ONCE(record->state, LOOPTUN_RECORD_DISCARDED);
	else
		looptun_ring_drop_locked(ring, looptun_ring_position(ring, record));
	shown = shown && looptun_ring_oldest_locked(ring);
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
	return shown;
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
	struct looptun_record *record;

	spin_lock(&ring->consumer_lock);
	record = looptun_ring_oldest_locked(ring);
	if (record)
		*stamp = record->stamp;
	spin_unlock(&ring->consumer_lock);
	return record;
}

/**
 * looptun_ring_readable - is there a datagram to claim?
 * @ring: the ring
 *
 * For poll and for sleepers, who are woken after looptun_ring_commit(). With a
 * reference or under RCU: one that is destroyed meanwhile has none.
 *
 * Context: process; does not sleep.
 */
bool looptun_ring_readable(struct looptun_ring *ring)
{
	bool readable;

	spin_lock(&ring->consumer_lock);
	readable = ring->data && looptun_ring_oldest_locked(ring);
	spin_unlock(&ring->consumer_lock);
	return readable;
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
	struct looptun_record *record;

	spin_lock(&ring->consumer_lock);
	record = looptun_ring_oldest_locked(ring);
	if (record && record->len - record->vnet_len > max) {
		record = ERR_PTR(-EMSGSIZE);
	} else if (record) {
		ring->claimed += looptun_ring_space(record->len);
		WRITE_ONCE(ring->taken, ring->taken + 1);
	}
	spin_unlock(&ring->consumer_lock);
	return record;
}

/**
 * looptun_ring_move - take a datagram, whatever is being filled before it
 * @ring: the ring, after looptun_ring_cut()
 * @position: of the cut; moved on
 *
 * The record is the caller's until looptun_ring_consume(). Others may claim
 * meanwhile.
 *
 * Context: process; does not sleep.
 * Return: the record, or NULL if there are no more.
 */
struct looptun_record *looptun_ring_move(struct looptun_ring *ring,
					 unsigned long *position)
{
	struct looptun_record *record, *found = NULL;
	unsigned long reserved;

	spin_lock(&ring->consumer_lock);
	if ((long)(ring->claimed - *position) > 0)
		*position = ring->claimed;
	/* Pairs with the release in looptun_ring_reserve(). */
	reserved = smp_load_acquire(&ring->reserved);
	while (!found && (long)(reserved - *position) > 0) {
		record = looptun_ring_at(ring, *position);
		*position = looptun_ring_end(ring, *position);
		/* Pairs with the release in looptun_ring_commit(). */
		if (smp_load_acquire(&record->state) != LOOPTUN_RECORD_READY)
			continue;
		WRITE_ONCE(record->state, LOOPTUN_RECORD_BUSY);
		WRITE_ONCE(ring->taken, ring->taken + 1);
		found = record;
	}
	spin_unlock(&ring->consumer_lock);
	return found;
}

/* Go on with a cut, up to so many records. Return whether there may be more. */
static bool looptun_ring_cut_locked(struct looptun_ring *ring,
				    struct looptun_ring_cut *cut)
{
	unsigned long next;
	unsigned int i;
	bool ready;
	u8 state;

	if ((long)(ring->claimed - cut->position) > 0) {
		cut->position = ring->claimed;
		cut->kept = ring->taken - cut->taken - cut->dropped;
	}
	/* What is claimed may be beyond the end. */
	for (i = 0; i < LOOPTUN_RING_WALK_MAX && (long)(cut->end - cut->position) > 0; i++) {
		next = looptun_ring_end(ring, cut->position);
		state = READ_ONCE(looptun_ring_at(ring, cut->position)->state);
		if (state == LOOPTUN_RECORD_BUSY)
			return false;
		ready = state == LOOPTUN_RECORD_READY;
		if (cut->kept < cut->count) {
			cut->kept += ready;
		} else {
			looptun_ring_drop_locked(ring, cut->position);
			WRITE_ONCE(ring->taken, ring->taken + ready);
			cut->dropped += ready;
		}
		cut->position = next;
	}
	return (long)(cut->end - cut->position) > 0;
}

/**
 * looptun_ring_cut - begin to go over what a ring has
 * @ring: the ring
 * @count: how many to keep of those that were not claimed yet, the oldest
 * @cut: for looptun_ring_truncate(), which is to be called until it is done; or for
 *	looptun_ring_move(), where the owner takes nothing more into the ring: it is closed
 *	for good then
 *
 * One at a time, and none while the ring is being given up.
 *
 * Context: process; does not sleep.
 */
void looptun_ring_cut(struct looptun_ring *ring, unsigned int count,
		      struct looptun_ring_cut *cut)
{
	*cut = (struct looptun_ring_cut) { .count = count };
	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	/* Positions stay where records begin. */
	ring->cutting = true;
	/* Not over what was passed over before, all over again. */
	looptun_ring_oldest_locked(ring);
	cut->position = ring->claimed;
	cut->end = ring->reserved;
	cut->taken = ring->taken;
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
}

/**
 * looptun_ring_truncate - go on with a cut
 * @ring: the ring
 * @cut: from looptun_ring_cut()
 *
 * Looks at LOOPTUN_RING_WALK_MAX records. Those reserved and not committed yet,
 * and those they hold back, are left as they are.
 *
 * Context: process; does not sleep.
 * Return: whether it is to be called again.
 */
bool looptun_ring_truncate(struct looptun_ring *ring,
			   struct looptun_ring_cut *cut)
{
	bool more;

	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	more = looptun_ring_cut_locked(ring, cut);
	if (!more) {
		ring->cutting = false;
		looptun_ring_give_back_locked(ring);
	}
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
	return more;
}
