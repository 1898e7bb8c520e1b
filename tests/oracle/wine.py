# SPDX-License-Identifier: Apache-2.0
"""Runs a program under Wine in a world of its own: no display, no configuration, no services.

A prefix as Wine makes it takes half a minute and most of a gigabyte. This one has just the modules
that the program itself needs, and is marked as one that is not to be updated.
"""

import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER = "x86_64-w64-mingw32-gcc"
MODULES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
OWN = ("ntdll.dll", "kernel32.dll", "kernelbase.dll", "msvcrt.dll")  # loaded already, hence no cases
BASE = 0x6F5500000  # of the program; whatever it loads wants others
TIMEOUT = 60        # seconds
ATTEMPTS = 3


def find(name):
    """Debian's wine64 is not in PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/lib/wine")


def modules():
    """The names of Wine's own modules."""
    return os.listdir(MODULES)


def missing():
    """What lacks, or nothing."""
    if not os.path.isdir(MODULES):
        return "libwine"
    return next((n for n in ("wine64", "wineserver64", COMPILER) if not find(n)), None)


def build(folder, name, *options):
    """The program NAME.exe of NAME.c beside this file."""
    program = os.path.join(folder, name + ".exe")
    subprocess.run([COMPILER, "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", *options,
                    f"-Wl,--image-base={BASE:#x}", "-o", program, os.path.join(HERE, name + ".c")],
                   check=True)
    return program


def make_prefix(folder):
    prefix = os.path.join(folder, "prefix")
    modules = os.path.join(prefix, "drive_c", "windows", "system32")
    os.makedirs(modules)
    for name in OWN:
        os.symlink(os.path.join(MODULES, name), os.path.join(modules, name))
    with open(os.path.join(prefix, ".update-timestamp"), "w", encoding="ascii") as file:
        file.write("disable\n")
    return prefix


def environment(folder):
    """TMPDIR is where the server has its socket."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith("WINE") and k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "WINEPREFIX": make_prefix(folder), "WINEDEBUG": "-all", "TMPDIR": folder}


class DoesNotStart(Exception):
    """Wine ended before the program said a word."""


def ask(program, world, arguments):
    env = environment(world)
    try:
        done = subprocess.run([find("wine64"), program, *arguments], env=env, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=TIMEOUT)
    finally:
        subprocess.run([find("wineserver64"), "-k", "-w"], env=env, check=False)
    if done.returncode != 0 and not done.stdout:
        raise DoesNotStart(f"exit status {done.returncode}")
    if done.returncode != 0:
        raise SystemExit(f"wine64: exit status {done.returncode}")
    return done.stdout.splitlines()


def lines(program, folder, *arguments):
    """What the program says."""
    for attempt in range(ATTEMPTS):  # now and then Wine fails at its own start
        world = os.path.join(folder, f"world{attempt}")
        os.mkdir(world)
        try:
            return ask(program, world, arguments)
        except DoesNotStart as why:
            last = why
    raise last


def views(folder, paths):
    """The lines of views.c, two for each path; the bytes are in files beside."""
    return lines(build(folder, "views", "-municode"), folder, folder, *paths)
