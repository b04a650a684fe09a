#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A harness that cannot fail proves nothing: show that each kind of bad guest is
# judged failed, and for the right reason. Two are booted, the rest is written
# down here. The last line is "selfcheck: N passed, N failed".
# shellcheck disable=SC2016 # the $ is sed's
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=machine.sh
. "$qemu_dir/machine.sh"

# The guest to boot; it was built before.
kernel=${1-6.1}
one_of kernel "$kernel" "$kernels"
machine "$kernel"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# expect NAME STATUS TEXT COMMAND...: it ends with that status and prints the text.
expect() {
	local name=$1 status=$2 text=$3 got=0
	shift 3
	"$@" >"$work/out" 2>&1 || got=$?
	if [ $got = "$status" ] && grep -q -- "$text" "$work/out"; then
		passed=$((passed + 1))
		echo "selfcheck: ok: $name"
	else
		failed=$((failed + 1))
		echo "selfcheck: not ok: $name (status $got, expected $status and \"$text\")"
		sed 's/^/    /' "$work/out"
	fi
}

# judged PROGRAMS [VERDICT [LOG [PROGRAM]...]]: judge what a good guest leaves, after
# a sed command on what its programs said (the guest's own count follows), another on
# the whole with that count, and with a line more in the kernel log. These programs
# were to run.
judged() {
	cat >"$work/result" <<-EOT
		KTAP version 1
		1..2
		# begin one
		    KTAP version 1
		    # Subtest: one
		    1..2
		    ok 1 first
		    ok 2 second
		# exit 0
		ok 1 one
		# begin two
		    KTAP version 1
		    # Subtest: two
		    1..1
		        KTAP version 1
		        # Subtest: third
		        1..1
		        ok 1 nested
		    ok 1 third
		# exit 0
		ok 2 two
		# taint 12288
	EOT
	sed -i "$1" "$work/result"
	awk -f "$qemu_dir/tally.awk" "$work/result" >"$work/tally"
	cat "$work/tally" >>"$work/result"
	sed -i "${2-}" "$work/result"
	printf '[    1.0] %s\n' 'looptun-guest: one' "${3-all is well, with a DEBUG word}" >"$work/console"
	"$qemu_dir/judge" guest "$work/result" "$work/console" check "${@:4}"
}

expect 'a good guest passes' 0 '^guest: 3 passed, 0 failed$' judged ''
expect 'so it does with serial line ends' 0 '^guest: 3 passed, 0 failed$' judged '' 's/$/\r/'
expect 'a failing test' 1 '^guest: one: not ok 2 second$' judged 's/ok 2 second/not ok 2 second/'
expect 'what a failing test said' 1 '^guest: one: # second.c:7: no$' \
	judged 's/    ok 2 second/    # second.c:7: no\n    not ok 2 second/'
# The differential tester stops once it has found enough.
expect 'what was not run because of a failure' 1 '^guest: 1 passed, 1 failed$' \
	judged 's/    ok 1 first/    # 8 and on: not run\n    not ok 1 first/; s/    ok 2 second/    # mismatch: seed 1\n    # 9 and on: not run\n    not ok 2 second/'
expect 'and it is told in one line' 1 '^guest: one: not run, because of that: 1$' \
	judged 's/    ok 1 first/    # 8 and on: not run\n    not ok 1 first/; s/    ok 2 second/    not ok 2 second/'
expect 'what was not run though nothing failed' 1 'one: 1 not run, and none failed' \
	judged 's/    ok 1 first/    # 8 and on: not run\n    not ok 1 first/'
expect 'the command that repeats it' 1 '^guest: again: make check KERNEL=guest TEST=one$' \
	judged 's/    ok 2 second/    not ok 2 second/'
expect 'a short plan' 1 'one: 1 results, 2 planned' judged '/ok 2 second/d'
expect 'a test too many' 1 'one: 2 results, 1 planned' judged 's/1\.\.2/1..1/'
expect 'an empty plan' 1 'two: an empty plan' judged 's/1\.\.1/1..0/; /ok 1 third/d'
expect 'no plan' 1 'two: no plan' judged '/1\.\.1/d'
expect 'a skip without a listed reason' 1 'one: skipped: ok 2' judged 's/ok 2.*/& # SKIP not today/'
expect 'a crash after the last test' 1 'one: exit status 139' judged '0,/# exit 0/s/# exit 0/# exit 139/'
expect 'a program cut short' 1 'one: cut short' judged '0,/# exit 0/{/# exit 0/d}'
expect 'programs that ran' 0 '^guest: 3 passed, 0 failed$' judged '' 's/$/\r/' 'all is well' one two
expect 'a program that did not run' 1 '^guest: not ok: did not run: three$' judged '' '' 'all is well' one three two
expect 'what the results of KUnit are short of' 1 '^guest: kernel log: not ok 2 second$' \
	judged '/ok 2 second/d' '' '    not ok 2 second'
expect 'a guest without a test' 1 'no test ran' judged '/^# taint/!d'
expect 'no verdict' 1 'no verdict' judged '' '$d'
expect 'a verdict that is not the last line' 1 'no verdict' judged '' '$a more'
expect 'lines lost on the way' 1 'the guest counted' judged '' '/ok 2 second/d'
expect 'a tainted kernel' 1 'taint 12800' judged 's/# taint .*/# taint 12800/'
expect 'no taint told' 1 'no taint' judged '/# taint/d'
for line in 'WARNING: CPU: 1 PID: 42 at ring.c:7' 'BUG: kernel NULL pointer dereference' \
	'Oops: 0002 [#1] SMP' 'BUG: KASAN: use-after-free in looptun' 'UBSAN: shift-out-of-bounds in x.c' \
	'WARNING: possible circular locking dependency detected' 'unreferenced object 0xff (size 8):' \
	'INFO: task cat:12 blocked for more than 120 seconds.' 'rcu: INFO: rcu_preempt self-detected stall'; do
	expect "log: $line" 1 "^guest: # .*${line//[][]/.}" judged '' '' "$line"
done
kcsan() {
	printf '%s\n' 'BUG: KCSAN: data-race in one / other' '' "write to 0xff of 8 bytes by task 7 on cpu 0:" \
		' one+0x1/0x9' " $1+0x1/0x9$2" '' 'read to 0xff of 8 bytes by task 8 on cpu 1:' ' other+0x1/0x9' \
		" $3+0x1/0x9" ' looptun_far+0x1/0x9 [looptun]'
}
expect 'a race that the kernel makes by itself' 0 '^guest: 3 passed, 0 failed$' judged '' '' "$(kcsan ksys_write '' vfs_write)"
expect 'one that looptun has a part in' 1 'guest: # .*data-race in one / other' judged '' '' "$(kcsan looptun_near ' [looptun]' vfs_write)"
expect 'one of work that it queues' 0 '^guest: 3 passed, 0 failed$' judged '' '' "$(kcsan looptun_near ' [looptun]' vfs_write | sed 's/ other$/ queue_work_on/')"
kmsan() {
	printf '%s\n' '=====' 'BUG: KMSAN: uninit-value in one' ' one+0x1/0x9' '' 'Uninit was created at:' \
		" two+0x1/0x9$1" '=====' " looptun_near+0x1/0x9${2-}"
}
expect 'memory that the kernel used unset by itself' 0 '^guest: 3 passed, 0 failed$' judged '' '' "$(kmsan '')"
expect 'memory that looptun had a part in' 1 'guest: # .*KMSAN: uninit-value in one' judged '' '' "$(kmsan ' [looptun]')"
expect 'looptun behind the end of a report' 0 '^guest: 3 passed, 0 failed$' judged '' '' "$(kmsan '' ' [looptun]')"
no_memory() { printf '%s\n' "$1" 'CPU: 1 PID: 85 Comm: failnth' 'Call Trace:' ' <TASK>' "${@:2}"; }
expect 'the kernel without memory for sysctl' 0 '^guest: 3 passed, 0 failed$' judged '' '' \
	"$(no_memory 'sysctl could not get directory: /net/ipv4/conf/nth0 -12')"
expect 'and another trace behind it' 1 'guest: # Call Trace' judged '' '' \
	"$(no_memory 'sysctl could not get directory: /net/ipv4/conf/nth0 -12' 'Call Trace:')"
expect 'nor for a program of a filter' 0 '^guest: 3 passed, 0 failed$' judged '' '' \
	"$(no_memory 'failnth: vmalloc error: size 4096' ' bpf_prog_alloc+0x16/0x90' ' </TASK>')"
expect 'but looptun itself says nothing' 1 'guest: # Call Trace' judged '' '' \
	"$(no_memory 'failnth: vmalloc error: size 4096' ' looptun_ring_make+0x16/0x90' ' </TASK>')"
expect 'be it cut off' 1 'guest: # Call Trace' judged '' '' "$(no_memory 'failnth: vmalloc error: size 4096')"
# kunit.py reads what the guests wrote, and counts as many.
ktap() {
	(cd "$("$qemu_dir/source")/tools/testing/kunit" && python3.11 -B - "$1") <<-'EOT'
		import sys, kunit_parser
		test = kunit_parser.parse_run_tests(line.rstrip('\r\n') for line in open(sys.argv[1]))
		counts = test.counts
		print('kunit.py:', counts.passed, 'passed,', counts.failed + counts.crashed, 'failed,', counts.errors, 'errors')
	EOT
}
judged '' >/dev/null
expect 'kunit.py reads what is written down here' 0 '^kunit.py: 3 passed, 0 failed, 0 errors$' ktap "$work/result"
result=$top/build/$kernel/result.tap
count=$(awk '$1 == "RESULT" { print $2 " passed, " $3 " failed" }' "$result")
expect 'and what a guest has written' 0 "^kunit.py: ${count:-nothing}, 0 errors$" ktap "$result"
reported() { "$qemu_dir/report" && grep -E '<span|<h3' "$top/build/report.html"; }
expect 'a page of the last check' 0 '^build/report.html$' reported
expect 'it has the guest' 0 "^<h3>$kernel: Linux [0-9]" reported
expect 'it has what ran there' 0 "^<span class='good'>load <b>1</b>" reported
for word in 5.15 6.1.0 ''; do
	expect "no kernel '$word'" 1 "no kernel '$word': there are 6.1, 6.12, 7.3, debug, " "$qemu_dir/run" "$word"
done
expect 'no such mode' 1 "no mode 'chekc': there are check, part, kunit, " "$qemu_dir/run" "$kernel" chekc
expect 'no such test' 1 "no test 'pol': there are .* poll" env LOOPTUN_TESTS=poll:pol "$qemu_dir/run" "$kernel"
# Each has booted: its own last words are in the log that is shown.
expect 'a guest that panics' 1 'Kernel panic' "$qemu_dir/run" "$kernel" panic
# The console of s390x is gone before the very last.
last='Power down'
[ "$arch" != s390x ] || last='Run /init'
expect 'a guest that says nothing' 1 "$last" "$qemu_dir/run" "$kernel" mute
# With what a good one has left before.
not_started() {
	judged '' >/dev/null
	cp "$work/result" "$top/build/$kernel/mute-result.tap"
	cp "$work/console" "$top/build/$kernel/mute-console.log"
	mkdir "$work/bin"
	printf '#!/bin/sh\nexit 1\n' >"$work/bin/${qemu[0]}"
	chmod +x "$work/bin/${qemu[0]}"
	PATH=$work/bin:$PATH "$qemu_dir/run" "$kernel" mute
}
expect 'a guest that does not start' 1 'no verdict' not_started
# Another language, and no home that is told.
lib() { env "${@:2}" bash -euc '. "$1/lib.sh"; eval "$2"' . "$qemu_dir" "$1"; }
expect 'apt in German' 0 '^[0-9]' lib 'candidate bash' LC_ALL=C.UTF-8 LANGUAGE=de
expect 'no HOME' 0 '/.cache/looptun$' lib 'echo "$cache"' -u HOME -u XDG_CACHE_HOME
# What is unpacked serves without a network, and one job needs root.
old_source() {
	mkdir -p "$work/cache/looptun/source/6.1.1-1" "$work/bin"
	printf '#!/bin/sh\nexit 1\n' >"$work/bin/apt-get"
	chmod +x "$work/bin/apt-get"
	XDG_CACHE_HOME=$work/cache PATH=$work/bin:$PATH "$qemu_dir/source"
}
expect 'an older source without a network' 0 '/6.1.1-1$' old_source
without_root() {
	printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
	chmod +x "$work/bin/id"
	PATH=$work/bin:$PATH "$qemu_dir/deb-check"
}
expect 'the package without root' 1 '^deb: not ok: .* root' without_root
# The queue of make check, over jobs that do nothing but say so, and one that fails.
jobs() {
	local job tree=$work/tree

	rm -rf "$tree"
	mkdir -p "$tree"/selftests/{qemu,run,clients,model,fuzz,differential}
	cp "$qemu_dir"/{check,lib.sh,machine.sh} "$tree/selftests/qemu/"
	for job in qemu/{kernel,build,run,lint,selfcheck.sh,captures} {run,model}/check.sh {clients,fuzz}/run differential/list.sh; do
		cat >"$tree/selftests/$job" <<-EOT
			#!/bin/sh
			[ $job != $1 ] || { echo "job: not ok: this"; echo "job: 1 passed, 1 failed"; exit 1; }
			echo "\$*" >>$tree/ran
			echo "job: 2 passed, 0 failed"
		EOT
		chmod +x "$tree/selftests/$job"
	done
	"$tree/selftests/qemu/check"
}
expect 'all jobs' 0 '^34 passed, 0 failed$' jobs none
expect 'a job that fails' 1 '^33 passed, 1 failed$' jobs qemu/lint
expect 'how to run it again' 1 '^check: again: selftests/qemu/lint' jobs qemu/lint
expect 'what failed is said again at the end' 1 '^job: not ok: this$' jobs model/check.sh
expect 'a module that does not compile' 1 '^0 passed, 1 failed$' jobs qemu/build
expect 'and nothing else is run then' 1 'nothing else was run' jobs qemu/build
echo "selfcheck: $passed passed, $failed failed"
[ $failed = 0 ]
