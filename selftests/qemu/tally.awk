# SPDX-License-Identifier: GPL-2.0-only
#
# Count the results a guest wrote, for the guest's own verdict and again on the
# host. A program stands between "# begin NAME" and "# exit STATUS", its
# output four columns in; only its top level counts. Prints a line "not ok" for
# what no program says of itself, then RESULT <passed> <failed> <skipped>.
# What was not run because of a failure of the same program is no other failure.
# -v allowed=FILE names the reasons for which a test may be skipped.

BEGIN {
	while (allowed && (getline line < allowed) > 0)
		if (line != "" && line !~ /^#/)
			reason[line] = 1
}

function fail(why) {
	failed++
	print "not ok " name ": " why
}

function finish(status) {
	if (plan == "")
		fail("no plan")
	else if (plan != seen)
		fail(seen " results, " plan " planned")
	if (status != 0 && !bad)
		fail("exit status " status)
	else if (unrun && !bad)
		fail(unrun " not run, and none failed")
	name = ""
}

function may_skip(line,	r) {
	for (r in reason)
		if (index(line, r))
			return 1
	return 0
}

{ sub(/\r$/, "") }

/^# begin / {
	if (name)
		fail("cut short")
	name = substr($0, 9)
	plan = ""
	seen = bad = unrun = own = stopped = 0
}

/^# exit / && name { finish($3) }

/^    1\.\.[0-9]+/ && name {
	split($1, range, /\.\./)
	plan = range[2] + 0
	if (!plan)
		fail("an empty plan")
}

/^    ok / && name {
	seen++
	if (!/# *SKIP/)
		passed++
	else if (may_skip($0))
		skipped++
	else
		fail("skipped: " substr($0, 5))
}

# The differential tester, once it has found enough.
/^    # mismatch: / { own = 1 }
/^    # [0-9]+ and on: not run/ { stopped = 1 }

/^    not ok / && name {
	seen++
	if (stopped && !own) {
		unrun++
		skipped++
	} else {
		bad++
		failed++
	}
}
/^    (not )?ok / { own = stopped = 0 }

END {
	if (name)
		fail("cut short")
	printf "RESULT %d %d %d\n", passed, failed, skipped
}
