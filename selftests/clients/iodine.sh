#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# iodine, through DNS: sets address and MTU with ifconfig.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

start iodined -f -P x -l 127.0.0.1 -p 53 -d dns0 10.9.0.1 t.example
until_true bound 53
start iodine -f -P x -r -d dns1 127.0.0.1 t.example
attached dns0 dns1
until_true has_address dns1 10.9.0.2
carried tun dns0 dns1
