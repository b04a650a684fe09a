// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that comes late: two pages of each thread are not there until another
 * thread, which is asked for them by userfaultfd(2), has waited a little.
 */
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define THREADS_MAX 16

static struct pollfd asked[THREADS_MAX];
static atomic_int asking;

static void give(int fd)
{
	static const __u8 zeroes[PAGE];
	struct uffdio_copy copy = { .src = (unsigned long)zeroes, .len = PAGE };
	struct uffd_msg msg;

	while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		copy.dst = msg.arg.pagefault.address & -PAGE;
		ioctl(fd, UFFDIO_COPY, &copy);
	}
}

static void *late_main(void *arg)
{
	int i, n;

	for (;;) {
		n = asking;
		if (poll(asked, n, 10) <= 0)
			continue;
		poll(NULL, 0, 1);
		for (i = 0; i < n; i++)
			if (asked[i].revents)
				give(asked[i].fd);
	}
	return NULL;
}

void late_start(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, late_main, NULL))
		pthread_detach(thread);
}

void late_open(struct thread *thread)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	void *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	thread->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	thread->late = thread->buf;
	reg.range.start = (unsigned long)pages;
	reg.range.len = 2 * PAGE;
	if (pages == MAP_FAILED || thread->uffd < 0 ||
	    ioctl(thread->uffd, UFFDIO_API, &api) ||
	    ioctl(thread->uffd, UFFDIO_REGISTER, &reg))
		return;
	thread->late = pages;
	pthread_mutex_lock(&lock);
	asked[asking] = (struct pollfd){ .fd = thread->uffd, .events = POLLIN };
	asking++;
	pthread_mutex_unlock(&lock);
}

/* They are not there any more. */
void late_again(struct thread *thread)
{
	if (thread->late != thread->buf)
		madvise(thread->late, 2 * PAGE, MADV_DONTNEED);
}
