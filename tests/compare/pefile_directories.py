# SPDX-License-Identifier: Apache-2.0
"""Pairs of what `pelorus dump` and python3-pefile tell of the data directories."""

import os

import pefile
import pefile_resources

KEYS = "debug,imports,delay_imports,exports,bound_imports,tls,load_config,hashes,resources"
RELOCATIONS = "base_relocations"
RELOCATIONS_LIMIT = 4 << 20  # bytes of a file; pefile takes its time
ENTRIES = ("EXPORT", "IMPORT", "DELAY_IMPORT", "BOUND_IMPORT", "TLS", "LOAD_CONFIG", "DEBUG", "RESOURCE",
           "BASERELOC")

# pefile gives up where it finds a file suspicious; here it is to read everything.
pefile.MAX_IMPORT_SYMBOLS = pefile.MAX_SYMBOL_EXPORT_COUNT = 1 << 30
pefile.MAX_IMPORT_NAME_LENGTH = pefile.MAX_SYMBOL_NAME_LENGTH = pefile.MAX_DLL_LENGTH = 1 << 20

# pefile's name where it is not Microsoft's.
NAMES = {
    "ImportNameTableRVA": "pINT",
    "ImportAddressTableRVA": "pIAT",
    "DllNameRVA": "szName",
    "ModuleHandleRVA": "phmod",
    "Attributes": "grAttrs",
    "BoundImportAddressTableRVA": "pBoundIAT",
    "UnloadInformationTableRVA": "pUnloadIAT",
    "TimeDateStamp": "dwTimeStamp",
    "NameRVA": "Name",
}
OURS = {"Name", "functions", "forwarders", "callbacks", "sorted", "end"}


def has_small_relocations(path):
    return os.path.getsize(path) <= RELOCATIONS_LIMIT


def keys_for(path):
    return f"{KEYS},{RELOCATIONS}" if has_small_relocations(path) else KEYS


def read(pe, path):
    """Let pefile parse the directories that are compared."""
    entries = ENTRIES if has_small_relocations(path) else ENTRIES[:-1]
    pe.parse_data_directories([pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{e}"] for e in entries])


def number(value):
    return value["value"] if isinstance(value, dict) else value


def text(data):
    """A name of pefile's as the dump has it."""
    if data is None:
        return None
    escaped = data.split(b"\0")[0].replace(b"\\", b"\\\\")
    return escaped.decode("utf-8", "backslashreplace")


def fields(where, ours, theirs):
    """The fields of a structure that both have."""
    for name, value in ours.items():
        other = name if hasattr(theirs, name) else NAMES.get(name)
        if name not in OURS and value is not None and other and hasattr(theirs, other):
            yield f"{where}.{name}", number(value), getattr(theirs, other)


def lists(where, ours, theirs):
    """The lengths, and the first two elements that differ."""
    yield f"{where}.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            yield f"{where}[{index}]", a, b
            return


def thunk(row):
    """An import by name has its hint, one by ordinal has none: what pefile calls its name then it
    knows from elsewhere."""
    name = row["name"] if row["ordinal"] is None else None
    return (row["slot_rva"], row["ordinal"], row["hint"], name)


def their_thunk(pe, symbol):
    by_ordinal = symbol.import_by_ordinal
    return (
        symbol.address - pe.OPTIONAL_HEADER.ImageBase,
        symbol.ordinal if by_ordinal else None,
        symbol.hint,
        None if by_ordinal else text(symbol.name),
    )


def import_pairs(key, ours, theirs, pe):
    yield f"{key}.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        where = f"{key}[{index}]"
        yield f"{where}.Name", a["Name"], text(b.dll)
        yield from fields(where, a, b.struct)
        yield from lists(
            f"{where}.functions",
            [thunk(f) for f in a["functions"]],
            [their_thunk(pe, s) for s in b.imports],
        )
        words = [(f["bound"], s.bound) for f, s in zip(a["functions"], b.imports) if s.bound]
        yield from lists(f"{where}.bound", [w[0] for w in words], [w[1] for w in words])


def export_pairs(ours, theirs):
    yield "exports.Name", ours["Name"] or "", text(theirs.name) or ""
    yield from fields("exports", ours, theirs.struct)
    rows = [(f["ordinal"], f["rva"], f["name"], f["forwarder"]) for f in ours["functions"]]
    others = [(s.ordinal, s.address, text(s.name), text(s.forwarder)) for s in theirs.symbols]
    order = lambda row: tuple(part if part is not None else "" for part in row)
    yield from lists("exports.functions", sorted(rows, key=order), sorted(others, key=order))


def bound_pairs(ours, theirs):
    yield "bound_imports.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        where = f"bound_imports[{index}]"
        yield f"{where}.Name", a["Name"], text(b.name)
        yield from fields(where, a, b.struct)
        yield from lists(
            f"{where}.forwarders",
            [(f["Name"], number(f["TimeDateStamp"])) for f in a["forwarders"]],
            [(text(e.name), e.struct.TimeDateStamp) for e in b.entries],
        )


def debug_pairs(ours, theirs):
    """pefile reads the directory, and of its data the two forms of CodeView that lead to a PDB."""
    yield "debug.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        where = f"debug[{index}]"
        yield from fields(where, a, b.struct)
        mine = a.get("codeview")
        if mine is None or b.entry is None or not hasattr(b.entry, "PdbFileName"):
            continue
        yield f"{where}.PdbFileName", mine["PdbFileName"], text(b.entry.PdbFileName)
        yield f"{where}.Age", mine["Age"], b.entry.Age
        if hasattr(b.entry, "Signature_String"):
            yield f"{where}.symbol_id", mine["symbol_id"].upper(), b.entry.Signature_String


def up_to_repeated(entries):
    """pefile ends a block where an entry comes again; the loader applies it twice, and padding is
    two equal entries as often as not."""
    seen = set()
    for entry in entries:
        if entry in seen:
            break
        seen.add(entry)
        yield entry


def reloc_pairs(ours, theirs):
    yield "base_relocations.count", ours["count"], sum(len(b["entries"]) for b in ours["blocks"])
    yield from lists(
        "base_relocations.blocks",
        [
            (
                b["VirtualAddress"],
                b["SizeOfBlock"],
                list(up_to_repeated((number(e["type"]), e["rva"]) for e in b["entries"])),
            )
            for b in ours["blocks"]
        ],
        [
            (b.struct.VirtualAddress, b.struct.SizeOfBlock, [(e.type, e.rva) for e in b.entries])
            for b in theirs
        ],
    )


def pairs(document, pe):
    """(field, ours, theirs) of everything that both know. A key is there when one of them has it."""
    for key in ("imports", "delay_imports"):
        theirs = getattr(pe, f"DIRECTORY_ENTRY_{key[:-1].upper()}", None)
        yield from import_pairs(key, document.get(key, []), theirs or [], pe)
    simple = {"exports": "EXPORT", "tls": "TLS", "load_config": "LOAD_CONFIG"}
    for key, name in simple.items():
        theirs = getattr(pe, f"DIRECTORY_ENTRY_{name}", None)
        yield key, key in document, theirs is not None
        if key in document and theirs is not None:
            yield from export_pairs(document[key], theirs) if key == "exports" else fields(
                key, document[key], theirs.struct
            )
    yield from bound_pairs(
        document.get("bound_imports", []), getattr(pe, "DIRECTORY_ENTRY_BOUND_IMPORT", None) or []
    )
    yield from debug_pairs(document.get("debug", []), getattr(pe, "DIRECTORY_ENTRY_DEBUG", []))
    yield from pefile_resources.pairs(document, pe)
    if RELOCATIONS in document:
        yield from reloc_pairs(document[RELOCATIONS], getattr(pe, "DIRECTORY_ENTRY_BASERELOC", []))
    yield "hashes.imphash", document["hashes"].get("imphash") or "", pe.get_imphash()
