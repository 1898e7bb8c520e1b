#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the cases of vm_conformance that are rows of tables.

usage: make_vm_cases.py OUT.yaml

The tables are those of Wine's tests that pass on Windows (kernel32/tests/virtual.c and loader.c,
ntdll/tests/virtual.c), in full, and what Microsoft documents. What is no table is in vm_cases.yaml.
"""

import json
import sys

NAMES = {0x01: "PAGE_NOACCESS", 0x02: "PAGE_READONLY", 0x04: "PAGE_READWRITE", 0x08: "PAGE_WRITECOPY",
         0x10: "PAGE_EXECUTE", 0x20: "PAGE_EXECUTE_READ", 0x40: "PAGE_EXECUTE_READWRITE",
         0x80: "PAGE_EXECUTE_WRITECOPY"}
SINGLES = list(NAMES)
ALL = [0x00, *range(0x01, 0x10), *range(0x10, 0x100, 0x10)]
OK = {"ok": 1}
WRONG = {"ok": 0, "err": "ERROR_INVALID_PARAMETER"}
DENIED = {"ok": 0, "err": "ERROR_ACCESS_DENIED"}


def prot(value):
    return "|".join(NAMES[bit] for bit in SINGLES if value & bit) or "0"


def step(op, expect=None, **args):
    entry = {"op": op, "args": {k: hex(v) if isinstance(v, int) else v for k, v in args.items()}}
    if expect:
        entry["expect"] = {k: prot(v) if k in ("prot", "alloc_prot", "old") and isinstance(v, int)
                           else v for k, v in expect.items()}
    return entry


def case(name, *steps):
    return {"id": name, "steps": list(steps)}


def query(at, **expect):
    return step("VirtualQuery", expect, at=at)


# ---- private memory ---------------------------------------------------------------------------

def private(value):
    """Exactly one protection, and none that copies."""
    good = value in (0x01, 0x02, 0x04, 0x10, 0x20, 0x40)
    free = step("VirtualFree", OK, at="A", size=0, type="MEM_RELEASE")
    alloc = step("VirtualAlloc", OK if good else WRONG, at="null", size=0x1000, type="MEM_COMMIT",
                 prot=prot(value), **{"as": "A"})
    change = step("VirtualProtect", dict(OK, old=0x01) if good else WRONG, at="B", size=0x1000,
                  prot=prot(value))
    now = value if good else 0x01
    steps = [alloc]
    if good:
        steps += [query("A", base="A", alloc_base="A", alloc_prot=value, size="0x1000",
                        state="MEM_COMMIT", prot=value, type="MEM_PRIVATE"),
                  step("VirtualAlloc", dict(OK, base="A"), at="A", size=0x1000, type="MEM_COMMIT",
                       prot=prot(value)), free]
    steps += [step("VirtualAlloc", OK, at="null", size=0x1000, type="MEM_COMMIT|MEM_RESERVE",
                   prot="PAGE_NOACCESS", **{"as": "B"}),
              change, query("B", prot=now, alloc_prot=0x01)]
    return case(f"private.0x{value:02x}", *steps)


# Which accesses a protection lets through: read, write, execute. x64 reads what it may execute.
ACCESS = {0x01: "", 0x02: "r", 0x04: "rw", 0x10: "rx", 0x20: "rx", 0x40: "rwx"}


def accesses(value):
    steps = [step("VirtualAlloc", OK, at="null", size=0x1000, type="MEM_COMMIT",
                  prot="PAGE_READWRITE", **{"as": "A"}),
             step("store", at="A", val=0xC3),
             step("VirtualProtect", OK, at="A", size=0x1000, prot=prot(value))]
    for letter, kind, how in (("r", 0, "read"), ("w", 1, "write"), ("x", 8, "exec")):
        good = letter in ACCESS[value]
        steps.append(step("access", {"code": "0"} if good else
                          {"code": "STATUS_ACCESS_VIOLATION", "kind": kind}, at="A", access=how,
                          val=0xC3))
    return case(f"access.0x{value:02x}", *steps)


def zero_bits():
    """Up to 20 bits fit, 21 leave no room, 22 to 31 are none; from 32 on it is a mask."""
    def alloc(name, bits, status, **more):
        expect = {"st": status}
        return case(f"zero-bits.{name}",
                    step("NtAllocateVirtualMemory", expect, at="null", size=0x1000, zero_bits=bits,
                         type="MEM_COMMIT|MEM_RESERVE|MEM_TOP_DOWN", prot="PAGE_READWRITE",
                         **{"as": "A"}), *more.get("then", []))
    good = ["STATUS_SUCCESS", "STATUS_NO_MEMORY"]
    for bits in range(1, 21):
        limit = 1 << (32 - bits)
        # The top granule below the limit, above the first 64 KiB that nobody has.
        there = limit - 0x10000
        want = "STATUS_SUCCESS" if there >= 0x10000 else "STATUS_NO_MEMORY"
        then = [query(hex(there), state="MEM_COMMIT")] if want == "STATUS_SUCCESS" else []
        assert want in good
        yield alloc(bits, bits, want, then=then)
    yield alloc(21, 21, "STATUS_NO_MEMORY")
    for bits in range(22, 32):
        yield alloc(bits, bits, "STATUS_INVALID_PARAMETER_3")
    for mask in (0x1AAAAAAA, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFF):
        top = min((1 << mask.bit_length()) - 1, 0x7FFFFFFEFFFF) + 1 - 0x10000
        yield alloc(hex(mask), mask, "STATUS_SUCCESS", then=[query(hex(top), state="MEM_COMMIT")])
    for bits, status in ((21, "STATUS_NO_MEMORY"), (22, "STATUS_INVALID_PARAMETER_4"),
                         (1, "STATUS_SUCCESS"), (0x1AAAAAAA, "STATUS_SUCCESS")):
        yield case(f"zero-bits.view.{bits:#x}",
                   step("NtCreateSection", {"st": "STATUS_SUCCESS"}, size=0x1000,
                        prot="PAGE_READWRITE", flags="SEC_COMMIT", file=0, **{"as": "S"}),
                   step("NtMapViewOfSection", {"st": status}, section="S", at=0, off=0, size=0,
                        prot="PAGE_READWRITE", type="MEM_TOP_DOWN", zero_bits=bits))


# low, high, alignment, size, status, further arguments
REQUIREMENTS = [
    (None, 0x20001001, None, 0x10000, "STATUS_INVALID_PARAMETER"),
    (None, 0x20000FFE, None, 0x10000, "STATUS_INVALID_PARAMETER"),
    (None, 0x200007FF, None, 0x10000, "STATUS_INVALID_PARAMETER"),
    (None, 0x7FFFFFFF0FFF, None, 0x10000, "STATUS_INVALID_PARAMETER"),
    (None, 0x7FFFFFFEFFFF, None, 0x10000, "STATUS_SUCCESS"),
    (None, 0x20000FFF, None, 0x40000, "STATUS_SUCCESS"),
    (None, 0x20000FFF, 0x10000, 0x1000, "STATUS_SUCCESS"),
    (None, 0x20000FFF, 0x20000000, 0x2000, "STATUS_NO_MEMORY"),
    (None, None, 0x8000, 0x1000, "STATUS_INVALID_PARAMETER"),
    (None, None, 0x30000, 0x1000, "STATUS_INVALID_PARAMETER"),
    (None, None, 0x40000, 0x1000, "STATUS_SUCCESS"),
    (0x20001000, None, None, 0x1000, "STATUS_INVALID_PARAMETER"),
    (0x20000FFF, None, None, 0x1000, "STATUS_INVALID_PARAMETER"),
    (0x20001001, None, None, 0x1000, "STATUS_INVALID_PARAMETER"),
    (0x30000000, 0x20000000, None, 0x1000, "STATUS_INVALID_PARAMETER"),
    (0x30000000, 0x20000FFF, None, 0x1000, "STATUS_INVALID_PARAMETER"),
    (0x20000000, None, None, 0x1000, "STATUS_SUCCESS"),
    (0x20000000, 0x2FFFFFFF, None, 0x1000, "STATUS_SUCCESS"),
    (0x20000000, 0x2000FFFF, None, 0x20000, "STATUS_NO_MEMORY"),
    (0x7FFFFFFF0000, None, None, 0x10000, "STATUS_INVALID_PARAMETER"),
]


def requirements(row):
    low, high, align, size, status = row
    given = {k: v for k, v in (("low", low), ("high", high), ("align", align)) if v is not None}
    name = ".".join(f"{k}-{v:#x}" for k, v in given.items()) + f".{size:#x}"
    expect = {"st": status}
    if status == "STATUS_SUCCESS":
        expect.update(aligned=1, below=1, above=1)
    taken = step("NtAllocateVirtualMemory", {"st": "STATUS_SUCCESS"}, at="null", size=0x10000,
                 zero_bits=0, type="MEM_RESERVE", prot="PAGE_READWRITE", **{"as": "B"})
    based = step("NtAllocateVirtualMemoryEx", {"st": "STATUS_INVALID_PARAMETER"}, at="B", size=0x1000,
                 type="MEM_COMMIT", prot="PAGE_READWRITE", **given)
    return case(f"requirements.{name}",
                step("NtAllocateVirtualMemoryEx", expect, at="null", size=size, type="MEM_RESERVE",
                     prot="PAGE_EXECUTE_READWRITE", **given), taken, based)


# ---- sections ---------------------------------------------------------------------------------

PAGE_FILE_FLAGS = {
    "SEC_RESERVE": "SEC_RESERVE", "SEC_RESERVE|SEC_NOCACHE": "SEC_RESERVE|SEC_NOCACHE",
    "SEC_RESERVE|SEC_LARGE_PAGES": 87, "SEC_RESERVE|SEC_WRITECOMBINE": "SEC_RESERVE|SEC_WRITECOMBINE",
    "SEC_COMMIT": "SEC_COMMIT", "SEC_COMMIT|SEC_NOCACHE": "SEC_COMMIT|SEC_NOCACHE",
    "SEC_COMMIT|SEC_WRITECOMBINE": "SEC_COMMIT|SEC_WRITECOMBINE", "SEC_RESERVE|SEC_COMMIT": 87,
    "SEC_IMAGE": 193, "SEC_IMAGE|SEC_RESERVE": 87, "SEC_IMAGE|SEC_COMMIT": 87, "SEC_NOCACHE": 87,
    "SEC_LARGE_PAGES": 87, "SEC_WRITECOMBINE": 87, "SEC_FILE": 87, "SEC_FILE|SEC_RESERVE": 87,
    "SEC_FILE|SEC_COMMIT": 87, "0": "SEC_COMMIT",
}
FILE_FLAGS = {
    "SEC_RESERVE": "SEC_FILE", "SEC_RESERVE|SEC_NOCACHE": "SEC_FILE|SEC_NOCACHE",
    "SEC_RESERVE|SEC_LARGE_PAGES": 87, "SEC_RESERVE|SEC_WRITECOMBINE": "SEC_FILE|SEC_WRITECOMBINE",
    "SEC_COMMIT": "SEC_FILE", "SEC_COMMIT|SEC_NOCACHE": "SEC_FILE|SEC_NOCACHE",
    "SEC_COMMIT|SEC_LARGE_PAGES": 87, "SEC_COMMIT|SEC_WRITECOMBINE": "SEC_FILE|SEC_WRITECOMBINE",
    "SEC_RESERVE|SEC_COMMIT": 87, "SEC_IMAGE": 193, "SEC_IMAGE|SEC_RESERVE": 87,
    "SEC_IMAGE|SEC_COMMIT": 87, "SEC_NOCACHE": 87, "SEC_LARGE_PAGES": 87, "SEC_WRITECOMBINE": 87,
    "SEC_FILE": 87, "SEC_FILE|SEC_RESERVE": 87, "SEC_FILE|SEC_COMMIT": 87, "0": "SEC_FILE",
}
IMAGE_FLAGS = {
    "SEC_IMAGE": "SEC_FILE|SEC_IMAGE", "SEC_IMAGE|SEC_FILE": 87,
    "SEC_IMAGE|SEC_NOCACHE": "SEC_FILE|SEC_IMAGE", "SEC_IMAGE|SEC_LARGE_PAGES": 87,
    "SEC_IMAGE|SEC_WRITECOMBINE": 87, "SEC_IMAGE|SEC_RESERVE": 87, "SEC_IMAGE|SEC_COMMIT": 87,
}


def section_flags(kind, flags, want):
    opening = {"page-file": [],
               "file": [step("open-file", OK, name="t.bin", size=0x2000, **{"as": "F"})],
               "image": [step("open-file", OK, name="img_60000020.dll", existing="1", read_only="1",
                              **{"as": "F"})]}[kind]
    protection = "PAGE_READONLY" if kind == "image" else "PAGE_READWRITE"
    expect = {"ok": 0, "err": want} if isinstance(want, int) else {"ok": 1, "attr": want}
    file = {} if kind == "page-file" else {"file": "F"}
    return case(f"flags.{kind}.{flags}", *opening,
                step("CreateFileMapping", expect, prot=protection, flags=flags, size=0x1000,
                     **file, **{"as": "S"}))


def section_protection(value):
    good = value in (0x02, 0x04, 0x08, 0x20, 0x40, 0x80)
    steps = [step("open-file", OK, name="t.bin", size=0x1000, **{"as": "F"}),
             step("CreateFileMapping", OK if good else WRONG, prot=prot(value), flags="SEC_COMMIT",
                  size=0x1000, file="F", **{"as": "S"})]
    if good:
        steps += [step("MapViewOfFile", OK, section="S", access="FILE_MAP_READ", off=0, size=0,
                       **{"as": "M"}),
                  query("M", base="M", alloc_base="M", alloc_prot=0x02, size="0x1000",
                        state="MEM_COMMIT", prot=0x02, type="MEM_MAPPED"),
                  step("VirtualAlloc", DENIED, at="M", size=0x1000, type="MEM_COMMIT",
                       prot=prot(value)),
                  step("VirtualProtect", OK if value in (0x02, 0x08) else WRONG, at="M",
                       size=0x1000, prot=prot(value))]
    return case(f"section-protection.0x{value:02x}", *steps)


# What a view of all rights can become, and what is left of it after a write: the page is private then.
AFTER_WRITE = {0x04: 0x04, 0x08: 0x04, 0x40: 0x40, 0x80: 0x40}


def full_view(value):
    good = value in SINGLES
    steps = [step("open-file", OK, name="t.bin", size=0x1000, **{"as": "F"}),
             step("CreateFileMapping", OK, prot=prot(0x40), flags="0", size=0x1000, file="F",
                  **{"as": "S"}),
             step("MapViewOfFile", OK, section="S",
                  access="FILE_MAP_READ|FILE_MAP_WRITE|FILE_MAP_EXECUTE", off=0, size=0, **{"as": "M"}),
             step("VirtualProtect", dict(OK, old=0x40), at="M", size=0x1000, prot=prot(0x01)),
             step("VirtualProtect", dict(OK, old=0x01) if good else WRONG, at="M", size=0x1000,
                  prot=prot(value)),
             query("M", prot=value if good else 0x01, alloc_prot=0x40, type="MEM_MAPPED")]
    if value in AFTER_WRITE:
        steps += [step("access", {"code": "0"}, at="M", access="write"),
                  query("M", prot=AFTER_WRITE[value])]
    return case(f"full-view.0x{value:02x}", *steps)


# access of MapViewOfFile: protection of the view, sections that allow it
READERS = (0x02, 0x04, 0x08, 0x20, 0x40, 0x80)
EXECUTERS = (0x20, 0x40, 0x80)
VIEWS = {
    "0": (0x01, READERS), "FILE_MAP_COPY": (0x08, READERS), "FILE_MAP_WRITE": (0x04, (0x04, 0x40)),
    "FILE_MAP_READ": (0x02, READERS), "FILE_MAP_READ|FILE_MAP_COPY": (0x02, READERS),
    "FILE_MAP_READ|FILE_MAP_WRITE": (0x04, (0x04, 0x40)),
    "FILE_MAP_EXECUTE|FILE_MAP_COPY": (0x80, EXECUTERS),
    "FILE_MAP_EXECUTE|FILE_MAP_WRITE": (0x40, (0x40,)),
    "FILE_MAP_EXECUTE|FILE_MAP_READ": (0x20, EXECUTERS),
}
# What VirtualProtect then allows, by the protection of the view.
ALLOWED = {
    0x01: (0x01,), 0x02: (0x01, 0x02, 0x08), 0x04: (0x01, 0x02, 0x04, 0x08), 0x08: (0x01, 0x02, 0x08),
    0x20: (0x01, 0x02, 0x08, 0x10, 0x20, 0x80), 0x40: tuple(SINGLES),
    0x80: (0x01, 0x02, 0x08, 0x10, 0x20, 0x80),
}


def view(section, access, of_file):
    protection, allowed_by = VIEWS[access]
    good = section in allowed_by
    file = {"file": "F"} if of_file else {}
    steps = [step("open-file", OK, name="t.bin", size=0x2000, **{"as": "F"})] if of_file else []
    steps += [step("CreateFileMapping", OK, prot=prot(section), flags="SEC_COMMIT", size=0x2000,
                   **file, **{"as": "S"}),
              step("MapViewOfFile", OK if good else DENIED, section="S", access=access, off=0, size=0,
                   **{"as": "M"})]
    if good:
        steps.append(query("M", base="M", alloc_base="M", alloc_prot=protection, size="0x2000",
                           state="MEM_COMMIT", prot=protection, type="MEM_MAPPED"))
        now = protection
        for wanted in SINGLES:
            fine = wanted in ALLOWED[protection]
            steps.append(step("VirtualProtect", dict(OK, old=now) if fine else WRONG, at="M",
                              size=0x1000, prot=prot(wanted)))
            now = wanted if fine else now
        steps += [query("M", prot=now), step("UnmapViewOfFile", OK, at="M+0x1fff")]
    backing = "file" if of_file else "page-file"
    return case(f"view.{backing}.0x{section:02x}.{access}", *steps)


# ---- images -----------------------------------------------------------------------------------

SECTION = {"-": 0x01, "R": 0x02, "W": 0x08, "X": 0x10, "RW": 0x08, "RX": 0x20, "WX": 0x80, "RWX": 0x80}
BITS = {"R": 0x40000000, "W": 0x80000000, "X": 0x20000000, "-": 0}


def image_steps(name):
    return [step("open-file", OK, name=name, existing="1", read_only="1", **{"as": "F"}),
            step("CreateFileMapping", dict(OK, attr="SEC_FILE|SEC_IMAGE", size="0x2000"),
                 prot="PAGE_READONLY", flags="SEC_IMAGE", size=0, file="F", **{"as": "S"}),
            step("NtMapViewOfSection", {"st": "STATUS_SUCCESS"}, section="S", at=0, off=0, size=0,
                 prot="PAGE_READONLY", type="0", zero_bits=0, **{"as": "M"})]


def image_section(content, bits, letters):
    name = f"img_{bits | sum(BITS[c] for c in letters):08x}.dll"
    protection = SECTION[letters]
    steps = image_steps(name) + [
        query("M", base="M", alloc_base="M", alloc_prot=0x80, state="MEM_COMMIT", prot=0x02,
              size="0x2000" if protection == 0x02 else "0x1000", type="MEM_IMAGE"),
        query("M+0x1000", base="M+0x1000", alloc_base="M", alloc_prot=0x80, size="0x1000",
              state="MEM_COMMIT", prot=protection, type="MEM_IMAGE")]
    if protection == 0x01:
        steps.append(step("access", {"code": "STATUS_ACCESS_VIOLATION", "kind": 0}, at="M+0x1000",
                          access="read"))
    elif "W" in letters:
        steps += [step("access", {"code": "0"}, at="M+0x1000", access="write"),
                  query("M+0x1000", prot=0x04 if protection == 0x08 else 0x40)]
    else:
        steps += [step("access", {"code": "0", "byte": 115}, at="M+0x1000", access="read"),
                  step("access", {"code": "STATUS_ACCESS_VIOLATION", "kind": 1}, at="M+0x1000",
                       access="write")]
    steps += [step("NtMapViewOfSection", {"st": "STATUS_IMAGE_NOT_AT_BASE"}, section="S", at=0, off=0,
                   size=0, prot="PAGE_READONLY", type="0", zero_bits=0, **{"as": "N"}),
              step("UnmapViewOfFile", OK, at="N"), step("UnmapViewOfFile", OK, at="M")]
    return case(f"image.{content}.{letters}", *steps)


def image_protection(value):
    good = value in SINGLES
    copied = {0x04: 0x08, 0x40: 0x80}
    return case(f"image-protection.0x{value:02x}", *image_steps("img_prot.dll"),
                step("VirtualProtect", OK, at="M+0x1000", size=0x1000, prot="PAGE_NOACCESS"),
                step("VirtualProtect", dict(OK, old=0x01) if good else WRONG, at="M+0x1000",
                     size=0x1000, prot=prot(value)),
                query("M+0x1000", prot=copied.get(value, value) if good else 0x01, alloc_prot=0x80,
                      type="MEM_IMAGE"),
                step("VirtualAlloc", DENIED, at="M+0x1000", size=0x1000, type="MEM_COMMIT",
                     prot="PAGE_READONLY"))


# ---- all --------------------------------------------------------------------------------------

def cases():
    yield from (private(value) for value in ALL)
    yield from (accesses(value) for value in ACCESS)
    yield from zero_bits()
    yield from (requirements(row) for row in REQUIREMENTS)
    for kind, table in (("page-file", PAGE_FILE_FLAGS), ("file", FILE_FLAGS), ("image", IMAGE_FLAGS)):
        yield from (section_flags(kind, flags, want) for flags, want in table.items())
    yield from (section_protection(value) for value in ALL)
    yield from (full_view(value) for value in ALL)
    yield from (view(s, a, f) for s in READERS for a in VIEWS for f in (True, False))
    for content, bits in (("none", 0), ("idata", 0x40), ("udata", 0x80), ("code", 0x20)):
        yield from (image_section(content, bits, letters) for letters in SECTION)
    yield from (image_protection(value) for value in ALL)


def main(out):
    with open(out, "w", encoding="utf-8") as f:  # JSON is YAML, too
        json.dump({"schema": "vm-cases/1", "cases": list(cases())}, f, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
