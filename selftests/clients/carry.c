// SPDX-License-Identifier: GPL-2.0-only
/*
 * carry tun|tap A B: a UDP datagram injected into tunnel A comes out of what the
 * client of tunnel B writes, byte for byte, and the other way round. What else they
 * write is passed over. Ends with 0 if both came.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "../looptun.h"

static __u8 data[256], got[65536];

static size_t make(bool tap, const char *from, const char *to, __u8 number)
{
	static const __u8 ether[2][6] = {
		{ 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 },
	};
	struct lt_udp udp = { inet_addr(from), inet_addr(to), 4000, 4000 };
	size_t head = tap ? LT_ETHER_LEN : 0;

	if (tap) {
		memcpy(data, ether[!number], 6);
		memcpy(data + 6, ether[number], 6);
		memcpy(data + 12, "\x08", 2);
	}
	return head + lt_udp_datagram(data + head, &udp, "carried\1\2\3", 10);
}

/* Once is lost where the other end is not there yet: again, until it comes. */
static int carry(bool tap, const char *from, const char *to, size_t len)
{
	int inject = lt_control(from, tap ? "inject_frame" : "inject", O_WRONLY);
	int sent = lt_control(to, "sent", O_RDONLY | O_NONBLOCK);
	long n;
	int i;

	for (i = 0; i < 100; i++) {
		if (lt_write(inject, data, len) != (long)len)
			return 1;
		while (lt_poll(sent, POLLIN, 200) == POLLIN) {
			n = lt_read(sent, got, sizeof(got));
			if (n == (long)len && !memcmp(got, data, len))
				return 0;
		}
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *const first = getenv("FIRST") ?: "10.9.0.1";
	const char *const second = getenv("SECOND") ?: "10.9.0.2";
	bool tap;
	int ret;

	if (argc != 4) {
		fprintf(stderr, "carry tun|tap A B\n");
		return 2;
	}
	tap = !strcmp(argv[1], "tap");
	ret = carry(tap, argv[2], argv[3], make(tap, first, second, 0));
	printf("%s to %s: %s\n", argv[2], argv[3], ret ? "lost" : "carried");
	if (ret)
		return 1;
	ret = carry(tap, argv[3], argv[2], make(tap, second, first, 1));
	printf("%s to %s: %s\n", argv[3], argv[2], ret ? "lost" : "carried");
	return ret;
}
