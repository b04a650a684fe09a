#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# list.sh: is the manual's list of differences from tun.c the one that the
# differential tester allows? The last line is "list: N passed, N failed".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
manual=$here/../../Documentation/networking/looptun/looptun.rst
passed=0
failed=0

step() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "list: ok: $what"
	else
		failed=$((failed + 1))
		echo "list: not ok: $what"
	fi
}

# Up to the next heading; the rules of tables have gaps.
section() {
	awk '/^Differences from tun.c$/ { here = 1 }
		here && /^=+$/ { headings++ }
		here && headings < 2' "$manual"
}

included() { grep -q '^\.\. literalinclude:: .*selftests/differential/allowed\.txt$' <(section); }
same_numbers() {
	local items
	items=$(section | grep -c '^#\. ')
	[ "$(grep -oE '^[0-9]+ ' "$here/allowed.txt" | sort -nu | tr -d ' \n')" = "$(seq -s '' "$items")" ]
}

step 'the manual includes allowed.txt' included
step 'its differences have the numbers of the manual' same_numbers
echo "list: $passed passed, $failed failed"
[ $failed = 0 ]
