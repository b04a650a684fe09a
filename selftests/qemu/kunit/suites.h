/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOOPTUN_KUNIT_SUITES_H
#define LOOPTUN_KUNIT_SUITES_H

#include <kunit/test.h>

/* The first of the suites. */
extern struct kunit_suite *looptun_suites[];

#endif
