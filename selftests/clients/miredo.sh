#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# miredo, a relay of Teredo: index, name, MTU, flags, an address and a route of IPv6, by
# ioctl. Its peer, in Teredo's UDP, gives back what it gets, also by way of the server.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# It takes no address of this machine alone for a peer's.
ip address replace 192.0.2.9 dev lo || exit 1
cat >peer.py <<END
import select, socket
def at(port):
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind(("192.0.2.9", port))
    return here
peer, server = at(4000), at(3544)
while True:
    for one in select.select([peer, server], [], [])[0]:
        data, who = one.recvfrom(65536)
        peer.sendto(data[:8] + data[24:40] + data[8:24] + data[40:], who)
END
python3 peer.py &
until_true bound 4000
printf 'InterfaceName teredo\nRelayType relay\nBindAddress 192.0.2.9\nBindPort 3545\n' >miredo.conf
start miredo -f -c /tmp/miredo.conf -p /tmp/miredo.pid -u nobody
attached teredo
until_true bound 3545
# The second one says 192.0.2.9 twice: the server, and the peer, with port 4000.
export FIRST=2001:db8::1 SECOND=2001:0:c000:209:0:f05f:3fff:fdf6
carried tun teredo
