/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harnesses share. A property that does not hold ends the process,
 * which libFuzzer takes for a finding and leaves the input behind.
 */
#ifndef SELFTESTS_FUZZ_H
#define SELFTESTS_FUZZ_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_HOLDS(property) \
	do { \
		if (!(property)) { \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, \
				__LINE__, #property); \
			abort(); \
		} \
	} while (0)

/* What libFuzzer calls for each input; the Makefile gives it its name. */
int fuzz_input(const u8 *data, size_t len);

#endif
