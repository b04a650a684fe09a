// SPDX-License-Identifier: GPL-2.0-only
/*
 * What asks for a capability, and in whose namespaces: IFF_NAPI_FRAGS, the
 * ioctls that open a network namespace, and ids that are mapped or not. Who
 * may attach is in attach.c. What IFF_NAPI_FRAGS does to writev(2) is here too.
 */
#include <sched.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define NOBODY 65534
#define FRAGS (IFF_NAPI | IFF_NAPI_FRAGS)
#define TAP (IFF_TAP | IFF_NO_PI)
#define PAGE 4096
/* Of what tun gathers into one socket buffer. */
#define LONGEST (LT_ROOM_64K - LT_ROOM_ETHER)
#define PIECES 18

static __u8 data[LONGEST + 64], got[LONGEST + 64];

static int lose_capabilities(void)
{
	return lt_ret(setresuid(NOBODY, NOBODY, NOBODY));
}

/* Become root of a user namespace that knows no other id. */
static int enter_user_namespace(int more)
{
	if (unshare(CLONE_NEWUSER | more))
		return -errno;
	return lt_write_file("/proc/self/uid_map", "0 0 1") < 0 ? -EIO : 0;
}

static long by_value(int fd, unsigned long cmd, unsigned long value)
{
	return lt_ioctl(fd, cmd, (void *)value);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

static ino_t current_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static void expect_netns(struct __test_metadata *_metadata, int fd,
			 unsigned long cmd, ino_t inode)
{
	int ns = lt_ioctl(fd, cmd, NULL);

	ASSERT_LE(0, ns);
	EXPECT_EQ(inode, inode_of(ns));
	EXPECT_EQ(FD_CLOEXEC, fcntl(ns, F_GETFD));
	close(ns);
}

/* The file's namespace is that of its open, wherever the caller is now. */
TEST(netns)
{
	char name[IFNAMSIZ] = "ns%d";
	ino_t home = current_netns();
	int fd = lt_open(0), bare = lt_open(0);

	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	expect_netns(_metadata, bare, SIOCGSKNS, home);
	EXPECT_EQ(-EBADFD, lt_ioctl(bare, TUNGETDEVNETNS, NULL));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_NE(home, current_netns());
	expect_netns(_metadata, fd, SIOCGSKNS, home);
	expect_netns(_metadata, fd, TUNGETDEVNETNS, home);
	ASSERT_EQ(0, lt_setiff(bare, strcpy(name, "ns%d"), IFF_TUN));
	expect_netns(_metadata, bare, TUNGETDEVNETNS, home);
	bare = lt_open(0);
	ASSERT_EQ(0, lt_setiff(bare, strcpy(name, "ns%d"), IFF_TUN));
	expect_netns(_metadata, bare, SIOCGSKNS, current_netns());
	expect_netns(_metadata, bare, TUNGETDEVNETNS, current_netns());
}

/* Whoever holds an attached file may do all else with it. */
TEST(no_capability)
{
	char name[IFNAMSIZ] = "ns%d";
	int fd = lt_open(O_NONBLOCK), bare = lt_open(0), value = 20;

	ASSERT_EQ(0, lt_setiff(fd, name, TAP));
	ASSERT_EQ(0, lose_capabilities());
	EXPECT_EQ(-EPERM, lt_ioctl(fd, SIOCGSKNS, NULL));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, TUNGETDEVNETNS, NULL));
	EXPECT_EQ(0, by_value(fd, TUNSETPERSIST, 1));
	EXPECT_EQ(0, by_value(fd, TUNSETOWNER, 1000));
	EXPECT_EQ(0, by_value(fd, TUNSETGROUP, 1000));
	EXPECT_EQ(0, by_value(fd, TUNSETOFFLOAD, TUN_F_CSUM));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETVNETHDRSZ, &value));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETSNDBUF, &value));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETCARRIER, &value));
	EXPECT_EQ(0, lt_ioctl(fd, TUNDETACHFILTER, NULL));
	EXPECT_EQ(0, by_value(fd, TUNSETPERSIST, 0));
	EXPECT_EQ(-EPERM, lt_ioctl(bare, SIOCGSKNS, NULL));
}

/* Root of another user namespace is nobody in this one, and root in its own. */
TEST(user_namespace)
{
	char name[IFNAMSIZ] = "ns%d";
	int fd = lt_open(0), own;

	ASSERT_EQ(0, lt_setiff(fd, name, TAP));
	ASSERT_EQ(0, enter_user_namespace(CLONE_NEWNET));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, SIOCGSKNS, NULL));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, TUNGETDEVNETNS, NULL));
	own = lt_open(0);
	ASSERT_EQ(0, lt_setiff(own, strcpy(name, "ns%d"), TAP));
	expect_netns(_metadata, own, SIOCGSKNS, current_netns());
	expect_netns(_metadata, own, TUNGETDEVNETNS, current_netns());
	/* For this one it takes an administrator of the whole machine. */
	own = lt_open(0);
	EXPECT_EQ(-EPERM, lt_setiff(own, strcpy(name, "ns%d"), TAP | FRAGS));
}

/* Ids are 32 bits and the caller's. */
TEST(ids)
{
	char name[IFNAMSIZ] = "ids%d";
	int fd = lt_attach(name, TAP, 0);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(lt_state_has(name, "owner -1"));
	EXPECT_EQ(0, by_value(fd, TUNSETOWNER, (unsigned long)(1ull << 32 | 1000)));
	EXPECT_TRUE(lt_state_has(name, "owner 1000"));
	EXPECT_EQ(0, by_value(fd, TUNSETGROUP, (unsigned long)(~0ull << 32 | 1001)));
	EXPECT_TRUE(lt_state_has(name, "group 1001"));
	EXPECT_EQ(-EINVAL, by_value(fd, TUNSETOWNER, -1UL));
	EXPECT_EQ(-EINVAL, by_value(fd, TUNSETOWNER, 0xffffffff));
	EXPECT_EQ(-EINVAL, by_value(fd, TUNSETGROUP, 0xffffffff));
	ASSERT_EQ(0, enter_user_namespace(0));
	EXPECT_EQ(-EINVAL, by_value(fd, TUNSETOWNER, 1000));
	EXPECT_EQ(-EINVAL, by_value(fd, TUNSETGROUP, 0));
	EXPECT_EQ(0, by_value(fd, TUNSETOWNER, 0));
	EXPECT_TRUE(lt_state_has(name, "owner 0"));
}

static int try_attach(int flags)
{
	char name[IFNAMSIZ] = "frags%d";
	int fd = lt_attach(name, flags, O_NONBLOCK);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

TEST(napi_frags_flags)
{
	char name[IFNAMSIZ] = "frags%d", other[IFNAMSIZ] = "frags%d";
	int fd, bare = lt_open(0);
	struct ifreq ifr;

	EXPECT_EQ(0, try_attach(TAP | FRAGS));
	EXPECT_EQ(0, try_attach(IFF_TAP | FRAGS | IFF_VNET_HDR));
	EXPECT_EQ(-EINVAL, try_attach(TAP | IFF_NAPI_FRAGS));
	EXPECT_EQ(-EINVAL, try_attach(IFF_TUN | FRAGS));
	EXPECT_EQ(-EINVAL, try_attach(IFF_TUN | IFF_TAP | FRAGS));
	EXPECT_EQ(-EINVAL, try_attach(IFF_TAP | 0x4 | FRAGS));
	EXPECT_EQ(-EINVAL, try_attach(IFF_TAP | 0x8 | FRAGS));
	EXPECT_EQ(-EINVAL, try_attach(FRAGS));
	EXPECT_EQ(0, try_attach(IFF_TUN | IFF_NAPI));
	EXPECT_EQ(0, try_attach(IFF_TAP | IFF_NAPI));

	fd = lt_attach(name, TAP | FRAGS, O_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, &ifr));
	EXPECT_EQ(TAP | FRAGS, ifr.ifr_flags);
	/* Before these rules stands that a file is attached once. */
	EXPECT_EQ(-EEXIST, lt_setiff(fd, name, TAP | IFF_NAPI_FRAGS));

	ASSERT_EQ(0, lose_capabilities());
	EXPECT_EQ(-EPERM, lt_setiff(bare, other, TAP | FRAGS));
	EXPECT_EQ(-EPERM, lt_setiff(bare, other, TAP | IFF_NAPI_FRAGS));
	EXPECT_EQ(-EPERM, lt_setiff(bare, other, IFF_TUN | FRAGS));
	EXPECT_EQ(-EPERM, lt_setiff(bare, other, FRAGS));
	EXPECT_EQ(-EEXIST, lt_setiff(fd, name, TAP | IFF_NAPI_FRAGS));
}

FIXTURE(frags) {
	struct lt_tunnel t;
	struct iovec parts[PIECES + 1];
};

FIXTURE_SETUP(frags)
{
	int i;

	ASSERT_EQ(0, lt_tunnel_open(&self->t, TAP | FRAGS, O_NONBLOCK));
	lt_frame(data, sizeof(data), LT_IPV4, 1);
	for (i = 0; i <= PIECES; i++)
		self->parts[i] = (struct iovec){ data + 60 + i * 10, 10 };
	self->parts[0] = (struct iovec){ data, 60 };
}

FIXTURE_TEARDOWN(frags)
{
	lt_tunnel_close(&self->t);
}

static long gather(const struct lt_tunnel *t, const struct iovec *parts,
		   int count)
{
	return lt_ret(writev(t->fd, parts, count));
}

TEST_F(frags, pieces)
{
	long len = 60 + (PIECES - 1) * 10;

	EXPECT_EQ(-EMSGSIZE, gather(&self->t, self->parts, PIECES + 1));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	self->parts[0].iov_len = 70;
	self->parts[1].iov_base = data + 70;
	EXPECT_EQ(len + 10, gather(&self->t, self->parts, PIECES));
	EXPECT_EQ(len + 10, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(60, gather(&self->t, (struct iovec []){ { data, 60 } }, 1));
	EXPECT_EQ(60, lt_read(self->t.sent, got, sizeof(got)));
}

/* No piece but the first may be empty or longer than a page. */
TEST_F(frags, piece)
{
	struct iovec parts[3] = { { data, 60 }, { data + 60, PAGE }, { data, 7 } };

	EXPECT_EQ(60 + PAGE + 7, gather(&self->t, parts, 3));
	EXPECT_EQ(60 + PAGE + 7, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, 60 + PAGE));
	parts[1].iov_len = PAGE + 1;
	EXPECT_EQ(-EINVAL, gather(&self->t, parts, 3));
	parts[1].iov_len = 0;
	EXPECT_EQ(-EINVAL, gather(&self->t, parts, 3));
	parts[1].iov_len = 1;
	parts[2].iov_len = 0;
	EXPECT_EQ(-EINVAL, gather(&self->t, parts, 3));
	parts[0].iov_len = 3 * PAGE;
	EXPECT_EQ(3 * PAGE + 1, gather(&self->t, parts, 2));
	EXPECT_EQ(3 * PAGE + 1, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

TEST_F(frags, longest)
{
	EXPECT_EQ(-EMSGSIZE, lt_write(self->t.fd, data, LONGEST + 1));
	EXPECT_EQ(LONGEST, lt_write(self->t.fd, data, LONGEST));
	EXPECT_EQ(LONGEST, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LONGEST));
}

TEST_HARNESS_MAIN
