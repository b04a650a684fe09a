// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a sequence on both sides at once, each in a process and a network
 * namespace of its own, and compare what they logged.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

/* Milliseconds after which a sequence is taken to hang. */
#define LIMIT 150000

static char *logs;

static char *log_of(int slot, int side)
{
	return logs + (size_t)(slot * 2 + side) * DIFF_LOG;
}

/* @slots: how many callers of diff_execute() there are at a time. */
int diff_execute_init(int slots)
{
	logs = mmap(NULL, (size_t)slots * 2 * DIFF_LOG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return logs == MAP_FAILED ? -errno : 0;
}

const char *diff_execute_log(int slot, int side)
{
	return log_of(slot, side);
}

static void child(const struct diff_side *side, const struct diff_sequence *seq,
		  char *log)
{
	static struct diff_run run;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run.side = side;
	run.log = log;
	if (unshare(CLONE_NEWNET)) {
		diff_log(&run, "0 unshare=%d\n", errno);
		_exit(1);
	}
	side->init(&run);
	diff_run_sequence(&run, seq);
	_exit(0);
}

static pid_t start(const struct diff_side *side,
		   const struct diff_sequence *seq, char *log)
{
	pid_t pid;

	*log = '\0';
	pid = fork();
	if (!pid)
		child(side, seq, log);
	return pid;
}

/* How it ended is part of the log. Says whether it hung. */
static bool finish(pid_t pid, char *log)
{
	struct pollfd pollfd = { .events = POLLIN };
	size_t len;
	int status = 0;
	bool hung;

	pollfd.fd = syscall(SYS_pidfd_open, pid, 0);
	hung = poll(&pollfd, 1, LIMIT) != 1;
	if (hung)
		kill(pid, SIGKILL);
	close(pollfd.fd);
	waitpid(pid, &status, 0);
	len = strlen(log);
	if (status)
		snprintf(log + len, DIFF_LOG - len, " died=%x\n", status);
	return hung;
}

static bool ended(const char *log)
{
	static const char end[] = " end\n";
	size_t len = strlen(log), size = strlen(end);

	return len >= size && !strcmp(log + len - size, end);
}

/* The last that it said, without the newline. */
static void copy_last(char *to, size_t size, const char *log)
{
	size_t len = strlen(log), from = len < size ? 0 : len - size + 1;

	snprintf(to, size, "%s", log + from);
	to[strcspn(to, "\n")] = '\0';
}

/* Both are to have come to the end: two that failed alike have shown nothing. */
static void check_end(const struct diff_sequence *seq, const char *real,
		      const char *looptun, struct diff_outcome *outcome)
{
	struct diff_mismatch *found = &outcome->found;

	if (outcome->mismatch || (ended(real) && ended(looptun)))
		return;
	outcome->mismatch = true;
	found->op = seq->count;
	strcpy(found->key, "end");
	copy_last(found->real, 60, real);
	copy_last(found->looptun, 60, looptun);
}

void diff_execute(const struct diff_sequence *seq, int slot,
		  struct diff_outcome *outcome)
{
	char *real = log_of(slot, 0), *looptun = log_of(slot, 1);
	pid_t first = start(&diff_real, seq, real);
	pid_t second = start(&diff_looptun, seq, looptun);

	outcome->hung = finish(first, real);
	outcome->hung |= finish(second, looptun);
	outcome->mismatch = diff_compare(seq, real, looptun, &outcome->found);
	check_end(seq, real, looptun, outcome);
}
