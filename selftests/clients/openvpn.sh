#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# OpenVPN with --ifconfig: index, MTU, flags and address by netlink.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

openvpn --genkey secret key || exit 1
vpn() {
	start openvpn --dev "$1" --proto udp --secret key --cipher AES-256-CBC --auth SHA256 \
		--local 127.0.0.1 --lport "$2" --remote 127.0.0.1 --rport "$3" --ifconfig "$4" "$5"
}
vpn tun0 1194 1195 10.9.0.1 10.9.0.2
vpn tun1 1195 1194 10.9.0.2 10.9.0.1
attached tun0 tun1
until_true bound 1194
until_true bound 1195
until_true has_address tun0 10.9.0.1
carried tun tun0 tun1
