# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What of the host a command needs in its guest: bring puts it below $root, under
# the same absolute path. Source it; it wants $root, $work, $kernel and $arch,
# pack and die.

# Directories that the guest's PATH begins with.
paths=
machine_libraries=
# Archives that come with what is below $root.
more_cpio=()

# A root whose /lib and so on are links, as Debian's are: what is brought under one
# name is found under the other.
make_root() {
	mkdir -p "$1"/usr/{bin,lib,lib32,lib64,sbin}
	ln -s usr/{bin,lib,lib32,lib64,sbin} "$1"
}

# copy PATH...: absolute ones. The directories above are everybody's.
copy() {
	local path

	for path; do
		[ ! -e "$root$path" ] || continue
		mkdir -p "$root${path%/*}"
		cp -L "$path" "$root$path"
	done
}

# libraries FILE...: those that these programs and libraries want, and who loads them.
libraries() {
	local list

	[ -z "$arch" ] || { libraries_of_machine; return; }
	# A static program has none, and ldd fails.
	list=$(ldd "$@" 2>/dev/null) || :
	[[ $list != *'not found'* ]] || die "not found here:$(grep 'not found' <<<"$list" | sed 's/=>.*//' | sort -u | tr -d '\n')"
	mapfile -t list < <(sed -nE 's/^\t(.* => )?(\/[^ ]*) \(0x.*/\2/p' <<<"$list" | sort -u)
	copy "${list[@]}"
}

# Of another machine there is the C library, which came with its kernel.
libraries_of_machine() {
	[ -n "$machine_libraries" ] ||
		(cd "$kernel" && find lib usr/lib \( -name 'ld*.so.*' -o -name 'lib*.so.*' \) -exec cp -L --parents -t "$root" {} +)
	machine_libraries=1
}

# python PROGRAM [-S]: what it imports from, with -S without the packages that were
# added to it, kept for the next command.
python() {
	local kept path paths root=$work/python

	paths=$("$1" "${@:2}" -c 'import sys; print(sys.executable, sys.prefix + "/pyvenv.cfg", *filter(None, sys.path[1:]), sep="\n")')
	kept=$(while read -r path; do [ ! -e "$path" ] || find -H "$path" -name __pycache__ -prune -o ! -type d -printf '%p %s %T@\n'; done <<<"$paths" | sort | sha256sum)
	kept=$built/run/python-${kept:0:16}.cpio
	more_cpio+=("$kept")
	[ ! -f "$kept" ] || { touch "$kept"; return; }
	find "$built/run" -maxdepth 1 -name 'python-*.cpio' -mtime +0 -delete
	make_root "$root"
	while read -r path; do
		python_path "$path"
	done <<<"$paths"
	pack "$root" >"$kept.$$"
	mv "$kept.$$" "$kept"
	rm -rf "$root"
}
python_path() {
	if [ -f "$1" ]; then
		copy "$1"
		libraries "$1"
	elif [ -d "$1" ] && [ ! -e "$root$1" ]; then
		mkdir -p "$root$1"
		tar -c -C "$1" --exclude='./test' --exclude='./*-packages' --exclude='./config-*' --exclude='./idlelib' --exclude='*.opt-?.pyc' . | tar -x -C "$root$1"
		inside "$1"
	fi
}
# Where a Python really is: what stands in PATH may be a script that looks for it.
python_of() { "$1" -c 'import os, sys; print(os.path.abspath(sys.executable))'; }

# The libraries of whatever programs and libraries are in a directory that was brought.
inside() {
	local files

	mapfile -t files < <(find "$1" -type f \( -perm /111 -o -name '*.so*' \) -exec \
		perl -e 'for (@ARGV) { open F, "<", $_ and read F, $m, 4 and $m eq "\x7fELF" and print "$_\n" }' {} +)
	[ ${#files[@]} = 0 ] || libraries "${files[@]}"
}

# find_command NAME: its path, as a shell has it.
find_command() {
	case $1 in
	*/*) echo "$1" ;;
	python | python[23]*) python_of "$(type -P "$1")" ;;
	*) type -P "$1" ;;
	esac
}

# interpreter LINE: the program of a script's first line, through env as well.
interpreter() {
	local words path

	read -ra words <<<"${1#\#!}"
	[ ${#words[@]} != 0 ] && [ -z "$arch" ] || return 0
	bring "${words[0]}"
	[ "${words[0]##*/}" = env ] || return 0
	unset 'words[0]'
	for path in "${words[@]}"; do
		case $path in -* | *=*) continue ;; esac
		path=$(find_command "$path") || die "$path, which a script wants, is not there"
		paths=$paths${path%/*}:
		bring "$path"
		return
	done
}

# bring PATH: a file with what it needs to run, if it is a program or a script, or a
# directory, whose programs' libraries come along.
bring() {
	local path line=

	path=$(realpath -s -- "$1")
	[ -e "$path" ] || die "$1 is not there"
	if [ -d "$path" ]; then
		mkdir -p "$root$path"
		# But what runs have there, this one among them. Status 1 is a file that changed.
		{ tar -c -C "$path" --warning=no-file-changed --anchored --no-wildcards \
			--exclude="./$(realpath --relative-to="$path" "$built/run")" . || [ $? = 1 ]; } |
			tar -x -p -C "$root$path"
		inside "$path"
		return
	fi
	[ ! -e "$root$path" ] || return 0
	copy "$path"
	IFS= read -r -n 256 line <"$path" 2>/dev/null || :
	case $line in
	$'\x7f'ELF*) libraries "$path" ;;
	'#!'*) interpreter "$line" ;;
	esac
	case ${path##*/} in python | python[23]*) python "$path" -S ;; esac
}
