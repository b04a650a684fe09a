// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shrink a failing sequence: drop runs of operations, long ones first, then
 * make arguments plain, until nothing more can go.
 */
#include <string.h>

#include "differential.h"

static bool try(struct diff_sequence *seq, const struct diff_sequence *less,
		diff_predicate fails)
{
	if (!fails(less))
		return false;
	*seq = *less;
	return true;
}

static bool drop(struct diff_sequence *seq, int from, int count,
		 diff_predicate fails)
{
	struct diff_sequence less = *seq;

	if (count >= seq->count)
		return false;
	if (from + count > seq->count)
		count = seq->count - from;
	memmove(&less.op[from], &less.op[from + count],
		(less.count - from - count) * sizeof(*less.op));
	less.count -= count;
	return try(seq, &less, fails);
}

static bool drop_some(struct diff_sequence *seq, diff_predicate fails)
{
	bool any = false;
	int chunk, from;

	for (chunk = seq->count / 2; chunk; chunk /= 2)
		for (from = seq->count - chunk; from >= 0; from -= chunk)
			if (drop(seq, from, chunk, fails))
				any = true;
	return any;
}

static bool make_plain(struct diff_sequence *seq, diff_predicate fails)
{
	struct diff_sequence less;
	bool any = false;
	int i, j;

	for (i = 0; i < seq->count; i++) {
		for (j = 0; j < DIFF_ARGS; j++) {
			if (!seq->op[i].arg[j])
				continue;
			less = *seq;
			less.op[i].arg[j] = 0;
			if (try(seq, &less, fails))
				any = true;
		}
	}
	return any;
}

void diff_shrink(struct diff_sequence *seq, diff_predicate fails)
{
	while (drop_some(seq, fails))
		;
	if (make_plain(seq, fails))
		drop_some(seq, fails);
}
