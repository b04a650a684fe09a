// SPDX-License-Identifier: GPL-2.0-only
/*
 * What captures are told of a frame on its way to the program: that it is there,
 * or that it will not be.
 */
#include <linux/errno.h>
#include <linux/skbuff.h>

#include "capture.h"
#include "far_frame.h"
#include "file.h"
#include "ring.h"
#include "trace.h"
#include "tunnel.h"

/*
 * Without a socket buffer it began before there was a capture. Where the queue
 * was not looked up yet it is the one that would have been.
 */
static int looptun_far_capture_drop(struct looptun_far_frame *frame,
				    enum looptun_drop reason)
{
	int queue;

	if (!frame->skb || !looptun_capture_on(frame->tunnel))
		return 0;
	queue = frame->file ? READ_ONCE(frame->file->ifindex) :
			      looptun_far_queue(frame);
	return looptun_capture_dropped(frame->tunnel, LOOPTUN_RX, queue,
				       frame->skb->data, frame->whole, reason,
				       frame->comment) ? 0 : -ENODEV;
}

/**
 * looptun_far_drop - a frame does not arrive, and the injector is not told
 * @frame: the frame
 * @reason: why
 *
 * Return: 0, or -ENODEV.
 */
int looptun_far_drop(struct looptun_far_frame *frame, enum looptun_drop reason)
{
	enum looptun_tunnel_counter counter = LOOPTUN_TUNNEL_INJECT_DROPPED;
	size_t len = frame->len - frame->vnet_len;

	if (reason == LOOPTUN_DROP_LINK)
		counter = LOOPTUN_TUNNEL_RX_DROPPED_LINK;
	else if (reason == LOOPTUN_DROP_CARRIER)
		counter = LOOPTUN_TUNNEL_RX_DROPPED_CARRIER;
	atomic64_inc(&frame->tunnel->counters[counter]);
	trace_drop(frame->tunnel, len, reason);
	return looptun_far_capture_drop(frame, reason);
}

/**
 * looptun_far_no_file - there is no program for a frame
 * @frame: the frame
 *
 * A tunnel loses its files before it is dead.
 *
 * Return: 0, -EAGAIN or -ENODEV.
 */
int looptun_far_no_file(struct looptun_far_frame *frame)
{
	if (looptun_tunnel_is_dead(frame->tunnel))
		return -ENODEV;
	return READ_ONCE(frame->tunnel->txqueuelen) ?
	       looptun_far_drop(frame, LOOPTUN_DROP_NOBODY) : -EAGAIN;
}

/**
 * looptun_far_no_place - the limited queue of its file is full
 * @frame: the frame
 *
 * tun drops it, unless that is to stop the sender.
 *
 * Return: 0, -EAGAIN or -ENODEV.
 */
int looptun_far_no_place(struct looptun_far_frame *frame)
{
	return looptun_tunnel_has_backpressure(frame->tunnel) ?
	       -EAGAIN : looptun_far_drop(frame, LOOPTUN_DROP_TXQUEUELEN);
}

/**
 * looptun_far_cut_off - a frame meets a link that is down, or has no carrier
 * @frame: the frame
 *
 * As on the real device: whoever sends to one that is down is told, by a packet
 * socket; without carrier the frame is sent and does not arrive.
 *
 * Return: 0, -ENETDOWN or -ENODEV.
 */
int looptun_far_cut_off(struct looptun_far_frame *frame)
{
	if (looptun_tunnel_is_up(frame->tunnel))
		return looptun_far_drop(frame, LOOPTUN_DROP_CARRIER);
	if (!frame->passed)
		return -ENETDOWN;
	return looptun_far_drop(frame, LOOPTUN_DROP_LINK);
}

/**
 * looptun_far_capture - let the captures have a frame, before the program can
 * @frame: the frame
 * @record: where it is
 *
 * Return: 0, or -ENODEV.
 */
int looptun_far_capture(const struct looptun_far_frame *frame,
			const struct looptun_record *record)
{
	const char *comment = frame->comment;

	/* Without a socket buffer it began before there was a capture. */
	if (!frame->skb && frame->known)
		comment = frame->known->comment;
	if (!comment && frame->skb && frame->skb->len < frame->whole)
		comment = "cut: filter";
	return looptun_capture_add(frame->tunnel, LOOPTUN_RX,
				   READ_ONCE(frame->file->ifindex),
				   record->data + frame->vnet_len,
				   frame->len - frame->vnet_len,
				   comment) ? 0 : -ENODEV;
}
