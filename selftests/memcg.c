// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for the memory: what a program holds through its descriptors is
 * charged to the memory cgroup of who opened them, whoever fills it, and is
 * given back.
 */
#include <linux/looptun.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define CGROUP "/sys/fs/cgroup"
#define GROUP CGROUP "/looptun"
#define FILES 16
#define KIB 1024L
#define RING (256 * KIB)
#define LEN 1400
/* Charges are taken from the group in batches of so much for each CPU. */
#define SLACK (2 * 64 * 4 * KIB)

static __u8 data[LEN];

/*
 * What the group is charged for, in bytes. Its members are elsewhere while this
 * is asked: what changes is the kernel's. memory.stat may lag behind.
 */
static long charged(void)
{
	char text[32];

	if (lt_read_file(GROUP "/memory.current", text, sizeof(text)) <= 0)
		return -1;
	return atol(text);
}

FIXTURE(memcg) {
	char names[FILES][IFNAMSIZ];
	int fds[FILES];
	long before;
};

static long move_to(const char *group)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	return lt_write_file(path, "0");
}

/* The files are opened by a member of the group, who then leaves it. */
FIXTURE_SETUP(memcg)
{
	struct stat st;
	int i;

	if (stat(CGROUP "/cgroup.procs", &st))
		ASSERT_EQ(0, mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	ASSERT_LT(0, lt_write_file(CGROUP "/cgroup.subtree_control",
				   "+memory"));
	ASSERT_EQ(0, mkdir(GROUP, 0755));
	ASSERT_EQ(1, move_to(GROUP));
	for (i = 0; i < FILES; i++) {
		strcpy(self->names[i], "memcg%d");
		self->fds[i] = lt_attach(self->names[i], IFF_TUN | IFF_NO_PI,
					 O_NONBLOCK);
		ASSERT_LE(0, self->fds[i]);
	}
	ASSERT_EQ(1, move_to(CGROUP));
	lt_datagram(data, LEN, 4, 1);
	self->before = charged();
	ASSERT_LT(0, self->before);
}

FIXTURE_TEARDOWN(memcg)
{
	int i;

	for (i = 0; i < FILES; i++)
		close(self->fds[i]);
	move_to(CGROUP);
	EXPECT_EQ(0, rmdir(GROUP));
}

/* An idle file has no ring; each direction makes one, and no more. */
TEST_F(memcg, rings)
{
	long used;
	int i;

	EXPECT_GT(FILES * RING / 4, self->before);
	for (i = 0; i < FILES; i++)
		ASSERT_EQ(LEN, lt_write(self->fds[i], data, LEN));
	used = charged() - self->before;
	EXPECT_LE(FILES * RING - SLACK, used);
	EXPECT_GE(FILES * RING * 5 / 4 + SLACK, used);
}

/* Whoever injects: the program's group pays. */
TEST_F(memcg, filled_by_another)
{
	long used;
	int i, inject;

	for (i = 0; i < FILES; i++) {
		inject = lt_control(self->names[i], "inject", O_WRONLY);
		ASSERT_EQ(LEN, lt_write(inject, data, LEN));
		close(inject);
	}
	used = charged() - self->before;
	EXPECT_LE(FILES * RING - SLACK, used);
	EXPECT_GE(FILES * RING * 5 / 4 + SLACK, used);
}

/* However much is written, it is no more than the rings. */
TEST_F(memcg, bounded)
{
	int wire = lt_ioctl(self->fds[0], LOOPTUN_OPEN_WIRE,
			    (void *)(unsigned long)O_NONBLOCK);
	long used, i;

	ASSERT_LE(0, wire);
	while (lt_write(wire, data, LEN) == LEN)
		;
	for (i = 0; i < 2 * RING / LEN; i++)
		ASSERT_EQ(LEN, lt_write(self->fds[0], data, LEN));
	used = charged() - self->before;
	EXPECT_LE(2 * RING - SLACK, used);
	EXPECT_GE(2 * RING * 5 / 4 + SLACK, used);
	close(wire);
}

/* Closing gives everything back. */
TEST_F(memcg, given_back)
{
	long used;
	int i;

	for (i = 0; i < FILES; i++)
		ASSERT_EQ(LEN, lt_write(self->fds[i], data, LEN));
	used = charged();
	for (i = 0; i < FILES; i++) {
		close(self->fds[i]);
		self->fds[i] = -1;
	}
	EXPECT_GE(used - FILES * RING + SLACK, charged());
}

/* What a worker lets go for a program that has closed is its group's as well. */
TEST_F(memcg, kept_by_a_worker)
{
	int on = 1, i;
	long used;

	for (i = 0; i < FILES; i++) {
		ASSERT_EQ(0, lt_ioctl(self->fds[i], TUNSETPERSIST,
				      (void *)(unsigned long)on));
		ASSERT_EQ(18, lt_control_write(self->names[i], "faults",
					       "dir=tx delay=3000s"));
		ASSERT_EQ(LEN, lt_write(self->fds[i], data, LEN));
		close(self->fds[i]);
		self->fds[i] = -1;
	}
	used = charged();
	for (i = 0; i < FILES; i++)
		ASSERT_EQ(5, lt_control_write(self->names[i], "faults", "clear"));
	used = charged() - used;
	EXPECT_LE(FILES * RING - SLACK, used);
	EXPECT_GE(FILES * RING * 5 / 4 + SLACK, used);
	for (i = 0; i < FILES; i++)
		EXPECT_EQ(1, lt_delete(self->names[i]));
}

TEST_HARNESS_MAIN
