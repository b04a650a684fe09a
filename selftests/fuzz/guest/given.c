// SPDX-License-Identifier: GPL-2.0-only
/*
 * No programs are given: those that run are random. What shrink writes is built in place
 * of this.
 */
#include "guest.h"

const struct program given[] = {};
const unsigned int given_count;
