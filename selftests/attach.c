// SPDX-License-Identifier: GPL-2.0-only
/*
 * TUNSETIFF and TUNGETIFF: names, flags, what is copied back, who may attach,
 * and which errno wins. The rows are those of tun_set_iff() and of the names
 * that register_netdevice() takes.
 */
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define BAD ((void *)-4096L)
#define IFREQ_LEN sizeof(struct ifreq)

/* IFNAMSIZ bytes as they are, longer ones cut off: the kernel ends them. */
static void put_name(struct ifreq *ifr, const char *name)
{
	memset(ifr->ifr_name, 0, IFNAMSIZ);
	memcpy(ifr->ifr_name, name, strnlen(name, IFNAMSIZ));
}

/* A new open file attached by that name: the descriptor. */
static int attach(const char *name, int flags)
{
	struct ifreq ifr;
	int fd = lt_open(O_NONBLOCK | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return fd;
	put_name(&ifr, name);
	ifr.ifr_flags = flags;
	ret = lt_ioctl(fd, TUNSETIFF, &ifr);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Attach by that name and close again: 0 or minus errno. */
static int try_attach(const char *name, int flags)
{
	int fd = attach(name, flags);

	return fd < 0 ? fd : close(fd);
}

static int get_flags(int fd)
{
	struct ifreq ifr;
	int ret = lt_ioctl(fd, TUNGETIFF, &ifr);

	return ret ?: (unsigned short)ifr.ifr_flags;
}

/* Patterns give the lowest number that is free. */
TEST(names)
{
	static const struct {
		const char *asked, *got;
	} rows[] = {
		{ "", "tun0" },
		{ "", "tun1" },
		{ "tun%d", "tun2" },
		{ "x%dy", "x0y" },
		{ "x%dy", "x1y" },
		{ "%d", "0" },
		{ "abcdefghijklmno", "abcdefghijklmno" },
		{ "bcdefghijklmnopq", "bcdefghijklmnop" },
		{ "abcdefghijklm%d", "abcdefghijklm0" },
		{ "...", "..." },
		{ "-x", "-x" },
		{ "42", "42" },
		{ "UPPER", "UPPER" },
		{ "\x01", "\x01" },
		{ "\x7f", "\x7f" },
		{ "\xc3\xbc", "\xc3\xbc" },
	};
	char name[IFNAMSIZ];
	struct ifreq ifr;
	size_t i;
	int fd;

	/* Where nobody else has taken a number. */
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fd = lt_open(0);
		put_name(&ifr, rows[i].asked);
		ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
		EXPECT_EQ(0, lt_ioctl(fd, TUNSETIFF, &ifr))
			TH_LOG("'%s'", rows[i].asked);
		EXPECT_STREQ(rows[i].got, ifr.ifr_name);
		memset(&ifr, 0, sizeof(ifr));
		EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, &ifr));
		EXPECT_STREQ(rows[i].got, ifr.ifr_name);
	}
	/* The patterns of both kinds, and the gap that a close leaves. */
	EXPECT_LE(0, lt_attach(strcpy(name, ""), IFF_TAP, 0));
	EXPECT_STREQ("tap0", name);
	fd = lt_attach(strcpy(name, "gap%d"), IFF_TUN, 0);
	EXPECT_LE(0, lt_attach(strcpy(name, "gap%d"), IFF_TUN, 0));
	close(fd);
	EXPECT_LE(0, lt_attach(strcpy(name, "gap%d"), IFF_TUN, 0));
	EXPECT_STREQ("gap0", name);
	/* What only looks like the pattern takes no number. */
	EXPECT_LE(0, attach("q00", IFF_TUN));
	EXPECT_LE(0, lt_attach(strcpy(name, "q%d"), IFF_TUN, 0));
	EXPECT_STREQ("q0", name);
}

#define NUMBERED 48
#define STEPS 1500

static char numbered[NUMBERED + 1][IFNAMSIZ];

/* The lowest number whose name none of them has. */
static void expected_name(const char *pattern, char *name)
{
	int number = 0, i;

	do {
		snprintf(name, IFNAMSIZ, pattern, number++);
		for (i = 0; i <= NUMBERED && strcmp(numbered[i], name); i++)
			;
	} while (i <= NUMBERED);
}

/* A real interface takes a number as well, and gives it back. */
static int rename_real(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { };
	int ret;

	strcpy(ifr.ifr_name, numbered[NUMBERED]);
	strcpy(ifr.ifr_newname, name);
	ret = lt_ioctl(fd, SIOCSIFNAME, &ifr);
	close(fd);
	strcpy(numbered[NUMBERED], name);
	return ret;
}

/* Patterns whose names meet, and tunnels that come and go in any order. */
TEST(numbers)
{
	static const char *const patterns[] = { "n%d", "n1%d", "%d" };
	char name[IFNAMSIZ], expected[IFNAMSIZ];
	int fds[NUMBERED];
	unsigned int steps = lt_kernel_debugs() ? STEPS / 5 : STEPS, i, step;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	strcpy(numbered[NUMBERED], "lo");
	srand(1);
	for (step = 0; step < steps; step++) {
		i = rand() % NUMBERED;
		if (step % 100 == 0) {
			snprintf(name, sizeof(name), "n%u", step / 100);
			ASSERT_EQ(0, rename_real(name));
		}
		if (*numbered[i]) {
			close(fds[i]);
			*numbered[i] = '\0';
			continue;
		}
		strcpy(name, patterns[rand() / 7 % ARRAY_SIZE(patterns)]);
		expected_name(name, expected);
		fds[i] = lt_attach(name, IFF_TUN, 0);
		ASSERT_LE(0, fds[i]);
		ASSERT_STREQ(expected, name)
			TH_LOG("step %u", step);
		strcpy(numbered[i], name);
	}
}

TEST(names_refused)
{
	static const char *const rows[] = {
		"%s", "a%", "%", "a%%d", "a%d%d", "a%5d", "a%x", ".", "..",
		"a/b", "/", "a:b", ":", "a b", " ", "a\tb", "a\n", "\n", "\xa0",
		"abcdefghijklmn%d", "all", "default", "lo",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, try_attach(rows[i], IFF_TUN))
			TH_LOG("'%s'", rows[i]);
		EXPECT_EQ(-EINVAL, try_attach(rows[i], IFF_TAP | IFF_NO_PI))
			TH_LOG("'%s'", rows[i]);
	}
	/* A refused attempt leaves the file as it was. */
	EXPECT_EQ(-EBUSY, try_attach("lo", IFF_TUN | IFF_TUN_EXCL));
}

/* Sixteen bytes become fifteen, which are the name that is looked up. */
TEST(long_name_is_cut)
{
	EXPECT_LE(0, attach("abcdefghijklmno", IFF_TUN));
	EXPECT_EQ(-EBUSY, try_attach("abcdefghijklmnop", IFF_TUN));
}

TEST(flags)
{
	static const struct {
		unsigned short asked, got;
	} rows[] = {
		{ 0x0001, 0x1001 }, { 0x0002, 0x1002 }, { 0x1001, 0x1001 },
		{ 0x1002, 0x1002 }, { 0x0003, 0x1001 }, { 0x0005, 0x1001 },
		{ 0x000f, 0x1001 }, { 0x0006, 0x1002 }, { 0x0081, 0x1001 },
		{ 0x0e01, 0x1001 }, { 0x2001, 0x3001 }, { 0x3002, 0x3002 },
		{ 0x8001, 0x1001 },
	};
	struct ifreq ifr;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fd = lt_open(0);
		put_name(&ifr, "flags%d");
		ifr.ifr_flags = rows[i].asked;
		EXPECT_EQ(0, lt_ioctl(fd, TUNSETIFF, &ifr))
			TH_LOG("flags %#x", rows[i].asked);
		/* What was asked for is echoed, what it is, is told. */
		EXPECT_EQ(rows[i].asked, (unsigned short)ifr.ifr_flags);
		EXPECT_EQ(rows[i].got | (rows[i].asked & lt_backpressure()),
			  get_flags(fd))
			TH_LOG("flags %#x", rows[i].asked);
	}
	EXPECT_EQ(-EINVAL, try_attach("flags%d", 0));
	EXPECT_EQ(-EINVAL, try_attach("flags%d", 0x0004));
	EXPECT_EQ(-EINVAL, try_attach("flags%d", 0x0008));
	EXPECT_EQ(-EINVAL, try_attach("flags%d", IFF_NO_PI));
}

/* Only the name is changed, and its last byte, whatever stands after it. */
TEST(copied_back)
{
	__u8 ifreq[IFREQ_LEN + 8], want[IFREQ_LEN + 8];
	int fd = lt_open(0);

	memset(ifreq, 'Z', sizeof(ifreq));
	memcpy(ifreq, "back%d", 7);
	memcpy(ifreq + 16, (short[]){ IFF_TUN | IFF_BACKPRESSURE }, 2);
	memcpy(want, ifreq, sizeof(want));
	memcpy(want, "back0\0", 7);
	want[15] = 0;
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETIFF, ifreq));
	EXPECT_EQ(0, memcmp(want, ifreq, sizeof(ifreq)));

	/* TUNGETIFF leaves nothing of the caller's forty bytes. */
	memset(want, 0, IFREQ_LEN);
	memcpy(want, "back0", 5);
	memcpy(want + 16, (short[]){ IFF_TUN | IFF_NO_PI | lt_backpressure() },
	       2);
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, ifreq));
	EXPECT_EQ(0, memcmp(want, ifreq, sizeof(ifreq)));

	/* A refusal writes nothing. */
	memcpy(want, ifreq, sizeof(want));
	EXPECT_EQ(-EEXIST, lt_ioctl(fd, TUNSETIFF, ifreq));
	EXPECT_EQ(0, memcmp(want, ifreq, sizeof(ifreq)));
}

TEST(ifreq_unmapped)
{
	__u8 *edge = lt_edge(IFREQ_LEN);
	int fd = lt_open(0);
	struct ifreq ifr;
	void *page;

	ASSERT_NE(NULL, edge);
	put_name(&ifr, "edge%d");
	ifr.ifr_flags = IFF_TUN;
	memcpy(edge + 1, &ifr, IFREQ_LEN - 1);
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETIFF, edge + 1));
	EXPECT_EQ(-EBADFD, get_flags(fd));
	memcpy(edge, &ifr, IFREQ_LEN);
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETIFF, edge));
	/* Reading it comes before everything else. */
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETIFF, edge + 1));
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETIFF, BAD));
	EXPECT_EQ(-EEXIST, lt_ioctl(fd, TUNSETIFF, edge));
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNGETIFF, edge + 1));
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNGETIFF, NULL));

	/* Readable and not writable: attached, although it says EFAULT. */
	page = (void *)((unsigned long)edge & -4096L);
	memcpy(edge, &ifr, IFREQ_LEN);
	ASSERT_EQ(0, mprotect(page, 4096, PROT_READ));
	fd = lt_open(0);
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETIFF, edge));
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, &ifr));
	EXPECT_STREQ("edge1", ifr.ifr_name);
}

TEST(already_attached)
{
	char name[IFNAMSIZ] = "twice%d", bad[IFNAMSIZ] = "a/b";
	int fd = lt_attach(name, IFF_TUN, 0);

	EXPECT_EQ(-EEXIST, lt_setiff(fd, name, IFF_TUN));
	EXPECT_EQ(-EEXIST, lt_setiff(fd, bad, 0));
	ASSERT_EQ(1, lt_delete(name));
	EXPECT_EQ(-EBADFD, get_flags(fd));
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TAP));
	EXPECT_EQ(IFF_TAP | IFF_NO_PI, get_flags(fd));
}

TEST(busy)
{
	char name[IFNAMSIZ] = "busy%d";
	int fd = lt_attach(name, IFF_TUN, 0);

	EXPECT_EQ(-EBUSY, try_attach(name, IFF_TUN));
	EXPECT_EQ(-EBUSY, try_attach(name, IFF_TUN | IFF_TUN_EXCL));
	EXPECT_EQ(-EBUSY, try_attach(name, IFF_TAP | IFF_TUN_EXCL));
	EXPECT_EQ(-EBUSY, try_attach(name, IFF_TUN | IFF_TAP));
	EXPECT_EQ(-EINVAL, try_attach(name, IFF_TAP));
	EXPECT_EQ(-EINVAL, try_attach(name, 0));
	close(fd);
	EXPECT_EQ(0, try_attach(name, IFF_TAP));
}

/* The type stays with the tunnel, the other flags are the next program's. */
TEST(persist)
{
	char name[IFNAMSIZ] = "persist%d", got[64];
	int fd = lt_attach(name, IFF_TUN, O_NONBLOCK);
	int inject;

	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)77));
	EXPECT_EQ(IFF_TUN | IFF_NO_PI | IFF_PERSIST, get_flags(fd));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
	close(fd);
	EXPECT_EQ(-EINVAL, try_attach(name, IFF_TAP));
	EXPECT_EQ(-EBUSY, try_attach(name, IFF_TUN | IFF_TUN_EXCL));
	fd = attach(name, IFF_TUN | IFF_TAP | IFF_NO_PI | IFF_ONE_QUEUE);
	EXPECT_EQ(IFF_TUN | IFF_NO_PI | IFF_ONE_QUEUE | IFF_PERSIST,
		  get_flags(fd));
	inject = lt_control(name, "inject", O_WRONLY | O_NONBLOCK);
	EXPECT_EQ(3, lt_write(inject, "E12", 3));
	EXPECT_EQ(3, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(3, lt_write(inject, "E34", 3));
	close(fd);

	/* With PI now, and without what the last one had not read. */
	fd = attach(name, IFF_TUN);
	EXPECT_EQ(-EAGAIN, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(3, lt_write(inject, "E56", 3));
	EXPECT_EQ(7, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, 0));
	EXPECT_EQ(IFF_TUN | IFF_NO_PI, get_flags(fd));
	close(fd);
	EXPECT_EQ(-ENODEV, lt_write(inject, "E56", 3));
	EXPECT_EQ(0, try_attach(name, IFF_TAP));
}

TEST(owner_and_group)
{
	char name[IFNAMSIZ] = "owner%d";
	int fd = lt_attach(name, IFF_TUN, 0);

	EXPECT_TRUE(lt_state_has(name, "owner -1"));
	EXPECT_TRUE(lt_state_has(name, "group -1"));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETOWNER, (void *)-1L));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETGROUP, (void *)-1L));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETOWNER, (void *)1000));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETGROUP, (void *)2000));
	EXPECT_TRUE(lt_state_has(name, "owner 1000"));
	EXPECT_TRUE(lt_state_has(name, "group 2000"));
	/* The upper half of the argument is not looked at. */
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETOWNER, (void *)0x1000003e9));
	EXPECT_TRUE(lt_state_has(name, "owner 1001"));
}

/*
 * What try_attach() gives to that user, who has the supplementary group
 * @group or none; devices are opened with root's rights.
 */
static int attach_as_ids(uid_t real, uid_t uid, gid_t group, const char *name,
			 int flags)
{
	int fd = lt_open(0), status;
	struct ifreq ifr;
	pid_t pid = fork();

	if (!pid) {
		put_name(&ifr, name);
		ifr.ifr_flags = flags;
		if (setgroups(!!group, &group) || setresgid(99, 99, 99) ||
		    setresuid(real, uid, uid))
			_exit(255);
		_exit(-lt_ioctl(fd, TUNSETIFF, &ifr));
	}
	close(fd);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return -WEXITSTATUS(status);
}

static int attach_as(uid_t uid, gid_t group, const char *name, int flags)
{
	return attach_as_ids(uid, uid, group, name, flags);
}

/* Making a tunnel takes no privilege, attaching to another's does. */
TEST(permission)
{
	char name[IFNAMSIZ] = "perm%d";
	int fd = lt_attach(name, IFF_TUN, 0);

	EXPECT_EQ(0, attach_as(1000, 0, "own%d", IFF_TUN));
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
	/* The order: EXCL, type, permission, queue. */
	EXPECT_EQ(-EBUSY, attach_as(1000, 0, name, IFF_TUN | IFF_TUN_EXCL));
	EXPECT_EQ(-EINVAL, attach_as(1000, 0, name, IFF_TAP));
	EXPECT_EQ(-EPERM, attach_as(1000, 0, name, IFF_TUN));
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETOWNER, (void *)1000));
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETGROUP, (void *)2000));
	EXPECT_EQ(-EBUSY, attach_as(1000, 2000, name, IFF_TUN));
	close(fd);
	/* Both are set: both have to match. */
	EXPECT_EQ(0, attach_as(1000, 2000, name, IFF_TUN));
	EXPECT_EQ(-EPERM, attach_as(1000, 0, name, IFF_TUN));
	EXPECT_EQ(-EPERM, attach_as(1000, 2001, name, IFF_TUN));
	EXPECT_EQ(-EPERM, attach_as(1001, 2000, name, IFF_TUN));
	EXPECT_EQ(0, attach_as(0, 0, name, IFF_TUN));
	EXPECT_EQ(1, lt_delete(name));
}

/* What is not set is not asked for. The effective user counts, not the real one. */
TEST(permission_of_owner_or_group)
{
	static const struct {
		unsigned long cmd;
		uid_t real, uid;
		gid_t group;
		int ret;
	} rows[] = {
		{ TUNSETOWNER, 1000, 1000, 0, 0 },
		{ TUNSETOWNER, 1001, 1001, 0, -EPERM },
		{ TUNSETOWNER, 1001, 1001, 1000, -EPERM },
		{ TUNSETOWNER, 1001, 1000, 0, 0 },
		{ TUNSETOWNER, 1000, 1001, 0, -EPERM },
		{ TUNSETOWNER, 0, 1001, 0, -EPERM },
		{ TUNSETGROUP, 1001, 1001, 1000, 0 },
		{ TUNSETGROUP, 1000, 1000, 0, -EPERM },
		{ TUNSETGROUP, 1000, 1000, 1001, -EPERM },
		{ TUNSETGROUP, 1001, 0, 0, 0 },
	};
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[IFNAMSIZ] = "permit";

		fd = lt_attach(name, IFF_TUN, 0);
		ASSERT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
		ASSERT_EQ(0, lt_ioctl(fd, rows[i].cmd, (void *)1000));
		close(fd);
		EXPECT_EQ(rows[i].ret, attach_as_ids(rows[i].real, rows[i].uid,
						     rows[i].group, name,
						     IFF_TUN))
			TH_LOG("row %zu", i);
		EXPECT_EQ(1, lt_delete(name));
	}
}

/* Who made it may come back; CAP_NET_ADMIN always may. */
TEST(permission_of_creator)
{
	char name[IFNAMSIZ] = "creator";
	int fd = lt_open(0), status;
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(1002, 1000, 1000))
			_exit(1);
		if (lt_setiff(fd, name, IFF_TUN))
			_exit(2);
		_exit(lt_ioctl(fd, TUNSETPERSIST, (void *)1) ? 3 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_TRUE(lt_state_has(name, "creator 1000"));
	close(fd);
	EXPECT_EQ(0, attach_as(1000, 0, name, IFF_TUN));
	EXPECT_EQ(-EPERM, attach_as(1001, 0, name, IFF_TUN));
	EXPECT_EQ(0, attach_as_ids(1002, 1000, 0, name, IFF_TUN));
	EXPECT_EQ(-EPERM, attach_as_ids(1000, 1002, 0, name, IFF_TUN));
	EXPECT_EQ(0, attach_as(0, 0, name, IFF_TUN));
	EXPECT_EQ(1, lt_delete(name));
}

TEST_HARNESS_MAIN
