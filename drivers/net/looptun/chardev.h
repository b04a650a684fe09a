/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_CHARDEV_H
#define LOOPTUN_CHARDEV_H

#include <linux/types.h>

struct iov_iter;
struct looptun_file;

int looptun_chardev_init(const char *node);
void looptun_chardev_exit(void);

ssize_t looptun_write(struct looptun_file *file, struct iov_iter *from,
		      bool nonblock);

#endif
