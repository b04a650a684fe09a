// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues that come and go, are taken out and put back. All under
 * looptun_tunnel_lock. Who goes through the slots under RCU meanwhile may miss one
 * that changes its place: it is woken afterwards, and looks again.
 */
#include <linux/minmax.h>

#include "filter.h"
#include "queue.h"
#include "sent.h"
#include "trace.h"

static void looptun_slots_put_locked(struct looptun_tunnel *tunnel,
				     unsigned int place,
				     struct looptun_queue *queue)
{
	rcu_assign_pointer(tunnel->slots[place].queue, queue);
	if (queue)
		queue->place = place;
}

/* A number, which tun keeps where the file's wish for an index is. */
static void looptun_slots_number_locked(struct looptun_queue *queue,
					unsigned int index)
{
	WRITE_ONCE(queue->index, index);
	queue->file->ifindex = index;
}

/* Give a queue that stands nowhere the next number. */
static void looptun_slots_insert_locked(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	unsigned int index = tunnel->numqueues, i;

	lockdep_assert_held(&tunnel->sent_lock);

	for (i = index + tunnel->numdisabled; i > index; i--)
		looptun_slots_put_locked(tunnel, i,
					 looptun_slots_queue_locked(&tunnel->slots[i - 1]));
	looptun_slots_number_locked(queue, index);
	looptun_slots_put_locked(tunnel, index, queue);
	WRITE_ONCE(tunnel->numqueues, index + 1);
}

/* An enabled queue's number goes to the last queue that has one. Those behind close up. */
static void looptun_slots_remove_locked(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	unsigned int last = tunnel->numqueues + tunnel->numdisabled - 1;
	unsigned int hole = queue->place;
	struct looptun_queue *moved;

	lockdep_assert_held(&tunnel->sent_lock);

	if (queue->disabled) {
		tunnel->numdisabled--;
	} else {
		hole = tunnel->numqueues - 1;
		moved = looptun_slots_queue_locked(&tunnel->slots[hole]);
		looptun_slots_number_locked(moved, queue->index);
		looptun_slots_put_locked(tunnel, queue->index, moved);
		WRITE_ONCE(tunnel->numqueues, hole);
	}
	for (; hole < last; hole++)
		looptun_slots_put_locked(tunnel, hole,
					 looptun_slots_queue_locked(&tunnel->slots[hole + 1]));
	looptun_slots_put_locked(tunnel, last, NULL);
}

/* There is one number less than before. */
static void looptun_slots_tell_removed_locked(struct looptun_tunnel *tunnel)
{
	if (looptun_tunnel_has_queues(tunnel))
		looptun_tunnel_observer->queue_removed(tunnel,
						       tunnel->numqueues);
	looptun_filter_update_locked(tunnel);
}

/**
 * looptun_slots_add_locked - a queue joins its tunnel, or is put back
 * @queue: a new queue, whose reference is its file's from now on, or one that was taken
 *	out
 *
 * There is room for it.
 *
 * Return: 0 or -ENOMEM.
 */
int looptun_slots_add_locked(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	int ret = 0;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (looptun_tunnel_has_queues(tunnel))
		ret = looptun_tunnel_observer->queue_added(tunnel, tunnel->numqueues);
	if (ret)
		return ret;
	mutex_lock(&tunnel->sent_lock);
	if (queue->disabled) {
		looptun_slots_remove_locked(queue);
		WRITE_ONCE(queue->disabled, false);
	}
	looptun_slots_insert_locked(queue);
	mutex_unlock(&tunnel->sent_lock);
	rcu_assign_pointer(queue->file->queue, queue);
	looptun_filter_update_locked(tunnel);
	trace_attach(tunnel, queue->index);
	looptun_registry_changed_locked();
	/*
	 * Injectors may have been waiting for a program to come, and what it had
	 * written is there to be read by number.
	 */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM | EPOLLOUT |
				 EPOLLWRNORM);
	return 0;
}

/**
 * looptun_slots_disable_locked - take an enabled queue out
 * @queue: the queue
 *
 * What is queued for it is dropped, as in __tun_detach().
 */
void looptun_slots_disable_locked(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	lockdep_assert_held(&looptun_tunnel_lock);

	mutex_lock(&tunnel->sent_lock);
	looptun_slots_remove_locked(queue);
	looptun_slots_put_locked(tunnel,
				 tunnel->numqueues + tunnel->numdisabled,
				 queue);
	tunnel->numdisabled++;
	/* Before the ring goes: see looptun_inject_enqueue(). */
	WRITE_ONCE(queue->disabled, true);
	mutex_unlock(&tunnel->sent_lock);
	looptun_queue_drop_rx(queue);
	looptun_slots_tell_removed_locked(tunnel);
	/* Another has its number, with what that has written. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM | EPOLLOUT |
				 EPOLLWRNORM);
}

/**
 * looptun_slots_leave_locked - a queue leaves its tunnel, for good
 * @queue: the queue; its file's reference goes
 *
 * Mirrors __tun_detach(). What the program has written is left behind; whoever is
 * in the queue finds it dead.
 */
void looptun_slots_leave_locked(struct looptun_queue *queue)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	bool disabled = queue->disabled;

	lockdep_assert_held(&looptun_tunnel_lock);

	trace_detach(tunnel, queue->index);
	RCU_INIT_POINTER(queue->file->queue, NULL);
	mutex_lock(&tunnel->sent_lock);
	looptun_slots_remove_locked(queue);
	WRITE_ONCE(queue->dead, true);
	/*
	 * Who commits from now on sees that: pairs with wq_has_sleeper() in
	 * looptun_tunnel_wake_test(), by looptun_sent_publish().
	 */
	smp_mb();
	looptun_left_collect_locked(queue);
	mutex_unlock(&tunnel->sent_lock);
	looptun_queue_drop_rx(queue);
	if (!disabled)
		looptun_slots_tell_removed_locked(tunnel);
	looptun_registry_changed_locked();
	wake_up_interruptible_all(&queue->room);
	/* Who waits for room in this queue is sent to another. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM | EPOLLOUT |
				 EPOLLWRNORM);
	looptun_queue_put(queue);
}

/**
 * looptun_slots_leave_all_locked - take every queue off a tunnel that goes
 * @tunnel: the tunnel
 *
 * Mirrors tun_detach_all(): whoever is blocked in a queue is woken.
 */
void looptun_slots_leave_all_locked(struct looptun_tunnel *tunnel)
{
	struct looptun_queue *queue;
	struct looptun_file *file;

	/* The enabled ones from the last, then the others. */
	while ((queue = looptun_tunnel_queue_locked(tunnel, max(tunnel->numqueues, 1U) - 1))) {
		file = queue->file;
		kref_get(&file->ref);
		looptun_slots_leave_locked(queue);
		wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLPRI |
					   EPOLLRDNORM | EPOLLRDBAND);
		looptun_file_put(file);
	}
}
