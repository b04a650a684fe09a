/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Towards the program: what a test injects, what is looped and what was delayed.
 * Serves every interface to the test alike; knows nothing of files in debugfs.
 */
#ifndef LOOPTUN_INJECT_H
#define LOOPTUN_INJECT_H

#include <linux/poll.h>
#include <linux/types.h>

#include "datagram.h"

struct iov_iter;
struct looptun_slot;

/* What an injector hands over. */
enum looptun_inject_kind {
	LOOPTUN_INJECT_DATAGRAM, /* an IP datagram; TAP: make its Ethernet header */
	LOOPTUN_INJECT_FRAME,	/* what goes over the wire, as it is */
	LOOPTUN_INJECT_VNET,	/* the same behind a virtio-net header */
	LOOPTUN_INJECT_KNOWN,	/* a frame in a struct looptun_datagram */
};

ssize_t looptun_inject(const struct looptun_slot *slot, struct iov_iter *from,
		       enum looptun_inject_kind kind, const char *file,
		       bool nonblock);
enum looptun_outcome looptun_inject_pass(const struct looptun_slot *slot,
					 const struct looptun_datagram *datagram);
__poll_t looptun_inject_poll(const struct looptun_slot *slot,
			     struct file *filp, poll_table *wait);

#endif
