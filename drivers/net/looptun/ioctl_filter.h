/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls that set filters: what ioctl.c's table names for them.
 */
#ifndef LOOPTUN_IOCTL_FILTER_H
#define LOOPTUN_IOCTL_FILTER_H

struct looptun_ioctl_call;

int looptun_ioctl_get_fprog(struct looptun_ioctl_call *call);
int looptun_ioctl_put_fprog(struct looptun_ioctl_call *call);
int looptun_ioctl_get_addresses(struct looptun_ioctl_call *call);
int looptun_ioctl_get_prog(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_fprog(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_addresses(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_prog(struct looptun_ioctl_call *call);
int looptun_ioctl_set_txfilter(struct looptun_ioctl_call *call);
int looptun_ioctl_attach_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_detach_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_get_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_set_steering(struct looptun_ioctl_call *call);
int looptun_ioctl_set_ebpf(struct looptun_ioctl_call *call);

#endif
