// SPDX-License-Identifier: GPL-2.0-only
/*
 * The failures of failures.rst: the lines of each section are taken from the page
 * and run by a shell, and the client behind them has to see what the page says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "failures.h"
#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

/* What stands under "Title", "=====", in this order on the page. */
static const char *const titles[] = {
	"A write that a signal interrupts", "A write that would block",
	"A queue that fills", "A device that is deleted",
	"An epoll that was told too early", "A user who may not",
	"A datagram that is too long", "A wake-up for nothing",
	"A link that goes down", "A bad network",
};

static __u8 data[4096], got[4096];

FIXTURE(failures) {
	char name[IFNAMSIZ];
	int fd;
};

FIXTURE_SETUP(failures)
{
	ASSERT_EQ(5, lt_write_file(LT_DEBUGFS "/faults", "clear"));
	strcpy(self->name, "tun0");
	self->fd = lt_attach(self->name, IFF_TUN | IFF_NO_PI, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	lt_datagram(data, sizeof(data), 4, 1);
}

FIXTURE_TEARDOWN(failures)
{
	lt_expect_bounds(_metadata, self->name);
	close(self->fd);
	EXPECT_EQ(5, lt_write_file(LT_DEBUGFS "/faults", "clear"));
}

/* Where the lines of a literal block end: at one that is not indented. */
static const char *block_end(const char *line)
{
	while (*line == ' ' || *line == '\n') {
		line = strchr(line, '\n');
		if (!line)
			return page + strlen(page);
		line++;
	}
	return line;
}

/* The first block behind a title or a sentence that begins a line, without its
 * indentation, in @script.
 */
static bool find_block(const char *title, char *script)
{
	const char *line, *end;

	sprintf(script, "\n%s", title);
	line = strstr(page, script);
	line = line ? strstr(line, "::\n\n") : NULL;
	if (!line)
		return false;
	line += strlen("::\n\n");
	for (end = block_end(line); line < end; line++) {
		line += strspn(line, " ") >= 2 ? 2 : 0;
		while (*line != '\n')
			*script++ = *line++;
		*script++ = '\n';
	}
	*script = '\0';
	return true;
}

/* Run the lines of a section; their status. */
static int page_says(const char *title)
{
	static const char begin[] = "set -e; cd " LT_DEBUGFS "\n";
	static char script[4096];

	strcpy(script, begin);
	if (!find_block(title, script + strlen(begin)))
		return -ENOENT;
	return system(script);
}

static void page_does(struct __test_metadata *_metadata, const char *title)
{
	ASSERT_EQ(0, page_says(title)) TH_LOG("%s", title);
}

/* Each section of the page has a test, and the other way round. */
TEST(sections)
{
	const char *at = page, *next;
	size_t i, count = 0;

	for (i = 0; i < ARRAY_SIZE(titles); i++) {
		next = strstr(at, titles[i]);
		ASSERT_NE(NULL, next) TH_LOG("no section number %zu", i);
		at = next;
	}
	/* A title is underlined, the page's own overlined as well; a table has blanks. */
	for (at = page; (at = strstr(at, "\n====")); at++)
		count += at[1 + strspn(at + 1, "=")] == '\n';
	EXPECT_EQ(ARRAY_SIZE(titles) + 2, count);
}

TEST_F(failures, interrupted_write)
{
	page_does(_metadata, titles[0]);
	EXPECT_EQ(-EINTR, lt_write(self->fd, data, 60));
	EXPECT_EQ(0, lt_stat("tun0", "written_datagrams"));
	EXPECT_EQ(60, lt_write(self->fd, data, 60));
	EXPECT_EQ(1, lt_stat("tun0", "written_datagrams"));
}

TEST_F(failures, write_would_block)
{
	page_does(_metadata, titles[1]);
	EXPECT_EQ(-EAGAIN, lt_write(self->fd, data, 60));
	EXPECT_EQ(0, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, 0));
	EXPECT_EQ(60, lt_write(self->fd, data, 60));
}

TEST_F(failures, queue_fills)
{
	int i;

	page_does(_metadata, titles[2]);
	EXPECT_EQ(2, lt_stat("tun0", "inject_dropped"));
	for (i = 1; i <= 3; i++) {
		EXPECT_EQ(2, lt_read(self->fd, got, sizeof(got)));
		EXPECT_EQ('0' + i, got[1]);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
}

TEST_F(failures, device_deleted)
{
	struct lt_call call;

	fcntl(self->fd, F_SETFL, 0);
	ASSERT_EQ(0, lt_call_read(&call, self->fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	page_does(_metadata, titles[3]);
	EXPECT_EQ(-EFAULT, lt_call_end(&call));
	EXPECT_EQ(-EBADFD, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(-EBADFD, lt_write(self->fd, data, 60));
	EXPECT_EQ(POLLERR, lt_poll(self->fd, POLLIN, 0));
	EXPECT_EQ(0, lt_setiff(self->fd, self->name, IFF_TUN | IFF_NO_PI));
	EXPECT_STREQ("tun0", self->name);
	EXPECT_EQ(60, lt_write(self->fd, data, 60));
}

/* EPOLL_CTL_ADD of a fresh file gives one EPOLLERR, which is taken first. */
TEST_F(failures, epoll_too_early)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0), fd;

	close(self->fd);
	fd = lt_open(O_NONBLOCK);
	self->fd = fd;
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, 0));
	EXPECT_EQ(EPOLLERR, event.events);
	ASSERT_EQ(0, lt_setiff(fd, self->name, IFF_TUN | IFF_NO_PI));
	page_does(_metadata, titles[4]);
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	/* What was there when it was modified is told, and nothing after. */
	event.events = EPOLLIN | EPOLLET;
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, fd, &event));
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, 0));
	page_does(_metadata, titles[4]);
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	event.events = EPOLLIN | EPOLLET;
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LT_SOON));
	page_does(_metadata, titles[4]);
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LT_SOON));
	close(ep);
}

TEST_F(failures, user_may_not)
{
	char name[IFNAMSIZ] = "tun1";
	int fd = lt_open(0);

	page_does(_metadata, titles[5]);
	EXPECT_EQ(-EPERM, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	close(fd);
}

TEST_F(failures, datagram_too_long)
{
	page_does(_metadata, titles[6]);
	EXPECT_EQ(1024, lt_write(self->fd, data, 1024));
	EXPECT_EQ(-ENOBUFS, lt_write(self->fd, data, 1025));
	EXPECT_EQ(-ENOBUFS, lt_write(self->fd, data, 1025));
	EXPECT_EQ(1024, lt_write(self->fd, data, 1024));
}

TEST_F(failures, spurious_wake_up)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	page_does(_metadata, titles[7]);
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LT_SOON));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	close(ep);
}

TEST_F(failures, link_down)
{
	page_does(_metadata, titles[8]);
	EXPECT_EQ(-EIO, lt_write(self->fd, data, 60));
	EXPECT_EQ(0, lt_poll(self->fd, POLLOUT, 0));
	ASSERT_EQ(2, lt_control_write("tun0", "link", "up"));
	EXPECT_EQ(60, lt_write(self->fd, data, 60));
	EXPECT_EQ(POLLOUT, lt_poll(self->fd, POLLOUT, 0));
}

/* A day's traffic, as numbers of what arrived. */
static size_t bad_day(struct __test_metadata *_metadata, int fd, __u16 *day)
{
	int inject = lt_control("tun0", "inject", O_WRONLY), i;
	size_t count = 0;

	page_does(_metadata, titles[9]);
	for (i = 0; i < 500; i++) {
		lt_datagram(data, 60, 4, 1);
		data[30] = i >> 8;
		data[31] = i;
		ASSERT_EQ(60, lt_write(inject, data, 60));
		while (lt_read(fd, got, sizeof(got)) == 60)
			day[count++] = got[30] << 8 | got[31];
	}
	close(inject);
	ASSERT_LT(0, lt_control_write("tun0", "faults", "clear"));
	return count;
}

/* The same day twice; some lost, some twice, some late. */
TEST_F(failures, bad_network)
{
	static __u16 day[1000], again[1000];
	size_t count = bad_day(_metadata, self->fd, day), i, late = 0;

	for (i = 1; i < count; i++)
		late += day[i] < day[i - 1];
	EXPECT_LT(5, late);
	EXPECT_LT(30, lt_stat("tun0", "fault_drop"));
	EXPECT_LT(0, lt_stat("tun0", "fault_duplicate"));
	EXPECT_LT(0, lt_stat("tun0", "fault_corrupt"));
	while (lt_read(self->fd, got, sizeof(got)) > 0)
		;
	EXPECT_EQ(count, bad_day(_metadata, self->fd, again));
	EXPECT_EQ(0, memcmp(day, again, count * sizeof(*day)));
}

/* The last block of the page: what is slow comes, and not at once. */
TEST_F(failures, slow_line)
{
	int inject = lt_control("tun0", "inject", O_WRONLY), i;

	ASSERT_EQ(0, page_says("For a slow line"));
	ASSERT_EQ(60, lt_write(inject, data, 60));
	EXPECT_EQ(-EAGAIN, lt_read(self->fd, got, sizeof(got)));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(60, lt_write(inject, data, 60));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(POLLIN, lt_poll(self->fd, POLLIN, LT_SOON));
		EXPECT_EQ(60, lt_read(self->fd, got, sizeof(got)));
	}
	EXPECT_EQ(3, lt_stat("tun0", "fault_rate"));
	EXPECT_EQ(3, lt_stat("tun0", "fault_delay"));
	close(inject);
}

TEST_HARNESS_MAIN
