// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what is injected, for all that look at it before it is in a ring, and
 * having filter programs look.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/uio.h>

#include "filter.h"
#include "inject_frame.h"

/**
 * looptun_inject_read_vnet - read the virtio-net header
 * @frame: the frame
 * @from: where it begins
 *
 * Past what is known of the header there is nothing to use.
 *
 * Return: LOOPTUN_DONE, _MALFORMED or _BAD_ADDRESS.
 */
enum looptun_outcome looptun_inject_read_vnet(struct looptun_inject_frame *frame,
					      struct iov_iter *from)
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

/**
 * looptun_inject_read - read the frame into memory of its own
 * @frame: the frame
 * @from: what is read
 *
 * For all that look at it before it is in the ring: filters, rules, captures,
 * the choice of queue.
 *
 * Context: process; may sleep, also on user memory.
 * Return: LOOPTUN_DONE, _MALFORMED, _BAD_ADDRESS, _TOO_LONG or _NO_MEMORY.
 */
enum looptun_outcome looptun_inject_read(struct looptun_inject_frame *frame,
					 struct iov_iter *from)
{
	size_t len = frame->len - frame->vnet_len;

	if (!looptun_ring_fits(frame->tunnel->ring_size, frame->len))
		return LOOPTUN_TOO_LONG;
	frame->data = kvmalloc(len, GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				    __GFP_RETRY_MAYFAIL);
	if (!frame->data)
		return LOOPTUN_NO_MEMORY;
	frame->whole = len;
	return looptun_inject_fill(frame, frame->data, len, &frame->proto,
				   from);
}

/* For filter programs, who want a socket buffer. */
static enum looptun_outcome
looptun_inject_make_skb(const struct looptun_inject_frame *frame,
			struct sk_buff **skb)
{
	*skb = looptun_filter_make_skb(frame->tunnel, frame->data,
				       frame->whole, frame->proto);
	if (!IS_ERR(*skb))
		return LOOPTUN_DONE;
	return *skb == ERR_PTR(-EMSGSIZE) ? LOOPTUN_TOO_LONG :
					    LOOPTUN_NO_MEMORY;
}

/**
 * looptun_inject_filter - run the filters of its queue on a frame, whole
 * @frame: the frame, read
 * @kept: for how many bytes they leave of it, 0 if it is to be dropped
 *
 * Return: LOOPTUN_DONE, _NO_MEMORY or _TOO_LONG.
 */
enum looptun_outcome looptun_inject_filter(struct looptun_inject_frame *frame,
					   size_t *kept)
{
	enum looptun_outcome outcome;
	struct sk_buff *skb;

	*kept = frame->whole;
	if (!READ_ONCE(frame->tunnel->filter.active))
		return LOOPTUN_DONE;
	outcome = looptun_inject_make_skb(frame, &skb);
	if (outcome)
		return outcome;
	*kept = looptun_filter_pass(frame->queue, skb);
	kfree_skb(skb);
	return LOOPTUN_DONE;
}

/**
 * looptun_inject_steer - work out what the queue is chosen by
 * @frame: the frame, read
 *
 * A program's word, or the flow.
 *
 * Return: LOOPTUN_DONE, _NO_MEMORY or _TOO_LONG.
 */
enum looptun_outcome looptun_inject_steer(struct looptun_inject_frame *frame)
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
		kfree_skb(skb);
	}
	frame->flow = frame->steered ? word :
		      looptun_frame_flow_hash(frame->tap, frame->data,
					      frame->whole);
	return LOOPTUN_DONE;
}

/**
 * looptun_inject_peek - look at the first byte of what is not read yet
 * @frame: the frame
 * @from: what is not read yet
 *
 * Return: LOOPTUN_DONE, _MALFORMED if it is to be an IP datagram and is none, or
 * _BAD_ADDRESS.
 */
enum looptun_outcome looptun_inject_peek(const struct looptun_inject_frame *frame,
					 const struct iov_iter *from)
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
