/* SPDX-License-Identifier: Apache-2.0 */
/* The front: what holds in every format. */
#include "dump/emitter.h"

#include <string.h>

#include "check_pel.h"
#include "collect.h"
#include "schema/decode.h"

static collected got;

static const pel_format formats[] = { PEL_FORMAT_TEXT, PEL_FORMAT_JSON, PEL_FORMAT_YAML };
#define FORMATS 3

static pel_emitter *open_emitter(const pel_dump_options *options)
{
    pel_emitter *e;
    ck_ok(pel_emitter_new(options, collect_into(&got), &e));
    return e;
}

START_TEST(bad_arguments_are_told)
{
    pel_emitter *e = (pel_emitter *)&got;
    pel_dump_options wrong = { .format = (pel_format)17 };
    ck_status(PEL_BAD_ARG, pel_emitter_new(&wrong, collect_into(&got), &e));
    ck_assert_ptr_null(e);
    ck_status(PEL_BAD_ARG, pel_emitter_new(NULL, (pel_sink){ .ctx = &got }, &e));
    ck_ok(pel_emitter_close(NULL));
}
END_TEST

START_TEST(no_options_means_text)
{
    pel_emitter *e = open_emitter(NULL);
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "size", 7);
    pel_emit_map_end(e);
    ck_ok(pel_emitter_close(e));
    ck_assert_str_eq(got.text, "size  7\n");
}
END_TEST

/* A document with all kinds of events in it. */
static void emit_all(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.test/1");
    pel_emit_hex(e, "base", UINT64_MAX);
    pel_emit_map_begin(e, "header");
    pel_emit_real(e, "entropy", 5.25);
    pel_emit_null(e, "nothing");
    pel_emit_boolean(e, "true", true);
    pel_emit_map_end(e);
    pel_emit_seq_begin(e, "list");
    for (unsigned i = 0; i < 3; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_text(e, "Name", (pel_str){ "\xff\\", 2 });
        pel_emit_enum(e, "Machine", 0x8664, &pel_names_machine);
        pel_emit_flags(e, "Characteristics", 0x2002, &pel_names_file_flags);
        pel_emit_time(e, "TimeDateStamp", 1);
        pel_emit_seq_begin(e, "inner");
        pel_emit_dec(e, NULL, i);
        pel_emit_seq_end(e);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_ntstatus(e, "status", PEL_STATUS_SUCCESS);
    pel_emit_map_end(e);
}

static size_t document_size(const pel_dump_options *options)
{
    pel_emitter *e = open_emitter(options);
    emit_all(e);
    ck_ok(pel_emitter_close(e));
    return got.size;
}

START_TEST(a_sink_that_fails_is_told_wherever_it_fails)
{
    pel_dump_options options = { .format = formats[_i] };
    size_t size = document_size(&options);
    for (size_t at = 1; at < size; at++) {
        got.fail_at = at;
        pel_emitter *e = open_emitter(&options);
        emit_all(e);
        ck_status(PEL_IO, pel_emitter_close(e));
    }
    got.fail_at = size;
    ck_assert_uint_eq(document_size(&options), size);
    got.fail_at = 0;
}
END_TEST

/* So much output that the sink is asked more than once, and fails the second time. */
START_TEST(after_a_failure_the_sink_is_left_alone)
{
    pel_dump_options options = { .format = formats[_i] };
    got.fail_at = 2 * (size_t)PEL_EMITTER_BUFFER;
    pel_emitter *e = open_emitter(&options);
    pel_emit_map_begin(e, NULL);
    pel_emit_seq_begin(e, "long");
    for (uint64_t i = 0; i < 100000; i++)
        pel_emit_hex(e, NULL, UINT64_MAX - i);
    ck_status(PEL_IO, e->status);
    size_t size = got.size;
    got.fail_at = 0;
    ck_status(PEL_IO, pel_emitter_close(e));
    ck_assert_uint_eq(got.size, size);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    pel_status st = PEL_NO_MEMORY;
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_dump_options options = { .format = formats[_i], .allocator = &a };
        pel_emitter *e;
        st = pel_emitter_new(&options, collect_into(&got), &e);
        if (st == PEL_OK) {
            emit_all(e);
            st = pel_emitter_close(e);
        }
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_lt(n, 100);
    }
    ck_ok(st);
}
END_TEST

START_TEST(nesting_ends_at_the_limit)
{
    pel_dump_options options = { .format = formats[_i] };
    for (unsigned depth = PEL_EMITTER_DEPTH; depth <= PEL_EMITTER_DEPTH + 2; depth++) {
        pel_emitter *e = open_emitter(&options);
        for (unsigned i = 0; i < depth; i++)
            pel_emit_seq_begin(e, NULL);
        pel_emit_dec(e, NULL, 5);
        for (unsigned i = 0; i < depth; i++)
            pel_emit_seq_end(e);
        ck_status(depth > PEL_EMITTER_DEPTH ? PEL_LIMIT : PEL_OK, pel_emitter_close(e));
    }
}
END_TEST

START_TEST(what_is_open_is_ended_after_a_failure_of_the_walker)
{
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    pel_emitter *e = open_emitter(&options);
    pel_emit_map_begin(e, NULL);
    pel_emit_seq_begin(e, "list");
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, "a", 1);
    pel_emitter_fail(e, PEL_NO_MEMORY);
    pel_emitter_fail(e, PEL_LIMIT); /* the first counts */
    pel_emit_dec(e, "b", 2);
    pel_emit_map_end(e);
    ck_status(PEL_NO_MEMORY, pel_emitter_close(e));
    ck_assert_str_eq(got.text, "{\n"
                               "  \"list\": [\n"
                               "    {\n"
                               "      \"a\": 1\n"
                               "    }\n"
                               "  ]\n"
                               "}\n");
}
END_TEST

static void key_in_a_sequence(pel_emitter *e)
{
    pel_emit_seq_begin(e, NULL);
    pel_emit_dec(e, "key", 1);
}

static void no_key_in_a_map(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_dec(e, NULL, 1);
}

static void wrong_end(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_seq_end(e);
}

static void one_end_too_many(pel_emitter *e)
{
    pel_emit_map_begin(e, NULL);
    pel_emit_map_end(e);
    pel_emit_map_end(e);
}

static void second_root(pel_emitter *e)
{
    pel_emit_dec(e, NULL, 1);
    pel_emit_dec(e, NULL, 2);
}

static void (*const faults[])(pel_emitter *e) = {
    key_in_a_sequence, no_key_in_a_map, wrong_end, one_end_too_many, second_root,
};

START_TEST(events_that_would_spoil_the_document_are_refused)
{
    for (unsigned i = 0; i < FORMATS; i++) {
        pel_dump_options options = { .format = formats[i] };
        pel_emitter *e = open_emitter(&options);
        faults[_i](e);
        ck_status(PEL_BAD_ARG, pel_emitter_close(e));
    }
}
END_TEST

static const char *document(const pel_dump_options *options)
{
    document_size(options);
    return got.text;
}

START_TEST(only_the_keys_asked_for_are_shown)
{
    const char *const only[] = { "status", "base" };
    pel_dump_options options = { .format = PEL_FORMAT_JSON, .only = only, .only_count = 2 };
    ck_assert_str_eq(document(&options), "{\n"
                                         "  \"schema\": \"pelorus.test/1\",\n"
                                         "  \"base\": 18446744073709551615,\n"
                                         "  \"status\": \"STATUS_SUCCESS\"\n"
                                         "}\n");
    options.format = PEL_FORMAT_TEXT;
    ck_assert_str_eq(document(&options), "base    0xffffffffffffffff\n"
                                         "status  STATUS_SUCCESS\n");
    options.format = PEL_FORMAT_YAML;
    options.only_count = 0;
    ck_assert_str_eq(document(&options), "---\nschema: \"pelorus.test/1\"\n");
}
END_TEST

START_TEST(only_looks_at_the_keys_of_the_document)
{
    const char *const only[] = { "schema", "header", "Name" };
    pel_dump_options options = { .format = PEL_FORMAT_YAML, .only = only, .only_count = 3 };
    pel_emitter *e = open_emitter(&options);
    emit_all(e);
    ck_status(PEL_NOT_FOUND, pel_emitter_close(e)); /* "Name" is no key of the document itself */
    ck_assert_str_eq(got.text, "---\n"
                               "schema: \"pelorus.test/1\"\n"
                               "header:\n"
                               "  entropy: 5.25\n"
                               "  nothing: null\n"
                               "  \"true\": true\n");
}
END_TEST

START_TEST(a_status_without_a_name_is_a_number)
{
    pel_dump_options options = { .format = PEL_FORMAT_JSON };
    pel_emitter *e = open_emitter(&options);
    pel_emit_ntstatus(e, NULL, 0xcafe1234);
    ck_ok(pel_emitter_close(e));
    ck_assert_str_eq(got.text, "\"0xCAFE1234\"\n");
}
END_TEST

/* ---- structures -------------------------------------------------------- */

static const uint8_t section_bytes[] = {
    '.',  't',  'e', 'x', 't',  0,    0xff, 0,    /* Name: a zero inside is kept */
    0x34, 0x12, 0,   0,   0,    0x10, 0,    0,    /* VirtualSize, VirtualAddress */
    0,    0x14, 0,   0,   0,    0x04, 0,    0,    /* SizeOfRawData, PointerToRawData */
    0,    0,    0,   0,   0,    0,    0,    0,    /* */
    1,    0,    2,   0,   0x20, 0,    0x50, 0x60, /* counts, Characteristics */
};

static void emit_section(pel_format format, size_t available)
{
    pel_section_header header;
    pel_dump_options options = { .format = format };
    pel_reader r = { .bytes = { section_bytes, available } };
    pel_schema_decode(&pel_section_header_schema, &r, &header);
    pel_structure s = { .schema = &pel_section_header_schema,
                        .fields = &header,
                        .offset = { 0x1f8 },
                        .size = sizeof section_bytes,
                        .available = available };
    pel_emitter *e = open_emitter(&options);
    pel_emit_map_begin(e, NULL);
    pel_emit_structure(e, &s);
    pel_emit_map_end(e);
    ck_ok(pel_emitter_close(e));
}

START_TEST(a_structure_is_shown_field_by_field)
{
    emit_section(PEL_FORMAT_TEXT, sizeof section_bytes);
    ck_assert_str_eq(got.text, //
                     "Name                  .text\\x00\\xff                           @0x1f8\n"
                     "VirtualSize           0x00001234                              @0x200\n"
                     "VirtualAddress        0x00001000                              @0x204\n"
                     "SizeOfRawData         0x00001400                              @0x208\n"
                     "PointerToRawData      0x00000400                              @0x20c\n"
                     "PointerToRelocations  0x00000000                              @0x210\n"
                     "PointerToLinenumbers  0x00000000                              @0x214\n"
                     "NumberOfRelocations   1                                       @0x218\n"
                     "NumberOfLinenumbers   2                                       @0x21a\n"
                     "Characteristics       0x60500020     IMAGE_SCN_CNT_CODE       @0x21c\n"
                     "                                     IMAGE_SCN_ALIGN_16BYTES\n"
                     "                                     IMAGE_SCN_MEM_EXECUTE\n"
                     "                                     IMAGE_SCN_MEM_READ\n");
}
END_TEST

START_TEST(fields_that_the_file_cuts_off_are_null)
{
    emit_section(PEL_FORMAT_YAML, 19); /* three of the four bytes of SizeOfRawData */
    ck_assert_str_eq(got.text, "---\n"
                               "Name: \".text\\0\\\\xff\"\n"
                               "VirtualSize: 0x1234\n"
                               "VirtualAddress: 0x1000\n"
                               "SizeOfRawData: null\n"
                               "PointerToRawData: null\n"
                               "PointerToRelocations: null\n"
                               "PointerToLinenumbers: null\n"
                               "NumberOfRelocations: null\n"
                               "NumberOfLinenumbers: null\n"
                               "Characteristics: null\n");
}
END_TEST

START_TEST(a_structure_without_a_place_shows_none)
{
    pel_data_directory directory = { .address = 0x1000, .size = 0x20 };
    pel_structure s = { .schema = &pel_data_directory_schema,
                        .fields = &directory,
                        .offset = { PEL_NO_OFFSET },
                        .size = 8,
                        .available = 8 };
    pel_emitter *e = open_emitter(NULL);
    pel_emit_map_begin(e, NULL);
    pel_emit_structure(e, &s);
    pel_emit_map_end(e);
    ck_ok(pel_emitter_close(e));
    ck_assert_str_eq(got.text, "VirtualAddress  0x00001000\n"
                               "Size            0x00000020\n");
}
END_TEST

PEL_TESTS(dump_emitter)
{
    tcase_add_test(tests, bad_arguments_are_told);
    tcase_add_test(tests, no_options_means_text);
    tcase_add_loop_test(tests, a_sink_that_fails_is_told_wherever_it_fails, 0, FORMATS);
    tcase_add_loop_test(tests, after_a_failure_the_sink_is_left_alone, 0, FORMATS);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, FORMATS);
    tcase_add_loop_test(tests, nesting_ends_at_the_limit, 0, FORMATS);
    tcase_add_test(tests, what_is_open_is_ended_after_a_failure_of_the_walker);
    tcase_add_loop_test(tests, events_that_would_spoil_the_document_are_refused, 0,
                        sizeof faults / sizeof faults[0]);
    tcase_add_test(tests, only_the_keys_asked_for_are_shown);
    tcase_add_test(tests, only_looks_at_the_keys_of_the_document);
    tcase_add_test(tests, a_status_without_a_name_is_a_number);
    tcase_add_test(tests, a_structure_is_shown_field_by_field);
    tcase_add_test(tests, fields_that_the_file_cuts_off_are_null);
    tcase_add_test(tests, a_structure_without_a_place_shows_none);
}
