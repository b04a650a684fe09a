/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_TIME64_H
#define FUZZ_LINUX_TIME64_H

#define NSEC_PER_SEC	1000000000L

#endif
