/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_WAIT_H
#define LOOPTUN_WAIT_H

struct looptun_line;

int looptun_wait_for(struct looptun_line *line);

#endif
