/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which queue of a tunnel has which number: enabled ones first, without gaps,
 * disabled ones behind them. All changes under looptun_tunnel_lock; the data path
 * and the test look under RCU.
 */
#ifndef LOOPTUN_SLOTS_H
#define LOOPTUN_SLOTS_H

#include "queue.h"

int looptun_slots_add_locked(struct looptun_queue *queue);
void looptun_slots_disable_locked(struct looptun_queue *queue);
void looptun_slots_leave_locked(struct looptun_queue *queue);
void looptun_slots_leave_all_locked(struct looptun_tunnel *tunnel);

#endif
