/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations. Each gets its arguments in the order of its row in ops.c and
 * logs what can be seen of it.
 */
#ifndef DIFFERENTIAL_OPS_H
#define DIFFERENTIAL_OPS_H

#include "run.h"

/* op_file.c */
void diff_op_open(struct diff_run *run, const long *arg);
void diff_op_close(struct diff_run *run, const long *arg);
void diff_op_dup(struct diff_run *run, const long *arg);
void diff_op_fdinfo(struct diff_run *run, const long *arg);
void diff_op_vfs(struct diff_run *run, const long *arg);
void diff_op_stat(struct diff_run *run, const long *arg);

/* op_poll.c */
void diff_op_poll(struct diff_run *run, const long *arg);
void diff_op_select(struct diff_run *run, const long *arg);
void diff_op_epoll_ctl(struct diff_run *run, const long *arg);
void diff_op_epoll_wait(struct diff_run *run, const long *arg);
void diff_op_fcntl(struct diff_run *run, const long *arg);
void diff_op_signals(struct diff_run *run, const long *arg);

/* op_ioctl.c */
void diff_op_setiff(struct diff_run *run, const long *arg);
void diff_op_getiff(struct diff_run *run, const long *arg);
void diff_op_queue(struct diff_run *run, const long *arg);
void diff_op_ioctl_value(struct diff_run *run, const long *arg);
void diff_op_ioctl_int(struct diff_run *run, const long *arg);
void diff_op_ioctl_get(struct diff_run *run, const long *arg);
void diff_op_namespace(struct diff_run *run, const long *arg);
void diff_op_unknown(struct diff_run *run, const long *arg);

/* op_filter.c */
void diff_op_txfilter(struct diff_run *run, const long *arg);
void diff_op_filter(struct diff_run *run, const long *arg);
void diff_op_getfilter(struct diff_run *run, const long *arg);
void diff_op_ebpf(struct diff_run *run, const long *arg);
void diff_op_gethwaddr(struct diff_run *run, const long *arg);
void diff_op_sethwaddr(struct diff_run *run, const long *arg);

/* op_io.c */
void diff_op_read(struct diff_run *run, const long *arg);
void diff_op_write(struct diff_run *run, const long *arg);
void diff_op_fork(struct diff_run *run, const long *arg);
void diff_op_aio(struct diff_run *run, const long *arg);

/* op_uring.c */
void diff_op_uring(struct diff_run *run, const long *arg);

/* op_far.c */
void diff_op_link(struct diff_run *run, const long *arg);
void diff_op_inject(struct diff_run *run, const long *arg);
void diff_op_inject_vnet(struct diff_run *run, const long *arg);
void diff_op_flood(struct diff_run *run, const long *arg);
void diff_op_txqueuelen(struct diff_run *run, const long *arg);
void diff_op_delete(struct diff_run *run, const long *arg);
void diff_op_sent(struct diff_run *run, const long *arg);
void diff_op_interface(struct diff_run *run, const long *arg);

/* op_link.c */
void diff_op_ifflags(struct diff_run *run, const long *arg);
void diff_op_ifmtu(struct diff_run *run, const long *arg);
void diff_op_ifhwaddr(struct diff_run *run, const long *arg);
void diff_op_ifname(struct diff_run *run, const long *arg);
void diff_op_ifqlen(struct diff_run *run, const long *arg);
void diff_op_ifdelete(struct diff_run *run, const long *arg);

/* op_block.c */
void diff_op_block(struct diff_run *run, const long *arg);

/* The bytes of a datagram of that kind; pools_data.c has the kinds. */
void diff_datagram(void *data, size_t len, long body, __u32 seed);

/* One of the addresses that frames are sent to. */
void diff_mac(void *to, long which);

extern const struct diff_pool diff_pool_ifflags, diff_pool_ifmtu,
	diff_pool_ifname, diff_pool_vfs, diff_pool_fcntl,
	diff_pool_epoll_op, diff_pool_queue, diff_pool_bool, diff_pool_debug,
	diff_pool_id,
	diff_pool_linktype, diff_pool_offload, diff_pool_sndbuf,
	diff_pool_vnetsz, diff_pool_ifindex, diff_pool_get_cmd,
	diff_pool_netns_cmd, diff_pool_unknown_cmd, diff_pool_txfilter,
	diff_pool_filter, diff_pool_ebpf, diff_pool_mac, diff_pool_family,
	diff_pool_wake;

#endif
