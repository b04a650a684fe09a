// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read through io_uring. One that has nothing to read stays, on a file with
 * O_NONBLOCK too: it is cancelled, or it would take what comes later.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ops.h"

enum { READ = 1, CANCEL };

struct uring {
	int fd;
	struct io_uring_params params;
	__u8 *ring;
	struct io_uring_sqe *sqes;
};

static void *map(int fd, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			what);

	return at == MAP_FAILED ? NULL : at;
}

/* Both rings are one mapping since 5.4. */
static bool start(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = syscall(SYS_io_uring_setup, 4, &u->params);
	if (u->fd < 0)
		return false;
	u->ring = map(u->fd, 4096, IORING_OFF_SQ_RING);
	u->sqes = map(u->fd, 4096, IORING_OFF_SQES);
	return u->ring && u->sqes;
}

static void stop(struct uring *u)
{
	if (u->ring)
		munmap(u->ring, 4096);
	if (u->sqes)
		munmap(u->sqes, 4096);
	close(u->fd);
}

static __u32 *word(struct uring *u, __u32 offset)
{
	return (__u32 *)(u->ring + offset);
}

static void submit(struct uring *u, const struct io_uring_sqe *sqe)
{
	__u32 *tail = word(u, u->params.sq_off.tail);

	u->sqes[*tail] = *sqe;
	word(u, u->params.sq_off.array)[*tail] = *tail;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	syscall(SYS_io_uring_enter, u->fd, 1, 0, 0, NULL, 0);
}

/* The next completion, waited for. */
static void complete(struct uring *u, struct io_uring_cqe *cqe)
{
	__u32 *head = word(u, u->params.cq_off.head);
	struct io_uring_cqe *cqes = (void *)(u->ring + u->params.cq_off.cqes);

	syscall(SYS_io_uring_enter, u->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL,
		0);
	*cqe = cqes[*head];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
}

/* Whether it has begun to wait yet decides what it ends with. */
static void cancel(struct diff_run *run, struct uring *u)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_ASYNC_CANCEL, .addr = READ,
		.user_data = CANCEL,
	};
	struct io_uring_cqe cqe;
	int i;

	submit(u, &sqe);
	for (i = 0; i < 2; i++) {
		complete(u, &cqe);
		if (cqe.user_data != READ)
			continue;
		if (cqe.res == -ECANCELED || cqe.res == -EINTR)
			diff_log(run, " cancelled");
		else
			diff_log_ret(run, cqe.res);
	}
}

/* f, n */
void diff_op_uring(struct diff_run *run, const long *arg)
{
	struct pollfd pollfd = { .fd = run->fd[arg[0]], .events = POLLIN };
	size_t len = diff_length(arg[1], diff_header(run, arg[0]), 60);
	void *at = diff_memory(DIFF_MEM_OK, len);
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ, .fd = pollfd.fd, .len = len,
		.addr = (uintptr_t)at, .user_data = READ,
	};
	struct io_uring_cqe cqe;
	struct uring u;

	if (!start(&u)) {
		diff_log(run, " no_uring=%d", errno);
		return;
	}
	poll(&pollfd, 1, 0);
	submit(&u, &sqe);
	if (pollfd.revents || !len) {
		complete(&u, &cqe);
		diff_log_ret(run, cqe.res);
	} else {
		cancel(run, &u);
	}
	stop(&u);
	diff_log_memory(run, "buf", DIFF_MEM_OK, at, len);
}
