/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_DEBUGFS_H
#define LOOPTUN_DEBUGFS_H

#include <linux/fs.h>

struct looptun_tunnel_observer;

extern const struct looptun_tunnel_observer looptun_debugfs_observer;

/*
 * Files that stand elsewhere: each is of the slot that its inode has; faults at the
 * top has none.
 */
extern const struct file_operations looptun_capture_fops;
extern const struct file_operations looptun_replay_fops;
extern const struct file_operations looptun_debugfs_open_faults_fops;

static inline bool looptun_debugfs_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_flags & IOCB_NOWAIT) ||
	       (iocb->ki_filp->f_flags & O_NONBLOCK);
}

int looptun_debugfs_init(void);
void looptun_debugfs_start(void);
void looptun_debugfs_exit(void);

#endif
