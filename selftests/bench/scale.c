// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many tunnels, or many queues: a datagram to each in turn. Set-up of one
 * tunnel is here as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../looptun.h"
#include "bench.h"

#define MOST 4096

static struct bench_pair pair_open(int i)
{
	struct bench_pair pair;
	char name[2 * IFNAMSIZ];

	snprintf(name, sizeof(name), "scale%d", i);
	pair.out = bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI, 0),
			       "TUNSETIFF");
	pair.in = bench_check(lt_control(name, "inject", O_WRONLY), "inject");
	return pair;
}

/* All of them, with the smallest rings and these made. */
static void tunnels_open(struct bench_ends *ends, int count)
{
	bench_check(lt_write_file(RING_KIB, "64"), RING_KIB);
	ends->tunnels = calloc(count, sizeof(*ends->tunnels));
	if (!ends->tunnels)
		bench_die("no memory");
	for (; ends->count < count; ends->count++)
		ends->tunnels[ends->count] = pair_open(ends->count);
	bench_check(lt_write_file(RING_KIB, "256"), RING_KIB);
	do {
		bench_write(ends->tunnels[ends->next].in, ends->len);
		bench_read(ends->tunnels[ends->next].out, ends->len);
		ends->next = (ends->next + 1) % ends->count;
	} while (ends->next);
}

static int tunnels_1_open(struct bench_ends *ends)
{
	tunnels_open(ends, 1);
	return 0;
}

static int tunnels_64_open(struct bench_ends *ends)
{
	tunnels_open(ends, 64);
	return 0;
}

static int tunnels_4096_open(struct bench_ends *ends)
{
	tunnels_open(ends, MOST);
	return 0;
}

static void tunnels_step(struct bench_ends *ends)
{
	struct bench_pair *pair = &ends->tunnels[ends->next];

	ends->next = ends->next + 1 == ends->count ? 0 : ends->next + 1;
	bench_write(pair->in, ends->len);
	bench_read(pair->out, ends->len);
}

/* Several queues of one tunnel; the flow of the datagram chooses one. */
static void queues_open(struct bench_ends *ends, int count)
{
	char name[IFNAMSIZ] = "queues";
	int i;

	ends->tunnels = calloc(count, sizeof(*ends->tunnels));
	if (!ends->tunnels)
		bench_die("no memory");
	for (i = 0; i < count; i++) {
		ends->tunnels[i].in = -1;
		ends->tunnels[i].out =
			bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI |
					      IFF_MULTI_QUEUE, O_NONBLOCK),
				    "TUNSETIFF");
	}
	ends->count = count;
	ends->in = bench_check(lt_control(name, "inject", O_WRONLY), "inject");
	bench_write(ends->in, ends->len);
	for (i = 0; i < count && ends->out < 0; i++)
		if (lt_poll(ends->tunnels[i].out, POLLIN, 0) == POLLIN)
			ends->out = dup(ends->tunnels[i].out);
	bench_read(ends->out, ends->len);
}

static int queues_1_open(struct bench_ends *ends)
{
	queues_open(ends, 1);
	return 0;
}

static int queues_16_open(struct bench_ends *ends)
{
	queues_open(ends, 16);
	return 0;
}

static int queues_16_sent_open(struct bench_ends *ends)
{
	queues_open(ends, 16);
	close(ends->in);
	ends->in = ends->out;
	ends->out = bench_check(lt_control("queues", "sent", O_RDONLY), "sent");
	return 0;
}

const struct bench_path bench_scale_paths[] = {
	{ "inject, read: 1 tunnel", tunnels_1_open, tunnels_step,
	  .sizes = 2 },
	{ "inject, read: 64 tunnels in turn", tunnels_64_open, tunnels_step,
	  .sizes = 2 },
	{ "inject, read: 4096 tunnels in turn", tunnels_4096_open,
	  tunnels_step, .sizes = 2, .steps = 512 },
	{ "inject, read: multi-queue with 1 queue", queues_1_open, bench_move,
	  .sizes = 2 },
	{ "inject, read: 16 queues, chosen by flow", queues_16_open,
	  bench_move, .sizes = 2 },
	{ "write, sent: 16 queues", queues_16_sent_open, bench_move,
	  .sizes = 2 },
	{ }
};

static int nothing_open(struct bench_ends *ends)
{
	return 0;
}

static void looptun_setup_step(struct bench_ends *ends)
{
	char name[IFNAMSIZ] = "setup";

	close(bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI, 0), "TUNSETIFF"));
}

static void tun_setup_step(struct bench_ends *ends)
{
	char name[IFNAMSIZ] = "setup";

	close(bench_tun_open_device(name));
}

/*
 * Others are there already, their names numbered from 0, and no program has them
 * open: to look for a descriptor among many is another cost.
 */
static void idle_make(int count, bool create)
{
	char name[2 * IFNAMSIZ];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), create ? "idle%d tun" : "idle%d", i);
		bench_check(create ? lt_create(name) : lt_delete(name), name);
	}
}

static int idle_256_open(struct bench_ends *ends)
{
	idle_make(256, true);
	return 0;
}

static int idle_4096_open(struct bench_ends *ends)
{
	idle_make(MOST, true);
	return 0;
}

static void idle_256_close(struct bench_ends *ends)
{
	idle_make(256, false);
}

static void idle_4096_close(struct bench_ends *ends)
{
	idle_make(MOST, false);
}

static void looptun_number_step(struct bench_ends *ends)
{
	char name[IFNAMSIZ] = "idle%d";

	close(bench_check(lt_attach(name, IFF_TUN | IFF_NO_PI, 0), "TUNSETIFF"));
}

const struct bench_path bench_setup_paths[] = {
	{ "tun.ko: open, TUNSETIFF, close", nothing_open, tun_setup_step,
	  .steps = 8, .sizes = 1 },
	{ "tun.ko: the same, without waiting", nothing_open, tun_setup_step,
	  .steps = 8, .sizes = 1, .clock = bench_processor_clock },
	{ "looptun: open, TUNSETIFF, close", nothing_open, looptun_setup_step,
	  .steps = 32, .sizes = 1 },
	{ "looptun: the same, without waiting", nothing_open,
	  looptun_setup_step, .steps = 32, .sizes = 1,
	  .clock = bench_processor_clock },
	{ "looptun: a name, beside 256 tunnels", idle_256_open,
	  looptun_setup_step, .close = idle_256_close, .steps = 32,
	  .sizes = 1, .clock = bench_processor_clock },
	{ "looptun: a name, beside 4096 tunnels", idle_4096_open,
	  looptun_setup_step, .close = idle_4096_close, .steps = 32,
	  .sizes = 1, .clock = bench_processor_clock },
	{ "looptun: a number, beside 256 tunnels", idle_256_open,
	  looptun_number_step, .close = idle_256_close, .steps = 32,
	  .sizes = 1, .clock = bench_processor_clock },
	{ "looptun: a number, beside 4096 tunnels", idle_4096_open,
	  looptun_number_step, .close = idle_4096_close, .steps = 32,
	  .sizes = 1, .clock = bench_processor_clock },
	{ }
};
