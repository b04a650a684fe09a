// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a rule fires, and what it does to a call or a datagram. All state is in
 * the rule: how often it was asked and has fired, and how far a rate has got.
 * And the names that rules may use for numbers: every errno, every ioctl of the
 * device.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/looptun.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sockios.h>
#include <linux/time64.h>

#include "fault.h"
#include "fault_word.h"

/* Nothing goes later than this, in 146 years: sums of times do not overflow. */
#define LOOPTUN_FAULT_NEVER	(S64_MAX / 2)

/* What a number is drawn for: the draws of one datagram are independent. */
enum looptun_fault_draw {
	LOOPTUN_FAULT_DRAW_CHANCE,
	LOOPTUN_FAULT_DRAW_PLACE,
	LOOPTUN_FAULT_DRAW_JITTER,
	LOOPTUN_FAULT_DRAW_BYTES,	/* and on, one for each */
};

/* Every bit of @x has a say in every bit of the result, and none is lost. */
static u64 looptun_fault_mix(u64 x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x;
}

/* For a rule, and the datagram or call that it was asked for last. */
static u64 looptun_fault_key(const struct looptun_fault_rule *rule)
{
	u64 x = looptun_fault_mix(rule->seed + 0x9e3779b97f4a7c15ULL);

	return looptun_fault_mix(x + rule->seen);
}

/* One of @below numbers. */
static u64 looptun_fault_draw_below(u64 key, u32 draw, u64 below)
{
	u64 rest;

	div64_u64_rem(looptun_fault_mix(key + draw), below, &rest);
	return rest;
}

/* Is it the turn of this one? Counts it. */
static bool looptun_fault_is_due(struct looptun_fault_rule *rule)
{
	u64 number = ++rule->seen, rest = 0;

	if (number <= rule->skip)
		return false;
	if (rule->every)
		div64_u64_rem(number - rule->skip, rule->every, &rest);
	if (rest)
		return false;
	if (rule->times && rule->hits >= rule->times)
		return false;
	if (rule->chance < LOOPTUN_FAULT_CERTAIN &&
	    looptun_fault_draw_below(looptun_fault_key(rule),
				     LOOPTUN_FAULT_DRAW_CHANCE,
				     LOOPTUN_FAULT_CERTAIN) >= rule->chance)
		return false;
	rule->hits++;
	return true;
}

static bool looptun_fault_is_for(const struct looptun_fault_rule *rule,
				 enum looptun_fault_site site, u64 queue,
				 size_t len)
{
	return rule->site == site &&
	       (rule->queue == LOOPTUN_FAULT_NO_QUEUE ||
		rule->queue == queue) &&
	       len >= rule->len_min && len <= rule->len_max;
}

/* A datagram that ends before the bytes do does not match. */
static bool looptun_fault_matches(const struct looptun_fault_rule *rule,
				  const u8 *data, size_t len)
{
	u32 i;

	if (len < rule->match_len ||
	    len - rule->match_len < rule->match_offset)
		return false;
	data += rule->match_offset;
	for (i = 0; i < rule->match_len; i++) {
		if ((data[i] & rule->match_mask[i]) != rule->match_value[i])
			return false;
	}
	return true;
}

/**
 * looptun_fault_decide_call - does a rule fail this call?
 * @rules: the rules
 * @call: the call
 *
 * The first rule that fires is the last that is asked: the next one with the
 * same words has its turn when this one has fired as often as it shall.
 *
 * Return: the rule, whose error is the call's, or NULL.
 */
struct looptun_fault_rule *
looptun_fault_decide_call(struct looptun_fault_rules *rules,
			  const struct looptun_fault_call *call)
{
	struct looptun_fault_rule *rule;

	for (rule = rules->rule; rule < rules->rule + rules->count; rule++) {
		if (looptun_fault_is_for(rule, call->site, call->queue,
					 call->len) &&
		    (!rule->cmd || rule->cmd == call->cmd) &&
		    looptun_fault_is_due(rule))
			return rule;
	}
	return NULL;
}

/**
 * looptun_fault_decide_poll - what shall a poll find?
 * @rules: the rules
 * @queue: number of the queue, or LOOPTUN_FAULT_NO_QUEUE
 * @events: as they are, LOOPTUN_FAULT_IN and _OUT; what else there is stays
 *
 * Every rule for polls is asked, in order; those that have fired say so.
 *
 * Return: events as they are to be said.
 */
u32 looptun_fault_decide_poll(struct looptun_fault_rules *rules, u64 queue, u32 events)
{
	struct looptun_fault_rule *rule;

	for (rule = rules->rule; rule < rules->rule + rules->count; rule++) {
		rule->fired = looptun_fault_is_for(rule, LOOPTUN_FAULT_POLL,
						   queue, 0) &&
			      looptun_fault_is_due(rule);
		if (!rule->fired)
			continue;
		if (rule->action == LOOPTUN_FAULT_SPURIOUS)
			events |= rule->event;
		else
			events &= ~rule->event;
	}
	return events;
}

/**
 * looptun_fault_corrupt - change bytes as a rule wants it
 * @corruption: what looptun_fault_decide_datagram() has noted
 * @data: the datagram
 *
 * One bit, or so many bytes in a row, each of them to another value.
 */
void looptun_fault_corrupt(const struct looptun_fault_corruption *corruption,
			   u8 *data)
{
	size_t i, n = min_t(u64, corruption->bytes, corruption->len), at;
	u64 key = corruption->key, bit;

	if (!corruption->len)
		return;
	if (!n) {
		bit = looptun_fault_draw_below(key, LOOPTUN_FAULT_DRAW_PLACE,
					       (u64)corruption->len * 8);
		data[bit / 8] ^= BIT(bit % 8);
		return;
	}
	at = looptun_fault_draw_below(key, LOOPTUN_FAULT_DRAW_PLACE,
				      corruption->len - n + 1);
	for (i = 0; i < n; i++)
		data[at + i] ^= 1 + looptun_fault_draw_below(key,
							     LOOPTUN_FAULT_DRAW_BYTES + i,
							     255);
}

static u64 looptun_fault_delay(const struct looptun_fault_rule *rule)
{
	if (!rule->jitter)
		return rule->delay;
	return rule->delay - rule->jitter +
	       looptun_fault_draw_below(looptun_fault_key(rule),
					LOOPTUN_FAULT_DRAW_JITTER,
					2 * rule->jitter + 1);
}

/*
 * A bucket, kept as the time at which a link of that rate would be through
 * with all of it: what is less than a burst behind that need not wait.
 */
static u64 looptun_fault_rate(struct looptun_fault_rule *rule, size_t len,
			      u64 release)
{
	u64 unit = rule->by_datagram ? NSEC_PER_SEC : 8ULL * NSEC_PER_SEC;
	u64 burst = div64_u64(rule->burst * unit, rule->rate);
	u64 amount = (rule->by_datagram ? 1 : len) * unit;

	if (rule->clear < release) {
		rule->clear = release;
		rule->carry = 0;
	}
	rule->clear += div64_u64_rem(amount + rule->carry, rule->rate,
				     &rule->carry);
	rule->clear = min_t(u64, rule->clear, LOOPTUN_FAULT_NEVER + burst);
	/* Never early, be it by part of a nanosecond. */
	return max(release, rule->clear + !!rule->carry -
			    min(burst, rule->clear));
}

static void looptun_fault_hold(struct looptun_fault_rule *rule,
			       struct looptun_fault_datagram *datagram)
{
	u64 clear = rule->clear, carry = rule->carry;

	if (rule->action == LOOPTUN_FAULT_REORDER)
		datagram->reorder = max(datagram->reorder, rule->reorder);
	else if (rule->action == LOOPTUN_FAULT_DELAY)
		datagram->release += looptun_fault_delay(rule);
	else
		datagram->release = looptun_fault_rate(rule, datagram->len,
						       datagram->release);
	datagram->release = min_t(u64, datagram->release, LOOPTUN_FAULT_NEVER);
	datagram->held |= rule->action != LOOPTUN_FAULT_REORDER;
	if ((!datagram->reorder && datagram->release <= datagram->now) ||
	    datagram->len <= datagram->room)
		return;
	/* What there is no room for uses up nothing of the rate that holds it. */
	rule->clear = clear;
	rule->carry = carry;
	datagram->drop = true;
	datagram->overflow = true;
}

static void looptun_fault_act(struct looptun_fault_rule *rule,
			      struct looptun_fault_datagram *datagram)
{
	switch (rule->action) {
	case LOOPTUN_FAULT_ERRNO:
		if (!datagram->error)
			datagram->error = rule->error;
		break;
	case LOOPTUN_FAULT_DROP:
		datagram->drop = true;
		break;
	case LOOPTUN_FAULT_DUPLICATE:
		datagram->copies++;
		break;
	case LOOPTUN_FAULT_CORRUPT:
		datagram->corruptions[datagram->corrupted++] =
			(struct looptun_fault_corruption) {
				.key = looptun_fault_key(rule),
				.bytes = rule->bytes,
				.len = datagram->len,
			};
		break;
	case LOOPTUN_FAULT_TRUNCATE:
		datagram->len = min_t(u64, datagram->len, rule->truncate);
		break;
	default:
		looptun_fault_hold(rule, datagram);
	}
}

/**
 * looptun_fault_decide_datagram - what becomes of a datagram?
 * @rules: the rules
 * @datagram: the datagram as it came, and then what is left of it
 *
 * Every rule is asked for it as it came, whatever others do to it. Then those
 * that have fired act, in order; one that is lost or refused holds up no rate.
 * The work is bounded by the number of rules: bytes are changed by
 * looptun_fault_corrupt() later.
 *
 * Return: whether any has fired; those say so.
 */
bool looptun_fault_decide_datagram(struct looptun_fault_rules *rules,
				   struct looptun_fault_datagram *datagram)
{
	struct looptun_fault_rule *rule, *end = rules->rule + rules->count;
	bool lost = false, fired = false;

	for (rule = rules->rule; rule < end; rule++) {
		rule->fired = looptun_fault_is_for(rule, datagram->site,
						   datagram->queue,
						   datagram->len) &&
			      looptun_fault_matches(rule, datagram->data,
						    datagram->len) &&
			      looptun_fault_is_due(rule);
		if (!rule->fired)
			continue;
		fired = true;
		lost |= rule->action == LOOPTUN_FAULT_DROP ||
			rule->action == LOOPTUN_FAULT_ERRNO;
	}
	for (rule = rules->rule; rule < end; rule++) {
		if (rule->fired &&
		    (!lost || rule->action <= LOOPTUN_FAULT_DROP))
			looptun_fault_act(rule, datagram);
	}
	return fired;
}

#define NAME(name)	{ #name, name }

/* A number is shown by the first name that it has. */
const struct looptun_fault_name looptun_fault_errnos[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO),
	NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
	NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY),
	NAME(ELOOP), NAME(ENOMSG), NAME(EIDRM), NAME(ECHRNG), NAME(EL2NSYNC),
	NAME(EL3HLT), NAME(EL3RST), NAME(ELNRNG), NAME(EUNATCH), NAME(ENOCSI),
	NAME(EL2HLT), NAME(EBADE), NAME(EBADR), NAME(EXFULL), NAME(ENOANO),
	NAME(EBADRQC), NAME(EBADSLT), NAME(EBFONT), NAME(ENOSTR),
	NAME(ENODATA), NAME(ETIME), NAME(ENOSR), NAME(ENONET), NAME(ENOPKG),
	NAME(EREMOTE), NAME(ENOLINK), NAME(EADV), NAME(ESRMNT), NAME(ECOMM),
	NAME(EPROTO), NAME(EMULTIHOP), NAME(EDOTDOT), NAME(EBADMSG),
	NAME(EOVERFLOW), NAME(ENOTUNIQ), NAME(EBADFD), NAME(EREMCHG),
	NAME(ELIBACC), NAME(ELIBBAD), NAME(ELIBSCN), NAME(ELIBMAX),
	NAME(ELIBEXEC), NAME(EILSEQ), NAME(ERESTART), NAME(ESTRPIPE),
	NAME(EUSERS), NAME(ENOTSOCK), NAME(EDESTADDRREQ), NAME(EMSGSIZE),
	NAME(EPROTOTYPE), NAME(ENOPROTOOPT), NAME(EPROTONOSUPPORT),
	NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EPFNOSUPPORT),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL),
	NAME(ENETDOWN), NAME(ENETUNREACH), NAME(ENETRESET), NAME(ECONNABORTED),
	NAME(ECONNRESET), NAME(ENOBUFS), NAME(EISCONN), NAME(ENOTCONN),
	NAME(ESHUTDOWN), NAME(ETOOMANYREFS), NAME(ETIMEDOUT),
	NAME(ECONNREFUSED), NAME(EHOSTDOWN), NAME(EHOSTUNREACH),
	NAME(EALREADY), NAME(EINPROGRESS), NAME(ESTALE), NAME(EUCLEAN),
	NAME(ENOTNAM), NAME(ENAVAIL), NAME(EISNAM), NAME(EREMOTEIO),
	NAME(EDQUOT), NAME(ENOMEDIUM), NAME(EMEDIUMTYPE), NAME(ECANCELED),
	NAME(ENOKEY), NAME(EKEYEXPIRED), NAME(EKEYREVOKED), NAME(EKEYREJECTED),
	NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE), NAME(ERFKILL),
	NAME(EHWPOISON),
	/* Second names. */
	NAME(EWOULDBLOCK), NAME(EDEADLOCK), { "ENOTSUP", EOPNOTSUPP },
	{ }
};

const struct looptun_fault_name looptun_fault_ioctls[] = {
	NAME(TUNSETNOCSUM), NAME(TUNSETDEBUG), NAME(TUNSETIFF),
	NAME(TUNSETPERSIST), NAME(TUNSETOWNER), NAME(TUNSETLINK),
	NAME(TUNSETGROUP), NAME(TUNGETFEATURES), NAME(TUNSETOFFLOAD),
	NAME(TUNSETTXFILTER), NAME(TUNGETIFF), NAME(TUNGETSNDBUF),
	NAME(TUNSETSNDBUF), NAME(TUNATTACHFILTER), NAME(TUNDETACHFILTER),
	NAME(TUNGETVNETHDRSZ), NAME(TUNSETVNETHDRSZ), NAME(TUNSETQUEUE),
	NAME(TUNSETIFINDEX), NAME(TUNGETFILTER), NAME(TUNSETVNETLE),
	NAME(TUNGETVNETLE), NAME(TUNSETVNETBE), NAME(TUNGETVNETBE),
	NAME(TUNSETSTEERINGEBPF), NAME(TUNSETFILTEREBPF), NAME(TUNSETCARRIER),
	NAME(TUNGETDEVNETNS), NAME(SIOCGIFHWADDR), NAME(SIOCSIFHWADDR),
	NAME(SIOCGSKNS), NAME(LOOPTUN_OPEN_WIRE),
	{ }
};

/**
 * looptun_fault_name_find - find a number by its name
 * @names: where
 * @word: the name
 * @number: for the number
 *
 * Return: whether there is such a name.
 */
bool looptun_fault_name_find(const struct looptun_fault_name *names,
			     struct looptun_fault_span word, u32 *number)
{
	for (; names->name; names++) {
		if (looptun_fault_span_is(word, names->name)) {
			*number = names->number;
			return true;
		}
	}
	return false;
}

/**
 * looptun_fault_name_of - the name of a number
 * @names: where; of errnos for others than rules too, as not every kernel can tell
 * @number: the number
 *
 * Return: the name, or NULL.
 */
const char *looptun_fault_name_of(const struct looptun_fault_name *names,
				  u32 number)
{
	while (names->name && names->number != number)
		names++;
	return names->name;
}
