// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's helpers ask a socket buffer for its device: filter programs for
 * the hardware type, the flow dissector for the namespace, and the check of a
 * virtio-net header for what the protocol is.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/sched/mm.h>
#include <net/ip_tunnels.h>

#include "device.h"
#include "tunnel.h"

/* Mirrors tun_net_initialize(). */
static void looptun_device_setup_tun(struct net_device *dev)
{
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	dev->header_ops = &ip_tunnel_header_ops;
}

/**
 * looptun_device_create - make a device
 * @net: network namespace; not referenced
 * @tap: Ethernet frames; IP datagrams otherwise
 *
 * Context: process; may sleep.
 * Return: the device, or NULL without memory.
 */
struct net_device *looptun_device_create(struct net *net, bool tap)
{
	struct net_device *dev;

	dev = alloc_netdev(0, "looptun", NET_NAME_UNKNOWN,
			   tap ? ether_setup : looptun_device_setup_tun);
	if (dev)
		dev_net_set(dev, net);
	return dev;
}

static struct net_device *looptun_device_make(struct looptun_tunnel *tunnel)
{
	struct net_device *dev, *other;
	struct mem_cgroup *memcg;

	memcg = set_active_memcg(tunnel->memcg);
	dev = looptun_device_create(tunnel->net, looptun_tunnel_is_tap(tunnel));
	set_active_memcg(memcg);
	if (!dev)
		return NULL;
	other = cmpxchg(&tunnel->dev, NULL, dev);
	if (!other)
		return dev;
	free_netdev(dev);
	return other;
}

/**
 * looptun_device_of - the device of a tunnel, made on first use
 * @tunnel: the tunnel
 *
 * A socket buffer may have it while the caller holds the namespace. Its type is
 * what TUNSETLINK has made of it.
 *
 * Context: process; may sleep.
 * Return: the device, or NULL without memory.
 */
struct net_device *looptun_device_of(struct looptun_tunnel *tunnel)
{
	/* Pairs with the cmpxchg in looptun_device_make(): it is complete. */
	struct net_device *dev = smp_load_acquire(&tunnel->dev);

	if (!dev)
		dev = looptun_device_make(tunnel);
	if (dev)
		WRITE_ONCE(dev->type, READ_ONCE(tunnel->address.type));
	return dev;
}

/**
 * looptun_device_destroy - free the device of a tunnel that is gone
 * @dev: the device, or NULL
 *
 * Context: process; may sleep.
 */
void looptun_device_destroy(struct net_device *dev)
{
	if (dev)
		free_netdev(dev);
}
