#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over real files: DOS, file and optional header, data
directories, sections, imports, delay imports, exports, TLS, base relocations, resources; numbers and
names. (readobj_debug.py has debug entries and symbols, readobj_load_config.py the load configuration,
readobj_unwind.py unwind codes.)

usage: readobj_tables.py PELORUS [--all] [FILE...]
"""

import re
import shutil
import sys

import peers
import readobj_text
from peers import Pair, Rule, is_flat, number, plain
from readobj_text import block, blocks, fields, integer

KEYS = ("dos_header", "file_header", "optional_header", "sections", "imports", "delay_imports", "exports",
        "tls", "base_relocations", "resources")
OPTIONS = ("--file-headers", "--sections", "--coff-imports", "--coff-exports",
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
IMPORT = {
    "ImportLookupTableRVA": "OriginalFirstThunk", "ImportAddressTableRVA": "FirstThunk",
    "Attributes": "Attributes", "ModuleHandle": "ModuleHandleRVA",
    "ImportAddressTable": "ImportAddressTableRVA", "ImportNameTable": "ImportNameTableRVA",
    "BoundDelayImportTable": "BoundImportAddressTableRVA",
    "UnloadDelayImportTable": "UnloadInformationTableRVA",
}
DIRECTORIES = ("ExportTable", "ImportTable", "ResourceTable", "ExceptionTable", "CertificateTable",
               "BaseRelocationTable", "Debug", "Architecture", "GlobalPtr", "TLSTable", "LoadConfigTable",
               "BoundImport", "IAT", "DelayImportDescriptor", "CLRRuntimeHeader", "Reserved")

def gives_up(option):
    return lambda _pair, document: option in document["gives_up"]


def has_no_table(_pair, document):
    return document["file_header"]["PointerToSymbolTable"] == 0


def has_no_rsrc(_pair, document):
    return all(s["Name"] != ".rsrc" for s in document["sections"])


def is_reserved(pair, _document):
    return [n for n in pair.ours if not n.startswith("IMAGE_RESERVED_")] == pair.theirs


RULES = (
    Rule("optional_header.DllCharacteristics.names", is_reserved,
         "llvm-readobj has no names for bits that winnt.h keeps for itself", "x86_64-windows/acledit.dll"),
    Rule("exports*", gives_up("--coff-exports"), "llvm-readobj gives up at a function that has no name",
         "x86_64-windows/msnet32.dll"),
    Rule("delay_imports.count", gives_up("--coff-imports"),
         "llvm-readobj gives up where the table of delay imports should end", "innosetup/package/bin/Setup.e32"),
    Rule("resources.*", has_no_rsrc, "llvm-readobj looks for resources in a section .rsrc only",
         "2.0.0/Microsoft.VisualBasic.dll"),
    Rule("file_header.NumberOfSymbols", has_no_table, "llvm-readobj counts no symbols where there is no table",
         "efi64/syslinux.efi"),
    Rule("base_relocations.read", gives_up("--coff-basereloc"),
         "llvm-readobj runs off a block that is smaller than its header, and crashes",
         "win32/win32-loader.exe"),
    Rule("base_relocations.*", is_flat, "Windows maps a flat image as it is, not section by section",
         "systemd-bootx64.efi"),
)

# ---- the parts --------------------------------------------------------------------


def mapped(where, ours, theirs, names):
    for name, value in fields(theirs).items():
        if name in names and names[name] in ours and number(ours[names[name]]) is not None:
            yield Pair(f"{where}.{names[name]}", number(ours[names[name]]), integer(value))
            yield from named(f"{where}.{names[name]}", ours[names[name]], value)


def named(where, ours, theirs):
    """The names of a value or of flags, where both know names."""
    if not isinstance(ours, dict) or readobj_text.names(theirs) is None:
        return
    if "names" in ours:
        # It writes IMAGE_DLL_CHARACTERISTICS_NX_COMPAT where winnt.h has IMAGE_DLLCHARACTERISTICS_NX_COMPAT.
        names = [n.replace("IMAGE_DLL_CHAR", "IMAGE_DLLCHAR") for n in readobj_text.names(theirs)]
        yield Pair(f"{where}.names", sorted(ours["names"]), sorted(names))
    elif "name" in ours:
        yield Pair(f"{where}.name", ours["name"], readobj_text.names(theirs))


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
        long_name = fields(b)["Name"][:raw.start()].strip()
        yield Pair(f"sections[{index}].long_name", plain(a.get("long_name", a["Name"])), long_name)


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
        yield from mapped(f"{where}[{index}]", a, b, IMPORT)
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


def relocations(ours, root):
    """Millions of lines: they are not in the tree (see `read`)."""
    have = [(number(e["type"]), e["rva"]) for b in ours.get("base_relocations", {}).get("blocks", [])
            for e in b["entries"]]
    read = "--coff-basereloc" not in ours["gives_up"]
    yield Pair("base_relocations.read", True, read)
    if not read:
        return
    yield Pair("base_relocations.count", len(have), len(ours["their_relocations"]))
    yield Pair("base_relocations.entries", have, ours["their_relocations"])


def key(heading):
    """The number or the name of an entry: "Type: ICON (ID 3)", "Type: ID 40", "Name: APP"."""
    known = re.search(r"(?:: ID (\d+)|\(ID (\d+)\))$", heading)
    return int(known[1] or known[2]) if known else heading.partition(":")[2].strip()


def resource_tree(node, path=()):
    """(path, counts of names and numbers, None) of each directory, (path, None, fields) of each leaf."""
    have = fields(node)
    if "Number of ID Entries" in have:
        yield path, (int(have["Number of String Entries"]), int(have["Number of ID Entries"])), None
    for heading, value in node:
        if not isinstance(value, list):
            continue
        if heading == "Data":
            yield path, None, (have, fields(value))
        elif heading:
            yield from resource_tree(value, (*path, key(heading)))


def our_path(entry):
    keys = [entry["type"], entry["name"], entry["language"], *entry.get("deeper", ())]
    return tuple(plain(k) if isinstance(k, str) else k for k in map(number, keys) if k is not None)


def leaf(table, data):
    return (*(integer(data[n]) for n in ("DataRVA", "DataSize", "Codepage", "Reserved")),
            *(integer(table[n]) for n in ("Time/Date Stamp", "Major Version", "Minor Version",
                                          "Characteristics")))


def resources(ours, root):
    theirs = list(resource_tree(block(root, "Resources")))
    have = ours.get("resources", {})
    tables = {tuple(plain(k) if isinstance(k, str) else k for k in d["path"]): d
              for d in have.get("directories", [])}
    mine = [(path, (d["NumberOfNamedEntries"], d["NumberOfIdEntries"])) for path, d in tables.items()]
    yield Pair("resources.directories", mine, [(path, counts) for path, counts, _ in theirs if counts])
    entries = have.get("entries", [])
    leaves = [(path, leaf(*found)) for path, _, found in theirs if found]
    yield Pair("resources.count", len(entries), len(leaves))
    for index, (a, b) in enumerate(zip(entries, leaves)):
        path = our_path(a)
        table = tables.get(path[:-1], {})
        mine = (*(a[n] for n in ("OffsetToData", "Size", "CodePage", "Reserved")),
                *(number(table.get(n)) for n in ("TimeDateStamp", "MajorVersion", "MinorVersion",
                                                 "Characteristics")))
        yield Pair(f"resources[{index}]", (path, mine), b)


PARTS = (headers, sections, imports, exports, tls, relocations, resources)


ENTRY = re.compile(rb"^  Entry \{\n    Type: (.*)\n    Address: (0x[0-9A-F]+)\n  \}\n", re.M)
# Its words for the types of base relocations; others are "unknown (9)".
BASED = {b"ABSOLUTE": 0, b"HIGH": 1, b"LOW": 2, b"HIGHLOW": 3, b"HIGHADJ": 4, b"ARM_MOV32(T)": 7,
         b"DIR64": 10}


def based(word):
    return BASED[word] if word in BASED else int(word.split(b"(")[1].rstrip(b")"))


def read(readobj, path):
    """Its output as a tree, its relocations, and the options at which it gave up."""
    output, lost = readobj_text.ask(readobj, OPTIONS, path)
    relocations = [] if "--coff-basereloc" in lost else [(based(t), int(rva, 16)) for t, rva in ENTRY.findall(output)]
    text = ENTRY.sub(b"", output).decode("utf-8", "backslashreplace")
    return readobj_text.tree(text), relocations, lost


def compare(pelorus, readobj, path):
    ours = peers.dump(pelorus, path, *KEYS)
    if ours is None:
        return "pelorus gives no document"
    root, ours["their_relocations"], ours["gives_up"] = read(readobj, path)
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
