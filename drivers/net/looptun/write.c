// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the program writes, from its memory into the ring. Copies and checks
 * alternate in the order of tun_get_user(), since the first that fails tells.
 */
#include <linux/err.h>
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "capture.h"
#include "compat.h"
#include "datagram.h"
#include "fault_run.h"
#include "file.h"
#include "frame.h"
#include "queue.h"
#include "ring.h"
#include "sent.h"
#include "trace.h"
#include "tunnel.h"
#include "vnet.h"
#include "written.h"

/*
 * With IFF_NAPI_FRAGS every piece of a gathered write is to be a fragment of a
 * socket buffer, as in tun_napi_alloc_frags().
 */
static int looptun_write_check_frags(const struct iov_iter *from,
				     size_t len)
{
	struct iov_iter rest = *from;
	unsigned long pieces = 1;
	size_t n;

	if (from->nr_segs > MAX_SKB_FRAGS + 1 ||
	    len > ETH_MAX_MTU - NET_SKB_PAD - NET_IP_ALIGN)
		return -EMSGSIZE;
	iov_iter_advance(&rest, iov_iter_single_seg_count(&rest));
	for (; iov_iter_count(&rest); pieces++) {
		n = iov_iter_single_seg_count(&rest);
		if (n > PAGE_SIZE)
			return -EINVAL;
		iov_iter_advance(&rest, n);
	}
	/* An empty piece is skipped above, and refused by tun. */
	return pieces == max(from->nr_segs, 1UL) ? 0 : -EINVAL;
}

/**
 * struct looptun_write - a datagram that the program writes
 * @queue: the queue that it is written on, referenced
 * @tunnel: its tunnel
 * @framing: how it is framed, once its headers are read
 * @nonblock: do not wait for the send buffer
 * @told: captures know of it already
 * @pi: PI header, zeroes without one
 * @vnet: virtio-net header as it is checked, zeroes where there is none
 * @datagram: what is written; its data once it is read
 * @buffer: where that is, if not in the ring
 */
struct looptun_write {
	struct looptun_queue *queue;
	struct looptun_tunnel *tunnel;
	struct looptun_framing framing;
	bool nonblock;
	bool told;
	struct tun_pi pi;
	union looptun_vnet_header vnet;
	struct looptun_datagram datagram;
	u8 *buffer;
};

/* Remember the queue of a flow, for what is injected in the other direction. */
static void looptun_write_learn(const struct looptun_write *write)
{
	const struct looptun_datagram *datagram = &write->datagram;
	struct looptun_tunnel *tunnel = write->tunnel;
	u32 hash;

	if (READ_ONCE(tunnel->numqueues) < 2 ||
	    rcu_access_pointer(tunnel->filter.steering) ||
	    READ_ONCE(write->queue->disabled))
		return;
	hash = looptun_frame_flow_hash(write->framing.tap, datagram->data,
				       datagram->len);
	looptun_flow_learn(tunnel->flows, hash, looptun_queue_index(write->queue),
			   ktime_get_coarse_ns());
}

/* The state of the tunnel, at the end; one deleted meanwhile is one that is down. */
static int looptun_write_check_tunnel(const struct looptun_write *write)
{
	if (!looptun_tunnel_is_up(write->tunnel) ||
	    looptun_queue_is_dead(write->queue))
		return -EIO;
	if (write->queue->napi && READ_ONCE(write->queue->disabled))
		return -EBUSY;
	return 0;
}

/* The kernel's helper looks at the datagram in a socket buffer of the tunnel's. */
static int looptun_write_check_vnet(const struct looptun_write *write)
{
	struct net_device *dev;

	if (!write->framing.vnet_hdr_sz || !looptun_vnet_has_meaning(&write->vnet.basic))
		return 0;
	dev = looptun_device_of(write->tunnel);
	if (!dev)
		return -ENOBUFS;
	return looptun_vnet_check_datagram(write->framing, &write->vnet, dev,
					   &write->datagram);
}

/* Read the datagram; check it in tun_get_user()'s order. */
static int looptun_write_receive(struct looptun_write *write,
				 struct iov_iter *from)
{
	struct looptun_datagram *datagram = &write->datagram;
	int ret;

	/* There is room where it goes, which copy_from_iter() would look up. */
	if (_copy_from_iter(datagram->data, datagram->len, from) != datagram->len)
		return -EFAULT;
	ret = looptun_frame_written_proto(write->framing, write->pi.proto,
					  datagram->data, datagram->len,
					  &datagram->proto);
	ret = ret ?: looptun_write_check_vnet(write) ?: looptun_write_check_tunnel(write);
	if (!ret && looptun_tunnel_has_queues(write->tunnel))
		looptun_write_learn(write);
	return ret;
}

/* Memory of its own, where there is no room or somebody looks before it goes in. */
static u8 *looptun_write_alloc(struct looptun_write *write)
{
	write->buffer = kvmalloc(write->datagram.len, LOOPTUN_DATAGRAM_GFP);
	return write->buffer;
}

static void looptun_write_free(struct looptun_write *write)
{
	kvfree(write->buffer);
	write->buffer = NULL;
	write->datagram.data = NULL;
}

/*
 * It is read, and is in memory of its own that rules may change. tun has no queue any
 * more where the device went.
 */
static int looptun_write_pass(struct looptun_write *write)
{
	enum looptun_outcome outcome;
	int error = 0;

	outcome = looptun_written_pass(write->queue, &write->datagram, &error);
	if (outcome == LOOPTUN_NO_MEMORY)
		return -ENOBUFS;
	write->told = true;
	looptun_write_free(write);
	if (outcome == LOOPTUN_REFUSED)
		return error;
	return outcome ? -EIO : 0;
}

/* Rules that have come while it waited or was read have a say in it as well. */
static int looptun_write_judge(struct looptun_write *write,
			       struct looptun_record *record)
{
	if (looptun_write_alloc(write))
		memcpy(write->buffer, write->datagram.data, write->datagram.len);
	write->datagram.data = write->buffer;
	looptun_written_discard(write->queue, record);
	return write->buffer ? looptun_write_pass(write) : -ENOBUFS;
}

/* A record where somebody looks on. */
static int looptun_write_show(struct looptun_write *write,
			      struct looptun_record *record)
{
	struct looptun_written written = {
		.queue = write->queue,
		.record = record,
	};

	if (looptun_fault_is_on(write->tunnel))
		return looptun_write_judge(write, record);
	if (!looptun_written_show(&written, &write->datagram))
		return 0;
	write->datagram.data = NULL;
	return -EIO;
}

/*
 * struct tun_pi alone: tun's socket buffer of no bytes is received by the
 * interface, and nobody on it sees anything.
 */
static int looptun_write_empty(struct looptun_write *write)
{
	write->told = true;
	looptun_written_count(write->tunnel, 0);
	looptun_tunnel_count(write->tunnel, LOOPTUN_TUNNEL_TX_EMPTY, 1);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_test(write->tunnel, EPOLLIN | EPOLLRDNORM);
	return 0;
}

/* Straight into the room that the ring has for it. */
static int looptun_write_to_ring(struct looptun_write *write,
				 struct looptun_record *record,
				 struct iov_iter *from)
{
	int ret;

	write->datagram.data = looptun_written_begin(write->queue, record,
						     &write->datagram);
	ret = looptun_write_receive(write, from);
	if (ret || !write->datagram.len) {
		looptun_written_discard(write->queue, record);
		write->datagram.data = NULL;
		return ret ?: looptun_write_empty(write);
	}
	record->proto = write->datagram.proto;
	if (unlikely(looptun_tunnel_hooks(write->tunnel)))
		return looptun_write_show(write, record);
	looptun_written_count(write->tunnel, write->datagram.len);
	looptun_sent_publish(write->queue, record);
	return 0;
}

/* By a detour. */
static int looptun_write_to_buffer(struct looptun_write *write,
				   struct iov_iter *from)
{
	int ret;

	if (!looptun_write_alloc(write))
		return -ENOBUFS;
	write->datagram.data = write->buffer;
	ret = looptun_write_receive(write, from);
	if (ret) {
		/* It may not have been read, and the captures are told anyway. */
		if (ret == -EFAULT)
			write->datagram.data = NULL;
		return ret;
	}
	return write->datagram.len ? looptun_write_pass(write) :
				     looptun_write_empty(write);
}

static bool looptun_write_has_wmem(const struct looptun_queue *queue)
{
	return READ_ONCE(queue->wmem) < READ_ONCE(queue->file->sndbuf);
}

/*
 * Wait until the send buffer takes a datagram. Mirrors sock_alloc_send_pskb(): one more
 * always fits as long as the buffer is not full, and who waits is woken when half of it
 * is free.
 */
static int looptun_write_wait(struct looptun_queue *queue, bool nonblock)
{
	if (looptun_write_has_wmem(queue))
		return 0;
	if (nonblock)
		return -EAGAIN;
	return wait_event_interruptible(queue->room,
					looptun_queue_is_dead(queue) ||
					looptun_write_has_wmem(queue)) ?:
	       looptun_queue_is_dead(queue) ? -EIO : 0;
}

/* One datagram, headers off. */
static int looptun_write_take(struct looptun_write *write,
			      struct iov_iter *from, bool watched)
{
	const struct looptun_datagram *datagram = &write->datagram;
	struct looptun_record *record = ERR_PTR(-EAGAIN);
	struct looptun_queue *queue = write->queue;
	struct looptun_ring *ring;
	int ret;

	if (queue->napi_frags)
		ret = looptun_write_check_frags(from, datagram->len);
	else
		ret = looptun_write_wait(queue, write->nonblock) ?:
		      looptun_frame_check_size(write->framing.tap,
					       __virtio16_to_cpu(write->framing.vnet_le,
								 write->vnet.basic.hdr_len),
					       datagram->len);
	if (ret)
		return ret;
	ring = looptun_queue_peek_tx(queue);
	if (unlikely(!ring))
		ring = looptun_queue_make_tx(queue);
	if (IS_ERR(ring))
		return -ENOBUFS;
	if (!watched)
		record = looptun_ring_reserve(ring, datagram->vnet_len + datagram->len);
	ret = IS_ERR(record) ? looptun_write_to_buffer(write, from) :
			       looptun_write_to_ring(write, record, from);
	/*
	 * tun's socket buffer is freed unless somebody holds it, and with it
	 * goes the word that there is room: even where the link is down.
	 */
	if (test_bit(0, &queue->file->nospace) && !queue->napi_frags &&
	    (ret || !READ_ONCE(write->tunnel->hold)))
		looptun_queue_wake_writers(queue, 1);
	return ret;
}

/* The headers; what the plan found wrong counts once they are read. */
static ssize_t looptun_write_get_headers(struct looptun_write *write,
					 struct iov_iter *from)
{
	struct looptun_frame_plan plan;
	size_t known;
	int ret;

	write->framing = looptun_tunnel_framing(write->tunnel);
	plan = looptun_frame_plan_write(write->framing, iov_iter_count(from));
	if (plan.pi_len && !copy_from_iter_full(&write->pi, plan.pi_len, from))
		return -EFAULT;
	write->datagram.len = plan.data_len;
	if (plan.vnet_len) {
		known = looptun_compat_vnet_known(write->framing.vnet_hdr_sz);
		if (!copy_from_iter_full(&write->vnet, known, from))
			return -EFAULT;
		write->datagram.vnet = write->vnet.basic;
		write->datagram.vnet_len = sizeof(write->vnet.basic);
		ret = looptun_vnet_check_header(write->framing,
						&write->vnet.basic,
						plan.data_len);
		if (ret)
			return ret;
		iov_iter_advance(from, plan.vnet_len - known);
	}
	return plan.ret;
}

/* What is refused once the headers are read is counted, and what they refuse is not. */
static ssize_t looptun_write_one(struct looptun_write *write,
				 struct iov_iter *from, bool watched)
{
	ssize_t total = looptun_write_get_headers(write, from);
	int ret;

	if (total < 0)
		return total;

	ret = looptun_write_take(write, from, watched);
	if (ret && ret != -EAGAIN)
		looptun_tunnel_count(write->tunnel,
				     LOOPTUN_TUNNEL_WRITE_ERRORS, 1);
	return ret ?: total;
}

/* For the captures alone, of a datagram that was refused for its length. */
static void looptun_write_read_refused(struct looptun_write *write,
				       struct iov_iter *from)
{
	size_t len = write->datagram.len;

	if (write->datagram.data || !len || len > write->tunnel->ring_size ||
	    iov_iter_count(from) != len)
		return;
	if (looptun_write_alloc(write) && copy_from_iter_full(write->buffer, len, from))
		write->datagram.data = write->buffer;
}

/* Captures are told, but of a write that is going to be tried again. */
static void looptun_write_refused(struct looptun_write *write,
				  struct iov_iter *from, int ret)
{
	if (!write->told && ret != -EAGAIN && ret != -EINTR &&
	    ret != -ERESTARTSYS && looptun_capture_on(write->tunnel)) {
		if (ret != -EFAULT)
			looptun_write_read_refused(write, from);
		looptun_capture_refused(write->tunnel, LOOPTUN_TX,
					looptun_queue_index(write->queue),
					&write->datagram, ret);
	}
	looptun_write_free(write);
}

/**
 * looptun_write_iter - the program writes one datagram
 * @iocb: the call on an open device
 * @from: headers and datagram
 *
 * Mirrors tun_chr_write_iter().
 *
 * Context: process; may sleep.
 * Return: all of the length, or an errno as tun has it.
 */
ssize_t looptun_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct looptun_write write = {
		.queue = looptun_queue_get_of(iocb->ki_filp->private_data),
		.nonblock = looptun_file_nonblock(iocb),
	};
	bool watched;
	ssize_t ret;

	if (!write.queue)
		return -EBADFD;
	write.tunnel = write.queue->tunnel;
	/* Who comes later has a look when it is complete: looptun_write_show(). */
	watched = looptun_tunnel_hooks(write.tunnel) & ~BIT(LOOPTUN_HOOK_LOOPBACK);
	ret = 0;
	if (watched)
		ret = looptun_fault_op(write.queue, LOOPTUN_FAULT_WRITE, iov_iter_count(from));
	ret = ret ?: looptun_write_one(&write, from, watched);
	if (unlikely(ret < 0))
		looptun_write_refused(&write, from, ret);
	trace_write(write.tunnel, write.queue, write.datagram.len, ret);
	looptun_queue_put(write.queue);
	return ret;
}
