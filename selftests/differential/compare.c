// SPDX-License-Identifier: GPL-2.0-only
/* Compare the two logs of a sequence, field by field. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "differential.h"

#define FIELDS 512

struct line {
	int count;
	struct field {
		const char *at;
		int len, key, order;
	} field[FIELDS];
};

/* By key, in their order: the sides list tunnels in different orders. */
static int by_key(const void *a, const void *b)
{
	const struct field *x = a, *y = b;
	int least = x->key < y->key ? x->key : y->key;
	int ret = strncmp(x->at, y->at, least);

	if (!ret)
		ret = x->key - y->key;
	return ret ?: x->order - y->order;
}

/* What finds no field of its own is in the last one: nothing is passed over. */
static void split(struct line *line, const char *text, size_t len)
{
	const char *end = text + len;
	struct field *f;
	size_t n;

	line->count = 0;
	while (text < end && line->count < FIELDS) {
		n = strcspn(text, "\n ");
		if (text + n > end || line->count == FIELDS - 1)
			n = end - text;
		f = &line->field[line->count];
		*f = (struct field){ text, n, n, line->count };
		if (memchr(text, '=', n))
			f->key = (char *)memchr(text, '=', n) - text;
		line->count += n > 0;
		text += n + 1;
	}
	/* The first is the number of the operation. */
	if (line->count > 1)
		qsort(line->field + 1, line->count - 1, sizeof(struct field),
		      by_key);
}

static void copy(char *to, size_t size, const struct line *line, int i)
{
	if (i < line->count)
		snprintf(to, size, "%.*s", line->field[i].len,
			 line->field[i].at);
	else
		snprintf(to, size, "nothing");
}

static bool same_key(const struct field *a, const struct field *b)
{
	return a->key == b->key && !strncmp(a->at, b->at, a->key);
}

static bool same(const struct line *a, const struct line *b, int i)
{
	const struct field *x = &a->field[i], *y = &b->field[i];

	return i < a->count && i < b->count && x->len == y->len &&
	       !memcmp(x->at, y->at, x->len);
}

static void describe(struct diff_mismatch *found, const struct line *real,
		     const struct line *looptun, int i)
{
	const struct line *line = i < real->count ? real : looptun;

	if (i < real->count && i < looptun->count &&
	    !same_key(&real->field[i], &looptun->field[i]) &&
	    by_key(&real->field[i], &looptun->field[i]) > 0)
		line = looptun;
	snprintf(found->key, sizeof(found->key), "%.*s", line->field[i].key,
		 line->field[i].at);
	copy(found->real, sizeof(found->real), real, i);
	copy(found->looptun, sizeof(found->looptun), looptun, i);
}

static int find(const struct line *line, const char *key)
{
	int i, len = strlen(key);

	for (i = 0; i < line->count; i++)
		if (line->field[i].key == len &&
		    !strncmp(line->field[i].at, key, len))
			break;
	return i;
}

/* The real one knows as much of the tunnel as is to be known. */
static bool allowed(const struct diff_op *op, const struct line *real,
		    const struct diff_mismatch *found, bool *stop)
{
	char asks[32];

	copy(asks, sizeof(asks), real, find(real, "asks"));
	return diff_allowed(op, asks, found->key, found->real, found->looptun,
			    stop);
}

/* What the call returned explains what else there is. */
static bool differ_ret(const struct diff_op *op, const struct line *real,
		       const struct line *looptun, struct diff_mismatch *found,
		       bool *stop)
{
	strcpy(found->key, "ret");
	copy(found->real, sizeof(found->real), real, find(real, "ret"));
	copy(found->looptun, sizeof(found->looptun), looptun,
	     find(looptun, "ret"));
	return strcmp(found->real, found->looptun) &&
	       !allowed(op, real, found, stop);
}

/* Is there a difference in this line that is not allowed? */
static bool differ(const struct diff_op *op, const struct line *real,
		   const struct line *looptun, struct diff_mismatch *found,
		   bool *stop)
{
	int i, count = real->count > looptun->count ? real->count :
		looptun->count;

	if (differ_ret(op, real, looptun, found, stop))
		return true;
	for (i = 0; i < count && !*stop; i++) {
		if (same(real, looptun, i))
			continue;
		describe(found, real, looptun, i);
		if (!allowed(op, real, found, stop))
			return true;
	}
	return false;
}

/* What came first is in @found. An allowed difference may end the comparison. */
bool diff_compare(const struct diff_sequence *seq, const char *real,
		  const char *looptun, struct diff_mismatch *found)
{
	static struct line a, b;
	bool stop = false;
	size_t n, m;
	int i;

	for (i = 0; i <= seq->count && !stop; i++) {
		n = strcspn(real, "\n");
		m = strcspn(looptun, "\n");
		split(&a, real, n);
		split(&b, looptun, m);
		found->op = i;
		if (i < seq->count)
			diff_coverage_count(seq->op[i].kind, real, n);
		if (differ(i < seq->count ? &seq->op[i] : NULL, &a, &b, found,
			   &stop))
			return true;
		real += n + !!real[n];
		looptun += m + !!looptun[m];
	}
	return false;
}
