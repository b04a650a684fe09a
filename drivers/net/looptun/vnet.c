// SPDX-License-Identifier: GPL-2.0-only
/*
 * Acceptance of virtio-net headers. Which ones a kernel takes changes between
 * its stable releases, so its own helper is asked, on a socket buffer made for
 * that and nothing else.
 */
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_byteorder.h>
#include <net/checksum.h>

#include "compat.h"
#include "datagram.h"
#include "vnet.h"

/**
 * looptun_vnet_check_header - check a header against the lengths
 * @framing: framing of the tunnel
 * @header: the header; its hdr_len is raised to cover the checksum field
 * @len: bytes of datagram behind it
 *
 * Mirrors tun_get_user(), up to the allocation of its buffer.
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int looptun_vnet_check_header(struct looptun_framing framing,
			      struct virtio_net_hdr *header, size_t len)
{
	u32 hdr_len = __virtio16_to_cpu(framing.vnet_le, header->hdr_len), covered;

	if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		covered = __virtio16_to_cpu(framing.vnet_le, header->csum_start) +
			  __virtio16_to_cpu(framing.vnet_le, header->csum_offset) + 2;
		if (covered > hdr_len) {
			header->hdr_len = __cpu_to_virtio16(framing.vnet_le, covered);
			hdr_len = (u16)covered;
		}
	}
	if (hdr_len > len + looptun_compat_vnet_slack(framing.vnet_hdr_sz))
		return -EINVAL;
	if (framing.tap && hdr_len && hdr_len < ETH_HLEN)
		return -EINVAL;
	return 0;
}

/**
 * looptun_vnet_has_meaning - does a header ask for anything?
 * @header: the header; one that does not is accepted before any datagram
 */
bool looptun_vnet_has_meaning(const struct virtio_net_hdr *header)
{
	return (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	       header->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* A socket buffer as tun_alloc_skb() makes it: what is too long goes to pages. */
static struct sk_buff *looptun_vnet_alloc_skb(bool tap, size_t len)
{
	size_t pad = NET_SKB_PAD + (tap ? NET_IP_ALIGN : 0);
	size_t linear = min_t(size_t, len,
			      SKB_WITH_OVERHEAD(KMALLOC_MAX_SIZE) - pad);
	struct sk_buff *skb;
	int error;

	skb = alloc_skb_with_frags(pad + linear, len - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &error,
				   LOOPTUN_DATAGRAM_GFP);
	if (!skb)
		return NULL;
	skb_reserve(skb, pad);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += len - linear;
	return skb;
}

/**
 * looptun_vnet_check_datagram - check a header against its datagram
 * @framing: framing of the tunnel
 * @header: the header, as far as looptun_compat_vnet_known() goes
 * @dev: device of the tunnel, its namespace held
 * @datagram: the datagram, its EtherType known
 *
 * The buffer gets all that tun gives it before it asks the helper, and a device
 * on every kernel: a stable release may bring a helper that looks at it.
 *
 * Context: process; may sleep.
 * Return: 0, -EINVAL, or -ENOBUFS without memory.
 */
int looptun_vnet_check_datagram(struct looptun_framing framing,
				const union looptun_vnet_header *header,
				struct net_device *dev,
				const struct looptun_datagram *datagram)
{
	struct sk_buff *skb;
	int ret;

	skb = looptun_vnet_alloc_skb(framing.tap, datagram->len);
	if (!skb)
		return -ENOBUFS;
	skb_store_bits(skb, 0, datagram->data, datagram->len);
	skb->dev = dev;
	/* tun has eth_type_trans() tell it afterwards. */
	if (!framing.tap)
		skb->protocol = datagram->proto;
	if (LOOPTUN_TUN_NETWORK_HEADER)
		skb_set_network_header(skb, framing.tap ? ETH_HLEN : 0);
	ret = looptun_compat_vnet_to_skb(skb, header, framing.vnet_hdr_sz,
					 framing.vnet_le);
	consume_skb(skb);
	return ret ? -EINVAL : 0;
}

/* Offloads that may be asked for together with these. */
#ifdef TUN_F_USO4
#define LOOPTUN_VNET_USO	(TUN_F_USO4 | TUN_F_USO6)
#else
#define LOOPTUN_VNET_USO	0
#endif

/**
 * looptun_vnet_offload_is_valid - may a program ask for these offloads?
 * @bits: TUN_F_*
 *
 * Mirrors set_offload(), with the offloads of this kernel's headers.
 */
bool looptun_vnet_offload_is_valid(unsigned long bits)
{
	const unsigned long tso = TUN_F_TSO4 | TUN_F_TSO6;
	unsigned long allowed = TUN_F_CSUM | TUN_F_UFO | tso;

	if (!(bits & TUN_F_CSUM))
		return !bits;
	if (bits & tso)
		allowed |= TUN_F_TSO_ECN;
	if (LOOPTUN_VNET_USO && (bits & LOOPTUN_VNET_USO) == LOOPTUN_VNET_USO)
		allowed |= LOOPTUN_VNET_USO;
	if (bits & allowed & (tso | LOOPTUN_VNET_USO)) {
		allowed |= LOOPTUN_VNET_TUNNEL;
		if (bits & LOOPTUN_VNET_TUNNEL)
			allowed |= LOOPTUN_VNET_TUNNEL_CSUM;
	}
	return !(bits & ~allowed);
}

/* Which offload makes tun give a program datagrams of a type; of others there are none. */
static const unsigned long looptun_vnet_offloads[] = {
	[VIRTIO_NET_HDR_GSO_NONE] = TUN_F_CSUM,
	[VIRTIO_NET_HDR_GSO_TCPV4] = TUN_F_TSO4,
	[VIRTIO_NET_HDR_GSO_TCPV6] = TUN_F_TSO6,
	[VIRTIO_NET_HDR_GSO_UDP] = TUN_F_UFO,
#ifdef TUN_F_USO4
	[VIRTIO_NET_HDR_GSO_UDP_L4] = LOOPTUN_VNET_USO,
#endif
};

/**
 * looptun_vnet_is_offered - would tun give a program such a header?
 * @offloads: TUN_F_*, what the program asked for
 * @header: the header
 */
bool looptun_vnet_is_offered(unsigned long offloads,
			     const struct virtio_net_hdr *header)
{
	u8 type = header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
	unsigned long wanted = TUN_F_CSUM;

	if (type >= ARRAY_SIZE(looptun_vnet_offloads) || !looptun_vnet_offloads[type])
		return false;
	wanted |= looptun_vnet_offloads[type];
	if (header->gso_type & VIRTIO_NET_HDR_GSO_ECN)
		wanted |= TUN_F_TSO_ECN;
	return (offloads & wanted) == wanted;
}

/**
 * looptun_vnet_complete - fill in the checksum that a header asks for
 * @framing: framing of the tunnel
 * @header: the header
 * @data: the datagram
 * @len: its length
 *
 * Mirrors skb_checksum_help().
 *
 * Context: any.
 * Return: false if the datagram does not have the place, and nothing is done.
 */
bool looptun_vnet_complete(struct looptun_framing framing,
			   const struct virtio_net_hdr *header, u8 *data,
			   size_t len)
{
	size_t start = __virtio16_to_cpu(framing.vnet_le, header->csum_start);
	size_t offset = __virtio16_to_cpu(framing.vnet_le, header->csum_offset);
	__sum16 sum;

	if (!(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	if (start + offset + sizeof(sum) > len)
		return false;
	sum = csum_fold(csum_partial(data + start, len - start, 0)) ?:
	      CSUM_MANGLED_0;
	memcpy(data + start + offset, &sum, sizeof(sum));
	return true;
}

/**
 * looptun_vnet_move - make a header one of another tunnel
 * @from: framing of the tunnel it was written to
 * @to: framing of the one where it is to be read
 * @header: the header
 * @cut: bytes that the datagram has lost at its beginning, negative if it got some
 * @len: bytes that it has now
 *
 * Context: any.
 * Return: false if what it speaks of is not there.
 */
bool looptun_vnet_move(struct looptun_framing from, struct looptun_framing to,
		       struct virtio_net_hdr *header, int cut, size_t len)
{
	int start = __virtio16_to_cpu(from.vnet_le, header->csum_start);
	int hdr_len = __virtio16_to_cpu(from.vnet_le, header->hdr_len);
	u16 offset = __virtio16_to_cpu(from.vnet_le, header->csum_offset);
	u16 size = __virtio16_to_cpu(from.vnet_le, header->gso_size);

	if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		start -= cut;
	if (hdr_len)
		hdr_len -= cut;
	if (start < 0 || start > U16_MAX || hdr_len < 0 || hdr_len > U16_MAX)
		return false;
	if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	    start + offset + sizeof(__sum16) > len)
		return false;
	header->csum_start = __cpu_to_virtio16(to.vnet_le, start);
	header->hdr_len = __cpu_to_virtio16(to.vnet_le, hdr_len);
	header->csum_offset = __cpu_to_virtio16(to.vnet_le, offset);
	header->gso_size = __cpu_to_virtio16(to.vnet_le, size);
	return true;
}

/**
 * looptun_vnet_cut - a filter has cut the datagram behind a header
 * @framing: framing of the tunnel
 * @header: the header; its hdr_len is lowered to what is left
 * @len: bytes that are left
 *
 * Mirrors virtio_net_hdr_from_skb(), which writes the header after the filter.
 *
 * Context: any.
 */
void looptun_vnet_cut(struct looptun_framing framing,
		      struct virtio_net_hdr *header, size_t len)
{
	if (__virtio16_to_cpu(framing.vnet_le, header->hdr_len) > len)
		header->hdr_len = __cpu_to_virtio16(framing.vnet_le, len);
}
