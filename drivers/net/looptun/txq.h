/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The transmit queue of the real device, as far as it can be seen: how many
 * datagrams it takes, and when it takes more. How many are queued is for the caller
 * to say: two counts of the same would part one day. Pure, no locks.
 */
#ifndef LOOPTUN_TXQ_H
#define LOOPTUN_TXQ_H

#include <linux/cache.h>
#include <linux/types.h>

/**
 * struct looptun_txq - slots of a queue of limited length
 * @size: slots, 0 for no limit
 * @head: reads since the array began anew
 * @stopped: it was full, and its sender is to wait
 * @resumed: reads since then
 */
struct looptun_txq {
	unsigned int size;
	unsigned int head;
	bool stopped;
	unsigned int resumed;
};

bool looptun_txq_produce(struct looptun_txq *txq, unsigned int queued, bool backpressure);
void looptun_txq_start(struct looptun_txq *txq);
bool looptun_txq_consume(struct looptun_txq *txq, unsigned int queued);
void looptun_txq_purge(struct looptun_txq *txq, unsigned int queued);
void looptun_txq_resize(struct looptun_txq *txq, unsigned int size);

/* Slots read and not given back yet: batches are as __ptr_ring_set_size() has them. */
static inline unsigned int looptun_txq_spent(const struct looptun_txq *txq)
{
	unsigned int batch = SMP_CACHE_BYTES * 2 / sizeof(void *);

	return batch > txq->size / 2 ? 0 : txq->head % batch;
}

/**
 * looptun_txq_has_room - has it room for a sender that does not drop?
 * @txq: the queue
 * @queued: datagrams that are queued
 */
static inline bool looptun_txq_has_room(const struct looptun_txq *txq, unsigned int queued)
{
	return !txq->size || (!txq->stopped && queued + looptun_txq_spent(txq) < txq->size);
}

#endif
