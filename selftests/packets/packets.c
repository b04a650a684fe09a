// SPDX-License-Identifier: GPL-2.0-only
/*
 * A long replay, see run: packets make MIB, on the host, prints a pcapng file of
 * that many MiB and a little more, always the same; packets drain NAME, in the
 * guest, is the program that reads it all from a TUN tunnel, until that is
 * deleted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../looptun.h"

/* Random, but the same everywhere. */
static __u64 state = 1;

static __u32 next(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 33;
}

static unsigned long written;

static void put(const void *data, size_t len)
{
	static const __u8 zeroes[4];

	fwrite(data, 1, len, stdout);
	fwrite(zeroes, 1, -len % 4, stdout);
	written += len + -len % 4;
}

static void put32(__u32 value)
{
	put(&value, 4);
}

/* Mostly the lengths of a network, now and then up to the longest. */
static size_t length(void)
{
	__u32 which = next() % 1000;

	if (which < 400)
		return 28 + next() % 40;
	if (which < 990)
		return 28 + next() % 1473;
	return 28 + next() % (65535 - 27);
}

static void put_packet(unsigned long number)
{
	static const char comment[] = "some packets have one";
	static __u8 data[65536];
	const struct lt_udp udp = {
		.saddr = 0xc0000201, .daddr = 0xc0000202,
		.sport = number, .dport = number >> 16,
	};
	const bool has_comment = number % 100 == 99;
	size_t len = length(), i;
	__u32 total = 32 + (len + 3) / 4 * 4 + (has_comment ? 28 : 0);
	__u64 time = 1700000000000000ULL + number * 10;
	__u8 payload[65536];

	for (i = 0; i < len - 28; i++)
		payload[i] = next();
	lt_udp_datagram(data, &udp, payload, len - 28);
	put32(6);
	put32(total);
	put32(0);
	put32(time >> 32);
	put32(time);
	put32(len);
	put32(len);
	put(data, len);
	if (has_comment) {
		put32(1 | (sizeof(comment) - 1) << 16);
		put(comment, sizeof(comment) - 1);
	}
	put32(total);
}

/* A section, an interface of raw IP, packets, and blocks that nobody knows. */
static int make(unsigned long mib)
{
	unsigned long i;

	put32(0x0a0d0d0a);
	put32(28);
	put32(0x1a2b3c4d);
	put32(1);
	put32(~0U);
	put32(~0U);
	put32(28);
	put32(1);
	put32(20);
	put32(101);
	put32(0);
	put32(20);
	for (i = 0; written < mib << 20; i++) {
		put_packet(i);
		if (i % 1000 == 999) {
			put32(0x80000bad);
			put32(16);
			put32(i);
			put32(16);
		}
	}
	return fflush(stdout) ? 1 : 0;
}

static int drain(const char *tunnel)
{
	static __u8 data[65536];
	char name[IFNAMSIZ] = "";
	int fd;

	strncpy(name, tunnel, sizeof(name) - 1);
	fd = lt_attach(name, IFF_TUN | IFF_NO_PI, 0);
	if (fd < 0)
		return 1;
	while (lt_read(fd, data, sizeof(data)) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make(atol(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "drain"))
		return drain(argv[2]);
	return 2;
}
