#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# QEMU -netdev tap: its hub between two tunnels, of which one has a virtio-net header.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

tap() { echo "-netdev tap,id=$1,ifname=$1,script=no,downscript=no,vnet_hdr=$2 -netdev hubport,id=hub$1,hubid=0,netdev=$1"; }
# shellcheck disable=SC2046 # words
start qemu-system-x86_64 -machine none -accel tcg -display none -nodefaults $(tap tap0 on) $(tap tap1 off)
attached tap0 tap1
carried tap tap0 tap1
