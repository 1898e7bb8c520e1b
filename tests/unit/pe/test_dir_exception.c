/* SPDX-License-Identifier: Apache-2.0 */
/* The table of functions of each machine, on literal bytes at RVA 0x2000, and what is odd about
 * tables. Unwind information has tests of its own. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

static sample with_table(pel_build_kind kind, uint16_t machine, const void *bytes, size_t size)
{
    static const uint8_t zeros[0x200];
    sample s = sample_of(kind);
    pel_builder_set(s.b, "file_header.Machine", machine);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, zeros, sizeof zeros);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, bytes, size);
    pel_builder_directory(s.b, PEL_DIR_EXCEPTION, (pel_rva){ RVA }, (uint32_t)size);
    return s;
}

/* ---- entries ----------------------------------------------------------- */

static const uint8_t x64[] = { 0x00, 0x10, 0, 0, 0x40, 0x10, 0, 0, 0x80, 0x20, 0, 0,
                               0x40, 0x10, 0, 0, 0x50, 0x10, 0, 0, 0x80, 0x20, 0, 0 };

START_TEST(functions_of_x64_are_walked)
{
    pel_function f;
    sample s = with_table(PEL_BUILD_PE32PLUS, PEL_MACHINE_AMD64, x64, sizeof x64);
    sample_parse(&s);
    pel_function_iter it = pel_image_functions(s.img);
    ck_assert_str_eq(pel_function_table_name(it.table), "x64");
    ck_assert(pel_function_next(&it, &f));
    ck_assert(pel_function_next(&it, &f));
    ck_assert_uint_eq(f.index, 1);
    ck_hex(f.begin.v, 0x1040);
    ck_assert(f.has_end);
    ck_hex(f.end.v, 0x1050);
    ck_hex(f.unwind, 0x2080);
    ck_hex(f.offset.v, FOFF + 12);
    ck_assert(!pel_function_next(&it, &f));
    ck_ok(it.status);
    ck_assert(!pel_function_next(&it, &f)); /* the end stays the end */
    sample_free(&s);
}
END_TEST

/* One entry, and what it says. */
static const struct {
    uint16_t machine;
    pel_build_kind kind;
    uint8_t bytes[40];
    uint8_t size;
    uint32_t begin, end, prolog_end;
    uint64_t handler, data;
} entries[] = {
    /* MIPS, five VAs: begin, end, handler, its data, end of the prolog */
    { PEL_MACHINE_R4000,
      PEL_BUILD_PE32,
      { 0x00, 0x10, 0x40, 0, 0x40, 0x10, 0x40, 0,    0x80, 0x10,
        0x40, 0,    1,    0, 0,    0,    0x08, 0x10, 0x40, 0 },
      20,
      0x1000,
      0x1040,
      0x1008,
      0x401080,
      1 },
    { PEL_MACHINE_ALPHA,
      PEL_BUILD_PE32,
      { 0x00, 0x10, 0x40, 0, 0x40, 0x10, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x10, 0x40, 0 },
      20,
      0x1000,
      0x1040,
      0x1010,
      0,
      0 },
    { PEL_MACHINE_ALPHA64,
      PEL_BUILD_PE32PLUS,
      { 0x00, 0x10, 0,    0x40, 1,    0,    0, 0,    0x40, 0x10, 0, 0x40, 1, 0,
        0,    0,    0x80, 0x10, 0,    0x40, 1, 0,    0,    0,    2, 0,    0, 0,
        0,    0,    0,    0,    0x04, 0x10, 0, 0x40, 1,    0,    0, 0 },
      40,
      0x1000,
      0x1040,
      0x1004,
      0x140001080,
      2 },
    { PEL_MACHINE_IA64,
      PEL_BUILD_PE32PLUS,
      { 0x00, 0x10, 0, 0, 0x40, 0x10, 0, 0, 0x80, 0x20, 0, 0 },
      12,
      0x1000,
      0x1040,
      0,
      0,
      0 },
    /* Windows CE: prolog of 3 instructions, 16 in all; of 4 bytes (bit 30), of 2 */
    { PEL_MACHINE_SH4,
      PEL_BUILD_PE32,
      { 0x00, 0x10, 0x40, 0, 3, 16, 0, 0 },
      8,
      0x1000,
      0x1020,
      0x1006,
      0,
      0 },
    { PEL_MACHINE_ARM,
      PEL_BUILD_PE32,
      { 0x00, 0x10, 0x40, 0, 3, 16, 0, 0x40 },
      8,
      0x1000,
      0x1040,
      0x100c,
      0,
      0 },
    /* with a handler (bit 31): the two words in front of the function, here the two entries before
     */
    { PEL_MACHINE_ARM,
      PEL_BUILD_PE32,
      { 0x08, 0x20, 0x40, 0, 3, 16, 0, 0xc0 },
      8,
      0x2008,
      0x2048,
      0x2014,
      0x402008,
      0xc0001003 },
    /* ARM: begin with the Thumb bit, packed, 10 halfwords; ARM64: packed, 6 instructions */
    { PEL_MACHINE_ARMNT,
      PEL_BUILD_PE32,
      { 0x01, 0x10, 0, 0, 0x29, 0, 0, 0 },
      8,
      0x1000,
      0x1014,
      0,
      0,
      0 },
    { PEL_MACHINE_ARM64,
      PEL_BUILD_PE32PLUS,
      { 0x00, 0x10, 0, 0, 0x19, 0, 0, 0 },
      8,
      0x1000,
      0x1018,
      0,
      0,
      0 },
};

START_TEST(entries_of_each_machine_are_read)
{
    pel_function f;
    sample s =
        with_table(entries[_i].kind, entries[_i].machine, entries[_i].bytes, entries[_i].size);
    sample_parse(&s);
    pel_function_iter it = pel_image_functions(s.img);
    ck_assert(pel_function_next(&it, &f));
    ck_hex(f.begin.v, entries[_i].begin);
    ck_assert(f.has_end);
    ck_hex(f.end.v, entries[_i].end);
    ck_hex(f.prolog_end.v, entries[_i].prolog_end);
    ck_assert(f.has_handler == (entries[_i].handler != 0));
    ck_hex(f.handler.v, entries[_i].handler);
    ck_hex(f.handler_data.v, entries[_i].data);
    ck_assert_uint_eq(pel_function_entry_size(f.table), entries[_i].size);
    ck_assert(!pel_function_next(&it, &f));
    sample_free(&s);
}
END_TEST

START_TEST(powerpc_of_windows_ce_has_short_entries)
{
    sample s = with_table(PEL_BUILD_PE32, PEL_MACHINE_POWERPC, x64, sizeof x64);
    sample_parse(&s);
    ck_assert_int_eq(pel_image_function_table(s.img), PEL_FUNCTIONS_MIPS);
    pel_image_free(s.img);
    pel_builder_set(s.b, "optional_header.Subsystem", PEL_SUBSYSTEM_WINDOWS_CE_GUI);
    sample_parse(&s);
    ck_assert_int_eq(pel_image_function_table(s.img), PEL_FUNCTIONS_CE);
    sample_free(&s);
}
END_TEST

START_TEST(x86_has_no_functions)
{
    pel_function f;
    sample s = with_table(PEL_BUILD_PE32, PEL_MACHINE_I386, x64, sizeof x64);
    sample_parse(&s);
    pel_function_iter it = pel_image_functions(s.img);
    ck_assert(!pel_function_next(&it, &f));
    ck_ok(it.status);
    sample_free(&s);
}
END_TEST

/* ---- ends -------------------------------------------------------------- */

static const struct {
    uint32_t at, size, count;
    pel_status status;
} ends[] = {
    { RVA, 0, 0, PEL_OK },
    { RVA, 11, 0, PEL_OK },
    { RVA, 35, 2, PEL_OK },
    { 0, 24, 0, PEL_OK },
    { 0x2ff4, 24, 1, PEL_NOT_FOUND }, /* zero-filled to the end of the page */
    { 0x2ff8, 24, 0, PEL_NOT_FOUND }, /* half an entry */
    { 0x3000, 24, 0, PEL_NOT_FOUND },
    { 0xfffffff8, 24, 0, PEL_NOT_FOUND },
    { RVA, 0xffffffff, 341, PEL_NOT_FOUND },
};

START_TEST(tables_end)
{
    uint32_t count = 0;
    sample s = with_table(PEL_BUILD_PE32PLUS, PEL_MACHINE_AMD64, x64, sizeof x64);
    pel_builder_directory(s.b, PEL_DIR_EXCEPTION, (pel_rva){ ends[_i].at }, ends[_i].size);
    sample_parse(&s);
    pel_function_iter it = pel_image_functions(s.img);
    for (pel_function f; pel_function_next(&it, &f);)
        count++;
    ck_assert_uint_eq(count, ends[_i].count);
    ck_status(ends[_i].status, it.status);
    sample_free(&s);
}
END_TEST

START_TEST(a_table_that_the_file_cuts_is_told)
{
    pel_function f;
    sample s = with_table(PEL_BUILD_PE32PLUS, PEL_MACHINE_AMD64, x64, sizeof x64);
    pel_builder_resize(s.b, FOFF + 20);
    sample_parse(&s);
    pel_function_iter it = pel_image_functions(s.img);
    ck_assert(pel_function_next(&it, &f));
    ck_assert(!pel_function_next(&it, &f));
    ck_status(PEL_TRUNCATED, it.status);
    sample_free(&s);
}
END_TEST

/* ---- oddities ---------------------------------------------------------- */

static bool remarks(const pel_image *img, pel_diag_code code)
{
    for (size_t i = 0; i < pel_image_diag_count(img); i++)
        if (pel_image_diag(img, i)->code == code)
            return true;
    return false;
}

/* The second entry, and the remark that it is worth; PEL_DIAG_COUNT: none. */
static const struct {
    uint32_t begin, end, unwind;
    uint8_t head; /* of the unwind information at 0x2080 */
    pel_diag_code code;
} odd[] = {
    { 0x1040, 0x1050, 0x2080, 0x01, PEL_DIAG_COUNT },
    { 0x1040, 0x1050, 0x2080, 0x02, PEL_DIAG_COUNT },
    { 0x1040, 0x1050, 0x2080, 0x03, PEL_DIAG_COUNT },
    { 0, 0, 0, 0x01, PEL_DIAG_COUNT },
    { 0x0fff, 0x1000, 0x2080, 0x01, PEL_DIAG_FUNCTIONS_UNSORTED },
    { 0x103f, 0x1050, 0x2080, 0x01, PEL_DIAG_FUNCTIONS_OVERLAP },
    { 0x1040, 0x1050, 0x2200, 0x01, PEL_DIAG_UNWIND_OUTSIDE },
    { 0x1040, 0x1050, 0x9000, 0x01, PEL_DIAG_UNWIND_OUTSIDE },
    { 0x1040, 0x1050, 0x2080, 0x04, PEL_DIAG_UNWIND_VERSION },
    { 0x1040, 0x1050, 0x2080, 0x00, PEL_DIAG_UNWIND_VERSION },
};

START_TEST(oddities_are_remarked)
{
    uint8_t word[4];
    sample s = with_table(PEL_BUILD_PE32PLUS, PEL_MACHINE_AMD64, x64, sizeof x64);
    const uint32_t words[] = { odd[_i].begin, odd[_i].end, odd[_i].unwind };
    for (unsigned i = 0; i < 3; i++) {
        pel_store_uint(word, 4, words[i]);
        pel_builder_patch(s.b, (pel_foff){ FOFF + 12 + 4 * i }, word, 4);
    }
    pel_builder_patch(s.b, (pel_foff){ FOFF + 0x80 }, &odd[_i].head, 1);
    sample_parse(&s);
    for (int code = PEL_DIAG_FUNCTIONS_UNSORTED; code <= PEL_DIAG_FUNCTIONS_CUT; code++)
        ck_assert_msg(remarks(s.img, (pel_diag_code)code) == (code == (int)odd[_i].code), "%s",
                      pel_diag_code_name((pel_diag_code)code));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_exception)
{
    tcase_add_test(tests, functions_of_x64_are_walked);
    tcase_add_loop_test(tests, entries_of_each_machine_are_read, 0,
                        sizeof entries / sizeof entries[0]);
    tcase_add_test(tests, powerpc_of_windows_ce_has_short_entries);
    tcase_add_test(tests, x86_has_no_functions);
    tcase_add_loop_test(tests, tables_end, 0, sizeof ends / sizeof ends[0]);
    tcase_add_test(tests, a_table_that_the_file_cuts_is_told);
    tcase_add_loop_test(tests, oddities_are_remarked, 0, sizeof odd / sizeof odd[0]);
}
