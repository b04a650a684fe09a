/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between machines, and nothing else. tun.c does the same as looptun
 * on each.
 */
#ifndef SELFTESTS_MACHINE_H
#define SELFTESTS_MACHINE_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>

#ifdef __s390x__
/*
 * What a call gives for an address of the kernel's. Elsewhere the VFS refuses it
 * before it asks the device; here programs have all addresses.
 */
#define LT_KERNEL_POINTER(device) (device)
/* Bytes that tun has for a datagram in 4 MiB or in 64 KiB, and Ethernet less. */
#define LT_ROOM_4M ((4 << 20) - 512 - 32)
#define LT_ROOM_64K (65535 - 32)
#define LT_ROOM_ETHER 2
/* How many slots a ptr_ring's reader gives back at once: two cache lines. */
#define LT_BATCH 64
#else
#define LT_KERNEL_POINTER(device) ((void)(device), -EFAULT)
/* What an skb's struct skb_shared_info takes, and what stands before its data. */
#define LT_ROOM_4M ((4 << 20) - (sizeof(void *) == 8 ? 320 : 256) - 64)
#define LT_ROOM_64K (65535 - 64)
#define LT_ROOM_ETHER 0
#define LT_BATCH (2 * 64 / (int)sizeof(void *))
#endif

/*
 * Does the kernel fill memory to its end before it finds that there is no more?
 * That of arm64 may stop some bytes before; the source's place decides how many.
 */
#ifdef __aarch64__
#define LT_FILLS_TO_THE_END false
#else
#define LT_FILLS_TO_THE_END true
#endif

/* What poll(3) calls: arm64 has no other. */
#ifdef SYS_poll
#define LT_SYS_POLL SYS_poll
#else
#define LT_SYS_POLL SYS_ppoll
#endif

#endif
