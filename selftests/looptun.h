/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs share: the device, a tunnel's control files, and
 * datagrams. Knows of the test harness only how long a test may take. A call gives
 * its result or minus its errno, so that one comparison checks both.
 */
#ifndef SELFTESTS_LOOPTUN_H
#define SELFTESTS_LOOPTUN_H

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/types.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "machine.h"

/* For what hangs: what is slow is the debug kernel on a host that is busy. */
#ifdef TEST_TIMEOUT_DEFAULT
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 150
#endif

/* Since 7.3; see lt_backpressure(). */
#ifndef IFF_BACKPRESSURE
#define IFF_BACKPRESSURE 0x0080
#endif

#define LT_DEBUGFS "/sys/kernel/debug/looptun"
#define RING_KIB "/sys/module/looptun/parameters/ring_kib"
#define LT_MODULE "/lib/looptun.ko"
#define LT_TUN_MODULE "/lib/tun.ko"

#define LT_PI_LEN 4
#define LT_ETHER_LEN 14
/* Any byte that no test writes in a row: what a buffer holds before a call. */
#define LT_POISON 0xa5
/* Milliseconds after which an awaited event is taken to be lost. */
#define LT_SOON 10000

/* A datagram's EtherType as a number. */
#define LT_IPV4 0x0800
#define LT_IPV6 0x86dd

struct lt_udp {
	__u32 saddr, daddr;
	__u16 sport, dport;
};

long lt_ret(long ret);

/* The device. Names are IFNAMSIZ bytes, patterns in and the name out. */
const char *lt_device(void);
int lt_open(int oflags);
int lt_setiff(int fd, char *name, int flags);
int lt_attach(char *name, int flags, int oflags);
long lt_ioctl(int fd, unsigned long cmd, const void *arg);
long lt_read(int fd, void *buf, size_t len);
long lt_write(int fd, const void *buf, size_t len);

/*
 * A program's tunnel with what a test mostly needs of it: inject is its
 * inject_frame; both it and sent are O_NONBLOCK.
 */
struct lt_tunnel {
	char name[IFNAMSIZ];
	int flags;
	int fd;
	int inject;
	int sent;
};

int lt_tunnel_open(struct lt_tunnel *t, int flags, int oflags);
void lt_tunnel_close(struct lt_tunnel *t);

static inline bool lt_tap(int flags)
{
	return !(flags & IFF_TUN);
}

static inline size_t lt_pi_len(int flags)
{
	return flags & IFF_NO_PI ? 0 : LT_PI_LEN;
}

/* Files. Text goes out in one write; what is read is terminated. */
long lt_write_file(const char *path, const char *text);
long lt_read_file(const char *path, char *buf, size_t size);
void lt_path(char *path, size_t size, const char *tunnel, const char *file);
int lt_control(const char *tunnel, const char *file, int oflags);
long lt_control_write(const char *tunnel, const char *file, const char *text);
long lt_control_read(const char *tunnel, const char *file, char *buf,
		     size_t size);
long lt_stat(const char *tunnel, const char *counter);
bool lt_state_has(const char *tunnel, const char *line);
long lt_create(const char *line);
long lt_delete(const char *tunnel);

/* revents, 0 when there are none, or minus errno. */
int lt_poll(int fd, int events, int timeout_ms);

/* Buffers and datagrams. */
void lt_poison(void *buf, size_t len);
bool lt_poisoned(const void *buf, size_t from, size_t to);
void lt_fill(void *buf, size_t len, __u32 seed);
size_t lt_datagram(void *buf, size_t len, int version, __u32 seed);
size_t lt_frame(void *buf, size_t len, int proto, __u32 seed);
__u16 lt_checksum(const void *buf, size_t len, __u32 sum);
size_t lt_udp_datagram(void *buf, const struct lt_udp *udp, const void *payload,
		       size_t len);

/*
 * Memory whose next byte cannot be accessed: a pointer to the last @len bytes
 * before it.
 */
void *lt_edge(size_t len);

/* A call made by another thread. */
struct lt_call {
	pthread_t thread;
	int fd;
	void *buf;
	size_t len;
	bool writes;
	atomic_int tid;
	atomic_bool done;
	long ret;
};

int lt_call_read(struct lt_call *call, int fd, void *buf, size_t len);
int lt_call_write(struct lt_call *call, int fd, const void *buf, size_t len);
int lt_call_blocked(struct lt_call *call);
long lt_call_end(struct lt_call *call);
int lt_wait_blocked(pid_t tid, long nr);

struct bpf_insn;
int lt_ebpf_load(const struct bpf_insn *insns, int count, int type);
int lt_ebpf_number(int value, int type);

int lt_load(const char *path, const char *parameters);
int lt_unload(const char *name);
bool lt_namespaces_gone(void);
void lt_shrink_caches(const char *names);
bool lt_kernel_at_least(int major, int minor);
unsigned int lt_backpressure(void);
unsigned int lt_features(void);
size_t lt_write_max(int flags);
bool lt_kernel_debugs(void);
bool lt_kernel_is_rt(void);

#endif
