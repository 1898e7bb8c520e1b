#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What other programs find odd, we have a code for (peers.yaml), and tell it of the same files.

usage: compare.py map|oddities|quiet|pefile|pescan PELORUS SAMPLES

map       every code and rule of the map exists; every warning in pefile's source is in it
oddities  the odd files of SAMPLES have the codes of their rows
quiet     ordinary files have no warning: few of the corpus have
pefile, pescan   wherever that program finds something in a file of SAMPLES or of the corpus, one of
          its codes is told. Exit status 77: the program, its module or PyYAML is not there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "corpus"))
import corpus  # noqa: E402

SKIPPED = 77
SIZE_MAX = 4 << 20  # pefile takes its time
FINDINGS_SHOWN = 40
JOBS = 2
SHARE = 8


def skip(what):
    print(f"skipped: {what} is not there")
    sys.exit(SKIPPED)


try:
    import yaml
except ImportError:
    skip("PyYAML")


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


class File:
    """A file, and what the command says of it."""

    def __init__(self, pelorus, path, name):
        self.pelorus, self.path, self.name = pelorus, path, name
        self.check = self.ask("check")
        self.codes = {d["code"] for d in self.check.get("diagnostics", [])}

    def ask(self, *arguments):
        run = subprocess.run([self.pelorus, *arguments, "--format=json", self.path], capture_output=True,
                             check=False)
        return json.loads(run.stdout or b"{}")

    def dump(self, *keys):
        return self.ask("dump", "--only=" + ",".join(keys))

    # The words of `unless`.
    def is_library(self):
        flags = (self.dump("file_header").get("file_header") or {}).get("Characteristics")
        return bool(flags) and bool(flags["value"] & 0x2000)

    def is_no_program(self):
        """For EFI, a driver or a ROM; or .NET, which starts without the entry point."""
        header = self.dump("optional_header").get("optional_header") or {}
        subsystem = header.get("Subsystem")
        directories = header.get("DataDirectory") or []
        managed = len(directories) > 14 and directories[14]["VirtualAddress"] != 0
        return self.is_rom() or managed or (subsystem is not None and subsystem["value"] not in (2, 3))

    def kind(self):
        return str(self.ask("dump", "--only=kind").get("kind"))

    def is_rom(self):
        return self.kind() == "ROM"

    def is_te(self):
        return self.kind() == "TE"

    def is_not_pe(self):
        return not self.kind().startswith("PE32")

    def is_cut_headers(self):
        return bool(self.codes & {"OPTIONAL_TRUNCATED", "FILE_HEADER_TRUNCATED", "BAD_MAGIC"})

    def is_bound_by_rva(self):
        header = self.dump("optional_header").get("optional_header") or {}
        return header["DataDirectory"][11]["VirtualAddress"] >= header["SizeOfHeaders"]

    def is_padded_relocations(self):
        relocations = self.dump("base_relocations").get("base_relocations") or {}
        for block in relocations.get("blocks", []):
            padding = [e["rva"] for e in block["entries"] if number(e["type"]) == 0]
            if len(padding) != len(set(padding)):
                return True
        return False

    def is_no_relocations(self):
        return not self.dump("base_relocations").get("base_relocations")

    def is_no_raw_data(self):
        sections = self.dump("sections").get("sections") or []
        return any(s["SizeOfRawData"] == 0 and s["PointerToRawData"] != 0 for s in sections)

    def is_no_callbacks(self):
        return (self.dump("tls").get("tls") or {}).get("AddressOfCallBacks") == 0

    def is_reproducible(self):
        return any(number(entry["Type"]) == 16 for entry in self.dump("debug").get("debug") or [])

    def is_known_unwind(self):
        return "UNWIND_VERSION" not in self.codes

    def excused(self, entry):
        return any(getattr(self, "is_" + word.replace("-", "_"))() for word in listed(entry.get("unless")))

    def has(self, entry):
        return bool(self.codes & set(listed(entry.get("code")))) or self.check.get("rule") in listed(
            entry.get("rule"))


def number(value):
    return value["value"] if isinstance(value, dict) else value


def read_map():
    with open(os.path.join(HERE, "peers.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


# ---- the files ---------------------------------------------------------------


def build(pelorus, samples, folder):
    """The recipes of samples/oddities and samples/images as files."""
    for room in ("oddities", "images"):
        for name in sorted(os.listdir(os.path.join(samples, room))):
            stem, ending = os.path.splitext(name)
            path = os.path.join(folder, stem)
            recipe = os.path.join(samples, room, name)
            if ending == ".yaml" and stem != "oddities":
                run = subprocess.run([pelorus, "build", recipe, "-o", path], capture_output=True, check=False)
                if run.returncode:
                    sys.exit(f"{name}: {run.stderr.decode()}")
                with open(path, "rb") as file:
                    if file.read(2) in (b"MZ", b"ZM", b"VZ"):  # the rest are objects, which others do not read
                        yield stem, path


def real_files():
    """Of the corpus, when it is there: one in SHARE files, or all with PELORUS_COMPARE_ALL; the samples
    are compared in any case."""
    if not os.environ.get("PELORUS_CORPUS") and not os.path.isdir(corpus.LIBWINE):
        return []
    few = [p for p in corpus.files() if os.path.getsize(p) <= SIZE_MAX]
    return few[::1 if os.environ.get("PELORUS_COMPARE_ALL") else SHARE]


# ---- the other programs ------------------------------------------------------


def pefile_findings(path):
    """(text, text) of each warning."""
    try:
        pe = pefile.PE(path)
        texts = pe.get_warnings()
        pe.close()
    except pefile.PEFormatError as error:
        texts = [error.value]
    except Exception as error:  # it has errors of its own with odd files
        print(f"note: pefile fails: {error!r} {path}")
        return []
    return [("text", t, t) for t in texts]


def pescan_findings(path):
    """(kind, what is said, the line) of each line."""
    run = subprocess.run(["pescan", "-v", path], capture_output=True, check=False, timeout=60)
    found = []
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        # Names of sections come as they are, whatever bytes they have.
        section = re.match(r".*:\s{2,}((?:(?:suspicious name|zero length|small length|self-modifying)(?:, )?)+)$", line)
        plain = re.match(r"^(\S[^:]*):+\s+(.*)$", line)
        if section:
            found += [("section", part, line) for part in section.group(1).split(", ")]
        elif plain:
            found.append(("field", plain.group(1) + "\n" + plain.group(2), line))
    return found


def fits(entry, kind, said):
    if kind == "field":
        field, value = said.split("\n", 1)
        return ("field" in entry and re.search(entry["field"], field)
                and re.search(entry["value"], value))
    return kind in entry and re.search(entry[kind], said)


FINE = re.compile("^(normal|no|not found|no threat|found - no function|[0-9]+|.*\\(normal\\))( |$|s)")


def judge(entries, file, findings):
    """What is missing: lines to print, and the number of findings with a code."""
    told = 0
    for kind, said, line in findings:
        entry = next((e for e in entries if fits(e, kind, said)), None)
        if entry is None:
            if kind == "field" and FINE.match(said.split("\n", 1)[1]):
                continue
            yield f"{file.name}: not in the map: {line!r}"
        elif file.has(entry):
            told += 1
        elif ("code" in entry or "rule" in entry) and not file.excused(entry):
            yield f"{file.name}: none of {listed(entry.get('code'))}: {line!r}"
    file.told = told


def compare(peer, find, pelorus, samples):
    entries = read_map()[peer]
    missing, told, findings = [], 0, 0

    def one(pair):
        name, path = pair
        file = File(pelorus, path, name)
        found = find(path)
        return list(judge(entries, file, found)), file.told, len(found)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        pairs = list(build(pelorus, samples, folder)) + [(p, p) for p in real_files()]
        for lines, count, number_found in pool.map(one, pairs):
            missing += lines
            told += count
            findings += number_found
    print("\n".join(missing[:FINDINGS_SHOWN]))
    print(f"{len(pairs)} files: {findings} findings of {peer}, {told} of them told, {len(missing)} missing")
    return 1 if missing or not told else 0


# ---- the map itself ----------------------------------------------------------


def bad_entries(pelorus, entries):
    known = {}

    def explains(word):
        if word not in known:
            run = subprocess.run([pelorus, "explain", word], capture_output=True, check=False)
            known[word] = run.returncode == 0
        return known[word]

    for name, entry in entries:
        if not {"code", "rule", "reason"} & set(entry):
            yield f"{name}: neither a code nor a reason"
        for word in listed(entry.get("code")) + listed(entry.get("rule")):
            if not explains(word):
                yield f"{name}: {word} does not exist"
        for word in listed(entry.get("unless")):
            if not hasattr(File, "is_" + word.replace("-", "_")):
                yield f"{name}: compare.py does not know {word}"


def check_map(pelorus):
    table = read_map()
    entries = [(str(e), e) for peer in ("pefile", "pescan", "lief") for e in table[peer]]
    bad = list(bad_entries(pelorus, entries + list(table["oddities"].items())))
    try:
        import pefile as module
        import pefile_texts
        for text in pefile_texts.texts(module.__file__):
            if not any(re.search(e["text"], text) for e in table["pefile"]):
                bad.append(f"pefile's {text!r} is not in the map")
    except ImportError:
        print("note: without pefile, its texts are not compared")
    print("\n".join(bad))
    print(f"{len(entries)} findings of others and {len(table['oddities'])} oddities; {len(bad)} are wrong")
    return 1 if bad else 0


def check_oddities(pelorus, samples):
    table = read_map()["oddities"]
    missing, seen = [], set()
    with tempfile.TemporaryDirectory() as folder:
        for name, path in build(pelorus, samples, folder):
            if not re.match("O[0-9]{3}-", name):
                continue
            row = name if name in table else name[:4]
            seen.add(row)
            file = File(pelorus, path, name)
            entry = table.get(row)
            if entry is None:
                missing.append(f"{name}: not in the map")
            elif ("code" in entry or "rule" in entry) and not file.has(entry):
                missing.append(f"{name}: {entry} is not told, but {sorted(file.codes)} {file.check.get('rule')}")
    missing += [f"{row}: there is no such file" for row in table if row not in seen]
    print("\n".join(missing))
    print(f"{len(seen)} rows, {len(missing)} missing")
    return 1 if missing else 0


WARNED_MOST = 20  # in thousandths of all files


def check_quiet(pelorus):
    """Real files are in order, with few exceptions: the most frequent codes are printed, too."""
    warned, codes = [], {}
    paths = corpus.files()

    def one(path):
        diagnostics = File(pelorus, path, path).check.get("diagnostics", [])
        return path, {d["code"]: d["severity"] for d in diagnostics}

    with ThreadPoolExecutor(JOBS) as pool:
        for path, found in pool.map(one, paths):
            for code in found:
                codes[code] = codes.get(code, 0) + 1
            bad = sorted(c for c, severity in found.items() if severity != "info")
            if bad:
                warned.append(f"{path}: {' '.join(bad)}")
    for code, count in sorted(codes.items(), key=lambda c: -c[1])[:10]:
        print(f"{count:6} {code}")
    print("\n".join(warned[:FINDINGS_SHOWN]))
    print(f"{len(warned)} of {len(paths)} files have a warning")
    return 1 if len(warned) * 1000 > WARNED_MOST * len(paths) else 0


def main(mode, pelorus, samples):
    global pefile
    if mode == "map":
        return check_map(pelorus)
    if mode == "oddities":
        return check_oddities(pelorus, samples)
    if mode == "quiet":
        return check_quiet(pelorus)
    if mode == "pefile":
        try:
            import pefile as module
        except ImportError:
            skip("python3-pefile")
        pefile = module
        return compare("pefile", pefile_findings, pelorus, samples)
    if not shutil.which("pescan"):
        skip("pescan (package pev)")
    return compare("pescan", pescan_findings, pelorus, samples)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
