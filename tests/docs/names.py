#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions, files and constants that the documentation names are there: every word() and
PEL_CONSTANT, and every path that begins with a folder of the tree.

usage: names.py ROOT
"""

import glob
import os
import re
import sys

import markdown

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools"))
import tree  # noqa: E402

FUNCTION = re.compile(r"\b([a-z]\w+)\(\)")
CONSTANT = re.compile(r"\bPEL_[A-Z][A-Z0-9_]+\b")
PATH = re.compile(r"(?<![\w./-])(?:src|include|tests|tools|docs|samples|fuzz|cmake|bench)/[\w./*-]+[\w*]")
TO_WRITE = re.compile(r"X\b|_X\.|NAME|LAYER|RECIPE")


def words(root):
    text = "".join(tree.read(root, name) for name in tree.files(root, ".c", ".h", ".def", ".txt", ".cmake"))
    return set(re.findall(r"\w+", text)) | made_of_tables(text)


def made_of_tables(text):
    """Constants that are made of two parts: PEL_PAGE_READWRITE of X(PAGE_READWRITE, ...)."""
    rows = set(re.findall(r"^X\((\w+)", text, re.M))
    prefixes = set(re.findall(r"\b(PEL_(?:[A-Z0-9]+_)*)##", text)) | {"PEL_"}
    return {prefix + row for prefix in prefixes for row in rows}


def main(root):
    known, findings = words(root), []
    for page in tree.files(root, ".md", ".scd"):
        text = tree.read(root, page)
        for name in FUNCTION.findall(text) + CONSTANT.findall(text):
            if name not in known:
                findings.append(f"{page}: nothing is called {name}")
        for path in PATH.findall("\n".join(markdown.outside_blocks(text.splitlines()))):
            if not TO_WRITE.search(path) and not glob.glob(os.path.join(root, path.rstrip("."))):
                findings.append(f"{page}: no such file: {path}")
    return tree.report(sorted(set(findings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
