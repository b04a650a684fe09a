/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far end of a tunnel: what a test injects and what it gets back. Serves
 * every interface to the test alike; knows nothing of files in debugfs.
 */
#ifndef LOOPTUN_FAR_H
#define LOOPTUN_FAR_H

#include <linux/bits.h>
#include <linux/poll.h>
#include <linux/types.h>

struct iov_iter;
struct looptun_datagram;
struct looptun_slot;

/* What an injector hands over. */
enum looptun_far_kind {
	LOOPTUN_FAR_DATAGRAM,	/* an IP datagram; TAP: make its Ethernet header */
	LOOPTUN_FAR_FRAME,	/* what goes over the wire, as it is */
	LOOPTUN_FAR_VNET,	/* the same behind a virtio-net header */
	LOOPTUN_FAR_KNOWN,	/* a frame in a struct looptun_datagram */
};

/* What looptun_far_pass() returns where a rule refuses it, with whatever errno. */
#define LOOPTUN_FAR_REFUSED	1

#define LOOPTUN_FAR_NONBLOCK	BIT(0)	/* do not wait for room, or a datagram */
#define LOOPTUN_FAR_NO_RULES	BIT(1)	/* the rules have had their say */
#define LOOPTUN_FAR_WITH_VNET	BIT(2)	/* read the virtio-net header too */

ssize_t looptun_far_inject(const struct looptun_slot *slot,
			   struct iov_iter *from, enum looptun_far_kind kind,
			   unsigned int flags);
int looptun_far_pass(const struct looptun_slot *slot,
		     const struct looptun_datagram *datagram,
		     unsigned int flags);
__poll_t looptun_far_poll_inject(const struct looptun_slot *slot,
				 struct file *filp, poll_table *wait);
ssize_t looptun_far_sent(const struct looptun_slot *slot, struct iov_iter *to,
			 unsigned int flags);
__poll_t looptun_far_poll_sent(const struct looptun_slot *slot,
			       struct file *filp, poll_table *wait);

#endif
