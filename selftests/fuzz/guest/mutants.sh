#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh MINUTES [NAME]...: are the faults of the file mutants found, each in so many
# minutes at most? A module with one of them at a time, in a guest that ends at the first
# report. A line says what was seen of it and when, by the guest's clock. What the fuzzer has
# found is made small (see shrink), and does nothing to a module without the fault. The last
# line is "fuzz-mutants: N passed, M failed".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../qemu/lib.sh
. "$here/../../qemu/lib.sh"

minutes=$1
shift
tree=$top/build/fuzz-mutants
source=drivers/net/looptun
mkdir -p "$tree"
exec 8>"$tree/.lock"
flock 8
copy_tree "$tree"

# The first sentence of the kernel about it, or else of the test. Where no test has begun
# nothing was found.
report() {
	local build=$tree/build/$1 prefix=$2-
	[ "$2" != check ] || prefix=

	grep -q '^# begin' "$build/${prefix}result.tap" || return
	grep -m 1 -E 'BUG: |WARNING: |refcount_t|stall|soft lockup|Kernel panic' "$build/${prefix}console.log" 2>/dev/null ||
		grep -m 1 -E '^ *(# .*Expected|not ok)' "$build/${prefix}result.tap" 2>/dev/null || echo 'the guest did not end'
}

passed=0
failed=0
while read -r name kernel what file change; do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	sed -i "$change" "$tree/$source/$file"
	! cmp -s "$top/$source/$file" "$tree/$source/$file" || die "$name: nothing to change in $file"
	mode=${what%%:*}
	tests=${what#"$mode"}
	"$tree/selftests/qemu/build" "$kernel" >"$tree/log" 2>&1 || { cat "$tree/log" >&2; die "$name: does not build"; }
	# A thread that never ends cannot be killed, and holds up the guest. KCSAN reports what
	# the kernel itself does as well.
	limit=(timeout $((60 * (2 * minutes + 10))))
	append=panic_on_warn=1
	[ "$kernel" != debug-kcsan ] || append=
	status=0
	if [ -n "$tests" ]; then
		LOOPTUN_TESTS=${tests#:} "${limit[@]}" "$tree/selftests/qemu/run" "$kernel" "$mode" </dev/null
	else
		LOOPTUN_APPEND=$append "${limit[@]}" "$tree/selftests/qemu/run" "$kernel" "$mode" "$minutes" </dev/null
	fi >"$tree/$name.log" 2>&1 || status=$?
	small=''
	if [ $status = 0 ] || ! seen=$(report "$kernel" "$mode"); then
		failed=$((failed + 1))
		echo "fuzz-mutants: not ok: $name: not found by $what in $minutes minutes"
	else
		passed=$((passed + 1))
		echo "fuzz-mutants: ok: $name: $what on $kernel: $(tr -d '\r' <<<"$seen" | cut -c 1-160)"
		[ "$mode" != fuzz-guest ] || small=$("$tree/selftests/fuzz/guest/shrink" "$kernel" 2>>"$tree/$name.log") || small='not made small'
	fi
	# A time of its own: what was made of the other is older.
	cp "$top/$source/$file" "$tree/$source/$file"
	[ -n "$small" ] || continue
	# These calls, and no fault.
	if [ "$small" != 'not made small' ] && LOOPTUN_GIVEN=$tree/build/$kernel/crash.c LOOPTUN_APPEND="panic_on_warn=1 LOOPTUN_SECONDS=10" \
		"$tree/selftests/qemu/run" "$kernel" fuzz-guest </dev/null >>"$tree/$name.log" 2>&1; then
		passed=$((passed + 1))
		echo "fuzz-mutants: ok: $name: $small, and not without the fault"
	else
		failed=$((failed + 1))
		echo "fuzz-mutants: not ok: $name: $small, or without the fault as well"
	fi
done < <(grep -v '^#' "$here/mutants")
echo "fuzz-mutants: $passed passed, $failed failed"
[ $failed = 0 ]
