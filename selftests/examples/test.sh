#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The smallest complete test of a tun client, in shell: does it answer a ping?
set -e
looptun=/sys/kernel/debug/looptun

echo 'ping0 tun' >$looptun/create
# Takes the client along: its read(2) fails.
trap 'echo 1 >$looptun/ping0/delete' EXIT
./client /dev/looptun ping0 &
echo 'attach ping0 timeout=10' >$looptun/wait

# One write is one datagram. printf makes several of some, cat does of what is
# longer than 64 KiB.
printf 'E\0\0\034\0\0\0\0@\001\366\335\300\0\002\001\300\0\002\002' >/tmp/request
printf '\010\0\367\375\0\001\0\001' >>/tmp/request
printf 'E\0\0\034\0\0\0\0@\001\366\335\300\0\002\002\300\0\002\001' >/tmp/reply
printf '\0\0\377\375\0\001\0\001' >>/tmp/reply

cat /tmp/request >$looptun/ping0/inject
echo 'write ping0 1 timeout=10' >$looptun/wait
dd if=$looptun/ping0/sent of=/tmp/sent bs=64k count=1 2>/dev/null
cmp /tmp/sent /tmp/reply
echo 'the client answered the ping'
