// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame on its way to the program that rules have a say in. They are asked
 * once there is room for it: a write that has to be tried again is none for
 * them.
 */
#include <linux/ktime.h>
#include <linux/skbuff.h>

#include "capture.h"
#include "delay.h"
#include "far_frame.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "tunnel.h"

/* Its queue may be gone; the first is waited for, as by an injector. */
static bool looptun_far_slot_is_gone(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;

	return slot != &tunnel->all && slot != &tunnel->slots[0] &&
	       slot - tunnel->slots >= READ_ONCE(tunnel->numqueues);
}

static int looptun_far_deliver_held(const struct looptun_held *held,
				    struct looptun_file *file, bool nonblock)
{
	if (looptun_far_slot_is_gone(held->slot)) {
		looptun_delay_lost(held->tunnel, LOOPTUN_RX,
				   held->slot - held->tunnel->slots,
				   &held->datagram);
		return 0;
	}
	return looptun_far_pass(held->slot, &held->datagram,
				LOOPTUN_FAR_NO_RULES |
				(nonblock ? LOOPTUN_FAR_NONBLOCK : 0));
}

static void looptun_far_hold(const struct looptun_slot *slot,
			     const struct looptun_datagram *datagram,
			     u64 release, u64 reorder)
{
	looptun_delay_hold(slot->tunnel, LOOPTUN_RX, datagram,
			   &(struct looptun_delay_order) {
		.slot = slot,
		.deliver = looptun_far_deliver_held,
		.release = release,
		.reorder = reorder,
	});
}

/* Once more the same; one that finds no room comes when there is some. */
static void looptun_far_send_copy(const struct looptun_slot *slot,
				  const struct looptun_datagram *datagram,
				  unsigned int flags)
{
	int ret = looptun_far_pass(slot, datagram, flags | LOOPTUN_FAR_NO_RULES);

	if (ret == -EAGAIN || ret == -ERESTARTSYS)
		looptun_far_hold(slot, datagram, ktime_get_ns(), 0);
}

/* What is left of the frame, which is all that anybody sees from here on. */
static void looptun_far_cut(struct looptun_far_frame *frame, size_t len)
{
	skb_trim(frame->skb, len);
	frame->whole = len;
	frame->len = frame->vnet_len + len;
}

static int looptun_far_obey(struct looptun_far_frame *frame,
			    struct iov_iter *from, unsigned int flags,
			    struct looptun_datagram *datagram,
			    const struct looptun_fault_verdict *verdict)
{
	unsigned int copies = verdict->copies;
	int ret;

	if (verdict->comment[0])
		frame->comment = verdict->comment;
	datagram->comment = frame->comment;
	if (verdict->error) {
		looptun_capture_refused(frame->tunnel, LOOPTUN_RX,
					looptun_far_queue(frame), datagram,
					verdict->error);
		return frame->passed ? LOOPTUN_FAR_REFUSED : verdict->error;
	}
	if (verdict->drop) {
		if (verdict->reason == LOOPTUN_DROP_HELD_FULL)
			atomic64_inc(&frame->tunnel->counters[LOOPTUN_TUNNEL_HELD_DROPPED]);
		return looptun_far_drop(frame, verdict->reason);
	}
	looptun_far_cut(frame, verdict->len);
	datagram->len = verdict->len;
	if (verdict->held) {
		do {
			looptun_far_hold(frame->slot, datagram,
					 verdict->release, verdict->reorder);
		} while (copies--);
		return 0;
	}
	ret = looptun_far_send_on(frame, from, flags);
	while (!ret && copies--)
		looptun_far_send_copy(frame->slot, datagram, flags);
	return ret;
}

/**
 * looptun_far_send_by_rules - ask the rules about a frame and do as they say
 * @frame: the frame, in a socket buffer
 * @from: what was read of it, nothing is left
 * @flags: LOOPTUN_FAR_NONBLOCK
 *
 * Return: 0, also where the frame is lost or held back; minus the errno of a
 * rule; or an errno of looptun_far_inject().
 */
int looptun_far_send_by_rules(struct looptun_far_frame *frame,
			      struct iov_iter *from, unsigned int flags)
{
	struct looptun_datagram datagram = {
		.data = frame->skb->data,
		.len = frame->skb->len,
		.proto = frame->skb->protocol,
		.vnet_len = frame->vnet_len,
		.vnet = frame->vnet,
	};
	struct looptun_tunnel *tunnel = frame->tunnel;
	struct looptun_fault_verdict verdict;
	int ret = looptun_far_await(frame, flags);

	if (ret)
		return ret;
	looptun_fault_judge(tunnel, LOOPTUN_RX, looptun_far_queue(frame),
			    &datagram, &verdict);
	ret = looptun_far_obey(frame, from, flags, &datagram, &verdict);
	looptun_delay_passed(tunnel, LOOPTUN_RX, flags & LOOPTUN_FAR_NONBLOCK);
	return ret;
}
