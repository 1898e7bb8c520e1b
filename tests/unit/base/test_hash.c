/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <math.h>
#include <string.h>

#include "check_pel.h"

/* RFC 1321, A.5; FIPS 180-4 examples. */
static const struct {
    pel_hash hash;
    const char *text, *digest;
} answers[] = {
    { PEL_HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
    { PEL_HASH_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
    { PEL_HASH_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
    { PEL_HASH_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    { PEL_HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { PEL_HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { PEL_HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
};

START_TEST(digests_are_the_published_ones)
{
    pel_span bytes = { (const uint8_t *)answers[_i].text, strlen(answers[_i].text) };
    char out[PEL_HASH_TEXT];
    memset(out, '#', sizeof out);
    ck_ok(pel_hash_text(answers[_i].hash, bytes, out));
    ck_assert_str_eq(out, answers[_i].digest);
}
END_TEST

START_TEST(the_empty_span_has_a_digest)
{
    char out[PEL_HASH_TEXT];
    ck_ok(pel_hash_text(PEL_HASH_MD5, (pel_span){ NULL, 0 }, out));
    ck_assert_str_eq(out, "d41d8cd98f00b204e9800998ecf8427e");
}
END_TEST

static bool near(double a, double b) { return fabs(a - b) < 1e-9; }

START_TEST(entropy_runs_from_0_to_8)
{
    uint8_t bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    ck_assert(near(pel_entropy((pel_span){ NULL, 0 }), 0));
    ck_assert(near(pel_entropy((pel_span){ bytes, 1 }), 0));
    ck_assert(near(pel_entropy((pel_span){ bytes, 2 }), 1));
    ck_assert(near(pel_entropy((pel_span){ bytes, 16 }), 4));
    ck_assert(near(pel_entropy((pel_span){ bytes, 512 }), 8));
    memset(bytes, 7, sizeof bytes);
    ck_assert(near(pel_entropy((pel_span){ bytes, 512 }), 0));
    memset(bytes, 8, 128); /* one quarter, three quarters */
    ck_assert(near(pel_entropy((pel_span){ bytes, 512 }), 0.8112781244591328));
}
END_TEST

START_TEST(a_summary_is_what_its_parts_are)
{
    /* Lengths around the blocks that it is made in, and one that is no multiple of anything. */
    static const size_t sizes[] = { 0, 1, 3, 4, 5, 32767, 32768, 32769, 65536, 100003 };
    static uint8_t bytes[100003];
    pel_span all = { bytes, sizes[_i] };
    char text[PEL_HASH_TEXT];
    pel_digests s;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i >> 7);
    ck_ok(pel_digest_each(all, &s));
    ck_ok(pel_hash_text(PEL_HASH_MD5, all, text));
    ck_assert_str_eq(s.md5, text);
    ck_ok(pel_hash_text(PEL_HASH_SHA1, all, text));
    ck_assert_str_eq(s.sha1, text);
    ck_ok(pel_hash_text(PEL_HASH_SHA256, all, text));
    ck_assert_str_eq(s.sha256, text);
}
END_TEST

START_TEST(a_summary_of_published_bytes)
{
    pel_digests s;
    ck_ok(pel_digest_each((pel_span){ (const uint8_t *)"abc", 3 }, &s));
    ck_assert_str_eq(s.md5, "900150983cd24fb0d6963f7d28e17f72");
    ck_assert_str_eq(s.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    ck_assert_str_eq(s.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert(near(pel_entropy((pel_span){ (const uint8_t *)"abc", 3 }), log2(3)));
}
END_TEST

PEL_TESTS(base_hash)
{
    tcase_add_loop_test(tests, a_summary_is_what_its_parts_are, 0, 10);
    tcase_add_test(tests, a_summary_of_published_bytes);
    tcase_add_loop_test(tests, digests_are_the_published_ones, 0,
                        sizeof answers / sizeof answers[0]);
    tcase_add_test(tests, the_empty_span_has_a_digest);
    tcase_add_test(tests, entropy_runs_from_0_to_8);
}
