/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules say of a datagram.
 */
#ifndef LOOPTUN_FAULT_VERDICT_H
#define LOOPTUN_FAULT_VERDICT_H

#include <linux/types.h>

#include "datagram.h"

struct looptun_tunnel;

/* Room for the rules that have fired, for captures; more are left out. */
#define LOOPTUN_FAULT_COMMENT_MAX	256

/**
 * struct looptun_fault_verdict - what the rules say of a datagram
 * @error: minus the errno for whoever sends it, or 0
 * @drop: it is lost
 * @reason: why, then
 * @len: bytes that are left of it
 * @copies: how many more of it there are
 * @held: it goes later
 * @reorder: after so many others, then
 * @release: not before that time, then
 * @clears: the tunnel's, before they were asked
 * @comment: the rules, if somebody captures; or empty
 */
struct looptun_fault_verdict {
	int error;
	bool drop;
	enum looptun_drop reason;
	size_t len;
	unsigned int copies;
	bool held;
	u64 reorder;
	u64 release;
	int clears;
	char comment[LOOPTUN_FAULT_COMMENT_MAX];
};

enum looptun_outcome looptun_fault_judge(struct looptun_tunnel *tunnel,
					 enum looptun_direction direction,
					 u64 queue,
					 const struct looptun_datagram *datagram,
					 struct looptun_fault_verdict *verdict);

#endif
