#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The examples that the manual quotes: each passes, each notices a client that
# answers wrong, and none leaves anything behind.

count=0
result() {
	count=$((count + 1))
	echo "$1 $count $2"
}

# passes TEST, with the client in this directory; it leaves nothing behind.
passes() {
	"/examples/$1"
	status=$?
	[ ! -d /sys/kernel/debug/looptun/ping0 ] || result 'not ok' "$1 leaves its tunnel"
	return $status
}

echo TAP version 13
echo 1..6
for test in test test.sh test.py; do
	cd /examples || exit
	if passes $test; then
		result ok "$test"
	else
		result 'not ok' "$test"
	fi
	cd /examples/wrong || exit
	if passes $test; then
		result 'not ok' "$test finds a wrong client"
	else
		result ok "$test finds a wrong client"
	fi
done
