// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaying: a stream of pcap or pcapng comes in, in writes of any size, and its
 * packets are injected one after the other. What is taken of a write has been
 * injected, up to the packet that is not complete yet.
 */
#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "datagram.h"
#include "frame.h"
#include "inject_frame.h"
#include "line.h"
#include "pcap.h"
#include "replay.h"
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

static void looptun_replay_count(const struct looptun_replay *replay,
				 enum looptun_tunnel_counter counter)
{
	atomic64_inc(&replay->tunnel->counters[counter]);
}

/* Two that no reader finds. */
static const struct looptun_pcap_complaint looptun_replay_cut = {
	"bytes before the end of the stream",
	"a packet or a block ends behind it",
};

static const struct looptun_pcap_complaint looptun_replay_long = {
	"bytes of a packet", "the ring can hold fewer",
};

/* Tell the log, and whoever looks at the figures later. */
static void looptun_replay_complain(const struct looptun_replay *replay, u64 at,
				    const struct looptun_pcap_complaint *why,
				    u32 found)
{
	struct looptun_tunnel *tunnel = replay->tunnel;

	looptun_line_refuse_stream(tunnel, at, why, found);
	mutex_lock(&looptun_tunnel_lock);
	tunnel->replay_failure = (struct looptun_replay_failure) {
		.complaint = why,
		.found = found,
		.at = at,
	};
	mutex_unlock(&looptun_tunnel_lock);
}

static void looptun_replay_fail(struct looptun_replay *replay, u64 at)
{
	replay->failed = true;
	looptun_replay_count(replay, LOOPTUN_TUNNEL_REPLAY_ERRORS);
	looptun_replay_complain(replay, at + replay->reader.field,
				looptun_pcap_complaint(&replay->reader),
				replay->reader.found);
}

/**
 * looptun_replay_create - begin a stream
 * @tunnel: the tunnel, held by the caller
 *
 * Context: process; may sleep. The memory is charged to the caller's cgroup.
 * Return: the stream, or an ERR_PTR of -ENOMEM.
 */
struct looptun_replay *looptun_replay_create(struct looptun_tunnel *tunnel)
{
	struct looptun_replay *replay;

	replay = kzalloc(sizeof(*replay), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!replay)
		return ERR_PTR(-ENOMEM);
	looptun_tunnel_get(tunnel);
	replay->tunnel = tunnel;
	mutex_init(&replay->lock);
	looptun_pcap_reader_init(&replay->reader,
				 looptun_tunnel_is_tap(tunnel));
	return replay;
}

/**
 * looptun_replay_destroy - end a stream
 * @replay: the stream
 *
 * Context: process; may sleep.
 */
void looptun_replay_destroy(struct looptun_replay *replay)
{
	looptun_tunnel_put(replay->tunnel);
	kvfree(replay->buffer);
	kfree(replay);
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
		looptun_replay_count(replay, LOOPTUN_TUNNEL_REPLAY_SKIPPED);
		return LOOPTUN_DONE;
	}
	datagram->data = (u8 *)packet->data;
	datagram->len = packet->len;
	datagram->proto = looptun_frame_proto(frame->tap, packet->data,
					      packet->len);
	outcome = looptun_inject_next(frame, datagram);
	if (outcome)
		return outcome;
	looptun_replay_count(replay, LOOPTUN_TUNNEL_REPLAYED_DATAGRAMS);
	if (packet->cut)
		looptun_replay_count(replay, LOOPTUN_TUNNEL_REPLAY_CUT);
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
					&looptun_replay_long, packet.len);
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
	buffer = kvmalloc(room, GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				__GFP_RETRY_MAYFAIL);
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

/**
 * looptun_replay_write - go on with a stream
 * @replay: the stream
 * @from: what comes next in it
 * @nonblock: do not wait for room
 *
 * Context: process; sleeps for room unless told not to, and on user memory, under a
 * mutex of the stream's own.
 * Return: the bytes taken, which are fewer than @from has if an error came
 * between; -EINVAL for a bad byte, now and ever after; -EMSGSIZE for a packet
 * that the ring can never hold; -EAGAIN, -ERESTARTSYS, -EFAULT, -ENOMEM, -ENODEV.
 */
ssize_t looptun_replay_write(struct looptun_replay *replay,
			     struct iov_iter *from, bool nonblock)
{
	ssize_t ret;

	if (nonblock && !mutex_trylock(&replay->lock))
		return -EAGAIN;
	if (!nonblock && mutex_lock_interruptible(&replay->lock))
		return -ERESTARTSYS;
	ret = looptun_replay_take_all(replay, from, nonblock);
	mutex_unlock(&replay->lock);
	return ret;
}

/**
 * looptun_replay_finish - there is no more of a stream
 * @replay: the stream, which nobody writes to any more
 *
 * Return: 0, or -EINVAL if it is cut short.
 */
int looptun_replay_finish(struct looptun_replay *replay)
{
	if (replay->failed || looptun_tunnel_is_dead(replay->tunnel))
		return 0;
	if (!replay->kept && looptun_pcap_reader_is_between(&replay->reader))
		return 0;
	looptun_replay_count(replay, LOOPTUN_TUNNEL_REPLAY_ERRORS);
	looptun_replay_complain(replay, replay->at, &looptun_replay_cut,
				replay->kept);
	return -EINVAL;
}

/**
 * looptun_replay_poll - poll for room
 * @replay: the stream
 * @filp: the file polled
 * @wait: poll table
 */
__poll_t looptun_replay_poll(struct looptun_replay *replay, struct file *filp,
			     poll_table *wait)
{
	__poll_t mask = looptun_inject_poll(&replay->tunnel->all, filp, wait);

	if (READ_ONCE(replay->failed))
		mask |= EPOLLERR | EPOLLOUT | EPOLLWRNORM;
	return mask;
}
