/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network device that a socket buffer of a tunnel belongs to. It is never
 * registered: nobody finds it, and its index is 0.
 */
#ifndef LOOPTUN_DEVICE_H
#define LOOPTUN_DEVICE_H

#include <linux/types.h>

struct looptun_tunnel;
struct net;
struct net_device;

struct net_device *looptun_device_create(struct net *net, bool tap);
struct net_device *looptun_device_of(struct looptun_tunnel *tunnel);
void looptun_device_destroy(struct net_device *dev);

#endif
