// SPDX-License-Identifier: GPL-2.0-only
/*
 * Injecting towards the program. Sleeps on the tunnel's far_wait; holds a
 * reference to a file while it uses its ring, for several frames if they come at
 * once, and never while it sleeps. A frame that several queues or a filter have a
 * say in is read into a socket buffer first; any other is copied straight into
 * the ring.
 */
#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/net_namespace.h>

#include "capture.h"
#include "far.h"
#include "far_frame.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "file.h"
#include "flow.h"
#include "frame.h"
#include "queue.h"
#include "ring.h"
#include "sent.h"
#include "trace.h"
#include "tunnel.h"
#include "vnet.h"

/* Apart: the clock's time is on the stack, which costs all others a stack guard. */
static noinline const struct looptun_slot *
looptun_far_choose_among(const struct looptun_far_frame *frame,
			 unsigned int queues)
{
	const struct looptun_tunnel *tunnel = frame->tunnel;

	if (frame->slot != &tunnel->all)
		return frame->slot;
	if (frame->steered)
		return &tunnel->slots[frame->flow % queues];
	return &tunnel->slots[looptun_flow_queue(tunnel->flows, frame->flow,
						 queues, ktime_get_coarse_ns())];
}

/* The queue for a frame, as things stand. */
static inline const struct looptun_slot *
looptun_far_choose(const struct looptun_far_frame *frame)
{
	unsigned int queues = READ_ONCE(frame->tunnel->numqueues);

	return queues < 2 ? frame->only :
			    looptun_far_choose_among(frame, queues);
}

/* Would the injector get on now, be it with an error? */
static bool looptun_far_can_go_on(const struct looptun_far_frame *frame)
{
	return looptun_tunnel_is_dead(frame->tunnel) ||
	       !looptun_tunnel_takes_frames(frame->tunnel) ||
	       looptun_far_slot_has_room(looptun_far_choose(frame), frame->len);
}

/**
 * looptun_far_await - wait for room, and take none
 * @frame: the frame
 * @flags: LOOPTUN_FAR_NONBLOCK
 *
 * Return: 0, -EAGAIN, -ERESTARTSYS, -ENODEV, -ENETDOWN.
 */
int looptun_far_await(struct looptun_far_frame *frame, unsigned int flags)
{
	int ret = 0;

	if (!looptun_far_can_go_on(frame)) {
		if (flags & LOOPTUN_FAR_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(frame->tunnel->far_wait,
					       looptun_far_can_go_on(frame));
	}
	if (looptun_tunnel_is_dead(frame->tunnel))
		return -ENODEV;
	if (!ret && !frame->passed && !looptun_tunnel_is_up(frame->tunnel))
		return -ENETDOWN;
	return ret;
}

/**
 * looptun_far_queue - number of the queue that a frame would go to now
 * @frame: the frame
 */
unsigned int looptun_far_queue(const struct looptun_far_frame *frame)
{
	return looptun_far_choose(frame) - frame->tunnel->slots;
}

/* A frame passes the filters of a queue once and whole, however long it waits. */
static bool looptun_far_filter(struct looptun_far_frame *frame)
{
	if (!frame->skb || frame->filtered == frame->file)
		return true;
	skb_put(frame->skb, frame->whole - frame->skb->len);
	if (!looptun_filter_pass(frame->tunnel, frame->file, frame->skb))
		return false;
	frame->filtered = frame->file;
	frame->len = frame->vnet_len + frame->skb->len;
	return true;
}

static void looptun_far_put_file(struct looptun_far_frame *frame)
{
	if (frame->file)
		looptun_file_put(frame->file);
	frame->file = NULL;
}

/* That of the frame before is kept if it is the one. */
static bool looptun_far_get_file(struct looptun_far_frame *frame)
{
	const struct looptun_slot *slot = looptun_far_choose(frame);

	if (frame->file) {
		if (rcu_access_pointer(slot->file) == frame->file)
			return true;
		looptun_file_put(frame->file);
	}
	frame->file = looptun_queue_get_file(slot);
	return frame->file;
}

/* Apart, as its framing is on the stack too. */
static noinline void looptun_far_copy_vnet(const struct looptun_far_frame *frame,
					   struct looptun_record *record)
{
	memcpy(record->data, &frame->vnet, sizeof(frame->vnet));
	record->vnet_len = frame->vnet_len;
	if (frame->skb && frame->skb->len < frame->whole)
		looptun_vnet_cut(looptun_tunnel_framing(frame->tunnel),
				 (void *)record->data, frame->skb->len);
}

/* Get the frame into its record. */
static int looptun_far_copy(const struct looptun_far_frame *frame,
			    struct looptun_record *record,
			    struct iov_iter *from)
{
	u8 *data = record->data + frame->vnet_len;

	if (frame->vnet_len)
		looptun_far_copy_vnet(frame, record);
	if (frame->skb) {
		memcpy(data, frame->skb->data, frame->skb->len);
		record->proto = frame->skb->protocol;
		return 0;
	}
	return looptun_far_fill(frame, data, record->len - frame->vnet_len,
				&record->proto, from);
}

/* It does not come out of this record: let it be. */
static noinline void looptun_far_discard(const struct looptun_far_frame *frame,
					 struct looptun_record *record)
{
	if (looptun_ring_discard(frame->file->rx, record))
		looptun_file_wake_readers(frame->file);
	looptun_tunnel_wake_far(frame->tunnel, EPOLLOUT | EPOLLWRNORM);
}

/* Put the frame into the room that was reserved for it. */
static int looptun_far_deliver(const struct looptun_far_frame *frame,
			       struct looptun_record *record,
			       struct iov_iter *from)
{
	struct looptun_tunnel *tunnel = frame->tunnel;
	struct looptun_file *file = frame->file;
	size_t len;
	int ret;

	ret = looptun_far_copy(frame, record, from);
	if (!ret && unlikely(looptun_capture_on(tunnel)))
		ret = looptun_far_capture(frame, record);
	if (ret) {
		looptun_far_discard(frame, record);
		return ret;
	}
	len = frame->len - frame->vnet_len;
	/* Count it and tell, before the program can know of it. */
	atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_INJECTED_DATAGRAMS]);
	atomic64_add(len, &tunnel->counters[LOOPTUN_TUNNEL_INJECTED_BYTES]);
	trace_inject(tunnel, file, len, 0);
	if (frame->known && frame->known->written)
		looptun_sent_commit(frame->known->written);
	/* One purged with its queue leaves room and no place. */
	if (!looptun_ring_commit(file->rx, record))
		looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
	looptun_file_wake_readers(file);
	return 0;
}

/* Put the frame into the ring of its file, if there is room. */
static int looptun_far_enqueue(const struct looptun_far_frame *frame,
			       struct iov_iter *from)
{
	struct looptun_file *file = frame->file;
	struct looptun_ring *ring = looptun_file_ring(file, &file->rx);
	struct looptun_record *record;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	record = looptun_ring_reserve(ring, frame->len);
	if (IS_ERR(record))
		return PTR_ERR(record);
	/* If it was taken out and purged since, this would come out later. */
	if (looptun_queue_is_enabled(file, frame->tunnel))
		return looptun_far_deliver(frame, record, from);
	looptun_far_discard(frame, record);
	return -EAGAIN;
}

/* Try to; the frame holds a reference to its file if there is one. */
static int looptun_far_try_send(struct looptun_far_frame *frame,
				struct iov_iter *from)
{
	int ret;

	if (unlikely(!looptun_tunnel_takes_frames(frame->tunnel)))
		return looptun_far_cut_off(frame);
	if (!looptun_far_get_file(frame))
		return looptun_far_no_file(frame);
	if (!looptun_far_filter(frame))
		return looptun_far_drop(frame, LOOPTUN_DROP_FILTER);
	if (looptun_file_is_limited(frame->file) &&
	    !looptun_file_txq_produce(frame->file,
				      looptun_tunnel_has_backpressure(frame->tunnel)))
		return looptun_far_no_place(frame);
	ret = looptun_far_enqueue(frame, from);
	if (ret)
		looptun_file_txq_unproduce(frame->file);
	return ret;
}

/* Apart: what sleeping needs on the stack is 8 instructions for all others. */
static noinline int looptun_far_wait(struct looptun_far_frame *frame,
				     const struct iov_iter *from,
				     unsigned int flags)
{
	/* What can never go in shall not wait for room. */
	int ret = looptun_far_peek(frame, from);

	if (ret || (flags & LOOPTUN_FAR_NONBLOCK))
		return ret ?: -EAGAIN;
	looptun_far_put_file(frame);
	return wait_event_interruptible(frame->tunnel->far_wait,
					looptun_far_can_go_on(frame));
}

static bool looptun_far_has_choice(const struct looptun_far_frame *frame)
{
	return READ_ONCE(frame->tunnel->numqueues) > 1 &&
	       frame->slot == &frame->tunnel->all;
}

/* A program's word, or the flow. */
static void looptun_far_steer(struct looptun_far_frame *frame)
{
	u16 word;

	frame->steered = looptun_filter_steer(frame->tunnel, frame->skb, &word);
	frame->flow = frame->steered ? word :
		      looptun_frame_flow_hash(frame->tap, frame->skb->data,
					      frame->skb->len);
}

static bool looptun_far_wants_skb(const struct looptun_far_frame *frame)
{
	return (looptun_tunnel_hooks(frame->tunnel) & ~BIT(LOOPTUN_HOOK_LOOPBACK)) ||
	       READ_ONCE(frame->tunnel->filter.active) ||
	       looptun_far_has_choice(frame);
}

/**
 * looptun_far_send_on - put a frame into the ring when it has room
 * @frame: the frame
 * @from: what is not read of it yet
 * @flags: LOOPTUN_FAR_NONBLOCK
 *
 * Return: 0 or an errno of looptun_far_inject().
 */
int looptun_far_send_on(struct looptun_far_frame *frame,
			struct iov_iter *from, unsigned int flags)
{
	int ret;

	if (!looptun_ring_fits(frame->tunnel->ring_size, frame->len))
		return -EMSGSIZE;

	do {
		ret = looptun_far_try_send(frame, from);
		if (ret != -EAGAIN)
			return ret;
		ret = looptun_far_wait(frame, from, flags);
	} while (!ret);
	return ret;
}

static int looptun_far_send_read(struct looptun_far_frame *frame,
				 struct iov_iter *from, unsigned int flags)
{
	int ret = looptun_far_read_skb(frame, from);

	if (ret)
		return ret;
	if (looptun_far_has_choice(frame))
		looptun_far_steer(frame);
	if (!(flags & LOOPTUN_FAR_NO_RULES) &&
	    looptun_fault_is_on(frame->tunnel))
		return looptun_far_send_by_rules(frame, from, flags);
	return looptun_far_send_on(frame, from, flags);
}

/* For all that have a say in it. */
static noinline int looptun_far_send_skb(struct looptun_far_frame *frame,
					 struct iov_iter *from,
					 unsigned int flags)
{
	int ret;

	/* A drop before it is looked up is to be of the queue it would go to. */
	looptun_far_put_file(frame);
	if (frame->known)
		frame->comment = frame->known->comment;
	ret = looptun_far_send_read(frame, from, flags);
	kfree_skb(frame->skb);
	frame->skb = NULL;
	frame->comment = NULL;
	frame->filtered = NULL;
	if (frame->net)
		put_net(frame->net);
	frame->net = NULL;
	return ret;
}

/* The frame is measured and @from is what remains of it to be read. */
static inline int looptun_far_send(struct looptun_far_frame *frame,
				   struct iov_iter *from, unsigned int flags)
{
	return looptun_far_wants_skb(frame) ?
	       looptun_far_send_skb(frame, from, flags) :
	       looptun_far_send_on(frame, from, flags);
}

/**
 * looptun_far_inject - send one datagram towards the program
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @from: all of the datagram
 * @kind: what @from holds
 * @flags: LOOPTUN_FAR_NONBLOCK
 *
 * A datagram that a filter or a limited queue drops counts as sent, as it does
 * for whoever sends it on the real device.
 *
 * Context: process; sleeps for room unless told not to, and on user memory.
 * Return: the length of @from; -EINVAL for no datagram, -EMSGSIZE for one that
 * the ring can never hold, -EAGAIN, -ERESTARTSYS, -EFAULT, -ENOMEM, -ENODEV,
 * -ENETDOWN.
 */
ssize_t looptun_far_inject(const struct looptun_slot *slot,
			   struct iov_iter *from, enum looptun_far_kind kind,
			   unsigned int flags)
{
	struct looptun_far_frame frame = looptun_far_frame(slot, kind);
	size_t count = iov_iter_count(from);
	int ret = 0;

	if (looptun_tunnel_is_dead(frame.tunnel))
		return -ENODEV;
	if (kind == LOOPTUN_FAR_VNET)
		ret = looptun_far_read_vnet(&frame, from);
	ret = ret ?:
	      looptun_far_measure(&frame, iov_iter_count(from)) ?:
	      looptun_far_send(&frame, from, flags);
	looptun_far_put_file(&frame);
	return ret ?: count;
}

static inline int looptun_far_pass_known(struct looptun_far_frame *frame,
					 const struct looptun_datagram *datagram,
					 unsigned int flags)
{
	frame->known = datagram;
	frame->vnet_len = datagram->vnet_len;
	if (frame->vnet_len)
		frame->vnet = datagram->vnet;
	frame->len = frame->vnet_len + datagram->len;
	/* Rules may have cut it to less than a frame has. */
	if (looptun_far_is_short(frame, datagram->len) &&
	    !(flags & LOOPTUN_FAR_NO_RULES))
		return -EINVAL;
	return looptun_far_send(frame, NULL, flags);
}

/**
 * looptun_far_pass_next - looptun_far_pass() where more are to come
 * @frame: from looptun_far_frame(), of LOOPTUN_FAR_KNOWN
 * @datagram: the datagram; not changed
 * @flags: LOOPTUN_FAR_NONBLOCK, LOOPTUN_FAR_NO_RULES
 *
 * The frame, and the reference to its file, last for all of them.
 *
 * Context: process; sleeps for room unless told not to.
 * Return: 0, or an errno of looptun_far_inject().
 */
int looptun_far_pass_next(struct looptun_far_frame *frame,
			  const struct looptun_datagram *datagram,
			  unsigned int flags)
{
	return looptun_far_pass_known(frame, datagram, flags);
}

/**
 * looptun_far_end - there are no more datagrams
 * @frame: the frame
 *
 * Context: process; may sleep.
 */
void looptun_far_end(struct looptun_far_frame *frame)
{
	looptun_far_put_file(frame);
}

/**
 * looptun_far_pass - send a datagram in kernel memory towards the program
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @datagram: the datagram; not changed
 * @flags: LOOPTUN_FAR_NONBLOCK, LOOPTUN_FAR_NO_RULES
 *
 * For what comes from no injector: loopback, what was delayed.
 *
 * Context: process; sleeps for room unless told not to.
 * Return: 0, LOOPTUN_FAR_REFUSED, or an errno of looptun_far_inject().
 */
int looptun_far_pass(const struct looptun_slot *slot,
		     const struct looptun_datagram *datagram,
		     unsigned int flags)
{
	struct looptun_far_frame frame =
		looptun_far_frame(slot, LOOPTUN_FAR_KNOWN);
	int ret;

	frame.passed = true;
	ret = looptun_far_pass_known(&frame, datagram, flags);
	looptun_far_put_file(&frame);
	return ret;
}
