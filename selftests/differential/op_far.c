// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of the far end, on the tunnel that a file was attached to last. A
 * tunnel that is gone, or down where that stops the real far end, is passed
 * over on both sides.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ops.h"

/* One that takes what the far end sends. */
static struct diff_tunnel *up(struct diff_run *run, int slot)
{
	struct diff_tunnel *t = diff_alive(run, slot);

	if (!t || t->up)
		return t;
	diff_log(run, " down");
	diff_allowed_hit("link-down");
	return NULL;
}

/* f, link */
void diff_op_link(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);

	if (!t)
		return;
	if (arg[1] == 2)
		run->side->link(t, false);
	run->side->link(t, arg[1]);
	t->up = arg[1];
	diff_log(run, " done");
}

/* How the stack would distribute over queues is not compared: choose one. */
static void steer(struct diff_run *run, struct diff_tunnel *t, int queue)
{
	int program = -1, fd = diff_tunnel_fd(run, t);

	if (!(t->flags & IFF_MULTI_QUEUE) || t->steered || fd < 0)
		return;
	if (queue >= 0)
		program = diff_bpf(BPF_PROG_TYPE_SOCKET_FILTER, queue);
	if (ioctl(fd, TUNSETSTEERINGEBPF, &program))
		diff_log(run, " no_steering=%d", errno);
	if (program >= 0)
		close(program);
	diff_allowed_hit("queue-hash");
}

/* Without carrier neither sends; the real stack finds out about it late. */
static void carrier(struct diff_run *run, struct diff_tunnel *t)
{
	int on = 1, fd = diff_tunnel_fd(run, t);

	if (fd >= 0 && !ioctl(fd, TUNSETCARRIER, &on))
		diff_allowed_hit("carrier");
}

static void frame_to(__u8 *at, size_t len, long body, long dst,
		     __u32 seed)
{
	static const __u8 to[][6] = {
		{ 0x0a, 1, 2, 3, 4, 5 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 },
		{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x01 },
		{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x02 },
		{ 0x02, 0x00, 0x00, 0x00, 0x00, 0x09 },
	};

	memcpy(at, to[dst], 6);
	memset(at + 6, 0x0c, 6);
	at[12] = (body & 0xff) == 6 ? 0x86 : (body & 0xff) == 4 ? 8 : 0x12;
	at[13] = (body & 0xff) == 6 ? 0xdd : (body & 0xff) == 4 ? 0 : 0x34;
	diff_datagram(at + 14, len - 14, body, seed);
}

/* A length that the real far end can send. */
static size_t clamp_len(const struct diff_tunnel *t, long len)
{
	long least = t->flags & IFF_TUN ? 1 : 14;

	if (len > 65535)
		len = 65535;
	return len < least ? least : len;
}

static size_t compose(struct diff_run *run, const struct diff_tunnel *t,
		      __u8 *at, const long *arg)
{
	size_t len = clamp_len(t, arg[0]);

	if (t->flags & IFF_TUN)
		diff_datagram(at, len, arg[1], run->step);
	else
		frame_to(at, len, arg[1], arg[2], run->step);
	return len;
}

/* f, q, len, body, dst */
void diff_op_inject(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = up(run, arg[0]);
	size_t len;

	if (!t)
		return;
	len = compose(run, t, diff_scratch(), arg + 2);
	carrier(run, t);
	steer(run, t, arg[1]);
	run->side->inject(t, diff_scratch(), len);
	steer(run, t, -1);
	t->len = len;
	diff_log(run, " injected=%zu", len);
}

static int vnet_len(struct diff_run *run, struct diff_tunnel *t)
{
	int len = 0, fd = diff_tunnel_fd(run, t);

	if (!(t->flags & IFF_VNET_HDR) || fd < 0 ||
	    ioctl(fd, TUNGETVNETHDRSZ, &len))
		return 0;
	return len;
}

/*
 * f, kind, len, size: with a header that says what the stack left undone. Only
 * to a tunnel that takes it as it is: the real stack does the rest itself.
 */
void diff_op_inject_vnet(struct diff_run *run, const long *arg)
{
	static const __u8 flags[] = { 0, 1, 1, 1 }, gso[] = { 0, 0, 1, 4 };
	static const long bodies[] = { 0x104, 0x104, 0x104, 0x106 };
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	__u8 *at = diff_scratch();
	__u16 fields[4];
	long len, eth, ip, size;

	if (!t)
		return;
	t->vnet_len = vnet_len(run, t);
	if (!t->up || (t->offload & 7) != 7 || t->vnet_len < 10 ||
	    t->vnet_len > 64) {
		diff_log(run, " not_now");
		return;
	}
	eth = t->flags & IFF_TUN ? 0 : 14;
	ip = bodies[arg[1]] == 0x106 ? 40 : 20;
	len = clamp_len(t, arg[2] < 200 ? 200 : arg[2] > 1500 ? 1500 : arg[2]);
	if (eth)
		frame_to(at + 10, len, bodies[arg[1]], 0, run->step);
	else
		diff_datagram(at + 10, len, bodies[arg[1]], run->step);
	/* The real stack does not pass for segments what fits into one. */
	size = len - eth - ip - sizeof(struct tcphdr) - 1;
	if (arg[3] < size)
		size = arg[3];
	/* A short packet of the stack is all head, and says so. */
	fields[0] = gso[arg[1]] ? len : 0;
	fields[1] = gso[arg[1]] ? size : 0;
	fields[2] = flags[arg[1]] ? eth + ip : 0;
	fields[3] = flags[arg[1]] ? 16 : 0;
	at[0] = flags[arg[1]];
	at[1] = gso[arg[1]];
	memcpy(at + 2, fields, 8);
	carrier(run, t);
	steer(run, t, 0);
	run->side->inject_vnet(t, at, 10 + len);
	steer(run, t, -1);
	t->len = len;
	diff_log(run, " injected=%ld", len);
}

/* f, count: as many short ones, each with its number in it */
void diff_op_flood(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = up(run, arg[0]);
	size_t len;
	int i;

	if (!t)
		return;
	len = compose(run, t, diff_scratch(), (long []){ 40, 4, 1 });
	carrier(run, t);
	steer(run, t, 0);
	for (i = 0; i < arg[1]; i++) {
		memcpy(diff_scratch() + 30, &i, sizeof(i));
		run->side->inject(t, diff_scratch(), len);
	}
	steer(run, t, -1);
	t->len = len;
	diff_log(run, " injected=%ldx%zu", arg[1], len);
}

/* f, len */
void diff_op_txqueuelen(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);

	if (!t)
		return;
	run->side->txqueuelen(t, arg[1]);
	diff_log(run, " done");
}

/* f: what was written until now is looked at first, looptun drops it */
void diff_op_delete(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);

	if (!t)
		return;
	diff_op_sent(run, NULL);
	run->side->remove(t);
	t->alive = false;
	diff_log(run, " done");
}

void diff_op_sent(struct diff_run *run, const long *arg)
{
	run->backlog = 0;
	run->side->sent(run);
}

/* f: is there an interface of the tunnel's name? */
void diff_op_interface(struct diff_run *run, const long *arg)
{
	struct diff_tunnel *t = diff_alive(run, arg[0]);
	struct ifreq ifr = {};
	int fd;

	if (!t)
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(ifr.ifr_name, t->name, IFNAMSIZ);
	diff_log_ret(run, diff_ret(ioctl(fd, SIOCGIFMTU, &ifr)));
	close(fd);
}
