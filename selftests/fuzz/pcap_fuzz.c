// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: pcap_read.c and pcap_write.c. The first byte of an input tells
 * what is tried with the rest:
 * bit 0	the tunnel is a TAP
 * bit 1	the rest describes packets: what is written is read back
 * otherwise	the rest is a stream: it gives the same in one piece and in
 *		many, whose lengths come from the other bits
 */
#include <errno.h>

#include "fuzz.h"
#include "pcap.h"

#define MOST_PACKETS 512
/* What a packet adds to its bytes in a capture, with padding. */
#define MOST_OVERHEAD (320 + 3)

/* What a stream came to. */
struct outcome {
	size_t taken;
	int ret;
	unsigned int count;
	struct found {
		size_t at;
		u32 len;
		u16 cut, inbound;
	} packets[MOST_PACKETS];
};

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->taken == b->taken && a->ret == b->ret &&
	       a->count == b->count &&
	       !memcmp(a->packets, b->packets, a->count * sizeof(*a->packets));
}

/*
 * A call on memory of its own, so that ASan sees a byte too many. A packet has
 * to lie in what is taken.
 */
static ssize_t step(struct looptun_pcap_reader *reader, const u8 *data,
		    size_t len, size_t at, struct outcome *outcome)
{
	struct looptun_pcap_packet packet;
	u8 *copy = malloc(len);
	ssize_t ret;

	memcpy(copy, data, len);
	ret = looptun_pcap_read(reader, copy, len, &packet);
	FUZZ_HOLDS(ret >= 0 ? (size_t)ret <= len : ret == -EINVAL);
	FUZZ_HOLDS(ret >= 0 || reader->bad < len);
	FUZZ_HOLDS(ret || len < LOOPTUN_PCAP_BLOCK_MAX);
	if (packet.data) {
		FUZZ_HOLDS(ret > 0);
		FUZZ_HOLDS(packet.data >= copy);
		FUZZ_HOLDS(packet.data + packet.len <= copy + ret);
		FUZZ_HOLDS(outcome->count < MOST_PACKETS);
		outcome->packets[outcome->count++] = (struct found) {
			.at = at + (packet.data - copy),
			.len = packet.len,
			.cut = packet.cut,
			.inbound = packet.inbound,
		};
	}
	free(copy);
	return ret;
}

/* Hand a stream over in pieces of lengths that @pieces makes; 0: in one. */
static void feed(bool tap, const u8 *data, size_t len, unsigned int pieces,
		 struct outcome *outcome)
{
	struct looptun_pcap_reader reader = { .tap = tap };
	size_t there = 0, taken = 0;
	ssize_t ret;

	outcome->count = 0;
	while (there < len) {
		pieces = pieces * 1103515245;
		there += pieces ? 1 + (pieces >> 16) % 64 : len;
		if (there > len)
			there = len;
		while (taken < there) {
			ret = step(&reader, data + taken, there - taken, taken,
				   outcome);
			if (ret < 0) {
				outcome->taken = taken + reader.bad;
				outcome->ret = ret;
				return;
			}
			if (!ret)
				break;
			taken += ret;
		}
	}
	outcome->taken = taken;
	outcome->ret = taken == len && !reader.trailer;
}

/* Where an error stands may not depend on the pieces, even at one byte each. */
static void stream(bool tap, const u8 *data, size_t len,
		   unsigned int pieces)
{
	static struct outcome whole, other;

	feed(tap, data, len, 0, &whole);
	feed(tap, data, len, pieces * 2 + 1, &other);
	FUZZ_HOLDS(same(&whole, &other));
	if (whole.ret < 0) {
		/* What is before the bad byte is good, and that byte is bad. */
		feed(tap, data, whole.taken, 0, &other);
		FUZZ_HOLDS(other.ret >= 0 && other.count == whole.count);
		feed(tap, data, whole.taken + 1, 0, &other);
		FUZZ_HOLDS(other.ret == whole.ret &&
			   other.taken == whole.taken);
	}
}

/* A packet of the first @len bytes of @data, its comment among them. */
static size_t put(u8 *to, struct looptun_pcap_meta *meta,
		  const u8 *data, size_t len)
{
	static char comment[600];
	u8 *copy = malloc(len + 1);
	size_t size;

	meta->len = len;
	meta->here = len;
	meta->queue = len ? data[0] : 0;
	meta->inbound = len > 1 && data[1] & 1;
	meta->time = len * 0x0123456789abcdef;
	meta->comment = NULL;
	if (len > 2 && data[1] & 2) {
		memset(comment, 'c', sizeof(comment) - 1);
		comment[data[1] & 4 ? 2 * data[2] : data[2] % 8] = '\0';
		meta->comment = comment;
	}
	size = looptun_pcap_packet_size(meta);
	FUZZ_HOLDS(size % 4 == 0 && size <= len + MOST_OVERHEAD);
	memset(to, 0xa5, size + 1);
	memcpy(copy, data, len);
	looptun_pcap_put_packet(to, meta, copy);
	FUZZ_HOLDS(to[size] == 0xa5);
	free(copy);
	return size;
}

/* The rest: the length of a packet and its bytes, again and again. */
static void round_trip(bool tap, const u8 *data, size_t len)
{
	static struct looptun_pcap_meta metas[MOST_PACKETS];
	static const u8 *bytes[MOST_PACKETS];
	static struct outcome outcome;
	size_t room = 1024 + 16 * (len + MOST_PACKETS) +
		      MOST_PACKETS * MOST_OVERHEAD;
	u8 *file = malloc(room);
	unsigned int count = 0, i;
	size_t n, size = looptun_pcap_put_start(file, tap, "tun123456789012");

	FUZZ_HOLDS(size <= LOOPTUN_PCAP_START_MAX);
	while (len && count < MOST_PACKETS) {
		n = data[0] < len ? data[0] : len - 1;
		bytes[count] = ++data;
		size += put(file + size, &metas[count], data, n);
		data += n;
		len -= n + 1;
		count++;
	}
	n = looptun_pcap_put_end(file + size, 1, count, 2);
	FUZZ_HOLDS(n <= LOOPTUN_PCAP_END_MAX);
	size += n;
	feed(tap, file, size, count * 2 + 1, &outcome);
	FUZZ_HOLDS(outcome.ret == 1 && outcome.taken == size);
	FUZZ_HOLDS(outcome.count == count);
	for (i = 0; i < count; i++) {
		FUZZ_HOLDS(outcome.packets[i].len == metas[i].len);
		FUZZ_HOLDS(!outcome.packets[i].cut);
		FUZZ_HOLDS(outcome.packets[i].inbound == metas[i].inbound);
		FUZZ_HOLDS(!memcmp(file + outcome.packets[i].at, bytes[i],
				   metas[i].len));
	}
	free(file);
}

int fuzz_input(const u8 *data, size_t len)
{
	/* No more than MOST_PACKETS packets fit. */
	if (len < 2 || len > 16 * MOST_PACKETS)
		return 0;
	if (data[0] & 2)
		round_trip(data[0] & 1, data + 1, len - 1);
	else
		stream(data[0] & 1, data + 1, len - 1, data[0] >> 2);
	return 0;
}
