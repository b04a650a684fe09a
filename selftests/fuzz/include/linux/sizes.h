/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_SIZES_H
#define FUZZ_LINUX_SIZES_H

#define SZ_1G	0x40000000

#endif
