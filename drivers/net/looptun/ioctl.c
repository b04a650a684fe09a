// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of the device: a table of commands and a small handler each, in
 * the order of checks of __tun_chr_ioctl().
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/looptun.h>
#include <linux/proc_fs.h>
#include <linux/proc_ns.h>
#include <linux/sockios.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "fault_run.h"
#include "file.h"
#include "frame.h"
#include "ioctl.h"
#include "netdev.h"
#include "queue.h"
#include "tunnel.h"
#include "vnet.h"

/**
 * struct looptun_ioctl_command - what a command does
 * @cmd: its number
 * @check: looks whether it can be meant, before the argument is read; may be
 *	NULL
 * @get: reads the argument; may be NULL
 * @apply: does it, under looptun_tunnel_lock; takes over what @get made
 * @put: writes the answer; may be NULL
 * @drop: lets go of what @get made, where the queue is dead by then
 * @flag: of the tunnel's flags, which one it is about
 *
 * User memory is read and written under no lock: it may take for ever.
 */
struct looptun_ioctl_command {
	unsigned int cmd;
	int (*check)(struct looptun_ioctl_call *call);
	int (*get)(struct looptun_ioctl_call *call);
	int (*apply)(struct looptun_ioctl_call *call);
	int (*put)(struct looptun_ioctl_call *call);
	void (*drop)(struct looptun_ioctl_call *call);
	unsigned int flag;
};

static int looptun_ioctl_check_tap(struct looptun_ioctl_call *call)
{
	return looptun_tunnel_is_tap(call->tunnel) ? 0 : -EINVAL;
}

static int looptun_ioctl_check_cross_endian(struct looptun_ioctl_call *call)
{
	return IS_ENABLED(CONFIG_TUN_VNET_CROSS_LE) ? 0 : -EINVAL;
}

/* Where less than an int can be written, tun writes that much. */
static int looptun_ioctl_put_int(struct looptun_ioctl_call *call)
{
	return copy_to_user((void __user *)call->arg, &call->value,
			    sizeof(call->value)) ? -EFAULT : 0;
}

/* Where less than an int can be written, tun writes nothing. */
static int looptun_ioctl_put_whole_int(struct looptun_ioctl_call *call)
{
	return put_user(call->value, (int __user *)call->arg);
}

static int looptun_ioctl_put_ifreq(struct looptun_ioctl_call *call)
{
	return copy_to_user((void __user *)call->arg, &call->ifreq,
			    call->ifreq_len) ? -EFAULT : 0;
}

static int looptun_ioctl_get_iff(struct looptun_ioctl_call *call)
{
	unsigned int flags = call->tunnel->flags;

	if (call->queue->disabled)
		flags |= IFF_DETACH_QUEUE;
	/* The bit of IFF_NO_PI: no filter, whatever the mode. */
	if (!rcu_access_pointer(call->file->filter_sk))
		flags |= IFF_NOFILTER;
	strscpy(call->ifreq.ifr_name, call->tunnel->name, IFNAMSIZ);
	call->ifreq.ifr_flags = flags;
	return 0;
}

static int looptun_ioctl_nothing(struct looptun_ioctl_call *call)
{
	return 0;
}

static int looptun_ioctl_set_persist(struct looptun_ioctl_call *call)
{
	if (!!call->arg != !!(call->tunnel->flags & IFF_PERSIST)) {
		looptun_tunnel_set_persist_locked(call->tunnel, call->arg);
		looptun_netdev_notify(call->tunnel);
	}
	return 0;
}

static int looptun_ioctl_set_owner(struct looptun_ioctl_call *call)
{
	kuid_t owner = make_kuid(current_user_ns(), call->arg);

	if (!uid_valid(owner))
		return -EINVAL;
	WRITE_ONCE(call->tunnel->owner, owner);
	looptun_netdev_notify(call->tunnel);
	return 0;
}

static int looptun_ioctl_set_group(struct looptun_ioctl_call *call)
{
	kgid_t group = make_kgid(current_user_ns(), call->arg);

	if (!gid_valid(group))
		return -EINVAL;
	WRITE_ONCE(call->tunnel->group, group);
	looptun_netdev_notify(call->tunnel);
	return 0;
}

static int looptun_ioctl_set_link(struct looptun_ioctl_call *call)
{
	if (call->tunnel->up)
		return -EBUSY;
	if (looptun_netdev)
		return looptun_netdev->set_type(call->tunnel, call->arg);
	looptun_address_set_type(&call->tunnel->address, call->arg);
	return 0;
}

/* Mirrors set_offload(): what stands in this kernel's headers can be asked for. */
static int looptun_ioctl_set_offload(struct looptun_ioctl_call *call)
{
	if (!looptun_vnet_offload_is_valid(call->arg))
		return -EINVAL;
	WRITE_ONCE(call->tunnel->offloads, call->arg);
	return 0;
}

static int looptun_ioctl_get_hwaddr(struct looptun_ioctl_call *call)
{
	looptun_address_get(&call->tunnel->address, &call->ifreq.ifr_hwaddr);
	return 0;
}

static int looptun_ioctl_set_hwaddr(struct looptun_ioctl_call *call)
{
	if (looptun_netdev)
		return looptun_netdev->set_address(call->tunnel,
						   &call->ifreq.ifr_hwaddr);
	return looptun_address_set(&call->tunnel->address,
				   looptun_tunnel_is_tap(call->tunnel),
				   &call->ifreq.ifr_hwaddr);
}

static int looptun_ioctl_get_sndbuf(struct looptun_ioctl_call *call)
{
	call->value = call->file->sndbuf;
	return 0;
}

static int looptun_ioctl_set_sndbuf(struct looptun_ioctl_call *call)
{
	struct looptun_queue *queue;
	unsigned int i;

	if (call->value <= 0)
		return -EINVAL;
	for (i = 0; (queue = looptun_tunnel_queue_locked(call->tunnel, i)); i++)
		if (!queue->disabled)
			WRITE_ONCE(queue->file->sndbuf, call->value);
	return 0;
}

static int looptun_ioctl_get_vnet_hdr_sz(struct looptun_ioctl_call *call)
{
	call->value = call->tunnel->vnet_hdr_sz;
	return 0;
}

static int looptun_ioctl_set_vnet_hdr_sz(struct looptun_ioctl_call *call)
{
	if (call->value < (int)sizeof(struct virtio_net_hdr))
		return -EINVAL;
	WRITE_ONCE(call->tunnel->vnet_hdr_sz, call->value);
	return 0;
}

static int looptun_ioctl_get_flag(struct looptun_ioctl_call *call)
{
	call->value = !!(call->tunnel->flags & call->command->flag);
	return 0;
}

static int looptun_ioctl_set_flag(struct looptun_ioctl_call *call)
{
	unsigned int flags = call->tunnel->flags & ~call->command->flag;

	if (call->value)
		flags |= call->command->flag;
	WRITE_ONCE(call->tunnel->flags, flags);
	return 0;
}

static int looptun_ioctl_set_carrier(struct looptun_ioctl_call *call)
{
	return looptun_tunnel_set_carrier_locked(call->tunnel, call->value);
}

static int looptun_ioctl_open_netns(struct net *net)
{
	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	return open_related_ns(&net->ns, get_net_ns);
}

static int looptun_ioctl_get_devnetns(struct looptun_ioctl_call *call)
{
	return looptun_ioctl_open_netns(call->tunnel->net);
}

/* Commands of an attached file. */
static const struct looptun_ioctl_command looptun_ioctl_commands[] = {
	{ TUNGETIFF, .apply = looptun_ioctl_get_iff,
	  .put = looptun_ioctl_put_ifreq },
	{ TUNSETNOCSUM, .apply = looptun_ioctl_nothing },
	{ TUNSETDEBUG, .apply = looptun_ioctl_nothing },
	{ TUNSETPERSIST, .apply = looptun_ioctl_set_persist },
	{ TUNSETOWNER, .apply = looptun_ioctl_set_owner },
	{ TUNSETGROUP, .apply = looptun_ioctl_set_group },
	{ TUNSETLINK, .apply = looptun_ioctl_set_link },
	{ TUNSETOFFLOAD, .apply = looptun_ioctl_set_offload },
	{ TUNSETTXFILTER, .check = looptun_ioctl_check_tap,
	  .get = looptun_ioctl_get_addresses,
	  .apply = looptun_ioctl_set_txfilter,
	  .drop = looptun_ioctl_drop_addresses },
	{ SIOCGIFHWADDR, .apply = looptun_ioctl_get_hwaddr,
	  .put = looptun_ioctl_put_ifreq },
	{ SIOCSIFHWADDR, .apply = looptun_ioctl_set_hwaddr },
	{ TUNGETSNDBUF, .apply = looptun_ioctl_get_sndbuf,
	  .put = looptun_ioctl_put_int },
	{ TUNSETSNDBUF, .get = looptun_ioctl_get_int,
	  .apply = looptun_ioctl_set_sndbuf },
	{ TUNGETVNETHDRSZ, .apply = looptun_ioctl_get_vnet_hdr_sz,
	  .put = LOOPTUN_TUN_WHOLE_HDR_SZ ? looptun_ioctl_put_whole_int :
					    looptun_ioctl_put_int },
	{ TUNSETVNETHDRSZ, .get = looptun_ioctl_get_int,
	  .apply = looptun_ioctl_set_vnet_hdr_sz },
	{ TUNGETVNETLE, .apply = looptun_ioctl_get_flag,
	  .put = looptun_ioctl_put_whole_int, .flag = LOOPTUN_FRAME_VNET_LE },
	{ TUNSETVNETLE, .get = looptun_ioctl_get_int,
	  .apply = looptun_ioctl_set_flag, .flag = LOOPTUN_FRAME_VNET_LE },
	{ TUNGETVNETBE, .check = looptun_ioctl_check_cross_endian,
	  .apply = looptun_ioctl_get_flag,
	  .put = looptun_ioctl_put_whole_int, .flag = LOOPTUN_FRAME_VNET_BE },
	{ TUNSETVNETBE, .check = looptun_ioctl_check_cross_endian,
	  .get = looptun_ioctl_get_int,
	  .apply = looptun_ioctl_set_flag, .flag = LOOPTUN_FRAME_VNET_BE },
	{ TUNATTACHFILTER, .check = looptun_ioctl_check_tap,
	  .get = looptun_ioctl_get_fprog,
	  .apply = looptun_ioctl_attach_filter,
	  .drop = looptun_ioctl_drop_fprog },
	{ TUNDETACHFILTER, .check = looptun_ioctl_check_tap,
	  .apply = looptun_ioctl_detach_filter },
	{ TUNGETFILTER, .check = looptun_ioctl_check_tap,
	  .apply = looptun_ioctl_get_filter, .put = looptun_ioctl_put_fprog },
	{ TUNSETSTEERINGEBPF, .get = looptun_ioctl_get_prog,
	  .apply = looptun_ioctl_set_steering,
	  .drop = looptun_ioctl_drop_prog },
	{ TUNSETFILTEREBPF, .get = looptun_ioctl_get_prog,
	  .apply = looptun_ioctl_set_ebpf,
	  .drop = looptun_ioctl_drop_prog },
	{ TUNSETCARRIER, .get = looptun_ioctl_get_int,
	  .apply = looptun_ioctl_set_carrier },
	{ TUNGETDEVNETNS, .apply = looptun_ioctl_get_devnetns },
};

static const struct looptun_ioctl_command *looptun_ioctl_find(unsigned int cmd)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_ioctl_commands); i++) {
		if (looptun_ioctl_commands[i].cmd == cmd)
			return &looptun_ioctl_commands[i];
	}
	return NULL;
}

static int looptun_ioctl_run(struct looptun_ioctl_call *call)
{
	const struct looptun_ioctl_command *command = call->command;
	int ret = command->check ? command->check(call) : 0;
	bool dead;

	if (!ret && command->get)
		ret = command->get(call);
	if (ret)
		return ret;
	looptun_netdev_lock();
	/* One that is deleted while the argument is read cannot be set any more. */
	dead = looptun_queue_is_dead(call->queue);
	ret = dead ? -EBADFD : command->apply(call);
	looptun_netdev_unlock();
	if (dead && call->object)
		command->drop(call);
	if (ret >= 0 && command->put)
		ret = command->put(call);
	return ret;
}

/* TUNSETIFINDEX is for a file that is not attached, and says so first. */
static int looptun_ioctl_set_ifindex(struct looptun_ioctl_call *call)
{
	int ret;

	if (rcu_access_pointer(call->file->queue))
		return -EPERM;
	ret = looptun_ioctl_get_int(call);
	if (ret)
		return ret;
	if (call->value < 0)
		return -EINVAL;
	mutex_lock(&looptun_tunnel_lock);
	if (rcu_access_pointer(call->file->queue))
		ret = -EPERM;
	else
		call->file->wish = call->value;
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/* A fault in the copy back leaves the file attached, as tun does. */
static int looptun_ioctl_set_iff(struct looptun_ioctl_call *call)
{
	return looptun_fault_top(LOOPTUN_FAULT_ATTACH) ?:
	       looptun_attach_set_iff(call->file, call->ifreq.ifr_name,
				      (u16)call->ifreq.ifr_flags) ?:
	       looptun_ioctl_put_ifreq(call);
}

static int looptun_ioctl_of_attached(struct looptun_ioctl_call *call,
				     unsigned int cmd)
{
	int ret = -EINVAL;

	call->command = looptun_ioctl_find(cmd);
	call->queue = looptun_queue_get_of(call->file);
	if (!call->queue)
		return -EBADFD;
	call->tunnel = call->queue->tunnel;
	if (call->command)
		ret = looptun_ioctl_run(call);
	looptun_queue_put(call->queue);
	return ret;
}

static bool looptun_ioctl_takes_ifreq(unsigned int cmd)
{
	return cmd == TUNSETIFF || cmd == TUNSETQUEUE ||
	       (_IOC_TYPE(cmd) == SOCK_IOC_TYPE && cmd != SIOCGSKNS);
}

/* Rules come before all else: no argument is looked at. */
static int looptun_ioctl_fault(const struct looptun_file *file,
			       unsigned int cmd)
{
	struct looptun_queue *queue = looptun_queue_get_of(file);
	struct looptun_fault_call fault = {
		.site = LOOPTUN_FAULT_IOCTL,
		.queue = queue ? looptun_fault_queue(queue) : LOOPTUN_FAULT_NO_QUEUE,
		.cmd = cmd,
	};
	int ret = looptun_fault_run_call(queue ? queue->tunnel : NULL, &fault);

	if (queue)
		looptun_queue_put(queue);
	return ret;
}

/**
 * looptun_ioctl - an ioctl(2) on the device
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 * @ifreq_len: bytes of a struct ifreq in the caller's ABI
 *
 * Mirrors __tun_chr_ioctl().
 *
 * Context: process; takes looptun_tunnel_lock, not while user memory is touched.
 * Return: what the command returns; -EFAULT for an ifreq that cannot be read,
 * -EBADFD for any other command if the file is not attached, -EINVAL for an
 * unknown one if it is.
 */
long looptun_ioctl(struct looptun_file *file, unsigned int cmd,
		   unsigned long arg, size_t ifreq_len)
{
	struct looptun_ioctl_call call = {
		.file = file,
		.arg = arg,
		.ifreq_len = ifreq_len,
	};
	int ret = looptun_ioctl_fault(file, cmd);

	if (ret)
		return ret;
	if (looptun_ioctl_takes_ifreq(cmd) &&
	    copy_from_user(&call.ifreq, (void __user *)arg, ifreq_len))
		return -EFAULT;

	switch (cmd) {
	/* Not among tun's: it gives a descriptor of another kind. */
	case LOOPTUN_OPEN_WIRE:
		return looptun_wire_open(file, arg);
	case TUNGETFEATURES:
		return put_user(IFF_TUN | IFF_TAP | IFF_NO_CARRIER |
				LOOPTUN_TUNNEL_FEATURES,
				(unsigned int __user *)arg);
	case TUNSETQUEUE:
		return looptun_attach_set_queue(file,
						(u16)call.ifreq.ifr_flags);
	case SIOCGSKNS:
		return looptun_ioctl_open_netns(file->net);
	case TUNSETIFF:
		return looptun_ioctl_set_iff(&call);
	case TUNSETIFINDEX:
		return looptun_ioctl_set_ifindex(&call);
	default:
		return looptun_ioctl_of_attached(&call, cmd);
	}
}
