#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py PELORUS FILE...: time to read and print files, held against other tools.

Each tool gets all files, one process for each file, in turn with the others; the median of
the rounds counts, and the ratio to pelorus is what is worth quoting. Tools that are not
installed are left out."""
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = 3


def tools(pelorus):
    yield "true", ["true"]
    yield "pelorus dump (JSON)", [pelorus, "dump", "--format=json"]
    yield "pelorus dump (summary)", [pelorus, "dump"]
    yield "pelorus dump (text)", [pelorus, "dump", "--all"]
    yield "pelorus check", [pelorus, "check"]
    yield "pelorus map (JSON)", [pelorus, "map", "--format=json"]
    yield "objdump -p", ["objdump", "-p"]
    yield "llvm-readobj --headers --sections", ["llvm-readobj", "--file-headers", "--sections"]
    yield "readpe", ["readpe"]
    yield "pefile, headers only", ["/usr/bin/python3", "-c",
                                   "import pefile,sys;print(pefile.PE(sys.argv[1],fast_load=True).dump_info())"]


def run(command, files):
    start = time.perf_counter()
    for path in files:
        subprocess.run(command + [path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    pelorus, files = sys.argv[1], sys.argv[2:]
    present = [(name, c) for name, c in tools(pelorus) if shutil.which(c[0])]
    seconds = {name: [] for name, _ in present}
    for _ in range(ROUNDS):
        for name, command in present:
            seconds[name].append(run(command, files))
    base = statistics.median(seconds["pelorus dump (JSON)"])
    print(f"{len(files)} files, one process each, median of {ROUNDS} rounds")
    for name, _ in present:
        median = statistics.median(seconds[name])
        print(f"  {name:36s} {median / len(files) * 1e3:8.2f} ms/file  {median / base:6.2f} x")


if __name__ == "__main__":
    main()
