# SPDX-License-Identifier: GPL-2.0-only
import subprocess
import unittest

LOOPTUN = "/sys/kernel/debug/looptun/"
REQUEST = bytes.fromhex("4500001c000000004001f6dd c0000201 c0000202 0800f7fd00010001")
REPLY = bytes.fromhex("4500001c000000004001f6dd c0000202 c0000201 0000fffd00010001")


def control(file, data):  # one write is one command, or one datagram
    with open(LOOPTUN + file, "wb", buffering=0) as f:
        f.write(data)


class Ping(unittest.TestCase):
    def setUp(self):
        control("create", b"ping0 tun")
        self.client = subprocess.Popen(["./client", "/dev/looptun", "ping0"])
        control("wait", b"attach ping0 timeout=10")

    def tearDown(self):
        control("ping0/delete", b"1")  # the client's read(2) fails: it ends
        self.client.wait()

    def test_answers(self):
        control("ping0/inject", REQUEST)
        control("wait", b"write ping0 1 timeout=10")
        with open(LOOPTUN + "ping0/sent", "rb", buffering=0) as sent:
            self.assertEqual(sent.read(65536), REPLY)
