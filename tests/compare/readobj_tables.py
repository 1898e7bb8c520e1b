#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: DOS, file and optional header, data
directories, sections, imports, delay imports, exports, TLS, load configuration with its tables of
functions, base relocations, resources. (readobj_debug.py has debug entries and symbols,
readobj_unwind.py has unwind codes.)

usage: readobj_tables.py PELORUS [--all] [FILE...]
"""

import re
import shutil
import sys

import peers
from peers import Pair, Rule, is_flat, number, plain

KEYS = ("dos_header", "file_header", "optional_header", "sections", "imports", "delay_imports", "exports",
        "tls", "load_config", "base_relocations", "resources")
OPTIONS = ("--file-headers", "--sections", "--coff-imports", "--coff-exports", "--coff-load-config",
           "--coff-tls-directory", "--coff-basereloc", "--coff-resources")
SHARE = 8

DOS = {
    "UsedBytesInTheLastPage": "e_cblp", "FileSizeInPages": "e_cp", "NumberOfRelocationItems": "e_crlc",
    "HeaderSizeInParagraphs": "e_cparhdr", "MinimumExtraParagraphs": "e_minalloc",
    "MaximumExtraParagraphs": "e_maxalloc", "InitialRelativeSS": "e_ss", "InitialSP": "e_sp",
    "Checksum": "e_csum", "InitialIP": "e_ip", "InitialRelativeCS": "e_cs",
    "AddressOfRelocationTable": "e_lfarlc", "OverlayNumber": "e_ovno", "OEMid": "e_oemid",
    "OEMinfo": "e_oeminfo", "AddressOfNewExeHeader": "e_lfanew",
}
FILE = {
    "Machine": "Machine", "SectionCount": "NumberOfSections", "TimeDateStamp": "TimeDateStamp",
    "PointerToSymbolTable": "PointerToSymbolTable", "SymbolCount": "NumberOfSymbols",
    "OptionalHeaderSize": "SizeOfOptionalHeader", "Characteristics": "Characteristics",
}
OPTIONAL_NAMES = {"Characteristics": "DllCharacteristics", "NumberOfRvaAndSize": "NumberOfRvaAndSizes"}
SECTION = {
    "VirtualSize": "VirtualSize", "VirtualAddress": "VirtualAddress", "RawDataSize": "SizeOfRawData",
    "PointerToRawData": "PointerToRawData", "PointerToRelocations": "PointerToRelocations",
    "PointerToLineNumbers": "PointerToLinenumbers", "RelocationCount": "NumberOfRelocations",
    "LineNumberCount": "NumberOfLinenumbers", "Characteristics": "Characteristics",
}
DIRECTORIES = ("ExportTable", "ImportTable", "ResourceTable", "ExceptionTable", "CertificateTable",
               "BaseRelocationTable", "Debug", "Architecture", "GlobalPtr", "TLSTable", "LoadConfigTable",
               "BoundImport", "IAT", "DelayImportDescriptor", "CLRRuntimeHeader", "Reserved")
LOAD_CONFIG = {
    "DeCommitFreeBlockThreshold": "DeCommitFreeBlockThreshold", "SEHandlerTable": "SEHandlerTable",
    "DependentLoadFlags": "DependentLoadFlags",
    "GuardCFCheckFunction": "GuardCFCheckFunctionPointer",
    "GuardCFCheckDispatch": "GuardCFDispatchFunctionPointer",
    "DynamicValueRelocTable": "DynamicValueRelocTable", "CSDVersion": "CSDVersion",
}
# Tables of functions: its name and ours.
TABLES = {"SEHTable": "se_handlers", "GuardFidTable": "guard_functions",
          "GuardIatTable": "guard_iat_entries", "GuardLJmpTable": "guard_longjump_targets",
          "GuardEHContTable": "guard_eh_continuations"}


def gives_up(option):
    return lambda _pair, document: option in document["gives_up"]


def has_no_table(_pair, document):
    return document["file_header"]["PointerToSymbolTable"] == 0


def has_no_rsrc(_pair, document):
    return all(s["Name"] != ".rsrc" for s in document["sections"])


RULES = (
    Rule("exports*", gives_up("--coff-exports"), "llvm-readobj gives up at a function that has no name",
         "x86_64-windows/msnet32.dll"),
    Rule("delay_imports.count", gives_up("--coff-imports"),
         "llvm-readobj gives up where the table of delay imports should end", "innosetup/package/bin/Setup.e32"),
    Rule("resources.count", has_no_rsrc, "llvm-readobj looks for resources in a section .rsrc only",
         "2.0.0/Microsoft.VisualBasic.dll"),
    Rule("file_header.NumberOfSymbols", has_no_table, "llvm-readobj counts no symbols where there is no table",
         "efi64/syslinux.efi"),
    Rule("base_relocations.*", is_flat, "Windows maps a flat image as it is, not section by section",
         "systemd-bootx64.efi"),
)

# ---- its text ---------------------------------------------------------------------

OPEN = re.compile(r"^(.*?) ?[\[{(](?: \((0x[0-9A-Fa-f]+)\))?$")


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


INSIDE = re.compile(r"\((0x[0-9A-Fa-f]+|-?\d+)\)$")


def integer(value):
    """The number of a line, or of a block of flags."""
    text = value[0][1] if isinstance(value, list) else value
    inside = INSIDE.search(text)
    return int(inside[1] if inside else text.split(" ")[0], 0)


def fields(node):
    return {key: value for key, value in node if key}


# ---- the parts --------------------------------------------------------------------


def mapped(where, ours, theirs, names):
    for name, value in fields(theirs).items():
        if name in names and names[name] in ours and number(ours[names[name]]) is not None:
            yield Pair(f"{where}.{names[name]}", number(ours[names[name]]), integer(value))


def headers(ours, root):
    yield from mapped("dos_header", ours["dos_header"], block(root, "DOSHeader"), DOS)
    yield from mapped("file_header", ours["file_header"], block(root, "ImageFileHeader"), FILE)
    optional = block(root, "ImageOptionalHeader")
    names = {key: OPTIONAL_NAMES.get(key, key) for key, value in optional
             if key and key != "DataDirectory"}
    yield from mapped("optional_header", ours["optional_header"], optional, names)
    theirs = fields(block(optional, "DataDirectory"))
    for index, entry in enumerate(ours["optional_header"]["DataDirectory"]):
        name = DIRECTORIES[index]
        if f"{name}RVA" in theirs:
            yield Pair(f"directories.{name}", (entry["VirtualAddress"], entry["Size"]),
                       (integer(theirs[f"{name}RVA"]), integer(theirs[f"{name}Size"])))


def sections(ours, root):
    theirs = blocks(block(root, "Sections"), "Section")
    yield Pair("sections.count", len(ours["sections"]), len(theirs))
    for index, (a, b) in enumerate(zip(ours["sections"], theirs)):
        yield from mapped(f"sections[{index}]", a, b, SECTION)
        raw = re.search(r"\(((?:[0-9A-F]{2} ?)+)\)$", fields(b)["Name"])
        name = bytes.fromhex(raw[1]).rstrip(b"\0").decode("utf-8", "backslashreplace")
        yield Pair(f"sections[{index}].Name", plain(a["Name"]), name)


def symbol(function):
    if function["ordinal"] is not None:
        return None, function["ordinal"]
    return plain(function["name"]), function["hint"]


def their_symbol(text):
    match = re.match(r"^(.*) ?\((\d+)\)$", text)
    return match[1].strip() or None, int(match[2])


def imported(where, ours, theirs, symbols):
    yield Pair(f"{where}.count", len(ours), len(theirs))
    for index, (a, b) in enumerate(zip(ours, theirs)):
        yield Pair(f"{where}[{index}].Name", plain(a["Name"]), fields(b).get("Name"))
        have, want = [symbol(f) for f in a["functions"]], symbols(b)
        yield Pair(f"{where}[{index}].functions.count", len(have), len(want))
        for place, (x, y) in enumerate(zip(have, want)):
            yield Pair(f"{where}[{index}].functions[{place}]", x, y)


def imports(ours, root):
    yield from imported("imports", ours.get("imports", []), blocks(root, "Import"),
                        lambda b: [their_symbol(value) for key, value in b if key == "Symbol"])
    yield from imported("delay_imports", ours.get("delay_imports", []), blocks(root, "DelayImport"),
                        lambda b: [their_symbol(fields(i)["Symbol"]) for i in blocks(b, "Import")])


def exports(ours, root):
    """Later versions tell where forwarders lead."""
    have = {(f["ordinal"], plain(f["name"]) or ""): f
            for f in ours.get("exports", {}).get("functions", []) if f["rva"]}
    want = {}
    for entry in map(fields, blocks(root, "Export")):
        if "Ordinal" in entry and ("RVA" not in entry or integer(entry["RVA"])):
            want[integer(entry["Ordinal"]), entry.get("Name", "")] = entry
    yield Pair("exports.keys", sorted(have), sorted(want))
    for key in sorted(set(have) & set(want)):
        if "RVA" in want[key]:
            yield Pair(f"exports[{key[0]}].rva", have[key]["rva"], integer(want[key]["RVA"]))
        if "ForwardedTo" in want[key]:
            yield Pair(f"exports[{key[0]}].forwarder", plain(have[key]["forwarder"]),
                       want[key]["ForwardedTo"])


def tls(ours, root):
    theirs = block(root, "TLSDirectory")
    if theirs:
        yield Pair("tls", "tls" in ours, True)
        yield from mapped("tls", ours.get("tls", {}), theirs,
                          {name: name for name, _ in theirs if name})


def load_config(ours, root):
    theirs = block(root, "LoadConfig")
    have = ours.get("load_config", {})
    names = {name: LOAD_CONFIG.get(name, name) for name, _ in theirs if name}
    yield from mapped("load_config", have, theirs, names)
    base = ours["optional_header"]["ImageBase"]
    for title, key in TABLES.items():
        entries = [int(value.split()[0], 0) for name, value in block(root, title) if name is None]
        if entries or key in have:
            mine = [base + e["rva"] for e in have.get(key, {}).get("entries", [])]
            yield Pair(f"load_config.{key}", mine, entries)


def relocations(ours, root):
    have = [(e["type"]["name"] or "", e["rva"]) for b in ours.get("base_relocations", {}).get("blocks", [])
            for e in b["entries"]]
    want = [("IMAGE_REL_BASED_" + fields(e)["Type"], integer(fields(e)["Address"]))
            for e in blocks(block(root, "BaseReloc"), "Entry") if "Address" in fields(e)]
    yield Pair("base_relocations.count", len(have), len(want))
    yield Pair("base_relocations.entries", have, want)


def leaves(node):
    """(RVA, size, code page) of the data in a tree of resources."""
    for key, value in node:
        if not isinstance(value, list):
            continue
        if key == "Data" and "DataRVA" in fields(value):
            data = fields(value)
            yield integer(data["DataRVA"]), integer(data["DataSize"]), integer(data["Codepage"])
        else:
            yield from leaves(value)


def resources(ours, root):
    theirs = list(leaves(block(root, "Resources")))
    have = [(r["OffsetToData"], r["Size"], r["CodePage"])
            for r in ours.get("resources", {}).get("entries", [])]
    yield Pair("resources.count", len(have), len(theirs))
    for index, (a, b) in enumerate(zip(have, theirs)):
        yield Pair(f"resources[{index}]", a, b)


PARTS = (headers, sections, imports, exports, tls, load_config, relocations, resources)


def read(readobj, path):
    """Its output as a tree, and the options at which it gave up: then each is asked alone."""
    done = peers.run(readobj, *OPTIONS, path)
    if done.returncode == 0:
        return tree(done.stdout.decode("utf-8", "backslashreplace")), ()
    runs = {option: peers.run(readobj, option, path) for option in OPTIONS}
    # One tree each: where it gives up, blocks stay open.
    root = [node for run in runs.values()
            for node in tree(run.stdout.decode("utf-8", "backslashreplace"))]
    return root, [option for option, run in runs.items() if run.returncode != 0]


def compare(pelorus, readobj, path):
    ours = peers.dump(pelorus, path, *KEYS)
    if ours is None:
        return "pelorus gives no document"
    root, ours["gives_up"] = read(readobj, path)
    if not block(root, "ImageOptionalHeader"):
        return ours, [Pair("document", "there", "not read")]
    return ours, [pair for part in PARTS for pair in part(ours, root)]


def main(pelorus, *arguments):
    readobj = shutil.which("llvm-readobj")
    if not readobj:
        print("skipped: llvm-readobj is not installed")
        return peers.corpus.SKIPPED
    return peers.main(arguments, lambda path: compare(pelorus, readobj, path), RULES, SHARE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
