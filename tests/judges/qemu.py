# SPDX-License-Identifier: Apache-2.0
"""QEMU as a memory management unit: a machine without devices, whose RAM begins at physical
address 0 and has no holes, and a processor whose control registers are set from outside.

Registers are written through the gdb stub, everything else is asked of the monitor (QMP).
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time

FRAME = (1 << 52) - 1
PROGRAM = "qemu-system-x86_64"
TIMEOUT = 20  # seconds, for any answer


def available():
    return shutil.which(PROGRAM) is not None


class Gdb:
    """As much of the remote protocol as it takes to write registers and to run."""

    def __init__(self, path):
        self.socket = connect(path)
        self.buffer = b""
        self.ask("qSupported:xmlRegisters=i386")
        self.numbers = {name: number for number, name in enumerate(self.registers("target.xml"))}

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"+$" + data + b"#%02x" % (sum(data) & 0xFF))

    def answer(self):
        while True:
            found = re.search(rb"\$([^#]*)#..", self.buffer, re.S)
            if found:
                self.buffer = self.buffer[found.end():]
                self.socket.sendall(b"+")
                return found.group(1).decode("latin-1")
            more = self.socket.recv(65536)
            if not more:
                raise SystemExit("the gdb stub has hung up")
            self.buffer += more

    def ask(self, text):
        self.send(text)
        return self.answer()

    def feature(self, name):
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},fff")
            text += re.sub("}(.)", lambda m: chr(ord(m.group(1)) ^ 0x20), part[1:])
            if part[:1] != "m":
                return text

    def registers(self, name):
        """Names in the order of their numbers, with what the description includes."""
        text = re.sub("<!--.*?-->", "", self.feature(name), flags=re.S)
        for tag, attributes in re.findall(r"<(xi:include|reg)\s([^>]*)>", text):
            value = re.search(r'\b(?:href|name)="([^"]*)"', attributes).group(1)
            if tag == "reg":
                yield value
            else:
                yield from self.registers(value)

    def write(self, name, value, size=8):
        answer = self.ask(f"P{self.numbers[name]:x}={value.to_bytes(size, 'little').hex()}")
        if answer != "OK":
            raise SystemExit(f"{name} cannot be written: {answer}")

    def read(self, name):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{self.numbers[name]:x}")), "little")


def connect(path):
    end = time.monotonic() + TIMEOUT
    while True:
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(TIMEOUT)
        try:
            link.connect(path)
            return link
        except OSError:
            link.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Machine:
    """RAM from a file, nothing running. Use it with `with`."""

    def __init__(self, folder, ram, size):
        self.folder = folder
        gdb = os.path.join(folder, "gdb.sock")
        if os.path.exists(gdb):
            os.remove(gdb)
        self.process = subprocess.Popen(
            [PROGRAM, "-M", "none", "-cpu", "max,apic-id=0,-apic", "-m", f"{(size >> 20) + 2}",
             "-nodefaults", "-nographic", "-no-user-config", "-S", "-qmp", "stdio",
             "-gdb", f"unix:{gdb},server=on,wait=off",
             "-device", f"loader,file={ram.replace(',', ',,')},addr=0,force-raw=on"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            json.loads(self.process.stdout.readline())
            self.ask("qmp_capabilities")
            self.gdb = Gdb(gdb)
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, command, **arguments):
        self.process.stdin.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        while True:
            answer = json.loads(self.process.stdout.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise SystemExit(f"{command}: {answer['error']['desc']}")

    def monitor(self, line):
        return self.ask("human-monitor-command", **{"command-line": line})

    def translate(self, va):
        """The physical address that a virtual one leads to, or None."""
        found = re.search(r"gpa: 0x([0-9a-f]+)", self.monitor(f"gva2gpa {va:#x}"), re.I)
        return int(found.group(1), 16) if found else None

    def tlb(self):
        """{va: (pa, flags)} of every entry in the page tables, as the processor reads them."""
        rows = re.findall(r"^([0-9a-f]+): ([0-9a-f]+) ([-XGPDACTUW]{9})\s*$",
                          self.monitor("info tlb"), re.M)
        # In PAE mode QEMU leaves NX in the address that it prints.
        return {int(va, 16): (int(pa, 16) & FRAME, set(flags) - {"-"}) for va, pa, flags in rows}

    def reach(self):
        """[(start, end, rights)] of `info mem`: rights of all levels together."""
        rows = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ ([-urw]{3})\s*$",
                          self.monitor("info mem"), re.M)
        return [(int(start, 16), int(end, 16), rights) for start, end, rights in rows]

    def read(self, va, size):
        """Bytes at a virtual address."""
        path = os.path.join(self.folder, "memsave.bin")
        self.ask("memsave", val=va, size=size, filename=path)
        with open(path, "rb") as file:
            return file.read()
