// SPDX-License-Identifier: GPL-2.0-only
/* The line of text that an operation leaves: key=value, space between. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

/* Where there is no room the log ends, and it is seen to have no end. */
void diff_log(struct diff_run *run, const char *format, ...)
{
	size_t room = DIFF_LOG - run->log_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(run->log + run->log_len, room, format, args);
	va_end(args);
	if (len > 0)
		run->log_len += (size_t)len < room ? (size_t)len : room - 1;
}

void diff_log_ret(struct diff_run *run, long ret)
{
	if (ret < 0 && strerrorname_np(-ret))
		diff_log(run, " ret=%s", strerrorname_np(-ret));
	else
		diff_log(run, " ret=%ld", ret);
}

static __u64 hash(const __u8 *bytes, size_t len)
{
	__u64 sum = 0xcbf29ce484222325;

	while (len--)
		sum = (sum ^ *bytes++) * 0x100000001b3;
	return sum;
}

/* Short ones in full, of long ones the beginning and a hash. */
void diff_log_bytes(struct diff_run *run, const char *key, const void *data,
		    size_t len)
{
	const __u8 *bytes = data;
	size_t shown = len > 80 ? 16 : len;
	size_t i;

	diff_log(run, " %s=%zu:", key, len);
	for (i = 0; i < shown; i++)
		diff_log(run, "%02x", bytes[i]);
	if (shown < len)
		diff_log(run, "..%016llx",
			 (unsigned long long)hash(bytes, len));
}

/*
 * A datagram at the far end. looptun keeps what fits into its ring, so larger
 * ones are not compared; a packet socket never shows an empty one.
 */
void diff_log_frame(struct diff_run *run, const char *key, const void *data,
		    size_t len)
{
	if (!len)
		diff_allowed_hit("empty");
	else if (len <= DIFF_FRAME_MAX)
		diff_log_bytes(run, key, data, len);
	else
		diff_allowed_hit("ring-size");
}
