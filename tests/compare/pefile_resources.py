# SPDX-License-Identifier: Apache-2.0
"""Pairs of what `pelorus dump --only=resources` and python3-pefile tell of the resources."""

import pefile

pefile.MAX_RESOURCE_ENTRIES = 1 << 30

FIELDS = ("OffsetToData", "Size", "CodePage", "Reserved")
DIRECTORY = ("Characteristics", "TimeDateStamp", "MajorVersion", "MinorVersion",
             "NumberOfNamedEntries", "NumberOfIdEntries")


# pefile's names of languages are those that Wine once had: what winnt.h says to them, or None.
LANGUAGES = {
    "LANG_BENGALI": "LANG_BANGLA",
    "LANG_FARSI": "LANG_PERSIAN",
    "LANG_ORIYA": "LANG_ODIA",
    "LANG_GAELIC": "LANG_IRISH",
    "LANG_RHAETO_ROMANCE": "LANG_ROMANSH",
    "LANG_SAAMI": "LANG_SAMI",
    "LANG_SORBIAN": "LANG_UPPER_SORBIAN",
    "LANG_SUTU": None,
    "LANG_TSONGA": None,
    "LANG_VENDA": None,
    "LANG_ESPERANTO": None,
    "LANG_WALON": None,
}
TAKEN = {0x28: "LANG_TAJIK", 0x91: "LANG_SCOTTISH_GAELIC", 0x92: "LANG_CENTRAL_KURDISH", 0x93: None}  # Wine's of its own


def number(value):
    return value["value"] if isinstance(value, dict) else value


def escaped(data):
    """Text of pefile's, UTF-8 in bytes, as the dump has it."""
    return bytes(data).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def key(entry):
    return escaped(entry.name.string if hasattr(entry.name, "string") else str(entry.name).encode()) \
        if entry.name is not None else entry.id


def walk(directory, path=()):
    """(path, directory or None, leaf or None) in the order of the file."""
    yield path, directory.struct, None
    for entry in directory.entries:
        where = (*path, key(entry))
        if hasattr(entry, "directory"):
            yield from walk(entry.directory, where)
        else:
            yield where, None, entry.data.struct


def ours_path(entry):
    keys = [entry["type"], entry["name"], entry["language"], *entry.get("deeper", ())]
    return tuple(number(k) for k in keys if k is not None)


def tree_pairs(ours, theirs):
    nodes = list(walk(theirs))
    mine = [(tuple(d["path"]), *(number(d[f]) for f in DIRECTORY)) for d in ours["directories"]
            if "problem" not in d]
    other = [(p, *(getattr(d, f) for f in DIRECTORY)) for p, d, _ in nodes if d is not None]
    yield from lists("resources.directories", mine, other)
    mine = [(ours_path(e), *(e[f] for f in FIELDS)) for e in ours["entries"] if "problem" not in e]
    other = [(p, *(getattr(d, f) for f in FIELDS)) for p, _, d in nodes if d is not None]
    yield from lists("resources.entries", mine, other)


def lists(where, mine, other):
    yield f"{where}.count", len(mine), len(other)
    for index, (a, b) in enumerate(zip(mine, other)):
        if a != b:
            yield f"{where}[{index}]", a, b
            return


def version_strings(pe):
    """pefile has one value for each key of a table."""
    for info in getattr(pe, "FileInfo", ()):
        for part in info:
            for table in getattr(part, "StringTable", ()):
                for name, value in table.entries.items():
                    yield escaped(table.LangID), escaped(name), escaped(value)


def last_of_each(rows):
    return sorted({(r["table"], r["key"]): r["value"] for r in rows}.items())


def version_pairs(ours, pe):
    versions = [e["version"] for e in ours["entries"] if "version" in e]
    fixed = [v["fixed"] for v in versions if v["fixed"]]
    theirs = getattr(pe, "VS_FIXEDFILEINFO", None) or []
    yield "version.count", len(fixed), len(theirs)
    for index, (a, b) in enumerate(zip(fixed, theirs)):
        for name, value in a.items():
            if name.startswith("dw"):
                yield f"version[{index}].{name}", number(value), getattr(b, name[2:])
    mine = last_of_each(row for v in versions for row in v["strings"])
    other = sorted({(t, k): v for t, k, v in version_strings(pe)}.items())
    yield from lists("version.strings", mine, other)


def string_pairs(ours, pe):
    """pefile keeps the strings of a block by their numbers, the last language's; it drops those that are no UTF-16."""
    mine, other = {}, {}
    for entry in ours["entries"]:
        for row in entry.get("strings", ()):
            mine.setdefault(number(entry["name"]), {})[row["id"]] = row["text"]
    for kind in pe.DIRECTORY_ENTRY_RESOURCE.entries:
        for block in getattr(kind, "directory", None) and kind.directory.entries or ():
            strings = getattr(getattr(block, "directory", None), "strings", None)
            if strings:
                other[block.id] = {i: s.replace("\\", "\\\\") for i, s in strings.items()}
    yield from lists("resources.strings", sorted(mine.items()), sorted(other.items()))


def language_pairs(ours):
    """pefile has names of primary languages, which are the low ten bits."""
    for index, entry in enumerate(ours["entries"]):
        language = entry["language"]
        if isinstance(language, dict):
            primary = language["value"] & 0x3FF
            theirs = pefile.LANG.get(primary)
            theirs = TAKEN.get(primary, LANGUAGES.get(theirs, theirs))
            if theirs:  # what it does not know others do
                yield f"resources.entries[{index}].language", language["name"], theirs


def pairs(document, pe):
    theirs = getattr(pe, "DIRECTORY_ENTRY_RESOURCE", None)
    yield "resources", "resources" in document, theirs is not None
    if "resources" in document and theirs is not None:
        yield from tree_pairs(document["resources"], theirs)
        yield from version_pairs(document["resources"], pe)
        yield from string_pairs(document["resources"], pe)
        yield from language_pairs(document["resources"])
