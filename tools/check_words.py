#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on what belongs to a machine or to a moment and not in the tree: paths of a developer's
machine, marks of unfinished work, host names of package registries.

usage: check_words.py ROOT
"""

import re
import sys

import tree

# Written with classes of one character, so that this file does not find itself.
UNWANTED = (
    ("a path of one machine", r"(?<![\w.])[/](?:work|root|home/\w+|tmp/w)[/]"),
    ("a mark of unfinished work", r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b"),
    (
        "the host of a registry",
        r"\b(?:registry\.n[p]mjs|n[p]mjs|p[y]pi|files\.p[y]thonhosted|d[e]b\.debian"
        r"|ft[p]\.debian|snapshot\.d[e]bian|crate[s]|static\.crate[s]|proxy\.g[o]lang)"
        r"\.(?:org|com|io)\b",
    ),
)
PATTERNS = [(what, re.compile(pattern)) for what, pattern in UNWANTED]


def findings_in(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        for what, pattern in PATTERNS:
            if found := pattern.search(line):
                yield f"{name}:{number}: {what}: {found[0]}"


def main(root):
    findings = []
    for name in tree.files(root):
        findings += findings_in(name, tree.read(root, name))
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
