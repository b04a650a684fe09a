// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules at work: the files they are written to, and the calls that ask them.
 * Text is read before any lock is taken; rules are exchanged under
 * looptun_tunnel_lock and asked under the spinlock of their set.
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
#include "registry.h"
#include "queue.h"
#include "trace.h"

/* As poll(2) knows them. */
#define LOOPTUN_FAULT_RUN_IN	(EPOLLIN | EPOLLRDNORM)
#define LOOPTUN_FAULT_RUN_OUT	(EPOLLOUT | EPOLLWRNORM)

struct looptun_fault_set looptun_fault_run_top = {
	.lock = __SPIN_LOCK_UNLOCKED(looptun_fault_run_top.lock),
};

atomic_t looptun_fault_run_sets = ATOMIC_INIT(0);

static struct looptun_fault_set *
looptun_fault_run_set(struct looptun_tunnel *tunnel)
{
	return tunnel ? &tunnel->faults : &looptun_fault_run_top;
}

/* The hook is there while there are rules for the tunnel or for all. */
static void looptun_fault_run_hook_locked(struct looptun_tunnel *tunnel)
{
	lockdep_assert_held(&looptun_tunnel_lock);

	if (tunnel->faults.sites || looptun_fault_run_top.sites)
		set_bit(LOOPTUN_HOOK_FAULTS, &tunnel->hooks);
	else
		clear_bit(LOOPTUN_HOOK_FAULTS, &tunnel->hooks);
}

/**
 * looptun_fault_run_init - get a new tunnel ready for rules
 * @tunnel: the tunnel, nobody else's yet
 *
 * Context: process, under looptun_tunnel_lock.
 */
void looptun_fault_run_init(struct looptun_tunnel *tunnel)
{
	spin_lock_init(&tunnel->faults.lock);
	looptun_fault_run_hook_locked(tunnel);
}

/* What a write to a file of rules has changed. */
struct looptun_fault_change {
	bool polls;
	bool clear;
};

/* A tunnel to which other rules apply from now on. */
static void looptun_fault_run_changed_locked(struct looptun_tunnel *tunnel,
					     void *data)
{
	const struct looptun_fault_change *change = data;
	struct looptun_queue *queue;
	unsigned int i;

	looptun_fault_run_hook_locked(tunnel);
	if (change->clear)
		looptun_delay_flush_locked(tunnel);
	/* Who polls has to look again, and is told what the rules say. */
	if (change->polls)
		looptun_tunnel_for_each_queue(queue, i, tunnel)
			wake_up_interruptible_poll(&queue->file->wait,
						   LOOPTUN_FAULT_RUN_IN |
						   LOOPTUN_FAULT_RUN_OUT);
}

static unsigned int
looptun_fault_run_sites(const struct looptun_fault_rules *rules)
{
	unsigned int sites = 0;
	size_t i;

	for (i = 0; i < rules->count; i++)
		sites |= BIT(rules->rule[i].site);
	return sites;
}

static size_t
looptun_fault_run_corrupts(const struct looptun_fault_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < rules->count; i++)
		n += rules->rule[i].action == LOOPTUN_FAULT_CORRUPT;
	return n;
}

/* Put rules behind those that are there, or in their place. */
static int looptun_fault_run_exchange_locked(struct looptun_fault_set *set,
					     const struct looptun_fault_rules *more,
					     bool clear)
{
	struct looptun_fault_rules old = set->rules, all = { };
	size_t kept = clear ? 0 : old.count;

	lockdep_assert_held(&looptun_tunnel_lock);

	all.count = kept + more->count;
	if (all.count > LOOPTUN_FAULT_RULES_MAX)
		return -ENOSPC;
	if (all.count) {
		all.rule = kvcalloc(all.count, sizeof(*all.rule),
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				    __GFP_RETRY_MAYFAIL);
		if (!all.rule)
			return -ENOMEM;
		memcpy(all.rule + kept, more->rule,
		       more->count * sizeof(*all.rule));
	}
	spin_lock(&set->lock);
	if (kept)
		memcpy(all.rule, old.rule, kept * sizeof(*all.rule));
	set->rules = all;
	WRITE_ONCE(set->corrupts, looptun_fault_run_corrupts(&all));
	WRITE_ONCE(set->sites, looptun_fault_run_sites(&all));
	spin_unlock(&set->lock);
	atomic_add(!!all.count - !!old.count, &looptun_fault_run_sets);
	kvfree(old.rule);
	return 0;
}

/**
 * looptun_fault_run_end_locked - a tunnel that goes has no rules any more
 * @tunnel: the tunnel
 */
void looptun_fault_run_end_locked(struct looptun_tunnel *tunnel)
{
	const struct looptun_fault_rules none = { };

	looptun_fault_run_exchange_locked(&tunnel->faults, &none, true);
	looptun_fault_run_hook_locked(tunnel);
}

/**
 * looptun_fault_run_exit - free the rules of the top-level file
 *
 * Nobody asks them any more.
 */
void looptun_fault_run_exit(void)
{
	kvfree(looptun_fault_run_top.rules.rule);
}

static int looptun_fault_run_install(struct looptun_tunnel *tunnel,
				     const struct looptun_fault_rules *more,
				     bool clear)
{
	struct looptun_fault_set *set = looptun_fault_run_set(tunnel);
	struct looptun_fault_change change = { .clear = clear };
	unsigned int sites;
	int ret;

	mutex_lock(&looptun_tunnel_lock);
	sites = set->sites;
	ret = tunnel && tunnel->dead ? -ENODEV :
	      looptun_fault_run_exchange_locked(set, more, clear);
	change.polls = (sites | set->sites) & BIT(LOOPTUN_FAULT_POLL);
	if (!ret && tunnel)
		looptun_fault_run_changed_locked(tunnel, &change);
	else if (!ret)
		looptun_registry_visit_locked(looptun_fault_run_changed_locked,
					      &change);
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

static void
looptun_fault_run_complain(const struct looptun_tunnel *tunnel,
			   const struct looptun_fault_complaint *complaint)
{
	int len = min_t(size_t, complaint->word_len, 64);

	pr_notice_ratelimited("faults%s%s: line %zu: %*pE: %s\n",
			      tunnel ? " of " : "", tunnel ? tunnel->name : "",
			      complaint->line, len, complaint->word,
			      complaint->why);
}

static int looptun_fault_run_take(struct looptun_tunnel *tunnel, const char *text,
				  size_t len)
{
	struct looptun_fault_input input = {
		.text = text,
		.len = len,
		.top = !tunnel,
	};
	size_t max = min_t(size_t, looptun_fault_count_lines(text, len),
			   LOOPTUN_FAULT_RULES_MAX);
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rules more = { };
	bool clear;
	int ret;

	more.rule = kvcalloc(max, sizeof(*more.rule),
			     GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
			     __GFP_RETRY_MAYFAIL);
	if (!more.rule)
		return -ENOMEM;
	ret = looptun_fault_parse(&input, max, &more, &clear, &complaint);
	if (ret == -EINVAL)
		looptun_fault_run_complain(tunnel, &complaint);
	if (!ret)
		ret = looptun_fault_run_install(tunnel, &more, clear);
	kvfree(more.rule);
	return ret;
}

/**
 * looptun_fault_run_store - take what was written to a file of rules
 * @tunnel: the tunnel, referenced by the caller; NULL for the top-level file
 * @buffer: the text
 * @count: bytes of it
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0; -E2BIG for too much text; -EINVAL for a bad line; -ENOSPC for too many
 * rules: of these the log tells; -ENOMEM, -EFAULT, -ENODEV. Only with 0 is anything
 * changed.
 */
int looptun_fault_run_store(struct looptun_tunnel *tunnel,
			    const char __user *buffer, size_t count)
{
	const struct looptun_line line = { .tunnel = tunnel, .file = "faults" };
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
	ret = looptun_fault_run_take(tunnel, text, count);
	if (ret == -ENOSPC)
		looptun_line_refuse(&line, ret, NULL, "expected at most 1000 rules");
	kvfree(text);
	return ret;
}

static void looptun_fault_run_show_rule(struct seq_file *m,
					struct looptun_fault_set *set,
					const struct looptun_fault_rule *rule)
{
	char text[LOOPTUN_FAULT_TEXT_MAX];
	u64 hits;

	spin_lock(&set->lock);
	hits = rule->hits;
	spin_unlock(&set->lock);
	/* What else is shown of a rule does not change. */
	looptun_fault_format(rule, text);
	seq_printf(m, "%s hits=%llu\n", text, hits);
}

/**
 * looptun_fault_run_show - show rules, as they can be written
 * @m: where to
 * @tunnel: the tunnel, referenced by the caller; NULL for the top-level file
 *
 * Context: process; takes looptun_tunnel_lock.
 * Return: 0, or -ENODEV if the tunnel is gone.
 */
int looptun_fault_run_show(struct seq_file *m, struct looptun_tunnel *tunnel)
{
	struct looptun_fault_set *set = looptun_fault_run_set(tunnel);
	int ret = -ENODEV;
	size_t i;

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel || !tunnel->dead) {
		for (i = 0; i < set->rules.count; i++)
			looptun_fault_run_show_rule(m, set,
						    &set->rules.rule[i]);
		ret = 0;
	}
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

/**
 * looptun_fault_run_count - count rules that have fired
 * @tunnel: for which tunnel, or NULL
 * @action: what they do, enum looptun_fault_action
 * @n: how many
 */
void looptun_fault_run_count(struct looptun_tunnel *tunnel,
			     unsigned int action, unsigned int n)
{
	if (tunnel && n)
		atomic64_add(n, &tunnel->counters[LOOPTUN_TUNNEL_FAULTS + action]);
}

static void looptun_fault_run_trace(const struct looptun_tunnel *tunnel,
				    const struct looptun_fault_rule *rule)
{
	char text[LOOPTUN_FAULT_TEXT_MAX];

	if (!trace_fault_enabled())
		return;
	looptun_fault_format(rule, text);
	trace_fault(tunnel, text);
}

/**
 * looptun_fault_run_trace_fired - trace rules that have fired
 * @tunnel: for which tunnel
 * @rules: the rules, just asked for a datagram or a poll
 */
void looptun_fault_run_trace_fired(const struct looptun_tunnel *tunnel,
				   const struct looptun_fault_rules *rules)
{
	size_t i;

	if (!trace_fault_enabled())
		return;
	for (i = 0; i < rules->count; i++) {
		if (rules->rule[i].fired)
			looptun_fault_run_trace(tunnel, &rules->rule[i]);
	}
}

static int looptun_fault_run_ask(struct looptun_fault_set *set,
				 struct looptun_tunnel *tunnel,
				 const struct looptun_fault_call *call)
{
	struct looptun_fault_rule *rule;
	int ret = 0;

	if (!(READ_ONCE(set->sites) & BIT(call->site)))
		return 0;
	spin_lock(&set->lock);
	rule = looptun_fault_decide_call(&set->rules, call);
	if (rule) {
		ret = -rule->error;
		looptun_fault_run_trace(tunnel, rule);
	}
	spin_unlock(&set->lock);
	if (ret)
		looptun_fault_run_count(tunnel, LOOPTUN_FAULT_ERRNO, 1);
	return ret;
}

/**
 * looptun_fault_run_call - does a rule fail a call?
 * @tunnel: the tunnel it is made on, or NULL
 * @call: the call
 *
 * The tunnel's rules come first. One that fails the call keeps it from others.
 *
 * Context: process.
 * Return: 0 or minus the errno.
 */
int looptun_fault_run_call(struct looptun_tunnel *tunnel,
			   const struct looptun_fault_call *call)
{
	int ret = 0;

	if (tunnel)
		ret = looptun_fault_run_ask(&tunnel->faults, tunnel, call);
	return ret ?: looptun_fault_run_ask(&looptun_fault_run_top, tunnel, call);
}

static unsigned int looptun_fault_run_ask_poll(struct looptun_fault_set *set,
					       struct looptun_tunnel *tunnel,
					       u64 queue, unsigned int events)
{
	u16 fired[LOOPTUN_FAULT_ACTIONS] = { };

	if (!(READ_ONCE(set->sites) & BIT(LOOPTUN_FAULT_POLL)))
		return events;
	spin_lock(&set->lock);
	events = looptun_fault_decide_poll(&set->rules, queue, events, fired);
	looptun_fault_run_trace_fired(tunnel, &set->rules);
	spin_unlock(&set->lock);
	looptun_fault_run_count(tunnel, LOOPTUN_FAULT_SPURIOUS,
				fired[LOOPTUN_FAULT_SPURIOUS]);
	looptun_fault_run_count(tunnel, LOOPTUN_FAULT_MISSED,
				fired[LOOPTUN_FAULT_MISSED]);
	return events;
}

/**
 * looptun_fault_run_poll - what shall a poll of the program find?
 * @queue: the queue polled
 * @mask: what there is
 *
 * Context: process.
 * Return: what it is to be told.
 */
__poll_t looptun_fault_run_poll(const struct looptun_queue *queue,
				__poll_t mask)
{
	struct looptun_tunnel *tunnel = queue->tunnel;
	u64 index = looptun_fault_queue(queue);
	unsigned int events = 0;

	if (mask & LOOPTUN_FAULT_RUN_IN)
		events |= LOOPTUN_FAULT_IN;
	if (mask & LOOPTUN_FAULT_RUN_OUT)
		events |= LOOPTUN_FAULT_OUT;
	events = looptun_fault_run_ask_poll(&tunnel->faults, tunnel, index,
					    events);
	events = looptun_fault_run_ask_poll(&looptun_fault_run_top, tunnel,
					    index, events);
	mask &= ~(LOOPTUN_FAULT_RUN_IN | LOOPTUN_FAULT_RUN_OUT);
	if (events & LOOPTUN_FAULT_IN)
		mask |= LOOPTUN_FAULT_RUN_IN;
	if (events & LOOPTUN_FAULT_OUT)
		mask |= LOOPTUN_FAULT_RUN_OUT;
	return mask;
}
