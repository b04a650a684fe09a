// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures. Each has a ring of its own, of finished blocks, so that a slow
 * reader loses packets and holds up nobody; how many stands at its end. A tunnel
 * gives its packets to all of its captures under one lock, which makes their
 * order and their times the same in each.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "capture.h"
#include "debugfs.h"
#include "fault_run.h"
#include "pcap.h"
#include "ring.h"

/**
 * struct looptun_capture - one reader
 * @tunnel: the tunnel, referenced
 * @node: among the tunnel's; its capture_lock, as the three below
 * @captured: packets that it has
 * @lost: packets that there was no room for
 * @ring: blocks that it has not read
 *
 * @wait: the reader
 * @ended: nothing goes into @ring any more, and @end is there; release
 *
 * @read_lock: one reader at a time, which copies under it; the three below
 * @record: the block being read, claimed, or NULL
 * @at: bytes read of it, or of @end
 * @end: the block that ends the stream
 * @end_len: bytes of it
 */
struct looptun_capture {
	struct looptun_tunnel *tunnel;
	struct list_head node;
	u64 captured;
	u64 lost;
	struct looptun_ring *ring;

	wait_queue_head_t wait;
	bool ended;

	struct mutex read_lock;	/* see above */
	struct looptun_record *record;
	size_t at;
	u8 end[LOOPTUN_PCAP_END_MAX];
	size_t end_len;
};

static void looptun_capture_wake(struct looptun_capture *capture,
				 __poll_t events)
{
	if (wq_has_sleeper(&capture->wait))
		wake_up_interruptible_poll(&capture->wait,
					   events | EPOLLIN | EPOLLRDNORM);
}

/* Put a packet into one capture, or count it as lost. */
static void looptun_capture_put(struct looptun_capture *capture,
				const struct looptun_pcap_meta *meta,
				const void *data)
{
	struct looptun_record *record;

	record = looptun_ring_reserve(capture->ring,
				      looptun_pcap_packet_size(meta));
	if (IS_ERR(record)) {
		capture->lost++;
		return;
	}
	looptun_pcap_put_packet(record->data, meta, data);
	looptun_ring_commit(capture->ring, record);
	capture->captured++;
	looptun_capture_wake(capture, 0);
}

/**
 * looptun_capture_add - give a packet to the captures
 * @tunnel: the tunnel
 * @direction: which way it goes
 * @queue: by which queue
 * @data: the frame; NULL if there is nothing of it
 * @len: bytes of it
 * @comment: what was done to it, or NULL
 *
 * To be called before whoever gets the packet can have it.
 *
 * Context: process; takes tunnel->capture_lock.
 * Return: true; false if the tunnel is going, so that the packet is late for its
 * captures and has to be late for it as well.
 */
bool looptun_capture_add(struct looptun_tunnel *tunnel,
			 enum looptun_direction direction, int queue,
			 const void *data, size_t len, const char *comment)
{
	struct looptun_pcap_meta meta = {
		.len = len,
		.here = data ? len : 0,
		.queue = queue,
		.inbound = direction == LOOPTUN_TX,
		.comment = comment,
	};
	struct looptun_capture *capture;
	bool late;

	mutex_lock(&tunnel->capture_lock);
	late = tunnel->captures_stopped;
	if (!late) {
		meta.time = ktime_get_real_ns();
		list_for_each_entry(capture, &tunnel->captures, node)
			looptun_capture_put(capture, &meta, data);
	}
	mutex_unlock(&tunnel->capture_lock);
	return !late;
}

/**
 * looptun_capture_dropped - tell the captures of a packet that does not arrive
 * @tunnel: the tunnel
 * @direction: which way it would have gone
 * @queue: by which queue
 * @data: the frame
 * @len: bytes of it
 * @reason: why
 * @comment: what was done to it before, or NULL
 *
 * Context: process; takes tunnel->capture_lock.
 * Return: true; false as of looptun_capture_add().
 */
bool looptun_capture_dropped(struct looptun_tunnel *tunnel,
			     enum looptun_direction direction, int queue,
			     const void *data, size_t len,
			     enum looptun_drop reason, const char *comment)
{
	char text[LOOPTUN_PCAP_COMMENT_MAX + 1];

	if (!looptun_capture_on(tunnel))
		return true;
	snprintf(text, sizeof(text), "dropped: %s%s%s",
		 looptun_drop_texts[reason], comment ? "; " : "", comment ?: "");
	return looptun_capture_add(tunnel, direction, queue, data, len, text);
}

/**
 * looptun_capture_refused - tell the captures of a write that failed
 * @tunnel: the tunnel
 * @direction: which way it was to go
 * @queue: the queue it was made on
 * @datagram: the frame; its data is NULL if it was not read
 * @error: minus the errno
 *
 * Context: process; takes tunnel->capture_lock.
 */
void looptun_capture_refused(struct looptun_tunnel *tunnel,
			     enum looptun_direction direction, int queue,
			     const struct looptun_datagram *datagram, int error)
{
	char comment[LOOPTUN_FAULT_COMMENT_MAX + 40], number[16];
	const char *name = looptun_fault_name_of(looptun_fault_errnos, -error);
	const char *rule = datagram->comment ?: "";

	if (!looptun_capture_on(tunnel))
		return;
	snprintf(number, sizeof(number), "errno %d", -error);
	snprintf(comment, sizeof(comment), "refused: %s%s%s", name ?: number,
		 *rule ? "; " : "", rule);
	looptun_capture_add(tunnel, direction, queue, datagram->data,
			    datagram->len, comment);
}

/**
 * looptun_capture_stop - capture nothing more, as the tunnel is about to go
 * @tunnel: the tunnel
 *
 * The hook stays, so that a packet on its way learns that it is late.
 *
 * Context: process; takes tunnel->capture_lock.
 */
void looptun_capture_stop(struct looptun_tunnel *tunnel)
{
	mutex_lock(&tunnel->capture_lock);
	tunnel->captures_stopped = true;
	mutex_unlock(&tunnel->capture_lock);
}

/**
 * looptun_capture_end - let the readers come to an end, as the tunnel is gone
 * @tunnel: the tunnel, its captures stopped
 *
 * Context: process; takes tunnel->capture_lock.
 */
void looptun_capture_end(struct looptun_tunnel *tunnel)
{
	u64 time = ktime_get_real_ns();
	struct looptun_capture *capture;

	mutex_lock(&tunnel->capture_lock);
	list_for_each_entry(capture, &tunnel->captures, node) {
		capture->end_len = looptun_pcap_put_end(capture->end, time,
							capture->captured,
							capture->lost);
		/* Pairs with the acquire in looptun_capture_has_ended(). */
		smp_store_release(&capture->ended, true);
		looptun_capture_wake(capture, EPOLLHUP);
	}
	mutex_unlock(&tunnel->capture_lock);
}

static bool looptun_capture_has_ended(const struct looptun_capture *capture)
{
	/* Pairs with the release in looptun_capture_end(). */
	return smp_load_acquire(&capture->ended);
}

/* The stream begins with what tells of the tunnel; the ring has room for it. */
static void looptun_capture_put_start(struct looptun_capture *capture)
{
	u8 start[LOOPTUN_PCAP_START_MAX];
	struct looptun_record *record;
	size_t len;

	len = looptun_pcap_put_start(start,
				     looptun_tunnel_is_tap(capture->tunnel),
				     capture->tunnel->name);
	record = looptun_ring_reserve(capture->ring, len);
	memcpy(record->data, start, len);
	looptun_ring_commit(capture->ring, record);
}

/* From here on it has every packet. */
static int looptun_capture_begin(struct looptun_capture *capture)
{
	struct looptun_tunnel *tunnel = capture->tunnel;
	int ret = -ENODEV;

	mutex_lock(&tunnel->capture_lock);
	if (!tunnel->captures_stopped) {
		list_add_tail(&capture->node, &tunnel->captures);
		set_bit(LOOPTUN_HOOK_CAPTURE, &tunnel->hooks);
		ret = 0;
	}
	mutex_unlock(&tunnel->capture_lock);
	return ret;
}

/*
 * Its ring is twice that of a queue, so that what fits there fits here with all
 * that is said of it. The memory is charged to the caller's cgroup. The tunnel is
 * still there: its directory is removed before it is let go.
 */
static int looptun_capture_open(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = inode->i_private;
	struct looptun_tunnel *tunnel = slot->tunnel;
	struct looptun_capture *capture;
	int ret;

	capture = kzalloc(sizeof(*capture),
			  GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!capture)
		return -ENOMEM;
	capture->tunnel = tunnel;
	init_waitqueue_head(&capture->wait);
	mutex_init(&capture->read_lock);
	capture->ring = looptun_ring_create(2 * tunnel->ring_size);
	if (IS_ERR(capture->ring)) {
		ret = PTR_ERR(capture->ring);
		goto err_free;
	}
	looptun_capture_put_start(capture);
	ret = looptun_capture_begin(capture);
	if (ret)
		goto err_destroy_ring;
	looptun_tunnel_get(tunnel);
	filp->private_data = capture;
	return stream_open(inode, filp);

err_destroy_ring:
	looptun_ring_destroy(capture->ring);
err_free:
	kfree(capture);
	return ret;
}

static int looptun_capture_release(struct inode *inode, struct file *filp)
{
	struct looptun_capture *capture = filp->private_data;
	struct looptun_tunnel *tunnel = capture->tunnel;

	mutex_lock(&tunnel->capture_lock);
	list_del(&capture->node);
	if (list_empty(&tunnel->captures) && !tunnel->captures_stopped)
		clear_bit(LOOPTUN_HOOK_CAPTURE, &tunnel->hooks);
	mutex_unlock(&tunnel->capture_lock);
	looptun_ring_destroy(capture->ring);
	kfree(capture);
	looptun_tunnel_put(tunnel);
	return 0;
}

/* Copy of a block what was not copied before; false if memory is not there. */
static bool looptun_capture_copy(struct looptun_capture *capture,
				 const u8 *from, size_t len,
				 struct iov_iter *to)
{
	size_t want = min(len - capture->at, iov_iter_count(to));
	size_t n = copy_to_iter(from + capture->at, want, to);

	capture->at += n;
	return n == want;
}

/* Copy blocks as long as there are some and there is room; false as above. */
static bool looptun_capture_copy_blocks(struct looptun_capture *capture,
					struct iov_iter *to)
{
	struct looptun_record *record;

	while (iov_iter_count(to)) {
		/* The block that was begun, or the next one. */
		record = capture->record ?: looptun_ring_claim(capture->ring, SIZE_MAX);
		WRITE_ONCE(capture->record, record);
		if (!record)
			return true;
		if (!looptun_capture_copy(capture, record->data, record->len, to))
			return false;
		if (capture->at < record->len)
			return true;
		WRITE_ONCE(capture->record, NULL);
		capture->at = 0;
		looptun_ring_consume(capture->ring, record);
	}
	return true;
}

/*
 * Copy what there is. The end may be copied once there can be nothing before it
 * any more: that it is there has to be seen before the ring is seen to be empty.
 */
static ssize_t looptun_capture_copy_all(struct looptun_capture *capture,
					struct iov_iter *to)
{
	bool ended = looptun_capture_has_ended(capture);
	size_t count = iov_iter_count(to);
	bool whole;

	whole = looptun_capture_copy_blocks(capture, to);
	if (whole && ended && !capture->record && iov_iter_count(to))
		whole = looptun_capture_copy(capture, capture->end,
					     capture->end_len, to);
	count -= iov_iter_count(to);
	if (count || (whole && ended))
		return count;
	return whole ? -EAGAIN : -EFAULT;
}

/* Is there something for a reader, be it the end? */
static bool looptun_capture_readable(const struct looptun_capture *capture)
{
	return READ_ONCE(capture->record) ||
	       looptun_ring_readable(capture->ring) ||
	       looptun_capture_has_ended(capture);
}

/*
 * Blocks are cut where the room ends. Copies under a mutex of the capture's own. 0 is
 * the end; after -EFAULT, if nothing could be copied, all is still there.
 */
static ssize_t looptun_capture_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct looptun_capture *capture = iocb->ki_filp->private_data;
	bool nonblock = looptun_file_nonblock(iocb);
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		if (nonblock && !mutex_trylock(&capture->read_lock))
			return -EAGAIN;
		if (!nonblock && mutex_lock_interruptible(&capture->read_lock))
			return -ERESTARTSYS;
		ret = looptun_capture_copy_all(capture, to);
		mutex_unlock(&capture->read_lock);
		if (ret != -EAGAIN || nonblock)
			return ret;
		ret = wait_event_interruptible(capture->wait,
					       looptun_capture_readable(capture));
		if (ret)
			return ret;
	}
}

static __poll_t looptun_capture_poll(struct file *filp, poll_table *wait)
{
	struct looptun_capture *capture = filp->private_data;
	__poll_t mask = 0;

	poll_wait(filp, &capture->wait, wait);

	if (looptun_capture_has_ended(capture))
		mask |= EPOLLHUP;
	if (looptun_capture_readable(capture))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

const struct file_operations looptun_capture_fops = {
	.owner = THIS_MODULE,
	.open = looptun_capture_open,
	.release = looptun_capture_release,
	.read_iter = looptun_capture_read_iter,
	.poll = looptun_capture_poll,
};
