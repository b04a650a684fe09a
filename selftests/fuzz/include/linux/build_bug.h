/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_BUILD_BUG_H
#define FUZZ_LINUX_BUILD_BUG_H

#include <assert.h>

#define BUILD_BUG_ON(condition)	static_assert(!(condition), #condition)

#endif
