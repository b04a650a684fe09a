// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet files of others, see suites: files replay DIRECTORY, in the guest, replays
 * each file there to a TUN tunnel and to a TAP one, and prints what a program
 * reads: name, kind, packets, digest, whether the replay was refused. files digest
 * DIRECTORY, on the host, prints as much of files of pcap that others have
 * written: name, kind or another link type, packets, digest.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../looptun.h"

#define LONGEST 262144

static __u8 data[LONGEST + 1];
static unsigned int packets;
static __u64 digest;

static void begin(void)
{
	packets = 0;
	digest = 14695981039346656037ULL;
}

/* FNV-1a of the lengths and the bytes, in their order. */
static void mix(const void *bytes, size_t len)
{
	const __u8 *at = bytes;

	while (len--)
		digest = (digest ^ *at++) * 1099511628211ULL;
}

static void take(size_t len)
{
	__u32 size = len;

	packets++;
	mix(&size, sizeof(size));
	mix(data, len);
}

static int drain(const struct lt_tunnel *t)
{
	long len;

	while ((len = lt_read(t->fd, data, sizeof(data))) >= 0)
		take(len);
	return len == -EAGAIN ? 0 : 1;
}

/* A file in pieces of any size, as the program makes room. */
static int replay(const struct lt_tunnel *t, const char *name, FILE *file)
{
	long before = lt_stat(t->name, "replay_errors"), done;
	int fd = lt_control(t->name, "replay", O_WRONLY | O_NONBLOCK), ret = 0;
	static __u8 piece[5000];
	size_t n, at;

	begin();
	while (fd >= 0 && !ret && (n = fread(piece, 1, sizeof(piece), file))) {
		for (at = 0; at < n && !ret; at += done) {
			done = lt_write(fd, piece + at, n - at);
			ret = drain(t);
			if (done < 0 && done != -EAGAIN)
				break;
			if (done < 0)
				done = 0;
		}
		if (at < n)
			break;
	}
	if (fd < 0 || ret || ferror(file))
		return 1;
	close(fd);
	printf("%s %s %u %016llx %ld\n", name, lt_tap(t->flags) ? "tap" : "tun",
	       packets, digest, lt_stat(t->name, "replay_errors") - before);
	return drain(t);
}

static int replay_to_both(const char *name)
{
	static struct lt_tunnel tunnels[2];
	int ret = 0;
	size_t i;

	for (i = 0; i < 2 && !ret; i++) {
		FILE *file = fopen(name, "r");

		if (!file)
			return 1;
		if (!tunnels[i].name[0])
			ret = lt_tunnel_open(&tunnels[i], IFF_NO_PI |
					     (i ? IFF_TAP : IFF_TUN), O_NONBLOCK);
		ret = ret ?: replay(&tunnels[i], name, file);
		fclose(file);
	}
	return ret;
}

/* What is shorter can be no frame, and is passed over by a replay. */
static int digest_of(const char *name)
{
	FILE *file = fopen(name, "r");
	__u32 header[6], record[4];
	size_t least;

	begin();
	if (!file || fread(header, sizeof(header), 1, file) != 1)
		return 1;
	/* Above the type is what it says of the FCS. */
	header[5] &= 0xffff;
	least = header[5] == 1 ? LT_ETHER_LEN : 1;
	while (fread(record, sizeof(record), 1, file) == 1) {
		if (record[2] > LONGEST ||
		    fread(data, 1, record[2], file) != record[2])
			return 1;
		if (record[2] >= least)
			take(record[2]);
	}
	fclose(file);
	if (header[5] == 1)
		printf("%s tap", name);
	else if (header[5] == 101 || header[5] == 228 || header[5] == 229)
		printf("%s tun", name);
	else
		printf("%s %u", name, header[5]);
	printf(" %u %016llx\n", packets, digest);
	return 0;
}

int main(int argc, char **argv)
{
	int (*each)(const char *name) = digest_of;
	struct dirent **entries;
	int i, n, ret = 0;

	if (argc != 3 || chdir(argv[2]))
		return 2;
	if (!strcmp(argv[1], "replay"))
		each = replay_to_both;
	n = scandir(".", &entries, NULL, alphasort);
	for (i = 0; i < n && !ret; i++)
		if (entries[i]->d_name[0] != '.')
			ret = each(entries[i]->d_name);
	if (ret)
		fprintf(stderr, "%s failed\n", entries[i - 1]->d_name);
	return ret || n <= 2;
}
