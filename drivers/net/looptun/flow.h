/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which queue a flow was last written on, for what is injected in the other
 * direction. Pure, no locks: a table of words, each read and written whole.
 */
#ifndef LOOPTUN_FLOW_H
#define LOOPTUN_FLOW_H

#include <linux/types.h>

/* As many flows as these are known at most, by the low bits of their hash. */
#define LOOPTUN_FLOW_PLACES	1024

void looptun_flow_learn(u64 *flows, u32 hash, unsigned int queue, u64 now);
unsigned int looptun_flow_queue(const u64 *flows, u32 hash, unsigned int queues,
				u64 now);

#endif
