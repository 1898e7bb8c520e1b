#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: the debug directory (type, time, sizes,
addresses, PDB) and COFF symbols (name, value, section, type, class, auxiliary records).

usage: readobj_debug.py PELORUS [--all] [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py).
"""

import re
import shutil
import sys
import uuid

import peers
from peers import Pair, Rule, is_flat

SHARE = 12
FIELD = re.compile(r"^\s*(\w+): (.*)$")
VALUE = re.compile(r"\((0x[0-9A-Fa-f]+|-?\d+)\)$")
BLOCKS = {"DebugEntry {": "debug", "Symbol {": "symbols"}


def is_long_name(pair, _document):
    """GNU as: four zeros, and where it is in the string table."""
    return pair.theirs.startswith("\0\0\0\0") and len(pair.ours) > 18


RULES = (
    Rule("debug*", is_flat, "Windows maps a flat image as it is, not section by section",
         "ipxe/boot/ipxe.efi"),
    Rule("symbols*.aux_sections of a function", lambda pair, _document: not pair.ours,
         "llvm-readobj takes the record of a static function for that of a section",
         "x86_64-windows/vcruntime140_1.dll"),
    Rule("symbols*.files.FileName", is_long_name,
         "llvm-readobj shows the offset of the name of a file that does not fit into a record",
         "x86_64-windows/d3d8.dll"),
)


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


# Auxiliary records: ours, and the field of llvm-readobj for each of its fields.
AUX = (
    ("aux_sections", {"Length": "Length", "NumberOfRelocations": "RelocationCount",
                      "NumberOfLinenumbers": "LineNumberCount", "CheckSum": "Checksum",
                      "Selection": "Selection"}),
    ("aux_functions", {"TagIndex": "TagIndex", "TotalSize": "TotalSize",
                       "PointerToLinenumber": "PointerToLineNumber",
                       "PointerToNextFunction": "PointerToNextFunction"}),
    ("aux_weak", {"TagIndex": "Linked", "Characteristics": "Search"}),
    ("files", {"FileName": "FileName"}),
)


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
        for name in ("Characteristics", "TimeDateStamp", "MajorVersion", "MinorVersion", "Type", "SizeOfData",
                     "AddressOfRawData", "PointerToRawData"):
            value = a[name]
            yield f"{where}.{name}", value["value"] if isinstance(value, dict) else value, number(b[name])
        if "PDBGUID" in b and "codeview" in a:
            yield f"{where}.Signature", a["codeview"]["Signature"]["value"], number(b["PDBSignature"])
            yield f"{where}.Guid", a["codeview"]["Guid"], guid(b["PDBGUID"])
            yield f"{where}.Age", a["codeview"]["Age"], number(b["PDBAge"])
            path = a["codeview"]["PdbFileName"].replace("\\\\", "\\")
            yield f"{where}.PdbFileName", path, b["PDBFileName"]


def aux_pairs(where, symbols, index, theirs, is_function):
    """The first auxiliary record of a symbol, as far as both take it for the same."""
    for key, names in AUX:
        first = next(iter(names.values()))
        record = symbols[key].get(index)
        if first not in theirs or (key == "aux_functions" and "Linked" in theirs):
            continue
        # GNU as makes static functions of type function; their records are those of functions.
        yield f"{where}.{key}{' of a function' * is_function}", record is not None, True
        for name, other in names.items() if record else ():
            value = record[name]["value"] if isinstance(record[name], dict) else record[name]
            yield f"{where}.{key}.{name}", value, theirs[other] if key == "files" else number(theirs[other])


def first_records(document):
    """By key and the symbol's index."""
    found = {}
    for key, _ in AUX:
        found[key] = {}
        for record in document.get(key, []):
            found[key].setdefault(record["symbol"], record)
    return found


def symbol_pairs(document, theirs):
    ours, records = document.get("symbols", []), first_records(document)
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
        yield from aux_pairs(where, records, a["index"], b, a["Type"]["value"] == 0x20)


def compare(pelorus, readobj, path):
    ours = peers.dump(pelorus, path, "optional_header", "debug", "coff_symbols")
    if ours is None:
        return "pelorus gives no document"
    other = peers.run(readobj, "--coff-debug-directory", "--symbols", path)
    theirs = blocks(other.stdout.decode("utf-8", "backslashreplace"))
    pairs = [*debug_pairs(ours.get("debug", []), theirs["debug"]),
             *symbol_pairs(ours.get("coff_symbols", {}), theirs["symbols"])]
    return ours, [Pair(*pair) for pair in pairs]


def main(pelorus, *arguments):
    readobj = shutil.which("llvm-readobj")
    if not readobj:
        print("skipped: llvm-readobj is not installed")
        return peers.corpus.SKIPPED
    return peers.main(arguments, lambda path: compare(pelorus, readobj, path), RULES, SHARE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
