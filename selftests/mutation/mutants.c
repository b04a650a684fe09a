// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which mutant is alive. In a guest that is a module of its own, since tests load the other
 * one anew. In a UML it is built in and gives the unit tests one mutant after another, in
 * one boot: a kernel takes longer to start than they take. Of each it prints "mutant N",
 * then "mutant N survived" or "mutant N killed by CASE". What mutant it was that hung or
 * killed the kernel, the host tells by the last line.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

int looptun_mutant;
EXPORT_SYMBOL_GPL(looptun_mutant);
module_param_named(mutant, looptun_mutant, int, 0644);

MODULE_LICENSE("GPL");

#ifndef MODULE
#include <kunit/test.h>
#include <linux/init.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/reboot.h>

static int looptun_mutants[500];
static unsigned int looptun_mutants_count;
module_param_array_named(mutants, looptun_mutants, int, &looptun_mutants_count, 0444);

static const char *looptun_mutants_failing(struct kunit_suite *suite)
{
	struct kunit_case *test_case;

	if (kunit_suite_has_succeeded(suite) != KUNIT_FAILURE)
		return NULL;
	kunit_suite_for_each_test_case(suite, test_case) {
		if (test_case->status == KUNIT_FAILURE)
			return test_case->name;
	}
	return suite->name;
}

/* The name of the first case that fails, NULL if none does. */
static const char *looptun_mutants_killer(int mutant)
{
	struct kunit_suite * const *suite;
	const char *killer = NULL;

	for (suite = __kunit_suites_start; suite < __kunit_suites_end && !killer; suite++) {
		WRITE_ONCE(looptun_mutant, mutant);
		__kunit_test_suites_init(suite, 1);
		WRITE_ONCE(looptun_mutant, 0);
		killer = looptun_mutants_failing(*suite);
	}
	return killer;
}

static int __init looptun_mutants_run(void)
{
	const char *killer;
	unsigned int i;

	/* Not before: this UML itself warns as it starts. */
	panic_on_warn = 1;
	for (i = 0; i < looptun_mutants_count; i++) {
		pr_emerg("mutant %d\n", looptun_mutants[i]);
		killer = looptun_mutants_killer(looptun_mutants[i]);
		if (killer)
			pr_emerg("mutant %d killed by %s\n", looptun_mutants[i], killer);
		else
			pr_emerg("mutant %d survived\n", looptun_mutants[i]);
		/* What a mutant has broken for good must not kill the next one. */
		if (killer && looptun_mutants_killer(0)) {
			pr_emerg("mutants: %d has left damage\n", looptun_mutants[i]);
			break;
		}
	}
	if (looptun_mutants_count)
		kernel_power_off();
	return 0;
}

/* After KUnit itself. */
late_initcall_sync(looptun_mutants_run);
#endif
