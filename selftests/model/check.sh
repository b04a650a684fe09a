#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Have spin look at every run of the models beside this file, and at every run
# of one with a mistake in it, which it is to find. The last line is
# "model: N passed, N failed". check.sh [--kept] [--all]: with --kept, what was right
# before is not looked at again until it, or who looks, has changed.
set -euo pipefail
# shellcheck source=../qemu/lib.sh
. "$(dirname "$0")/../qemu/lib.sh"
cd "$(dirname "$0")"
models=$PWD
keep=
[ "${1-}" != --kept ] || { keep=1; shift; }
kept=$cache/model/$({ cat ./*.pml check.sh; echo "$@"; spin -V; gcc --version; } | sha256sum | cut -c1-16)
if [ -n "$keep" ] && [ -s "$kept" ]; then
	echo 'model: kept from the last run of the same files, which is what follows'
	cat "$kept"
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
told=$work/told
passed=0
failed=0

# verify MODEL [-DMACRO]...: all that spin has to say.
verify() {
	local model=$1
	shift
	spin -a "$@" "$models/$model" &&
		gcc -O1 -w -DSAFETY -DVECTORSZ=2048 -o pan pan.c &&
		./pan -n -w22 -m100000
}

# expect NAME TEXT MODEL [-DMACRO]...: what spin says has the text.
expect() {
	local name=$1 text=$2
	shift 2
	if verify "$@" >out 2>&1 && grep -q -- "$text" out && ! grep -q 'max search depth' out; then
		passed=$((passed + 1))
		echo "model: ok: $name ($(awk '/states, stored/ { print $1 }' out) states)"
	else
		failed=$((failed + 1))
		echo "model: not ok: $name"
		sed 's/^/    /' out
	fi
}
right() {
	local name=$1
	shift
	expect "$name" 'errors: 0$' "$@"
}
found() {
	local seed=$1 model=$2
	shift 2
	expect "found: $seed" '^pan:1: \(assertion violated\|invalid end state\)' "$model" "-D$seed" "$@"
}

# size PRODUCERS CONSUMERS DATAGRAMS MOVERS
size() { echo "-DPRODUCERS=$1 -DCONSUMERS=$2 -DDATAGRAMS=$3 -DMOVERS=$4"; }

# shellcheck disable=SC2046 # lists
check() {
	right 'two producers, one consumer, moved' ring.pml $(size 2 1 1 1)
	right 'two producers, one consumer, truncate' ring.pml $(size 2 1 1 1) -DTRUNCATE
	right 'one producer, two consumers, moved' ring.pml $(size 1 2 2 1)
	right 'two producers, two consumers' ring.pml $(size 2 2 1 0)
	right 'no reader sleeps beside a datagram' wake.pml
	if [ "${1-}" = --all ]; then
		right 'two producers, two consumers, moved' ring.pml $(size 2 2 1 1)
		right 'two datagrams of each of two producers' ring.pml $(size 2 1 2 0)
		right 'three datagrams, two consumers, moved' ring.pml $(size 1 2 3 1)
		found SEED_DISCARD_JOINS_WHAT_IS_CUT ring.pml $(size 2 1 2 1) -DTRUNCATE
	fi
	found SEED_RESERVED_NOT_RELEASED ring.pml $(size 1 1 3 0)
	found SEED_RESERVED_NOT_ACQUIRED ring.pml $(size 1 1 3 0)
	found SEED_COMMIT_NOT_RELEASED ring.pml $(size 1 1 1 0)
	found SEED_STATE_NOT_ACQUIRED ring.pml $(size 1 1 1 0)
	found SEED_CLAIM_PASSES_BUSY ring.pml $(size 2 1 1 0)
	found SEED_GIVEN_BACK_BESIDE_CLAIM ring.pml $(size 2 1 2 0)
	found SEED_GAP_CLAIMED ring.pml $(size 2 1 2 0)
	found SEED_RELEASED_TOO_EARLY ring.pml $(size 1 1 3 0)
	found SEED_ROOM_PAST_CLAIMED ring.pml $(size 2 1 2 0)
	found SEED_MOVE_LEAVES_READY ring.pml $(size 1 1 1 1)
	found SEED_CUT_GIVES_BACK ring.pml $(size 1 1 1 1) -DTRUNCATE
	found SEED_WAKER_HAS_NO_BARRIER wake.pml
	found SEED_SLEEPER_HAS_NO_BARRIER wake.pml
	echo "model: $passed passed, $failed failed"
	[ $failed = 0 ]
}
check "$@" | tee "$told"
mkdir -p "${kept%/*}"
mv "$told" "$kept"
