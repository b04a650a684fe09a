/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of tunnels: unique in a network namespace, also against its real
 * interfaces. All of it under looptun_tunnel_lock.
 */
#ifndef LOOPTUN_NAME_H
#define LOOPTUN_NAME_H

#include <linux/types.h>

struct looptun_tunnel;
struct net;

int looptun_name_choose(struct net *net, const char *requested, char *name);
bool looptun_name_is_foreign(struct net *net, const char *name);
bool looptun_name_is_reserved(const char *name);
bool looptun_name_has_ifindex(struct net *net, int ifindex);
struct looptun_tunnel *looptun_name_find(struct net *net, const char *name);
struct looptun_tunnel *looptun_name_find_directory(const char *text);
void looptun_name_add(struct looptun_tunnel *tunnel);
void looptun_name_remove(struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_name_any_of(struct net *net);
void looptun_name_visit_locked(void (*visit)(struct looptun_tunnel *tunnel,
					     void *data),
			       void *data);

#endif
