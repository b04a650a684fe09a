# SPDX-License-Identifier: GPL-2.0-only
# make html, make man
import re

project = 'looptun'
# The module's. Man pages have it at the foot.
with open('../drivers/net/looptun/main.c') as main:
    version = re.search(r'^MODULE_VERSION\("(.*)"\);$', main.read(), re.M)[1]
root_doc = 'networking/looptun/index'
# Most blocks are lines for a shell, or what it prints.
highlight_language = 'text'
man_pages = [
    ('networking/looptun/looptun', 'looptun', 'the tun/tap character device without an interface', '', 4),
    ('networking/looptun/your-program', 'looptun-run', 'run a program in a guest that has looptun loaded', '', 1),
]
