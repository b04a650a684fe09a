#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# vde2 on TAP: a switch and a plug for each.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

vde_switch -s /tmp/switch -M /tmp/manage -d
until_true test -S /tmp/switch/ctl
start vde_plug2tap -s /tmp/switch tap0
start vde_plug2tap -s /tmp/switch tap1
attached tap0 tap1
carried tap tap0 tap1
