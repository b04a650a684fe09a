/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_IOCTL_H
#define LOOPTUN_IOCTL_H

#include <linux/filter.h>
#include <linux/if.h>
#include <linux/types.h>
#include <linux/uaccess.h>

struct looptun_file;
struct looptun_ioctl_command;
struct looptun_queue;
struct looptun_tunnel;

/**
 * struct looptun_ioctl_call - one call of ioctl(2)
 * @command: what it does, if it is one for an attached file
 * @file: the file it is made on
 * @queue: the queue that it is, referenced; NULL if it is not attached
 * @tunnel: the tunnel of @queue
 * @arg: the argument
 * @ifreq: what @arg points to, or zeroes
 * @ifreq_len: bytes of a struct ifreq in the caller's ABI
 * @value: an int that @arg points to
 * @fprog: a classic filter that @arg points to
 * @torn: @fprog could not be read as a whole: what could be, then zeroes
 * @object: what else was made of the argument, or NULL
 * @error: what went wrong in making it
 */
struct looptun_ioctl_call {
	const struct looptun_ioctl_command *command;
	struct looptun_file *file;
	struct looptun_queue *queue;
	struct looptun_tunnel *tunnel;
	unsigned long arg;
	struct ifreq ifreq;
	size_t ifreq_len;
	int value;
	struct sock_fprog fprog;
	bool torn;
	void *object;
	int error;
};

long looptun_ioctl(struct looptun_file *file, unsigned int cmd,
		   unsigned long arg, size_t ifreq_len);

/* The ioctl LOOPTUN_OPEN_WIRE: wire.c. */
int looptun_wire_open(struct looptun_file *file, unsigned long flags);

/* Steps of those that set filters, for the table: ioctl_filter.c. */
int looptun_ioctl_get_fprog(struct looptun_ioctl_call *call);
int looptun_ioctl_put_fprog(struct looptun_ioctl_call *call);
int looptun_ioctl_get_addresses(struct looptun_ioctl_call *call);
int looptun_ioctl_get_prog(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_fprog(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_addresses(struct looptun_ioctl_call *call);
void looptun_ioctl_drop_prog(struct looptun_ioctl_call *call);
int looptun_ioctl_set_txfilter(struct looptun_ioctl_call *call);
int looptun_ioctl_attach_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_detach_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_get_filter(struct looptun_ioctl_call *call);
int looptun_ioctl_set_steering(struct looptun_ioctl_call *call);
int looptun_ioctl_set_ebpf(struct looptun_ioctl_call *call);

static inline int looptun_ioctl_get_int(struct looptun_ioctl_call *call)
{
	return copy_from_user(&call->value, (void __user *)call->arg,
			      sizeof(call->value)) ? -EFAULT : 0;
}

#endif
