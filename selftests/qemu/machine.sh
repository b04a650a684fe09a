# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What differs between guests with the processor of this host and with another,
# and where their modules are built.
# Source it; it runs nothing.

kernels='6.1 6.12 7.3 debug s390x arm64 6.1-rt 6.12-rt 7.3-rt i386 debug-rt debug-gcov debug-kcsan debug-kmsan debug-clang'

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
	# mistake; five-level page tables only cost time. TCG takes the bytes of rep
	# movsb and rep stosb one by one: without erms and fsrm kernel and libc copy
	# words or vectors. A benchmark would count each byte.
	qemu=(qemu-system-x86_64)
	cpu=max,la57=off,erms=off,fsrm=off
	# What every guest's kernel is told. panic=-1 with -no-reboot ends QEMU at
	# once, with status 0: what the guest wrote is the only verdict. Zeroing all
	# memory costs time, and hides what was not initialised. Where a kernel of x86
	# patches its own code, another processor may find under TCG a breakpoint that
	# is gone already, an oops. It patches how the TSC is read, how the scheduler's
	# clock counts and more while it boots, so init starts the second processor
	# after that; and what schedules, with each event of tracing that is to name
	# its process. Where it can be told to, it leaves its locks as they are for several
	# processors: to patch them for one and back is a sixth of a boot. No self-tests of
	# cryptography and no delay loop to calibrate: a sixth each as well. What a processor
	# is kept from speculating by is a twelfth of all that runs, and TCG speculates nothing.
	boot_args='panic=-1 init_on_alloc=0 trace_options=norecord-cmd cryptomgr.notests lpj=10000000 mitigations=off'
	case $1 in
	s390x | arm64) ;;
	# The clock may change seconds later.
	7.3*) boot_args="$boot_args maxcpus=1 clocksource=hpet" ;;
	# What is brought takes minutes to unpack: who waits for that is a hung task.
	debug*) boot_args="$boot_args maxcpus=1 noreplace-smp initramfs_async=0" ;;
	# What a kernel does not know it tells init.
	6.* | i386) boot_args="$boot_args maxcpus=1 noreplace-smp" ;;
	*) boot_args="$boot_args maxcpus=1" ;;
	esac
	# That looks for the frames of callers on the stack, and KMSAN takes them for data.
	[ "$1" != debug-kmsan ] || boot_args="$boot_args hardened_usercopy=off"
	# On a loaded host the timer may come late, and PREEMPT_RT gives up on it.
	[[ $1 != *-rt ]] || boot_args="$boot_args no_timer_check"
	case $1 in
	7.3*) chroot=trixie ;;
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

# image DIR: what QEMU starts of that kernel.
image() { if [ -e "$1/vmlinux" ]; then echo "$1/vmlinux"; else echo "$1/vmlinuz"; fi; }

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
