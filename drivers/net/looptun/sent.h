/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program wrote, for the test to read. What queues that are gone had
 * written is a list of their tunnel's, the oldest first: an entry is as large as its
 * datagram, and together they are no more than one ring has room for, however often
 * programs come and go.
 */
#ifndef LOOPTUN_SENT_H
#define LOOPTUN_SENT_H

#include <linux/list.h>
#include <linux/poll.h>

#include "datagram.h"
#include "queue.h"
#include "ring.h"
#include "tunnel.h"

struct iov_iter;

/**
 * struct looptun_left - a datagram that was left behind
 * @node: in the tunnel's list
 * @size: bytes of it, with this
 * @record: the datagram, as in a ring
 */
struct looptun_left {
	struct list_head node;
	size_t size;
	struct looptun_record record;
};

void looptun_left_collect_locked(struct looptun_queue *queue);
void looptun_left_collect(struct looptun_queue *queue);
void looptun_left_add(struct looptun_tunnel *tunnel,
		      const struct looptun_datagram *datagram);

ssize_t looptun_sent_read(struct kiocb *iocb, struct iov_iter *to, bool with_vnet);
__poll_t looptun_sent_poll(struct file *filp, poll_table *wait);

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

#endif
