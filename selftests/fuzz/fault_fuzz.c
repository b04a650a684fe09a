// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the rules' language, and what rules do. An input is a text; where
 * it has a byte 0, what follows is a datagram that its rules are asked about.
 */
#include <errno.h>
#include <linux/limits.h>

#include "fault.h"
#include "fuzz.h"

#define MOST_RULES 40

/* Rules as a file of them is read back. */
struct parsed {
	struct looptun_fault_rule rule[MOST_RULES];
	struct looptun_fault_rules rules;
	bool clear;
	int ret;
};

/* On memory of its own, so that ASan sees a byte too many. */
static void parse(struct parsed *parsed, const char *text, size_t len, bool top)
{
	struct looptun_fault_complaint complaint = { };
	char *copy = malloc(len);

	memcpy(copy, text, len);
	parsed->rules.rule = parsed->rule;
	parsed->ret = looptun_fault_parse((struct looptun_fault_span) { copy, len }, top,
					  MOST_RULES, &parsed->rules, &parsed->clear,
					  &complaint);
	FUZZ_HOLDS(parsed->ret == 0 || parsed->ret == -EINVAL ||
		   parsed->ret == -ENOSPC);
	FUZZ_HOLDS(parsed->rules.count <= MOST_RULES);
	if (parsed->ret == -EINVAL) {
		FUZZ_HOLDS(complaint.why);
		FUZZ_HOLDS(complaint.word.at >= copy);
		FUZZ_HOLDS(complaint.word.at + complaint.word.len <= copy + len);
		FUZZ_HOLDS(complaint.line >= 1 && complaint.line <= len);
	}
	free(copy);
}

/* What is kept in bounds whatever was asked for. */
static void check(const struct looptun_fault_rule *rule)
{
	FUZZ_HOLDS(rule->site < LOOPTUN_FAULT_SITES);
	FUZZ_HOLDS(rule->action < LOOPTUN_FAULT_ACTIONS);
	FUZZ_HOLDS((rule->action == LOOPTUN_FAULT_ERRNO) == !!rule->error);
	FUZZ_HOLDS(rule->error <= 133);
	FUZZ_HOLDS(rule->match_len <= LOOPTUN_FAULT_MATCH_MAX);
	FUZZ_HOLDS(rule->len_min <= rule->len_max);
	FUZZ_HOLDS(rule->jitter <= rule->delay);
	FUZZ_HOLDS(rule->delay <= 3600000000000ULL);
	FUZZ_HOLDS((rule->action == LOOPTUN_FAULT_RATE) == !!rule->rate);
	FUZZ_HOLDS(rule->chance <= LOOPTUN_FAULT_CERTAIN);
	FUZZ_HOLDS(!rule->seen && !rule->hits);
}

/* What a rule is shown as makes the same rule. */
static void show(const struct looptun_fault_rule *rule)
{
	static struct parsed again;
	char text[LOOPTUN_FAULT_TEXT_MAX];
	size_t len;

	looptun_fault_format(rule, text);
	len = strlen(text);
	/* Room is left for hits= and a newline. */
	FUZZ_HOLDS(len + 30 < sizeof(text));
	parse(&again, text, len, true);
	FUZZ_HOLDS(!again.ret && again.rules.count == 1);
	FUZZ_HOLDS(!memcmp(rule, again.rule, sizeof(*rule)));
}

/* Ask for a datagram, some times, with ever less room. */
static void ask(struct looptun_fault_rules *rules, const u8 *data,
		size_t len, enum looptun_fault_site site)
{
	struct looptun_fault_corruption *corruptions =
		malloc(rules->count * sizeof(*corruptions));
	u8 *copy = malloc(len);
	u64 now = 1;
	int i;

	for (i = 0; i < 5; i++) {
		struct looptun_fault_datagram datagram = {
			.site = site, .queue = i % 2, .data = copy,
			.len = len, .now = now, .release = now,
			.room = i == 4 ? len / 2 : 1 << 18,
			.corruptions = corruptions,
		};
		unsigned int j;

		memcpy(copy, data, len);
		looptun_fault_decide_datagram(rules, &datagram);
		FUZZ_HOLDS(!memcmp(copy, data, len));
		FUZZ_HOLDS(datagram.corrupted <= rules->count);
		for (j = 0; j < datagram.corrupted; j++)
			looptun_fault_corrupt(&corruptions[j], copy);
		FUZZ_HOLDS(datagram.len <= len);
		FUZZ_HOLDS(datagram.release >= now);
		FUZZ_HOLDS(datagram.error <= 133);
		FUZZ_HOLDS(datagram.copies <= rules->count);
		FUZZ_HOLDS(!datagram.overflow || (datagram.drop && i == 4));
		now += 1000;
	}
	free(copy);
	free(corruptions);
}

static void call(struct looptun_fault_rules *rules, size_t len)
{
	struct looptun_fault_call call = { .len = len };
	struct looptun_fault_rule *rule;

	for (; call.site < LOOPTUN_FAULT_POLL; call.site++) {
		rule = looptun_fault_decide_call(rules, &call);
		FUZZ_HOLDS(!rule || (rule->site == call.site && rule->error));
	}
	FUZZ_HOLDS(looptun_fault_decide_poll(rules, 0, LOOPTUN_FAULT_IN) <=
		   (LOOPTUN_FAULT_IN | LOOPTUN_FAULT_OUT));
}

int fuzz_input(const u8 *data, size_t len)
{
	const u8 *zero = len ? memchr(data, 0, len) : NULL;
	size_t text = zero ? (size_t)(zero - data) : len;
	static struct parsed parsed, tunnel;
	size_t i;

	parse(&parsed, (const char *)data, text, true);
	parse(&tunnel, (const char *)data, text, false);
	/* The top-level file takes all that a tunnel's does. */
	FUZZ_HOLDS(parsed.ret == tunnel.ret || parsed.ret != -EINVAL);
	if (parsed.ret)
		return 0;
	for (i = 0; i < parsed.rules.count; i++) {
		check(&parsed.rule[i]);
		show(&parsed.rule[i]);
	}
	call(&parsed.rules, len);
	if (zero) {
		ask(&parsed.rules, zero + 1, len - text - 1, LOOPTUN_FAULT_RX);
		ask(&parsed.rules, zero + 1, len - text - 1, LOOPTUN_FAULT_TX);
	}
	return 0;
}
