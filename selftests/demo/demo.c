// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small DNS server for the demo: it opens a TUN and a TAP tunnel, sleeps in
 * read(2) on each until somebody asks, and answers. Also, for the other side:
 *
 *	demo query		a DNS query as an IPv4 datagram, to stdout
 *	demo show tun|tap	who sends what to whom, in one from stdin
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../looptun.h"

#define IP_LEN 20
#define UDP_LEN 8
#define DNS_LEN 12
/* The type and class that end a question. */
#define QUESTION_END 4
#define ANSWER_LEN 16

static const char *prefix = "";

/* One datagram, taken apart; offsets from the start of bytes[]. */
struct message {
	__u8 bytes[2048];
	size_t len;
	size_t ip, udp, dns, answer;
	char name[256];
};

static __u16 get16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

static __u32 get32(const __u8 *at)
{
	return (__u32)get16(at) << 16 | get16(at + 2);
}

static void fail(const char *what, int ret)
{
	printf("%s%s: %s\n", prefix, what, strerror(-ret));
	exit(1);
}

/* The name at the start of a question: where it ends, 0 if it does not. */
static size_t parse_name(struct message *m, size_t at)
{
	size_t out = 0, label;

	while (at < m->len && m->bytes[at]) {
		label = m->bytes[at++];
		if (label > 63 || at + label >= m->len ||
		    out + label + 2 > sizeof(m->name))
			return 0;
		memcpy(m->name + out, m->bytes + at, label);
		out += label;
		m->name[out++] = '.';
		at += label;
	}
	m->name[out] = '\0';
	return at < m->len ? at + 1 : 0;
}

/* Find the headers; what is wrong, or NULL. */
static const char *parse(struct message *m, bool tap)
{
	__u32 pseudo = IPPROTO_UDP;
	size_t end;

	m->ip = tap ? LT_ETHER_LEN : 0;
	m->udp = m->ip + IP_LEN;
	m->dns = m->udp + UDP_LEN;
	if (m->len < m->dns + DNS_LEN)
		return "too short";
	if (m->bytes[m->ip] != 0x45 || m->bytes[m->ip + 9] != IPPROTO_UDP)
		return "not UDP over IPv4";
	if (m->ip + get16(m->bytes + m->ip + 2) != m->len ||
	    m->udp + get16(m->bytes + m->udp + 4) != m->len)
		return "lengths that do not agree";
	if (lt_checksum(m->bytes + m->ip, IP_LEN, 0))
		return "a wrong IPv4 checksum";
	pseudo += m->len - m->udp;
	pseudo += (__u16)~lt_checksum(m->bytes + m->ip + 12, 8, 0);
	if (lt_checksum(m->bytes + m->udp, m->len - m->udp, pseudo))
		return "a wrong UDP checksum";
	end = parse_name(m, m->dns + DNS_LEN);
	m->answer = end + QUESTION_END;
	if (!end || m->answer > m->len)
		return "no question";
	return NULL;
}

static const char *address(const __u8 *at)
{
	static char text[2][INET_ADDRSTRLEN];
	static int which;

	which = !which;
	return inet_ntop(AF_INET, at, text[which], sizeof(text[which]));
}

static void print_ether(const __u8 *at)
{
	int i;

	printf("%s  Ethernet ", prefix);
	for (i = 0; i < 6; i++)
		printf("%02x%s", at[6 + i], i < 5 ? ":" : " -> ");
	for (i = 0; i < 6; i++)
		printf("%02x%s", at[i], i < 5 ? ":" : ", ");
	printf("type %04x\n", get16(at + 12));
}

static void print_payload(const __u8 *payload, size_t len)
{
	size_t i, line;

	for (line = 0; line < len; line += 16) {
		printf("%s  %04zx ", prefix, line);
		for (i = line; i < line + 16; i++)
			i < len ? printf(" %02x", payload[i]) : printf("   ");
		printf("  ");
		for (i = line; i < line + 16 && i < len; i++)
			putchar(payload[i] > 31 && payload[i] < 127 ?
				payload[i] : '.');
		putchar('\n');
	}
}

/* As a person reads it: addresses, ports, question, answer. */
static void print_message(const struct message *m)
{
	const __u8 *ip = m->bytes + m->ip, *dns = m->bytes + m->dns;
	bool answers = get16(dns + 6) && m->len >= m->answer + ANSWER_LEN;

	if (m->ip)
		print_ether(m->bytes);
	printf("%s  IPv4 %s -> %s, UDP port %d -> %d, checksums right\n",
	       prefix, address(ip + 12), address(ip + 16),
	       get16(m->bytes + m->udp), get16(m->bytes + m->udp + 2));
	printf("%s  DNS %s %04x: %s A%s%s\n", prefix,
	       dns[2] & 0x80 ? "answer" : "query", get16(dns), m->name,
	       answers ? " is " : "?",
	       answers ? address(m->bytes + m->answer + 12) : "");
}

static void print_checked(struct message *m, bool tap)
{
	const char *wrong = parse(m, tap);

	if (wrong) {
		printf("%sa datagram with %s\n", prefix, wrong);
		exit(1);
	}
	print_message(m);
}

/* Turn the query around and append the answer to its question. */
static void make_reply(struct message *reply, const struct message *query)
{
	static const __u8 own[6] = { 2, 0, 0, 0, 0, 1 };
	static const __u8 answer[ANSWER_LEN] = {
		0xc0, DNS_LEN, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
	};
	const __u8 *ip = query->bytes + query->ip;
	struct lt_udp udp = {
		.saddr = get32(ip + 16), .daddr = get32(ip + 12),
		.sport = get16(query->bytes + query->udp + 2),
		.dport = get16(query->bytes + query->udp),
	};
	size_t len = query->answer - query->dns;
	__u8 dns[sizeof(query->bytes)];

	memcpy(dns, query->bytes + query->dns, len);
	dns[2] |= 0x80;
	dns[3] |= 0x80;
	dns[7] = 1;
	memcpy(dns + len, answer, ANSWER_LEN);
	if (query->ip) {
		memcpy(reply->bytes, query->bytes + 6, 6);
		memcpy(reply->bytes + 6, own, 6);
		memcpy(reply->bytes + 12, query->bytes + 12, 2);
	}
	reply->len = query->ip;
	reply->len += lt_udp_datagram(reply->bytes + query->ip, &udp, dns,
				      len + ANSWER_LEN);
}

/* Sleep until a query comes, answer it. */
static void serve(int fd, const char *name, bool tap)
{
	struct message query = { 0 }, reply = { 0 };
	long ret = lt_read(fd, query.bytes, sizeof(query.bytes) - ANSWER_LEN);

	if (ret < 0)
		fail("read", ret);
	query.len = ret;
	printf("%sread(%s) returned %zu bytes\n", prefix, name, query.len);
	print_checked(&query, tap);
	print_payload(query.bytes + query.dns, query.len - query.dns);
	make_reply(&reply, &query);
	ret = lt_write(fd, reply.bytes, reply.len);
	if (ret < 0)
		fail("write", ret);
	printf("%swrite(%s) of %ld bytes\n", prefix, name, ret);
	print_checked(&reply, tap);
	print_payload(reply.bytes + reply.dns, reply.len - reply.dns);
}

static int run_program(void)
{
	char tun[IFNAMSIZ] = "tun0", tap[IFNAMSIZ] = "tap0";
	int tun_fd, tap_fd;

	prefix = "    program| ";
	setvbuf(stdout, NULL, _IOLBF, 0);
	tun_fd = lt_attach(tun, IFF_TUN | IFF_NO_PI, 0);
	if (tun_fd < 0)
		fail(lt_device(), tun_fd);
	tap_fd = lt_attach(tap, IFF_TAP | IFF_NO_PI, 0);
	if (tap_fd < 0)
		fail(lt_device(), tap_fd);
	serve(tun_fd, tun, false);
	serve(tap_fd, tap, true);
	return 0;
}

static int write_query(void)
{
	static const __u8 dns[] =
		"\x12\x34\1\0\0\1\0\0\0\0\0\0"
		"\3www\7example\0\0\1\0\1";
	static const struct lt_udp udp = {
		.saddr = 0xc0000201, .daddr = 0xc0000235,
		.sport = 40000, .dport = 53,
	};
	__u8 buf[256];
	size_t len = lt_udp_datagram(buf, &udp, dns, sizeof(dns) - 1);

	return lt_write(STDOUT_FILENO, buf, len) != (long)len;
}

static int show_datagram(bool tap)
{
	struct message m = { 0 };
	long ret = lt_read(STDIN_FILENO, m.bytes, sizeof(m.bytes));

	if (ret < 0)
		fail("read", ret);
	m.len = ret;
	print_checked(&m, tap);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return run_program();
	if (argc == 2 && !strcmp(argv[1], "query"))
		return write_query();
	if (argc == 3 && !strcmp(argv[1], "show"))
		return show_datagram(!strcmp(argv[2], "tap"));
	return 2;
}
