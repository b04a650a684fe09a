/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tunnels there are, by name: unique in a network namespace, also against
 * its real interfaces. All of it under looptun_tunnel_lock.
 */
#ifndef LOOPTUN_REGISTRY_H
#define LOOPTUN_REGISTRY_H

#include <linux/hashtable.h>
#include <linux/types.h>

struct looptun_tunnel;
struct net;

#define LOOPTUN_REGISTRY_BITS	10

/* Every tunnel by its node, for who looks at all of them. */
extern DECLARE_HASHTABLE(looptun_registry, LOOPTUN_REGISTRY_BITS);

int looptun_registry_choose(struct net *net, const char *requested, char *name);
bool looptun_registry_is_foreign(struct net *net, const char *name);
bool looptun_registry_is_reserved(const char *name);
bool looptun_registry_has_ifindex(struct net *net, int ifindex);
struct looptun_tunnel *looptun_registry_find(struct net *net, const char *name);
struct looptun_tunnel *looptun_registry_find_directory(const char *text);
void looptun_registry_add(struct looptun_tunnel *tunnel);
void looptun_registry_remove(struct looptun_tunnel *tunnel);
void looptun_registry_changed_locked(void);

#endif
