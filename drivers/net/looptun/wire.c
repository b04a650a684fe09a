// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire: the far end of a tunnel as a descriptor. It holds its tunnel, not
 * the tunnel's name: it is dead once the program has closed. No lock of its own.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/looptun.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "file.h"
#include "frame.h"
#include "inject.h"
#include "ioctl.h"
#include "queue.h"
#include "sent.h"
#include "tunnel.h"

/**
 * struct looptun_wire - the far end of a tunnel
 * @tunnel: the tunnel, referenced
 * @vnet: frames have their virtio-net header
 */
struct looptun_wire {
	struct looptun_tunnel *tunnel;
	bool vnet;
};

static ssize_t looptun_wire_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	const struct looptun_wire *wire = iocb->ki_filp->private_data;

	return looptun_sent_read(&wire->tunnel->all, to, wire->vnet,
				 looptun_file_nonblock(iocb));
}

static ssize_t looptun_wire_write_iter(struct kiocb *iocb,
				       struct iov_iter *from)
{
	const struct looptun_wire *wire = iocb->ki_filp->private_data;

	return looptun_inject(&wire->tunnel->all, from,
			      wire->vnet ? LOOPTUN_INJECT_VNET :
					   LOOPTUN_INJECT_FRAME,
			      NULL, looptun_file_nonblock(iocb));
}

/* Both directions wait on one queue: it is registered once. */
static __poll_t looptun_wire_poll(struct file *filp, poll_table *wait)
{
	const struct looptun_wire *wire = filp->private_data;
	__poll_t mask;

	/* The one that registers is the first to look. */
	mask = looptun_inject_poll(&wire->tunnel->all, filp, wait);
	return mask | looptun_sent_poll(&wire->tunnel->all, filp, NULL);
}

static void looptun_wire_show_fdinfo(struct seq_file *m, struct file *filp)
{
	const struct looptun_wire *wire = filp->private_data;

	seq_printf(m, "wire:\t%s\n", wire->tunnel->name);
}

static void looptun_wire_destroy(struct looptun_wire *wire)
{
	looptun_tunnel_put(wire->tunnel);
	kfree(wire);
}

static int looptun_wire_release(struct inode *inode, struct file *filp)
{
	looptun_wire_destroy(filp->private_data);
	return 0;
}

static const struct file_operations looptun_wire_fops = {
	.owner = THIS_MODULE,
	.release = looptun_wire_release,
	.read_iter = looptun_wire_read_iter,
	.write_iter = looptun_wire_write_iter,
	.poll = looptun_wire_poll,
	.show_fdinfo = looptun_wire_show_fdinfo,
};

static struct looptun_wire *looptun_wire_create(struct looptun_tunnel *tunnel,
						bool vnet)
{
	struct looptun_wire *wire;

	if (vnet && !looptun_tunnel_framing(tunnel).vnet_hdr_sz)
		return ERR_PTR(-EINVAL);
	wire = kmalloc(sizeof(*wire), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!wire)
		return ERR_PTR(-ENOMEM);
	wire->vnet = vnet;
	wire->tunnel = tunnel;
	looptun_tunnel_get(tunnel);
	return wire;
}

/**
 * looptun_wire_open - the ioctl LOOPTUN_OPEN_WIRE
 * @file: an open of the device
 * @flags: O_NONBLOCK, O_CLOEXEC, LOOPTUN_WIRE_VNET
 *
 * It asks for no capability: who has the descriptor has its datagrams.
 *
 * Context: process; may sleep.
 * Return: a descriptor of the caller's; -EBADFD if @file is not attached,
 * -EINVAL for other flags or for LOOPTUN_WIRE_VNET without IFF_VNET_HDR, -EMFILE,
 * -ENFILE, -ENOMEM.
 */
int looptun_wire_open(struct looptun_file *file, unsigned long flags)
{
	struct looptun_queue *queue = looptun_queue_get_of(file);
	struct looptun_wire *wire;
	struct file *filp;
	int fd, ret;

	if (!queue)
		return -EBADFD;
	wire = looptun_wire_create(queue->tunnel, flags & LOOPTUN_WIRE_VNET);
	looptun_queue_put(queue);
	if (IS_ERR(wire))
		return PTR_ERR(wire);
	ret = -EINVAL;
	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC |
				     LOOPTUN_WIRE_VNET))
		goto err_destroy;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	ret = fd;
	if (fd < 0)
		goto err_destroy;
	filp = anon_inode_getfile("[looptun]", &looptun_wire_fops, wire,
				  O_RDWR | (flags & O_NONBLOCK));
	ret = PTR_ERR(filp);
	if (IS_ERR(filp))
		goto err_put_fd;
	stream_open(file_inode(filp), filp);
	filp->f_mode |= FMODE_NOWAIT;
	fd_install(fd, filp);
	return fd;

err_put_fd:
	put_unused_fd(fd);
err_destroy:
	looptun_wire_destroy(wire);
	return ret;
}
