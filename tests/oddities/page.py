#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/oddities.md of samples/oddities/oddities.yaml; with --check, only compares. Every
recipe has a row, and every row a recipe.

usage: page.py [--check] FOLDER PAGE
"""

import os
import sys

try:
    import yaml
except ImportError:
    print("python3-yaml is missing")
    sys.exit(77)

HEAD = """# Oddities

What PE files can look like and still be, or just not be, programs. Each has a recipe
([recipes.md](recipes.md)) that builds it, and a test. Behind the versions stands the rule
that refuses it there ([loading.md](loading.md)).
`pelorus check --as=VERSION` gives the answers for any file, and
`pelorus build samples/oddities/NAME.yaml -o FILE` makes these.

What the loader makes of each is tested, too, in a process with a kernel32.dll and a user32.dll from
the same folder: where it lies, what is relocated and bound, which slots of TLS there are
([binding.md](binding.md)). *Started* are answers of that loader; *elsewhere* means that its base was
taken.

Most were collected by others: the authors of Wine's tests, and Ange Albertini (Corkami). What a
program does once it runs is told here, and is not tested, where a row says *later*.
Where nobody has tried a version, the answer is what follows from the rules.

This page is made of `samples/oddities/oddities.yaml`.
"""

VERSIONS = {"xp": "XP"}
ORDER = ["headers", "alignment", "sections", "base", "relocations", "entry point", "imports", "exports", "resources",
         "thread-local storage", ".NET", "certificates", "others"]


def versions(key):
    names = []
    for word in str(key).split():
        name, _, host = word.partition("@")
        names.append(VERSIONS.get(name, name) + (f" ({host})" if host else ""))
    return ", ".join(names)


def answers(row):
    """What each version says, one answer a line."""
    lines = []
    for key, answer in row["check"].items():
        said = "loads" if answer == "loads" else f"`{answer.split()[1]}`"
        lines.append(f"{versions(key)}: {said}")
    for key, told in row.get("load", {}).items():
        if "status" in told:
            at = " elsewhere" if "at" in told else ""
            lines.append(f"{versions(key)}, started{at}: `{told['status']}`")
    return "<br>".join(lines)


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def page(rows):
    out = [HEAD]
    areas = {row["area"] for row in rows}
    if unknown := areas - set(ORDER):
        raise SystemExit(f"no place for these areas: {unknown}")
    for area in (a for a in ORDER if a in areas):
        title = area if area.startswith(".") else area.capitalize()
        out.append(f"## {title}\n\n| | oddity | what happens | Windows |\n|---|---|---|---|")
        for row in sorted((r for r in rows if r["area"] == area), key=lambda r: r["id"]):
            link = f"[{row['id']}](../samples/oddities/{row['file']}.yaml)"
            later = f" *Later: {row['later']}.*" if "later" in row else ""
            out.append(f"| {link} | {cell(row['about'])} | {cell(row['then'])}{cell(later)} | {answers(row)} |")
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


def main(arguments):
    check = arguments[0] == "--check"
    folder, path = arguments[-2:]
    with open(os.path.join(folder, "oddities.yaml"), encoding="utf-8") as file:
        rows = yaml.safe_load(file)
    recipes = {name[:-5] for name in os.listdir(folder) if name.startswith("O") and name.endswith(".yaml")}
    files = [row["file"] for row in rows]
    if set(files) != recipes or len(files) != len(set(files)):
        print("table and recipes differ:", sorted(set(files) ^ recipes))
        return 1
    made = page(rows)
    if not check:
        with open(path, "w", encoding="utf-8") as file:
            file.write(made)
        return 0
    with open(path, encoding="utf-8") as file:
        if file.read() == made:
            return 0
    print(f"{path} is not what oddities.yaml makes; run ./dev rebase-golden")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
