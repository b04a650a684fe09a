/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a frame apart: Ethernet header, VLAN tags, IP header, extension
 * headers; and the answer to it: the same with the roles turned. Pure: no locks, no
 * user memory, no allocation, any context.
 */
#ifndef LOOPTUN_DISSECT_H
#define LOOPTUN_DISSECT_H

#include <linux/types.h>

#include "datagram.h"

#define LOOPTUN_DISSECT_IPV4_LEN	20
#define LOOPTUN_DISSECT_IPV6_LEN	40

/**
 * struct looptun_dissect_frame - a frame, its Ethernet header taken off
 * @ether: the Ethernet header, NULL without one
 * @type: EtherType of @data
 * @data: what stands behind the header and its VLAN tags
 * @len: bytes of it
 */
struct looptun_dissect_frame {
	u8 *ether;
	u16 type;
	u8 *data;
	size_t len;
};

/**
 * struct looptun_dissect_ip - an IP datagram, its headers taken off
 * @addresses: the source, the destination behind it
 * @size: bytes of each: 4 or 16
 * @proto: protocol of @data
 * @data: what stands behind the headers
 * @len: bytes of it
 * @fragment: it is a piece of a datagram
 * @later: and not the first: there is no header of @proto in it
 */
struct looptun_dissect_ip {
	u8 *addresses;
	size_t size;
	u8 proto;
	u8 *data;
	size_t len;
	bool fragment;
	bool later;
};

bool looptun_dissect_frame(bool tap, u8 *data, size_t len,
			   struct looptun_dissect_frame *frame);
void looptun_dissect_trim(struct looptun_dissect_frame *frame);
enum looptun_outcome
looptun_dissect_ip(const struct looptun_dissect_frame *frame,
		   struct looptun_dissect_ip *ip);
bool looptun_dissect_is_host(const u8 *address, size_t size);

static inline u16 looptun_dissect_get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static inline void looptun_dissect_put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

/* The answer, in reflect.c. Who answers where a frame was for everybody: 02, "loop", 01. */
#define LOOPTUN_REFLECT_MAC	{ 0x02, 0x6c, 0x6f, 0x6f, 0x70, 0x01 }

enum looptun_outcome looptun_reflect(bool tap, u8 *data, size_t *len,
				     bool partial, bool neighbour);

#endif
