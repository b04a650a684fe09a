/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The companion interface: with netdev=1 each tunnel has a network device of its
 * name. netdev.c stands above all others, which reach it through looptun_netdev
 * alone. Off, that is NULL, and so it is where netdev.c is not built.
 */
#ifndef LOOPTUN_NETDEV_H
#define LOOPTUN_NETDEV_H

#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "tunnel.h"

/**
 * struct looptun_netdev_ops - what the tunnels ask of their companions
 * @find: the tunnel of a name, which may be an alternative one of its companion; or NULL
 * @add: a new tunnel gets one, and with it its name; an errno of
 *	register_netdevice() if not
 * @remove: a tunnel dies; the companion goes in @settle
 * @carrier: whether there is a program, or its carrier, has changed
 * @set_type: the type of link is to change; an errno of who has a say in that
 * @set_address: as SIOCSIFHWADDR on a socket
 * @set_link: take it up or down, and the tunnel with it; takes rtnl
 * @settle: what is to be done under rtnl, but not under looptun_tunnel_lock; drops
 *	rtnl
 *
 * All but the last two are called under looptun_netdev_lock().
 */
struct looptun_netdev_ops {
	struct looptun_tunnel *(*find)(struct net *net, const char *name);
	int (*add)(struct looptun_tunnel *tunnel, const char *requested,
		   int ifindex);
	void (*remove)(struct looptun_tunnel *tunnel);
	void (*carrier)(struct looptun_tunnel *tunnel);
	int (*set_type)(struct looptun_tunnel *tunnel, u16 type);
	int (*set_address)(struct looptun_tunnel *tunnel, struct sockaddr *sa);
	int (*set_link)(struct looptun_tunnel *tunnel, bool up);
	void (*settle)(void);
};

/* Set before looptun_tunnel_init(), cleared after looptun_tunnel_exit(). */
extern const struct looptun_netdev_ops *looptun_netdev;

/**
 * looptun_netdev_lock - take looptun_tunnel_lock where a companion may have part
 *
 * To make or end a tunnel, and for what it shares with its companion: with netdev=1
 * rtnl is taken before.
 */
static inline void looptun_netdev_lock(void)
{
	if (looptun_netdev)
		rtnl_lock();
	mutex_lock(&looptun_tunnel_lock);
}

static inline void looptun_netdev_unlock(void)
{
	mutex_unlock(&looptun_tunnel_lock);
	if (looptun_netdev)
		looptun_netdev->settle();
}

static inline void looptun_netdev_carrier(struct looptun_tunnel *tunnel)
{
	if (looptun_netdev)
		looptun_netdev->carrier(tunnel);
}

/*
 * Its owner, its queues or whether it stays has changed: rtnetlink tells of that. Whoever
 * hears of it takes no interface up or down, for which looptun_tunnel_lock is needed.
 */
static inline void looptun_netdev_notify(struct looptun_tunnel *tunnel)
{
	if (tunnel->companion)
		netdev_state_change(tunnel->companion);
}

#ifdef LOOPTUN_NETDEV
int looptun_netdev_init(const char *node);
void looptun_netdev_exit(void);
#else
static inline int looptun_netdev_init(const char *node)
{
	return -EOPNOTSUPP;
}

static inline void looptun_netdev_exit(void)
{
}
#endif

#endif
