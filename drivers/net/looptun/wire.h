/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far end of a tunnel as a descriptor, for tests without debugfs.
 */
#ifndef LOOPTUN_WIRE_H
#define LOOPTUN_WIRE_H

struct looptun_file;

int looptun_wire_open(struct looptun_file *file, unsigned long flags);

#endif
