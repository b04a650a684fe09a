// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on the interface of the tunnel that a file was attached to last, by
 * its name. Only where looptun has companions: looptun.ko netdev=1.
 */
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ops.h"
#include "pools.h"

static long request(unsigned int cmd, const char *name, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	memset(ifr->ifr_name, 0, IFNAMSIZ);
	memcpy(ifr->ifr_name, name, strlen(name));
	ret = diff_ret(ioctl(fd, cmd, ifr));
	close(fd);
	return ret;
}

/* RUNNING comes and goes a moment after its reason. */
static void log_flags(struct diff_run *run, struct diff_tunnel *t)
{
	struct ifreq ifr = {};

	if (request(SIOCGIFFLAGS, t->name, &ifr))
		diff_log(run, " no_flags");
	else
		diff_log(run, " flags=%x", (__u16)ifr.ifr_flags & ~IFF_RUNNING);
	t->up = ifr.ifr_flags & IFF_UP;
}

static const struct diff_value diff_pool_ifflags_values[] = {
	{ "up", IFF_UP }, { "down", 0 }, { "promisc", IFF_UP | IFF_PROMISC },
	{ "noarp", IFF_UP | IFF_NOARP },
};

DIFF_POOL(diff_pool_ifflags, "flags", .plain = 40);

/* f, flags */
void diff_op_ifflags(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq ifr = { .ifr_flags = arg[1] };

	if (!t)
		return;
	diff_log_ret(run, request(SIOCSIFFLAGS, t->name, &ifr));
	log_flags(run, t);
}

static const struct diff_value diff_pool_ifmtu_values[] = {
	{ "1500", 1500 }, { "68", 68 }, { "67", 67 }, { "0", 0 }, { "-1", -1 },
	{ "65521", 65521 }, { "65522", 65522 }, { "65535", 65535 },
	{ "65536", 65536 }, { "1280", 1280 },
};

DIFF_POOL(diff_pool_ifmtu, "mtu", .plain = 20);

/*
 * f, mtu. What it was before is of the real side's own making, and comes back: a
 * packet socket sends no more than that, and looptun takes what is injected.
 */
void diff_op_ifmtu(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq before = { }, ifr = { .ifr_mtu = arg[1] };
	long ret;

	if (!t)
		return;
	request(SIOCGIFMTU, t->name, &before);
	ret = request(SIOCSIFMTU, t->name, &ifr);
	diff_log_ret(run, ret);
	if (ret)
		return;
	if (!request(SIOCGIFMTU, t->name, &ifr))
		diff_log(run, " mtu=%d", ifr.ifr_mtu);
	request(SIOCSIFMTU, t->name, &before);
}

/* f, mac, family: by the interface, and read back there */
void diff_op_ifhwaddr(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq ifr = { .ifr_hwaddr.sa_family = arg[2] };

	if (!t)
		return;
	diff_mac(ifr.ifr_hwaddr.sa_data, arg[1]);
	diff_log_ret(run, request(SIOCSIFHWADDR, t->name, &ifr));
	memset(&ifr, 0, sizeof(ifr));
	if (!request(SIOCGIFHWADDR, t->name, &ifr))
		diff_log_bytes(run, "hwaddr", &ifr.ifr_hwaddr,
			       sizeof(ifr.ifr_hwaddr));
}

static const struct diff_value diff_pool_ifname_values[] = {
	{ "r0", 0 }, { "r1", 1 }, { "same", 2 }, { "lo", 3 }, { "slash", 4 },
	{ "dot", 5 }, { "pattern", 6 }, { "a0", 7 },
};

DIFF_POOL(diff_pool_ifname, "to", .plain = 30);

/* f, to */
void diff_op_ifname(struct diff_run *run, const long *arg)
{
	static const char *const names[] = {
		"r0", "r1", NULL, "lo", "a/b", ".", "r%d", "a0",
	};
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq ifr = {};
	long ret;
	int fd;

	if (!t)
		return;
	strcpy(ifr.ifr_newname, names[arg[1]] ?: t->name);
	ret = request(SIOCSIFNAME, t->name, &ifr);
	diff_log_ret(run, ret);
	if (ret)
		return;
	/* A pattern: ask who can know. */
	fd = run->fd[arg[0]];
	if (arg[1] != 6)
		strcpy(t->name, names[arg[1]] ?: t->name);
	else if (fd >= 0 && !ioctl(fd, TUNGETIFF, &ifr))
		strcpy(t->name, ifr.ifr_name);
	diff_log(run, " name=%s", t->name);
}

/* f, len: what it does to the queue is that of txqueuelen */
void diff_op_ifqlen(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq ifr = { .ifr_qlen = arg[1] };

	if (!t)
		return;
	diff_log_ret(run, request(SIOCSIFTXQLEN, t->name, &ifr));
	run->side->txqueuelen(t, arg[1]);
	ifr.ifr_qlen = 0;
	if (!request(SIOCGIFTXQLEN, t->name, &ifr))
		diff_log(run, " qlen=%d", ifr.ifr_qlen);
}

/* f: RTM_DELLINK, which for looptun is to be what `delete` is */
void diff_op_ifdelete(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct nlmsghdr original;
		int room[16];
	} message = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	struct nlmsgerr *error = (void *)&message.info;
	struct ifreq ifr = {};
	int fd;

	if (!t || request(SIOCGIFINDEX, t->name, &ifr))
		return;
	diff_op_sent(run, NULL);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	message.info.ifi_index = ifr.ifr_ifindex;
	if (send(fd, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(fd, &message, sizeof(message), 0) < 0)
		diff_log(run, " no_answer");
	else
		diff_log_ret(run, error->error);
	close(fd);
	t->alive = false;
}
