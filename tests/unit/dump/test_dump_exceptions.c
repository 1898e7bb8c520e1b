/* SPDX-License-Identifier: Apache-2.0 */
/* The exception directory in dumps: names, what is shown of broken information, and how much of a
 * hostile table. */
#include "collect.h"
#include "sample.h"

#define FOFF 0x400u

/* Functions at 0x1000 and 0x1001, exported; unwind information at 0x2080. */
static sample with_functions(const uint8_t *unwind, size_t size)
{
    static const pel_build_export exports[] = {
        { .name = "one", .place = { SAMPLE_TEXT, 0 } },
        { .name = "two", .place = { SAMPLE_TEXT, 1 } },
    };
    static const uint8_t table[] = { 0x00, 0x10, 0, 0, 0x01, 0x10, 0, 0, 0x80, 0x20, 0, 0,
                                     0x01, 0x10, 0, 0, 0x03, 0x10, 0, 0, 0x00, 0x90, 0, 0 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_exports(s.b, "x.dll", exports, 2);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, table, sizeof table);
    pel_builder_patch(s.b, (pel_foff){ FOFF + 0x80 }, unwind, size);
    pel_builder_directory(s.b, PEL_DIR_EXCEPTION, (pel_rva){ 0x2000 }, sizeof table);
    return s;
}

static const uint8_t pushes[] = { 0x09, 1, 2, 0, 1, 0x30, 0, 0x50, 0x01, 0x10, 0, 0 };

static void ck_dump(const sample *s, pel_format format, const char *const *wants)
{
    static collected c;
    static const char *const only[] = { "exceptions" };
    pel_dump_options options = { .format = format, .only = only, .only_count = 1 };
    ck_ok(pel_dump_image(s->img, "file", &options, collect_into(&c)));
    for (; *wants; wants++)
        ck_assert_msg(strstr(c.text, *wants) != NULL, "no %s in %s", *wants, c.text);
}

START_TEST(text_has_a_line_for_each_function_and_code)
{
    static const char *const wants[] = { "0x00001000..0x00001001 one\n",
                                         "0x01",
                                         "push rbx\n",
                                         "push rbp\n",
                                         "0x00001001 two for exceptions, data",
                                         "0x00001001..0x00001003 two\n",
                                         "unmapped",
                                         NULL };
    sample s = with_functions(pushes, sizeof pushes);
    sample_parse(&s);
    ck_dump(&s, PEL_FORMAT_TEXT, wants);
    sample_free(&s);
}
END_TEST

START_TEST(json_has_names_and_problems)
{
    static const char *const wants[] = { "\"name\": \"one\"",
                                         "\"rva\": 4097",
                                         "\"text\": \"push rbp\"",
                                         "\"bytes\": \"0050\"",
                                         "\"problem\": \"unmapped\"",
                                         "\"info\": null",
                                         NULL };
    sample s = with_functions(pushes, sizeof pushes);
    sample_parse(&s);
    ck_dump(&s, PEL_FORMAT_JSON, wants);
    sample_free(&s);
}
END_TEST

START_TEST(unknown_versions_are_told)
{
    static const uint8_t unknown[] = { 0x05, 1, 2, 0 };
    static const char *const wants[] = { "\"version\": 5", "\"problem\": \"malformed\"", NULL };
    sample s = with_functions(unknown, sizeof unknown);
    sample_parse(&s);
    ck_dump(&s, PEL_FORMAT_JSON, wants);
    sample_free(&s);
}
END_TEST

/* 32 functions that share 64 codes would have more of them than the file has bytes. */
START_TEST(shared_codes_end_at_a_limit)
{
    enum { COUNT = 32, CODES = 64 };
    static const char *const wants[] = { "\"end\": \"limit\"", NULL };
    uint8_t table[12 * COUNT] = { 0 }, unwind[4 + 2 * CODES] = { 0x01, 0, CODES, 0 };
    for (unsigned i = 0; i < COUNT; i++) {
        table[12 * i + 1] = 0x10;
        table[12 * i + 8] = 0x80;
        table[12 * i + 9] = 0x21;
    }
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, table, sizeof table);
    pel_builder_patch(s.b, (pel_foff){ FOFF + 0x180 }, unwind, 0x80);
    pel_builder_directory(s.b, PEL_DIR_EXCEPTION, (pel_rva){ 0x2000 }, sizeof table);
    sample_parse(&s);
    ck_dump(&s, PEL_FORMAT_JSON, wants);
    sample_free(&s);
}
END_TEST

START_TEST(no_memory_is_told_and_nothing_lost)
{
    static collected c;
    pel_status st = PEL_NO_MEMORY;
    sample s = with_functions(pushes, sizeof pushes);
    sample_parse(&s);
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_dump_options options = { .format = PEL_FORMAT_JSON, .allocator = &a };
        st = pel_dump_image(s.img, "file", &options, collect_into(&c));
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
    sample_free(&s);
}
END_TEST

PEL_TESTS(dump_exceptions)
{
    tcase_add_test(tests, text_has_a_line_for_each_function_and_code);
    tcase_add_test(tests, json_has_names_and_problems);
    tcase_add_test(tests, unknown_versions_are_told);
    tcase_add_test(tests, shared_codes_end_at_a_limit);
    tcase_add_test(tests, no_memory_is_told_and_nothing_lost);
}
