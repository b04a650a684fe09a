// SPDX-License-Identifier: GPL-2.0-only
/* The tunnels of a run, as the tester has seen them come and go. */
#include <errno.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>

#include "run.h"

/* The tunnel that the file was attached to last, or NULL. */
struct diff_tunnel *diff_tunnel_of(struct diff_run *run, int slot)
{
	int i = run->tunnel_of[slot];

	return i < 0 ? NULL : &run->tunnel[i];
}

/* Note which are gone. Between two calls at most one may come. */
void diff_tunnels_refresh(struct diff_run *run)
{
	struct diff_tunnel *t;

	for (t = run->tunnel; t < run->tunnel + run->tunnels; t++)
		if (t->alive && !run->side->exists(t))
			t->alive = false;
}

static struct diff_tunnel *find(struct diff_run *run, const char *name)
{
	struct diff_tunnel *t;

	for (t = run->tunnel; t < run->tunnel + run->tunnels; t++)
		if (t->alive && !strcmp(t->name, name))
			return t;
	return NULL;
}

/* The address that TAP begins with is random: give it one to compare. */
static void fix_address(struct diff_run *run, int fd)
{
	struct ifreq ifr = {};
	__u8 *mac = (__u8 *)ifr.ifr_hwaddr.sa_data;

	if (!(diff_classes & 1u << DIFF_HWADDR))
		return;
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		diff_log(run, " no_address=%d", errno);
	else
		diff_log(run, " address=%d:%d", ifr.ifr_hwaddr.sa_family,
			 *mac & 3);
	memcpy(mac, "\x02\0\0\0\0\xaa", 6);
	if (ioctl(fd, SIOCSIFHWADDR, &ifr))
		diff_log(run, " no_new_address=%d", errno);
	diff_allowed_hit("mac");
}

/* A TUNSETIFF with these flags may have attached the file. */
void diff_tunnels_attached(struct diff_run *run, int slot, unsigned int flags)
{
	const unsigned int type = IFF_TUN | IFF_TAP;
	struct ifreq ifr = {};
	struct diff_tunnel *t;

	if (ioctl(run->fd[slot], TUNGETIFF, &ifr))
		return;
	t = find(run, ifr.ifr_name);
	if (t) {
		/* The type is for life, and a file is attached once. */
		if (!(t->flags & IFF_MULTI_QUEUE) &&
		    run->tunnel_of[slot] != t - run->tunnel)
			t->flags = (flags & ~type) | (t->flags & type);
	} else if (run->tunnels < DIFF_TUNNELS) {
		t = &run->tunnel[run->tunnels++];
		*t = (struct diff_tunnel){
			.flags = flags, .alive = true, .up = true, .len = 60,
			.inject = -1, .sent = -1,
		};
		strcpy(t->name, ifr.ifr_name);
		if (flags & IFF_TUN)
			t->flags &= ~IFF_TAP;
		run->side->created(run, t);
		if (!(flags & IFF_TUN))
			fix_address(run, run->fd[slot]);
	} else {
		return;
	}
	run->tunnel_of[slot] = t - run->tunnel;
}

/* What is to be asked of who attaches by this name? IFNAMSIZ bytes. */
const char *diff_tunnels_ask(struct diff_run *run, const char *name)
{
	char whole[IFNAMSIZ + 1] = "";
	struct diff_tunnel *t;

	memcpy(whole, name, strnlen(name, IFNAMSIZ - 1));
	t = find(run, whole);
	return !t ? "new" : t->owned ? "owned" : "free";
}

/* The tunnel of that file, if it is there still; otherwise the operation is passed over. */
struct diff_tunnel *diff_alive(struct diff_run *run, int slot)
{
	struct diff_tunnel *t;

	diff_tunnels_refresh(run);
	t = diff_tunnel_of(run, slot);
	if (t && t->alive)
		return t;
	diff_log(run, " skip");
	return NULL;
}

/* A file of the tunnel, or -1. */
int diff_tunnel_fd(struct diff_run *run, const struct diff_tunnel *t)
{
	struct ifreq ifr;
	int i;

	for (i = 0; i < DIFF_FILES; i++) {
		memset(&ifr, 0, sizeof(ifr));
		if (run->fd[i] >= 0 && !ioctl(run->fd[i], TUNGETIFF, &ifr) &&
		    !strcmp(ifr.ifr_name, t->name))
			return run->fd[i];
	}
	return -1;
}

/* Bytes of header on the descriptor, as far as the tester knows. */
int diff_header(const struct diff_run *run, int slot)
{
	const struct diff_tunnel *t =
		diff_tunnel_of((struct diff_run *)run, slot);
	int vnet = 0;

	if (!t)
		return 4;
	if (t->flags & IFF_VNET_HDR &&
	    ioctl(run->fd[slot], TUNGETVNETHDRSZ, &vnet))
		vnet = 0;
	if (vnet > 64)
		vnet = 64;
	return (t->flags & IFF_NO_PI ? 0 : 4) + vnet;
}

long diff_length(long symbolic, long hdr, long payload)
{
	long delta = (symbolic & 0xffff) - 16;

	switch (symbolic & ~0xffffL) {
	case DIFF_LEN_HDR:
		symbolic = hdr + delta;
		break;
	case DIFF_LEN_ALL:
		symbolic = hdr + payload + delta;
		break;
	case DIFF_LEN_PAYLOAD:
		symbolic = payload + delta;
		break;
	}
	return symbolic < 0 ? 0 : symbolic;
}
