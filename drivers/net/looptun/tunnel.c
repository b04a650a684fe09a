// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels: made by TUNSETIFF or by the test, joined and left by files, gone
 * with the last file, by deletion or with their network namespace. All changes
 * are made under looptun_tunnel_lock; the data path reads under RCU.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "file.h"
#include "frame.h"
#include "name.h"
#include "ring.h"
#include "tunnel.h"

DEFINE_MUTEX(looptun_tunnel_lock);

unsigned int looptun_tunnel_ring_kib = 256;

static const struct looptun_tunnel_observer *looptun_tunnel_observer;

static void looptun_tunnel_free(struct kref *ref)
{
	struct looptun_tunnel *tunnel = container_of(ref, struct looptun_tunnel,
						     ref);

	looptun_ring_destroy(tunnel->kept);
	kfree_rcu(tunnel, rcu);
}

/**
 * looptun_tunnel_put - put a reference
 * @tunnel: the tunnel
 *
 * Context: process; may sleep.
 */
void looptun_tunnel_put(struct looptun_tunnel *tunnel)
{
	kref_put(&tunnel->ref, looptun_tunnel_free);
}

/**
 * looptun_tunnel_of_locked - the tunnel a file is attached to
 * @file: the file
 *
 * Return: the tunnel, or NULL.
 */
struct looptun_tunnel *looptun_tunnel_of_locked(struct looptun_file *file)
{
	return rcu_dereference_protected(file->tunnel,
				lockdep_is_held(&looptun_tunnel_lock));
}

static struct looptun_file *
looptun_tunnel_file_locked(struct looptun_tunnel *tunnel)
{
	return rcu_dereference_protected(tunnel->file,
				lockdep_is_held(&looptun_tunnel_lock));
}

/* Make a tunnel and give it its name. It has no file yet. */
static struct looptun_tunnel *
looptun_tunnel_make_locked(struct net *net, const char *requested,
			   unsigned int flags)
{
	struct looptun_tunnel *tunnel;
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	tunnel = kzalloc(sizeof(*tunnel), GFP_KERNEL_ACCOUNT);
	if (!tunnel)
		return ERR_PTR(-ENOMEM);

	ret = looptun_name_choose(net, requested, tunnel->name);
	if (ret) {
		kfree(tunnel);
		return ERR_PTR(ret);
	}
	kref_init(&tunnel->ref);
	strscpy(tunnel->requested, requested, IFNAMSIZ);
	tunnel->net = net;
	tunnel->net_inum = net->ns.inum;
	tunnel->creator = current_euid();
	tunnel->owner = INVALID_UID;
	tunnel->group = INVALID_GID;
	tunnel->ring_size = READ_ONCE(looptun_tunnel_ring_kib) * SZ_1K;
	tunnel->flags = flags;
	tunnel->up = true;
	mutex_init(&tunnel->kept_lock);
	init_waitqueue_head(&tunnel->far_wait);

	looptun_name_add(tunnel);
	looptun_tunnel_observer->added(tunnel);
	return tunnel;
}

static void looptun_tunnel_attach_locked(struct looptun_tunnel *tunnel,
					 struct looptun_file *file)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	WRITE_ONCE(file->ring_size, tunnel->ring_size);
	rcu_assign_pointer(file->tunnel, tunnel);
	rcu_assign_pointer(tunnel->file, file);
	/* Injectors may have been waiting for a program to come. */
	looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
}

static void looptun_tunnel_unlink_locked(struct looptun_tunnel *tunnel,
					 struct looptun_file *file)
{
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	RCU_INIT_POINTER(tunnel->file, NULL);
	RCU_INIT_POINTER(file->tunnel, NULL);
	for (i = 0; i < LOOPTUN_FILE_COUNTERS; i++)
		tunnel->file_counters[i] += atomic64_xchg(&file->counters[i], 0);
}

/* Take a tunnel's name and its queue away. */
static void looptun_tunnel_kill_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_file *file = looptun_tunnel_file_locked(tunnel);

	lockdep_assert_held(&looptun_tunnel_lock);

	looptun_tunnel_set_persist_locked(tunnel, false);
	if (file) {
		looptun_tunnel_unlink_locked(tunnel, file);
		looptun_file_purge(file);
		wake_up_interruptible_poll(&file->wait, EPOLLERR | EPOLLIN);
	}
	looptun_name_remove(tunnel);
	/* Pairs with the acquire in looptun_tunnel_is_dead(). */
	smp_store_release(&tunnel->dead, true);
	wake_up_interruptible_all(&tunnel->far_wait);
	looptun_tunnel_observer->removed(tunnel);
	looptun_tunnel_put(tunnel);
}

/* May the caller attach to a tunnel that exists? tun_not_capable() is laxer. */
static bool looptun_tunnel_may_attach_locked(struct looptun_tunnel *tunnel)
{
	kuid_t euid = current_euid();

	lockdep_assert_held(&looptun_tunnel_lock);

	return uid_eq(euid, tunnel->creator) ||
	       (uid_valid(tunnel->owner) && uid_eq(euid, tunnel->owner)) ||
	       (gid_valid(tunnel->group) && in_egroup_p(tunnel->group)) ||
	       ns_capable(tunnel->net->user_ns, CAP_NET_ADMIN);
}

static int looptun_tunnel_join_locked(struct looptun_tunnel *tunnel,
				      struct looptun_file *file,
				      unsigned int flags)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (flags & IFF_TUN_EXCL)
		return -EBUSY;
	if (!(flags & tunnel->flags & (IFF_TUN | IFF_TAP)))
		return -EINVAL;
	if ((flags ^ tunnel->flags) & IFF_MULTI_QUEUE)
		return -EINVAL;
	if (!looptun_tunnel_may_attach_locked(tunnel))
		return -EPERM;
	if (looptun_tunnel_file_locked(tunnel))
		return -EBUSY;

	WRITE_ONCE(tunnel->flags,
		   (tunnel->flags & ~LOOPTUN_TUNNEL_FEATURES) |
		   (flags & LOOPTUN_TUNNEL_FEATURES));
	looptun_tunnel_attach_locked(tunnel, file);
	return 0;
}

/* TUN wins where both are asked for. */
static int looptun_tunnel_type(unsigned int flags)
{
	if (flags & IFF_TUN)
		return IFF_TUN;
	if (flags & IFF_TAP)
		return IFF_TAP;
	return -EINVAL;
}

static int looptun_tunnel_found_locked(struct looptun_file *file, char *name,
				       unsigned int flags)
{
	struct looptun_tunnel *tunnel;
	const char *pattern = name;
	int type;

	lockdep_assert_held(&looptun_tunnel_lock);

	type = looptun_tunnel_type(flags);
	if (type < 0)
		return type;
	if (!*name)
		pattern = type == IFF_TUN ? "tun%d" : "tap%d";

	tunnel = looptun_tunnel_make_locked(file->net, pattern,
					    type | (flags &
					    LOOPTUN_TUNNEL_FEATURES));
	if (IS_ERR(tunnel))
		return PTR_ERR(tunnel);
	looptun_tunnel_attach_locked(tunnel, file);
	/* What stands behind the name in the caller's buffer stays. */
	memcpy(name, tunnel->name, strlen(tunnel->name) + 1);
	return 0;
}

/**
 * looptun_tunnel_set_iff - attach a file to a tunnel, made if need be
 * @file: the file
 * @name: IFNAMSIZ bytes: in, the name asked for; out, the name it has
 * @flags: IFF_* of the request; unknown bits are ignored, as tun does
 *
 * Mirrors tun_set_iff() and the lines before it in __tun_chr_ioctl(), with
 * their order of checks, but asks no capability to make a tunnel.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0; -EEXIST if the file is attached; -EBUSY, -EINVAL, -EPERM, -ENFILE
 * and -ENOMEM as tun has them.
 */
int looptun_tunnel_set_iff(struct looptun_file *file, char *name,
			   unsigned int flags)
{
	struct looptun_tunnel *tunnel;
	int ret;

	mutex_lock(&looptun_tunnel_lock);
	if (looptun_tunnel_of_locked(file)) {
		ret = -EEXIST;
		goto out;
	}

	name[IFNAMSIZ - 1] = '\0';
	tunnel = looptun_name_find(file->net, name);
	if (tunnel)
		ret = looptun_tunnel_join_locked(tunnel, file, flags);
	else if (looptun_name_is_foreign(file->net, name))
		ret = flags & IFF_TUN_EXCL ? -EBUSY : -EINVAL;
	else
		ret = looptun_tunnel_found_locked(file, name, flags);
out:
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/* Copy what a closing file has written and nobody read behind what is kept. */
static void looptun_tunnel_append_kept(struct looptun_ring *kept,
				       struct looptun_file *file)
{
	struct looptun_record *from, *to;

	while ((from = looptun_ring_claim(file->tx, SIZE_MAX))) {
		to = looptun_ring_reserve(kept, from->len);
		if (IS_ERR(to)) {
			looptun_file_count(file, LOOPTUN_FILE_SENT_DROPPED, 1);
		} else {
			memcpy(to->data, from->data, from->len);
			to->proto = from->proto;
			looptun_ring_commit(kept, to);
		}
		looptun_ring_consume(file->tx, from);
	}
}

/* The test may read what a program wrote after the program has closed. */
static void looptun_tunnel_keep(struct looptun_tunnel *tunnel,
				struct looptun_file *file)
{
	mutex_lock(&tunnel->kept_lock);
	if (!file->tx || !looptun_ring_readable(file->tx)) {
		/* nothing to keep */
	} else if (tunnel->kept) {
		looptun_tunnel_append_kept(tunnel->kept, file);
	} else {
		WRITE_ONCE(tunnel->kept, file->tx);
		file->tx = NULL;
	}
	mutex_unlock(&tunnel->kept_lock);
}

/**
 * looptun_tunnel_detach - take a file that is being closed off its tunnel
 * @file: the file; no call of the program is under way in it any more
 *
 * Mirrors tun_detach(): the tunnel goes with its last file unless persistent.
 *
 * Context: process; takes looptun_tunnel_lock.
 */
void looptun_tunnel_detach(struct looptun_file *file)
{
	struct looptun_tunnel *tunnel;

	mutex_lock(&looptun_tunnel_lock);
	tunnel = looptun_tunnel_of_locked(file);
	if (tunnel) {
		looptun_tunnel_keep(tunnel, file);
		looptun_tunnel_unlink_locked(tunnel, file);
		/* A reader of sent may have looked at kept before it was. */
		looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
		if (!(tunnel->flags & IFF_PERSIST))
			looptun_tunnel_kill_locked(tunnel);
	}
	mutex_unlock(&looptun_tunnel_lock);
}

/**
 * looptun_tunnel_get_of - get the tunnel a file is attached to
 * @file: the file
 *
 * Mirrors tun_get().
 *
 * Return: the tunnel, referenced, or NULL.
 */
struct looptun_tunnel *looptun_tunnel_get_of(const struct looptun_file *file)
{
	struct looptun_tunnel *tunnel;

	rcu_read_lock();
	tunnel = rcu_dereference(file->tunnel);
	if (tunnel && !kref_get_unless_zero(&tunnel->ref))
		tunnel = NULL;
	rcu_read_unlock();
	return tunnel;
}

/**
 * looptun_tunnel_framing - how a tunnel frames datagrams now
 * @tunnel: the tunnel
 */
struct looptun_framing
looptun_tunnel_framing(const struct looptun_tunnel *tunnel)
{
	unsigned int flags = READ_ONCE(tunnel->flags);

	return (struct looptun_framing) {
		.tap = flags & IFF_TAP,
		.pi = !(flags & IFF_NO_PI),
	};
}

/**
 * looptun_tunnel_wake_far - tell the far side what has happened
 * @tunnel: the tunnel
 * @events: EPOLLIN for something written, EPOLLOUT for room
 *
 * To be called after the datagram is published or consumed, under no spinlock.
 */
void looptun_tunnel_wake_far(struct looptun_tunnel *tunnel, __poll_t events)
{
	if (wq_has_sleeper(&tunnel->far_wait))
		wake_up_interruptible_poll(&tunnel->far_wait, events);
}

/**
 * looptun_tunnel_set_persist_locked - let a tunnel outlive its files, or not
 * @tunnel: the tunnel
 * @persist: whether it shall
 *
 * A persistent tunnel holds the module, as tun's does.
 */
void looptun_tunnel_set_persist_locked(struct looptun_tunnel *tunnel,
				       bool persist)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (persist == !!(tunnel->flags & IFF_PERSIST))
		return;
	WRITE_ONCE(tunnel->flags, tunnel->flags ^ IFF_PERSIST);
	if (persist)
		__module_get(THIS_MODULE);
	else
		module_put(THIS_MODULE);
}

/**
 * looptun_tunnel_create - make a persistent tunnel with no file
 * @net: network namespace
 * @name: its name, perhaps with a %d
 * @flags: IFF_TUN or IFF_TAP
 * @owner: who may attach beside the creator, or INVALID_UID
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, -EINVAL for a bad name, -EEXIST if it is taken, -ENFILE, -ENOMEM.
 */
int looptun_tunnel_create(struct net *net, const char *name,
			  unsigned int flags, kuid_t owner)
{
	struct looptun_tunnel *tunnel;

	mutex_lock(&looptun_tunnel_lock);
	tunnel = looptun_tunnel_make_locked(net, name, flags);
	if (!IS_ERR(tunnel)) {
		tunnel->owner = owner;
		looptun_tunnel_set_persist_locked(tunnel, true);
	}
	mutex_unlock(&looptun_tunnel_lock);
	return PTR_ERR_OR_ZERO(tunnel);
}

/**
 * looptun_tunnel_delete - delete a tunnel under its users
 * @tunnel: the tunnel, referenced by the caller
 *
 * As `ip link del` does to tun, see tun_detach_all(): a blocked reader gets
 * -EFAULT, the file may attach again.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if it was gone already.
 */
int looptun_tunnel_delete(struct looptun_tunnel *tunnel)
{
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel->dead) {
		looptun_tunnel_kill_locked(tunnel);
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_tunnel_set_link - take the link up or down
 * @tunnel: the tunnel
 * @up: the new state
 *
 * Only going up wakes the program, and only if it had looked, as
 * tun_net_open() does it.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_tunnel_set_link(struct looptun_tunnel *tunnel, bool up)
{
	struct looptun_file *file;
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (tunnel->dead)
		goto out;
	ret = 0;
	if (tunnel->up == up)
		goto out;
	WRITE_ONCE(tunnel->up, up);
	file = looptun_tunnel_file_locked(tunnel);
	if (up && file)
		looptun_file_wake_writers(file);
out:
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_tunnel_get_file - get the file attached to a tunnel
 * @tunnel: the tunnel
 *
 * Return: the file, referenced, or NULL if there is none.
 */
struct looptun_file *looptun_tunnel_get_file(struct looptun_tunnel *tunnel)
{
	struct looptun_file *file;

	rcu_read_lock();
	file = rcu_dereference(tunnel->file);
	if (file && !looptun_file_get_live(file))
		file = NULL;
	rcu_read_unlock();
	return file;
}

/**
 * looptun_tunnel_sum_counters_locked - add up what its files have counted
 * @tunnel: the tunnel
 * @counters: LOOPTUN_FILE_COUNTERS sums, filled
 */
void looptun_tunnel_sum_counters_locked(struct looptun_tunnel *tunnel,
					u64 *counters)
{
	struct looptun_file *file = looptun_tunnel_file_locked(tunnel);
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	for (i = 0; i < LOOPTUN_FILE_COUNTERS; i++) {
		counters[i] = tunnel->file_counters[i];
		if (file)
			counters[i] += atomic64_read(&file->counters[i]);
	}
}

/* No file can be attached any more: each holds its network namespace. */
static void __net_exit looptun_tunnel_net_exit(struct net *net)
{
	struct looptun_tunnel *tunnel;

	mutex_lock(&looptun_tunnel_lock);
	while ((tunnel = looptun_name_any_of(net)))
		looptun_tunnel_kill_locked(tunnel);
	mutex_unlock(&looptun_tunnel_lock);
}

static struct pernet_operations looptun_tunnel_net_ops = {
	.exit = looptun_tunnel_net_exit,
};

/**
 * looptun_tunnel_init - get ready for tunnels
 * @observer: who is told of them
 *
 * Return: 0, or an errno of register_pernet_subsys().
 */
int looptun_tunnel_init(const struct looptun_tunnel_observer *observer)
{
	looptun_tunnel_observer = observer;
	return register_pernet_subsys(&looptun_tunnel_net_ops);
}

/**
 * looptun_tunnel_exit - undo looptun_tunnel_init()
 *
 * There are no tunnels any more: each is held by an open file or holds the
 * module.
 */
void looptun_tunnel_exit(void)
{
	unregister_pernet_subsys(&looptun_tunnel_net_ops);
}
