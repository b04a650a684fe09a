#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A companion without netdev=1: a dummy interface of the tunnel's name, here for socat.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

left=
if [ -z "$TUN" ]; then
	rmmod looptun && insmod /.looptun/looptun.ko node=net/tun && chmod 666 /dev/net/tun &&
		insmod "${dir:?}/modules/dummy.ko" numdummies=0 || exit 1
	echo 'tun0 tun' >/sys/kernel/debug/looptun/create
	ip link add tun0 type dummy
	echo 'tun1 tun' >/sys/kernel/debug/looptun/create
	ip link add tun1 type dummy
fi
# shellcheck source=socat.sh
. "${0%/*}/socat.sh"
