// SPDX-License-Identifier: GPL-2.0-only
/* Sequences as text: "kind key=value ...; kind ...", plain values left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differential.h"

void diff_print_op(char *text, size_t size, const struct diff_op *op)
{
	const struct diff_kind *kind = &diff_kinds[op->kind];
	int i, len = snprintf(text, size, "%s", kind->name);

	for (i = 0; i < DIFF_ARGS && kind->pool[i]; i++) {
		if (!op->arg[i])
			continue;
		len += snprintf(text + len, size - len, " %s=%s",
				kind->pool[i]->key,
				kind->pool[i]->values[op->arg[i]].text);
	}
}

void diff_print(char *text, size_t size, const struct diff_sequence *seq)
{
	char op[512];
	int i, len = 0;

	*text = '\0';
	for (i = 0; i < seq->count; i++) {
		diff_print_op(op, sizeof(op), &seq->op[i]);
		len += snprintf(text + len, size - len, "%s%s",
				i ? "; " : "", op);
	}
}

static int parse_argument(struct diff_op *op, const char *word)
{
	const struct diff_kind *kind = &diff_kinds[op->kind];
	const struct diff_pool *pool;
	size_t key = strcspn(word, "=");
	int i, j;

	for (i = 0; i < DIFF_ARGS && kind->pool[i]; i++) {
		pool = kind->pool[i];
		if (strlen(pool->key) != key || strncmp(pool->key, word, key) ||
		    !word[key])
			continue;
		for (j = 0; j < pool->count; j++) {
			if (strcmp(pool->values[j].text, word + key + 1))
				continue;
			op->arg[i] = j;
			return 0;
		}
	}
	return -1;
}

static int parse_op(struct diff_op *op, char *text)
{
	char *save, *word = strtok_r(text, " ", &save);

	memset(op, 0, sizeof(*op));
	while (word && op->kind < diff_kinds_count &&
	       strcmp(diff_kinds[op->kind].name, word))
		op->kind++;
	if (!word || op->kind == diff_kinds_count) {
		fprintf(stderr, "no such operation: %s\n", word ?: "");
		return -1;
	}
	while ((word = strtok_r(NULL, " ", &save))) {
		if (parse_argument(op, word)) {
			fprintf(stderr, "no such argument: %s\n", word);
			return -1;
		}
	}
	return 0;
}

int diff_parse(struct diff_sequence *seq, const char *text)
{
	char *copy = strdup(text), *save, *op;
	int ret = 0;

	seq->count = 0;
	for (op = strtok_r(copy, ";", &save); op && !ret && seq->count < DIFF_OPS;
	     op = strtok_r(NULL, ";", &save))
		ret = parse_op(&seq->op[seq->count++], op);
	free(copy);
	return ret;
}
