/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_CHARDEV_H
#define LOOPTUN_CHARDEV_H

int looptun_chardev_init(const char *node);
void looptun_chardev_exit(void);

#endif
