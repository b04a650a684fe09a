// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making the pcapng of a capture, in this machine's byte order. A stream is one
 * section with one interface; packets; the interface's statistics at the end.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "pcap.h"

/* The head of a block; its length stands behind it as well. */
struct looptun_pcap_head {
	u32 type;
	u32 total;
};

struct looptun_pcap_section {
	struct looptun_pcap_head head;
	u32 order;
	u16 major;
	u16 minor;
	/* -1: unknown, which a stream's is. Not aligned. */
	u32 length[2];
};

struct looptun_pcap_interface {
	struct looptun_pcap_head head;
	u16 link;
	u16 reserved;
	u32 snaplen;
};

struct looptun_pcap_enhanced {
	struct looptun_pcap_head head;
	u32 interface;
	u32 time_high;
	u32 time_low;
	u32 here;
	u32 once;
};

struct looptun_pcap_statistics {
	struct looptun_pcap_head head;
	u32 interface;
	u32 time_high;
	u32 time_low;
};

struct looptun_pcap_option {
	u16 code;
	u16 len;
};

/* Bytes of an option, with its padding. */
static size_t looptun_pcap_option_size(size_t len)
{
	return sizeof(struct looptun_pcap_option) + ALIGN(len, 4);
}

/* Each returns where the next thing goes; what pads is zero. */
static u8 *looptun_pcap_put(u8 *to, const void *data, size_t len)
{
	memcpy(to, data, len);
	memset(to + len, 0, ALIGN(len, 4) - len);
	return to + ALIGN(len, 4);
}

static u8 *looptun_pcap_put_option(u8 *to, u16 code, const void *value,
				   size_t len)
{
	struct looptun_pcap_option option = { .code = code, .len = len };

	to = looptun_pcap_put(to, &option, sizeof(option));
	return looptun_pcap_put(to, value, len);
}

/* End the options, and the block that began at @from: its length is known now. */
static u8 *looptun_pcap_put_trailer(u8 *to, u8 *from)
{
	u32 total;

	to = looptun_pcap_put_option(to, LOOPTUN_PCAP_OPT_END, "", 0);
	total = to + sizeof(total) - from;
	memcpy(from + sizeof(u32), &total, sizeof(total));
	return looptun_pcap_put(to, &total, sizeof(total));
}

static u8 *looptun_pcap_put_section(u8 *to)
{
	const struct looptun_pcap_section section = {
		.head.type = LOOPTUN_PCAP_SECTION,
		.order = LOOPTUN_PCAP_ORDER,
		.major = LOOPTUN_PCAP_MAJOR,
		.length = { ~0U, ~0U },
	};
	u8 *at = looptun_pcap_put(to, &section, sizeof(section));

	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_USERAPPL, "looptun",
				     strlen("looptun"));
	return looptun_pcap_put_trailer(at, to);
}

static u8 *looptun_pcap_put_interface(u8 *to, bool tap, const char *name)
{
	const struct looptun_pcap_interface interface = {
		.head.type = LOOPTUN_PCAP_INTERFACE,
		.link = tap ? LOOPTUN_PCAP_LINK_ETHERNET :
			      LOOPTUN_PCAP_LINK_RAW,
		.snaplen = LOOPTUN_PCAP_PACKET_MAX,
	};
	const u8 nanoseconds = 9;
	u8 *at = looptun_pcap_put(to, &interface, sizeof(interface));

	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_IF_NAME, name,
				     strlen(name));
	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_IF_TSRESOL,
				     &nanoseconds, sizeof(nanoseconds));
	return looptun_pcap_put_trailer(at, to);
}

/**
 * looptun_pcap_put_start - the beginning of a capture
 * @to: LOOPTUN_PCAP_START_MAX bytes of room
 * @tap: packets are Ethernet frames; else IP datagrams
 * @name: of the interface, 15 bytes at most
 *
 * Return: how many of them it is.
 */
size_t looptun_pcap_put_start(void *to, bool tap, const char *name)
{
	u8 *at = looptun_pcap_put_section(to);

	return looptun_pcap_put_interface(at, tap, name) - (u8 *)to;
}

static size_t looptun_pcap_packet_len(const struct looptun_pcap_meta *meta)
{
	return min_t(size_t, meta->here, LOOPTUN_PCAP_PACKET_MAX);
}

static size_t looptun_pcap_comment_len(const struct looptun_pcap_meta *meta)
{
	return strnlen(meta->comment, LOOPTUN_PCAP_COMMENT_MAX);
}

/**
 * looptun_pcap_packet_size - how much room does a packet take?
 * @meta: what is to be said of it
 *
 * Return: the bytes that looptun_pcap_put_packet() writes, a multiple of 4.
 */
size_t looptun_pcap_packet_size(const struct looptun_pcap_meta *meta)
{
	size_t size = sizeof(struct looptun_pcap_enhanced) +
		      ALIGN(looptun_pcap_packet_len(meta), 4) +
		      2 * looptun_pcap_option_size(sizeof(u32)) +
		      looptun_pcap_option_size(0) + sizeof(u32);

	if (meta->comment)
		size += looptun_pcap_option_size(looptun_pcap_comment_len(meta));
	return size;
}

/**
 * looptun_pcap_put_packet - a packet of a capture
 * @to: looptun_pcap_packet_size() bytes of room
 * @meta: what is to be said of it
 * @data: its bytes, @meta->here of them
 */
void looptun_pcap_put_packet(void *to, const struct looptun_pcap_meta *meta,
			     const void *data)
{
	const struct looptun_pcap_enhanced enhanced = {
		.head.type = LOOPTUN_PCAP_ENHANCED,
		.time_high = meta->time >> 32,
		.time_low = meta->time,
		.here = looptun_pcap_packet_len(meta),
		.once = meta->len,
	};
	const u32 flags = meta->inbound ? LOOPTUN_PCAP_FLAGS_INBOUND :
					  LOOPTUN_PCAP_FLAGS_OUTBOUND;
	u8 *at = looptun_pcap_put(to, &enhanced, sizeof(enhanced));

	at = looptun_pcap_put(at, data, enhanced.here);
	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_FLAGS, &flags,
				     sizeof(flags));
	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_QUEUE, &meta->queue,
				     sizeof(meta->queue));
	if (meta->comment)
		at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_COMMENT,
					     meta->comment,
					     looptun_pcap_comment_len(meta));
	looptun_pcap_put_trailer(at, to);
}

/**
 * looptun_pcap_put_end - the end of a capture
 * @to: LOOPTUN_PCAP_END_MAX bytes of room
 * @time: nanoseconds since 1970
 * @captured: packets in it
 * @lost: packets that would be, had there been room
 *
 * Return: how many of them it is.
 */
size_t looptun_pcap_put_end(void *to, u64 time, u64 captured, u64 lost)
{
	const struct looptun_pcap_statistics statistics = {
		.head.type = LOOPTUN_PCAP_STATISTICS,
		.time_high = time >> 32,
		.time_low = time,
	};
	const u64 received = captured + lost;
	u8 *at = looptun_pcap_put(to, &statistics, sizeof(statistics));

	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_IFRECV, &received,
				     sizeof(received));
	at = looptun_pcap_put_option(at, LOOPTUN_PCAP_OPT_IFDROP, &lost,
				     sizeof(lost));
	return looptun_pcap_put_trailer(at, to) - (u8 *)to;
}
