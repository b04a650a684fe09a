// SPDX-License-Identifier: GPL-2.0-only
/* looptun, its control files as the far end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "run.h"

static char inum[32];

static void init(struct diff_run *run)
{
	char text[64] = "";

	if (readlink("/proc/self/ns/net", text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "net:[%31[0-9]]", inum) != 1)
		exit(1);
}

static int control(const struct diff_tunnel *t, const char *file, int oflags)
{
	char path[256];
	int fd, high;

	snprintf(path, sizeof(path), "/sys/kernel/debug/looptun/%s:%s/%s",
		 inum, t->name, file);
	fd = open(path, oflags | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fd;
	/* The sequence's own have the same numbers on both sides. */
	high = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	close(fd);
	return high;
}

static void set(const struct diff_tunnel *t, const char *file, const char *text)
{
	int fd = control(t, file, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "looptun: %s of %s: %m\n", file, t->name);
	close(fd);
}

static bool exists(struct diff_tunnel *t)
{
	int fd = control(t, "link", O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void txqueuelen(struct diff_tunnel *t, int len)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", len);
	set(t, "txqueuelen", text);
}

/* As long as tun.c has it, for what does not fit to be dropped. */
static void created(struct diff_run *run, struct diff_tunnel *t)
{
	t->inject = control(t, "inject_frame", O_WRONLY);
	t->sent = control(t, "sent", O_RDONLY);
	if (t->inject < 0 || t->sent < 0) {
		diff_log(run, " no_control=%s", t->name);
		t->alive = false;
	}
	txqueuelen(t, t->flags & IFF_TUN ? 500 : 1000);
	diff_allowed_hit("txqueuelen");
}

static void link_set(struct diff_tunnel *t, bool up)
{
	set(t, "link", up ? "up" : "down");
}

/* What is not taken is as lost as on the real side. */
static void inject(struct diff_tunnel *t, const void *data, size_t len)
{
	if (write(t->inject, data, len) < 0 && errno != EAGAIN &&
	    errno != ENODEV)
		fprintf(stderr, "looptun: %zu bytes into %s: %m\n", len,
			t->name);
}

/* The header has to have the tunnel's size. */
static void inject_with_header(struct diff_tunnel *t, const void *data,
			       size_t len)
{
	static const char more[64];
	struct iovec iov[] = {
		{ (void *)data, 10 },
		{ (void *)more, t->vnet_len - 10 },
		{ (char *)data + 10, len - 10 },
	};
	int fd = control(t, "inject_vnet", O_WRONLY);

	if (fd < 0)
		return;
	if (writev(fd, iov, 3) < 0 && errno != EAGAIN)
		fprintf(stderr, "looptun: %zu bytes with header: %m\n", len);
	close(fd);
}

static void delete(struct diff_tunnel *t)
{
	set(t, "delete", "1");
}

static void show_sent(struct diff_run *run)
{
	struct diff_tunnel *t;
	ssize_t len;
	char key[16];
	int i;

	for (i = 0; i < run->tunnels; i++) {
		t = &run->tunnel[i];
		if (t->sent < 0)
			continue;
		snprintf(key, sizeof(key), "sent%d", i);
		while ((len = read(t->sent, diff_scratch(), DIFF_MEM_MAX)) >= 0)
			diff_log_frame(run, key, diff_scratch(), len);
	}
}

const struct diff_side diff_looptun = {
	.name = "looptun",
	.device = "/dev/looptun",
	.init = init,
	.exists = exists,
	.created = created,
	.link = link_set,
	.inject = inject,
	.inject_vnet = inject_with_header,
	.txqueuelen = txqueuelen,
	.remove = delete,
	.sent = show_sent,
};
