// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels: made by TUNSETIFF or by a line of the test, joined and left by files,
 * gone with the last file, by deletion or with their network namespace. All changes
 * are made under looptun_tunnel_lock; the data path reads under RCU.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "frame.h"
#include "line.h"
#include "netdev.h"
#include "queue.h"
#include "tunnel.h"

unsigned int looptun_tunnel_ring_kib = 256;

/* Memory for a tunnel, with as many slots as it may have queues. */
static struct looptun_tunnel *looptun_tunnel_alloc(unsigned int flags)
{
	unsigned int slots = flags & IFF_MULTI_QUEUE ? LOOPTUN_TUNNEL_QUEUES : 1;
	struct looptun_tunnel *tunnel;
	unsigned int i;

	tunnel = kzalloc(struct_size(tunnel, slots, slots),
			 GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!tunnel)
		return NULL;
	if (slots > 1) {
		tunnel->flows = kcalloc(LOOPTUN_FLOW_PLACES,
					sizeof(*tunnel->flows),
					GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
		if (!tunnel->flows) {
			kfree(tunnel);
			return NULL;
		}
	}
	tunnel->all.tunnel = tunnel;
	for (i = 0; i < slots; i++)
		tunnel->slots[i].tunnel = tunnel;
	return tunnel;
}

static void looptun_tunnel_setup(struct looptun_tunnel *tunnel,
				 struct net *net, unsigned int flags)
{
	kref_init(&tunnel->ref);
	tunnel->net = net;
	tunnel->net_inum = net->ns.inum;
	tunnel->creator = current_euid();
	tunnel->memcg = get_mem_cgroup_from_mm(current->mm);
	tunnel->owner = INVALID_UID;
	tunnel->group = INVALID_GID;
	tunnel->ring_size = READ_ONCE(looptun_tunnel_ring_kib) * SZ_1K;
	tunnel->flags = flags;
	tunnel->vnet_hdr_sz = sizeof(struct virtio_net_hdr);
	tunnel->up = true;
	tunnel->carrier = true;
	looptun_address_set_type(&tunnel->address, flags & IFF_TAP ? ARPHRD_ETHER : ARPHRD_NONE);
	if (flags & IFF_TAP)
		eth_random_addr(tunnel->address.bytes);
	mutex_init(&tunnel->sent_lock);
	INIT_LIST_HEAD(&tunnel->left);
	mutex_init(&tunnel->capture_lock);
	INIT_LIST_HEAD(&tunnel->captures);
	init_waitqueue_head(&tunnel->test_wait);
	looptun_fault_file_init(tunnel);
}

/* The checks of register_netdevice(), in its order. */
static int looptun_tunnel_name_locked(struct looptun_tunnel *tunnel,
				      const char *requested, int ifindex)
{
	int ret;

	strscpy(tunnel->requested, requested, IFNAMSIZ);
	tunnel->ifindex = ifindex;
	if (looptun_netdev)
		return looptun_netdev->add(tunnel, requested, ifindex);
	ret = looptun_registry_choose(tunnel->net, requested, tunnel->name);
	if (ret)
		return ret;
	if (ifindex && looptun_registry_has_ifindex(tunnel->net, ifindex))
		return -EBUSY;
	return looptun_registry_is_reserved(tunnel->name) ? -EINVAL : 0;
}

/**
 * looptun_tunnel_make_locked - make a tunnel and give it its name
 * @net: network namespace
 * @requested: its name, perhaps with a %d
 * @flags: IFF_*
 * @ifindex: the interface index that it wishes to have, or 0
 *
 * It has no queue yet.
 *
 * Return: the tunnel, or an ERR_PTR of -EINVAL, -EEXIST, -EBUSY, -ENFILE or
 * -ENOMEM.
 */
struct looptun_tunnel *looptun_tunnel_make_locked(struct net *net,
						  const char *requested,
						  unsigned int flags,
						  int ifindex)
{
	struct looptun_tunnel *tunnel;
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	tunnel = looptun_tunnel_alloc(flags);
	if (!tunnel)
		return ERR_PTR(-ENOMEM);

	looptun_tunnel_setup(tunnel, net, flags);
	ret = looptun_tunnel_name_locked(tunnel, requested, ifindex);
	if (ret) {
		looptun_tunnel_put(tunnel);
		return ERR_PTR(ret);
	}
	looptun_registry_add(tunnel);
	ret = looptun_tunnel_observer->added(tunnel);
	if (ret) {
		looptun_tunnel_kill_locked(tunnel);
		return ERR_PTR(ret);
	}
	looptun_registry_changed_locked();
	return tunnel;
}

/**
 * looptun_tunnel_kill_locked - take a tunnel's name and its queues away
 * @tunnel: the tunnel, which may be gone afterwards
 */
void looptun_tunnel_kill_locked(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	looptun_capture_stop(tunnel);
	looptun_tunnel_set_persist_locked(tunnel, false);
	looptun_peer_end_locked(tunnel);
	looptun_slots_leave_all_locked(tunnel);
	looptun_registry_remove(tunnel);
	/* Pairs with the acquire in looptun_tunnel_is_dead(). */
	smp_store_release(&tunnel->dead, true);
	wake_up_interruptible_all(&tunnel->test_wait);
	looptun_capture_end(tunnel);
	looptun_delay_end_locked(tunnel);
	looptun_fault_file_end_locked(tunnel);
	looptun_filter_end_locked(tunnel);
	looptun_tunnel_observer->removed(tunnel);
	if (looptun_netdev)
		looptun_netdev->remove(tunnel);
	looptun_tunnel_put(tunnel);
}

/**
 * looptun_tunnel_move_locked - follow a companion that was renamed or moved
 * @tunnel: the tunnel
 * @net: the network namespace that it is in
 * @name: the name that it has there
 *
 * A file may hold another namespace than the tunnel's from now on: what asks a
 * socket buffer for its own gets one that stays.
 */
void looptun_tunnel_move_locked(struct looptun_tunnel *tunnel, struct net *net,
				const char *name)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (net != tunnel->net)
		dev_net_set(tunnel->dev, &init_net);
	looptun_registry_remove(tunnel);
	strscpy(tunnel->name, name, IFNAMSIZ);
	tunnel->net = net;
	tunnel->net_inum = net->ns.inum;
	looptun_registry_add(tunnel);
	looptun_tunnel_observer->moved(tunnel);
	looptun_registry_changed_locked();
}

/**
 * looptun_tunnel_set_link - take the link up or down
 * @tunnel: the tunnel, referenced by the caller
 * @up: the new state
 *
 * Only going up wakes the program, and only if it had looked, as tun_net_open() and
 * tun_device_event() do it: they tell the enabled queues.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_tunnel_set_link(struct looptun_tunnel *tunnel, bool up)
{
	struct looptun_queue *queue;
	bool dead, raised;
	unsigned int i;

	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	raised = up && !tunnel->up;
	WRITE_ONCE(tunnel->up, up);
	for (i = 0; raised && (queue = looptun_tunnel_queue_locked(tunnel, i)); i++) {
		looptun_queue_txq_start(queue);
		if (!queue->disabled)
			looptun_queue_wake_writers(queue, 0);
	}
	/* Whoever waits for room is told: it is down, or no full queue stops it now. */
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	mutex_unlock(&looptun_tunnel_lock);
	return dead ? -ENODEV : 0;
}

/**
 * looptun_tunnel_set_carrier_locked - have a carrier, or not
 * @tunnel: the tunnel
 * @on: whether it shall
 *
 * Mirrors tun_net_change_carrier().
 *
 * Return: 0, or -EPERM without an enabled queue.
 */
int looptun_tunnel_set_carrier_locked(struct looptun_tunnel *tunnel, bool on)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (on && !tunnel->numqueues)
		return -EPERM;
	WRITE_ONCE(tunnel->carrier, on);
	looptun_netdev_carrier(tunnel);
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	return 0;
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

/* What may stand behind the type: multi_queue, owner=UID. */
static int looptun_tunnel_read_option(const struct looptun_line *line,
				      const char *word, unsigned int *flags,
				      kuid_t *owner)
{
	bool multi_queue = !strcmp(word, "multi_queue");
	u64 uid;
	int ret;

	if (!multi_queue && !str_has_prefix(word, "owner="))
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected multi_queue or owner=UID");
	if (multi_queue ? *flags & IFF_MULTI_QUEUE : uid_valid(*owner))
		return looptun_line_refuse(line, -EINVAL, word, "given twice");
	if (multi_queue) {
		*flags |= IFF_MULTI_QUEUE;
		return 0;
	}
	ret = looptun_line_number(line, word + strlen("owner="), U32_MAX, &uid);
	if (ret)
		return ret;
	*owner = make_kuid(current_user_ns(), uid);
	return uid_valid(*owner) ? 0 :
	       looptun_line_refuse(line, -EINVAL, word, "no such user");
}

/* A persistent tunnel with no file; @owner may attach beside the creator. */
static int looptun_tunnel_make_persistent(const struct looptun_line *line,
					  const char *name, unsigned int flags,
					  kuid_t owner)
{
	struct looptun_tunnel *tunnel;
	int ret;

	looptun_netdev_lock();
	tunnel = looptun_tunnel_make_locked(current->nsproxy->net_ns, name, flags, 0);
	if (!IS_ERR(tunnel)) {
		tunnel->owner = owner;
		looptun_tunnel_set_persist_locked(tunnel, true);
		looptun_netdev_carrier(tunnel);
	}
	looptun_netdev_unlock();
	ret = PTR_ERR_OR_ZERO(tunnel);
	if (ret == -EINVAL)
		looptun_line_refuse(line, ret, name, "no name of an interface");
	else if (ret == -EEXIST)
		looptun_line_refuse(line, ret, name, "the name is taken");
	else if (ret == -ENFILE)
		looptun_line_refuse(line, ret, name, "no number is free");
	return ret;
}

/**
 * looptun_tunnel_create - make a persistent tunnel with no file
 * @line: "NAME tun|tap [multi_queue] [owner=UID]"
 *
 * In the caller's network namespace.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, -EINVAL for a word that does not fit, -EEXIST if the name is taken,
 * -ENFILE, -ENOMEM.
 */
int looptun_tunnel_create(struct looptun_line *line)
{
	static const char *const types[] = { "tun", "tap" };
	const char *name = looptun_line_next(line), *word;
	kuid_t owner = INVALID_UID;
	unsigned int flags;
	int ret;

	if (strlen(name) >= IFNAMSIZ)
		return looptun_line_refuse(line, -EINVAL, name,
					   "expected a name of at most 15 bytes");
	ret = looptun_line_choice(line, looptun_line_next(line), types,
				  ARRAY_SIZE(types), "expected tun or tap");
	if (ret < 0)
		return ret;
	flags = ret ? IFF_TAP : IFF_TUN;
	while ((word = looptun_line_next(line))) {
		ret = looptun_tunnel_read_option(line, word, &flags, &owner);
		if (ret)
			return ret;
	}
	return looptun_tunnel_make_persistent(line, name, flags, owner);
}

/**
 * looptun_tunnel_delete - delete a tunnel under its users
 * @line: "1"
 *
 * As `ip link del` does to tun, see tun_detach_all(): a blocked reader gets
 * -EFAULT, the file may attach again.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, -EINVAL for another word, or -ENODEV if it was gone already.
 */
int looptun_tunnel_delete(struct looptun_line *line)
{
	int ret = -ENODEV;

	if (strcmp(line->rest, "1"))
		return looptun_line_refuse(line, -EINVAL, line->rest, "expected 1");
	looptun_netdev_lock();
	if (!line->tunnel->dead) {
		looptun_tunnel_kill_locked(line->tunnel);
		ret = 0;
	}
	looptun_netdev_unlock();
	return ret;
}

/*
 * No file can be attached any more, unless the tunnel was moved here: each holds its
 * network namespace. Who has found a tunnel under RCU may look at the namespace until
 * a grace period after this.
 */
static void __net_exit looptun_tunnel_net_pre_exit(struct net *net)
{
	struct looptun_tunnel *tunnel;
	struct hlist_node *next;
	int bucket;

	looptun_netdev_lock();
	hash_for_each_safe(looptun_registry, bucket, next, tunnel, node)
		if (tunnel->net == net)
			looptun_tunnel_kill_locked(tunnel);
	looptun_netdev_unlock();
}

static struct pernet_operations looptun_tunnel_net_ops = {
	.pre_exit = looptun_tunnel_net_pre_exit,
};

/**
 * looptun_tunnel_init - get ready for tunnels
 *
 * Return: 0, or an errno of register_pernet_subsys().
 */
int looptun_tunnel_init(void)
{
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
