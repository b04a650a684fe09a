#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# yggdrasil on TUN: an MTU of 53,049; address and flags by netlink. IPv6 alone.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

mkdir -p /run/yggdrasil
node() {
	yggdrasil -genconf -json | sed -e "s,\"IfName\": .*,\"IfName\": \"$1\"\,," -e 's,"AdminListen": .*,"AdminListen": "none"\,,' \
		-e "s,\"Listen\": \[\],\"Listen\": [$2]," -e "s,\"Peers\": \[\],\"Peers\": [$3]," >"$1.conf"
	start yggdrasil -useconffile "$1.conf"
	attached "$1"
}
address() { yggdrasil -useconffile "$1.conf" -address; }
node ygg0 '"tcp://127.0.0.1:9001"' ''
until_true listens 9001
node ygg1 '' '"tcp://127.0.0.1:9001"'
FIRST=$(address ygg0) SECOND=$(address ygg1)
export FIRST SECOND
until_true has_address ygg1 "$SECOND"
carried tun ygg0 ygg1
