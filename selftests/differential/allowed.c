// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differences that are allowed. Names and reasons stand in allowed.txt,
 * which is part of this program and of the manual; here is how each is told.
 * One without a matcher is something that the tester itself evens out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "allowed.h"
#include "differential.h"

struct difference {
	const struct diff_op *op;
	const char *key, *asks, *real, *looptun;
};

static bool is(const struct difference *d, const char *kind, const char *key)
{
	return d->op && !strcmp(diff_kinds[d->op->kind].name, kind) &&
	       !strcmp(d->key, key);
}

static bool no_interface(const struct difference *d)
{
	return !(diff_classes & 1u << DIFF_NETDEV) &&
	       is(d, "interface", "ret") && !strcmp(d->real, "ret=0") &&
	       !strcmp(d->looptun, "ret=ENODEV");
}

/*
 * The last argument of setiff is the user, root is the plain one. All tunnels
 * are root's: a sequence in which another user makes one ends there. tun alone
 * refuses who makes a tunnel, looptun alone who comes to one without an owner
 * and a group. Where one is set they agree.
 */
static bool creator(const struct difference *d)
{
	bool real = !strcmp(d->real, "ret=EPERM");
	bool looptun = !strcmp(d->looptun, "ret=EPERM");

	if (!is(d, "setiff", "ret") || !d->op->arg[13] || real == looptun)
		return false;
	return !strcmp(d->asks, real ? "asks=new" : "asks=free");
}

static bool node(const struct difference *d)
{
	return is(d, "stat", "rdev");
}

static const struct {
	const char *name;
	bool (*match)(const struct difference *d);
	bool stops;	/* what follows in the sequence cannot be compared */
} allowed[] = {
	{ "no-interface", no_interface },
	{ "up-at-once" },
	{ "creator", creator, true },
	{ "txqueuelen" },
	{ "node", node },
	{ "writer" },
	{ "filter-index" },
	{ "fd-number" },
	{ "fdinfo-ids" },
	{ "ifindex" },
	{ "mac" },
	{ "queue-hash" },
	{ "carrier" },
	{ "link-down" },
	{ "ring-size" },
	{ "empty" },
};

#define COUNT ((int)(sizeof(allowed) / sizeof(*allowed)))

static unsigned int *hits;

static void hit(int i)
{
	__atomic_add_fetch(&hits[i], 1, __ATOMIC_RELAXED);
}

void diff_allowed_hit(const char *name)
{
	int i;

	for (i = 0; i < COUNT; i++)
		if (!strcmp(allowed[i].name, name))
			hit(i);
}

bool diff_allowed(const struct diff_op *op, const char *asks, const char *key,
		  const char *real, const char *looptun, bool *stop)
{
	struct difference d = { op, key, asks, real, looptun };
	int i;

	for (i = 0; i < COUNT; i++) {
		if (!allowed[i].match || !allowed[i].match(&d))
			continue;
		hit(i);
		*stop |= allowed[i].stops;
		return true;
	}
	return false;
}

/* Do the text and the table hold the same names, in the same order? */
int diff_allowed_check(void)
{
	const char *line = allowed_text;
	size_t len;
	int i = 0;

	hits = mmap(NULL, sizeof(*hits) * COUNT, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hits == MAP_FAILED)
		exit(1);
	for (; *line; line += strcspn(line, "\n") + 1) {
		if (*line == '#')
			continue;
		len = strcspn(line + 2, ":");
		if (i == COUNT || strlen(allowed[i].name) != len ||
		    strncmp(allowed[i].name, line + 2, len))
			return -1;
		i++;
	}
	return i == COUNT ? 0 : -1;
}

void diff_allowed_print(void)
{
	const char *line = allowed_text;
	int i = 0;

	for (; *line; line += strcspn(line, "\n") + 1) {
		if (*line == '#')
			continue;
		printf("# allowed %u times: %.*s\n", hits[i++],
		       (int)strcspn(line, "\n"), line);
	}
}
