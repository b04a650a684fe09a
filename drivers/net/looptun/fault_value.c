// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are more than a number: times, rates, lengths, bytes to match,
 * chance. Each is read into a rule and shown from it.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "fault_word.h"

/* For what is delayed: an hour. For a rate: a terabit, and no overflow. */
#define LOOPTUN_FAULT_DELAY_MAX	(3600ULL * NSEC_PER_SEC)
#define LOOPTUN_FAULT_RATE_MAX	1000000000000ULL

/* The largest last. */
static const struct looptun_fault_name looptun_fault_times[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", NSEC_PER_SEC },
};

static const struct looptun_fault_name looptun_fault_rates[] = {
	{ "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 },
	{ "gbit", 1000000000 }, { "pps", 1 },
};

/* Units that bits have: the last is for datagrams. */
#define LOOPTUN_FAULT_BIT_UNITS	(ARRAY_SIZE(looptun_fault_rates) - 1)

static const char *looptun_fault_parse_time(struct looptun_fault_span value,
					    u64 *time)
{
	const struct looptun_fault_name *unit;

	return looptun_fault_scaled(value, looptun_fault_times,
				    ARRAY_SIZE(looptun_fault_times),
				    LOOPTUN_FAULT_DELAY_MAX, time, &unit);
}

/* In the largest unit that says it whole. */
static void looptun_fault_show_scaled(struct looptun_fault_text *text,
				      const char *name, u64 number,
				      const struct looptun_fault_name *units,
				      size_t count)
{
	u32 rest;
	u64 whole;

	do {
		count--;
		whole = div_u64_rem(number, units[count].number, &rest);
	} while (rest || (!whole && count));
	looptun_fault_show(text, " %s=%llu%s", name, (unsigned long long)whole,
			   units[count].name);
}

const char *looptun_fault_parse_delay(struct looptun_fault_rule *rule,
				      struct looptun_fault_span value)
{
	return looptun_fault_parse_time(value, &rule->delay);
}

void looptun_fault_show_delay(const struct looptun_fault_rule *rule,
			      struct looptun_fault_text *text)
{
	looptun_fault_show_scaled(text, "delay", rule->delay,
				  looptun_fault_times,
				  ARRAY_SIZE(looptun_fault_times));
}

const char *looptun_fault_parse_jitter(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value)
{
	return looptun_fault_parse_time(value, &rule->jitter);
}

void looptun_fault_show_jitter(const struct looptun_fault_rule *rule,
			       struct looptun_fault_text *text)
{
	if (rule->jitter)
		looptun_fault_show_scaled(text, "jitter", rule->jitter,
					  looptun_fault_times,
					  ARRAY_SIZE(looptun_fault_times));
}

const char *looptun_fault_parse_rate(struct looptun_fault_rule *rule,
				     struct looptun_fault_span value)
{
	const struct looptun_fault_name *unit;
	const char *why;

	why = looptun_fault_scaled(value, looptun_fault_rates,
				   ARRAY_SIZE(looptun_fault_rates),
				   LOOPTUN_FAULT_RATE_MAX, &rule->rate, &unit);
	if (why)
		return why;
	rule->by_datagram = unit == &looptun_fault_rates[LOOPTUN_FAULT_BIT_UNITS];
	return rule->rate ? NULL : "too small";
}

void looptun_fault_show_rate(const struct looptun_fault_rule *rule,
			     struct looptun_fault_text *text)
{
	if (rule->by_datagram)
		looptun_fault_show(text, " rate=%llupps",
				   (unsigned long long)rule->rate);
	else
		looptun_fault_show_scaled(text, "rate", rule->rate,
					  looptun_fault_rates,
					  LOOPTUN_FAULT_BIT_UNITS);
}

const char *looptun_fault_parse_len(struct looptun_fault_rule *rule,
				    struct looptun_fault_span value)
{
	return looptun_fault_range(value, &rule->len_min, &rule->len_max);
}

void looptun_fault_show_len(const struct looptun_fault_rule *rule,
			    struct looptun_fault_text *text)
{
	if (rule->len_min == rule->len_max)
		looptun_fault_show(text, " len=%u", rule->len_min);
	else if (rule->len_min && rule->len_max == U32_MAX)
		looptun_fault_show(text, " len=%u-", rule->len_min);
	else if (rule->len_min)
		looptun_fault_show(text, " len=%u-%u", rule->len_min,
				   rule->len_max);
	else if (rule->len_max != U32_MAX)
		looptun_fault_show(text, " len=-%u", rule->len_max);
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

static void looptun_fault_show_hex(struct looptun_fault_text *text,
				   const u8 *bytes, u32 count)
{
	u32 i;

	looptun_fault_show(text, "/");
	for (i = 0; i < count; i++)
		looptun_fault_show(text, "%02x", bytes[i]);
}

void looptun_fault_show_match(const struct looptun_fault_rule *rule,
			      struct looptun_fault_text *text)
{
	if (!rule->match_len)
		return;
	looptun_fault_show(text, " match=%u", rule->match_offset);
	looptun_fault_show_hex(text, rule->match_mask, rule->match_len);
	looptun_fault_show_hex(text, rule->match_value, rule->match_len);
}

const char *looptun_fault_parse_chance(struct looptun_fault_rule *rule,
				       struct looptun_fault_span value)
{
	return looptun_fault_per_cent(value, &rule->chance);
}

void looptun_fault_show_chance(const struct looptun_fault_rule *rule,
			       struct looptun_fault_text *text)
{
	u32 decimals = rule->chance % 1000;
	int digits = 3;

	if (rule->chance == LOOPTUN_FAULT_CERTAIN)
		return;
	looptun_fault_show(text, " chance=%u", rule->chance / 1000);
	if (!decimals)
		return;
	for (; decimals % 10 == 0; decimals /= 10)
		digits--;
	looptun_fault_show(text, ".%0*u", digits, decimals);
}
