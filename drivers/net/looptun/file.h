/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct looptun_file: one open of the device, with the ring towards the
 * program, the ring from it, and the program's blocking and wake-ups. Knows
 * that it may be attached to a tunnel, not what a tunnel is.
 */
#ifndef LOOPTUN_FILE_H
#define LOOPTUN_FILE_H

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "ring.h"
#include "txq.h"

struct looptun_tunnel;
struct mem_cgroup;
struct net;
struct sock;

/* What the program's side of a file counts. */
enum looptun_file_counter {
	LOOPTUN_FILE_READ_DATAGRAMS,
	LOOPTUN_FILE_READ_BYTES,
	LOOPTUN_FILE_READ_ERRORS,
	LOOPTUN_FILE_READ_FAULTS,
	LOOPTUN_FILE_WRITTEN_DATAGRAMS,
	LOOPTUN_FILE_WRITTEN_BYTES,
	LOOPTUN_FILE_WRITE_ERRORS,
	LOOPTUN_FILE_SENT_DROPPED,
	LOOPTUN_FILE_COUNTERS
};

/**
 * struct looptun_file - one open of the device
 * @ref: held by the open file and by whoever on the far side uses a ring
 * @filp: the open file, for its flags; valid while @tunnel is set
 * @net: network namespace of the opener, held
 * @memcg: memory cgroup of the opener, held; the rings are charged to it
 * @tunnel: what it is attached to, or NULL; looptun_tunnel_lock to write, RCU
 *	to read; does not hold the tunnel
 * @node: in the tunnel's list of disabled queues; looptun_tunnel_lock to write
 * @ifindex: the number of the queue it is or was last; looptun_tunnel_lock
 * @wish: the interface index it wishes its next tunnel to have: tun keeps both
 *	in one place, and it shows; looptun_tunnel_lock
 * @napi: it was attached with IFF_NAPI; set before @tunnel
 * @napi_frags: it was attached with IFF_NAPI_FRAGS; set before @tunnel
 * @disabled: it is a queue that TUNSETQUEUE took out; looptun_tunnel_lock to write
 * @filter_sk: carries its classic filter, or NULL; looptun_tunnel_lock to write,
 *	RCU to read
 * @ring_size: bytes of a ring of this file; set before @tunnel
 * @cloexec: its descriptor was to be closed on exec when it was attached
 * @closing: the program has closed it: nothing goes into @tx any more; the
 *	tunnel's kept_lock
 * @rx: ring towards the program; made on first use, then fixed
 * @tx: ring from the program; made on first use, then fixed until the last
 *	close may hand it to the tunnel
 * @wait: the program: readers, pollers
 * @room: the program: writers that wait for the send buffer
 * @fasync: the program: SIGIO
 * @nospace: a poll found no room to write, tell when there is some
 * @sndbuf: bytes of send buffer
 * @wmem: bytes of it that are taken
 * @txq_lock: protects @txq; the locks of @rx are taken inside it
 * @txq: how many datagrams @rx takes, where that is limited
 * @counters: by enum looptun_file_counter
 * @rcu: for freeing
 *
 * Every datagram writes here: as long as whole cache lines, so that kmalloc() puts
 * nothing else into them.
 */
struct looptun_file {
	struct kref ref;
	struct file *filp;
	struct net *net;
	struct mem_cgroup *memcg;
	struct looptun_tunnel __rcu *tunnel;
	struct list_head node;
	union {
		u16 ifindex;
		int wish;
	};
	bool napi;
	bool napi_frags;
	bool disabled;
	struct sock __rcu *filter_sk;
	size_t ring_size;
	bool cloexec;
	bool closing;

	struct looptun_ring *rx;
	struct looptun_ring *tx;
	wait_queue_head_t wait;
	wait_queue_head_t room;
	struct fasync_struct *fasync;
	unsigned long nospace;
	int sndbuf;
	atomic_t wmem;

	spinlock_t txq_lock;	/* see above */
	struct looptun_txq txq;

	atomic64_t counters[LOOPTUN_FILE_COUNTERS];
	struct rcu_head rcu;
} ____cacheline_aligned_in_smp;

struct looptun_file *looptun_file_create(struct file *filp);
void looptun_file_note_cloexec(struct looptun_file *file);
void looptun_file_free(struct kref *ref);

struct looptun_ring *looptun_file_make_ring(struct looptun_file *file,
					    struct looptun_ring **slot);
struct looptun_record *looptun_file_await(struct looptun_file *file,
					  const struct looptun_tunnel *tunnel);
void looptun_file_wake_writers(struct looptun_file *file);
void looptun_file_purge_rx(struct looptun_file *file);
void looptun_file_purge(struct looptun_file *file);

bool looptun_file_is_writeable(const struct looptun_file *file);
int looptun_file_sleep_for_wmem(struct looptun_file *file, bool nonblock);
int looptun_file_charge(struct looptun_file *file,
			struct looptun_record *record);
int looptun_file_charged(const struct looptun_record *record);
void looptun_file_uncharge(struct looptun_file *file, int bytes);
void looptun_file_unhold(struct looptun_file *file);

void looptun_file_txq_consume(struct looptun_file *file);
bool looptun_file_txq_produce(struct looptun_file *file, bool backpressure);
bool looptun_file_txq_has_room(struct looptun_file *file);
void looptun_file_txq_unproduce(struct looptun_file *file);
void looptun_file_txq_resize(struct looptun_file *file, unsigned int size);

/**
 * looptun_file_get_live - get a reference to a file found under RCU
 * @file: the file
 *
 * Return: false if the last reference is gone already.
 */
static inline bool looptun_file_get_live(struct looptun_file *file)
{
	return kref_get_unless_zero(&file->ref);
}

/**
 * looptun_file_put - put a reference
 * @file: the file
 *
 * Context: process; may sleep.
 */
static inline void looptun_file_put(struct looptun_file *file)
{
	kref_put(&file->ref, looptun_file_free);
}

/**
 * looptun_file_ring - get one of a file's rings, making it on first use
 * @file: the file, attached at some time
 * @slot: &file->rx or &file->tx
 *
 * Context: process; may sleep.
 * Return: the ring, or an ERR_PTR of -ENOMEM.
 */
static inline struct looptun_ring *
looptun_file_ring(struct looptun_file *file, struct looptun_ring **slot)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(): it is complete. */
	struct looptun_ring *ring = smp_load_acquire(slot);

	return likely(ring) ? ring : looptun_file_make_ring(file, slot);
}

/**
 * looptun_file_is_of - is a file attached to this tunnel?
 * @file: the file
 * @tunnel: a tunnel that the caller holds
 *
 * Who has reserved room in a ring of the file asks before committing: a file
 * is taken off its tunnel first and purged then, so that a record reserved
 * after the purge is found out here, and one reserved before it is revoked.
 */
static inline bool looptun_file_is_of(const struct looptun_file *file,
				      const struct looptun_tunnel *tunnel)
{
	return rcu_access_pointer(file->tunnel) == tunnel;
}

/**
 * looptun_file_readable - is there a datagram for the program?
 * @file: the file
 *
 * Context: process; does not sleep.
 */
static inline bool looptun_file_readable(const struct looptun_file *file)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	struct looptun_ring *ring = smp_load_acquire(&file->rx);

	return ring && looptun_ring_readable(ring);
}

/**
 * looptun_file_wake_readers - tell the program that a datagram is there
 * @file: the file
 *
 * Every datagram wakes every reader, is an edge to epoll and raises SIGIO, as
 * tun_net_xmit() does it. To be called after the datagram is published, under
 * no lock.
 */
static inline void looptun_file_wake_readers(struct looptun_file *file)
{
	if (READ_ONCE(file->fasync))
		kill_fasync(&file->fasync, SIGIO, POLL_IN);
	if (wq_has_sleeper(&file->wait))
		wake_up_interruptible_sync_poll(&file->wait,
						EPOLLIN | EPOLLPRI |
						EPOLLRDNORM | EPOLLRDBAND);
}

/* Is the number of datagrams limited that are on their way to the program? */
static inline bool looptun_file_is_limited(const struct looptun_file *file)
{
	return READ_ONCE(file->txq.size);
}

/**
 * looptun_file_take - take the oldest datagram for the program, if there is one
 * @file: the file
 *
 * Context: process; does not sleep.
 * Return: a record of file->rx, or NULL.
 */
static inline struct looptun_record *
looptun_file_take(struct looptun_file *file)
{
	/* Pairs with the cmpxchg in looptun_file_make_ring(). */
	struct looptun_ring *ring = smp_load_acquire(&file->rx);
	struct looptun_record *record;

	record = ring ? looptun_ring_claim(ring, SIZE_MAX) : NULL;
	if (record && looptun_file_is_limited(file))
		looptun_file_txq_consume(file);
	return record;
}

/**
 * looptun_file_claim - take the oldest datagram for the program
 * @file: the file
 * @tunnel: what it is attached to, held by the caller
 * @nonblock: do not wait for one
 *
 * Mirrors tun_ring_recv(): a reader whose tunnel is deleted meanwhile gets
 * -EFAULT, a reader whose queue is disabled sleeps on.
 *
 * Context: process; sleeps unless @nonblock.
 * Return: a record of file->rx, or an ERR_PTR of -EAGAIN, -ERESTARTSYS or
 * -EFAULT.
 */
static inline struct looptun_record *
looptun_file_claim(struct looptun_file *file,
		   const struct looptun_tunnel *tunnel, bool nonblock)
{
	struct looptun_record *record = looptun_file_take(file);

	if (likely(record))
		return record;
	return nonblock ? ERR_PTR(-EAGAIN) : looptun_file_await(file, tunnel);
}

/**
 * looptun_file_wait_for_wmem - wait until the send buffer takes a datagram
 * @file: the file
 * @nonblock: do not wait
 *
 * Mirrors sock_alloc_send_pskb(): one datagram more always fits as long as the
 * buffer is not full, and who waits is woken when half of it is free.
 *
 * Context: process; sleeps unless @nonblock.
 * Return: 0, -EAGAIN or -ERESTARTSYS.
 */
static inline int looptun_file_wait_for_wmem(struct looptun_file *file,
					     bool nonblock)
{
	if (likely(atomic_read(&file->wmem) < READ_ONCE(file->sndbuf)))
		return 0;
	return looptun_file_sleep_for_wmem(file, nonblock);
}

static inline void looptun_file_count(struct looptun_file *file,
				      enum looptun_file_counter counter,
				      size_t n)
{
	atomic64_add(n, &file->counters[counter]);
}

#endif
