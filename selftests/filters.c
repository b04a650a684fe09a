// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters of a TAP on what comes towards the program: TUNATTACHFILTER and its
 * kin, TUNSETTXFILTER. sk_attach_filter(), tun_attach(), update_filter().
 */
#include <endian.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "late.h"
#include "looptun.h"

#define LEN 60
#define BAD ((void *)-4096L)
#define RET(n) BPF_STMT(BPF_RET | BPF_K, n)

static __u8 data[128], got[256];

static const struct sock_fprog keep = {
	1, (struct sock_filter[]){ RET(0xffffffff) },
};

static const struct sock_fprog drop = { 1, (struct sock_filter[]){ RET(0) } };
static const struct sock_fprog trim20 = {
	1, (struct sock_filter[]){ RET(20) },
};

/* Jumps behind its own end. */
static const struct sock_fprog wrong = {
	1, (struct sock_filter[]){ BPF_STMT(BPF_JMP | BPF_JA, 5) },
};

/* Bytes 12 and 13 say IPv4: keep it all; else drop. */
static const struct sock_fprog ipv4 = {
	4, (struct sock_filter[]){
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LT_IPV4, 0, 1),
		RET(0xffffffff), RET(0),
	},
};

FIXTURE(tap) {
	struct lt_tunnel t;
	size_t head;
};

FIXTURE_VARIANT(tap) {
	int flags;
};

FIXTURE_VARIANT_ADD(tap, no_pi) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(tap, pi) { .flags = IFF_TAP };

FIXTURE_SETUP(tap)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
	self->head = lt_pi_len(variant->flags);
}

FIXTURE_TEARDOWN(tap)
{
	lt_tunnel_close(&self->t);
}

static int attach_filter(int fd, struct sock_fprog fprog)
{
	return lt_ioctl(fd, TUNATTACHFILTER, &fprog);
}

static int get_flags(int fd)
{
	struct ifreq ifr;
	int ret = lt_ioctl(fd, TUNGETIFF, &ifr);

	return ret ?: (unsigned short)ifr.ifr_flags;
}

/* Does TUNGETFILTER show this program? */
static bool shows(int fd, struct sock_fprog want)
{
	struct sock_fprog have;

	lt_poison(&have, sizeof(have));
	return !lt_ioctl(fd, TUNGETFILTER, &have) && have.len == want.len &&
	       have.filter == want.filter;
}

/* Inject what is in data: the program reads @len bytes of it, or nothing. */
static void expect_passed(struct __test_metadata *_metadata,
			  const struct lt_tunnel *t, size_t len)
{
	long dropped = lt_stat(t->name, "inject_dropped");
	size_t head = lt_pi_len(t->flags);

	ASSERT_EQ(LEN, lt_write(t->inject, data, LEN));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(len ? head + len : -EAGAIN,
		  lt_read(t->fd, got, sizeof(got)));
	if (len && head)
		EXPECT_EQ(0, got[0] | got[1]);
	if (len)
		EXPECT_EQ(0, memcmp(data, got + head, len));
	EXPECT_TRUE(lt_poisoned(got, len ? head + len : 0, sizeof(got)));
	EXPECT_EQ(dropped + !len, lt_stat(t->name, "inject_dropped"));
}

/* A program that keeps everything if this is what the kernel tells it. */
static int expect_ancillary(int fd, unsigned int what, unsigned int value)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + what),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		RET(0xffffffff), RET(0),
	};

	return attach_filter(fd, (struct sock_fprog){ ARRAY_SIZE(code), code });
}

static void make(int proto)
{
	lt_frame(data, LEN, proto, 1);
}

/* The hardware type is the tunnel's, as TUNSETLINK has it; there is no index. */
TEST_F(tap, what_programs_see)
{
	static const int types[] = { ARPHRD_FDDI, ARPHRD_NONE, ARPHRD_ETHER };
	size_t i;

	make(LT_IPV4);
	ASSERT_EQ(0, expect_ancillary(self->t.fd, SKF_AD_IFINDEX, 0));
	expect_passed(_metadata, &self->t, LEN);
	ASSERT_EQ(0, expect_ancillary(self->t.fd, SKF_AD_QUEUE, 0));
	expect_passed(_metadata, &self->t, LEN);
	ASSERT_EQ(0, expect_ancillary(self->t.fd, SKF_AD_HATYPE, ARPHRD_ETHER));
	expect_passed(_metadata, &self->t, LEN);
	ASSERT_EQ(0, expect_ancillary(self->t.fd, SKF_AD_HATYPE,
				      ARPHRD_LOOPBACK));
	expect_passed(_metadata, &self->t, 0);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
		ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETLINK,
				      (void *)(long)types[i]));
		ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
		ASSERT_EQ(0, expect_ancillary(self->t.fd, SKF_AD_HATYPE,
					      types[i]));
		expect_passed(_metadata, &self->t, LEN);
	}
}

TEST_F(tap, classic)
{
	make(LT_IPV4);
	expect_passed(_metadata, &self->t, LEN);
	EXPECT_TRUE(get_flags(self->t.fd) & IFF_NOFILTER);
	ASSERT_EQ(0, attach_filter(self->t.fd, drop));
	/* The bit is that of IFF_NO_PI, which stands there on its own. */
	EXPECT_EQ(variant->flags, get_flags(self->t.fd));
	expect_passed(_metadata, &self->t, 0);
	ASSERT_EQ(0, attach_filter(self->t.fd, trim20));
	expect_passed(_metadata, &self->t, 20);
	ASSERT_EQ(0, attach_filter(self->t.fd, keep));
	expect_passed(_metadata, &self->t, LEN);
	ASSERT_EQ(0, attach_filter(self->t.fd, ipv4));
	expect_passed(_metadata, &self->t, LEN);
	make(LT_IPV6);
	expect_passed(_metadata, &self->t, 0);
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNDETACHFILTER, NULL));
	EXPECT_EQ(variant->flags | IFF_NOFILTER, get_flags(self->t.fd));
	expect_passed(_metadata, &self->t, LEN);
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNDETACHFILTER, BAD));
}

/* No socket buffer of a device's takes it, so that no program could look at it. */
TEST_F(tap, too_long_for_a_filter)
{
	static __u8 large[200000];

	make(LT_IPV4);
	memcpy(large, data, LEN);
	EXPECT_EQ(sizeof(large), lt_write(self->t.inject, large, sizeof(large)));
	ASSERT_EQ(0, attach_filter(self->t.fd, keep));
	EXPECT_EQ(-EMSGSIZE, lt_write(self->t.inject, large, sizeof(large)));
	EXPECT_EQ(1, lt_stat(self->t.name, "rx_queued"));
}

/* A trimmed datagram is whole: no TUN_PKT_STRIP, unless the buffer is short. */
TEST_F(tap, trimmed_and_stripped)
{
	struct tun_pi pi;

	make(LT_IPV4);
	ASSERT_EQ(0, attach_filter(self->t.fd, trim20));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	lt_poison(got, sizeof(got));
	EXPECT_EQ(self->head + 20, lt_read(self->t.fd, got, self->head + 20));
	memcpy(&pi, got, sizeof(pi));
	if (self->head)
		EXPECT_EQ(0, pi.flags);
	EXPECT_EQ(self->head + 19, lt_read(self->t.fd, got, self->head + 19));
	memcpy(&pi, got, sizeof(pi));
	if (self->head)
		EXPECT_EQ(TUN_PKT_STRIP, pi.flags);
	/* A drop is no event. */
	ASSERT_EQ(0, attach_filter(self->t.fd, drop));
	ASSERT_EQ(LEN, lt_write(self->t.inject, data, LEN));
	EXPECT_EQ(0, lt_poll(self->t.fd, POLLIN, 0));
	/* What the program writes passes no filter. */
	EXPECT_EQ(LEN, lt_write(self->t.fd, data, LEN));
	EXPECT_EQ(LEN - self->head, lt_read(self->t.sent, got, sizeof(got)));
}

/* What a virtio-net header says of the head is true of what a filter leaves. */
TEST(trimmed_vnet)
{
	static const __u16 said[] = { LEN, 21, 20, 19, 0 };
	int one = 1, inject;
	struct virtio_net_hdr *hdr = (void *)got;
	struct lt_tunnel t;
	unsigned int i;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
				    O_NONBLOCK));
	ASSERT_EQ(0, lt_ioctl(t.fd, TUNSETVNETLE, &one));
	ASSERT_EQ(0, attach_filter(t.fd, trim20));
	inject = lt_control(t.name, "inject_vnet", O_WRONLY | O_NONBLOCK);
	for (i = 0; i < sizeof(said) / sizeof(*said); i++) {
		make(LT_IPV4);
		memset(got, 0, sizeof(*hdr));
		memcpy(got + sizeof(*hdr), data, LEN);
		hdr->hdr_len = htole16(said[i]);
		ASSERT_EQ(sizeof(*hdr) + LEN,
			  lt_write(inject, got, sizeof(*hdr) + LEN));
		lt_poison(got, sizeof(got));
		EXPECT_EQ(sizeof(*hdr) + 20, lt_read(t.fd, got, sizeof(got)));
		EXPECT_EQ(said[i] < 20 ? said[i] : 20, le16toh(hdr->hdr_len));
		EXPECT_EQ(0, memcmp(data, got + sizeof(*hdr), 20));
	}
	close(inject);
	lt_tunnel_close(&t);
}

TEST_F(tap, classic_refused)
{
	static struct sock_filter long_one[BPF_MAXINSNS + 1];
	const struct {
		struct sock_fprog fprog;
		int ret;
	} rows[] = {
		{ { 1, NULL }, -EINVAL },
		{ { 0, drop.filter }, -EINVAL },
		{ { BPF_MAXINSNS + 1, long_one }, -EINVAL },
		{ { 1, (void *)4096 }, -EFAULT },
		{ { 1, BAD }, -EFAULT },
		{ wrong, -EINVAL },
	};
	size_t i;

	for (i = 0; i <= BPF_MAXINSNS; i++)
		long_one[i] = drop.filter[0];
	make(LT_IPV4);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].ret,
			  attach_filter(self->t.fd, rows[i].fprog))
			TH_LOG("row %zu", i);
		EXPECT_TRUE(shows(self->t.fd, rows[i].fprog))
			TH_LOG("row %zu", i);
		EXPECT_TRUE(get_flags(self->t.fd) & IFF_NOFILTER);
	}
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNGETFILTER, BAD));
	expect_passed(_metadata, &self->t, LEN);
	/* One refused leaves the one that is there, and is shown. */
	ASSERT_EQ(0, attach_filter(self->t.fd, trim20));
	EXPECT_EQ(-EINVAL, attach_filter(self->t.fd, wrong));
	EXPECT_TRUE(shows(self->t.fd, wrong));
	expect_passed(_metadata, &self->t, 20);
	/* The longest is too much for net.core.optmem_max of some kernels. */
	EXPECT_NE(-EINVAL, attach_filter(self->t.fd, (struct sock_fprog){
					 BPF_MAXINSNS, long_one }));
	EXPECT_EQ(0, attach_filter(self->t.fd, (struct sock_fprog){
				   400, long_one }));
	expect_passed(_metadata, &self->t, 0);
}

/* tun reads it to where it keeps it; what cannot be read is zeroes then. */
TEST_F(tap, filter_that_cannot_be_read)
{
	static const struct sock_fprog none, one = { .len = 1 };
	void *torn[] = { NULL, BAD };
	__u8 *edge = lt_edge(3);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(torn); i++) {
		ASSERT_EQ(0, attach_filter(self->t.fd, trim20));
		EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNATTACHFILTER,
					    torn[i]));
		EXPECT_TRUE(shows(self->t.fd, none));
	}
	memcpy(edge, &one, 3);
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNATTACHFILTER, edge));
	/* i386 copies words, and single bytes only up to an aligned word: all three or none. */
	EXPECT_TRUE(shows(self->t.fd, one) ||
		    (sizeof(long) == 4 && shows(self->t.fd, none)));
	/* The filter that was there is at work all the same. */
	make(LT_IPV4);
	expect_passed(_metadata, &self->t, 20);
}

TEST_F(tap, get_filter)
{
	static const struct sock_fprog none;

	EXPECT_TRUE(shows(self->t.fd, none));
	ASSERT_EQ(0, attach_filter(self->t.fd, ipv4));
	EXPECT_TRUE(shows(self->t.fd, ipv4));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNDETACHFILTER, NULL));
	EXPECT_TRUE(shows(self->t.fd, ipv4));
}

/* On a TUN the mode is looked at before the argument. */
TEST(not_on_tun)
{
	static const unsigned long rows[] = {
		TUNATTACHFILTER, TUNDETACHFILTER, TUNGETFILTER, TUNSETTXFILTER,
	};
	struct sock_fprog fprog = keep;
	char name[IFNAMSIZ] = "nof%d";
	int fd = lt_open(0), attached;
	size_t i;

	for (attached = 0; attached < 2; attached++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			EXPECT_EQ(attached ? -EINVAL : -EBADFD,
				  lt_ioctl(fd, rows[i], &fprog));
			EXPECT_EQ(attached ? -EINVAL : -EBADFD,
				  lt_ioctl(fd, rows[i], BAD));
		}
		EXPECT_EQ(attached ? -EEXIST : 0,
			  lt_setiff(fd, name, IFF_TUN | IFF_NO_PI));
	}
	close(fd);
}

/* A persistent TAP with a filter and nobody there: the filter's memory. */
static struct sock_filter *persistent(struct __test_metadata *_metadata,
				      struct lt_tunnel *t, int flags)
{
	struct sock_filter *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sock_fprog fprog = { 1, code };

	*code = trim20.filter[0];
	EXPECT_EQ(0, attach_filter(t->fd, fprog));
	EXPECT_EQ(0, lt_ioctl(t->fd, TUNSETPERSIST, (void *)1));
	close(t->fd);
	t->fd = lt_open(O_NONBLOCK);
	return code;
}

/* The filter goes onto the file, and tun takes that for a failure. */
TEST_F(tap, attach_with_stored_filter)
{
	struct sock_filter *code = persistent(_metadata, &self->t,
					      variant->flags);
	int fd = self->t.fd;

	make(LT_IPV4);
	self->t.flags = IFF_TAP;
	EXPECT_EQ(0, lt_setiff(fd, self->t.name, IFF_TAP));
	EXPECT_EQ(-EBADFD, get_flags(fd));
	EXPECT_EQ(-EBADFD, lt_read(fd, got, sizeof(got)));
	EXPECT_EQ(POLLERR, lt_poll(fd, POLLIN, 0));
	EXPECT_EQ(-EAGAIN, lt_write(self->t.inject, data, LEN));
	/* The second time it works, and the filter is on. */
	self->t.flags = IFF_TAP | IFF_NO_PI;
	EXPECT_EQ(0, lt_setiff(fd, self->t.name, self->t.flags));
	expect_passed(_metadata, &self->t, 20);
	EXPECT_EQ(0, lt_ioctl(fd, TUNDETACHFILTER, NULL));
	expect_passed(_metadata, &self->t, LEN);
	close(fd);

	/* Nothing is stored any more. */
	self->t.fd = lt_open(O_NONBLOCK);
	self->t.flags = IFF_TAP;
	EXPECT_EQ(0, lt_setiff(self->t.fd, self->t.name, IFF_TAP));
	EXPECT_EQ(IFF_TAP | IFF_PERSIST | IFF_NOFILTER, get_flags(self->t.fd));
	expect_passed(_metadata, &self->t, LEN);
	EXPECT_EQ(1, lt_delete(self->t.name));
	munmap(code, 4096);
}

TEST_F(tap, attach_without_stored_filter)
{
	struct sock_filter *code = persistent(_metadata, &self->t,
					      variant->flags);

	make(LT_IPV4);
	self->t.flags = IFF_TAP | IFF_NO_PI;
	EXPECT_EQ(0, lt_setiff(self->t.fd, self->t.name, self->t.flags));
	expect_passed(_metadata, &self->t, LEN);
	close(self->t.fd);
	/* The memory that it is read from again is gone: attached, no filter. */
	munmap(code, 4096);
	self->t.fd = lt_open(O_NONBLOCK);
	self->t.flags = IFF_TAP;
	EXPECT_EQ(0, lt_setiff(self->t.fd, self->t.name, IFF_TAP));
	EXPECT_EQ(IFF_TAP | IFF_PERSIST | IFF_NOFILTER, get_flags(self->t.fd));
	expect_passed(_metadata, &self->t, LEN);
	EXPECT_EQ(1, lt_delete(self->t.name));
}

static void attach_two(struct __test_metadata *_metadata, char *name, int flags,
		       int fd[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		fd[i] = lt_attach(name, flags, O_NONBLOCK);
		ASSERT_LE(0, fd[i]);
	}
}

/* The same when a queue is put in again: 0 and out, an error and in. */
TEST_F(tap, queue_with_stored_filter)
{
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	int flags = variant->flags | IFF_MULTI_QUEUE;
	struct sock_filter *code;
	char name[IFNAMSIZ] = "qf%d";
	int fd[2];

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*code = trim20.filter[0];
	attach_two(_metadata, name, flags, fd);
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	ASSERT_EQ(0, attach_filter(fd[0], (struct sock_fprog){ 1, code }));
	/* On the enabled ones only. */
	EXPECT_EQ(flags, get_flags(fd[0]));
	EXPECT_EQ(flags | IFF_NOFILTER | IFF_DETACH_QUEUE, get_flags(fd[1]));
	EXPECT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	EXPECT_EQ(flags | IFF_DETACH_QUEUE, get_flags(fd[1]));
	munmap(code, 4096);
	EXPECT_EQ(-EFAULT, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	EXPECT_EQ(flags, get_flags(fd[1]));
	EXPECT_EQ(-EINVAL, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	close(fd[0]);
	close(fd[1]);
}

/* A frame has passed one queue and waits there. That goes, and another has a filter. */
TEST(another_queue)
{
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	int flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE, fd[2], inject;
	static __u8 frame[8000];
	char name[IFNAMSIZ] = "aq%d";
	struct lt_call call;
	long dropped;
	size_t i;

	attach_two(_metadata, name, flags, fd);
	/* The second keeps what the first is rid of. */
	EXPECT_EQ(0, attach_filter(fd[0], drop));
	EXPECT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNDETACHFILTER, NULL));
	EXPECT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	make(LT_IPV4);
	memcpy(frame, data, LEN);
	inject = lt_control(name, "queues/0/inject_frame", O_WRONLY | O_NONBLOCK);
	for (i = 0; lt_write(inject, frame, sizeof(frame)) == sizeof(frame); i++)
		;
	EXPECT_LT(1, i);
	close(inject);
	inject = lt_control(name, "queues/0/inject_frame", O_WRONLY);
	ASSERT_EQ(0, lt_call_write(&call, inject, frame, sizeof(frame)));
	EXPECT_EQ(0, lt_call_blocked(&call));
	dropped = lt_stat(name, "inject_dropped");
	close(fd[0]);
	EXPECT_EQ(sizeof(frame), lt_call_end(&call));
	EXPECT_EQ(-EAGAIN, lt_read(fd[1], got, sizeof(got)));
	EXPECT_EQ(dropped + 1, lt_stat(name, "inject_dropped"));
	close(inject);
	close(fd[1]);
}

/* A queue attaches, and the program that it is to have is another before it is read. */
TEST(newer_program)
{
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	int flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE, fd[2], inject;
	struct late late = { .call = LATE_IOCTL, .cmd = TUNSETQUEUE, .arg = &in };
	char name[IFNAMSIZ] = "np%d";

	attach_two(_metadata, name, flags, fd);
	ASSERT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &out));
	late_map(_metadata, &late);
	ASSERT_EQ(0, late_fill(&late, drop.filter, sizeof(*drop.filter)));
	ASSERT_EQ(0, attach_filter(fd[0], (struct sock_fprog){ 1, late.page }));
	ASSERT_EQ(0, madvise(late.page, LATE_PAGE, MADV_DONTNEED));
	late.fd = fd[1];
	late_call(_metadata, &late);
	EXPECT_EQ(0, attach_filter(fd[0], keep));
	EXPECT_EQ(0, late_give(&late, drop.filter, sizeof(*drop.filter)));
	munmap(late.page, LATE_PAGE);
	/* It got a filter instead of being enabled, and brings that along. */
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNDETACHFILTER, NULL));
	EXPECT_EQ(0, lt_ioctl(fd[1], TUNSETQUEUE, &in));
	EXPECT_EQ(flags, get_flags(fd[1]));
	make(LT_IPV4);
	inject = lt_control(name, "queues/1/inject_frame", O_WRONLY | O_NONBLOCK);
	EXPECT_EQ(LEN, lt_write(inject, data, LEN));
	EXPECT_EQ(LEN, lt_read(fd[1], got, sizeof(got)));
	close(inject);
	close(fd[0]);
	close(fd[1]);
}

/* A new filter has to have room beside the one that it replaces. */
TEST(memory)
{
	static const char limit[] = "/proc/sys/net/core/optmem_max";
	static struct sock_filter code[800];
	const struct sock_fprog large = { ARRAY_SIZE(code), code };
	struct ifreq out = { .ifr_flags = IFF_DETACH_QUEUE };
	struct ifreq in = { .ifr_flags = IFF_ATTACH_QUEUE };
	int flags = IFF_TAP | IFF_MULTI_QUEUE, fd[2];
	char name[IFNAMSIZ] = "qm%d", before[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(code); i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0);
	code[i - 1] = trim20.filter[0];
	/* It takes 6,400 bytes and some. */
	ASSERT_LT(0, lt_read_file(limit, before, sizeof(before)));
	ASSERT_LT(0, lt_write_file(limit, "10000"));
	attach_two(_metadata, name, flags, fd);
	EXPECT_EQ(0, attach_filter(fd[0], large));
	/* The first queue is fd[1] and has none, the second has the large one. */
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNSETQUEUE, &out));
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNDETACHFILTER, NULL));
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNSETQUEUE, &in));
	EXPECT_EQ(-ENOMEM, attach_filter(fd[0], large));
	EXPECT_EQ(flags | IFF_NOFILTER, get_flags(fd[1]));
	EXPECT_EQ(flags, get_flags(fd[0]));
	/* Both have it, and both keep it. */
	EXPECT_EQ(0, attach_filter(fd[0], trim20));
	EXPECT_EQ(0, attach_filter(fd[0], large));
	EXPECT_EQ(-ENOMEM, attach_filter(fd[0], large));
	EXPECT_EQ(flags, get_flags(fd[1]));
	EXPECT_EQ(flags, get_flags(fd[0]));
	/* A queue that is put in again. */
	EXPECT_EQ(0, attach_filter(fd[0], trim20));
	EXPECT_EQ(0, attach_filter(fd[0], large));
	EXPECT_EQ(0, lt_ioctl(fd[0], TUNSETQUEUE, &out));
	EXPECT_EQ(-ENOMEM, lt_ioctl(fd[0], TUNSETQUEUE, &in));
	EXPECT_EQ(flags, get_flags(fd[0]));

	EXPECT_LT(0, lt_write_file(limit, before));
	close(fd[0]);
	close(fd[1]);
}

/* Addresses of TUNSETTXFILTER by number: unicast, and from 256 on multicast. */
#define MULTICAST 256
#define BROADCAST 0xffff

static void put_address(__u8 *address, int number)
{
	static const __u8 unicast[] = { 2, 0, 0, 0, 7 };
	static const __u8 multicast[] = { 1, 0, 0x5e, 0, 0 };

	memcpy(address, number < MULTICAST ? unicast : multicast, 5);
	address[5] = number;
	if (number == BROADCAST)
		memset(address, 0xff, 6);
}

static void to_address(int number)
{
	make(LT_IPV4);
	put_address(data, number);
}

/* A filter with @count addresses of consecutive numbers, then @last. */
static int set_txfilter(int fd, int flags, int count, int first, int last)
{
	__u8 filter[4 + 6 * 16];
	__u16 head[] = { flags, count + !!last };
	int i;

	memcpy(filter, head, 4);
	for (i = 0; i < count; i++)
		put_address(filter + 4 + 6 * i, first + i);
	put_address(filter + 4 + 6 * count, last);
	return lt_ioctl(fd, TUNSETTXFILTER, filter);
}

/* The first six bits of the CRC that Ethernet would send: ether_crc() >> 26. */
static int hash_of(const __u8 *address)
{
	__u32 crc = 0xffffffff, i, bit;

	for (i = 0; i < 6; i++)
		for (bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ ((crc >> 31 ^ address[i] >> bit) & 1 ?
					  0x04c11db7 : 0);
	return crc >> 26;
}

/* Which of { 0, 1, 7, 8, a multicast address, broadcast } pass. */
static void expect_passes(struct __test_metadata *_metadata,
			  const struct lt_tunnel *t, const char *which)
{
	static const int numbers[] = {
		0, 1, 7, 8, MULTICAST + 9, BROADCAST,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		to_address(numbers[i]);
		expect_passed(_metadata, t, which[i] == '1' ? LEN : 0);
	}
}

TEST_F(tap, addresses)
{
	static const struct {
		int flags, count, first, last, ret;
		const char *passes;
	} rows[] = {
		{ 0, 1, 0, 0, 1, "100000" },
		{ 0, 2, 0, 0, 2, "110000" },
		{ 0, 7, 0, 0, 7, "110000" },
		{ 0, 8, 0, 0, 8, "111000" },
		/* Too many that are no multicast: no filter. */
		{ 0, 9, 0, 0, 0, "111111" },
		{ TUN_FLT_ALLMULTI, 8, 1, 9, 0, "111111" },
		{ 0, 8, 0, MULTICAST + 9, 8, "111010" },
		{ 0, 8, 0, BROADCAST, 8, "111001" },
		{ 0, 1, 7, BROADCAST, 2, "001001" },
		{ 0, 1, 0, MULTICAST + 9, 2, "100010" },
		{ TUN_FLT_ALLMULTI, 1, 1, 0, 1, "010011" },
		{ TUN_FLT_ALLMULTI, 8, 1, MULTICAST, 8, "011111" },
		{ 0xfffe, 1, 1, 0, 1, "010000" },
		{ 0, 0, 0, 0, 0, "111111" },
		{ 0, 1, 1, 0, 1, "010000" },
		{ TUN_FLT_ALLMULTI, 0, 0, 0, 0, "111111" },
	};
	size_t i;

	expect_passes(_metadata, &self->t, "111111");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].ret,
			  set_txfilter(self->t.fd, rows[i].flags, rows[i].count,
				       rows[i].first, rows[i].last))
			TH_LOG("row %zu", i);
		expect_passes(_metadata, &self->t, rows[i].passes);
	}
}

/* Behind the first eight, all that have the hash pass. */
TEST_F(tap, addresses_by_hash)
{
	__u8 listed[6];
	int i, passed = 0;

	put_address(listed, MULTICAST + 77);
	ASSERT_EQ(8, set_txfilter(self->t.fd, 0, 8, 0, MULTICAST + 77));
	for (i = 0; i < 256; i++) {
		to_address(MULTICAST + i);
		passed += hash_of(data) == hash_of(listed);
		expect_passed(_metadata, &self->t,
			      hash_of(data) == hash_of(listed) ? LEN : 0);
	}
	EXPECT_LT(1, passed);
	EXPECT_GT(16, passed);
}

TEST_F(tap, addresses_refused)
{
	__u8 *edge = lt_edge(4 + 6 + 5);
	__u16 head[] = { 0, 2 };

	ASSERT_EQ(1, set_txfilter(self->t.fd, 0, 1, 1, 0));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNSETTXFILTER, BAD));
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNSETTXFILTER, NULL));
	memcpy(edge, head, 4);
	EXPECT_EQ(-EFAULT, lt_ioctl(self->t.fd, TUNSETTXFILTER, edge));
	expect_passes(_metadata, &self->t, "010000");
	/* The count alone is read where it is 0. */
	head[1] = 0;
	memcpy(edge + 11, head, 4);
	EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETTXFILTER, edge + 11));
	expect_passes(_metadata, &self->t, "111111");
}

/* It is the device's, and stays when the program goes; filters follow on. */
TEST_F(tap, addresses_stay)
{
	ASSERT_EQ(1, set_txfilter(self->t.fd, 0, 1, 1, 0));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	close(self->t.fd);
	self->t.fd = lt_attach(self->t.name, variant->flags, O_NONBLOCK);
	ASSERT_LE(0, self->t.fd);
	expect_passes(_metadata, &self->t, "010000");
	ASSERT_EQ(0, attach_filter(self->t.fd, trim20));
	to_address(1);
	expect_passed(_metadata, &self->t, 20);
	to_address(0);
	expect_passed(_metadata, &self->t, 0);
	EXPECT_EQ(1, lt_delete(self->t.name));
}

TEST_HARNESS_MAIN
