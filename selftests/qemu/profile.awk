# SPDX-License-Identifier: GPL-2.0-only
#
# Who has run how many instructions a datagram. Input, sorted: "ADDRESS 0 NAME" of
# functions and "ADDRESS 1 COUNT INSTRUCTION"; datagrams is how many there were.
# Every instruction goes to the file listing, the functions to the output.
{
	# What is no kernel address is the program's.
	kernel = /^ffff/
}
$2 == 0 {
	if (kernel)
		function_name = $3
	next
}
{
	name = kernel ? function_name : "the program"
	total[name] += $3
	all += $3
	each = $3 / datagrams
	$2 = $3 = ""
	printf "%9.3f  %-32s %s\n", each, name, $0 >listing
}
END {
	sorted = "sort -k1,1nr -k2"
	printf "%9.2f  all\n", all / datagrams
	fflush()
	for (name in total)
		if (total[name] / datagrams >= 0.05)
			printf "%9.2f  %s\n", total[name] / datagrams, name | sorted
}
