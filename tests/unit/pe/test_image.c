/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and parsing as calls: arguments, options, memory, diagnostics. */
#include "sample.h"

START_TEST(wrong_arguments_are_the_callers_mistake)
{
    pel_image *img = (pel_image *)1;
    ck_status(PEL_BAD_ARG, pel_image_parse((pel_span){ NULL, 1 }, NULL, &img));
    ck_status(PEL_BAD_ARG, pel_image_parse((pel_span){ NULL, 0 }, NULL, NULL));
    ck_status(PEL_BAD_ARG, pel_image_open(NULL, NULL, &img));
    ck_status(PEL_BAD_ARG, pel_image_open("x", NULL, NULL));
    pel_image_free(NULL);
}
END_TEST

START_TEST(no_bytes_at_all_make_an_image)
{
    pel_image *img;
    pel_foff at;
    ck_ok(pel_image_parse((pel_span){ NULL, 0 }, NULL, &img));
    ck_assert_int_eq(pel_image_get_kind(img), PEL_IMAGE_UNKNOWN);
    ck_assert_uint_eq(pel_image_overlay(img, &at).size, 0);
    ck_assert_int_eq(pel_image_at_foff(img, (pel_foff){ 0 }), PEL_WHERE_UNMAPPED);
    ck_assert_int_eq(pel_image_at_rva(img, (pel_rva){ 0 }).where, PEL_WHERE_UNMAPPED);
    look_at_everything(img);
    pel_image_free(img);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_io_error)
{
    pel_image *img = (pel_image *)1;
    ck_status(PEL_IO, pel_image_open("/no/such/file", NULL, &img));
    ck_assert_ptr_null(img);
}
END_TEST

/* A file on disk with the sample in it. */
static void write_file(char *path, const sample *s)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(s->bytes.data, 1, s->bytes.size, file), s->bytes.size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_file_is_mapped_and_parsed)
{
    char path[] = "pe_image_test.tmp";
    pel_image_options strict = { .strict = true };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_finish(&s);
    write_file(path, &s);
    ck_ok(pel_image_open(path, NULL, &s.img));
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_PE32PLUS);
    ck_assert_uint_eq(pel_image_bytes(s.img).size, s.bytes.size);
    ck_assert_mem_eq(pel_image_bytes(s.img).data, s.bytes.data, s.bytes.size);
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0);
    sample_finish(&s);
    write_file(path, &s);
    ck_status(PEL_MALFORMED, pel_image_open(path, &strict, &s.img));
    ck_assert_ptr_null(s.img);
    ck_assert_int_eq(remove(path), 0);
    sample_free(&s);
}
END_TEST

/* ---- diagnostics ------------------------------------------------------- */

/* Fifty sections, each writable and executable and badly named. */
static sample talkative(void)
{
    sample s = sample_bare(PEL_BUILD_PE32);
    for (uint32_t i = 0; i < 50; i++)
        pel_builder_section(s.b, "/9", SAMPLE_RX | PEL_SCN_MEM_WRITE);
    sample_finish(&s);
    return s;
}

START_TEST(no_more_diagnostics_are_kept_than_asked_for)
{
    static const size_t limits[] = { 1, 2, 99, 100, 101 };
    static const size_t hidden[] = { 1, 1, 0, 0,
                                     0 }; /* the first of its code is behind the limit */
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        pel_image_options o = { .limits = { .diagnostics = limits[i] } };
        sample s = talkative();
        ck_ok(pel_image_parse(s.bytes, &o, &s.img));
        size_t count = pel_image_diag_count(s.img);
        const pel_diag *last = pel_image_diag(s.img, count - 1);
        ck_assert_uint_eq(count, limits[i] < 100 ? limits[i] + hidden[i] + 1 : 100);
        ck_assert_int_eq(last->code == PEL_DIAG_LIMIT_DIAGNOSTICS, limits[i] < 100);
        if (limits[i] < 100) {
            ck_assert_uint_eq(last->found, 100); /* all of them were counted */
            ck_assert_uint_eq(last->limit, limits[i]);
            ck_place(&last->where, "", UINT64_MAX);
        }
        ck_assert_ptr_null(pel_image_diag(s.img, count));
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_thousand_diagnostics_are_kept_by_default)
{
    sample s = sample_bare(PEL_BUILD_PE32);
    for (uint32_t i = 0; i < 1001; i++)
        pel_builder_section(s.b, ".x", SAMPLE_RX | PEL_SCN_MEM_WRITE);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_diag_count(s.img), 1001);
    ck_assert_int_eq(pel_image_diag(s.img, 1000)->code, PEL_DIAG_LIMIT_DIAGNOSTICS);
    ck_assert_uint_eq(pel_image_diag(s.img, 1000)->found, 1001);
    sample_free(&s);
}
END_TEST

START_TEST(a_flood_of_one_kind_hides_no_other)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < 1500; i++)
        pel_builder_section(s.b, "/9", SAMPLE_RX | (i < 1200 ? 0 : PEL_SCN_MEM_WRITE));
    sample_parse(&s);
    size_t last = pel_image_diag_count(s.img) - 1;
    ck_assert_uint_eq(last, 1001);
    const pel_diag *other = pel_image_diag(s.img, last - 1);
    ck_assert_int_eq(other->code, PEL_DIAG_SECTION_WRITE_EXECUTE);
    ck_place(&other->where, "sections[1200].Characteristics", SAMPLE_TABLE + 1200 * 40 + 36);
    ck_assert_int_eq(pel_image_diag(s.img, last)->code, PEL_DIAG_LIMIT_DIAGNOSTICS);
    ck_assert_uint_eq(pel_image_diag(s.img, last)->found, 1800);
    sample_free(&s);
}
END_TEST

START_TEST(warnings_do_not_matter_to_the_strict)
{
    pel_image_options strict = { .strict = true };
    sample s = talkative();
    ck_ok(pel_image_parse(s.bytes, &strict, &s.img));
    ck_assert_uint_eq(pel_image_diag_count(s.img), 100);
    sample_free(&s);
}
END_TEST

START_TEST(errors_beyond_the_limit_still_matter_to_the_strict)
{
    pel_image_options strict = { .strict = true, .limits = { .diagnostics = 1 } };
    sample s = sample_bare(PEL_BUILD_PE32);
    for (uint32_t i = 0; i < 3; i++)
        pel_builder_section(s.b, "/9", SAMPLE_RX);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", 0);
    sample_finish(&s);
    ck_status(PEL_MALFORMED, pel_image_parse(s.bytes, &strict, &s.img));
    sample_free(&s);
}
END_TEST

/* ---- places ------------------------------------------------------------ */

START_TEST(a_place_names_structure_index_field_and_offset)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    pel_place p = pel_image_place(s.img, &pel_section_header_schema, 1, "Characteristics");
    ck_place(&p, "sections[1].Characteristics", SAMPLE_TABLE + 40 + 36);
    p = pel_image_place(s.img, &pel_section_header_schema, 7, "Characteristics");
    ck_place(&p, "sections[7].Characteristics", UINT64_MAX); /* there is none */
    p = pel_image_place(s.img, &pel_optional_header_schema, 0, NULL);
    ck_place(&p, "optional_header", SAMPLE_OPTIONAL);
    p = pel_image_place(s.img, &pel_te_header_schema, 0, "Machine");
    ck_place(&p, "te_header.Machine", UINT64_MAX);
    p = pel_image_place(s.img, &pel_data_directory_schema, 15, "Size");
    ck_place(&p, "optional_header.DataDirectory[15].Size", SAMPLE_DIRECTORIES + 15 * 8 + 4);
    sample_free(&s);
}
END_TEST

/* ---- memory ------------------------------------------------------------ */

/* A file that makes use of everything: long names, a Rich header, diagnostics, a flat layout. */
static sample demanding(bool flat)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    if (flat) {
        pel_builder_set(s.b, "optional_header.SectionAlignment", 0x200);
        pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0);
    }
    for (uint32_t i = 0; i < 300; i++)
        pel_builder_section(s.b, "/9", SAMPLE_RX | PEL_SCN_MEM_WRITE);
    pel_builder_rich(s.b, 1, 2, 3);
    pel_builder_overlay(s.b, "tail", 4);
    sample_finish(&s);
    return s;
}

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    sample s = demanding(_i == 1);
    long n = 0;
    for (; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_image_options o = { .allocator = &a };
        st = pel_image_parse(s.bytes, &o, &s.img);
        ck_assert_int_eq(s.img != NULL, st == PEL_OK);
        pel_image_free(s.img);
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
    ck_assert_int_gt(n, 5);
    s.img = NULL;
    sample_free(&s);
}
END_TEST

START_TEST(an_allocator_that_is_given_is_the_only_one_used)
{
    alloc_fail f = { .left = 1000 };
    pel_allocator a = alloc_fail_allocator(&f);
    pel_image_options o = { .allocator = &a };
    sample s = demanding(false);
    ck_ok(pel_image_parse(s.bytes, &o, &s.img));
    ck_assert_int_gt(f.live, 300 * (long)sizeof(pel_section));
    sample_free(&s);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

PEL_TESTS(pe_image)
{
    tcase_add_test(tests, wrong_arguments_are_the_callers_mistake);
    tcase_add_test(tests, no_bytes_at_all_make_an_image);
    tcase_add_test(tests, a_file_that_is_not_there_is_an_io_error);
    tcase_add_test(tests, a_file_is_mapped_and_parsed);
    tcase_add_test(tests, no_more_diagnostics_are_kept_than_asked_for);
    tcase_add_test(tests, a_thousand_diagnostics_are_kept_by_default);
    tcase_add_test(tests, a_flood_of_one_kind_hides_no_other);
    tcase_add_test(tests, warnings_do_not_matter_to_the_strict);
    tcase_add_test(tests, errors_beyond_the_limit_still_matter_to_the_strict);
    tcase_add_test(tests, a_place_names_structure_index_field_and_offset);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, 2);
    tcase_add_test(tests, an_allocator_that_is_given_is_the_only_one_used);
}
