// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers as rules write them. A span is never read past its end. Each reader
 * gives NULL, or what is wrong.
 */
#include <linux/limits.h>
#include <linux/math64.h>

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
	size_t i = 0;

	while (i < span->len && span->at[i] != c)
		i++;
	*before = (struct looptun_fault_span) { span->at, i };
	if (i == span->len) {
		*span = (struct looptun_fault_span) { span->at + i, 0 };
		return false;
	}
	span->at += i + 1;
	span->len -= i + 1;
	return true;
}

static int looptun_fault_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Read digits off the front of a span; -1 for a number above @max. */
static int looptun_fault_digits(struct looptun_fault_span *span, u32 base,
				u64 max, u64 *number)
{
	int count = 0;
	u32 digit;

	for (*number = 0; span->len; count++) {
		digit = looptun_fault_digit(*span->at);
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
 * @count: how many there are
 * @max: the greatest number, unit applied
 * @number: for the number, unit applied
 * @unit: for the unit
 */
const char *looptun_fault_scaled(struct looptun_fault_span value,
				 const struct looptun_fault_name *units,
				 size_t count, u64 max, u64 *number,
				 const struct looptun_fault_name **unit)
{
	int digits = looptun_fault_digits(&value, 10, max, number);
	size_t i;

	if (digits < 0)
		return "too great";
	if (!digits)
		return "not a number";
	for (i = 0; i < count; i++) {
		if (!looptun_fault_span_is(value, units[i].name))
			continue;
		if (*number > div_u64(max, units[i].number))
			return "too great";
		*number *= units[i].number;
		*unit = &units[i];
		return NULL;
	}
	return value.len ? "no such unit" : "a unit is missing";
}

/**
 * looptun_fault_per_cent - read per cent with up to three decimals
 * @value: the text
 * @thousandths: for thousandths of one per cent
 */
const char *looptun_fault_per_cent(struct looptun_fault_span value,
				   u32 *thousandths)
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
	*thousandths = number * 1000 + decimals;
	return *thousandths > LOOPTUN_FAULT_CERTAIN ? "too great" : NULL;
}

/**
 * looptun_fault_hex - read bytes, two digits each
 * @value: the text, with 0x before it or not
 * @bytes: for LOOPTUN_FAULT_MATCH_MAX bytes
 * @count: for how many there are
 */
const char *looptun_fault_hex(struct looptun_fault_span value, u8 *bytes,
			      u32 *count)
{
	int high, low;
	size_t i;

	if (value.len > 2 && value.at[0] == '0' && value.at[1] == 'x') {
		value.at += 2;
		value.len -= 2;
	}
	if (!value.len || value.len % 2)
		return "not whole bytes";
	if (value.len > 2 * LOOPTUN_FAULT_MATCH_MAX)
		return "more than 16 bytes";
	for (i = 0; i < value.len; i += 2) {
		high = looptun_fault_digit(value.at[i]);
		low = looptun_fault_digit(value.at[i + 1]);
		if (high > 15 || low > 15)
			return "not hexadecimal";
		bytes[i / 2] = high << 4 | low;
	}
	*count = value.len / 2;
	return NULL;
}

/**
 * looptun_fault_range - read A-B, A-, -B or A
 * @value: the text
 * @min: for A, or 0
 * @max: for B, A where it stands alone, or U32_MAX
 */
const char *looptun_fault_range(struct looptun_fault_span value, u32 *min,
				u32 *max)
{
	u64 from = 0, to = U32_MAX - 1;
	struct looptun_fault_span low;
	bool dash = looptun_fault_span_cut(&value, '-', &low);
	const char *why = NULL;

	if (!low.len && !value.len)
		return "not a range";
	if (low.len)
		why = looptun_fault_number(low, U32_MAX - 1, &from);
	if (!why && value.len)
		why = looptun_fault_number(value, U32_MAX - 1, &to);
	if (why)
		return why;
	*min = from;
	*max = to;
	if (!value.len)
		*max = dash ? U32_MAX : from;
	return *min > *max ? "ends before it begins" : NULL;
}

/**
 * looptun_fault_show - append to the text of a rule
 * @text: the text
 * @format: as for printf
 */
void looptun_fault_show(struct looptun_fault_text *text, const char *format,
			...)
{
	va_list arguments;

	va_start(arguments, format);
	text->len += vscnprintf(text->at + text->len,
				LOOPTUN_FAULT_TEXT_MAX - text->len, format,
				arguments);
	va_end(arguments);
}
