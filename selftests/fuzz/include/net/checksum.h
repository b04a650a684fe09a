/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_NET_CHECKSUM_H
#define FUZZ_NET_CHECKSUM_H

#include <asm/byteorder.h>
#include <linux/types.h>

/* The kernel's sums of 16-bit words, in the order of memory, byte by byte. */
#define __force
#define htons(value)	__cpu_to_be16(value)
#define htonl(value)	__cpu_to_be32(value)
#define CSUM_MANGLED_0	((__sum16)0xffff)

static inline __sum16 csum_fold(__wsum sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static inline __wsum csum_partial(const void *data, int len, __wsum sum)
{
	const u8 *at = data;
	u64 wide = sum;
	int i;

	for (i = 0; i < len; i++)
		wide += htons(i % 2 ? at[i] : at[i] << 8);
	wide = (wide & 0xffffffff) + (wide >> 32);
	return wide + (wide >> 32);
}

static inline void csum_replace2(__sum16 *sum, __be16 old, __be16 new)
{
	*sum = csum_fold((__sum16)~*sum + (__be16)~old + new);
}

#endif
