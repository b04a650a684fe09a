/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * README.md of the tree in which the program is built, as a string. For one .c
 * of a program.
 */
#ifndef SELFTESTS_README_H
#define SELFTESTS_README_H

/* Global, for the linker of arm64 takes local symbols of a section for one. */
asm(".pushsection .rodata\n"
	".global readme\n"
	"readme: .incbin \"../README.md\"\n"
	".byte 0\n"
	".popsection");

extern const char readme[];

#endif
