// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: reading pcap and pcapng, and the pcapng of a capture. A row of the
 * reader's table is a good stream with one field changed; each is read in both
 * byte orders, in one piece and in many.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../pcap.h"

/* Bytes of the packets in the streams, and of a stream. */
#define LOOPTUN_PCAP_TEST_LEN	21
#define LOOPTUN_PCAP_TEST_MAX	512

/* The bad byte of a stream that has none, and of one that is cut short. */
#define LOOPTUN_PCAP_TEST_GOOD	-1
#define LOOPTUN_PCAP_TEST_CUT	-2

/* A length of none, where 0 stands for the usual. */
#define LOOPTUN_PCAP_TEST_NONE	~0U

/* All bytes of a packet are there. */
#define LOOPTUN_PCAP_TEST_ALL	SIZE_MAX

struct looptun_pcap_test_stream {
	u8 data[LOOPTUN_PCAP_TEST_MAX];
	size_t len;
	bool swap;
};

static void looptun_pcap_test_set(struct looptun_pcap_test_stream *stream, size_t at,
				  size_t size, u32 value)
{
	u16 half = stream->swap ? swab16(value) : value;
	u32 word = stream->swap ? swab32(value) : value;

	if (size == 1)
		stream->data[at] = value;
	else
		memcpy(stream->data + at, size == 2 ? (void *)&half : (void *)&word, size);
}

static void looptun_pcap_test_add16(struct looptun_pcap_test_stream *stream, u16 value)
{
	looptun_pcap_test_set(stream, stream->len, 2, value);
	stream->len += 2;
}

static void looptun_pcap_test_add32(struct looptun_pcap_test_stream *stream, u32 value)
{
	looptun_pcap_test_set(stream, stream->len, 4, value);
	stream->len += 4;
}

/* A packet: first its number, then bytes that go on from there. */
static void looptun_pcap_test_add_bytes(struct looptun_pcap_test_stream *stream, u8 number)
{
	int i;

	for (i = 0; i < LOOPTUN_PCAP_TEST_LEN; i++)
		stream->data[stream->len++] = number + i;
}

/* 24 bytes of header, two packets of 37 bytes each. */
static void looptun_pcap_test_classic(struct looptun_pcap_test_stream *stream, bool tap,
				      u32 magic)
{
	int i;

	looptun_pcap_test_add32(stream, magic);
	looptun_pcap_test_add16(stream, 2);
	looptun_pcap_test_add16(stream, 4);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, 65535);
	looptun_pcap_test_add32(stream, tap ? 1 : 101);
	for (i = 0; i < 2; i++) {
		looptun_pcap_test_add32(stream, 1700000000);
		looptun_pcap_test_add32(stream, 999999);
		looptun_pcap_test_add32(stream, LOOPTUN_PCAP_TEST_LEN);
		looptun_pcap_test_add32(stream, LOOPTUN_PCAP_TEST_LEN);
		looptun_pcap_test_add_bytes(stream, i);
	}
}

/* 28 bytes of section, 28 of interface with the option of its resolution. */
static void looptun_pcap_test_section(struct looptun_pcap_test_stream *stream, bool tap)
{
	looptun_pcap_test_add32(stream, 0x0a0d0d0a);
	looptun_pcap_test_add32(stream, 28);
	looptun_pcap_test_add32(stream, 0x1a2b3c4d);
	looptun_pcap_test_add16(stream, 1);
	looptun_pcap_test_add16(stream, 0);
	looptun_pcap_test_add32(stream, ~0U);
	looptun_pcap_test_add32(stream, ~0U);
	looptun_pcap_test_add32(stream, 28);

	looptun_pcap_test_add32(stream, 1);
	looptun_pcap_test_add32(stream, 28);
	looptun_pcap_test_add16(stream, tap ? 1 : 101);
	looptun_pcap_test_add16(stream, 0);
	looptun_pcap_test_add32(stream, ~0U);
	looptun_pcap_test_add16(stream, 9);
	looptun_pcap_test_add16(stream, 1);
	stream->data[stream->len] = 9;
	stream->len += 4;
	looptun_pcap_test_add32(stream, 28);
}

/*
 * 76 bytes: 28 of header, 24 of packet, a comment of 8, flags of 8 that say
 * inbound, an end of 4.
 */
static void looptun_pcap_test_enhanced(struct looptun_pcap_test_stream *stream, u8 number)
{
	looptun_pcap_test_add32(stream, 6);
	looptun_pcap_test_add32(stream, 76);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, LOOPTUN_PCAP_TEST_LEN);
	looptun_pcap_test_add32(stream, LOOPTUN_PCAP_TEST_LEN);
	looptun_pcap_test_add_bytes(stream, number);
	stream->len += 3;
	looptun_pcap_test_add16(stream, 1);
	looptun_pcap_test_add16(stream, 3);
	stream->len += 4;
	looptun_pcap_test_add16(stream, 2);
	looptun_pcap_test_add16(stream, 4);
	looptun_pcap_test_add32(stream, 1);
	looptun_pcap_test_add32(stream, 0);
	looptun_pcap_test_add32(stream, 76);
}

/* Section, something unknown, a packet, a simple packet. */
static void looptun_pcap_test_ng(struct looptun_pcap_test_stream *stream, bool tap)
{
	looptun_pcap_test_section(stream, tap);
	looptun_pcap_test_add32(stream, 0xbad);
	looptun_pcap_test_add32(stream, 20);
	/* No option, that is. */
	looptun_pcap_test_add32(stream, ~0U);
	looptun_pcap_test_add32(stream, ~0U);
	looptun_pcap_test_add32(stream, 20);
	looptun_pcap_test_enhanced(stream, 0);
	looptun_pcap_test_add32(stream, 3);
	looptun_pcap_test_add32(stream, 40);
	looptun_pcap_test_add32(stream, LOOPTUN_PCAP_TEST_LEN);
	looptun_pcap_test_add_bytes(stream, 1);
	stream->len += 3;
	looptun_pcap_test_add32(stream, 40);
}

enum looptun_pcap_test_kind {
	MICRO,
	NANO,
	NG,
};

static void looptun_pcap_test_make(struct looptun_pcap_test_stream *stream,
				   enum looptun_pcap_test_kind kind, bool tap, bool swap)
{
	memset(stream, 0, sizeof(*stream));
	stream->swap = swap;
	if (kind == NG)
		looptun_pcap_test_ng(stream, tap);
	else
		looptun_pcap_test_classic(stream, tap, kind == NANO ? 0xa1b23c4d : 0xa1b2c3d4);
}

/* Where things stand in the pcapng stream. */
#define LOOPTUN_PCAP_TEST_INTERFACE	28
#define LOOPTUN_PCAP_TEST_UNKNOWN	56
#define LOOPTUN_PCAP_TEST_ENHANCED	76
#define LOOPTUN_PCAP_TEST_SIMPLE	152

struct looptun_pcap_test_row {
	const char *desc;
	enum looptun_pcap_test_kind kind;
	/* The field that is changed, if it has a size. */
	size_t at;
	size_t size;
	u32 value;
	/* expected */
	int bad;
	int packets;
	bool tap;
	/* expected of packet @of, if not as it was */
	int of;
	u32 len;
	bool cut;
	bool unmarked;
	/* expected to be gone from the end of each packet */
	u32 fcs;
	/* Another field that is changed, if it has a size. */
	struct {
		size_t at;
		size_t size;
		u32 value;
	} also;
};

#define GOOD	LOOPTUN_PCAP_TEST_GOOD
#define CUT	LOOPTUN_PCAP_TEST_CUT
#define NONE	LOOPTUN_PCAP_TEST_NONE
#define IDB(at)	(LOOPTUN_PCAP_TEST_INTERFACE + (at))
#define XXB(at)	(LOOPTUN_PCAP_TEST_UNKNOWN + (at))
#define EPB(at)	(LOOPTUN_PCAP_TEST_ENHANCED + (at))
#define SPB(at)	(LOOPTUN_PCAP_TEST_SIMPLE + (at))

static const struct looptun_pcap_test_row looptun_pcap_test_rows[] = {
	/* description, kind, at, size, value -> bad byte, packets */
	{ "micro", MICRO, 0, 0, 0, GOOD, 2 },
	{ "nano", NANO, 0, 0, 0, GOOD, 2 },
	{ "micro tap", MICRO, 0, 0, 0, GOOD, 2, true },
	{ "magic of nobody", MICRO, 0, 4, 0xa1b2cd34, 3, 0 },
	{ "major 1", MICRO, 4, 2, 1, 5, 0 },
	{ "major 3", MICRO, 4, 2, 3, 5, 0 },
	{ "minor 3", MICRO, 6, 2, 3, 7, 0 },
	{ "minor 5", MICRO, 6, 2, 5, 7, 0 },
	{ "link IPv4", MICRO, 20, 4, 228, GOOD, 2 },
	{ "link IPv6", MICRO, 20, 4, 229, GOOD, 2 },
	{ "link 227", MICRO, 20, 4, 227, 23, 0 },
	{ "link 230", MICRO, 20, 4, 230, 23, 0 },
	{ "link Ethernet for a tun", MICRO, 20, 4, 1, 23, 0 },
	{ "link raw for a tap", MICRO, 20, 4, 101, 23, 0, true },
	{ "link raw of BSD/OS", MICRO, 20, 4, 14, GOOD, 2 },
	{ "link raw of others", MICRO, 20, 4, 12, GOOD, 2 },
	{ "link 11", MICRO, 20, 4, 11, 23, 0 },
	{ "link 13", MICRO, 20, 4, 13, 23, 0 },
	{ "link 15", MICRO, 20, 4, 15, 23, 0 },
	{ "link with an FCS of nothing", MICRO, 20, 4, 0x04000065, GOOD, 2 },
	{ "link with an FCS of 4", MICRO, 20, 4, 0x24000065, GOOD, 2, .fcs = 4 },
	{ "link with an FCS of 30", MICRO, 20, 4, 0xf4000065, GOOD, 2, .fcs = 21 },
	{ "link with a length of FCS unsaid", MICRO, 20, 4, 0x20000065, GOOD, 2 },
	{ "link with reserved bits", MICRO, 20, 4, 0x03ff0065, GOOD, 2 },
	{ "link with an FCS for a tap", MICRO, 20, 4, 0x24000001, GOOD, 2, true, .fcs = 4 },
	{ "longer by its FCS alone", MICRO, 36, 4, 23, GOOD, 2,
	  .also = { 20, 4, 0x14000065 }, .len = 23, .fcs = 2 },
	{ "longer by more than its FCS", MICRO, 36, 4, 24, GOOD, 2,
	  .also = { 20, 4, 0x14000065 }, .len = 23, .fcs = 2, .cut = true },
	{ "no bytes", MICRO, 32, 4, 0, 51, 1, .len = NONE, .cut = true },
	{ "a byte more once", MICRO, 36, 4, 22, GOOD, 2, .cut = true },
	{ "a byte less once", MICRO, 36, 4, 20, GOOD, 2 },
	{ "nothing once", MICRO, 36, 4, 0, GOOD, 2 },
	{ "longest", MICRO, 32, 4, LOOPTUN_PCAP_PACKET_MAX, CUT, 0 },
	{ "too long", MICRO, 32, 4, LOOPTUN_PCAP_PACKET_MAX + 1, 35, 0 },
	{ "too long by far", MICRO, 32, 4, ~0U, 35, 0 },
	{ "second a byte less", MICRO, 69, 4, 20, CUT, 2, .of = 1, .len = 20, .cut = true },
	{ "second a byte more", MICRO, 69, 4, 22, CUT, 1 },
	{ "second too long", MICRO, 69, 4, ~0U, 72, 1 },

	{ "ng", NG, 0, 0, 0, GOOD, 2 },
	{ "ng tap", NG, 0, 0, 0, GOOD, 2, true },
	{ "type of nobody", NG, 0, 4, 0x0a0d0d0b, 3, 0 },
	{ "order of nobody", NG, 8, 4, 0x1a2b4d3c, 11, 0 },
	{ "section of 24", NG, 4, 4, 24, 11, 0 },
	{ "section of 27", NG, 4, 4, 27, 11, 0 },
	{ "section of 29", NG, 4, 4, 29, 11, 0 },
	{ "section of 32", NG, 4, 4, 32, 31, 0 },
	{ "longest section", NG, 4, 4, 16 << 20, CUT, 0 },
	{ "section too long", NG, 4, 4, (16 << 20) + 4, 11, 0 },
	{ "section 0.0", NG, 12, 2, 0, 13, 0 },
	{ "section 2.0", NG, 12, 2, 2, 13, 0 },
	{ "section 1.1", NG, 14, 2, 1, 15, 0 },
	{ "section 1.2", NG, 14, 2, 2, GOOD, 2 },
	{ "section 1.3", NG, 14, 2, 3, 15, 0 },
	{ "end of section", NG, 24, 4, 32, 27, 0 },

	{ "interface of 16", NG, IDB(4), 4, 16, IDB(7), 0 },
	{ "interface of 20", NG, IDB(4), 4, 20, IDB(19), 0 },
	{ "interface of 27", NG, IDB(4), 4, 27, IDB(7), 0 },
	{ "interface IPv4", NG, IDB(8), 2, 228, GOOD, 2 },
	{ "interface IPv6", NG, IDB(8), 2, 229, GOOD, 2 },
	{ "interface Ethernet for a tun", NG, IDB(8), 2, 1, IDB(9), 0 },
	{ "interface raw for a tap", NG, IDB(8), 2, 101, IDB(9), 0, true },
	{ "no interface", NG, IDB(0), 4, 4, EPB(11), 0 },
	{ "end of interface", NG, IDB(24), 4, 24, IDB(27), 0 },
	{ "interface with an FCS of 9", NG, IDB(16), 2, 13, GOOD, 2, .fcs = 9 },
	{ "interface with an FCS of 15", NG, IDB(16), 2, 13, GOOD, 2, .fcs = 15,
	  .also = { IDB(20), 1, 15 } },
	{ "interface with an FCS of 16 bits", NG, IDB(16), 2, 13, GOOD, 2, .fcs = 2,
	  .also = { IDB(20), 1, 16 } },
	{ "interface with an FCS in no byte", NG, IDB(16), 2, 13, IDB(19), 0,
	  .also = { IDB(18), 2, 0 } },
	{ "interface with an FCS in two bytes", NG, IDB(16), 2, 13, IDB(19), 0,
	  .also = { IDB(18), 2, 2 } },
	{ "interface with an FCS in more bytes", NG, IDB(16), 4, 0x0d000d, IDB(19), 0 },
	{ "interface option up to the end", NG, IDB(18), 2, 4, GOOD, 2 },
	{ "interface option past the end", NG, IDB(18), 2, 5, IDB(19), 0 },
	{ "interface options that end early", NG, IDB(16), 2, 0, GOOD, 2 },
	{ "interface options behind their end", NG, IDB(16), 4, 0, GOOD, 2,
	  .also = { IDB(20), 4, ~0U } },
	{ "simple cut by its interface", NG, IDB(12), 4, 20, GOOD, 2, .of = 1, .len = 20,
	  .cut = true },
	{ "simple of an interface without limit", NG, IDB(12), 4, 0, GOOD, 2 },

	{ "block of 8", NG, XXB(4), 4, 8, XXB(7), 0 },
	{ "block of 12", NG, XXB(4), 4, 12, XXB(11), 0 },
	{ "block of 19", NG, XXB(4), 4, 19, XXB(7), 0 },
	{ "block of 21", NG, XXB(4), 4, 21, XXB(7), 0 },
	{ "longest block", NG, XXB(4), 4, 16 << 20, CUT, 0 },
	{ "block too long", NG, XXB(4), 4, (16 << 20) + 4, XXB(7), 0 },
	{ "end of block", NG, XXB(16), 4, 16, XXB(19), 0 },

	{ "packet in a block of 28", NG, EPB(4), 4, 28, EPB(7), 0 },
	{ "packet in a block of 32", NG, EPB(4), 4, 32, EPB(23), 0 },
	{ "packet in a block of 52", NG, EPB(4), 4, 52, EPB(23), 0 },
	{ "packet in a block of 56", NG, EPB(4), 4, 56, EPB(55), 0 },
	{ "packet in a block of 75", NG, EPB(4), 4, 75, EPB(7), 0 },
	{ "packet in the longest block", NG, EPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX, CUT, 0 },
	{ "packet in too long a block", NG, EPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX + 4, EPB(7), 0 },
	{ "packet of interface 1", NG, EPB(8), 4, 1, EPB(11), 0 },
	{ "packet of nothing", NG, EPB(20), 4, 0, EPB(31), 0 },
	{ "packet of 20", NG, EPB(20), 4, 20, GOOD, 2, .len = 20, .cut = true },
	{ "packet of 24", NG, EPB(20), 4, 24, GOOD, 2, .len = 24 },
	{ "packet as long as its block", NG, EPB(20), 4, 44, GOOD, 2, .len = 44,
	  .unmarked = true },
	{ "packet longer than its block", NG, EPB(20), 4, 45, EPB(23), 0 },
	{ "longest packet", NG, EPB(20), 4, LOOPTUN_PCAP_PACKET_MAX, CUT, 0,
	  .also = { EPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX } },
	{ "packet too long", NG, EPB(20), 4, LOOPTUN_PCAP_PACKET_MAX + 1, EPB(23), 0,
	  .also = { EPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX } },
	{ "packet that was longer", NG, EPB(24), 4, 22, GOOD, 2, .cut = true },
	{ "packet that was shorter", NG, EPB(24), 4, 20, GOOD, 2 },
	{ "old packet", NG, EPB(0), 4, 2, GOOD, 2 },
	{ "packet with an FCS of 4", NG, EPB(64), 4, 0x81, GOOD, 2, .len = 17 },
	{ "packet with an FCS of 15", NG, EPB(64), 4, 0x1e1, GOOD, 2, .len = 6 },
	{ "option of 4", NG, EPB(54), 2, 4, GOOD, 2 },
	{ "option of 5", NG, EPB(54), 2, 5, GOOD, 2, .unmarked = true },
	{ "option up to the end", NG, EPB(54), 2, 16, GOOD, 2, .unmarked = true },
	{ "option past the end", NG, EPB(54), 2, 17, EPB(55), 0 },
	{ "option past it by far", NG, EPB(54), 2, 0xffff, EPB(55), 0 },
	{ "options that end early", NG, EPB(52), 2, 0, GOOD, 2, .unmarked = true },
	{ "options without an end", NG, EPB(68), 2, 1, GOOD, 2 },
	{ "last option past the end", NG, EPB(70), 2, 1, EPB(71), 0, .also = { EPB(68), 2, 1 } },
	{ "flags behind the options", NG, EPB(68), 2, 1, GOOD, 1,
	  .also = { SPB(0), 4, 0x00040002 } },
	{ "flags of 3", NG, EPB(62), 2, 3, EPB(63), 0 },
	{ "flags of 5", NG, EPB(62), 2, 5, EPB(63), 0 },
	{ "outbound", NG, EPB(64), 4, 2, GOOD, 2, .unmarked = true },
	{ "no direction", NG, EPB(64), 4, 0, GOOD, 2, .unmarked = true },
	{ "direction 3", NG, EPB(64), 4, 3, GOOD, 2, .unmarked = true },
	{ "inbound, other flags", NG, EPB(64), 4, 0xfffffe1d, GOOD, 2 },
	{ "end of packet", NG, EPB(72), 4, 72, EPB(75), 0 },

	{ "simple in a block of 12", NG, SPB(4), 4, 12, SPB(7), 1 },
	{ "simple in a block of 16", NG, SPB(4), 4, 16, SPB(11), 1 },
	{ "simple in a block of 36", NG, SPB(4), 4, 36, SPB(11), 1 },
	{ "simple in a longer block", NG, SPB(4), 4, 44, CUT, 1 },
	{ "simple of 24", NG, SPB(8), 4, 24, GOOD, 2, .of = 1, .len = 24 },
	{ "simple of 25", NG, SPB(8), 4, 25, SPB(11), 1 },
	{ "simple in the longest block", NG, SPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX, CUT, 1 },
	{ "simple in too long a block", NG, SPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX + 4, SPB(7), 1 },
	{ "longest simple", NG, SPB(8), 4, LOOPTUN_PCAP_PACKET_MAX, CUT, 1,
	  .also = { SPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX } },
	{ "simple too long", NG, SPB(8), 4, LOOPTUN_PCAP_PACKET_MAX + 1, SPB(11), 1,
	  .also = { SPB(4), 4, LOOPTUN_PCAP_BLOCK_MAX } },
	{ "end of simple", NG, SPB(36), 4, 36, SPB(39), 1 },
};

static void looptun_pcap_test_row_desc(const struct looptun_pcap_test_row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_pcap_test, looptun_pcap_test_rows, looptun_pcap_test_row_desc);

/* What a stream came to: its bad byte, the field that it ends, and its packets. */
struct looptun_pcap_test_outcome {
	int bad;
	size_t field;
	u32 found;
	const char *why;
	int count;
	struct looptun_pcap_packet packets[8];
};

static void looptun_pcap_test_found_bad(struct kunit *test, struct looptun_pcap_reader *reader,
					const u8 *data, size_t taken,
					struct looptun_pcap_test_outcome *outcome)
{
	struct looptun_pcap_packet packet;

	outcome->bad = taken + reader->bad;
	outcome->field = taken + reader->field;
	outcome->found = reader->found;
	outcome->why = reader->why;
	KUNIT_EXPECT_EQ(test, -EINVAL, looptun_pcap_read(reader, data, 1, &packet));
	KUNIT_EXPECT_STREQ(test, reader->why, LOOPTUN_PCAP_BAD_BEFORE);
	KUNIT_EXPECT_EQ(test, reader->found, *data);
	KUNIT_EXPECT_EQ(test, reader->bad, 0);
}

/* Hand a stream over in pieces of @piece bytes. What is not there yet is 0xa5. */
static void looptun_pcap_test_feed(struct kunit *test, bool tap, const u8 *data, size_t len,
				   size_t piece, struct looptun_pcap_test_outcome *outcome)
{
	struct looptun_pcap_packet packet;
	struct looptun_pcap_reader reader;
	size_t there = 0, taken = 0, n;
	ssize_t ret;
	u8 *copy;

	memset(outcome, 0, sizeof(*outcome));
	copy = kunit_kmalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memset(copy, 0xa5, len);
	reader = (struct looptun_pcap_reader) { .tap = tap };
	while (there < len) {
		n = min(piece, len - there);
		memcpy(copy + there, data + there, n);
		there += n;
		do {
			ret = looptun_pcap_read(&reader, copy + taken, there - taken, &packet);
			if (ret < 0) {
				KUNIT_EXPECT_EQ(test, ret, -EINVAL);
				looptun_pcap_test_found_bad(test, &reader, copy, taken, outcome);
				return;
			}
			if (packet.data)
				outcome->packets[outcome->count++] = packet;
			taken += ret;
			KUNIT_ASSERT_LE(test, taken, there);
			KUNIT_ASSERT_LT(test, outcome->count, 8);
		} while (ret && taken < there);
	}
	outcome->bad = taken == len && !reader.trailer ?
		       LOOPTUN_PCAP_TEST_GOOD : LOOPTUN_PCAP_TEST_CUT;
}

static void looptun_pcap_test_check(struct kunit *test, const struct looptun_pcap_test_row *row,
				    const struct looptun_pcap_test_outcome *outcome)
{
	const struct looptun_pcap_packet *packet = outcome->packets;
	u32 len, n;
	int i;

	KUNIT_EXPECT_EQ(test, outcome->bad, row->bad);
	KUNIT_ASSERT_EQ(test, outcome->count, row->packets);
	for (i = 0; i < outcome->count; i++, packet++) {
		len = LOOPTUN_PCAP_TEST_LEN;
		if (i == row->of && row->len)
			len = row->len == LOOPTUN_PCAP_TEST_NONE ? 0 : row->len;
		len -= row->fcs;
		KUNIT_EXPECT_EQ(test, packet->len, len);
		KUNIT_EXPECT_EQ(test, packet->cut, i == row->of && row->cut);
		KUNIT_EXPECT_EQ(test, packet->inbound, row->kind == NG && !i && !row->unmarked);
		for (n = 0; n < min_t(u32, len, LOOPTUN_PCAP_TEST_LEN); n++)
			KUNIT_ASSERT_EQ(test, packet->data[n], i + n);
	}
}

static void looptun_pcap_test_read(struct kunit *test)
{
	static const size_t pieces[] = { LOOPTUN_PCAP_TEST_MAX, 1, 2, 3, 7, 64 };
	const struct looptun_pcap_test_row *row = test->param_value;
	struct looptun_pcap_test_outcome outcome;
	struct looptun_pcap_test_stream *stream;
	int i, swap;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	for (swap = 0; swap < 2; swap++) {
		looptun_pcap_test_make(stream, row->kind, row->tap, swap);
		if (row->size)
			looptun_pcap_test_set(stream, row->at, row->size, row->value);
		if (row->also.size)
			looptun_pcap_test_set(stream, row->also.at, row->also.size,
					      row->also.value);
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			looptun_pcap_test_feed(test, row->tap, stream->data, stream->len,
					       pieces[i], &outcome);
			looptun_pcap_test_check(test, row, &outcome);
		}
		/* What is bad is found as soon as it is there. */
		if (row->bad >= 0) {
			looptun_pcap_test_feed(test, row->tap, stream->data, row->bad + 1,
					       row->bad + 1, &outcome);
			looptun_pcap_test_check(test, row, &outcome);
		}
	}
}

/* A field that is changed, and what is said of it. */
static void looptun_pcap_test_said(struct kunit *test)
{
	static const struct {
		enum looptun_pcap_test_kind kind;
		bool tap;
		size_t at;
		size_t size;
		u32 value;
		const char *why;
	} rows[] = {
		{ MICRO, false, 0, 4, 0xa1b2cd34, LOOPTUN_PCAP_BAD_MAGIC },
		{ MICRO, false, 4, 2, 3, LOOPTUN_PCAP_BAD_MAJOR },
		{ MICRO, false, 6, 2, 5, LOOPTUN_PCAP_BAD_MINOR },
		{ MICRO, false, 20, 4, 1, LOOPTUN_PCAP_BAD_LINK_TUN },
		{ MICRO, true, 20, 4, 101, LOOPTUN_PCAP_BAD_LINK_TAP },
		{ MICRO, false, 32, 4, ~0U, LOOPTUN_PCAP_BAD_PACKET },
		{ NG, false, 8, 4, 0x1a2b4d3c, LOOPTUN_PCAP_BAD_ORDER },
		{ NG, false, 4, 4, 24, LOOPTUN_PCAP_BAD_BLOCK },
		{ NG, false, 12, 2, 2, LOOPTUN_PCAP_BAD_SECTION_MAJOR },
		{ NG, false, 14, 2, 3, LOOPTUN_PCAP_BAD_SECTION_MINOR },
		{ NG, false, 24, 4, 32, LOOPTUN_PCAP_BAD_END },
		{ NG, false, IDB(4), 4, 16, LOOPTUN_PCAP_BAD_BLOCK },
		{ NG, false, IDB(8), 2, 1, LOOPTUN_PCAP_BAD_LINK_TUN },
		{ NG, true, IDB(8), 2, 101, LOOPTUN_PCAP_BAD_LINK_TAP },
		{ NG, false, IDB(18), 2, 5, LOOPTUN_PCAP_BAD_OPTION },
		{ NG, false, XXB(4), 4, 8, LOOPTUN_PCAP_BAD_BLOCK },
		{ NG, false, EPB(4), 4, 28, LOOPTUN_PCAP_BAD_BLOCK },
		{ NG, false, EPB(8), 4, 1, LOOPTUN_PCAP_BAD_INTERFACE },
		{ NG, false, EPB(20), 4, 45, LOOPTUN_PCAP_BAD_PACKET },
		{ NG, false, EPB(54), 2, 17, LOOPTUN_PCAP_BAD_OPTION },
		{ NG, false, EPB(72), 4, 72, LOOPTUN_PCAP_BAD_END },
		{ NG, false, SPB(8), 4, 25, LOOPTUN_PCAP_BAD_PACKET },
	};
	struct looptun_pcap_test_outcome outcome;
	struct looptun_pcap_test_stream *stream;
	int i;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		looptun_pcap_test_make(stream, rows[i].kind, rows[i].tap, false);
		looptun_pcap_test_set(stream, rows[i].at, rows[i].size, rows[i].value);
		looptun_pcap_test_feed(test, rows[i].tap, stream->data, stream->len, 5, &outcome);
		KUNIT_EXPECT_STREQ_MSG(test, outcome.why, rows[i].why, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, outcome.field, rows[i].at, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, outcome.found, rows[i].value, "row %d", i);
	}
	/* A simple packet is of the first interface, and there is none. */
	looptun_pcap_test_make(stream, NG, false, false);
	looptun_pcap_test_set(stream, IDB(0), 4, 4);
	looptun_pcap_test_set(stream, EPB(0), 4, 3);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 5, &outcome);
	KUNIT_EXPECT_STREQ(test, outcome.why, LOOPTUN_PCAP_BAD_INTERFACE);
	KUNIT_EXPECT_EQ(test, outcome.field, EPB(0));
	KUNIT_EXPECT_EQ(test, outcome.found, 0);
}

/* Its first @len bytes are good if they end at one of the @ends, and cut otherwise. */
static void looptun_pcap_test_ends_of(struct kunit *test,
				      const struct looptun_pcap_test_stream *stream,
				      const size_t *ends, size_t first, size_t second)
{
	struct looptun_pcap_test_outcome outcome;
	size_t len;

	for (len = 1; len <= second; len++) {
		looptun_pcap_test_feed(test, false, stream->data, len, len, &outcome);
		KUNIT_EXPECT_EQ(test, outcome.bad, len == *ends ? LOOPTUN_PCAP_TEST_GOOD :
								  LOOPTUN_PCAP_TEST_CUT);
		KUNIT_EXPECT_EQ(test, outcome.count, (len >= first) + (len >= second));
		ends += len == *ends;
	}
}

/* A good stream that ends early is cut, wherever it is not between two blocks. */
static void looptun_pcap_test_ends(struct kunit *test)
{
	static const size_t ng[] = { 28, 56, 76, 152, 192, 0 };
	static const size_t classic[] = { 24, 61, 77, 0 };
	struct looptun_pcap_test_stream *stream;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	looptun_pcap_test_make(stream, NG, false, false);
	KUNIT_ASSERT_EQ(test, stream->len, 192);
	looptun_pcap_test_ends_of(test, stream, ng, 152, 192);
	/* The second packet has no bytes. */
	looptun_pcap_test_make(stream, MICRO, false, false);
	looptun_pcap_test_set(stream, 69, 4, 0);
	looptun_pcap_test_ends_of(test, stream, classic, 61, 77);
}

/* An old packet has 16 bits of interface, and then how many were lost. */
static void looptun_pcap_test_old(struct kunit *test)
{
	struct looptun_pcap_test_outcome outcome;
	struct looptun_pcap_test_stream *stream;
	int swap;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	for (swap = 0; swap < 2; swap++) {
		looptun_pcap_test_make(stream, NG, false, swap);
		looptun_pcap_test_set(stream, EPB(0), 4, 2);
		looptun_pcap_test_set(stream, EPB(10), 2, 0xffff);
		looptun_pcap_test_feed(test, false, stream->data, stream->len, 1, &outcome);
		KUNIT_EXPECT_EQ(test, outcome.bad, LOOPTUN_PCAP_TEST_GOOD);
		KUNIT_EXPECT_EQ(test, outcome.count, 2);
		looptun_pcap_test_set(stream, EPB(8), 2, 1);
		looptun_pcap_test_feed(test, false, stream->data, stream->len, 1, &outcome);
		KUNIT_EXPECT_EQ(test, outcome.bad, EPB(9));
		KUNIT_EXPECT_EQ(test, outcome.count, 0);
	}
}

/* A whole block with no packet in it. */
static void looptun_pcap_test_hand_over(struct kunit *test, struct looptun_pcap_reader *reader,
					const u8 *block, size_t len)
{
	struct looptun_pcap_packet packet;
	ssize_t ret;

	for (; len; block += ret, len -= ret) {
		ret = looptun_pcap_read(reader, block, len, &packet);
		KUNIT_ASSERT_GT(test, ret, 0);
	}
}

/* 28 bytes of section, and @count interfaces of which the last has an FCS. */
static void looptun_pcap_test_interfaces(struct kunit *test)
{
	static const u32 packet[] = { 6, 36, 63, 0, 0, 4, 4, 0, 36 };
	struct looptun_pcap_reader reader;
	struct looptun_pcap_test_stream *stream;
	struct looptun_pcap_packet out;
	ssize_t ret;
	int i, at, end;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	looptun_pcap_test_section(stream, false);
	looptun_pcap_test_set(stream, IDB(16), 2, 13);
	stream->data[IDB(20)] = 32;
	reader = (struct looptun_pcap_reader) { };
	looptun_pcap_test_hand_over(test, &reader, stream->data, 28);
	/* Those up to 64 may have one, of 32 bits; a further one is refused at once. */
	for (i = 0; i < 65; i++) {
		end = i < 64 ? 56 : IDB(21);
		for (at = 28; at < end; at += ret) {
			ret = looptun_pcap_read(&reader, stream->data + at, end - at, &out);
			if (ret <= 0)
				break;
		}
		KUNIT_ASSERT_EQ(test, ret, i < 64 ? 4 : -EINVAL);
		if (i != 63)
			continue;
		ret = looptun_pcap_read(&reader, (const u8 *)packet, sizeof(packet), &out);
		KUNIT_EXPECT_EQ(test, ret, 36);
		KUNIT_EXPECT_EQ(test, out.len, 0);
	}
	KUNIT_EXPECT_STREQ(test, reader.why, LOOPTUN_PCAP_BAD_FCS);
	KUNIT_EXPECT_EQ(test, reader.found, 65);
	KUNIT_EXPECT_EQ(test, reader.field, 4);
	KUNIT_EXPECT_EQ(test, reader.bad, 4);

	/* What tells of an interface does for one. */
	reader = (struct looptun_pcap_reader) { };
	looptun_pcap_test_hand_over(test, &reader, stream->data, 28);
	KUNIT_EXPECT_EQ(test, looptun_pcap_read(&reader, stream->data + 28, 16, &out), 16);
}

/* An interface past those that may have an FCS has none, whatever stands behind theirs. */
static void looptun_pcap_test_no_fcs(struct kunit *test)
{
	static const u32 packet[] = { 6, 36, 64, 0, 0, 4, 4, 0, 36 };
	struct looptun_pcap_test_stream *stream;
	struct looptun_pcap_reader reader;
	struct looptun_pcap_packet out;
	int i;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	looptun_pcap_test_section(stream, false);
	reader = (struct looptun_pcap_reader) { };
	looptun_pcap_test_hand_over(test, &reader, stream->data, 28);
	for (i = 0; i < 65; i++)
		looptun_pcap_test_hand_over(test, &reader, stream->data + 28, 28);
	reader.bad = SIZE_MAX;
	KUNIT_EXPECT_EQ(test, 36, looptun_pcap_read(&reader, (const u8 *)packet, sizeof(packet),
						    &out));
	KUNIT_EXPECT_EQ(test, out.len, 4);
}

/* Each section has its own byte order and its own interfaces. */
static void looptun_pcap_test_sections(struct kunit *test)
{
	struct looptun_pcap_test_outcome outcome;
	struct looptun_pcap_test_stream *stream;
	size_t second;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	looptun_pcap_test_ng(stream, false);
	second = stream->len;
	stream->swap = true;
	looptun_pcap_test_ng(stream, false);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 5, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, LOOPTUN_PCAP_TEST_GOOD);
	KUNIT_EXPECT_EQ(test, outcome.count, 4);

	looptun_pcap_test_set(stream, second + LOOPTUN_PCAP_TEST_INTERFACE, 4, 4);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 5, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, second + LOOPTUN_PCAP_TEST_ENHANCED + 11);
	looptun_pcap_test_set(stream, second + LOOPTUN_PCAP_TEST_ENHANCED, 4, 4);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 5, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, second + LOOPTUN_PCAP_TEST_SIMPLE + 7);
	KUNIT_EXPECT_EQ(test, outcome.count, 2);

	/* Neither has the next section its FCS. */
	stream->len = 0;
	stream->swap = false;
	looptun_pcap_test_ng(stream, false);
	looptun_pcap_test_set(stream, IDB(16), 2, 13);
	looptun_pcap_test_ng(stream, false);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 5, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, LOOPTUN_PCAP_TEST_GOOD);
	KUNIT_ASSERT_EQ(test, outcome.count, 4);
	KUNIT_EXPECT_EQ(test, outcome.packets[0].len, LOOPTUN_PCAP_TEST_LEN - 9);
	KUNIT_EXPECT_EQ(test, outcome.packets[2].len, LOOPTUN_PCAP_TEST_LEN);
}

/* Nothing of pcap has a place in pcapng. */
static void looptun_pcap_test_no_record(struct kunit *test)
{
	struct looptun_pcap_test_outcome outcome;
	struct looptun_pcap_test_stream *stream;

	stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	looptun_pcap_test_enhanced(stream, 0);
	looptun_pcap_test_feed(test, false, stream->data, stream->len, 100, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, 3);
}

/* Two fields of a word, and a byte at its beginning. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HALVES(first, second)	((first) << 16 | (second))
#define FIRST(byte)		((byte) << 24)
#else
#define HALVES(first, second)	((first) | (second) << 16)
#define FIRST(byte)		(byte)
#endif

/* The words that a capture begins with, in this machine's byte order. */
static void looptun_pcap_test_put_start(struct kunit *test)
{
	static const u32 words[] = {
		0x0a0d0d0a, 44, 0x1a2b3c4d, HALVES(1, 0), ~0U, ~0U, HALVES(4, 7), 0, 0, 0, 44,
		1, 40, HALVES(101, 0), 262144, HALVES(2, 4), 0, HALVES(9, 1), FIRST(9), 0, 40,
	};
	u32 expected[ARRAY_SIZE(words)], got[LOOPTUN_PCAP_START_MAX / 4 + 1];

	memcpy(expected, words, sizeof(words));
	memcpy(expected + 7, "looptun", 8);
	memcpy(expected + 16, "tun0", 4);
	memset(got, 0xa5, sizeof(got));
	KUNIT_EXPECT_EQ(test, looptun_pcap_put_start(got, false, "tun0"), sizeof(expected));
	KUNIT_EXPECT_EQ(test, memcmp(got, expected, sizeof(expected)), 0);
	KUNIT_EXPECT_EQ(test, got[ARRAY_SIZE(expected)], 0xa5a5a5a5);

	/* Twelve bytes of name more. */
	memset(got, 0xa5, sizeof(got));
	KUNIT_EXPECT_EQ(test, looptun_pcap_put_start(got, true, "tap123456789012"),
			sizeof(expected) + 12);
	KUNIT_EXPECT_EQ(test, got[13], HALVES(1, 0));
	KUNIT_EXPECT_EQ(test, got[ARRAY_SIZE(expected) + 3], 0xa5a5a5a5);
}

static void looptun_pcap_test_put_end(struct kunit *test)
{
	u32 got[LOOPTUN_PCAP_END_MAX / 4 + 1];
	u64 value;

	memset(got, 0xa5, sizeof(got));
	KUNIT_EXPECT_EQ(test, looptun_pcap_put_end(got, 0x123456789abcdef0, 1ULL << 40, 7), 52);
	KUNIT_EXPECT_EQ(test, got[0], 5);
	KUNIT_EXPECT_EQ(test, got[1], 52);
	KUNIT_EXPECT_EQ(test, got[2], 0);
	KUNIT_EXPECT_EQ(test, got[3], 0x12345678);
	KUNIT_EXPECT_EQ(test, got[4], 0x9abcdef0);
	KUNIT_EXPECT_EQ(test, got[5], HALVES(4, 8));
	memcpy(&value, got + 6, sizeof(value));
	KUNIT_EXPECT_EQ(test, value, (1ULL << 40) + 7);
	KUNIT_EXPECT_EQ(test, got[8], HALVES(5, 8));
	memcpy(&value, got + 9, sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 7);
	KUNIT_EXPECT_EQ(test, got[11], 0);
	KUNIT_EXPECT_EQ(test, got[12], 52);
	KUNIT_EXPECT_EQ(test, got[13], 0xa5a5a5a5);
}

struct looptun_pcap_test_put {
	const char *desc;
	size_t len;
	size_t here;
	/* bytes of comment; -1: none */
	int comment;
	bool inbound;
	/* expected */
	size_t size;
	bool cut;
};

#define ALL	LOOPTUN_PCAP_TEST_ALL

static const struct looptun_pcap_test_put looptun_pcap_test_puts[] = {
	{ "nothing", 0, ALL, -1, false, 52 },
	{ "a byte", 1, ALL, -1, false, 56 },
	{ "three", 3, ALL, -1, true, 56 },
	{ "four", 4, ALL, -1, false, 56 },
	{ "five", 5, ALL, -1, true, 60 },
	{ "empty comment", 4, ALL, 0, false, 60 },
	{ "comment of one", 4, ALL, 1, false, 64 },
	{ "comment of four", 4, ALL, 4, true, 64 },
	{ "comment of five", 4, ALL, 5, true, 68 },
	{ "longest comment but one", 4, ALL, LOOPTUN_PCAP_COMMENT_MAX - 1, true, 312 },
	{ "longest comment", 4, ALL, LOOPTUN_PCAP_COMMENT_MAX, true, 312 },
	{ "too long a comment", 4, ALL, LOOPTUN_PCAP_COMMENT_MAX + 1, true, 312 },
	{ "largest datagram", 65535, ALL, -1, false, 65588 },
	{ "longest but one", LOOPTUN_PCAP_PACKET_MAX - 1, ALL, -1, false, 262196 },
	{ "longest", LOOPTUN_PCAP_PACKET_MAX, ALL, -1, false, 262196 },
	{ "too long", LOOPTUN_PCAP_PACKET_MAX + 1, ALL, -1, true, 262196, true },
	{ "too long by far", 64 << 20, ALL, -1, true, 262196, true },
	{ "not read", 1500, 0, 4, true, 60, true },
	{ "not all read", 1500, 1, -1, true, 56, true },
};

static void looptun_pcap_test_put_desc(const struct looptun_pcap_test_put *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_pcap_test_put, looptun_pcap_test_puts, looptun_pcap_test_put_desc);

/* What is written has the words that it should, and is read back as it was. */
static void looptun_pcap_test_put_words(struct kunit *test, const struct looptun_pcap_meta *meta,
					const struct looptun_pcap_test_put *row, const u8 *got)
{
	const u32 here = min_t(u32, meta->here, LOOPTUN_PCAP_PACKET_MAX);
	const u32 words[] = {
		6, row->size, 0, 0x12345678, 0x9abcdef0, here, row->len,
	};
	const u32 options[] = {
		HALVES(2, 4), row->inbound ? 1 : 2, HALVES(6, 4), meta->queue,
	};
	const u8 *at = got + sizeof(words) + ALIGN(here, 4);
	u16 comment[2];

	KUNIT_EXPECT_EQ(test, memcmp(got, words, sizeof(words)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(at, options, sizeof(options)), 0);
	at += sizeof(options);
	if (row->comment >= 0) {
		memcpy(comment, at, sizeof(comment));
		KUNIT_EXPECT_EQ(test, comment[0], 1);
		KUNIT_EXPECT_EQ(test, comment[1], min(row->comment, LOOPTUN_PCAP_COMMENT_MAX));
		at += sizeof(comment);
		KUNIT_EXPECT_EQ(test, memcmp(at, meta->comment, comment[1]), 0);
		at += ALIGN((u32)comment[1], 4);
	}
	KUNIT_EXPECT_EQ(test, memcmp(at, (const u32[]) { 0, row->size }, 8), 0);
	KUNIT_EXPECT_EQ(test, at + 8 - got, row->size);
	KUNIT_EXPECT_EQ(test, got[row->size], 0xa5);
}

static void looptun_pcap_test_put_packet(struct kunit *test)
{
	const struct looptun_pcap_test_put *row = test->param_value;
	struct looptun_pcap_meta meta = {
		.time = 0x123456789abcdef0,
		.len = row->len,
		.here = row->here == LOOPTUN_PCAP_TEST_ALL ? row->len : row->here,
		.queue = 255,
		.inbound = row->inbound,
	};
	size_t here = min_t(size_t, meta.here, LOOPTUN_PCAP_PACKET_MAX);
	struct looptun_pcap_test_outcome outcome;
	char comment[LOOPTUN_PCAP_COMMENT_MAX + 2] = { };
	size_t start;
	u8 *data, *got;

	data = kunit_kzalloc(test, here + 1, GFP_KERNEL);
	got = kunit_kzalloc(test, LOOPTUN_PCAP_START_MAX + row->size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_NOT_NULL(test, got);
	memset(data, 0x5a, here);
	if (row->comment >= 0) {
		memset(comment, 'c', row->comment);
		meta.comment = comment;
	}

	KUNIT_ASSERT_EQ(test, looptun_pcap_packet_size(&meta), row->size);
	start = looptun_pcap_put_start(got, false, "tun0");
	memset(got + start, 0xa5, row->size + 1);
	looptun_pcap_put_packet(got + start, &meta, data);
	looptun_pcap_test_put_words(test, &meta, row, got + start);

	looptun_pcap_test_feed(test, false, got, start + row->size, here + 1, &outcome);
	KUNIT_EXPECT_EQ(test, outcome.bad, LOOPTUN_PCAP_TEST_GOOD);
	KUNIT_ASSERT_EQ(test, outcome.count, 1);
	KUNIT_EXPECT_EQ(test, outcome.packets[0].len, here);
	KUNIT_EXPECT_EQ(test, outcome.packets[0].cut, row->cut);
	KUNIT_EXPECT_EQ(test, outcome.packets[0].inbound, row->inbound);
	KUNIT_EXPECT_EQ(test, memcmp(outcome.packets[0].data, data, here), 0);
}

static struct kunit_case looptun_pcap_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_pcap_test_read, looptun_pcap_test_gen_params),
	KUNIT_CASE(looptun_pcap_test_said),
	KUNIT_CASE(looptun_pcap_test_ends),
	KUNIT_CASE(looptun_pcap_test_old),
	KUNIT_CASE(looptun_pcap_test_interfaces),
	KUNIT_CASE(looptun_pcap_test_no_fcs),
	KUNIT_CASE(looptun_pcap_test_sections),
	KUNIT_CASE(looptun_pcap_test_no_record),
	KUNIT_CASE(looptun_pcap_test_put_start),
	KUNIT_CASE(looptun_pcap_test_put_end),
	KUNIT_CASE_PARAM(looptun_pcap_test_put_packet, looptun_pcap_test_put_gen_params),
	{ }
};

static struct kunit_suite looptun_pcap_test_suite = {
	.name = "looptun_pcap",
	.test_cases = looptun_pcap_test_cases,
};

kunit_test_suite(looptun_pcap_test_suite);
