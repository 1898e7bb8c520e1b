# SPDX-License-Identifier: Apache-2.0
"""The tables of include/pelorus/tables as data: structures with fields and their places."""

import os
import re

WIDTH = {"U8": (1, 1), "U16": (2, 2), "U32": (4, 4), "RVA": (4, 4), "RVA32": (4, 0), "ONLY32": (4, 0),
         "ONLY64": (0, 4), "FOFF": (4, 4), "VA": (4, 8), "NAT": (4, 8), "U64": (8, 8)}
ROW = re.compile(r'^(?P<macro>[FABV])\((?:(?P<kind>\w+),\s*(?P<member>\w+),\s*)?'
                 r'(?:(?P<first>\d+),\s*)?(?:(?P<second>\d+),\s*)?"(?P<name>[^"]+)"', re.M)
STRUCTURE = re.compile(r'^X\((\w+),\s*"([^"]+)",\s*"([^"]+)",\s*(\d+),\s*(\d+)\)', re.M)


def fields(source):
    """[(name, place in PE32, place in PE32+)] of a table. A place is (offset, size), with bits
    (offset, size, low, high), for what follows (offset, None), and None where there is none."""
    at, out = [0, 0], []
    for row in ROW.finditer(source):
        if row["macro"] == "V":
            out.append((row["name"], (at[0], None), (at[1], None)))
            continue
        places = []
        shares = row["macro"] == "B" and row["first"] != "0"
        for wide in (0, 1):
            width = WIDTH[row["kind"]][wide]
            start = at[wide] - width if shares else at[wide]
            size = width * int(row["first"]) if row["macro"] == "A" else width
            at[wide] = start + size
            if row["macro"] == "B":
                low = int(row["first"])
                places.append((start, size, low, low + int(row["second"]) - 1))
            else:
                places.append((start, size) if size else None)
        out.append((row["name"], *places))
    return out


def structures(root):
    """{name: (id, key in dumps, fields, bytes in PE32 and in PE32+: 0 where there is none)}."""
    folder = os.path.join(root, "include/pelorus/tables")
    with open(os.path.join(folder, "schemas.def"), encoding="utf-8") as file:
        rows = STRUCTURE.findall(file.read())
    out = {}
    for ident, name, key, *sizes in rows:
        with open(os.path.join(folder, ident + ".def"), encoding="utf-8") as file:
            out[name] = (ident, key, fields(file.read()), [int(size) for size in sizes])
    return out


PROCESS_KIND = re.compile(r"^K\((\w+),\s*(\d+),\s*(\d+)", re.M)
PROCESS_ROW = re.compile(r"^F\((\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*(\w+),\s*W11,", re.M)


def process(root):
    """{structure: {field: (place in 32-bit processes, in 64-bit ones)}} of the newest Windows in
    process.def."""
    with open(os.path.join(root, "include/pelorus/tables/process.def"), encoding="utf-8") as file:
        source = file.read()
    sizes = {kind: (int(narrow), int(wide)) for kind, narrow, wide in PROCESS_KIND.findall(source)}
    out = {}
    for structure, field, narrow, wide, kind, _ in PROCESS_ROW.findall(source):
        out.setdefault(structure, {})[field] = ((int(narrow, 0), sizes[kind][0]), (int(wide, 0), sizes[kind][1]))
    return out
