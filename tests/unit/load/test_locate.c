/* SPDX-License-Identifier: Apache-2.0 */
/* One address on every number line. */
#include "sample.h"
#include <pelorus/locate.h>

#define BASE UINT64_C(0x7ff600000000)

static sample located(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, "tail", 4);
    sample_poke_section(&s, 0, "PointerToRawData", 0); /* 0x200..0x400 is not mapped */
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x4000);
    sample_parse(&s);
    return s;
}

static const struct {
    pel_line line;
    uint64_t value;
    pel_where where;
    int64_t rva, va, offset; /* -1: missing */
    uint32_t section, protect;
} rows[] = {
    /* RVAs */
    { PEL_LINE_RVA, 0x10, PEL_WHERE_HEADER, 0x10, BASE + 0x10, 0x10, PEL_NO_INDEX, 2 },
    { PEL_LINE_RVA, 0x200, PEL_WHERE_ZERO_FILL, 0x200, BASE + 0x200, -1, PEL_NO_INDEX, 2 },
    { PEL_LINE_RVA, 0x1000, PEL_WHERE_ZERO_FILL, 0x1000, BASE + 0x1000, -1, 0, 0x20 },
    { PEL_LINE_RVA, 0x2004, PEL_WHERE_SECTION, 0x2004, BASE + 0x2004, 0x404, 1, 8 },
    { PEL_LINE_RVA, 0x3000, PEL_WHERE_GAP, 0x3000, BASE + 0x3000, -1, PEL_NO_INDEX, 0 },
    { PEL_LINE_RVA, 0x4000, PEL_WHERE_UNMAPPED, 0x4000, -1, -1, PEL_NO_INDEX, 0 },
    { PEL_LINE_RVA, 0x100000000, PEL_WHERE_UNMAPPED, -1, -1, -1, PEL_NO_INDEX, 0 },
    /* VAs */
    { PEL_LINE_VA, BASE + 0x2004, PEL_WHERE_SECTION, 0x2004, BASE + 0x2004, 0x404, 1, 8 },
    { PEL_LINE_VA, BASE, PEL_WHERE_HEADER, 0, BASE, 0, PEL_NO_INDEX, 2 },
    { PEL_LINE_VA, BASE + 0x4000, PEL_WHERE_UNMAPPED, -1, BASE + 0x4000, -1, PEL_NO_INDEX, 0 },
    { PEL_LINE_VA, BASE - 1, PEL_WHERE_UNMAPPED, -1, BASE - 1, -1, PEL_NO_INDEX, 0 },
    { PEL_LINE_VA, BASE + 0x100000000, PEL_WHERE_UNMAPPED, -1, BASE + 0x100000000, -1, PEL_NO_INDEX,
      0 },
    { PEL_LINE_VA, 0, PEL_WHERE_UNMAPPED, -1, 0, -1, PEL_NO_INDEX, 0 },
    /* file offsets */
    { PEL_LINE_OFFSET, 0x10, PEL_WHERE_HEADER, 0x10, BASE + 0x10, 0x10, PEL_NO_INDEX, 2 },
    { PEL_LINE_OFFSET, 0x3ff, PEL_WHERE_GAP, -1, -1, 0x3ff, PEL_NO_INDEX, 0 },
    { PEL_LINE_OFFSET, 0x404, PEL_WHERE_SECTION, 0x2004, BASE + 0x2004, 0x404, 1, 8 },
    { PEL_LINE_OFFSET, 0x603, PEL_WHERE_OVERLAY, -1, -1, 0x603, PEL_NO_INDEX, 0 },
    { PEL_LINE_OFFSET, 0x604, PEL_WHERE_UNMAPPED, -1, -1, -1, PEL_NO_INDEX, 0 },
    { PEL_LINE_OFFSET, UINT64_MAX, PEL_WHERE_UNMAPPED, -1, -1, -1, PEL_NO_INDEX, 0 },
};

START_TEST(an_address_is_found_on_every_line_that_it_has)
{
    sample s = located();
    pel_location l = pel_locate(s.img, (pel_va){ BASE }, rows[_i].line, rows[_i].value);
    ck_assert_str_eq(pel_where_name(l.where), pel_where_name(rows[_i].where));
    ck_assert_int_eq(l.has_rva, rows[_i].rva >= 0);
    ck_assert_int_eq(l.has_va, rows[_i].va >= 0);
    ck_assert_int_eq(l.has_offset, rows[_i].offset >= 0);
    if (l.has_rva)
        ck_hex(l.rva.v, (uint64_t)rows[_i].rva);
    if (l.has_va)
        ck_hex(l.va.v, (uint64_t)rows[_i].va);
    if (l.has_offset)
        ck_hex(l.offset.v, (uint64_t)rows[_i].offset);
    ck_hex(l.section, rows[_i].section);
    ck_hex(l.protect, rows[_i].protect);
    sample_free(&s);
}
END_TEST

START_TEST(an_offset_that_is_mapped_often_gives_the_lowest_address)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 0, "PointerToRawData", 0x400);
    sample_parse(&s);
    pel_location l = pel_locate(s.img, (pel_va){ BASE }, PEL_LINE_OFFSET, 0x404);
    ck_hex(l.rva.v, 0x1004);
    ck_assert_uint_eq(l.section, 0);
    sample_free(&s);
}
END_TEST

/* There and back again, from every byte of the file that is mapped. */
START_TEST(all_lines_agree)
{
    sample s = located();
    pel_va base = { BASE };
    for (uint64_t offset = 0; offset < s.bytes.size; offset++) {
        pel_location a = pel_locate(s.img, base, PEL_LINE_OFFSET, offset);
        if (!a.has_rva)
            continue;
        pel_location b = pel_locate(s.img, base, PEL_LINE_RVA, a.rva.v);
        pel_location c = pel_locate(s.img, base, PEL_LINE_VA, b.va.v);
        ck_quick(b.has_offset && b.offset.v == offset);
        ck_quick(c.has_offset && c.offset.v == offset);
        ck_quick(c.rva.v == a.rva.v && c.section == a.section && c.where == a.where);
    }
    sample_free(&s);
}
END_TEST

START_TEST(an_image_near_the_end_of_the_space_does_not_wrap)
{
    sample s = located();
    pel_va base = { UINT64_MAX - 0xfff };
    pel_location l = pel_locate(s.img, base, PEL_LINE_VA, 0x10);
    ck_assert(!l.has_rva);
    l = pel_locate(s.img, base, PEL_LINE_VA, UINT64_MAX);
    ck_hex(l.rva.v, 0xfff);
    sample_free(&s);
}
END_TEST

PEL_TESTS(load_locate)
{
    tcase_add_loop_test(tests, an_address_is_found_on_every_line_that_it_has, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, an_offset_that_is_mapped_often_gives_the_lowest_address);
    tcase_add_test(tests, all_lines_agree);
    tcase_add_test(tests, an_image_near_the_end_of_the_space_does_not_wrap);
}
