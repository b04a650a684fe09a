/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct looptun_tunnel: a named interface, its settings, its queues and what
 * they have left behind. It lives as long as a file is attached, longer if
 * persistent.
 */
#ifndef LOOPTUN_TUNNEL_H
#define LOOPTUN_TUNNEL_H

#include <linux/cache.h>
#include <linux/hashtable.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "compat.h"
#include "fault.h"
#include "filter.h"
#include "frame.h"

struct dentry;
struct looptun_delay;
struct looptun_line;
struct looptun_queue;
struct mem_cgroup;
struct sockaddr;

/* The bits of TUNSETIFF that a tunnel keeps, beside its type. */
#define LOOPTUN_TUNNEL_FEATURES	(IFF_NO_PI | IFF_ONE_QUEUE | IFF_VNET_HDR | \
				 IFF_MULTI_QUEUE | IFF_NAPI | IFF_NAPI_FRAGS | \
				 LOOPTUN_IFF_BACKPRESSURE)

/* Queues of a tunnel with IFF_MULTI_QUEUE, disabled ones included. */
#define LOOPTUN_TUNNEL_QUEUES	256

/**
 * struct looptun_address - link type and address
 * @type: ARPHRD_*
 * @len: bytes of address that this type has
 * @bytes: the address; kept while another type shows none
 */
struct looptun_address {
	u16 type;
	u8 len;
	u8 bytes[MAX_ADDR_LEN];
};

/* Where what the program writes goes beside sent. */
enum looptun_peer_mode {
	LOOPTUN_PEER_NONE,
	LOOPTUN_PEER_ECHO,	/* back, as it is */
	LOOPTUN_PEER_REFLECT,	/* the answer to it comes back */
	LOOPTUN_PEER_OTHER,	/* to another tunnel */
};

/**
 * struct looptun_peer - the loopback of a tunnel
 * @mode: where to; looptun_tunnel_lock to write
 * @other: the tunnel whose @other this one is, or NULL; looptun_tunnel_lock to
 *	write, RCU to read; not referenced: whichever dies first ends it
 * @mac: that of the program, with LOOPTUN_PEER_MAC_KNOWN, once it has written a
 *	frame to a TUN; no lock, a hint
 */
struct looptun_peer {
	enum looptun_peer_mode mode;
	struct looptun_tunnel __rcu *other;
	atomic64_t mac;
};

#define LOOPTUN_PEER_MAC_KNOWN	BIT_ULL(48)

/* What is counted, in the order of `stats`. */
enum looptun_tunnel_counter {
	LOOPTUN_TUNNEL_INJECTED_DATAGRAMS,
	LOOPTUN_TUNNEL_INJECTED_BYTES,
	LOOPTUN_TUNNEL_INJECT_DROPPED,
	LOOPTUN_TUNNEL_RX_DROPPED_LINK,
	LOOPTUN_TUNNEL_RX_DROPPED_CARRIER,
	LOOPTUN_TUNNEL_RX_DROPPED_RULE,		/* of INJECT_DROPPED */
	LOOPTUN_TUNNEL_RX_DROPPED_GONE,
	LOOPTUN_TUNNEL_TX_EMPTY,
	LOOPTUN_TUNNEL_TX_DROPPED_RULE,
	LOOPTUN_TUNNEL_TX_DROPPED_GONE,
	LOOPTUN_TUNNEL_SENT_DATAGRAMS,
	LOOPTUN_TUNNEL_SENT_BYTES,
	LOOPTUN_TUNNEL_SENT_FAULTS,
	LOOPTUN_TUNNEL_REPLAYED_DATAGRAMS,
	LOOPTUN_TUNNEL_REPLAY_SKIPPED,
	LOOPTUN_TUNNEL_REPLAY_CUT,
	LOOPTUN_TUNNEL_REPLAY_ERRORS,
	LOOPTUN_TUNNEL_LOOPBACK_DATAGRAMS,
	LOOPTUN_TUNNEL_LOOPBACK_NO_ROOM,
	LOOPTUN_TUNNEL_LOOPBACK_MALFORMED,
	LOOPTUN_TUNNEL_LOOPBACK_ADDRESS,
	LOOPTUN_TUNNEL_LOOPBACK_PROTOCOL,
	LOOPTUN_TUNNEL_LOOPBACK_OFFLOAD,
	LOOPTUN_TUNNEL_LOOPBACK_RULE,
	LOOPTUN_TUNNEL_HELD,
	LOOPTUN_TUNNEL_HELD_DROPPED,
	LOOPTUN_TUNNEL_NETDEV_DROPPED,
	/* By the program: */
	LOOPTUN_TUNNEL_READ_DATAGRAMS,
	LOOPTUN_TUNNEL_READ_BYTES,
	LOOPTUN_TUNNEL_READ_ERRORS,
	LOOPTUN_TUNNEL_READ_FAULTS,
	LOOPTUN_TUNNEL_WRITTEN_DATAGRAMS,
	LOOPTUN_TUNNEL_WRITTEN_BYTES,
	LOOPTUN_TUNNEL_WRITE_ERRORS,
	LOOPTUN_TUNNEL_SENT_DROPPED,
	LOOPTUN_TUNNEL_FAULTS,		/* and on, by enum looptun_fault_action */
	LOOPTUN_TUNNEL_COUNTERS = LOOPTUN_TUNNEL_FAULTS + LOOPTUN_FAULT_ACTIONS
};

/**
 * struct looptun_replay_failure - why the last replay of a tunnel failed
 * @at: the byte of the stream where the bad field begins
 * @text: what stands there and what is expected; empty if none has failed
 */
struct looptun_replay_failure {
	u64 at;
	char text[128];
};

/* Bits of looptun_tunnel.hooks, for set_bit() and clear_bit(). */
enum looptun_hook {
	LOOPTUN_HOOK_CAPTURE,	/* somebody reads a capture */
	LOOPTUN_HOOK_FAULTS,	/* there are rules, its own or everybody's */
	LOOPTUN_HOOK_LOOPBACK,	/* what is written comes back, or goes elsewhere */
};

/* Held to attach, detach, create and delete, and to change settings. */
extern struct mutex looptun_tunnel_lock;

/* Grows with each queue that comes or goes, and those who wait for that. */
extern unsigned int looptun_tunnel_changes;
extern wait_queue_head_t looptun_tunnel_changed;

/* KiB in a ring of a tunnel made from now on: a power of two, 64 to 65536. */
extern unsigned int looptun_tunnel_ring_kib;

/**
 * struct looptun_fault_set - the rules of one file
 * @sites: where any of them is asked, bits of enum looptun_fault_site; written
 *	under looptun_tunnel_lock
 * @lock: taken to ask @rules and to change them; process context
 * @corrupts: how many of the rules corrupt; written under both
 * @rules: the rules; changed under looptun_tunnel_lock too, so that under it
 *	they can be looked at
 */
struct looptun_fault_set {
	unsigned int sites;

	spinlock_t lock;	/* see above */
	size_t corrupts;
	struct looptun_fault_rules rules;
};

/* The rules of the top-level file. */
extern struct looptun_fault_set looptun_tunnel_faults;

/**
 * struct looptun_slot - a place among a tunnel's queues, or all of them
 * @tunnel: the tunnel, for life
 * @queue: the queue that has this place now, or NULL; looptun_tunnel_lock to
 *	write, RCU to read
 */
struct looptun_slot {
	struct looptun_tunnel *tunnel;
	struct looptun_queue __rcu *queue;
};

/**
 * struct looptun_tunnel - a named interface
 * @ref: held while it has its name, by its queues and its companion, by open control
 *	files and wires, and by calls for as long as they last
 * @name: its name, of which a look without lock may see a change half done
 * @requested: the name that was asked for, a pattern perhaps
 * @net: network namespace, valid while it has its name
 * @net_inum: inode number of @net
 * @creator: who made it
 * @memcg: memory cgroup of @creator, held; what is nobody else's is charged to it
 * @ring_size: bytes of each of its rings
 * @dev: what its socket buffers belong to, see device.c; made on first use
 * @companion: the interface of its name, see netdev.h; rtnl
 * @flows: for several queues: what was learned of flows; no lock, see frame.h
 *
 * @node: in the table of names; looptun_tunnel_lock, as all down to @dir, and
 *	READ_ONCE where the data path reads
 * @flags: IFF_* as TUNSETIFF and TUNSETPERSIST set them, LOOPTUN_FRAME_VNET_*
 * @hooks: LOOPTUN_HOOK_*: who makes the data path go its slow way; bit operations,
 *	no lock
 * @vnet_hdr_sz: bytes of virtio-net header
 * @numqueues: queues that are enabled
 * @numdisabled: queues that TUNSETQUEUE took out
 * @up: the link
 * @carrier: as TUNSETCARRIER has it: without, what is injected does not arrive
 * @hold: what is written stays charged until the test has read it
 * @txqueuelen: datagrams a queue takes before the rest is dropped, 0: no limit
 * @dead: it has lost its name and its queues
 * @ifindex: the index asked for with TUNSETIFINDEX, or 0
 * @owner: may attach, or INVALID_UID
 * @group: its members may attach, or INVALID_GID
 * @address: link type and address
 * @filter: filters on what is injected
 * @offloads: TUN_F_* as TUNSETOFFLOAD set them
 * @peer: the loopback
 * @dir: its control directory; the observer's
 * @queues_dir: that of its queues, if there may be several; the observer's
 *
 * @sent_lock: protects the three below, and is taken to choose among them and the
 *	queues' tx rings; inside looptun_tunnel_lock
 * @left: what queues that are gone had written and nobody has read yet, the
 *	oldest first; see sent.h
 * @left_count: datagrams in it; READ_ONCE without the lock
 * @left_bytes: of it all, no more than @ring_size but for a single one
 *
 * @faults: rules for this tunnel
 * @clears: how often rules were cleared, theirs or everybody's
 * @delays: what they hold back, by enum looptun_direction; made on first use
 *
 * @capture_lock: protects the two below and what captures count; puts what they
 *	get in order; inside looptun_tunnel_lock
 * @captures: captures that are open
 * @captures_stopped: it is about to die, and what passes is not captured
 *
 * @test_wait: the test: injectors that wait for room, readers of sent
 * @replay_failure: of the last replay that failed; looptun_tunnel_lock
 * @counters: by enum looptun_tunnel_counter
 * @stamp: the last one given out, where there may be several queues
 * @rcu: for freeing
 * @all: stands for whichever queue is right; has no file
 * @slots: one or LOOPTUN_TUNNEL_QUEUES: enabled queues by their number, disabled
 *	ones behind them in the order in which they were taken out
 *
 * In cache lines of its own, as struct looptun_queue is.
 */
struct looptun_tunnel {
	struct kref ref;
	char name[IFNAMSIZ];
	char requested[IFNAMSIZ];
	struct net *net;
	unsigned int net_inum;
	kuid_t creator;
	struct mem_cgroup *memcg;
	size_t ring_size;
	struct net_device *dev;
	struct net_device *companion;
	atomic64_t *flows;

	struct hlist_node node;
	unsigned int flags;
	unsigned long hooks;
	int vnet_hdr_sz;
	unsigned int numqueues;
	unsigned int numdisabled;
	bool up;
	bool carrier;
	bool hold;
	bool dead;
	unsigned int txqueuelen;
	int ifindex;
	kuid_t owner;
	kgid_t group;
	struct looptun_address address;
	struct looptun_filter filter;
	unsigned long offloads;
	struct looptun_peer peer;
	struct dentry *dir;
	struct dentry *queues_dir;

	struct mutex sent_lock;	/* see above */
	struct list_head left;
	unsigned int left_count;
	size_t left_bytes;

	struct looptun_fault_set faults;
	atomic_t clears;
	struct looptun_delay *delays[2];

	struct mutex capture_lock;	/* see above */
	struct list_head captures;
	bool captures_stopped;

	wait_queue_head_t test_wait;
	struct looptun_replay_failure replay_failure;
	atomic64_t counters[LOOPTUN_TUNNEL_COUNTERS];
	atomic64_t stamp;
	struct rcu_head rcu;

	struct looptun_slot all;
	struct looptun_slot slots[];
} ____cacheline_aligned_in_smp;

/**
 * struct looptun_tunnel_observer - who is told of tunnels that come and go
 * @added: a tunnel has its name; files cannot be attached yet; -ENOMEM ends it
 * @moved: it has another name, or is in another network namespace
 * @removed: it is dead; its name is free again once this returns
 * @queue_added: a tunnel of several queues gets one more, with the next number;
 *	-ENOMEM ends it
 * @queue_removed: it has one less, the last number is free
 *
 * All are called under looptun_tunnel_lock and may sleep.
 */
struct looptun_tunnel_observer {
	int (*added)(struct looptun_tunnel *tunnel);
	void (*moved)(struct looptun_tunnel *tunnel);
	void (*removed)(struct looptun_tunnel *tunnel);
	int (*queue_added)(struct looptun_tunnel *tunnel, unsigned int index);
	void (*queue_removed)(struct looptun_tunnel *tunnel,
			      unsigned int index);
};

/* Set before there is a tunnel. */
extern const struct looptun_tunnel_observer *looptun_tunnel_observer;

int looptun_tunnel_init(void);
void looptun_tunnel_exit(void);

/* The program's side. */
struct looptun_tunnel *looptun_tunnel_make_locked(struct net *net,
						  const char *requested,
						  unsigned int flags,
						  int ifindex);
void looptun_tunnel_kill_locked(struct looptun_tunnel *tunnel);
void looptun_tunnel_set_persist_locked(struct looptun_tunnel *tunnel,
				       bool persist);
int looptun_tunnel_set_link(struct looptun_tunnel *tunnel, bool up);
int looptun_tunnel_set_carrier_locked(struct looptun_tunnel *tunnel, bool on);
void looptun_tunnel_move_locked(struct looptun_tunnel *tunnel, struct net *net,
				const char *name);

/*
 * The network device that a socket buffer of a tunnel belongs to, in device.c. It is
 * never registered: nobody finds it, and its index is 0. And the address.
 */
void looptun_device_setup_tun(struct net_device *dev);
struct net_device *looptun_device_create(struct net *net, bool tap);
struct net_device *looptun_device_of(struct looptun_tunnel *tunnel);
void looptun_address_set_type(struct looptun_address *address, u16 type);
void looptun_address_get(const struct looptun_address *address,
			 struct sockaddr *sa);
int looptun_address_set(struct looptun_address *address, bool tap,
			const struct sockaddr *sa);

/*
 * Which tunnels there are, in registry.c: by name, unique in a network namespace, also
 * against its real interfaces. All of it under looptun_tunnel_lock.
 */
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

/* The loopback, in peer.c. */
int looptun_peer_set(struct looptun_tunnel *tunnel,
		     enum looptun_peer_mode mode, const char *other);
void looptun_peer_end_locked(struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_peer_get(const struct looptun_tunnel *tunnel);
struct looptun_tunnel *looptun_peer_locked(const struct looptun_tunnel *tunnel);

/* The test's side. */
int looptun_tunnel_create(struct looptun_line *line);
int looptun_tunnel_delete(struct looptun_line *line);

static inline void looptun_tunnel_get(struct looptun_tunnel *tunnel)
{
	kref_get(&tunnel->ref);
}

void looptun_tunnel_free(struct kref *ref);

/**
 * looptun_tunnel_queue_locked - look at the queues of a tunnel, one by one
 * @tunnel: the tunnel
 * @place: from 0; enabled ones come first, by their numbers
 *
 * Context: under looptun_tunnel_lock.
 * Return: the queue, not referenced, or NULL behind the last.
 */
static inline struct looptun_queue *
looptun_tunnel_queue_locked(const struct looptun_tunnel *tunnel, unsigned int place)
{
	if (place >= tunnel->numqueues + tunnel->numdisabled)
		return NULL;
	return rcu_dereference_protected(tunnel->slots[place].queue,
					 lockdep_is_held(&looptun_tunnel_lock));
}

/**
 * looptun_tunnel_put - put a reference
 * @tunnel: the tunnel
 *
 * Context: process; may sleep.
 */
static inline void looptun_tunnel_put(struct looptun_tunnel *tunnel)
{
	kref_put(&tunnel->ref, looptun_tunnel_free);
}

static inline void looptun_tunnel_count(struct looptun_tunnel *tunnel,
					enum looptun_tunnel_counter counter,
					size_t n)
{
	atomic64_add(n, &tunnel->counters[counter]);
}

/**
 * looptun_tunnel_wake_test - tell the test what has happened
 * @tunnel: the tunnel
 * @events: EPOLLIN for something written, EPOLLOUT for room
 *
 * To be called after the datagram is published or consumed, under no spinlock.
 */
static inline void looptun_tunnel_wake_test(struct looptun_tunnel *tunnel,
					    __poll_t events)
{
	if (wq_has_sleeper(&tunnel->test_wait))
		wake_up_interruptible_poll(&tunnel->test_wait, events);
}

/* Who makes the data path go its slow way: bits of enum looptun_hook. */
static inline unsigned long
looptun_tunnel_hooks(const struct looptun_tunnel *tunnel)
{
	/* 0 in the module that the benchmark compares with, ~0 in any other. */
	return LOOPTUN_HOOKS ? READ_ONCE(tunnel->hooks) : 0;
}

static inline bool looptun_tunnel_is_dead(const struct looptun_tunnel *tunnel)
{
	/* Pairs with the release in looptun_tunnel_kill_locked(). */
	return smp_load_acquire(&tunnel->dead);
}

static inline bool looptun_tunnel_is_up(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->up);
}

static inline bool looptun_tunnel_has_carrier(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->carrier);
}

/* Do link and carrier let through what is on its way to the program? */
static inline bool
looptun_tunnel_takes_frames(const struct looptun_tunnel *tunnel)
{
	return looptun_tunnel_is_up(tunnel) && looptun_tunnel_has_carrier(tunnel);
}

static inline bool looptun_tunnel_is_tap(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->flags) & IFF_TAP;
}

/* How a tunnel frames datagrams now. */
static inline struct looptun_framing
looptun_tunnel_framing(const struct looptun_tunnel *tunnel)
{
	return looptun_frame_of_flags(READ_ONCE(tunnel->flags),
				      READ_ONCE(tunnel->vnet_hdr_sz));
}

/* Does a full queue of limited length stop its senders? */
static inline bool
looptun_tunnel_has_backpressure(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->flags) & LOOPTUN_IFF_BACKPRESSURE;
}

static inline bool looptun_tunnel_has_queues(const struct looptun_tunnel *tunnel)
{
	return READ_ONCE(tunnel->flags) & IFF_MULTI_QUEUE;
}

#endif
