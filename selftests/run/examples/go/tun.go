// SPDX-License-Identifier: GPL-2.0-only

package ping

import (
	"encoding/binary"
	"os"
	"syscall"
	"unsafe"
)

// Open attaches to a tun device.
func Open(device, name string) (*os.File, error) {
	fd, err := syscall.Open(device, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	var ifreq [40]byte
	copy(ifreq[:15], name)
	binary.LittleEndian.PutUint16(ifreq[16:], syscall.IFF_TUN|syscall.IFF_NO_PI)
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&ifreq[0])))
	if errno != 0 {
		syscall.Close(fd)
		return nil, errno
	}
	return os.NewFile(uintptr(fd), device), nil
}

// Answer turns an echo request over IPv4 without options into its reply.
func Answer(packet []byte) bool {
	if len(packet) < 28 || packet[0] != 0x45 || packet[9] != 1 || packet[20] != 8 {
		return false
	}
	var address [4]byte
	copy(address[:], packet[12:16])
	copy(packet[12:16], packet[16:20])
	copy(packet[16:20], address[:])
	packet[20] = 0
	sum := uint32(binary.BigEndian.Uint16(packet[22:])) + 0x0800
	binary.BigEndian.PutUint16(packet[22:], uint16(sum+sum>>16))
	return true
}
