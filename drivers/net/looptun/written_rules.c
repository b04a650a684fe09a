// SPDX-License-Identifier: GPL-2.0-only
/*
 * A datagram in kernel memory that the program has written: rules have their say,
 * and it goes on, is lost, or is held back.
 */
#include <linux/err.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "trace.h"
#include "written.h"

/* One that rules let pass goes its way. */
static enum looptun_outcome
looptun_written_go_on(struct looptun_queue *queue,
		      const struct looptun_datagram *datagram)
{
	enum looptun_outcome outcome = looptun_written_keep(queue, datagram);

	if (!outcome)
		looptun_written_loop(queue, datagram);
	return outcome;
}

/* Nothing from the program waits for room. */
static enum looptun_outcome
looptun_written_deliver_held(const struct looptun_held *held)
{
	return looptun_written_go_on(held->queue, &held->datagram);
}

/* The program has written all the same. */
static void looptun_written_lose(struct looptun_queue *queue,
				 const struct looptun_datagram *datagram,
				 enum looptun_drop reason)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	looptun_tunnel_count(tunnel, reason == LOOPTUN_DROP_HELD_FULL ?
			     LOOPTUN_TUNNEL_HELD_DROPPED :
			     LOOPTUN_TUNNEL_TX_DROPPED_RULE, 1);
	trace_drop(tunnel, datagram->len, reason);
	looptun_capture_dropped(tunnel, LOOPTUN_TX, looptun_queue_index(queue),
				datagram->data, datagram->len, reason,
				datagram->comment);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
}

/* All of it, with its copies, later. */
static void looptun_written_hold(struct looptun_queue *queue,
				 const struct looptun_datagram *datagram,
				 const struct looptun_fault_verdict *verdict)
{
	struct looptun_delay_order order = {
		.queue = queue,
		.deliver = looptun_written_deliver_held,
		.release = verdict->release,
		.reorder = verdict->reorder,
	};
	unsigned int copies = verdict->copies;

	do {
		looptun_delay_hold(queue->tunnel, LOOPTUN_TX, datagram, &order);
	} while (copies--);
	looptun_tunnel_wake_test(queue->tunnel, EPOLLIN | EPOLLRDNORM);
}

static enum looptun_outcome
looptun_written_obey(struct looptun_queue *queue,
		     const struct looptun_datagram *datagram,
		     const struct looptun_fault_verdict *verdict, int *error)
{
	struct looptun_datagram left = *datagram;
	unsigned int copies = verdict->copies;
	enum looptun_outcome outcome;

	left.comment = verdict->comment[0] ? verdict->comment : NULL;
	if (verdict->error) {
		looptun_capture_refused(queue->tunnel, LOOPTUN_TX,
					looptun_queue_index(queue), &left,
					verdict->error);
		*error = verdict->error;
		return LOOPTUN_REFUSED;
	}
	left.counted = true;
	looptun_written_count(queue->tunnel, datagram->len);
	if (verdict->drop) {
		looptun_written_lose(queue, &left, verdict->reason);
		return LOOPTUN_DONE;
	}
	left.len = verdict->len;
	if (verdict->held) {
		looptun_written_hold(queue, &left, verdict);
		return LOOPTUN_DONE;
	}
	do {
		outcome = looptun_written_go_on(queue, &left);
	} while (!outcome && copies--);
	return outcome;
}

/**
 * looptun_written_pass - a datagram in kernel memory goes its way
 * @queue: the queue; it has a tx ring
 * @datagram: the datagram, whose data rules may change
 * @error: for the errno of a rule that refuses it, negative
 *
 * Context: process; may sleep.
 * Return: LOOPTUN_DONE, also where it is lost or held back; _REFUSED; or _GONE.
 * Captures know of it.
 */
enum looptun_outcome looptun_written_pass(struct looptun_queue *queue,
					  const struct looptun_datagram *datagram,
					  int *error)
{
	struct looptun_fault_verdict verdict;
	enum looptun_outcome outcome;

	if (!looptun_fault_is_on(queue->tunnel))
		return looptun_written_go_on(queue, datagram);
	looptun_fault_judge(queue->tunnel, LOOPTUN_TX,
			    looptun_fault_queue(queue), datagram, &verdict);
	outcome = looptun_written_obey(queue, datagram, &verdict, error);
	looptun_delay_passed(queue->tunnel, LOOPTUN_TX);
	return outcome;
}
