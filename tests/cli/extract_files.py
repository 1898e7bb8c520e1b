#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a host can do to an extraction: no room, things in the way, links. Each file is there whole or
not at all, in the folder and nowhere else, and what was there stays.

usage: extract_files.py PELORUS SAMPLES
"""

import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

FILE = "resources.exe"
ICON = "icon-0-1033.ico"
ITEMS = 16  # of FILE


class Case:
    def __init__(self, pelorus, samples, folder):
        self.pelorus = os.path.abspath(pelorus)
        self.samples = pathlib.Path(samples).absolute()
        self.folder = pathlib.Path(folder)
        self.out = self.folder / "out"

    def run(self, *arguments, file=FILE, limit=None):
        """The finished process and its document."""
        def before():
            if limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run([self.pelorus, "extract", "--to=out", "--format=json", *arguments,
                               self.samples / file], cwd=self.folder, capture_output=True,
                              text=True, preexec_fn=before, timeout=60, check=False)
        return done, json.loads(done.stdout) if done.stdout else None

    def there(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir()}


def expect(done, status, *words):
    assert done.returncode == status, (done.returncode, done.stderr)
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def as_it_says(case):
    """The document lists what is there, with sizes and digests; two runs give the same."""
    done, document = case.run()
    expect(done, 0)
    files = case.there()
    listed = {item["file"]: item for item in document["items"]}
    assert set(listed) == set(files) and len(files) == ITEMS == document["files"]
    for name, data in files.items():
        assert len(data) == listed[name]["size"], name
        assert hashlib.sha256(data).hexdigest() == listed[name]["sha256"], name
    assert document["bytes"] == sum(map(len, files.values()))
    shutil.rmtree(case.out)
    case.run()
    assert case.there() == files


def other_modes(case):
    """Files get the mode that the user's mask leaves."""
    old = os.umask(0o027)
    try:
        case.run()
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in case.out.iterdir()} == {0o640}


def no_room(case):
    """The disk is full at the first byte, later, at the last but one: nothing is left behind."""
    largest = 0xA00
    for limit in (0, 0x1FF, largest - 1):
        done, document = case.run(limit=limit)
        expect(done, 5, "File too large")
        assert not case.out.exists(), (limit, case.there())
        assert document["files"] == 0 and all(i["file"] is None for i in document["items"])
        assert {i["problem"] for i in document["items"]} == {"not-written"}
    case.out.mkdir()
    (case.out / "mine").write_text("old")
    expect(case.run(limit=largest - 1)[0], 5)
    assert case.there() == {"mine": b"old"}


def no_room_for_replacements(case):
    """What is replaced stays whole: the old one or the new one."""
    case.run()
    files = case.there()
    for name in files:
        (case.out / name).write_bytes(b"old")
    (case.out / ICON).unlink()
    done, document = case.run("--force", limit=0xA00 - 1)
    expect(done, 5, "section-1.bin: File too large")
    now = case.there()
    assert set(now) == set(files) - {ICON}
    written = {i["file"] for i in document["items"]} - {None}
    for name, data in now.items():
        assert data == (files[name] if name in written else b"old"), name


def nothing_is_replaced(case):
    case.out.mkdir()
    (case.out / ICON).write_text("old")
    done, document = case.run()
    expect(done, 1, f"out/{ICON}: is there; --force replaces it")
    assert case.there()[ICON] == b"old" and len(case.there()) == ITEMS
    assert [i["kind"] for i in document["items"] if i["problem"] == "exists"] == ["icon"]
    expect(case.run("--force")[0], 0)
    assert case.there()[ICON][:4] == b"\0\0\1\0" and len(case.there()) == ITEMS


def in_the_way(case):
    """Folders, pipes and links are no files to replace, and links lead nowhere."""
    target = case.folder / "target"
    makers = {"a folder": os.mkdir, "a pipe": os.mkfifo,
              "a link": lambda path: os.symlink("../target", path),
              "a link to nothing": lambda path: os.symlink("../nothing", path)}
    for what, make in makers.items():
        target.write_text("old")
        case.out.mkdir()
        make(case.out / ICON)
        before = os.lstat(case.out / ICON)
        for options in ((), ("--force",)):
            done, _ = case.run("--only=icons", *options)
            expect(done, 1, "is no regular file" if options else "is there")
        after = os.lstat(case.out / ICON)
        assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode), what
        assert target.read_text() == "old" and not (case.folder / "nothing").exists(), what
        assert os.listdir(case.out) == [ICON], what
        shutil.rmtree(case.out)


def no_folder(case):
    expect(case.run(file="dos-is-missing.exe")[0], 3)
    assert not case.out.exists(), "a folder for nothing"
    case.out.write_text("old")
    expect(case.run()[0], 5, "out: Not a directory")
    assert case.out.read_text() == "old"
    case.out.unlink()
    if os.geteuid() != 0:
        case.out.mkdir(mode=0o555)
        expect(case.run()[0], 5, "Permission denied")
        assert not case.there()


# Names of the file are nobody's business but the document's.
HOSTILE = """kind: PE32
sections:
  - {name: ../../up, flags: [CNT_INITIALIZED_DATA, MEM_READ], data: [{text: "x"}]}
  - {name: /bin/abs, flags: [CNT_INITIALIZED_DATA, MEM_READ], data: [{text: "y"}]}
"""


def names_are_ours(case):
    (case.folder / "hostile.yaml").write_text(HOSTILE)
    hostile = case.folder / "hostile"
    subprocess.run([case.pelorus, "build", f"{hostile}.yaml", "-o", hostile], check=True)
    done, document = case.run(file=hostile)
    expect(done, 0)
    assert [item["name"] for item in document["items"]] == ["../../up", "/bin/abs"]
    assert sorted(case.there()) == ["section-0.bin", "section-1.bin"]
    assert sorted(os.listdir(case.folder)) == ["hostile", "hostile.yaml", "out"]


TESTS = (as_it_says, other_modes, no_room, no_room_for_replacements, nothing_is_replaced,
         in_the_way, no_folder, names_are_ours)


def main(pelorus, samples):
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="pelorus-extract-") as folder:
            test(Case(pelorus, samples, folder))
            print(f"{test.__name__}: fine")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
