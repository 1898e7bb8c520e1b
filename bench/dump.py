#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dump.py [--files=N] [--rounds=N] PELORUS [FILE|FOLDER]...: what dumping files costs, beside other tools.

Without files it takes those of $PELORUS_CORPUS; --files=N takes N of them, spread evenly by size. Each
tool reads each file in a process of its own, in turn with the other tools, and the least of the rounds
counts: of processor time (user and system), because others may load the machine, and of wall time.
Tools that are not installed are left out."""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

PYTHON = "/usr/bin/python3"  # the one that the package python3-pefile belongs to
PEFILE = """
import json, pefile, sys
for path in sys.argv[1:]:
    try:
        print(json.dumps(pefile.PE(path).dump_dict(), default=str, skipkeys=True))
    except pefile.PEFormatError:
        pass
"""
MB = 1e6


# ---- processes -----------------------------------------------------------------------------------

class Run:
    """What one process took: seconds of processor and wall, KiB of memory, its exit status."""

    def __init__(self, command, out=os.devnull):
        actions = [(os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_TRUNC, 0),
                   (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        start = time.perf_counter()
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
        _, self.status, usage = os.wait4(child, 0)
        self.wall = time.perf_counter() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss


def least(command, rounds):
    """The run of `command` that took the least of the processor, with the least wall time."""
    runs = [Run(command) for _ in range(rounds)]
    best = min(runs, key=lambda r: r.cpu)
    best.wall = min(r.wall for r in runs)
    return best


def output_size(command, scratch):
    Run(command, scratch)
    return os.path.getsize(scratch)


# ---- tools and files -----------------------------------------------------------------------------

def has_pefile():
    return shutil.which(PYTHON) and Run([PYTHON, "-c", "import pefile"]).status == 0


def tools(pelorus, smallest):
    """The tools that are there, by what they are called in the report."""
    detail = ["--all"] if Run([pelorus, "dump", "--all", smallest]).status == 0 else []
    found = {"pelorus dump, all text": [pelorus, "dump"] + detail}
    if detail:
        found["pelorus dump, summary"] = [pelorus, "dump"]
    found["pelorus dump, all JSON"] = [pelorus, "dump", "--format=json"]
    only = "--only=" + ",".join(key for key in document_keys() if key not in DIGESTS)
    found["text without digests"] = [pelorus, "dump", only]
    found["JSON without digests"] = [pelorus, "dump", "--format=json", only]
    others = {"objdump -p": ["objdump", "-p"], "llvm-readobj --all": ["llvm-readobj", "--all"]}
    found.update({name: command for name, command in others.items() if shutil.which(command[0])})
    if has_pefile():
        found["pefile, a process each"] = [PYTHON, "-c", PEFILE]
    return found


# What needs each byte of the file digested or counted, as diagnostics do for checksum and entropy: no other
# tool does.
DIGESTS = ("file", "sections", "overlay", "hashes", "signature", "diagnostics", "schema")


def document_keys():
    schema = os.path.join(os.path.dirname(__file__), "..", "src", "dump", "schema", "pelorus.dump-1.json")
    with open(schema, encoding="utf-8") as file:
        return list(json.load(file)["properties"])


def files_below(path):
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


def is_pe(path):
    with open(path, "rb") as file:
        return file.read(2) in (b"MZ", b"VZ")


def choose(paths, count):
    """`count` of the PE files at and below `paths`, spread evenly over their sizes; 0: all."""
    files = [f for path in paths for f in files_below(path) if os.path.isfile(f) and is_pe(f)]
    files.sort(key=lambda f: (os.path.getsize(f), f))
    if count and count < len(files):
        files = [files[i * (len(files) - 1) // max(count - 1, 1)] for i in range(count)]
    return files


# ---- the report ----------------------------------------------------------------------------------

class Sum:
    """What a tool took for all files."""

    def __init__(self):
        self.cpu = self.wall = self.output = 0
        self.memory = 0.0  # the worst share of what is allowed

    def add(self, run, size, output):
        self.cpu += run.cpu
        self.wall += run.wall
        self.output += output
        self.memory = max(self.memory, run.memory * 1024 / (16 * 2**20 + 2 * size))


def measure(found, files, rounds, scratch):
    sums = {name: Sum() for name in found}
    for path in files:
        for name, command in found.items():
            output = output_size(command + [path], scratch)
            sums[name].add(least(command + [path], rounds), os.path.getsize(path), output)
    return sums


def report(sums, startup, files):
    total = sum(map(os.path.getsize, files)) / MB
    base = sums["pelorus dump, all JSON"]
    print(f"{len(files)} files, {total:.1f} MB; times without starting up, except for `x JSON`")
    print(f"{'':26s}{'CPU s':>8s}{'wall s':>8s}{'start ms':>9s}{'MB/s in':>9s}{'MB out':>8s}{'MB/s out':>9s}"
          f"{'x JSON':>8s}{'memory':>8s}")
    for name, s in sums.items():
        net = max(s.cpu - startup[name].cpu * len(files), 1e-6)
        wall = max(s.wall - startup[name].wall * len(files), 1e-6)
        print(f"{name:26s}{net:8.2f}{wall:8.2f}{startup[name].cpu * 1e3:9.2f}{total / net:9.0f}"
              f"{s.output / MB:8.1f}{s.output / MB / net:9.0f}{s.cpu / base.cpu:8.2f}{s.memory:8.2f}")
    print("memory: the worst of all files, in parts of 16 MiB and twice the file; not below what this program"
          "\nitself has, which a process begins with (tests/robust/peak_memory.py measures without that)")


def report_one_pefile(files, sums):
    """pefile at its best: one interpreter for all files."""
    run = Run([PYTHON, "-c", PEFILE] + files)
    ratio = run.cpu / sums["pelorus dump, all JSON"].cpu
    print(f"{'pefile, one process':26s}{run.cpu:8.2f}{run.wall:8.2f}  {ratio:.1f} x JSON, with starting up")


def report_largest(found, files, rounds):
    """Text of the largest files beside objdump's: characters a second of processor time."""
    names = [n for n in ("pelorus dump, all text", "text without digests", "objdump -p") if n in found]
    print("\nlargest files: MB of text a second, with starting up")
    with tempfile.NamedTemporaryFile() as scratch:
        for path in files[:-6:-1]:
            line = f"{os.path.basename(path)[:20]:20s}{os.path.getsize(path) / MB:8.1f}"
            for name in names:
                size = output_size(found[name] + [path], scratch.name)
                line += f"   {name} {size / MB / least(found[name] + [path], rounds).cpu:.0f}"
            print(line)


def report_unwind(pelorus, files, rounds, scratch):
    """The unwind information of the largest files."""
    print("\nunwind information   file MB   ms CPU  ms wall   MB out   llvm-readobj --unwind")
    for path in files[:-4:-1]:
        command = [pelorus, "dump", "--only=exceptions", path]
        ours, output = least(command, rounds), output_size(command, scratch)
        line = (f"{os.path.basename(path)[:20]:20s}{os.path.getsize(path) / MB:8.1f}{ours.cpu * 1e3:9.1f}"
                f"{ours.wall * 1e3:9.1f}{output / MB:9.2f}")
        if shutil.which("llvm-readobj"):
            line += f"   {least(['llvm-readobj', '--unwind', path], 1).cpu / ours.cpu:.0f} x"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=0, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("pelorus")
    parser.add_argument("paths", nargs="*", default=[os.environ.get("PELORUS_CORPUS", "")])
    a = parser.parse_args()
    files = choose(a.paths, a.files)
    if not files:
        sys.exit("no PE files: name some, or set PELORUS_CORPUS")
    found = tools(a.pelorus, files[0])
    startup = {name: least(command + [files[0]], 20) for name, command in found.items()}
    with tempfile.NamedTemporaryFile() as scratch:
        sums = measure(found, files, a.rounds, scratch.name)
        report(sums, startup, files)
        if "pefile, a process each" in found:
            report_one_pefile(files, sums)
        report_largest(found, files, a.rounds)
        report_unwind(a.pelorus, files, a.rounds, scratch.name)


if __name__ == "__main__":
    main()
