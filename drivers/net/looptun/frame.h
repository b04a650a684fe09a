/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Framing: which headers stand before a datagram on the descriptor, how many
 * bytes a call moves and what it returns. Pure: no locks, no user memory, no
 * allocation, any context.
 */
#ifndef LOOPTUN_FRAME_H
#define LOOPTUN_FRAME_H

#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/types.h>
#include <linux/virtio_byteorder.h>

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
 * struct looptun_read_plan - what a read(2) of one datagram does
 * @pi: the PI header to copy out first
 * @pi_len: bytes of @pi to copy, 0 or 4
 * @vnet_len: bytes of virtio-net header to copy after it
 * @data_len: bytes of the datagram to copy last
 * @ret: what read(2) returns once the copies are made
 */
struct looptun_read_plan {
	struct tun_pi pi;
	size_t pi_len;
	size_t vnet_len;
	size_t data_len;
	ssize_t ret;
};

/**
 * struct looptun_write_plan - what a write(2) of one datagram does
 * @pi_len: bytes of PI header to copy in first, 0 or 4
 * @vnet_len: bytes of virtio-net header to copy in after it
 * @data_len: bytes of the datagram that follow
 * @ret: what write(2) returns, or the error once the headers are copied
 */
struct looptun_write_plan {
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

struct looptun_read_plan looptun_frame_plan_read(struct looptun_framing framing,
						 size_t count, size_t len,
						 __be16 proto);
struct looptun_write_plan
looptun_frame_plan_write(struct looptun_framing framing, size_t count);
size_t looptun_frame_write_max(bool tap);
int looptun_frame_check_size(bool tap, size_t hdr_len, size_t len);
u32 looptun_frame_flow_hash(bool tap, const u8 *data, size_t len);
int looptun_frame_written_proto(struct looptun_framing framing, __be16 pi_proto,
				const u8 *data, size_t len, __be16 *proto);
int looptun_frame_ip_proto(u8 first, __be16 *proto);
__be16 looptun_frame_proto(bool tap, const u8 *data, size_t len);
void looptun_frame_ether_header(u8 *header, __be16 proto);

#endif
