/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as files of their kind: bitmaps, icons, cursors, lists of strings. */
#include "extract_steps.h"

/* ---- bitmaps ----------------------------------------------------------- */

/* BITMAPINFOHEADER of one pixel; bits, compression and colours differ. */
#define INFO(bits, compression, colors)                                                            \
    "\x28\0\0\0\1\0\0\0\1\0\0\0\1\0" bits "\0" compression "\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0" colors \
    "\0\0\0\0\0\0\0"

static const struct {
    const char *bytes;
    size_t size;
    unsigned pixels; /* bfOffBits; 0: no bitmap */
} bitmaps[] = {
    { B(INFO("\x18", "\0", "\0") "\1\2\3\0"), 54 },
    { B(INFO("\1", "\0", "\0") "\0\0\0\0\xff\xff\xff\0\1\0\0\0"), 62 },
    { B(INFO("\x08", "\0", "\1") "\0\0\0\0\0\0\0\0"), 58 },
    { B(INFO("\x10", "\3", "\0") "\0\xf8\0\0\xe0\7\0\0\x1f\0\0\0\1\2\0\0"), 66 },
    { B(INFO("\x20", "\6", "\0") "\0\0\xff\0\0\xff\0\0\xff\0\0\0\0\0\0\xff\1\2\3\4"), 70 },
    { B("\x0c\0\0\0\1\0\1\0\1\0\1\0\0\0\0\xff\xff\xff\1\0\0\0"), 32 }, /* BITMAPCOREHEADER */
    { B(INFO("\x08", "\0", "\0") "\0\0\0\0"), 0 },                     /* the palette is cut */
    { B(INFO("\x18", "\0", "\xff")), 0 },
    { B("\x28\0\0\0\1\0"), 0 },
    { B("nothing that is known"), 0 },
};

START_TEST(bitmaps_get_the_header_of_a_file)
{
    leaf l = { 2, 1, 0, bitmaps[_i].bytes, bitmaps[_i].size };
    sample s = with_leaves(&l, 1);
    pel_extract *x = begin(&s, ONLY(BITMAP), 0);
    unsigned pixels = bitmaps[_i].pixels;
    if (pixels == 0) {
        next_item(x, PEL_EXTRACT_RESOURCE, "bitmap-0.bin", PEL_MALFORMED);
        ck_made(l.bytes, l.size);
    } else {
        next_item(x, PEL_EXTRACT_BITMAP, "bitmap-0.bmp", PEL_OK);
        char header[] = "BM\0\0\0\0\0\0\0\0\0\0\0";
        header[2] = (char)(14 + l.size);
        header[10] = (char)pixels;
        ck_assert_uint_eq(made.size, 14 + l.size);
        ck_assert_mem_eq(made.text, header, 14);
        ck_assert_mem_eq(made.text + 14, l.bytes, l.size);
    }
    end(&s, x);
}
END_TEST

/* ---- icons and cursors ------------------------------------------------- */

/* Two entries: 16 x 16, RT_ICON 7; 256 x 256, RT_ICON 9. */
#define GROUP                                                                                      \
    "\0\0\1\0\2\0"                                                                                 \
    "\x10\x10\2\0\1\0\1\0\3\0\0\0\7\0"                                                             \
    "\0\0\0\0\1\0\x20\0\4\0\0\0\x09\0"

START_TEST(icons_are_put_together)
{
    static const leaf leaves[] = {
        { 3, 7, 0x407, B("DEU") },  { 3, 7, 0x409, B("eng") },  { 3, 9, 0, B("nine") },
        { 3, 8, 0, B("nobody's") }, { 14, 1, 0x409, B(GROUP) }, { 14, 1, 0x411, B(GROUP) },
    };
    sample s = with_leaves(leaves, 6);
    pel_extract *x = begin(&s, ONLY(ICON) | ONLY(RESOURCE), 0);
    /* No group means this one: the first is that of Japanese, which has none of its own. */
    next_item(x, PEL_EXTRACT_RESOURCE, "icon-0.bin", PEL_OK);
    ck_made(B("nobody's"));
    next_item(x, PEL_EXTRACT_ICON, "icon-0-1033.ico", PEL_OK);
    ck_made(B("\0\0\1\0\2\0"
              "\x10\x10\2\0\1\0\1\0\3\0\0\0\x26\0\0\0"
              "\0\0\0\0\1\0\x20\0\4\0\0\0\x29\0\0\0"
              "engnine"));
    next_item(x, PEL_EXTRACT_ICON, "icon-1-1041.ico", PEL_OK);
    ck_made(B("\0\0\1\0\2\0"
              "\x10\x10\2\0\1\0\1\0\3\0\0\0\x26\0\0\0"
              "\0\0\0\0\1\0\x20\0\4\0\0\0\x29\0\0\0"
              "DEUnine"));
    end(&s, x);
}
END_TEST

START_TEST(icons_that_miss_pictures)
{
    static const leaf leaves[] = { { 3, 9, 0, B("nine") }, { 14, 1, 0, B(GROUP) } };
    sample s = with_leaves(leaves, 2);
    pel_extract *x = begin(&s, ONLY(ICON), 0);
    next_item(x, PEL_EXTRACT_ICON, "icon-0.ico", PEL_NOT_FOUND);
    ck_made(B("\0\0\1\0\1\0"
              "\0\0\0\0\1\0\x20\0\4\0\0\0\x16\0\0\0"
              "nine"));
    end(&s, x);
    s = with_leaves(leaves + 1, 1); /* none at all */
    x = begin(&s, ONLY(ICON), 0);
    next_item(x, PEL_EXTRACT_RESOURCE, "groupicon-0.bin", PEL_MALFORMED);
    ck_made(B(GROUP));
    end(&s, x);
}
END_TEST

START_TEST(a_group_that_is_cut)
{
    leaf leaves[] = { { 3, 7, 0, B("one") }, { 14, 1, 0, GROUP, 6 + 14 + 3 } };
    sample s = with_leaves(leaves, 2);
    pel_extract *x = begin(&s, ONLY(ICON), 0);
    next_item(x, PEL_EXTRACT_ICON, "icon-0.ico", PEL_TRUNCATED);
    ck_made(B("\0\0\1\0\1\0"
              "\x10\x10\2\0\1\0\1\0\3\0\0\0\x16\0\0\0"
              "one"));
    end(&s, x);
}
END_TEST

START_TEST(without_their_kind_pictures_are_bytes)
{
    static const leaf leaves[] = { { 3, 9, 0, B("nine") }, { 14, 1, 0, B(GROUP) } };
    sample s = with_leaves(leaves, 2);
    pel_extract *x = begin(&s, ONLY(RESOURCE), 0);
    next_item(x, PEL_EXTRACT_RESOURCE, "icon-0.bin", PEL_OK);
    next_item(x, PEL_EXTRACT_RESOURCE, "groupicon-1.bin", PEL_OK);
    end(&s, x);
}
END_TEST

/* 32 x 32 (64 with both masks), hot spot 5, 6. */
START_TEST(cursors_have_their_hot_spot_in_the_entry)
{
    static const leaf leaves[] = {
        { 1, 2, 0, B("\5\0\6\0picture") },
        { 12, 1, 0, B("\0\0\2\0\1\0\x20\0\x40\0\1\0\1\0\x0b\0\0\0\2\0") },
        { 12, 2, 0, B("\0\0\1\0\1\0\x20\0\x40\0\1\0\1\0\x0b\0\0\0\2\0") }, /* type of icons */
    };
    sample s = with_leaves(leaves, 3);
    pel_extract *x = begin(&s, ONLY(CURSOR), 0);
    next_item(x, PEL_EXTRACT_CURSOR, "cursor-0.cur", PEL_OK);
    ck_made(B("\0\0\2\0\1\0"
              "\x20\x20\0\0\5\0\6\0\7\0\0\0\x16\0\0\0"
              "picture"));
    next_item(x, PEL_EXTRACT_RESOURCE, "groupcursor-0.bin", PEL_MALFORMED);
    end(&s, x);
}
END_TEST

/* ---- strings ----------------------------------------------------------- */

START_TEST(strings_are_lines)
{
    /* String 0 of block 2, then 3 with what would break a line, and a surrogate on its own; the
     * others are empty. */
    static const leaf l = { 6, 2, 0x409,
                            B("\2\0H\0i\0\0\0\0\0\6\0\n\0\t\0\\\0\xe4\0\x3d\xd8\r\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") };
    sample s = with_leaves(&l, 1);
    pel_extract *x = begin(&s, ONLY(STRINGS), 0);
    next_item(x, PEL_EXTRACT_STRINGS, "strings-0-1033.txt", PEL_OK);
    ck_made(B("16\tHi\n19\t\\n\\t\\\\\xc3\xa4\\uD83D\\r\n"));
    end(&s, x);
}
END_TEST

START_TEST(a_pair_of_surrogates_stays_together)
{
    static char block[2 * 1100];
    block[0] = 0x44, block[1] = 4; /* 1,092 units */
    for (size_t i = 0; i < 1092; i++)
        block[2 + 2 * i] = 'a';
    memcpy(block + 2 + 2 * 1023, "\x3d\xd8\0\xde", 4); /* U+1F600, over the 1,024th unit */
    leaf l = { 6, 1, 0, block, 2 + 2 * 1092 + 2 * 15 - 20 };
    l.size = 2 + 2 * 1092 + 12; /* some of the empty strings are cut */
    sample s = with_leaves(&l, 1);
    pel_extract *x = begin(&s, ONLY(STRINGS), 0);
    next_item(x, PEL_EXTRACT_RESOURCE, "string-0.bin", PEL_MALFORMED);
    end(&s, x);
    static char whole[2 * 1120];
    memcpy(whole, block, 2 + 2 * 1092);
    l.bytes = whole;
    l.size = 2 + 2 * 1092 + 2 * 15;
    s = with_leaves(&l, 1);
    x = begin(&s, ONLY(STRINGS), 0);
    next_item(x, PEL_EXTRACT_STRINGS, "strings-0.txt", PEL_OK);
    ck_assert_uint_eq(made.size, 2 + 1023 + 4 + 67 + 1);
    ck_assert_mem_eq(made.text + 2 + 1022,
                     "a\xf0\x9f\x98\x80"
                     "a",
                     6);
    end(&s, x);
}
END_TEST

PEL_TESTS(pe_extract_forms)
{
    tcase_add_loop_test(tests, bitmaps_get_the_header_of_a_file, 0,
                        sizeof bitmaps / sizeof bitmaps[0]);
    tcase_add_test(tests, icons_are_put_together);
    tcase_add_test(tests, icons_that_miss_pictures);
    tcase_add_test(tests, a_group_that_is_cut);
    tcase_add_test(tests, without_their_kind_pictures_are_bytes);
    tcase_add_test(tests, cursors_have_their_hot_spot_in_the_entry);
    tcase_add_test(tests, strings_are_lines);
    tcase_add_test(tests, a_pair_of_surrogates_stays_together);
}
