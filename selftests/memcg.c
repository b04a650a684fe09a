// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for the memory: what a program holds through its descriptors is
 * charged to the memory cgroup of who opened them, whoever fills it, and is
 * given back. LOOPTUN_MINUTES in the environment has a user try everything for
 * so long.
 */
#include <dirent.h>
#include <linux/filter.h>
#include <linux/looptun.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

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

/*
 * Waits until the group is charged for at most @limit. RCU frees later what a
 * file was, and each CPU keeps a batch of charges, which a new limit drains.
 */
static long charged_at_most(long limit)
{
	time_t end = time(NULL) + LT_SOON / 1000;

	while (charged() > limit && time(NULL) < end) {
		lt_write_file(GROUP "/memory.high", "0");
		lt_write_file(GROUP "/memory.high", "max");
		sched_yield();
	}
	return charged();
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

	for (i = 0; i < FILES; i++) {
		lt_expect_bounds(_metadata, self->names[i]);
		close(self->fds[i]);
	}
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
	long used, limit;
	int i;

	for (i = 0; i < FILES; i++)
		ASSERT_EQ(LEN, lt_write(self->fds[i], data, LEN));
	used = charged();
	for (i = 0; i < FILES; i++) {
		close(self->fds[i]);
		self->fds[i] = -1;
	}
	limit = used - FILES * RING + SLACK;
	EXPECT_GE(limit, charged_at_most(limit));
}

#define WRITTEN 50

/*
 * What a worker lets go for a program that has closed is its group's as well,
 * and is no ring.
 */
TEST_F(memcg, kept_by_a_worker)
{
	int on = 1, i, j;
	long used, limit;

	for (i = 0; i < FILES; i++) {
		ASSERT_EQ(0, lt_ioctl(self->fds[i], TUNSETPERSIST,
				      (void *)(unsigned long)on));
		ASSERT_EQ(18, lt_control_write(self->names[i], "faults",
					       "dir=tx delay=3000s"));
		for (j = 0; j < WRITTEN; j++)
			ASSERT_EQ(LEN, lt_write(self->fds[i], data, LEN));
		close(self->fds[i]);
		self->fds[i] = -1;
	}
	used = charged();
	for (i = 0; i < FILES; i++)
		ASSERT_EQ(5, lt_control_write(self->names[i], "faults", "clear"));
	limit = used - FILES * RING + SLACK;
	EXPECT_GE(limit, charged_at_most(limit));
	used = charged() - self->before;
	EXPECT_LE(FILES * WRITTEN * LEN - SLACK, used);
	EXPECT_GE(FILES * RING + SLACK, used);
	for (i = 0; i < FILES; i++)
		EXPECT_EQ(1, lt_delete(self->names[i]));
}

/* How often the group's OOM killer was called, or has killed. */
static long oom_events(const char *word)
{
	char text[512], *line;

	if (lt_read_file(GROUP "/memory.events", text, sizeof(text)) <= 0)
		return -1;
	line = strstr(text, word);
	return line ? atol(line + strlen(word)) : -1;
}

/*
 * What was freed becomes free: as a module goes, vmalloc() gives up the areas of
 * others too, and KASAN their shadow.
 */
static void settle(void)
{
	if (!lt_load(LT_TUN_MODULE, ""))
		lt_unload("tun");
	lt_shrink_caches("*");
}

/*
 * Bytes that the machine has left. Each processor keeps free pages that nobody
 * counts as free, in 6.12 some MiB of them.
 */
static long available(void)
{
	static char text[65536];
	char *line = text;
	long bytes;

	settle();
	if (lt_read_file("/proc/meminfo", text, sizeof(text)) <= 0)
		return -1;
	line = strstr(text, "MemAvailable:");
	bytes = line ? atol(line + 13) * KIB : -1;
	if (lt_read_file("/proc/zoneinfo", text, sizeof(text)) <= 0)
		return -1;
	for (line = text; (line = strstr(line, " count:")); line += 7)
		bytes += atol(line + 7) * 4 * KIB;
	return bytes;
}

static void limit(struct __test_metadata *_metadata, long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", bytes);
	ASSERT_EQ(strlen(text), lt_write_file(GROUP "/memory.max", text));
}

/* Who holds the module: open files, and persistent tunnels. */
static long module_users(void)
{
	char text[16];

	if (lt_read_file("/sys/module/looptun/refcnt", text, sizeof(text)) <= 0)
		return -1;
	return atol(text);
}

/* A tunnel of the group whose rings are more than what CPUs have in stock. */
static int open_large(struct __test_metadata *_metadata, char *name)
{
	char kib[16] = "";
	int fd;

	EXPECT_LT(0, lt_read_file(RING_KIB, kib, sizeof(kib)));
	EXPECT_EQ(4, lt_write_file(RING_KIB, "4096"));
	EXPECT_EQ(1, move_to(GROUP));
	fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	EXPECT_EQ(1, move_to(CGROUP));
	EXPECT_LT(0, lt_write_file(RING_KIB, kib));
	return fd;
}

/* Leave the group less than a ring of open_large(). */
static void fill_group(struct __test_metadata *_metadata)
{
	limit(_metadata, charged() / 4096 * 4096 + 4096);
}

/*
 * A ring that the group has no room for is an errno, and nobody is killed: not
 * even asked for, be it the program that makes it or whoever injects.
 */
TEST_F(memcg, full_group)
{
	char name[IFNAMSIZ] = "memfull";
	int fd = open_large(_metadata, name);
	int inject = lt_control(name, "inject", O_WRONLY | O_NONBLOCK);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, inject);
	fill_group(_metadata);
	/* As tun has it, whose write knows no ENOMEM. */
	EXPECT_EQ(-ENOBUFS, lt_write(fd, data, LEN));
	EXPECT_EQ(-ENOMEM, lt_write(inject, data, LEN));
	EXPECT_EQ(0, oom_events("oom "));
	EXPECT_EQ(0, oom_events("oom_kill "));
	limit(_metadata, 1 << 30);
	EXPECT_EQ(LEN, lt_write(fd, data, LEN));
	EXPECT_EQ(LEN, lt_write(inject, data, LEN));
	lt_expect_sums(_metadata, name, 1);
	close(inject);
	close(fd);
}

/* A member that the OOM killer would find: it lives. */
TEST_F(memcg, full_group_with_members)
{
	char name[IFNAMSIZ] = "memfull";
	int status = -1, fd = open_large(_metadata, name);
	pid_t child;

	ASSERT_LE(0, fd);
	limit(_metadata, charged() / 4096 * 4096 + (1 << 20));
	child = fork();
	if (!child) {
		if (move_to(GROUP) != 1)
			_exit(100);
		_exit(lt_write(fd, data, LEN) == -ENOBUFS ? 0 : 101);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status))
		TH_LOG("killed by signal %d", WTERMSIG(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, oom_events("oom_kill "));
	limit(_metadata, 1 << 30);
	close(fd);
}

/* A datagram that comes due and finds no memory is counted. */
TEST_F(memcg, delayed_without_memory)
{
	int inject = lt_control(self->names[0], "inject", O_WRONLY | O_NONBLOCK);

	ASSERT_LE(0, inject);
	ASSERT_EQ(20, lt_control_write(self->names[0], "faults",
				       "dir=rx delay=3000s\n\n"));
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	ASSERT_EQ(1, lt_stat(self->names[0], "held_datagrams"));
	fill_group(_metadata);
	ASSERT_EQ(5, lt_control_write(self->names[0], "faults", "clear"));
	lt_expect_sums(_metadata, self->names[0], 1);
	EXPECT_EQ(0, oom_events("oom "));
	limit(_metadata, 1 << 30);
	close(inject);
}

/* So is one for whose copy there is none: nobody is killed for it. */
TEST_F(memcg, none_to_delay)
{
	int inject = lt_control(self->names[0], "inject", O_WRONLY | O_NONBLOCK);
	int i, count = RING / (LEN + 200);

	ASSERT_LE(0, inject);
	ASSERT_EQ(20, lt_control_write(self->names[0], "faults",
				       "dir=rx delay=3000s\n\n"));
	fill_group(_metadata);
	for (i = 0; i < count; i++)
		ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	EXPECT_LT(0, lt_stat(self->names[0], "held_dropped"));
	EXPECT_EQ(0, oom_events("oom "));
	limit(_metadata, 1 << 30);
	close(inject);
}

/* The group pays for delayed datagrams, until its limit allows no further one. */
static void exhaust(struct __test_metadata *_metadata, const char *name)
{
	int inject = lt_control(name, "inject", O_WRONLY | O_NONBLOCK);

	ASSERT_LE(0, inject);
	ASSERT_EQ(20, lt_control_write(name, "faults", "dir=rx delay=3000s\n\n"));
	while (!lt_stat(name, "held_dropped"))
		ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	close(inject);
}

/* As a member of the group. All pages are there, and none is charged to it. */
static long member_writes(const int groups[2], int fd, const void *buf, size_t len)
{
	long ret;

	if (lt_write(groups[0], "0", 1) != 1)
		return -ESRCH;
	ret = lt_write(fd, buf, len);
	if (lt_write(groups[1], "0", 1) != 1)
		return -ESRCH;
	return ret;
}

/*
 * What a member of a full group asks for and does not get is an errno, or a drop that
 * is counted. Nobody is killed: here it would be the test.
 */
TEST_F(memcg, nothing_for_members)
{
	const int groups[] = { open(GROUP "/cgroup.procs", O_WRONLY),
			       open(CGROUP "/cgroup.procs", O_WRONLY) };
	int replay = lt_control(self->names[1], "replay", O_WRONLY);
	int faults = lt_control(self->names[2], "faults", O_WRONLY);
	static __u8 much[60000];
	static char rules[23001];
	char peer[32];
	int i;

	ASSERT_LE(0, replay);
	ASSERT_LE(0, faults);
	lt_datagram(much, sizeof(much), 4, 1);
	for (i = 0; i < 1000; i++)
		strcat(rules + i * 23, "dir=rx corrupt bytes=1\n");
	/* Rings are there before. */
	ASSERT_EQ(LEN, lt_write(self->fds[0], data, LEN));
	ASSERT_EQ(LEN, lt_write(self->fds[3], data, LEN));
	ASSERT_EQ(18, lt_control_write(self->names[0], "faults", "dir=tx drop len=1\n"));
	ASSERT_EQ(7, lt_control_write(self->names[3], "loopback", "reflect"));
	ASSERT_EQ(LEN, lt_write(self->fds[4], data, LEN));
	snprintf(peer, sizeof(peer), "peer %s", self->names[5]);
	ASSERT_LT(0, lt_control_write(self->names[4], "loopback", peer));
	ASSERT_EQ(23000, lt_control_write(self->names[5], "faults", rules));
	fill_group(_metadata);
	/* More than the processors have in stock. */
	for (i = FILES - 8; i < FILES; i++)
		exhaust(_metadata, self->names[i]);
	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));

	/* Rules that cannot be asked have refused nothing. */
	EXPECT_EQ(60, member_writes(groups, self->fds[4], data, 60));
	EXPECT_EQ(0, lt_stat(self->names[4], "loopback_rule"));
	EXPECT_EQ(1, lt_stat(self->names[4], "loopback_no_room"));
	EXPECT_EQ(-ENOBUFS, member_writes(groups, self->fds[0], much, sizeof(much)));
	EXPECT_EQ(-ENOMEM, member_writes(groups, replay, much, 24));
	EXPECT_EQ(-ENOMEM, member_writes(groups, faults, rules, 23000));
	EXPECT_EQ(sizeof(much), member_writes(groups, self->fds[3], much, sizeof(much)));
	EXPECT_EQ(1, lt_stat(self->names[3], "loopback_no_room"));
	EXPECT_EQ(0, oom_events("oom "));
	EXPECT_EQ(0, oom_events("oom_kill "));
	munlockall();
	limit(_metadata, 1 << 30);
	close(replay);
	close(faults);
	close(groups[0]);
	close(groups[1]);
}

/* What two that close leave behind, without memory for the second's. */
TEST_F(memcg, left_without_memory)
{
	char name[IFNAMSIZ] = "memleft";
	int fd[2], i;

	ASSERT_EQ(1, move_to(GROUP));
	for (i = 0; i < 2; i++) {
		fd[i] = lt_attach(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE,
				  O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(1, move_to(CGROUP));
	ASSERT_EQ(0, lt_ioctl(fd[0], TUNSETPERSIST, (void *)1UL));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(LEN, lt_write(fd[i], data, LEN));
	fill_group(_metadata);
	for (i = 0; i < 2; i++)
		close(fd[i]);
	lt_expect_sums(_metadata, name, LT_AS_COUNTED);
	EXPECT_EQ(0, oom_events("oom "));
	limit(_metadata, 1 << 30);
	EXPECT_EQ(1, lt_delete(name));
}

#define MIXED 16
#define BIG 30000

/* Every other one is big. */
static size_t mixed(__u8 *buf, int i)
{
	return lt_datagram(buf, i % 2 ? BIG : LEN, 4, i);
}

/* The group may have as much more as it is said, and no CPU has charges in stock. */
static void limit_exactly(struct __test_metadata *_metadata, long more)
{
	int i;

	for (i = 0; i < 20; i++) {
		lt_write_file(GROUP "/memory.high", "0");
		lt_write_file(GROUP "/memory.high", "max");
		poll(NULL, 0, 10);
	}
	limit(_metadata, charged() / 4096 * 4096 + more);
}

/* Once there is no memory for one, what came after it is not kept either. */
TEST_F(memcg, left_in_order)
{
	static __u8 buf[BIG], was[BIG];
	int sent, i;
	size_t len;

	ASSERT_EQ(0, lt_ioctl(self->fds[0], TUNSETPERSIST, (void *)1UL));
	sent = lt_control(self->names[0], "sent", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, sent);
	for (i = 0; i < MIXED; i++) {
		len = mixed(buf, i);
		ASSERT_EQ(len, lt_write(self->fds[0], buf, len));
	}
	limit_exactly(_metadata, BIG);
	close(self->fds[0]);
	self->fds[0] = -1;
	for (i = 0; (len = lt_read(sent, was, BIG)) <= BIG; i++) {
		ASSERT_EQ(len, mixed(buf, i))
			TH_LOG("datagram %d", i);
		ASSERT_EQ(0, memcmp(was, buf, len));
	}
	EXPECT_EQ(-EAGAIN, (long)len);
	EXPECT_GT(MIXED, i);
	EXPECT_EQ(MIXED - i, lt_stat(self->names[0], "tx_dropped_gone"));
	EXPECT_EQ(0, oom_events("oom "));
	limit(_metadata, 1 << 30);
	close(sent);
	EXPECT_EQ(1, lt_delete(self->names[0]));
}

#define SLEEPERS 200
#define LARGE 200000
/* What a thread costs in the kernel, and the pages of its stack that it touches. */
#define THREAD (32 * KIB)

/* What a sleeper does: write a datagram, or set a filter whose list does not come. */
enum { SLEEP_WRITE, SLEEP_TXFILTER };

struct sleeper {
	pthread_t thread;
	atomic_int tid;
	int fd;
	int kind;
	void *arg;
	atomic_bool done;
};

static void *sleep_main(void *arg)
{
	static __u8 large[LARGE];
	struct sleeper *sleeper = arg;

	sleeper->tid = gettid();
	if (sleeper->kind == SLEEP_WRITE)
		lt_write(sleeper->fd, large, LARGE);
	else
		lt_ioctl(sleeper->fd, TUNSETTXFILTER, sleeper->arg);
	sleeper->done = true;
	return NULL;
}

/* A struct tun_filter whose addresses are in pages that do not come. */
static struct tun_filter *late_filter(int *uffd)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	size_t size = 65535 * 6 / 4096 * 4096 + 2 * 4096;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct tun_filter *filter = (void *)(map + 4096 - sizeof(*filter));

	filter->count = 65535;
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	reg.range.start = (unsigned long)map + 4096;
	reg.range.len = size - 4096;
	if (ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		_exit(103);
	return filter;
}

/* Each sleeps, or was refused: both are right. */
static void await_sleepers(struct sleeper *sleepers, int uffd)
{
	int i, left = SLEEPERS, done;
	struct uffd_msg msg;

	for (i = 0; sleepers->kind == SLEEP_WRITE && i < SLEEPERS; i++) {
		while (!sleepers[i].tid)
			sched_yield();
		while (!sleepers[i].done &&
		       lt_wait_blocked(sleepers[i].tid, SYS_write))
			;
	}
	while (sleepers->kind == SLEEP_TXFILTER && left > 0) {
		if (lt_poll(uffd, POLLIN, 1) & POLLIN)
			left -= read(uffd, &msg, sizeof(msg)) == sizeof(msg);
		for (i = done = 0; i < SLEEPERS; i++)
			done += sleepers[i].done;
		if (done >= left)
			break;
	}
}

/* In a group of 64 MiB: threads that sleep with much in hand. */
static void sleep_in_group(int fd, int kind, int ready, int go)
{
	static struct sleeper sleepers[SLEEPERS];
	pthread_attr_t attr;
	int i, uffd = -1;
	void *arg = NULL;
	char byte = 0;

	if (move_to(GROUP) != 1)
		_exit(100);
	if (kind == SLEEP_TXFILTER)
		arg = late_filter(&uffd);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * KIB);
	for (i = 0; i < SLEEPERS; i++) {
		sleepers[i].fd = fd;
		sleepers[i].kind = kind;
		sleepers[i].arg = arg;
		if (pthread_create(&sleepers[i].thread, &attr, sleep_main,
				   &sleepers[i]))
			_exit(101);
	}
	await_sleepers(sleepers, uffd);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
		_exit(102);
	_exit(0);
}

/*
 * What sleepers keep is no more than their group is charged for: beside what the
 * group has, the machine has lost next to nothing.
 */
static void expect_paid(struct __test_metadata *_metadata, int fd, int kind)
{
	int ready[2], go[2], status;
	long lost, paid;
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(go));
	limit(_metadata, 64 << 20);
	paid = charged();
	lost = available();
	child = fork();
	if (!child) {
		close(go[1]);
		sleep_in_group(fd, kind, ready[1], go[0]);
	}
	close(go[0]);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	paid = charged() - paid;
	lost -= available();
	/* KASAN keeps a byte for eight that are of vmalloc(). */
	EXPECT_GE(paid + (lt_kernel_debugs() ? paid / 8 : 0) + SLEEPERS * THREAD, lost)
		TH_LOG("%ld KiB are gone, %ld are paid for", lost / KIB,
		       paid / KIB);
	close(go[1]);
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	close(ready[0]);
	limit(_metadata, 1 << 30);
}

/* A rule, so that the datagram is in hand before there is room for it. */
TEST_F(memcg, sleepers_on_wire)
{
	int wire = lt_ioctl(self->fds[0], LOOPTUN_OPEN_WIRE, NULL);

	ASSERT_LE(0, wire);
	ASSERT_EQ(18, lt_control_write(self->names[0], "faults",
				       "dir=rx len=1 drop\n"));
	fcntl(wire, F_SETFL, O_NONBLOCK);
	while (lt_write(wire, data, LEN) == LEN)
		;
	fcntl(wire, F_SETFL, 0);
	expect_paid(_metadata, wire, SLEEP_WRITE);
	close(wire);
}

TEST_F(memcg, sleepers_on_send_buffer)
{
	int small = 1;

	ASSERT_EQ(1, lt_control_write(self->names[0], "hold", "1"));
	ASSERT_EQ(0, lt_ioctl(self->fds[0], TUNSETSNDBUF, &small));
	ASSERT_EQ(LEN, lt_write(self->fds[0], data, LEN));
	fcntl(self->fds[0], F_SETFL, 0);
	expect_paid(_metadata, self->fds[0], SLEEP_WRITE);
}

TEST_F(memcg, sleepers_in_txfilter)
{
	char name[IFNAMSIZ] = "memtap";
	int tap = lt_attach(name, IFF_TAP | IFF_NO_PI, O_NONBLOCK);

	ASSERT_LE(0, tap);
	expect_paid(_metadata, tap, SLEEP_TXFILTER);
	close(tap);
}

#define LEAVERS 500

/* Who opens, writes once and closes leaves a datagram, not a ring. */
TEST_F(memcg, many_leave)
{
	char name[IFNAMSIZ] = "memmany";
	int i, fd, sent;
	long limit;

	ASSERT_EQ(1, move_to(GROUP));
	ASSERT_EQ(11, lt_create("memmany tun"));
	limit = charged() + 2 * RING + SLACK;
	for (i = 0; i < LEAVERS; i++) {
		fd = lt_attach(name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
		ASSERT_LE(0, fd);
		ASSERT_EQ(LEN, lt_write(fd, data, LEN));
		close(fd);
	}
	ASSERT_EQ(1, move_to(CGROUP));
	EXPECT_GE(limit, charged_at_most(limit));
	lt_expect_sums(_metadata, name, 0);
	sent = lt_control(name, "sent", O_RDONLY | O_NONBLOCK);
	for (i = 0; lt_read(sent, data, LEN) == LEN; i++)
		;
	/* As many as in one ring, but for what tells them apart. */
	EXPECT_LE(RING / LEN / 2, i);
	close(sent);
	EXPECT_EQ(1, lt_delete(name));
}

#define NOBODY 65534
#define SLOTS 1500
#define GROUP_MAX (64L << 20)
/* Of a classic filter: about as many as net.core.optmem_max allows on 6.1. */
#define INSTRUCTIONS 2000
/*
 * What is not charged: the kernel's copy of a filter's program, and for each file a
 * page of what it keeps beside the rings' pages.
 */
#define UNPAID_FILTER ((long)(INSTRUCTIONS * sizeof(struct sock_filter)))
#define UNPAID_FILE (4 * KIB)

/* Who tries everything: descriptors of files and of wires. */
struct user {
	int fds[SLOTS];
	bool filtered[SLOTS];
	__u32 seed;
	long done;
	long refused;
	/*
	 * Half of the group is used: what the kernel needs for a file or a program of
	 * a filter may call the group's OOM killer, so no more of these.
	 */
	bool half;
};

static __u32 any(struct user *user, __u32 below)
{
	user->seed = user->seed * 1664525 + 1013904223;
	return (user->seed >> 8) % below;
}

static int try_open(struct user *user)
{
	static const int modes[] = {
		IFF_TUN | IFF_NO_PI, IFF_TAP | IFF_NO_PI,
		IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
		IFF_TUN | IFF_NO_PI | IFF_VNET_HDR,
	};
	int mode = any(user, ARRAY_SIZE(modes));
	char name[IFNAMSIZ] = "every%d";

	if (mode == 2)
		snprintf(name, sizeof(name), "everyq%u", any(user, 4));
	return lt_attach(name, modes[mode], O_NONBLOCK);
}

static long try_filters(struct user *user, int slot)
{
	static struct sock_filter code[INSTRUCTIONS] = {
		[INSTRUCTIONS - 1] = { BPF_RET | BPF_K, 0, 0, 2000 },
	};
	static struct {
		struct tun_filter head;
		__u8 addresses[65535][6];
	} list = { .head.count = 65535 };
	struct sock_fprog filter = { INSTRUCTIONS, code };

	if (any(user, 2))
		return lt_ioctl(user->fds[slot], TUNSETTXFILTER, &list);
	user->filtered[slot] = true;
	return lt_ioctl(user->fds[slot], TUNATTACHFILTER, &filter);
}

static long try_write(struct user *user, int fd)
{
	static __u8 large[RING];

	large[0] = 0x45;
	return lt_write(fd, large, any(user, any(user, 2) ? 1500 : RING));
}

/* A new descriptor takes the place of some other. */
static long keep(struct user *user, int fd)
{
	int slot = any(user, SLOTS);

	if (fd < 0)
		return fd;
	if (user->fds[slot] >= 0)
		close(user->fds[slot]);
	user->fds[slot] = fd;
	user->filtered[slot] = false;
	return 0;
}

/* Something that a user may ask of a descriptor. */
static long try_one(struct user *user, int slot)
{
	struct ifreq ifr = {
		.ifr_flags = any(user, 2) ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE,
	};
	int fd = user->fds[slot], value = any(user, 2) ? 1 << 30 : 1;
	static __u8 some[2000];

	switch (any(user, user->half ? 6 : 12)) {
	default:
		return try_write(user, fd);
	case 3:
		return lt_read(fd, some, sizeof(some));
	case 4:
		return lt_ioctl(fd, TUNSETPERSIST, (void *)(unsigned long)any(user, 2));
	case 5:
		return lt_ioctl(fd, TUNSETSNDBUF, &value);
	case 6:
		return lt_ioctl(fd, TUNSETQUEUE, &ifr);
	case 7:
		return try_filters(user, slot);
	case 8:
		return keep(user, lt_ioctl(fd, LOOPTUN_OPEN_WIRE,
					   (void *)(unsigned long)O_NONBLOCK));
	case 9 ... 11:
		return keep(user, try_open(user));
	}
}

/* What of the user's the group does not pay for, at most. */
static long unpaid(const struct user *user)
{
	long sum = 0;
	int i;

	for (i = 0; i < SLOTS; i++)
		sum += (user->fds[i] >= 0 ? UNPAID_FILE : 0) +
		       (user->filtered[i] ? UNPAID_FILTER : 0);
	return sum;
}

/*
 * As an ordinary user in the group, until that gives no more, or so long. The OOM
 * killer may be called for any page of its own, and for what a pipe has.
 */
static void try_everything(struct user *user, time_t end)
{
	long ret;

	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 2 * SLOTS, 2 * SLOTS }) ||
	    mlockall(MCL_CURRENT | MCL_FUTURE) || move_to(GROUP) != 1 ||
	    setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		_exit(100);
	while (user->refused < 100 && time(NULL) < end) {
		ret = try_one(user, any(user, SLOTS));
		user->refused += user->half && (ret == -ENOMEM || ret == -ENOBUFS);
		if (!(++user->done % 20) && !user->half)
			user->half = charged() > GROUP_MAX / 2;
	}
	raise(SIGSTOP);
	_exit(101);
}

/* Tunnels that the user has left behind. */
static void delete_all(void)
{
	DIR *dir = opendir(LT_DEBUGFS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "every", 5))
			lt_delete(entry->d_name);
	closedir(dir);
}

/* At its end the machine has no less than the group pays for, but for what nobody does. */
static void try_once(struct __test_metadata *_metadata, struct user *user, long before)
{
	time_t end = time(NULL) + 200;
	long lost, paid;
	pid_t child;
	int status;

	*user = (struct user){ .seed = user->seed + 1 };
	memset(user->fds, -1, sizeof(user->fds));
	child = fork();
	if (!child)
		try_everything(user, end);
	ASSERT_EQ(child, waitpid(child, &status, WUNTRACED));
	lost = before - available();
	paid = charged();
	ASSERT_TRUE(WIFSTOPPED(status));
	TH_LOG("%ld calls, %ld refused; %ld KiB less, %ld paid for, up to %ld not",
	       user->done, user->refused, lost / KIB, paid / KIB,
	       unpaid(user) / KIB);
	EXPECT_LT(GROUP_MAX / 2, paid);
	/* KASAN keeps a byte for eight that are of vmalloc(). */
	EXPECT_GE(paid + (lt_kernel_debugs() ? paid / 8 : 0) + unpaid(user) + SLACK, lost);
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	delete_all();
}

/*
 * A user who can open the node, in a group of 64 MiB, tries everything: what the
 * machine has less is paid for, and all of it comes back.
 */
TEST_F_TIMEOUT(memcg, user_tries_everything, 100000)
{
	struct user *user = mmap(NULL, sizeof(*user), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *minutes = getenv("LOOPTUN_MINUTES");
	time_t end = time(NULL) + (minutes ? 60 * atol(minutes) : 0);
	long before, held, after;

	ASSERT_NE(MAP_FAILED, user);
	ASSERT_EQ(0, chmod(lt_device(), 0666));
	limit(_metadata, GROUP_MAX);
	/* What is made once, and stays. */
	try_once(_metadata, user, available());
	held = module_users();
	charged_at_most(self->before + SLACK);
	before = available();
	do {
		try_once(_metadata, user, before);
		EXPECT_EQ(held, module_users());
	} while (time(NULL) < end && _metadata->passed);
	after = charged_at_most(self->before + SLACK);
	EXPECT_GE(self->before + SLACK, after);
	TH_LOG("%ld KiB of the machine are free before, %ld after",
	       before / KIB, available() / KIB);
	EXPECT_GE(4096 * KIB, before - available());
	limit(_metadata, 1 << 30);
}

TEST_HARNESS_MAIN
