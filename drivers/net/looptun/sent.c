// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading what the program wrote: of what closed files have left and of all
 * queues, the oldest first. Which it is, is decided under the tunnel's
 * kept_lock; copying is done outside.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "copy.h"
#include "far.h"
#include "file.h"
#include "frame.h"
#include "queue.h"
#include "ring.h"
#include "trace.h"
#include "tunnel.h"

/**
 * struct looptun_sent - a datagram to be read
 * @file: who wrote it, referenced; NULL if it was kept
 * @ring: where it is; NULL if there is none
 * @record: the datagram, once it is claimed
 * @stamp: when it was written, where there are several queues
 */
struct looptun_sent {
	struct looptun_file *file;
	struct looptun_ring *ring;
	struct looptun_record *record;
	u64 stamp;
};

/* Take the oldest of this file if it is older; @file's reference is eaten. */
static void looptun_sent_consider(struct looptun_sent *sent,
				  struct looptun_file *file)
{
	struct looptun_file *loser = file;
	struct looptun_ring *ring;
	u64 stamp;

	if (!file)
		return;
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	ring = smp_load_acquire(&file->tx);
	if (ring && looptun_ring_peek_stamp(ring, &stamp) &&
	    (!sent->ring || stamp < sent->stamp)) {
		loser = sent->file;
		sent->file = file;
		sent->ring = ring;
		sent->stamp = stamp;
	}
	if (loser)
		looptun_file_put(loser);
}

/* Where several queues have stamps: the ring of the oldest of all. */
static void looptun_sent_find_locked(struct looptun_tunnel *tunnel,
				     struct looptun_sent *sent)
{
	struct looptun_file *file;
	unsigned int i;

	lockdep_assert_held(&tunnel->kept_lock);

	if (tunnel->kept && looptun_ring_peek_stamp(tunnel->kept, &sent->stamp))
		sent->ring = tunnel->kept;
	for (i = 0; i < READ_ONCE(tunnel->numqueues); i++)
		looptun_sent_consider(sent,
				      looptun_queue_get_file(&tunnel->slots[i]));
	list_for_each_entry(file, &tunnel->disabled, node)
		looptun_sent_consider(sent,
				      looptun_file_get_live(file) ? file : NULL);
}

/* One queue: its ring, or what is kept, which is older than all it has. */
static void looptun_sent_choose_locked(const struct looptun_slot *slot,
				       struct looptun_sent *sent)
{
	struct looptun_tunnel *tunnel = slot->tunnel;

	lockdep_assert_held(&tunnel->kept_lock);

	if (slot == &tunnel->all) {
		if (tunnel->kept && looptun_ring_readable(tunnel->kept)) {
			sent->ring = tunnel->kept;
			return;
		}
		slot = &tunnel->slots[0];
	}
	sent->file = looptun_queue_get_file(slot);
	if (!sent->file)
		return;
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	sent->ring = smp_load_acquire(&sent->file->tx);
}

/* How many bytes of header a reader gets, beside the datagram. */
static size_t looptun_sent_header_len(const struct looptun_tunnel *tunnel,
				      unsigned int flags)
{
	return flags & LOOPTUN_FAR_WITH_VNET ?
	       looptun_tunnel_framing(tunnel).vnet_hdr_sz : 0;
}

/* Try to get a datagram; @sent is empty before, and if there is none. */
static int looptun_sent_try_claim(const struct looptun_slot *slot, size_t max,
				  struct looptun_sent *sent)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	bool dead = looptun_tunnel_is_dead(tunnel);
	int ret = dead ? -ENODEV : -EAGAIN;

	mutex_lock(&tunnel->kept_lock);
	if (slot == &tunnel->all && looptun_tunnel_has_queues(tunnel))
		looptun_sent_find_locked(tunnel, sent);
	else
		looptun_sent_choose_locked(slot, sent);
	if (sent->ring)
		sent->record = looptun_ring_claim(sent->ring, max);
	mutex_unlock(&tunnel->kept_lock);

	if (!IS_ERR_OR_NULL(sent->record))
		return 0;
	if (sent->record)
		ret = PTR_ERR(sent->record);
	if (sent->file)
		looptun_file_put(sent->file);
	*sent = (struct looptun_sent) { };
	return ret;
}

static bool looptun_sent_in_file(const struct looptun_file *file)
{
	struct looptun_ring *tx;

	if (!file)
		return false;
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	tx = smp_load_acquire(&file->tx);
	return tx && looptun_ring_readable(tx);
}

/* Is there something to be read? Takes no lock. */
static bool looptun_sent_readable(const struct looptun_slot *slot)
{
	const struct looptun_tunnel *tunnel = slot->tunnel;
	struct looptun_ring *kept = READ_ONCE(tunnel->kept);
	struct looptun_file *file;
	bool readable = false;
	unsigned int i;

	rcu_read_lock();
	if (slot != &tunnel->all) {
		readable = looptun_sent_in_file(rcu_dereference(slot->file));
		goto out;
	}
	if (kept)
		readable = looptun_ring_readable(kept);
	for (i = 0; !readable && i < READ_ONCE(tunnel->numqueues); i++)
		readable = looptun_sent_in_file(rcu_dereference(tunnel->slots[i].file));
	list_for_each_entry_rcu(file, &tunnel->disabled, node)
		readable |= looptun_sent_in_file(file);
out:
	rcu_read_unlock();
	return readable;
}

/* What is known of the header, zeroes for the rest of it. */
static int looptun_sent_copy_header(const struct looptun_record *record,
				    size_t header_len, struct iov_iter *to)
{
	size_t vnet_len = min_t(size_t, record->vnet_len, header_len);

	if (looptun_copy_to_iter(record->data, vnet_len, to) != vnet_len ||
	    iov_iter_zero(header_len - vnet_len, to) != header_len - vnet_len)
		return -EFAULT;
	return 0;
}

static int looptun_sent_copy(const struct looptun_record *record,
			     size_t header_len, struct iov_iter *to)
{
	size_t len = record->len - record->vnet_len;

	if (header_len && looptun_sent_copy_header(record, header_len, to))
		return -EFAULT;
	if (looptun_copy_to_iter(record->data + record->vnet_len, len, to) != len)
		return -EFAULT;
	return 0;
}

static void looptun_sent_done(struct looptun_sent *sent)
{
	if (sent->file && sent->record->held)
		looptun_file_uncharge(sent->file,
				      looptun_file_charged(sent->record));
	looptun_ring_consume(sent->ring, sent->record);
	if (sent->file)
		looptun_file_put(sent->file);
}

/**
 * looptun_far_sent - read the oldest datagram that the program wrote
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @to: room for it
 * @flags: LOOPTUN_FAR_NONBLOCK; LOOPTUN_FAR_WITH_VNET for the virtio-net header
 *	before it, as long as the tunnel has it
 *
 * What was written before the tunnel went can still be read from its all. A
 * datagram that @to faults on is lost, as with recv(2).
 *
 * Context: process; sleeps for a datagram unless told not to, and on user memory.
 * Return: its length, with that of the header; -EMSGSIZE if @to is shorter, and it stays; -EAGAIN,
 * -ERESTARTSYS, -EFAULT, -ENODEV.
 */
ssize_t looptun_far_sent(const struct looptun_slot *slot, struct iov_iter *to,
			 unsigned int flags)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	size_t header_len = looptun_sent_header_len(tunnel, flags), len;
	struct looptun_sent sent = { };
	int ret;

	if (iov_iter_count(to) < header_len)
		return -EMSGSIZE;
	for (;;) {
		ret = looptun_sent_try_claim(slot, iov_iter_count(to) - header_len,
					     &sent);
		if (!ret)
			break;
		if (ret != -EAGAIN || (flags & LOOPTUN_FAR_NONBLOCK))
			return ret;
		ret = wait_event_interruptible(tunnel->far_wait,
					       looptun_sent_readable(slot) ||
					       looptun_tunnel_is_dead(tunnel));
		if (ret)
			return ret;
	}

	len = sent.record->len - sent.record->vnet_len;
	ret = looptun_sent_copy(sent.record, header_len, to);
	if (!ret) {
		atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_SENT_DATAGRAMS]);
		atomic64_add(len, &tunnel->counters[LOOPTUN_TUNNEL_SENT_BYTES]);
	}
	trace_deliver(tunnel, sent.file, len, ret);
	looptun_sent_done(&sent);
	return ret ?: header_len + len;
}

/**
 * looptun_far_poll_sent - poll for what the program wrote
 * @slot: a queue of a tunnel that the caller holds, or its all
 * @filp: the file polled
 * @wait: poll table
 */
__poll_t looptun_far_poll_sent(const struct looptun_slot *slot,
			       struct file *filp, poll_table *wait)
{
	struct looptun_tunnel *tunnel = slot->tunnel;
	__poll_t mask = 0;

	poll_wait(filp, &tunnel->far_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		mask |= EPOLLERR | EPOLLHUP;
	if (looptun_sent_readable(slot))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
