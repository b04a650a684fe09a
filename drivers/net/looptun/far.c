// SPDX-License-Identifier: GPL-2.0-only
/*
 * Injecting towards the program. Sleeps on the tunnel's far_wait; holds a
 * reference to a file only while it uses its ring. A frame that several queues
 * or a filter have a say in is read into a socket buffer first; any other is
 * copied straight into the ring.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "far.h"
#include "file.h"
#include "frame.h"
#include "queue.h"
#include "ring.h"
#include "tunnel.h"

/* The largest IP datagram and its Ethernet header. */
#define LOOPTUN_FAR_LARGEST	(65535 + ETH_HLEN)

/**
 * struct looptun_far_frame - a frame on its way to the program
 * @tunnel: the tunnel, referenced by the caller
 * @slot: the queue asked for, or &tunnel->all
 * @kind: what the injector handed over
 * @tap: the tunnel's mode
 * @ether_len: bytes of Ethernet header to make
 * @vnet: virtio-net header
 * @vnet_len: bytes of @vnet to deliver, 0 without one
 * @len: bytes of all that goes into the ring
 * @skb: the frame, if it is read already, as the filters left it
 * @whole: bytes of it before them
 * @filtered: the queue whose filters it has passed; not referenced
 * @net: network namespace of @skb's device, referenced
 * @flow: which queue, where there is a choice: a hash or a program's word
 * @steered: @flow is a program's word
 * @file: the queue chosen, referenced, once there is room
 * @ring: its ring
 * @record: the room there; NULL for a frame that is dropped
 */
struct looptun_far_frame {
	struct looptun_tunnel *tunnel;
	const struct looptun_slot *slot;
	enum looptun_far_kind kind;
	bool tap;
	size_t ether_len;
	struct virtio_net_hdr vnet;
	size_t vnet_len;
	size_t len;

	struct sk_buff *skb;
	size_t whole;
	const struct looptun_file *filtered;
	struct net *net;
	u32 flow;
	bool steered;

	struct looptun_file *file;
	struct looptun_ring *ring;
	struct looptun_record *record;
};

/* The queue that a flow was last written on, or one by its hash. */
static unsigned int looptun_far_flow_queue(const struct looptun_tunnel *tunnel,
					   u32 hash, unsigned int queues)
{
	unsigned int learned;

	learned = READ_ONCE(tunnel->flows[hash % LOOPTUN_TUNNEL_FLOWS]);
	if (learned && learned <= queues)
		return learned - 1;
	return reciprocal_scale(hash, queues);
}

/* The queue for a frame, as things stand. */
static const struct looptun_slot *
looptun_far_choose(const struct looptun_far_frame *frame)
{
	const struct looptun_tunnel *tunnel = frame->tunnel;
	unsigned int queues;

	if (frame->slot != &tunnel->all)
		return frame->slot;
	queues = READ_ONCE(tunnel->numqueues);
	if (queues < 2)
		return &tunnel->slots[0];
	if (frame->steered)
		return &tunnel->slots[frame->flow % queues];
	return &tunnel->slots[looptun_far_flow_queue(tunnel, frame->flow,
						     queues)];
}

/*
 * Is there room for @len bytes in a queue, or for what its ring has in all?
 * Where queues are limited, what comes while there is none is dropped: no wait.
 */
static bool looptun_far_slot_has_room(const struct looptun_slot *slot,
				      size_t len)
{
	bool room = READ_ONCE(slot->tunnel->txqueuelen);
	struct looptun_file *file;
	struct looptun_ring *ring;

	rcu_read_lock();
	file = rcu_dereference(slot->file);
	if (file) {
		/* Pairs with the cmpxchg in looptun_file_ring(). */
		ring = smp_load_acquire(&file->rx);
		room = !ring ||
		       looptun_ring_has_room(ring, min(len, looptun_ring_max(ring)));
	}
	rcu_read_unlock();
	return room;
}

/* Would the injector get on now, be it with an error? */
static bool looptun_far_can_go_on(const struct looptun_far_frame *frame)
{
	return looptun_tunnel_is_dead(frame->tunnel) ||
	       looptun_far_slot_has_room(looptun_far_choose(frame), frame->len);
}

/* A limited queue that is full, or nobody there to have it: tun drops. */
static int looptun_far_drop(struct looptun_far_frame *frame)
{
	atomic64_inc(&frame->tunnel->counters[LOOPTUN_TUNNEL_INJECT_DROPPED]);
	frame->record = NULL;
	return 0;
}

/* Get a place in the ring of frame->file. */
static int looptun_far_reserve_in_file(struct looptun_far_frame *frame)
{
	struct looptun_file *file = frame->file;

	frame->ring = looptun_file_ring(file, &file->rx);
	if (IS_ERR(frame->ring))
		return PTR_ERR(frame->ring);
	frame->record = looptun_ring_reserve(frame->ring, frame->len);
	if (IS_ERR(frame->record))
		return PTR_ERR(frame->record);

	/* If it was taken out and purged since, this would come out later. */
	if (looptun_queue_is_enabled(file, frame->tunnel))
		return 0;
	if (looptun_ring_discard(frame->ring, frame->record))
		looptun_file_wake_readers(file);
	looptun_tunnel_wake_far(frame->tunnel, EPOLLOUT | EPOLLWRNORM);
	return -EAGAIN;
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

/* Try to get room; the frame holds a reference to its file if it has some. */
static int looptun_far_try_reserve(struct looptun_far_frame *frame)
{
	int ret;

	if (looptun_tunnel_is_dead(frame->tunnel))
		return -ENODEV;

	frame->file = looptun_queue_get_file(looptun_far_choose(frame));
	if (!frame->file)
		return READ_ONCE(frame->tunnel->txqueuelen) ?
		       looptun_far_drop(frame) : -EAGAIN;

	if (!looptun_far_filter(frame) ||
	    !looptun_file_txq_produce(frame->file)) {
		ret = looptun_far_drop(frame);
		goto put_file;
	}
	ret = looptun_far_reserve_in_file(frame);
	if (!ret)
		return 0;
	looptun_file_txq_unproduce(frame->file);
put_file:
	looptun_file_put(frame->file);
	frame->file = NULL;
	return ret;
}

/* Look at the first byte of a datagram that is not read yet. */
static int looptun_far_peek(const struct looptun_far_frame *frame,
			    const struct iov_iter *from)
{
	struct iov_iter ahead = *from;
	__be16 proto;
	u8 first;

	if (frame->kind != LOOPTUN_FAR_DATAGRAM || frame->skb)
		return 0;
	if (!copy_from_iter_full(&first, sizeof(first), &ahead))
		return -EFAULT;
	return looptun_frame_ip_proto(first, &proto);
}

static int looptun_far_reserve(struct looptun_far_frame *frame,
			       const struct iov_iter *from, bool nonblock)
{
	int ret;

	if (!looptun_ring_fits(frame->tunnel->ring_size, frame->len))
		return -EMSGSIZE;

	for (;;) {
		ret = looptun_far_try_reserve(frame);
		if (ret != -EAGAIN)
			return ret;
		/* What can never go in shall not wait for room. */
		ret = looptun_far_peek(frame, from);
		if (ret || nonblock)
			return ret ?: -EAGAIN;
		ret = wait_event_interruptible(frame->tunnel->far_wait,
					       looptun_far_can_go_on(frame));
		if (ret)
			return ret;
	}
}

/* Read the virtio-net header; past what is known of it there is nothing to use. */
static int looptun_far_read_vnet(struct looptun_far_frame *frame,
				 struct iov_iter *from)
{
	struct looptun_framing framing = looptun_tunnel_framing(frame->tunnel);

	if (frame->kind != LOOPTUN_FAR_VNET)
		return 0;
	if (!framing.vnet_hdr_sz || iov_iter_count(from) < framing.vnet_hdr_sz)
		return -EINVAL;
	frame->vnet_len = sizeof(frame->vnet);
	if (!copy_from_iter_full(&frame->vnet, frame->vnet_len, from))
		return -EFAULT;
	iov_iter_advance(from, framing.vnet_hdr_sz - frame->vnet_len);
	return 0;
}

/* See what is to be made of the @count bytes of frame or datagram. */
static int looptun_far_measure(struct looptun_far_frame *frame, size_t count)
{
	if (frame->kind == LOOPTUN_FAR_DATAGRAM) {
		if (!count)
			return -EINVAL;
		frame->ether_len = frame->tap ? ETH_HLEN : 0;
	} else if (count < (frame->tap ? ETH_HLEN : 1)) {
		return -EINVAL;
	}
	frame->len = frame->vnet_len + frame->ether_len + count;
	return 0;
}

/* Read the frame to @data, with the Ethernet header made, and tell its type. */
static int looptun_far_fill(const struct looptun_far_frame *frame, u8 *data,
			    size_t len, __be16 *proto, struct iov_iter *from)
{
	u8 *payload = data + frame->ether_len;

	if (!copy_from_iter_full(payload, len - frame->ether_len, from))
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

/* The namespace of a tunnel that is not dead outlives an RCU section. */
static struct net *looptun_far_get_net(const struct looptun_tunnel *tunnel)
{
	struct net *net = NULL;

	rcu_read_lock();
	if (!looptun_tunnel_is_dead(tunnel))
		net = maybe_get_net(tunnel->net);
	rcu_read_unlock();
	return net;
}

/* Read the frame into a socket buffer, for filters and for the choice of queue. */
static int looptun_far_read_skb(struct looptun_far_frame *frame,
				struct iov_iter *from)
{
	size_t len = frame->len - frame->vnet_len;
	struct sk_buff *skb;
	__be16 proto;
	int ret;

	if (!looptun_ring_fits(frame->tunnel->ring_size, frame->len))
		return -EMSGSIZE;
	skb = alloc_skb(NET_SKB_PAD + len, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return -ENOMEM;
	frame->skb = skb;
	frame->whole = len;
	frame->net = looptun_far_get_net(frame->tunnel);
	if (!frame->net)
		return -ENODEV;
	skb_reserve(skb, NET_SKB_PAD);
	ret = looptun_far_fill(frame, skb_put(skb, len), len, &proto, from);
	if (ret)
		return ret;
	skb->protocol = proto;
	/* Filters may look at the device, and the flow dissector insists on it. */
	skb->dev = frame->net->loopback_dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, frame->tap ? ETH_HLEN : 0);
	return 0;
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
	return READ_ONCE(frame->tunnel->filter.active) ||
	       (frame->slot == &frame->tunnel->all &&
		READ_ONCE(frame->tunnel->numqueues) > 1);
}

/* Put the frame into the room that was reserved for it. */
static int looptun_far_deliver(struct looptun_far_frame *frame,
			       struct iov_iter *from)
{
	struct looptun_record *record = frame->record;
	u8 *data = record->data + frame->vnet_len;
	bool published = true;
	int ret = 0;

	memcpy(record->data, &frame->vnet, frame->vnet_len);
	record->vnet_len = frame->vnet_len;
	if (frame->skb) {
		memcpy(data, frame->skb->data, frame->skb->len);
		record->proto = frame->skb->protocol;
	} else {
		ret = looptun_far_fill(frame, data,
				       record->len - frame->vnet_len,
				       &record->proto, from);
	}
	if (ret) {
		published = looptun_ring_discard(frame->ring, record);
		looptun_file_txq_unproduce(frame->file);
		looptun_tunnel_wake_far(frame->tunnel,
					EPOLLOUT | EPOLLWRNORM);
	} else if (!looptun_ring_commit(frame->ring, record)) {
		/* Purged with the queue; its room is free, its place was. */
		looptun_tunnel_wake_far(frame->tunnel,
					EPOLLOUT | EPOLLWRNORM);
	}
	if (published)
		looptun_file_wake_readers(frame->file);
	looptun_file_put(frame->file);
	return ret;
}

static int looptun_far_send(struct looptun_far_frame *frame,
			    struct iov_iter *from, bool nonblock)
{
	atomic64_t *counters = frame->tunnel->counters;
	int ret;

	if (looptun_tunnel_is_dead(frame->tunnel))
		return -ENODEV;
	ret = looptun_far_read_vnet(frame, from) ?:
	      looptun_far_measure(frame, iov_iter_count(from));
	if (ret)
		return ret;
	if (looptun_far_wants_skb(frame)) {
		ret = looptun_far_read_skb(frame, from);
		if (ret)
			return ret;
		looptun_far_steer(frame);
	}
	ret = looptun_far_reserve(frame, from, nonblock);
	if (!ret && frame->record) {
		ret = looptun_far_deliver(frame, from);
		if (!ret) {
			atomic64_inc(&counters[LOOPTUN_TUNNEL_INJECTED_DATAGRAMS]);
			atomic64_add(frame->len - frame->vnet_len,
				     &counters[LOOPTUN_TUNNEL_INJECTED_BYTES]);
		}
	}
	return ret;
}

/**
 * looptun_far_inject - send one datagram towards the program
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @from: all of the datagram
 * @kind: what @from holds
 * @nonblock: do not wait for room or for a program
 *
 * A datagram that a filter or a limited queue drops counts as sent, as it does
 * for whoever sends it on the real device.
 *
 * Context: process; sleeps for room unless @nonblock, and on user memory.
 * Return: the length of @from; -EINVAL for no datagram, -EMSGSIZE for one that
 * the ring can never hold, -EAGAIN, -ERESTARTSYS, -EFAULT, -ENOMEM, -ENODEV.
 */
ssize_t looptun_far_inject(const struct looptun_slot *slot,
			   struct iov_iter *from, enum looptun_far_kind kind,
			   bool nonblock)
{
	struct looptun_far_frame frame = {
		.tunnel = slot->tunnel,
		.slot = slot,
		.kind = kind,
		.tap = looptun_tunnel_is_tap(slot->tunnel),
	};
	size_t count = iov_iter_count(from);
	int ret;

	ret = looptun_far_send(&frame, from, nonblock);
	kfree_skb(frame.skb);
	if (frame.net)
		put_net(frame.net);
	return ret ?: count;
}

/* Is there room for @len bytes in the queue asked for, or in all there are? */
static bool looptun_far_has_room(const struct looptun_slot *slot, size_t len)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;
	unsigned int i = 0;

	if (slot != &tunnel->all)
		return looptun_far_slot_has_room(slot, len);
	do {
		if (!looptun_far_slot_has_room(&tunnel->slots[i], len))
			return false;
	} while (++i < READ_ONCE(tunnel->numqueues));
	return true;
}

/**
 * looptun_far_poll_inject - poll for room
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @filp: the file polled
 * @wait: poll table
 *
 * Room is room for the largest IP datagram in every queue that it may go to, or
 * all of a ring too small for it, so that a write after the poll does not get
 * -EAGAIN.
 */
__poll_t looptun_far_poll_inject(const struct looptun_slot *slot,
				 struct file *filp, poll_table *wait)
{
	struct looptun_tunnel *tunnel = slot->tunnel;

	poll_wait(filp, &tunnel->far_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		return EPOLLERR | EPOLLHUP;
	if (looptun_far_has_room(slot, LOOPTUN_FAR_LARGEST))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}
