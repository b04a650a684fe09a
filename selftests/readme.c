// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sessions of README.md: each block of "sh" goes to a shell as if it were
 * pasted, and the shell has to print the block of "text" behind it. And the
 * manual's numbers for other languages.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/looptun.h>
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "readme.h"

#define SESSIONS 4

static const char code[] = "```sh\n", text[] = "```text\n", end[] = "\n```\n";

/* A block of lines, its last newline with it. */
struct block {
	const char *at;
	size_t len;
};

/* The first block behind @from that begins with @fence; false if there is none. */
static bool find_block(const char *from, const char *fence, struct block *block)
{
	const char *to;

	block->at = strstr(from, fence);
	if (!block->at)
		return false;
	block->at += strlen(fence);
	to = strstr(block->at, end);
	if (!to)
		return false;
	block->len = to + 1 - block->at;
	return true;
}

/* What a shell prints that gets @script on its standard input. */
static size_t paste(const struct block *script, char *output, size_t size)
{
	FILE *file = fopen("/tmp/session", "w");
	size_t len;

	fwrite(script->at, 1, script->len, file);
	fclose(file);
	file = popen("PATH=/bin sh </tmp/session 2>&1", "r");
	len = fread(output, 1, size, file);
	pclose(file);
	return len;
}

static void session(struct __test_metadata *_metadata, int number)
{
	static char output[4096];
	const char *from = readme;
	struct block script, wanted;
	size_t len;

	do {
		ASSERT_TRUE(find_block(from, code, &script));
		from = script.at + script.len;
	} while (number--);
	ASSERT_TRUE(find_block(from, text, &wanted));
	/* Directly behind it. */
	ASSERT_EQ(from + strlen("```\n\n") + strlen(text), wanted.at);
	len = paste(&script, output, sizeof(output));
	EXPECT_EQ(wanted.len, len);
	EXPECT_EQ(0, memcmp(output, wanted.at, wanted.len))
		TH_LOG("it printed: %.*s", (int)len, output);
}

TEST(ping)
{
	session(_metadata, 0);
}

TEST(write_fails)
{
	session(_metadata, 1);
}

TEST(capture_and_replay)
{
	session(_metadata, 2);
}

TEST(python)
{
	session(_metadata, 3);
}

TEST(every_session_is_run)
{
	const char *from = readme;
	struct block script;
	int count = 0;

	for (; find_block(from, code, &script); count++)
		from = script.at + script.len;
	EXPECT_EQ(SESSIONS, count);
}

/* looptun.rst, "Numbers for other languages". */
TEST(numbers)
{
	EXPECT_EQ(0xd700, LOOPTUN_OPEN_WIRE);
	EXPECT_EQ(0x1, LOOPTUN_WIRE_VNET);
	EXPECT_EQ(0x800, O_NONBLOCK);
	EXPECT_EQ(0x80000, O_CLOEXEC);
	EXPECT_EQ(0x400454ca, TUNSETIFF);
	EXPECT_EQ(0x0001, IFF_TUN);
	EXPECT_EQ(0x0002, IFF_TAP);
	EXPECT_EQ(0x1000, IFF_NO_PI);
	EXPECT_EQ(0x4000, IFF_VNET_HDR);
	EXPECT_EQ(0x0001, TUN_PKT_STRIP);
	EXPECT_EQ(sizeof(long) == 8 ? 40 : 32, sizeof(struct ifreq));
	EXPECT_EQ(16, offsetof(struct ifreq, ifr_flags));
	EXPECT_EQ(2, offsetof(struct tun_pi, proto));
	EXPECT_EQ(4, sizeof(struct tun_pi));
	EXPECT_EQ(1, offsetof(struct virtio_net_hdr, gso_type));
	EXPECT_EQ(2, offsetof(struct virtio_net_hdr, hdr_len));
	EXPECT_EQ(4, offsetof(struct virtio_net_hdr, gso_size));
	EXPECT_EQ(6, offsetof(struct virtio_net_hdr, csum_start));
	EXPECT_EQ(8, offsetof(struct virtio_net_hdr, csum_offset));
	EXPECT_EQ(10, sizeof(struct virtio_net_hdr));
}

/* Nothing of a session is left for the next. */
TEST(no_tunnel_left)
{
	struct stat st;

	EXPECT_EQ(-1, stat("/sys/kernel/debug/looptun/tun0", &st));
	EXPECT_EQ(-1, stat("/sys/kernel/debug/looptun/tun1", &st));
}

TEST_HARNESS_MAIN
