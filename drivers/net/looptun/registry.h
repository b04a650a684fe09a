/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tunnels there are, by name: unique in a network namespace, also against
 * its real interfaces. All of it under looptun_tunnel_lock.
 */
#ifndef LOOPTUN_REGISTRY_H
#define LOOPTUN_REGISTRY_H

#include <linux/types.h>

struct looptun_tunnel;
struct net;

int looptun_registry_choose(struct net *net, const char *requested, char *name);
bool looptun_registry_is_foreign(struct net *net, const char *name);
bool looptun_registry_is_reserved(const char *name);
bool looptun_registry_has_ifindex(struct net *net, int ifindex);
struct looptun_tunnel *looptun_registry_find(struct net *net, const char *name);
struct looptun_tunnel *looptun_registry_find_directory(const char *text);
void looptun_registry_add(struct looptun_tunnel *tunnel);
void looptun_registry_remove(struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_registry_any_of(struct net *net);
void looptun_registry_visit_locked(void (*visit)(struct looptun_tunnel *tunnel,
						 void *data),
				   void *data);
void looptun_registry_changed_locked(void);

#endif
