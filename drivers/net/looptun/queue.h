/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of a tunnel: which file is which, in and out of use.
 */
#ifndef LOOPTUN_QUEUE_H
#define LOOPTUN_QUEUE_H

#include <linux/types.h>

#include "file.h"

struct looptun_filter_refit;
struct looptun_ring;
struct looptun_slot;
struct looptun_tunnel;

/* Grows with each file that comes or goes, and those who wait for that. */
extern unsigned int looptun_queue_changes;
extern wait_queue_head_t looptun_queue_changed;

void looptun_queue_note_change_locked(void);
int looptun_queue_attach_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file, unsigned int flags,
				struct looptun_filter_refit *refit);
void looptun_queue_leave_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file);
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
struct looptun_file *looptun_queue_get_file(const struct looptun_slot *slot);
bool looptun_queue_is_enabled(const struct looptun_file *file,
			      const struct looptun_tunnel *tunnel);

#endif
