/* SPDX-License-Identifier: Apache-2.0 */
/* Where things go. Offsets and values are typed from the specification. */
#include <string.h>

#include "base/reader.h"
#include "check_pel.h"

#define CODE (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)
#define DATA (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE)

static pel_builder *b;

static void begin(pel_build_kind kind) { ck_ok(pel_builder_new(kind, NULL, &b)); }

static pel_span finish(void)
{
    pel_span file;
    ck_ok(pel_builder_finish(b, &file));
    return file;
}

static void end(void)
{
    pel_builder_free(b);
    b = NULL;
}

/* ---- layout ------------------------------------------------------------ */

static uint64_t section_field(pel_span file, unsigned index, unsigned offset, unsigned width)
{
    return pel_span_uint(file, 0x188 + 40u * index + offset, width);
}

START_TEST(sections_follow_each_other_without_gaps)
{
    static const char zeros[0x1001];
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_data(b, pel_builder_section(b, "a", CODE), zeros, 0x1001);
    pel_builder_virtual_size(b, pel_builder_section(b, "bss", DATA), 0x2345);
    pel_builder_data(b, pel_builder_section(b, "c", DATA), zeros, 1);
    pel_builder_section(b, "empty", DATA);
    pel_span file = finish();

    ck_hex(section_field(file, 0, 8, 4), 0x1001);
    ck_hex(section_field(file, 0, 16, 4), 0x1200);
    ck_hex(section_field(file, 1, 8, 4), 0x2345);
    ck_hex(section_field(file, 1, 12, 4), 0x3000);
    ck_hex(section_field(file, 1, 16, 8), 0); /* neither raw size nor pointer */
    ck_hex(section_field(file, 2, 12, 4), 0x6000);
    ck_hex(section_field(file, 2, 20, 4), 0x1600);
    ck_hex(section_field(file, 3, 8, 4), 1); /* Windows wants something */
    ck_hex(section_field(file, 3, 12, 4), 0x7000);
    ck_hex(pel_span_uint(file, 0xd0, 4), 0x8000);
    ck_hex(pel_span_uint(file, 0xa4, 4), 0x2400 + 0x200); /* SizeOfUninitializedData */
    ck_assert_uint_eq(file.size, 0x1800);
    end();
}
END_TEST

START_TEST(a_flat_image_lies_in_the_file_as_in_memory)
{
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_set(b, "optional_header.SectionAlignment", 0x20);
    pel_builder_set(b, "optional_header.FileAlignment", 0x20);
    pel_builder_data(b, pel_builder_section(b, "a", CODE), "code", 4);
    uint32_t data = pel_builder_section(b, "b", DATA);
    pel_builder_data(b, data, "data", 4);
    pel_builder_virtual_size(b, data, 0x50);
    pel_builder_data(b, pel_builder_section(b, "c", DATA), "more", 4);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0xd4, 4), 0x200); /* 0x188 + 3 * 0x28 */
    static const uint32_t want[] = { 0x200, 0x220, 0x280 };
    for (unsigned i = 0; i < 3; i++) {
        ck_hex(section_field(file, i, 12, 4), want[i]);
        ck_hex(section_field(file, i, 20, 4), want[i]);
    }
    ck_hex(section_field(file, 1, 16, 4), 0x60); /* the tail is in the file as well */
    ck_hex(pel_span_uint(file, 0xd0, 4), 0x2a0);
    ck_assert_uint_eq(file.size, 0x2a0);
    ck_assert_int_eq(memcmp(file.data + 0x280, "more", 4), 0);
    end();
}
END_TEST

START_TEST(a_flat_section_takes_the_space_of_its_data)
{
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_set(b, "optional_header.SectionAlignment", 0x10);
    pel_builder_set(b, "optional_header.FileAlignment", 0x10);
    uint32_t code = pel_builder_section(b, "a", CODE);
    pel_builder_data(b, code, "more than it shows", 18);
    pel_builder_virtual_size(b, code, 4);
    pel_builder_data(b, pel_builder_section(b, "b", DATA), "b", 1);
    pel_span file = finish();
    ck_hex(section_field(file, 0, 16, 4), 0x20);
    ck_hex(section_field(file, 1, 12, 4), section_field(file, 0, 12, 4) + 0x20);
    end();
}
END_TEST

START_TEST(what_is_set_moves_what_follows)
{
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_set(b, "dos_header.e_lfanew", 0x100);
    pel_builder_set(b, "optional_header.FileAlignment", 0x1000);
    pel_builder_data(b, pel_builder_section(b, "a", CODE), "a", 1);
    pel_builder_data(b, pel_builder_section(b, "b", DATA), "b", 1);
    pel_builder_data(b, pel_builder_section(b, "c", DATA), "c", 1);
    pel_builder_set(b, "sections[1].VirtualAddress", 0x8000);
    pel_builder_set(b, "optional_header.CheckSum", 0x12345678);
    pel_builder_set(b, "optional_header.NumberOfRvaAndSizes", 2);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0x3c, 4), 0x100);
    ck_hex(pel_span_uint(file, 0x100, 4), 0x4550);
    ck_hex(pel_span_uint(file, 0x114, 2), 128); /* SizeOfOptionalHeader: 112 + 2 * 8 */
    ck_hex(pel_span_uint(file, 0x158, 4), 0x12345678);
    unsigned table = 0x118 + 128;
    ck_hex(pel_span_uint(file, table + 40 + 12, 4), 0x8000);
    ck_hex(pel_span_uint(file, table + 80 + 12, 4), 0x9000);
    ck_hex(pel_span_uint(file, table + 80 + 20, 4), 0x3000);
    ck_assert_uint_eq(file.size, 0x4000);
    end();
}
END_TEST

/* e_lfanew 4: the NT headers begin in the DOS header, and e_lfanew is SectionAlignment. */
START_TEST(headers_may_overlap)
{
    begin(PEL_BUILD_PE32);
    pel_builder_set(b, "dos_header.e_lfanew", 4);
    pel_builder_set(b, "optional_header.SectionAlignment", 4);
    pel_builder_set(b, "optional_header.FileAlignment", 4);
    pel_builder_data(b, pel_builder_section(b, "a", CODE), "\xc3", 1);
    pel_span file = finish();
    ck_hex(pel_span_uint(file, 0, 2), 0x5a4d);
    ck_hex(pel_span_uint(file, 4, 4), 0x4550);
    ck_hex(pel_span_uint(file, 0x3c, 4), 4);
    ck_hex(pel_span_uint(file, 4 + 24 + 224, 1), 'a');
    ck_assert_uint_eq(file.size, 4 + 24 + 224 + 40 + 4);
    end();
}
END_TEST

START_TEST(long_names_go_into_a_string_table)
{
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_section(b, ".gnu_debuglink", DATA);
    pel_builder_section(b, "exactly8", DATA);
    pel_builder_section(b, ".debug_info", DATA);
    pel_builder_overlay(b, "overlay", 7);
    pel_span file = finish();
    uint64_t strings = pel_span_uint(file, 0x8c, 4);
    ck_hex(strings, 0x200);
    ck_assert_int_eq(memcmp(file.data + 0x188, "/4\0\0\0\0\0", 8), 0);
    ck_assert_int_eq(memcmp(file.data + 0x188 + 40, "exactly8", 8), 0);
    ck_assert_int_eq(memcmp(file.data + 0x188 + 80, "/19\0\0\0\0", 8), 0);
    ck_hex(pel_span_uint(file, strings, 4), 4 + 15 + 12);
    ck_assert_str_eq((const char *)file.data + strings + 4, ".gnu_debuglink");
    ck_assert_str_eq((const char *)file.data + strings + 19, ".debug_info");
    ck_assert_int_eq(memcmp(file.data + strings + 31, "overlay", 7), 0);
    ck_assert_uint_eq(file.size, strings + 31 + 7);
    end();
}
END_TEST

PEL_TESTS(builder_layout)
{
    tcase_add_test(tests, sections_follow_each_other_without_gaps);
    tcase_add_test(tests, a_flat_image_lies_in_the_file_as_in_memory);
    tcase_add_test(tests, a_flat_section_takes_the_space_of_its_data);
    tcase_add_test(tests, what_is_set_moves_what_follows);
    tcase_add_test(tests, headers_may_overlap);
    tcase_add_test(tests, long_names_go_into_a_string_table);
}
