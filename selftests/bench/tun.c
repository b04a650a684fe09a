// SPDX-License-Identifier: GPL-2.0-only
/* A tap of the kernel's own tun.ko, with a packet socket for its far end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../looptun.h"
#include "bench.h"

/* The largest it takes. */
#define MTU 65521

int bench_tun_open_device(char *name)
{
	int fd = bench_check(open("/dev/net/tun", O_RDWR), "/dev/net/tun");

	bench_check(lt_setiff(fd, name, IFF_TAP | IFF_NO_PI), "TUNSETIFF");
	return fd;
}

/* Up, and silent: no IPv6 that talks of itself. */
static void bring_up(int sock, const char *name)
{
	struct ifreq ifr = { };
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 name);
	bench_check(lt_write_file(path, "1"), path);
	strcpy(ifr.ifr_name, name);
	ifr.ifr_mtu = MTU;
	bench_check(ioctl(sock, SIOCSIFMTU, &ifr), "SIOCSIFMTU");
	ifr.ifr_flags = IFF_UP;
	bench_check(ioctl(sock, SIOCSIFFLAGS, &ifr), "SIOCSIFFLAGS");
}

static int packet_open(const char *name)
{
	int sock = bench_check(socket(AF_PACKET, SOCK_RAW, 0), "AF_PACKET");
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	struct ifreq ifr = { };

	bring_up(sock, name);
	strcpy(ifr.ifr_name, name);
	bench_check(ioctl(sock, SIOCGIFINDEX, &ifr), "SIOCGIFINDEX");
	address.sll_ifindex = ifr.ifr_ifindex;
	bench_check(bind(sock, (struct sockaddr *)&address, sizeof(address)),
		    "bind");
	return sock;
}

static void devices_open(struct bench_ends *ends, int *tap, int *sock)
{
	strcpy(ends->name, "bench%d");
	*tap = bench_tun_open_device(ends->name);
	*sock = packet_open(ends->name);
}

static int tun_in_open(struct bench_ends *ends)
{
	devices_open(ends, &ends->out, &ends->in);
	return 0;
}

static int tun_out_open(struct bench_ends *ends)
{
	devices_open(ends, &ends->in, &ends->out);
	return 0;
}

static void tun_in_step(struct bench_ends *ends)
{
	bench_send(ends->in, ends->len);
	bench_read(ends->out, ends->len);
}

static void tun_out_step(struct bench_ends *ends)
{
	bench_write(ends->in, ends->len);
	bench_receive(ends->out, ends->len);
}

static int tun_epoll_open(struct bench_ends *ends)
{
	tun_in_open(ends);
	bench_epoll_open(ends);
	return 0;
}

static void tun_epoll_step(struct bench_ends *ends)
{
	bench_send(ends->in, ends->len);
	bench_epoll_wait(ends);
	bench_read(ends->out, ends->len);
}

static int tun_answer_open(struct bench_ends *ends)
{
	tun_in_open(ends);
	bench_answer_open(ends, ends->out, ends->out);
	ends->extra[0] = ends->out;
	ends->out = ends->in;
	return 0;
}

static void tun_answer_step(struct bench_ends *ends)
{
	bench_send(ends->in, ends->len);
	bench_receive(ends->out, ends->len);
}

const struct bench_path bench_tun_paths[] = {
	{ "tun.ko in: packet socket send, tap read", tun_in_open, tun_in_step },
	{ "tun.ko out: tap write, packet socket recv", tun_out_open,
	  tun_out_step },
	{ "tun.ko in: send, epoll, read", tun_epoll_open, tun_epoll_step },
	{ "tun.ko: there and back, two processes", tun_answer_open,
	  tun_answer_step },
	{ }
};
