#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# OpenSSH -w: the descriptor alone.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

echo sshd:x:100:65534::/run/sshd:/bin/false >>/etc/passwd
mkdir -p /run/sshd /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f key || exit 1
cp key.pub /root/.ssh/authorized_keys
cat >sshd.conf <<END
Port 2222
ListenAddress 127.0.0.1
HostKey /tmp/key
PermitTunnel yes
PermitRootLogin yes
StrictModes no
END
start /usr/sbin/sshd -D -e -f sshd.conf
until_true listens 2222
start ssh -F none -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o Tunnel=point-to-point -N -p 2222 -w 0:1 root@127.0.0.1
attached tun0 tun1
carried tun tun0 tun1
