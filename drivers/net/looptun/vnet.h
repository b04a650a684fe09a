/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtio-net header that a program writes before a datagram.
 */
#ifndef LOOPTUN_VNET_H
#define LOOPTUN_VNET_H

#include <linux/types.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_net.h>

#include "frame.h"

struct looptun_datagram;
struct net_device;

/* Bytes of header that any kernel knows: struct virtio_net_hdr_v1_hash_tunnel. */
#define LOOPTUN_VNET_MAX	24

/**
 * union looptun_vnet_header - as much of a header as the kernel may look at
 * @basic: what every header begins with
 * @words: that, and what follows
 */
union looptun_vnet_header {
	struct virtio_net_hdr basic;
	__le32 words[LOOPTUN_VNET_MAX / sizeof(__le32)];
};

int looptun_vnet_check_header(struct looptun_framing framing,
			      struct virtio_net_hdr *header, size_t len);
bool looptun_vnet_offload_is_valid(unsigned long bits);
bool looptun_vnet_has_meaning(const struct virtio_net_hdr *header);
int looptun_vnet_check_datagram(struct looptun_framing framing,
				const union looptun_vnet_header *header,
				struct net_device *dev,
				const struct looptun_datagram *datagram);
bool looptun_vnet_is_offered(unsigned long offloads,
			     const struct virtio_net_hdr *header);
bool looptun_vnet_complete(struct looptun_framing framing,
			   const struct virtio_net_hdr *header, u8 *data,
			   size_t len);
bool looptun_vnet_move(struct looptun_framing from, struct looptun_framing to,
		       struct virtio_net_hdr *header, int cut, size_t len);
void looptun_vnet_cut(struct looptun_framing framing,
		      struct virtio_net_hdr *header, size_t len);

#endif
