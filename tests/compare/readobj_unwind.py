#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the exception directory as `pelorus dump` tells it with llvm-readobj --unwind, function by
function, over real files: addresses, unwind codes, epilogs, handlers and chains of x64, ARM64 and
ARM.

usage: readobj_unwind.py PELORUS [FILE...]

Without FILE the files of the corpus are taken (see tests/corpus/corpus.py). Both are brought into the
same lines. What llvm-readobj is known to tell otherwise is left out of both, and counted.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

READOBJ = shutil.which("llvm-readobj")
TIMEOUT = 600  # seconds
JOBS = 2
SHARE = 12
TABLES = {"x64", "ARM64", "ARM"}

CRASHED = "llvm-readobj gives up in the middle: what it had told until then is compared"
NO_PDATA = "llvm-readobj looks for a section called .pdata, not for the directory"
PACKED_CR2 = "LLVM 14 does not know the packed form that signs lr"
PACKED_LRPAIR = "LLVM 14 calls a packed x19 beside lr invalid, or pairs it as if it were not there"
PACKED_HOME = "llvm-readobj tells the stores of homed parameters, unwind codes have nops there"
VERSION_2 = "LLVM 14 does not know the epilog codes of version 2"


# ---- llvm-readobj: lines of one function -----------------------------------

def blocks(text):
    """The lines of each RuntimeFunction."""
    found = None
    for line in text.splitlines():
        if line == "  RuntimeFunction {":
            found = []
        elif line == "  }" and found is not None:
            yield found
            found = None
        elif found is not None:
            found.append(line.strip())


def value(line):
    """The number at the end of a line: symbol (0x1234), 0x1234, 17."""
    match = re.search(r"\(?(0x[0-9A-Fa-f]+|\d+)\)?$", line)
    return int(match[1], 0) if match else None


def readobj_x64(lines, base):
    depth, out = "", {"codes": [], "chain": None, "handler": None}
    for line in lines:
        key = line.split(":")[0]
        if line.startswith("Chained"):
            depth, out["chain"] = "chain", []
        elif key in ("StartAddress", "EndAddress", "UnwindInfoAddress"):
            place = out["chain"] if depth else out.setdefault("range", [])
            place.append(value(line) - base)
        elif key in ("Version", "PrologSize", "UnwindCodeCount"):
            out[key] = value(line)
        elif key == "Handler":
            out["handler"] = value(line) - base
        elif re.match(r"0x[0-9A-F]{2}: ", line):
            out["codes"].append(line.lower())
    return out


def readobj_arm(lines, base):
    out = {"prolog": [], "epilogs": [], "handler": None, "packed": {}}
    codes, epilog = None, None
    for line in lines:
        key = line.split(":")[0]
        if line in ("Prologue [", "Opcodes [", "Epilogue ["):
            codes = out["prolog"] if line.startswith("P") else []
            if line.startswith("Op"):
                epilog.append(codes)
            elif line.startswith("Ep"):
                out["epilogs"].append([None, codes])
        elif line == "]":
            codes = None
        elif codes is not None:
            codes.append(line)
        elif key == "Function":
            out["begin"] = (value(line) - base) & ~1
        elif key == "FunctionLength":
            out["length"] = value(line)
        elif key in ("StartOffset", "EpilogueStartIndex"):
            if key == "StartOffset":
                epilog = [value(line)]
                out["epilogs"].append(epilog)
        elif key == "Routine":
            out["handler"] = value(line) - base
        elif key in ("CR", "RegI", "HomedParameters"):
            out["packed"][key] = line.split(": ")[1]
    return out


# ---- pelorus: the same -------------------------------------------------------


def code_x64(code):
    """As llvm-readobj writes a code."""
    op, words = code["op"].replace("UWOP_", "").lower(), code["text"]
    at = f"0x{code['offset'] or 0:02x}: "
    number = int(words.rsplit("0x", 1)[-1], 16) if "0x" in words else 0
    register = re.match(r"(?:push|save|set frame) (\w+)", words)
    if op.startswith("alloc"):
        return f"{at}{op} size={number}"
    if op == "push_nonvol":
        return f"{at}{op} reg={register[1]}"
    if op == "push_machframe":
        return f"{at}push_machframe errcode={'yes' if 'error' in words else 'no'}"
    return f"{at}{op} reg={register[1]}, offset=0x{number:x}"


def ours_x64(f):
    info = f["info"] or {}
    chain, handler = info.get("chained"), info.get("handler")
    return {
        "range": [f["begin"], f["end"], f["unwind"]],
        "Version": info.get("version"), "PrologSize": info.get("prolog_size"),
        "UnwindCodeCount": info.get("code_count"),
        "codes": [code_x64(c) for c in info.get("codes", []) if c["offset"] is not None],
        "chain": chain and [chain["begin"], chain["end"], chain["unwind"]],
        "handler": handler and handler["rva"],
    }


def run(codes, start):
    """Codes from a byte on, to the one that ends."""
    out = []
    for code in codes:
        if code["index"] >= start:
            out.append("0x" + code["bytes"])
            if code["op"].startswith("end"):
                break
    return out


REGISTERS = {"fp": "x29"}


def instruction(code):
    """A code of a packed ARM64 entry as the instruction that llvm-readobj prints."""
    words = code["text"]
    if words == "set frame fp = sp":
        return "mov x29, sp"
    amount = re.match(r"allocate 0x(\w+)$", words)
    if amount:
        return f"sub sp, sp, #{int(amount[1], 16)}"
    saved = re.match(r"(?:allocate 0x(\w+), )?save (\S+?)(?:, (\S+))? at sp(?:\+0x(\w+))?", words)
    if not saved:
        return words
    names = [REGISTERS.get(r, r) for r in saved.group(2, 3) if r]
    place = f"[sp, #-{int(saved[1], 16)}]!" if saved[1] else f"[sp, #{int(saved[4], 16)}]"
    return f"{'stp' if len(names) > 1 else 'str'} {', '.join(names)}, {place}"


def ours_arm(f, table):
    info = f["info"] or {"codes": [], "epilogs": [], "handler": None, "packed": False}
    codes, scale = info["codes"], 2 if table == "ARM" else 4
    if info["packed"]:
        prolog, epilogs = [c["text"] for c in codes], []
        if table == "ARM64":
            prolog = [instruction(c) for c in codes]
    else:
        prolog = [] if info["fragment"] else run(codes, 0)
        epilogs = [[e["offset"] // scale if e["offset"] is not None else None, run(codes, e["index"])]
                   for e in info["epilogs"]]
    return {"begin": f["begin"], "length": (f["end"] or 0) - f["begin"], "prolog": prolog,
            "epilogs": epilogs, "handler": info["handler"] and info["handler"]["rva"]}


# ---- compare -------------------------------------------------------------------


def bytes_only(codes):
    return [re.sub(r"\s*;.*", "", c) for c in codes]


def known_arm(theirs, ours, table):
    """Why the prologs of a packed entry are not comparable, or None."""
    packed = theirs["packed"]
    if packed.get("HomedParameters") == "Yes":
        return PACKED_HOME
    if packed.get("CR") == "2":
        return PACKED_CR2
    if packed.get("CR") == "1" and int(packed["RegI"]) % 2:
        return PACKED_LRPAIR
    return "packed ARM: the instructions are not compared" if packed and table == "ARM" else None


def compare_arm(f, lines, base, table, explained):
    theirs, ours = readobj_arm(lines, base), ours_arm(f, table)
    if theirs["packed"]:
        why = known_arm(theirs, ours, table)
        if why:
            explained[why] += 1
            theirs["prolog"] = ours["prolog"] = []
        theirs["prolog"] = [re.sub(r"#-?0\b", "#0", c) for c in theirs["prolog"]]
    else:
        theirs["prolog"] = bytes_only(theirs["prolog"])
        theirs["epilogs"] = [[at, bytes_only(codes)] for at, codes in theirs["epilogs"]]
        # A packed epilog at index 0 is that of the prolog, and not told again.
        if not theirs["epilogs"]:
            ours["epilogs"] = [e for e in ours["epilogs"] if e[0] is not None]
    return {k: v for k, v in theirs.items() if k != "packed"}, ours


def compare_x64(f, lines, base, explained):
    theirs, ours = readobj_x64(lines, base), ours_x64(f)
    if ours["Version"] == 2:
        explained[VERSION_2] += 1
        theirs["codes"] = ours["codes"] = []
    theirs = {key: theirs.get(key) for key in ours}
    return theirs, ours


def dump(pelorus, path):
    done = subprocess.run([pelorus, "dump", "--format=json", "--only=optional_header,exceptions", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
    return json.loads(done.stdout) if done.stdout else {}


def readobj(path):
    done = subprocess.run([READOBJ, "--unwind", path], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=TIMEOUT)
    return done.returncode, done.stdout.decode("latin-1")


def compare(job):
    """(functions, complaints, explanations counted) of one file."""
    pelorus, path = job
    document, explained, complaints = dump(pelorus, path), Counter(), []
    exceptions = document.get("exceptions")
    if not exceptions or exceptions["table"] not in TABLES:
        return 0, [], explained
    code, text = readobj(path)
    found, functions = list(blocks(text)), exceptions["functions"]
    base, table = document["optional_header"]["ImageBase"], exceptions["table"]
    if code != 0:
        explained[CRASHED] += 1
    elif not found:
        explained[NO_PDATA] += 1
    elif len(found) != len(functions):
        complaints.append(f"{len(found)} functions, pelorus {len(functions)}")
    for f, lines in zip(functions, found):
        one = compare_x64(f, lines, base, explained) if table == "x64" else \
            compare_arm(f, lines, base, table, explained)
        if one[0] != one[1]:
            complaints += [f"{f['begin']:#x}: {k}: llvm-readobj has {one[0].get(k)!r}, pelorus "
                           f"{one[1].get(k)!r}" for k in one[1] if one[0].get(k) != one[1][k]]
    return min(len(found), len(functions)), complaints, explained


def main(pelorus, *paths):
    if not READOBJ:
        print("skipped: llvm-readobj is not installed")
        return corpus.SKIPPED
    # One file in SHARE; with PELORUS_COMPARE_ALL every one.
    files = list(paths) or corpus.files()[::1 if os.environ.get("PELORUS_COMPARE_ALL") else SHARE]
    failed, functions, explained = 0, 0, Counter()
    with ProcessPoolExecutor(JOBS) as pool:
        jobs = [(pelorus, path) for path in files]
        for path, (count, complaints, why) in zip(files, pool.map(compare, jobs, chunksize=4)):
            failed += bool(complaints)
            functions += count
            explained += why
            for line in complaints[:20]:
                print(f"FAIL {path}: {line}")
    for why, count in explained.most_common():
        print(f"explained {count} times: {why}")
    print(f"{functions} functions; {len(files) - failed} files passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
