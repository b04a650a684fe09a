/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet files: pcapng made for a capture, pcap and pcapng read for a replay.
 * Values and kernel memory only; knows nothing of tunnels.
 */
#ifndef LOOPTUN_PCAP_H
#define LOOPTUN_PCAP_H

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>
#include <linux/types.h>

/* Types of blocks. That of a section reads the same in both byte orders. */
#define LOOPTUN_PCAP_SECTION	0x0a0d0d0a
#define LOOPTUN_PCAP_INTERFACE	1
#define LOOPTUN_PCAP_OLD	2
#define LOOPTUN_PCAP_SIMPLE	3
#define LOOPTUN_PCAP_STATISTICS	5
#define LOOPTUN_PCAP_ENHANCED	6

/* What tells the byte order of a section, and its version. */
#define LOOPTUN_PCAP_ORDER	0x1a2b3c4d
#define LOOPTUN_PCAP_MAJOR	1

/* Options of every block, of an interface, of a packet, of the statistics. */
#define LOOPTUN_PCAP_OPT_END		0
#define LOOPTUN_PCAP_OPT_COMMENT	1
#define LOOPTUN_PCAP_OPT_USERAPPL	4
#define LOOPTUN_PCAP_OPT_IF_NAME	2
#define LOOPTUN_PCAP_OPT_IF_TSRESOL	9
#define LOOPTUN_PCAP_OPT_IF_FCSLEN	13
#define LOOPTUN_PCAP_OPT_FLAGS		2
#define LOOPTUN_PCAP_OPT_QUEUE		6
#define LOOPTUN_PCAP_OPT_IFRECV		4
#define LOOPTUN_PCAP_OPT_IFDROP		5

/* The direction, in a packet's flags. */
#define LOOPTUN_PCAP_FLAGS_DIRECTION	3
#define LOOPTUN_PCAP_FLAGS_INBOUND	1
#define LOOPTUN_PCAP_FLAGS_OUTBOUND	2
#define LOOPTUN_PCAP_FLAGS_FCS		0x1e0

/* Link types. Two systems have numbers of their own for raw IP. */
#define LOOPTUN_PCAP_LINK_ETHERNET	1
#define LOOPTUN_PCAP_LINK_RAW_12	12
#define LOOPTUN_PCAP_LINK_RAW_14	14
#define LOOPTUN_PCAP_LINK_RAW		101
#define LOOPTUN_PCAP_LINK_IPV4		228
#define LOOPTUN_PCAP_LINK_IPV6		229

/* Above the link type in a file of pcap: words of FCS, and whether that is said. */
#define LOOPTUN_PCAP_LINK_TYPE		0xffff
#define LOOPTUN_PCAP_LINK_HAS_FCS	0x04000000
#define LOOPTUN_PCAP_LINK_FCS		0xf0000000

/* Bytes of the header of a packet of pcap. */
#define LOOPTUN_PCAP_RECORD_HLEN	16

/* Bytes of the longest packet that libpcap reads; a longer one is cut. */
#define LOOPTUN_PCAP_PACKET_MAX	262144

/* Bytes of the longest block with a packet in it: as much again for options. */
#define LOOPTUN_PCAP_BLOCK_MAX	(2 * LOOPTUN_PCAP_PACKET_MAX)

/* Bytes of a comment; what is longer is cut. */
#define LOOPTUN_PCAP_COMMENT_MAX	252

/* Room for what looptun_pcap_put_start() and _put_end() write. */
#define LOOPTUN_PCAP_START_MAX	128
#define LOOPTUN_PCAP_END_MAX	64

/**
 * struct looptun_pcap_meta - what a capture says of a packet
 * @time: nanoseconds since 1970
 * @len: bytes of the packet
 * @here: as many of them as there are
 * @queue: the queue it went by
 * @inbound: the program wrote it; else the program reads it
 * @comment: text, or NULL
 */
struct looptun_pcap_meta {
	u64 time;
	size_t len;
	size_t here;
	u32 queue;
	bool inbound;
	const char *comment;
};

size_t looptun_pcap_put_start(void *to, bool tap, const char *name);
size_t looptun_pcap_packet_size(const struct looptun_pcap_meta *meta);
void looptun_pcap_put_packet(void *to, const struct looptun_pcap_meta *meta,
			     const void *data);
size_t looptun_pcap_put_end(void *to, u64 time, u64 captured, u64 lost);

/* As many interfaces of a section may say how long their FCS is. */
#define LOOPTUN_PCAP_INTERFACES_FCS	64

/* What cannot be in a stream: formats, for the log, of a u32 that stands there. */
#define LOOPTUN_PCAP_BAD_MAGIC	\
	"magic number %#x, pcap has 0xa1b2c3d4 or 0xa1b23c4d, pcapng 0x0a0d0d0a"
#define LOOPTUN_PCAP_BAD_MAJOR	"major version %u, pcap has 2"
#define LOOPTUN_PCAP_BAD_MINOR	"minor version %u, pcap has 4"
#define LOOPTUN_PCAP_BAD_LINK_TUN	"link type %u, a TUN tunnel takes 12, 14, 101, 228 or 229"
#define LOOPTUN_PCAP_BAD_LINK_TAP	"link type %u, a TAP tunnel takes 1"
#define LOOPTUN_PCAP_BAD_ORDER	"byte order %#x, pcapng has 0x1a2b3c4d"
#define LOOPTUN_PCAP_BAD_SECTION_MAJOR	"major version %u, pcapng has 1"
#define LOOPTUN_PCAP_BAD_SECTION_MINOR	"minor version %u, pcapng has 0 or 2"
#define LOOPTUN_PCAP_BAD_BLOCK	"length of a block %u, a block of this type has another"
#define LOOPTUN_PCAP_BAD_END	"length at the end of a block %u, it is that at the beginning"
#define LOOPTUN_PCAP_BAD_INTERFACE	"number of an interface %u, the section has fewer"
#define LOOPTUN_PCAP_BAD_PACKET	\
	"bytes of a packet %u, at most 262144, and what the block has room for"
#define LOOPTUN_PCAP_BAD_OPTION	\
	"bytes of an option %u, the option has another number, or the block no room"
#define LOOPTUN_PCAP_BAD_FCS	"number of an interface with if_fcslen %u, at most 64"
#define LOOPTUN_PCAP_BAD_BEFORE	"next byte %u, there was a bad one before"

/* What a stream has turned out to be. */
enum looptun_pcap_format {
	LOOPTUN_PCAP_UNKNOWN,
	LOOPTUN_PCAP_CLASSIC,
	LOOPTUN_PCAP_NG,
	LOOPTUN_PCAP_BAD,
};

/**
 * struct looptun_pcap_reader - where a reader is in its stream
 * @tap: packets are to be Ethernet frames; else IP datagrams
 * @swap: the stream is in the other byte order
 * @format: what it is
 * @interfaces: how many this section has so far
 * @snaplen: of the first of them
 * @skip: bytes to pass over
 * @options: they are the options of an interface, and are looked at
 * @option: as many of them are the value of one, which is not
 * @trailer: length that a block has to end on after these, 0 if in none
 * @fcs: bytes of FCS that each packet of an interface ends on; those of pcap
 *	are of the first
 * @bad: after -EINVAL: offset of the last byte of the first bad field in what was
 *	handed over
 * @field: where that field begins
 * @found: what stands there
 * @why: what is wrong with it, LOOPTUN_PCAP_BAD_*
 *
 * At the beginning of a stream all but @tap is zero.
 */
struct looptun_pcap_reader {
	bool tap;
	bool swap;
	enum looptun_pcap_format format;
	u32 interfaces;
	u32 snaplen;
	u32 skip;
	bool options;
	u32 option;
	u32 trailer;
	u8 fcs[LOOPTUN_PCAP_INTERFACES_FCS];
	size_t bad;
	size_t field;
	u32 found;
	const char *why;
};

/**
 * struct looptun_pcap_packet - a packet of a stream
 * @data: its bytes, in what was handed over; NULL if there is none, and the rest
 *	not set
 * @len: how many
 * @cut: it was longer once, apart from its FCS
 * @inbound: it is marked as one that the program wrote
 */
struct looptun_pcap_packet {
	const u8 *data;
	u32 len;
	bool cut;
	bool inbound;
};

ssize_t looptun_pcap_bad(struct looptun_pcap_reader *reader, size_t at,
			 size_t size, u32 found, const char *why);
ssize_t looptun_pcap_read_other(struct looptun_pcap_reader *reader,
				const u8 *data, size_t len,
				struct looptun_pcap_packet *packet);

static inline u32
looptun_pcap_get32(const struct looptun_pcap_reader *reader, const u8 *at)
{
	u32 value;

	memcpy(&value, at, sizeof(value));
	return reader->swap ? swab32(value) : value;
}

/*
 * A packet of which @here bytes were captured and that had @once: say how many
 * come before its FCS. Some writers have more here than there were once.
 */
static inline void looptun_pcap_set_len(struct looptun_pcap_packet *packet,
					u32 here, u32 once, u32 fcs)
{
	u32 whole = max(here, once);

	whole -= min(whole, fcs);
	packet->len = min(here, whole);
	packet->cut = here < whole;
}

/* A packet of pcap: two words of time, length here, length once, the packet. */
static inline ssize_t
looptun_pcap_record(struct looptun_pcap_reader *reader, const u8 *data,
		    size_t len, struct looptun_pcap_packet *packet)
{
	u32 here, once;

	if (len < 12)
		return 0;
	here = looptun_pcap_get32(reader, data + 8);
	if (here > LOOPTUN_PCAP_PACKET_MAX)
		return looptun_pcap_bad(reader, 8, 4, here,
					LOOPTUN_PCAP_BAD_PACKET);
	if (len < LOOPTUN_PCAP_RECORD_HLEN)
		return 0;
	once = looptun_pcap_get32(reader, data + 12);
	if (len - LOOPTUN_PCAP_RECORD_HLEN < here)
		return 0;
	packet->data = data + LOOPTUN_PCAP_RECORD_HLEN;
	looptun_pcap_set_len(packet, here, once, reader->fcs[0]);
	return LOOPTUN_PCAP_RECORD_HLEN + here;
}

/**
 * looptun_pcap_read - take what stands next in a stream
 * @reader: where it is
 * @data: what follows what was taken so far
 * @len: as many bytes as there are yet, at least 1
 * @packet: for a packet, if it is one that stands there
 *
 * What is not taken has to be handed over again, with more behind it. That is
 * never more than LOOPTUN_PCAP_BLOCK_MAX bytes. A packet of pcap is taken here:
 * replaying it takes 19 instructions less than by a call.
 *
 * Return: the bytes taken; 0 if more are needed; -EINVAL if byte @reader->bad
 * of @data is one that no packet file of this link type has there, and ever
 * after.
 */
static inline ssize_t looptun_pcap_read(struct looptun_pcap_reader *reader,
					const u8 *data, size_t len,
					struct looptun_pcap_packet *packet)
{
	packet->data = NULL;
	packet->inbound = false;
	return likely(reader->format == LOOPTUN_PCAP_CLASSIC) ?
	       looptun_pcap_record(reader, data, len, packet) :
	       looptun_pcap_read_other(reader, data, len, packet);
}

#endif
