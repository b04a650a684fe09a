#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# slirp4netns --configure: what it does to its interface is in a namespace of its own.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

udp_echo
unshare -n sh -c 'ip link set lo up; exec tail -f /dev/null' &
other=$!
# shellcheck disable=SC2317 # until_true calls it
apart() { [ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
until_true apart
start slirp4netns --configure --mtu=1400 $other tap0
tap=$(stat -L -c %i /proc/$other/ns/net):tap0
attached "$tap"
until_true nsenter --net=/proc/$other/ns/net ip address show dev tap0
# It answers those alone whom ARP has told it of: 10.0.2.100 asks for 10.0.2.2.
printf '\377\377\377\377\377\377\2\0\0\0\0\1\010\006\0\1\010\0\006\004\0\1\2\0\0\0\0\1\012\0\002\144\0\0\0\0\0\0\012\0\002\002' | frame "$tap"
export FIRST=10.0.2.100 SECOND=10.0.2.2
carried tap "$tap"
