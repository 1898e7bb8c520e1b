#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What hosts do to files: links and modes in the place of output, files that shrink, pipes, names that
steer a terminal, and an output that cannot be written.

usage: host_files.py PELORUS SAMPLES
"""

import os
import pathlib
import subprocess
import sys
import tempfile

RECIPE = """kind: PE32+
set: {file_header.Characteristics: [EXECUTABLE_IMAGE, DLL]}
sections:
  - {name: .text, flags: [CNT_CODE, MEM_EXECUTE, MEM_READ], data: [{label: f, hex: "c3"}]}
exports:
  name: many.dll
  functions:
"""


class Host:
    def __init__(self, pelorus, samples, folder):
        self.pelorus = os.path.abspath(pelorus)
        self.sample = pathlib.Path(samples).absolute() / "tour.exe"
        self.folder = pathlib.Path(folder)

    def run(self, *arguments, **options):
        options = {"stdout": subprocess.PIPE, **options}
        return subprocess.run([self.pelorus, *arguments], cwd=self.folder, stderr=subprocess.PIPE, timeout=60,
                              check=False, **options)

    def map_to(self, place):
        return self.run("map", f"--image-out={place}", self.sample)


def links(host):
    """Output goes to where a link leads, and the link stays."""
    kept, link = host.folder / "kept", host.folder / "link"
    kept.write_bytes(b"old")
    link.symlink_to("kept")
    done = host.map_to("link")
    assert done.returncode == 0, done.stderr
    assert link.is_symlink() and kept.read_bytes()[:2] == b"MZ"
    link.unlink()
    link.symlink_to("nowhere")
    done = host.map_to("link")
    assert done.returncode == 5 and b"leads nowhere" in done.stderr, done
    assert link.is_symlink() and sorted(p.name for p in host.folder.iterdir()) == ["kept", "link"]


def modes(host):
    """What replaces a file can be read by nobody who could not read that."""
    for mode in (0o600, 0o640, 0o444):
        place = host.folder / "private"
        place.write_bytes(b"old")
        place.chmod(mode)
        assert host.map_to("private").returncode == 0
        assert place.stat().st_mode & 0o777 == mode, oct(place.stat().st_mode)
        place.chmod(0o600)
        place.unlink()


def shrinking(host):
    """A file that becomes shorter while it is read is told, and no signal ends the program."""
    recipe, image = host.folder / "many.yaml", host.folder / "many.dll"
    recipe.write_text(RECIPE + "".join(f"    - {{name: function_{i:05}, at: f}}\n" for i in range(3000)))
    assert host.run("build", "many.yaml", "-o", "many.dll").returncode == 0
    with subprocess.Popen([host.pelorus, "dump", "--format=json", image], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as dump:
        dump.stdout.read(1)  # it runs, and waits before long: the document is longer than the pipe
        os.truncate(image, 4096)
        _, errors = dump.communicate(timeout=60)
    assert dump.returncode == 5 and b"became shorter" in errors, (dump.returncode, errors)


def pipes(host):
    with open("/dev/null", "rb") as null:
        done = host.run("dump", "/dev/stdin", stdin=null)
    assert done.returncode == 3 and b"is no regular file" in done.stderr, done


def names(host):
    """Paths in messages are escaped as in documents."""
    path = os.fsencode(host.folder) + b"/h\xc2\x9b31m\xff\xe2\x80\xae.exe"
    done = host.run("dump", path)
    assert done.returncode == 3 and rb"h\u{9b}31m\xff\u{202e}.exe" in done.stderr, done.stderr


def full(host):
    """Output that cannot be written is a failure, also of --help."""
    for arguments in (("--version",), ("dump", "--help"), ("dump", host.sample)):
        with open("/dev/full", "wb") as device:
            done = host.run(*arguments, stdout=device)
        assert done.returncode == 5 and b"cannot be written" in done.stderr, (arguments, done)


def main(pelorus, samples):
    for test in (links, modes, shrinking, pipes, names, full):
        with tempfile.TemporaryDirectory(prefix="pelorus-host-") as folder:
            test(Host(pelorus, samples, folder))
            print(f"{test.__name__}: fine")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
