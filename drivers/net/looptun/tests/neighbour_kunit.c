// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the answers to who asks for a MAC. Frames and answers are written out,
 * the checksums of IPv6 worked out here.
 */
#include <linux/in.h>

#include "reflect_test.h"

#define OK		LOOPTUN_DONE
#define MALFORMED	LOOPTUN_MALFORMED
#define ADDRESS		LOOPTUN_NO_HOST
#define PROTOCOL	LOOPTUN_NO_ANSWER

/* MACs. */
#define ASKER		"\x02\0\0\0\0\x0a"
#define ASKED		"\x02\0\0\0\0\x0b"
#define EVERYBODY	"\xff\xff\xff\xff\xff\xff"
#define SOMEBODY	"\x02loop\x01"
#define UNKNOWN		"\0\0\0\0\0\0"
/* An Ethernet type, and what ARP begins with. */
#define ARP		"\x08\x06\0\x01\x08\0\x06\x04\0"
#define IPV6		"\x86\xdd"
/* IPv4 addresses. */
#define HOST_A		"\x0a\0\0\x01"
#define HOST_B		"\x0a\0\0\x02"
#define NOBODY		"\0\0\0\0"
#define MANY		"\xe0\0\0\x01"

#define ARP_LEN		42

/**
 * struct looptun_neighbour_test_arp - an ARP frame, and what is said to it
 * @desc: of the row
 * @frame: the frame
 * @answer: the answer, if there is one
 * @verdict: expected
 */
struct looptun_neighbour_test_arp {
	const char *desc;
	u8 frame[ARP_LEN + 1];
	u8 answer[ARP_LEN + 1];
	enum looptun_outcome verdict;
};

static const struct looptun_neighbour_test_arp looptun_neighbour_test_arps[] = {
	{ "everybody is asked",
	  EVERYBODY ASKER ARP "\1" ASKER HOST_A UNKNOWN HOST_B,
	  ASKER SOMEBODY ARP "\2" SOMEBODY HOST_B ASKER HOST_A, OK },
	{ "one is asked",
	  ASKED ASKER ARP "\1" ASKER HOST_A ASKED HOST_B,
	  ASKER ASKED ARP "\2" ASKED HOST_B ASKER HOST_A, OK },
	{ "a reply",
	  ASKED ASKER ARP "\2" ASKER HOST_A ASKED HOST_B,
	  "", PROTOCOL },
	{ "no Ethernet",
	  EVERYBODY ASKER "\x08\x06\0\x06\x08\0\x06\x04\0\1" ASKER HOST_A UNKNOWN HOST_B,
	  "", PROTOCOL },
	{ "no IPv4",
	  EVERYBODY ASKER "\x08\x06\0\x01\x08\1\x06\x04\0\1" ASKER HOST_A UNKNOWN HOST_B,
	  "", PROTOCOL },
	{ "other lengths",
	  EVERYBODY ASKER "\x08\x06\0\x01\x08\0\x06\x05\0\1" ASKER HOST_A UNKNOWN HOST_B,
	  "", PROTOCOL },
	{ "a probe",
	  EVERYBODY ASKER ARP "\1" ASKER NOBODY UNKNOWN HOST_B,
	  "", ADDRESS },
	{ "a probe that names a MAC",
	  EVERYBODY ASKER ARP "\1" ASKER NOBODY ASKED HOST_B,
	  "", ADDRESS },
	{ "an announcement",
	  EVERYBODY ASKER ARP "\1" ASKER HOST_A UNKNOWN HOST_A,
	  "", ADDRESS },
	{ "for no host",
	  EVERYBODY ASKER ARP "\1" ASKER HOST_A UNKNOWN MANY,
	  "", ADDRESS },
	{ "for nobody",
	  EVERYBODY ASKER ARP "\1" ASKER HOST_A UNKNOWN NOBODY,
	  "", ADDRESS },
	{ "from many",
	  EVERYBODY EVERYBODY ARP "\1" ASKER HOST_A UNKNOWN HOST_B,
	  "", ADDRESS },
};

static void looptun_neighbour_test_arp_desc(const struct looptun_neighbour_test_arp *row,
					    char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_neighbour_test_arp, looptun_neighbour_test_arps,
		  looptun_neighbour_test_arp_desc);

/* The same from looptun_reflect() when it is asked for a neighbour's answer alone. */
static void looptun_neighbour_test_alone(struct kunit *test, const u8 *frame, size_t len,
					 const u8 *answer, size_t answer_len,
					 enum looptun_outcome verdict)
{
	static u8 got[LOOPTUN_REFLECT_TEST_MAX];
	size_t got_len = len;

	memcpy(got, frame, len);
	KUNIT_EXPECT_EQ(test, looptun_reflect(true, got, &got_len, false, true), verdict);
	KUNIT_ASSERT_EQ(test, got_len, verdict == OK ? answer_len : len);
	KUNIT_EXPECT_EQ(test, memcmp(got, verdict == OK ? answer : frame, got_len), 0);
}

static void looptun_neighbour_test_expect(struct kunit *test, bool tap, const u8 *frame,
					  size_t len, const u8 *answer, size_t answer_len,
					  enum looptun_outcome verdict)
{
	if (verdict == OK)
		looptun_reflect_test_answered(test, tap, false, frame, len, answer, answer_len);
	else
		looptun_reflect_test_refused(test, tap, false, frame, len, verdict);
	if (tap)
		looptun_neighbour_test_alone(test, frame, len, answer, answer_len, verdict);
}

static void looptun_neighbour_test_each_arp(struct kunit *test)
{
	const struct looptun_neighbour_test_arp *row = test->param_value;
	u8 frame[60], answer[60];

	looptun_neighbour_test_expect(test, true, row->frame, ARP_LEN, row->answer, ARP_LEN,
				      row->verdict);
	/* As short frames are on the wire. */
	memset(frame, 0x5a, sizeof(frame));
	memset(answer, 0x5a, sizeof(answer));
	memcpy(frame, row->frame, ARP_LEN);
	memcpy(answer, row->answer, ARP_LEN);
	looptun_neighbour_test_expect(test, true, frame, 60, answer, 60, row->verdict);
}

static void looptun_neighbour_test_arp_lengths(struct kunit *test)
{
	const struct looptun_neighbour_test_arp *row = &looptun_neighbour_test_arps[0];
	size_t cut;

	for (cut = 0; cut < ARP_LEN; cut++)
		looptun_reflect_test_refused(test, true, false, row->frame, cut, MALFORMED);
	/* On a TUN nobody asks; its first byte is no version. */
	looptun_reflect_test_refused(test, false, false, row->frame + ETH_HLEN, 28, MALFORMED);
}

/**
 * struct looptun_neighbour_test_nd - a solicitation, and what is said to it
 * @desc: of the row
 * @tap: behind an Ethernet header
 * @one: one is asked, not everybody
 * @len: bytes of the message
 * @hops: hop limit
 * @code: of ICMPv6
 * @at: byte of the IPv6 datagram that is changed, 0 for none; the sum follows
 * @byte: to what
 * @wrong: added to the checksum
 * @answer_len: bytes of the answer's message
 * @verdict: expected
 */
struct looptun_neighbour_test_nd {
	const char *desc;
	bool tap;
	bool one;
	size_t len;
	u8 hops;
	u8 code;
	u8 at;
	u8 byte;
	u8 wrong;
	size_t answer_len;
	enum looptun_outcome verdict;
};

static const struct looptun_neighbour_test_nd looptun_neighbour_test_nds[] = {
	/* tap, one, length, hops, code, at, byte, wrong, answer, verdict */
	{ "everybody, no MAC, cut", true, false, 31, 255, 0, 0, 0, 0, 0, MALFORMED },
	{ "everybody", true, false, 32, 255, 0, 0, 0, 0, 32, OK },
	{ "everybody, a byte more", true, false, 33, 255, 0, 0, 0, 0, 32, OK },
	{ "everybody, two options", true, false, 40, 255, 0, 0, 0, 0, 32, OK },
	{ "one, cut", true, true, 23, 255, 0, 0, 0, 0, 0, MALFORMED },
	{ "one, no MAC", true, true, 24, 255, 0, 0, 0, 0, 24, OK },
	{ "one, a byte more", true, true, 25, 255, 0, 0, 0, 0, 24, OK },
	{ "one, a MAC, cut", true, true, 31, 255, 0, 0, 0, 0, 24, OK },
	{ "one, a MAC", true, true, 32, 255, 0, 0, 0, 0, 32, OK },
	{ "TUN, cut", false, false, 23, 255, 0, 0, 0, 0, 0, MALFORMED },
	{ "TUN", false, false, 24, 255, 0, 0, 0, 0, 24, OK },
	{ "TUN, a MAC", false, true, 32, 255, 0, 0, 0, 0, 24, OK },
	{ "from elsewhere", true, false, 32, 254, 0, 0, 0, 0, 0, MALFORMED },
	{ "of a code", true, false, 32, 255, 1, 0, 0, 0, 0, MALFORMED },
	{ "wrong checksum", true, false, 32, 255, 0, 0, 0, 1, 0, MALFORMED },
	{ "a probe", true, false, 32, 255, 0, 8, 0x00, 0, 0, ADDRESS },
	{ "from many", true, false, 32, 255, 0, 8, 0xff, 0, 0, ADDRESS },
	{ "for many", true, false, 32, 255, 0, 48, 0xff, 0, 0, ADDRESS },
	{ "an advertisement", true, true, 32, 255, 0, 40, 136, 0, 0, PROTOCOL },
};

static void looptun_neighbour_test_nd_desc(const struct looptun_neighbour_test_nd *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_neighbour_test_nd, looptun_neighbour_test_nds,
		  looptun_neighbour_test_nd_desc);

static void looptun_neighbour_test_ip(u8 *ip, size_t len, const u8 *source, const u8 *sink)
{
	memset(ip, 0, 40);
	ip[0] = 0x60;
	looptun_reflect_test_put16(ip + 4, len);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255;
	memcpy(ip + 8, source, 16);
	memcpy(ip + 24, sink, 16);
}

static const u8 looptun_neighbour_test_asker[16] = { 0xfe };
static const u8 looptun_neighbour_test_asked[16] = { 0xfe, 0x80, [15] = 2 };
static const u8 looptun_neighbour_test_many[16] = { 0xff, 0x02, [11] = 1, 0xff, [15] = 2 };

static size_t looptun_neighbour_test_make(const struct looptun_neighbour_test_nd *row, u8 *frame)
{
	static const u8 to_one[] = ASKED ASKER IPV6;
	static const u8 to_many[] = "\x33\x33\xff\0\0\x02" ASKER IPV6;
	static const u8 option[] = "\1\1" ASKER;
	u8 *ip = frame + (row->tap ? ETH_HLEN : 0), *icmp = ip + 40;

	if (row->tap)
		memcpy(frame, row->one ? to_one : to_many, ETH_HLEN);
	looptun_neighbour_test_ip(ip, row->len, looptun_neighbour_test_asker,
				  row->one ? looptun_neighbour_test_asked :
					     looptun_neighbour_test_many);
	ip[7] = row->hops;
	memset(icmp, 0, 64);
	icmp[0] = 135;
	icmp[1] = row->code;
	memcpy(icmp + 8, looptun_neighbour_test_asked, 16);
	memcpy(icmp + 24, option, 8);
	if (row->at)
		ip[row->at] = row->byte;
	looptun_reflect_test_put16(icmp + 2,
				   looptun_reflect_test_icmpv6_checksum(ip, row->len));
	icmp[3] += row->wrong;
	return icmp + row->len - frame;
}

static size_t looptun_neighbour_test_answer(const struct looptun_neighbour_test_nd *row, u8 *frame)
{
	static const u8 from_one[] = ASKER ASKED IPV6;
	static const u8 from_somebody[] = ASKER SOMEBODY IPV6;
	static const u8 one[] = "\2\1" ASKED;
	static const u8 somebody[] = "\2\1" SOMEBODY;
	u8 *ip = frame + (row->tap ? ETH_HLEN : 0), *icmp = ip + 40;

	if (row->tap)
		memcpy(frame, row->one ? from_one : from_somebody, ETH_HLEN);
	looptun_neighbour_test_ip(ip, row->answer_len, looptun_neighbour_test_asked,
				  looptun_neighbour_test_asker);
	memset(icmp, 0, 24);
	icmp[0] = 136;
	icmp[4] = 0x60;
	memcpy(icmp + 8, looptun_neighbour_test_asked, 16);
	memcpy(icmp + 24, row->one ? one : somebody, 8);
	looptun_reflect_test_put16(icmp + 2,
				   looptun_reflect_test_icmpv6_checksum(ip, row->answer_len));
	return icmp + row->answer_len - frame;
}

static void looptun_neighbour_test_each_nd(struct kunit *test)
{
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX], answer[LOOPTUN_REFLECT_TEST_MAX];
	const struct looptun_neighbour_test_nd *row = test->param_value;
	size_t len = looptun_neighbour_test_make(row, frame);
	size_t answer_len = looptun_neighbour_test_answer(row, answer), cut = len - 1;

	looptun_neighbour_test_expect(test, row->tap, frame, len, answer, answer_len,
				      row->verdict);
	if (row->verdict != OK)
		return;
	/* A byte that is missing is not taken from behind the frame. */
	KUNIT_EXPECT_EQ(test, looptun_reflect(row->tap, frame, &cut, false, false), MALFORMED);
	/* Padding goes; what is to be completed, nobody checks or makes. */
	looptun_neighbour_test_expect(test, row->tap, frame, len + 5, answer, answer_len, OK);
	looptun_reflect_test_refused(test, row->tap, true, frame, len, row->one ? PROTOCOL :
				     ADDRESS);
}

/* Those who ask for no MAC are none of its business. */
static void looptun_neighbour_test_others(struct kunit *test)
{
	static const u8 udp[] = ASKED ASKER "\x08\0\x45\0\0\x1c\0\0\0\0\x40\x11\x66\xcf"
				HOST_A HOST_B "\1\2\3\4\0\x08\0\0";
	size_t cut;

	for (cut = 0; cut < ETH_HLEN; cut++)
		looptun_neighbour_test_alone(test, udp, cut, NULL, 0, MALFORMED);
	for (; cut < sizeof(udp); cut++)
		looptun_neighbour_test_alone(test, udp, cut, NULL, 0, PROTOCOL);
}

/* A frame asks if its type says so, and as soon as that of the message is there. */
static void looptun_neighbour_test_asks(struct kunit *test)
{
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX];
	size_t cut = looptun_neighbour_test_make(&looptun_neighbour_test_nds[1], frame);

	while (--cut > ETH_HLEN)
		looptun_neighbour_test_alone(test, frame, cut, NULL, 0,
					     cut > ETH_HLEN + 40 ? MALFORMED : PROTOCOL);
	cut = looptun_neighbour_test_make(&looptun_neighbour_test_nds[1], frame);
	looptun_reflect_test_put16(frame + 12, 0x88b5);
	looptun_neighbour_test_expect(test, true, frame, cut, NULL, 0, PROTOCOL);
}

/* Every checksum that an advertisement can have. */
static void looptun_neighbour_test_every_sum(struct kunit *test)
{
	static u8 frame[LOOPTUN_REFLECT_TEST_MAX];
	static u8 got[LOOPTUN_REFLECT_TEST_MAX];
	const size_t len = looptun_neighbour_test_make(&looptun_neighbour_test_nds[1], frame);
	u8 *ip = frame + ETH_HLEN, *answer = got + ETH_HLEN;
	unsigned int word, wrong = 0;
	size_t got_len;

	for (word = 0; word <= 0xffff; word++) {
		/* Of the address that is asked for. */
		looptun_reflect_test_put16(ip + 56, word);
		looptun_reflect_test_put16(ip + 42, 0);
		looptun_reflect_test_put16(ip + 42, looptun_reflect_test_icmpv6_checksum(ip, 32));
		got_len = len;
		memcpy(got, frame, len);
		if (looptun_reflect(true, got, &got_len, false, false) != OK || got_len != len ||
		    looptun_reflect_test_icmpv6_checksum(answer, 32))
			wrong++;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case looptun_neighbour_test_cases[] = {
	KUNIT_CASE_PARAM(looptun_neighbour_test_each_arp, looptun_neighbour_test_arp_gen_params),
	KUNIT_CASE(looptun_neighbour_test_arp_lengths),
	KUNIT_CASE_PARAM(looptun_neighbour_test_each_nd, looptun_neighbour_test_nd_gen_params),
	KUNIT_CASE(looptun_neighbour_test_others),
	KUNIT_CASE(looptun_neighbour_test_asks),
	KUNIT_CASE(looptun_neighbour_test_every_sum),
	{ }
};

static struct kunit_suite looptun_neighbour_test_suite = {
	.name = "looptun_neighbour",
	.test_cases = looptun_neighbour_test_cases,
};

kunit_test_suite(looptun_neighbour_test_suite);
