/* SPDX-License-Identifier: Apache-2.0 */
/* What resources hold, on literal bytes typed from the specification. */
#include <pelorus/resources.h>
#include <string.h>

#include "check_pel.h"

#define SPAN(bytes) ((pel_span){ bytes, sizeof(bytes) })

/* clang-format off */

/* ---- version information ----------------------------------------------- */

static uint8_t version[] = {
    /* 00 */ 0xb8, 0, 52, 0, 0, 0, 'V', 0, 'S', 0, '_', 0, 'V', 0, 'E', 0,
    /* 10 */ 'R', 0, 'S', 0, 'I', 0, 'O', 0, 'N', 0, '_', 0, 'I', 0, 'N', 0,
    /* 20 */ 'F', 0, 'O', 0, 0, 0, 0, 0,
    /* 28 */ 0xbd, 0x04, 0xef, 0xfe, 0, 0, 1, 0, 2, 0, 1, 0, 4, 0, 3, 0,
    /* 38 */ 6, 0, 5, 0, 8, 0, 7, 0, 0x3f, 0, 0, 0, 1, 0, 0, 0,
    /* 48 */ 4, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* 5c */ 0x38, 0, 0, 0, 1, 0, 'S', 0, 0, 0, 0, 0,       /* string file info */
    /* 68 */ 0x2c, 0, 0, 0, 1, 0, '0', 0, 0, 0, 0, 0,       /* a table */
    /* 74 */ 0x10, 0, 2, 0, 1, 0, 'K', 0, 0, 0, 0, 0, 'v', 0, 0, 0,
    /* 84 */ 0x10, 0, 4, 0, 1, 0, 0, 0, 'w', 0, 'x', 0, 0, 0, 0, 0, /* an empty key */
    /* 94 */ 0x24, 0, 0, 0, 1, 0, 'V', 0, 0, 0, 0, 0,       /* var file info */
    /* a0 */ 0x18, 0, 4, 0, 0, 0, 'T', 0, 'r', 0, 'a', 0, 'n', 0, 's', 0, 0, 0, 0, 0,
    /* b4 */ 9, 4, 0xb0, 4,
};

/* clang-format on */

static pel_version_block nth_block(pel_span bytes, unsigned n)
{
    pel_version_block b = { 0 };
    pel_version_iter it = pel_version_blocks(bytes);
    for (unsigned i = 0; i <= n; i++)
        ck_assert(pel_version_next(&it, &b));
    return b;
}

static unsigned blocks(pel_span bytes, pel_status want)
{
    unsigned n = 0;
    pel_version_iter it = pel_version_blocks(bytes);
    for (pel_version_block b; pel_version_next(&it, &b);)
        n++;
    ck_status(want, it.status);
    return n;
}

START_TEST(version_blocks_are_walked)
{
    pel_version_fixed fixed;
    ck_assert_uint_eq(blocks(SPAN(version), PEL_OK), 7);
    pel_version_block b = nth_block(SPAN(version), 0);
    ck_assert(b.level == 0 && b.key.size == 30 && b.value.size == 52);
    ck_ok(pel_version_read_fixed(&b, &fixed));
    ck_hex(fixed.file_high, 0x10002);
    ck_hex(fixed.file_low, 0x30004);
    ck_hex(fixed.product_high, 0x50006);
    ck_hex(fixed.product_low, 0x70008);
    ck_hex(fixed.flags, 1);
    ck_hex(fixed.os, 0x40004);
    ck_hex(fixed.type, 2);
    b = nth_block(SPAN(version), 3);
    ck_assert(b.level == 3 && b.key.size == 2 && b.value.size == 2);
    ck_assert_mem_eq(b.value.data, "v\0", 2);
    b = nth_block(SPAN(version), 4);
    ck_assert(b.level == 3 && b.key.size == 0 && b.value.size == 4);
    ck_assert_mem_eq(b.value.data, "w\0x\0", 4);
    b = nth_block(SPAN(version), 6);
    ck_assert(b.level == 2 && b.value.size == 4);
    ck_assert_mem_eq(b.value.data, "\x09\x04\xb0\x04", 4);
}
END_TEST

/* One byte changed. */
static const struct {
    size_t at;
    uint8_t value;
    unsigned blocks;
    pel_status status;
} broken_versions[] = {
    { 0x00, 4, 0, PEL_MALFORMED },    /* shorter than a header */
    { 0x00, 0, 0, PEL_MALFORMED },    /* nothing at all */
    { 0x00, 0xc8, 7, PEL_TRUNCATED }, /* longer than the resource */
    { 0x68, 0x40, 7, PEL_TRUNCATED }, /* longer than what it lies in */
    { 0x74, 2, 5, PEL_MALFORMED },    { 0x74, 0, 5, PEL_MALFORMED }, { 0x84, 0, 6, PEL_MALFORMED },
    { 0xa2, 40, 7, PEL_MALFORMED }, /* a value that is longer than its block */
};

START_TEST(broken_versions_are_told)
{
    uint8_t bytes[sizeof version];
    memcpy(bytes, version, sizeof bytes);
    bytes[broken_versions[_i].at] = broken_versions[_i].value;
    ck_assert_uint_eq(blocks(SPAN(bytes), broken_versions[_i].status), broken_versions[_i].blocks);
}
END_TEST

START_TEST(a_wrong_signature_is_told)
{
    uint8_t bytes[sizeof version];
    pel_version_fixed fixed;
    memcpy(bytes, version, sizeof bytes);
    bytes[0x28]++;
    pel_version_block b = nth_block(SPAN(bytes), 0);
    ck_status(PEL_MALFORMED, pel_version_read_fixed(&b, &fixed));
    ck_hex(fixed.file_low, 0x30004);
    bytes[2] = 0;
    b = nth_block(SPAN(bytes), 0);
    ck_status(PEL_NOT_FOUND, pel_version_read_fixed(&b, &fixed));
    b = nth_block(SPAN(version), 1);
    ck_status(PEL_NOT_FOUND, pel_version_read_fixed(&b, &fixed));
}
END_TEST

/* ---- groups and pictures ----------------------------------------------- */

static const uint8_t icons[] = { 0, 0, 1, 0, 2, 0, 16, 32, 4, 0,  1, 0, 8, 0, 0x34, 0x12, 0,
                                 0, 7, 0, 0, 0, 0, 0,  1,  0, 32, 0, 1, 0, 2, 0,    8,    0 };
static const uint8_t cursors[] = {
    0, 0, 2, 0, 1, 0, 32, 0, 64, 0, 1, 0, 1, 0, 0x34, 1, 0, 0, 9, 0
};

START_TEST(groups_are_read)
{
    pel_icon_group g;
    pel_icon_entry icon;
    pel_cursor_entry cursor;
    ck_ok(pel_icon_group_read(SPAN(icons), &g));
    ck_assert(g.type == 1 && g.count == 2 && g.there == 2);
    ck_ok(pel_icon_at(&g, 0, &icon));
    ck_assert(icon.width == 16 && icon.height == 32 && icon.colors == 4 && icon.bits == 8);
    ck_assert(icon.size == 0x1234 && icon.id == 7 && icon.planes == 1);
    ck_ok(pel_icon_at(&g, 1, &icon));
    ck_assert(icon.size == 0x20001 && icon.id == 8);
    ck_status(PEL_NOT_FOUND, pel_icon_at(&g, 2, &icon));
    ck_ok(pel_icon_group_read(SPAN(cursors), &g));
    ck_ok(pel_cursor_at(&g, 0, &cursor));
    ck_assert(cursor.width == 32 && cursor.height == 64 && cursor.size == 0x134 && cursor.id == 9);
    ck_status(PEL_TRUNCATED, pel_icon_group_read((pel_span){ icons, 33 }, &g));
    ck_assert(g.count == 2 && g.there == 1);
    ck_status(PEL_TRUNCATED, pel_icon_group_read((pel_span){ icons, 5 }, &g));
}
END_TEST

START_TEST(pictures_are_read)
{
    static const uint8_t dib[40] = {
        40, 0, 0, 0, 3, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 1, 0, 24, 0, 3
    };
    static const uint8_t core[12] = { 12, 0, 0, 0, 0xff, 0xff, 5, 0, 1, 0, 4, 0 };
    static const uint8_t png[24] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0,   0, 0, 13,
                                     'I',  'H', 'D', 'R', 0,  0,  1,  0,  128, 0, 0, 2 };
    static const uint8_t other[] = { 13, 0, 0, 0, 0 };
    pel_picture p;
    ck_ok(pel_picture_read(SPAN(dib), &p));
    ck_assert(p.format == PEL_PICTURE_DIB && p.width == 3 && p.height == -2 && p.bits == 24);
    ck_assert(p.planes == 1 && p.compression == 3);
    ck_ok(pel_picture_read(SPAN(core), &p));
    ck_assert(p.format == PEL_PICTURE_CORE && p.width == 65535 && p.height == 5 && p.bits == 4);
    ck_ok(pel_picture_read(SPAN(png), &p));
    ck_assert(p.format == PEL_PICTURE_PNG && p.width == 256 && p.height == 0x80000002);
    ck_status(PEL_MALFORMED, pel_picture_read(SPAN(other), &p));
    ck_status(PEL_TRUNCATED, pel_picture_read((pel_span){ dib, 39 }, &p));
    ck_status(PEL_TRUNCATED, pel_picture_read((pel_span){ png, 23 }, &p));
    ck_status(PEL_TRUNCATED, pel_picture_read((pel_span){ dib, 3 }, &p));
}
END_TEST

/* ---- strings and messages ---------------------------------------------- */

START_TEST(strings_are_walked)
{
    static const uint8_t block[] = {
        0, 0, 2, 0, 'h', 0, 'i', 0, 0, 0, 1, 0, 'x', 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0,   0, 0,   0, 0, 0, 0, 0, 0,   0, 0, 0, 0, 0, 0
    };
    uint32_t index;
    pel_span text;
    pel_string_iter it = pel_strings(SPAN(block));
    ck_assert(pel_string_next(&it, &index, &text));
    ck_assert(index == 1 && text.size == 4);
    ck_assert_mem_eq(text.data, "h\0i\0", 4);
    ck_assert(pel_string_next(&it, &index, &text) && index == 3 && text.size == 2);
    ck_assert(!pel_string_next(&it, &index, &text));
    ck_ok(it.status);
    it = pel_strings((pel_span){ block, 7 });
    ck_assert(!pel_string_next(&it, &index, &text));
    ck_status(PEL_TRUNCATED, it.status);
}
END_TEST

static uint8_t messages[] = {
    2, 0, 0, 0, 5, 0, 0,   0,   6, 0, 0, 0, 28, 0, 0,   0, 9, 0, 0, 0, 9, 0, 0,    0,    44, 0,
    0, 0, 8, 0, 0, 0, 'a', 'b', 0, 0, 8, 0, 1,  0, 'c', 0, 0, 0, 8, 0, 2, 0, 0xc3, 0xa9, 0,  0,
};

START_TEST(messages_are_walked)
{
    static const struct {
        uint32_t id, flags;
        size_t size;
    } want[] = { { 5, 0, 2 }, { 6, 1, 2 }, { 9, 2, 2 } };
    pel_message m;
    pel_message_iter it = pel_messages(SPAN(messages));
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(pel_message_next(&it, &m));
        ck_assert(m.id == want[i].id && m.flags == want[i].flags && m.text.size == want[i].size);
    }
    ck_assert(!pel_message_next(&it, &m));
    ck_ok(it.status);
}
END_TEST

static const struct {
    size_t at;
    uint8_t value;
    unsigned messages;
    pel_status status;
} broken_messages[] = {
    { 28, 3, 0, PEL_MALFORMED }, /* no step */
    { 28, 0x40, 0, PEL_TRUNCATED },
    { 0, 200, 1, PEL_TRUNCATED }, /* blocks that are not there: the third is text */
    { 12, 50, 0, PEL_TRUNCATED }, /* entries behind the end */
    { 8, 200, 3, PEL_TRUNCATED }, /* more numbers than entries */
    { 8, 4, 1, PEL_OK },          /* none */
};

START_TEST(broken_messages_are_told)
{
    uint8_t bytes[sizeof messages];
    unsigned n = 0;
    memcpy(bytes, messages, sizeof bytes);
    bytes[broken_messages[_i].at] = broken_messages[_i].value;
    pel_message_iter it = pel_messages(SPAN(bytes));
    for (pel_message m; pel_message_next(&it, &m);)
        n++;
    ck_status(broken_messages[_i].status, it.status);
    ck_assert_uint_ge(n, broken_messages[_i].messages);
}
END_TEST

/* Blocks that share one entry, each with 2^32 numbers. */
START_TEST(shared_messages_cost_no_more_than_their_bytes)
{
    uint8_t bytes[4 + 12 * 50 + 4] = { 50 };
    uint64_t n = 0;
    for (size_t i = 0; i < 50; i++) {
        bytes[4 + 12 * i] = 1;
        bytes[8 + 12 * i] = 1;
        bytes[12 + 12 * i] = 12; /* its own last word: length 12 */
    }
    pel_message_iter it = pel_messages(SPAN(bytes));
    for (pel_message m; pel_message_next(&it, &m);)
        n++;
    ck_assert_uint_eq(n, 50);
    memset(bytes + 8, 0xff, 4);
    it = pel_messages(SPAN(bytes));
    for (n = 0; n < 100000;) {
        pel_message m;
        if (!pel_message_next(&it, &m))
            break;
        n++;
    }
    ck_assert_uint_le(n, 16 * sizeof bytes / 4);
    ck_assert_int_ne(it.status, PEL_OK);
}
END_TEST

PEL_TESTS(pe_resource_kinds)
{
    tcase_add_test(tests, version_blocks_are_walked);
    tcase_add_loop_test(tests, broken_versions_are_told, 0,
                        sizeof broken_versions / sizeof broken_versions[0]);
    tcase_add_test(tests, a_wrong_signature_is_told);
    tcase_add_test(tests, groups_are_read);
    tcase_add_test(tests, pictures_are_read);
    tcase_add_test(tests, strings_are_walked);
    tcase_add_test(tests, messages_are_walked);
    tcase_add_loop_test(tests, broken_messages_are_told, 0,
                        sizeof broken_messages / sizeof broken_messages[0]);
    tcase_add_test(tests, shared_messages_cost_no_more_than_their_bytes);
}
