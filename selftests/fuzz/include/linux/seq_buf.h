/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct seq_buf {
	char *buffer;
	size_t size;
	size_t len;
};

static inline void seq_buf_init(struct seq_buf *s, char *buffer, size_t size)
{
	*s = (struct seq_buf) { .buffer = buffer, .size = size };
}

static inline void seq_buf_printf(struct seq_buf *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	s->len += vsnprintf(s->buffer + s->len, s->size - s->len, format, arguments);
	va_end(arguments);
}
