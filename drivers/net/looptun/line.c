// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one reader of what is written to control files, and the one who tells the
 * log why a write was refused. Rules have a language of their own, see
 * fault_parse.c. Words are separated by one space. What somebody wrote, a name as well,
 * goes into the log cut and without control bytes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "line.h"
#include "tunnel.h"

/* Bytes of a word that the log shows. */
#define LOOPTUN_LINE_SHOWN	64

/**
 * looptun_line_store - take a line that was written to a control file
 * @tunnel: whose file it is, referenced by the caller; NULL at the top
 * @file: the name of the file
 * @buffer: the line, with its newline or without
 * @count: its bytes
 * @store: reads the words and does what they say
 *
 * Context: process; may sleep.
 * Return: @count; -EINVAL for what is not one line, -ENOMEM, -EFAULT, -ENODEV if
 * the tunnel is gone, or an errno of @store.
 */
ssize_t looptun_line_store(struct looptun_tunnel *tunnel, const char *file,
			   const char __user *buffer, size_t count,
			   int (*store)(struct looptun_line *line))
{
	struct looptun_line line = { .tunnel = tunnel, .file = file };
	const char *expected = "expected one line of at most 4096 bytes";
	char *text, *end;
	int ret;

	if (tunnel && looptun_tunnel_is_dead(tunnel))
		return -ENODEV;
	if (count > SZ_4K)
		return looptun_line_refuse(&line, -EINVAL, NULL, expected);
	text = memdup_user_nul(buffer, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	end = strchrnul(text, '\n');
	if (end + !!*end == text + count) {
		*end = '\0';
		line.rest = text;
		ret = store(&line);
	} else {
		ret = looptun_line_refuse(&line, -EINVAL, NULL, expected);
	}
	kfree(text);
	return ret ?: count;
}

/**
 * looptun_line_refuse - tell the log what is wrong
 * @line: the line
 * @error: what the write fails with
 * @word: the word, or NULL if one is missing
 * @expected: what should be there, or what is wrong with it
 *
 * Return: @error.
 */
int looptun_line_refuse(const struct looptun_line *line, int error,
			const char *word, const char *expected)
{
	int len = word ? min_t(size_t, strlen(word), LOOPTUN_LINE_SHOWN) : 0;
	const char *name = line->tunnel ? line->tunnel->name : "";

	pr_notice_ratelimited("%*pE%s%s: \"%*pE\": %s\n", (int)strlen(name), name,
			      *name ? ": " : "", line->file, len, word ?: "", expected);
	return error;
}

/**
 * looptun_line_end - there is to be no more
 * @line: the line
 *
 * Return: 0 or -EINVAL.
 */
int looptun_line_end(struct looptun_line *line)
{
	if (!line->rest)
		return 0;
	return looptun_line_refuse(line, -EINVAL, line->rest,
				   "expected nothing more");
}

/**
 * looptun_line_choice - read a word that is one of some
 * @line: the line
 * @word: the word, or NULL if there is none
 * @choices: the words it may be
 * @count: how many they are
 * @expected: what the log says of another
 *
 * Context: any.
 * Return: its place among them, or -EINVAL.
 */
int looptun_line_choice(const struct looptun_line *line, const char *word,
			const char *const *choices, size_t count,
			const char *expected)
{
	int i = word ? match_string(choices, count, word) : -EINVAL;

	return i < 0 ? looptun_line_refuse(line, -EINVAL, word, expected) : i;
}

/**
 * looptun_line_parse_number - read a number
 * @at: where it stands
 * @len: its bytes
 * @max: the greatest
 * @number: for the number
 *
 * Decimal digits and nothing else.
 *
 * Return: whether it is one.
 */
bool looptun_line_parse_number(const char *at, size_t len, u64 max,
			       u64 *number)
{
	unsigned int digit;

	if (!len)
		return false;
	for (*number = 0; len--; at++) {
		if (!isdigit(*at))
			return false;
		digit = *at - '0';
		if (digit > max || *number > div_u64(max - digit, 10))
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

/**
 * looptun_line_number - read a word that is a number
 * @line: the line
 * @word: the word, or NULL if there is none
 * @max: the greatest
 * @number: for the number
 *
 * Return: 0 or -EINVAL.
 */
int looptun_line_number(const struct looptun_line *line, const char *word,
			u64 max, u64 *number)
{
	if (word && looptun_line_parse_number(word, strlen(word), max, number))
		return 0;
	return looptun_line_refuse(line, -EINVAL, word,
				   word && *word && !word[strspn(word, "0123456789")] ?
				   "expected a lesser number" : "expected a number");
}

/**
 * looptun_line_parse_directory - read the name of a tunnel's directory
 * @word: NAME, or INUM:NAME
 * @inum: for the number of the network namespace; left alone if none is given
 * @name: for the name, in @word
 *
 * Return: whether a directory may be called so.
 */
bool looptun_line_parse_directory(const char *word, u64 *inum,
				  const char **name)
{
	const char *colon = strchr(word, ':');

	if (colon &&
	    !looptun_line_parse_number(word, colon - word, U32_MAX, inum))
		return false;
	*name = colon ? colon + 1 : word;
	return dev_valid_name(*name);
}

/**
 * looptun_line_directory - see whether a word may be the name of a directory
 * @line: the line
 * @word: the word, or NULL if there is none
 *
 * Return: 0 or -EINVAL.
 */
int looptun_line_directory(const struct looptun_line *line, const char *word)
{
	const char *name;
	u64 inum;

	if (word && looptun_line_parse_directory(word, &inum, &name))
		return 0;
	return looptun_line_refuse(line, -EINVAL, word,
				   "expected NAME or INUM:NAME of a tunnel");
}

/**
 * looptun_line_refuse_datagram - tell the log of a datagram that was refused
 * @tunnel: the tunnel, referenced by the caller
 * @file: the file that it was written to
 * @len: its bytes
 * @expected: what should have come
 */
void looptun_line_refuse_datagram(const struct looptun_tunnel *tunnel,
				  const char *file, size_t len,
				  const char *expected)
{
	pr_notice_ratelimited("%*pE: %s: %zu bytes: expected %s\n",
			      (int)strlen(tunnel->name), tunnel->name, file, len, expected);
}
