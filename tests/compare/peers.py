# SPDX-License-Identifier: Apache-2.0
"""What the comparisons with other programs have in common: which files are looked at, the pool that
does it, and the rules that explain differences.

A rule says where two programs differ, why, and names a file of the corpus that needs it. That file is
always looked at, and a rule that it does not need any more is a failure: rules do not outlive their
reason. Of the other files a fixed share is taken, so that a run takes less than a minute; with --all, or
with PELORUS_COMPARE_ALL in the environment, all of them are.
"""

import fnmatch
import json
import os
import subprocess
import sys
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
import corpus  # noqa: E402

TIMEOUT = 300  # seconds
JOBS = 2

# field: pattern of the field's path. when: of (pair, document). file: the one with this end needs it.
Rule = namedtuple("Rule", "field when reason file")
Pair = namedtuple("Pair", "field ours theirs")


def is_flat(_pair, document):
    return (document.get("optional_header") or {}).get("SectionAlignment", 0) % 0x1000 != 0


def run(*command):
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)


def dump(pelorus, path, *keys):
    """The document of a file, with these keys only; None when there is none."""
    done = run(pelorus, "dump", "--format=json", f"--only={','.join(keys)}", path)
    return json.loads(done.stdout) if done.returncode == 0 else None


def number(value):
    """The number of a JSON value, which may be {value, name} and the like."""
    return value["value"] if isinstance(value, dict) else value


def plain(text):
    """A text of a dump as it is in the file."""
    return None if text is None else text.replace("\\\\", "\\")


def chosen(files, rules, share, everything, largest):
    """All files, or one in `share` of those that are not too large, and what the rules need."""
    if everything:
        return files
    needed = tuple(rule.file for rule in rules)
    few = [path for path in files if os.path.getsize(path) <= largest]
    return sorted(set(few[::share]) | {path for path in files if path.endswith(needed)})


def first_difference(a, b):
    """Of long lists only where they begin to differ."""
    if not isinstance(a, list) or not isinstance(b, list):
        return a, b
    same = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"[{same}:] {a[same:same + 4]}", f"[{same}:] {b[same:same + 4]}"


def judge(pairs, rules, document):
    """(complaints, how often each rule was needed, by its index)."""
    complaints, used = [], Counter()
    for pair in pairs:
        field, ours, theirs = pair
        if ours == theirs:
            continue
        for index, rule in enumerate(rules):
            if fnmatch.fnmatchcase(field, rule.field) and rule.when(pair, document):
                used[index] += 1
                break
        else:
            theirs, ours = first_difference(theirs, ours)
            complaints.append(f"{field}: the peer has {theirs!r}, pelorus {ours!r}")
    return complaints, used


def main(arguments, compare, rules, share, largest=4 << 20):
    """`compare(path)` gives (document, pairs), or a complaint. Exit status."""
    everything = "--all" in arguments or bool(os.environ.get("PELORUS_COMPARE_ALL"))
    paths = [a for a in arguments if a != "--all"]
    files = paths or chosen(corpus.files(), rules, share, everything, largest)
    failed, values, used = 0, 0, {}

    def work(path):
        result = compare(path)
        if isinstance(result, str):
            return 0, [result], {}
        document, pairs = result
        return len(pairs), *judge(pairs, rules, document)

    with ThreadPoolExecutor(JOBS) as pool:
        for path, (count, complaints, needed) in zip(files, pool.map(work, files)):
            failed += bool(complaints)
            values += count
            for index, times in needed.items():
                used.setdefault(index, {})[path] = times
            for line in complaints[:10]:
                print(f"FAIL {path}: {line}")
    for index, rule in enumerate(rules):
        witnesses = used.get(index, {})
        print(f"explained {sum(witnesses.values())} times in {len(witnesses)} files: {rule.field}: {rule.reason}")
        there = any(path.endswith(rule.file) for path in files)
        if there and not any(path.endswith(rule.file) for path in witnesses):
            print(f"FAIL the rule is not needed by {rule.file}: {rule.field}: {rule.reason}")
            failed += 1
    print(f"{len(files)} files, {failed} failures; {values} values and lists compared")
    return 1 if failed or not files else 0
