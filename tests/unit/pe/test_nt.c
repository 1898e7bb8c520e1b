/* SPDX-License-Identifier: Apache-2.0 */
/* The NT headers, read from literal bytes, and what odd sizes in them do. */
#include "sample.h"

static void put(uint8_t *to, unsigned width, uint64_t value) { pel_store_uint(to, width, value); }

#define NT 0x40

/* DOS header, NT headers and nothing else. `wide` decides the form of the optional header. */
static sample literal(bool wide)
{
    uint8_t f[0x200] = { 'M', 'Z' };
    uint8_t *file = f + NT + 4, *o = file + 20;
    unsigned n = wide ? 8 : 4; /* a native word */
    uint8_t *words = o + 72;   /* the four stack and heap sizes */
    put(f + 0x3c, 4, NT);
    put(f + NT, 4, 0x4550);
    put(file, 2, wide ? 0x8664 : 0x14c);
    put(file + 4, 4, 0x5f5e1000); /* TimeDateStamp */
    put(file + 8, 4, 0x1f0);      /* PointerToSymbolTable */
    put(file + 12, 4, 7);         /* NumberOfSymbols */
    put(file + 16, 2, wide ? 240 : 224);
    put(file + 18, 2, 0x2102); /* DLL | 32BIT_MACHINE | EXECUTABLE_IMAGE */
    put(o, 2, wide ? 0x20b : 0x10b);
    o[2] = 14, o[3] = 36;
    for (unsigned at = 4; at < 24; at += 4)
        put(o + at, 4, 0x11000000 + at);
    if (!wide)
        put(o + 24, 4, 0x11000018); /* BaseOfData */
    put(o + (wide ? 24 : 28), n, wide ? 0x180000000 : 0x10000000);
    put(o + 32, 4, 0x1000);
    put(o + 36, 4, 0x200);
    for (unsigned at = 40; at < 52; at += 2)
        put(o + at, 2, 0x100 + at);
    for (unsigned at = 52; at < 68; at += 4)
        put(o + at, 4, 0x22000000 + at);
    put(o + 68, 2, 3);
    put(o + 70, 2, 0x8160);
    for (unsigned i = 0; i < 4; i++)
        put(words + i * n, n, 0x30000000 + i);
    put(words + 4 * n, 4, 0x44);
    put(words + 4 * n + 4, 4, 16);
    for (unsigned i = 0; i < 32; i++)
        put(words + 4 * n + 8 + 4 * i, 4, 0x55000000 + i);
    return sample_raw(f, sizeof f);
}

static void ck_file_header(const pel_file_header *h, bool wide)
{
    ck_hex(h->machine, wide ? 0x8664 : 0x14c);
    ck_hex(h->section_count, 0);
    ck_hex(h->timestamp, 0x5f5e1000);
    ck_hex(h->symbol_table.v, 0x1f0);
    ck_hex(h->symbol_count, 7);
    ck_hex(h->optional_header_size, wide ? 240 : 224);
    ck_hex(h->flags, 0x2102);
}

static void ck_optional_start(const pel_optional_header *o, bool wide)
{
    ck_hex(o->magic, wide ? 0x20b : 0x10b);
    ck_assert_uint_eq(o->linker_major, 14);
    ck_assert_uint_eq(o->linker_minor, 36);
    ck_hex(o->size_of_code, 0x11000004);
    ck_hex(o->size_of_data, 0x11000008);
    ck_hex(o->size_of_bss, 0x1100000c);
    ck_hex(o->entry_point.v, 0x11000010);
    ck_hex(o->base_of_code.v, 0x11000014);
    ck_hex(o->base_of_data.v, wide ? 0 : 0x11000018);
    ck_hex(o->image_base.v, wide ? 0x180000000 : 0x10000000);
    ck_hex(o->section_alignment, 0x1000);
    ck_hex(o->file_alignment, 0x200);
}

static void ck_optional_end(const pel_optional_header *o)
{
    ck_hex(o->os_major, 0x128);
    ck_hex(o->os_minor, 0x12a);
    ck_hex(o->image_major, 0x12c);
    ck_hex(o->image_minor, 0x12e);
    ck_hex(o->subsystem_major, 0x130);
    ck_hex(o->subsystem_minor, 0x132);
    ck_hex(o->win32_version, 0x22000034);
    ck_hex(o->size_of_image, 0x22000038);
    ck_hex(o->size_of_headers, 0x2200003c);
    ck_hex(o->checksum, 0x22000040);
    ck_hex(o->subsystem, 3);
    ck_hex(o->dll_flags, 0x8160);
    ck_hex(o->stack_reserve, 0x30000000);
    ck_hex(o->stack_commit, 0x30000001);
    ck_hex(o->heap_reserve, 0x30000002);
    ck_hex(o->heap_commit, 0x30000003);
    ck_hex(o->loader_flags, 0x44);
    ck_hex(o->directory_count, 16);
}

START_TEST(every_field_is_read_from_its_place)
{
    bool wide = _i == 1;
    sample s = literal(wide);
    sample_parse(&s);
    ck_assert_int_eq(pel_image_get_kind(s.img), wide ? PEL_IMAGE_PE32PLUS : PEL_IMAGE_PE32);
    ck_file_header(pel_image_file_header(s.img), wide);
    ck_optional_start(pel_image_optional_header(s.img), wide);
    ck_optional_end(pel_image_optional_header(s.img));
    ck_assert_ptr_null(pel_image_rom_header(s.img));
    ck_assert_ptr_null(pel_image_te_header(s.img));
    ck_assert(pel_image_is_dll(s.img));
    ck_assert_uint_eq(pel_image_directory_count(s.img), 16);
    for (uint32_t i = 0; i < 16; i++) {
        ck_hex(pel_image_directory(s.img, i).address, 0x55000000 + 2 * i);
        ck_hex(pel_image_directory(s.img, i).size, 0x55000001 + 2 * i);
    }
    sample_free(&s);
}
END_TEST

START_TEST(headers_are_found_with_their_places)
{
    bool wide = _i == 1;
    size_t optional = NT + 24, size = wide ? 112 : 96;
    pel_structure at;
    sample s = literal(wide);
    sample_parse(&s);
    ck_ok(pel_image_structure(s.img, &pel_file_header_schema, 0, &at));
    ck_hex(at.offset.v, NT + 4);
    ck_assert_uint_eq(at.size, 20);
    ck_ok(pel_image_structure(s.img, &pel_optional_header_schema, 0, &at));
    ck_hex(at.offset.v, optional);
    ck_assert_uint_eq(at.size, size);
    ck_assert_uint_eq(at.available, size);
    ck_assert_int_eq(at.wide, wide);
    ck_assert_ptr_eq(at.fields, pel_image_optional_header(s.img));
    ck_ok(pel_image_structure(s.img, &pel_data_directory_schema, 5, &at));
    ck_hex(at.offset.v, optional + size + 40);
    ck_assert_uint_eq(at.size, 8);
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_data_directory_schema, 16, &at));
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_rom_header_schema, 0, &at));
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_te_header_schema, 0, &at));
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_optional_header_schema, 1, &at));
    pel_place place = pel_image_place(s.img, &pel_optional_header_schema, 0, "NumberOfRvaAndSizes");
    ck_place(&place, "optional_header.NumberOfRvaAndSizes", optional + size - 4);
    sample_free(&s);
}
END_TEST

/* ---- NumberOfRvaAndSizes ----------------------------------------------- */

static const struct {
    uint32_t wanted, count;
    bool told;
} directory_rows[] = {
    { 0, 0, false },  { 1, 1, false },          { 2, 2, false },          { 16, 16, false },
    { 17, 16, true }, { 0x7fffffff, 16, true }, { 0xffffffff, 16, true },
};

START_TEST(there_are_as_many_directories_as_the_header_says_and_16_at_most)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, 0, (pel_rva){ 0x2000 }, 4);
    pel_builder_directory(s.b, 1, (pel_rva){ 0x2004 }, 4);
    pel_builder_poke(s.b, "optional_header.NumberOfRvaAndSizes", directory_rows[_i].wanted);
    sample_parse(&s);
    uint32_t count = directory_rows[_i].count;
    ck_assert_uint_eq(pel_image_directory_count(s.img), count);
    ck_hex(pel_image_directory(s.img, 0).address, count > 0 ? 0x2000 : 0);
    ck_hex(pel_image_directory(s.img, 1).address, count > 1 ? 0x2004 : 0);
    ck_hex(pel_image_directory(s.img, 16).address, 0);
    ck_hex(pel_image_directory(s.img, UINT32_MAX).size, 0);
    ck_assert_uint_eq(pel_image_section_count(s.img), 2); /* the table stays where it was */
    ck_assert_int_eq(diag_of(s.img, PEL_DIAG_DIRECTORY_COUNT) != NULL, directory_rows[_i].told);
    sample_free(&s);
}
END_TEST

START_TEST(directories_behind_the_end_of_the_file_are_empty)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, 0, (pel_rva){ 0x2000 }, 0x10);
    pel_builder_directory(s.b, 1, (pel_rva){ 0x2010 }, 0x10);
    pel_builder_resize(s.b, SAMPLE_DIRECTORIES + 12);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_directory_count(s.img), 16);
    ck_hex(pel_image_directory(s.img, 0).address, 0x2000);
    ck_hex(pel_image_directory(s.img, 1).address, 0x2010);
    ck_hex(pel_image_directory(s.img, 1).size, 0);
    ck_hex(pel_image_directory(s.img, 2).address, 0);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_DIRECTORIES_TRUNCATED);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, "optional_header.DataDirectory", SAMPLE_DIRECTORIES);
    sample_free(&s);
}
END_TEST

/* ---- SizeOfOptionalHeader ---------------------------------------------- */

/* It says where the section table is, and nothing about the optional header itself. */
START_TEST(the_size_of_the_optional_header_only_places_the_section_table)
{
    static const uint16_t sizes[] = { 0, 8, 0x40, 0x6f, 0x70, 0xf0, 0x100, 0x400 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pel_structure at;
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_set(s.b, "optional_header.SizeOfStackReserve", 0x123456789a);
        pel_builder_poke(s.b, "file_header.SizeOfOptionalHeader", sizes[i]);
        sample_parse(&s);
        ck_hex(pel_image_optional_header(s.img)->stack_reserve, 0x123456789a);
        ck_ok(pel_image_structure(s.img, &pel_optional_header_schema, 0, &at));
        ck_assert_uint_eq(at.available, 112);
        ck_hex(pel_image_section(s.img, 0)->offset.v, SAMPLE_OPTIONAL + sizes[i]);
        ck_hex(pel_image_headers_end(s.img).v, SAMPLE_OPTIONAL + sizes[i] + 80u);
        bool told = diag_of(s.img, PEL_DIAG_OPTIONAL_SHORT) != NULL;
        ck_assert_int_eq(told, sizes[i] < 112);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_cut_optional_header_is_there_as_far_as_it_goes)
{
    pel_structure at;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_resize(s.b, SAMPLE_OPTIONAL + 34);
    sample_parse(&s);
    const pel_optional_header *o = pel_image_optional_header(s.img);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_PE32PLUS);
    ck_hex(o->image_base.v, 0x140000000);
    ck_hex(o->section_alignment, 0); /* half a field is none */
    ck_hex(o->directory_count, 0);
    ck_ok(pel_image_structure(s.img, &pel_optional_header_schema, 0, &at));
    ck_assert_uint_eq(at.available, 34);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_OPTIONAL_TRUNCATED));
    sample_free(&s);
}
END_TEST

START_TEST(a_file_that_ends_before_the_optional_header_has_none)
{
    pel_structure at;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_resize(s.b, SAMPLE_OPTIONAL);
    sample_parse(&s);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_PE);
    ck_assert_ptr_nonnull(pel_image_file_header(s.img));
    ck_assert_ptr_null(pel_image_optional_header(s.img));
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_optional_header_schema, 0, &at));
    const pel_diag *d = diag_of(s.img, PEL_DIAG_OPTIONAL_TRUNCATED);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, "optional_header", UINT64_MAX);
    ck_assert_ptr_null(diag_of(s.img, PEL_DIAG_BAD_MAGIC)); /* there is none to be bad */
    sample_free(&s);
}
END_TEST

START_TEST(a_cut_file_header_ends_the_reading)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_resize(s.b, SAMPLE_FILE_HEADER + 19);
    sample_parse(&s);
    ck_assert_int_eq(pel_image_get_kind(s.img), PEL_IMAGE_PE);
    ck_hex(pel_image_file_header(s.img)->machine, PEL_MACHINE_AMD64);
    ck_hex(pel_image_file_header(s.img)->flags, 0);
    ck_assert_ptr_null(pel_image_optional_header(s.img));
    ck_assert_uint_eq(pel_image_section_count(s.img), 0);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_FILE_HEADER_TRUNCATED));
    sample_free(&s);
}
END_TEST

/* ---- ROM images -------------------------------------------------------- */

START_TEST(a_rom_header_has_absolute_addresses_and_no_directories)
{
    pel_structure at;
    uint8_t f[NT + 24 + 56] = { 'M', 'Z' };
    uint8_t *o = f + NT + 24;
    put(f + 0x3c, 4, NT);
    put(f + NT, 4, 0x4550);
    put(f + NT + 20, 2, 56);
    put(o, 2, 0x107);
    for (unsigned i = 4; i < 56; i += 4)
        put(o + i, 4, 0x80000000 + i);
    sample s = sample_raw(f, sizeof f);
    sample_parse(&s);
    const pel_rom_header *rom = pel_image_rom_header(s.img);
    ck_assert_ptr_nonnull(rom);
    ck_hex(rom->size_of_code, 0x80000004);
    ck_hex(rom->entry_point.v, 0x80000010);
    ck_hex(rom->base_of_bss.v, 0x8000001c);
    ck_hex(rom->gpr_mask, 0x80000020);
    ck_hex(rom->cpr_mask[3], 0x80000030);
    ck_hex(rom->gp_value, 0x80000034);
    ck_assert_ptr_null(pel_image_optional_header(s.img));
    ck_assert_uint_eq(pel_image_directory_count(s.img), 0);
    ck_ok(pel_image_structure(s.img, &pel_rom_header_schema, 0, &at));
    ck_assert_uint_eq(at.size, 56);
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_optional_header_schema, 0, &at));
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_nt)
{
    tcase_add_loop_test(tests, every_field_is_read_from_its_place, 0, 2);
    tcase_add_loop_test(tests, headers_are_found_with_their_places, 0, 2);
    tcase_add_loop_test(tests, there_are_as_many_directories_as_the_header_says_and_16_at_most, 0,
                        sizeof directory_rows / sizeof directory_rows[0]);
    tcase_add_test(tests, directories_behind_the_end_of_the_file_are_empty);
    tcase_add_test(tests, the_size_of_the_optional_header_only_places_the_section_table);
    tcase_add_test(tests, a_cut_optional_header_is_there_as_far_as_it_goes);
    tcase_add_test(tests, a_file_that_ends_before_the_optional_header_has_none);
    tcase_add_test(tests, a_cut_file_header_ends_the_reading);
    tcase_add_test(tests, a_rom_header_has_absolute_addresses_and_no_directories);
}
