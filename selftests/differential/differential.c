// SPDX-License-Identifier: GPL-2.0-only
/*
 * differential: run random sequences on both sides and report in TAP. Work is
 * handed out in blocks, a line of TAP each; a mismatch is shrunk and printed
 * with the command that shows it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../looptun.h"
#include "coverage.h"
#include "differential.h"

__u32 diff_classes = ~0u;

static struct {
	unsigned long seed, first, sequences, block;
	const char *ops;
	int jobs, most;
	bool show, netdev;
} options = {
	.seed = 1, .sequences = 500, .block = 25, .jobs = 3, .most = 5,
};

/* Shared by the workers. */
static struct {
	unsigned long next;
	unsigned long done;
	unsigned long said;
	bool saying;
	int mismatches;
} *shared;

static int worker;
static struct diff_outcome outcome;

static bool fails(const struct diff_sequence *seq)
{
	diff_execute(seq, worker, &outcome);
	return outcome.mismatch;
}

static void say(char **text, size_t *size, const char *format, ...)
{
	va_list args;
	char *line;
	int len;

	va_start(args, format);
	len = vasprintf(&line, format, args);
	va_end(args);
	*text = realloc(*text, *size + len + 1);
	memcpy(*text + *size, line, len + 1);
	*size += len;
	free(line);
}

static void say_mismatch(char **text, size_t *size,
			 const struct diff_sequence *seq)
{
	static char ops[16384];
	char op[512] = "the end";

	diff_print(ops, sizeof(ops), seq);
	if (outcome.found.op < seq->count)
		diff_print_op(op, sizeof(op), &seq->op[outcome.found.op]);
	say(text, size, "#   %d: %s: real %s, looptun %s\n", outcome.found.op,
	    op, outcome.found.real, outcome.found.looptun);
	say(text, size, "#   differential --ops '%s'\n", ops);
}

static void report(char **text, size_t *size, unsigned long number,
		   struct diff_sequence *seq)
{
	struct diff_mismatch first = outcome.found;
	int before = seq->count;

	say(text, size, "# mismatch: seed %lu sequence %lu, %d operations\n",
	    options.seed, number, before);
	/* To shrink it would take until it hangs, each time. */
	if (outcome.hung) {
		say_mismatch(text, size, seq);
		return;
	}
	if (!fails(seq)) {
		say(text, size, "#   only once: at %d real %s, looptun %s\n",
		    first.op, first.real, first.looptun);
		return;
	}
	diff_shrink(seq, fails);
	fails(seq);
	say(text, size, "#   shrunk to %d\n", seq->count);
	say_mismatch(text, size, seq);
}

static void run_block(unsigned long block)
{
	unsigned long from = options.first + block * options.block, i;
	unsigned long to = options.first + options.sequences;
	struct diff_sequence seq;
	char *text = NULL;
	size_t size = 0;
	bool bad = false;

	if (to > from + options.block)
		to = from + options.block;
	for (i = from; i < to; i++) {
		if (shared->mismatches >= options.most) {
			bad = true;
			say(&text, &size, "# %lu and on: not run\n", i);
			break;
		}
		diff_generate(&seq, (__u64)options.seed << 32 ^ i);
		__atomic_add_fetch(&shared->done, 1, __ATOMIC_RELAXED);
		if (!fails(&seq))
			continue;
		bad = true;
		__atomic_add_fetch(&shared->mismatches, 1, __ATOMIC_RELAXED);
		report(&text, &size, i, &seq);
	}
	/* Numbered in the order in which they are done, as KTAP wants it. */
	while (__atomic_exchange_n(&shared->saying, true, __ATOMIC_ACQUIRE))
		sched_yield();
	say(&text, &size, "%sok %lu sequences %lu to %lu of seed %lu\n",
	    bad ? "not " : "", ++shared->said + 1, from, to - 1, options.seed);
	if (write(STDOUT_FILENO, text, size) < 0)
		exit(1);
	__atomic_store_n(&shared->saying, false, __ATOMIC_RELEASE);
	free(text);
}

static unsigned long blocks(void)
{
	return (options.sequences + options.block - 1) / options.block;
}

static void work(void)
{
	unsigned long block;

	for (;;) {
		block = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
		if (block >= blocks())
			break;
		run_block(block);
	}
	exit(0);
}

static int run_all(void)
{
	int i;

	printf("1..%lu\n", blocks() + 1);
	printf("%sok 1 the list of allowed differences is that of the program\n",
	       diff_allowed_check() ? "not " : "");
	fflush(stdout);
	for (i = 0; i < options.jobs; i++) {
		worker = i;
		if (!fork())
			work();
	}
	while (wait(NULL) > 0)
		;
	diff_coverage_print();
	diff_allowed_print();
	printf("# %lu sequences of seed %lu, %d mismatches\n", shared->done,
	       options.seed, shared->mismatches);
	return shared->mismatches > 0;
}

static int show(void)
{
	static char ops[16384];
	struct diff_sequence seq;
	unsigned long i;

	for (i = options.first; i < options.first + options.sequences; i++) {
		diff_generate(&seq, (__u64)options.seed << 32 ^ i);
		diff_print(ops, sizeof(ops), &seq);
		printf("%lu: %s\n", i, ops);
	}
	return 0;
}

/* One given sequence, with what each operation left behind. */
static int run_ops(void)
{
	struct diff_sequence seq;
	char *text = NULL;
	size_t size = 0;

	if (diff_parse(&seq, options.ops))
		return 1;
	diff_allowed_check();
	fails(&seq);
	printf("real:\n%slooptun:\n%s", diff_execute_log(0, 0),
	       diff_execute_log(0, 1));
	if (outcome.mismatch) {
		say_mismatch(&text, &size, &seq);
		fputs(text, stdout);
	}
	return outcome.mismatch;
}

static __u32 classes(char *list)
{
	__u32 set = 0;
	char *word;
	int i;

	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		for (i = 0; i < DIFF_CLASSES; i++)
			if (!strcmp(word, diff_class_names[i]))
				break;
		if (i == DIFF_CLASSES) {
			fprintf(stderr, "no such class: %s\n", word);
			exit(1);
		}
		set |= 1u << i;
	}
	return set;
}

static void usage(void)
{
	int i;

	printf("differential [--sequences N] [--seed S] [--first N] [--block N]\n"
	       "  [--jobs N] [--most MISMATCHES] [--only CLASS,...]\n"
	       "  [--without CLASS,...] [--ops OPERATIONS] [--show] [--netdev]\n"
	       "Classes:");
	for (i = 0; i < DIFF_CLASSES; i++)
		printf(" %s", diff_class_names[i]);
	printf("\n");
	exit(1);
}

/* The rest of the command line belongs to --ops, quoted or not. */
static void join_ops(char **rest)
{
	char *text = NULL;
	size_t size = 0;

	if (!options.ops)
		return;
	say(&text, &size, "%s", options.ops);
	while (*rest)
		say(&text, &size, " %s", *rest++);
	options.ops = text;
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "sequences", 1, NULL, 'n' }, { "seed", 1, NULL, 's' },
		{ "first", 1, NULL, 'f' }, { "block", 1, NULL, 'b' },
		{ "jobs", 1, NULL, 'j' }, { "most", 1, NULL, 'm' },
		{ "only", 1, NULL, 'o' }, { "without", 1, NULL, 'w' },
		{ "ops", 1, NULL, 'r' }, { "show", 0, NULL, 'p' },
		{ "netdev", 0, NULL, 'i' }, {},
	};
	int c;

	if (getenv("LOOPTUN_SEQUENCES"))
		options.sequences = atol(getenv("LOOPTUN_SEQUENCES"));
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			options.sequences = atol(optarg);
			break;
		case 's':
			options.seed = atol(optarg);
			break;
		case 'f':
			options.first = atol(optarg);
			break;
		case 'b':
			options.block = atol(optarg) ?: 1;
			break;
		case 'j':
			options.jobs = atoi(optarg);
			break;
		case 'm':
			options.most = atoi(optarg);
			break;
		case 'o':
			diff_classes = classes(optarg) | 1;
			break;
		case 'w':
			diff_classes &= ~classes(optarg);
			break;
		case 'p':
			options.show = true;
			break;
		case 'i':
			options.netdev = true;
			break;
		case 'r':
			options.ops = optarg;
			break;
		default:
			usage();
		}
	}
	join_ops(argv + optind);
}

/*
 * What comes next is not to find anything. tun.c frees eBPF programs with
 * call_rcu() and does not wait for that when it is unloaded: before, nothing
 * of it may be under way.
 */
static bool settle(bool loaded)
{
	int ret = -EBUSY;

	if (lt_namespaces_gone())
		ret = loaded ? lt_unload("tun") : 0;
	if (ret)
		printf("# what it made is not gone: %s\n", strerror(-ret));
	return !ret;
}

/* Operations on interfaces want looptun to have some. */
static bool load_looptun(const char *parameters)
{
	int ret = lt_unload("looptun") ?: lt_load(LT_MODULE, parameters);

	if (ret)
		printf("Bail out! looptun.ko %s: %s\n", parameters,
		       strerror(-ret));
	return !ret;
}

int main(int argc, char **argv)
{
	int ret, loaded;

	parse(argc, argv);
	setlinebuf(stdout);
	if (!options.netdev)
		diff_classes &= ~(1u << DIFF_NETDEV);
	if (options.show)
		return show();
	if (options.netdev && !load_looptun("netdev=1"))
		return 1;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || diff_execute_init(options.jobs))
		return 1;
	diff_coverage_init();
	/* tun.c waits for many grace periods: have them short. */
	lt_write_file("/sys/kernel/rcu_expedited", "1");
	lt_write_file("/sys/module/rcutree/parameters/jiffies_till_first_fqs", "0");
	lt_write_file("/sys/module/rcutree/parameters/jiffies_till_next_fqs", "1");
	loaded = lt_load(LT_TUN_MODULE, "");
	if (loaded && loaded != -EEXIST) {
		printf("Bail out! tun.ko: %s\n", strerror(-loaded));
		return 1;
	}
	ret = options.ops ? run_ops() : run_all();
	if (!settle(!loaded) || (options.netdev && !load_looptun("")))
		return 1;
	return ret;
}
