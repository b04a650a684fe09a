// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the smaller ioctls do: offloads, link address and type, index, carrier.
 */
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "looptun.h"

#define LEN 60
#define IFREQ sizeof(struct ifreq)
#define HWADDR 14

static __u8 data[70000], got[70100];

FIXTURE(ioctl) {
	struct lt_tunnel t;
};

FIXTURE_VARIANT(ioctl) {
	int flags;
};

FIXTURE_VARIANT_ADD(ioctl, tun) { .flags = IFF_TUN | IFF_NO_PI };
FIXTURE_VARIANT_ADD(ioctl, tap) { .flags = IFF_TAP | IFF_NO_PI };
FIXTURE_VARIANT_ADD(ioctl, tap_vnet) {
	.flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
};

FIXTURE_SETUP(ioctl)
{
	ASSERT_EQ(0, lt_tunnel_open(&self->t, variant->flags, O_NONBLOCK));
}

FIXTURE_TEARDOWN(ioctl)
{
	lt_tunnel_close(&self->t);
}

static long by_value(int fd, unsigned long cmd, unsigned long value)
{
	return lt_ioctl(fd, cmd, (void *)value);
}

static void set_link(struct __test_metadata *_metadata,
		     const struct lt_tunnel *t, const char *state)
{
	ASSERT_EQ(strlen(state), lt_control_write(t->name, "link", state));
}

/* What was measured: every value on 6.1, and what newer kernels add to it. */
static bool offload_taken(unsigned long bits)
{
	static const __u8 basic[] = {
		0x00, 0x01, 0x03, 0x05, 0x07, 0x0b, 0x0d, 0x0f,
		0x11, 0x13, 0x15, 0x17, 0x1b, 0x1d, 0x1f,
	};
	unsigned long known = 0x1f;
	size_t i;

	if (lt_kernel_at_least(6, 17) && (bits & 0x66) &&
	    (bits & 0x180) != 0x100)
		known |= 0x180;
	if (lt_kernel_at_least(6, 2) && (bits & 0x61) == 0x61)
		known |= 0x60;
	if (bits & ~known)
		return false;
	for (i = 0; i < ARRAY_SIZE(basic); i++)
		if ((bits & 0x1f) == basic[i])
			return true;
	return false;
}

TEST_F(ioctl, offload)
{
	unsigned long bits;
	int bit;

	for (bits = 0; bits < 0x200; bits++)
		EXPECT_EQ(offload_taken(bits) ? 0 : -EINVAL,
			  by_value(self->t.fd, TUNSETOFFLOAD, bits))
			TH_LOG("offloads %#lx", bits);
	for (bit = 9; bit < 8 * (int)sizeof(bits); bit++) {
		EXPECT_EQ(-EINVAL, by_value(self->t.fd, TUNSETOFFLOAD,
					    1UL << bit));
		EXPECT_EQ(-EINVAL, by_value(self->t.fd, TUNSETOFFLOAD,
					    1UL << bit | TUN_F_CSUM));
	}
	EXPECT_EQ(-EINVAL, by_value(self->t.fd, TUNSETOFFLOAD, -1UL));
	EXPECT_EQ(0, by_value(self->t.fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4));
	EXPECT_TRUE(lt_state_has(self->t.name, "offloads 0x3"));
	EXPECT_EQ(0, by_value(self->t.fd, TUNSETOFFLOAD, 0));
	EXPECT_TRUE(lt_state_has(self->t.name, "offloads 0x0"));
}

/* SIOCGIFHWADDR: the family, and how much of the address was overwritten. */
static void get_address(struct __test_metadata *_metadata, int fd, __u8 *ifr)
{
	lt_poison(ifr, IFREQ);
	ASSERT_EQ(0, lt_ioctl(fd, SIOCGIFHWADDR, ifr));
	/* The name, and what stands behind the address, are the caller's. */
	EXPECT_TRUE(lt_poisoned(ifr, 0, IFNAMSIZ));
	EXPECT_TRUE(lt_poisoned(ifr, IFNAMSIZ + 2 + HWADDR, IFREQ));
}

static int family(const __u8 *ifr)
{
	__u16 type;

	memcpy(&type, ifr + IFNAMSIZ, sizeof(type));
	return type;
}

static void put_address(__u8 *ifr, __u16 type, const void *address)
{
	memset(ifr, 0, IFREQ);
	memcpy(ifr + IFNAMSIZ, &type, sizeof(type));
	memcpy(ifr + IFNAMSIZ + 2, address, 6);
}

TEST_F(ioctl, address)
{
	static const __u8 unicast[6] = { 0x02, 0xff, 0, 1, 2, 3 };
	static const __u8 burnt_in[6] = { 0x00, 0x16, 0x3e, 1, 2, 3 };
	static const __u8 group[6] = { 0x01, 0, 0x5e, 1, 2, 3 };
	static const __u8 zero[HWADDR];
	__u8 ifr[IFREQ], *address = ifr + IFNAMSIZ + 2;
	int fd = self->t.fd;

	get_address(_metadata, fd, ifr);
	if (!lt_tap(variant->flags)) {
		EXPECT_EQ(ARPHRD_NONE, family(ifr));
		EXPECT_EQ(0, memcmp(address, zero, HWADDR));
		put_address(ifr, ARPHRD_NONE, unicast);
		EXPECT_EQ(-EOPNOTSUPP, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
		return;
	}
	EXPECT_EQ(ARPHRD_ETHER, family(ifr));
	/* Random: local, and of one station. */
	EXPECT_EQ(0x02, address[0] & 0x03);
	EXPECT_TRUE(lt_poisoned(address, 6, HWADDR));

	put_address(ifr, ARPHRD_ETHER, unicast);
	EXPECT_EQ(0, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
	put_address(ifr, ARPHRD_ETHER, group);
	EXPECT_EQ(-EADDRNOTAVAIL, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
	put_address(ifr, ARPHRD_ETHER, zero);
	EXPECT_EQ(-EADDRNOTAVAIL, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
	put_address(ifr, ARPHRD_NONE, group);
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
	get_address(_metadata, fd, ifr);
	EXPECT_EQ(0, memcmp(address, unicast, 6));
	put_address(ifr, ARPHRD_ETHER, burnt_in);
	EXPECT_EQ(0, lt_ioctl(fd, SIOCSIFHWADDR, ifr));
	get_address(_metadata, fd, ifr);
	EXPECT_EQ(0, memcmp(address, burnt_in, 6));
	EXPECT_TRUE(lt_poisoned(address, 6, HWADDR));
}

/* The types that tun_get_addr_len() knows, and some that it does not. */
static const struct {
	long type;
	int len;
} link_types[] = {
	{ ARPHRD_ETHER, 6 }, { 0x10001, 6 },
	{ ARPHRD_IPGRE, 4 }, { ARPHRD_TUNNEL, 4 }, { ARPHRD_SIT, 4 },
	{ ARPHRD_IP6GRE, HWADDR }, { ARPHRD_TUNNEL6, HWADDR },
	{ ARPHRD_IEEE802154, 8 }, { ARPHRD_IEEE802154_MONITOR, 8 },
	{ ARPHRD_6LOWPAN, 8 },
	{ ARPHRD_FDDI, 6 }, { ARPHRD_HIPPI, 6 }, { ARPHRD_IEEE802, 6 },
	{ ARPHRD_ROSE, 5 }, { ARPHRD_NETROM, 7 }, { ARPHRD_LOCALTLK, 1 },
	{ ARPHRD_NONE, 0 }, { ARPHRD_PPP, 0 }, { ARPHRD_PHONET_PIPE, 0 },
	{ ARPHRD_PHONET, 0 }, { ARPHRD_INFINIBAND, 0 }, { ARPHRD_EETHER, 0 },
	{ ARPHRD_IEEE1394, 0 }, { ARPHRD_VOID, 0 }, { -1, 0 },
	{ ARPHRD_ETHER, 6 },
};

/* An address of no length shows as zeroes, and is not forgotten. */
TEST_F(ioctl, link_type)
{
	static const __u8 mine[6] = { 0x02, 1, 2, 3, 4, 5 };
	__u8 ifr[IFREQ], *address = ifr + IFNAMSIZ + 2, want[HWADDR];
	bool tap = lt_tap(variant->flags);
	size_t i;

	put_address(ifr, ARPHRD_ETHER, mine);
	if (tap)
		ASSERT_EQ(0, lt_ioctl(self->t.fd, SIOCSIFHWADDR, ifr));
	EXPECT_EQ(-EBUSY, by_value(self->t.fd, TUNSETLINK, ARPHRD_NONE));
	set_link(_metadata, &self->t, "down");
	for (i = 0; i < ARRAY_SIZE(link_types); i++) {
		ASSERT_EQ(0, by_value(self->t.fd, TUNSETLINK,
				      link_types[i].type));
		get_address(_metadata, self->t.fd, ifr);
		EXPECT_EQ(link_types[i].type & 0xffff, family(ifr));
		memset(want, 0, sizeof(want));
		if (tap && link_types[i].len)
			memcpy(want, mine, sizeof(mine));
		if (link_types[i].len)
			lt_poison(want + link_types[i].len,
				  HWADDR - link_types[i].len);
		EXPECT_EQ(0, memcmp(want, address, HWADDR))
			TH_LOG("type %ld", link_types[i].type);
	}
	set_link(_metadata, &self->t, "up");
	EXPECT_EQ(-EBUSY, by_value(self->t.fd, TUNSETLINK, ARPHRD_NONE));
}

/* The family of SIOCSIFHWADDR is the type that is set. */
TEST_F(ioctl, link_type_of_address)
{
	static const __u8 mine[6] = { 0x02, 1, 2, 3, 4, 5 };
	bool tap = lt_tap(variant->flags);
	__u8 ifr[IFREQ];

	set_link(_metadata, &self->t, "down");
	ASSERT_EQ(0, by_value(self->t.fd, TUNSETLINK, ARPHRD_FDDI));
	put_address(ifr, ARPHRD_ETHER, mine);
	EXPECT_EQ(tap ? -EINVAL : -EOPNOTSUPP,
		  lt_ioctl(self->t.fd, SIOCSIFHWADDR, ifr));
	put_address(ifr, ARPHRD_FDDI, mine);
	EXPECT_EQ(tap ? 0 : -EOPNOTSUPP,
		  lt_ioctl(self->t.fd, SIOCSIFHWADDR, ifr));
}

/*
 * Where as much of the address as the type has is there already, newer kernels
 * do not ask the driver, which would refuse or change it.
 */
TEST_F(ioctl, same_address)
{
	static const __u8 first[6] = { 0x02, 1, 2, 3, 4, 5 };
	static const __u8 second[6] = { 0x02, 6, 7, 8, 9, 10 };
	static const __u8 other[6] = { 0x06, 1, 2, 3, 4, 5 };
	static const __u8 multicast[6] = { 0x03, 1, 2, 3, 4, 5 };
	static const __u8 zero[6];
	const struct {
		int type;
		const __u8 *set, *then;
		int ret, ret_before;
	} rows[] = {
		{ ARPHRD_NONE, zero, first, 0, -EADDRNOTAVAIL },
		{ ARPHRD_NONE, multicast, first, 0, -EADDRNOTAVAIL },
		{ ARPHRD_NONE, second, first, 0, 0 },
		{ ARPHRD_LOCALTLK, second, first, 0, 0 },
		{ ARPHRD_LOCALTLK, other, other, 0, 0 },
		{ ARPHRD_LOCALTLK, multicast, first, -EADDRNOTAVAIL,
		  -EADDRNOTAVAIL },
		{ ARPHRD_IPGRE, second, second, 0, 0 },
		{ ARPHRD_ETHER, second, second, 0, 0 },
	};
	bool newer = lt_kernel_at_least(6, 5);
	__u8 ifr[IFREQ];
	size_t i;

	if (!lt_tap(variant->flags))
		return;
	set_link(_metadata, &self->t, "down");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, by_value(self->t.fd, TUNSETLINK, ARPHRD_ETHER));
		put_address(ifr, ARPHRD_ETHER, first);
		ASSERT_EQ(0, lt_ioctl(self->t.fd, SIOCSIFHWADDR, ifr));
		ASSERT_EQ(0, by_value(self->t.fd, TUNSETLINK, rows[i].type));
		put_address(ifr, rows[i].type, rows[i].set);
		EXPECT_EQ(newer ? rows[i].ret : rows[i].ret_before,
			  lt_ioctl(self->t.fd, SIOCSIFHWADDR, ifr))
			TH_LOG("row %zu", i);
		ASSERT_EQ(0, by_value(self->t.fd, TUNSETLINK, ARPHRD_ETHER));
		ASSERT_EQ(0, lt_ioctl(self->t.fd, SIOCGIFHWADDR, ifr));
		EXPECT_EQ(0, memcmp(newer ? rows[i].then : rows[i].ret_before ?
				    first : rows[i].set, ifr + IFNAMSIZ + 2, 6))
			TH_LOG("row %zu", i);
	}
}

/*
 * Where tun keeps the wish, a file that is attached has the number of its queue,
 * in 16 bits, and be it for as long as it takes to find the index taken.
 */
union wish {
	int index;
	__u16 queue;
};

/* A small index that is taken is refused once on a little-endian machine. */
TEST(ifindex)
{
	static const int taken[] = { 1, 4242 };
	union wish wish;
	char name[IFNAMSIZ] = "index%d", other[IFNAMSIZ];
	int fd = lt_open(O_NONBLOCK), late, bad = -1;
	size_t i;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, lt_ioctl(fd, TUNSETIFINDEX, &bad));
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETIFINDEX, &taken[1]));
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, TUNSETIFINDEX, &taken[1]));
	EXPECT_EQ(-EPERM, lt_ioctl(fd, TUNSETIFINDEX, NULL));
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		late = lt_open(O_NONBLOCK);
		ASSERT_EQ(0, lt_ioctl(late, TUNSETIFINDEX, &taken[i]));
		strcpy(other, "index%d");
		EXPECT_EQ(-EBUSY, lt_setiff(late, other, IFF_TUN));
		wish.index = taken[i];
		wish.queue = 0;
		EXPECT_EQ(wish.index ? -EBUSY : 0,
			  lt_setiff(late, other, IFF_TUN));
		close(late);
	}
	close(fd);
	fd = lt_open(O_NONBLOCK);
	ASSERT_EQ(0, lt_ioctl(fd, TUNSETIFINDEX, &taken[1]));
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	close(fd);
}

/* What is left of a wish when the interface goes is the next one. */
TEST(ifindex_left)
{
	union wish wish = { .index = 0x1004d };
	char name[IFNAMSIZ] = "left%d", other[IFNAMSIZ] = "left%d";
	int fd = lt_open(O_NONBLOCK), first = lt_open(O_NONBLOCK);

	ASSERT_EQ(0, lt_ioctl(fd, TUNSETIFINDEX, &wish.index));
	ASSERT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	wish.queue = 0;
	ASSERT_EQ(0, lt_ioctl(first, TUNSETIFINDEX, &wish.index));
	ASSERT_EQ(0, lt_setiff(first, other, IFF_TUN));
	ASSERT_EQ(1, lt_delete(name));
	EXPECT_EQ(-EBUSY, lt_setiff(fd, name, IFF_TUN));
	EXPECT_EQ(-EBUSY, lt_setiff(fd, name, IFF_TUN));
	close(first);
	EXPECT_EQ(0, lt_setiff(fd, name, IFF_TUN));
	close(fd);
}

/* What the program does is the same without carrier; what is sent does not arrive. */
TEST_F(ioctl, carrier)
{
	static const int values[] = { 0, 1, 0, -5 };
	size_t i;

	EXPECT_TRUE(lt_state_has(self->t.name, "carrier on"));
	lt_datagram(data, LEN, 4, 1);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, lt_ioctl(self->t.fd, TUNSETCARRIER, &values[i]));
		EXPECT_TRUE(lt_state_has(self->t.name, values[i] ?
					 "carrier on" : "carrier off"));
		EXPECT_EQ(POLLOUT, lt_poll(self->t.fd, POLLIN | POLLOUT, 0));
		EXPECT_EQ(LEN, lt_write(self->t.inject, data, LEN));
		if (values[i])
			EXPECT_LT(0, lt_read(self->t.fd, got, sizeof(got)));
		EXPECT_EQ(-EAGAIN, lt_read(self->t.fd, got, sizeof(got)));
		memset(got, 0, 10);
		memcpy(got + 10, data, LEN);
		EXPECT_EQ(LEN + 10, lt_write(self->t.fd,
					     variant->flags & IFF_VNET_HDR ?
					     got : data, LEN + 10));
	}
}

TEST(no_carrier)
{
	char name[IFNAMSIZ] = "mute%d";
	struct ifreq ifr;
	int fd = lt_attach(name, IFF_TUN | IFF_NO_CARRIER, 0);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(lt_state_has(name, "carrier off"));
	EXPECT_EQ(0, lt_ioctl(fd, TUNGETIFF, &ifr));
	EXPECT_EQ(IFF_TUN | IFF_NOFILTER, ifr.ifr_flags);
	close(fd);
}

TEST_HARNESS_MAIN
