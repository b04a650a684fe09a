#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# tunctl: makes two persistent tunnels; socat has them then.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

tunctl -t tap0 -u 1000 && tunctl -t tap1 || exit 1
tap() {
	start socat "TUN,tun-name=$1,tun-type=tap,iff-no-pi,iff-up" "UDP4-DATAGRAM:127.0.0.1:$3,bind=127.0.0.1:$2"
	until_true bound "$2"
}
tap tap0 5000 5001
tap tap1 5001 5000
attached tap0 tap1
carried tap tap0 tap1
