/* SPDX-License-Identifier: Apache-2.0 */
/* Where headers and sections go, field by field. test_translate.c has whole images. */
#include "sample.h"

#include <time.h>

/* ---- extents ----------------------------------------------------------- */

/* A section of a file of 0x1000 bytes: header fields, and what is mapped of it. */
static const struct {
    uint32_t virtual_size, raw_offset, raw_size;
    uint64_t size, span, raw_start, mapped, wanted;
} extents[] = {
    /* as linkers make it */
    { 0x123, 0x400, 0x200, 0x123, 0x1000, 0x400, 0x200, 0x200 },
    { 0x1001, 0x400, 0x200, 0x1001, 0x2000, 0x400, 0x200, 0x200 },
    /* the offset is rounded down to a sector, the end up */
    { 0x123, 0x401, 0x200, 0x123, 0x1000, 0x400, 0x400, 0x400 },
    { 0x123, 0x5ff, 0x001, 0x123, 0x1000, 0x400, 0x200, 0x200 },
    { 0x123, 0x5ff, 0x002, 0x123, 0x1000, 0x400, 0x400, 0x400 },
    { 0x123, 0x400, 0x001, 0x123, 0x1000, 0x400, 0x200, 0x200 },
    { 0x123, 0x400, 0x201, 0x123, 0x1000, 0x400, 0x400, 0x400 },
    { 0x123, 0x001, 0x200, 0x123, 0x1000, 0x000, 0x400, 0x400 },
    { 0x123, 0x004, 0x00a, 0x123, 0x1000, 0x000, 0x200, 0x200 },
    { 0x123, 0x1ff, 0x001, 0x123, 0x1000, 0x000, 0x200, 0x200 },
    { 0x123, 0x1ff, 0x002, 0x123, 0x1000, 0x000, 0x400, 0x400 },
    /* raw data beyond VirtualSize is mapped to the end of the last page */
    { 0x001, 0x400, 0xa00, 0x001, 0x1000, 0x400, 0xa00, 0xa00 },
    { 0x001, 0x000, 0x1000, 0x001, 0x1000, 0x000, 0x000, 0x000 },
    { 0x123, 0x200, 0x9000, 0x123, 0x1000, 0x200, 0xe00, 0x1000 },
    /* VirtualSize 0 means SizeOfRawData */
    { 0x000, 0x400, 0x200, 0x200, 0x1000, 0x400, 0x200, 0x200 },
    { 0x000, 0x400, 0x1001, 0x1001, 0x2000, 0x400, 0xc00, 0x1200 },
    { 0x000, 0x000, 0x200, 0x200, 0x1000, 0x000, 0x000, 0x000 },
    /* uninitialised: no offset, or no size */
    { 0x123, 0x000, 0x200, 0x123, 0x1000, 0x000, 0x000, 0x000 },
    { 0x123, 0x400, 0x000, 0x123, 0x1000, 0x000, 0x000, 0x000 },
    { 0x123, 0xffffffff, 0x000, 0x123, 0x1000, 0x000, 0x000, 0x000 },
    { 0x000, 0x400, 0x000, 0x000, 0x0000, 0x000, 0x000, 0x000 },
    /* cut by the end of the file */
    { 0x1000, 0xf00, 0x1000, 0x1000, 0x1000, 0xe00, 0x200, 0x1000 },
    { 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x000, 0x1000 },
    { 0x1000, 0xfffffe00, 0x200, 0x1000, 0x1000, 0xfffffe00, 0x000, 0x200 },
    /* nothing wraps */
    { 0xffffffff, 0x200, 0xffffffff, 0xffffffff, 0x100000000, 0x200, 0xe00, 0x100000000 },
    { 0x000, 0xffffffff, 0xffffffff, 0xffffffff, 0x100000000, 0xfffffe00, 0, 0x100000000 },
};

START_TEST(raw_data_is_mapped_by_sectors_and_memory_by_pages)
{
    sample s = sample_of(_i % 2 ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 0, "VirtualSize", extents[_i].virtual_size);
    sample_poke_section(&s, 0, "PointerToRawData", extents[_i].raw_offset);
    sample_poke_section(&s, 0, "SizeOfRawData", extents[_i].raw_size);
    pel_builder_resize(s.b, 0x1000);
    sample_parse(&s);
    pel_extent e = pel_image_extent(s.img, 0);
    ck_hex(e.start.v, 0x1000);
    ck_hex(e.size, extents[_i].size);
    ck_hex(e.span, extents[_i].span);
    ck_hex(e.raw_size, extents[_i].mapped);
    ck_hex(e.raw_wanted, extents[_i].wanted);
    if (e.raw_size > 0)
        ck_hex(e.raw_start.v, extents[_i].raw_start);
    sample_free(&s);
}
END_TEST

/* FileAlignment has no say: offsets are taken by sectors whatever it is. */
START_TEST(file_alignment_is_ignored)
{
    static const uint32_t alignments[] = { 0, 1, 0x10, 0x300, 0x1000, 0xffffffff };
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        sample_poke_section(&s, 1, "PointerToRawData", 0x40f);
        pel_builder_poke(s.b, "optional_header.FileAlignment", alignments[i]);
        sample_parse(&s);
        ck_hex(pel_image_extent(s.img, 1).raw_start.v, 0x400);
        ck_hex(pel_image_extent(s.img, 1).raw_wanted, 0x400);
        sample_free(&s);
    }
}
END_TEST

/* ---- headers ----------------------------------------------------------- */

static const struct {
    uint32_t size_of_headers;
    uint64_t file_size, first_section, mapped;
} header_rows[] = {
    { 0x200, 0x600, 0x1000, 0x200 },
    { 0x000, 0x600, 0x1000, 0x1d8 }, /* the end of the section table */
    { 0x1d7, 0x600, 0x1000, 0x1d8 },
    { 0x1d9, 0x600, 0x1000, 0x1d9 },
    { 0x5ff, 0x600, 0x1000, 0x5ff },
    { 0x601, 0x600, 0x1000, 0x600 }, /* the end of the file */
    { 0xffffffff, 0x600, 0x1000, 0x600 },
    { 0xffffffff, 0x4000, 0x1000, 0x1000 }, /* the first section */
    { 0x800, 0x600, 0x100, 0x100 },
    { 0x200, 0x600, 0x000, 0x000 },
    { 0x1800, 0x4000, 0x2000, 0x1800 },
};

START_TEST(the_header_region_ends_at_the_file_or_the_first_section)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfHeaders", header_rows[_i].size_of_headers);
    sample_poke_section(&s, 0, "VirtualAddress", header_rows[_i].first_section);
    pel_builder_resize(s.b, header_rows[_i].file_size);
    sample_parse(&s);
    ck_hex(pel_image_header_size(s.img), header_rows[_i].mapped);
    sample_free(&s);
}
END_TEST

START_TEST(the_view_is_size_of_image_in_whole_pages)
{
    static const struct {
        uint32_t size;
        uint64_t view;
    } rows[] = { { 0, 0 },
                 { 1, 0x1000 },
                 { 0x1000, 0x1000 },
                 { 0x1001, 0x2000 },
                 { 0x3000, 0x3000 },
                 { 0xfffff000, 0xfffff000 },
                 { 0xfffff001, 0x100000000 },
                 { 0xffffffff, 0x100000000 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_poke(s.b, "optional_header.SizeOfImage", rows[i].size);
        sample_parse(&s);
        ck_hex(pel_image_view_size(s.img), rows[i].view);
        sample_free(&s);
    }
}
END_TEST

START_TEST(an_image_is_flat_when_its_alignment_is_no_multiple_of_a_page)
{
    static const struct {
        uint32_t alignment;
        bool flat;
    } rows[] = { { 0, false },      { 1, true },        { 0x200, true },
                 { 0xfff, true },   { 0x1000, false },  { 0x1800, true },
                 { 0x3000, false }, { 0x10000, false }, { 0xffffffff, true } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_poke(s.b, "optional_header.SectionAlignment", rows[i].alignment);
        sample_parse(&s);
        ck_assert_msg(pel_image_is_flat(s.img) == rows[i].flat, "0x%x", rows[i].alignment);
        sample_free(&s);
    }
}
END_TEST

/* In a flat image a section is where the file has its RVA, whatever PointerToRawData says. */
START_TEST(a_section_of_a_flat_image_has_the_bytes_at_its_rva)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SectionAlignment", 0x200);
    sample_poke_section(&s, 0, "VirtualAddress", 0x404);
    sample_poke_section(&s, 0, "VirtualSize", 0x300);
    sample_parse(&s);
    pel_extent e = pel_image_extent(s.img, 0);
    ck_hex(e.raw_start.v, 0x404);
    ck_hex(e.span, 0x300);
    ck_hex(e.raw_size, 0x1fc);
    ck_hex(e.raw_wanted, 0x300);
    sample_free(&s);
}
END_TEST

/* ---- overlay ----------------------------------------------------------- */

static uint64_t overlay_start(sample *s, size_t want_size)
{
    pel_foff at;
    sample_parse(s);
    pel_span overlay = pel_image_overlay(s->img, &at);
    ck_assert_uint_eq(overlay.size, want_size);
    if (want_size)
        ck_assert_ptr_eq(overlay.data, s->bytes.data + at.v);
    sample_free(s);
    return at.v;
}

START_TEST(what_lies_behind_the_last_raw_data_is_overlay)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    ck_hex(overlay_start(&s, 0), SAMPLE_SIZE);
    s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, "tail", 4);
    ck_hex(overlay_start(&s, 4), SAMPLE_SIZE);
    s = sample_of(PEL_BUILD_PE32PLUS); /* accounted for by its size, not by its sectors */
    sample_poke_section(&s, 1, "SizeOfRawData", 0x10);
    ck_hex(overlay_start(&s, 0x1f0), 0x410);
    s = sample_of(PEL_BUILD_PE32PLUS); /* no matter in which order sections lie */
    sample_poke_section(&s, 0, "PointerToRawData", 0x400);
    sample_poke_section(&s, 1, "PointerToRawData", 0x200);
    pel_builder_overlay(s.b, "tail", 4);
    ck_hex(overlay_start(&s, 4), SAMPLE_SIZE);
    s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SizeOfHeaders", 0xffffffff);
    ck_hex(overlay_start(&s, 0), SAMPLE_SIZE);
    s = sample_of(PEL_BUILD_PE32PLUS);
    sample_poke_section(&s, 0, "SizeOfRawData", 0xffffffff);
    pel_builder_overlay(s.b, "tail", 4);
    ck_hex(overlay_start(&s, 0), SAMPLE_SIZE + 4);
}
END_TEST

START_TEST(symbols_and_their_strings_are_accounted_for)
{
    uint8_t symbols[18 + 10 + 3] = { 0 };
    sample s = sample_of(PEL_BUILD_PE32);
    symbols[18] = 10;
    pel_builder_overlay(s.b, symbols, sizeof symbols);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", SAMPLE_SIZE);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 1);
    ck_hex(overlay_start(&s, 3), SAMPLE_SIZE + 28);
    s = sample_of(PEL_BUILD_PE32); /* a table that is not there accounts for nothing */
    pel_builder_overlay(s.b, symbols, sizeof symbols);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", SAMPLE_SIZE);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 2);
    ck_hex(overlay_start(&s, sizeof symbols), SAMPLE_SIZE);
}
END_TEST

START_TEST(files_without_a_layout_have_no_overlay)
{
    sample s = sample_raw("MZ", 2);
    ck_hex(overlay_start(&s, 0), 2);
    s = sample_of(PEL_BUILD_PE32);
    pel_builder_poke(s.b, "optional_header.Magic", 0x107);
    ck_hex(overlay_start(&s, 0), SAMPLE_SIZE);
}
END_TEST

/* ---- many sections ----------------------------------------------------- */

#define MANY 65535u

static sample many_sections(uint32_t virtual_size)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    for (uint32_t i = 0; i < MANY; i++)
        pel_builder_section(s.b, ".s", SAMPLE_RW);
    for (uint32_t i = 0; virtual_size && i < MANY; i++)
        sample_poke_section(&s, i, "VirtualSize", virtual_size);
    sample_finish(&s);
    return s;
}

/* Seconds of processor time; quadratic work would take minutes. */
static double timed_parse(sample *s)
{
    clock_t start = clock();
    ck_ok(pel_image_parse(s->bytes, NULL, &s->img));
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

START_TEST(the_most_sections_there_can_be_are_laid_out_quickly)
{
    sample s = many_sections(0);
    double seconds = timed_parse(&s);
    ck_assert_msg(seconds < 5, "%f s", seconds);
    ck_assert_uint_eq(pel_image_section_count(s.img), MANY);
    for (uint32_t i = 0; i < MANY; i += 4369) {
        pel_rva at = pel_image_section(s.img, i)->header.virtual_address;
        pel_rva_answer a = pel_image_at_rva(s.img, at);
        ck_assert_uint_eq(a.section, i);
        ck_hex(a.run, 0x1000);
    }
    sample_free(&s);
}
END_TEST

START_TEST(so_are_as_many_that_all_overlap)
{
    sample s = many_sections(0x20000000);
    double seconds = timed_parse(&s);
    ck_assert_msg(seconds < 5, "%f s", seconds);
    uint32_t first = pel_image_section(s.img, 0)->header.virtual_address.v;
    ck_assert_uint_eq(pel_image_at_rva(s.img, (pel_rva){ first }).section, 0);
    ck_assert_uint_eq(pel_image_at_rva(s.img, (pel_rva){ first + 0x1234567 }).section, 0x1234);
    ck_assert_uint_eq(pel_image_at_rva(s.img, (pel_rva){ 0x20000000 }).section, MANY - 1);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_layout)
{
    tcase_add_loop_test(tests, raw_data_is_mapped_by_sectors_and_memory_by_pages, 0,
                        sizeof extents / sizeof extents[0]);
    tcase_add_test(tests, file_alignment_is_ignored);
    tcase_add_loop_test(tests, the_header_region_ends_at_the_file_or_the_first_section, 0,
                        sizeof header_rows / sizeof header_rows[0]);
    tcase_add_test(tests, the_view_is_size_of_image_in_whole_pages);
    tcase_add_test(tests, an_image_is_flat_when_its_alignment_is_no_multiple_of_a_page);
    tcase_add_test(tests, a_section_of_a_flat_image_has_the_bytes_at_its_rva);
    tcase_add_test(tests, what_lies_behind_the_last_raw_data_is_overlay);
    tcase_add_test(tests, symbols_and_their_strings_are_accounted_for);
    tcase_add_test(tests, files_without_a_layout_have_no_overlay);
    tcase_add_test(tests, the_most_sections_there_can_be_are_laid_out_quickly);
    tcase_add_test(tests, so_are_as_many_that_all_overlap);
}
