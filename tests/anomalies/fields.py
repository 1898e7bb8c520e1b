#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The field of each diagnostic is in the dump, and what the message shows behind it is its value.

usage: fields.py PELORUS SAMPLES [FILE ...]

Looks at the files that the recipes of SAMPLES make, and at others.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

JOBS = 2
STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
MISSING = {"IMPORTS_NONE", "RELOCATIONS_NONE"}  # of what is not there, and so in no dump
ABSENT = "dos_stub"  # bytes that no dump decodes


def follow(document, path):
    """The value at a path; KeyError when there is none."""
    for step in STEP.findall(path):
        if document is None:
            return None  # cut
        try:
            document = document[int(step[1:-1])] if step[0] == "[" else document[step]
        except (IndexError, TypeError, KeyError):
            raise KeyError(path) from None
    return document


def shown(message, path):
    """The number behind the path, or None."""
    found = re.match(re.escape(path) + r" (0x[0-9a-f]+|[0-9]+\.[0-9]+)(?= at |:)", message)
    return None if not found else float(found[1]) if "." in found[1] else int(found[1], 16)


def differs(value, number):
    value = value.get("value") if isinstance(value, dict) else value
    if number is None or isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        return False
    return abs(value - number) > 0.001


def judge(pelorus, path):
    """(how many diagnostics, lines that say what is wrong)."""
    run = subprocess.run([pelorus, "dump", "--all", "--format=json", path], capture_output=True, check=False)
    document = json.loads(run.stdout or b"{}")
    wrong, count = [], 0
    for diagnostic in document.get("diagnostics", []):
        field = diagnostic["field"]
        if field in (None, ABSENT) or diagnostic["code"] in MISSING:
            continue
        count += 1
        try:
            value = follow(document, field)
        except KeyError:
            wrong.append(f"{os.path.basename(path)}: {diagnostic['code']}: no {field} in the dump")
            continue
        if differs(value, shown(diagnostic["message"], field)):
            wrong.append(f"{os.path.basename(path)}: {diagnostic['message']}: it is {value}")
    return count, wrong


def build(pelorus, samples, folder):
    for room in ("oddities", "images"):
        for name in sorted(os.listdir(os.path.join(samples, room))):
            path = os.path.join(folder, name)
            run = subprocess.run([pelorus, "build", os.path.join(samples, room, name), "-o", path],
                                 capture_output=True, check=False)
            if name.endswith(".yaml") and run.returncode == 0:
                yield path


def main(pelorus, samples, *files):
    count, wrong = 0, []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        paths = list(build(pelorus, samples, folder)) + list(files)
        for number, lines in pool.map(lambda p: judge(pelorus, p), paths):
            count += number
            wrong += lines
    print("\n".join(wrong))
    print(f"{len(paths)} files, {count} diagnostics, {len(wrong)} of them wrong")
    return 1 if wrong or count < len(paths) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
