// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame on its way to the program that rules have a say in. They are asked
 * once there is room for it: a write that has to be tried again is none for
 * them.
 */
#include <linux/ktime.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "inject_frame.h"

/* Its queue may be gone; the first is waited for, as by an injector. */
static bool looptun_inject_slot_is_gone(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;

	return slot != &tunnel->all && slot != &tunnel->slots[0] &&
	       slot - tunnel->slots >= READ_ONCE(tunnel->numqueues);
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

static enum looptun_outcome
looptun_inject_deliver_held(const struct looptun_held *held)
{
	if (looptun_inject_slot_is_gone(held->slot))
		return LOOPTUN_GONE;
	return looptun_inject_deliver(held->slot, &held->datagram);
}

static void looptun_inject_hold(const struct looptun_slot *slot,
				const struct looptun_datagram *datagram,
				u64 release, u64 reorder)
{
	looptun_delay_hold(slot->tunnel, LOOPTUN_RX, datagram,
			   &(struct looptun_delay_order) {
		.slot = slot,
		.deliver = looptun_inject_deliver_held,
		.release = release,
		.reorder = reorder,
	});
}

/* Once more the same; one that finds no room comes when there is some. */
static void looptun_inject_copies(const struct looptun_inject_frame *frame,
				  const struct looptun_datagram *datagram,
				  unsigned int copies)
{
	enum looptun_outcome outcome;

	while (copies--) {
		outcome = looptun_inject_deliver(frame->slot, datagram);
		if (outcome == LOOPTUN_NO_ROOM)
			looptun_inject_hold(frame->slot, datagram,
					    ktime_get_ns(), 0);
		else if (outcome)
			looptun_delay_lost(frame->tunnel, LOOPTUN_RX,
					   looptun_inject_index(frame),
					   datagram);
	}
}

/* What is left of the frame, which is all that anybody sees from here on. */
static void looptun_inject_cut(struct looptun_inject_frame *frame, size_t len)
{
	frame->whole = len;
	frame->len = frame->vnet_len + len;
}

static enum looptun_outcome
looptun_inject_obey(struct looptun_inject_frame *frame,
		    struct looptun_datagram *datagram,
		    const struct looptun_fault_verdict *verdict)
{
	unsigned int copies = verdict->copies;
	enum looptun_outcome outcome;

	if (verdict->comment[0])
		frame->comment = verdict->comment;
	datagram->comment = frame->comment;
	if (verdict->error) {
		looptun_capture_refused(frame->tunnel, LOOPTUN_RX,
					looptun_inject_index(frame), datagram,
					verdict->error);
		frame->error = verdict->error;
		return LOOPTUN_REFUSED;
	}
	if (verdict->drop)
		return looptun_inject_drop(frame, verdict->reason);
	looptun_inject_cut(frame, verdict->len);
	datagram->len = verdict->len;
	if (verdict->held) {
		do {
			looptun_inject_hold(frame->slot, datagram,
					    verdict->release, verdict->reorder);
		} while (copies--);
		return LOOPTUN_DONE;
	}
	outcome = looptun_inject_send(frame, NULL);
	/* Another has taken the room; to try again would be to ask again. */
	if (outcome == LOOPTUN_NO_ROOM || outcome == LOOPTUN_INTERRUPTED) {
		looptun_inject_hold(frame->slot, datagram, ktime_get_ns(), 0);
		outcome = LOOPTUN_DONE;
	}
	if (!outcome)
		looptun_inject_copies(frame, datagram, copies);
	return outcome;
}

/**
 * looptun_inject_by_rules - ask the rules about a frame and do as they say
 * @frame: the frame, in memory of its own
 *
 * Context: process; sleeps for room unless told not to.
 * Return: LOOPTUN_DONE, also where the frame is lost or held back;
 * LOOPTUN_REFUSED, with frame->error; or why it does not go on.
 */
enum looptun_outcome looptun_inject_by_rules(struct looptun_inject_frame *frame)
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

	outcome = looptun_inject_await(frame);
	if (outcome)
		return outcome;
	looptun_fault_judge(tunnel, LOOPTUN_RX, looptun_inject_index(frame),
			    &datagram, &verdict);
	outcome = looptun_inject_obey(frame, &datagram, &verdict);
	looptun_delay_passed(tunnel, LOOPTUN_RX);
	return outcome;
}
