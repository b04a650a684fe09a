/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is held back in one direction of a tunnel, for delay_queue.c and delay.c.
 */
#ifndef LOOPTUN_DELAY_QUEUE_H
#define LOOPTUN_DELAY_QUEUE_H

#include <linux/hrtimer.h>
#include <linux/kcov.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "delay.h"

/* How many are looked at under one lock. */
#define LOOPTUN_DELAY_WALK_MAX	1024

/**
 * struct looptun_delay - what is held back in one direction
 * @tunnel: the tunnel, which outlives it
 * @timer: for the first of @timed
 * @work: delivers what is due
 * @wait: on the tunnel's test_wait, for room; the worker's
 * @waiting: it is there, bit 0; set by the worker, cleared by who takes it off
 * @kcov_handle: whose the worker's coverage is: of who held the first one back
 * @lock: protects all below; process context
 * @timed: by release; of equal ones the first to come is the first to go. Only
 *	the worker takes out
 * @reordered: by the number of the datagram that goes before
 * @passed: datagrams that have gone or been dealt with otherwise
 * @bytes: taken by all that is held
 * @ended: the tunnel goes: nothing is held any more
 */
struct looptun_delay {
	struct looptun_tunnel *tunnel;
	struct hrtimer timer;
	struct work_struct work;
	wait_queue_entry_t wait;
	unsigned long waiting;

	/* In older kernels a u64. */
	typeof(kcov_common_handle()) kcov_handle;

	spinlock_t lock;	/* see above */
	struct timerqueue_head timed;
	struct timerqueue_head reordered;
	u64 passed;
	size_t bytes;
	bool ended;
};

struct looptun_delay *looptun_delay_of(const struct looptun_tunnel *tunnel,
				       enum looptun_direction direction);
struct looptun_held *looptun_delay_copy(const struct looptun_datagram *datagram,
					const struct looptun_held *how);
bool looptun_delay_add(struct looptun_delay *delay, struct looptun_held *held);
void looptun_delay_destroy(struct looptun_held *held);
int looptun_delay_index(const struct looptun_tunnel *tunnel,
			const struct looptun_slot *slot,
			const struct looptun_queue *queue);
void looptun_delay_lose(struct looptun_held *held);
bool looptun_delay_deliver(struct looptun_held *held);
void looptun_delay_arm_locked(struct looptun_delay *delay);
bool looptun_delay_release_some_locked(struct looptun_delay *delay);
void looptun_delay_remove_locked(struct looptun_delay *delay,
				 struct timerqueue_head *queue,
				 struct looptun_held *held);

/* The first of a queue, or NULL. */
static inline struct looptun_held *
looptun_delay_first(struct timerqueue_head *queue)
{
	struct timerqueue_node *node = timerqueue_getnext(queue);

	return node ? container_of(node, struct looptun_held, node) : NULL;
}

#endif
