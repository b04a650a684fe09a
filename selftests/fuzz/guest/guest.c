// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest [SECONDS [SEED [THREADS]]]: calls with random arguments on whatever this
 * program has open, by several threads. A program is a short list of calls; where
 * the kernel has KCOV, programs that reach what none before them has reached are
 * kept, and changed into others. Any errno is right: the kernel's checkers, the sums
 * of the tunnels that are left, and who unloads the module give the verdict.
 * LOOPTUN_SECONDS and LOOPTUN_SEED in the environment do for arguments.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "kselftest_harness.h"
#include "sums.h"

#define CORPUS 4096
#define TUNNELS 100
#define THREADS_MAX 16

static unsigned int seconds = 10, first_seed = 1, count = 4;

/* What is kept, for all threads; a place is filled before it is counted. */
static struct program corpus[CORPUS];
static atomic_uint kept, places;

static atomic_bool stop;
static struct thread threads[THREADS_MAX];

__u32 any(struct thread *thread, __u32 below)
{
	thread->seed = thread->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (__u32)(thread->seed >> 33) % below;
}

/* Mostly small numbers: they choose from tables. */
static void new_call(struct thread *thread, struct call *call)
{
	size_t i;

	call->op = any(thread, ops_count);
	for (i = 0; i < sizeof(call->arg); i++)
		call->arg[i] = any(thread, any(thread, 4) ? 32 : 256);
}

static void new_program(struct thread *thread, struct program *program)
{
	unsigned int i;

	program->thread = thread->number;
	program->count = 1 + any(thread, MOST_CALLS);
	for (i = 0; i < program->count; i++)
		new_call(thread, &program->calls[i]);
}

static void change(struct thread *thread, struct program *program)
{
	struct call *call = &program->calls[any(thread, program->count)];
	const struct program *other;

	switch (any(thread, 4)) {
	case 0:
		new_call(thread, call);
		break;
	case 1:
		if (program->count < MOST_CALLS)
			new_call(thread, &program->calls[program->count++]);
		break;
	case 2:
		other = &corpus[any(thread, kept)];
		*call = other->calls[any(thread, other->count)];
		break;
	default:
		call->arg[any(thread, sizeof(call->arg))] = any(thread, 256);
	}
}

static bool has_programs(unsigned int thread)
{
	unsigned int i;

	for (i = 0; i < given_count; i++)
		if (given[i].thread == thread)
			return true;
	return !given_count;
}

/* The next one of this thread. */
static void next_given(struct thread *thread, struct program *program)
{
	do {
		memcpy(program, &given[thread->at++ % given_count], sizeof(*program));
	} while (program->thread != thread->number);
}

static void choose(struct thread *thread, struct program *program)
{
	unsigned int i;

	if (given_count) {
		next_given(thread, program);
		return;
	}
	if (!kept || !any(thread, 3)) {
		new_program(thread, program);
		return;
	}
	*program = corpus[any(thread, kept)];
	program->thread = thread->number;
	for (i = any(thread, 4) + 1; i; i--)
		change(thread, program);
}

static void keep(const struct program *program)
{
	unsigned int place = atomic_fetch_add(&places, 1);

	if (place >= CORPUS)
		return;
	corpus[place] = *program;
	while (kept != place)
		sched_yield();
	kept = place + 1;
}

static void *thread_main(void *arg)
{
	struct thread *thread = arg;
	struct program program;
	unsigned int i;

	coverage_open(thread);
	late_open(thread);
	while (!stop) {
		choose(thread, &program);
		log_program(&program);
		coverage_begin(thread);
		for (i = 0; i < program.count && !stop; i++) {
			ops[program.calls[i].op].run(thread, program.calls[i].arg);
			thread->done++;
		}
		if (coverage_is_new(thread))
			keep(&program);
	}
	return NULL;
}

static void wake(int signal)
{
}

static void start(struct __test_metadata *_metadata)
{
	struct sigaction action = { .sa_handler = wake };
	unsigned int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_NE(SIG_ERR, signal(SIGIO, SIG_IGN));
	ASSERT_NE(SIG_ERR, signal(SIGPIPE, SIG_IGN));
	for (i = 0; i < FILES; i++)
		files[i] = -1;
	if (access(CGROUP "/cgroup.procs", F_OK))
		EXPECT_EQ(0, mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	EXPECT_LT(0, lt_write_file(CGROUP "/cgroup.subtree_control", "+memory"));
	late_start();
	log_open();
	for (i = 0; i < count; i++) {
		if (!has_programs(i))
			continue;
		threads[i].number = i;
		threads[i].seed = first_seed * 1000ULL + i;
		ASSERT_EQ(0, pthread_create(&threads[i].thread, NULL, thread_main,
					    &threads[i]));
	}
}

/* Each tunnel takes memory, and most are forgotten: so many stay. */
static void thin_out(void)
{
	DIR *dir = opendir(LT_DEBUGFS);
	struct dirent *entry;
	int left = TUNNELS;

	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && --left < 0)
			lt_delete(entry->d_name);
	closedir(dir);
}

/* Whoever sleeps is woken, a little after the time before. */
static void disturb(void)
{
	struct timespec at = { .tv_nsec = 5000000 };
	unsigned int i;

	ppoll(NULL, 0, &at, NULL);
	for (i = 0; i < count; i++)
		if (threads[i].thread)
			pthread_kill(threads[i].thread, SIGUSR1);
}

static void end(struct __test_metadata *_metadata)
{
	time_t last = time(NULL) + 60;
	unsigned int i, left = 0;

	for (i = 0; i < count; i++)
		left += !!threads[i].thread;
	stop = true;
	while (left && time(NULL) < last) {
		disturb();
		for (i = 0; i < count; i++)
			if (threads[i].thread &&
			    !pthread_tryjoin_np(threads[i].thread, NULL)) {
				threads[i].thread = 0;
				left--;
			}
	}
	ASSERT_EQ(0, left) TH_LOG("threads that do not stop, by seed %u", first_seed);
}

/* The first tunnel that there is, whose sums are looked at before it goes. */
static bool end_tunnel(struct __test_metadata *_metadata)
{
	DIR *dir = opendir(LT_DEBUGFS);
	struct dirent *entry;
	bool found = false;

	while (!found && (entry = readdir(dir)))
		found = entry->d_type == DT_DIR && entry->d_name[0] != '.';
	if (found) {
		lt_control_write(entry->d_name, "faults", "clear");
		lt_expect_bounds(_metadata, entry->d_name);
		EXPECT_EQ(1, lt_delete(entry->d_name));
	}
	closedir(dir);
	return found;
}

static void say(const char *text)
{
	lt_write_file("/dev/kmsg", text);
}

TEST(guest)
{
	unsigned long done = 0;
	time_t last = time(NULL) + seconds;
	char text[64];
	unsigned int i;

	/* The log of a kernel that dies has it. */
	snprintf(text, sizeof(text), "fuzz-guest: seed %u, %u threads", first_seed, count);
	say(text);
	start(_metadata);
	for (i = 1; time(NULL) < last; i++) {
		disturb();
		if (i % 100 == 0)
			thin_out();
	}
	end(_metadata);
	lt_write_file(LT_DEBUGFS "/faults", "clear");
	for (i = 0; i < 1000 && end_tunnel(_metadata); i++)
		;
	for (i = 0; i < FILES; i++)
		close(files[i]);
	lt_write_file(RING_KIB, "256");
	for (i = 0; i < count; i++) {
		done += threads[i].done;
		snprintf(text, sizeof(text), GROUP, i);
		rmdir(text);
	}
	EXPECT_LT(0, done);
	for (i = 0; i < ops_count; i++)
		TH_LOG("%s: %lu, %lu succeeded", ops[i].name, ops[i].tried, ops[i].worked);
	TH_LOG("%lu calls in %u seconds, %u programs kept, %u edges; again: seed %u, %u threads",
	       done, seconds, (unsigned int)kept, coverage_edges(), first_seed, count);
	EXPECT_TRUE(lt_namespaces_gone());
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("LOOPTUN_SECONDS");
	const char *seed = argc > 2 ? argv[2] : getenv("LOOPTUN_SEED");

	if (text)
		seconds = strtoul(text, NULL, 10);
	if (seed)
		first_seed = strtoul(seed, NULL, 10);
	if (argc > 3)
		count = strtoul(argv[3], NULL, 10);
	if (!count || count > THREADS_MAX)
		count = 4;
	_guest_object.timeout = seconds + 200;
	return test_harness_run(1, argv);
}
