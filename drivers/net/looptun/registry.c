// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tunnels there are: the table of names, the rules of register_netdevice()
 * for new ones, who is told of tunnels and queues that come and go, and the end
 * of one that nobody holds any more.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "line.h"
#include "netdev.h"
#include "sent.h"
#include "tunnel.h"

/* Tunnels, their names, queues and settings; see tunnel.h. */
DEFINE_MUTEX(looptun_tunnel_lock);

const struct looptun_tunnel_observer *looptun_tunnel_observer;
const struct looptun_netdev_ops *looptun_netdev;

struct looptun_fault_set looptun_tunnel_faults = {
	.lock = __SPIN_LOCK_UNLOCKED(looptun_tunnel_faults.lock),
};

unsigned int looptun_tunnel_changes;
DECLARE_WAIT_QUEUE_HEAD(looptun_tunnel_changed);

DEFINE_HASHTABLE(looptun_registry, LOOPTUN_REGISTRY_BITS);

/*
 * The last name with a %d that was asked for: every number below @free is the
 * name of a tunnel. Under looptun_tunnel_lock.
 */
static struct {
	struct net *net;
	char pattern[IFNAMSIZ];
	int free;
} looptun_registry_last;

static u32 looptun_registry_key(struct net *net, const char *name)
{
	return full_name_hash(net, name, strlen(name));
}

/**
 * looptun_registry_find - look a tunnel up
 * @net: network namespace
 * @name: exact name
 *
 * Return: the tunnel, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_registry_find(struct net *net, const char *name)
{
	struct looptun_tunnel *tunnel;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each_possible(looptun_registry, tunnel, node,
			       looptun_registry_key(net, name)) {
		if (tunnel->net == net && !strcmp(tunnel->name, name))
			return tunnel;
	}
	return NULL;
}

/**
 * looptun_registry_find_directory - look a tunnel up as the test knows it
 * @text: NAME, or INUM:NAME in a network namespace that is not the initial one
 *
 * Return: the tunnel, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_registry_find_directory(const char *text)
{
	u64 inum = init_net.ns.inum;
	struct looptun_tunnel *tunnel;
	const char *name;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (!looptun_line_parse_directory(text, &inum, &name))
		return NULL;
	hash_for_each(looptun_registry, bucket, tunnel, node) {
		if (tunnel->net_inum == inum && !strcmp(tunnel->name, name))
			return tunnel;
	}
	return NULL;
}

void looptun_registry_add(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	hash_add(looptun_registry, &tunnel->node,
		 looptun_registry_key(tunnel->net, tunnel->name));
}

void looptun_registry_remove(struct looptun_tunnel *tunnel)
{
	int number;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_del(&tunnel->node);
	if (tunnel->net == looptun_registry_last.net &&
	    sscanf(tunnel->name, looptun_registry_last.pattern, &number) == 1 &&
	    number < looptun_registry_last.free)
		looptun_registry_last.free = max(number, 0);
}

/**
 * looptun_registry_is_foreign - does a real interface have a name?
 * @net: network namespace
 * @name: exact name; alternative names count
 */
bool looptun_registry_is_foreign(struct net *net, const char *name)
{
	bool foreign;

	rcu_read_lock();
	foreign = dev_get_by_name_rcu(net, name);
	rcu_read_unlock();
	return foreign;
}

/*
 * The lowest number that is free, as for __dev_alloc_name(): a name that reads back
 * as another number, as one may that is cut short, has none. It may be taken.
 */
static int looptun_registry_number(struct net *net, const char *pattern,
				   char *name)
{
	typeof(looptun_registry_last) *last = &looptun_registry_last;
	const char *percent = strchr(pattern, '%');
	const int max = 8 * PAGE_SIZE;
	bool ours = true, found;
	int i, number;

	/* Exactly one %d and no other per cent sign. */
	if (percent[1] != 'd' || strchr(percent + 2, '%'))
		return -EINVAL;

	if (last->net != net || strcmp(last->pattern, pattern)) {
		strscpy(last->pattern, pattern, IFNAMSIZ);
		last->net = net;
		last->free = 0;
	}
	for (i = last->free; i < max; i++) {
		snprintf(name, IFNAMSIZ, pattern, i);
		cond_resched();
		found = looptun_registry_find(net, name);
		if (!found && !looptun_registry_is_foreign(net, name))
			return 0;
		if (sscanf(name, pattern, &number) != 1 || number != i)
			return LOOPTUN_COMPAT_NUMBER_TAKEN;
		ours &= found;
		if (ours)
			last->free = i + 1;
	}
	return -ENFILE;
}

/**
 * looptun_registry_choose - find the name of a new tunnel
 * @net: network namespace
 * @requested: the name asked for, at most 15 bytes, perhaps with a %d
 * @name: IFNAMSIZ bytes for the name it gets
 *
 * Mirrors dev_get_valid_name().
 *
 * Return: 0, -EINVAL for a name no interface may have, -EEXIST if it is taken,
 * -ENFILE if every number is; which of the two it is for the name of a free number
 * depends on the kernel.
 */
int looptun_registry_choose(struct net *net, const char *requested, char *name)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (!dev_valid_name(requested))
		return -EINVAL;
	if (strchr(requested, '%'))
		return looptun_registry_number(net, requested, name);
	if (looptun_registry_find(net, requested) ||
	    looptun_registry_is_foreign(net, requested))
		return -EEXIST;
	strscpy(name, requested, IFNAMSIZ);
	return 0;
}

/**
 * looptun_registry_is_reserved - has the sysctl tree a name for itself?
 * @name: the name
 *
 * inetdev_event() refuses it, late in register_netdevice().
 */
bool looptun_registry_is_reserved(const char *name)
{
	return !strcmp(name, "all") || !strcmp(name, "default");
}

/**
 * looptun_registry_has_ifindex - is an interface index taken?
 * @net: network namespace
 * @ifindex: the index
 *
 * By a real interface, or by a tunnel that asked for it.
 */
bool looptun_registry_has_ifindex(struct net *net, int ifindex)
{
	struct looptun_tunnel *tunnel;
	bool taken;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each(looptun_registry, bucket, tunnel, node) {
		if (tunnel->net == net && tunnel->ifindex == ifindex)
			return true;
	}
	rcu_read_lock();
	taken = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return taken;
}

/**
 * looptun_registry_changed_locked - a queue has come or gone, or a tunnel come or moved
 */
void looptun_registry_changed_locked(void)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	WRITE_ONCE(looptun_tunnel_changes, looptun_tunnel_changes + 1);
	wake_up_interruptible_all(&looptun_tunnel_changed);
}

/**
 * looptun_tunnel_free - the last reference is gone
 * @ref: the tunnel's
 *
 * It was killed, if it ever had its name: whatever else it had ended then.
 *
 * Context: process; may sleep.
 */
void looptun_tunnel_free(struct kref *ref)
{
	struct looptun_tunnel *tunnel = container_of(ref, struct looptun_tunnel,
						     ref);
	struct looptun_left *left, *next;

	/* What nobody will read. */
	list_for_each_entry_safe(left, next, &tunnel->left, node) {
		kvfree(left);
		cond_resched();
	}
	kfree(tunnel->delays[0]);
	kfree(tunnel->delays[1]);
	if (tunnel->dev)
		free_netdev(tunnel->dev);
	kfree(tunnel->flows);
	mem_cgroup_put(tunnel->memcg);
	kfree_rcu(tunnel, rcu);
}
