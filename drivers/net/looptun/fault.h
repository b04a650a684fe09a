/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that make calls and datagrams fail: what one says, when it fires, what
 * it does. Pure: no locks, no clock, no user memory, no allocation. What a rule
 * does depends on the rule, its seed and how often it was asked, and on nothing
 * else, so that it is the same on every machine.
 */
#ifndef LOOPTUN_FAULT_H
#define LOOPTUN_FAULT_H

#include <linux/poll.h>
#include <linux/types.h>

/* Rules in one file, and bytes in one write to it. */
#define LOOPTUN_FAULT_RULES_MAX	1000
#define LOOPTUN_FAULT_BYTES_MAX	65536

/* Room for any rule as text. */
#define LOOPTUN_FAULT_TEXT_MAX	512

/* Bytes that match= can compare. */
#define LOOPTUN_FAULT_MATCH_MAX	16

/* chance= in thousandths of one per cent. */
#define LOOPTUN_FAULT_CERTAIN	100000

/* No queue in particular; a call on a file that is none. */
#define LOOPTUN_FAULT_NO_QUEUE	U64_MAX

/* Where a rule is asked. */
enum looptun_fault_site {
	LOOPTUN_FAULT_OPEN,
	LOOPTUN_FAULT_ATTACH,
	LOOPTUN_FAULT_IOCTL,
	LOOPTUN_FAULT_READ,
	LOOPTUN_FAULT_WRITE,
	LOOPTUN_FAULT_POLL,
	LOOPTUN_FAULT_RX,	/* a datagram to the program */
	LOOPTUN_FAULT_TX,	/* a datagram from it */
	LOOPTUN_FAULT_SITES
};

/* What it does: a rule does one of these. */
enum looptun_fault_action {
	LOOPTUN_FAULT_ERRNO,
	LOOPTUN_FAULT_SPURIOUS,
	LOOPTUN_FAULT_MISSED,
	LOOPTUN_FAULT_DROP,
	LOOPTUN_FAULT_DUPLICATE,
	LOOPTUN_FAULT_CORRUPT,
	LOOPTUN_FAULT_TRUNCATE,
	LOOPTUN_FAULT_REORDER,
	LOOPTUN_FAULT_DELAY,
	LOOPTUN_FAULT_RATE,
	LOOPTUN_FAULT_ACTIONS
};

/* What poll finds, in its own bits, which always come together. */
#define LOOPTUN_FAULT_IN	((__force u32)(EPOLLIN | EPOLLRDNORM))
#define LOOPTUN_FAULT_OUT	((__force u32)(EPOLLOUT | EPOLLWRNORM))

/**
 * struct looptun_fault_rule - one line
 * @action: enum looptun_fault_action
 * @site: enum looptun_fault_site
 * @error: for ERRNO: the errno, positive
 * @event: for SPURIOUS and MISSED: LOOPTUN_FAULT_IN or _OUT
 * @cmd: for an ioctl: its number, 0 for any
 * @bytes: for CORRUPT: how many bytes in a row, 0 for one bit
 * @truncate: for TRUNCATE: bytes that are left
 * @reorder: for REORDER: datagrams that go before it
 * @delay: for DELAY: nanoseconds
 * @jitter: for DELAY: nanoseconds more or less, at most @delay
 * @rate: for RATE: bits or datagrams a second
 * @by_datagram: @rate and @burst are in datagrams, not in bits and bytes
 * @burst: for RATE: what may go at once, in bytes or datagrams
 * @queue: the queue it is for, or LOOPTUN_FAULT_NO_QUEUE for any
 * @len_min: fewest bytes of a call or a datagram that it is for
 * @len_max: most bytes
 * @match_len: bytes to compare, 0 for none
 * @match_offset: where in the datagram they stand
 * @match_mask: which of their bits
 * @match_value: and what these shall be
 * @skip: how many to let pass before the first
 * @times: how often to fire, 0 for no limit
 * @every: fire for each so-manieth only; 0 is 1
 * @chance: of firing, of LOOPTUN_FAULT_CERTAIN
 * @seed: for what looks random
 *
 * @seen: how many calls or datagrams it was asked for
 * @hits: how often it has fired
 * @fired: it has fired for the datagram or poll at hand
 * @clear: for RATE: when all that it let pass is through
 * @carry: for RATE: what rounding has left of that
 */
struct looptun_fault_rule {
	u8 action;
	bool by_datagram;
	u32 chance;
	u32 len_min;
	u32 len_max;
	u32 match_offset;
	u32 match_len;
	u8 match_mask[LOOPTUN_FAULT_MATCH_MAX];
	u8 match_value[LOOPTUN_FAULT_MATCH_MAX];
	u64 site;
	u64 error;
	u64 event;
	u64 cmd;
	u64 bytes;
	u64 truncate;
	u64 reorder;
	u64 delay;
	u64 jitter;
	u64 rate;
	u64 burst;
	u64 queue;
	u64 skip;
	u64 times;
	u64 every;
	u64 seed;

	u64 seen;
	u64 hits;
	bool fired;
	u64 clear;
	u64 carry;
};

/**
 * struct looptun_fault_rules - rules in their order
 * @rule: the rules
 * @count: how many there are
 */
struct looptun_fault_rules {
	struct looptun_fault_rule *rule;
	size_t count;
};

/* Part of a text, or all of it; not terminated. */
struct looptun_fault_span {
	const char *at;
	size_t len;
};

/**
 * struct looptun_fault_complaint - why a text was refused
 * @line: number of the line, from 1
 * @word: the word, in the text
 * @why: what is wrong with it
 */
struct looptun_fault_complaint {
	size_t line;
	struct looptun_fault_span word;
	const char *why;
};

/**
 * struct looptun_fault_call - a call that a rule may fail
 * @site: one of LOOPTUN_FAULT_OPEN to _POLL
 * @queue: number of the queue, or LOOPTUN_FAULT_NO_QUEUE
 * @cmd: for an ioctl: its number
 * @len: for read and write: bytes asked for
 */
struct looptun_fault_call {
	enum looptun_fault_site site;
	u64 queue;
	u32 cmd;
	size_t len;
};

/**
 * struct looptun_fault_corruption - what a rule does to the bytes of a datagram
 * @key: of the rule and the datagram, for what looks random
 * @bytes: how many bytes in a row, 0 for one bit
 * @len: bytes that the datagram has then
 */
struct looptun_fault_corruption {
	u64 key;
	u64 bytes;
	size_t len;
};

/**
 * struct looptun_fault_datagram - a datagram, and what becomes of it
 * @site: LOOPTUN_FAULT_RX or _TX
 * @queue: number of the queue, or LOOPTUN_FAULT_NO_QUEUE
 * @data: its bytes
 * @len: how many; less after TRUNCATE
 * @now: the time, nanoseconds
 * @room: bytes that can still be held back for later
 * @corruptions: room for one of each rule of CORRUPT
 *
 * @error: errno for whoever sends it, positive; 0: none
 * @drop: it is lost
 * @overflow: it is lost because there is no room to hold it
 * @copies: how many more of it there are
 * @reorder: how many others are to go before it
 * @release: when it may go; @now: at once
 * @held: it has a time, be it now
 * @corrupted: how many of @corruptions are to be done to it, in their order
 *
 * The first seven and @release are for the caller to set, the rest to zero.
 */
struct looptun_fault_datagram {
	enum looptun_fault_site site;
	u64 queue;
	u8 *data;
	size_t len;
	u64 now;
	size_t room;
	struct looptun_fault_corruption *corruptions;

	int error;
	bool drop;
	bool overflow;
	unsigned int copies;
	u64 reorder;
	u64 release;
	bool held;
	unsigned int corrupted;
};

/* Deciding. Whoever calls keeps others from the rules meanwhile. */
struct looptun_fault_rule *
looptun_fault_decide_call(struct looptun_fault_rules *rules,
			  const struct looptun_fault_call *call);
u32 looptun_fault_decide_poll(struct looptun_fault_rules *rules, u64 queue, u32 events);
bool looptun_fault_decide_datagram(struct looptun_fault_rules *rules,
				   struct looptun_fault_datagram *datagram);

/* Doing what was decided and takes long: nobody needs to be kept from the rules. */
void looptun_fault_corrupt(const struct looptun_fault_corruption *corruption,
			   u8 *data);

/* Text. */
int looptun_fault_parse(struct looptun_fault_span text, bool top, size_t max,
			struct looptun_fault_rules *rules, bool *clear,
			struct looptun_fault_complaint *complaint);
void looptun_fault_format(const struct looptun_fault_rule *rule, char *text);
const char *looptun_fault_action_name(enum looptun_fault_action action);

/* Names of numbers; the last of a table has none. */
struct looptun_fault_name {
	const char *name;
	u32 number;
};

extern const struct looptun_fault_name looptun_fault_errnos[];

const char *looptun_fault_name_of(const struct looptun_fault_name *names,
				  u32 number);

#endif
