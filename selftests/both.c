// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same asked of tun.c and of looptun, where the other tests cannot say what is
 * right: on each kernel it is what its tun.c does.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define QUEUES 3
#define LEN 60
/* Of no protocol that anybody else sends. */
#define PROTO 0x88b5
#define VLAN_HEAD (LT_ETHER_LEN + 4 + 20 + 20)
#define VLAN_LONG 65540

static __u8 data[sizeof(struct virtio_net_hdr) + VLAN_LONG], got[256];

FIXTURE(both) {
	char real_name[IFNAMSIZ];
	char name[IFNAMSIZ];
	int real[QUEUES];
	int ours[QUEUES];
	int loaded;
};

FIXTURE_VARIANT(both) {
	int flags;
};

FIXTURE_VARIANT_ADD(both, queues) { .flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE };
FIXTURE_VARIANT_ADD(both, vnet) {
	.flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR,
};

/* The interface is in a namespace of its own, where nobody else sends. */
FIXTURE_SETUP(both)
{
	struct ifreq ifr = { };
	int control, i;

	strcpy(self->real_name, "both%d");
	strcpy(self->name, "both%d");
	self->loaded = lt_load("/lib/tun.ko", "");
	ASSERT_TRUE(!self->loaded || self->loaded == -EEXIST);
	for (i = 0; i < QUEUES; i++) {
		self->ours[i] = lt_attach(self->name, variant->flags,
					  O_NONBLOCK);
		ASSERT_LE(0, self->ours[i]);
	}
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (i = 0; i < QUEUES; i++) {
		self->real[i] = open("/dev/net/tun",
				     O_RDWR | O_CLOEXEC | O_NONBLOCK);
		ASSERT_EQ(0, lt_setiff(self->real[i], self->real_name,
				       variant->flags));
	}
	strcpy(ifr.ifr_name, self->real_name);
	ifr.ifr_flags = IFF_UP;
	ASSERT_EQ(0, lt_ioctl(control, SIOCSIFFLAGS, &ifr));
	close(control);
}

/* tun.c frees programs by RCU, and its exit does not wait for that: we do. */
FIXTURE_TEARDOWN(both)
{
	int i, initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);

	for (i = 0; i < QUEUES; i++) {
		close(self->real[i]);
		close(self->ours[i]);
	}
	EXPECT_EQ(0, setns(initial, CLONE_NEWNET));
	close(initial);
	EXPECT_TRUE(lt_namespaces_gone());
	if (!self->loaded)
		lt_unload("tun");
}

/* A classic filter that keeps 20 bytes, and as many more as its queue's number is. */
static int keep_queue(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_QUEUE),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 20),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	return lt_ioctl(fd, TUNATTACHFILTER, &prog);
}

static int sender_to(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(name),
	};

	return bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : fd;
}

/* Bytes that are left of what was sent; what others have sent is passed over. */
static long bytes_left(int fd, size_t head)
{
	long len;

	do {
		if (lt_poll(fd, POLLIN, LT_SOON) != POLLIN)
			return -ETIMEDOUT;
		len = lt_read(fd, got, sizeof(got));
	} while (len >= (long)(head + LT_ETHER_LEN) &&
		 memcmp(got + head, data, LT_ETHER_LEN));
	return len - head;
}

/* Filter programs see the number of the queue that a frame goes to. */
TEST_F(both, queue_that_filters_see)
{
	size_t head = variant->flags & IFF_VNET_HDR ? 10 : 0;
	int packet = sender_to(self->real_name), inject, i, n, prog;

	inject = lt_control(self->name, "inject_frame", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, packet);
	ASSERT_LE(0, inject);
	ASSERT_EQ(0, keep_queue(self->real[0]));
	ASSERT_EQ(0, keep_queue(self->ours[0]));
	lt_frame(data, LEN, PROTO, 1);
	for (i = 0; i < 2 * QUEUES; i++) {
		n = i % QUEUES;
		prog = lt_ebpf_number(n, BPF_PROG_TYPE_SOCKET_FILTER);
		ASSERT_EQ(0, lt_ioctl(self->real[0], TUNSETSTEERINGEBPF, &prog));
		ASSERT_EQ(0, lt_ioctl(self->ours[0], TUNSETSTEERINGEBPF, &prog));
		close(prog);
		ASSERT_EQ(LEN, lt_write(packet, data, LEN));
		ASSERT_EQ(LEN, lt_write(inject, data, LEN));
		EXPECT_EQ(20 + n, bytes_left(self->real[n], head));
		EXPECT_EQ(20 + n, bytes_left(self->ours[n], head));
	}
	close(inject);
	close(packet);
}

/* A TCP segment behind a VLAN tag, of @len bytes from the Ethernet header on. */
static void put_vlan(__u8 *frame, size_t len)
{
	static const __u8 head[VLAN_HEAD] = {
		[0] = 2, [6] = 2, [11] = 1, [12] = 0x81, [15] = 100, [16] = 8,
		[18] = 0x45, [26] = 64, [27] = IPPROTO_TCP, [30] = 10, [33] = 1,
		[34] = 10, [37] = 2, [39] = 80, [41] = 81, [50] = 0x50, [51] = 0x10,
	};
	size_t ip = len - 18;

	memset(frame, 0xcb, len);
	memcpy(frame, head, len < VLAN_HEAD ? len : VLAN_HEAD);
	frame[20] = ip >> 8;
	frame[21] = ip;
}

/*
 * As the kernel's own test of tun has it since 7.3, whose other new tests want an
 * interface: a header with GSO and without NEEDS_CSUM, where the kernel looks for
 * the protocol by itself.
 */
TEST_F(both, vlan_gso_without_csum)
{
	static const struct {
		__u8 flags, type;
		__u16 hdr_len;
		size_t len;
	} rows[] = {
		{ 0, VIRTIO_NET_HDR_GSO_TCPV4, VLAN_HEAD, VLAN_HEAD + 2800 },
		{ VIRTIO_NET_HDR_F_DATA_VALID, VIRTIO_NET_HDR_GSO_TCPV4,
		  VLAN_HEAD, VLAN_HEAD + 2800 },
		{ 0, VIRTIO_NET_HDR_GSO_TCPV6, VLAN_HEAD, VLAN_HEAD + 2800 },
		{ 0, VIRTIO_NET_HDR_GSO_UDP, VLAN_HEAD, VLAN_HEAD + 2800 },
		{ 0, VIRTIO_NET_HDR_GSO_TCPV4, VLAN_HEAD - 10, VLAN_HEAD - 10 },
		{ 0, VIRTIO_NET_HDR_GSO_TCPV4, VLAN_HEAD, VLAN_LONG },
	};
	struct virtio_net_hdr header = { .gso_size = 1400 };
	size_t i, total;
	long ret;

	if (!(variant->flags & IFF_VNET_HDR))
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		header.flags = rows[i].flags;
		header.gso_type = rows[i].type;
		header.hdr_len = rows[i].hdr_len;
		memcpy(data, &header, sizeof(header));
		put_vlan(data + sizeof(header), rows[i].len);
		total = sizeof(header) + rows[i].len;
		ret = lt_write(self->real[0], data, total);
		EXPECT_EQ(ret, lt_write(self->ours[0], data, total))
			TH_LOG("row %zu", i);
		/* That all of it is compared: the first is good there. */
		if (!i && lt_kernel_at_least(7, 3))
			EXPECT_EQ(total, ret);
	}
}

#define NUMBERS 101

/*
 * Which number a pattern gets, and the errno where the name of that number is taken:
 * names of 15 bytes come to an end, and not every name reads back as its number.
 */
TEST_F(both, numbers)
{
	static const struct {
		const char *pattern;
		int count;
		/* The last one's name is taken. */
		bool ends;
	} rows[] = {
		{ "%cbcdefghijklm%%d", NUMBERS, true }, { "%cb%%d0", 3, true }, { "%c%%dx", 3 },
	};
	char real[IFNAMSIZ], ours[IFNAMSIZ];
	int fds[2][NUMBERS], i, n, ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (n = 0; n < rows[i].count; n++) {
			snprintf(real, sizeof(real), rows[i].pattern, 'r');
			snprintf(ours, sizeof(ours), rows[i].pattern, 'o');
			fds[0][n] = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
			fds[1][n] = lt_open(O_CLOEXEC);
			/* Since 6.7 it is sysfs that tells, with a trace in the log. */
			if (rows[i].ends && n == rows[i].count - 1 &&
			    lt_kernel_at_least(6, 7))
				ret = -EEXIST;
			else
				ret = lt_setiff(fds[0][n], real, IFF_TUN);
			EXPECT_EQ(ret, lt_setiff(fds[1][n], ours, IFF_TUN))
				TH_LOG("%s", ours);
			EXPECT_STREQ(real + 1, ours + 1);
		}
		while (n--) {
			close(fds[0][n]);
			close(fds[1][n]);
		}
	}
}

TEST_HARNESS_MAIN
