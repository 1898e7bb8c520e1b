# SPDX-License-Identifier: Apache-2.0
"""The tables of structures, read for make_schemas.py."""

import os
import re
import sys

from schema_shapes import BOOLEAN, GUID, a_list, or_null, ref

TABLES = "include/pelorus/tables"
BITS = {"U8": 8, "U16": 16, "U32": 32, "U64": 64, "RVA": 32, "RVA32": 32, "ONLY32": 32, "ONLY64": 32,
        "FOFF": 32, "VA": 64, "NAT": 64}

ROW = re.compile(
    r'^(?P<macro>[FAB])\((?P<kind>\w+),\s*(?P<member>\w+),\s*(?:(?P<count>\d+),\s*)?(?:(?P<bits>\d+),\s*)?'
    r'"(?P<name>\w+)",\s*(?P<show>\w+),\s*(?P<names>[&\w]+),\s*"(?P<doc>(?:[^"\\]|\\.)*)"\)', re.M)

SHOWS = {"DEC": "u", "SIGNED": "i", "HEX": "x", "ENUM": "named", "FLAGS": "flags", "TIME": "time"}


def field(row):
    """A field; null when the end of the file cuts it off."""
    if row["show"] in ("TEXT", "PADDED"):
        return or_null(ref("text"), row["doc"])
    if row["show"] == "GUID":
        return or_null(GUID, row["doc"])
    if row["show"] == "BYTES":
        return or_null(ref("hex"), row["doc"])
    if row["show"] == "BOOL":
        return or_null(BOOLEAN, row["doc"])
    shape = ref(f"{SHOWS[row['show']]}{BITS[row['kind']]}")
    if row["macro"] == "A":
        count = int(row["count"])
        shape = a_list(shape, minItems=count, maxItems=count)
    return or_null(shape, row["doc"])


def rows_of(root, name):
    path = os.path.join(root, TABLES, name + ".def")
    with open(path, encoding="utf-8") as file:
        source = file.read()
    rows = [match.groupdict() for match in ROW.finditer(source)]
    if len(rows) != len(re.findall(r"^[FAB]\(", source, re.M)):
        sys.exit(f"{path}: not every row is understood")
    return rows


def fields_of(name):
    """Its fields, for a map that has more than it."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    return {row["name"]: field(row) for row in rows_of(root, name)}
