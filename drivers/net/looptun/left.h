/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What queues that are gone had written and nobody has read yet: a list of its
 * tunnel's, the oldest first. An entry is as large as its datagram; together they
 * are no more than one ring has room for, however often programs come and go.
 */
#ifndef LOOPTUN_LEFT_H
#define LOOPTUN_LEFT_H

#include <linux/list.h>
#include <linux/types.h>

#include "ring.h"
#include "tunnel.h"

struct looptun_datagram;

/**
 * struct looptun_left - a datagram that was left behind
 * @node: in the tunnel's list
 * @size: bytes of it, with this
 * @record: the datagram, as in a ring
 */
struct looptun_left {
	struct list_head node;
	size_t size;
	struct looptun_record record;
};

void looptun_left_collect_locked(struct looptun_queue *queue);
void looptun_left_collect(struct looptun_queue *queue);
void looptun_left_add(struct looptun_tunnel *tunnel,
		      const struct looptun_datagram *datagram);

/* The oldest, or NULL. */
static inline struct looptun_left *
looptun_left_first_locked(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&tunnel->sent_lock);

	return list_first_entry_or_null(&tunnel->left, struct looptun_left,
					node);
}

static inline void looptun_left_remove_locked(struct looptun_tunnel *tunnel,
					      struct looptun_left *left)
{
	lockdep_assert_held(&tunnel->sent_lock);

	list_del(&left->node);
	tunnel->left_bytes -= left->size;
	WRITE_ONCE(tunnel->left_count, tunnel->left_count - 1);
}

#endif
