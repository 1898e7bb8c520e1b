#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one scenario of the samples: its expectations are met, and the text is the golden one.

usage: scenario.py PELORUS SCENARIO GOLDEN

With PELORUS_REBASE=1 in the environment GOLDEN is rewritten.
"""

import difflib
import os
import pathlib
import subprocess
import sys


def run(pelorus, scenario):
    done = subprocess.run(
        [pelorus, "run", scenario.name],
        cwd=scenario.parent,
        env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
        capture_output=True,
        timeout=60,
    )
    sys.stderr.write(done.stderr.decode("utf-8", "backslashreplace"))
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


def complaints(text):
    """What a scenario that teaches must not lack."""
    for word in ("teaches", "see"):
        if f"\n  {word}" not in text:
            yield f"it does not say `{word}`"
    if "expectations: all met" not in text:
        yield "not all expectations are met, or there are none"
    for line in text.split("\n"):
        if len(line) > 100:
            yield f"a line is too long: {line}"


def main(pelorus, scenario, golden):
    scenario, golden = pathlib.Path(scenario), pathlib.Path(golden)
    status, text = run(os.path.abspath(pelorus), scenario)
    if os.environ.get("PELORUS_REBASE") == "1":
        golden.write_text(text, encoding="utf-8")
    found = list(complaints(text))
    if status != 0:
        found.append(f"exit status {status}")
    if run(os.path.abspath(pelorus), scenario) != (status, text):
        found.append("a second run differs")
    want = golden.read_text(encoding="utf-8") if golden.exists() else ""
    found += difflib.unified_diff(want.split("\n"), text.split("\n"), "wanted", "came", lineterm="")
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
