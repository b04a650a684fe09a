# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the clients' scripts share. Each runs in a guest of looptun-run, with the
# module loaded in place of tun, netdev=1, and has /tmp and its processes for itself.
# With $TUN it is tun.c, whose tunnels are looked for among the interfaces.

here=/sys/kernel/debug/looptun
# shellcheck disable=SC2034 # the scripts look there
tunnels=${TUN:+/sys/class/net}
tunnels=${tunnels:-$here}
cd /tmp || exit 1
clients=

# start COMMAND...: a client, whose last words are shown if the script fails.
start() {
	case $left in EPERM*) echo 'op=attach errno=EPERM' >$here/faults ;; esac
	"$@" </dev/null >>/tmp/said 2>&1 &
	clients="$clients $!"
}

# pause SECONDS: nobody calls a tunnel that.
pause() { echo "attach -no-such-tunnel timeout=$1" >$here/wait; } 2>/dev/null

# inside TUNNEL COMMAND...: in its network namespace.
inside() {
	net=/proc/self/ns/net
	case $1 in *:*)
		for net in /proc/[0-9]*/ns/net; do
			[ "$(stat -L -c %i "$net" 2>/dev/null)" != "${1%:*}" ] || break
		done
		;;
	esac
	shift
	nsenter --net="$net" "$@"
}

# attached TUNNEL...: a program has each of them, and it is up.
attached() {
	case $left in EPERM*) until_true false ;; esac
	for tunnel; do
		if [ -n "$TUN" ]; then
			until_true up "$tunnel"
		else
			echo "attach $tunnel timeout=120" >$here/wait || exit 1
		fi
	done
}
up() {
	inside "$1" ip link set "${1#*:}" up
	inside "$1" ip link show "${1#*:}" | grep LOWER_UP
}

# frame TUNNEL: what standard input has is for the program.
frame() {
	if [ -n "$TUN" ]; then
		inside "$1" socat -u - "INTERFACE:${1#*:}"
	else
		cat >"$here/$1/inject_frame"
	fi
}

# until_true COMMAND...: it succeeds in the end.
until_true() {
	tries=${patience:-300}
	while [ "$tries" != 0 ]; do
		case $left in EPERM*) [ "$(hits .)" = 0 ] || may_not ;; esac
		! "$@" >/dev/null 2>&1 || return 0
		pause 0.1
		tries=$((tries - 1))
	done
	echo "never: $*"
	exit 1
}

# bound PORT: somebody has that UDP port; listens PORT: that TCP port.
bound() { grep -qi ":$(printf %04X "$1") " /proc/net/udp /proc/net/udp6; }
listens() { grep -qi ":$(printf %04X "$1") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; }

# has_address TUNNEL ADDRESS
has_address() { ip addr show dev "$1" | grep -q "inet6\\? $2[/ ]"; }

# A server that gives back what it gets, for clients that are a network.
udp_echo() {
	socat UDP4-LISTEN:4000,fork PIPE &
	until_true bound 4000
}

# The end: what carry says, as its arguments have it; whether the clients still live;
# and what they do in the failures that $left has.
carried() {
	inside "$2" carry "$@" || exit 1
	# shellcheck disable=SC2086 # a list
	kill -0 $clients || { echo 'a client has died'; exit 1; }
	first=$2 last=${3-$2}
	for failure in $left; do
		left=${left#* }
		[ "$left" != "$failure" ] || left=
		case $failure in E*) refused "$failure" "$@" ;; *) "$failure" "$@" ;; esac
		echo "did $failure: $did"
		# What is left is for another start of it.
		case $did in ended* | spun | deaf) break ;; esac
	done
	echo "$left" >/run/left
	exit 0
}

# The process that has a tunnel, by its descriptor's file; and whether that lives.
holder() { grep -l "^iff:[[:space:]]*${1#*:}\$" /proc/[0-9]*/fdinfo/* 2>/dev/null | head -n 1; }
process() { process=$(holder "$1" | cut -d / -f 3); }
alive() { grep -q '^State:[[:space:]]*[^ZX]' "/proc/$process/status"; } 2>/dev/null
ticks() { sed 's/.*) //' "/proc/$process/stat" | awk '{ print $12 + $13 }'; } 2>/dev/null
# A second in which it does more than half of what a processor can.
spins() {
	before=$(ticks)
	pause 1
	[ $(($(ticks) - before)) -ge 50 ]
}
hits() { sed -n '1s/.*hits=//p' "$here/$1/faults"; } 2>/dev/null
clear() { echo clear >"$here/$1/faults"; } 2>/dev/null

# now WORD ARGUMENT...: sets $did, to the word if it goes on.
now() {
	did=$1
	shift
	# One that catches up is busy, too.
	if alive && ! carry "$@"; then
		did=deaf
		pause 1
	fi
	if ! alive; then
		ended
	elif spins; then
		did=spun
	fi
}
ended() {
	did=ended
	wait "$process" 2>/dev/null
	status=$?
	# An exit of -1 is no signal.
	[ $status -le 128 ] || [ $status = 255 ] || did="ended $(kill -l $status 2>/dev/null)"
}

# A user who may not, which ends the script: any of them may be the first to end.
may_not() {
	pause 5
	before=$(hits .)
	pause 5
	did=stayed
	[ "$(hits .)" = "$before" ] || did=again
	for process in $clients; do
		if ! alive; then
			ended
			[ "$did" != ended ] || did="ended $status"
		elif spins; then
			did=spun
		fi
	done
	left=${left#* }
	echo "did EPERM: $did"
	echo "$left" >/run/left
	exit 0
}

# Whoever told an epoll too early would have carried nothing.
epoll() {
	process "$first"
	file=$(holder "$first")
	did=-
	! grep -q "^tfd: *${file##*/} " "/proc/$process/fdinfo"/* || did=on
}

# A write that fails, once: of the client that has the last of the tunnels.
refused() {
	did=-
	rule="op=write errno=$1 times=1" missed=
	if [ "$1" = EAGAIN ]; then
		grep -q '^queue .* nonblocking' "$here/$last/state" || return
		missed='op=poll missed=out times=1'
	fi
	shift
	process "$last"
	printf '%s\n' "$rule" ${missed:+"$missed"} >"$here/$last/faults"
	word=again
	carry -1 "$@" || word=lost
	[ "$(hits "$last")" != 0 ] || word=-
	clear "$last"
	now $word "$@"
}

# A queue that fills: the clients are busy, and do not read.
queue() {
	process "$first"
	kill -STOP -1
	echo 3 >"$here/$first/txqueuelen"
	carry -5 "$@"
	kill -CONT -1
	dropped=$(sed -n 's/^inject_dropped //p' "$here/$first/stats")
	echo 500 >"$here/$first/txqueuelen"
	now "lost $dropped" "$@"
}

# A wake-up for nothing; who polls is not to sleep in read(2) then.
wakeup() {
	process "$first"
	file=$(holder "$first")
	echo 'op=poll spurious=in times=1' >"$here/$first/faults"
	pause 0.5
	word=on
	if [ "$(hits "$first")" = 0 ]; then
		word=-
	elif grep -q "^0 $(printf '0x%x' "${file##*/}") " "/proc/$process/task"/*/syscall; then
		word=sleeps
	fi
	clear "$first"
	now $word "$@"
}

# A link that goes down before what was read is written.
link() {
	process "$last"
	kill -STOP -1
	carry -2 "$@"
	echo down >"$here/$last/link"
	kill -CONT -1
	pause 0.5
	{ echo up >"$here/$last/link"; } 2>/dev/null
	now on "$@"
}

# A bad network.
network() {
	process "$first"
	printf '%s\n' 'dir=rx drop chance=10 seed=1' 'dir=rx corrupt chance=2 seed=2' \
		'dir=rx truncate=20 chance=10 seed=3' 'dir=rx duplicate chance=5 seed=4' >"$here/$first/faults"
	carry -100 "$@"
	pause 0.5
	clear "$first"
	now on "$@"
}

# A device that is deleted, under the first client. It ends, or makes it again.
deleted() {
	process "$first"
	echo 1 >"$here/$first/delete"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		alive || { ended; return; }
		[ ! -d "$here/$first" ] || { now again "$@"; return; }
		pause 0.5
	done
	did=stayed
	! spins || did=spun
}
