#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: the fields of the load configuration, and
the tables of Control Flow Guard and exception handlers.

usage: readobj_load_config.py PELORUS [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py). llvm-readobj does not
know all fields; it names two of them in its own way.
"""

import re
import shutil
import sys

import peers
from peers import Pair, Rule, number

FIELD = re.compile(r"^  (\w+): (?:.*\()?(0x[0-9A-F]+|\d+)\)?$", re.M)
TABLE = re.compile(r"^(\w+Table) \[\n(.*?)^\]", re.M | re.S)
ENTRY = re.compile(r"^  (0x[0-9A-F]+)(?: flags ([0-9A-F]+))?$", re.M)
RENAMED = {"GuardCFCheckFunction": "GuardCFCheckFunctionPointer",
           "GuardCFCheckDispatch": "GuardCFDispatchFunctionPointer"}
# Its tables and ours.
TABLES = {"SEHTable": "se_handlers", "GuardFidTable": "guard_functions",
          "GuardIatTable": "guard_iat_entries", "GuardLJmpTable": "guard_longjump_targets",
          "GuardEHContTable": "guard_eh_continuations"}
STRIDELESS = ("load_config.guard_iat_entries", "load_config.guard_longjump_targets")


def unflagged(entries, stride):
    """The addresses one finds when these entries of `stride` bytes are read as if they had four."""
    data = b"".join(e["rva"].to_bytes(4, "little") + number(e.get("flags", 0)).to_bytes(stride - 4, "little")
                    for e in entries)
    return [int.from_bytes(data[4 * i:4 * i + 4], "little") for i in range(len(entries))]


def reads_without_flags(pair, document):
    """Entries have flags behind the address; it must have exactly what comes of not seeing them."""
    if pair.field not in STRIDELESS:
        return False
    table = document["load_config"][pair.field.split(".")[1]]
    base = document["optional_header"]["ImageBase"]
    return table["stride"] > 4 and pair.theirs == [
        (base + rva, 0) for rva in unflagged(table["entries"], table["stride"])]


RULES = (
    Rule("load_config.guard_*", reads_without_flags,
         "llvm-readobj takes entries of imports and of targets of longjmp for four bytes: it does not see the flags",
         "watcher-win32-x64/package/watcher.node"),
)


def pairs(document, text):
    """What both say of the load configuration."""
    config, base = document["load_config"], document["optional_header"]["ImageBase"]
    head = text.split("LoadConfig [", 1)[-1].split("\n]", 1)[0]
    for name, value in FIELD.findall(head):
        ours = RENAMED.get(name, name)
        if config.get(ours) is not None:
            yield Pair(f"load_config.{ours}", number(config[ours]), int(value, 0))
    tables = {TABLES[name]: body for name, body in TABLE.findall(text) if name in TABLES}
    for name in TABLES.values():
        ours = [(entry["rva"] + base, number(entry.get("flags", 0)))
                for entry in config.get(name, {}).get("entries", [])]
        theirs = [(int(rva, 16), int(flags or "0", 16)) for rva, flags in ENTRY.findall(tables.get(name, ""))]
        yield Pair(f"load_config.{name}", ours, theirs)


def compare(pelorus, readobj, path):
    document = peers.dump(pelorus, path, "optional_header", "load_config")
    if document is None:
        return "pelorus gives no document"
    other = peers.run(readobj, "--coff-load-config", path)
    text = other.stdout.decode("utf-8", "backslashreplace")
    if "load_config" not in document:
        return document, [Pair("load_config", False, "LoadConfig [" in text)]
    return document, [Pair("load_config.read", True, other.returncode == 0), *pairs(document, text)]


def main(pelorus, *arguments):
    readobj = shutil.which("llvm-readobj")
    if not readobj:
        print("skipped: llvm-readobj is not installed")
        return peers.corpus.SKIPPED
    return peers.main(arguments, lambda path: compare(pelorus, readobj, path), RULES, 1, 1 << 40)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
