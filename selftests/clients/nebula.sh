#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# nebula on TUN: address, MTU, length of the queue, flags by ioctl, a route by netlink.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

nebula-cert ca -name ca || exit 1
node() {
	nebula-cert sign -name "$1" -ip "$2/24" || exit 1
	cat >"$1.yml" <<-END
		pki: { ca: ca.crt, cert: $1.crt, key: $1.key }
		static_host_map: { "$5": ["127.0.0.1:$6"] }
		lighthouse: { am_lighthouse: false }
		listen: { host: 127.0.0.1, port: $3 }
		tun: { dev: $4, mtu: 1300 }
		firewall:
		  outbound: [ { port: any, proto: any, host: any } ]
		  inbound: [ { port: any, proto: any, host: any } ]
	END
	start nebula -config "$1.yml"
}
node a 10.9.0.1 4242 neb0 10.9.0.2 4243
node b 10.9.0.2 4243 neb1 10.9.0.1 4242
attached neb0 neb1
until_true bound 4242
until_true bound 4243
carried tun neb0 neb1
