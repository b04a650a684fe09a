/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before all else in the files that mutate has written. */
#ifndef LOOPTUN_MUTANT_H
#define LOOPTUN_MUTANT_H

extern int looptun_mutant;

/* Is this one alive? */
#define LOOPTUN_MUTANT(number)	(looptun_mutant == (number))

/* All suites, which the linker has between these. */
struct kunit_suite;
extern struct kunit_suite * const __kunit_suites_start[];
extern struct kunit_suite * const __kunit_suites_end[];

#endif
