/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes of a manifest can be XML. */
#include "check_pel.h"
#include "pe/lint.h"

static const struct {
    const char *text;
    bool broken;
} rows[] = {
    { "<assembly/>", false },
    { "<?xml version='1.0'?>\r\n<a b=\"x>y\"><c/></a>\n", false },
    { "\xef\xbb\xbf \t<a></a>", false },
    { "<!-- <b> --><a><![CDATA[<c>]]></a>", false },
    { "<!DOCTYPE a><a>text</a>PADDINGXXPADDING", false },
    { "\xff\xfe<x", false },
    { "", true },
    { " \n", true },
    { "assembly", true },
    { "<assembly bogus>", true },
    { "<a><b></a>", true },
    { "</a><a>", true },
    { "<a b='>", true },
    { "\xff\xfe", true },
};

START_TEST(a_manifest_pairs_its_tags)
{
    pel_span bytes = { (const uint8_t *)rows[_i].text, strlen(rows[_i].text) };
    ck_assert_msg(pel_manifest_is_broken(bytes) == rows[_i].broken, "%s", rows[_i].text);
}
END_TEST

PEL_TESTS(pe_lint_manifest)
{
    tcase_add_loop_test(tests, a_manifest_pairs_its_tags, 0, sizeof rows / sizeof rows[0]);
}
