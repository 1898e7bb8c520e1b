/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"

START_TEST(names_of_windows_go_both_ways)
{
    static const char *const names[] = { "11", "10", "8", "7", "xp", "uefi" };
    pel_windows found = PEL_WINDOWS_XP;
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_str_eq(pel_windows_name((pel_windows)i), names[i]);
        ck_ok(pel_windows_from_name(names[i], &found));
        ck_assert_uint_eq(found, i);
    }
    ck_assert_str_eq(pel_windows_name(PEL_WINDOWS_7), "7");
    ck_assert_str_eq(pel_windows_name((pel_windows)6), "?");
    ck_assert_str_eq(pel_windows_name((pel_windows)-1), "?");
}
END_TEST

START_TEST(names_of_hosts_go_both_ways)
{
    static const char *const names[] = { "x64", "x86", "arm64" };
    pel_host found = PEL_HOST_X86;
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_str_eq(pel_host_name((pel_host)i), names[i]);
        ck_ok(pel_host_from_name(names[i], &found));
        ck_assert_uint_eq(found, i);
    }
    ck_assert_str_eq(pel_host_name((pel_host)3), "?");
}
END_TEST

START_TEST(unknown_names_are_not_found_and_change_nothing)
{
    static const char *const names[] = { "", "1", "12", "XP", "X64", "x64 ", "arm" };
    pel_windows windows = PEL_WINDOWS_7;
    pel_host host = PEL_HOST_X86;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_status(PEL_NOT_FOUND, pel_windows_from_name(names[i], &windows));
        ck_status(PEL_NOT_FOUND, pel_host_from_name(names[i], &host));
    }
    ck_assert_int_eq(windows, PEL_WINDOWS_7);
    ck_assert_int_eq(host, PEL_HOST_X86);
}
END_TEST

START_TEST(certainties_are_named)
{
    ck_assert_str_eq(pel_certainty_name(PEL_VERIFIED), "verified");
    ck_assert_str_eq(pel_certainty_name(PEL_DOCUMENTED), "documented");
    ck_assert_str_eq(pel_certainty_name(PEL_INFERRED), "inferred");
    ck_assert_str_eq(pel_certainty_name(PEL_UNKNOWN), "unknown");
    ck_assert_str_eq(pel_certainty_name((pel_certainty)4), "?");
}
END_TEST

PEL_TESTS(load_names)
{
    tcase_add_test(tests, names_of_windows_go_both_ways);
    tcase_add_test(tests, names_of_hosts_go_both_ways);
    tcase_add_test(tests, unknown_names_are_not_found_and_change_nothing);
    tcase_add_test(tests, certainties_are_named);
}
