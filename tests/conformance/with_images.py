#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs map_conformance over the images that this machine has; 77 when it has none.

usage: with_images.py MAP_CONFORMANCE [MAPS.jsonl DIR]

Images are looked for in DIR, in $PELORUS_CORPUS, in the installed libwine and mingw-w64 runtimes, and in
the shared folder that $PELORUS_SHARED names. Without MAPS.jsonl it is the shared one.
"""

import glob
import os
import subprocess
import sys

INSTALLED = (
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib/gcc/*-w64-mingw32",
    "/usr/*-w64-mingw32/lib",
)


def roots():
    patterns = list(INSTALLED)
    if corpus := os.environ.get("PELORUS_CORPUS"):
        patterns += [
            os.path.join(corpus, "deb", "libwine"),
            os.path.join(corpus, "deb", "gcc-mingw-w64-*-runtime"),
        ]
    if shared := os.environ.get("PELORUS_SHARED"):
        patterns.append(os.path.join(shared, "truth", "images"))
    return [path for pattern in patterns for path in glob.glob(pattern)]


def main(program, maps=None, folder=None):
    shared = os.environ.get("PELORUS_SHARED")
    if maps is None and shared:
        maps = os.path.join(shared, "truth", "image_maps.jsonl")
    if maps is None or not os.path.exists(maps):
        print("skipped: PELORUS_SHARED names no folder with truth/image_maps.jsonl")
        return 77
    found = ([folder] if folder else []) + roots()
    if not found:
        print("skipped: none of the images is here; install libwine or set PELORUS_CORPUS")
        return 77
    done = subprocess.run([program, maps, *found], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    if done.stdout.endswith("\n0 passed, 0 failed\n"):
        print("skipped: other versions of the images are here than were recorded")
        return 77
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
