// SPDX-License-Identifier: GPL-2.0-only
/*
 * What asks for a capability, and in whose namespaces: IFF_NAPI_FRAGS, the
 * ioctls that open a network namespace, and ids that are mapped or not; what is
 * root's, and that nothing tells an address of the kernel. Who may attach is in
 * attach.c. What IFF_NAPI_FRAGS does to writev(2) is here too.
 */
#include <ctype.h>
#include <ftw.h>
#include <sched.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* All capabilities but this one are left. */
static int lose_capability(int which)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &head, sets))
		return -errno;
	sets[which / 32].effective &= ~(1U << which % 32);
	return syscall(SYS_capset, &head, sets) ? -errno : 0;
}

/* It is CAP_NET_ADMIN that a namespace is told for, and no other. */
TEST(one_capability)
{
	int fd = lt_open(0);

	ASSERT_EQ(0, lose_capability(CAP_NET_RAW));
	expect_netns(_metadata, fd, SIOCGSKNS, current_netns());
	ASSERT_EQ(0, lose_capability(CAP_NET_ADMIN));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, SIOCGSKNS, NULL));
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

/* Whoever may open the device loads no module, and changes none. */
TEST(parameters)
{
	static const char *const names[] = { "node", "netdev", "ring_kib" };
	char path[64];
	size_t i;

	ASSERT_EQ(0, lose_capabilities());
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/sys/module/looptun/parameters/%s",
			 names[i]);
		EXPECT_EQ(-EACCES, lt_ret(open(path, O_WRONLY)))
			TH_LOG("%s", path);
	}
	EXPECT_EQ(-EPERM, lt_unload("looptun"));
	EXPECT_EQ(-EPERM, lt_load(LT_MODULE, "ring_kib=64"));
}

/* A word of 64 bits that may be an address of memory, of the kernel or of a module. */
static bool is_address(__u64 word)
{
	return (word >= 0xffff800000000000 && word < 0xffffff0000000000) ||
	       (word >= 0xffffffff80000000 && word < 0xffffffffff000000);
}

/* As bytes at any place, or in hexadecimal digits. */
static bool tells_address(const char *buf, long len)
{
	char digits[17] = "";
	__u64 word;
	long i, n;

	for (i = 0; i + (long)sizeof(word) <= len; i++) {
		memcpy(&word, buf + i, sizeof(word));
		if (is_address(word))
			return true;
	}
	for (i = 0; i < len; i += n + 1) {
		for (n = 0; i + n < len && isxdigit((unsigned char)buf[i + n]); n++)
			;
		if (n != 16)
			continue;
		memcpy(digits, buf + i, n);
		if (is_address(strtoull(digits, NULL, 16)))
			return true;
	}
	return false;
}

/* What can be read there now, and what of it is an address. */
static char told[256];
static int files_read;

static void look(const char *path)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	long len;

	if (fd < 0)
		return;
	files_read++;
	while ((len = lt_read(fd, buf, sizeof(buf))) > 0)
		if (tells_address(buf, len))
			snprintf(told, sizeof(told), "%s", path);
	close(fd);
}

static int look_into(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	if (type != FTW_F)
		return 0;
	/* The log explains what is wrong with it. */
	if ((st->st_mode & 0200) && !strncmp(path, LT_DEBUGFS, strlen(LT_DEBUGFS)) &&
	    !strstr(path, "inject"))
		lt_write_file(path, "no such word");
	look(path);
	return 0;
}

/* Packets of zeroes, a header apart: what else is in a capture is looptun's. */
static void carry_zeroes(struct lt_tunnel *t)
{
	__u8 zeroes[60] = { 0x45 };

	lt_write(t->inject, zeroes, sizeof(zeroes));
	lt_write(t->inject, zeroes, sizeof(zeroes));
	lt_read(t->fd, zeroes, sizeof(zeroes));
	zeroes[0] = 0x45;
	lt_write(t->fd, zeroes, sizeof(zeroes));
}

/* No control file, no fdinfo, no sysfs file and no line of the log. */
TEST(no_addresses)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), lines = 0, capture;
	static char buf[65536];
	struct lt_tunnel t;
	char path[64];
	long len;

	ASSERT_LE(0, log);
	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE,
				    O_NONBLOCK));
	capture = lt_control(t.name, "capture", O_RDONLY | O_NONBLOCK);
	ASSERT_LT(0, lt_control_write(t.name, "faults", "dir=rx delay=9s chance=1\n"));
	carry_zeroes(&t);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", t.fd);
	look(path);
	ASSERT_EQ(0, nftw(LT_DEBUGFS, look_into, 8, FTW_PHYS));
	ASSERT_EQ(0, nftw("/sys/class/misc/looptun/", look_into, 8, FTW_PHYS));
	len = lt_read(capture, buf, sizeof(buf));
	EXPECT_LT(3 * 60, len);
	EXPECT_FALSE(tells_address(buf, len));
	while ((len = lt_read(log, buf, sizeof(buf))) > 0) {
		lines += !!strstr(buf, "no such word");
		EXPECT_FALSE(tells_address(buf, len))
			TH_LOG("%.*s", (int)len, buf);
	}
	EXPECT_STREQ("", told);
	EXPECT_LT(10, files_read);
	EXPECT_LT(0, lines);
	close(capture);
	lt_tunnel_close(&t);
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
