/* SPDX-License-Identifier: Apache-2.0 */
/* Images whose SectionAlignment is below a page: Windows maps the file as it is. */
#include "check_pel.h"

#include <string.h>

#define SECTION 0x200u
#define SIZE    0x40u /* of the section; the file goes on behind it */

/* A flat image of one section, followed by `tail` bytes 0xAA. */
static void with_flat(size_t tail, void (*look)(const pel_image *image, uint32_t file_size))
{
    static const uint8_t code[SIZE] = { 0x90 };
    uint8_t behind[0x2000];
    pel_builder *b;
    pel_span bytes;
    pel_image *image;
    memset(behind, 0xAA, sizeof behind);
    ck_ok(pel_builder_new(PEL_BUILD_PE32PLUS, NULL, &b));
    pel_builder_set(b, "optional_header.SectionAlignment", 0x200);
    pel_builder_set(b, "optional_header.FileAlignment", 0x200);
    uint32_t text = pel_builder_section(b, ".text", PEL_SCN_MEM_READ);
    pel_builder_data(b, text, code, sizeof code);
    pel_builder_overlay(b, behind, tail);
    ck_ok(pel_builder_finish(b, &bytes));
    ck_ok(pel_image_parse(bytes, NULL, &image));
    ck_assert(pel_image_is_flat(image));
    look(image, (uint32_t)bytes.size);
    pel_image_free(image);
    pel_builder_free(b);
}

static void is_the_file(const pel_image *image, uint32_t file_size)
{
    uint64_t view = pel_image_view_size(image);
    for (uint32_t rva = 0; rva < view; rva++) {
        pel_rva_answer a = pel_image_at_rva(image, (pel_rva){ rva });
        ck_assert_int_eq(a.has_offset, rva < file_size);
        ck_assert_int_ne(a.where, PEL_WHERE_GAP);
        if (a.has_offset)
            ck_hex(a.offset.v, rva);
        else
            ck_assert_int_eq(a.where, PEL_WHERE_ZERO_FILL);
    }
    ck_assert_int_eq(pel_image_at_rva(image, (pel_rva){ (uint32_t)view }).where,
                     PEL_WHERE_UNMAPPED);
}

START_TEST(every_byte_of_the_view_is_the_byte_of_the_file)
{
    static const size_t tails[] = { 0, 1, 0x200, 0x1000, 0x2000 };
    with_flat(tails[_i], is_the_file);
}
END_TEST

PEL_TESTS(pe_flat)
{
    tcase_add_loop_test(tests, every_byte_of_the_view_is_the_byte_of_the_file, 0, 5);
}
