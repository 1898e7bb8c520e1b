#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent reader (pefile) finds in the samples what their recipes say.

usage: with_pefile.py FOLDER
"""

import os
import struct
import sys

try:
    import pefile
except ImportError:
    print("skipped: Python's pefile is not installed")
    sys.exit(77)

SECTIONS = {
    "tour.exe": [".text", ".rdata", ".data", ".pdata", ".idata", ".reloc"],
    "pe32.exe": [".text", ".data", ".idata", ".reloc"],
    "dll.dll": [".text", ".data", ".edata", ".reloc"],
    "flat.exe": [".text", ".data"],
    "bss.exe": [".text", ".data", ".bss"],
    "tls.exe": [".text", ".rdata", ".data", ".tls", ".reloc"],
    "rich.exe": [".text"],
    "longname.exe": [".text", "exactly8", "/4", "/16"],
    "overlapping.exe": [".code", ".mirror", ".middle"],
    "gap.exe": [".text", ".data"],
}


def rotate(value, by):
    by %= 32
    return (value << by | value >> (32 - by)) & 0xFFFFFFFF


def rich_key(pe):
    """The key that the Rich header should have, or None when there is none."""
    rich = pe.parse_rich_header()
    if not rich:
        return None, None
    start = pe.__data__[: pe.DOS_HEADER.e_lfanew].find(struct.pack("<I", rich["checksum"])) - 4
    key = start
    for i, byte in enumerate(pe.__data__[:start]):
        if not 0x3C <= i < 0x40:
            key += rotate(byte, i)
    values = rich["values"]
    for i in range(0, len(values), 2):
        key += rotate(values[i], values[i + 1])
    return key & 0xFFFFFFFF, rich["checksum"]


def problems(name, pe):
    got = [s.Name.rstrip(b"\0").decode() for s in pe.sections]
    if got != SECTIONS[name]:
        yield f"sections {got}"
    if not pe.verify_checksum():
        yield "CheckSum"
    want, found = rich_key(pe)
    if want != found:
        yield f"Rich key 0x{found:x}, not 0x{want:x}"
    end = pe.sections[-1].VirtualAddress + pe.sections[-1].Misc_VirtualSize
    if not 0 <= pe.OPTIONAL_HEADER.SizeOfImage - end < 0x1000:
        yield "SizeOfImage"


def details(folder):
    """What single samples are about."""
    tour = pefile.PE(os.path.join(folder, "tour.exe"))
    imports = [
        (d.dll, [i.ordinal if i.import_by_ordinal else i.name for i in d.imports])
        for d in tour.DIRECTORY_ENTRY_IMPORT
    ]
    yield imports == [
        (b"KERNEL32.dll", [b"ExitProcess", b"GetStdHandle", b"WriteFile"]),
        (b"WS2_32.dll", [115]),
    ], "imports of the tour"
    places = [e.rva for b in tour.DIRECTORY_ENTRY_BASERELOC for e in b.entries if e.type == 10]
    yield places == [0x3000, 0x3008, 0x3010, 0x3FFC, 0x4004], "relocations of the tour"
    yield tour.get_overlay().startswith(b"This is the overlay"), "overlay of the tour"

    dll = pefile.PE(os.path.join(folder, "dll.dll"))
    exports = {e.name or e.ordinal: e.forwarder or e.address for e in dll.DIRECTORY_ENTRY_EXPORT.symbols}
    yield exports == {
        b"Next": 0x1010, b"Add": 0x1000, 7: 0x1020, b"counter": 0x2008,
        b"Tick": b"KERNEL32.GetTickCount",
    }, "exports of the DLL"

    tls = pefile.PE(os.path.join(folder, "tls.exe")).DIRECTORY_ENTRY_TLS.struct
    yield tls.EndAddressOfRawData - tls.StartAddressOfRawData == 8, "TLS template"

    flat = pefile.PE(os.path.join(folder, "flat.exe"))
    yield all(s.VirtualAddress == s.PointerToRawData for s in flat.sections), "flat sections"


def main(folder):
    bad = []
    for name in SECTIONS:
        with pefile.PE(os.path.join(folder, name)) as pe:
            bad += [f"{name}: {problem}" for problem in problems(name, pe)]
    bad += [what for right, what in details(folder) if not right]
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
