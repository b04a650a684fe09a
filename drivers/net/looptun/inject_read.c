// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what is injected, for all that look at it before it is in a ring.
 */
#include <linux/mm.h>
#include <linux/uio.h>

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
