/* SPDX-License-Identifier: GPL-2.0-only */
	.section .rodata
	.global allowed_text
allowed_text:
	.incbin "allowed.txt"
	.byte 0
	.section .note.GNU-stack, "", @progbits
