// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the test programs share, see looptun.h. Nothing in here decides
 * whether a test passes.
 */
#include <arpa/inet.h>
#include <glob.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "looptun.h"

long lt_ret(long ret)
{
	return ret < 0 ? -errno : ret;
}

const char *lt_device(void)
{
	return getenv("LOOPTUN_DEV") ?: "/dev/looptun";
}

int lt_open(int oflags)
{
	return lt_ret(open(lt_device(), O_RDWR | oflags));
}

int lt_setiff(int fd, char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = flags };
	long ret;

	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ));
	ret = lt_ioctl(fd, TUNSETIFF, &ifr);
	if (!ret)
		memcpy(name, ifr.ifr_name, IFNAMSIZ);
	return ret;
}

/* Open and attach: the descriptor. */
int lt_attach(char *name, int flags, int oflags)
{
	int fd = lt_open(oflags);
	int ret;

	if (fd < 0)
		return fd;
	ret = lt_setiff(fd, name, flags);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int lt_tunnel_open(struct lt_tunnel *t, int flags, int oflags)
{
	*t = (struct lt_tunnel){ .name = "test%d", .flags = flags };
	t->fd = lt_attach(t->name, flags, oflags);
	if (t->fd < 0)
		return t->fd;
	t->inject = lt_control(t->name, "inject_frame", O_WRONLY | O_NONBLOCK);
	if (t->inject < 0)
		return t->inject;
	t->sent = lt_control(t->name, "sent", O_RDONLY | O_NONBLOCK);
	return t->sent < 0 ? t->sent : 0;
}

void lt_tunnel_close(struct lt_tunnel *t)
{
	close(t->sent);
	close(t->inject);
	close(t->fd);
}

long lt_ioctl(int fd, unsigned long cmd, const void *arg)
{
	return lt_ret(ioctl(fd, cmd, arg));
}

long lt_read(int fd, void *buf, size_t len)
{
	return lt_ret(read(fd, buf, len));
}

long lt_write(int fd, const void *buf, size_t len)
{
	return lt_ret(write(fd, buf, len));
}

long lt_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	long ret;

	if (fd < 0)
		return -errno;
	ret = lt_write(fd, text, strlen(text));
	close(fd);
	return ret;
}

long lt_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	size_t done = 0;
	long ret;

	if (fd < 0)
		return -errno;
	do {
		ret = lt_read(fd, buf + done, size - 1 - done);
		if (ret > 0)
			done += ret;
	} while (ret > 0 && done < size - 1);
	close(fd);
	buf[done] = '\0';
	return ret < 0 ? ret : (long)done;
}

void lt_path(char *path, size_t size, const char *tunnel, const char *file)
{
	snprintf(path, size, LT_DEBUGFS "/%s/%s", tunnel, file);
}

int lt_control(const char *tunnel, const char *file, int oflags)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, file);
	return lt_ret(open(path, oflags));
}

long lt_control_write(const char *tunnel, const char *file, const char *text)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, file);
	return lt_write_file(path, text);
}

long lt_control_read(const char *tunnel, const char *file, char *buf,
		     size_t size)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, file);
	return lt_read_file(path, buf, size);
}

/* The value of a line "counter value" of the tunnel's stats. */
long lt_stat(const char *tunnel, const char *counter)
{
	size_t len = strlen(counter);
	char stats[4096], *line;
	long ret = lt_control_read(tunnel, "stats", stats, sizeof(stats));

	if (ret < 0)
		return ret;
	for (line = strtok(stats, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, counter, len) && line[len] == ' ')
			return strtol(line + len + 1, NULL, 10);
	return -ENOENT;
}

/* Does the tunnel's state hold exactly this line? */
bool lt_state_has(const char *tunnel, const char *line)
{
	char state[4096], *have;

	if (lt_control_read(tunnel, "state", state, sizeof(state)) < 0)
		return false;
	for (have = strtok(state, "\n"); have; have = strtok(NULL, "\n"))
		if (!strcmp(have, line))
			return true;
	return false;
}

long lt_create(const char *line)
{
	return lt_write_file(LT_DEBUGFS "/create", line);
}

long lt_delete(const char *tunnel)
{
	return lt_control_write(tunnel, "delete", "1");
}

int lt_poll(int fd, int events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int ret = poll(&pollfd, 1, timeout_ms);

	return ret < 0 ? -errno : pollfd.revents;
}

void lt_poison(void *buf, size_t len)
{
	memset(buf, LT_POISON, len);
}

/* Are the bytes from offset @from to before @to still poison? */
bool lt_poisoned(const void *buf, size_t from, size_t to)
{
	const __u8 *bytes = buf;

	/* Each byte as the one before it: memcmp() takes many at a time. */
	return from >= to || (bytes[from] == LT_POISON &&
			      !memcmp(bytes + from, bytes + from + 1, to - from - 1));
}

/* Bytes that tell their place and seed, and are never the poison. */
void lt_fill(void *buf, size_t len, __u32 seed)
{
	__u8 *bytes = buf;
	__u32 state = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = state >> 24;
		if (bytes[i] == LT_POISON)
			bytes[i] = 0;
	}
}

/* @len bytes that begin as an IP datagram of that version: nothing more. */
size_t lt_datagram(void *buf, size_t len, int version, __u32 seed)
{
	lt_fill(buf, len, seed);
	if (len)
		*(__u8 *)buf = version << 4 | 5;
	return len;
}

/* @len bytes that have that EtherType, as far as they reach. */
size_t lt_frame(void *buf, size_t len, int proto, __u32 seed)
{
	__u8 *bytes = buf;

	lt_fill(buf, len, seed);
	if (len > 12)
		bytes[12] = proto >> 8;
	if (len > 13)
		bytes[13] = proto;
	return len;
}

/* The Internet checksum of @buf after what @sum has added up, host order. */
__u16 lt_checksum(const void *buf, size_t len, __u32 sum)
{
	const __u8 *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(__u8 *at, __u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* An IPv4 datagram with checksums that are right; @udp in host order. */
size_t lt_udp_datagram(void *buf, const struct lt_udp *udp, const void *payload,
		       size_t len)
{
	__u8 *ip = buf;
	__u32 pseudo;
	__u16 sum;

	memset(ip, 0, 28);
	ip[0] = 0x45;
	put16(ip + 2, 28 + len);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, udp->saddr);
	put32(ip + 16, udp->daddr);
	put16(ip + 10, lt_checksum(ip, 20, 0));
	put16(ip + 20, udp->sport);
	put16(ip + 22, udp->dport);
	put16(ip + 24, 8 + len);
	memcpy(ip + 28, payload, len);
	pseudo = (udp->saddr >> 16) + (udp->saddr & 0xffff) +
		 (udp->daddr >> 16) + (udp->daddr & 0xffff) + IPPROTO_UDP + 8 +
		 len;
	sum = lt_checksum(ip + 20, 8 + len, pseudo);
	put16(ip + 26, sum ?: 0xffff);
	return 28 + len;
}

/* A pointer to @len bytes that end where memory ends. NULL without memory. */
void *lt_edge(size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = (len + page - 1) / page * page;
	__u8 *map = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + size, page, PROT_NONE))
		return NULL;
	lt_poison(map, size);
	return map + size - len;
}

static void *call_main(void *arg)
{
	struct lt_call *call = arg;

	call->tid = gettid();
	if (call->writes)
		call->ret = lt_write(call->fd, call->buf, call->len);
	else
		call->ret = lt_read(call->fd, call->buf, call->len);
	call->done = true;
	return NULL;
}

static int call_start(struct lt_call *call)
{
	call->done = false;
	call->tid = 0;
	return -pthread_create(&call->thread, NULL, call_main, call);
}

int lt_call_read(struct lt_call *call, int fd, void *buf, size_t len)
{
	*call = (struct lt_call){ .fd = fd, .buf = buf, .len = len };
	return call_start(call);
}

int lt_call_write(struct lt_call *call, int fd, const void *buf, size_t len)
{
	*call = (struct lt_call){
		.fd = fd, .buf = (void *)buf, .len = len, .writes = true,
	};
	return call_start(call);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Is the thread asleep in system call @nr? Minus errno when it is no more. */
static int thread_sleeps(pid_t tid, long nr)
{
	char path[64], text[512], *paren;
	long ret;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	ret = lt_read_file(path, text, sizeof(text));
	if (ret < 0)
		return ret;
	paren = strrchr(text, ')');
	if (!paren || paren[2] != 'S')
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	ret = lt_read_file(path, text, sizeof(text));
	if (ret < 0)
		return ret;
	/* "running" when it woke in between. */
	return strtol(text, &paren, 10) == nr && *paren == ' ';
}

/* Wait until that thread is asleep in system call @nr. */
int lt_wait_blocked(pid_t tid, long nr)
{
	long long end = now_ms() + LT_SOON;
	int ret;

	do {
		ret = thread_sleeps(tid, nr);
		if (ret)
			return ret < 0 ? ret : 0;
		sched_yield();
	} while (now_ms() < end);
	return -ETIMEDOUT;
}

/* Wait until the call is asleep; -EALREADY when it has returned. */
int lt_call_blocked(struct lt_call *call)
{
	long nr = call->writes ? SYS_write : SYS_read;
	long long end = now_ms() + LT_SOON;
	int ret;

	while (now_ms() < end) {
		if (call->done)
			return -EALREADY;
		ret = call->tid ? thread_sleeps(call->tid, nr) : 0;
		if (ret > 0)
			return 0;
		sched_yield();
	}
	return -ETIMEDOUT;
}

/* The result of the call, or -ETIMEDOUT when it does not end. */
long lt_call_end(struct lt_call *call)
{
	struct timespec end;
	int ret;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += LT_SOON / 1000;
	ret = pthread_timedjoin_np(call->thread, NULL, &end);
	return ret ? -ret : call->ret;
}

int lt_ebpf_load(const struct bpf_insn *insns, int count, int type)
{
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (unsigned long)insns,
		.insn_cnt = count,
		.license = (unsigned long)"GPL",
	};

	return lt_ret(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

/* A program that returns a number: r0 = @value; exit. */
int lt_ebpf_number(int value, int type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU | BPF_MOV | BPF_K, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return lt_ebpf_load(insns, sizeof(insns) / sizeof(*insns), type);
}

int lt_load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	ret = lt_ret(syscall(SYS_finit_module, fd, parameters, 0));
	close(fd);
	return ret;
}

/* Does not wait for users: -EWOULDBLOCK while there are some. */
int lt_unload(const char *name)
{
	return lt_ret(syscall(SYS_delete_module, name, O_NONBLOCK));
}

#define NAMESPACES "/proc/sys/user/max_net_namespaces"
/* Seconds: a limit, not a wait. */
#define GONE_SOON 60

/*
 * Persistent tunnels go with their namespace, a little after the last process
 * in it. The kernel counts a namespace until its devices are gone and an
 * rcu_barrier() has followed: where there may be only one, one can be made
 * when all others have come to that. The caller is in the initial one.
 */
bool lt_namespaces_gone(void)
{
	time_t end = time(NULL) + GONE_SOON;
	char most[32];
	bool gone;

	if (lt_read_file(NAMESPACES, most, sizeof(most)) <= 0 ||
	    lt_write_file(NAMESPACES, "1") <= 0)
		return false;
	while (!(gone = !unshare(CLONE_NEWNET)) && time(NULL) < end)
		sched_yield();
	return lt_write_file(NAMESPACES, most) > 0 && gone;
}

/*
 * Caches of slab, by a pattern of their names, give up what is free in them. What a debug
 * kernel's KASAN keeps in its quarantine is free then, and counts as used before.
 */
void lt_shrink_caches(const char *names)
{
	char pattern[64];
	glob_t caches;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/slab/%s/shrink", names);
	if (glob(pattern, 0, NULL, &caches))
		return;
	for (i = 0; i < caches.gl_pathc; i++)
		lt_write_file(caches.gl_pathv[i], "1");
	globfree(&caches);
}

bool lt_kernel_at_least(int major, int minor)
{
	struct utsname uts;
	int have_major = 0, have_minor = 0;

	uname(&uts);
	if (sscanf(uts.release, "%d.%d", &have_major, &have_minor) != 2)
		return false;
	return have_major > major ||
	       (have_major == major && have_minor >= minor);
}

/* IFF_BACKPRESSURE where this kernel's tun has it, or 0. */
unsigned int lt_backpressure(void)
{
	return lt_kernel_at_least(7, 3) ? IFF_BACKPRESSURE : 0;
}

/* What TUNGETFEATURES of this kernel's tun says. */
unsigned int lt_features(void)
{
	return IFF_TUN | IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS | IFF_NO_CARRIER |
	       IFF_MULTI_QUEUE | IFF_NO_PI | IFF_ONE_QUEUE | IFF_VNET_HDR |
	       lt_backpressure();
}

/*
 * The longest datagram that write(2) takes, by a binary search on the real device
 * 384 bytes below 4 MiB on 6.1 of x86, and as much more as 17 fragments of eight
 * pages hold on 6.12.
 */
size_t lt_write_max(int flags)
{
	return LT_ROOM_4M - (lt_tap(flags) ? LT_ROOM_ETHER : 0) +
	       (lt_kernel_at_least(6, 2) ? 17 * 8 * 4096 : 0);
}

/* The kernel with KASAN, lockdep and kmemleak: ten times slower, and large. */
bool lt_kernel_debugs(void)
{
	/* KMSAN shows itself nowhere. */
	return getenv("LOOPTUN_KMSAN") || !access("/sys/kernel/debug/kmemleak", F_OK);
}

/* Spinlocks sleep: who takes one that many want is put aside. */
bool lt_kernel_is_rt(void)
{
	struct utsname uts;

	uname(&uts);
	return strstr(uts.version, "PREEMPT_RT");
}
