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
#include <linux/uio.h>

#include "file.h"
#include "frame.h"
#include "inject.h"
#include "ioctl.h"
#include "queue.h"
#include "sent.h"
#include "tunnel.h"

static ssize_t looptun_wire_read_frame(struct kiocb *iocb, struct iov_iter *to)
{
	return looptun_sent_read(iocb, to, false);
}

static ssize_t looptun_wire_read_vnet(struct kiocb *iocb, struct iov_iter *to)
{
	return looptun_sent_read(iocb, to, true);
}

static ssize_t looptun_wire_write_frame(struct kiocb *iocb, struct iov_iter *from)
{
	return looptun_inject(iocb, from, LOOPTUN_INJECT_FRAME, NULL);
}

static ssize_t looptun_wire_write_vnet(struct kiocb *iocb, struct iov_iter *from)
{
	return looptun_inject(iocb, from, LOOPTUN_INJECT_VNET, NULL);
}

/* Both directions wait on one queue: it is registered once. */
static __poll_t looptun_wire_poll(struct file *filp, poll_table *wait)
{
	/* The one that registers is the first to look. */
	__poll_t mask = looptun_inject_poll(filp->private_data, filp, wait);

	return mask | looptun_sent_poll(filp, NULL);
}

static void looptun_wire_show_fdinfo(struct seq_file *m, struct file *filp)
{
	const struct looptun_slot *slot = filp->private_data;

	seq_printf(m, "wire:\t%s\n", slot->tunnel->name);
}

static int looptun_wire_release(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = filp->private_data;

	looptun_tunnel_put(slot->tunnel);
	return 0;
}

static const struct file_operations looptun_wire_frame_fops = {
	.owner = THIS_MODULE,
	.release = looptun_wire_release,
	.read_iter = looptun_wire_read_frame,
	.write_iter = looptun_wire_write_frame,
	.poll = looptun_wire_poll,
	.show_fdinfo = looptun_wire_show_fdinfo,
};

/* Frames have their virtio-net header. */
static const struct file_operations looptun_wire_vnet_fops = {
	.owner = THIS_MODULE,
	.release = looptun_wire_release,
	.read_iter = looptun_wire_read_vnet,
	.write_iter = looptun_wire_write_vnet,
	.poll = looptun_wire_poll,
	.show_fdinfo = looptun_wire_show_fdinfo,
};

static int looptun_wire_make(struct looptun_tunnel *tunnel, unsigned long flags)
{
	bool vnet = flags & LOOPTUN_WIRE_VNET;
	struct file *filp;
	int fd;

	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC | LOOPTUN_WIRE_VNET))
		return -EINVAL;
	if (vnet && !looptun_tunnel_framing(tunnel).vnet_hdr_sz)
		return -EINVAL;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	filp = anon_inode_getfile("[looptun]", vnet ? &looptun_wire_vnet_fops :
						      &looptun_wire_frame_fops,
				  &tunnel->all, O_RDWR | (flags & O_NONBLOCK));
	if (IS_ERR(filp)) {
		put_unused_fd(fd);
		return PTR_ERR(filp);
	}
	looptun_tunnel_get(tunnel);
	stream_open(file_inode(filp), filp);
	filp->f_mode |= FMODE_NOWAIT;
	fd_install(fd, filp);
	return fd;
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
	int ret;

	if (!queue)
		return -EBADFD;
	ret = looptun_wire_make(queue->tunnel, flags);
	looptun_queue_put(queue);
	return ret;
}
