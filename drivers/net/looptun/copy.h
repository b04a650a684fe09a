/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying datagrams between user memory and a ring. copy_to_iter() and copy_from_iter()
 * first look the kernel's side up. A ring is vmapped, and that is looked up in a tree
 * that the whole system shares, under its lock: 160 instructions a copy, and a cache line
 * that all processors write. What is copied here is as long as its record, which the
 * ring has room for: that check is left out. Those of the user's side are done.
 */
#ifndef LOOPTUN_COPY_H
#define LOOPTUN_COPY_H

#include <linux/uio.h>

/**
 * looptun_copy_to_iter - copy from a record
 * @data: in the record
 * @len: bytes, at most what is left of the record
 * @to: user memory
 *
 * Return: bytes copied; fewer than @len if @to faults or ends.
 */
static inline size_t looptun_copy_to_iter(const u8 *data, size_t len,
					  struct iov_iter *to)
{
	return _copy_to_iter(data, len, to);
}

/**
 * looptun_copy_from_iter - copy to a record
 * @data: in the record, or other memory of at least @len bytes
 * @len: bytes
 * @from: user memory, or the kernel's
 *
 * Return: whether all of it was copied.
 */
static inline bool looptun_copy_from_iter(u8 *data, size_t len,
					  struct iov_iter *from)
{
	return _copy_from_iter(data, len, from) == len;
}

#endif
