#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The smallest complete test of a tun client, in Python: does it answer a ping?"""
import subprocess

LOOPTUN = "/sys/kernel/debug/looptun/"

REQUEST = bytes.fromhex("4500001c000000004001f6dd c0000201 c0000202 0800f7fd00010001")
REPLY = bytes.fromhex("4500001c000000004001f6dd c0000202 c0000201 0000fffd00010001")

def control(file, data):  # one write is one command, or one datagram
    with open(LOOPTUN + file, "wb", buffering=0) as f:
        f.write(data)

control("create", b"ping0 tun")
client = subprocess.Popen(["./client", "/dev/looptun", "ping0"])
try:
    control("wait", b"attach ping0 timeout=10")
    control("ping0/inject", REQUEST)
    control("wait", b"write ping0 1 timeout=10")
    with open(LOOPTUN + "ping0/sent", "rb", buffering=0) as sent:
        assert sent.read(65536) == REPLY, "the client answered something else"
finally:
    control("ping0/delete", b"1")  # takes the client along: its read(2) fails
    client.wait()
print("the client answered the ping")
