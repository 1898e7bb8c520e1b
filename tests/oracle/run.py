#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wine as an oracle: its loader lays images out, and pelorus must have the same regions and bytes.

usage: run.py PELORUS SAMPLES

Every image is loaded twice, at its preferred base and at another one that Wine chose. Images are a
spread over those of Debian's libwine and of $PELORUS_CORPUS, the runtime of mingw-w64, and our own
samples. Where Wine is not Windows a rule says so, see Rules; the last lines count how often each was
needed. Nothing else may differ, and a rule that was never needed fails.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

import wine
from image import PAGE, Image

SPREAD = 50
LARGEST = 16 << 20  # bytes of a view
RUNTIME = ("/usr/lib/gcc/x86_64-w64-mingw32/*-posix/*.dll", "/usr/x86_64-w64-mingw32/lib/*.dll")


def spread(images):
    """SPREAD of the images: the first of every kind, then the second of every kind, and so on."""
    kinds = {}
    for image in images:
        kinds.setdefault(image.kind(), []).append(image)
    depth = {id(image): n for kind in kinds.values() for n, image in enumerate(kind)}
    return sorted(images, key=lambda i: (depth[id(i)], i.path))[:SPREAD]


def read_images(patterns, without):
    """The images that match; `without` are the names that Wine would take for its own modules."""
    paths = sorted(p for pattern in patterns for p in glob.glob(pattern, recursive=True))
    images = (Image(path) for path in paths if os.path.basename(path).lower() not in without)
    return [i for i in images if i.is_wide and i.is_dll and i.view_size <= LARGEST]


def choose(samples, odd):
    own = set(wine.modules())
    chosen = spread(read_images([os.path.join(wine.MODULES, "*.dll")], wine.OWN))
    if corpus := os.environ.get("PELORUS_CORPUS"):
        chosen += spread(read_images([os.path.join(glob.escape(corpus), "**", "*.dll")], own))
    return chosen + read_images([*RUNTIME, os.path.join(samples, "dll.dll"), odd], own)


def build_odd(pelorus, folder):
    """The DLL of odd.yaml."""
    path = os.path.join(folder, "odd.dll")
    recipe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "odd.yaml")
    subprocess.run([pelorus, "build", recipe, "-o", path], check=True)
    return path


# ---- where Wine is not Windows ---------------------------------------------------------------

class Rules:
    """What Wine shows is made what Windows shows, by rules that are counted."""

    def __init__(self):
        self.used = {name: 0 for name in ("image-base", "cookie", "padding", "shared", "patched")}

    def put(self, name, view, at, theirs, right):
        """Where `view` has the bytes `theirs` it gets those that are `right`."""
        if theirs == right or view[at:at + len(theirs)] != theirs:
            return
        self.used[name] += 1
        view[at:at + len(right)] = right

    def bytes(self, image, base, view):
        """image-base: the kernel of Windows writes the base into the header of what it moves.
        cookie: Wine's loader draws the cookie at once, with 16 zero bits at the top; when nothing
        is resolved, Windows leaves it as it is."""
        view = bytearray(view)
        if image.moved_by_kernel:
            self.put("image-base", view, image.image_base_field,
                     image.image_base.to_bytes(8, "little"), base.to_bytes(8, "little"))
        at = image.cookie
        if at is not None and view[at + 6:at + 8] == b"\0\0":
            self.put("cookie", view, at, bytes(view[at:at + 8]), DEFAULT_COOKIE)
        return view

    def page(self, image, base, rva, page):
        """padding: Wine commits pages of no section, of which Windows reserves the addresses.
        shared: Wine copies shared pages when they are written, and says so.
        patched: Wine calls a page write-copy that its loader has written to already."""
        state, protect, allocated, kind = page
        if not image.has_contents(rva) and page[:2] == (MEM_COMMIT, PAGE_EXECUTE_WRITECOPY):
            self.used["padding"] += 1
            return MEM_RESERVE, 0, allocated, kind
        if image.is_shared(rva) and protect in WRITTEN:
            self.used["shared"] += 1
            return state, WRITTEN[protect], allocated, kind
        if image.is_patched(base, rva) and protect in WRITTEN:
            self.used["patched"] += 1
            return state, WRITTEN[protect], allocated, kind
        return page


DEFAULT_COOKIE = (0x2B992DDFA232).to_bytes(8, "little")
MEM_COMMIT, MEM_RESERVE = 0x1000, 0x2000
PAGE_READWRITE, PAGE_WRITECOPY = 0x04, 0x08
PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY = 0x40, 0x80
WRITTEN = {PAGE_WRITECOPY: PAGE_READWRITE, PAGE_EXECUTE_WRITECOPY: PAGE_EXECUTE_READWRITE}
NAMES = {
    "MEM_COMMIT": MEM_COMMIT, "MEM_RESERVE": MEM_RESERVE, "MEM_IMAGE": 0x1000000, None: 0,
    "PAGE_NOACCESS": 0x01, "PAGE_READONLY": 0x02, "PAGE_READWRITE": PAGE_READWRITE,
    "PAGE_WRITECOPY": PAGE_WRITECOPY, "PAGE_EXECUTE": 0x10, "PAGE_EXECUTE_READ": 0x20,
    "PAGE_EXECUTE_READWRITE": PAGE_EXECUTE_READWRITE,
    "PAGE_EXECUTE_WRITECOPY": PAGE_EXECUTE_WRITECOPY,
}


def regions_of_wine(rules, image, base, regions):
    """As VirtualQuery of Windows would tell them: neighbours with equal attributes are one."""
    merged = []
    for start, size, *page in regions:
        for rva in range(start, start + size, PAGE):
            is_now = rules.page(image, base, rva, tuple(page))
            if merged and merged[-1][2] == is_now:
                merged[-1][1] += PAGE
            else:
                merged.append([rva, PAGE, is_now])
    return merged


# ---- the comparison --------------------------------------------------------------------------

def ours(pelorus, path, base, folder):
    out = os.path.join(folder, "ours.bin")
    done = subprocess.run([pelorus, "map", "--format=json", f"--base={base:#x}",
                           f"--image-out={out}", path], stdout=subprocess.PIPE, check=False)
    document = json.loads(done.stdout)
    if done.returncode != 0:
        raise ValueError(f"pelorus map: {document['status']} {document['message']}")
    with open(out, "rb") as file:
        view = file.read()
    inside = [r for r in document["address_space"] if base <= r["va"] < base + len(view)]
    return [[r["va"] - base, r["size"], tuple(NAMES[r[key]] for key in (
        "state", "protect", "alloc_protect", "type"))] for r in inside], view


def first_difference(a, b):
    if len(a) != len(b):
        return f"{len(b)} bytes, Wine {len(a)}"
    at = next(n for n in range(len(a)) if a[n] != b[n])
    count = sum(x != y for x, y in zip(a, b))
    return (f"{count} bytes from RVA {at:#x} on: {b[at:at + 16].hex(' ')}, "
            f"Wine {a[at:at + 16].hex(' ')}")


def compare(rules, image, view, pelorus, folder):
    """The differences of one view, in words."""
    base = view["base"]
    with open(os.path.join(folder, view["bytes"]), "rb") as file:
        theirs = rules.bytes(image, base, file.read())
    regions = regions_of_wine(rules, image, base, view["regions"])
    our_regions, our_bytes = ours(pelorus, image.path, base, folder)
    found = [f"region {b}, Wine {a}" for a, b in zip(regions, our_regions) if a != b][:1]
    if len(regions) != len(our_regions):
        found.append(f"{len(our_regions)} regions, Wine {len(regions)}")
    if theirs != our_bytes:
        found.append(first_difference(theirs, our_bytes))
    return found


def judge(image, lines, rules, pelorus, folder):
    """The differences of one image, whose views are the next lines; gives how many."""
    found = []
    try:
        pair = [json.loads(next(lines)) for _ in range(2)]
        if bad := [v for v in pair if "error" in v]:
            raise ValueError(f"Wine: {bad[0]}")
        if pair[0]["base"] != image.image_base or pair[1]["base"] == image.image_base:
            raise ValueError("Wine did not load it at its base and at another one")
        for view in pair:
            found += [f"at {view['base']:#x}: {f}"
                      for f in compare(rules, image, view, pelorus, folder)]
    except ValueError as error:
        found = [str(error)]
    for text in found:
        print(f"{image.path}: {text}")
    return bool(found)


def main(pelorus, samples):
    if missing := wine.missing():
        print(f"skipped: {missing} is not here; `./dev setup optional` installs it")
        return 77
    rules = Rules()
    with tempfile.TemporaryDirectory(prefix="pelorus-oracle.") as folder:
        images = choose(samples, build_odd(pelorus, folder))
        try:
            lines = iter(wine.views(folder, [i.path for i in images]))
        except wine.DoesNotStart as why:
            print(f"skipped: wine64 does not start here: {why}")
            return 77
        failed = sum(judge(i, lines, rules, pelorus, folder) for i in images)
    for name, count in rules.used.items():
        print(f"rule {name}: {count}" + ("" if count else ", not needed"))
    print(f"{len(images) - failed} passed, {failed} failed")
    return 1 if failed or not images or 0 in rules.used.values() else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
