/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ring's suites share.
 */
#ifndef LOOPTUN_RING_TEST_H
#define LOOPTUN_RING_TEST_H

#include <linux/err.h>
#include <asm/byteorder.h>

#include "../ring.h"

/* Where a ring stands that has carried so many bytes and is empty. */
static inline void looptun_ring_test_rewind(struct looptun_ring *ring,
					    unsigned long start)
{
	ring->reserved = start;
	ring->gap = start;
	ring->claimed = start;
	ring->released = start;
	ring->made = 0;
	ring->taken = 0;
	ring->cutting = false;
}

static inline u8 looptun_ring_test_byte(u32 seed, size_t i)
{
	return seed * 13 + i + (i >> 8);
}

static inline void looptun_ring_test_fill(struct looptun_record *record,
					  u32 seed)
{
	size_t i;

	record->proto = cpu_to_be16((u16)~seed);
	for (i = 0; i < record->len; i++)
		record->data[i] = looptun_ring_test_byte(seed, i);
}

/* What it says, wherever its bytes are. */
static inline bool
looptun_ring_test_intact(const struct looptun_record *record, size_t len, u32 seed)
{
	const u8 *bytes = record->data;
	size_t i;

	if (record->len != len || record->proto != cpu_to_be16((u16)~seed))
		return false;
	for (i = 0; i < len; i++)
		if (bytes[i] != looptun_ring_test_byte(seed, i))
			return false;
	return true;
}

/* One datagram as long as the ring goes in and is given back. */
static inline bool looptun_ring_test_empty(struct looptun_ring *ring)
{
	struct looptun_record *record;

	if (!looptun_ring_has_room(ring, looptun_ring_max(ring->size)))
		return false;
	record = looptun_ring_reserve(ring, looptun_ring_max(ring->size));
	if (IS_ERR(record))
		return false;
	looptun_ring_discard(ring, record);
	return true;
}

#endif
