#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# stress-ng --tun: makes tunnels, sets addresses, and deletes them; it carries nothing.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

set -e
stress-ng --tun 1 --tun-ops 2 -t 60 --metrics 2>&1 | tee said
grep 'successful run completed' said
grep 'tun .* 2 ' said
