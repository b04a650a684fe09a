// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit callers, as tun_chr_compat_ioctl() has them: calls through int $0x80,
 * whose buffers lie below 4 GiB.
 */
#include <linux/filter.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* Of the 32-bit ABI. */
#define NR_WRITE 4
#define NR_IOCTL 54
#define NR_READV 145
#define IFREQ 32
#define FPROG 8

struct compat_iovec {
	__u32 base;
	__u32 len;
};

static long int80(unsigned long nr, unsigned long a, unsigned long b,
		  unsigned long c)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(nr), "b"(a), "c"(b), "d"(c)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static long ioctl32(int fd, unsigned int cmd, const void *arg)
{
	return int80(NR_IOCTL, fd, cmd, (unsigned long)arg);
}

static long value32(int fd, unsigned int cmd, unsigned long value)
{
	return int80(NR_IOCTL, fd, cmd, value);
}

/* The last @len bytes before one that cannot be accessed, poisoned. */
static void *edge32(size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE);
	__u8 *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (map == MAP_FAILED || mprotect(map + page, page, PROT_NONE))
		return NULL;
	lt_poison(map, page);
	return map + page - len;
}

static void *ifreq32(const char *name, int flags)
{
	__u8 *ifr = edge32(IFREQ);

	memset(ifr, 0, IFNAMSIZ);
	strcpy((char *)ifr, name);
	ifr[IFNAMSIZ] = flags;
	ifr[IFNAMSIZ + 1] = flags >> 8;
	return ifr;
}

FIXTURE(compat) {
	char name[IFNAMSIZ];
	int fd;
};

FIXTURE_VARIANT(compat) {
	int flags;
};

FIXTURE_VARIANT_ADD(compat, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(compat, tap_pi) { .flags = IFF_TAP };

/* Attached by a 32-bit caller, with what the caller put behind the flags. */
FIXTURE_SETUP(compat)
{
	__u8 *ifr = ifreq32("thirty%d", variant->flags);

	self->fd = lt_open(O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, TUNSETIFF, ifr + 1));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd, TUNSETIFF, ifr));
	ASSERT_EQ(0, ioctl32(self->fd, TUNSETIFF, ifr));
	memcpy(self->name, ifr, IFNAMSIZ);
	EXPECT_STREQ("thirty0", self->name);
	EXPECT_EQ(variant->flags, ifr[IFNAMSIZ] | ifr[IFNAMSIZ + 1] << 8);
	EXPECT_TRUE(lt_poisoned(ifr, IFNAMSIZ + 2, IFREQ));
}

FIXTURE_TEARDOWN(compat)
{
	close(self->fd);
}

TEST_F(compat, ifreq_out)
{
	__u8 *ifr = edge32(IFREQ), zero[IFREQ] = { 0 };

	EXPECT_EQ(-EFAULT, ioctl32(self->fd, TUNGETIFF, ifr + 1));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd, TUNGETIFF, ifr));
	lt_poison(ifr, IFREQ);
	ASSERT_EQ(0, ioctl32(self->fd, TUNGETIFF, ifr));
	EXPECT_STREQ(self->name, (char *)ifr);
	EXPECT_EQ(variant->flags | IFF_NOFILTER,
		  ifr[IFNAMSIZ] | ifr[IFNAMSIZ + 1] << 8);
	EXPECT_EQ(0, memcmp(ifr + 18, zero, IFREQ - 18));
}

TEST_F(compat, address)
{
	__u8 *ifr = edge32(IFREQ);
	bool tap = lt_tap(variant->flags);

	EXPECT_EQ(-EFAULT, ioctl32(self->fd, SIOCGIFHWADDR, ifr + 1));
	ASSERT_EQ(0, ioctl32(self->fd, SIOCGIFHWADDR, ifr));
	EXPECT_TRUE(lt_poisoned(ifr, 0, IFNAMSIZ));
	EXPECT_EQ(tap ? 1 : 65534, ifr[IFNAMSIZ] | ifr[IFNAMSIZ + 1] << 8);
	EXPECT_EQ(tap ? 0 : -EOPNOTSUPP,
		  ioctl32(self->fd, SIOCSIFHWADDR, ifr));
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, SIOCSIFHWADDR, ifr + 1));
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, SIOCGIFFLAGS, ifr + 1));
	EXPECT_EQ(-EINVAL, ioctl32(self->fd, SIOCGIFFLAGS, ifr));
}

TEST_F(compat, queue)
{
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, TUNSETQUEUE,
				   (__u8 *)edge32(IFREQ) + 1));
	EXPECT_EQ(-EINVAL, ioctl32(self->fd, TUNSETQUEUE,
				   ifreq32("", IFF_DETACH_QUEUE)));
	EXPECT_EQ(-EEXIST, ioctl32(self->fd, TUNSETIFF,
				   ifreq32("", IFF_TUN)));
}

TEST_F(compat, ints)
{
	int *value = edge32(sizeof(int));
	__u8 *filter = edge32(10);

	*value = 4711;
	EXPECT_EQ(0, ioctl32(self->fd, TUNSETSNDBUF, value));
	*value = 0;
	EXPECT_EQ(0, ioctl32(self->fd, TUNGETSNDBUF, value));
	EXPECT_EQ(4711, *value);
	EXPECT_EQ(0, ioctl32(self->fd, TUNGETFEATURES, value));
	EXPECT_EQ(lt_features(), *value);
	*value = 12;
	EXPECT_EQ(0, ioctl32(self->fd, TUNSETVNETHDRSZ, value));
	*value = 0;
	EXPECT_EQ(0, ioctl32(self->fd, TUNGETVNETHDRSZ, value));
	EXPECT_EQ(12, *value);
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, TUNGETSNDBUF, NULL));
	EXPECT_EQ(-EFAULT, ioctl32(self->fd, TUNGETSNDBUF,
				   (__u8 *)value + 1));
	/* No flags, one address. */
	memset(filter, 0, 10);
	filter[2] = 1;
	EXPECT_EQ(lt_tap(variant->flags) ? 1 : -EINVAL,
		  ioctl32(self->fd, TUNSETTXFILTER, filter));
}

/* A number is not extended by its sign. */
TEST_F(compat, by_value)
{
	EXPECT_EQ(-EINVAL, value32(self->fd, TUNSETOWNER, -1UL));
	EXPECT_EQ(-EINVAL, value32(self->fd, TUNSETGROUP, 0xffffffff));
	EXPECT_EQ(0, value32(self->fd, TUNSETOWNER, 0x1000003e8));
	EXPECT_TRUE(lt_state_has(self->name, "owner 1000"));
	EXPECT_EQ(0, value32(self->fd, TUNSETGROUP, 0xfffffffe));
	EXPECT_EQ(-EINVAL, value32(self->fd, TUNSETOFFLOAD, -1UL));
	EXPECT_EQ(0, value32(self->fd, TUNSETOFFLOAD, 0x100000001));
	EXPECT_EQ(0, value32(self->fd, TUNSETPERSIST, 0x80000000));
	EXPECT_EQ(0, value32(self->fd, TUNSETPERSIST, 0x100000000));
	ASSERT_EQ(4, lt_control_write(self->name, "link", "down"));
	EXPECT_EQ(0, value32(self->fd, TUNSETLINK, 0xffff0001));
}

/* Numbers with the size of a 32-bit struct sock_fprog in them are unknown. */
TEST_F(compat, filter)
{
	static const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, -1);
	struct sock_filter *insn = edge32(sizeof(*insn));
	struct sock_fprog *prog = edge32(sizeof(*prog));
	bool tap = lt_tap(variant->flags);

	EXPECT_EQ(-EINVAL, ioctl32(self->fd, _IOW('T', 213, char[FPROG]),
				   prog));
	EXPECT_EQ(-EINVAL, ioctl32(self->fd, _IOW('T', 214, char[FPROG]),
				   prog));
	EXPECT_EQ(-EINVAL, ioctl32(self->fd, _IOR('T', 219, char[FPROG]),
				   prog));
	/* The 64-bit numbers mean the 64-bit struct. */
	*insn = all;
	*prog = (struct sock_fprog){ .len = 1, .filter = insn };
	EXPECT_EQ(tap ? 0 : -EINVAL,
		  ioctl32(self->fd, TUNATTACHFILTER, prog));
	lt_poison(prog, sizeof(*prog));
	EXPECT_EQ(tap ? 0 : -EINVAL, ioctl32(self->fd, TUNGETFILTER, prog));
	if (tap)
		EXPECT_EQ(insn, prog->filter);
	EXPECT_EQ(tap ? 0 : -EINVAL, ioctl32(self->fd, TUNDETACHFILTER, NULL));
}

/* Datagrams are the same. */
TEST_F(compat, datagrams)
{
	int inject = lt_control(self->name, "inject_frame", O_WRONLY);
	int sent = lt_control(self->name, "sent", O_RDONLY | O_NONBLOCK);
	size_t head = lt_pi_len(variant->flags);
	struct compat_iovec *parts = edge32(2 * sizeof(*parts));
	__u8 *data = edge32(64), *got = edge32(70);

	lt_datagram(data, 64, 4, 1);
	EXPECT_EQ(64, lt_write(inject, data, 64));
	parts[0] = (struct compat_iovec){ (unsigned long)got, 3 };
	parts[1] = (struct compat_iovec){ (unsigned long)got + 3, 67 };
	EXPECT_EQ(64 + head, int80(NR_READV, self->fd, (unsigned long)parts, 2));
	EXPECT_EQ(0, memcmp(data, got + head, 64));
	EXPECT_TRUE(lt_poisoned(got, 64 + head, 70));
	EXPECT_EQ(64, int80(NR_WRITE, self->fd, (unsigned long)data, 64));
	EXPECT_EQ(64 - head, lt_read(sent, got, 70));
	EXPECT_EQ(0, memcmp(data + head, got, 64 - head));
	close(inject);
	close(sent);
}

TEST(detached)
{
	int fd = lt_open(0), *value = edge32(sizeof(int));
	void *ifr = ifreq32("", IFF_TUN);

	EXPECT_EQ(-EFAULT, ioctl32(fd, TUNSETIFF, (__u8 *)ifr + 1));
	EXPECT_EQ(-EFAULT, ioctl32(fd, SIOCGIFHWADDR, (__u8 *)ifr + 1));
	EXPECT_EQ(-EBADFD, ioctl32(fd, SIOCGIFHWADDR, ifr));
	EXPECT_EQ(-EBADFD, ioctl32(fd, TUNGETIFF, NULL));
	EXPECT_EQ(-EBADFD, ioctl32(fd, _IOW('T', 213, char[FPROG]), value));
	EXPECT_EQ(-EBADFD, ioctl32(fd, 0x54ff, value));
	*value = -1;
	EXPECT_EQ(-EINVAL, ioctl32(fd, TUNSETIFINDEX, value));
	*value = 0;
	EXPECT_EQ(0, ioctl32(fd, TUNSETIFINDEX, value));
	EXPECT_EQ(0, ioctl32(fd, TUNGETFEATURES, value));
	EXPECT_EQ(lt_features(), *value);
	close(fd);
}

TEST_HARNESS_MAIN
