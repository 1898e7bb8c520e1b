/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_pel.h"
#include "collect.h"
#include "dump/emitter.h"

/* libyaml takes all of its memory through these four, which it exports; the ones here stand in
 * for them, so that each of its allocations can be made to fail. */
#define STAND_IN __attribute__((visibility("default")))
STAND_IN void *yaml_malloc(size_t size);
STAND_IN void *yaml_realloc(void *ptr, size_t size);
STAND_IN void yaml_free(void *ptr);
STAND_IN unsigned char *yaml_strdup(const unsigned char *text);

static long left = -1; /* allocations until they fail; -1 = never */
static long taken, given;

static bool fails(void)
{
    if (left > 0)
        left--;
    return left == 0;
}

void *yaml_malloc(size_t size)
{
    void *ptr = fails() ? NULL : malloc(size ? size : 1);
    taken += ptr != NULL;
    return ptr;
}

void *yaml_realloc(void *ptr, size_t size)
{
    if (!ptr)
        return yaml_malloc(size);
    return fails() ? NULL : realloc(ptr, size ? size : 1);
}

void yaml_free(void *ptr)
{
    given += ptr != NULL;
    free(ptr);
}

unsigned char *yaml_strdup(const unsigned char *text)
{
    size_t size = text ? strlen((const char *)text) + 1 : 0;
    unsigned char *copy = text ? yaml_malloc(size) : NULL;
    return copy ? memcpy(copy, text, size) : NULL;
}

static collected got;
static const pel_dump_options yaml = { .format = PEL_FORMAT_YAML };

static pel_emitter *open_yaml(void)
{
    pel_emitter *e;
    ck_ok(pel_emitter_new(&yaml, collect_into(&got), &e));
    return e;
}

static void ck_scalar(pel_str text, const char *want)
{
    pel_emitter *e = open_yaml();
    pel_emit_seq_begin(e, NULL);
    pel_emit_text(e, NULL, text);
    pel_emit_seq_end(e);
    ck_ok(pel_emitter_close(e));
    size_t size = strlen("---\n- ");
    ck_assert_int_eq(memcmp(got.text, "---\n- ", size), 0);
    got.text[got.size - 1] = '\0';
    ck_assert_str_eq(got.text + size, want);
}

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

/* clang-format off */
static const struct {
    pel_str text;
    const char *want;
} texts[] = {
    { BYTES("yes"),          "\"yes\"" },
    { BYTES("null"),         "\"null\"" },
    { BYTES("~"),            "\"~\"" },
    { BYTES("0x10"),         "\"0x10\"" },
    { BYTES("1e3"),          "\"1e3\"" },
    { BYTES("- a"),          "\"- a\"" },
    { BYTES("a: b # c"),     "\"a: b # c\"" },
    { BYTES(""),             "\"\"" },
    { BYTES(" x "),          "\" x \"" },
    { BYTES("'\""),          "\"'\\\"\"" },
    { BYTES("\\"),           "\"\\\\\\\\\"" },
    { BYTES("\xff"),         "\"\\\\xff\"" },
    { BYTES("\n\x1b\0\x7f"), "\"\\n\\e\\0\\x7F\"" },
    { BYTES("\xc3\xa4"),     "\"\\xE4\"" },
    { BYTES("\xe2\x80\xae"), "\"\\u202E\"" },
    { BYTES("\xc2\x85"),     "\"\\N\"" },
    { BYTES("\xef\xbb\xbf"), "\"\\uFEFF\"" },
    { BYTES("\xf0\x9f\x92\xa9"), "\"\\U0001F4A9\"" },
};
/* clang-format on */

START_TEST(strings_are_quoted_and_ascii)
{
    ck_scalar(texts[_i].text, texts[_i].want);
}
END_TEST

START_TEST(a_long_string_stays_on_one_line)
{
    static char words[5000], want[5003];
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = i % 7 ? 'a' : ' ';
    want[0] = '"';
    memcpy(want + 1, words, sizeof words);
    want[sizeof words + 1] = '"';
    ck_scalar((pel_str){ words, sizeof words }, want);
}
END_TEST

static void emit_all(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.test/1");
    pel_emit_dec(e, "count", UINT64_MAX);
    pel_emit_hex(e, "base", UINT64_MAX);
    pel_emit_real(e, "entropy", 7.0);
    pel_emit_boolean(e, "no", false);
    pel_emit_null(e, "Null");
    pel_emit_string(e, "a b", "\xff");
    pel_emit_enum(e, "Machine", 0x14c, &pel_names_machine);
    pel_emit_flags(e, "Characteristics", 0x10002, &pel_names_file_flags);
    pel_emit_time(e, "TimeDateStamp", 0xffffffff);
    pel_emit_seq_begin(e, "list");
    pel_emit_dec(e, NULL, 1);
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "rva32", 2);
    pel_emit_map_end(e);
    pel_emit_seq_end(e);
    pel_emit_seq_begin(e, "empty");
    pel_emit_seq_end(e);
    pel_emit_map_begin(e, "nothing");
    pel_emit_map_end(e);
    pel_emit_map_end(e);
}

START_TEST(each_event_is_written_as_yaml)
{
    pel_emitter *e = open_yaml();
    emit_all(e);
    ck_ok(pel_emitter_close(e));
    ck_assert_str_eq(got.text, "---\n"
                               "schema: \"pelorus.test/1\"\n"
                               "count: 18446744073709551615\n"
                               "base: 0xffffffffffffffff\n"
                               "entropy: 7.0\n"
                               "\"no\": false\n"
                               "\"Null\": null\n"
                               "\"a b\": \"\\\\xff\"\n"
                               "Machine:\n"
                               "  value: 0x14c\n"
                               "  name: \"IMAGE_FILE_MACHINE_I386\"\n"
                               "Characteristics:\n"
                               "  value: 0x10002\n"
                               "  names:\n"
                               "  - \"IMAGE_FILE_EXECUTABLE_IMAGE\"\n"
                               "  unknown: 0x10000\n"
                               "TimeDateStamp:\n"
                               "  value: 0xffffffff\n"
                               "  utc: null\n"
                               "list:\n"
                               "- 1\n"
                               "- rva32: 2\n"
                               "empty: []\n"
                               "nothing: {}\n");
}
END_TEST

START_TEST(documents_can_follow_each_other)
{
    pel_sink sink = collect_into(&got);
    for (unsigned i = 0; i < 2; i++) {
        pel_emitter *e;
        ck_ok(pel_emitter_new(&yaml, sink, &e));
        pel_emit_seq_begin(e, NULL);
        pel_emit_dec(e, NULL, i);
        ck_ok(pel_emitter_close(e));
    }
    ck_assert_str_eq(got.text, "---\n- 0\n---\n- 1\n");
}
END_TEST

START_TEST(every_allocation_of_libyaml_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    long n = 1;
    for (; st == PEL_NO_MEMORY; n++) {
        pel_emitter *e;
        taken = given = 0;
        left = n;
        st = pel_emitter_new(&yaml, collect_into(&got), &e);
        if (st == PEL_OK) {
            emit_all(e);
            st = pel_emitter_close(e);
        }
        left = -1;
        ck_assert_int_eq(taken, given);
        ck_assert_int_lt(n, 2000);
    }
    ck_ok(st);
    ck_assert_int_gt(n, 20); /* or the stand-ins are not used */
}
END_TEST

PEL_TESTS(dump_emit_yaml)
{
    tcase_add_loop_test(tests, strings_are_quoted_and_ascii, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tests, a_long_string_stays_on_one_line);
    tcase_add_test(tests, each_event_is_written_as_yaml);
    tcase_add_test(tests, documents_can_follow_each_other);
    tcase_add_test(tests, every_allocation_of_libyaml_may_fail);
}
