/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line that was written to a control file: its words, and what the log says of
 * one that is refused.
 */
#ifndef LOOPTUN_LINE_H
#define LOOPTUN_LINE_H

#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

struct looptun_tunnel;

/**
 * struct looptun_line - a line that is being read
 * @tunnel: whose file it was written to, referenced; NULL at the top
 * @file: the name of the file
 * @rest: what is not read of it, NULL for nothing
 */
struct looptun_line {
	struct looptun_tunnel *tunnel;
	const char *file;
	char *rest;
};

/* Take the next word, which is empty where two spaces meet; NULL at the end. */
static inline char *looptun_line_next(struct looptun_line *line)
{
	return strsep(&line->rest, " ");
}

ssize_t looptun_line_store(struct looptun_tunnel *tunnel, const char *file,
			   const char __user *buffer, size_t count,
			   int (*store)(struct looptun_line *line));
int looptun_line_refuse(const struct looptun_line *line, int error,
			const char *word, const char *expected);
int looptun_line_end(struct looptun_line *line);
int looptun_line_choice(const struct looptun_line *line, const char *word,
			const char *const *choices, size_t count,
			const char *expected);
int looptun_line_number(const struct looptun_line *line, const char *word,
			u64 max, u64 *number);
int looptun_line_directory(const struct looptun_line *line, const char *word);
bool looptun_line_parse_number(const char *at, size_t len, u64 max,
			       u64 *number);
bool looptun_line_parse_directory(const char *word, u64 *inum,
				  const char **name);
void looptun_line_refuse_datagram(const struct looptun_tunnel *tunnel,
				  const char *file, size_t len,
				  const char *expected);

#endif
