#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file and its own memory, at another base and in every form of dump, are equal; and what is
written into that memory is found, named, and nothing else.

usage: verify.py PELORUS FOLDER
       verify.py PELORUS --corpus      some of the files in $PELORUS_CORPUS
"""

import json
import os
import random
import struct
import subprocess
import sys
import tempfile

BASES = (0x30000000, 0x10000)
CORPUS_FILES = 200
PROGRAM = "-windows/notepad.exe"  # of Wine: with the DLLs beside it


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, check=False, timeout=120)


def verify(pelorus, path, memory, *options):
    done = run(pelorus, "verify", "--format=json", f"--against={memory}", *options, path)
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def remove(*paths):
    for path in paths:
        if os.path.exists(path):
            os.remove(path)


# ---- the same ---------------------------------------------------------------------


def dumps(pelorus, path, base, work):
    """The memory of the image at a base, raw and as a minidump; what cannot be made is left out."""
    raw, minidump = os.path.join(work, "raw"), os.path.join(work, "minidump")
    remove(raw, minidump)
    run(pelorus, "map", "--only=base", f"--base={base}", f"--image-out={raw}", path)
    run(pelorus, "export", "--only=base", f"--base={base}", f"--minidump={minidump}", path)
    return [memory for memory in (raw, minidump) if os.path.exists(memory)]


def problems_of_equal(pelorus, path, base, work):
    for memory in dumps(pelorus, path, base, work):
        code, document = verify(pelorus, path, memory)
        name = os.path.basename(memory)
        if code != 0 or document["status"] != "equal":
            yield f"{name} at {base:#x}: exit {code}, {document and document['differences'][:2]}"
        elif document["summary"]["pages_missing"] or document["changed_data"]:
            yield f"{name} at {base:#x}: pages are missing, or data changed"


# ---- found again ------------------------------------------------------------------


def place_in(minidump, va):
    """The offset of an address in a minidump of ours."""
    with open(minidump, "rb") as file:
        data = file.read()
    count, directory = struct.unpack_from("<II", data, 8)
    for i in range(count):
        kind, _, at = struct.unpack_from("<III", data, directory + 12 * i)
        if kind != 9:
            continue
        ranges, offset = struct.unpack_from("<QQ", data, at)
        for k in range(ranges):
            start, size = struct.unpack_from("<QQ", data, at + 16 + 16 * k)
            if start <= va < start + size:
                return offset + va - start
            offset += size
    return None


def write(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def jump(at, to):
    return b"\xe9" + struct.pack("<i", to - (at + 5))


def problems_of_hooks(pelorus, folder, work):
    path, base, far = os.path.join(folder, "dll.dll"), 0x30000000, 0x31000000
    for memory in dumps(pelorus, path, base, work):
        raw = os.path.basename(memory) == "raw"
        at = 0x1010 if raw else place_in(memory, base + 0x1010)
        write(memory, at, jump(base + 0x1010, far))
        write(memory, at + 0x10, b"\xcc")
        code, document = verify(pelorus, path, memory)
        told = [(d["kind"], d["rva"], d["symbol"]) for d in document["differences"]]
        if code != 1 or told != [("hook", 0x1010, "Next"), ("breakpoint", 0x1020, "#7")]:
            yield f"{memory}: exit {code}, {told}"
        target = document["differences"][0]["target"]
        if target != {"va": far, "module": None, "rva": None, "inside": False, "symbol": None}:
            yield f"{memory}: leads to {target}"


def problems_of_noise(pelorus, folder, work):
    """Bytes written at random: each of them is told, and no other."""
    rng = random.Random(20250117)
    path, base = os.path.join(folder, "tour.exe"), 0x30000000
    for _ in range(40):
        memory = dumps(pelorus, path, base, work)[0]
        with open(memory, "rb") as file:
            data = bytearray(file.read())
        wanted = set()
        for _ in range(rng.randrange(1, 30)):
            at = rng.randrange(len(data))
            data[at] ^= rng.randrange(1, 256)
            wanted.add(at)
        write(memory, 0, data)
        _, document = verify(pelorus, path, memory, f"--base={base}")
        explained = sum(document["explained"][key] for key in ("iat", "cookie", "tls_index", "guard"))
        told = document["differences"] + document["changed_data"]
        inside = {at for at in wanted
                  for d in told if d["rva"] <= at < d["rva"] + d["size"]}
        differ = sum(d["differ"] for d in told)
        if len(wanted - inside) > 8 * explained or differ > len(wanted):
            yield f"{sorted(wanted - inside)} are not told, {differ} differ of {len(wanted)}"


def problems_of_errors(pelorus, folder, work):
    path = os.path.join(folder, "dll.dll")
    other = os.path.join(folder, "pe32.exe")
    raw, minidump = dumps(pelorus, path, 0x30000000, work)
    empty = os.path.join(work, "empty")
    with open(empty, "wb"):
        pass
    for arguments, code in (
            ((path, minidump, "--module=DLL.DLL"), 0), ((path, minidump, "--module=x.dll"), 3),
            ((path, minidump, "--base=0x30000000"), 0), ((path, minidump, "--base=0x50000000"), 3),
            ((other, minidump), 3), ((path, empty), 3), ((path, "/nowhere"), 3),
            ((raw, raw), 0), ((empty, raw), 3)):
        got, _ = verify(pelorus, *arguments)
        # The memory of a file is no file: what there is of it differs or not, but it is compared.
        if got != code and (code, got) != (0, 1):
            yield f"{arguments}: exit {got}, not {code}"


# ---- processes that were started ---------------------------------------------------


def problems_of_started(pelorus, program, work):
    """Every module of a process, bound and initialised, beside its file: all of it is explained, but
    for the traps that stand for what is missing."""
    folder, minidump = os.path.dirname(program), os.path.join(work, "started")
    files = {name.lower(): os.path.join(folder, name) for name in os.listdir(folder)}
    remove(minidump)
    done = run(pelorus, "export", "--format=json", "--only=minidump", f"--path={folder}",
               "--stub-missing", "--aslr=5", f"--minidump={minidump}", program)
    modules = json.loads(done.stdout)["minidump"]["modules"]
    bound = 0
    for module in modules:
        name = module["name"].replace("\\", "/").rsplit("/", 1)[-1].lower()
        _, document = verify(pelorus, files[name], minidump)
        bound += document["explained"]["iat"]
        others = [d for d in document["differences"] if d["kind"] != "import"]
        if others or document["base"] != module["base"]:
            yield f"{name}: {others[:2]}"
    if len(modules) < 5 or bound < 1000:
        yield f"only {len(modules)} modules with {bound} imports"


# ---- all of it --------------------------------------------------------------------


def corpus():
    folder = os.environ.get("PELORUS_CORPUS")
    if not folder:
        print("skipped: PELORUS_CORPUS names no folder")
        sys.exit(77)
    found = sorted(os.path.join(root, name) for root, _, names in os.walk(folder)
                   for name in names)
    started = [path for path in found if path.endswith(PROGRAM)]
    # The largest take their time and show nothing that others do not.
    found = [path for path in found if os.path.getsize(path) < 8 << 20]
    step = max(1, len(found) // CORPUS_FILES)
    return found[::step], started


def main(pelorus, folder):
    wrong, started = 0, []
    if folder == "--corpus":
        files, started = corpus()
    else:
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    with tempfile.TemporaryDirectory() as work:
        for path in files:
            for base in BASES if folder != "--corpus" else BASES[:1]:
                for problem in problems_of_equal(pelorus, path, base, work):
                    print(f"{path}: {problem}")
                    wrong = 1
        for path in started:
            for problem in problems_of_started(pelorus, path, work):
                print(f"{path}, started: {problem}")
                wrong = 1
        for check in (problems_of_hooks, problems_of_noise, problems_of_errors):
            for problem in check(pelorus, folder, work) if folder != "--corpus" else ():
                print(f"{check.__name__}: {problem}")
                wrong = 1
    print(f"{len(files)} files, {len(started)} processes")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
