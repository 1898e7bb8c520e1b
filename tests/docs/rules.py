#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/loading.md explains every rule of the loader, under its name, and agrees with the table
about the status, about how sure we are, and about the versions that have it; it explains nothing else. Headings that sources refer
to are there.

usage: rules.py ROOT
"""

import os
import re
import sys

import markdown

ROW = re.compile(r'^X\((\w+),\s*"([^"]+)",\s*(\w+),\s*\w+,\s*(\w+),\s*(\w+),', re.M)
ENTRY = re.compile(r"^\*\*`([\w.-]+)`\*\* · `(?:STATUS_)?(\w+)` · (\w+)(?: · (.*))?$")
VERSIONS = {
    "WINDOWS": None, "UEFI": None, "XP": "Windows XP", "SINCE_7": "since Windows 7",
    "SINCE_8": "since Windows 8", "SINCE_10": "since Windows 10", "NOT_7": "Windows XP, 8 and later",
}
NAMED = re.compile(r'docs/loading\.md,[\s*/]*(?:sections?\s+)?((?:"[^"]+"[\s*,]*(?:and\s*)?)+)')


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def rules(root):
    rows = ROW.findall(read(root, "include/pelorus/tables/rules.def"))
    return {name: (status, sure.lower(), VERSIONS[versions])
            for id_, name, status, sure, versions in rows if id_ != "NONE"}


def named_headings(root):
    """Headings of the page that sources name, with who names them."""
    for folder in ("src", "include"):
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                text = re.sub(r"\n[ \t]*\*?[ \t]*", " ", read(path, name))
                for found in NAMED.findall(text):
                    for heading in re.findall(r'"([^"]+)"', found):
                        yield heading, name


def main(root):
    page = read(root, "docs/loading.md").splitlines()
    want, findings, seen = rules(root), [], set()
    for entry in filter(None, map(ENTRY.match, page)):
        name, status, sure, versions = entry.groups()
        if name in seen:
            findings.append(f"{name}: explained twice")
        seen.add(name)
        if want.get(name) != (status, sure, versions):
            findings.append(f"{name}: the page says {status}, {sure}, {versions}; the table {want.get(name)}")
    findings += [f"{name}: not explained" for name in want if name not in seen]
    headings = {text for _, text in markdown.headings(page)}
    findings += [f"{who} names a heading that is not there: {h}" for h, who in named_headings(root) if h not in headings]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
