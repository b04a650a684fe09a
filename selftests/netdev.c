// SPDX-License-Identifier: GPL-2.0-only
/*
 * The companion interface: netdev=1. What clients ask of their interface by ioctl
 * and by netlink, what descriptor and interface share, and that nothing passes
 * between the two.
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "looptun.h"

#ifndef TUNGETDEVNETNS
#define TUNGETDEVNETNS _IO('T', 227)
#endif
#define QUIET_MS 10000
#define TUN (IFF_TUN | IFF_NO_PI)
#define TAP (IFF_TAP | IFF_NO_PI)

static __u8 data[2048], got[2048];

/* An ioctl of a socket in this network namespace on the interface @name. */
static long ifr_ioctl(unsigned long cmd, const char *name, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	snprintf(ifr->ifr_name, IFNAMSIZ, "%s", name);
	ret = lt_ret(ioctl(fd, cmd, ifr));
	close(fd);
	return ret;
}

static long ifindex(const char *name)
{
	struct ifreq ifr = { };

	return ifr_ioctl(SIOCGIFINDEX, name, &ifr) ?: ifr.ifr_ifindex;
}

static long flags_of(const char *name)
{
	struct ifreq ifr = { };

	return ifr_ioctl(SIOCGIFFLAGS, name, &ifr) ?: (__u16)ifr.ifr_flags;
}

static long set_up(const char *name, bool up)
{
	long flags = flags_of(name);
	struct ifreq ifr = { };

	if (flags < 0)
		return flags;
	ifr.ifr_flags = up ? flags | IFF_UP : flags & ~IFF_UP;
	return ifr_ioctl(SIOCSIFFLAGS, name, &ifr);
}

static long set_mtu(const char *name, int mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };

	return ifr_ioctl(SIOCSIFMTU, name, &ifr);
}

static long mtu_of(const char *name)
{
	struct ifreq ifr = { };

	return ifr_ioctl(SIOCGIFMTU, name, &ifr) ?: ifr.ifr_mtu;
}

static long set_name(const char *name, const char *to)
{
	struct ifreq ifr = { };

	snprintf(ifr.ifr_newname, IFNAMSIZ, "%s", to);
	return ifr_ioctl(SIOCSIFNAME, name, &ifr);
}

static long attribute(const char *name, const char *attribute, char *buf,
		      size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, attribute);
	return lt_read_file(path, buf, size);
}

/* RUNNING comes and goes a moment after this. */
static int carrier_of(const char *name)
{
	char text[8] = "";

	return attribute(name, "carrier", text, sizeof(text)) < 0 ? -1 : *text;
}

/* A request of rtnetlink, with what ioctls cannot say. */
struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	__u8 attributes[128];
};

static void add_attribute(struct request *request, int type, const void *value,
			  size_t len)
{
	struct rtattr *attribute = (void *)request +
				   NLMSG_ALIGN(request->header.nlmsg_len);

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(attribute), value, len);
	request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) +
				    RTA_ALIGN(attribute->rta_len);
}

/* The errno of the answer, 0 for an acknowledgment. */
static long ask(struct request *request)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		__u8 rest[1024];
	} answer = { };
	long ret;

	request->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	ret = lt_write(fd, request, request->header.nlmsg_len);
	if (ret > 0)
		ret = lt_read(fd, &answer, sizeof(answer));
	close(fd);
	if (ret < 0)
		return ret;
	return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error :
							 -EPROTO;
}

static void link_request(struct request *request, int type, int index)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_LENGTH(sizeof(request->link));
	request->header.nlmsg_type = type;
	request->link.ifi_index = index;
}

static long delete_link(int index)
{
	struct request request;

	link_request(&request, RTM_DELLINK, index);
	return ask(&request);
}

static long move_link(int index, int netns)
{
	struct request request;

	link_request(&request, RTM_NEWLINK, index);
	add_attribute(&request, IFLA_NET_NS_FD, &netns, sizeof(netns));
	return ask(&request);
}

static long add_alternative(int index, const char *name)
{
	struct { struct rtattr head; char name[32]; } alternative = {
		{ RTA_LENGTH(strlen(name) + 1), IFLA_ALT_IFNAME },
	};
	struct request request;

	link_request(&request, RTM_NEWLINKPROP, index);
	request.header.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND;
	strcpy(alternative.name, name);
	add_attribute(&request, IFLA_PROP_LIST | NLA_F_NESTED, &alternative,
		      alternative.head.rta_len);
	return ask(&request);
}

/* The attribute of that type among those behind @attribute, or inside it. */
static const struct rtattr *find(const struct rtattr *attribute, long len, int type)
{
	while (RTA_OK(attribute, len)) {
		if (attribute->rta_type == type)
			return attribute;
		attribute = RTA_NEXT(attribute, len);
	}
	return NULL;
}

static const struct rtattr *inside(const struct rtattr *attribute, int type)
{
	return attribute ? find(RTA_DATA(attribute), RTA_PAYLOAD(attribute), type) : NULL;
}

/* IFLA_TUN_* of the next message on a socket, -ENOENT if it is not there. */
static long next_info(int fd, int type)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		__u8 attributes[8192];
	} message = { };
	const struct rtattr *found = NULL;
	long n = lt_read(fd, &message, sizeof(message));

	if (n < 0)
		return n;
	if (message.header.nlmsg_type == RTM_NEWLINK)
		found = find((void *)message.attributes, n - NLMSG_LENGTH(sizeof(message.link)),
			     IFLA_LINKINFO);
	found = inside(inside(found, IFLA_INFO_DATA), type);
	if (!found)
		return -ENOENT;
	return RTA_PAYLOAD(found) == 1 ? *(__u8 *)RTA_DATA(found) :
					 *(__u32 *)RTA_DATA(found);
}

/* What ip -d link shows of a tunnel. */
static long tun_info(const char *name, int type)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct request request;
	long ret;

	link_request(&request, RTM_GETLINK, ifindex(name));
	request.header.nlmsg_flags = NLM_F_REQUEST;
	lt_write(fd, &request, request.header.nlmsg_len);
	ret = next_info(fd, type);
	close(fd);
	return ret;
}

static long add_address(int index, int family, const char *text, int prefix)
{
	struct request request = {
		.header.nlmsg_len = NLMSG_LENGTH(sizeof(request.address)),
		.header.nlmsg_type = RTM_NEWADDR,
		.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE,
		.address.ifa_family = family,
		.address.ifa_prefixlen = prefix,
		.address.ifa_index = index,
	};
	__u8 address[16];

	if (inet_pton(family, text, address) != 1)
		return -EINVAL;
	add_attribute(&request, IFA_LOCAL, address, family == AF_INET ? 4 : 16);
	return ask(&request);
}

static bool directory_exists(const char *tunnel)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, ".");
	return !access(path, F_OK);
}

/* The name that the descriptor says. */
static const char *name_of(int fd)
{
	static struct ifreq ifr;

	return ioctl(fd, TUNGETIFF, &ifr) ? "" : ifr.ifr_name;
}

FIXTURE(netdev) {
	char name[IFNAMSIZ];
	int fd;
};

FIXTURE_VARIANT(netdev) {
	int flags;
};

FIXTURE_VARIANT_ADD(netdev, tun) {
	.flags = TUN,
};

FIXTURE_VARIANT_ADD(netdev, tap) {
	.flags = TAP,
};

FIXTURE_SETUP(netdev)
{
	lt_unload("looptun");
	ASSERT_EQ(0, lt_load(LT_MODULE, "netdev=1"));
	strcpy(self->name, "nd%d");
	self->fd = lt_attach(self->name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

/* What a namespace that ends has in it holds the module for a moment more. */
static int unload(void)
{
	int ret, tries;

	for (tries = 0; tries < LT_SOON; tries += 10) {
		ret = lt_unload("looptun");
		if (ret != -EWOULDBLOCK)
			break;
		poll(NULL, 0, 10);
	}
	return ret;
}

FIXTURE_TEARDOWN(netdev)
{
	close(self->fd);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

TEST_F(netdev, comes_and_goes)
{
	struct ifreq ifr = { };
	long flags;

	EXPECT_STREQ("nd0", self->name);
	EXPECT_LT(0, ifindex("nd0"));
	flags = flags_of("nd0");
	EXPECT_EQ(IFF_UP | IFF_RUNNING, flags & (IFF_UP | IFF_RUNNING));
	EXPECT_EQ(0, ifr_ioctl(SIOCGIFHWADDR, "nd0", &ifr));
	if (lt_tap(variant->flags)) {
		EXPECT_EQ(ARPHRD_ETHER, ifr.ifr_hwaddr.sa_family);
		EXPECT_EQ(IFF_BROADCAST | IFF_MULTICAST, flags & ~(IFF_UP | IFF_RUNNING));
	} else {
		EXPECT_EQ(ARPHRD_NONE, ifr.ifr_hwaddr.sa_family);
		EXPECT_EQ(IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST,
			  flags & ~(IFF_UP | IFF_RUNNING));
	}
	close(self->fd);
	EXPECT_EQ(-ENODEV, ifindex("nd0"));
	self->fd = lt_attach(self->name, variant->flags, O_NONBLOCK);
	EXPECT_LT(0, ifindex("nd0"));
}

TEST_F(netdev, stays_while_persistent)
{
	long index = ifindex("nd0");

	ASSERT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 1));
	close(self->fd);
	EXPECT_EQ(index, ifindex("nd0"));
	/* Nobody is there. */
	EXPECT_EQ(IFF_UP, flags_of("nd0") & IFF_UP);
	EXPECT_EQ('0', carrier_of("nd0"));
	self->fd = lt_attach(self->name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(index, ifindex("nd0"));
	EXPECT_EQ('1', carrier_of("nd0"));
	ASSERT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 0));
	close(self->fd);
	EXPECT_EQ(-ENODEV, ifindex("nd0"));
	self->fd = -1;
}

TEST_F(netdev, made_by_the_test)
{
	ASSERT_LT(0, lt_create("made tun"));
	/* Nobody has it open. */
	EXPECT_EQ('0', carrier_of("made"));
	EXPECT_LT(0, ifindex("made"));
	EXPECT_EQ(-EEXIST, lt_create("made tun"));
	EXPECT_EQ(1, lt_delete("made"));
	EXPECT_EQ(-ENODEV, ifindex("made"));
}

TEST_F(netdev, link)
{
	char text[16];

	lt_frame(data, 64, LT_IPV4, 1);
	EXPECT_EQ(4, lt_control_write("nd0", "link", "down"));
	EXPECT_EQ(0, flags_of("nd0") & IFF_UP);
	EXPECT_EQ(-EIO, lt_write(self->fd, data, 64));
	EXPECT_EQ(0, set_up("nd0", true));
	EXPECT_LT(0, lt_control_read("nd0", "link", text, sizeof(text)));
	EXPECT_STREQ("up\n", text);
	EXPECT_EQ(64, lt_write(self->fd, data, 64));
	EXPECT_EQ(0, set_up("nd0", false));
	EXPECT_LT(0, lt_control_read("nd0", "link", text, sizeof(text)));
	EXPECT_STREQ("down\n", text);
	EXPECT_EQ(-EIO, lt_write(self->fd, data, 64));
	EXPECT_EQ(2, lt_control_write("nd0", "link", "up"));
	EXPECT_EQ(IFF_UP, flags_of("nd0") & IFF_UP);
	EXPECT_EQ(64, lt_write(self->fd, data, 64));
}

/* Who polled in vain is told of the way up, whoever leads there. */
TEST_F(netdev, link_wakes)
{
	EXPECT_EQ(0, set_up("nd0", false));
	EXPECT_EQ(0, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(0, set_up("nd0", true));
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, LT_SOON));
}

/* Who watches it while the link is set leaves no trace. */
TEST_F(netdev, link_and_promiscuity)
{
	struct packet_mreq watch = {
		.mr_ifindex = ifindex("nd0"),
		.mr_type = PACKET_MR_PROMISC,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ASSERT_EQ(0, setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &watch,
				sizeof(watch)));
	EXPECT_EQ(2, lt_control_write("nd0", "link", "up"));
	close(fd);
	EXPECT_EQ(0, flags_of("nd0") & IFF_PROMISC);
	EXPECT_EQ(IFF_UP, flags_of("nd0") & IFF_UP);
	EXPECT_EQ(4, lt_control_write("nd0", "link", "down"));
	EXPECT_EQ(0, flags_of("nd0") & IFF_UP);
}

TEST_F(netdev, carrier)
{
	int on = 0;

	EXPECT_EQ(0, ioctl(self->fd, TUNSETCARRIER, &on));
	EXPECT_EQ('0', carrier_of("nd0"));
	EXPECT_LT(0, lt_write_file("/sys/class/net/nd0/carrier", "1"));
	EXPECT_EQ('1', carrier_of("nd0"));
	EXPECT_TRUE(lt_state_has("nd0", "carrier on"));
	EXPECT_LT(0, lt_write_file("/sys/class/net/nd0/carrier", "0"));
	EXPECT_EQ('0', carrier_of("nd0"));
	EXPECT_TRUE(lt_state_has("nd0", "carrier off"));
}

TEST_F(netdev, mtu)
{
	int most = lt_tap(variant->flags) ? 65535 - LT_ETHER_LEN : 65535;

	EXPECT_EQ(1500, mtu_of("nd0"));
	EXPECT_EQ(0, set_mtu("nd0", 68));
	EXPECT_EQ(68, mtu_of("nd0"));
	EXPECT_EQ(-EINVAL, set_mtu("nd0", 67));
	EXPECT_EQ(0, set_mtu("nd0", most));
	EXPECT_EQ(-EINVAL, set_mtu("nd0", most + 1));
	EXPECT_EQ(most, mtu_of("nd0"));
}

TEST_F(netdev, address)
{
	struct ifreq ifr = { }, other = { };

	ASSERT_EQ(0, ioctl(self->fd, SIOCGIFHWADDR, &ifr));
	ASSERT_EQ(0, ifr_ioctl(SIOCGIFHWADDR, "nd0", &other));
	EXPECT_EQ(0, memcmp(&ifr.ifr_hwaddr, &other.ifr_hwaddr, sizeof(ifr.ifr_hwaddr)));
	if (!lt_tap(variant->flags)) {
		EXPECT_EQ(-EOPNOTSUPP, lt_ioctl(self->fd, SIOCSIFHWADDR, &ifr));
		EXPECT_EQ(-EOPNOTSUPP, ifr_ioctl(SIOCSIFHWADDR, "nd0", &ifr));
		return;
	}
	memcpy(ifr.ifr_hwaddr.sa_data, "\x02\x00\x00\x00\x00\x07", 6);
	ASSERT_EQ(0, ioctl(self->fd, SIOCSIFHWADDR, &ifr));
	ASSERT_EQ(0, ifr_ioctl(SIOCGIFHWADDR, "nd0", &other));
	EXPECT_EQ(0, memcmp(ifr.ifr_hwaddr.sa_data, other.ifr_hwaddr.sa_data, 6));
	ifr.ifr_hwaddr.sa_data[5] = 9;
	ASSERT_EQ(0, ifr_ioctl(SIOCSIFHWADDR, "nd0", &ifr));
	ASSERT_EQ(0, ioctl(self->fd, SIOCGIFHWADDR, &other));
	EXPECT_EQ(0, memcmp(ifr.ifr_hwaddr.sa_data, other.ifr_hwaddr.sa_data, 6));
	ifr.ifr_hwaddr.sa_data[0] = 1;
	EXPECT_EQ(-EADDRNOTAVAIL, lt_ioctl(self->fd, SIOCSIFHWADDR, &ifr));
	EXPECT_EQ(-EADDRNOTAVAIL, ifr_ioctl(SIOCSIFHWADDR, "nd0", &ifr));
}

/* Of the link, and that of a queue: what clients set, they read back. */
TEST_F(netdev, type_and_length)
{
	struct ifreq ifr = { .ifr_qlen = 77 };

	EXPECT_EQ(-EBUSY, lt_ioctl(self->fd, TUNSETLINK, (void *)ARPHRD_TUNNEL));
	EXPECT_EQ(0, set_up("nd0", false));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETLINK, ARPHRD_TUNNEL));
	EXPECT_EQ(0, ifr_ioctl(SIOCGIFHWADDR, "nd0", &ifr));
	EXPECT_EQ(ARPHRD_TUNNEL, ifr.ifr_hwaddr.sa_family);
	ifr.ifr_qlen = 77;
	EXPECT_EQ(0, ifr_ioctl(SIOCSIFTXQLEN, "nd0", &ifr));
	ifr.ifr_qlen = 0;
	EXPECT_EQ(0, ifr_ioctl(SIOCGIFTXQLEN, "nd0", &ifr));
	EXPECT_EQ(77, ifr.ifr_qlen);
}

TEST_F(netdev, deleted_by_netlink)
{
	char name[IFNAMSIZ] = "nd0";
	struct lt_call call = { };

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, 0));
	ASSERT_EQ(0, lt_call_read(&call, self->fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	EXPECT_EQ(0, delete_link(ifindex("nd0")));
	EXPECT_EQ(-EFAULT, lt_call_end(&call));
	EXPECT_EQ(-ENODEV, ifindex("nd0"));
	EXPECT_FALSE(directory_exists("nd0"));
	EXPECT_EQ(-EBADFD, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(POLLERR, lt_poll(self->fd, POLLIN, 0));
	EXPECT_EQ(0, lt_setiff(self->fd, name, variant->flags));
	EXPECT_LT(0, ifindex("nd0"));
	EXPECT_EQ(1, lt_delete("nd0"));
	EXPECT_EQ(-ENODEV, ifindex("nd0"));
}

/* A tunnel whose interface has the addresses @host and @host6, and a socket on it. */
struct mute {
	int flags;
	__u32 host, peer;
	const char *host6;
	char name[IFNAMSIZ];
	int fd, socket;
};

/* The host sends a datagram to the peer, and the program one to the host's socket. */
static void speak(struct __test_metadata *_metadata, struct mute *m)
{
	struct sockaddr_in here = { AF_INET, htons(7), { htonl(m->host) } };
	struct sockaddr_in there = { AF_INET, htons(7), { htonl(m->peer) } };
	struct lt_udp udp = { m->peer, m->host, 7, 7 };
	size_t head = lt_tap(m->flags) ? LT_ETHER_LEN : 0;
	struct ifreq ifr = { };
	long len;

	m->socket = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, add_address(ifindex(m->name), AF_INET, inet_ntoa(here.sin_addr), 24));
	ASSERT_EQ(0, add_address(ifindex(m->name), AF_INET6, m->host6, 64));
	ASSERT_EQ(0, bind(m->socket, (void *)&here, sizeof(here)));
	/* To the one next to it, which on a TAP has to be asked for first. */
	EXPECT_EQ(1, sendto(m->socket, "x", 1, 0, (void *)&there, sizeof(there)));
	if (head) {
		ASSERT_EQ(0, ioctl(m->fd, SIOCGIFHWADDR, &ifr));
		memcpy(data, ifr.ifr_hwaddr.sa_data, 6);
		memcpy(data + 6, "\x02\x00\x00\x00\x00\x07\x08\x00", 8);
	}
	len = head + lt_udp_datagram(data + head, &udp, "y", 1);
	EXPECT_EQ(len, lt_write(m->fd, data, len));
}

/*
 * Addresses, a route, sockets: what the stack has to say of them does not reach the
 * program, and what the program writes does not reach a socket. Both are watched at
 * the same time.
 */
TEST(mute)
{
	struct mute mute[] = {
		{ TUN, 0x0a090001, 0x0a090002, "fd09::1", "mute%d" },
		{ TAP, 0x0a080001, 0x0a080002, "fd08::1", "mute%d" },
	};
	struct pollfd fds[2 * ARRAY_SIZE(mute)];
	size_t i;

	lt_unload("looptun");
	ASSERT_EQ(0, lt_load(LT_MODULE, "netdev=1"));
	for (i = 0; i < ARRAY_SIZE(mute); i++) {
		mute[i].fd = lt_attach(mute[i].name, mute[i].flags, O_NONBLOCK);
		ASSERT_LE(0, mute[i].fd);
		speak(_metadata, &mute[i]);
		fds[2 * i] = (struct pollfd) { mute[i].fd, POLLIN };
		fds[2 * i + 1] = (struct pollfd) { mute[i].socket, POLLIN };
	}
	EXPECT_EQ(0, poll(fds, ARRAY_SIZE(fds), QUIET_MS));
	for (i = 0; i < ARRAY_SIZE(mute); i++) {
		/* Router solicitations and reports of groups, and what was sent above. */
		EXPECT_LT(2, lt_stat(mute[i].name, "netdev_dropped"));
		EXPECT_EQ(0, lt_stat(mute[i].name, "rx_queued"));
		EXPECT_EQ(1, lt_stat(mute[i].name, "tx_queued"));
		close(mute[i].socket);
		close(mute[i].fd);
	}
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

TEST_F(netdev, follows_a_new_name)
{
	char name[IFNAMSIZ] = "other", info[1024], path[64];
	int fd;

	/* Where it matters: 6.1 renames nothing that is up. */
	EXPECT_EQ(0, set_up("nd0", false));
	ASSERT_EQ(0, set_name("nd0", "other"));
	EXPECT_STREQ("other", name_of(self->fd));
	EXPECT_TRUE(directory_exists("other"));
	EXPECT_FALSE(directory_exists("nd0"));
	EXPECT_TRUE(lt_state_has("other", "name other"));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	EXPECT_LT(0, lt_read_file(path, info, sizeof(info)));
	EXPECT_NE(NULL, strstr(info, "iff:\tother\n"));
	/* The new name is taken, the old one is free. */
	EXPECT_EQ(-EBUSY, lt_attach(name, variant->flags, 0));
	EXPECT_EQ(2, lt_control_write("other", "link", "up"));
	strcpy(name, "nd%d");
	fd = lt_attach(name, variant->flags, 0);
	EXPECT_STREQ("nd0", name);
	close(fd);
	EXPECT_EQ(1, lt_delete("other"));
	EXPECT_EQ(-ENODEV, ifindex("other"));
}

/* Who waits for a program at a name is told when a tunnel with one is given the name. */
TEST_F(netdev, new_name_is_waited_for)
{
	const char *line = "attach other timeout=60";
	int wait = open(LT_DEBUGFS "/wait", O_WRONLY | O_CLOEXEC);
	struct lt_call call = { };

	EXPECT_EQ(0, set_up("nd0", false));
	ASSERT_EQ(0, lt_call_write(&call, wait, line, strlen(line)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(0, set_name("nd0", "other"));
	EXPECT_EQ((long)strlen(line), lt_call_end(&call));
	close(wait);
}

/* The number behind a descriptor of a network namespace; it is closed. */
static long long inode(int fd)
{
	struct stat st;
	long long ret = fstat(fd, &st) ? -errno : (long long)st.st_ino;

	close(fd);
	return ret;
}

TEST_F(netdev, follows_to_another_namespace)
{
	int home = open("/proc/self/ns/net", O_RDONLY), there, fd;
	char name[IFNAMSIZ] = "nd0", directory[64];
	long long number;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	there = open("/proc/self/ns/net", O_RDONLY);
	number = inode(dup(there));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	ASSERT_EQ(0, move_link(ifindex("nd0"), there));
	EXPECT_EQ(-ENODEV, ifindex("nd0"));
	snprintf(directory, sizeof(directory), "%lld:nd0", number);
	EXPECT_TRUE(directory_exists(directory));
	EXPECT_FALSE(directory_exists("nd0"));
	/* The file stays, its device has gone; the move took it down. */
	EXPECT_EQ(inode(dup(home)), inode(ioctl(self->fd, SIOCGSKNS, 0)));
	EXPECT_EQ(number, inode(ioctl(self->fd, TUNGETDEVNETNS, 0)));
	lt_frame(data, 64, LT_IPV4, 1);
	EXPECT_EQ(-EIO, lt_write(self->fd, data, 64));
	EXPECT_EQ(2, lt_control_write(directory, "link", "up"));
	EXPECT_EQ(64, lt_write(self->fd, data, 64));
	/* The name is free here. */
	fd = lt_attach(name, variant->flags, 0);
	EXPECT_LE(0, fd);
	close(fd);

	ASSERT_EQ(0, setns(there, CLONE_NEWNET));
	EXPECT_EQ(IFF_UP, flags_of("nd0") & IFF_UP);
	EXPECT_EQ(0, delete_link(ifindex("nd0")));
	EXPECT_EQ(-EBADFD, lt_read(self->fd, got, sizeof(got)));
	close(home);
	close(there);
}

/* A program that has rights in its own namespace, of which its tunnel is taken away. */
static int be_robbed(int with, int flags)
{
	char name[IFNAMSIZ] = "rob0", c = 0;
	int fd = -1;
	long ret;

	if (!unshare(CLONE_NEWUSER | CLONE_NEWNET))
		fd = lt_attach(name, flags, O_NONBLOCK);
	if (fd < 0 || lt_write(with, &c, 1) != 1 || lt_read(with, &c, 1) != 1)
		return 255;
	ret = lt_ret(ioctl(fd, TUNGETDEVNETNS, 0));
	return ret < 0 ? -ret : 0;
}

TEST_F(netdev, taken_away)
{
	int home = open("/proc/self/ns/net", O_RDONLY), there, status, with[2];
	char path[64], c;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, with));
	pid = fork();
	if (!pid)
		_exit(be_robbed(with[1], variant->flags));
	close(with[1]);
	ASSERT_EQ(1, lt_read(with[0], &c, 1));
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	there = open(path, O_RDONLY);
	ASSERT_EQ(0, setns(there, CLONE_NEWNET));
	EXPECT_EQ(0, move_link(ifindex("rob0"), home));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	close(there);
	EXPECT_EQ(1, lt_write(with[0], &c, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EPERM << 8, status);
	close(with[0]);
	close(home);
}

TEST_F(netdev, names_of_the_namespace)
{
	char name[IFNAMSIZ] = "nd0", pattern[IFNAMSIZ] = "nd%d";
	char loopback[IFNAMSIZ] = "lo";
	int fd = lt_open(0), wish = 4711;

	EXPECT_EQ(-EBUSY, lt_setiff(fd, name, variant->flags | IFF_TUN_EXCL));
	EXPECT_EQ(-EINVAL, lt_setiff(fd, loopback, variant->flags));
	EXPECT_EQ(-EBUSY, lt_setiff(fd, loopback, variant->flags | IFF_TUN_EXCL));
	EXPECT_EQ(-EINVAL, lt_setiff(fd, strcpy(name, "all"), variant->flags));
	ASSERT_EQ(0, ioctl(fd, TUNSETIFINDEX, &wish));
	EXPECT_EQ(0, lt_setiff(fd, pattern, variant->flags));
	EXPECT_STREQ("nd1", pattern);
	EXPECT_EQ(4711, ifindex("nd1"));
	close(fd);
}

/* As tun_set_iff() has it, who comes by another name is told the first one. */
TEST_F(netdev, alternative_name)
{
	char name[IFNAMSIZ] = "another-of-it";

	ASSERT_EQ(0, add_alternative(ifindex("nd0"), name));
	EXPECT_EQ(-EBUSY, lt_attach(name, variant->flags, 0));
	EXPECT_EQ(-EBUSY, lt_attach(name, variant->flags | IFF_TUN_EXCL, 0));
	EXPECT_EQ(-EINVAL, lt_attach(name, variant->flags ^ (IFF_TUN | IFF_TAP), 0));
	ASSERT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 1));
	close(self->fd);
	self->fd = lt_attach(name, variant->flags, O_NONBLOCK);
	EXPECT_LE(0, self->fd);
	EXPECT_STREQ("nd0", name);
	EXPECT_STREQ("nd0", name_of(self->fd));
	EXPECT_EQ(1, lt_delete("nd0"));
}

TEST_F(netdev, information)
{
	int type = variant->flags & (IFF_TUN | IFF_TAP), first, second;
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };
	char name[IFNAMSIZ] = "many";

	EXPECT_EQ(type, tun_info("nd0", IFLA_TUN_TYPE));
	EXPECT_EQ(0, tun_info("nd0", IFLA_TUN_PI));
	EXPECT_EQ(0, tun_info("nd0", IFLA_TUN_VNET_HDR));
	EXPECT_EQ(0, tun_info("nd0", IFLA_TUN_PERSIST));
	EXPECT_EQ(0, tun_info("nd0", IFLA_TUN_MULTI_QUEUE));
	EXPECT_EQ(-ENOENT, tun_info("nd0", IFLA_TUN_NUM_QUEUES));
	EXPECT_EQ(-ENOENT, tun_info("nd0", IFLA_TUN_OWNER));
	EXPECT_EQ(-ENOENT, tun_info("nd0", IFLA_TUN_GROUP));
	ASSERT_EQ(0, ioctl(self->fd, TUNSETOWNER, 1000));
	ASSERT_EQ(0, ioctl(self->fd, TUNSETGROUP, 1001));
	EXPECT_EQ(1000, tun_info("nd0", IFLA_TUN_OWNER));
	EXPECT_EQ(1001, tun_info("nd0", IFLA_TUN_GROUP));

	first = lt_attach(name, type | IFF_VNET_HDR | IFF_MULTI_QUEUE, 0);
	second = lt_attach(name, type | IFF_VNET_HDR | IFF_MULTI_QUEUE, 0);
	ASSERT_EQ(0, ioctl(second, TUNSETQUEUE, &ifr));
	ASSERT_EQ(0, ioctl(first, TUNSETPERSIST, 1));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_PI));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_VNET_HDR));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_PERSIST));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_MULTI_QUEUE));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_NUM_QUEUES));
	EXPECT_EQ(1, tun_info("many", IFLA_TUN_NUM_DISABLED_QUEUES));
	ASSERT_EQ(0, ioctl(first, TUNSETPERSIST, 0));
	close(first);
	close(second);
}

/* Has who listens been told of this value? All that has come is read. */
static bool told(int fd, int type, long value)
{
	bool found = false;
	long info;

	while ((info = next_info(fd, type)) != -EAGAIN)
		found |= info == value;
	return found;
}

/* As tun.c, at once: who owns it, whether it stays, how many queues it has. */
TEST_F(netdev, notifies)
{
	struct sockaddr_nl groups = { AF_NETLINK, 0, 0, RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE);
	int flags = (variant->flags & (IFF_TUN | IFF_TAP)) | IFF_MULTI_QUEUE;
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };
	char name[IFNAMSIZ] = "many";
	int first, second;

	ASSERT_EQ(0, bind(fd, (void *)&groups, sizeof(groups)));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETOWNER, 1000));
	EXPECT_TRUE(told(fd, IFLA_TUN_OWNER, 1000));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETGROUP, 1001));
	EXPECT_TRUE(told(fd, IFLA_TUN_GROUP, 1001));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 1));
	EXPECT_TRUE(told(fd, IFLA_TUN_PERSIST, 1));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 1));
	EXPECT_FALSE(told(fd, IFLA_TUN_OWNER, 1000));
	EXPECT_EQ(0, ioctl(self->fd, TUNSETPERSIST, 0));
	EXPECT_TRUE(told(fd, IFLA_TUN_PERSIST, 0));

	first = lt_attach(name, flags, 0);
	told(fd, IFLA_TUN_NUM_QUEUES, 1);
	second = lt_attach(name, flags, 0);
	EXPECT_TRUE(told(fd, IFLA_TUN_NUM_QUEUES, 2));
	EXPECT_EQ(0, ioctl(second, TUNSETQUEUE, &ifr));
	EXPECT_TRUE(told(fd, IFLA_TUN_NUM_DISABLED_QUEUES, 1));
	ifr.ifr_flags = IFF_ATTACH_QUEUE;
	EXPECT_EQ(0, ioctl(second, TUNSETQUEUE, &ifr));
	EXPECT_TRUE(told(fd, IFLA_TUN_NUM_DISABLED_QUEUES, 0));
	close(second);
	EXPECT_TRUE(told(fd, IFLA_TUN_NUM_QUEUES, 1));
	close(first);
	close(fd);
}

/* Nobody makes one by rtnetlink, or sets what it does not have. */
TEST_F(netdev, not_by_rtnetlink)
{
	struct request request;
	struct { struct rtattr header; char kind[8]; } kind = {
		{ RTA_LENGTH(sizeof("looptun")), IFLA_INFO_KIND }, "looptun"
	};
	int mtu = 1280;

	link_request(&request, RTM_NEWLINK, ifindex("nd0"));
	add_attribute(&request, IFLA_MTU, &mtu, sizeof(mtu));
	add_attribute(&request, IFLA_LINKINFO | NLA_F_NESTED, &kind, sizeof(kind));
	EXPECT_EQ(-EOPNOTSUPP, ask(&request));
	EXPECT_EQ(1500, mtu_of("nd0"));
}

/* They mean nothing: what is set is read back. */
TEST_F(netdev, speed)
{
	struct ethtool_cmd settings = { .cmd = ETHTOOL_GSET };
	struct ifreq ifr = { .ifr_data = (void *)&settings };

	EXPECT_EQ(0, ifr_ioctl(SIOCETHTOOL, "nd0", &ifr));
	/* Since 6.3 tun is faster. */
	EXPECT_EQ(lt_kernel_at_least(6, 3) ? SPEED_10000 : SPEED_10, settings.speed);
	EXPECT_EQ(DUPLEX_FULL, settings.duplex);
	settings.cmd = ETHTOOL_SSET;
	settings.speed = SPEED_1000;
	EXPECT_EQ(0, ifr_ioctl(SIOCETHTOOL, "nd0", &ifr));
	settings = (struct ethtool_cmd) { .cmd = ETHTOOL_GSET };
	EXPECT_EQ(0, ifr_ioctl(SIOCETHTOOL, "nd0", &ifr));
	EXPECT_EQ(SPEED_1000, settings.speed);
}

TEST_F(netdev, attributes)
{
	struct ethtool_drvinfo drvinfo = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq ifr = { .ifr_data = (void *)&drvinfo };
	char text[32], expected[32];

	snprintf(expected, sizeof(expected), "0x%x\n", variant->flags);
	EXPECT_LT(0, attribute("nd0", "tun_flags", text, sizeof(text)));
	EXPECT_STREQ(expected, text);
	EXPECT_LT(0, attribute("nd0", "owner", text, sizeof(text)));
	EXPECT_STREQ("-1\n", text);
	EXPECT_LT(0, attribute("nd0", "group", text, sizeof(text)));
	EXPECT_STREQ("-1\n", text);
	ASSERT_EQ(0, ioctl(self->fd, TUNSETOWNER, 1000));
	ASSERT_EQ(0, ioctl(self->fd, TUNSETGROUP, 1001));
	EXPECT_LT(0, attribute("nd0", "owner", text, sizeof(text)));
	EXPECT_STREQ("1000\n", text);
	EXPECT_LT(0, attribute("nd0", "group", text, sizeof(text)));
	EXPECT_STREQ("1001\n", text);
	EXPECT_EQ(0, ifr_ioctl(SIOCETHTOOL, "nd0", &ifr));
	EXPECT_STREQ("looptun", drvinfo.driver);
	EXPECT_STREQ("1.6", drvinfo.version);
	EXPECT_STREQ(lt_tap(variant->flags) ? "tap" : "tun", drvinfo.bus_info);
}

/* The next message of @type about @name, its flags; -ETIMEDOUT if none comes. */
static long event(int fd, int type, const char *name)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		__u8 rest[8192];
	} message;

	while (lt_poll(fd, POLLIN, LT_SOON) == POLLIN) {
		if (lt_read(fd, &message, sizeof(message)) <= 0)
			break;
		/* IFLA_IFNAME comes first. */
		if (message.header.nlmsg_type == type &&
		    !strcmp((char *)message.rest + sizeof(struct rtattr), name))
			return message.link.ifi_flags;
	}
	return -ETIMEDOUT;
}

TEST_F(netdev, events)
{
	struct sockaddr_nl groups = { AF_NETLINK, 0, 0, RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), other;
	char name[IFNAMSIZ] = "seen";

	ASSERT_EQ(0, bind(fd, (void *)&groups, sizeof(groups)));
	other = lt_attach(name, variant->flags, 0);
	EXPECT_EQ(0, event(fd, RTM_NEWLINK, "seen") & IFF_UP);
	EXPECT_EQ(IFF_UP, event(fd, RTM_NEWLINK, "seen") & IFF_UP);
	EXPECT_EQ(4, lt_control_write("seen", "link", "down"));
	EXPECT_EQ(0, event(fd, RTM_NEWLINK, "seen") & IFF_UP);
	EXPECT_EQ(0, set_mtu("seen", 1280));
	EXPECT_LE(0, event(fd, RTM_NEWLINK, "seen"));
	close(other);
	EXPECT_LE(0, event(fd, RTM_DELLINK, "seen"));
	close(fd);
}

/* A namespace ends with companions in it: its own, and one from elsewhere. */
TEST_F(netdev, namespace_ends)
{
	int home = open("/proc/self/ns/net", O_RDONLY), there;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	there = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_LT(0, lt_create("end tun"));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	ASSERT_EQ(0, move_link(ifindex("nd0"), there));
	close(home);
	close(there);
	/* As tun.c, it wakes who waits to read, and not who waits for errors alone. */
	EXPECT_EQ(POLLERR, lt_poll(self->fd, POLLIN, LT_SOON));
	EXPECT_EQ(-EBADFD, lt_read(self->fd, got, sizeof(got)));
}

TEST_HARNESS_MAIN
