/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control file for rules, for debugfs.c.
 */
#ifndef LOOPTUN_DEBUGFS_FAULT_H
#define LOOPTUN_DEBUGFS_FAULT_H

#include <linux/fs.h>

/* Of a tunnel whose slot the inode has, or of the top level. */
extern const struct file_operations looptun_debugfs_fault_fops;

#endif
