// SPDX-License-Identifier: GPL-2.0-only

package ping

import (
	"bytes"
	"encoding/hex"
	"os"
	"testing"
)

const looptun = "/sys/kernel/debug/looptun/"

var request, _ = hex.DecodeString("4500001c000000004001f6ddc0000201c00002020800f7fd00010001")
var reply, _ = hex.DecodeString("4500001c000000004001f6ddc0000202c00002010000fffd00010001")

// One write is one command, or one datagram.
func control(t *testing.T, file string, data []byte) {
	f, err := os.OpenFile(looptun+file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err = f.Write(data); err != nil {
		t.Fatal(err)
	}
}

func TestAnswer(t *testing.T) {
	tun, err := Open("/dev/looptun", "ping0")
	if err != nil {
		t.Fatal(err)
	}
	defer tun.Close()
	control(t, "ping0/inject", request)
	packet := make([]byte, 65536)
	n, err := tun.Read(packet)
	if err != nil || !Answer(packet[:n]) {
		t.Fatal("no request came", err)
	}
	if _, err = tun.Write(packet[:n]); err != nil {
		t.Fatal(err)
	}
	sent, err := os.Open(looptun + "ping0/sent")
	if err != nil {
		t.Fatal(err)
	}
	defer sent.Close()
	if n, err = sent.Read(packet); err != nil || !bytes.Equal(packet[:n], reply) {
		t.Fatalf("sent %x, %v", packet[:n], err)
	}
}
