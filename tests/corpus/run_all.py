#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every command over every real file: no crash, an exit code of the contract, JSON that
parses, and an end in time; what `extract` writes is what it tells.

usage: run_all.py PELORUS [SHARE]: every file, or one of so many
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import corpus

TIMEOUT = 120  # seconds; sanitizers make it slow
JOBS = 2

# Arguments, and the exit codes that the contract gives them: 0 fine, 1 refused, 3 not PE at all.
COMMANDS = (
    (["dump", "--format=json"], (0, 3)),
    (["dump", "--format=yaml"], (0, 3)),
    (["dump", "--all", "--format=text"], (0, 3)),
    (["check", "--format=json"], (0, 1, 3)),
    (["map", "--format=json"], (0, 1, 3)),
)


def entry_point(document):
    header = document.get("optional_header") or {}
    return header.get("AddressOfEntryPoint")


def run(pelorus, arguments, path, exits):
    """(complaint or None, the parsed document or None)"""
    try:
        done = subprocess.run(
            [pelorus, *arguments, path], capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no end within {TIMEOUT} s", None
    if done.returncode not in exits:
        return f"exit {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}", None
    if "--format=json" not in arguments:
        return None, None
    if done.returncode == 3 and not done.stdout:
        return None, None
    try:
        document = json.loads(done.stdout)
    except ValueError as error:
        return f"JSON does not parse: {error}", None
    if next(iter(document), None) != "schema":
        return "schema is not the first key", None
    return None, document


def bad_files(document, folder):
    """Complaints about files that are not there, or not as `extract` tells."""
    written = [item for item in document["items"] if item["file"]]
    for item in written:
        with open(os.path.join(folder, item["file"]), "rb") as file:
            data = file.read()
        if (len(data), hashlib.sha256(data).hexdigest()) != (item["size"], item["sha256"]):
            yield f"extract: {item['file']} is not as told"
    if sorted(os.listdir(folder)) != sorted({item["file"] for item in written}):
        yield "extract: other files than told"


def extract(pelorus, path):
    """Complaints about what is taken out of a file."""
    with tempfile.TemporaryDirectory(prefix="pelorus-corpus-") as folder:
        arguments = ["extract", "--format=json", f"--to={folder}"]
        complaint, document = run(pelorus, arguments, path, (0, 3))
        if complaint:
            return [f"extract: {complaint}"]
        return list(bad_files(document, folder)) if document else []


def run_file(pelorus, path):
    """Complaints about one file."""
    complaints = []
    entry = None
    for arguments, exits in COMMANDS:
        complaint, document = run(pelorus, arguments, path, exits)
        if complaint:
            complaints.append(f"{' '.join(arguments)}: {complaint}")
        if document and arguments[0] == "dump":
            entry = entry_point(document)
    if entry is not None:
        arguments = ["translate", "--format=json", f"--rva={entry}"]
        complaint, document = run(pelorus, arguments, path, (0, 1, 3))
        if complaint:
            complaints.append(f"translate: {complaint}")
        elif document and [r["rva"] for r in document["results"]] != [entry]:
            complaints.append(f"translate: {document['results']}")
    return complaints + extract(pelorus, path)


def main(pelorus, share="1"):
    images = corpus.files()[:: int(share)]
    failed = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for path, found in zip(images, pool.map(lambda p: run_file(pelorus, p), images)):
            failed += bool(found)
            for complaint in found:
                print(f"FAIL {path}: {complaint}")
    print(f"{len(images) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
