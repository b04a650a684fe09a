/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_WAIT_H
#define LOOPTUN_WAIT_H

int looptun_wait_for(char *text);

#endif
