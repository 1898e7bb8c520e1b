#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a host can do to an export: no room, no folder, something in the way. Both files appear, or
none, and what was there stays.

usage: export_files.py PELORUS SAMPLES
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile

BOTH = ("--physmem=ram", "--minidump=dmp")


class Case:
    def __init__(self, pelorus, samples, folder):
        self.pelorus = os.path.abspath(pelorus)
        self.samples = pathlib.Path(samples).absolute()
        self.folder = pathlib.Path(folder)

    def run(self, *arguments, file="tour.exe", limit=None, stdout=subprocess.PIPE):
        def before():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run([self.pelorus, "export", *arguments, self.samples / file],
                              cwd=self.folder, stdout=stdout, stderr=subprocess.PIPE, text=True,
                              preexec_fn=before, timeout=60, check=False)

    def expect(self, done, status, *words, there=()):
        """Exit status, words on standard error, and the files that are there."""
        for word in words:
            assert word in done.stderr, (word, done.stderr)
        assert done.returncode == status, (done.returncode, done.stderr)
        found = sorted(p.name for p in self.folder.iterdir())
        assert found == sorted(there), f"there is {found}"
        for name in there:
            path = self.folder / name
            path.rmdir() if path.is_dir() else path.unlink()


def both(case):
    case.expect(case.run(*BOTH), 0, there=("dmp", "ram"))


def no_room(case):
    """The disk is full: at the first byte, after a page, for the last byte of the larger file."""
    for options in (BOTH, BOTH[:1], BOTH[1:]):
        case.run(*options)
        files = list(case.folder.iterdir())
        size = max(path.stat().st_size for path in files)
        for path in files:
            path.unlink()
        for limit in (0, 4096, size - 1):
            done = case.run(*options, limit=limit)
            assert done.stdout == "", "a document of files that are not there"
            case.expect(done, 5, "File too large")


def in_the_way(case):
    """A folder, a pipe: they are no files to replace."""
    for make, kind in ((os.mkdir, pathlib.Path.is_dir), (os.mkfifo, pathlib.Path.is_fifo)):
        for name in ("ram", "dmp"):
            make(case.folder / name)
            done = case.run(*BOTH)
            assert kind(case.folder / name), f"{name} was replaced"
            case.expect(done, 5, name, "no regular file", there=(name,))


def what_was_there_stays(case):
    for name in ("ram", "dmp"):
        (case.folder / name).write_text("old")
    done = case.run("--physmem=ram", "--minidump=missing/dmp")
    assert (case.folder / "ram").read_text() == "old"
    case.expect(done, 5, "missing/dmp: No such file or directory", there=("dmp", "ram"))
    (case.folder / "ram").write_text("old")
    case.expect(case.run(*BOTH, file="rom.bin"), 1, there=("ram",))
    (case.folder / "ram").write_text("old")
    assert case.run("--physmem=ram").returncode == 0
    assert (case.folder / "ram").read_bytes() != b"old"
    case.expect(case.run("--physmem=ram"), 0, there=("ram",))


def two_names(case):
    case.expect(case.run("--physmem=same", "--minidump=./same"), 2, "./same", "both files")


LARGE = """kind: PE32+
sections:
  - {name: .bss, flags: [CNT_UNINITIALIZED_DATA, MEM_READ, MEM_WRITE], virtual_size: 0x4000000}
"""


def holes(case):
    """Pages of zeros take no room; the size is right also when the last page is one of them."""
    (case.folder / "large.yaml").write_text(LARGE)
    large = case.folder / "large"
    subprocess.run([case.pelorus, "build", f"{large}.yaml", "-o", large], check=True)
    done = case.run(*BOTH, "--format=json", file=large)
    for name in ("ram", "dmp"):
        stat = (case.folder / name).stat()
        assert f'"size": {stat.st_size}' in done.stdout, (name, stat.st_size)
        assert stat.st_size > 0x4000000 and stat.st_size % 4096 == 0
        assert stat.st_blocks * 512 < stat.st_size / 2, (name, stat.st_blocks)
    case.expect(done, 0, there=("dmp", "large", "large.yaml", "ram"))


def equal(case):
    """Two runs give the same bytes, and hold what they say: no time, no leftovers."""
    seen = set()
    for _ in range(2):
        case.run(*BOTH)
        seen.add(tuple((case.folder / name).read_bytes() for name in ("ram", "dmp")))
    assert len(seen) == 1, "two runs differ"
    assert next(iter(seen))[1][:4] == b"MDMP"
    case.expect(case.run(*BOTH), 0, there=("dmp", "ram"))


def main(pelorus, samples):
    for test in (both, no_room, in_the_way, what_was_there_stays, two_names, holes, equal):
        with tempfile.TemporaryDirectory(prefix="pelorus-export-") as folder:
            test(Case(pelorus, samples, folder))
            print(f"{test.__name__}: fine")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
