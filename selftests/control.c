// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control files other than those that carry datagrams: version, create,
 * delete, link, state, stats. A value refused changes nothing.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"

static __u8 data[128], got[256];

static void expect_state(struct __test_metadata *_metadata, const char *tunnel,
			 const char *line)
{
	char state[1024];

	EXPECT_TRUE(lt_state_has(tunnel, line)) {
		lt_control_read(tunnel, "state", state, sizeof(state));
		TH_LOG("no '%s' in\n%s", line, state);
	}
}

static bool tunnel_exists(const char *tunnel)
{
	char path[256];

	lt_path(path, sizeof(path), tunnel, ".");
	return !access(path, F_OK);
}

/* The directory of a tunnel of this network namespace that needs its number. */
static void numbered(char *tunnel, size_t size, const char *name)
{
	struct stat st;

	stat("/proc/self/ns/net", &st);
	snprintf(tunnel, size, "%lu:%s", (unsigned long)st.st_ino, name);
}

TEST(version)
{
	char text[64];

	EXPECT_EQ(2, lt_read_file(LT_DEBUGFS "/version", text, sizeof(text)));
	EXPECT_STREQ("1\n", text);
}

TEST(create)
{
	static const struct {
		const char *line, *name, *mode, *owner;
		int flags;
	} rows[] = {
		{ "cr0 tun", "cr0", "mode tun", "owner -1", IFF_TUN },
		{ "cr1 tap\n", "cr1", "mode tap", "owner -1", IFF_TAP },
		{ "cr2 tun owner=1000\n", "cr2", "mode tun", "owner 1000",
		  IFF_TUN },
		{ "cr%d tap owner=0", "cr0", "mode tap", "owner 0", IFF_TAP },
		{ "cr3 tap multi_queue", "cr3", "mode tap", "owner -1",
		  IFF_TAP | IFF_MULTI_QUEUE },
	};
	char name[IFNAMSIZ];
	struct ifreq ifr;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(strlen(rows[i].line), lt_create(rows[i].line))
			TH_LOG("%s", rows[i].line);
		expect_state(_metadata, rows[i].name, rows[i].mode);
		expect_state(_metadata, rows[i].name, rows[i].owner);
		expect_state(_metadata, rows[i].name, "creator 0");
		expect_state(_metadata, rows[i].name, "link up");
		/* As `ip tuntap add` makes one: it waits for its program. */
		strcpy(name, rows[i].name);
		fd = lt_attach(name, rows[i].flags, 0);
		EXPECT_LE(0, fd);
		EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, &ifr));
		EXPECT_EQ(rows[i].flags | IFF_PERSIST | IFF_NOFILTER,
			  (__u16)ifr.ifr_flags);
		close(fd);
		EXPECT_EQ(1, lt_delete(rows[i].name));
		EXPECT_FALSE(tunnel_exists(rows[i].name));
	}
}

TEST(create_refused)
{
	static const char *const rows[] = {
		"", "\n", "bad", "bad\n", "bad tun tap", "bad ton", "bad tunx",
		"bad TUN", "bad tun\nbad2 tun", "bad tun\n\n", "a/b tun",
		"a:b tun", ". tun", "all tun", "bad tun owner=",
		"bad tun owner=x", "bad tun owner=-1", "bad tun owner=1x",
		"bad tun owner=4294967296", "bad tun group=1", "tun",
		"bad tun persist", "a%d%d tun",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, lt_create(rows[i]))
			TH_LOG("'%s'", rows[i]);
		EXPECT_FALSE(tunnel_exists("bad"));
		EXPECT_FALSE(tunnel_exists("bad2"));
	}
}

TEST(create_taken)
{
	char name[IFNAMSIZ] = "taken%d", line[32];
	int fd = lt_attach(name, IFF_TUN, 0);

	/* A real interface has it. */
	EXPECT_EQ(-EEXIST, lt_create("lo tun"));
	snprintf(line, sizeof(line), "%s tun", name);
	EXPECT_EQ(-EEXIST, lt_create(line));
	snprintf(line, sizeof(line), "%s tap", name);
	EXPECT_EQ(-EEXIST, lt_create(line));
	/* It was not made persistent by the way. */
	close(fd);
	EXPECT_FALSE(tunnel_exists(name));
	EXPECT_EQ(strlen(line), lt_create(line));
	EXPECT_EQ(-EEXIST, lt_create(line));
	EXPECT_EQ(1, lt_delete(name));
}

/* A program may use any name; the control files keep theirs. */
TEST(names_of_control_files)
{
	static const char *const names[] = { "version", "create", "tunnel" };
	char name[IFNAMSIZ], number[64];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *directory = i < 2 ? number : name;

		strcpy(name, names[i]);
		numbered(number, sizeof(number), name);
		fd = lt_attach(name, IFF_TUN, 0);
		ASSERT_LE(0, fd);
		EXPECT_STREQ(names[i], name);
		EXPECT_TRUE(tunnel_exists(directory))
			TH_LOG("%s", directory);
		EXPECT_NE(tunnel_exists(name), tunnel_exists(number));
		close(fd);
		EXPECT_FALSE(tunnel_exists(directory));
	}
}

/* The last line of the module in the kernel's log, after its name. */
static void last_logged(int kmsg, char *line, size_t size)
{
	static const char name[] = "looptun: ";
	char record[1024], *at;
	long len;

	*line = '\0';
	for (;;) {
		len = lt_read(kmsg, record, sizeof(record) - 1);
		if (len <= 0)
			return;
		record[len] = '\0';
		at = strstr(record, name);
		if (!at)
			continue;
		snprintf(line, size, "%.*s",
			 (int)strcspn(at + strlen(name), "\n"),
			 at + strlen(name));
	}
}

/* Only so many lines are taken in a while; a module that is new takes them all. */
static void load_again(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, lt_unload("looptun"));
	ASSERT_EQ(0, lt_load(LT_MODULE, ""));
	ASSERT_EQ(10, lt_create("words0 tun"));
	ASSERT_EQ(10, lt_create("words1 tap"));
}

/* Longer than a line may be, once it is filled. */
static char long_line[4098];

static const struct {
	const char *tunnel, *file, *text, *line;
	int ret;
} word_rows[] = {
	{ "words0", "link", "Up",
	  "words0: link: \"Up\": expected up or down",
	  -EINVAL },
	{ "words0", "link", "",
	  "words0: link: \"\": expected up or down",
	  -EINVAL },
	{ "words0", "link", "up\n\n",
	  "words0: link: \"\": expected one line of at most 4096 bytes",
	  -EINVAL },
	{ "words0", "link", long_line,
	  "words0: link: \"\": expected one line of at most 4096 bytes",
	  -EINVAL },
	{ "words0", "link", "u\033[31m",
	  "words0: link: \"u\\x5ce[31m\": expected up or down",
	  -EINVAL },
	{ "words0", "hold", "2",
	  "words0: hold: \"2\": expected 0 or 1",
	  -EINVAL },
	{ "words0", "delete", "yes",
	  "words0: delete: \"yes\": expected 1",
	  -EINVAL },
	{ "words0", "txqueuelen", "+5",
	  "words0: txqueuelen: \"+5\": expected a number",
	  -EINVAL },
	{ "words0", "txqueuelen", "5 ",
	  "words0: txqueuelen: \"5 \": expected a number",
	  -EINVAL },
	{ "words0", "txqueuelen", "2147483648",
	  "words0: txqueuelen: \"2147483648\": expected a lesser number",
	  -EINVAL },
	{ "words0", "loopback", "ecko",
	  "words0: loopback: \"ecko\": expected none, echo, reflect or peer NAME",
	  -EINVAL },
	{ "words0", "loopback", "echo 1",
	  "words0: loopback: \"1\": expected nothing more",
	  -EINVAL },
	{ "words0", "loopback", "peer",
	  "words0: loopback: \"\": expected NAME or INUM:NAME of a tunnel",
	  -EINVAL },
	{ "words0", "loopback", "peer  words1",
	  "words0: loopback: \" words1\": expected NAME or INUM:NAME of a tunnel",
	  -EINVAL },
	{ "words0", "loopback", "peer words1 ",
	  "words0: loopback: \"words1 \": expected NAME or INUM:NAME of a tunnel",
	  -EINVAL },
	{ "words0", "loopback", "peer words0",
	  "words0: loopback: \"words0\": expected another tunnel",
	  -EINVAL },
	{ "words0", "loopback", "peer words2",
	  "words0: loopback: \"words2\": no such tunnel",
	  -ENODEV },
	{ NULL, "create", "bad",
	  "create: \"\": expected tun or tap",
	  -EINVAL },
	{ NULL, "create", "bad ton",
	  "create: \"ton\": expected tun or tap",
	  -EINVAL },
	{ NULL, "create", "bad tun owner=+5",
	  "create: \"+5\": expected a number",
	  -EINVAL },
	{ NULL, "create", "bad tun owner=4294967295",
	  "create: \"owner=4294967295\": no such user",
	  -EINVAL },
	{ NULL, "create", "bad tun owner=1 owner=2",
	  "create: \"owner=2\": given twice",
	  -EINVAL },
	{ NULL, "create", "bad tun multi_queue multi_queue",
	  "create: \"multi_queue\": given twice",
	  -EINVAL },
	{ NULL, "create", "bad tun group=1",
	  "create: \"group=1\": expected multi_queue or owner=UID",
	  -EINVAL },
	{ NULL, "create", "a/b tun",
	  "create: \"a/b\": no name of an interface",
	  -EINVAL },
	{ NULL, "create", "words0 tun",
	  "create: \"words0\": the name is taken",
	  -EEXIST },
	{ NULL, "create", "sixteen_bytes_lo tun",
	  "create: \"sixteen_bytes_lo\": expected a name of at most 15 bytes",
	  -EINVAL },
	{ NULL, "wait", "open x",
	  "wait: \"open\": expected attach, read, write or close",
	  -EINVAL },
	{ NULL, "wait", "close",
	  "wait: \"\": expected NAME or INUM:NAME of a tunnel",
	  -EINVAL },
	{ NULL, "wait", "close 4026531840zz:a",
	  "wait: \"4026531840zz:a\": expected NAME or INUM:NAME of a tunnel",
	  -EINVAL },
	{ NULL, "wait", "read a +0",
	  "wait: \"+0\": expected a number",
	  -EINVAL },
	{ NULL, "wait", "read a",
	  "wait: \"\": expected a number",
	  -EINVAL },
	{ NULL, "wait", "close a time=1",
	  "wait: \"time=1\": expected timeout=SECONDS",
	  -EINVAL },
	{ NULL, "wait", "close a timeout=+1",
	  "wait: \"timeout=+1\": expected seconds, with up to three decimals",
	  -EINVAL },
	{ NULL, "wait", "close a timeout=1 2",
	  "wait: \"2\": expected nothing more",
	  -EINVAL },
	{ "words1", "inject", "x",
	  "words1: inject: 1 bytes: expected an IPv4 or IPv6 datagram",
	  -EINVAL },
	{ "words1", "inject_frame", "0123456789abc",
	  "words1: inject_frame: 13 bytes: expected a frame of at least 14 bytes",
	  -EINVAL },
	/* The same in each byte order. */
	{ "words0", "replay", "abba",
	  "words0: replay: byte 0: magic number 0x61626261, pcap has 0xa1b2c3d4 or 0xa1b23c4d, pcapng 0x0a0d0d0a",
	  3 },
};

/* A write that is refused says in the log which word, and what was expected. */
TEST(words)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char line[256], file[64];
	size_t i;

	ASSERT_LE(0, kmsg);
	memset(long_line, 'x', sizeof(long_line) - 1);
	for (i = 0; i < ARRAY_SIZE(word_rows); i++) {
		if (i % 8 == 0) {
			lt_delete("words0");
			lt_delete("words1");
			load_again(_metadata);
		}
		last_logged(kmsg, line, sizeof(line));
		snprintf(file, sizeof(file), LT_DEBUGFS "/%s", word_rows[i].file);
		EXPECT_EQ(word_rows[i].ret, word_rows[i].tunnel ?
			  lt_control_write(word_rows[i].tunnel, word_rows[i].file,
					   word_rows[i].text) :
			  lt_write_file(file, word_rows[i].text))
			TH_LOG("%s", word_rows[i].text);
		last_logged(kmsg, line, sizeof(line));
		EXPECT_STREQ(word_rows[i].line, line);
	}
	EXPECT_EQ(1, lt_delete("words0"));
	EXPECT_EQ(1, lt_delete("words1"));
	close(kmsg);
}

FIXTURE(words_of) {
	int kmsg;
};

FIXTURE_SETUP(words_of)
{
	self->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, self->kmsg);
	load_again(_metadata);
}

FIXTURE_TEARDOWN(words_of)
{
	EXPECT_EQ(1, lt_delete("words0"));
	EXPECT_EQ(1, lt_delete("words1"));
	close(self->kmsg);
}

/* A name is somebody's word as well: none of its bytes moves a cursor. */
TEST_F(words_of, names)
{
	char name[IFNAMSIZ] = "w\033[2J", line[256];
	int fd = lt_attach(name, IFF_TUN, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, lt_control_write(name, "link", "Up"));
	last_logged(self->kmsg, line, sizeof(line));
	/* /dev/kmsg shows a backslash so. */
	EXPECT_STREQ("w\\x5ce[2J: link: \"Up\": expected up or down", line);
	EXPECT_EQ(-EINVAL, lt_control_write(name, "faults", "drop"));
	last_logged(self->kmsg, line, sizeof(line));
	EXPECT_STREQ("faults of w\\x5ce[2J: line 1: drop: neither op= nor dir=", line);
	close(fd);
}

/* The name of number 100 is cut to that of number 10. */
TEST_F(words_of, numbers)
{
	bool taken = lt_kernel_at_least(6, 7);
	char line[256], name[IFNAMSIZ];
	int i;

	last_logged(self->kmsg, line, sizeof(line));
	for (i = 0; i < 100; i++)
		ASSERT_LT(0, lt_create("abcdefghijklm%d tun"));
	last_logged(self->kmsg, line, sizeof(line));
	EXPECT_STREQ("", line);
	EXPECT_EQ(taken ? -EEXIST : -ENFILE, lt_create("abcdefghijklm%d tun"));
	last_logged(self->kmsg, line, sizeof(line));
	EXPECT_STREQ(taken ? "create: \"abcdefghijklm%d\": the name is taken" :
			     "create: \"abcdefghijklm%d\": no number is free", line);
	while (i--) {
		snprintf(name, sizeof(name), "abcdefghijklm%d", i);
		EXPECT_EQ(1, lt_delete(name));
	}
}

/* Where a rule has the errno, the log does not say that it is the datagram's fault. */
TEST_F(words_of, rules)
{
	char name[IFNAMSIZ] = "words0", line[256];
	int fd = lt_attach(name, IFF_TUN, 0);

	ASSERT_LE(0, fd);
	ASSERT_LT(0, lt_control_write("words0", "faults", "dir=rx errno=EINVAL times=1\n"
				      "dir=rx errno=EMSGSIZE"));
	last_logged(self->kmsg, line, sizeof(line));
	EXPECT_EQ(-EINVAL, lt_control_write("words0", "inject", "Eight"));
	EXPECT_EQ(-EMSGSIZE, lt_control_write("words0", "inject_frame", "Eight"));
	last_logged(self->kmsg, line, sizeof(line));
	EXPECT_STREQ("", line);
	close(fd);
}

/* The number of a namespace and the name behind it are read to the last byte. */
TEST(directories)
{
	char inum[64], text[128];
	static const struct {
		const char *before, *behind, *name;
		int ret;
	} rows[] = {
		{ "", "", "dir1", 0 },
		{ "", "junk", "dir1", -EINVAL },
		{ "+", "", "dir1", -EINVAL },
		{ " ", "", "dir1", -EINVAL },
		{ "", " ", "dir1", -EINVAL },
		{ "", "", " dir1", -EINVAL },
		{ "", "", "", -EINVAL },
		{ "", "", "dir2", -ENODEV },
		{ "1", "", "dir1", -EINVAL },
	};
	unsigned long long more;
	size_t i;

	ASSERT_EQ(8, lt_create("dir0 tun"));
	ASSERT_EQ(8, lt_create("dir1 tun"));
	numbered(inum, sizeof(inum), "");
	inum[strlen(inum) - 1] = '\0';
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "peer %s%s%s:%s", rows[i].before,
			 inum, rows[i].behind, rows[i].name);
		EXPECT_EQ(rows[i].ret ?: strlen(text),
			  lt_control_write("dir0", "loopback", text))
			TH_LOG("%s", text);
		EXPECT_EQ(4, lt_control_write("dir0", "loopback", "none"));
	}
	/* The same in 32 bits. */
	more = strtoul(inum, NULL, 10) + (1ull << 32);
	snprintf(text, sizeof(text), "peer %llu:dir1", more);
	EXPECT_EQ(-EINVAL, lt_control_write("dir0", "loopback", text));
	EXPECT_EQ(1, lt_delete("dir0"));
	EXPECT_EQ(1, lt_delete("dir1"));
}

FIXTURE(control) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(control) {
	int flags;
};

FIXTURE_VARIANT_ADD(control, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(control, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(control, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(control, tap_pi) { .flags = IFF_TAP };

FIXTURE_SETUP(control)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	lt_datagram(data, 64, 4, 1);
}

FIXTURE_TEARDOWN(control)
{
	lt_tunnel_close(&self->t);
}

TEST_F(control, delete)
{
	static const char *const refused[] = { "", "0", "2", "11", "1\n\n",
					       "yes", " 1", "\n" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_EQ(-EINVAL, lt_control_write(self->t.name, "delete",
						    refused[i]))
			TH_LOG("refused[%zu]", i);
	}
	EXPECT_TRUE(tunnel_exists(self->t.name));
	EXPECT_EQ(2, lt_control_write(self->t.name, "delete", "1\n"));
	EXPECT_FALSE(tunnel_exists(self->t.name));
	EXPECT_EQ(-EBADFD, lt_read(self->t.fd, got, sizeof(got)));
}

/* The open control files of a tunnel outlive it, and say so. */
TEST_F(control, files_of_a_deleted_tunnel)
{
	static const char *const names[] = { "link", "state", "hold",
					     "txqueuelen" };
	int delete = lt_control(self->t.name, "delete", O_WRONLY);
	int fds[ARRAY_SIZE(names)];
	size_t i;

	ASSERT_LE(0, delete);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fds[i] = lt_control(self->t.name, names[i], O_RDONLY);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(1, lt_write(delete, "1", 1));
	EXPECT_EQ(-ENODEV, lt_write(delete, "1", 1));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-ENODEV, lt_read(fds[i], got, sizeof(got)))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-ENOENT, lt_control(self->t.name, names[i],
					      O_RDONLY));
		close(fds[i]);
	}
	close(delete);
}

TEST_F(control, link)
{
	static const char *const refused[] = { "", "\n", "Up", "upp", "u",
					       "down\n\n", "up down", "1" };
	char text[16];
	size_t i;

	EXPECT_EQ(3, lt_control_read(self->t.name, "link", text, sizeof(text)));
	EXPECT_STREQ("up\n", text);
	EXPECT_EQ(5, lt_control_write(self->t.name, "link", "down\n"));
	EXPECT_EQ(5, lt_control_read(self->t.name, "link", text, sizeof(text)));
	EXPECT_STREQ("down\n", text);
	expect_state(_metadata, self->t.name, "link down");
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_EQ(-EINVAL, lt_control_write(self->t.name, "link",
						    refused[i]))
			TH_LOG("refused[%zu]", i);
	}
	EXPECT_EQ(-EIO, lt_write(self->t.fd, data, 64));
	EXPECT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	EXPECT_EQ(64, lt_write(self->t.fd, data, 64));
}

TEST_F(control, state)
{
	bool pi = lt_pi_len(variant->flags);
	char line[64];

	snprintf(line, sizeof(line), "name %s", self->t.name);
	expect_state(_metadata, self->t.name, line);
	expect_state(_metadata, self->t.name, "requested test%d");
	expect_state(_metadata, self->t.name,
		     lt_tap(variant->flags) ? "mode tap" : "mode tun");
	expect_state(_metadata, self->t.name, pi ? "flags" : "flags no_pi");
	expect_state(_metadata, self->t.name, "ring_kib 256");
	expect_state(_metadata, self->t.name, "link up");
	expect_state(_metadata, self->t.name, "creator 0");
	expect_state(_metadata, self->t.name, "queue 0 enabled nonblocking -");

	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	ASSERT_EQ(0, fcntl(self->t.fd, F_SETFL, 0));
	expect_state(_metadata, self->t.name,
		     pi ? "flags persist" : "flags no_pi persist");
	expect_state(_metadata, self->t.name, "queue 0 enabled blocking -");
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, 0));
	expect_state(_metadata, self->t.name, pi ? "flags" : "flags no_pi");
}

/* An owner and a group are shown each for itself. */
TEST_F(control, state_of_owners)
{
	expect_state(_metadata, self->t.name, "owner -1");
	expect_state(_metadata, self->t.name, "group -1");
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETGROUP, (void *)2000));
	expect_state(_metadata, self->t.name, "owner -1");
	expect_state(_metadata, self->t.name, "group 2000");
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOWNER, (void *)1000));
	expect_state(_metadata, self->t.name, "owner 1000");
	expect_state(_metadata, self->t.name, "group 2000");
}

/* For an owner alone there is a tunnel more. */
TEST_F(control, state_of_owner)
{
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOWNER, (void *)1000));
	expect_state(_metadata, self->t.name, "owner 1000");
	expect_state(_metadata, self->t.name, "group -1");
}

TEST_F(control, state_of_persistent)
{
	bool pi = lt_pi_len(variant->flags);
	char name[IFNAMSIZ] = "state%d";
	int fd = lt_attach(name, variant->flags | IFF_ONE_QUEUE, 0);

	ASSERT_LE(0, fd);
	expect_state(_metadata, name, "queue 0 enabled blocking -");
	expect_state(_metadata, name,
		     pi ? "flags one_queue" : "flags no_pi one_queue");
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETPERSIST, (void *)1));
	close(fd);
	EXPECT_FALSE(lt_state_has(name, "queue 0 enabled blocking -"));
	EXPECT_EQ(1, lt_delete(name));
}

TEST_F(control, stats)
{
	size_t head = lt_pi_len(variant->flags);
	const struct {
		const char *counter;
		long value;
	} rows[] = {
		{ "injected_datagrams", 3 },
		{ "injected_bytes", 174 },
		{ "read_datagrams", head ? 2 : 3 },
		{ "read_bytes", head ? 124 : 174 },
		{ "read_errors", head ? 1 : 0 },
		{ "written_datagrams", 2 },
		{ "written_bytes", 70 },
		{ "write_errors", 1 },
		{ "sent_datagrams", 1 },
		{ "sent_bytes", 40 },
		{ "sent_dropped", 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(0, lt_stat(self->t.name, rows[i].counter))
			TH_LOG("%s", rows[i].counter);
	}
	ASSERT_EQ(64, lt_write(self->t.inject, data, 64));
	ASSERT_EQ(60, lt_write(self->t.inject, data, 60));
	ASSERT_EQ(50, lt_write(self->t.inject, data, 50));
	/* Cut short, whole, and with PI lost: full length counts, or none. */
	EXPECT_EQ(20, lt_read(self->t.fd, got, 20));
	EXPECT_EQ(head + 60, lt_read(self->t.fd, got, sizeof(got)));
	EXPECT_EQ(head ? -EINVAL : 3, lt_read(self->t.fd, got, 3));
	EXPECT_EQ(head + 40, lt_write(self->t.fd, data, head + 40));
	EXPECT_EQ(head + 30, lt_write(self->t.fd, data, head + 30));
	EXPECT_EQ(40, lt_read(self->t.sent, got, sizeof(got)));
	/* Too short to be looked at is no error of a datagram. */
	if (head || lt_tap(variant->flags))
		EXPECT_EQ(-EINVAL, lt_write(self->t.fd, data, 3));
	EXPECT_EQ(-EFAULT, lt_write(self->t.fd, lt_edge(head), head + 60));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].value, lt_stat(self->t.name, rows[i].counter))
			TH_LOG("%s", rows[i].counter);
	}
}

/* inject counts what arrives, with the header that it makes. */
TEST_F(control, stats_of_inject)
{
	int ip = lt_control(self->t.name, "inject", O_WRONLY);

	ASSERT_EQ(50, lt_write(ip, data, 50));
	EXPECT_EQ(1, lt_stat(self->t.name, "injected_datagrams"));
	EXPECT_EQ(lt_tap(variant->flags) ? 64 : 50,
		  lt_stat(self->t.name, "injected_bytes"));
	EXPECT_EQ(-EINVAL, lt_write(ip, data, 0));
	EXPECT_EQ(1, lt_stat(self->t.name, "injected_datagrams"));
	close(ip);
}

TEST_F(control, state_of_cloexec)
{
	static const char *const cloexec = "queue 0 enabled blocking cloexec";
	char name[IFNAMSIZ] = "cloexec%d";
	int fd = lt_attach(name, variant->flags, O_CLOEXEC);

	ASSERT_LE(0, fd);
	expect_state(_metadata, name, cloexec);
	close(fd);
}

TEST_HARNESS_MAIN
