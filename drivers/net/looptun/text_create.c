// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line that makes a persistent tunnel.
 */
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/if_tun.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <net/net_namespace.h>

#include "line.h"
#include "text.h"
#include "tunnel.h"

static int looptun_text_read_owner(const struct looptun_line *line,
				   const char *word, kuid_t *owner)
{
	u64 uid;
	int ret;

	if (uid_valid(*owner))
		return looptun_line_refuse(line, -EINVAL, word, "given twice");
	ret = looptun_line_number(line, word + strlen("owner="), U32_MAX, &uid);
	if (ret)
		return ret;
	*owner = make_kuid(current_user_ns(), uid);
	if (uid_valid(*owner))
		return 0;
	return looptun_line_refuse(line, -EINVAL, word, "no such user");
}

/* What may stand behind the type. */
static int looptun_text_read_option(const struct looptun_line *line,
				    const char *word, unsigned int *flags,
				    kuid_t *owner)
{
	if (str_has_prefix(word, "owner="))
		return looptun_text_read_owner(line, word, owner);
	if (strcmp(word, "multi_queue"))
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected multi_queue or owner=UID");
	if (*flags & IFF_MULTI_QUEUE)
		return looptun_line_refuse(line, -EINVAL, word, "given twice");
	*flags |= IFF_MULTI_QUEUE;
	return 0;
}

static int looptun_text_read_type(const struct looptun_line *line,
				  const char *word, unsigned int *flags)
{
	if (word && !strcmp(word, "tun"))
		*flags = IFF_TUN;
	else if (word && !strcmp(word, "tap"))
		*flags = IFF_TAP;
	else
		return looptun_line_refuse(line, -EINVAL, word,
					   "expected tun or tap");
	return 0;
}

static int looptun_text_create(struct net *net, const struct looptun_line *line,
			       const char *name, unsigned int flags,
			       kuid_t owner)
{
	int ret = looptun_tunnel_create(net, name, flags, owner);

	if (ret == -EINVAL)
		looptun_line_refuse(line, ret, name,
				    "no name of an interface");
	else if (ret == -EEXIST)
		looptun_line_refuse(line, ret, name, "the name is taken");
	else if (ret == -ENFILE)
		looptun_line_refuse(line, ret, name, "no number is free");
	return ret;
}

/**
 * looptun_text_store_create - make a persistent tunnel
 * @net: its network namespace
 * @line: "NAME tun|tap [multi_queue] [owner=UID]"
 *
 * Return: 0, -EINVAL for a word that does not fit, or an errno of
 * looptun_tunnel_create().
 */
int looptun_text_store_create(struct net *net, struct looptun_line *line)
{
	const char *name = looptun_line_next(line), *word;
	kuid_t owner = INVALID_UID;
	unsigned int flags;
	int ret;

	if (strlen(name) >= IFNAMSIZ)
		return looptun_line_refuse(line, -EINVAL, name,
					   "expected a name of at most 15 bytes");
	ret = looptun_text_read_type(line, looptun_line_next(line), &flags);
	while (!ret && (word = looptun_line_next(line)))
		ret = looptun_text_read_option(line, word, &flags, &owner);
	return ret ?: looptun_text_create(net, line, name, flags, owner);
}
