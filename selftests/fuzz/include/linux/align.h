/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_ALIGN_H
#define FUZZ_LINUX_ALIGN_H

#define ALIGN(value, to) \
	({ __typeof__(value) _rest = (to) - 1; ((value) + _rest) & ~_rest; })

#endif
