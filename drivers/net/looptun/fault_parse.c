// SPDX-License-Identifier: GPL-2.0-only
/*
 * From text to rules and back: the words of a rule, which of them go together, and
 * lines. What is more than a number or a name is read and shown by fault_value.c.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/time64.h>

#include "fault_word.h"

/* An errno that every machine has; some have greater ones, with names. */
#define LOOPTUN_FAULT_ERRNO_MAX	133

/* Bytes or datagrams at once: no overflow. */
#define LOOPTUN_FAULT_BURST_MAX	SZ_1G

/* What is delayed: an hour. */
#define LOOPTUN_FAULT_DELAY_MAX	(3600ULL * NSEC_PER_SEC)

/* Sites by bits. */
#define LOOPTUN_FAULT_ANY	(BIT(LOOPTUN_FAULT_SITES) - 1)
#define LOOPTUN_FAULT_DIRS	(BIT(LOOPTUN_FAULT_RX) | BIT(LOOPTUN_FAULT_TX))
#define LOOPTUN_FAULT_SIZED	(LOOPTUN_FAULT_DIRS | BIT(LOOPTUN_FAULT_READ) | \
				 BIT(LOOPTUN_FAULT_WRITE))
#define LOOPTUN_FAULT_QUEUED	(LOOPTUN_FAULT_ANY & ~BIT(LOOPTUN_FAULT_OPEN) & \
				 ~BIT(LOOPTUN_FAULT_ATTACH))

/* What a word is in a rule: a rule has one site and one action. */
enum looptun_fault_role {
	LOOPTUN_FAULT_IS_SITE,
	LOOPTUN_FAULT_IS_ACTION,
	LOOPTUN_FAULT_IS_DETAIL,	/* of its action */
	LOOPTUN_FAULT_IS_WHICH,		/* which calls or datagrams, and when */
	LOOPTUN_FAULT_IS_REPORT,	/* added where rules are shown, and read without effect */
};

/**
 * struct looptun_fault_word - one word of the language
 * @name: the word, or what stands before its =
 * @role: what it is
 * @action: for an action or a detail: which
 * @sites: where it may stand, bits of enum looptun_fault_site
 * @bare: it has no value
 * @hex: a number without a name is shown so
 * @parse: reads the value, gives NULL or what is wrong with it; or NULL
 * @show: appends it if there is anything to say; or NULL
 * @offset: of a number or a name: the field, a u64
 * @min: its least value
 * @max: its greatest; 0 if it has names alone
 * @none: what the field holds without the word
 * @names: names that may stand for it, or NULL
 * @units: units of which it has one, the largest last, or NULL
 */
struct looptun_fault_word {
	const char *name;
	enum looptun_fault_role role;
	enum looptun_fault_action action;
	u32 sites;
	bool bare;
	bool hex;
	const char *(*parse)(struct looptun_fault_rule *rule,
			     struct looptun_fault_span value);
	void (*show)(const struct looptun_fault_rule *rule,
		     struct seq_buf *text);
	size_t offset;
	u64 min;
	u64 max;
	u64 none;
	const struct looptun_fault_name *names;
	const struct looptun_fault_name *units;
};

static const struct looptun_fault_name looptun_fault_ops[] = {
	{ "open", LOOPTUN_FAULT_OPEN }, { "attach", LOOPTUN_FAULT_ATTACH },
	{ "ioctl", LOOPTUN_FAULT_IOCTL }, { "read", LOOPTUN_FAULT_READ },
	{ "write", LOOPTUN_FAULT_WRITE }, { "poll", LOOPTUN_FAULT_POLL },
	{ }
};

static const struct looptun_fault_name looptun_fault_dirs[] = {
	{ "rx", LOOPTUN_FAULT_RX }, { "tx", LOOPTUN_FAULT_TX }, { }
};

static const struct looptun_fault_name looptun_fault_events[] = {
	{ "in", LOOPTUN_FAULT_IN }, { "out", LOOPTUN_FAULT_OUT }, { }
};

static const struct looptun_fault_name looptun_fault_times[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", NSEC_PER_SEC }, { }
};

#define BARE(_name, _action)						\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_ACTION,		\
	  .action = _action, .sites = LOOPTUN_FAULT_DIRS, .bare = true }
#define WHICH(_name, _sites, _parse, _show)				\
	{ .name = _name, .role = LOOPTUN_FAULT_IS_WHICH,		\
	  .sites = _sites, .parse = _parse, .show = _show }

/* Those that are a number, in the field of the same name but for ioctl and errno. */
#define FIELD(_name)	.offset = offsetof(struct looptun_fault_rule, _name)
#define NAMED(_name, _role, _sites, _field, _names, ...)		\
	{ .name = _name, .role = _role, .sites = _sites, FIELD(_field),	\
	  .none = U64_MAX, .names = _names, __VA_ARGS__ }
#define AMOUNT(_name, _role, _action, _max, ...)			\
	{ .name = #_name, .role = _role, .action = _action,		\
	  .sites = LOOPTUN_FAULT_DIRS, FIELD(_name),			\
	  .max = _max, __VA_ARGS__ }
#define NUMBER(_name, _sites, _min, _max, _none)			\
	{ .name = #_name, .role = LOOPTUN_FAULT_IS_WHICH,		\
	  .sites = _sites, .min = _min, .max = _max, .none = _none,	\
	  FIELD(_name) }

/* In the order in which a rule is shown. */
static const struct looptun_fault_word looptun_fault_words[] = {
	NAMED("op", LOOPTUN_FAULT_IS_SITE, LOOPTUN_FAULT_ANY, site, looptun_fault_ops),
	NAMED("dir", LOOPTUN_FAULT_IS_SITE, LOOPTUN_FAULT_ANY, site, looptun_fault_dirs),
	{ .name = "errno", .role = LOOPTUN_FAULT_IS_ACTION,
	  .action = LOOPTUN_FAULT_ERRNO,
	  .sites = LOOPTUN_FAULT_ANY & ~BIT(LOOPTUN_FAULT_POLL), FIELD(error),
	  .min = 1, .max = LOOPTUN_FAULT_ERRNO_MAX,
	  .names = looptun_fault_errnos },
	NAMED("spurious", LOOPTUN_FAULT_IS_ACTION, BIT(LOOPTUN_FAULT_POLL), event,
	      looptun_fault_events, .action = LOOPTUN_FAULT_SPURIOUS),
	NAMED("missed", LOOPTUN_FAULT_IS_ACTION, BIT(LOOPTUN_FAULT_POLL), event,
	      looptun_fault_events, .action = LOOPTUN_FAULT_MISSED),
	BARE("drop", LOOPTUN_FAULT_DROP),
	BARE("duplicate", LOOPTUN_FAULT_DUPLICATE),
	BARE("corrupt", LOOPTUN_FAULT_CORRUPT),
	AMOUNT(bytes, LOOPTUN_FAULT_IS_DETAIL, LOOPTUN_FAULT_CORRUPT, U16_MAX,
	       .min = 1),
	AMOUNT(truncate, LOOPTUN_FAULT_IS_ACTION, LOOPTUN_FAULT_TRUNCATE,
	       U32_MAX, .min = 1),
	AMOUNT(reorder, LOOPTUN_FAULT_IS_ACTION, LOOPTUN_FAULT_REORDER,
	       U32_MAX, .min = 1),
	/* One of no time is one too. */
	AMOUNT(delay, LOOPTUN_FAULT_IS_ACTION, LOOPTUN_FAULT_DELAY,
	       LOOPTUN_FAULT_DELAY_MAX, .none = U64_MAX,
	       .units = looptun_fault_times),
	AMOUNT(jitter, LOOPTUN_FAULT_IS_DETAIL, LOOPTUN_FAULT_DELAY,
	       LOOPTUN_FAULT_DELAY_MAX, .units = looptun_fault_times),
	{ .name = "rate", .role = LOOPTUN_FAULT_IS_ACTION,
	  .action = LOOPTUN_FAULT_RATE, .sites = LOOPTUN_FAULT_DIRS,
	  .parse = looptun_fault_parse_rate, .show = looptun_fault_show_rate },
	AMOUNT(burst, LOOPTUN_FAULT_IS_DETAIL, LOOPTUN_FAULT_RATE,
	       LOOPTUN_FAULT_BURST_MAX, .min = 1),
	{ .name = "ioctl", .role = LOOPTUN_FAULT_IS_WHICH,
	  .sites = BIT(LOOPTUN_FAULT_IOCTL), FIELD(cmd), .min = 1,
	  .max = U32_MAX, .names = looptun_fault_ioctls, .hex = true },
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
	{ .name = "hits", .role = LOOPTUN_FAULT_IS_REPORT,
	  .sites = LOOPTUN_FAULT_ANY, FIELD(hits), .max = U64_MAX },
};

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

/* Read the value of a word into a rule; NULL, or what is wrong with it. */
static const char *looptun_fault_parse_value(const struct looptun_fault_word *word,
					     struct looptun_fault_rule *rule,
					     struct looptun_fault_span value)
{
	u64 *field = (void *)rule + word->offset;
	const char *why;
	u32 named;

	if (word->role == LOOPTUN_FAULT_IS_ACTION)
		rule->action = word->action;
	if (word->bare)
		return NULL;
	if (word->parse)
		return word->parse(rule, value);
	if (word->names && looptun_fault_name_find(word->names, value, &named)) {
		*field = named;
		return NULL;
	}
	if (!word->max)
		return "unknown";
	why = word->units ?
	      looptun_fault_scaled(value, word->units, word->max, field) :
	      looptun_fault_number(value, word->max, field);
	return !why && *field < word->min ? "too small" : why;
}

/* Append a word to the text of a rule, if the rule is with it. */
static void looptun_fault_show_word(const struct looptun_fault_word *word,
				    const struct looptun_fault_rule *rule,
				    struct seq_buf *text)
{
	const char *name;
	u64 number;

	if (word->role == LOOPTUN_FAULT_IS_REPORT ||
	    (word->role == LOOPTUN_FAULT_IS_ACTION && word->action != rule->action))
		return;
	if (word->show) {
		word->show(rule, text);
		return;
	}
	if (word->bare) {
		seq_buf_printf(text, " %s", word->name);
		return;
	}
	number = *(const u64 *)((const void *)rule + word->offset);
	if (number == word->none)
		return;
	name = word->names ? looptun_fault_name_of(word->names, number) : NULL;
	if (name)
		seq_buf_printf(text, "%s%s=%s", text->len ? " " : "", word->name, name);
	else if (word->units)
		looptun_fault_show_scaled(text, word->name, number, word->units);
	else if (word->max)
		seq_buf_printf(text, word->hex ? " %s=%#llx" : " %s=%llu",
			       word->name, (unsigned long long)number);
}

/**
 * struct looptun_fault_parser - a line being read
 * @rule: the rule it makes
 * @top: it stands in the top-level file
 * @given: the words it has, by their place in looptun_fault_words
 * @complaint: what is wrong with it
 */
struct looptun_fault_parser {
	struct looptun_fault_rule *rule;
	bool top;
	struct looptun_fault_span given[ARRAY_SIZE(looptun_fault_words)];
	struct looptun_fault_complaint *complaint;
};

static int looptun_fault_complain(struct looptun_fault_parser *parser,
				  struct looptun_fault_span word,
				  const char *why)
{
	parser->complaint->word = word;
	parser->complaint->why = why;
	return -EINVAL;
}

static int looptun_fault_take_word(struct looptun_fault_parser *parser,
				   struct looptun_fault_span token)
{
	struct looptun_fault_span value = token, name;
	bool has_value = looptun_fault_span_cut(&value, '=', &name);
	const char *why;
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_fault_words); i++)
		if (looptun_fault_span_is(name, looptun_fault_words[i].name))
			break;
	if (i == ARRAY_SIZE(looptun_fault_words))
		return looptun_fault_complain(parser, token, "unknown word");
	if (looptun_fault_words[i].bare == has_value)
		return looptun_fault_complain(parser, token, has_value ?
					      "takes no value" :
					      "a value is missing");
	if (parser->given[i].len)
		return looptun_fault_complain(parser, token, "given twice");
	parser->given[i] = token;
	why = looptun_fault_parse_value(&looptun_fault_words[i], parser->rule,
					value);
	return why ? looptun_fault_complain(parser, token, why) : 0;
}

/* A rule has exactly one word of this role. */
static int looptun_fault_check_one(struct looptun_fault_parser *parser,
				   struct looptun_fault_span line,
				   enum looptun_fault_role role,
				   const char *none, const char *more)
{
	bool found = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_fault_words); i++) {
		if (looptun_fault_words[i].role != role || !parser->given[i].len)
			continue;
		if (found)
			return looptun_fault_complain(parser, parser->given[i],
						      more);
		found = true;
	}
	return found ? 0 : looptun_fault_complain(parser, line, none);
}

/* Do the words go with the rule's site and action? */
static int looptun_fault_check_words(struct looptun_fault_parser *parser)
{
	const struct looptun_fault_word *word = looptun_fault_words;
	const struct looptun_fault_rule *rule = parser->rule;
	const char *why;
	int i;

	for (i = 0; i < ARRAY_SIZE(looptun_fault_words); i++, word++) {
		why = NULL;
		if (!parser->given[i].len)
			continue;
		if (!(word->sites & BIT(rule->site)))
			why = "does not go with this op or dir";
		else if (word->role == LOOPTUN_FAULT_IS_DETAIL &&
			 word->action != rule->action)
			why = "does not go with this action";
		else if (word->role == LOOPTUN_FAULT_IS_SITE && !parser->top &&
			 (rule->site == LOOPTUN_FAULT_OPEN ||
			  rule->site == LOOPTUN_FAULT_ATTACH))
			why = "only in the top-level file";
		if (why)
			return looptun_fault_complain(parser, parser->given[i],
						      why);
	}
	return 0;
}

static int looptun_fault_parse_line(struct looptun_fault_parser *parser,
				    struct looptun_fault_span line)
{
	struct looptun_fault_span rest = line, word;
	int ret;

	memset(parser->given, 0, sizeof(parser->given));
	/* It is for everything, always. */
	*parser->rule = (struct looptun_fault_rule) {
		.queue = LOOPTUN_FAULT_NO_QUEUE,
		.len_max = U32_MAX,
		.chance = LOOPTUN_FAULT_CERTAIN,
	};
	while ((word = looptun_fault_next_word(&rest)).len) {
		ret = looptun_fault_take_word(parser, word);
		if (ret)
			return ret;
	}
	ret = looptun_fault_check_one(parser, line, LOOPTUN_FAULT_IS_SITE,
				      "neither op= nor dir=",
				      "op= and dir= do not go together") ?:
	      looptun_fault_check_one(parser, line, LOOPTUN_FAULT_IS_ACTION,
				      "says nothing to do",
				      "a second thing to do is a second rule") ?:
	      looptun_fault_check_words(parser);
	if (ret)
		return ret;
	/* Taken back in as it was shown, and of no meaning. */
	parser->rule->hits = 0;
	if (parser->rule->jitter > parser->rule->delay)
		return looptun_fault_complain(parser, line,
					      "more jitter than delay");
	return 0;
}

/**
 * looptun_fault_parse - read rules
 * @text: the text
 * @top: it is of the top-level file, where rules for open and attach may stand
 * @max: for how many rules @rules has room
 * @rules: for the rules
 * @clear: for whether all rules from before are to go
 * @complaint: for what is wrong with it
 *
 * A line is a rule; "clear", which drops all before it; nothing, or a remark
 * that begins with #.
 *
 * Return: 0; -EINVAL with @complaint, or -ENOSPC for more than @max rules.
 */
int looptun_fault_parse(struct looptun_fault_span text, bool top, size_t max,
			struct looptun_fault_rules *rules, bool *clear,
			struct looptun_fault_complaint *complaint)
{
	struct looptun_fault_parser parser = { .top = top, .complaint = complaint };
	struct looptun_fault_span line, rest, word;
	int ret;

	rules->count = 0;
	*clear = false;
	for (complaint->line = 1; text.len; complaint->line++) {
		looptun_fault_span_cut(&text, '\n', &line);
		rest = line;
		word = looptun_fault_next_word(&rest);
		if (!word.len || *word.at == '#')
			continue;
		if (looptun_fault_span_is(word, "clear") &&
		    !looptun_fault_next_word(&rest).len) {
			rules->count = 0;
			*clear = true;
			continue;
		}
		if (rules->count == max)
			return -ENOSPC;
		parser.rule = &rules->rule[rules->count];
		ret = looptun_fault_parse_line(&parser, line);
		if (ret)
			return ret;
		rules->count++;
	}
	return 0;
}

/**
 * looptun_fault_format - a rule as a line of text
 * @rule: the rule
 * @text: for LOOPTUN_FAULT_TEXT_MAX bytes, of which a terminator is the last
 *
 * It reads back as the same rule.
 */
void looptun_fault_format(const struct looptun_fault_rule *rule, char *text)
{
	struct seq_buf out;
	size_t i;

	seq_buf_init(&out, text, LOOPTUN_FAULT_TEXT_MAX);
	for (i = 0; i < ARRAY_SIZE(looptun_fault_words); i++)
		looptun_fault_show_word(&looptun_fault_words[i], rule, &out);
}
