// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight readers of captures, four writers, and a tunnel that comes and goes
 * under them, for some seconds: LOOPTUN_CAPTURE_SECONDS, or three. Of each
 * tunnel, what the writers were told had been written is what each capture has
 * and has lost, to the packet; what it has is whole and in order.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "pcapfile.h"
#include "sums.h"

#define WRITERS 4
#define READERS 8
/* Bytes of header, then whose datagram it is and which. */
#define HEADER 20
#define MIN_LEN 28
/* Bytes of a queue's ring of sent, which nobody reads, and of a record in it. */
#define RING (256 * 1024)
#define RECORD(len) (16 + ((len) + 7) / 8 * 8)
/* So many packets of each writer are held against those of other captures. */
#define NOTED 4096

/* Their times, noted by whichever capture is the first to show one. */
static atomic_ullong times[WRITERS][NOTED];

/* What each asks for at once: those with little lose packets. */
static const size_t pieces[READERS] = {
	1 << 16, 1 << 16, 4096, 4096, 1500, 1000, 333, 1 << 16,
};

struct writer {
	pthread_t thread;
	int fd;
	__u32 id;
	__u32 written;
};

struct reader {
	pthread_t thread;
	int fd;
	size_t piece;
	/* It begins when all is over. */
	bool last;
	struct pf_capture capture;
	__u32 next[WRITERS];
	__u64 time;
	size_t kept[WRITERS];
	const char *failed;
};

static size_t make(__u8 *buf, __u32 writer, __u32 number)
{
	size_t len = MIN_LEN + (number * 7 + writer * 31) % 400;

	lt_datagram(buf, len, 4, number * WRITERS + writer);
	memcpy(buf + HEADER, &writer, 4);
	memcpy(buf + HEADER + 4, &number, 4);
	return len;
}

static void *write_until_refused(void *arg)
{
	struct writer *writer = arg;
	__u8 buf[MIN_LEN + 400];
	size_t len;
	long ret;

	do {
		len = make(buf, writer->id, writer->written);
		ret = lt_write(writer->fd, buf, len);
	} while (ret == len && ++writer->written);
	close(writer->fd);
	return NULL;
}

/* Time does not go back, and is the same in all captures. */
static bool check_time(struct reader *reader, __u32 writer, __u32 number,
		       __u64 time)
{
	unsigned long long noted = 0;

	if (time < reader->time)
		return false;
	reader->time = time;
	return number >= NOTED ||
	       atomic_compare_exchange_strong(&times[writer][number], &noted,
					      time) || noted == time;
}

static void check_packet(void *arg, size_t i, const struct pf_packet *packet)
{
	__u8 expected[MIN_LEN + 400];
	struct reader *reader = arg;
	__u32 writer, number;

	if (packet->len < MIN_LEN || packet->len != packet->orig) {
		reader->failed = "length";
		return;
	}
	memcpy(&writer, packet->data + HEADER, 4);
	memcpy(&number, packet->data + HEADER + 4, 4);
	if (writer >= WRITERS || number < reader->next[writer]) {
		reader->failed = "order";
		return;
	}
	if (packet->len != make(expected, writer, number) ||
	    memcmp(expected, packet->data, packet->len))
		reader->failed = "bytes";
	else
		reader->next[writer] = number + 1;
	if (packet->comment && !pf_comment(packet, "dropped: sent_full"))
		reader->failed = "comment";
	if (packet->flags != PF_INBOUND || packet->queue != writer)
		reader->failed = "direction or queue";
	if (!check_time(reader, writer, number, packet->time))
		reader->failed = "time";
	/* What has no room was dropped, and that is said of it. */
	if (!packet->comment)
		reader->kept[writer] += RECORD(packet->len);
	if (reader->kept[writer] > RING)
		reader->failed = "no word of what was dropped";
}

static void *read_to_end(void *arg)
{
	struct reader *reader = arg;
	struct pollfd end = { .fd = reader->fd };
	size_t len;
	__u8 *all;

	if (reader->last)
		poll(&end, 1, -1);
	all = pf_slurp(reader->fd, reader->piece, &len);
	pf_parse(all, len, &reader->capture, check_packet, reader);
	free(all);
	close(reader->fd);
	return NULL;
}

static void one_tunnel(struct __test_metadata *_metadata, int round,
		       unsigned long *captured, unsigned long *lost)
{
	const int flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
	struct reader readers[READERS] = { };
	struct writer writers[WRITERS] = { };
	unsigned long written = 0;
	char name[IFNAMSIZ] = "", line[64];
	int i, stats;

	memset(times, 0, sizeof(times));
	snprintf(name, sizeof(name), "cs%d", round);
	snprintf(line, sizeof(line), "%s tun multi_queue", name);
	ASSERT_LT(0, lt_create(line));
	stats = lt_control(name, "stats", O_RDONLY);
	ASSERT_LE(0, stats);
	for (i = 0; i < READERS; i++) {
		readers[i].fd = lt_control(name, "capture", O_RDONLY);
		ASSERT_LE(0, readers[i].fd);
		readers[i].piece = pieces[i];
		readers[i].last = i == READERS - 1;
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL,
					    read_to_end, &readers[i]));
	}
	for (i = 0; i < WRITERS; i++) {
		writers[i].fd = lt_attach(name, flags, 0);
		ASSERT_LE(0, writers[i].fd);
		writers[i].id = i;
	}
	for (i = 0; i < WRITERS; i++) {
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
					    write_until_refused, &writers[i]));
	}
	/* From tunnels hardly begun to some that overrun every ring, sent's too. */
	snprintf(line, sizeof(line), "write %s %d timeout=1000", name,
		 1 + round * 2999 % 9000);
	ASSERT_LT(0, lt_write_file(LT_DEBUGFS "/wait", line));
	EXPECT_EQ(1, lt_delete(name));
	for (i = 0; i < WRITERS; i++) {
		EXPECT_EQ(0, pthread_join(writers[i].thread, NULL));
		written += writers[i].written;
	}
	for (i = 0; i < READERS; i++) {
		EXPECT_EQ(0, pthread_join(readers[i].thread, NULL));
		EXPECT_EQ(NULL, readers[i].failed)
			TH_LOG("reader %d: %s", i, readers[i].failed);
		EXPECT_EQ(NULL, readers[i].capture.wrong)
			TH_LOG("reader %d: %s", i, readers[i].capture.wrong);
		EXPECT_TRUE(readers[i].capture.ended);
		EXPECT_EQ(written, readers[i].capture.packets +
				   readers[i].capture.lost)
			TH_LOG("round %d, reader %d", round, i);
		EXPECT_EQ(written, readers[i].capture.received);
		*captured += readers[i].capture.packets;
		*lost += readers[i].capture.lost;
	}
	lt_expect_sums_of(_metadata, stats, 0, 0);
	close(stats);
}

FIXTURE(captures) {};
FIXTURE_SETUP(captures) {}
FIXTURE_TEARDOWN(captures) {}

TEST_F_TIMEOUT(captures, counts, 290)
{
	const char *seconds = getenv("LOOPTUN_CAPTURE_SECONDS");
	time_t end = time(NULL) + (seconds ? atoi(seconds) : 3);
	unsigned long captured = 0, lost = 0;
	int round;

	for (round = 0; time(NULL) < end || !lost; round++) {
		one_tunnel(_metadata, round, &captured, &lost);
		if (!_metadata->passed)
			break;
	}
	TH_LOG("%d tunnels, %lu packets captured, %lu lost", round, captured,
	       lost);
	EXPECT_LT(0, captured);
}

TEST_HARNESS_MAIN
