/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams that rules hold back: for a time, for a rate, or for others to go
 * first. Knows neither rules nor where a datagram goes: who hands one over says
 * how it is delivered.
 */
#ifndef LOOPTUN_DELAY_H
#define LOOPTUN_DELAY_H

#include <linux/timerqueue.h>
#include <linux/types.h>

#include "datagram.h"

struct looptun_queue;
struct looptun_slot;
struct looptun_tunnel;

/**
 * struct looptun_held - a datagram that is held back
 * @node: in a queue of delay.c, by time or by number
 * @size: bytes of it, with this
 * @release: when it may go, by ktime_get_ns()
 * @reorder: how many others go before it
 * @clears: the tunnel's when rules were asked: once there are more it may go
 * @tunnel: the tunnel
 * @slot: to the program: the queue it is for
 * @queue: from it: the queue that it was written on, referenced
 * @deliver: sends it on its way; false if it has to wait for room, see
 *	looptun_delay_is_done(). It stays the caller's
 * @datagram: the datagram; its data and comment stand behind
 */
struct looptun_held {
	struct timerqueue_node node;
	size_t size;
	u64 release;
	u64 reorder;
	int clears;
	struct looptun_tunnel *tunnel;
	const struct looptun_slot *slot;
	struct looptun_queue *queue;
	bool (*deliver)(const struct looptun_held *held);
	struct looptun_datagram datagram;
};

/* To the program if it is for a queue, from it if one has written it. */
static inline enum looptun_direction
looptun_held_direction(const struct looptun_held *held)
{
	return held->slot ? LOOPTUN_RX : LOOPTUN_TX;
}

size_t looptun_delay_room(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction);
bool looptun_delay_is_due(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction, u64 release);
bool looptun_delay_add(struct looptun_held *held);
struct looptun_held *looptun_delay_take(struct looptun_tunnel *tunnel,
					enum looptun_direction direction,
					unsigned int passed);
void looptun_delay_destroy(struct looptun_held *held);
void looptun_delay_flush_locked(struct looptun_tunnel *tunnel);
void looptun_delay_settle(struct looptun_tunnel *tunnel);
void looptun_delay_end_locked(struct looptun_tunnel *tunnel);

/* By whom datagrams are handed over: delay_hold.c. */
void looptun_delay_hold(const struct looptun_datagram *datagram,
			const struct looptun_held *how);
bool looptun_delay_is_done(const struct looptun_held *held, enum looptun_outcome outcome);
void looptun_delay_lost(struct looptun_tunnel *tunnel,
			enum looptun_direction direction, int queue,
			const struct looptun_datagram *datagram);
void looptun_delay_passed(struct looptun_tunnel *tunnel,
			  enum looptun_direction direction);

#endif
