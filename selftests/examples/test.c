// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest complete test of a tun client, in C: does it answer a ping?
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOPTUN "/sys/kernel/debug/looptun/"

static const unsigned char request[] = {
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0xf6, 0xdd,
	192, 0, 2, 1, 192, 0, 2, 2, 8, 0, 0xf7, 0xfd, 0, 1, 0, 1,
};

static const unsigned char reply[] = {
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0xf6, 0xdd,
	192, 0, 2, 2, 192, 0, 2, 1, 0, 0, 0xff, 0xfd, 0, 1, 0, 1,
};

/* One write is one command, or one datagram. */
static void control(const char *file, const void *data, size_t len)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
		perror(file);
		exit(1);
	}
	close(fd);
}

static void command(const char *file, const char *line)
{
	control(file, line, strlen(line));
}

static void end(void)
{
	command(LOOPTUN "ping0/delete", "1");
}

int main(void)
{
	unsigned char sent[65536];
	int fd, len;

	command(LOOPTUN "create", "ping0 tun");
	if (!fork()) {
		execl("./client", "client", "/dev/looptun", "ping0", NULL);
		_exit(127);
	}
	/* Takes the client along: its read(2) fails. */
	atexit(end);
	command(LOOPTUN "wait", "attach ping0 timeout=10");

	control(LOOPTUN "ping0/inject", request, sizeof(request));
	command(LOOPTUN "wait", "write ping0 1 timeout=10");
	fd = open(LOOPTUN "ping0/sent", O_RDONLY);
	len = read(fd, sent, sizeof(sent));
	if (len != sizeof(reply) || memcmp(sent, reply, len)) {
		puts("the client answered something else");
		return 1;
	}
	puts("the client answered the ping");
	return 0;
}
