/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaying a packet file towards the program.
 */
#ifndef LOOPTUN_REPLAY_H
#define LOOPTUN_REPLAY_H

#include <linux/poll.h>
#include <linux/types.h>

struct iov_iter;
struct looptun_pcap_complaint;
struct looptun_replay;
struct looptun_tunnel;

/**
 * struct looptun_replay_failure - why the last replay of a tunnel failed
 * @complaint: in words; NULL if none has
 * @found: the value that they are about
 * @at: the byte of the stream where it stands
 */
struct looptun_replay_failure {
	const struct looptun_pcap_complaint *complaint;
	u32 found;
	u64 at;
};

struct looptun_replay *looptun_replay_create(struct looptun_tunnel *tunnel);
void looptun_replay_destroy(struct looptun_replay *replay);
ssize_t looptun_replay_write(struct looptun_replay *replay,
			     struct iov_iter *from, bool nonblock);
int looptun_replay_finish(struct looptun_replay *replay);
__poll_t looptun_replay_poll(struct looptun_replay *replay, struct file *filp,
			     poll_table *wait);

#endif
