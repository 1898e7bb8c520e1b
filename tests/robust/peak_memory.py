#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`pelorus dump` never has more than 16 MiB and twice the file resident, whatever the format: files
are mapped, and documents are written as they come.

usage: peak_memory.py PELORUS PEAK FOLDER | --corpus

Reads all images of FOLDER and large ones made of its hello.exe, or the largest of the corpus."""
import os
import struct
import subprocess
import sys
import tempfile

MIB = 2**20
FORMATS = (["--format=text"], ["--format=json"], ["--format=yaml"])
SYMBOLS = 50000
LARGEST = 6


def peak(tool, command):
    """Bytes resident at most. The exit status says what kind of file it is, and does not matter."""
    done = subprocess.run([tool, *command], capture_output=True, check=False)
    if done.returncode == 127 or not done.stdout:
        sys.exit(f"cannot run {command}: {done.stderr.decode(errors='replace')}")
    return int(done.stdout) * 1024


def with_overlay(image, path):
    """What a reader that copies its file, or parts of it twice, cannot hold."""
    with open(path, "wb") as file:
        file.write(image)
        file.truncate(len(image) + 48 * MIB)


def with_symbols(image, path):
    """A document of some 30 times the size of its file: symbols that share one long name."""
    symbol = struct.pack("<IIIHHBB", 0, 4, 0, 1, 0x20, 2, 0)
    name = b"n" * 200 + b"\0"
    header = struct.unpack_from("<I", image, 0x3C)[0] + 4
    made = bytearray(image)
    struct.pack_into("<II", made, header + 8, len(image), SYMBOLS)
    with open(path, "wb") as file:
        file.write(bytes(made) + symbol * SYMBOLS + struct.pack("<I", 4 + len(name)) + name)


def largest_of_corpus():
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "corpus"))
    import corpus
    return sorted(corpus.files(), key=os.path.getsize)[-LARGEST:]


def problems(pelorus, tool, files):
    detail = ["--all"] if b"--all" in subprocess.run([pelorus, "dump", "--help"], capture_output=True,
                                                     check=False).stdout else []
    for path in files:
        allowed = 16 * MIB + 2 * os.path.getsize(path)
        for form in FORMATS:
            took = peak(tool, [pelorus, "dump", *detail, *form, path])
            if took > allowed:
                yield f"{path} {form[0]}: {took / MIB:.1f} MiB, allowed are {allowed / MIB:.1f}"


def made_of(path, folder):
    with open(path, "rb") as file:
        image = file.read()
    made = [os.path.join(folder, name) for name in ("overlay.exe", "symbols.exe")]
    with_overlay(image, made[0])
    with_symbols(image, made[1])
    return made


def main():
    pelorus, tool, folder = sys.argv[1:]
    held = peak(tool, [sys.executable, "-c", f"bytearray({64 * MIB})"])
    if held < 64 * MIB:
        sys.exit(f"a process that holds 64 MiB is measured to have {held / MIB:.1f}")
    with tempfile.TemporaryDirectory() as made:
        if folder == "--corpus":
            files = largest_of_corpus()
        else:
            files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
            files += made_of(os.path.join(folder, "hello.exe"), made)
        found = list(problems(pelorus, tool, files))
    print("\n".join(found))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
