/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#include "check_pel.h"

/* Unicode, chapter 3, table 3-7, and the classic mistakes. `len` 0: not well formed. */
static const struct {
    const char *what;
    const char *bytes;
    size_t size, len;
    uint32_t code;
} sequences[] = {
    { "nothing", "", 0, 0, 0 },
    { "letter", "A", 1, 1, 'A' },
    { "zero is a character", "\0", 1, 1, 0 },
    { "last of 1 byte", "\x7f", 1, 1, 0x7f },
    { "only the first is taken", "AB", 2, 1, 'A' },
    { "first of 2 bytes", "\xc2\x80", 2, 2, 0x80 },
    { "e acute", "\xc3\xa9", 2, 2, 0xe9 },
    { "last of 2 bytes", "\xdf\xbf", 2, 2, 0x7ff },
    { "first of 3 bytes", "\xe0\xa0\x80", 3, 3, 0x800 },
    { "euro", "\xe2\x82\xac", 3, 3, 0x20ac },
    { "below the surrogates", "\xed\x9f\xbf", 3, 3, 0xd7ff },
    { "above the surrogates", "\xee\x80\x80", 3, 3, 0xe000 },
    { "last of 3 bytes", "\xef\xbf\xbf", 3, 3, 0xffff },
    { "first of 4 bytes", "\xf0\x90\x80\x80", 4, 4, 0x10000 },
    { "clef", "\xf0\x9d\x84\x9e", 4, 4, 0x1d11e },
    { "last code point", "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },

    { "continuation alone", "\x80", 1, 0, 0 },
    { "continuation alone", "\xbf", 1, 0, 0 },
    { "overlong slash, 2 bytes", "\xc0\xaf", 2, 0, 0 },
    { "overlong 7f", "\xc1\xbf", 2, 0, 0 },
    { "overlong slash, 3 bytes", "\xe0\x80\xaf", 3, 0, 0 },
    { "overlong 7ff", "\xe0\x9f\xbf", 3, 0, 0 },
    { "overlong ffff", "\xf0\x8f\xbf\xbf", 4, 0, 0 },
    { "first surrogate", "\xed\xa0\x80", 3, 0, 0 },
    { "last surrogate", "\xed\xbf\xbf", 3, 0, 0 },
    { "above the last code point", "\xf4\x90\x80\x80", 4, 0, 0 },
    { "f5", "\xf5\x80\x80\x80", 4, 0, 0 },
    { "5-byte form", "\xf8\x88\x80\x80\x80", 5, 0, 0 },
    { "fe", "\xfe", 1, 0, 0 },
    { "ff", "\xff", 1, 0, 0 },
    { "cut after 1 of 2", "\xc3", 1, 0, 0 },
    { "cut after 1 of 3", "\xe2", 1, 0, 0 },
    { "cut after 2 of 3", "\xe2\x82", 2, 0, 0 },
    { "cut after 3 of 4", "\xf0\x9d\x84", 3, 0, 0 },
    { "letter instead of continuation", "\xc3\x28", 2, 0, 0 },
    { "letter as third", "\xe2\x82\x28", 3, 0, 0 },
    { "letter as fourth", "\xf0\x9d\x84\x28", 4, 0, 0 },
    { "lead as third", "\xe2\x82\xc3", 3, 0, 0 },
};

START_TEST(utf8_is_well_formed_or_nothing)
{
    uint32_t code = 0;
    size_t len = pel_utf8((pel_str){ sequences[_i].bytes, sequences[_i].size }, &code);
    ck_assert_msg(len == sequences[_i].len, "%s: length %zu", sequences[_i].what, len);
    if (len > 0)
        ck_assert_msg(code == sequences[_i].code, "%s: U+%04X", sequences[_i].what, code);
}
END_TEST

/* Write `code` as UTF-8 by the bit pattern of its range, whether or not it is allowed. */
static size_t encode(uint32_t code, char *out)
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[len] | code);
    return len;
}

START_TEST(every_code_point_is_read_back)
{
    for (uint32_t want = 0; want < 0x110000; want++) {
        char bytes[4];
        uint32_t got = UINT32_MAX;
        bool surrogate = want >= 0xd800 && want <= 0xdfff;
        size_t wrote = encode(want, bytes);
        size_t len = pel_utf8((pel_str){ bytes, wrote }, &got);
        if (len != (surrogate ? 0 : wrote) || (!surrogate && got != want))
            ck_abort_msg("U+%04X: length %zu, U+%04X", want, len, got);
    }
}
END_TEST

START_TEST(text_ends_at_the_first_zero_or_with_the_bytes)
{
    static const uint8_t bytes[] = { '.', 't', 'e', 'x', 't', 0, 'x', 0 };
    ck_assert_uint_eq(pel_str_in((pel_span){ bytes, 8 }).len, 5);
    ck_assert_uint_eq(pel_str_in((pel_span){ bytes, 5 }).len, 5);
    ck_assert_uint_eq(pel_str_in((pel_span){ bytes, 2 }).len, 2);
    ck_assert_uint_eq(pel_str_in((pel_span){ bytes + 5, 1 }).len, 0);
    ck_assert_uint_eq(pel_str_in((pel_span){ NULL, 0 }).len, 0);
}
END_TEST

START_TEST(c_strings_are_borrowed)
{
    const char *text = "abc";
    ck_assert_ptr_eq(pel_str_of(text).ptr, text);
    ck_assert_uint_eq(pel_str_of(text).len, 3);
    ck_assert_uint_eq(pel_str_of("").len, 0);
    ck_assert_uint_eq(pel_str_of(NULL).len, 0);
}
END_TEST

START_TEST(appending_counts_what_it_wants_and_writes_what_fits)
{
    static const char want[] = "one 2 three";
    for (size_t size = 0; size <= sizeof want + 1; size++) {
        char out[32];
        memset(out, '#', sizeof out);
        size_t used = 0;
        pel_append(out, size, &used, "one %d", 2);
        pel_append(out, size, &used, " %s", "three");
        ck_assert_uint_eq(used, strlen(want));
        size_t fits = size == 0 ? 0 : size - 1 < used ? size - 1 : used;
        ck_assert_int_eq(memcmp(out, want, fits), 0);
        if (size > 0)
            ck_assert_int_eq(out[fits], '\0');
        ck_assert_int_eq(out[size > used ? used + 1 : size], '#');
    }
}
END_TEST

/* Against a table of our own: what each text is in UTF-16. */
static const struct {
    const char *text;
    uint16_t units[4];
    unsigned count;
} utf16[] = {
    { "", { 0 }, 0 },
    { "aZ", { 'a', 'Z' }, 2 },
    { "\xc3\xa9\xe2\x82\xac", { 0xe9, 0x20ac }, 2 },
    { "\xef\xbf\xbf", { 0xffff }, 1 },
    { "\xf0\x90\x80\x80", { 0xd800, 0xdc00 }, 2 },
    { "\xf0\x9d\x84\x9ex", { 0xd834, 0xdd1e, 'x' }, 3 },
    { "\xf4\x8f\xbf\xbf", { 0xdbff, 0xdfff }, 2 },
    { "a\xff\x80z", { 'a', 0xfffd, 0xfffd, 'z' }, 4 },
};

START_TEST(utf8_becomes_utf16)
{
    pel_str rest = pel_str_of(utf16[_i].text);
    unsigned count = 0;
    uint16_t out[2];
    ck_assert_uint_eq(pel_utf16_units(rest), utf16[_i].count);
    for (unsigned n; (n = pel_utf16_next(&rest, out)) > 0;)
        for (unsigned i = 0; i < n; i++)
            ck_hex(out[i], utf16[_i].units[count++]);
    ck_assert_uint_eq(count, utf16[_i].count);
    ck_assert_uint_eq(rest.len, 0);
}
END_TEST

PEL_TESTS(base_text)
{
    tcase_add_loop_test(tests, utf8_becomes_utf16, 0, sizeof utf16 / sizeof utf16[0]);
    tcase_add_loop_test(tests, utf8_is_well_formed_or_nothing, 0,
                        sizeof sequences / sizeof sequences[0]);
    tcase_add_test(tests, every_code_point_is_read_back);
    tcase_add_test(tests, text_ends_at_the_first_zero_or_with_the_bytes);
    tcase_add_test(tests, c_strings_are_borrowed);
    tcase_add_test(tests, appending_counts_what_it_wants_and_writes_what_fits);
}
