// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory: the first allocation of a call fails, then the second, until there is
 * none left that could, and so for what is copied from and to the program. A call
 * that fails has changed nothing, and the next one works. A call that can do without
 * is as right as ever. /proc/thread-self/fail-nth does it, where the kernel has it.
 */
#include <dirent.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/looptun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "pcapfile.h"
#include "sums.h"

#define NTH "/proc/thread-self/fail-nth"
#define FAULTS "/sys/kernel/debug/"
#define NO_NTH "this kernel has no fail-nth"
#define LEN 100
#define LARGE 60000
#define LIMIT 600
/* Each page of a ring is an allocation that may fail. */
#define SMALL "ring_kib=64"
/* More than any call has. */
#define NEVER 1000000
/* Allocations at the end of a load: those of the module are among them. */
#define LAST 150
#define NONBLOCK ((void *)(unsigned long)O_NONBLOCK)
/* The kernel's own, of which user space has no name. */
#define ENOTSUPP 524

/* Of TUN and of TAP: made before, since malloc() would fail as well. */
static struct pf_file packets[2];
static __u8 data[LARGE], got[LARGE + 64];
static int nth = -1;

static void fail_in(int n)
{
	char text[16];

	pwrite(nth, text, sprintf(text, "%d", n), 0);
}

/* How many were left to go: 0 if one has failed. Reading it may be the last. */
static int fail_left(void)
{
	char text[16] = "";
	int left = pread(nth, text, sizeof(text) - 1, 0) < 0 ? 1 : atoi(text);

	pwrite(nth, "0", 1, 0);
	return left;
}

/* Every allocation counts, and the log does not tell of each. */
static bool fail_all_kinds(void)
{
	static const char *const settings[][2] = {
		{ FAULTS "failslab/ignore-gfp-wait", "N" },
		{ FAULTS "failslab/verbose", "0" },
		{ FAULTS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ FAULTS "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ FAULTS "fail_page_alloc/min-order", "0" },
		{ FAULTS "fail_page_alloc/verbose", "0" },
		{ FAULTS "fail_usercopy/verbose", "0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (lt_write_file(settings[i][0], settings[i][1]) <= 0)
			return false;
	nth = open(NTH, O_RDWR | O_CLOEXEC);
	/* What is not there yet would count as well. */
	return nth >= 0 && !mlockall(MCL_CURRENT | MCL_FUTURE);
}

/* What a call is tried on, made anew each time. */
struct subject {
	struct lt_tunnel t;
	int fd;
	int opened;
};

/* What may be otherwise than it was once a call has failed. */
enum {
	NOTHING,
	/* Counters: what they say has to add up. */
	COUNTERS,
	/* All: its answer could not be copied to the program, as with tun. */
	DONE,
};

struct op {
	const char *name;
	int flags;
	/* Minus an errno if it is no success. */
	long (*prepare)(struct subject *s);
	long (*call)(struct subject *s);
	long right;
	int changes;
	/* The tunnel that it makes, and every how many-th failure is tried. */
	const char *makes;
	int step;
	/* The queue that it makes, there or in the tunnel of the test. */
	const char *queue;
	/*
	 * What else the kernel says where it has no memory, and looptun passes on. For
	 * those that make a tunnel: device_add() does, of a companion.
	 */
	long other;
};

/* Everything that the test can see of tunnels. */
struct view {
	char text[16384];
	size_t len;
};

static void view_add(struct view *view, const char *text)
{
	size_t len = strlen(text);

	if (view->len + len + 1 > sizeof(view->text))
		len = sizeof(view->text) - 1 - view->len;
	memcpy(view->text + view->len, text, len);
	view->len += len;
	view->text[view->len] = '\0';
}

static int view_files(struct view *view, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			view_add(view, entry->d_name);
			view_add(view, "\n");
			count++;
		}
	if (dir)
		closedir(dir);
	return count;
}

static int count_files(const char *tunnel)
{
	static struct view view;
	char path[128];

	view.len = 0;
	snprintf(path, sizeof(path), LT_DEBUGFS "/%s", tunnel);
	return view_files(&view, path);
}

static int count_queue_files(const char *tunnel, const char *queue)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/queues/%s", tunnel, queue);
	return count_files(path);
}

static void look(struct view *view, const struct subject *s, int changes)
{
	static const char *const files[] = { "state", "loopback", "faults", "stats" };
	static char text[8192];
	char path[128];
	size_t i;

	view->len = 0;
	view_add(view, "");
	view_files(view, LT_DEBUGFS);
	snprintf(path, sizeof(path), LT_DEBUGFS "/%s/queues", s->t.name);
	view_files(view, path);
	/* Rules have counters as well. */
	for (i = 0; i < ARRAY_SIZE(files) - (changes == COUNTERS ? 2 : 0); i++)
		if (lt_control_read(s->t.name, files[i], text, sizeof(text)) > 0)
			view_add(view, text);
}

static const char *wanted = "nth%d";

static long attach(struct subject *s)
{
	char name[IFNAMSIZ];
	long ret;

	strcpy(name, wanted);
	ret = lt_setiff(s->fd, name, s->t.flags);
	return ret ?: strcmp(name, "nth0") ? -ENOTUNIQ : 0;
}

/* A further queue of the tunnel that is there. */
static long attach_to(struct subject *s)
{
	return lt_setiff(s->fd, s->t.name, s->t.flags);
}

static long open_file(struct subject *s)
{
	s->fd = lt_open(O_NONBLOCK);
	return s->fd < 0 ? s->fd : 0;
}

static long open_and_attach(struct subject *s)
{
	return open_file(s) ?: attach(s);
}

static long close_file(struct subject *s)
{
	int fd = s->fd;

	s->fd = -1;
	return lt_ret(close(fd));
}

static long create(struct subject *s)
{
	return lt_create("nth0 tun");
}

static long open_delete(struct subject *s)
{
	long ret = create(s);

	s->opened = lt_control("nth0", "delete", O_WRONLY);
	return ret < 0 ? ret : s->opened;
}

static long delete(struct subject *s)
{
	return lt_write(s->opened, "1", 1);
}

static long write_len(struct subject *s, size_t len)
{
	return lt_write(s->t.fd, data, len);
}

static long write_small(struct subject *s)
{
	return write_len(s, LEN);
}

static long write_large(struct subject *s)
{
	return write_len(s, LARGE);
}

static long write_twice(struct subject *s)
{
	write_small(s);
	return write_small(s);
}

static long inject_small(struct subject *s)
{
	return lt_write(s->t.inject, data, LEN);
}

static long inject_large(struct subject *s)
{
	return lt_write(s->t.inject, data, LARGE);
}

static long inject_twice(struct subject *s)
{
	inject_small(s);
	return inject_small(s);
}

static long read_one(struct subject *s)
{
	return lt_read(s->t.fd, got, sizeof(got));
}

static long read_sent(struct subject *s)
{
	return lt_read(s->t.sent, got, sizeof(got));
}

static long open_control(struct subject *s, const char *name, int oflags)
{
	close(s->opened);
	s->opened = lt_control(s->t.name, name, oflags | O_NONBLOCK);
	return s->opened < 0 ? s->opened : 0;
}

static long capture(struct subject *s)
{
	return open_control(s, "capture", O_RDONLY);
}

/* What is read first is how a capture begins; it may come in pieces. */
static long capture_read(struct subject *s)
{
	long ret = lt_read(s->opened, got, sizeof(got));

	return ret > 0 ? 0 : ret;
}

static long capture_write(struct subject *s)
{
	return capture(s) ?: write_small(s);
}

static long replay_all(int fd, const struct pf_file *file)
{
	size_t at;
	long ret;

	for (at = 0; at < file->len; at += ret) {
		ret = lt_write(fd, file->data + at, file->len - at);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static long replay(struct subject *s)
{
	return open_control(s, "replay", O_WRONLY) ?:
	       replay_all(s->opened, &packets[lt_tap(s->t.flags)]);
}

static long set(struct subject *s, const char *file, const char *text)
{
	long ret = lt_control_write(s->t.name, file, text);

	return ret < 0 ? ret : 0;
}

static long add_rules(struct subject *s)
{
	return set(s, "faults", "dir=rx drop skip=9\ndir=tx errno=EINVAL skip=9\n");
}

static long change_rules(struct subject *s)
{
	return set(s, "faults", "dir=tx corrupt bytes=3\ndir=rx corrupt bytes=3\n");
}

static long delay_rules(struct subject *s)
{
	return set(s, "faults", "dir=tx delay=3000s\ndir=rx delay=3000s\n");
}

static long double_rules(struct subject *s)
{
	return set(s, "faults", "dir=tx duplicate\ndir=rx duplicate\n");
}

static long clear_rules(struct subject *s)
{
	return set(s, "faults", "clear");
}

static long echo(struct subject *s)
{
	return set(s, "loopback", "echo");
}

static long echo_changed(struct subject *s)
{
	return echo(s) ?: change_rules(s);
}

static long reflect(struct subject *s)
{
	return set(s, "loopback", "reflect");
}

static long set_peer(struct subject *s)
{
	return set(s, "loopback", "peer nth0");
}

static long peer_on(struct subject *s)
{
	return open_and_attach(s) ?: set_peer(s);
}

static long wire(struct subject *s)
{
	s->opened = lt_ioctl(s->t.fd, LOOPTUN_OPEN_WIRE, NONBLOCK);
	return s->opened < 0 ? s->opened : 0;
}

static long wire_write(struct subject *s)
{
	return lt_write(s->opened, data, LEN);
}

static long attach_filter(struct subject *s)
{
	struct sock_filter code = { BPF_RET | BPF_K, 0, 0, 2000 };
	struct sock_fprog filter = { 1, &code };

	return lt_ioctl(s->t.fd, TUNATTACHFILTER, &filter);
}

static long set_addresses(struct subject *s)
{
	static const struct {
		struct tun_filter head;
		__u8 list[2][6];
	} filter = { { 0, 2 }, { { 2, 1 }, { 1, 2 } } };

	return lt_ioctl(s->t.fd, TUNSETTXFILTER, &filter);
}

/* One that returns how much of a frame passes, or which queue takes it. */
static long load_program(struct subject *s)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU | BPF_MOV | BPF_K, .imm = 2000 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};

	s->opened = lt_ret(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
	return s->opened < 0 ? s->opened : 0;
}

static long set_steering(struct subject *s)
{
	return lt_ioctl(s->t.fd, TUNSETSTEERINGEBPF, &s->opened);
}

static long set_filter(struct subject *s)
{
	return lt_ioctl(s->t.fd, TUNSETFILTEREBPF, &s->opened);
}

static long filter_on(struct subject *s)
{
	return load_program(s) ?: set_filter(s);
}

static long detach_queue(struct subject *s)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };

	return lt_ioctl(s->t.fd, TUNSETQUEUE, &ifr);
}

static long attach_queue(struct subject *s)
{
	struct ifreq ifr = { .ifr_flags = IFF_ATTACH_QUEUE };

	return lt_ioctl(s->t.fd, TUNSETQUEUE, &ifr);
}

static long get_iff(struct subject *s)
{
	struct ifreq ifr = { };

	return lt_ioctl(s->t.fd, TUNGETIFF, &ifr);
}

/* What one of two queues has written is left behind when it goes. */
static long attach_and_write(struct subject *s)
{
	return open_file(s) ?: attach_to(s) ?: lt_write(s->fd, data, LEN) != LEN;
}

static long open_attach_and_write(struct subject *s)
{
	return open_and_attach(s) ?: lt_write(s->fd, data, LEN) != LEN;
}

static long unshare_net(struct subject *s)
{
	return lt_ret(unshare(CLONE_NEWNET));
}

#define TUN (IFF_TUN | IFF_NO_PI)
#define TAP (IFF_TAP | IFF_NO_PI)
#define MANY (IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE)
#define VNET (IFF_TUN | IFF_VNET_HDR)

/* With a companion and without. */
static const struct op tunnels[] = {
	{ "open", TUN, NULL, open_file },
	{ "attach", TUN, open_file, attach, 0, DONE, "nth0", .other = -EINVAL },
	{ "attach, TAP", TAP, open_file, attach, 0, DONE, "nth0", .other = -EINVAL },
	{ "attach, many", MANY, open_file, attach, 0, DONE, "nth0", .queue = "0",
	  .other = -EINVAL },
	{ "attach to", MANY, open_file, attach_to, 0, DONE, .queue = "1" },
	{ "close", MANY, attach_and_write, close_file, 0, COUNTERS },
	{ "close the last", TUN, open_attach_and_write, close_file },
	{ "create", TUN, NULL, create, 8, NOTHING, "nth0", .other = -EINVAL },
	{ "delete", TUN, open_delete, delete, 1 },
};

static const struct op traffic[] = {
	{ "write", TUN, NULL, write_small, LEN, COUNTERS },
	{ "write, TAP", TAP, NULL, write_small, LEN, COUNTERS },
	{ "write, vnet", VNET, NULL, write_small, LEN, COUNTERS },
	{ "write, large", TUN, NULL, write_large, LARGE, COUNTERS },
	{ "write, changed", TUN, change_rules, write_small, LEN, COUNTERS },
	{ "write, delayed", TUN, delay_rules, write_small, LEN, COUNTERS },
	{ "write, doubled", TUN, double_rules, write_small, LEN, COUNTERS },
	{ "write, captured", TUN, capture, write_small, LEN, COUNTERS },
	{ "write, echo", TUN, echo, write_small, LEN, COUNTERS },
	{ "write, echo, changed", TUN, echo_changed, write_small, LEN, COUNTERS },
	{ "write, reflect", TAP, reflect, write_small, LEN, COUNTERS },
	{ "write, peer", TAP, peer_on, write_small, LEN, COUNTERS },
	{ "inject", TUN, NULL, inject_small, LEN, COUNTERS },
	{ "inject, TAP", TAP, NULL, inject_small, LEN, COUNTERS },
	{ "inject, large", TUN, NULL, inject_large, LARGE, COUNTERS },
	{ "inject, changed", TUN, change_rules, inject_small, LEN, COUNTERS },
	{ "inject, delayed", TUN, delay_rules, inject_small, LEN, COUNTERS },
	{ "inject, filter", TUN, filter_on, inject_small, LEN, COUNTERS },
	{ "inject, classic", TAP, attach_filter, inject_small, LEN, COUNTERS },
	{ "read", TUN, inject_twice, read_one, LEN, COUNTERS },
	{ "read, vnet", VNET, inject_twice, read_one, LEN + 14, COUNTERS },
	{ "sent", TUN, write_twice, read_sent, LEN, COUNTERS },
	{ "replay", TUN, NULL, replay, 0, COUNTERS },
	{ "replay, TAP", TAP, NULL, replay, 0, COUNTERS },
};

static const struct op controls[] = {
	{ "capture", TUN, NULL, capture },
	{ "capture, read", TUN, capture_write, capture_read },
	{ "rules", TUN, NULL, add_rules },
	{ "more rules", TUN, change_rules, add_rules },
	{ "no rules", TUN, change_rules, clear_rules },
	{ "echo", TUN, NULL, echo },
	{ "peer", TUN, open_and_attach, set_peer },
	{ "wire", TUN, NULL, wire },
	{ "wire, write", TUN, wire, wire_write, LEN, COUNTERS },
	/* Its compiler has no memory, and there is no interpreter. */
	{ "TUNATTACHFILTER", TAP, NULL, attach_filter, .other = -ENOTSUPP },
	{ "TUNSETTXFILTER", TAP, NULL, set_addresses, 2 },
	{ "TUNSETSTEERINGEBPF", MANY, load_program, set_steering },
	{ "TUNSETFILTEREBPF", TUN, load_program, set_filter },
	{ "queue out", MANY, NULL, detach_queue },
	{ "queue in", MANY, detach_queue, attach_queue, .queue = "0" },
	{ "TUNGETIFF", TUN, NULL, get_iff },
	/* Nearly all of it is the kernel's. */
	{ "namespace", TUN, NULL, unshare_net, .step = 41 },
};

/* In every tunnel's directory. */
static int files, queue_files;
static bool companions;

/* Debian's kernels have none; that of the debug guest has to have it. */
static bool can_fail(struct __test_metadata *_metadata)
{
	if (access(NTH, F_OK)) {
		EXPECT_FALSE(lt_kernel_debugs());
		return false;
	}
	EXPECT_TRUE(fail_all_kinds());
	return true;
}

FIXTURE(failnth) {
	int net;
};

FIXTURE_VARIANT(failnth) {
	const char *parameters;
	const struct op *ops;
	size_t count;
};

FIXTURE_VARIANT_ADD(failnth, traffic) { SMALL, traffic, ARRAY_SIZE(traffic) };
FIXTURE_VARIANT_ADD(failnth, controls) { SMALL, controls, ARRAY_SIZE(controls) };
FIXTURE_VARIANT_ADD(failnth, tunnels) { SMALL, tunnels, ARRAY_SIZE(tunnels) };
FIXTURE_VARIANT_ADD(failnth, companions) { SMALL " netdev=1", tunnels, ARRAY_SIZE(tunnels) };

FIXTURE_SETUP(failnth)
{
	int tap;

	lt_datagram(data, LARGE, 4, 1);
	/* No virtio-net header asks for anything, and this is IPv4 on a TAP, too. */
	memset(data + 1, 0, 11);
	data[12] = 8;
	data[13] = 0;
	for (tap = 0; tap < 2; tap++) {
		pf_begin(&packets[tap], tap ? 1 : 101);
		pf_add(&packets[tap], data, LEN, LEN);
		pf_add(&packets[tap], data, LARGE / 2, LARGE / 2);
	}
	ASSERT_EQ(0, lt_unload("looptun"));
	ASSERT_EQ(0, lt_load(LT_MODULE, variant->parameters));
	companions = strstr(variant->parameters, "netdev");
	/* What the kernel sends into one by itself is counted, at some moment. */
	if (companions)
		lt_write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	self->net = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_LE(0, self->net);
}

FIXTURE_TEARDOWN(failnth)
{
	pf_free(&packets[0]);
	pf_free(&packets[1]);
	close(self->net);
	close(nth);
	lt_write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
	EXPECT_EQ(0, lt_unload("looptun"));
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

static void subject_open(struct __test_metadata *_metadata, const struct op *op,
			 struct subject *s)
{
	*s = (struct subject){ .fd = -1, .opened = -1 };
	ASSERT_EQ(0, lt_tunnel_open(&s->t, op->flags, O_NONBLOCK) < 0);
	files = count_files(s->t.name) - !!(op->flags & IFF_MULTI_QUEUE);
	if (op->flags & IFF_MULTI_QUEUE)
		queue_files = count_queue_files(s->t.name, "0");
	if (op->prepare)
		ASSERT_LE(0, op->prepare(s)) TH_LOG("%s", op->name);
}

/* Of what it made nothing is left. */
static void subject_close(struct __test_metadata *_metadata, const struct op *op,
			  struct subject *s)
{
	clear_rules(s);
	/* There is no rule that would: where memory was missing, that is no reason. */
	EXPECT_EQ(0, lt_stat(s->t.name, "loopback_rule") > 0)
		TH_LOG("%s: as if a rule had refused it", op->name);
	lt_expect_bounds(_metadata, s->t.name);
	close(s->opened);
	close(s->fd);
	lt_tunnel_close(&s->t);
	lt_delete("nth0");
	EXPECT_EQ(-ENOENT, lt_control("nth0", "state", O_RDONLY));
	EXPECT_EQ(-ENOENT, lt_control(s->t.name, "state", O_RDONLY));
}

/* A tunnel and a queue that are there are there with all their files. */
static void expect_made(struct __test_metadata *_metadata, const struct op *op,
			const struct subject *s, int n)
{
	if (op->makes)
		EXPECT_EQ(files + !!(op->flags & IFF_MULTI_QUEUE),
			  count_files(op->makes))
			TH_LOG("%s, failure %d: files are missing", op->name, n);
	if (op->queue)
		EXPECT_EQ(queue_files,
			  count_queue_files(op->makes ?: s->t.name, op->queue))
			TH_LOG("%s, failure %d: files of the queue are missing",
			       op->name, n);
}

static void expect_failed(struct __test_metadata *_metadata, const struct op *op,
			  struct subject *s, const struct view *before, long ret,
			  int n)
{
	static struct view after;

	/* The network core has others where it has no memory for sysctl. */
	EXPECT_TRUE(ret == -ENOMEM || ret == -EFAULT || ret == -ENOBUFS ||
		    (ret == op->other && (companions || !op->makes)))
		TH_LOG("%s, failure %d: %ld", op->name, n, ret);
	if (op->changes == DONE && ret == -EFAULT)
		return;
	look(&after, s, op->changes);
	EXPECT_STREQ(before->text, after.text)
		TH_LOG("%s, failure %d: %ld", op->name, n, ret);
	ret = op->call(s);
	EXPECT_EQ(op->right, ret) TH_LOG("%s, after failure %d", op->name, n);
}

/* One failure; false if there was none to fail. */
static bool fail_one(struct __test_metadata *_metadata, const struct op *op, int n)
{
	static struct view before;
	struct subject s;
	bool failed;
	long ret;

	subject_open(_metadata, op, &s);
	look(&before, &s, op->changes);
	fail_in(n);
	ret = op->call(&s);
	failed = !fail_left();
	if (failed && ret < 0) {
		expect_failed(_metadata, op, &s, &before, ret, n);
	} else {
		EXPECT_EQ(op->right, ret)
			TH_LOG("%s, failure %d of none", op->name, n);
		expect_made(_metadata, op, &s, n);
	}
	subject_close(_metadata, op, &s);
	return failed;
}

TEST_F_TIMEOUT(failnth, each, LIMIT)
{
	const struct op *op = variant->ops;
	int n, step;

	if (!can_fail(_metadata))
		SKIP(return, NO_NTH);
	for (; op < variant->ops + variant->count; op++) {
		step = op->step ?: 1;
		for (n = 1; fail_one(_metadata, op, n); n += step)
			ASSERT_EQ(0, setns(self->net, CLONE_NEWNET));
		ASSERT_EQ(0, setns(self->net, CLONE_NEWNET));
		TH_LOG("%s: %d", op->name, (n - 1) / step);
		EXPECT_LT(1, n) TH_LOG("%s: nothing failed", op->name);
	}
}

FIXTURE(failnth_load) { int unused; };

FIXTURE_SETUP(failnth_load)
{
	ASSERT_EQ(0, lt_unload("looptun"));
}

FIXTURE_TEARDOWN(failnth_load)
{
	close(nth);
	EXPECT_EQ(0, lt_unload("looptun"));
	EXPECT_EQ(0, lt_load(LT_MODULE, ""));
}

/* What fails at the end of a load is the module's own, nearly all. */
TEST_F_TIMEOUT(failnth_load, load, LIMIT)
{
	int n, last, ret;

	if (!can_fail(_metadata)) {
		lt_load(LT_MODULE, "");
		SKIP(return, NO_NTH);
	}
	fail_in(NEVER);
	ret = lt_load(LT_MODULE, "netdev=1");
	last = NEVER - fail_left();
	ASSERT_EQ(0, ret);
	ASSERT_LT(LAST, last);
	for (n = last - LAST; ; n++) {
		ASSERT_EQ(ret ? -ENOENT : 0, lt_unload("looptun"));
		fail_in(n);
		ret = lt_load(LT_MODULE, "netdev=1");
		if (fail_left())
			break;
		EXPECT_TRUE(!ret || ret == -ENOMEM || ret == -EFAULT)
			TH_LOG("failure %d: %d", n, ret);
		EXPECT_EQ(ret ? -1 : 0, access(LT_DEBUGFS, F_OK));
		EXPECT_EQ(ret ? -1 : 0, access("/dev/looptun", F_OK));
	}
	TH_LOG("load: %d of %d", LAST, last);
	EXPECT_EQ(0, ret);
}

TEST_HARNESS_MAIN
