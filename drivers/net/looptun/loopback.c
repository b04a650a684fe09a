// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the program has written, towards a program: echo, reflect, peer. Never
 * waits for room: what cannot be passed on is dropped and counted by the reason.
 * Holds a peer while it uses it, and no lock.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "capture.h"
#include "datagram.h"
#include "dissect.h"
#include "frame.h"
#include "inject.h"
#include "loopback.h"
#include "peer.h"
#include "reflect.h"
#include "trace.h"
#include "tunnel.h"
#include "vnet.h"

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
	loopback->buffer = kvmalloc(ETH_HLEN + datagram->len,
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				    __GFP_RETRY_MAYFAIL);
	if (!loopback->buffer)
		return LOOPTUN_NO_MEMORY;
	datagram->data = memcpy(loopback->buffer + ETH_HLEN, datagram->data,
				datagram->len);
	return LOOPTUN_DONE;
}

static enum looptun_outcome
looptun_loopback_outcome(enum looptun_dissect_verdict verdict)
{
	switch (verdict) {
	case LOOPTUN_DISSECT_OK:
		return LOOPTUN_DONE;
	case LOOPTUN_DISSECT_ADDRESS:
		return LOOPTUN_NO_HOST;
	case LOOPTUN_DISSECT_PROTOCOL:
		return LOOPTUN_NO_ANSWER;
	default:
		return LOOPTUN_MALFORMED;
	}
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
looptun_loopback_pass_to(const struct looptun_tunnel *to, int queue,
			 const struct looptun_datagram *datagram)
{
	const struct looptun_slot *slot = &to->all;

	if ((unsigned int)queue < READ_ONCE(to->numqueues))
		slot = &to->slots[queue];
	return looptun_inject_pass(slot, datagram);
}

static enum looptun_outcome
looptun_loopback_pass(const struct looptun_loopback *loopback)
{
	return looptun_loopback_pass_to(loopback->to, loopback->queue,
					&loopback->datagram);
}

static enum looptun_outcome
looptun_loopback_reflect(struct looptun_loopback *loopback)
{
	struct looptun_datagram *datagram = &loopback->datagram;
	bool tap = looptun_tunnel_is_tap(loopback->from);
	enum looptun_outcome outcome;

	outcome = looptun_loopback_fit(loopback, true) ?:
		  looptun_loopback_own(loopback);
	if (outcome)
		return outcome;
	outcome = looptun_loopback_outcome(looptun_reflect(tap, datagram->data,
							   &datagram->len,
							   datagram->vnet_len));
	return outcome ?: looptun_loopback_pass(loopback);
}

/* Remember the program's MAC, for what a TUN writes. */
static void looptun_loopback_learn(const struct looptun_loopback *loopback)
{
	struct looptun_peer *peer = &loopback->from->peer;
	const u8 *source = loopback->datagram.data + ETH_ALEN;
	u64 mac;

	if (loopback->datagram.len < ETH_HLEN ||
	    !is_valid_ether_addr(source))
		return;
	mac = ether_addr_to_u64(source) | LOOPTUN_PEER_MAC_KNOWN;
	if (atomic64_read(&peer->mac) != mac)
		atomic64_set(&peer->mac, mac);
}

/* A TUN has no MAC: answer whoever asks for it. */
static enum looptun_outcome
looptun_loopback_neighbour(struct looptun_loopback *loopback)
{
	struct looptun_loopback answer = *loopback;
	struct looptun_datagram *datagram = &answer.datagram;
	enum looptun_dissect_verdict verdict;

	verdict = looptun_reflect_neighbour(datagram->data, &datagram->len);
	if (verdict != LOOPTUN_DISSECT_OK)
		return looptun_loopback_outcome(verdict);
	datagram->vnet_len = 0;
	answer.to = loopback->from;
	return looptun_loopback_pass(&answer);
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
		u64_to_ether_addr(mac & ~LOOPTUN_PEER_MAC_KNOWN,
				  datagram->data);
	ether_addr_copy(datagram->data + ETH_ALEN, source);
	return LOOPTUN_DONE;
}

/* From the framing of one tunnel to that of the other. */
static enum looptun_outcome
looptun_loopback_convert(struct looptun_loopback *loopback)
{
	struct looptun_framing from = looptun_tunnel_framing(loopback->from);
	struct looptun_framing to = looptun_tunnel_framing(loopback->to);
	struct looptun_datagram *datagram = &loopback->datagram;
	enum looptun_outcome outcome;
	int cut = 0;

	outcome = looptun_loopback_fit(loopback, false);
	if (!outcome && from.tap && !to.tap)
		outcome = looptun_loopback_to_tun(loopback, &cut);
	if (!outcome && !from.tap && to.tap)
		outcome = looptun_loopback_to_tap(loopback, &cut);
	if (!outcome && datagram->vnet_len &&
	    !looptun_vnet_move(from, to, &datagram->vnet, cut))
		outcome = LOOPTUN_MALFORMED;
	return outcome;
}

static enum looptun_outcome
looptun_loopback_peer(struct looptun_loopback *loopback)
{
	enum looptun_outcome outcome;

	if (looptun_tunnel_is_tap(loopback->from) &&
	    !looptun_tunnel_is_tap(loopback->to)) {
		looptun_loopback_learn(loopback);
		outcome = looptun_loopback_own(loopback) ?:
			  looptun_loopback_neighbour(loopback);
		if (outcome != LOOPTUN_NO_ANSWER)
			return outcome;
	}
	return looptun_loopback_convert(loopback) ?:
	       looptun_loopback_pass(loopback);
}

/* As reflector or peer want it, which is seldom as it is. */
static enum looptun_outcome
looptun_loopback_send(struct looptun_tunnel *tunnel, int queue,
		      const struct looptun_datagram *datagram,
		      enum looptun_peer_mode mode)
{
	struct looptun_loopback loopback = {
		.from = tunnel,
		.to = tunnel,
		.queue = queue,
		.datagram = *datagram,
	};
	enum looptun_outcome outcome = LOOPTUN_GONE;

	if (mode == LOOPTUN_PEER_REFLECT) {
		outcome = looptun_loopback_reflect(&loopback);
	} else {
		loopback.to = looptun_peer_get(tunnel);
		if (loopback.to) {
			outcome = looptun_loopback_peer(&loopback);
			looptun_tunnel_put(loopback.to);
		}
	}
	kvfree(loopback.buffer);
	return outcome;
}

static enum looptun_drop looptun_loopback_reason(enum looptun_outcome outcome)
{
	switch (outcome) {
	case LOOPTUN_NO_HOST:
		return LOOPTUN_DROP_LOOPBACK_ADDRESS;
	case LOOPTUN_NO_ANSWER:
		return LOOPTUN_DROP_LOOPBACK_PROTOCOL;
	case LOOPTUN_NO_OFFLOAD:
		return LOOPTUN_DROP_LOOPBACK_OFFLOAD;
	case LOOPTUN_REFUSED:
		return LOOPTUN_DROP_LOOPBACK_RULE;
	case LOOPTUN_MALFORMED:
		return LOOPTUN_DROP_LOOPBACK_MALFORMED;
	default:
		return LOOPTUN_DROP_LOOPBACK_NO_ROOM;
	}
}

/* The captures have had it as written; now they are told what became of it. */
static void looptun_loopback_drop(struct looptun_tunnel *tunnel, int queue,
				  const struct looptun_datagram *datagram,
				  enum looptun_drop reason)
{
	static const enum looptun_tunnel_counter counters[] = {
		[LOOPTUN_DROP_LOOPBACK_NO_ROOM] =
			LOOPTUN_TUNNEL_LOOPBACK_NO_ROOM,
		[LOOPTUN_DROP_LOOPBACK_MALFORMED] =
			LOOPTUN_TUNNEL_LOOPBACK_MALFORMED,
		[LOOPTUN_DROP_LOOPBACK_ADDRESS] =
			LOOPTUN_TUNNEL_LOOPBACK_ADDRESS,
		[LOOPTUN_DROP_LOOPBACK_PROTOCOL] =
			LOOPTUN_TUNNEL_LOOPBACK_PROTOCOL,
		[LOOPTUN_DROP_LOOPBACK_OFFLOAD] =
			LOOPTUN_TUNNEL_LOOPBACK_OFFLOAD,
		[LOOPTUN_DROP_LOOPBACK_RULE] = LOOPTUN_TUNNEL_LOOPBACK_RULE,
	};

	atomic64_inc(&tunnel->counters[counters[reason]]);
	trace_drop(tunnel, datagram->len, reason);
	looptun_capture_dropped(tunnel, LOOPTUN_TX, queue, datagram->data,
				datagram->len, reason, datagram->comment);
}

/**
 * looptun_loopback_written - the program has written a datagram
 * @tunnel: the tunnel, referenced by the caller
 * @queue: number of the queue, -1 if that is disabled
 * @datagram: what it wrote; not changed
 *
 * To be called where the write was accepted and LOOPTUN_HOOK_LOOPBACK may be set.
 *
 * Context: process; may sleep, does not wait for room.
 */
void looptun_loopback_written(struct looptun_tunnel *tunnel, int queue,
			      const struct looptun_datagram *datagram)
{
	/* Pairs with the release in looptun_peer_set_one_locked(). */
	enum looptun_peer_mode mode = smp_load_acquire(&tunnel->peer.mode);
	enum looptun_outcome outcome;

	if (mode == LOOPTUN_PEER_NONE)
		return;
	outcome = mode == LOOPTUN_PEER_ECHO ?
		  looptun_loopback_pass_to(tunnel, queue, datagram) :
		  looptun_loopback_send(tunnel, queue, datagram, mode);
	if (outcome)
		looptun_loopback_drop(tunnel, queue, datagram,
				      looptun_loopback_reason(outcome));
	else
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_LOOPBACK_DATAGRAMS,
				     1);
}
