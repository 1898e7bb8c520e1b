#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions of 60 lines and files of 500 at most; exceptions with a reason are in
tools/size_allow.txt.

usage: check_size.py ROOT

Relies on the clang-format of the project: the braces of a function stand in column 0.
"""

import re
import sys

import tree

FUNCTION_LINES = 60
FILE_LINES = 500
ALLOW_LIST = "tools/size_allow.txt"

# The last name before the parameter list, or the name inside START_TEST(...).
NAME = re.compile(r"(?:START_TEST|PEL_TESTS)\((\w+)\)|(\w+)\s*\(")


def function_name(lines, brace):
    """The name of the function whose `{` stands on line `brace`; None if it is none."""
    first = brace
    while first > 0 and lines[first - 1] and not lines[first - 1].endswith((";", "}", "*/")):
        first -= 1
    signature = " ".join(lines[first:brace])
    found = NAME.search(signature)
    if not found or signature.startswith(("typedef", "struct", "enum", "union", "#")):
        return None
    return found[1] or found[2]


def functions(text):
    """(name, line of the brace, lines from brace to brace) of each function."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if name := function_name(lines, start):
                yield name, start + 1, number - start + 1
            start = None


def allowed(root):
    """Names in the allow-list: "path" or "path:function", then the reason."""
    try:
        lines = tree.read(root, ALLOW_LIST).splitlines()
    except FileNotFoundError:
        return {}
    entries = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return {entry[0]: entry[1] if len(entry) > 1 else "" for entry in entries}


def oversize(root):
    """(key in the allow-list, complaint) for all that is too long."""
    for name in tree.files(root, ".c", ".h", ".py"):
        text = tree.read(root, name)
        length = text.count("\n")
        if length > FILE_LINES:
            yield name, f"{name}: {length} lines; the limit is {FILE_LINES}"
        if name.endswith(".py"):
            continue
        for function, line, size in functions(text):
            if size > FUNCTION_LINES:
                key = f"{name}:{function}"
                yield key, f"{name}:{line}: {function} has {size} lines; the limit is {FUNCTION_LINES}"


def main(root):
    excused = allowed(root)
    found = dict(oversize(root))
    findings = [text for key, text in found.items() if key not in excused]
    for key, reason in excused.items():
        if key not in found:
            findings.append(f"{ALLOW_LIST}: {key} is short enough now; remove the line")
        elif not reason:
            findings.append(f"{ALLOW_LIST}: {key} needs a reason")
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
