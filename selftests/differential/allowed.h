/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of allowed.txt, in the program: see allowed_text.S. */
#ifndef DIFFERENTIAL_ALLOWED_H
#define DIFFERENTIAL_ALLOWED_H

extern const char allowed_text[];

#endif
