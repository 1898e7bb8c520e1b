/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_pel.h"
#include "collect.h"
#include "dump/emitter.h"

static collected got;

static pel_emitter *open_json(bool hex)
{
    static pel_dump_options options;
    options = (pel_dump_options){ .format = PEL_FORMAT_JSON, .hex = hex };
    pel_emitter *e;
    ck_ok(pel_emitter_new(&options, collect_into(&got), &e));
    return e;
}

static void dec_0(pel_emitter *e) { pel_emit_dec(e, NULL, 0); }
static void dec_max(pel_emitter *e) { pel_emit_dec(e, NULL, UINT64_MAX); }
static void dec_2_53_and_1(pel_emitter *e) { pel_emit_dec(e, NULL, ((uint64_t)1 << 53) + 1); }
static void hex_max(pel_emitter *e) { pel_emit_hex(e, NULL, UINT64_MAX); }
static void real(pel_emitter *e) { pel_emit_real(e, NULL, 7.5); }
static void real_none(pel_emitter *e) { pel_emit_real(e, NULL, 1e100); }
static void yes(pel_emitter *e) { pel_emit_boolean(e, NULL, true); }
static void no(pel_emitter *e) { pel_emit_boolean(e, NULL, false); }
static void null(pel_emitter *e) { pel_emit_null(e, NULL); }
static void no_string(pel_emitter *e) { pel_emit_string(e, NULL, NULL); }
static void empty_string(pel_emitter *e) { pel_emit_string(e, NULL, ""); }
static void no_text(pel_emitter *e) { pel_emit_text(e, NULL, (pel_str){ NULL, 0 }); }
static void text(pel_emitter *e) { pel_emit_text(e, NULL, (pel_str){ "\"\\\n\xff\0", 5 }); }
static void ok(pel_emitter *e) { pel_emit_ntstatus(e, NULL, PEL_STATUS_SUCCESS); }
static void empty_map(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_map_end(e);
}
static void empty_seq(pel_emitter *e)
{
    pel_emit_seq_begin(e, NULL);
    pel_emit_seq_end(e);
}
static void named(pel_emitter *e) { pel_emit_named(e, NULL, 0x8664, "AMD64"); }
static void nameless(pel_emitter *e) { pel_emit_enum(e, NULL, 0x100000000, &pel_names_machine); }
static void flags(pel_emitter *e) { pel_emit_flags(e, NULL, 0x12002, &pel_names_file_flags); }
static void no_flags(pel_emitter *e) { pel_emit_flags(e, NULL, 0, &pel_names_file_flags); }
static void time(pel_emitter *e) { pel_emit_time(e, NULL, 1); }
static void no_time(pel_emitter *e) { pel_emit_time(e, NULL, 0); }

static const struct {
    void (*emit)(pel_emitter *e);
    const char *plain, *hex; /* NULL: the same as plain */
} events[] = {
    { dec_0, "0", NULL },
    { dec_max, "18446744073709551615", NULL },
    { dec_2_53_and_1, "9007199254740993", NULL },
    { hex_max, "18446744073709551615", "\"0xffffffffffffffff\"" },
    { real, "7.5", NULL },
    { real_none, "null", NULL },
    { yes, "true", NULL },
    { no, "false", NULL },
    { null, "null", NULL },
    { no_string, "null", NULL },
    { empty_string, "\"\"", NULL },
    { no_text, "\"\"", NULL },
    { text, "\"\\\"\\\\\\\\\\u000a\\\\xff\\u0000\"", NULL },
    { ok, "\"STATUS_SUCCESS\"", NULL },
    { empty_map, "{}", NULL },
    { empty_seq, "[]", NULL },
    { named, "{\n  \"value\": 34404,\n  \"name\": \"AMD64\"\n}",
      "{\n  \"value\": \"0x8664\",\n  \"name\": \"AMD64\"\n}" },
    { nameless, "{\n  \"value\": 4294967296,\n  \"name\": null\n}",
      "{\n  \"value\": \"0x100000000\",\n  \"name\": null\n}" },
    { flags,
      "{\n  \"value\": 73730,\n  \"names\": [\n    \"IMAGE_FILE_EXECUTABLE_IMAGE\",\n"
      "    \"IMAGE_FILE_DLL\"\n  ],\n  \"unknown\": 65536\n}",
      "{\n  \"value\": \"0x12002\",\n  \"names\": [\n    \"IMAGE_FILE_EXECUTABLE_IMAGE\",\n"
      "    \"IMAGE_FILE_DLL\"\n  ],\n  \"unknown\": \"0x10000\"\n}" },
    { no_flags, "{\n  \"value\": 0,\n  \"names\": [],\n  \"unknown\": 0\n}",
      "{\n  \"value\": \"0x0\",\n  \"names\": [],\n  \"unknown\": \"0x0\"\n}" },
    { time, "{\n  \"value\": 1,\n  \"utc\": \"1970-01-01T00:00:01Z\"\n}",
      "{\n  \"value\": \"0x1\",\n  \"utc\": \"1970-01-01T00:00:01Z\"\n}" },
    { no_time, "{\n  \"value\": 0,\n  \"utc\": null\n}",
      "{\n  \"value\": \"0x0\",\n  \"utc\": null\n}" },
};

static void ck_document(void (*emit)(pel_emitter *e), bool hex, const char *want)
{
    pel_emitter *e = open_json(hex);
    emit(e);
    ck_ok(pel_emitter_close(e));
    ck_assert_uint_eq(got.size, strlen(want) + 1);
    ck_assert_int_eq(got.text[got.size - 1], '\n');
    got.text[got.size - 1] = '\0';
    ck_assert_str_eq(got.text, want);
}

START_TEST(each_event_is_written_as_json)
{
    ck_document(events[_i].emit, false, events[_i].plain);
    ck_document(events[_i].emit, true, events[_i].hex ? events[_i].hex : events[_i].plain);
}
END_TEST

static void nested(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_seq_begin(e, "a");
    pel_emit_dec(e, NULL, 1);
    pel_emit_seq_begin(e, NULL);
    pel_emit_seq_end(e);
    pel_emit_map_begin(e, NULL);
    pel_emit_null(e, "k\"\\");
    pel_emit_null(e, "l");
    pel_emit_map_end(e);
    pel_emit_seq_end(e);
    pel_emit_map_begin(e, "b");
    pel_emit_map_end(e);
    pel_emit_map_end(e);
}

START_TEST(containers_nest_with_two_spaces)
{
    ck_document(nested, false,
                "{\n"
                "  \"a\": [\n"
                "    1,\n"
                "    [],\n"
                "    {\n"
                "      \"k\\\"\\\\\\\\\": null,\n"
                "      \"l\": null\n"
                "    }\n"
                "  ],\n"
                "  \"b\": {}\n"
                "}");
}
END_TEST

/* Longer than any buffer between the text and the sink. */
START_TEST(long_text_is_written_whole)
{
    static char text_of_ff[10000];
    memset(text_of_ff, 0xff, sizeof text_of_ff);
    pel_emitter *e = open_json(false);
    pel_emit_text(e, NULL, (pel_str){ text_of_ff, sizeof text_of_ff });
    ck_ok(pel_emitter_close(e));
    ck_assert_uint_eq(got.size, 5 * sizeof text_of_ff + 3);
    bool whole = true;
    for (size_t i = 0; i < sizeof text_of_ff; i++)
        whole = whole && memcmp(got.text + 1 + 5 * i, "\\\\xff", 5) == 0;
    ck_assert(whole);
}
END_TEST

START_TEST(a_document_without_events_is_empty)
{
    ck_ok(pel_emitter_close(open_json(false)));
    ck_assert_uint_eq(got.size, 0);
}
END_TEST

PEL_TESTS(dump_emit_json)
{
    tcase_add_loop_test(tests, each_event_is_written_as_json, 0, sizeof events / sizeof events[0]);
    tcase_add_test(tests, containers_nest_with_two_spaces);
    tcase_add_test(tests, long_text_is_written_whole);
    tcase_add_test(tests, a_document_without_events_is_empty);
}
