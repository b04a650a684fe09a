// SPDX-License-Identifier: GPL-2.0-only
/*
 * The setting of the loopback, and whose peer is whose. Two tunnels are each
 * other's peer or neither is; a tunnel that dies or changes its mind leaves the
 * other with none. Changed under looptun_tunnel_lock, read under RCU.
 */
#include <linux/bitops.h>
#include <linux/errno.h>

#include "tunnel.h"

/**
 * looptun_peer_locked - the other tunnel of a pair
 * @tunnel: the tunnel
 *
 * Return: it, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_peer_locked(const struct looptun_tunnel *tunnel)
{
	return rcu_dereference_protected(tunnel->peer.other,
					 lockdep_is_held(&looptun_tunnel_lock));
}

static void looptun_peer_set_one_locked(struct looptun_tunnel *tunnel,
					enum looptun_peer_mode mode,
					struct looptun_tunnel *other)
{
	struct looptun_peer *peer = &tunnel->peer;

	lockdep_assert_held(&looptun_tunnel_lock);

	atomic64_set(&peer->mac, 0);
	rcu_assign_pointer(peer->other, other);
	/* Pairs with the acquire in looptun_loopback_written(). */
	smp_store_release(&peer->mode, mode);
	assign_bit(LOOPTUN_HOOK_LOOPBACK, &tunnel->hooks, mode != LOOPTUN_PEER_NONE);
}

/**
 * looptun_peer_end_locked - a tunnel has no loopback any more
 * @tunnel: the tunnel
 *
 * What is on its way still arrives.
 */
void looptun_peer_end_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_tunnel *other = looptun_peer_locked(tunnel);

	if (other)
		looptun_peer_set_one_locked(other, LOOPTUN_PEER_NONE, NULL);
	looptun_peer_set_one_locked(tunnel, LOOPTUN_PEER_NONE, NULL);
}

static int looptun_peer_pair_locked(struct looptun_tunnel *tunnel,
				    const char *name)
{
	struct looptun_tunnel *other = looptun_registry_find_directory(name);

	if (!other)
		return -ENODEV;
	if (other == tunnel)
		return -EINVAL;
	if (other == looptun_peer_locked(tunnel))
		return 0;
	looptun_peer_end_locked(tunnel);
	looptun_peer_end_locked(other);
	looptun_peer_set_one_locked(tunnel, LOOPTUN_PEER_OTHER, other);
	looptun_peer_set_one_locked(other, LOOPTUN_PEER_OTHER, tunnel);
	return 0;
}

/**
 * looptun_peer_set - set the loopback of a tunnel
 * @tunnel: the tunnel, referenced by the caller
 * @mode: where to
 * @other: with LOOPTUN_PEER_OTHER: the peer, as its directory is called
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0; -ENODEV if one of them is not there, -EINVAL if they are one.
 */
int looptun_peer_set(struct looptun_tunnel *tunnel,
		     enum looptun_peer_mode mode, const char *other)
{
	int ret = 0;

	mutex_lock(&looptun_tunnel_lock);
	if (tunnel->dead) {
		ret = -ENODEV;
	} else if (mode == LOOPTUN_PEER_OTHER) {
		ret = looptun_peer_pair_locked(tunnel, other);
	} else {
		looptun_peer_end_locked(tunnel);
		looptun_peer_set_one_locked(tunnel, mode, NULL);
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_peer_get - get the other tunnel of a pair
 * @tunnel: the tunnel
 *
 * Context: any.
 * Return: it, referenced, or NULL.
 */
struct looptun_tunnel *looptun_peer_get(const struct looptun_tunnel *tunnel)
{
	struct looptun_tunnel *other;

	rcu_read_lock();
	other = rcu_dereference(tunnel->peer.other);
	if (other && !kref_get_unless_zero(&other->ref))
		other = NULL;
	rcu_read_unlock();
	return other;
}
