#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# quicktun on TUN: the descriptor alone.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

tunnel() {
	start env IFACE="$1" IF_QT_TUN_MODE=1 IF_QT_PROTOCOL=raw INTERFACE="$1" IF_QT_INTERFACE="$1" \
		IF_QT_LOCAL_ADDRESS=127.0.0.1 IF_QT_LOCAL_PORT="$2" \
		IF_QT_REMOTE_ADDRESS=127.0.0.1 IF_QT_REMOTE_PORT="$3" quicktun
}
tunnel tun0 2990 2991
tunnel tun1 2991 2990
attached tun0 tun1
until_true bound 2990
until_true bound 2991
carried tun tun0 tun1
