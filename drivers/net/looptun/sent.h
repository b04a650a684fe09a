/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program wrote and `sent` is to have.
 */
#ifndef LOOPTUN_SENT_H
#define LOOPTUN_SENT_H

#include "datagram.h"
#include "file.h"
#include "ring.h"
#include "tunnel.h"

/**
 * looptun_sent_publish - let the far end have a datagram that is accounted for
 * @tunnel: the tunnel
 * @file: who wrote it
 * @record: the datagram
 */
static inline void looptun_sent_publish(struct looptun_tunnel *tunnel,
					struct looptun_file *file,
					struct looptun_record *record)
{
	int charged = 0;

	if (READ_ONCE(tunnel->hold))
		charged = looptun_file_charge(file, record);
	if (!looptun_ring_commit(file->tx, record))
		looptun_file_uncharge(file, charged);
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
}

/**
 * looptun_sent_commit - the same, of what is being looped
 * @written: the datagram
 */
static inline void looptun_sent_commit(struct looptun_written *written)
{
	looptun_sent_publish(written->tunnel, written->file, written->record);
	written->record = NULL;
}

#endif
