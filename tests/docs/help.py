#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual page and the help of the command name the same commands and options.

usage: help.py PELORUS PAGE.scd
"""

import re
import subprocess
import sys

OPTION = re.compile(r"--[a-z][a-z-]+")


def output(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def listed(help_text):
    """Options that a help text lists, each on a line of its own."""
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z][a-z-]+)", help_text, re.M))


def sections(page):
    """The text of each command in the page, by the name of the command."""
    parts = re.split(r"^## pelorus ([a-z]+)\b.*$", page, flags=re.M)
    return {name: re.split(r"^# ", text, flags=re.M)[0] for name, text in zip(parts[1::2], parts[2::2])}


def main(pelorus, path):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    commands = re.findall(r"^  ([a-z]+)  ", output(pelorus, "help"), re.M)
    described, findings = sections(page), []
    if set(commands) != set(described):
        findings.append(f"commands: help has {sorted(commands)}, the page {sorted(described)}")
    everywhere = set(OPTION.findall(page))
    for name in commands:
        options = listed(output(pelorus, name, "--help"))
        findings += [f"{name} {o}: not in the page" for o in sorted(options - everywhere)]
        stray = {o for o in OPTION.findall(described.get(name, "")) if o not in options}
        findings += [f"{name} {o}: not in its help" for o in sorted(stray)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
