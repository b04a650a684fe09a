/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_HEX_H
#define FUZZ_LINUX_HEX_H

#include <linux/types.h>
#include <stdio.h>
#include <string.h>

/* What a digit says, -1 for none. */
static inline int hex_to_bin(unsigned char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (found - digits) % 16 : -1;
}

static inline int hex2bin(u8 *to, const char *from, size_t count)
{
	int high, low;

	for (; count; count--) {
		high = hex_to_bin(*from++);
		low = hex_to_bin(*from++);
		if (high < 0 || low < 0)
			return -1;
		*to++ = high << 4 | low;
	}
	return 0;
}

static inline char *bin2hex(char *to, const void *from, size_t count)
{
	const u8 *byte;

	for (byte = from; count; count--)
		to += sprintf(to, "%02x", *byte++);
	return to;
}

#endif
