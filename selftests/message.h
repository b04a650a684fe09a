/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program writes and reads, headers of the descriptor included: for the
 * tests of the loopback.
 */
#ifndef SELFTESTS_MESSAGE_H
#define SELFTESTS_MESSAGE_H

#include <linux/virtio_net.h>
#include <string.h>

#include "looptun.h"

#define HDR_LEN sizeof(struct virtio_net_hdr)

static const __u8 made_up_mac[] = { 2, 'l', 'o', 'o', 'p', 1 };
static const __u8 everybody[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* A message on the descriptor: PI, virtio-net header, Ethernet header, IP. */
struct message {
	__u8 bytes[2048];
	size_t len;
	size_t vnet, ether, ip;
};

/* Headers for @flags; what is then put at bytes + ip is of type @proto. */
static inline void begin(struct message *m, int flags, const __u8 *to,
			 const __u8 *from, int proto)
{
	__u8 type[2] = { proto >> 8, proto };

	memset(m, 0, sizeof(*m));
	if (lt_pi_len(flags))
		memcpy(m->bytes + 2, type, 2);
	m->vnet = lt_pi_len(flags);
	m->ether = m->vnet + (flags & IFF_VNET_HDR ? HDR_LEN : 0);
	m->ip = m->ether;
	if (lt_tap(flags)) {
		memcpy(m->bytes + m->ether, to, 6);
		memcpy(m->bytes + m->ether + 6, from, 6);
		memcpy(m->bytes + m->ether + 12, type, 2);
		m->ip += LT_ETHER_LEN;
	}
	m->len = m->ip;
}

#endif
