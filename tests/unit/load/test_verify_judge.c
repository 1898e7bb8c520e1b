/* SPDX-License-Identifier: Apache-2.0 */
/* What a difference between memory and file is taken for. */
#include "verify_subject.h"

/* ---- what differs ------------------------------------------------------ */

START_TEST(a_jump_at_an_export_is_a_hook)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    t.memory[SECOND] = 0xE9;
    pel_store_uint(t.memory + SECOND + 1, 4, FAR - (ELSEWHERE + SECOND + 5));
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "differs");
    ck_assert_uint_eq(s->bytes_differ, 5);
    ck_kind(&t, 0, PEL_DIFF_HOOK, SECOND, 5);
    const pel_difference *d = pel_verify_difference(t.v, 0);
    ck_assert(d->has_target && !d->target_inside);
    ck_hex(d->target.v, FAR);
    ck_hex(d->va.v, ELSEWHERE + SECOND);
    ck_assert_uint_eq(d->section, 0);
    ck_assert(d->symbol.name.len == 6 && memcmp(d->symbol.name.ptr, "Second", 6) == 0);
    ck_assert_uint_eq(d->symbol.offset, 0);
    ck_assert_uint_eq(d->shown, 5);
    ck_hex(d->file_bytes[0], 0x50 + 0x100 % 7);
    ck_hex(d->memory_bytes[0], 0xE9);
    ck_assert(d->has_offset);
    pel_foff at;
    ck_ok(pel_image_rva_to_foff(t.s.img, d->rva, &at));
    ck_hex(d->offset.v, at.v);
    done(&t);
}
END_TEST

START_TEST(a_jump_is_found_though_its_first_byte_is_the_same)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    pel_store_uint(t.memory + JUMP + 1, 4, FAR + 1 - (ELSEWHERE + JUMP + 5));
    compare(&t);
    ck_kind(&t, 0, PEL_DIFF_HOOK, JUMP + 1, 4);
    ck_hex(pel_verify_difference(t.v, 0)->target.v, FAR + 1);
    done(&t);
}
END_TEST

typedef struct patch {
    uint32_t rva, size;
    uint8_t bytes[16];
    pel_verify_kind kind;
} patch;

static const patch patches[] = {
    { SECOND + 0x333, 3, { 0x90, 0x90, 0x90 }, PEL_DIFF_PATCH },
    { SECOND + 0x333, 1, { 0xCC }, PEL_DIFF_BREAKPOINT },
    { SECOND + 0x333, 4, { 0 }, PEL_DIFF_ZEROED },
    { RDATA + 0x200, 1, { 0xCC }, PEL_DIFF_PATCH },
    { RDATA + 0x200, 5, { 0xE9, 0, 0, 0, 0x10 }, PEL_DIFF_PATCH },
    { PACK + 0x800, 2, { 0xC3, 0xC3 }, PEL_DIFF_UNPACKED },
    { 0x4e, 4, { 'H', 'i', '!', '!' }, PEL_DIFF_HEADER },
    /* a jump within the image, far from any export, is just a patch */
    { SECOND + 0x333, 5, { 0xE9, 0x10, 0, 0, 0 }, PEL_DIFF_PATCH },
};

START_TEST(each_patch_is_what_it_is)
{
    static subject t;
    const patch *p = &patches[_i];
    make(&t, true, ELSEWHERE);
    memcpy(t.memory + p->rva, p->bytes, p->size);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, p->kind, p->rva, p->size);
    ck_assert_int_eq(s->headers_differ, p->kind == PEL_DIFF_HEADER);
    done(&t);
}
END_TEST

START_TEST(a_word_that_was_not_relocated_is_told_as_such)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    uint64_t linked = 0x10000000 + TEXT;
    pel_store_uint(t.memory + RDATA, _i ? 8 : 4, linked);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(s->relocations, 8);
    ck_kind(&t, 0, PEL_DIFF_UNRELOCATED, RDATA + 3, 1);
    done(&t);
}
END_TEST

START_TEST(near_runs_are_one_and_far_ones_two)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[TEXT + 0x400] ^= 0xff;
    t.memory[TEXT + 0x408] ^= 0xff; /* 7 equal bytes between */
    t.memory[TEXT + 0x440] ^= 0xff;
    t.memory[TEXT + 0x44a] ^= 0xff;
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 3);
    ck_kind(&t, 0, PEL_DIFF_PATCH, TEXT + 0x400, 9);
    ck_assert_uint_eq(pel_verify_difference(t.v, 0)->differ, 2);
    ck_kind(&t, 1, PEL_DIFF_PATCH, TEXT + 0x440, 1);
    ck_kind(&t, 2, PEL_DIFF_PATCH, TEXT + 0x44a, 1);
    done(&t);
}
END_TEST

START_TEST(a_run_goes_over_the_edge_of_a_page)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 8; i++)
        t.memory[0x1ffc + i] ^= 0xff;
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_PATCH, 0x1ffc, 8);
    done(&t);
}
END_TEST

START_TEST(a_jump_out_of_the_image_is_a_hook_wherever_it_is)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND + 0x333] = 0xE9;
    pel_store_uint(t.memory + SECOND + 0x334, 4, FAR - (ELSEWHERE + SECOND + 0x338));
    compare(&t);
    ck_kind(&t, 0, PEL_DIFF_HOOK, SECOND + 0x333, 5);
    ck_hex(pel_verify_difference(t.v, 0)->target.v, FAR);
    done(&t);
}
END_TEST

/* As functions are patched that begin with two bytes to spare, and have five before them. */
START_TEST(a_short_jump_is_followed_to_the_long_one)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND] = 0xEB;
    t.memory[SECOND + 1] = 0xDE;
    t.memory[SECOND - 0x20] = 0xE9;
    pel_store_uint(t.memory + SECOND - 0x1f, 4, FAR - (ELSEWHERE + SECOND - 0x1b));
    compare(&t);
    ck_kind(&t, 1, PEL_DIFF_HOOK, SECOND, 2);
    ck_hex(pel_verify_difference(t.v, 1)->target.v, FAR);
    done(&t);
}
END_TEST

static void put_symbol(uint8_t *at, const char *name, uint32_t value, unsigned class, unsigned more)
{
    memcpy(at, name, strlen(name));
    pel_store_uint(at + 8, 4, value);
    pel_store_uint(at + 12, 2, 1);
    at[16] = (uint8_t) class;
    at[17] = (uint8_t)more;
}

/* A table behind the file: "inner", one that is no function and has one more entry, a long name. */
static void add_coff(subject *t)
{
    uint8_t table[5 * 18 + 4 + 16] = { 0 };
    pel_foff end = { t->s.bytes.size };
    put_symbol(table, "inner", 0x480, 2, 0);
    put_symbol(table + 18, "label", 0x488, 3, 1);
    put_symbol(table + 36, "wrong", 0x484, 2, 0);
    put_symbol(table + 54, "", 0x600, 2, 0);
    pel_store_uint(table + 54 + 4, 4, 4);
    put_symbol(table + 72, "Export", SECOND - TEXT, 2, 0);
    pel_store_uint(table + 90, 4, 20);
    memcpy(table + 94, "a long name", 12);
    pel_image_free(t->s.img);
    pel_builder_overlay(t->s.b, table, sizeof table);
    pel_builder_poke(t->s.b, "file_header.PointerToSymbolTable", end.v);
    pel_builder_poke(t->s.b, "file_header.NumberOfSymbols", 5);
    sample_parse(&t->s);
}

START_TEST(symbols_of_coff_name_what_exports_do_not)
{
    static subject t;
    static const struct {
        uint32_t rva, offset;
        const char *name;
    } rows[] = { { SECOND, 0, "Second" }, /* the export's name comes first */
                 { TEXT + 0x490, 0x10, "inner" },
                 { TEXT + 0x604, 4, "a long name" } };
    make(&t, true, ELSEWHERE);
    add_coff(&t);
    for (size_t i = 0; i < 3; i++)
        t.memory[rows[i].rva] ^= 0x80;
    compare(&t);
    for (size_t i = 0; i < 3; i++) {
        /* The two fields of the header that tell of the table come first. */
        const pel_difference *d =
            pel_verify_difference(t.v, pel_verify_difference_count(t.v) - 3 + i);
        ck_hex(d->rva.v, rows[i].rva);
        ck_assert_uint_eq(d->symbol.name.len, strlen(rows[i].name));
        ck_assert(memcmp(d->symbol.name.ptr, rows[i].name, d->symbol.name.len) == 0);
        ck_hex(d->symbol.offset, rows[i].offset);
    }
    done(&t);
}
END_TEST

/* ---- whole pages ------------------------------------------------------- */

START_TEST(pages_of_other_content_are_one_difference)
{
    static subject t;
    uint64_t seed = 99;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 0x2000; i++)
        t.memory[TEXT + i] = (uint8_t)random_next(&seed);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_REPLACED, TEXT, 0x2000);
    ck_assert_uint_eq(s->pages_replaced, 2);
    ck_assert_str_eq(pel_verify_status_name(s->status), "differs");
    const pel_difference *d = pel_verify_difference(t.v, 0);
    ck_assert(d->has_entropy && d->memory_entropy > 7.5 && d->file_entropy < 4);
    done(&t);
}
END_TEST

START_TEST(an_image_of_other_content_is_replaced)
{
    static subject t;
    uint64_t seed = 7;
    make(&t, true, ELSEWHERE);
    t.options = (pel_verify_options){ .has_base = true, .base = { ELSEWHERE } };
    for (uint32_t i = 0; i < IMAGE; i++)
        t.memory[i] = (uint8_t)random_next(&seed);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "replaced");
    ck_assert(s->headers_differ);
    done(&t);
}
END_TEST

START_TEST(a_section_that_was_empty_is_unpacked)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    memset(t.memory + PACK, 0x66, 0x1f00);
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_UNPACKED, PACK, 0x2000);
    ck_assert(!pel_verify_difference(t.v, 0)->has_offset);
    done(&t);
}
END_TEST

START_TEST(an_equal_page_parts_them)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    memset(t.memory + PACK, 0x66, 0x1000);
    memset(t.memory + PACK + 0x2000, 0x66, 0x1000);
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 2);
    ck_kind(&t, 0, PEL_DIFF_UNPACKED, PACK, 0x1000);
    ck_kind(&t, 1, PEL_DIFF_UNPACKED, PACK + 0x2000, 0x1000);
    done(&t);
}
END_TEST

START_TEST(a_page_of_zeros_is_zeroed_and_nothing_is_replaced)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    memset(t.memory + TEXT, 0, 0x1000);
    const pel_verify_summary *s = compare(&t);
    ck_kind(&t, 0, PEL_DIFF_ZEROED, TEXT, 0x1000);
    ck_assert_uint_eq(s->pages_replaced, 0);
    done(&t);
}
END_TEST

START_TEST(differences_beyond_the_limit_are_counted)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 10; i++)
        t.memory[TEXT + 0x40 * i] ^= 0xff;
    t.options.limit = 3;
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 3);
    ck_assert_uint_eq(s->left_out, 7);
    ck_assert_uint_eq(s->bytes_differ, 10);
    done(&t);
}
END_TEST

PEL_TESTS(load_verify_judge)
{
    tcase_add_loop_test(tests, a_jump_at_an_export_is_a_hook, 0, 2);
    tcase_add_test(tests, a_jump_is_found_though_its_first_byte_is_the_same);
    tcase_add_loop_test(tests, each_patch_is_what_it_is, 0, sizeof patches / sizeof patches[0]);
    tcase_add_loop_test(tests, a_word_that_was_not_relocated_is_told_as_such, 0, 2);
    tcase_add_test(tests, a_jump_out_of_the_image_is_a_hook_wherever_it_is);
    tcase_add_test(tests, a_short_jump_is_followed_to_the_long_one);
    tcase_add_test(tests, symbols_of_coff_name_what_exports_do_not);
    tcase_add_test(tests, an_equal_page_parts_them);
    tcase_add_test(tests, near_runs_are_one_and_far_ones_two);
    tcase_add_test(tests, a_run_goes_over_the_edge_of_a_page);
    tcase_add_test(tests, pages_of_other_content_are_one_difference);
    tcase_add_test(tests, an_image_of_other_content_is_replaced);
    tcase_add_test(tests, a_section_that_was_empty_is_unpacked);
    tcase_add_test(tests, a_page_of_zeros_is_zeroed_and_nothing_is_replaced);
    tcase_add_test(tests, differences_beyond_the_limit_are_counted);
}
