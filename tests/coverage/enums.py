# SPDX-License-Identifier: Apache-2.0
"""Compares enums.yaml and the names of the library with the tables of the specification.

usage: enums.py LIST_NAMES ROOT

Exits with 77 when $PELORUS_SHARED names no specification.
"""

import os
import re
import subprocess
import sys

import tables

try:
    import yaml
except ImportError:
    print("skipped: no module yaml")
    sys.exit(77)

WORD = 0xffffffff
problems = []


def problem(text):
    problems.append(text)


def library(program):
    """{set: [(value, mask, name)]}; the value of an oid is text."""
    out = {}
    for line in subprocess.check_output([program], text=True).splitlines():
        name_of_set, value, mask, name = line.split("\t")
        value = value if name_of_set == "oid" else int(value)
        out.setdefault(name_of_set, []).append((value, int(mask), name))
    return out


# ---- enums and flags ---


def rows_of(entry):
    """(name, value) of an enum; some call the name key."""
    for row in entry["values"]:
        value = next(v for v in row.values() if isinstance(v, int))
        yield next(v for v in row.values() if isinstance(v, str)), value


def line_with(root, where, value):
    """Whether the line that 'FILE: TEXT' names is there and has the number, or, as -1, its like."""
    path, text = where.split(": ", 1)
    with open(os.path.join(root, path), encoding="utf-8") as file:
        lines = [line for line in file if text in line]
    numbers = [int(n, 0) for line in lines for n in re.findall(r"\b(0x[0-9a-fA-F]+|[1-9]\d*|0)u?\b", line)]
    return value & WORD in numbers


def compare_enum(root, title, enum, place, ours):
    sets = place["names"]
    sets = sets if isinstance(sets, list) else [sets]
    have = [row for name in sets for row in ours.get(name, [])]
    if not have:
        problem(f"{title}: the library has no names {', '.join(sets)}")
    pairs = {(name, value) for value, _, name in have}
    masks = {mask for _, mask, _ in have}
    left = set(place.get("masks", [])) | set(place.get("constants", {})) | set(place.get("reasons", {}))
    left |= set(place.get("renamed", {}))
    for name, value in rows_of(enum):
        here = (value << place.get("shift", 0)) & WORD
        if (place.get("renamed", {}).get(name, name), here) in pairs:
            left.discard(name if name in place.get("renamed", {}) else None)
        elif name in place.get("masks", []):
            left.discard(name)
            if here not in masks:
                problem(f"{title}: no name is compared in the bits of {name}, {here:#x}")
        elif name in place.get("constants", {}):
            left.discard(name)
            if not line_with(root, place["constants"][name], here):
                problem(f"{title}: {name} is not {here:#x} in {place['constants'][name]}")
        elif place.get("reasons", {}).get(name):
            left.discard(name)
        else:
            also = [f"{n} {v:#x}" for v, _, n in have if n == name or v == here]
            problem(f"{title}: no {name} {here:#x}; but {', '.join(also) or 'nothing like it'}")
    for name in sorted(left):
        problem(f"{title}: enums.yaml excuses {name}, which needs no excuse")


def compare_enums(root, spec, places, ours):
    for title in sorted(set(spec) ^ set(places)):
        problem(f"{title}: in {'the specification' if title in spec else 'enums.yaml'} only")
    for title in spec:
        if title in places:
            compare_enum(root, title, spec[title], places[title], ours)


# ---- lists ---


def compare_pairs(title, want, have):
    for value, name in want:
        if (value, name) not in have:
            problem(f"{title}: no {name} {value}")


def relocations(spec, ours):
    have = {(value, name) for value, _, name in ours["coff_reloc_type"]}
    compare_pairs("coff_relocation_types",
                  [(row["value"], row["name"]) for rows in spec.values() for row in rows], have)


def products(spec, ours):
    have = {(value, name) for value, _, name in ours["rich_product"]}
    compare_pairs("rich_product_ids", [(row["id"], row["label"]) for row in spec], have)


def dotted(bytes_of_oid):
    numbers, number = [], 0
    for byte in bytes_of_oid:
        number = number << 7 | byte & 0x7f
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    top = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in [top, numbers[0] - 40 * top, *numbers[1:]])


def oids(spec, ours, names):
    have = {dotted(bytes.fromhex(value)): name for value, _, name in ours["oid"]}
    for oid, meaning in spec.items():
        if oid not in have or have[oid] != names.get(oid):
            problem(f"authenticode_oids: {oid} ({meaning}) is {have.get(oid)}, not {names.get(oid)}")
    for oid in set(names) - set(spec):
        problem(f"authenticode_oids: {oid} is in enums.yaml only")


def sections(spec, ours):
    have = {name for _, _, name in ours["special_section"]}
    for name in spec["image"]:
        if f"IMAGE {name}" not in have:
            problem(f"special_sections: no {name}")
    for name in spec["object_only"]:
        if f"OBJECT {name}" not in have:
            problem(f"special_sections: no {name} of objects")


def last_fields(root):
    """{field of the specification: the last of ours}, where it is made of several."""
    with open(os.path.join(root, "tests/coverage/structures.yaml"), encoding="utf-8") as file:
        names = yaml.safe_load(file)["IMAGE_LOAD_CONFIG_DIRECTORY"]["fields"]
    return {name: rows[-1] for name, rows in names.items() if isinstance(rows, list)}


def sizes(root, spec, ours):
    """Each size is there, with the field that ends it; and that field ends there."""
    last = last_fields(root)
    have = ours["load_config_size"]
    fields = {name: places for name, *places in
              tables.structures(root)["IMAGE_LOAD_CONFIG_DIRECTORY"][2]}
    if len(have) != len(spec["pe32"]):
        problem("load_config_sizes: another number of sizes")
    for wide, key in enumerate(("pe32", "pe32plus")):
        compare_pairs(f"load_config_sizes, {key}", [(row["size"], row["up_to"]) for row in spec[key]],
                      {(row[wide], row[2]) for row in have})
        for row in spec[key]:
            place = fields.get(last.get(row["up_to"], row["up_to"]), [None, None])[wide]
            if place is None or sum(place[:2]) != row["size"]:
                problem(f"load_config_sizes: {row['up_to']} does not end at {row['size']} in {key}: {place}")


# ---- unwind codes ---


def sizes_of(text):
    low, _, high = str(text).partition("..")
    return range(int(low), int(high or low) + 1)


def ask(title, first, want, codes, names):
    """Whether the code that begins with a byte has the size and name that it should."""
    size, op = codes.get(first, (0, None))
    if size not in sizes_of(want) or op not in names:
        problem(f"{title}: {first:#04x} is {op}, {size} bytes, not {' or '.join(map(str, names))}, {want} bytes")


def arm64_codes(spec, ours, place):
    codes = {first: (size, op) for first, size, op in ours["arm64_code"]}
    seen = set()
    for row in spec:
        if row["bits"] == "others":
            continue
        pattern = row["bits"].split()[0]
        names = {row["op"], place["renamed"].get(row["op"])}
        for first in range(256):
            bits = f"{first:08b}"
            more_exact = [r for r in spec if r["bits"].split()[0] != pattern and
                          matches(r["bits"].split()[0], bits) and wild(r["bits"]) < wild(row["bits"])]
            if matches(pattern, bits) and not more_exact:
                seen.add(first)
                ask("arm64", first, row["bytes"], codes, names)
    for first in set(range(256)) - seen:
        if first in codes:
            problem(f"arm64: {first:#04x} is reserved, not {codes[first][1]}")


def matches(pattern, bits):
    return len(pattern) == 8 and all(p not in "01" or p == b for p, b in zip(pattern, bits))


def wild(pattern):
    return sum(c not in "01" for c in pattern.split()[0])


def arm_codes(spec, ours, place):
    codes = {first: (size, op) for first, size, op in ours["arm_code"]}
    seen = set()
    for row in spec:
        name = place["names"].get(row["first"])
        for first in range(row["first"], row["last"] + 1):
            seen.add(first)
            ask("arm32", first, row["bytes"], codes, {name})
    for first in set(range(256)) - seen:
        if first in codes:
            problem(f"arm32: {first:#04x} is reserved, not {codes[first][1]}")


def wod_codes(spec, ours):
    """The decoder of version 3 says the names of the bytes that the values stand for."""
    codes = {first: op for first, _, op in ours["wod"]}
    for name, value in rows_of(spec):
        if codes.get(value) != name:
            problem(f"UnwindV3Op: {value:#04x} is decoded as {codes.get(value)}, not {name}")


# ---- algorithms ---


def has(root, where, form):
    path, name = where.split(":")
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return re.search(form % re.escape(name), file.read(), re.M) is not None
    except OSError:
        return False


def algorithms(root, spec, places):
    for title in sorted(set(spec) ^ set(places)):
        problem(f"algorithm {title}: in {'the specification' if title in spec else 'enums.yaml'} only")
    for title, place in places.items():
        for where in place["functions"]:
            if not has(root, where, r"^[a-z].*\b%s\((?:(?!;$).)*$"):
                problem(f"algorithm {title}: there is no function {where}")
        for where in place["tests"]:
            if not has(root, where, r"^START_TEST\(%s\)"):
                problem(f"algorithm {title}: there is no test {where}")
        if not place["functions"] or not place["tests"]:
            problem(f"algorithm {title}: nothing computes it, or nothing proves it")


def main(program, root):
    path = os.path.join(os.environ.get("PELORUS_SHARED", ""), "reference", "pe_structures.yaml")
    if "PELORUS_SHARED" not in os.environ or not os.path.exists(path):
        print("skipped: PELORUS_SHARED names no folder with reference/pe_structures.yaml")
        return 77
    with open(path, encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    with open(os.path.join(root, "tests/coverage/enums.yaml"), encoding="utf-8") as file:
        places = yaml.safe_load(file)
    ours = library(program)
    compare_enums(root, spec["enums"], places["enums"], ours)
    relocations(spec["coff_relocation_types"], ours)
    products(spec["rich_product_ids"], ours)
    oids(spec["authenticode_oids"], ours, places["authenticode_oids"])
    sections(spec["special_sections"], ours)
    sizes(root, spec["load_config_sizes"], ours)
    arm64_codes(spec["arm_unwind_codes"]["arm64"], ours, places["arm_unwind_codes"]["arm64"])
    arm_codes(spec["arm_unwind_codes"]["arm32"], ours, places["arm_unwind_codes"]["arm32"])
    wod_codes(spec["enums"]["UnwindV3Op"], ours)
    algorithms(root, spec["algorithms"], places["algorithms"])
    print("\n".join(problems) or f"{len(spec['enums'])} sets of values are the same")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
