/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test sets on a tunnel: the link, hold, txqueuelen.
 */
#ifndef LOOPTUN_SETTING_H
#define LOOPTUN_SETTING_H

#include <linux/types.h>

struct looptun_tunnel;

int looptun_setting_set_link(struct looptun_tunnel *tunnel, bool up);
int looptun_setting_set_hold(struct looptun_tunnel *tunnel, bool hold);
int looptun_setting_set_txqueuelen(struct looptun_tunnel *tunnel,
				   unsigned int txqueuelen);

#endif
