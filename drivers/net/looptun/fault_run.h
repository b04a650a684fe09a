/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules at work: those of a tunnel, then those of the top-level file. While
 * there are none, a call pays one look at the hooks of its tunnel, or at
 * looptun_fault_run_top if it has none.
 */
#ifndef LOOPTUN_FAULT_RUN_H
#define LOOPTUN_FAULT_RUN_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "fault_set.h"
#include "queue.h"
#include "tunnel.h"

struct seq_file;

/* The rules of the top-level file. */
extern struct looptun_fault_set looptun_fault_run_top;

/* How many files have rules. */
extern atomic_t looptun_fault_run_sets;

void looptun_fault_run_init(struct looptun_tunnel *tunnel);
void looptun_fault_run_end_locked(struct looptun_tunnel *tunnel);
void looptun_fault_run_exit(void);

int looptun_fault_run_store(struct looptun_tunnel *tunnel,
			    const char __user *buffer, size_t count);
int looptun_fault_run_show(struct seq_file *m, struct looptun_tunnel *tunnel);

int looptun_fault_run_call(struct looptun_tunnel *tunnel,
			   const struct looptun_fault_call *call);
__poll_t looptun_fault_run_poll(const struct looptun_queue *queue,
				__poll_t mask);

void looptun_fault_run_count(struct looptun_tunnel *tunnel,
			     unsigned int action, unsigned int n);
void looptun_fault_run_trace_fired(const struct looptun_tunnel *tunnel,
				   const struct looptun_fault_rules *rules);

static inline bool looptun_fault_is_on(const struct looptun_tunnel *tunnel)
{
	return looptun_tunnel_hooks(tunnel) & BIT(LOOPTUN_HOOK_FAULTS);
}

/* The number that queue= is compared with. */
static inline u64 looptun_fault_queue(const struct looptun_queue *queue)
{
	return READ_ONCE(queue->disabled) ? LOOPTUN_FAULT_NO_QUEUE :
	       looptun_queue_index(queue);
}

/**
 * looptun_fault_op - does a rule fail a call on a file that is attached?
 * @queue: the queue that it is
 * @site: LOOPTUN_FAULT_READ or _WRITE
 * @len: bytes asked for
 *
 * Return: 0 or minus the errno.
 */
static inline int looptun_fault_op(const struct looptun_queue *queue,
				   enum looptun_fault_site site, size_t len)
{
	if (likely(!looptun_fault_is_on(queue->tunnel)))
		return 0;
	return looptun_fault_run_call(queue->tunnel, &(struct looptun_fault_call) {
		.site = site,
		.queue = looptun_fault_queue(queue),
		.len = len,
	});
}

/**
 * looptun_fault_top - does a rule of the top-level file fail a call?
 * @site: LOOPTUN_FAULT_OPEN or _ATTACH
 *
 * Return: 0 or minus the errno.
 */
static inline int looptun_fault_top(enum looptun_fault_site site)
{
	if (likely(!READ_ONCE(looptun_fault_run_top.sites)))
		return 0;
	return looptun_fault_run_call(NULL, &(struct looptun_fault_call) {
		.site = site,
		.queue = LOOPTUN_FAULT_NO_QUEUE,
	});
}

#endif
