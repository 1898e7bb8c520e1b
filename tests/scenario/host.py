#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a host can do to a run: no room, no folder, no permission; and nothing is left behind.

usage: host.py PELORUS SAMPLES
"""

import json
import os
import pathlib
import pty
import resource
import subprocess
import sys
import tempfile

SWAPPING = "scenarios/swapping.yaml"


class Case:
    def __init__(self, pelorus, samples, folder):
        self.pelorus = os.path.abspath(pelorus)
        self.samples = pathlib.Path(samples)
        self.folder = pathlib.Path(folder)

    def run(self, *arguments, limit=None, stdin=subprocess.DEVNULL):
        def before():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run([self.pelorus, "run", *map(str, arguments)], cwd=self.folder,
                              capture_output=True, text=True, preexec_fn=before, stdin=stdin,
                              timeout=60)

    def expect(self, done, status, *words):
        for word in words:
            assert word in done.stderr, (word, done.stderr)
        assert done.returncode == status, (done.returncode, done.stderr)
        left = [p for p in self.folder.iterdir() if p.suffix != ".yaml"]
        assert not left, f"left behind: {left}"


def no_folder(case):
    missing = case.folder / "missing"
    done = case.run(f"--page-files={missing}", case.samples / SWAPPING)
    case.expect(done, 5, "missing", "No such file or directory")
    assert done.stdout == ""


def no_room(case):
    """A page file that may not grow: the disk is full."""
    done = case.run(f"--page-files={case.folder}", case.samples / SWAPPING, limit=8192)
    case.expect(done, 5, "swapping.yaml", "page file")
    done = case.run("--format=json", f"--page-files={case.folder}", case.samples / SWAPPING,
                    limit=8192)
    case.expect(done, 5, "page file")
    if done.stdout:  # it fails when the file is made, or when it is written to
        document = json.loads(done.stdout)
        assert document["result"] == "error" and "page file" in document["error"]["message"]


def no_log(case):
    done = case.run("--events=missing/log", case.samples / SWAPPING)
    case.expect(done, 5, "missing/log", "No such file or directory")


def log_is_all_or_nothing(case):
    bad = case.folder / "bad.yaml"
    bad.write_text("schema: pelorus.scenario/1\nprocesses: {A: }\nsteps: [{exit: A}, {exit: A}]\n")
    done = case.run("--events=log", bad)
    case.expect(done, 3, "bad.yaml:3:21: A is not running")


def no_image(case):
    bad = case.folder / "bad.yaml"
    bad.write_text("schema: pelorus.scenario/1\nprocesses:\n  A: {image: nothing.exe}\nsteps: []\n")
    case.expect(case.run(bad), 3, "bad.yaml:3:14: nothing.exe: No such file or directory")
    recipe = case.folder / "recipe.yaml"
    recipe.write_text("kind: PE32+\nsections: 3\n")
    bad.write_text("schema: pelorus.scenario/1\nprocesses:\n  A: {image: recipe.yaml}\nsteps: []\n")
    case.expect(case.run(bad), 3, "bad.yaml:3:14: recipe.yaml:2:11:")
    bad.write_text("schema: pelorus.scenario/1\nprocesses:\n  A: {image: /dev/zero}\nsteps: []\n")
    case.expect(case.run(bad), 3, "bad.yaml:3:14: /dev/zero")


def step_mode_does_not_wait_for_a_pipe(case):
    done = case.run("--step", case.samples / SWAPPING)
    assert done.returncode == 0
    assert done.stdout.count("  frames ") == 6, "the state after each of five steps, and at the end"


def every_paging_mode(case):
    """Scenarios without an image say the same with other page tables."""
    for name in ("swapping", "isolation", "belady", "reserve-against-commit", "fragmentation"):
        text = (case.samples / f"scenarios/{name}.yaml").read_text()
        for mode in ("la57", "pae", "x86"):
            other = case.folder / f"{name}.yaml"
            other.write_text(text.replace("machine: {", f"machine: {{paging: {mode}, "))
            done = case.run(other)
            assert done.returncode == 0 and f"{mode} paging" in done.stdout, (name, mode, done.stdout)


def enter_goes_on_and_q_ends(case):
    """Step mode on a terminal."""
    main, terminal = pty.openpty()
    os.write(main, b"\n\nq\n")
    done = subprocess.Popen([case.pelorus, "run", "--step", case.samples / SWAPPING],
                            stdin=terminal, stdout=terminal, stderr=subprocess.PIPE)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(main, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    prompts = done.stderr.read().count(b"[Enter")
    assert done.wait() == 0 and prompts == 3, (prompts, shown)
    assert b"stopped after 3 steps" in shown, shown


def why_of_no_step(case):
    case.expect(case.run("--why=99", case.samples / SWAPPING), 2, "99")


def main(pelorus, samples):
    tests = (no_folder, no_room, no_log, log_is_all_or_nothing, no_image,
             step_mode_does_not_wait_for_a_pipe, enter_goes_on_and_q_ends, every_paging_mode,
             why_of_no_step)
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            test(Case(pelorus, os.path.abspath(samples), folder))
            print(f"{test.__name__}: fine")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
