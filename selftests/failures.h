/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of failures of the tree in which the program is built, as a string.
 * For one .c of a program.
 */
#ifndef SELFTESTS_FAILURES_H
#define SELFTESTS_FAILURES_H

asm(".pushsection .rodata\n"
	"page: .incbin \"../Documentation/networking/looptun/failures.rst\"\n"
	".byte 0\n"
	".popsection");

extern const char page[];

#endif
