// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests of lifetimes that fail today, and the sums in all of them. Not of make
 * check: LOOPTUN_TESTS=lifetimes_open selftests/qemu/run 6.1 preempt
 */
#define LIFETIMES_OPEN
#include "lifetimes.c"
