/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "check_pel.h"

static pel_status parse(const char *text, pel_arena *arena, pel_yaml **out, pel_yaml_error *error)
{
    return pel_yaml_parse((pel_span){ (const uint8_t *)text, strlen(text) }, arena, out, error);
}

START_TEST(nodes_know_their_place)
{
    pel_arena arena;
    pel_yaml_error error;
    pel_yaml *top;
    pel_arena_init(&arena, NULL);
    ck_ok(parse("# comment\nname: x\nlist: [1, 'two', {three: 3}]\n", &arena, &top, &error));
    ck_assert_int_eq(top->kind, PEL_YAML_MAP);
    ck_assert_uint_eq(top->count, 2);
    const pel_yaml *list = pel_yaml_get(top, "list");
    ck_assert_int_eq(list->kind, PEL_YAML_LIST);
    ck_assert_uint_eq(list->line, 3);
    ck_assert_uint_eq(list->column, 7);
    ck_assert_uint_eq(list->key->column, 1);
    ck_assert_uint_eq(list->count, 3);
    const pel_yaml *two = list->first->next;
    ck_assert_str_eq(two->text.ptr, "two");
    ck_assert(!two->plain && list->first->plain);
    ck_assert_uint_eq(two->column, 11);
    ck_assert_str_eq(pel_yaml_get(list->last, "three")->text.ptr, "3");
    ck_assert_ptr_null(pel_yaml_get(top, "nothing"));
    ck_assert_ptr_null(pel_yaml_get(list, "name"));
    pel_arena_release(&arena);
}
END_TEST

START_TEST(an_empty_document_has_no_root)
{
    static const char *const texts[] = { "", "# only a comment\n", "\n\n" };
    for (size_t i = 0; i < 3; i++) {
        pel_arena arena;
        pel_yaml_error error;
        pel_yaml *top;
        pel_arena_init(&arena, NULL);
        ck_ok(parse(texts[i], &arena, &top, &error));
        ck_assert_ptr_null(top);
        pel_arena_release(&arena);
    }
}
END_TEST

static const struct {
    const char *text;
    bool number;
    uint64_t value;
} numbers[] = {
    { "0", true, 0 },
    { "42", true, 42 },
    { "18446744073709551615", true, UINT64_MAX },
    { "18446744073709551616", false, 0 },
    { "0xffffffffffffffff", true, UINT64_MAX },
    { "0x10000000000000000", false, 0 },
    { "0XaB", true, 0xab },
    { "0x1_4000_0000", true, 0x140000000 },
    { "1_000", true, 1000 },
    { "1__0", false, 0 },
    { "10_", false, 0 },
    { "_1", false, 0 },
    { "0x", false, 0 },
    { "0x_1", false, 0 },
    { "010", false, 0 }, /* octal in YAML 1.1, decimal in 1.2: neither is guessed */
    { "-1", false, 0 },
    { "+1", false, 0 },
    { "1.5", false, 0 },
    { "12a", false, 0 },
    { "'12'", false, 0 },
    { "~", false, 0 },
    { "[1]", false, 0 },
};

START_TEST(numbers_are_decimal_or_hexadecimal)
{
    pel_arena arena;
    pel_yaml_error error;
    pel_yaml *top;
    uint64_t value;
    pel_arena_init(&arena, NULL);
    ck_ok(parse(numbers[_i].text, &arena, &top, &error));
    ck_assert_msg(pel_yaml_uint(top, &value) == numbers[_i].number, "%s", numbers[_i].text);
    if (numbers[_i].number)
        ck_hex(value, numbers[_i].value);
    pel_arena_release(&arena);
}
END_TEST

static const struct {
    const char *text;
    size_t line, column;
    pel_status want;
    const char *message;
} refusals[] = {
    { "a: 1\nb: &x 2\n", 2, 4, PEL_MALFORMED, "anchors, aliases and tags are not supported" },
    { "a: *x\n", 1, 4, PEL_MALFORMED, "anchors, aliases and tags are not supported" },
    { "a: !!str 5\n", 1, 4, PEL_MALFORMED, "anchors, aliases and tags are not supported" },
    { "a: &x [1]\n", 1, 4, PEL_MALFORMED, "anchors, aliases and tags are not supported" },
    { "a: !m {b: 1}\n", 1, 4, PEL_MALFORMED, "anchors, aliases and tags are not supported" },
    { "a: 1\nb: 2\na: 3\n", 3, 1, PEL_MALFORMED, "this key is here twice" },
    { "? [1]\n: 2\n", 1, 3, PEL_MALFORMED, "a key must be a single word" },
    { "? {a: 1}\n: 2\n", 1, 3, PEL_MALFORMED, "a key must be a single word" },
    { "a: 1\n---\nb: 2\n", 2, 1, PEL_MALFORMED, "more than one document" },
    { "a: [1, 2\n", 2, 1, PEL_MALFORMED, "did not find expected ',' or ']'" },
    { "a: \"\n", 2, 1, PEL_MALFORMED, "found unexpected end of stream" },
    { "a: \x01\n", 1, 4, PEL_MALFORMED, "control characters are not allowed" },
    { "a: \xff\n", 1, 4, PEL_MALFORMED, "invalid leading UTF-8 octet" },
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    pel_arena arena;
    pel_yaml_error error;
    pel_yaml *top;
    pel_arena_init(&arena, NULL);
    ck_status(refusals[_i].want, parse(refusals[_i].text, &arena, &top, &error));
    ck_assert_ptr_null(top);
    ck_assert_str_eq(error.message, refusals[_i].message);
    ck_assert_uint_eq(error.line, refusals[_i].line);
    ck_assert_uint_eq(error.column, refusals[_i].column);
    pel_arena_release(&arena);
}
END_TEST

START_TEST(depth_is_limited)
{
    char text[2 * PEL_YAML_MAX_DEPTH + 4] = { 0 };
    for (size_t depth = PEL_YAML_MAX_DEPTH; depth <= PEL_YAML_MAX_DEPTH + 1; depth++) {
        pel_arena arena;
        pel_yaml_error error;
        pel_yaml *top;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        pel_arena_init(&arena, NULL);
        ck_status(depth > PEL_YAML_MAX_DEPTH ? PEL_LIMIT : PEL_OK,
                  parse(text, &arena, &top, &error));
        pel_arena_release(&arena);
    }
}
END_TEST

START_TEST(keys_are_limited)
{
    static char text[64 * 1024];
    size_t used = 0;
    pel_arena arena;
    pel_yaml_error error;
    pel_yaml *top;
    for (int i = 0; i < 1025; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "key%d: 0\n", i);
    pel_arena_init(&arena, NULL);
    ck_status(PEL_LIMIT, parse(text, &arena, &top, &error));
    ck_assert_uint_eq(error.line, 1025);
    pel_arena_release(&arena);
}
END_TEST

START_TEST(size_is_limited)
{
    static const uint8_t zero;
    pel_arena arena;
    pel_yaml_error error;
    pel_yaml *top;
    pel_arena_init(&arena, NULL);
    ck_status(PEL_LIMIT,
              pel_yaml_parse((pel_span){ &zero, PEL_YAML_MAX_SIZE + 1 }, &arena, &top, &error));
    pel_arena_release(&arena);
}
END_TEST

/* libyaml takes its own memory from the C library; the tree is ours. */
START_TEST(every_allocation_may_fail)
{
    static char text[40 * 1024];
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "a: ", 3);
    pel_status st = PEL_NO_MEMORY;
    long n = 0;
    for (; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_arena arena;
        pel_yaml_error error;
        pel_yaml *top;
        pel_arena_init(&arena, &a);
        st = parse(text, &arena, &top, &error);
        pel_arena_release(&arena);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 20);
    }
    ck_ok(st);
    ck_assert_int_gt(n, 1);
}
END_TEST

PEL_TESTS(base_yaml)
{
    tcase_add_test(tests, nodes_know_their_place);
    tcase_add_test(tests, an_empty_document_has_no_root);
    tcase_add_loop_test(tests, numbers_are_decimal_or_hexadecimal, 0,
                        sizeof numbers / sizeof numbers[0]);
    tcase_add_loop_test(tests, what_is_wrong_is_told_with_its_place, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tests, depth_is_limited);
    tcase_add_test(tests, keys_are_limited);
    tcase_add_test(tests, size_is_limited);
    tcase_add_test(tests, every_allocation_may_fail);
}
