// SPDX-License-Identifier: GPL-2.0-only
/*
 * See pcapfile.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcapfile.h"

/* Bytes that are left; reading past them gives zeroes and marks it. */
struct bytes {
	const __u8 *data;
	size_t len;
	bool short_of;
};

static const __u8 *take(struct bytes *bytes, size_t len)
{
	const __u8 *at = bytes->data;

	if (len > bytes->len) {
		bytes->short_of = true;
		return NULL;
	}
	bytes->data += len;
	bytes->len -= len;
	return at;
}

static __u32 word(struct bytes *bytes)
{
	const __u8 *at = take(bytes, 4);
	__u32 value = 0;

	if (at)
		memcpy(&value, at, 4);
	return value;
}

static __u16 half(struct bytes *bytes)
{
	const __u8 *at = take(bytes, 2);
	__u16 value = 0;

	if (at)
		memcpy(&value, at, 2);
	return value;
}

static __u64 quad(const __u8 *at)
{
	__u64 value;

	memcpy(&value, at, 8);
	return value;
}

/* An option and its padding; false at the end of them, which has to be there. */
static bool option(struct bytes *bytes, __u16 *code, __u16 *len,
		   const __u8 **value)
{
	*code = half(bytes);
	*len = half(bytes);
	*value = take(bytes, (*len + 3) / 4 * 4);
	if (!*code && (*len || bytes->len))
		bytes->short_of = true;
	return *code && *value;
}

static const char *parse_section(struct bytes body)
{
	const __u8 *value;
	__u16 code, len;

	if (word(&body) != 0x1a2b3c4d || half(&body) != 1 || half(&body) ||
	    word(&body) != ~0U || word(&body) != ~0U)
		return "section";
	while (option(&body, &code, &len, &value)) {
		if (code != 4 || len != 7 || memcmp(value, "looptun", 7))
			return "option of the section";
	}
	return body.short_of ? "options of the section" : NULL;
}

static const char *parse_interface(struct bytes body, struct pf_capture *capture)
{
	bool nano = false;
	const __u8 *value;
	__u16 code, len;

	capture->link = half(&body);
	if (half(&body) || word(&body) != 262144)
		return "interface";
	while (option(&body, &code, &len, &value)) {
		if (code == 2 && len < sizeof(capture->name))
			memcpy(capture->name, value, len);
		else if (code == 9 && len == 1 && *value == 9)
			nano = true;
		else
			return "option of the interface";
	}
	return body.short_of || !nano ? "options of the interface" : NULL;
}

static const char *parse_packet(struct bytes body, struct pf_packet *packet)
{
	const __u8 *value;
	__u16 code, len;

	if (word(&body))
		return "interface of a packet";
	packet->time = (__u64)word(&body) << 32;
	packet->time |= word(&body);
	packet->len = word(&body);
	packet->orig = word(&body);
	packet->data = take(&body, (packet->len + 3) / 4 * 4);
	if (!packet->data || packet->len > packet->orig)
		return "length of a packet";
	while (option(&body, &code, &len, &value)) {
		if (code == 1) {
			packet->comment = (const char *)value;
			packet->comment_len = len;
		} else if (code == 2 && len == 4) {
			memcpy(&packet->flags, value, 4);
		} else if (code == 6 && len == 4) {
			memcpy(&packet->queue, value, 4);
		} else {
			return "option of a packet";
		}
	}
	return body.short_of ? "options of a packet" : NULL;
}

static const char *parse_statistics(struct bytes body, struct pf_capture *capture)
{
	const __u8 *value;
	__u16 code, len;

	if (word(&body))
		return "interface of statistics";
	take(&body, 8);
	while (option(&body, &code, &len, &value)) {
		if (code == 4 && len == 8)
			capture->received = quad(value);
		else if (code == 5 && len == 8)
			capture->lost = quad(value);
		else
			return "option of statistics";
	}
	capture->ended = true;
	return body.short_of ? "options of statistics" : NULL;
}

static const char *parse_block(struct pf_capture *capture, size_t number,
			       __u32 type, struct bytes body, pf_each each,
			       void *arg)
{
	struct pf_packet p = { .queue = ~0U };
	const char *wrong;

	if (capture->ended)
		return "something behind the end";
	if (number == 0)
		return type == 0x0a0d0d0a ? parse_section(body) : "first block";
	if (number == 1)
		return type == 1 ? parse_interface(body, capture) :
				   "second block";
	if (type == 5)
		return parse_statistics(body, capture);
	if (type != 6)
		return "type of a block";
	wrong = parse_packet(body, &p);
	if (!wrong && each)
		each(arg, capture->packets, &p);
	capture->packets++;
	return wrong;
}

void pf_parse(const __u8 *data, size_t len, struct pf_capture *capture,
	      pf_each each, void *arg)
{
	struct bytes bytes = { data, len }, body;
	__u32 type, total;
	size_t i;

	memset(capture, 0, sizeof(*capture));
	for (i = 0; bytes.len && !capture->wrong; i++) {
		type = word(&bytes);
		total = word(&bytes);
		if (total < 12 || total % 4 || total - 8 > bytes.len) {
			capture->wrong = "length of a block";
			return;
		}
		body = (struct bytes) { take(&bytes, total - 12), total - 12 };
		if (word(&bytes) != total) {
			capture->wrong = "length at the end of a block";
			return;
		}
		capture->wrong = parse_block(capture, i, type, body, each, arg);
	}
}

bool pf_comment(const struct pf_packet *packet, const char *comment)
{
	if (!comment)
		return !packet->comment;
	return packet->comment && packet->comment_len >= strlen(comment) &&
	       !memcmp(packet->comment, comment, strlen(comment));
}

__u8 *pf_slurp(int fd, size_t piece, size_t *len)
{
	size_t room = 0;
	__u8 *data = NULL;
	ssize_t ret;

	*len = 0;
	do {
		if (room - *len < piece) {
			room = 2 * room + piece;
			data = realloc(data, room);
		}
		do
			ret = read(fd, data + *len, piece);
		while (ret < 0 && errno == EINTR);
		if (ret > 0)
			*len += ret;
	} while (ret > 0);
	return data;
}

static void add32(struct pf_file *file, __u32 value)
{
	if (file->swap)
		value = __builtin_bswap32(value);
	memcpy(file->data + file->len, &value, 4);
	file->len += 4;
}

static void add16(struct pf_file *file, __u16 value)
{
	if (file->swap)
		value = __builtin_bswap16(value);
	memcpy(file->data + file->len, &value, 2);
	file->len += 2;
}

static void add_bytes(struct pf_file *file, const void *data, size_t len)
{
	if (len)
		memcpy(file->data + file->len, data, len);
	file->len += len;
	while (file->ng && file->len % 4)
		file->data[file->len++] = 0;
}

/* Files are small; each gets more room than any test fills. */
void pf_begin(struct pf_file *file, __u32 link)
{
	file->data = malloc(4 << 20);
	file->len = 0;
	if (!file->ng) {
		add32(file, file->nano ? 0xa1b23c4d : 0xa1b2c3d4);
		add16(file, 2);
		add16(file, 4);
		add32(file, 0);
		add32(file, 0);
		add32(file, 262144);
		add32(file, link);
		return;
	}
	add32(file, 0x0a0d0d0a);
	add32(file, 28);
	add32(file, 0x1a2b3c4d);
	add16(file, 1);
	add16(file, 0);
	add32(file, ~0U);
	add32(file, ~0U);
	add32(file, 28);
	add32(file, 1);
	add32(file, 20);
	add16(file, link);
	add16(file, 0);
	add32(file, 0);
	add32(file, 20);
}

void pf_add(struct pf_file *file, const void *data, __u32 len, __u32 orig)
{
	__u32 total = 32 + (len + 3) / 4 * 4;

	if (file->ng) {
		add32(file, 6);
		add32(file, total);
		add32(file, 0);
	}
	add32(file, 1700000000);
	add32(file, 1234);
	add32(file, len);
	add32(file, orig);
	add_bytes(file, data, len);
	if (file->ng)
		add32(file, total);
}

void pf_add_flags(struct pf_file *file, const void *data, __u32 len,
		  __u32 flags)
{
	__u32 total = 32 + (len + 3) / 4 * 4 + 8;

	add32(file, 6);
	add32(file, total);
	add32(file, 0);
	add32(file, 0);
	add32(file, 0);
	add32(file, len);
	add32(file, len);
	add_bytes(file, data, len);
	add16(file, 2);
	add16(file, 4);
	add32(file, flags);
	add32(file, total);
}

void pf_add_unknown(struct pf_file *file, __u32 len)
{
	add32(file, 0xbad);
	add32(file, 12 + len);
	memset(file->data + file->len, 0x5a, len);
	file->len += len;
	add32(file, 12 + len);
}

void pf_free(struct pf_file *file)
{
	free(file->data);
}
