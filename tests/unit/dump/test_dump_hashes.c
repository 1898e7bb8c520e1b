/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that other tools know files by; expected digests are those of md5sum and sha256sum. */
#include "sample.h"

static pel_status keep(void *ctx, const void *data, size_t size)
{
    char *text = ctx;
    size_t used = strlen(text);
    ck_assert_uint_lt(used + size, 256);
    memcpy(text + used, data, size);
    return PEL_OK;
}

static void ck_hash(sample *s, const char *path, const char *want)
{
    char text[256] = "";
    pel_sink sink = { .write = keep, .ctx = text };
    ck_ok(pel_dump_field(s->img, NULL, path, NULL, sink));
    text[strcspn(text, "\n")] = 0;
    ck_assert_str_eq(text, want);
}

/* Of "DanS", twelve zeros, 0x01047809, 3, 0x00ff520d, 0x21, whatever the key is. */
START_TEST(the_rich_hash_is_of_the_decrypted_bytes)
{
    for (uint64_t lfanew = 0x100; lfanew <= 0x120; lfanew += 0x20) {
        sample s = sample_of(PEL_BUILD_PE32PLUS);
        pel_builder_rich(s.b, 0x0104, 0x7809, 3);
        pel_builder_rich(s.b, 0x00ff, 0x520d, 0x21);
        pel_builder_set(s.b, "dos_header.e_lfanew", lfanew);
        sample_parse(&s);
        ck_hash(&s, "hashes.rich_hash", "f11c7542a1ad67ff926c12802649f85f");
        sample_free(&s);
    }
}
END_TEST

/* Of "alpha,b,z": what has no name does not count. */
START_TEST(the_exphash_is_of_lower_case_names)
{
    static const pel_build_export exports[] = {
        { .name = "Alpha", .place = { SAMPLE_TEXT, 0 } },
        { .name = "b", .forward = "X.y" },
        { .ordinal = 9, .place = { SAMPLE_TEXT, 2 } },
        { .name = "z", .place = { SAMPLE_TEXT, 1 } },
    };
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_exports(s.b, "x.dll", exports, 4);
    sample_parse(&s);
    ck_hash(&s, "hashes.exphash", "27151f7b42673a87c49d1df2776e9806");
    ck_hash(&s, "hashes.exphash_sha256",
            "0d58dd8bd30d752b0aec6574b25d5e40a0e0eddc1e4d2a33dd1c89b6b1745990");
    sample_free(&s);
}
END_TEST

PEL_TESTS(dump_hashes)
{
    tcase_add_test(tests, the_rich_hash_is_of_the_decrypted_bytes);
    tcase_add_test(tests, the_exphash_is_of_lower_case_names);
}
