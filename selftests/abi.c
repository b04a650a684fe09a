// SPDX-License-Identifier: GPL-2.0-only
/*
 * The character device as a file: open, the order in which ioctls are
 * refused, what the VFS offers, fdinfo. TUNSETIFF has its own program, attach.
 */
#include <linux/fs.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"

/* Beyond user space. */
#define BAD ((void *)-4096L)

static __u8 data[128], got[256];

/* The value of a line "key:\tvalue" in the descriptor's fdinfo. */
static const char *fd_info(int fd, const char *key)
{
	static char text[1024];
	size_t len = strlen(key);
	char path[64], *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (lt_read_file(path, text, sizeof(text)) < 0)
		return "unreadable";
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, key, len) && !strncmp(line + len, ":\t", 2))
			return line + len + 2;
	return "missing";
}

TEST(open_flags)
{
	static const struct {
		int oflags, ret;
	} rows[] = {
		{ O_NONBLOCK, 0 },	   { O_CLOEXEC, 0 },
		{ O_APPEND, 0 },	   { O_TRUNC, 0 },
		{ O_CREAT, 0 },		   { O_CREAT | O_EXCL, -EEXIST },
		{ O_DIRECTORY, -ENOTDIR }, { O_DIRECT, -EINVAL },
	};
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ret = lt_ret(open(lt_device(), O_RDWR | rows[i].oflags, 0600));
		EXPECT_EQ(rows[i].ret, ret < 0 ? ret : 0)
			TH_LOG("flags %#o", rows[i].oflags);
		if (ret >= 0)
			EXPECT_EQ(0, close(ret));
	}
}

TEST(stat_device)
{
	struct stat st;
	int fd = lt_open(0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0, st.st_size);
}

/* One direction only: the VFS refuses the other. */
TEST(one_way)
{
	char name[IFNAMSIZ] = "ro%d", name2[IFNAMSIZ] = "wo%d";
	int in = open(lt_device(), O_RDONLY | O_NONBLOCK);
	int out = open(lt_device(), O_WRONLY | O_NONBLOCK);
	int path = open(lt_device(), O_PATH);

	EXPECT_EQ(0, lt_setiff(in, name, IFF_TUN | IFF_NO_PI));
	EXPECT_EQ(0, lt_setiff(out, name2, IFF_TUN | IFF_NO_PI));
	lt_datagram(data, 60, 4, 1);
	EXPECT_EQ(-EBADF, lt_write(in, data, 60));
	EXPECT_EQ(-EAGAIN, lt_read(in, got, 60));
	EXPECT_EQ(-EBADF, lt_read(out, got, 60));
	EXPECT_EQ(60, lt_write(out, data, 60));
	EXPECT_EQ(-EBADF, lt_setiff(path, name, IFF_TUN));
}

/* Opening the link in /proc opens the device, not the open file. */
TEST(open_proc_fd)
{
	char name[IFNAMSIZ] = "proc%d", path[64];
	int fd = lt_attach(name, IFF_TUN, O_NONBLOCK);
	int other;

	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR);
	ASSERT_LE(0, other);
	EXPECT_EQ(-EBADFD, lt_read(other, got, 1));
}

TEST(detached)
{
	struct iovec iov[] = { { data, 0 }, { data, 0 } };
	int fd = lt_open(0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADFD, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(-EBADFD, lt_read(fd, got, 0));
	EXPECT_EQ(-EBADFD, lt_read(fd, NULL, 10));
	EXPECT_EQ(LT_KERNEL_POINTER(-EBADFD), lt_read(fd, BAD, 10));
	EXPECT_EQ(-EBADFD, lt_write(fd, data, 60));
	EXPECT_EQ(-EBADFD, lt_write(fd, data, 0));
	EXPECT_EQ(-EBADFD, lt_write(fd, NULL, 10));
	EXPECT_EQ(LT_KERNEL_POINTER(-EBADFD), lt_write(fd, BAD, 10));
	EXPECT_EQ(0, lt_ret(readv(fd, iov, 2)));
	EXPECT_EQ(0, lt_ret(writev(fd, iov, 2)));
	EXPECT_EQ(-EBADFD, lt_ret(pread(fd, got, 10, 0)));
	EXPECT_EQ(-EINVAL, lt_ret(pread(fd, got, 10, -1)));
}

/* Numbers that are no ioctl of the device, or (0x89) of no device. */
static const unsigned long unknown[] = {
	0, 0x54ff, 0xffffffff, FIONREAD, 0x541b, 0x54c8, 0x400454ff,
	0x800454ff, SIOCGIFNAME, SIOCGIFFLAGS, SIOCSIFFLAGS, 0x89ff,
};

static bool takes_ifreq(unsigned long cmd)
{
	return (cmd & 0xff00) == 0x8900;
}

/* EFAULT for an ifreq comes first of all, then EBADFD. */
TEST(ioctl_detached)
{
	static const unsigned long known[] = {
		TUNSETNOCSUM, TUNSETDEBUG, TUNSETPERSIST, TUNSETOWNER,
		TUNSETLINK, TUNSETGROUP, TUNSETOFFLOAD, TUNSETTXFILTER,
		TUNGETIFF, TUNGETSNDBUF, TUNSETSNDBUF, TUNATTACHFILTER,
		TUNDETACHFILTER, TUNGETVNETHDRSZ, TUNSETVNETHDRSZ, TUNGETFILTER,
		TUNSETVNETLE, TUNGETVNETLE, TUNSETVNETBE, TUNGETVNETBE,
		TUNSETSTEERINGEBPF, TUNSETFILTEREBPF, TUNSETCARRIER,
		TUNGETDEVNETNS,
	};
	int fd = lt_open(0);
	size_t i;

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		EXPECT_EQ(-EBADFD, lt_ioctl(fd, known[i], data))
			TH_LOG("ioctl %#lx", known[i]);
		EXPECT_EQ(-EBADFD, lt_ioctl(fd, known[i], BAD))
			TH_LOG("ioctl %#lx", known[i]);
	}
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_EQ(-EBADFD, lt_ioctl(fd, unknown[i], data))
			TH_LOG("ioctl %#lx", unknown[i]);
		EXPECT_EQ(takes_ifreq(unknown[i]) ? -EFAULT : -EBADFD,
			  lt_ioctl(fd, unknown[i], BAD))
			TH_LOG("ioctl %#lx", unknown[i]);
	}
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNSETIFF, BAD));
}

TEST(ioctl_attached)
{
	char name[IFNAMSIZ] = "ioctl%d";
	int fd = lt_attach(name, IFF_TUN, 0);
	size_t i;

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_EQ(-EINVAL, lt_ioctl(fd, unknown[i], data))
			TH_LOG("ioctl %#lx", unknown[i]);
		EXPECT_EQ(takes_ifreq(unknown[i]) ? -EFAULT : -EINVAL,
			  lt_ioctl(fd, unknown[i], BAD))
			TH_LOG("ioctl %#lx", unknown[i]);
	}
}

TEST(get_features)
{
	char name[IFNAMSIZ] = "features%d";
	unsigned int features = 0;
	int fd = lt_open(0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETFEATURES, &features));
	EXPECT_EQ(lt_features(), features);
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNGETFEATURES, BAD));
	EXPECT_EQ(-EFAULT, lt_ioctl(fd, TUNGETFEATURES, NULL));
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETFEATURES, &features));
}

FIXTURE(file) {
	char name[IFNAMSIZ];
	int fd;
	int inject;
};

FIXTURE_SETUP(file)
{
	strcpy(self->name, "file%d");
	self->fd = lt_attach(self->name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->inject = lt_control(self->name, "inject", O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, self->inject);
	lt_datagram(data, 60, 4, 1);
}

FIXTURE_TEARDOWN(file)
{
	close(self->inject);
	close(self->fd);
}

TEST_F(file, no_seek)
{
	int whence;

	for (whence = SEEK_SET; whence <= SEEK_HOLE; whence++)
		EXPECT_EQ(-ESPIPE, lt_ret(lseek(self->fd, 0, whence)));
	EXPECT_EQ(-EINVAL, lt_ret(lseek(self->fd, 0, 77)));
}

TEST_F(file, no_mapping)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE };
	void *mapped;
	int i;

	for (i = 0; i < 2; i++) {
		mapped = mmap(NULL, 4096, PROT_READ, flags[i], self->fd, 0);
		EXPECT_TRUE(mapped == MAP_FAILED);
		EXPECT_EQ(ENODEV, errno);
	}
}

TEST_F(file, not_a_regular_file)
{
	EXPECT_EQ(-EINVAL, lt_ret(fsync(self->fd)));
	EXPECT_EQ(-EINVAL, lt_ret(fdatasync(self->fd)));
	EXPECT_EQ(-EINVAL, lt_ret(ftruncate(self->fd, 0)));
	EXPECT_EQ(-EINVAL, lt_ret(readahead(self->fd, 0, 1)));
	EXPECT_EQ(-ENODEV, lt_ret(fallocate(self->fd, 0, 0, 1)));
	EXPECT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_NORMAL));
	EXPECT_EQ(-ESPIPE, lt_ret(sync_file_range(self->fd, 0, 0, 0)));
	EXPECT_EQ(-EINVAL, lt_ret(fcntl(self->fd, F_SETLEASE, F_RDLCK)));
	EXPECT_EQ(-ENOTTY, lt_ioctl(self->fd, FIOQSIZE, got));
}

TEST_F(file, not_a_socket)
{
	socklen_t len = sizeof(got);

	EXPECT_EQ(-ENOTSOCK, lt_ret(recv(self->fd, got, 1, 0)));
	EXPECT_EQ(-ENOTSOCK, lt_ret(getsockname(self->fd, (void *)got, &len)));
	EXPECT_EQ(-ENOTSOCK, lt_ret(getsockopt(self->fd, SOL_SOCKET, SO_TYPE,
					       got, &len)));
}

TEST_F(file, no_splice)
{
	int pipes[2], file;
	off_t offset = 0;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(60, lt_write(pipes[1], data, 60));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(-EINVAL, lt_ret(splice(self->fd, NULL, pipes[1], NULL, 60,
					 0)));
	EXPECT_EQ(-EINVAL, lt_ret(splice(pipes[0], NULL, self->fd, NULL, 60,
					 0)));
	EXPECT_EQ(-EINVAL, lt_ret(tee(self->fd, pipes[1], 60, 0)));
	file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	ASSERT_LE(0, file);
	ASSERT_EQ(60, lt_write(file, data, 60));
	EXPECT_EQ(-EINVAL, lt_ret(sendfile(self->fd, file, &offset, 60)));
	EXPECT_EQ(-EINVAL, lt_ret(sendfile(file, self->fd, NULL, 60)));
	EXPECT_EQ(-EINVAL, lt_ret(copy_file_range(self->fd, NULL, file, NULL,
						  60, 0)));
	EXPECT_EQ(60, lt_read(self->fd, got, sizeof(got)));
}

TEST_F(file, preadv2_flags)
{
	struct iovec iov = { got, sizeof(got) };
	bool nowait = lt_kernel_at_least(6, 4);

	EXPECT_EQ(nowait ? -EAGAIN : -EOPNOTSUPP,
		  lt_ret(preadv2(self->fd, &iov, 1, -1, RWF_NOWAIT)));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(nowait ? 60 : -EOPNOTSUPP,
		  lt_ret(preadv2(self->fd, &iov, 1, -1, RWF_NOWAIT)));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(-EOPNOTSUPP, lt_ret(preadv2(self->fd, &iov, 1, -1, 1 << 30)));
	EXPECT_EQ(60, lt_ret(preadv2(self->fd, &iov, 1, -1, RWF_HIPRI)));
	iov.iov_len = 60;
	memcpy(got, data, 60);
	EXPECT_EQ(nowait ? 60 : -EOPNOTSUPP,
		  lt_ret(pwritev2(self->fd, &iov, 1, -1, RWF_NOWAIT)));
	EXPECT_EQ(60, lt_ret(pwritev2(self->fd, &iov, 1, -1, RWF_HIPRI)));
}

/* A read leaves its result as the position; nothing else does. */
TEST_F(file, position)
{
	EXPECT_STREQ("0", fd_info(self->fd, "pos"));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(40, lt_read(self->fd, got, 40));
	EXPECT_STREQ("40", fd_info(self->fd, "pos"));
	EXPECT_EQ(60, lt_write(self->fd, data, 60));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, 40));
	EXPECT_STREQ("40", fd_info(self->fd, "pos"));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(60, lt_ret(pread(self->fd, got, 100, 5)));
	EXPECT_STREQ("40", fd_info(self->fd, "pos"));
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	EXPECT_EQ(60, lt_read(self->fd, got, 100));
	EXPECT_STREQ("60", fd_info(self->fd, "pos"));
}

TEST_F(file, fdinfo)
{
	int fd = lt_open(0);

	EXPECT_STREQ(self->name, fd_info(self->fd, "iff"));
	EXPECT_STREQ("", fd_info(fd, "iff"));
	ASSERT_EQ(1, lt_delete(self->name));
	EXPECT_STREQ("", fd_info(self->fd, "iff"));
	close(fd);
}

/* An open file may go to another process by a socket. */
TEST_F(file, passed_by_socket)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { got, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &self->fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &msg, 0));
	/* In flight it keeps the tunnel. */
	close(self->fd);
	ASSERT_EQ(60, lt_write(self->inject, data, 60));
	ASSERT_EQ(1, recvmsg(pair[1], &msg, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	EXPECT_EQ(60, lt_read(fd, got, sizeof(got)));
	close(fd);
	EXPECT_EQ(-ENODEV, lt_write(self->inject, data, 60));
}

TEST_HARNESS_MAIN
