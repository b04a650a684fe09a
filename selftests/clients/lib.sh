# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the clients' scripts share. They run in a guest of looptun-run, with the
# module loaded in place of tun, netdev=1.

here=/sys/kernel/debug/looptun
cd /tmp || exit 1

# attached TUNNEL...: a program has each of them.
attached() {
	for tunnel; do
		echo "attach $tunnel timeout=60" >$here/wait || exit 1
	done
}

# until_true COMMAND...: it succeeds in the end.
until_true() {
	tries=300
	while [ $tries != 0 ]; do
		! "$@" >/dev/null 2>&1 || return 0
		usleep 100000
		tries=$((tries - 1))
	done
	echo "never: $*"
	exit 1
}

# bound PORT: somebody has that UDP port.
bound() { grep -qi ":$(printf %04X "$1") " /proc/net/udp /proc/net/udp6; }

# has_address TUNNEL ADDRESS
has_address() { ip addr show dev "$1" | grep -q "inet6\\? $2[/ ]"; }

# The end: what the test's tool says, and whether the clients still live.
carried() {
	# shellcheck disable=SC2154 # the host says where it is
	"$carry" "$@" || exit 1
	# shellcheck disable=SC2086 # a list
	kill -0 $clients || { echo 'a client has died'; exit 1; }
	! dmesg | grep -E 'BUG|WARNING|Oops' || exit 1
	exit 0
}
clients=
# start COMMAND...: a client.
start() {
	"$@" &
	clients="$clients $!"
}
