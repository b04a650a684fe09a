#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# tayga: reads the MTU and nothing else. IPv6 in, IPv4 out.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

cat >tayga.conf <<END
tun-device nat64
ipv4-addr 192.168.255.1
prefix 2001:db8:1:ffff::/96
dynamic-pool 192.168.255.0/24
data-dir /tmp
END
start tayga -d -c tayga.conf
attached nat64
ip link set nat64 up || exit 1
# A UDP datagram of one byte, from 2001:db8::1 to 192.0.2.1 in that prefix.
printf '\140\0\0\0\0\011\021\100\040\001\015\270\0\0\0\0\0\0\0\0\0\0\0\001\040\001\015\270\0\001\377\377\0\0\0\0\300\0\002\001\017\240\017\240\0\011\0\1x' >$here/nat64/inject
echo 'write nat64 1 timeout=20' >$here/wait || exit 1
dd if=$here/nat64/sent bs=65536 count=1 2>/dev/null | od -An -tx1 | head -n 1 | grep '^ 45' || exit 1
