/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a rule: how each is read and shown. For the files of the rules'
 * language alone.
 */
#ifndef LOOPTUN_FAULT_WORD_H
#define LOOPTUN_FAULT_WORD_H

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

#include "fault.h"

/* Part of a text; not terminated. */
struct looptun_fault_span {
	const char *at;
	size_t len;
};

struct looptun_fault_name {
	const char *name;
	u32 number;
};

struct looptun_fault_names {
	const struct looptun_fault_name *names;
	size_t count;
};

extern const struct looptun_fault_names looptun_fault_errno_names;
extern const struct looptun_fault_names looptun_fault_ioctl_names;

bool looptun_fault_name_find(const struct looptun_fault_names *names,
			     struct looptun_fault_span word, u32 *number);
const char *looptun_fault_name_of(const struct looptun_fault_names *names,
				  u32 number);

/* A rule being shown: LOOPTUN_FAULT_TEXT_MAX bytes, len of them in use. */
struct looptun_fault_text {
	char *at;
	size_t len;
};

/* Sites by bits. */
#define LOOPTUN_FAULT_ANY	(BIT(LOOPTUN_FAULT_SITES) - 1)
#define LOOPTUN_FAULT_DIRS	(BIT(LOOPTUN_FAULT_RX) | BIT(LOOPTUN_FAULT_TX))
#define LOOPTUN_FAULT_OPS	(LOOPTUN_FAULT_ANY & ~LOOPTUN_FAULT_DIRS)
#define LOOPTUN_FAULT_SIZED	(LOOPTUN_FAULT_DIRS | BIT(LOOPTUN_FAULT_READ) | \
				 BIT(LOOPTUN_FAULT_WRITE))

/* What a word is in a rule: a rule has one site and one action. */
enum looptun_fault_role {
	LOOPTUN_FAULT_IS_SITE,
	LOOPTUN_FAULT_IS_ACTION,
	LOOPTUN_FAULT_IS_DETAIL,	/* of its action */
	LOOPTUN_FAULT_IS_WHICH,		/* which calls or datagrams, and when */
};

/**
 * struct looptun_fault_word - one word of the language
 * @name: the word, or what stands before its =
 * @role: what it is
 * @action: for an action or a detail: which
 * @sites: where it may stand, bits of enum looptun_fault_site
 * @bare: it has no value
 * @parse: reads the value; NULL for a number or a time
 * @show: appends it if there is anything to say; NULL like @parse
 * @offset: of a number: the field, a u64
 * @min: its least value
 * @max: its greatest
 * @none: what the field holds without the word
 *
 * parse() gives NULL, or what is wrong with the value.
 */
struct looptun_fault_word {
	const char *name;
	enum looptun_fault_role role;
	enum looptun_fault_action action;
	u32 sites;
	bool bare;
	const char *(*parse)(struct looptun_fault_rule *rule,
			     struct looptun_fault_span value);
	void (*show)(const struct looptun_fault_rule *rule,
		     struct looptun_fault_text *text);
	size_t offset;
	u64 min;
	u64 max;
	u64 none;
};

extern const struct looptun_fault_word looptun_fault_words[];
extern const size_t looptun_fault_words_count;

const char *looptun_fault_word_parse(const struct looptun_fault_word *word,
				     struct looptun_fault_rule *rule,
				     struct looptun_fault_span value);
__printf(2, 3)
void looptun_fault_show(struct looptun_fault_text *text, const char *format,
			...);
void looptun_fault_word_show(const struct looptun_fault_word *word,
			     const struct looptun_fault_rule *rule,
			     struct looptun_fault_text *text);

/* In fault_value.c; NULL or what is wrong, as above. */
const char *looptun_fault_number(struct looptun_fault_span value, u64 max,
				 u64 *number);
const char *looptun_fault_parse_delay(struct looptun_fault_rule *rule,
				      struct looptun_fault_span value);
void looptun_fault_show_delay(const struct looptun_fault_rule *rule,
			      struct looptun_fault_text *text);
const char *looptun_fault_parse_jitter(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value);
void looptun_fault_show_jitter(const struct looptun_fault_rule *rule,
			       struct looptun_fault_text *text);
const char *looptun_fault_parse_rate(struct looptun_fault_rule *rule,
				     struct looptun_fault_span value);
void looptun_fault_show_rate(const struct looptun_fault_rule *rule,
			     struct looptun_fault_text *text);
const char *looptun_fault_parse_len(struct looptun_fault_rule *rule,
				    struct looptun_fault_span value);
void looptun_fault_show_len(const struct looptun_fault_rule *rule,
			    struct looptun_fault_text *text);
const char *looptun_fault_parse_match(struct looptun_fault_rule *rule,
				      struct looptun_fault_span value);
void looptun_fault_show_match(const struct looptun_fault_rule *rule,
			      struct looptun_fault_text *text);
const char *looptun_fault_parse_chance(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value);
void looptun_fault_show_chance(const struct looptun_fault_rule *rule,
			       struct looptun_fault_text *text);

/* Cut a span in two at the first @c, which neither has. */
bool looptun_fault_span_cut(struct looptun_fault_span *span, char c,
			    struct looptun_fault_span *before);

static inline bool looptun_fault_span_is(struct looptun_fault_span span,
					 const char *word)
{
	return span.len == strlen(word) && !memcmp(span.at, word, span.len);
}

#endif
