/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static const struct {
    uint32_t protect;
    const char *want;
} protections[] = {
    { 0, "0" },
    { RO, "PAGE_READONLY" },
    { RW | GUARD, "PAGE_READWRITE|PAGE_GUARD" },
    { RWX | NOCACHE | COMBINE, "PAGE_EXECUTE_READWRITE|PAGE_NOCACHE|PAGE_WRITECOMBINE" },
    { 0x80000000, "0x80000000" },
    { RO | 0x800, "PAGE_READONLY|0x800" },
};

START_TEST(a_protection_is_written_in_words)
{
    char line[128];
    const char *want = protections[_i].want;
    ck_assert_uint_eq(pel_protect_format(protections[_i].protect, line, sizeof line), strlen(want));
    ck_assert_str_eq(line, want);
}
END_TEST

START_TEST(a_short_buffer_cuts_but_counts)
{
    for (size_t size = 0; size < 30; size++) {
        char line[32];
        memset(line, 'x', sizeof line);
        ck_assert_uint_eq(pel_protect_format(RW | GUARD, line, size), 25);
        if (size > 0) {
            ck_assert_uint_eq(strlen(line), size <= 25 ? size - 1 : 25);
            ck_assert_int_eq(strncmp(line, "PAGE_READWRITE|PAGE_GUARD", strlen(line)), 0);
        }
        ck_assert_int_eq(line[size < 26 ? size : 26], 'x');
    }
}
END_TEST

START_TEST(states_and_types_have_names)
{
    ck_assert_str_eq(pel_state_name(PEL_MEM_FREE), "MEM_FREE");
    ck_assert_str_eq(pel_state_name(PEL_MEM_RESERVE), "MEM_RESERVE");
    ck_assert_str_eq(pel_state_name(PEL_MEM_COMMIT), "MEM_COMMIT");
    ck_assert_str_eq(pel_state_name(7), "?");
    ck_assert_str_eq(pel_type_name(0), "0");
    ck_assert_str_eq(pel_type_name(PEL_MEM_PRIVATE), "MEM_PRIVATE");
    ck_assert_str_eq(pel_type_name(PEL_MEM_MAPPED), "MEM_MAPPED");
    ck_assert_str_eq(pel_type_name(PEL_MEM_IMAGE), "MEM_IMAGE");
    ck_assert_str_eq(pel_type_name(7), "?");
}
END_TEST

PEL_TESTS(vm_names)
{
    tcase_add_loop_test(tests, a_protection_is_written_in_words, 0,
                        sizeof protections / sizeof protections[0]);
    tcase_add_test(tests, a_short_buffer_cuts_but_counts);
    tcase_add_test(tests, states_and_types_have_names);
}
