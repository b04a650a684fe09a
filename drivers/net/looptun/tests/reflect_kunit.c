// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the answers to IP datagrams. A row describes a datagram; what is to
 * come back is made by the same hand from the description of the answer, its
 * checksums worked out in full.
 */
#include <linux/in.h>

#include "reflect_test.h"

#define OK		LOOPTUN_DONE
#define MALFORMED	LOOPTUN_MALFORMED
#define ADDRESS		LOOPTUN_NO_HOST
#define PROTOCOL	LOOPTUN_NO_ANSWER

/**
 * struct looptun_reflect_test_row - an IP datagram, and what is said to it
 * @desc: of the row
 * @version: of IP
 * @proto: whose header stands in it
 * @type: of ICMP, with its code
 * @len: bytes behind the IP headers
 * @whole: the bytes of which they are the first, if more
 * @fragment: IPv4 flags and offset
 * @first: protocol that the IPv6 header names, with extension headers
 * @extra: options or extension headers
 * @extra_len: bytes of them
 * @verdict: expected
 */
struct looptun_reflect_test_row {
	const char *desc;
	u8 version;
	u8 proto;
	u16 type;
	size_t len;
	size_t whole;
	u16 fragment;
	u8 first;
	u8 extra[80];
	size_t extra_len;
	enum looptun_outcome verdict;
};

static const struct looptun_reflect_test_row looptun_reflect_test_rows[] = {
	/* version, protocol, type, length, whole, fragment, first, extra, verdict */
	{ "UDP, header cut", 4, 17, 0, 7, 0, 0, 0, { }, 0, MALFORMED },
	{ "UDP, header alone", 4, 17, 0, 8, 0, 0, 0, { }, 0, OK },
	{ "UDP, a byte", 4, 17, 0, 9, 0, 0, 0, { }, 0, OK },
	{ "UDP, more", 4, 17, 0, 64, 0, 0, 0, { }, 0, OK },
	{ "TCP, header cut", 4, 6, 0, 19, 0, 0, 0, { }, 0, MALFORMED },
	{ "TCP, header alone", 4, 6, 0, 20, 0, 0, 0, { }, 0, OK },
	{ "TCP, a byte", 4, 6, 0, 21, 0, 0, 0, { }, 0, OK },
	{ "echo, header cut", 4, 1, 0x0800, 7, 0, 0, 0, { }, 0, MALFORMED },
	{ "echo, header alone", 4, 1, 0x0800, 8, 0, 0, 0, { }, 0, OK },
	{ "echo, a byte", 4, 1, 0x0800, 9, 0, 0, 0, { }, 0, OK },
	{ "echo, more", 4, 1, 0x0800, 64, 0, 0, 0, { }, 0, OK },
	{ "echo, of a code", 4, 1, 0x0801, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "echo reply", 4, 1, 0x0000, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "unreachable", 4, 1, 0x0303, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "ICMPv6 in IPv4", 4, 58, 0x8000, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "GRE", 4, 47, 0, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "SCTP", 4, 132, 0, 64, 0, 0, 0, { }, 0, PROTOCOL },

	{ "don't fragment", 4, 17, 0, 64, 0, 0x4000, 0, { }, 0, OK },
	{ "UDP, first, ports cut", 4, 17, 0, 3, 64, 0x2000, 0, { }, 0, MALFORMED },
	{ "UDP, first, ports alone", 4, 17, 0, 4, 64, 0x2000, 0, { }, 0, OK },
	{ "UDP, first", 4, 17, 0, 24, 64, 0x2000, 0, { }, 0, OK },
	{ "TCP, first", 4, 6, 0, 16, 64, 0x2000, 0, { }, 0, OK },
	{ "echo, first, cut", 4, 1, 0x0800, 3, 64, 0x2000, 0, { }, 0, MALFORMED },
	{ "echo, first, shortest", 4, 1, 0x0800, 4, 64, 0x2000, 0, { }, 0, OK },
	{ "echo, first", 4, 1, 0x0800, 24, 64, 0x2000, 0, { }, 0, OK },
	{ "echo reply, first", 4, 1, 0x0000, 24, 64, 0x2000, 0, { }, 0, PROTOCOL },
	{ "UDP, middle", 4, 17, 0, 24, 0, 0x2003, 0, { }, 0, OK },
	{ "UDP, last", 4, 17, 0, 1, 0, 0x1fff, 0, { }, 0, OK },
	{ "UDP, last of 8 bytes", 4, 17, 0, 8, 0, 0x0001, 0, { }, 0, OK },
	{ "TCP, last", 4, 6, 0, 0, 0, 0x0100, 0, { }, 0, OK },
	{ "ICMP, last", 4, 1, 0, 2, 0, 0x0100, 0, { }, 0, OK },
	{ "GRE, last", 4, 47, 0, 2, 0, 0x0100, 0, { }, 0, PROTOCOL },

	{ "options", 4, 17, 0, 8, 0, 0, 0, { 1, 1, 1, 0 }, 4, OK },
	{ "most options", 4, 17, 0, 8, 0, 0, 0, { [0 ... 39] = 1 }, 40, OK },
	{ "record route", 4, 17, 0, 8, 0, 0, 0, { 7, 7, 4, 0, 131, 3, 4, 0 }, 8, OK },
	{ "router alert", 4, 17, 0, 8, 0, 0, 0, { 148, 4, 1, 0 }, 4, OK },
	{ "loose source route", 4, 17, 0, 8, 0, 0, 0, { 131, 7, 4, 1, 2, 3, 4, 0 }, 8, ADDRESS },
	{ "strict, behind others", 4, 17, 0, 8, 0, 0, 0, { 1, 7, 4, 4, 0, 137, 3, 4 }, 8, ADDRESS },
	{ "source route past the end", 4, 17, 0, 8, 0, 0, 0, { 0, 131, 3, 4 }, 4, OK },
	{ "option of no length", 4, 17, 0, 8, 0, 0, 0, { 1, 1, 1, 7 }, 4, MALFORMED },
	{ "option of length 1", 4, 17, 0, 8, 0, 0, 0, { 7, 1, 1, 1 }, 4, MALFORMED },
	{ "option of length 2 to the end", 4, 17, 0, 8, 0, 0, 0, { 1, 1, 7, 2 }, 4, OK },
	{ "option to the end", 4, 17, 0, 8, 0, 0, 0, { 7, 4, 4, 1 }, 4, OK },
	{ "option past the end", 4, 17, 0, 8, 0, 0, 0, { 7, 5, 4, 1 }, 4, MALFORMED },

	{ "IPv6, nothing", 6, 59, 0, 0, 0, 0, 0, { }, 0, PROTOCOL },
	{ "IPv6 UDP, header cut", 6, 17, 0, 7, 0, 0, 0, { }, 0, MALFORMED },
	{ "IPv6 UDP, header alone", 6, 17, 0, 8, 0, 0, 0, { }, 0, OK },
	{ "IPv6 UDP, a byte", 6, 17, 0, 9, 0, 0, 0, { }, 0, OK },
	{ "IPv6 TCP, header cut", 6, 6, 0, 19, 0, 0, 0, { }, 0, MALFORMED },
	{ "IPv6 TCP, header alone", 6, 6, 0, 20, 0, 0, 0, { }, 0, OK },
	{ "IPv6 echo, header cut", 6, 58, 0x8000, 7, 0, 0, 0, { }, 0, MALFORMED },
	{ "IPv6 echo, header alone", 6, 58, 0x8000, 8, 0, 0, 0, { }, 0, OK },
	{ "IPv6 echo, more", 6, 58, 0x8000, 65, 0, 0, 0, { }, 0, OK },
	{ "IPv6 echo reply", 6, 58, 0x8100, 64, 0, 0, 0, { }, 0, PROTOCOL },
	{ "router solicitation", 6, 58, 0x8500, 8, 0, 0, 0, { }, 0, PROTOCOL },
	{ "ICMP in IPv6", 6, 1, 0x0800, 64, 0, 0, 0, { }, 0, PROTOCOL },

	{ "hop-by-hop", 6, 17, 0, 8, 0, 0, 0, { 17, 0, 1, 4, 0, 0, 0, 0 }, 8, OK },
	{ "hop-by-hop, nothing", 6, 59, 0, 0, 0, 0, 0, { 59, 0, 1, 4, 0, 0, 0, 0 }, 8, PROTOCOL },
	{ "hop-by-hop, echo", 6, 58, 0x8000, 8, 0, 0, 0, { 58, 0, 1, 4, 0, 0, 0, 0 }, 8, OK },
	{ "options, 16 bytes", 6, 17, 0, 8, 0, 0, 60, { 17, 1, 1, 12 }, 16, OK },
	{ "options past the end", 6, 17, 0, 8, 0, 0, 60, { 17, 2, 1, 4, 0, 0, 0, 0 }, 8,
	  MALFORMED },
	{ "extension of 7 bytes", 6, 17, 0, 0, 0, 0, 60, { 17, 0, 1, 4, 0, 0, 0 }, 7, MALFORMED },
	{ "eight extensions", 6, 17, 0, 8, 0, 0, 60,
	  { [0] = 60, [8] = 60, [16] = 60, [24] = 60,
	    [32] = 60, [40] = 60, [48] = 60, [56] = 17 }, 64, OK },
	{ "nine extensions", 6, 17, 0, 8, 0, 0, 60,
	  { [0] = 60, [8] = 60, [16] = 60, [24] = 60,
	    [32] = 60, [40] = 60, [48] = 60, [56] = 60, [64] = 17 }, 72,
	  MALFORMED },
	{ "routed to here", 6, 17, 0, 8, 0, 0, 43, { 17, 0, 0, 0, 0, 0, 0, 0 }, 8, OK },
	{ "routed on", 6, 17, 0, 8, 0, 0, 43, { 17, 0, 0, 1, 0, 0, 0, 0 }, 8, ADDRESS },
	{ "AH", 6, 17, 0, 64, 0, 0, 51, { 17, 4, 0, 0, 0, 0, 0, 1 }, 8, PROTOCOL },
	{ "a fragment that is all", 6, 17, 0, 8, 0, 0, 44, { 17, 0, 0, 0, 0, 0, 0, 9 }, 8, OK },
	{ "a fragment that is all, cut", 6, 17, 0, 7, 0, 0, 44, { 17, 0, 0, 0, 0, 0, 0, 9 }, 8,
	  MALFORMED },
	{ "IPv6 UDP, first", 6, 17, 0, 24, 64, 0, 44, { 17, 0, 0, 1, 0, 0, 0, 9 }, 8, OK },
	{ "IPv6 UDP, first, cut", 6, 17, 0, 3, 64, 0, 44, { 17, 0, 0, 1, 0, 0, 0, 9 }, 8,
	  MALFORMED },
	{ "IPv6 UDP, first, ports alone", 6, 17, 0, 4, 64, 0, 44,
	  { 17, 0, 0, 1, 0, 0, 0, 9 }, 8, OK },
	{ "IPv6 echo, first", 6, 58, 0x8000, 24, 64, 0, 44, { 58, 0, 0, 1, 0, 0, 0, 9 }, 8, OK },
	{ "IPv6 UDP, last", 6, 17, 0, 8, 0, 0, 44, { 17, 0, 0, 8, 0, 0, 0, 9 }, 8, OK },
	{ "IPv6 UDP, last, a byte", 6, 17, 0, 1, 0, 0, 44,
	  { 17, 0, 0xff, 0xf8, 0, 0, 0, 9 }, 8, OK },
	{ "last, of options", 6, 60, 0, 8, 0, 0, 44, { 60, 0, 0, 8, 0, 0, 0, 9 }, 8, PROTOCOL },
};

static void looptun_reflect_test_desc(const struct looptun_reflect_test_row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_reflect_test, looptun_reflect_test_rows, looptun_reflect_test_desc);

static bool looptun_reflect_test_is_icmp(const struct looptun_reflect_test_row *row)
{
	return row->proto == IPPROTO_ICMP || row->proto == IPPROTO_ICMPV6;
}

/* Is there no transport header to be found in it? */
static bool looptun_reflect_test_is_later(const struct looptun_reflect_test_row *row)
{
	return (row->fragment & 0x1fff) ||
	       (row->first == IPPROTO_FRAGMENT && (row->extra[2] || (row->extra[3] & 0xf8)));
}

/* The first @row->len bytes of a message, with the checksum of all of it. */
static void looptun_reflect_test_message(const struct looptun_reflect_test_row *row,
					 bool answer, u32 pseudo, u8 *at)
{
	static u8 whole[LOOPTUN_REFLECT_TEST_MAX];
	size_t len = row->whole ?: row->len, sum = 6, i;

	for (i = 0; i < sizeof(whole); i++)
		whole[i] = i * 7 + 3;
	if (looptun_reflect_test_is_later(row))
		goto copy;
	if (looptun_reflect_test_is_icmp(row)) {
		sum = 2;
		looptun_reflect_test_put16(whole, row->type);
		if (answer)
			whole[0] = row->version == 4 ? 0 : 129;
		if (row->proto == IPPROTO_ICMP)
			pseudo = 0;
		else
			pseudo += len;
	} else {
		looptun_reflect_test_put16(whole + (answer ? 2 : 0), 0x1234);
		looptun_reflect_test_put16(whole + (answer ? 0 : 2), 0xf678);
		sum = row->proto == IPPROTO_TCP ? 16 : 6;
		pseudo += len;
	}
	looptun_reflect_test_put16(whole + sum, 0);
	looptun_reflect_test_put16(whole + sum, looptun_reflect_test_checksum(whole, len, pseudo));
copy:
	memcpy(at, whole, row->len);
}

/* Addresses of which each byte differs. */
static void looptun_reflect_test_addresses(u8 *at, size_t size, bool answer)
{
	size_t i;

	for (i = 0; i < size; i++) {
		at[i + (answer ? size : 0)] = 0x20 + i;
		at[i + (answer ? 0 : size)] = 0xa0 + i;
	}
}

static size_t looptun_reflect_test_ipv4(const struct looptun_reflect_test_row *row,
					bool answer, u8 *ip)
{
	size_t header_len = 20 + row->extra_len, len = header_len + row->len;
	u32 pseudo = row->proto;
	size_t i;

	memset(ip, 0, header_len);
	ip[0] = 0x40 | header_len / 4;
	looptun_reflect_test_put16(ip + 2, len);
	looptun_reflect_test_put16(ip + 6, row->fragment);
	ip[8] = 64;
	ip[9] = row->proto;
	looptun_reflect_test_addresses(ip + 12, 4, answer);
	memcpy(ip + 20, row->extra, row->extra_len);
	looptun_reflect_test_put16(ip + 10, looptun_reflect_test_checksum(ip, header_len, 0));
	for (i = 12; i < 20; i += 2)
		pseudo += ip[i] << 8 | ip[i + 1];
	looptun_reflect_test_message(row, answer, pseudo, ip + header_len);
	return len;
}

static size_t looptun_reflect_test_ipv6(const struct looptun_reflect_test_row *row,
					bool answer, u8 *ip)
{
	size_t len = row->extra_len + row->len;
	u32 pseudo = row->proto;
	size_t i;

	memset(ip, 0, 40);
	ip[0] = 0x60;
	ip[3] = 9;
	looptun_reflect_test_put16(ip + 4, len);
	ip[6] = row->extra_len ? row->first : row->proto;
	ip[7] = 64;
	looptun_reflect_test_addresses(ip + 8, 16, answer);
	memcpy(ip + 40, row->extra, row->extra_len);
	for (i = 8; i < 40; i += 2)
		pseudo += ip[i] << 8 | ip[i + 1];
	looptun_reflect_test_message(row, answer, pseudo, ip + 40 + row->extra_len);
	return 40 + len;
}

/* The row's datagram, or the answer to it, behind Ethernet header and tags. */
static size_t looptun_reflect_test_make(const struct looptun_reflect_test_row *row,
					bool tap, int tags, bool answer, u8 *frame)
{
	u8 *at = frame;

	if (tap) {
		memset(at + (answer ? 6 : 0), 0x02, ETH_ALEN);
		memset(at + (answer ? 0 : 6), 0x04, ETH_ALEN);
		at += 2 * ETH_ALEN;
		while (tags--) {
			looptun_reflect_test_put16(at, tags ? ETH_P_8021AD : ETH_P_8021Q);
			looptun_reflect_test_put16(at + 2, 0x2345);
			at += 4;
		}
		looptun_reflect_test_put16(at, row->version == 4 ? ETH_P_IP : ETH_P_IPV6);
		at += 2;
	}
	at += row->version == 4 ? looptun_reflect_test_ipv4(row, answer, at) :
				  looptun_reflect_test_ipv6(row, answer, at);
	return at - frame;
}

static void looptun_reflect_test_row_as(struct kunit *test, bool tap, int tags, bool partial)
{
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX], answer[LOOPTUN_REFLECT_TEST_MAX];
	const struct looptun_reflect_test_row *row = test->param_value;
	size_t len = looptun_reflect_test_make(row, tap, tags, false, frame);
	size_t answer_len = looptun_reflect_test_make(row, tap, tags, true, answer);

	if (row->verdict != OK) {
		looptun_reflect_test_refused(test, tap, partial, frame, len, row->verdict);
	} else if (partial && looptun_reflect_test_is_icmp(row)) {
		looptun_reflect_test_refused(test, tap, partial, frame, len, PROTOCOL);
	} else {
		looptun_reflect_test_answered(test, tap, partial, frame, len, answer, answer_len);
		/* Roles turned twice are as they were; a reply gets no reply. */
		if (!looptun_reflect_test_is_icmp(row))
			looptun_reflect_test_answered(test, tap, partial, answer, answer_len,
						      frame, len);
		/* Padding is no part of the datagram. */
		memset(frame + len, 0x5a, 7);
		memset(answer + len, 0x5a, 7);
		looptun_reflect_test_answered(test, tap, partial, frame, len + 7, answer,
					      len + 7);
	}
}

static void looptun_reflect_test_each(struct kunit *test)
{
	int tags;

	looptun_reflect_test_row_as(test, false, 0, false);
	for (tags = 0; tags <= 2; tags++)
		looptun_reflect_test_row_as(test, true, tags, false);
}

/* To be completed: what is exchanged does not care, and ICMP is left alone. */
static void looptun_reflect_test_partial(struct kunit *test)
{
	const struct looptun_reflect_test_row *row = test->param_value;

	if (looptun_reflect_test_is_icmp(row) && row->verdict != OK)
		return;
	looptun_reflect_test_row_as(test, false, 0, true);
	looptun_reflect_test_row_as(test, true, 0, true);
}

/* All that a length claims has to be there, wherever the frame ends. */
static void looptun_reflect_test_cut(struct kunit *test)
{
	const struct looptun_reflect_test_row *row = test->param_value;
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX];
	size_t len, cut;
	int tap;

	for (tap = 0; tap <= 1; tap++) {
		len = looptun_reflect_test_make(row, tap, 1, false, frame);
		for (cut = 0; cut < len; cut++)
			looptun_reflect_test_refused(test, tap, false, frame, cut, MALFORMED);
	}
}

/**
 * struct looptun_reflect_test_change - bytes of a good frame that are changed
 * @desc: of the row
 * @version: of IP
 * @tap: behind an Ethernet header
 * @at: where
 * @bytes: to what
 * @len: how many
 * @verdict: expected
 */
struct looptun_reflect_test_change {
	const char *desc;
	u8 version;
	bool tap;
	size_t at;
	u8 bytes[16];
	size_t len;
	enum looptun_outcome verdict;
};

static const struct looptun_reflect_test_change looptun_reflect_test_changes[] = {
	{ "from nobody", 4, false, 12, { 0, 0, 0, 0 }, 4, ADDRESS },
	{ "from almost nobody", 4, false, 12, { 0, 0, 0, 1 }, 4, OK },
	{ "to nobody", 4, false, 16, { 0, 0, 0, 0 }, 4, ADDRESS },
	{ "to just under multicast", 4, false, 16, { 223, 255, 255, 255 }, 4, OK },
	{ "to the first of multicast", 4, false, 16, { 224, 0, 0, 0 }, 4, ADDRESS },
	{ "to the last of multicast", 4, false, 16, { 239, 255, 255, 255 }, 4, ADDRESS },
	{ "to just over multicast", 4, false, 16, { 240, 0, 0, 0 }, 4, OK },
	{ "to just under everybody", 4, false, 16, { 255, 255, 255, 254 }, 4, OK },
	{ "to everybody", 4, false, 16, { 255, 255, 255, 255 }, 4, ADDRESS },
	{ "from everybody", 4, false, 12, { 255, 255, 255, 255 }, 4, ADDRESS },
	{ "from multicast", 4, false, 12, { 224, 0, 0, 1 }, 4, ADDRESS },
	{ "IPv6, from nobody", 6, false, 8, { }, 16,
	  ADDRESS },
	{ "IPv6, to nobody", 6, false, 24, { }, 16,
	  ADDRESS },
	{ "IPv6, to localhost", 6, false, 24,
	  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 16, OK },
	{ "IPv6, to just under multicast", 6, false, 24, { 0xfe, 0xff }, 2, OK },
	{ "IPv6, to multicast", 6, false, 24, { 0xff, 0x00 }, 2, ADDRESS },
	{ "IPv6, from multicast", 6, false, 8, { 0xff, 0x02 }, 2, ADDRESS },

	{ "version 5", 4, false, 0, { 0x55 }, 1, MALFORMED },
	{ "header of 16 bytes", 4, false, 0, { 0x44 }, 1, MALFORMED },
	{ "header past the end", 4, false, 0, { 0x4f }, 1, MALFORMED },
	{ "less than a header", 4, false, 2, { 0, 19 }, 2, MALFORMED },
	{ "no more than a header", 4, false, 2, { 0, 20 }, 2, MALFORMED },
	{ "a UDP header", 4, false, 2, { 0, 28 }, 2, OK },
	{ "one byte more than there is", 4, false, 2, { 0, 85 }, 2, MALFORMED },
	{ "all there is", 4, false, 2, { 0, 84 }, 2, OK },
	{ "IPv6, one byte more", 6, false, 4, { 0, 65 }, 2, MALFORMED },
	{ "IPv6, all there is", 6, false, 4, { 0, 64 }, 2, OK },
	{ "IPv6, nothing", 6, false, 4, { 0, 0 }, 2, MALFORMED },

	{ "IPv4 said to be IPv6", 4, true, 12, { 0x86, 0xdd }, 2, MALFORMED },
	{ "IPv6 said to be IPv4", 6, true, 12, { 0x08, 0x00 }, 2, MALFORMED },
	{ "another type", 4, true, 12, { 0x88, 0xcc }, 2, PROTOCOL },
	{ "a length", 4, true, 12, { 0x00, 0x2e }, 2, PROTOCOL },
	{ "a MAC for many as source", 4, true, 6, { 0x01 }, 1, ADDRESS },
	{ "three tags", 4, true, 12,
	  { 0x81, 0, 0, 0, 0x81, 0, 0, 0, 0x81, 0, 0, 0, 0x08, 0 }, 14, PROTOCOL },
};

static void looptun_reflect_test_change_desc(const struct looptun_reflect_test_change *row,
					     char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_reflect_test_change, looptun_reflect_test_changes,
		  looptun_reflect_test_change_desc);

/* A good frame of 64 bytes of UDP. What is made of its sums is for others. */
static void looptun_reflect_test_changed(struct kunit *test)
{
	const struct looptun_reflect_test_change *row = test->param_value;
	const struct looptun_reflect_test_row good = {
		.version = row->version, .proto = IPPROTO_UDP, .len = 64,
	};
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX], got[LOOPTUN_REFLECT_TEST_MAX];
	size_t len = looptun_reflect_test_make(&good, row->tap, 0, false, frame), got_len;

	memcpy(frame + row->at, row->bytes, row->len);
	if (row->verdict != OK)
		looptun_reflect_test_refused(test, row->tap, false, frame, len, row->verdict);
	else
		KUNIT_EXPECT_EQ(test, looptun_reflect_test_try(test, row->tap, false, frame, len,
							       got, &got_len), OK);
}

/* To everybody on the wire: somebody answers. */
static void looptun_reflect_test_somebody(struct kunit *test)
{
	static const struct looptun_reflect_test_row good = {
		.version = 4, .proto = IPPROTO_UDP, .len = 64,
	};
	static const u8 somebody[] = { 0x02, 'l', 'o', 'o', 'p', 1 };
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX], answer[LOOPTUN_REFLECT_TEST_MAX];
	size_t len = looptun_reflect_test_make(&good, true, 0, false, frame);

	looptun_reflect_test_make(&good, true, 0, true, answer);
	memset(frame, 0xff, ETH_ALEN);
	memcpy(answer + ETH_ALEN, somebody, ETH_ALEN);
	looptun_reflect_test_answered(test, true, false, frame, len, answer, len);
	frame[0] = 0x01;
	looptun_reflect_test_answered(test, true, false, frame, len, answer, len);
}

/* Nothing but zeroes in it: of the two zeroes one is right before them. */
static void looptun_reflect_test_zeroes(struct kunit *test)
{
	static const u8 echo[] = {
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		8, 0, 0xf7, 0xff, 0, 0, 0, 0,
	};
	u8 got[sizeof(echo)];
	size_t len;

	KUNIT_ASSERT_EQ(test, looptun_reflect_test_try(test, false, false, echo, sizeof(echo), got,
						       &len), OK);
	KUNIT_EXPECT_EQ(test, got[20], 0);
	KUNIT_EXPECT_EQ(test, looptun_reflect_test_checksum(got + 20, 8, 0), 0);
}

/* What stands behind a datagram goes, if its length says where that is. */
static void looptun_reflect_test_trim(struct kunit *test)
{
	static const struct {
		const char *desc;
		u8 bytes[64];
		size_t len;
		size_t left;
	} rows[] = {
		{ "nothing behind", { 0x45, [3] = 40 }, 40, 40 },
		{ "a byte behind", { 0x45, [3] = 40 }, 41, 40 },
		{ "a header", { 0x45, [3] = 20 }, 46, 20 },
		{ "less than a header", { 0x45, [3] = 19 }, 46, 46 },
		{ "no length", { 0x45 }, 46, 46 },
		{ "longer than it is", { 0x45, [3] = 47 }, 46, 46 },
		{ "header cut", { 0x45, [3] = 10 }, 19, 19 },
		{ "IPv6, nothing behind", { 0x60, [5] = 8 }, 48, 48 },
		{ "IPv6, a byte behind", { 0x60, [5] = 8 }, 49, 48 },
		{ "IPv6, a header", { 0x60 }, 46, 40 },
		{ "IPv6, longer than it is", { 0x60, [5] = 8 }, 47, 47 },
		{ "IPv6, header cut", { 0x60 }, 39, 39 },
		{ "IPv6, header cut, with a length of IPv4", { 0x60, [3] = 25 }, 39, 39 },
	};
	struct looptun_dissect_frame frame;
	u8 *copy;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		copy = kunit_kmalloc(test, rows[i].len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		memcpy(copy, rows[i].bytes, rows[i].len);
		KUNIT_ASSERT_TRUE(test, looptun_dissect_frame(false, copy, rows[i].len, &frame));
		looptun_dissect_trim(&frame);
		KUNIT_EXPECT_EQ_MSG(test, frame.len, rows[i].left, "%s", rows[i].desc);
		KUNIT_EXPECT_PTR_EQ(test, frame.data, copy);
	}
}

/* A tag may be the last of a frame. */
static void looptun_reflect_test_tag(struct kunit *test)
{
	u8 tagged[18] = { [12] = 0x81, [16] = 0x08 };
	struct looptun_dissect_frame frame;
	size_t len;

	for (len = ETH_HLEN; len < sizeof(tagged); len++)
		KUNIT_EXPECT_FALSE(test, looptun_dissect_frame(true, tagged, len, &frame));
	KUNIT_ASSERT_TRUE(test, looptun_dissect_frame(true, tagged, len, &frame));
	KUNIT_EXPECT_EQ(test, frame.type, ETH_P_IP);
	KUNIT_EXPECT_EQ(test, frame.len, 0);
}

/* Every checksum that a request can have gives that of its reply. */
static void looptun_reflect_test_every_sum(struct kunit *test)
{
	u8 echo[28] = { 0x45, 0, 0, 28, [8] = 64, 1, [12] = 10, 0, 0, 1, 10, 0, 0, 2, 8 };
	unsigned int id, wrong = 0;
	u8 got[sizeof(echo)];
	size_t len;

	for (id = 0; id <= 0xffff; id++) {
		looptun_reflect_test_put16(echo + 24, id);
		looptun_reflect_test_put16(echo + 22, 0);
		looptun_reflect_test_put16(echo + 22,
					   looptun_reflect_test_checksum(echo + 20, 8, 0));
		len = sizeof(echo);
		memcpy(got, echo, len);
		if (looptun_reflect(false, got, &len, false, false) != OK ||
		    looptun_reflect_test_checksum(got + 20, 8, 0))
			wrong++;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case looptun_reflect_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_reflect_test_each, looptun_reflect_test_gen_params),
	KUNIT_CASE_PARAM(looptun_reflect_test_partial, looptun_reflect_test_gen_params),
	KUNIT_CASE_PARAM(looptun_reflect_test_cut, looptun_reflect_test_gen_params),
	KUNIT_CASE_PARAM(looptun_reflect_test_changed, looptun_reflect_test_change_gen_params),
	KUNIT_CASE(looptun_reflect_test_somebody),
	KUNIT_CASE(looptun_reflect_test_zeroes),
	KUNIT_CASE(looptun_reflect_test_every_sum),
	KUNIT_CASE(looptun_reflect_test_trim),
	KUNIT_CASE(looptun_reflect_test_tag),
	{ }
};

static struct kunit_suite looptun_reflect_test_suite = {
	.name = "looptun_reflect",
	.test_cases = looptun_reflect_test_cases,
};

kunit_test_suite(looptun_reflect_test_suite);
