// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loans between two rings. What goes into both is copied into one, and its record
 * there is lent to a record in the other, which keeps as much space. So each
 * ring is as full as if both had it, and neither's readers wait for the other's:
 * who is done with a record that nobody has claimed in the other ring copies it
 * there first. That is the one copy under a lock of a ring: it is the kernel's own
 * memory, and who lends says how much.
 *
 * A record that was claimed in the other ring is read where it is. Both readers
 * exchange its loan for NULL when they are done, and the second frees it.
 */
#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ring.h"

/**
 * looptun_ring_leave - be done with a record that was lent
 * @ring: its ring
 * @record: claimed, or not committed yet, or READY under the locks of @ring
 *
 * Context: process; does not sleep.
 * Return: whether it may be discarded; if not, it is LEFT, and will be.
 */
bool looptun_ring_leave(struct looptun_ring *ring,
			struct looptun_record *record)
{
	struct looptun_ring *to = READ_ONCE(ring->borrower);
	struct looptun_record *borrower;

	/* Pairs with the xchg() in looptun_ring_give_back(). */
	if (!smp_load_acquire(&record->loan))
		return true;

	/* A purge has that of this ring. */
	spin_lock_nested(&to->consumer_lock, SINGLE_DEPTH_NESTING);
	borrower = READ_ONCE(record->loan);
	if (borrower && borrower != record) {
		memcpy(borrower->data, record->data, record->len);
		borrower->borrowed = 0;
		WRITE_ONCE(record->loan, NULL);
	}
	spin_unlock(&to->consumer_lock);
	if (borrower != record)
		return true;

	WRITE_ONCE(record->state, LOOPTUN_RECORD_LEFT);
	/* Pairs with the xchg() in looptun_ring_give_back(). */
	return !xchg(&record->loan, NULL);
}
