#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Minidumps before lldb: `pelorus export --minidump` is opened as a core file, and lldb must see the
modules, regions, registers and bytes that pelorus tells.

usage: lldb_minidump.py PELORUS SAMPLES
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import judge

CASES = [("tour.exe",), ("tls.exe", "--aslr=7"), ("pe32.exe",), ("pe32.exe", "--base=0x10000000")]
RIGHTS = {"PAGE_READONLY": "r--", "PAGE_READWRITE": "rw-", "PAGE_WRITECOPY": "rw-",
          "PAGE_EXECUTE_READ": "r-x", "PAGE_EXECUTE_READWRITE": "rwx",
          "PAGE_EXECUTE_WRITECOPY": "rwx"}


def lldb(core, *commands):
    line = ["lldb", "--no-lldbinit", "-b", "-o", f"target create --core {core}"]
    for command in commands:
        line += ["-o", command]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout


def compare_registers(findings, text, entry, wide, stack):
    names = ("rip", "rsp", "rcx") if wide else ("eip", "esp", "eax")
    found = {name: int(value, 16) for name, value in
             re.findall(r"^\s*(\w+) = (0x[0-9a-f]+)", text, re.M)}
    findings.same("instruction pointer", entry, found.get(names[0]))
    findings.same("entry point in the argument", entry, found.get(names[2]))
    findings.same("stack pointer in the stack", True,
                  stack["limit"] <= found.get(names[1], 0) < stack["base"])


def compare_regions(findings, core, regions):
    commands = [f"memory region {region['va']:#x}" for region in regions]
    rows = re.findall(r"^\[(0x[0-9a-f]+)-(0x[0-9a-f]+)\) ([-rwx]{3})", lldb(core, *commands), re.M)
    findings.same("regions", len(regions), len(rows))
    for region, (start, end, rights) in zip(regions, rows):
        at = f"{region['va']:#x}"
        findings.same(f"{at}: start", region["va"], int(start, 16))
        findings.same(f"{at}: end", region["va"] + region["size"], int(end, 16))
        if region["protect"] in RIGHTS:
            findings.same(f"{at}: {region['protect']}", RIGHTS[region["protect"]], rights)


def compare_bytes(findings, core, folder, base, image):
    out = os.path.join(folder, "read.bin")
    for at in range(0, len(image), judge.PAGE):
        if os.path.exists(out):
            os.remove(out)
        lldb(core, f"memory read --force --binary --outfile {out} --count {judge.PAGE} {base + at:#x}")
        with open(out, "rb") as file:
            findings.same(f"{base + at:#x}: bytes", image[at:at + judge.PAGE], file.read())


def judge_image(findings, pelorus, file, *options):
    core, memory = pelorus.path("program.dmp"), pelorus.path("memory.bin")
    export = pelorus.document("export", f"--minidump={core}", *options, file)
    document = pelorus.document("map", f"--image-out={memory}", *options, file)
    entry = document["entry_point"]["va"]
    wide = pelorus.document("dump", file)["optional_header"]["Magic"]["value"] == 0x20B
    text = lldb(core, "image list", "image dump sections", "register read")
    module = export["minidump"]["modules"][0]
    width = 16 if wide else 8
    findings.same("module", True, f"0x{module['base']:0{width}x}" in text.lower() and
                  os.path.basename(file) in text)
    end = re.search(rf"\[0x0*{module['base']:x}-0x0*([0-9a-f]+)\)", text)
    findings.same("end of the module", module["base"] + document["size_of_image"],
                  int(end.group(1), 16) if end else None)
    compare_registers(findings, text, entry, wide, document["stack"])
    regions = judge.committed(document)
    compare_regions(findings, core, regions)
    with open(memory, "rb") as image:
        compare_bytes(findings, core, pelorus.folder, document["base"],
                      image.read()[:4 * judge.PAGE])
    print(f"{os.path.basename(file)} {' '.join(options)}: {len(regions)} regions")


# ---- a process with its DLLs ------------------------------------------------

# Offsets of Windows' structures in a 64-bit process: TEB, PEB, PEB_LDR_DATA, LDR_DATA_TABLE_ENTRY.
TEB_PEB, PEB_LDR, LDR_LOAD, ENTRY_BASE = 0x60, 0x18, 0x10, 0x30


def word_at(core, va):
    """A word of the process, read by lldb."""
    text = lldb(core, f"memory read --force --size 8 --format x --count 1 {va:#x}")
    found = re.search(r"^0x[0-9a-f]+: (0x[0-9a-f]+)", text, re.M)
    return int(found[1], 16) if found else 0


def bases_in_lists(core, teb, most):
    """The bases of the modules, by the list in load order that the PEB leads to."""
    head = word_at(core, word_at(core, teb + TEB_PEB) + PEB_LDR) + LDR_LOAD
    at, bases = word_at(core, head), []
    while at not in (0, head) and len(bases) < most:
        bases.append(word_at(core, at + ENTRY_BASE))
        at = word_at(core, at)
    return bases


def judge_started(findings, pelorus, file):
    core = pelorus.path("started.dmp")
    pelorus.document("export", "--stub-missing", f"--minidump={core}", file)
    document = pelorus.document("load", "--stub-missing", file)
    text = lldb(core, "image list", "register read")
    wanted = [module["base"] for module in document["modules"]]
    findings.same("more than the program", True, len(wanted) > 1)
    found = [int(base, 16) for base in re.findall(r"^\[ *\d+\].*?(0x[0-9a-f]{16})", text, re.M)]
    findings.same("modules", wanted, found)
    findings.same("modules in the lists", wanted,
                  bases_in_lists(core, document["furniture"]["teb"], len(wanted) + 1))
    registers = dict(re.findall(r"^\s*(\w+) = (0x[0-9a-f]+)", text, re.M))
    findings.same("PEB in RDX", document["furniture"]["peb"], int(registers.get("rdx", "0"), 16))
    findings.same("RIP", document["context"]["pc"], int(registers.get("rip", "0"), 16))
    findings.same("RSP", document["context"]["sp"], int(registers.get("rsp", "0"), 16))
    print(f"{os.path.basename(file)} with its DLLs: {len(wanted)} modules")


def main(program, samples):
    if not shutil.which("lldb"):
        print("skipped: lldb is not installed")
        return judge.SKIPPED
    findings = judge.Findings()
    with tempfile.TemporaryDirectory(prefix="pelorus-lldb-") as folder:
        pelorus = judge.Pelorus(program, folder)
        for name, *options in CASES:
            judge_image(findings, pelorus, os.path.join(samples, name), *options)
        judge_started(findings, pelorus, os.path.join(samples, "caller.exe"))
    return findings.end()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
