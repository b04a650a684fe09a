// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests of inject, with one that fails today: a frame larger than kmalloc()
 * gives passes a large ring, unless a capture or a rule looks on. Not of make
 * check: LOOPTUN_TESTS=inject_open selftests/qemu/run 6.1
 */
#define INJECT_OPEN
#include "inject.c"
