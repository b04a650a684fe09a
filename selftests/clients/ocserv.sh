#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# ocserv and openconnect: the name that no interface has; address, MTU and flags by ioctl.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=here -keyout server.key -out server.crt 2>/dev/null || exit 1
pin=$(openssl x509 -in server.crt -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
printf 'word\nword\n' | ocpasswd -c users somebody
cat >ocserv.conf <<END
auth = "plain[passwd=/tmp/users]"
listen-host = 127.0.0.1
tcp-port = 4433
server-cert = /tmp/server.crt
server-key = /tmp/server.key
socket-file = /tmp/ocserv.socket
run-as-user = nobody
run-as-group = nogroup
device = vpns
ipv4-network = 10.9.0.0/24
max-clients = 4
isolate-workers = false
use-occtl = false
END
start ocserv -f -d 1 -c ocserv.conf
until_true listens 4433
# shellcheck disable=SC2016 # the $ is of the inner shell
start sh -c 'echo word | exec openconnect -u somebody --passwd-on-stdin --servercert "pin-sha256:$0" \
	-i tun1 --script /bin/true --no-dtls 127.0.0.1:4433' "$pin"
attached tun1 vpns0
until_true has_address vpns0 10.9.0.1
carried tun vpns0 tun1
