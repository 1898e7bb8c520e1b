# SPDX-License-Identifier: Apache-2.0
"""The real files that the tests run over, when they are there.

$PELORUS_CORPUS names a folder; every file below it that begins with MZ or VZ is taken. Without it
Debian's libwine is, where that is installed.
"""

import os
import sys

LIBWINE = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
SKIPPED = 77


def is_image(path):
    with open(path, "rb") as file:
        return file.read(2) in (b"MZ", b"VZ")


def files():
    """All images, sorted by path; ends the program as skipped when there is none."""
    root = os.environ.get("PELORUS_CORPUS") or LIBWINE
    found = []
    for folder, _, names in os.walk(root):
        paths = [os.path.join(folder, name) for name in names if not name.startswith(".")]
        found += [p for p in paths if os.path.isfile(p) and not os.path.islink(p)]
    images = sorted(path for path in found if is_image(path))
    if not images:
        print("skipped: PELORUS_CORPUS names no folder with PE files, and libwine is not installed")
        sys.exit(SKIPPED)
    return images
