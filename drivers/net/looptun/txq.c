// SPDX-License-Identifier: GPL-2.0-only
/*
 * tun's transmit queue is a ptr_ring, whose reader gives slots back in batches:
 * what fits after a few reads is less than what was read.
 */
#include "txq.h"

/**
 * looptun_txq_produce - may one more be queued?
 * @txq: the queue
 * @queued: datagrams that are
 * @backpressure: the last one stops the sender until it may go on
 *
 * Mirrors ptr_ring_produce(), and tun_net_xmit() with IFF_BACKPRESSURE.
 *
 * Return: false if not: the datagram is to be dropped, or with @backpressure to
 * wait.
 */
bool looptun_txq_produce(struct looptun_txq *txq, unsigned int queued, bool backpressure)
{
	unsigned int used = queued + looptun_txq_spent(txq);

	if (used >= txq->size || (backpressure && txq->stopped))
		return false;
	txq->stopped = backpressure && used + 1 == txq->size;
	return true;
}

/**
 * looptun_txq_start - a sender that was stopped may go on
 * @txq: the queue
 */
void looptun_txq_start(struct looptun_txq *txq)
{
	txq->stopped = false;
	txq->resumed = 0;
}

/**
 * looptun_txq_consume - a datagram was read
 * @txq: the queue
 * @queued: how many are left
 *
 * Mirrors tun_ring_consume(), with __ptr_ring_discard_one(); and __tun_wake_queue():
 * half of the queue was read, or all that there is.
 *
 * Return: whether a sender that was stopped may go on.
 */
bool looptun_txq_consume(struct looptun_txq *txq, unsigned int queued)
{
	if (++txq->head >= txq->size)
		txq->head = 0;
	if (!txq->stopped || (++txq->resumed < txq->size / 2 && queued))
		return false;
	looptun_txq_start(txq);
	return true;
}

/**
 * looptun_txq_purge - all that is queued was dropped
 * @txq: the queue
 * @queued: how many that were
 *
 * tun reads it all, so that the batches go on where they are: they begin anew
 * where the array does.
 */
void looptun_txq_purge(struct looptun_txq *txq, unsigned int queued)
{
	if (txq->head + queued >= txq->size) {
		queued -= txq->size - txq->head;
		txq->head = 0;
	}
	txq->head += queued;
	looptun_txq_start(txq);
}

/**
 * looptun_txq_resize - change the length
 * @txq: the queue
 * @size: slots from now on, 0 for no limit
 *
 * Mirrors ptr_ring_resize(): the array begins anew.
 */
void looptun_txq_resize(struct looptun_txq *txq, unsigned int size)
{
	*txq = (struct looptun_txq) { .size = size };
}
