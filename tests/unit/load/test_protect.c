/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load_priv.h"
#include "sample.h"
#include <pelorus/locate.h>

#define R PEL_SCN_MEM_READ
#define W PEL_SCN_MEM_WRITE
#define X PEL_SCN_MEM_EXECUTE

static const struct {
    uint32_t flags, alone, shared;
} rows[] = {
    { 0, PEL_PAGE_NOACCESS, PEL_PAGE_NOACCESS },
    { R, PEL_PAGE_READONLY, PEL_PAGE_READONLY },
    { W, PEL_PAGE_WRITECOPY, PEL_PAGE_READWRITE },
    { R | W, PEL_PAGE_WRITECOPY, PEL_PAGE_READWRITE },
    { X, PEL_PAGE_EXECUTE, PEL_PAGE_EXECUTE },
    { R | X, PEL_PAGE_EXECUTE_READ, PEL_PAGE_EXECUTE_READ },
    { W | X, PEL_PAGE_EXECUTE_WRITECOPY, PEL_PAGE_EXECUTE_READWRITE },
    { R | W | X, PEL_PAGE_EXECUTE_WRITECOPY, PEL_PAGE_EXECUTE_READWRITE },
};

/* Everything else in Characteristics has no say. */
static const uint32_t noise[] = { 0,
                                  PEL_SCN_CNT_CODE,
                                  PEL_SCN_CNT_INITIALIZED_DATA,
                                  PEL_SCN_CNT_UNINITIALIZED_DATA,
                                  PEL_SCN_MEM_DISCARDABLE,
                                  0x0dffffffu,
                                  0x0e00ffe0u };

START_TEST(three_bits_and_sharing_decide_the_protection)
{
    for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++) {
        bool shared = true;
        ck_hex(pel_section_protect(rows[_i].flags | noise[i], &shared), rows[_i].alone);
        ck_assert(!shared);
        uint32_t flags = rows[_i].flags | noise[i] | PEL_SCN_MEM_SHARED;
        ck_hex(pel_section_protect(flags, &shared), rows[_i].shared);
        ck_assert_int_eq(shared, (rows[_i].flags & W) != 0);
    }
}
END_TEST

static uint32_t protect_at(const sample *s, uint32_t rva)
{
    return pel_image_protect(s->img, (pel_rva){ rva });
}

START_TEST(each_address_has_the_protection_of_its_section)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x4000);
    sample_parse(&s);
    ck_hex(protect_at(&s, 0), PEL_PAGE_READONLY);
    ck_hex(protect_at(&s, 0xfff), PEL_PAGE_READONLY);
    ck_hex(protect_at(&s, 0x1000), PEL_PAGE_EXECUTE_READ);
    ck_hex(protect_at(&s, 0x1fff), PEL_PAGE_EXECUTE_READ);
    ck_hex(protect_at(&s, 0x2000), PEL_PAGE_WRITECOPY);
    ck_hex(protect_at(&s, 0x2fff), PEL_PAGE_WRITECOPY);
    ck_hex(protect_at(&s, 0x3000), 0); /* the tail */
    ck_hex(protect_at(&s, 0x4000), 0);
    ck_hex(protect_at(&s, 0xffffffff), 0);
    sample_free(&s);
}
END_TEST

START_TEST(a_flat_image_is_writable_and_executable_all_over)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
    sample_parse(&s);
    ck_hex(protect_at(&s, 0), PEL_PAGE_EXECUTE_WRITECOPY);
    ck_hex(protect_at(&s, 0x400), PEL_PAGE_EXECUTE_WRITECOPY);
    ck_hex(protect_at(&s, 0xfff), PEL_PAGE_EXECUTE_WRITECOPY);
    ck_hex(protect_at(&s, 0x1000), 0);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_protect)
{
    tcase_add_loop_test(tests, three_bits_and_sharing_decide_the_protection, 0, 8);
    tcase_add_test(tests, each_address_has_the_protection_of_its_section);
    tcase_add_test(tests, a_flat_image_is_writable_and_executable_all_over);
}
