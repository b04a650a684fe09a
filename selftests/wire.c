// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire: the far end of a tunnel as a descriptor. Frames both ways in every
 * framing, blocking and not, polled, short and faulting buffers, its life, and
 * a whole test by a user without privilege and without debugfs.
 */
#include <linux/looptun.h>
#include <linux/virtio_net.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define NOBODY 65534
#define VNET_LEN 12
#define VNET_KNOWN 10

static __u8 frame[2048], got[70000], sent[4096], big[65535];
static atomic_int signals;

static int wire_open(int fd, unsigned long flags)
{
	return lt_ioctl(fd, LOOPTUN_OPEN_WIRE, (void *)flags);
}

FIXTURE(wire) {
	char name[IFNAMSIZ];
	int fd;
	int wire;
	size_t head;
	size_t vnet;
};

FIXTURE_VARIANT(wire) {
	int flags;
};

FIXTURE_VARIANT_ADD(wire, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(wire, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(wire, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(wire, tap_pi) { .flags = IFF_TAP };
FIXTURE_VARIANT_ADD(wire, tun_vnet) {
	.flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR,
};

FIXTURE_VARIANT_ADD(wire, tap_pi_vnet) { .flags = IFF_TAP | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(wire, tap_queues) {
	.flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
};

FIXTURE_SETUP(wire)
{
	int vnet_len = VNET_LEN;

	strcpy(self->name, "wire%d");
	self->fd = lt_attach(self->name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	if (variant->flags & IFF_VNET_HDR) {
		self->vnet = VNET_LEN;
		ASSERT_EQ(0, lt_ioctl(self->fd, TUNSETVNETHDRSZ, &vnet_len));
	}
	self->head = lt_pi_len(variant->flags) + self->vnet;
	self->wire = wire_open(self->fd, O_NONBLOCK);
	ASSERT_LE(0, self->wire);
	lt_poison(got, sizeof(got));
}

FIXTURE_TEARDOWN(wire)
{
	close(self->wire);
	close(self->fd);
}

/* A frame of the tunnel's kind. */
static void make(int flags, __u32 seed)
{
	if (lt_tap(flags))
		lt_frame(frame, LEN, LT_IPV4, seed);
	else
		lt_datagram(frame, LEN, 4, seed);
}

/* What the program writes for it: headers of zeroes, as far as tun lets. */
static size_t make_sent(int flags, size_t head, __u32 seed)
{
	make(flags, seed);
	memset(sent, 0, head);
	if (!(flags & IFF_NO_PI))
		sent[2] = LT_IPV4 >> 8;
	memcpy(sent + head, frame, LEN);
	return head + LEN;
}

TEST_F(wire, write_is_read)
{
	make(variant->flags, 1);
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	ASSERT_EQ(LEN, lt_write(self->wire, frame, LEN));
	ASSERT_EQ(self->head + LEN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got + self->head, frame, LEN));
	EXPECT_TRUE(lt_poisoned(got, self->head + LEN, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
}

TEST_F(wire, read_is_written)
{
	size_t len = make_sent(variant->flags, self->head, 2);

	EXPECT_EQ(-EAGAIN, lt_read(self->wire, got, sizeof(got)));
	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	ASSERT_EQ(LEN, lt_read(self->wire, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, frame, LEN));
	EXPECT_TRUE(lt_poisoned(got, LEN, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->wire, got, sizeof(got)));
}

TEST_F(wire, gathers_and_scatters)
{
	struct iovec pieces[] = { { got, 7 }, { got + 100, sizeof(got) - 100 } };
	struct iovec out[] = { { frame, 20 }, { frame + 20, LEN - 20 } };
	size_t len = make_sent(variant->flags, self->head, 3);

	ASSERT_EQ(LEN, lt_ret(writev(self->wire, out, 2)));
	ASSERT_EQ(self->head + LEN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got + self->head, frame, LEN));

	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	lt_poison(got, sizeof(got));
	ASSERT_EQ(LEN, lt_ret(readv(self->wire, pieces, 2)));
	EXPECT_EQ(0, memcmp(got, frame, 7));
	EXPECT_TRUE(lt_poisoned(got, 7, 100));
	EXPECT_EQ(0, memcmp(got + 100, frame + 7, LEN - 7));
}

/* Too short a buffer loses nothing, one that faults loses the frame. */
TEST_F(wire, short_and_faulting)
{
	size_t len = make_sent(variant->flags, self->head, 4);
	__u8 *edge = lt_edge(LEN - 1);

	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	EXPECT_EQ(-EMSGSIZE, lt_read(self->wire, got, LEN - 1));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
	ASSERT_EQ(LEN, lt_read(self->wire, got, LEN));
	EXPECT_EQ(0, memcmp(got, frame, LEN));

	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	EXPECT_EQ(-EFAULT, lt_read(self->wire, edge, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->wire, got, sizeof(got)));

	memcpy(edge, frame, LEN - 1);
	EXPECT_EQ(-EFAULT, lt_write(self->wire, edge, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(-EINVAL, lt_write(self->wire, frame, 0));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->wire, edge, 1 << 20));
}

static size_t fill(int wire, size_t len)
{
	size_t count = 0;

	while (lt_write(wire, big, len) == (long)len)
		count++;
	return count;
}

TEST_F(wire, full_and_room)
{
	size_t count;

	lt_datagram(big, sizeof(big), 4, 1);
	EXPECT_EQ(POLLOUT, lt_poll(self->wire, POLLIN | POLLOUT, 0));
	count = fill(self->wire, 65000);
	ASSERT_LT(1, count);
	EXPECT_EQ(-EAGAIN, lt_write(self->wire, big, 65000));
	EXPECT_EQ(0, lt_poll(self->wire, POLLIN | POLLOUT, 0));
	while (count--)
		ASSERT_EQ(self->head + 65000,
			  lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(POLLOUT, lt_poll(self->wire, POLLIN | POLLOUT, 0));
}

TEST_F(wire, blocks_for_a_frame)
{
	int wire = wire_open(self->fd, 0);
	size_t len = make_sent(variant->flags, self->head, 5);
	struct lt_call call;

	ASSERT_LE(0, wire);
	ASSERT_EQ(0, lt_call_read(&call, wire, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	ASSERT_EQ(LEN, lt_call_end(&call));
	EXPECT_EQ(0, memcmp(got, frame, LEN));
}

TEST_F(wire, blocks_for_room)
{
	int wire = wire_open(self->fd, 0);
	struct lt_call call;

	ASSERT_LE(0, wire);
	lt_datagram(big, sizeof(big), 4, 1);
	fill(self->wire, 65000);
	ASSERT_EQ(0, lt_call_write(&call, wire, big, 65000));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(self->head + 65000, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(65000, lt_call_end(&call));
}

static void on_signal(int nr)
{
	signals++;
}

TEST_F(wire, interrupted)
{
	struct sigaction action = { .sa_handler = on_signal };
	int wire = wire_open(self->fd, 0);
	struct lt_call call;

	ASSERT_LE(0, wire);
	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, lt_call_read(&call, wire, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	pthread_kill(call.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, lt_call_end(&call));
	EXPECT_EQ(1, signals);
}

/* An edge each frame, both ways. */
TEST_F(wire, epoll_edges)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	size_t len = make_sent(variant->flags, self->head, 6);
	int epoll = epoll_create1(0), i;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->wire, &event));
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(EPOLLOUT, event.events);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
		ASSERT_EQ(len, lt_write(self->fd, sent, len));
		ASSERT_EQ(1, epoll_wait(epoll, &event, 1, LT_SOON));
		EXPECT_EQ(EPOLLIN | EPOLLOUT, event.events);
	}
	ASSERT_EQ(LEN, lt_write(self->wire, frame, LEN));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	ASSERT_EQ(self->head + LEN, lt_read(self->fd, got, sizeof(got)));
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, LT_SOON));
}

TEST_F(wire, program_gone)
{
	int wire = wire_open(self->fd, 0);
	struct lt_call call;

	ASSERT_LE(0, wire);
	ASSERT_EQ(0, lt_call_read(&call, wire, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	EXPECT_EQ(0, lt_poll(self->wire, POLLIN, 0));
	close(self->fd);
	EXPECT_EQ(-ENODEV, lt_call_end(&call));
	EXPECT_EQ(POLLERR | POLLHUP, lt_poll(self->wire, POLLIN | POLLOUT, 0));
}

/* What the program wrote before it went can still be read. */
TEST_F(wire, read_to_the_end)
{
	size_t len = make_sent(variant->flags, self->head, 8);

	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	close(self->fd);
	EXPECT_EQ(POLLIN | POLLERR | POLLHUP, lt_poll(self->wire, POLLIN, 0));
	EXPECT_EQ(LEN, lt_read(self->wire, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, frame, LEN));
	EXPECT_EQ(-ENODEV, lt_read(self->wire, got, sizeof(got)));
	EXPECT_EQ(-ENODEV, lt_write(self->wire, frame, LEN));
}

TEST_F(wire, flags)
{
	char path[32], text[256];
	int fd;

	EXPECT_EQ(-EINVAL, wire_open(self->fd, O_APPEND));
	EXPECT_EQ(-EINVAL, wire_open(self->fd, O_RDWR));
	EXPECT_EQ(-EINVAL, wire_open(self->fd, 1UL << 31));
	EXPECT_EQ(0, fcntl(self->wire, F_GETFD));
	EXPECT_EQ(O_RDWR | O_NONBLOCK,
		  fcntl(self->wire, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	fd = wire_open(self->fd, O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(-ESPIPE, lt_ret(lseek(fd, 0, SEEK_SET)));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ASSERT_LT(0, lt_read_file(path, text, sizeof(text)));
	snprintf(path, sizeof(path), "\nwire:\t%s\n", self->name);
	EXPECT_NE(NULL, strstr(text, path));
}

/* The header as written, of the tunnel's size, and the one that is given. */
/* Each bit but those that have a meaning is refused. */
TEST_F(wire, unknown_flags)
{
	const unsigned long known = O_NONBLOCK | O_CLOEXEC | LOOPTUN_WIRE_VNET;
	unsigned int bit;

	for (bit = 0; bit < 8 * sizeof(long); bit++) {
		if (known >> bit & 1)
			continue;
		EXPECT_EQ(-EINVAL, wire_open(self->fd, 1ul << bit))
			TH_LOG("bit %u", bit);
		EXPECT_EQ(-EINVAL, wire_open(self->fd, O_CLOEXEC | 1ul << bit));
	}
}

TEST_F(wire, vnet)
{
	struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.hdr_len = 42, .csum_start = 20, .csum_offset = 6,
	};
	size_t len = make_sent(variant->flags, self->head, 8);
	int wire = wire_open(self->fd, LOOPTUN_WIRE_VNET | O_NONBLOCK);

	if (!self->vnet) {
		EXPECT_EQ(-EINVAL, wire);
		return;
	}
	ASSERT_LE(0, wire);
	if (lt_tap(variant->flags))
		header.csum_start += LT_ETHER_LEN;
	memcpy(sent + self->head - VNET_LEN, &header, sizeof(header));
	ASSERT_EQ(len, lt_write(self->fd, sent, len));
	EXPECT_EQ(-EMSGSIZE, lt_read(wire, got, VNET_LEN + LEN - 1));
	EXPECT_EQ(-EMSGSIZE, lt_read(wire, got, VNET_LEN - 1));
	ASSERT_EQ(VNET_LEN + LEN, lt_read(wire, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, &header, sizeof(header)));
	EXPECT_EQ(0, got[VNET_KNOWN] | got[VNET_KNOWN + 1]);
	EXPECT_EQ(0, memcmp(got + VNET_LEN, frame, LEN));
	EXPECT_TRUE(lt_poisoned(got, VNET_LEN + LEN, sizeof(got)));

	memcpy(got, &header, sizeof(header));
	memcpy(got + VNET_LEN, frame, LEN);
	EXPECT_EQ(-EINVAL, lt_write(wire, got, VNET_LEN - 1));
	ASSERT_EQ(VNET_LEN + LEN, lt_write(wire, got, VNET_LEN + LEN));
	lt_poison(got, sizeof(got));
	ASSERT_EQ(self->head + LEN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got + self->head - VNET_LEN, &header,
			    sizeof(header)));
}

TEST(not_attached)
{
	int fd = lt_open(0);

	EXPECT_EQ(-EBADFD, wire_open(fd, 0));
	EXPECT_EQ(-EBADFD, wire_open(fd, LOOPTUN_WIRE_VNET));
	close(fd);
}

/* A tunnel that is deleted under the wire, and a file that attaches again. */
TEST(deleted)
{
	char name[IFNAMSIZ] = "wire%d";
	int fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK), wire;

	ASSERT_LE(0, fd);
	wire = wire_open(fd, 0);
	ASSERT_LE(0, wire);
	ASSERT_EQ(1, lt_delete(name));
	EXPECT_EQ(-ENODEV, lt_read(wire, got, sizeof(got)));
	EXPECT_EQ(-EBADFD, wire_open(fd, 0));
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	EXPECT_EQ(-ENODEV, lt_write(wire, frame, LEN));
	EXPECT_LE(0, wire_open(fd, 0));
}

/* A user who can open the node runs a whole test. */
TEST(unprivileged)
{
	char name[IFNAMSIZ] = "user%d";
	int fd, wire;

	/* As the udev rule has it. */
	ASSERT_EQ(0, chmod(lt_device(), 0666));
	ASSERT_EQ(0, setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
	EXPECT_EQ(-EACCES, lt_control(".", "version", O_RDONLY));
	fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, fd);
	wire = wire_open(fd, O_NONBLOCK);
	ASSERT_LE(0, wire);
	make(IFF_TUN, 9);
	ASSERT_EQ(LEN, lt_write(wire, frame, LEN));
	ASSERT_EQ(LEN, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, frame, LEN));
	ASSERT_EQ(LEN, lt_write(fd, frame, LEN));
	ASSERT_EQ(LEN, lt_read(wire, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, frame, LEN));
}

TEST_HARNESS_MAIN
