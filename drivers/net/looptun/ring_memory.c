// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a datagram ring. Who asks a ring something under RCU may do so
 * while it is destroyed, hence its locks.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ring.h"

static void looptun_ring_free_pages(struct looptun_ring *ring)
{
	size_t i;

	for (i = 0; i < ring->size / PAGE_SIZE && ring->pages[i]; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
}

/*
 * Whoever has no room for it in the memory cgroup gets -ENOMEM; nobody is killed
 * for it.
 */
#define LOOPTUN_RING_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | \
				 __GFP_RETRY_MAYFAIL)

/* Map every page twice, so that a record that wraps is contiguous all the same. */
static int looptun_ring_map(struct looptun_ring *ring)
{
	size_t i, count = ring->size / PAGE_SIZE;

	ring->pages = kvcalloc(2 * count, sizeof(*ring->pages),
			       LOOPTUN_RING_GFP);
	if (!ring->pages)
		return -ENOMEM;

	for (i = 0; i < count; i++) {
		ring->pages[i] = alloc_page(LOOPTUN_RING_GFP);
		if (!ring->pages[i])
			goto err_free_pages;
	}
	memcpy(ring->pages + count, ring->pages, count * sizeof(*ring->pages));

	ring->data = vmap(ring->pages, 2 * count, VM_MAP, PAGE_KERNEL);
	if (!ring->data)
		goto err_free_pages;
	return 0;

err_free_pages:
	looptun_ring_free_pages(ring);
	return -ENOMEM;
}

/**
 * looptun_ring_create - make an empty ring
 * @size: bytes of room, a power of two of whole pages
 *
 * Context: may sleep. The memory is charged to the memory cgroup in force.
 * Return: the ring, or an ERR_PTR of -ENOMEM.
 */
struct looptun_ring *looptun_ring_create(size_t size)
{
	struct looptun_ring *ring;
	int ret;

	ring = kzalloc(sizeof(*ring), LOOPTUN_RING_GFP);
	if (!ring)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ring->ref, 1);
	ring->size = size;
	spin_lock_init(&ring->producer_lock);
	spin_lock_init(&ring->consumer_lock);

	ret = looptun_ring_map(ring);
	if (ret) {
		kfree(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

/**
 * looptun_ring_count - how many datagrams nobody has taken yet
 * @ring: the ring
 *
 * Those that are being filled count. About, where somebody is at work.
 */
unsigned int looptun_ring_count(const struct looptun_ring *ring)
{
	return READ_ONCE(ring->made) - READ_ONCE(ring->taken);
}

/**
 * looptun_ring_destroy - free a ring that nobody uses any more
 * @ring: the ring; NULL is let pass
 *
 * It can be asked for room, and whether there is something to read, for an RCU
 * grace period more.
 *
 * Context: may sleep.
 */
void looptun_ring_destroy(struct looptun_ring *ring)
{
	u8 *data;

	if (!ring)
		return;
	/* Who asks under RCU has no reference, and looks at records. */
	spin_lock(&ring->producer_lock);
	spin_lock(&ring->consumer_lock);
	data = ring->data;
	ring->data = NULL;
	spin_unlock(&ring->consumer_lock);
	spin_unlock(&ring->producer_lock);
	vunmap(data);
	looptun_ring_free_pages(ring);
	kfree_rcu(ring, rcu);
}
