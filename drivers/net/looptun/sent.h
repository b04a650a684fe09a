/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program wrote, for the test to read.
 */
#ifndef LOOPTUN_SENT_H
#define LOOPTUN_SENT_H

#include <linux/poll.h>

#include "datagram.h"
#include "left.h"
#include "queue.h"
#include "ring.h"
#include "tunnel.h"

struct iov_iter;

ssize_t looptun_sent_read(const struct looptun_slot *slot, struct iov_iter *to,
			  bool with_vnet, bool nonblock);
__poll_t looptun_sent_poll(const struct looptun_slot *slot, struct file *filp,
			   poll_table *wait);

/**
 * looptun_sent_publish - let the test have a datagram that is accounted for
 * @queue: the queue that it was written on
 * @record: the datagram, complete in its tx ring
 *
 * Context: process; may sleep.
 */
static inline void looptun_sent_publish(struct looptun_queue *queue,
					struct looptun_record *record)
{
	if (READ_ONCE(queue->tunnel->hold))
		looptun_queue_charge(queue, record);
	looptun_ring_commit(queue->tx, record);
	looptun_tunnel_wake_test(queue->tunnel, EPOLLIN | EPOLLRDNORM);
	/* After a barrier, in the line above: see looptun_slots_leave_locked(). */
	if (unlikely(looptun_queue_is_dead(queue)))
		looptun_left_collect(queue);
}

/**
 * looptun_sent_commit - the same, of what is being looped
 * @written: the datagram
 */
static inline void looptun_sent_commit(struct looptun_written *written)
{
	looptun_sent_publish(written->queue, written->record);
	written->record = NULL;
}

#endif
