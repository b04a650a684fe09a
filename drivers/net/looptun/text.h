/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control files that are text: what they show and what they accept.
 */
#ifndef LOOPTUN_TEXT_H
#define LOOPTUN_TEXT_H

#include <linux/types.h>

struct looptun_line;
struct looptun_slot;
struct looptun_tunnel;
struct net;
struct seq_file;

int looptun_text_show_state(struct seq_file *m, struct looptun_tunnel *tunnel);
int looptun_text_show_queue_state(struct seq_file *m,
				  const struct looptun_slot *slot);
int looptun_text_show_stats(struct seq_file *m, struct looptun_tunnel *tunnel);
int looptun_text_show_link(struct seq_file *m, struct looptun_tunnel *tunnel);
int looptun_text_store_link(struct looptun_tunnel *tunnel,
			    struct looptun_line *line);
int looptun_text_show_hold(struct seq_file *m, struct looptun_tunnel *tunnel);
int looptun_text_store_hold(struct looptun_tunnel *tunnel,
			    struct looptun_line *line);
int looptun_text_show_txqueuelen(struct seq_file *m,
				 struct looptun_tunnel *tunnel);
int looptun_text_store_txqueuelen(struct looptun_tunnel *tunnel,
				  struct looptun_line *line);
int looptun_text_show_loopback(struct seq_file *m,
			       struct looptun_tunnel *tunnel);
int looptun_text_store_loopback(struct looptun_tunnel *tunnel,
				struct looptun_line *line);
int looptun_text_store_delete(struct looptun_tunnel *tunnel,
			      struct looptun_line *line);
int looptun_text_store_create(struct net *net, struct looptun_line *line);

#endif
