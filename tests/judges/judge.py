# SPDX-License-Identifier: Apache-2.0
"""What the judges have in common: images to export, and what pelorus itself says of them."""

import json
import os
import subprocess

SKIPPED = 77
PAGE = 4096
HERE = os.path.dirname(os.path.abspath(__file__))


class Findings:
    """Differences, the first few of them in words; a judge that compared nothing fails, too."""

    def __init__(self):
        self.count = self.compared = 0

    def same(self, what, ours, theirs):
        self.compared += 1
        if ours != theirs:
            self.count += 1
            if self.count <= 20:
                print(f"{what}: pelorus {show(ours)}, judge {show(theirs)}")
        return ours == theirs

    def end(self):
        print(f"{self.compared} comparisons, {self.count} differences")
        return 1 if self.count or not self.compared else 0


def show(value):
    if isinstance(value, bytes):
        return value[:16].hex(" ")
    text = hex(value) if isinstance(value, int) and not isinstance(value, bool) else repr(value)
    return text if len(text) <= 300 else text[:300] + " ..."


class Pelorus:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *args):
        done = subprocess.run([self.program, *args], stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(f"pelorus {' '.join(args)}: exit status {done.returncode}")
        return done.stdout

    def document(self, command, *args):
        return json.loads(self.run(command, "--format=json", *args))

    def path(self, name):
        return os.path.join(self.folder, name)

    def build(self, kind):
        """The image with every protection there is, as PE32 or PE32+."""
        with open(os.path.join(HERE, "protections.yaml"), encoding="utf-8") as file:
            recipe = file.read().replace("kind: PE32+", f"kind: {kind}")
        name = "protections32" if kind == "PE32" else "protections"
        with open(self.path(name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(recipe)
        self.run("build", self.path(name + ".yaml"), "-o", self.path(name + ".exe"))
        return self.path(name + ".exe")


def pages_of(region):
    return range(region["va"], region["va"] + region["size"], PAGE)


def committed(document):
    """The committed regions of a map document, by address."""
    return [r for r in document["address_space"] if r["state"] == "MEM_COMMIT"]
