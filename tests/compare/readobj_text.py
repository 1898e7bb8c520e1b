# SPDX-License-Identifier: Apache-2.0
"""The text that llvm-readobj prints, as nested lists."""

import re
import subprocess

import peers

OUTPUT_MAX = 128 << 20  # bytes
OPEN = re.compile(r"^(.*?) ?[\[{(](?: \((0x[0-9A-Fa-f]+)\))?$")
INSIDE = re.compile(r"\((0x[0-9A-Fa-f]+|-?\d+)\)$")
HEX_ROWS = re.compile(rb"^ *[0-9A-F]{4,}: (?:[0-9A-F]+ )+ *\|.*\|\n", re.M)


def tree(text):
    """The text as nested lists of (key, value): blocks are lists, lines without a key have None."""
    root = []
    stack = [root]
    for line in text.splitlines():
        word = line.strip()
        opened = OPEN.match(word)
        if word in ("}", "]", ")"):
            if len(stack) > 1:
                stack.pop()
        elif opened and not word.startswith("0x"):
            block = [(None, opened[2])] if opened[2] else []
            stack[-1].append((opened[1].strip(), block))
            stack.append(block)
        elif ": " in word or word.endswith(":"):
            key, _, value = word.partition(":")
            stack[-1].append((key, value.strip()))
        elif word:
            stack[-1].append((None, word))
    return root


def blocks(node, name):
    return [value for key, value in node if key == name and isinstance(value, list)]


def block(node, name):
    return (blocks(node, name) or [[]])[0]


def fields(node):
    return {key: value for key, value in node if key}


def integer(value):
    """The number of a line, or of a block of flags."""
    text = value[0][1] if isinstance(value, list) else value
    inside = INSIDE.search(text)
    return int(inside[1] if inside else text.split(" ")[0], 0)


def names(value):
    """The name before a number in parentheses, or those of a block of flags; None when it has none."""
    if isinstance(value, list):
        return sorted(INSIDE.sub("", text).strip() for _, text in value[1:])
    return INSIDE.sub("", value).strip() if INSIDE.search(value) else None


def limited(*command):
    """(bytes of its output, whether it came to a good end). Some output has no end but a crash."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output = process.stdout.read(OUTPUT_MAX)
        if len(output) == OUTPUT_MAX:
            process.kill()
        return HEX_ROWS.sub(b"", output), process.wait(peers.TIMEOUT) == 0


def ask(readobj, options, path):
    """(bytes of its output, the options at which it gave up). When it gives up each option is asked
    alone."""
    output, good = limited(readobj, *options, path)
    if good:
        return output, ()
    runs = {option: limited(readobj, option, path) for option in options}
    lost = tuple(option for option, (_, good) in runs.items() if not good)
    return b"".join(closed(output) for output, _ in runs.values() if len(output) < OUTPUT_MAX), lost


def closed(output):
    """With the blocks closed that are open where it gave up."""
    depth = len(re.findall(rb"[\[{(](?: \(0x[0-9A-F]+\))?$", output, re.M)) - len(
        re.findall(rb"^ *[\]})]$", output, re.M))
    return output + b"\n" + b"]\n" * max(depth, 0)
