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

START_TEST(windows_tell_their_numbers)
{
    static const struct {
        uint32_t major, minor, build, service_pack;
    } want[] = { { 10, 0, 22631, 0 },
                 { 10, 0, 19045, 0 },
                 { 6, 2, 9200, 0 },
                 { 6, 1, 7601, 0x100 },
                 { 5, 1, 2600, 0x300 } };
    for (unsigned i = 0; i < 5; i++) {
        pel_windows_version v = pel_windows_version_of((pel_windows)i, PEL_HOST_X86);
        ck_assert_uint_eq(v.major, want[i].major);
        ck_assert_uint_eq(v.minor, want[i].minor);
        ck_assert_uint_eq(v.build, want[i].build);
        ck_hex(v.service_pack, want[i].service_pack);
        ck_assert_int_eq(v.service_pack_name[0] != 0, v.service_pack != 0);
    }
    ck_assert_uint_eq(pel_windows_version_of(PEL_WINDOWS_XP, PEL_HOST_X64).build, 3790);
    ck_assert_uint_eq(pel_windows_version_of((pel_windows)9, PEL_HOST_X64).build, 22631);
}
END_TEST

PEL_TESTS(load_names)
{
    tcase_add_test(tests, windows_tell_their_numbers);
    tcase_add_test(tests, names_of_windows_go_both_ways);
    tcase_add_test(tests, names_of_hosts_go_both_ways);
    tcase_add_test(tests, unknown_names_are_not_found_and_change_nothing);
    tcase_add_test(tests, certainties_are_named);
}
