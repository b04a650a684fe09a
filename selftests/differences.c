// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs from tun.c, and is to: a test for each item of the list in the
 * manual, by its number there.
 */
#include <grp.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 1000
#define TUN_MAJOR 10
#define TUN_MINOR 200

FIXTURE(differences) {
	struct lt_tunnel t;
	__u8 data[LEN + 1];
	__u8 got[LEN + 1];
};

FIXTURE_VARIANT(differences) {
	int flags;
};

FIXTURE_VARIANT_ADD(differences, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(differences, tap) { .flags = IFF_TAP | IFF_NO_PI };

FIXTURE_SETUP(differences)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	lt_datagram(self->data, LEN, 4, 1);
}

FIXTURE_TEARDOWN(differences)
{
	lt_tunnel_close(&self->t);
}

static bool is_listed(const char *name)
{
	struct if_nameindex *list = if_nameindex(), *entry;
	bool found = false;

	for (entry = list; entry && entry->if_name; entry++)
		found |= !strcmp(entry->if_name, name);
	if_freenameindex(list);
	return found;
}

/* 1: the name is that of a tunnel, and of no network interface. */
TEST_F(differences, no_interface)
{
	static const unsigned long requests[] = {
		SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCGIFINDEX, SIOCGIFMTU,
		SIOCGIFHWADDR, SIOCGIFADDR, SIOCSIFADDR,
	};
	int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct ifreq ifr;
	size_t i;

	/* That this is how an interface is found. */
	EXPECT_NE(0, if_nametoindex("lo"));
	EXPECT_TRUE(is_listed("lo"));
	strcpy(ifr.ifr_name, "lo");
	EXPECT_EQ(0, lt_ioctl(raw, SIOCGIFFLAGS, &ifr));

	EXPECT_EQ(0, if_nametoindex(self->t.name));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_FALSE(is_listed(self->t.name));
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		memset(&ifr, 0, sizeof(ifr));
		strcpy(ifr.ifr_name, self->t.name);
		ifr.ifr_addr.sa_family = AF_INET;
		EXPECT_EQ(-ENODEV, lt_ioctl(raw, requests[i], &ifr))
			TH_LOG("request %#lx", requests[i]);
	}
	close(raw);
}

/* 2: nobody has to take the link up. */
TEST_F(differences, up_at_once)
{
	EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(LEN, lt_write(self->t.fd, self->data, LEN));
	EXPECT_EQ(LEN, lt_read(self->t.sent, self->got, sizeof(self->got)));
	EXPECT_EQ(0, memcmp(self->data, self->got, LEN));
	EXPECT_TRUE(lt_state_has(self->t.name, "link up"));
	EXPECT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, self->data, LEN));
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
}

/* Every capability out of every set, in a namespace where root had them. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { };

	return syscall(SYS_capset, &header, none);
}

/*
 * What opening the node and TUNSETIFF give to that user without capabilities:
 * 0 or minus errno. The tunnel stays if @persist.
 */
static int attach_as(uid_t uid, const char *tunnel, int flags, bool persist)
{
	char name[IFNAMSIZ] = "";
	pid_t pid = fork();
	int status, ret;

	if (!pid) {
		strcpy(name, tunnel);
		if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid) || drop_capabilities())
			_exit(255);
		ret = lt_attach(name, flags, O_NONBLOCK);
		if (ret >= 0 && persist)
			ret = lt_ioctl(ret, TUNSETPERSIST, (void *)1);
		_exit(ret < 0 ? -ret : 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

/* 3: whoever can open the node can make a tunnel, and has it for himself. */
TEST_F(differences, no_capability)
{
	const char *name = variant->flags & IFF_TUN ? "nocap0" : "nocap1";
	int flags = variant->flags;
	struct stat node;

	ASSERT_EQ(0, stat(lt_device(), &node));
	EXPECT_EQ(0, chmod(lt_device(), 0600));
	EXPECT_EQ(-EACCES, attach_as(1000, name, flags, false));
	EXPECT_EQ(0, chmod(lt_device(), 0666));
	EXPECT_EQ(0, attach_as(1000, name, flags, true));
	EXPECT_TRUE(lt_state_has(name, "creator 1000"));
	EXPECT_EQ(0, attach_as(1000, name, flags, false));
	/* tun.c of some kernels lets everybody in where no owner is set. */
	EXPECT_EQ(-EPERM, attach_as(1001, name, flags, false));
	/* Root is somebody else too, without CAP_NET_ADMIN. */
	EXPECT_EQ(-EPERM, attach_as(0, name, flags, false));
	EXPECT_EQ(0, chmod(lt_device(), node.st_mode & 07777));
	EXPECT_EQ(1, lt_delete(name));
}

/* 4: nothing is dropped; the last datagram waits for the first to be read. */
TEST_F(differences, full_ring_waits)
{
	int inject = lt_control(self->t.name, "inject_frame", O_WRONLY);
	struct lt_call call;
	__u8 last[LEN];
	int count = 0, i;

	while (lt_write(self->t.inject, self->data, LEN) == LEN)
		lt_datagram(self->data, LEN, 4, ++count + 1);
	EXPECT_LT(1, count);
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, self->data, LEN));
	memcpy(last, self->data, LEN);
	ASSERT_EQ(0, lt_call_write(&call, inject, last, LEN));
	EXPECT_EQ(0, lt_call_blocked(&call));
	for (i = 0; i <= count; i++) {
		if (i == 1)
			EXPECT_EQ(LEN, lt_call_end(&call));
		EXPECT_EQ(LEN, lt_read(self->t.fd, self->got,
				       sizeof(self->got)));
		lt_datagram(self->data, LEN, 4, i + 1);
		ASSERT_EQ(0, memcmp(self->data, self->got, LEN))
			TH_LOG("datagram %d", i);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, self->got, sizeof(self->got)));
	EXPECT_EQ(count + 1, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "inject_dropped"));
	close(inject);
}

/* 4: as on the real device, where a length is asked for. */
TEST_F(differences, txqueuelen_drops)
{
	int i;

	ASSERT_EQ(1, lt_control_write(self->t.name, "txqueuelen", "5"));
	for (i = 0; i < 8; i++) {
		lt_datagram(self->data, LEN, 4, i);
		EXPECT_EQ(LEN, lt_write(self->t.inject, self->data, LEN));
	}
	for (i = 0; i < 5; i++) {
		lt_datagram(self->data, LEN, 4, i);
		EXPECT_EQ(LEN, lt_read(self->t.fd, self->got,
				       sizeof(self->got)));
		EXPECT_EQ(0, memcmp(self->data, self->got, LEN));
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, self->got, sizeof(self->got)));
	EXPECT_EQ(5, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(3, lt_stat(self->t.name, "inject_dropped"));
}

/* 5: a character device of the same major number and another minor one. */
TEST_F(differences, minor_number)
{
	struct stat st, node;

	ASSERT_EQ(0, fstat(self->t.fd, &st));
	ASSERT_EQ(0, stat(lt_device(), &node));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(node.st_rdev, st.st_rdev);
	EXPECT_EQ(TUN_MAJOR, major(st.st_rdev));
	EXPECT_NE(TUN_MINOR, minor(st.st_rdev));
}

TEST_HARNESS_MAIN
