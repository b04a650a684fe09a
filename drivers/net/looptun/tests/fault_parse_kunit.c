// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the language of rules. Lines that are taken, with what they are shown
 * as, and lines that are refused, with the word and the reason.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../fault.h"
#include "../fault_word.h"
#include "fault_test.h"

/* What a line is shown as; NULL: as it is. */
struct looptun_fault_test_taken {
	const char *line;
	const char *shown;
};

static const struct looptun_fault_test_taken looptun_fault_test_takens[] = {
	{ "op=write errno=EINTR times=1" },
	{ "op=read errno=EIO skip=2" },
	{ "op=attach errno=EPERM" },
	{ "op=open errno=EACCES every=3" },
	{ "op=ioctl errno=ENOSYS" },
	{ "op=ioctl ioctl=TUNSETQUEUE errno=ENOSYS",
	  "op=ioctl errno=ENOSYS ioctl=TUNSETQUEUE" },
	{ "op=ioctl ioctl=0x89ff errno=ENOTTY",
	  "op=ioctl errno=ENOTTY ioctl=0x89ff" },
	{ "op=ioctl ioctl=1 errno=ENOTTY", "op=ioctl errno=ENOTTY ioctl=0x1" },
	{ "op=poll spurious=in" },
	{ "op=poll missed=out times=2" },
	{ "dir=rx drop chance=10 seed=42" },
	{ "dir=tx corrupt times=3 len=60-1500",
	  "dir=tx corrupt len=60-1500 times=3" },
	{ "dir=tx corrupt bytes=65535" },
	{ "dir=tx errno=ENOBUFS len=1025-" },
	{ "dir=rx duplicate" },
	{ "dir=rx reorder=3" },
	{ "dir=rx truncate=1" },
	{ "dir=rx truncate=4294967295" },

	/* errno */
	{ "op=write errno=1", "op=write errno=EPERM" },
	{ "op=write errno=0x4", "op=write errno=EINTR" },
	{ "op=write errno=EWOULDBLOCK", "op=write errno=EAGAIN" },
	{ "op=write errno=ENOTSUP", "op=write errno=EOPNOTSUPP" },

	/* len */
	{ "op=write errno=EIO len=5-" },
	{ "op=write errno=EIO len=-5" },
	{ "op=write errno=EIO len=5" },
	{ "op=write errno=EIO len=5-6" },
	{ "op=write errno=EIO len=5-5", "op=write errno=EIO len=5" },
	{ "op=write errno=EIO len=0" },
	{ "op=write errno=EIO len=0-0", "op=write errno=EIO len=0" },
	{ "op=write errno=EIO len=0-", "op=write errno=EIO" },
	{ "op=write errno=EIO len=4294967294-" },
	{ "op=write errno=EIO len=-4294967294" },

	/* chance */
	{ "dir=rx drop chance=0" },
	{ "dir=rx drop chance=0.001" },
	{ "dir=rx drop chance=0.050", "dir=rx drop chance=0.05" },
	{ "dir=rx drop chance=99.999" },
	{ "dir=rx drop chance=7.0", "dir=rx drop chance=7" },
	{ "dir=rx drop chance=100", "dir=rx drop" },
	{ "dir=rx drop chance=100.000", "dir=rx drop" },

	/* times and rates */
	{ "dir=rx delay=20ms jitter=5ms" },
	{ "dir=rx delay=5ms jitter=5ms" },
	{ "dir=rx delay=0ns" },
	{ "dir=rx delay=0s", "dir=rx delay=0ns" },
	{ "dir=rx delay=1000us", "dir=rx delay=1ms" },
	{ "dir=rx delay=1001us" },
	{ "dir=rx delay=3600s" },
	{ "dir=rx rate=1bit" },
	{ "dir=rx rate=1000kbit", "dir=rx rate=1mbit" },
	{ "dir=rx rate=1500kbit burst=3000" },
	{ "dir=rx rate=1000gbit" },
	{ "dir=rx rate=1000pps burst=1073741824" },

	/* match */
	{ "dir=rx drop match=9/ff/11" },
	{ "dir=rx drop match=0x9/0xfF00/0x1100", "dir=rx drop match=9/ff00/1100" },
	{ "dir=rx drop match=65535/00/00" },
	{ "dir=rx drop match=0/ffffffffffffffffffffffffffffffff/0123456789abcdef0123456789abcdef" },

	/* numbers and blanks */
	{ "dir=tx drop queue=0" },
	{ "dir=tx drop queue=65535" },
	{ "dir=tx drop seed=18446744073709551615" },
	{ "dir=tx drop seed=0xffffffffffffffff",
	  "dir=tx drop seed=18446744073709551615" },
	{ "dir=tx drop seed=010", "dir=tx drop seed=10" },
	{ "dir=tx drop seed=0xABCDEF", "dir=tx drop seed=11259375" },
	{ "dir=tx drop seed=0 skip=0 every=1", "dir=tx drop every=1" },
	{ "dir=tx drop hits=12", "dir=tx drop" },
	{ "\t drop  dir=tx ", "dir=tx drop" },
};

static void looptun_fault_test_taken_desc(const struct looptun_fault_test_taken *row,
					  char *desc)
{
	strscpy(desc, row->line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_taken, looptun_fault_test_takens,
		  looptun_fault_test_taken_desc);

/* And what it is shown as is taken for the same. */
static void looptun_fault_test_take(struct kunit *test)
{
	const struct looptun_fault_test_taken *row = test->param_value;
	struct looptun_fault_rules rules, again;
	char shown[LOOPTUN_FAULT_TEXT_MAX];

	rules = looptun_fault_test_rules(test, row->line);
	KUNIT_ASSERT_EQ(test, rules.count, 1);
	looptun_fault_format(&rules.rule[0], shown);
	KUNIT_EXPECT_STREQ(test, shown, row->shown ?: row->line);
	again = looptun_fault_test_rules(test, shown);
	KUNIT_EXPECT_EQ(test, memcmp(&rules.rule[0], &again.rule[0],
				     sizeof(rules.rule[0])), 0);
}

struct looptun_fault_test_refused {
	const char *line;
	const char *word;	/* NULL: the line */
	const char *why;
};

static const struct looptun_fault_test_refused looptun_fault_test_refuseds[] = {
	{ "op=write", NULL, "says nothing to do" },
	{ "errno=EIO", NULL, "neither op= nor dir=" },
	{ "op=write dir=rx drop", "dir=rx", "op= and dir= do not go together" },
	{ "op=shut errno=EIO", "op=shut", "unknown" },
	{ "op= errno=EIO", "op=", "unknown" },
	{ "op errno=EIO", "op", "a value is missing" },
	{ "dir=in drop", "dir=in", "unknown" },
	{ "op=rx drop", "op=rx", "unknown" },
	{ "dir=rx drap", "drap", "unknown word" },
	{ "dir=rx =drop", "=drop", "unknown word" },
	{ "dir=rx drop=1", "drop=1", "takes no value" },
	{ "dir=rx truncate", "truncate", "a value is missing" },
	{ "dir=rx drop times=1 times=2", "times=2", "given twice" },
	{ "dir=rx drop duplicate", "duplicate", "a second thing to do is a second rule" },
	{ "clear all", "clear", "unknown word" },

	{ "op=write drop", "drop", "does not go with this op or dir" },
	{ "op=poll errno=EIO", "errno=EIO", "does not go with this op or dir" },
	{ "op=read spurious=in", "spurious=in", "does not go with this op or dir" },
	{ "op=ioctl errno=EIO len=4", "len=4", "does not go with this op or dir" },
	{ "op=open errno=EIO queue=0", "queue=0", "does not go with this op or dir" },
	{ "op=write errno=EIO match=0/ff/45", "match=0/ff/45",
	  "does not go with this op or dir" },
	{ "op=write errno=EIO ioctl=TUNSETIFF", "ioctl=TUNSETIFF",
	  "does not go with this op or dir" },
	{ "dir=rx drop jitter=5ms", "jitter=5ms", "does not go with this action" },
	{ "dir=rx drop bytes=5", "bytes=5", "does not go with this action" },
	{ "dir=rx delay=5ms burst=5", "burst=5", "does not go with this action" },
	{ "dir=rx delay=5ms jitter=6ms", NULL, "more jitter than delay" },

	{ "op=write errno=EFOO", "errno=EFOO", "unknown, or not a number" },
	{ "op=write errno=0", "errno=0", "too small" },
	{ "op=write errno=134", "errno=134", "too great" },
	{ "op=write errno=-4", "errno=-4", "unknown, or not a number" },
	{ "op=ioctl errno=EIO ioctl=0", "ioctl=0", "too small" },
	{ "op=ioctl errno=EIO ioctl=0x100000000", "ioctl=0x100000000", "too great" },
	{ "op=poll missed=both", "missed=both", "unknown" },

	{ "dir=rx truncate=0", "truncate=0", "too small" },
	{ "dir=rx truncate=4294967296", "truncate=4294967296", "too great" },
	{ "dir=rx corrupt bytes=0", "bytes=0", "too small" },
	{ "dir=rx drop times=0", "times=0", "too small" },
	{ "dir=rx drop every=0", "every=0", "too small" },
	{ "dir=rx drop skip=18446744073709551616", "skip=18446744073709551616",
	  "too great" },
	{ "dir=rx drop skip=0x", "skip=0x", "unknown, or not a number" },
	{ "dir=rx drop skip=1x10", "skip=1x10", "unknown, or not a number" },
	{ "dir=rx drop skip=0x:", "skip=0x:", "unknown, or not a number" },
	{ "dir=rx drop skip=1a", "skip=1a", "unknown, or not a number" },
	{ "dir=rx drop queue=65536", "queue=65536", "too great" },
	{ "dir=rx drop hits=many", "hits=many", "unknown, or not a number" },

	{ "dir=rx drop chance=100.001", "chance=100.001", "too great" },
	{ "dir=rx drop chance=101", "chance=101", "too great" },
	{ "dir=rx drop chance=1.0005", "chance=1.0005", "more than three decimals" },
	{ "dir=rx drop chance=1.2345", "chance=1.2345", "more than three decimals" },
	{ "dir=rx drop chance=5.", "chance=5.", "not a number" },
	{ "dir=rx drop chance=.5", "chance=.5", "unknown, or not a number" },
	{ "dir=rx drop len=6-5", "len=6-5", "ends before it begins" },
	{ "dir=rx drop len=-", "len=-", "not a range" },
	{ "dir=rx drop len=4294967295", "len=4294967295", "too great" },
	{ "dir=rx drop len=-4294967295", "len=-4294967295", "too great" },
	{ "dir=rx drop match=9", "match=9", "not OFFSET/MASK/VALUE" },
	{ "dir=rx drop match=9/ff", "match=9/ff", "not OFFSET/MASK/VALUE" },
	{ "dir=rx drop match=9/f/1", "match=9/f/1", "not whole bytes" },
	{ "dir=rx drop match=9//", "match=9//", "not whole bytes" },
	{ "dir=rx drop match=9/0x/11", "match=9/0x/11", "not hexadecimal" },
	{ "dir=rx drop match=9/fg/11", "match=9/fg/11", "not hexadecimal" },
	{ "dir=rx drop match=9/gf/11", "match=9/gf/11", "not hexadecimal" },
	{ "dir=rx drop match=9/0fff/01", "match=9/0fff/01",
	  "mask and value differ in length" },
	{ "dir=rx drop match=9/0f/11", "match=9/0f/11",
	  "the value has bits that the mask has not" },
	{ "dir=rx drop match=9/ff0f/1111", "match=9/ff0f/1111",
	  "the value has bits that the mask has not" },
	{ "dir=rx drop match=65536/ff/11", "match=65536/ff/11", "too great" },
	{ "dir=rx drop match=0/ffffffffffffffffffffffffffffffffff/00",
	  "match=0/ffffffffffffffffffffffffffffffffff/00", "more than 16 bytes" },

	{ "dir=rx delay=5", "delay=5", "a unit is missing" },
	{ "dir=rx delay=ms", "delay=ms", "not a number" },
	{ "dir=rx delay=5min", "delay=5min", "no such unit" },
	{ "dir=rx delay=3601s", "delay=3601s", "too great" },
	{ "dir=rx delay=18446744073709551615s", "delay=18446744073709551615s",
	  "too great" },
	{ "dir=rx rate=0bit", "rate=0bit", "too small" },
	{ "dir=rx rate=1001gbit", "rate=1001gbit", "too great" },
	{ "dir=rx rate=1pps burst=1073741825", "burst=1073741825", "too great" },
};

static void looptun_fault_test_refused_desc(const struct looptun_fault_test_refused *row,
					    char *desc)
{
	strscpy(desc, row->line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_refused, looptun_fault_test_refuseds,
		  looptun_fault_test_refused_desc);

/* The third line of its text, which is not terminated. */
static void looptun_fault_test_refuse(struct kunit *test)
{
	const struct looptun_fault_test_refused *row = test->param_value;
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rule room[3];
	struct looptun_fault_rules rules = { .rule = room };
	struct looptun_fault_span span;
	const char *word = row->word ?: row->line;
	char *text, *found;
	bool clear;

	text = kunit_kzalloc(test, 256, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	span.len = scnprintf(text, 256, "dir=rx drop\n\n%s", row->line);
	span.at = text;
	text[span.len] = '9';

	KUNIT_EXPECT_EQ(test, -EINVAL,
			looptun_fault_parse(span, true, ARRAY_SIZE(room), &rules,
					    &clear, &complaint));
	KUNIT_EXPECT_EQ(test, complaint.line, 3);
	KUNIT_EXPECT_STREQ(test, complaint.why, row->why);
	KUNIT_ASSERT_EQ(test, complaint.word.len, strlen(word));
	found = kunit_kzalloc(test, 256, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, found);
	memcpy(found, complaint.word.at, complaint.word.len);
	KUNIT_EXPECT_STREQ(test, found, word);
}

/* Rules for open and attach are for the top-level file. */
static void looptun_fault_test_top(struct kunit *test)
{
	static const char *const lines[] = {
		"op=open errno=EPERM", "op=attach errno=EPERM",
	};
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rule room;
	struct looptun_fault_rules rules = { .rule = &room };
	struct looptun_fault_span span;
	bool clear;
	int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		span = (struct looptun_fault_span) { lines[i], strlen(lines[i]) };
		KUNIT_EXPECT_EQ(test, 0,
				looptun_fault_parse(span, true, 1, &rules, &clear,
						    &complaint));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				looptun_fault_parse(span, false, 1, &rules, &clear,
						    &complaint));
		KUNIT_EXPECT_STREQ(test, complaint.why,
				   "only in the top-level file");
		KUNIT_EXPECT_PTR_EQ(test, complaint.word.at, lines[i]);
	}
}

struct looptun_fault_test_text {
	const char *desc;
	const char *text;
	int count;
	bool clear;
};

static const struct looptun_fault_test_text looptun_fault_test_texts[] = {
	{ "nothing", "", 0, false },
	{ "an empty line", "\n", 0, false },
	{ "blanks", " \t\n\t ", 0, false },
	{ "a remark", "# dir=rx drop\n  # and\n", 0, false },
	{ "one without newline", "dir=rx drop", 1, false },
	{ "one with", "dir=rx drop\n", 1, false },
	{ "two", "dir=rx drop\ndir=tx drop", 2, false },
	{ "clear", "clear", 0, true },
	{ "clear, then one", "\tclear\t\ndir=rx drop\n", 1, true },
	{ "one, then clear", "dir=rx drop\nclear\n", 0, true },
	{ "clear twice", "clear\ndir=rx drop\nclear\ndir=tx drop\ndir=tx drop",
	  2, true },
};

static void looptun_fault_test_text_desc(const struct looptun_fault_test_text *row,
					 char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(looptun_fault_test_text, looptun_fault_test_texts,
		  looptun_fault_test_text_desc);

static void looptun_fault_test_lines(struct kunit *test)
{
	const struct looptun_fault_test_text *row = test->param_value;
	struct looptun_fault_span span = { row->text, strlen(row->text) };
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rule room[2];
	struct looptun_fault_rules rules = { .rule = room };
	bool clear;

	KUNIT_EXPECT_EQ(test, 0,
			looptun_fault_parse(span, false, ARRAY_SIZE(room), &rules,
					    &clear, &complaint));
	KUNIT_EXPECT_EQ(test, rules.count, row->count);
	KUNIT_EXPECT_EQ(test, clear, row->clear);
	if (row->count)
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				looptun_fault_parse(span, false, row->count - 1,
						    &rules, &clear,
						    &complaint));
}

/* Every number that may be given for an errno, and every name that is shown. */
static void looptun_fault_test_errnos(struct kunit *test)
{
	char line[64], shown[LOOPTUN_FAULT_TEXT_MAX];
	struct looptun_fault_rules rules;
	int i, named = 0;
	const char *name;

	for (i = 1; i <= 133; i++) {
		snprintf(line, sizeof(line), "op=write errno=%d", i);
		rules = looptun_fault_test_rules(test, line);
		KUNIT_EXPECT_EQ(test, rules.rule[0].error, i);
		looptun_fault_format(&rules.rule[0], shown);
		name = looptun_fault_name_of(looptun_fault_errnos, i);
		if (name)
			snprintf(line, sizeof(line), "op=write errno=%s", name);
		KUNIT_EXPECT_STREQ(test, line, shown);
		named += !!name;
		rules = looptun_fault_test_rules(test, shown);
		KUNIT_EXPECT_EQ(test, rules.rule[0].error, i);
	}
	/* Two have no name, where errnos are the generic ones. */
	if (EHWPOISON == 133)
		KUNIT_EXPECT_EQ(test, named, 131);
}

/* The file of counters has these. */
static void looptun_fault_test_actions(struct kunit *test)
{
	static const char *const names[] = {
		"errno", "spurious", "missed", "drop", "duplicate", "corrupt", "truncate",
		"reorder", "delay", "rate",
	};
	int i;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(names), LOOPTUN_FAULT_ACTIONS);
	for (i = 0; i < LOOPTUN_FAULT_ACTIONS; i++)
		KUNIT_EXPECT_STREQ(test, looptun_fault_action_name(i), names[i]);
}

static struct kunit_case looptun_fault_parse_cases[] = {
	KUNIT_CASE_PARAM(looptun_fault_test_take, looptun_fault_test_taken_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_refuse, looptun_fault_test_refused_gen_params),
	KUNIT_CASE_PARAM(looptun_fault_test_lines, looptun_fault_test_text_gen_params),
	KUNIT_CASE(looptun_fault_test_top),
	KUNIT_CASE(looptun_fault_test_errnos),
	KUNIT_CASE(looptun_fault_test_actions),
	{ }
};

static struct kunit_suite looptun_fault_parse_suite = {
	.name = "looptun_fault_parse",
	.test_cases = looptun_fault_parse_cases,
};

kunit_test_suite(looptun_fault_parse_suite);
