// SPDX-License-Identifier: GPL-2.0-only
/*
 * A datagram that the program has written, complete and in kernel memory: rules
 * have their say, and it is lost, held back, or goes on. Then it is kept for the
 * test, or counted where there is no room, and looped. No lock of its own.
 */
#include <linux/err.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "loopback.h"
#include "sent.h"
#include "trace.h"
#include "written.h"

/**
 * looptun_written_discard - a datagram is not to be, after all
 * @queue: the queue
 * @record: from looptun_written_begin()
 *
 * Context: process.
 */
void looptun_written_discard(struct looptun_queue *queue,
			     struct looptun_record *record)
{
	if (looptun_ring_discard(queue->tx, record))
		looptun_tunnel_wake_test(queue->tunnel, EPOLLIN | EPOLLRDNORM);
}

/* Hand it to the loopback, under no lock. */
static void looptun_written_loop(struct looptun_queue *queue,
				 const struct looptun_datagram *datagram)
{
	int index = looptun_queue_is_enabled(queue) ?
		    looptun_queue_index(queue) : -1;

	if (looptun_tunnel_hooks(queue->tunnel) & BIT(LOOPTUN_HOOK_LOOPBACK))
		looptun_loopback_written(queue->tunnel, index, datagram);
}

/* Captures have it first, then the counters, and then everybody else. */
static bool looptun_written_account(struct looptun_queue *queue, int index,
				    const struct looptun_datagram *datagram)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	if (!looptun_capture_packet(tunnel, LOOPTUN_TX, index, datagram->data,
				    datagram->len, datagram->comment))
		return false;
	if (!datagram->counted)
		looptun_written_count(tunnel, datagram->len);
	return true;
}

/**
 * looptun_written_show - let all have a datagram who look on, and the test
 * @written: its record, complete
 * @datagram: what it was made of, its data the record's
 *
 * Captures have it first, then the counters, then sent, then who reads what is
 * looped; that is copied before sent has it and its room may be taken
 * back.
 *
 * Context: process, under no lock; may sleep.
 * Return: LOOPTUN_DONE, or _GONE if the tunnel went meanwhile.
 */
enum looptun_outcome looptun_written_show(struct looptun_written *written,
					  struct looptun_datagram *datagram)
{
	struct looptun_queue *queue = written->queue;

	if (!looptun_written_account(queue, looptun_queue_index(queue),
				     datagram)) {
		looptun_written_discard(queue, written->record);
		return LOOPTUN_GONE;
	}
	datagram->written = written;
	looptun_written_loop(queue, datagram);
	datagram->written = NULL;
	if (written->record)
		looptun_sent_commit(written);
	return LOOPTUN_DONE;
}

/* There is no room to keep it; the program's write succeeds all the same. */
static enum looptun_outcome
looptun_written_drop(struct looptun_queue *queue,
		     const struct looptun_datagram *datagram)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	if (!looptun_capture_dropped(tunnel, LOOPTUN_TX,
				     looptun_queue_index(queue),
				     datagram->data, datagram->len,
				     LOOPTUN_DROP_SENT_FULL, datagram->comment))
		return LOOPTUN_GONE;
	if (!datagram->counted)
		looptun_written_count(tunnel, datagram->len);
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_DROPPED, 1);
	trace_drop(tunnel, datagram->len, LOOPTUN_DROP_SENT_FULL);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
	return LOOPTUN_DONE;
}

/* The program has written it, and closed before it was let go. */
static enum looptun_outcome
looptun_written_leave(struct looptun_queue *queue,
		      const struct looptun_datagram *datagram)
{
	if (!looptun_written_account(queue, -1, datagram))
		return LOOPTUN_GONE;
	looptun_left_add(queue->tunnel, datagram);
	return LOOPTUN_DONE;
}

/* Keep a datagram for sent, if there is room; the queue has a tx ring. */
static enum looptun_outcome
looptun_written_keep(struct looptun_queue *queue,
		     const struct looptun_datagram *datagram)
{
	struct looptun_record *record;

	if (looptun_queue_is_dead(queue))
		return datagram->counted ?
		       looptun_written_leave(queue, datagram) : LOOPTUN_GONE;
	record = looptun_ring_reserve(queue->tx,
				      datagram->vnet_len + datagram->len);
	if (IS_ERR(record))
		return looptun_written_drop(queue, datagram);
	memcpy(looptun_written_begin(queue, record, datagram), datagram->data,
	       datagram->len);
	record->proto = datagram->proto;
	if (!looptun_written_account(queue, looptun_queue_index(queue),
				     datagram)) {
		looptun_written_discard(queue, record);
		return LOOPTUN_GONE;
	}
	looptun_sent_publish(queue, record);
	return LOOPTUN_DONE;
}

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
static bool looptun_written_deliver_held(const struct looptun_held *held)
{
	return looptun_delay_is_done(held, looptun_written_go_on(held->queue, &held->datagram));
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
	const struct looptun_held how = {
		.tunnel = queue->tunnel,
		.queue = queue,
		.deliver = looptun_written_deliver_held,
		.release = verdict->release,
		.reorder = verdict->reorder,
		.clears = verdict->clears,
	};
	unsigned int copies = verdict->copies;

	do {
		looptun_delay_hold(datagram, &how);
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
 * Captures know of it; or _NO_MEMORY, and nobody does.
 */
enum looptun_outcome looptun_written_pass(struct looptun_queue *queue,
					  const struct looptun_datagram *datagram,
					  int *error)
{
	struct looptun_fault_verdict verdict;
	enum looptun_outcome outcome;

	if (!looptun_fault_is_on(queue->tunnel))
		return looptun_written_go_on(queue, datagram);
	outcome = looptun_fault_judge(queue->tunnel, LOOPTUN_TX,
				      looptun_fault_queue(queue), datagram,
				      &verdict);
	if (outcome)
		return outcome;
	outcome = looptun_written_obey(queue, datagram, &verdict, error);
	looptun_delay_passed(queue->tunnel, LOOPTUN_TX);
	return outcome;
}
