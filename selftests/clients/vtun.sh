#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# vtun on TUN, over UDP: the descriptor alone.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# It looks for no server where there is nothing but 127.0.0.1.
ip address replace 192.0.2.9 dev lo || exit 1
mkdir -p /var/lock/vtund /var/run
cat >server.conf <<END
options { port 5000; }
x { passwd p; type tun; proto udp; encrypt no; device tun0; up { }; down { }; }
END
sed s/tun0/tun1/ server.conf >client.conf
# It ends if it writes to one that is down, and tun.c speaks on the one that is up first.
for tunnel in ${TUN:+tun0 tun1}; do
	ip tuntap add dev "$tunnel" mode tun && ip link set "$tunnel" up || exit 1
done
start vtund -n -s -f server.conf
until_true listens 5000
start vtund -n -f client.conf x 127.0.0.1
attached tun0 tun1
carried tun tun0 tun1
