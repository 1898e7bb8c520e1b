/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate table on literal bytes in an overlay, and the digest that skips it. The sample
 * has 0x600 bytes; the overlay follows. */
#include "base/hash.h"
#include "sample.h"

#define TABLE    SAMPLE_SIZE
#define ENTRY    (SAMPLE_DIRECTORIES + 8 * PEL_DIR_SECURITY)
#define CHECKSUM (SAMPLE_OPTIONAL + 64)

/* Typed from the specification: an entry of 13 bytes, padding, one of 12. */
static const char entries[] = "\x0d\0\0\0\x00\x02\x02\0hello\0\0\0"
                              "\x0c\0\0\0\x00\x01\x01\0abcd\0\0\0\0";

static sample with_table(const char *bytes, size_t size, uint32_t claimed)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, bytes, size);
    pel_builder_directory(s.b, PEL_DIR_SECURITY, (pel_rva){ TABLE }, claimed);
    sample_parse(&s);
    return s;
}

START_TEST(entries_begin_at_multiples_of_eight)
{
    pel_certificate c;
    sample s = with_table(entries, 32, 32);
    pel_certificate_iter it = pel_image_certificates(s.img);
    ck_assert(pel_certificate_next(&it, &c));
    ck_hex(c.offset.v, TABLE);
    ck_hex(c.header.length, 13);
    ck_hex(c.header.revision, 0x200);
    ck_hex(c.header.type, PEL_CERTIFICATE_PKCS_SIGNED_DATA);
    ck_assert_uint_eq(c.content.size, 5);
    ck_assert_mem_eq(c.content.data, "hello", 5);
    ck_assert(pel_certificate_next(&it, &c));
    ck_hex(c.offset.v, TABLE + 16);
    ck_hex(c.header.type, PEL_CERTIFICATE_X509);
    ck_assert_mem_eq(c.content.data, "abcd", 4);
    ck_assert(!pel_certificate_next(&it, &c));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    uint32_t claimed;
    unsigned seen;
    pel_status status;
} tables[] = {
    { entries, 32, 28, 2, PEL_OK },        /* without the last padding */
    { entries, 32, 26, 2, PEL_TRUNCATED }, /* the table ends inside of the second ... */
    { entries, 26, 32, 2, PEL_TRUNCATED }, /* ... and the file */
    { entries, 20, 32, 1, PEL_TRUNCATED }, /* no room for a header */
    { entries, 32, 0xffffffff, 2, PEL_TRUNCATED },
    { "\x07\0\0\0\0\x02\x02\0", 8, 8, 1, PEL_MALFORMED }, /* shorter than its header */
    { "\0\0\0\0\0\0\0\0", 8, 8, 1, PEL_MALFORMED },       /* it would never end */
    { "\xff\xff\xff\xff\0\x02\x02\0", 8, 8, 1, PEL_TRUNCATED },
    { entries, 32, 0, 0, PEL_OK },
};

START_TEST(tables_that_are_broken_end)
{
    pel_certificate c;
    unsigned seen = 0;
    sample s = with_table(tables[_i].bytes, tables[_i].size, tables[_i].claimed);
    pel_certificate_iter it = pel_image_certificates(s.img);
    for (; pel_certificate_next(&it, &c); seen++)
        ck_assert(c.content.size <= tables[_i].size);
    ck_assert_uint_eq(seen, tables[_i].seen);
    ck_status(tables[_i].status, it.status);
    sample_free(&s);
}
END_TEST

/* ---- the digest -------------------------------------------------------- */

static void ck_digest(const sample *s, const uint8_t *copy, size_t size)
{
    uint8_t got[PEL_DIGEST_MAX], want[PEL_DIGEST_MAX];
    pel_span all = { copy, size };
    ck_assert_uint_eq(pel_digest(PEL_HASH_SHA256, &all, 1, want), 32);
    ck_assert_uint_eq(pel_image_authentihash(s->img, PEL_HASH_SHA256, got), 32);
    ck_assert_mem_eq(got, want, 32);
}

/* The covered bytes, copied together by hand. */
static size_t covered(pel_span file, size_t table, size_t table_size, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < file.size; i++)
        if ((i < CHECKSUM || i >= CHECKSUM + 4) && (i < ENTRY || i >= ENTRY + 8) &&
            (i < table || i >= table + table_size))
            out[used++] = file.data[i];
    return used;
}

START_TEST(checksum_entry_and_table_do_not_count)
{
    uint8_t copy[SAMPLE_SIZE + 64] = { 0 };
    sample s = with_table(entries, 32, 32);
    ck_digest(&s, copy, covered(s.bytes, TABLE, 32, copy));
    sample_free(&s);
    s = with_table("what lies behind the table counts, too, all of it", 48, 16);
    ck_digest(&s, copy, covered(s.bytes, TABLE, 16, copy));
    sample_free(&s);
}
END_TEST

START_TEST(files_without_a_table_are_filled_up_to_eight)
{
    for (size_t extra = 0; extra < 9; extra++) {
        uint8_t copy[SAMPLE_SIZE + 64] = { 0 };
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_overlay(s.b, "overlay!!", extra);
        sample_parse(&s);
        size_t used = covered(s.bytes, 0, 0, copy);
        ck_digest(&s, copy, used + (-s.bytes.size & 7));
        sample_free(&s);
    }
}
END_TEST

/* Each byte of the file, once: the digest changes with those that count and no others. */
START_TEST(every_byte_that_counts_counts)
{
    uint8_t before[PEL_DIGEST_MAX], after[PEL_DIGEST_MAX];
    sample s = with_table(entries, 32, 32);
    pel_image_authentihash(s.img, PEL_HASH_SHA1, before);
    uint8_t *copy = malloc(s.bytes.size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, s.bytes.data, s.bytes.size);
    for (size_t i = 0x200; i < s.bytes.size; i += 7) {
        pel_image *img;
        copy[i] ^= 1;
        ck_ok(pel_image_parse((pel_span){ copy, s.bytes.size }, NULL, &img));
        pel_image_authentihash(img, PEL_HASH_SHA1, after);
        ck_assert_int_eq(memcmp(before, after, 20) != 0, i < TABLE);
        pel_image_free(img);
        copy[i] ^= 1;
    }
    free(copy);
    sample_free(&s);
}
END_TEST

/* What was taken from memory has not all bytes of its file, and the table is none of them. */
START_TEST(the_layout_of_memory_has_neither_table_nor_digest)
{
    static const pel_image_options options = { .layout = PEL_LAYOUT_MEMORY };
    uint8_t digest[PEL_DIGEST_MAX];
    pel_certificate c;
    pel_image *img;
    sample s = with_table(entries, 32, 32);
    ck_ok(pel_image_parse(s.bytes, &options, &img));
    ck_assert_uint_eq(pel_image_authentihash(img, PEL_HASH_SHA1, digest), 0);
    pel_certificate_iter it = pel_image_certificates(img);
    ck_assert(!pel_certificate_next(&it, &c));
    pel_image_free(img);
    sample_free(&s);
}
END_TEST

START_TEST(what_has_no_optional_header_has_no_digest)
{
    uint8_t digest[PEL_DIGEST_MAX];
    sample s = sample_raw("MZ", 2);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_authentihash(s.img, PEL_HASH_SHA1, digest), 0);
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_assert_uint_eq(pel_image_authentihash(s.img, PEL_HASH_NONE, digest), 0);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_certificate)
{
    tcase_add_test(tests, entries_begin_at_multiples_of_eight);
    tcase_add_loop_test(tests, tables_that_are_broken_end, 0, sizeof tables / sizeof tables[0]);
    tcase_add_test(tests, checksum_entry_and_table_do_not_count);
    tcase_add_test(tests, files_without_a_table_are_filled_up_to_eight);
    tcase_add_test(tests, every_byte_that_counts_counts);
    tcase_add_test(tests, the_layout_of_memory_has_neither_table_nor_digest);
    tcase_add_test(tests, what_has_no_optional_header_has_no_digest);
}
