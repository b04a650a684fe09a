// SPDX-License-Identifier: GPL-2.0-only
/*
 * Injecting towards the program and reading what it wrote. Sleeps on the
 * tunnel's far_wait; holds a reference to a file only while it uses its rings.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "far.h"
#include "file.h"
#include "frame.h"
#include "ring.h"
#include "tunnel.h"

/* The largest IP datagram and its Ethernet header. */
#define LOOPTUN_FAR_LARGEST	(65535 + ETH_HLEN)

/* A datagram on its way in: where it goes and the room it has there. */
struct looptun_far_slot {
	struct looptun_file *file;
	struct looptun_ring *ring;
	struct looptun_record *record;
};

/* Would an injector of @len bytes get on now, be it with an error? */
static bool looptun_far_has_room(struct looptun_tunnel *tunnel, size_t len)
{
	struct looptun_file *file;
	struct looptun_ring *ring;
	bool room = false;

	if (looptun_tunnel_is_dead(tunnel))
		return true;

	rcu_read_lock();
	file = rcu_dereference(tunnel->file);
	if (file) {
		ring = smp_load_acquire(&file->rx);
		room = !ring || looptun_ring_has_room(ring, len);
	}
	rcu_read_unlock();
	return room;
}

/* Try to get room; the slot holds a reference to its file if it worked. */
static int looptun_far_try_reserve(struct looptun_tunnel *tunnel, size_t len,
				   struct looptun_far_slot *slot)
{
	int ret;

	if (looptun_tunnel_is_dead(tunnel))
		return -ENODEV;

	slot->file = looptun_tunnel_get_file(tunnel);
	if (!slot->file)
		return -EAGAIN;

	slot->ring = looptun_file_ring(slot->file, &slot->file->rx);
	ret = PTR_ERR_OR_ZERO(slot->ring);
	if (ret)
		goto err_put_file;

	slot->record = looptun_ring_reserve(slot->ring, len);
	ret = PTR_ERR_OR_ZERO(slot->record);
	if (ret)
		goto err_put_file;

	/* If it was detached and purged since, this would come out later. */
	if (looptun_file_is_of(slot->file, tunnel))
		return 0;
	looptun_ring_discard(slot->ring, slot->record);
	ret = -EAGAIN;

err_put_file:
	looptun_file_put(slot->file);
	return ret;
}

static int looptun_far_reserve(struct looptun_tunnel *tunnel, size_t len,
			       bool nonblock, struct looptun_far_slot *slot)
{
	int ret;

	if (!looptun_ring_fits(tunnel->ring_size, len))
		return -EMSGSIZE;

	for (;;) {
		ret = looptun_far_try_reserve(tunnel, len, slot);
		if (ret != -EAGAIN || nonblock)
			return ret;
		ret = wait_event_interruptible(tunnel->far_wait,
					       looptun_far_has_room(tunnel, len));
		if (ret)
			return ret;
	}
}

/* Bytes of header to make, or -EINVAL if this can be no datagram. */
static int looptun_far_header_len(bool tap, enum looptun_far_kind kind,
				  size_t count)
{
	if (kind == LOOPTUN_FAR_DATAGRAM)
		return count ? (tap ? ETH_HLEN : 0) : -EINVAL;
	return count >= (tap ? ETH_HLEN : 1) ? 0 : -EINVAL;
}

static int looptun_far_fill(struct looptun_record *record, bool tap,
			    enum looptun_far_kind kind, size_t header_len,
			    struct iov_iter *from)
{
	u8 *data = record->data + header_len;
	size_t count = record->len - header_len;

	if (!copy_from_iter_full(data, count, from))
		return -EFAULT;
	if (kind == LOOPTUN_FAR_FRAME) {
		record->proto = looptun_frame_proto(tap, data, count);
		return 0;
	}
	if (looptun_frame_ip_proto(*data, &record->proto))
		return -EINVAL;
	if (header_len)
		looptun_frame_ether_header(record->data, record->proto);
	return 0;
}

/**
 * looptun_far_inject - send one datagram towards the program
 * @tunnel: the tunnel, referenced by the caller
 * @from: all of the datagram
 * @kind: what @from holds
 * @nonblock: do not wait for room or for a program
 *
 * Context: process; sleeps for room unless @nonblock, and on user memory.
 * Return: the length of @from; -EINVAL for no datagram, -EMSGSIZE for one that
 * the ring can never hold, -EAGAIN, -ERESTARTSYS, -EFAULT, -ENOMEM, -ENODEV.
 */
ssize_t looptun_far_inject(struct looptun_tunnel *tunnel,
			   struct iov_iter *from, enum looptun_far_kind kind,
			   bool nonblock)
{
	bool tap = looptun_tunnel_is_tap(tunnel);
	size_t count = iov_iter_count(from);
	struct looptun_far_slot slot;
	int header_len, ret;

	header_len = looptun_far_header_len(tap, kind, count);
	if (header_len < 0)
		return header_len;
	ret = looptun_far_reserve(tunnel, header_len + count, nonblock, &slot);
	if (ret)
		return ret;

	ret = looptun_far_fill(slot.record, tap, kind, header_len, from);
	if (ret) {
		looptun_ring_discard(slot.ring, slot.record);
		looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
	} else {
		looptun_ring_commit(slot.ring, slot.record);
		atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_INJECTED_DATAGRAMS]);
		atomic64_add(header_len + count,
			     &tunnel->counters[LOOPTUN_TUNNEL_INJECTED_BYTES]);
	}
	looptun_file_wake_readers(slot.file);
	looptun_file_put(slot.file);
	return ret ?: count;
}

/**
 * looptun_far_poll_inject - poll for room
 * @tunnel: the tunnel, referenced by the caller
 * @filp: the file polled
 * @wait: poll table
 *
 * Room is room for the largest IP datagram, or all of a ring too small for it,
 * so that a write after the poll does not get -EAGAIN.
 */
__poll_t looptun_far_poll_inject(struct looptun_tunnel *tunnel,
				 struct file *filp, poll_table *wait)
{
	size_t most = tunnel->ring_size - sizeof(struct looptun_record);

	poll_wait(filp, &tunnel->far_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		return EPOLLERR | EPOLLHUP;
	if (looptun_far_has_room(tunnel, min_t(size_t, most,
					       LOOPTUN_FAR_LARGEST)))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}

/* Claim from what closed files have left first, then from the open one. */
static int looptun_far_try_claim(struct looptun_tunnel *tunnel, size_t max,
				 struct looptun_far_slot *slot)
{
	bool dead = looptun_tunnel_is_dead(tunnel);

	slot->record = NULL;
	mutex_lock(&tunnel->kept_lock);
	slot->file = looptun_tunnel_get_file(tunnel);
	slot->ring = tunnel->kept;
	if (slot->ring)
		slot->record = looptun_ring_claim(slot->ring, max);
	if (!slot->record && slot->file) {
		slot->ring = smp_load_acquire(&slot->file->tx);
		if (slot->ring)
			slot->record = looptun_ring_claim(slot->ring, max);
	}
	mutex_unlock(&tunnel->kept_lock);

	if (!IS_ERR_OR_NULL(slot->record))
		return 0;
	if (slot->file)
		looptun_file_put(slot->file);
	if (slot->record)
		return PTR_ERR(slot->record);
	return dead ? -ENODEV : -EAGAIN;
}

static bool looptun_far_has_sent(struct looptun_tunnel *tunnel)
{
	const struct looptun_ring *kept = READ_ONCE(tunnel->kept), *tx;
	struct looptun_file *file;
	bool sent;

	if (kept && looptun_ring_readable(kept))
		return true;

	rcu_read_lock();
	file = rcu_dereference(tunnel->file);
	tx = file ? smp_load_acquire(&file->tx) : NULL;
	sent = tx && looptun_ring_readable(tx);
	rcu_read_unlock();
	return sent;
}

/**
 * looptun_far_sent - read the oldest datagram that the program wrote
 * @tunnel: the tunnel, referenced by the caller
 * @to: room for it
 * @nonblock: do not wait for one
 *
 * What was written before the tunnel went can still be read.
 *
 * Context: process; sleeps for a datagram unless @nonblock, and on user memory.
 * Return: its length; -EMSGSIZE if @to is shorter, and it stays; -EAGAIN,
 * -ERESTARTSYS, -EFAULT, -ENODEV.
 */
ssize_t looptun_far_sent(struct looptun_tunnel *tunnel, struct iov_iter *to,
			 bool nonblock)
{
	struct looptun_far_slot slot;
	size_t len;
	int ret;

	for (;;) {
		ret = looptun_far_try_claim(tunnel, iov_iter_count(to), &slot);
		if (!ret)
			break;
		if (ret != -EAGAIN || nonblock)
			return ret;
		ret = wait_event_interruptible(tunnel->far_wait,
					       looptun_far_has_sent(tunnel) ||
					       looptun_tunnel_is_dead(tunnel));
		if (ret)
			return ret;
	}

	len = slot.record->len;
	if (copy_to_iter(slot.record->data, len, to) != len)
		ret = -EFAULT;
	looptun_ring_consume(slot.ring, slot.record);
	if (slot.file)
		looptun_file_put(slot.file);
	atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_SENT_DATAGRAMS]);
	atomic64_add(len, &tunnel->counters[LOOPTUN_TUNNEL_SENT_BYTES]);
	return ret ?: len;
}

/**
 * looptun_far_poll_sent - poll for what the program wrote
 * @tunnel: the tunnel, referenced by the caller
 * @filp: the file polled
 * @wait: poll table
 */
__poll_t looptun_far_poll_sent(struct looptun_tunnel *tunnel,
			       struct file *filp, poll_table *wait)
{
	__poll_t mask = 0;

	poll_wait(filp, &tunnel->far_wait, wait);

	if (looptun_tunnel_is_dead(tunnel))
		mask |= EPOLLERR | EPOLLHUP;
	if (looptun_far_has_sent(tunnel))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
