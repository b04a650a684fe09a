// SPDX-License-Identifier: GPL-2.0-only
/* Operations that ask whether something can be done: poll, epoll, SIGIO. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "ops.h"

/* f, events */
void diff_op_poll(struct diff_run *run, const long *arg)
{
	struct pollfd pollfd = { .fd = run->fd[arg[0]], .events = arg[1] };
	long ret = diff_ret(poll(&pollfd, 1, 0));

	diff_log_ret(run, ret);
	diff_log(run, " revents=%x", pollfd.revents);
}

/* f */
void diff_op_select(struct diff_run *run, const long *arg)
{
	struct timeval now = {};
	int fd = run->fd[arg[0]];
	fd_set in, out, error;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&error);
	if (fd >= 0) {
		FD_SET(fd, &in);
		FD_SET(fd, &out);
		FD_SET(fd, &error);
	}
	diff_log_ret(run, diff_ret(select(fd + 1, &in, &out, &error, &now)));
	if (fd >= 0)
		diff_log(run, " in=%d out=%d error=%d", !!FD_ISSET(fd, &in),
			 !!FD_ISSET(fd, &out), !!FD_ISSET(fd, &error));
}

static const struct diff_value diff_pool_epoll_op_values[] = {
	{ "add", EPOLL_CTL_ADD }, { "mod", EPOLL_CTL_MOD },
	{ "del", EPOLL_CTL_DEL },
};

DIFF_POOL(diff_pool_epoll_op, "op", .plain = 55);

/* f, op, events */
void diff_op_epoll_ctl(struct diff_run *run, const long *arg)
{
	struct epoll_event event = {
		.events = arg[2], .data.u32 = arg[0],
	};

	diff_log_ret(run, diff_ret(epoll_ctl(run->epoll, arg[1],
					     run->fd[arg[0]], &event)));
}

void diff_op_epoll_wait(struct diff_run *run, const long *arg)
{
	struct epoll_event events[8];
	int i, ret = diff_ret(epoll_wait(run->epoll, events, 8, 0));

	diff_log_ret(run, ret);
	for (i = 0; i < ret; i++)
		diff_log(run, " event%d=%u:%x", i, events[i].data.u32,
			 events[i].events);
}

enum {
	GETFL, SETFL_APPEND, SETFL_ASYNC, SETFL_PLAIN, SETFL_DIRECT, NBIO,
	ASYNC_ON, ASYNC_OFF, SETOWN, GETOWN, SETSIG, SETSIG_0, CLEX,
};

static const struct diff_value diff_pool_fcntl_values[] = {
	{ "async", SETFL_ASYNC }, { "getfl", GETFL },
	{ "append", SETFL_APPEND }, { "plain", SETFL_PLAIN },
	{ "direct", SETFL_DIRECT }, { "fionbio", NBIO },
	{ "fioasync", ASYNC_ON }, { "fioasync_off", ASYNC_OFF },
	{ "setown", SETOWN }, { "getown", GETOWN }, { "setsig", SETSIG },
	{ "setsig_0", SETSIG_0 }, { "fioclex", CLEX },
};

DIFF_POOL(diff_pool_fcntl, "call", .plain = 30);

/* Always with O_NONBLOCK. */
static long set_flags(int fd, int flags)
{
	return diff_ret(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

static long get_owner(int fd)
{
	long ret = diff_ret(fcntl(fd, F_GETOWN));

	return ret == getpid() ? 1 : ret;
}

/* f, call */
void diff_op_fcntl(struct diff_run *run, const long *arg)
{
	static const int on = 1, off;
	int fd = run->fd[arg[0]];
	long ret = -1;

	switch (arg[1]) {
	case GETFL:
		ret = diff_ret(fcntl(fd, F_GETFL));
		break;
	case SETFL_APPEND:
		ret = set_flags(fd, O_APPEND);
		break;
	case SETFL_ASYNC:
		ret = set_flags(fd, O_ASYNC);
		break;
	case SETFL_PLAIN:
		ret = set_flags(fd, 0);
		break;
	case SETFL_DIRECT:
		ret = set_flags(fd, O_DIRECT);
		break;
	case NBIO:
		ret = diff_ret(ioctl(fd, FIONBIO, &on));
		break;
	case ASYNC_ON:
		ret = diff_ret(ioctl(fd, FIOASYNC, &on));
		break;
	case ASYNC_OFF:
		ret = diff_ret(ioctl(fd, FIOASYNC, &off));
		break;
	case SETOWN:
		ret = diff_ret(fcntl(fd, F_SETOWN, getpid()));
		break;
	case GETOWN:
		ret = get_owner(fd);
		break;
	case SETSIG:
		ret = diff_ret(fcntl(fd, F_SETSIG, SIGRTMIN));
		break;
	case SETSIG_0:
		ret = diff_ret(fcntl(fd, F_SETSIG, 0));
		break;
	case CLEX:
		ret = diff_ret(ioctl(fd, FIOCLEX));
		break;
	}
	diff_log_ret(run, ret);
}

/* The signals that came since; they are blocked. Descriptors by their place. */
void diff_op_signals(struct diff_run *run, const long *arg)
{
	struct timespec now = {};
	siginfo_t info;
	sigset_t set;
	int i;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGRTMIN);
	while (sigtimedwait(&set, &info, &now) > 0) {
		if (info.si_signo == SIGIO) {
			diff_log(run, " sigio=%d", info.si_code);
			continue;
		}
		for (i = 0; i < DIFF_FILES && run->fd[i] != info.si_fd; i++)
			;
		diff_log(run, " rt=%d:%d:%lx", i, info.si_code, info.si_band);
	}
}
