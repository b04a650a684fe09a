/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of reflect.c share: a sum of their own, and memory that ends
 * with the frame.
 */
#ifndef LOOPTUN_REFLECT_TEST_H
#define LOOPTUN_REFLECT_TEST_H

#include <kunit/test.h>
#include <linux/if_ether.h>
#include <linux/string.h>

#include "../dissect.h"

#define LOOPTUN_REFLECT_TEST_MAX	512

static inline void looptun_reflect_test_put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* The checksum of a message whose own is 0; an odd byte is a high one. */
static inline u16 looptun_reflect_test_checksum(const u8 *at, size_t len, u64 sum)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? at[i] : at[i] << 8;
	while (sum >> 16)
		sum = (sum >> 16) + (u16)sum;
	return ~sum;
}

static inline u16 looptun_reflect_test_icmpv6_checksum(const u8 *ip, size_t len)
{
	u64 sum = 58 + len;
	size_t i;

	for (i = 8; i < 40; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	return looptun_reflect_test_checksum(ip + 40, len, sum);
}

/*
 * Reflect a copy that ends where its memory does, so that KASAN sees a byte too
 * many; @got is the answer, or the frame as it was.
 */
static inline enum looptun_outcome
looptun_reflect_test_try(struct kunit *test, bool tap, bool partial,
			 const u8 *data, size_t len, u8 *got, size_t *got_len)
{
	enum looptun_outcome verdict;
	u8 *copy = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, data, len);
	*got_len = len;
	verdict = looptun_reflect(tap, copy, got_len, partial, false);
	KUNIT_ASSERT_LE(test, *got_len, len);
	memcpy(got, copy, len);
	kunit_kfree(test, copy);
	return verdict;
}

/* Nobody answers, and nothing is changed. */
static inline void looptun_reflect_test_refused(struct kunit *test, bool tap, bool partial,
						const u8 *data, size_t len,
						enum looptun_outcome verdict)
{
	static u8 got[LOOPTUN_REFLECT_TEST_MAX];
	size_t got_len;

	KUNIT_EXPECT_EQ(test, looptun_reflect_test_try(test, tap, partial, data, len, got,
						       &got_len), verdict);
	KUNIT_EXPECT_EQ(test, got_len, len);
	KUNIT_EXPECT_EQ(test, memcmp(got, data, len), 0);
}

static inline void looptun_reflect_test_answered(struct kunit *test, bool tap, bool partial,
						 const u8 *data, size_t len,
						 const u8 *answer, size_t answer_len)
{
	static u8 got[LOOPTUN_REFLECT_TEST_MAX];
	size_t got_len;

	KUNIT_EXPECT_EQ(test, looptun_reflect_test_try(test, tap, partial, data, len, got,
						       &got_len), LOOPTUN_DONE);
	KUNIT_ASSERT_EQ(test, got_len, answer_len);
	KUNIT_EXPECT_EQ(test, memcmp(got, answer, answer_len), 0);
}

#endif
