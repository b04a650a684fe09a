// SPDX-License-Identifier: GPL-2.0-only
/* A sequence in its process: one line of log per operation. */
#include <sys/epoll.h>
#include <unistd.h>

#include "ops.h"

static void values(const struct diff_op *op, long *value)
{
	const struct diff_kind *kind = &diff_kinds[op->kind];
	int i;

	for (i = 0; i < DIFF_ARGS && kind->pool[i]; i++)
		value[i] = kind->pool[i]->values[op->arg[i]].value;
}

void diff_run_sequence(struct diff_run *run, const struct diff_sequence *seq)
{
	long value[DIFF_ARGS];
	int i;

	for (i = 0; i < DIFF_FILES; i++) {
		run->fd[i] = -1;
		run->tunnel_of[i] = -1;
	}
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	diff_memory_init();
	for (i = 0; i < seq->count; i++) {
		run->step = i;
		run->cmd = diff_kinds[seq->op[i].kind].cmd;
		values(&seq->op[i], value);
		diff_log(run, "%d", i);
		diff_kinds[seq->op[i].kind].run(run, value);
		diff_log(run, "\n");
	}
	diff_log(run, "%d", seq->count);
	diff_op_sent(run, NULL);
	diff_log(run, " end\n");
}
