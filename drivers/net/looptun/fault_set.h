/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a tunnel, or those of all.
 */
#ifndef LOOPTUN_FAULT_SET_H
#define LOOPTUN_FAULT_SET_H

#include <linux/spinlock.h>

#include "fault.h"

/**
 * struct looptun_fault_set - the rules of one file
 * @sites: where any of them is asked, bits of enum looptun_fault_site; written
 *	under looptun_tunnel_lock
 * @lock: taken to ask @rules and to change them; process context
 * @corrupts: how many of the rules corrupt; written under both
 * @rules: the rules; changed under looptun_tunnel_lock too, so that under it
 *	they can be looked at
 */
struct looptun_fault_set {
	unsigned int sites;

	spinlock_t lock;	/* see above */
	size_t corrupts;
	struct looptun_fault_rules rules;
};

#endif
