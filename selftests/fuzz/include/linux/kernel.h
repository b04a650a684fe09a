/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_KERNEL_H
#define FUZZ_LINUX_KERNEL_H

#include <stdarg.h>
#include <stdio.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))
#define __printf(text, first)

/* What was written, and never more than there was room for. */
static inline int vscnprintf(char *buffer, size_t size, const char *format,
			     va_list arguments)
{
	size_t len = vsnprintf(buffer, size, format, arguments);

	return len < size ? len : size ? size - 1 : 0;
}

#endif
