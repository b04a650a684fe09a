/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_BITFIELD_H
#define FUZZ_LINUX_BITFIELD_H

static inline unsigned int fuzz_field_get(unsigned int mask, unsigned int value)
{
	return (value & mask) / (mask & -mask);
}

#define FIELD_GET(mask, value)	fuzz_field_get(mask, value)

#endif
