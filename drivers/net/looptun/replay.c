// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaying: a stream of pcap or pcapng comes in, in writes of any size, and its
 * packets are injected one after the other. What is taken of a write has been
 * injected, up to the packet that is not complete yet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "datagram.h"
#include "debugfs.h"
#include "frame.h"
#include "inject.h"
#include "pcap.h"
#include "tunnel.h"

/* Bytes read at once, more only if a packet is longer. */
#define LOOPTUN_REPLAY_ROOM	SZ_64K

/**
 * struct looptun_replay - one stream
 * @tunnel: the tunnel, referenced
 * @lock: one writer at a time, which copies under it; all below
 * @reader: where it is in the stream
 * @failed: there has been a bad byte
 * @at: bytes of the stream before those in the buffer
 * @buffer: what is not complete yet, and what is being read; NULL at first
 * @room: bytes of it
 * @kept: bytes in it from earlier writes
 */
struct looptun_replay {
	struct looptun_tunnel *tunnel;
	struct mutex lock;	/* see above */

	struct looptun_pcap_reader reader;
	bool failed;
	u64 at;
	u8 *buffer;
	size_t room;
	size_t kept;
};

/* Two that no reader finds. */
#define LOOPTUN_REPLAY_CUT	\
	"bytes before the end of the stream %u, a packet or a block ends behind it"
#define LOOPTUN_REPLAY_LONG	\
	"bytes of a packet %u, the ring, or the buffer of a filter, can hold fewer"

/* Tell the log, and whoever looks at the figures later; @why is a format of @found. */
static void looptun_replay_complain(const struct looptun_replay *replay, u64 at,
				    const char *why, u32 found)
{
	struct looptun_replay_failure failure = { .at = at };
	struct looptun_tunnel *tunnel = replay->tunnel;

	snprintf(failure.text, sizeof(failure.text), why, found);
	pr_notice_ratelimited("%*pE: replay: byte %llu: %s\n", (int)strlen(tunnel->name),
			      tunnel->name, at, failure.text);
	mutex_lock(&looptun_tunnel_lock);
	tunnel->replay_failure = failure;
	mutex_unlock(&looptun_tunnel_lock);
}

static void looptun_replay_fail(struct looptun_replay *replay, u64 at)
{
	WRITE_ONCE(replay->failed, true);
	/* Who polls to write, in another thread, writes no more. */
	looptun_tunnel_wake_test(replay->tunnel, EPOLLERR | EPOLLOUT | EPOLLWRNORM);
	looptun_tunnel_count(replay->tunnel, LOOPTUN_TUNNEL_REPLAY_ERRORS, 1);
	looptun_replay_complain(replay, at + replay->reader.field,
				replay->reader.why, replay->reader.found);
}

/*
 * The memory is charged to the caller's cgroup. The tunnel is still there: its
 * directory is removed before it is let go.
 */
static int looptun_replay_open(struct inode *inode, struct file *filp)
{
	struct looptun_slot *slot = inode->i_private;
	struct looptun_replay *replay;

	replay = kzalloc(sizeof(*replay), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!replay)
		return -ENOMEM;
	looptun_tunnel_get(slot->tunnel);
	replay->tunnel = slot->tunnel;
	mutex_init(&replay->lock);
	replay->reader.tap = looptun_tunnel_is_tap(slot->tunnel);
	filp->private_data = replay;
	return stream_open(inode, filp);
}

/* Inject a packet that is for the program and can be a frame. */
static enum looptun_outcome
looptun_replay_inject(struct looptun_replay *replay,
		      struct looptun_inject_frame *frame,
		      const struct looptun_pcap_packet *packet,
		      struct looptun_datagram *datagram)
{
	enum looptun_outcome outcome;

	if (packet->inbound || looptun_inject_is_short(frame, packet->len)) {
		looptun_tunnel_count(replay->tunnel, LOOPTUN_TUNNEL_REPLAY_SKIPPED, 1);
		return LOOPTUN_DONE;
	}
	datagram->data = (u8 *)packet->data;
	datagram->len = packet->len;
	datagram->proto = looptun_frame_proto(frame->tap, packet->data,
					      packet->len);
	outcome = looptun_inject_next(frame, datagram);
	if (outcome)
		return outcome;
	looptun_tunnel_count(replay->tunnel, LOOPTUN_TUNNEL_REPLAYED_DATAGRAMS, 1);
	if (packet->cut)
		looptun_tunnel_count(replay->tunnel, LOOPTUN_TUNNEL_REPLAY_CUT, 1);
	return LOOPTUN_DONE;
}

/*
 * Replay what stands in the first @len bytes of the buffer. @taken becomes how
 * many of them are done with: whole blocks, or all before a bad byte.
 */
static int looptun_replay_parse(struct looptun_replay *replay, size_t len,
				bool nonblock, size_t *taken)
{
	struct looptun_inject_frame frame =
		looptun_inject_frame(&replay->tunnel->all,
				     LOOPTUN_INJECT_KNOWN, nonblock);
	struct looptun_datagram datagram = { };
	enum looptun_outcome outcome = LOOPTUN_DONE;
	struct looptun_pcap_packet packet;
	ssize_t n = 0;
	size_t at = 0;

	for (; at < len; at += n) {
		cond_resched();
		n = looptun_pcap_read(&replay->reader, replay->buffer + at,
				      len - at, &packet);
		if (n <= 0)
			break;
		/* Reading a packet changes nothing: it can be read again. */
		if (packet.data)
			outcome = looptun_replay_inject(replay, &frame, &packet,
							&datagram);
		if (outcome)
			break;
	}
	looptun_inject_end(&frame);
	if (outcome == LOOPTUN_TOO_LONG)
		looptun_replay_complain(replay, replay->at + at,
					LOOPTUN_REPLAY_LONG, packet.len);
	if (n < 0) {
		looptun_replay_fail(replay, replay->at + at);
		at += replay->reader.bad;
	}
	*taken = at;
	return n < 0 ? n : looptun_inject_errno(&frame, outcome);
}

/* Room for more than what is kept; a packet is at most half the largest. */
static int looptun_replay_make_room(struct looptun_replay *replay)
{
	size_t room = replay->room ? 2 * replay->room : LOOPTUN_REPLAY_ROOM;
	u8 *buffer;

	if (replay->kept < replay->room)
		return 0;
	buffer = kvmalloc(room, LOOPTUN_DATAGRAM_GFP);
	if (!buffer)
		return -ENOMEM;
	if (replay->kept)
		memcpy(buffer, replay->buffer, replay->kept);
	kvfree(replay->buffer);
	replay->buffer = buffer;
	replay->room = room;
	return 0;
}

/*
 * Take what the buffer has room for; @done becomes how many bytes that is. Where
 * it goes wrong, this write has taken what stands before, and what was kept of
 * earlier ones stays.
 */
static int looptun_replay_take(struct looptun_replay *replay,
			       struct iov_iter *from, bool nonblock,
			       size_t *done)
{
	size_t kept, n, taken;
	int ret;

	*done = 0;
	ret = looptun_replay_make_room(replay);
	if (ret)
		return ret;
	kept = replay->kept;
	n = copy_from_iter(replay->buffer + kept,
			   min(iov_iter_count(from), replay->room - kept),
			   from);
	if (!n)
		return -EFAULT;
	ret = looptun_replay_parse(replay, kept + n, nonblock, &taken);
	*done = ret ? max(taken, kept) - kept : n;
	replay->at += taken;
	replay->kept = (ret ? max(taken, kept) : kept + n) - taken;
	memmove(replay->buffer, replay->buffer + taken, replay->kept);
	return ret;
}

static ssize_t looptun_replay_take_all(struct looptun_replay *replay,
				       struct iov_iter *from,
				       bool nonblock)
{
	ssize_t total = 0;
	size_t done;
	int ret = 0;

	if (looptun_tunnel_is_dead(replay->tunnel))
		return -ENODEV;
	if (replay->failed)
		return -EINVAL;
	while (!ret && iov_iter_count(from)) {
		ret = looptun_replay_take(replay, from, nonblock, &done);
		total += done;
		/* There may be gigabytes of it that wait for nothing. */
		if (fatal_signal_pending(current))
			ret = -EINTR;
	}
	return total ?: ret;
}

/*
 * Copies and waits for room under a mutex of the stream's own. It takes fewer bytes
 * than it is given if an error comes between. -EINVAL is for a bad byte, now and ever
 * after, -EMSGSIZE for a packet that the ring, or a filter's buffer, can never hold.
 */
static ssize_t looptun_replay_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct looptun_replay *replay = iocb->ki_filp->private_data;
	bool nonblock = looptun_file_nonblock(iocb);
	ssize_t ret;

	if (nonblock && !mutex_trylock(&replay->lock))
		return -EAGAIN;
	if (!nonblock && mutex_lock_interruptible(&replay->lock))
		return -ERESTARTSYS;
	ret = looptun_replay_take_all(replay, from, nonblock);
	mutex_unlock(&replay->lock);
	return ret;
}

/* Does it end in the middle of something? One that has failed is told of already. */
static bool looptun_replay_is_cut(const struct looptun_replay *replay)
{
	return !READ_ONCE(replay->failed) && !looptun_tunnel_is_dead(replay->tunnel) &&
	       (replay->kept || replay->reader.trailer);
}

/* close(2) tells of a stream that is cut short, if it is the last one. */
static int looptun_replay_flush(struct file *filp, fl_owner_t id)
{
	return file_count(filp) <= 1 && looptun_replay_is_cut(filp->private_data) ? -EINVAL : 0;
}

static int looptun_replay_release(struct inode *inode, struct file *filp)
{
	struct looptun_replay *replay = filp->private_data;

	if (looptun_replay_is_cut(replay)) {
		looptun_tunnel_count(replay->tunnel, LOOPTUN_TUNNEL_REPLAY_ERRORS, 1);
		looptun_replay_complain(replay, replay->at, LOOPTUN_REPLAY_CUT,
					replay->kept);
	}
	looptun_tunnel_put(replay->tunnel);
	kvfree(replay->buffer);
	kfree(replay);
	return 0;
}

static __poll_t looptun_replay_poll(struct file *filp, poll_table *wait)
{
	struct looptun_replay *replay = filp->private_data;
	__poll_t mask = looptun_inject_poll(&replay->tunnel->all, filp, wait);

	if (READ_ONCE(replay->failed))
		mask |= EPOLLERR | EPOLLOUT | EPOLLWRNORM;
	return mask;
}

const struct file_operations looptun_replay_fops = {
	.owner = THIS_MODULE,
	.open = looptun_replay_open,
	.flush = looptun_replay_flush,
	.release = looptun_replay_release,
	.write_iter = looptun_replay_write_iter,
	.poll = looptun_replay_poll,
};
