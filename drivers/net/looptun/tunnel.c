// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels: made by TUNSETIFF or by the test, joined and left by files, gone
 * with the last file, by deletion or with their network namespace. All changes
 * are made under looptun_tunnel_lock; the data path reads under RCU.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "device.h"
#include "file.h"
#include "flow.h"
#include "frame.h"
#include "name.h"
#include "queue.h"
#include "ring.h"
#include "tunnel.h"

/* Tunnels, their names, queues and settings; see tunnel.h. */
DEFINE_MUTEX(looptun_tunnel_lock);

unsigned int looptun_tunnel_ring_kib = 256;

const struct looptun_tunnel_observer *looptun_tunnel_observer;

/**
 * looptun_tunnel_free - the last reference is gone
 * @ref: the tunnel's
 *
 * Context: process; may sleep.
 */
void looptun_tunnel_free(struct kref *ref)
{
	struct looptun_tunnel *tunnel = container_of(ref, struct looptun_tunnel,
						     ref);

	looptun_ring_destroy(tunnel->kept);
	looptun_fault_run_free(&tunnel->faults);
	looptun_delay_free(tunnel);
	looptun_filter_destroy(&tunnel->filter);
	looptun_device_destroy(tunnel->dev);
	kfree(tunnel->flows);
	mem_cgroup_put(tunnel->memcg);
	kfree_rcu(tunnel, rcu);
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

/* Memory for a tunnel, with as many slots as it may have queues. */
static struct looptun_tunnel *looptun_tunnel_alloc(unsigned int flags)
{
	unsigned int slots = flags & IFF_MULTI_QUEUE ? LOOPTUN_TUNNEL_QUEUES : 1;
	struct looptun_tunnel *tunnel;
	unsigned int i;

	tunnel = kzalloc(struct_size(tunnel, slots, slots), GFP_KERNEL_ACCOUNT);
	if (!tunnel)
		return NULL;
	if (slots > 1) {
		tunnel->flows = kcalloc(LOOPTUN_FLOW_PLACES,
					sizeof(*tunnel->flows),
					GFP_KERNEL_ACCOUNT);
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
	looptun_address_init(&tunnel->address, flags & IFF_TAP);
	INIT_LIST_HEAD(&tunnel->disabled);
	mutex_init(&tunnel->kept_lock);
	mutex_init(&tunnel->capture_lock);
	INIT_LIST_HEAD(&tunnel->captures);
	init_waitqueue_head(&tunnel->far_wait);
	looptun_fault_run_init(tunnel);
}

/* The checks of register_netdevice(), in its order. */
static int looptun_tunnel_name_locked(struct looptun_tunnel *tunnel,
				      const char *requested, int ifindex)
{
	int ret = looptun_name_choose(tunnel->net, requested, tunnel->name);

	if (ret)
		return ret;
	if (ifindex && looptun_name_has_ifindex(tunnel->net, ifindex))
		return -EBUSY;
	tunnel->ifindex = ifindex;
	strscpy(tunnel->requested, requested, IFNAMSIZ);
	return looptun_name_is_reserved(tunnel->name) ? -EINVAL : 0;
}

/* Make a tunnel and give it its name. It has no file yet. */
static struct looptun_tunnel *
looptun_tunnel_make_locked(struct net *net, const char *requested,
			   unsigned int flags, int ifindex)
{
	struct looptun_tunnel *tunnel;
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	tunnel = looptun_tunnel_alloc(flags);
	if (!tunnel)
		return ERR_PTR(-ENOMEM);

	looptun_tunnel_setup(tunnel, net, flags);
	tunnel->dev = looptun_device_create(net, flags & IFF_TAP);
	ret = tunnel->dev ?
	      looptun_tunnel_name_locked(tunnel, requested, ifindex) : -ENOMEM;
	if (ret) {
		looptun_tunnel_put(tunnel);
		return ERR_PTR(ret);
	}
	looptun_name_add(tunnel);
	looptun_tunnel_observer->added(tunnel);
	return tunnel;
}

/* Take a tunnel's name and its queues away. */
static void looptun_tunnel_kill_locked(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	looptun_capture_stop(tunnel);
	looptun_tunnel_set_persist_locked(tunnel, false);
	looptun_peer_end_locked(tunnel);
	looptun_queue_delete_all_locked(tunnel);
	looptun_name_remove(tunnel);
	/* Pairs with the acquire in looptun_tunnel_is_dead(). */
	smp_store_release(&tunnel->dead, true);
	looptun_queue_note_change_locked();
	wake_up_interruptible_all(&tunnel->far_wait);
	looptun_capture_end(tunnel);
	looptun_delay_end_locked(tunnel);
	looptun_tunnel_observer->removed(tunnel);
	looptun_tunnel_put(tunnel);
}

/*
 * May the caller attach to a tunnel that exists? What is set of owner and group
 * has to match, as for tun_not_capable(), but where nothing is set there is only
 * the creator.
 */
static bool looptun_tunnel_may_attach_locked(struct looptun_tunnel *tunnel)
{
	bool owned = uid_valid(tunnel->owner), grouped = gid_valid(tunnel->group);
	kuid_t euid = current_euid();

	lockdep_assert_held(&looptun_tunnel_lock);

	if (uid_eq(euid, tunnel->creator))
		return true;
	if ((owned || grouped) &&
	    (!owned || uid_eq(euid, tunnel->owner)) &&
	    (!grouped || in_egroup_p(tunnel->group)))
		return true;
	return ns_capable(tunnel->net->user_ns, CAP_NET_ADMIN);
}

static int looptun_tunnel_join_locked(struct looptun_tunnel *tunnel,
				      struct looptun_file *file,
				      unsigned int flags,
				      struct looptun_filter_refit *refit)
{
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (flags & IFF_TUN_EXCL)
		return -EBUSY;
	if (!(flags & tunnel->flags & (IFF_TUN | IFF_TAP)))
		return -EINVAL;
	if ((flags ^ tunnel->flags) & IFF_MULTI_QUEUE)
		return -EINVAL;
	if (!looptun_tunnel_may_attach_locked(tunnel))
		return -EPERM;
	ret = looptun_queue_attach_locked(tunnel, file, flags, refit);
	if (ret)
		return ret;

	/* A further queue changes nothing for those that are there. */
	if (looptun_tunnel_has_queues(tunnel) &&
	    tunnel->numqueues + tunnel->numdisabled > 1)
		return 0;
	WRITE_ONCE(tunnel->flags,
		   (tunnel->flags & ~LOOPTUN_TUNNEL_FEATURES) |
		   (flags & LOOPTUN_TUNNEL_FEATURES));
	WRITE_ONCE(tunnel->carrier, !(flags & IFF_NO_CARRIER));
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
	int type = looptun_tunnel_type(flags), ifindex = file->wish;
	struct looptun_tunnel *tunnel;
	const char *pattern = name;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (type < 0)
		return type;
	if (!*name)
		pattern = type == IFF_TUN ? "tun%d" : "tap%d";

	tunnel = looptun_tunnel_make_locked(file->net, pattern,
					    type | (flags &
						    LOOPTUN_TUNNEL_FEATURES),
					    ifindex);
	if (IS_ERR(tunnel)) {
		/* By then it was a queue, the first: half of its wish is forgotten. */
		if (PTR_ERR(tunnel) == -EBUSY)
			file->ifindex = 0;
		return PTR_ERR(tunnel);
	}
	WRITE_ONCE(tunnel->carrier, !(flags & IFF_NO_CARRIER));
	looptun_queue_attach_locked(tunnel, file, flags, NULL);
	/* It is up: who polled the one before in vain is told, as by tun_device_event(). */
	looptun_file_wake_writers(file);
	/* What stands behind the name in the caller's buffer stays. */
	memcpy(name, tunnel->name, strlen(tunnel->name) + 1);
	return 0;
}

/* IFF_NAPI_FRAGS wants a TAP with IFF_NAPI and a real administrator. */
static int looptun_tunnel_check_frags(unsigned int flags)
{
	if (!(flags & IFF_NAPI_FRAGS))
		return 0;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!(flags & IFF_NAPI) || (flags & 0xf) != IFF_TAP)
		return -EINVAL;
	return 0;
}

static int looptun_tunnel_set_iff_locked(struct looptun_file *file, char *name,
					 unsigned int flags,
					 struct looptun_filter_refit *refit)
{
	struct looptun_tunnel *tunnel;
	int ret;

	if (looptun_tunnel_of_locked(file))
		return -EEXIST;
	ret = looptun_tunnel_check_frags(flags);
	if (ret)
		return ret;

	tunnel = looptun_name_find(file->net, name);
	if (tunnel)
		return looptun_tunnel_join_locked(tunnel, file, flags, refit);
	if (looptun_name_is_foreign(file->net, name))
		return flags & IFF_TUN_EXCL ? -EBUSY : -EINVAL;
	return looptun_tunnel_found_locked(file, name, flags);
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
	struct looptun_filter_refit refit = { };
	int ret;

	name[IFNAMSIZ - 1] = '\0';
	for (;;) {
		mutex_lock(&looptun_tunnel_lock);
		ret = looptun_tunnel_set_iff_locked(file, name, flags, &refit);
		mutex_unlock(&looptun_tunnel_lock);
		if (ret != -EAGAIN)
			break;
		looptun_filter_refit_make(&refit, file->net);
	}
	looptun_filter_refit_free(&refit);
	if (!ret)
		looptun_file_note_cloexec(file);
	return ret;
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
		looptun_queue_keep(tunnel, file, true);
		looptun_queue_leave_locked(tunnel, file);
		/*
		 * A reader of sent may have looked at kept before it was, and
		 * who waits for room in this queue is sent to another.
		 */
		looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM |
					EPOLLOUT | EPOLLWRNORM);
		if (!tunnel->numqueues && !tunnel->numdisabled &&
		    !(tunnel->flags & IFF_PERSIST))
			looptun_tunnel_kill_locked(tunnel);
	}
	mutex_unlock(&looptun_tunnel_lock);
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
 * @flags: IFF_TUN or IFF_TAP, and IFF_MULTI_QUEUE
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
	tunnel = looptun_tunnel_make_locked(net, name, flags, 0);
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

/*
 * No file can be attached any more: each holds its network namespace. Who has found
 * a tunnel under RCU may look at the namespace until a grace period after this.
 */
static void __net_exit looptun_tunnel_net_pre_exit(struct net *net)
{
	struct looptun_tunnel *tunnel;

	mutex_lock(&looptun_tunnel_lock);
	while ((tunnel = looptun_name_any_of(net)))
		looptun_tunnel_kill_locked(tunnel);
	mutex_unlock(&looptun_tunnel_lock);
}

static struct pernet_operations looptun_tunnel_net_ops = {
	.pre_exit = looptun_tunnel_net_pre_exit,
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
