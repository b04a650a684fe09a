// SPDX-License-Identifier: GPL-2.0-only
/* What arguments are chosen from. In each pool the plainest value is first. */
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "pools.h"
#include "run.h"

static const struct diff_value diff_pool_file_values[] = {
	{ "0", 0 }, { "1", 1 }, { "2", 2 }, { "3", 3 },
};

DIFF_POOL(diff_pool_file, "f", .plain = 45);

static const struct diff_value diff_pool_other_values[] = {
	{ "1", 1 }, { "2", 2 }, { "3", 3 }, { "0", 0 },
};

DIFF_POOL(diff_pool_other, "to", .plain = 0);

/* All of them with O_NONBLOCK. */
static const struct diff_value diff_pool_oflags_values[] = {
	{ "rdwr", O_RDWR },
	{ "rdonly", O_RDONLY },
	{ "wronly", O_WRONLY },
	{ "cloexec", O_RDWR | O_CLOEXEC },
	{ "append", O_RDWR | O_APPEND },
	{ "trunc", O_RDWR | O_TRUNC },
	{ "excl", O_RDWR | O_CREAT | O_EXCL },
	{ "directory", O_RDWR | O_DIRECTORY },
	{ "direct", O_RDWR | O_DIRECT },
	{ "path", O_PATH },
};

DIFF_POOL(diff_pool_oflags, "flags", .plain = 93);

/* Sixteen bytes, not always terminated: see diff_name_bytes(). */
static const struct {
	const char *text;
	const char *bytes;
} names[] = {
	{ "a0", "a0" },
	{ "tun%d", "tun%d" },
	{ "b1", "b1" },
	{ "empty", "" },
	{ "tun0", "tun0" },
	{ "tap0", "tap0" },
	{ "%d", "%d" },
	{ "x%dy", "x%dy" },
	{ "q07", "q07" },
	{ "q%d", "q%d" },
	{ "version", "version" },
	{ "faults", "faults" },
	{ "15chars", "abcdefghijklmno" },
	{ "16chars", "abcdefghijklmnop" },
	{ "15pattern", "abcdefghijklm%d" },
	{ "16pattern", "abcdefghijklmn%d" },
	{ "dots", "..." },
	{ "dash", "-x" },
	{ "digits", "123" },
	{ "utf8", "\xc3\xa4\xc3\xb6" },
	{ "control", "\x01\x7f" },
	{ "lo", "lo" },
	{ "%s", "%s" },
	{ "a%", "a%" },
	{ "%", "%" },
	{ "a%%d", "a%%d" },
	{ "a%d%d", "a%d%d" },
	{ "a%5d", "a%5d" },
	{ "a%x", "a%x" },
	{ "dot", "." },
	{ "dotdot", ".." },
	{ "slash", "a/b" },
	{ "colon", "a:b" },
	{ "space", "a b" },
	{ "tab", "a\tb" },
	{ "newline", "ab\n" },
	{ "nbsp", "a\xa0" },
	{ "all", "all" },
	{ "default", "default" },
};

static struct diff_value diff_pool_name_values[sizeof(names) / sizeof(*names)];
DIFF_POOL(diff_pool_name, "name", .plain = 0, .sticky = 85);

__attribute__((constructor)) static void name_values(void)
{
	int i;

	for (i = 0; i < diff_pool_name.count; i++) {
		diff_pool_name_values[i].text = names[i].text;
		diff_pool_name_values[i].value = i;
	}
}

const char *diff_name_bytes(long value)
{
	static char bytes[IFNAMSIZ];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, names[value].bytes,
	       strnlen(names[value].bytes, sizeof(bytes)));
	return bytes;
}

/* What stands behind a name. */
static const struct diff_value diff_pool_fill_values[] = {
	{ "zero", 0 }, { "garbage", 'Z' },
};

DIFF_POOL(diff_pool_fill, "fill", .plain = 70);

static const struct diff_value diff_pool_type_values[] = {
	{ "tun", IFF_TUN }, { "tap", IFF_TAP },
	{ "both", IFF_TUN | IFF_TAP }, { "none", 0 },
	{ "4", 4 }, { "5", 5 }, { "6", 6 }, { "f", 0xf },
};

DIFF_POOL(diff_pool_type, "type", .plain = 0, .sticky = 90);

static const struct diff_value diff_pool_no_pi_values[] = {
	{ "no_pi", IFF_NO_PI }, { "pi", 0 },
};

DIFF_POOL(diff_pool_no_pi, "pi", .plain = 0, .sticky = 85);

static const struct diff_value diff_pool_one_queue_values[] = {
	{ "0", 0 }, { "1", IFF_ONE_QUEUE },
};

DIFF_POOL(diff_pool_one_queue, "one_queue", .plain = 70);

static const struct diff_value diff_pool_vnet_values[] = {
	{ "0", 0 }, { "1", IFF_VNET_HDR },
};

DIFF_POOL(diff_pool_vnet, "vnet", .plain = 0, .sticky = 90,
	  .class = DIFF_VNET);

static const struct diff_value diff_pool_multi_values[] = {
	{ "0", 0 }, { "1", IFF_MULTI_QUEUE },
};

DIFF_POOL(diff_pool_multi, "mq", .plain = 0, .sticky = 92,
	  .class = DIFF_QUEUE);

static const struct diff_value diff_pool_napi_values[] = {
	{ "0", 0 },
	{ "napi", IFF_NAPI },
	{ "frags", IFF_NAPI | IFF_NAPI_FRAGS },
	{ "frags_alone", IFF_NAPI_FRAGS },
};

DIFF_POOL(diff_pool_napi, "napi", .plain = 60, .sticky = 70,
	  .class = DIFF_NAPI);

static const struct diff_value diff_pool_excl_values[] = {
	{ "0", 0 }, { "1", IFF_TUN_EXCL },
};

DIFF_POOL(diff_pool_excl, "excl", .plain = 88);

/* Bits that TUNSETIFF is to ignore. */
static const struct diff_value diff_pool_junk_values[] = {
	{ "0", 0 }, { "80", 0x80 }, { "200", IFF_ATTACH_QUEUE },
	{ "400", IFF_DETACH_QUEUE }, { "800", IFF_PERSIST },
	{ "e80", 0xe80 }, { "40", IFF_NO_CARRIER },
};

DIFF_POOL(diff_pool_junk, "junk", .plain = 85);

/* Where the argument of an ioctl lies; short: that many bytes, then a hole. */
static const struct diff_value diff_pool_mem_values[] = {
	{ "ok", DIFF_MEM_OK },
	{ "edge", DIFF_MEM_EDGE },
	{ "null", DIFF_MEM_NULL },
	{ "bad", DIFF_MEM_BAD },
	{ "kernel", DIFF_MEM_KERNEL },
	{ "readonly", DIFF_MEM_READONLY },
	{ "short3", DIFF_MEM_SHORT + 3 },
	{ "short16", DIFF_MEM_SHORT + 16 },
	{ "short32", DIFF_MEM_SHORT + 32 },
	{ "short39", DIFF_MEM_SHORT + 39 },
};

DIFF_POOL(diff_pool_mem, "mem", .plain = 88);

static const struct diff_value diff_pool_rwmem_values[] = {
	{ "ok", DIFF_MEM_OK },
	{ "edge", DIFF_MEM_EDGE },
	{ "null", DIFF_MEM_NULL },
	{ "bad", DIFF_MEM_BAD },
	{ "kernel", DIFF_MEM_KERNEL },
	{ "short1", DIFF_MEM_SHORT + 1 },
	{ "short3", DIFF_MEM_SHORT + 3 },
	{ "short4", DIFF_MEM_SHORT + 4 },
	{ "short9", DIFF_MEM_SHORT + 9 },
	{ "short10", DIFF_MEM_SHORT + 10 },
	{ "short14", DIFF_MEM_SHORT + 14 },
	{ "short20", DIFF_MEM_SHORT + 20 },
};

DIFF_POOL(diff_pool_rwmem, "mem", .plain = 72);

static const struct diff_value diff_pool_user_values[] = {
	{ "root", 0 }, { "1000", 1000 }, { "1001", 1001 },
};

DIFF_POOL(diff_pool_user, "as", .plain = 94, .class = DIFF_PERM);

/*
 * The caller's ABI, for ioctl(2). Elsewhere a 64-bit program cannot make 32-bit
 * calls; sequences are the same.
 */
#ifdef __x86_64__
#define ABI32 32
#else
#define ABI32 64
#endif
static const struct diff_value diff_pool_abi_values[] = {
	{ "64", 64 }, { "32", ABI32 },
};

DIFF_POOL(diff_pool_abi, "abi", .plain = 80, .class = DIFF_COMPAT);

static const struct diff_value diff_pool_events_values[] = {
	{ "inout", POLLIN | POLLOUT }, { "in", POLLIN }, { "out", POLLOUT },
	{ "none", 0 }, { "all", 0x7ff },
	{ "rdnorm", POLLRDNORM | POLLRDBAND },
};

DIFF_POOL(diff_pool_events, "events", .plain = 40);

static const struct diff_value diff_pool_epoll_values[] = {
	{ "inout_et", (long)(EPOLLIN | EPOLLOUT | EPOLLET) },
	{ "inout", EPOLLIN | EPOLLOUT },
	{ "in", EPOLLIN },
	{ "out", EPOLLOUT },
	{ "none", 0 },
	{ "in_et", (long)(EPOLLIN | EPOLLET) },
	{ "out_et", (long)(EPOLLOUT | EPOLLET) },
	{ "oneshot", EPOLLIN | EPOLLOUT | EPOLLONESHOT },
	{ "exclusive", EPOLLIN | EPOLLEXCLUSIVE },
	{ "all", 0x27ff },
};

DIFF_POOL(diff_pool_epoll, "events", .plain = 35);

static const struct diff_value diff_pool_link_values[] = {
	{ "up", 1 }, { "down", 0 }, { "bounce", 2 },
};

DIFF_POOL(diff_pool_link, "link", .plain = 40);

static const struct diff_value diff_pool_index_values[] = {
	{ "0", 0 }, { "1", 1 }, { "2", 2 }, { "3", 3 },
};

DIFF_POOL(diff_pool_index, "q", .plain = 30);

static const struct diff_value diff_pool_count_values[] = {
	{ "17", 17 }, { "1", 1 }, { "5", 5 }, { "33", 33 }, { "520", 520 },
	{ "1010", 1010 },
};

DIFF_POOL(diff_pool_count, "count", .plain = 40, .rare = 2);

/* 0 means to looptun that injectors wait, which the real one cannot do. */
static const struct diff_value diff_pool_txqlen_values[] = {
	{ "10", 10 }, { "1", 1 }, { "31", 31 }, { "32", 32 }, { "40", 40 },
	{ "500", 500 },
};

DIFF_POOL(diff_pool_txqlen, "len", .plain = 30);
