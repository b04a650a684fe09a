/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_STRING_H
#define FUZZ_LINUX_STRING_H

#include <string.h>

static inline void *memchr_inv(const void *at, int byte, size_t len)
{
	const unsigned char *p = at;

	for (; len; p++, len--)
		if (*p != (unsigned char)byte)
			return (void *)p;
	return NULL;
}

#endif
