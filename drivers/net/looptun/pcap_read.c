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
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

#include "pcap.h"

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
 * @at: where the field begins in what was handed over
 * @size: its bytes
 * @found: what stands there
 * @why: what is wrong with it, LOOPTUN_PCAP_BAD_*
 *
 * Return: -EINVAL.
 */
ssize_t looptun_pcap_bad(struct looptun_pcap_reader *reader, size_t at,
			 size_t size, u32 found, const char *why)
{
	reader->format = LOOPTUN_PCAP_BAD;
	reader->trailer = 0;
	reader->bad = at + size - 1;
	reader->field = at;
	reader->found = found;
	reader->why = why;
	return -EINVAL;
}

static int looptun_pcap_check_link(struct looptun_pcap_reader *reader,
				   size_t at, size_t size, u32 link)
{
	if (reader->tap)
		return link == LOOPTUN_PCAP_LINK_ETHERNET ? 0 :
		       looptun_pcap_bad(reader, at, size, link,
					LOOPTUN_PCAP_BAD_LINK_TAP);
	switch (link) {
	case LOOPTUN_PCAP_LINK_RAW:
	case LOOPTUN_PCAP_LINK_RAW_12:
	case LOOPTUN_PCAP_LINK_RAW_14:
	case LOOPTUN_PCAP_LINK_IPV4:
	case LOOPTUN_PCAP_LINK_IPV6:
		return 0;
	default:
		return looptun_pcap_bad(reader, at, size, link,
					LOOPTUN_PCAP_BAD_LINK_TUN);
	}
}

/*
 * A file of pcap: magic, 2.4, time zone, accuracy, longest packet, link type with
 * the length of the FCS above it.
 */
static ssize_t looptun_pcap_file(struct looptun_pcap_reader *reader,
				 const u8 *data, size_t len)
{
	u32 link;
	u16 half;

	if (len < 6)
		return 0;
	half = looptun_pcap_get16(reader, data + 4);
	if (half != 2)
		return looptun_pcap_bad(reader, 4, 2, half,
					LOOPTUN_PCAP_BAD_MAJOR);
	if (len < 8)
		return 0;
	half = looptun_pcap_get16(reader, data + 6);
	if (half != 4)
		return looptun_pcap_bad(reader, 6, 2, half,
					LOOPTUN_PCAP_BAD_MINOR);
	if (len < LOOPTUN_PCAP_FILE_HLEN)
		return 0;
	link = looptun_pcap_get32(reader, data + 20);
	if (looptun_pcap_check_link(reader, 20, 4, link & LOOPTUN_PCAP_LINK_TYPE))
		return -EINVAL;
	if (link & LOOPTUN_PCAP_LINK_HAS_FCS)
		reader->fcs[0] = 2 * FIELD_GET(LOOPTUN_PCAP_LINK_FCS, link);
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

/* Pass over bytes of a block. */
static ssize_t looptun_pcap_skip(struct looptun_pcap_reader *reader, size_t n)
{
	reader->skip -= n;
	return n;
}

/* A section: type, length, byte order, 1.0 or 1.2, length of it all. */
static ssize_t looptun_pcap_section(struct looptun_pcap_reader *reader,
				    const u8 *data, size_t len)
{
	u32 order, total;
	u16 half;

	if (len < 12)
		return 0;
	memcpy(&order, data + 8, sizeof(order));
	if (order != LOOPTUN_PCAP_ORDER && order != swab32(LOOPTUN_PCAP_ORDER))
		return looptun_pcap_bad(reader, 8, 4, order,
					LOOPTUN_PCAP_BAD_ORDER);
	/* Were there no more to come, it would be found the same again. */
	reader->swap = order != LOOPTUN_PCAP_ORDER;
	total = looptun_pcap_get32(reader, data + 4);
	if (total % 4 || total < LOOPTUN_PCAP_SECTION_MIN ||
	    total > LOOPTUN_PCAP_SKIP_MAX)
		/* That it is bad shows with the byte order behind it. */
		return looptun_pcap_bad(reader, 4, 8, total, LOOPTUN_PCAP_BAD_BLOCK);
	if (len < 14)
		return 0;
	half = looptun_pcap_get16(reader, data + 12);
	if (half != LOOPTUN_PCAP_MAJOR)
		return looptun_pcap_bad(reader, 12, 2, half,
					LOOPTUN_PCAP_BAD_SECTION_MAJOR);
	if (len < LOOPTUN_PCAP_SECTION_HLEN)
		return 0;
	half = looptun_pcap_get16(reader, data + 14);
	if (half != 0 && half != 2)
		return looptun_pcap_bad(reader, 14, 2, half,
					LOOPTUN_PCAP_BAD_SECTION_MINOR);
	reader->format = LOOPTUN_PCAP_NG;
	reader->interfaces = 0;
	memset(reader->fcs, 0, sizeof(reader->fcs));
	return looptun_pcap_take(reader, total, LOOPTUN_PCAP_SECTION_HLEN);
}

/* The length of a block is not one that its type can have. */
static ssize_t looptun_pcap_bad_block(struct looptun_pcap_reader *reader,
				      u32 total)
{
	return looptun_pcap_bad(reader, 4, 4, total, LOOPTUN_PCAP_BAD_BLOCK);
}

/*
 * An interface: type, length, link type, nothing, longest packet. Its options are
 * passed over as they come, see looptun_pcap_interface_option().
 */
static ssize_t looptun_pcap_interface(struct looptun_pcap_reader *reader,
				      const u8 *data, size_t len, u32 total)
{
	u16 link;

	if (total < LOOPTUN_PCAP_INTERFACE_HLEN + LOOPTUN_PCAP_TRAILER)
		return looptun_pcap_bad_block(reader, total);
	if (len < 10)
		return 0;
	link = looptun_pcap_get16(reader, data + 8);
	if (looptun_pcap_check_link(reader, 8, 2, link))
		return -EINVAL;
	if (len < LOOPTUN_PCAP_INTERFACE_HLEN)
		return 0;
	if (!reader->interfaces++)
		reader->snaplen = looptun_pcap_get32(reader, data + 12);
	reader->options = true;
	return looptun_pcap_take(reader, total, LOOPTUN_PCAP_INTERFACE_HLEN);
}

/* Some say it in bits, as pcapng has it, some in bytes, as its example has it. */
static int looptun_pcap_set_fcs(struct looptun_pcap_reader *reader, u8 value)
{
	u32 index = reader->interfaces - 1;

	if (value && index >= LOOPTUN_PCAP_INTERFACES_FCS)
		return looptun_pcap_bad(reader, 4, 1, reader->interfaces,
					LOOPTUN_PCAP_BAD_FCS);
	if (value)
		reader->fcs[index] = value < 16 ? value : value / 8;
	return 0;
}

/* One option of the last interface: code, length, value, padding. */
static ssize_t looptun_pcap_interface_option(struct looptun_pcap_reader *reader,
					     const u8 *data, size_t len)
{
	u16 code, n;

	/* What is left is a multiple of four. */
	if (len < 4)
		return 0;
	code = looptun_pcap_get16(reader, data);
	n = looptun_pcap_get16(reader, data + 2);
	if (code == LOOPTUN_PCAP_OPT_END) {
		reader->options = false;
		return looptun_pcap_skip(reader, 4);
	}
	if (n > reader->skip - 4 ||
	    (code == LOOPTUN_PCAP_OPT_IF_FCSLEN && n != 1))
		return looptun_pcap_bad(reader, 2, 2, n,
					LOOPTUN_PCAP_BAD_OPTION);
	if (code == LOOPTUN_PCAP_OPT_IF_FCSLEN) {
		if (len < 5)
			return 0;
		if (looptun_pcap_set_fcs(reader, data[4]))
			return -EINVAL;
	}
	reader->option = ALIGN((u32)n, 4);
	return looptun_pcap_skip(reader, 4);
}

/*
 * The options from @at to @end, of which @len bytes are there: do they fit, and
 * what are the direction and the FCS? Code, length, value, padding to four bytes.
 */
static int looptun_pcap_options(struct looptun_pcap_reader *reader,
				const u8 *data, size_t len, u32 at, u32 end,
				struct looptun_pcap_packet *packet, u32 *fcs)
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
			return looptun_pcap_bad(reader, at - 2, 2, n,
						LOOPTUN_PCAP_BAD_OPTION);
		if (code == LOOPTUN_PCAP_OPT_FLAGS && at + n <= len) {
			flags = looptun_pcap_get32(reader, data + at);
			packet->inbound =
				(flags & LOOPTUN_PCAP_FLAGS_DIRECTION) ==
				LOOPTUN_PCAP_FLAGS_INBOUND;
			if (flags & LOOPTUN_PCAP_FLAGS_FCS)
				*fcs = FIELD_GET(LOOPTUN_PCAP_FLAGS_FCS, flags);
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
	u32 end;

	if (len < total)
		return 0;
	end = looptun_pcap_get32(reader, data + total - LOOPTUN_PCAP_TRAILER);
	if (end != total)
		return looptun_pcap_bad(reader, total - LOOPTUN_PCAP_TRAILER,
					LOOPTUN_PCAP_TRAILER, end,
					LOOPTUN_PCAP_BAD_END);
	packet->data = bytes;
	return total;
}

/*
 * A packet: type, length, interface, two words of time, length here, length
 * once, the packet and its padding, options. An old one has 16 bits of interface,
 * and then how many were lost.
 */
static ssize_t looptun_pcap_enhanced(struct looptun_pcap_reader *reader,
				     const u8 *data, size_t len, u32 total,
				     bool old,
				     struct looptun_pcap_packet *packet)
{
	const u32 least = LOOPTUN_PCAP_ENHANCED_HLEN + LOOPTUN_PCAP_TRAILER;
	u32 interface, here, once, fcs, size = old ? 2 : 4;
	int ret;

	if (total < least || total > LOOPTUN_PCAP_BLOCK_MAX)
		return looptun_pcap_bad_block(reader, total);
	if (len < 8 + size)
		return 0;
	interface = old ? looptun_pcap_get16(reader, data + 8) :
			  looptun_pcap_get32(reader, data + 8);
	if (interface >= reader->interfaces)
		return looptun_pcap_bad(reader, 8, size, interface,
					LOOPTUN_PCAP_BAD_INTERFACE);
	if (len < 24)
		return 0;
	here = looptun_pcap_get32(reader, data + 20);
	if (here > LOOPTUN_PCAP_PACKET_MAX || here > total - least)
		return looptun_pcap_bad(reader, 20, 4, here,
					LOOPTUN_PCAP_BAD_PACKET);
	if (len < LOOPTUN_PCAP_ENHANCED_HLEN)
		return 0;
	once = looptun_pcap_get32(reader, data + 24);
	fcs = interface < LOOPTUN_PCAP_INTERFACES_FCS ? reader->fcs[interface] : 0;
	ret = looptun_pcap_options(reader, data, len,
				   LOOPTUN_PCAP_ENHANCED_HLEN + ALIGN(here, 4),
				   total - LOOPTUN_PCAP_TRAILER, packet, &fcs);
	if (ret)
		return ret;
	looptun_pcap_set_len(packet, here, once, fcs);
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

	if (!reader->interfaces)
		return looptun_pcap_bad(reader, 0, 8, 0, LOOPTUN_PCAP_BAD_INTERFACE);
	if (total < least || total > LOOPTUN_PCAP_BLOCK_MAX)
		return looptun_pcap_bad_block(reader, total);
	if (len < LOOPTUN_PCAP_SIMPLE_HLEN)
		return 0;
	once = looptun_pcap_get32(reader, data + 8);
	here = reader->snaplen ? min(once, reader->snaplen) : once;
	if (here > LOOPTUN_PCAP_PACKET_MAX || here > total - least)
		return looptun_pcap_bad(reader, 8, 4, once,
					LOOPTUN_PCAP_BAD_PACKET);
	looptun_pcap_set_len(packet, here, once, reader->fcs[0]);
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
		return looptun_pcap_bad_block(reader, total);
	switch (type) {
	case LOOPTUN_PCAP_ENHANCED:
	case LOOPTUN_PCAP_OLD:
		return looptun_pcap_enhanced(reader, data, len, total,
					     type == LOOPTUN_PCAP_OLD, packet);
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
	if (magic == LOOPTUN_PCAP_SECTION)
		return looptun_pcap_section(reader, data, len);
	reader->swap = magic == swab32(LOOPTUN_PCAP_MICRO) ||
		       magic == swab32(LOOPTUN_PCAP_NANO);
	if (reader->swap || magic == LOOPTUN_PCAP_MICRO ||
	    magic == LOOPTUN_PCAP_NANO)
		return looptun_pcap_file(reader, data, len);
	return looptun_pcap_bad(reader, 0, sizeof(magic), magic,
				LOOPTUN_PCAP_BAD_MAGIC);
}

/* Inside a block that is passed over. */
static ssize_t looptun_pcap_pass_over(struct looptun_pcap_reader *reader,
				      const u8 *data, size_t len)
{
	size_t n = min_t(size_t, len, reader->option ?: reader->skip);
	u32 end;

	if (reader->option) {
		reader->option -= n;
		return looptun_pcap_skip(reader, n);
	}
	if (reader->skip && reader->options)
		return looptun_pcap_interface_option(reader, data, len);
	if (reader->skip)
		return looptun_pcap_skip(reader, n);
	if (len < LOOPTUN_PCAP_TRAILER)
		return 0;
	end = looptun_pcap_get32(reader, data);
	if (end != reader->trailer)
		return looptun_pcap_bad(reader, 0, LOOPTUN_PCAP_TRAILER, end,
					LOOPTUN_PCAP_BAD_END);
	reader->options = false;
	reader->trailer = 0;
	return LOOPTUN_PCAP_TRAILER;
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
		return looptun_pcap_bad(reader, 0, 1, *data,
					LOOPTUN_PCAP_BAD_BEFORE);
	}
}
