// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules at work: the calls and the datagrams that ask them, those of their tunnel and
 * then those of the top-level file. They are asked under the spinlock of their set.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "capture.h"
#include "delay.h"
#include "fault_run.h"
#include "queue.h"
#include "trace.h"

/*
 * A rule has fired: count it, trace it, and add it to the comment of a captured packet, as
 * it is shown. The tunnel and the comment may be NULL.
 */
static void looptun_fault_run_fired(struct looptun_tunnel *tunnel,
				    const struct looptun_fault_rule *rule, char *comment)
{
	/* A full one takes no more; it holds up nobody to find that out. */
	size_t len = comment ? strlen(comment) : 0, room = LOOPTUN_FAULT_COMMENT_MAX - len;
	char text[LOOPTUN_FAULT_TEXT_MAX];

	if (tunnel)
		looptun_tunnel_count(tunnel, LOOPTUN_TUNNEL_FAULTS + rule->action, 1);
	if ((!comment || room == 1) && !trace_fault_enabled())
		return;
	looptun_fault_format(rule, text);
	trace_fault(tunnel, text);
	if (comment)
		scnprintf(comment + len, room, "%s%s", len ? "; " : "rule: ", text);
}

/* Those that have fired for the datagram or poll at hand. */
static void looptun_fault_run_all_fired(struct looptun_tunnel *tunnel,
					const struct looptun_fault_rules *rules,
					char *comment)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		if (rules->rule[i].fired)
			looptun_fault_run_fired(tunnel, &rules->rule[i], comment);
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
		ret = -(int)rule->error;
		looptun_fault_run_fired(tunnel, rule, NULL);
	}
	spin_unlock(&set->lock);
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
	return ret ?: looptun_fault_run_ask(&looptun_tunnel_faults, tunnel, call);
}

static u32 looptun_fault_run_ask_poll(struct looptun_fault_set *set,
				      struct looptun_tunnel *tunnel,
				      u64 queue, u32 events)
{
	if (!(READ_ONCE(set->sites) & BIT(LOOPTUN_FAULT_POLL)))
		return events;
	spin_lock(&set->lock);
	events = looptun_fault_decide_poll(&set->rules, queue, events);
	looptun_fault_run_all_fired(tunnel, &set->rules, NULL);
	spin_unlock(&set->lock);
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
	u32 events = (__force u32)mask;

	events = looptun_fault_run_ask_poll(&tunnel->faults, tunnel, index,
					    events);
	events = looptun_fault_run_ask_poll(&looptun_tunnel_faults, tunnel,
					    index, events);
	return (__force __poll_t)events;
}

/* False if there are more rules by now than there is room for what they do. */
static bool looptun_fault_decide(struct looptun_fault_set *set, size_t room,
				 struct looptun_tunnel *tunnel,
				 struct looptun_fault_verdict *verdict)
{
	struct looptun_fault_datagram *said = &verdict->said;
	bool fits;

	spin_lock(&set->lock);
	fits = set->corrupts <= room;
	if (fits && looptun_fault_decide_datagram(&set->rules, said)) {
		/* Under the lock: who clears these rules lets go what they hold after this. */
		if (!verdict->held)
			verdict->clears = atomic_read(&tunnel->clears);
		verdict->held = said->held || said->reorder;
		looptun_fault_run_all_fired(tunnel, &set->rules,
					    looptun_capture_on(tunnel) ?
					    verdict->comment : NULL);
	}
	spin_unlock(&set->lock);
	return fits;
}

/* False if there is no memory to ask. */
static bool looptun_fault_judge_by(struct looptun_fault_set *set,
				   struct looptun_tunnel *tunnel,
				   struct looptun_fault_verdict *verdict)
{
	struct looptun_fault_datagram *said = &verdict->said;
	unsigned int i;
	size_t room;
	bool fits;

	if (!(READ_ONCE(set->sites) & BIT(said->site)) || said->drop || said->error)
		return true;
	do {
		room = READ_ONCE(set->corrupts);
		said->corruptions = kvmalloc_array(room, sizeof(*said->corruptions),
						   LOOPTUN_DATAGRAM_GFP);
		if (!said->corruptions)
			return false;
		fits = looptun_fault_decide(set, room, tunnel, verdict);
		/* Each of a thousand may change all bytes: with no lock held. */
		for (i = 0; i < said->corrupted; i++) {
			looptun_fault_corrupt(&said->corruptions[i], said->data);
			cond_resched();
		}
		said->corrupted = 0;
		kvfree(said->corruptions);
	} while (!fits);
	return true;
}

/**
 * looptun_fault_judge - ask the rules about a datagram
 * @tunnel: the tunnel
 * @direction: which way it goes
 * @queue: its queue, or LOOPTUN_FAULT_NO_QUEUE
 * @datagram: the datagram, whose data is changed where a rule corrupts it
 * @verdict: for what they say
 *
 * Context: process; may sleep.
 * Return: LOOPTUN_DONE, or _NO_MEMORY: those of the top-level file have said nothing
 * then, and the tunnel's have perhaps had their turn.
 */
enum looptun_outcome looptun_fault_judge(struct looptun_tunnel *tunnel,
					 enum looptun_direction direction,
					 u64 queue,
					 const struct looptun_datagram *datagram,
					 struct looptun_fault_verdict *verdict)
{
	struct looptun_fault_datagram *said = &verdict->said;
	u64 now = ktime_get_ns();

	memset(verdict, 0, sizeof(*verdict));
	said->site = direction == LOOPTUN_RX ? LOOPTUN_FAULT_RX : LOOPTUN_FAULT_TX;
	said->queue = queue;
	said->data = datagram->data;
	said->len = datagram->len;
	said->now = now;
	said->release = now;
	said->room = looptun_delay_room(tunnel, direction);
	verdict->clears = atomic_read(&tunnel->clears);
	if (!looptun_fault_judge_by(&tunnel->faults, tunnel, verdict) ||
	    !looptun_fault_judge_by(&looptun_tunnel_faults, tunnel, verdict))
		return LOOPTUN_NO_MEMORY;

	verdict->reason = said->overflow ? LOOPTUN_DROP_HELD_FULL : LOOPTUN_DROP_RULE;
	/* A time of now is one too: it goes after what is due. If nothing is, it just goes. */
	verdict->held = said->reorder ||
			(said->held && (said->release > now ||
					looptun_delay_is_due(tunnel, direction, said->release)));
	return LOOPTUN_DONE;
}
