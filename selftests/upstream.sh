#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The kernel's own selftest of tun, tools/testing/selftests/net/tun.c, on the
# real device and on looptun in its place: each test is to come out the same.
# One does not: it deletes the interface over netlink and looks whether that
# was seen, and looptun has no interface (difference 1, no-interface). With
# netdev=1 it has, and all are the same.
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

# run RESULTS MODULE [PARAMETER]...: what comes out, as "ok NAME" or "not NAME"
run() {
	results=/tmp/$1 name=$2
	shift 2
	insmod "/lib/$name.ko" "$@" && /lib/upstream-tun >/tmp/upstream 2>&1
	sed 's/^/# /' /tmp/upstream
	sed -n 's/^\(ok\|not\) .* \(tun\.[a-z_]*\)$/\1 \2/p' /tmp/upstream >"$results"
	rmmod "$name"
}

result() {
	count=$((count + 1))
	echo "$1 $count $2"
}

# compare RESULTS DIFFERS: with those of tun
compare() {
	while read -r real name; do
		expected=$real
		[ "$name" != "$2" ] || expected=not
		if [ "$real" = ok ] && grep -qx "$expected $name" "/tmp/$1"; then
			result ok "$1: $name: $expected"
		else
			result 'not ok' "$1: $name: $real on tun, $(grep " $name\$" "/tmp/$1") on looptun"
		fi
	done </tmp/tun
}

rmmod looptun
run tun tun
run looptun looptun node=net/tun
run netdev looptun node=net/tun netdev=1
insmod $module

count=0
compare looptun $differs
compare netdev none
if [ $count = 0 ]; then
	result 'not ok' 'no test ran'
fi
echo "1..$count"
