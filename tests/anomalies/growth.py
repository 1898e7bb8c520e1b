#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that were made to grow: lists that share, cycle, or are very long.

usage: growth.py PELORUS

Each is looked at in bounded time, memory and output, and a document is no longer than a multiple of
the file that lists which share their bytes do not exceed. The bounds are generous (a walk that is
quadratic takes hours where these allow seconds), so that a busy machine does not matter.
"""

import json
import os
import resource
import struct
import subprocess
import sys
import tempfile

SECONDS = 60  # of the processor, for one command; each takes less than two
MEMORY = 3 << 30  # of address space
OUTPUT = 1 << 20  # bytes that `check` prints
INSTANT = 2  # seconds, for a file of 1,536 bytes that takes a hundredth of one
SHOWN = 256  # bytes that `dump` prints for one of the file, and so many KiB for its headers
HEADERS, RVA, ALIGN = 0x400, 0x1000, 0x1000


def words(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def optional_header(directories, image_size, header_size):
    head = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0, 0, 0, RVA, RVA)
    head += struct.pack("<QIIHHHHHHIIIIHH", 0x140000000, ALIGN, 0x200, 6, 0, 0, 0, 6, 0, 0, image_size, header_size, 0,
                        3, 0x8160)
    head += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    table = [directories.get(i, (0, 0)) for i in range(16)]
    return head + b"".join(words(*d) for d in table)


def image(body, directories, flags=0xE0000060, zeros=0):
    """A file with one section, which can be anything, at RVA 0x1000; with `zeros` bytes behind it in memory."""
    size = (len(body) + 0x1FF) & ~0x1FF
    view = (size + zeros + 0xFFF) & ~0xFFF
    optional = optional_header(directories, RVA + view, HEADERS)
    head = b"MZ" + bytes(58) + words(0x40) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22) + optional
    head += struct.pack("<8sIIIIIIHHI", b".all", size + zeros, RVA, size, HEADERS, 0, 0, 0, 0, flags)
    return head.ljust(HEADERS, b"\0") + body.ljust(size, b"\0")


def exports(count, name):
    """`count` names, which are all the same bytes."""
    functions, names, ordinals = 40, 40 + 4 * count, 40 + 8 * count
    text = 40 + 10 * count
    head = words(0, 0, 0, RVA + text, 1, count, count, RVA + functions, RVA + names, RVA + ordinals)
    body = head + words(RVA) * count + words(RVA + text) * count + struct.pack("<H", 0) * count + name + b"\0"
    return image(body, {0: (RVA, len(body))})


ZEROS = 0x70000000  # bytes of memory that the file has no bytes for


def exports_in_zeros(functions, names):
    """Tables of addresses and names that go on where memory is zero."""
    body = words(0, 0, 0, 0, 1, functions, names, RVA + 0x200, RVA + 0x200, RVA + 0x200)
    return image(body, {0: (RVA, len(body))}, zeros=ZEROS)


def in_zeros(*directories):
    """Directories that are all zeros, and as large as a section can be."""
    return image(bytes(0x200), {d: (RVA + 0x1000, ZEROS - 0x1000) for d in directories}, zeros=ZEROS)


def guards_in_zeros(count):
    """Tables of the load configuration, each of that many entries."""
    at = 0x140000000 + RVA + 0x1000
    head = bytearray(0x148)
    struct.pack_into("<I", head, 0, len(head))
    for table, size in ((0x60, 0x68), (0x80, 0x88), (0xA0, 0xA8), (0xB0, 0xB8)):
        struct.pack_into("<QQ", head, table, at, count)
        assert size == table + 8
    struct.pack_into("<I", head, 0x90, 0x10000)
    return image(bytes(head), {10: (RVA, len(head))}, zeros=ZEROS)


def runtime_in_zeros():
    """The header of .NET leads to tables that go on where memory is zero."""
    far = words(RVA + 0x1000, ZEROS - 0x1000)
    head = struct.pack("<IHH", 72, 2, 5) + far + words(1, 0) + far * 6
    return image(head, {14: (RVA, len(head))}, zeros=ZEROS)


def sections(count, overlap):
    optional = optional_header({}, RVA * (count + 1000), 0x400)
    head = b"MZ" + bytes(58) + words(0x40) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, len(optional), 0x22) + optional
    end = (len(head) + 40 * count + 0x1FFF) & ~0xFFF
    table = [
        struct.pack("<8sIIIIIIHHI", b"same", 0x200000 if overlap else 0x1000, end + (i if not overlap else i % 7) * 0x1000,
                    0x10000 if overlap else 0x200, end, 0, 0, 0, 0, 0x60000020) for i in range(count)
    ]
    return (head + b"".join(table)).ljust(end + 0x10000, b"\xcc")


def resource_cycles(directories, entries):
    """Each directory has entries that lead to all others, and to itself."""
    size = 16 + 8 * entries
    body = b""
    for d in range(directories):
        body += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, entries)
        for e in range(entries):
            body += words(e, 0x80000000 | ((d + e) % directories) * size)
    return image(body, {2: (RVA, len(body))})


def relocations(count, per_block):
    entries = struct.pack("<H", 0xA008) * per_block
    blocks = count // per_block
    body = b"".join(words(RVA, 8 + 2 * per_block) + entries for _ in range(blocks))
    return image(body, {5: (RVA, len(body))})


def imports(descriptors, thunks):
    """All descriptors share one table."""
    table = 20 * descriptors + 20
    name = table + 8 * thunks + 8
    one = words(RVA + table, 0, 0, RVA + name + 2, RVA + table)
    body = one * descriptors + bytes(20) + struct.pack("<Q", RVA + name) * thunks + bytes(8) + b"\0\0a.dll\0"
    return image(body, {1: (RVA, table)})


def callbacks(count):
    base = 0x140000000 + RVA
    head = struct.pack("<QQQQII", 0, 0, base + 32, base + 64, 0, 0).ljust(64, b"\0")
    return image(head + struct.pack("<Q", 8) * count + bytes(8), {9: (RVA, 40)})


def unwind_chain(count):
    """Each function's unwind information is chained to the one of the next, and the last to the first."""
    infos = 12 * count
    body = b"".join(words(RVA + i, RVA + i + 1, RVA + infos + 16 * i) for i in range(count))
    for i in range(count):
        after = (i + 1) % count
        body += b"\x21\0\0\0" + words(RVA + after, RVA + after + 1, RVA + infos + 16 * after)
    return image(body, {3: (RVA, infos)})


def certificates(count):
    plain = image(b"\xcc", {})
    return image(b"\xcc", {4: (len(plain), 8 * count)}) + struct.pack("<IHH", 8, 0x200, 2) * count


def delayed(descriptors, thunks):
    """All descriptors share one name and one table."""
    table = 32 * descriptors + 32
    name = table + 8 * thunks + 8
    one = words(1, RVA + name + 2, 0, RVA + table, RVA + table, 0, 0, 0)
    body = one * descriptors + bytes(32) + struct.pack("<Q", RVA + name) * thunks + bytes(8) + b"\0\0a.dll\0"
    return image(body, {13: (RVA, table)})


def debug(entries, kind, records):
    """All entries share their data."""
    data = 28 * entries
    one = words(0, 0, 0, kind, len(records), RVA + data, HEADERS + data)
    return image(one * entries + records, {6: (RVA, data)})


def unwind_codes(functions, codes):
    """All functions share their unwind information."""
    info = 12 * functions
    body = b"".join(words(RVA + i, RVA + i + 1, RVA + info) for i in range(functions))
    return image(body + bytes([1, 0, codes, 0]) + b"\0\x02" * codes, {3: (RVA, info)})


def hot_patches(bases, entries):
    """All bases of a hot patch share one chunk."""
    config, info = 0x148, 36
    at = info + 4 * bases
    head = bytearray(0x200)
    struct.pack_into("<I", head, 0, config)
    struct.pack_into("<I", head, 0xF0, RVA + len(head))
    body = bytes(head) + words(4, info, 0, info, bases, 0, 0, 0, 0) + words(at) * bases
    body += words(0, 0, 0, 0, 0, 0, at + 32, 0) + words(0x8000 | 4 + 4 * entries) + words(RVA) * entries + bytes(4)
    return image(body, {10: (RVA, config)})


def bound(count):
    body = struct.pack("<IHH", 1, 8 * count + 8, 0) * count + bytes(8) + b"a.dll\0"
    return image(body, {11: (RVA, len(body))})


CASES = {
    "100000 exports of one name": (lambda: exports(100000, b"one"), {"EXPORT_NAME_TWICE"}),
    "100000 exports of one name of 100000 bytes": (lambda: exports(100000, b"n" * 100000), {"EXPORT_LIMIT"}),
    "65535 sections": (lambda: sections(65535, False), {"SECTIONS_MANY", "SECTION_NAME_TWICE"}),
    "65535 sections that overlap": (lambda: sections(65535, True), {"SECTION_OVERLAP", "SECTIONS_MANY", "SECTION_NAME_TWICE", "LIMIT_DIAGNOSTICS"}),
    "resources in cycles": (lambda: resource_cycles(300, 300), {"RESOURCE_LOOP"}),
    "resources that lead to themselves": (lambda: resource_cycles(1, 65535), {"RESOURCE_LOOP"}),
    "10000000 relocations of one place": (lambda: relocations(10000000, 1000), {"RELOC_TWICE", "RELOC_ORDER"}),
    "10000000 relocations in one block": (lambda: relocations(10000000, 10000000), {"RELOC_TWICE"}),
    "10000 descriptors of 10000 imports": (lambda: imports(10000, 10000), {"IMPORTS_CUT"}),
    "1000000 callbacks": (lambda: callbacks(1000000), {"TLS_CALLBACKS"}),
    "a chain of 100000 functions": (lambda: unwind_chain(100000), {"UNWIND_CHAIN"}),
    "1000000 certificates": (lambda: certificates(1000000), {"CERTIFICATE_BROKEN"}),
    "8000 bound imports": (lambda: bound(8000), {"BOUND_NOT_IMPORTED"}),
}

# What is read once for each that leads to it, and shown in full.
SHARED = {
    "imports": (lambda: imports(1500, 4000), "imports"),
    "delay imports": (lambda: delayed(1000, 4000), "delay_imports"),
    "FPO records": (lambda: debug(1000, 3, bytes(30000)), "debug"),
    "OMAP records": (lambda: debug(1000, 8, bytes(30000)), "debug"),
    "unwind codes": (lambda: unwind_codes(5000, 255), "exceptions"),
    "hot patches": (lambda: hot_patches(5000, 4000), "load_config"),
}


# Counts and sizes that memory bears out, and the file does not.
IN_ZEROS = {
    "exports": lambda: exports_in_zeros(ZEROS // 8, ZEROS // 8),
    "names of exports": lambda: exports_in_zeros(1, 0xFFFFFFFF),
    "functions": lambda: in_zeros(3),
    "imports, debug data, bound and delayed imports": lambda: in_zeros(1, 6, 11, 13),
    "resources": lambda: in_zeros(2),
    "relocations": lambda: in_zeros(5),
    "Alpha code": lambda: in_zeros(7),
    "tables of guards": lambda: guards_in_zeros(ZEROS // 8),
    "tables of .NET": runtime_in_zeros,
}
WAYS = [["check"], ["dump"], ["dump", "--only=hashes"], ["dump", "--all", "--format=json"],
        ["dump", "--disassemble=1000"], ["extract", "--list"]]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if not os.environ.get("PEL_SANITIZE"):  # sanitizers reserve terabytes
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def look(pelorus, path, name, wanted):
    """Lines that say what is wrong."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run = subprocess.run([pelorus, "check", "--format=json", path], capture_output=True, check=False, preexec_fn=limit)
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(f"{took:6.2f} s  {name}, {os.path.getsize(path)} bytes")
    if run.returncode not in (0, 1):
        yield f"{name}: exit {run.returncode}: {run.stderr.decode()[:200]}"
        return
    if len(run.stdout) > OUTPUT:
        yield f"{name}: prints {len(run.stdout)} bytes"
    codes = {d["code"] for d in json.loads(run.stdout)["diagnostics"]}
    if not wanted <= codes:
        yield f"{name}: {sorted(wanted - codes)} is missing in {sorted(codes)}"


def show(pelorus, path, name, key):
    """Lines that say what is wrong: the document is too long, or does not share what it should."""
    run = subprocess.run([pelorus, "dump", "--all", "--format=json", path], capture_output=True, check=False,
                         preexec_fn=limit)
    size, shown = os.path.getsize(path), len(run.stdout)
    print(f"{shown / size:6.0f} times {size} bytes: shared {name}")
    if run.returncode != 0:
        yield f"{name}: exit {run.returncode}: {run.stderr.decode()[:200]}"
        return
    if shown > SHOWN * (size + 1024):
        yield f"{name}: {shown} bytes are shown of {size}"
    if len(json.dumps(json.loads(run.stdout)[key])) < 8 * size:
        yield f"{name}: {key} are not shown"


def small(pelorus, path, name):
    """Lines that say what is wrong: a file of some hundred bytes takes no time, whatever it counts."""
    for way in WAYS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run = subprocess.run([pelorus, *way, path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                             preexec_fn=limit)
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        print(f"{took:6.2f} s  {' '.join(way)}: {name} in zeros")
        if run.returncode not in (0, 1) or took > INSTANT:
            yield f"{name} in zeros: {' '.join(way)} takes {took:.2f} s, exit {run.returncode}: {run.stderr[:200]}"


def hashes(pelorus, path):
    """Lines that say what is wrong: a hash of the first names only would be that of another file."""
    for make, key in ((IN_ZEROS["names of exports"], "exphash"), (CASES["10000 descriptors of 10000 imports"][0], "imphash")):
        with open(path, "wb") as file:
            file.write(make())
        run = subprocess.run([pelorus, "dump", "--only=hashes", "--format=json", path], capture_output=True, check=True,
                             preexec_fn=limit)
        shown = json.loads(run.stdout)["hashes"]
        if shown[key] is not None or shown.get(key + "_end") != "limit":
            yield f"{key} is {shown[key]}, and its end {shown.get(key + '_end')}"


def main(pelorus):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in IN_ZEROS.items():
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(make())
            wrong += small(pelorus, path, name)
        wrong += hashes(pelorus, os.path.join(folder, "file"))
        for name, (make, key) in SHARED.items():
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(make())
            wrong += show(pelorus, path, name, key)
        for name, (make, wanted) in CASES.items():
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(make())
            wrong += look(pelorus, path, name, wanted)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
