/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites for rules share.
 */
#ifndef LOOPTUN_FAULT_TEST_H
#define LOOPTUN_FAULT_TEST_H

#include <kunit/test.h>
#include <linux/string.h>

#include "../fault.h"

/* No text has more. */
#define LOOPTUN_FAULT_TEST_RULES	64

/* Rules from text that is right; the test has failed if it is not. */
static inline struct looptun_fault_rules
looptun_fault_test_rules(struct kunit *test, const char *text)
{
	struct looptun_fault_span span = { text, strlen(text) };
	struct looptun_fault_complaint complaint = { };
	struct looptun_fault_rules rules = { };
	bool clear;
	int ret;

	rules.rule = kunit_kcalloc(test, LOOPTUN_FAULT_TEST_RULES, sizeof(*rules.rule),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rules.rule);
	ret = looptun_fault_parse(span, true, LOOPTUN_FAULT_TEST_RULES, &rules, &clear,
				  &complaint);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%s: %s", text, complaint.why ?: "");
	return rules;
}

#endif
