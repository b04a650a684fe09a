// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of KUnit that wants more of a kernel: a field in task_struct, and one
 * in struct module by which suites are found as modules are loaded. Any field
 * that the tests leave alone does for the first. The suites here are found by
 * the place where they are linked, as this module is loaded.
 */
#include <kunit/resource.h>
#include <kunit/test-bug.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>

#include "suites.h"

static struct kunit_suite *looptun_suites_end[0]
__aligned(sizeof(void *)) __used __section(".kunit_test_suites");

#define kunit_test journal_info
#undef CONFIG_MODULES
#undef late_initcall
#define late_initcall(fn)
#undef module_exit
#define module_exit(fn)
#include "test.c"

int init_module(void)
{
	kunit_init();
	return __kunit_test_suites_init(looptun_suites, looptun_suites_end - looptun_suites);
}

void cleanup_module(void)
{
	__kunit_test_suites_exit(looptun_suites, looptun_suites_end - looptun_suites);
	kunit_exit();
}
