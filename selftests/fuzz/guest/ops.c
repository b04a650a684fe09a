// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what can be called, and the words and numbers for it: those that
 * are right, and those that are next to them.
 */
#include <linux/filter.h>
#include <linux/looptun.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "kselftest.h"

atomic_int files[FILES];

static const char *const names[] = {
	"fuzz0", "fuzz1", "fuzz2", "fuzz%d", "faults", "", "a/b", "fuzz23456789012",
};

static const char *const control_files[] = {
	"inject", "inject_frame", "inject_vnet", "sent", "capture", "replay", "link",
	"txqueuelen", "hold", "faults", "loopback", "delete", "state", "stats",
	"queues/0/inject", "queues/0/sent", "queues/1/inject_frame", "queues/1/sent",
	"queues/0/state", "../faults", "../wait", "../create", "../version",
};

static const char *const words[] = {
	"up", "down", "0", "1", "3", "500", "-1", "99999999999", "none", "echo",
	"reflect", "peer fuzz0", "peer fuzz1", "peer fuzz2", "peer faults", "clear",
	"fuzz0 tun", "fuzz1 tap multi_queue", "fuzz2 tun multi_queue owner=1",
	"fuzz% tun", "fuzz%d tap", "attach fuzz0 timeout=0.002",
	"read fuzz1 3 timeout=0.002", "write fuzz2 1 timeout=0.002",
	"close fuzz0 timeout=0.002", "write fuzz0 1000000", "", "\n", "x\ny",
};

/* Rules are made of one word of each of these. */
static const char *const rule_where[] = {
	"dir=rx", "dir=tx", "op=read", "op=write", "op=poll", "op=ioctl", "op=open",
	"op=attach", "op=ioctl:TUNSETSNDBUF", "dir=up",
};

static const char *const rule_what[] = {
	"drop", "duplicate", "reorder=3", "reorder=1", "delay=1ms", "delay=2ms jitter=2ms",
	"delay=3000s", "truncate=40", "truncate=0", "corrupt", "corrupt bytes=65535",
	"errno=EINTR", "errno=EIO", "errno=EPROTONOSUPPORT", "rate=10mbit",
	"rate=1000pps", "rate=1mbit burst=3000", "missed=in", "spurious=in",
	"spurious=out", "unknown",
};

static const char *const rule_when[] = {
	"", "chance=20", "every=3", "skip=2", "times=1", "len=60-1500", "len=100-",
	"match=9/ff/11", "chance=50 seed=7", "times=0", "every=99999999999",
};

/* The first half is for the device and its wires, the second for control files. */
static int slot(const __u8 *arg)
{
	return files[arg[0] % FILES];
}

static int device(const __u8 *arg)
{
	return files[arg[0] % (arg[0] < 240 ? FILES / 2 : FILES)];
}

static void put(__u8 place, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&files[place % FILES], fd);
	if (old >= 0)
		close(old);
}

static long is(int op, long ret)
{
	ops[op].tried++;
	ops[op].worked += ret >= 0;
	return ret;
}

/* Mostly those that do not sleep: signals end the others. */
static int oflags(__u8 number)
{
	return (number % 8 ? O_NONBLOCK : 0) | (number & 16 ? O_CLOEXEC : 0);
}

static void open_device(struct thread *thread, const __u8 *arg)
{
	if (arg[2] % 4 == 0)
		put(arg[0] % (FILES / 2), is(OPEN, lt_open(oflags(arg[1]))));
}

static void attach(struct thread *thread, const __u8 *arg)
{
	static const int flags[] = {
		IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
		IFF_TUN | IFF_VNET_HDR, IFF_TUN | IFF_NO_PI, IFF_TAP | IFF_NO_PI,
		IFF_TAP | IFF_VNET_HDR | IFF_MULTI_QUEUE, IFF_TAP, IFF_TUN,
		IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS | IFF_NO_PI,
		IFF_TUN | IFF_MULTI_QUEUE | IFF_NAPI, IFF_TUN | IFF_NO_CARRIER, 0,
		IFF_TAP | IFF_TUN | IFF_TUN_EXCL,
	};
	char name[IFNAMSIZ] = "";
	__u8 which = arg[3] < 24 ? arg[1] % 3 : arg[1];
	int kind = flags[(arg[3] < 24 ? which : arg[2]) % ARRAY_SIZE(flags)];
	int fd = device(arg);

	strcpy(name, names[which % ARRAY_SIZE(names)]);
	if (arg[4] % 4)
		fd = lt_open(oflags(arg[5]));
	is(ATTACH, lt_setiff(fd, name, kind));
	if (arg[4] % 4)
		put(arg[0] % (FILES / 2), fd);
}

static void create(struct thread *thread, const __u8 *arg)
{
	static const char *const kinds[] = {
		"tun multi_queue", "tap multi_queue", "tun", "tap", "tun owner=0", "x",
	};
	char line[64];

	snprintf(line, sizeof(line), "%s %s", names[arg[0] % ARRAY_SIZE(names)],
		 kinds[(arg[2] < 24 ? arg[0] % 3 : arg[1]) % ARRAY_SIZE(kinds)]);
	is(CREATE, lt_create(line));
}

static void delete(struct thread *thread, const __u8 *arg)
{
	if (arg[1] % 16 == 0)
		is(DELETE, lt_delete(names[arg[0] % 3]));
}

static void control(struct thread *thread, const __u8 *arg)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	const char *file = control_files[arg[2] % ARRAY_SIZE(control_files)];
	int mode = modes[arg[3] % ARRAY_SIZE(modes)] | oflags(arg[4]);

	put(FILES / 2 + arg[0] % (FILES / 2),
	    is(CONTROL, lt_control(names[arg[1] % 3], file, mode)));
}

/* A word for the file that takes it, for another, or for what is open. */
static void say(struct thread *thread, const __u8 *arg)
{
	const char *file = control_files[arg[3] % ARRAY_SIZE(control_files)];
	const char *word = words[arg[1] % ARRAY_SIZE(words)];

	if (arg[2] % 4)
		is(WORDS, lt_control_write(names[arg[0] % 3], file, word));
	else
		is(WORDS, lt_write(slot(arg), word, strlen(word)));
}

static void rules(struct thread *thread, const __u8 *arg)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s %s %s\n", arg[4] % 2 ? "clear\n" : "",
		 rule_where[arg[1] % ARRAY_SIZE(rule_where)],
		 rule_what[arg[2] % ARRAY_SIZE(rule_what)],
		 rule_when[arg[3] % ARRAY_SIZE(rule_when)]);
	if (arg[4] % 4 == 0)
		strcpy(text, "clear");
	is(RULES, lt_control_write(names[arg[0] % 3],
				   arg[5] % 16 ? "faults" : "../faults", text));
}

static size_t length(const __u8 *arg)
{
	static const size_t lens[] = {
		0, 1, 4, 10, 13, 14, 15, 20, 24, 40, 60, 64, 100, 576, 1400, 1500, 1514, 4096,
		9000, 32768, 65535, 65536, LARGEST,
	};

	return arg[0] % 4 ? lens[arg[1] % ARRAY_SIZE(lens)] : arg[1] + arg[2];
}

/* What begins as IP, with struct tun_pi, a virtio-net header or Ethernet before it. */
static size_t fill(struct thread *thread, __u8 *buf, const __u8 *arg)
{
	static const __u8 before[] = { 0, 0, 4, 10, 14, 24, 28 };
	size_t len = length(arg), at = before[arg[3] % ARRAY_SIZE(before)];

	memset(buf, arg[4], len);
	memset(buf, 0, len < 14 ? len : 14);
	if (at >= 14 && len > 14)
		memcpy(buf + 12, arg[5] & 1 ? "\x86\xdd" : "\x08\x00", 2);
	if (len > at + 40) {
		lt_datagram(buf + at, len - at, arg[5] & 1 ? 6 : 4, arg[4]);
		memset(buf + at + 1, arg[5] & 2 ? 0 : arg[4], 11);
	}
	return len;
}

static void write_some(struct thread *thread, const __u8 *arg)
{
	int fd = arg[6] % 4 ? device(arg) : slot(arg);

	is(WRITE, lt_write(fd, thread->buf, fill(thread, thread->buf, arg + 1)));
}

static void read_some(struct thread *thread, const __u8 *arg)
{
	int fd = arg[6] % 4 ? device(arg) : slot(arg);

	is(READ, lt_read(fd, thread->buf, arg[1] % 4 ? LARGEST : length(arg + 1)));
}

/* In pieces, the last of them perhaps where there is nothing. */
static void vectors(struct thread *thread, const __u8 *arg)
{
	size_t len = fill(thread, thread->buf, arg + 1), first = arg[2] % (len + 1);
	struct iovec iov[3] = {
		{ thread->buf, first }, { thread->buf + first, len - first },
		{ (void *)8, arg[6] % 4 ? 0 : 100 },
	};

	if (arg[6] & 8)
		is(VECTORS, lt_ret(readv(slot(arg), iov, 3)));
	else
		is(VECTORS, lt_ret(writev(slot(arg), iov, 3)));
}

static const unsigned long commands[] = {
	TUNSETIFF, TUNGETIFF, TUNSETQUEUE, TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP,
	TUNSETLINK, TUNSETOFFLOAD, TUNSETTXFILTER, TUNGETFEATURES, TUNSETSNDBUF,
	TUNGETSNDBUF, TUNATTACHFILTER, TUNDETACHFILTER, TUNGETVNETHDRSZ, TUNSETVNETHDRSZ,
	TUNSETIFINDEX, TUNGETFILTER, TUNSETVNETLE, TUNGETVNETLE, TUNSETVNETBE,
	TUNGETVNETBE, TUNSETSTEERINGEBPF, TUNSETFILTEREBPF, TUNSETCARRIER, TUNSETDEBUG,
	TUNSETNOCSUM, SIOCGIFHWADDR, SIOCSIFHWADDR, LOOPTUN_OPEN_WIRE, FIOASYNC, FIONREAD,
};

/* The same where the memory is not there yet. */
static void late(struct thread *thread, const __u8 *arg)
{
	unsigned long cmd = commands[arg[2] % ARRAY_SIZE(commands)];
	long ret;

	late_again(thread);
	if (arg[1] % 4 == 0)
		ret = lt_read(slot(arg), thread->late, 2 * PAGE);
	else if (arg[1] % 4 == 1)
		ret = lt_ioctl(slot(arg), cmd == LOOPTUN_OPEN_WIRE ? TUNGETIFF : cmd,
			       thread->late);
	else
		ret = lt_write(slot(arg), thread->late + PAGE - arg[2], arg[2] + arg[3]);
	is(LATE, ret);
}

static void look(struct thread *thread, const __u8 *arg)
{
	is(POLL, lt_poll(slot(arg), arg[1], arg[2] % 8 ? 0 : 2));
}

static void epoll(struct thread *thread, const __u8 *arg)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | (arg[2] & 1 ? EPOLLET : 0) };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	is(EPOLL, lt_ret(epoll_ctl(fd, EPOLL_CTL_ADD, slot(arg), &event)));
	epoll_ctl(fd, EPOLL_CTL_ADD, files[arg[1] % FILES], &event);
	epoll_wait(fd, &event, 1, arg[3] % 8 ? 0 : 1);
	close(fd);
}

/* Any command, with small numbers or with noise where its argument points to. */
static void ioctls(struct thread *thread, const __u8 *arg)
{
	unsigned long cmd = commands[arg[1] % ARRAY_SIZE(commands)];
	int noise[64] = { arg[2] % 2 ? arg[3] : arg[3] << 12, arg[4], arg[5] };

	if (cmd == LOOPTUN_OPEN_WIRE)
		return;
	if (arg[6] % 8 == 0)
		memset(noise, arg[3], sizeof(noise));
	is(IOCTL, lt_ioctl(device(arg), cmd, arg[6] % 8 == 1 ? (void *)8 : noise));
}

/* Those that matter most, with values that are right. */
static void setting(struct thread *thread, const __u8 *arg)
{
	static const int sizes[] = { 10, 12, 20, 0, 2000, 1 << 20, 65535 };
	int fd = device(arg), value = arg[2] % 2, size = sizes[arg[3] % ARRAY_SIZE(sizes)];
	long ret = 0;

	switch (arg[1] % 6) {
	case 0:
		ret = lt_ioctl(fd, TUNSETPERSIST, (void *)(long)value);
		break;
	case 1:
		ret = lt_ioctl(fd, TUNSETCARRIER, &value);
		break;
	case 2:
		ret = lt_ioctl(fd, TUNSETVNETHDRSZ, &size);
		break;
	case 3:
		ret = lt_ioctl(fd, TUNSETSNDBUF, &size);
		break;
	case 4:
		ret = lt_ioctl(fd, TUNSETOFFLOAD, (void *)(long)arg[4]);
		break;
	default:
		ret = lt_ioctl(fd, TUNSETVNETLE, &value);
	}
	is(SETTING, ret);
}

static void filter(struct thread *thread, const __u8 *arg)
{
	struct sock_filter code[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, arg[3] },
		{ BPF_RET | (arg[4] % 2 ? BPF_K : BPF_A), 0, 0, arg[5] },
	};
	struct sock_fprog fprog = { 2, code };
	struct {
		struct tun_filter head;
		__u8 list[64][6];
	} addresses = { { arg[3] % 2, arg[2] % 65 } };
	unsigned long cmd = arg[1] % 4 == 0 ? TUNDETACHFILTER : TUNATTACHFILTER;

	memset(addresses.list, arg[4], sizeof(addresses.list));
	is(FILTER, arg[1] % 4 == 1 ? lt_ioctl(device(arg), TUNSETTXFILTER, &addresses) :
				     lt_ioctl(device(arg), cmd, &fprog));
}

static void queue(struct thread *thread, const __u8 *arg)
{
	struct ifreq ifr = { .ifr_flags = arg[1] % 2 ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE };

	is(QUEUE, lt_ioctl(device(arg), TUNSETQUEUE, &ifr));
}

static void wire(struct thread *thread, const __u8 *arg)
{
	unsigned long flags = oflags(arg[2]) | (arg[3] % 2 ? LOOPTUN_WIRE_VNET : 0) |
			      (arg[4] % 8 ? 0 : 0x100);

	put(arg[1] % (FILES / 2),
	    is(WIRE, lt_ioctl(device(arg), LOOPTUN_OPEN_WIRE, (void *)flags)));
}

/* A packet file with two packets, one of its bytes wrong or not. */
static void replay(struct thread *thread, const __u8 *arg)
{
	__u32 head[] = { arg[1] % 2 ? 0xa1b2c3d4 : 0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535,
			 arg[2] % 2 ? 1 : 101 };
	__u32 packet[] = { 1, 1, 100, 100 };
	int fd = lt_control(names[arg[0] % 3], "replay", O_WRONLY | O_NONBLOCK);
	__u8 *at = thread->buf;

	memcpy(at, head, sizeof(head));
	at += sizeof(head);
	lt_datagram(at + sizeof(packet), 100, 4, arg[3]);
	memcpy(at, packet, sizeof(packet));
	memcpy(at + 116, at, 116);
	if (arg[4] % 2)
		thread->buf[arg[5]] ^= arg[6];
	is(REPLAY, lt_write(fd, thread->buf, sizeof(head) + arg[5] % 16));
	lt_write(fd, thread->buf + sizeof(head) + arg[5] % 16, 232 - arg[5] % 16);
	close(fd);
}

static void close_it(struct thread *thread, const __u8 *arg)
{
	int old = arg[1] % 4 ? -1 : atomic_exchange(&files[arg[0] % FILES], -1);

	if (old >= 0)
		is(CLOSE, close(old));
}

static void dup_it(struct thread *thread, const __u8 *arg)
{
	put((arg[0] & FILES / 2) | arg[1] % (FILES / 2), is(DUP, lt_ret(dup(slot(arg)))));
}

static void flags(struct thread *thread, const __u8 *arg)
{
	is(FLAGS, lt_ret(fcntl(slot(arg), F_SETFL, oflags(arg[1]) | (arg[2] % 2 ? O_ASYNC : 0))));
}

/* This thread's own, and back. It costs much. */
static void namespace(struct thread *thread, const __u8 *arg)
{
	int fd;

	if (arg[0] == 7 && arg[1] % 4 == 0) {
		is(NAMESPACE, lt_ret(unshare(CLONE_NEWNET)));
	} else {
		fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
		setns(fd, CLONE_NEWNET);
		close(fd);
	}
}

static void ring(struct thread *thread, const __u8 *arg)
{
	static const char *const sizes[] = { "64", "256", "64", "1024", "65", "-1" };

	is(RING, lt_write_file(RING_KIB, sizes[arg[0] % ARRAY_SIZE(sizes)]));
}

/* As a member of the group of that file: a new tunnel's descriptor, or NONE. */
#define NONE 255

static int member(const char *path, char *name, const __u8 *arg)
{
	int kind = arg[1] % 2 ? IFF_TUN | IFF_NO_PI : IFF_TAP | IFF_VNET_HDR, fd;

	fd = lt_write_file(path, "0") > 0 ? lt_open(O_NONBLOCK) : -1;
	if (!lt_setiff(fd, name, kind))
		return fd;
	close(fd);
	return NONE;
}

/* The member is another process, with the same descriptors. */
static int made_by_member(const char *path, char *name, const __u8 *arg)
{
	int child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0), status = 0;

	if (!child)
		_exit(member(path, name, arg));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == NONE)
		return -1;
	return WEXITSTATUS(status);
}

/*
 * A tunnel whose group has room for a ring or two, or for none, before anybody uses it.
 * Its member is gone by then: a process that needs a page of its own would be killed.
 */
static void group(struct thread *thread, const __u8 *arg)
{
	char path[64], name[IFNAMSIZ], text[32];
	int fd, i;

	if (arg[0] % 16)
		return;
	snprintf(name, sizeof(name), "paid%u", thread->number);
	lt_delete(name);
	snprintf(path, sizeof(path), GROUP, thread->number);
	rmdir(path);
	mkdir(path, 0755);
	strcat(path, "/cgroup.procs");
	fd = made_by_member(path, name, arg);
	snprintf(path, sizeof(path), GROUP "/memory.current", thread->number);
	if (is(MEMORY, fd) < 0)
		return;
	if (lt_read_file(path, text, sizeof(text)) > 0) {
		snprintf(text, sizeof(text), "%ld", atol(text) + arg[2] * 16384L);
		snprintf(path, sizeof(path), GROUP "/memory.max", thread->number);
		lt_write_file(path, text);
	}
	if (arg[0] & 16)
		lt_control_write(name, "faults", "dir=rx delay=1ms\ndir=tx delay=1ms\n");
	lt_control_write(name, "inject", "a ring");
	lt_write(fd, thread->buf, fill(thread, thread->buf, arg));
	put(arg[3] % (FILES / 2), fd);
	for (i = 4; i < 7; i++)
		put(FILES / 2 + arg[i] % (FILES / 2),
		    lt_control(name, control_files[arg[i] % ARRAY_SIZE(control_files)],
			       O_RDWR | O_NONBLOCK));
}

/* In the order of the numbers in guest.h. */
struct op ops[] = {
	{ "open", open_device }, { "attach", attach }, { "create", create },
	{ "delete", delete }, { "control", control }, { "words", say },
	{ "rules", rules }, { "write", write_some }, { "read", read_some },
	{ "vectors", vectors }, { "late", late }, { "poll", look }, { "epoll", epoll },
	{ "ioctl", ioctls }, { "setting", setting }, { "filter", filter },
	{ "queue", queue }, { "wire", wire }, { "replay", replay }, { "close", close_it },
	{ "dup", dup_it }, { "flags", flags }, { "namespace", namespace }, { "ring", ring },
	{ "memory", group },
};

const unsigned int ops_count = OPS;
