// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the rules about a datagram: those of its tunnel, then those of the
 * top-level file for what is left of it.
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
#include "fault_verdict.h"

/* Add the rules that have fired, as they are shown. */
static void looptun_fault_comment(struct looptun_fault_verdict *verdict,
				  const struct looptun_fault_rules *rules)
{
	char text[LOOPTUN_FAULT_TEXT_MAX];
	size_t i, len;

	for (i = 0; i < rules->count; i++) {
		if (!rules->rule[i].fired)
			continue;
		len = strlen(verdict->comment);
		if (len == sizeof(verdict->comment) - 1)
			return;
		looptun_fault_format(&rules->rule[i], text);
		scnprintf(verdict->comment + len, sizeof(verdict->comment) - len,
			  "%s%s", len ? "; " : "rule: ", text);
	}
}

/* Each of a thousand may change all bytes: with no lock held. */
static void looptun_fault_corrupt_all(struct looptun_fault_datagram *datagram)
{
	unsigned int i;

	for (i = 0; i < datagram->corrupted; i++) {
		looptun_fault_corrupt(&datagram->corruptions[i],
				      datagram->data);
		cond_resched();
	}
	kvfree(datagram->corruptions);
	datagram->corrupted = 0;
}

/* False if there are more rules by now than there is room for what they do. */
static bool looptun_fault_decide(struct looptun_fault_set *set, size_t room,
				 struct looptun_tunnel *tunnel,
				 struct looptun_fault_datagram *datagram,
				 struct looptun_fault_verdict *verdict)
{
	bool fired = false, fits;
	int i;

	spin_lock(&set->lock);
	fits = set->corrupts <= room;
	if (!fits)
		goto out;
	looptun_fault_decide_datagram(&set->rules, datagram);
	for (i = 0; i < LOOPTUN_FAULT_ACTIONS; i++) {
		fired |= datagram->fired[i];
		looptun_fault_run_count(tunnel, i, datagram->fired[i]);
	}
	if (fired) {
		looptun_fault_run_trace_fired(tunnel, &set->rules);
		if (looptun_capture_on(tunnel))
			looptun_fault_comment(verdict, &set->rules);
	}
	/* A time or a rate of now is one too: it goes after what is due. */
	verdict->held |= datagram->fired[LOOPTUN_FAULT_DELAY] ||
			 datagram->fired[LOOPTUN_FAULT_RATE];
out:
	spin_unlock(&set->lock);
	return fits;
}

/* False if there is no memory to ask. */
static bool looptun_fault_judge_by(struct looptun_fault_set *set,
				   struct looptun_tunnel *tunnel,
				   struct looptun_fault_datagram *datagram,
				   struct looptun_fault_verdict *verdict)
{
	size_t room;

	if (!(READ_ONCE(set->sites) & BIT(datagram->site)) || datagram->drop ||
	    datagram->error)
		return true;
	memset(datagram->fired, 0, sizeof(datagram->fired));
	datagram->corruptions = NULL;
	do {
		kvfree(datagram->corruptions);
		room = READ_ONCE(set->corrupts);
		datagram->corruptions =
			kvmalloc_array(room, sizeof(*datagram->corruptions),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				       __GFP_RETRY_MAYFAIL);
		if (!datagram->corruptions)
			return false;
	} while (!looptun_fault_decide(set, room, tunnel, datagram, verdict));
	looptun_fault_corrupt_all(datagram);
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
 * Return: LOOPTUN_DONE, or _NO_MEMORY: the rules have said nothing then.
 */
enum looptun_outcome looptun_fault_judge(struct looptun_tunnel *tunnel,
					 enum looptun_direction direction,
					 u64 queue,
					 const struct looptun_datagram *datagram,
					 struct looptun_fault_verdict *verdict)
{
	struct looptun_fault_datagram asked = {
		.site = direction == LOOPTUN_RX ? LOOPTUN_FAULT_RX :
						  LOOPTUN_FAULT_TX,
		.queue = queue,
		.data = datagram->data,
		.len = datagram->len,
		.now = ktime_get_ns(),
		.room = looptun_delay_room(tunnel, direction),
	};

	memset(verdict, 0, sizeof(*verdict));
	verdict->clears = atomic_read(&tunnel->clears);
	asked.release = asked.now;
	if (!looptun_fault_judge_by(&tunnel->faults, tunnel, &asked, verdict) ||
	    !looptun_fault_judge_by(&looptun_fault_run_top, tunnel, &asked,
				    verdict))
		return LOOPTUN_NO_MEMORY;

	verdict->error = -asked.error;
	verdict->drop = asked.drop;
	verdict->reason = asked.overflow ? LOOPTUN_DROP_HELD_FULL :
					   LOOPTUN_DROP_RULE;
	verdict->len = asked.len;
	verdict->copies = asked.copies;
	verdict->reorder = asked.reorder;
	verdict->release = asked.release;
	/* Nobody is told of a time that is now, if nothing else waits. */
	verdict->held = asked.reorder ||
			(verdict->held &&
			 (asked.release > asked.now ||
			  looptun_delay_is_due(tunnel, direction,
					       asked.release)));
	return LOOPTUN_DONE;
}
