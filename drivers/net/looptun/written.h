/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a datagram that the program has written: rules, captures, the
 * ring, and whoever it is looped to.
 */
#ifndef LOOPTUN_WRITTEN_H
#define LOOPTUN_WRITTEN_H

#include <linux/atomic.h>
#include <linux/string.h>
#include <linux/types.h>

#include "datagram.h"
#include "queue.h"
#include "ring.h"
#include "tunnel.h"

enum looptun_outcome looptun_written_pass(struct looptun_queue *queue,
					  const struct looptun_datagram *datagram,
					  int *error);
enum looptun_outcome looptun_written_show(struct looptun_written *written,
					  struct looptun_datagram *datagram);

/**
 * looptun_written_begin - make a record ready for a datagram
 * @queue: the queue
 * @record: reserved in its tx ring for the datagram and its header
 * @datagram: the datagram; its data is not looked at
 *
 * Return: where its data belongs.
 */
static inline u8 *
looptun_written_begin(struct looptun_queue *queue,
		      struct looptun_record *record,
		      const struct looptun_datagram *datagram)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	if (looptun_tunnel_has_queues(tunnel))
		record->stamp = atomic64_inc_return(&tunnel->stamp);
	if (datagram->vnet_len) {
		record->vnet_len = datagram->vnet_len;
		memcpy(record->data, &datagram->vnet, sizeof(datagram->vnet));
	}
	return record->data + datagram->vnet_len;
}

/**
 * looptun_written_discard - a datagram is not to be, after all
 * @queue: the queue
 * @record: from looptun_written_begin()
 *
 * Context: process.
 */
static inline void looptun_written_discard(struct looptun_queue *queue,
					   struct looptun_record *record)
{
	if (looptun_ring_discard(queue->tx, record))
		looptun_tunnel_wake_test(queue->tunnel, EPOLLIN | EPOLLRDNORM);
}

/**
 * looptun_written_count - count a write of the program
 * @tunnel: the tunnel
 * @len: bytes of datagram
 *
 * To be done before anybody else can see the datagram.
 */
static inline void looptun_written_count(struct looptun_tunnel *tunnel,
					 size_t len)
{
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_WRITTEN_DATAGRAMS, 1);
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_WRITTEN_BYTES, len);
}

#endif
