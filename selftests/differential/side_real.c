// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real device. Its far end is the network stack of a namespace with no
 * addresses: packet sockets send to the program and see what it writes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

static int control, capture, injector, injector_vnet, route;

static void set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		fprintf(stderr, "real: socket option %d: %m\n", name);
}

static int new_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);

	if (fd >= 0)
		return fd;
	perror("real: socket");
	exit(1);
}

/* Packets go to the driver past the queueing discipline: at once, or lost. */
static int new_injector(void)
{
	int fd = new_socket(AF_PACKET, SOCK_RAW, 0);

	set_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
	set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20);
	return fd;
}

static void no_ipv6(const char *which)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 which);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		fprintf(stderr, "real: %s: %m\n", path);
	close(fd);
}

static void init(struct diff_run *run)
{
	no_ipv6("all");
	no_ipv6("default");
	control = new_socket(AF_INET, SOCK_DGRAM, 0);
	capture = new_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	set_option(capture, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20);
	injector = new_injector();
	injector_vnet = new_injector();
	set_option(injector_vnet, SOL_PACKET, PACKET_VNET_HDR, 1);
	route = new_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int interface(struct diff_tunnel *t, unsigned long cmd,
		     struct ifreq *ifr)
{
	memcpy(ifr->ifr_name, t->name, IFNAMSIZ);
	return ioctl(control, cmd, ifr);
}

static bool exists(struct diff_tunnel *t)
{
	struct ifreq ifr = {};

	return !interface(t, SIOCGIFINDEX, &ifr) &&
	       ifr.ifr_ifindex == t->ifindex;
}

static void link_set(struct diff_tunnel *t, bool up)
{
	struct ifreq ifr = {};

	if (interface(t, SIOCGIFFLAGS, &ifr))
		return;
	ifr.ifr_flags = up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
	if (interface(t, SIOCSIFFLAGS, &ifr))
		fprintf(stderr, "real: link of %s: %m\n", t->name);
}

static void set_txqueuelen(struct diff_tunnel *t, int len)
{
	struct ifreq ifr = { .ifr_qlen = len };

	if (interface(t, SIOCSIFTXQLEN, &ifr))
		fprintf(stderr, "real: txqueuelen of %s: %m\n", t->name);
}

static void created(struct diff_run *run, struct diff_tunnel *t)
{
	struct ifreq ifr = {};

	if (interface(t, SIOCGIFINDEX, &ifr))
		fprintf(stderr, "real: index of %s: %m\n", t->name);
	t->ifindex = ifr.ifr_ifindex;
	ifr.ifr_mtu = t->flags & IFF_TUN ? 65535 : 65521;
	if (interface(t, SIOCSIFMTU, &ifr))
		fprintf(stderr, "real: mtu of %s: %m\n", t->name);
	link_set(t, true);
	diff_allowed_hit("up-at-once");
}

/* A TUN datagram is of the protocol that its first four bits say. */
static int protocol(const struct diff_tunnel *t, const void *data)
{
	int version = *(const __u8 *)data >> 4;

	if (!(t->flags & IFF_TUN))
		return 0;
	return version == 4 ? ETH_P_IP : version == 6 ? ETH_P_IPV6 : 0;
}

static void send_to(int fd, struct diff_tunnel *t, int proto, const void *data,
		    size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = t->ifindex,
		.sll_protocol = htons(proto),
	};

	/* ENOBUFS: the driver dropped it, which is to be compared. */
	if (sendto(fd, data, len, 0, (void *)&to, sizeof(to)) < 0 &&
	    errno != ENOBUFS)
		fprintf(stderr, "real: inject %zu into %s: %m\n", len, t->name);
}

static void inject(struct diff_tunnel *t, const void *data, size_t len)
{
	send_to(injector, t, protocol(t, data), data, len);
}

static void inject_vnet(struct diff_tunnel *t, const void *data, size_t len)
{
	send_to(injector_vnet, t, protocol(t, (const char *)data + 10), data,
		len);
}

static void delete_link(struct diff_tunnel *t)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		int error;
		struct nlmsghdr original;
	} message = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.info.ifi_index = t->ifindex,
	};

	if (send(route, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(route, &message, sizeof(message), 0) < 0)
		perror("real: delete");
}

static int tunnel_by_index(struct diff_run *run, int ifindex)
{
	int i;

	for (i = run->tunnels - 1; i >= 0; i--)
		if (run->tunnel[i].ifindex == ifindex)
			return i;
	return -1;
}

/*
 * With IFF_NAPI what was written may arrive a little later: wait for as many
 * as there are to come. On a busy host it was more than 200 ms.
 */
static void show_sent(struct diff_run *run)
{
	struct pollfd pollfd = { .fd = capture, .events = POLLIN };
	struct sockaddr_ll from;
	socklen_t size;
	ssize_t len;
	char key[16];

	while (poll(&pollfd, 1, run->written > 0 ? 2000 : 0) > 0) {
		size = sizeof(from);
		len = recvfrom(capture, diff_scratch(), DIFF_MEM_MAX,
			       MSG_DONTWAIT, (void *)&from, &size);
		if (len < 0)
			break;
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		run->written--;
		snprintf(key, sizeof(key), "sent%d",
			 tunnel_by_index(run, from.sll_ifindex));
		diff_log_frame(run, key, diff_scratch(), len);
	}
	run->written = 0;
}

const struct diff_side diff_real = {
	.name = "real",
	.device = "/dev/net/tun",
	.init = init,
	.exists = exists,
	.created = created,
	.link = link_set,
	.inject = inject,
	.inject_vnet = inject_vnet,
	.txqueuelen = set_txqueuelen,
	.remove = delete_link,
	.sent = show_sent,
};
