/* SPDX-License-Identifier: GPL-2.0-only */
/* How often each operation came to which result on the real side. */
#ifndef DIFFERENTIAL_COVERAGE_H
#define DIFFERENTIAL_COVERAGE_H

#include <stddef.h>

void diff_coverage_init(void);
void diff_coverage_count(int kind, const char *line, size_t len);
void diff_coverage_print(void);

#endif
