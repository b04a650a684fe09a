// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control file for rules, in each tunnel and at the top.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "debugfs.h"
#include "fault_run.h"
#include "line.h"
#include "tunnel.h"

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
