/* SPDX-License-Identifier: Apache-2.0 */
/* The delay import cursor on literal tables in the data section of the sample: RVA 0x2000, file
 * offset 0x400, 0x200 bytes of the file and zeros to the end of the page. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u
#define BASE 0x400000u /* of the PE32 sample */

/* clang-format off */

/* Typed from the specification: the new form, PE32+. */
static const uint8_t by_rva[] = {
    /* 0x00: attributes, name, handle, IAT, lookup, bound, unload, stamp */
    1, 0, 0, 0, 0x80, 0x20, 0, 0, 0x88, 0x20, 0, 0, 0x50, 0x20, 0, 0,
    0x40, 0x20, 0, 0, 0x60, 0x20, 0, 0, 0x68, 0x20, 0, 0, 0x78, 0x56, 0x34, 0x12,
    /* 0x20: DllNameRVA 0 ends the table */
    1, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x20, 0, 0, 0x50, 0x20, 0, 0,
    0x40, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
static const uint8_t by_rva_lookup[] = {
    0x90, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x40: by name, the end */
    0x10, 0x10, 0, 0x40, 1, 0, 0, 0,                      /* 0x50: the code that loads the DLL */
};
/* 0x80 */
static const uint8_t names[] = {
    'D', '.', 'd', 'l', 'l', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    5, 0, 'f', 0, /* 0x90 */
};

/* The old form: everything is a VA at 0x400000, PE32. */
static const uint8_t by_va[] = {
    0, 0, 0, 0, 0x80, 0x20, 0x40, 0, 0x88, 0x20, 0x40, 0, 0x50, 0x20, 0x40, 0,
    0x40, 0x20, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
static const uint8_t by_va_lookup[] = {
    0x90, 0x20, 0x40, 0, 9, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x40: by name, ordinal, end */
    0x10, 0x10, 0x40, 0, 0x20, 0x10, 0x40, 0,                   /* 0x50 */
};

/* clang-format on */

static void put(sample *s, uint32_t at, const void *bytes, size_t size)
{
    pel_builder_patch(s->b, (pel_foff){ FOFF + at }, bytes, size);
}

static sample new_form(void)
{
    static const uint8_t zeros[0x200];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    put(&s, 0, zeros, sizeof zeros);
    put(&s, 0, by_rva, sizeof by_rva);
    put(&s, 0x40, by_rva_lookup, sizeof by_rva_lookup);
    put(&s, 0x80, names, sizeof names);
    pel_builder_directory(s.b, PEL_DIR_DELAY_IMPORT, (pel_rva){ RVA }, 0);
    return s;
}

static sample old_form(void)
{
    static const uint8_t zeros[0x200];
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_set(s.b, "optional_header.ImageBase", BASE);
    put(&s, 0, zeros, sizeof zeros);
    put(&s, 0, by_va, sizeof by_va);
    put(&s, 0x40, by_va_lookup, sizeof by_va_lookup);
    put(&s, 0x80, names, sizeof names);
    pel_builder_directory(s.b, PEL_DIR_DELAY_IMPORT, (pel_rva){ RVA }, 0);
    return s;
}

static void ck_text(pel_str got, const char *want)
{
    ck_assert_uint_eq(got.len, strlen(want));
    ck_assert(memcmp(got.ptr, want, got.len) == 0);
}

START_TEST(descriptors_are_read)
{
    pel_delay_import import;
    sample s = new_form();
    sample_parse(&s);
    pel_delay_import_iter it = pel_image_delay_imports(s.img);
    ck_assert(pel_delay_import_next(&it, &import));
    ck_hex(import.descriptor.attributes, 1);
    ck_hex(import.descriptor.name, 0x2080);
    ck_hex(import.descriptor.unload_iat, 0x2068);
    ck_hex(import.descriptor.timestamp, 0x12345678);
    ck_assert(!import.by_va && import.has_offset && import.has_name);
    ck_hex(import.offset.v, FOFF);
    ck_hex(import.handle.v, 0x2088);
    ck_hex(import.iat.v, 0x2050);
    ck_hex(import.lookup.v, 0x2040);
    ck_hex(import.bound_iat.v, 0x2060);
    ck_text(import.name, "D.dll");
    ck_assert(!pel_delay_import_next(&it, &import));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(functions_are_read)
{
    pel_delay_import import;
    pel_thunk t;
    sample s = new_form();
    sample_parse(&s);
    pel_delay_import_iter it = pel_image_delay_imports(s.img);
    ck_assert(pel_delay_import_next(&it, &import));
    pel_thunk_iter thunks = pel_delay_thunks(&import);
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2050);
    ck_hex(t.bound, 0x140001010);
    ck_assert_uint_eq(t.hint, 5);
    ck_text(t.name, "f");
    ck_assert(!pel_thunk_next(&thunks, &t));
    ck_ok(thunks.status);
    sample_free(&s);
}
END_TEST

START_TEST(the_old_form_has_vas)
{
    pel_delay_import import;
    pel_thunk t;
    sample s = old_form();
    sample_parse(&s);
    pel_delay_import_iter it = pel_image_delay_imports(s.img);
    ck_assert(pel_delay_import_next(&it, &import));
    ck_assert(import.by_va);
    ck_hex(import.handle.v, 0x2088);
    ck_hex(import.bound_iat.v, 0); /* none */
    ck_text(import.name, "D.dll");
    pel_thunk_iter thunks = pel_delay_thunks(&import);
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_hex(t.slot.v, 0x2050);
    ck_hex(t.lookup, BASE + 0x2090);
    ck_text(t.name, "f");
    ck_assert(pel_thunk_next(&thunks, &t));
    ck_assert(t.by_ordinal && t.ordinal == 9);
    ck_hex(t.bound, BASE + 0x1020);
    ck_assert(!pel_thunk_next(&thunks, &t));
    ck_ok(thunks.status);
    sample_free(&s);
}
END_TEST

/* A word of the old form, and what becomes of it. */
static const struct {
    uint32_t at, value;
    bool has_name;
    size_t functions;
    pel_status status;
} rows[] = {
    { 0x04, 0x2080, false, 2, PEL_OK },        /* below ImageBase: no VA of ours */
    { 0x04, BASE + 0x3000, false, 2, PEL_OK }, /* above the image */
    { 0x0c, 0x2050, true, 0, PEL_NOT_FOUND },  /* no address table */
    { 0x10, 0, true, 0, PEL_NOT_FOUND },       /* no lookup table */
    { 0x10, BASE + 0x2ffe, true, 0, PEL_NOT_FOUND },
    { 0x40, 0x2090, true, 2, PEL_OK }, /* the name is nowhere, the function is there */
};

START_TEST(what_leads_nowhere_is_told)
{
    uint8_t word[4];
    pel_delay_import import;
    pel_thunk t;
    size_t count = 0;
    sample s = old_form();
    pel_store_uint(word, 4, rows[_i].value);
    put(&s, rows[_i].at, word, 4);
    sample_parse(&s);
    pel_delay_import_iter it = pel_image_delay_imports(s.img);
    ck_assert(pel_delay_import_next(&it, &import));
    ck_assert_int_eq(import.has_name, rows[_i].has_name);
    pel_thunk_iter thunks = pel_delay_thunks(&import);
    for (; pel_thunk_next(&thunks, &t); count++)
        ck_assert(rows[_i].at != 0x40 || count > 0 || !t.has_name);
    ck_assert_uint_eq(count, rows[_i].functions);
    ck_status(rows[_i].status, thunks.status);
    sample_free(&s);
}
END_TEST

static pel_status walked(sample *s, size_t *count)
{
    pel_delay_import import;
    sample_parse(s);
    pel_delay_import_iter it = pel_image_delay_imports(s->img);
    for (*count = 0; pel_delay_import_next(&it, &import);)
        ++*count;
    sample_free(s);
    return it.status;
}

START_TEST(tables_end)
{
    size_t count;
    sample s = sample_of(PEL_BUILD_PE32);
    ck_ok(walked(&s, &count)); /* none */
    ck_assert_uint_eq(count, 0);
    s = new_form();
    pel_builder_directory(s.b, PEL_DIR_DELAY_IMPORT, (pel_rva){ 0x2800 }, 0);
    ck_ok(walked(&s, &count)); /* zero-filled */
    s = new_form();
    pel_builder_directory(s.b, PEL_DIR_DELAY_IMPORT, (pel_rva){ 0x3000 }, 0);
    ck_status(PEL_NOT_FOUND, walked(&s, &count));
    s = new_form();
    pel_builder_resize(s.b, FOFF + 0x20 + 7);
    ck_status(PEL_TRUNCATED, walked(&s, &count));
    ck_assert_uint_eq(count, 1);
    s = new_form();
    pel_builder_resize(s.b, FOFF + 0x1f);
    ck_status(PEL_TRUNCATED, walked(&s, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

PEL_TESTS(pe_dir_delay)
{
    tcase_add_test(tests, descriptors_are_read);
    tcase_add_test(tests, functions_are_read);
    tcase_add_test(tests, the_old_form_has_vas);
    tcase_add_loop_test(tests, what_leads_nowhere_is_told, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, tables_end);
}
