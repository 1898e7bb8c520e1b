#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a conformance program over a file or folder of the shared truth; 77 when it is not there.

usage: with_truth.py PROGRAM NAME

$PELORUS_SHARED names the shared folder; NAME is looked for in its folder `truth`.
"""

import os
import sys


def main(program, name):
    shared = os.environ.get("PELORUS_SHARED")
    path = os.path.join(shared, "truth", name) if shared else None
    if path is None or not os.path.exists(path):
        print(f"skipped: PELORUS_SHARED names no folder with truth/{name}")
        return 77
    os.execv(program, [program, path])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
