/* SPDX-License-Identifier: Apache-2.0 */
/* Every diagnostic that reading a file can give: provoked, and told with the right place and
 * numbers. */
#include "sample.h"

#define NOWHERE UINT64_MAX

static void cut_dos(sample *s) { pel_builder_resize(s->b, 63); }
static void cut_file_header(sample *s) { pel_builder_resize(s->b, SAMPLE_FILE_HEADER + 19); }
static void cut_optional(sample *s) { pel_builder_resize(s->b, SAMPLE_OPTIONAL + 111); }
static void cut_directories(sample *s) { pel_builder_resize(s->b, SAMPLE_DIRECTORIES + 127); }
static void cut_sections(sample *s) { pel_builder_resize(s->b, SAMPLE_TABLE + 79); }
static void cut_raw(sample *s) { pel_builder_resize(s->b, SAMPLE_SIZE - 1); }
static void add_overlay(sample *s) { pel_builder_overlay(s->b, "tail", 4); }

static void add_rich(sample *s)
{
    pel_builder_rich(s->b, 1, 2, 3);
    pel_builder_poke(s->b, "dos_header.e_res[0]", 1); /* turned left by 28 in the checksum */
}

static void break_rich(sample *s)
{
    pel_builder_rich(s->b, 1, 2, 3);
    pel_builder_patch(s->b, (pel_foff){ 0x80 }, "\0",
                      1); /* of "DanS", which is never in the clear */
}

static void name_badly(sample *s)
{
    pel_builder_patch(s->b, (pel_foff){ SAMPLE_TABLE + 40 }, "/4567\0\0", 8);
}

/* An entry at the start of .data, of VC_FEATURE data. */
static void debug_entry(sample *s, uint32_t size, uint32_t rva, uint32_t offset)
{
    uint8_t e[28] = { [12] = 12 };
    pel_store_uint(e + 16, 4, size);
    pel_store_uint(e + 20, 4, rva);
    pel_store_uint(e + 24, 4, offset);
    pel_builder_patch(s->b, (pel_foff){ 0x400 }, e, sizeof e);
    pel_builder_directory(s->b, PEL_DIR_DEBUG, (pel_rva){ 0x2000 }, sizeof e);
}

static void debug_past_eof(sample *s) { debug_entry(s, 0x30, 0, 0x1000); }
static void debug_wrong_size(sample *s) { debug_entry(s, 19, 0, 0x440); }
static void debug_elsewhere(sample *s) { debug_entry(s, 20, 0x2060, 0x440); }

/* One symbol, and a string table that claims more than there is. */
static void strings_cut(sample *s)
{
    pel_builder_patch(s->b, (pel_foff){ SAMPLE_SIZE - 26 }, "\x03\x04\0\0", 4);
    pel_builder_poke(s->b, "file_header.PointerToSymbolTable", SAMPLE_SIZE - 44);
    pel_builder_poke(s->b, "file_header.NumberOfSymbols", 1);
}

#define OPTIONAL(field)        "optional_header." field
#define AT(offset)             (SAMPLE_OPTIONAL + (offset))
#define SECTION(index, offset) (SAMPLE_TABLE + 40 * (index) + (offset))

/* The sample, made odd by a function or by fields. */
static const struct {
    pel_diag_code code;
    const char *where;
    uint64_t offset, found, limit;
    void (*make_odd)(sample *s);
    edit edits[3];
} rows[] = {
    /* what reading trips over */
    { PEL_DIAG_DOS_TRUNCATED, "dos_header", 0, 0, 0, .make_odd = cut_dos },
    { PEL_DIAG_NT_HEADER_PAST_EOF, "dos_header.e_lfanew", 0x3c, 0x5fd, 0x600,
      .edits = { POKE("dos_header.e_lfanew", 0x5fd) } },
    { PEL_DIAG_NT_SIGNATURE_NONE, "dos_header.e_lfanew", 0x3c, 0x200, 0xc3c031,
      .edits = { POKE("dos_header.e_lfanew", 0x200) } },
    { PEL_DIAG_NT_HEADER_UNALIGNED, "dos_header.e_lfanew", 0x3c, 0x82, 0,
      .edits = { SET("dos_header.e_lfanew", 0x82) } },
    { PEL_DIAG_NT_HEADER_IN_DOS, "dos_header.e_lfanew", 0x3c, 0x10, 0,
      .edits = { SET("dos_header.e_lfanew", 0x10), SET(OPTIONAL("BaseOfCode"), 0x10) } },
    { PEL_DIAG_FILE_HEADER_TRUNCATED, "file_header", SAMPLE_FILE_HEADER, 0, 0,
      .make_odd = cut_file_header },
    { PEL_DIAG_OPTIONAL_TRUNCATED, "optional_header", AT(0), 0, 0, .make_odd = cut_optional },
    { PEL_DIAG_OPTIONAL_SHORT, "file_header.SizeOfOptionalHeader", SAMPLE_FILE_HEADER + 16, 111,
      112, .edits = { POKE("file_header.SizeOfOptionalHeader", 111) } },
    { PEL_DIAG_BAD_MAGIC, OPTIONAL("Magic"), AT(0), 0x20c, 0,
      .edits = { POKE(OPTIONAL("Magic"), 0x20c) } },
    { PEL_DIAG_DIRECTORY_COUNT, OPTIONAL("NumberOfRvaAndSizes"), AT(108), 17, 16,
      .edits = { POKE(OPTIONAL("NumberOfRvaAndSizes"), 17) } },
    { PEL_DIAG_DIRECTORIES_TRUNCATED, OPTIONAL("DataDirectory"), SAMPLE_DIRECTORIES, 0, 0,
      .make_odd = cut_directories },
    { PEL_DIAG_SECTIONS_TRUNCATED, "file_header.NumberOfSections", SAMPLE_FILE_HEADER + 2, 2, 1,
      .make_odd = cut_sections },
    { PEL_DIAG_SECTION_LONG_NAME, "sections[1].Name", SECTION(1, 0), 0, 4567,
      .make_odd = name_badly },
    { PEL_DIAG_RICH_CHECKSUM, "rich_header.key", 0x9c, 0, 0x10000000, .make_odd = add_rich },
    { PEL_DIAG_RICH_BROKEN, "rich_header", 0x98, 0, 0, .make_odd = break_rich },
    { PEL_DIAG_OVERLAY, "overlay", SAMPLE_SIZE, 4, 0, .make_odd = add_overlay },
    /* headers */
    { PEL_DIAG_UNKNOWN_MACHINE, "file_header.Machine", SAMPLE_FILE_HEADER, 0x1234, 0,
      .edits = { POKE("file_header.Machine", 0x1234) } },
    { PEL_DIAG_MACHINE_MAGIC, "file_header.Machine", SAMPLE_FILE_HEADER, 0x14c, 0x20b,
      .edits = { POKE("file_header.Machine", 0x14c) } },
    { PEL_DIAG_ALIGNMENT_INVALID, OPTIONAL("SectionAlignment"), AT(32), 0x3000, 0,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x3000) } },
    { PEL_DIAG_ALIGNMENT_INVALID, OPTIONAL("FileAlignment"), AT(36), 0, 0,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0) } },
    { PEL_DIAG_ALIGNMENT_ORDER, OPTIONAL("FileAlignment"), AT(36), 0x2000, 0x1000,
      .edits = { POKE(OPTIONAL("FileAlignment"), 0x2000) } },
    { PEL_DIAG_ALIGNMENT_FLAT, OPTIONAL("SectionAlignment"), AT(32), 0x200, 0,
      .edits = { POKE(OPTIONAL("SectionAlignment"), 0x200) } },
    { PEL_DIAG_IMAGE_BASE_UNALIGNED, OPTIONAL("ImageBase"), AT(24), 0x140001000, 0,
      .edits = { POKE(OPTIONAL("ImageBase"), 0x140001000) } },
    { PEL_DIAG_IMAGE_SIZE_ZERO, OPTIONAL("SizeOfImage"), AT(56), 0, 0,
      .edits = { POKE(OPTIONAL("SizeOfImage"), 0) } },
    { PEL_DIAG_IMAGE_SIZE_UNALIGNED, OPTIONAL("SizeOfImage"), AT(56), 0x2fff, 0x1000,
      .edits = { POKE(OPTIONAL("SizeOfImage"), 0x2fff) } },
    { PEL_DIAG_HEADERS_SMALL, OPTIONAL("SizeOfHeaders"), AT(60), 0x1d7, 0x1d8,
      .edits = { POKE(OPTIONAL("SizeOfHeaders"), 0x1d7) } },
    { PEL_DIAG_ENTRY_OUTSIDE, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x3000, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x3000) } },
    { PEL_DIAG_ENTRY_NOT_EXECUTABLE, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x2000, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x2000) } },
    { PEL_DIAG_ENTRY_NOT_EXECUTABLE, OPTIONAL("AddressOfEntryPoint"), AT(16), 0x10, 0,
      .edits = { POKE(OPTIONAL("AddressOfEntryPoint"), 0x10) } },
    { PEL_DIAG_DIRECTORY_UNMAPPED, "optional_header.DataDirectory[1].VirtualAddress",
      SAMPLE_DIRECTORIES + 8, 0x3000, 0,
      .edits = { POKE("data_directories[1].VirtualAddress", 0x3000),
                 POKE("data_directories[1].Size", 1) } },
    /* sections */
    { PEL_DIAG_SECTION_PAST_EOF, "sections[1].SizeOfRawData", SECTION(1, 16), 0x200, 0x5ff,
      .make_odd = cut_raw },
    { PEL_DIAG_SECTION_RAW_UNALIGNED, "sections[0].PointerToRawData", SECTION(0, 20), 0x210, 0x200,
      .edits = { POKE("sections[0].PointerToRawData", 0x210) } },
    { PEL_DIAG_SECTION_UNALIGNED, "sections[1].VirtualAddress", SECTION(1, 12), 0x2010, 0x1000,
      .edits = { POKE("sections[1].VirtualAddress", 0x2010) } },
    { PEL_DIAG_SECTION_GAP, "sections[1].VirtualAddress", SECTION(1, 12), 0x3000, 0x2000,
      .edits = { POKE("sections[1].VirtualAddress", 0x3000) } },
    { PEL_DIAG_SECTION_OVERLAP, "sections[1].VirtualAddress", SECTION(1, 12), 0x2000, 0x3000,
      .edits = { POKE("sections[0].VirtualSize", 0x1001) } },
    { PEL_DIAG_SECTION_EMPTY, "sections[0].VirtualSize", SECTION(0, 8), 0, 0,
      .edits = { POKE("sections[0].VirtualSize", 0), POKE("sections[0].SizeOfRawData", 0) } },
    { PEL_DIAG_SECTION_PAST_IMAGE, "sections[1].VirtualAddress", SECTION(1, 12), 0x2000, 0x3000,
      .edits = { POKE("sections[1].VirtualSize", 0x1001) } },
    { PEL_DIAG_SECTION_WRITE_EXECUTE, "sections[0].Characteristics", SECTION(0, 36), 0, 0,
      .edits = { POKE("sections[0].Characteristics", 0xe0000020) } },
    { PEL_DIAG_DIRECTORY_TRUNCATED, "tls", UINT64_MAX, 16, 40,
      .edits = { POKE("data_directories[9].VirtualAddress", 0x2ff0) } },
    { PEL_DIAG_DIRECTORY_TRUNCATED, "load_config", 0x5fe, 2, 4,
      .edits = { POKE("data_directories[10].VirtualAddress", 0x21fe),
                 POKE("sections[1].SizeOfRawData", 0x400) } },
    { PEL_DIAG_DIRECTORY_LIST_CUT, "imports", UINT64_MAX, 0, 0,
      .edits = { POKE("data_directories[1].VirtualAddress", 0x2ff0) } },
    { PEL_DIAG_DEBUG_NOWHERE, "optional_header.DataDirectory[6].Size", SAMPLE_DIRECTORIES + 52, 5,
      0, .edits = { POKE("data_directories[6].Size", 5) } },
    { PEL_DIAG_DEBUG_SIZE, "optional_header.DataDirectory[6].Size", SAMPLE_DIRECTORIES + 52, 30, 28,
      .edits = { POKE("data_directories[6].VirtualAddress", 0x2800),
                 POKE("data_directories[6].Size", 30) } },
    { PEL_DIAG_DEBUG_DATA_CUT, "debug[0].SizeOfData", 0x410, 0x30, 0, .make_odd = debug_past_eof },
    { PEL_DIAG_DEBUG_DATA_SIZE, "debug[0].SizeOfData", 0x410, 19, 20,
      .make_odd = debug_wrong_size },
    { PEL_DIAG_DEBUG_DATA_ELSEWHERE, "debug[0].PointerToRawData", 0x418, 0x440, 0x460,
      .make_odd = debug_elsewhere },
    { PEL_DIAG_SYMBOLS_CUT, "file_header.NumberOfSymbols", SAMPLE_FILE_HEADER + 12, 2, 1,
      .edits = { POKE("file_header.PointerToSymbolTable", SAMPLE_SIZE - 20),
                 POKE("file_header.NumberOfSymbols", 2) } },
    { PEL_DIAG_SYMBOL_STRINGS_CUT, "file_header.PointerToSymbolTable", SAMPLE_FILE_HEADER + 8,
      SAMPLE_SIZE - 44, 0x0403, .make_odd = strings_cut },
    { PEL_DIAG_LINES_CUT, "sections[0].NumberOfLinenumbers", SECTION(0, 34), 3, 2,
      .edits = { POKE("sections[0].PointerToLinenumbers", SAMPLE_SIZE - 13),
                 POKE("sections[0].NumberOfLinenumbers", 3) } },
    { PEL_DIAG_FUNCTIONS_CUT, "exceptions.functions", UINT64_MAX, 1, 0,
      .edits = { POKE("data_directories[3].VirtualAddress", 0x2ff0),
                 POKE("data_directories[3].Size", 24) } },
};
#define ROWS (sizeof rows / sizeof rows[0])

static sample make(size_t row)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_edit(&s, rows[row].edits, 3);
    if (rows[row].make_odd)
        rows[row].make_odd(&s);
    sample_parse(&s);
    return s;
}

START_TEST(each_oddity_is_told_with_its_place_and_numbers)
{
    sample s = make((size_t)_i);
    const pel_diag *d = diag_of(s.img, rows[_i].code);
    ck_assert_msg(d != NULL, "no %s", pel_diag_code_name(rows[_i].code));
    ck_place(&d->where, rows[_i].where, rows[_i].offset);
    ck_assert_int_eq(d->severity, pel_diag_severity(d->code));
    if (d->code == PEL_DIAG_RICH_CHECKSUM) {
        ck_hex((uint32_t)(d->limit - d->found), rows[_i].limit); /* by how much the key is off */
    } else {
        ck_hex(d->found, rows[_i].found);
        ck_hex(d->limit, rows[_i].limit);
    }
    ck_value_shown(s.img, d);
    sample_free(&s);
}
END_TEST

START_TEST(an_error_is_one_to_the_strict)
{
    pel_image_options strict = { .strict = true };
    pel_image *img;
    sample s = make((size_t)_i);
    bool error = false;
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++)
        error |= pel_image_diag(s.img, i)->severity == PEL_ERROR;
    ck_status(error ? PEL_MALFORMED : PEL_OK, pel_image_parse(s.bytes, &strict, &img));
    ck_assert_int_eq(img == NULL, error);
    pel_image_free(img);
    sample_free(&s);
}
END_TEST

/* Their tests are in test_image.c, test_arm64x.c, test_memory.c, test_dir_resource.c,
 * test_dir_exception.c, test_lint_metadata.c, test_lint_thorough.c, test_object.c and
 * test_archive.c. */
static bool told_elsewhere(pel_diag_code code)
{
    return code >= PEL_DIAG_LIMIT_DIAGNOSTICS || code == PEL_DIAG_VIEW_EC ||
           code == PEL_DIAG_VIEW_BROKEN || code == PEL_DIAG_DUMP_CUT ||
           (code >= PEL_DIAG_RELOCATIONS_CUT && code <= PEL_DIAG_DEBUG_FILE_VARIANT) ||
           (code >= PEL_DIAG_RESOURCE_LOOP && code <= PEL_DIAG_MANIFEST_BROKEN) ||
           (code >= PEL_DIAG_CONFIG_OUTSIDE && code <= PEL_DIAG_DYNAMIC_RELOCS_BROKEN) ||
           (code >= PEL_DIAG_FUNCTIONS_UNSORTED && code <= PEL_DIAG_UNWIND_VERSION);
}

START_TEST(every_code_is_provoked_by_one_of_these_tests)
{
    for (int code = 0; code < PEL_DIAG_COUNT; code++) {
        bool provoked = false;
        for (size_t i = 0; i < ROWS; i++)
            provoked |= (int)rows[i].code == code;
        ck_assert_msg(provoked || told_elsewhere((pel_diag_code)code), "%s",
                      pel_diag_code_name((pel_diag_code)code));
    }
}
END_TEST

/* ---- what is not odd --------------------------------------------------- */

static const edit harmless[] = {
    POKE("optional_header.AddressOfEntryPoint", 0),
    POKE("optional_header.NumberOfRvaAndSizes", 16),
    POKE("data_directories[4].VirtualAddress", 0x12345678), /* a size of 0 */
    POKE("data_directories[1].Size", 0x1000),               /* an address of 0 */
    POKE("optional_header.SizeOfHeaders", 0x1d8),
    POKE("sections[1].VirtualSize", 0x1000),
    POKE("sections[1].VirtualSize", 0),
    POKE("sections[1].SizeOfRawData", 0),
    POKE("sections[1].PointerToRawData", 0),
    POKE("sections[0].Characteristics", 0x20000000),
    POKE("file_header.TimeDateStamp", 0xffffffff),
    POKE("optional_header.ImageBase", 0),
    POKE("optional_header.SizeOfImage", 0x7ffff000),
};

START_TEST(what_is_not_odd_is_not_told)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    sample_edit(&s, &harmless[_i], 1);
    sample_parse(&s);
    for (size_t i = 0; i < pel_image_diag_count(s.img); i++) /* raw data may be orphaned */
        ck_assert_int_eq(pel_image_diag(s.img, i)->code, PEL_DIAG_OVERLAY);
    sample_free(&s);
}
END_TEST

/* Certificates have a file offset, and the global pointer may be anywhere. */
START_TEST(two_directories_need_not_point_into_the_image)
{
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    pel_builder_directory(s.b, PEL_DIR_SECURITY, (pel_rva){ 0x12345678 }, 8);
    pel_builder_directory(s.b, PEL_DIR_GLOBALPTR, (pel_rva){ 0x12345678 }, 8);
    sample_parse(&s);
    ck_no_diag(s.img);
    sample_free(&s);
}
END_TEST

START_TEST(machines_go_with_the_form_of_their_width)
{
    static const struct {
        uint16_t machine;
        bool narrow, wide;
    } machines[] = { { PEL_MACHINE_I386, true, false },    { PEL_MACHINE_ARMNT, true, false },
                     { PEL_MACHINE_AMD64, false, true },   { PEL_MACHINE_ARM64, false, true },
                     { PEL_MACHINE_IA64, false, true },    { PEL_MACHINE_RISCV64, false, true },
                     { PEL_MACHINE_RISCV32, true, false }, { PEL_MACHINE_EBC, true, true } };
    for (size_t i = 0; i < 2 * sizeof machines / sizeof machines[0]; i++) {
        bool wide = i % 2;
        sample s = sample_of(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
        pel_builder_poke(s.b, "file_header.Machine", machines[i / 2].machine);
        sample_parse(&s);
        bool fits = wide ? machines[i / 2].wide : machines[i / 2].narrow;
        ck_assert_int_eq(diag_of(s.img, PEL_DIAG_MACHINE_MAGIC) == NULL, fits);
        sample_free(&s);
    }
}
END_TEST

PEL_TESTS(pe_lint)
{
    tcase_add_loop_test(tests, each_oddity_is_told_with_its_place_and_numbers, 0, ROWS);
    tcase_add_loop_test(tests, an_error_is_one_to_the_strict, 0, ROWS);
    tcase_add_test(tests, every_code_is_provoked_by_one_of_these_tests);
    tcase_add_loop_test(tests, what_is_not_odd_is_not_told, 0,
                        sizeof harmless / sizeof harmless[0]);
    tcase_add_test(tests, two_directories_need_not_point_into_the_image);
    tcase_add_test(tests, machines_go_with_the_form_of_their_width);
}
