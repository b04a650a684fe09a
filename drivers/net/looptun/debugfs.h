/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_DEBUGFS_H
#define LOOPTUN_DEBUGFS_H

struct looptun_tunnel_observer;

extern const struct looptun_tunnel_observer looptun_debugfs_observer;

int looptun_debugfs_init(void);
void looptun_debugfs_start(void);
void looptun_debugfs_exit(void);

#endif
