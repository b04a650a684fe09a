// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls, each with good and bad arguments, by 64 and 32-bit calls. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops.h"
#include "pools.h"

#define IFREQ_LEN(abi) ((abi) == 32 ? 32 : 40)

long diff_ret(long ret)
{
	return ret < 0 ? -errno : ret;
}

#ifdef __x86_64__
/* A 32-bit call from a 64-bit program: the kernel takes its compat path. */
static long ioctl32(int fd, unsigned int cmd, void *arg)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (54), "b" (fd), "c" (cmd), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}
#else
/* No pool has it. */
static long ioctl32(int fd, unsigned int cmd, void *arg)
{
	return -ENOSYS;
}
#endif

long diff_ioctl(int abi, int fd, unsigned int cmd, void *arg)
{
	return abi == 32 ? ioctl32(fd, cmd, arg) : diff_ret(ioctl(fd, cmd, arg));
}

static void ifreq_fill(__u8 *ifr, const char *name, long fill,
		       __u16 flags)
{
	int i, len = strnlen(name, IFNAMSIZ);

	memcpy(ifr, name, len);
	if (len < IFNAMSIZ)
		ifr[len] = 0;
	for (i = len + 1; i < IFNAMSIZ; i++)
		ifr[i] = fill;
	memcpy(ifr + IFNAMSIZ, &flags, sizeof(flags));
	for (i = 18; i < 40; i++)
		ifr[i] = fill ? i : 0;
}

static void become(long user)
{
	if (!user) {
		if (seteuid(0) || setegid(0))
			_exit(1);
	} else if (setgroups(0, NULL) || setegid(user) || seteuid(user)) {
		_exit(1);
	}
}

/*
 * f, name, fill, nine of flags, mem, abi, as. What the file is attached to
 * afterwards is asked after any result: a call may fail and yet have attached.
 */
void diff_op_setiff(struct diff_run *run, const long *arg)
{
	long mem = arg[11], abi = arg[12], len = IFREQ_LEN(abi);
	unsigned int flags = 0;
	const char *asks;
	__u8 ifr[40];
	void *at;
	long ret;
	int i;

	for (i = 3; i <= 10; i++)
		flags |= arg[i];
	ifreq_fill(ifr, diff_name_bytes(arg[1]), arg[2], flags);
	at = diff_memory_put(mem, ifr, len);
	diff_tunnels_refresh(run);
	asks = diff_tunnels_ask(run, (char *)ifr);
	become(arg[13]);
	ret = diff_ioctl(abi, run->fd[arg[0]], TUNSETIFF, at);
	become(0);
	diff_log(run, " asks=%s", asks);
	diff_log_ret(run, ret);
	diff_log_memory(run, "ifr", mem, at, len);
	if (!ret || ret == -EFAULT)
		diff_tunnels_attached(run, arg[0], flags);
}

/* f, mem, abi */
void diff_op_getiff(struct diff_run *run, const long *arg)
{
	long len = IFREQ_LEN(arg[2]);
	void *at = diff_memory(arg[1], len);

	diff_log_ret(run, diff_ioctl(arg[2], run->fd[arg[0]], TUNGETIFF, at));
	diff_log_memory(run, "ifr", arg[1], at, len);
}

static const struct diff_value diff_pool_queue_values[] = {
	{ "detach", IFF_DETACH_QUEUE }, { "attach", IFF_ATTACH_QUEUE },
	{ "both", IFF_DETACH_QUEUE | IFF_ATTACH_QUEUE }, { "none", 0 },
	{ "other", IFF_TUN | IFF_NO_PI },
};

DIFF_POOL(diff_pool_queue, "flags", .plain = 45);

/* f, flags, mem, abi */
void diff_op_queue(struct diff_run *run, const long *arg)
{
	long len = IFREQ_LEN(arg[3]);
	__u8 ifr[40];
	void *at;

	ifreq_fill(ifr, "", 'Z', arg[1]);
	at = diff_memory_put(arg[2], ifr, len);
	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], TUNSETQUEUE, at));
	diff_log_memory(run, "ifr", arg[2], at, len);
}

static const struct diff_value diff_pool_bool_values[] = {
	{ "1", 1 }, { "0", 0 }, { "-1", -1 }, { "2", 2 },
	{ "100000000", (long)(1LL << 32) },
};

DIFF_POOL(diff_pool_bool, "value", .plain = 45);

/* Message classes that tun.c has no message of, or the log would drown. */
static const struct diff_value diff_pool_debug_values[] = {
	{ "0", 0 }, { "wol", 0x4000 }, { "high", ~0xffffL },
};

DIFF_POOL(diff_pool_debug, "value", .plain = 30);

static const struct diff_value diff_pool_id_values[] = {
	{ "1000", 1000 }, { "1001", 1001 }, { "0", 0 }, { "-1", -1 },
	{ "1000003e8", (long)(1LL << 32 | 1000) }, { "ffffffff", 0xffffffffL },
	{ "7fffffff", INT_MAX },
};

DIFF_POOL(diff_pool_id, "value", .plain = 45);

static const struct diff_value diff_pool_linktype_values[] = {
	{ "1", 1 }, { "65534", 65534 }, { "512", 512 }, { "24", 24 },
	{ "6", 6 }, { "32", 32 }, { "768", 768 }, { "769", 769 },
	{ "776", 776 }, { "778", 778 }, { "780", 780 }, { "803", 803 },
	{ "804", 804 }, { "805", 805 }, { "823", 823 }, { "825", 825 },
	{ "774", 774 }, { "773", 773 }, { "270", 270 }, { "0", 0 },
	{ "10001", 0x10001 }, { "-1", -1 },
};

DIFF_POOL(diff_pool_linktype, "value", .plain = 20);

static const struct diff_value diff_pool_offload_values[] = {
	{ "0", 0 }, { "1", 1 }, { "7", 7 }, { "f", 0xf }, { "1f", 0x1f },
	{ "3", 3 }, { "5", 5 }, { "2", 2 }, { "9", 9 }, { "b", 0xb },
	{ "11", 0x11 }, { "10", 0x10 }, { "21", 0x21 }, { "41", 0x41 },
	{ "61", 0x61 }, { "7f", 0x7f }, { "6f", 0x6f }, { "80", 0x80 },
	{ "81", 0x81 }, { "187", 0x187 }, { "200", 0x200 },
	{ "100000001", (long)(1LL << 32 | 1) }, { "-1", -1 },
};

DIFF_POOL(diff_pool_offload, "value", .plain = 10, .sticky = 30);

/* f, value, abi */
void diff_op_ioctl_value(struct diff_run *run, const long *arg)
{
	long ret = diff_ioctl(arg[2], run->fd[arg[0]], run->cmd,
			      (void *)arg[1]);
	struct diff_tunnel *t = diff_tunnel_of(run, arg[0]);

	diff_log_ret(run, ret);
	if (!ret && t && run->cmd == TUNSETOFFLOAD)
		t->offload = arg[1];
	if (!ret && t && (run->cmd == TUNSETOWNER || run->cmd == TUNSETGROUP))
		t->owned = true;
}

static const struct diff_value diff_pool_sndbuf_values[] = {
	{ "1", 1 }, { "2", 2 }, { "3", 3 }, { "4", 4 }, { "0", 0 },
	{ "-1", -1 }, { "100000", 100000 }, { "max", INT_MAX },
};

DIFF_POOL(diff_pool_sndbuf, "value", .plain = 20);

static const struct diff_value diff_pool_vnetsz_values[] = {
	{ "10", 10 }, { "12", 12 }, { "9", 9 }, { "11", 11 }, { "20", 20 },
	{ "24", 24 }, { "40", 40 }, { "0", 0 }, { "-1", -1 },
	{ "max", INT_MAX }, { "70000", 70000 },
};

DIFF_POOL(diff_pool_vnetsz, "value", .plain = 20);

/* That of lo, and some that the kernel does not choose by itself. */
static const struct diff_value diff_pool_ifindex_values[] = {
	{ "7000", 7000 }, { "1", 1 }, { "8000", 8000 }, { "0", 0 },
	{ "-1", -1 }, { "max", INT_MAX },
};

DIFF_POOL(diff_pool_ifindex, "value", .plain = 30);

/* f, value, mem, abi */
void diff_op_ioctl_int(struct diff_run *run, const long *arg)
{
	int value = arg[1];
	void *at = diff_memory_put(arg[2], &value, sizeof(value));

	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], run->cmd, at));
	diff_log_memory(run, "arg", arg[2], at, sizeof(value));
	if (run->cmd == TUNSETIFINDEX)
		diff_allowed_hit("ifindex");
}

static const struct diff_value diff_pool_get_cmd_values[] = {
	{ "sndbuf", TUNGETSNDBUF }, { "features", TUNGETFEATURES },
	{ "vnet_hdr_sz", TUNGETVNETHDRSZ }, { "vnet_le", TUNGETVNETLE },
	{ "vnet_be", TUNGETVNETBE },
};

DIFF_POOL(diff_pool_get_cmd, "what", .plain = 20);

/* f, what, mem, abi */
void diff_op_ioctl_get(struct diff_run *run, const long *arg)
{
	void *at = diff_memory(arg[2], sizeof(int));

	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], arg[1], at));
	diff_log_memory(run, "arg", arg[2], at, sizeof(int));
}

static const struct diff_value diff_pool_netns_cmd_values[] = {
	{ "device", TUNGETDEVNETNS }, { "file", SIOCGSKNS },
};

DIFF_POOL(diff_pool_netns_cmd, "of", .plain = 50);

/* f, of, as, abi: is it our own, and closed by exec? */
void diff_op_namespace(struct diff_run *run, const long *arg)
{
	struct stat own, got;
	long fd;

	become(arg[2]);
	fd = diff_ioctl(arg[3], run->fd[arg[0]], arg[1], NULL);
	become(0);
	diff_log_ret(run, fd < 0 ? fd : 0);
	if (fd < 0)
		return;
	if (!stat("/proc/self/ns/net", &own) && !fstat(fd, &got))
		diff_log(run, " own=%d cloexec=%d", own.st_ino == got.st_ino,
			 fcntl(fd, F_GETFD));
	close(fd);
}

/* What tun.c has no answer to, and numbers that only look like its own. */
static const struct diff_value diff_pool_unknown_cmd_values[] = {
	{ "89ff", 0x89ff }, { "gifflags", SIOCGIFFLAGS },
	{ "gifname", SIOCGIFNAME }, { "fionread", FIONREAD },
	{ "outq", TIOCOUTQ }, { "54ff", 0x54ff }, { "zero", 0 },
	{ "54e3", 0x54e3 + 1 }, { "54ca", 0x54ca },
	{ "attachfilter32", 0x400854d5 }, { "detachfilter32", 0x400854d6 },
	{ "getfilter32", 0x800854db }, { "400454e4", 0x400454e4 },
	{ "800454ca", 0x800454ca }, { "400454d2", 0x400454d2 },
	{ "ffffffff", 0xffffffff },
};

DIFF_POOL(diff_pool_unknown_cmd, "cmd", .plain = 10);

/* f, cmd, mem, abi */
void diff_op_unknown(struct diff_run *run, const long *arg)
{
	__u8 ifr[40];
	void *at;

	ifreq_fill(ifr, "a0", 'Z', IFF_TUN);
	at = diff_memory_put(arg[2], ifr, sizeof(ifr));
	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], arg[1], at));
	diff_log_memory(run, "arg", arg[2], at, sizeof(ifr));
}
