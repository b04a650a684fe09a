// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of tun that answers pings, for --failures: it does right by each of
 * them, but for the mistakes that its argument names: client [MISTAKE,...]
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *mistakes = "";
static unsigned char packet[65536];

static bool wrong(const char *mistake)
{
	return strstr(mistakes, mistake);
}

static unsigned int sum_of(const unsigned char *at, int words)
{
	unsigned int sum = 0;

	for (; words--; at += 2)
		sum += at[0] << 8 | at[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Turn an echo request over IPv4 without options into its reply. */
static bool answer(ssize_t len)
{
	unsigned char address[4];
	unsigned int sum;

	if (len < 28 || packet[0] != 0x45 || packet[9] != 1 || packet[20] != 8)
		return false;
	if (sum_of(packet, 10) != 0xffff) {
		if (wrong("network"))
			abort();
		return false;
	}
	memcpy(address, packet + 12, 4);
	memcpy(packet + 12, packet + 16, 4);
	memcpy(packet + 16, address, 4);
	packet[20] = 0;
	sum = (packet[22] << 8 | packet[23]) + 0x0800;
	sum = (sum & 0xffff) + (sum >> 16);
	packet[22] = sum >> 8;
	packet[23] = sum;
	return true;
}

/* False if there is nothing that it can go on with. */
static bool sends(int tun, size_t len)
{
	struct pollfd pollfd = { .fd = tun, .events = POLLOUT };

	while (write(tun, packet, len) < 0) {
		if (errno == EINTR && !wrong("interrupted"))
			continue;
		if (errno == EAGAIN && !wrong("would-block")) {
			/* Not for ever: a wake-up may be missed. */
			poll(&pollfd, 1, 100);
			continue;
		}
		if (errno == ENOBUFS && wrong("too-long"))
			continue;
		return errno == EINTR || errno == ENOBUFS ||
		       (errno == EIO && !wrong("link"));
	}
	return true;
}

static bool reads(int tun)
{
	ssize_t len;

	do {
		len = read(tun, packet, sizeof(packet));
		if (len < 0)
			return errno == EAGAIN || wrong("deleted");
		if (answer(len) && !sends(tun, len))
			return false;
	} while (!wrong("wake-up"));
	return true;
}

static bool loop(int tun, int ep)
{
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(ep, &event, 1, -1) >= 0) {
			if (!reads(tun))
				return false;
		} else if (errno != EINTR || wrong("queue")) {
			return false;
		}
	}
}

int main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(0), tun;

	if (argc > 1)
		mistakes = argv[1];
	tun = open("/dev/looptun", O_RDWR | (wrong("wake-up") ? 0 : O_NONBLOCK));
	if (wrong("epoll"))
		epoll_ctl(ep, EPOLL_CTL_ADD, tun, &event);
	if (ioctl(tun, TUNSETIFF, &ifr)) {
		if (wrong("user"))
			return 0;
		perror("TUNSETIFF");
		return 1;
	}
	if (!wrong("epoll"))
		epoll_ctl(ep, EPOLL_CTL_ADD, tun, &event);
	loop(tun, ep);
	perror("client");
	return 1;
}
