// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device node, the life of a file, and what read and poll on it do. What is copied of
 * a datagram is decided in frame.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/err.h>
#include <linux/if_tun.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sockios.h>
#include <linux/uio.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "fault_run.h"
#include "file.h"
#include "filter.h"
#include "frame.h"
#include "ioctl.h"
#include "queue.h"
#include "ring.h"
#include "trace.h"
#include "tunnel.h"

/*
 * Mirrors __tun_vnet_hdr_put(). Where the size that the program set is under what its
 * offloads ask for, tun loses the datagram, and clears what room there was for it. Bytes
 * past the known header are cleared or left alone, as this kernel's tun does.
 */
static int looptun_chardev_put_vnet(const struct looptun_tunnel *tunnel,
				    const struct looptun_record *record,
				    size_t len, struct iov_iter *to)
{
	bool is_short = len < looptun_compat_vnet_given(READ_ONCE(tunnel->offloads));
	struct virtio_net_hdr header = { };

	memcpy(&header, record->data, record->vnet_len);
	if (copy_to_iter(&header, sizeof(header), to) != sizeof(header))
		return -EFAULT;
	if (is_short) {
		iov_iter_zero(iov_iter_count(to), to);
		return -EFAULT;
	}
	len -= sizeof(header);
	if (!LOOPTUN_VNET_CLEARS)
		iov_iter_advance(to, len);
	else if (iov_iter_zero(len, to) != len)
		return -EFAULT;
	return 0;
}

static int looptun_chardev_put_headers(const struct looptun_tunnel *tunnel,
				       const struct looptun_record *record,
				       struct looptun_frame_plan plan,
				       struct iov_iter *to)
{
	if (plan.pi_len && copy_to_iter(&plan.pi, plan.pi_len, to) != plan.pi_len)
		return -EFAULT;
	if (!plan.vnet_len)
		return 0;
	return looptun_chardev_put_vnet(tunnel, record, plan.vnet_len, to);
}

/* A fault in the datagram itself is no error of read(2): tun has it so. */
static ssize_t looptun_chardev_copy_out(struct looptun_tunnel *tunnel,
					const struct looptun_record *record,
					struct iov_iter *to)
{
	struct looptun_frame_plan plan =
		looptun_frame_plan_read(looptun_tunnel_framing(tunnel),
					iov_iter_count(to),
					record->len - record->vnet_len,
					record->proto);

	if ((plan.pi_len || plan.vnet_len) &&
	    looptun_chardev_put_headers(tunnel, record, plan, to))
		return -EFAULT;
	/* The record has as much, which copy_to_iter() would look up. */
	if (_copy_to_iter(record->data + record->vnet_len, plan.data_len, to) != plan.data_len)
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_READ_FAULTS, 1);
	return plan.ret;
}

static struct looptun_record *looptun_chardev_take(struct looptun_queue *queue,
						   struct looptun_ring **ring)
{
	struct looptun_record *record;

	*ring = looptun_queue_get_rx(queue);
	if (!*ring)
		return NULL;
	record = looptun_ring_claim(*ring, SIZE_MAX);
	if (!record)
		looptun_queue_put_rx(queue, *ring);
	else if (looptun_queue_is_limited(queue))
		looptun_queue_consume_limited(queue, *ring);
	return record;
}

/*
 * Take the oldest datagram. Mirrors tun_ring_recv(): a reader whose tunnel is deleted
 * meanwhile gets -EFAULT, a reader whose queue is disabled sleeps on.
 */
static struct looptun_record *looptun_chardev_claim(struct looptun_queue *queue,
						    struct looptun_ring **ring,
						    bool nonblock)
{
	struct looptun_record *record;
	int ret;

	while (!(record = looptun_chardev_take(queue, ring))) {
		if (nonblock)
			return ERR_PTR(-EAGAIN);
		ret = wait_event_interruptible(queue->file->wait,
					       looptun_queue_is_dead(queue) ||
					       looptun_queue_readable(queue));
		if (ret)
			return ERR_PTR(ret);
		if (looptun_queue_is_dead(queue))
			return ERR_PTR(-EFAULT);
	}
	return record;
}

static ssize_t looptun_chardev_read_one(struct looptun_queue *queue,
					struct iov_iter *to, bool nonblock)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	struct looptun_record *record;
	struct looptun_ring *ring;
	size_t len;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;

	record = looptun_chardev_claim(queue, &ring, nonblock);
	if (IS_ERR(record))
		return PTR_ERR(record);

	len = record->len - record->vnet_len;
	ret = looptun_chardev_copy_out(tunnel, record, to);
	if (ret < 0) {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_READ_ERRORS, 1);
	} else {
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_READ_DATAGRAMS, 1);
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_READ_BYTES, len);
	}
	trace_read(tunnel, queue, len, ret);
	looptun_ring_consume(ring, record);
	looptun_tunnel_wake_test(tunnel, EPOLLOUT | EPOLLWRNORM);
	looptun_queue_put_rx(queue, ring);
	return ret;
}

/* The position in the file becomes what the last read returned: tun has it so. */
static ssize_t looptun_chardev_read_iter(struct kiocb *iocb,
					 struct iov_iter *to)
{
	struct looptun_queue *queue =
		looptun_queue_get_of(iocb->ki_filp->private_data);
	ssize_t ret;

	if (!queue)
		return -EBADFD;
	ret = looptun_fault_op(queue, LOOPTUN_FAULT_READ,
			       iov_iter_count(to)) ?:
	      looptun_chardev_read_one(queue, to,
				       looptun_file_nonblock(iocb));
	if (ret > 0)
		iocb->ki_pos = ret;
	looptun_queue_put(queue);
	return ret;
}

/*
 * Mirrors sock_writeable(): half of the send buffer must be free, and a buffer in use by
 * nobody counts one byte. Buffers of 1 to 3 bytes never have room.
 */
static bool looptun_chardev_writeable(const struct looptun_queue *queue)
{
	return looptun_tunnel_is_up(queue->tunnel) &&
	       READ_ONCE(queue->wmem) + 1 < READ_ONCE(queue->file->sndbuf) >> 1;
}

/*
 * A file that is not attached is not put on the wait queue, as in
 * tun_chr_poll(): an epoll that registers it too early is never woken.
 */
static __poll_t looptun_chardev_poll(struct file *filp, poll_table *wait)
{
	struct looptun_file *file = filp->private_data;
	struct looptun_queue *queue = looptun_queue_get_of(file);
	__poll_t mask = 0;

	if (!queue)
		return EPOLLERR;

	poll_wait(filp, &file->wait, wait);

	if (looptun_queue_readable(queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	/* Ask to be told before looking again, so that no change is missed. */
	if (looptun_chardev_writeable(queue) ||
	    (!test_and_set_bit(0, &file->nospace) &&
	     looptun_chardev_writeable(queue)))
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (unlikely(looptun_fault_is_on(queue->tunnel)))
		mask = looptun_fault_run_poll(queue, mask);
	if (looptun_queue_is_dead(queue))
		mask = EPOLLERR;
	looptun_queue_put(queue);
	return mask;
}

#ifdef CONFIG_COMPAT
/* As tun does it: some arguments are pointers, all others are numbers without sign. */
static long looptun_chardev_compat_ioctl(struct file *filp, unsigned int cmd,
					 unsigned long arg)
{
	switch (cmd) {
	case TUNSETIFF:
	case TUNGETIFF:
	case TUNSETTXFILTER:
	case TUNGETSNDBUF:
	case TUNSETSNDBUF:
	case SIOCGIFHWADDR:
	case SIOCSIFHWADDR:
		arg = (unsigned long)compat_ptr(arg);
		break;
	default:
		arg = (compat_ulong_t)arg;
	}
	return looptun_ioctl(filp->private_data, cmd, arg, sizeof(struct compat_ifreq));
}
#else
#define looptun_chardev_compat_ioctl	NULL
#endif

static long looptun_chardev_ioctl(struct file *filp, unsigned int cmd,
				  unsigned long arg)
{
	return looptun_ioctl(filp->private_data, cmd, arg, sizeof(struct ifreq));
}

/* Mirrors tun_chr_fasync(): the caller becomes the owner if there is none. */
static int looptun_chardev_fasync(int fd, struct file *filp, int on)
{
	struct looptun_file *file = filp->private_data;
	int ret;

	ret = on ? looptun_compat_make_owner(filp) : 0;
	if (ret)
		return ret;
	ret = fasync_helper(fd, filp, on, &file->fasync);
	if (ret < 0)
		return ret;
	if (on)
		__f_setown(filp, task_pid(current), PIDTYPE_TGID, 0);
	return 0;
}

static void looptun_chardev_show_fdinfo(struct seq_file *m, struct file *filp)
{
	struct looptun_queue *queue = looptun_queue_get_of(filp->private_data);

	seq_printf(m, "iff:\t%s\n", queue ? queue->tunnel->name : "");
	if (queue)
		looptun_queue_put(queue);
}

/* The file is bound for life to the opener's network namespace, as in tun_chr_open(). */
static int looptun_chardev_open(struct inode *inode, struct file *filp)
{
	struct looptun_file *file;
	int ret = looptun_fault_top(LOOPTUN_FAULT_OPEN);

	if (ret)
		return ret;
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!file)
		return -ENOMEM;
	kref_init(&file->ref);
	file->filp = filp;
	file->net = get_net(current->nsproxy->net_ns);
	file->memcg = get_mem_cgroup_from_mm(current->mm);
	init_waitqueue_head(&file->wait);
	file->sndbuf = INT_MAX;
	filp->private_data = file;
	filp->f_mode |= LOOPTUN_TUN_FMODE;
	return 0;
}

/*
 * A delayed datagram may keep the queue and so the file, and no namespace with it, which
 * a filter's socket would.
 */
static int looptun_chardev_release(struct inode *inode, struct file *filp)
{
	struct looptun_file *file = filp->private_data;

	looptun_attach_close(file);
	looptun_filter_put_on(file, NULL);
	put_net(file->net);
	looptun_file_put(file);
	return 0;
}

/* No llseek: lseek(2) is -ESPIPE, and pread(2) works, as with tun. */
static const struct file_operations looptun_chardev_fops = {
	.owner = THIS_MODULE,
	.open = looptun_chardev_open,
	.release = looptun_chardev_release,
	.read_iter = looptun_chardev_read_iter,
	.write_iter = looptun_write_iter,
	.poll = looptun_chardev_poll,
	.unlocked_ioctl = looptun_chardev_ioctl,
	.compat_ioctl = looptun_chardev_compat_ioctl,
	.fasync = looptun_chardev_fasync,
	.show_fdinfo = looptun_chardev_show_fdinfo,
};

static struct miscdevice looptun_chardev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "looptun",
	.fops = &looptun_chardev_fops,
};

/**
 * looptun_chardev_init - make the device node
 * @node: "looptun", or "net/tun" to stand in for tun.c
 *
 * In place of tun.c it takes that driver's minor number too: a node that was
 * made beforehand leads here, and the number tells who was first.
 *
 * Return: 0, -EINVAL for another @node, -EBUSY if tun.c is there, or an errno
 * of misc_register().
 */
int looptun_chardev_init(const char *node)
{
	int ret;

	if (!strcmp(node, "net/tun")) {
		looptun_chardev_misc.minor = TUN_MINOR;
		looptun_chardev_misc.nodename = "net/tun";
	} else if (strcmp(node, "looptun")) {
		pr_err("node=%s: neither looptun nor net/tun\n", node);
		return -EINVAL;
	}

	ret = misc_register(&looptun_chardev_misc);
	if (ret == -EBUSY)
		pr_err("node=%s: already taken, is tun loaded?\n", node);
	return ret;
}

/**
 * looptun_chardev_exit - take the device node away
 */
void looptun_chardev_exit(void)
{
	misc_deregister(&looptun_chardev_misc);
}
