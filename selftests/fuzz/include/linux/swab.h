/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_SWAB_H
#define FUZZ_LINUX_SWAB_H

#define swab16(value)	__builtin_bswap16(value)
#define swab32(value)	__builtin_bswap32(value)
#define swab64(value)	__builtin_bswap64(value)

/* For <asm/byteorder.h>. */
#define __swab16(value)	swab16(value)
#define __swab32(value)	swab32(value)

#endif
