/* SPDX-License-Identifier: Apache-2.0 */
/* The second view of ARM64X files, on a table in literal bytes. */
#include "sample.h"

#define CONFIG_AT   0x400u /* file offsets; RVA 0x2000 */
#define TABLE_AT    0x500u
#define SCRATCH_AT  0x580u
#define SCRATCH_RVA 0x2180u

static const uint8_t table[] = {
    1,    0,    0,    0,    0x50, 0, 0, 0, /* version 1, 0x50 bytes */
    3,    0,    0,    0,    0,    0, 0, 0, 4,    0, 0, 0,
    0xff, 0xff, 0xff, 0xff,                               /* of another kind */
    6,    0,    0,    0,    0,    0, 0, 0, 0x34, 0, 0, 0, /* ARM64X */
    0,    0,    0,    0,    0x18, 0, 0, 0,                /* page 0 */
    0x84, 0x50, 0x64, 0x86,                               /* Machine: 0x8664 */
    0xa8, 0x90, 0x01, 0x10, 0,    0,                      /* AddressOfEntryPoint: 0x1001 */
    0xde, 0x40,                                           /* DllCharacteristics: 0 */
    0x00, 0x00, 0xff, 0xff,                               /* padding: the end */
    0,    0x20, 0,    0,    0x1c, 0, 0, 0,                /* page 0x2000 */
    0x80, 0xa1, 2,    0,                                  /* 0x2180: plus 2 times 8 */
    0x84, 0x61, 3,    0,                                  /* 0x2184: minus 3 times 4 */
    0x88, 0xd1, 1,    2,    3,    4, 5, 6, 7,    8,       /* 0x2188: eight bytes */
    0x00, 0x00,
};

/* Where the table can be found: IMAGE_LOAD_CONFIG_DIRECTORY64 up to Reserved2. */
static void add_config(sample *s, uint32_t size, uint16_t section)
{
    uint8_t config[232] = { 0 };
    pel_store_uint(config, 4, size);
    pel_store_uint(config + 224, 4, TABLE_AT - CONFIG_AT);
    pel_store_uint(config + 228, 2, section);
    pel_builder_patch(s->b, (pel_foff){ CONFIG_AT }, config, sizeof config);
    pel_builder_directory(s->b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2000 }, sizeof config);
}

static sample hybrid(const uint8_t *bytes, size_t size)
{
    static const uint8_t scratch[16] = { 0x00, 0x10, 0, 0, 0x00, 0x10, 0, 0 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_set(s.b, "file_header.Machine", PEL_MACHINE_ARM64);
    add_config(&s, 232, SAMPLE_DATA + 1);
    pel_builder_patch(s.b, (pel_foff){ TABLE_AT }, bytes, size);
    pel_builder_patch(s.b, (pel_foff){ SCRATCH_AT }, scratch, sizeof scratch);
    sample_parse(&s);
    return s;
}

static pel_status ec_of(const sample *s, pel_image **out)
{
    pel_image_options o = { .view = PEL_VIEW_EC };
    return pel_image_parse(s->bytes, &o, out);
}

static uint64_t word(const pel_image *img, uint32_t rva, unsigned width)
{
    uint8_t bytes[8];
    ck_ok(pel_image_read(img, (pel_rva){ rva }, bytes, width));
    return pel_span_uint((pel_span){ bytes, width }, 0, width);
}

START_TEST(each_kind_of_fixup_is_applied)
{
    pel_image *ec;
    sample s = hybrid(table, sizeof table);
    ck_ok(ec_of(&s, &ec));
    ck_hex(pel_image_file_header(s.img)->machine, PEL_MACHINE_ARM64);
    ck_hex(pel_image_file_header(ec)->machine, PEL_MACHINE_AMD64);
    ck_hex(pel_image_optional_header(ec)->entry_point.v, 0x1001);
    ck_hex(pel_image_optional_header(ec)->dll_flags, 0);
    ck_hex(word(ec, SCRATCH_RVA, 4), 0x1010);
    ck_hex(word(ec, SCRATCH_RVA + 4, 4), 0xff4);
    ck_hex(word(ec, SCRATCH_RVA + 8, 8), 0x0807060504030201);
    ck_hex(word(s.img, SCRATCH_RVA, 4), 0x1000);
    pel_image_free(ec);
    sample_free(&s);
}
END_TEST

START_TEST(the_view_says_what_it_is)
{
    pel_image *ec;
    sample s = hybrid(table, sizeof table);
    ck_ok(ec_of(&s, &ec));
    const pel_diag *d = pel_image_diag(ec, pel_image_diag_count(ec) - 1);
    ck_assert_int_eq(d->code, PEL_DIAG_VIEW_EC);
    ck_assert_uint_eq(d->found, 6);
    ck_assert_ptr_eq(pel_image_file(ec).data, s.bytes.data);
    ck_assert_ptr_ne(pel_image_bytes(ec).data, s.bytes.data);
    ck_assert_ptr_eq(pel_image_file(s.img).data, pel_image_bytes(s.img).data);
    ck_hex(pel_image_checksum(ec), pel_image_checksum(s.img));
    pel_image_free(ec);
    sample_free(&s);
}
END_TEST

/* A place outside of the file is passed over. */
START_TEST(what_has_no_byte_in_the_file_is_left_out)
{
    pel_image *ec;
    uint8_t bytes[sizeof table];
    memcpy(bytes, table, sizeof bytes);
    bytes[0x3d] = 0x70; /* the second block's page: 0x7000 */
    sample s = hybrid(bytes, sizeof bytes);
    ck_ok(ec_of(&s, &ec));
    ck_assert_uint_eq(pel_image_diag(ec, pel_image_diag_count(ec) - 1)->found, 3);
    ck_hex(word(ec, SCRATCH_RVA, 4), 0x1000);
    pel_image_free(ec);
    sample_free(&s);
}
END_TEST

START_TEST(a_file_without_a_table_has_no_other_view)
{
    static const struct {
        uint32_t size;
        uint16_t section;
        uint8_t version;
    } cases[] = { { 224, 2, 1 }, { 232, 0, 1 }, { 232, 3, 1 }, { 232, 2, 2 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pel_image *ec = NULL;
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        add_config(&s, cases[i].size, cases[i].section);
        pel_builder_patch(s.b, (pel_foff){ TABLE_AT }, table, sizeof table);
        pel_builder_patch(s.b, (pel_foff){ TABLE_AT }, &cases[i].version, 1);
        sample_parse(&s);
        ck_status(PEL_NOT_FOUND, ec_of(&s, &ec));
        ck_assert_ptr_null(ec);
        sample_free(&s);
    }
    sample plain = sample_of(PEL_BUILD_PE32);
    pel_image *ec;
    sample_parse(&plain);
    ck_status(PEL_NOT_FOUND, ec_of(&plain, &ec));
    sample_free(&plain);
}
END_TEST

/* Wherever the table ends, what is before that counts. */
START_TEST(a_table_that_is_cut_is_applied_as_far_as_it_goes)
{
    for (uint8_t size = 0; size < 0x50; size++) {
        pel_image *ec = NULL;
        uint8_t bytes[sizeof table];
        memcpy(bytes, table, sizeof bytes);
        bytes[4] = size;
        sample s = hybrid(bytes, sizeof bytes);
        pel_status st = ec_of(&s, &ec);
        ck_quick(st == (size >= 28 ? PEL_OK : PEL_NOT_FOUND));
        if (st == PEL_OK && size >= 0x1c + 0x18)
            ck_hex(pel_image_file_header(ec)->machine, PEL_MACHINE_AMD64);
        pel_image_free(ec);
        sample_free(&s);
    }
}
END_TEST

START_TEST(records_that_cannot_be_end_the_table)
{
    static const uint16_t bad[] = { 0x3084, 0x1084 }; /* type 3; a value of one byte */
    for (size_t i = 0; i < 2; i++) {
        pel_image *ec;
        uint8_t bytes[sizeof table];
        memcpy(bytes, table, sizeof bytes);
        pel_store_uint(bytes + 0x28, 2, bad[i]);
        sample s = hybrid(bytes, sizeof bytes);
        ck_ok(ec_of(&s, &ec));
        ck_assert_int_eq(pel_image_diag(ec, pel_image_diag_count(ec) - 1)->code,
                         PEL_DIAG_VIEW_BROKEN);
        ck_hex(pel_image_file_header(ec)->machine, PEL_MACHINE_ARM64);
        pel_image_free(ec);
        sample_free(&s);
    }
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
    sample s = hybrid(table, sizeof table);
    for (int left = 0; left < 100; left++) {
        alloc_fail f = { .left = left };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_image_options o = { .allocator = &a, .view = PEL_VIEW_EC };
        pel_image *ec = NULL;
        pel_status st = pel_image_parse(s.bytes, &o, &ec);
        ck_quick(st == PEL_OK || (st == PEL_NO_MEMORY && !ec));
        pel_image_free(ec);
        ck_assert_int_eq(f.live, 0);
        if (st == PEL_OK)
            break;
    }
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_arm64x)
{
    tcase_add_test(tests, each_kind_of_fixup_is_applied);
    tcase_add_test(tests, the_view_says_what_it_is);
    tcase_add_test(tests, what_has_no_byte_in_the_file_is_left_out);
    tcase_add_test(tests, a_file_without_a_table_has_no_other_view);
    tcase_add_test(tests, a_table_that_is_cut_is_applied_as_far_as_it_goes);
    tcase_add_test(tests, records_that_cannot_be_end_the_table);
    tcase_add_test(tests, without_memory_nothing_is_left);
}
