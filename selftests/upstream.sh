#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The kernel's own selftest of tun, tools/testing/selftests/net/tun.c, on the
# real device and on looptun in its place: each test is to come out the same.
# One does not: it deletes the interface over netlink and looks whether that
# was seen, and looptun has no interface (difference 1, no-interface).
#
# This is the test of 6.1. That of 7.3 wants the interface in each of its cases:
#	tun.*			wait for the answer of RTM_DELLINK, by YNL, and
#				fail where no such interface is; else as in 6.1
#	tun_vnet_gso.*		take the interface up first (SIOCGIFFLAGS);
#				both.c has these two without that
#	tun_vnet_udptnl.*	put a geneve interface on it; vnet.c has
#				udp_tunnel, which headers are taken
# To build it, for cases that cannot pass, would take the whole source of 7.3: what YNL
# generates, with python3-yaml, wants that source's headers installed.

module=/lib/looptun.ko
differs=tun.delete_detach_close

# run MODULE [PARAMETER]: its results in /tmp/MODULE, as "ok NAME" or "not NAME"
run() {
	insmod "/lib/$1.ko" "${2-}" && /lib/upstream-tun >/tmp/upstream 2>&1
	sed 's/^/# /' /tmp/upstream
	sed -n 's/^\(ok\|not\) .* \(tun\.[a-z_]*\)$/\1 \2/p' /tmp/upstream >"/tmp/$1"
	rmmod "$1"
}

result() {
	count=$((count + 1))
	echo "$1 $count $2"
}

rmmod looptun
run tun
run looptun node=net/tun
insmod $module

count=0
while read -r real name; do
	expected=$real
	[ "$name" != $differs ] || expected=not
	if [ "$real" = ok ] && grep -qx "$expected $name" /tmp/looptun; then
		result ok "$name: $expected"
	else
		result 'not ok' "$name: $real on tun, $(grep " $name\$" /tmp/looptun) on looptun"
	fi
done </tmp/tun
if [ $count = 0 ]; then
	result 'not ok' 'no test ran'
fi
echo "1..$count"
