/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every datagram that does not arrive is counted under a reason. These add up
 * what `stats` says, at a moment at which no call is under way:
 *
 *   to the program: taken = read_datagrams + read_errors + rx_queued +
 *	inject_dropped (filters, txqueuelen, rules) + rx_dropped_gone +
 *	rx_dropped_link + rx_dropped_carrier
 *   from the program: written_datagrams = sent_datagrams + sent_faults +
 *	sent_dropped + tx_queued + tx_dropped_gone + tx_dropped_rule + tx_empty
 *
 * held_datagrams and held_dropped are of both directions: what is missing in
 * the two sums is exactly these. rx_dropped_rule is a part of inject_dropped.
 * A rule that duplicates makes more than was taken; the caller knows.
 * Wants the test harness before it.
 */
#ifndef SELFTESTS_SUMS_H
#define SELFTESTS_SUMS_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "looptun.h"

/* What was taken is what the tunnel says: where no rule and no limit drops. */
#define LT_AS_COUNTED (-1L)

/* Words that stats has not: no sum is right then. */
static char lt_sums_missing[512];

/* The value of a word, which has to be there. */
static inline long lt_sums_word(const char *stats, const char *word)
{
	size_t len = strlen(word);
	const char *line;

	for (line = stats; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, word, len) && line[len] == ' ')
			return strtol(line + len + 1, NULL, 10);
	}
	if (!strstr(lt_sums_missing, word))
		strcat(strcat(lt_sums_missing, " "), word);
	return 0;
}

static inline long lt_sums_add(const char *stats, const char *const *words)
{
	long sum = 0;

	while (*words)
		sum += lt_sums_word(stats, *words++);
	return sum;
}

static const char *const lt_sums_rx[] = {
	"read_datagrams", "read_errors", "rx_queued", NULL
};

static const char *const lt_sums_rx_dropped[] = {
	"rx_dropped_gone", "inject_dropped", "rx_dropped_link",
	"rx_dropped_carrier", NULL
};

static const char *const lt_sums_tx[] = {
	"sent_datagrams", "sent_faults", "sent_dropped", "tx_queued",
	"tx_dropped_gone", "tx_dropped_rule", "tx_empty", NULL
};

static const char *const lt_sums_held[] = {
	"held_datagrams", "held_dropped", NULL
};

/* No ASSERT here: one that fails in a teardown has the harness begin that again. */
static inline void lt_sums_read(struct __test_metadata *_metadata, int fd,
				char *stats, size_t size)
{
	long ret = lt_ret(pread(fd, stats, size - 1, 0));

	EXPECT_LT(0, ret);
	stats[ret < 0 ? 0 : ret] = '\0';
	lt_sums_missing[0] = '\0';
}

/*
 * @fd: stats, open; its tunnel may be gone
 * @taken: datagrams that inject and its kin took, and that a loopback passed on,
 *	one more for each that a rule doubled; or LT_AS_COUNTED
 * @doubled: one for each written datagram that a rule doubled
 */
static inline void lt_expect_sums_of(struct __test_metadata *_metadata, int fd,
				     long taken, long doubled)
{
	static char stats[8192];
	long rx, tx;

	lt_sums_read(_metadata, fd, stats, sizeof(stats));
	if (taken == LT_AS_COUNTED)
		taken = lt_sums_word(stats, "injected_datagrams");
	rx = taken - lt_sums_add(stats, lt_sums_rx) -
	     lt_sums_add(stats, lt_sums_rx_dropped);
	tx = lt_sums_word(stats, "written_datagrams") + doubled -
	     lt_sums_add(stats, lt_sums_tx);
	EXPECT_STREQ("", lt_sums_missing);
	EXPECT_LE(0, rx);
	EXPECT_LE(0, tx);
	EXPECT_EQ(lt_sums_add(stats, lt_sums_held), rx + tx)
		TH_LOG("%ld of %ld to the program and %ld from it are counted nowhere",
		       rx, taken, tx);
}

static inline void lt_expect_sums(struct __test_metadata *_metadata,
				  const char *tunnel, long taken)
{
	int fd = lt_control(tunnel, "stats", O_RDONLY);

	EXPECT_LE(0, fd);
	lt_expect_sums_of(_metadata, fd, taken, 0);
	close(fd);
}

/*
 * The same where nobody knows what was taken: injected_datagrams does not tell of
 * what was dropped before it was queued, and does of what txqueuelen cut off.
 */
static inline void lt_expect_bounds(struct __test_metadata *_metadata,
				    const char *tunnel)
{
	int fd = lt_control(tunnel, "stats", O_RDONLY);
	static char stats[8192];
	long rx, tx, held;

	/* It may have been deleted. */
	if (fd == -ENOENT)
		return;
	EXPECT_LE(0, fd);
	lt_sums_read(_metadata, fd, stats, sizeof(stats));
	close(fd);
	held = lt_sums_add(stats, lt_sums_held);
	rx = lt_sums_word(stats, "injected_datagrams") -
	     lt_sums_add(stats, lt_sums_rx);
	tx = lt_sums_word(stats, "written_datagrams") -
	     lt_sums_add(stats, lt_sums_tx);
	EXPECT_STREQ("", lt_sums_missing);
	EXPECT_LE(0, rx);
	EXPECT_GE(lt_sums_add(stats, lt_sums_rx_dropped) + held, rx);
	EXPECT_LE(-lt_sums_word(stats, "fault_duplicate"), tx);
	EXPECT_GE(held, tx)
		TH_LOG("%ld from the program are counted nowhere", tx);
}

#endif
