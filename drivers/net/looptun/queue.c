// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: files attached to a tunnel, numbered without gaps, and disabled ones
 * that have no number. All changes under looptun_tunnel_lock; the data path
 * and the far side look under RCU.
 */
#include <linux/err.h>
#include <linux/if_tun.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "delay.h"
#include "file.h"
#include "filter.h"
#include "queue.h"
#include "ring.h"
#include "trace.h"
#include "tunnel.h"

unsigned int looptun_queue_changes;
DECLARE_WAIT_QUEUE_HEAD(looptun_queue_changed);

/**
 * looptun_queue_note_change_locked - a file has come or gone
 */
void looptun_queue_note_change_locked(void)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	WRITE_ONCE(looptun_queue_changes, looptun_queue_changes + 1);
	wake_up_interruptible_all(&looptun_queue_changed);
}

/**
 * looptun_queue_file_locked - the file that is a queue
 * @tunnel: the tunnel
 * @index: number of the queue, below numqueues
 */
struct looptun_file *
looptun_queue_file_locked(const struct looptun_tunnel *tunnel,
			  unsigned int index)
{
	return rcu_dereference_protected(tunnel->slots[index].file,
				lockdep_is_held(&looptun_tunnel_lock));
}

/**
 * looptun_queue_visit_locked - visit every file of a tunnel
 * @tunnel: the tunnel
 * @visit: called for each, enabled queues in order first
 * @data: handed to @visit
 */
void looptun_queue_visit_locked(struct looptun_tunnel *tunnel,
				void (*visit)(struct looptun_file *file,
					      void *data),
				void *data)
{
	struct looptun_file *file;
	unsigned int i;

	lockdep_assert_held(&looptun_tunnel_lock);

	for (i = 0; i < tunnel->numqueues; i++)
		visit(looptun_queue_file_locked(tunnel, i), data);
	list_for_each_entry(file, &tunnel->disabled, node)
		visit(file, data);
}

/**
 * looptun_queue_count - about what a tunnel's files have counted
 * @tunnel: a tunnel that the caller holds
 * @counter: which
 *
 * Takes no lock: for sleepers, who look again with one. It may miss what a file
 * has counted that is just leaving; a wake-up follows.
 */
u64 looptun_queue_count(const struct looptun_tunnel *tunnel,
			enum looptun_file_counter counter)
{
	u64 count = READ_ONCE(tunnel->file_counters[counter]);
	struct looptun_file *file;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < READ_ONCE(tunnel->numqueues); i++) {
		file = rcu_dereference(tunnel->slots[i].file);
		if (file)
			count += atomic64_read(&file->counters[counter]);
	}
	list_for_each_entry_rcu(file, &tunnel->disabled, node)
		count += atomic64_read(&file->counters[counter]);
	rcu_read_unlock();
	return count;
}

/**
 * looptun_queue_count_locked - what a tunnel's files have counted
 * @tunnel: the tunnel
 * @counter: which
 *
 * Those that have left are in it.
 */
u64 looptun_queue_count_locked(const struct looptun_tunnel *tunnel,
			       enum looptun_file_counter counter)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	return looptun_queue_count(tunnel, counter);
}

/* Give a file the next number. */
static void looptun_queue_enable_locked(struct looptun_tunnel *tunnel,
					struct looptun_file *file)
{
	unsigned int index = tunnel->numqueues;

	lockdep_assert_held(&looptun_tunnel_lock);

	WRITE_ONCE(file->ifindex, index);
	rcu_assign_pointer(tunnel->slots[index].file, file);
	WRITE_ONCE(tunnel->numqueues, index + 1);
	if (looptun_tunnel_has_queues(tunnel))
		looptun_tunnel_observer->queue_added(tunnel, index);
	looptun_filter_update_locked(tunnel);
	trace_attach(tunnel, index);
	looptun_queue_note_change_locked();
	/* Injectors may have been waiting for a program to come. */
	looptun_tunnel_wake_far(tunnel, EPOLLOUT | EPOLLWRNORM);
}

/* Take a file's number away: the last queue gets it. */
static void looptun_queue_remove_locked(struct looptun_tunnel *tunnel,
					struct looptun_file *file)
{
	unsigned int last = tunnel->numqueues - 1, index = file->ifindex;
	struct looptun_file *moved = looptun_queue_file_locked(tunnel, last);

	lockdep_assert_held(&looptun_tunnel_lock);

	rcu_assign_pointer(tunnel->slots[index].file, moved);
	WRITE_ONCE(moved->ifindex, index);
	RCU_INIT_POINTER(tunnel->slots[last].file, NULL);
	WRITE_ONCE(tunnel->numqueues, last);
	if (looptun_tunnel_has_queues(tunnel))
		looptun_tunnel_observer->queue_removed(tunnel, last);
	looptun_filter_update_locked(tunnel);
}

/* A file that was not attached joins. */
static void looptun_queue_join_locked(struct looptun_tunnel *tunnel,
				      struct looptun_file *file,
				      unsigned int flags)
{
	file->napi = flags & IFF_NAPI;
	file->napi_frags = flags & IFF_NAPI_FRAGS;
	WRITE_ONCE(file->ring_size, tunnel->ring_size);
	looptun_file_txq_resize(file, tunnel->txqueuelen);
	rcu_assign_pointer(file->tunnel, tunnel);
}

static void looptun_queue_return_locked(struct looptun_tunnel *tunnel,
					struct looptun_file *file)
{
	mutex_lock(&tunnel->kept_lock);
	list_del_rcu(&file->node);
	mutex_unlock(&tunnel->kept_lock);
	tunnel->numdisabled--;
	WRITE_ONCE(file->disabled, false);
}

/**
 * looptun_queue_attach_locked - attach a file, or enable it again
 * @tunnel: the tunnel
 * @file: a file that is not attached, or a disabled queue of @tunnel
 * @flags: IFF_* of the request
 * @refit: the tunnel's program for this queue
 *
 * Mirrors tun_attach(), two oddities included: if the tunnel has a classic
 * filter, and the request does not say IFF_NOFILTER, then a filter that goes
 * onto the file leaves it unattached with a return of 0, and one that fails
 * does not keep a disabled queue from being enabled though it is the return.
 *
 * Return: 0, -EBUSY, -E2BIG, or an errno of sk_attach_filter(); -EAGAIN if
 * @refit is wanted: the caller drops the lock, makes it and tries again.
 */
int looptun_queue_attach_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file, unsigned int flags,
				struct looptun_filter_refit *refit)
{
	bool disabled = file->disabled;
	int ret = 0;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (!looptun_tunnel_has_queues(tunnel) && tunnel->numqueues)
		return -EBUSY;
	if (!disabled && tunnel->numqueues + tunnel->numdisabled ==
			 LOOPTUN_TUNNEL_QUEUES)
		return -E2BIG;
	if (!(flags & IFF_NOFILTER) && tunnel->filter.attached) {
		if (!refit->ready) {
			refit->fprog = tunnel->filter.fprog;
			return -EAGAIN;
		}
		if (refit->sk && looptun_filter_fits(file, refit->sk)) {
			looptun_filter_put_on(file, refit->sk);
			return 0;
		}
		ret = refit->sk ? -ENOMEM : refit->error;
	}

	if (disabled)
		looptun_queue_return_locked(tunnel, file);
	else
		looptun_queue_join_locked(tunnel, file, flags);
	looptun_queue_enable_locked(tunnel, file);
	return disabled ? ret : 0;
}

/* Take an enabled queue out of use; what is queued for it is dropped. */
static void looptun_queue_disable_locked(struct looptun_tunnel *tunnel,
					 struct looptun_file *file)
{
	looptun_queue_remove_locked(tunnel, file);
	WRITE_ONCE(file->disabled, true);
	mutex_lock(&tunnel->kept_lock);
	list_add_tail_rcu(&file->node, &tunnel->disabled);
	mutex_unlock(&tunnel->kept_lock);
	tunnel->numdisabled++;
	looptun_file_purge_rx(file);
	/* Who looked for something to read may have missed it on its way. */
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM | EPOLLOUT |
				EPOLLWRNORM);
}

static void looptun_queue_forget_locked(struct looptun_tunnel *tunnel,
					struct looptun_file *file)
{
	int i;

	trace_detach(tunnel, file->ifindex);
	RCU_INIT_POINTER(file->tunnel, NULL);
	looptun_delay_forget_locked(tunnel, file);
	for (i = 0; i < LOOPTUN_FILE_COUNTERS; i++)
		WRITE_ONCE(tunnel->file_counters[i],
			   tunnel->file_counters[i] +
			   atomic64_xchg(&file->counters[i], 0));
	looptun_queue_note_change_locked();
}

/* Move the oldest datagram of one ring behind the newest of another. */
static bool looptun_queue_move(struct looptun_ring *from,
			       struct looptun_ring *to, void *buffer)
{
	struct looptun_record *record, *copy;
	struct looptun_record head;

	record = looptun_ring_claim(from, SIZE_MAX);
	if (!record)
		return false;
	head = (struct looptun_record) {
		.len = record->len,
		.proto = record->proto,
		.vnet_len = record->vnet_len,
		.stamp = record->stamp,
	};
	memcpy(buffer, record->data, record->len);
	looptun_ring_consume(from, record);

	copy = looptun_ring_reserve(to, head.len);
	if (IS_ERR(copy))
		return false;
	copy->proto = head.proto;
	copy->vnet_len = head.vnet_len;
	copy->stamp = head.stamp;
	memcpy(copy->data, buffer, head.len);
	looptun_ring_commit(to, copy);
	return true;
}

/*
 * Put what a file has written among what is kept, in the order of the stamps:
 * each datagram of either goes to the end of @kept, until the one that went
 * first is its oldest again. Without stamps all of @tx is newer.
 */
static void looptun_queue_merge(struct looptun_tunnel *tunnel,
				struct looptun_file *file, void *buffer)
{
	bool stamped = looptun_tunnel_has_queues(tunnel), moved = false;
	struct looptun_ring *kept = tunnel->kept, *from;
	u64 first = 0, oldest_kept, oldest_tx;
	bool has_kept, has_tx;

	for (;;) {
		has_kept = stamped &&
			   looptun_ring_peek_stamp(kept, &oldest_kept) &&
			   !(moved && oldest_kept == first);
		has_tx = looptun_ring_peek_stamp(file->tx, &oldest_tx);
		if (!has_kept && !has_tx)
			break;
		from = has_kept && !(has_tx && oldest_tx < oldest_kept) ?
		       kept : file->tx;
		if (!looptun_queue_move(from, kept, buffer)) {
			looptun_file_count(file, LOOPTUN_FILE_SENT_DROPPED, 1);
		} else if (!moved) {
			first = from == kept ? oldest_kept : oldest_tx;
			moved = true;
		}
	}
}

/**
 * looptun_queue_make_kept_locked - make the ring for what files leave behind
 * @tunnel: the tunnel, which pays for it: who leaves does not stay for that
 *
 * Context: process, under the tunnel's kept_lock; may sleep.
 * Return: whether it is there.
 */
bool looptun_queue_make_kept_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_ring *kept;
	struct mem_cgroup *memcg;

	lockdep_assert_held(&tunnel->kept_lock);

	if (tunnel->kept)
		return true;
	memcg = set_active_memcg(tunnel->memcg);
	kept = looptun_ring_create(tunnel->ring_size);
	set_active_memcg(memcg);
	if (IS_ERR(kept))
		return false;
	WRITE_ONCE(tunnel->kept, kept);
	return true;
}

/**
 * looptun_queue_keep - keep what a leaving file has written and nobody read
 * @tunnel: the tunnel
 * @file: the file
 * @closing: the program does not use it any more
 *
 * Context: process; may sleep.
 */
void looptun_queue_keep(struct looptun_tunnel *tunnel,
			struct looptun_file *file, bool closing)
{
	void *buffer;

	mutex_lock(&tunnel->kept_lock);
	file->closing = closing;
	if (!file->tx || !looptun_ring_readable(file->tx))
		goto out;
	if (!tunnel->kept && closing) {
		WRITE_ONCE(tunnel->kept, file->tx);
		file->tx = NULL;
		goto out;
	}
	if (!looptun_queue_make_kept_locked(tunnel))
		goto out;
	/* A file may have its ring from a tunnel with larger ones, or smaller. */
	buffer = kvmalloc(max(file->tx->size, tunnel->kept->size), GFP_KERNEL);
	if (buffer)
		looptun_queue_merge(tunnel, file, buffer);
	kvfree(buffer);
out:
	mutex_unlock(&tunnel->kept_lock);
}

/**
 * looptun_queue_leave_locked - take a file off its tunnel
 * @tunnel: the tunnel
 * @file: one of its files
 *
 * Mirrors __tun_detach().
 */
void looptun_queue_leave_locked(struct looptun_tunnel *tunnel,
				struct looptun_file *file)
{
	if (file->disabled)
		looptun_queue_return_locked(tunnel, file);
	else
		looptun_queue_remove_locked(tunnel, file);
	looptun_queue_forget_locked(tunnel, file);
}

/**
 * looptun_queue_delete_all_locked - take every file off a tunnel that goes
 * @tunnel: the tunnel
 *
 * Mirrors tun_detach_all(): whoever is blocked in a file is woken. A disabled
 * queue may be put on the list of another tunnel next, so whoever goes through
 * this one's under RCU is waited for.
 */
void looptun_queue_delete_all_locked(struct looptun_tunnel *tunnel)
{
	bool listed = tunnel->numdisabled;
	struct looptun_file *file;

	while (tunnel->numqueues || tunnel->numdisabled) {
		if (tunnel->numqueues)
			file = looptun_queue_file_locked(tunnel,
							 tunnel->numqueues - 1);
		else
			file = list_first_entry(&tunnel->disabled,
						struct looptun_file, node);
		looptun_queue_keep(tunnel, file, false);
		looptun_queue_leave_locked(tunnel, file);
		looptun_file_purge(file);
		wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLPRI |
					   EPOLLRDNORM | EPOLLRDBAND);
	}
	if (listed)
		synchronize_rcu_expedited();
}

static int looptun_queue_set_locked(struct looptun_file *file,
				    unsigned int flags,
				    struct looptun_filter_refit *refit)
{
	struct looptun_tunnel *tunnel = looptun_tunnel_of_locked(file);

	if (!tunnel)
		return -EINVAL;
	if (flags & IFF_ATTACH_QUEUE)
		return file->disabled ?
		       looptun_queue_attach_locked(tunnel, file, 0, refit) :
		       -EINVAL;
	if (!(flags & IFF_DETACH_QUEUE) || file->disabled ||
	    !looptun_tunnel_has_queues(tunnel))
		return -EINVAL;
	looptun_queue_disable_locked(tunnel, file);
	return 0;
}

/**
 * looptun_queue_set - TUNSETQUEUE
 * @file: the file
 * @flags: IFF_ATTACH_QUEUE or IFF_DETACH_QUEUE; the first wins
 *
 * Mirrors tun_set_queue().
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, -EINVAL, or what looptun_queue_attach_locked() returns.
 */
int looptun_queue_set(struct looptun_file *file, unsigned int flags)
{
	struct looptun_filter_refit refit = { };
	int ret;

	for (;;) {
		mutex_lock(&looptun_tunnel_lock);
		ret = looptun_queue_set_locked(file, flags, &refit);
		mutex_unlock(&looptun_tunnel_lock);
		if (ret != -EAGAIN)
			break;
		looptun_filter_refit_make(&refit, file->net);
	}
	looptun_filter_refit_free(&refit);
	return ret;
}
