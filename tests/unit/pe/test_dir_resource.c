/* SPDX-License-Identifier: Apache-2.0 */
/* The resource tree on literal bytes in the data section of the sample: RVA 0x2000, file offset
 * 0x400, 0x200 bytes of the file and zeros to the end of the page. */
#include <pelorus/resources.h>

#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u
#define HIGH 0x80000000u

/* clang-format off */

/* Typed from the specification: a version under a text, one string block, two levels of each. */
static const uint8_t tree[] = {
    /* 00 */ 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 2, 0, 1, 0, 1, 0, /* root: one text, one number */
    /* 10 */ 0x80, 0, 0, 0x80, 0x20, 0, 0, 0x80,             /* "AB" */
    /* 18 */ 0x10, 0, 0, 0, 0x38, 0, 0, 0x80,                /* RT_VERSION */
    /* 20 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    /* 30 */ 5, 0, 0, 0, 0x90, 0, 0, 0,                      /* 5, a leaf */
    /* 38 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    /* 48 */ 1, 0, 0, 0, 0x50, 0, 0, 0x80,                   /* 1 */
    /* 50 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    /* 60 */ 9, 4, 0, 0, 0xa0, 0, 0, 0,                      /* 0x409, a leaf */
    /* 68 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* 80 */ 2, 0, 'A', 0, 'B', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* 90 */ 0xb0, 0x20, 0, 0, 4, 0, 0, 0, 0xe4, 4, 0, 0, 0, 0, 0, 0,
    /* a0 */ 0xb4, 0x20, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0,
    /* b0 */ 1, 2, 3, 4, 5, 6,
};

/* clang-format on */

static void put(sample *s, uint32_t at, const void *bytes, size_t size)
{
    pel_builder_patch(s->b, (pel_foff){ FOFF + at }, bytes, size);
}

static void put32(sample *s, uint32_t at, uint32_t value)
{
    uint8_t bytes[4];
    pel_store_uint(bytes, 4, value);
    put(s, at, bytes, 4);
}

static sample with_tree(void)
{
    static const uint8_t zeros[0x200];
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    put(&s, 0, zeros, sizeof zeros);
    put(&s, 0, tree, sizeof tree);
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, (pel_rva){ RVA }, 1); /* the Size is not used */
    return s;
}

static pel_resource nth(const pel_image *img, unsigned n)
{
    pel_resource r = { 0 };
    pel_resource_iter it = pel_image_resources(img);
    for (unsigned i = 0; i <= n; i++)
        ck_assert(pel_resource_next(&it, &r));
    return r;
}

static unsigned count(const pel_image *img, pel_status want)
{
    unsigned n = 0;
    pel_resource_iter it = pel_image_resources(img);
    for (pel_resource r; pel_resource_next(&it, &r);)
        n++;
    ck_status(want, it.status);
    return n;
}

START_TEST(the_tree_is_walked_in_its_order)
{
    sample s = with_tree();
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_OK), 6);
    pel_resource root = nth(s.img, 0);
    ck_assert(root.is_directory && root.depth == 0 && root.has_offset);
    ck_hex(root.offset.v, FOFF);
    ck_assert_uint_eq(root.directory.major, 4);
    ck_assert_uint_eq(root.directory.minor, 2);
    ck_assert_uint_eq(root.directory.named_count, 1);
    ck_assert_uint_eq(root.directory.id_count, 1);

    pel_resource leaf = nth(s.img, 2);
    ck_assert(!leaf.is_directory && leaf.depth == 2 && leaf.path[0].is_text);
    ck_assert_uint_eq(leaf.path[0].text.size, 4);
    ck_assert_mem_eq(leaf.path[0].text.data, "A\0B\0", 4);
    ck_assert_uint_eq(leaf.path[1].id, 5);
    ck_hex(leaf.offset.v, FOFF + 0x90);
    ck_hex(leaf.entry_offset.v, FOFF + 0x30);
    ck_hex(leaf.data.address.v, 0x20b0);
    ck_assert_uint_eq(leaf.data.code_page, 1252);
    ck_assert_uint_eq(pel_resource_bytes(&leaf).size, 4);
    ck_assert_mem_eq(pel_resource_bytes(&leaf).data, "\1\2\3\4", 4);
    ck_assert(!pel_resource_is(&leaf, PEL_RT_VERSION));

    leaf = nth(s.img, 5);
    ck_assert(!leaf.is_directory && leaf.depth == 3 && pel_resource_is(&leaf, PEL_RT_VERSION));
    ck_hex(leaf.path[2].id, 0x409);
    ck_hex(leaf.data.reserved, 7);
    ck_assert_str_eq(pel_language_name(leaf.path[2].id), "LANG_ENGLISH");
    ck_assert_ptr_null(pel_language_name(0x3f0));
    sample_free(&s);
}
END_TEST

START_TEST(no_directory_is_no_resource)
{
    sample s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_OK), 0);
    sample_free(&s);
}
END_TEST

START_TEST(a_directory_outside_of_the_image_is_told)
{
    sample s = with_tree();
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, (pel_rva){ 0x7000 }, 16);
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_NOT_FOUND), 0);
    sample_free(&s);
}
END_TEST

START_TEST(zero_filled_memory_is_an_empty_directory)
{
    sample s = with_tree();
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, (pel_rva){ 0x2800 }, 16);
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_OK), 1);
    sample_free(&s);
}
END_TEST

/* One word changed: what becomes of the walk, and which remark it gets. */
static const struct {
    uint32_t at, value;
    unsigned nodes;
    pel_diag_code code;
    const char *place;
    uint64_t offset;
} odd[] = {
    { 0x14, HIGH, 5, PEL_DIAG_RESOURCE_LOOP, "resources.directories[1]", 0x410 },
    { 0x64, HIGH | 0x38, 6, PEL_DIAG_RESOURCE_LOOP, "resources.directories[4]", 0x460 },
    { 0x34, 0x7000, 6, PEL_DIAG_RESOURCE_OUTSIDE, "resources.entries[0]", 0x430 },
    { 0x10, HIGH | 0x7000, 6, PEL_DIAG_RESOURCE_OUTSIDE, "resources.directories[1]", 0x410 },
    { 0x90, 0x7000, 6, PEL_DIAG_RESOURCE_OUTSIDE, "resources.entries[0]", 0x430 },
    { 0x94, 0x1000, 6, PEL_DIAG_RESOURCE_OUTSIDE, "resources.entries[0]", 0x430 },
    { 0x10, 1, 6, PEL_DIAG_RESOURCE_ORDER, "resources.directories[1]", 0x410 },
    { 0x18, HIGH | 0x80, 6, PEL_DIAG_RESOURCE_ORDER, "resources.directories[2]", 0x418 },
    { 0, 0, 6, PEL_DIAG_RESOURCE_DEPTH, "resources.entries[0]", 0x430 },
    { 0, 0, 6, PEL_DIAG_VERSION_BROKEN, "resources.entries[1]", 0x460 },
    { 0x18, PEL_RT_MANIFEST, 6, PEL_DIAG_MANIFEST_BROKEN, "resources.entries[1]", 0x460 },
};

START_TEST(odd_trees_are_walked_and_told)
{
    sample s = with_tree();
    put32(&s, odd[_i].at, odd[_i].value);
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_OK), odd[_i].nodes);
    const pel_diag *d = diag_of(s.img, odd[_i].code);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, odd[_i].place, odd[_i].offset);
    sample_free(&s);
}
END_TEST

START_TEST(a_tree_that_the_file_cuts_is_told)
{
    sample s = with_tree();
    pel_builder_resize(s.b, FOFF + 0x44);
    sample_parse(&s);
    pel_resource_iter it = pel_image_resources(s.img);
    unsigned n = 0, outside = 0;
    for (pel_resource r; pel_resource_next(&it, &r); n++)
        outside += r.problem == PEL_RESOURCE_OUTSIDE;
    ck_assert_uint_eq(n, 4);
    ck_assert_uint_eq(outside, 2);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_RESOURCE_OUTSIDE));
    sample_free(&s);
}
END_TEST

START_TEST(numbers_rise)
{
    sample s = with_tree();
    put32(&s, 0x0c, 2u << 16); /* two numbers, no text */
    put32(&s, 0x10, 0x10 + (uint32_t)_i);
    sample_parse(&s);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_RESOURCE_ORDER);
    ck_assert_ptr_nonnull(d); /* 0x10 or 0x11, then 0x10 */
    ck_place(&d->where, "resources.directories[2]", 0x418);
    ck_hex(d->found, 0x10);
    sample_free(&s);
}
END_TEST

START_TEST(entries_that_the_file_cuts_are_told)
{
    sample s = with_tree();
    pel_builder_resize(s.b, FOFF + 0x1c);
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_TRUNCATED), 2);
    const pel_diag *d = diag_of(s.img, PEL_DIAG_RESOURCE_CUT);
    ck_assert_ptr_nonnull(d);
    ck_place(&d->where, "resources", UINT64_MAX);
    sample_free(&s);
}
END_TEST

/* Directories of one entry each that lead deeper and deeper. */
START_TEST(depth_is_bounded)
{
    sample s = with_tree();
    for (uint32_t i = 0; i < 16; i++) {
        put32(&s, 24 * i + 12, 0x10000);
        put32(&s, 24 * i + 16, 1);
        put32(&s, 24 * i + 20, HIGH | 24 * (i + 1));
    }
    sample_parse(&s);
    ck_assert_uint_eq(count(s.img, PEL_OK), PEL_RESOURCE_DEPTH + 1);
    pel_resource last = nth(s.img, PEL_RESOURCE_DEPTH);
    ck_assert_int_eq(last.problem, PEL_RESOURCE_TOO_DEEP);
    ck_assert_uint_eq(last.depth, PEL_RESOURCE_DEPTH);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_RESOURCE_DEPTH));
    sample_free(&s);
}
END_TEST

/* Twenty entries that lead to one directory of twenty: four hundred ways to a leaf. */
START_TEST(shared_directories_cost_no_more_than_the_file)
{
    sample s = with_tree();
    for (uint32_t level = 0; level < 2; level++) {
        uint32_t at = level * 0xc0;
        put32(&s, at + 12, 20u << 16);
        for (uint32_t i = 0; i < 20; i++) {
            put32(&s, at + 16 + 8 * i, i);
            put32(&s, at + 20 + 8 * i, level ? 0x1f0 : HIGH | 0xc0);
        }
    }
    sample_parse(&s);
    unsigned n = count(s.img, PEL_LIMIT);
    ck_assert_uint_le(n, 2 * s.bytes.size / 24 + 1);
    ck_assert_uint_gt(n, 50);
    ck_assert_ptr_nonnull(diag_of(s.img, PEL_DIAG_RESOURCE_SHARED));
    sample_free(&s);
}
END_TEST

/* ---- text -------------------------------------------------------------- */

static const struct {
    uint8_t utf16[8];
    size_t size;
    const char *utf8;
} texts[] = {
    { { 'a', 0, 0xe9, 0, 0xac, 0x20 }, 6, "a\xc3\xa9\xe2\x82\xac" },
    { { 0x3d, 0xd8, 0x00, 0xde }, 4, "\xf0\x9f\x98\x80" },
    { { 0x00, 0xd8, 'A', 0 },
      4,
      "\xed\xa0\x80"
      "A" }, /* alone */
    { { 0x00, 0xdc, 0x00, 0xd8 }, 4, "\xed\xb0\x80\xed\xa0\x80" },
    { { 'a', 0, 'b' }, 3, "a" },
    { { 0 }, 0, "" },
};

START_TEST(utf16_becomes_utf8)
{
    char out[16];
    size_t want = strlen(texts[_i].utf8);
    pel_span utf16 = { texts[_i].utf16, texts[_i].size };
    ck_assert_uint_eq(pel_utf16_text(utf16, out, sizeof out), want);
    ck_assert_mem_eq(out, texts[_i].utf8, want);
    memset(out, '!', sizeof out);
    ck_assert_uint_eq(pel_utf16_text(utf16, out, want ? want - 1 : 0), want);
    ck_assert_int_eq(out[want ? want - 1 : 0], '!');
}
END_TEST

PEL_TESTS(pe_dir_resource)
{
    tcase_add_test(tests, the_tree_is_walked_in_its_order);
    tcase_add_test(tests, no_directory_is_no_resource);
    tcase_add_test(tests, a_directory_outside_of_the_image_is_told);
    tcase_add_test(tests, zero_filled_memory_is_an_empty_directory);
    tcase_add_loop_test(tests, odd_trees_are_walked_and_told, 0, sizeof odd / sizeof odd[0]);
    tcase_add_test(tests, a_tree_that_the_file_cuts_is_told);
    tcase_add_loop_test(tests, numbers_rise, 0, 2);
    tcase_add_test(tests, entries_that_the_file_cuts_are_told);
    tcase_add_test(tests, depth_is_bounded);
    tcase_add_test(tests, shared_directories_cost_no_more_than_the_file);
    tcase_add_loop_test(tests, utf16_becomes_utf8, 0, sizeof texts / sizeof texts[0]);
}
