// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for what the program does, so that no test needs to sleep. Whether an
 * event has come is decided under looptun_tunnel_lock; the sleep is outside.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "debugfs.h"
#include "line.h"
#include "tunnel.h"

/* What can be waited for. */
enum looptun_wait_event {
	LOOPTUN_WAIT_ATTACH,
	LOOPTUN_WAIT_READ,
	LOOPTUN_WAIT_WRITE,
	LOOPTUN_WAIT_CLOSE,
};

static const char *const looptun_wait_words[] = {
	[LOOPTUN_WAIT_ATTACH] = "attach",
	[LOOPTUN_WAIT_READ] = "read",
	[LOOPTUN_WAIT_WRITE] = "write",
	[LOOPTUN_WAIT_CLOSE] = "close",
};

/**
 * struct looptun_wait - somebody who waits
 * @event: for what
 * @name: the tunnel, as its directory is named
 * @count: datagrams, where they are counted
 * @deadline: until when, by ktime_get(); KTIME_MAX without a timeout
 * @tunnel: the tunnel once it was seen, referenced, where datagrams are counted
 */
struct looptun_wait {
	enum looptun_wait_event event;
	const char *name;
	u64 count;
	ktime_t deadline;
	struct looptun_tunnel *tunnel;
};

/* Seconds, with up to three decimals. */
static int looptun_wait_parse_timeout(struct looptun_wait *wait,
				      const struct looptun_line *line,
				      const char *word)
{
	const char *text = word + strlen("timeout=");
	const char *point = strchrnul(text, '.');
	size_t digits = *point ? strlen(point + 1) : 3;
	u64 seconds, ms = 0;

	if (!looptun_line_parse_number(text, point - text, U32_MAX, &seconds) ||
	    digits > 3 ||
	    (*point && !looptun_line_parse_number(point + 1, digits, 999, &ms)))
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected seconds, with up to three decimals");
	for (; digits < 3; digits++)
		ms *= 10;
	wait->deadline = ktime_add_ms(ktime_get(),
				      seconds * MSEC_PER_SEC + ms);
	return 0;
}

/* EVENT NAME [COUNT] [timeout=SECONDS] */
static int looptun_wait_parse(struct looptun_wait *wait,
			      struct looptun_line *line)
{
	const char *word = looptun_line_next(line);
	int ret;

	ret = looptun_line_choice(line, word, looptun_wait_words,
				  ARRAY_SIZE(looptun_wait_words),
				  "expected attach, read, write or close");
	if (ret < 0)
		return ret;
	wait->event = ret;
	wait->name = looptun_line_next(line);
	ret = looptun_line_directory(line, wait->name);
	if (!ret && (wait->event == LOOPTUN_WAIT_READ ||
		     wait->event == LOOPTUN_WAIT_WRITE))
		ret = looptun_line_number(line, looptun_line_next(line),
					  U64_MAX, &wait->count);
	wait->deadline = KTIME_MAX;
	word = ret ? NULL : looptun_line_next(line);
	if (!word)
		return ret;
	if (!str_has_prefix(word, "timeout="))
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected timeout=SECONDS");
	return looptun_wait_parse_timeout(wait, line, word) ?:
	       looptun_line_end(line);
}

/* Has the count been reached? Takes no lock. */
static bool looptun_wait_reached(const struct looptun_wait *wait)
{
	enum looptun_tunnel_counter counter =
		wait->event == LOOPTUN_WAIT_READ ? LOOPTUN_TUNNEL_READ_DATAGRAMS :
						   LOOPTUN_TUNNEL_WRITTEN_DATAGRAMS;

	return atomic64_read(&wait->tunnel->counters[counter]) >= wait->count;
}

/* Has it come? 1, 0, or -ENODEV if it can come no more. */
static int looptun_wait_look_locked(struct looptun_wait *wait)
{
	struct looptun_tunnel *tunnel = looptun_registry_find_directory(wait->name);
	bool has_queues = tunnel && tunnel->numqueues + tunnel->numdisabled;

	lockdep_assert_held(&looptun_tunnel_lock);

	if (wait->event == LOOPTUN_WAIT_ATTACH)
		return has_queues;
	if (wait->event == LOOPTUN_WAIT_CLOSE)
		return !has_queues;
	if (!wait->tunnel) {
		if (!tunnel)
			return 0;
		looptun_tunnel_get(tunnel);
		wait->tunnel = tunnel;
	}
	if (looptun_wait_reached(wait))
		return 1;
	return wait->tunnel->dead ? -ENODEV : 0;
}

/*
 * Sleep until a look may be worth while, or the time is over: 0, or an errno. By
 * a timer of high resolution: ticks that were lost would make it early.
 */
static int looptun_wait_sleep(const struct looptun_wait *wait,
			      unsigned int seen)
{
	struct looptun_tunnel *tunnel = wait->tunnel;
	ktime_t left = KTIME_MAX;
	int ret;

	if (wait->deadline != KTIME_MAX) {
		left = ktime_sub(wait->deadline, ktime_get());
		if (left <= 0)
			return -ETIMEDOUT;
	}
	if (tunnel)
		ret = wait_event_interruptible_hrtimeout(tunnel->test_wait,
							 looptun_tunnel_is_dead(tunnel) ||
							 looptun_wait_reached(wait),
							 left);
	else
		ret = wait_event_interruptible_hrtimeout(looptun_tunnel_changed,
							 READ_ONCE(looptun_tunnel_changes) != seen,
							 left);
	if (ret == -ETIME)
		return 0;
	/* A call that is begun anew would wait the whole time again. */
	return ret && wait->deadline != KTIME_MAX ? -EINTR : ret;
}

static int looptun_wait_until(struct looptun_wait *wait)
{
	unsigned int seen;
	int ret;

	for (;;) {
		mutex_lock(&looptun_tunnel_lock);
		seen = looptun_tunnel_changes;
		ret = looptun_wait_look_locked(wait);
		mutex_unlock(&looptun_tunnel_lock);
		if (ret)
			return ret < 0 ? ret : 0;
		ret = looptun_wait_sleep(wait, seen);
		if (ret)
			return ret;
	}
}

/**
 * looptun_wait_for - wait for an event
 * @line: "attach NAME", "read NAME COUNT", "write NAME COUNT" or "close NAME",
 *	and perhaps "timeout=SECONDS"; is changed
 *
 * attach: the tunnel has a file. close: it has none, or does not exist. read and
 * write: read_datagrams or written_datagrams in its stats has come to the
 * count; a tunnel that does not exist yet is waited for. What is so already
 * is not waited for.
 *
 * Context: process; sleeps, takes looptun_tunnel_lock.
 * Return: 0; -EINVAL for another text, -ETIMEDOUT, -ENODEV if the tunnel went
 * before the count was reached, -ERESTARTSYS, -EINTR.
 */
int looptun_wait_for(struct looptun_line *line)
{
	struct looptun_wait wait = { };
	int ret;

	ret = looptun_wait_parse(&wait, line) ?: looptun_wait_until(&wait);
	if (wait.tunnel)
		looptun_tunnel_put(wait.tunnel);
	return ret;
}
