#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [--all] [KERNEL [TEST]...]: that looptun-run runs what it is given as the machine itself
# would, and says in words when it cannot. The last line is "run: N passed, N failed".
# shellcheck disable=SC2016 # the $ is of other shells
set -euo pipefail
# shellcheck source=../qemu/lib.sh
. "$(dirname "$0")/../qemu/lib.sh"
all=
[ "${1-}" != --all ] || { all=1; shift; }
kernel=${1-6.1}
export PATH=$top/selftests/run:$PATH

mkdir -p "$top/build"
work=$(mktemp -d "$top/build/run-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0
failed=0

ok() {
	passed=$((passed + 1))
	echo "run: ok: $1"
}
not_ok() {
	failed=$((failed + 1))
	echo "run: not ok: $*"
	tail -n 20 out err | cat -v | cut -c 1-200 | sed 's/^/    /'
}

# Only these, if there are words after KERNEL: names of the functions.
shift $(($# ? 1 : 0))
only=" $* "

# here STATUS COMMAND...: it ends with that; out and err have what it wrote. An
# input file, in, is its standard input.
here() {
	local status=$1 got=0

	shift
	[ -e in ] || : >in
	"$@" <in >out 2>err || got=$?
	rm -f in
	[ $got = "$status" ] || { echo "status $got, expected $status" >>err; return 1; }
}
run() {
	local status=$1
	shift
	here "$status" looptun-run -k "$kernel" -t 120 "$@"
}
# check NAME COMMAND...: what the command, a function most often, says of it.
check() {
	local name=$1
	shift
	[ "$only" = '  ' ] || [[ $only == *" $1 "* || $only == *" ${2-} "* ]] || return 0
	if "$@"; then ok "$name"; else not_ok "$name"; fi
}
# shellcheck disable=SC2059 # that is its argument
writes() { printf "$1" | cmp -s - out || { echo "expected: $1" >>err; return 1; }; }
# One sentence, with these words, and the place of the log, which is there.
sentence() {
	[ "$(wc -l <err)" = 1 ] && grep -q "^looptun-run: .*$1.*; the log is /.*/console.log$" err &&
		[ -s "$(sed 's/.*the log is //' err)" ]
}
refusal() { [ "$(wc -l <err)" = 1 ] && grep -q "^looptun-run: .*$1" err && [ ! -s out ]; }

# The same program does the same here.
as_here() {
	here "$1" "${@:2}" || return
	mv out out.here
	mv err err.here
	run "$@" && cmp out out.here && cmp err err.here
}

statuses() { run 0 --accel auto true && [ ! -s out ] && [ ! -s err ] && run 1 false && run 7 sh -c 'exit 7'; }
signals() {
	run 139 sh -c 'kill -SEGV $$' && run 130 sh -c 'kill -INT $$' && run 143 sh -c 'kill -TERM $$' && run 137 sh -c 'kill -KILL 0'
}
streams() {
	printf 'cat bytes; cat bytes bytes >&2' >both
	perl -e 'print map { chr($_ % 256) } 0 .. 99999' >bytes
	run 0 -c bytes sh both && cmp out bytes && cat bytes bytes | cmp - err
}
order() {
	looptun-run -k "$kernel" -t 120 sh -c 'for i in 1 2 3 4 5 6 7 8; do echo out$i; echo err$i >&2; done' >out 2>&1 </dev/null || return
	writes "$(printf 'out%s\\nerr%s\\n' 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8)"
}
input_file() {
	perl -e 'print map { chr($_ % 256) } 0 .. 99999' >in
	cp in bytes
	run 0 cat && cmp out bytes
}
input_pipe() {
	perl -e 'print map { chr($_ % 256) } 0 .. 99999' >bytes
	tail -c 100000 bytes | looptun-run -k "$kernel" -t 120 cat >out 2>err && cmp out bytes
}
# Nobody writes to it and nobody closes it, as with many a test runner.
input_of_nobody() {
	mkfifo fifo
	exec 3<>fifo
	looptun-run -k "$kernel" -t 120 true <fifo >out 2>err || return
	exec 3>&-
}
# No directory of root's in PATH.
path_of_a_user() { here 0 env PATH="$top/selftests/run:/usr/bin:/bin" looptun-run -k "$kernel" -t 120 true; }
# What it writes is answered, as in a dialogue.
dialogue() {
	coproc looptun-run -k "$kernel" -t 120 sh -c 'read a; echo "got $a"; read b; echo "got $b"; exit 4' 2>err
	local pid=$COPROC_PID status=0 to=${COPROC[1]}
	echo one >&"$to"
	read -r first <&"${COPROC[0]}"
	echo two >&"$to"
	read -r second <&"${COPROC[0]}"
	wait "$pid" || status=$?
	echo "$first, $second, $status" >out
	writes 'got one, got two, 4\n'
}
arguments() {
	as_here 0 sh -c 'printf "<%s>" "$@"' 'a  b' "it's" '"double"' '$HOME `id` \n' 'two
lines' '' '*' -- "$(printf '\xff\xfe')"
}
environment() {
	run 0 -e 'A=one two' -e "B=it's" -e C= sh -c 'printf "<%s>" "$A" "$B" "$C" "${D-unset}"' &&
		writes "<one two><it's><><unset>"
}
a_user() {
	run 0 -u 65534 sh -c 'id -u; echo x >/dev/shm/x && cat /dev/shm/x; : <>/dev/looptun && echo open; echo stdout >/dev/stdout' &&
		writes '65534\nx\nopen\nstdout\n'
}
a_root() {
	mkdir -p tree/usr/bin tree/data
	echo mine >tree/data/file
	printf '#!/bin/sh\necho "tool of the root: $(cat /data/file)"\n' >tree/usr/bin/tool
	chmod +x tree/usr/bin/tool
	run 0 --root tree tool && writes 'tool of the root: mine\n' || return
	tar -c -C tree . | gzip >tree.tar.gz
	echo brought >plain.txt
	run 0 --root tree.tar.gz cat /data/file plain.txt
	writes 'mine\nbrought\n'
}
# on_terminal STATUS PROMPT COMMANDS [OPTION]...: what a shell on a terminal is told.
on_terminal() {
	local pid status=0 to from
	coproc script -qefc "looptun-run -k $kernel ${*:4}" /dev/null 2>err
	pid=$COPROC_PID from=${COPROC[0]} to=${COPROC[1]}
	read -r -t 100 -d "$2" _ <&"$from" || return
	echo "$3" >&"$to"
	timeout 60 cat <&"$from" >out
	wait "$pid" || status=$?
	[ $status = "$1" ]
}
# A shell: on a terminal, and with commands from elsewhere.
shell() {
	on_terminal 3 '#' 'tty; exit 3' && grep -q /dev/ttyS0 out || return
	on_terminal 4 '$' 'id -u; echo left >/out/file; exit 4' -u nobody -o "$PWD/got" && grep -q 65534 out && grep -q left got/file || return
	echo 'echo "$((6 * 7))"; exit 9' >in
	run 9 && writes '42\n'
}
# The same kernel by its files.
own_kernel() {
	local dir
	dir=$("$qemu_dir/kernel" 6.12)
	here 3 looptun-run -t 120 -k "$dir/vmlinuz:$dir/build" sh -c 'uname -r; exit 3' && cmp out "$dir/release"
}
# What was known before debug.config became what it is may be another kernel.
known_kernel() {
	local known=$built/run/$kernel/$kernel

	run 0 true && cp "$known" known || return
	echo "$cache" >"$known"
	touch -r "$qemu_dir/debug.config" "$known"
	run 0 true && cmp "$known" known
}
working_directory() {
	as_here 0 pwd || return
	mkdir -p place/deep
	ln -s place/deep link
	echo "echo \"\$PWD\" \"\$(pwd -P)\"; cat ../file" >place/deep/script
	echo file >place/file
	(cd link && as_here 0 sh script ../file)
}
script_and_program() {
	printf '#!/usr/bin/env -S sh -e\nfalse\necho not reached\n' >script
	chmod +x script
	run 1 ./script && [ ! -s out ] || return
	echo 'int answer(void) { return 42; }' >lib.c
	echo 'int answer(void); int main(void) { return answer(); }' >main.c
	mkdir -p libs
	gcc -shared -o libs/libanswer.so lib.c && gcc -o main main.c -Llibs -lanswer -Wl,-rpath,"$PWD/libs" && run 42 ./main
}
# What was brought a day or a run before is not what is brought now.
python_sources() {
	local word
	mkdir -p python/deep
	for word in one other; do
		echo "print('$word')" >python/deep/module.py
		PYTHONPATH=$PWD/python run 0 -e "PYTHONPATH=$PWD/python" python3 -c 'import deep.module' && writes "$word\n" || return
	done
}
data() {
	mkdir -p 'a dir'/deep
	echo one >'a dir/deep/file'
	ln -s deep/file 'a dir/link'
	run 0 -c 'a dir' cat 'a dir/link' && writes 'one\n' && run 0 cat 'a dir/link' && writes 'one\n' &&
		run 1 sh -c "cat 'a dir/link'"
}
a_word() { run 0 -c expr sh -c '[ -f /usr/bin/expr ] && [ ! -L /usr/bin/expr ]'; }
out_directory() {
	rm -rf got
	mkdir -m 750 got
	run 3 -o got sh -c 'mkdir /out/dir; echo hello >/out/dir/file; chmod 755 /out/dir/file; exit 3' || return
	[ -x got/dir/file ] && [ "$(cat got/dir/file)" = hello ] && [ "$(stat -c %a got)" = 750 ]
}
time_limit() { run 125 -t 30 sh -c 'echo begun; exec tail -f /dev/null' && writes 'begun\n' && sentence 'no end after 30 seconds'; }
panic() { run 125 sh -c 'echo c >/proc/sysrq-trigger' && sentence 'Kernel panic\|sysrq'; }
splat() { run 125 sh -c 'echo "<4>WARNING: CPU: 1 PID: 1 at nowhere" >/dev/kmsg' && sentence 'speaks of trouble (WARNING: CPU: 1'; }
powered_off() { run 125 sh -c 'exec poweroff -f 2>/dev/null' && sentence 'without a status'; }
# QEMU does not start.
no_qemu() {
	local word
	mkdir -p bin
	for word in x86_64 s390x aarch64; do
		printf '#!/bin/sh\necho no machine >&2\nexit 1\n' >"bin/qemu-system-$word"
		chmod +x "bin/qemu-system-$word"
	done
	PATH=$PWD/bin:$PATH here 125 timeout 100 looptun-run -k "$kernel" true
}
no_start() { no_qemu && sentence 'without a status' && grep -q 'no machine' "$(sed 's/.*the log is //' err)"; }
# Old directories go, but for those in use.
old_runs() {
	local runs=$top/build/run/$kernel
	mkdir -p "$runs"/run.{used,left}
	touch -d '2 days ago' "$runs"/run.{used,left}
	exec 3<"$runs/run.used"
	flock 3
	no_qemu
	exec 3>&-
	rmdir "$runs/run.used" && [ ! -e "$runs/run.left" ]
}
# Nothing can be written below the tree.
no_place() {
	mkdir -p tree-without/selftests
	cp -r "$top"/selftests/{run,qemu} tree-without/selftests/
	: >tree-without/build
	here 125 tree-without/selftests/run/looptun-run true && grep -q 'tree-without/build' err
}
# What the kernel says of a program's own fault is no trouble of the guest.
fault_of_the_program() {
	cat >fault.c <<-END
		int main(void) { return *(volatile int *)0x8000000000000000; }
	END
	gcc -o fault fault.c && run 139 ./fault
}
parameter() {
	run 0 -m node=net/tun -m netdev=1 sh -c ': <>/dev/net/tun && cat /sys/module/looptun/parameters/netdev' &&
		writes 'Y\n' &&
		run 125 -m ring_kib=3 true && sentence 'the module was not loaded'
}
# A kernel that is locked down: what security.rst says of it.
locked_down() {
	cat >locked.py <<-'END'
		import fcntl, os, stat, struct
		os.system("mount -t securityfs none /sys/kernel/security")
		with open("/sys/kernel/security/lockdown", "w") as lockdown:
		    lockdown.write("integrity")
		tun = os.open("/dev/looptun", os.O_RDWR)
		fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"locked", 0x1001))
		wire = fcntl.ioctl(tun, 0xD700, os.O_CLOEXEC)
		packet = bytes.fromhex("4500001400000000400100000a0000010a000002")
		os.write(wire, packet)
		assert os.read(tun, 2000) == packet
		os.write(tun, packet)
		assert os.read(wire, 2000) == packet
		where = "/sys/kernel/debug/looptun/"
		seen = {True: 0, False: 0}
		for path in [where + "create"] + [entry.path for entry in os.scandir(where + "locked") if entry.is_file()]:
		    mode = stat.S_IMODE(os.stat(path).st_mode)
		    try:
		        os.close(os.open(path, os.O_WRONLY if mode & 0o222 else os.O_RDONLY))
		        opened = True
		    except PermissionError:
		        opened = False
		    assert opened == (not mode & 0o222), path
		    seen[opened] += 1
		print("opened:", seen[True] > 0, "refused:", seen[False] > 10)
	END
	run 0 -c locked.py python3 locked.py && writes 'opened: True refused: True\n'
}
not_there() {
	run 127 ./nothing && refusal 'nothing: no such file' && run 127 no-such-command && refusal 'command not found' &&
		: >plain && run 126 ./plain && refusal 'not a program'
}
wrong_words() {
	here 125 looptun-run -k 5.15 true && refusal 'no kernel 5.15: there are 6.1, 6.12, 7.3, debug, s390x, arm64' &&
		run 125 -t soon true && refusal '-t soon' && run 125 -e 1=2 true && refusal '-e 1=2' &&
		run 125 -m nodes=x true && refusal 'no parameter nodes.*node, netdev, ring_kib' && run 125 -c gone true && refusal '-c gone' &&
		run 125 --failures && refusal 'failures wants a command' && run 125 --ask gone true && refusal 'ask gone' &&
		run 125 -u whoever true && refusal 'no user whoever' && run 125 --no && refusal 'no such option'
}

# The ten failures: a client that is right, and one that has each mistake.
verdicts() {
	grep -o '^.*ok [0-9]* .* # .*' out | sed 's/ [A-Z][^#]*#/:/' >said
	printf '%s\n' "$@" | cmp -s - said || { printf '%s\n' "$@" | diff - said >>err; return 1; }
}
right() {
	cp "$top/selftests/run/client.c" . && gcc -o client client.c && run 0 --failures -u nobody -- ./client &&
		[ "$(head -n 2 out)" = "$(printf 'KTAP version 1\n1..10')" ] &&
		verdicts 'ok 1: went on' 'ok 2: went on' 'ok 3: went on' 'ok 4: ended' 'ok 5: went on' \
			'ok 6: ended' 'ok 7: went on' 'ok 8: went on' 'ok 9: went on' 'ok 10: went on'
}
wrong() {
	run 1 --failures -- ./client interrupted,would-block,queue,deleted,user,too-long,network &&
		verdicts 'not ok 1: lost a datagram' 'not ok 2: ended with status 1' 'not ok 3: ended with status 1' \
			'not ok 4: spun' 'ok 5: went on' 'not ok 6: ended with status 0' 'not ok 7: spun' 'ok 8: went on' \
			'not ok 9: ended with status 1' 'not ok 10: was ended by signal 6' &&
		grep -q '^# client: Interrupted system call' out
}
# Its descriptor blocks.
wrong_and_blocks() {
	run 1 --failures -- ./client wake-up,link &&
		verdicts 'ok 1: went on' 'ok 2: SKIP the descriptor blocks' 'ok 3: went on' 'ok 4: ended' 'ok 5: went on' \
			'ok 6: ended' 'ok 7: went on' 'not ok 8: sleeps in read(2), deaf to all else' \
			'not ok 9: ended with status 1' 'ok 10: went on' &&
		grep -q '^# client: Input/output error' out
}
# One that has one cause for all ten has one line that is not ok.
wrong_epoll() {
	run 1 --failures -- ./client epoll && [ "$(grep -c '^not ok' out)" = 1 ] && grep -q '^not ok 5 .* # went deaf' out &&
		[ "$(grep -c '^ok .* # SKIP the client reads nothing' out)" = 9 ]
}
no_tunnel() {
	run 1 --failures -- sh -c 'echo no tunnel here' &&
		grep -qx '# no tunnel here' out && grep -q '^Bail out! ' out
}
# What it is asked is another's, and it answers nothing.
mute() {
	{ printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\145\0\0\0'
	printf '\0\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0E\0\0\4'; } >question.pcap
	run 0 --failures --ask question.pcap -- ./client && verdicts 'ok 1: SKIP the client answers nothing' \
		'ok 2: SKIP the client answers nothing' 'ok 3: went on' 'ok 4: ended' 'ok 5: went on' 'ok 6: ended' \
		'ok 7: SKIP the client wrote nothing of more than 1,024 bytes' 'ok 8: went on' 'ok 9: went on' 'ok 10: went on'
}

# What make does not read.
make_try() { here 0 make -n -C "$top" try CMD='echo $HOME $(x)' && grep -qF -- '-k 6.1 echo $HOME $(x)' out; }
# What is installed runs, and all of it goes again.
install() {
	"$qemu_dir/build" 6.1 >/dev/null || return
	here 0 make -s --no-print-directory -C "$top" install DESTDIR="$PWD/dest" PREFIX=/usr &&
		here 0 dest/usr/bin/looptun-run --help && grep -q '^looptun-run \[OPTION\]' out && ! grep -q shellcheck out || return
	here 0 dest/usr/bin/looptun-run --version &&
		writes "looptun-run $(modinfo -F version "$top/build/6.1/module/drivers/net/looptun/looptun.ko")\n" || return
	if type -P sphinx-build >/dev/null; then
		grep -q '^looptun-run .* run a program' dest/usr/share/man/man1/looptun-run.1 || return
		[ -s dest/usr/share/man/man4/looptun.4 ] || return
	fi
	here 0 make -s --no-print-directory -C "$top" uninstall DESTDIR="$PWD/dest" PREFIX=/usr &&
		find dest -type f >out && writes ''
}

# The module of 6.1, stripped, where modprobe finds it.
install_module() {
	local kernel release make

	kernel=$("$qemu_dir/kernel" 6.1) && "$qemu_dir/build" 6.1 >/dev/null || return
	release=$(cat "$kernel/release")
	make=(make -s --no-print-directory -C "$top/build/6.1/module" -f "$top/Makefile" KDIR="$kernel/build" INSTALL_MOD_PATH="$PWD/dest")
	here 0 "${make[@]}" modules_install && writes '' || return
	modinfo -b dest -k "$release" -F filename looptun >out
	grep -q "/lib/modules/$release/updates/drivers/net/looptun/looptun.ko\$" out || return
	[ "$(stat -c %s "$(cat out)")" -lt 1000000 ] || return
	grep -q MODE dest/etc/udev/rules.d/60-looptun.rules && grep -q 'options looptun' dest/etc/modprobe.d/looptun.conf || return
	here 0 "${make[@]}" modules_uninstall && find dest -type f ! -name 'modules.*' >out && writes '' || return
	# Without a word make builds the module. What somebody has set stays.
	here 0 "${make[@]}" -n && grep -q ' M=.* modules$' out && here 0 "${make[@]}" modules_install || return
	echo 'options looptun netdev=1' >dest/etc/modprobe.d/looptun.conf
	here 0 "${make[@]}" modules_uninstall && cat dest/etc/modprobe.d/looptun.conf >out && writes 'options looptun netdev=1\n'
}

check 'make install, and uninstall' install
check 'make try' make_try
check 'make, make modules_install and modules_uninstall' install_module
check 'statuses pass through' statuses
check 'a signal is 128 and its number' signals
check 'output and error are apart, byte by byte' streams
check 'output and error in one file keep their order' order
check 'input from a file, byte by byte' input_file
check 'input from a pipe, byte by byte' input_pipe
check 'input that nobody writes' input_of_nobody
check 'input that depends on output' dialogue
check 'arguments with spaces, quotes, newlines' arguments
check 'the environment' environment
check 'a PATH without /usr/sbin' path_of_a_user
check 'as nobody, by its number' a_user
check 'the working directory' working_directory

check 'a script, through env, and a program with a library and data' script_and_program
check 'sources of Python that have changed' python_sources
check 'files and directories' data
check 'a command by a word' a_word
check 'what is left in /out' out_directory
check 'a root of its own, as directory and as tar' a_root
[ -z "$all" ] || check 'a kernel of its own' own_kernel
check 'a shell' shell
check 'a kernel known from before' known_kernel
check 'a limit of time' time_limit
check 'a panic' panic
check 'a splat in the log' splat
check 'a guest that ends early' powered_off
check 'QEMU that does not start' no_start
check 'old directories' old_runs
check 'no place to write to' no_place
check 'a fault of the program' fault_of_the_program
check "the module's parameters" parameter
check 'a kernel that is locked down' locked_down
check 'what cannot be run' not_there
check 'what cannot be understood' wrong_words

check 'ten failures of a right client' right
check 'ten failures, and seven mistakes' wrong
check 'ten failures of one that blocks, and two mistakes' wrong_and_blocks
check 'one mistake behind ten failures' wrong_epoll
check 'ten failures of one that answers nothing' mute
check 'ten failures of one that makes no tunnel' no_tunnel

# The examples of the page, as they stand there. make check installs their tools.
example() {
	mkdir "example-$1"
	cp -r "$top/selftests/run/examples/$1/." "example-$1"
	case $1 in go | rust) ;; *) cp "$top/selftests/examples"/{client,test}.c "example-$1" ;; esac
	(cd "example-$1" && ./run) >out 2>err
}

# Debian's Python is the one that has Debian's pytest.
export PATH=$top/selftests/run:/usr/bin:${PATH#*:} CARGO_NET_OFFLINE=true
for name in c python wire pytest go rust ctest meson; do
	check "example $name" example "$name"
done

echo "run: $passed passed, $failed failed"
[ $failed = 0 ]
