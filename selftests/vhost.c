// SPDX-License-Identifier: GPL-2.0-only
/*
 * Difference 5: vhost-net knows the descriptors of tun.c by an address in tun.c
 * and takes no other, looptun's neither. With all that it loads and what it
 * needs before it looks at the descriptor.
 */
#include <linux/vhost.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define ENTRIES 2

/* In the order in which they need each other. */
static const char *const modules[] = {
	"vhost_iotlb", "vhost", "tap", "tun", "vhost_net",
};

/* A page for each part, for they have to be aligned. */
static void *page(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool have_vhost(void)
{
	struct stat st;

	return !stat("/lib/vhost_net.ko", &st);
}

FIXTURE(vhost) {
	int fd;
	bool loaded[ARRAY_SIZE(modules)];
};

/* An owner, no memory of a guest, and a ring to receive on. */
static int set_up_ring(int fd)
{
	struct vhost_memory memory = {};
	struct vhost_vring_state size = { .num = ENTRIES };
	struct vhost_vring_addr address = {
		.desc_user_addr = (unsigned long)page(),
		.avail_user_addr = (unsigned long)page(),
		.used_user_addr = (unsigned long)page(),
	};

	return lt_ioctl(fd, VHOST_SET_OWNER, NULL) ?:
	       lt_ioctl(fd, VHOST_SET_MEM_TABLE, &memory) ?:
	       lt_ioctl(fd, VHOST_SET_VRING_NUM, &size) ?:
	       lt_ioctl(fd, VHOST_SET_VRING_ADDR, &address);
}

static int set_backend(int vhost, int fd)
{
	struct vhost_vring_file backend = { .fd = fd };

	return lt_ioctl(vhost, VHOST_NET_SET_BACKEND, &backend);
}

FIXTURE_SETUP(vhost)
{
	char path[64];
	size_t i;
	int ret;

	self->fd = -1;
	if (!have_vhost())
		return;
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		snprintf(path, sizeof(path), "/lib/%s.ko", modules[i]);
		ret = lt_load(path, "");
		ASSERT_TRUE(!ret || ret == -EEXIST)
			TH_LOG("%s: %d", modules[i], ret);
		self->loaded[i] = !ret;
	}
	self->fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, set_up_ring(self->fd));
}

FIXTURE_TEARDOWN(vhost)
{
	int i;

	close(self->fd);
	for (i = ARRAY_SIZE(modules) - 1; i >= 0; i--)
		if (self->loaded[i])
			EXPECT_EQ(0, lt_unload(modules[i]));
}

TEST_F(vhost, no_backend)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC), fd;
	char name[IFNAMSIZ] = "vh%d";

	if (!have_vhost())
		SKIP(return, "this kernel has no vhost_net");
	ASSERT_LE(0, tun);
	ASSERT_EQ(0, lt_ioctl(tun, TUNSETIFF, &ifr));
	fd = lt_attach(name, flags, 0);
	ASSERT_LE(0, fd);

	EXPECT_EQ(-ENOTSOCK, set_backend(self->fd, fd));
	EXPECT_EQ(0, set_backend(self->fd, tun));
	EXPECT_EQ(0, set_backend(self->fd, -1));
	close(fd);
	close(tun);
}

TEST_HARNESS_MAIN
