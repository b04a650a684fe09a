#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# fastd on TAP: reads the MTU and sets another one.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

secret() { fastd --generate-key --machine-readable; }
a=$(secret)
b=$(secret)
public() { echo "secret \"$1\";" >public.conf && fastd --show-key --machine-readable -c public.conf; }
configure() {
	cat >"$1.conf" <<-END
		bind 127.0.0.1:$2;
		mode tap;
		interface "$3";
		method "null";
		mtu 1400;
		secret "$4";
		peer "other" { key "$(public "$5")"; remote 127.0.0.1:$6; }
	END
	start fastd -c "$1.conf"
}
configure a 8001 tap0 "$a" "$b" 8002
configure b 8002 tap1 "$b" "$a" 8001
attached tap0 tap1
ip link set tap0 up && ip link set tap1 up || exit 1
[ "$(cat /sys/class/net/tap0/mtu)" = 1400 ] || exit 1
carried tap tap0 tap1
