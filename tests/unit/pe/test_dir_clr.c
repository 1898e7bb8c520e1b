/* SPDX-License-Identifier: Apache-2.0 */
/* .NET on literal bytes in the data section of the sample: RVA 0x2000, file offset 0x400. */
#include "sample.h"

#define RVA      0x2000u
#define FOFF     0x400u
#define METADATA 0x48u /* behind the header, which has 72 bytes */
#define TABLES   0x60u /* in the metadata */
#define ROWS     40u   /* in the stream of tables */
#define NATIVE   0x180u

/* Typed from ECMA-335, II.25.3.3. */
static const char header[] =
    "\x48\0\0\0\2\0\5\0\x48\x20\0\0\xf8\0\0\0" /* cb, 2.5, MetaData */
    "\x09\0\0\0\1\0\0\6\0\0\0\0\0\0\0\0"       /* IL only and signed, token, Resources */
    "\x60\x21\0\0\x10\0\0\0\0\0\0\0\0\0\0\0"   /* StrongNameSignature, CodeManagerTable */
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"         /* VTableFixups, ExportAddressTableJumps */
    "\x80\x21\0\0\x20\0\0\0";                  /* ManagedNativeHeader */

/* II.24.2 */
static const char metadata[] =
    "BSJB\1\0\1\0\0\0\0\0\x0c\0\0\0v4.0.30319\0\0\0\0\4\0"
    "\x60\0\0\0\x64\0\0\0#~\0\0"
    "\xc4\0\0\0\x18\0\0\0#Strings\0\0\0\0"
    "\xdc\0\0\0\x10\0\0\0#GUID\0\0\0"
    "\xec\0\0\0\x0c\0\0\0#Blob\0\0\0"
    /* #~: Module, TypeRef, Assembly, AssemblyRef, one row each */
    "\0\0\0\0\2\0\0\1\3\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0"
    "\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"
    "\0\0\1\0\1\0\0\0\0\0"                             /* Module: name 1, MVID 1 */
    "\6\0\1\0\7\0"                                     /* TypeRef */
    "\4\x80\0\0\1\0\2\0\3\0\4\0\0\0\0\0\0\0\7\0\x14\0" /* Assembly Lib 1.2.3.4, de */
    "\4\0\0\0\0\0\0\0\0\0\0\0\1\0\x0b\0\0\0\0\0"       /* AssemblyRef mscorlib 4.0.0.0 */
    "\0\0"
    "\0a.dll\0Lib\0mscorlib\0de\0\0"
    "\x33\x22\x11\0\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
    "\0\x08\xb7\x7a\x5c\x56\x19\x34\xe0\x89\0\0";

static const char native[] = "RTR\0\x09\0\2\0\3\0\0\0\2\0\0\0"
                             "\x64\0\0\0\0\x10\0\0\x20\0\0\0"
                             "\x66\0\0\0\x20\x10\0\0\x08\0\0\0";

static void put(sample *s, uint32_t at, const char *bytes, size_t size)
{
    pel_builder_patch(s->b, (pel_foff){ FOFF + at }, bytes, size);
}

static sample with_clr(void)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    put(&s, 0, header, sizeof header - 1);
    put(&s, METADATA, metadata, sizeof metadata - 1);
    put(&s, NATIVE, native, sizeof native - 1);
    pel_builder_directory(s.b, PEL_DIR_COM_DESCRIPTOR, (pel_rva){ RVA }, 72);
    return s;
}

static void ck_str(pel_str got, const char *want)
{
    ck_assert_uint_eq(got.len, strlen(want));
    ck_assert_mem_eq(got.len ? got.ptr : "", want, got.len);
}

START_TEST(header_and_root_are_read)
{
    pel_clr clr;
    sample s = with_clr();
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_assert(clr.has_offset);
    ck_hex(clr.offset.v, FOFF);
    ck_hex(clr.header.runtime_minor, 5);
    ck_hex(clr.header.flags, 9);
    ck_hex(clr.header.entry_point, 0x06000001);
    ck_hex(clr.header.strong_name.v, 0x2160);
    ck_hex(clr.header.native.v, RVA + NATIVE);
    ck_assert_uint_eq(clr.metadata.size, sizeof metadata - 1);
    ck_str(clr.version, "v4.0.30319");
    ck_assert_uint_eq(clr.stream_count, 4);
    sample_free(&s);
}
END_TEST

START_TEST(streams_follow_the_root)
{
    static const char *const names[] = { "#~", "#Strings", "#GUID", "#Blob" };
    static const uint32_t places[][2] = { { 0x60, 100 }, { 0xc4, 24 }, { 0xdc, 16 }, { 0xec, 12 } };
    pel_clr clr;
    pel_clr_stream stream;
    uint32_t at = 0;
    uint16_t index = 0;
    sample s = with_clr();
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(pel_clr_stream_next(&clr, &at, &index, &stream));
        ck_str(stream.name, names[i]);
        ck_hex(stream.offset, places[i][0]);
        ck_assert_uint_eq(stream.bytes.size, places[i][1]);
    }
    ck_assert(!pel_clr_stream_next(&clr, &at, &index, &stream));
    sample_free(&s);
}
END_TEST

START_TEST(rows_are_found_behind_those_of_other_tables)
{
    pel_clr clr;
    pel_clr_tables t;
    pel_clr_assembly a;
    pel_str name;
    pel_span mvid;
    sample s = with_clr();
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_ok(pel_clr_tables_read(&clr, &t));
    ck_hex(t.head.valid, 0x900000003);
    ck_assert(pel_clr_module(&t, &name, &mvid));
    ck_str(name, "a.dll");
    ck_assert_uint_eq(mvid.size, 16);
    ck_hex(mvid.data[0], 0x33);
    ck_assert(pel_clr_assembly_read(&t, &a));
    ck_str(a.name, "Lib");
    ck_str(a.culture, "de");
    ck_assert_uint_eq(a.version[0] * 1000 + a.version[1] * 100 + a.version[2] * 10 + a.version[3],
                      1234);
    ck_assert_uint_eq(a.key.size, 0);
    ck_assert(pel_clr_reference(&t, 0, &a));
    ck_str(a.name, "mscorlib");
    ck_assert_uint_eq(a.version[0], 4);
    ck_assert_uint_eq(a.key.size, 8);
    ck_hex(a.key.data[7], 0x89);
    ck_assert(!pel_clr_reference(&t, 1, &a));
    sample_free(&s);
}
END_TEST

/* How wide an index is depends on rows elsewhere: with 0x4000 rows of TypeRef, a ResolutionScope of
 * two bits does not fit 16 any more, and the table is two bytes wider for each row. */
START_TEST(many_rows_make_indices_wide)
{
    pel_clr clr;
    pel_clr_tables t;
    sample s = with_clr();
    put(&s, METADATA + TABLES + 24 + 4, _i ? "\x00\x40" : "\xff\x3f", 2);
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_ok(pel_clr_tables_read(&clr, &t));
    ck_hex(t.starts[2] - t.starts[1], _i ? 0x4000u * 8 : 0x3fffu * 6);
    pel_clr_assembly a;
    ck_assert(!pel_clr_assembly_read(&t, &a)); /* it would lie behind the end */
    sample_free(&s);
}
END_TEST

START_TEST(wide_heaps_have_wide_indices)
{
    pel_clr clr;
    pel_clr_tables t;
    sample s = with_clr();
    put(&s, METADATA + TABLES + 6, "\7", 1);
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_ok(pel_clr_tables_read(&clr, &t));
    ck_hex(t.starts[0], ROWS);
    ck_hex(t.starts[1] - t.starts[0], 2 + 4 * 4);
    sample_free(&s);
}
END_TEST

static const struct {
    uint32_t at;
    const char *bytes;
    size_t size;
} roots[] = {
    { METADATA, "X", 1 },                     /* no BSJB */
    { METADATA + 12, "\xff\xff\xff\xff", 4 }, /* the version is longer than all */
    { 8, "\0\0\0\0", 4 },                     /* MetaData is nowhere */
    { 8, "\0\0\0\x7f", 4 },                   /* outside of the image */
    { 12, "\x10\0\0\0", 4 },                  /* cut behind the fixed part */
};

START_TEST(a_root_that_is_broken_is_none)
{
    pel_clr clr;
    pel_clr_tables t;
    sample s = with_clr();
    put(&s, roots[_i].at, roots[_i].bytes, roots[_i].size);
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_assert_uint_eq(clr.metadata.size, 0);
    ck_assert_uint_eq(clr.stream_count, 0);
    ck_status(PEL_NOT_FOUND, pel_clr_tables_read(&clr, &t));
    sample_free(&s);
}
END_TEST

/* 0x8664, 0xaa64 and 0x14c, exclusive-ored with the numbers of systems by hand. */
START_TEST(compiled_code_is_for_a_system)
{
    static const struct {
        uint16_t in_file, machine;
        const char *os;
    } rows[] = {
        { 0x8664, 0x8664, NULL },      { 0xfd1d, 0x8664, "LINUX" },  { 0xd11d, 0xaa64, "LINUX" },
        { 0x7a35, 0x14c, "LINUX" },    { 0xec20, 0xaa64, "APPLE" },  { 0xc020, 0x8664, "APPLE" },
        { 0x2ba0, 0x8664, "FREEBSD" }, { 0x9ff7, 0x8664, "NETBSD" }, { 0x9ff6, 0x8664, "SUNOS" },
        { 0x7b79, 0, NULL },           { 0x1234, 0, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const pel_name *os;
        ck_hex(pel_ready_to_run_machine(rows[i].in_file, &os), rows[i].machine);
        ck_assert_int_eq(os != NULL, rows[i].os != NULL);
        if (os)
            ck_assert_str_eq(os->name, rows[i].os);
    }
}
END_TEST

START_TEST(compiled_code_has_sections)
{
    pel_clr clr;
    pel_ready_to_run_header h;
    pel_ready_to_run_section section;
    uint64_t at;
    sample s = with_clr();
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_assert(pel_image_ready_to_run(s.img, pel_image_native_header(s.img, &clr), &h, &at));
    ck_hex(h.major, 9);
    ck_hex(h.flags, 3);
    ck_assert(pel_ready_to_run_section_at(s.img, &h, at, 1, &section));
    ck_hex(section.type, 102);
    ck_hex(section.rva.v, 0x1020);
    ck_hex(section.size, 8);
    ck_assert(!pel_ready_to_run_section_at(s.img, &h, at, 2, &section));
    sample_free(&s);
    s = with_clr();
    put(&s, NATIVE, "NGEN", 4);
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_assert(!pel_image_ready_to_run(s.img, pel_image_native_header(s.img, &clr), &h, &at));
    sample_free(&s);
}
END_TEST

START_TEST(a_header_that_the_file_cuts_is_told)
{
    pel_clr clr;
    sample s = with_clr();
    pel_builder_resize(s.b, FOFF + 20);
    sample_parse(&s);
    ck_status(PEL_TRUNCATED, pel_image_clr(s.img, &clr));
    ck_assert_uint_eq(clr.available, 20);
    ck_hex(clr.header.flags, 9);
    ck_hex(clr.header.entry_point, 0);
    sample_free(&s);
    s = sample_of(PEL_BUILD_PE32);
    sample_parse(&s);
    ck_status(PEL_NOT_FOUND, pel_image_clr(s.img, &clr));
    sample_free(&s);
}
END_TEST

/* ECMA-335, II.25.3.3.3 */
START_TEST(slots_have_tokens_of_methods)
{
    static const char fixups[] = "\x40\x20\0\0\3\0\5\0"
                                 "\x50\x20\0\0\1\0\2\0";
    pel_clr clr;
    pel_vtable_fixup f;
    sample s = with_clr();
    put(&s, 48, "\xc0\x21\0\0\x10\0\0\0", 8); /* VTableFixups */
    put(&s, 0x1c0, fixups, sizeof fixups - 1);
    sample_parse(&s);
    ck_ok(pel_image_clr(s.img, &clr));
    ck_assert(pel_clr_vtable_fixup(s.img, &clr, 0, &f));
    ck_hex(f.rva.v, 0x2040);
    ck_assert_uint_eq(f.count, 3);
    ck_hex(f.type, 5);
    ck_assert(pel_clr_vtable_fixup(s.img, &clr, 1, &f));
    ck_hex(f.rva.v, 0x2050);
    ck_hex(f.type, 2);
    ck_assert(!pel_clr_vtable_fixup(s.img, &clr, 2, &f));
    sample_free(&s);
}
END_TEST

START_TEST(compiled_code_has_slots_that_the_runtime_fills)
{
    static const char imports[] = "\x08\x20\0\0\x10\0\0\0\1\0\2\x08\x90\x11\0\0\x98\x11\0\0";
    pel_ready_to_run_section section = { .type = 101, .rva = { RVA + 0x1c0 }, .size = 20 };
    pel_ready_to_run_import i;
    sample s = with_clr();
    put(&s, 0x1c0, imports, sizeof imports - 1);
    sample_parse(&s);
    ck_assert(pel_ready_to_run_import_at(s.img, &section, 0, &i));
    ck_hex(i.rva.v, 0x2008);
    ck_hex(i.size, 0x10);
    ck_hex(i.flags, 1);
    ck_hex(i.type, 2);
    ck_hex(i.entry_size, 8);
    ck_hex(i.signatures.v, 0x1190);
    ck_hex(i.auxiliary.v, 0x1198);
    ck_assert(!pel_ready_to_run_import_at(s.img, &section, 1, &i));
    sample_free(&s);
}
END_TEST

PEL_TESTS(pe_dir_clr)
{
    tcase_add_test(tests, slots_have_tokens_of_methods);
    tcase_add_test(tests, compiled_code_has_slots_that_the_runtime_fills);
    tcase_add_test(tests, header_and_root_are_read);
    tcase_add_test(tests, streams_follow_the_root);
    tcase_add_test(tests, rows_are_found_behind_those_of_other_tables);
    tcase_add_loop_test(tests, many_rows_make_indices_wide, 0, 2);
    tcase_add_test(tests, wide_heaps_have_wide_indices);
    tcase_add_loop_test(tests, a_root_that_is_broken_is_none, 0, sizeof roots / sizeof roots[0]);
    tcase_add_test(tests, compiled_code_is_for_a_system);
    tcase_add_test(tests, compiled_code_has_sections);
    tcase_add_test(tests, a_header_that_the_file_cuts_is_told);
}
