/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A datagram in kernel memory on its way through a tunnel, and why it may not
 * arrive.
 */
#ifndef LOOPTUN_DATAGRAM_H
#define LOOPTUN_DATAGRAM_H

#include <linux/types.h>
#include <linux/virtio_net.h>

/* Who has no room for one in the memory cgroup gets an errno; nobody is killed for it. */
#define LOOPTUN_DATAGRAM_GFP (GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

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

/**
 * enum looptun_outcome - what became of a datagram at a stage of its way
 * @LOOPTUN_DONE: it went on; or was dropped and counted, and who sent it is not told
 * @LOOPTUN_NO_ROOM: there is no room now
 * @LOOPTUN_TOO_LONG: there never is
 * @LOOPTUN_MALFORMED: it is no datagram of its kind
 * @LOOPTUN_BAD_ADDRESS: the caller's memory cannot be read
 * @LOOPTUN_NO_MEMORY: there is no memory for it
 * @LOOPTUN_INTERRUPTED: a signal came while it waited
 * @LOOPTUN_DOWN: the link is down
 * @LOOPTUN_GONE: the tunnel or the queue went
 * @LOOPTUN_REFUSED: a rule refuses it, with an errno of its own
 * @LOOPTUN_NO_HOST: looped: it is from or to no single host
 * @LOOPTUN_NO_ANSWER: looped: there is no answer to it
 * @LOOPTUN_NO_OFFLOAD: looped: its reader would have to segment it
 *
 * It becomes an errno where a call ends, and nowhere before: a rule may have any.
 */
enum looptun_outcome {
	LOOPTUN_DONE,
	LOOPTUN_NO_ROOM,
	LOOPTUN_TOO_LONG,
	LOOPTUN_MALFORMED,
	LOOPTUN_BAD_ADDRESS,
	LOOPTUN_NO_MEMORY,
	LOOPTUN_INTERRUPTED,
	LOOPTUN_DOWN,
	LOOPTUN_GONE,
	LOOPTUN_REFUSED,
	LOOPTUN_NO_HOST,
	LOOPTUN_NO_ANSWER,
	LOOPTUN_NO_OFFLOAD,
};

struct looptun_queue;
struct looptun_record;

/**
 * struct looptun_written - a record of what a program wrote, not committed yet
 * @queue: the queue that it was written on
 * @record: in its tx ring, complete and accounted for; NULL once it is committed by
 *	looptun_inject_pass()
 */
struct looptun_written {
	struct looptun_queue *queue;
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
 * @written: the record that it was made of, or NULL: looptun_inject_pass() commits
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

/* The words for reasons, by enum looptun_drop. */
extern const char *const looptun_drop_texts[];

#endif
