#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of the documentation and compares what they print.

In a block marked `console` a line that begins with "$ " is a command (a backslash at its end
continues it), and the lines up to the next one are all that it prints, errors included. The
commands of one page run in one folder, which has samples/ and the programs of the build.

A block of another kind behind a comment `<!-- from PATH -->` is that file of the tree, without
the line of its licence.

usage: examples.py [--rewrite] ROOT PROGRAMS SCRATCH PAGE...
  PROGRAMS: paths of programs, joined by ':'; PAGE: relative to ROOT
"""

import difflib
import os
import re
import shutil
import subprocess
import sys

import markdown

FROM = re.compile(r"<!-- from (\S+) -->$")
DEV = """#!/bin/sh
# Stands for ./dev, which builds and then runs the command.
test "$1" = run || exit 2
shift
exec pelorus "$@"
"""


def make_folder(root, programs, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, ".bin"))
    os.symlink(os.path.join(root, "samples"), os.path.join(folder, "samples"))
    for program in programs:
        os.symlink(program, os.path.join(folder, ".bin", os.path.basename(program)))
    with open(os.path.join(folder, "dev"), "w") as file:
        file.write(DEV)
    os.chmod(file.name, 0o755)


def run(command, folder):
    environment = {
        **os.environ,
        "PATH": os.path.join(folder, ".bin") + ":" + os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    if done.returncode == 127:
        sys.exit(f"cannot be run: {command}")
    return done.stdout.decode("utf-8", "backslashreplace").splitlines()


def console(block, folder):
    """The lines of the block as they should be."""
    lines = iter(block.lines)
    made, command = [], ""
    for line in lines:
        if not line.startswith("$ "):
            continue
        made.append(line)
        command = line[2:]
        while command.endswith("\\"):
            made.append(next(lines))
            command = command[:-1] + made[-1].strip()
        made += run(command, folder)
    return made


def from_file(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if "SPDX-License-Identifier" not in line]


def wanted(block, root, folder):
    """What the block should hold, or None when nobody says."""
    source = FROM.match(block.before)
    if block.language == "console":
        return console(block, folder)
    if source:
        return from_file(root, source[1])
    return None


def check(root, page, folder):
    """The page, and the page as it should be."""
    with open(os.path.join(root, page), encoding="utf-8") as file:
        lines = file.read().splitlines()
    right, at = [], 0
    for block in markdown.blocks(lines):
        made = wanted(block, root, folder)
        if made is not None:
            right += lines[at : block.start] + made
            at = block.start + len(block.lines)
    return lines, right + lines[at:]


def main(arguments):
    rewrite = arguments[0] == "--rewrite"
    root, programs, scratch, *pages = arguments[rewrite:]
    root, scratch = os.path.abspath(root), os.path.abspath(scratch)
    failed = 0
    for page in pages:
        folder = os.path.join(scratch, page.replace("/", "_"))
        make_folder(root, programs.split(":"), folder)
        is_now, should_be = check(root, page, folder)
        if is_now == should_be:
            continue
        if rewrite:
            with open(os.path.join(root, page), "w", encoding="utf-8") as file:
                file.write("\n".join(should_be) + "\n")
            continue
        failed = 1
        print("\n".join(difflib.unified_diff(is_now, should_be, page, "what is true", lineterm="")))
    if failed:
        print("./dev rebase-golden writes the pages anew")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
