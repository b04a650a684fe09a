/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules at work: those of a tunnel, then those of the top-level file. While
 * there are none, read(2) and write(2) pay one look at the hooks of the tunnel.
 */
#ifndef LOOPTUN_FAULT_RUN_H
#define LOOPTUN_FAULT_RUN_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "datagram.h"
#include "queue.h"
#include "tunnel.h"

struct seq_file;

/* Room for the rules that have fired, for captures; more are left out. */
#define LOOPTUN_FAULT_COMMENT_MAX	256

/**
 * struct looptun_fault_verdict - what the rules say of a datagram
 * @said: the datagram that they were asked about, and what becomes of it
 * @reason: why it is lost, if it is
 * @held: it goes later
 * @clears: the tunnel's, when the first that hold it were asked
 * @comment: the rules, if somebody captures; or empty
 */
struct looptun_fault_verdict {
	struct looptun_fault_datagram said;
	enum looptun_drop reason;
	bool held;
	int clears;
	char comment[LOOPTUN_FAULT_COMMENT_MAX];
};

/* The files, fault_file.c. */
void looptun_fault_file_init(struct looptun_tunnel *tunnel);
void looptun_fault_file_end_locked(struct looptun_tunnel *tunnel);
void looptun_fault_file_exit(void);
int looptun_fault_file_store(struct looptun_tunnel *tunnel,
			     const char __user *buffer, size_t count);
void looptun_fault_file_print_locked(struct seq_file *m, struct looptun_tunnel *tunnel);

/* Who asks, fault_run.c. */
int looptun_fault_run_call(struct looptun_tunnel *tunnel,
			   const struct looptun_fault_call *call);
__poll_t looptun_fault_run_poll(const struct looptun_queue *queue,
				__poll_t mask);
enum looptun_outcome looptun_fault_judge(struct looptun_tunnel *tunnel,
					 enum looptun_direction direction,
					 u64 queue,
					 const struct looptun_datagram *datagram,
					 struct looptun_fault_verdict *verdict);

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
	return looptun_fault_run_call(NULL, &(struct looptun_fault_call) {
		.site = site,
		.queue = LOOPTUN_FAULT_NO_QUEUE,
	});
}

#endif
