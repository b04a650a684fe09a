/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>
#include <stdio.h>

struct seq_buf {
	char *buffer;
	size_t size;
	size_t len;
};

#define seq_buf_init(s, at, bytes)	(*(s) = (struct seq_buf) { .buffer = at, .size = bytes })
#define seq_buf_printf(s, ...)						\
	((s)->len += snprintf((s)->buffer + (s)->len, (s)->size - (s)->len, __VA_ARGS__))
