// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints, as tracefs shows them: one event for each thing that
 * happens, in order, with its values.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define TRACEFS "/sys/kernel/tracing"
#define LEN 60
#define EVENT 128

static __u8 data[LEN], got[256];
static char trace[1 << 16];

FIXTURE(tracepoints) {
	char name[IFNAMSIZ];
	int fd;
	char *next;
};

static long trace_set(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACEFS "/%s", file);
	return lt_write_file(path, text);
}

FIXTURE_SETUP(tracepoints)
{
	struct stat st;

	if (stat(TRACEFS "/trace", &st))
		ASSERT_EQ(0, mount("tracefs", TRACEFS, "tracefs", 0, NULL));
	/* To open it like that is what clears it. */
	close(open(TRACEFS "/trace", O_WRONLY | O_TRUNC));
	ASSERT_LT(0, trace_set("events/looptun/enable", "1"));
	lt_datagram(data, LEN, 4, 1);
	strcpy(self->name, "trace%d");
	self->fd = lt_attach(self->name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(tracepoints)
{
	trace_set("events/looptun/enable", "0");
	close(self->fd);
}

/* Read what there is, and begin at its beginning. */
static void rewind_trace(struct __test_metadata *_metadata, char **next)
{
	ASSERT_LT(0, trace_set("events/looptun/enable", "0"));
	ASSERT_LT(0, lt_read_file(TRACEFS "/trace", trace, sizeof(trace)));
	*next = trace;
}

/* The next event of ours, "name: values", or "" after the last. */
static const char *next_event(char **next)
{
	char *line, *event;

	while ((line = strsep(next, "\n"))) {
		if (*line == '#' || !*line)
			continue;
		/* task-pid [cpu] flags seconds: event */
		event = strstr(line, ": ");
		if (event)
			return event + 2;
	}
	return "";
}

/* The next event is this one, of the tunnel of @name. */
static void expect_event(struct __test_metadata *_metadata,
			 struct _test_data_tracepoints *self, const char *event,
			 const char *values)
{
	char expected[EVENT];
	struct stat st;

	ASSERT_EQ(0, stat("/proc/self/ns/net", &st));
	snprintf(expected, sizeof(expected), "%s: name=%s netns=%llu %s", event,
		 self->name, (unsigned long long)st.st_ino, values);
	EXPECT_STREQ(expected, next_event(&self->next));
}

TEST_F(tracepoints, both_ways)
{
	ASSERT_EQ(LEN, lt_write(lt_control(self->name, "inject", O_WRONLY),
				data, LEN));
	ASSERT_EQ(20, lt_read(self->fd, got, 20));
	ASSERT_EQ(LEN, lt_write(self->fd, data, LEN));
	EXPECT_EQ(-EINVAL, lt_write(self->fd, "\0", 1));
	ASSERT_EQ(LEN, lt_read(lt_control(self->name, "sent", O_RDONLY), got,
			       sizeof(got)));
	close(self->fd);
	self->fd = -1;
	rewind_trace(_metadata, &self->next);

	expect_event(_metadata, self, "attach", "queue=0");
	expect_event(_metadata, self, "inject", "queue=0 len=60 ret=0");
	expect_event(_metadata, self, "read", "queue=0 len=60 ret=20");
	expect_event(_metadata, self, "write", "queue=0 len=60 ret=60");
	expect_event(_metadata, self, "write", "queue=0 len=1 ret=-22");
	expect_event(_metadata, self, "deliver", "queue=0 len=60 ret=0");
	expect_event(_metadata, self, "detach", "queue=0");
	EXPECT_STREQ("", next_event(&self->next));
}

TEST_F(tracepoints, drops)
{
	int inject = lt_control(self->name, "inject", O_WRONLY);

	ASSERT_EQ(1, lt_control_write(self->name, "txqueuelen", "1"));
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	ASSERT_EQ(LEN, lt_write(inject, data, LEN));
	/* Thousands of writes until there is no room. */
	ASSERT_LT(0, trace_set("events/looptun/write/enable", "0"));
	while (!lt_stat(self->name, "sent_dropped"))
		ASSERT_EQ(LEN, lt_write(self->fd, data, LEN));
	ASSERT_EQ(7, lt_control_write(self->name, "loopback", "reflect"));
	/* There is no answer to it. */
	ASSERT_EQ(LEN, lt_write(self->fd, data, LEN));
	rewind_trace(_metadata, &self->next);

	expect_event(_metadata, self, "attach", "queue=0");
	expect_event(_metadata, self, "inject", "queue=0 len=60 ret=0");
	expect_event(_metadata, self, "drop", "len=60 reason=txqueuelen");
	expect_event(_metadata, self, "drop", "len=60 reason=sent_full");
	expect_event(_metadata, self, "drop", "len=60 reason=sent_full");
	expect_event(_metadata, self, "drop",
		     "len=60 reason=loopback_malformed");
	EXPECT_STREQ("", next_event(&self->next));
}

TEST_HARNESS_MAIN
