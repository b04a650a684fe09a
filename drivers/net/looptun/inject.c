// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where what goes towards the program comes in: it is measured, read for who
 * looks at it, judged by rules, and sent on to a queue. What became of it is an
 * errno from here on.
 *
 * Rules are asked once there is room for a frame: a write that has to be tried
 * again is none for them.
 */
#include <linux/errno.h>
#include <linux/uio.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "inject.h"
#include "line.h"

/* Its queue may be gone; the first is waited for, as by an injector. */
static bool looptun_inject_slot_is_gone(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;

	return slot != &tunnel->all && slot != &tunnel->slots[0] &&
	       slot - tunnel->slots >= READ_ONCE(tunnel->numqueues);
}

/* Does anybody look at a frame before it is in a ring? */
static bool looptun_inject_is_watched(const struct looptun_inject_frame *frame)
{
	return (looptun_tunnel_hooks(frame->tunnel) & ~BIT(LOOPTUN_HOOK_LOOPBACK)) ||
	       READ_ONCE(frame->tunnel->filter.active) ||
	       looptun_inject_has_choice(frame);
}

/* See what is to be sent of a datagram in kernel memory, which outlives the frame. */
static void looptun_inject_know(struct looptun_inject_frame *frame,
				const struct looptun_datagram *datagram)
{
	frame->known = datagram;
	frame->vnet_len = datagram->vnet_len;
	if (frame->vnet_len)
		frame->vnet = datagram->vnet;
	frame->len = frame->vnet_len + datagram->len;
}

/* Send a datagram that rules have let pass: a copy, or what was delayed. */
static enum looptun_outcome
looptun_inject_deliver(const struct looptun_slot *slot,
		       const struct looptun_datagram *datagram)
{
	struct looptun_inject_frame frame =
		looptun_inject_frame(slot, LOOPTUN_INJECT_KNOWN, true);
	enum looptun_outcome outcome = LOOPTUN_DONE;

	frame.passed = true;
	looptun_inject_know(&frame, datagram);
	if (looptun_inject_is_watched(&frame))
		outcome = looptun_inject_prepare(&frame, NULL);
	if (!outcome)
		outcome = looptun_inject_send(&frame, NULL);
	looptun_inject_finish(&frame);
	looptun_inject_end(&frame);
	return outcome;
}

static bool looptun_inject_deliver_held(const struct looptun_held *held)
{
	return looptun_delay_is_done(held, looptun_inject_slot_is_gone(held->slot) ?
				     LOOPTUN_GONE :
				     looptun_inject_deliver(held->slot, &held->datagram));
}

static void looptun_inject_hold(const struct looptun_slot *slot,
				const struct looptun_datagram *datagram,
				const struct looptun_fault_verdict *verdict)
{
	looptun_delay_hold(datagram, &(struct looptun_held) {
		.tunnel = slot->tunnel,
		.slot = slot,
		.deliver = looptun_inject_deliver_held,
		.release = verdict->said.release,
		.reorder = verdict->said.reorder,
		.clears = verdict->clears,
	});
}

/* Once more the same; one that finds no room comes when there is some. */
static void looptun_inject_copies(const struct looptun_inject_frame *frame,
				  const struct looptun_datagram *datagram,
				  const struct looptun_fault_verdict *verdict)
{
	unsigned int copies = verdict->said.copies;
	enum looptun_outcome outcome;

	while (copies--) {
		outcome = looptun_inject_deliver(frame->slot, datagram);
		if (outcome == LOOPTUN_NO_ROOM)
			looptun_inject_hold(frame->slot, datagram, verdict);
		else if (outcome)
			looptun_delay_lost(frame->tunnel, LOOPTUN_RX,
					   looptun_inject_index(frame),
					   datagram);
	}
}

static enum looptun_outcome
looptun_inject_obey(struct looptun_inject_frame *frame,
		    struct looptun_datagram *datagram,
		    const struct looptun_fault_verdict *verdict)
{
	unsigned int copies = verdict->said.copies;
	enum looptun_outcome outcome;

	if (verdict->comment[0])
		frame->comment = verdict->comment;
	datagram->comment = frame->comment;
	if (verdict->said.error) {
		frame->error = -verdict->said.error;
		looptun_capture_refused(frame->tunnel, LOOPTUN_RX,
					looptun_inject_index(frame), datagram,
					frame->error);
		return LOOPTUN_REFUSED;
	}
	if (verdict->said.drop)
		return looptun_inject_drop(frame, verdict->reason);
	/* What is left of it is all that anybody sees from here on. */
	frame->whole = verdict->said.len;
	frame->len = frame->vnet_len + verdict->said.len;
	datagram->len = verdict->said.len;
	if (verdict->held) {
		do {
			looptun_inject_hold(frame->slot, datagram, verdict);
		} while (copies--);
		return LOOPTUN_DONE;
	}
	outcome = looptun_inject_send(frame, NULL);
	/* Another has taken the room; to try again would be to ask again. */
	if (outcome == LOOPTUN_NO_ROOM || outcome == LOOPTUN_INTERRUPTED) {
		looptun_inject_hold(frame->slot, datagram, verdict);
		outcome = LOOPTUN_DONE;
	}
	if (!outcome)
		looptun_inject_copies(frame, datagram, verdict);
	return outcome;
}

/* Ask the rules about a frame in memory of its own, and do as they say. */
static enum looptun_outcome
looptun_inject_by_rules(struct looptun_inject_frame *frame)
{
	struct looptun_datagram datagram = {
		.data = frame->data,
		.len = frame->whole,
		.proto = frame->proto,
		.vnet_len = frame->vnet_len,
		.vnet = frame->vnet,
	};
	struct looptun_tunnel *tunnel = frame->tunnel;
	struct looptun_fault_verdict verdict;
	enum looptun_outcome outcome;

	outcome = looptun_inject_await(frame) ?:
		  looptun_fault_judge(tunnel, LOOPTUN_RX,
				      looptun_inject_index(frame), &datagram,
				      &verdict);
	if (outcome)
		return outcome;
	outcome = looptun_inject_obey(frame, &datagram, &verdict);
	/* It was the verdict's. */
	frame->comment = NULL;
	looptun_delay_passed(tunnel, LOOPTUN_RX);
	return outcome;
}

/* The largest IP datagram, its Ethernet header, and a virtio-net header. */
#define LOOPTUN_INJECT_LARGEST	(65535 + ETH_HLEN + sizeof(struct virtio_net_hdr))

/**
 * looptun_inject_errno - what an injector is told
 * @frame: the frame
 * @outcome: what became of it
 */
int looptun_inject_errno(const struct looptun_inject_frame *frame,
			 enum looptun_outcome outcome)
{
	static const int errnos[] = {
		[LOOPTUN_NO_ROOM] = -EAGAIN,
		[LOOPTUN_TOO_LONG] = -EMSGSIZE,
		[LOOPTUN_MALFORMED] = -EINVAL,
		[LOOPTUN_BAD_ADDRESS] = -EFAULT,
		[LOOPTUN_NO_MEMORY] = -ENOMEM,
		[LOOPTUN_INTERRUPTED] = -ERESTARTSYS,
		[LOOPTUN_DOWN] = -ENETDOWN,
		[LOOPTUN_GONE] = -ENODEV,
	};

	return outcome == LOOPTUN_REFUSED ? frame->error : errnos[outcome];
}

/* The same for all that look at it before it is in a ring. */
static enum looptun_outcome
looptun_inject_watched(struct looptun_inject_frame *frame,
		       struct iov_iter *from)
{
	enum looptun_outcome outcome = looptun_inject_prepare(frame, from);

	if (!outcome)
		outcome = looptun_fault_is_on(frame->tunnel) ?
			  looptun_inject_by_rules(frame) :
			  looptun_inject_send(frame, from);
	looptun_inject_finish(frame);
	return outcome;
}

/* The frame is measured and @from is what remains of it to be read. */
static inline enum looptun_outcome
looptun_inject_go(struct looptun_inject_frame *frame, struct iov_iter *from)
{
	return looptun_inject_is_watched(frame) ?
	       looptun_inject_watched(frame, from) :
	       looptun_inject_send(frame, from);
}

/* Read the virtio-net header. Past what is known of it there is nothing to use. */
static enum looptun_outcome
looptun_inject_read_vnet(struct looptun_inject_frame *frame, struct iov_iter *from)
{
	size_t size = looptun_tunnel_framing(frame->tunnel).vnet_hdr_sz;

	if (!size || iov_iter_count(from) < size)
		return LOOPTUN_MALFORMED;
	frame->vnet_len = sizeof(frame->vnet);
	if (!copy_from_iter_full(&frame->vnet, frame->vnet_len, from))
		return LOOPTUN_BAD_ADDRESS;
	iov_iter_advance(from, size - frame->vnet_len);
	return LOOPTUN_DONE;
}

/* See what is to be made of @count bytes, the virtio-net header read. */
static enum looptun_outcome
looptun_inject_measure(struct looptun_inject_frame *frame, size_t count)
{
	if (frame->kind == LOOPTUN_INJECT_DATAGRAM) {
		if (!count)
			return LOOPTUN_MALFORMED;
		if (frame->tap)
			frame->ether_len = ETH_HLEN;
	} else if (looptun_inject_is_short(frame, count)) {
		return LOOPTUN_MALFORMED;
	}
	frame->len = frame->vnet_len + frame->ether_len + count;
	return LOOPTUN_DONE;
}

/* What should have come, for the log. */
static const char *looptun_inject_expected(const struct looptun_inject_frame *frame,
					   enum looptun_outcome outcome)
{
	if (outcome == LOOPTUN_TOO_LONG)
		return "no more than a ring, or the buffer of a filter, can hold";
	if (frame->kind == LOOPTUN_INJECT_VNET)
		return "a virtio-net header that fits, and a datagram behind it";
	if (!frame->tap)
		return "a datagram of at least one byte";
	return frame->kind == LOOPTUN_INJECT_DATAGRAM ?
	       "an IPv4 or IPv6 datagram" : "a frame of at least 14 bytes";
}

/**
 * looptun_inject - send one datagram towards the program
 * @iocb: the write, on a file that is of a slot: a queue of a tunnel that it holds,
 *	or its all
 * @from: all of the datagram
 * @kind: what @from holds
 * @file: the control file that it was written to, for the log; or NULL
 *
 * A datagram that a filter or a limited queue drops counts as sent, as it does
 * for whoever sends it on the real device.
 *
 * Context: process; sleeps for room unless told not to, and on user memory.
 * Return: the length of @from; -EINVAL for no datagram, -EMSGSIZE for one that
 * the ring can never hold, -EAGAIN, -ERESTARTSYS, -EFAULT, -ENOMEM, -ENODEV,
 * -ENETDOWN, or the errno of a rule.
 */
ssize_t looptun_inject(struct kiocb *iocb, struct iov_iter *from,
		       enum looptun_inject_kind kind, const char *file)
{
	struct looptun_inject_frame frame =
		looptun_inject_frame(iocb->ki_filp->private_data, kind,
				     looptun_file_nonblock(iocb));
	enum looptun_outcome outcome = LOOPTUN_DONE;
	size_t count = iov_iter_count(from);

	if (looptun_tunnel_is_dead(frame.tunnel))
		return -ENODEV;
	if (kind == LOOPTUN_INJECT_VNET)
		outcome = looptun_inject_read_vnet(&frame, from);
	if (!outcome)
		outcome = looptun_inject_measure(&frame, iov_iter_count(from));
	if (!outcome)
		outcome = looptun_inject_go(&frame, from);
	looptun_inject_end(&frame);
	if (likely(!outcome))
		return count;
	if (file && (outcome == LOOPTUN_MALFORMED || outcome == LOOPTUN_TOO_LONG))
		looptun_line_refuse_datagram(frame.tunnel, file, count,
					     looptun_inject_expected(&frame, outcome));
	return looptun_inject_errno(&frame, outcome);
}

/**
 * looptun_inject_next - send a datagram in kernel memory, where more are to come
 * @frame: from looptun_inject_frame(), of LOOPTUN_INJECT_KNOWN
 * @datagram: the datagram; not changed
 *
 * The frame, and the queue that it holds, last for all of them, until
 * looptun_inject_end().
 *
 * Context: process; sleeps for room unless told not to.
 * Return: LOOPTUN_DONE, or why not.
 */
enum looptun_outcome looptun_inject_next(struct looptun_inject_frame *frame,
					 const struct looptun_datagram *datagram)
{
	looptun_inject_know(frame, datagram);
	if (looptun_inject_is_short(frame, datagram->len))
		return LOOPTUN_MALFORMED;
	return looptun_inject_go(frame, NULL);
}

/**
 * looptun_inject_pass - send a datagram that comes from no injector
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @datagram: the datagram; not changed
 *
 * For the loopback.
 *
 * Context: process; may sleep, does not wait for room.
 * Return: LOOPTUN_DONE, or why not.
 */
enum looptun_outcome looptun_inject_pass(const struct looptun_slot *slot,
					 const struct looptun_datagram *datagram)
{
	struct looptun_inject_frame frame =
		looptun_inject_frame(slot, LOOPTUN_INJECT_KNOWN, true);
	enum looptun_outcome outcome;

	frame.passed = true;
	outcome = looptun_inject_next(&frame, datagram);
	looptun_inject_end(&frame);
	return outcome;
}

/* Is there room for the largest in the queue asked for, or in all there are? */
static bool looptun_inject_has_room(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;
	unsigned int i = 0;

	if (slot != &tunnel->all)
		return looptun_queue_slot_has_room(slot, LOOPTUN_INJECT_LARGEST);
	do {
		if (!looptun_queue_slot_has_room(&tunnel->slots[i], LOOPTUN_INJECT_LARGEST))
			return false;
	} while (++i < READ_ONCE(tunnel->numqueues));
	return true;
}

/**
 * looptun_inject_poll - poll for room
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @filp: the file polled
 * @wait: poll table
 *
 * Room is room for the largest IP datagram in every queue that it may go to, or
 * all of a ring too small for it, so that a write after the poll does not get
 * -EAGAIN.
 */
__poll_t looptun_inject_poll(const struct looptun_slot *slot,
			     struct file *filp, poll_table *wait)
{
	struct looptun_tunnel *tunnel = slot->tunnel;

	poll_wait(filp, &tunnel->test_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		return EPOLLERR | EPOLLHUP;
	if (!looptun_tunnel_takes_frames(tunnel) ||
	    looptun_inject_has_room(slot))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}
