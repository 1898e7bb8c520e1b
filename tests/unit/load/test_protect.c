/* SPDX-License-Identifier: Apache-2.0 */
/* Section flags and the protection that VirtualQuery shows: the table that is tested on Windows. */
#include "check_pel.h"
#include "load/load_priv.h"

#define R PEL_SCN_MEM_READ
#define W PEL_SCN_MEM_WRITE
#define X PEL_SCN_MEM_EXECUTE
#define S PEL_SCN_MEM_SHARED

static const struct {
    uint32_t flags, want;
    bool want_shared;
} rows[] = {
    { 0, PEL_PAGE_NOACCESS, false },
    { R, PEL_PAGE_READONLY, false },
    { W, PEL_PAGE_WRITECOPY, false },
    { R | W, PEL_PAGE_WRITECOPY, false },
    { X, PEL_PAGE_EXECUTE, false },
    { R | X, PEL_PAGE_EXECUTE_READ, false },
    { W | X, PEL_PAGE_EXECUTE_WRITECOPY, false },
    { R | W | X, PEL_PAGE_EXECUTE_WRITECOPY, false },
    { S, PEL_PAGE_NOACCESS, false },
    { S | R, PEL_PAGE_READONLY, false },
    { S | X, PEL_PAGE_EXECUTE, false },
    { S | R | X, PEL_PAGE_EXECUTE_READ, false },
    { S | W, PEL_PAGE_READWRITE, true },
    { S | R | W, PEL_PAGE_READWRITE, true },
    { S | W | X, PEL_PAGE_EXECUTE_READWRITE, true },
    { S | R | W | X, PEL_PAGE_EXECUTE_READWRITE, true },
};

START_TEST(flags_become_a_protection)
{
    bool shared;
    ck_hex(pel_section_protect(rows[_i].flags, &shared), rows[_i].want);
    ck_assert_int_eq(shared, rows[_i].want_shared);
}
END_TEST

START_TEST(contents_and_alignment_do_not_matter)
{
    const uint32_t others = 0x0e00ffe0; /* CNT_*, LNK_*, DISCARDABLE, NOT_CACHED, NOT_PAGED */
    bool shared;
    ck_hex(pel_section_protect(rows[_i].flags | others, &shared), rows[_i].want);
}
END_TEST

PEL_TESTS(load_protect)
{
    tcase_add_loop_test(tests, flags_become_a_protection, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tests, contents_and_alignment_do_not_matter, 0,
                        sizeof rows / sizeof rows[0]);
}
