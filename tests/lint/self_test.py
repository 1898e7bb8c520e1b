#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check must let a good tree pass and must find what is wrong with a bad one.

usage: self_test.py TOOLS C_COMPILER
"""

import os
import subprocess
import sys
import tempfile
import unittest

TOOLS, COMPILER = sys.argv[1:3]


def run(tool, *arguments):
    """(exit status, output) of a check."""
    command = [sys.executable, "-B", os.path.join(TOOLS, tool), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = self.folder.name

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def passes(self, tool, *arguments):
        status, output = run(tool, *(arguments or [self.root]))
        self.assertEqual((status, output), (0, ""))

    def fails(self, words, tool, *arguments):
        status, output = run(tool, *(arguments or [self.root]))
        self.assertEqual(status, 1, output)
        self.assertIn(words, output)


class Layers(Check):
    tool = "check_layers.py"

    def test_arrows_that_are_drawn(self):
        self.write("src/load/map.c", '#include "pe/image.h"\n#include "vm/space.h"\n')
        self.write("src/pe/image.c", "#include <pelorus/image.h>\n#include <stdio.h>\n")
        self.write("src/cli/main.c", '#include "cli/main.h"\n#include <pelorus/pelorus.h>\n')
        self.write("src/base/status.c", "#include <pelorus/tables/ntstatus.def>\n")
        self.write("include/pelorus/loader.h", "#include <pelorus/space.h>\n")
        self.passes(self.tool)

    def test_arrows_that_are_not(self):
        for name, include, words in (
            ("src/vm/space.c", '"pe/image.h"', "vm must not look at pe"),
            ("src/vm/space.c", "<pelorus/image.h>", "vm must not look at pe"),
            ("src/vm/space.c", "<pelorus/tables/section_flags.def>", "vm must not look at schema"),
            ("src/pe/image.c", '"vm/space.h"', "pe must not look at vm"),
            ("src/base/text.c", '"schema/decode.h"', "base must not look at schema"),
            ("src/builder/build.c", '"pe/image.h"', "builder must not look at pe"),
            ("src/load/map.c", "<pelorus/dump.h>", "load must not look at dump"),
            ("src/cli/main.c", '"dump/emitter.h"', "public headers and cli/ only"),
            ("src/pe/image.c", "<pelorus/pelorus.h>", "belongs to no layer"),
            ("src/pe/image.c", '"image.h"', "belongs to no layer"),
            ("src/extra/new.c", "<stdio.h>", "is no layer"),
            ("include/pelorus/image.h", "<pelorus/space.h>", "pe must not look at vm"),
            ("include/pelorus/new.h", "<stdio.h>", "no layer is known"),
        ):
            with self.subTest(name=name, include=include):
                path = self.write(name, f"#include {include}\n")
                self.fails(words, self.tool)
                os.remove(path)


class Globals(Check):
    tool = "check_globals.py"

    def compile(self, text):
        source, target = self.write("unit.c", text), os.path.join(self.root, "unit.o")
        subprocess.run([COMPILER, "-fPIC", "-c", source, "-o", target], check=True)
        return target

    def test_constants(self):
        table = 'const char *const names[] = { "a", "b" };\nint f(void) { return names[0][0]; }\n'
        self.passes(self.tool, self.compile(table))

    def test_state(self):
        for text, words in (
            ("int f(void) { static int n; return n++; }\n", ".bss"),
            ("int n = 1;\n", "n is mutable global state (.data"),
            ("const char *name[] = { \"a\" };\n", "name is mutable global state"),
            ("_Thread_local int n;\n", "n is mutable global state (.tbss"),
        ):
            with self.subTest(text=text):
                self.fails(words, self.tool, self.compile(text))

    def test_common(self):
        source = self.write("unit.c", "int n;\n")
        target = os.path.join(self.root, "unit.o")
        subprocess.run([COMPILER, "-fcommon", "-c", source, "-o", target], check=True)
        self.fails("n is mutable global state (*COM*", self.tool, target)


class Size(Check):
    tool = "check_size.py"

    @staticmethod
    def function(lines):
        return "static int f(int a)\n{\n" + "    a++;\n" * (lines - 2) + "}\n"

    def test_limits(self):
        self.write("src/base/a.c", self.function(60))
        self.write("src/base/b.c", "\n" * 500)
        self.passes(self.tool)

    def test_long_function(self):
        self.write("src/base/a.c", self.function(61))
        self.fails("src/base/a.c:2: f has 61 lines", self.tool)

    def test_long_test(self):
        self.write("a.c", self.function(61).replace("static int f(int a)", "START_TEST(it_works)"))
        self.fails("it_works has 61 lines", self.tool)

    def test_long_function_with_a_broken_signature(self):
        text = self.function(61).replace("f(int a)", "f(int a,\n             int b)")
        self.write("a.c", text)
        self.fails("f has 61 lines", self.tool)

    def test_long_file(self):
        self.write("a.h", "\n" * 501)
        self.fails("a.h: 501 lines", self.tool)

    def test_allow_list(self):
        self.write("a.c", self.function(61))
        self.write("tools/size_allow.txt", "# comment\na.c:f one switch over all opcodes\n")
        self.passes(self.tool)

    def test_allow_list_without_a_reason(self):
        self.write("a.c", self.function(61))
        self.write("tools/size_allow.txt", "a.c:f\n")
        self.fails("needs a reason", self.tool)

    def test_allow_list_that_is_out_of_date(self):
        self.write("a.c", self.function(60))
        self.write("tools/size_allow.txt", "a.c:f one switch\n")
        self.fails("remove the line", self.tool)


class Words(Check):
    tool = "check_words.py"

    def test_ordinary_text(self):
        self.write("a.md", "network/root/x, https://www.apache.org/, mktemp a.XXXXXX, hackney\n")
        self.passes(self.tool)

    def test_unwanted(self):
        for words in ("/wo" "rk/main", "/ro" "ot/x", "/tm" "p/w/x", "TO" "DO", "FIX" "ME", "X" "XX",
                      "registry.np" "mjs.org", "deb.deb" "ian.org"):
            with self.subTest(words=words):
                self.write("a.c", f"/* {words} */\n")
                self.fails("a.c:1:", self.tool)


class Format(Check):
    tool = "check_format.py"

    def setUp(self):
        super().setUp()
        if run(self.tool, self.root)[0] == 77:
            self.skipTest("no clang-format")
        self.write(".clang-format", "BasedOnStyle: LLVM\n")

    def test_good(self):
        self.write("a.c", "int a;\n")
        self.write("table.def", "X( a,   1 )\n")
        self.passes(self.tool)

    def test_bad(self):
        self.write("a.c", "int   a ;\n")
        self.fails("a.c:1", self.tool)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
