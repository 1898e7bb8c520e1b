#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs closure_conformance over the DLLs of libwine; 77 when they are not there.

usage: with_libwine.py CLOSURE_CONFORMANCE

They are looked for where Debian installs them, and else in $PELORUS_CORPUS. A folder counts when it
has an ntdll.dll: the smaller packages that put a file beside those are no closure.
"""

import glob
import os
import sys

PATTERN = "usr/lib/*/wine/*-windows"


def folders():
    roots = ["/"]
    if corpus := os.environ.get("PELORUS_CORPUS"):
        roots.append(os.path.join(corpus, "deb", "libwine"))
    for root in roots:
        found = glob.glob(os.path.join(root, PATTERN))
        if complete := [x for x in found if os.path.exists(os.path.join(x, "ntdll.dll"))]:
            return complete
    return []


def main(program):
    found = folders()
    if not found:
        print("skipped: there is no libwine here; install it or set PELORUS_CORPUS")
        return 77
    os.execv(program, [program, *found])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
