// SPDX-License-Identifier: GPL-2.0-only
/* Flows: what was learned of them, and for how long. Knows nothing of packets. */
#include <linux/bits.h>
#include <linux/bitfield.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/time64.h>

#include "flow.h"

/* A word: the flow, when it was written, and the queue and 1; 0 for nothing. */
#define LOOPTUN_FLOW_HASH	GENMASK_ULL(63, 32)
#define LOOPTUN_FLOW_TIME	GENMASK_ULL(31, 9)
#define LOOPTUN_FLOW_QUEUE	GENMASK_ULL(8, 0)

/*
 * Time is told in ticks of 17 ms, so that it comes round in a day and a half.
 * Both ends are cut off, hence one tick more than three seconds have.
 */
#define LOOPTUN_FLOW_SHIFT	24
#define LOOPTUN_FLOW_EXPIRE	((3ULL * NSEC_PER_SEC >> LOOPTUN_FLOW_SHIFT) + 1)

static u64 looptun_flow_time(u64 now)
{
	return now >> LOOPTUN_FLOW_SHIFT & FIELD_MAX(LOOPTUN_FLOW_TIME);
}

static bool looptun_flow_is_known(u64 word, u32 hash, u64 now)
{
	u64 age = looptun_flow_time(now) - FIELD_GET(LOOPTUN_FLOW_TIME, word);

	return FIELD_GET(LOOPTUN_FLOW_QUEUE, word) &&
	       FIELD_GET(LOOPTUN_FLOW_HASH, word) == hash &&
	       (age & FIELD_MAX(LOOPTUN_FLOW_TIME)) <= LOOPTUN_FLOW_EXPIRE;
}

/**
 * looptun_flow_learn - remember the queue of a flow
 * @flows: LOOPTUN_FLOW_PLACES words, zeroes at first
 * @hash: the flow; another that has its place is forgotten
 * @queue: the queue, up to 255
 * @now: nanoseconds of a monotonic clock
 */
void looptun_flow_learn(u64 *flows, u32 hash, unsigned int queue, u64 now)
{
	u64 word = FIELD_PREP(LOOPTUN_FLOW_HASH, (u64)hash) |
		   FIELD_PREP(LOOPTUN_FLOW_TIME, looptun_flow_time(now)) |
		   FIELD_PREP(LOOPTUN_FLOW_QUEUE, (u64)queue + 1);

	WRITE_ONCE(flows[hash % LOOPTUN_FLOW_PLACES], word);
}

/**
 * looptun_flow_queue - the queue for a flow
 * @flows: what was learned
 * @hash: the flow
 * @queues: how many there are, at least 1
 * @now: as for looptun_flow_learn()
 *
 * Mirrors tun_automq_select_queue(), and netdev_cap_txqueue() where the queue
 * is gone since. tun forgets a flow that was not written for three seconds, at
 * the next full second; here it is at once.
 *
 * Return: the queue that it was last written on, the first if that is gone, or
 * one by the hash.
 */
unsigned int looptun_flow_queue(const u64 *flows, u32 hash, unsigned int queues,
				u64 now)
{
	u64 word = READ_ONCE(flows[hash % LOOPTUN_FLOW_PLACES]);
	unsigned int queue;

	if (!looptun_flow_is_known(word, hash, now))
		return reciprocal_scale(hash, queues);
	queue = FIELD_GET(LOOPTUN_FLOW_QUEUE, word) - 1;
	return queue < queues ? queue : 0;
}
