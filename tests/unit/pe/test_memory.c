/* SPDX-License-Identifier: Apache-2.0 */
/* PEL_LAYOUT_MEMORY: bytes of a mapped image, where an offset is an RVA. */
#include "sample.h"

static const pel_image_options in_memory = { .layout = PEL_LAYOUT_MEMORY };

/* The sample as it lies in memory, `size` bytes of it, parsed as such. */
typedef struct mapped {
    sample file;
    uint8_t bytes[SAMPLE_IMAGE + 0x100];
    pel_image *img;
} mapped;

static void map_sample(mapped *m, size_t size)
{
    memset(m->bytes, 0, sizeof m->bytes);
    sample_parse(&m->file);
    for (uint32_t rva = 0; rva < SAMPLE_IMAGE; rva += PEL_PAGE_SIZE)
        pel_image_read(m->file.img, (pel_rva){ rva }, m->bytes + rva, PEL_PAGE_SIZE);
    ck_ok(pel_image_parse((pel_span){ m->bytes, size }, &in_memory, &m->img));
}

static void unmap_sample(mapped *m)
{
    pel_image_free(m->img);
    sample_free(&m->file);
}

START_TEST(every_byte_of_the_image_is_at_its_rva)
{
    static mapped m;
    pel_foff offset;
    pel_rva rva;
    m.file = sample_of(_i ? PEL_BUILD_PE32 : PEL_BUILD_PE32PLUS);
    map_sample(&m, SAMPLE_IMAGE);
    ck_assert_int_eq(pel_image_get_layout(m.img), PEL_LAYOUT_MEMORY);
    ck_no_diag(m.img);
    for (uint32_t at = 0; at < SAMPLE_IMAGE; at += 0x100) {
        ck_ok(pel_image_rva_to_foff(m.img, (pel_rva){ at }, &offset));
        ck_hex(offset.v, at);
        pel_rva_iter it = pel_image_rvas(m.img, offset);
        ck_assert(pel_rva_next(&it, &rva));
        ck_hex(rva.v, at);
        ck_assert(!pel_rva_next(&it, &rva));
        ck_assert_uint_eq(pel_image_at_rva(m.img, rva).section,
                          at < 0x1000 ? PEL_NO_INDEX : at / 0x1000 - 1);
    }
    ck_hex(pel_image_at_rva(m.img, (pel_rva){ 0x2000 }).run, 0x1000);
    unmap_sample(&m);
}
END_TEST

START_TEST(it_reads_the_same_as_the_file)
{
    static mapped m;
    static uint8_t got[SAMPLE_IMAGE];
    m.file = sample_of(PEL_BUILD_PE32PLUS);
    map_sample(&m, SAMPLE_IMAGE);
    ck_ok(pel_image_read(m.img, (pel_rva){ 0 }, got, sizeof got));
    ck_assert_mem_eq(got, m.bytes, sizeof got);
    unmap_sample(&m);
}
END_TEST

START_TEST(what_a_cut_dump_lacks_is_a_gap_and_not_zero)
{
    static mapped m;
    uint8_t byte;
    m.file = sample_of(PEL_BUILD_PE32PLUS);
    map_sample(&m, 0x1800);
    pel_rva_answer a = pel_image_at_rva(m.img, (pel_rva){ 0x17ff });
    ck_assert_int_eq(a.where, PEL_WHERE_SECTION);
    ck_hex(a.run, 1);
    a = pel_image_at_rva(m.img, (pel_rva){ 0x1800 });
    ck_assert_int_eq(a.where, PEL_WHERE_GAP);
    ck_assert(!a.has_offset);
    ck_assert_int_eq(pel_image_at_rva(m.img, (pel_rva){ 0x2000 }).where, PEL_WHERE_GAP);
    ck_status(PEL_NOT_FOUND, pel_image_read(m.img, (pel_rva){ 0x2000 }, &byte, 1));
    ck_assert_ptr_null(diag_of(m.img, PEL_DIAG_SECTION_PAST_EOF));
    const pel_diag *cut = diag_of(m.img, PEL_DIAG_DUMP_CUT);
    ck_assert_ptr_nonnull(cut);
    ck_hex(cut->found, SAMPLE_IMAGE);
    ck_hex(cut->limit, 0x1800);
    unmap_sample(&m);
}
END_TEST

START_TEST(a_dump_of_the_first_bytes_has_the_headers_that_are_there)
{
    static mapped m;
    m.file = sample_of(PEL_BUILD_PE32PLUS);
    for (size_t size = 0; size < 0x400; size += 7) {
        map_sample(&m, size);
        ck_assert(pel_image_section_count(m.img) <= 2);
        pel_image_free(m.img);
        pel_image_free(m.file.img);
    }
    m.file.img = m.img = NULL;
    unmap_sample(&m);
}
END_TEST

START_TEST(what_follows_the_view_is_an_overlay)
{
    static mapped m;
    pel_foff at;
    m.file = sample_of(PEL_BUILD_PE32PLUS);
    map_sample(&m, SAMPLE_IMAGE + 0x100);
    ck_assert_uint_eq(pel_image_overlay(m.img, &at).size, 0x100);
    ck_hex(at.v, SAMPLE_IMAGE);
    unmap_sample(&m);
}
END_TEST

/* Symbols and their strings have file offsets, which mean nothing here. */
START_TEST(a_long_name_stays_as_it_is_and_is_no_mistake)
{
    static mapped m;
    m.file = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(m.file.b, "file_header.PointerToSymbolTable", 0x200);
    map_sample(&m, SAMPLE_IMAGE);
    pel_image_free(m.img);
    memcpy(m.bytes + SAMPLE_TABLE, "/4\0\0\0", 5);
    ck_ok(pel_image_parse((pel_span){ m.bytes, SAMPLE_IMAGE }, &in_memory, &m.img));
    ck_assert_ptr_null(diag_of(m.img, PEL_DIAG_SECTION_LONG_NAME));
    ck_assert_uint_eq(pel_image_section(m.img, 0)->name.len, 2);
    unmap_sample(&m);
}
END_TEST

START_TEST(a_flat_image_lies_in_memory_as_in_the_file)
{
    pel_image *img;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.SectionAlignment", 0x200);
    sample_poke_section(&s, 0, "VirtualAddress", 0x200);
    sample_poke_section(&s, 1, "VirtualAddress", 0x400);
    pel_builder_poke(s.b, "optional_header.SizeOfImage", SAMPLE_SIZE);
    sample_parse(&s);
    ck_ok(pel_image_parse(s.bytes, &in_memory, &img));
    for (uint32_t at = 0; at < SAMPLE_SIZE; at += 0x80) {
        pel_rva_answer a = pel_image_at_rva(s.img, (pel_rva){ at });
        pel_rva_answer b = pel_image_at_rva(img, (pel_rva){ at });
        ck_assert_int_eq(a.has_offset, b.has_offset);
        ck_hex(a.offset.v, b.offset.v);
        ck_assert_uint_eq(a.section, b.section);
    }
    pel_image_free(img);
    sample_free(&s);
}
END_TEST

START_TEST(layouts_have_names)
{
    pel_layout layout;
    ck_assert_str_eq(pel_layout_name(PEL_LAYOUT_FILE), "file");
    ck_ok(pel_layout_from_name("memory", &layout));
    ck_assert_int_eq(layout, PEL_LAYOUT_MEMORY);
    ck_ok(pel_layout_from_name("file", &layout));
    ck_assert_int_eq(layout, PEL_LAYOUT_FILE);
    ck_status(PEL_NOT_FOUND, pel_layout_from_name("mapped", &layout));
}
END_TEST

PEL_TESTS(pe_memory)
{
    tcase_add_loop_test(tests, every_byte_of_the_image_is_at_its_rva, 0, 2);
    tcase_add_test(tests, it_reads_the_same_as_the_file);
    tcase_add_test(tests, what_a_cut_dump_lacks_is_a_gap_and_not_zero);
    tcase_add_test(tests, a_dump_of_the_first_bytes_has_the_headers_that_are_there);
    tcase_add_test(tests, what_follows_the_view_is_an_overlay);
    tcase_add_test(tests, a_long_name_stays_as_it_is_and_is_no_mistake);
    tcase_add_test(tests, a_flat_image_lies_in_memory_as_in_the_file);
    tcase_add_test(tests, layouts_have_names);
}
