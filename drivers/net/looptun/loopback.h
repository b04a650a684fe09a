/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program writes, towards a program: its own or another.
 */
#ifndef LOOPTUN_LOOPBACK_H
#define LOOPTUN_LOOPBACK_H

struct looptun_datagram;
struct looptun_tunnel;

void looptun_loopback_written(struct looptun_tunnel *tunnel, int queue,
			      const struct looptun_datagram *datagram);

#endif
