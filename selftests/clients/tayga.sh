#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# tayga: reads the MTU and nothing else. IPv6 in, IPv4 out, and IPv4 in, IPv6 out.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

cat >tayga.conf <<END
tun-device nat64
ipv4-addr 192.168.255.1
prefix 2001:db8:1:ffff::/96
map 192.168.255.5 2001:db8::1
data-dir /tmp
END
start tayga -d -c tayga.conf
attached nat64
ip link set nat64 up || exit 1
# 192.0.2.1, in that prefix.
export FIRST=2001:db8::1 SECOND=2001:db8:1:ffff::c000:201 BACK='192.0.2.1 192.168.255.5'
carried tun nat64
