// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a datagram that the program has written and rules have let
 * pass: it is kept for the test, or counted where there is no room, and looped.
 * No lock of its own.
 */
#include <linux/err.h>

#include "capture.h"
#include "left.h"
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

/**
 * looptun_written_loop - hand a datagram that is written to the loopback
 * @queue: the queue
 * @datagram: the datagram
 *
 * Context: process, under no lock; may sleep.
 */
void looptun_written_loop(struct looptun_queue *queue,
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

/**
 * looptun_written_keep - keep a datagram for sent, if there is room
 * @queue: the queue that it was written on; it has a tx ring
 * @datagram: the datagram
 *
 * Context: process; may sleep.
 * Return: LOOPTUN_DONE, or _GONE if the tunnel or queue went meanwhile.
 */
enum looptun_outcome looptun_written_keep(struct looptun_queue *queue,
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
