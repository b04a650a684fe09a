// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: reflect.c and dissect.c. The first byte of an input tells what is
 * done with the rest, which is a frame:
 * bit 0	of a TAP
 * bit 1	whose checksum is still to be completed
 * bit 2	ask for the answer of a neighbour alone
 * bit 3	only take what stands behind the datagram off
 * bits 4-7	make it one of shapes[] first, or leave it alone
 */
#include <netinet/in.h>

#include "fuzz.h"
#include "dissect.h"

#define ETHER_LEN 14

/* Where things are in a frame, as this file finds them; 0: not there. */
struct layout {
	size_t ip, ip_len;
	size_t transport, end;
	size_t sum;
	u16 type;
	u8 version, proto;
	int later;
};

/* What repair() makes of the bytes it gets. */
static const struct shape {
	u16 type;
	u8 proto;
	u8 icmp;
	int whole;
} shapes[] = {
	{ 0 },
	{ 0x0800, IPPROTO_UDP, 0, 1 },
	{ 0x0800, IPPROTO_TCP, 0, 1 },
	{ 0x0800, IPPROTO_ICMP, 8, 1 },
	{ 0x0800, IPPROTO_UDP, 0, 0 },
	{ 0x0800, IPPROTO_ICMP, 8, 0 },
	{ 0x86dd, IPPROTO_UDP, 0, 1 },
	{ 0x86dd, IPPROTO_TCP, 0, 1 },
	{ 0x86dd, IPPROTO_ICMPV6, 128, 1 },
	{ 0x86dd, IPPROTO_ICMPV6, 135, 1 },
	{ 0x86dd, IPPROTO_HOPOPTS, 0, 0 },
	{ 0x86dd, IPPROTO_FRAGMENT, 0, 0 },
	{ 0x86dd, IPPROTO_DSTOPTS, 0, 0 },
	{ 0x86dd, IPPROTO_ROUTING, 0, 0 },
	{ 0x0806, 0, 0, 1 },
	{ 0x8100, 0, 0, 0 },
};

static u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static u16 sum(const u8 *at, size_t len, u64 sum)
{
	for (; len > 1; at += 2, len -= 2)
		sum += get16(at);
	if (len)
		sum += *at << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The place of the checksum in a whole message of a protocol known here. */
static size_t place_of_sum(const struct layout *l)
{
	static const struct {
		u8 version, proto, at, shortest;
	} rows[] = {
		{ 4, IPPROTO_UDP, 6, 8 },	{ 6, IPPROTO_UDP, 6, 8 },
		{ 4, IPPROTO_TCP, 16, 20 },	{ 6, IPPROTO_TCP, 16, 20 },
		{ 4, IPPROTO_ICMP, 2, 4 },	{ 6, IPPROTO_ICMPV6, 2, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].version == l->version && rows[i].proto == l->proto &&
		    l->end - l->transport >= rows[i].shortest)
			return l->transport + rows[i].at;
	return 0;
}

static int find_ipv4(const u8 *data, size_t len, struct layout *l)
{
	if (len - l->ip < 20 || data[l->ip] < 0x45)
		return 0;
	l->ip_len = (data[l->ip] & 15) * 4;
	l->end = l->ip + get16(data + l->ip + 2);
	l->transport = l->ip + l->ip_len;
	l->proto = data[l->ip + 9];
	if (l->transport > l->end || l->end > len)
		return 0;
	l->later = get16(data + l->ip + 6) & 0x1fff;
	if (!(get16(data + l->ip + 6) & 0x3fff))
		l->sum = place_of_sum(l);
	return 1;
}

static int find_ipv6(const u8 *data, size_t len, struct layout *l)
{
	int whole = 1;

	if (len - l->ip < 40)
		return 0;
	l->end = l->ip + 40 + get16(data + l->ip + 4);
	l->transport = l->ip + 40;
	l->proto = data[l->ip + 6];
	if (l->end > len)
		return 0;
	while (l->proto == 0 || l->proto == 43 || l->proto == 44 ||
	       l->proto == 60) {
		if (l->end - l->transport < 8)
			return 0;
		if (l->proto == 44 && (get16(data + l->transport + 2) & 0xfff9))
			whole = 0;
		if (l->proto == 44)
			l->later = get16(data + l->transport + 2) & 0xfff8;
		len = l->proto == 44 ? 8 : 8 + 8 * data[l->transport + 1];
		l->proto = data[l->transport];
		if (l->end - l->transport < len)
			return 0;
		l->transport += len;
		if (l->later)
			return 1;
	}
	if (whole)
		l->sum = place_of_sum(l);
	return 1;
}

/* Find the headers of an IP datagram; 0 if it has not all it should have. */
static int find(int tap, const u8 *data, size_t len, struct layout *l)
{
	size_t type = ETHER_LEN - 2;

	memset(l, 0, sizeof(*l));
	if (tap) {
		while (type + 2 <= len && type < ETHER_LEN + 6 &&
		       (get16(data + type) == 0x8100 ||
			get16(data + type) == 0x88a8))
			type += 4;
		l->ip = type + 2;
		if (len >= l->ip)
			l->type = get16(data + type);
	}
	if (len <= l->ip)
		return 0;
	l->version = data[l->ip] >> 4;
	if (tap && l->type != (l->version == 4 ? 0x0800 : 0x86dd))
		return 0;
	if (l->version == 4)
		return find_ipv4(data, len, l);
	return l->version == 6 && find_ipv6(data, len, l);
}

/* What the pseudo header adds to the sum. */
static u16 pseudo(const u8 *data, const struct layout *l)
{
	size_t len = l->end - l->transport;

	if (l->version == 6)
		return sum(data + l->ip + 8, 32, len + l->proto);
	return l->proto == IPPROTO_ICMP ? 0 :
	       sum(data + l->ip + 12, 8, len + l->proto);
}

/* Is every checksum right, those of fragments aside? */
static int is_valid(const u8 *data, const struct layout *l)
{
	if (l->version == 4 && sum(data + l->ip, l->ip_len, 0) != 0xffff)
		return 0;
	if (!l->sum || (l->version == 4 && l->proto == IPPROTO_UDP &&
			!get16(data + l->sum)))
		return 1;
	return sum(data + l->transport, l->end - l->transport,
		   pseudo(data, l)) == 0xffff;
}

static void put_sums(u8 *data, const struct layout *l)
{
	u16 value;

	if (l->version == 4) {
		put16(data + l->ip + 10, 0);
		put16(data + l->ip + 10, ~sum(data + l->ip, l->ip_len, 0));
	}
	if (l->sum) {
		put16(data + l->sum, 0);
		value = ~sum(data + l->transport, l->end - l->transport,
			     pseudo(data, l));
		put16(data + l->sum, value ? value : 0xffff);
	}
}

static void repair_ip(u8 *ip, size_t len, const struct shape *shape)
{
	if (shape->type == 0x0800 && len >= 20) {
		ip[0] = 0x40 | (ip[0] & 15 & (shape->whole ? 5 : 15));
		/* Lengths that are one off are of interest too. */
		put16(ip + 2, len + (ip[1] == 1) - (ip[1] == 2));
		if (shape->whole)
			put16(ip + 6, 0);
		ip[9] = shape->proto;
		ip[12] = 10;
		ip[16] = 10;
	}
	if (shape->type == 0x86dd && len >= 40) {
		ip[0] = 0x60;
		put16(ip + 4, len - 40 + (ip[3] == 1) - (ip[3] == 2));
		ip[6] = shape->proto;
		ip[7] |= shape->icmp == 135 ? 255 : 0;
		ip[8] = 0xfd;
		ip[24] = 0xfd;
	}
}

/* Make a frame one that goes further than most: its lengths and sums right. */
static void repair(int tap, u8 *data, size_t len, const struct shape *shape)
{
	static const u8 arp[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	size_t at = tap ? ETHER_LEN : 0;
	struct layout l;

	if (!shape->type || len <= at)
		return;
	if (tap) {
		data[6] &= 0xfe;
		put16(data + at - 2, shape->type);
	}
	if (shape->type == 0x8100 && len >= at + 4) {
		put16(data + at + 2, len & 1 ? 0x0800 : 0x88a8);
		return;
	}
	if (tap && shape->type == 0x0806 && len >= at + sizeof(arp))
		memcpy(data + at, arp, sizeof(arp));
	repair_ip(data + at, len - at, shape);
	if (!find(tap, data, len, &l))
		return;
	if (shape->icmp && l.end - l.transport >= 2)
		put16(data + l.transport, shape->icmp << 8);
	put_sums(data, &l);
}

/* What was answered: the same again is what it was, where roles were turned. */
static void turn_back(int tap, int partial, const u8 *data, size_t len,
		      const u8 *answer, size_t answer_len,
		      const struct layout *l)
{
	u8 *again;

	if ((l->proto != IPPROTO_UDP && l->proto != IPPROTO_TCP) ||
	    (tap && data[0] & 1))
		return;
	FUZZ_HOLDS(answer_len == len);
	again = malloc(len);
	memcpy(again, answer, len);
	FUZZ_HOLDS(looptun_reflect(tap, again, &len, partial, false) ==
		   LOOPTUN_DONE);
	FUZZ_HOLDS(len == answer_len && !memcmp(again, data, len));
	free(again);
}

static void check_answer(int tap, int partial, const u8 *data, size_t len,
			 const u8 *answer, size_t answer_len)
{
	struct layout l, turned;

	FUZZ_HOLDS(answer_len && answer_len <= len);
	FUZZ_HOLDS(!tap || !(answer[6] & 1));
	if (!find(tap, data, len, &l)) {
		FUZZ_HOLDS(l.type == 0x0806 && answer_len == len);
		return;
	}
	FUZZ_HOLDS(find(tap, answer, answer_len, &turned));
	/* What stands behind the datagram stays, or goes as a whole. */
	FUZZ_HOLDS(answer_len == turned.end || len - l.end == answer_len - turned.end);
	if (l.later)
		FUZZ_HOLDS(!memcmp(data + l.transport, answer + l.transport,
				   len - l.transport));
	FUZZ_HOLDS(turned.version == l.version && turned.proto == l.proto);
	FUZZ_HOLDS(!is_valid(data, &l) || is_valid(answer, &turned));
	turn_back(tap, partial, data, len, answer, answer_len, &l);
}

/* No more is taken off than stands behind, and nothing twice. */
static void trim(int tap, u8 *data, size_t len)
{
	struct looptun_dissect_frame frame, again;
	struct layout l;

	if (!looptun_dissect_frame(tap, data, len, &frame))
		return;
	FUZZ_HOLDS(frame.data >= data && frame.data + frame.len == data + len);
	looptun_dissect_trim(&frame);
	FUZZ_HOLDS(frame.data + frame.len <= data + len);
	if (find(tap, data, len, &l))
		FUZZ_HOLDS(frame.data + frame.len == data + l.end);
	again = frame;
	looptun_dissect_trim(&again);
	FUZZ_HOLDS(again.len == frame.len);
}

int fuzz_input(const u8 *data, size_t len)
{
	enum looptun_outcome verdict;
	u8 *frame, *answer;
	int tap, partial;
	size_t got;

	if (!len)
		return 0;
	got = --len;
	tap = data[0] & 1;
	partial = !!(data[0] & 2);
	/* Memory of its own each, so that ASan sees a byte too many. */
	frame = malloc(len);
	memcpy(frame, data + 1, len);
	repair(tap, frame, len, &shapes[data[0] >> 4]);
	answer = malloc(len);
	memcpy(answer, frame, len);
	if (data[0] & 8)
		trim(tap, frame, len);
	if (tap && data[0] & 4)
		verdict = looptun_reflect(tap, answer, &got, false, true);
	else
		verdict = looptun_reflect(tap, answer, &got, partial, false);
	if (verdict == LOOPTUN_DONE)
		check_answer(tap, partial, frame, len, answer, got);
	else
		FUZZ_HOLDS(got == len && !memcmp(answer, frame, len));
	free(answer);
	free(frame);
	return 0;
}
