#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An image written by `map --image-out` and read with --layout=memory has the headers, sections and
directories of its file.

usage: layout.py PELORUS FOLDER
"""

import json
import os
import subprocess
import sys
import tempfile

# What belongs to the bytes of the file as such. COFF symbols, line numbers and certificates are found
# by their offset in the file, and are not mapped.
OF_THE_FILE = ("file", "layout", "overlay", "hashes", "diagnostics", "coff_symbols", "line_numbers",
               "certificates", "signature")


def dump(pelorus, path, *options):
    done = subprocess.run([pelorus, "dump", "--format=json", *options, path], capture_output=True,
                          check=True)
    document = json.loads(done.stdout)
    kept = {key: value for key, value in document.items() if key not in OF_THE_FILE}
    for section in kept["sections"]:
        for key in ("entropy", "md5", "sha1", "sha256"):  # of the bytes that the loader changes
            del section[key]
        section.pop("long_name", None)  # in the string table, which is not mapped
    for leaf in kept.get("resources", {}).get("entries", []):
        leaf.pop("offset", None)  # in the file, or in the dump
    kept["debug"] = [entry for entry in kept.get("debug", []) if entry["AddressOfRawData"]]
    for entry in kept["debug"]:  # the others are not mapped
        del entry["found_by"]  # by its offset in the file, or by its RVA in the dump
    return document, kept


def is_mapped(pelorus, path, to):
    """False when Windows would not map it: then there is nothing to read."""
    done = subprocess.run([pelorus, "map", "--only=status", f"--image-out={to}", path],
                          capture_output=True, check=False)
    return done.returncode == 0


def problems(pelorus, path, memory):
    _, of_file = dump(pelorus, path)
    whole, of_memory = dump(pelorus, memory, "--layout=memory")
    if whole.get("layout") != "memory":
        yield "the layout is not told"
    for key in of_file.keys() | of_memory.keys():
        if of_file.get(key) != of_memory.get(key):
            yield f"{key} differs"
    errors = [d["code"] for d in whole["diagnostics"] if d["severity"] == "error"]
    if errors:
        yield f"errors: {errors}"
    with open(memory, "r+b") as cut:  # a dump that ends early, as many do
        cut.truncate(0x1400)
    whole, of_cut = dump(pelorus, memory, "--layout=memory")
    if of_cut["sections"] != of_file["sections"]:
        yield "sections of the cut dump differ"
    if [d["code"] for d in whole["diagnostics"] if d["severity"] == "error"]:
        yield "errors in the cut dump"


def main(pelorus, folder):
    compared = wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        memory = os.path.join(temporary, "image")
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not is_mapped(pelorus, path, memory):
                continue
            compared += 1
            for problem in problems(pelorus, path, memory):
                print(f"{name}: {problem}")
                wrong = 1
    print(f"{compared} images compared")
    return wrong or compared < 8


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
