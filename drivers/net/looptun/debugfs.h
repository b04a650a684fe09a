/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_DEBUGFS_H
#define LOOPTUN_DEBUGFS_H

#include <linux/fs.h>

struct looptun_tunnel_observer;

extern const struct looptun_tunnel_observer looptun_debugfs_observer;

/* Of a tunnel whose slot the inode has; the last of the top level as well. */
extern const struct file_operations looptun_debugfs_open_capture_fops;
extern const struct file_operations looptun_debugfs_open_replay_fops;
extern const struct file_operations looptun_debugfs_open_faults_fops;

int looptun_debugfs_init(void);
void looptun_debugfs_start(void);
void looptun_debugfs_exit(void);

#endif
