#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-format 14 must not want to change any C file. Exit status 77: there is no such program.
Tables (.def) are exempt: their aligned columns are the point of them.

usage: check_format.py ROOT
"""

import os
import re
import subprocess
import sys

import tree

VERSION = "14"  # others lay out some constructs differently
SKIPPED = 77


def find_clang_format():
    for program in (f"clang-format-{VERSION}", "clang-format"):
        try:
            out = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        except OSError:
            continue
        if re.search(rf"version {VERSION}\.", out):
            return program
    return None


def main(root):
    program = find_clang_format()
    if not program:
        print(f"skipped: clang-format {VERSION} is not installed")
        return SKIPPED
    names = [os.path.join(root, name) for name in tree.files(root, ".c", ".h")]
    if not names:
        return 0
    run = subprocess.run([program, "--style=file", "--dry-run", "-Werror", *names])
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
