// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thousands of files open, attached and full of traffic at once. With the
 * smallest rings 4,096 of them take 2 x 64 KiB each, 512 MiB of the guest's
 * one GiB. LOOPTUN_SCALE is another number; the debug kernel keeps most of that
 * for itself and gets 512.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define MAX_FILES 65536
#define LEN 100

static __u8 data[LEN + 1], got[2 * LEN];
static char names[MAX_FILES][IFNAMSIZ];
static int fds[MAX_FILES];

FIXTURE(scale) {
	char ring_kib[16];
	int files;
};

FIXTURE_SETUP(scale)
{
	const char *files = getenv("LOOPTUN_SCALE");
	struct rlimit limit;

	self->files = lt_kernel_debugs() ? 512 : 4096;
	/* A ring is mapped twice, and kernels of 32 bits have 128 MiB to map things in. */
	if (sizeof(long) == 4)
		self->files = 256;
	if (files)
		self->files = atoi(files);
	ASSERT_LT(0, self->files);
	ASSERT_GE(MAX_FILES, self->files);
	limit.rlim_cur = self->files + 64;
	limit.rlim_max = limit.rlim_cur;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_LT(0, lt_read_file(RING_KIB, self->ring_kib,
				  sizeof(self->ring_kib)));
	ASSERT_EQ(2, lt_write_file(RING_KIB, "64"));
}

FIXTURE_TEARDOWN(scale)
{
	EXPECT_LT(0, lt_write_file(RING_KIB, self->ring_kib));
}

/* Both directions carry a datagram that no other file has. */
static void fill(struct __test_metadata *_metadata, int i)
{
	int inject = lt_control(names[i], "inject", O_WRONLY | O_NONBLOCK);

	ASSERT_LE(0, inject);
	lt_datagram(data, LEN, 4, 2 * i);
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	close(inject);
	lt_datagram(data, LEN, 6, 2 * i + 1);
	ASSERT_EQ(LEN, lt_write(fds[i], data, LEN));
}

static void drain(struct __test_metadata *_metadata, int i)
{
	int sent = lt_control(names[i], "sent", O_RDONLY | O_NONBLOCK);

	ASSERT_LE(0, sent);
	lt_datagram(data, LEN, 4, 2 * i);
	ASSERT_EQ(LEN, lt_read(fds[i], got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LEN));
	lt_datagram(data, LEN, 6, 2 * i + 1);
	ASSERT_EQ(LEN, lt_read(sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LEN));
	EXPECT_EQ(-EAGAIN, lt_read(fds[i], got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(sent, got, sizeof(got)));
	close(sent);
}

TEST_F_TIMEOUT(scale, files, 200)
{
	int i;

	TH_LOG("%d files", self->files);
	for (i = 0; i < self->files; i++) {
		strcpy(names[i], "scale%d");
		fds[i] = lt_attach(names[i], IFF_TUN | IFF_NO_PI, O_NONBLOCK);
		ASSERT_LE(0, fds[i])
			TH_LOG("file %d", i);
	}
	for (i = 0; i < self->files; i++)
		fill(_metadata, i);
	for (i = 0; i < self->files; i++)
		drain(_metadata, i);
	for (i = 0; i < self->files; i++)
		close(fds[i]);
	EXPECT_EQ(-ENOENT, lt_control(names[0], "stats", O_RDONLY));
	EXPECT_EQ(-ENOENT, lt_control(names[self->files - 1], "stats",
				      O_RDONLY));
}

TEST_HARNESS_MAIN
