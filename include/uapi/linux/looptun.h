/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * looptun: what programs may ask of its descriptor beside what tun has.
 */
#ifndef _UAPI_LINUX_LOOPTUN_H
#define _UAPI_LINUX_LOOPTUN_H

#include <linux/ioctl.h>

/*
 * Of an attached descriptor: get another one, the far end of the cable. A
 * write there is a frame that the program reads, a read is a frame that the
 * program wrote. The argument is flags: O_NONBLOCK, O_CLOEXEC and the one below.
 */
#define LOOPTUN_OPEN_WIRE	_IO(0xd7, 0x00)

/*
 * Every frame on the wire has the tunnel's virtio-net header before it, of as
 * many bytes as TUNSETVNETHDRSZ says. Only if the tunnel has IFF_VNET_HDR.
 */
#define LOOPTUN_WIRE_VNET	0x1

#endif /* _UAPI_LINUX_LOOPTUN_H */
