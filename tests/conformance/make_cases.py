#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the loader cases to a folder: NAME and NAME.expected.json of each line of a .jsonl file.

usage: make_cases.py CASES.jsonl DIR

A line is the JSON of NAME.expected.json and one member more, `recipe`, of which the PE file is
made: `size` bytes, zero but for the runs [offset, "hexadecimal"].
"""

import json
import os
import sys


def contents(recipe):
    data = bytearray(recipe["size"])
    for offset, digits in recipe["runs"]:
        run = bytes.fromhex(digits)
        if offset + len(run) > len(data):
            raise ValueError(f"a run ends past the end of the file: {offset}")
        data[offset : offset + len(run)] = run
    return bytes(data)


def main(source, folder):
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            recipe = case.pop("recipe")
            name = case["file"]
            with open(os.path.join(folder, name), "wb") as out:
                out.write(contents(recipe))
            with open(os.path.join(folder, name + ".expected.json"), "w", encoding="utf-8") as out:
                json.dump(case, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
