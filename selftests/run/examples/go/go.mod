// SPDX-License-Identifier: GPL-2.0-only

module ping

go 1.19
