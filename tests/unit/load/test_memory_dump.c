/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps of memory: what is where, whatever the streams say. */
#include <pelorus/memory_dump.h>

#include "check_pel.h"
#include "minidump_writer.h"

static pel_memory_dump *parse(const writer *w, size_t size)
{
    pel_memory_dump *dump;
    ck_ok(pel_memory_dump_parse((pel_span){ w->bytes, size }, NULL, &dump));
    return dump;
}

static void ck_byte(const pel_memory_dump *dump, uint64_t va, int want)
{
    uint8_t byte;
    pel_status st = pel_memory_dump_read(dump, (pel_va){ va }, &byte, 1);
    ck_status(want < 0 ? PEL_NOT_FOUND : PEL_OK, st);
    if (want >= 0)
        ck_hex(byte, (uint64_t)want);
}

/* ---- raw --------------------------------------------------------------- */

START_TEST(other_bytes_are_memory_from_their_start_on)
{
    static const uint8_t bytes[] = { 'M', 'Z', 3, 4 };
    pel_memory_dump *dump;
    uint64_t run;
    ck_ok(pel_memory_dump_parse((pel_span){ bytes, 4 }, NULL, &dump));
    ck_assert_str_eq(pel_memory_dump_kind_name(pel_memory_dump_get_kind(dump)), "raw");
    ck_byte(dump, 3, 4);
    ck_byte(dump, 4, -1);
    ck_assert_uint_eq(pel_memory_dump_bytes(dump, (pel_va){ 1 }, &run).size, 3);
    ck_hex(run, 3);
    ck_assert_uint_eq(pel_memory_dump_bytes(dump, (pel_va){ 4 }, &run).size, 0);
    ck_hex(run, UINT64_MAX - 4);
    pel_memory_dump_bytes(dump, (pel_va){ UINT64_MAX }, &run);
    ck_hex(run, 1);
    ck_assert_uint_eq(pel_memory_dump_module_count(dump), 0);
    pel_memory_dump_free(dump);
}
END_TEST

START_TEST(nothing_is_a_dump_of_nothing)
{
    pel_memory_dump *dump;
    ck_ok(pel_memory_dump_parse((pel_span){ NULL, 0 }, NULL, &dump));
    ck_byte(dump, 0, -1);
    pel_memory_dump_free(dump);
    ck_status(PEL_BAD_ARG, pel_memory_dump_parse((pel_span){ NULL, 1 }, NULL, &dump));
    ck_status(PEL_IO, pel_memory_dump_open("/nowhere/at/all", NULL, &dump));
    ck_assert_ptr_null(dump);
    pel_memory_dump_free(NULL);
}
END_TEST

/* ---- memory ------------------------------------------------------------ */

START_TEST(memory64_lies_end_to_end)
{
    writer w;
    begin(&w, 1);
    size_t start = w.at;
    PUT(&w, memory64_list, .count = 3, .base = 0x200);
    PUT(&w, memory64, .start = 0x7000, .size = 0x10);
    PUT(&w, memory64, .start = 0x5000, .size = 0x20);
    PUT(&w, memory64, .start = 0x7010, .size = 0x8);
    end_stream(&w, PEL_MD_STREAM_MEMORY64_LIST, start);
    for (size_t i = 0; i < 0x38; i++)
        w.bytes[0x200 + i] = (uint8_t)(i + 1);
    pel_memory_dump *dump = parse(&w, 0x238);
    ck_assert(!pel_memory_dump_is_cut(dump));
    ck_assert_int_eq(pel_memory_dump_get_kind(dump), PEL_DUMP_MINIDUMP);
    ck_byte(dump, 0x4fff, -1);
    ck_byte(dump, 0x5000, 0x11);
    ck_byte(dump, 0x501f, 0x30);
    ck_byte(dump, 0x5020, -1);
    ck_byte(dump, 0x7000, 1);
    ck_byte(dump, 0x7017, 0x38);
    uint8_t two[2];
    ck_ok(pel_memory_dump_read(dump, (pel_va){ 0x700f }, two, 2)); /* across two ranges */
    ck_hex(two[0], 0x10);
    ck_hex(two[1], 0x31);
    uint64_t run;
    pel_memory_dump_bytes(dump, (pel_va){ 0x5100 }, &run);
    ck_hex(run, 0x1f00);
    pel_memory_dump_free(dump);
}
END_TEST

static void begin_memory_list(writer *w, bool pad)
{
    begin(w, 1);
    size_t start = w->at;
    PUT(w, count, .count = 2);
    w->at += pad ? 4 : 0;
    PUT(w, memory, .start = 0x1000, .size = 4, .rva = 0x100);
    PUT(w, memory, .start = 0x1002, .size = 8, .rva = 0x200);
    end_stream(w, PEL_MD_STREAM_MEMORY_LIST, start);
    memset(w->bytes + 0x100, 0xaa, 4);
    memset(w->bytes + 0x200, 0xbb, 8);
    w->bytes[0x202] = 0xb2;
}

START_TEST(of_memory_that_overlaps_the_first_counts)
{
    writer w;
    begin_memory_list(&w, _i == 1);
    pel_memory_dump *dump = parse(&w, 0x300);
    ck_byte(dump, 0x1003, 0xaa);
    ck_byte(dump, 0x1004, 0xb2);
    ck_byte(dump, 0x1009, 0xbb);
    ck_byte(dump, 0x100a, -1);
    pel_memory_dump_free(dump);
}
END_TEST

START_TEST(what_is_behind_the_end_is_missing)
{
    writer w;
    begin_memory_list(&w, false);
    pel_memory_dump *dump = parse(&w, 0x204);
    ck_assert(pel_memory_dump_is_cut(dump));
    ck_byte(dump, 0x1005, 0xbb);
    ck_byte(dump, 0x1006, -1);
    pel_memory_dump_free(dump);
}
END_TEST

START_TEST(no_size_wraps)
{
    writer w;
    begin(&w, 1);
    size_t start = w.at;
    PUT(&w, memory64_list, .count = 4, .base = 0x200);
    PUT(&w, memory64, .start = UINT64_MAX - 3, .size = 0x10);
    PUT(&w, memory64, .start = 0x1000, .size = 0);
    PUT(&w, memory64, .start = 0x3000, .size = UINT64_MAX - 0x100);
    PUT(&w, memory64, .start = 0x2000, .size = 0x10);
    end_stream(&w, PEL_MD_STREAM_MEMORY64_LIST, start);
    w.bytes[0x200] = 7;
    pel_memory_dump *dump = parse(&w, 0x300);
    ck_byte(dump, UINT64_MAX - 3, 7);
    ck_byte(dump, UINT64_MAX, -1);
    ck_byte(dump, 0x1000, -1);
    ck_byte(dump, 0x2000, -1);
    ck_byte(dump, 0x30ef, 0);
    ck_byte(dump, 0x30f0, -1);
    pel_memory_dump_free(dump);
}
END_TEST

START_TEST(a_count_is_held_against_the_stream)
{
    writer w;
    begin_memory_list(&w, false);
    pel_store_uint(w.bytes + PEL_MD_SIZE_header + PEL_MD_SIZE_directory, 4, 0xffffffff);
    pel_memory_dump *dump = parse(&w, 0x300);
    ck_assert(pel_memory_dump_is_cut(dump));
    ck_byte(dump, 0x1009, 0xbb);
    pel_memory_dump_free(dump);
}
END_TEST

/* ---- modules ----------------------------------------------------------- */

static size_t put_name(writer *w, const uint16_t *units, uint32_t count)
{
    size_t at = w->at;
    PUT(w, count, .count = 2 * count);
    for (uint32_t i = 0; i < count; i++) {
        pel_store_uint(w->bytes + w->at, 2, units[i]);
        w->at += 2;
    }
    return at;
}

static void put_modules(writer *w)
{
    static const uint16_t name[] = { 'a', 0xe4, 0x20ac, 0xd83d, 0xdca9, 0xdc00, 'b' };
    begin(w, 1);
    uint32_t at = (uint32_t)put_name(w, name, 7);
    size_t start = w->at;
    PUT(w, count, .count = 2);
    PUT(w, module, .base = 0x20000, .size = 0x3000, .time = 5, .checksum = 6, .name_rva = at);
    PUT(w, module, .base = 0x10000, .size = 0x1000, .name_rva = 0xfffffff0);
    end_stream(w, PEL_MD_STREAM_MODULE_LIST, start);
}

START_TEST(modules_are_found_by_address)
{
    writer w;
    put_modules(&w);
    pel_memory_dump *dump = parse(&w, w.at);
    ck_assert_uint_eq(pel_memory_dump_module_count(dump), 2);
    const pel_dump_module *low = pel_memory_dump_module(dump, 0);
    const pel_dump_module *high = pel_memory_dump_module(dump, 1);
    ck_hex(low->base.v, 0x10000);
    ck_hex(high->timestamp, 5);
    ck_hex(high->checksum, 6);
    ck_assert_ptr_null(pel_memory_dump_module(dump, 2));
    ck_assert_ptr_null(pel_memory_dump_module_at(dump, (pel_va){ 0xffff }));
    ck_assert_ptr_eq(pel_memory_dump_module_at(dump, (pel_va){ 0x10fff }), low);
    ck_assert_ptr_null(pel_memory_dump_module_at(dump, (pel_va){ 0x11000 }));
    ck_assert_ptr_eq(pel_memory_dump_module_at(dump, (pel_va){ 0x22fff }), high);
    ck_assert_ptr_null(pel_memory_dump_module_at(dump, (pel_va){ UINT64_MAX }));
    pel_memory_dump_free(dump);
}
END_TEST

START_TEST(names_become_utf_8)
{
    static const char want[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9\xef\xbf\xbd"
                               "b";
    writer w;
    char name[64];
    put_modules(&w);
    pel_memory_dump *dump = parse(&w, w.at);
    const pel_dump_module *m = pel_memory_dump_module(dump, 1);
    ck_assert_uint_eq(pel_memory_dump_module_name(dump, m, name, sizeof name), strlen(want));
    ck_assert_str_eq(name, want);
    ck_assert_uint_eq(pel_memory_dump_module_name(dump, m, name, 3), strlen(want));
    ck_assert_str_eq(name, "a"); /* cut between characters */
    ck_assert_uint_eq(pel_memory_dump_module_name(dump, m, NULL, 0), strlen(want));
    m = pel_memory_dump_module(dump, 0);
    ck_assert_uint_eq(pel_memory_dump_module_name(dump, m, name, sizeof name), 0);
    ck_assert_str_eq(name, "");
    pel_memory_dump_free(dump);
}
END_TEST

/* ---- broken ------------------------------------------------------------ */

/* Every byte of the streams at its worst, and every length. */
START_TEST(nothing_that_is_broken_breaks_it)
{
    writer w;
    char name[16];
    put_modules(&w);
    size_t size = w.at;
    for (size_t i = 0; i <= size; i++) {
        writer broken = w;
        if (i < size)
            broken.bytes[i] = 0xff;
        for (size_t cut = size; cut == size || (cut == i && i < size); cut = i) {
            pel_memory_dump *dump = parse(&broken, cut);
            for (size_t m = 0; m < pel_memory_dump_module_count(dump); m++)
                pel_memory_dump_module_name(dump, pel_memory_dump_module(dump, m), name,
                                            sizeof name);
            pel_memory_dump_free(dump);
            if (cut == i)
                break;
        }
    }
}
END_TEST

START_TEST(without_memory_it_leaves_nothing_behind)
{
    writer w;
    pel_status st = PEL_NO_MEMORY;
    begin_memory_list(&w, false);
    long n = 0;
    for (; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_memory_dump *dump;
        st = pel_memory_dump_parse((pel_span){ w.bytes, 0x300 }, &a, &dump);
        ck_assert((dump != NULL) == (st == PEL_OK));
        pel_memory_dump_free(dump);
        ck_assert_int_eq(f.live, 0);
    }
    ck_assert_int_eq(n, 3);
}
END_TEST

PEL_TESTS(load_memory_dump)
{
    tcase_add_test(tests, other_bytes_are_memory_from_their_start_on);
    tcase_add_test(tests, nothing_is_a_dump_of_nothing);
    tcase_add_test(tests, memory64_lies_end_to_end);
    tcase_add_loop_test(tests, of_memory_that_overlaps_the_first_counts, 0, 2);
    tcase_add_test(tests, what_is_behind_the_end_is_missing);
    tcase_add_test(tests, no_size_wraps);
    tcase_add_test(tests, a_count_is_held_against_the_stream);
    tcase_add_test(tests, modules_are_found_by_address);
    tcase_add_test(tests, names_become_utf_8);
    tcase_add_test(tests, nothing_that_is_broken_breaks_it);
    tcase_add_test(tests, without_memory_it_leaves_nothing_behind);
}
