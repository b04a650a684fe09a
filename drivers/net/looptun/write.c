// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the program writes, from its memory into the ring. Copies and checks
 * alternate in the order of tun_get_user(), since the first that fails tells.
 */
#include <linux/err.h>
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/virtio_net.h>

#include "chardev.h"
#include "file.h"
#include "frame.h"
#include "ring.h"
#include "tunnel.h"
#include "vnet.h"

/*
 * Read a datagram that has no room in the ring as far as its checks need it:
 * every byte, for -EFAULT, and the first ones, for its type.
 */
static bool looptun_write_skim(struct iov_iter *from, size_t len, u8 *head)
{
	size_t n = min_t(size_t, len, ETH_HLEN);
	u8 chunk[256];

	if (!copy_from_iter_full(head, n, from))
		return false;
	for (len -= n; len; len -= n) {
		n = min(len, sizeof(chunk));
		if (!copy_from_iter_full(chunk, n, from))
			return false;
	}
	return true;
}

/*
 * With IFF_NAPI_FRAGS every piece of a gathered write is to be a fragment of a
 * socket buffer, as in tun_napi_alloc_frags().
 */
static int looptun_write_check_frags(const struct iov_iter *from, size_t len)
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
 * @file: the file
 * @tunnel: its tunnel, referenced
 * @framing: how it is framed
 * @nonblock: do not wait for the send buffer
 * @pi: PI header, zeroes without one
 * @vnet: virtio-net header, zeroes without one
 * @len: bytes of datagram
 * @buffer: where it goes if the ring has no room but its checks need all of it
 */
struct looptun_write {
	struct looptun_file *file;
	struct looptun_tunnel *tunnel;
	struct looptun_framing framing;
	bool nonblock;
	struct tun_pi pi;
	struct virtio_net_hdr vnet;
	size_t len;
	u8 *buffer;
};

static bool looptun_write_has_vnet(const struct looptun_write *write)
{
	return write->framing.vnet_hdr_sz &&
	       looptun_vnet_has_meaning(&write->vnet);
}

/* Copy the datagram to @data if there is room, or else as little as will do. */
static bool looptun_write_get_data(struct looptun_write *write,
				   struct iov_iter *from, u8 *data, u8 *head)
{
	if (data)
		return copy_from_iter_full(data, write->len, from);
	return looptun_write_skim(from, write->len, head);
}

/* Remember the queue of a flow, for what is injected in the other direction. */
static void looptun_write_learn(const struct looptun_write *write,
				const u8 *data)
{
	struct looptun_tunnel *tunnel = write->tunnel;
	u32 hash;

	if (READ_ONCE(tunnel->numqueues) < 2 ||
	    rcu_access_pointer(tunnel->filter.steering) ||
	    READ_ONCE(write->file->disabled))
		return;
	hash = looptun_frame_flow_hash(write->framing.tap, data, write->len);
	WRITE_ONCE(tunnel->flows[hash % LOOPTUN_TUNNEL_FLOWS],
		   READ_ONCE(write->file->ifindex) + 1);
}

/* The state of the tunnel, at the end; one deleted meanwhile is one that is down. */
static int looptun_write_check_tunnel(const struct looptun_write *write)
{
	if (!looptun_tunnel_is_up(write->tunnel) ||
	    !looptun_file_is_of(write->file, write->tunnel))
		return -EIO;
	if (write->file->napi && READ_ONCE(write->file->disabled))
		return -EBUSY;
	return 0;
}

/* Get the datagram into @record, or nowhere; check it in tun_get_user()'s order. */
static int looptun_write_receive(struct looptun_write *write,
				 struct looptun_record *record,
				 struct iov_iter *from)
{
	u8 *data = record ? record->data : write->buffer;
	u8 head[ETH_HLEN];
	__be16 proto;
	int ret;

	if (!looptun_write_get_data(write, from, data, head))
		return -EFAULT;
	if (looptun_write_has_vnet(write)) {
		ret = looptun_vnet_check_datagram(write->framing, &write->vnet,
						  data, write->len);
		if (ret)
			return ret;
	}
	ret = looptun_frame_written_proto(write->framing, write->pi.proto,
					  data ?: head, write->len, &proto) ?:
	      looptun_write_check_tunnel(write);
	if (ret)
		return ret;
	if (data && looptun_tunnel_has_queues(write->tunnel))
		looptun_write_learn(write, data);
	if (record)
		record->proto = proto;
	return 0;
}

/* A datagram that the ring takes. */
static int looptun_write_send(struct looptun_write *write,
			      struct looptun_ring *ring,
			      struct looptun_record *record,
			      struct iov_iter *from)
{
	struct looptun_tunnel *tunnel = write->tunnel;
	bool published = true;
	int ret, charged = 0;

	if (looptun_tunnel_has_queues(tunnel))
		record->stamp = atomic64_inc_return(&tunnel->stamp);
	ret = looptun_write_receive(write, record, from);
	if (ret) {
		published = looptun_ring_discard(ring, record);
	} else {
		if (READ_ONCE(tunnel->hold))
			charged = looptun_file_charge(write->file, record);
		if (!looptun_ring_commit(ring, record))
			looptun_file_uncharge(write->file, charged);
	}
	if (published)
		looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
	return ret;
}

/* A datagram that the ring has no room for: checked all the same, and dropped. */
static int looptun_write_lose(struct looptun_write *write,
			      struct iov_iter *from)
{
	int ret;

	if (looptun_write_has_vnet(write)) {
		write->buffer = kvmalloc(write->len, GFP_KERNEL_ACCOUNT);
		if (!write->buffer)
			return -ENOBUFS;
	}
	ret = looptun_write_receive(write, NULL, from);
	if (!ret)
		looptun_file_count(write->file, LOOPTUN_FILE_SENT_DROPPED, 1);
	kvfree(write->buffer);
	return ret;
}

/* One datagram, headers off, into the ring if it has room. */
static int looptun_write_take(struct looptun_write *write,
			      struct iov_iter *from)
{
	struct looptun_file *file = write->file;
	struct looptun_record *record;
	struct looptun_ring *ring;
	int ret;

	if (file->napi_frags)
		ret = looptun_write_check_frags(from, write->len);
	else
		ret = looptun_file_wait_for_wmem(file, write->nonblock) ?:
		      looptun_frame_check_size(write->framing.tap,
					       looptun_vnet_hdr_len(write->framing,
								    &write->vnet),
					       write->len);
	if (ret)
		return ret;
	ring = looptun_file_ring(file, &file->tx);
	if (IS_ERR(ring))
		return -ENOBUFS;
	record = looptun_ring_reserve(ring, write->len);
	if (IS_ERR(record))
		return looptun_write_lose(write, from);
	return looptun_write_send(write, ring, record, from);
}

/* The headers; what the plan found wrong counts once they are read. */
static ssize_t looptun_write_get_headers(struct looptun_write *write,
					 struct iov_iter *from)
{
	struct looptun_write_plan plan;
	int ret;

	plan = looptun_frame_plan_write(write->framing, iov_iter_count(from));
	if (!copy_from_iter_full(&write->pi, plan.pi_len, from))
		return -EFAULT;
	write->len = plan.data_len;
	if (plan.vnet_len) {
		if (!copy_from_iter_full(&write->vnet, sizeof(write->vnet),
					 from))
			return -EFAULT;
		ret = looptun_vnet_check_header(write->framing, &write->vnet,
						write->len);
		if (ret)
			return ret;
		iov_iter_advance(from, plan.vnet_len - sizeof(write->vnet));
	}
	return plan.ret;
}

/* What tun counts as dropped is counted, what it refuses earlier is not. */
static ssize_t looptun_write_one(struct looptun_write *write,
				 struct iov_iter *from)
{
	ssize_t total = looptun_write_get_headers(write, from);
	int ret;

	if (total < 0)
		return total;

	ret = looptun_write_take(write, from);
	if (ret) {
		if (ret != -EAGAIN)
			looptun_file_count(write->file,
					   LOOPTUN_FILE_WRITE_ERRORS, 1);
		return ret;
	}
	looptun_file_count(write->file, LOOPTUN_FILE_WRITTEN_DATAGRAMS, 1);
	looptun_file_count(write->file, LOOPTUN_FILE_WRITTEN_BYTES, write->len);
	return total;
}

/**
 * looptun_write_iter - write(2) and its kin: one datagram
 * @iocb: the call
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
		.file = iocb->ki_filp->private_data,
		.nonblock = looptun_chardev_nonblock(iocb),
	};
	ssize_t ret;

	write.tunnel = looptun_tunnel_get_of(write.file);
	if (!write.tunnel)
		return -EBADFD;
	write.framing = looptun_tunnel_framing(write.tunnel);
	ret = looptun_write_one(&write, from);
	looptun_tunnel_put(write.tunnel);
	return ret;
}
