// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the text files of a tunnel show and accept. Knows nothing of files:
 * debugfs.c hands in a seq_file or a line of text.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "delay.h"
#include "line.h"
#include "netdev.h"
#include "pcap.h"
#include "peer.h"
#include "queue.h"
#include "setting.h"
#include "text.h"
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

static void looptun_text_show_flags(struct seq_file *m, unsigned int flags)
{
	int i;

	seq_puts(m, "flags");
	for (i = 0; i < ARRAY_SIZE(looptun_text_flags); i++) {
		if (flags & looptun_text_flags[i].flag)
			seq_printf(m, " %s", looptun_text_flags[i].word);
	}
	seq_putc(m, '\n');
}

/* One line a queue; disabled ones are numbered on behind the enabled. */
struct looptun_text_queues {
	struct seq_file *m;
	unsigned int index;
};

static void looptun_text_show_queue(struct looptun_queue *queue, void *data)
{
	struct looptun_text_queues *queues = data;
	const struct looptun_file *file = queue->file;

	seq_printf(queues->m, "queue %u %s %s %s\n", queues->index++,
		   queue->disabled ? "disabled" : "enabled",
		   READ_ONCE(file->filp->f_flags) & O_NONBLOCK ?
		   "nonblocking" : "blocking",
		   READ_ONCE(file->cloexec) ? "cloexec" : "-");
}

/* An id as the reader sees it, -1 for none. */
static void looptun_text_show_id(struct seq_file *m, const char *name,
				 bool valid, unsigned int id)
{
	if (valid)
		seq_printf(m, "%s %u\n", name, id);
	else
		seq_printf(m, "%s -1\n", name);
}

static void looptun_text_show_state_locked(struct seq_file *m,
					   struct looptun_tunnel *tunnel)
{
	struct user_namespace *ns = current_user_ns();
	struct looptun_text_queues queues = { .m = m };

	lockdep_assert_held(&looptun_tunnel_lock);

	seq_printf(m, "name %s\n", tunnel->name);
	seq_printf(m, "requested %s\n", tunnel->requested);
	seq_printf(m, "mode %s\n", looptun_tunnel_is_tap(tunnel) ? "tap" : "tun");
	looptun_text_show_flags(m, tunnel->flags);
	seq_printf(m, "vnet_hdr_sz %d\n", tunnel->vnet_hdr_sz);
	seq_printf(m, "ring_kib %zu\n", tunnel->ring_size / SZ_1K);
	seq_printf(m, "link %s\n", tunnel->up ? "up" : "down");
	seq_printf(m, "carrier %s\n", str_on_off(tunnel->carrier));
	looptun_text_show_id(m, "creator", true,
			     from_kuid_munged(ns, tunnel->creator));
	looptun_text_show_id(m, "owner", uid_valid(tunnel->owner),
			     from_kuid_munged(ns, tunnel->owner));
	looptun_text_show_id(m, "group", gid_valid(tunnel->group),
			     from_kgid_munged(ns, tunnel->group));
	looptun_tunnel_visit_locked(tunnel, looptun_text_show_queue, &queues);
}

/**
 * looptun_text_show_state - show what a tunnel is
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_text_show_state(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel->dead) {
		looptun_text_show_state_locked(m, tunnel);
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_text_show_queue_state - show what a queue is
 * @m: where to
 * @slot: the queue, of a tunnel that the caller holds
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if there is no queue of this number now.
 */
int looptun_text_show_queue_state(struct seq_file *m,
				  const struct looptun_slot *slot)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	struct looptun_text_queues queues = {
		.m = m,
		.index = slot - tunnel->slots,
	};
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (queues.index < tunnel->numqueues) {
		looptun_text_show_queue(rcu_dereference_protected(slot->queue,
								  true),
					&queues);
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/* Datagrams in the rings of queues. */
struct looptun_text_rings {
	unsigned int rx;
	unsigned int tx;
};

static void looptun_text_count_rings(struct looptun_queue *queue, void *data)
{
	struct looptun_text_rings *rings = data;
	struct looptun_ring *rx = looptun_queue_get_rx(queue);
	/* Pairs with the cmpxchg in looptun_queue_make_tx(). */
	struct looptun_ring *tx = smp_load_acquire(&queue->tx);

	if (rx) {
		rings->rx += looptun_ring_count(rx);
		looptun_queue_put_rx(queue, rx);
	}
	if (tx)
		rings->tx += looptun_ring_count(tx);
}

/* The words that the log had for it. */
static void looptun_text_show_failure(struct seq_file *m,
				      const struct looptun_replay_failure *failure)
{
	const struct looptun_pcap_complaint *why = failure->complaint;

	if (!why)
		return;
	seq_printf(m, "replay_failed_at %llu\n", failure->at);
	seq_printf(m, why->hex ? "replay_failed %s %#x, %s\n" :
				 "replay_failed %s %u, %s\n",
		   why->what, failure->found, why->expected);
}

/**
 * looptun_text_show_stats - show what a tunnel has counted
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * The last figures of a tunnel that is gone can still be read.
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0.
 */
int looptun_text_show_stats(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	struct looptun_replay_failure failure;
	struct looptun_text_rings rings = { };
	int i;

	looptun_delay_settle(tunnel);
	mutex_lock(&looptun_tunnel_lock);
	failure = tunnel->replay_failure;
	looptun_tunnel_visit_locked(tunnel, looptun_text_count_rings, &rings);
	rings.tx += READ_ONCE(tunnel->left_count);
	mutex_unlock(&looptun_tunnel_lock);

	for (i = 0; i < LOOPTUN_TUNNEL_FAULTS; i++)
		seq_printf(m, "%s %lld\n", looptun_text_counters[i],
			   atomic64_read(&tunnel->counters[i]));
	seq_printf(m, "rx_queued %u\n", rings.rx);
	seq_printf(m, "tx_queued %u\n", rings.tx);
	for (i = 0; i < LOOPTUN_FAULT_ACTIONS; i++)
		seq_printf(m, "fault_%s %lld\n", looptun_fault_action_name(i),
			   atomic64_read(&tunnel->counters[LOOPTUN_TUNNEL_FAULTS + i]));
	looptun_text_show_failure(m, &failure);
	return 0;
}

/**
 * looptun_text_show_link - show the link
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_text_show_link(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	if (looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	seq_printf(m, "%s\n", READ_ONCE(tunnel->up) ? "up" : "down");
	return 0;
}

/**
 * looptun_text_store_link - take the link up or down
 * @tunnel: the tunnel, referenced by the caller
 * @line: "up" or "down"
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int looptun_text_store_link(struct looptun_tunnel *tunnel,
			    struct looptun_line *line)
{
	static const char *const words[] = { "down", "up" };
	int up = match_string(words, ARRAY_SIZE(words), line->rest);

	if (up < 0)
		return looptun_line_refuse(line, -EINVAL, line->rest,
					   "expected up or down");
	return looptun_netdev ? looptun_netdev->set_link(tunnel, up) :
				looptun_setting_set_link(tunnel, up);
}

/**
 * looptun_text_show_hold - show hold
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_text_show_hold(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	if (looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	seq_printf(m, "%d\n", READ_ONCE(tunnel->hold));
	return 0;
}

/**
 * looptun_text_store_hold - set hold
 * @tunnel: the tunnel, referenced by the caller
 * @line: "0" or "1"
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int looptun_text_store_hold(struct looptun_tunnel *tunnel,
			    struct looptun_line *line)
{
	static const char *const words[] = { "0", "1" };
	int hold = match_string(words, ARRAY_SIZE(words), line->rest);

	if (hold < 0)
		return looptun_line_refuse(line, -EINVAL, line->rest,
					   "expected 0 or 1");
	return looptun_setting_set_hold(tunnel, hold);
}

/**
 * looptun_text_show_txqueuelen - show the limit of a queue
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_text_show_txqueuelen(struct seq_file *m,
				 struct looptun_tunnel *tunnel)
{
	if (looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	seq_printf(m, "%u\n", READ_ONCE(tunnel->txqueuelen));
	return 0;
}

/**
 * looptun_text_store_txqueuelen - limit the queues
 * @tunnel: the tunnel, referenced by the caller
 * @line: a number of datagrams, 0 for no limit
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int looptun_text_store_txqueuelen(struct looptun_tunnel *tunnel,
				  struct looptun_line *line)
{
	u64 txqueuelen;
	/* As many as a netdevice may have. */
	int ret = looptun_line_number(line, line->rest, INT_MAX, &txqueuelen);

	return ret ?: looptun_setting_set_txqueuelen(tunnel, txqueuelen);
}

static const char *const looptun_text_loopbacks[] = {
	[LOOPTUN_PEER_NONE] = "none",
	[LOOPTUN_PEER_ECHO] = "echo",
	[LOOPTUN_PEER_REFLECT] = "reflect",
	[LOOPTUN_PEER_OTHER] = "peer",
};

/**
 * looptun_text_show_loopback - show the loopback
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if it is gone.
 */
int looptun_text_show_loopback(struct seq_file *m,
			       struct looptun_tunnel *tunnel)
{
	const struct looptun_tunnel *other;
	int ret = -ENODEV;

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel->dead) {
		seq_puts(m, looptun_text_loopbacks[tunnel->peer.mode]);
		other = looptun_peer_locked(tunnel);
		if (other && net_eq(other->net, &init_net))
			seq_printf(m, " %s", other->name);
		else if (other)
			seq_printf(m, " %u:%s", other->net_inum, other->name);
		seq_putc(m, '\n');
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_text_store_loopback - set the loopback
 * @tunnel: the tunnel, referenced by the caller
 * @line: "none", "echo", "reflect" or "peer NAME"
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int looptun_text_store_loopback(struct looptun_tunnel *tunnel,
				struct looptun_line *line)
{
	const char *word = looptun_line_next(line);
	int mode = match_string(looptun_text_loopbacks,
				ARRAY_SIZE(looptun_text_loopbacks), word);
	int ret;

	if (mode < 0)
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected none, echo, reflect or peer NAME");
	if (mode == LOOPTUN_PEER_OTHER) {
		word = line->rest;
		ret = looptun_line_directory(line, word);
	} else {
		word = NULL;
		ret = looptun_line_end(line);
	}
	if (ret)
		return ret;
	ret = looptun_peer_set(tunnel, mode, word);
	if (ret == -EINVAL)
		looptun_line_refuse(line, ret, word, "expected another tunnel");
	else if (ret && !looptun_tunnel_is_dead(tunnel))
		looptun_line_refuse(line, ret, word, "no such tunnel");
	return ret;
}

/**
 * looptun_text_store_delete - delete a tunnel under its users
 * @tunnel: the tunnel, referenced by the caller
 * @line: "1"
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int looptun_text_store_delete(struct looptun_tunnel *tunnel,
			      struct looptun_line *line)
{
	if (strcmp(line->rest, "1"))
		return looptun_line_refuse(line, -EINVAL, line->rest,
					   "expected 1");
	return looptun_tunnel_delete(tunnel);
}
