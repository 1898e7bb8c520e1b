/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of the finished file, and every way in which a file is refused. */
#include <string.h>

#include "base/reader.h"
#include "check_pel.h"

#define CODE (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)
#define DATA (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE)

static pel_builder *b;

static void begin(pel_build_kind kind) { ck_ok(pel_builder_new(kind, NULL, &b)); }

static pel_span finish(void)
{
    pel_span file;
    ck_ok(pel_builder_finish(b, &file));
    return file;
}

static void end(void)
{
    pel_builder_free(b);
    b = NULL;
}

/* ---- edits ------------------------------------------------------------- */

static const struct {
    const char *path;
    unsigned offset, width;
} paths[] = {
    { "dos_header.e_magic", 0, 2 },
    { "dos_header.e_res[3]", 0x22, 2 },
    { "dos_header.e_lfanew", 0x3c, 4 },
    { "nt_signature", 0x80, 4 },
    { "file_header.Machine", 0x84, 2 },
    { "file_header.Characteristics", 0x96, 2 },
    { "optional_header.Magic", 0x98, 2 },
    { "optional_header.MinorLinkerVersion", 0x9b, 1 },
    { "optional_header.ImageBase", 0xb0, 8 },
    { "optional_header.SizeOfImage", 0xd0, 4 },
    { "optional_header.CheckSum", 0xd8, 4 },
    { "optional_header.NumberOfRvaAndSizes", 0x104, 4 },
    { "optional_header.DataDirectory[0].VirtualAddress", 0x108, 4 },
    { "optional_header.DataDirectory[5].Size", 0x134, 4 },
    { "data_directories[15].Size", 0x184, 4 },
    { "sections[0].Name[1]", 0x189, 1 },
    { "sections[0].VirtualSize", 0x190, 4 },
    { "sections[1].VirtualSize", 0x1b8, 4 },
    { "sections[1].Characteristics", 0x1d4, 4 },
};

START_TEST(a_poke_changes_its_field_and_no_other)
{
    uint8_t before[0x600];
    begin(PEL_BUILD_PE32PLUS);
    pel_builder_data(b, pel_builder_section(b, "a", CODE), "a", 1);
    pel_builder_data(b, pel_builder_section(b, "b", DATA), "b", 1);
    pel_span file = finish();
    ck_assert_uint_eq(file.size, sizeof before);
    memcpy(before, file.data, sizeof before);

    unsigned offset = paths[_i].offset, width = paths[_i].width;
    uint64_t value = 0x8877665544332211 >> (64 - 8 * width);
    pel_builder_poke(b, paths[_i].path, value);
    file = finish();
    ck_assert_msg(pel_span_uint(file, offset, width) == value, "%s", paths[_i].path);
    ck_assert_int_eq(memcmp(file.data, before, offset), 0);
    ck_assert_int_eq(
        memcmp(file.data + offset + width, before + offset + width, sizeof before - offset - width),
        0);
    end();
}
END_TEST

START_TEST(edits_are_done_in_the_order_of_the_calls)
{
    begin(PEL_BUILD_RAW);
    pel_builder_overlay(b, "abcdef", 6);
    pel_builder_patch(b, (pel_foff){ 4 }, "XY", 2);
    pel_builder_resize(b, 5);
    pel_builder_resize(b, 7);
    pel_builder_patch(b, (pel_foff){ 6 }, "Z", 1);
    pel_span file = finish();
    ck_assert_uint_eq(file.size, 7);
    ck_assert_int_eq(memcmp(file.data, "abcdX\0Z", 7), 0);
    end();
}
END_TEST

/* ---- refusals ---------------------------------------------------------- */

static void set_unknown(void) { pel_builder_set(b, "optional_header.Imagebase", 0); }
static void set_wide(void) { pel_builder_set(b, "file_header.Machine", 0x10000); }
static void set_absent(void) { pel_builder_set(b, "optional_header.BaseOfData", 0); }
static void set_no_section(void) { pel_builder_set(b, "sections[0].VirtualSize", 0); }
static void set_no_index(void) { pel_builder_set(b, "sections.VirtualSize", 0); }
static void set_bad_index(void) { pel_builder_set(b, "sections[0x1].VirtualSize", 0); }
static void set_no_element(void) { pel_builder_set(b, "dos_header.e_res", 0); }
static void set_element(void) { pel_builder_set(b, "dos_header.e_res[4]", 0); }
static void set_tail(void) { pel_builder_set(b, "dos_header.e_res[1]x", 0); }
static void set_no_array(void) { pel_builder_set(b, "file_header.Machine[0]", 0); }
static void set_null(void) { pel_builder_set(b, NULL, 0); }
static void poke_no_section(void) { pel_builder_poke(b, "sections[0].VirtualSize", 0); }
static void poke_directory(void) { pel_builder_poke(b, "data_directories[16].Size", 0); }
static void poke_tail(void) { pel_builder_poke(b, "nt_signature.x", 0); }
static void data_nowhere(void) { pel_builder_data(b, 0, "x", 1); }
static void size_nowhere(void) { pel_builder_virtual_size(b, 0, 1); }
static void rva_nowhere(void) { pel_builder_rva(b, 0, 1); }
static void no_name(void) { pel_builder_section(b, NULL, 0); }
static void no_directory(void) { pel_builder_directory(b, 16, (pel_rva){ 0 }, 0); }
static void reloc_type(void) { pel_builder_reloc(b, (pel_rva){ 0 }, 16); }
static void patch_outside(void) { pel_builder_patch(b, (pel_foff){ 0x400 }, "x", 1); }
static void no_bytes(void) { pel_builder_overlay(b, NULL, 1); }
static void too_large(void) { pel_builder_resize(b, PEL_BUILD_LIMIT + 1); }
static void far_headers(void) { pel_builder_set(b, "dos_header.e_lfanew", 0xfffffff0); }
static void no_imports(void) { pel_builder_imports(b, NULL, 0); }
static void no_exports(void) { pel_builder_exports(b, "x", NULL, 1); }

static void cut_then_poke(void)
{
    pel_builder_resize(b, 0x80);
    pel_builder_poke(b, "nt_signature", 0);
}

static void link_outside(void)
{
    uint32_t s = pel_builder_section(b, "s", DATA);
    pel_builder_data(b, s, "1234567", 7);
    pel_builder_link(b, (pel_build_place){ s, 4 }, PEL_BUILD_LINK_RVA, (pel_build_place){ s, 0 });
}

static void link_nowhere(void)
{
    uint32_t s = pel_builder_section(b, "s", DATA);
    pel_builder_link(b, (pel_build_place){ s, 0 }, PEL_BUILD_LINK_RVA, (pel_build_place){ 1, 0 });
}

static void four_gibibytes(void)
{
    pel_builder_virtual_size(b, pel_builder_section(b, "s", DATA), 0xffffffff);
    pel_builder_section(b, "t", DATA);
}

/* An RVA was told, and then the section must move. */
static void broken_promise(void)
{
    pel_builder_rva(b, pel_builder_section(b, "s", DATA), 0);
    pel_builder_set(b, "optional_header.SectionAlignment", 0x10000);
}

/* The same, but it is the section table that grows past the first page. */
static void broken_promise_of_headers(void)
{
    pel_builder_rva(b, pel_builder_section(b, "s", DATA), 0);
    for (int i = 0; i < 100; i++)
        pel_builder_section(b, "t", DATA);
}

static const struct {
    const char *what;
    void (*call)(void);
    pel_status want;
} refusals[] = {
    { "unknown field", set_unknown, PEL_BAD_ARG },
    { "value too wide", set_wide, PEL_BAD_ARG },
    { "field that PE32+ lacks", set_absent, PEL_BAD_ARG },
    { "set in no section", set_no_section, PEL_BAD_ARG },
    { "index missing", set_no_index, PEL_BAD_ARG },
    { "index that is no number", set_bad_index, PEL_BAD_ARG },
    { "element missing", set_no_element, PEL_BAD_ARG },
    { "element past the end", set_element, PEL_BAD_ARG },
    { "element that goes on", set_tail, PEL_BAD_ARG },
    { "element of no array", set_no_array, PEL_BAD_ARG },
    { "no path", set_null, PEL_BAD_ARG },
    { "poke in no section", poke_no_section, PEL_BAD_ARG },
    { "poke in no directory", poke_directory, PEL_BAD_ARG },
    { "path that goes on", poke_tail, PEL_BAD_ARG },
    { "data without section", data_nowhere, PEL_BAD_ARG },
    { "size without section", size_nowhere, PEL_BAD_ARG },
    { "RVA without section", rva_nowhere, PEL_BAD_ARG },
    { "section without name", no_name, PEL_BAD_ARG },
    { "directory 16", no_directory, PEL_BAD_ARG },
    { "relocation type 16", reloc_type, PEL_BAD_ARG },
    { "patch past the end", patch_outside, PEL_BAD_ARG },
    { "no bytes", no_bytes, PEL_BAD_ARG },
    { "a poke of what was cut off", cut_then_poke, PEL_BAD_ARG },
    { "link past the data", link_outside, PEL_BAD_ARG },
    { "link to no section", link_nowhere, PEL_BAD_ARG },
    { "broken promise", broken_promise, PEL_BAD_ARG },
    { "broken promise by headers", broken_promise_of_headers, PEL_BAD_ARG },
    { "no imports", no_imports, PEL_BAD_ARG },
    { "no exports", no_exports, PEL_BAD_ARG },
    { "file too large", too_large, PEL_LIMIT },
    { "headers too far", far_headers, PEL_LIMIT },
    { "more than 4 GiB in memory", four_gibibytes, PEL_LIMIT },
};

START_TEST(refusal)
{
    pel_span file;
    begin(PEL_BUILD_PE32PLUS);
    refusals[_i].call();
    pel_status got = pel_builder_finish(b, &file);
    ck_assert_msg(got == refusals[_i].want, "%s: %s", refusals[_i].what, pel_status_name(got));
    ck_assert_ptr_null(file.data);

    /* It stays, whatever comes. */
    pel_builder_section(b, "late", DATA);
    ck_status(refusals[_i].want, pel_builder_finish(b, &file));
    end();
}
END_TEST

START_TEST(a_raw_file_has_no_headers)
{
    pel_span file;
    begin(PEL_BUILD_RAW);
    ck_assert_uint_eq(finish().size, 0);
    pel_builder_section(b, "s", DATA);
    ck_status(PEL_BAD_ARG, pel_builder_finish(b, &file));
    end();
}
END_TEST

START_TEST(null_is_refused)
{
    pel_span file;
    ck_status(PEL_BAD_ARG, pel_builder_new(PEL_BUILD_PE32, NULL, NULL));
    ck_status(PEL_BAD_ARG, pel_builder_finish(NULL, &file));
    begin(PEL_BUILD_PE32);
    ck_status(PEL_BAD_ARG, pel_builder_finish(b, NULL));
    end();
    pel_builder_section(NULL, "s", 0);
    pel_builder_poke(NULL, "nt_signature", 0);
    pel_builder_overlay(NULL, "x", 1);
    pel_builder_patch(NULL, (pel_foff){ 0 }, "x", 1);
    pel_builder_resize(NULL, 1);
    pel_builder_free(NULL);
}
END_TEST

PEL_TESTS(builder_write)
{
    tcase_add_loop_test(tests, a_poke_changes_its_field_and_no_other, 0,
                        sizeof paths / sizeof paths[0]);
    tcase_add_test(tests, edits_are_done_in_the_order_of_the_calls);
    tcase_add_loop_test(tests, refusal, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tests, a_raw_file_has_no_headers);
    tcase_add_test(tests, null_is_refused);
}
