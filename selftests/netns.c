// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names belong to a network namespace: that in which the file was opened. A
 * namespace that ends takes its tunnels along.
 */
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define HERE "/proc/self/ns/net"

static __u8 data[64], got[256];

/* The control directory of @name in the network namespace of @path. */
static void directory(char *tunnel, size_t size, const char *path,
		      const char *name)
{
	struct stat st;

	if (stat(path, &st))
		st.st_ino = 0;
	snprintf(tunnel, size, "%lu:%s", (unsigned long)st.st_ino, name);
}

static bool tunnel_exists(const char *tunnel)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, ".");
	return !access(path, F_OK);
}

/* What is injected into that tunnel is read from @fd, and sent back. */
static void expect_traffic(struct __test_metadata *_metadata,
			   const char *tunnel, int fd, int seed)
{
	int inject = lt_control(tunnel, "inject", O_WRONLY | O_NONBLOCK);
	int sent = lt_control(tunnel, "sent", O_RDONLY | O_NONBLOCK);

	lt_datagram(data, 60, 4, seed);
	EXPECT_EQ(60, lt_write(inject, data, 60));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(60, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, 60));
	EXPECT_EQ(60, lt_write(fd, data, 60));
	EXPECT_EQ(60, lt_read(sent, got, sizeof(got)));
	EXPECT_EQ(-EAGAIN, lt_read(sent, got, sizeof(got)));
	close(inject);
	close(sent);
}

TEST(same_name)
{
	char name[IFNAMSIZ] = "same", there[64], elsewhere[64];
	int home = open(HERE, O_RDONLY);
	int fds[3];

	ASSERT_LE(0, home);
	fds[0] = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	directory(there, sizeof(there), HERE, name);
	fds[1] = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	EXPECT_EQ(-EBUSY, lt_attach(name, IFF_TUN, 0));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	directory(elsewhere, sizeof(elsewhere), HERE, name);
	fds[2] = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	EXPECT_STRNE(there, elsewhere);

	expect_traffic(_metadata, "same", fds[0], 1);
	expect_traffic(_metadata, there, fds[1], 2);
	expect_traffic(_metadata, elsewhere, fds[2], 3);
	/* Deleting one leaves the others. */
	EXPECT_EQ(1, lt_delete(there));
	EXPECT_EQ(-EBADFD, lt_read(fds[1], got, sizeof(got)));
	expect_traffic(_metadata, "same", fds[0], 4);
	expect_traffic(_metadata, elsewhere, fds[2], 5);
	close(fds[2]);
	EXPECT_FALSE(tunnel_exists(elsewhere));
	EXPECT_TRUE(tunnel_exists("same"));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	EXPECT_EQ(-EBUSY, lt_attach(name, IFF_TUN, 0));
}

/* Numbers for patterns are taken in each namespace for itself. */
TEST(patterns)
{
	char first[IFNAMSIZ] = "pat%d", second[IFNAMSIZ] = "pat%d";

	ASSERT_LE(0, lt_attach(first, IFF_TUN, 0));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_LE(0, lt_attach(second, IFF_TUN, 0));
	EXPECT_STREQ(first, second);
}

/* The opener's namespace counts, not the caller's of TUNSETIFF. */
TEST(of_the_opener)
{
	char name[IFNAMSIZ] = "opener%d", there[64];
	int fd = lt_open(O_NONBLOCK);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	directory(there, sizeof(there), HERE, name);
	EXPECT_FALSE(tunnel_exists(there));
	expect_traffic(_metadata, name, fd, 1);

	/* The same from one that is not the first, to another. */
	fd = lt_open(O_NONBLOCK);
	ASSERT_LE(0, fd);
	directory(there, sizeof(there), HERE, "second");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, lt_setiff(fd, strcpy(name, "second"),
			       IFF_TUN | IFF_NO_PI));
	expect_traffic(_metadata, there, fd, 2);
}

TEST(create)
{
	char there[64];

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(7, lt_create("net tun"));
	directory(there, sizeof(there), HERE, "net");
	EXPECT_TRUE(tunnel_exists(there));
	EXPECT_FALSE(tunnel_exists("net"));
	EXPECT_EQ(-EEXIST, lt_create("net tun"));
	EXPECT_EQ(1, lt_delete(there));
	EXPECT_EQ(7, lt_create("net tun"));
	EXPECT_EQ(1, lt_delete(there));
}

/* A child in a namespace of its own, with a persistent tunnel "end". */
static pid_t start_namespace(int *ready)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNET) || lt_create("end tun") != 7)
			_exit(1);
		lt_write(pipes[1], "", 1);
		pause();
		_exit(0);
	}
	close(pipes[1]);
	*ready = pipes[0];
	return pid;
}

/* Its tunnels end with it; files that are still open say so. */
TEST(namespace_ends)
{
	char path[64], tunnel[64];
	struct lt_call read_sent, inject;
	int fds[4], ready;
	pid_t pid = start_namespace(&ready);

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, lt_read(ready, got, 1));
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	directory(tunnel, sizeof(tunnel), path, "end");
	fds[0] = lt_control(tunnel, "sent", O_RDONLY);
	fds[1] = lt_control(tunnel, "inject", O_WRONLY);
	fds[2] = lt_control(tunnel, "link", O_RDWR);
	fds[3] = lt_control(tunnel, "stats", O_RDONLY);
	ASSERT_LE(0, fds[3]);

	ASSERT_EQ(0, lt_call_read(&read_sent, fds[0], got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&read_sent));
	lt_datagram(data, 60, 4, 1);
	ASSERT_EQ(0, lt_call_write(&inject, fds[1], data, 60));
	ASSERT_EQ(0, lt_call_blocked(&inject));

	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(-ENODEV, lt_call_end(&read_sent));
	EXPECT_EQ(-ENODEV, lt_call_end(&inject));
	EXPECT_EQ(-ENODEV, lt_write(fds[2], "up", 2));
	EXPECT_LT(0, lt_read(fds[3], got, sizeof(got)));
	EXPECT_FALSE(tunnel_exists(tunnel));
}

/* An open file holds its namespace, and so the tunnel in it. */
TEST(namespace_held_by_file)
{
	char name[IFNAMSIZ] = "held", tunnel[64];
	int home = open(HERE, O_RDONLY), fd;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	directory(tunnel, sizeof(tunnel), HERE, name);
	fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	expect_traffic(_metadata, tunnel, fd, 1);
	close(fd);
	EXPECT_FALSE(tunnel_exists(tunnel));
}

/* A file that is closed holds none, whatever of it is delayed and has filters. */
TEST(namespace_not_held_by_delayed)
{
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 65535);
	const struct sock_fprog prog = { 1, &pass };
	char name[IFNAMSIZ] = "filtered", tunnel[64];
	int home = open(HERE, O_RDONLY), fd;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	directory(tunnel, sizeof(tunnel), HERE, name);
	fd = lt_attach(name, IFF_TAP | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1UL));
	ASSERT_EQ(0, lt_ioctl(fd, TUNATTACHFILTER, &prog));
	ASSERT_LT(0, lt_control_write(tunnel, "faults", "dir=tx delay=3000s"));
	lt_frame(data, 60, LT_IPV4, 1);
	ASSERT_EQ(60, lt_write(fd, data, 60));
	close(fd);
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	EXPECT_TRUE(lt_namespaces_gone());
	/* Where it is not. */
	if (tunnel_exists(tunnel))
		lt_delete(tunnel);
}

TEST_HARNESS_MAIN
