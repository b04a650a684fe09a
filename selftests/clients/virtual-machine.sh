#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# QEMU with Linux in it, and two network cards: it answers a ping, and sends itself TCP
# from one card to the other, in frames of many segments. virtual-machine-init is its
# first process. It boots for minutes, so it has no failures, and by a clock that counts
# its instructions: of any other it would see nothing but the ticks.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# shellcheck disable=SC2034 # until_true has it
patience=5000 left='' vm=${dir:?}/machine
card() { echo "-netdev tap,id=$1,ifname=$1,script=no,downscript=no,vnet_hdr=on,queues=2 -device virtio-net-pci,netdev=$1,mq=on,vectors=6,romfile=,mac=02:00:00:00:00:0$2"; }
# shellcheck disable=SC2046 # words
start qemu-system-x86_64 -M pc -accel tcg -icount shift=3,sleep=off -m 192 -nodefaults -no-user-config -display none -serial file:/tmp/said \
	-kernel "$vm/kernel" -initrd "$vm/initrd" -no-reboot -append 'console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests lpj=10000000' \
	$(card tap0 2) $(card tap1 3)
attached tap0 tap1
# A cable between the two.
if [ -n "$TUN" ]; then
	for module in llc stp bridge; do
		insmod "${vm%/*}/modules/$module.ko" || exit 1
	done
	ip link add br0 type bridge && ip link set tap0 master br0 && ip link set tap1 master br0 && ip link set br0 up || exit 1
	count() { cat "/sys/class/net/tap0/statistics/rx_$1"; }
else
	echo 'peer tap1' >"$here/tap0/loopback" || exit 1
	count() { sed -n "s/^written_$(echo "$1" | sed s/packets/datagrams/) //p" "$here/tap0/stats"; }
fi
until_true grep -q 'TCP has arrived' /tmp/said
mean=$(($(count bytes) / $(count packets)))
echo "TCP in frames of $mean bytes"
[ $mean -gt 1514 ] || exit 1
export PING=1
carried tap tap0
