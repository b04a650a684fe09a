# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts beside this file share. Source it; it runs nothing.

qemu_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # used by those who source this
top=$(cd "$qemu_dir/../.." && pwd)
# What is built stands beside the sources, unless these were installed: then LOOPTUN_BUILD
# is where.
# shellcheck disable=SC2034
built=${LOOPTUN_BUILD:-$top/build}
# The home is that of the user, even if nobody says which.
cache=${XDG_CACHE_HOME:-~/.cache}/looptun
# What apt says is parsed, in English. Debian has modinfo where only root looks.
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# The newest version of a Debian package that apt knows, from its lists alone.
candidate() { apt-cache policy "$1" | awk '/Candidate:/ && $2 != "(none)" { print $2 }'; }

# copy_tree DIR: all that is built from, to be changed there. It is newer than what was built.
copy_tree() {
	mkdir -p "$1"
	(cd "$top" && git ls-files -z | tar -c --null -T -) | tar -x -m -C "$1"
}

# One builder at a time per cache entry: parallel makes wait here, then find it done.
lock() {
	mkdir -p "$cache/locks"
	exec 9>"$cache/locks/$1"
	flock 9
}

# Fetch packages into a directory. apt refuses to write there as its own user; that notice is noise.
download() {
	local dir=$1
	shift
	(cd "$dir" && apt-get download -qq "$@" 2>&1 | { grep -v unsandboxed >&2 || :; }
	exit "${PIPESTATUS[0]}")
}

# What a kernel log says when something is wrong, for grep -E.
# shellcheck disable=SC2034 # used by those who source this
bad='\bBUG\b|\bWARNING\b|\bOops\b|\bKASAN: |\bKFENCE: |\bUBSAN: |\bKernel panic|possible circular locking'
bad="$bad|possible recursive locking|suspicious RCU|inconsistent lock state|\bINFO: |unreferenced object|hung task"
bad="$bad|blocked for more than|general protection|soft lockup|rcu.*stall|ODEBUG|leftover|Call Trace"

# What checkpatch is not asked for, with the reason:
# OPEN_ENDED_LINE	TRACE_EVENT's own layout
# LINUX_VERSION_CODE	allowed in compat.h, and there only: lint looks. It stays out of a tree
# NETWORKING_BLOCK_COMMENT_STYLE  netdev gave its own style up; checkpatch dropped the check
# PARENTHESIS_ALIGNMENT	in trace.h, where TRACE_EVENT's layout is another
# ENOSYS		takes a table of every errno for a misuse of one
# CONSTANT_COMPARISON	takes that macro, left of a comparison, for a constant
# ARCH_DEFINES		in machine.h, which is for them
# ALLOC_WITH_SIZEOF	kzalloc_obj() is of 7.3, looptun builds on 6.1
# STRCPY, STRNCPY	in selftests, where there is no strscpy()
# shellcheck disable=SC2034 # used by those who source this
not_asked=ALLOC_WITH_SIZEOF,OPEN_ENDED_LINE,LINUX_VERSION_CODE,CONSTANT_COMPARISON,NETWORKING_BLOCK_COMMENT_STYLE,ENOSYS
# shellcheck disable=SC2034
not_asked_in='/trace\.h:[0-9]*: CHECK:PARENTHESIS_ALIGNMENT:|/machine\.h:[0-9]*: CHECK:ARCH_DEFINES:|^selftests/.*: WARNING:STRN?CPY:'

# What coccinelle says that is left as it is: an errno or 0 is no lesser of two numbers;
# 6.1 has no str_up_down().
# shellcheck disable=SC2034
not_a_finding='opportunity for (min|str_up_down)\('
