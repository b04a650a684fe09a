// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words and values as rules write them: numbers, and what is more than one, as times,
 * rates, lengths, bytes to match, chance. Each is read into a rule and shown from it. A
 * span is never read past its end. Each reader gives NULL, or what is wrong.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>

/* It was a part of kernel.h. */
#ifndef hex_asc_lo
#include <linux/hex.h>
#endif

#include "fault_word.h"

/**
 * looptun_fault_span_cut - cut a span in two
 * @span: the span; then what stands behind @c, or nothing
 * @c: where to cut
 * @before: for what stands before it, or all
 *
 * Return: whether there was a @c.
 */
bool looptun_fault_span_cut(struct looptun_fault_span *span, char c,
			    struct looptun_fault_span *before)
{
	const char *found = memchr(span->at, c, span->len);

	*before = (struct looptun_fault_span) {
		span->at, found ? found - span->at : span->len
	};
	span->at += before->len + !!found;
	span->len -= before->len + !!found;
	return found;
}

static bool looptun_fault_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/**
 * looptun_fault_next_word - take the next word of a line
 * @line: the line; then what stands behind the word
 *
 * Return: the word, empty when there is none.
 */
struct looptun_fault_span
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

/* Read digits off the front of a span; -1 for a number above @max. */
static int looptun_fault_digits(struct looptun_fault_span *span, u32 base,
				u64 max, u64 *number)
{
	int count = 0;
	u32 digit;

	for (*number = 0; span->len; count++) {
		/* What is none is -1, the greatest. */
		digit = hex_to_bin(*span->at);
		if (digit >= base)
			break;
		if (digit > max || *number > div_u64(max - digit, base))
			return -1;
		*number = *number * base + digit;
		span->at++;
		span->len--;
	}
	return count;
}

/**
 * looptun_fault_number - read a number, decimal or 0x and hexadecimal
 * @value: the text
 * @max: the greatest
 * @number: for the number
 */
const char *looptun_fault_number(struct looptun_fault_span value, u64 max,
				 u64 *number)
{
	u32 base = 10;
	int count;

	if (value.len > 2 && value.at[0] == '0' && value.at[1] == 'x') {
		base = 16;
		value.at += 2;
		value.len -= 2;
	}
	count = looptun_fault_digits(&value, base, max, number);
	if (count < 0)
		return "too great";
	return count && !value.len ? NULL : "unknown, or not a number";
}

/**
 * looptun_fault_scaled - read a number with its unit
 * @value: the text
 * @units: the units
 * @max: the greatest number, unit applied
 * @number: for the number, unit applied
 *
 * Return: NULL, or what is wrong.
 */
const char *looptun_fault_scaled(struct looptun_fault_span value,
				 const struct looptun_fault_name *units, u64 max,
				 u64 *number)
{
	int digits = looptun_fault_digits(&value, 10, max, number);
	u32 scale;

	if (digits < 0)
		return "too great";
	if (!digits)
		return "not a number";
	if (!looptun_fault_name_find(units, value, &scale))
		return value.len ? "no such unit" : "a unit is missing";
	if (*number > div_u64(max, scale))
		return "too great";
	*number *= scale;
	return NULL;
}

/* Read up to LOOPTUN_FAULT_MATCH_MAX bytes, of two digits each, with 0x before them or not. */
static const char *looptun_fault_hex(struct looptun_fault_span value, u8 *bytes,
				     u32 *count)
{
	if (value.len > 2 && value.at[0] == '0' && value.at[1] == 'x') {
		value.at += 2;
		value.len -= 2;
	}
	if (!value.len || value.len % 2)
		return "not whole bytes";
	if (value.len > 2 * LOOPTUN_FAULT_MATCH_MAX)
		return "more than 16 bytes";
	*count = value.len / 2;
	return hex2bin(bytes, value.at, *count) ? "not hexadecimal" : NULL;
}

/**
 * looptun_fault_show_scaled - append a number in the largest unit that says it whole
 * @text: the text
 * @name: the word that has the number
 * @number: the number
 * @units: the units, the largest last
 */
void looptun_fault_show_scaled(struct seq_buf *text, const char *name, u64 number,
			       const struct looptun_fault_name *units)
{
	const struct looptun_fault_name *unit = units;
	u32 rest;

	for (; units->name; units++) {
		div_u64_rem(number, units->number, &rest);
		if (number && !rest)
			unit = units;
	}
	seq_buf_printf(text, " %s=%llu%s", name,
		       (unsigned long long)div_u64(number, unit->number), unit->name);
}

/* A terabit, and no overflow. */
#define LOOPTUN_FAULT_RATE_MAX	1000000000000ULL

/* The first is for datagrams. */
static const struct looptun_fault_name looptun_fault_rates[] = {
	{ "pps", 1 }, { "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 },
	{ "gbit", 1000000000 }, { }
};

const char *looptun_fault_parse_rate(struct looptun_fault_rule *rule,
				     struct looptun_fault_span value)
{
	const char *why = looptun_fault_scaled(value, looptun_fault_rates,
					       LOOPTUN_FAULT_RATE_MAX, &rule->rate);

	if (why)
		return why;
	rule->by_datagram = value.at[value.len - 1] == 's';
	return rule->rate ? NULL : "too small";
}

void looptun_fault_show_rate(const struct looptun_fault_rule *rule,
			     struct seq_buf *text)
{
	if (rule->by_datagram)
		seq_buf_printf(text, " rate=%llupps",
			       (unsigned long long)rule->rate);
	else
		looptun_fault_show_scaled(text, "rate", rule->rate,
					  looptun_fault_rates + 1);
}

/* A-B, A-, -B or A. */
const char *looptun_fault_parse_len(struct looptun_fault_rule *rule,
				    struct looptun_fault_span value)
{
	u64 from = 0, to;
	struct looptun_fault_span low;
	bool dash = looptun_fault_span_cut(&value, '-', &low);
	const char *why = NULL;

	if (!low.len && !value.len)
		return "not a range";
	if (low.len)
		why = looptun_fault_number(low, U32_MAX - 1, &from);
	to = dash ? U32_MAX : from;
	if (!why && value.len)
		why = looptun_fault_number(value, U32_MAX - 1, &to);
	if (why)
		return why;
	rule->len_min = from;
	rule->len_max = to;
	return from > to ? "ends before it begins" : NULL;
}

void looptun_fault_show_len(const struct looptun_fault_rule *rule,
			    struct seq_buf *text)
{
	if (rule->len_min == rule->len_max)
		seq_buf_printf(text, " len=%u", rule->len_min);
	else if (rule->len_min && rule->len_max == U32_MAX)
		seq_buf_printf(text, " len=%u-", rule->len_min);
	else if (rule->len_min)
		seq_buf_printf(text, " len=%u-%u", rule->len_min,
			       rule->len_max);
	else if (rule->len_max != U32_MAX)
		seq_buf_printf(text, " len=-%u", rule->len_max);
}

const char *looptun_fault_parse_match(struct looptun_fault_rule *rule,
				      struct looptun_fault_span value)
{
	struct looptun_fault_span offset, mask;
	const char *why;
	u32 count, i;
	u64 number;

	if (!looptun_fault_span_cut(&value, '/', &offset) ||
	    !looptun_fault_span_cut(&value, '/', &mask))
		return "not OFFSET/MASK/VALUE";
	why = looptun_fault_number(offset, U16_MAX, &number);
	if (!why)
		why = looptun_fault_hex(mask, rule->match_mask,
					&rule->match_len);
	if (!why)
		why = looptun_fault_hex(value, rule->match_value, &count);
	if (why)
		return why;
	if (count != rule->match_len)
		return "mask and value differ in length";
	rule->match_offset = number;
	for (i = 0; i < count; i++) {
		if (rule->match_value[i] & ~rule->match_mask[i])
			return "the value has bits that the mask has not";
	}
	return NULL;
}

void looptun_fault_show_match(const struct looptun_fault_rule *rule,
			      struct seq_buf *text)
{
	char mask[2 * LOOPTUN_FAULT_MATCH_MAX + 1], value[2 * LOOPTUN_FAULT_MATCH_MAX + 1];

	if (!rule->match_len)
		return;
	*bin2hex(mask, rule->match_mask, rule->match_len) = '\0';
	*bin2hex(value, rule->match_value, rule->match_len) = '\0';
	seq_buf_printf(text, " match=%u/%s/%s", rule->match_offset, mask, value);
}

/* Per cent with up to three decimals. */
const char *looptun_fault_parse_chance(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value)
{
	struct looptun_fault_span whole;
	bool point = looptun_fault_span_cut(&value, '.', &whole);
	u64 number, decimals = 0;
	const char *why;
	int count = 0;

	why = looptun_fault_number(whole, 100, &number);
	if (why)
		return why;
	if (point) {
		count = looptun_fault_digits(&value, 10, 999, &decimals);
		if (count < 0 || count > 3)
			return "more than three decimals";
		if (!count || value.len)
			return "not a number";
	}
	for (; count < 3; count++)
		decimals *= 10;
	rule->chance = number * 1000 + decimals;
	return rule->chance > LOOPTUN_FAULT_CERTAIN ? "too great" : NULL;
}

void looptun_fault_show_chance(const struct looptun_fault_rule *rule,
			       struct seq_buf *text)
{
	u32 decimals = rule->chance % 1000;
	int digits = 3;

	if (rule->chance == LOOPTUN_FAULT_CERTAIN)
		return;
	seq_buf_printf(text, " chance=%u", rule->chance / 1000);
	if (!decimals)
		return;
	for (; decimals % 10 == 0; decimals /= 10)
		digits--;
	seq_buf_printf(text, ".%0*u", digits, decimals);
}
