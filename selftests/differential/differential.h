/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differential tester: random sequences of system calls, run on the real
 * /dev/net/tun and on looptun, and compared. A sequence is a list of
 * operations with small numbers as arguments; each runs in a process and a
 * network namespace of its own and leaves a line of text per operation.
 */
#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define DIFF_ARGS 16
#define DIFF_OPS 40
#define DIFF_FILES 4
#define DIFF_LOG (512 * 1024)

/* What the alphabet is divided into, for --only. */
enum diff_class {
	DIFF_ATTACH,
	DIFF_RW,
	DIFF_POLL,
	DIFF_FAR,
	DIFF_IOCTL,
	DIFF_UNKNOWN,
	DIFF_VNET,
	DIFF_QUEUE,
	DIFF_NAPI,
	DIFF_PERSIST,
	DIFF_OFFLOAD,
	DIFF_SNDBUF,
	DIFF_CARRIER,
	DIFF_INDEX,
	DIFF_FILTER,
	DIFF_EBPF,
	DIFF_HWADDR,
	DIFF_PERM,
	DIFF_NETNS,
	DIFF_VFS,
	DIFF_SIGNAL,
	DIFF_BLOCK,
	DIFF_ASYNC,
	DIFF_TXQ,
	DIFF_COMPAT,
	DIFF_NETDEV,
	DIFF_CLASSES,
};

/* Named values that an argument can take; the first is the plainest. */
struct diff_value {
	const char *text;
	long value;
};

/*
 * Generation: in @plain of a hundred the first value, in @sticky of the rest a
 * value that the sequence has chosen for itself. Without @class: always the
 * first. The last @rare values come one time in twenty.
 */
struct diff_pool {
	const char *key;
	const struct diff_value *values;
	int count;
	int plain;
	int sticky;
	int rare;
	enum diff_class class;
};

#define DIFF_POOL(name, word, ...)					\
	const struct diff_pool name = {					\
		.key = word, .values = name##_values,			\
		.count = sizeof(name##_values) / sizeof(*name##_values), \
		__VA_ARGS__						\
	}

/* An operation of a sequence: its place in the table, and per argument the
 * place in the pool.
 */
struct diff_op {
	__u8 kind;
	__u8 arg[DIFF_ARGS];
};

struct diff_sequence {
	int count;
	struct diff_op op[DIFF_OPS];
};

struct diff_run;

extern const char *const diff_class_names[DIFF_CLASSES];

struct diff_kind {
	const char *name;
	enum diff_class class;
	int weight;
	void (*run)(struct diff_run *run, const long *arg);
	unsigned int cmd;	/* for an ioctl */
	const struct diff_pool *pool[DIFF_ARGS];
};

extern const struct diff_kind diff_kinds[];
extern const int diff_kinds_count;

/* Which classes take part. */
extern __u32 diff_classes;

/* generate.c */
void diff_generate(struct diff_sequence *seq, __u64 seed);
__u64 diff_random(__u64 *state);

/* text.c: "kind key=value ...; kind ..." */
void diff_print(char *text, size_t size, const struct diff_sequence *seq);
void diff_print_op(char *text, size_t size, const struct diff_op *op);
int diff_parse(struct diff_sequence *seq, const char *text);

/* compare.c */
struct diff_mismatch {
	int op;
	char key[32];
	char real[256];
	char looptun[256];
};

bool diff_compare(const struct diff_sequence *seq, const char *real,
		  const char *looptun, struct diff_mismatch *found);

/* allowed.c */
bool diff_allowed(const struct diff_op *op, const char *asks, const char *key,
		  const char *real, const char *looptun, bool *stop);
void diff_allowed_hit(const char *name);
int diff_allowed_check(void);
void diff_allowed_print(void);

/* shrink.c: is it still a mismatch? */
typedef bool (*diff_predicate)(const struct diff_sequence *seq);
void diff_shrink(struct diff_sequence *seq, diff_predicate fails);

/* execute.c: run a sequence on both sides and compare. */
struct diff_outcome {
	bool mismatch, hung;
	struct diff_mismatch found;
};

int diff_execute_init(int slots);
void diff_execute(const struct diff_sequence *seq, int slot,
		  struct diff_outcome *outcome);
const char *diff_execute_log(int slot, int side);

#endif
