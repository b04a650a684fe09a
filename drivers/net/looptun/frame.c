// SPDX-License-Identifier: GPL-2.0-only
/*
 * Framing of datagrams on the descriptor, as tun_put_user() and tun_get_user()
 * do it. Everything here maps values to values; chardev.c does the copying.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "compat.h"
#include "frame.h"

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
struct looptun_read_plan looptun_frame_plan_read(struct looptun_framing framing,
						 size_t count, size_t len,
						 __be16 proto)
{
	struct looptun_read_plan plan = { .pi.proto = proto, .ret = -EINVAL };
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
struct looptun_write_plan
looptun_frame_plan_write(struct looptun_framing framing, size_t count)
{
	struct looptun_write_plan plan = { .ret = -EINVAL };
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
 * looptun_frame_write_max - longest datagram write(2) takes
 * @tap: Ethernet frames
 *
 * tun keeps the datagram in a socket buffer whose linear part is one slab
 * object; newer kernels put the rest into page fragments. One byte more gets
 * -ENOBUFS there.
 *
 * Return: bytes of datagram, headers of the descriptor not counted.
 */
size_t looptun_frame_write_max(bool tap)
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
int looptun_frame_check_size(bool tap, size_t hdr_len, size_t len)
{
	size_t pad = NET_SKB_PAD + (tap ? NET_IP_ALIGN : 0);
	size_t linear = min_t(size_t, hdr_len, SKB_MAX_HEAD(pad));

	if (!LOOPTUN_TUN_PAGES || !linear || pad + len < PAGE_SIZE)
		return len > looptun_frame_write_max(tap) ? -ENOBUFS : 0;
	return len - linear > MAX_SKB_FRAGS * PAGE_SIZE ? -EMSGSIZE : 0;
}

/* A word that is the same for both directions of a flow. */
static u32 looptun_frame_mix(const u8 *a, const u8 *b, size_t len, u32 seed)
{
	return jhash(a, len, seed) ^ jhash(b, len, seed);
}

/* Both ports, where there are any. */
static u32 looptun_frame_port_hash(const u8 *ip, size_t len, size_t header,
				   u8 proto)
{
	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) || len < header + 4)
		return 0;
	return looptun_frame_mix(ip + header, ip + header + 2, 2, proto);
}

static u32 looptun_frame_ipv4_hash(const u8 *ip, size_t len)
{
	bool fragment = (ip[6] & 0x3f) || ip[7];
	u8 proto = ip[9];
	u32 hash = looptun_frame_mix(ip + 12, ip + 16, 4, proto);

	if (!fragment)
		hash += looptun_frame_port_hash(ip, len, (*ip & 0xf) * 4,
						proto);
	return hash;
}

static u32 looptun_frame_ipv6_hash(const u8 *ip, size_t len)
{
	u8 proto = ip[6];

	return looptun_frame_mix(ip + 8, ip + 24, 16, proto) +
	       looptun_frame_port_hash(ip, len, sizeof(struct ipv6hdr), proto);
}

/**
 * looptun_frame_flow_hash - the flow a datagram belongs to
 * @tap: @data is an Ethernet frame; an IP datagram otherwise
 * @data: the frame
 * @len: its length
 *
 * Addresses, protocol and TCP or UDP ports, the same for both directions and
 * on every machine. Fragments go by their addresses.
 *
 * Return: a hash, evenly spread; 0 for what is not IP.
 */
u32 looptun_frame_flow_hash(bool tap, const u8 *data, size_t len)
{
	size_t skip = tap ? ETH_HLEN : 0;
	u32 hash;

	if (len <= skip)
		return 0;
	data += skip;
	len -= skip;
	if (*data >> 4 == 4 && len >= sizeof(struct iphdr))
		hash = looptun_frame_ipv4_hash(data, len);
	else if (*data >> 4 == 6 && len >= sizeof(struct ipv6hdr))
		hash = looptun_frame_ipv6_hash(data, len);
	else
		return 0;
	return jhash_1word(hash, 0);
}

/**
 * looptun_frame_ip_proto - EtherType of an IP datagram
 * @first: its first byte
 * @proto: where to put the EtherType
 *
 * Return: 0, or -EINVAL if the version is neither 4 nor 6.
 */
int looptun_frame_ip_proto(u8 first, __be16 *proto)
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
__be16 looptun_frame_proto(bool tap, const u8 *data, size_t len)
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
int looptun_frame_written_proto(struct looptun_framing framing, __be16 pi_proto,
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
 * looptun_frame_ether_header - make the Ethernet header put before a datagram
 * @header: ETH_HLEN bytes to fill
 * @proto: EtherType
 *
 * To everybody, from the zero address.
 */
void looptun_frame_ether_header(u8 *header, __be16 proto)
{
	eth_broadcast_addr(header);
	eth_zero_addr(header + ETH_ALEN);
	memcpy(header + 2 * ETH_ALEN, &proto, sizeof(proto));
}
