#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Scapy's TunTapInterface: sends back what it reads.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

cat >back.py <<END
from scapy.layers.inet import IP
from scapy.layers.tuntap import TunTapInterface
tun = TunTapInterface("tun0", mode_tun=True)
while True:
    packet = tun.recv()
    if packet is not None and IP in packet:
        ip = packet[IP]
        ip.src, ip.dst = ip.dst, ip.src
        tun.send(ip)
END
start python3 back.py
attached tun0
carried tun tun0
