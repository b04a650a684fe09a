// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's memory is touched under no lock: while one call waits for a
 * page, which may take for ever, others open, attach, read, write and close.
 * userfaultfd(2) is who does not deliver the page.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "late.h"
#include "looptun.h"

#define LEN LATE_LEN

static __u8 data[128], got[1024];

/* Give it a page that begins with data[]. */
static long late_end(struct late *late)
{
	return late_give(late, data, sizeof(data));
}

/* What another program and its test do, from beginning to end. */
static void live(struct __test_metadata *_metadata)
{
	struct lt_tunnel t;
	int value = 5000;
	struct ifreq ifr;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_NO_PI, O_NONBLOCK));
	EXPECT_EQ(0, lt_ioctl(t.fd, TUNSETSNDBUF, &value));
	EXPECT_EQ(0, lt_ioctl(t.fd, TUNGETIFF, &ifr));
	lt_datagram(got, LEN, 4, 1);
	EXPECT_EQ(LEN, lt_write(t.inject, got, LEN));
	EXPECT_EQ(LEN, lt_read(t.fd, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_write(t.fd, got, LEN));
	EXPECT_EQ(LEN, lt_read(t.sent, got, sizeof(got)));
	EXPECT_TRUE(lt_state_has(t.name, "mode tun"));
	EXPECT_EQ(4, lt_control_write(t.name, "link", "down"));
	lt_tunnel_close(&t);
	EXPECT_EQ(11, lt_create("another tap"));
	EXPECT_EQ(1, lt_delete("another"));
}

FIXTURE(userfault) {
	struct lt_tunnel t;
	struct late late;
};

FIXTURE_SETUP(userfault)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, IFF_TAP | IFF_NO_PI, O_NONBLOCK));
	self->late.fd = self->t.fd;
	memset(data, 0, sizeof(data));
}

FIXTURE_TEARDOWN(userfault)
{
	lt_tunnel_close(&self->t);
}

/* Results with an argument of zeroes. */
static const struct {
	const char *name;
	unsigned long cmd;
	long ret;
} calls[] = {
	{ "TUNSETIFF", TUNSETIFF, -EEXIST },
	{ "TUNSETQUEUE", TUNSETQUEUE, -EINVAL },
	{ "TUNGETFEATURES", TUNGETFEATURES, 0 },
	{ "TUNGETIFF", TUNGETIFF, 0 },
	{ "TUNSETSNDBUF", TUNSETSNDBUF, -EINVAL },
	{ "TUNGETSNDBUF", TUNGETSNDBUF, 0 },
	{ "TUNSETVNETHDRSZ", TUNSETVNETHDRSZ, -EINVAL },
	{ "TUNGETVNETHDRSZ", TUNGETVNETHDRSZ, 0 },
	{ "TUNSETVNETLE", TUNSETVNETLE, 0 },
	{ "TUNGETVNETLE", TUNGETVNETLE, 0 },
	{ "TUNSETCARRIER", TUNSETCARRIER, 0 },
	{ "TUNSETTXFILTER", TUNSETTXFILTER, 0 },
	{ "TUNATTACHFILTER", TUNATTACHFILTER, -EINVAL },
	{ "TUNGETFILTER", TUNGETFILTER, 0 },
	{ "TUNSETSTEERINGEBPF", TUNSETSTEERINGEBPF, -EINVAL },
	{ "TUNSETFILTEREBPF", TUNSETFILTEREBPF, -EINVAL },
	{ "SIOCGIFHWADDR", SIOCGIFHWADDR, 0 },
	{ "SIOCSIFHWADDR", SIOCSIFHWADDR, -EINVAL },
};

TEST_F(userfault, ioctl)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		self->late.cmd = calls[i].cmd;
		late_start(_metadata, &self->late);
		live(_metadata);
		EXPECT_EQ(calls[i].ret, late_end(&self->late))
			TH_LOG("%s", calls[i].name);
	}
}

TEST_F(userfault, ioctl_detached)
{
	int fd = lt_open(0);

	self->late.fd = fd;
	self->late.cmd = TUNSETIFINDEX;
	late_start(_metadata, &self->late);
	live(_metadata);
	EXPECT_EQ(0, late_end(&self->late));
	self->late.cmd = TUNSETIFF;
	memcpy(data + IFNAMSIZ, &(short){ IFF_TUN }, sizeof(short));
	late_start(_metadata, &self->late);
	live(_metadata);
	EXPECT_EQ(0, late_end(&self->late));
	EXPECT_EQ(-EEXIST, lt_setiff(fd, (char *)data, IFF_TUN));
	close(fd);
}

/* A file that is attached meanwhile has its index. */
TEST_F(userfault, ioctl_attached)
{
	char name[IFNAMSIZ] = "";

	self->late.fd = lt_open(0);
	self->late.cmd = TUNSETIFINDEX;
	late_start(_metadata, &self->late);
	EXPECT_EQ(0, lt_setiff(self->late.fd, name, IFF_TUN));
	EXPECT_EQ(-EPERM, late_end(&self->late));
	close(self->late.fd);
}

/* A tunnel that goes meanwhile is not set any more. */
TEST_F(userfault, ioctl_deleted)
{
	self->late.cmd = TUNSETCARRIER;
	late_start(_metadata, &self->late);
	EXPECT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EBADFD, late_end(&self->late));
}

/* References to the module. */
static long count_module(void)
{
	char text[32] = "";

	lt_read_file("/sys/module/looptun/refcnt", text, sizeof(text));
	return *text ? atol(text) : -1;
}

/* Programs of bpf(2) that are loaded. */
static long count_progs(void)
{
	union bpf_attr attr = { };
	long count = 0;

	while (!syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		count++;
	}
	return count;
}

/*
 * Objects of the size of a list of addresses, in any cache for kmalloc(). Where there is
 * none of 96 bytes, as on arm64, it is in one of 128.
 */
static long count_objects(void)
{
	char line[256], cache[64];
	long count = 0, larger = 0, n;
	FILE *file;

	lt_shrink_caches("kmalloc-*");
	file = fopen("/proc/slabinfo", "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", cache, &n) != 2 || strncmp(cache, "kmalloc-", 8))
			continue;
		if (!strcmp(strrchr(cache, '-'), "-96"))
			count += n;
		else if (!strcmp(strrchr(cache, '-'), "-128"))
			larger += n;
	}
	if (file)
		fclose(file);
	return count ?: larger ?: -1;
}

/* KiB of slabs that cannot be reclaimed; large pieces of kmalloc() are in it. */
static long count_slabs(void)
{
	char line[128];
	long count = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "SUnreclaim: %ld kB", &count);
	if (file)
		fclose(file);
	return count;
}

#define CALLERS 16
#define LIST_PAGES 96

/* A list of addresses whose last page does not come costs next to nothing. */
TEST_F(userfault, long_list)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_copy copy = { .len = LATE_PAGE };
	const struct tun_filter head = { .count = 65535 };
	struct late late[CALLERS];
	static __u8 source[LATE_PAGE];
	struct uffd_msg msg;
	long before, used;
	__u8 *list;
	int i;

	late_map(_metadata, &self->late);
	list = mmap(NULL, LIST_PAGES * LATE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, list);
	memcpy(list, &head, sizeof(head));
	reg.range.start = (unsigned long)list + (LIST_PAGES - 1) * LATE_PAGE;
	reg.range.len = LATE_PAGE;
	ASSERT_EQ(0, madvise((void *)(unsigned long)reg.range.start, LATE_PAGE,
			     MADV_DONTNEED));
	ASSERT_EQ(0, ioctl(self->late.uffd, UFFDIO_REGISTER, &reg));
	before = count_slabs();
	ASSERT_LT(0, before);
	for (i = 0; i < CALLERS; i++) {
		late[i] = self->late;
		late[i].page = list;
		late[i].cmd = TUNSETTXFILTER;
		ASSERT_EQ(0, pthread_create(&late[i].thread, NULL, late_main,
					    &late[i]));
		ASSERT_EQ(POLLIN, lt_poll(self->late.uffd, POLLIN, LT_SOON));
		ASSERT_EQ(sizeof(msg), read(self->late.uffd, &msg, sizeof(msg)));
	}
	used = count_slabs() - before;
	copy.dst = reg.range.start;
	copy.src = (unsigned long)source;
	ASSERT_EQ(0, ioctl(self->late.uffd, UFFDIO_COPY, &copy));
	for (i = 0; i < CALLERS; i++) {
		pthread_join(late[i].thread, NULL);
		EXPECT_EQ(0, late[i].ret);
	}
	/* tun.c takes 384 KiB a caller. */
	EXPECT_GT(CALLERS * 100, used);
	close(self->late.uffd);
}

FIXTURE(deleted) {
	struct lt_tunnel t;
	struct late late;
};

FIXTURE_SETUP(deleted)
{
	memset(data, 0, sizeof(data));
}

FIXTURE_TEARDOWN(deleted)
{
}

/* The tunnel goes while the argument is read, of which something is made. */
static void delete_meanwhile(struct __test_metadata *_metadata,
			     struct lt_tunnel *t, struct late *late)
{
	ASSERT_EQ(0, lt_tunnel_open(t, IFF_TAP | IFF_NO_PI, O_NONBLOCK));
	late->fd = t->fd;
	late_start(_metadata, late);
	EXPECT_EQ(1, lt_delete(t->name));
	EXPECT_EQ(-EBADFD, late_end(late));
	munmap(late->page, LATE_PAGE);
	lt_tunnel_close(t);
}

TEST_F(deleted, attach_filter)
{
	static struct sock_filter pass[] = { { BPF_RET | BPF_K, 0, 0, 65535 } };
	const struct sock_fprog fprog = { ARRAY_SIZE(pass), pass };
	long before = count_module();
	int i;

	ASSERT_EQ(0, before);
	memcpy(data, &fprog, sizeof(fprog));
	self->late.cmd = TUNATTACHFILTER;
	for (i = 0; i < 3; i++)
		delete_meanwhile(_metadata, &self->t, &self->late);
	/* What RCU still has to free is let go of after a while. */
	for (i = 0; i < 1000 && count_module() != before; i++)
		poll(NULL, 0, 10);
	EXPECT_EQ(before, count_module());
}

TEST_F(deleted, set_prog)
{
	static const unsigned long cmds[] = {
		TUNSETSTEERINGEBPF, TUNSETFILTEREBPF
	};
	long before = count_progs();
	int fd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		fd = lt_ebpf_number(1, BPF_PROG_TYPE_SOCKET_FILTER);
		ASSERT_LE(0, fd);
		ASSERT_EQ(before + 1, count_progs());
		memcpy(data, &fd, sizeof(fd));
		self->late.cmd = cmds[i];
		delete_meanwhile(_metadata, &self->t, &self->late);
		close(fd);
		EXPECT_EQ(before, count_progs());
	}
}

#define LISTS 400

/* Each waits for readers of RCU, which the debug kernel takes its time for. */
TEST_F_TIMEOUT(deleted, set_txfilter, 200)
{
	const struct tun_filter head = { .count = 1 };
	long before;
	int i;

	memcpy(data, &head, sizeof(head));
	self->late.cmd = TUNSETTXFILTER;
	/* The first ones fill what is kept for each processor. */
	for (i = 0; i < LISTS / 4; i++)
		delete_meanwhile(_metadata, &self->t, &self->late);
	before = count_objects();
	ASSERT_LE(0, before);
	for (i = 0; i < LISTS; i++)
		delete_meanwhile(_metadata, &self->t, &self->late);
	EXPECT_GT(before + LISTS / 2, count_objects());
}

/* The same file is free too, for all but the datagram in hand. */
TEST_F(userfault, read)
{
	__u8 frame[LEN];

	lt_frame(frame, LEN, LT_IPV4, 1);
	ASSERT_EQ(LEN, lt_write(self->t.inject, frame, LEN));
	self->late.call = LATE_READ;
	late_start(_metadata, &self->late);
	live(_metadata);
	ASSERT_EQ(LEN - 1, lt_write(self->t.inject, frame, LEN - 1));
	EXPECT_EQ(LEN - 1, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(LEN, lt_write(self->t.fd, frame, LEN));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(frame, self->late.page, LEN));
}

TEST_F(userfault, write)
{
	__u8 frame[LEN];

	lt_frame(frame, LEN, LT_IPV4, 1);
	self->late.call = LATE_WRITE;
	late_start(_metadata, &self->late);
	live(_metadata);
	EXPECT_EQ(LEN - 1, lt_write(self->t.fd, frame, LEN - 1));
	EXPECT_EQ(LEN - 1, lt_write(self->t.inject, frame, LEN - 1));
	EXPECT_EQ(LEN - 1, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got, LEN));
	EXPECT_EQ(LEN - 1, lt_read(self->t.sent, got, sizeof(got)));
}

/* Inside user memory, and not there. */
#define BAD ((void *)4096)
#define BEHIND 200

/* What is refused behind a write that is under way takes no room. */
TEST_F(userfault, refused_behind_write)
{
	static __u8 frame[1000];
	int i;

	self->late.call = LATE_WRITE;
	late_start(_metadata, &self->late);
	for (i = 0; i < 2 * BEHIND; i++)
		ASSERT_EQ(-EFAULT, lt_write(self->t.fd, BAD, sizeof(frame)));
	for (i = 0; i < BEHIND; i++) {
		lt_frame(frame, sizeof(frame), LT_IPV4, i);
		ASSERT_EQ(sizeof(frame), lt_write(self->t.fd, frame, sizeof(frame)));
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "sent_dropped"));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	for (i = 0; i < BEHIND; i++) {
		lt_frame(frame, sizeof(frame), LT_IPV4, i);
		ASSERT_EQ(sizeof(frame), lt_read(self->t.sent, got, sizeof(got)));
		ASSERT_EQ(0, memcmp(frame, got, sizeof(frame)));
	}
}

/* A rule that comes while a write waits for its page has a say in it. */
TEST_F(userfault, write_meets_rule)
{
	self->late.call = LATE_WRITE;
	late_start(_metadata, &self->late);
	ASSERT_LT(0, lt_control_write(self->t.name, "faults", "dir=tx drop"));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(1, lt_stat(self->t.name, "written_datagrams"));
}

/* Datagrams of 1,000 bytes in a ring of 256 KiB. */
#define RING_HOLDS 258

/* Write so many, and read each where it was looped to. */
static void write_and_read(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t, int count)
{
	static __u8 frame[1000], looped[sizeof(frame) + 1];
	int i;

	for (i = 0; i < count; i++) {
		lt_frame(frame, sizeof(frame), LT_IPV4, i + 2);
		ASSERT_EQ(sizeof(frame), lt_write(t->fd, frame, sizeof(frame)));
		ASSERT_EQ(sizeof(frame), lt_read(t->fd, looped, sizeof(looped)));
		EXPECT_EQ(0, memcmp(frame, looped, sizeof(frame)));
	}
}

/* sent has room for as many as ever. */
static void expect_room(struct __test_metadata *_metadata,
			const struct lt_tunnel *t)
{
	write_and_read(_metadata, t, RING_HOLDS);
	EXPECT_EQ(0, lt_stat(t->name, "sent_dropped"));
	write_and_read(_metadata, t, 1);
	EXPECT_EQ(1, lt_stat(t->name, "sent_dropped"));
}

FIXTURE(looped) {
	struct lt_tunnel t;
	struct late late;
	__u8 frame[LEN];
};

/* The program reads what it wrote, and its page does not come. */
FIXTURE_SETUP(looped)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, IFF_TAP | IFF_NO_PI, O_NONBLOCK));
	ASSERT_EQ(4, lt_control_write(self->t.name, "loopback", "echo"));
	lt_frame(self->frame, LEN, LT_IPV4, 1);
	self->late.fd = self->t.fd;
	self->late.call = LATE_READ;
}

FIXTURE_TEARDOWN(looped)
{
	lt_tunnel_close(&self->t);
}

/* sent has it before; its place comes free when the program has it too. */
TEST_F(looped, sent_is_done)
{
	int i;

	ASSERT_EQ(LEN, lt_write(self->t.fd, self->frame, LEN));
	late_start(_metadata, &self->late);
	ASSERT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(self->frame, got, LEN));
	write_and_read(_metadata, &self->t, 100);
	for (i = 0; i < 100; i++)
		ASSERT_EQ(1000, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(self->frame, self->late.page, LEN));
	expect_room(_metadata, &self->t);
}

/* The other way round: who reads sent waits for its page. */
TEST_F(looped, program_is_done)
{
	self->late.fd = self->t.sent;
	ASSERT_EQ(LEN, lt_write(self->t.fd, self->frame, LEN));
	late_start(_metadata, &self->late);
	ASSERT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(self->frame, got, LEN));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(self->frame, self->late.page, LEN));
	expect_room(_metadata, &self->t);
}

/* Another tunnel gets the file, and what it writes there is elsewhere. */
static void attach_again(struct __test_metadata *_metadata, struct lt_tunnel *t)
{
	EXPECT_EQ(1, lt_delete(t->name));
	strcpy(t->name, "again");
	ASSERT_EQ(0, lt_setiff(t->fd, t->name, IFF_TAP | IFF_NO_PI));
	ASSERT_EQ(4, lt_control_write(t->name, "loopback", "echo"));
}

TEST_F(looped, deleted)
{
	ASSERT_EQ(LEN, lt_write(self->t.fd, self->frame, LEN));
	late_start(_metadata, &self->late);
	attach_again(_metadata, &self->t);
	write_and_read(_metadata, &self->t, 100);
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(self->frame, self->late.page, LEN));
	/* What was kept before is read from the tunnel that is gone. */
	EXPECT_EQ(LEN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(self->frame, got, LEN));
}

/* The same behind a write that is under way: nobody can move it to what is kept. */
TEST_F(looped, deleted_behind_write)
{
	struct late write = { .fd = self->t.fd, .call = LATE_WRITE };

	late_start(_metadata, &write);
	ASSERT_EQ(LEN, lt_write(self->t.fd, self->frame, LEN));
	late_start(_metadata, &self->late);
	attach_again(_metadata, &self->t);
	EXPECT_EQ(-EIO, late_end(&write));
	write_and_read(_metadata, &self->t, 100);
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(self->frame, self->late.page, LEN));
}

/* The test's own memory is no better. */
TEST_F(userfault, control_files)
{
	__u8 frame[LEN];

	lt_frame(frame, LEN, LT_IPV4, 1);
	self->late.call = LATE_WRITE;
	self->late.fd = self->t.inject;
	late_start(_metadata, &self->late);
	live(_metadata);
	EXPECT_EQ(LEN, lt_write(self->t.fd, frame, LEN));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(LEN, lt_read(self->t.fd, got, sizeof(got)));

	self->late.call = LATE_READ;
	self->late.fd = self->t.sent;
	late_start(_metadata, &self->late);
	live(_metadata);
	EXPECT_EQ(LEN - 1, lt_write(self->t.fd, frame, LEN - 1));
	EXPECT_EQ(LEN - 1, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(LEN, late_end(&self->late));
	EXPECT_EQ(0, memcmp(frame, self->late.page, LEN));
}

/* A word that comes when its tunnel is gone changes nothing. */
TEST_F(userfault, words_deleted)
{
	static const char *const words[][2] = {
		{ "link", "up" }, { "link", "down" }, { "hold", "0" }, { "txqueuelen", "5" },
		{ "loopback", "echo" }, { "loopback", "none" }, { "faults", "clear" },
		{ "delete", "1" },
	};
	size_t i;

	self->late.call = LATE_WRITE;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		ASSERT_EQ(8, lt_create("late tun"));
		self->late.fd = lt_control("late", words[i][0], O_WRONLY);
		self->late.len = strlen(strcpy((char *)data, words[i][1]));
		late_start(_metadata, &self->late);
		EXPECT_EQ(1, lt_delete("late"));
		EXPECT_EQ(-ENODEV, late_end(&self->late))
			TH_LOG("%s: %s", words[i][0], words[i][1]);
		EXPECT_EQ(-ENODEV, lt_write(self->late.fd, data, self->late.len));
		close(self->late.fd);
	}
}

TEST_HARNESS_MAIN
