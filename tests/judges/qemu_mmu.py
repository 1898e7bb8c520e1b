#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Page tables before QEMU: `pelorus export --physmem` is put into the RAM of an emulated processor,
whose memory management unit then says for every page where it is and what may be done with it.

usage: qemu_mmu.py PELORUS SAMPLES x64|la57|pae|x86

What the bits of an entry should be is worked out here, from what VirtualQuery says of the page and
the Intel manual, not asked of pelorus.
"""

import os
import sys
import tempfile

import judge
import qemu

# Bits by their names in the Intel manual; set here, and not as the document of the export says.
CR0_PE, CR0_ET, CR0_WP, CR0_PG = 1 << 0, 1 << 4, 1 << 16, 1 << 31
CR4_PAE, CR4_LA57 = 1 << 5, 1 << 12
EFER_LME, EFER_LMA, EFER_NXE = 1 << 8, 1 << 10, 1 << 11

CR4 = {"x64": CR4_PAE, "la57": CR4_PAE | CR4_LA57, "pae": CR4_PAE, "x86": 0}
EFER = {"x64": EFER_LME | EFER_LMA | EFER_NXE, "la57": EFER_LME | EFER_LMA | EFER_NXE,
        "pae": EFER_NXE, "x86": 0}
CR0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG

WIDE = [("tour.exe",), ("dll.dll", "--base=0x7ff712340000"), ("tls.exe", "--aslr=7")]
NARROW = [("pe32.exe",), ("pe32.exe", "--base=0x10000000")]


def cases(mode, pelorus, samples):
    narrow = [(pelorus.build("PE32"),), *((os.path.join(samples, n), *o) for n, *o in NARROW)]
    wide = [(pelorus.build("PE32+"),), *((os.path.join(samples, n), *o) for n, *o in WIDE)]
    return narrow if mode in ("pae", "x86") else wide + narrow[:1]


def switch_on(machine, mode, cr3):
    for name, value in (("cr4", CR4[mode]), ("efer", EFER[mode]), ("cr3", cr3), ("cr0", CR0)):
        machine.gdb.write(name, value)


def expected_flags(mode, page):
    """Flags of `info tlb` for a page that was touched as pelorus export does: read, and written if
    it is private and may be written."""
    rights = set(page["protect"].split("|"))
    writable = bool(rights & {"PAGE_READWRITE", "PAGE_EXECUTE_READWRITE"})
    flags = {"U", "A"}
    if writable and page["type"] == "MEM_PRIVATE":
        flags |= {"W", "D"}
    if mode != "x86" and not any(right.startswith("PAGE_EXECUTE") for right in rights):
        flags.add("X")
    return flags


def compare_pages(findings, machine, mode, pages):
    entries = machine.tlb()
    findings.same("pages with an entry", sorted(p["va"] for p in pages), sorted(entries))
    for page in pages:
        va = page["va"]
        pa, flags = entries.get(va, (None, set()))
        shared = page["type"] == "MEM_IMAGE" and "WRITECOPY" not in page["protect"]
        if shared and page["protect"].endswith("READWRITE"):
            flags = flags - {"W"}  # may come with the first write, or be there from the start
        findings.same(f"{va:#x}: entry", page["pa"], pa)
        findings.same(f"{va:#x}: {page['protect']}", sorted(expected_flags(mode, page)),
                      sorted(flags))
        findings.same(f"{va:#x}: translation", page["pa"], machine.translate(va))
        findings.same(f"{va:#x}: last byte", page["pa"] + 0xFFF, machine.translate(va + 0xFFF))


def compare_reach(findings, machine, pages):
    """Rights of all levels of the tables together, as the processor combines them."""
    rights = {va: word for start, end, word in machine.reach()
              for va in range(start, end, judge.PAGE)}
    for page in pages:
        word = rights.get(page["va"], "---")
        written = page["type"] == "MEM_PRIVATE" and page["protect"].endswith("READWRITE")
        if page["type"] == "MEM_IMAGE" and page["protect"].endswith("READWRITE"):
            written = word[2] == "w"
        findings.same(f"{page['va']:#x}: rights", "urw" if written else "ur-", word)


def compare_absent(findings, machine, document, pages):
    """What a program must not reach has no translation: guards, no access, reserved, free."""
    mapped = {page["va"] for page in pages}
    touchable = set()
    edges = {0}
    for region in document["address_space"]:
        edges |= {region["va"], region["va"] + region["size"] - judge.PAGE,
                  region["va"] + region["size"]}
        hidden = {"PAGE_GUARD", "PAGE_NOACCESS"} & set((region["protect"] or "").split("|"))
        if region["state"] == "MEM_COMMIT" and not hidden:
            touchable |= set(judge.pages_of(region))
    findings.same("pages that can be touched", sorted(touchable), sorted(mapped))
    for va in sorted(edges - touchable):
        if va < 1 << 47:
            findings.same(f"{va:#x}: absent", None, machine.translate(va))


def compare_bytes(findings, machine, document, image, pages):
    """What the processor reads at the image's addresses is the image."""
    base = document["base"]
    for page in pages:
        at = page["va"] - base
        if 0 <= at < len(image):
            findings.same(f"{page['va']:#x}: bytes", image[at:at + judge.PAGE],
                          machine.read(page["va"], judge.PAGE))


def judge_image(findings, pelorus, mode, file, *options):
    ram, memory = pelorus.path("ram.bin"), pelorus.path("memory.bin")
    export = pelorus.document("export", f"--paging={mode}", f"--physmem={ram}", "--pages",
                              *options, file)
    document = pelorus.document("map", f"--image-out={memory}", *options, file)
    before = findings.compared
    findings.same("cr4", export["registers"]["cr4"], CR4[mode])
    findings.same("efer", export["registers"]["efer"], EFER[mode])
    findings.same("cr0", export["registers"]["cr0"], CR0)
    with qemu.Machine(pelorus.folder, ram, os.path.getsize(ram)) as machine:
        switch_on(machine, mode, export["registers"]["cr3"])
        compare_pages(findings, machine, mode, export["pages"])
        if mode != "la57":  # there QEMU 7.2's `info mem` loses pages that `info tlb` has
            compare_reach(findings, machine, export["pages"])
        compare_absent(findings, machine, document, export["pages"])
        with open(memory, "rb") as image:
            compare_bytes(findings, machine, document, image.read(), export["pages"])
    print(f"{mode}: {os.path.basename(file)} {' '.join(options)}: {len(export['pages'])} pages, "
          f"{findings.compared - before} comparisons")


def main(program, samples, mode):
    if not qemu.available():
        print(f"skipped: {qemu.PROGRAM} is not installed")
        return judge.SKIPPED
    findings = judge.Findings()
    with tempfile.TemporaryDirectory(prefix="pelorus-qemu-") as folder:
        pelorus = judge.Pelorus(program, folder)
        for case in cases(mode, pelorus, samples):
            judge_image(findings, pelorus, mode, *case)
    return findings.end()


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in CR4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
