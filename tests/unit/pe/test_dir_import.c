/* SPDX-License-Identifier: Apache-2.0 */
/* The import cursors on literal tables, in the data section of the sample: RVA 0x2000, file offset
 * 0x400, 0x200 bytes of the file and zeros to the end of the page. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

/* clang-format off */

/* Typed from the specification: PE32+. */
static const uint8_t table[] = {
    /* 0x00: lookup, stamp, chain, name, IAT */
    0x40, 0x20, 0, 0, 0x78, 0x56, 0x34, 0x12, 0xff, 0xff, 0xff, 0xff,
    0x80, 0x20, 0, 0, 0x60, 0x20, 0, 0,
    /* 0x14: Name 0 ends the table */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 0x20, 0, 0,
    /* 0x28 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0x90, 0x20, 0, 0, 0, 0, 0, 0,           /* 0x40: by name */
    0x07, 0x01, 0, 0, 0, 0, 0, 0x80,        /* 0x48: by ordinal 0x107 */
    0, 0, 0, 0, 0, 0, 0, 0,                 /* 0x50: the end */
    0, 0, 0, 0, 0, 0, 0, 0,                 /* 0x58 */
    1, 2, 3, 4, 5, 6, 7, 8,                 /* 0x60: bound words, and no end of their own */
    9, 0, 0, 0, 0, 0, 0, 0,                 /* 0x68 */
    7, 0, 0, 0, 0, 0, 0, 0,                 /* 0x70 */
    7, 0, 0, 0, 0, 0, 0, 0,                 /* 0x78 */
    'A', '.', 'd', 'l', 'l', 0, 0, 0,       /* 0x80 */
    0, 0, 0, 0, 0, 0, 0, 0,                 /* 0x88 */
    0x34, 0x12, 'O', 'p', 'e', 'n', 0, 'x', /* 0x90: hint, name */
};

/* And PE32. */
static const uint8_t narrow[] = {
    /* 0x00: no lookup table; 0x14: FirstThunk 0 ends the table */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x20, 0, 0, 0x30, 0x20, 0, 0,
    0x30, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x20, 0, 0, 0, 0, 0, 0,
    /* 0x28 */
    0, 0, 0, 0, 0, 0, 0, 0,
    /* 0x30: by name, by ordinal, the end */
    0x48, 0x20, 0, 0, 0x07, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0,
    /* 0x40: names */
    'B', 0, 0, 0, 0, 0, 0, 0, 0x01, 0, 'f', 0,
};

/* clang-format on */

/* `size` bytes of `bytes` at the start of the data section, which is all zeros behind them. */
static sample with_bytes(pel_build_kind kind, const void *bytes, size_t size)
{
    uint8_t clean[0x200] = { 0 };
    sample s = sample_of(kind);
    memcpy(clean, bytes, size);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, clean, sizeof clean);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ RVA }, 1); /* the Size is not used */
    return s;
}

static sample parsed(pel_build_kind kind, const void *bytes, size_t size)
{
    sample s = with_bytes(kind, bytes, size);
    sample_parse(&s);
    return s;
}

/* Change a 32-bit word of the table. */
static sample changed(uint32_t at, uint32_t value)
{
    uint8_t copy[sizeof table];
    memcpy(copy, table, sizeof table);
    pel_store_uint(copy + at, 4, value);
    return parsed(PEL_BUILD_PE32PLUS, copy, sizeof copy);
}

static void ck_text(pel_str got, const char *want)
{
    ck_assert_uint_eq(got.len, strlen(want));
    ck_assert(memcmp(got.ptr, want, got.len) == 0);
}

START_TEST(descriptors_are_read)
{
    pel_import import;
    sample s = parsed(PEL_BUILD_PE32PLUS, table, sizeof table);
    pel_import_iter it = pel_image_imports(s.img);
    ck_assert(pel_import_next(&it, &import));
    ck_hex(import.descriptor.lookup.v, 0x2040);
    ck_hex(import.descriptor.timestamp, 0x12345678);
    ck_hex(import.descriptor.forwarder_chain, 0xffffffff);
    ck_hex(import.descriptor.name.v, 0x2080);
    ck_hex(import.descriptor.iat.v, 0x2060);
    ck_assert(import.has_offset && import.has_name);
    ck_hex(import.offset.v, FOFF);
    ck_text(import.name, "A.dll");
    ck_assert(!pel_import_next(&it, &import));
    ck_ok(it.status);
    ck_assert(!pel_import_next(&it, &import)); /* the end stays the end */
    sample_free(&s);
}
END_TEST

START_TEST(functions_are_read)
{
    pel_import import;
    pel_thunk t;
    sample s = parsed(PEL_BUILD_PE32PLUS, table, sizeof table);
    pel_import_iter it = pel_image_imports(s.img);
    ck_assert(pel_import_next(&it, &import));
    pel_thunk_iter thunks = pel_import_thunks(&import);
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2060);
    ck_hex(t.lookup, 0x2090);
    ck_hex(t.bound, 0x0807060504030201);
    ck_assert(!t.by_ordinal && t.has_name);
    ck_hex(t.hint, 0x1234);
    ck_text(t.name, "Open");
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2068);
    ck_hex(t.lookup, 0x8000000000000107);
    ck_hex(t.bound, 9);
    ck_assert(t.by_ordinal && !t.has_name);
    ck_hex(t.ordinal, 0x107);
    ck_assert(!pel_thunk_next(&thunks, &t)); /* the lookup table tells how long the other is */
    ck_ok(thunks.status);
    sample_free(&s);
}
END_TEST

START_TEST(words_of_pe32_have_four_bytes)
{
    pel_import import;
    pel_thunk t;
    sample s = parsed(PEL_BUILD_PE32, narrow, sizeof narrow);
    pel_import_iter it = pel_image_imports(s.img);
    ck_assert(pel_import_next(&it, &import));
    ck_text(import.name, "B");
    pel_thunk_iter thunks = pel_import_thunks(&import); /* no lookup table: the IAT is one */
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2030);
    ck_hex(t.lookup, 0x2048);
    ck_hex(t.bound, 0x2048);
    ck_assert_uint_eq(t.hint, 1);
    ck_text(t.name, "f");
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2034);
    ck_assert(t.by_ordinal && t.ordinal == 7);
    ck_assert(!pel_thunk_next(&thunks, &t));
    ck_assert(!pel_import_next(&it, &import));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* A word of the table, and what the walks come to. */
static const struct {
    uint32_t at, value;
    size_t descriptors, functions;
    pel_status imports, thunks;
    bool has_name;
} rows[] = {
    { 0x00, 0x2040, 1, 2, PEL_OK, PEL_OK, true },
    { 0x0c, 0, 0, 0, PEL_OK, PEL_OK, false },      /* Name 0 */
    { 0x10, 0, 0, 0, PEL_OK, PEL_OK, false },      /* FirstThunk 0 */
    { 0x0c, 0x2800, 1, 2, PEL_OK, PEL_OK, true },  /* zero-filled: an empty name */
    { 0x0c, 0x9000, 1, 2, PEL_OK, PEL_OK, false }, /* out of the image */
    { 0x0c, 0xffffffff, 1, 2, PEL_OK, PEL_OK, false },
    { 0x00, 0, 1, 5, PEL_OK, PEL_OK, true },             /* the IAT, which goes on into the names */
    { 0x00, 0x1ff, 1, 5, PEL_OK, PEL_OK, true },         /* below SizeOfHeaders: the same */
    { 0x00, 0x3000, 1, 5, PEL_OK, PEL_OK, true },        /* SizeOfImage: the same */
    { 0x00, 0x2800, 1, 0, PEL_OK, PEL_OK, true },        /* zero-filled: an empty table */
    { 0x00, 0x2ffd, 1, 0, PEL_OK, PEL_NOT_FOUND, true }, /* half of a word is in the image */
    { 0x10, 0x9000, 1, 2, PEL_OK, PEL_OK, true },        /* the loader's fault, not ours */
    { 0x10, 0xfffffff8, 1, 1, PEL_OK, PEL_NOT_FOUND, true }, /* the second slot would wrap */
    { 0x20, 0x2080, 2, 7, PEL_OK, PEL_OK, true },
};

START_TEST(tables_end_where_the_loader_ends_them)
{
    pel_import import = { 0 };
    pel_thunk t;
    size_t descriptors = 0, functions = 0;
    pel_status last = PEL_OK;
    bool has_name = false;
    sample s = changed(rows[_i].at, rows[_i].value);
    pel_import_iter it = pel_image_imports(s.img);
    for (; pel_import_next(&it, &import); descriptors++) {
        has_name = import.has_name;
        pel_thunk_iter thunks = pel_import_thunks(&import);
        while (pel_thunk_next(&thunks, &t))
            functions++;
        last = thunks.status;
    }
    ck_status(rows[_i].imports, it.status);
    ck_assert_uint_eq(descriptors, rows[_i].descriptors);
    ck_status(rows[_i].thunks, last);
    ck_assert_uint_eq(functions, rows[_i].functions);
    ck_assert_int_eq(has_name, rows[_i].has_name);
    sample_free(&s);
}
END_TEST

/* Of a word that is no ordinal 31 bits count, in PE32+ too. */
START_TEST(a_word_that_leads_nowhere_has_no_name)
{
    static const struct {
        uint32_t word;
        bool has_name;
    } words[] = { { 0x7fff2090, false }, { 0x2090, true }, { 0x80002090, true } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        pel_import import;
        pel_thunk t;
        sample s = changed(0x40, words[i].word);
        pel_import_iter it = pel_image_imports(s.img);
        ck_assert(pel_import_next(&it, &import));
        pel_thunk_iter thunks = pel_import_thunks(&import);
        ck_assert(pel_thunk_next(&thunks, &t));
        ck_assert(!t.by_ordinal);
        ck_assert_int_eq(t.has_name, words[i].has_name);
        ck_assert_uint_eq(t.name.len, words[i].has_name ? 4 : 0);
        sample_free(&s);
    }
}
END_TEST

static pel_status end_of(const sample *s, size_t *count)
{
    pel_import import;
    pel_import_iter it = pel_image_imports(s->img);
    for (*count = 0; pel_import_next(&it, &import);)
        ++*count;
    return it.status;
}

START_TEST(a_table_may_lie_in_zero_filled_memory_or_nowhere)
{
    size_t count;
    sample s = with_bytes(PEL_BUILD_PE32PLUS, table, sizeof table);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ 0x2f00 }, 40);
    sample_parse(&s);
    ck_ok(end_of(&s, &count));
    ck_assert_uint_eq(count, 0);
    sample_free(&s);
    s = with_bytes(PEL_BUILD_PE32PLUS, table, sizeof table);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ 0x5000 }, 40);
    sample_parse(&s);
    ck_status(PEL_NOT_FOUND, end_of(&s, &count));
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_ok(end_of(&s, &count)); /* none at all */
    ck_assert_uint_eq(count, 0);
    sample_free(&s);
}
END_TEST

/* The last descriptor ends with the last byte of the file; the next lies in zero-filled memory. */
START_TEST(the_end_of_a_table_may_be_zero_filled)
{
    size_t count;
    uint8_t full[0x200] = { 0 };
    memcpy(full + 0x200 - 20, table, 20);
    sample s = with_bytes(PEL_BUILD_PE32PLUS, full, sizeof full);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ RVA + 0x200 - 20 }, 0);
    sample_parse(&s);
    ck_ok(end_of(&s, &count));
    ck_assert_uint_eq(count, 1);
    sample_free(&s);
}
END_TEST

static const struct {
    uint64_t size; /* of the file */
    size_t count;
    pel_status status;
} cuts[] = {
    { FOFF + 40, 1, PEL_OK },        /* names and address table are gone, the descriptors are not */
    { FOFF + 39, 1, PEL_TRUNCATED }, /* a byte of the one that ends the table is lost */
    { FOFF + 20, 1, PEL_TRUNCATED },
    { FOFF + 19, 0, PEL_TRUNCATED },
};

START_TEST(a_cut_file_is_told_from_zero_filled_memory)
{
    size_t count;
    sample s = with_bytes(PEL_BUILD_PE32PLUS, table, sizeof table);
    pel_builder_resize(s.b, cuts[_i].size);
    sample_parse(&s);
    ck_status(cuts[_i].status, end_of(&s, &count));
    ck_assert_uint_eq(count, cuts[_i].count);
    sample_free(&s);
}
END_TEST

/* Raw data begins at the sector: what the file lost is counted from there. */
START_TEST(a_cut_section_that_is_not_aligned_is_told_too)
{
    static const uint8_t zeros[0x200];
    size_t count;
    sample s = with_bytes(PEL_BUILD_PE32PLUS, zeros, sizeof zeros);
    pel_builder_poke(s.b, "sections[1].PointerToRawData", FOFF + 0x10);
    pel_builder_poke(s.b, "sections[1].SizeOfRawData", 0x1f0);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ RVA + 0x1f8 }, 0);
    pel_builder_resize(s.b, FOFF + 0x1fc);
    sample_parse(&s);
    ck_status(PEL_TRUNCATED, end_of(&s, &count));
    sample_free(&s);
}
END_TEST

/* Every descriptor is the same, and all their names are most of the file. */
START_TEST(a_walk_is_bounded_by_the_size_of_the_file)
{
    static uint8_t ones[0x20000];
    size_t count;
    memset(ones, 1, sizeof ones);
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".ones", SAMPLE_RW), ones, sizeof ones);
    pel_builder_poke(s.b, "sections[2].VirtualAddress", 0x01010000);
    pel_builder_directory(s.b, PEL_DIR_IMPORT, (pel_rva){ 0x01010000 }, 40);
    sample_parse(&s);
    ck_status(PEL_LIMIT, end_of(&s, &count));
    ck_assert_uint_le(count, 17);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_import)
{
    tcase_add_test(tests, descriptors_are_read);
    tcase_add_test(tests, functions_are_read);
    tcase_add_test(tests, words_of_pe32_have_four_bytes);
    tcase_add_loop_test(tests, tables_end_where_the_loader_ends_them, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_word_that_leads_nowhere_has_no_name);
    tcase_add_test(tests, a_table_may_lie_in_zero_filled_memory_or_nowhere);
    tcase_add_test(tests, the_end_of_a_table_may_be_zero_filled);
    tcase_add_loop_test(tests, a_cut_file_is_told_from_zero_filled_memory, 0,
                        sizeof cuts / sizeof cuts[0]);
    tcase_add_test(tests, a_cut_section_that_is_not_aligned_is_told_too);
    tcase_add_test(tests, a_walk_is_bounded_by_the_size_of_the_file);
}
