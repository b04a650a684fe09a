// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel has without a tunnel: the floor, a pipe, a pair of sockets. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static int floor_open(struct bench_ends *ends)
{
	ends->in = bench_check(open("/dev/null", O_WRONLY), "/dev/null");
	ends->out = bench_check(open("/dev/zero", O_RDONLY), "/dev/zero");
	return 0;
}

/* /dev/zero gives as much as is asked for. */
static void floor_step(struct bench_ends *ends)
{
	bench_write(ends->in, ends->len);
	if (read(ends->out, bench_got, ends->len) != (ssize_t)ends->len)
		bench_die("/dev/zero: %m");
}

static int pipe_open(struct bench_ends *ends)
{
	int fds[2];

	bench_check(pipe(fds), "pipe");
	ends->out = fds[0];
	ends->in = fds[1];
	return 0;
}

static int unix_open(struct bench_ends *ends)
{
	int fds[2];

	bench_check(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), "socketpair");
	ends->in = fds[0];
	ends->out = fds[1];
	return 0;
}

static int pipe_epoll_open(struct bench_ends *ends)
{
	pipe_open(ends);
	bench_epoll_open(ends);
	return 0;
}

static int pipe_answer_open(struct bench_ends *ends)
{
	int back[2];

	pipe_open(ends);
	bench_check(pipe(back), "pipe");
	bench_answer_open(ends, ends->out, back[1]);
	close(ends->out);
	close(back[1]);
	ends->out = back[0];
	return 0;
}

/* Both ends of a pair take both directions. */
static int unix_answer_open(struct bench_ends *ends)
{
	unix_open(ends);
	bench_answer_open(ends, ends->out, ends->out);
	ends->extra[0] = ends->out;
	ends->out = ends->in;
	return 0;
}

const struct bench_path bench_kernel_paths[] = {
	{ "floor: write /dev/null, read /dev/zero", floor_open, floor_step },
	{ "pipe: write, read", pipe_open, bench_move },
	{ "AF_UNIX: write, read", unix_open, bench_move },
	{ "pipe: write, epoll, read", pipe_epoll_open, bench_epoll_step },
	{ "pipe: there and back, two processes", pipe_answer_open, bench_move },
	{ "AF_UNIX: there and back, two processes", unix_answer_open,
	  bench_move },
	{ }
};
