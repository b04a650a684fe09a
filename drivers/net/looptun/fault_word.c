// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a rule, in the order in which a rule is shown.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>

#include "fault_word.h"

/* Bytes or datagrams at once: no overflow. */
#define LOOPTUN_FAULT_BURST_MAX	SZ_1G

/* An errno that every machine has; some have greater ones, with names. */
#define LOOPTUN_FAULT_ERRNO_MAX	133

/* In the order of enum looptun_fault_site. */
static const char *const looptun_fault_sites[] = {
	"op=open", "op=attach", "op=ioctl", "op=read", "op=write", "op=poll",
	"dir=rx", "dir=tx",
};

static const char *const looptun_fault_events[] = {
	[LOOPTUN_FAULT_IN] = "in",
	[LOOPTUN_FAULT_OUT] = "out",
};

static u64 *looptun_fault_field(const struct looptun_fault_word *word,
				struct looptun_fault_rule *rule)
{
	return (void *)rule + word->offset;
}

static const char *
looptun_fault_parse_site(struct looptun_fault_rule *rule,
			 struct looptun_fault_span value, const char *prefix)
{
	size_t skip = strlen(prefix);
	int i;

	for (i = 0; i < LOOPTUN_FAULT_SITES; i++) {
		if (!strncmp(looptun_fault_sites[i], prefix, skip) &&
		    looptun_fault_span_is(value, looptun_fault_sites[i] + skip)) {
			rule->site = i;
			return NULL;
		}
	}
	return "unknown";
}

static const char *looptun_fault_parse_op(struct looptun_fault_rule *rule,
					  struct looptun_fault_span value)
{
	return looptun_fault_parse_site(rule, value, "op=");
}

static const char *looptun_fault_parse_dir(struct looptun_fault_rule *rule,
					   struct looptun_fault_span value)
{
	return looptun_fault_parse_site(rule, value, "dir=");
}

static void looptun_fault_show_site(const struct looptun_fault_rule *rule,
				    struct looptun_fault_text *text)
{
	looptun_fault_show(text, "%s", looptun_fault_sites[rule->site]);
}

static void looptun_fault_show_nothing(const struct looptun_fault_rule *rule,
				       struct looptun_fault_text *text)
{
}

/* Taken back in as it was shown, and of no meaning. */
static const char *looptun_fault_parse_hits(struct looptun_fault_rule *rule,
					    struct looptun_fault_span value)
{
	u64 hits;

	return looptun_fault_number(value, U64_MAX, &hits);
}

static const char *looptun_fault_parse_errno(struct looptun_fault_rule *rule,
					     struct looptun_fault_span value)
{
	const char *why;
	u64 number;
	u32 named;

	if (looptun_fault_name_find(&looptun_fault_errno_names, value, &named)) {
		rule->error = named;
		return NULL;
	}
	why = looptun_fault_number(value, LOOPTUN_FAULT_ERRNO_MAX, &number);
	if (why)
		return why;
	rule->error = number;
	return number ? NULL : "too small";
}

static void looptun_fault_show_errno(const struct looptun_fault_rule *rule,
				     struct looptun_fault_text *text)
{
	const char *name = looptun_fault_name_of(&looptun_fault_errno_names,
						 rule->error);

	if (name)
		looptun_fault_show(text, " errno=%s", name);
	else
		looptun_fault_show(text, " errno=%u", rule->error);
}

static const char *looptun_fault_parse_ioctl(struct looptun_fault_rule *rule,
					     struct looptun_fault_span value)
{
	const char *why;
	u64 number;

	if (looptun_fault_name_find(&looptun_fault_ioctl_names, value,
				    &rule->cmd))
		return NULL;
	why = looptun_fault_number(value, U32_MAX, &number);
	if (why)
		return why;
	rule->cmd = number;
	return number ? NULL : "too small";
}

static void looptun_fault_show_ioctl(const struct looptun_fault_rule *rule,
				     struct looptun_fault_text *text)
{
	const char *name = looptun_fault_name_of(&looptun_fault_ioctl_names,
						 rule->cmd);

	if (name)
		looptun_fault_show(text, " ioctl=%s", name);
	else if (rule->cmd)
		looptun_fault_show(text, " ioctl=0x%x", rule->cmd);
}

static const char *looptun_fault_parse_event(struct looptun_fault_rule *rule,
					     struct looptun_fault_span value)
{
	for (rule->event = LOOPTUN_FAULT_IN;
	     rule->event <= LOOPTUN_FAULT_OUT; rule->event++) {
		if (looptun_fault_span_is(value,
					  looptun_fault_events[rule->event]))
			return NULL;
	}
	return "neither in nor out";
}

static void looptun_fault_show_event(const struct looptun_fault_rule *rule,
				     struct looptun_fault_text *text)
{
	looptun_fault_show(text, " %s=%s",
			   looptun_fault_action_name(rule->action),
			   looptun_fault_events[rule->event]);
}

/* An action that is a word alone. */
static const char *looptun_fault_parse_bare(struct looptun_fault_rule *rule,
					    struct looptun_fault_span value)
{
	return NULL;
}

static void looptun_fault_show_bare(const struct looptun_fault_rule *rule,
				    struct looptun_fault_text *text)
{
	looptun_fault_show(text, " %s", looptun_fault_action_name(rule->action));
}

#define SITE(_name, _parse, _show)					\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_SITE,			\
	  .sites = LOOPTUN_FAULT_ANY, .parse = _parse, .show = _show }
#define ACTION(_name, _action, _sites, _parse, _show)			\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_ACTION,		\
	  .action = _action, .sites = _sites, .parse = _parse, .show = _show }
#define BARE(_name, _action)						\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_ACTION,		\
	  .action = _action, .sites = LOOPTUN_FAULT_DIRS, .bare = true,	\
	  .parse = looptun_fault_parse_bare, .show = looptun_fault_show_bare }
#define AMOUNT(_name, _role, _action, _max)				\
	{ .name = #_name, .role = _role, .action = _action,		\
	  .sites = LOOPTUN_FAULT_DIRS,					\
	  .offset = offsetof(struct looptun_fault_rule, _name),		\
	  .min = 1, .max = _max }
#define WHICH(_name, _sites, _parse, _show)				\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_WHICH,		\
	  .sites = _sites, .parse = _parse, .show = _show }
#define NUMBER(_name, _sites, _min, _max, _none)			\
	{ .name = #_name, .role = LOOPTUN_FAULT_IS_WHICH,		\
	  .sites = _sites, .min = _min, .max = _max, .none = _none,	\
	  .offset = offsetof(struct looptun_fault_rule, _name) }

#define LOOPTUN_FAULT_QUEUED	(LOOPTUN_FAULT_ANY & ~BIT(LOOPTUN_FAULT_OPEN) & \
				 ~BIT(LOOPTUN_FAULT_ATTACH))

const struct looptun_fault_word looptun_fault_words[] = {
	SITE("op", looptun_fault_parse_op, looptun_fault_show_site),
	SITE("dir", looptun_fault_parse_dir, looptun_fault_show_nothing),
	ACTION("errno", LOOPTUN_FAULT_ERRNO,
	       LOOPTUN_FAULT_ANY & ~BIT(LOOPTUN_FAULT_POLL),
	       looptun_fault_parse_errno, looptun_fault_show_errno),
	ACTION("spurious", LOOPTUN_FAULT_SPURIOUS, BIT(LOOPTUN_FAULT_POLL),
	       looptun_fault_parse_event, looptun_fault_show_event),
	ACTION("missed", LOOPTUN_FAULT_MISSED, BIT(LOOPTUN_FAULT_POLL),
	       looptun_fault_parse_event, looptun_fault_show_event),
	BARE("drop", LOOPTUN_FAULT_DROP),
	BARE("duplicate", LOOPTUN_FAULT_DUPLICATE),
	BARE("corrupt", LOOPTUN_FAULT_CORRUPT),
	AMOUNT(bytes, LOOPTUN_FAULT_IS_DETAIL, LOOPTUN_FAULT_CORRUPT, U16_MAX),
	AMOUNT(truncate, LOOPTUN_FAULT_IS_ACTION, LOOPTUN_FAULT_TRUNCATE,
	       U32_MAX),
	AMOUNT(reorder, LOOPTUN_FAULT_IS_ACTION, LOOPTUN_FAULT_REORDER,
	       U32_MAX),
	ACTION("delay", LOOPTUN_FAULT_DELAY, LOOPTUN_FAULT_DIRS,
	       looptun_fault_parse_delay, looptun_fault_show_delay),
	{ .name = "jitter", .role = LOOPTUN_FAULT_IS_DETAIL,
	  .action = LOOPTUN_FAULT_DELAY, .sites = LOOPTUN_FAULT_DIRS,
	  .parse = looptun_fault_parse_jitter,
	  .show = looptun_fault_show_jitter },
	ACTION("rate", LOOPTUN_FAULT_RATE, LOOPTUN_FAULT_DIRS,
	       looptun_fault_parse_rate, looptun_fault_show_rate),
	AMOUNT(burst, LOOPTUN_FAULT_IS_DETAIL, LOOPTUN_FAULT_RATE,
	       LOOPTUN_FAULT_BURST_MAX),
	WHICH("ioctl", BIT(LOOPTUN_FAULT_IOCTL), looptun_fault_parse_ioctl,
	      looptun_fault_show_ioctl),
	WHICH("len", LOOPTUN_FAULT_SIZED, looptun_fault_parse_len,
	      looptun_fault_show_len),
	WHICH("match", LOOPTUN_FAULT_DIRS, looptun_fault_parse_match,
	      looptun_fault_show_match),
	NUMBER(queue, LOOPTUN_FAULT_QUEUED, 0, U16_MAX, LOOPTUN_FAULT_NO_QUEUE),
	NUMBER(skip, LOOPTUN_FAULT_ANY, 0, U64_MAX, 0),
	NUMBER(times, LOOPTUN_FAULT_ANY, 1, U64_MAX, 0),
	NUMBER(every, LOOPTUN_FAULT_ANY, 1, U64_MAX, 0),
	WHICH("chance", LOOPTUN_FAULT_ANY, looptun_fault_parse_chance,
	      looptun_fault_show_chance),
	NUMBER(seed, LOOPTUN_FAULT_ANY, 0, U64_MAX, 0),
	{ .name = "hits", .role = LOOPTUN_FAULT_IS_WHICH,
	  .sites = LOOPTUN_FAULT_ANY, .parse = looptun_fault_parse_hits,
	  .show = looptun_fault_show_nothing },
};

const size_t looptun_fault_words_count = ARRAY_SIZE(looptun_fault_words);

/**
 * looptun_fault_action_name - the word of an action
 * @action: the action
 */
const char *looptun_fault_action_name(enum looptun_fault_action action)
{
	const struct looptun_fault_word *word = looptun_fault_words;

	while (word->role != LOOPTUN_FAULT_IS_ACTION || word->action != action)
		word++;
	return word->name;
}

/**
 * looptun_fault_word_parse - read the value of a word into a rule
 * @word: the word
 * @rule: the rule
 * @value: the value, empty for a bare word
 *
 * Return: NULL, or what is wrong with it.
 */
const char *looptun_fault_word_parse(const struct looptun_fault_word *word,
				     struct looptun_fault_rule *rule,
				     struct looptun_fault_span value)
{
	const char *why;
	u64 *field;

	if (word->role == LOOPTUN_FAULT_IS_ACTION)
		rule->action = word->action;
	if (word->parse)
		return word->parse(rule, value);
	field = looptun_fault_field(word, rule);
	why = looptun_fault_number(value, word->max, field);
	if (!why && *field < word->min)
		return "too small";
	return why;
}

/**
 * looptun_fault_word_show - append a word to the text of a rule
 * @word: the word
 * @rule: the rule
 * @text: the text
 *
 * Nothing is appended if the rule is without the word.
 */
void looptun_fault_word_show(const struct looptun_fault_word *word,
			     const struct looptun_fault_rule *rule,
			     struct looptun_fault_text *text)
{
	u64 number;

	if (word->role == LOOPTUN_FAULT_IS_ACTION &&
	    word->action != rule->action)
		return;
	if (word->show) {
		word->show(rule, text);
		return;
	}
	number = *looptun_fault_field(word, (void *)rule);
	if (number != word->none)
		looptun_fault_show(text, " %s=%llu", word->name,
				   (unsigned long long)number);
}
