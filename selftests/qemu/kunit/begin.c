// SPDX-License-Identifier: GPL-2.0-only
#include "suites.h"

struct kunit_suite *looptun_suites[0] __aligned(sizeof(void *)) __section(".kunit_test_suites");
