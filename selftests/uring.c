// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptor in io_uring and Linux AIO, and who owns its signals. Both
 * interfaces by their system calls; a completion is awaited with poll(2).
 */
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/looptun.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define ENTRIES 8
/* What a completion is when there is none. */
#define NOTHING 1000000

static __u8 data[128], got[256];

struct uring {
	int fd;
	struct io_uring_params params;
	__u8 *sq;
	__u8 *cq;
	struct io_uring_sqe *sqes;
};

static void *uring_map(const struct uring *ring, size_t size, __u64 offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring->fd, offset);
}

static int uring_open(struct uring *ring)
{
	struct io_uring_params *params = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = lt_ret(syscall(SYS_io_uring_setup, ENTRIES, params));
	if (ring->fd < 0)
		return ring->fd;
	ring->sq = uring_map(ring, params->sq_off.array + ENTRIES * 4,
			     IORING_OFF_SQ_RING);
	ring->cq = uring_map(ring, params->cq_off.cqes + params->cq_entries *
			     sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring->sqes = uring_map(ring, ENTRIES * sizeof(*ring->sqes),
			       IORING_OFF_SQES);
	return 0;
}

static __u32 *uring_u32(__u8 *map, __u32 offset)
{
	return (__u32 *)(map + offset);
}

/* Hand one request over. The kernel looks at it before this returns. */
static long uring_submit(struct uring *ring, const struct io_uring_sqe *sqe)
{
	__u32 *tail = uring_u32(ring->sq, ring->params.sq_off.tail);
	__u32 slot = *tail & (ENTRIES - 1);

	ring->sqes[slot] = *sqe;
	uring_u32(ring->sq, ring->params.sq_off.array)[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return lt_ret(syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0));
}

/* The result of the next request that is done in that time. */
static long uring_result(struct uring *ring, int timeout_ms)
{
	__u32 *head = uring_u32(ring->cq, ring->params.cq_off.head);
	__u32 *tail = uring_u32(ring->cq, ring->params.cq_off.tail);
	struct io_uring_cqe *cqes;
	long res;

	if (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head &&
	    !(lt_poll(ring->fd, POLLIN, timeout_ms) & POLLIN))
		return NOTHING;
	cqes = (void *)(ring->cq + ring->params.cq_off.cqes);
	res = cqes[*head & (ring->params.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

static long uring_rw(struct uring *ring, int op, int fd, const void *buf,
		     size_t len)
{
	struct io_uring_sqe sqe = {
		.opcode = op,
		.fd = fd,
		.addr = (unsigned long)buf,
		.len = len,
	};

	return uring_submit(ring, &sqe);
}

/* Before 6.4 io_uring asks a file that may block by poll before each call. */
static bool polls_first(int oflags)
{
	return !(oflags & O_NONBLOCK) && !lt_kernel_at_least(6, 4);
}

FIXTURE(uring) {
	struct lt_tunnel t;
	struct uring ring;
	long head;
};

FIXTURE_VARIANT(uring) {
	int flags;
	int oflags;
};

FIXTURE_VARIANT_ADD(uring, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(uring, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(uring, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(uring, tun_nonblock) {
	.flags = IFF_TUN | IFF_NO_PI, .oflags = O_NONBLOCK,
};

FIXTURE_VARIANT_ADD(uring, tap_pi_nonblock) {
	.flags = IFF_TAP, .oflags = O_NONBLOCK,
};

FIXTURE_SETUP(uring)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, variant->oflags));
	ASSERT_EQ(0, uring_open(&self->ring));
	self->head = lt_pi_len(variant->flags);
	lt_datagram(data, sizeof(data), 4, 1);
	lt_poison(got, sizeof(got));
}

FIXTURE_TEARDOWN(uring)
{
	close(self->ring.fd);
	lt_tunnel_close(&self->t);
}

TEST_F(uring, detached)
{
	int fd = lt_open(variant->oflags);
	static const int ops[] = { IORING_OP_READ, IORING_OP_WRITE };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		ASSERT_EQ(1, uring_rw(&self->ring, ops[i], fd, got, LEN));
		EXPECT_EQ(-EBADFD, uring_result(&self->ring, LT_SOON));
		ASSERT_EQ(1, uring_rw(&self->ring, ops[i], fd, got, 0));
		EXPECT_EQ(-EBADFD, uring_result(&self->ring, LT_SOON));
	}
	close(fd);
}

/* Without a datagram it waits, whether the descriptor blocks or not. */
TEST_F(uring, read)
{
	int i;

	for (i = 0; i < 3; i++) {
		lt_poison(got, sizeof(got));
		ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READ, self->t.fd,
				      got, sizeof(got)));
		ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_NOP, -1, NULL, 0));
		EXPECT_EQ(0, uring_result(&self->ring, LT_SOON));
		EXPECT_EQ(NOTHING, uring_result(&self->ring, 0));
		EXPECT_EQ(LEN, lt_write(self->t.inject, data, LEN));
		EXPECT_EQ(self->head + LEN, uring_result(&self->ring, LT_SOON));
		EXPECT_EQ(0, memcmp(data, got + self->head, LEN));
		EXPECT_TRUE(lt_poisoned(got, self->head + LEN, sizeof(got)));
	}
}

TEST_F(uring, read_ready)
{
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READ, self->t.fd, got,
			      LEN - 1));
	EXPECT_EQ(LEN - 1, uring_result(&self->ring, LT_SOON));
	EXPECT_TRUE(lt_poisoned(got, LEN - 1, sizeof(got)));
	/* A read of nothing needs no datagram, but may have waited for one. */
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READ, self->t.fd, got, 0));
	if (polls_first(variant->oflags)) {
		EXPECT_EQ(NOTHING, uring_result(&self->ring, 0));
		ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	}
	EXPECT_EQ(0, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(polls_first(variant->oflags) ? POLLIN | POLLOUT : POLLOUT,
		  lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
}

/* The other end of the cable, which waits for a frame or for room. */
TEST_F(uring, wire)
{
	int wire = lt_ioctl(self->t.fd, LOOPTUN_OPEN_WIRE,
			    (void *)(unsigned long)variant->oflags);

	ASSERT_LE(0, wire);
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_WRITE, wire, data, LEN));
	EXPECT_EQ(LEN, uring_result(&self->ring, LT_SOON));
	ASSERT_EQ(self->head + LEN, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data, got + self->head, LEN));

	/* What the program reads is what it may write. */
	memmove(got + 128, got, self->head + LEN);
	lt_poison(got, 128);
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READ, wire, got, 128));
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_NOP, -1, NULL, 0));
	EXPECT_EQ(0, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(NOTHING, uring_result(&self->ring, 0));
	ASSERT_EQ(self->head + LEN,
		  lt_write(self->t.fd, got + 128, self->head + LEN));
	EXPECT_EQ(LEN, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(0, memcmp(data, got, LEN));
	EXPECT_TRUE(lt_poisoned(got, LEN, 128));
	close(wire);
}

TEST_F(uring, read_vectored)
{
	struct iovec parts[] = { { got, 3 }, { got + 3, 200 } };

	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READV, self->t.fd, parts,
			      ARRAY_SIZE(parts)));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(self->head + LEN, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(0, memcmp(data, got + self->head, LEN));
}

/* A read that waits when the device goes finds out. */
TEST_F(uring, read_deleted)
{
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_READ, self->t.fd, got,
			      sizeof(got)));
	ASSERT_EQ(1, lt_delete(self->t.name));
	EXPECT_EQ(-EBADFD, uring_result(&self->ring, LT_SOON));
	EXPECT_TRUE(lt_poisoned(got, 0, sizeof(got)));
}

TEST_F(uring, write)
{
	struct iovec parts[] = { { data, 3 }, { data + 3, LEN - 3 } };

	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_WRITE, self->t.fd, data,
			      LEN));
	EXPECT_EQ(LEN, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(LEN - self->head, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(data + self->head, got, LEN - self->head));
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_WRITEV, self->t.fd, parts,
			      ARRAY_SIZE(parts)));
	EXPECT_EQ(LEN, uring_result(&self->ring, LT_SOON));
	EXPECT_EQ(LEN - self->head, lt_read(self->t.sent, got, sizeof(got)));
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_WRITE, self->t.fd, data,
			      0));
	EXPECT_EQ(-EINVAL, uring_result(&self->ring, LT_SOON));
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	ASSERT_EQ(1, uring_rw(&self->ring, IORING_OP_WRITE, self->t.fd, data,
			      LEN));
	if (polls_first(variant->oflags)) {
		EXPECT_EQ(NOTHING, uring_result(&self->ring, 0));
		ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
		EXPECT_EQ(LEN, uring_result(&self->ring, LT_SOON));
	} else {
		EXPECT_EQ(-EIO, uring_result(&self->ring, LT_SOON));
	}
}

/* Events as io_uring has them: the low half of a word always comes first. */
static __u32 uring_events(__u32 events)
{
	return __BYTE_ORDER == __BIG_ENDIAN ? events << 16 | events >> 16 : events;
}

TEST_F(uring, poll_add)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_POLL_ADD,
		.fd = self->t.fd,
		.poll32_events = uring_events(POLLIN),
	};
	int bare = lt_open(0);

	ASSERT_EQ(1, uring_submit(&self->ring, &sqe));
	EXPECT_EQ(NOTHING, uring_result(&self->ring, 0));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(POLLIN, uring_result(&self->ring, LT_SOON) & POLLIN);
	sqe.poll32_events = uring_events(POLLOUT);
	ASSERT_EQ(1, uring_submit(&self->ring, &sqe));
	EXPECT_EQ(POLLOUT, uring_result(&self->ring, LT_SOON));
	sqe.fd = bare;
	ASSERT_EQ(1, uring_submit(&self->ring, &sqe));
	EXPECT_EQ(POLLERR, uring_result(&self->ring, LT_SOON));
	close(bare);
}

/* One AIO request, submitted and awaited. */
static long aio(aio_context_t context, struct iocb *iocb, int event)
{
	struct io_event done = { 0 };
	__u64 count;
	long ret;

	iocb->aio_flags = IOCB_FLAG_RESFD;
	iocb->aio_resfd = event;
	ret = lt_ret(syscall(SYS_io_submit, context, 1, &iocb));
	if (ret != 1)
		return ret;
	if (lt_poll(event, POLLIN, LT_SOON) != POLLIN ||
	    read(event, &count, sizeof(count)) != sizeof(count))
		return NOTHING;
	ret = lt_ret(syscall(SYS_io_getevents, context, 1, 1, &done, NULL));
	return ret == 1 ? done.res : NOTHING;
}

TEST_F(uring, aio)
{
	struct iocb in = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = self->t.fd,
		.aio_buf = (unsigned long)got,
		.aio_nbytes = sizeof(got),
	};
	struct iocb out = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = self->t.fd,
		.aio_buf = (unsigned long)data,
		.aio_nbytes = LEN,
	};
	int event = eventfd(0, 0);
	aio_context_t context = 0;

	ASSERT_EQ(0, syscall(SYS_io_setup, 4, &context));
	EXPECT_EQ(LEN, aio(context, &out, event));
	EXPECT_EQ(LEN - self->head, lt_read(self->t.sent, got, sizeof(got)));
	if (variant->oflags & O_NONBLOCK)
		EXPECT_EQ(-EAGAIN, aio(context, &in, event));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(self->head + LEN, aio(context, &in, event));
	EXPECT_EQ(0, memcmp(data, got + self->head, LEN));
	EXPECT_TRUE(lt_poisoned(got, self->head + LEN, sizeof(got)));
	out.aio_nbytes = 0;
	EXPECT_EQ(-EINVAL, aio(context, &out, event));
	in.aio_fildes = lt_open(0);
	EXPECT_EQ(-EBADFD, aio(context, &in, event));
	syscall(SYS_io_destroy, context);
	close(in.aio_fildes);
	close(event);
}

/* FIOASYNC is O_ASYNC; an owner that was set is kept. */
TEST_F(uring, signal_owner)
{
	int on = 1, off = 0, bare = lt_open(0);

	EXPECT_EQ(0, fcntl(bare, F_GETOWN));
	EXPECT_EQ(0, lt_ioctl(bare, FIOASYNC, &off));
	EXPECT_EQ(0, fcntl(bare, F_GETOWN));
	EXPECT_EQ(0, lt_ioctl(bare, FIOASYNC, &on));
	EXPECT_EQ(getpid(), fcntl(bare, F_GETOWN));
	EXPECT_TRUE(fcntl(bare, F_GETFL) & O_ASYNC);
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETOWN, getppid()));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, FIOASYNC, &on));
	EXPECT_EQ(getppid(), fcntl(self->t.fd, F_GETOWN));
	EXPECT_EQ(0, lt_ioctl(self->t.fd, FIOASYNC, &off));
	EXPECT_EQ(getppid(), fcntl(self->t.fd, F_GETOWN));
	close(bare);
}

TEST_HARNESS_MAIN
