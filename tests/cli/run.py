#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs cases of the command line: what goes in, and every byte that comes out.

usage: run.py PELORUS SAMPLES CASE.args...

A case is a few files of one name:
  CASE.args   the arguments, as a shell would read them
  CASE.out    what stdout must be, byte for byte; empty when there is no such file
  CASE.err    what stderr must be; not looked at when there is no such file
  CASE.exit   the exit code; 0 when there is no such file
  CASE.in     stdin; nothing when there is no such file
  CASE.env    variables of the environment, NAME=VALUE, a line each
  CASE.files  files that the command makes, a name a line; they are removed
  CASE.needs  words that `pelorus --version` must say; the case is skipped without them
  CASE.like   instead of CASE.out: a regular expression for each line of stdout

The command runs in SAMPLES, so that cases name samples without a path. With PELORUS_REBASE=1 in
the environment .out, .err and .exit are rewritten where they exist or are needed.
"""

import difflib
import os
import re
import shlex
import subprocess
import sys

TIMEOUT = 60  # seconds
SKIPPED = 77


def read(path, otherwise=b""):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return otherwise


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def environment(case):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    for line in read(case + ".env").decode().split("\n"):
        if line:
            name, value = line.split("=", 1)
            env[name] = value
    return env


def run(pelorus, samples, case):
    arguments = shlex.split(read(case + ".args").decode())
    return subprocess.run(
        [pelorus, *arguments],
        cwd=samples,
        env=environment(case),
        input=read(case + ".in"),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )


def diff(name, want, got):
    """A unified diff of two byte strings; empty when they are equal."""
    if want == got:
        return []
    lines = [data.decode("utf-8", "backslashreplace").split("\n") for data in (want, got)]
    return list(difflib.unified_diff(*lines, name + " (wanted)", name + " (came)", lineterm=""))


def unlike(case, got):
    """Lines of `got` that do not match the expressions of CASE.like, one for one."""
    want = read(case + ".like").decode().rstrip("\n").split("\n")
    came = got.decode("utf-8", "backslashreplace").rstrip("\n").split("\n")
    if len(want) != len(came):
        return [f"want {len(want)} lines, got {len(came)}", *came]
    return [f"{w!r} does not match {g!r}" for w, g in zip(want, came) if not re.fullmatch(w, g)]


def take_files(samples, case):
    """Remove the files of the case, and their halves; the names of those that were there."""
    taken = []
    for name in read(case + ".files").decode().split():
        for path in (os.path.join(samples, name + end) for end in ("", ".part")):
            if os.path.exists(path):
                os.remove(path)
                taken.append(os.path.basename(path))
    return taken


def differences(case, done, made):
    found = []
    if made != read(case + ".files").decode().split():
        found.append(f"files that were made: {made}")
    if os.path.exists(case + ".like"):
        found += unlike(case, done.stdout)
    else:
        found += diff(case + ".out", read(case + ".out"), done.stdout)
    if os.path.exists(case + ".err"):
        found += diff(case + ".err", read(case + ".err"), done.stderr)
    want = int(read(case + ".exit", b"0"))
    if done.returncode != want:
        found.append(f"exit code: want {want}, got {done.returncode}")
        found.append(done.stderr.decode("utf-8", "backslashreplace"))
    return found


def rebase(case, done):
    """Take what came as what is wanted; the diff is then read like any other."""
    if done.returncode < 0:
        sys.exit(f"{case}: ended by signal {-done.returncode}; not rebased")
    if not os.path.exists(case + ".like"):
        write(case + ".out", done.stdout)
    if os.path.exists(case + ".err"):
        write(case + ".err", done.stderr)
    if done.returncode or os.path.exists(case + ".exit"):
        write(case + ".exit", f"{done.returncode}\n".encode())


def lacks(pelorus, case):
    """What the case needs and this build does not have; empty when nothing is missing."""
    needs = read(case + ".needs").decode().strip()
    if not needs:
        return ""
    done = subprocess.run([pelorus, "--version"], capture_output=True, timeout=TIMEOUT, check=True)
    return "" if needs in done.stdout.decode() else needs


def main(pelorus, samples, *files):
    failed = skipped = 0
    for file in files:
        case = file.removesuffix(".args")
        missing = lacks(os.path.abspath(pelorus), case)
        if missing:
            print(f"skipped: {os.path.basename(case)} is for a build with '{missing}'")
            skipped += 1
            continue
        take_files(samples, case)
        done = run(os.path.abspath(pelorus), samples, os.path.abspath(case))
        made = take_files(samples, case)
        if os.environ.get("PELORUS_REBASE") == "1":
            rebase(case, done)
        found = differences(case, done, made)
        failed += bool(found)
        if found:
            print(f"FAIL {os.path.basename(case)}", *found, sep="\n")
    print(f"{len(files) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    if skipped and not failed and skipped == len(files):
        return SKIPPED
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
