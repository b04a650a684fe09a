# SPDX-License-Identifier: GPL-2.0-only
#
# The user's commands. What kbuild needs stands in Kbuild, what a guest needs in
# selftests/qemu/.

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build
qemu := selftests/qemu

# Guests: 6.1, 6.12 and 7.3 are Debian's, debug is built with every checker on, s390x
# and arm64 are Debian's 6.1 on other machines. check takes a list.
guest = $(or $(firstword $(KERNEL)),6.1)
# What those machines are emulated by, and compiled for with.
packages-s390x := qemu-system-misc gcc-s390x-linux-gnu libc6-dev-s390x-cross
packages-i386 := gcc-i686-linux-gnu libc6-dev-i386-cross
packages-arm64 := qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross
packages-debug-clang := clang-14 lld-14 llvm-14
packages-debug-kmsan := $(packages-debug-clang)
machine = $(foreach kernel,$(1),$(packages-$(kernel)))

modules: headers
	+$(MAKE) -C $(KDIR) M=$(CURDIR) $@

headers:
	@[ -f $(KDIR)/Makefile ] || { echo 'No headers of a kernel in $(KDIR).' \
		'Install the package linux-headers-$(KERNELRELEASE), or say where they are: make KDIR=DIRECTORY' >&2; exit 1; }

# Stripped, as 16 of its 17 MB are for debuggers; a key to sign it with is nobody's here.
# Headers have no System.map, without which the kernel's make leaves depmod out.
INSTALL_MOD_PATH ?= $(DESTDIR)
etc := $(INSTALL_MOD_PATH)/etc
release = $(shell awk -F\" '/UTS_RELEASE/ { print $$2 }' $(KDIR)/include/generated/utsrelease.h)
installed_module = $(INSTALL_MOD_PATH)/lib/modules/$(release)/updates/drivers/net/looptun/looptun.ko
# Debian has it where only root looks.
depmod = PATH=$$PATH:/usr/sbin:/sbin depmod -b '$(INSTALL_MOD_PATH)/' $(release)
modules_install: headers
	+$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH='$(INSTALL_MOD_PATH)' INSTALL_MOD_DIR=updates \
		INSTALL_MOD_STRIP=1 CONFIG_MODULE_SIG_ALL= $@
	$(depmod)
	install -d $(etc)/udev/rules.d $(etc)/modprobe.d
	echo 'KERNEL=="looptun", MODE="0666"' >$(etc)/udev/rules.d/60-looptun.rules
	[ -e $(etc)/modprobe.d/looptun.conf ] || \
		echo '#options looptun node=net/tun netdev=1' >$(etc)/modprobe.d/looptun.conf

modules_uninstall: headers
	rm -f $(installed_module) $(etc)/udev/rules.d/60-looptun.rules
	# One that somebody has changed stays.
	[ "$$(cat $(etc)/modprobe.d/looptun.conf 2>&1)" != '#options looptun node=net/tun netdev=1' ] || \
		rm $(etc)/modprobe.d/looptun.conf
	$(depmod)

clean:
	rm -rf build
	if [ -d $(KDIR) ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi

help:
	@echo 'modules          build looptun.ko for KDIR (default: the running kernel)'
	@echo 'modules_install  install it there, a rule for udev and an example for modprobe'
	@echo 'modules_uninstall'
	@echo '                 take them away'
	@echo 'clean            remove what was built; kernels stay in the cache'
	@echo 'overlay          put it into the kernel source KSRC=DIRECTORY, as a part of that'
	@echo 'series           the same as patches for a mailing list, in build/series, read by checkpatch'
	@echo 'deb              looptun-dkms and looptun-tools, packages for Debian, in build'
	@echo 'matrix           a table of the guests that check leaves out; KERNEL is a list'
	@echo 'builds           for other machines and with clang; nothing is loaded: 10 minutes'
	@echo 'demo             show a program reading what a test injects, in a guest: seconds'
	@echo 'shell            a shell in a guest, the module loaded'
	@echo 'try              CMD in a guest, as looptun-run does; make ends with 2 if it fails'
	@echo 'install          PREFIX/bin/looptun-run, which uses this tree, and man pages (/usr/local)'
	@echo 'uninstall        take them away'
	@echo 'html, man        the pages, in build/html and build/man'
	@echo 'check            every test: lint, the guests 6.1, 6.12, 7.3 and debug: 18 minutes'
	@echo 'check TEST=poll  one program, or several with colons between, in one guest: 20 seconds'
	@echo 'check-all        check, the guests s390x and arm64, and what takes long: many hours'
	@echo 'lint             compiler warnings, sparse, checkpatch, shellcheck, house rules: 3 minutes'
	@echo 'kunit            the unit tests alone, in the debug guest'
	@echo 'differential     SEQUENCES random sequences on tun.c and on looptun, compared'
	@echo 'clients          programs of Debian that use a tun device, in a guest, and how each fails'
	@echo 'torture          MINUTES of everything at once, in the debug guest, preempt=full'
	@echo 'soak             the same for an hour'
	@echo 'model            the ring and its wake-ups, every run of them, by spin: 5 minutes'
	@echo 'bench            instructions a datagram: looptun, tun.ko, pipes and sockets: 3 minutes'
	@echo 'profile          BENCH_PATH (inject, write, wire, replay, echo, peer), SIZE bytes,'
	@echo '                 of that benchmark: instructions by function'
	@echo 'fuzz-guest       MINUTES of random calls by SEED, guided by KCOV, in the debug guest'
	@echo 'fuzz-shrink      a C file with the few calls that the last fuzz-guest died of'
	@echo 'fuzz-mutants     faults that the core has had, or MUTANT: do the fuzzer, torture or a'
	@echo '                 self test see each in MINUTES? an hour and more'
	@echo 'fuzz             RUNS random inputs for each parser, in user space'
	@echo 'report           build/report.html, a page of the last check, bench and coverage'
	@echo 'mutation         every small change to the pure parts, or SAMPLE of them: do the'
	@echo '                 unit tests see it? FILE=ring.c: one file, or a list; what is not pure is'
	@echo '                 for self tests in the guest 6.1; KERNEL=7.3: those that may survive, there'
	@echo 'coverage         lines of the module the tests ran: build/coverage/index.html'
	@echo
	@echo 'KERNEL=6.1|6.12|7.3|debug|s390x|arm64 chooses the guest. bench and profile take the'
	@echo 'first three alone; check and check-all take a list.'
	@echo 'Times are those of 2 cores without KVM, once all is in ~/.cache/looptun. Before that a guest'
	@echo 'fetches its kernel and the headers: 4 minutes for demo; 7.3 a small Debian for its compiler;'
	@echo 'debug, s390x and arm64 the kernel source, and debug is built in ten minutes and more.'
	@echo 'Guests need Debian 12; missing packages are installed (with sudo).'

deb: man
	@.ci/deb

overlay:
	@$(qemu)/overlay '$(KSRC)'

series:
	@$(qemu)/packages
	@$(qemu)/series $(KSRC)

# KERNEL=6.1:4 is 6.1 with four processors, 6.1:preempt=full what its kernel is told.
matrix:
	@$(qemu)/packages $(call machine,$(or $(KERNEL),i386 s390x arm64 debug-clang))
	@$(qemu)/matrix $(KERNEL)

build_packages := gcc-riscv64-linux-gnu gcc-arm-linux-gnueabihf gcc-powerpc64le-linux-gnu \
	$(foreach n,14 16 19,clang-$n lld-$n llvm-$n)
builds:
	@$(qemu)/packages $(build_packages)
	@$(qemu)/builds

packages:
	@$(qemu)/packages $(call machine,$(KERNEL))

demo shell:
	@$(qemu)/packages $(if $(filter demo,$@),tcpdump) $(call machine,$(guest))
	@$(qemu)/run $(guest) $@

# CMD is as a shell reads it. make says the status of a command that fails, and ends with 2.
try:
	@[ -n '$(subst ','\'',$(value CMD))' ] || { echo "try: wants CMD='COMMAND [ARGUMENT]...'" >&2; exit 125; }
	@selftests/run/looptun-run -k $(guest) $(value CMD)

# The tree stays where it is: modules are built in it. Man pages come along if there is
# sphinx-build.
PREFIX ?= /usr/local
bin := $(DESTDIR)$(PREFIX)/bin
mandir := $(DESTDIR)$(PREFIX)/share/man
install:
	install -d $(bin)
	printf '#!/bin/sh\nexec "%s" "$$@"\n' $(CURDIR)/selftests/run/looptun-run >$(bin)/looptun-run
	chmod 755 $(bin)/looptun-run
	@if command -v sphinx-build >/dev/null; then \
		$(MAKE) --no-print-directory man && \
		install -D -m 644 build/man/looptun-run.1 $(mandir)/man1/looptun-run.1 && \
		install -D -m 644 build/man/looptun.4 $(mandir)/man4/looptun.4; \
	else echo 'install: no man pages without sphinx-build (package python3-sphinx)'; fi

uninstall:
	rm -f $(bin)/looptun-run $(mandir)/man1/looptun-run.1 $(mandir)/man4/looptun.4

html man:
	@command -v sphinx-build >/dev/null || \
		{ echo '$@: there is no sphinx-build. Install the package python3-sphinx' >&2; exit 1; }
	@sphinx-build -q -W -b $@ Documentation build/$@

# The compiler of the fuzzer, the checker of the model, who is to read captures, and
# what the examples of your-program.rst are built and run by.
fuzz_packages := clang libclang-rt-14-dev
lint_packages := shellcheck sparse
mutation_packages := python3 python3-clang-14
check_packages := $(fuzz_packages) $(lint_packages) spin tcpdump tshark cargo cmake golang-go meson python3-pytest

# With TEST, these programs alone, on one guest.
check:
	@$(qemu)/packages $(if $(TEST),,$(check_packages)) $(call machine,$(KERNEL))
	@$(if $(TEST),LOOPTUN_TESTS='$(TEST)' $(qemu)/run $(guest),$(qemu)/check $(KERNEL))

# kunit.py wants more of Python than the guests; the packages a Debian to be installed in.
# kselftest installs by rsync.
check-all:
	@$(qemu)/packages $(check_packages) $(mutation_packages) python3-sphinx debootstrap lintian coccinelle rsync $(build_packages) $(call machine,$(or $(KERNEL),s390x arm64))
	@$(qemu)/check --all $(KERNEL)

report:
	@$(qemu)/report

lint:
	@$(qemu)/packages $(lint_packages)
	@$(qemu)/lint

kunit: packages
	@$(qemu)/run debug kunit

# Another SEED gives other sequences.
SEQUENCES ?= 500
SEED ?= 1
differential:
	@$(qemu)/packages $(call machine,$(guest))
	@$(qemu)/run $(guest) $@ --sequences $(SEQUENCES) --seed $(SEED)

clients:
	@$(qemu)/packages
	@selftests/clients/run $(guest)

torture: MINUTES ?= 10
soak: MINUTES ?= 60
torture soak: packages
	@$(qemu)/run $(or $(firstword $(KERNEL)),debug) torture $(MINUTES)

fuzz-guest: MINUTES ?= 10
fuzz-guest: packages
	@$(qemu)/run $(or $(firstword $(KERNEL)),debug) $@ $(MINUTES) $(SEED)

fuzz-shrink: packages
	@selftests/fuzz/guest/shrink $(or $(firstword $(KERNEL)),debug)

fuzz-mutants: MINUTES ?= 10
fuzz-mutants: packages
	@selftests/fuzz/guest/mutants.sh $(MINUTES) $(MUTANT)

model:
	@$(qemu)/packages spin
	@selftests/model/check.sh

bench: packages
	@$(qemu)/run $(guest) bench

# A word that the name of the path begins with, and bytes of a datagram.
BENCH_PATH ?= inject
SIZE ?= 64
profile: packages
	@$(qemu)/run $(guest) $@ $(SIZE) $(BENCH_PATH)

# The same SEED chooses the same sample.
mutation:
	@$(qemu)/packages $(mutation_packages)
	@selftests/mutation/run $(if $(SAMPLE),--sample $(SAMPLE) --seed $(SEED)) $(if $(KERNEL),--on $(firstword $(KERNEL))) $(FILE)

RUNS ?= 10000000
fuzz:
	@$(qemu)/packages $(fuzz_packages)
	@selftests/fuzz/run $(RUNS)

coverage:
	@$(qemu)/packages lcov
	@$(qemu)/coverage

.PHONY: headers modules modules_install modules_uninstall clean help deb overlay series matrix builds packages demo shell try install uninstall html man report check check-all lint kunit differential clients torture soak model bench profile mutation fuzz fuzz-guest fuzz-shrink fuzz-mutants coverage
