// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control files that are text: what they show and what they accept. An open one
 * is a seq_file with the slot that it is of; at the top that is NULL.
 */
#include <linux/cred.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string_helpers.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "debugfs.h"
#include "delay.h"
#include "fault_run.h"
#include "line.h"
#include "netdev.h"
#include "queue.h"
#include "tunnel.h"

/* As tests write and read the flags of TUNSETIFF. */
static const struct {
	unsigned int flag;
	const char *word;
} looptun_text_flags[] = {
	{ IFF_NO_PI, "no_pi" },
	{ IFF_ONE_QUEUE, "one_queue" },
	{ IFF_VNET_HDR, "vnet_hdr" },
	{ IFF_MULTI_QUEUE, "multi_queue" },
	{ IFF_NAPI, "napi" },
	{ IFF_NAPI_FRAGS, "napi_frags" },
	{ LOOPTUN_IFF_BACKPRESSURE, "backpressure" },
	{ IFF_PERSIST, "persist" },
};

static const char *const looptun_text_counters[] = {
	[LOOPTUN_TUNNEL_INJECTED_DATAGRAMS] = "injected_datagrams",
	[LOOPTUN_TUNNEL_INJECTED_BYTES] = "injected_bytes",
	[LOOPTUN_TUNNEL_INJECT_DROPPED] = "inject_dropped",
	[LOOPTUN_TUNNEL_RX_DROPPED_LINK] = "rx_dropped_link",
	[LOOPTUN_TUNNEL_RX_DROPPED_CARRIER] = "rx_dropped_carrier",
	[LOOPTUN_TUNNEL_RX_DROPPED_RULE] = "rx_dropped_rule",
	[LOOPTUN_TUNNEL_RX_DROPPED_GONE] = "rx_dropped_gone",
	[LOOPTUN_TUNNEL_TX_EMPTY] = "tx_empty",
	[LOOPTUN_TUNNEL_TX_DROPPED_RULE] = "tx_dropped_rule",
	[LOOPTUN_TUNNEL_TX_DROPPED_GONE] = "tx_dropped_gone",
	[LOOPTUN_TUNNEL_SENT_DATAGRAMS] = "sent_datagrams",
	[LOOPTUN_TUNNEL_SENT_BYTES] = "sent_bytes",
	[LOOPTUN_TUNNEL_SENT_FAULTS] = "sent_faults",
	[LOOPTUN_TUNNEL_REPLAYED_DATAGRAMS] = "replayed_datagrams",
	[LOOPTUN_TUNNEL_REPLAY_SKIPPED] = "replay_skipped",
	[LOOPTUN_TUNNEL_REPLAY_CUT] = "replay_cut",
	[LOOPTUN_TUNNEL_REPLAY_ERRORS] = "replay_errors",
	[LOOPTUN_TUNNEL_LOOPBACK_DATAGRAMS] = "loopback_datagrams",
	[LOOPTUN_TUNNEL_LOOPBACK_NO_ROOM] = "loopback_no_room",
	[LOOPTUN_TUNNEL_LOOPBACK_MALFORMED] = "loopback_malformed",
	[LOOPTUN_TUNNEL_LOOPBACK_ADDRESS] = "loopback_address",
	[LOOPTUN_TUNNEL_LOOPBACK_PROTOCOL] = "loopback_protocol",
	[LOOPTUN_TUNNEL_LOOPBACK_OFFLOAD] = "loopback_offload",
	[LOOPTUN_TUNNEL_LOOPBACK_RULE] = "loopback_rule",
	[LOOPTUN_TUNNEL_HELD] = "held_datagrams",
	[LOOPTUN_TUNNEL_HELD_DROPPED] = "held_dropped",
	[LOOPTUN_TUNNEL_NETDEV_DROPPED] = "netdev_dropped",
	[LOOPTUN_TUNNEL_READ_DATAGRAMS] = "read_datagrams",
	[LOOPTUN_TUNNEL_READ_BYTES] = "read_bytes",
	[LOOPTUN_TUNNEL_READ_ERRORS] = "read_errors",
	[LOOPTUN_TUNNEL_READ_FAULTS] = "read_faults",
	[LOOPTUN_TUNNEL_WRITTEN_DATAGRAMS] = "written_datagrams",
	[LOOPTUN_TUNNEL_WRITTEN_BYTES] = "written_bytes",
	[LOOPTUN_TUNNEL_WRITE_ERRORS] = "write_errors",
	[LOOPTUN_TUNNEL_SENT_DROPPED] = "sent_dropped",
};

static struct looptun_tunnel *looptun_text_tunnel(const struct seq_file *m)
{
	const struct looptun_slot *slot = m->private;

	return slot ? slot->tunnel : NULL;
}

/* The tunnel is still there: its directory is removed before it is let go. */
static int looptun_text_open(struct inode *inode, struct file *filp,
			     int (*show)(struct seq_file *m, void *v))
{
	struct looptun_slot *slot = inode->i_private;
	int ret = single_open(filp, show, slot);

	if (!ret && slot)
		looptun_tunnel_get(slot->tunnel);
	return ret;
}

static int looptun_text_release(struct inode *inode, struct file *filp)
{
	struct looptun_tunnel *tunnel = looptun_text_tunnel(filp->private_data);

	if (tunnel)
		looptun_tunnel_put(tunnel);
	return single_release(inode, filp);
}

/* Print a tunnel that is there, under looptun_tunnel_lock, or fail with -ENODEV. */
static int looptun_text_show(struct seq_file *m,
			     void (*print)(struct seq_file *m, struct looptun_tunnel *tunnel))
{
	const struct looptun_slot *slot = m->private;
	struct looptun_tunnel *tunnel = slot->tunnel;
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel->dead) {
		print(m, tunnel);
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/* A file that shows what looptun_text_NAME_show() says, with .write perhaps. */
#define LOOPTUN_TEXT_FILE(_name, ...)					\
static int looptun_text_##_name##_open(struct inode *inode,		\
				       struct file *filp)		\
{									\
	return looptun_text_open(inode, filp,				\
				 looptun_text_##_name##_show);		\
}									\
									\
const struct file_operations looptun_text_##_name##_fops = {		\
	.owner = THIS_MODULE,						\
	.open = looptun_text_##_name##_open,				\
	.release = looptun_text_release,				\
	.read = seq_read,						\
	.llseek = seq_lseek,						\
	__VA_ARGS__							\
}

/* One that prints a tunnel, and takes a line for looptun_text_NAME_store() as well. */
#define LOOPTUN_TEXT_SETTING(_name)					\
static int looptun_text_##_name##_show(struct seq_file *m, void *v)	\
{									\
	return looptun_text_show(m, looptun_text_print_##_name);	\
}									\
									\
static ssize_t looptun_text_##_name##_write(struct file *filp,		\
					    const char __user *buffer,	\
					    size_t count, loff_t *pos)	\
{									\
	return looptun_line_store(looptun_text_tunnel(filp->private_data), \
				  #_name, buffer, count,		\
				  looptun_text_##_name##_store);	\
}									\
									\
LOOPTUN_TEXT_FILE(_name, .write = looptun_text_##_name##_write)

/* One line a queue; disabled ones are numbered on behind the enabled. */
static void looptun_text_show_queue(struct seq_file *m, unsigned int index,
				    const struct looptun_queue *queue)
{
	const struct looptun_file *file = queue->file;

	seq_printf(m, "queue %u %s %s %s\n", index,
		   queue->disabled ? "disabled" : "enabled",
		   READ_ONCE(file->filp->f_flags) & O_NONBLOCK ?
		   "nonblocking" : "blocking",
		   READ_ONCE(file->cloexec) ? "cloexec" : "-");
}

/* An id as the reader sees it, -1 for none. */
static void looptun_text_show_id(struct seq_file *m, const char *name,
				 bool valid, unsigned int id)
{
	seq_printf(m, "%s %lld\n", name, valid ? (s64)id : -1);
}

static void looptun_text_print_state(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	struct user_namespace *ns = current_user_ns();
	struct looptun_queue *queue;
	unsigned int i;

	seq_printf(m, "name %s\n", tunnel->name);
	seq_printf(m, "requested %s\n", tunnel->requested);
	seq_printf(m, "mode %s\n", looptun_tunnel_is_tap(tunnel) ? "tap" : "tun");
	seq_puts(m, "flags");
	for (i = 0; i < ARRAY_SIZE(looptun_text_flags); i++) {
		if (tunnel->flags & looptun_text_flags[i].flag)
			seq_printf(m, " %s", looptun_text_flags[i].word);
	}
	seq_putc(m, '\n');
	seq_printf(m, "vnet_hdr_sz %d\n", tunnel->vnet_hdr_sz);
	seq_printf(m, "offloads %#lx\n", READ_ONCE(tunnel->offloads));
	seq_printf(m, "ring_kib %zu\n", tunnel->ring_size / SZ_1K);
	seq_printf(m, "link %s\n", tunnel->up ? "up" : "down");
	seq_printf(m, "carrier %s\n", str_on_off(tunnel->carrier));
	seq_printf(m, "creator %u\n", from_kuid_munged(ns, tunnel->creator));
	looptun_text_show_id(m, "owner", uid_valid(tunnel->owner),
			     from_kuid_munged(ns, tunnel->owner));
	looptun_text_show_id(m, "group", gid_valid(tunnel->group),
			     from_kgid_munged(ns, tunnel->group));
	for (i = 0; (queue = looptun_tunnel_queue_locked(tunnel, i)); i++)
		looptun_text_show_queue(m, i, queue);
}

static int looptun_text_state_show(struct seq_file *m, void *v)
{
	return looptun_text_show(m, looptun_text_print_state);
}

LOOPTUN_TEXT_FILE(state);

/* -ENODEV if there is no queue of this number now. */
static int looptun_text_queue_state_show(struct seq_file *m, void *v)
{
	struct looptun_tunnel *tunnel = looptun_text_tunnel(m);
	unsigned int index = (struct looptun_slot *)m->private - tunnel->slots;
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (index < tunnel->numqueues) {
		looptun_text_show_queue(m, index,
					looptun_tunnel_queue_locked(tunnel, index));
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

LOOPTUN_TEXT_FILE(queue_state);

/* Add the datagrams in the rings of a queue. */
static void looptun_text_count_rings(struct looptun_queue *queue,
				     unsigned int *rx_queued, unsigned int *tx_queued)
{
	struct looptun_ring *rx = looptun_queue_get_rx(queue);
	struct looptun_ring *tx = looptun_queue_peek_tx(queue);

	if (rx) {
		*rx_queued += looptun_ring_count(rx);
		looptun_queue_put_rx(queue, rx);
	}
	if (tx)
		*tx_queued += looptun_ring_count(tx);
}

/* The last figures of a tunnel that is gone can still be read. */
static int looptun_text_stats_show(struct seq_file *m, void *v)
{
	struct looptun_tunnel *tunnel = looptun_text_tunnel(m);
	struct looptun_replay_failure failure;
	unsigned int rx_queued = 0, tx_queued = 0, i;
	struct looptun_queue *queue;

	looptun_delay_settle(tunnel);
	mutex_lock(&looptun_tunnel_lock);
	failure = tunnel->replay_failure;
	for (i = 0; (queue = looptun_tunnel_queue_locked(tunnel, i)); i++)
		looptun_text_count_rings(queue, &rx_queued, &tx_queued);
	tx_queued += READ_ONCE(tunnel->left_count);
	mutex_unlock(&looptun_tunnel_lock);

	for (i = 0; i < LOOPTUN_TUNNEL_FAULTS; i++)
		seq_printf(m, "%s %lld\n", looptun_text_counters[i],
			   atomic64_read(&tunnel->counters[i]));
	seq_printf(m, "rx_queued %u\n", rx_queued);
	seq_printf(m, "tx_queued %u\n", tx_queued);
	for (i = 0; i < LOOPTUN_FAULT_ACTIONS; i++)
		seq_printf(m, "fault_%s %lld\n", looptun_fault_action_name(i),
			   atomic64_read(&tunnel->counters[LOOPTUN_TUNNEL_FAULTS + i]));
	if (*failure.text)
		seq_printf(m, "replay_failed_at %llu\nreplay_failed %s\n", failure.at,
			   failure.text);
	return 0;
}

LOOPTUN_TEXT_FILE(stats);

static void looptun_text_print_link(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	seq_printf(m, "%s\n", tunnel->up ? "up" : "down");
}

static int looptun_text_link_store(struct looptun_line *line)
{
	static const char *const words[] = { "down", "up" };
	int up = looptun_line_choice(line, line->rest, words, ARRAY_SIZE(words),
				     "expected up or down");

	if (up < 0)
		return up;
	return looptun_netdev ? looptun_netdev->set_link(line->tunnel, up) :
				looptun_tunnel_set_link(line->tunnel, up);
}

LOOPTUN_TEXT_SETTING(link);

static void looptun_text_print_hold(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	seq_printf(m, "%d\n", tunnel->hold);
}

static int looptun_text_hold_store(struct looptun_line *line)
{
	static const char *const words[] = { "0", "1" };
	struct looptun_tunnel *tunnel = line->tunnel;
	struct looptun_queue *queue;
	unsigned int i;
	bool dead;
	int hold;

	hold = looptun_line_choice(line, line->rest, words, ARRAY_SIZE(words),
				   "expected 0 or 1");
	if (hold < 0)
		return hold;
	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	WRITE_ONCE(tunnel->hold, hold);
	for (i = 0; !hold && (queue = looptun_tunnel_queue_locked(tunnel, i)); i++)
		looptun_queue_stop_charging(queue);
	mutex_unlock(&looptun_tunnel_lock);
	return dead ? -ENODEV : 0;
}

LOOPTUN_TEXT_SETTING(hold);

static void looptun_text_print_txqueuelen(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	seq_printf(m, "%u\n", tunnel->txqueuelen);
}

static int looptun_text_txqueuelen_store(struct looptun_line *line)
{
	struct looptun_tunnel *tunnel = line->tunnel;
	struct looptun_queue *queue;
	unsigned int i;
	u64 txqueuelen;
	bool dead;
	/* As many as a netdevice may have. */
	int ret = looptun_line_number(line, line->rest, INT_MAX, &txqueuelen);

	if (ret)
		return ret;
	mutex_lock(&looptun_tunnel_lock);
	dead = tunnel->dead;
	WRITE_ONCE(tunnel->txqueuelen, txqueuelen);
	for (i = 0; (queue = looptun_tunnel_queue_locked(tunnel, i)); i++)
		looptun_queue_txq_resize(queue, txqueuelen);
	mutex_unlock(&looptun_tunnel_lock);
	/* Whoever waited for room goes on: there is room, or it is dropped. */
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	return dead ? -ENODEV : 0;
}

LOOPTUN_TEXT_SETTING(txqueuelen);

static const char *const looptun_text_loopbacks[] = {
	[LOOPTUN_PEER_NONE] = "none",
	[LOOPTUN_PEER_ECHO] = "echo",
	[LOOPTUN_PEER_REFLECT] = "reflect",
	[LOOPTUN_PEER_OTHER] = "peer",
};

static void looptun_text_print_loopback(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	const struct looptun_tunnel *other = looptun_peer_locked(tunnel);

	seq_puts(m, looptun_text_loopbacks[tunnel->peer.mode]);
	if (other && net_eq(other->net, &init_net))
		seq_printf(m, " %s", other->name);
	else if (other)
		seq_printf(m, " %u:%s", other->net_inum, other->name);
	seq_putc(m, '\n');
}

/* "none", "echo", "reflect" or "peer NAME" */
static int looptun_text_loopback_store(struct looptun_line *line)
{
	const char *other = NULL;
	int mode, ret;

	mode = looptun_line_choice(line, looptun_line_next(line),
				   looptun_text_loopbacks,
				   ARRAY_SIZE(looptun_text_loopbacks),
				   "expected none, echo, reflect or peer NAME");
	if (mode < 0)
		return mode;
	if (mode == LOOPTUN_PEER_OTHER) {
		other = line->rest;
		ret = looptun_line_directory(line, other);
	} else {
		ret = looptun_line_end(line);
	}
	if (ret)
		return ret;
	ret = looptun_peer_set(line->tunnel, mode, other);
	if (ret == -EINVAL)
		looptun_line_refuse(line, ret, other, "expected another tunnel");
	else if (ret && !looptun_tunnel_is_dead(line->tunnel))
		looptun_line_refuse(line, ret, other, "no such tunnel");
	return ret;
}

LOOPTUN_TEXT_SETTING(loopback);

static int looptun_text_faults_show(struct seq_file *m, void *v)
{
	if (m->private)
		return looptun_text_show(m, looptun_fault_file_print_locked);
	mutex_lock(&looptun_tunnel_lock);
	looptun_fault_file_print_locked(m, NULL);
	mutex_unlock(&looptun_tunnel_lock);
	return 0;
}

static ssize_t looptun_text_faults_write(struct file *filp, const char __user *buffer,
					 size_t count, loff_t *pos)
{
	return looptun_fault_file_store(looptun_text_tunnel(filp->private_data), buffer,
					count) ?: count;
}

LOOPTUN_TEXT_FILE(faults, .write = looptun_text_faults_write);
