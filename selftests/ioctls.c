// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every ioctl of the device in every state of a file, with no pointer, a bad
 * one and a good one: which error __tun_chr_ioctl() finds first. What the
 * commands do is in ioctl_effects.c and in the tests of what they act on.
 */
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* A result that is a descriptor. */
#define FD 3

/* Results with NULL, with an address of nothing, with a good argument. */
#define ALWAYS(ret) { [NONE ... GOOD] = (ret) }
#define POINTER(ret) { [NONE ... BAD] = -EFAULT, [GOOD] = (ret) }

enum { NONE, BAD, GOOD };

/**
 * struct row - a command
 * @size: bytes that its argument points to, or 0 for one that is no pointer
 * @value: what stands in the first four of them, for an ifreq at its flags; or
 *	the argument itself
 * @detached: its results in a file that is not attached
 * @tun: in one attached to a TUN device that is up
 * @tap: in one attached to a TAP device that is up
 * @disabled: in a disabled queue of either, where that differs
 */
static const struct row {
	const char *name;
	unsigned long cmd;
	size_t size;
	int value;
	long detached[3];
	long tun[3];
	long tap[3];
	long disabled[3];
} rows[] = {
	{ "TUNSETNOCSUM", TUNSETNOCSUM, 0, 1,
	  ALWAYS(-EBADFD), ALWAYS(0), ALWAYS(0) },
	{ "TUNSETDEBUG", TUNSETDEBUG, 0, 1,
	  ALWAYS(-EBADFD), ALWAYS(0), ALWAYS(0) },
	{ "TUNSETIFF", TUNSETIFF, sizeof(struct ifreq), 0,
	  POINTER(-EINVAL), POINTER(-EEXIST), POINTER(-EEXIST) },
	{ "TUNSETPERSIST", TUNSETPERSIST, 0, 0,
	  ALWAYS(-EBADFD), ALWAYS(0), ALWAYS(0) },
	{ "TUNSETOWNER", TUNSETOWNER, 0, -1, ALWAYS(-EBADFD),
	  { 0, 0, -EINVAL }, { 0, 0, -EINVAL } },
	{ "TUNSETGROUP", TUNSETGROUP, 0, -1, ALWAYS(-EBADFD),
	  { 0, 0, -EINVAL }, { 0, 0, -EINVAL } },
	{ "TUNSETLINK", TUNSETLINK, 0, ARPHRD_ETHER,
	  ALWAYS(-EBADFD), ALWAYS(-EBUSY), ALWAYS(-EBUSY) },
	{ "TUNGETFEATURES", TUNGETFEATURES, sizeof(int), 0,
	  POINTER(0), POINTER(0), POINTER(0) },
	{ "TUNSETOFFLOAD", TUNSETOFFLOAD, 0, TUN_F_CSUM, ALWAYS(-EBADFD),
	  { 0, -EINVAL, 0 }, { 0, -EINVAL, 0 } },
	{ "TUNSETTXFILTER", TUNSETTXFILTER, sizeof(struct tun_filter), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), POINTER(0) },
	{ "TUNGETIFF", TUNGETIFF, sizeof(struct ifreq), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNGETSNDBUF", TUNGETSNDBUF, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETSNDBUF", TUNSETSNDBUF, sizeof(int), 1,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETSNDBUF 0", TUNSETSNDBUF, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "TUNSETSNDBUF -1", TUNSETSNDBUF, sizeof(int), -1,
	  ALWAYS(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "TUNATTACHFILTER", TUNATTACHFILTER, 16, 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), POINTER(-EINVAL),
	  POINTER(0) },
	{ "TUNDETACHFILTER", TUNDETACHFILTER, 16, 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(0) },
	{ "TUNGETFILTER", TUNGETFILTER, 16, 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), POINTER(0) },
	{ "TUNGETVNETHDRSZ", TUNGETVNETHDRSZ, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETVNETHDRSZ", TUNSETVNETHDRSZ, sizeof(int), 10,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETVNETHDRSZ 9", TUNSETVNETHDRSZ, sizeof(int), 9,
	  ALWAYS(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "TUNSETIFINDEX", TUNSETIFINDEX, sizeof(int), 0,
	  POINTER(0), ALWAYS(-EPERM), ALWAYS(-EPERM) },
	{ "TUNSETIFINDEX -1", TUNSETIFINDEX, sizeof(int), -1,
	  POINTER(-EINVAL), ALWAYS(-EPERM), ALWAYS(-EPERM) },
	{ "TUNSETVNETLE", TUNSETVNETLE, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNGETVNETLE", TUNGETVNETLE, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETVNETBE", TUNSETVNETBE, sizeof(int), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "TUNGETVNETBE", TUNGETVNETBE, sizeof(int), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "TUNSETSTEERINGEBPF", TUNSETSTEERINGEBPF, sizeof(int), -1,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETSTEERINGEBPF -2", TUNSETSTEERINGEBPF, sizeof(int), -2,
	  ALWAYS(-EBADFD), POINTER(-EBADF), POINTER(-EBADF) },
	{ "TUNSETFILTEREBPF", TUNSETFILTEREBPF, sizeof(int), -1,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNSETFILTEREBPF stdin", TUNSETFILTEREBPF, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "TUNSETCARRIER", TUNSETCARRIER, sizeof(int), 1,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0), POINTER(-EPERM) },
	{ "TUNSETCARRIER 0", TUNSETCARRIER, sizeof(int), 0,
	  ALWAYS(-EBADFD), POINTER(0), POINTER(0) },
	{ "TUNGETDEVNETNS", TUNGETDEVNETNS, 0, 0,
	  ALWAYS(-EBADFD), ALWAYS(FD), ALWAYS(FD) },
	{ "SIOCGSKNS", SIOCGSKNS, 0, 0, ALWAYS(FD), ALWAYS(FD), ALWAYS(FD) },
	{ "SIOCGIFHWADDR", SIOCGIFHWADDR, sizeof(struct ifreq), 0,
	  POINTER(-EBADFD), POINTER(0), POINTER(0) },
	/* Family 1, and an address that begins 02:00. */
	{ "SIOCSIFHWADDR", SIOCSIFHWADDR, sizeof(struct ifreq), 0x20001,
	  POINTER(-EBADFD), POINTER(-EOPNOTSUPP), POINTER(0) },
	{ "SIOCSIFHWADDR family", SIOCSIFHWADDR, sizeof(struct ifreq), 0x20002,
	  POINTER(-EBADFD), POINTER(-EOPNOTSUPP), POINTER(-EINVAL) },
	{ "SIOCSIFHWADDR zero", SIOCSIFHWADDR, sizeof(struct ifreq), 1,
	  POINTER(-EBADFD), POINTER(-EOPNOTSUPP), POINTER(-EADDRNOTAVAIL) },
	{ "SIOCSIFHWADDR group", SIOCSIFHWADDR, sizeof(struct ifreq), 0x30001,
	  POINTER(-EBADFD), POINTER(-EOPNOTSUPP), POINTER(-EADDRNOTAVAIL) },
	{ "SIOCGIFFLAGS", SIOCGIFFLAGS, sizeof(struct ifreq), 0,
	  POINTER(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "SIOCGIFNAME", SIOCGIFNAME, sizeof(struct ifreq), 0,
	  POINTER(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "0x89ff", 0x89ff, sizeof(struct ifreq), 0,
	  POINTER(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "a 0x89 with size and direction", _IOWR(0x89, 0x4c, int),
	  sizeof(struct ifreq), 0,
	  POINTER(-EBADFD), POINTER(-EINVAL), POINTER(-EINVAL) },
	{ "FIONREAD", FIONREAD, sizeof(int), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "TIOCOUTQ", TIOCOUTQ, sizeof(int), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "228 of T", _IOW('T', 228, int), sizeof(int), 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "TUNGETIFF with another size", _IOR('T', 210, char), 40, 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "0", 0, 0, 0, ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	{ "all bits", 0xffffffff, 0, 0,
	  ALWAYS(-EBADFD), ALWAYS(-EINVAL), ALWAYS(-EINVAL) },
	/* These never reach the device. */
	{ "FIOQSIZE", FIOQSIZE, 8, 0,
	  ALWAYS(-ENOTTY), ALWAYS(-ENOTTY), ALWAYS(-ENOTTY) },
	{ "FIONBIO", FIONBIO, sizeof(int), 1,
	  POINTER(0), POINTER(0), POINTER(0) },
	{ "FIOCLEX", FIOCLEX, 0, 0, ALWAYS(0), ALWAYS(0), ALWAYS(0) },
};

/* The argument: a good pointer is one whose next byte cannot be accessed. */
static void *argument(const struct row *row, int kind)
{
	__u16 family;
	__u8 *arg;

	if (kind == NONE)
		return NULL;
	if (kind == BAD)
		return (__u8 *)lt_edge(0);
	if (!row->size)
		return (void *)(long)row->value;
	arg = lt_edge(row->size);
	memset(arg, 0, row->size);
	if (row->size == sizeof(struct ifreq)) {
		family = row->value;
		memcpy(arg + IFNAMSIZ, &family, sizeof(family));
		arg[IFNAMSIZ + sizeof(family)] = row->value >> 16;
	} else {
		memcpy(arg, &row->value, row->size < 8 ? row->size : 4);
	}
	return arg;
}

static void try_row(struct __test_metadata *_metadata, int fd,
		    const struct row *row, const long *want)
{
	static const char * const kinds[] = { "NULL", "bad", "good" };
	long ret;
	int kind;

	for (kind = NONE; kind <= GOOD; kind++) {
		ret = lt_ioctl(fd, row->cmd, argument(row, kind));
		if (want[kind] == FD && ret >= FD) {
			close(ret);
			ret = FD;
		}
		EXPECT_EQ(want[kind], ret)
			TH_LOG("%s with %s argument", row->name, kinds[kind]);
	}
}

TEST(detached)
{
	int fd = lt_open(O_NONBLOCK);
	size_t i;

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		try_row(_metadata, fd, &rows[i], rows[i].detached);
	close(fd);
}

FIXTURE(attached) {
	char name[IFNAMSIZ];
	int fd;
};

FIXTURE_VARIANT(attached) {
	int flags;
};

FIXTURE_VARIANT_ADD(attached, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(attached, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(attached, tun_mq) { .flags = IFF_TUN | IFF_MULTI_QUEUE };
FIXTURE_VARIANT_ADD(attached, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(attached, tap_pi) { .flags = IFF_TAP };
FIXTURE_VARIANT_ADD(attached, tap_mq) { .flags = IFF_TAP | IFF_MULTI_QUEUE };

FIXTURE_SETUP(attached)
{
	strcpy(self->name, "ioctl%d");
	self->fd = lt_attach(self->name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(attached)
{
	lt_ioctl(self->fd, TUNSETPERSIST, NULL);
	close(self->fd);
}

static const long *want_attached(const struct row *row, int flags)
{
	return lt_tap(flags) ? row->tap : row->tun;
}

TEST_F(attached, enabled)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		try_row(_metadata, self->fd, &rows[i],
			want_attached(&rows[i], variant->flags));
}

/* Carrier needs a queue, a filter has none to go to. */
TEST_F(attached, disabled)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };
	static const long same[3];
	const long *want;
	size_t i;

	if (!(variant->flags & IFF_MULTI_QUEUE)) {
		EXPECT_EQ(-EINVAL, lt_ioctl(self->fd, TUNSETQUEUE, &ifr));
		return;
	}
	ASSERT_EQ(0, lt_ioctl(self->fd, TUNSETQUEUE, &ifr));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		want = want_attached(&rows[i], variant->flags);
		if (memcmp(rows[i].disabled, same, sizeof(same)) &&
		    (lt_tap(variant->flags) || rows[i].cmd == TUNSETCARRIER))
			want = rows[i].disabled;
		try_row(_metadata, self->fd, &rows[i], want);
	}
}

/* As a file that was never attached. */
TEST_F(attached, deleted)
{
	size_t i;

	ASSERT_EQ(1, lt_delete(self->name));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		try_row(_metadata, self->fd, &rows[i], rows[i].detached);
}

/* TUNSETQUEUE is no business of a file that is not attached. */
TEST_F(attached, set_queue)
{
	static const int flags[] = {
		0, IFF_ATTACH_QUEUE, IFF_DETACH_QUEUE,
		IFF_ATTACH_QUEUE | IFF_DETACH_QUEUE,
	};
	struct ifreq ifr = { 0 };
	size_t i;

	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd, TUNSETQUEUE, NULL));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd, TUNSETQUEUE, lt_edge(sizeof(struct ifreq) - 1)));
	EXPECT_EQ(-EINVAL, lt_ioctl(self->fd, TUNSETQUEUE, &ifr));
	ASSERT_EQ(1, lt_delete(self->name));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->fd, TUNSETQUEUE, lt_edge(sizeof(struct ifreq) - 1)));
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ifr.ifr_flags = flags[i];
		EXPECT_EQ(-EINVAL, lt_ioctl(self->fd, TUNSETQUEUE, &ifr));
	}
}

TEST_HARNESS_MAIN
