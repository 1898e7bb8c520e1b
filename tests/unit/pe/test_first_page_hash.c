/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of the first page, by which policies name files. The sample has headers of 0x200
 * bytes, and 0x600 bytes in all. */
#include "base/hash.h"
#include "sample.h"

#define ENTRY    (SAMPLE_DIRECTORIES + 8 * PEL_DIR_SECURITY)
#define CHECKSUM (SAMPLE_OPTIONAL + 64)
#define PAGE     4096

/* The covered bytes up to `end`, copied together by hand, and zeros up to a page. */
static void ck_page(sample *s, size_t end)
{
    static uint8_t copy[PAGE];
    uint8_t got[PEL_DIGEST_MAX], want[PEL_DIGEST_MAX];
    pel_span all = { copy, PAGE - 4 - 8 };
    size_t used = 0;
    sample_parse(s);
    memset(copy, 0, sizeof copy);
    for (size_t i = 0; i < end; i++)
        if ((i < CHECKSUM || i >= CHECKSUM + 4) && (i < ENTRY || i >= ENTRY + 8))
            copy[used++] = s->bytes.data[i];
    ck_assert_uint_eq(pel_digest(PEL_HASH_SHA256, &all, 1, want), 32);
    ck_assert_uint_eq(pel_image_first_page_hash(s->img, PEL_HASH_SHA256, got), 32);
    ck_assert_mem_eq(got, want, 32);
    ck_assert_uint_eq(pel_digest(PEL_HASH_SHA1, &all, 1, want), 20);
    ck_assert_uint_eq(pel_image_first_page_hash(s->img, PEL_HASH_SHA1, got), 20);
    ck_assert_mem_eq(got, want, 20);
    sample_free(s);
}

START_TEST(the_headers_are_a_page)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_poke(s.b, "optional_header.CheckSum", 0x12345678);
    ck_page(&s, 0x200);
}
END_TEST

START_TEST(a_page_is_the_most)
{
    static const char more[0x1000] = { [0x9ff] = 'a', 'b' }; /* to 0x1600; page ends between both */
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_overlay(s.b, more, sizeof more);
    pel_builder_poke(s.b, "optional_header.SizeOfHeaders", 0x1400);
    ck_page(&s, PAGE);
}
END_TEST

START_TEST(headers_that_the_file_cuts_have_none)
{
    uint8_t digest[PEL_DIGEST_MAX];
    static const uint32_t sizes[] = { 0, 0x601, 0xffffffff };
    for (size_t i = 0; i < 3; i++) {
        sample s = sample_of(PEL_BUILD_PE32);
        pel_builder_poke(s.b, "optional_header.SizeOfHeaders", sizes[i]);
        sample_parse(&s);
        ck_assert_uint_eq(pel_image_first_page_hash(s.img, PEL_HASH_SHA1, digest), 0);
        sample_free(&s);
    }
}
END_TEST

START_TEST(the_layout_of_memory_has_none)
{
    static const pel_image_options options = { .layout = PEL_LAYOUT_MEMORY };
    uint8_t digest[PEL_DIGEST_MAX];
    pel_image *img;
    sample s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_ok(pel_image_parse(s.bytes, &options, &img));
    ck_assert_uint_eq(pel_image_first_page_hash(img, PEL_HASH_SHA1, digest), 0);
    pel_image_free(img);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_first_page_hash)
{
    tcase_add_test(tests, the_headers_are_a_page);
    tcase_add_test(tests, a_page_is_the_most);
    tcase_add_test(tests, headers_that_the_file_cuts_have_none);
    tcase_add_test(tests, the_layout_of_memory_has_none);
}
