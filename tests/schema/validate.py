#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates documents that the command writes against the JSON Schemas.

usage: validate.py TEST PELORUS SCHEMAS RECIPES    exit status 77: a module of Python is missing

TEST is one of
  whole      the schemas are schemas; documents of the samples have every key, and YAML says the same
  strict     a document that is changed somewhere is refused: no place takes just anything
  mutants    damaged files give documents that are complete and valid
  commands   --hex, --only, --walk, --base, --at and refusals
  verify     a module in memory beside its file, with everything that can be told of it
  replay     a replay, which is of a trace and not of a file
  extract    what is taken out of the samples, written or listed
  runs       scenarios: documents, YAML, logs of events, --hex, --only, accesses that are told
"""

import copy
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

COMMANDS = {
    "dump": ["dump"],
    "check": ["check"],
    "map": ["map"],
    "translate": ["translate", "--rva=0x1000", "--rva=0", "--rva=0xffffffff", "--offset=0x400",
                  "--va=0x140001000", "--va=0xffffffffffffffff", "--offset=0xffffffffffffffff"],
    "at": ["dump", "--at=0x3c"],
    "why": ["why", "--rva=0x1000", "--access=write"],
    "load": ["load", "--stub-missing", "--bind-delay"],
    "export": ["export", "--physmem={work}/ram", "--minidump={work}/dmp", "--touch=entry",
               "--pages"],
}
# Keys that a document has only when there is something to say.
SOMETIMES = {"te_header", "exports", "imports", "exceptions", "base_relocations", "tls", "load_config",
             "image_policy",
             "bound_imports", "certificates", "signature", "clr", "delay_imports", "debug", "resources",
             "coff_symbols", "line_numbers", "field_offset", "field_size", "value", "meaning", "layout",
             "anon_object_header", "import_object", "variant", "separate_debug", "directives", "comdats",
             "relocations", "exported_names", "members", "first_linker_member", "second_linker_member",
             "ec_symbols", "long_names", "hybrid_map", "contents", "disassembly"}
# And those that only images have.
OF_IMAGES = {"dos_header", "rich_header", "nt_signature", "file_header", "optional_header", "sections",
             "overlay", "hashes"}
NO_IMAGES = {"COFF object", "big object", "anonymous object", "import object", "archive",
             "separate debug"}
MUTANTS = 25


class Suite:
    def __init__(self, pelorus, schemas, recipes, work):
        self.pelorus = pelorus
        self.commands = dict(COMMANDS)
        if self.can_disassemble():
            self.commands["dump"] = ["dump", "--disassemble=3"]
        self.work = pathlib.Path(work)
        self.recipes = recipes
        self.schemas = {p.name: json.loads(p.read_text()) for p in sorted(schemas.glob("*.json"))}
        self.files = [self.build(recipe) for recipe in sorted(recipes.glob("*.yaml"))]
        self.tour = self.work / "tour.exe"  # the sample that has most to show
        assert self.tour in self.files

    def build(self, recipe):
        out = self.work / (recipe.stem + ".exe")
        subprocess.run([self.pelorus, "build", str(recipe), "-o", str(out)], check=True)
        return out

    def can_disassemble(self):
        version = subprocess.run([self.pelorus, "--version"], capture_output=True, check=True)
        return b"without Zydis" not in version.stdout

    def validator(self, name):
        schema = self.schemas[f"pelorus.{name}-1.json"]
        return jsonschema.Draft202012Validator(schema)

    def run(self, arguments, path, form="json"):
        """The document; None when the file is no PE file and the command has nothing to say."""
        arguments = [argument.replace("{work}", str(self.work)) for argument in arguments]
        done = subprocess.run([self.pelorus, *arguments, "-f", form, str(path)],
                              capture_output=True)
        text = done.stdout.decode("utf-8")
        assert done.returncode in (0, 1, 3), (arguments, done.returncode, done.stderr.decode())
        if not text and (done.returncode == 3 or arguments[0] == "why"):
            return None
        return json.loads(text) if form == "json" else yaml.safe_load(text)

    def valid(self, name, document, what):
        for error in self.validator(name).iter_errors(document):
            where = "/".join(map(str, error.absolute_path))
            raise AssertionError(f"{what}: pelorus.{name}-1.json: {where}: {error.message[:300]}")

    def check(self, name, path, extra=()):
        """The document, valid; or None."""
        document = self.run([*self.commands[name], *extra], path)
        if document is not None:
            self.valid(name, document, f"{name} {path.name} {' '.join(extra)}")
        return document


def whole(suite):
    for schema in suite.schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for name, arguments in suite.commands.items():
        keys = set(suite.schemas[f"pelorus.{name}-1.json"]["properties"]) - SOMETIMES
        if name == "export":
            keys -= {"pages"}  # not there when there is no process
        for path in suite.files:
            document = suite.check(name, path)
            assert document or path != suite.tour, f"{name}: no document of the tour"
            if document is None:
                continue
            assert next(iter(document)) == "schema", "schema is not the first key"
            missing = keys - set(document)
            if name == "dump" and document["kind"] in NO_IMAGES:
                missing -= OF_IMAGES
            assert not missing, f"{name} {path.name}: without {missing}"
            assert suite.run(arguments, path, "yaml") == document, f"{name}: YAML differs"


# ---- strict --------------------------------------------------------------


def places(node, path=()):
    """Every place in a document, one of each list's first elements for the whole list."""
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, path + (key,))
    elif isinstance(node, list):
        for index, value in enumerate(node[:2]):
            yield from places(value, path + (index,))


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(document, path):
    """Documents that differ in one place, and that no schema should take."""
    value = at(document, path)
    other = [{"bogus": 1}] if isinstance(value, list) else {"bogus": 1}
    if path:
        copied = copy.deepcopy(document)
        at(copied, path[:-1])[path[-1]] = other
        yield "replaced", copied
    if isinstance(value, bool) or value is None or not isinstance(value, (int, str, dict)):
        return
    copied = copy.deepcopy(document)
    if isinstance(value, dict):
        at(copied, path)["bogus"] = 1
    elif isinstance(value, int):
        at(copied, path[:-1])[path[-1]] = -1
    else:
        at(copied, path[:-1])[path[-1]] = "a \\ alone"
    yield "spoiled", copied


def without(document, path):
    value = at(document, path)
    if path and isinstance(value, dict):
        for key in value:
            copied = copy.deepcopy(document)
            del at(copied, path)[key]
            yield key, copied


# Strings that may be any, for they are ours and not the file's.
FREE = {"name", "names", "field", "meaning"}


def strictly(suite, name, document):
    validator = suite.validator(name)
    tried = 0
    for path in places(document):
        for how, wrong in changed(document, path):
            free = any(step in FREE for step in path[-2:]) and how == "spoiled"
            if free and isinstance(at(document, path), str):
                continue
            tried += 1
            assert not validator.is_valid(wrong), f"{name}: {how} at {path} is taken"
        for key, wrong in without(document, path):
            optional = SOMETIMES | {"walk", "long_name", "BaseOfData", "md5", "sha1", "sha256"}
            if path == ("file",):
                optional |= {"entropy"}  # goes with the digests
            if key not in optional - ({"value"} if "utc" in at(document, path) else set()):
                tried += 1
                assert not validator.is_valid(wrong), f"{name}: {path} without {key} is taken"
    print(f"{name}: {tried} changes refused")


def strict(suite):
    for name in COMMANDS:
        strictly(suite, name, suite.check(name, suite.tour))


# ---- mutants -------------------------------------------------------------


def mutants(suite):
    rng = random.Random(20240229)
    original = suite.tour.read_bytes()
    path = suite.work / "mutant.exe"
    lfanew = struct.unpack_from("<I", original, 0x3C)[0]
    for number in range(MUTANTS):
        data = bytearray(original)
        if number % 4 == 0:
            del data[rng.randrange(2, min(len(data), 0x600)):]
        for _ in range(rng.choice([0, 1, 4, 64])):
            where = rng.choice([rng.randrange(len(data)), lfanew + rng.randrange(0x200)])
            if 2 <= where < len(data):
                data[where] = rng.choice([0, 0xFF, 0x7F, 0x80, 0x5C, rng.randrange(256)])
        path.write_bytes(data)
        try:
            run_mutant(suite, path)
        except AssertionError:
            kept = pathlib.Path(tempfile.gettempdir()) / f"schema-mutant-{number}.exe"
            kept.write_bytes(data)
            print(f"mutant {number} is kept as {kept}")
            raise


def run_mutant(suite, path):
    for name in COMMANDS:
        suite.check(name, path)


# ---- commands ------------------------------------------------------------


def commands(suite):
    path = suite.tour
    for name in COMMANDS:
        with_hex = suite.check(name, path, ["--hex"])
        assert '"0x' in json.dumps(with_hex), f"{name} --hex has no such string"
        only = suite.check(name, path, ["--only=file"])
        assert list(only) == ["schema", "file"], f"{name} --only=file has {list(only)}"
    walked = suite.check("translate", path, ["--walk"])
    assert all("walk" in result for result in walked["results"])
    assert any(result["walk"] for result in walked["results"])
    moved = suite.check("map", path, ["--base=0x10000"])
    assert moved["base"] == 0x10000
    assert suite.check("dump", path, ["--layout=memory"])["layout"] == "memory"
    for offset in range(0, 0x400, 5):
        document = suite.run(["dump", f"--at={offset}"], path)
        suite.valid("at", document, f"dump --at={offset}")
    for data in (b"MZ", b"VZ" + bytes(100), b"MZ" + bytes(200)):
        odd = suite.work / "odd"
        odd.write_bytes(data)
        run_mutant(suite, odd)
    check_refused(suite, path)


def check_refused(suite, path):
    data = bytearray(path.read_bytes())
    lfanew = struct.unpack_from("<I", data, 0x3C)[0]
    struct.pack_into("<H", data, lfanew + 4, 0x1234)  # no such machine
    refused = suite.work / "refused.exe"
    refused.write_bytes(data)
    document = suite.check("check", refused)
    assert document["verdict"] == "refused" and document["rule"]
    assert document["section_image_information"] is None
    suite.check("map", refused)


# ---- verify --------------------------------------------------------------


def spoil(memory):
    """A hook, a patch, other headers, a page of noise, data that a program wrote, a short end."""
    rng = random.Random(3)
    data = bytearray(memory.read_bytes().ljust(0x3100, b"\0"))
    data[0x40:0x44] = b"spam"
    data[0x1000:0x1005] = b"\xe9\x00\x00\x00\x60"
    data[0x2000:0x3000] = bytes(rng.randrange(256) for _ in range(0x1000))
    data[0x3010] ^= 1
    memory.write_bytes(data[:-0x1000])


def verify(suite):
    for path in suite.files:
        memory = suite.work / "memory"
        memory.unlink(missing_ok=True)
        subprocess.run([suite.pelorus, "map", "--base=0x30000000", f"--image-out={memory}",
                        str(path)], capture_output=True)
        if not memory.exists():
            continue
        for step in ("as it is", "spoiled"):
            arguments = ["verify", f"--against={memory}"]
            document = suite.run(arguments, path)
            suite.valid("verify", document, f"verify {path.name} {step}")
            assert suite.run(arguments, path, "yaml") == document, f"{path.name}: YAML differs"
            assert (document["status"] == "equal") == (step == "as it is"), (path.name, document)
            suite.valid("verify", suite.run([*arguments, "--hex"], path), "verify --hex")
            spoil(memory)
        assert document["summary"]["differences"] == len(document["differences"])
        if path == suite.tour:
            strictly(suite, "verify", document)


# ---- replay --------------------------------------------------------------


def replay(suite):
    trace = suite.work / "trace \\ of\n\x7f.txt"
    trace.write_text("1,2,3,4,1w,2,5,1,2,3,4,5")
    pages, sizes = ["replay", "--pages"], ["replay", "--frames=3,4,5"]
    document = suite.run(pages + ["--frames=3-5"], trace)
    suite.valid("replay", document, "replay --pages")
    assert document["page_size"] is None and document["anomalies"] and len(document["policies"]) == 7
    assert suite.run(pages + ["--frames=3-5"], trace, "yaml") == document
    strictly(suite, "replay", document)
    trace.write_text("0x1000 w\n I  04001000,3\n")
    for arguments in (sizes, sizes + ["--hex"], sizes + ["--only=accesses"]):
        suite.valid("replay", suite.run(arguments, trace), " ".join(arguments))
    trace.write_text("")
    suite.valid("replay", suite.run(sizes, trace), "replay of nothing")


# ---- extract ---------------------------------------------------------------


def extract(suite):
    """Of every sample, and of damaged ones; --list tells the same but for what was written."""
    for path in suite.files:
        document = suite.run(["extract", "--list"], path)
        if document is None:
            continue
        suite.valid("extract", document, f"extract --list {path.name}")
        assert suite.run(["extract", "--list"], path, "yaml") == document, f"{path.name}: YAML differs"
        keys = set(suite.schemas["pelorus.extract-1.json"]["properties"])
        assert set(document) == keys, f"{path.name}: {keys ^ set(document)}"
        suite.valid("extract", suite.run(["extract", "--list", "--hex"], path), "extract --hex")
        out = suite.work / f"parts-{path.stem}"
        written = suite.run(["extract", f"--to={out}"], path)
        suite.valid("extract", written, f"extract {path.name}")
        assert {**written, "folder": None} == document, f"{path.name}: --list tells something else"
        again = suite.run(["extract", f"--to={out}"], path)
        suite.valid("extract", again, f"extract {path.name} again")
        assert all(item["file"] is None for item in again["items"])
    strictly(suite, "extract", suite.run(["extract", "--list"], suite.work / "resources.exe"))
    damaged = suite.work / "damaged"
    whole = (suite.work / "resources.exe").read_bytes()
    for size in range(0x400, len(whole), 0x95):
        damaged.write_bytes(whole[:size])
        suite.valid("extract", suite.run(["extract", "--list"], damaged), f"extract {size} bytes")


# ---- runs ------------------------------------------------------------------


def run_document(suite, path, *extra, form="json"):
    done = subprocess.run([suite.pelorus, "run", "-f", form, *extra, str(path)],
                          capture_output=True)
    assert done.returncode in (0, 1), (path, done.returncode, done.stderr.decode())
    return json.loads(done.stdout) if form == "json" else yaml.safe_load(done.stdout)


def check_log(suite, path):
    log = suite.work / "events.ndjson"
    document = run_document(suite, path, f"--events={log}")
    lines = log.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        event = json.loads(line)
        assert event["event"] == number
        if number % 16 == 1:
            suite.valid("event", event, f"{path.name} event {number}")
    counted = sum(e["count"] for p in document["final"]["processes"] for e in p["events"])
    assert counted <= len(lines), f"{path.name}: fewer lines than events"


def strict_run(suite, path):
    """Each place of a document refuses what does not belong there."""
    document = run_document(suite, path, "--why=3")
    validator = suite.validator("run")
    for place in places(document):
        for what, other in changed(document, place):
            assert not validator.is_valid(other), f"{path.name}: {place} {what} is taken"


def runs(suite):
    scenarios = sorted((suite.recipes.parent / "scenarios").glob("*.yaml"))
    assert len(scenarios) >= 10
    for path in scenarios:
        document = run_document(suite, path)
        suite.valid("run", document, path.name)
        assert run_document(suite, path) == document, f"{path.name}: two runs differ"
        assert run_document(suite, path, form="yaml") == document, f"{path.name}: YAML differs"
        suite.valid("run", run_document(suite, path, "--hex", "--curve"), f"{path.name} --hex")
        assert list(run_document(suite, path, "--only=final")) == ["schema", "final"]
        check_log(suite, path)
    told = run_document(suite, suite.recipes.parent / "scenarios/copy-on-write.yaml", "--why=3")
    suite.valid("run", told, "run --why")
    assert [s["step"] for s in told["steps"] if s["why"]] == ["3"]
    strict_run(suite, suite.recipes.parent / "scenarios/isolation.yaml")


def main(test, pelorus, schemas, recipes):
    with tempfile.TemporaryDirectory() as work:
        suite = Suite(pelorus, pathlib.Path(schemas), pathlib.Path(recipes), work)
        tests = {"verify": verify, "whole": whole, "strict": strict, "mutants": mutants, "commands": commands,
                 "replay": replay, "extract": extract, "runs": runs}
        tests[test](suite)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
