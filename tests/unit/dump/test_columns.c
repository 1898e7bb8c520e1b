/* SPDX-License-Identifier: Apache-2.0 */
/* How wide text is, in every locale alike. */
#include "check_pel.h"
#include "dump/columns.h"
#include <string.h>

static pel_str str(const char *text) { return (pel_str){ text, strlen(text) }; }

static const struct {
    const char *text;
    size_t columns;
} texts[] = {
    { "", 0 },
    { "abc", 3 },
    { "\xc3\xa9", 1 },                 /* e with acute */
    { "e\xcc\x81", 1 },                /* the same of two characters: U+0301 combines */
    { "\xe6\xbc\xa2\xe5\xad\x97", 4 }, /* U+6F22 U+5B57 */
    { "\xef\xbc\xa1", 2 },             /* U+FF21, full width */
    { "\xf0\x9f\x98\x80", 2 },         /* U+1F600 */
    { "\xea\xb0\x80", 2 },             /* U+AC00 */
    { "\xe2\x96\x88", 1 },             /* U+2588, a block that bars are drawn with */
    { "\xff\xfe", 2 },                 /* no UTF-8 */
};

START_TEST(columns_are_those_of_unicode)
{
    ck_assert_uint_eq(pel_text_columns(str(texts[_i].text)), texts[_i].columns);
}
END_TEST

START_TEST(a_prefix_takes_what_combines_along_and_cuts_no_character)
{
    pel_str text = str("a\xe6\xbc\xa2"
                       "e\xcc\x81"
                       "b");
    ck_assert_uint_eq(pel_text_prefix(text, 0), 0);
    ck_assert_uint_eq(pel_text_prefix(text, 1), 1);
    ck_assert_uint_eq(pel_text_prefix(text, 2), 1); /* the wide one does not fit */
    ck_assert_uint_eq(pel_text_prefix(text, 3), 4);
    ck_assert_uint_eq(pel_text_prefix(text, 4), 7);
    ck_assert_uint_eq(pel_text_prefix(text, 100), 8);
}
END_TEST

PEL_TESTS(columns)
{
    tcase_add_loop_test(tests, columns_are_those_of_unicode, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tests, a_prefix_takes_what_combines_along_and_cuts_no_character);
}
