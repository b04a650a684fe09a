/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels, and nothing else. By feature where a header
 * shows it; a version stands only where tun.c itself changed what the
 * descriptor shows and no header tells.
 */
#ifndef LOOPTUN_COMPAT_H
#define LOOPTUN_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "looptun needs Linux 6.1 or newer: this kernel is older"
#endif

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/if_tun.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>

/* Since 6.6 tun lets page fragments carry what the linear part cannot. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define LOOPTUN_TUN_FRAGS_MAX \
	(MAX_SKB_FRAGS * (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER))
#else
#define LOOPTUN_TUN_FRAGS_MAX	0
#endif

/* Since 6.3 tun says that it is a thousand times as fast. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define LOOPTUN_TUN_SPEED	SPEED_10000
#else
#define LOOPTUN_TUN_SPEED	SPEED_10
#endif

/* Since 6.4 a tun file answers RWF_NOWAIT; before, the VFS refuses it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define LOOPTUN_TUN_FMODE	FMODE_NOWAIT
#else
#define LOOPTUN_TUN_FMODE	((fmode_t)0)
#endif

/* Since 6.5 a driver is not asked to set the address that it has. */
#define LOOPTUN_COMPAT_SAME_ADDRESS	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0))

/* Since 6.7 the name of a free number is taken to be free, and fails late if it is not. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define LOOPTUN_COMPAT_NUMBER_TAKEN	(-EEXIST)
#else
#define LOOPTUN_COMPAT_NUMBER_TAKEN	(-ENFILE)
#endif

/* Since 6.12 the owner of a file has to be made before it is set. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define looptun_compat_make_owner(filp)	file_f_owner_allocate(filp)
#else
#define looptun_compat_make_owner(filp)	0
#endif

/* Since 6.13 a timer gets its function when it is made; before, after. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define looptun_compat_hrtimer_setup	hrtimer_setup
#else
static inline void
looptun_compat_hrtimer_setup(struct hrtimer *timer,
			     enum hrtimer_restart (*function)(struct hrtimer *),
			     clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* Since 6.14 a file of debugfs is renamed where it is. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define looptun_compat_debugfs_rename(dentry, name)	\
	debugfs_change_name(dentry, "%s", name)
#else
static inline void looptun_compat_debugfs_rename(struct dentry *dentry,
						 const char *name)
{
	debugfs_rename(dentry->d_parent, dentry, dentry->d_parent, name);
}
#endif

/* Since 7.3 a full queue can stop its senders. */
#ifdef IFF_BACKPRESSURE
#define LOOPTUN_IFF_BACKPRESSURE	IFF_BACKPRESSURE
#else
#define LOOPTUN_IFF_BACKPRESSURE	0
#endif

/*
 * Since 6.17 a virtio-net header may speak of a UDP tunnel, where it is long enough for
 * that. The offloads for it, how much of a header is known, and how much tun gives a
 * program with these offloads.
 */
#ifdef VIRTIO_NET_HDR_GSO_UDP_TUNNEL
#define LOOPTUN_VNET_TUNNEL	TUN_F_UDP_TUNNEL_GSO
#define LOOPTUN_VNET_TUNNEL_CSUM TUN_F_UDP_TUNNEL_GSO_CSUM

static inline u32 looptun_compat_vnet_known(u32 size)
{
	return size >= sizeof(struct virtio_net_hdr_v1_hash_tunnel) ?
	       sizeof(struct virtio_net_hdr_v1_hash_tunnel) :
	       sizeof(struct virtio_net_hdr);
}

static inline int looptun_compat_vnet_to_skb(struct sk_buff *skb,
					     const void *header, u32 size,
					     bool le)
{
	bool tunnel = size >= sizeof(struct virtio_net_hdr_v1_hash_tunnel);

	return virtio_net_hdr_tnl_to_skb(skb, header, tunnel, tunnel, le);
}
#else
#define LOOPTUN_VNET_TUNNEL	0
#define LOOPTUN_VNET_TUNNEL_CSUM 0

static inline u32 looptun_compat_vnet_known(u32 size)
{
	return sizeof(struct virtio_net_hdr);
}

static inline int looptun_compat_vnet_to_skb(struct sk_buff *skb,
					     const void *header, u32 size,
					     bool le)
{
	return virtio_net_hdr_to_skb(skb, header, le);
}
#endif

static inline u32 looptun_compat_vnet_given(unsigned long offloads)
{
	return looptun_compat_vnet_known(offloads & LOOPTUN_VNET_TUNNEL ? U32_MAX : 0);
}

/*
 * Since 7.2 tun says where the network header is before it asks the helper
 * above; an older helper looks at no GSO datagram without NEEDS_CSUM for that.
 */
#define LOOPTUN_TUN_NETWORK_HEADER	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0))

/* Since 6.15 header bytes past the known ones count as datagram here. */
#define LOOPTUN_VNET_SLACK	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0))

static inline u32 looptun_compat_vnet_slack(u32 size)
{
	return LOOPTUN_VNET_SLACK ? size - looptun_compat_vnet_known(size) : 0;
}

/* Since 6.15 TUNGETVNETHDRSZ writes a whole int or nothing. */
#define LOOPTUN_TUN_WHOLE_HDR_SZ	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0))

/* Since 6.16 a read clears those bytes; before, it leaves them alone. */
#define LOOPTUN_VNET_CLEARS	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0))

/* Before 6.6 what stands behind a virtio-net header's hdr_len gets pages. */
#define LOOPTUN_TUN_PAGES	\
	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0))

#endif
