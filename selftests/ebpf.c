// SPDX-License-Identifier: GPL-2.0-only
/*
 * TUNSETSTEERINGEBPF and TUNSETFILTEREBPF with programs for bpf(2), written by
 * hand. tun_set_ebpf(), run_ebpf_filter(), tun_ebpf_select_queue().
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define QUEUES 3
#define BAD ((void *)-4096L)

static __u8 data[128], got[256];

/* One that returns the byte at @offset of the frame. */
static int load_byte(int offset)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6,
		  .src_reg = 1 },
		{ .code = BPF_LD | BPF_ABS | BPF_B, .imm = offset },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return lt_ebpf_load(insns, ARRAY_SIZE(insns), BPF_PROG_TYPE_SOCKET_FILTER);
}

/* One that takes @less bytes off the end. */
static int load_shorten(int less)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .src_reg = 1,
		  .off = offsetof(struct __sk_buff, len) },
		{ .code = BPF_ALU64 | BPF_SUB | BPF_K, .imm = less },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return lt_ebpf_load(insns, ARRAY_SIZE(insns), BPF_PROG_TYPE_SOCKET_FILTER);
}

static int set_prog(int fd, unsigned long cmd, int prog)
{
	return lt_ioctl(fd, cmd, &prog);
}

/* Set a program and give its descriptor up: the device holds it. */
static void set_and_close(struct __test_metadata *_metadata, int fd,
			  unsigned long cmd, int prog)
{
	ASSERT_LE(0, prog);
	ASSERT_EQ(0, set_prog(fd, cmd, prog));
	close(prog);
}

FIXTURE(ebpf) {
	char name[IFNAMSIZ];
	int fd[QUEUES];
	int inject;
	size_t head;
};

FIXTURE_VARIANT(ebpf) {
	int flags;
};

FIXTURE_VARIANT_ADD(ebpf, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(ebpf, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(ebpf, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(ebpf, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(ebpf)
{
	int i;

	strcpy(self->name, "ebpf%d");
	for (i = 0; i < QUEUES; i++) {
		self->fd[i] = lt_attach(self->name, variant->flags |
					IFF_MULTI_QUEUE, O_NONBLOCK);
		ASSERT_LE(0, self->fd[i]);
	}
	self->inject = lt_control(self->name, "inject_frame",
				  O_WRONLY | O_NONBLOCK);
	ASSERT_LE(0, self->inject);
	self->head = lt_pi_len(variant->flags);
	lt_datagram(data, LEN, 4, 1);
}

FIXTURE_TEARDOWN(ebpf)
{
	int i;

	close(self->inject);
	for (i = 0; i < QUEUES; i++)
		close(self->fd[i]);
}

/* Inject what is in data: the number of the queue that has it, or -1. */
static int inject(struct __test_metadata *_metadata, const int *fd,
		  int inject_fd, size_t head, size_t len)
{
	int i, queue = -1;
	long ret;

	ASSERT_EQ(LEN, lt_write(inject_fd, data, LEN));
	for (i = 0; i < QUEUES; i++) {
		lt_poison(got, sizeof(got));
		ret = lt_read(fd[i], got, sizeof(got));
		if (ret == -EAGAIN)
			continue;
		EXPECT_EQ(-1, queue);
		queue = i;
		EXPECT_EQ(head + len, ret);
		if (head)
			EXPECT_EQ(0, got[0] | got[1]);
		EXPECT_EQ(0, memcmp(data, got + head, len));
		EXPECT_TRUE(lt_poisoned(got, head + len, sizeof(got)));
	}
	return queue;
}

TEST_F(ebpf, filter)
{
	static const struct {
		int value, len;
	} rows[] = {
		{ 0, 0 },	{ 1, 1 },	  { 14, 14 },
		{ 59, 59 },	{ LEN, LEN },	  { 61, LEN },
		{ 65536, LEN }, { 0x7fffffff, LEN }, { -1, LEN },
		{ -0x7fffffff - 1, LEN },
	};
	long dropped = 0;
	int fd, queue;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fd = lt_ebpf_number(rows[i].value, BPF_PROG_TYPE_SOCKET_FILTER);
		set_and_close(_metadata, self->fd[1], TUNSETFILTEREBPF, fd);
		queue = inject(_metadata, self->fd, self->inject, self->head,
			       rows[i].len);
		EXPECT_EQ(!rows[i].len, queue < 0)
			TH_LOG("%d", rows[i].value);
		dropped += !rows[i].len;
		EXPECT_EQ(dropped, lt_stat(self->name, "inject_dropped"));
	}
	/* It sees the frame from its first byte on. */
	set_and_close(_metadata, self->fd[0], TUNSETFILTEREBPF, load_byte(2));
	data[2] = 33;
	EXPECT_LE(0, inject(_metadata, self->fd, self->inject, self->head, 33));
	data[2] = 0;
	EXPECT_EQ(-1, inject(_metadata, self->fd, self->inject, self->head, 0));
	/* What the program writes passes no filter. */
	EXPECT_EQ(LEN, lt_write(self->fd[0], data, LEN));
	EXPECT_EQ(0, set_prog(self->fd[2], TUNSETFILTEREBPF, -1));
	EXPECT_LE(0, inject(_metadata, self->fd, self->inject, self->head,
			    LEN));
}

/* Who waits for room has the frame filtered once and not for each attempt. */
TEST_F(ebpf, filter_while_waiting)
{
	int fd = lt_control(self->name, "inject_frame", O_WRONLY);
	static __u8 frame[8000], whole[8100];
	int queue = -1, count = 0, i;
	struct lt_call call;

	lt_datagram(frame, sizeof(frame), 4, 1);
	set_and_close(_metadata, self->fd[0], TUNSETFILTEREBPF, load_shorten(4));
	while (lt_write(self->inject, frame, sizeof(frame)) == sizeof(frame))
		count++;
	EXPECT_LT(1, count);
	ASSERT_EQ(0, lt_call_write(&call, fd, frame, sizeof(frame)));
	EXPECT_EQ(0, lt_call_blocked(&call));
	for (i = 0; i < QUEUES; i++)
		if (lt_poll(self->fd[i], POLLIN, 0) == POLLIN)
			queue = i;
	ASSERT_LE(0, queue);
	for (i = 0; i <= count; i++) {
		EXPECT_EQ(self->head + sizeof(frame) - 4,
			  lt_read(self->fd[queue], whole, sizeof(whole)))
			TH_LOG("frame %d", i);
		EXPECT_EQ(0, memcmp(frame, whole + self->head,
				    sizeof(frame) - 4));
		if (!i)
			EXPECT_EQ(sizeof(frame), lt_call_end(&call));
	}
	close(fd);
}

/* The lower 16 bits, modulo the number of queues. */
TEST_F(ebpf, steering)
{
	static const struct {
		int value, queue;
	} rows[] = {
		{ 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 0 }, { 4, 1 },
		{ 255, 0 }, { 65535, 0 }, { 65536, 0 }, { 65537, 1 },
		{ -1, 0 }, { -2, 2 },
	};
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fd = lt_ebpf_number(rows[i].value, BPF_PROG_TYPE_SOCKET_FILTER);
		set_and_close(_metadata, self->fd[0], TUNSETSTEERINGEBPF, fd);
		EXPECT_EQ(rows[i].queue, inject(_metadata, self->fd,
						self->inject, self->head, LEN))
			TH_LOG("%d", rows[i].value);
	}
	/* By a byte of the frame, whatever flow it is of. */
	set_and_close(_metadata, self->fd[0], TUNSETSTEERINGEBPF, load_byte(3));
	for (i = 0; i < 9; i++) {
		lt_datagram(data, LEN, 4, i);
		data[3] = i;
		EXPECT_EQ(i % 3, inject(_metadata, self->fd, self->inject,
					self->head, LEN));
	}
	/* Of the queues that are left. */
	ASSERT_EQ(0, lt_ioctl(self->fd[2], TUNSETQUEUE, &out));
	for (i = 0; i < 9; i++) {
		data[3] = i;
		EXPECT_EQ(i % 2, inject(_metadata, self->fd, self->inject,
					self->head, LEN));
	}
}

/* What the program has written teaches nothing while there is one. */
/* Where there is one queue nobody runs it, and nobody needs a socket buffer. */
TEST_F(ebpf, steering_of_one_queue)
{
	static __u8 large[100000];
	char name[IFNAMSIZ] = "one%d";
	int fd = lt_attach(name, variant->flags | IFF_MULTI_QUEUE, O_NONBLOCK);
	int inject = lt_control(name, "inject_frame", O_WRONLY | O_NONBLOCK);

	set_and_close(_metadata, fd, TUNSETSTEERINGEBPF,
		      lt_ebpf_number(5, BPF_PROG_TYPE_SOCKET_FILTER));
	large[0] = 0x45;
	EXPECT_EQ(sizeof(large), lt_write(inject, large, sizeof(large)));
	close(inject);
	close(fd);
}

TEST_F(ebpf, steering_and_flows)
{
	int i;

	set_and_close(_metadata, self->fd[0], TUNSETSTEERINGEBPF,
		      lt_ebpf_number(1, BPF_PROG_TYPE_SOCKET_FILTER));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(LEN, lt_write(self->fd[i], data, LEN));
		EXPECT_EQ(1, inject(_metadata, self->fd, self->inject,
				    self->head, LEN));
	}
	/* Both programs at a time. */
	set_and_close(_metadata, self->fd[0], TUNSETFILTEREBPF,
		      lt_ebpf_number(20, BPF_PROG_TYPE_SOCKET_FILTER));
	EXPECT_EQ(1, inject(_metadata, self->fd, self->inject, self->head, 20));
	EXPECT_EQ(0, set_prog(self->fd[0], TUNSETSTEERINGEBPF, -1));
	EXPECT_LE(0, inject(_metadata, self->fd, self->inject, self->head, 20));
}

TEST_F(ebpf, refused)
{
	static const unsigned long cmds[] = {
		TUNSETSTEERINGEBPF, TUNSETFILTEREBPF,
	};
	int wrong = lt_ebpf_number(0, BPF_PROG_TYPE_KPROBE);
	int detached = lt_open(0), closed = dup(detached);
	size_t i;

	close(closed);
	ASSERT_LE(0, detached);
	set_and_close(_metadata, self->fd[0], TUNSETSTEERINGEBPF,
		      lt_ebpf_number(2, BPF_PROG_TYPE_SOCKET_FILTER));
	set_and_close(_metadata, self->fd[0], TUNSETFILTEREBPF,
		      lt_ebpf_number(20, BPF_PROG_TYPE_SOCKET_FILTER));
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(-EBADF, set_prog(self->fd[0], cmds[i], -2));
		EXPECT_EQ(-EBADF, set_prog(self->fd[0], cmds[i], closed));
		EXPECT_EQ(-EBADF, set_prog(self->fd[0], cmds[i], 0x7fffffff));
		EXPECT_EQ(-EINVAL, set_prog(self->fd[0], cmds[i], detached));
		EXPECT_EQ(-EINVAL, set_prog(self->fd[0], cmds[i],
					    self->inject));
		/* Of another type, where the kernel has it at all. */
		EXPECT_EQ(wrong < 0 ? -EBADF : -EINVAL,
			  set_prog(self->fd[0], cmds[i], wrong < 0 ? -2 :
				   wrong));
		EXPECT_EQ(-EFAULT, lt_ioctl(self->fd[0], cmds[i], BAD));
		EXPECT_EQ(-EBADFD, set_prog(detached, cmds[i], -1));
		EXPECT_EQ(-EBADFD, lt_ioctl(detached, cmds[i], BAD));
	}
	EXPECT_EQ(2, inject(_metadata, self->fd, self->inject, self->head, 20));
	/* -1 clears, also where there is none. */
	for (i = 0; i < 2 * ARRAY_SIZE(cmds); i++)
		EXPECT_EQ(0, set_prog(self->fd[0], cmds[i / 2], -1));
	EXPECT_LE(0, inject(_metadata, self->fd, self->inject, self->head,
			    LEN));
	close(wrong);
	close(detached);
}

/* The classic filter comes before: what it has cut off is not there any more. */
TEST_F(ebpf, behind_classic)
{
	struct sock_filter cut = { BPF_RET | BPF_K, 0, 0, 40 };
	const struct sock_fprog fprog = { 1, &cut };

	if (!lt_tap(variant->flags))
		return;
	ASSERT_EQ(0, lt_ioctl(self->fd[0], TUNATTACHFILTER, &fprog));
	set_and_close(_metadata, self->fd[0], TUNSETFILTEREBPF, load_shorten(5));
	EXPECT_LE(0, inject(_metadata, self->fd, self->inject, self->head, 35));
}

/* The number of the queue is taken from 16 bits of what the program returns. */
TEST_F(ebpf, steering_bits)
{
	static const int values[] = { 255, 256, 257, 258, 511, 65535, 65536,
				      65537, -1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		set_and_close(_metadata, self->fd[0], TUNSETSTEERINGEBPF,
			      lt_ebpf_number(values[i], BPF_PROG_TYPE_SOCKET_FILTER));
		EXPECT_EQ((values[i] & 0xffff) % QUEUES,
			  inject(_metadata, self->fd, self->inject, self->head,
				 LEN))
			TH_LOG("%d", values[i]);
	}
}

/* Programs of bpf(2) that are loaded. */
static int count_progs(void)
{
	union bpf_attr attr = { };
	int count = 0;

	while (!syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		count++;
	}
	return count;
}

/* A program goes when another takes its place, when it is cleared, or at the end. */
TEST_F(ebpf, let_go)
{
	static const unsigned long cmds[] = {
		TUNSETSTEERINGEBPF, TUNSETFILTEREBPF
	};
	int before = count_progs(), i;

	for (i = 0; i < 4; i++) {
		set_and_close(_metadata, self->fd[0], cmds[i % 2],
			      lt_ebpf_number(LEN, BPF_PROG_TYPE_SOCKET_FILTER));
		EXPECT_EQ(before + (i ? 2 : 1), count_progs());
	}
	EXPECT_EQ(0, set_prog(self->fd[0], cmds[0], -1));
	EXPECT_EQ(before + 1, count_progs());
	EXPECT_EQ(0, set_prog(self->fd[0], cmds[1], -1));
	EXPECT_EQ(before, count_progs());
	for (i = 0; i < 2; i++)
		set_and_close(_metadata, self->fd[0], cmds[i],
			      lt_ebpf_number(LEN, BPF_PROG_TYPE_SOCKET_FILTER));
	EXPECT_EQ(before + 2, count_progs());
	for (i = 0; i < QUEUES; i++) {
		close(self->fd[i]);
		self->fd[i] = -1;
	}
	/* Open files of the tunnel keep what is left of it. */
	close(self->inject);
	self->inject = -1;
	for (i = 0; i < 1000 && count_progs() != before; i++)
		poll(NULL, 0, 10);
	EXPECT_EQ(before, count_progs());
}

TEST_HARNESS_MAIN
