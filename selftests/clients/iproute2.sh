#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# iproute2: makes tunnels, lists them, configures, renames and deletes them.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

set -ex
# What ip says of a tunnel without IFF_NO_PI is "filter", also on tun.c
ip tuntap add dev tun0 mode tun user 1000 pi
ip tuntap add dev tap0 mode tap multi_queue vnet_hdr
[ "$(ip tuntap list | sort)" = "$(printf 'tap0: tap multi_queue vnet_hdr persist\ntun0: tun pi persist filter user 1000')" ]
ip address add 10.9.0.1/24 dev tun0
ip link set dev tun0 mtu 65535 up
ip route add 10.8.0.0/16 dev tun0
ip route get 10.8.1.1 | grep 'dev tun0'
# A tunnel of looptun was up already, as long as ip had it.
[ -n "$TUN" ] || ip -6 route show dev tun0 | grep fe80
ip link set dev tun0 down
ip link set dev tun0 name other
[ -d "$tunnels/other" ]
ip link del dev other
[ ! -d "$tunnels/other" ]
ip tuntap del dev tap0 mode tap multi_queue
[ -z "$(ip tuntap list)" ]
