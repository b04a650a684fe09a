/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ABI document of the tree in which the program is built, as bytes. For
 * one .c of a program.
 */
#ifndef SELFTESTS_DOCUMENT_H
#define SELFTESTS_DOCUMENT_H

/* Global, for the linker of arm64 takes local symbols of a section for one. */
asm(".pushsection .rodata\n"
	".global document, document_end\n"
	"document: .incbin \"../Documentation/ABI/testing/debugfs-looptun\"\n"
	"document_end: .popsection");

extern char document[], document_end[];

#endif
