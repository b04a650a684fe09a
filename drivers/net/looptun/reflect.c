// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turning a frame into its answer, in place. Exchanging addresses or ports
 * moves whole 16-bit words of the same sum, so a checksum over them stays what
 * it was: right, wrong or still to be completed, of a whole datagram or of one
 * in fragments. Everything is checked before the first byte is changed.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <net/checksum.h>

#include "dissect.h"

#define LOOPTUN_REFLECT_ARP_LEN		28
#define LOOPTUN_REFLECT_TCP_LEN		20
/* Of UDP and of an echo. */
#define LOOPTUN_REFLECT_SHORT_LEN	8
/* What the first fragment of any has, and all of it that is changed. */
#define LOOPTUN_REFLECT_HEAD_LEN	4
/* Of a neighbour solicitation or advertisement, and with a MAC. */
#define LOOPTUN_REFLECT_ND_LEN		24
#define LOOPTUN_REFLECT_ND_MAC_LEN	32

#define LOOPTUN_REFLECT_ND_SOLICIT	135
#define LOOPTUN_REFLECT_ND_ADVERT	136

static void looptun_reflect_exchange(u8 *a, u8 *b, size_t len)
{
	while (len--)
		swap(a[len], b[len]);
}

/* Who answers: the one that was asked, or somebody where everybody was. */
static void looptun_reflect_mac(const struct looptun_dissect_frame *frame,
				u8 *mac)
{
	static const u8 somebody[ETH_ALEN] = LOOPTUN_REFLECT_MAC;

	memcpy(mac, *frame->ether & 1 ? somebody : frame->ether, ETH_ALEN);
}

static void looptun_reflect_ether(const struct looptun_dissect_frame *frame)
{
	u8 mac[ETH_ALEN];

	looptun_reflect_mac(frame, mac);
	memcpy(frame->ether, frame->ether + ETH_ALEN, ETH_ALEN);
	memcpy(frame->ether + ETH_ALEN, mac, ETH_ALEN);
}

static enum looptun_outcome
looptun_reflect_arp(const struct looptun_dissect_frame *frame)
{
	/* Ethernet, IPv4, their lengths, a request. */
	static const u8 head[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	u8 *arp = frame->data, *sender = arp + 8, *target = arp + 18;

	if (frame->len < LOOPTUN_REFLECT_ARP_LEN)
		return LOOPTUN_MALFORMED;
	if (memcmp(arp, head, sizeof(head)))
		return LOOPTUN_NO_ANSWER;
	/* To a probe or an announcement it would say: that address is taken. */
	if (!looptun_dissect_is_host(sender + ETH_ALEN, 4) ||
	    !looptun_dissect_is_host(target + ETH_ALEN, 4) ||
	    !memcmp(sender + ETH_ALEN, target + ETH_ALEN, 4))
		return LOOPTUN_NO_HOST;

	arp[7] = 2;
	looptun_reflect_exchange(sender, target, ETH_ALEN + 4);
	looptun_reflect_mac(frame, sender);
	return LOOPTUN_DONE;
}

/* The checksum of an ICMPv6 message and its pseudo header: 0 if there is a right one. */
static __sum16 looptun_reflect_icmpv6_sum(const u8 *ip, size_t len)
{
	__wsum sum = (__force __wsum)htonl(IPPROTO_ICMPV6 + len);

	sum = csum_partial(ip + 8, 32, sum);
	return csum_fold(csum_partial(ip + LOOPTUN_DISSECT_IPV6_LEN, len, sum));
}

static bool looptun_reflect_is_solicit(const struct looptun_dissect_frame *frame)
{
	const u8 *ip = frame->data;

	return frame->type == ETH_P_IPV6 &&
	       frame->len > LOOPTUN_DISSECT_IPV6_LEN && *ip >> 4 == 6 &&
	       ip[6] == IPPROTO_ICMPV6 &&
	       ip[LOOPTUN_DISSECT_IPV6_LEN] == LOOPTUN_REFLECT_ND_SOLICIT;
}

/* What RFC 4861 asks for in 7.1.1; @len is that of the message. */
static enum looptun_outcome
looptun_reflect_check_solicit(const struct looptun_dissect_frame *frame,
			      size_t len)
{
	const u8 *ip = frame->data, *icmp = ip + LOOPTUN_DISSECT_IPV6_LEN;

	if (len < LOOPTUN_REFLECT_ND_LEN ||
	    len > frame->len - LOOPTUN_DISSECT_IPV6_LEN || ip[7] != 255 ||
	    icmp[1] || looptun_reflect_icmpv6_sum(ip, len))
		return LOOPTUN_MALFORMED;
	/* Who asks everybody for a MAC tells its own, in an option. */
	if (frame->ether && ip[24] == 0xff && len < LOOPTUN_REFLECT_ND_MAC_LEN)
		return LOOPTUN_MALFORMED;
	/* To a probe, from nobody, it would say: that address is taken. */
	if (!looptun_dissect_is_host(ip + 8, 16) ||
	    !looptun_dissect_is_host(icmp + 8, 16))
		return LOOPTUN_NO_HOST;
	return LOOPTUN_DONE;
}

/* An advertisement, in the room of the solicitation, which is no shorter. */
static enum looptun_outcome
looptun_reflect_solicit(struct looptun_dissect_frame *frame)
{
	/* Solicited, and to override what was known. */
	static const u8 head[] = { LOOPTUN_REFLECT_ND_ADVERT, 0, 0, 0, 0x60, 0, 0, 0 };
	u8 *ip = frame->data, *icmp = ip + LOOPTUN_DISSECT_IPV6_LEN;
	u8 *option = icmp + LOOPTUN_REFLECT_ND_LEN;
	size_t len = looptun_dissect_get16(ip + 4);
	enum looptun_outcome verdict;
	__sum16 sum;

	verdict = looptun_reflect_check_solicit(frame, len);
	if (verdict != LOOPTUN_DONE)
		return verdict;

	if (frame->ether && len >= LOOPTUN_REFLECT_ND_MAC_LEN) {
		len = LOOPTUN_REFLECT_ND_MAC_LEN;
		/* The target's address; 8 bytes. */
		looptun_dissect_put16(option, 2 << 8 | 1);
		looptun_reflect_mac(frame, option + 2);
	} else {
		len = LOOPTUN_REFLECT_ND_LEN;
	}
	looptun_dissect_put16(ip + 4, len);
	memcpy(ip + 24, ip + 8, 16);
	memcpy(ip + 8, icmp + 8, 16);
	memcpy(icmp, head, sizeof(head));
	sum = looptun_reflect_icmpv6_sum(ip, len);
	memcpy(icmp + 2, &sum, sizeof(sum));
	frame->len = LOOPTUN_DISSECT_IPV6_LEN + len;
	return LOOPTUN_DONE;
}

/*
 * The checksum changes by what the first word does, as RFC 1624 has it. Of the
 * two zeroes of its arithmetic 0xffff is right before every message; 0 is not
 * before one of zeroes.
 */
static enum looptun_outcome
looptun_reflect_echo(u8 *icmp, u8 request, u8 reply)
{
	__sum16 sum;

	if (icmp[0] != request || icmp[1])
		return LOOPTUN_NO_ANSWER;
	icmp[0] = reply;
	memcpy(&sum, icmp + 2, sizeof(sum));
	csum_replace2(&sum, htons(request << 8), htons(reply << 8));
	sum = sum ?: CSUM_MANGLED_0;
	memcpy(icmp + 2, &sum, sizeof(sum));
	return LOOPTUN_DONE;
}

static enum looptun_outcome
looptun_reflect_transport(const struct looptun_dissect_ip *ip, bool partial)
{
	bool tcp = ip->proto == IPPROTO_TCP;
	bool ports = tcp || ip->proto == IPPROTO_UDP;
	bool ipv6 = ip->size == 16;
	size_t least = tcp ? LOOPTUN_REFLECT_TCP_LEN : LOOPTUN_REFLECT_SHORT_LEN;

	if (!ports && (partial || ip->proto != (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)))
		return LOOPTUN_NO_ANSWER;
	if (ip->later)
		return LOOPTUN_DONE;
	if (ip->len < (ip->fragment ? LOOPTUN_REFLECT_HEAD_LEN : least))
		return LOOPTUN_MALFORMED;
	if (!ports)
		return looptun_reflect_echo(ip->data, ipv6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO,
					    ipv6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY);
	looptun_reflect_exchange(ip->data, ip->data + 2, 2);
	return LOOPTUN_DONE;
}

static enum looptun_outcome
looptun_reflect_datagram(const struct looptun_dissect_frame *frame,
			 bool partial)
{
	enum looptun_outcome verdict;
	struct looptun_dissect_ip ip;

	verdict = looptun_dissect_ip(frame, &ip);
	if (verdict == LOOPTUN_DONE)
		verdict = looptun_reflect_transport(&ip, partial);
	if (verdict == LOOPTUN_DONE)
		looptun_reflect_exchange(ip.addresses, ip.addresses + ip.size,
					 ip.size);
	return verdict;
}

/**
 * looptun_reflect - turn a frame into its answer
 * @tap: @data is an Ethernet frame; an IP datagram otherwise
 * @data: the frame
 * @len: its length; out: that of the answer, which is no longer
 * @partial: its checksum is still to be completed, and so will be the answer's
 * @neighbour: answer nobody but who asks for a MAC, by ARP or neighbour
 *	solicitation; LOOPTUN_NO_ANSWER for every other frame
 *
 * Addresses and ports are exchanged, an echo request becomes the reply, ARP and
 * neighbour solicitation are answered. The answer comes from the MAC that the
 * frame went to, or from LOOPTUN_REFLECT_MAC if that is no single one. Unless
 * there is one, nothing is changed.
 *
 * Context: any.
 */
enum looptun_outcome looptun_reflect(bool tap, u8 *data, size_t *len,
				     bool partial, bool neighbour)
{
	struct looptun_dissect_frame frame;
	enum looptun_outcome verdict;
	size_t before;
	bool solicit;

	if (!looptun_dissect_frame(tap, data, *len, &frame))
		return LOOPTUN_MALFORMED;
	before = frame.len;
	solicit = !partial && looptun_reflect_is_solicit(&frame);
	if (neighbour && frame.type != ETH_P_ARP && !solicit)
		return LOOPTUN_NO_ANSWER;
	/* Nobody has such a source. */
	if (tap && (data[ETH_ALEN] & 1))
		return LOOPTUN_NO_HOST;
	if (frame.type == ETH_P_ARP)
		verdict = looptun_reflect_arp(&frame);
	else if (solicit)
		verdict = looptun_reflect_solicit(&frame);
	else
		verdict = looptun_reflect_datagram(&frame, partial);
	if (verdict != LOOPTUN_DONE)
		return verdict;
	if (tap)
		looptun_reflect_ether(&frame);
	*len -= before - frame.len;
	return verdict;
}
