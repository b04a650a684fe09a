/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures of a tunnel: each is one reader of all its traffic, as pcapng.
 */
#ifndef LOOPTUN_CAPTURE_H
#define LOOPTUN_CAPTURE_H

#include <linux/bitops.h>
#include <linux/types.h>

#include "datagram.h"
#include "tunnel.h"

bool looptun_capture_add(struct looptun_tunnel *tunnel,
			 enum looptun_direction direction, int queue,
			 const void *data, size_t len, const char *comment);
bool looptun_capture_dropped(struct looptun_tunnel *tunnel,
			     enum looptun_direction direction, int queue,
			     const void *data, size_t len,
			     enum looptun_drop reason, const char *comment);
void looptun_capture_refused(struct looptun_tunnel *tunnel,
			     enum looptun_direction direction, int queue,
			     const struct looptun_datagram *datagram,
			     int error);
void looptun_capture_stop(struct looptun_tunnel *tunnel);
void looptun_capture_end(struct looptun_tunnel *tunnel);

/* Is anybody interested? If not, this is all that it costs. */
static inline bool looptun_capture_on(const struct looptun_tunnel *tunnel)
{
	return looptun_tunnel_hooks(tunnel) & BIT(LOOPTUN_HOOK_CAPTURE);
}

#endif
