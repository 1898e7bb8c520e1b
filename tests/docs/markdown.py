# SPDX-License-Identifier: Apache-2.0
"""What the checks beside this file read in Markdown: fenced blocks, headings, links."""

import re

FENCE = re.compile(r"^```(\w*)[ \t]*$")
HEADING = re.compile(r"^(#+) (.*?)\s*$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block:
    """A fenced block: its language, its lines, the number (from 0) of its first line, and the
    last line of text before it."""

    def __init__(self, language, start, before):
        self.language, self.start, self.before = language, start, before
        self.lines = []


def blocks(lines):
    block, before = None, ""
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if block is not None and line.rstrip() == "```":
            yield block
            block, before = None, ""
        elif block is not None:
            block.lines.append(line)
        elif fence:
            block = Block(fence[1], number + 1, before)
        elif line.strip():
            before = line.strip()


def outside_blocks(lines):
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield line


def headings(lines):
    """Pairs (level, text)."""
    for line in outside_blocks(lines):
        if found := HEADING.match(line):
            yield len(found[1]), found[2]


def anchor(heading):
    """The name under which a heading is linked to."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def links(lines):
    for line in outside_blocks(lines):
        without_code = re.sub(r"`[^`]*`", "", line)
        yield from LINK.findall(without_code)
