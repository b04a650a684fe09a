#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# n2n: sets its address of the link by the name, with ifconfig, and reads it back.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

start supernode -l 7654
until_true bound 7654
edge() {
	start /usr/sbin/edge -d "$1" -a "$2" -c c -k k -l 127.0.0.1:7654 -m "$3" -p "$4"
}
edge tap0 10.9.0.1 02:00:00:00:00:01 7661
edge tap1 10.9.0.2 02:00:00:00:00:02 7662
attached tap0 tap1
until_true bound 7661
until_true bound 7662
carried tap tap0 tap1
