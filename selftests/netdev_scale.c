// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many companion interfaces, that end at once with their namespace: the kernel's
 * one call for that many. An open file would hold the namespace, so the test makes
 * the tunnels: LOOPTUN_COMPANIONS, or 1,000. The debug kernel keeps memory for itself
 * and gets 256.
 */
#include <linux/if.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* Milliseconds for a thing that has thousands of steps. */
#define LATER (12 * LT_SOON)

static long flags_of(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { };
	long ret;

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	ret = lt_ret(ioctl(fd, SIOCGIFFLAGS, &ifr)) ?: (__u16)ifr.ifr_flags;
	close(fd);
	return ret;
}

/* Each holds the module until its turn has come. */
static int unload(void)
{
	int ret, tries;

	for (tries = 0; tries < LATER; tries += 10) {
		ret = lt_unload("looptun");
		if (ret != -EWOULDBLOCK)
			break;
		poll(NULL, 0, 10);
	}
	return ret;
}

FIXTURE(netdev_scale) {
	int home;
};

FIXTURE_SETUP(netdev_scale)
{
	self->home = open("/proc/self/ns/net", O_RDONLY);
	lt_unload("looptun");
	ASSERT_EQ(0, lt_load(LT_MODULE, "netdev=1"));
}

FIXTURE_TEARDOWN(netdev_scale)
{
	EXPECT_EQ(0, setns(self->home, CLONE_NEWNET));
	EXPECT_EQ(0, unload());
	lt_write_file("/sys/kernel/rcu_expedited", "0");
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

TEST_F_TIMEOUT(netdev_scale, namespace_ends, 220)
{
	const char *companions = getenv("LOOPTUN_COMPANIONS");
	int count = companions ? atoi(companions) : 1000, i, fd;
	char directory[64], last[IFNAMSIZ];
	struct stat st;

	if (lt_kernel_debugs())
		count = 64;
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	/* What takes time is the kernel's: addresses, and a grace period for each. */
	lt_write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	lt_write_file("/sys/kernel/rcu_expedited", "1");
	ASSERT_EQ(0, stat("/proc/self/ns/net", &st));
	for (i = 0; i < count; i++)
		ASSERT_EQ(10, lt_create("many%d tun"))
			TH_LOG("companion %d", i);
	snprintf(last, sizeof(last), "many%d", count - 1);
	EXPECT_EQ(IFF_UP, flags_of(last) & IFF_UP);
	snprintf(directory, sizeof(directory), "%lu:%s",
		 (unsigned long)st.st_ino, last);
	fd = lt_control(directory, "inject", O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setns(self->home, CLONE_NEWNET));
	EXPECT_EQ(POLLERR | POLLHUP, lt_poll(fd, 0, LATER));
	close(fd);
}

TEST_HARNESS_MAIN
