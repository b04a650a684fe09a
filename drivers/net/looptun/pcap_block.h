/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of pcapng that its reader and its writer share.
 */
#ifndef LOOPTUN_PCAP_BLOCK_H
#define LOOPTUN_PCAP_BLOCK_H

/* Types of blocks. That of a section reads the same in both byte orders. */
#define LOOPTUN_PCAP_SECTION	0x0a0d0d0a
#define LOOPTUN_PCAP_INTERFACE	1
#define LOOPTUN_PCAP_OLD	2
#define LOOPTUN_PCAP_SIMPLE	3
#define LOOPTUN_PCAP_STATISTICS	5
#define LOOPTUN_PCAP_ENHANCED	6

/* What tells the byte order of a section, and its version. */
#define LOOPTUN_PCAP_ORDER	0x1a2b3c4d
#define LOOPTUN_PCAP_MAJOR	1

/* Options of every block, of an interface, of a packet, of the statistics. */
#define LOOPTUN_PCAP_OPT_END		0
#define LOOPTUN_PCAP_OPT_COMMENT	1
#define LOOPTUN_PCAP_OPT_USERAPPL	4
#define LOOPTUN_PCAP_OPT_IF_NAME	2
#define LOOPTUN_PCAP_OPT_IF_TSRESOL	9
#define LOOPTUN_PCAP_OPT_IF_FCSLEN	13
#define LOOPTUN_PCAP_OPT_FLAGS		2
#define LOOPTUN_PCAP_OPT_QUEUE		6
#define LOOPTUN_PCAP_OPT_IFRECV		4
#define LOOPTUN_PCAP_OPT_IFDROP		5

/* The direction, in a packet's flags. */
#define LOOPTUN_PCAP_FLAGS_DIRECTION	3
#define LOOPTUN_PCAP_FLAGS_INBOUND	1
#define LOOPTUN_PCAP_FLAGS_OUTBOUND	2
#define LOOPTUN_PCAP_FLAGS_FCS		0x1e0

/* Link types. Two systems have numbers of their own for raw IP. */
#define LOOPTUN_PCAP_LINK_ETHERNET	1
#define LOOPTUN_PCAP_LINK_RAW_12	12
#define LOOPTUN_PCAP_LINK_RAW_14	14
#define LOOPTUN_PCAP_LINK_RAW		101
#define LOOPTUN_PCAP_LINK_IPV4		228
#define LOOPTUN_PCAP_LINK_IPV6		229

/* Above the link type in a file of pcap: words of FCS, and whether that is said. */
#define LOOPTUN_PCAP_LINK_TYPE		0xffff
#define LOOPTUN_PCAP_LINK_HAS_FCS	0x04000000
#define LOOPTUN_PCAP_LINK_FCS		0xf0000000

#endif
