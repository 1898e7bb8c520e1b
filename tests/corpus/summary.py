#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Summarizes every real file: it must fit a screen, in lines and columns, and come in time.

usage: summary.py PELORUS
"""

import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import corpus

JOBS = 2
LINES, COLUMNS = 50, 100
TIMEOUT = 60  # seconds; sanitizers make it slow


def columns(line):
    """As Python's Unicode has it, not as ours has."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide - sum(unicodedata.category(c) in ("Mn", "Me") for c in line)


def odd_line(line):
    """What is wrong with a line of text, or None."""
    if columns(line) > COLUMNS:
        return f"{columns(line)} columns"
    if line != line.rstrip():
        return "blanks at the end"
    if any(unicodedata.category(c) in ("Cc", "Cf") for c in line):
        return "a character that does not show"
    return None


def complaints(pelorus, path):
    folder, name = os.path.split(path)
    done = subprocess.run(
        [pelorus, "dump", name], cwd=folder, capture_output=True, timeout=TIMEOUT, check=False
    )
    if done.returncode not in (0, 3):
        return [f"exit {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}"]
    lines = done.stdout.decode("utf-8").split("\n")
    found = [f"{odd_line(line)}: {line!r}" for line in lines if odd_line(line)]
    if lines[-1] != "" or not lines[-2].startswith("more: --all"):
        found.append("does not end in how to see more")
    if len(lines) - 1 > LINES:
        found.append(f"{len(lines) - 1} lines")
    return found


def main(pelorus):
    images, failed = corpus.files(), 0
    pelorus = os.path.abspath(pelorus)
    with ThreadPoolExecutor(JOBS) as pool:
        for path, found in zip(images, pool.map(lambda p: complaints(pelorus, p), images)):
            failed += bool(found)
            for complaint in found:
                print(f"FAIL {path}: {complaint}")
    print(f"{len(images) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
