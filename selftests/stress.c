// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two writers and two readers at once, in both directions: a hundred thousand
 * datagrams (a tenth of that on the debug kernel), none lost, none torn, each
 * writer's in their order. Nothing is timed: who finds no room or no datagram
 * sleeps.
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"

#define WRITERS 2
#define READERS 2
#define MAX_EACH 50000
#define MIN_LEN 28
#define SPREAD 200
#define ROOM 500

/* What a datagram starts with: a header of either mode, then whose it is. */
struct tag {
	__u8 header[16];
	__u32 writer;
	__u32 number;
};

struct writer {
	pthread_t thread;
	int fd;
	__u32 id;
	size_t head;
	bool waits_for_room;
	long failed;
};

struct reader {
	pthread_t thread;
	int fd;
	size_t head;
	bool makes_room;
	/* Of each writer, the number after the last one read. */
	__u32 next[WRITERS];
	const char *failed;
};

/* Datagrams of a writer. */
static int each = MAX_EACH;
/* Datagrams that nobody has set out to read yet. */
static atomic_int left;
/* How often each was read. */
static atomic_uchar times[WRITERS][MAX_EACH];
/*
 * Datagrams that may be written yet: sent drops what it cannot hold. A reader
 * that is slow with one holds the room of those read after it, so there is
 * more only when all of ROOM have been read.
 */
static sem_t room;
static atomic_int read_of_room;

/* Lengths differ, so that borders in the ring fall everywhere. */
static size_t length(__u32 writer, __u32 number)
{
	return MIN_LEN + (number * 7 + writer * 31) % SPREAD;
}

static size_t make(__u8 *buf, __u32 writer, __u32 number)
{
	struct tag tag = { .writer = writer, .number = number };
	size_t len = length(writer, number);

	lt_frame(buf, len, LT_IPV4, number * WRITERS + writer);
	buf[0] = 0x45;
	memcpy(tag.header, buf, sizeof(tag.header));
	memcpy(buf, &tag, sizeof(tag));
	return len;
}

static void *write_all(void *arg)
{
	__u8 buf[LT_PI_LEN + MIN_LEN + SPREAD] = { 0 };
	struct writer *writer = arg;
	__u32 number;
	size_t len;
	long ret;

	for (number = 0; number < each; number++) {
		if (writer->waits_for_room)
			sem_wait(&room);
		len = writer->head;
		len += make(buf + len, writer->id, number);
		ret = lt_write(writer->fd, buf, len);
		if (ret != (long)len)
			writer->failed = ret;
	}
	return NULL;
}

/* What is wrong with this datagram, after the ones this reader has had? */
static const char *check(struct reader *reader, const __u8 *buf, long len)
{
	__u8 want[MIN_LEN + SPREAD];
	struct tag tag;

	if (len < MIN_LEN)
		return "an error, or too short";
	memcpy(&tag, buf, sizeof(tag));
	if (tag.writer >= WRITERS || tag.number >= each)
		return "torn tag";
	if ((size_t)len != make(want, tag.writer, tag.number))
		return "wrong length";
	if (memcmp(want, buf, len))
		return "torn";
	if (tag.number < reader->next[tag.writer])
		return "out of order";
	reader->next[tag.writer] = tag.number + 1;
	if (times[tag.writer][tag.number]++)
		return "twice";
	return NULL;
}

static void make_room(void)
{
	int i;

	if (atomic_fetch_add(&read_of_room, 1) + 1 < ROOM)
		return;
	read_of_room = 0;
	for (i = 0; i < ROOM; i++)
		sem_post(&room);
}

static void *read_all(void *arg)
{
	__u8 buf[LT_PI_LEN + MIN_LEN + SPREAD + 1];
	struct reader *reader = arg;
	const char *failed;
	long ret;

	/* Who gets no number from here knows that nothing more comes. */
	while (atomic_fetch_sub(&left, 1) > 0) {
		ret = lt_read(reader->fd, buf, sizeof(buf));
		if (reader->makes_room)
			make_room();
		failed = check(reader, buf + reader->head, ret - reader->head);
		if (failed)
			reader->failed = failed;
	}
	return NULL;
}

/* A datagram that is lost leaves a reader asleep: the harness ends that. */
static void run(struct __test_metadata *_metadata, struct writer *writers,
		struct reader *readers)
{
	int i, j;

	left = WRITERS * each;
	for (i = 0; i < READERS; i++) {
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL, read_all,
					    &readers[i]));
	}
	for (i = 0; i < WRITERS; i++) {
		writers[i].id = i;
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL, write_all,
					    &writers[i]));
	}
	for (i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		EXPECT_EQ(0, writers[i].failed);
	}
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(NULL, readers[i].failed)
			TH_LOG("reader %d: %s", i, readers[i].failed ?: "");
	}
	for (i = 0; i < WRITERS; i++) {
		for (j = 0; j < each && times[i][j] == 1; j++)
			;
		EXPECT_EQ(each, j);
	}
}

FIXTURE(stress) {
	struct lt_tunnel t;
	size_t head;
};

FIXTURE_VARIANT(stress) {
	int flags;
};

FIXTURE_VARIANT_ADD(stress, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(stress, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(stress)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, 0));
	self->head = lt_pi_len(variant->flags);
	if (lt_kernel_debugs())
		each = MAX_EACH / 10;
}

FIXTURE_TEARDOWN(stress)
{
	lt_tunnel_close(&self->t);
}

/* Two that inject, each by a file of its own; two threads of the program. */
TEST_F(stress, inject)
{
	struct writer writers[WRITERS] = { 0 };
	struct reader readers[READERS] = { 0 };
	int i;

	for (i = 0; i < WRITERS; i++) {
		writers[i].fd = lt_control(self->t.name, "inject_frame",
					   O_WRONLY);
		ASSERT_LE(0, writers[i].fd);
	}
	for (i = 0; i < READERS; i++) {
		readers[i].fd = self->t.fd;
		readers[i].head = self->head;
	}
	run(_metadata, writers, readers);
	EXPECT_EQ(WRITERS * each, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(WRITERS * each, lt_stat(self->t.name, "read_datagrams"));
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLIN, 0));
	lt_expect_sums(_metadata, self->t.name, WRITERS * each);
}

/* The other way. The ring holds more than ROOM datagrams of any length. */
TEST_F(stress, sent)
{
	struct writer writers[WRITERS] = { 0 };
	struct reader readers[READERS] = { 0 };
	int i;

	ASSERT_EQ(0, sem_init(&room, 0, ROOM));
	for (i = 0; i < WRITERS; i++) {
		writers[i].fd = self->t.fd;
		writers[i].head = self->head;
		writers[i].waits_for_room = true;
	}
	for (i = 0; i < READERS; i++) {
		readers[i].fd = lt_control(self->t.name, "sent", O_RDONLY);
		ASSERT_LE(0, readers[i].fd);
		readers[i].makes_room = true;
	}
	run(_metadata, writers, readers);
	EXPECT_EQ(WRITERS * each, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(WRITERS * each, lt_stat(self->t.name, "sent_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "sent_dropped"));
	EXPECT_EQ(0, lt_poll(self->t.sent, POLLIN, 0));
	lt_expect_sums(_metadata, self->t.name, 0);
}

TEST_HARNESS_MAIN
