// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control files. An open file holds its tunnel, not the other way round:
 * the files are made without debugfs's proxy, so that deleting a tunnel waits
 * for nobody who sleeps in one of them. Each operation looks for itself
 * whether the tunnel is still there.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "debugfs.h"
#include "inject.h"
#include "line.h"
#include "sent.h"
#include "tunnel.h"

/* The version of what this directory offers. */
#define LOOPTUN_DEBUGFS_VERSION	1

/* Bytes of a tunnel's name here: in a namespace, with its number. */
#define LOOPTUN_DEBUGFS_NAME	(IFNAMSIZ + sizeof("4294967295:"))

static struct dentry *looptun_debugfs_root;

/*
 * A file is of a queue, or of the tunnel as a whole: the slot tells which. One at the
 * top has none. The tunnel is still there: its directory is removed before it is let go.
 */
static int looptun_debugfs_open(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = inode->i_private;

	if (slot)
		looptun_tunnel_get(slot->tunnel);
	filp->private_data = slot;
	return stream_open(inode, filp);
}

static int looptun_debugfs_release(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = filp->private_data;

	if (slot)
		looptun_tunnel_put(slot->tunnel);
	return 0;
}

static __poll_t looptun_debugfs_inject_poll(struct file *filp,
					    poll_table *wait)
{
	return looptun_inject_poll(filp->private_data, filp, wait);
}

static ssize_t looptun_debugfs_sent_read_iter(struct kiocb *iocb,
					      struct iov_iter *to)
{
	return looptun_sent_read(iocb, to, false);
}

/* An inject file of a kind. */
#define LOOPTUN_DEBUGFS_INJECT(_name, _kind)				\
static ssize_t looptun_debugfs_##_name##_write_iter(struct kiocb *iocb,	\
						    struct iov_iter *from) \
{									\
	return looptun_inject(iocb, from, LOOPTUN_INJECT_##_kind, #_name); \
}									\
									\
static const struct file_operations looptun_debugfs_##_name##_fops = {	\
	.owner = THIS_MODULE,						\
	.open = looptun_debugfs_open,					\
	.release = looptun_debugfs_release,				\
	.write_iter = looptun_debugfs_##_name##_write_iter,		\
	.poll = looptun_debugfs_inject_poll,				\
}

LOOPTUN_DEBUGFS_INJECT(inject, DATAGRAM);
LOOPTUN_DEBUGFS_INJECT(inject_frame, FRAME);
LOOPTUN_DEBUGFS_INJECT(inject_vnet, VNET);

static const struct file_operations looptun_debugfs_sent_fops = {
	.owner = THIS_MODULE,
	.open = looptun_debugfs_open,
	.release = looptun_debugfs_release,
	.read_iter = looptun_debugfs_sent_read_iter,
	.poll = looptun_sent_poll,
};

/* A file that takes a line and shows nothing. */
#define LOOPTUN_DEBUGFS_LINE(_name, _store)				\
static ssize_t looptun_debugfs_##_name##_write(struct file *filp,	\
					       const char __user *buffer, \
					       size_t count, loff_t *pos) \
{									\
	struct looptun_slot *slot = filp->private_data;		\
									\
	return looptun_line_store(slot ? slot->tunnel : NULL, #_name,	\
				  buffer, count, _store);		\
}									\
									\
static const struct file_operations looptun_debugfs_##_name##_fops = {	\
	.owner = THIS_MODULE,						\
	.open = looptun_debugfs_open,					\
	.release = looptun_debugfs_release,				\
	.write = looptun_debugfs_##_name##_write,			\
}

LOOPTUN_DEBUGFS_LINE(create, looptun_tunnel_create);
LOOPTUN_DEBUGFS_LINE(wait, looptun_wait_for);
LOOPTUN_DEBUGFS_LINE(delete, looptun_tunnel_delete);

static int looptun_debugfs_version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", LOOPTUN_DEBUGFS_VERSION);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(looptun_debugfs_version);

static const struct tree_descr looptun_debugfs_top[] = {
	{ "version", &looptun_debugfs_version_fops, 0444 },
	{ "create", &looptun_debugfs_create_fops, 0200 },
	{ "wait", &looptun_debugfs_wait_fops, 0200 },
	{ "faults", &looptun_text_faults_fops, 0600 },
};

static const struct tree_descr looptun_debugfs_of_tunnel[] = {
	{ "inject", &looptun_debugfs_inject_fops, 0200 },
	{ "inject_frame", &looptun_debugfs_inject_frame_fops, 0200 },
	{ "inject_vnet", &looptun_debugfs_inject_vnet_fops, 0200 },
	{ "sent", &looptun_debugfs_sent_fops, 0400 },
	{ "capture", &looptun_capture_fops, 0400 },
	{ "replay", &looptun_replay_fops, 0200 },
	{ "link", &looptun_text_link_fops, 0600 },
	{ "txqueuelen", &looptun_text_txqueuelen_fops, 0600 },
	{ "hold", &looptun_text_hold_fops, 0600 },
	{ "faults", &looptun_text_faults_fops, 0600 },
	{ "loopback", &looptun_text_loopback_fops, 0600 },
	{ "delete", &looptun_debugfs_delete_fops, 0200 },
	{ "state", &looptun_text_state_fops, 0400 },
	{ "stats", &looptun_text_stats_fops, 0400 },
};

static const struct tree_descr looptun_debugfs_of_queue[] = {
	{ "inject", &looptun_debugfs_inject_fops, 0200 },
	{ "inject_frame", &looptun_debugfs_inject_frame_fops, 0200 },
	{ "sent", &looptun_debugfs_sent_fops, 0400 },
	{ "state", &looptun_text_queue_state_fops, 0400 },
};

/* Make files that their open finds @slot behind. Only a lack of memory is an error. */
static int looptun_debugfs_make(const struct tree_descr *files,
				size_t count, struct dentry *dir,
				struct looptun_slot *slot)
{
	int ret = 0;

	for (; count--; files++)
		if (debugfs_create_file_unsafe(files->name, files->mode, dir, slot,
					       files->ops) == ERR_PTR(-ENOMEM))
			ret = -ENOMEM;
	return ret;
}

static bool looptun_debugfs_is_top(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_debugfs_top); i++)
		if (!strcmp(name, looptun_debugfs_top[i].name))
			return true;
	return false;
}

/*
 * A tunnel of the initial namespace has a directory of its own name, unless
 * that is the name of a file up there: a program may use any name tun accepts.
 */
static void looptun_debugfs_name(const struct looptun_tunnel *tunnel,
				 char name[LOOPTUN_DEBUGFS_NAME])
{
	if (net_eq(tunnel->net, &init_net) &&
	    !looptun_debugfs_is_top(tunnel->name))
		strscpy(name, tunnel->name, LOOPTUN_DEBUGFS_NAME);
	else
		snprintf(name, LOOPTUN_DEBUGFS_NAME, "%u:%s", tunnel->net_inum,
			 tunnel->name);
}

static int looptun_debugfs_added(struct looptun_tunnel *tunnel)
{
	char name[LOOPTUN_DEBUGFS_NAME];

	looptun_debugfs_name(tunnel, name);
	tunnel->dir = debugfs_create_dir(name, looptun_debugfs_root);
	if (looptun_tunnel_has_queues(tunnel))
		tunnel->queues_dir = debugfs_create_dir("queues", tunnel->dir);
	if (tunnel->queues_dir == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	return looptun_debugfs_make(looptun_debugfs_of_tunnel,
				    ARRAY_SIZE(looptun_debugfs_of_tunnel),
				    tunnel->dir, &tunnel->all);
}

static void looptun_debugfs_moved(struct looptun_tunnel *tunnel)
{
	char name[LOOPTUN_DEBUGFS_NAME];

	if (IS_ERR(tunnel->dir))
		return;
	looptun_debugfs_name(tunnel, name);
	looptun_compat_debugfs_rename(tunnel->dir, name);
}

static void looptun_debugfs_removed(struct looptun_tunnel *tunnel)
{
	debugfs_remove(tunnel->dir);
}

static int looptun_debugfs_queue_added(struct looptun_tunnel *tunnel, unsigned int index)
{
	struct dentry *dir;
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "%u", index);
	dir = debugfs_create_dir(name, tunnel->queues_dir);
	ret = looptun_debugfs_make(looptun_debugfs_of_queue, ARRAY_SIZE(looptun_debugfs_of_queue),
				   dir, &tunnel->slots[index]);
	if (ret)
		debugfs_remove(dir);
	return ret;
}

static void looptun_debugfs_queue_removed(struct looptun_tunnel *tunnel, unsigned int index)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", index);
	debugfs_lookup_and_remove(name, tunnel->queues_dir);
}

static const struct looptun_tunnel_observer looptun_debugfs_observer = {
	.added = looptun_debugfs_added,
	.moved = looptun_debugfs_moved,
	.removed = looptun_debugfs_removed,
	.queue_added = looptun_debugfs_queue_added,
	.queue_removed = looptun_debugfs_queue_removed,
};

/**
 * looptun_debugfs_init - make the directory, for those of tunnels, and be told of them
 *
 * Return: 0 or -ENOMEM. Where there is no debugfs, the device works all the same.
 */
int looptun_debugfs_init(void)
{
	looptun_tunnel_observer = &looptun_debugfs_observer;
	looptun_debugfs_root = debugfs_create_dir("looptun", NULL);
	return looptun_debugfs_root == ERR_PTR(-ENOMEM) ? -ENOMEM : 0;
}

/**
 * looptun_debugfs_start - make the files at the top, once nothing can fail
 */
void looptun_debugfs_start(void)
{
	looptun_debugfs_make(looptun_debugfs_top, ARRAY_SIZE(looptun_debugfs_top),
			     looptun_debugfs_root, NULL);
}

/**
 * looptun_debugfs_exit - remove them
 */
void looptun_debugfs_exit(void)
{
	debugfs_remove(looptun_debugfs_root);
}
