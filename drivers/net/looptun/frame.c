// SPDX-License-Identifier: GPL-2.0-only
/*
 * Framing of datagrams on the descriptor, as tun_put_user() and tun_get_user()
 * do it, and their flows: which one a datagram belongs to, and what was learned
 * of it. Everything here maps values to values; chardev.c does the copying.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/etherdevice.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "frame.h"

/* One end of a flow: an address and, if there is one, its port. */
static u32 looptun_frame_end_hash(const u8 *address, size_t len,
				  const u8 *port, u8 proto)
{
	u32 words[sizeof(struct in6_addr) / sizeof(u32)];
	u32 hash;

	/* jhash() of bytes takes words in the order of the machine. */
	memcpy(words, address, len);
	le32_to_cpu_array(words, len / sizeof(*words));
	hash = jhash2(words, len / sizeof(*words), proto);
	return port ? jhash_1word(port[0] << 8 | port[1], hash) : hash;
}

/*
 * Two addresses of @size bytes from @at, and both ports behind the header, where there are
 * any: the same whichever is the first.
 */
static inline u32
looptun_frame_ip_hash(const u8 *ip, size_t len, size_t at, size_t size,
		      size_t header, u8 proto)
{
	bool ports = (proto == IPPROTO_TCP || proto == IPPROTO_UDP) &&
		     len >= header + 4;

	return looptun_frame_end_hash(ip + at, size, ports ? ip + header : NULL, proto) ^
	       looptun_frame_end_hash(ip + at + size, size,
				      ports ? ip + header + 2 : NULL, proto);
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
	size_t skip = tap ? ETH_HLEN : 0, header;
	u32 hash;

	if (len <= skip)
		return 0;
	data += skip;
	len -= skip;
	if (*data >> 4 == 4 && len >= sizeof(struct iphdr)) {
		/* No ports in fragments: nothing is behind their header. */
		header = (data[6] & 0x3f) || data[7] ? len : (*data & 0xf) * 4;
		hash = looptun_frame_ip_hash(data, len, 12, sizeof(struct in_addr),
					     header, data[9]);
	} else if (*data >> 4 == 6 && len >= sizeof(struct ipv6hdr)) {
		hash = looptun_frame_ip_hash(data, len, 8, sizeof(struct in6_addr),
					     sizeof(struct ipv6hdr), data[6]);
	} else {
		return 0;
	}
	return jhash_1word(hash, 0);
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

/* A word: the flow, when it was written, and the queue and 1; 0 for nothing. */
#define LOOPTUN_FLOW_HASH	GENMASK_ULL(63, 32)
#define LOOPTUN_FLOW_TIME	GENMASK_ULL(31, 9)
#define LOOPTUN_FLOW_QUEUE	GENMASK_ULL(8, 0)

/*
 * Time is told in ticks of 17 ms, so that it comes round in a day and a half.
 * Both ends are cut off, hence one tick more than three seconds have.
 */
#define LOOPTUN_FLOW_SHIFT	24
#define LOOPTUN_FLOW_EXPIRE	((3ULL * NSEC_PER_SEC >> LOOPTUN_FLOW_SHIFT) + 1)

static u64 looptun_flow_time(u64 now)
{
	return now >> LOOPTUN_FLOW_SHIFT & FIELD_MAX(LOOPTUN_FLOW_TIME);
}

static bool looptun_flow_is_known(u64 word, u32 hash, u64 now)
{
	u64 age = looptun_flow_time(now) - FIELD_GET(LOOPTUN_FLOW_TIME, word);

	return FIELD_GET(LOOPTUN_FLOW_QUEUE, word) &&
	       FIELD_GET(LOOPTUN_FLOW_HASH, word) == hash &&
	       (age & FIELD_MAX(LOOPTUN_FLOW_TIME)) <= LOOPTUN_FLOW_EXPIRE;
}

/**
 * looptun_flow_learn - remember the queue of a flow
 * @flows: LOOPTUN_FLOW_PLACES words, zeroes at first
 * @hash: the flow; another that has its place is forgotten
 * @queue: the queue, up to 255
 * @now: nanoseconds of a monotonic clock
 */
void looptun_flow_learn(atomic64_t *flows, u32 hash, unsigned int queue, u64 now)
{
	u64 word = FIELD_PREP(LOOPTUN_FLOW_HASH, (u64)hash) |
		   FIELD_PREP(LOOPTUN_FLOW_TIME, looptun_flow_time(now)) |
		   FIELD_PREP(LOOPTUN_FLOW_QUEUE, (u64)queue + 1);

	atomic64_set(&flows[hash % LOOPTUN_FLOW_PLACES], word);
}

/**
 * looptun_flow_queue - the queue for a flow
 * @flows: what was learned
 * @hash: the flow
 * @queues: how many there are, at least 1
 * @now: as for looptun_flow_learn()
 *
 * Mirrors tun_automq_select_queue(), and netdev_cap_txqueue() where the queue
 * is gone since. tun forgets a flow that was not written for three seconds, at
 * the next full second; here it is at once.
 *
 * Return: the queue that it was last written on, the first if that is gone, or
 * one by the hash.
 */
unsigned int looptun_flow_queue(const atomic64_t *flows, u32 hash,
				unsigned int queues, u64 now)
{
	u64 word = atomic64_read(&flows[hash % LOOPTUN_FLOW_PLACES]);
	unsigned int queue;

	if (!looptun_flow_is_known(word, hash, now))
		return reciprocal_scale(hash, queues);
	queue = FIELD_GET(LOOPTUN_FLOW_QUEUE, word) - 1;
	return queue < queues ? queue : 0;
}
