#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: the fields of the load configuration, and
the tables of Control Flow Guard and exception handlers.

usage: readobj_load_config.py PELORUS [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py). llvm-readobj does not
know all fields; it names two of them in its own way.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

TIMEOUT = 300  # seconds
JOBS = 2
FIELD = re.compile(r"^  (\w+): (?:.*\()?(0x[0-9A-F]+|\d+)\)?$", re.M)
TABLE = re.compile(r"^(\w+Table) \[\n(.*?)^\]", re.M | re.S)
RENAMED = {"GuardCFCheckFunction": "GuardCFCheckFunctionPointer",
           "GuardCFCheckDispatch": "GuardCFDispatchFunctionPointer"}
TABLES = {"SEHTable": "se_handlers", "GuardFidTable": "guard_functions",
          "GuardIatTable": "guard_iat_entries", "GuardLJmpTable": "guard_longjump_targets",
          "GuardEHContTable": "guard_eh_continuations"}
# llvm-readobj reads them as if entries had no flags: only their number and the first one agree.
STRIDELESS = ("guard_iat_entries", "guard_longjump_targets")


def run(*command):
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)


def value(field):
    return field["value"] if isinstance(field, dict) else field


def pairs(document, text):
    """What it is about, and what both say."""
    config, base = document["load_config"], document["optional_header"]["ImageBase"]
    head = text.split("LoadConfig [", 1)[-1].split("\n]", 1)[0]
    for name, number in FIELD.findall(head):
        ours = RENAMED.get(name, name)
        if ours in config:
            yield ours, value(config[ours]), int(number, 0)
    tables = {TABLES[name]: body for name, body in TABLE.findall(text) if name in TABLES}
    for name in TABLES.values():
        ours = [entry["rva"] + base for entry in config.get(name, {}).get("entries", [])]
        theirs = [int(word, 16) for word in re.findall(r"^  (0x[0-9A-F]+)", tables.get(name, ""), re.M)]
        if name in STRIDELESS and config.get(name, {}).get("stride", 4) != 4:
            ours, theirs = [len(ours), *ours[:1]], [len(theirs), *theirs[:1]]
        yield name, ours, theirs


def compare(job):
    """How many values were compared, and what differs."""
    pelorus, readobj, path = job
    done = run(pelorus, "dump", "--format=json", "--only=optional_header,load_config", path)
    document = json.loads(done.stdout) if done.returncode == 0 else {}
    if "load_config" not in document or "optional_header" not in document:
        return 0, []
    other = run(readobj, "--coff-load-config", path)
    if other.returncode != 0:
        return 0, []
    both = list(pairs(document, other.stdout.decode("utf-8", "backslashreplace")))
    lines = [f"{name}: llvm-readobj has {str(b)[:100]}, pelorus {str(a)[:100]}" for name, a, b in both if a != b]
    return len(both), lines


def main(pelorus, *paths):
    readobj = shutil.which("llvm-readobj")
    if not readobj:
        print("skipped: llvm-readobj is not installed")
        return corpus.SKIPPED
    files = list(paths) or corpus.files()
    failed = compared = values = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for path, (count, lines) in zip(
            files, pool.map(compare, [(pelorus, readobj, path) for path in files])
        ):
            failed += bool(lines)
            compared += count > 0
            values += count
            for line in lines[:10]:
                print(f"FAIL {path}: {line}")
    print(f"{compared - failed} of {len(files)} files passed, {failed} failed, {values} values and lists")
    return 1 if failed or not compared else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
