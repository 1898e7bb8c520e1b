/* SPDX-License-Identifier: Apache-2.0 */
#include "check_pel.h"

#include <string.h>

static const pel_ntstatus all[] = {
#define X(name, value, win32, text) value,
#include <pelorus/tables/ntstatus.def>
#undef X
};

/* ntstatus.h and winerror.h of the Windows SDK, typed by hand: a second opinion on the table. */
static const struct {
    const char *name;
    pel_ntstatus value;
    uint32_t win32;
} known[] = {
    { "STATUS_SUCCESS", 0x00000000, 0 },
    { "STATUS_IMAGE_NOT_AT_BASE", 0x40000003, 700 },
    { "STATUS_GUARD_PAGE_VIOLATION", 0x80000001, 0x80000001 },
    { "STATUS_ACCESS_VIOLATION", 0xC0000005, 998 },
    { "STATUS_INVALID_PARAMETER", 0xC000000D, 87 },
    { "STATUS_NO_MEMORY", 0xC0000017, 8 },
    { "STATUS_CONFLICTING_ADDRESSES", 0xC0000018, 487 },
    { "STATUS_NOT_MAPPED_VIEW", 0xC0000019, 487 },
    { "STATUS_INVALID_FILE_FOR_SECTION", 0xC0000020, 193 },
    { "STATUS_ACCESS_DENIED", 0xC0000022, 5 },
    { "STATUS_SECTION_TOO_BIG", 0xC0000040, 8 },
    { "STATUS_INVALID_PAGE_PROTECTION", 0xC0000045, 87 },
    { "STATUS_INVALID_IMAGE_FORMAT", 0xC000007B, 193 },
    { "STATUS_STACK_OVERFLOW", 0xC00000FD, 1001 },
    { "STATUS_COMMITMENT_LIMIT", 0xC000012D, 1455 },
    { "STATUS_INVALID_IMAGE_NOT_MZ", 0xC000012F, 193 },
    { "STATUS_INVALID_IMAGE_PROTECT", 0xC0000130, 193 },
    { "STATUS_INVALID_IMAGE_WIN_16", 0xC0000131, 193 },
    { "STATUS_DLL_NOT_FOUND", 0xC0000135, 126 },
    { "STATUS_ORDINAL_NOT_FOUND", 0xC0000138, 182 },
    { "STATUS_ENTRYPOINT_NOT_FOUND", 0xC0000139, 127 },
};

START_TEST(known_statuses_have_the_values_of_windows)
{
    pel_ntstatus value = 0;
    ck_ok(pel_ntstatus_from_name(known[_i].name, &value));
    ck_hex(value, known[_i].value);
    ck_assert_str_eq(pel_ntstatus_name(value), known[_i].name);
    ck_assert_uint_eq(pel_ntstatus_to_win32(value), known[_i].win32);
}
END_TEST

START_TEST(the_table_is_in_order_of_value)
{
    for (size_t i = 1; i < sizeof all / sizeof all[0]; i++)
        ck_assert_msg(all[i - 1] < all[i], "0x%08x before 0x%08x", all[i - 1], all[i]);
}
END_TEST

START_TEST(a_status_is_found_by_both_spellings_of_its_name)
{
    const char *name = pel_ntstatus_name(all[_i]);
    ck_assert_ptr_nonnull(name);
    ck_assert_int_eq(strncmp(name, "STATUS_", 7), 0);
    ck_assert_uint_gt(strlen(pel_ntstatus_text(all[_i])), 0);
    pel_ntstatus value = 1;
    ck_ok(pel_ntstatus_from_name(name, &value));
    ck_hex(value, all[_i]);
    value = 1;
    ck_ok(pel_ntstatus_from_name(name + 7, &value));
    ck_hex(value, all[_i]);
}
END_TEST

START_TEST(failures_have_a_win32_error_and_successes_have_not)
{
    bool failure = all[_i] >> 30 == 3;
    ck_assert_msg(!failure || pel_ntstatus_to_win32(all[_i]) != 0, "0x%08x", all[_i]);
    ck_assert_int_eq(pel_nt_success(all[_i]), all[_i] < 0x80000000u);
}
END_TEST

START_TEST(unknown_statuses_are_told)
{
    pel_ntstatus value = 7;
    ck_assert_ptr_null(pel_ntstatus_name(0xC0001234));
    ck_assert_ptr_null(pel_ntstatus_text(0xC0001234));
    ck_assert_uint_eq(pel_ntstatus_to_win32(0xC0001234), 317);
    ck_status(PEL_NOT_FOUND, pel_ntstatus_from_name("STATUS_NONE_SUCH", &value));
    ck_status(PEL_NOT_FOUND, pel_ntstatus_from_name("STATUS_", &value));
    ck_status(PEL_NOT_FOUND, pel_ntstatus_from_name("", &value));
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(what_the_caller_can_do_follows_from_the_status)
{
    ck_ok(pel_ntstatus_to_status(0));
    ck_ok(pel_ntstatus_to_status((pel_ntstatus)PEL_STATUS_IMAGE_NOT_AT_BASE));
    ck_status(PEL_REFUSED, pel_ntstatus_to_status((pel_ntstatus)PEL_STATUS_GUARD_PAGE_VIOLATION));
    ck_status(PEL_REFUSED, pel_ntstatus_to_status((pel_ntstatus)PEL_STATUS_NO_MEMORY));
    ck_status(PEL_REFUSED, pel_ntstatus_to_status(0xC0001234));
    ck_status(PEL_NO_MEMORY,
              pel_ntstatus_to_status((pel_ntstatus)PEL_STATUS_PELORUS_HOST_NO_MEMORY));
    ck_status(PEL_IO, pel_ntstatus_to_status((pel_ntstatus)PEL_STATUS_PELORUS_HOST_IO));
}
END_TEST

START_TEST(every_pel_status_has_its_own_name)
{
    for (int i = PEL_OK; i <= PEL_REFUSED; i++) {
        ck_assert_int_eq(strncmp(pel_status_name((pel_status)i), "PEL_", 4), 0);
        ck_assert_str_ne(pel_status_name((pel_status)i), "PEL_?");
        for (int k = PEL_OK; k < i; k++)
            ck_assert_str_ne(pel_status_name((pel_status)i), pel_status_name((pel_status)k));
    }
    ck_assert_str_eq(pel_status_name((pel_status)99), "PEL_?");
}
END_TEST

PEL_TESTS(base_status)
{
    const int count = sizeof all / sizeof all[0];
    tcase_add_loop_test(tests, known_statuses_have_the_values_of_windows, 0,
                        sizeof known / sizeof known[0]);
    tcase_add_test(tests, the_table_is_in_order_of_value);
    tcase_add_loop_test(tests, a_status_is_found_by_both_spellings_of_its_name, 0, count);
    tcase_add_loop_test(tests, failures_have_a_win32_error_and_successes_have_not, 0, count);
    tcase_add_test(tests, unknown_statuses_are_told);
    tcase_add_test(tests, what_the_caller_can_do_follows_from_the_status);
    tcase_add_test(tests, every_pel_status_has_its_own_name);
}
