/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program writes and reads, headers of the descriptor included: for the
 * tests of the loopback.
 */
#ifndef SELFTESTS_MESSAGE_H
#define SELFTESTS_MESSAGE_H

#include <linux/virtio_net.h>
#include <netinet/in.h>
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

/* UDP whose checksum is to be completed: the field has the pseudo header's sum. */
static inline void make_partial(struct message *m)
{
	struct virtio_net_hdr *h = (void *)(m->bytes + m->vnet);
	__u8 *udp = m->bytes + m->ip + 20;
	__u32 sum = IPPROTO_UDP + (udp[4] << 8 | udp[5]);
	int i;

	for (i = 12; i < 20; i += 2)
		sum += m->bytes[m->ip + i] << 8 | m->bytes[m->ip + i + 1];
	sum = (__u16)~lt_checksum(NULL, 0, sum);
	udp[6] = sum >> 8;
	udp[7] = sum;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->csum_start = m->ip + 20 - m->ether;
	h->csum_offset = 6;
}

#endif
