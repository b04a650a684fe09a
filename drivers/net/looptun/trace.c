// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where the tracepoints are made, and the words they show.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

const char *const looptun_drop_texts[] = {
	[LOOPTUN_DROP_TXQUEUELEN] = "txqueuelen",
	[LOOPTUN_DROP_NOBODY] = "nobody",
	[LOOPTUN_DROP_FILTER] = "filter",
	[LOOPTUN_DROP_SENT_FULL] = "sent_full",
	[LOOPTUN_DROP_RULE] = "rule",
	[LOOPTUN_DROP_HELD_FULL] = "held_full",
	[LOOPTUN_DROP_LINK] = "link",
	[LOOPTUN_DROP_CARRIER] = "carrier",
	[LOOPTUN_DROP_LOOPBACK_NO_ROOM] = "loopback_no_room",
	[LOOPTUN_DROP_LOOPBACK_MALFORMED] = "loopback_malformed",
	[LOOPTUN_DROP_LOOPBACK_ADDRESS] = "loopback_address",
	[LOOPTUN_DROP_LOOPBACK_PROTOCOL] = "loopback_protocol",
	[LOOPTUN_DROP_LOOPBACK_OFFLOAD] = "loopback_offload",
	[LOOPTUN_DROP_LOOPBACK_RULE] = "loopback_rule",
};
