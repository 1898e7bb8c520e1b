#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares everything that the command says about each sample with what it said before.

usage: golden.py PELORUS SAMPLES GOLDEN [SAMPLE...]

GOLDEN/SAMPLE.VIEW holds what `pelorus` printed for each view of the table below. Without SAMPLE
all files in SAMPLES are taken that are made of recipes, and a golden file whose sample is gone is
a failure, too. With PELORUS_REBASE=1 in the environment the golden files are rewritten.
"""

import difflib
import os
import subprocess
import sys

TIMEOUT = 60  # seconds

# The name of the view, and the arguments before the file.
VIEWS = {
    "tour.txt": [],
    "summary.txt": ["dump"],
    "dump.txt": ["dump", "--all"],
    "dump.json": ["dump", "--format=json"],
    "dump.yaml": ["dump", "--format=yaml"],
    "check.txt": ["check"],
    "check.json": ["check", "--format=json"],
    "map.txt": ["map"],
    "map.json": ["map", "--format=json"],
}
# Made by the C compiler that is here, and different with each version of it.
COMPILED = ("hello.exe", "hello32.exe")

# Findings are no failure of the command: 0 fine, 1 refused, 3 not PE.
EXITS = (0, 1, 3)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def came_out(pelorus, samples, sample, arguments):
    """stdout, and a last line with the exit code where that is not 0."""
    done = subprocess.run(
        [pelorus, *arguments, sample],
        cwd=samples,
        env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode not in EXITS:
        sys.exit(f"{sample}: {arguments}: exit {done.returncode}\n{done.stderr.decode()}")
    return done.stdout + (f"exit {done.returncode}\n".encode() if done.returncode else b"")


def diff(name, want, got):
    lines = [data.decode("utf-8", "backslashreplace").split("\n") for data in (want, got)]
    return "\n".join(difflib.unified_diff(*lines, name + " (golden)", name + " (now)", lineterm=""))


def compare(pelorus, samples, golden, sample):
    """The number of views that differ."""
    failed = 0
    for view, arguments in VIEWS.items():
        path = os.path.join(golden, f"{sample}.{view}")
        got = came_out(pelorus, samples, sample, arguments)
        if os.environ.get("PELORUS_REBASE") == "1":
            with open(path, "wb") as file:
                file.write(got)
        want = read(path)
        if want is None:
            print(f"FAIL {path} is missing; ./dev rebase-golden writes it")
            failed += 1
        elif want != got:
            print(f"FAIL {sample}.{view}", diff(f"{sample}.{view}", want, got), sep="\n")
            failed += 1
    return failed


def orphans(golden, samples):
    """Golden files that belong to no sample."""
    wanted = {f"{sample}.{view}" for sample in samples for view in VIEWS}
    return [
        name
        for name in sorted(os.listdir(golden))
        if name.split(".", 2)[-1] in VIEWS and name not in wanted
    ]


def main(pelorus, samples, golden, *only):
    pelorus = os.path.abspath(pelorus)
    names = sorted(name for name in os.listdir(samples) if name not in COMPILED)
    failed = sum(compare(pelorus, samples, golden, name) for name in only or names)
    lost = [] if only else orphans(golden, names)
    if os.environ.get("PELORUS_REBASE") == "1":
        for name in lost:
            os.remove(os.path.join(golden, name))
        lost = []
    for name in lost:
        print(f"FAIL {name}: there is no such sample any more")
    views = len(only or names) * len(VIEWS)
    print(f"{views - failed} passed, {failed + len(lost)} failed")
    return 1 if failed or lost or not views else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
