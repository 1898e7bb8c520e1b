#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: the debug directory (type, time, sizes,
addresses, PDB) and COFF symbols (name, value, section, type, class, auxiliary records).

usage: readobj_debug.py PELORUS [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py). Where the two differ and
that is known, EXPLAINED says in which case exactly and why.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

TIMEOUT = 300  # seconds
JOBS = 2
FIELD = re.compile(r"^\s*(\w+): (.*)$")
VALUE = re.compile(r"\((0x[0-9A-Fa-f]+|-?\d+)\)$")
BLOCKS = {"DebugEntry {": "debug", "Symbol {": "symbols"}


def run(*command):
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)


def blocks(text):
    """The fields of each outermost block of debug entries and symbols; the first of a name counts."""
    found = {"debug": [], "symbols": []}
    current, depth = None, 0
    for line in text.splitlines():
        word = line.strip()
        if current is None and word in BLOCKS:
            current, depth = {}, 1
            found[BLOCKS[word]].append(current)
        elif current is not None:
            depth += word.endswith(("{", "[")) - (word in ("}", "]"))
            match = FIELD.match(line)
            if match and match[1] not in current:
                current[match[1]] = match[2]
            if depth == 0:
                current = None
    return found


def number(text):
    inside = VALUE.search(text)
    return int(inside[1] if inside else text.split(" ")[0], 0)


def guid(text):
    """The bytes of a GUID, or the GUID itself in later versions."""
    if text.startswith("("):
        return str(uuid.UUID(bytes_le=bytes.fromhex(text.strip("()"))))
    return text.strip("{}").lower()


def debug_pairs(ours, theirs):
    yield "debug.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        where = f"debug[{index}]"
        for name in ("Type", "SizeOfData", "AddressOfRawData", "PointerToRawData"):
            value = a[name]
            yield f"{where}.{name}", value["value"] if isinstance(value, dict) else value, number(b[name])
        if "PDBGUID" in b and "codeview" in a:
            yield f"{where}.Guid", a["codeview"]["Guid"], guid(b["PDBGUID"])
            yield f"{where}.Age", a["codeview"]["Age"], number(b["PDBAge"])
            path = a["codeview"]["PdbFileName"].replace("\\\\", "\\")
            yield f"{where}.PdbFileName", path, b["PDBFileName"]


def symbol_pairs(ours, theirs):
    yield "symbols.count", len(ours), len(theirs)
    for a, b in zip(ours, theirs):
        where = f"symbols[{a['index']}]"
        yield f"{where}.Name", a["Name"] or "", b["Name"]
        yield f"{where}.Value", a["Value"], number(b["Value"])
        yield f"{where}.SectionNumber", a["SectionNumber"], number(b["Section"]) & 0xFFFF
        kind = number(b["ComplexType"]) << 4 | number(b["BaseType"])
        yield f"{where}.Type", a["Type"]["value"] & 0xFF, kind
        yield f"{where}.StorageClass", a["StorageClass"]["value"], number(b["StorageClass"])
        yield f"{where}.aux", a["aux"], number(b["AuxSymbolCount"])


def compare(job):
    pelorus, readobj, path = job
    done = run(pelorus, "dump", "--format=json", "--only=optional_header,debug,coff_symbols", path)
    other = run(readobj, "--coff-debug-directory", "--symbols", path)
    if done.returncode != 0:
        return [f"pelorus exits with {done.returncode}"], []
    document = json.loads(done.stdout)
    theirs = blocks(other.stdout.decode("utf-8", "backslashreplace"))
    complaints, explained = [], []
    flat = (document.get("optional_header") or {}).get("SectionAlignment", 0) % 0x1000 != 0
    pairs = list(debug_pairs(document.get("debug", []), theirs["debug"]))
    pairs += symbol_pairs(document.get("coff_symbols", {}).get("symbols", []), theirs["symbols"])
    for field, a, b in pairs:
        if a == b:
            continue
        line = f"{field}: llvm-readobj has {b!r}, pelorus {a!r}"
        if flat and field.startswith("debug"):
            explained.append(f"{line}: Windows maps a flat image as it is, not section by section")
        elif other.returncode != 0:
            explained.append(f"{line}: llvm-readobj gives up")
        else:
            complaints.append(line)
    return complaints, explained


def main(pelorus, *paths):
    readobj = shutil.which("llvm-readobj")
    if not readobj:
        print("skipped: llvm-readobj is not installed")
        return corpus.SKIPPED
    files = list(paths) or corpus.files()
    failed = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for path, (complaints, explained) in zip(
            files, pool.map(compare, [(pelorus, readobj, path) for path in files])
        ):
            failed += bool(complaints)
            for line in complaints[:10]:
                print(f"FAIL {path}: {line}")
            for line in explained[:10]:
                print(f"explained {path}: {line}")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
