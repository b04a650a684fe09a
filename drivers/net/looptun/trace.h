/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: looptun:attach, detach, inject, read, write, deliver, drop and
 * fault. Lengths are those of frames, without headers of the descriptor.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM looptun

#if !defined(LOOPTUN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LOOPTUN_TRACE_H

#include <linux/tracepoint.h>

#include "datagram.h"
#include "queue.h"
#include "tunnel.h"

DECLARE_EVENT_CLASS(looptun_queue,
	TP_PROTO(const struct looptun_tunnel *tunnel, int queue),
	TP_ARGS(tunnel, queue),
	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(unsigned int, netns)
		__field(int, queue)
	),
	TP_fast_assign(
		memcpy(__entry->name, tunnel->name, IFNAMSIZ);
		__entry->netns = tunnel->net_inum;
		__entry->queue = queue;
	),
	TP_printk("name=%s netns=%u queue=%d",
		  __entry->name, __entry->netns, __entry->queue)
);

DEFINE_EVENT(looptun_queue, attach,
	TP_PROTO(const struct looptun_tunnel *tunnel, int queue),
	TP_ARGS(tunnel, queue)
);

DEFINE_EVENT(looptun_queue, detach,
	TP_PROTO(const struct looptun_tunnel *tunnel, int queue),
	TP_ARGS(tunnel, queue)
);

/* They take the queue, not its number: to look that up costs who is not traced. */
DECLARE_EVENT_CLASS(looptun_datagram,
	TP_PROTO(const struct looptun_tunnel *tunnel,
		 const struct looptun_queue *queue, size_t len, ssize_t ret),
	TP_ARGS(tunnel, queue, len, ret),
	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(unsigned int, netns)
		__field(int, queue)
		__field(size_t, len)
		__field(ssize_t, ret)
	),
	TP_fast_assign(
		memcpy(__entry->name, tunnel->name, IFNAMSIZ);
		__entry->netns = tunnel->net_inum;
		__entry->queue = looptun_queue_index(queue);
		__entry->len = len;
		__entry->ret = ret;
	),
	TP_printk("name=%s netns=%u queue=%d len=%zu ret=%zd",
		  __entry->name, __entry->netns, __entry->queue, __entry->len,
		  __entry->ret)
);

#undef LOOPTUN_DATAGRAM_EVENT
#define LOOPTUN_DATAGRAM_EVENT(_name)					\
DEFINE_EVENT(looptun_datagram, _name,					\
	TP_PROTO(const struct looptun_tunnel *tunnel,			\
		 const struct looptun_queue *queue, size_t len,		\
		 ssize_t ret),						\
	TP_ARGS(tunnel, queue, len, ret)				\
)

/* A frame stands in the ring towards the program; ret is 0. */
LOOPTUN_DATAGRAM_EVENT(inject);
/* The program has read a frame, or lost it with an errno. */
LOOPTUN_DATAGRAM_EVENT(read);
/* The program has written a frame, or was refused. */
LOOPTUN_DATAGRAM_EVENT(write);
/* The test has a frame that the program wrote; queue is -1 if it has closed. */
LOOPTUN_DATAGRAM_EVENT(deliver);

/* A rule has fired; name is empty for a call on no tunnel. */
TRACE_EVENT(fault,
	TP_PROTO(const struct looptun_tunnel *tunnel, const char *rule),
	TP_ARGS(tunnel, rule),
	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(unsigned int, netns)
		__array(char, rule, 128)
	),
	TP_fast_assign(
		strscpy(__entry->name, tunnel ? tunnel->name : "", IFNAMSIZ);
		__entry->netns = tunnel ? tunnel->net_inum : 0;
		strscpy(__entry->rule, rule, sizeof(__entry->rule));
	),
	TP_printk("name=%s netns=%u rule=\"%s\"",
		  __entry->name, __entry->netns, __entry->rule)
);

TRACE_EVENT(drop,
	TP_PROTO(const struct looptun_tunnel *tunnel, size_t len,
		 enum looptun_drop reason),
	TP_ARGS(tunnel, len, reason),
	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(unsigned int, netns)
		__field(size_t, len)
		__array(char, reason, 24)
	),
	TP_fast_assign(
		memcpy(__entry->name, tunnel->name, IFNAMSIZ);
		__entry->netns = tunnel->net_inum;
		__entry->len = len;
		strscpy(__entry->reason, looptun_drop_texts[reason],
			sizeof(__entry->reason));
	),
	TP_printk("name=%s netns=%u len=%zu reason=%s",
		  __entry->name, __entry->netns, __entry->len, __entry->reason)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
