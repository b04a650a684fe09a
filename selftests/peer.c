// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file loopback, two tunnels: what one program writes the other reads, in
 * whatever framing each has; who is whose peer, and for how long.
 */
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "looptun.h"
#include "message.h"
#include "sums.h"

#define LARGEST 65536

static const __u8 mac_a[] = { 2, 0, 0, 0, 0, 0x0a };
static const __u8 mac_b[] = { 2, 0, 0, 0, 0, 0x0b };

static const struct lt_udp ends = { 0x0a000001, 0xc0a80107, 4000, 53 };

static __u8 got[LARGEST];

static long set(const struct lt_tunnel *t, const char *word, const char *peer)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %s", word, peer);
	return lt_control_write(t->name, "loopback", text);
}

static void expect_loopback(struct __test_metadata *_metadata,
			    const char *tunnel, const char *word,
			    const char *peer)
{
	char text[256], want[256];

	snprintf(want, sizeof(want), *peer ? "%s %s\n" : "%s%s\n", word, peer);
	EXPECT_LT(0, lt_control_read(tunnel, "loopback", text, sizeof(text)));
	EXPECT_STREQ(want, text);
}

static void add_udp(struct message *m, size_t len)
{
	static __u8 payload[1500];

	lt_fill(payload, len, len);
	m->len += lt_udp_datagram(m->bytes + m->ip, &ends, payload, len);
}

static void expect_nothing(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t)
{
	EXPECT_EQ(-EAGAIN, lt_read(t->fd, got, sizeof(got)));
}

static void expect_message(struct __test_metadata *_metadata,
			   const struct lt_tunnel *t, const struct message *m)
{
	lt_poison(got, sizeof(got));
	ASSERT_EQ(m->len, lt_read(t->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(m->bytes, got, m->len));
	EXPECT_TRUE(lt_poisoned(got, m->len, sizeof(got)));
}

/* @m out of one program is @want in the other, and nothing else moves. */
static void expect_crossing(struct __test_metadata *_metadata,
			    const struct lt_tunnel *from, const struct message *m,
			    const struct lt_tunnel *to, const struct message *want)
{
	ASSERT_EQ(m->len, lt_write(from->fd, m->bytes, m->len));
	expect_message(_metadata, to, want);
	expect_nothing(_metadata, to);
	expect_nothing(_metadata, from);
	EXPECT_EQ(m->len - m->ether, lt_read(from->sent, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(m->bytes + m->ether, got, m->len - m->ether));
}

FIXTURE(peer) { struct lt_tunnel a, b; };
FIXTURE_VARIANT(peer) { int a, b; };

#define TUN (IFF_TUN | IFF_NO_PI)
#define TAP (IFF_TAP | IFF_NO_PI)

FIXTURE_VARIANT_ADD(peer, tun_tun) { .a = TUN, .b = TUN };
FIXTURE_VARIANT_ADD(peer, tun_tun_pi) { .a = TUN, .b = IFF_TUN };
FIXTURE_VARIANT_ADD(peer, tun_tun_vnet) { .a = TUN, .b = TUN | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(peer, tun_pi_vnet_tun) {
	.a = IFF_TUN | IFF_VNET_HDR,
	.b = TUN,
};

FIXTURE_VARIANT_ADD(peer, tun_tap) { .a = TUN, .b = TAP };
FIXTURE_VARIANT_ADD(peer, tun_pi_tap) { .a = IFF_TUN, .b = TAP };
FIXTURE_VARIANT_ADD(peer, tun_tap_pi) { .a = TUN, .b = IFF_TAP };
FIXTURE_VARIANT_ADD(peer, tun_pi_vnet_tap_pi_vnet) {
	.a = IFF_TUN | IFF_VNET_HDR,
	.b = IFF_TAP | IFF_VNET_HDR,
};

FIXTURE_VARIANT_ADD(peer, tun_tap_vnet) { .a = TUN, .b = TAP | IFF_VNET_HDR };
FIXTURE_VARIANT_ADD(peer, tap_tap) { .a = TAP, .b = TAP };
FIXTURE_VARIANT_ADD(peer, tap_pi_tap_vnet) {
	.a = IFF_TAP,
	.b = TAP | IFF_VNET_HDR,
};

FIXTURE_SETUP(peer)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->a, variant->a, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(&self->b, variant->b, O_NONBLOCK));
	ASSERT_LT(0, set(&self->a, "peer", self->b.name));
}

FIXTURE_TEARDOWN(peer)
{
	lt_expect_bounds(_metadata, self->a.name);
	lt_expect_bounds(_metadata, self->b.name);
	lt_tunnel_close(&self->a);
	lt_tunnel_close(&self->b);
}

/* Each in its own framing, at every step from the shortest to a long one. */
TEST_F(peer, both_ways)
{
	static const size_t lengths[] = { 0, 1, 18, 100, 1472 };
	const __u8 *from_tun = lt_tap(variant->a) ? mac_a : made_up_mac;
	struct message a, b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		begin(&b, variant->b, mac_a, mac_b, LT_IPV4);
		add_udp(&b, lengths[i]);
		begin(&a, variant->a, mac_a, mac_b, LT_IPV4);
		add_udp(&a, lengths[i]);
		expect_crossing(_metadata, &self->b, &b, &self->a, &a);
		/* By now b's MAC is known. */
		begin(&a, variant->a, mac_b, mac_a, LT_IPV4);
		add_udp(&a, lengths[i]);
		begin(&b, variant->b, mac_b, from_tun, LT_IPV4);
		add_udp(&b, lengths[i]);
		expect_crossing(_metadata, &self->a, &a, &self->b, &b);
	}
	EXPECT_EQ(i, lt_stat(self->a.name, "loopback_datagrams"));
	EXPECT_EQ(i, lt_stat(self->b.name, "loopback_datagrams"));
}

TEST_F(peer, ipv6)
{
	const __u8 *from_tun = lt_tap(variant->a) ? mac_a : made_up_mac;
	struct message a, b;

	begin(&a, variant->a, everybody, mac_a, LT_IPV6);
	a.len += lt_datagram(a.bytes + a.ip, 60, 6, 1);
	begin(&b, variant->b, everybody, from_tun, LT_IPV6);
	b.len += lt_datagram(b.bytes + b.ip, 60, 6, 1);
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
}

/* What has no room is lost and counted, and the writer goes on. */
TEST_F(peer, no_room)
{
	long written = 0, dropped = 0;
	struct message a;

	begin(&a, variant->a, mac_b, mac_a, LT_IPV4);
	add_udp(&a, 1400);
	for (; !dropped && written < 10000; written++) {
		ASSERT_EQ(a.len, lt_write(self->a.fd, a.bytes, a.len));
		dropped = lt_stat(self->a.name, "loopback_no_room");
	}
	EXPECT_EQ(written, dropped + lt_stat(self->a.name, "loopback_datagrams"));
	EXPECT_EQ(0, lt_stat(self->b.name, "loopback_no_room"));
	for (; written > dropped; written--)
		ASSERT_LT(0, lt_read(self->b.fd, got, sizeof(got)));
	expect_nothing(_metadata, &self->b);
}

TEST_F(peer, ends)
{
	struct message a, b;

	begin(&a, variant->a, mac_b, mac_a, LT_IPV4);
	add_udp(&a, 10);
	begin(&b, variant->b, mac_a, mac_b, LT_IPV4);
	add_udp(&b, 10);
	expect_loopback(_metadata, self->a.name, "peer", self->b.name);
	expect_loopback(_metadata, self->b.name, "peer", self->a.name);
	ASSERT_EQ(4, lt_control_write(self->b.name, "loopback", "none"));
	expect_loopback(_metadata, self->a.name, "none", "");
	expect_loopback(_metadata, self->b.name, "none", "");
	ASSERT_EQ(a.len, lt_write(self->a.fd, a.bytes, a.len));
	ASSERT_EQ(b.len, lt_write(self->b.fd, b.bytes, b.len));
	expect_nothing(_metadata, &self->a);
	expect_nothing(_metadata, &self->b);
	EXPECT_EQ(0, lt_stat(self->a.name, "loopback_datagrams"));
	EXPECT_EQ(0, lt_stat(self->a.name, "loopback_no_room"));
}

/* The end of either tunnel ends it, and nothing is left of it in a later one. */
TEST_F(peer, deleted)
{
	struct message a;

	ASSERT_EQ(1, lt_delete(self->b.name));
	expect_loopback(_metadata, self->a.name, "none", "");
	begin(&a, variant->a, mac_b, mac_a, LT_IPV4);
	add_udp(&a, 10);
	ASSERT_EQ(0, lt_setiff(self->b.fd, self->b.name, variant->b));
	ASSERT_EQ(a.len, lt_write(self->a.fd, a.bytes, a.len));
	expect_nothing(_metadata, &self->b);
	expect_loopback(_metadata, self->b.name, "none", "");
}

TEST_F(peer, closed)
{
	close(self->a.fd);
	expect_loopback(_metadata, self->b.name, "none", "");
	self->a.fd = -1;
}

static void open_all(struct __test_metadata *_metadata, struct lt_tunnel *t,
		     int count, int flags)
{
	while (count--)
		ASSERT_EQ(0, lt_tunnel_open(t++, flags, O_NONBLOCK));
}

static void close_all(struct lt_tunnel *t, int count)
{
	while (count--)
		lt_tunnel_close(t++);
}

/* Who changes its mind leaves the other, and takes the new one from its own. */
TEST(others)
{
	struct lt_tunnel t[4];

	open_all(_metadata, t, 4, TUN);
	ASSERT_LT(0, set(&t[0], "peer", t[1].name));
	ASSERT_LT(0, set(&t[2], "peer", t[3].name));
	/* Once more is no change. */
	ASSERT_LT(0, set(&t[1], "peer", t[0].name));
	expect_loopback(_metadata, t[0].name, "peer", t[1].name);

	ASSERT_LT(0, set(&t[0], "peer", t[2].name));
	expect_loopback(_metadata, t[0].name, "peer", t[2].name);
	expect_loopback(_metadata, t[1].name, "none", "");
	expect_loopback(_metadata, t[2].name, "peer", t[0].name);
	expect_loopback(_metadata, t[3].name, "none", "");

	ASSERT_EQ(4, lt_control_write(t[2].name, "loopback", "echo"));
	expect_loopback(_metadata, t[0].name, "none", "");
	expect_loopback(_metadata, t[2].name, "echo", "");
	ASSERT_LT(0, set(&t[0], "peer", t[2].name));
	expect_loopback(_metadata, t[2].name, "peer", t[0].name);
	close_all(t, 4);
}

TEST(refused)
{
	struct lt_tunnel t[2];

	open_all(_metadata, t, 2, TUN);
	ASSERT_LT(0, set(&t[0], "peer", t[1].name));
	EXPECT_EQ(-EINVAL, set(&t[0], "peer", t[0].name));
	EXPECT_EQ(-ENODEV, set(&t[0], "peer", "nobody"));
	EXPECT_EQ(-EINVAL, set(&t[0], "peer", ""));
	EXPECT_EQ(-ENODEV, set(&t[0], "peer", "1:test0"));
	EXPECT_EQ(-ENODEV, set(&t[0], "peer", "lo"));
	EXPECT_EQ(-EINVAL, set(&t[0], "peer", "test0 test1"));
	EXPECT_EQ(-EINVAL, set(&t[0], "echo", t[1].name));
	expect_loopback(_metadata, t[0].name, "peer", t[1].name);
	expect_loopback(_metadata, t[1].name, "peer", t[0].name);
	close_all(t, 2);
}

/* Called as its directory is. */
TEST(namespaces)
{
	struct lt_tunnel here;
	char name[IFNAMSIZ] = "there", there[64];
	struct message m;
	struct stat st;
	int fd;

	ASSERT_EQ(0, lt_tunnel_open(&here, TUN, O_NONBLOCK));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	fd = lt_attach(name, TUN, O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, stat("/proc/self/ns/net", &st));
	snprintf(there, sizeof(there), "%lu:%s", (unsigned long)st.st_ino, name);

	EXPECT_EQ(-ENODEV, set(&here, "peer", name));
	ASSERT_LT(0, set(&here, "peer", there));
	expect_loopback(_metadata, here.name, "peer", there);
	expect_loopback(_metadata, there, "peer", here.name);
	begin(&m, TUN, NULL, NULL, 0);
	add_udp(&m, 10);
	ASSERT_EQ(m.len, lt_write(here.fd, m.bytes, m.len));
	EXPECT_EQ(m.len, lt_read(fd, got, sizeof(got)));
	close(fd);
	expect_loopback(_metadata, here.name, "none", "");
	lt_tunnel_close(&here);
}

FIXTURE(mixed) { struct lt_tunnel tun, tap; };

FIXTURE_SETUP(mixed)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->tun, TUN, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(&self->tap, TAP, O_NONBLOCK));
	ASSERT_LT(0, set(&self->tun, "peer", self->tap.name));
}

FIXTURE_TEARDOWN(mixed)
{
	lt_expect_bounds(_metadata, self->tun.name);
	lt_expect_bounds(_metadata, self->tap.name);
	lt_tunnel_close(&self->tun);
	lt_tunnel_close(&self->tap);
}

/* Before a frame of it was seen, the TAP's program has no MAC to be sent to. */
TEST_F(mixed, mac_unknown)
{
	static const __u8 no_mac[6];
	struct message a, b;
	int i;

	begin(&a, TUN, NULL, NULL, LT_IPV4);
	add_udp(&a, 10);
	begin(&b, TAP, everybody, made_up_mac, LT_IPV4);
	add_udp(&b, 10);
	expect_crossing(_metadata, &self->tun, &a, &self->tap, &b);
	/* One that is no host's is not remembered. */
	for (i = 0; i < 2; i++) {
		begin(&b, TAP, mac_b, i ? everybody : no_mac, LT_IPV4);
		add_udp(&b, 10);
		expect_crossing(_metadata, &self->tap, &b, &self->tun, &a);
		begin(&b, TAP, everybody, made_up_mac, LT_IPV4);
		add_udp(&b, 10);
		expect_crossing(_metadata, &self->tun, &a, &self->tap, &b);
	}
}

/* What was heard of it last counts, and nothing of an earlier pair. */
TEST_F(mixed, mac_changes)
{
	struct message a, b;
	int i;

	begin(&a, TUN, NULL, NULL, LT_IPV4);
	add_udp(&a, 10);
	for (i = 0; i < 2; i++) {
		begin(&b, TAP, everybody, i ? mac_a : mac_b, LT_IPV4);
		add_udp(&b, 10);
		expect_crossing(_metadata, &self->tap, &b, &self->tun, &a);
	}
	/* The same pair again is no other pair. */
	ASSERT_LT(0, set(&self->tun, "peer", self->tap.name));
	begin(&b, TAP, mac_a, made_up_mac, LT_IPV4);
	add_udp(&b, 10);
	expect_crossing(_metadata, &self->tun, &a, &self->tap, &b);
	ASSERT_EQ(4, lt_control_write(self->tap.name, "loopback", "none"));
	ASSERT_LT(0, set(&self->tun, "peer", self->tap.name));
	begin(&b, TAP, everybody, made_up_mac, LT_IPV4);
	add_udp(&b, 10);
	expect_crossing(_metadata, &self->tun, &a, &self->tap, &b);
}

/* Who has far? Asked by mac_b, which has here, or the answer to it. */
static void make_arp(struct message *m, bool answer)
{
	static const __u8 head[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static const __u8 here[] = { 10, 0, 0, 1 }, far[] = { 10, 0, 0, 2 };
	__u8 *arp = m->bytes + m->ip;

	memcpy(arp, head, 8);
	arp[7] += answer;
	memcpy(arp + 8, answer ? made_up_mac : mac_b, 6);
	memcpy(arp + 14, answer ? far : here, 4);
	if (answer)
		memcpy(arp + 18, mac_b, 6);
	memcpy(arp + 24, answer ? here : far, 4);
	m->len += 28;
}

TEST_F(mixed, arp_is_answered)
{
	struct message ask, answer;

	begin(&ask, TAP, everybody, mac_b, 0x0806);
	make_arp(&ask, false);
	begin(&answer, TAP, mac_b, made_up_mac, 0x0806);
	make_arp(&answer, true);
	ASSERT_EQ(ask.len, lt_write(self->tap.fd, ask.bytes, ask.len));
	expect_message(_metadata, &self->tap, &answer);
	expect_nothing(_metadata, &self->tap);
	expect_nothing(_metadata, &self->tun);
	/* A probe is none of the TUN's business. */
	memset(ask.bytes + ask.ip + 14, 0, 4);
	ASSERT_EQ(ask.len, lt_write(self->tap.fd, ask.bytes, ask.len));
	expect_nothing(_metadata, &self->tap);
	expect_nothing(_metadata, &self->tun);
	EXPECT_EQ(1, lt_stat(self->tap.name, "loopback_address"));
}

/* An answer is complete, whatever the virtio-net header of the question said. */
TEST(arp_vnet)
{
	const int flags = TAP | IFF_VNET_HDR;
	struct message ask, answer;
	struct virtio_net_hdr *h = (void *)ask.bytes;
	struct lt_tunnel tun, tap;

	open_all(_metadata, &tun, 1, TUN);
	open_all(_metadata, &tap, 1, flags);
	ASSERT_LT(0, set(&tap, "peer", tun.name));
	begin(&ask, flags, everybody, mac_b, 0x0806);
	make_arp(&ask, false);
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	/* 6.12 refuses what begins in the first 20 bytes. */
	h->csum_start = 20;
	begin(&answer, flags, mac_b, made_up_mac, 0x0806);
	make_arp(&answer, true);
	ASSERT_EQ(ask.len, lt_write(tap.fd, ask.bytes, ask.len));
	expect_message(_metadata, &tap, &answer);
	expect_nothing(_metadata, &tun);
	close_all(&tun, 1);
	close_all(&tap, 1);
}

/* What struct tun_pi says is the type of what is no IP, and of nothing else. */
TEST(types)
{
	struct lt_tunnel tun, tap;
	struct message a, b;
	int i;

	open_all(_metadata, &tun, 1, IFF_TUN);
	open_all(_metadata, &tap, 1, TAP);
	ASSERT_LT(0, set(&tun, "peer", tap.name));
	for (i = 0; i < 2; i++) {
		begin(&a, IFF_TUN, NULL, NULL, 0x88b5);
		begin(&b, TAP, everybody, made_up_mac, i ? LT_IPV4 : 0x88b5);
		lt_fill(a.bytes + a.ip, 40, 1);
		a.bytes[a.ip] = i ? 0x45 : 0x15;
		memcpy(b.bytes + b.ip, a.bytes + a.ip, 40);
		a.len += 40;
		b.len += 40;
		expect_crossing(_metadata, &tun, &a, &tap, &b);
	}
	/* Of no bytes at all there is no frame, and nobody reads it. */
	begin(&a, IFF_TUN, NULL, NULL, LT_IPV4);
	ASSERT_EQ(a.len, lt_write(tun.fd, a.bytes, a.len));
	expect_nothing(_metadata, &tap);
	EXPECT_EQ(1, lt_stat(tun.name, "tx_empty"));
	/* Behind a tag it is the type behind the tag. */
	begin(&b, TAP, everybody, mac_b, 0x8100);
	memcpy(b.bytes + 14, (__u8[]){ 0, 5, 8, 0 }, 4);
	b.ip += 4;
	b.len = b.ip;
	add_udp(&b, 10);
	begin(&a, IFF_TUN, NULL, NULL, LT_IPV4);
	add_udp(&a, 10);
	expect_crossing(_metadata, &tap, &b, &tun, &a);
	close_all(&tun, 1);
	close_all(&tap, 1);
}

/* From a queue to that of its number, or to any of a peer that has fewer. */
TEST(queues)
{
	char a[IFNAMSIZ] = "many%d", b[IFNAMSIZ] = "few%d";
	struct lt_tunnel one;
	int many[3], few[2], i, j, got_it;
	char text[64];
	__u8 data[60];

	for (i = 0; i < 3; i++) {
		many[i] = lt_attach(a, TUN | IFF_MULTI_QUEUE, O_NONBLOCK);
		ASSERT_LE(0, many[i]);
	}
	for (i = 0; i < 2; i++) {
		few[i] = lt_attach(b, TUN | IFF_MULTI_QUEUE, O_NONBLOCK);
		ASSERT_LE(0, few[i]);
	}
	open_all(_metadata, &one, 1, TUN);
	snprintf(text, sizeof(text), "peer %s", b);
	ASSERT_LT(0, lt_control_write(a, "loopback", text));
	lt_datagram(data, sizeof(data), 4, 1);
	for (i = 0; i < 3; i++) {
		data[59] = i;
		ASSERT_EQ(60, lt_write(many[i], data, 60));
		for (got_it = 0, j = 0; j < 2; j++) {
			if (lt_read(few[j], got, 60) == 60)
				got_it += i < 2 && i != j ? 10 : 1;
		}
		EXPECT_EQ(1, got_it);
		EXPECT_EQ(0, memcmp(data, got, 60));
	}
	snprintf(text, sizeof(text), "peer %s", one.name);
	ASSERT_LT(0, lt_control_write(a, "loopback", text));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(60, lt_write(many[i], data, 60));
		EXPECT_EQ(60, lt_read(one.fd, got, 60));
	}
	EXPECT_EQ(6, lt_stat(a, "loopback_datagrams"));
	close_all(&one, 1);
	for (i = 0; i < 3; i++)
		close(many[i]);
	for (i = 0; i < 2; i++)
		close(few[i]);
}

/* Between TAPs, they ask each other. */
TEST(arp_is_passed_on)
{
	struct lt_tunnel t[2];
	struct message m;

	open_all(_metadata, t, 2, TAP);
	ASSERT_LT(0, set(&t[0], "peer", t[1].name));
	begin(&m, TAP, everybody, mac_b, 0x0806);
	lt_fill(m.bytes + m.ip, 28, 1);
	m.len += 28;
	expect_crossing(_metadata, &t[0], &m, &t[1], &m);
	close_all(t, 2);
}

/* Of a frame a TUN gets the datagram, without tags and padding. */
TEST_F(mixed, taken_off)
{
	static const __u8 tags[] = { 0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6 };
	struct message a, b;
	int i;

	begin(&a, TUN, NULL, NULL, LT_IPV4);
	add_udp(&a, 2);
	begin(&b, TAP, mac_a, mac_b, LT_IPV4);
	add_udp(&b, 2);
	lt_fill(b.bytes + b.len, 60 - b.len, 9);
	b.len = 60;
	expect_crossing(_metadata, &self->tap, &b, &self->tun, &a);
	for (i = 1; i <= 2; i++) {
		begin(&b, TAP, mac_a, mac_b, LT_IPV4);
		b.ip += 4 * i;
		memcpy(b.bytes + 12, tags + 8 - 4 * i, 4 * i);
		memcpy(b.bytes + 12 + 4 * i, (__u8[]){ 8, 0 }, 2);
		b.len = b.ip;
		add_udp(&b, 2);
		expect_crossing(_metadata, &self->tap, &b, &self->tun, &a);
	}
}

TEST_F(mixed, not_ip)
{
	struct message b;

	begin(&b, TAP, mac_a, mac_b, 0x88cc);
	b.len += 40;
	ASSERT_EQ(b.len, lt_write(self->tap.fd, b.bytes, b.len));
	expect_nothing(_metadata, &self->tun);
	EXPECT_EQ(1, lt_stat(self->tap.name, "loopback_protocol"));
	/* Nor is a tag with nothing behind it. */
	begin(&b, TAP, mac_a, mac_b, 0x8100);
	b.len += 3;
	ASSERT_EQ(b.len, lt_write(self->tap.fd, b.bytes, b.len));
	expect_nothing(_metadata, &self->tun);
	EXPECT_EQ(1, lt_stat(self->tap.name, "loopback_malformed"));
}

FIXTURE(offload) { struct lt_tunnel a, b; };
FIXTURE_VARIANT(offload) { int a, b; };

FIXTURE_VARIANT_ADD(offload, tun_tun) { .a = TUN, .b = TUN };
FIXTURE_VARIANT_ADD(offload, tun_tap) { .a = TUN, .b = TAP };
FIXTURE_VARIANT_ADD(offload, tap_tun) { .a = TAP, .b = TUN };
FIXTURE_VARIANT_ADD(offload, tap_tap) { .a = TAP, .b = TAP };

FIXTURE_SETUP(offload)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->a, variant->a | IFF_VNET_HDR, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(&self->b, variant->b | IFF_VNET_HDR, O_NONBLOCK));
	ASSERT_LT(0, set(&self->a, "peer", self->b.name));
}

FIXTURE_TEARDOWN(offload)
{
	lt_expect_bounds(_metadata, self->a.name);
	lt_expect_bounds(_metadata, self->b.name);
	lt_tunnel_close(&self->a);
	lt_tunnel_close(&self->b);
}

/* As an unfinished one is: with a header that says what is missing. */
static void unfinish(struct message *m, int gso_type, bool big)
{
	struct virtio_net_hdr *h = (void *)(m->bytes + m->vnet);
	__u16 hdr_len = m->ip + 28 - m->ether;

	make_partial(m);
	if (big) {
		h->csum_start = __builtin_bswap16(h->csum_start);
		h->csum_offset = __builtin_bswap16(h->csum_offset);
	}
	h->hdr_len = big ? __builtin_bswap16(hdr_len) : hdr_len;
	h->gso_type = gso_type;
	if (gso_type)
		h->gso_size = big ? __builtin_bswap16(500) : 500;
}

static void make_pair(struct message *a, int a_flags, struct message *b,
		      int b_flags)
{
	const __u8 *from = lt_tap(a_flags) ? mac_a : made_up_mac;

	begin(a, a_flags | IFF_VNET_HDR, everybody, mac_a, LT_IPV4);
	add_udp(a, 1001);
	begin(b, b_flags | IFF_VNET_HDR, everybody, from, LT_IPV4);
	add_udp(b, 1001);
}

TEST_F(offload, checksum)
{
	struct message a, b;

	make_pair(&a, variant->a, &b, variant->b);
	unfinish(&a, 0, false);
	/* Finished for who did not allow it, left to who did. */
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
	ASSERT_EQ(0, lt_ioctl(self->b.fd, TUNSETOFFLOAD, (void *)TUN_F_CSUM));
	unfinish(&b, 0, false);
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
	/* What the writer allows is of no concern. */
	ASSERT_EQ(0, lt_ioctl(self->a.fd, TUNSETOFFLOAD, (void *)TUN_F_CSUM));
	ASSERT_EQ(0, lt_ioctl(self->b.fd, TUNSETOFFLOAD, (void *)0));
	make_pair(&a, variant->a, &b, variant->b);
	unfinish(&a, 0, false);
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
}

TEST_F(offload, segmentation)
{
	struct message a, b;

	make_pair(&a, variant->a, &b, variant->b);
	unfinish(&a, VIRTIO_NET_HDR_GSO_UDP, false);
	unfinish(&b, VIRTIO_NET_HDR_GSO_UDP, false);
	ASSERT_EQ(0, lt_ioctl(self->b.fd, TUNSETOFFLOAD, (void *)TUN_F_CSUM));
	ASSERT_EQ(a.len, lt_write(self->a.fd, a.bytes, a.len));
	expect_nothing(_metadata, &self->b);
	EXPECT_EQ(1, lt_stat(self->a.name, "loopback_offload"));
	EXPECT_EQ(a.len - a.ether, lt_read(self->a.sent, got, sizeof(got)));
	ASSERT_EQ(0, lt_ioctl(self->b.fd, TUNSETOFFLOAD,
			      (void *)(TUN_F_CSUM | TUN_F_UFO)));
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
}

/* Each side's header in its own byte order. */
TEST_F(offload, byte_order)
{
	struct message a, b;
	int on = 1, ret;

	make_pair(&a, variant->a, &b, variant->b);
	ret = lt_ioctl(self->b.fd, TUNSETVNETBE, &on);
	/* A kernel without it has one order only. */
	if (ret)
		EXPECT_EQ(-EINVAL, ret);
	/* Finished by the writer's, which the reader does not see. */
	unfinish(&a, 0, false);
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
	ASSERT_EQ(0, lt_ioctl(self->b.fd, TUNSETOFFLOAD,
			      (void *)(TUN_F_CSUM | TUN_F_UFO)));
	make_pair(&a, variant->a, &b, variant->b);
	unfinish(&a, VIRTIO_NET_HDR_GSO_UDP, false);
	unfinish(&b, VIRTIO_NET_HDR_GSO_UDP, !ret);
	expect_crossing(_metadata, &self->a, &a, &self->b, &b);
}

/* To who has no such header at all. */
TEST(no_vnet)
{
	struct lt_tunnel a, b;
	struct message m, want;

	ASSERT_EQ(0, lt_tunnel_open(&a, TUN | IFF_VNET_HDR, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(&b, TUN, O_NONBLOCK));
	ASSERT_LT(0, set(&a, "peer", b.name));
	/* Set before, on another tunnel or with that header: still nothing. */
	ASSERT_EQ(0, lt_ioctl(b.fd, TUNSETOFFLOAD, (void *)TUN_F_CSUM));
	begin(&m, TUN | IFF_VNET_HDR, NULL, NULL, LT_IPV4);
	add_udp(&m, 33);
	unfinish(&m, 0, false);
	begin(&want, TUN, NULL, NULL, LT_IPV4);
	add_udp(&want, 33);
	expect_crossing(_metadata, &a, &m, &b, &want);
	lt_tunnel_close(&a);
	lt_tunnel_close(&b);
}

/* What runs at the same time as what. */
struct busy {
	pthread_t thread;
	int fd;
	bool tap;
	atomic_long done;
	long wrong;
};

static atomic_bool stop;

static void *write_on(void *arg)
{
	struct busy *busy = arg;
	struct message m;
	long ret;

	begin(&m, busy->tap ? TAP : TUN, mac_a, mac_b, LT_IPV4);
	add_udp(&m, 100);
	while (!stop) {
		ret = lt_write(busy->fd, m.bytes, m.len);
		if (ret == m.len)
			busy->done++;
		else if (ret != -EBADFD && ret != -EIO)
			busy->wrong = ret;
	}
	return NULL;
}

/* Whatever arrives is one of the two messages, whole. */
static void *read_on(void *arg)
{
	struct busy *busy = arg;
	__u8 buf[2048];
	struct message m;
	long ret;

	begin(&m, busy->tap ? TAP : TUN, mac_a, mac_b, LT_IPV4);
	add_udp(&m, 100);
	while (!stop) {
		ret = lt_read(busy->fd, buf, sizeof(buf));
		if (ret == m.len && !memcmp(m.bytes + m.ip, buf + m.ip, m.len - m.ip))
			busy->done++;
		else if (ret != -EAGAIN && ret != -EBADFD)
			busy->wrong = ret ?: -1;
	}
	return NULL;
}

/* Delete it, and have the file make it anew; -EBADFD in between is expected. */
static void again(struct __test_metadata *_metadata, struct lt_tunnel *t)
{
	ASSERT_EQ(1, lt_delete(t->name));
	ASSERT_EQ(0, lt_setiff(t->fd, t->name, t->flags));
}

/* Two programs that write and read while their tunnels meet, part and die. */
TEST(race)
{
	int rounds = lt_kernel_debugs() ? 15 : 500, i;
	struct lt_tunnel t[2];
	struct busy busy[4];

	ASSERT_EQ(0, lt_tunnel_open(&t[0], TUN, O_NONBLOCK));
	ASSERT_EQ(0, lt_tunnel_open(&t[1], TAP, O_NONBLOCK));
	stop = false;
	for (i = 0; i < 4; i++) {
		busy[i] = (struct busy){ .fd = t[i % 2].fd, .tap = i % 2 };
		ASSERT_EQ(0, pthread_create(&busy[i].thread, NULL,
					    i < 2 ? write_on : read_on, &busy[i]));
	}
	for (i = 0; i < rounds; i++) {
		EXPECT_LT(0, set(&t[i % 2], "peer", t[!(i % 2)].name));
		if (i % 5 == 4)
			again(_metadata, &t[i % 3 % 2]);
		else if (i % 5 == 3)
			EXPECT_EQ(4, lt_control_write(t[1].name, "loopback", "none"));
	}
	/* It works still, whatever has been, both ways. */
	for (i = 0; i < 2; i++)
		EXPECT_LT(0, set(&t[i], "peer", t[!i].name));
	for (i = 0; i < 4; i++)
		while (!busy[i].done && !busy[i].wrong)
			sched_yield();
	stop = true;
	for (i = 0; i < 4; i++) {
		pthread_join(busy[i].thread, NULL);
		EXPECT_EQ(0, busy[i].wrong);
		EXPECT_LT(0, busy[i].done);
	}
	for (i = 0; i < 2; i++)
		lt_expect_bounds(_metadata, t[i].name);
	close_all(t, 2);
}

TEST_HARNESS_MAIN
