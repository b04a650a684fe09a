/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame on its way to the program, for far.c, far_frame.c, which reads it,
 * far_rules.c, which does with it as rules say, and who sends many.
 */
#ifndef LOOPTUN_FAR_FRAME_H
#define LOOPTUN_FAR_FRAME_H

#include <linux/if_ether.h>
#include <linux/virtio_net.h>

#include "copy.h"
#include "datagram.h"
#include "far.h"
#include "frame.h"
#include "tunnel.h"

struct iov_iter;
struct looptun_file;
struct looptun_record;
struct net;
struct sk_buff;

/**
 * struct looptun_far_frame - a frame on its way to the program, and the next
 * @tunnel: the tunnel, referenced by the caller
 * @slot: the queue asked for, or &tunnel->all
 * @only: @slot, or the first queue, which it is if there is but one
 * @kind: what the injector handed over
 * @tap: the tunnel's mode
 * @ether_len: bytes of Ethernet header to make
 * @vnet_len: bytes of @vnet to deliver, 0 without one
 * @vnet: virtio-net header
 * @len: bytes of all that goes into the ring
 * @known: for LOOPTUN_FAR_KNOWN, what it is
 * @skb: the frame, if it is read already, as the filters left it
 * @whole: bytes of it before them
 * @comment: for captures, what has been done to it, or NULL; with @skb
 * @filtered: the queue whose filters it has passed; not referenced
 * @net: network namespace of @skb's device, referenced
 * @passed: from looptun_far_pass(): there is nobody to be told of an errno
 * @flow: which queue, where there is a choice: a hash or a program's word
 * @steered: @flow is a program's word
 * @file: the queue chosen, referenced; or that of the frame before, or NULL
 */
struct looptun_far_frame {
	struct looptun_tunnel *tunnel;
	const struct looptun_slot *slot;
	const struct looptun_slot *only;
	enum looptun_far_kind kind;
	bool tap;
	u8 ether_len;
	u8 vnet_len;
	struct virtio_net_hdr vnet;
	size_t len;
	const struct looptun_datagram *known;

	struct sk_buff *skb;
	size_t whole;
	const char *comment;
	const struct looptun_file *filtered;
	struct net *net;
	bool passed;
	u32 flow;
	bool steered;

	struct looptun_file *file;
};

bool looptun_far_slot_has_room(const struct looptun_slot *slot, size_t len);

int looptun_far_await(struct looptun_far_frame *frame, unsigned int flags);
unsigned int looptun_far_queue(const struct looptun_far_frame *frame);
int looptun_far_drop(struct looptun_far_frame *frame, enum looptun_drop reason);
int looptun_far_no_file(struct looptun_far_frame *frame);
int looptun_far_no_place(struct looptun_far_frame *frame);
int looptun_far_cut_off(struct looptun_far_frame *frame);
int looptun_far_capture(const struct looptun_far_frame *frame,
			const struct looptun_record *record);
int looptun_far_send_on(struct looptun_far_frame *frame, struct iov_iter *from,
			unsigned int flags);
int looptun_far_send_by_rules(struct looptun_far_frame *frame,
			      struct iov_iter *from, unsigned int flags);

int looptun_far_pass_next(struct looptun_far_frame *frame,
			  const struct looptun_datagram *datagram,
			  unsigned int flags);
void looptun_far_end(struct looptun_far_frame *frame);

int looptun_far_read_vnet(struct looptun_far_frame *frame,
			  struct iov_iter *from);
int looptun_far_peek(const struct looptun_far_frame *frame,
		     const struct iov_iter *from);
int looptun_far_read_skb(struct looptun_far_frame *frame,
			 struct iov_iter *from);

/**
 * looptun_far_frame - ready for frames, one after the other
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @kind: what the injector hands over
 */
static __always_inline struct looptun_far_frame
looptun_far_frame(const struct looptun_slot *slot, enum looptun_far_kind kind)
{
	return (struct looptun_far_frame) {
		.tunnel = slot->tunnel,
		.slot = slot,
		.only = slot == &slot->tunnel->all ?
			&slot->tunnel->slots[0] : slot,
		.kind = kind,
		.tap = looptun_tunnel_is_tap(slot->tunnel),
	};
}

/* Is it too short for a frame? On TUN a byte is enough. */
static inline bool looptun_far_is_short(const struct looptun_far_frame *frame,
					size_t len)
{
	return len < ETH_HLEN && (frame->tap || !len);
}

/**
 * looptun_far_measure - see what is to be made of a frame or datagram
 * @frame: the frame, its virtio-net header read
 * @count: bytes that are left
 *
 * Return: 0, or -EINVAL if they are too few.
 */
static inline int looptun_far_measure(struct looptun_far_frame *frame,
				      size_t count)
{
	if (frame->kind == LOOPTUN_FAR_DATAGRAM) {
		if (!count)
			return -EINVAL;
		frame->ether_len = frame->tap ? ETH_HLEN : 0;
	} else if (looptun_far_is_short(frame, count)) {
		return -EINVAL;
	}
	frame->len = frame->vnet_len + frame->ether_len + count;
	return 0;
}

/**
 * looptun_far_fill - read the frame, with the Ethernet header made
 * @frame: the frame
 * @data: where to
 * @len: bytes of it, what is made included
 * @proto: for its EtherType
 * @from: what is read, unless the frame is known
 *
 * Return: 0, -EINVAL or -EFAULT.
 */
static inline int looptun_far_fill(const struct looptun_far_frame *frame,
				   u8 *data, size_t len, __be16 *proto,
				   struct iov_iter *from)
{
	u8 *payload = data + frame->ether_len;

	if (frame->known) {
		memcpy(data, frame->known->data, len);
		*proto = frame->known->proto;
		return 0;
	}
	if (!looptun_copy_from_iter(payload, len - frame->ether_len, from))
		return -EFAULT;
	if (frame->kind != LOOPTUN_FAR_DATAGRAM) {
		*proto = looptun_frame_proto(frame->tap, data, len);
		return 0;
	}
	if (looptun_frame_ip_proto(*payload, proto))
		return -EINVAL;
	if (frame->ether_len)
		looptun_frame_ether_header(data, *proto);
	return 0;
}

#endif
