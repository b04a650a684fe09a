/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that waits for a page of its memory until the test gives the page:
 * userfaultfd(2) is who does not deliver it. Wants the test harness before it.
 */
#ifndef SELFTESTS_LATE_H
#define SELFTESTS_LATE_H

#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "looptun.h"

/* Bytes that a late write takes. */
#define LATE_LEN 60
#define LATE_PAGE 4096

enum { LATE_IOCTL, LATE_READ, LATE_WRITE };

/*
 * A call in a thread, whose memory is @page. An ioctl may have another argument, a
 * write another length.
 */
struct late {
	pthread_t thread;
	int uffd;
	void *page;
	int call;
	int fd;
	unsigned long cmd;
	void *arg;
	size_t len;
	long ret;
};

static inline void *late_main(void *arg)
{
	struct late *late = arg;

	if (late->call == LATE_IOCTL)
		late->ret = lt_ioctl(late->fd, late->cmd, late->arg ?: late->page);
	else if (late->call == LATE_READ)
		late->ret = lt_read(late->fd, late->page, LATE_PAGE);
	else
		late->ret = lt_write(late->fd, late->page, late->len ?: LATE_LEN);
	return NULL;
}

/* A page that is not there before late_give(). */
static inline void late_map(struct __test_metadata *_metadata,
			    struct late *late)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	late->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, late->uffd);
	ASSERT_EQ(0, ioctl(late->uffd, UFFDIO_API, &api));
	late->page = mmap(NULL, LATE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, late->page);
	reg.range.start = (unsigned long)late->page;
	reg.range.len = LATE_PAGE;
	ASSERT_EQ(0, ioctl(late->uffd, UFFDIO_REGISTER, &reg));
}

/* Returns when the call waits for its page, of late_map(). */
static inline void late_call(struct __test_metadata *_metadata,
			     struct late *late)
{
	struct uffd_msg msg;

	ASSERT_EQ(0, pthread_create(&late->thread, NULL, late_main, late));
	ASSERT_EQ(POLLIN, lt_poll(late->uffd, POLLIN, LT_SOON));
	ASSERT_EQ(sizeof(msg), read(late->uffd, &msg, sizeof(msg)));
	ASSERT_EQ(UFFD_EVENT_PAGEFAULT, msg.event);
}

static inline void late_start(struct __test_metadata *_metadata,
			      struct late *late)
{
	late_map(_metadata, late);
	late_call(_metadata, late);
}

/* Let the page begin with @data. */
static inline long late_fill(struct late *late, const void *data, size_t len)
{
	struct uffdio_copy copy = { .len = LATE_PAGE };
	static __u8 source[LATE_PAGE];

	memcpy(source, data, len);
	copy.dst = (unsigned long)late->page;
	copy.src = (unsigned long)source;
	return ioctl(late->uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/* And so give the call its page: the result of the call. */
static inline long late_give(struct late *late, const void *data, size_t len)
{
	long ret = late_fill(late, data, len);

	if (ret)
		return ret;
	pthread_join(late->thread, NULL);
	close(late->uffd);
	return late->ret;
}

#endif
