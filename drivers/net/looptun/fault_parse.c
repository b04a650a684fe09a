// SPDX-License-Identifier: GPL-2.0-only
/*
 * From text to rules and back: lines, words, and which words go together. What
 * a word is stands in fault_word.c.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "fault_word.h"

/* More than there are words; the table is looked at when one is found. */
#define LOOPTUN_FAULT_WORDS_MAX	32

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
	struct looptun_fault_span given[LOOPTUN_FAULT_WORDS_MAX];
	struct looptun_fault_complaint *complaint;
};

static int looptun_fault_complain(struct looptun_fault_parser *parser,
				  struct looptun_fault_span word,
				  const char *why)
{
	parser->complaint->word = word.at;
	parser->complaint->word_len = word.len;
	parser->complaint->why = why;
	return -EINVAL;
}

static bool looptun_fault_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line; empty when there is none. */
static struct looptun_fault_span
looptun_fault_next_word(struct looptun_fault_span *line)
{
	struct looptun_fault_span word;

	while (line->len && looptun_fault_is_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	word = (struct looptun_fault_span) { line->at, 0 };
	while (line->len && !looptun_fault_is_blank(*line->at)) {
		line->at++;
		line->len--;
		word.len++;
	}
	return word;
}

static int looptun_fault_find_word(struct looptun_fault_span name)
{
	int i;

	for (i = 0; i < looptun_fault_words_count; i++) {
		if (looptun_fault_span_is(name, looptun_fault_words[i].name))
			return i;
	}
	return -1;
}

static int looptun_fault_take_word(struct looptun_fault_parser *parser,
				   struct looptun_fault_span token)
{
	struct looptun_fault_span value = token, name;
	bool has_value = looptun_fault_span_cut(&value, '=', &name);
	int i = looptun_fault_find_word(name);
	const char *why;

	if (i < 0)
		return looptun_fault_complain(parser, token, "unknown word");
	if (looptun_fault_words[i].bare == has_value)
		return looptun_fault_complain(parser, token, has_value ?
					      "takes no value" :
					      "a value is missing");
	if (parser->given[i].len)
		return looptun_fault_complain(parser, token, "given twice");
	parser->given[i] = token;
	why = looptun_fault_word_parse(&looptun_fault_words[i], parser->rule,
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

	for (i = 0; i < looptun_fault_words_count; i++) {
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

	for (i = 0; i < looptun_fault_words_count; i++, word++) {
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
	looptun_fault_rule_init(parser->rule);
	for (;;) {
		word = looptun_fault_next_word(&rest);
		if (!word.len)
			break;
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
	if (parser->rule->jitter > parser->rule->delay)
		return looptun_fault_complain(parser, line,
					      "more jitter than delay");
	return 0;
}

/**
 * looptun_fault_count_lines - how many lines has a text?
 * @text: the text
 * @len: its bytes
 *
 * There are no more rules in it.
 */
size_t looptun_fault_count_lines(const char *text, size_t len)
{
	size_t lines = 1;

	while (len--)
		lines += *text++ == '\n';
	return lines;
}

/**
 * looptun_fault_parse - read rules
 * @input: the text, and whose
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
int looptun_fault_parse(const struct looptun_fault_input *input, size_t max,
			struct looptun_fault_rules *rules, bool *clear,
			struct looptun_fault_complaint *complaint)
{
	struct looptun_fault_span text = { input->text, input->len }, line, rest;
	struct looptun_fault_parser parser = {
		.top = input->top,
		.complaint = complaint,
	};
	struct looptun_fault_span word;
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
 *
 * Return: bytes, without the terminator.
 */
size_t looptun_fault_format(const struct looptun_fault_rule *rule, char *text)
{
	struct looptun_fault_text out = { .at = text };
	size_t i;

	for (i = 0; i < looptun_fault_words_count; i++)
		looptun_fault_word_show(&looptun_fault_words[i], rule, &out);
	return out.len;
}
