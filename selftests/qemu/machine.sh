# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What differs between guests with the processor of this host and with another,
# and where their modules are built.
# Source it; it runs nothing.

kernels='6.1 6.12 7.3 debug s390x arm64 6.1-rt 6.12-rt 7.3-rt i386'

# one_of WHAT WORD LIST: or the list is told. The list is a string of words.
one_of() {
	case " $3 " in
	*" ${2:-?} "*) ;;
	*) die "no $1 '$2': there are ${3// /, }" ;;
	esac
}

# machine NAME: the guests s390x, arm64 and i386 are named after their processors.
machine() {
	# Debian's name of it, if it is not the host's, and the compiler's.
	arch=
	triplet=
	cross=
	# The release of Debian whose compiler its headers want, if it is not the host's.
	chroot=
	# The ports, as the guest calls them: its console, where results go, where
	# files go, and one more.
	ports=(ttyS0 ttyS1 ttyS2 ttyS3)
	# -cpu max has SMAP, which catches the kernel touching user memory by
	# mistake; five-level page tables only cost time.
	qemu=(qemu-system-x86_64)
	cpu=max,la57=off
	case $1 in
	7.3 | 7.3-rt) chroot=trixie ;;
	i386) triplet=i686-linux-gnu ;;
	s390x)
		triplet=s390x-linux-gnu
		ports=(ttysclp0 vport0p1 vport0p2 vport0p3)
		qemu=(qemu-system-s390x -M s390-ccw-virtio)
		cpu=max
		;;
	arm64)
		triplet=aarch64-linux-gnu
		ports=(ttyAMA0 ttyS0 ttyS1 ttyS2)
		qemu=(qemu-system-aarch64 -M virt)
		# Pointer authentication, emulated, takes half of the time.
		cpu=max,pauth-impdef=on
		;;
	esac
	[ -z "$triplet" ] || arch=$1
	cross=${triplet:+$triplet-}
}

# wire CONSOLE [PORT]...: set serial to QEMU's options that connect the ports, each
# to stdio, mon:stdio, null, file:PATH or pipe:PATH.
wire() {
	local n=0 to

	serial=(-serial "$1")
	shift
	[ "$arch" != s390x ] || serial+=(-device virtio-serial-ccw)
	for to; do
		n=$((n + 1))
		case $arch:$to in
		:* | i386:*) serial+=(-serial "$to") ;;
		*:null) serial+=(-chardev "null,id=port$n") ;;
		*) serial+=(-chardev "${to%%:*},id=port$n,path=${to#*:}") ;;
		esac
		case $arch in
		s390x) serial+=(-device "virtserialport,chardev=port$n,nr=$n") ;;
		arm64) serial+=(-device "pci-serial,chardev=port$n") ;;
		esac
	done
}
