// SPDX-License-Identifier: GPL-2.0-only
/* read, write and their relatives. */
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops.h"

#define FORM_VECTOR 1
#define FORM_AT 2
#define FORM_FLAGS 0x100
#define VECTORS 1100

/* Cut @len bytes at @at into pieces as diff_pool_split has them. */
static int cut(struct iovec *iov, void *at, size_t len, const __u8 *pieces,
	       int count)
{
	size_t n;
	int i;

	for (i = 0; i < count; i++) {
		n = pieces[i] < len ? pieces[i] : len;
		iov[i] = (struct iovec){ at, n };
		at = (__u8 *)at + n;
		len -= n;
	}
	iov[i] = (struct iovec){ at, len };
	return count + 1;
}

static int diff_iovec(struct iovec *iov, void *at, size_t len, long split)
{
	static const __u8 pi[] = { 4 }, bytes[] = { 1, 1, 1, 1, 1, 1, 1, 1 },
		empties[] = { 0, 3, 0, 0, 7 }, odd[] = { 2, 9, 1, 13 };
	int i;

	switch (split) {
	case 1:
		return cut(iov, at, len, pi, sizeof(pi));
	case 2:
		return cut(iov, at, len, bytes, sizeof(bytes));
	case 3:
		return cut(iov, at, len, empties, sizeof(empties));
	case 4:
		return cut(iov, at, len, odd, sizeof(odd));
	case 5:
		return 0;
	case 6:
		for (i = 0; i < 3; i++)
			iov[i] = (struct iovec){ at, 0 };
		return 3;
	case 7:
		for (i = 0; i < 1025; i++)
			iov[i] = (struct iovec){ at, 1 };
		return 1025;
	case 8:
		iov[0] = (struct iovec){ at, 1 };
		iov[1] = (struct iovec){ at, -1 };
		return 2;
	default:
		return cut(iov, at, len, pi, 0);
	}
}

struct io {
	bool writes;
	int fd;
	long form, split, at;
	void *buf;
	size_t len;
};

static long vectored(const struct io *io)
{
	static struct iovec iov[VECTORS];
	int n = diff_iovec(iov, io->buf, io->len, io->split);
	int flags = io->form & 0xff;

	if (io->form & FORM_FLAGS)
		return io->writes ? pwritev2(io->fd, iov, n, io->at, flags) :
				    preadv2(io->fd, iov, n, io->at, flags);
	if (io->form & FORM_AT)
		return io->writes ? pwritev(io->fd, iov, n, io->at) :
				    preadv(io->fd, iov, n, io->at);
	return io->writes ? writev(io->fd, iov, n) : readv(io->fd, iov, n);
}

static long transfer(const struct io *io)
{
	if (io->form & (FORM_VECTOR | FORM_FLAGS))
		return diff_ret(vectored(io));
	if (io->form & FORM_AT)
		return diff_ret(io->writes ?
				pwrite(io->fd, io->buf, io->len, io->at) :
				pread(io->fd, io->buf, io->len, io->at));
	return diff_ret(io->writes ? write(io->fd, io->buf, io->len) :
				     read(io->fd, io->buf, io->len));
}

/* f, form, n, mem, split, at */
void diff_op_read(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_tunnel_of(run, arg[0]);
	struct io io = {
		.fd = run->fd[arg[0]], .form = arg[1], .split = arg[4],
		.at = arg[5],
		.len = diff_length(arg[2], diff_header(run, arg[0]),
				   t ? t->len : 60),
	};

	io.buf = diff_memory(arg[3], io.len);
	diff_log_ret(run, transfer(&io));
	diff_log_memory(run, "buf", arg[3], io.buf, io.len);
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Headers of the network that checks of offloads look into. */
static void transport(__u8 *at, size_t len, long body)
{
	size_t ip = (body & 0xff) == 6 ? 40 : 20;
	int protocol = body & 0x100 ? 6 : 17;

	if (len < ip + 20)
		return;
	memset(at, 0, ip + 20);
	if (ip == 20) {
		put16(at + 2, len);
		at[8] = 64;
		at[9] = protocol;
		memset(at + 12, 10, 8);
	} else {
		put16(at + 4, len - ip);
		at[6] = protocol;
		at[7] = 64;
		memset(at + 8, 0xfd, 32);
	}
	put16(at + ip, 1000);
	put16(at + ip + 2, 2000);
	if (protocol == 6)
		at[ip + 12] = 0x50;
	else
		put16(at + ip + 4, len - ip);
}

/* An IP datagram of that version, a header of a transport in it if asked for. */
void diff_datagram(void *data, size_t len, long body, __u32 seed)
{
	__u8 *at = data;

	diff_fill(at, len, seed);
	if (!len)
		return;
	if (body & 0x300)
		transport(at, len, body);
	at[0] = (body & 0xff) << 4 | ((body & 0xff) == 4 ? 5 : 0);
}

struct vnet_hdr {
	__u8 flags, gso;
	__u16 hlen, size, start, offset;
};

/* proto, piflags, vflags, vgso, vhlen, vsize, vstart, voff: headers first */
static size_t compose(struct diff_run *run, int slot, __u8 *at, size_t len,
		      long body, const long *arg)
{
	struct diff_tunnel *t = diff_tunnel_of(run, slot);
	unsigned int flags = t ? t->flags : IFF_TUN;
	size_t hdr = diff_header(run, slot), eth;
	struct vnet_hdr vnet = {
		.flags = arg[2], .gso = arg[3],
		.hlen = diff_length(arg[4], 0, len), .size = arg[5],
		.start = diff_length(arg[6], 0, len), .offset = arg[7],
	};
	struct tun_pi pi = { .flags = arg[1] };

	put16((__u8 *)&pi.proto, arg[0]);
	diff_fill(at, hdr, run->step);
	if (!(flags & IFF_NO_PI))
		memcpy(at, &pi, sizeof(pi));
	if (flags & IFF_VNET_HDR && hdr >= sizeof(vnet))
		memcpy(at + (flags & IFF_NO_PI ? 0 : 4), &vnet, sizeof(vnet));
	at += hdr;
	eth = flags & IFF_TUN ? 0 : len < 14 ? len : 14;
	diff_fill(at, eth, run->step + 77);
	if (eth == 14)
		put16(at + 12, arg[0]);
	diff_datagram(at + eth, len - eth, body, run->step);
	return hdr;
}

/* f, form, n, mem, split, at, len, body, and of headers as compose() */
void diff_op_write(struct diff_run *run, const long *arg)
{
	size_t hdr = compose(run, arg[0], diff_scratch(), arg[6], arg[7],
			     arg + 8);
	struct diff_tunnel *t = diff_tunnel_of(run, arg[0]);
	struct io io = {
		.writes = true, .fd = run->fd[arg[0]], .form = arg[1],
		.split = arg[4], .at = arg[5],
		.len = diff_length(arg[2], hdr, arg[6]),
	};
	long ret;

	if (io.len > hdr + arg[6])
		diff_fill(diff_scratch() + hdr + arg[6],
			  io.len - hdr - arg[6], 5);
	io.buf = diff_memory_put(arg[3], diff_scratch(), io.len);
	ret = transfer(&io);
	diff_log_ret(run, ret);
	if (ret <= 0)
		return;
	run->backlog += ret;
	if (t && t->flags & IFF_NAPI)
		run->written++;
	if (run->backlog > DIFF_FRAME_MAX)
		diff_op_sent(run, NULL);
}

/* f, n: a read by a child, which has the same open file; then it is gone */
void diff_op_fork(struct diff_run *run, const long *arg)
{
	const long read[] = { arg[0], 0, arg[1], DIFF_MEM_OK, 0, 0 };
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		diff_op_read(run, read);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		diff_log(run, " status=%x", status);
	/* The log is shared, how far it goes is not. */
	run->log_len += strlen(run->log + run->log_len);
}

/* f, n: one read through io_submit(2), the result at once */
void diff_op_aio(struct diff_run *run, const long *arg)
{
	struct timespec now = {};
	struct io_event event = {};
	aio_context_t context = 0;
	struct iocb *one, iocb = {
		.aio_fildes = run->fd[arg[0]], .aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_nbytes = diff_length(arg[1], diff_header(run, arg[0]), 60),
	};
	void *at = diff_memory(DIFF_MEM_OK, iocb.aio_nbytes);
	long ret;

	one = &iocb;
	iocb.aio_buf = (uintptr_t)at;
	if (syscall(SYS_io_setup, 1, &context))
		return;
	ret = diff_ret(syscall(SYS_io_submit, context, 1, &one));
	diff_log_ret(run, ret);
	if (ret == 1)
		diff_log(run, " events=%ld res=%lld",
			 (long)syscall(SYS_io_getevents, context, 0, 1, &event,
				       &now), event.res);
	diff_log_memory(run, "buf", DIFF_MEM_OK, at, iocb.aio_nbytes);
	syscall(SYS_io_destroy, context);
}
