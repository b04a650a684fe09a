#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh KERNEL [NUMBER]: build the module with each of the mistakes listed
# in the file mutants, or with the first NUMBER of them, one module each, into
# build/KERNEL/mutants. `run KERNEL mutants` boots a guest where the tester has
# to find them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../qemu/lib.sh
. "$here/../qemu/lib.sh"

name=$1
number=${2-1000}
kernel=$("$qemu_dir/kernel" "$name")
into=$top/build/$name/mutants
tree=$into/tree
source=drivers/net/looptun

mkdir -p "$tree"
rm -f "$into"/*.{ko,shows}
# What has not changed is not built anew.
(cd "$top" && find Kbuild $source/*.[ch] $source/Kbuild include* -type f ! -name '*.mod.c') | while read -r file; do
	cmp -s "$top/$file" "$tree/$file" || install -Dm 644 "$top/$file" "$tree/$file"
done

grep -v '^#' "$here/mutants" | head -n "$number" | while read -r mutant shows file change; do
	sed -i "$change" "$tree/$source/$file"
	! cmp -s "$top/$source/$file" "$tree/$source/$file" || die "$mutant: nothing to change in $file"
	# All of them are in the guest's memory: without what debuggers want.
	make -s --no-print-directory -j"$(nproc)" -C "$kernel/build" M="$tree" KCFLAGS=-g0 modules >"$into/log" 2>&1 ||
		{ cat "$into/log" >&2; die "$mutant: does not build"; }
	cp "$tree/$source/looptun.ko" "$into/$mutant.ko"
	echo "$shows" >"$into/$mutant.shows"
	cp "$top/$source/$file" "$tree/$source/$file"
done
