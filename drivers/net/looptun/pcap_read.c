// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading pcap and pcapng out of a stream that comes in pieces. Each call looks
 * at one thing that stands at the front of what has come so far: a header, a
 * packet, a part of a block that is passed over. Nothing is kept but struct
 * looptun_pcap_reader, so a packet and its block have to be there in one piece;
 * anything else may be of any length.
 *
 * Every field is looked at as soon as it is there. The first one that cannot be
 * ends the stream, and its last byte is the bad one; so the result is the same
 * however the stream is cut.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

#include "pcap.h"
#include "pcap_block.h"

/* Magic numbers of pcap, with microseconds and with nanoseconds. */
#define LOOPTUN_PCAP_MICRO	0xa1b2c3d4
#define LOOPTUN_PCAP_NANO	0xa1b23c4d

/* Bytes of pcap's file header, and of pcapng's fixed parts. */
#define LOOPTUN_PCAP_FILE_HLEN		24
#define LOOPTUN_PCAP_TRAILER		4
#define LOOPTUN_PCAP_SECTION_HLEN	16
#define LOOPTUN_PCAP_SECTION_MIN	28
#define LOOPTUN_PCAP_INTERFACE_HLEN	16
#define LOOPTUN_PCAP_SIMPLE_HLEN	12
#define LOOPTUN_PCAP_ENHANCED_HLEN	28
#define LOOPTUN_PCAP_BLOCK_MIN		12

/* No reader takes longer blocks; a longer one is a mistake in its length. */
#define LOOPTUN_PCAP_SKIP_MAX	(16 << 20)

static u16 looptun_pcap_get16(const struct looptun_pcap_reader *reader,
			      const u8 *at)
{
	u16 value;

	memcpy(&value, at, sizeof(value));
	return reader->swap ? swab16(value) : value;
}

/**
 * looptun_pcap_bad - a field cannot be
 * @reader: where it is
 * @end: where the field ends in what was handed over
 *
 * Return: -EINVAL.
 */
ssize_t looptun_pcap_bad(struct looptun_pcap_reader *reader, size_t end)
{
	reader->format = LOOPTUN_PCAP_BAD;
	reader->trailer = 0;
	reader->bad = end - 1;
	return -EINVAL;
}

static bool looptun_pcap_link_fits(const struct looptun_pcap_reader *reader,
				   u32 link)
{
	if (reader->tap)
		return link == LOOPTUN_PCAP_LINK_ETHERNET;
	return link == LOOPTUN_PCAP_LINK_RAW ||
	       link == LOOPTUN_PCAP_LINK_IPV4 ||
	       link == LOOPTUN_PCAP_LINK_IPV6;
}

/* A file of pcap: magic, 2.4, time zone, accuracy, longest packet, link type. */
static ssize_t looptun_pcap_file(struct looptun_pcap_reader *reader,
				 const u8 *data, size_t len)
{
	if (len >= 6 && looptun_pcap_get16(reader, data + 4) != 2)
		return looptun_pcap_bad(reader, 6);
	if (len >= 8 && looptun_pcap_get16(reader, data + 6) != 4)
		return looptun_pcap_bad(reader, 8);
	if (len < LOOPTUN_PCAP_FILE_HLEN)
		return 0;
	if (!looptun_pcap_link_fits(reader, looptun_pcap_get32(reader,
							       data + 20)))
		return looptun_pcap_bad(reader, 24);
	reader->format = LOOPTUN_PCAP_CLASSIC;
	return LOOPTUN_PCAP_FILE_HLEN;
}

/* Take the first @n bytes of a block of @total, and pass over the rest. */
static ssize_t looptun_pcap_take(struct looptun_pcap_reader *reader, u32 total,
				 u32 n)
{
	reader->skip = total - n - LOOPTUN_PCAP_TRAILER;
	reader->trailer = total;
	return n;
}

/* A section: type, length, byte order, 1.0 or 1.2, length of it all. */
static ssize_t looptun_pcap_section(struct looptun_pcap_reader *reader,
				    const u8 *data, size_t len)
{
	u32 order, total;
	u16 minor;

	if (len < 12)
		return 0;
	memcpy(&order, data + 8, sizeof(order));
	if (order != LOOPTUN_PCAP_ORDER && order != swab32(LOOPTUN_PCAP_ORDER))
		return looptun_pcap_bad(reader, 12);
	/* Were there no more to come, it would be found the same again. */
	reader->swap = order != LOOPTUN_PCAP_ORDER;
	total = looptun_pcap_get32(reader, data + 4);
	if (total % 4 || total < LOOPTUN_PCAP_SECTION_MIN ||
	    total > LOOPTUN_PCAP_SKIP_MAX)
		return looptun_pcap_bad(reader, 12);
	if (len >= 14 && looptun_pcap_get16(reader, data + 12) !=
			 LOOPTUN_PCAP_MAJOR)
		return looptun_pcap_bad(reader, 14);
	if (len < LOOPTUN_PCAP_SECTION_HLEN)
		return 0;
	minor = looptun_pcap_get16(reader, data + 14);
	if (minor != 0 && minor != 2)
		return looptun_pcap_bad(reader, 16);
	reader->format = LOOPTUN_PCAP_NG;
	reader->interfaces = 0;
	return looptun_pcap_take(reader, total, LOOPTUN_PCAP_SECTION_HLEN);
}

/* An interface: type, length, link type, nothing, longest packet. */
static ssize_t looptun_pcap_interface(struct looptun_pcap_reader *reader,
				      const u8 *data, size_t len, u32 total)
{
	if (total < LOOPTUN_PCAP_INTERFACE_HLEN + LOOPTUN_PCAP_TRAILER)
		return looptun_pcap_bad(reader, 8);
	if (len >= 10 &&
	    !looptun_pcap_link_fits(reader,
				    looptun_pcap_get16(reader, data + 8)))
		return looptun_pcap_bad(reader, 10);
	if (len < LOOPTUN_PCAP_INTERFACE_HLEN)
		return 0;
	if (!reader->interfaces++)
		reader->snaplen = looptun_pcap_get32(reader, data + 12);
	return looptun_pcap_take(reader, total, LOOPTUN_PCAP_INTERFACE_HLEN);
}

/*
 * The options from @at to @end, of which @len bytes are there: do they fit, and
 * what is the direction? Code, length, value, padding to four bytes.
 */
static int looptun_pcap_options(struct looptun_pcap_reader *reader,
				const u8 *data, size_t len, u32 at, u32 end,
				struct looptun_pcap_packet *packet)
{
	u32 flags;
	u16 code, n;

	while (at + 4 <= end && at + 4 <= len) {
		code = looptun_pcap_get16(reader, data + at);
		n = looptun_pcap_get16(reader, data + at + 2);
		at += 4;
		if (code == LOOPTUN_PCAP_OPT_END)
			break;
		/* Both ends are multiples of four: its padding fits as well. */
		if (n > end - at ||
		    (code == LOOPTUN_PCAP_OPT_FLAGS && n != sizeof(flags)))
			return looptun_pcap_bad(reader, at);
		if (code == LOOPTUN_PCAP_OPT_FLAGS && at + n <= len) {
			flags = looptun_pcap_get32(reader, data + at);
			packet->inbound =
				(flags & LOOPTUN_PCAP_FLAGS_DIRECTION) ==
				LOOPTUN_PCAP_FLAGS_INBOUND;
		}
		at += ALIGN((u32)n, 4);
	}
	return 0;
}

/* The end of a block with a packet in it: its length once more. */
static ssize_t looptun_pcap_complete(struct looptun_pcap_reader *reader,
				     const u8 *data, size_t len, u32 total,
				     const u8 *bytes,
				     struct looptun_pcap_packet *packet)
{
	if (len < total)
		return 0;
	if (looptun_pcap_get32(reader, data + total - LOOPTUN_PCAP_TRAILER) !=
	    total)
		return looptun_pcap_bad(reader, total);
	packet->data = bytes;
	return total;
}

/*
 * A packet: type, length, interface, two words of time, length here, length
 * once, the packet and its padding, options.
 */
static ssize_t looptun_pcap_enhanced(struct looptun_pcap_reader *reader,
				     const u8 *data, size_t len, u32 total,
				     struct looptun_pcap_packet *packet)
{
	const u32 least = LOOPTUN_PCAP_ENHANCED_HLEN + LOOPTUN_PCAP_TRAILER;
	u32 here, once, at;
	int ret;

	if (total < least || total > LOOPTUN_PCAP_BLOCK_MAX)
		return looptun_pcap_bad(reader, 8);
	if (len < 12)
		return 0;
	if (looptun_pcap_get32(reader, data + 8) >= reader->interfaces)
		return looptun_pcap_bad(reader, 12);
	if (len < 24)
		return 0;
	here = looptun_pcap_get32(reader, data + 20);
	if (here > LOOPTUN_PCAP_PACKET_MAX || here > total - least)
		return looptun_pcap_bad(reader, 24);
	if (len < LOOPTUN_PCAP_ENHANCED_HLEN)
		return 0;
	once = looptun_pcap_get32(reader, data + 24);
	if (once < here)
		return looptun_pcap_bad(reader, 28);
	packet->len = here;
	packet->cut = here < once;
	packet->inbound = false;
	at = LOOPTUN_PCAP_ENHANCED_HLEN + ALIGN(here, 4);
	ret = looptun_pcap_options(reader, data, len, at,
				   total - LOOPTUN_PCAP_TRAILER, packet);
	if (ret)
		return ret;
	return looptun_pcap_complete(reader, data, len, total,
				     data + LOOPTUN_PCAP_ENHANCED_HLEN, packet);
}

/* A packet of the first interface: type, length, length once, the packet. */
static ssize_t looptun_pcap_simple(struct looptun_pcap_reader *reader,
				   const u8 *data, size_t len, u32 total,
				   struct looptun_pcap_packet *packet)
{
	const u32 least = LOOPTUN_PCAP_SIMPLE_HLEN + LOOPTUN_PCAP_TRAILER;
	u32 here, once;

	if (!reader->interfaces || total < least ||
	    total > LOOPTUN_PCAP_BLOCK_MAX)
		return looptun_pcap_bad(reader, 8);
	if (len < LOOPTUN_PCAP_SIMPLE_HLEN)
		return 0;
	once = looptun_pcap_get32(reader, data + 8);
	here = reader->snaplen ? min(once, reader->snaplen) : once;
	if (here > LOOPTUN_PCAP_PACKET_MAX || here > total - least)
		return looptun_pcap_bad(reader, 12);
	packet->len = here;
	packet->cut = here < once;
	packet->inbound = false;
	return looptun_pcap_complete(reader, data, len, total,
				     data + LOOPTUN_PCAP_SIMPLE_HLEN, packet);
}

/* A block of pcapng: type, length, what its type asks for, the length again. */
static ssize_t looptun_pcap_block(struct looptun_pcap_reader *reader,
				  const u8 *data, size_t len,
				  struct looptun_pcap_packet *packet)
{
	u32 type, total;

	if (len < 4)
		return 0;
	type = looptun_pcap_get32(reader, data);
	if (type == LOOPTUN_PCAP_SECTION)
		return looptun_pcap_section(reader, data, len);
	if (len < 8)
		return 0;
	total = looptun_pcap_get32(reader, data + 4);
	if (total % 4 || total < LOOPTUN_PCAP_BLOCK_MIN ||
	    total > LOOPTUN_PCAP_SKIP_MAX)
		return looptun_pcap_bad(reader, 8);
	switch (type) {
	case LOOPTUN_PCAP_ENHANCED:
		return looptun_pcap_enhanced(reader, data, len, total, packet);
	case LOOPTUN_PCAP_SIMPLE:
		return looptun_pcap_simple(reader, data, len, total, packet);
	case LOOPTUN_PCAP_INTERFACE:
		return looptun_pcap_interface(reader, data, len, total);
	default:
		return looptun_pcap_take(reader, total, 8);
	}
}

/* The first four bytes tell what it is. */
static ssize_t looptun_pcap_first(struct looptun_pcap_reader *reader,
				  const u8 *data, size_t len)
{
	u32 magic;

	if (len < sizeof(magic))
		return 0;
	memcpy(&magic, data, sizeof(magic));
	switch (magic) {
	case LOOPTUN_PCAP_SECTION:
		return looptun_pcap_section(reader, data, len);
	case LOOPTUN_PCAP_MICRO:
	case LOOPTUN_PCAP_NANO:
		reader->swap = false;
		return looptun_pcap_file(reader, data, len);
	}
	reader->swap = true;
	switch (swab32(magic)) {
	case LOOPTUN_PCAP_MICRO:
	case LOOPTUN_PCAP_NANO:
		return looptun_pcap_file(reader, data, len);
	default:
		return looptun_pcap_bad(reader, sizeof(magic));
	}
}

/* Inside a block that is passed over. */
static ssize_t looptun_pcap_pass_over(struct looptun_pcap_reader *reader,
				      const u8 *data, size_t len)
{
	size_t n = min_t(size_t, len, reader->skip);

	if (n) {
		reader->skip -= n;
		return n;
	}
	if (len < LOOPTUN_PCAP_TRAILER)
		return 0;
	if (looptun_pcap_get32(reader, data) != reader->trailer)
		return looptun_pcap_bad(reader, LOOPTUN_PCAP_TRAILER);
	reader->trailer = 0;
	return LOOPTUN_PCAP_TRAILER;
}

/**
 * looptun_pcap_reader_init - begin a stream
 * @reader: for its state
 * @tap: packets are to be Ethernet frames; else IP datagrams
 */
void looptun_pcap_reader_init(struct looptun_pcap_reader *reader, bool tap)
{
	*reader = (struct looptun_pcap_reader) { .tap = tap };
}

/**
 * looptun_pcap_read_other - looptun_pcap_read() of what is no packet of pcap
 * @reader: where it is
 * @data: what follows what was taken so far
 * @len: as many bytes as there are yet
 * @packet: for a packet; its data is NULL
 */
ssize_t looptun_pcap_read_other(struct looptun_pcap_reader *reader,
				const u8 *data, size_t len,
				struct looptun_pcap_packet *packet)
{
	if (reader->trailer)
		return looptun_pcap_pass_over(reader, data, len);
	switch (reader->format) {
	case LOOPTUN_PCAP_NG:
		return looptun_pcap_block(reader, data, len, packet);
	case LOOPTUN_PCAP_UNKNOWN:
		return looptun_pcap_first(reader, data, len);
	default:
		return looptun_pcap_bad(reader, 1);
	}
}
