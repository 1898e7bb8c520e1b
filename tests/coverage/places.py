# SPDX-License-Identifier: Apache-2.0
"""Where a document shows a structure: paths such as imports[].functions[], from the root or, for
the keys of a structure, from the map that shows it (a leading / is the root again)."""

import json
import subprocess


def at(value, path):
    """Every value of `path` below `value`; `[]` stands for each element of a list."""
    found = [value]
    for step in path.split(".") if path else []:
        name, lists = step.rstrip("[]"), step.count("[]")
        if name:
            found = [v[name] for v in found if isinstance(v, dict) and v.get(name) is not None]
        for _ in range(lists):
            found = [x for v in found if isinstance(v, list) for x in v]
    return found


def under(document, value, path):
    return at(document, path[1:]) if path.startswith("/") else at(value, path)


def plain(value):
    """An enum's or a flag word's number."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def shown(document, entry, rows):
    """The rows that no map at the entry's place shows; the fewest that any of them leaves out. None
    when there is no such map."""
    keys = entry.get("keys", {})
    best = None
    for value in at(document, entry["at"]):
        if any(want not in [plain(v) for v in under(document, value, path)]
               for path, want in entry.get("when", {}).items()):
            continue
        missing = [row for row in rows if not keys.get(row, row).startswith("=")
                   and not under(document, value, keys.get(row, row))]
        if best is None or len(missing) < len(best):
            best = missing
        if not missing:
            break
    return best


def document_of(pelorus, entry, path):
    """What the entry's command (dump, if it names none) writes about a file."""
    command = [pelorus, *entry.get("command", "dump").split(), "--format=json", path]
    run = subprocess.run(command, capture_output=True, check=False)
    return json.loads(run.stdout) if run.stdout else {}
