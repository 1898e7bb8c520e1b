/* SPDX-License-Identifier: Apache-2.0 */
/* UEFI terse executables. Offsets and addresses still count the headers that were cut off:
 * 0x1d8 bytes went, 40 came instead. */
#include "sample.h"

#define STRIPPED 0x1d8u
#define BIAS     (STRIPPED - 40)
#define RAW      0x200u /* of the section, before the cut */

typedef struct te_file {
    uint8_t bytes[0x400];
} te_file;

static void put(uint8_t *to, unsigned width, uint64_t value) { pel_store_uint(to, width, value); }

static te_file literal(uint16_t stripped)
{
    te_file f = { { 'V', 'Z' } };
    uint8_t *section = f.bytes + 40;
    put(f.bytes + 2, 2, 0xaa64);
    f.bytes[4] = 1;  /* NumberOfSections */
    f.bytes[5] = 11; /* EFI_BOOT_SERVICE_DRIVER */
    put(f.bytes + 6, 2, stripped);
    put(f.bytes + 8, 4, 0x240);           /* AddressOfEntryPoint */
    put(f.bytes + 12, 4, 0x200);          /* BaseOfCode */
    put(f.bytes + 16, 8, 0x100000000001); /* ImageBase */
    put(f.bytes + 24, 4, 0x250);          /* relocations */
    put(f.bytes + 28, 4, 12);
    put(f.bytes + 32, 4, 0x260); /* debug */
    put(f.bytes + 36, 4, 28);
    memcpy(section, ".text", 5);
    put(section + 8, 4, 0x100);
    put(section + 12, 4, 0x200);
    put(section + 16, 4, 0x100);
    put(section + 20, 4, RAW);
    for (unsigned i = 0; i < 0x100; i++)
        f.bytes[RAW - BIAS + i] = (uint8_t)i;
    return f;
}

static sample te_of(uint16_t stripped, size_t size)
{
    te_file f = literal(stripped);
    sample s = sample_raw(f.bytes, size);
    sample_parse(&s);
    return s;
}

START_TEST(the_header_is_read)
{
    sample s = te_of(STRIPPED, RAW - BIAS + 0x100);
    const pel_te_header *h = pel_image_te_header(s.img);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_TE);
    ck_assert_ptr_nonnull(h);
    ck_hex(h->signature, 0x5a56);
    ck_hex(h->machine, 0xaa64);
    ck_assert_uint_eq(h->section_count, 1);
    ck_assert_uint_eq(h->subsystem, 11);
    ck_hex(h->stripped_size, STRIPPED);
    ck_hex(h->entry_point.v, 0x240);
    ck_hex(h->base_of_code.v, 0x200);
    ck_hex(h->image_base.v, 0x100000000001);
    ck_assert(!pel_image_is_pe(s.img));
    ck_assert_ptr_null(pel_image_optional_header(s.img));
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

START_TEST(it_has_two_directories_at_their_usual_numbers)
{
    pel_structure at;
    sample s = te_of(STRIPPED, 0x400);
    ck_hex(pel_image_directory(s.img, PEL_DIR_BASERELOC).address, 0x250);
    ck_hex(pel_image_directory(s.img, PEL_DIR_BASERELOC).size, 12);
    ck_hex(pel_image_directory(s.img, PEL_DIR_DEBUG).address, 0x260);
    ck_ok(pel_image_structure(s.img, &pel_data_directory_schema, PEL_DIR_BASERELOC, &at));
    ck_hex(at.offset.v, 24);
    ck_ok(pel_image_structure(s.img, &pel_data_directory_schema, PEL_DIR_DEBUG, &at));
    ck_hex(at.offset.v, 32);
    for (uint32_t i = 0; i < PEL_DIR_BASERELOC; i++) {
        ck_hex(pel_image_directory(s.img, i).address, 0);
        ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_data_directory_schema, i, &at));
    }
    sample_free(&s);
}
END_TEST

START_TEST(raw_offsets_count_the_bytes_that_were_cut_off)
{
    sample s = te_of(STRIPPED, RAW - BIAS + 0x100);
    pel_extent e = pel_image_extent(s.img, 0);
    ck_hex(e.raw_start.v, RAW - BIAS); /* as it is: UEFI knows no sectors */
    ck_hex(e.raw_size, 0x100);
    pel_rva_answer a = pel_image_at_rva(s.img, (pel_rva){ 0x210 });
    ck_assert_int_eq(a.where, PEL_WHERE_SECTION);
    ck_hex(a.offset.v, RAW - BIAS + 0x10);
    ck_hex(a.run, 0xf0);
    ck_assert_int_eq(pel_image_at_rva(s.img, (pel_rva){ 0x300 }).where, PEL_WHERE_ZERO_FILL);
    ck_hex(pel_image_view_size(s.img), 0x2000); /* the section's pages, from 0x200 on */
    ck_assert_int_eq(pel_image_at_rva(s.img, (pel_rva){ 0x0 }).where, PEL_WHERE_HEADER);
    ck_assert(!pel_image_is_flat(s.img));
    sample_free(&s);
}
END_TEST

START_TEST(a_raw_offset_inside_what_was_cut_off_gives_no_bytes)
{
    sample s = te_of(RAW + 41, 0x400);
    ck_hex(pel_image_extent(s.img, 0).raw_size, 0);
    ck_assert_int_eq(pel_image_at_rva(s.img, (pel_rva){ 0x200 }).where, PEL_WHERE_ZERO_FILL);
    sample_free(&s);
}
END_TEST

START_TEST(nothing_is_subtracted_when_nothing_was_cut_off)
{
    static const uint16_t sizes[] = { 0, 39, 40 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sample s = te_of(sizes[i], 0x400);
        ck_hex(pel_image_extent(s.img, 0).raw_start.v, RAW);
        sample_free(&s);
    }
}
END_TEST

START_TEST(bytes_behind_the_sections_are_overlay)
{
    pel_foff at;
    sample s = te_of(STRIPPED, RAW - BIAS + 0x107);
    ck_assert_uint_eq(pel_image_overlay(s.img, &at).size, 7);
    ck_hex(at.v, RAW - BIAS + 0x100);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_OVERLAY));
    sample_free(&s);
}
END_TEST

START_TEST(a_cut_header_has_no_sections)
{
    sample s = te_of(STRIPPED, 23);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_TE);
    ck_assert_ptr_nonnull(pel_image_te_header(s.img));
    ck_assert_uint_eq(pel_image_section_count(s.img), 0);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_FILE_HEADER_TRUNCATED);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, "te_header", 0);
    sample_free(&s);
}
END_TEST

START_TEST(more_sections_than_the_file_holds_are_told)
{
    sample s = te_of(STRIPPED, 79);
    ck_assert_uint_eq(pel_image_section_count(s.img), 0);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_SECTIONS_TRUNCATED);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, "te_header.NumberOfSections", 4);
    ck_hex(d->found, 1);
    ck_hex(d->limit, 0);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_te)
{
    tcase_add_test(tests, the_header_is_read);
    tcase_add_test(tests, it_has_two_directories_at_their_usual_numbers);
    tcase_add_test(tests, raw_offsets_count_the_bytes_that_were_cut_off);
    tcase_add_test(tests, a_raw_offset_inside_what_was_cut_off_gives_no_bytes);
    tcase_add_test(tests, nothing_is_subtracted_when_nothing_was_cut_off);
    tcase_add_test(tests, bytes_behind_the_sections_are_overlay);
    tcase_add_test(tests, a_cut_header_has_no_sections);
    tcase_add_test(tests, more_sections_than_the_file_holds_are_told);
}
