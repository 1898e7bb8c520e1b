#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""JSON and YAML documents say the same, and every byte of a text can be had back.

usage: roundtrip.py EMIT_DOCUMENT    exit status 77: python3-yaml is not installed
"""

import json
import random
import re
import subprocess
import sys
import unicodedata

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

SKEWED = [
    b"", b".text", b"yes", b"no", b"null", b"~", b"0x10", b"010", b"1e3", b".inf", b"2024-01-01",
    b"- a", b"a: b", b"# x", b"*a", b"&a", b"!t", b"%d", b"@", b"`", b"{", b"[", b"|", b">", b"=",
    b"<<", b" lead", b"trail ", b"\\", b"\\\\", b"\\xff", b"\\u0041", b"\xff", b"\xc3", b'"', b"'",
    b"\n", b"\r\n", b"\0", b"a\0b\0", b"\x1b[31mred\x1b[0m", b"\x7f", b"\xc2\x85", b"\xc2\x9b",
    b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xef\xbf\xbe", b"\xed\xa0\x80",
    b"\xf0\x9f\x92\xa9", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xc0\x80", b"</script>",
    b"x" * 1023, b"x" * 1025, b"long " * 5000, b"\xff" * 3000, bytes(range(256)),
]


def texts():
    rng = random.Random(1)
    yield from SKEWED
    yield from (bytes([b]) for b in range(256))
    for _ in range(500):
        yield bytes(rng.choice([rng.randrange(256), 0x5C, 0x22, 0xE2, 0x80]) for _ in range(12))


def unescape(text):
    """The inverse of docs/output.md, "Names and bytes"."""
    return re.sub(rb"\\(\\|x[0-9a-f]{2})",
                  lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1][1:], 16)]),
                  text.encode("utf-8"))


def unescape_text(text):
    """The same for text output, which escapes more."""
    return re.sub(rb"\\u\{([0-9a-f]+)\}|\\(\\|x[0-9a-f]{2})",
                  lambda m: chr(int(m[1], 16)).encode() if m[1] else
                  b"\\" if m[2] == b"\\" else bytes([int(m[2][1:], 16)]), text.encode("utf-8"))


def run(program, form, wanted):
    lines = "".join(t.hex() + "\n" for t in wanted).encode()
    done = subprocess.run([program, form], input=lines, capture_output=True, check=True)
    return done.stdout.decode("utf-8")  # fails unless it is UTF-8


def shows(written):
    """Nothing but characters that show, and ends of lines."""
    hidden = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
    return all(c == "\n" or unicodedata.category(c) not in hidden for c in written)


def no_duplicates(pairs):
    assert len(dict(pairs)) == len(pairs), "a key comes twice"
    return dict(pairs)


def check_document(document, wanted):
    assert [unescape(t["text"]) for t in document["texts"]] == wanted
    assert [t["size"] for t in document["texts"]] == [len(t) for t in wanted]
    numbers = [n for bit in range(64) for n in (1 << bit, (1 << 64) - 1 >> bit)]
    assert document["numbers"] == numbers
    assert all(isinstance(n, int) for n in document["numbers"])
    assert all(isinstance(r, float) and abs(r - i / 7) < 1e-6
               for i, r in enumerate(document["reals"]))


def main(program):
    wanted = list(texts())
    written = run(program, "json", wanted)
    document = json.loads(written, object_pairs_hook=no_duplicates)
    check_document(document, wanted)
    assert shows(written), "JSON shows what does not print"

    as_yaml = run(program, "yaml", wanted)
    assert yaml.safe_load(as_yaml) == document
    assert as_yaml.isascii()

    text = run(program, "text", wanted)
    assert shows(text), "text shows what does not print"
    shown = set(re.findall(r"^    text  (.*)$|^ *\d+  (.*?) +\d+$", text, re.M))
    shown = {unescape_text(a or b) for a, b in shown}
    lost = [t for t in wanted if t and t.strip() == t and t not in shown]
    assert not lost, f"not in the text output: {lost[:3]}"


if __name__ == "__main__":
    main(sys.argv[1])
