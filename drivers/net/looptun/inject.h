/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Towards the program: what a test injects, what is looped and what was delayed.
 * Serves every interface to the test alike; knows nothing of files in debugfs.
 * inject.c takes a frame and does with it as rules say, inject_queue.c puts it into a
 * queue.
 */
#ifndef LOOPTUN_INJECT_H
#define LOOPTUN_INJECT_H

#include <linux/if_ether.h>
#include <linux/poll.h>
#include <linux/virtio_net.h>

#include "datagram.h"
#include "queue.h"
#include "tunnel.h"

struct iov_iter;

/* What an injector hands over. */
enum looptun_inject_kind {
	LOOPTUN_INJECT_DATAGRAM, /* an IP datagram; TAP: make its Ethernet header */
	LOOPTUN_INJECT_FRAME,	/* what goes over the wire, as it is */
	LOOPTUN_INJECT_VNET,	/* the same behind a virtio-net header */
	LOOPTUN_INJECT_KNOWN,	/* a frame in a struct looptun_datagram */
};

ssize_t looptun_inject(struct kiocb *iocb, struct iov_iter *from,
		       enum looptun_inject_kind kind, const char *file);
enum looptun_outcome looptun_inject_pass(const struct looptun_slot *slot,
					 const struct looptun_datagram *datagram);
__poll_t looptun_inject_poll(const struct looptun_slot *slot,
			     struct file *filp, poll_table *wait);

/**
 * struct looptun_inject_frame - a frame on its way to the program, and the next
 * @tunnel: the tunnel, referenced by the caller
 * @slot: the queue asked for, or &tunnel->all
 * @kind: what the injector handed over
 * @tap: the tunnel's mode
 * @ether_len: bytes of Ethernet header to make
 * @vnet_len: bytes of @vnet to deliver, 0 without one
 * @steered: @flow is a program's word
 * @vnet: virtio-net header
 * @proto: with @data: its EtherType
 * @flow: which queue, where there is a choice: a hash or a program's word
 * @len: bytes of all that goes into the ring
 * @known: for LOOPTUN_INJECT_KNOWN, what it is
 * @data: the frame in memory of its own, if somebody looks at it; or NULL
 * @whole: bytes of it before filters cut it
 * @comment: for captures, what has been done to it, or NULL; with @data
 * @filtered: serial of the queue whose filters it has passed, or 0
 * @passed: it comes from no injector: there is nobody to be told of an errno
 * @nonblock: do not wait for room
 * @error: the errno of a rule that refuses it, negative
 * @queue: the queue chosen, referenced; or that of the frame before, or NULL
 * @ring: the ring of @queue, referenced, or NULL
 */
struct looptun_inject_frame {
	struct looptun_tunnel *tunnel;
	const struct looptun_slot *slot;
	enum looptun_inject_kind kind;
	bool tap;
	u8 ether_len;
	u8 vnet_len;
	bool steered;
	struct virtio_net_hdr vnet;
	__be16 proto;
	u32 flow;
	size_t len;
	const struct looptun_datagram *known;

	u8 *data;
	size_t whole;
	const char *comment;
	u64 filtered;
	bool passed;
	bool nonblock;
	int error;

	struct looptun_queue *queue;
	struct looptun_ring *ring;
};

/* For who has many, one after the other. */
enum looptun_outcome looptun_inject_next(struct looptun_inject_frame *frame,
					 const struct looptun_datagram *datagram);
int looptun_inject_errno(const struct looptun_inject_frame *frame,
			 enum looptun_outcome outcome);
void looptun_inject_end(struct looptun_inject_frame *frame);

/* Between inject.c and inject_queue.c. */
enum looptun_outcome looptun_inject_await(struct looptun_inject_frame *frame);
unsigned int looptun_inject_index(const struct looptun_inject_frame *frame);
enum looptun_outcome looptun_inject_send(struct looptun_inject_frame *frame,
					 struct iov_iter *from);
enum looptun_outcome looptun_inject_prepare(struct looptun_inject_frame *frame,
					    struct iov_iter *from);
void looptun_inject_finish(struct looptun_inject_frame *frame);
enum looptun_outcome looptun_inject_drop(struct looptun_inject_frame *frame,
					 enum looptun_drop reason);

/**
 * looptun_inject_frame - ready for frames, one after the other
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @kind: what the injector hands over
 * @nonblock: do not wait for room
 */
static __always_inline struct looptun_inject_frame
looptun_inject_frame(const struct looptun_slot *slot,
		     enum looptun_inject_kind kind, bool nonblock)
{
	return (struct looptun_inject_frame) {
		.tunnel = slot->tunnel,
		.slot = slot,
		.kind = kind,
		.tap = looptun_tunnel_is_tap(slot->tunnel),
		.nonblock = nonblock,
	};
}

/* Are there several queues that it may go to? */
static inline bool
looptun_inject_has_choice(const struct looptun_inject_frame *frame)
{
	return READ_ONCE(frame->tunnel->numqueues) > 1 &&
	       frame->slot == &frame->tunnel->all;
}

/* Is it too short for a frame? On TUN a byte is enough. */
static inline bool
looptun_inject_is_short(const struct looptun_inject_frame *frame, size_t len)
{
	return len < ETH_HLEN && (frame->tap || !len);
}

#endif
