// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting frames into the program's queues: which queue, past its filters, into its ring
 * when there is room, or counted where it does not arrive. Sleeps on the tunnel's
 * test_wait; holds a queue while it uses its ring, also for the next frame, and never
 * while it sleeps.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>

#include "capture.h"
#include "filter.h"
#include "frame.h"
#include "inject.h"
#include "sent.h"
#include "trace.h"
#include "vnet.h"

/* One of several queues. */
static const struct looptun_slot *
looptun_inject_by_flow(const struct looptun_inject_frame *frame, unsigned int queues)
{
	const struct looptun_tunnel *tunnel = frame->tunnel;

	if (frame->steered)
		return &tunnel->slots[frame->flow % queues];
	return &tunnel->slots[looptun_flow_queue(tunnel->flows, frame->flow,
						 queues, ktime_get_coarse_ns())];
}

/* The queue for a frame, as things stand. */
static inline const struct looptun_slot *
looptun_inject_choose(const struct looptun_inject_frame *frame)
{
	const struct looptun_tunnel *tunnel = frame->tunnel;
	unsigned int queues = READ_ONCE(tunnel->numqueues);

	if (frame->slot != &tunnel->all)
		return frame->slot;
	return queues < 2 ? &tunnel->slots[0] : looptun_inject_by_flow(frame, queues);
}

/**
 * looptun_inject_index - number of the queue that a frame would go to now
 * @frame: the frame
 */
unsigned int looptun_inject_index(const struct looptun_inject_frame *frame)
{
	return looptun_inject_choose(frame) - frame->tunnel->slots;
}

/* What counts a frame that does not arrive; not here: INJECT_DROPPED. */
static const enum looptun_tunnel_counter looptun_inject_drops[LOOPTUN_DROP_CARRIER + 1] = {
	[LOOPTUN_DROP_HELD_FULL] = LOOPTUN_TUNNEL_HELD_DROPPED,
	[LOOPTUN_DROP_LINK] = LOOPTUN_TUNNEL_RX_DROPPED_LINK,
	[LOOPTUN_DROP_CARRIER] = LOOPTUN_TUNNEL_RX_DROPPED_CARRIER,
};

/**
 * looptun_inject_drop - a frame does not arrive, and the injector is not told
 * @frame: the frame
 * @reason: why
 *
 * Return: LOOPTUN_DONE or _GONE.
 */
enum looptun_outcome looptun_inject_drop(struct looptun_inject_frame *frame,
					 enum looptun_drop reason)
{
	struct looptun_tunnel *tunnel = frame->tunnel;
	int index;

	/* Without memory of its own it began before there was a capture. */
	if (frame->data && looptun_capture_on(tunnel)) {
		/* Where the queue was not looked up yet it is the one that would have been. */
		index = frame->queue ? looptun_queue_index(frame->queue) :
				       looptun_inject_index(frame);
		if (!looptun_capture_dropped(tunnel, LOOPTUN_RX, index, frame->data,
					     frame->whole, reason, frame->comment))
			return LOOPTUN_GONE;
	}
	looptun_tunnel_count(tunnel, looptun_inject_drops[reason] ?:
				     LOOPTUN_TUNNEL_INJECT_DROPPED, 1);
	if (reason == LOOPTUN_DROP_RULE)
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_RX_DROPPED_RULE, 1);
	trace_drop(tunnel, frame->len - frame->vnet_len, reason);
	return LOOPTUN_DONE;
}

static bool looptun_inject_is_cut(const struct looptun_inject_frame *frame)
{
	return frame->data && frame->len - frame->vnet_len < frame->whole;
}

/* Let the captures have a frame, before the program can; false if the tunnel goes. */
static bool looptun_inject_capture(const struct looptun_inject_frame *frame,
				   const struct looptun_record *record)
{
	const char *comment = frame->comment;

	/* Without memory of its own it began before there was a capture. */
	if (!frame->data && frame->known)
		comment = frame->known->comment;
	if (!comment && looptun_inject_is_cut(frame))
		comment = "cut: filter";
	return looptun_capture_add(frame->tunnel, LOOPTUN_RX, looptun_queue_index(frame->queue),
				   record->data + frame->vnet_len,
				   frame->len - frame->vnet_len, comment);
}

/* Would the injector get on now, be it with an error? */
static bool looptun_inject_can_go_on(const struct looptun_inject_frame *frame)
{
	return looptun_tunnel_is_dead(frame->tunnel) ||
	       !looptun_tunnel_takes_frames(frame->tunnel) ||
	       looptun_queue_slot_has_room(looptun_inject_choose(frame), frame->len);
}

/**
 * looptun_inject_end - there are no more frames, or none for the moment
 * @frame: the frame
 *
 * Context: process; may sleep.
 */
void looptun_inject_end(struct looptun_inject_frame *frame)
{
	if (frame->ring)
		looptun_queue_put_rx(frame->queue, frame->ring);
	frame->ring = NULL;
	if (frame->queue)
		looptun_queue_put(frame->queue);
	frame->queue = NULL;
}

/* Wait for room, with no queue held. */
static enum looptun_outcome looptun_inject_wait(struct looptun_inject_frame *frame)
{
	if (frame->nonblock)
		return LOOPTUN_NO_ROOM;
	looptun_inject_end(frame);
	return wait_event_interruptible(frame->tunnel->test_wait,
					looptun_inject_can_go_on(frame)) ?
	       LOOPTUN_INTERRUPTED : LOOPTUN_DONE;
}

/**
 * looptun_inject_await - wait for room, and take none
 * @frame: the frame
 *
 * Return: LOOPTUN_DONE, _NO_ROOM, _INTERRUPTED, _GONE or _DOWN.
 */
enum looptun_outcome looptun_inject_await(struct looptun_inject_frame *frame)
{
	enum looptun_outcome outcome = LOOPTUN_DONE;

	if (!looptun_inject_can_go_on(frame))
		outcome = looptun_inject_wait(frame);
	if (outcome)
		return outcome;
	if (looptun_tunnel_is_dead(frame->tunnel))
		return LOOPTUN_GONE;
	if (!frame->passed && !looptun_tunnel_is_up(frame->tunnel))
		return LOOPTUN_DOWN;
	return LOOPTUN_DONE;
}

/* That of the frame before is kept if it is the one. */
static bool looptun_inject_get_queue(struct looptun_inject_frame *frame)
{
	const struct looptun_slot *slot = looptun_inject_choose(frame);
	struct looptun_queue *queue;

	if (frame->queue) {
		if (rcu_access_pointer(slot->queue) == frame->queue &&
		    looptun_queue_is_enabled(frame->queue))
			return true;
		looptun_inject_end(frame);
	}
	rcu_read_lock();
	queue = rcu_dereference(slot->queue);
	if (queue && (!looptun_queue_is_enabled(queue) || !kref_get_unless_zero(&queue->ref)))
		queue = NULL;
	frame->queue = queue;
	frame->ring = queue ? looptun_queue_get_live_rx(queue) : NULL;
	rcu_read_unlock();
	return queue;
}

static bool looptun_inject_get_ring(struct looptun_inject_frame *frame)
{
	struct looptun_queue *queue = frame->queue;

	if (frame->ring) {
		if (rcu_access_pointer(queue->rx) == frame->ring)
			return true;
		looptun_queue_put_rx(queue, frame->ring);
	}
	frame->ring = looptun_queue_get_rx(queue) ?: looptun_queue_make_rx(queue);
	return frame->ring;
}

/* Read @len bytes, the Ethernet header made among them: _DONE, _MALFORMED or _BAD_ADDRESS. */
static inline enum looptun_outcome
looptun_inject_fill(const struct looptun_inject_frame *frame, u8 *data,
		    size_t len, __be16 *proto, struct iov_iter *from)
{
	u8 *payload = data + frame->ether_len;
	size_t payload_len = len - frame->ether_len;

	if (frame->known) {
		memcpy(data, frame->known->data, len);
		*proto = frame->known->proto;
		return LOOPTUN_DONE;
	}
	/* There is room where it goes, which copy_from_iter() would look up. */
	if (_copy_from_iter(payload, payload_len, from) != payload_len)
		return LOOPTUN_BAD_ADDRESS;
	if (frame->kind != LOOPTUN_INJECT_DATAGRAM) {
		*proto = looptun_frame_proto(frame->tap, data, len);
		return LOOPTUN_DONE;
	}
	if (looptun_frame_ip_proto(*payload, proto))
		return LOOPTUN_MALFORMED;
	if (frame->ether_len)
		looptun_frame_ether_header(data, *proto);
	return LOOPTUN_DONE;
}

/* Get the frame into its record. */
static enum looptun_outcome
looptun_inject_copy(const struct looptun_inject_frame *frame,
		    struct looptun_record *record, struct iov_iter *from)
{
	size_t len = frame->len - frame->vnet_len;
	u8 *data = record->data + frame->vnet_len;

	if (frame->vnet_len) {
		memcpy(record->data, &frame->vnet, sizeof(frame->vnet));
		record->vnet_len = frame->vnet_len;
		if (looptun_inject_is_cut(frame))
			looptun_vnet_cut(looptun_tunnel_framing(frame->tunnel),
					 (void *)record->data, len);
	}
	if (!frame->data)
		return looptun_inject_fill(frame, data, len, &record->proto, from);
	memcpy(data, frame->data, len);
	record->proto = frame->proto;
	return LOOPTUN_DONE;
}

/* It does not come out of this record: let it be. */
static void looptun_inject_discard(const struct looptun_inject_frame *frame,
				   struct looptun_record *record)
{
	if (looptun_ring_discard(frame->ring, record))
		looptun_file_wake_readers(frame->queue->file);
	/* If this was the last that the queue took, nobody reads it. */
	looptun_queue_txq_start(frame->queue);
	looptun_tunnel_wake_test(frame->tunnel, EPOLLOUT | EPOLLWRNORM);
}

/* Put the frame into the room that was reserved for it. */
static enum looptun_outcome
looptun_inject_commit(const struct looptun_inject_frame *frame,
		      struct looptun_record *record, struct iov_iter *from)
{
	struct looptun_tunnel *tunnel = frame->tunnel;
	size_t len = frame->len - frame->vnet_len;
	enum looptun_outcome outcome = looptun_inject_copy(frame, record, from);
	struct looptun_written *written;

	if (!outcome && unlikely(looptun_capture_on(tunnel)) &&
	    !looptun_inject_capture(frame, record))
		outcome = LOOPTUN_GONE;
	if (outcome) {
		looptun_inject_discard(frame, record);
		return outcome;
	}
	/* Count it and tell, before the program can know of it. */
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_INJECTED_DATAGRAMS, 1);
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_INJECTED_BYTES, len);
	trace_inject(tunnel, frame->queue, len, 0);
	if (frame->known && frame->known->written) {
		written = frame->known->written;
		looptun_sent_publish(written->queue, written->record);
		/* It is the reader's from now on. */
		written->record = NULL;
	}
	looptun_ring_commit(frame->ring, record);
	looptun_file_wake_readers(frame->queue->file);
	return LOOPTUN_DONE;
}

/* Put the frame into the ring of its queue, if there is room. */
static enum looptun_outcome
looptun_inject_enqueue(struct looptun_inject_frame *frame,
		       struct iov_iter *from)
{
	struct looptun_record *record;

	if (!looptun_inject_get_ring(frame))
		return LOOPTUN_NO_MEMORY;
	record = looptun_queue_is_limited(frame->queue) ?
		 looptun_queue_reserve_limited(frame->queue, frame->ring, frame->len) :
		 looptun_ring_reserve(frame->ring, frame->len);
	/* The limited queue is full: tun drops it, unless that is to stop the sender. */
	if (record == ERR_PTR(-ENOBUFS) &&
	    !looptun_tunnel_has_backpressure(frame->tunnel))
		return looptun_inject_drop(frame, LOOPTUN_DROP_TXQUEUELEN);
	if (IS_ERR(record))
		return record == ERR_PTR(-EMSGSIZE) ? LOOPTUN_TOO_LONG :
						      LOOPTUN_NO_ROOM;
	/*
	 * A queue that is taken out says so before it gives up its ring: either
	 * this is seen here, or the ring is the one that was given up.
	 */
	if (looptun_queue_is_enabled(frame->queue))
		return looptun_inject_commit(frame, record, from);
	looptun_inject_discard(frame, record);
	return LOOPTUN_NO_ROOM;
}

/* There is no program for a frame. A tunnel loses its queues before it is dead. */
static enum looptun_outcome
looptun_inject_no_queue(struct looptun_inject_frame *frame)
{
	if (looptun_tunnel_is_dead(frame->tunnel))
		return LOOPTUN_GONE;
	return READ_ONCE(frame->tunnel->txqueuelen) ?
	       looptun_inject_drop(frame, LOOPTUN_DROP_NOBODY) :
	       LOOPTUN_NO_ROOM;
}

/* A socket buffer of it, for filter programs. */
static enum looptun_outcome
looptun_inject_make_skb(const struct looptun_inject_frame *frame,
			struct sk_buff **skb)
{
	*skb = looptun_filter_make_skb(frame->tunnel, frame->data, frame->whole, frame->proto);
	if (!IS_ERR(*skb))
		return LOOPTUN_DONE;
	return *skb == ERR_PTR(-EMSGSIZE) ? LOOPTUN_TOO_LONG : LOOPTUN_NO_MEMORY;
}

/* Past the filters of the queue, whole, if it has not passed them, and into its ring. */
static enum looptun_outcome
looptun_inject_filter(struct looptun_inject_frame *frame, struct iov_iter *from)
{
	enum looptun_outcome outcome;
	size_t kept = frame->whole;
	struct sk_buff *skb;

	if (frame->data && frame->filtered != frame->queue->serial) {
		if (READ_ONCE(frame->tunnel->filter.active)) {
			outcome = looptun_inject_make_skb(frame, &skb);
			if (outcome)
				return outcome;
			kept = looptun_filter_pass(frame->queue, skb);
			consume_skb(skb);
		}
		if (!kept)
			return looptun_inject_drop(frame, LOOPTUN_DROP_FILTER);
		frame->filtered = frame->queue->serial;
		frame->len = frame->vnet_len + kept;
	}
	return looptun_inject_enqueue(frame, from);
}

/* Try to; the frame holds its queue if there is one. */
static enum looptun_outcome
looptun_inject_try(struct looptun_inject_frame *frame, struct iov_iter *from)
{
	/* Each is asked once: the link may come up between two looks at it. */
	if (unlikely(!looptun_tunnel_is_up(frame->tunnel)))
		return frame->passed ?
		       looptun_inject_drop(frame, LOOPTUN_DROP_LINK) :
		       LOOPTUN_DOWN;
	/* As on the real device the frame is sent, and does not arrive. */
	if (unlikely(!looptun_tunnel_has_carrier(frame->tunnel)))
		return looptun_inject_drop(frame, LOOPTUN_DROP_CARRIER);
	if (!looptun_inject_get_queue(frame))
		return looptun_inject_no_queue(frame);
	return looptun_inject_filter(frame, from);
}

/* Is it an IP datagram, if it is to be one? The first byte of what is not read yet tells. */
static enum looptun_outcome
looptun_inject_peek(const struct looptun_inject_frame *frame, const struct iov_iter *from)
{
	struct iov_iter ahead;
	__be16 proto;
	u8 first;

	if (frame->kind != LOOPTUN_INJECT_DATAGRAM || frame->data)
		return LOOPTUN_DONE;
	ahead = *from;
	if (!copy_from_iter_full(&first, sizeof(first), &ahead))
		return LOOPTUN_BAD_ADDRESS;
	return looptun_frame_ip_proto(first, &proto) ? LOOPTUN_MALFORMED :
						       LOOPTUN_DONE;
}

/**
 * looptun_inject_send - put a frame into the ring when it has room
 * @frame: the frame
 * @from: what is not read of it yet
 *
 * Context: process; sleeps for room unless told not to, and on user memory.
 * Return: LOOPTUN_DONE, or why not.
 */
enum looptun_outcome looptun_inject_send(struct looptun_inject_frame *frame,
					 struct iov_iter *from)
{
	enum looptun_outcome outcome;

	if (frame->len > looptun_ring_max(frame->tunnel->ring_size))
		return LOOPTUN_TOO_LONG;

	do {
		outcome = looptun_inject_try(frame, from);
		if (outcome != LOOPTUN_NO_ROOM)
			return outcome;
		/* What can never go in shall not wait for room. */
		outcome = looptun_inject_peek(frame, from) ?: looptun_inject_wait(frame);
	} while (!outcome);
	return outcome;
}

/* What the queue is chosen by: a program's word, or the flow. */
static enum looptun_outcome looptun_inject_steer(struct looptun_inject_frame *frame)
{
	enum looptun_outcome outcome;
	struct sk_buff *skb;
	u16 word = 0;

	if (rcu_access_pointer(frame->tunnel->filter.steering)) {
		outcome = looptun_inject_make_skb(frame, &skb);
		if (outcome)
			return outcome;
		frame->steered = looptun_filter_steer(frame->tunnel, skb,
						      &word);
		consume_skb(skb);
	}
	frame->flow = frame->steered ? word :
		      looptun_frame_flow_hash(frame->tap, frame->data,
					      frame->whole);
	return LOOPTUN_DONE;
}

/**
 * looptun_inject_prepare - read a frame into memory of its own
 * @frame: the frame
 * @from: what is not read of it yet
 *
 * For all that look at it before it is in the ring: filters, rules, captures,
 * the choice of queue. Whatever it returns, looptun_inject_finish() follows.
 *
 * Context: process; may sleep, also on user memory.
 * Return: LOOPTUN_DONE, _MALFORMED, _BAD_ADDRESS, _TOO_LONG or _NO_MEMORY.
 */
enum looptun_outcome looptun_inject_prepare(struct looptun_inject_frame *frame,
					    struct iov_iter *from)
{
	size_t len = frame->len - frame->vnet_len;
	enum looptun_outcome outcome;

	/* A drop before it is looked up is to be of the queue it would go to. */
	looptun_inject_end(frame);
	if (frame->known)
		frame->comment = frame->known->comment;
	if (frame->len > looptun_ring_max(frame->tunnel->ring_size))
		return LOOPTUN_TOO_LONG;
	frame->data = kvmalloc(len, LOOPTUN_DATAGRAM_GFP);
	if (!frame->data)
		return LOOPTUN_NO_MEMORY;
	frame->whole = len;
	outcome = looptun_inject_fill(frame, frame->data, len, &frame->proto, from);
	if (!outcome && looptun_inject_has_choice(frame))
		outcome = looptun_inject_steer(frame);
	return outcome;
}

/**
 * looptun_inject_finish - be done with what looptun_inject_prepare() made
 * @frame: the frame
 */
void looptun_inject_finish(struct looptun_inject_frame *frame)
{
	kvfree(frame->data);
	frame->data = NULL;
	frame->comment = NULL;
	frame->filtered = 0;
	frame->steered = false;
}
