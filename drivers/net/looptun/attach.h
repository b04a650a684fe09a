/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes a file a queue, and what ends that: TUNSETIFF, TUNSETQUEUE, close.
 */
#ifndef LOOPTUN_ATTACH_H
#define LOOPTUN_ATTACH_H

struct looptun_file;

int looptun_attach_set_iff(struct looptun_file *file, char *name,
			   unsigned int flags);
int looptun_attach_set_queue(struct looptun_file *file, unsigned int flags);
void looptun_attach_close(struct looptun_file *file);

#endif
