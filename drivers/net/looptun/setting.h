/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Link type and address of a tunnel, which can be set and read back, and whose
 * caller locks; and its link.
 */
#ifndef LOOPTUN_SETTING_H
#define LOOPTUN_SETTING_H

#include <linux/netdevice.h>
#include <linux/types.h>

struct looptun_tunnel;
struct sockaddr;

/**
 * struct looptun_address - link type and address
 * @type: ARPHRD_*
 * @len: bytes of address that this type has
 * @bytes: the address; kept while another type shows none
 */
struct looptun_address {
	u16 type;
	u8 len;
	u8 bytes[MAX_ADDR_LEN];
};

void looptun_address_init(struct looptun_address *address, bool tap);
void looptun_address_set_type(struct looptun_address *address, u16 type);
void looptun_address_get(const struct looptun_address *address,
			 struct sockaddr *sa);
int looptun_address_set(struct looptun_address *address, bool tap,
			const struct sockaddr *sa);

int looptun_setting_set_link(struct looptun_tunnel *tunnel, bool up);

#endif
