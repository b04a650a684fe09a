// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control files that have a state of their own for each open: capture and
 * replay, which carry packet files, and that for rules, in each tunnel and at the
 * top.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "capture.h"
#include "debugfs.h"
#include "fault_run.h"
#include "line.h"
#include "replay.h"
#include "tunnel.h"

static bool looptun_debugfs_open_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) ||
	       (iocb->ki_flags & IOCB_NOWAIT);
}

/* The tunnel is still there: its directory is removed before it is let go. */
static struct looptun_tunnel *
looptun_debugfs_open_tunnel(const struct inode *inode)
{
	return ((struct looptun_slot *)inode->i_private)->tunnel;
}

static int looptun_debugfs_open_capture_open(struct inode *inode,
					     struct file *filp)
{
	struct looptun_capture *capture;

	capture = looptun_capture_create(looptun_debugfs_open_tunnel(inode));
	if (IS_ERR(capture))
		return PTR_ERR(capture);
	filp->private_data = capture;
	return stream_open(inode, filp);
}

static int looptun_debugfs_open_capture_release(struct inode *inode,
						struct file *filp)
{
	looptun_capture_destroy(filp->private_data);
	return 0;
}

static ssize_t looptun_debugfs_open_capture_read_iter(struct kiocb *iocb,
						      struct iov_iter *to)
{
	return looptun_capture_read(iocb->ki_filp->private_data, to,
				    looptun_debugfs_open_nonblock(iocb));
}

static __poll_t looptun_debugfs_open_capture_poll(struct file *filp,
						  poll_table *wait)
{
	return looptun_capture_poll(filp->private_data, filp, wait);
}

const struct file_operations looptun_debugfs_open_capture_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_open_capture_open,
	.release = looptun_debugfs_open_capture_release,
	.read_iter = looptun_debugfs_open_capture_read_iter,
	.poll = looptun_debugfs_open_capture_poll,
};

static int looptun_debugfs_open_replay_open(struct inode *inode,
					    struct file *filp)
{
	struct looptun_replay *replay;

	replay = looptun_replay_create(looptun_debugfs_open_tunnel(inode));
	if (IS_ERR(replay))
		return PTR_ERR(replay);
	filp->private_data = replay;
	return stream_open(inode, filp);
}

/* close(2) tells of a stream that is cut short, if it is the last one. */
static int looptun_debugfs_open_replay_flush(struct file *filp, fl_owner_t id)
{
	if (file_count(filp) > 1)
		return 0;
	return looptun_replay_finish(filp->private_data);
}

static int looptun_debugfs_open_replay_release(struct inode *inode,
					       struct file *filp)
{
	looptun_replay_destroy(filp->private_data);
	return 0;
}

static ssize_t looptun_debugfs_open_replay_write_iter(struct kiocb *iocb,
						      struct iov_iter *from)
{
	return looptun_replay_write(iocb->ki_filp->private_data, from,
				    looptun_debugfs_open_nonblock(iocb));
}

static __poll_t looptun_debugfs_open_replay_poll(struct file *filp,
						 poll_table *wait)
{
	return looptun_replay_poll(filp->private_data, filp, wait);
}

const struct file_operations looptun_debugfs_open_replay_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_open_replay_open,
	.flush = looptun_debugfs_open_replay_flush,
	.release = looptun_debugfs_open_replay_release,
	.write_iter = looptun_debugfs_open_replay_write_iter,
	.poll = looptun_debugfs_open_replay_poll,
};

/* NULL: the file at the top. */
static struct looptun_tunnel *looptun_debugfs_faults_tunnel(struct file *filp)
{
	return ((struct seq_file *)filp->private_data)->private;
}

static int looptun_debugfs_faults_show(struct seq_file *m, void *v)
{
	return looptun_fault_run_show(m, m->private);
}

/* The tunnel is still there: its directory is removed before it is let go. */
static int looptun_debugfs_faults_open(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = inode->i_private;
	int ret = single_open(filp, looptun_debugfs_faults_show,
			      slot ? slot->tunnel : NULL);

	if (!ret && slot)
		looptun_tunnel_get(slot->tunnel);
	return ret;
}

static int looptun_debugfs_faults_release(struct inode *inode,
					  struct file *filp)
{
	struct looptun_tunnel *tunnel = looptun_debugfs_faults_tunnel(filp);

	if (tunnel)
		looptun_tunnel_put(tunnel);
	return single_release(inode, filp);
}

static ssize_t looptun_debugfs_faults_write(struct file *filp,
					    const char __user *buffer,
					    size_t count, loff_t *pos)
{
	struct looptun_tunnel *tunnel = looptun_debugfs_faults_tunnel(filp);
	const struct looptun_line line = { .tunnel = tunnel, .file = "faults" };
	char *text;
	int ret;

	if (tunnel && looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	if (count > LOOPTUN_FAULT_BYTES_MAX)
		return looptun_line_refuse(&line, -E2BIG, NULL,
					   "expected at most 65536 bytes");
	text = vmemdup_user(buffer, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	ret = looptun_fault_run_store(tunnel, text, count);
	if (ret == -ENOSPC)
		looptun_line_refuse(&line, ret, NULL,
				    "expected at most 1000 rules");
	kvfree(text);
	return ret ?: count;
}

const struct file_operations looptun_debugfs_open_faults_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_faults_open,
	.release = looptun_debugfs_faults_release,
	.read = seq_read,
	.write = looptun_debugfs_faults_write,
	.llseek = seq_lseek,
};
