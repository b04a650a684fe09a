/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet files for the tests of capture and replay: what a capture is to look
 * like, read by other code than the module's, and files to be replayed.
 */
#ifndef SELFTESTS_PCAPFILE_H
#define SELFTESTS_PCAPFILE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PF_RAW 101
#define PF_ETHERNET 1
#define PF_INBOUND 1
#define PF_OUTBOUND 2

/* A packet of a capture; @data and @comment point into what was parsed. */
struct pf_packet {
	const __u8 *data;
	__u32 len;
	__u32 orig;
	__u64 time;
	__u32 flags;
	__u32 queue;
	const char *comment;
	__u32 comment_len;
};

/* A capture as far as it went. */
struct pf_capture {
	__u32 link;
	char name[16];
	size_t packets;
	bool ended;
	__u64 received;
	__u64 lost;
	/* What is wrong with it, or NULL. */
	const char *wrong;
};

/*
 * Go through a capture from its beginning; @each, if there is one, has every
 * packet in turn. A capture that is not exactly as it should be is wrong.
 */
typedef void (*pf_each)(void *arg, size_t i, const struct pf_packet *packet);
void pf_parse(const __u8 *data, size_t len, struct pf_capture *capture,
	      pf_each each, void *arg);

/* Does a packet carry this comment, or begin so, or none where it is NULL? */
bool pf_comment(const struct pf_packet *packet, const char *comment);

/* Read to the end of a stream in pieces; the bytes, in memory to be freed. */
__u8 *pf_slurp(int fd, size_t piece, size_t *len);

/* A file to be replayed, as it grows. */
struct pf_file {
	__u8 *data;
	size_t len;
	bool swap;
	bool ng;
	bool nano;
};

void pf_begin(struct pf_file *file, __u32 link);
void pf_add(struct pf_file *file, const void *data, __u32 len, __u32 orig);
void pf_add_flags(struct pf_file *file, const void *data, __u32 len,
		  __u32 flags);
void pf_add_unknown(struct pf_file *file, __u32 len);
void pf_free(struct pf_file *file);

#endif
