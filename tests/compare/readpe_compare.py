#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with readpe (Debian's package pev), field by field, over real files: DOS
header, file header, optional header, data directories, sections, imports, exports.

usage: readpe_compare.py PELORUS [--all] [FILE...]
"""

import json
import re
import shutil
import sys

import peers
from peers import Pair, Rule, number, plain

KEYS = ("dos_header", "file_header", "optional_header", "sections", "imports", "exports")
SHARE = 8

DOS = {
    "Magic number": "e_magic", "Bytes in last page": "e_cblp", "Pages in file": "e_cp",
    "Relocations": "e_crlc", "Size of header in paragraphs": "e_cparhdr",
    "Minimum extra paragraphs": "e_minalloc", "Maximum extra paragraphs": "e_maxalloc",
    "Initial (relative) SS value": "e_ss", "Initial SP value": "e_sp", "Initial IP value": "e_ip",
    "Initial (relative) CS value": "e_cs", "Address of relocation table": "e_lfarlc",
    "Overlay number": "e_ovno", "OEM identifier": "e_oemid", "OEM information": "e_oeminfo",
    "PE header offset": "e_lfanew",
}
COFF = {
    "Machine": "Machine", "Number of sections": "NumberOfSections",
    "Date/time stamp": "TimeDateStamp", "Symbol Table offset": "PointerToSymbolTable",
    "Number of symbols": "NumberOfSymbols", "Size of optional header": "SizeOfOptionalHeader",
    "Characteristics": "Characteristics",
}
OPTIONAL = {
    "Magic number": "Magic", "Linker major version": "MajorLinkerVersion",
    "Linker minor version": "MinorLinkerVersion", "Size of .text section": "SizeOfCode",
    "Size of .data section": "SizeOfInitializedData", "Size of .bss section": "SizeOfUninitializedData",
    "Entrypoint": "AddressOfEntryPoint", "Address of .text section": "BaseOfCode",
    "Address of .data section": "BaseOfData", "ImageBase": "ImageBase",
    "Alignment of sections": "SectionAlignment", "Alignment factor": "FileAlignment",
    "Major version of required OS": "MajorOperatingSystemVersion",
    "Minor version of required OS": "MinorOperatingSystemVersion",
    "Major version of image": "MajorImageVersion", "Minor version of image": "MinorImageVersion",
    "Major version of subsystem": "MajorSubsystemVersion",
    "Minor version of subsystem": "MinorSubsystemVersion", "Size of image": "SizeOfImage",
    "Size of headers": "SizeOfHeaders", "Checksum": "CheckSum", "Subsystem required": "Subsystem",
    "DLL characteristics": "DllCharacteristics", "Size of stack to reserve": "SizeOfStackReserve",
    "Size of stack to commit": "SizeOfStackCommit", "Size of heap space to reserve": "SizeOfHeapReserve",
    "Size of heap space to commit": "SizeOfHeapCommit",
}
SECTION = {
    "Virtual Size": "VirtualSize", "Virtual Address": "VirtualAddress",
    "Size Of Raw Data": "SizeOfRawData", "Pointer To Raw Data": "PointerToRawData",
    "Number Of Relocations": "NumberOfRelocations", "Characteristics": "Characteristics",
}
# Where its names of directories are not those of winnt.h.
DIRECTORY = {"IMAGE_DIRECTORY_ENTRY_CERTIFICATE": "IMAGE_DIRECTORY_ENTRY_SECURITY"}



def is_cut_name(pair, _document):
    return len(pair.ours) == 8 and pair.ours[:7] == pair.theirs


def stops_at_ordinal(pair, document):
    functions = document["imports"][int(re.search(r"\d+", pair.field)[0])]["functions"]
    return pair.theirs < len(functions) and functions[pair.theirs]["ordinal"] is not None


RULES = (
    Rule("sections*.Name", is_cut_name, "readpe shows seven characters of a name that has eight",
         "efibootguard/efibootguardx64.efi"),
    Rule("imports*.functions.count", stops_at_ordinal,
         "readpe shows no functions from the first one by ordinal on, in PE32+", "credui.dll"),
)


def first(text):
    return int(text.split()[0], 0)


def headers(ours, theirs):
    for title, key, names in (("DOS Header", "dos_header", DOS),
                              ("COFF/File header", "file_header", COFF),
                              ("Optional/Image header", "optional_header", OPTIONAL)):
        for name, field in names.items():
            if name in theirs.get(title, {}):
                yield Pair(f"{key}.{field}", number(ours[key].get(field)), first(theirs[title][name]))


def directories(ours, theirs):
    have = {d["name"]: (d["VirtualAddress"], d["Size"])
            for d in ours["optional_header"]["DataDirectory"] if d["VirtualAddress"] or d["Size"]}
    want = {}
    for entry in theirs.get("Data directories", []):
        for name, text in entry.items():
            address, size = re.match(r"(0x[0-9a-f]+|0) \((\d+) bytes\)", text).groups()
            want[DIRECTORY.get(name, name)] = int(address, 0), int(size)
    for name in sorted(set(have) | set(want)):
        yield Pair(f"directories.{name}", have.get(name), want.get(name))


def sections(ours, theirs):
    yield Pair("sections.count", len(ours["sections"]), len(theirs.get("Sections", [])))
    for index, (a, b) in enumerate(zip(ours["sections"], theirs.get("Sections", []))):
        yield Pair(f"sections[{index}].Name", plain(a["Name"]), b.get("Name", ""))
        for name, field in SECTION.items():
            yield Pair(f"sections[{index}].{field}", number(a[field]), first(b[name]))


def imports(ours, theirs):
    have = [(i["Name"], [(f["name"] or f"ORD {f['ordinal']}", f["hint"]) for f in i["functions"]])
            for i in ours.get("imports", [])]
    want = [(i.get("Name"), [(f["Name"], int(f["Hint"])) if "Name" in f and "Hint" in f else
                             (f"ORD {f.get('Ordinal')}", None) for f in i.get("Functions", [])])
            for i in theirs.get("Imported functions", [])]
    yield Pair("imports.count", len(have), len(want))
    for index, (a, b) in enumerate(zip(have, want)):
        yield Pair(f"imports[{index}].Name", a[0], b[0])
        yield Pair(f"imports[{index}].functions.count", len(a[1]), len(b[1]))
        for number_, (x, y) in enumerate(zip(a[1], b[1])):
            yield Pair(f"imports[{index}].functions[{number_}]", x, y)


def exported(function):
    name = plain(function["name"]) or ""
    forwarder = plain(function["forwarder"])
    return function["ordinal"], function["rva"], f"{name} -> {forwarder}" if forwarder else name


def exports(ours, theirs):
    have = ours.get("exports")
    yield Pair("exports.count", bool(have and have["functions"]), any(entry.get("Functions") for entry in theirs.get("Exported functions", [])))
    for entry in theirs.get("Exported functions", []):
        functions = entry.get("Functions", [])
        mine = sorted(exported(f) for f in (have["functions"] if have else []))
        other = sorted((first(f["Ordinal"]), first(f["Address"]), f.get("Name", ""))
                       for f in functions)
        yield Pair("exports.Name", have and plain(have["Name"]), entry.get("Name"))
        yield Pair("exports.count", len(mine), len(other))
        for x, y in zip(mine, other):
            yield Pair(f"exports[{x[0]}]", x, y)


def compare(pelorus, readpe, path):
    ours = peers.dump(pelorus, path, *KEYS)
    if ours is None:
        return "pelorus gives no document"
    done = peers.run(readpe, "-f", "json", "-A", path)
    try:
        theirs = json.loads(done.stdout.decode("utf-8", "backslashreplace"), strict=False)
    except ValueError:
        return ours, [Pair("document", "there", f"no JSON, exit {done.returncode}")]
    pairs = list(headers(ours, theirs)) + list(directories(ours, theirs))
    pairs += list(sections(ours, theirs)) + list(imports(ours, theirs))
    pairs += list(exports(ours, theirs))
    return ours, pairs


def main(pelorus, *arguments):
    readpe = shutil.which("readpe")
    if not readpe:
        print("skipped: readpe (package pev) is not installed")
        return peers.corpus.SKIPPED
    return peers.main(arguments, lambda path: compare(pelorus, readpe, path), RULES, SHARE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
