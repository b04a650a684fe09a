// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the log says of a packet file that is refused.
 */
#include "pcap.h"

static const struct looptun_pcap_complaint looptun_pcap_complaints[] = {
	[LOOPTUN_PCAP_BAD_MAGIC] = {
		"magic number",
		"pcap has 0xa1b2c3d4 or 0xa1b23c4d, pcapng 0x0a0d0d0a", true },
	[LOOPTUN_PCAP_BAD_MAJOR] = { "major version", "pcap has 2" },
	[LOOPTUN_PCAP_BAD_MINOR] = { "minor version", "pcap has 4" },
	[LOOPTUN_PCAP_BAD_LINK_TUN] = {
		"link type", "a TUN tunnel takes 12, 14, 101, 228 or 229" },
	[LOOPTUN_PCAP_BAD_LINK_TAP] = { "link type", "a TAP tunnel takes 1" },
	[LOOPTUN_PCAP_BAD_ORDER] = {
		"byte order", "pcapng has 0x1a2b3c4d", true },
	[LOOPTUN_PCAP_BAD_SECTION_MAJOR] = { "major version", "pcapng has 1" },
	[LOOPTUN_PCAP_BAD_SECTION_MINOR] = {
		"minor version", "pcapng has 0 or 2" },
	[LOOPTUN_PCAP_BAD_BLOCK] = {
		"length of a block", "a block of this type has another" },
	[LOOPTUN_PCAP_BAD_END] = {
		"length at the end of a block",
		"it is that at the beginning" },
	[LOOPTUN_PCAP_BAD_INTERFACE] = {
		"number of an interface", "the section has fewer" },
	[LOOPTUN_PCAP_BAD_PACKET] = {
		"bytes of a packet",
		"at most 262144, and what the block has room for" },
	[LOOPTUN_PCAP_BAD_OPTION] = {
		"bytes of an option",
		"the option has another number, or the block no room" },
	[LOOPTUN_PCAP_BAD_FCS] = {
		"number of an interface with if_fcslen", "at most 64" },
	[LOOPTUN_PCAP_BAD_BEFORE] = {
		"next byte", "there was a bad one before" },
};

/**
 * looptun_pcap_complaint - why a stream is bad
 * @reader: one that has found a bad field
 *
 * Return: the words.
 */
const struct looptun_pcap_complaint *
looptun_pcap_complaint(const struct looptun_pcap_reader *reader)
{
	return &looptun_pcap_complaints[reader->why];
}
