/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_MINMAX_H
#define FUZZ_LINUX_MINMAX_H

#define min_t(type, a, b) \
	({ type _a = (a), _b = (b); _a < _b ? _a : _b; })
#define max_t(type, a, b) \
	({ type _a = (a), _b = (b); _a > _b ? _a : _b; })
#define min(a, b)	min_t(__typeof__(a), a, b)
#define max(a, b)	max_t(__typeof__(a), a, b)
#define swap(a, b) \
	({ __typeof__(a) *_a = &(a), *_b = &(b), _c = *_a; *_a = *_b; *_b = _c; })

#endif
