// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each operation of a table against each, and against itself, on one tunnel: until
 * both have been under way at the same moment so often. Any errno is right; what is
 * wrong is for the sums of the tunnel, for the kernel's checkers and for who unloads
 * the module.
 */
#include <linux/looptun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define NAME "pairs0"
#define FLAGS (IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE)
#define CGROUP "/sys/fs/cgroup"
#define GROUP CGROUP "/pairs"
#define CPU "/sys/devices/system/cpu/cpu1/online"
#define LEN 100
/* The rings that the group has room for, and those of its files: more, though each
 * processor keeps as much as a ring that is paid for and not used.
 */
#define RING (256L << 10)
#define ROOM 4
#define HOGS (ROOM + 2 + (int)sysconf(_SC_NPROCESSORS_CONF))
#define MAX_HOGS 32
/* Seconds in which a pair has to meet. */
#define SOON 60

struct side {
	pthread_t thread;
	void (*act)(int fd);
	struct side *other;
	atomic_bool inside;
};

static __u8 data[LEN];
/* Opened by a member of the group; -1 where each act is to have a file of its own. */
static int shared;
static int hogs[MAX_HOGS];
static int home;
static atomic_int met;
static atomic_int refused;
static int enough;

static int attach(int oflags)
{
	char name[IFNAMSIZ] = NAME;

	return lt_attach(name, FLAGS, oflags | O_NONBLOCK);
}

static void with_control(const char *file, int oflags)
{
	int fd = lt_control(NAME, file, oflags | O_NONBLOCK);
	__u8 buf[1000];

	if (fd < 0)
		return;
	if (oflags == O_WRONLY)
		lt_write(fd, data, LEN);
	else
		lt_read(fd, buf, sizeof(buf));
	close(fd);
}

static void act_read(int fd)
{
	__u8 buf[LEN];

	lt_read(fd, buf, LEN);
}

static void act_write(int fd)
{
	lt_write(fd, data, LEN);
}

static void act_inject(int fd)
{
	with_control("inject", O_WRONLY);
}

static void act_sent(int fd)
{
	with_control("sent", O_RDONLY);
}

static void act_capture(int fd)
{
	with_control("capture", O_RDONLY);
}

static void act_attach(int fd)
{
	close(attach(0));
}

/* What it has, both ways, stays behind. */
static void act_close(int fd)
{
	int own = attach(0);

	lt_write(own, data, LEN);
	with_control("inject", O_WRONLY);
	close(own);
}

static void act_delete(int fd)
{
	lt_delete(NAME);
}

static void act_queue(int fd)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };

	lt_ioctl(fd, TUNSETQUEUE, &ifr);
	ifr.ifr_flags = IFF_ATTACH_QUEUE;
	lt_ioctl(fd, TUNSETQUEUE, &ifr);
}

static void act_wire(int fd)
{
	int wire = lt_ioctl(fd, LOOPTUN_OPEN_WIRE, (void *)(unsigned long)O_NONBLOCK);

	lt_write(wire, data, LEN);
	close(wire);
}

static void act_link(int fd)
{
	lt_control_write(NAME, "link", "down");
	lt_control_write(NAME, "link", "up");
}

static void act_rules(int fd)
{
	lt_control_write(NAME, "faults", "dir=rx reorder=2 every=2\n");
	lt_control_write(NAME, "faults", "dir=tx delay=1s every=2\n");
	lt_control_write(NAME, "faults", "clear");
}

/* A namespace with a tunnel of the same name, which goes with it. */
static void act_namespace(int fd)
{
	int own;

	if (unshare(CLONE_NEWNET))
		return;
	own = attach(0);
	lt_ioctl(own, TUNSETPERSIST, (void *)1UL);
	lt_write(own, data, LEN);
	close(own);
	setns(home, CLONE_NEWNET);
}

/* Loaded again by whoever finds it unloaded. */
static void act_unload(int fd)
{
	if (!lt_unload("looptun"))
		lt_load(LT_MODULE, "");
}

static void act_offline(int fd)
{
	lt_write_file(CPU, "0");
	lt_write_file(CPU, "1");
}

/* The group is full, for a moment: the last have no ring. */
static void act_limit(int fd)
{
	char name[IFNAMSIZ];
	int i;

	for (i = 0; i < HOGS; i++)
		refused += lt_write(hogs[i], data, LEN) == -ENOBUFS;
	for (i = 0; i < HOGS; i++) {
		snprintf(name, sizeof(name), "hog%d", i);
		lt_delete(name);
		lt_setiff(hogs[i], name, FLAGS);
	}
}

static const struct row {
	const char *what;
	void (*act)(int fd);
} rows[] = {
	{ "read", act_read },	    { "write", act_write },
	{ "inject", act_inject },   { "sent", act_sent },
	{ "capture", act_capture }, { "attach", act_attach },
	{ "close", act_close },	    { "delete", act_delete },
	{ "queue", act_queue },	    { "wire", act_wire },
	{ "link", act_link },	    { "rules", act_rules },
	{ "limit", act_limit },	    { "namespace", act_namespace },
	{ "offline", act_offline }, { "unload", act_unload },
};

static void act_once(struct side *side)
{
	int fd = shared < 0 ? attach(0) : shared;
	char name[IFNAMSIZ] = NAME;

	if (shared >= 0)
		lt_setiff(shared, name, FLAGS);
	side->inside = true;
	met += side->other->inside;
	side->act(fd);
	met += side->other->inside;
	side->inside = false;
	if (shared < 0 && fd >= 0)
		close(fd);
}

static void *side_main(void *arg)
{
	time_t end = time(NULL) + SOON;
	struct side *side = arg;

	while (met < enough && time(NULL) < end)
		act_once(side);
	return NULL;
}

static void limit(const char *bytes)
{
	lt_write_file(GROUP "/memory.max", bytes);
}

/* Files whose rings the group pays for, and its limit while nobody uses them. */
static void open_members(struct __test_metadata *_metadata, bool limited)
{
	char text[32] = "";
	int i;

	ASSERT_EQ(1, lt_write_file(GROUP "/cgroup.procs", "0"));
	shared = attach(0);
	for (i = 0; i < HOGS && limited; i++) {
		strcpy(text, "hog%d");
		hogs[i] = lt_attach(text, FLAGS, O_NONBLOCK);
	}
	ASSERT_EQ(1, lt_write_file(CGROUP "/cgroup.procs", "0"));
	ASSERT_LE(0, shared);
	if (!limited)
		return;
	ASSERT_LE(0, hogs[HOGS - 1]);
	ASSERT_LT(0, lt_read_file(GROUP "/memory.current", text, sizeof(text)));
	snprintf(text, sizeof(text), "%ld", atol(text) + ROOM * RING);
	limit(text);
}

static void close_members(void)
{
	int i;

	close(shared);
	for (i = 0; i < HOGS; i++)
		close(hogs[i]);
	limit("max");
}

static void meet(struct __test_metadata *_metadata, const struct row *a,
		 const struct row *b)
{
	struct side sides[2] = {
		{ .act = a->act, .other = &sides[1] },
		{ .act = b->act, .other = &sides[0] },
	};
	bool limited = a->act == act_limit || b->act == act_limit;
	int i;

	shared = -1;
	memset(hogs, -1, sizeof(hogs));
	met = 0;
	refused = 0;
	/* A file that is open keeps the module. */
	if (b->act != act_unload)
		open_members(_metadata, limited);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&sides[i].thread, NULL, side_main, &sides[i]));
	for (i = 0; i < 2; i++)
		pthread_join(sides[i].thread, NULL);
	EXPECT_LE(enough, met)
		TH_LOG("%s and %s have met %d times", a->what, b->what, met);
	if (lt_control_write(NAME, "faults", "clear") == 5)
		lt_expect_bounds(_metadata, NAME);
	if (limited && shared >= 0)
		EXPECT_LT(0, refused);
	close_members();
	EXPECT_EQ(-ENOENT, lt_control(NAME, "state", O_RDONLY))
		TH_LOG("%s and %s leave a tunnel", a->what, b->what);
	lt_delete(NAME);
}

FIXTURE(pairs) { bool offline; };

FIXTURE_SETUP(pairs)
{
	struct stat st;

	enough = lt_kernel_debugs() ? 4 : 20;
	home = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_LE(0, home);
	ASSERT_GE(MAX_HOGS, HOGS);
	if (stat(CGROUP "/cgroup.procs", &st))
		ASSERT_EQ(0, mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	ASSERT_LT(0, lt_write_file(CGROUP "/cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, mkdir(GROUP, 0755));
	/* Not on a machine of one processor. */
	self->offline = !stat(CPU, &st);
	lt_datagram(data, LEN, 4, 1);
}

FIXTURE_TEARDOWN(pairs)
{
	EXPECT_EQ(0, rmdir(GROUP));
}

TEST_F_TIMEOUT(pairs, each, 2000)
{
	size_t a, b, cells = 0;

	for (a = 0; a < ARRAY_SIZE(rows); a++) {
		for (b = a; b < ARRAY_SIZE(rows); b++) {
			if (!self->offline &&
			    (rows[a].act == act_offline || rows[b].act == act_offline))
				continue;
			/* The files that fill the group keep the module. */
			if (rows[a].act == act_limit && rows[b].act == act_unload)
				continue;
			meet(_metadata, &rows[a], &rows[b]);
			cells++;
		}
		/* What was wrong with it stands above. */
		TH_LOG("%s with each from there on", rows[a].what);
	}
	TH_LOG("%zu pairs, each has met %d times", cells, enough);
}

TEST_HARNESS_MAIN
