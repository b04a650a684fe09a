// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of a tunnel that program and test share: its link type and address, as
 * SIOCGIFHWADDR, SIOCSIFHWADDR and TUNSETLINK show them on tun, whose caller locks;
 * and the link.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "compat.h"
#include "queue.h"
#include "tunnel.h"

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
 * looptun_address_init - type and address of a new tunnel
 * @address: zeroes, to be filled
 * @tap: Ethernet with a random address; else no address at all
 */
void looptun_address_init(struct looptun_address *address, bool tap)
{
	looptun_address_set_type(address, tap ? ARPHRD_ETHER : ARPHRD_NONE);
	if (tap)
		eth_random_addr(address->bytes);
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

/**
 * looptun_setting_set_link - take the link up or down
 * @tunnel: the tunnel, referenced by the caller
 * @up: the new state
 *
 * Only going up wakes the program, and only if it had looked, as tun_net_open() and
 * tun_device_event() do it: they tell the enabled queues.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_setting_set_link(struct looptun_tunnel *tunnel, bool up)
{
	struct looptun_queue *queue;
	bool dead, raised;
	unsigned int i;

	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	raised = up && !tunnel->up;
	WRITE_ONCE(tunnel->up, up);
	if (raised)
		for (i = 0; (queue = looptun_tunnel_queue_locked(tunnel, i)); i++) {
			looptun_queue_txq_start(queue);
			if (!queue->disabled)
				looptun_queue_wake_writers(queue);
		}
	/* Whoever waits for room is told: it is down, or no full queue stops it now. */
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	mutex_unlock(&looptun_tunnel_lock);
	return dead ? -ENODEV : 0;
}
