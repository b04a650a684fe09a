/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a datagram that the program has written.
 */
#ifndef LOOPTUN_WRITTEN_H
#define LOOPTUN_WRITTEN_H

#include <linux/atomic.h>
#include <linux/string.h>
#include <linux/types.h>

#include "capture.h"
#include "datagram.h"
#include "file.h"
#include "ring.h"
#include "tunnel.h"

int looptun_written_show(struct looptun_written *written,
			 struct looptun_datagram *datagram);
void looptun_written_discard(struct looptun_tunnel *tunnel,
			     struct looptun_file *file,
			     struct looptun_record *record);
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

/**
 * looptun_written_begin - make a record ready for a datagram
 * @tunnel: the tunnel
 * @record: reserved in the file's tx ring for the datagram and its header
 * @datagram: the datagram; its data is not looked at
 *
 * Return: where its data belongs.
 */
static inline u8 *
looptun_written_begin(struct looptun_tunnel *tunnel,
		      struct looptun_record *record,
		      const struct looptun_datagram *datagram)
{
	if (looptun_tunnel_has_queues(tunnel))
		record->stamp = atomic64_inc_return(&tunnel->stamp);
	if (datagram->vnet_len) {
		record->vnet_len = datagram->vnet_len;
		memcpy(record->data, &datagram->vnet, sizeof(datagram->vnet));
	}
	return record->data + datagram->vnet_len;
}

/**
 * looptun_written_count - count a write of the program
 * @file: who wrote
 * @len: bytes of datagram
 *
 * To be done before anybody else can see the datagram.
 */
static inline void looptun_written_count(struct looptun_file *file, size_t len)
{
	looptun_file_count(file, LOOPTUN_FILE_WRITTEN_DATAGRAMS, 1);
	looptun_file_count(file, LOOPTUN_FILE_WRITTEN_BYTES, len);
}

#endif
