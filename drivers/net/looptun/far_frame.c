// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what is injected, from user memory or the kernel's, into the ring or
 * into a socket buffer.
 */
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/net_namespace.h>

#include "far_frame.h"
#include "frame.h"
#include "ring.h"
#include "tunnel.h"

/**
 * looptun_far_read_vnet - read the virtio-net header
 * @frame: the frame
 * @from: where it begins
 *
 * Past what is known of the header there is nothing to use.
 *
 * Return: 0, -EINVAL or -EFAULT.
 */
int looptun_far_read_vnet(struct looptun_far_frame *frame,
			  struct iov_iter *from)
{
	size_t size = looptun_tunnel_framing(frame->tunnel).vnet_hdr_sz;

	if (!size || iov_iter_count(from) < size)
		return -EINVAL;
	frame->vnet_len = sizeof(frame->vnet);
	if (!copy_from_iter_full(&frame->vnet, frame->vnet_len, from))
		return -EFAULT;
	iov_iter_advance(from, size - frame->vnet_len);
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

/**
 * looptun_far_read_skb - read the frame into a socket buffer
 * @frame: the frame
 * @from: what is read
 *
 * For all that look at it before it is in the ring: filters, rules, captures,
 * the choice of queue.
 *
 * Return: 0, -EINVAL, -EFAULT, -EMSGSIZE, -ENOMEM or -ENODEV.
 */
int looptun_far_read_skb(struct looptun_far_frame *frame,
			 struct iov_iter *from)
{
	size_t len = frame->len - frame->vnet_len;
	struct sk_buff *skb;
	__be16 proto;
	int ret;

	if (!looptun_ring_fits(frame->tunnel->ring_size, frame->len))
		return -EMSGSIZE;
	skb = alloc_skb(NET_SKB_PAD + len, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
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
	skb->dev = frame->tunnel->dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, frame->tap ? ETH_HLEN : 0);
	return 0;
}

/**
 * looptun_far_peek - look at the first byte of what is not read yet
 * @frame: the frame
 * @from: what is not read yet
 *
 * Return: 0, -EINVAL if it is to be an IP datagram and is none, or -EFAULT.
 */
int looptun_far_peek(const struct looptun_far_frame *frame,
		     const struct iov_iter *from)
{
	struct iov_iter ahead;
	__be16 proto;
	u8 first;

	if (frame->kind != LOOPTUN_FAR_DATAGRAM || frame->skb)
		return 0;
	ahead = *from;
	if (!copy_from_iter_full(&first, sizeof(first), &ahead))
		return -EFAULT;
	return looptun_frame_ip_proto(first, &proto);
}
