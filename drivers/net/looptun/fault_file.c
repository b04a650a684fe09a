// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of rules: one of each tunnel and one at the top. Text is read before any
 * lock is taken; rules are exchanged under looptun_tunnel_lock and the spinlock of
 * their set, under which they are asked.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "delay.h"
#include "fault_run.h"
#include "line.h"
#include "queue.h"

static struct looptun_fault_set *
looptun_fault_file_set(struct looptun_tunnel *tunnel)
{
	return tunnel ? &tunnel->faults : &looptun_tunnel_faults;
}

/* The hook is there while there are rules for the tunnel or for all. */
static void looptun_fault_file_hook_locked(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	assign_bit(LOOPTUN_HOOK_FAULTS, &tunnel->hooks,
		   tunnel->faults.sites || looptun_tunnel_faults.sites);
}

/**
 * looptun_fault_file_init - get a new tunnel ready for rules
 * @tunnel: the tunnel, nobody else's yet
 *
 * Context: process, under looptun_tunnel_lock.
 */
void looptun_fault_file_init(struct looptun_tunnel *tunnel)
{
	spin_lock_init(&tunnel->faults.lock);
	looptun_fault_file_hook_locked(tunnel);
}

/* A tunnel to which other rules apply from now on, for polls or after a clear. */
static void looptun_fault_file_changed_locked(struct looptun_tunnel *tunnel,
					      bool polls, bool clear)
{
	struct looptun_queue *queue;
	unsigned int i;

	looptun_fault_file_hook_locked(tunnel);
	if (clear)
		looptun_delay_flush_locked(tunnel);
	/* Who polls has to look again, and is told what the rules say. */
	if (polls)
		for (i = 0; (queue = looptun_tunnel_queue_locked(tunnel, i)); i++)
			wake_up_interruptible_poll(&queue->file->wait,
						   EPOLLIN | EPOLLRDNORM |
						   EPOLLOUT | EPOLLWRNORM);
}

/*
 * Put others in the place of rules, but for the first of those that are there, and tell
 * those whom it concerns.
 */
static void looptun_fault_file_put_locked(struct looptun_tunnel *tunnel,
					  struct looptun_fault_rules all, size_t kept,
					  bool clear)
{
	struct looptun_fault_set *set = looptun_fault_file_set(tunnel);
	struct looptun_fault_rules old = set->rules;
	unsigned int sites = 0;
	size_t corrupts = 0, i;
	bool polls;
	int bucket;

	lockdep_assert_held(&looptun_tunnel_lock);

	spin_lock(&set->lock);
	if (kept)
		memcpy(all.rule, old.rule, kept * sizeof(*all.rule));
	for (i = 0; i < all.count; i++) {
		sites |= BIT(all.rule[i].site);
		corrupts += all.rule[i].action == LOOPTUN_FAULT_CORRUPT;
	}
	polls = (set->sites | sites) & BIT(LOOPTUN_FAULT_POLL);
	set->rules = all;
	WRITE_ONCE(set->corrupts, corrupts);
	WRITE_ONCE(set->sites, sites);
	spin_unlock(&set->lock);
	kvfree(old.rule);

	if (tunnel)
		looptun_fault_file_changed_locked(tunnel, polls, clear);
	else
		hash_for_each(looptun_registry, bucket, tunnel, node)
			looptun_fault_file_changed_locked(tunnel, polls, clear);
}

/**
 * looptun_fault_file_end_locked - a tunnel that goes has no rules any more
 * @tunnel: the tunnel, whose queues have left
 *
 * Context: process, under looptun_tunnel_lock; may sleep.
 */
void looptun_fault_file_end_locked(struct looptun_tunnel *tunnel)
{
	looptun_fault_file_put_locked(tunnel, (struct looptun_fault_rules) { }, 0, false);
}

/**
 * looptun_fault_file_exit - free the rules of the top-level file
 *
 * Nobody asks them any more.
 *
 * Context: process; may sleep.
 */
void looptun_fault_file_exit(void)
{
	kvfree(looptun_tunnel_faults.rules.rule);
}

static int looptun_fault_file_install_locked(struct looptun_tunnel *tunnel,
					     const struct looptun_fault_rules *more,
					     bool clear)
{
	size_t kept = clear ? 0 : looptun_fault_file_set(tunnel)->rules.count;
	struct looptun_fault_rules all = { .count = kept + more->count };

	if (tunnel && tunnel->dead)
		return -ENODEV;
	if (all.count > LOOPTUN_FAULT_RULES_MAX)
		return -ENOSPC;
	if (all.count) {
		all.rule = kvcalloc(all.count, sizeof(*all.rule), LOOPTUN_DATAGRAM_GFP);
		if (!all.rule)
			return -ENOMEM;
		memcpy(all.rule + kept, more->rule, more->count * sizeof(*all.rule));
	}
	/* What is let go now was held by other rules than these: first there are none. */
	if (clear)
		looptun_fault_file_put_locked(tunnel, (struct looptun_fault_rules) { }, 0,
					      true);
	if (all.count)
		looptun_fault_file_put_locked(tunnel, all, kept, false);
	return 0;
}

static void
looptun_fault_file_complain(const struct looptun_tunnel *tunnel,
			    const struct looptun_fault_complaint *complaint)
{
	const char *name = tunnel ? tunnel->name : "";
	int len = min_t(size_t, complaint->word.len, 64);

	pr_notice_ratelimited("faults%s%*pE: line %zu: %*pE: %s\n", tunnel ? " of " : "",
			      (int)strlen(name), name, complaint->line, len,
			      complaint->word.at, complaint->why);
}

/**
 * looptun_fault_file_store - take what was written to a file of rules
 * @tunnel: the tunnel, referenced by the caller; NULL for the top-level file
 * @buffer: the text
 * @count: bytes of it
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0; -E2BIG for too much text; -EINVAL for a bad line; -ENOSPC for too many
 * rules: of these the log tells; -ENOMEM, -EFAULT, -ENODEV. Only with 0 is anything
 * changed.
 */
int looptun_fault_file_store(struct looptun_tunnel *tunnel,
			     const char __user *buffer, size_t count)
{
	const struct looptun_line line = { .tunnel = tunnel, .file = "faults" };
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rules more;
	bool clear;
	char *text;
	int ret;

	if (tunnel && looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	if (count > LOOPTUN_FAULT_BYTES_MAX)
		return looptun_line_refuse(&line, -E2BIG, NULL,
					   "expected at most 65536 bytes");
	text = vmemdup_user(buffer, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	more.rule = kvcalloc(LOOPTUN_FAULT_RULES_MAX, sizeof(*more.rule),
			     LOOPTUN_DATAGRAM_GFP);
	ret = !more.rule ? -ENOMEM :
	      looptun_fault_parse((struct looptun_fault_span) { text, count }, !tunnel,
				  LOOPTUN_FAULT_RULES_MAX, &more, &clear, &complaint);
	if (ret == -EINVAL)
		looptun_fault_file_complain(tunnel, &complaint);
	if (!ret) {
		mutex_lock(&looptun_tunnel_lock);
		ret = looptun_fault_file_install_locked(tunnel, &more, clear);
		mutex_unlock(&looptun_tunnel_lock);
	}
	kvfree(more.rule);
	if (ret == -ENOSPC)
		looptun_line_refuse(&line, ret, NULL, "expected at most 1000 rules");
	kvfree(text);
	return ret;
}

/**
 * looptun_fault_file_print_locked - show rules, as they can be written
 * @m: where to
 * @tunnel: the tunnel, not dead; NULL for the top-level file
 *
 * Context: process, under looptun_tunnel_lock.
 */
void looptun_fault_file_print_locked(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	struct looptun_fault_set *set = looptun_fault_file_set(tunnel);
	const struct looptun_fault_rule *rule;
	char text[LOOPTUN_FAULT_TEXT_MAX];
	u64 hits;

	lockdep_assert_held(&looptun_tunnel_lock);

	for (rule = set->rules.rule; rule < set->rules.rule + set->rules.count; rule++) {
		spin_lock(&set->lock);
		hits = rule->hits;
		spin_unlock(&set->lock);
		/* What else is shown of a rule does not change. */
		looptun_fault_format(rule, text);
		seq_printf(m, "%s hits=%llu\n", text, hits);
	}
}
