#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the digest of a signed file covers, asked byte by byte. For each signed file that is intact:

- the authentihash is the digest in the signature, and the one that hashlib computes here;
- one changed byte that is covered (headers, each section, what lies behind the sections, the last byte
  before the certificates) changes it, and the signed digest is not that of the file any more;
- a changed byte of CheckSum, of the padding of the certificate table or of its content does not.

usage: authentihash_flip.py PELORUS [--all] [FILE...]

One in SHARE files is taken, with --all every one. Positions in sections come from a fixed seed.
"""

import hashlib
import json
import os
import random
import struct
import sys
import tempfile

import peers
from peers import Pair

SHARE = 6
SEED = 20


class Layout:
    """Where things are in a PE file, read without pelorus."""

    def __init__(self, data):
        (self.nt,) = struct.unpack_from("<I", data, 0x3C)
        count, self.stamp = struct.unpack_from("<HI", data, self.nt + 6)
        (optional_size,) = struct.unpack_from("<H", data, self.nt + 20)
        optional = self.nt + 24
        wide = struct.unpack_from("<H", data, optional)[0] == 0x20B
        self.checksum = optional + 64
        self.security = optional + (112 if wide else 96) + 4 * 8
        self.table, self.table_size = struct.unpack_from("<II", data, self.security)
        self.section_table = optional + optional_size
        self.sections = []
        for index in range(count):
            header = self.section_table + 40 * index
            size, raw = struct.unpack_from("<II", data, header + 16)
            if raw and size:
                self.sections.append((raw, min(raw + size, self.table)))
        (self.headers,) = struct.unpack_from("<I", data, optional + 60)


def digest(algorithm, data, at):
    """The rule of Authenticode: all but CheckSum, the entry of the table, and the table."""
    state = hashlib.new(algorithm)
    for begin, end in ((0, at.checksum), (at.checksum + 4, at.security),
                       (at.security + 8, at.table), (at.table + at.table_size, len(data))):
        state.update(memoryview(data)[begin:end])
    return state.hexdigest()


def covered(at, chance):
    """(what, offset) of bytes that the digest is of."""
    yield "e_cblp", 2
    yield "dos stub", 0x41
    yield "TimeDateStamp", at.nt + 8
    yield "before CheckSum", at.checksum - 1
    yield "behind CheckSum", at.checksum + 4
    yield "before the entry of the table", at.security - 1
    yield "behind the entry of the table", at.security + 8
    yield "name of the first section", at.section_table + 1
    for index, (begin, end) in enumerate(at.sections):
        yield f"first byte of section {index}", begin
        yield f"inside section {index}", chance.randrange(begin, end)
    behind = max(end for _, end in at.sections)
    if behind < at.table:
        yield "first byte behind the sections", behind
    yield "last byte before the certificates", at.table - 1


def free(at):
    """(what, offset) of bytes that it is not of."""
    for index in range(4):
        yield f"CheckSum[{index}]", at.checksum + index
    yield "first byte of a signature", at.table + 8
    yield "last byte of the certificates", at.table + at.table_size - 1


def documents(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        at = len(text) - len(text[at:].lstrip())


def answers(pelorus, paths):
    done = peers.run(pelorus, "dump", "--format=json", "--only=hashes,certificates", *paths)
    return list(documents(done.stdout.decode()))


def signature(document):
    """The digest of the first signature; None when there is none that holds."""
    for entry in document.get("certificates", []):
        signed = entry["signed_data"]
        if signed and signed["digest"] and signed["signers"]:
            return signed["digest"], signed["signers"][0]["status"]
    return None


def flips(data, at, chance, folder):
    """Files with one byte changed; (what, covered) of each."""
    told = [(what, offset, True) for what, offset in covered(at, chance)]
    told += [(what, offset, False) for what, offset in free(at)]
    paths = []
    for index, (_, offset, _) in enumerate(told):
        paths.append(os.path.join(folder, f"{index}.bin"))
        with open(paths[-1], "wb") as file:
            file.write(data)
            file.seek(offset)
            file.write(bytes([data[offset] ^ 0x01]))
    return told, paths


def compare(pelorus, path):
    """The pairs of a file; none when it is not signed, or not intact."""
    (document,) = answers(pelorus, [path]) or [{}]
    found = signature(document)
    if not found or found[1] != "intact":
        return document, []
    algorithm, signed = found[0]["algorithm"], found[0]["signed"]
    with open(path, "rb") as file:
        data = file.read()
    at = Layout(data)
    pairs = [Pair("authentihash.computed", found[0]["computed"], signed),
             Pair("authentihash.hashlib", found[0]["computed"], digest(algorithm, data, at)),
             Pair("authentihash.key", document["hashes"]["authentihash"].get(algorithm, signed), signed)]
    with tempfile.TemporaryDirectory() as folder:
        told, paths = flips(data, at, random.Random(SEED), folder)
        changed = answers(pelorus, paths)
    pairs.append(Pair("flips.count", len(changed), len(told)))
    for (what, offset, is_covered), other in zip(told, changed):
        have = (signature(other) or (None,))[0]
        if offset >= at.table:
            # The signature may be broken; the digest of the file must be what it was.
            have = {"computed": other["hashes"]["authentihash"].get(algorithm), "signed": signed}
        if have is None:
            pairs.append(Pair(f"flip {what} at {offset:#x}", "no signature any more", "a signature"))
            continue
        same = have["computed"] == signed and have["signed"] == signed
        pairs.append(Pair(f"flip {what} at {offset:#x}", "same" if same else "other",
                          "other" if is_covered else "same"))
    return document, pairs


def main(pelorus, *arguments):
    seen = []

    def counted(path):
        result = compare(pelorus, path)
        seen.append(len(result[1]))
        return result

    status = peers.main(arguments, counted, (), SHARE)
    print(f"{sum(n > 0 for n in seen)} files are intact, {sum(max(n - 4, 0) for n in seen)} bytes changed")
    if not any(seen) and not arguments and not os.environ.get("PELORUS_CORPUS"):
        print("skipped: libwine has no signed files, and PELORUS_CORPUS names none")
        return peers.corpus.SKIPPED
    return status if any(seen) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
