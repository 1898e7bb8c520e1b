/* SPDX-License-Identifier: Apache-2.0 */
/* Hot patches and policies of trustlets in literal bytes, at RVA 0x1200 and file offset 0x400; and
 * what is wrong with lists. Layout: winnt.h of the Windows SDK. */
#include "config_sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- hot patches ------------------------------------------------------------ */

static const uint8_t
    patch[] = {
        4,    0,    0,    0,    0xb4, 0,    0,    0,    /* Version, Size */
        9,    0,    0,    0,    0x28, 0,    0,    0,    /* SequenceNumber, BaseImageList */
        1,    0,    0,    0,    0x11, 0,    0,    0,    /* BaseImageCount, BufferOffset */
        0x22, 0,    0,    0,    8,    0,    0,    0,    /* ExtraPatchSize, MinSequenceNumber */
        2,    0,    0,    0,    0,    0,    0,    0,    /* Flags */
        0x2c, 0,    0,    0,                            /* the list */
        7,    0,    0,    0,    0x13, 0,    0,    0,    /* SequenceNumber, Flags */
        0x44, 0x33, 0x22, 0x11, 0xdd, 0xcc, 0xbb, 0xaa, /* OriginalTimeDateStamp, CheckSum */
        0x4c, 0,    0,    0,    52,   0,    0,    0,    /* CodeIntegrityInfo, its size */
        0x80, 0,    0,    0,    0x33, 0,    0,    0,    /* PatchTable, BufferOffset */
        1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,
        12,   13,   14,   15,   16, /* SHA-256
                                     */
        17,   18,   19,   20,   21,   22,   23,   24,   25,   26,   27,
        28,   29,   30,   31,   32,   33,   34,   35,   36,   37,   38,
        39,   40,   41,   42,   43,   44,   45,   46,   47,   48, /* SHA-1 */
        49,   50,   51,   52,   0x14, 0xc0, 0x01, 0x40, /* OBLIGATORY, FUNCTION, both RVAs, 20 bytes
                                                         */
        0x00, 0x10, 0,    0,    0x30, 0x12, 0,    0,    0x10, 0x10, 0,
        0,    0x60, 0x45, 0,    0,    0x08, 0x40, 0x04, 0x80, /* INVERSE, CALL_TARGET, the target
                                                                 alone */
        0x90, 0x78, 0,    0,    0x04, 0x00, 0x00, 0x00,       /* no RVAs */
        0,    0,    0,    0,
    };

static sample with_patch(const uint8_t *bytes, size_t size, pel_metadata *m)
{
    pel_load_config config = { .hot_patch_table = CONFIG_BYTES };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, size);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_HOT_PATCH, m));
    return s;
}

static pel_hot_patch_base base_of(const pel_metadata *m)
{
    pel_metadata_record r;
    pel_structure at;
    pel_metadata_iter it = pel_metadata_walk(m, PEL_LIST_HOT_PATCH_BASES);
    ck_assert(pel_metadata_next(&it, &r, &at));
    ck_hex(at.offset.v, CONFIG_FILE + 0x2c);
    pel_hot_patch_base base = r.base;
    ck_assert(!pel_metadata_next(&it, &r, &at));
    ck_ok(it.status);
    return base;
}

START_TEST(hot_patch_info)
{
    pel_metadata m;
    sample s = with_patch(patch, sizeof patch, &m);
    const pel_hot_patch_info *h = &m.fields.hot_patch;
    ck_assert_uint_eq(m.size, 36);
    ck_assert_uint_eq(h->version, 4);
    ck_hex(h->size, 0xb4);
    ck_assert_uint_eq(h->sequence, 9);
    ck_hex(h->bases, 0x28);
    ck_assert_uint_eq(h->base_count, 1);
    ck_hex(h->buffer, 0x11);
    ck_hex(h->extra_size, 0x22);
    ck_assert_uint_eq(h->minimum_sequence, 8);
    ck_hex(h->flags, 2);
    sample_free(&s);
}
END_TEST

START_TEST(images_that_are_patched)
{
    pel_metadata m;
    sample s = with_patch(patch, sizeof patch, &m);
    pel_hot_patch_base base = base_of(&m);
    ck_assert_uint_eq(base.sequence, 7);
    ck_hex(base.flags, 0x13);
    ck_hex(base.timestamp, 0x11223344);
    ck_hex(base.checksum, 0xaabbccdd);
    ck_hex(base.integrity, 0x4c);
    ck_hex(base.integrity_size, 52);
    ck_hex(base.table, 0x80);
    ck_hex(base.buffer, 0x33);
    sample_free(&s);
}
END_TEST

START_TEST(hashes_of_images_that_are_patched)
{
    pel_metadata m;
    pel_structure at;
    pel_hot_patch_hashes hashes;
    sample s = with_patch(patch, sizeof patch, &m);
    pel_hot_patch_base base = base_of(&m);
    ck_ok(pel_hot_patch_hashes_of(&m, &base, &hashes, &at));
    ck_hex(at.offset.v, CONFIG_FILE + 0x4c);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(hashes.sha256[i], i + 1);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_uint_eq(hashes.sha1[i], i + 33);
    base.integrity_size = 32; /* without the second one */
    ck_ok(pel_hot_patch_hashes_of(&m, &base, &hashes, &at));
    ck_assert_uint_eq(hashes.sha256[31], 32);
    ck_assert_uint_eq(hashes.sha1[0], 0);
    base.integrity = 0;
    ck_status(PEL_NOT_FOUND, pel_hot_patch_hashes_of(&m, &base, &hashes, &at));
    base.integrity = 0xfffffff0;
    ck_assert(pel_hot_patch_hashes_of(&m, &base, &hashes, &at) != PEL_OK);
    sample_free(&s);
}
END_TEST

START_TEST(chunks_of_hot_patches)
{
    pel_metadata m;
    pel_hot_patch_chunk c;
    pel_rva source, target;
    sample s = with_patch(patch, sizeof patch, &m);
    pel_hot_patch_base base = base_of(&m);
    pel_hot_patch_iter it = pel_hot_patch_chunks(&m, &base);
    ck_assert(pel_hot_patch_next(&it, &c));
    ck_hex(c.rva.v, 0x1280);
    ck_hex(c.type, 0x1c000);
    ck_hex(c.flags, 0x4000c000);
    ck_assert_uint_eq(c.size, 20);
    ck_assert(pel_hot_patch_entry(s.img, &c, 1, &source, &target));
    ck_hex(source.v, 0x1010);
    ck_hex(target.v, 0x4560);
    ck_assert(!pel_hot_patch_entry(s.img, &c, 2, &source, &target));
    ck_assert(pel_hot_patch_next(&it, &c));
    ck_hex(c.type, 0x44000);
    ck_assert(!c.source && c.target);
    ck_assert(pel_hot_patch_entry(s.img, &c, 0, &source, &target));
    ck_hex(source.v, 0);
    ck_hex(target.v, 0x7890);
    ck_assert(pel_hot_patch_next(&it, &c));
    ck_assert(!pel_hot_patch_entry(s.img, &c, 0, &source, &target));
    ck_assert(!pel_hot_patch_next(&it, &c));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(chunks_end_where_they_cannot_go_on)
{
    pel_metadata m;
    pel_hot_patch_chunk c;
    uint8_t bytes[sizeof patch];
    memcpy(bytes, patch, sizeof bytes);
    pel_store_uint(bytes + 0x80, 4, 0x0001c003); /* shorter than its header: no progress */
    sample s = with_patch(bytes, sizeof bytes, &m);
    pel_hot_patch_base base = base_of(&m);
    pel_hot_patch_iter it = pel_hot_patch_chunks(&m, &base);
    ck_assert(!pel_hot_patch_next(&it, &c));
    ck_status(PEL_MALFORMED, it.status);
    base.table = 0xffffff00; /* outside, and past 4 GiB with the RVA */
    it = pel_hot_patch_chunks(&m, &base);
    ck_assert(!pel_hot_patch_next(&it, &c));
    ck_status(PEL_NOT_FOUND, it.status);
    base.table = 0;
    it = pel_hot_patch_chunks(&m, &base);
    ck_assert(!pel_hot_patch_next(&it, &c));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* ---- policies ------------------------------------------------------------------ */

static const uint8_t policy[] = {
    1,    0,    0, 0, 0,    0, 0,   0, 0x78, 0x56,
    0x34, 0x12, 0, 0, 0,    0, /* Version, ApplicationId */
    1,    0,    0, 0, 1,    0, 0,   0, 1,    0,
    0,    0,    0, 0, 0,    0, /* Bool, Etw */
    4,    0,    0, 0, 8,    0, 0,   0, 0xfe, 0xff,
    0,    0,    0, 0, 0,    0, /* Int16, Svn: -2 */
    0x0a, 0,    0, 0, 0x0b, 0, 0,   0, 0x60, 0x10,
    0,    0x40, 1, 0, 0,    0, /* AnsiString */
    0x0b, 0,    0, 0, 6,    0, 0,   0, 0x64, 0x10,
    0,    0x40, 1, 0, 0,    0, /* UnicodeString */
    0,    0,    0, 0, 0,    0, 0,   0, 0,    0,
    0,    0,    0, 0, 0,    0, /* None: the end */
    'h',  'i',  0, 0, 'O',  0, ':', 0, 0,    0,
};

static sample with_policy(const uint8_t *bytes, size_t size, pel_metadata *m)
{
    sample s = sample_bare(PEL_BUILD_PE32PLUS);
    pel_builder_data(s.b, pel_builder_section(s.b, ".tPolicy", SAMPLE_RW), bytes, size);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_POLICY, m));
    return s;
}

START_TEST(policies_of_trustlets)
{
    static const uint32_t types[] = { 1, 4, 10, 11 }, ids[] = { 1, 8, 11, 6 };
    pel_metadata m;
    uint32_t i = 0;
    sample s = with_policy(policy, sizeof policy, &m);
    ck_hex(m.rva.v, 0x1000);
    ck_assert_uint_eq(m.size, 16);
    ck_assert_uint_eq(m.fields.policy.version, 1);
    ck_hex(m.fields.policy.application, 0x12345678);
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_POLICIES);
    for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL); i++) {
        ck_assert_uint_eq(r.policy.type, types[i]);
        ck_assert_uint_eq(r.policy.policy, ids[i]);
    }
    ck_assert_uint_eq(i, 4);
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

START_TEST(values_of_policies)
{
    pel_metadata m;
    pel_metadata_record r;
    pel_span text;
    bool wide;
    int64_t number;
    sample s = with_policy(policy, sizeof policy, &m);
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_POLICIES);
    ck_assert(pel_metadata_next(&it, &r, NULL));
    ck_assert(pel_image_policy_number(&r.policy, &number));
    ck_assert_int_eq(number, 1);
    ck_assert(!pel_image_policy_text(&m, &r.policy, 100, &text, &wide));
    ck_assert(pel_metadata_next(&it, &r, NULL));
    ck_assert(pel_image_policy_number(&r.policy, &number));
    ck_assert_int_eq(number, -2);
    ck_assert(pel_metadata_next(&it, &r, NULL));
    ck_assert(!pel_image_policy_number(&r.policy, &number));
    ck_assert(pel_image_policy_text(&m, &r.policy, 100, &text, &wide));
    ck_assert(!wide && text.size == 2 && memcmp(text.data, "hi", 2) == 0);
    ck_assert(pel_image_policy_text(&m, &r.policy, 1, &text, &wide));
    ck_assert_uint_eq(text.size, 1); /* no more than was said */
    ck_assert(pel_metadata_next(&it, &r, NULL));
    ck_assert(pel_image_policy_text(&m, &r.policy, 100, &text, &wide));
    ck_assert(wide && text.size == 4);
    r.policy.value = 0x1000; /* no VA of this image */
    ck_assert(pel_image_policy_text(&m, &r.policy, 100, &text, &wide));
    ck_assert_uint_eq(text.size, 0);
    sample_free(&s);
}
END_TEST

START_TEST(policies_without_an_end)
{
    pel_metadata m;
    uint8_t bytes[0x1000];
    memset(bytes, 1, sizeof bytes);
    uint32_t count = 0;
    sample s = with_policy(bytes, sizeof bytes, &m);
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_POLICIES);
    for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL);)
        count++;
    ck_assert_uint_eq(count, (sizeof bytes - 16) / 16);
    ck_status(PEL_NOT_FOUND, it.status);
    sample_free(&s);
}
END_TEST

/* ---- what is wrong ---------------------------------------------------------------- */

START_TEST(pointers_that_lead_out_of_the_image)
{
    static const uint64_t addresses[] = { 1, CONFIG_BYTES, CONFIG_BASE64 - 1,
                                          CONFIG_BASE64 + CONFIG_END, UINT64_MAX };
    pel_metadata m;
    pel_va va = { addresses[_i] };
    pel_load_config config = { .chpe_metadata = va,
                               .enclave_config = va,
                               .volatile_metadata = va,
                               .hot_patch_table = CONFIG_END };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, policy, sizeof policy);
    sample_parse(&s);
    for (int kind = PEL_METADATA_ARM64EC; kind < PEL_METADATA_POLICY; kind++) {
        ck_status(PEL_MALFORMED, pel_image_metadata(s.img, (pel_metadata_kind)kind, &m));
        ck_hex(m.rva.v, 0);
    }
    sample_free(&s);
}
END_TEST

START_TEST(structures_that_the_file_cuts)
{
    pel_metadata m;
    pel_load_config config = { .hot_patch_table = CONFIG_BYTES };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, patch, sizeof patch);
    pel_builder_resize(s.b, CONFIG_FILE + 30);
    sample_parse(&s);
    ck_status(PEL_TRUNCATED, pel_image_metadata(s.img, PEL_METADATA_HOT_PATCH, &m));
    ck_assert_uint_eq(m.size, 36);
    ck_assert_uint_eq(m.available, 30);
    ck_hex(m.fields.hot_patch.extra_size, 0x22);
    ck_hex(m.fields.hot_patch.flags, 0);
    sample_free(&s);
}
END_TEST

/* Counts of a list that a version 1 of ARM64EC has at `at`. */
static const struct {
    uint32_t at, count;
    pel_status end;
} lists[] = {
    { 0x1280, 4, PEL_OK },
    { 0, 4, PEL_OK }, /* 0: none */
    { 0x1280, 0, PEL_OK },
    { 0x2000, 4, PEL_NOT_FOUND },
    { 0x1ff8, 2, PEL_NOT_FOUND }, /* one is zero-filled, one is not there */
    { 0xfffffffc, 4, PEL_NOT_FOUND },
    { 0x1200, UINT32_MAX, PEL_NOT_FOUND },
};

START_TEST(lists_end)
{
    pel_metadata m;
    size_t count = 0;
    uint8_t bytes[0x100] = { 1 };
    pel_store_uint(bytes + 4, 4, lists[_i].at);
    pel_store_uint(bytes + 8, 4, lists[_i].count);
    pel_load_config config = { .chpe_metadata = { CONFIG_BASE64 + CONFIG_BYTES } };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    ck_ok(pel_image_metadata(s.img, PEL_METADATA_ARM64EC, &m));
    pel_metadata_iter it = pel_metadata_walk(&m, PEL_LIST_ARM64EC_CODE_MAP);
    for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL);)
        count++;
    ck_status(lists[_i].end, it.status);
    ck_assert_uint_le(count, 0xe00 / 8);
    sample_free(&s);
}
END_TEST

/* All lists of all structures, of bytes that mean nothing. */
START_TEST(any_bytes_cost_no_more_than_the_image)
{
    size_t count = 0;
    uint8_t bytes[0x400];
    uint32_t state = 1 + (uint32_t)_i;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 4 > 1 ? 0 : config_noise(&state) % 24);
    pel_va va = { CONFIG_BASE64 + CONFIG_BYTES };
    pel_load_config config = { .chpe_metadata = va,
                               .enclave_config = va,
                               .volatile_metadata = va,
                               .hot_patch_table = CONFIG_BYTES };
    sample s = config_sample(PEL_BUILD_PE32PLUS, &config, bytes, sizeof bytes);
    sample_parse(&s);
    for (int list = 0; list < PEL_METADATA_LISTS; list++) {
        pel_metadata m;
        pel_metadata_kind kind = pel_metadata_list_kind((pel_metadata_list)list);
        if (pel_image_metadata(s.img, kind, &m) != PEL_OK)
            continue;
        pel_metadata_iter it = pel_metadata_walk(&m, (pel_metadata_list)list);
        for (pel_metadata_record r; pel_metadata_next(&it, &r, NULL);)
            count++;
    }
    ck_assert_uint_le(count, (size_t)PEL_METADATA_LISTS * CONFIG_END);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_hot_patch)
{
    tcase_add_test(tests, hot_patch_info);
    tcase_add_test(tests, images_that_are_patched);
    tcase_add_test(tests, hashes_of_images_that_are_patched);
    tcase_add_test(tests, chunks_of_hot_patches);
    tcase_add_test(tests, chunks_end_where_they_cannot_go_on);
    tcase_add_test(tests, policies_of_trustlets);
    tcase_add_test(tests, values_of_policies);
    tcase_add_test(tests, policies_without_an_end);
    tcase_add_loop_test(tests, pointers_that_lead_out_of_the_image, 0, 5);
    tcase_add_test(tests, structures_that_the_file_cuts);
    tcase_add_loop_test(tests, lists_end, 0, COUNT(lists));
    tcase_add_loop_test(tests, any_bytes_cost_no_more_than_the_image, 0, 32);
}
