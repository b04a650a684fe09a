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
#include "queue.h"
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
	call->object = looptun_filter_get_addresses((void __user *)call->arg);
	return PTR_ERR_OR_ZERO(call->object);
}

int looptun_ioctl_get_prog(struct looptun_ioctl_call *call)
{
	int ret = looptun_ioctl_get_int(call);

	if (ret || call->value == -1)
		return ret;
	call->object = bpf_prog_get_type(call->value, BPF_PROG_TYPE_SOCKET_FILTER);
	return PTR_ERR_OR_ZERO(call->object);
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

/* Put it onto the first queues; up to which one? */
static unsigned int looptun_ioctl_put_on_first(struct looptun_tunnel *tunnel,
					       struct sock *sk,
					       unsigned int count)
{
	struct looptun_file *file;
	unsigned int i;

	for (i = 0; i < count; i++) {
		file = looptun_tunnel_queue_locked(tunnel, i)->file;
		if (sk && !looptun_filter_fits(file, sk))
			break;
		looptun_filter_put_on(file, sk);
	}
	return i;
}

/*
 * Mirrors tun_attach_filter(): each enabled queue is asked in turn, so that a
 * bad program is not found out while there is none. One that is refused is not
 * tried on queues to come. It leaves the queue that refuses it as it is, and
 * those before it without a filter.
 */
int looptun_ioctl_attach_filter(struct looptun_ioctl_call *call)
{
	static u64 programs; /* under looptun_tunnel_lock */
	struct looptun_tunnel *tunnel = call->tunnel;
	int ret = tunnel->numqueues ? call->error : 0;
	struct sock *sk = call->object;
	unsigned int done;

	tunnel->filter.fprog = call->fprog;
	tunnel->filter.id = ++programs;
	if (call->torn)
		return -EFAULT;
	if (sk) {
		done = looptun_ioctl_put_on_first(tunnel, sk, tunnel->numqueues);
		if (done < tunnel->numqueues) {
			looptun_ioctl_put_on_first(tunnel, NULL, done);
			ret = -ENOMEM;
		}
		sock_put(sk);
	}
	tunnel->filter.attached = !ret;
	looptun_filter_update_locked(tunnel);
	return ret;
}

int looptun_ioctl_detach_filter(struct looptun_ioctl_call *call)
{
	looptun_ioctl_put_on_first(call->tunnel, NULL, call->tunnel->numqueues);
	call->tunnel->filter.attached = false;
	looptun_filter_update_locked(call->tunnel);
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
