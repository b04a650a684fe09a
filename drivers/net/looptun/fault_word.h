/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of a rule's words: how each is read and shown. For the files of the
 * rules' language alone.
 */
#ifndef LOOPTUN_FAULT_WORD_H
#define LOOPTUN_FAULT_WORD_H

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/seq_buf.h>
#include <linux/string.h>
#include <linux/types.h>

#include "fault.h"

extern const struct looptun_fault_name looptun_fault_ioctls[];

bool looptun_fault_name_find(const struct looptun_fault_name *names,
			     struct looptun_fault_span word, u32 *number);

/* Reading gives NULL, or what is wrong. */
const char *looptun_fault_number(struct looptun_fault_span value, u64 max,
				 u64 *number);
const char *looptun_fault_scaled(struct looptun_fault_span value,
				 const struct looptun_fault_name *units, u64 max,
				 u64 *number);
const char *looptun_fault_parse_rate(struct looptun_fault_rule *rule,
				     struct looptun_fault_span value);
const char *looptun_fault_parse_len(struct looptun_fault_rule *rule,
				    struct looptun_fault_span value);
const char *looptun_fault_parse_match(struct looptun_fault_rule *rule,
				      struct looptun_fault_span value);
const char *looptun_fault_parse_chance(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value);

/* Showing appends a space and the word, if there is anything to say. */
void looptun_fault_show_scaled(struct seq_buf *text, const char *name, u64 number,
			       const struct looptun_fault_name *units);
void looptun_fault_show_rate(const struct looptun_fault_rule *rule,
			     struct seq_buf *text);
void looptun_fault_show_len(const struct looptun_fault_rule *rule,
			    struct seq_buf *text);
void looptun_fault_show_match(const struct looptun_fault_rule *rule,
			      struct seq_buf *text);
void looptun_fault_show_chance(const struct looptun_fault_rule *rule,
			       struct seq_buf *text);

bool looptun_fault_span_cut(struct looptun_fault_span *span, char c,
			    struct looptun_fault_span *before);
struct looptun_fault_span
looptun_fault_next_word(struct looptun_fault_span *line);

static inline bool looptun_fault_span_is(struct looptun_fault_span span,
					 const char *word)
{
	return span.len == strlen(word) && !memcmp(span.at, word, span.len);
}

#endif
