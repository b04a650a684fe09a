# SPDX-License-Identifier: GPL-2.0-only
import fcntl
import os
import struct
import subprocess
import unittest

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LOOPTUN_OPEN_WIRE = 0xD700
REQUEST = bytes.fromhex("4500001c000000004001f6dd c0000201 c0000202 0800f7fd00010001")
REPLY = bytes.fromhex("4500001c000000004001f6dd c0000202 c0000201 0000fffd00010001")


class Ping(unittest.TestCase):
    def setUp(self):
        tun = os.open("/dev/looptun", os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"ping0", IFF_TUN | IFF_NO_PI))
        self.wire = fcntl.ioctl(tun, LOOPTUN_OPEN_WIRE, os.O_CLOEXEC)
        os.close(tun)  # the tunnel is persistent: it stays, and so does the wire
        self.client = subprocess.Popen(["./client", "/dev/looptun", "ping0"])

    def tearDown(self):
        self.client.kill()
        self.client.wait()
        os.close(self.wire)

    def test_answers(self):
        os.write(self.wire, REQUEST)  # waits until the client has attached
        self.assertEqual(os.read(self.wire, 65536), REPLY)
