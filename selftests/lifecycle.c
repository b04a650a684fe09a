// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading the module, and its parameters. Every test begins
 * without the module and leaves it loaded as it was found.
 */
#include <linux/filter.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define NODE "/dev/looptun"
#define TUN_NODE "/dev/net/tun"

static __u8 data[128], got[256];

FIXTURE(lifecycle) { int unused; };

FIXTURE_SETUP(lifecycle)
{
	int ret = lt_unload("looptun");

	ASSERT_TRUE(!ret || ret == -ENOENT)
		TH_LOG("cannot unload: %s", strerror(-ret));
}

FIXTURE_TEARDOWN(lifecycle)
{
	lt_unload("tun");
	lt_unload("looptun");
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static void expect_nothing_left(struct __test_metadata *_metadata)
{
	EXPECT_FALSE(exists(NODE));
	EXPECT_FALSE(exists(LT_DEBUGFS));
	EXPECT_FALSE(exists("/sys/module/looptun"));
	EXPECT_FALSE(exists("/sys/class/misc/looptun"));
}

/* A tunnel on that node carries a datagram both ways. */
static void expect_works(struct __test_metadata *_metadata, const char *node)
{
	char name[IFNAMSIZ] = "life%d";
	int fd = open(node, O_RDWR | O_NONBLOCK);
	int inject, sent;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	inject = lt_control(name, "inject", O_WRONLY | O_NONBLOCK);
	sent = lt_control(name, "sent", O_RDONLY | O_NONBLOCK);
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(60, lt_write(inject, data, 60));
	EXPECT_EQ(60, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, 60));
	EXPECT_EQ(60, lt_write(fd, data, 60));
	EXPECT_EQ(60, lt_read(sent, got, sizeof(got)));
	close(sent);
	close(inject);
	close(fd);
}

TEST_F(lifecycle, ten_times)
{
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, lt_load(LT_MODULE, ""));
		EXPECT_TRUE(exists(NODE));
		EXPECT_TRUE(exists(LT_DEBUGFS "/version"));
		expect_works(_metadata, NODE);
		ASSERT_EQ(0, lt_unload("looptun"));
		expect_nothing_left(_metadata);
	}
}

TEST_F(lifecycle, refused_while_open)
{
	char name[IFNAMSIZ] = "open%d";
	int fd, copy;

	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	fd = lt_open(0);
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	copy = dup(fd);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	close(copy);
	EXPECT_EQ(0, lt_unload("looptun"));
	expect_nothing_left(_metadata);
}

/* What rules hold back goes with the tunnel, and its timers and workers do. */
TEST_F(lifecycle, unloads_after_delays)
{
	char name[IFNAMSIZ] = "held%d";
	int fd, inject, i;

	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	inject = lt_control(name, "inject", O_WRONLY);
	ASSERT_LT(0, lt_control_write(name, "faults",
				      "dir=rx delay=50us jitter=50us times=20\n"
				      "dir=tx delay=50us jitter=50us times=20\n"
				      "dir=rx delay=3000s skip=20\n"
				      "dir=tx reorder=100 skip=20"));
	lt_datagram(data, 60, 4, 1);
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(60, lt_write(inject, data, 60));
		ASSERT_EQ(60, lt_write(fd, data, 60));
	}
	close(inject);
	close(fd);
	EXPECT_EQ(0, lt_unload("looptun"));
	expect_nothing_left(_metadata);
}

/* An open control file runs the module's code also after its tunnel. */
TEST_F(lifecycle, refused_while_control_open)
{
	char name[IFNAMSIZ] = "control%d";
	int fd, sent, version;

	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	fd = lt_attach(name, IFF_TUN, 0);
	sent = lt_control(name, "sent", O_RDONLY);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	EXPECT_EQ(-ENODEV, lt_read(sent, got, sizeof(got)));
	close(sent);
	version = open(LT_DEBUGFS "/version", O_RDONLY);
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	close(version);
	EXPECT_EQ(0, lt_unload("looptun"));
	expect_nothing_left(_metadata);
}

TEST_F(lifecycle, refused_while_persistent)
{
	char name[IFNAMSIZ] = "keep%d";
	int fd;

	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	EXPECT_EQ(9, lt_create("keeps tun"));
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	EXPECT_EQ(1, lt_delete("keeps"));
	EXPECT_EQ(0, lt_unload("looptun"));

	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	fd = lt_attach(name, IFF_TUN, 0);
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, lt_unload("looptun"));
	fd = lt_attach(name, IFF_TUN, 0);
	EXPECT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, 0));
	close(fd);
	EXPECT_EQ(0, lt_unload("looptun"));
	expect_nothing_left(_metadata);
}

/* The node that programs have built in. */
TEST_F(lifecycle, node_of_tun)
{
	struct stat st;

	ASSERT_FALSE(exists(TUN_NODE));
	ASSERT_EQ(0, lt_load(LT_MODULE, "node=net/tun"));
	EXPECT_FALSE(exists(NODE));
	ASSERT_EQ(0, stat(TUN_NODE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(10, major(st.st_rdev));
	EXPECT_EQ(200, minor(st.st_rdev));
	expect_works(_metadata, TUN_NODE);
	EXPECT_EQ(0, lt_unload("looptun"));
	EXPECT_FALSE(exists(TUN_NODE));
	expect_nothing_left(_metadata);
}

/* tun.c was first: its node stays its own. */
TEST_F(lifecycle, node_of_tun_taken)
{
	int fd;

	ASSERT_EQ(0, lt_load(LT_TUN_MODULE, ""));
	EXPECT_EQ(-EBUSY, lt_load(LT_MODULE, "node=net/tun"));
	expect_nothing_left(_metadata);
	fd = open(TUN_NODE, O_RDWR);
	EXPECT_LE(0, fd);
	close(fd);
	/* Side by side otherwise. */
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
	expect_works(_metadata, NODE);
	EXPECT_EQ(0, lt_unload("tun"));
	EXPECT_EQ(0, lt_unload("looptun"));
	EXPECT_EQ(0, lt_load(LT_MODULE, "node=net/tun"));
	expect_works(_metadata, TUN_NODE);
}

/*
 * What of ours RCU has yet to free, a filter's socket among it, is waited for by
 * the exit; it does not keep the module. tun.c is never refused here.
 */
TEST_F(lifecycle, unload_after_filter)
{
	struct sock_filter code = { BPF_RET | BPF_K, 0, 0, 0xffff };
	struct sock_fprog filter = { 1, &code };
	int rounds = lt_kernel_debugs() ? 5 : 10, round, refused = 0, fd;
	char name[IFNAMSIZ];

	for (round = 0; round < rounds; round++) {
		/* It is there still where it was refused. */
		lt_load(LT_MODULE, "");
		strcpy(name, "filtered");
		fd = lt_attach(name, IFF_TAP | IFF_NO_PI, O_NONBLOCK);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, lt_ioctl(fd, TUNATTACHFILTER, &filter));
		close(fd);
		refused += lt_unload("looptun") != 0;
	}
	EXPECT_EQ(0, refused)
		TH_LOG("refused %d of %d times", refused, round);
	while (lt_unload("looptun") == -EWOULDBLOCK)
		sched_yield();
}

/*
 * What a namespace that ends has in it lets the module go before the end is through:
 * the module waits for that, and rtnl is free again.
 */
TEST_F(lifecycle, unload_as_namespace_ends)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int rounds = lt_kernel_debugs() ? 5 : 20, round;
	long ret;

	for (round = 0; round < rounds; round++) {
		ASSERT_EQ(0, lt_load(LT_MODULE, "netdev=1"));
		ASSERT_EQ(0, unshare(CLONE_NEWNET));
		ASSERT_LT(0, lt_create("ends tun"));
		ASSERT_EQ(0, setns(home, CLONE_NEWNET));
		while ((ret = lt_unload("looptun")) == -EWOULDBLOCK)
			;
		ASSERT_EQ(0, ret);
		expect_nothing_left(_metadata);
	}
	close(home);
}

TEST_F(lifecycle, parameters_refused)
{
	static const char *const rows[] = {
		"node=", "node", "node=tun", "node=net/tunx", "node=looptun2",
		"node=/dev/looptun", "ring_kib=0", "ring_kib=63",
		"ring_kib=65", "ring_kib=32", "ring_kib=100", "ring_kib=65535",
		"ring_kib=131072", "ring_kib=-64", "ring_kib=x", "ring_kib=",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, lt_load(LT_MODULE, rows[i]))
			TH_LOG("%s", rows[i]);
		lt_unload("looptun");
		expect_nothing_left(_metadata);
	}
}

static void expect_ring_kib(struct __test_metadata *_metadata, const char *name,
			    const char *line)
{
	char text[16];

	ASSERT_LT(0, lt_read_file(RING_KIB, text, sizeof(text)));
	EXPECT_STREQ(line + strlen("ring_kib "), strtok(text, "\n"));
	EXPECT_TRUE(lt_state_has(name, line));
}

/* For the tunnels made from then on. */
TEST_F(lifecycle, ring_kib)
{
	static const char *const refused[] = { "0", "63", "65", "131072", "",
					       "many" };
	char first[IFNAMSIZ] = "ring%d", second[IFNAMSIZ] = "ring%d";
	int fds[2];
	size_t i;

	ASSERT_EQ(0, lt_load(LT_MODULE, "ring_kib=65536"));
	fds[0] = lt_attach(first, IFF_TUN, 0);
	ASSERT_LE(0, fds[0]);
	expect_ring_kib(_metadata, first, "ring_kib 65536");
	EXPECT_EQ(2, lt_write_file(RING_KIB, "64"));
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		/* Nothing to write never reaches the parameter. */
		EXPECT_EQ(refused[i][0] ? -EINVAL : 0,
			  lt_write_file(RING_KIB, refused[i]))
			TH_LOG("refused[%zu]", i);
	}
	fds[1] = lt_attach(second, IFF_TUN, 0);
	ASSERT_LE(0, fds[1]);
	expect_ring_kib(_metadata, second, "ring_kib 64");
	EXPECT_TRUE(lt_state_has(first, "ring_kib 65536"));
	close(fds[0]);
	close(fds[1]);
}

TEST_HARNESS_MAIN
