// SPDX-License-Identifier: GPL-2.0-only
/* What the arguments of read and write are chosen from. */
#include <limits.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include "pools.h"
#include "run.h"

static const struct diff_value diff_pool_rform_values[] = {
	{ "read", 0 }, { "readv", 1 }, { "pread", 2 }, { "preadv", 3 },
	{ "preadv2", 0x100 }, { "nowait", 0x100 | 0x8 },
	{ "hipri", 0x100 | 0x1 }, { "badflag", 0x100 | 0x4000 },
};

DIFF_POOL(diff_pool_rform, "form", .plain = 55);

static const struct diff_value diff_pool_wform_values[] = {
	{ "write", 0 }, { "writev", 1 }, { "pwrite", 2 }, { "pwritev", 3 },
	{ "pwritev2", 0x100 }, { "nowait", 0x100 | 0x8 },
	{ "append", 0x100 | 0x10 }, { "badflag", 0x100 | 0x4000 },
};

DIFF_POOL(diff_pool_wform, "form", .plain = 55);

#define HDR(n) (DIFF_LEN_HDR + 16 + (n))
#define ALL(n) (DIFF_LEN_ALL + 16 + (n))
#define PAY(n) (DIFF_LEN_PAYLOAD + 16 + (n))

static const struct diff_value diff_pool_rlen_values[] = {
	{ "big", 70000 },
	{ "len", ALL(0) }, { "len-1", ALL(-1) }, { "len+1", ALL(1) },
	{ "hdr", HDR(0) }, { "hdr-1", HDR(-1) }, { "hdr+1", HDR(1) },
	{ "hdr+14", HDR(14) },
	{ "0", 0 }, { "1", 1 }, { "2", 2 }, { "3", 3 }, { "4", 4 }, { "5", 5 },
	{ "9", 9 }, { "10", 10 }, { "11", 11 }, { "12", 12 }, { "13", 13 },
	{ "14", 14 }, { "15", 15 }, { "24", 24 },
};

DIFF_POOL(diff_pool_rlen, "n", .plain = 25);

/* How much of what was made up is written. */
static const struct diff_value diff_pool_wcut_values[] = {
	{ "len", ALL(0) }, { "len-1", ALL(-1) },
	{ "hdr", HDR(0) }, { "hdr-1", HDR(-1) }, { "hdr+1", HDR(1) },
	{ "hdr+13", HDR(13) }, { "hdr+14", HDR(14) },
	{ "0", 0 }, { "1", 1 }, { "2", 2 }, { "3", 3 }, { "4", 4 }, { "5", 5 },
	{ "9", 9 }, { "10", 10 }, { "11", 11 }, { "12", 12 }, { "13", 13 },
	{ "14", 14 }, { "15", 15 },
};

DIFF_POOL(diff_pool_wcut, "n", .plain = 70);

/* How the buffer is cut into an iovec, see diff_iovec(). */
static const struct diff_value diff_pool_split_values[] = {
	{ "one", 0 }, { "pi", 1 }, { "bytes", 2 }, { "empties", 3 },
	{ "odd", 4 }, { "none", 5 }, { "all_empty", 6 }, { "too_many", 7 },
	{ "negative", 8 },
};

DIFF_POOL(diff_pool_split, "split", .plain = 40);

static const struct diff_value diff_pool_offset_values[] = {
	{ "0", 0 }, { "100", 100 }, { "-1", -1 }, { "max", LONG_MAX },
};

DIFF_POOL(diff_pool_offset, "at", .plain = 70);

/* Bytes of datagram. */
static const struct diff_value diff_pool_payload_values[] = {
	{ "60", 60 }, { "20", 20 }, { "40", 40 }, { "1", 1 }, { "0", 0 },
	{ "13", 13 }, { "14", 14 }, { "15", 15 }, { "28", 28 }, { "34", 34 },
	{ "54", 54 }, { "100", 100 }, { "1500", 1500 }, { "1514", 1514 },
	{ "4000", 4000 }, { "9000", 9000 }, { "65521", 65521 },
	{ "65535", 65535 }, { "70000", 70000 }, { "4193920", 4193920 },
	{ "4193921", 4193921 }, { "4750976", 4750976 }, { "4750977", 4750977 },
};

DIFF_POOL(diff_pool_payload, "len", .plain = 30, .sticky = 40, .rare = 7);

static const struct diff_value diff_pool_body_values[] = {
	{ "v4", 4 }, { "v6", 6 }, { "tcp4", 0x104 }, { "udp4", 0x204 },
	{ "tcp6", 0x106 }, { "bad", 7 }, { "zero", 0 },
};

DIFF_POOL(diff_pool_body, "body", .plain = 45);

/* Frames of the far end. */
static const struct diff_value diff_pool_frame_values[] = {
	{ "v4", 4 }, { "v6", 6 }, { "tcp4", 0x104 }, { "udp4", 0x204 },
	{ "other", 7 }, { "zero", 0 },
};

DIFF_POOL(diff_pool_frame, "body", .plain = 50);

static const struct diff_value diff_pool_dst_values[] = {
	{ "random", 0 }, { "broadcast", 1 }, { "multicast", 2 }, { "mac1", 3 },
	{ "mac2", 4 }, { "mac9", 5 },
};

DIFF_POOL(diff_pool_dst, "dst", .plain = 30);

static const struct diff_value diff_pool_proto_values[] = {
	{ "0800", 0x0800 }, { "86dd", 0x86dd }, { "0806", 0x0806 },
	{ "1234", 0x1234 }, { "0", 0 }, { "0005", 5 }, { "05dc", 0x5dc },
	{ "ffff", 0xffff },
};

DIFF_POOL(diff_pool_proto, "proto", .plain = 50);

static const struct diff_value diff_pool_piflags_values[] = {
	{ "0", 0 }, { "1", 1 }, { "ffff", 0xffff },
};

DIFF_POOL(diff_pool_piflags, "piflags", .plain = 80);

/* The virtio-net header. */
static const struct diff_value diff_pool_vflags_values[] = {
	{ "0", 0 }, { "csum", VIRTIO_NET_HDR_F_NEEDS_CSUM },
	{ "valid", VIRTIO_NET_HDR_F_DATA_VALID }, { "fe", 0xfe },
	{ "ff", 0xff },
};

DIFF_POOL(diff_pool_vflags, "vflags", .plain = 50, .class = DIFF_VNET);

static const struct diff_value diff_pool_vgso_values[] = {
	{ "0", 0 }, { "tcp4", VIRTIO_NET_HDR_GSO_TCPV4 },
	{ "udp", VIRTIO_NET_HDR_GSO_UDP }, { "tcp6", VIRTIO_NET_HDR_GSO_TCPV6 },
	{ "udp_l4", 5 }, { "tcp4_ecn", 0x81 }, { "ecn", 0x80 }, { "2", 2 },
	{ "6", 6 }, { "7", 7 }, { "20", 0x20 }, { "21", 0x21 }, { "40", 0x40 },
	{ "tcp6_ecn", 0x84 },
};

DIFF_POOL(diff_pool_vgso, "vgso", .plain = 50, .class = DIFF_VNET);

static const struct diff_value diff_pool_vhlen_values[] = {
	{ "0", 0 }, { "len", PAY(0) }, { "len+1", PAY(1) }, { "len+2", PAY(2) },
	{ "len+3", PAY(3) }, { "1", 1 }, { "13", 13 }, { "14", 14 },
	{ "20", 20 }, { "40", 40 }, { "54", 54 }, { "ffff", 0xffff },
};

DIFF_POOL(diff_pool_vhlen, "vhlen", .plain = 50, .class = DIFF_VNET);

static const struct diff_value diff_pool_vsize_values[] = {
	{ "0", 0 }, { "100", 100 }, { "1", 1 }, { "10", 10 }, { "1460", 1460 },
	{ "ffff", 0xffff },
};

DIFF_POOL(diff_pool_vsize, "vsize", .plain = 30, .class = DIFF_VNET);

static const struct diff_value diff_pool_vstart_values[] = {
	{ "0", 0 }, { "20", 20 }, { "34", 34 }, { "40", 40 }, { "54", 54 },
	{ "len-2", PAY(-2) }, { "len-1", PAY(-1) }, { "len", PAY(0) },
	{ "len-18", PAY(-18) }, { "8000", 0x8000 }, { "ffff", 0xffff },
};

DIFF_POOL(diff_pool_vstart, "vstart", .plain = 20, .class = DIFF_VNET);

static const struct diff_value diff_pool_voff_values[] = {
	{ "16", 16 }, { "6", 6 }, { "0", 0 }, { "ffff", 0xffff },
};

DIFF_POOL(diff_pool_voff, "voff", .plain = 50, .class = DIFF_VNET);

/* Sizes that the stack itself would ask for. */
static const struct diff_value diff_pool_mss_values[] = {
	{ "100", 100 }, { "10", 10 }, { "50", 50 }, { "1460", 1460 },
};

DIFF_POOL(diff_pool_mss, "mss", .plain = 40);
