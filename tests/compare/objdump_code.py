#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares instructions as `pelorus dump --disassemble` tells them with objdump, over real files: where
each begins, its mnemonic, and where branches lead.

usage: objdump_code.py PELORUS [FILE...]

Without FILE files of the corpus are taken (see tests/corpus/corpus.py): at most FILES of them, evenly,
with their entry points and a few exports each. The bytes of each place are handed to objdump as they
are in the file, each place in a slot of its own, so that it knows nothing of PE. Two names of one
instruction are the same; what objdump is known to tell otherwise is explained, and counted.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

OBJDUMP = shutil.which("objdump")
FILES = 240
EXPORTS = 8  # of a file, beside its entry point
COUNT = 50
JOBS = 2
TIMEOUT = 300  # seconds
LONGEST = 15
SLOT = 2048  # bytes for a place; what is behind its code is nops
MACHINES = {"IMAGE_FILE_MACHINE_I386": "i386", "IMAGE_FILE_MACHINE_AMD64": "i386:x86-64"}

# The same instruction by another name.
ALIASES = {
    "je": "jz", "jne": "jnz", "jae": "jnb", "ja": "jnbe", "jg": "jnle", "jge": "jnl",
    "jl": "jl", "jle": "jle", "jp": "jp", "jnp": "jnp", "jbe": "jbe", "jb": "jb",
    "sete": "setz", "setne": "setnz", "setae": "setnb", "seta": "setnbe", "setg": "setnle",
    "setge": "setnl",
    "cmove": "cmovz", "cmovne": "cmovnz", "cmovae": "cmovnb", "cmova": "cmovnbe",
    "cmovg": "cmovnle", "cmovge": "cmovnl",
    "movabs": "mov", "shl": "shl", "sal": "shl", "fwait": "wait", "icebp": "int1",
    "ret": "ret", "retf": "retf", "pushf": "pushf", "popf": "popf", "leavew": "leave",
    "movsx": "movsx", "xlat": "xlat", "iretd": "iret", "rex.W": "",
    "repz": "rep", "repe": "rep", "repnz": "repne", "lods": "lods", "nopw": "nop", "nopl": "nop",
}
STRINGS = re.compile(r"^(stos|movs|lods|scas|cmps|ins|outs|pushf|popf|pusha|popa|iret|xlat)[bwdq]?$")
# A comparison with its kind in the mnemonic, for one with the kind in an operand.
COMPARE = re.compile(r"^(v?cmp)(?:eq|lt|le|unord|neq|nlt|nle|ord|ge|gt|nge|ngt|false|true)(?:_\w\w)?([sp][sdh])$")
PREFIXES = {"rep", "repz", "repe", "repnz", "repne", "lock", "bnd", "notrack", "data16", "addr32", "addr16", "cs",
            "ds", "es", "fs", "gs", "ss", "xacquire", "xrelease"}

# Bytes of ours and text of objdump -> why they are told in two ways.
EXPLAINED = [
    (r"6690", r"xchg +ax,ax", "66 90 exchanges a register with itself: that is how nop is made"),
    (r"9b", r"f(st|clex|init|save|ni|disi|eni)\w*.*",
     "objdump tells wait and the instruction that waits as one"),
]


def mnemonic(text):
    """What an instruction does, without prefixes and operands; "(bad)" for none."""
    for word in text.split():
        if word in PREFIXES or re.fullmatch(r"rex(\.[WRXB]+)?", word):
            continue
        # What remains of a comparison may be called as one of strings: cmpsd. Both become "cmps".
        compares = COMPARE.match(word)
        word = compares[1] + compares[2] if compares else word
        found = STRINGS.match(word)
        return found[1] if found else ALIASES.get(word, word)
    return ""


# ---- pelorus -----------------------------------------------------------------


def run(pelorus, *arguments):
    done = subprocess.run([pelorus, "dump", "--format=json", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=TIMEOUT)
    return json.loads(done.stdout) if done.stdout else {}


def places(pelorus, path):
    """(machine, the entry point and a few exports) of a file; no places for other machines."""
    document = run(pelorus, f"--disassemble={COUNT}", "--only=file_header,disassembly", path)
    header, code = document.get("file_header"), document.get("disassembly")
    machine = MACHINES.get(header["Machine"]["name"]) if header and header["Machine"] else None
    if not machine or not code:
        return machine, []
    step = max(1, len(code) // EXPORTS)
    return machine, [code[0], *code[1::step][:EXPORTS]]


# ---- objdump -----------------------------------------------------------------


def bytes_of(place, file):
    """The bytes of a place as the file has them, and as many more as an instruction may have."""
    code = b"".join(bytes.fromhex(i["bytes"]) for i in place["instructions"])
    if any(i["offset"] is None for i in place["instructions"]) or place["offset"] is None:
        return code  # zero-filled: nothing to read
    file.seek(place["offset"])
    there = file.read(len(code) + LONGEST)
    return there


LINE = re.compile(r"^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*(?:\t(.*))?$")


def objdump(machine, slots):
    """For each slot the instructions that objdump finds: {distance: (size, text)}."""
    blob = b"".join(s[:SLOT - 2 * LONGEST].ljust(SLOT, b"\x90") for s in slots)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(blob)
        file.flush()
        done = subprocess.run([OBJDUMP, "-D", "-z", "-w", "-b", "binary", "-m", machine, "-M", "intel",
                               "--insn-width=16", file.name], stdout=subprocess.PIPE, check=True,
                              timeout=TIMEOUT)
    found = [{} for _ in slots]
    for line in done.stdout.decode().splitlines():
        match = LINE.match(line)
        if match:
            at = int(match[1], 16)
            size = len(match[2].split())
            found[at // SLOT][at % SLOT] = (size, (match[3] or "").split("#")[0].strip())
    return found


# ---- compare -----------------------------------------------------------------


def explain(ours, theirs):
    """Why the two differ, or None when nobody knows."""
    for pattern, text, why in EXPLAINED:
        if re.fullmatch(pattern, ours["bytes"]) and re.fullmatch(text, theirs):
            return why
    return None


def branch(text):
    """Where objdump says that a branch leads: an address of its blob."""
    match = re.fullmatch(r"(?:\w+ )*?(?:j\w+|call|loop\w*|xbegin)\s+(?:\w+ )?0x([0-9a-f]+)", text)
    return int(match[1], 16) if match else None


def compare_place(place, index, theirs, machine, explained):
    """(instructions that were compared, complaints)."""
    start, count = place["rva"], 0
    for i in place["instructions"]:
        at, size = i["rva"] - start, len(i["bytes"]) // 2
        if at + size > SLOT - 3 * LONGEST:
            break
        if at not in theirs:
            return count, [f"{i['rva']:#x}: objdump has no instruction there, pelorus {i['text']!r}"]
        other_size, text = theirs[at]
        same = other_size == size and mnemonic(text) == mnemonic(i["text"])
        if not same:
            why = explain(i, text)
            if not why:
                return count, [f"{i['rva']:#x} {i['bytes']}: objdump {text!r} ({other_size}), pelorus "
                               f"{i['text']!r} ({size})"]
            explained[why] += 1
            if other_size != size:
                return count, []
        target = branch(text)
        if target is not None and i["target"] is not None:
            wide = 64 if machine.endswith("64") else 32
            distance = (i["target"] - place["va"] - (target - index * SLOT)) % (1 << wide)
            if distance:
                return count, [f"{i['rva']:#x}: {i['text']!r} leads elsewhere than {text!r}"]
        count += 1
    return count, bad_end(place, theirs)


def bad_end(place, theirs):
    """What pelorus calls no instruction is none for objdump."""
    at = sum(len(i["bytes"]) // 2 for i in place["instructions"])
    if place["end"] != "undecodable" or at > SLOT - 3 * LONGEST:
        return []
    size, text = theirs.get(at, (0, "nothing"))
    return [] if "(bad)" in text or "." == text[:1] else \
        [f"{place['rva'] + at:#x}: undecodable, but objdump {text!r} ({size})"]


def compare(job):
    pelorus, path = job
    machine, code = places(pelorus, path)
    explained, complaints, total = Counter(), [], 0
    if not code:
        return 0, 0, [], explained
    with open(path, "rb") as file:
        found = objdump(machine, [bytes_of(p, file) for p in code])
    for index, (place, theirs) in enumerate(zip(code, found)):
        count, wrong = compare_place(place, index, theirs, machine, explained)
        total += count
        complaints += wrong
    return len(code), total, complaints, explained


def has_disassembler(pelorus):
    done = subprocess.run([pelorus, "--version"], stdout=subprocess.PIPE, check=True)
    return b"without Zydis" not in done.stdout


def main(pelorus, *paths):
    if not OBJDUMP or not has_disassembler(pelorus):
        print("skipped: objdump is not installed" if not OBJDUMP else "skipped: a build without Zydis")
        return corpus.SKIPPED
    files = list(paths)
    if not files:
        files = corpus.files()
        files = files[::max(1, len(files) // FILES)]
    failed, places_seen, instructions, with_code, explained = 0, 0, 0, 0, Counter()
    with ProcessPoolExecutor(JOBS) as pool:
        jobs = [(pelorus, path) for path in files]
        for path, (seen, count, complaints, why) in zip(files, pool.map(compare, jobs, chunksize=4)):
            failed += bool(complaints)
            places_seen += seen
            with_code += bool(seen)
            instructions += count
            explained += why
            for line in complaints[:20]:
                print(f"FAIL {path}: {line}")
    for why, count in explained.most_common():
        print(f"explained {count} times: {why}")
    print(f"{instructions} instructions at {places_seen} places of {with_code} files; "
          f"{len(files) - failed} files passed, {failed} failed")
    return 1 if failed or not instructions else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
