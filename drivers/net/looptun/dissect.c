// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers of Ethernet and IP, read and checked, whatever their lengths claim.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/string.h>

#include "dissect.h"

/* More than these say nothing that a test would want to know. */
#define LOOPTUN_DISSECT_TAGS	2
#define LOOPTUN_DISSECT_HEADERS	8
#define LOOPTUN_DISSECT_TAG_LEN	4

/**
 * looptun_dissect_frame - take the Ethernet header and its VLAN tags off
 * @tap: there is one; @data is an IP datagram otherwise
 * @data: the frame
 * @len: its length
 * @frame: what was found
 *
 * Up to two tags; the type of a frame with more is that of the third.
 *
 * Return: false if it is cut short.
 */
bool looptun_dissect_frame(bool tap, u8 *data, size_t len,
			   struct looptun_dissect_frame *frame)
{
	size_t at = tap ? ETH_HLEN : 0;
	int tags = 0;

	if (len < at + !tap)
		return false;
	if (!tap)
		frame->type = *data >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP;
	else
		frame->type = looptun_dissect_get16(data + at - 2);
	while ((frame->type == ETH_P_8021Q || frame->type == ETH_P_8021AD) &&
	       tags++ < LOOPTUN_DISSECT_TAGS) {
		at += LOOPTUN_DISSECT_TAG_LEN;
		if (len < at)
			return false;
		frame->type = looptun_dissect_get16(data + at - 2);
	}
	frame->ether = tap ? data : NULL;
	frame->data = data + at;
	frame->len = len - at;
	return true;
}

/**
 * looptun_dissect_trim - leave what stands behind an IP datagram off
 * @frame: what was found behind the Ethernet header
 *
 * Short frames are padded. Where the length makes no sense nothing is done.
 */
void looptun_dissect_trim(struct looptun_dissect_frame *frame)
{
	size_t len = 0;

	if (frame->type == ETH_P_IP && frame->len >= LOOPTUN_DISSECT_IPV4_LEN)
		len = looptun_dissect_get16(frame->data + 2);
	if (frame->type == ETH_P_IPV6 && frame->len >= LOOPTUN_DISSECT_IPV6_LEN)
		len = LOOPTUN_DISSECT_IPV6_LEN +
		      looptun_dissect_get16(frame->data + 4);
	if (len >= LOOPTUN_DISSECT_IPV4_LEN && len < frame->len)
		frame->len = len;
}

/**
 * looptun_dissect_is_host - is there one host of this address?
 * @address: an IP address
 * @size: its bytes, 4 or 16
 *
 * That is what none, multicast and limited broadcast are not.
 */
bool looptun_dissect_is_host(const u8 *address, size_t size)
{
	if (!memchr_inv(address, 0, size))
		return false;
	if (size == 16)
		return address[0] != 0xff;
	return address[0] >> 4 != 0xe && memchr_inv(address, 0xff, size);
}

static enum looptun_outcome
looptun_dissect_options(const u8 *option, size_t len)
{
	size_t size;

	for (; len && *option != IPOPT_END; option += size, len -= size) {
		size = 1;
		if (*option == IPOPT_NOOP)
			continue;
		if (len < 2 || option[1] < 2 || option[1] > len)
			return LOOPTUN_MALFORMED;
		if (*option == IPOPT_LSRR ||
		    *option == IPOPT_SSRR)
			return LOOPTUN_NO_HOST;
		size = option[1];
	}
	return LOOPTUN_DONE;
}

static enum looptun_outcome
looptun_dissect_ipv4(const struct looptun_dissect_frame *frame,
		     struct looptun_dissect_ip *ip)
{
	u8 *header = frame->data;
	size_t header_len, total;
	u16 piece;

	if (frame->len < LOOPTUN_DISSECT_IPV4_LEN || *header >> 4 != 4)
		return LOOPTUN_MALFORMED;
	header_len = (*header & 0xf) * 4;
	total = looptun_dissect_get16(header + 2);
	if (header_len < LOOPTUN_DISSECT_IPV4_LEN || total < header_len ||
	    total > frame->len)
		return LOOPTUN_MALFORMED;
	piece = looptun_dissect_get16(header + 6);
	*ip = (struct looptun_dissect_ip) {
		.addresses = header + 12,
		.size = 4,
		.proto = header[9],
		.data = header + header_len,
		.len = total - header_len,
		/* More to come, or an offset. */
		.fragment = piece & 0x3fff,
		.later = piece & 0x1fff,
	};
	return looptun_dissect_options(header + LOOPTUN_DISSECT_IPV4_LEN,
				       header_len - LOOPTUN_DISSECT_IPV4_LEN);
}

static bool looptun_dissect_is_extension(u8 proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT;
}

/* Take one extension header off. */
static enum looptun_outcome
looptun_dissect_extension(struct looptun_dissect_ip *ip)
{
	size_t size = 8;
	u16 piece;

	if (ip->len < size)
		return LOOPTUN_MALFORMED;
	if (ip->proto == IPPROTO_FRAGMENT) {
		piece = looptun_dissect_get16(ip->data + 2);
		ip->fragment = piece & 0xfff9;
		ip->later = piece & 0xfff8;
	} else {
		size += ip->data[1] * 8;
		if (size > ip->len)
			return LOOPTUN_MALFORMED;
		/* Segments that are left name further hosts on the way. */
		if (ip->proto == IPPROTO_ROUTING && ip->data[3])
			return LOOPTUN_NO_HOST;
	}
	ip->proto = ip->data[0];
	ip->data += size;
	ip->len -= size;
	return LOOPTUN_DONE;
}

static enum looptun_outcome
looptun_dissect_ipv6(const struct looptun_dissect_frame *frame,
		     struct looptun_dissect_ip *ip)
{
	enum looptun_outcome verdict = LOOPTUN_DONE;
	u8 *header = frame->data;
	int headers = 0;
	size_t len;

	if (frame->len < LOOPTUN_DISSECT_IPV6_LEN || *header >> 4 != 6)
		return LOOPTUN_MALFORMED;
	len = looptun_dissect_get16(header + 4);
	if (len > frame->len - LOOPTUN_DISSECT_IPV6_LEN)
		return LOOPTUN_MALFORMED;
	*ip = (struct looptun_dissect_ip) {
		.addresses = header + 8,
		.size = 16,
		.proto = header[6],
		.data = header + LOOPTUN_DISSECT_IPV6_LEN,
		.len = len,
	};
	while (verdict == LOOPTUN_DONE && !ip->later &&
	       looptun_dissect_is_extension(ip->proto)) {
		if (headers++ == LOOPTUN_DISSECT_HEADERS)
			return LOOPTUN_MALFORMED;
		verdict = looptun_dissect_extension(ip);
	}
	return verdict;
}

/**
 * looptun_dissect_ip - take IP headers off
 * @frame: what was found behind the Ethernet header
 * @ip: what was found behind those of IP
 *
 * Extension headers, at most eight, are passed over up to the first of which
 * only its own protocol knows the length. What is sent on by a source route is
 * LOOPTUN_NO_HOST.
 */
enum looptun_outcome
looptun_dissect_ip(const struct looptun_dissect_frame *frame,
		   struct looptun_dissect_ip *ip)
{
	enum looptun_outcome verdict;

	if (frame->type == ETH_P_IP)
		verdict = looptun_dissect_ipv4(frame, ip);
	else if (frame->type == ETH_P_IPV6)
		verdict = looptun_dissect_ipv6(frame, ip);
	else
		return LOOPTUN_NO_ANSWER;
	if (verdict != LOOPTUN_DONE)
		return verdict;
	if (!looptun_dissect_is_host(ip->addresses, ip->size) ||
	    !looptun_dissect_is_host(ip->addresses + ip->size, ip->size))
		return LOOPTUN_NO_HOST;
	return LOOPTUN_DONE;
}
