#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""statuses.py INCLUDE: the statuses of ntstatus.def against others' memory of them.

Values are held against MinGW's ntstatus.h, and Win32 codes against what Wine's ntdll makes of each."""

import os
import re
import sys
import tempfile

import wine

HEADER = "/usr/share/mingw-w64/include/ntstatus.h"
UNMAPPED = 317  # ERROR_MR_MID_NOT_FOUND: Wine has no row for it

# What MinGW's header or Wine's table lacks, or has otherwise.
NOT_IN_HEADER = {
    "APISET_NOT_HOSTED": "MinGW's ends before it; the SDK's of Windows 8 has 0xc0000481",
    "APISET_NOT_PRESENT": "the same; 0xc0000482",
    "NOT_APPCONTAINER": "the same; 0xc000a200",
}
NOT_IN_WINE = {
    "NOT_APPCONTAINER": "winerror.h has ERROR_NOT_APPCONTAINER, 4250; Wine has no app containers",
}


def rows(include):
    """(name, value, Win32 code) of each status of Windows; ours begin with 0xe05."""
    with open(os.path.join(include, "pelorus", "tables", "ntstatus.def"), encoding="utf-8") as file:
        for name, value, win32 in re.findall(r"^X\((\w+), *(\w+?)u, *(\w+?)u,", file.read(), re.M):
            yield name, int(value, 0), int(win32, 0)


def values():
    with open(HEADER, encoding="utf-8") as file:
        found = re.findall(r"#define STATUS_(\w+)\s+\(\(NTSTATUS\)\s*(0x[0-9a-fA-F]+)", file.read())
    return {name: int(value, 0) for name, value in found}


def differences(ours, theirs, wine_codes):
    used = set()
    for (name, value, win32), code in zip(ours, wine_codes):
        if name.startswith("PELORUS_"):
            continue
        if theirs.get(name) != value:
            used.add(name)
            if name not in NOT_IN_HEADER:
                yield f"{name}: {value:#010x}, in ntstatus.h {theirs.get(name) or 0:#010x}"
        if code != win32:
            used.add(name)
            if name not in NOT_IN_WINE or code != UNMAPPED:
                yield f"{name}: {win32}, in Wine {code}"
    for name in sorted({*NOT_IN_HEADER, *NOT_IN_WINE} - used):
        yield f"{name}: the exception is not needed"


def main():
    lacks = wine.missing() or (not os.path.isfile(HEADER) and HEADER)
    if lacks:
        print(f"skipped: there is no {lacks}")
        return 77
    ours = list(rows(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        program = wine.build(folder, "statuses", f"-I{sys.argv[1]}")
        codes = [int(line) for line in wine.lines(program, folder)]
    if len(codes) != len(ours):
        sys.exit(f"{len(ours)} statuses read, {len(codes)} told of")
    found = list(differences(ours, values(), codes))
    print("\n".join(found + [f"{len(ours)} statuses, {len(found)} differences"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
