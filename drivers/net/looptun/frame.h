/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Framing: which headers stand before a datagram on the descriptor, how many
 * bytes a call moves and what it returns. And which queue a flow was last written
 * on, for what is injected in the other direction: a table of words, each read and
 * written whole. Pure: no locks, no user memory, no allocation, any context.
 */
#ifndef LOOPTUN_FRAME_H
#define LOOPTUN_FRAME_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/virtio_byteorder.h>
#include <asm/byteorder.h>
#include <asm/page.h>

#include "compat.h"

/* Byte order of the virtio-net header, among the IFF_* flags of a tunnel. */
#define LOOPTUN_FRAME_VNET_LE	0x80000000
#define LOOPTUN_FRAME_VNET_BE	0x40000000

/**
 * struct looptun_framing - how a tunnel frames what crosses the descriptor
 * @tap: Ethernet frames; IP datagrams otherwise
 * @pi: a struct tun_pi stands first
 * @vnet_le: the virtio-net header is little-endian
 * @vnet_hdr_sz: bytes of virtio-net header after it, 0 for none
 */
struct looptun_framing {
	bool tap;
	bool pi;
	bool vnet_le;
	u32 vnet_hdr_sz;
};

/**
 * struct looptun_frame_plan - what a read(2) or write(2) of one datagram does
 * @pi: of a read: the PI header to copy out first
 * @pi_len: bytes of PI header to copy first, 0 or 4
 * @vnet_len: bytes of virtio-net header to copy after it
 * @data_len: bytes of the datagram to copy last
 * @ret: what the call returns, or the error once the headers are copied
 */
struct looptun_frame_plan {
	struct tun_pi pi;
	size_t pi_len;
	size_t vnet_len;
	size_t data_len;
	ssize_t ret;
};

/**
 * looptun_frame_of_flags - the framing that a tunnel's flags ask for
 * @flags: IFF_* and LOOPTUN_FRAME_VNET_*
 * @vnet_hdr_sz: bytes of virtio-net header, where there is one
 *
 * Mirrors tun_is_little_endian() for the byte order.
 */
static inline struct looptun_framing
looptun_frame_of_flags(unsigned int flags, u32 vnet_hdr_sz)
{
	bool legacy_le = !(flags & LOOPTUN_FRAME_VNET_BE) &&
			 virtio_legacy_is_little_endian();

	return (struct looptun_framing) {
		.tap = flags & IFF_TAP,
		.pi = !(flags & IFF_NO_PI),
		.vnet_le = (flags & LOOPTUN_FRAME_VNET_LE) || legacy_le,
		.vnet_hdr_sz = flags & IFF_VNET_HDR ? vnet_hdr_sz : 0,
	};
}

/**
 * looptun_frame_plan_read - plan a read(2) of one datagram
 * @framing: framing of the tunnel
 * @count: bytes the caller has room for, not 0
 * @len: bytes of the datagram
 * @proto: EtherType for the PI header
 *
 * Mirrors tun_put_user(). A plan with a negative @ret may still have a header
 * to copy: tun writes the PI header before it finds the virtio-net header does
 * not fit. The datagram is spent either way.
 *
 * Return: the plan; its ret is -EINVAL if a header does not fit.
 */
static inline struct looptun_frame_plan
looptun_frame_plan_read(struct looptun_framing framing, size_t count,
			size_t len, __be16 proto)
{
	struct looptun_frame_plan plan = { .pi.proto = proto, .ret = -EINVAL };
	size_t pi_len = framing.pi ? sizeof(plan.pi) : 0;
	size_t total = pi_len + framing.vnet_hdr_sz + len;
	size_t left = count;

	if (left < pi_len)
		return plan;
	plan.pi_len = pi_len;
	if (count < total)
		plan.pi.flags = TUN_PKT_STRIP;
	left -= pi_len;

	if (left < framing.vnet_hdr_sz)
		return plan;
	plan.vnet_len = framing.vnet_hdr_sz;
	left -= plan.vnet_len;

	plan.data_len = min(left, len);
	plan.ret = min(count, total);
	return plan;
}

/**
 * looptun_frame_plan_write - plan a write(2) of one datagram
 * @framing: framing of the tunnel
 * @count: bytes the caller wrote, headers included
 *
 * Mirrors the length checks of tun_get_user(). The headers named in the plan
 * are read before its error counts: an unreadable PI header is -EFAULT even
 * where the rest is too short.
 *
 * Return: the plan; its ret is @count, or -EINVAL if a header or the frame's
 * Ethernet header is cut short.
 */
static inline struct looptun_frame_plan
looptun_frame_plan_write(struct looptun_framing framing, size_t count)
{
	struct looptun_frame_plan plan = { .ret = -EINVAL };
	size_t pi_len = framing.pi ? sizeof(struct tun_pi) : 0;
	size_t left = count;

	if (left < pi_len)
		return plan;
	plan.pi_len = pi_len;
	left -= pi_len;

	if (left < framing.vnet_hdr_sz)
		return plan;
	plan.vnet_len = framing.vnet_hdr_sz;
	left -= plan.vnet_len;

	plan.data_len = left;
	if (framing.tap && left < ETH_HLEN)
		return plan;
	plan.ret = count;
	return plan;
}

/**
 * looptun_frame_ip_proto - EtherType of an IP datagram
 * @first: its first byte
 * @proto: where to put the EtherType
 *
 * Return: 0, or -EINVAL if the version is neither 4 nor 6.
 */
static inline int looptun_frame_ip_proto(u8 first, __be16 *proto)
{
	switch (first >> 4) {
	case 4:
		*proto = htons(ETH_P_IP);
		return 0;
	case 6:
		*proto = htons(ETH_P_IPV6);
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * looptun_frame_proto - EtherType that a sender's socket would give a frame
 * @tap: @data is an Ethernet frame; an IP datagram otherwise
 * @data: the frame
 * @len: its length
 *
 * Mirrors the header parsers of the two device types: the frame's own type
 * field, or the IP version.
 *
 * Return: the EtherType, 0 if none can be told.
 */
static inline __be16 looptun_frame_proto(bool tap, const u8 *data, size_t len)
{
	__be16 proto = 0;

	if (!tap)
		return len && !looptun_frame_ip_proto(*data, &proto) ? proto : 0;
	if (len < ETH_HLEN)
		return 0;
	memcpy(&proto, data + 2 * ETH_ALEN, sizeof(proto));
	return proto;
}

/**
 * looptun_frame_written_proto - EtherType of what the program wrote
 * @framing: framing of the tunnel
 * @pi_proto: what the PI header said, if there was one
 * @data: the datagram
 * @len: its length
 * @proto: where to put the EtherType
 *
 * Mirrors the end of tun_get_user(): a PI header is believed whatever it says;
 * without one an IP datagram must show its version.
 *
 * Return: 0 or -EINVAL.
 */
static inline int
looptun_frame_written_proto(struct looptun_framing framing, __be16 pi_proto,
			    const u8 *data, size_t len, __be16 *proto)
{
	if (framing.tap)
		*proto = looptun_frame_proto(true, data, len);
	else if (framing.pi)
		*proto = pi_proto;
	else
		return len ? looptun_frame_ip_proto(*data, proto) : -EINVAL;
	return 0;
}

/**
 * looptun_frame_write_max - longest datagram write(2) takes
 * @tap: Ethernet frames
 *
 * tun keeps the datagram in a socket buffer whose linear part is one slab
 * object; newer kernels put the rest into page fragments. One byte more gets
 * -ENOBUFS there.
 *
 * Return: bytes of datagram, headers of the descriptor not counted.
 */
static inline size_t looptun_frame_write_max(bool tap)
{
	size_t overhead = NET_SKB_PAD + (tap ? NET_IP_ALIGN : 0);
	size_t linear = SKB_WITH_OVERHEAD(KMALLOC_MAX_SIZE) - overhead;

	return linear + LOOPTUN_TUN_FRAGS_MAX;
}

/**
 * looptun_frame_check_size - is a written datagram one that tun has a buffer for?
 * @tap: Ethernet frames
 * @hdr_len: hdr_len of its virtio-net header, 0 without one
 * @len: bytes of datagram
 *
 * Mirrors tun_alloc_skb(): older kernels put what stands behind hdr_len into
 * single pages, of which a socket buffer has room for a few.
 *
 * Return: 0, -ENOBUFS or -EMSGSIZE.
 */
static inline int looptun_frame_check_size(bool tap, size_t hdr_len, size_t len)
{
	size_t pad = NET_SKB_PAD + (tap ? NET_IP_ALIGN : 0);
	size_t linear = min_t(size_t, hdr_len, SKB_MAX_HEAD(pad));

	if (!LOOPTUN_TUN_PAGES || !linear || pad + len < PAGE_SIZE)
		return len > looptun_frame_write_max(tap) ? -ENOBUFS : 0;
	return len - linear > MAX_SKB_FRAGS * PAGE_SIZE ? -EMSGSIZE : 0;
}

u32 looptun_frame_flow_hash(bool tap, const u8 *data, size_t len);
void looptun_frame_ether_header(u8 *header, __be16 proto);

/* As many flows as these are known at most, by the low bits of their hash. */
#define LOOPTUN_FLOW_PLACES	1024

void looptun_flow_learn(atomic64_t *flows, u32 hash, unsigned int queue, u64 now);
unsigned int looptun_flow_queue(const atomic64_t *flows, u32 hash,
				unsigned int queues, u64 now);

#endif
