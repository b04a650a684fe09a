// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read that may block: another thread makes it, this one waits until it is
 * asleep, makes something happen and looks whether that woke it. A signal ends
 * it in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../looptun.h"
#include "ops.h"

enum {
	INJECT, DELETE, SIGNAL, LINK, CLOSE, DETACH, TWICE,
};

static const struct diff_value diff_pool_wake_values[] = {
	{ "inject", INJECT }, { "delete", DELETE }, { "signal", SIGNAL },
	{ "link", LINK }, { "close", CLOSE }, { "detach", DETACH },
	{ "inject2", TWICE },
};

DIFF_POOL(diff_pool_wake, "wake", .plain = 25);

static void nothing(int signal)
{
}

static void detach(int fd)
{
	struct ifreq ifr = { .ifr_flags = IFF_DETACH_QUEUE };

	ioctl(fd, TUNSETQUEUE, &ifr);
}

static void happen(struct diff_run *run, const long *arg, int flags)
{
	long inject[] = { arg[0], 0, 60, 4, 1 };
	long link[] = { arg[0], 0 };

	switch (arg[2]) {
	case TWICE:
		diff_op_inject(run, inject);
		diff_op_inject(run, inject);
		break;
	case INJECT:
		diff_op_inject(run, inject);
		break;
	case DELETE:
		diff_op_delete(run, arg);
		break;
	case LINK:
		diff_op_link(run, link);
		link[1] = 1;
		diff_op_link(run, link);
		break;
	case CLOSE:
		/* It may have been duplicated, and other reads are not to wait. */
		fcntl(run->fd[arg[0]], F_SETFL, flags);
		close(run->fd[arg[0]]);
		run->fd[arg[0]] = -1;
		break;
	case DETACH:
		detach(run->fd[arg[0]]);
		break;
	}
}

static void wait_for(struct diff_run *run, struct lt_call *call,
		     const long *arg, int flags)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	if (!lt_call_blocked(call)) {
		diff_log(run, " blocked");
		happen(run, arg, flags);
		if (!lt_call_blocked(call)) {
			diff_log(run, " sleeps_on");
			pthread_kill(call->thread, SIGUSR1);
		}
	}
	diff_log_ret(run, lt_call_end(call));
}

/* f, n, wake */
void diff_op_block(struct diff_run *run, const long *arg)
{
	int fd = run->fd[arg[0]], flags = fcntl(fd, F_GETFL);
	struct diff_tunnel *t = diff_tunnel_of(run, arg[0]);
	size_t len = diff_length(arg[1], diff_header(run, arg[0]),
				 t ? t->len : 60);
	void *at = diff_memory(DIFF_MEM_OK, len);
	struct lt_call call;

	if (flags < 0 || flags & O_PATH) {
		diff_log(run, " skip");
		return;
	}
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	if (lt_call_read(&call, fd, at, len)) {
		diff_log(run, " no_thread");
		return;
	}
	wait_for(run, &call, arg, flags);
	if (run->fd[arg[0]] >= 0)
		fcntl(fd, F_SETFL, flags);
	diff_log_memory(run, "buf", DIFF_MEM_OK, at, len);
}
