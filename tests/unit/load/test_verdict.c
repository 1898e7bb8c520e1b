/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rules, and what is said about it. */
#include "sample.h"

START_TEST(every_rule_has_a_name_of_its_own_and_a_sentence)
{
    for (int i = 0; i < PEL_RULE_COUNT; i++) {
        const char *name = pel_rule_name((pel_rule)i);
        ck_assert_uint_gt(strlen(name), 3);
        ck_assert_uint_gt(strlen(pel_rule_text((pel_rule)i)), 10);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(name, pel_rule_name((pel_rule)j));
    }
    ck_assert_str_eq(pel_rule_name(PEL_RULE_NONE), "none");
    ck_assert_str_eq(pel_rule_name(PEL_RULE_SECTION_CONTIGUOUS), "section.contiguous");
}
END_TEST

START_TEST(rules_hold_for_their_versions)
{
    static const struct {
        pel_rule rule;
        const char *versions; /* x (XP), 7, 8, 0 (10), 1 (11), u (UEFI) */
    } rows[] = {
        { PEL_RULE_NOT_MZ, "x7801" },      { PEL_RULE_SECTION_COUNT, "x" },
        { PEL_RULE_OPTIONAL_CUT, "7801" }, { PEL_RULE_HEADERS_SIZE, "x801" },
        { PEL_RULE_APPCONTAINER, "801" },  { PEL_RULE_TINY_FILE, "01" },
        { PEL_RULE_UEFI_MACHINE, "u" },    { PEL_RULE_COUNT, "" },
    };
    static const char letters[] = {
        [PEL_WINDOWS_11] = '1', [PEL_WINDOWS_10] = '0', [PEL_WINDOWS_8] = '8',
        [PEL_WINDOWS_7] = '7',  [PEL_WINDOWS_XP] = 'x', [PEL_WINDOWS_UEFI] = 'u'
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int windows = 0; windows <= PEL_WINDOWS_UEFI; windows++)
            ck_assert_int_eq(pel_rule_holds(rows[i].rule, (pel_windows)windows),
                             strchr(rows[i].versions, letters[windows]) != NULL);
    ck_assert(!pel_rule_holds(PEL_RULE_NOT_MZ, (pel_windows)(PEL_WINDOWS_UEFI + 1)));
}
END_TEST

START_TEST(doubts_are_told_of_some_rules)
{
    ck_assert_str_eq(pel_rule_doubt(PEL_RULE_FILE_ALIGNMENT), "Wine takes any value");
    ck_assert_ptr_null(pel_rule_doubt(PEL_RULE_NOT_MZ));
    ck_assert_ptr_null(pel_rule_doubt(PEL_RULE_COUNT));
}
END_TEST

START_TEST(stages_have_names)
{
    ck_assert_str_eq(pel_stage_name(PEL_STAGE_SECTION), "section");
    ck_assert_str_eq(pel_stage_name(PEL_STAGE_MAP), "map");
    ck_assert_str_eq(pel_stage_name(PEL_STAGE_PROCESS), "process");
    ck_assert_str_eq(pel_stage_name(PEL_STAGE_LOAD), "load");
    ck_assert_str_eq(pel_stage_name((pel_stage)4), "?");
    ck_assert_int_eq(pel_rule_verdict(PEL_RULE_BASE_TAKEN).stage, PEL_STAGE_MAP);
}
END_TEST

START_TEST(what_is_no_rule_has_no_name)
{
    ck_assert_str_eq(pel_rule_name(PEL_RULE_COUNT), "?");
    ck_assert_str_eq(pel_rule_text((pel_rule)-1), "?");
    ck_assert_int_eq(pel_rule_verdict(PEL_RULE_COUNT).rule, PEL_RULE_NONE);
}
END_TEST

START_TEST(every_rule_but_none_leads_to_a_refusal)
{
    for (int i = 0; i < PEL_RULE_COUNT; i++) {
        pel_verdict v = pel_rule_verdict((pel_rule)i);
        ck_assert_int_eq(v.rule, i);
        ck_assert_int_eq(pel_nt_success(v.status), i == PEL_RULE_NONE);
        ck_assert_int_eq(pel_verdict_win32(&v) == 0, i == PEL_RULE_NONE);
        ck_assert(!v.where.has_offset);
        ck_assert_ptr_null(v.where.structure);
        ck_assert_str_ne(pel_certainty_name(v.certainty), "?");
    }
}
END_TEST

/* LoadLibrary makes "not a valid Win32 application" of all that is wrong with a file. */
START_TEST(win32_errors_are_those_of_loadlibrary)
{
    static const struct {
        pel_rule rule;
        uint32_t error;
    } rows[] = {
        { PEL_RULE_NONE, 0 },         { PEL_RULE_FILE_EMPTY, 193 },
        { PEL_RULE_NOT_MZ, 193 },     { PEL_RULE_NE_WIN16, 193 },
        { PEL_RULE_NE_OTHER, 193 },   { PEL_RULE_WIN64, 193 },
        { PEL_RULE_MACHINE, 193 },    { PEL_RULE_SECTION_EMPTY, 193 },
        { PEL_RULE_BASE_TAKEN, 487 }, { PEL_RULE_RELOCS_STRIPPED, 487 },
        { PEL_RULE_NO_ROOM, 8 },      { PEL_RULE_RELOC_OUTSIDE, 998 },
        { PEL_RULE_RELOC_TYPE, 193 }, { PEL_RULE_RELOC_DIRECTORY, 487 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pel_verdict v = pel_rule_verdict(rows[i].rule);
        ck_assert_uint_eq(pel_verdict_win32(&v), rows[i].error);
    }
}
END_TEST

START_TEST(a_verdict_is_written_as_place_numbers_and_rule)
{
    static const struct {
        pel_rule rule;
        const char *line;
    } rows[] = {
        { PEL_RULE_SECTION_PAST_EOF,
          "sections[1].SizeOfRawData 0x9000 at 0x1c0: raw data that is mapped may be cut by the "
          "end of the file in its last 512-byte sector only (0x600)" },
        { PEL_RULE_MACHINE,
          "sections[1].SizeOfRawData 0x9000 at 0x1c0: the machine must be one that this Windows "
          "runs, in the form that goes with it" },
        { PEL_RULE_SECTION_EMPTY, "sections[1].SizeOfRawData at 0x1c0: VirtualSize and "
                                  "SizeOfRawData must not both be 0" },
    };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256], small[10];
        pel_verdict v = pel_rule_verdict(rows[i].rule);
        v.where = pel_image_place(s.img, &pel_section_header_schema, 1, "SizeOfRawData");
        v.found = 0x9000;
        v.limit = 0x600;
        ck_assert_uint_eq(pel_verdict_format(&v, line, sizeof line), strlen(rows[i].line));
        ck_assert_str_eq(line, rows[i].line);
        ck_assert_uint_eq(pel_verdict_format(&v, small, sizeof small), strlen(rows[i].line));
        ck_assert_str_eq(small, "sections[");
    }
    sample_free(&s);
}
END_TEST

START_TEST(a_verdict_without_a_place_is_the_rule_alone)
{
    char line[128];
    pel_verdict v = pel_rule_verdict(PEL_RULE_FILE_EMPTY);
    pel_verdict_format(&v, line, sizeof line);
    ck_assert_str_eq(line, "an empty file cannot back a section");
}
END_TEST

PEL_TESTS(load_verdict)
{
    tcase_add_test(tests, every_rule_has_a_name_of_its_own_and_a_sentence);
    tcase_add_test(tests, rules_hold_for_their_versions);
    tcase_add_test(tests, doubts_are_told_of_some_rules);
    tcase_add_test(tests, stages_have_names);
    tcase_add_test(tests, what_is_no_rule_has_no_name);
    tcase_add_test(tests, every_rule_but_none_leads_to_a_refusal);
    tcase_add_test(tests, win32_errors_are_those_of_loadlibrary);
    tcase_add_test(tests, a_verdict_is_written_as_place_numbers_and_rule);
    tcase_add_test(tests, a_verdict_without_a_place_is_the_rule_alone);
}
