/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_CHARDEV_H
#define LOOPTUN_CHARDEV_H

#include <linux/fs.h>
#include <linux/types.h>

struct iov_iter;

int looptun_chardev_init(const char *node);
void looptun_chardev_exit(void);

ssize_t looptun_write_iter(struct kiocb *iocb, struct iov_iter *from);

static inline bool looptun_chardev_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) ||
	       (iocb->ki_flags & IOCB_NOWAIT);
}

#endif
