/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the load configuration, which is at RVA 0x2000; they begin at 0x2100. */
#include "sample.h"

#define FOFF 0x400u

/* Where the fields of table `_i` lie in PE32, by the specification: VA, count; GuardFlags at 88. */
static const struct {
    pel_guard_table table;
    uint32_t va, count;
    bool strided;
} fields[] = {
    { PEL_GUARD_SEH, 64, 68, false },
    { PEL_GUARD_FUNCTIONS, 80, 84, true },
    { PEL_GUARD_TAKEN_IAT, 104, 108, true },
    { PEL_GUARD_LONGJUMPS, 112, 116, true },
    { PEL_GUARD_CONTINUATIONS, 164, 168, true },
};

static void put(sample *s, uint32_t at, uint32_t word)
{
    uint8_t bytes[4];
    pel_store_uint(bytes, 4, word);
    pel_builder_patch(s->b, (pel_foff){ FOFF + at }, bytes, 4);
}

static sample with_table(int row, uint32_t va, uint32_t count, uint32_t flags)
{
    static const uint8_t zeros[0x200];
    static const uint8_t entries[] = { 0x10, 0x10, 0, 0, 0x08, 0x20, 0x10, 0, 0, 0x03 };
    sample s = sample_of(PEL_BUILD_PE32);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, zeros, sizeof zeros);
    put(&s, 0, 172);
    put(&s, 88, flags);
    put(&s, fields[row].va, va);
    put(&s, fields[row].count, count);
    pel_builder_patch(s.b, (pel_foff){ FOFF + 0x100 }, entries, sizeof entries);
    pel_builder_directory(s.b, PEL_DIR_LOAD_CONFIG, (pel_rva){ 0x2000 }, 172);
    return s;
}

START_TEST(entries_have_the_stride_that_the_flags_say)
{
    pel_guard_entry g;
    sample s = with_table(_i, 0x402100, 2, 0x10000500);
    sample_parse(&s);
    pel_guard_iter it = pel_image_guard_entries(s.img, fields[_i].table);
    ck_assert_uint_eq(it.stride, fields[_i].strided ? 5 : 4);
    ck_assert(pel_guard_next(&it, &g));
    ck_hex(g.rva.v, 0x1010);
    ck_hex(g.flags, fields[_i].strided ? 8 : 0);
    ck_assert(pel_guard_next(&it, &g));
    ck_hex(g.rva.v, fields[_i].strided ? 0x1020 : 0x00102008);
    ck_hex(g.flags, fields[_i].strided ? 3 : 0);
    ck_assert(!pel_guard_next(&it, &g));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

static const struct {
    uint32_t va, count, seen;
    pel_status status;
} ends[] = {
    { 0, 5, 0, PEL_OK },
    { 0x402100, 0, 0, PEL_OK },
    { 0x402ffc, 2, 1, PEL_NOT_FOUND }, /* zero-filled to the end of the page */
    { 0x403000, 1, 0, PEL_NOT_FOUND },
    { 0x2100, 1, 0, PEL_NOT_FOUND }, /* an RVA is no VA */
    { 0x402000, 0xffffffff, 1024, PEL_NOT_FOUND },
};

START_TEST(tables_end)
{
    uint32_t seen = 0;
    sample s = with_table(0, ends[_i].va, ends[_i].count, 0);
    sample_parse(&s);
    pel_guard_iter it = pel_image_guard_entries(s.img, PEL_GUARD_SEH);
    for (pel_guard_entry g; pel_guard_next(&it, &g);)
        seen++;
    ck_assert_uint_eq(seen, ends[_i].seen);
    ck_status(ends[_i].status, it.status);
    sample_free(&s);
}
END_TEST

START_TEST(a_field_that_does_not_exist_has_no_table)
{
    sample s = with_table(1, 0x402100, 2, 0);
    put(&s, 0, 84); /* Size: up to the table, without its count */
    sample_parse(&s);
    pel_guard_iter it = pel_image_guard_entries(s.img, PEL_GUARD_FUNCTIONS);
    ck_assert_uint_eq(it.stride, 0);
    ck_hex(it.next, 0);
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_guard)
{
    tcase_add_loop_test(tests, entries_have_the_stride_that_the_flags_say, 0,
                        sizeof fields / sizeof fields[0]);
    tcase_add_loop_test(tests, tables_end, 0, sizeof ends / sizeof ends[0]);
    tcase_add_test(tests, a_field_that_does_not_exist_has_no_table);
}
