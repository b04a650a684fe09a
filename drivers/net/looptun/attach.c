// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching: TUNSETIFF makes or finds a tunnel and makes the file a queue of it,
 * TUNSETQUEUE takes the queue out and puts it back, close ends it. All under
 * looptun_tunnel_lock, but what touches user memory.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/if_tun.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "file.h"
#include "filter.h"
#include "netdev.h"
#include "queue.h"
#include "tunnel.h"

/**
 * struct looptun_attach_refit - a tunnel's program made ready for one more queue
 * @fprog: the program, with the pointer of whoever set it
 * @id: which of all programs it is, 0 if none
 * @wanted: @sk is still to be made
 * @sk: carries it, or an ERR_PTR: why none does
 */
struct looptun_attach_refit {
	struct sock_fprog fprog;
	u64 id;
	bool wanted;
	struct sock *sk;
};

static struct looptun_queue *
looptun_attach_queue_locked(const struct looptun_file *file)
{
	return rcu_dereference_protected(file->queue,
				lockdep_is_held(&looptun_tunnel_lock));
}

/*
 * May the caller attach to a tunnel that exists? What is set of owner and group
 * has to match, as for tun_not_capable(), but where nothing is set there is only
 * the creator.
 */
static bool looptun_attach_may_locked(struct looptun_tunnel *tunnel)
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

/*
 * Mirrors the middle of tun_attach(), two oddities included: if the tunnel has a
 * classic filter, and the request does not say IFF_NOFILTER, then a filter that
 * goes onto the file leaves it unattached with a return of 0, and one that fails
 * does not keep a disabled queue from being enabled though it is the return.
 *
 * Return 1 to go on, 0 to leave it at that; -EAGAIN if @refit is wanted: the caller
 * drops the lock, makes it and tries again; another errno is for the end.
 */
static int looptun_attach_refit_locked(struct looptun_tunnel *tunnel,
				       struct looptun_file *file,
				       unsigned int flags,
				       struct looptun_attach_refit *refit)
{
	if ((flags & IFF_NOFILTER) || !tunnel->filter.attached)
		return 1;
	/* While one was made another may have come. */
	if (refit->id != tunnel->filter.id) {
		refit->fprog = tunnel->filter.fprog;
		refit->id = tunnel->filter.id;
		refit->wanted = true;
		return -EAGAIN;
	}
	if (IS_ERR(refit->sk))
		return PTR_ERR(refit->sk);
	if (!looptun_filter_fits(file, refit->sk))
		return -ENOMEM;
	looptun_filter_put_on(file, refit->sk);
	return 0;
}

/*
 * To be asked under no lock whether to try again. tun reads the program anew, in the
 * memory of whoever attaches: may sleep on that.
 */
static bool looptun_attach_again(struct looptun_attach_refit *refit,
				 struct net *net)
{
	if (!IS_ERR_OR_NULL(refit->sk))
		sock_put(refit->sk);
	if (!refit->wanted)
		return false;
	refit->wanted = false;
	refit->sk = looptun_filter_make_classic(net, &refit->fprog);
	return true;
}

/*
 * A file that was not attached becomes a queue. Mirrors tun_attach(): -EBUSY, -E2BIG,
 * -ENOMEM, or -EAGAIN as above.
 */
static int looptun_attach_join_locked(struct looptun_tunnel *tunnel,
				      struct looptun_file *file,
				      unsigned int flags,
				      struct looptun_attach_refit *refit)
{
	struct looptun_queue *queue;
	int ret;

	if (!looptun_tunnel_has_queues(tunnel) && tunnel->numqueues)
		return -EBUSY;
	if (tunnel->numqueues + tunnel->numdisabled == LOOPTUN_TUNNEL_QUEUES)
		return -E2BIG;
	ret = looptun_attach_refit_locked(tunnel, file, flags, refit);
	if (!ret || ret == -EAGAIN)
		return ret;
	queue = looptun_queue_create(tunnel, file, flags);
	if (!queue)
		return -ENOMEM;
	ret = looptun_slots_add_locked(queue);
	if (ret)
		looptun_queue_put(queue);
	return ret;
}

static int looptun_attach_to_locked(struct looptun_tunnel *tunnel,
				    struct looptun_file *file, char *name,
				    unsigned int flags,
				    struct looptun_attach_refit *refit)
{
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (flags & IFF_TUN_EXCL)
		return -EBUSY;
	if (!(flags & tunnel->flags & (IFF_TUN | IFF_TAP)))
		return -EINVAL;
	if ((flags ^ tunnel->flags) & IFF_MULTI_QUEUE)
		return -EINVAL;
	if (!looptun_attach_may_locked(tunnel))
		return -EPERM;
	ret = looptun_attach_join_locked(tunnel, file, flags, refit);
	if (ret)
		return ret;

	/* A further queue changes nothing for those that are there. */
	if (tunnel->numqueues + tunnel->numdisabled <= 1) {
		WRITE_ONCE(tunnel->flags,
			   (tunnel->flags & ~LOOPTUN_TUNNEL_FEATURES) |
			   (flags & LOOPTUN_TUNNEL_FEATURES));
		WRITE_ONCE(tunnel->carrier, !(flags & IFF_NO_CARRIER));
		looptun_netdev_carrier(tunnel);
		memcpy(name, tunnel->name, strlen(tunnel->name) + 1);
	}
	looptun_netdev_notify(tunnel);
	return 0;
}

static int looptun_attach_make_locked(struct looptun_file *file, char *name,
				      unsigned int flags,
				      struct looptun_attach_refit *refit)
{
	/* TUN wins where both are asked for. */
	unsigned int type = flags & IFF_TUN ? IFF_TUN : flags & IFF_TAP;
	struct looptun_tunnel *tunnel;
	const char *pattern = name;
	int ret;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (!type)
		return -EINVAL;
	if (!*name)
		pattern = type == IFF_TUN ? "tun%d" : "tap%d";

	tunnel = looptun_tunnel_make_locked(file->net, pattern,
					    type | (flags & LOOPTUN_TUNNEL_FEATURES),
					    file->wish);
	if (IS_ERR(tunnel)) {
		/*
		 * By then it was a queue, the first, and is none again: half of its wish
		 * is forgotten, and who waits is woken, as by tun_net_uninit().
		 */
		if (PTR_ERR(tunnel) == -EBUSY || looptun_registry_is_reserved(pattern)) {
			file->ifindex = 0;
			wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLPRI |
						   EPOLLRDNORM | EPOLLRDBAND);
		}
		return PTR_ERR(tunnel);
	}
	WRITE_ONCE(tunnel->carrier, !(flags & IFF_NO_CARRIER));
	ret = looptun_attach_join_locked(tunnel, file, flags, refit);
	if (ret) {
		looptun_tunnel_kill_locked(tunnel);
		return ret;
	}
	looptun_netdev_carrier(tunnel);
	/* It is up: who polled the one before in vain is told, as by tun_device_event(). */
	looptun_queue_wake_writers(looptun_attach_queue_locked(file), 0);
	/* What stands behind the name in the caller's buffer stays. */
	memcpy(name, tunnel->name, strlen(tunnel->name) + 1);
	return 0;
}

/* IFF_NAPI_FRAGS wants a TAP with IFF_NAPI and a real administrator. */
static int looptun_attach_check_frags(unsigned int flags)
{
	if (!(flags & IFF_NAPI_FRAGS))
		return 0;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!(flags & IFF_NAPI) || (flags & 0xf) != IFF_TAP)
		return -EINVAL;
	return 0;
}

static int looptun_attach_set_iff_locked(struct looptun_file *file, char *name,
					 unsigned int flags,
					 struct looptun_attach_refit *refit)
{
	struct looptun_tunnel *tunnel;
	int ret;

	if (looptun_attach_queue_locked(file))
		return -EEXIST;
	ret = looptun_attach_check_frags(flags);
	if (ret)
		return ret;

	tunnel = looptun_netdev ? looptun_netdev->find(file->net, name) :
				  looptun_registry_find(file->net, name);
	if (tunnel)
		return looptun_attach_to_locked(tunnel, file, name, flags, refit);
	if (looptun_registry_is_foreign(file->net, name))
		return flags & IFF_TUN_EXCL ? -EBUSY : -EINVAL;
	return looptun_attach_make_locked(file, name, flags, refit);
}

/* O_CLOEXEC belongs to the descriptor, and is out of sight when a test asks. */
static int looptun_attach_find_cloexec(const void *data, struct file *filp,
				       unsigned int fd)
{
	const struct looptun_file *file = data;

	if (filp != file->filp)
		return 0;
	return test_bit(fd, files_fdtable(current->files)->close_on_exec) ? 2 : 1;
}

/**
 * looptun_attach_set_iff - attach a file to a tunnel, made if need be
 * @file: the file
 * @name: IFNAMSIZ bytes: in, the name asked for; out, the name it has
 * @flags: IFF_* of the request; unknown bits are ignored, as tun does
 *
 * Mirrors tun_set_iff() and the lines before it in __tun_chr_ioctl(), with
 * their order of checks, but asks no capability to make a tunnel.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0; -EEXIST if the file is attached, or since 6.7 if a number's name is taken;
 * -EBUSY, -EINVAL, -EPERM, -E2BIG, -ENFILE and -ENOMEM as tun has them.
 */
int looptun_attach_set_iff(struct looptun_file *file, char *name,
			   unsigned int flags)
{
	struct looptun_attach_refit refit = { };
	int ret, found;

	name[IFNAMSIZ - 1] = '\0';
	do {
		looptun_netdev_lock();
		ret = looptun_attach_set_iff_locked(file, name, flags, &refit);
		looptun_netdev_unlock();
	} while (looptun_attach_again(&refit, file->net));
	if (!ret) {
		found = iterate_fd(current->files, 0, looptun_attach_find_cloexec, file);
		WRITE_ONCE(file->cloexec, found == 2);
	}
	return ret;
}

static int looptun_attach_set_queue_locked(struct looptun_file *file,
					   unsigned int flags,
					   struct looptun_attach_refit *refit)
{
	struct looptun_queue *queue = looptun_attach_queue_locked(file);
	int ret;

	if (!queue)
		return -EINVAL;
	if (flags & IFF_ATTACH_QUEUE) {
		if (!queue->disabled)
			return -EINVAL;
		ret = looptun_attach_refit_locked(queue->tunnel, file, 0, refit);
		if (!ret || ret == -EAGAIN)
			return ret;
		if (looptun_slots_add_locked(queue))
			return -ENOMEM;
		return ret < 0 ? ret : 0;
	}
	if (!(flags & IFF_DETACH_QUEUE) || queue->disabled ||
	    !looptun_tunnel_has_queues(queue->tunnel))
		return -EINVAL;
	looptun_slots_disable_locked(queue);
	return 0;
}

/**
 * looptun_attach_set_queue - TUNSETQUEUE
 * @file: the file
 * @flags: IFF_ATTACH_QUEUE or IFF_DETACH_QUEUE; the first wins
 *
 * Mirrors tun_set_queue().
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, -EINVAL, -ENOMEM, or an errno of sk_attach_filter().
 */
int looptun_attach_set_queue(struct looptun_file *file, unsigned int flags)
{
	struct looptun_attach_refit refit = { };
	int ret;

	do {
		looptun_netdev_lock();
		ret = looptun_attach_set_queue_locked(file, flags, &refit);
		if (!ret)
			looptun_netdev_notify(looptun_attach_queue_locked(file)->tunnel);
		looptun_netdev_unlock();
	} while (looptun_attach_again(&refit, file->net));
	return ret;
}

/**
 * looptun_attach_close - take a file that is being closed off its tunnel
 * @file: the file; no call of the program is under way in it any more
 *
 * Mirrors tun_detach(): the tunnel goes with its last file unless persistent.
 *
 * Context: process; takes looptun_tunnel_lock.
 */
void looptun_attach_close(struct looptun_file *file)
{
	struct looptun_tunnel *tunnel;
	struct looptun_queue *queue;

	looptun_netdev_lock();
	queue = looptun_attach_queue_locked(file);
	if (queue) {
		tunnel = queue->tunnel;
		looptun_tunnel_get(tunnel);
		looptun_slots_leave_locked(queue);
		looptun_netdev_carrier(tunnel);
		if (!tunnel->numqueues && !tunnel->numdisabled &&
		    !(tunnel->flags & IFF_PERSIST))
			looptun_tunnel_kill_locked(tunnel);
		else
			looptun_netdev_notify(tunnel);
		looptun_tunnel_put(tunnel);
	}
	looptun_netdev_unlock();
}
