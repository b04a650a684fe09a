// SPDX-License-Identifier: GPL-2.0-only
/* The alphabet: every operation with its weight and what it takes. */
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include "ops.h"
#include "pools.h"

const char *const diff_class_names[DIFF_CLASSES] = {
	[DIFF_ATTACH] = "attach", [DIFF_RW] = "rw", [DIFF_POLL] = "poll",
	[DIFF_FAR] = "far", [DIFF_IOCTL] = "ioctl", [DIFF_UNKNOWN] = "unknown",
	[DIFF_VNET] = "vnet", [DIFF_QUEUE] = "queue", [DIFF_NAPI] = "napi",
	[DIFF_PERSIST] = "persist", [DIFF_OFFLOAD] = "offload",
	[DIFF_SNDBUF] = "sndbuf", [DIFF_CARRIER] = "carrier",
	[DIFF_INDEX] = "index", [DIFF_FILTER] = "filter",
	[DIFF_EBPF] = "ebpf", [DIFF_HWADDR] = "hwaddr", [DIFF_PERM] = "perm",
	[DIFF_NETNS] = "netns", [DIFF_VFS] = "vfs", [DIFF_SIGNAL] = "signal",
	[DIFF_BLOCK] = "block", [DIFF_ASYNC] = "async", [DIFF_TXQ] = "txq",
	[DIFF_COMPAT] = "compat", [DIFF_NETDEV] = "netdev",
};

#define F (&diff_pool_file)
#define MEM (&diff_pool_mem)
#define ABI (&diff_pool_abi)

const struct diff_kind diff_kinds[] = {
	/* The file */
	{ "open", DIFF_ATTACH, 4, diff_op_open, 0, { F, &diff_pool_oflags } },
	{ "close", DIFF_ATTACH, 4, diff_op_close, 0, { F } },
	{ "dup", DIFF_ATTACH, 1, diff_op_dup, 0, { F, &diff_pool_other } },
	{ "setiff", DIFF_ATTACH, 10, diff_op_setiff, 0, {
		F, &diff_pool_name, &diff_pool_fill, &diff_pool_type,
		&diff_pool_no_pi, &diff_pool_one_queue, &diff_pool_vnet,
		&diff_pool_multi, &diff_pool_napi, &diff_pool_excl,
		&diff_pool_junk, MEM, ABI, &diff_pool_user } },
	{ "getiff", DIFF_ATTACH, 4, diff_op_getiff, 0, { F, MEM, ABI } },
	{ "fdinfo", DIFF_ATTACH, 3, diff_op_fdinfo, 0, { F } },
	{ "stat", DIFF_VFS, 1, diff_op_stat, 0, { F } },
	{ "vfs", DIFF_VFS, 3, diff_op_vfs, 0, { F, &diff_pool_vfs } },
	{ "fcntl", DIFF_SIGNAL, 4, diff_op_fcntl, 0, { F, &diff_pool_fcntl } },
	{ "signals", DIFF_SIGNAL, 3, diff_op_signals, 0, {} },

	/* Data */
	{ "read", DIFF_RW, 14, diff_op_read, 0, {
		F, &diff_pool_rform, &diff_pool_rlen, &diff_pool_rwmem,
		&diff_pool_split, &diff_pool_offset } },
	{ "write", DIFF_RW, 14, diff_op_write, 0, {
		F, &diff_pool_wform, &diff_pool_wcut, &diff_pool_rwmem,
		&diff_pool_split, &diff_pool_offset, &diff_pool_payload,
		&diff_pool_body, &diff_pool_proto, &diff_pool_piflags,
		&diff_pool_vflags, &diff_pool_vgso, &diff_pool_vhlen,
		&diff_pool_vsize, &diff_pool_vstart, &diff_pool_voff } },
	{ "fork", DIFF_VFS, 2, diff_op_fork, 0, { F, &diff_pool_rlen } },
	{ "aio", DIFF_ASYNC, 2, diff_op_aio, 0, { F, &diff_pool_rlen } },
	{ "uring", DIFF_ASYNC, 2, diff_op_uring, 0, { F, &diff_pool_rlen } },
	{ "block", DIFF_BLOCK, 2, diff_op_block, 0, {
		F, &diff_pool_rlen, &diff_pool_wake } },
	{ "poll", DIFF_POLL, 8, diff_op_poll, 0, { F, &diff_pool_events } },
	{ "select", DIFF_POLL, 2, diff_op_select, 0, { F } },
	{ "epoll", DIFF_POLL, 6, diff_op_epoll_ctl, 0, {
		F, &diff_pool_epoll_op, &diff_pool_epoll } },
	{ "epoll_wait", DIFF_POLL, 8, diff_op_epoll_wait, 0, {} },

	/* The far end */
	{ "inject", DIFF_FAR, 16, diff_op_inject, 0, {
		F, &diff_pool_index, &diff_pool_payload, &diff_pool_frame,
		&diff_pool_dst } },
	{ "inject_vnet", DIFF_OFFLOAD, 4, diff_op_inject_vnet, 0, {
		F, &diff_pool_index, &diff_pool_payload, &diff_pool_mss } },
	{ "link", DIFF_FAR, 5, diff_op_link, 0, { F, &diff_pool_link } },
	{ "delete", DIFF_FAR, 2, diff_op_delete, 0, { F } },
	{ "sent", DIFF_FAR, 5, diff_op_sent, 0, {} },
	{ "interface", DIFF_VFS, 1, diff_op_interface, 0, { F } },
	{ "flood", DIFF_TXQ, 2, diff_op_flood, 0, { F, &diff_pool_count } },
	{ "txqueuelen", DIFF_TXQ, 2, diff_op_txqueuelen, 0, {
		F, &diff_pool_txqlen } },

	/* The interface */
	{ "ifflags", DIFF_NETDEV, 4, diff_op_ifflags, 0, { F, &diff_pool_ifflags } },
	{ "ifmtu", DIFF_NETDEV, 2, diff_op_ifmtu, 0, { F, &diff_pool_ifmtu } },
	{ "ifhwaddr", DIFF_NETDEV, 2, diff_op_ifhwaddr, 0, {
		F, &diff_pool_mac, &diff_pool_family } },
	{ "ifname", DIFF_NETDEV, 4, diff_op_ifname, 0, { F, &diff_pool_ifname } },
	{ "ifqlen", DIFF_NETDEV, 2, diff_op_ifqlen, 0, { F, &diff_pool_txqlen } },
	{ "ifdelete", DIFF_NETDEV, 2, diff_op_ifdelete, 0, { F } },

	/* ioctls by value */
	{ "nocsum", DIFF_IOCTL, 1, diff_op_ioctl_value, TUNSETNOCSUM, {
		F, &diff_pool_bool, ABI } },
	{ "debug", DIFF_IOCTL, 1, diff_op_ioctl_value, TUNSETDEBUG, {
		F, &diff_pool_debug, ABI } },
	{ "persist", DIFF_PERSIST, 4, diff_op_ioctl_value, TUNSETPERSIST, {
		F, &diff_pool_bool, ABI } },
	{ "owner", DIFF_PERSIST, 2, diff_op_ioctl_value, TUNSETOWNER, {
		F, &diff_pool_id, ABI } },
	{ "group", DIFF_PERSIST, 2, diff_op_ioctl_value, TUNSETGROUP, {
		F, &diff_pool_id, ABI } },
	{ "linktype", DIFF_HWADDR, 2, diff_op_ioctl_value, TUNSETLINK, {
		F, &diff_pool_linktype, ABI } },
	{ "offload", DIFF_OFFLOAD, 4, diff_op_ioctl_value, TUNSETOFFLOAD, {
		F, &diff_pool_offload, ABI } },
	{ "detachfilter", DIFF_FILTER, 2, diff_op_ioctl_value, TUNDETACHFILTER, {
		F, &diff_pool_bool, ABI } },

	/* ioctls with an int */
	{ "sndbuf", DIFF_SNDBUF, 2, diff_op_ioctl_int, TUNSETSNDBUF, {
		F, &diff_pool_sndbuf, MEM, ABI } },
	{ "vnet_hdr_sz", DIFF_VNET, 3, diff_op_ioctl_int, TUNSETVNETHDRSZ, {
		F, &diff_pool_vnetsz, MEM, ABI } },
	{ "vnet_le", DIFF_VNET, 1, diff_op_ioctl_int, TUNSETVNETLE, {
		F, &diff_pool_bool, MEM, ABI } },
	{ "vnet_be", DIFF_VNET, 1, diff_op_ioctl_int, TUNSETVNETBE, {
		F, &diff_pool_bool, MEM, ABI } },
	{ "carrier", DIFF_CARRIER, 1, diff_op_ioctl_int, TUNSETCARRIER, {
		F, &diff_pool_bool, MEM, ABI } },
	{ "ifindex", DIFF_INDEX, 2, diff_op_ioctl_int, TUNSETIFINDEX, {
		F, &diff_pool_ifindex, MEM, ABI } },
	{ "get", DIFF_IOCTL, 4, diff_op_ioctl_get, 0, {
		F, &diff_pool_get_cmd, MEM, ABI } },

	/* ioctls with more */
	{ "queue", DIFF_QUEUE, 6, diff_op_queue, 0, {
		F, &diff_pool_queue, MEM, ABI } },
	{ "txfilter", DIFF_FILTER, 3, diff_op_txfilter, 0, {
		F, &diff_pool_txfilter, MEM, ABI } },
	{ "filter", DIFF_FILTER, 3, diff_op_filter, 0, {
		F, &diff_pool_filter, MEM, ABI } },
	{ "getfilter", DIFF_FILTER, 2, diff_op_getfilter, 0, { F, MEM, ABI } },
	{ "steering", DIFF_EBPF, 2, diff_op_ebpf, TUNSETSTEERINGEBPF, {
		F, &diff_pool_ebpf, MEM, ABI } },
	{ "ebpf", DIFF_EBPF, 2, diff_op_ebpf, TUNSETFILTEREBPF, {
		F, &diff_pool_ebpf, MEM, ABI } },
	{ "gethwaddr", DIFF_HWADDR, 2, diff_op_gethwaddr, 0, { F, MEM, ABI } },
	{ "sethwaddr", DIFF_HWADDR, 2, diff_op_sethwaddr, 0, {
		F, &diff_pool_mac, &diff_pool_family, MEM, ABI } },
	{ "netns", DIFF_NETNS, 1, diff_op_namespace, 0, {
		F, &diff_pool_netns_cmd, &diff_pool_user, ABI } },
	{ "unknown", DIFF_UNKNOWN, 3, diff_op_unknown, 0, {
		F, &diff_pool_unknown_cmd, MEM, ABI } },
};

const int diff_kinds_count = sizeof(diff_kinds) / sizeof(*diff_kinds);
