// SPDX-License-Identifier: GPL-2.0-only
/*
 * IFF_VNET_HDR: which of several faults of a write(2) is told, the longest
 * that it takes, and the ioctls that set the header's size and byte order.
 */
#include <limits.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define HDR_LEN sizeof(struct virtio_net_hdr)
#define LEN 60
/* What there is room for with page fragments. */
#define FRAGS_MAX 4750976
#define PAGES_MAX (17 * 4096)

static __u8 large[FRAGS_MAX + 64];
static __u8 got[8192];

FIXTURE(order) {
	struct lt_tunnel t;
	size_t pi;
	size_t head;
};

FIXTURE_VARIANT(order) {
	int flags;
	int size;
};

#define TUN (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)
#define TUN_PI (IFF_TUN | IFF_VNET_HDR)
#define TAP (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define TAP_PI (IFF_TAP | IFF_VNET_HDR)

FIXTURE_VARIANT_ADD(order, tun_10) { .flags = TUN, .size = 10 };
FIXTURE_VARIANT_ADD(order, tun_20) { .flags = TUN, .size = 20 };
FIXTURE_VARIANT_ADD(order, tun_pi_10) { .flags = TUN_PI, .size = 10 };
FIXTURE_VARIANT_ADD(order, tun_pi_20) { .flags = TUN_PI, .size = 20 };
FIXTURE_VARIANT_ADD(order, tap_10) { .flags = TAP, .size = 10 };
FIXTURE_VARIANT_ADD(order, tap_20) { .flags = TAP, .size = 20 };
FIXTURE_VARIANT_ADD(order, tap_pi_10) { .flags = TAP_PI, .size = 10 };
FIXTURE_VARIANT_ADD(order, tap_pi_20) { .flags = TAP_PI, .size = 20 };

FIXTURE_SETUP(order)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETVNETHDRSZ, &variant->size));
	self->pi = lt_pi_len(variant->flags);
	self->head = self->pi + variant->size;
	memset(large, 0, sizeof(large));
}

FIXTURE_TEARDOWN(order)
{
	lt_tunnel_close(&self->t);
}

/*
 * Write @len bytes of datagram after @header, all that is mapped of it the
 * first @mapped bytes from the very beginning. The version is @version.
 */
static long write_mapped(const struct lt_tunnel *t, size_t size,
			 const struct virtio_net_hdr *header, int version,
			 size_t len, size_t mapped)
{
	size_t head = lt_pi_len(t->flags) + size;
	__u8 *edge = lt_edge(mapped);
	__u8 bytes[256];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + lt_pi_len(t->flags), header, HDR_LEN);
	lt_datagram(bytes + head, sizeof(bytes) - head, version, 1);
	memcpy(edge, bytes, mapped);
	return lt_write(t->fd, edge, head + len);
}

/* Each header is read once it is known to be all there, whatever follows. */
TEST_F(order, headers_unmapped)
{
	const struct virtio_net_hdr none = { 0 };
	size_t mapped;
	long ret;

	for (mapped = 0; mapped < self->head + LEN; mapped++)
		EXPECT_EQ(-EFAULT, write_mapped(&self->t, variant->size, &none,
						4, LEN, mapped))
			TH_LOG("%zu bytes mapped", mapped);
	EXPECT_EQ(self->head + LEN,
		  write_mapped(&self->t, variant->size, &none, 4, LEN, mapped));

	/* An Ethernet header that is not all there is found out later. */
	for (mapped = 0; mapped < self->pi + HDR_LEN; mapped++)
		EXPECT_EQ(-EFAULT, write_mapped(&self->t, variant->size, &none,
						4, 5, mapped));
	ret = lt_tap(variant->flags) ? -EINVAL : -EFAULT;
	EXPECT_EQ(ret, write_mapped(&self->t, variant->size, &none, 4, 5,
				    mapped));
	/* No header that is cut short is read. */
	for (mapped = self->pi; mapped < self->head; mapped++)
		EXPECT_EQ(-EINVAL, lt_write(self->t.fd, lt_edge(self->pi),
					    mapped));
	if (self->pi) {
		EXPECT_EQ(-EINVAL, lt_write(self->t.fd, NULL, 3));
		EXPECT_EQ(-EFAULT, lt_write(self->t.fd, NULL, 4));
	}
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

/* hdr_len is looked at before the datagram, what it means after. */
TEST_F(order, header_and_datagram)
{
	struct virtio_net_hdr cut = { .hdr_len = 0xffff };
	struct virtio_net_hdr bad = { .gso_type = 2, .gso_size = 10 };
	struct virtio_net_hdr far = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 100,
	};
	struct virtio_net_hdr wraps = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 0xffff,
		.csum_offset = 0xffff,
	};
	size_t some = self->head + 20, all = self->head + LEN;
	int size = variant->size;

	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &cut, 4, LEN, some));
	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &far, 4, LEN, some));
	EXPECT_EQ(-EFAULT, write_mapped(&self->t, size, &wraps, 4, LEN, some));
	EXPECT_EQ(-EFAULT, write_mapped(&self->t, size, &bad, 4, LEN, some));
	EXPECT_EQ(-EFAULT, write_mapped(&self->t, size, &bad, 0, LEN, some));
	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &wraps, 4, LEN, all));
	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &bad, 4, LEN, all));
}

/* A tunnel that is down says so to who did nothing else wrong. */
TEST_F(order, link_down)
{
	struct virtio_net_hdr none = { 0 };
	struct virtio_net_hdr cut = { .hdr_len = LEN + 100 };
	struct virtio_net_hdr bad = { .gso_type = 2, .gso_size = 10 };
	size_t some = self->head + 20, all = self->head + LEN;
	bool ip = !lt_tap(variant->flags) && !self->pi;
	int size = variant->size;

	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &cut, 4, LEN, all));
	EXPECT_EQ(-EINVAL, write_mapped(&self->t, size, &bad, 4, LEN, all));
	EXPECT_EQ(-EFAULT, write_mapped(&self->t, size, &none, 4, LEN, some));
	EXPECT_EQ(ip ? -EINVAL : -EIO,
		  write_mapped(&self->t, size, &none, 5, LEN, all));
	EXPECT_EQ(-EIO, write_mapped(&self->t, size, &none, 4, LEN, all));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

static long write_large(const struct lt_tunnel *t, size_t size, __u16 hdr_len,
			size_t len)
{
	struct virtio_net_hdr header = { .hdr_len = hdr_len };
	size_t head = lt_pi_len(t->flags) + size;
	long ret;

	memcpy(large + lt_pi_len(t->flags), &header, HDR_LEN);
	large[head] = 0x45;
	ret = lt_write(t->fd, large, head + len);
	return ret == (long)(head + len) ? 0 : ret;
}

TEST_F(order, longest)
{
	size_t max = lt_write_max(variant->flags);

	EXPECT_EQ(0, write_large(&self->t, variant->size, 0, max));
	EXPECT_EQ(-ENOBUFS, write_large(&self->t, variant->size, 0, max + 1));
}

/* Before 6.6 all behind hdr_len, or behind a page, had to go into single pages. */
TEST_F(order, longest_behind_hdr_len)
{
	static const __u16 hdr_lens[] = { 14, 54, 2000, 0xffff };
	size_t page = LT_ROOM_4M - (4 << 20) + 4096 -
		      (lt_tap(variant->flags) ? LT_ROOM_ETHER : 0);
	bool pages = !lt_kernel_at_least(6, 6);
	size_t i, linear, max;

	for (i = 0; i < ARRAY_SIZE(hdr_lens); i++) {
		linear = hdr_lens[i] < page ? hdr_lens[i] : page;
		max = pages ? linear + PAGES_MAX : FRAGS_MAX;
		EXPECT_EQ(0, write_large(&self->t, variant->size, hdr_lens[i],
					 max))
			TH_LOG("hdr_len %u", hdr_lens[i]);
		EXPECT_EQ(pages ? -EMSGSIZE : -ENOBUFS,
			  write_large(&self->t, variant->size, hdr_lens[i],
				      max + 1))
			TH_LOG("hdr_len %u", hdr_lens[i]);
	}
}

/* Ten bytes at least; what no call can have is a size as any other. */
TEST_F(order, size)
{
	static const int refused[] = { INT_MIN, -1, 0, 9 };
	static const int taken[] = { 10, 11, 12, 24, 1000, INT_MAX };
	int fd = self->t.fd, size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETVNETHDRSZ, &refused[i]));
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETVNETHDRSZ, &size));
	EXPECT_EQ(variant->size, size);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		EXPECT_EQ(0, lt_ioctl(fd, TUNSETVNETHDRSZ, &taken[i]));
		EXPECT_EQ(0, lt_ioctl(fd, TUNGETVNETHDRSZ, &size));
		EXPECT_EQ(taken[i], size);
	}
	/* INT_MAX: nothing passes, what was to be read is lost. */
	EXPECT_EQ(-EINVAL, lt_write(fd, large, sizeof(large)));
	lt_datagram(large, LEN, 4, 1);
	EXPECT_EQ(LEN, lt_write(self->t.inject, large, LEN));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(-EINVAL, lt_read(fd, got, sizeof(got)));
	EXPECT_TRUE(lt_poisoned(got, self->pi, sizeof(got)));
	if (self->pi)
		EXPECT_EQ(TUN_PKT_STRIP, ((struct tun_pi *)got)->flags);
	EXPECT_EQ(-EAGAIN, lt_read(fd, got, sizeof(got)));
	/* The next size is that of the next call. */
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETVNETHDRSZ, &taken[2]));
	EXPECT_EQ(LEN, lt_write(self->t.inject, large, LEN));
	EXPECT_EQ(self->pi + 12 + LEN, lt_read(fd, got, sizeof(got)));
}

/* Without IFF_VNET_HDR the size is kept, and changes nothing. */
TEST(size_without_header)
{
	struct lt_tunnel t;
	int size;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	ASSERT_EQ(0, lt_ioctl(t.fd, TUNGETVNETHDRSZ, &size));
	EXPECT_EQ(10, size);
	size = 20;
	EXPECT_EQ(0, lt_ioctl(t.fd, TUNSETVNETHDRSZ, &size));
	lt_datagram(large, LEN, 4, 1);
	EXPECT_EQ(LEN, lt_write(t.inject, large, LEN));
	EXPECT_EQ(LEN, lt_read(t.fd, got, sizeof(got)));
	EXPECT_EQ(1, lt_write(t.fd, large, 1));
	size = 0;
	EXPECT_EQ(0, lt_ioctl(t.fd, TUNGETVNETHDRSZ, &size));
	EXPECT_EQ(20, size);
	lt_tunnel_close(&t);
}

TEST_F(order, byte_order)
{
	int value = -1, fd = self->t.fd;
	static const int set[] = { 1, 0, 5, INT_MIN, 0 };
	size_t i;

	EXPECT_EQ(0, lt_ioctl(fd, TUNGETVNETLE, &value));
	EXPECT_EQ(0, value);
	for (i = 0; i < ARRAY_SIZE(set); i++) {
		EXPECT_EQ(0, lt_ioctl(fd, TUNSETVNETLE, &set[i]));
		EXPECT_EQ(0, lt_ioctl(fd, TUNGETVNETLE, &value));
		EXPECT_EQ(!!set[i], value);
	}
	/* CONFIG_TUN_VNET_CROSS_LE is not set: not even the pointer counts. */
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETVNETBE, &value));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNGETVNETBE, &value));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETVNETBE, NULL));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNGETVNETBE, NULL));
}

TEST_HARNESS_MAIN
