/* SPDX-License-Identifier: Apache-2.0 */
/* The section table, and names longer than eight bytes. */
#include "sample.h"

static void ck_name(const sample *s, uint32_t index, const char *want)
{
    const pel_section *section = pel_image_section(s->img, index);
    ck_assert_ptr_nonnull(section);
    ck_assert_msg(section->name.len == strlen(want) &&
                      memcmp(section->name.ptr, want, section->name.len) == 0,
                  "want %s, got %.*s", want, (int)section->name.len, section->name.ptr);
}

START_TEST(every_field_of_a_header_is_read)
{
    static const uint8_t row[40] = { '.',  'b',  's',  's',  0,    'x',  'y',  'z',  0x01, 0x02,
                                     0x03, 0x04, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24,
                                     0x31, 0x32, 0x33, 0x34, 0x41, 0x42, 0x43, 0x44, 0x51, 0x52,
                                     0x53, 0x54, 0x61, 0x62, 0x71, 0x72, 0x81, 0x82, 0x83, 0x84 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_TABLE + 40 }, row, sizeof row);
    sample_parse(&s);
    const pel_section *section = pel_image_section(s.img, 1);
    const pel_section_header *h = &section->header;
    ck_hex(section->offset.v, SAMPLE_TABLE + 40);
    ck_name(&s, 1, ".bss"); /* cut at the zero */
    ck_assert_mem_eq(h->name, row, 8);
    ck_hex(h->virtual_size, 0x04030201);
    ck_hex(h->virtual_address.v, 0x14131211);
    ck_hex(h->raw_size, 0x24232221);
    ck_hex(h->raw_offset.v, 0x34333231);
    ck_hex(h->relocation_table.v, 0x44434241);
    ck_hex(h->line_table.v, 0x54535251);
    ck_hex(h->relocation_count, 0x6261);
    ck_hex(h->line_count, 0x7271);
    ck_hex(h->flags, 0x84838281);
    sample_free(&s);
}
END_TEST

START_TEST(the_table_has_an_end)
{
    pel_structure at;
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_section_count(s.img), 2);
    ck_name(&s, 0, ".text");
    ck_assert_ptr_null(pel_image_section(s.img, 2));
    ck_assert_ptr_null(pel_image_section(s.img, PEL_NO_INDEX));
    ck_hex(pel_image_headers_end(s.img).v, SAMPLE_TABLE + 80);
    ck_ok(pel_image_structure(s.img, &pel_section_header_schema, 1, &at));
    ck_hex(at.offset.v, SAMPLE_TABLE + 40);
    ck_assert_uint_eq(at.size, 40);
    ck_status(PEL_NOT_FOUND, pel_image_structure(s.img, &pel_section_header_schema, 2, &at));
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

/* Only whole headers count. */
START_TEST(a_table_that_the_file_cuts_has_the_headers_that_are_there)
{
    static const struct {
        uint64_t size;
        uint32_t there;
    } rows[] = { { SAMPLE_TABLE, 0 },
                 { SAMPLE_TABLE + 39, 0 },
                 { SAMPLE_TABLE + 40, 1 },
                 { SAMPLE_TABLE + 79, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_resize(s.b, rows[i].size);
        sample_parse(&s);
        ck_assert_uint_eq(pel_image_section_count(s.img), rows[i].there);
        ck_hex(pel_image_headers_end(s.img).v, SAMPLE_TABLE + 80);
        const pel_diag *d = diag_of(s.img, PEL_DIAG_SECTIONS_TRUNCATED);
        ck_assert_ptr_nonnull(d);
        ck_place(&d->where, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2);
        ck_hex(d->found, 2);
        ck_hex(d->limit, rows[i].there);
        sample_free(&s);
    }
}
END_TEST

START_TEST(a_count_is_measured_against_the_file_first)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.NumberOfSections", 0xffff);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_section_count(s.img), (SAMPLE_SIZE - SAMPLE_TABLE) / 40);
    ck_hex(pel_image_headers_end(s.img).v, SAMPLE_TABLE + 40 * 0xffffu);
    sample_free(&s);
}
END_TEST

START_TEST(there_may_be_no_sections)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.NumberOfSections", 0);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_section_count(s.img), 0);
    ck_hex(pel_image_headers_end(s.img).v, SAMPLE_TABLE);
    sample_free(&s);
}
END_TEST

/* ---- long names -------------------------------------------------------- */

/* The string table of these tests, at the end of the file: 12 bytes of names. */
static const uint8_t strings[] = { 16,  0,   0,   0,   '.', 'd', 'e', 'b',
                                   'u', 'g', '_', 'x', 0,   'e', 'n', 'd' };

/* The sample, its second section called `name` (8 bytes, zero padded). */
static sample named(const char *name, const uint8_t *table, size_t size)
{
    uint8_t field[8] = { 0 };
    for (size_t i = 0; i < sizeof field && name[i]; i++)
        field[i] = (uint8_t)name[i];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, table, size);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", SAMPLE_SIZE);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_TABLE + 40 }, field, sizeof field);
    sample_parse(&s);
    return s;
}

static const struct {
    const char *header, *name;
    bool told;
    uint64_t found;
} names[] = {
    { ".data", ".data", false, 0 },
    { "8letters", "8letters", false, 0 }, /* no zero, nor one needed */
    { "/4", ".debug_x", false, 0 },
    { "/0000004", ".debug_x", false, 0 },
    { "//AAAAAE", ".debug_x", false, 0 },
    { "//AAAAAF", "debug_x", false, 0 },
    { "/11", "x", false, 0 },
    { "/12", "/12", true, 12 }, /* empty */
    { "/13", "/13", true, 13 }, /* not ended */
    { "/16", "/16", true, 16 }, /* behind the table */
    { "/3", "/3", true, 3 },    /* inside its size */
    { "/0", "/0", true, 0 },
    { "/9999999", "/9999999", true, 9999999 },
    { "//AAAAAA", "//AAAAAA", true, 0 },
    { "//BAAAAA", "//BAAAAA", true, 0x40000000 },
    { "//AAAAA+", "//AAAAA+", true, 62 },
    { "//////"
      "//",
      "////////", true, 0xfffffffff },
    { "/", "/", false, 0 }, /* these are ordinary names */
    { "//", "//", false, 0 },
    { "/4x", "/4x", false, 0 },
    { "/x4", "/x4", false, 0 },
    { "//A.", "//A.", false, 0 },
    { "x/4", "x/4", false, 0 },
    { "/-4", "/-4", false, 0 },
};

START_TEST(a_long_name_comes_from_the_string_table)
{
    sample s = named(names[_i].header, strings, sizeof strings);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_SECTION_LONG_NAME);
    ck_name(&s, 1, names[_i].name);
    ck_assert_int_eq(d != NULL, names[_i].told);
    if (d) {
        ck_place(&d->where, "sections[1].Name", SAMPLE_TABLE + 40);
        ck_hex(d->limit, names[_i].found);
    }
    sample_free(&s);
}
END_TEST

START_TEST(a_broken_string_table_gives_no_names)
{
    static const uint8_t zero[16] = { 0 };
    static const uint8_t huge[16] = { 0xff, 0xff, 0xff, 0xff, 'n', 'a', 'm', 'e', 0 };
    static const uint8_t cut[6] = { 16, 0, 0, 0, 'n', 'a' };
    sample s = named("/4", zero, sizeof zero);
    ck_name(&s, 1, "/4");
    sample_free(&s);
    s = named("/4", huge, sizeof huge); /* clipped at the end of the file */
    ck_name(&s, 1, "name");
    sample_free(&s);
    s = named("/4", cut, sizeof cut);
    ck_name(&s, 1, "/4");
    sample_free(&s);
    s = named("/4", cut, 3);
    ck_name(&s, 1, "/4");
    sample_free(&s);
}
END_TEST

START_TEST(the_string_table_follows_the_symbols)
{
    uint8_t both[2 * 18 + sizeof strings];
    memset(both, 0xff, sizeof both);
    memcpy(both + 36, strings, sizeof strings);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, both, sizeof both);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", SAMPLE_SIZE);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 2);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_TABLE }, "/4\0\0\0\0\0", 8);
    sample_parse(&s);
    ck_name(&s, 0, ".debug_x");
    sample_free(&s);
}
END_TEST

START_TEST(a_symbol_table_far_away_gives_no_names)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "file_header.PointerToSymbolTable", 0xffffffff);
    pel_builder_poke(s.b, "file_header.NumberOfSymbols", 0xffffffff);
    pel_builder_patch(s.b, (pel_foff){ SAMPLE_TABLE }, "/4\0\0\0\0\0", 8);
    sample_parse(&s);
    ck_name(&s, 0, "/4");
    sample_free(&s);
}
END_TEST

START_TEST(a_name_of_4096_bytes_without_an_end_is_none)
{
    static uint8_t table[4 + 5000];
    memset(table, 'n', sizeof table);
    pel_store_uint(table, 4, sizeof table);
    table[4 + 4095] = 0;
    sample s = named("/4", table, sizeof table);
    ck_assert_uint_eq(pel_image_section(s.img, 1)->name.len, 4095);
    sample_free(&s);
    table[4 + 4095] = 'n';
    table[4 + 4096] = 0;
    s = named("/4", table, sizeof table);
    ck_name(&s, 1, "/4");
    sample_free(&s);
}
END_TEST

START_TEST(what_the_builder_names_is_read_back)
{
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_section(s.b, ".a_name_that_is_long", SAMPLE_RW);
    pel_builder_section(s.b, ".another_one", SAMPLE_RW);
    sample_parse(&s);
    ck_name(&s, 2, ".a_name_that_is_long");
    ck_name(&s, 3, ".another_one");
    ck_no_diag(s.img); /* the string table is no overlay */
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_sections)
{
    tcase_add_test(tests, every_field_of_a_header_is_read);
    tcase_add_test(tests, the_table_has_an_end);
    tcase_add_test(tests, a_table_that_the_file_cuts_has_the_headers_that_are_there);
    tcase_add_test(tests, a_count_is_measured_against_the_file_first);
    tcase_add_test(tests, there_may_be_no_sections);
    tcase_add_loop_test(tests, a_long_name_comes_from_the_string_table, 0,
                        sizeof names / sizeof names[0]);
    tcase_add_test(tests, a_broken_string_table_gives_no_names);
    tcase_add_test(tests, the_string_table_follows_the_symbols);
    tcase_add_test(tests, a_symbol_table_far_away_gives_no_names);
    tcase_add_test(tests, a_name_of_4096_bytes_without_an_end_is_none);
    tcase_add_test(tests, what_the_builder_names_is_read_back);
}
