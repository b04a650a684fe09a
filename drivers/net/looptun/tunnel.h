/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct looptun_tunnel: a named interface, its settings, its queues and its
 * life. It lives as long as a file is attached, longer if persistent.
 */
#ifndef LOOPTUN_TUNNEL_H
#define LOOPTUN_TUNNEL_H

#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "file.h"

struct dentry;
struct looptun_framing;

/* The bits of TUNSETIFF that a tunnel keeps, beside its type. */
#define LOOPTUN_TUNNEL_FEATURES	(IFF_NO_PI | IFF_ONE_QUEUE)

/* What the far side of a tunnel counts. */
enum looptun_tunnel_counter {
	LOOPTUN_TUNNEL_INJECTED_DATAGRAMS,
	LOOPTUN_TUNNEL_INJECTED_BYTES,
	LOOPTUN_TUNNEL_SENT_DATAGRAMS,
	LOOPTUN_TUNNEL_SENT_BYTES,
	LOOPTUN_TUNNEL_COUNTERS
};

/* Held to attach, detach, create and delete and to change what @lock names. */
extern struct mutex looptun_tunnel_lock;

/* KiB in a ring of a tunnel made from now on: a power of two, 64 to 65536. */
extern unsigned int looptun_tunnel_ring_kib;

/**
 * struct looptun_tunnel - a named interface
 * @ref: held while it has its name, by open control files, and by calls of the
 *	program for as long as they last
 * @name: its name, for life
 * @requested: the name that was asked for, a pattern perhaps
 * @net: network namespace, valid while it has its name
 * @net_inum: inode number of @net
 * @creator: who made it
 * @ring_size: bytes of each of its rings
 *
 * @node: in the table of names; looptun_tunnel_lock
 * @file: its one queue, or NULL; looptun_tunnel_lock to write, RCU to read
 * @flags: IFF_* as TUNSETIFF and TUNSETPERSIST set them; written under
 *	looptun_tunnel_lock
 * @up: the link; written under looptun_tunnel_lock
 * @dead: it has lost its name and its queues; written under looptun_tunnel_lock
 * @owner: may attach, or INVALID_UID; looptun_tunnel_lock
 * @group: its members may attach, or INVALID_GID; looptun_tunnel_lock
 * @dir: its control directory; the observer's
 * @file_counters: sums of files that have left; looptun_tunnel_lock
 *
 * @kept_lock: taken to choose between @kept and a file's tx ring, and to move
 *	datagrams from the one to the other; inside looptun_tunnel_lock
 * @kept: what closed files had written and nobody has read yet, or NULL
 *
 * @far_wait: the far side: injectors that wait for room, readers of sent
 * @counters: by enum looptun_tunnel_counter
 * @rcu: for freeing
 */
struct looptun_tunnel {
	struct kref ref;
	char name[IFNAMSIZ];
	char requested[IFNAMSIZ];
	struct net *net;
	unsigned int net_inum;
	kuid_t creator;
	size_t ring_size;

	struct hlist_node node;
	struct looptun_file __rcu *file;
	unsigned int flags;
	bool up;
	bool dead;
	kuid_t owner;
	kgid_t group;
	struct dentry *dir;
	u64 file_counters[LOOPTUN_FILE_COUNTERS];

	struct mutex kept_lock;
	struct looptun_ring *kept;

	wait_queue_head_t far_wait;
	atomic64_t counters[LOOPTUN_TUNNEL_COUNTERS];
	struct rcu_head rcu;
};

/**
 * struct looptun_tunnel_observer - who is told of tunnels that come and go
 * @added: a tunnel has its name; files cannot be attached yet
 * @removed: it is dead; its name is free again once this returns
 *
 * Both are called under looptun_tunnel_lock and may sleep.
 */
struct looptun_tunnel_observer {
	void (*added)(struct looptun_tunnel *tunnel);
	void (*removed)(struct looptun_tunnel *tunnel);
};

int looptun_tunnel_init(const struct looptun_tunnel_observer *observer);
void looptun_tunnel_exit(void);

/* The program's side. */
int looptun_tunnel_set_iff(struct looptun_file *file, char *name,
			   unsigned int flags);
void looptun_tunnel_detach(struct looptun_file *file);
struct looptun_tunnel *looptun_tunnel_of_locked(struct looptun_file *file);
struct looptun_tunnel *looptun_tunnel_get_of(const struct looptun_file *file);
struct looptun_framing
looptun_tunnel_framing(const struct looptun_tunnel *tunnel);
void looptun_tunnel_wake_far(struct looptun_tunnel *tunnel, __poll_t events);
void looptun_tunnel_set_persist_locked(struct looptun_tunnel *tunnel,
				       bool persist);

/* The far side. */
int looptun_tunnel_create(struct net *net, const char *name,
			  unsigned int flags, kuid_t owner);
int looptun_tunnel_delete(struct looptun_tunnel *tunnel);
int looptun_tunnel_set_link(struct looptun_tunnel *tunnel, bool up);
struct looptun_file *looptun_tunnel_get_file(struct looptun_tunnel *tunnel);
void looptun_tunnel_sum_counters_locked(struct looptun_tunnel *tunnel,
					u64 *counters);

static inline void looptun_tunnel_get(struct looptun_tunnel *tunnel)
{
	kref_get(&tunnel->ref);
}

void looptun_tunnel_put(struct looptun_tunnel *tunnel);

static inline bool looptun_tunnel_is_dead(const struct looptun_tunnel *tunnel)
{
	/* Pairs with the release in looptun_tunnel_kill_locked(). */
	return smp_load_acquire(&tunnel->dead);
}

static inline bool looptun_tunnel_is_up(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->up);
}

static inline bool looptun_tunnel_is_tap(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->flags) & IFF_TAP;
}

#endif
