// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file loopback, on one tunnel: echo and reflect. What the program writes,
 * what it reads for it, what is kept for sent, what is counted.
 */
#include <endian.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "sums.h"
#include "message.h"

#define RING (256 * 1024)
/* Where things are in an IPv4 datagram without options. */
#define IP_SUM 10
#define UDP 20
#define ICMP 20

static const __u8 program_mac[] = { 2, 0, 0, 0, 0, 0x0a };
static const __u8 other_mac[] = { 2, 0, 0, 0, 0, 0x0b };

static const struct lt_udp there = { 0x0a000001, 0xc0a80107, 4000, 53 };
static const struct lt_udp back = { 0xc0a80107, 0x0a000001, 53, 4000 };

static __u8 got[RING];

FIXTURE(loopback) { struct lt_tunnel t; };
FIXTURE_VARIANT(loopback) { int flags; };

FIXTURE_VARIANT_ADD(loopback, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(loopback, tun_pi) { .flags = IFF_TUN };
FIXTURE_VARIANT_ADD(loopback, tun_vnet) {
	.flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR,
};

FIXTURE_VARIANT_ADD(loopback, tun_pi_vnet) { .flags = IFF_TUN | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(loopback, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(loopback, tap_pi) { .flags = IFF_TAP };
FIXTURE_VARIANT_ADD(loopback, tap_vnet) {
	.flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
};

FIXTURE_VARIANT_ADD(loopback, tap_pi_vnet) { .flags = IFF_TAP | IFF_VNET_HDR };

FIXTURE_SETUP(loopback)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(loopback)
{
	lt_expect_bounds(_metadata, self->t.name);
	lt_tunnel_close(&self->t);
}

static long set(const struct lt_tunnel *t, const char *text)
{
	return lt_control_write(t->name, "loopback", text);
}

static void begin_request(struct message *m, int flags)
{
	begin(m, flags, other_mac, program_mac, LT_IPV4);
}

static void begin_answer(struct message *m, int flags)
{
	begin(m, flags, program_mac, other_mac, LT_IPV4);
}

static void add_udp(struct message *m, const struct lt_udp *udp, size_t len)
{
	static __u8 payload[1500];

	lt_fill(payload, len, len);
	m->len += lt_udp_datagram(m->bytes + m->ip, udp, payload, len);
}

/* An echo request, or with that type something else. */
static void add_icmp(struct message *m, const struct lt_udp *ends, int type,
		     size_t len)
{
	__u8 *ip = m->bytes + m->ip, *icmp = ip + ICMP;
	__u16 sum;

	lt_udp_datagram(ip, ends, "", 0);
	m->len += ICMP + 8 + len;
	ip[2] = (ICMP + 8 + len) >> 8;
	ip[3] = ICMP + 8 + len;
	ip[9] = IPPROTO_ICMP;
	memset(ip + IP_SUM, 0, 2);
	sum = lt_checksum(ip, ICMP, 0);
	ip[IP_SUM] = sum >> 8;
	ip[IP_SUM + 1] = sum;
	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[5] = 7;
	lt_fill(icmp + 8, len, 3);
	sum = lt_checksum(icmp, 8 + len, 0);
	icmp[2] = sum >> 8;
	icmp[3] = sum;
}

static void expect_nothing(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t)
{
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(0, lt_poll(t->fd, POLLIN, 0));
}

/* The program reads @m, all of it and nothing else. */
static void expect_message(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t, const struct message *m)
{
	EXPECT_EQ(POLLIN, lt_poll(t->fd, POLLIN, 0));
	lt_poison(got, sizeof(got));
	ASSERT_EQ(m->len, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(m->bytes, got, m->len));
	EXPECT_TRUE(lt_poisoned(got, m->len, sizeof(got)));
}

/* What the program wrote is in sent, whatever else became of it. */
static void expect_sent(struct __test_metadata *_metadata,
			const struct lt_tunnel *t, const struct message *m)
{
	lt_poison(got, sizeof(got));
	ASSERT_EQ(m->len - m->ether, lt_read(t->sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(m->bytes + m->ether, got, m->len - m->ether));
}

static void write_message(struct __test_metadata *_metadata,
			  const struct lt_tunnel *t, const struct message *m)
{
	ASSERT_EQ(m->len, lt_write(t->fd, m->bytes, m->len));
}

TEST_F(loopback, none)
{
	struct message m;
	char text[64];

	EXPECT_EQ(5, lt_control_read(self->t.name, "loopback", text, sizeof(text)));
	EXPECT_STREQ("none\n", text);
	begin_request(&m, variant->flags);
	add_udp(&m, &there, 100);
	write_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
	expect_sent(_metadata, &self->t, &m);
	EXPECT_EQ(0, lt_stat(self->t.name, "loopback_datagrams"));

	ASSERT_EQ(4, set(&self->t, "echo"));
	ASSERT_EQ(4, set(&self->t, "none"));
	write_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
	expect_sent(_metadata, &self->t, &m);
}

TEST_F(loopback, echo)
{
	static const size_t lengths[] = { 0, 1, 100, 1472 };
	struct message m;
	size_t i;

	ASSERT_EQ(5, set(&self->t, "echo\n"));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		begin_request(&m, variant->flags);
		add_udp(&m, &there, lengths[i]);
		write_message(_metadata, &self->t, &m);
		expect_message(_metadata, &self->t, &m);
		expect_sent(_metadata, &self->t, &m);
	}
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
	EXPECT_EQ(i, lt_stat(self->t.name, "loopback_datagrams"));
	EXPECT_EQ(i, lt_stat(self->t.name, "injected_datagrams"));
}

/* What is no IP at all comes back as well, its PI with it. */
TEST_F(loopback, echo_of_anything)
{
	struct message m;

	ASSERT_EQ(4, set(&self->t, "echo"));
	begin(&m, variant->flags, everybody, program_mac, 0x88b5);
	lt_fill(m.bytes + m.ip, 50, 1);
	/* Without PI, TUN wants a version. */
	m.bytes[m.ip] = 0x40;
	m.len += 50;
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
}

TEST_F(loopback, reflect_udp)
{
	static const size_t lengths[] = { 0, 1, 100, 1472 };
	struct message m, answer;
	size_t i;

	ASSERT_EQ(7, set(&self->t, "reflect"));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		begin_request(&m, variant->flags);
		add_udp(&m, &there, lengths[i]);
		begin_answer(&answer, variant->flags);
		add_udp(&answer, &back, lengths[i]);
		write_message(_metadata, &self->t, &m);
		expect_message(_metadata, &self->t, &answer);
		expect_sent(_metadata, &self->t, &m);
	}
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(i, lt_stat(self->t.name, "loopback_datagrams"));
}

TEST_F(loopback, reflect_ping)
{
	struct message m, answer;

	ASSERT_EQ(7, set(&self->t, "reflect"));
	begin_request(&m, variant->flags);
	add_icmp(&m, &there, 8, 57);
	begin_answer(&answer, variant->flags);
	add_icmp(&answer, &back, 0, 57);
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	expect_sent(_metadata, &self->t, &m);
	/* A reply is not answered. */
	write_message(_metadata, &self->t, &answer);
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(1, lt_stat(self->t.name, "loopback_protocol"));
}

/* Each reason not to answer is counted by its name; the write succeeds. */
TEST_F(loopback, reflect_refused)
{
	static const struct lt_udp many = { 0x0a000001, 0xe00000fb, 5353, 5353 };
	static const struct lt_udp nobody = { 0, 0xffffffff, 68, 67 };
	struct message m;

	ASSERT_EQ(7, set(&self->t, "reflect"));
	begin_request(&m, variant->flags);
	add_udp(&m, &many, 10);
	write_message(_metadata, &self->t, &m);
	begin_request(&m, variant->flags);
	add_udp(&m, &nobody, 10);
	write_message(_metadata, &self->t, &m);
	EXPECT_EQ(2, lt_stat(self->t.name, "loopback_address"));

	begin_request(&m, variant->flags);
	add_icmp(&m, &there, 13, 12);
	write_message(_metadata, &self->t, &m);
	EXPECT_EQ(1, lt_stat(self->t.name, "loopback_protocol"));

	begin_request(&m, variant->flags);
	add_udp(&m, &there, 10);
	m.len--;
	write_message(_metadata, &self->t, &m);
	EXPECT_EQ(1, lt_stat(self->t.name, "loopback_malformed"));

	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(0, lt_stat(self->t.name, "loopback_datagrams"));
	EXPECT_EQ(4, lt_stat(self->t.name, "written_datagrams"));
	EXPECT_EQ(0, lt_stat(self->t.name, "write_errors"));
}

/* A datagram of @n, which can be told from all others. */
static void number(struct message *m, int n)
{
	m->bytes[m->len - 2] = n >> 8;
	m->bytes[m->len - 1] = n;
}

static void write_numbered(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t, int flags, int n,
			   struct message *m)
{
	begin_request(m, flags);
	add_udp(m, &there, 1000);
	number(m, n);
	write_message(_metadata, t, m);
}

/* Nobody waits for room: what does not fit is counted, the rest in order. */
TEST_F(loopback, no_room)
{
	long looped, dropped = 0, written;
	struct message m;

	ASSERT_EQ(4, set(&self->t, "echo"));
	for (written = 0; !dropped && written < 10000; written++) {
		write_numbered(_metadata, &self->t, variant->flags, written, &m);
		dropped = lt_stat(self->t.name, "loopback_no_room");
	}
	EXPECT_EQ(1, dropped);
	looped = lt_stat(self->t.name, "loopback_datagrams");
	EXPECT_EQ(written, looped + dropped);
	EXPECT_LE(200, looped);
	for (written = 0; written < looped; written++) {
		ASSERT_EQ(m.len, lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(written, got[m.len - 2] << 8 | got[m.len - 1]);
	}
	expect_nothing(_metadata, &self->t);
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &m);
}

/* sent and the program read the same bytes, and neither waits for the other. */
TEST_F(loopback, sent_is_ahead)
{
	struct message m;
	int i, looped;

	ASSERT_EQ(4, set(&self->t, "echo"));
	for (i = 0; i < 600; i++) {
		write_numbered(_metadata, &self->t, variant->flags, i, &m);
		expect_sent(_metadata, &self->t, &m);
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "sent_dropped"));
	looped = lt_stat(self->t.name, "loopback_datagrams");
	EXPECT_LE(200, looped);
	EXPECT_EQ(600, looped + lt_stat(self->t.name, "loopback_no_room"));
	for (i = 0; i < looped; i++) {
		number(&m, i);
		expect_message(_metadata, &self->t, &m);
	}
	expect_nothing(_metadata, &self->t);
}

TEST_F(loopback, program_is_ahead)
{
	struct message m;
	int i, kept;

	ASSERT_EQ(4, set(&self->t, "echo"));
	for (i = 0; i < 600; i++) {
		write_numbered(_metadata, &self->t, variant->flags, i, &m);
		expect_message(_metadata, &self->t, &m);
	}
	EXPECT_EQ(0, lt_stat(self->t.name, "loopback_no_room"));
	kept = 600 - lt_stat(self->t.name, "sent_dropped");
	EXPECT_LE(200, kept);
	EXPECT_GT(600, kept);
	for (i = 0; i < kept; i++) {
		number(&m, i);
		expect_sent(_metadata, &self->t, &m);
	}
	EXPECT_EQ(-EAGAIN, lt_read(self->t.sent, got, sizeof(got)));
}

/* What is dropped towards the program is in sent all the same. */
TEST_F(loopback, closed_unread)
{
	struct message m[2];
	int i;

	ASSERT_EQ(4, set(&self->t, "echo"));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETPERSIST, (void *)1));
	for (i = 0; i < 2; i++)
		write_numbered(_metadata, &self->t, variant->flags, i, &m[i]);
	close(self->t.fd);
	self->t.fd = -1;
	for (i = 0; i < 2; i++)
		expect_sent(_metadata, &self->t, &m[i]);
	ASSERT_LE(0, lt_delete(self->t.name));
}

/* A write that fails has not been. */
TEST_F(loopback, refused_write)
{
	struct message m;

	ASSERT_EQ(4, set(&self->t, "echo"));
	begin_request(&m, variant->flags);
	add_udp(&m, &there, 10);
	ASSERT_EQ(4, lt_control_write(self->t.name, "link", "down"));
	EXPECT_EQ(-EIO, lt_write(self->t.fd, m.bytes, m.len));
	ASSERT_EQ(2, lt_control_write(self->t.name, "link", "up"));
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(0, lt_stat(self->t.name, "loopback_datagrams"));
}

/* A limited queue drops as it does for whoever injects. */
TEST_F(loopback, txqueuelen)
{
	struct message m;
	int i;

	ASSERT_EQ(4, set(&self->t, "echo"));
	ASSERT_EQ(1, lt_control_write(self->t.name, "txqueuelen", "2"));
	begin_request(&m, variant->flags);
	add_udp(&m, &there, 10);
	for (i = 0; i < 5; i++)
		write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(3, lt_stat(self->t.name, "inject_dropped"));
}

/* A reader that sleeps is woken by the program's own write. */
TEST_F(loopback, wakes)
{
	struct lt_tunnel t;
	struct lt_call call;
	struct message m;

	ASSERT_EQ(0, lt_tunnel_open(&t, variant->flags, 0));
	ASSERT_EQ(4, set(&t, "echo"));
	begin_request(&m, variant->flags);
	add_udp(&m, &there, 10);
	ASSERT_EQ(0, lt_call_read(&call, t.fd, got, sizeof(got)));
	ASSERT_EQ(0, lt_call_blocked(&call));
	ASSERT_EQ(m.len, lt_write(t.fd, m.bytes, m.len));
	EXPECT_EQ(m.len, lt_call_end(&call));
	EXPECT_EQ(0, memcmp(m.bytes, got, m.len));
	lt_tunnel_close(&t);
}

FIXTURE(offload) { struct lt_tunnel t; };
FIXTURE_VARIANT(offload) { int flags; };

FIXTURE_VARIANT_ADD(offload, tun) { .flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(offload, tun_pi) { .flags = IFF_TUN | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(offload, tap) { .flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(offload, tap_pi) { .flags = IFF_TAP | IFF_VNET_HDR };

FIXTURE_SETUP(offload)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(offload)
{
	lt_tunnel_close(&self->t);
}

TEST_F(offload, partial_checksum)
{
	struct message m, answer;

	begin_request(&m, variant->flags);
	add_udp(&m, &there, 101);
	make_partial(&m);
	/* An echo is as it was, whatever the program asked for. */
	ASSERT_EQ(4, set(&self->t, "echo"));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &m);
	/* An answer comes complete. */
	ASSERT_EQ(7, set(&self->t, "reflect"));
	begin_answer(&answer, variant->flags);
	add_udp(&answer, &back, 101);
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOFFLOAD, (void *)TUN_F_CSUM));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	expect_nothing(_metadata, &self->t);
}

/* Add to the first word of the payload what makes the checksum come out as 0. */
static void make_zero(struct message *m)
{
	__u8 *udp = m->bytes + m->ip + UDP;
	__u32 word = (udp[8] << 8 | udp[9]) + (udp[6] << 8 | udp[7]);

	word = (word & 0xffff) + (word >> 16);
	udp[8] = word >> 8;
	udp[9] = word;
	udp[6] = 0xff;
	udp[7] = 0xff;
}

/* In UDP no checksum is 0: that would say that there is none. */
TEST_F(offload, checksum_of_zero)
{
	struct message m, answer;

	begin_request(&m, variant->flags);
	add_udp(&m, &there, 101);
	make_zero(&m);
	make_partial(&m);
	begin_answer(&answer, variant->flags);
	add_udp(&answer, &back, 101);
	make_zero(&answer);
	ASSERT_EQ(7, set(&self->t, "reflect"));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	expect_nothing(_metadata, &self->t);
}

/* TCP in one datagram that the reader is to segment. */
static void make_tcp(struct message *m, const struct lt_udp *ends, int flags)
{
	struct virtio_net_hdr *h = (void *)(m->bytes + m->vnet);
	__u8 *ip = m->bytes + m->ip, *tcp = ip + UDP;
	__u32 sum = IPPROTO_TCP + 20 + 1000;
	int i;

	add_udp(m, ends, 1012);
	memset(ip + IP_SUM, 0, 2);
	ip[9] = IPPROTO_TCP;
	i = lt_checksum(ip, UDP, 0);
	ip[IP_SUM] = i >> 8;
	ip[IP_SUM + 1] = i;
	memset(tcp + 4, 0, 16);
	tcp[12] = 0x50;
	for (i = 12; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (__u16)~lt_checksum(NULL, 0, sum);
	tcp[16] = sum >> 8;
	tcp[17] = sum;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	h->csum_start = m->ip + UDP - m->ether;
	h->csum_offset = 16;
	h->hdr_len = m->ip + UDP + 20 - m->ether;
	h->gso_size = 500;
}

TEST_F(offload, segmentation)
{
	struct message m, answer;

	begin_request(&m, variant->flags);
	make_tcp(&m, &there, variant->flags);
	begin_answer(&answer, variant->flags);
	make_tcp(&answer, &back, variant->flags);

	ASSERT_EQ(7, set(&self->t, "reflect"));
	write_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(1, lt_stat(self->t.name, "loopback_offload"));

	/* Only who asked for it is given it. */
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOFFLOAD,
			      (void *)(TUN_F_CSUM | TUN_F_TSO6)));
	write_message(_metadata, &self->t, &m);
	EXPECT_EQ(2, lt_stat(self->t.name, "loopback_offload"));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOFFLOAD,
			      (void *)(TUN_F_CSUM | TUN_F_TSO4)));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	/* Offloads that were refused change nothing. */
	EXPECT_EQ(-EINVAL, lt_ioctl(self->t.fd, TUNSETOFFLOAD, (void *)TUN_F_TSO4));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
	expect_nothing(_metadata, &self->t);
	/* Congestion is an offload of its own. */
	((struct virtio_net_hdr *)(m.bytes + m.vnet))->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	((struct virtio_net_hdr *)(answer.bytes + answer.vnet))->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	write_message(_metadata, &self->t, &m);
	expect_nothing(_metadata, &self->t);
	EXPECT_EQ(3, lt_stat(self->t.name, "loopback_offload"));
	ASSERT_EQ(0, lt_ioctl(self->t.fd, TUNSETOFFLOAD,
			      (void *)(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN)));
	write_message(_metadata, &self->t, &m);
	expect_message(_metadata, &self->t, &answer);
}

/* Who has @target? Asked by @mac, or answered by it. */
static void make_arp(struct message *m, int operation, const __u8 *mac,
		     const __u8 *sender, const __u8 *other, const __u8 *target)
{
	static const __u8 head[] = { 0, 1, 8, 0, 6, 4, 0 };
	__u8 *arp = m->bytes + m->ip;

	memcpy(arp, head, sizeof(head));
	arp[7] = operation;
	memcpy(arp + 8, mac, 6);
	memcpy(arp + 14, sender, 4);
	memcpy(arp + 18, other, 6);
	memcpy(arp + 24, target, 4);
	m->len += 28;
}

static const __u8 no_mac[6], nobody[4];
static const __u8 host_a[] = { 10, 0, 0, 1 }, host_b[] = { 10, 0, 0, 2 };

static void ask_for_mac(struct __test_metadata *_metadata, int flags)
{
	struct message m, answer;
	struct lt_tunnel t;

	ASSERT_EQ(0, lt_tunnel_open(&t, flags, O_NONBLOCK));
	ASSERT_EQ(7, set(&t, "reflect"));
	begin(&m, flags, everybody, program_mac, 0x0806);
	make_arp(&m, 1, program_mac, host_a, no_mac, host_b);
	begin(&answer, flags, program_mac, made_up_mac, 0x0806);
	make_arp(&answer, 2, made_up_mac, host_b, program_mac, host_a);
	write_message(_metadata, &t, &m);
	expect_message(_metadata, &t, &answer);
	/* A probe gets no answer, which would say that the address is taken. */
	begin(&m, flags, everybody, program_mac, 0x0806);
	make_arp(&m, 1, program_mac, nobody, no_mac, host_b);
	write_message(_metadata, &t, &m);
	expect_nothing(_metadata, &t);
	EXPECT_EQ(1, lt_stat(t.name, "loopback_address"));
	lt_tunnel_close(&t);
}

TEST(arp)
{
	ask_for_mac(_metadata, IFF_TAP | IFF_NO_PI);
	ask_for_mac(_metadata, IFF_TAP);
	ask_for_mac(_metadata, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
	ask_for_mac(_metadata, IFF_TAP | IFF_VNET_HDR);
}

/* Some words are taken, others refused, and those change nothing. */
TEST(text)
{
	static const char *const good[] = { "echo\n", "reflect\n", "none\n" };
	static const char *const bad[] = {
		"", "\n", "Echo", "echo ", "echo echo", " echo", "none none",
		"reflect x", "peer", "peer\n", "loop", "echo\nnone", "echo\n\n",
	};
	char text[64];
	struct lt_tunnel t;
	size_t i, j;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN, 0));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(strlen(good[i]), set(&t, good[i]));
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			EXPECT_EQ(-EINVAL, set(&t, bad[j]))
				TH_LOG("'%s'", bad[j]);
		}
		EXPECT_LT(0, lt_control_read(t.name, "loopback", text, sizeof(text)));
		EXPECT_STREQ(good[i], text);
		/* What was read can be written. */
		EXPECT_EQ(strlen(text), set(&t, text));
	}
	lt_tunnel_close(&t);
}

TEST(gone)
{
	int loopback;
	struct lt_tunnel t;
	char text[64];

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN, 0));
	loopback = lt_control(t.name, "loopback", O_RDWR);
	ASSERT_LE(0, loopback);
	ASSERT_EQ(4, lt_write(loopback, "echo", 4));
	lt_tunnel_close(&t);
	EXPECT_EQ(-ENODEV, lt_write(loopback, "echo", 4));
	EXPECT_EQ(-ENODEV, lt_read(loopback, text, sizeof(text)));
	close(loopback);
}

/* Written on a queue, read from that queue; from one that is out of use, any. */
TEST(queues)
{
	int fds[3], i, j;
	char name[IFNAMSIZ] = "loop%d";
	struct ifreq detach = { .ifr_flags = IFF_DETACH_QUEUE };
	__u8 data[60];

	for (i = 0; i < 3; i++) {
		fds[i] = lt_attach(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE,
				   O_NONBLOCK);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_EQ(4, lt_control_write(name, "loopback", "echo"));
	lt_datagram(data, sizeof(data), 4, 1);
	for (i = 0; i < 3; i++) {
		data[59] = i;
		ASSERT_EQ(60, lt_write(fds[i], data, 60));
		for (j = 0; j < 3; j++)
			EXPECT_EQ(i == j ? 60 : -EAGAIN, lt_read(fds[j], got, 60));
		EXPECT_EQ(i, got[59]);
	}
	ASSERT_EQ(0, lt_ioctl(fds[2], TUNSETQUEUE, &detach));
	ASSERT_EQ(60, lt_write(fds[2], data, 60));
	EXPECT_EQ(-EAGAIN, lt_read(fds[2], got, 60));
	EXPECT_NE(lt_read(fds[0], got, 60), lt_read(fds[1], got, 60));
	for (i = 0; i < 3; i++)
		close(fds[i]);
}

TEST_HARNESS_MAIN
