/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A datagram in kernel memory on its way through a tunnel, and why it may not
 * arrive.
 */
#ifndef LOOPTUN_DATAGRAM_H
#define LOOPTUN_DATAGRAM_H

#include <linux/types.h>
#include <linux/virtio_net.h>

/* Which way a datagram goes, as the program sees it. */
enum looptun_direction {
	LOOPTUN_RX,		/* the program reads it */
	LOOPTUN_TX,		/* the program wrote it */
};

/* Why a datagram does not arrive though nobody was given an error. */
enum looptun_drop {
	LOOPTUN_DROP_TXQUEUELEN,	/* the limited queue is full */
	LOOPTUN_DROP_NOBODY,		/* limited queues, and no program */
	LOOPTUN_DROP_FILTER,		/* a filter of the program */
	LOOPTUN_DROP_SENT_FULL,		/* no room to keep it for sent */
	LOOPTUN_DROP_RULE,		/* a rule says so */
	LOOPTUN_DROP_HELD_FULL,		/* too much is delayed already */
	LOOPTUN_DROP_LINK,		/* the link is down when it comes due */
	LOOPTUN_DROP_CARRIER,		/* there is no carrier */
	/* The loopback does not pass it on: */
	LOOPTUN_DROP_LOOPBACK_NO_ROOM,	/* nowhere to */
	LOOPTUN_DROP_LOOPBACK_MALFORMED,	/* its headers do not add up */
	LOOPTUN_DROP_LOOPBACK_ADDRESS,	/* it is from or to no single host */
	LOOPTUN_DROP_LOOPBACK_PROTOCOL,	/* there is no answer to it */
	LOOPTUN_DROP_LOOPBACK_OFFLOAD,	/* the reader would have to segment it */
	LOOPTUN_DROP_LOOPBACK_RULE,	/* a rule of the reader refuses it */
};

struct looptun_file;
struct looptun_record;
struct looptun_tunnel;

/**
 * struct looptun_written - a record of what a program wrote, not committed yet
 * @tunnel: the tunnel
 * @file: who wrote it
 * @record: in its tx ring, complete and accounted for; NULL once it is committed
 */
struct looptun_written {
	struct looptun_tunnel *tunnel;
	struct looptun_file *file;
	struct looptun_record *record;
};

/**
 * struct looptun_datagram - a datagram in kernel memory
 * @data: the frame, without headers of the descriptor
 * @len: bytes of it
 * @proto: its EtherType, as the descriptor shows it in the PI header
 * @vnet_len: bytes of @vnet that come with it: all or none
 * @counted: from the program: its write has been counted
 * @vnet: virtio-net header, in the byte order of the tunnel
 * @comment: for captures, what rules have done to it, or NULL
 * @written: the record that it was made of, or NULL: looptun_far_pass() commits
 *	it once it does not need it any more, unless nothing came of the datagram
 */
struct looptun_datagram {
	u8 *data;
	size_t len;
	__be16 proto;
	u8 vnet_len;
	bool counted;
	struct virtio_net_hdr vnet;
	const char *comment;
	struct looptun_written *written;
};

const char *looptun_drop_text(enum looptun_drop reason);

#endif
