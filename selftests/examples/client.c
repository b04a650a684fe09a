// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program under test of the examples: a client of tun that answers pings.
 * client DEVICE NAME
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned char packet[65536];

/* Turn an echo request over IPv4 without options into its reply. */
static int answer(ssize_t len)
{
	unsigned char address[4];
	unsigned int sum;

	if (len < 28 || packet[0] != 0x45 || packet[9] != 1 || packet[20] != 8)
		return 0;
	memcpy(address, packet + 12, 4);
	memcpy(packet + 12, packet + 16, 4);
	memcpy(packet + 16, address, 4);
	packet[20] = 0;
	sum = (packet[22] << 8 | packet[23]) + 0x0800;
	sum = (sum & 0xffff) + (sum >> 16);
	packet[22] = sum >> 8;
	packet[23] = sum;
	return 1;
}

int main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	ssize_t len;
	int tun;

	if (argc != 3)
		return 2;
	tun = open(argv[1], O_RDWR);
	strncpy(ifr.ifr_name, argv[2], IFNAMSIZ - 1);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr)) {
		perror(argv[1]);
		return 1;
	}
	while ((len = read(tun, packet, sizeof(packet))) > 0)
		if (answer(len) && write(tun, packet, len) != len)
			break;
	perror("client");
	return 1;
}
