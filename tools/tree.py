# SPDX-License-Identifier: Apache-2.0
"""The files of the project, for the checks beside this file."""

import os
import subprocess


def files(root, *suffixes):
    """Paths below `root`, relative to it and sorted: what git tracks or, outside of a git checkout,
    everything but build folders. With suffixes, files that are not yet added count, too; without,
    they do not, for they may be anything."""
    names = _from_git(root, with_new=bool(suffixes))
    if names is None:
        names = _from_walk(root)
    return sorted(
        name
        for name in names
        if (not suffixes or name.endswith(suffixes)) and os.path.isfile(os.path.join(root, name))
    )


def _from_git(root, with_new):
    # A .git above `root` would describe another tree.
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    command = ["git", "-C", root, "ls-files", "-z", "--cached"]
    if with_new:
        command += ["--others", "--exclude-standard"]
    try:
        out = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return {name for name in out.decode("utf-8", "surrogateescape").split("\0") if name}


def _from_walk(root):
    for folder, subfolders, names in os.walk(root):
        unwanted = (".", "build") if folder == root else (".",)
        subfolders[:] = [s for s in subfolders if not s.startswith(unwanted)]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, name):
    """The text of a file; bytes that are not UTF-8 survive."""
    with open(os.path.join(root, name), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def report(findings):
    """Print findings, one a line; the exit status."""
    for finding in findings:
        print(finding)
    return 1 if findings else 0
