# SPDX-License-Identifier: Apache-2.0
"""The document of `pelorus extract`, for make_schemas.py."""

import os
import re

from schema_shapes import a_list, a_map, one_of, or_null, ref, text

PROBLEMS = ("truncated", "malformed", "incomplete", "limit", "exists", "not-written")


def kinds(root):
    with open(os.path.join(root, "include/pelorus/tables/extract_kind.def"), encoding="utf-8") as file:
        return re.findall(r'^X\(\w+,\s*"([^"]+)"', file.read(), re.M)


def documents(root):
    extract = {
        "file": ref("file"),
        "folder": or_null(ref("text"), "where files were written to; null with --list"),
        "items": a_list(a_map({
            "kind": one_of(*kinds(root)),
            "name": ref("text", "what the file calls it"),
            "offset": or_null(ref("x64"), "of what it is made of"),
            "rva": or_null(ref("x32")),
            "size": ref("x64", "bytes that are written"),
            "sha256": or_null(ref("sha256"), "of what is written; null when nothing could be made"),
            "file": or_null(text(r"^[a-z]+-[0-9]+(-[0-9]+)?\.[a-z0-9]+$"),
                            "in the folder; null when it was not written"),
            "problem": or_null(one_of(*PROBLEMS)),
        })),
        "files": ref("u64", "that were written, or could be"),
        "bytes": ref("x64", "of all of them"),
        "problems": ref("u64"),
        "end": one_of("complete", "damaged"),
    }
    yield "extract", (extract, "What was taken out of a file: pelorus extract.")
