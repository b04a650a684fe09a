// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls that set filters. The get functions make them of user memory,
 * under no lock, and the drop functions let go of one that found no tunnel;
 * the others run under looptun_tunnel_lock.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "file.h"
#include "filter.h"
#include "ioctl.h"
#include "tunnel.h"

/*
 * A program that is refused is remembered all the same, and so is what there is
 * of one that cannot be read: tun reads it straight to where it keeps it.
 */
int looptun_ioctl_get_fprog(struct looptun_ioctl_call *call)
{
	struct sock *sk;

	call->torn = copy_from_user(&call->fprog, (void __user *)call->arg,
				    sizeof(call->fprog));
	if (call->torn)
		return 0;
	sk = looptun_filter_make_classic(call->file->net, &call->fprog);
	if (IS_ERR(sk))
		call->error = PTR_ERR(sk);
	else
		call->object = sk;
	return 0;
}

int looptun_ioctl_put_fprog(struct looptun_ioctl_call *call)
{
	return copy_to_user((void __user *)call->arg, &call->fprog,
			    sizeof(call->fprog)) ? -EFAULT : 0;
}

int looptun_ioctl_get_addresses(struct looptun_ioctl_call *call)
{
	struct looptun_addresses *addresses;

	addresses = looptun_filter_get_addresses((void __user *)call->arg);
	if (IS_ERR(addresses))
		return PTR_ERR(addresses);
	call->object = addresses;
	return 0;
}

int looptun_ioctl_get_prog(struct looptun_ioctl_call *call)
{
	struct bpf_prog *prog;
	int ret = looptun_ioctl_get_int(call);

	if (ret || call->value == -1)
		return ret;
	prog = bpf_prog_get_type(call->value, BPF_PROG_TYPE_SOCKET_FILTER);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	call->object = prog;
	return 0;
}

void looptun_ioctl_drop_fprog(struct looptun_ioctl_call *call)
{
	sock_put(call->object);
}

void looptun_ioctl_drop_addresses(struct looptun_ioctl_call *call)
{
	kfree(call->object);
}

void looptun_ioctl_drop_prog(struct looptun_ioctl_call *call)
{
	bpf_prog_put(call->object);
}

int looptun_ioctl_set_txfilter(struct looptun_ioctl_call *call)
{
	return looptun_filter_set_addresses_locked(call->tunnel, call->object);
}

int looptun_ioctl_attach_filter(struct looptun_ioctl_call *call)
{
	if (call->torn) {
		call->tunnel->filter.fprog = call->fprog;
		return -EFAULT;
	}
	return looptun_filter_attach_locked(call->tunnel, &call->fprog,
					    call->object, call->error);
}

int looptun_ioctl_detach_filter(struct looptun_ioctl_call *call)
{
	looptun_filter_detach_locked(call->tunnel);
	return 0;
}

int looptun_ioctl_get_filter(struct looptun_ioctl_call *call)
{
	call->fprog = call->tunnel->filter.fprog;
	return 0;
}

int looptun_ioctl_set_steering(struct looptun_ioctl_call *call)
{
	looptun_filter_set_prog_locked(call->tunnel,
				       &call->tunnel->filter.steering,
				       call->object);
	return 0;
}

int looptun_ioctl_set_ebpf(struct looptun_ioctl_call *call)
{
	looptun_filter_set_prog_locked(call->tunnel,
				       &call->tunnel->filter.ebpf,
				       call->object);
	return 0;
}
