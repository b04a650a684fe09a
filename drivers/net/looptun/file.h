/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct looptun_file: one open of the device. It keeps what tun keeps for each
 * open file whatever it is attached to, and how the program is woken: an epoll
 * stays registered while tunnels come and go.
 */
#ifndef LOOPTUN_FILE_H
#define LOOPTUN_FILE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/memcontrol.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>

struct iov_iter;
struct looptun_queue;
struct net;
struct sock;

/**
 * struct looptun_file - one open of the device
 * @ref: held by the open file and by its queues
 * @filp: the open file, for its flags; valid until it is closed
 * @net: network namespace of the opener, held until it is closed
 * @memcg: memory cgroup of the opener, held; rings are charged to it
 * @queue: the queue that it is now, referenced, or NULL; looptun_tunnel_lock to
 *	write, RCU to read
 * @ifindex: the number of the queue it is or was last; looptun_tunnel_lock
 * @wish: the interface index it wishes its next tunnel to have: tun keeps both
 *	in one place, and it shows; looptun_tunnel_lock
 * @cloexec: its descriptor was to be closed on exec when it was attached
 * @filter_sk: carries its classic filter, or NULL; looptun_tunnel_lock to write,
 *	RCU to read
 * @sndbuf: bytes of send buffer
 * @wait: the program: readers, pollers
 * @fasync: the program: SIGIO
 * @nospace: a poll found no room to write, tell when there is some
 * @rcu: for freeing
 */
struct looptun_file {
	struct kref ref;
	struct file *filp;
	struct net *net;
	struct mem_cgroup *memcg;
	struct looptun_queue __rcu *queue;
	union {
		u16 ifindex;
		int wish;
	};
	bool cloexec;
	struct sock __rcu *filter_sk;
	int sndbuf;
	wait_queue_head_t wait;
	struct fasync_struct *fasync;
	unsigned long nospace;
	struct rcu_head rcu;
};

/* The last reference is gone. */
static inline void looptun_file_free(struct kref *ref)
{
	struct looptun_file *file = container_of(ref, struct looptun_file, ref);

	mem_cgroup_put(file->memcg);
	kfree_rcu(file, rcu);
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

/**
 * looptun_file_nonblock - is a call not to wait?
 * @iocb: the call, on the device, a wire or a file of the test
 */
static inline bool looptun_file_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) ||
	       (iocb->ki_flags & IOCB_NOWAIT);
}

/* What makes a file a queue, and what ends that: attach.c. */
int looptun_attach_set_iff(struct looptun_file *file, char *name,
			   unsigned int flags);
int looptun_attach_set_queue(struct looptun_file *file, unsigned int flags);
void looptun_attach_close(struct looptun_file *file);

/* The device node: chardev.c and write.c. */
int looptun_chardev_init(const char *node);
void looptun_chardev_exit(void);
ssize_t looptun_write_iter(struct kiocb *iocb, struct iov_iter *from);

#endif
