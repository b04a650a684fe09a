# SPDX-License-Identifier: GPL-2.0-only
# sphinx-build -b html Documentation build/html; -b man Documentation build/man
project = 'looptun'
root_doc = 'networking/looptun/index'
man_pages = [('networking/looptun/looptun', 'looptun', 'the tun/tap character device without an interface', '', 4)]
