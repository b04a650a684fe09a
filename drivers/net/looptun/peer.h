/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where what the program writes goes beside sent: nowhere, back, or to another
 * tunnel.
 */
#ifndef LOOPTUN_PEER_H
#define LOOPTUN_PEER_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/types.h>

struct looptun_tunnel;

enum looptun_peer_mode {
	LOOPTUN_PEER_NONE,
	LOOPTUN_PEER_ECHO,	/* back, as it is */
	LOOPTUN_PEER_REFLECT,	/* the answer to it comes back */
	LOOPTUN_PEER_OTHER,	/* to another tunnel */
};

/**
 * struct looptun_peer - the loopback of a tunnel
 * @mode: where to; looptun_tunnel_lock to write
 * @other: the tunnel whose @other this one is, or NULL; looptun_tunnel_lock to
 *	write, RCU to read; not referenced: whichever dies first ends it
 * @mac: that of the program, with LOOPTUN_PEER_MAC_KNOWN, once it has written a
 *	frame to a TUN; no lock, a hint
 */
struct looptun_peer {
	enum looptun_peer_mode mode;
	struct looptun_tunnel __rcu *other;
	atomic64_t mac;
};

#define LOOPTUN_PEER_MAC_KNOWN	BIT_ULL(48)

int looptun_peer_set(struct looptun_tunnel *tunnel,
		     enum looptun_peer_mode mode, const char *other);
void looptun_peer_end_locked(struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_peer_get(const struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_peer_locked(const struct looptun_tunnel *tunnel);

#endif
