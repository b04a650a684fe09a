// SPDX-License-Identifier: GPL-2.0-only
/*
 * One open of the device: its life, its rings, and how the program blocks on
 * them and is woken. No lock of its own; the rings have theirs.
 */
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "file.h"
#include "ring.h"

/**
 * looptun_file_create - make a file for an open of the device
 * @filp: the open file
 *
 * It is bound for life to the network namespace of the opener, as in
 * tun_chr_open().
 *
 * Context: process; may sleep.
 * Return: the file, with one reference, or an ERR_PTR of -ENOMEM.
 */
struct looptun_file *looptun_file_create(struct file *filp)
{
	struct looptun_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return ERR_PTR(-ENOMEM);

	kref_init(&file->ref);
	file->filp = filp;
	file->net = get_net(current->nsproxy->net_ns);
	file->memcg = get_mem_cgroup_from_mm(current->mm);
	init_waitqueue_head(&file->wait);
	init_waitqueue_head(&file->room);
	spin_lock_init(&file->txq_lock);
	file->sndbuf = INT_MAX;
	return file;
}

static int looptun_file_find_cloexec(const void *data, struct file *filp,
				     unsigned int fd)
{
	const struct looptun_file *file = data;

	if (filp != file->filp)
		return 0;
	return test_bit(fd, files_fdtable(current->files)->close_on_exec) ?
	       2 : 1;
}

/**
 * looptun_file_note_cloexec - see whether the caller's descriptor is O_CLOEXEC
 * @file: a file that the caller has a descriptor of
 *
 * The flag belongs to the descriptor and is out of sight when a test asks.
 */
void looptun_file_note_cloexec(struct looptun_file *file)
{
	int found = iterate_fd(current->files, 0, looptun_file_find_cloexec,
			       file);

	WRITE_ONCE(file->cloexec, found == 2);
}

/**
 * looptun_file_free - the last reference is gone
 * @ref: the file's
 *
 * Context: process; may sleep.
 */
void looptun_file_free(struct kref *ref)
{
	struct looptun_file *file = container_of(ref, struct looptun_file, ref);
	struct sock *sk;

	looptun_ring_destroy(file->rx);
	looptun_ring_destroy(file->tx);
	sk = rcu_dereference_protected(file->filter_sk, true);
	if (sk)
		sock_put(sk);
	mem_cgroup_put(file->memcg);
	put_net(file->net);
	kfree_rcu(file, rcu);
}

/**
 * looptun_file_make_ring - make one of a file's rings
 * @file: the file, attached at some time
 * @slot: &file->rx or &file->tx
 *
 * Context: process; may sleep.
 * Return: the ring, or the one that somebody else has made meanwhile, or an
 * ERR_PTR of -ENOMEM.
 */
struct looptun_ring *looptun_file_make_ring(struct looptun_file *file,
					    struct looptun_ring **slot)
{
	struct looptun_ring *ring, *other;
	struct mem_cgroup *memcg;

	memcg = set_active_memcg(file->memcg);
	ring = looptun_ring_create(READ_ONCE(file->ring_size));
	set_active_memcg(memcg);
	if (IS_ERR(ring))
		return ring;

	other = cmpxchg(slot, NULL, ring);
	if (other) {
		looptun_ring_destroy(ring);
		return other;
	}
	return ring;
}

/**
 * looptun_file_txq_consume - a datagram of a queue of limited length was read
 * @file: the file
 */
void looptun_file_txq_consume(struct looptun_file *file)
{
	spin_lock(&file->txq_lock);
	looptun_txq_consume(&file->txq);
	spin_unlock(&file->txq_lock);
}

/**
 * looptun_file_await - wait for a datagram and take it
 * @file: the file
 * @tunnel: what it is attached to, held by the caller
 *
 * Context: process; sleeps.
 * Return: as looptun_file_claim().
 */
struct looptun_record *looptun_file_await(struct looptun_file *file,
					  const struct looptun_tunnel *tunnel)
{
	struct looptun_record *record;
	int ret;

	do {
		ret = wait_event_interruptible(file->wait,
					       looptun_file_readable(file) ||
					       !looptun_file_is_of(file, tunnel));
		if (ret)
			return ERR_PTR(ret);
		/* What there is may be another tunnel's by now. */
		if (!looptun_file_is_of(file, tunnel))
			return ERR_PTR(-EFAULT);
		record = looptun_file_take(file);
	} while (!record);
	return record;
}

/**
 * looptun_file_wake_writers - tell the program that it can write again
 * @file: the file
 *
 * Those who poll, only if a poll found that it could not, as
 * tun_sock_write_space() does it. A writer that waits in any case, which is
 * difference 6 from tun.c; the smallest buffers never have room, so it is woken
 * when they are empty as well.
 */
void looptun_file_wake_writers(struct looptun_file *file)
{
	bool room = looptun_file_is_writeable(file);

	if (wq_has_sleeper(&file->room) && (room || !atomic_read(&file->wmem)))
		wake_up_interruptible(&file->room);
	if (!room || !test_and_clear_bit(0, &file->nospace))
		return;
	wake_up_interruptible_sync_poll(&file->wait, EPOLLOUT | EPOLLWRNORM |
					EPOLLWRBAND);
	kill_fasync(&file->fasync, SIGIO, POLL_OUT);
}

/**
 * looptun_file_purge_rx - drop what is queued towards the program
 * @file: the file
 *
 * What was injected before does not come out after.
 */
void looptun_file_purge_rx(struct looptun_file *file)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	looptun_ring_purge(smp_load_acquire(&file->rx));
	spin_lock(&file->txq_lock);
	looptun_txq_purge(&file->txq);
	spin_unlock(&file->txq_lock);
}

/**
 * looptun_file_purge - drop what is queued in both directions
 * @file: the file
 *
 * What was injected or written before does not come out after; a writer that
 * waits for its send buffer goes on.
 */
void looptun_file_purge(struct looptun_file *file)
{
	looptun_file_purge_rx(file);
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	looptun_ring_purge(smp_load_acquire(&file->tx));
	if (atomic_xchg(&file->wmem, 0))
		looptun_file_wake_writers(file);
}

/**
 * looptun_file_is_writeable - has the program's send buffer room?
 * @file: the file
 *
 * Mirrors sock_writeable(): half of it must be free, and a buffer in use by
 * nobody counts one byte. Buffers of 1 to 3 bytes never have room.
 */
bool looptun_file_is_writeable(const struct looptun_file *file)
{
	return atomic_read(&file->wmem) + 1 < READ_ONCE(file->sndbuf) >> 1;
}

static bool looptun_file_has_wmem(const struct looptun_file *file)
{
	return atomic_read(&file->wmem) < READ_ONCE(file->sndbuf);
}

/**
 * looptun_file_sleep_for_wmem - as looptun_file_wait_for_wmem(), buffer full
 * @file: the file
 * @nonblock: do not wait
 *
 * Context: process; sleeps unless @nonblock.
 * Return: 0, -EAGAIN or -ERESTARTSYS.
 */
int looptun_file_sleep_for_wmem(struct looptun_file *file, bool nonblock)
{
	if (nonblock)
		return -EAGAIN;
	return wait_event_interruptible(file->room,
					looptun_file_has_wmem(file));
}

/* What tun's socket buffer for it would count. */
static int looptun_file_truesize(const struct looptun_record *record)
{
	return SKB_TRUESIZE(NET_SKB_PAD + record->len - record->vnet_len);
}

/**
 * looptun_file_charge - charge a datagram to the send buffer
 * @file: the file
 * @record: the datagram, complete in file->tx
 *
 * Return: bytes charged.
 */
int looptun_file_charge(struct looptun_file *file,
			struct looptun_record *record)
{
	int bytes = looptun_file_truesize(record);

	record->held = 1;
	atomic_add(bytes, &file->wmem);
	return bytes;
}

/**
 * looptun_file_charged - what a datagram is charged for
 * @record: the datagram
 */
int looptun_file_charged(const struct looptun_record *record)
{
	return record->held ? looptun_file_truesize(record) : 0;
}

/**
 * looptun_file_uncharge - a datagram is gone from the send buffer
 * @file: the file
 * @bytes: what it was charged for; nothing is done for 0
 *
 * A purge or the end of hold may have freed the send buffer before.
 */
void looptun_file_uncharge(struct looptun_file *file, int bytes)
{
	int wmem = atomic_read(&file->wmem), left;

	if (!bytes)
		return;
	do {
		left = max(wmem - bytes, 0);
	} while (!atomic_try_cmpxchg(&file->wmem, &wmem, left));
	looptun_file_wake_writers(file);
}

/**
 * looptun_file_unhold - free the send buffer of what is not read yet
 * @file: the file
 */
void looptun_file_unhold(struct looptun_file *file)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	looptun_ring_unhold(smp_load_acquire(&file->tx));
	atomic_set(&file->wmem, 0);
	looptun_file_wake_writers(file);
}

/**
 * looptun_file_txq_produce - take a place in a queue of limited length
 * @file: the file
 * @backpressure: a full queue stops its senders
 *
 * Return: false if there is none: the datagram is to be dropped, or with
 * @backpressure to wait.
 */
bool looptun_file_txq_produce(struct looptun_file *file, bool backpressure)
{
	bool produced = true;

	spin_lock(&file->txq_lock);
	if (file->txq.size)
		produced = looptun_txq_produce(&file->txq, backpressure);
	spin_unlock(&file->txq_lock);
	return produced;
}

/**
 * looptun_file_txq_has_room - would looptun_file_txq_produce() find a place?
 * @file: the file, of a tunnel with backpressure
 */
bool looptun_file_txq_has_room(struct looptun_file *file)
{
	bool room;

	spin_lock(&file->txq_lock);
	room = looptun_txq_has_room(&file->txq);
	spin_unlock(&file->txq_lock);
	return room;
}

/**
 * looptun_file_txq_unproduce - give back a place not used
 * @file: the file
 */
void looptun_file_txq_unproduce(struct looptun_file *file)
{
	spin_lock(&file->txq_lock);
	looptun_txq_unproduce(&file->txq);
	spin_unlock(&file->txq_lock);
}

/**
 * looptun_file_txq_resize - limit the queue, or not
 * @file: the file
 * @size: datagrams, 0 for no limit
 *
 * The oldest are kept, as ptr_ring_resize() does it.
 */
void looptun_file_txq_resize(struct looptun_file *file, unsigned int size)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	struct looptun_ring *rx = smp_load_acquire(&file->rx);
	unsigned int queued = 0;

	spin_lock(&file->txq_lock);
	if (size)
		queued = looptun_ring_truncate(rx, size);
	looptun_txq_resize(&file->txq, size, queued);
	spin_unlock(&file->txq_lock);
}
