// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of names, and the rules of register_netdevice() for new ones.
 * Everything here runs under looptun_tunnel_lock.
 */
#include <linux/dcache.h>
#include <linux/hashtable.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "line.h"
#include "name.h"
#include "tunnel.h"

static DEFINE_HASHTABLE(looptun_names, 10);

static u32 looptun_name_key(struct net *net, const char *name)
{
	return full_name_hash(net, name, strlen(name));
}

/**
 * looptun_name_find - look a tunnel up
 * @net: network namespace
 * @name: exact name
 *
 * Return: the tunnel, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_name_find(struct net *net, const char *name)
{
	struct looptun_tunnel *tunnel;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each_possible(looptun_names, tunnel, node,
			       looptun_name_key(net, name)) {
		if (tunnel->net == net && !strcmp(tunnel->name, name))
			return tunnel;
	}
	return NULL;
}

/**
 * looptun_name_find_directory - look a tunnel up as the test knows it
 * @text: NAME, or INUM:NAME in a network namespace that is not the initial one
 *
 * Return: the tunnel, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_name_find_directory(const char *text)
{
	u64 inum = init_net.ns.inum;
	struct looptun_tunnel *tunnel;
	const char *name;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (!looptun_line_parse_directory(text, &inum, &name))
		return NULL;
	hash_for_each(looptun_names, bucket, tunnel, node) {
		if (tunnel->net_inum == inum && !strcmp(tunnel->name, name))
			return tunnel;
	}
	return NULL;
}

/**
 * looptun_name_any_of - find some tunnel of a network namespace
 * @net: network namespace
 *
 * Return: the tunnel, not referenced, or NULL.
 */
struct looptun_tunnel *looptun_name_any_of(struct net *net)
{
	struct looptun_tunnel *tunnel;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each(looptun_names, bucket, tunnel, node) {
		if (tunnel->net == net)
			return tunnel;
	}
	return NULL;
}

/**
 * looptun_name_visit_locked - visit every tunnel
 * @visit: called for each; must not change the table
 * @data: handed to @visit
 */
void looptun_name_visit_locked(void (*visit)(struct looptun_tunnel *tunnel,
					     void *data),
			       void *data)
{
	struct looptun_tunnel *tunnel;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each(looptun_names, bucket, tunnel, node)
		visit(tunnel, data);
}

void looptun_name_add(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	hash_add(looptun_names, &tunnel->node,
		 looptun_name_key(tunnel->net, tunnel->name));
}

void looptun_name_remove(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	hash_del(&tunnel->node);
}

/**
 * looptun_name_is_foreign - does a real interface have a name?
 * @net: network namespace
 * @name: exact name; alternative names count
 */
bool looptun_name_is_foreign(struct net *net, const char *name)
{
	bool foreign;

	rcu_read_lock();
	foreign = dev_get_by_name_rcu(net, name);
	rcu_read_unlock();
	return foreign;
}

static bool looptun_name_in_use(struct net *net, const char *name)
{
	return looptun_name_find(net, name) ||
	       looptun_name_is_foreign(net, name);
}

/* Exactly one %d and no other per cent sign. */
static bool looptun_name_pattern_ok(const char *pattern)
{
	const char *p = strchr(pattern, '%');

	return p[1] == 'd' && !strchr(p + 2, '%');
}

/* The lowest number whose name is free. A name cut short counts as cut. */
static int looptun_name_number(struct net *net, const char *pattern,
			       char *name)
{
	const int max = 8 * PAGE_SIZE;
	int i;

	if (!looptun_name_pattern_ok(pattern))
		return -EINVAL;

	for (i = 0; i < max; i++) {
		snprintf(name, IFNAMSIZ, pattern, i);
		cond_resched();
		if (!looptun_name_in_use(net, name))
			return 0;
	}
	return -ENFILE;
}

/**
 * looptun_name_choose - find the name of a new tunnel
 * @net: network namespace
 * @requested: the name asked for, at most 15 bytes, perhaps with a %d
 * @name: IFNAMSIZ bytes for the name it gets
 *
 * Mirrors dev_get_valid_name().
 *
 * Return: 0, -EINVAL for a name no interface may have, -EEXIST if it is taken,
 * -ENFILE if every number is.
 */
int looptun_name_choose(struct net *net, const char *requested, char *name)
{
	int ret = 0;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (!dev_valid_name(requested))
		return -EINVAL;

	if (strchr(requested, '%'))
		ret = looptun_name_number(net, requested, name);
	else if (looptun_name_in_use(net, requested))
		ret = -EEXIST;
	else
		strscpy(name, requested, IFNAMSIZ);

	return ret;
}

/**
 * looptun_name_is_reserved - has the sysctl tree a name for itself?
 * @name: the name
 *
 * inetdev_event() refuses it, late in register_netdevice().
 */
bool looptun_name_is_reserved(const char *name)
{
	return !strcmp(name, "all") || !strcmp(name, "default");
}

/**
 * looptun_name_has_ifindex - is an interface index taken?
 * @net: network namespace
 * @ifindex: the index
 *
 * By a real interface, or by a tunnel that asked for it.
 */
bool looptun_name_has_ifindex(struct net *net, int ifindex)
{
	struct looptun_tunnel *tunnel;
	bool taken;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	hash_for_each(looptun_names, bucket, tunnel, node) {
		if (tunnel->net == net && tunnel->ifindex == ifindex)
			return true;
	}
	rcu_read_lock();
	taken = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return taken;
}
