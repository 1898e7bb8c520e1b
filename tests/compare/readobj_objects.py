#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with llvm-readobj over objects and libraries: sections, relocations (type by
name, symbol), symbols with their auxiliary records, directives, COMDAT, names of import objects; and with
llvm-nm the first linker member of archives.

usage: readobj_objects.py PELORUS [FILE...]

Without FILE the files are made here, by what there is of clang (x86, x64, ARM, ARM64), the compilers of
mingw-w64 (big objects, too) and LLVM's tools for libraries; and some import libraries of mingw-w64 are taken.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT = 300  # seconds
MINGW_LIBRARIES = ("libkernel32.a", "libntdll.a", "libmsvcrt.a", "libmingwex.a", "libuuid.a", "libpthread.a",
                   "crt2.o", "libd3d9.a")

SOURCE = r"""
extern int puts(const char *);
extern int other;
int table[100];
static int counter = 3;
const char *message = "hello";
static int inner(int x) { return x + counter; }
int a_function_with_quite_a_long_name(int x)
{
    puts(message);
    return x > 3 ? inner(x) + other + table[x] : 5;
}
__attribute__((weak)) int weakling(void) { return 7; }
__declspec(dllexport) int shown(void) { return 1; }
__declspec(dllimport) int far_away(int);
int call(void) { return far_away(3); }
int common;
__attribute__((section(".a_long_section_name"))) int here = 5;
"""

CXX = r"""
extern "C" int other;
template <class T> T twice(T x) { return x + x; }
inline int once(int a) { static int n; return n += a; }
struct base { virtual ~base(); virtual int f() { return 1; } };
struct derived : base { int f() override; };
int derived::f() { return twice(other) + once(3); }
thread_local int slot = 5;
base *make() { return new derived; }
int use(int x) { return slot + twice<long>(x); }
#pragma comment(linker, "/include:other \"/quoted: a b\"")
#pragma comment(lib, "some library.lib")
"""

DEF = """LIBRARY some_library.dll
EXPORTS
 CreateThing
 Ordinal @7 NONAME
 aData DATA
 Second@8
 _leading
 Alias==Real
"""

# More relocations than a header can count, and more sections than a COFF object can have.
MANY_RELOCATIONS = ".text\n.rept 70000\n.long target\n.endr\n"
MANY_SECTIONS = "".join(f'.section .t${i},"r"\n.long {i}\n' for i in range(66000))


def run(*command, **more):
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, **more)


# ---- files ----------------------------------------------------------------------


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def commands(folder):
    """(what is made, command) for each tool that is there."""
    c, cxx = write(folder, "a.c", SOURCE), write(folder, "b.cpp", CXX)
    definition = write(folder, "some.def", DEF)
    relocations = write(folder, "many.s", MANY_RELOCATIONS)
    sections = write(folder, "sections.s", MANY_SECTIONS)
    if shutil.which("clang"):
        for machine in ("x86_64", "i686", "aarch64", "armv7"):
            clang = ("clang", f"--target={machine}-pc-windows-msvc", "-c", "-g", "-gcodeview", "-O1")
            yield f"clang-c-{machine}.obj", (*clang, c)
            yield f"clang-cxx-{machine}.obj", (*clang, "-ffunction-sections", cxx)
        yield "many-relocations.obj", ("clang", "--target=x86_64-pc-windows-msvc", "-c", relocations)
        yield "big-sections.obj", ("clang", "--target=x86_64-pc-windows-msvc", "-c", sections)
    for machine in ("x86_64", "i686"):
        gcc = f"{machine}-w64-mingw32-gcc"
        if shutil.which(gcc):
            yield f"gcc-{machine}.o", (gcc, "-c", "-g", "-O1", c)
            yield f"gcc-big-{machine}.o", (gcc, "-c", "-g", "-O1", "-Wa,-mbig-obj", c)
    if shutil.which("llvm-dlltool"):
        for machine in ("i386:x86-64", "i386", "arm", "arm64"):
            extra = ("-k",) if machine == "i386" else ()
            yield f"import-{machine.replace(':', '-')}.lib", (
                "llvm-dlltool", "-m", machine, *extra, "-d", definition, "-l")


def make_files(folder):
    """Make all that can be made, and tell what could not."""
    made = []
    for name, command in commands(folder):
        path = os.path.join(folder, name)
        output = (path,) if command[0] == "llvm-dlltool" else ("-o", path)
        done = run(*command, *output)
        if done.returncode == 0 and os.path.exists(path):
            made.append(path)
        else:
            print(f"not made: {name}: {done.stderr.decode('utf-8', 'replace').splitlines()[:1]}")
    objects = [path for path in made if "x86_64" in path.rsplit("/", 1)[-1]]
    for tool, name, arguments in (("llvm-lib", "objects.lib", "/out:{}"), ("llvm-ar", "objects.a", "rcs {}")):
        path = os.path.join(folder, name)
        if shutil.which(tool) and objects:
            run(tool, *arguments.format(path).split(" "), *objects)
            made += [path] if os.path.exists(path) else []
    for machine in ("x86_64", "i686"):
        for name in MINGW_LIBRARIES:
            path = f"/usr/{machine}-w64-mingw32/lib/{name}"
            made += [path] if os.path.exists(path) else []
    return made


# ---- what llvm-readobj says --------------------------------------------------------

FIELD = re.compile(r"^(\w[\w ()]*?): ?(.*)$")
VALUE = re.compile(r"\((-?(?:0x[0-9A-Fa-f]+|\d+))\)$")


def number(text):
    """The value of "Name (0x12)", "0x12" or "12"."""
    inside = VALUE.search(text)
    return int(inside[1] if inside else text.split(" ")[0], 0)


def files_of(text):
    """One tree for each file: a list of (key, text or tree)."""
    root, stack = [], []
    for line in text.splitlines():
        word = line.strip()
        if line.startswith("File: "):
            root.append([])
            stack = [root[-1]]
        if not stack or not word:
            continue
        opens = word.endswith(("{", "[")) or re.fullmatch(r"\w+ \[ \(0x[0-9A-F]+\)", word)
        if word in ("}", "]"):
            stack.pop()
        elif opens and line.startswith((" " * 2 * (len(stack) - 1)) or line):
            inner = []
            stack[-1].append((word, inner))
            stack.append(inner)
        else:
            match = FIELD.match(word)
            stack[-1].append((match[1], match[2]) if match else ("", word))
    return root


def fields(tree):
    """The fields of a tree as a map; the first of a name counts."""
    found = {}
    for key, value in tree:
        found.setdefault(key.split(" ")[0], value)
    return found


def inner(tree, key):
    """All trees in `tree` under a heading that begins with `key`."""
    return [value for name, value in tree if isinstance(value, list) and name.split(" ")[0] == key]


# ---- pairs to compare --------------------------------------------------------------


def section_pairs(ours, theirs):
    yield "sections.count", len(ours), len(theirs)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        where, b_fields = f"sections[{index}]", fields(b)
        name = a.get("long_name", a["Name"])
        yield f"{where}.Name", name, re.sub(r" \([0-9A-F ]+\)$", "", b_fields["Name"])
        for mine, other in (("SizeOfRawData", "RawDataSize"), ("PointerToRawData",) * 2,
                            ("VirtualSize",) * 2, ("VirtualAddress",) * 2,
                            ("PointerToRelocations",) * 2, ("PointerToLinenumbers", "PointerToLineNumbers"),
                            ("NumberOfLinenumbers", "LineNumberCount")):
            yield f"{where}.{mine}", a[mine], number(b_fields[other])
        flags = [name for name, _ in b if name.startswith("Characteristics")][0]
        yield f"{where}.Characteristics", a["Characteristics"]["value"], int(flags.split("(")[1].strip(")"), 0)


def relocation_pairs(ours, theirs):
    mine = [(section["SectionNumber"], section["section"], section["entries"]) for section in ours]
    yield "relocations.sections", [(n, name) for n, name, _ in mine], [
        (int(heading.split("(")[1].split(")")[0]), heading.split(") ")[1].rsplit(" {")[0])
        for heading, _ in theirs]
    for (section, _, entries), (_, blocks) in zip(mine, theirs):
        yield f"relocations({section}).count", len(entries), len(blocks)
        for index, (a, (_, block)) in enumerate(zip(entries, blocks)):
            where, b = f"relocations({section})[{index}]", fields(block)
            yield f"{where}.VirtualAddress", a["VirtualAddress"], number(b["Offset"])
            name, value = b["Type"].rsplit(" ", 1)
            yield f"{where}.Type", a["Type"], {"value": int(value.strip("()")), "name": name}
            yield f"{where}.symbol", a["symbol"], b["Symbol"]
            yield f"{where}.SymbolTableIndex", a["SymbolTableIndex"], number(b["SymbolIndex"])


AUX = {
    "AuxSectionDef": ("aux_sections", {"Length": "Length", "NumberOfRelocations": "RelocationCount",
                                       "NumberOfLinenumbers": "LineNumberCount", "CheckSum": "Checksum",
                                       "Selection": "Selection"}),
    "AuxFunctionDef": ("aux_functions", {"TagIndex": "TagIndex", "TotalSize": "TotalSize"}),
    "AuxWeakExternal": ("aux_weak", {"TagIndex": "Linked", "Characteristics": "Search"}),
    "AuxFileRecord": ("files", {"FileName": "FileName"}),
}


def aux_records(document):
    """The auxiliary records of each symbol: by its index, then by kind."""
    found = {}
    for _, (ours, _) in AUX.items():
        for record in document.get("coff_symbols", {}).get(ours, []):
            found.setdefault(record["symbol"], {}).setdefault(ours, []).append(record)
    return found


def aux_pairs(where, mine, block, function):
    for key, (ours, names) in AUX.items():
        # Static functions have records of functions, as GNU as writes them: LLVM takes them for sections.
        if key == "AuxSectionDef" and function:
            continue
        records, shown = mine.get(ours, []), inner(block, key)
        for a, b in zip(records, map(fields, shown)):
            for field, other in names.items():
                value = a[field]["value"] if isinstance(a[field], dict) else a[field]
                expected = b[other] if other == "FileName" else number(b[other])
                if field == "FileName" and expected.startswith("\0"):
                    continue  # GNU's long names: LLVM shows the offset in the string table
                yield f"{where}.{ours}.{field}", value, expected
        if shown:
            yield f"{where}.{ours}", len(records), len(shown)


def symbol_pairs(document, theirs):
    ours = document.get("coff_symbols", {}).get("symbols", [])
    aux = aux_records(document)
    yield "symbols.count", len(ours), len(theirs)
    for a, block in zip(ours, theirs):
        where, b = f"symbols[{a['index']}]", fields(block)
        yield f"{where}.Name", a["Name"] or "", b["Name"]
        yield f"{where}.Value", a["Value"], number(b["Value"])
        special = {"undefined": 0, "absolute": -1, "debug": -2}
        section = special.get(a["section"], a["SectionNumber"])
        yield f"{where}.SectionNumber", section, number(b["Section"])
        kind = number(b["ComplexType"]) << 4 | number(b["BaseType"])
        yield f"{where}.Type", a["Type"]["value"] & 0xFF, kind
        yield f"{where}.StorageClass", a["StorageClass"]["value"], number(b["StorageClass"])
        yield f"{where}.aux", a["aux"], number(b["AuxSymbolCount"])
        if a["index"] in aux or inner(block, "AuxSectionDef"):
            yield from aux_pairs(where, aux.get(a["index"], {}), block, a["Type"]["value"] == 0x20)


def associated_pairs(document, theirs):
    """The section that a COMDAT section goes with: llvm-readobj has it with its symbol."""
    mine = {c["SectionNumber"]: c["associated"] for c in document.get("comdats", [])}
    for block in theirs:
        for tree in inner(block, "AuxSectionDef"):
            found = fields(tree)
            if "AssocSection" in found and number(found["Selection"]) == 5:
                section = number(fields(block)["Section"])
                yield f"comdats({section}).associated", mine.get(section), number(found["AssocSection"])


def directive_pairs(document, tree):
    text = " ".join(value for key, value in tree if key == "Directive(s)" or key.startswith("Directive"))
    if text or document.get("directives"):
        yield "directives", " ".join(document.get("directives", [])).split(), text.split()


IMPORT_TYPES = ("code", "data", "const")
IMPORT_NAMES = ("ordinal", "name", "noprefix", "undecorate", "export as")


def import_pairs(document, tree):
    a, b = document["import_object"], dict(reversed(tree))
    yield "import.Type", IMPORT_TYPES[a["Type"]["value"]], b["Type"]
    yield "import.NameType", IMPORT_NAMES[a["NameType"]["value"]], b["Name type"]
    yield "import.symbol", "__imp_" + a["symbol"], b["Symbol"]


def object_pairs(document, tree):
    sections = [block for block in inner(tree, "Sections")][:1]
    if "import_object" in document:
        yield from import_pairs(document, tree)
        return
    blocks = [value for _, value in sections[0]] if sections else []
    yield from section_pairs(document.get("sections", []), blocks)
    relocations = inner(tree, "Relocations")
    yield from relocation_pairs(document.get("relocations", []), relocations[0] if relocations else [])
    symbols = inner(tree, "Symbols")
    blocks = [value for _, value in symbols[0]] if symbols else []
    yield from symbol_pairs(document, blocks)
    yield from associated_pairs(document, blocks)
    yield from directive_pairs(document, tree)


def map_pairs(document, path):
    """The first linker member, as llvm-nm lists it."""
    done = run("llvm-nm", "--print-armap", path)
    lines = done.stdout.decode("utf-8", "backslashreplace").split("\n\n")[0].splitlines()[1:]
    theirs = [tuple(line.rsplit(" in ", 1)) for line in lines]
    members = document["members"]
    index = document.get("second_linker_member") or document.get("first_linker_member") or {"symbols": []}
    ours = [(s["name"], members[s["member"]]["name"]) for s in index["symbols"]]
    yield "index", [(a.replace("\\x7f", "\x7f"), b) for a, b in ours], theirs


# ---- all of it -----------------------------------------------------------------------


def pairs_of(document, path, readobj):
    done = run(readobj, "--file-headers", "--sections", "--symbols", "--relocations", "--expand-relocs",
               "--coff-directives", path)
    trees = files_of(done.stdout.decode("utf-8", "backslashreplace"))
    documents = document.get("contents", [document])
    yield "files", len(documents), len(trees)
    for index, (one, tree) in enumerate(zip(documents, trees)):
        for field, a, b in object_pairs(one, tree):
            yield f"[{index}] {field}", a, b
    if "members" in document:
        yield from map_pairs(document, path)


def same(a, b):
    if isinstance(a, str) and isinstance(b, str):
        a, b = a.replace("\\\\", "\\").replace("\\x7f", "\x7f"), b
    return a == b


def compare(pelorus, readobj, path):
    done = run(pelorus, "dump", "--format=json", path)
    if done.returncode != 0:
        return 0, [f"pelorus exits with {done.returncode}: {done.stderr.decode()}"]
    count, complaints = 0, []
    for field, a, b in pairs_of(json.loads(done.stdout), path, readobj):
        count += 1
        if not same(a, b):
            complaints.append(f"{field}: LLVM has {b!r:.300}, pelorus {a!r:.300}")
    return count, complaints


def main(pelorus, *paths):
    readobj = shutil.which("llvm-readobj")
    makers = [tool for tool in ("clang", "x86_64-w64-mingw32-gcc", "llvm-dlltool") if shutil.which(tool)]
    if not readobj or not shutil.which("llvm-nm") or not (makers or paths):
        print("skipped: llvm-readobj and llvm-nm, and a compiler for Windows, are not installed")
        return SKIPPED
    failed = compared = 0
    with tempfile.TemporaryDirectory(prefix="pelorus-objects-") as folder:
        files = list(paths) or make_files(folder)
        for path in files:
            count, complaints = compare(pelorus, readobj, path)
            compared += count
            failed += bool(complaints)
            for line in complaints[:10]:
                print(f"FAIL {path}: {line}")
    print(f"{len(files) - failed} passed, {failed} failed; {compared} values compared")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
