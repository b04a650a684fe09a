// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU that counts how often each instruction of the guest runs
 * while bench_count() of selftests/bench/ has turned it on. The argument "to" is
 * the file for the counts: lines of count, address and instruction. For one
 * processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

/* What is known of an instruction; one that is translated again is the same. */
struct counted {
	struct counted *next;
	__u64 address;
	__u64 count;
	char *text;
};

#define BUCKETS 65536

static struct counted *buckets[BUCKETS];
static const char *file;
static int on;

EXPORT int qemu_plugin_version = 1;

static struct counted *find(__u64 address, const char *text)
{
	struct counted **at = &buckets[address % BUCKETS];

	for (; *at; at = &(*at)->next)
		if ((*at)->address == address && !strcmp((*at)->text, text))
			return *at;
	*at = calloc(1, sizeof(**at));
	if (!*at)
		abort();
	(*at)->address = address;
	(*at)->text = strdup(text);
	return *at;
}

static void add(unsigned int vcpu, void *userdata)
{
	struct counted *one = userdata;

	one->count += on;
}

static void begin(unsigned int vcpu, void *userdata)
{
	on = 1;
}

static void end(unsigned int vcpu, void *userdata)
{
	on = 0;
}

/* The no-ops of bench_count(), told from all others by their displacement. */
static void watch_marks(struct qemu_plugin_insn *insn)
{
	static const unsigned char first[] = { 0x0f, 0x1f, 0x80, 'l', 't', 'p', '1' };
	static const unsigned char last[] = { 0x0f, 0x1f, 0x80, 'l', 't', 'p', '0' };
	const void *bytes = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) != sizeof(first))
		return;
	if (!memcmp(bytes, first, sizeof(first)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, 0, NULL);
	if (!memcmp(bytes, last, sizeof(last)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, end, 0, NULL);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, count = qemu_plugin_tb_n_insns(tb);

	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		char *text = qemu_plugin_insn_disas(insn);
		struct counted *one = find(qemu_plugin_insn_vaddr(insn),
					   text ?: "");

		free(text);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, add, 0, one);
		watch_marks(insn);
	}
}

static void put_counts(qemu_plugin_id_t id, void *userdata)
{
	FILE *out = fopen(file, "w");
	int i;

	if (!out)
		abort();
	for (i = 0; i < BUCKETS; i++)
		for (struct counted *one = buckets[i]; one; one = one->next)
			if (one->count)
				fprintf(out, "%llu %016llx %s\n",
					one->count, one->address, one->text);
	fclose(out);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
			       const struct qemu_info_t *info, int argc,
			       char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "to=", 3))
			file = strdup(argv[i] + 3);
	if (!file)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, put_counts, NULL);
	return 0;
}
