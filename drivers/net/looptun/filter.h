/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands between an injected frame and the program's queue: the address
 * filter of a TAP, the classic filter of a queue, the eBPF programs.
 */
#ifndef LOOPTUN_FILTER_H
#define LOOPTUN_FILTER_H

#include <linux/compiler.h>
#include <linux/filter.h>
#include <linux/types.h>

struct looptun_addresses;
struct looptun_file;
struct looptun_queue;
struct looptun_tunnel;
struct net;
struct sk_buff;
struct sock;

/**
 * struct looptun_filter - filters of a tunnel
 * @active: any filter is set, here or on a queue; looptun_tunnel_lock to write
 * @addresses: TUNSETTXFILTER, or NULL; looptun_tunnel_lock to write, RCU to read
 * @steering: TUNSETSTEERINGEBPF, likewise
 * @ebpf: TUNSETFILTEREBPF, likewise
 * @fprog: the last program of TUNATTACHFILTER, also one that was refused, with
 *	the caller's pointer; looptun_tunnel_lock
 * @id: which of all programs @fprog is; looptun_tunnel_lock
 * @attached: @fprog goes onto queues that attach; looptun_tunnel_lock
 */
struct looptun_filter {
	bool active;
	struct looptun_addresses __rcu *addresses;
	struct bpf_prog __rcu *steering;
	struct bpf_prog __rcu *ebpf;
	struct sock_fprog fprog;
	u64 id;
	bool attached;
};

struct looptun_addresses *looptun_filter_get_addresses(const void __user *argp);
int looptun_filter_set_addresses_locked(struct looptun_tunnel *tunnel,
					struct looptun_addresses *addresses);
struct sock *looptun_filter_make_classic(struct net *net,
					 struct sock_fprog *fprog);
bool looptun_filter_fits(const struct looptun_file *file, struct sock *sk);
void looptun_filter_put_on(struct looptun_file *file, struct sock *sk);
void looptun_filter_set_prog_locked(struct looptun_tunnel *tunnel,
				    struct bpf_prog __rcu **slot,
				    struct bpf_prog *prog);
void looptun_filter_update_locked(struct looptun_tunnel *tunnel);

struct sk_buff *looptun_filter_make_skb(struct looptun_tunnel *tunnel,
					const u8 *data, size_t len,
					__be16 proto);
bool looptun_filter_steer(struct looptun_tunnel *tunnel, struct sk_buff *skb,
			  u16 *value);
size_t looptun_filter_pass(struct looptun_queue *queue, struct sk_buff *skb);
void looptun_filter_end_locked(struct looptun_tunnel *tunnel);

#endif
