// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequences at random, the same for a seed on every machine. Most begin with a
 * file that is attached, and each has a few values that it comes back to, so
 * that operations meet.
 */
#include <string.h>

#include "differential.h"
#include "pools.h"
#include "run.h"

#define STICKY 2
#define POOLS 128

struct state {
	__u64 random;
	__u32 classes;
	/* As far as can be told. */
	enum { CLOSED, OPEN, ATTACHED } file[DIFF_FILES];
	int pools;
	struct {
		const struct diff_pool *pool;
		int value[STICKY];
	} sticky[POOLS];
};

__u64 diff_random(__u64 *state)
{
	__u64 x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static int below(struct state *s, int limit)
{
	return diff_random(&s->random) % limit;
}

static bool chance(struct state *s, int percent)
{
	return below(s, 100) < percent;
}

static int fresh(struct state *s, const struct diff_pool *pool)
{
	if (chance(s, pool->plain))
		return 0;
	if (pool->rare && !chance(s, 5))
		return below(s, pool->count - pool->rare);
	return below(s, pool->count);
}

static int sticky(struct state *s, const struct diff_pool *pool)
{
	int i, j;

	for (i = 0; i < s->pools; i++)
		if (s->sticky[i].pool == pool)
			return s->sticky[i].value[below(s, 8) == 0];
	if (s->pools == POOLS)
		return fresh(s, pool);
	s->sticky[s->pools].pool = pool;
	for (j = 0; j < STICKY; j++)
		s->sticky[s->pools].value[j] = fresh(s, pool);
	/* Names and types that most often work. */
	if (pool == &diff_pool_name && chance(s, 93))
		s->sticky[s->pools].value[0] = below(s, 16);
	if (pool == &diff_pool_type && chance(s, 95))
		s->sticky[s->pools].value[0] = below(s, 2);
	return s->sticky[s->pools++].value[0];
}

static int file_that_is(struct state *s, int wanted, int from)
{
	int i;

	for (i = 0; i < DIFF_FILES; i++, from++)
		if (s->file[from % DIFF_FILES] == wanted)
			return from % DIFF_FILES;
	return -1;
}

/* A file in that state, if there is one; an open one does for an attached. */
static int choose_file(struct state *s, int wanted)
{
	int from = chance(s, 50) ? 0 : below(s, DIFF_FILES), file = -1;

	if (wanted != ATTACHED)
		return file_that_is(s, wanted, from);
	if (chance(s, 10))
		file = file_that_is(s, OPEN, from);
	if (file < 0)
		file = file_that_is(s, ATTACHED, from);
	return file < 0 ? file_that_is(s, OPEN, from) : file;
}

static int choose(struct state *s, const struct diff_pool *pool)
{
	if (!(s->classes & 1u << pool->class))
		return 0;
	if (pool->sticky && chance(s, pool->sticky))
		return sticky(s, pool);
	return fresh(s, pool);
}

static bool named(const struct diff_kind *kind, const char *name)
{
	return !strcmp(kind->name, name);
}

static int find(const char *name)
{
	int i;

	for (i = 0; i < diff_kinds_count && strcmp(diff_kinds[i].name, name);)
		i++;
	return i;
}

static void fill(struct state *s, struct diff_op *op, int kind)
{
	const struct diff_kind *k = &diff_kinds[kind];
	int i;

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	for (i = 0; i < DIFF_ARGS && k->pool[i]; i++)
		op->arg[i] = choose(s, k->pool[i]);
}

/* Will this TUNSETIFF work? Only to know which files are of more use. */
static bool may_attach(const struct diff_op *op)
{
	const struct diff_kind *k = &diff_kinds[op->kind];
	long value;
	int i;

	for (i = 1; i < DIFF_ARGS && k->pool[i]; i++) {
		if (k->pool[i] == &diff_pool_name && op->arg[i] > 20)
			return false;
		value = k->pool[i]->values[op->arg[i]].value;
		if (k->pool[i] == &diff_pool_type && !(value & 3))
			return false;
		if (k->pool[i] == &diff_pool_mem && value != DIFF_MEM_OK &&
		    value != DIFF_MEM_EDGE && value != DIFF_MEM_READONLY)
			return false;
		if (k->pool[i] == &diff_pool_user && value)
			return false;
	}
	return true;
}

static bool chosen(const struct diff_op *op, const char *key, const char *text)
{
	const struct diff_kind *k = &diff_kinds[op->kind];
	int i;

	for (i = 0; i < DIFF_ARGS && k->pool[i]; i++)
		if (!strcmp(k->pool[i]->key, key))
			return !strcmp(k->pool[i]->values[op->arg[i]].text,
				       text);
	return false;
}

static void note(struct state *s, const struct diff_op *op)
{
	const struct diff_kind *k = &diff_kinds[op->kind];
	int i, file = op->arg[0];

	if (named(k, "open")) {
		s->file[file] = OPEN;
	} else if (named(k, "setiff") && may_attach(op)) {
		s->file[file] = ATTACHED;
	} else if (named(k, "close")) {
		s->file[file] = CLOSED;
	} else if (named(k, "block") && chosen(op, "wake", "close")) {
		s->file[file] = CLOSED;
	} else if (named(k, "delete") || named(k, "ifdelete") ||
		   (named(k, "block") && chosen(op, "wake", "delete"))) {
		for (i = 0; i < DIFF_FILES; i++)
			if (s->file[i] == ATTACHED)
				s->file[i] = OPEN;
	} else if (named(k, "dup")) {
		s->file[k->pool[1]->values[op->arg[1]].value] = s->file[file];
	}
}

/* One more operation, or an open first where there is no file for it. */
static void add(struct state *s, struct diff_sequence *seq, int kind, int file)
{
	const struct diff_kind *k = &diff_kinds[kind];
	bool opens = named(k, "open"), sets = named(k, "setiff");
	struct diff_op *op = &seq->op[seq->count++];

	if (file < 0 && k->pool[0] == &diff_pool_file)
		file = choose_file(s, opens ? CLOSED : sets && chance(s, 80) ?
				   OPEN : ATTACHED);
	if (file < 0 && k->pool[0] == &diff_pool_file) {
		file = choose_file(s, opens ? ATTACHED : CLOSED);
		kind = find(opens ? "poll" : "open");
		k = &diff_kinds[kind];
	}
	if (file < 0)
		file = 0;
	fill(s, op, kind);
	if (k->pool[0] != &diff_pool_file)
		return;
	op->arg[0] = file;
	note(s, op);
}

static int choose_kind(struct state *s)
{
	int i, sum = 0;

	for (i = 0; i < diff_kinds_count; i++)
		if (s->classes & 1u << diff_kinds[i].class)
			sum += diff_kinds[i].weight;
	sum = below(s, sum);
	for (i = 0; i < diff_kinds_count; i++) {
		if (!(s->classes & 1u << diff_kinds[i].class))
			continue;
		sum -= diff_kinds[i].weight;
		if (sum < 0)
			break;
	}
	return i;
}

/* After what changes something, often look at it. */
static void look(struct state *s, struct diff_sequence *seq, int kind)
{
	static const char *const looks[] = {
		"read", "poll", "epoll_wait", "epoll_wait", "signals", "sent",
		"getiff", "select",
	};
	const int count = sizeof(looks) / sizeof(*looks);
	const struct diff_kind *k = &diff_kinds[kind];
	int file = seq->op[seq->count - 1].arg[0];

	if (named(k, "epoll")) {
		kind = find("epoll_wait");
	} else if (named(k, "inject") && chance(s, 60)) {
		kind = find("read");
	} else if (k->pool[0] == &diff_pool_file &&
		   (k->class == DIFF_FAR || k->class == DIFF_TXQ ||
		    k->class == DIFF_QUEUE || k->class == DIFF_NETDEV ||
		    named(k, "setiff"))) {
		kind = find(looks[below(s, count)]);
	} else {
		return;
	}
	if (s->classes & 1u << diff_kinds[kind].class &&
	    s->file[file] != CLOSED && chance(s, 60))
		add(s, seq, kind, file);
}

/* Give an argument the value that reads so, if it can have it. */
static void set(struct diff_op *op, const char *key, const char *text)
{
	const struct diff_kind *k = &diff_kinds[op->kind];
	int i, j;

	for (i = 0; i < DIFF_ARGS && k->pool[i]; i++)
		for (j = 0; j < k->pool[i]->count; j++)
			if (!strcmp(k->pool[i]->key, key) &&
			    !strcmp(k->pool[i]->values[j].text, text))
				op->arg[i] = j;
}

/* What has to meet, and by chance alone hardly does. */
static void meet(struct state *s, struct diff_sequence *seq, int kind)
{
	const struct diff_kind *k = &diff_kinds[kind];
	struct diff_op *op = &seq->op[seq->count - 1], *next = op + 1;
	int file = op->arg[0];

	if (named(k, "linktype")) {
		/* The type is set while the link is down, then an address of it. */
		*next = *op;
		fill(s, op, find("link"));
		op->arg[0] = file;
		set(op, "link", "down");
		seq->count++;
		add(s, seq, find("sethwaddr"), file);
		set(&seq->op[seq->count - 1], "family",
		    k->pool[1]->values[next->arg[1]].text);
		add(s, seq, find("gethwaddr"), file);
	} else if (named(k, "owner") || named(k, "group")) {
		file = file_that_is(s, OPEN, 0);
		if (file < 0 || !(s->classes & 1u << DIFF_PERM))
			return;
		add(s, seq, find("setiff"), file);
		set(&seq->op[seq->count - 1], "as",
		    chance(s, 50) ? "1000" : "1001");
	}
}

/* Half the sequences do a few things, and those more often. */
static __u32 choose_classes(struct state *s)
{
	__u32 classes = 1u << DIFF_ATTACH | 1u << DIFF_FAR;
	int i;

	if (chance(s, 50))
		return diff_classes;
	for (i = 0; i < DIFF_CLASSES; i++)
		if (diff_classes & 1u << i && chance(s, 25))
			classes |= 1u << i;
	return classes & diff_classes;
}

void diff_generate(struct diff_sequence *seq, __u64 seed)
{
	struct state s = { .random = seed };
	int length = 6 + below(&s, DIFF_OPS - 6), file, files = 1, kind;

	s.classes = choose_classes(&s);
	seq->count = 0;
	if (chance(&s, 25))
		files += below(&s, DIFF_FILES);
	for (file = 0; file < files; file++) {
		add(&s, seq, find("open"), file);
		if (chance(&s, 90))
			add(&s, seq, find("setiff"), file);
	}
	while (seq->count < length) {
		kind = choose_kind(&s);
		if (file_that_is(&s, ATTACHED, 0) < 0 && chance(&s, 40))
			kind = find("setiff");
		add(&s, seq, kind, -1);
		if (seq->count + 4 <= length && chance(&s, 60))
			meet(&s, seq, seq->op[seq->count - 1].kind);
		if (seq->count < length)
			look(&s, seq, kind);
	}
}
