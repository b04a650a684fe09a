#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# pasta: its interface is in a namespace that is born with it.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# It changes its root, which the first of all file systems does not let.
if [ $# = 0 ]; then
	mkdir /tmp/root && mount --rbind / /tmp/root && cd /tmp/root && mount --move . / && exec chroot . dash "$0" moved
	exit 1
fi
# Something that looks like the way out.
ip tuntap add dev out0 mode tap && ip link set dev out0 up && ip address add 10.0.2.100/24 dev out0 &&
	ip route add default via 10.0.2.2 || exit 1
udp_echo
chmod 1777 /tmp
start setpriv --reuid 1000 --regid 1000 --clear-groups pasta -f --config-net -I ptap -- tail -f /dev/null
tap=
# shellcheck disable=SC2317 # until_true calls it
in_namespace() {
	for entry in /proc/[0-9]*/ns/net; do
		tap=$(stat -L -c %i "$entry"):ptap
		! nsenter --net="$entry" ip link show ptap || return 0
	done
	return 1
}
until_true in_namespace
attached "$tap"
export FIRST=10.0.2.100 SECOND=10.0.2.2
carried tap "$tap"
