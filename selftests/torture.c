// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture [SECONDS [SEED]]: all that may be done to tunnels, at once, by threads
 * that know nothing of each other: made, deleted, attached to, closed, queues
 * taken out and put back, rules, loopback, capture, inject, sent, wait, signals.
 * Half of the time the tunnels have companions, which go up and down.
 * Any errno is right; what is wrong is for the kernel's checkers, for the sums of
 * each tunnel that is left at the end, and for who unloads the module. LOOPTUN_SECONDS
 * in the environment does for the argument where there is none.
 */
#include <linux/filter.h>
#include <linux/looptun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define NAMES 3
#define FILES 24
#define THREADS 8
#define LARGEST 70000

static unsigned int seconds = 10, first_seed = 1;
static const char *const names[NAMES] = { "torture0", "torture1", "torture2" };
static const int modes[NAMES] = {
	IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE,
	IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE,
	IFF_TUN | IFF_VNET_HDR,
};

/* Descriptors that every thread uses, and replaces. */
static atomic_int files[FILES];
static atomic_bool stop;

struct thread {
	pthread_t thread;
	__u32 seed;
	unsigned long done;
	__u8 buf[LARGEST];
};

static __u32 any(struct thread *thread, __u32 below)
{
	thread->seed = thread->seed * 1664525 + 1013904223;
	return (thread->seed >> 8) % below;
}

static const char *any_name(struct thread *thread)
{
	return names[any(thread, NAMES)];
}

static int any_file(struct thread *thread)
{
	return files[any(thread, FILES)];
}

/* Mostly short ones. */
static size_t any_len(struct thread *thread)
{
	return 1 + any(thread, any(thread, 16) ? 1500 : LARGEST - 1);
}

static void replace(struct thread *thread, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&files[any(thread, FILES)], fd);
	if (old >= 0)
		close(old);
}

static int attach_one(struct thread *thread, int oflags)
{
	int i = any(thread, NAMES), fd = lt_open(oflags);
	char name[IFNAMSIZ];

	strcpy(name, names[i]);
	if (any(thread, 4))
		lt_setiff(fd, name, modes[i]);
	return fd;
}

static void attach(struct thread *thread)
{
	replace(thread, attach_one(thread, O_NONBLOCK));
}

static void attach_again(struct thread *thread)
{
	int i = any(thread, NAMES);
	char name[IFNAMSIZ];

	strcpy(name, names[i]);
	lt_setiff(any_file(thread), name, modes[i]);
}

static void create(struct thread *thread)
{
	char line[64];
	int i = any(thread, NAMES);

	snprintf(line, sizeof(line), "%s %s%s", names[i],
		 modes[i] & IFF_TUN ? "tun" : "tap",
		 modes[i] & IFF_MULTI_QUEUE ? " multi_queue" : "");
	lt_create(line);
}

static void delete(struct thread *thread)
{
	if (!any(thread, 4))
		lt_delete(any_name(thread));
}

static void set_queue(struct thread *thread)
{
	struct ifreq ifr = {
		.ifr_flags = any(thread, 2) ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE,
	};

	lt_ioctl(any_file(thread), TUNSETQUEUE, &ifr);
}

static void read_file(struct thread *thread)
{
	lt_poll(any_file(thread), POLLIN | POLLOUT, 0);
	lt_read(any_file(thread), thread->buf,
		any(thread, 8) ? sizeof(thread->buf) : 20);
}

static void write_file(struct thread *thread)
{
	size_t len = any_len(thread);

	lt_frame(thread->buf, len, LT_IPV4, thread->seed);
	memset(thread->buf, any(thread, 2) ? 0 : 0x45, len < 10 ? len : 10);
	lt_write(any_file(thread), thread->buf, len);
}

static void inject(struct thread *thread)
{
	static const char *const kinds[] = {
		"inject", "inject_frame", "inject_vnet", "queues/0/inject",
		"queues/1/inject_frame",
	};
	int fd = lt_control(any_name(thread), kinds[any(thread, 5)],
			    O_WRONLY | O_NONBLOCK), i;

	for (i = 0; fd >= 0 && i < 8; i++) {
		lt_datagram(thread->buf, 100, 4, thread->seed);
		lt_write(fd, thread->buf, any_len(thread));
		lt_poll(fd, POLLOUT, 0);
	}
	close(fd);
}

static void read_sent(struct thread *thread)
{
	int fd = lt_control(any_name(thread), any(thread, 4) ? "sent" :
			    "queues/0/sent", O_RDONLY | O_NONBLOCK), i;

	for (i = 0; fd >= 0 && i < 8; i++) {
		lt_poll(fd, POLLIN, 0);
		lt_read(fd, thread->buf, sizeof(thread->buf));
	}
	close(fd);
}

static void wire(struct thread *thread)
{
	replace(thread, lt_ioctl(any_file(thread), LOOPTUN_OPEN_WIRE,
				 (void *)(unsigned long)O_NONBLOCK));
}

static void capture(struct thread *thread)
{
	replace(thread, lt_control(any_name(thread), "capture",
				   O_RDONLY | O_NONBLOCK));
}

static void rules(struct thread *thread)
{
	static const char *const texts[] = {
		"clear", "clear", "clear", "dir=rx drop chance=20",
		"dir=tx drop chance=20", "dir=rx reorder=3 chance=30",
		"dir=tx reorder=3 chance=30", "dir=rx delay=2ms jitter=2ms",
		"dir=tx delay=2ms jitter=2ms", "dir=rx errno=EINVAL chance=10",
		"dir=tx errno=EPROTONOSUPPORT chance=10", "dir=rx truncate=40",
		"dir=tx corrupt bytes=65535", "op=read errno=EINTR every=5",
		"dir=rx rate=10mbit", "dir=tx rate=1000pps",
		"op=poll missed=in every=3",
	};

	lt_control_write(any_name(thread), "faults",
			 texts[any(thread, ARRAY_SIZE(texts))]);
}

static void settings(struct thread *thread)
{
	static const char *const texts[][2] = {
		{ "loopback", "none" }, { "loopback", "echo" },
		{ "loopback", "reflect" }, { "loopback", "peer torture0" },
		{ "loopback", "peer torture1" }, { "link", "down" },
		{ "link", "up" }, { "link", "up" }, { "txqueuelen", "0" },
		{ "txqueuelen", "3" }, { "hold", "0" }, { "hold", "1" },
	};
	int i = any(thread, ARRAY_SIZE(texts));

	lt_control_write(any_name(thread), texts[i][0], texts[i][1]);
	lt_control_read(any_name(thread), any(thread, 2) ? "state" : "stats",
			(char *)thread->buf, 4096);
}

static void ioctls(struct thread *thread)
{
	struct sock_filter code = { BPF_RET | BPF_K, 0, 0, any(thread, 2000) };
	struct sock_fprog filter = { 1, &code };
	int fd = any_file(thread), value = any(thread, 2) ? 2000 : 1 << 20;

	switch (any(thread, 5)) {
	case 0:
		lt_ioctl(fd, TUNSETSNDBUF, &value);
		break;
	case 1:
		lt_ioctl(fd, TUNATTACHFILTER, &filter);
		break;
	case 2:
		lt_ioctl(fd, TUNDETACHFILTER, &filter);
		break;
	case 3:
		lt_ioctl(fd, TUNSETPERSIST, (void *)(unsigned long)any(thread, 2));
		break;
	default:
		value = any(thread, 2);
		lt_ioctl(fd, TUNSETCARRIER, &value);
	}
}

static void wait_for(struct thread *thread)
{
	static const char *const events[] = {
		"attach %s timeout=0.002", "read %s 3 timeout=0.002",
		"write %s 1000000 timeout=0.002", "close %s timeout=0.002",
	};
	char text[64];

	snprintf(text, sizeof(text), events[any(thread, 4)], any_name(thread));
	lt_write_file(LT_DEBUGFS "/wait", text);
}

/* Asleep for what may not come: the signals that go round end it. */
static void sleep_in(struct thread *thread)
{
	static const char *const kinds[] = { "sent", "capture", "inject" };
	int i = any(thread, 5), fd;

	if (i == 3) {
		fd = any_file(thread);
		lt_poll(fd, POLLIN, 2);
		return;
	}
	/* Others have it too, and may attach it to another tunnel meanwhile. */
	if (i == 4) {
		fd = attach_one(thread, 0);
		replace(thread, fd);
		lt_read(fd, thread->buf, sizeof(thread->buf));
		return;
	}
	fd = lt_control(any_name(thread), kinds[i], i == 2 ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		return;
	lt_datagram(thread->buf, 1000, 4, thread->seed);
	if (i == 2)
		lt_write(fd, thread->buf, 1000);
	else
		lt_read(fd, thread->buf, sizeof(thread->buf));
	close(fd);
}

/* Where there is one. */
static void companion(struct thread *thread)
{
	struct ifreq ifr = { .ifr_flags = any(thread, 3) ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr.ifr_name, any_name(thread));
	lt_ioctl(fd, SIOCSIFFLAGS, &ifr);
	ifr.ifr_mtu = 1400 + any(thread, 100);
	lt_ioctl(fd, SIOCSIFMTU, &ifr);
	close(fd);
}

static void (*const acts[])(struct thread *thread) = {
	attach, attach, attach_again, attach_again, create, delete, set_queue,
	set_queue, read_file, read_file, read_file, write_file, write_file,
	write_file, inject, inject, read_sent, read_sent, wire, capture, rules, settings,
	ioctls, wait_for, sleep_in, companion,
};

static void *torture_main(void *arg)
{
	struct thread *thread = arg;

	while (!stop) {
		acts[any(thread, ARRAY_SIZE(acts))](thread);
		thread->done++;
	}
	return NULL;
}

static void wake(int signal)
{
}

static void start(struct __test_metadata *_metadata, struct thread *threads)
{
	struct sigaction action = { .sa_handler = wake };
	int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_NE(SIG_ERR, signal(SIGIO, SIG_IGN));
	for (i = 0; i < FILES; i++)
		files[i] = -1;
	for (i = 0; i < THREADS; i++) {
		threads[i].seed = first_seed * THREADS + i;
		ASSERT_EQ(0, pthread_create(&threads[i].thread, NULL,
					    torture_main, &threads[i]));
	}
}

/* Signals to all, a little after another. */
static void disturb(struct thread *threads, long ns)
{
	struct timespec at = { .tv_nsec = ns };
	sigset_t none;
	int i;

	sigemptyset(&none);
	ppoll(NULL, 0, &at, &none);
	for (i = 0; i < THREADS; i++)
		if (threads[i].thread)
			pthread_kill(threads[i].thread, SIGUSR1);
}

/* Whoever sleeps when it is to stop is woken until all have. */
static void end(struct __test_metadata *_metadata, struct thread *threads)
{
	time_t last = time(NULL) + 60;
	int i, left = THREADS;

	stop = true;
	while (left && time(NULL) < last) {
		disturb(threads, 1000000);
		for (i = 0; i < THREADS; i++)
			if (threads[i].thread &&
			    !pthread_tryjoin_np(threads[i].thread, NULL)) {
				threads[i].thread = 0;
				left--;
			}
	}
	ASSERT_EQ(0, left)
		TH_LOG("threads that do not stop, by seed %u", first_seed);
}

/* Who injected is not known: what the tunnel says is believed. */
static void expect_quiet(struct __test_metadata *_metadata, const char *name)
{
	if (lt_control_write(name, "faults", "clear") < 0)
		return;
	lt_expect_bounds(_metadata, name);
}

FIXTURE(torture) {
};

FIXTURE_VARIANT(torture) {
	const char *parameters;
};

FIXTURE_VARIANT_ADD(torture, alone) {
	.parameters = "",
};

FIXTURE_VARIANT_ADD(torture, companions) {
	.parameters = "netdev=1",
};

FIXTURE_SETUP(torture)
{
	ASSERT_EQ(0, lt_unload("looptun"));
	ASSERT_EQ(0, lt_load(LT_MODULE, variant->parameters));
}

FIXTURE_TEARDOWN(torture)
{
}

/* For as long as is asked: that all have stopped soon after is looked at. */
TEST_F_TIMEOUT(torture, all, 24 * 60 * 60)
{
	static struct thread threads[THREADS];
	unsigned long done = 0;
	time_t last;
	int i;

	last = time(NULL) + seconds / 2;
	start(_metadata, threads);
	while (time(NULL) < last)
		disturb(threads, 5000000);
	end(_metadata, threads);
	for (i = 0; i < NAMES; i++)
		expect_quiet(_metadata, names[i]);
	for (i = 0; i < FILES; i++)
		close(files[i]);
	for (i = 0; i < NAMES; i++)
		lt_delete(names[i]);
	for (i = 0; i < NAMES; i++)
		EXPECT_EQ(-ENOENT, lt_control(names[i], "state", O_RDONLY));
	for (i = 0; i < THREADS; i++) {
		EXPECT_LT(0, threads[i].done);
		done += threads[i].done;
	}
	TH_LOG("%lu acts in %u seconds, seed %u", done, seconds / 2, first_seed);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("LOOPTUN_SECONDS");

	if (text)
		seconds = strtoul(text, NULL, 10);
	if (argc > 2)
		first_seed = strtoul(argv[2], NULL, 10);
	return test_harness_run(argc, argv);
}
