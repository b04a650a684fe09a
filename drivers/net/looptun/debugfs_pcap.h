/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_DEBUGFS_PCAP_H
#define LOOPTUN_DEBUGFS_PCAP_H

#include <linux/fs.h>

extern const struct file_operations looptun_debugfs_pcap_capture_fops;
extern const struct file_operations looptun_debugfs_pcap_replay_fops;

#endif
