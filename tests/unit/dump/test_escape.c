/* SPDX-License-Identifier: Apache-2.0 */
#include "dump/escape.h"

#include <string.h>

#include "base/text.h"
#include "check_pel.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

/* clang-format off */
static const struct {
    pel_str bytes;
    const char *value, *json, *text;
} cases[] = {
    { BYTES(""),                 "",                    "",                        "" },
    { BYTES(".text"),            ".text",               ".text",                   ".text" },
    { BYTES("a\"b"),             "a\"b",                "a\\\"b",                  "a\"b" },
    { BYTES("a\\b"),             "a\\\\b",              "a\\\\\\\\b",              "a\\\\b" },
    { BYTES("\\xff"),            "\\\\xff",             "\\\\\\\\xff",             "\\\\xff" },
    { BYTES("\xff"),             "\\xff",               "\\\\xff",                 "\\xff" },
    { BYTES("a\xc3"),            "a\\xc3",              "a\\\\xc3",                "a\\xc3" },
    { BYTES("\xc3\xa4"),         "\xc3\xa4",            "\xc3\xa4",                "\xc3\xa4" },
    { BYTES("\xc0\xaf"),         "\\xc0\\xaf",          "\\\\xc0\\\\xaf",          "\\xc0\\xaf" },
    { BYTES("\xed\xa0\x80"),     "\\xed\\xa0\\x80",     "\\\\xed\\\\xa0\\\\x80",   "\\xed\\xa0\\x80" },
    { BYTES("\xf0\x9f\x92\xa9"), "\xf0\x9f\x92\xa9",    "\xf0\x9f\x92\xa9",        "\xf0\x9f\x92\xa9" },
    { BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80", "\\xf4\\x90\\x80\\x80" },
    { BYTES("\n\t\r"),           "\n\t\r",              "\\u000a\\u0009\\u000d",   "\\x0a\\x09\\x0d" },
    { BYTES("\x1b[31m"),         "\x1b[31m",            "\\u001b[31m",             "\\x1b[31m" },
    { BYTES("\x7f"),             "\x7f",                "\\u007f",                 "\\x7f" },
    { BYTES("\xc2\x9b"),         "\xc2\x9b",            "\\u009b",                 "\\u{9b}" },
    { BYTES("\xe2\x80\xae"),     "\xe2\x80\xae",        "\\u202e",                 "\\u{202e}" },
    { BYTES("\xe2\x81\xa6"),     "\xe2\x81\xa6",        "\\u2066",                 "\\u{2066}" },
    { BYTES("\xe2\x80\x8f"),     "\xe2\x80\x8f",        "\\u200f",                 "\\u{200f}" },
    { BYTES("\xef\xbb\xbf"),     "\xef\xbb\xbf",        "\\ufeff",                 "\\u{feff}" },
    { BYTES("\xd8\x9c"),         "\xd8\x9c",            "\\u061c",                 "\\u{61c}" },
    { BYTES("\xf3\xa0\x80\x81"), "\xf3\xa0\x80\x81",    "\\udb40\\udc01",          "\\u{e0001}" },
    { BYTES("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf",    "\\udbff\\udfff",          "\\u{10ffff}" },
};
/* clang-format on */

static void ck_escaped(pel_escape form, pel_str bytes, const char *want)
{
    char got[128];
    pel_str rest = bytes;
    size_t size = pel_escape_some(form, &rest, got, sizeof got - 1);
    got[size] = '\0';
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_uint_eq(size, strlen(want));
    ck_assert_str_eq(got, want);
    ck_assert_uint_eq(pel_escape_size(form, bytes), size);
}

START_TEST(each_form_escapes_what_it_must)
{
    ck_escaped(PEL_ESCAPE_VALUE, cases[_i].bytes, cases[_i].value);
    ck_escaped(PEL_ESCAPE_JSON, cases[_i].bytes, cases[_i].json);
    ck_escaped(PEL_ESCAPE_TEXT, cases[_i].bytes, cases[_i].text);
}
END_TEST

START_TEST(zeros_are_bytes_like_others)
{
    char got[32];
    pel_str bytes = { "a\0b", 3 };
    ck_assert_uint_eq(pel_escape_some(PEL_ESCAPE_VALUE, &bytes, got, sizeof got), 3);
    ck_assert_mem_eq(got, "a\0b", 3);
    ck_escaped(PEL_ESCAPE_JSON, (pel_str){ "a\0b", 3 }, "a\\u0000b");
    ck_escaped(PEL_ESCAPE_TEXT, (pel_str){ "a\0b", 3 }, "a\\x00b");
}
END_TEST

/* Reads what PEL_ESCAPE_VALUE wrote. SIZE_MAX for what it cannot have written. */
static size_t unescape(const char *from, size_t size, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] != '\\') {
            out[used++] = (uint8_t)from[i];
        } else if (from[++i] == '\\') {
            out[used++] = '\\';
        } else if (from[i] == 'x') {
            char digits[3] = { from[i + 1], from[i + 2], '\0' };
            out[used++] = (uint8_t)strtoul(digits, NULL, 16);
            i += 2;
        } else {
            return SIZE_MAX;
        }
    }
    return used;
}

static bool is_utf8(pel_str s)
{
    uint32_t code;
    for (size_t n; s.len; s.ptr += n, s.len -= n)
        if ((n = pel_utf8(s, &code)) == 0)
            return false;
    return true;
}

static bool comes_back(const char *bytes, size_t size)
{
    pel_str rest = { bytes, size };
    char escaped[64];
    uint8_t back[64];
    size_t length = pel_escape_some(PEL_ESCAPE_VALUE, &rest, escaped, sizeof escaped);
    return is_utf8((pel_str){ escaped, length }) && unescape(escaped, length, back) == size &&
           memcmp(back, bytes, size) == 0;
}

START_TEST(every_pair_of_bytes_comes_back)
{
    for (unsigned second = 0; second < 256; second++) {
        const char bytes[] = { (char)_i, (char)second, 'x', (char)second };
        if (!comes_back(bytes, sizeof bytes))
            ck_abort_msg("%02x %02x", (unsigned)_i, second);
    }
}
END_TEST

/* Neither ASCII's controls nor C1's, which are c2 80 to c2 9f. */
static bool without_controls(pel_escape form, const char *bytes, size_t size)
{
    pel_str rest = { bytes, size };
    char out[64];
    size_t length = pel_escape_some(form, &rest, out, sizeof out);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)out[i];
        if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && (uint8_t)out[i + 1] < 0xa0))
            return false;
    }
    return is_utf8((pel_str){ out, length });
}

START_TEST(text_and_json_show_no_control_character)
{
    for (unsigned second = 0; second < 256; second++) {
        const char bytes[] = { (char)_i, (char)second };
        if (!without_controls(PEL_ESCAPE_JSON, bytes, sizeof bytes) ||
            !without_controls(PEL_ESCAPE_TEXT, bytes, sizeof bytes))
            ck_abort_msg("%02x %02x", (unsigned)_i, second);
    }
}
END_TEST

START_TEST(pieces_of_any_size_join_to_the_whole)
{
    const pel_str bytes = { "\xf3\xa0\x80\x81\"\\\xff z\xe2\x80\xae.text", 18 };
    char whole[128], joined[128];
    pel_str rest = bytes;
    size_t size = pel_escape_some(PEL_ESCAPE_JSON, &rest, whole, sizeof whole);
    size_t used = 0;
    rest = bytes;
    for (size_t n; (n = pel_escape_some(PEL_ESCAPE_JSON, &rest, joined + used, (size_t)_i)) > 0;)
        used += n;
    ck_assert_uint_eq(used, size);
    ck_assert_mem_eq(joined, whole, size);
}
END_TEST

PEL_TESTS(dump_escape)
{
    tcase_add_loop_test(tests, each_form_escapes_what_it_must, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, zeros_are_bytes_like_others);
    tcase_add_loop_test(tests, every_pair_of_bytes_comes_back, 0, 256);
    tcase_add_loop_test(tests, text_and_json_show_no_control_character, 0, 256);
    tcase_add_loop_test(tests, pieces_of_any_size_join_to_the_whole, PEL_ESCAPE_MAX, 40);
}
