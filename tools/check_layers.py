#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers point one way: reads the #include lines and fails on an arrow that is not drawn here.

usage: check_layers.py ROOT
"""

import os
import re
import sys

import tree

# What each layer may look at beside itself. A new arrow needs a page in docs/decisions.
ALLOWED = {
    "base": set(),
    "schema": {"base"},
    "pe": {"schema", "base"},
    "vm": {"base"},
    "load": {"pe", "vm", "schema", "base"},
    "dump": {"load", "pe", "vm", "schema", "base"},
    "builder": {"schema", "base"},
    "scenario": {"dump", "load", "pe", "vm", "schema", "base"},
}

# The layer that implements each public header.
HEADERS = {
    "base": "base",
    "version": "base",
    "diag": "base",
    "ntstatus": "base",
    "schema": "schema",
    "format": "schema",
    "format_contents": "schema",
    "format_metadata": "schema",
    "image": "pe",
    "directories": "pe",
    "dynamic_relocs": "pe",
    "metadata": "pe",
    "certificates": "pe",
    "clr": "pe",
    "trust": "base",
    "debug": "pe",
    "object": "pe",
    "archive": "pe",
    "symbols": "pe",
    "disassembly": "pe",
    "resources": "pe",
    "exceptions": "pe",
    "extract": "pe",
    "overlay": "pe",
    "machine": "vm",
    "section_object": "vm",
    "replay": "vm",
    "export": "dump",
    "space": "vm",
    "loader": "load",
    "process": "load",
    "search_path": "load",
    "locate": "load",
    "memory_dump": "load",
    "verify": "load",
    "dump": "dump",
    "builder": "builder",
    "scenario": "scenario",
}

# Tables belong to schema, but for these.
TABLES = {
    "diag": "base", "ntstatus": "base", "efi_status": "base", "memory": "vm", "policy": "vm",
    "event": "vm", "counters": "vm", "rules": "load", "rule_doubts": "load", "process": "load",
    "known_dlls": "load", "api_sets": "load", "imphash_ordinal": "dump",
    "linker_version": "dump",
}

UMBRELLA = "pelorus"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
PUBLIC = re.compile(r"pelorus/(tables/)?([a-z0-9_]+)\.(?:h|def)$")


def layer_of_public(path):
    """The layer of "pelorus/..." as it stands between the brackets, or None."""
    found = PUBLIC.match(path)
    if not found:
        return None
    table, name = found.groups()
    return TABLES.get(name, "schema") if table else HEADERS.get(name)


def targets(text):
    """(layer or complaint, path, line) of each #include of ours."""
    for found in INCLUDE.finditer(text):
        bracket, path = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        if path.startswith("pelorus/"):
            yield layer_of_public(path), path, line
        elif bracket == '"':
            yield path.split("/")[0] if "/" in path else None, path, line


def check_cli(name, text):
    """The command is a client like any other."""
    for layer, path, line in targets(text):
        if not path.startswith(("pelorus/", "cli/")):
            yield f"{name}:{line}: the CLI includes public headers and cli/ only, not {path}"


def check_layer(name, layer, text):
    for target, path, line in targets(text):
        if target == layer or target in ALLOWED[layer]:
            continue
        if target in ALLOWED:
            yield f"{name}:{line}: {layer} must not look at {target} ({path})"
        else:
            yield f"{name}:{line}: {path} belongs to no layer; include \"layer/file.h\""


def check_file(name, text):
    if name.startswith("include/"):
        path = name[len("include/") :]
        if path == f"pelorus/{UMBRELLA}.h":
            return
        layer = layer_of_public(path)
        if layer is None:
            yield f"{name}:1: no layer is known for this header; add it to tools/check_layers.py"
            return
    else:
        layer = name.split("/")[1]
    if layer == "cli":
        yield from check_cli(name, text)
    elif layer in ALLOWED:
        yield from check_layer(name, layer, text)
    else:
        yield f"{name}:1: src/{layer} is no layer; add it to tools/check_layers.py"


def main(root):
    findings = []
    for name in tree.files(root, ".c", ".h"):
        parts = name.split(os.sep)
        if parts[0] == "include" or (parts[0] == "src" and len(parts) > 2):
            findings += check_file(name, tree.read(root, name))
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
