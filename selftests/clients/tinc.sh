#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# tinc on TAP: the address of the link by the descriptor.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

node() {
	mkdir -p "$1/hosts"
	printf 'Name=%s\nDeviceType=tap\nInterface=%s\nMode=switch\nBindToAddress=127.0.0.1 %s\nPingTimeout=30\n' "$1" "$2" "$3" >"$1/tinc.conf"
	printf 'Address=127.0.0.1 %s\nPort=%s\n' "$3" "$3" >"$1/hosts/$1"
	tincd -c "$1" -K1024 </dev/null
}
node a tap0 6550
node b tap1 6551
cp a/hosts/a b/hosts/
cp b/hosts/b a/hosts/
echo ConnectTo=a >>b/tinc.conf
start tincd -c a -D -d3 --pidfile=/tmp/a.pid
attached tap0
start tincd -c b -D -d3 --pidfile=/tmp/b.pid
attached tap1
ip link set tap0 up && ip link set tap1 up || exit 1
carried tap tap0 tap1
