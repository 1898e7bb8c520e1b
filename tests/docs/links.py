#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link of a page leads to a file of the tree and to a heading in it, every page
below docs/ can be reached from README.md, and every file of docs/ that a source file or header
names is there.

usage: links.py ROOT
"""

import os
import re
import sys

import markdown

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools"))
import tree  # noqa: E402

NAMED = re.compile(r"\bdocs/[\w./-]+\.md\b")


def check_link(root, pages, page, target):
    """The page that the link leads to (or None), and a complaint (or None)."""
    path, _, fragment = target.partition("#")
    where = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(root, where)):
        return None, f"{page}: no such file: {target}"
    if where in pages and fragment:
        anchors = {markdown.anchor(text) for _, text in markdown.headings(pages[where])}
        if fragment not in anchors:
            return where, f"{page}: no such heading: {target}"
    return where if where in pages else None, None


def check_pages(root, pages):
    arrows, findings = {}, []
    for page, lines in pages.items():
        arrows[page] = set()
        for target in markdown.links(lines):
            if re.match(r"[a-z]+:", target):
                continue
            where, complaint = check_link(root, pages, page, target)
            findings += [complaint] if complaint else []
            arrows[page] |= {where} if where else set()
    reached, todo = {"README.md"}, ["README.md"]
    while todo:
        new = arrows.get(todo.pop(), set()) - reached
        reached |= new
        todo += new
    findings += [f"{p}: no way leads there" for p in pages if p.startswith("docs/") and p not in reached]
    return findings


def check_names(root):
    for name in tree.files(root, ".c", ".h", ".def", ".md", ".py", ".yaml", ".txt"):
        for path in NAMED.findall(tree.read(root, name)):
            if not os.path.exists(os.path.join(root, path)):
                yield f"{name}: no such page: {path}"


def main(root):
    pages = {name: tree.read(root, name).splitlines() for name in tree.files(root, ".md")}
    return tree.report(check_pages(root, pages) + sorted(set(check_names(root))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
