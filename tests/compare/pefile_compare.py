#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with python3-pefile, field by field, over real files: DOS header, NT
signature, file header, optional header, data directories, section table, imports, exports, delay
and bound imports, TLS, load configuration, resources with version information, base relocations,
hashes and entropy of file, sections and overlay, hashes of names, checksum.

usage: pefile_compare.py PELORUS [FILE...]

Without FILE one in SHARE files of the corpus is taken (see tests/corpus/corpus.py), by a fixed seed;
all of them with PELORUS_COMPARE_ALL in the environment. Where the two differ
and that is known, EXPLAINED says in which case exactly and why; a file that pefile does not read
must stand in REJECTED, and pelorus must give valid JSON for it all the same.
"""

import json
import os
import random
import re
import struct
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

try:
    import pefile
    import pefile_directories as directories
    import pefile_hashes as hashes
except ImportError:
    print("skipped: python3-pefile is not installed")
    sys.exit(corpus.SKIPPED)

TIMEOUT = 300  # seconds
JOBS = 2
SHARE, SEED = 8, 20
SAMPLED_MAX = 4 << 20  # bytes of a file
KEYS = "file,dos_header,nt_signature,file_header,optional_header,sections"

# pefile's name where it is not Microsoft's.
OPTIONAL_NAMES = {"Win32VersionValue": "Reserved1"}
SECTION_FIELDS = {
    "VirtualSize": "Misc_VirtualSize",
    "VirtualAddress": "VirtualAddress",
    "SizeOfRawData": "SizeOfRawData",
    "PointerToRawData": "PointerToRawData",
    "PointerToRelocations": "PointerToRelocations",
    "PointerToLinenumbers": "PointerToLinenumbers",
    "NumberOfRelocations": "NumberOfRelocations",
    "NumberOfLinenumbers": "NumberOfLinenumbers",
    "Characteristics": "Characteristics",
}



def is_flat(_ours, _theirs, pe):
    return pe.OPTIONAL_HEADER.SectionAlignment % 0x1000 != 0


def has_no_debug_directory(_ours, _theirs, pe):
    return len(pe.OPTIONAL_HEADER.DATA_DIRECTORY) <= pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_DEBUG"]


# (pattern of the field, condition on (ours, theirs, pe), reason). Applied only where it holds.
EXPLAINED = (
    ("debug.*", is_flat, "Windows maps a flat image as it is, not section by section"),
    ("base_relocations.*", is_flat, "Windows maps a flat image as it is, not section by section"),
    *hashes.EXPLAINED,
    ("base_relocations.*", has_no_debug_directory, "pefile stops at the first entry that is missing"),
)

# Names of files that pefile does not read -> pefile's words and why it is right or wrong.
REJECTED = {}


def number(value):
    """The number of a JSON value, which may be {value, name} and the like."""
    return value["value"] if isinstance(value, dict) else value


def words(data):
    return list(struct.unpack(f"<{len(data) // 2}H", data))


def fields_of(structure):
    """(pefile's name, value) of a structure of pefile."""
    for keys in structure.__keys__:
        yield keys[0], getattr(structure, keys[0])


def pairs(document, pe, path):
    """(field, ours, theirs) of everything that both know."""
    for name, theirs in fields_of(pe.DOS_HEADER):
        ours = document["dos_header"].get(name)
        if isinstance(theirs, bytes):
            theirs = words(theirs)
        elif isinstance(ours, dict):
            ours = number(ours)
        yield f"dos_header.{name}", ours, theirs
    yield "nt_signature", number(document["nt_signature"]), pe.NT_HEADERS.Signature
    for name, theirs in fields_of(pe.FILE_HEADER):
        yield f"file_header.{name}", number(document["file_header"].get(name)), theirs
    yield from optional_pairs(document["optional_header"], pe)
    yield from section_pairs(document["sections"], pe)
    yield from directories.pairs(document, pe)
    yield from hashes.pairs(document, pe, path)


def optional_pairs(ours, pe):
    theirs = dict(fields_of(pe.OPTIONAL_HEADER))
    for name, value in ours.items():
        if name != "DataDirectory" and value is not None:
            yield f"optional_header.{name}", number(value), theirs.pop(
                OPTIONAL_NAMES.get(name, name), None
            )
    for name, value in theirs.items():
        yield f"optional_header.{name}", None, value
    mine, other = ours["DataDirectory"], pe.OPTIONAL_HEADER.DATA_DIRECTORY
    yield "DataDirectory.count", len(mine), len(other)
    for index, (a, b) in enumerate(zip(mine, other)):
        for name in ("VirtualAddress", "Size"):
            yield f"DataDirectory[{index}].{name}", number(a[name]), getattr(b, name)


def section_pairs(ours, pe):
    yield "sections.count", len(ours), len(pe.sections)
    for index, (a, b) in enumerate(zip(ours, pe.sections)):
        for name, other in SECTION_FIELDS.items():
            yield f"sections[{index}].{name}", number(a[name]), getattr(b, other)
        yield f"sections[{index}].Name", a["Name"], text(b.Name)
        yield f"sections[{index}].long_name", a.get("long_name", a["Name"]), long_name(b, pe)


def text(data):
    """Bytes of a name up to the first zero, as the dump has them."""
    return data.split(b"\0")[0].decode("utf-8", "backslashreplace")


def long_name(section, pe):
    """The name in the string table that /123 points to; else the short one."""
    short = text(section.Name)
    if not short.startswith("/") or not short[1:].isdigit() or not pe.FILE_HEADER.PointerToSymbolTable:
        return short
    table = pe.FILE_HEADER.PointerToSymbolTable + 18 * pe.FILE_HEADER.NumberOfSymbols
    start = table + int(short[1:])
    end = pe.__data__.find(b"\0", start)
    return text(pe.__data__[start:end]) if end > start else short


def dump(pelorus, path):
    done = subprocess.run(
        [pelorus, "dump", "--format=json", f"--only={KEYS},{hashes.KEYS},{directories.keys_for(path)}", path],
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def differences(document, pe, path):
    for field, ours, theirs in pairs(document, pe, path):
        if ours == theirs:
            continue
        reason = next(
            (why for f, holds, why in EXPLAINED if re.match(f, field) and holds(ours, theirs, pe)), None
        )
        yield field, ours, theirs, reason


def compare(job):
    """(complaints, explanations) for one file."""
    pelorus, path = job
    code, document = dump(pelorus, path)
    try:
        pe = pefile.PE(path, fast_load=True, max_symbol_exports=1 << 30)
        directories.read(pe, path)
    except pefile.PEFormatError as error:
        reason = REJECTED.get(os.path.basename(path), "")
        if not reason.startswith(error.value):
            return [f"pefile rejects it: {error.value}"], []
        if code not in (0, 3) or (code == 0 and document is None):
            return [f"exit {code} without a document"], []
        return [], [f"pefile rejects it: {reason}"]
    if code != 0 or document is None:
        return [f"pefile reads it, pelorus exits with {code}"], []
    found = list(differences(document, pe, path))
    pe.close()
    return (
        [f"{f}: pefile has {theirs!r}, pelorus {ours!r}" for f, ours, theirs, why in found if not why],
        [f"{f}: {why}" for f, _, _, why in found if why],
    )


def some(files):
    if os.environ.get("PELORUS_COMPARE_ALL"):
        return files
    few = [path for path in files if os.path.getsize(path) <= SAMPLED_MAX]
    return sorted(random.Random(SEED).sample(few, -(-len(few) // SHARE)))


def main(pelorus, *paths):
    files = list(paths) or some(corpus.files())
    failed = 0
    with ProcessPoolExecutor(JOBS) as pool:
        jobs = [(pelorus, path) for path in files]
        for path, (complaints, explained) in zip(files, pool.map(compare, jobs, chunksize=8)):
            failed += bool(complaints)
            for line in complaints:
                print(f"FAIL {path}: {line}")
            for line in explained:
                print(f"explained {path}: {line}")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
