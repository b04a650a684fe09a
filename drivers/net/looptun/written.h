/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a datagram that the program has written.
 */
#ifndef LOOPTUN_WRITTEN_H
#define LOOPTUN_WRITTEN_H

#include <linux/types.h>

struct looptun_datagram;
struct looptun_file;
struct looptun_record;
struct looptun_tunnel;

u8 *looptun_written_begin(struct looptun_tunnel *tunnel,
			  struct looptun_record *record,
			  const struct looptun_datagram *datagram);
int looptun_written_commit(struct looptun_tunnel *tunnel,
			   struct looptun_file *file,
			   struct looptun_record *record,
			   const struct looptun_datagram *datagram);
void looptun_written_discard(struct looptun_tunnel *tunnel,
			     struct looptun_file *file,
			     struct looptun_record *record);
void looptun_written_count(struct looptun_file *file, size_t len);
int looptun_written_keep(struct looptun_tunnel *tunnel,
			 struct looptun_file *file,
			 const struct looptun_datagram *datagram);
void looptun_written_loop(struct looptun_tunnel *tunnel,
			  const struct looptun_file *file,
			  const struct looptun_datagram *datagram);
int looptun_written_go_on(struct looptun_tunnel *tunnel,
			  struct looptun_file *file,
			  const struct looptun_datagram *datagram);
int looptun_written_by_rules(struct looptun_tunnel *tunnel,
			     struct looptun_file *file,
			     const struct looptun_datagram *datagram);
int looptun_written_pass(struct looptun_tunnel *tunnel,
			 struct looptun_file *file,
			 const struct looptun_datagram *datagram);

#endif
