/* SPDX-License-Identifier: Apache-2.0 */
/* Import and export tables. Offsets are typed from the specification. */
#include "base/reader.h"
#include "check_pel.h"

#define CODE (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)

static pel_builder *b;

static void begin(pel_build_kind kind) { ck_ok(pel_builder_new(kind, NULL, &b)); }

static pel_span finish(void)
{
    pel_span file;
    ck_ok(pel_builder_finish(b, &file));
    return file;
}

static void end(void)
{
    pel_builder_free(b);
    b = NULL;
}

/* ---- imports and exports ----------------------------------------------- */

START_TEST(imports_have_two_tables_of_thunks)
{
    pel_build_import imports[] = {
        { .dll = "A.dll", .name = "One", .ordinal = 7 },
        { .dll = "A.dll", .ordinal = 3 },
        { .dll = "B.dll", .name = "Two" },
    };
    begin(PEL_BUILD_PE32);
    uint32_t section = pel_builder_imports(b, imports, 3);
    pel_span file = finish();
    ck_assert_uint_eq(section, 0);
    ck_assert_uint_eq(imports[0].slot, 0);
    ck_assert_uint_eq(imports[1].slot, 4);
    ck_assert_uint_eq(imports[2].slot, 12);
    pel_span s;
    ck_assert(pel_span_slice(file, 0x200, 0x200, &s));
    ck_hex(pel_span_uint(file, 0x100, 8), 0x3c00001014); /* IMPORT: 3 descriptors behind the IAT */
    ck_hex(pel_span_uint(file, 0x158, 8), 0x1400001000); /* IAT */
    ck_hex(pel_span_uint(s, 4, 8), 0x80000003);          /* by ordinal, then the end */

    uint64_t name = pel_span_uint(s, 0, 4) - 0x1000, lookup = pel_span_uint(s, 0x14, 4) - 0x1000;
    ck_hex(pel_span_uint(s, name, 2), 7);
    ck_assert_str_eq((const char *)s.data + name + 2, "One");
    ck_hex(pel_span_uint(s, lookup, 4), name + 0x1000);
    ck_hex(pel_span_uint(s, lookup + 4, 8), 0x80000003);
    ck_assert_str_eq((const char *)s.data + pel_span_uint(s, 0x20, 4) - 0x1000, "A.dll");
    ck_hex(pel_span_uint(s, 0x24, 4), 0x1000);
    ck_assert_str_eq((const char *)s.data + pel_span_uint(s, 0x34, 4) - 0x1000, "B.dll");
    ck_hex(pel_span_uint(s, 0x38, 4), 0x100c);
    ck_hex(pel_span_uint(s, 0x3c, 8), 0); /* the last descriptor */
    end();
}
END_TEST

START_TEST(hints_lie_at_even_addresses)
{
    pel_build_import imports[] = { { .dll = "A.dll", .name = "Four" },
                                   { .dll = "A.dll", .name = "Six" } };
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_imports(b, imports, 2);
    pel_span file = finish();
    for (unsigned i = 0; i < 2; i++)
        ck_hex(pel_span_uint(file, 0x200 + imports[i].slot, 8) & 1, 0);
    end();
}
END_TEST

START_TEST(export_names_are_sorted)
{
    begin(PEL_BUILD_PE32PLUS);
    uint32_t code = pel_builder_section(b, ".text", CODE);
    pel_builder_data(b, code, "abcd", 4);
    const pel_build_export exports[] = {
        { .name = "zebra", .ordinal = 5, .place = { code, 1 } },
        { .place = { code, 2 } }, /* 6, without a name */
        { .name = "ant", .ordinal = 9, .forward = "OTHER.Ant" },
    };
    pel_builder_exports(b, "X.dll", exports, 3);
    pel_span file = finish(), s;
    ck_assert(pel_span_slice(file, 0x400, 0x200, &s));
    ck_hex(pel_span_uint(s, 16, 4), 5);
    ck_hex(pel_span_uint(s, 20, 4), 5); /* functions 5 to 9 */
    ck_hex(pel_span_uint(s, 24, 4), 2);
    ck_hex(pel_span_uint(s, 28, 4), 0x2028);
    static const uint32_t functions[] = { 0x1001, 0x1002, 0, 0 };
    for (unsigned i = 0; i < 4; i++)
        ck_hex(pel_span_uint(s, 40 + 4 * i, 4), functions[i]);
    uint64_t forward = pel_span_uint(s, 56, 4) - 0x2000;
    ck_assert_str_eq((const char *)s.data + forward, "OTHER.Ant");
    ck_assert_uint_lt(forward, pel_span_uint(file, 0x10c, 4)); /* inside the directory */
    ck_assert_str_eq((const char *)s.data + pel_span_uint(s, 12, 4) - 0x2000, "X.dll");
    ck_assert_str_eq((const char *)s.data + pel_span_uint(s, 60, 4) - 0x2000, "ant");
    ck_hex(pel_span_uint(s, 68, 4), 4); /* ordinals of ant (9 - 5) and zebra (0) */
    end();
}
END_TEST

PEL_TESTS(builder_tables)
{
    tcase_add_test(tests, imports_have_two_tables_of_thunks);
    tcase_add_test(tests, hints_lie_at_even_addresses);
    tcase_add_test(tests, export_names_are_sorted);
}
