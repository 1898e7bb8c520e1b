#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pelorus dump` with osslsigncode over the signed files: checksum, and for each signature, the
nested ones too, the digest that is signed, the digest of the file, and the serial numbers of signers.

usage: osslsigncode_compare.py PELORUS [--all] [FILE...]
"""

import re
import shutil
import sys

import peers
from peers import Pair, Rule

SHARE = 4
DIGEST = {"signed": "Current message digest", "computed": "Calculated message digest"}


def has_two_entries(_pair, document):
    return len(document["certificates"]) > 1


RULES = (
    Rule("signatures.count", has_two_entries, "osslsigncode reads tables of one entry only",
         "lib/shim/shimx64.efi.signed"),
)


def signatures(signed):
    """A signature and the ones inside of its signers."""
    if signed is None or signed["content_type"] != "indirect-data":
        return
    yield signed
    for signer in signed["signers"]:
        for nested in signer["nested"]:
            yield from signatures(nested["signed_data"])


def ours_of(document):
    for entry in document.get("certificates", []):
        for signed in signatures(entry["signed_data"]):
            yield (signed["digest"]["algorithm"], signed["digest"]["signed"],
                   signed["digest"]["computed"], [s["serial"] for s in signed["signers"]])


def field(text, name):
    found = re.search(rf"^{name} *: *(\S+)", text, re.M)
    return found[1].lower() if found else None


def theirs_of(text):
    """Each signature has a part of its own; the serial numbers of its signers come first in it."""
    for part in re.split(r"^Signature Index: .*$", text, flags=re.M)[1:]:
        head = re.split(r"^Number of certificates|^Message digest algorithm:", part, flags=re.M)[0]
        serials = re.findall(r"^\s*Serial : (\w+)$", head, re.M)
        yield (field(part, "Message digest algorithm"), field(part, DIGEST["signed"]),
               field(part, DIGEST["computed"]), [serial.lower() for serial in serials])


def compare(pelorus, command, path):
    ours = peers.dump(pelorus, path, "hashes", "certificates")
    if ours is None:
        return "pelorus gives no document"
    mine = sorted(ours_of(ours))
    if not mine:
        return ours, []
    done = peers.run(*command, path)
    text = done.stdout.decode("utf-8", "backslashreplace")
    checksum = re.search(r"^PE checksum *: ([0-9A-F]+)", text, re.M)
    pairs = [Pair("checksum", ours["hashes"]["checksum"]["header"],
                  int(checksum[1], 16) if checksum else None)]
    other = sorted(theirs_of(text))
    pairs.append(Pair("signatures.count", len(mine), len(other)))
    for index, (a, b) in enumerate(zip(mine, other)):
        for name, x, y in zip(("algorithm", "signed", "computed", "serials"), a, b):
            pairs.append(Pair(f"signatures[{index}].{name}", x, y))
    return ours, pairs


def main(pelorus, *arguments):
    program = shutil.which("osslsigncode")
    if not program:
        print("skipped: osslsigncode is not installed")
        return peers.corpus.SKIPPED
    usage = peers.run(program, "verify", "--help")
    command = [program, "verify"]
    # Lists of revoked certificates would come from the network.
    if b"-ignore-cdp" in usage.stdout + usage.stderr:
        command.append("-ignore-cdp")
    return peers.main(arguments, lambda path: compare(pelorus, command, path), RULES, SHARE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
