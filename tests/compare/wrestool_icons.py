#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares icons, cursors and bitmaps of `pelorus extract` with those of icoutils' wrestool, over real
files: entries and pictures, byte for byte.

usage: wrestool_icons.py PELORUS [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py). Two habits of wrestool are
known: it leaves bytes behind the last picture, and counts the hot spot of a cursor as a part of its
picture; and it finds no pictures in another language than that of their group. Of those only ours are
looked at, whether they can be read.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

TIMEOUT = 120  # seconds
KINDS = {".ico": "14", ".cur": "12", ".bmp": "2"}
HOT_SPOT = 4


def pictures(data, theirs):
    """The entries of an icon or a cursor, each with its picture."""
    reserved, kind, count = struct.unpack_from("<HHH", data)
    assert reserved == 0 and kind in (1, 2), "no ICONDIR"
    for index in range(count):
        *entry, size, offset = struct.unpack_from("<BBBBHHII", data, 6 + 16 * index)
        size -= HOT_SPOT if theirs and kind == 2 else 0
        picture = data[offset:offset + size]
        assert len(picture) == size, f"picture {index} is cut"
        yield (kind, *entry, picture)


def bitmap(data):
    magic, size, _, pixels = struct.unpack_from("<2sIII", data)
    assert magic == b"BM" and size == len(data) and pixels <= size, "no bitmap"
    return size, pixels, data


def contents(folder, extension, theirs):
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(extension):
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            found.append(bitmap(data) if extension == ".bmp" else tuple(pictures(data, theirs)))
    return sorted(found)


def extract(pelorus, path, folder):
    done = subprocess.run([pelorus, "extract", "-o", folder, "--only=icons,cursors,bitmaps", "--format=json",
                           path], capture_output=True, timeout=TIMEOUT, check=False)
    return done.returncode, json.loads(done.stdout)["items"] if done.stdout else None


def wrestool(path, kind, folder):
    """What it says of what it does not find."""
    done = subprocess.run(["wrestool", "-x", "-t", kind, "-o", folder, path], capture_output=True,
                          timeout=TIMEOUT, check=False)
    return done.stderr.decode("utf-8", "replace")


def compare(pelorus, path):
    """(complaint or None, remark or None, files)"""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        code, items = extract(pelorus, path, ours)
        if items is None:
            return (None if code == 3 else f"exit {code} without a document"), None, 0
        remark = None
        for extension, kind in KINDS.items() if items else ():
            said = wrestool(path, kind, theirs)
            mine, other = contents(ours, extension, False), contents(theirs, extension, True)
            if not other and "could not find" in said:
                remark = "wrestool finds no pictures in another language than that of their group"
            elif mine != other:
                return f"{extension}: {len(mine)} of ours, {len(other)} of wrestool's, not the same", None, 0
        return None, remark, len(items)


def main(pelorus, *paths):
    if not shutil.which("wrestool"):
        print("skipped: icoutils is not installed")
        return corpus.SKIPPED
    files = list(paths) or corpus.files()
    failed = compared = 0
    for path in files:
        try:
            complaint, remark, count = compare(pelorus, path)
        except (AssertionError, struct.error) as error:
            complaint, remark, count = str(error), None, 0
        failed += complaint is not None
        compared += count
        if complaint or remark:
            print(f"{'FAIL' if complaint else 'explained'} {path}: {complaint or remark}")
    print(f"{len(files) - failed} passed, {failed} failed; {compared} files compared")
    return 1 if failed or not compared else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
