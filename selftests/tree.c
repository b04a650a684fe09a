// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI document and the live debugfs tree name the same files. A tunnel's
 * directory stands as <tunnel>, a queue's as <n>.
 */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "document.h"
#include "kselftest_harness.h"
#include "looptun.h"

#define MAX_NAMES 64

struct names {
	char *name[MAX_NAMES];
	size_t count;
};

/* Of the live tree; nftw() has no argument for it. */
static struct names live;
static char tunnel[IFNAMSIZ];

static bool has(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static void add(struct names *names, const char *name)
{
	if (!has(names, name) && names->count < MAX_NAMES)
		names->name[names->count++] = strdup(name);
}

/* "What:" and the lines that go on after it, up to the next keyword. */
static void read_document(struct names *names, FILE *file)
{
	char line[256], name[128];
	bool what = false;

	while (fgets(line, sizeof(line), file)) {
		if (line[0] != ' ' && line[0] != '\t' && line[0] != '\n')
			what = !strncmp(line, "What:", 5);
		if (what && sscanf(line[0] == 'W' ? line + 5 : line, " %127s",
				   name) == 1)
			add(names, name);
	}
}

/* "/sys/.../test0/inject" as "/sys/.../<tunnel>/inject". */
static int add_live(const char *path, const struct stat *st, int type,
		    struct FTW *ftw)
{
	size_t root = strlen(LT_DEBUGFS "/");
	static const char queue[] = "/queues/0/";
	size_t len = strlen(tunnel);
	char name[256];

	if (type != FTW_F)
		return 0;
	path += root;
	if (strncmp(path, tunnel, len) || path[len] != '/')
		snprintf(name, sizeof(name), LT_DEBUGFS "/%s", path);
	else if (strncmp(path + len, queue, strlen(queue)))
		snprintf(name, sizeof(name), LT_DEBUGFS "/<tunnel>%s",
			 path + len);
	else
		snprintf(name, sizeof(name),
			 LT_DEBUGFS "/<tunnel>/queues/<n>/%s",
			 path + len + strlen(queue));
	add(&live, name);
	return 0;
}

TEST(document_and_tree)
{
	static struct names documented;
	struct lt_tunnel t;
	FILE *file = fmemopen(document, document_end - document, "r");
	size_t i;

	ASSERT_NE(NULL, file);
	read_document(&documented, file);
	fclose(file);
	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_MULTI_QUEUE, 0));
	memcpy(tunnel, t.name, sizeof(tunnel));
	ASSERT_EQ(0, nftw(LT_DEBUGFS, add_live, 8, FTW_PHYS));

	EXPECT_LE(9, documented.count);
	EXPECT_EQ(documented.count, live.count);
	for (i = 0; i < documented.count; i++) {
		EXPECT_TRUE(has(&live, documented.name[i]))
			TH_LOG("documented, not there: %s", documented.name[i]);
	}
	for (i = 0; i < live.count; i++) {
		EXPECT_TRUE(has(&documented, live.name[i]))
			TH_LOG("there, not documented: %s", live.name[i]);
	}
	lt_tunnel_close(&t);
}

/* What has no direction cannot be opened for it, and only root may at all. */
TEST(modes)
{
	static const struct {
		const char *file;
		int mode;
	} rows[] = {
		{ "inject", 0200 }, { "inject_frame", 0200 },
		{ "sent", 0400 },   { "link", 0600 },
		{ "state", 0400 },  { "stats", 0400 },
		{ "hold", 0600 },   { "txqueuelen", 0600 },
		{ "inject_vnet", 0200 },
		{ "delete", 0200 }, { "../version", 0444 },
		{ "../create", 0200 },	{ "../faults", 0600 },
		{ "faults", 0600 },	{ "capture", 0400 },
		{ "replay", 0200 },	{ "loopback", 0600 },
		{ "../wait", 0200 },	{ "queues/0/inject", 0200 },
		{ "queues/0/inject_frame", 0200 },
		{ "queues/0/sent", 0400 }, { "queues/0/state", 0400 },
	};
	struct lt_tunnel t;
	struct stat st;
	char path[256];
	size_t i;

	ASSERT_EQ(0, lt_tunnel_open(&t, IFF_TUN | IFF_MULTI_QUEUE, 0));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		lt_path(path, sizeof(path), t.name, rows[i].file);
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(rows[i].mode, st.st_mode & 07777)
			TH_LOG("%s", rows[i].file);
	}
	lt_tunnel_close(&t);
}

TEST_HARNESS_MAIN
