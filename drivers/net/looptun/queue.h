/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of a tunnel: which file is which, in and out of use.
 */
#ifndef LOOPTUN_QUEUE_H
#define LOOPTUN_QUEUE_H

#include <linux/types.h>

#include "file.h"
#include "tunnel.h"

struct looptun_filter_refit;

/* Grows with each file that comes or goes, and those who wait for that. */
extern unsigned int looptun_queue_changes;
extern wait_queue_head_t looptun_queue_changed;

void looptun_queue_note_change_locked(void);
int looptun_queue_attach_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file, unsigned int flags,
				struct looptun_filter_refit *refit);
void looptun_queue_leave_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file);
bool looptun_queue_make_kept_locked(struct looptun_tunnel *tunnel);
void looptun_queue_keep(struct looptun_tunnel *tunnel,
			struct looptun_file *file, bool closing);
void looptun_queue_delete_all_locked(struct looptun_tunnel *tunnel);
int looptun_queue_set(struct looptun_file *file, unsigned int flags);

struct looptun_file *
looptun_queue_file_locked(const struct looptun_tunnel *tunnel,
			  unsigned int index);
void looptun_queue_visit_locked(struct looptun_tunnel *tunnel,
				void (*visit)(struct looptun_file *file,
					      void *data),
				void *data);
u64 looptun_queue_count_locked(const struct looptun_tunnel *tunnel,
			       enum looptun_file_counter counter);
u64 looptun_queue_count(const struct looptun_tunnel *tunnel,
			enum looptun_file_counter counter);

/**
 * looptun_queue_get_file - get the file that is a queue
 * @slot: the queue
 *
 * Return: the file, referenced, or NULL if there is none now.
 */
static inline struct looptun_file *
looptun_queue_get_file(const struct looptun_slot *slot)
{
	struct looptun_file *file;

	rcu_read_lock();
	file = rcu_dereference(slot->file);
	if (file && !looptun_file_get_live(file))
		file = NULL;
	rcu_read_unlock();
	return file;
}

/**
 * looptun_queue_is_enabled - is a file an enabled queue of this tunnel?
 * @file: the file
 * @tunnel: a tunnel that the caller holds
 */
static inline bool looptun_queue_is_enabled(const struct looptun_file *file,
					    const struct looptun_tunnel *tunnel)
{
	return looptun_file_is_of(file, tunnel) && !READ_ONCE(file->disabled);
}

#endif
