/* SPDX-License-Identifier: Apache-2.0 */
/* The bound import cursor on a literal table, in the data section of the sample: RVA 0x2000, file
 * offset 0x400, 0x200 bytes of the file and zeros to the end of the page. */
#include "sample.h"

#define RVA  0x2000u
#define FOFF 0x400u

/* clang-format off */

/* Typed from the specification: a DLL that forwards to two, one that does not, the end. */
static const uint8_t table[] = {
    0x11, 0, 0, 0, 0x28, 0, 2, 0,
    0x22, 0, 0, 0, 0x2a, 0, 9, 9, /* a forwarder's last word is reserved */
    0x33, 0, 0, 0, 0x2c, 0, 0, 0,
    0x44, 0, 0, 0, 0x2e, 0, 0, 0,
    0x55, 0, 0, 0, 0, 0, 7, 0,    /* 0x20: the name is the end, whatever else there is */
    'A', 0, 'B', 0, 'C', 0, 'D', 0, /* 0x28 */
};

/* clang-format on */

static sample with_table(uint32_t at, uint16_t value)
{
    uint8_t bytes[0x200] = { 0 };
    sample s = sample_of(PEL_BUILD_PE32);
    memcpy(bytes, table, sizeof table);
    if (at)
        pel_store_uint(bytes + at, 2, value);
    pel_builder_patch(s.b, (pel_foff){ FOFF }, bytes, sizeof bytes);
    pel_builder_directory(s.b, PEL_DIR_BOUND_IMPORT, (pel_rva){ RVA }, 1);
    return s;
}

/* "A:B,C;D:" and the stamps in `*stamps`, one after the other. */
static pel_status told(sample *s, char *out, uint64_t *stamps)
{
    pel_bound_import dll, ref;
    char *at = out;
    *stamps = 0;
    sample_parse(s);
    pel_bound_import_iter it = pel_image_bound_imports(s->img);
    while (pel_bound_import_next(&it, &dll)) {
        at += sprintf(at, "%.*s:", (int)dll.name.len, dll.name.ptr);
        *stamps = *stamps << 8 | dll.descriptor.timestamp;
        while (pel_bound_forwarder_next(&it, &ref)) {
            at += sprintf(at, "%.*s,", (int)ref.name.len, ref.name.ptr);
            *stamps = *stamps << 8 | ref.descriptor.timestamp;
        }
    }
    *at = 0;
    ck_assert(!pel_bound_import_next(&it, &dll) && !pel_bound_forwarder_next(&it, &ref));
    sample_free(s);
    return it.status;
}

START_TEST(entries_are_read)
{
    char text[64];
    uint64_t stamps;
    sample s = with_table(0, 0);
    ck_ok(told(&s, text, &stamps));
    ck_assert_str_eq(text, "A:B,C,D:");
    ck_hex(stamps, 0x11223344);
}
END_TEST

START_TEST(forwarders_that_nobody_asks_for_are_passed_over)
{
    pel_bound_import dll;
    sample s = with_table(0, 0);
    sample_parse(&s);
    pel_bound_import_iter it = pel_image_bound_imports(s.img);
    ck_assert(pel_bound_import_next(&it, &dll));
    ck_assert_uint_eq(dll.descriptor.refs, 2);
    ck_assert(dll.has_offset && dll.has_name);
    ck_hex(dll.offset.v, FOFF);
    ck_assert(pel_bound_import_next(&it, &dll));
    ck_hex(dll.descriptor.timestamp, 0x44);
    ck_hex(dll.offset.v, FOFF + 24);
    ck_assert(!pel_bound_import_next(&it, &dll));
    sample_free(&s);
}
END_TEST

/* A word of the table, and how the walk begins; all of it where it ends well. */
static const struct {
    uint32_t at;
    uint16_t value;
    const char *text;
    pel_status status;
} rows[] = {
    { 6, 1, "A:B,C:D:", PEL_OK },
    { 6, 3, "A:B,C,D,", PEL_OK },
    { 12, 0, "A:\x11,C,D:", PEL_OK },         /* a forwarder does not end the list */
    { 4, 0x800, ":B,C,D:", PEL_OK },          /* zero-filled: an empty name */
    { 4, 0xffff, ":B,C,D:", PEL_OK },         /* nowhere */
    { 6, 0, "A:B:C,D,", PEL_NOT_FOUND },      /* now B has 0x909 forwarders */
    { 6, 0xffff, "A:B,C,D,", PEL_NOT_FOUND }, /* as many as lie in the image */
};

START_TEST(counts_and_names_may_lie)
{
    static char text[0x4000];
    uint64_t stamps;
    sample s = with_table(rows[_i].at, rows[_i].value);
    ck_status(rows[_i].status, told(&s, text, &stamps));
    if (rows[_i].status != PEL_OK)
        text[strlen(rows[_i].text)] = 0;
    ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

START_TEST(a_table_may_be_cut_or_nowhere)
{
    char text[64];
    uint64_t stamps;
    sample s = sample_of(PEL_BUILD_PE32);
    ck_ok(told(&s, text, &stamps));
    ck_assert_str_eq(text, "");
    s = with_table(0, 0);
    pel_builder_directory(s.b, PEL_DIR_BOUND_IMPORT, (pel_rva){ 0x3000 }, 8);
    ck_status(PEL_NOT_FOUND, told(&s, text, &stamps));
    s = with_table(0, 0);
    pel_builder_resize(s.b, FOFF + 12);
    ck_status(PEL_TRUNCATED, told(&s, text, &stamps));
}
END_TEST

PEL_TESTS(pe_dir_bound)
{
    tcase_add_test(tests, entries_are_read);
    tcase_add_test(tests, forwarders_that_nobody_asks_for_are_passed_over);
    tcase_add_loop_test(tests, counts_and_names_may_lie, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_table_may_be_cut_or_nowhere);
}
