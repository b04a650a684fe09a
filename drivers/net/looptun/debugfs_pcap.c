// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control files that carry packet files, which have a state of their own for
 * each open: capture and replay.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uio.h>

#include "capture.h"
#include "debugfs_pcap.h"
#include "replay.h"
#include "tunnel.h"

static bool looptun_debugfs_pcap_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) ||
	       (iocb->ki_flags & IOCB_NOWAIT);
}

/* The tunnel is still there: its directory is removed before it is let go. */
static struct looptun_tunnel *
looptun_debugfs_pcap_tunnel(const struct inode *inode)
{
	return ((struct looptun_slot *)inode->i_private)->tunnel;
}

static int looptun_debugfs_pcap_capture_open(struct inode *inode,
					     struct file *filp)
{
	struct looptun_capture *capture;

	capture = looptun_capture_create(looptun_debugfs_pcap_tunnel(inode));
	if (IS_ERR(capture))
		return PTR_ERR(capture);
	filp->private_data = capture;
	return stream_open(inode, filp);
}

static int looptun_debugfs_pcap_capture_release(struct inode *inode,
						struct file *filp)
{
	looptun_capture_destroy(filp->private_data);
	return 0;
}

static ssize_t looptun_debugfs_pcap_capture_read_iter(struct kiocb *iocb,
						      struct iov_iter *to)
{
	return looptun_capture_read(iocb->ki_filp->private_data, to,
				    looptun_debugfs_pcap_nonblock(iocb));
}

static __poll_t looptun_debugfs_pcap_capture_poll(struct file *filp,
						  poll_table *wait)
{
	return looptun_capture_poll(filp->private_data, filp, wait);
}

const struct file_operations looptun_debugfs_pcap_capture_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_pcap_capture_open,
	.release = looptun_debugfs_pcap_capture_release,
	.read_iter = looptun_debugfs_pcap_capture_read_iter,
	.poll = looptun_debugfs_pcap_capture_poll,
};

static int looptun_debugfs_pcap_replay_open(struct inode *inode,
					    struct file *filp)
{
	struct looptun_replay *replay;

	replay = looptun_replay_create(looptun_debugfs_pcap_tunnel(inode));
	if (IS_ERR(replay))
		return PTR_ERR(replay);
	filp->private_data = replay;
	return stream_open(inode, filp);
}

/* close(2) tells of a stream that is cut short, if it is the last one. */
static int looptun_debugfs_pcap_replay_flush(struct file *filp, fl_owner_t id)
{
	if (file_count(filp) > 1)
		return 0;
	return looptun_replay_finish(filp->private_data);
}

static int looptun_debugfs_pcap_replay_release(struct inode *inode,
					       struct file *filp)
{
	looptun_replay_destroy(filp->private_data);
	return 0;
}

static ssize_t looptun_debugfs_pcap_replay_write_iter(struct kiocb *iocb,
						      struct iov_iter *from)
{
	return looptun_replay_write(iocb->ki_filp->private_data, from,
				    looptun_debugfs_pcap_nonblock(iocb));
}

static __poll_t looptun_debugfs_pcap_replay_poll(struct file *filp,
						 poll_table *wait)
{
	return looptun_replay_poll(filp->private_data, filp, wait);
}

const struct file_operations looptun_debugfs_pcap_replay_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_pcap_replay_open,
	.flush = looptun_debugfs_pcap_replay_flush,
	.release = looptun_debugfs_pcap_replay_release,
	.write_iter = looptun_debugfs_pcap_replay_write_iter,
	.poll = looptun_debugfs_pcap_replay_poll,
};
