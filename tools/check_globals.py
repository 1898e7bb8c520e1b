#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No global mutable state: fails on a symbol in .data, .bss or COMMON of an archive or object.

usage: check_globals.py FILE...

Constant tables of pointers lie in .data.rel.ro in position-independent code and are fine.
"""

import os
import re
import subprocess
import sys

import tree

MEMBER = re.compile(r"^(\S+):\s+file format")
# objdump -t: value, seven flag characters, section, size, name.
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$")
MUTABLE = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def mutable_symbols(listing):
    """(object file, section, symbol) for each variable of an `objdump -t` listing."""
    member = "?"
    for line in listing.splitlines():
        if found := MEMBER.match(line):
            member = found[1]
        elif found := SYMBOL.match(line):
            flags, section, name = found.groups()
            if "d" not in flags and MUTABLE.match(section):
                yield member, section, name


def main(paths):
    findings = []
    for path in paths:
        env = dict(os.environ, LC_ALL="C")
        listing = subprocess.run(
            ["objdump", "-t", path], capture_output=True, check=True, text=True, env=env
        ).stdout
        if "SYMBOL TABLE" not in listing:
            findings.append(f"{path}: holds no symbols, so nothing was checked")
        for member, section, name in mutable_symbols(listing):
            findings.append(f"{member}: {name} is mutable global state ({section})")
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
