// SPDX-License-Identifier: GPL-2.0-only
/*
 * looptun: the tun/tap character device without a network interface behind it.
 * Parameters, and what is started and stopped in which order.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>

#include "debugfs.h"
#include "fault_run.h"
#include "file.h"
#include "netdev.h"
#include "tunnel.h"

static char *looptun_node = "looptun";
module_param_named(node, looptun_node, charp, 0444);
MODULE_PARM_DESC(node, "device node: looptun, or net/tun in place of tun (default looptun)");

static bool looptun_with_netdev;
module_param_named(netdev, looptun_with_netdev, bool, 0444);
MODULE_PARM_DESC(netdev, "a companion interface for each tunnel, for clients that configure one (default N)");

static int looptun_set_ring_kib(const char *text,
				const struct kernel_param *param)
{
	unsigned int kib;
	int ret = kstrtouint(text, 0, &kib);

	if (ret)
		return ret;
	if (!is_power_of_2(kib) || kib < 64 || kib > 65536)
		return -EINVAL;
	WRITE_ONCE(looptun_tunnel_ring_kib, kib);
	return 0;
}

static const struct kernel_param_ops looptun_ring_kib_ops = {
	.set = looptun_set_ring_kib,
	.get = param_get_uint,
};

module_param_cb(ring_kib, &looptun_ring_kib_ops, &looptun_tunnel_ring_kib, 0644);
__MODULE_PARM_TYPE(ring_kib, "uint");
MODULE_PARM_DESC(ring_kib, "KiB in each ring of a new tunnel: a power of two, 64 to 65536 (default 256)");

/*
 * What can fail comes before what can be written to: create makes tunnels, faults
 * makes rules. The directory is there before the device, whose tunnels have theirs
 * in it. Whether there are companions is known for as long as a network namespace
 * that ends may end tunnels.
 */
static void looptun_stop(void)
{
	looptun_tunnel_exit();
	looptun_netdev_exit();
	looptun_debugfs_exit();
	looptun_fault_file_exit();
}

static int __init looptun_init(void)
{
	int ret = looptun_with_netdev ? looptun_netdev_init(looptun_node) : 0;

	if (ret)
		return ret;
	ret = looptun_tunnel_init();
	if (ret) {
		looptun_netdev_exit();
		return ret;
	}
	ret = looptun_debugfs_init() ?: looptun_chardev_init(looptun_node);
	if (ret)
		looptun_stop();
	else
		looptun_debugfs_start();
	return ret;
}

static void __exit looptun_exit(void)
{
	looptun_chardev_exit();
	looptun_stop();
	/* Sockets of filters are freed by way of looptun_filter_proto. */
	rcu_barrier();
}

module_init(looptun_init);
module_exit(looptun_exit);

MODULE_AUTHOR("The looptun authors");
MODULE_DESCRIPTION("tun/tap character device for tests, with no network interface behind it");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
