// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of the device: a table of commands and a small handler each, in
 * the order of checks of __tun_chr_ioctl().
 */
#include <linux/cred.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "file.h"
#include "ioctl.h"
#include "tunnel.h"

/**
 * struct looptun_ioctl_call - one call of ioctl(2)
 * @file: the file it is made on
 * @tunnel: what the file is attached to; handlers of the attached only
 * @arg: the argument
 * @ifreq: what @arg points to, or zeroes
 * @ifreq_len: bytes of a struct ifreq in the caller's ABI
 */
struct looptun_ioctl_call {
	struct looptun_file *file;
	struct looptun_tunnel *tunnel;
	unsigned long arg;
	struct ifreq ifreq;
	size_t ifreq_len;
};

static int looptun_ioctl_put_ifreq(const struct looptun_ioctl_call *call)
{
	void __user *argp = (void __user *)call->arg;

	return copy_to_user(argp, &call->ifreq, call->ifreq_len) ? -EFAULT : 0;
}

static int looptun_ioctl_get_features(const struct looptun_ioctl_call *call)
{
	return put_user(IFF_TUN | IFF_TAP | LOOPTUN_TUNNEL_FEATURES,
			(unsigned int __user *)call->arg);
}

/* A fault in the copy back leaves the file attached, as tun does. */
static int looptun_ioctl_set_iff(struct looptun_ioctl_call *call)
{
	int ret = looptun_tunnel_set_iff(call->file, call->ifreq.ifr_name,
					 (u16)call->ifreq.ifr_flags);

	return ret ?: looptun_ioctl_put_ifreq(call);
}

static int looptun_ioctl_get_iff(struct looptun_ioctl_call *call)
{
	strscpy(call->ifreq.ifr_name, call->tunnel->name, IFNAMSIZ);
	/* IFF_NOFILTER is the bit of IFF_NO_PI: no filter, whatever the mode. */
	call->ifreq.ifr_flags = call->tunnel->flags | IFF_NOFILTER;
	return looptun_ioctl_put_ifreq(call);
}

static int looptun_ioctl_nothing(struct looptun_ioctl_call *call)
{
	return 0;
}

static int looptun_ioctl_set_persist(struct looptun_ioctl_call *call)
{
	looptun_tunnel_set_persist_locked(call->tunnel, call->arg);
	return 0;
}

static int looptun_ioctl_set_owner(struct looptun_ioctl_call *call)
{
	kuid_t owner = make_kuid(current_user_ns(), call->arg);

	if (!uid_valid(owner))
		return -EINVAL;
	call->tunnel->owner = owner;
	return 0;
}

static int looptun_ioctl_set_group(struct looptun_ioctl_call *call)
{
	kgid_t group = make_kgid(current_user_ns(), call->arg);

	if (!gid_valid(group))
		return -EINVAL;
	call->tunnel->group = group;
	return 0;
}

/* Commands of an attached file; run under looptun_tunnel_lock. */
static const struct {
	unsigned int cmd;
	int (*handler)(struct looptun_ioctl_call *call);
} looptun_ioctl_table[] = {
	{ TUNGETIFF, looptun_ioctl_get_iff },
	{ TUNSETNOCSUM, looptun_ioctl_nothing },
	{ TUNSETDEBUG, looptun_ioctl_nothing },
	{ TUNSETPERSIST, looptun_ioctl_set_persist },
	{ TUNSETOWNER, looptun_ioctl_set_owner },
	{ TUNSETGROUP, looptun_ioctl_set_group },
};

static int looptun_ioctl_run_locked(struct looptun_ioctl_call *call,
				    unsigned int cmd)
{
	int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	for (i = 0; i < ARRAY_SIZE(looptun_ioctl_table); i++) {
		if (looptun_ioctl_table[i].cmd == cmd)
			return looptun_ioctl_table[i].handler(call);
	}
	return -EINVAL;
}

static bool looptun_ioctl_takes_ifreq(unsigned int cmd)
{
	return cmd == TUNSETIFF || cmd == TUNSETQUEUE ||
	       (_IOC_TYPE(cmd) == SOCK_IOC_TYPE && cmd != SIOCGSKNS);
}

/**
 * looptun_ioctl - an ioctl(2) on the device
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 * @ifreq_len: bytes of a struct ifreq in the caller's ABI
 *
 * Context: process; takes looptun_tunnel_lock.
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
	int ret;

	if (looptun_ioctl_takes_ifreq(cmd) &&
	    copy_from_user(&call.ifreq, (void __user *)arg, ifreq_len))
		return -EFAULT;
	if (cmd == TUNGETFEATURES)
		return looptun_ioctl_get_features(&call);
	if (cmd == TUNSETIFF)
		return looptun_ioctl_set_iff(&call);
	/* There is but one queue, and it cannot be disabled. */
	if (cmd == TUNSETQUEUE)
		return -EINVAL;

	mutex_lock(&looptun_tunnel_lock);
	call.tunnel = looptun_tunnel_of_locked(file);
	ret = call.tunnel ? looptun_ioctl_run_locked(&call, cmd) : -EBADFD;
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}
