#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `pelorus dump` writes to a terminal: its width, its colours.

usage: terminal.py PELORUS SAMPLES
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

COLOR = re.compile("\x1b\\[[0-9;]*m")


def shown(pelorus, samples, columns, arguments=("dump", "tour.exe"), **environment):
    """What comes out on a terminal that is so wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm", **environment}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    with subprocess.Popen([pelorus, *arguments], cwd=samples, env=env, stdout=slave) as running:
        os.close(slave)
        text = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            text += piece
        running.wait(timeout=60)
    os.close(master)
    return text.decode().replace("\r\n", "\n")


def widest(text):
    return max(len(line) for line in COLOR.sub("", text).split("\n"))


def main(pelorus, samples):
    pelorus = os.path.abspath(pelorus)
    wide = shown(pelorus, samples, 200, ("dump", "gap.exe"))
    checks = {
        "as wide as a terminal of 200 allows": widest(wide) == 100,
        "coloured": "\x1b[36mmade by" in wide,
        "as wide as a terminal of 60": widest(shown(pelorus, samples, 60)) == 60,
        "as wide as COLUMNS": widest(shown(pelorus, samples, 60, COLUMNS="72")) == 72,
        "COLUMNS that is no number": widest(shown(pelorus, samples, 60, COLUMNS="x")) == 60,
        "a terminal that does not tell": widest(
            shown(pelorus, samples, 0, ("dump", "gap.exe"))
        )
        == 100,
        "NO_COLOR": "\x1b" not in shown(pelorus, samples, 100, NO_COLOR="1"),
        "ASCII where the terminal wants it": shown(
            pelorus, samples, 60, LC_ALL="C", NO_COLOR="1"
        ).isascii(),
    }
    for check, holds in checks.items():
        if not holds:
            print(f"FAIL {check}")
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
