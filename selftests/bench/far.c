// SPDX-License-Identifier: GPL-2.0-only
/* The ways of a datagram through looptun, all with a TUN that has no PI header. */
#include <linux/looptun.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../looptun.h"
#include "bench.h"

#define FLAGS (IFF_TUN | IFF_NO_PI)

static int tunnel_open(char *name)
{
	strcpy(name, "bench%d");
	return bench_check(lt_attach(name, FLAGS, 0), "TUNSETIFF");
}

/* A control file, or BENCH_ABSENT as a negative number. */
static int control(const char *name, const char *file, int oflags)
{
	int fd = lt_control(name, file, oflags);

	return fd == -ENOENT ? -BENCH_ABSENT : bench_check(fd, file);
}

/* Write a setting, BENCH_ABSENT if there is no such file. */
static int set(const char *name, const char *file, const char *text)
{
	long ret = lt_control_write(name, file, text);

	if (ret == -ENOENT)
		return BENCH_ABSENT;
	bench_check(ret, file);
	return 0;
}

int bench_inject_open(struct bench_ends *ends)
{
	ends->out = tunnel_open(ends->name);
	ends->in = control(ends->name, "inject", O_WRONLY);
	return 0;
}

int bench_sent_open(struct bench_ends *ends)
{
	ends->in = tunnel_open(ends->name);
	ends->out = control(ends->name, "sent", O_RDONLY);
	return 0;
}

static int epoll_open(struct bench_ends *ends)
{
	bench_inject_open(ends);
	bench_epoll_open(ends);
	return 0;
}

static int answer_open(struct bench_ends *ends)
{
	bench_inject_open(ends);
	bench_answer_open(ends, ends->out, ends->out);
	ends->extra[0] = ends->out;
	ends->out = control(ends->name, "sent", O_RDONLY);
	return 0;
}

/* What it writes it reads; what is kept for sent is read as well, uncounted. */
static int echo_open(struct bench_ends *ends)
{
	ends->in = tunnel_open(ends->name);
	ends->out = ends->in;
	ends->extra[0] = control(ends->name, "sent", O_RDONLY | O_NONBLOCK);
	return set(ends->name, "loopback", "echo");
}

/* One whose other reader keeps up, on its own time. */
static void watched_step(struct bench_ends *ends)
{
	bench_move(ends);
	bench_pause(ends);
	while (read(ends->extra[0], bench_got, sizeof(bench_got)) > 0)
		;
	bench_resume(ends);
}

static int peer_open(struct bench_ends *ends)
{
	char line[64], other[IFNAMSIZ];

	ends->in = tunnel_open(ends->name);
	ends->out = tunnel_open(other);
	ends->extra[0] = control(ends->name, "sent", O_RDONLY | O_NONBLOCK);
	snprintf(line, sizeof(line), "peer %s", other);
	return set(ends->name, "loopback", line);
}

/* The far end as a descriptor; a module without it has no such ioctl. */
static int wire(int fd)
{
	int ret = lt_ret(ioctl(fd, LOOPTUN_OPEN_WIRE, 0));

	return ret == -EINVAL || ret == -ENOTTY ? -BENCH_ABSENT :
						  bench_check(ret, "wire");
}

static int wire_in_open(struct bench_ends *ends)
{
	ends->out = tunnel_open(ends->name);
	ends->in = wire(ends->out);
	return ends->in < 0 ? BENCH_ABSENT : 0;
}

static int wire_out_open(struct bench_ends *ends)
{
	ends->in = tunnel_open(ends->name);
	ends->out = wire(ends->in);
	return ends->out < 0 ? BENCH_ABSENT : 0;
}

/* As many datagrams as a ring surely takes, in one stream of pcap. */
#define REPLAY_BYTES (128 * 1024)

static __u8 stream[2 * REPLAY_BYTES];
static size_t stream_len;

static void put32(size_t at, __u32 value)
{
	memcpy(stream + at, &value, sizeof(value));
}

static void stream_make(size_t len, int count)
{
	size_t at = 24;
	int i;

	memset(stream, 0, at);
	put32(0, 0xa1b2c3d4);
	put32(4, 2 | 4 << 16);
	put32(16, BENCH_LARGEST);
	put32(20, 101);		/* LINKTYPE_RAW */
	for (i = 0; i < count; i++) {
		memset(stream + at, 0, 8);
		put32(at + 8, len);
		put32(at + 12, len);
		memcpy(stream + at + 16, bench_data, len);
		at += 16 + len;
	}
	stream_len = at;
}

static int replay_open(struct bench_ends *ends)
{
	ends->out = tunnel_open(ends->name);
	ends->in = control(ends->name, "replay", O_WRONLY);
	if (ends->in < 0)
		return BENCH_ABSENT;
	ends->once = REPLAY_BYTES / (ends->len + 64);
	stream_make(ends->len, ends->once);
	return 0;
}

/* What the program reads is not counted: it reads as it always does. */
static void replay_step(struct bench_ends *ends)
{
	int i;

	if (write(ends->in, stream, stream_len) != (ssize_t)stream_len)
		bench_die("replay: %m");
	bench_pause(ends);
	for (i = 0; i < ends->once; i++)
		bench_read(ends->out, ends->len);
	close(ends->in);
	ends->in = control(ends->name, "replay", O_WRONLY);
	bench_resume(ends);
}

static int capture_open(struct bench_ends *ends)
{
	bench_inject_open(ends);
	ends->extra[0] = control(ends->name, "capture", O_RDONLY | O_NONBLOCK);
	return ends->extra[0] < 0 ? BENCH_ABSENT : 0;
}

/* Rules that are looked at and do not fire. */
static int rules_open(struct bench_ends *ends)
{
	int i;

	bench_inject_open(ends);
	for (i = 0; i < 100; i++)
		if (set(ends->name, "faults", "dir=rx drop len=65535-65535"))
			return BENCH_ABSENT;
	return 0;
}

const struct bench_path bench_far_paths[] = {
	{ "inject, read", bench_inject_open, bench_move },
	{ "write, sent", bench_sent_open, bench_move },
	{ "inject, epoll, read", epoll_open, bench_epoll_step },
	{ "inject, read, write, sent: two processes", answer_open,
	  bench_move },
	{ "wire: write, read", wire_in_open, bench_move },
	{ "write, wire: read", wire_out_open, bench_move },
	{ "replay, a datagram", replay_open, replay_step, .steps = 4 },
	{ "echo: write, read", echo_open, watched_step },
	{ "peer: write, read", peer_open, watched_step },
	{ "inject, read, capture on", capture_open, watched_step },
	{ "inject, read, 100 rules", rules_open, bench_move },
	{ }
};
