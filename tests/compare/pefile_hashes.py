# SPDX-License-Identifier: Apache-2.0
"""Pairs of what `pelorus dump` and python3-pefile compute of bytes: digests and entropy of sections
and overlay, checksum, hashes of names and of the Rich header."""

import hashlib
import math
import os
from collections import Counter

KEYS = "overlay,rich_header"
CHECKSUM_LIMIT = 4 << 20  # bytes of a file; pefile adds them up in Python
CLOSE = 1e-6  # entropies have six decimals in documents


def entropy(data):
    counts = Counter(data).values()
    return -sum(c / len(data) * math.log(c / len(data), 2) for c in counts)


def real_pair(field, ours, theirs):
    """Reals that are as good as equal are."""
    return field, ours, ours if abs(ours - theirs) < CLOSE else theirs


def digests(data):
    return hashlib.md5(data).hexdigest(), hashlib.sha1(data).hexdigest(), hashlib.sha256(data).hexdigest()


def ours_of(part):
    return part["md5"], part["sha1"], part["sha256"]


def section_pairs(ours, pe):
    for index, (a, b) in enumerate(zip(ours, pe.sections)):
        yield (f"sections[{index}].digests", ours_of(a),
               (b.get_hash_md5(), b.get_hash_sha1(), b.get_hash_sha256()))
        yield real_pair(f"sections[{index}].entropy", a["entropy"], b.get_entropy())


def overlay_pairs(ours, pe):
    """The offset; and, as pefile has no digests of it, those of the same bytes."""
    start = pe.get_overlay_data_start_offset()
    yield "overlay.offset", ours and ours["offset"], start
    if not ours:
        return
    data = pe.__data__[ours["offset"]:]
    yield "overlay.size", ours["size"], len(data)
    if ours["offset"] == start:
        yield "overlay.digests", ours_of(ours), digests(pe.get_overlay())
    else:
        yield "overlay.digests of the same bytes", ours_of(ours), digests(data)
    yield real_pair("overlay.entropy", ours["entropy"], entropy(data))


def file_pairs(ours, path):
    with open(path, "rb") as file:
        data = file.read()
    yield "file.digests", ours_of(ours), digests(data)
    yield real_pair("file.entropy", ours["entropy"], entropy(data))


def exphash(pe):
    """pefile has MD5 for imports and SHA-256 for exports."""
    try:
        return pe.get_exphash()
    except UnicodeDecodeError as error:
        return f"pefile fails: {error.reason}"


def rich_hash(rich):
    """get_rich_header_hash, which is not to be had of a pefile that reads what it is asked for only."""
    return hashlib.md5(rich["clear_data"]).hexdigest() if rich else None


def rich_pairs(ours, rich):
    yield "rich_header", ours is not None, bool(rich)
    if ours and rich:
        yield "rich_header.checksum", ours["key"], rich["checksum"]
        yield "rich_header.entries", [
            n for e in ours["entries"] for n in (e["ProductId"]["value"] << 16 | e["Build"], e["Count"])
        ], rich["values"]


def has_symbols_behind(ours, _theirs, pe):
    """COFF symbols and their names lie where pefile sees an overlay; ours is what follows them, if
    anything does."""
    table = pe.FILE_HEADER.PointerToSymbolTable
    return table != 0 and (ours is None or ours > table)


EXPLAINED = (("overlay.offset", has_symbols_behind, "pefile takes COFF symbols for an overlay"),)


def pairs(document, pe, path):
    hashes = document["hashes"]
    yield from section_pairs(document["sections"], pe)
    yield from overlay_pairs(document["overlay"], pe)
    yield from file_pairs(document["file"], path)
    yield "hashes.exphash_sha256", hashes["exphash_sha256"] or "", exphash(pe)
    rich = pe.parse_rich_header()
    yield "hashes.rich_hash", hashes["rich_hash"], rich_hash(rich)
    yield from rich_pairs(document["rich_header"], rich)
    if os.path.getsize(path) <= CHECKSUM_LIMIT:  # last: pefile writes the file anew for it
        yield "hashes.checksum", hashes["checksum"]["computed"], pe.generate_checksum()
