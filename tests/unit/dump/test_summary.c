/* SPDX-License-Identifier: Apache-2.0 */
/* What the summary says of odd files, and that it keeps to the screen; the goldens have ordinary
 * ones. */
#include "summary_steps.h"

/* ---- the screen ---------------------------------------------------------- */

START_TEST(names_are_escaped_and_paths_keep_their_backslashes)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_finish(&s);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_TABLE }, "\x1b[2J\xe2\x80\xae", 7);
    sample_parse(&s);
    summarize(&s, "C:\\dir\\a\nb\x1b[31m.exe", NULL);
    ck_screen(100);
    ck_says("C:\\dir\\a\\x0ab\\x1b[31m.exe\n");
    ck_says("\\x1b[2J\\u{202e}");
    sample_free(&s);
}
END_TEST

START_TEST(lines_are_cut_to_the_width)
{
    sample s = made_with(PEL_BUILD_PE32PLUS, NULL, 0);
    pel_dump_options options = { .width = (unsigned)_i, .ascii = _i % 2 };
    size_t width = _i < 40 ? 40 : _i > 100 ? 100 : (size_t)_i;
    summarize(&s,
              "a path of more than one hundred columns, "
              "which is longer than any screen is wide, and so will have to be cut",
              &options);
    ck_screen(width);
    ck_assert(says("\xe2\x80\xa6\n") == !options.ascii);
    ck_assert(says("...\n") == options.ascii);
    sample_free(&s);
}
END_TEST

START_TEST(many_sections_are_told_by_their_names)
{
    char name[8];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, ".s%d", i);
        pel_builder_data(s.b, pel_builder_section(s.b, name, SAMPLE_RW), "x", 1);
    }
    sample_parse(&s);
    summarize(&s, "many", NULL);
    ck_screen(100);
    ck_says("\n  .s6 ");
    ck_says("\n  and 33 more: .s7, .s8");
    ck_says_not("\n  .s7 ");
    sample_free(&s);
}
END_TEST

/* What nothing is known of but its name; and it has to be that name. */
START_TEST(names_of_sections_tell_what_they_are_for)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    static const char *const names[] = { ".mrdata", ".giats", ".drectve", ".mrdatum" };
    for (size_t i = 0; i < 4; i++)
        pel_builder_data(s.b, pel_builder_section(s.b, names[i], SAMPLE_RW), "x", 1);
    sample_parse(&s);
    summarize(&s, "named", NULL);
    ck_screen(100);
    ck_says("read-only once relocated\n");
    ck_says("CFG targets in the IAT\n");
    ck_says_not("linker options"); /* in objects only */
    ck_assert_ptr_null(strstr(strstr(got.text, "only once") + 1, "only once"));
    sample_free(&s);
}
END_TEST

START_TEST(colors_are_there_when_asked_for)
{
    sample s = made_with(PEL_BUILD_PE32PLUS, NULL, 0);
    summarize(&s, "file", &(pel_dump_options){ .color = true });
    ck_says("\033[36mmade by\033[0m");
    summarize(&s, "file", &(pel_dump_options){ .color = false });
    ck_says_not("\033");
    sample_free(&s);
}
END_TEST

/* ---- what made it ---------------------------------------------------------- */

#define GO                                                                                         \
    "\xff Go buildinf:\x08\x02"                                                                    \
    "0123456789abcdef"                                                                             \
    "\x08"                                                                                         \
    "go1.21.5"                                                                                     \
    "\x00"

static const struct {
    const char *bytes;
    size_t size;
    uint8_t major, minor;
    const char *want;
} makers[] = {
    { "", 0, 14, 0, "linker 14.0, as in VS 2015, but without a Rich header\n" },
    { "", 0, 2, 40, "linker 2.40, a number as GNU ld has\n" },
    { "", 0, 0, 0, "a linker that does not say\n" },
    { GO, sizeof GO, 3, 0, "Go 1.21.5, linker 3.0\n" },
    { "\xff Go buildinf:", 14, 3, 0, "Go, linker 3.0\n" }, /* cut */
    { "xGCC: (GNU) 12-win32", 21, 2, 39, "GCC 12-win32, GNU ld 2.39\n" },
    { "GCC: (GNU", 9, 2, 39, "GCC, GNU ld 2.39\n" },
    { "/rustc/0123456789abcdef0123/library", 36, 14, 30,
      "Rust (rustc 0123456789ab), linker 14.30\n" },
    { "Mingw-w64 runtime failure:\n", 28, 2, 38, "MinGW-w64, GNU ld 2.38\n" },
    { "Embarcadero Delphi for Win64 compiler version 35.0 (28.0)", 58, 2, 25,
      "Delphi (compiler 35.0), linker 2.25\n" },
};

START_TEST(texts_tell_what_made_it)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, SAMPLE_DATA, makers[_i].bytes, makers[_i].size);
    pel_builder_poke(s.b, "optional_header.MajorLinkerVersion", makers[_i].major);
    pel_builder_poke(s.b, "optional_header.MinorLinkerVersion", makers[_i].minor);
    sample_parse(&s);
    summarize(&s, "file", NULL);
    ck_screen(100);
    ck_says(makers[_i].want);
    sample_free(&s);
}
END_TEST

/* Product 0x102 is Linker1400, 0x105 Utc1900_CPP, 0x104 Utc1900_C; 0xa is Utc12_C. */
START_TEST(the_rich_header_tells_the_compiler_and_its_objects)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_rich(s.b, 0x105, 32532, 7);
    pel_builder_rich(s.b, 0x104, 32532, 2);
    pel_builder_rich(s.b, 0xa, 8168, 1);
    pel_builder_rich(s.b, 0x102, 32532, 1);
    pel_builder_poke(s.b, "optional_header.MajorLinkerVersion", 14);
    pel_builder_poke(s.b, "optional_header.MinorLinkerVersion", 36);
    sample_parse(&s);
    summarize(&s, "file", NULL);
    ck_says("made by       MSVC 19.36 (VS 2022 17.6): 7 C++, 3 C\n");
    sample_free(&s);
}
END_TEST

/* ---- facts ------------------------------------------------------------------ */

static const struct {
    edit edits[2];
    const char *want;
} facts[] = {
    { { POKE("file_header.TimeDateStamp", 1700000000) },
      "time stamp    2023-11-14 22:13:20 UTC\n" },
    { { POKE("file_header.TimeDateStamp", 0) }, "time stamp    none\n" },
    { { POKE("file_header.Machine", 0x1234) }, "PE32+, unknown machine 0x1234, console" },
    { { POKE("optional_header.Subsystem", 99) }, "x64, unknown subsystem 99, 1.5 KiB" },
    { { POKE("file_header.Characteristics", 0x2022) }, "x64, DLL, subsystem WINDOWS_CUI, 1.5 KiB" },
    { { POKE("optional_header.AddressOfEntryPoint", 0x2004) }, "entry point   0x2004 in .data\n" },
    { { POKE("optional_header.AddressOfEntryPoint", 0x9000) },
      "entry point   0x9000 in unmapped\n" },
    { { POKE("optional_header.DllCharacteristics", 0x100) },
      "protections   NX; without ASLR, high-entropy ASLR, GS cookie, CFG, CET, signed\n" },
    { { POKE("optional_header.DllCharacteristics", 0) },
      "protections   none; without ASLR, high-entropy ASLR, NX," },
    { { POKE("sections[1].VirtualAddress", 0x4000) },
      "Windows 11    refuses it: STATUS_INVALID_IMAGE_FORMAT\n                "
      "section.contiguous: " },
    { { POKE("optional_header.Subsystem", 10) }, "STATUS_INVALID_IMAGE_FORMAT; UEFI loads it\n" },
    { { POKE("file_header.Machine", 0xaa64) }, "STATUS_INVALID_IMAGE_FORMAT; loads it on ARM64\n" },
    { { POKE("sections[1].Characteristics", 0xe0000020) }, "  RWX   " },
};

START_TEST(headers_are_told_in_words)
{
    sample s = made_with(PEL_BUILD_PE32PLUS, facts[_i].edits, 2);
    summarize(&s, "file", NULL);
    ck_screen(100);
    ck_says(facts[_i].want);
    sample_free(&s);
}
END_TEST

/* What the end of the file cuts off is not told as zeros, nor as missing. */
START_TEST(what_is_cut_off_is_no_fact)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_TLS, (pel_rva){ 0x2000 }, 40);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2000 }, 0x140);
    pel_builder_resize(s.b, 0x410); /* 16 bytes of the directories */
    sample_parse(&s);
    summarize(&s, "file", NULL);
    ck_screen(100);
    ck_says("  TLS           cut off by the end of the file\n");
    ck_says("  load config   cut off by the end of the file\n");
    ck_says("; without CET, signed; cut off: GS cookie, CFG\n");
    sample_free(&s);
}
END_TEST

/* The worst first, three at most. */
/* A table of 8 bytes would hide what follows it. */
START_TEST(parts_of_the_overlay_are_told)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, "\x08\0\0\0\0\2\2\0PK\3\4\1\2\3", 15);
    pel_builder_directory(s.b, PEL_DIR_SECURITY, (pel_rva){ SAMPLE_SIZE }, 8);
    sample_parse(&s);
    summarize(&s, "a.exe", NULL);
    ck_says("15 B at 0x600, entropy 2.7: certificates, zip at 0x608\n");
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, "\1\2\3\4", 4);
    sample_parse(&s);
    summarize(&s, "a.exe", NULL);
    ck_says("4 B at 0x600, entropy 2.0\n");
    sample_free(&s);
}
END_TEST

START_TEST(diagnostics_begin_with_errors)
{
    static const edit edits[] = {
        POKE("optional_header.SizeOfImage", 0x3010),
        POKE("sections[1].SizeOfRawData", 0x100000),
        POKE("sections[1].Characteristics", 0xe0000020),
        POKE("optional_header.Magic", 0x20b),
    };
    sample s = made_with(PEL_BUILD_PE32PLUS, edits, sizeof edits / sizeof edits[0]);
    summarize(&s, "file", NULL);
    ck_screen(100);
    const char *error = strstr(got.text, "\n  error "), *info = strstr(got.text, "\n  info ");
    ck_assert_ptr_nonnull(error);
    ck_assert(!info || error < info);
    ck_says("diagnostics   1 error");
    ck_says("  error         SECTION_PAST_EOF: raw data ends past the end of the file (0x600); "
            "sections");
    ck_says("more: --all, --only=diagnostics\n");
    sample_free(&s);
}
END_TEST

/* ---- failures ------------------------------------------------------------------ */

static sample with_imports(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_build_import imports[] = { { .dll = "KERNEL32.dll", .name = "ExitProcess" },
                                   { .dll = "api-ms-win-core-file-l1-1-0.dll", .name = "ReadFile" },
                                   { .dll = "WS2_32.dll", .ordinal = 3 } };
    pel_builder_imports(s.b, imports, sizeof imports / sizeof imports[0]);
    sample_parse(&s);
    return s;
}

START_TEST(api_sets_come_behind_dlls)
{
    sample s = with_imports();
    summarize(&s, "file", NULL);
    ck_says("imports       3 DLLs (1 API set), 3 functions: KERNEL32.dll 1, WS2_32.dll 1, "
            "\xe2\x80\xa6\n");
    sample_free(&s);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    sample s = with_imports();
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_dump_options options = { .allocator = &a };
        got = (collected){ .size = 0 };
        st = pel_dump_summary(s.img, "file", &options, collect_into(&got));
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 100);
    }
    ck_ok(st);
    sample_free(&s);
}
END_TEST

START_TEST(a_sink_that_fails_is_told)
{
    sample s = with_imports();
    for (size_t at = 1; at < 1000; at += 37) {
        got = (collected){ .fail_at = at };
        ck_status(PEL_IO, pel_dump_summary(s.img, "file", NULL, collect_into(&got)));
        ck_assert_uint_le(got.size, at);
    }
    sample_free(&s);
}
END_TEST

PEL_TESTS(summary)
{
    tcase_add_test(tests, names_are_escaped_and_paths_keep_their_backslashes);
    tcase_add_loop_test(tests, lines_are_cut_to_the_width, 1, 110);
    tcase_add_test(tests, many_sections_are_told_by_their_names);
    tcase_add_test(tests, names_of_sections_tell_what_they_are_for);
    tcase_add_test(tests, colors_are_there_when_asked_for);
    tcase_add_loop_test(tests, texts_tell_what_made_it, 0, sizeof makers / sizeof makers[0]);
    tcase_add_test(tests, the_rich_header_tells_the_compiler_and_its_objects);
    tcase_add_loop_test(tests, headers_are_told_in_words, 0, sizeof facts / sizeof facts[0]);
    tcase_add_test(tests, what_is_cut_off_is_no_fact);
    tcase_add_test(tests, parts_of_the_overlay_are_told);
    tcase_add_test(tests, diagnostics_begin_with_errors);
    tcase_add_test(tests, api_sets_come_behind_dlls);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, a_sink_that_fails_is_told);
}
