# SPDX-License-Identifier: GPL-2.0-only
#
# Compare what suites has found, see there: known names, files that tcpdump
# complains of, then lines of files.c of tcpdump, Wireshark and looptun. Of a file
# that is known looptun agrees with the one that is named, and not with the other.

function not_ok(why) {
	failed++
	print "suites: not ok: " $1 " to a " $2 ": " $3 " packets" ($5 ? ", refused: " : ": ") why
}

# The last two are the packets and their digest.
function says(line, words, n) {
	n = split(line, words, " ")
	return words[n - 1] " " words[n]
}

BEGIN { none = "0 cbf29ce484222325" }
/^#/ || !NF { next }
FILENAME ~ /suites-known$/ { known[$1] = $2; next }
FILENAME ~ /tcpdump\.bad$/ { bad[$1] = 1; next }
FILENAME ~ /tcpdump\.list$/ { tcpdump[$1] = says($0); kind[$1] = $2; next }
FILENAME ~ /wireshark\.list$/ { wireshark[$1] = says($0); kind[$1] = $2; next }

{ here = $3 " " $4; seen++ }
{
	same["tcpdump"] = here == tcpdump[$1] && !$5 == !($1 in bad)
	same["wireshark"] = here == wireshark[$1]
}
kind[$1] == $2 && known[$1] {
	if (!same[known[$1]] || (same["tcpdump"] && same["wireshark"]))
		not_ok("it is known that " known[$1] " alone finds the same")
	else
		passed++
	delete known[$1]
	next
}
kind[$1] != $2 || wireshark[$1] == "" {
	if (here != none || !$5)
		not_ok("it is of " (kind[$1] == $2 ? "several link types" : "link type " kind[$1]))
	else
		passed++
	next
}
!same["wireshark"] { not_ok("Wireshark finds " wireshark[$1]); next }
!same["tcpdump"] { not_ok("tcpdump finds " tcpdump[$1] (($1 in bad) ? " and complains" : "")); next }
{ passed++; compared++ }

END {
	for (name in known) {
		if (!known[name])
			continue
		failed++
		print "suites: not ok: " name " is known, but is not there or not of that type"
	}
	print "suites: " seen / 2 " files, " compared + 0 " of them as tcpdump and Wireshark have them"
	print "suites: " passed + 0 " passed, " failed + 0 " failed"
	exit failed > 0 || compared < 300
}
