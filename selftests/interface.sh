#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The differential tester with companion interfaces: what clients do to the real
# interface, and to looptun's.

exec /tests/differential --netdev --sequences "${LOOPTUN_SEQUENCES:-200}"
