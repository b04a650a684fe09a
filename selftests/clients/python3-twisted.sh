#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Twisted's TuntapPort on TAP: sends back what it reads.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

cat >back.py <<END
from twisted.internet import reactor
from twisted.pair.ethernet import EthernetProtocol
from twisted.pair.tuntap import TuntapPort

class Back(EthernetProtocol):
    def datagramReceived(self, data, partial=None):
        port.write(data[6:12] + data[:6] + data[12:])

port = TuntapPort(b"tap0", Back(), reactor=reactor)
port.startListening()
reactor.run()
END
start python3 back.py
attached tap0
carried tap tap0
