/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag_priv.h"

#include <string.h>

#include "check_pel.h"

START_TEST(every_code_says_what_it_is)
{
    pel_diag_code code = (pel_diag_code)_i;
    ck_assert_uint_gt(strlen(pel_diag_code_name(code)), 1);
    ck_assert_uint_gt(strlen(pel_diag_text(code)), 1);
    ck_assert_uint_gt(strlen(pel_diag_help(code)), 1);
    ck_assert_int_ge(pel_diag_severity(code), PEL_INFO);
    ck_assert_int_le(pel_diag_severity(code), PEL_ERROR);
}
END_TEST

START_TEST(no_two_codes_share_a_name)
{
    for (int i = 0; i < PEL_DIAG_COUNT; i++)
        for (int k = 0; k < i; k++)
            ck_assert_str_ne(pel_diag_code_name((pel_diag_code)i),
                             pel_diag_code_name((pel_diag_code)k));
}
END_TEST

START_TEST(an_unknown_code_is_answered_all_the_same)
{
    ck_assert_str_eq(pel_diag_code_name(PEL_DIAG_COUNT), "?");
    ck_assert_str_eq(pel_diag_text(PEL_DIAG_COUNT), "?");
    ck_assert_str_eq(pel_diag_help(PEL_DIAG_COUNT), "?");
    ck_assert_int_eq(pel_diag_severity(PEL_DIAG_COUNT), PEL_ERROR);
    ck_assert_str_eq(pel_severity_name((pel_severity)99), "?");
    char line[64];
    pel_diag diag = { .code = PEL_DIAG_COUNT, .where = { .index = PEL_NO_INDEX } };
    pel_diag_format(&diag, line, sizeof line);
    ck_assert_str_eq(line, "?");
}
END_TEST

START_TEST(severities_have_names)
{
    ck_assert_str_eq(pel_severity_name(PEL_INFO), "info");
    ck_assert_str_eq(pel_severity_name(PEL_WARNING), "warning");
    ck_assert_str_eq(pel_severity_name(PEL_ERROR), "error");
}
END_TEST

static const struct {
    pel_place place;
    const char *want;
} places[] = {
    { { "sections", 3, "SizeOfRawData", true, { 0x210 } }, "sections[3].SizeOfRawData" },
    { { "sections", 0, NULL, true, { 0 } }, "sections[0]" },
    { { "dos_header", PEL_NO_INDEX, "e_lfanew", true, { 60 } }, "dos_header.e_lfanew" },
    { { "overlay", PEL_NO_INDEX, NULL, true, { 0 } }, "overlay" },
    { { NULL, PEL_NO_INDEX, "Magic", false, { 0 } }, "Magic" },
    { { NULL, PEL_NO_INDEX, NULL, false, { 0 } }, "" },
};

START_TEST(a_place_is_written_as_a_path)
{
    char out[64];
    ck_assert_uint_eq(pel_place_format(&places[_i].place, out, sizeof out),
                      strlen(places[_i].want));
    ck_assert_str_eq(out, places[_i].want);
}
END_TEST

static const struct {
    pel_place where;
    pel_shows shows;
    const char *want;
} remarks[] = {
    { { "sections", 3, "SizeOfRawData", true, { 0x210 } },
      PEL_SHOWS_BOTH,
      "sections[3].SizeOfRawData 0x9000 at 0x210: is wrong (0x8800)" },
    { { "sections", 3, "SizeOfRawData", true, { 0x210 } },
      PEL_SHOWS_FOUND,
      "sections[3].SizeOfRawData 0x9000 at 0x210: is wrong" },
    { { "sections", 3, "SizeOfRawData", true, { 0x210 } },
      PEL_SHOWS_NOTHING,
      "sections[3].SizeOfRawData at 0x210: is wrong" },
    { { "sections", 3, "SizeOfRawData", true, { 0x210 } },
      PEL_SHOWS_LIMIT,
      "sections[3].SizeOfRawData at 0x210: is wrong (0x8800)" },
    { { "sections", 3, "entropy", true, { 0x210 } },
      PEL_SHOWS_THOUSANDTHS,
      "sections[3].entropy 36.864 at 0x210: is wrong (34.816)" },
    { { "overlay", PEL_NO_INDEX, NULL, false, { 0 } },
      PEL_SHOWS_FOUND,
      "overlay 0x9000: is wrong" },
    { { NULL, PEL_NO_INDEX, NULL, true, { 0x210 } }, PEL_SHOWS_NOTHING, "at 0x210: is wrong" },
    { { NULL, PEL_NO_INDEX, NULL, false, { 0 } }, PEL_SHOWS_BOTH, "0x9000: is wrong (0x8800)" },
    { { NULL, PEL_NO_INDEX, NULL, false, { 0 } }, PEL_SHOWS_NOTHING, "is wrong" },
};

START_TEST(a_remark_names_thing_value_and_limit)
{
    char out[128];
    size_t len = pel_remark_format(&remarks[_i].where, remarks[_i].shows, 0x9000, 0x8800,
                                   "is wrong", out, sizeof out);
    ck_assert_str_eq(out, remarks[_i].want);
    ck_assert_uint_eq(len, strlen(out));
}
END_TEST

START_TEST(a_diagnostic_is_one_line)
{
    pel_diag diag = { .code = PEL_DIAG_SECTION_PAST_EOF,
                      .severity = PEL_ERROR,
                      .where = { "sections", 3, "SizeOfRawData", true, { 0x210 } },
                      .found = 0x9000,
                      .limit = 0x8800 };
    static const char want[] = "sections[3].SizeOfRawData 0x9000 at 0x210: "
                               "raw data ends past the end of the file (0x8800)";
    char line[256];
    ck_assert_uint_eq(pel_diag_format(&diag, line, sizeof line), strlen(want));
    ck_assert_str_eq(line, want);

    for (size_t size = 0; size < sizeof want; size++) {
        memset(line, '#', sizeof line);
        ck_assert_uint_eq(pel_diag_format(&diag, line, size), strlen(want));
        ck_assert_int_eq(line[size], '#');
        if (size == 0)
            continue;
        ck_assert_uint_eq(strlen(line), size - 1);
        ck_assert_int_eq(memcmp(line, want, size - 1), 0);
    }
}
END_TEST

PEL_TESTS(base_diag)
{
    tcase_add_loop_test(tests, every_code_says_what_it_is, 0, PEL_DIAG_COUNT);
    tcase_add_test(tests, no_two_codes_share_a_name);
    tcase_add_test(tests, an_unknown_code_is_answered_all_the_same);
    tcase_add_test(tests, severities_have_names);
    tcase_add_loop_test(tests, a_place_is_written_as_a_path, 0, sizeof places / sizeof places[0]);
    tcase_add_loop_test(tests, a_remark_names_thing_value_and_limit, 0,
                        sizeof remarks / sizeof remarks[0]);
    tcase_add_test(tests, a_diagnostic_is_one_line);
}
