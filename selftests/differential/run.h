/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sequence on one side, seen from inside its process: the files, the
 * tunnels as far as the tester knows them, memory, and the line of text that
 * is being written.
 */
#ifndef DIFFERENTIAL_RUN_H
#define DIFFERENTIAL_RUN_H

#include <linux/if.h>
#include <sys/types.h>

#include "differential.h"

#define DIFF_TUNNELS 32
#define DIFF_FRAME_MAX (128 * 1024)

/* A tunnel that was seen to come up. */
struct diff_tunnel {
	char name[IFNAMSIZ];
	unsigned int flags;
	bool alive;
	bool up;
	bool steered;
	bool owned;		/* has an owner or a group */
	unsigned int offload;
	int len;		/* of what was injected last */
	int vnet_len;		/* where it takes such a header */
	int ifindex;		/* real */
	int inject, sent;	/* looptun */
};

/* What differs between the sides: the device and its far end. */
struct diff_side {
	const char *name;
	const char *device;
	void (*init)(struct diff_run *run);
	bool (*exists)(struct diff_tunnel *t);
	void (*created)(struct diff_run *run, struct diff_tunnel *t);
	void (*link)(struct diff_tunnel *t, bool up);
	void (*inject)(struct diff_tunnel *t, const void *data, size_t len);
	void (*inject_vnet)(struct diff_tunnel *t, const void *data,
			    size_t len);
	void (*txqueuelen)(struct diff_tunnel *t, int len);
	void (*remove)(struct diff_tunnel *t);
	/* Log what the far end received. */
	void (*sent)(struct diff_run *run);
};

extern const struct diff_side diff_real, diff_looptun;

struct diff_run {
	const struct diff_side *side;
	int fd[DIFF_FILES];
	int tunnel_of[DIFF_FILES];	/* what it was attached to last, or -1 */
	unsigned int flags[DIFF_FILES];	/* it asked for */
	int vnet_len[DIFF_FILES];
	struct diff_tunnel tunnel[DIFF_TUNNELS];
	int tunnels;
	int epoll;
	int step;
	unsigned int cmd;		/* of the operation */
	int written;			/* under NAPI, not yet seen */
	long backlog;			/* bytes written, not yet seen */
	char *log;
	size_t log_len;
};

/* log.c */
[[gnu::format(printf, 2, 3)]]
void diff_log(struct diff_run *run, const char *format, ...);
void diff_log_ret(struct diff_run *run, long ret);
void diff_log_bytes(struct diff_run *run, const char *key, const void *data,
		    size_t len);

void diff_log_frame(struct diff_run *run, const char *key, const void *data,
		    size_t len);

/* memory.c: where a buffer of the program lies. */
enum diff_memory {
	DIFF_MEM_OK,
	DIFF_MEM_EDGE,
	DIFF_MEM_NULL,
	DIFF_MEM_BAD,
	DIFF_MEM_KERNEL,
	DIFF_MEM_READONLY,
	DIFF_MEM_SHORT,		/* and as many bytes before the hole */
};

#define DIFF_CANARY 0xa5
#define DIFF_MEM_MAX (6u << 20)

void diff_memory_init(void);
void *diff_memory(long where, size_t len);
/* As diff_memory(), and @data is put there as far as it can be. */
void *diff_memory_put(long where, const void *data, size_t len);
void diff_log_memory(struct diff_run *run, const char *key, long where,
		     const void *at, size_t len);
__u8 *diff_scratch(void);
void diff_fill(void *data, size_t len, __u32 seed);

/* tunnels.c */
struct diff_tunnel *diff_tunnel_of(struct diff_run *run, int slot);
void diff_tunnels_refresh(struct diff_run *run);
struct diff_tunnel *diff_alive(struct diff_run *run, int slot);
void diff_tunnels_attached(struct diff_run *run, int slot, unsigned int flags);
const char *diff_tunnels_ask(struct diff_run *run, const char *name);
int diff_tunnel_fd(struct diff_run *run, const struct diff_tunnel *t);
int diff_header(const struct diff_run *run, int slot);

/* execute side of an operation */
void diff_run_sequence(struct diff_run *run, const struct diff_sequence *seq);
long diff_ret(long ret);
long diff_ioctl(int abi, int fd, unsigned int cmd, void *arg);

/* bpf.c: descriptor of a program that returns @value, of that type. */
int diff_bpf(int type, int value);

/* Lengths that depend on the state: DIFF_LEN_* + 16 + a small difference. */
#define DIFF_LEN_HDR 0x10000000L
#define DIFF_LEN_ALL 0x20000000L
#define DIFF_LEN_PAYLOAD 0x30000000L
long diff_length(long symbolic, long hdr, long payload);

#endif
