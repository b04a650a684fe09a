// SPDX-License-Identifier: GPL-2.0-only
/*
 * A datagram that the program has written, complete and in kernel memory: rules have
 * their say, and it is lost, held back, or goes on. Then it is kept for the test, or
 * counted where there is no room, and goes to a program: echo, reflect, peer. That never
 * waits for room: what cannot be passed on is dropped and counted by the reason. Holds a
 * peer while it uses it, and no lock.
 */
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "capture.h"
#include "delay.h"
#include "dissect.h"
#include "fault_run.h"
#include "inject.h"
#include "sent.h"
#include "trace.h"
#include "vnet.h"
#include "written.h"

/**
 * struct looptun_loopback - a datagram on its way to a program
 * @from: the tunnel that it was written to
 * @to: the tunnel whose program is to read it, referenced
 * @queue: number of the queue that it was written on, -1 if that is disabled
 * @datagram: the datagram
 * @buffer: memory of its own, ETH_HLEN bytes longer than the data, which stands
 *	at its end; NULL while the data is the writer's
 */
struct looptun_loopback {
	struct looptun_tunnel *from;
	struct looptun_tunnel *to;
	int queue;
	struct looptun_datagram datagram;
	u8 *buffer;
};

/* Make the data one that may be changed, with room before it. */
static enum looptun_outcome
looptun_loopback_own(struct looptun_loopback *loopback)
{
	struct looptun_datagram *datagram = &loopback->datagram;

	if (loopback->buffer)
		return LOOPTUN_DONE;
	loopback->buffer = kvmalloc(ETH_HLEN + datagram->len, LOOPTUN_DATAGRAM_GFP);
	if (!loopback->buffer)
		return LOOPTUN_NO_MEMORY;
	datagram->data = memcpy(loopback->buffer + ETH_HLEN, datagram->data,
				datagram->len);
	return LOOPTUN_DONE;
}

/*
 * Leave of the virtio-net header what the reader asked for with TUNSETOFFLOAD.
 * Nobody else here could segment a datagram; its checksum can be completed.
 */
static enum looptun_outcome
looptun_loopback_fit(struct looptun_loopback *loopback, bool complete)
{
	struct looptun_framing from = looptun_tunnel_framing(loopback->from);
	struct looptun_framing to = looptun_tunnel_framing(loopback->to);
	struct looptun_datagram *datagram = &loopback->datagram;
	unsigned long offloads = READ_ONCE(loopback->to->offloads);
	bool segmented = datagram->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE;
	bool offered = to.vnet_hdr_sz &&
		       looptun_vnet_is_offered(offloads, &datagram->vnet);
	enum looptun_outcome outcome;

	if (!datagram->vnet_len)
		return LOOPTUN_DONE;
	if (segmented && !offered)
		return LOOPTUN_NO_OFFLOAD;
	if (segmented || (offered && !complete))
		return LOOPTUN_DONE;
	datagram->vnet_len = 0;
	if (!looptun_vnet_has_meaning(&datagram->vnet))
		return LOOPTUN_DONE;
	outcome = looptun_loopback_own(loopback);
	if (outcome)
		return outcome;
	return looptun_vnet_complete(from, &datagram->vnet, datagram->data,
				     datagram->len) ?
	       LOOPTUN_DONE : LOOPTUN_MALFORMED;
}

/* To the same queue, if there is one of that number; of -1 there is none. */
static enum looptun_outcome
looptun_loopback_pass(const struct looptun_tunnel *to, int queue,
		      const struct looptun_datagram *datagram)
{
	const struct looptun_slot *slot = &to->all;

	if ((unsigned int)queue < READ_ONCE(to->numqueues))
		slot = &to->slots[queue];
	return looptun_inject_pass(slot, datagram);
}

static enum looptun_outcome
looptun_loopback_reflect(struct looptun_loopback *loopback)
{
	struct looptun_datagram *datagram = &loopback->datagram;
	bool tap = looptun_tunnel_is_tap(loopback->from);
	enum looptun_outcome outcome;

	outcome = looptun_loopback_fit(loopback, true) ?: looptun_loopback_own(loopback);
	if (!outcome)
		outcome = looptun_reflect(tap, datagram->data, &datagram->len,
					  datagram->vnet_len, false);
	return outcome ?: looptun_loopback_pass(loopback->to, loopback->queue, datagram);
}

/* Remember the program's MAC, for what a TUN writes. */
static void looptun_loopback_learn(const struct looptun_loopback *loopback)
{
	struct looptun_peer *peer = &loopback->from->peer;
	const u8 *source = loopback->datagram.data + ETH_ALEN;
	u64 mac;

	if (loopback->datagram.len < ETH_HLEN || !is_valid_ether_addr(source))
		return;
	mac = ether_addr_to_u64(source) | LOOPTUN_PEER_MAC_KNOWN;
	if (atomic64_read(&peer->mac) != mac)
		atomic64_set(&peer->mac, mac);
}

/* A TUN has no MAC: answer whoever asks for it. */
static enum looptun_outcome
looptun_loopback_neighbour(struct looptun_loopback *loopback)
{
	struct looptun_datagram answer = loopback->datagram;
	enum looptun_outcome outcome;

	outcome = looptun_reflect(true, answer.data, &answer.len, false, true);
	answer.vnet_len = 0;
	return outcome ?: looptun_loopback_pass(loopback->from, loopback->queue, &answer);
}

/* Take Ethernet header, tags and padding off; @cut: how much before the rest. */
static enum looptun_outcome
looptun_loopback_to_tun(struct looptun_loopback *loopback, int *cut)
{
	struct looptun_datagram *datagram = &loopback->datagram;
	struct looptun_dissect_frame frame;

	if (!looptun_dissect_frame(true, datagram->data, datagram->len, &frame))
		return LOOPTUN_MALFORMED;
	if (frame.type != ETH_P_IP && frame.type != ETH_P_IPV6)
		return LOOPTUN_NO_ANSWER;
	looptun_dissect_trim(&frame);
	*cut = frame.data - datagram->data;
	datagram->data = frame.data;
	datagram->len = frame.len;
	datagram->proto = htons(frame.type);
	return LOOPTUN_DONE;
}

/* Put an Ethernet header before it, to the program if it has been heard of. */
static enum looptun_outcome
looptun_loopback_to_tap(struct looptun_loopback *loopback, int *cut)
{
	static const u8 source[ETH_ALEN] = LOOPTUN_REFLECT_MAC;
	struct looptun_datagram *datagram = &loopback->datagram;
	u64 mac = atomic64_read(&loopback->to->peer.mac);
	enum looptun_outcome outcome;

	if (!datagram->len)
		return LOOPTUN_MALFORMED;
	outcome = looptun_loopback_own(loopback);
	if (outcome)
		return outcome;
	/* What is no IP has the type that the program gave it. */
	looptun_frame_ip_proto(*datagram->data, &datagram->proto);
	*cut = -ETH_HLEN;
	datagram->data -= ETH_HLEN;
	datagram->len += ETH_HLEN;
	looptun_frame_ether_header(datagram->data, datagram->proto);
	if (mac & LOOPTUN_PEER_MAC_KNOWN)
		u64_to_ether_addr(mac & ~LOOPTUN_PEER_MAC_KNOWN, datagram->data);
	ether_addr_copy(datagram->data + ETH_ALEN, source);
	return LOOPTUN_DONE;
}

/* From the framing of one tunnel to that of the other. */
static enum looptun_outcome
looptun_loopback_peer(struct looptun_loopback *loopback)
{
	struct looptun_framing from = looptun_tunnel_framing(loopback->from);
	struct looptun_framing to = looptun_tunnel_framing(loopback->to);
	struct looptun_datagram *datagram = &loopback->datagram;
	enum looptun_outcome outcome;
	int cut = 0;

	if (from.tap && !to.tap) {
		looptun_loopback_learn(loopback);
		outcome = looptun_loopback_own(loopback) ?:
			  looptun_loopback_neighbour(loopback);
		if (outcome != LOOPTUN_NO_ANSWER)
			return outcome;
	}
	outcome = looptun_loopback_fit(loopback, false);
	if (!outcome && from.tap && !to.tap)
		outcome = looptun_loopback_to_tun(loopback, &cut);
	if (!outcome && !from.tap && to.tap)
		outcome = looptun_loopback_to_tap(loopback, &cut);
	if (!outcome && datagram->vnet_len &&
	    !looptun_vnet_move(from, to, &datagram->vnet, cut, datagram->len))
		outcome = LOOPTUN_MALFORMED;
	return outcome ?: looptun_loopback_pass(loopback->to, loopback->queue, datagram);
}

/* Why it is not passed on. What is not here: there is nowhere to. */
static const enum looptun_drop looptun_loopback_drops[] = {
	[LOOPTUN_MALFORMED] = LOOPTUN_DROP_LOOPBACK_MALFORMED,
	[LOOPTUN_REFUSED] = LOOPTUN_DROP_LOOPBACK_RULE,
	[LOOPTUN_NO_HOST] = LOOPTUN_DROP_LOOPBACK_ADDRESS,
	[LOOPTUN_NO_ANSWER] = LOOPTUN_DROP_LOOPBACK_PROTOCOL,
	[LOOPTUN_NO_OFFLOAD] = LOOPTUN_DROP_LOOPBACK_OFFLOAD,
};

/* The captures have had it as written; now they are told what became of it. */
static void looptun_loopback_drop(struct looptun_tunnel *tunnel, int queue,
				  const struct looptun_datagram *datagram,
				  enum looptun_outcome outcome)
{
	enum looptun_drop reason = looptun_loopback_drops[outcome] ?:
				   LOOPTUN_DROP_LOOPBACK_NO_ROOM;

	/* The counters are in the order of the reasons. */
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_LOOPBACK_NO_ROOM + reason -
				     LOOPTUN_DROP_LOOPBACK_NO_ROOM, 1);
	trace_drop(tunnel, datagram->len, reason);
	looptun_capture_dropped(tunnel, LOOPTUN_TX, queue, datagram->data,
				datagram->len, reason, datagram->comment);
}

/* What is looped is made of a datagram: an answer to it, or what another tunnel takes. */
static enum looptun_outcome
looptun_loopback_make(struct looptun_tunnel *tunnel, int queue,
		      const struct looptun_datagram *datagram, bool reflect)
{
	struct looptun_loopback loopback = {
		.from = tunnel,
		.to = reflect ? tunnel : looptun_peer_get(tunnel),
		.queue = queue,
		.datagram = *datagram,
	};
	enum looptun_outcome outcome;

	if (!loopback.to)
		return LOOPTUN_GONE;
	outcome = reflect ? looptun_loopback_reflect(&loopback) :
			    looptun_loopback_peer(&loopback);
	if (!reflect)
		looptun_tunnel_put(loopback.to);
	kvfree(loopback.buffer);
	return outcome;
}

/* Hand a datagram that was accepted to whom the loopback is set to, under no lock. */
static void looptun_loopback_written(struct looptun_queue *queue,
				     const struct looptun_datagram *datagram)
{
	int index = looptun_queue_is_enabled(queue) ? looptun_queue_index(queue) : -1;
	struct looptun_tunnel *tunnel = queue->tunnel;
	/* Pairs with the release in looptun_peer_set_one_locked(). */
	enum looptun_peer_mode mode = smp_load_acquire(&tunnel->peer.mode);
	enum looptun_outcome outcome;

	if (mode == LOOPTUN_PEER_NONE)
		return;
	outcome = mode == LOOPTUN_PEER_ECHO ?
		  looptun_loopback_pass(tunnel, index, datagram) :
		  looptun_loopback_make(tunnel, index, datagram,
					mode == LOOPTUN_PEER_REFLECT);
	if (outcome)
		looptun_loopback_drop(tunnel, index, datagram, outcome);
	else
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_LOOPBACK_DATAGRAMS, 1);
}

/* Captures have it first, then the counters, and then everybody else. */
static bool looptun_written_account(struct looptun_queue *queue, int index,
				    const struct looptun_datagram *datagram)
{
	if (looptun_capture_on(queue->tunnel) &&
	    !looptun_capture_add(queue->tunnel, LOOPTUN_TX, index, datagram->data,
				 datagram->len, datagram->comment))
		return false;
	if (!datagram->counted)
		looptun_written_count(queue->tunnel, datagram->len);
	return true;
}

/**
 * looptun_written_show - let all have a datagram who look on, and the test
 * @written: its record, complete
 * @datagram: what it was made of, its data the record's
 *
 * Captures have it first, then the counters, then sent, then who reads what is looped,
 * which is copied before sent has it: its room may be taken back then.
 *
 * Context: process, under no lock; may sleep.
 * Return: LOOPTUN_DONE, or _GONE if the tunnel went meanwhile.
 */
enum looptun_outcome looptun_written_show(struct looptun_written *written,
					  struct looptun_datagram *datagram)
{
	struct looptun_queue *queue = written->queue;

	if (!looptun_written_account(queue, looptun_queue_index(queue), datagram)) {
		looptun_written_discard(queue, written->record);
		return LOOPTUN_GONE;
	}
	datagram->written = written;
	looptun_loopback_written(queue, datagram);
	datagram->written = NULL;
	if (written->record)
		looptun_sent_publish(queue, written->record);
	return LOOPTUN_DONE;
}

/* There is no room to keep it; the program's write succeeds all the same. */
static enum looptun_outcome
looptun_written_drop(struct looptun_queue *queue,
		     const struct looptun_datagram *datagram)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	if (!looptun_capture_dropped(tunnel, LOOPTUN_TX, looptun_queue_index(queue),
				     datagram->data, datagram->len,
				     LOOPTUN_DROP_SENT_FULL, datagram->comment))
		return LOOPTUN_GONE;
	if (!datagram->counted)
		looptun_written_count(tunnel, datagram->len);
	looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_SENT_DROPPED, 1);
	trace_drop(tunnel, datagram->len, LOOPTUN_DROP_SENT_FULL);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
	return LOOPTUN_DONE;
}

/* The program has written it, and closed before it was let go. */
static enum looptun_outcome
looptun_written_leave(struct looptun_queue *queue,
		      const struct looptun_datagram *datagram)
{
	if (!datagram->counted || !looptun_written_account(queue, -1, datagram))
		return LOOPTUN_GONE;
	looptun_left_add(queue->tunnel, datagram);
	return LOOPTUN_DONE;
}

/* One that rules let pass goes its way, to sent if there is room; the queue has a tx ring. */
static enum looptun_outcome
looptun_written_go_on(struct looptun_queue *queue,
		      const struct looptun_datagram *datagram)
{
	struct looptun_written written = { .queue = queue };
	struct looptun_datagram kept = *datagram;
	enum looptun_outcome outcome;

	if (looptun_queue_is_dead(queue)) {
		outcome = looptun_written_leave(queue, datagram);
	} else {
		written.record = looptun_ring_reserve(queue->tx,
						      datagram->vnet_len + datagram->len);
		if (!IS_ERR(written.record)) {
			kept.data = memcpy(looptun_written_begin(queue, written.record, datagram),
					   datagram->data, datagram->len);
			written.record->proto = datagram->proto;
			return looptun_written_show(&written, &kept);
		}
		outcome = looptun_written_drop(queue, datagram);
	}
	if (!outcome)
		looptun_loopback_written(queue, datagram);
	return outcome;
}

/* Nothing from the program waits for room. */
static bool looptun_written_deliver_held(const struct looptun_held *held)
{
	return looptun_delay_is_done(held, looptun_written_go_on(held->queue, &held->datagram));
}

/* The program has written all the same. */
static void looptun_written_lose(struct looptun_queue *queue,
				 const struct looptun_datagram *datagram,
				 enum looptun_drop reason)
{
	struct looptun_tunnel *tunnel = queue->tunnel;

	looptun_tunnel_count(tunnel, reason == LOOPTUN_DROP_HELD_FULL ?
			     LOOPTUN_TUNNEL_HELD_DROPPED :
			     LOOPTUN_TUNNEL_TX_DROPPED_RULE, 1);
	trace_drop(tunnel, datagram->len, reason);
	looptun_capture_dropped(tunnel, LOOPTUN_TX, looptun_queue_index(queue),
				datagram->data, datagram->len, reason, datagram->comment);
	/* Somebody may wait for the count. */
	looptun_tunnel_wake_test(tunnel, EPOLLIN | EPOLLRDNORM);
}

/* All of it, with its copies, later. */
static void looptun_written_hold(struct looptun_queue *queue,
				 const struct looptun_datagram *datagram,
				 const struct looptun_fault_verdict *verdict)
{
	const struct looptun_held how = {
		.tunnel = queue->tunnel,
		.queue = queue,
		.deliver = looptun_written_deliver_held,
		.release = verdict->said.release,
		.reorder = verdict->said.reorder,
		.clears = verdict->clears,
	};
	unsigned int i;

	for (i = 0; i <= verdict->said.copies; i++)
		looptun_delay_hold(datagram, &how);
	looptun_tunnel_wake_test(queue->tunnel, EPOLLIN | EPOLLRDNORM);
}

static enum looptun_outcome
looptun_written_obey(struct looptun_queue *queue,
		     const struct looptun_datagram *datagram,
		     const struct looptun_fault_verdict *verdict, int *error)
{
	struct looptun_datagram left = *datagram;
	unsigned int i;

	left.comment = verdict->comment[0] ? verdict->comment : NULL;
	if (verdict->said.error) {
		*error = -verdict->said.error;
		looptun_capture_refused(queue->tunnel, LOOPTUN_TX,
					looptun_queue_index(queue), &left, *error);
		return LOOPTUN_REFUSED;
	}
	left.counted = true;
	looptun_written_count(queue->tunnel, datagram->len);
	if (verdict->said.drop) {
		looptun_written_lose(queue, &left, verdict->reason);
		return LOOPTUN_DONE;
	}
	left.len = verdict->said.len;
	if (verdict->held) {
		looptun_written_hold(queue, &left, verdict);
		return LOOPTUN_DONE;
	}
	/* It is written, and what the end of the tunnel keeps from going on is lost. */
	for (i = 0; i <= verdict->said.copies; i++)
		if (looptun_written_go_on(queue, &left))
			looptun_tunnel_count(queue->tunnel, LOOPTUN_TUNNEL_TX_DROPPED_GONE, 1);
	return LOOPTUN_DONE;
}

/**
 * looptun_written_pass - a datagram in kernel memory goes its way
 * @queue: the queue; it has a tx ring
 * @datagram: the datagram, whose data rules may change
 * @error: for the errno of a rule that refuses it, negative
 *
 * Context: process; may sleep.
 * Return: LOOPTUN_DONE, also where it is lost or held back; _REFUSED; or _GONE.
 * Captures know of it; or _NO_MEMORY, and nobody does.
 */
enum looptun_outcome looptun_written_pass(struct looptun_queue *queue,
					  const struct looptun_datagram *datagram,
					  int *error)
{
	struct looptun_fault_verdict verdict;
	enum looptun_outcome outcome;

	if (!looptun_fault_is_on(queue->tunnel))
		return looptun_written_go_on(queue, datagram);
	outcome = looptun_fault_judge(queue->tunnel, LOOPTUN_TX, looptun_fault_queue(queue),
				      datagram, &verdict);
	if (outcome)
		return outcome;
	outcome = looptun_written_obey(queue, datagram, &verdict, error);
	looptun_delay_passed(queue->tunnel, LOOPTUN_TX);
	return outcome;
}
