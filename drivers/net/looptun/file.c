// SPDX-License-Identifier: GPL-2.0-only
/*
 * One open of the device: its life. No lock of its own.
 */
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/memcontrol.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "file.h"

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

	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!file)
		return ERR_PTR(-ENOMEM);

	kref_init(&file->ref);
	file->filp = filp;
	file->net = get_net(current->nsproxy->net_ns);
	file->memcg = get_mem_cgroup_from_mm(current->mm);
	init_waitqueue_head(&file->wait);
	file->sndbuf = INT_MAX;
	return file;
}

/**
 * looptun_file_close - the program has closed it
 * @file: the file, not attached; the open file's reference is eaten
 *
 * A delayed datagram may keep the queue that it was, and no namespace with it, which a
 * filter's socket would.
 *
 * Context: process; may sleep.
 */
void looptun_file_close(struct looptun_file *file)
{
	struct sock *sk = unrcu_pointer(xchg(&file->filter_sk, NULL));

	if (sk)
		sock_put(sk);
	put_net(file->net);
	looptun_file_put(file);
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

	mem_cgroup_put(file->memcg);
	kfree_rcu(file, rcu);
}
