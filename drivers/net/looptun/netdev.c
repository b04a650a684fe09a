// SPDX-License-Identifier: GPL-2.0-only
/*
 * The companion interface: what clients configure. It is mute: what the stack
 * sends into it is dropped, and nothing comes out of it.
 *
 * The network core calls in under rtnl; looptun_tunnel_lock is taken inside that.
 * What the core calls back for, up and down, is asked of it outside
 * looptun_tunnel_lock. A companion holds its tunnel; the tunnel has it from its
 * registration until the tunnel dies, both under rtnl.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "netdev.h"

/* Under rtnl: those that settle has to end, and the one it has to take up. */
static LIST_HEAD(looptun_netdev_gone);
static struct net_device *looptun_netdev_made;

static struct rtnl_link_ops looptun_netdev_link_ops;

/* What ethtool sets, it reads back. */
struct looptun_netdev_priv {
	struct looptun_tunnel *tunnel;
	struct ethtool_link_ksettings settings;
};

static struct looptun_tunnel *looptun_netdev_tunnel(const struct net_device *dev)
{
	struct looptun_netdev_priv *priv = netdev_priv(dev);

	return priv->tunnel;
}

static netdev_tx_t looptun_netdev_xmit(struct sk_buff *skb,
				       struct net_device *dev)
{
	looptun_tunnel_count(looptun_netdev_tunnel(dev), LOOPTUN_TUNNEL_NETDEV_DROPPED, 1);
	dev->stats.tx_dropped++;
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

/* The tunnel of a companion that goes has no link any more. */
static int looptun_netdev_changed(struct net_device *dev, bool up)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);

	if (tunnel->companion)
		looptun_tunnel_set_link(tunnel, up);
	return 0;
}

static int looptun_netdev_open(struct net_device *dev)
{
	return looptun_netdev_changed(dev, true);
}

static int looptun_netdev_stop(struct net_device *dev)
{
	return looptun_netdev_changed(dev, false);
}

/* Called under rtnl, perhaps under looptun_tunnel_lock as well. */
static int looptun_netdev_mac_address(struct net_device *dev, void *sa)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);
	int ret = eth_mac_addr(dev, sa);

	if (!ret)
		memcpy(tunnel->address.bytes, dev->dev_addr, ETH_ALEN);
	return ret;
}

/* There is nothing to filter, but SIOCADDMULTI asks for it. */
static void looptun_netdev_rx_mode(struct net_device *dev)
{
}

/* Mirrors tun_net_change_carrier(). */
static int looptun_netdev_change_carrier(struct net_device *dev, bool on)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);
	int ret;

	mutex_lock(&looptun_tunnel_lock);
	ret = looptun_tunnel_set_carrier_locked(tunnel, on);
	mutex_unlock(&looptun_tunnel_lock);
	return ret;
}

static const struct net_device_ops looptun_netdev_tun_ops = {
	.ndo_open = looptun_netdev_open,
	.ndo_stop = looptun_netdev_stop,
	.ndo_start_xmit = looptun_netdev_xmit,
	.ndo_change_carrier = looptun_netdev_change_carrier,
};

static const struct net_device_ops looptun_netdev_tap_ops = {
	.ndo_open = looptun_netdev_open,
	.ndo_stop = looptun_netdev_stop,
	.ndo_start_xmit = looptun_netdev_xmit,
	.ndo_change_carrier = looptun_netdev_change_carrier,
	.ndo_set_rx_mode = looptun_netdev_rx_mode,
	.ndo_set_mac_address = looptun_netdev_mac_address,
	.ndo_validate_addr = eth_validate_addr,
};

static void looptun_netdev_get_drvinfo(struct net_device *dev,
				       struct ethtool_drvinfo *info)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);

	strscpy(info->driver, looptun_netdev_link_ops.kind, sizeof(info->driver));
	strscpy(info->version, "1.6", sizeof(info->version));
	strscpy(info->bus_info, looptun_tunnel_is_tap(tunnel) ? "tap" : "tun",
		sizeof(info->bus_info));
}

static int looptun_netdev_get_settings(struct net_device *dev,
				       struct ethtool_link_ksettings *settings)
{
	struct looptun_netdev_priv *priv = netdev_priv(dev);

	*settings = priv->settings;
	return 0;
}

static int looptun_netdev_set_settings(struct net_device *dev,
				       const struct ethtool_link_ksettings *settings)
{
	struct looptun_netdev_priv *priv = netdev_priv(dev);

	priv->settings = *settings;
	return 0;
}

static const struct ethtool_ops looptun_netdev_ethtool_ops = {
	.get_link_ksettings = looptun_netdev_get_settings,
	.set_link_ksettings = looptun_netdev_set_settings,
	.get_drvinfo = looptun_netdev_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
};

/* As tun has them. No lock: their end waits for who reads them, under rtnl. */
static ssize_t tun_flags_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(to_net_dev(dev));

	return sysfs_emit(buf, "0x%x\n", READ_ONCE(tunnel->flags) &
			  (LOOPTUN_TUNNEL_FEATURES | IFF_TUN | IFF_TAP |
			   IFF_PERSIST));
}
static DEVICE_ATTR_RO(tun_flags);

static ssize_t owner_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	kuid_t owner = READ_ONCE(looptun_netdev_tunnel(to_net_dev(dev))->owner);
	s64 id = uid_valid(owner) ? from_kuid_munged(current_user_ns(), owner) : -1LL;

	return sysfs_emit(buf, "%lld\n", id);
}
static DEVICE_ATTR_RO(owner);

static ssize_t group_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	kgid_t group = READ_ONCE(looptun_netdev_tunnel(to_net_dev(dev))->group);
	s64 id = gid_valid(group) ? from_kgid_munged(current_user_ns(), group) : -1LL;

	return sysfs_emit(buf, "%lld\n", id);
}
static DEVICE_ATTR_RO(group);

static struct attribute *looptun_netdev_attribute_list[] = {
	&dev_attr_tun_flags.attr,
	&dev_attr_owner.attr,
	&dev_attr_group.attr,
	NULL
};

static const struct attribute_group looptun_netdev_attribute_group = {
	.attrs = looptun_netdev_attribute_list,
};

/* Nobody can see it any more. */
static void looptun_netdev_destructor(struct net_device *dev)
{
	looptun_tunnel_put(looptun_netdev_tunnel(dev));
}

static void looptun_netdev_setup_tun(struct net_device *dev)
{
	looptun_device_setup_tun(dev);
	dev->netdev_ops = &looptun_netdev_tun_ops;
	dev->mtu = ETH_DATA_LEN;
	dev->tx_queue_len = 500;
}

static void looptun_netdev_setup_tap(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &looptun_netdev_tap_ops;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
}

/* What a client may set is what tun takes. There is no queue to be full. */
static struct net_device *looptun_netdev_alloc(struct looptun_tunnel *tunnel,
					       const char *name)
{
	bool tap = looptun_tunnel_is_tap(tunnel);
	struct looptun_netdev_priv *priv;
	struct net_device *dev;

	dev = alloc_netdev(sizeof(*priv), name, NET_NAME_UNKNOWN,
			   tap ? looptun_netdev_setup_tap : looptun_netdev_setup_tun);
	if (!dev)
		return NULL;
	priv = netdev_priv(dev);
	priv->tunnel = tunnel;
	priv->settings.base.speed = LOOPTUN_TUN_SPEED;
	priv->settings.base.duplex = DUPLEX_FULL;
	dev_net_set(dev, tunnel->net);
	dev->rtnl_link_ops = &looptun_netdev_link_ops;
	dev->ethtool_ops = &looptun_netdev_ethtool_ops;
	dev->sysfs_groups[0] = &looptun_netdev_attribute_group;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU - dev->hard_header_len;
	dev->priv_flags |= IFF_NO_QUEUE;
	if (tap) {
		eth_hw_addr_set(dev, tunnel->address.bytes);
		dev->addr_assign_type = NET_ADDR_RANDOM;
	}
	return dev;
}

/* Alternative names count. */
static struct looptun_tunnel *looptun_netdev_of_name(struct net *net,
						     const char *name)
{
	struct net_device *dev = __dev_get_by_name(net, name);

	return dev && dev->rtnl_link_ops == &looptun_netdev_link_ops ?
	       looptun_netdev_tunnel(dev) : NULL;
}

static int looptun_netdev_add(struct looptun_tunnel *tunnel,
			      const char *requested, int ifindex)
{
	struct net_device *seen = looptun_device_of(tunnel);
	struct net_device *dev;
	int ret;

	dev = seen ? looptun_netdev_alloc(tunnel, requested) : NULL;
	if (!dev)
		return -ENOMEM;
	dev->ifindex = ifindex;
	ret = register_netdevice(dev);
	if (ret) {
		/* One that was to be seen for a moment is freed by rtnl_unlock(). */
		free_netdev(dev);
		return ret;
	}
	looptun_tunnel_get(tunnel);
	dev->priv_destructor = looptun_netdev_destructor;
	dev->needs_free_netdev = true;
	strscpy(tunnel->name, dev->name, IFNAMSIZ);
	/* What filter programs see. */
	seen->ifindex = dev->ifindex;
	tunnel->companion = dev;
	looptun_netdev_made = dev;
	return 0;
}

static void looptun_netdev_remove(struct looptun_tunnel *tunnel)
{
	struct net_device *dev = tunnel->companion;

	if (looptun_netdev_made == dev)
		looptun_netdev_made = NULL;
	tunnel->companion = NULL;
	unregister_netdevice_queue(dev, &looptun_netdev_gone);
}

/* Mirrors tun_detach() and tun_set_iff(): without a program there is no carrier. */
static void looptun_netdev_set_carrier(struct looptun_tunnel *tunnel)
{
	if (tunnel->carrier && (tunnel->numqueues || tunnel->numdisabled))
		netif_carrier_on(tunnel->companion);
	else
		netif_carrier_off(tunnel->companion);
}

/* Mirrors TUNSETLINK. */
static int looptun_netdev_change_type(struct looptun_tunnel *tunnel, u16 type)
{
	struct net_device *dev = tunnel->companion;
	int ret = notifier_to_errno(call_netdevice_notifiers(NETDEV_PRE_TYPE_CHANGE, dev));

	if (ret)
		return ret;
	looptun_address_set_type(&tunnel->address, type);
	dev->type = type;
	dev->addr_len = tunnel->address.len;
	call_netdevice_notifiers(NETDEV_POST_TYPE_CHANGE, dev);
	return 0;
}

/* What the address points to has another type on newer kernels. */
static int looptun_netdev_set_address(struct looptun_tunnel *tunnel,
				      struct sockaddr *sa)
{
	return dev_set_mac_address_user(tunnel->companion, (void *)sa, NULL);
}

static int looptun_netdev_set_link(struct looptun_tunnel *tunnel, bool up)
{
	struct net_device *dev;
	int ret = -ENODEV;

	rtnl_lock();
	dev = tunnel->companion;
	if (dev) {
		ret = up ? dev_open(dev, NULL) : 0;
		if (!up)
			dev_close(dev);
	}
	rtnl_unlock();
	return ret;
}

/* A tunnel is up from the start, as long as nobody refuses that. */
static void looptun_netdev_settle(void)
{
	struct net_device *dev = looptun_netdev_made;
	LIST_HEAD(gone);

	looptun_netdev_made = NULL;
	if (dev && dev_open(dev, NULL))
		looptun_netdev_changed(dev, false);
	list_splice_init(&looptun_netdev_gone, &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();
}

static const struct looptun_netdev_ops looptun_netdev_ops = {
	.find = looptun_netdev_of_name,
	.add = looptun_netdev_add,
	.remove = looptun_netdev_remove,
	.carrier = looptun_netdev_set_carrier,
	.set_type = looptun_netdev_change_type,
	.set_address = looptun_netdev_set_address,
	.set_link = looptun_netdev_set_link,
	.settle = looptun_netdev_settle,
};

/* RTM_DELLINK, under rtnl: who deletes the interface deletes the tunnel. */
static void looptun_netdev_dellink(struct net_device *dev, struct list_head *head)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);

	mutex_lock(&looptun_tunnel_lock);
	if (!tunnel->dead)
		looptun_tunnel_kill_locked(tunnel);
	mutex_unlock(&looptun_tunnel_lock);
	unregister_netdevice_queue(dev, head);
}

/* Mirrors tun_validate(). */
static int looptun_netdev_validate(struct nlattr *tb[], struct nlattr *data[],
				   struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "an interface of this kind is made by its device node alone");
	return -EOPNOTSUPP;
}

static size_t looptun_netdev_info_size(const struct net_device *dev)
{
	return 4 * nla_total_size(sizeof(u32)) + 5 * nla_total_size(sizeof(u8));
}

/* Mirrors tun_fill_info(). Under rtnl, as all that sets these with a companion. */
static int looptun_netdev_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	struct looptun_tunnel *tunnel = looptun_netdev_tunnel(dev);
	unsigned int flags = tunnel->flags;
	kuid_t owner = tunnel->owner;
	kgid_t group = tunnel->group;

	if (nla_put_u8(skb, IFLA_TUN_TYPE, flags & (IFF_TUN | IFF_TAP)) ||
	    (uid_valid(owner) &&
	     nla_put_u32(skb, IFLA_TUN_OWNER, from_kuid_munged(current_user_ns(), owner))) ||
	    (gid_valid(group) &&
	     nla_put_u32(skb, IFLA_TUN_GROUP, from_kgid_munged(current_user_ns(), group))) ||
	    nla_put_u8(skb, IFLA_TUN_PI, !(flags & IFF_NO_PI)) ||
	    nla_put_u8(skb, IFLA_TUN_VNET_HDR, !!(flags & IFF_VNET_HDR)) ||
	    nla_put_u8(skb, IFLA_TUN_PERSIST, !!(flags & IFF_PERSIST)) ||
	    nla_put_u8(skb, IFLA_TUN_MULTI_QUEUE, !!(flags & IFF_MULTI_QUEUE)))
		return -EMSGSIZE;
	if (flags & IFF_MULTI_QUEUE &&
	    (nla_put_u32(skb, IFLA_TUN_NUM_QUEUES, tunnel->numqueues) ||
	     nla_put_u32(skb, IFLA_TUN_NUM_DISABLED_QUEUES, tunnel->numdisabled)))
		return -EMSGSIZE;
	return 0;
}

static struct rtnl_link_ops looptun_netdev_link_ops = {
	.dellink = looptun_netdev_dellink,
	.validate = looptun_netdev_validate,
	.get_size = looptun_netdev_info_size,
	.fill_info = looptun_netdev_fill_info,
};

/* Renamed, or moved to another network namespace: the tunnel goes along. */
static int looptun_netdev_event(struct notifier_block *block, unsigned long event,
				void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct looptun_tunnel *tunnel;

	if (dev->rtnl_link_ops != &looptun_netdev_link_ops ||
	    (event != NETDEV_CHANGENAME && event != NETDEV_REGISTER))
		return NOTIFY_DONE;
	tunnel = looptun_netdev_tunnel(dev);
	/* One that is being registered is not yet, under looptun_tunnel_lock. */
	if (tunnel->companion != dev)
		return NOTIFY_DONE;
	mutex_lock(&looptun_tunnel_lock);
	tunnel->dev->ifindex = dev->ifindex;
	looptun_tunnel_move_locked(tunnel, dev_net(dev), dev->name);
	mutex_unlock(&looptun_tunnel_lock);
	return NOTIFY_DONE;
}

static struct notifier_block looptun_netdev_notifier = {
	.notifier_call = looptun_netdev_event,
};

/**
 * looptun_netdev_init - have companions
 * @node: the device node: in place of tun they are of that kind, which is what
 *	`ip tuntap list` looks for
 *
 * Return: 0, -EBUSY if tun is there, or an errno of rtnl_link_register() or
 * register_netdevice_notifier().
 */
int looptun_netdev_init(const char *node)
{
	int ret;

	looptun_netdev_link_ops.kind = strcmp(node, "net/tun") ? "looptun" : "tun";
	ret = rtnl_link_register(&looptun_netdev_link_ops);
	if (ret == -EEXIST) {
		pr_err("netdev=1: interfaces of kind %s are taken, is tun loaded?\n",
		       looptun_netdev_link_ops.kind);
		return -EBUSY;
	}
	if (ret)
		return ret;
	ret = register_netdevice_notifier(&looptun_netdev_notifier);
	if (ret) {
		rtnl_link_unregister(&looptun_netdev_link_ops);
		return ret;
	}
	looptun_netdev = &looptun_netdev_ops;
	return 0;
}

/**
 * looptun_netdev_exit - undo looptun_netdev_init()
 *
 * There are no tunnels any more. Waits for the last companions to be freed.
 */
void looptun_netdev_exit(void)
{
	if (!looptun_netdev)
		return;
	unregister_netdevice_notifier(&looptun_netdev_notifier);
	rtnl_link_unregister(&looptun_netdev_link_ops);
	looptun_netdev = NULL;
}
