#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""structures.yaml against what it claims.

    coverage.py spec                    against the specification ($PELORUS_SHARED): every structure has an
                                        entry, every field a row of a table, at the same place
    coverage.py shown PELORUS SAMPLES   the sample of each entry shows every field at the place named
    coverage.py real PELORUS            so does the real file ($PELORUS_CORPUS)
    coverage.py tests                   literal bytes of each, and the unit tests that are named

Exits with 77 where what it needs is not there.
"""

import os
import re
import sys

import yaml

import places
import tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def needed(variable, *path):
    folder = os.environ.get(variable)
    wanted = os.path.join(folder or "", *path)
    if not folder or not os.path.exists(wanted):
        skip(f"${variable} does not lead to {'/'.join(path) or 'a folder'}")
    return wanted


def is_reason(value):
    return isinstance(value, str) and value.startswith("=")


class Table:
    """The rows of an entry: {name: (place in PE32, place in PE32+)}."""

    def __init__(self, name, entry, structures, process):
        if "process" in entry:
            self.rows, self.sizes = process[entry["process"]], [1, 1]
        else:
            name = entry.get("table", name)
            if name not in structures:
                raise KeyError(f"no table {name}")
            rows, self.sizes = structures[name][2:]
            self.rows = {}
            for row, *two in rows:
                old = self.rows.get(row, (None, None))
                self.rows[row] = tuple(new or before for new, before in zip(two, old))

    def shown(self):
        """Names of the rows that have a value."""
        return [name for name, two in self.rows.items()
                if any(place and place[1] is not None for place in two)]


# ---- the specification ---------------------------------------------------------

def of_format(value, wide):
    return value["pe32plus" if wide else "pe32"] if isinstance(value, dict) else value


def spec_places(field, wide):
    """[(name, place)] of a field of the specification, one for each of its bits."""
    if field.get("only") == ("pe32" if wide else "pe32plus"):
        return []
    start, size = of_format(field["offset"], wide), of_format(field["size"], wide)
    if size == "variable":
        return [(field["name"], (start, None))]
    return [(bits["name"], (start, size, bits["lo"], bits["hi"])) for bits in field.get("bits", [])] \
        or [(field["name"], (start, size))]


def covers(place, want):
    """Whether rows at `place`, behind each other, are what is wanted, or the word that has its bits,
    or of variable length from there on."""
    return place == want or (len(want) == 4 and place == want[:2]) \
        or (place is not None and place[1] is None and place[0] <= want[0])


def joined(parts):
    """Rows that follow each other, as one place."""
    if len(parts) == 1:
        return parts[0]
    size = 0
    for part in parts:
        if part is None or part[0] != parts[0][0] + size:
            return None
        size += part[1]
    return (parts[0][0], size)


def check_field(entry, table, name, want, wide):
    as_what = entry.get("fields", {}).get(name, name)
    if is_reason(as_what):
        return None
    rows = as_what if isinstance(as_what, list) else [as_what]
    parts = [table.rows.get(row, (None, None))[wide] for row in rows]
    if any(part is None for part in parts):
        return f"{name}: no row {', '.join(rows)}"
    if want[0] is None or covers(joined(parts), want):
        return None
    inside = parts[0][1] is not None and len(want) == 2 and want[1] is not None \
        and parts[0][0] <= want[0] and want[0] + want[1] <= parts[0][0] + parts[0][1]
    return None if inside and len(parts) == 1 else f"{name} is at {want}, {', '.join(rows)} at {joined(parts)}"


def check_spec(entries, table_of):
    import_path = needed("PELORUS_SHARED", "reference", "pe_structures.yaml")
    with open(import_path, encoding="utf-8") as file:
        structures = yaml.safe_load(file)["structures"]
    wrong = [f"{name}: has no entry" for name in structures if name not in entries]
    wrong += [f"{name}: the specification has none" for name in entries if name not in structures]
    fields = 0
    for name in structures.keys() & entries.keys():
        table, entry = table_of(name), entries[name]
        named = set()
        for field in structures[name]["fields"]:
            fields += 1
            for wide in (False, True):
                for part, want in spec_places(field, wide):
                    named.add(part)
                    whole = entry.get("fields", {}).get(field["name"])
                    fault = None if whole and is_reason(whole) or not table.sizes[wide] \
                        else check_field(entry, table, part, want, wide)
                    if fault:
                        wrong.append(f"{name}: PE32{'+' if wide else ''}: {fault}")
            named.add(field["name"])
        wrong += [f"{name}: the specification has no {field}"
                  for field in entry.get("fields", {}) if field not in named]
    print(f"{len(structures)} structures, {fields} fields")
    return wrong


# ---- documents -----------------------------------------------------------------

def check_documents(entries, table_of, pelorus, what, path_of):
    wrong, documents = [], {}
    for name, entry in entries.items():
        where = entry.get(what)
        if where is None:
            wrong.append(f"{name}: {what} is not told")
        if where is None or is_reason(where):
            continue
        path, command = path_of(where), entry.get("command", "dump")
        if not os.path.exists(path):
            wrong.append(f"{name}: {path} is not there")
            continue
        if (path, command) not in documents:
            documents[path, command] = places.document_of(pelorus, entry, path)
        table = table_of(name)
        rows = [row for row in table.shown() if row not in entry.get(what + "_lacks", [])]
        missing = places.shown(documents[path, command], entry, rows)
        if missing is None:
            wrong.append(f"{name}: {where} has nothing at {entry['at']}")
        elif missing:
            wrong.append(f"{name}: {where} does not show {', '.join(missing)}")
        wrong += [f"{name}: there is no row {row}" for row in entry.get("keys", {}) if row not in table.rows]
    told = sum(not is_reason(entry.get(what)) for entry in entries.values())
    print(f"{told} structures in {len(documents)} documents; {len(entries) - told} with a reason")
    return wrong


# ---- unit tests ----------------------------------------------------------------

def check_tests(entries):
    with open(os.path.join(ROOT, "tests/unit/schema/literals.txt"), encoding="utf-8") as file:
        literals = set(re.findall(r"^([A-Z]\w+)", file.read(), re.M))
    wrong = []
    for name, entry in entries.items():
        if "process" not in entry and entry.get("table", name) not in literals:
            wrong.append(f"{name}: no bytes in literals.txt")
        if "read" not in entry:
            wrong.append(f"{name}: which unit test reads it is not told")
        elif not is_reason(entry["read"]):
            source, _, test = entry["read"].partition(":")
            path = os.path.join(ROOT, "tests/unit", source)
            text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
            if f"START_TEST({test})" not in text or not re.search(rf"tcase_add_\w*test\(tests,\s*{test}\b", text):
                wrong.append(f"{name}: no test {entry['read']}")
    print(f"{len(entries)} structures")
    return wrong


def main(what, *arguments):
    with open(os.path.join(HERE, "structures.yaml"), encoding="utf-8") as file:
        entries = yaml.safe_load(file)
    structures, process = tables.structures(ROOT), tables.process(ROOT)

    def table_of(name):
        return Table(name, entries[name], structures, process)

    if what == "spec":
        wrong = check_spec(entries, table_of)
    elif what == "shown":
        pelorus, samples = arguments
        wrong = check_documents(entries, table_of, pelorus, "sample", lambda name: os.path.join(samples, name))
    elif what == "real":
        corpus = needed("PELORUS_CORPUS")
        wrong = check_documents(entries, table_of, arguments[0], "real", lambda name: os.path.join(corpus, name))
    else:
        wrong = check_tests(entries)
    for line in wrong:
        print("FAIL", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
