/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_DEBUGFS_H
#define LOOPTUN_DEBUGFS_H

#include <linux/fs.h>

struct looptun_line;

/*
 * Files that stand in capture.c, replay.c and text.c: each is of the slot that its
 * inode has; faults at the top has none.
 */
extern const struct file_operations looptun_capture_fops;
extern const struct file_operations looptun_replay_fops;
extern const struct file_operations looptun_text_state_fops;
extern const struct file_operations looptun_text_queue_state_fops;
extern const struct file_operations looptun_text_stats_fops;
extern const struct file_operations looptun_text_link_fops;
extern const struct file_operations looptun_text_hold_fops;
extern const struct file_operations looptun_text_txqueuelen_fops;
extern const struct file_operations looptun_text_loopback_fops;
extern const struct file_operations looptun_text_faults_fops;

/* What a line written to wait does, in wait.c. */
int looptun_wait_for(struct looptun_line *line);

int looptun_debugfs_init(void);
void looptun_debugfs_start(void);
void looptun_debugfs_exit(void);

#endif
