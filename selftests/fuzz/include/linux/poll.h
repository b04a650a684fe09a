/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_POLL_H
#define FUZZ_LINUX_POLL_H

#include <sys/epoll.h>

#define __force

#endif
