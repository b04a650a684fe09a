// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters on what is injected, run in the order of tun_net_xmit() by the
 * kernel's own calls. Settings change under looptun_tunnel_lock, frames pass
 * under RCU.
 */
#include <linux/bpf.h>
#include <linux/crc32.h>
#include <linux/etherdevice.h>
#include <linux/if_tun.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "datagram.h"
#include "file.h"
#include "filter.h"
#include "queue.h"
#include "tunnel.h"

/* How many addresses are compared one by one; tun has that many. */
#define LOOPTUN_FILTER_EXACT	8

/**
 * struct looptun_addresses - destinations that pass
 * @count: how many of @exact are set
 * @exact: these pass
 * @mask: multicast addresses whose hash has its bit here pass too
 * @rcu: for freeing
 */
struct looptun_addresses {
	unsigned int count;
	u8 exact[LOOPTUN_FILTER_EXACT][ETH_ALEN];
	DECLARE_BITMAP(mask, 64);
	struct rcu_head rcu;
};

/*
 * The socket that carries a queue's classic filter: its calls want one. It has no
 * owner: whoever has one is or was a file, which holds the module, and what RCU
 * has yet to free is waited for at exit.
 */
static struct proto looptun_filter_proto = {
	.name = "looptun",
	.obj_size = sizeof(struct sock),
};

static unsigned int looptun_filter_bit(const u8 *address)
{
	return ether_crc(ETH_ALEN, address) >> 26;
}

/*
 * Read a list, one by one: user memory may never come, and nobody pays for a copy of it.
 * All of it has to be readable, as for tun, which copies it first. Returns 1 if there is a
 * filter, 0 if there is none as a unicast address finds no place, or -EFAULT.
 */
static int looptun_filter_read_addresses(struct looptun_addresses *addresses,
					 const u8 __user *argp,
					 unsigned int count)
{
	u8 address[ETH_ALEN];
	bool placed = true;

	for (; count--; argp += ETH_ALEN) {
		if (copy_from_user(address, argp, ETH_ALEN))
			return -EFAULT;
		if (addresses->count < LOOPTUN_FILTER_EXACT)
			memcpy(addresses->exact[addresses->count++], address, ETH_ALEN);
		else if (is_multicast_ether_addr(address))
			__set_bit(looptun_filter_bit(address), addresses->mask);
		else
			placed = false;
	}
	return placed;
}

/**
 * looptun_filter_get_addresses - read the argument of TUNSETTXFILTER
 * @argp: a struct tun_filter
 *
 * Mirrors update_filter().
 *
 * Context: process; may sleep on user memory.
 * Return: a filter, NULL for none, or an ERR_PTR of -EFAULT or -ENOMEM.
 */
struct looptun_addresses *looptun_filter_get_addresses(const void __user *argp)
{
	struct looptun_addresses *addresses;
	struct tun_filter head;
	int ret;

	if (copy_from_user(&head, argp, sizeof(head)))
		return ERR_PTR(-EFAULT);
	if (!head.count)
		return NULL;
	addresses = kzalloc(sizeof(*addresses),
			    GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL);
	if (!addresses)
		return ERR_PTR(-ENOMEM);
	ret = looptun_filter_read_addresses(addresses, argp + sizeof(head),
					    head.count);
	if (ret <= 0) {
		kfree(addresses);
		return ERR_PTR(ret);
	}
	if (head.flags & TUN_FLT_ALLMULTI)
		bitmap_fill(addresses->mask, 64);
	return addresses;
}

/**
 * looptun_filter_set_addresses_locked - TUNSETTXFILTER
 * @tunnel: the tunnel, a TAP
 * @addresses: the filter, which is the tunnel's now, or NULL
 *
 * Return: how many addresses are compared exactly.
 */
int looptun_filter_set_addresses_locked(struct looptun_tunnel *tunnel,
					struct looptun_addresses *addresses)
{
	struct looptun_addresses *old;

	old = rcu_replace_pointer(tunnel->filter.addresses, addresses,
				  lockdep_is_held(&looptun_tunnel_lock));
	if (old)
		kfree_rcu(old, rcu);
	looptun_filter_update_locked(tunnel);
	return addresses ? addresses->count : 0;
}

/**
 * looptun_filter_make_classic - make what carries a classic filter
 * @net: network namespace
 * @fprog: the program, its instructions in user memory
 *
 * One socket serves any number of queues.
 *
 * Context: process; may sleep on user memory.
 * Return: the socket, referenced, or an ERR_PTR of -ENOMEM or an errno of
 * sk_attach_filter().
 */
struct sock *looptun_filter_make_classic(struct net *net,
					 struct sock_fprog *fprog)
{
	struct sock *sk;
	int ret;

	sk = sk_alloc(net, AF_UNSPEC, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL,
		      &looptun_filter_proto, 0);
	if (!sk)
		return ERR_PTR(-ENOMEM);
	sock_init_data(NULL, sk);
	/* Frames pass it under RCU. */
	sock_set_flag(sk, SOCK_RCU_FREE);

	lock_sock(sk);
	ret = sk_attach_filter(fprog, sk);
	release_sock(sk);
	if (ret) {
		sock_put(sk);
		return ERR_PTR(ret);
	}
	return sk;
}

/**
 * looptun_filter_put_on - put a classic filter onto a queue, or take it off
 * @file: the queue
 * @sk: from looptun_filter_make_classic(), or NULL
 *
 * Context: process; under looptun_tunnel_lock, or with the file's last user.
 */
void looptun_filter_put_on(struct looptun_file *file, struct sock *sk)
{
	if (sk)
		sock_hold(sk);
	sk = rcu_replace_pointer(file->filter_sk, sk, true);
	if (sk)
		sock_put(sk);
}

/**
 * looptun_filter_fits - may a filter take the place of the queue's own?
 * @file: the queue
 * @sk: from looptun_filter_make_classic()
 *
 * tun's socket is charged for the new one before the old one goes. Here each
 * has a socket: let the kernel compare what both take with what one may.
 */
bool looptun_filter_fits(const struct looptun_file *file, struct sock *sk)
{
	struct sock *old = rcu_dereference_protected(file->filter_sk,
				lockdep_is_held(&looptun_tunnel_lock));
	int size = old ? atomic_read(&old->sk_omem_alloc) : 0;
	void *room;

	if (!size)
		return true;
	room = sock_kmalloc(sk, size, GFP_KERNEL);
	if (room)
		sock_kfree_s(sk, room, size);
	return room;
}

/**
 * looptun_filter_set_prog_locked - TUNSETSTEERINGEBPF and TUNSETFILTEREBPF
 * @tunnel: the tunnel
 * @slot: which of its two programs
 * @prog: the program, which is the tunnel's now, or NULL
 */
void looptun_filter_set_prog_locked(struct looptun_tunnel *tunnel,
				    struct bpf_prog __rcu **slot,
				    struct bpf_prog *prog)
{
	prog = rcu_replace_pointer(*slot, prog,
				   lockdep_is_held(&looptun_tunnel_lock));
	/* Frees after a grace period of its own. */
	if (prog)
		bpf_prog_put(prog);
	looptun_filter_update_locked(tunnel);
}

/**
 * looptun_filter_update_locked - see whether any filter is set
 * @tunnel: the tunnel
 *
 * To be called after each change of a filter and of the queues.
 */
void looptun_filter_update_locked(struct looptun_tunnel *tunnel)
{
	const struct looptun_filter *filter = &tunnel->filter;
	const struct looptun_file *file;
	unsigned int i;
	bool active;

	lockdep_assert_held(&looptun_tunnel_lock);

	active = rcu_access_pointer(filter->addresses) ||
		 rcu_access_pointer(filter->ebpf);
	for (i = 0; i < tunnel->numqueues; i++) {
		file = looptun_tunnel_queue_locked(tunnel, i)->file;
		active |= !!rcu_access_pointer(file->filter_sk);
	}
	WRITE_ONCE(tunnel->filter.active, active);
}

/**
 * looptun_filter_make_skb - make a socket buffer for filter programs
 * @tunnel: the tunnel
 * @data: the frame
 * @len: its bytes
 * @proto: its EtherType
 *
 * What does not fit into one page goes into single pages, as tun_alloc_skb() has
 * it: no program needs it in one piece.
 *
 * Context: process; may sleep.
 * Return: the buffer, or an ERR_PTR of -ENOMEM, or of -EMSGSIZE for a frame that is
 * longer than any device's.
 */
struct sk_buff *looptun_filter_make_skb(struct looptun_tunnel *tunnel,
					const u8 *data, size_t len,
					__be16 proto)
{
	size_t linear = min_t(size_t, len, SKB_MAX_HEAD(NET_SKB_PAD));
	struct net_device *dev;
	struct sk_buff *skb;
	int ret;

	if (len - linear > MAX_SKB_FRAGS * PAGE_SIZE)
		return ERR_PTR(-EMSGSIZE);
	/* Programs may look at the device, and the flow dissector insists on it. */
	dev = looptun_device_of(tunnel);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	skb = alloc_skb_with_frags(NET_SKB_PAD + linear, len - linear, 0, &ret,
				   LOOPTUN_DATAGRAM_GFP);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	skb_reserve(skb, NET_SKB_PAD);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len = len;
	skb_store_bits(skb, 0, data, len);
	skb->protocol = proto;
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, looptun_tunnel_is_tap(tunnel) ?
				    ETH_HLEN : 0);
	return skb;
}

/**
 * looptun_filter_steer - ask the steering program
 * @tunnel: the tunnel
 * @skb: the frame
 * @value: what it returned; the queue is this modulo their number
 *
 * Return: false if there is none.
 */
bool looptun_filter_steer(struct looptun_tunnel *tunnel, struct sk_buff *skb,
			  u16 *value)
{
	struct bpf_prog *prog;

	rcu_read_lock_bh();
	/* The namespace of a tunnel that is not dead outlives this section. */
	prog = looptun_tunnel_is_dead(tunnel) ? NULL :
	       rcu_dereference_bh(tunnel->filter.steering);
	if (prog)
		*value = bpf_prog_run_clear_cb(prog, skb);
	rcu_read_unlock_bh();
	return prog;
}

static bool looptun_filter_address_passes(const struct looptun_addresses *addresses,
					  const u8 *address)
{
	unsigned int i;

	for (i = 0; i < addresses->count; i++) {
		if (ether_addr_equal_unaligned(address, addresses->exact[i]))
			return true;
	}
	return is_multicast_ether_addr(address) &&
	       test_bit(looptun_filter_bit(address), addresses->mask);
}

/**
 * looptun_filter_pass - run the filters on a frame
 * @queue: the queue it goes to
 * @skb: from looptun_filter_make_skb()
 *
 * Return: bytes that they leave of it, 0 if it is to be dropped.
 */
size_t looptun_filter_pass(struct looptun_queue *queue, struct sk_buff *skb)
{
	struct looptun_filter *filter = &queue->tunnel->filter;
	struct looptun_addresses *addresses;
	size_t len = skb->len;
	struct bpf_prog *prog;
	struct sock *sk;

	skb_set_queue_mapping(skb, looptun_queue_index(queue));
	rcu_read_lock_bh();
	/* The namespace of a tunnel that is not dead outlives this section. */
	if (looptun_tunnel_is_dead(queue->tunnel))
		goto out;
	addresses = rcu_dereference_bh(filter->addresses);
	/* Rules can cut a frame to less than an address. */
	if (addresses && (len < ETH_ALEN ||
			  !looptun_filter_address_passes(addresses, skb->data)))
		len = 0;
	sk = rcu_dereference_bh(queue->file->filter_sk);
	if (len && sk)
		len = sk_filter(sk, skb) ? 0 : skb->len;
	prog = rcu_dereference_bh(filter->ebpf);
	if (len && prog)
		len = min_t(size_t, len, bpf_prog_run_clear_cb(prog, skb));
out:
	rcu_read_unlock_bh();
	return len;
}

/**
 * looptun_filter_end_locked - take away what a tunnel that goes has set
 * @tunnel: the tunnel
 */
void looptun_filter_end_locked(struct looptun_tunnel *tunnel)
{
	looptun_filter_set_addresses_locked(tunnel, NULL);
	looptun_filter_set_prog_locked(tunnel, &tunnel->filter.steering, NULL);
	looptun_filter_set_prog_locked(tunnel, &tunnel->filter.ebpf, NULL);
}
