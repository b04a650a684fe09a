// SPDX-License-Identifier: GPL-2.0-only
/*
 * tun's transmit queue is a ptr_ring, whose reader gives slots back in batches:
 * what fits after a few reads is less than what was read.
 */
#include <linux/cache.h>

#include "txq.h"

/* As __ptr_ring_set_size() chooses it. */
static unsigned int looptun_txq_batch(const struct looptun_txq *txq)
{
	unsigned int batch = SMP_CACHE_BYTES * 2 / sizeof(void *);

	return batch > txq->size / 2 ? 1 : batch;
}

/**
 * looptun_txq_produce - take a slot
 * @txq: the queue
 * @backpressure: the last one stops the sender until it may go on
 *
 * Mirrors ptr_ring_produce(), and tun_net_xmit() with IFF_BACKPRESSURE.
 *
 * Return: false if there is none: the datagram is to be dropped, or with
 * @backpressure to wait.
 */
bool looptun_txq_produce(struct looptun_txq *txq, bool backpressure)
{
	if (txq->used == txq->size || (backpressure && txq->stopped))
		return false;
	txq->used++;
	txq->stopped = backpressure && txq->used == txq->size;
	return true;
}

/**
 * looptun_txq_unproduce - give back the slot just taken
 * @txq: the queue
 */
void looptun_txq_unproduce(struct looptun_txq *txq)
{
	if (txq->used == txq->spent)
		return;
	txq->used--;
	txq->stopped = false;
}

/* Mirrors __tun_wake_queue(): half of the queue was read, or all that there is. */
static void looptun_txq_resume(struct looptun_txq *txq)
{
	if (!txq->stopped)
		return;
	if (++txq->resumed < txq->size / 2 && txq->used != txq->spent)
		return;
	txq->stopped = false;
	txq->resumed = 0;
}

/* Mirrors __ptr_ring_discard_one(). */
static void looptun_txq_discard(struct looptun_txq *txq)
{
	txq->spent++;
	txq->head++;
	if (txq->spent < looptun_txq_batch(txq) && txq->head < txq->size)
		return;
	txq->used -= txq->spent;
	txq->spent = 0;
	if (txq->head >= txq->size)
		txq->head = 0;
}

/**
 * looptun_txq_consume - a datagram was read
 * @txq: the queue; one without limit, or with nothing in it, is let pass
 *
 * Mirrors tun_ring_consume().
 */
void looptun_txq_consume(struct looptun_txq *txq)
{
	if (txq->used == txq->spent)
		return;
	looptun_txq_discard(txq);
	looptun_txq_resume(txq);
}

/**
 * looptun_txq_purge - all that is queued was dropped
 * @txq: the queue
 *
 * tun reads it all, so that the batches go on where they are: they begin anew
 * where the array does.
 */
void looptun_txq_purge(struct looptun_txq *txq)
{
	unsigned int left = txq->used - txq->spent;

	if (!left)
		return;
	if (txq->head + left >= txq->size) {
		left -= txq->size - txq->head;
		txq->head = 0;
		txq->spent = 0;
	}
	txq->head += left;
	txq->spent = (txq->spent + left) % looptun_txq_batch(txq);
	txq->used = txq->spent;
	if (txq->stopped)
		txq->resumed = 0;
	txq->stopped = false;
}

/**
 * looptun_txq_resize - change the length
 * @txq: the queue
 * @size: slots from now on, 0 for no limit
 * @queued: datagrams that are queued and kept, at most @size
 *
 * Mirrors ptr_ring_resize(): the array begins anew.
 */
void looptun_txq_resize(struct looptun_txq *txq, unsigned int size,
			unsigned int queued)
{
	*txq = (struct looptun_txq) {
		.size = size,
		.used = size ? queued : 0,
	};
}
