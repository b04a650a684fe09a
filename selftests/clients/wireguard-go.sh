#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# wireguard-go: index, MTU, and the events of rtnetlink.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

wg genkey >a.key && wg genkey >b.key || exit 1
export WG_PROCESS_FOREGROUND=1 LOG_LEVEL=error
start wireguard-go -f tun0
start wireguard-go -f tun1
attached tun0 tun1
peer() {
	wg set "$1" listen-port "$2" private-key "$3" peer "$(wg pubkey <"$4")" allowed-ips 0.0.0.0/0 endpoint "127.0.0.1:$5" || exit 1
	ip link set "$1" up || exit 1
}
until_true wg show tun0
until_true wg show tun1
peer tun0 7001 a.key b.key 7002
peer tun1 7002 b.key a.key 7001
carried tun tun0 tun1
