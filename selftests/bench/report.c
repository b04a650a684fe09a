// SPDX-License-Identifier: GPL-2.0-only
/* The table, the bars, and the same as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

#define RESULTS 128

static struct bench_result results[RESULTS];
static int used;

/**
 * struct bar - what is to be reached
 * @name: the row it is about
 * @than: the row it is compared with; NULL: the value itself counts
 * @size: which of the sizes
 * @limit: the ratio to reach
 * @least: it is to be reached from above
 * @smp: it belongs to the boot with two processors
 */
struct bar {
	const char *name;
	const char *than;
	int size;
	double limit;
	bool least;
	bool smp;
};

#define FLOOR "floor: write /dev/null, read /dev/zero"
#define PIPE "pipe: write, read"
#define TUN_IN "tun.ko in: packet socket send, tap read"
#define TUN_OUT "tun.ko out: tap write, packet socket recv"

static const struct bar bars[] = {
	{ "inject, read", TUN_IN, 0, 0.46 },
	{ "inject, read", TUN_IN, 1, 0.46 },
	{ "inject, read", PIPE, 0, 0.88 },
	{ "inject, read", PIPE, 1, 0.88 },
	{ "write, sent", TUN_OUT, 0, 0.54 },
	{ "write, sent", TUN_OUT, 1, 0.54 },
	{ "write, sent", PIPE, 0, 0.88 },
	{ "write, sent", PIPE, 1, 0.88 },
	{ "wire: write, read", FLOOR, 0, 1.65 },
	{ "wire: write, read", FLOOR, 1, 1.65 },
	{ "write, wire: read", FLOOR, 0, 1.65 },
	{ "write, wire: read", FLOOR, 1, 1.65 },
	{ "echo: write, read", FLOOR, 0, 2.0 },
	{ "echo: write, read", FLOOR, 1, 2.15 },
	{ "replay, a datagram", FLOOR, 0, 0.25 },
	{ "inject, read: hooks and tracepoints off", NULL, 0, 15 },
	{ "write, sent: hooks and tracepoints off", NULL, 0, 15 },
	{ "looptun: open, TUNSETIFF, close", "tun.ko: open, TUNSETIFF, close",
	  0, 0.10 },
	{ "looptun: the same, without waiting",
	  "tun.ko: the same, without waiting", 0, 0.15 },
	{ "looptun: a name, beside 4096 tunnels",
	  "looptun: a name, beside 256 tunnels", 0, 1.2 },
	{ "looptun: a number, beside 4096 tunnels",
	  "looptun: a number, beside 256 tunnels", 0, 1.2 },
	{ "inject, read: 4096 tunnels in turn", "inject, read: 1 tunnel", 0,
	  1.03 },
	{ "looptun: memory of an idle file, all",
	  "tun.ko: memory of an idle file, all", 0, 0.30 },
	{ "inject, read: two over one", NULL, 0, 1.8, true, true },
};

void bench_add(const char *name, const char *unit, const double *values,
	       int count)
{
	struct bench_result *result = &results[used];

	if (used++ == RESULTS)
		bench_die("too many results");
	*result = (struct bench_result) { .name = name, .unit = unit,
					  .count = count };
	if (count)
		memcpy(result->value, values, count * sizeof(*values));
}

/* A value that is there, or no number. */
double bench_value(const char *name, int size)
{
	int i;

	for (i = 0; i < used; i++)
		if (!strcmp(results[i].name, name) && results[i].count > size)
			return results[i].value[size];
	return NAN;
}

/* How a bar stands, and the figure for it. */
static const char *verdict(const struct bar *bar, double *figure)
{
	double than = bar->than ? bench_value(bar->than, bar->size) : 1;

	*figure = bench_value(bar->name, bar->size);
	if (isnan(*figure) || isnan(than))
		return "absent";
	*figure /= than;
	return (bar->least ? *figure >= bar->limit : *figure <= bar->limit) ?
	       "pass" : "MISS";
}

static void print_results(void)
{
	int i, j;

	printf("%-46s", "");
	for (j = 0; j < BENCH_SIZES; j++)
		printf("%7zu B", bench_sizes[j]);
	putchar('\n');
	for (i = 0; i < used; i++) {
		printf("%-46s", results[i].name);
		for (j = 0; j < results[i].count; j++)
			printf(!strcmp(results[i].unit, "ratio") ? "%9.2f" :
			       "%9.0f", results[i].value[j]);
		if (!results[i].count)
			printf("%9s", "absent");
		else if (results[i].count == 1)
			printf(" %s", results[i].unit);
		putchar('\n');
	}
}

static void print_bars(bool smp)
{
	const struct bar *bar;
	const char *how;
	double figure;
	size_t i;

	puts("\nTo reach");
	for (i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		bar = &bars[i];
		if (bar->smp != smp)
			continue;
		how = verdict(bar, &figure);
		printf("%-6s %-40s %5zu B ", how, bar->name,
		       bench_sizes[bar->size]);
		if (strcmp(how, "absent"))
			printf("%6.3f ", figure);
		printf("%s %.2f%s%s\n", bar->least ? ">=" : "<=", bar->limit,
		       bar->than ? " of " : "", bar->than ?: "");
	}
}

static void json_results(FILE *json)
{
	int i, j;

	for (i = 0; i < used; i++) {
		fprintf(json, "    {\"name\": \"%s\", \"unit\": \"%s\", \"values\": [",
			results[i].name, results[i].unit);
		for (j = 0; j < results[i].count; j++)
			fprintf(json, "%s%.3f", j ? ", " : "",
				results[i].value[j]);
		fprintf(json, "]}%s\n", i + 1 < used ? "," : "");
	}
}

static void json_bars(FILE *json, bool smp)
{
	const char *comma = "", *how;
	double figure;
	size_t i;

	for (i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		if (bars[i].smp != smp)
			continue;
		how = verdict(&bars[i], &figure);
		fprintf(json, "%s    {\"name\": \"%s\", \"of\": \"%s\", ", comma,
			bars[i].name, bars[i].than ?: "");
		fprintf(json, "\"size\": %zu, \"limit\": %.2f, ",
			bench_sizes[bars[i].size], bars[i].limit);
		if (strcmp(how, "absent"))
			fprintf(json, "\"figure\": %.4f, ", figure);
		fprintf(json, "\"verdict\": \"%s\"}", how);
		comma = ",\n";
	}
	fputc('\n', json);
}

void bench_report(const char *path, bool smp)
{
	FILE *json = fopen(path, "w");
	struct utsname uts;
	int i;

	if (!json)
		bench_die("%s: %m", path);
	uname(&uts);
	printf("Linux %s\n", uts.release);
	print_results();
	print_bars(smp);

	fprintf(json, "{\n  \"kernel\": \"%s\",\n  \"sizes\": [", uts.release);
	for (i = 0; i < BENCH_SIZES; i++)
		fprintf(json, "%s%zu", i ? ", " : "", bench_sizes[i]);
	fputs("],\n  \"results\": [\n", json);
	json_results(json);
	fputs("  ],\n  \"bars\": [\n", json);
	json_bars(json, smp);
	fputs("  ]\n}\n", json);
	if (fclose(json))
		bench_die("%s: %m", path);
}
