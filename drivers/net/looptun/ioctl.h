/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_IOCTL_H
#define LOOPTUN_IOCTL_H

#include <linux/types.h>

struct looptun_file;

long looptun_ioctl(struct looptun_file *file, unsigned int cmd,
		   unsigned long arg, size_t ifreq_len);
unsigned long looptun_ioctl_compat_arg(unsigned int cmd, unsigned long arg);

#endif
