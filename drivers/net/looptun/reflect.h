/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answer to a frame: the same with the roles turned. Pure: no locks, no
 * user memory, no allocation, any context.
 */
#ifndef LOOPTUN_REFLECT_H
#define LOOPTUN_REFLECT_H

#include <linux/types.h>

#include "dissect.h"

/* Who answers where a frame was for everybody: 02, "loop", 01. */
#define LOOPTUN_REFLECT_MAC	{ 0x02, 0x6c, 0x6f, 0x6f, 0x70, 0x01 }

enum looptun_dissect_verdict looptun_reflect(bool tap, u8 *data, size_t *len,
					     bool partial);
enum looptun_dissect_verdict looptun_reflect_neighbour(u8 *data, size_t *len);

#endif
