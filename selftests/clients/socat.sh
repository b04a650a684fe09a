#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# socat on TUN: sets address and flags, and reads the flags back.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

start socat TUN:10.9.0.1/24,tun-name=tun0,iff-no-pi,iff-up UDP4-DATAGRAM:127.0.0.1:5001,bind=127.0.0.1:5000
start socat TUN:10.9.1.1/24,tun-name=tun1,iff-no-pi,iff-up UDP4-DATAGRAM:127.0.0.1:5000,bind=127.0.0.1:5001
attached tun0 tun1
until_true bound 5000
until_true bound 5001
has_address tun0 10.9.0.1 || exit 1
carried tun tun0 tun1
