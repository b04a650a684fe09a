// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's helpers ask a socket buffer for its device: filter programs for
 * the hardware type, the flow dissector for the namespace, and the check of a
 * virtio-net header for what the protocol is. And its link type and address, as
 * SIOCGIFHWADDR, SIOCSIFHWADDR and TUNSETLINK show them on tun, whose caller locks.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/sched/mm.h>
#include <net/ip_tunnels.h>

#include "compat.h"
#include "tunnel.h"

/**
 * looptun_device_setup_tun - what a device that carries IP datagrams is
 * @dev: the device
 *
 * Mirrors tun_net_initialize().
 *
 * Context: process, before it is registered, if ever.
 */
void looptun_device_setup_tun(struct net_device *dev)
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

/* Types whose addresses have a length; those of all others have none. */
static const struct {
	u16 type;
	u8 len;
} looptun_address_lengths[] = {
	{ ARPHRD_ETHER, 6 },
	{ ARPHRD_IPGRE, 4 },
	{ ARPHRD_TUNNEL, 4 },
	{ ARPHRD_SIT, 4 },
	{ ARPHRD_IP6GRE, 16 },
	{ ARPHRD_TUNNEL6, 16 },
	{ ARPHRD_IEEE802154, 8 },
	{ ARPHRD_IEEE802154_MONITOR, 8 },
	{ ARPHRD_6LOWPAN, 8 },
	{ ARPHRD_FDDI, 6 },
	{ ARPHRD_HIPPI, 6 },
	{ ARPHRD_IEEE802, 6 },
	{ ARPHRD_ROSE, 5 },
	{ ARPHRD_NETROM, 7 },
	{ ARPHRD_LOCALTLK, 1 },
};

/**
 * looptun_address_set_type - set the link type
 * @address: the address
 * @type: ARPHRD_*
 *
 * Mirrors tun_get_addr_len().
 */
void looptun_address_set_type(struct looptun_address *address, u16 type)
{
	int i;

	address->type = type;
	address->len = 0;
	for (i = 0; i < ARRAY_SIZE(looptun_address_lengths); i++) {
		if (looptun_address_lengths[i].type == type)
			address->len = looptun_address_lengths[i].len;
	}
}

/**
 * looptun_address_get - SIOCGIFHWADDR
 * @address: the address
 * @sa: filled as far as the address goes, or with zeroes if there is none
 *
 * Mirrors dev_get_mac_address().
 */
void looptun_address_get(const struct looptun_address *address,
			 struct sockaddr *sa)
{
	u8 *data = (u8 *)sa + offsetof(struct sockaddr, sa_data);
	const size_t size = 14;

	if (address->len)
		memcpy(data, address->bytes, min_t(size_t, address->len, size));
	else
		memset(data, 0, size);
	sa->sa_family = address->type;
}

/**
 * looptun_address_set - SIOCSIFHWADDR
 * @address: the address
 * @tap: whether the tunnel is one
 * @sa: family and address, in a struct ifreq: a type may have more bytes of
 *	address than a struct sockaddr
 *
 * Mirrors dev_set_mac_address() and eth_mac_addr().
 *
 * Return: 0, -EOPNOTSUPP, -EINVAL for another family than the link type,
 * -EADDRNOTAVAIL for no unicast address.
 */
int looptun_address_set(struct looptun_address *address, bool tap,
			const struct sockaddr *sa)
{
	const u8 *data = (const u8 *)sa + offsetof(struct sockaddr, sa_data);

	if (!tap)
		return -EOPNOTSUPP;
	if (sa->sa_family != address->type)
		return -EINVAL;
	/* As many bytes are compared as the type has, of which there may be none. */
	if (LOOPTUN_COMPAT_SAME_ADDRESS &&
	    !memcmp(address->bytes, data, address->len))
		return 0;
	if (!is_valid_ether_addr(data))
		return -EADDRNOTAVAIL;
	memcpy(address->bytes, data, ETH_ALEN);
	return 0;
}
