// SPDX-License-Identifier: GPL-2.0-only
/* Filters of the three kinds, and the hardware address. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ops.h"

/* Addresses that frames of the far end are sent to, see frame_to(). */
static const __u8 macs[][6] = {
	{ 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 },
	{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x01 },
	{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x02 },
	{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x09 },
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	{ 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
};

void diff_mac(void *to, long which)
{
	memcpy(to, macs[which], sizeof(macs[which]));
}

static const struct diff_value diff_pool_mac_values[] = {
	{ "mac1", 1 }, { "mac2", 2 }, { "multicast", 0 }, { "mac9", 3 },
	{ "broadcast", 4 }, { "zero", 5 },
};

DIFF_POOL(diff_pool_mac, "mac", .plain = 30);

/* Flags, number, and which addresses: see diff_op_txfilter(). */
#define TXFILTER(flags, count, first) \
	((flags) << 16 | (count) << 8 | (first))
static const struct diff_value diff_pool_txfilter_values[] = {
	{ "mac1", TXFILTER(0, 1, 1) },
	{ "off", TXFILTER(0, 0, 0) },
	{ "mac1_mac2", TXFILTER(0, 2, 1) },
	{ "broadcast", TXFILTER(0, 1, 4) },
	{ "multicast", TXFILTER(0, 1, 0) },
	{ "allmulti", TXFILTER(TUN_FLT_ALLMULTI, 1, 1) },
	{ "allmulti_none", TXFILTER(TUN_FLT_ALLMULTI, 0, 1) },
	{ "flags", TXFILTER(0xfffe, 1, 1) },
	{ "eight", TXFILTER(0, 8, 1) },
	{ "nine", TXFILTER(0, 9, 1) },
	{ "nine_multicast", TXFILTER(0, 9, 0x80) },
	{ "many", TXFILTER(0, 60, 0x80) },
};

DIFF_POOL(diff_pool_txfilter, "addresses", .plain = 15);

/* f, addresses, mem, abi */
void diff_op_txfilter(struct diff_run *run, const long *arg)
{
	int count = arg[1] >> 8 & 0xff, first = arg[1] & 0xff, i;
	__u16 head[2] = { arg[1] >> 16, count };
	__u8 filter[4 + 60 * 6];
	__u8 *at = filter + 4;

	memcpy(filter, head, sizeof(head));
	for (i = 0; i < count; i++, at += 6) {
		memcpy(at, macs[(first & 0x7f) + (i < 2 ? i : 0)], 6);
		if (i > 1 && first & 0x80)
			memcpy(at, macs[0], 6);
		if (i > 1)
			at[5] += i;
	}
	at = diff_memory_put(arg[2], filter, 4 + count * 6);
	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], TUNSETTXFILTER,
				     at));
}

static const struct diff_value diff_pool_filter_values[] = {
	{ "20", 20 }, { "none", 0 }, { "all", 0xffffffff }, { "1", 1 },
	{ "14", 14 }, { "60", 60 }, { "broken", -1 }, { "empty", -2 },
	{ "null", -3 }, { "bad", -4 }, { "long", -5 }, { "1500", -6 },
	{ "4096", -7 }, { "queue", -8 }, { "type", -9 },
};

DIFF_POOL(diff_pool_filter, "program", .plain = 20);

static int filter_len(long program)
{
	switch (program) {
	case -2:
		return 0;
	case -5:
		return 5000;
	case -6:
		return 1500;
	case -7:
		return 4096;
	case -8:
	case -9:
		return 4;
	default:
		return 1;
	}
}

/* It keeps as many bytes as the low bits of what the kernel tells it, and 20. */
static void put_ancillary(struct sock_filter *code, unsigned int what)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + what),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 31),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 20),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	memcpy(code, program, sizeof(program));
}

/* f, program, mem, abi: it keeps as many bytes; long ones count as memory */
void diff_op_filter(struct diff_run *run, const long *arg)
{
	struct sock_filter keep = BPF_STMT(BPF_RET | BPF_K, arg[1]);
	struct sock_filter load = BPF_STMT(BPF_LD | BPF_IMM, 1);
	struct sock_filter *code = (struct sock_filter *)(diff_scratch() + 512);
	struct sock_fprog prog;
	void *at;
	int i;

	memset(&prog, 0, sizeof(prog));
	prog.len = filter_len(arg[1]);
	prog.filter = code;
	for (i = 0; i < prog.len - 1; i++)
		code[i] = load;
	code[i] = arg[1] == -1 ? load : keep;
	if (arg[1] == -8 || arg[1] == -9)
		put_ancillary(code, arg[1] == -8 ? SKF_AD_QUEUE : SKF_AD_HATYPE);
	if (arg[1] == -3)
		prog.filter = NULL;
	if (arg[1] == -4)
		prog.filter = diff_memory(DIFF_MEM_BAD, 8);
	at = diff_memory_put(arg[2], &prog, sizeof(prog));
	diff_log_ret(run, diff_ioctl(arg[3], run->fd[arg[0]], TUNATTACHFILTER,
				     at));
}

/* f, mem, abi */
void diff_op_getfilter(struct diff_run *run, const long *arg)
{
	void *at = diff_memory(arg[1], sizeof(struct sock_fprog));

	diff_log_ret(run, diff_ioctl(arg[2], run->fd[arg[0]], TUNGETFILTER,
				     at));
	diff_log_memory(run, "prog", arg[1], at, sizeof(struct sock_fprog));
}

/* A program of that type that returns @value. The verifier minds signals. */
int diff_bpf(int type, int value)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t)"GPL";
	do {
		fd = diff_ret(syscall(SYS_bpf, BPF_PROG_LOAD, &attr,
				      sizeof(attr)));
	} while (fd == -EAGAIN);
	return fd;
}

enum { NO_PROGRAM = 1 << 20, OTHER_TYPE, NO_FD, NO_FD2, OTHER_FD };

static const struct diff_value diff_pool_ebpf_values[] = {
	{ "0", 0 }, { "1", 1 }, { "2", 2 }, { "20", 20 }, { "-1", -1 },
	{ "100", 100 }, { "10001", 0x10001 }, { "off", NO_PROGRAM },
	{ "other_type", OTHER_TYPE }, { "no_fd", NO_FD }, { "-2", NO_FD2 },
	{ "other_fd", OTHER_FD },
};

DIFF_POOL(diff_pool_ebpf, "program", .plain = 15);

/* f, program, mem, abi */
void diff_op_ebpf(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_tunnel_of(run, arg[0]);
	int fd = -1, own = -1;
	long ret;

	if (arg[1] < NO_PROGRAM)
		own = diff_bpf(BPF_PROG_TYPE_SOCKET_FILTER, arg[1]);
	else if (arg[1] == OTHER_TYPE)
		own = diff_bpf(BPF_PROG_TYPE_XDP, 1);
	else if (arg[1] == NO_FD)
		fd = 9999;
	else if (arg[1] == NO_FD2)
		fd = -2;
	else if (arg[1] == OTHER_FD)
		fd = run->epoll;
	if (own >= 0)
		fd = own;
	if (arg[1] <= OTHER_TYPE && arg[1] != NO_PROGRAM && own < 0)
		diff_log(run, " no_bpf=%d", own);
	ret = diff_ioctl(arg[3], run->fd[arg[0]], run->cmd,
			 diff_memory_put(arg[2], &fd, sizeof(fd)));
	diff_log_ret(run, ret);
	if (!ret && t && run->cmd == (unsigned int)TUNSETSTEERINGEBPF)
		t->steered = fd != -1;
	if (own >= 0)
		close(own);
}

/* f, mem, abi */
void diff_op_gethwaddr(struct diff_run *run, const long *arg)
{
	int len = arg[2] == 32 ? 32 : 40, i;
	__u8 ifr[40];
	__u8 *at;

	for (i = 0; i < 40; i++)
		ifr[i] = i + 0x60;
	at = diff_memory_put(arg[1], ifr, len);
	diff_log_ret(run, diff_ioctl(arg[2], run->fd[arg[0]], SIOCGIFHWADDR,
				     at));
	diff_log_memory(run, "ifr", arg[1], at, len);
}

static const struct diff_value diff_pool_family_values[] = {
	{ "1", 1 }, { "65534", 65534 }, { "0", 0 }, { "2", 2 },
	{ "512", 512 }, { "24", 24 }, { "768", 768 }, { "769", 769 },
	{ "773", 773 }, { "774", 774 }, { "776", 776 }, { "805", 805 },
};

DIFF_POOL(diff_pool_family, "family", .plain = 75);

/* f, mac, family, mem, abi */
void diff_op_sethwaddr(struct diff_run *run, const long *arg)
{
	int len = arg[4] == 32 ? 32 : 40;
	__u8 ifr[40] = "unused";
	void *at;

	ifr[16] = arg[2];
	ifr[17] = arg[2] >> 8;
	memcpy(ifr + 18, macs[arg[1]], 6);
	at = diff_memory_put(arg[3], ifr, len);
	diff_log_ret(run, diff_ioctl(arg[4], run->fd[arg[0]], SIOCSIFHWADDR,
				     at));
}
