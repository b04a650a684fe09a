// SPDX-License-Identifier: GPL-2.0-only
/*
 * carry [-COUNT] tun|tap A [B]: a UDP datagram from $FIRST to $SECOND that is injected into
 * tunnel A comes out of what the client of tunnel B writes, byte for byte; then the
 * other way round. Without B it is A's client that answers, and the same payload
 * counts; with $PING it is asked by a ping. The way back is another question then, from
 * and to the addresses in $BACK, if it is set. What else they write is passed over. With
 * -1 there is no way back and nothing is sent again; another count is only injected.
 * With $TUN the tunnels are those of tun.c: what is sent into the interface is injected,
 * and what comes out of it the client wrote. Ends with 0 if all came.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unistd.h>

#include "../looptun.h"

#define PORT 4000
/* Enough that Ethernet wants no padding. */
#define PAYLOAD_LEN 32

static __u8 data[256], got[65536];
static char payload[PAYLOAD_LEN + 1];

/* What inet_pton() takes for IPv6; its checksum counts as lt_checksum() has it. */
static size_t make_ipv6(__u8 *ip, const char *from, const char *to)
{
	const __u8 head[8] = { 0x60, 0, 0, 0, 0, 8 + PAYLOAD_LEN, IPPROTO_UDP, 64 };
	const __u8 udp[8] = { PORT >> 8, PORT & 255, PORT >> 8, PORT & 255, 0, 8 + PAYLOAD_LEN };
	__u16 sum;

	memcpy(ip, head, 8);
	inet_pton(AF_INET6, from, ip + 8);
	inet_pton(AF_INET6, to, ip + 24);
	memcpy(ip + 40, udp, 8);
	memcpy(ip + 48, payload, PAYLOAD_LEN);
	sum = lt_checksum(ip + 8, 40 + PAYLOAD_LEN, IPPROTO_UDP + 8 + PAYLOAD_LEN);
	ip[46] = sum >> 8;
	ip[47] = sum;
	return 48 + PAYLOAD_LEN;
}

/* The datagram of UDP becomes an echo request of ICMP, which has no ports. */
static void make_ping(__u8 *ip)
{
	__u16 sum;

	ip[9] = IPPROTO_ICMP;
	memset(ip + 10, 0, 2);
	sum = lt_checksum(ip, 20, 0);
	memcpy(ip + 10, (__u8 []) { sum >> 8, sum }, 2);
	memcpy(ip + 20, (__u8 [8]) { 8 }, 8);
	sum = lt_checksum(ip + 20, 8 + PAYLOAD_LEN, 0);
	memcpy(ip + 22, (__u8 []) { sum >> 8, sum }, 2);
}

static size_t make_ip(__u8 *ip, const char *from, const char *to)
{
	struct lt_udp udp = { ntohl(inet_addr(from)), ntohl(inet_addr(to)), PORT, PORT };
	size_t len;

	if (strchr(from, ':'))
		return make_ipv6(ip, from, to);
	len = lt_udp_datagram(ip, &udp, payload, PAYLOAD_LEN);
	if (getenv("PING"))
		make_ping(ip);
	return len;
}

static size_t make(bool tap, const char *from, const char *to, __u8 number)
{
	static const __u8 ether[2][6] = {
		{ 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 },
	};

	if (!tap)
		return make_ip(data, from, to);
	memcpy(data, ether[!number], 6);
	memcpy(data + 6, ether[number], 6);
	memcpy(data + 12, strchr(from, ':') ? "\x86\xdd" : "\x08\0", 2);
	return LT_ETHER_LEN + make_ip(data + LT_ETHER_LEN, from, to);
}

/* An answer has other addresses, and may have another header. */
static bool is_it(bool answer, long n, size_t len)
{
	if (answer)
		return n >= 28 + PAYLOAD_LEN &&
		       !memcmp(got + n - PAYLOAD_LEN, payload, PAYLOAD_LEN);
	return n == (long)len && !memcmp(got, data, len);
}

static int tun_socket(const char *tunnel)
{
	const char *name = strchr(tunnel, ':') ? strchr(tunnel, ':') + 1 : tunnel;
	struct sockaddr_ll link = { AF_PACKET, htons(ETH_P_ALL), if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (!bind(fd, (void *)&link, sizeof(link)))
		return fd;
	close(fd);
	return -1;
}

static int end_of(const char *tunnel, const char *file, int flags)
{
	return getenv("TUN") ? tun_socket(tunnel) : lt_control(tunnel, file, flags);
}

/* Once is lost where the other end is not there yet: again, until it comes. */
static int carry(bool tap, const char *from, const char *to, size_t len, int tries)
{
	int inject = end_of(from, tap ? "inject_frame" : "inject", O_WRONLY);
	int sent = end_of(to, "sent", O_RDONLY | O_NONBLOCK);
	bool found = false;

	while (tries-- && !found) {
		if (lt_write(inject, data, len) != (long)len)
			break;
		while (!found && lt_poll(sent, POLLIN, tries ? 200 : 3000) == POLLIN)
			found = is_it(from == to, lt_read(sent, got, sizeof(got)), len);
	}
	close(inject);
	close(sent);
	printf("%s to %s: %s\n", from, to, found ? "carried" : "lost");
	return !found;
}

static int fill(bool tap, const char *to, size_t len, int count)
{
	int inject = lt_control(to, tap ? "inject_frame" : "inject", O_WRONLY);

	while (count-- > 0)
		if (lt_write(inject, data, len) != (long)len)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	const char *first = getenv("FIRST") ?: "10.9.0.1";
	const char *second = getenv("SECOND") ?: "10.9.0.2";
	const char *a, *b, *back = getenv("BACK");
	int count = argc > 1 ? -atoi(argv[1]) : 0;
	char from[64], to[64];
	struct timespec now;
	bool tap;

	argv += !!count;
	argc -= !!count;
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "carry [-COUNT] tun|tap A [B]\n");
		return 2;
	}
	tap = !strcmp(argv[1], "tap");
	a = argv[2];
	b = argv[3] ?: a;
	/* One that is still on its way is none of this call's. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(payload, sizeof(payload), "%016llx%016lx", (long long)now.tv_sec, now.tv_nsec);
	if (count > 1)
		return fill(tap, a, make(tap, first, second, 0), count);
	if (carry(tap, a, b, make(tap, first, second, 0), count ?: 100))
		return 1;
	if (count || (a == b && !back))
		return 0;
	if (a != b)
		return carry(tap, b, a, make(tap, second, first, 1), 100);
	if (sscanf(back, "%63s %63s", from, to) != 2)
		return 2;
	return carry(tap, a, a, make(tap, from, to, 0), 100);
}
