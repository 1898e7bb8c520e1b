/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS directory on literal bytes in the data section of the sample: RVA 0x2000, file offset
 * 0x400, 0x200 bytes of the file and zeros to the end of the page. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

/* clang-format off */

/* Typed from the specification: PE32+ at 0x140000000, PE32 at 0x400000. */
static const uint8_t wide[] = {
    0x00, 0x30, 0, 0x40, 1, 0, 0, 0, 0x08, 0x30, 0, 0x40, 1, 0, 0, 0, /* template */
    0x80, 0x20, 0, 0x40, 1, 0, 0, 0, 0x40, 0x20, 0, 0x40, 1, 0, 0, 0, /* index, callbacks */
    0x10, 0, 0, 0, 0, 0, 0x30, 0,                                     /* zeros, alignment */
};
static const uint8_t wide_list[] = {
    0x10, 0x10, 0, 0x40, 1, 0, 0, 0, 0x20, 0x10, 0, 0x40, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
static const uint8_t narrow[] = {
    0x00, 0x30, 0x40, 0, 0x08, 0x30, 0x40, 0, 0x80, 0x20, 0x40, 0, 0x40, 0x20, 0x40, 0,
    0x10, 0, 0, 0, 0, 0, 0x30, 0,
};
static const uint8_t narrow_list[] = { 0x10, 0x10, 0x40, 0, 0x20, 0x10, 0x40, 0, 0, 0, 0, 0 };

/* clang-format on */

static void put(sample *s, uint32_t at, const void *bytes, size_t size)
{
    pel_builder_patch(s->b, (pel_foff){ FOFF + at }, bytes, size);
}

static sample with_tls(pel_build_kind kind)
{
    static const uint8_t zeros[0x200];
    sample s = sample_of(kind);
    bool is_wide = kind == PEL_BUILD_PE32PLUS;
    put(&s, 0, zeros, sizeof zeros);
    put(&s, 0, is_wide ? wide : narrow, is_wide ? sizeof wide : sizeof narrow);
    put(&s, 0x40, is_wide ? wide_list : narrow_list,
        is_wide ? sizeof wide_list : sizeof narrow_list);
    pel_builder_directory(s.b, PEL_DIR_TLS, (pel_rva){ RVA }, 1); /* the Size is not used */
    return s;
}

static const pel_build_kind kinds[] = { PEL_BUILD_PE32, PEL_BUILD_PE32PLUS };

START_TEST(the_directory_is_read)
{
    pel_tls tls;
    sample s = with_tls(kinds[_i]);
    uint64_t base = _i ? 0x140000000 : 0x400000;
    sample_parse(&s);
    ck_ok(pel_image_tls(s.img, &tls));
    ck_hex(tls.directory.data_start.v, base + 0x3000);
    ck_hex(tls.directory.data_end.v, base + 0x3008);
    ck_hex(tls.directory.index.v, base + 0x2080);
    ck_hex(tls.directory.callbacks.v, base + 0x2040);
    ck_hex(tls.directory.zero_fill, 16);
    ck_hex(tls.directory.flags, 0x300000);
    ck_assert(tls.has_offset);
    ck_hex(tls.offset.v, FOFF);
    ck_assert_uint_eq(tls.available, _i ? 40 : 24);
    sample_free(&s);
}
END_TEST

START_TEST(callbacks_are_walked)
{
    pel_va va;
    sample s = with_tls(kinds[_i]);
    uint64_t base = _i ? 0x140000000 : 0x400000;
    sample_parse(&s);
    pel_tls_iter it = pel_image_tls_callbacks(s.img);
    ck_assert(pel_tls_next(&it, &va));
    ck_hex(va.v, base + 0x1010);
    ck_assert(pel_tls_next(&it, &va));
    ck_hex(va.v, base + 0x1020);
    ck_assert(!pel_tls_next(&it, &va));
    ck_ok(it.status);
    ck_assert(!pel_tls_next(&it, &va)); /* the end stays the end */
    sample_free(&s);
}
END_TEST

/* AddressOfCallBacks of the PE32 file, and what the walk comes to. */
static const struct {
    uint32_t callbacks;
    size_t count;
    pel_status status;
} rows[] = {
    { 0, 0, PEL_OK },        /* no list */
    { 0x402800, 0, PEL_OK }, /* zero-filled: an empty one */
    { 0x402044, 1, PEL_OK },
    { 0x402048, 0, PEL_OK },
    { 0x402ffe, 0, PEL_NOT_FOUND }, /* half a word is in the image */
    { 0x403000, 0, PEL_NOT_FOUND },
    { 0x2040, 0, PEL_NOT_FOUND }, /* an RVA is no VA */
    { 0xffffffff, 0, PEL_NOT_FOUND },
};

static pel_status walked(sample *s, size_t *count)
{
    pel_va va;
    sample_parse(s);
    pel_tls_iter it = pel_image_tls_callbacks(s->img);
    for (*count = 0; pel_tls_next(&it, &va);)
        ++*count;
    sample_free(s);
    return it.status;
}

START_TEST(lists_end)
{
    uint8_t word[4];
    size_t count;
    sample s = with_tls(PEL_BUILD_PE32);
    pel_store_uint(word, 4, rows[_i].callbacks);
    put(&s, 12, word, 4);
    ck_status(rows[_i].status, walked(&s, &count));
    ck_assert_uint_eq(count, rows[_i].count);
}
END_TEST

/* The raw data ends with a callback; the zero behind it is none of the file's. */
START_TEST(the_zero_that_ends_a_list_may_be_zero_filled)
{
    static const uint8_t list[] = { 0xfc, 0x21, 0x40, 0 };
    size_t count;
    sample s = with_tls(PEL_BUILD_PE32);
    put(&s, 12, list, 4);
    put(&s, 0x1fc, list, 4);
    ck_ok(walked(&s, &count));
    ck_assert_uint_eq(count, 1);
}
END_TEST

/* Half of a word is in the raw data, and zeros follow; in the file it is the next section. */
START_TEST(a_word_may_be_half_zero_filled)
{
    static const uint8_t list[] = { 0xfe, 0x21, 0x40, 0 }, more[0x200] = { 0xff, 0xff, 0xff };
    pel_va va;
    sample s = with_tls(PEL_BUILD_PE32);
    pel_builder_data(s.b, pel_builder_section(s.b, ".more", SAMPLE_RW), more, sizeof more);
    put(&s, 12, list, 4);
    put(&s, 0x1fe, "\x34\x12", 2);
    sample_parse(&s);
    pel_tls_iter it = pel_image_tls_callbacks(s.img);
    ck_assert(pel_tls_next(&it, &va));
    ck_hex(va.v, 0x1234);
    ck_assert(!pel_tls_next(&it, &va));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* Not so where the file is cut. */
START_TEST(a_list_that_the_file_cuts_is_told)
{
    size_t count;
    sample s = with_tls(PEL_BUILD_PE32);
    pel_builder_resize(s.b, FOFF + 0x44);
    ck_status(PEL_TRUNCATED, walked(&s, &count));
    ck_assert_uint_eq(count, 1);
    s = with_tls(PEL_BUILD_PE32);
    pel_builder_resize(s.b, FOFF + 12); /* AddressOfCallBacks itself */
    ck_status(PEL_TRUNCATED, walked(&s, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

static pel_status tls_at(uint32_t rva, pel_tls *tls)
{
    sample s = with_tls(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_TLS, (pel_rva){ rva }, 40);
    sample_parse(&s);
    pel_status st = pel_image_tls(s.img, tls);
    sample_free(&s);
    return st;
}

START_TEST(a_directory_may_lie_anywhere)
{
    pel_tls tls;
    size_t count;
    ck_status(PEL_NOT_FOUND, tls_at(0, &tls));
    ck_status(PEL_NOT_FOUND, tls_at(0x3000, &tls));
    ck_ok(tls_at(0x2800, &tls)); /* zero-filled */
    ck_assert(!tls.has_offset);
    ck_assert_uint_eq(tls.available, 40);
    ck_ok(tls_at(0x21f0, &tls)); /* half in the file, half zero-filled */
    ck_assert(!tls.has_offset);
    ck_assert_uint_eq(tls.available, 40);
    ck_status(PEL_TRUNCATED, tls_at(0x2ff0, &tls)); /* the image ends */
    ck_assert_uint_eq(tls.available, 16);
    sample s = sample_of(PEL_BUILD_PE32);
    ck_ok(walked(&s, &count));
    s = with_tls(PEL_BUILD_PE32);
    pel_builder_directory(s.b, PEL_DIR_TLS, (pel_rva){ 0x3000 }, 40);
    ck_status(PEL_NOT_FOUND, walked(&s, &count));
}
END_TEST

START_TEST(a_directory_that_the_file_cuts_is_told)
{
    pel_tls tls;
    sample s = with_tls(PEL_BUILD_PE32PLUS);
    pel_builder_resize(s.b, FOFF + 20);
    sample_parse(&s);
    ck_status(PEL_TRUNCATED, pel_image_tls(s.img, &tls));
    ck_assert(tls.has_offset);
    ck_assert_uint_eq(tls.available, 20);
    ck_hex(tls.directory.data_end.v, 0x140003008);
    ck_hex(tls.directory.index.v, 0);
    ck_hex(tls.directory.zero_fill, 0);
    sample_free(&s);
}
END_TEST

/* The builder writes the directory from the specification a second time. */
START_TEST(what_the_builder_wrote_is_read_back)
{
    static const pel_build_place callbacks[] = { { SAMPLE_TEXT, 1 }, { SAMPLE_TEXT, 2 } };
    uint64_t base = _i ? 0x140000000 : 0x400000;
    pel_tls tls;
    pel_va va;
    sample s = sample_of(kinds[_i]);
    pel_builder_tls(s.b, "template", 8, 16, callbacks, 2);
    sample_parse(&s);
    ck_no_diag(s.img);
    ck_ok(pel_image_tls(s.img, &tls));
    ck_hex(tls.directory.data_end.v - tls.directory.data_start.v, 8);
    ck_hex(tls.directory.index.v, base + 0x3000 + tls.available);
    ck_hex(tls.directory.zero_fill, 16);
    pel_tls_iter it = pel_image_tls_callbacks(s.img);
    ck_assert(pel_tls_next(&it, &va));
    ck_hex(va.v, base + 0x1001);
    ck_assert(pel_tls_next(&it, &va));
    ck_hex(va.v, base + 0x1002);
    ck_assert(!pel_tls_next(&it, &va));
    pel_reloc_iter relocs = pel_image_relocs(s.img);
    pel_reloc_block block;
    ck_assert(pel_reloc_next(&relocs, &block)); /* of four addresses and two callbacks */
    ck_assert_uint_ge(pel_reloc_count(&block), 6);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_tls)
{
    tcase_add_loop_test(tests, what_the_builder_wrote_is_read_back, 0, 2);
    tcase_add_loop_test(tests, the_directory_is_read, 0, 2);
    tcase_add_loop_test(tests, callbacks_are_walked, 0, 2);
    tcase_add_loop_test(tests, lists_end, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, the_zero_that_ends_a_list_may_be_zero_filled);
    tcase_add_test(tests, a_word_may_be_half_zero_filled);
    tcase_add_test(tests, a_list_that_the_file_cuts_is_told);
    tcase_add_test(tests, a_directory_may_lie_anywhere);
    tcase_add_test(tests, a_directory_that_the_file_cuts_is_told);
}
