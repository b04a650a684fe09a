// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a datagram that the program has written: it is kept for the
 * far end, or counted where there is no room. No lock of its own.
 */
#include <linux/err.h>

#include "capture.h"
#include "datagram.h"
#include "fault_run.h"
#include "file.h"
#include "loopback.h"
#include "ring.h"
#include "sent.h"
#include "trace.h"
#include "tunnel.h"
#include "written.h"

/**
 * looptun_written_discard - a datagram is not to be, after all
 * @tunnel: the tunnel
 * @file: who would have written it
 * @record: from looptun_written_begin()
 *
 * Context: process.
 */
void looptun_written_discard(struct looptun_tunnel *tunnel,
			     struct looptun_file *file,
			     struct looptun_record *record)
{
	if (looptun_ring_discard(file->tx, record))
		looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
}

static int looptun_written_queue(const struct looptun_file *file)
{
	return READ_ONCE(file->disabled) ? -1 : READ_ONCE(file->ifindex);
}

/**
 * looptun_written_loop - hand a datagram that is written to the loopback
 * @tunnel: the tunnel
 * @file: who wrote it, or NULL once that is gone
 * @datagram: the datagram
 *
 * Context: process, under no lock; may sleep.
 */
void looptun_written_loop(struct looptun_tunnel *tunnel,
			  const struct looptun_file *file,
			  const struct looptun_datagram *datagram)
{
	if (looptun_tunnel_hooks(tunnel) & BIT(LOOPTUN_HOOK_LOOPBACK))
		looptun_loopback_written(tunnel,
					 file ? looptun_written_queue(file) : -1,
					 datagram);
}

/* Captures have it first, then the counters, and then everybody else. */
static int looptun_written_account(struct looptun_tunnel *tunnel,
				   struct looptun_file *file,
				   struct looptun_record *record,
				   const struct looptun_datagram *datagram)
{
	if (looptun_capture_on(tunnel) &&
	    !looptun_capture_packet(tunnel, LOOPTUN_TX,
				    READ_ONCE(file->ifindex),
				    record->data + record->vnet_len,
				    record->len - record->vnet_len,
				    datagram->comment)) {
		looptun_written_discard(tunnel, file, record);
		return -EIO;
	}
	if (!datagram->counted)
		looptun_written_count(file, datagram->len);
	return 0;
}

/**
 * looptun_written_show - let all have a datagram who look on, and the far end
 * @written: its record, complete
 * @datagram: what it was made of, its data the record's
 *
 * Captures have it first, then the counters, then sent, then who reads what is
 * looped; that is copied before sent has it and its room may be taken
 * back.
 *
 * Context: process, under no lock; may sleep.
 * Return: 0, or -EIO if the tunnel went meanwhile, as tun has it.
 */
int looptun_written_show(struct looptun_written *written,
			 struct looptun_datagram *datagram)
{
	int ret = looptun_written_account(written->tunnel, written->file,
					  written->record, datagram);

	if (ret)
		return ret;
	datagram->written = written;
	looptun_loopback_written(written->tunnel,
				 looptun_written_queue(written->file), datagram);
	datagram->written = NULL;
	if (written->record)
		looptun_sent_commit(written);
	return 0;
}

/* There is no room to keep it; the program's write succeeds all the same. */
static int looptun_written_drop(struct looptun_tunnel *tunnel,
				struct looptun_file *file,
				const struct looptun_datagram *datagram)
{
	if (!looptun_capture_dropped(tunnel, LOOPTUN_TX,
				     READ_ONCE(file->ifindex), datagram->data,
				     datagram->len, LOOPTUN_DROP_SENT_FULL,
				     datagram->comment))
		return -EIO;
	if (!datagram->counted)
		looptun_written_count(file, datagram->len);
	looptun_file_count(file, LOOPTUN_FILE_SENT_DROPPED, 1);
	trace_drop(tunnel, datagram->len, LOOPTUN_DROP_SENT_FULL);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_far(tunnel, EPOLLIN | EPOLLRDNORM);
	return 0;
}

/**
 * looptun_written_keep - keep a datagram for sent, if there is room
 * @tunnel: the tunnel
 * @file: who wrote it; it has a tx ring, which does not go meanwhile
 * @datagram: the datagram
 *
 * Context: process; may sleep.
 * Return: 0, or -EIO if the tunnel went meanwhile, as tun has it.
 */
int looptun_written_keep(struct looptun_tunnel *tunnel,
			 struct looptun_file *file,
			 const struct looptun_datagram *datagram)
{
	struct looptun_record *record;
	int ret;

	record = looptun_ring_reserve(file->tx,
				      datagram->vnet_len + datagram->len);
	if (IS_ERR(record))
		return looptun_written_drop(tunnel, file, datagram);
	/* If the ring was purged since the file was its, this would stay there. */
	if (!looptun_file_is_of(file, tunnel)) {
		looptun_written_discard(tunnel, file, record);
		return -EIO;
	}
	memcpy(looptun_written_begin(tunnel, record, datagram), datagram->data,
	       datagram->len);
	record->proto = datagram->proto;
	ret = looptun_written_account(tunnel, file, record, datagram);
	if (!ret)
		looptun_sent_publish(tunnel, file, record);
	return ret;
}

/**
 * looptun_written_go_on - a datagram that rules let pass goes its way
 * @tunnel: the tunnel
 * @file: who wrote it; it has a tx ring
 * @datagram: the datagram
 *
 * Context: process; may sleep.
 * Return: 0, or the errno that the write is to fail with.
 */
int looptun_written_go_on(struct looptun_tunnel *tunnel,
			  struct looptun_file *file,
			  const struct looptun_datagram *datagram)
{
	int ret = looptun_written_keep(tunnel, file, datagram);

	if (!ret)
		looptun_written_loop(tunnel, file, datagram);
	return ret;
}

/**
 * looptun_written_pass - a datagram in kernel memory goes its way
 * @tunnel: the tunnel
 * @file: who wrote it; it has a tx ring
 * @datagram: the datagram, whose data rules may change
 *
 * Context: process; may sleep.
 * Return: 0, or the errno that the write is to fail with; captures know of it.
 */
int looptun_written_pass(struct looptun_tunnel *tunnel,
			 struct looptun_file *file,
			 const struct looptun_datagram *datagram)
{
	if (looptun_fault_is_on(tunnel))
		return looptun_written_by_rules(tunnel, file, datagram);
	return looptun_written_go_on(tunnel, file, datagram);
}
