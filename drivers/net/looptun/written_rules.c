// SPDX-License-Identifier: GPL-2.0-only
/*
 * A datagram that the program has written and that rules have a say in.
 */
#include <linux/err.h>

#include "capture.h"
#include "datagram.h"
#include "delay.h"
#include "fault_run.h"
#include "fault_verdict.h"
#include "file.h"
#include "queue.h"
#include "ring.h"
#include "trace.h"
#include "tunnel.h"
#include "written.h"

/* Who wrote it has left meanwhile: it goes to what such have left behind. */
static int looptun_written_leave_behind_locked(struct looptun_tunnel *tunnel,
					       const struct looptun_datagram *datagram)
{
	struct looptun_record *record = ERR_PTR(-ENOMEM);

	lockdep_assert_held(&tunnel->kept_lock);

	if (looptun_queue_make_kept_locked(tunnel))
		record = looptun_ring_reserve(tunnel->kept, datagram->vnet_len +
							    datagram->len);
	if (IS_ERR(record)) {
		looptun_delay_lost(tunnel, LOOPTUN_TX, -1, datagram);
		return 0;
	}
	if (!looptun_capture_packet(tunnel, LOOPTUN_TX, -1, datagram->data,
				    datagram->len, datagram->comment)) {
		looptun_ring_discard(tunnel->kept, record);
		return -EIO;
	}
	memcpy(looptun_written_begin(tunnel, record, datagram), datagram->data,
	       datagram->len);
	record->proto = datagram->proto;
	looptun_ring_commit(tunnel->kept, record);
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
	return 0;
}

/*
 * A close that comes meanwhile hands the file's ring over to the tunnel, under
 * the same lock.
 */
static int looptun_written_deliver_held(const struct looptun_held *held,
					struct looptun_file *file,
					bool nonblock)
{
	const struct looptun_datagram *datagram = &held->datagram;
	struct looptun_tunnel *tunnel = held->tunnel;
	int ret;

	mutex_lock(&tunnel->kept_lock);
	if (file && file->closing)
		file = NULL;
	ret = file ? looptun_written_keep(tunnel, file, datagram) :
		     looptun_written_leave_behind_locked(tunnel, datagram);
	mutex_unlock(&tunnel->kept_lock);
	if (!ret)
		looptun_written_loop(tunnel, file, datagram);
	return ret;
}

/* The program has written all the same. */
static void looptun_written_lose(struct looptun_tunnel *tunnel,
				 const struct looptun_file *file,
				 const struct looptun_datagram *datagram,
				 const struct looptun_fault_verdict *verdict)
{
	const char *comment = verdict->comment[0] ? verdict->comment : NULL;

	if (verdict->reason == LOOPTUN_DROP_HELD_FULL)
		atomic64_inc(&tunnel->counters[LOOPTUN_TUNNEL_HELD_DROPPED]);
	trace_drop(tunnel, datagram->len, verdict->reason);
	looptun_capture_dropped(tunnel, LOOPTUN_TX, READ_ONCE(file->ifindex),
				datagram->data, datagram->len, verdict->reason,
				comment);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
}

/* All of it, with its copies, later. */
static void looptun_written_hold(struct looptun_tunnel *tunnel,
				 struct looptun_file *file,
				 const struct looptun_datagram *datagram,
				 const struct looptun_fault_verdict *verdict)
{
	struct looptun_delay_order order = {
		.file = file,
		.deliver = looptun_written_deliver_held,
		.release = verdict->release,
		.reorder = verdict->reorder,
	};
	unsigned int copies = verdict->copies;

	do {
		looptun_delay_hold(tunnel, LOOPTUN_TX, datagram, &order);
	} while (copies--);
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
}

static int looptun_written_obey(struct looptun_tunnel *tunnel,
				struct looptun_file *file,
				const struct looptun_datagram *datagram,
				const struct looptun_fault_verdict *verdict)
{
	struct looptun_datagram left = *datagram;
	unsigned int copies = verdict->copies;
	int ret;

	left.comment = verdict->comment[0] ? verdict->comment : NULL;
	if (verdict->error) {
		looptun_capture_refused(tunnel, LOOPTUN_TX,
					READ_ONCE(file->ifindex), &left,
					verdict->error);
		return verdict->error;
	}
	left.len = verdict->len;
	left.counted = true;
	looptun_written_count(file, datagram->len);
	if (verdict->drop) {
		looptun_written_lose(tunnel, file, datagram, verdict);
		return 0;
	}
	if (verdict->held) {
		looptun_written_hold(tunnel, file, &left, verdict);
		return 0;
	}
	do {
		ret = looptun_written_go_on(tunnel, file, &left);
	} while (!ret && copies--);
	return ret;
}

/**
 * looptun_written_by_rules - ask the rules about a datagram, do as they say
 * @tunnel: the tunnel
 * @file: who wrote it; it has a tx ring
 * @datagram: the datagram, whose data they may change
 *
 * Context: process; may sleep.
 * Return: 0, also where it is lost or held back; or the errno that the write is
 * to fail with.
 */
int looptun_written_by_rules(struct looptun_tunnel *tunnel,
			     struct looptun_file *file,
			     const struct looptun_datagram *datagram)
{
	struct looptun_fault_verdict verdict;
	int ret;

	looptun_fault_judge(tunnel, LOOPTUN_TX, looptun_fault_queue(file),
			    datagram, &verdict);
	ret = looptun_written_obey(tunnel, file, datagram, &verdict);
	looptun_delay_passed(tunnel, LOOPTUN_TX, true);
	return ret;
}
