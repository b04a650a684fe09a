/* SPDX-License-Identifier: GPL-2.0-only */
/* What arguments are chosen from. */
#ifndef DIFFERENTIAL_POOLS_H
#define DIFFERENTIAL_POOLS_H

#include "differential.h"

extern const struct diff_pool
	diff_pool_file, diff_pool_other, diff_pool_oflags, diff_pool_name,
	diff_pool_fill, diff_pool_type, diff_pool_no_pi, diff_pool_one_queue,
	diff_pool_vnet, diff_pool_multi, diff_pool_napi, diff_pool_excl,
	diff_pool_junk, diff_pool_mem, diff_pool_user, diff_pool_abi,
	diff_pool_rform, diff_pool_wform, diff_pool_rlen, diff_pool_wcut,
	diff_pool_split, diff_pool_offset, diff_pool_payload, diff_pool_body,
	diff_pool_proto, diff_pool_piflags, diff_pool_vflags, diff_pool_vgso,
	diff_pool_vhlen, diff_pool_vsize, diff_pool_mss, diff_pool_vstart, diff_pool_voff,
	diff_pool_rwmem, diff_pool_events, diff_pool_epoll, diff_pool_link,
	diff_pool_frame, diff_pool_dst, diff_pool_index, diff_pool_count,
	diff_pool_txqlen;

/* The bytes of a name, IFNAMSIZ of them. */
const char *diff_name_bytes(long value);

#endif
